"""Reasons and changes respect what the viewer may see, and looking at somebody is noted."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from shopfloor import OpenStore, create_store, open_store
from shopfloor.errors import NotFoundError, RefusedError, UsageError
from shopfloor.service.answers import explain_person, find_changes, find_person
from shopfloor.service.audit import Deed
from shopfloor.service.changes_in_words import change_rows, changes_in_words
from shopfloor.service.viewer import Viewer
from shopfloor.service.why_in_words import why_in_words
from tests.service.team import Campaign, draw_campaign, leaks, load

PASSPHRASE = "four random test words"
ORGANIZER = Viewer("Olga", frozenset({"organizer"}), ("Paint",))
SINCE = date(2026, 2, 20)


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return draw_campaign(3)


@pytest.fixture(scope="module")
def place(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("team") / "team.store"
    with create_store(path, passphrase=PASSPHRASE) as store:
        load(store, campaign)
    return path


@pytest.fixture
def owner(place: Path) -> Iterator[OpenStore]:
    with open_store(place, passphrase=PASSPHRASE) as store:
        yield store


def test_reasons_hold_no_value_from_outside_her_units(owner: OpenStore, campaign: Campaign) -> None:
    seen, words = owner.seen_by(ORGANIZER), campaign.words_outside("Paint")
    n_outside = 0
    for person in [person for person, unit in campaign.unit_of.items() if unit == "Paint"]:
        found = explain_person(seen, person, most_refits=8)
        assert leaks([found, why_in_words(found)], words) == []
        assert found.about["is_part"]
        whole = find_person(owner, person)[0].named_by
        assert found.named_by["n"] == whole["n"]
        assert found.named_by["n"] - found.named_by["n_outside"] == len(found.named_by["people"])
        n_outside += found.named_by["n_outside"]
    assert n_outside > 0


def test_a_place_rests_on_nothing_that_she_does_not_see(owner: OpenStore, campaign: Campaign) -> None:
    seen = owner.seen_by(ORGANIZER)
    hers = [person for person, unit in campaign.unit_of.items() if unit == "Paint"]
    for person in hers:
        for row in explain_person(seen, person, most_refits=8).rests_on.rows:
            assert row["person_id"] is None or row["person_id"] in hers
            assert row["kind"] != "department"
            assert row["n_namings"] <= len(hers)


def test_changes_hold_no_value_from_outside_her_units(owner: OpenStore, campaign: Campaign) -> None:
    found = find_changes(owner.seen_by(ORGANIZER), since=SINCE)
    assert found.about["is_part"]
    assert found.about["n_people"] == sum(unit == "Paint" for unit in campaign.unit_of.values())
    assert leaks([found, change_rows(found), changes_in_words(found)], campaign.words_outside("Paint")) == []


def test_somebody_outside_is_as_if_not_there(owner: OpenStore, campaign: Campaign) -> None:
    seen = owner.seen_by(ORGANIZER)
    alias = seen.workplace().people.query("kind == 'outside'")["person_id"].iloc[0]
    for person in (campaign.outside("Paint")[0], alias, "no-such-id"):
        with pytest.raises(NotFoundError):
            explain_person(seen, person)


def test_who_sees_no_people_gets_no_reasons(owner: OpenStore, campaign: Campaign) -> None:
    person = next(iter(campaign.unit_of))
    for role in ("researcher", "admin"):
        seen = owner.seen_by(Viewer("Ria", frozenset({role})))
        with pytest.raises((NotFoundError, RefusedError)):
            explain_person(seen, person)


def test_looking_at_the_reasons_of_somebody_is_noted_once(owner: OpenStore, campaign: Campaign) -> None:
    person = next(person for person, unit in campaign.unit_of.items() if unit == "Paint")
    audit = owner._OpenStore__whole.audit  # type: ignore[attr-defined]
    before = audit.entries(person=person)
    explain_person(owner.seen_by(ORGANIZER), person, most_refits=0)
    noted = audit.entries(person=person)
    assert len(noted) == len(before) + 1
    assert {(entry.by, entry.deed) for entry in noted} == {("Olga", Deed.VIEW)}


def test_changes_need_one_earlier_time(owner: OpenStore) -> None:
    with pytest.raises(UsageError, match="one of the two"):
        find_changes(owner)
    with pytest.raises(UsageError, match="is not before"):
        find_changes(owner, since=date(2030, 1, 1))
