import json
import pickle
from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shopfloor.analysis import AcceptedGroups, find_groups
from shopfloor.analysis.naming import name_groups
from shopfloor.errors import UsageError
from shopfloor.workplace import Workplace
from tests.analysis.build import from_pairs, workplace


def circles(*sizes: int) -> list[tuple[int, int]]:
    pairs, start = [], 0
    for size in sizes:
        pairs += list(combinations(range(start, start + size), 2))
        start += size
    return pairs


def floor(*, is_reversed: bool = False) -> Workplace:
    """Packers 0-5 who all know each other, drivers 6-11 too, a pair 12-13 and a loner 14."""
    people = [
        *({"department": "Packing", "shift": "Day"} for _ in range(6)),
        *({"department": "Dock", "shift": "Night"} for _ in range(6)),
        *({"department": "Office", "shift": "Day"} for _ in range(3)),
    ]
    rows = [{"person": one, "other": two, "kind": "friend"} for one, two in [*circles(6, 6), (5, 6), (12, 13)]]
    return workplace(
        people,
        connections=rows[::-1] if is_reversed else rows,
        namings={0: [1]},
        conversations=[{"person": 0}, {"person": 0}, {"person": 12}],
    )


def asked(n_asked: int, *, n_people: int = 24) -> Workplace:
    """Four circles of six; the first so many people named their whole circle."""
    namings = {
        person: [other for other in range(n_people) if other // 6 == person // 6 and other != person]
        for person in range(n_asked)
    }
    return workplace([{"department": f"D{person % 2}"} for person in range(n_people)], namings=namings)


def test_groups_are_found_named_and_ordered_by_size() -> None:
    rows = find_groups(floor()).rows
    assert rows["group_id"].tolist() == [1, 2]
    assert rows["name"].tolist() == ["Packing, Day", "Dock, Night"]
    assert rows["named_by"].tolist() == ["attributes", "attributes"]
    assert rows["neutral_name"].tolist() == ["Group A", "Group B"]
    assert rows["members"].iloc[0] == [f"P{i:04d}" for i in range(6)]
    assert rows["n_members"].tolist() == [6, 6]
    assert rows["certainty"].tolist() == ["solid", "solid"]
    assert rows["share_talked_to"].tolist() == [pytest.approx(1 / 6), 0.0]
    assert rows["n_asked"].tolist() == [1, 0]
    assert rows["departments"].iloc[1] == [{"department": "Dock", "n_members": 6}]
    assert rows["chart"].tolist() == ["same as the chart", "same as the chart"]


def test_people_who_belong_nowhere_are_said_so() -> None:
    groups = find_groups(floor())
    assert groups.in_no_group == ["P0012", "P0013", "P0014"]
    assert groups.membership[12:].tolist() == [-1, -1, -1]
    assert groups.about["n_in_no_group"] == 3
    assert groups.people["certainty"].tolist()[12:] == ["in no group yet"] * 3


def test_a_pair_is_a_group_only_where_two_are_enough() -> None:
    assert find_groups(floor(), min_size=2).rows["n_members"].tolist() == [6, 6, 2]


def test_the_order_of_the_facts_changes_nothing() -> None:
    forward, backward = find_groups(floor()), find_groups(floor(is_reversed=True))
    for table in ("rows", "people", "links", "inner"):
        pd.testing.assert_frame_equal(getattr(forward, table), getattr(backward, table))
    assert forward.about == backward.about


def test_all_layers_with_ties_count_unless_one_is_chosen() -> None:
    assert find_groups(floor()).about["layers"] == ["named", "told"]
    named = find_groups(floor(), "named")
    assert named.about["layers"] == ["named"]
    assert named.rows.empty
    assert len(named.in_no_group) == 15


def test_supervisors_and_people_who_left_are_members_only_if_included() -> None:
    people: list[dict[str, Any]] = [{}] * 4 + [{"is_supervisor": True}, {"has_left": True}] + [{}] * 5
    rows = [{"person": one, "other": two, "kind": "friend"} for one, two in circles(6, 5)]
    picture = workplace(people, connections=rows)
    assert find_groups(picture).rows["n_members"].tolist() == [5, 4]
    assert find_groups(picture, include=["supervisors", "left"]).rows["n_members"].tolist() == [6, 5]


def test_about_says_how_it_was_made_and_is_plain_json() -> None:
    about = json.loads(json.dumps(find_groups(floor(), resolution=0.9, seed=5).about))
    assert (about["seed"], about["revision"], about["as_of"]) == (5, 7, "2026-06-30")
    assert about["parameters"]["resolution"] == 0.9
    assert "100 Leiden runs" in about["method"]
    assert (about["verdict"], about["n_nulls"], about["n_solid"]) == ("groups", 199, 2)
    assert about["chance"] == pytest.approx(1 / 200)
    assert 0 < about["modularity"] < 1
    assert about["coverage"]["n_people"] == 15


def test_a_repr_holds_counts_only() -> None:
    groups = find_groups(floor())
    assert repr(groups) == "Groups(2 groups, 3 people in none)"
    assert repr(groups.accept()) == "AcceptedGroups(2 groups of 12 people, 0 retired)"


def test_arguments_and_answers_travel_to_another_process() -> None:
    place, accepted = pickle.loads(pickle.dumps((floor(), find_groups(floor()).accept())))  # noqa: S301 - our own
    groups = pickle.loads(pickle.dumps(find_groups(place, accepted=accepted)))  # noqa: S301 - our own
    pd.testing.assert_frame_equal(groups.people, find_groups(floor(), accepted=accepted).people)


def test_an_empty_workplace_has_no_groups() -> None:
    groups = find_groups(workplace(0))
    assert groups.to_frame().empty
    assert groups.in_no_group == []
    assert groups.about["verdict"] == "no ties"


@pytest.mark.parametrize("pairs", [circles(5), [(0, i) for i in range(1, 9)], [(i, (i + 1) % 8) for i in range(8)]])
def test_a_clique_a_star_and_a_ring_hold_no_groups(pairs: list[tuple[int, int]]) -> None:
    groups = find_groups(from_pairs(9, pairs))
    assert groups.about["verdict"] == "no groups here"
    assert groups.about["chance"] > 0.05
    assert groups.rows.empty
    assert groups.membership.tolist() == [-1] * 9


def test_with_less_than_a_fifth_asked_namings_show_no_groups() -> None:
    few, enough = find_groups(asked(4)), find_groups(asked(24))
    assert (few.about["verdict"], len(few.rows), few.about["chance"]) == ("too few asked", 0, None)
    assert (enough.about["verdict"], len(enough.rows)) == ("groups", 4)
    assert enough.people["certainty"].tolist() == ["told"] * 24


def test_a_group_that_was_hardly_asked_is_shown_but_not_told() -> None:
    groups = find_groups(asked(19))
    people = groups.people.set_index("person_id")
    assert groups.rows["n_members"].tolist() == [6, 6, 6, 6]
    assert set(people["certainty"].iloc[:18]) == {"told"}
    assert set(people["reason"].iloc[18:]) == {"too few ties", "group hardly asked"}


def test_accepted_groups_keep_their_ids_and_names_and_a_new_one_gets_a_new_id() -> None:
    picture = floor()
    accepted = AcceptedGroups(
        groups={**{f"P{i:04d}": 7 for i in range(5)}, "P0099": 3},
        retired={4: ("P0006", "P0007", "P0008", "P0009")},
        names={7: "The packers"},
    )
    groups = find_groups(picture, accepted=accepted)
    assert groups.rows["group_id"].tolist() == [7, 4]
    assert groups.rows["name"].tolist() == ["The packers", "Dock, Night"]
    assert groups.about["n_remembered"] == 5
    again = groups.accept()
    assert again.names == {7: "The packers", 4: "Dock, Night"}
    assert again.retired == {3: ("P0099",)}
    assert again.groups["P0011"] == 4
    assert AcceptedGroups.from_json(json.loads(json.dumps(again.to_json()))) == again


def test_groups_inside_a_group_are_a_second_level() -> None:
    rng = np.random.default_rng(4)
    pairs = [
        (one, two)
        for one, two in combinations(range(72), 2)
        if rng.random() < (0.9 if one // 12 == two // 12 else 0.3 if one // 36 == two // 36 else 0.01)
    ]
    groups = find_groups(from_pairs(72, pairs))
    assert groups.rows["n_members"].tolist() == [36, 36]
    assert groups.inner["inner_id"].tolist() == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]
    assert groups.inner["members"].iloc[0] == [f"P{i:04d}" for i in range(12)]


def test_a_crew_that_was_put_together_once_is_no_group() -> None:
    rows = [
        {"person": person, "crew": f"crew {person // 6}", "started_on": "2026-05-01", "ended_on": "2026-06-30"}
        for person in range(30)
    ]
    groups = find_groups(workplace(30, assignments=rows))
    assert groups.about["layers"] == ["worked_with"]
    assert groups.about["verdict"] == "no groups here"


def test_people_who_meet_again_in_crew_after_crew_are_a_group() -> None:
    rng = np.random.default_rng(1)
    rows = []
    for month in (3, 4, 5, 6):
        crew = rng.permutation(5)
        for person in range(30):
            number = crew[person // 6] if rng.random() < 0.85 else rng.integers(5)
            dates = {"started_on": f"2026-0{month}-01", "ended_on": f"2026-0{month}-27"}
            rows.append({"person": person, "crew": f"crew {month} {number}", **dates})
    groups = find_groups(workplace(30, assignments=rows))
    assert groups.about["verdict"] == "groups"
    assert groups.rows["certainty"].eq("solid").sum() >= 4


@pytest.mark.parametrize("wrong", [{"resolution": 0.0}, {"min_size": 1}, {"name_by": ["name"]}, {"layer": "x"}])
def test_options_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        find_groups(floor(), **wrong)


def named(people: pd.DataFrame, groups: list[list[int]], attributes: list[str], **more: Any) -> list[str]:
    found = name_groups(people, dict(enumerate(groups, start=1)), attributes, **more)
    return [found[number].name for number in sorted(found)]


def frame(**columns: Sequence[str | None]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_a_value_that_everybody_has_names_no_group() -> None:
    people = frame(department=["Dock"] * 8)
    assert named(people, [[0, 1, 2], [3, 4, 5]], ["department"]) == ["Group A", "Group B"]


def test_a_value_must_be_shared_by_three_in_five() -> None:
    people = frame(department=["Dock", "Dock", "Dock", "Office", "Office", *["Packing"] * 90])
    assert named(people, [[0, 1, 2, 3, 4]], ["department"]) == ["Dock"]
    assert named(people, [[0, 1, 3, 4]], ["department"]) == ["Group A"]


def test_a_value_that_chance_gives_to_such_a_group_names_nothing() -> None:
    people = frame(department=["Dock"] * 3 + ["Office"] * 3)
    assert named(people, [[0, 1, 2]], ["department"]) == ["Group A"]
    assert named(frame(department=["Dock"] * 3 + ["Office"] * 30), [[0, 1, 2]], ["department"]) == ["Dock"]


def test_attributes_dealt_at_random_name_a_group_in_few_maps() -> None:
    rng = np.random.default_rng(2)
    groups = [list(range(start, start + 10)) for start in range(0, 80, 10)]
    n_named = 0
    for _ in range(100):
        people = frame(**{name: [f"{v}" for v in rng.integers(0, 5, 80)] for name in ("department", "shift", "crew")})
        n_named += any(not name.startswith("Group ") for name in named(people, groups, list(people.columns)))
    assert n_named <= 5


def test_the_test_of_a_value_is_exact_and_corrected_for_all_values_tested() -> None:
    people = frame(department=["Dock"] * 4 + ["Office"] * 16)
    chance = comb(4, 4) * comb(16, 0) / comb(20, 4)
    assert chance < 0.05
    two_tests = [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert named(people, two_tests, ["department"])[0] == "Dock"
    many = [[0, 1, 2, 3], *([4 + i, 5 + i, 6 + i] for i in range(13))] * 4
    assert named(people, many, ["department"])[0] == (
        "Dock" if chance * 14 * sum(1 / i for i in range(1, 57)) <= 0.05 else "Group A"
    )


def test_only_solid_groups_are_named_after_what_they_share() -> None:
    people = frame(department=["Dock"] * 4 + ["Packing"] * 4 + ["Office"] * 30)
    groups = [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert named(people, groups, ["department"], solid={2}) == ["Group A", "Packing"]


def test_a_users_name_stands_and_no_other_group_takes_it() -> None:
    people = frame(department=["Dock"] * 4 + ["Packing"] * 4 + ["Office"] * 30)
    groups = [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert named(people, groups, ["department"], given={2: "Dock"}) == ["Dock 2", "Dock"]


def test_of_equal_names_the_later_takes_a_further_attribute_else_a_number() -> None:
    people = frame(
        department=["Dock"] * 10 + ["Office"] * 40,
        shift=["Night"] * 10 + ["Day"] * 40,
        crew=["1", "2", "3", "4", "5", "B", "B", "B", "B", "B", *["x"] * 40],
    )
    groups = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert named(people, groups, ["department", "shift"]) == ["Dock, Night", "Dock, Night 2"]
    assert named(people, groups, ["department", "shift", "crew"]) == ["Dock, Night", "B, Dock"]


def test_names_stay_apart_where_a_number_would_collide() -> None:
    people = frame(department=["Dock"] * 3 + ["Dock 2"] * 3 + ["Dock"] * 3 + ["Office"] * 60)
    names = named(people, [[0, 1, 2], [3, 4, 5], [6, 7, 8]], ["department"])
    assert names == ["Dock", "Dock 2", "Dock 3"]


def test_groups_beyond_the_alphabet_still_have_letters() -> None:
    people = frame(department=[None] * 84)
    names = named(people, [[3 * i, 3 * i + 1, 3 * i + 2] for i in range(28)], ["department"])
    assert names[25:] == ["Group Z", "Group AA", "Group AB"]


def test_the_same_word_for_two_attributes_is_said_once() -> None:
    people = frame(department=["Night"] * 4 + ["Day"] * 40, shift=["night"] * 4 + ["day"] * 40)
    assert named(people, [[0, 1, 2, 3]], ["department", "shift"]) == ["Night"]
