"""How versions lie in a store file: whatever the cut, what is read is what was written."""

import pytest

from shopfloor.errors import StoreError
from shopfloor.graph import gathering
from shopfloor.graph.embedded import tables
from shopfloor.graph.embedded.store import EmbeddedStore
from tests.graph.build import draft, everything, table, write
from tests.graph.homes import EmbeddedHome


@pytest.fixture
def store(embedded_home: EmbeddedHome, monkeypatch: pytest.MonkeyPatch) -> EmbeddedStore:
    """Return an empty store whose chunks have three versions."""
    monkeypatch.setattr(tables, "CHUNK_ROWS", 3)
    return embedded_home.fresh()


def people(numbers: "range | list[int]") -> list[dict[str, str]]:
    return [{"key": f"{number:03d}", "name": f"Person {number}"} for number in numbers]


def keys(store: EmbeddedStore) -> list[str]:
    found: list[str] = store.versions("contact")["key"].to_pylist()
    return found


def test_records_are_found_across_chunks_and_batches(store: EmbeddedStore) -> None:
    write(store, {"contact": people(range(10))})
    write(store, {"contact": people([9, 4, 30])})
    assert store.versions("contact", ["004", "030", "999", "000"]).select(["key", "batch_id"]).to_pylist() == [
        {"key": "000", "batch_id": 1},
        {"key": "004", "batch_id": 1},
        {"key": "004", "batch_id": 2},
        {"key": "030", "batch_id": 2},
    ]
    assert keys(store) == sorted([*(f"{n:03d}" for n in range(10)), "004", "009", "030"])
    assert store.versions("contact", []).num_rows == 0


def test_a_key_twice_in_a_batch_is_refused_in_whatever_append_it_stands(store: EmbeddedStore) -> None:
    for first, second in ((range(8), [20, 5]), ([7, 3, 1], range(2, 5))):
        with pytest.raises(StoreError, match="stands twice"), store.open_batch(draft()) as batch:  # noqa: PT012 - the second raises
            batch.append("contact", table("contact", people(list(first))))
            batch.append("contact", table("contact", people(list(second))))
    assert everything(store) == {}
    with store.open_batch(draft()) as batch:
        batch.append("contact", table("contact", people([1, 9])))
        batch.append("contact", table("contact", people([5])))
    assert keys(store) == ["001", "005", "009"]


def test_erasing_takes_records_out_of_the_middle_of_chunks(store: EmbeddedStore) -> None:
    write(store, {"contact": people(range(10))})
    write(store, {"contact": people([4, 5])})
    assert store.erase("contact", ["003", "004", "005", "999"]) == 5
    assert keys(store) == ["000", "001", "002", "006", "007", "008", "009"]
    assert store.erase("contact", ["003"]) == 0
    assert store.query("counts").to_pylist() == [{"kind": "contact", "batch_id": 1, "n_versions": 7}]


def test_a_chunk_that_is_too_large_is_halved(store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHUNK_BYTES", 100)
    notes = [{"key": f"C{number}", "notes": "long " * 40} for number in range(5)]
    write(store, {"conversation": notes})
    with store._connections.reading() as connection:
        sizes = [row[0] for row in connection.execute("SELECT n_versions FROM chunk")]
    assert sizes == [1, 1, 1, 1, 1]
    assert store.versions("conversation")["notes"].to_pylist() == ["long " * 40] * 5


def test_a_field_that_a_chunk_does_not_know_says_nothing(store: EmbeddedStore) -> None:
    write(store, {"contact": [{"key": "1", "name": "Ana R"}]})
    assert store.versions("contact").column_names == [*store.versions("contact").schema.names]
    assert store.versions("contact")["language"].to_pylist() == [None]


def test_versions_to_which_nothing_came_are_read_once(store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    write(store, {"contact": people(range(4))})
    read = store.versions("contact")
    write(store, {"conversation": [{"key": "C1@hr", "person_id": "1@hr"}]})
    assert store.versions("contact") is read
    monkeypatch.setattr(gathering, "MOST_BYTES", 10)
    write(store, {"contact": people([7])})
    assert len(store.versions("contact")) == 5
    assert store.versions("contact") is not store.versions("contact")
    assert store.versions("contact").equals(store.versions("contact"))


def test_who_refers_to_whom_follows_the_data(store: EmbeddedStore) -> None:
    def talks() -> list[str]:
        edges = store.neighbours("contact", "1@hr").to_pylist()
        return sorted(edge["from_key"] for edge in edges if edge["relation"] == "WITH")

    write(store, {"conversation": [{"key": "C1@hr", "person_id": "1@hr"}, {"key": "C2@hr", "person_id": "2@hr"}]})
    assert talks() == ["C1@hr"]
    second = write(store, {"conversation": [{"key": "C2@hr", "person_id": "1@hr"}]})
    assert talks() == ["C1@hr", "C2@hr"]
    store.undo(second, by="Organizer One", at=store.batches()[0].opened_at)
    assert talks() == ["C1@hr"]
