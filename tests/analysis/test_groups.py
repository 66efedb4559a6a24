import json
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pandas as pd
import pytest

from shopfloor.analysis import find_groups
from shopfloor.analysis.naming import name_groups
from shopfloor.errors import UsageError
from shopfloor.workplace import Workplace
from tests.analysis.build import workplace


def circles(*sizes: int) -> list[tuple[int, int]]:
    pairs, start = [], 0
    for size in sizes:
        pairs += list(combinations(range(start, start + size), 2))
        start += size
    return pairs


def floor(*, is_reversed: bool = False) -> Workplace:
    """Packers 0-4 who all know each other, drivers 5-8 too, a pair 9-10 and a loner 11."""
    people = [
        *({"department": "Packing", "shift": "Day"} for _ in range(5)),
        *({"department": "Dock", "shift": "Night"} for _ in range(4)),
        *({"department": "Office", "shift": "Day"} for _ in range(3)),
    ]
    rows = [{"person": one, "other": two, "kind": "friend"} for one, two in [*circles(5, 4), (4, 5), (9, 10)]]
    return workplace(
        people,
        connections=rows[::-1] if is_reversed else rows,
        namings={0: [1]},
        conversations=[{"person": 0}, {"person": 0}, {"person": 9}],
    )


def test_groups_are_found_named_and_ordered_by_size() -> None:
    rows = find_groups(floor()).rows
    assert rows["group_id"].tolist() == [1, 2]
    assert rows["name"].tolist() == ["Packing, Day", "Dock, Night"]
    assert rows["members"].iloc[0] == [f"P{i:04d}" for i in range(5)]
    assert rows["n_members"].tolist() == [5, 4]
    assert rows["share_talked_to"].tolist() == [0.2, 0.0]
    assert rows["n_asked"].tolist() == [1, 0]
    assert rows["departments"].iloc[1] == [{"department": "Dock", "n_members": 4}]


def test_people_who_belong_nowhere_are_said_so() -> None:
    groups = find_groups(floor())
    assert groups.in_no_group == ["P0009", "P0010", "P0011"]
    assert groups.membership[9:].tolist() == [-1, -1, -1]
    assert groups.about["n_in_no_group"] == 3


def test_a_pair_is_a_group_only_where_two_are_enough() -> None:
    assert find_groups(floor(), min_size=2).rows["n_members"].tolist() == [5, 4, 2]


def test_the_order_of_facts_changes_nothing() -> None:
    forward, backward = find_groups(floor()), find_groups(floor(is_reversed=True))
    pd.testing.assert_frame_equal(forward.rows, backward.rows)
    assert forward.about == backward.about


def test_all_layers_with_ties_count_unless_one_is_chosen() -> None:
    assert find_groups(floor()).about["layers"] == ["named", "told"]
    named = find_groups(floor(), "named")
    assert named.about["layers"] == ["named"]
    assert named.rows.empty
    assert len(named.in_no_group) == 12


def test_supervisors_and_people_who_left_are_members_only_if_included() -> None:
    people: list[dict[str, Any]] = [{}, {}, {}, {"is_supervisor": True}, {"has_left": True}]
    rows = [{"person": one, "other": two, "kind": "friend"} for one, two in circles(5)]
    picture = workplace(people, connections=rows)
    assert find_groups(picture).rows["n_members"].tolist() == [3]
    assert find_groups(picture, include=["supervisors", "left"]).rows["n_members"].tolist() == [5]


def test_about_says_how_it_was_made_and_is_plain_json() -> None:
    about = json.loads(json.dumps(find_groups(floor(), resolution=0.9, seed=5).about))
    assert (about["seed"], about["revision"], about["as_of"]) == (5, 7, "2026-06-30")
    assert about["parameters"]["resolution"] == 0.9
    assert 0 < about["modularity"] < 1
    assert about["coverage"]["n_people"] == 12


def test_a_repr_holds_counts_only() -> None:
    assert repr(find_groups(floor())) == "Groups(2 groups, 3 people in none)"


def test_an_empty_workplace_has_no_groups() -> None:
    groups = find_groups(workplace(0))
    assert groups.to_frame().empty
    assert groups.in_no_group == []


@pytest.mark.parametrize("wrong", [{"resolution": 0.0}, {"min_size": 1}, {"name_by": ["name"]}, {"layer": "x"}])
def test_options_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        find_groups(floor(), **wrong)


def frame(**columns: Sequence[str | None]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_a_value_that_everybody_has_names_no_group() -> None:
    people = frame(department=["Dock"] * 8)
    assert name_groups(people, [[0, 1, 2], [3, 4, 5]], ["department"]) == ["Group A", "Group B"]


def test_a_value_must_be_shared_by_three_in_five() -> None:
    people = frame(department=["Dock", "Dock", "Dock", "Office", "Office", *["Packing"] * 9])
    assert name_groups(people, [[0, 1, 2, 3, 4]], ["department"]) == ["Dock"]
    assert name_groups(people, [[0, 1, 3, 4]], ["department"]) == ["Group A"]


def test_of_equal_names_the_later_takes_a_further_attribute_else_a_number() -> None:
    people = frame(
        department=["Dock"] * 6 + ["Office"] * 14,
        shift=["Night"] * 6 + ["Day"] * 14,
        crew=["1", "2", "3", "B", "B", "B", *["x"] * 14],
    )
    assert name_groups(people, [[0, 1, 2], [3, 4, 5]], ["department", "shift"]) == ["Dock, Night", "Dock, Night 2"]
    longer = name_groups(people, [[0, 1, 2], [3, 4, 5]], ["department", "shift", "crew"])
    assert longer == ["Dock, Night", "B, Dock"]
    further = [[3, 4, 5, 0], [3, 4, 5]]
    assert len(set(name_groups(people, further, ["department", "shift", "crew"]))) == 2


def test_names_stay_apart_where_a_number_would_collide() -> None:
    people = frame(department=["Dock", "Dock", "Dock 2", "Dock 2", "Dock", "Dock", *["Office"] * 20])
    names = name_groups(people, [[0, 1], [2, 3], [4, 5]], ["department"])
    assert names == ["Dock", "Dock 2", "Dock 3"]


def test_groups_beyond_the_alphabet_still_have_letters() -> None:
    people = frame(department=[None] * 84)
    names = name_groups(people, [[3 * i, 3 * i + 1, 3 * i + 2] for i in range(28)], ["department"])
    assert names[25:] == ["Group Z", "Group AA", "Group AB"]


def test_the_same_word_for_two_attributes_is_said_once() -> None:
    people = frame(department=["Night", "Night", "Day", "Day"] * 2, shift=["night", "night", "day", "day"] * 2)
    assert name_groups(people, [[0, 1, 4]], ["department", "shift"]) == ["Night"]
