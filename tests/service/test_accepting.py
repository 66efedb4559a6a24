"""Groups that were accepted stay: their ids, their names, and nobody who was erased."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopfloor import OpenStore, create_store, open_store
from shopfloor.analysis import Groups, find_kinds
from shopfloor.demo import make_workplace, write_files
from shopfloor.errors import NotFoundError, RefusedError, UsageError
from shopfloor.service.accepting import (
    accept_groups,
    find_groups,
    forget_groups,
    groups_as_accepted,
    recall_groups,
    rename_group,
    ties_of,
)
from shopfloor.service.answers import (
    add_kinds,
    explain_person,
    find_person,
    rank_people,
    write_back_groups,
    written_groups,
)
from shopfloor.service.audit import Deed
from shopfloor.service.copying import copy_store
from shopfloor.service.editing import judge
from shopfloor.service.erasing import plan_erasure
from shopfloor.service.forgetting import erase_person
from shopfloor.service.importing import ImportOptions, import_files
from shopfloor.service.leaders_in_words import leaders_in_words
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


@pytest.fixture(scope="module")
def found(campaign: Path) -> Groups:
    """Return the groups of the generated workplace, found once."""
    with open_store(campaign, passphrase=PASSPHRASE) as held:
        return find_groups(held)


def test_accepted_groups_are_drawn_on_the_ties_of_today_without_finding_any(store: OpenStore, found: Groups) -> None:
    assert groups_as_accepted(store) is None
    accept_groups(store, found)
    drawn = groups_as_accepted(store)
    assert drawn is not None
    assert drawn.about["accepted_of"] == found.about["as_of"]
    by_id = found.rows.set_index("group_id").sort_index()
    assert drawn.rows["group_id"].tolist() == by_id.index.tolist()
    for column in ("name", "n_members", "members", "certainty"):
        assert drawn.rows[column].tolist() == by_id[column].tolist()
    order = ["group_id", "other_group_id"]
    ends = found.links[order].to_numpy()
    links = found.links.assign(group_id=ends.min(axis=1), other_group_id=ends.max(axis=1)).sort_values(order)
    for column in ("n_ties", "n_links", "hinges"):
        assert drawn.links.sort_values(order)[column].tolist() == links[column].tolist()
    for column in ("person_id", "n_only_broker", "is_cut"):
        assert drawn.people[column].tolist() == found.people[column].tolist()
    assert drawn.membership.tolist() == found.membership.tolist()


def test_leaders_and_persons_stand_on_accepted_groups_and_find_none_themselves(
    store: OpenStore, found: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranking = rank_people(store)
    assert ranking.standing is not None
    of_found = find_kinds(store.workplace(), ranking.standing, groups=found)
    someone = found.rows["members"].iloc[0][0]

    def find_none(*_: object, **__: object) -> Groups:
        pytest.fail("groups were looked for")

    monkeypatch.setattr("shopfloor.analysis.find_groups", find_none)
    bare = add_kinds(ranking, store)
    assert bare.about["groups"] is None
    assert bare.rows["is_bridge"].isna().all()
    assert any("'shopfloor groups accept'" in line for line in leaders_in_words(bare))
    picture, _ = find_person(store, someone)
    assert (picture.group, picture.about["groups"]) == (None, None)
    assert explain_person(store, someone, most_refits=0).bridge is None

    accept_groups(store, found)
    ranked = add_kinds(ranking, store)
    assert ranked.about["groups"] == {"is_accepted": True, "of": found.about["as_of"]}
    kinds = of_found.set_index("person_id").loc[ranked.rows["person_id"]]
    for column in ("is_bridge", "voice_of"):
        assert ranked.rows[column].tolist() == kinds[column].tolist()
    picture, _ = find_person(store, someone)
    assert picture.group is not None
    assert someone in found.rows["members"][found.rows["group_id"] == picture.group["group_id"]].iloc[0]
    told = explain_person(store, someone, groups=found, most_refits=0)
    assert explain_person(store, someone, most_refits=0).bridge == told.bridge


def test_a_person_gets_groups_that_nobody_accepted_only_when_asked_for(store: OpenStore, found: Groups) -> None:
    someone = found.rows["members"].iloc[0][0]
    picture, _ = find_person(store, someone, with_groups=True)
    assert picture.group is not None
    assert picture.about["groups"] == {"is_accepted": False, "of": found.about["as_of"]}


def test_a_small_group_is_written_back_under_a_name_that_tells_nothing(store: OpenStore, found: Groups) -> None:
    sizes = found.rows.set_index("group_id")["n_members"]
    store.set_small_group(int(sizes.max()))
    rows = written_groups(found, store.smallest_group()).drop_duplicates("group_id").set_index("group_id")
    own = found.rows.set_index("group_id")
    assert found.rows["named_by"].eq("attributes").any()
    is_small = sizes < sizes.max()
    assert is_small.any()
    assert rows["group_name"][is_small].tolist() == own["neutral_name"][is_small].tolist()
    assert rows["group_name"][~is_small].tolist() == own["name"][~is_small].tolist()
    assert written_groups(found, 3)["group_name"].tolist() == own["name"].repeat(sizes).tolist()
    write_back_groups(store, found)
    assert [name for name, _ in store.results()] == ["groups"]
