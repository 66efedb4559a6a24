"""Rules on how long what is kept: nothing happens by itself, and what is applied is gone for good."""

from datetime import UTC, date, datetime

import pytest

from shopfloor.errors import RefusedError, UsageError
from shopfloor.service import editing, keeping
from shopfloor.service.audit import Deed
from shopfloor.service.forgetting import receipts
from shopfloor.service.marks import Copy
from shopfloor.service.retention import RULES, apply_retention, plan_retention, rules, set_rule, to_days
from shopfloor.service.viewer import Viewer
from tests.service.shop import Shop

TODAY = date(2026, 5, 4)
LEAD = Viewer("Lea", frozenset({"lead"}))


@pytest.mark.parametrize(("text", "days"), [("180 days", 180), ("1 day", 1), ("2 Years", 730), ("6 weeks", 42)])
def test_a_span_is_said_in_words(text: str, days: int) -> None:
    assert to_days(text) == days


@pytest.mark.parametrize("text", ["", "180", "0 days", "-3 days", "soon", "1e9 years", "3 days ago"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="180 days"):
        to_days(text)


def test_a_rule_is_kept_until_it_is_taken_back(full_shop: Shop) -> None:
    with full_shop.open() as store:
        assert rules(store) == {}
        set_rule(store, "conversation", 700)
        set_rule(store, "notes", 180)
        assert rules(store) == {"notes": 180, "conversation": 700}
        set_rule(store, "notes", None)
        assert rules(store) == {"conversation": 700}
        with pytest.raises(UsageError, match="did you mean notes"):
            set_rule(store, "note", 3)


def test_nothing_is_applied_silently(full_shop: Shop) -> None:
    with full_shop.open() as store:
        before = store.revision()
        for name in RULES:
            set_rule(store, name, 1)
        plan_retention(store, TODAY)
        keeping.describe_store(store)
        assert store.revision() == before
        assert receipts(store) == []


def test_old_notes_are_cleared_in_all_versions_and_the_rest_stays(full_shop: Shop) -> None:
    with full_shop.open() as store:
        typed = editing.edit_record(store, "conversation:C1", {"notes": "likes coffee"})
        assert typed.batch_id is not None
        editing.undo_batch(store, typed.batch_id)
        before = {row["key"]: row for row in store.snapshot().tables["conversation"].to_pylist()}
        set_rule(store, "notes", 1)
        plan = plan_retention(store, TODAY)
        assert [(one.rule, one.n) for one in plan.overdue] == [("notes", 2)]
        (receipt,) = apply_retention(store, plan)
        assert (receipt.reason, dict(receipt.n_rewritten), receipt.n_versions) == (
            "retention",
            {"conversation": 2},
            0,
        )
        after = {row["key"]: row for row in store.snapshot().tables["conversation"].to_pylist()}
        emptied = {"notes": None, "issues": None, "ask": None, "answer": None, "attributes": None}
        assert after == {key: row | (emptied if key in {"C1", "C2"} else {}) for key, row in before.items()}
        said = [row["notes"] for row in store.versions("conversation").to_pylist()]
        assert said == [None] * len(said)
        assert plan_retention(store, TODAY).overdue[0].n == 0
        assert keeping.check_store(store) == []


def test_old_records_go_and_young_ones_stay(full_shop: Shop) -> None:
    with full_shop.open() as store:
        set_rule(store, "conversation", 2)
        set_rule(store, "notes", 2)
        set_rule(store, "assignment", 30)
        plan = plan_retention(store, TODAY)
        assert {one.rule: one.n for one in plan.overdue} == {"notes": 0, "conversation": 1, "assignment": 1}
        apply_retention(store, plan)
        assert store.versions("conversation")["key"].unique().to_pylist() == ["C2", "C3", "C4", "C5", "C6"]
        assert {row["person_id"] for row in store.versions("assignment").to_pylist()} == {"1", "2"}
        assert keeping.check_store(store) == []


def test_a_record_counts_from_the_newest_day_any_version_says(full_shop: Shop) -> None:
    with full_shop.open() as store:
        editing.edit_record(store, "conversation:C1", {"held_on": "2026-05-04"})
        set_rule(store, "conversation", 2)
        assert plan_retention(store, TODAY).overdue[0].n == 0


def test_a_record_without_a_day_counts_from_the_import_that_spoke_of_it(shop: Shop) -> None:
    shop.load("--list-date", "2026-01-01", connections="person_id,other_id,kind\n1,2,friend\n")
    with shop.open() as store:
        set_rule(store, "connection", 100)
        assert plan_retention(store, date(2026, 4, 11)).overdue[0].n == 0
        assert plan_retention(store, date(2026, 4, 12)).overdue[0].n == 1


def test_people_who_left_are_erased_each_with_a_receipt(full_shop: Shop) -> None:
    with full_shop.open() as store:
        set_rule(store, "left", 33)
        assert plan_retention(store, TODAY).people == ()
        plan = plan_retention(store, date(2026, 5, 5))
        assert plan.people == ("5",)
        given = apply_retention(store, plan)
        assert [receipt.why for receipt in given] == ["retention: left"]
        assert "5" not in store.picture().identity.person_of
        assert store.versions("contact", ["5"]).num_rows == 0
        assert len(receipts(store)) == 1
        assert plan_retention(store, date(2026, 5, 5)).people == (), "nobody is left who left"


def test_what_was_applied_is_in_the_audit_by_counts(full_shop: Shop) -> None:
    with full_shop.open() as store:
        set_rule(store, "conversation", 2)
        apply_retention(store, plan_retention(store, TODAY))
        audit = store._OpenStore__whole.audit  # type: ignore[attr-defined]
        (entry,) = audit.entries(deeds=[Deed.ERASE])
        assert entry.particulars == {"receipt": 1, "retention": {"conversation": 1}}
        assert audit.verify().faults == ()


def test_what_is_overdue_is_said_to_who_may_erase(full_shop: Shop) -> None:
    with full_shop.open() as store:
        set_rule(store, "conversation", 1)
        told = keeping.describe_store(store)["overdue"]
        assert told == [{"rule": "conversation", "n_days": 1, "n": 6}]
        assert datetime.now(UTC).date() > TODAY
        organizer = store.seen_by(Viewer("Olga", frozenset({"organizer"}), ("Packing",)))
        assert keeping.describe_store(organizer)["overdue"] == []


@pytest.mark.parametrize("role", ["organizer", "researcher", "admin"])
def test_only_who_may_erase_sets_or_applies_rules(full_shop: Shop, role: str) -> None:
    with full_shop.open() as store:
        seen = store.seen_by(Viewer("x", frozenset({role}), ("Packing",)))
        with pytest.raises(RefusedError):
            set_rule(seen, "notes", 1)
        with pytest.raises(RefusedError):
            plan_retention(seen, TODAY)
        set_rule(store.seen_by(LEAD), "notes", 1)
        assert rules(store) == {"notes": 1}


def test_marks_of_old_exports_are_forgotten_and_numbers_are_not_given_again(full_shop: Shop) -> None:
    with full_shop.open() as store:
        for made_on in ("2026-04-01", "2026-05-03"):
            store.register_copy(Copy(0, "Noor", "owner", made_on, "everything", secret="00ff"))
        set_rule(store, "copies", 14)
        plan = plan_retention(store, TODAY)
        assert [(one.rule, one.n) for one in plan.overdue] == [("copies", 1)]
        (receipt,) = apply_retention(store, plan)
        assert (dict(receipt.n_gone), receipt.n_versions) == ({"mark": 1}, 0)
        assert [copy.made_on for copy in store.copies()] == ["2026-05-03"]
        assert store.register_copy(Copy(0, "Noor", "owner", "2026-05-04", "everything")).number == 3
        assert plan_retention(store, TODAY).overdue[0].n == 0
