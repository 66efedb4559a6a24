import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shopfloor.demo import AS_OF, FEWEST, DemoWorkplace, make_workplace, write_files
from shopfloor.demo.arrays import draw_weighted, label, rank_within
from shopfloor.demo.names import plain_letters
from shopfloor.errors import UsageError
from shopfloor.records import FILES
from shopfloor.settings import CONNECTION_KINDS

IDS = {
    "people": "person_id",
    "conversations": "conversation_id",
    "assignments": "assignment_id",
    "connections": "connection_id",
    "employers": "employer_id",
}
PEOPLE_COLUMNS = {
    "conversations": ["person_id"],
    "assignments": ["person_id"],
    "connections": ["person_id", "other_id"],
    "assessments": ["person_id"],
}


@pytest.fixture(scope="module")
def demo() -> DemoWorkplace:
    return make_workplace()


@pytest.fixture(scope="module", params=[FEWEST, 137, 400, 2500])
def sized(request: pytest.FixtureRequest) -> DemoWorkplace:
    return make_workplace(people=request.param, seed=3)


def answers(demo: DemoWorkplace) -> dict[str, list[str]]:
    """Return the newest answer to the usual question of everybody asked, as written."""
    table = demo.tables["conversations"]
    newest: dict[str, list[str]] = {}
    for person_id, asked, named in zip(table["person_id"], table["asked"], table["named"], strict=True):
        if asked or named:
            cell = named.split(" | ")[0].removeprefix("listens_to = ")
            newest[person_id] = [] if cell in {"", "none"} else cell.split("; ")
    return newest


def days(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column[column != ""], format="%Y-%m-%d")


def test_same_seed_writes_same_bytes(tmp_path: Path) -> None:
    first, second = (write_files(make_workplace(people=90, seed=5), tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_another_seed_makes_another_workplace() -> None:
    first, second = make_workplace(people=90, seed=1), make_workplace(people=90, seed=2)
    assert list(first.tables["people"]["name"]) != list(second.tables["people"]["name"])
    assert first.truth.leaders != second.truth.leaders


def test_files_have_the_headers_of_the_record_kinds(demo: DemoWorkplace, tmp_path: Path) -> None:
    paths = write_files(demo, tmp_path / "new folder")
    assert [path.stem for path in paths] == list(FILES)
    for path in paths:
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert header == [name for name in FILES[path.stem].columns if name in header]
        assert set(FILES[path.stem].needed) <= set(header)
        assert set(FILES[path.stem].columns) - set(header) <= {"kind"}


def test_needed_cells_are_filled(sized: DemoWorkplace) -> None:
    for name, table in sized.tables.items():
        assert len(table) > 0, name
        for column in FILES[name].needed:
            assert (table[column] != "").all(), (name, column)


def test_written_files_read_back_as_they_were(demo: DemoWorkplace, tmp_path: Path) -> None:
    for path in write_files(demo, tmp_path):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        pd.testing.assert_frame_equal(table, demo.tables[path.stem].astype(str), check_dtype=False)


@pytest.mark.parametrize(("name", "column"), IDS.items())
def test_ids_are_unique(sized: DemoWorkplace, name: str, column: str) -> None:
    assert sized.tables[name][column].is_unique


def test_people_referred_to_by_id_are_in_the_list(sized: DemoWorkplace) -> None:
    known = set(sized.tables["people"]["person_id"])
    for name, columns in PEOPLE_COLUMNS.items():
        for column in columns:
            assert set(sized.tables[name][column]) <= known, (name, column)


def test_everything_happens_between_hiring_and_a_few_days_before_the_fixed_day(sized: DemoWorkplace) -> None:
    people = sized.tables["people"].set_index("person_id")
    talks = sized.tables["conversations"]
    held_on = days(talks["held_on"])
    assert held_on.max() == pd.Timestamp(2026, 11, 16) < pd.Timestamp(AS_OF)
    assert held_on.min() >= pd.Timestamp(2026, 6, 22)
    assert held_on.is_monotonic_increasing
    for edge, sign in (("hired_on", 1), ("left_on", -1)):
        bound = pd.to_datetime(people[edge].replace("", None)).reindex(talks["person_id"])
        gap = (held_on.to_numpy() - bound.to_numpy()) * sign
        assert (np.isnat(gap) | (gap > np.timedelta64(0))).all(), edge
    for name, column in (("connections", "said_on"), ("assessments", "assessed_on"), ("actions", "held_on")):
        assert days(sized.tables[name][column]).max() < pd.Timestamp(AS_OF)
    assert (days(talks["follow_up_on"]) > held_on.reindex(days(talks["follow_up_on"]).index)).all()


def test_assignments_follow_one_another_and_only_the_last_is_open(sized: DemoWorkplace) -> None:
    table = sized.tables["assignments"]
    left = sized.tables["people"].set_index("person_id")["left_on"]
    for person_id, rows in table.groupby("person_id"):
        assert 1 <= len(rows) <= 3
        started, ended = pd.to_datetime(rows["started_on"]), pd.to_datetime(rows["ended_on"].replace("", None))
        assert (ended.isna() | (ended >= started)).all()
        assert (started.to_numpy()[1:] > ended.to_numpy()[:-1]).all()
        assert rows["ended_on"].iloc[-1] == left[person_id]


def test_phones_mails_and_addresses_cannot_be_anybodys(sized: DemoWorkplace) -> None:
    people = sized.tables["people"]
    phones = people["phone"][people["phone"] != ""]
    assert phones.is_unique
    assert all(re.fullmatch(r"\d{3}-555-01\d\d", phone) for phone in phones)
    assert all(re.fullmatch(r"\d{3}-555-01\d\d", phone) for phone in sized.tables["employers"]["phone"] if phone)
    mails = people["email"][people["email"] != ""]
    assert mails.is_unique
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+\d+@example\.org", mail) for mail in mails)
    assert all(re.fullmatch(r"\d+ [A-Z]\w+ [A-Z]\w+", address) for address in people["address"] if address)


def test_six_departments_three_shifts_several_worksites_two_main_employers(demo: DemoWorkplace) -> None:
    people = demo.tables["people"]
    assert people["department"].nunique() == 6
    assert people["shift"].nunique() == 3
    assert demo.tables["assignments"]["worksite"].nunique() >= 4
    assert set(demo.tables["engagements"]["tier"]) == {"1", "2", "3"}
    assert 0.05 < (people["is_supervisor"] == "yes").mean() < 0.15
    assert set(demo.tables["connections"]["kind"]) <= set(CONNECTION_KINDS)


def test_a_third_is_talked_to_with_night_shift_and_cold_storage_as_holes(demo: DemoWorkplace) -> None:
    people = demo.tables["people"]
    is_talked = people["person_id"].isin(demo.tables["conversations"]["person_id"])
    assert 0.30 <= is_talked.mean() <= 0.40
    assert is_talked[people["shift"] == "night"].mean() < 0.15
    assert is_talked[people["department"] == "Cold Storage"].mean() < 0.12
    assert is_talked[(people["shift"] == "day") & (people["department"] != "Cold Storage")].mean() > 0.4
    assert not is_talked[people["is_supervisor"] == "yes"].any()


def test_answers_are_the_truth_but_for_how_they_are_written(demo: DemoWorkplace) -> None:
    truth = demo.truth.namings.groupby("namer")["named"].agg(set).to_dict()
    known = set(demo.tables["people"]["person_id"])
    unclear = 0
    for person_id, named in answers(demo).items():
        by_id = {mention for mention in named if mention in known}
        assert by_id <= truth.get(person_id, set())
        assert len(named) == len(truth.get(person_id, set()))
        unclear += len(named) - len(by_id)
    assert 10 <= unclear <= 60


def test_answers_show_names_nicknames_nobody_and_two_questions(demo: DemoWorkplace) -> None:
    written = [mention for named in answers(demo).values() for mention in named]
    people = demo.tables["people"]
    assert set(written) & set(people["name"])
    assert set(written) & (set(people["preferred_name"]) | {name.split()[0] for name in people["name"]})
    cells = demo.tables["conversations"]["named"]
    assert (cells == "none").any()
    assert cells.str.contains(r" \| rides_with = P\d+", regex=True).any()
    assert (demo.tables["conversations"]["asked"] == "listens_to").any()


def test_truth_counts_different_people_and_leaves_out_supervisors_and_who_left(demo: DemoWorkplace) -> None:
    truth, people = demo.truth, demo.tables["people"].set_index("person_id")
    assert not truth.namings.duplicated().any()
    assert (truth.namings["namer"] != truth.namings["named"]).all()
    counted = Counter(truth.namings["named"])
    assert truth.times_named.to_dict() == {person_id: counted[person_id] for person_id in people.index}
    ranked = truth.times_named.loc[list(truth.leaders)]
    assert list(ranked) == sorted(ranked, reverse=True)
    assert set(truth.leaders) == set(people.index[(people["is_supervisor"] == "no") & (people["left_on"] == "")])


@pytest.mark.parametrize("seed", range(8))
def test_most_named_so_far_find_three_of_the_true_top_five(seed: int) -> None:
    demo = make_workplace(seed=seed)
    eligible = set(demo.truth.leaders)
    counts = Counter(mention for named in answers(demo).values() for mention in set(named) & eligible)
    most_named = sorted(counts, key=lambda person_id: (-counts[person_id], person_id))[:10]
    assert len(set(demo.truth.leaders[:5]) & set(most_named)) >= 3


def test_planted_groups_do_not_overlap_and_cross_departments(sized: DemoWorkplace) -> None:
    members = [person_id for group in sized.truth.groups.values() for person_id in group]
    assert len(members) == len(set(members)) > 0
    department = sized.tables["people"].set_index("person_id")["department"]
    crossing = [len(set(department.loc[list(group)])) > 1 for group in sized.truth.groups.values()]
    assert np.mean(crossing) > 0.7


def test_secret_vote_has_counts_by_unit_and_no_people(demo: DemoWorkplace) -> None:
    vote = demo.tables["actions"].query("kind == 'vote'")
    assert set(vote["unit"]) == set(demo.tables["people"]["department"])
    assert (vote[["person_id", "asked_by", "said", "did"]] == "").all(axis=None)
    assert (vote["n_did"].astype(int) <= vote["n_eligible"].astype(int)).all()
    others = demo.tables["actions"].query("kind != 'vote'")
    assert not others.duplicated(["action", "step", "person_id"]).any()


def test_organizers_are_workers_and_staff_and_nobody_organizes_herself(demo: DemoWorkplace) -> None:
    talks = demo.tables["conversations"]
    is_worker = talks["organizer"].isin(demo.tables["people"]["person_id"])
    assert 0.2 < is_worker.mean() < 0.8
    assert (talks["organizer"] != talks["person_id"]).all()


@pytest.mark.parametrize(("people", "seed"), [(29, 7), (100_001, 7), (400, -1)])
def test_what_cannot_be_made_is_refused_with_the_limits(people: int, seed: int) -> None:
    with pytest.raises(UsageError, match=r"30 to 100000|0 or larger"):
        make_workplace(people=people, seed=seed)


def test_repr_counts_and_names_nobody(demo: DemoWorkplace) -> None:
    assert repr(demo) == "DemoWorkplace(400 people)"
    assert "P001" not in repr(demo.truth)


def test_weighted_draw_is_without_replacement_and_leaves_out_weight_zero() -> None:
    rng = np.random.default_rng(1)
    weight = np.array([0.0, 1.0, 5.0, 0.0, 1.0])
    assert draw_weighted(rng, weight, 10).tolist() == [1, 2, 4]
    first = Counter(int(draw_weighted(rng, weight, 1)[0]) for _ in range(700))
    assert 0.6 < first[2] / 700 < 0.82


def test_places_and_labels_go_by_key() -> None:
    keys = np.array([2, 1, 2, 2, 1])
    assert rank_within(keys).tolist() == [0, 0, 1, 2, 1]
    assert rank_within(keys, np.array([0, 0, 0, 1, 1])).tolist() == [0, 0, 1, 0, 0]
    assert label(keys, np.array([0, 0, 0, 1, 1])).tolist() == [2, 0, 2, 3, 1]


def test_letters_of_a_mail_address_are_plain() -> None:
    assert plain_letters("Władysław") == "wladyslaw"
    assert plain_letters("Bien-Aimé") == "bienaime"
