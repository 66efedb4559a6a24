"""Holes, a person's picture, graphs for other programs."""

import json
from io import BytesIO
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import shopfloor.analysis
from shopfloor.analysis import describe_person, find_groups, find_holes, to_networkx
from shopfloor.analysis.plain import newest_first, pick_rows, plain_rows
from shopfloor.errors import NotFoundError, UsageError
from shopfloor.workplace import Workplace
from tests.analysis.build import from_pairs, workplace


def floor() -> Workplace:
    people: list[dict[str, Any]] = [
        {"department": "Packing", "shift": "Day", "hired_on": "2020-01-01"},
        {"department": "Packing", "shift": "Night"},
        {"department": "Dock", "shift": "Day"},
        {"department": "Dock", "shift": "Day"},
        {"department": "Dock", "is_supervisor": True},
        {"shift": "Night"},
    ]
    dated = {"started_on": "2026-06-01", "ended_on": "2026-06-10"}
    return workplace(
        people,
        namings={0: [1], 2: [1, 3], 4: [1]},
        conversations=[
            {"person": 0, "held_on": "2026-01-05", "channel": "visit"},
            {"person": 0, "held_on": "2026-03-05", "organizer_person": 2},
            {"person": 2, "held_on": "2026-02-01"},
            {"person": 4, "held_on": "2026-06-01"},
        ],
        connections=[
            {"person": 1, "other": 0, "kind": "friend", "said_on": "2026-01-01", "said_by": "P0000"},
            {"person": 2, "other": 1, "kind": "conflict"},
        ],
        assignments=[{"person": p, "crew": "A", **dated} for p in (0, 1, 2)]
        + [{"person": p, "crew": "B", **dated} for p in (1, 2)],
        assessments=[
            {"person": 1, "assessment": 4, "assessed_on": "2026-01-01"},
            {"person": 1, "assessment": 2, "assessed_on": "2026-05-01"},
        ],
        participations=[{"person": 1, "did": None}, {"person": 0}],
    )


def test_units_least_known_come_first() -> None:
    holes = find_holes(floor())
    assert [None if pd.isna(unit) else unit for unit in holes["unit"]] == [None, "Dock", "Packing"]
    assert holes["n_people"].tolist() == [1, 2, 2]
    assert holes["n_talked_to"].tolist() == [0, 1, 1]
    assert holes["n_asked"].tolist() == [0, 1, 1]
    assert holes["n_assessed"].tolist() == [0, 0, 1]
    assert holes["newest_conversation"].dt.strftime("%m-%d").tolist()[1:] == ["02-01", "03-05"]
    assert pd.isna(holes["newest_conversation"].iloc[0])


def test_holes_are_found_by_shift_too() -> None:
    assert find_holes(floor(), "shift")["unit"].tolist() == ["Night", "Day"]


def test_supervisors_count_in_holes_only_if_included() -> None:
    holes = find_holes(floor(), include=["supervisors"]).set_index("unit")
    assert holes.loc["Dock", "n_people"] == 3


def test_another_kind_of_unit_is_an_error_with_near_ones() -> None:
    with pytest.raises(UsageError, match="did you mean department"):
        find_holes(floor(), "departement")


def test_a_person_is_described_by_who_named_her_in_the_workforce() -> None:
    named_by = describe_person(floor(), "P0001").named_by
    assert (named_by["n"], named_by["n_asked"]) == (2, 2)
    assert named_by["departments"] == [{"unit": "Dock", "n": 1}, {"unit": "Packing", "n": 1}]
    assert [one["person_id"] for one in named_by["people"]] == ["P0000", "P0002"]


def test_asked_not_asked_and_named_nobody_are_told_apart() -> None:
    picture = workplace(3, namings={0: [1], 1: []})
    answers = [describe_person(picture, f"P000{i}").named for i in range(3)]
    assert [answer["was_asked"] for answer in answers] == [True, True, False]
    assert [answer["n_named"] for answer in answers] == [1, 0, None]


def test_a_person_comes_with_her_ties_and_history_newest_first() -> None:
    picture = floor()
    person = describe_person(picture, "P0001", groups=find_groups(picture))
    assert [(tie["kind"], tie["sign"], tie["person_id"]) for tie in person.told] == [
        ("friend", 1, "P0000"),
        ("conflict", -1, "P0002"),
    ]
    assert [one["person_id"] for one in person.co_workers] == ["P0002", "P0000"]
    assert [row["assessment"] for row in person.assessments] == [2, 4]
    assert person.actions[0]["did"] is None
    assert person.group is None
    assert [row["held_on"] for row in describe_person(picture, "P0000").conversations] == ["2026-03-05", "2026-01-05"]


def test_a_person_is_told_her_group_and_her_place_in_it() -> None:
    pairs = [*combinations(range(6), 2), *combinations(range(6, 12), 2), (5, 6), (11, 12)]
    picture = from_pairs(14, pairs)
    groups = find_groups(picture)
    first, last = (describe_person(picture, key, groups=groups).group for key in ("P0000", "P0012"))
    assert first is not None
    assert last is not None
    assert (first["n_members"], first["is_solid"], first["role"], first["certainty"]) == (6, True, "core", "told")
    assert (last["n_members"], last["certainty"], last["reason"]) == (7, "cannot tell yet", "too few ties")
    assert describe_person(picture, "P0013", groups=groups).group is None


def test_a_persons_picture_is_plain_data_and_its_repr_counts_only() -> None:
    person = describe_person(floor(), "P0000")
    parts = [getattr(person, name) for name in person.__slots__]
    assert json.loads(json.dumps(parts))[1]["hired_on"] == "2020-01-01"
    assert repr(person) == "PersonPicture(0 namings, 2 conversations)"


def test_an_unknown_person_is_an_error_with_near_ids() -> None:
    with pytest.raises(NotFoundError, match="did you mean P0003"):
        describe_person(floor(), "P003")


@pytest.mark.parametrize(("layer", "kind"), [("named", nx.DiGraph), ("worked_with", nx.Graph)])
def test_a_layer_becomes_a_graph_with_direction_if_it_has_one(layer: str, kind: type) -> None:
    graph = to_networkx(floor(), layer)
    assert type(graph) is kind
    assert len(graph) == 6
    assert (
        graph.edges["P0001", "P0002"]["strength"] > 0 if layer == "worked_with" else ("P0000", "P0001") in graph.edges
    )


def test_all_layers_become_one_multigraph_keyed_by_layer() -> None:
    graph = to_networkx(floor())
    assert isinstance(graph, nx.MultiDiGraph)
    assert {key for _, _, key in graph.edges(keys=True)} == {"named", "told", "talked", "worked_with"}
    assert graph.edges["P0000", "P0001", "named"] == {"layer": "named", "strength": 1.0}


def test_people_carry_what_is_known_of_them_and_nothing_else() -> None:
    nodes = to_networkx(floor(), "named").nodes
    assert nodes["P0000"]["department"] == "Packing"
    assert "department" not in nodes["P0005"]
    assert nodes["P0004"]["is_supervisor"] is True


def test_graphs_can_be_written_and_read_by_other_programs() -> None:
    buffer = BytesIO()
    nx.write_graphml(to_networkx(floor()), buffer)
    buffer.seek(0)
    assert nx.read_graphml(buffer, force_multigraph=True).number_of_edges() == to_networkx(floor()).number_of_edges()


def test_all_public_names_exist_and_are_sorted() -> None:
    names = shopfloor.analysis.__all__
    assert all(hasattr(shopfloor.analysis, name) for name in names)
    assert len(names) == len(set(names))


def test_rows_picked_by_their_places_are_the_rows_of_the_table_as_plain_values() -> None:
    table = pd.DataFrame(
        {
            "name": pd.Series(["Ana", None, "Bo"], dtype="str"),
            "held_on": pd.to_datetime(["2026-05-01", None, "2026-05-03"]),
            "did": pd.Series([True, None, False], dtype="boolean"),
            "shift": pd.Series(["days", None, "nights"], dtype="category"),
            "hours": [1.5, np.nan, 8.0],
            "n": [1, 2, 3],
        }
    )
    rows = plain_rows(table)
    assert pick_rows(table, np.array([2, 0, 1]), list(table)) == [rows[2], rows[0], rows[1]]
    assert pick_rows(table, np.array([], dtype=np.int64), list(table)) == []


def test_rows_stand_newest_first_and_those_without_a_day_last() -> None:
    days = [None, "2026-05-01", "2026-05-03", None, "2026-05-01"]
    rows = [{"n": n, "day": day} for n, day in enumerate(days)]
    assert [row["n"] for row in newest_first(rows, "day")] == [2, 1, 4, 0, 3]
