from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from shopfloor.analysis import KINDS, find_groups, find_kinds, find_standing, influence_support
from shopfloor.analysis.reasons import why
from shopfloor.workplace import Workplace
from tests.analysis.build import workplace

PEOPLE: list[dict[str, Any]] = [{"department": ("Dock", "Packing", "Freezer")[i % 3]} for i in range(45)]
NAMINGS = {
    i: [*({0, 1, 2, 4} - {i}), *([3] if i % 3 == 0 and i > 3 else []), (i * 7 + 5) % 45]
    for i in range(36)
    if i not in (9, 10)
}


def shop(**facts: Any) -> Workplace:
    """45 people of three departments, most of them asked: 0, 1, 2 and 4 are named by all, 3 by the dock alone."""
    return workplace(PEOPLE, namings={namer: sorted({*named} - {namer}) for namer, named in NAMINGS.items()}, **facts)


def kinds_of(picture: Workplace, **options: Any) -> pd.DataFrame:
    return find_kinds(picture, find_standing(picture), **options).set_index("person_id")


def test_who_many_trust_is_silent_until_assessed_and_against_us_from_4_on() -> None:
    rows = [{"person": person, "assessment": value} for person, value in ((0, 1), (1, 4), (2, 5), (9, 5))]
    found = kinds_of(shop(assessments=rows))
    assert found["is_trusted"][found["is_trusted"]].index.tolist() == [f"P000{i}" for i in range(5)]
    assert found["is_against"][found["is_against"]].index.tolist() == ["P0001", "P0002"]
    assert found["is_silent"][found["is_silent"]].index.tolist() == ["P0003", "P0004"]
    assert found["kinds"]["P0004"] == ["trusted", "silent"]
    assert found["kinds"]["P0001"] == ["trusted", "against"]


def test_an_assessment_of_3_is_one() -> None:
    assert not kinds_of(shop(assessments=[{"person": 4, "assessment": 3}]))["is_silent"]["P0004"]


def test_named_from_one_department_is_the_voice_of_it_and_named_from_all_is_not() -> None:
    found = kinds_of(shop())
    assert found["voice_of"]["P0003"] == "Dock"
    assert found["voice_share"]["P0003"] > 0.75
    assert found["voice_of"]["P0000"] is None


def test_where_nobody_was_asked_elsewhere_nobody_is_a_voice_of_one_unit() -> None:
    picture = workplace(PEOPLE, namings={i: [0, 3] for i in range(6, 45, 3)})
    assert kinds_of(picture)["voice_of"].isna().all()


def test_the_centre_of_work_stands_out_and_a_crew_alike_does_not() -> None:
    crew = [{"person": i, "crew": "A", "started_on": "2026-01-01", "ended_on": "2026-06-01"} for i in range(20)]
    assert not kinds_of(shop(assignments=crew))["is_central"].any()
    more = [
        {"person": person, "crew": f"B{other}", "started_on": "2026-01-01", "ended_on": "2026-06-01"}
        for other in range(30, 40)
        for person in (7, other)
    ]
    assert kinds_of(shop(assignments=crew + more))["is_central"]["P0007"]


def test_bridges_are_known_from_groups_alone() -> None:
    picture = shop()
    without = kinds_of(picture)
    assert without["is_bridge"].isna().all()
    groups = find_groups(picture)
    rows = groups.rows.head(2).assign(group_id=[1, 2], certainty=["solid", "solid"])
    link = {"group_id": 1, "other_group_id": 2, "n_ties": 3, "n_links": 1, "link": "", "hinges": ["P0008"]}
    thin = link | {"n_ties": 1, "hinges": ["P0011"]}
    made = replace(groups, rows=rows, links=pd.DataFrame([link, thin]))
    found = kinds_of(picture, groups=made)
    assert found["n_bridged"][found["n_bridged"] > 0].index.tolist() == ["P0008"]
    assert "bridge" in found["kinds"]["P0008"]


def test_of_groups_that_may_be_chance_nobody_is_the_bridge() -> None:
    picture = shop()
    groups = find_groups(picture)
    met = groups.people.assign(n_only_broker=9, is_cut=True)
    for words, is_told in ((["solid", "solid"], True), (["solid", "not solid"], False)):
        rows = groups.rows.head(2).assign(group_id=[1, 2], certainty=words)
        made = replace(groups, rows=rows, people=met)
        assert kinds_of(picture, groups=made)["is_bridge"].eq(is_told).all()
        told = why(picture, "P0008", groups=made).bridge
        assert told is not None
        assert (told["n_only_broker"], told["is_cut"]) == ((9, True) if is_told else (0, False))


def test_kinds_stand_in_one_order_and_match_their_columns() -> None:
    found = kinds_of(shop(assessments=[{"person": 0, "assessment": 5}]))
    for row in found.to_dict(orient="records"):
        assert row["kinds"] == [kind for kind in KINDS if kind in row["kinds"]]
        assert ("trusted" in row["kinds"]) == row["is_trusted"]
        assert ("voice" in row["kinds"]) == (row["voice_of"] is not None)


def test_influence_and_support_stand_side_by_side_with_what_is_not_known_left_open() -> None:
    picture = shop(
        assessments=[
            {"person": 1, "assessment": 2, "assessed_on": "2026-02-01"},
            {"person": 1, "assessment": 4, "assessed_on": "2026-03-01"},
        ],
        participations=[{"person": 1, "did": True}, {"person": 1, "step": "march", "did": False}],
    )
    rows = influence_support(picture, find_standing(picture)).set_index("person_id")
    assert rows["assessment"]["P0001"] == 4
    assert rows["assessment"].isna().sum() == 44
    assert (rows["n_did"]["P0001"], rows["n_called"]["P0001"]) == (1, 2)
    assert rows["rank"].is_monotonic_increasing
    assert rows["n_named"]["P0000"] == 33
    assert not {"score", "total", "sum"} & set(rows.columns)


def test_no_people_have_no_kinds() -> None:
    picture = workplace(0)
    assert find_kinds(picture, find_standing(picture)).empty
    assert influence_support(picture, find_standing(picture)).empty
    assert np.array_equal(find_standing(picture).people, [])
