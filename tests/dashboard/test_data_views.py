"""What the pages about data say, from answers alone: counts that hide the few, exports in plain words, leak reports."""

from datetime import date
from typing import Any

import pytest

from shopfloor.dashboard.pages.counts import shown
from shopfloor.dashboard.pages.export import agreed_words
from shopfloor.dashboard.pages.export_choice import chosen_of
from shopfloor.dashboard.pages.leaks import found_by_role, found_in_store, roles_for
from shopfloor.dashboard.pages.receipts import copies_part, place_of, receipt_part
from shopfloor.dashboard.parts import places_for
from shopfloor.errors import UsageError
from shopfloor.service.agreed import agree
from shopfloor.service.counts import HIDDEN, UNKNOWN, CountTable
from shopfloor.service.forgetting import HeldCopy, Receipt
from shopfloor.service.leak_report import Finding
from shopfloor.service.policy import CLASSES, ROLES
from shopfloor.service.viewer import Viewer

DAY = date(2026, 5, 4)
COPY = HeldCopy("backup", "/srv/backups/may.store", "2026-05-03T10:00:00.000+00:00", "Ada")
RECEIPT = Receipt(3, "2026-05-04T10:00:00.000+00:00", "Ada", "person", n_gone={"contact": 1}, copies=[COPY])


def said(part: Any) -> str:
    """Return all text of a part of a page, in order."""
    if part is None or isinstance(part, str | int | float):
        return "" if part is None else str(part)
    if isinstance(part, list | tuple):
        return " ".join(map(said, part))
    return said(getattr(part, "children", None))


def looks(part: Any) -> list[str]:
    """Return the looks of all bars of a part of a page."""
    children = getattr(part, "children", None)
    inside = children if isinstance(children, list) else [children] if children is not None else []
    own = [part.className] if getattr(part, "className", None) in ("bar-known", "bar-not") else []
    return own + [look for child in inside for look in looks(child)]


def test_protected_counts_say_what_is_hidden_and_why() -> None:
    rows = ((("Dock",), 30), ((UNKNOWN,), 5), ((HIDDEN,), 10))
    answer, rests, body = shown(CountTable(("unit",), rows, 45, 5, 5, DAY))
    assert answer == "About 45 workers, by department."
    assert "no group of fewer than 5 is counted" in rests
    text = said(body)
    assert "not shown (groups of fewer than 5, and others with them)" in text
    assert "Fewer than 5 people are never counted." in text
    assert [look for one in body for look in looks(one)] == ["bar-known", "bar-not", "bar-not"]


def test_the_threshold_that_is_set_is_the_one_that_is_said() -> None:
    answer, rests, body = shown(CountTable(("unit", "shift"), ((("Dock", "day"), None),), 20, 10, 10, DAY))
    assert answer == "About 20 workers, by department and shift."
    assert "Rounded to 10" in rests
    assert "fewer than 10" in said(body)
    assert "fewer than 5" not in said(body)


def test_too_few_workers_are_not_counted_at_all() -> None:
    assert shown(CountTable(("unit",), (), None, 5, 5, DAY))[0] == "Fewer than 5 workers: nothing is counted."
    assert shown(CountTable(("unit",), (), None, 1, 1, DAY))[0] == "No workers yet."


def test_exact_counts_say_that_they_are() -> None:
    answer, rests, body = shown(CountTable(("shift",), ((("night",), 1),), 1, 1, 1, DAY))
    assert answer == "1 worker, by shift."
    assert rests.startswith("Exact: you see these people.")
    assert "never counted" not in said(body)


@pytest.mark.parametrize(
    ("agreement", "words"),
    [
        (agree(extra=["contact"]), "names; places and jobs; ties; employers; public figures; phone, e-mail, address"),
        (agree(fields=["name", "department"]), "only department, name"),
        (agree(extra=["all"]), "everything"),
    ],
)
def test_what_was_agreed_is_said_in_plain_words(agreement: Any, words: str) -> None:
    assert agreed_words(agreement.in_words) == words


def test_a_leak_report_counts_in_its_headline() -> None:
    found = [Finding("names", 1, "x"), Finding("phone numbers", 12, "x")]
    answer, table = found_by_role("organizer", ["Dock", "shift:Night"], found)
    assert answer == (
        "An organizer of Dock, shift:Night sees 1 name, 12 phone numbers, 0 assessments, 0 notes."
    )  # fmt: skip
    assert "12" in said(table)


def test_what_a_database_shows_without_the_key_is_the_headline() -> None:
    found = [Finding("without the key: ties", 1200, "READABLE: x"), Finding("without the key: names", 0, "sealed; x")]
    assert found_in_store(found)[0] == "Who finds the store without its key reads 1,200 things in clear."
    assert found_in_store(found[1:])[0] == "Who finds the store without its key reads none of what it holds."


def test_nobody_looks_through_the_eyes_of_who_may_more() -> None:
    assert roles_for(Viewer("x", frozenset({"lead"}))) == ["organizer", "lead", "researcher"]
    assert roles_for(Viewer("x", frozenset({"lead", "admin"}))) == list(ROLES)
    assert roles_for(Viewer("x", frozenset({"admin"}))) == ["admin"]


def test_a_team_is_told_the_names_of_copies_and_no_paths() -> None:
    lead, owner = Viewer("Ada", frozenset({"lead"})), Viewer.owner()
    assert (place_of(COPY, lead), place_of(COPY, owner)) == ("may.store", COPY.name)
    for part in (receipt_part(RECEIPT, lead), copies_part([COPY], [RECEIPT], lead)):
        assert "may.store" in said(part)
        assert "/srv" not in said(part)
    assert "of receipt 3" in said(copies_part([COPY], [RECEIPT], lead))
    later = HeldCopy("export", "x.zip", "2026-05-05T10:00:00.000+00:00", "Ada")
    assert "of receipt" not in said(copies_part([later], [RECEIPT], lead))


@pytest.mark.parametrize("role", ROLES)
def test_the_bar_leads_where_a_role_finds_something(role: str) -> None:
    paths = [path for path, _, _ in places_for(CLASSES[role], ROLES[role])]
    expected = {"researcher": ["/", "/counts", "/data"], "admin": ["/", "/data"]}
    assert paths == expected.get(role, ["/", "/map", "/leaders", "/groups", "/people", "/talk", "/data"])


@pytest.mark.parametrize("sent", [{}, {"how": "plain"}, {"how": ["plain"], "form": "zip"}, {"how": "x", "form": "zip"}])
def test_a_choice_that_was_not_offered_is_refused(sent: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        chosen_of(sent)


def test_a_choice_is_taken_back_as_it_was_given_out() -> None:
    sent = {"how": "plain", "form": "zip", "whom": "x", "extra": ["notes", 3, None], "fields": "name", "dates": 5}
    chosen = chosen_of(sent)
    assert (chosen.extra, chosen.fields, chosen.dates) == (("notes",), (), "")
    assert chosen_of(chosen.json) == chosen
