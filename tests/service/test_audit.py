import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shopfloor.errors import StoreError
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.service.audit import AuditTrail, Deed
from tests.service.shop import PASSPHRASE, Shop


@pytest.fixture
def home(shop: Shop) -> Iterator[EmbeddedStore]:
    held = EmbeddedStore.open(shop.store, PASSPHRASE)
    yield held
    held.close()


@pytest.fixture
def audit(home: EmbeddedStore) -> AuditTrail:
    """Return a log of five views by two people."""
    trail = AuditTrail(home)
    for i in range(5):
        trail.note(("Lea", "Olga")[i % 2], Deed.VIEW, person=str(i))
    return trail


def tamper(home: EmbeddedStore, text: str, *values: object) -> None:
    """Change the store with another program, as somebody could who has its key."""
    with home._connections.writing() as connection:
        assert connection.execute(text, values).rowcount == 1


def entry(home: EmbeddedStore, number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dict(home.log_entries())[number])
    return found


def test_entries_are_found_newest_first_by_who_what_and_whom(audit: AuditTrail) -> None:
    audit.note("Lea", Deed.EXPORT, file="out.csv")
    assert [e.number for e in audit.entries()] == [6, 5, 4, 3, 2, 1]
    assert [e.number for e in audit.entries(by="Olga")] == [4, 2]
    assert [e.particulars for e in audit.entries(deeds=[Deed.EXPORT])] == [{"file": "out.csv"}]
    assert [(e.by, e.deed) for e in audit.entries(person="2")] == [("Lea", "view a person")]
    assert audit.entries(person="nobody") == []


def test_a_whole_log_has_no_fault(audit: AuditTrail) -> None:
    checked = audit.verify()
    assert (checked.n_entries, checked.n_erased, checked.faults) == (5, 0, ())
    assert audit.verify(checked.head).faults == ()


def test_an_empty_log_is_whole(home: EmbeddedStore) -> None:
    checked = AuditTrail(home).verify()
    assert (checked.n_entries, checked.faults) == (0, ())
    AuditTrail(home).note("Lea", Deed.VIEW)
    assert AuditTrail(home).verify(checked.head).faults == ()


def with_another_author(said: dict[str, Any]) -> bytes:
    return json.dumps({**said, "by": "Somebody"}).encode()


def with_another_time(said: dict[str, Any]) -> bytes:
    return json.dumps({**said, "at": "2020-01-01T00:00:00+00:00"}).encode()


def with_another_digest(said: dict[str, Any]) -> bytes:
    return json.dumps({**said, "digest": "0" * 64}).encode()


def as_rubbish(_said: dict[str, Any]) -> bytes:
    return b"\xff\x00rubbish"


def as_another_thing(_said: dict[str, Any]) -> bytes:
    return b"[1, 2]"


def digested_anew(said: dict[str, Any]) -> bytes:
    from shopfloor.service.audit import _digest  # noqa: PLC0415

    changed = {name: value for name, value in said.items() if name != "digest"} | {"by": "Somebody"}
    return json.dumps({**changed, "digest": _digest(changed)}).encode()


@pytest.mark.parametrize(
    "change",
    [with_another_author, with_another_time, with_another_digest, as_rubbish, as_another_thing, digested_anew],
)
def test_a_changed_entry_is_found(
    audit: AuditTrail, home: EmbeddedStore, change: Callable[[dict[str, Any]], bytes]
) -> None:
    tamper(home, "UPDATE log SET entry = ? WHERE number = 3", change(entry(home, 3)))
    faults = audit.verify().faults
    assert any(fault.startswith(("entry 3:", "entry 4:")) for fault in faults)
    assert not any(fault.startswith(("entry 1:", "entry 2:")) for fault in faults)


def test_a_log_that_cannot_be_read_says_how_to_look_at_it(audit: AuditTrail, home: EmbeddedStore) -> None:
    tamper(home, "UPDATE log SET entry = ? WHERE number = 3", b"rubbish")
    with pytest.raises(StoreError, match="audit verify"):
        audit.entries()


@pytest.mark.parametrize("number", [1, 3])
def test_a_missing_entry_is_found(audit: AuditTrail, home: EmbeddedStore, number: int) -> None:
    tamper(home, "DELETE FROM log WHERE number = ?", number)
    assert f"entry {number + 1}: the entries before it are missing" in audit.verify().faults[0]


def test_two_entries_that_changed_places_are_found(audit: AuditTrail, home: EmbeddedStore) -> None:
    second, third = (json.dumps(entry(home, number)).encode() for number in (2, 3))
    tamper(home, "UPDATE log SET entry = ? WHERE number = 2", third)
    tamper(home, "UPDATE log SET entry = ? WHERE number = 3", second)
    assert len(audit.verify().faults) >= 2


def test_an_end_that_was_cut_off_shows_by_a_digest_noted_before(audit: AuditTrail, home: EmbeddedStore) -> None:
    noted = audit.verify().head
    tamper(home, "DELETE FROM log WHERE number = 5")
    assert audit.verify().faults == ()
    assert "missing or were replaced" in audit.verify(noted).faults[0]
    audit.note("Lea", Deed.VIEW, person="other")
    assert len(audit.verify(noted).faults) == 1


def test_changed_or_missing_particulars_are_found(audit: AuditTrail, home: EmbeddedStore) -> None:
    places = [entry(home, number)["place"] for number in (2, 4)]
    kept = home.documents("audit")[places[0]]
    home.change_document("audit", places[0], lambda _: kept.replace(b'"1"', b'"9"'))
    home.change_document("audit", places[1], lambda _: None)
    assert audit.verify().faults == (
        "entry 2: its particulars were changed",
        "entry 4: its particulars are missing",
    )


def test_what_was_about_a_person_can_be_erased_and_the_chain_still_holds(
    audit: AuditTrail, home: EmbeddedStore
) -> None:
    audit.note("Olga", Deed.CHANGE, person="2", fields=["phone"])
    head = audit.verify().head
    assert audit.forget({"2", "nobody"}) == 2
    checked = audit.verify(head)
    assert (checked.n_entries, checked.n_erased, checked.faults) == (6, 2, ())
    assert audit.entries(person="2") == []
    erased = [e for e in audit.entries() if e.is_erased]
    assert [(e.number, e.by, e.deed, e.particulars) for e in erased] == [
        (6, "Olga", "change", {}),
        (3, "Lea", "view a person", {}),
    ]
    assert b"phone" not in b"".join(home.documents("audit").values())
    assert audit.forget({"2"}) == 0


def test_what_was_erased_cannot_be_guessed_from_the_digest(audit: AuditTrail, home: EmbeddedStore) -> None:
    one, other = AuditTrail(home).note("Lea", Deed.VIEW, person="7"), audit.note("Lea", Deed.VIEW, person="7")
    assert entry(home, one)["particulars"] != entry(home, other)["particulars"]


def test_two_who_write_at_once_make_one_chain(audit: AuditTrail, shop: Shop) -> None:
    other_home = EmbeddedStore.open(shop.store, PASSPHRASE)
    trails = [audit, AuditTrail(other_home)]
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda i: trails[i % 2].note(f"n{i % 2}", Deed.SEARCH, n=i), range(20)))
    assert sorted(numbers) == list(range(6, 26))
    assert audit.verify().faults == ()
    assert {e.particulars["n"] for e in audit.entries(deeds=[Deed.SEARCH])} == set(range(20))
    other_home.close()


def test_nothing_of_the_particulars_stands_in_a_repr(audit: AuditTrail) -> None:
    audit.note("Lea", Deed.CHANGE, person="secret-id")
    assert "secret-id" not in repr(audit.entries())
