"""What is stored is read back as it was, in every home and for every record kind."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopfloor.errors import StoreError
from shopfloor.graph.contract import Store
from shopfloor.records import KINDS
from tests.graph import strategies
from tests.graph.build import copy, draft, everything, table, write
from tests.graph.homes import Home

FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("kind", list(KINDS))
@FEW
@given(data=st.data())
def test_versions_are_read_as_they_were_written(home: Home, kind: str, data: st.DataObject) -> None:
    spec = KINDS[kind]
    store = home.current()
    written = []
    for max_size in (6, 2):
        rows = data.draw(strategies.rows(spec, max_size))
        batch_id = write(store, {kind: rows})
        written += [{**row, "batch_id": batch_id} for row in rows]
    expected = pa.Table.from_pylist(written, schema=spec.version_schema)
    expected = expected.sort_by([("key", "ascending"), ("batch_id", "ascending")])
    for found in (store.versions(kind), store.versions(kind, [row["key"] for row in written])):
        assert found.filter(pc.is_in(found["batch_id"], pa.array([batch_id - 1, batch_id]))).equals(expected)


@FEW
@given(data=st.data())
def test_a_copy_there_and_back_is_the_same_store(home: Home, embedded_home: Home, data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=3, unique=True))
    store = home.fresh()
    for kind in kinds:
        write(store, {kind: data.draw(strategies.rows(KINDS[kind], max_size=3))})
    store.undo(1, by="Organizer Two", at=store.batches()[0].opened_at)
    before, batches = everything(store), store.batches()
    other = embedded_home.fresh()
    copy(store, other)
    assert (everything(other), other.batches()) == (before, batches)
    back = home.fresh()
    copy(other, back)
    assert (everything(back), back.batches()) == (before, batches)


def test_control_characters_are_refused(store: Store) -> None:
    for code in (*range(9), *range(11, 32), 127):
        with pytest.raises(StoreError, match="control character in 'name'"), store.open_batch(draft()) as batch:
            batch.append("contact", table("contact", [{"key": "1", "name": f"Ana{chr(code)}R"}]))
    assert store.batches() == ()
    assert everything(store) == {}
