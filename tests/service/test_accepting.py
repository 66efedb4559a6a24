"""Groups that were accepted stay: their ids, their names, and nobody who was erased."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopfloor import OpenStore, create_store, open_store
from shopfloor.demo import make_workplace, write_files
from shopfloor.errors import NotFoundError, RefusedError, UsageError
from shopfloor.service.accepting import (
    accept_groups,
    find_groups,
    forget_groups,
    recall_groups,
    rename_group,
    ties_of,
)
from shopfloor.service.audit import Deed
from shopfloor.service.copying import copy_store
from shopfloor.service.editing import judge
from shopfloor.service.erasing import plan_erasure
from shopfloor.service.forgetting import erase_person
from shopfloor.service.importing import ImportOptions, import_files
from shopfloor.service.viewer import Viewer
from tests.service.shop import PASSPHRASE


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of a generated workplace with groups that chance does not explain."""
    folder = tmp_path_factory.mktemp("campaign")
    made = make_workplace(120, 7)
    files = write_files(made, folder)
    with create_store(folder / "drive.store", passphrase=PASSPHRASE) as store:
        import_files(store, [(path.name, path) for path in files], ImportOptions(list_date=made.as_of))
    return folder / "drive.store"


@pytest.fixture
def store(campaign: Path, tmp_path: Path) -> Iterator[OpenStore]:
    """Return a copy of it that a test may change."""
    shutil.copy(campaign, tmp_path / "drive.store")
    with open_store(tmp_path / "drive.store", passphrase=PASSPHRASE) as held:
        yield held


def test_looking_at_groups_keeps_nothing(store: OpenStore) -> None:
    found = find_groups(store)
    assert found.about["verdict"] == "groups"
    assert found.about["n_remembered"] == 0
    assert store.accepted_groups() == {}


def test_accepted_groups_have_a_say_and_keep_their_ids_and_names(store: OpenStore) -> None:
    first = find_groups(store)
    accept_groups(store, first)
    second = find_groups(store)
    assert second.about["n_remembered"] > 0
    ids = {tuple(members): number for number, members in zip(first.rows.group_id, first.rows.members, strict=True)}
    names = dict(zip(first.rows.group_id, first.rows.name, strict=True))
    for number, name, members in zip(second.rows.group_id, second.rows.name, second.rows.members, strict=True):
        if tuple(members) in ids:
            assert number == ids[tuple(members)]
            assert name == names[number]


def test_a_name_that_somebody_gave_stays_and_goes_when_all_is_forgotten(store: OpenStore) -> None:
    number = int(find_groups(store).rows["group_id"].iloc[0])
    rename_group(store, find_groups(store), number, "  The  paint crew ")
    rows = find_groups(store).rows
    assert rows.loc[rows["group_id"] == number, "name"].tolist() == ["The paint crew"]
    forget_groups(store, ties_of())
    assert "The paint crew" not in set(find_groups(store).rows["name"])
    with pytest.raises(NotFoundError):
        forget_groups(store, ties_of())


def test_what_is_accepted_of_some_ties_says_nothing_of_others(store: OpenStore) -> None:
    accept_groups(store, find_groups(store))
    assert recall_groups(store, ties_of("told")) is None
    assert recall_groups(store, ties_of(include=("left",))) is None


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_name_must_say_something_and_fit(store: OpenStore, name: str) -> None:
    found = find_groups(store)
    with pytest.raises(UsageError):
        rename_group(store, found, int(found.rows["group_id"].iloc[0]), name)


def test_two_groups_cannot_have_one_name(store: OpenStore) -> None:
    found = find_groups(store)
    with pytest.raises(UsageError):
        rename_group(store, found, int(found.rows["group_id"].iloc[0]), str(found.rows["name"].iloc[1]).upper())
    with pytest.raises(NotFoundError):
        rename_group(store, found, 999, "Nobody there")


def test_groups_of_one_unit_are_not_accepted(store: OpenStore) -> None:
    department = store.workplace().people["department"].mode()[0]
    with pytest.raises(RefusedError):
        accept_groups(store, find_groups(store, unit=f"department:{department}"))


def test_somebody_who_sees_a_part_is_given_none_and_may_accept_none(store: OpenStore) -> None:
    accept_groups(store, find_groups(store))
    department = store.workplace().people["department"].mode()[0]
    olga = store.seen_by(Viewer("Olga", frozenset({"organizer"}), frozenset({str(department)})))
    assert olga.accepted_groups() == {}
    assert recall_groups(olga, ties_of()) is None
    with pytest.raises(RefusedError):
        olga.keep_groups(ties_of(), None)


def test_who_was_erased_is_in_no_accepted_group(store: OpenStore) -> None:
    accepted = accept_groups(store, find_groups(store))
    gone = next(iter(accepted.groups))
    erase_person(store, plan_erasure(store, gone))
    kept = store.accepted_groups()[ties_of()]
    assert f'"{gone}"'.encode() not in kept
    left = recall_groups(store, ties_of())
    assert left is not None
    assert set(left.groups) == set(accepted.groups) - {gone}


def test_people_who_turn_out_to_be_one_are_one_member(store: OpenStore) -> None:
    accepted = accept_groups(store, find_groups(store))
    one, two = sorted(accepted.groups)[:2]
    judge(store, "same", one, two)
    left = recall_groups(store, ties_of())
    assert left is not None
    assert two not in left.groups
    assert left.groups[one] == accepted.groups[one]


def test_a_copy_takes_accepted_groups_along(store: OpenStore, tmp_path: Path) -> None:
    accept_groups(store, find_groups(store))
    with create_store(tmp_path / "copy.store", passphrase=PASSPHRASE) as copy:
        copy_store(store, copy)
        assert copy.accepted_groups() == store.accepted_groups()


def test_accepting_stands_in_the_audit(store: OpenStore) -> None:
    accept_groups(store, find_groups(store))
    whole = store._OpenStore__whole  # type: ignore[attr-defined]
    (entry,) = whole.audit.entries(deeds=[Deed.CHANGE])[:1]
    assert entry.particulars["accepted_groups"] == ties_of()
