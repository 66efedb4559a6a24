"""Whatever is done to a store and taken back, what is seen is as if it had never been done."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopfloor import OpenStore
from shopfloor.service import editing
from shopfloor.service.importing import ImportOptions, import_files
from tests.service.shop import Shop

Deed = Callable[[OpenStore], int | None]


def imports(text: str, source: str = "") -> Deed:
    def deed(store: OpenStore) -> int | None:
        return import_files(store, [("file.csv", io.BytesIO(text.encode()))], ImportOptions(source=source)).batch_id

    return deed


def edits(record: str, **values: str) -> Deed:
    return lambda store: editing.edit_record(store, record, values).batch_id


def judges(verdict: str, one: str, other: str) -> Deed:
    def deed(store: OpenStore) -> int | None:
        known = store.picture().identity.person_of
        return editing.judge(store, verdict, one, other) if one in known and other in known else None

    return deed


def answers(mention: str, person: str | None) -> Deed:
    def deed(store: OpenStore) -> int | None:
        is_open = any(one.key == mention for one in editing.list_mentions(store)[0])
        return editing.answer_mention(store, mention, person) if is_open else None

    return deed


DEEDS: tuple[Deed, ...] = (
    imports("person_id,name,department\n1,Ana Ruiz-Ames,Dock\n8,Gus Hill,Dock\n"),
    imports("person_id,name,department,Locker\n17,Ana Ruiz,Yard,4\n2,Zed,Yard,\n", "payroll"),
    imports("conversation_id,held_on,organizer,person_id,named\nC1,2026-05-01,O,1,8; Zed\nC9,2026-05-05,O,7,1\n"),
    imports("held_on,organizer,person_id,named\n2026-05-05,O,17,2; 1\n", "payroll"),
    imports("person_id,employer,worksite,crew,started_on\n4,Acme,North,A,2026-03-02\n"),
    edits("1", department="Yard", name="Ana A."),
    edits("1", department="", crew=""),
    edits("conversation:C2", named="none"),
    edits("9", name="Hal Ives"),
    judges("same", "1", "17@payroll"),
    judges("different", "1", "17@payroll"),
    judges("same", "2", "7"),
    answers("Zed", "4"),
    answers("Zed", None),
)


def seen(shop: Shop, store: Path) -> object:
    shop.store = store
    return shop.seen(), shop.exported()


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_deeds_taken_back_in_any_order_leave_no_trace(full_shop: Shop, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(DEEDS), max_size=2, unique=True))
    undone = data.draw(st.lists(st.sampled_from(DEEDS), min_size=1, max_size=4, unique=True))
    store = full_shop.folder / "tried.store"
    shutil.copyfile(full_shop.folder / "drive.store", store)
    full_shop.store = store
    with full_shop.open() as opened:
        for deed in kept:
            deed(opened)
    before = seen(full_shop, store)
    with full_shop.open() as opened:
        done = [batch for deed in undone if (batch := deed(opened)) is not None]
        for batch in data.draw(st.permutations(done)):
            editing.undo_batch(opened, batch)
    assert seen(full_shop, store) == before
    store.unlink()


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=st.lists(st.sampled_from(DEEDS[:5]), min_size=1, max_size=4, unique=True))
def test_importing_again_changes_nothing_that_is_seen(full_shop: Shop, deeds: list[Deed]) -> None:
    store = full_shop.folder / "tried.store"
    shutil.copyfile(full_shop.folder / "drive.store", store)
    full_shop.store = store
    with full_shop.open() as opened:
        for deed in deeds:
            deed(opened)
    before = seen(full_shop, store)
    with full_shop.open() as opened:
        deeds[-1](opened)
    assert seen(full_shop, store) == before
    store.unlink()
