"""Documents and the log: what both homes keep beside the records."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shopfloor.errors import StoreError
from shopfloor.graph.contract import Store
from tests.graph.homes import Home


def test_a_document_is_what_was_last_made_of_it(store: Store) -> None:
    assert store.documents("accounts") == {}
    assert store.change_document("accounts", "b", lambda held: held or b"\x00second") == b"\x00second"
    store.change_document("accounts", "a", lambda _: b"first")
    store.change_document("sessions", "a", lambda _: b"elsewhere")
    store.change_document("accounts", "a", lambda held: (held or b"") + b"!")
    assert list(store.documents("accounts").items()) == [("a", b"first!"), ("b", b"\x00second")]


def test_a_document_can_be_removed(store: Store) -> None:
    store.change_document("accounts", "a", lambda _: b"x")
    assert store.change_document("accounts", "a", lambda _: None) is None
    assert store.documents("accounts") == {}


def test_an_error_while_changing_leaves_what_was_there(store: Store) -> None:
    store.change_document("accounts", "a", lambda _: b"x")

    def fail(_held: bytes | None) -> bytes:
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        store.change_document("accounts", "a", fail)
    assert store.documents("accounts") == {"a": b"x"}


def test_changing_documents_leaves_the_data_revision(store: Store) -> None:
    before = store.revision()
    store.change_document("accounts", "a", lambda _: b"x")
    store.extend_log(lambda number, _: str(number).encode())
    assert store.revision() == before


def test_counting_up_in_several_threads_loses_none(store: Store) -> None:
    def count(_: int) -> None:
        store.change_document("numbers", "n", lambda held: str(int(held or b"0") + 1).encode())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(20)))
    assert store.documents("numbers") == {"n": b"20"}


def test_log_entries_follow_one_another_whoever_writes(home: Home) -> None:
    home.fresh()
    doors = [home.current(), home.again()]

    def add(i: int) -> int:
        return doors[i % 2].extend_log(lambda number, last: (last or b"") + f"{number};".encode())

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(add, range(12)))
    assert sorted(numbers) == list(range(1, 13))
    entries = doors[0].log_entries()
    assert [number for number, _ in entries] == list(range(1, 13))
    assert entries[-1][1] == b"1;2;3;4;5;6;7;8;9;10;11;12;"
    assert doors[1].log_entries(after=11) == entries[-1:]


def test_documents_and_log_of_another_store_are_taken_over_as_they_are(store: Store) -> None:
    store.change_document("accounts", "a", lambda _: b"here before")
    store.change_document("accounts", "b", lambda _: b"stays")
    entries = [f"entry {i}".encode() for i in range(1, 2502)]
    taken = {("accounts", "a"): b"\x00taken", ("receipts", "000001"): b"{}"}
    store.restore_vault({**taken, **{("audit", f"{i:05d}"): b"x" for i in range(2500)}}, entries)
    assert store.documents("accounts") == {"a": b"\x00taken", "b": b"stays"}
    assert store.documents("receipts") == {"000001": b"{}"}
    assert len(store.documents("audit")) == 2500
    assert store.log_entries() == list(enumerate(entries, start=1))
    assert store.extend_log(lambda number, last: (last or b"") + f" then {number}".encode()) == 2502
    assert store.log_entries(after=2501) == [(2502, b"entry 2501 then 2502")]
    assert store.check() == []


def test_a_store_with_a_log_takes_over_no_other(store: Store) -> None:
    store.extend_log(lambda number, _: str(number).encode())
    with pytest.raises(StoreError, match="audit of its own"):
        store.restore_vault({("accounts", "a"): b"x"}, [b"entry"])
    assert store.documents("accounts") == {}
    assert store.log_entries() == [(1, b"1")]
