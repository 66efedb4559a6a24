"""What the map draws: everybody once, counts that add up, nobody whom the filters hide."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopfloor.dashboard.map_data import NOT_KNOWN, Filters, MapData, build_map_data
from shopfloor.dashboard.tables import legend, people_table, unit_table
from shopfloor.dashboard.views import circle_view, fewest_ties, people_view, shift_shapes, units_view
from shopfloor.dashboard.words import headline, rests_on
from shopfloor.errors import NotFoundError, UsageError
from tests.dashboard.generated import SHIFTS, PlainTies, generated_map, generated_ties, generated_workplace

DATA = generated_map(240)
UNITS = st.lists(st.sampled_from(DATA.unit_ids), max_size=4).map(tuple)
FILTERS = st.builds(
    Filters,
    units=UNITS,
    shifts=st.lists(st.sampled_from([*SHIFTS, NOT_KNOWN]), max_size=2).map(tuple),
    assessments=st.lists(st.integers(0, 5), max_size=3).map(tuple),
    layers=st.lists(st.sampled_from(["named", "told"]), max_size=1).map(tuple),
    search=st.sampled_from(["", "  ", "rosa", "PHAM", "0001"]),
)


def shown_ids(data: MapData, filters: Filters) -> set[str]:
    """Who passes, worked out row by row."""
    return {
        row.person_id
        for row in data.people.itertuples()
        if (not filters.units or row.unit in filters.units)
        and (not filters.shifts or row.shift in filters.shifts)
        and (not filters.assessments or row.assessment in filters.assessments)
        and filters.search.strip().lower() in f"{row.name.replace('ạ', 'a').lower()} {row.person_id}"
    }


def tied_pairs(data: MapData, ids: set[str], layers: tuple[str, ...]) -> set[frozenset[str]]:
    """Pairs tied among `ids`, worked out tie by tie."""
    key = data.people["person_id"].tolist()
    pairs = zip(data.source, data.target, data.layer, strict=True)
    found = {frozenset((key[a], key[b])) for a, b, layer in pairs if not layers or data.layers[layer] in layers}
    return {pair for pair in found if pair <= ids and len(pair) == 2}


def drawn_pairs(view: dict[str, Any]) -> set[frozenset[str]]:
    ids = view["people"]["id"]
    return {frozenset((ids[a], ids[b])) for a, b in zip(view["ties"]["source"], view["ties"]["target"], strict=True)}


@settings(max_examples=80, deadline=None)
@given(FILTERS, UNITS)
def test_everybody_shown_is_in_exactly_one_node(filters: Filters, open_units: tuple[str, ...]) -> None:
    view = units_view(DATA, open_units, filters)
    in_pies = sum(
        sum(counts)
        for counts, is_open in zip(view["units"]["counts"], view["units"]["open"], strict=True)
        if not is_open
    )
    assert in_pies + len(view["people"]["id"]) == len(shown_ids(DATA, filters))
    assert len(set(view["people"]["id"])) == len(view["people"]["id"])
    unit = dict(zip(DATA.people["person_id"], DATA.people["unit"], strict=True))
    assert {unit[person] for person in view["people"]["id"]} <= set(open_units)


@settings(max_examples=60, deadline=None)
@given(FILTERS, UNITS)
def test_filters_let_nobody_through_in_any_picture_or_table(filters: Filters, open_units: tuple[str, ...]) -> None:
    allowed = shown_ids(DATA, filters)
    assert set(people_view(DATA, filters)["people"]["id"]) == allowed
    assert set(units_view(DATA, open_units, filters)["people"]["id"]) <= allowed
    assert {row["id"] for row in people_table(DATA, filters)} == allowed
    assert sum(row["n_people"] for row in unit_table(DATA, filters)) == len(allowed)
    assert sum(entry["n"] for entry in legend(DATA, filters)["assessments"]) == len(allowed)
    names = set(DATA.people["name"]) - set(DATA.people.set_index("person_id").loc[sorted(allowed), "name"])
    written = json.dumps(
        [units_view(DATA, open_units, filters), people_table(DATA, filters), unit_table(DATA, filters)]
    )
    assert not [name for name in names if json.dumps(name) in written]


@settings(max_examples=60, deadline=None)
@given(FILTERS, UNITS)
def test_tie_counts_add_up(filters: Filters, open_units: tuple[str, ...]) -> None:
    pairs = tied_pairs(DATA, shown_ids(DATA, filters), filters.layers)
    assert drawn_pairs(people_view(DATA, filters)) == pairs
    rows = unit_table(DATA, filters)
    assert sum(row["n_ties_inside"] for row in rows) + sum(row["n_ties_out"] for row in rows) / 2 == len(pairs)
    assert sum(row["n_ties"] for row in people_table(DATA, filters)) == 2 * len(pairs)
    unit = dict(zip(DATA.people["person_id"], DATA.people["unit"], strict=True))
    view = units_view(DATA, open_units, filters)
    assert drawn_pairs(view) == {pair for pair in pairs if {unit[person] for person in pair} <= set(open_units)}
    ids, lines = view["units"]["id"], view["unit_ties"]
    for source, target, n in zip(lines["source"], lines["target"], lines["n"], strict=True):
        ends = {ids[source], ids[target]}
        assert n == sum({unit[person] for person in pair} == ends for pair in pairs)
        assert n >= view["fewest_ties"]
        assert not ends <= set(open_units)


@settings(max_examples=40, deadline=None)
@given(FILTERS, UNITS)
def test_the_table_holds_what_the_picture_holds(filters: Filters, open_units: tuple[str, ...]) -> None:
    view = units_view(DATA, open_units, filters)
    rows = unit_table(DATA, filters)
    assert {row["id"] for row in rows} == set(view["units"]["id"])
    counts = {row["id"]: [row[f"a{a}"] for a in range(1, 6)] + [row["n_not_assessed"]] for row in rows}
    assert counts == dict(zip(view["units"]["id"], view["units"]["counts"], strict=True))
    inside = people_table(DATA, filters, units=open_units)
    assert {row["id"] for row in inside} == set(view["people"]["id"])
    stands = {row["id"]: row["assessment"] or 0 for row in inside}
    assert stands == dict(zip(view["people"]["id"], view["people"]["assessment"], strict=True))


@given(st.sampled_from(DATA.people["person_id"].tolist()), FILTERS)
@settings(max_examples=60, deadline=None)
def test_a_circle_holds_a_person_and_those_tied_to_her(person: str, filters: Filters) -> None:
    allowed = shown_ids(DATA, filters) | {person}
    pairs = tied_pairs(DATA, allowed, filters.layers)
    around = {other for pair in pairs if person in pair for other in pair} | {person}
    view = circle_view(DATA, person, filters)
    assert view["people"]["id"][0] == person
    assert set(view["people"]["id"]) == around
    assert {row["id"] for row in people_table(DATA, filters, tied_to=person)} == around
    assert drawn_pairs(view) == {pair for pair in pairs if pair <= around}
    assert {caption["text"] for caption in view["captions"]} == {
        DATA.unit_label(DATA.people["unit"].iat[DATA.row_of(other)]) for other in around - {person}
    }


@settings(max_examples=30, deadline=None)
@given(UNITS)
def test_opening_moves_no_other_unit_and_open_units_touch_nobody(open_units: tuple[str, ...]) -> None:
    closed, view = units_view(DATA)["units"], units_view(DATA, open_units)
    units = view["units"]
    for i, is_open in enumerate(units["open"]):
        assert is_open or (units["x"][i], units["y"][i]) == (closed["x"][i], closed["y"][i])
    assert view["bbox"] == units_view(DATA)["bbox"]
    drawn = [r if o else p for r, o, p in zip(units["radius"], units["open"], units["pie"], strict=True)]
    for i in range(len(drawn)):
        for j in range(i):
            away = np.hypot(units["x"][i] - units["x"][j], units["y"][i] - units["y"][j])
            assert away > drawn[i] + drawn[j]
    place = dict(zip(units["id"], zip(units["x"], units["y"], units["radius"], strict=True), strict=True))
    unit = dict(zip(DATA.people["person_id"], DATA.people["unit"], strict=True))
    for person, x, y in zip(view["people"]["id"], view["people"]["x"], view["people"]["y"], strict=True):
        centre_x, centre_y, radius = place[unit[person]]
        assert np.hypot(x - centre_x, y - centre_y) < radius


def test_views_go_out_as_json_and_are_the_same_every_time() -> None:
    for make in (
        lambda d: units_view(d, d.unit_ids[:2]),
        people_view,
        lambda d: circle_view(d, "00003"),
        legend,
        unit_table,
    ):
        assert json.dumps(make(DATA), allow_nan=False) == json.dumps(make(generated_map(240)), allow_nan=False)


def test_the_chosen_person_is_shown_by_opening_her_unit() -> None:
    person = str(DATA.people["person_id"].iat[10])
    unit = DATA.people["unit"].iat[10]
    assert person in units_view(DATA, chosen=person)["people"]["id"]
    other = tuple(u for u in DATA.unit_ids if u != unit)
    assert person not in units_view(DATA, other, Filters(units=other), chosen=person)["people"]["id"]


def test_who_left_leads_or_is_no_worker_is_not_on_the_map() -> None:
    workplace = generated_workplace(120)
    workplace.people.loc[3, "kind"] = "ally"
    data = build_map_data(workplace, generated_ties(workplace))
    aside = workplace.people["has_left"] | workplace.people["is_supervisor"]
    gone = set(workplace.people.loc[aside, "person_id"]) | {"00003"}
    assert len(gone) > 2
    assert set(data.people["person_id"]) == set(workplace.people["person_id"]) - gone
    assert max([*data.source, *data.target]) < len(data.people)


def test_columns_of_people_follow_the_facts() -> None:
    workplace = generated_workplace(150)
    data = build_map_data(workplace, generated_ties(workplace)).people.set_index("person_id")
    row = {key: i for i, key in enumerate(workplace.people["person_id"])}
    outside = workplace.people.index[workplace.people["has_left"] | workplace.people["is_supervisor"]]
    named = workplace.namings[~workplace.namings["namer"].isin(outside)].groupby("named").size()
    newest = workplace.assessments.groupby("person")["assessment"].last()
    for key, person in data.iterrows():
        assert person["named_by"] == named.get(row[str(key)], 0)
        assert person["assessment"] == newest.get(row[str(key)], 0)
        assert person["was_asked"] == (row[str(key)] in set(workplace.asked["person"]))
        assert person["was_talked_to"] == (row[str(key)] in set(workplace.conversations["person"]))


def test_the_newest_assessment_is_the_one_shown() -> None:
    workplace = generated_workplace(60)
    first = workplace.assessments.iloc[[0]].assign(assessment=5)
    workplace = replace(
        workplace, assessments=type(first)(np.vstack([workplace.assessments, first]), columns=first.columns)
    )
    data = build_map_data(workplace, {})
    key = workplace.people["person_id"].iat[int(first["person"].iat[0])]
    assert data.people["assessment"].iat[data.row_of(str(key))] == 5


def test_the_most_named_are_named_more_often_than_everybody_else() -> None:
    data = build_map_data(generated_workplace(200), {})
    top, rest = data.people[data.people["is_top"]], data.people[~data.people["is_top"]]
    assert len(top) >= 5
    assert top["named_by"].min() > rest["named_by"].max()


def test_units_can_be_found_groups() -> None:
    workplace = generated_workplace(90)
    groups = [None if i % 3 == 0 else f"Group {i % 3}" for i in range(90)]
    data = build_map_data(workplace, generated_ties(workplace), groups=groups)
    assert data.unit_ids == ("Group 1", "Group 2", NOT_KNOWN)
    assert data.unit_label(NOT_KNOWN) == "Group not known"


def test_unknown_columns_layers_and_people_are_refused_with_the_near_ones() -> None:
    workplace = generated_workplace(30)
    with pytest.raises(UsageError, match="did you mean department"):
        build_map_data(workplace, {}, group_by="departement")
    with pytest.raises(UsageError, match="did you mean named"):
        units_view(DATA, filters=Filters(layers=("name",)))
    with pytest.raises(NotFoundError, match="nobody"):
        circle_view(DATA, "nobody")


def test_shifts_have_the_marks_of_the_legend() -> None:
    shapes = shift_shapes(DATA)
    assert [shapes[name] for name in ("days", "swing", "nights", NOT_KNOWN)] == [0, 1, 2, 3]
    assert [entry["shape"] for entry in legend(DATA)["shapes"]] == ["circle", "square", "diamond", "triangle"]
    other = replace(
        DATA,
        people=DATA.people.assign(
            shift=["B", "A", "Weekend night"] * (len(DATA.people) // 3) + ["A"] * (len(DATA.people) % 3)
        ),
    )
    assert shift_shapes(other) == {"A": 0, "B": 1, "Weekend night": 2, NOT_KNOWN: 3}


def test_at_most_five_names_are_written_and_they_are_the_most_named() -> None:
    view = people_view(DATA)["people"]
    named_by = dict(zip(DATA.people["person_id"], DATA.people["named_by"], strict=True))
    written = [named_by[person] for person, named in zip(view["id"], view["named"], strict=True) if named]
    assert sorted(written, reverse=True) == sorted(named_by.values(), reverse=True)[:5]


def test_everybody_at_once_comes_with_a_warning_when_it_is_too_many() -> None:
    assert people_view(DATA)["notice"] is None
    large = generated_map(700)
    assert f"{len(large.people)} people" in str(people_view(large)["notice"])


def test_a_circle_too_large_to_draw_keeps_the_strongest_ties() -> None:
    workplace = generated_workplace(200)
    others = np.arange(1, 101)
    ties = {"told": PlainTies(np.zeros(100, np.int64), others, others.astype(float))}
    workplace.people[["has_left", "is_supervisor"]] = False
    data = build_map_data(workplace, ties)
    view = circle_view(data, "00000")
    assert view["n_left_out"] == 40
    assert set(view["people"]["id"]) == {"00000", *(f"{i:05d}" for i in range(41, 101))}


def test_a_unit_with_too_few_voices_says_that_its_ties_are_not_known() -> None:
    workplace = generated_workplace(200)
    dock = workplace.people.index[workplace.people["department"] == "Dock"]
    silent = replace(workplace, asked=workplace.asked[~workplace.asked["person"].isin(dock)])
    units = units_view(build_map_data(silent, generated_ties(silent)))["units"]
    at = units["id"].index("Dock")
    assert not units["ties_known"][at]
    assert units["note"][at] == f"ties not known: 0 of {sum(units['counts'][at])} asked"
    assert any(units["ties_known"])


def test_lines_stay_few_enough_to_follow_and_the_threshold_is_said() -> None:
    large = generated_map(3000, n_departments=30)
    view = units_view(large)
    assert len(view["unit_ties"]["n"]) <= 2 * len(view["units"]["id"])
    assert view["fewest_ties"] == fewest_ties(large)
    assert f"{view['fewest_ties']} or more ties" in rests_on(large, fewest_ties=fewest_ties(large))


def test_a_workplace_with_nobody_says_what_to_do() -> None:
    workplace = generated_workplace(3)
    workplace.people["has_left"] = True
    data = build_map_data(workplace, generated_ties(workplace))
    assert "Load a list of people" in headline(data)
    assert units_view(data)["units"]["id"] == []
    assert units_view(data)["bbox"] == {"x": [-1.0, 1.0], "y": [-1.0, 1.0]}
    assert people_view(data)["people"]["id"] == []
    assert unit_table(data) == people_table(data) == []
    assert rests_on(data, fewest_ties=fewest_ties(data)).startswith("Rests on 0 of 0")


def test_filters_that_fit_nobody_are_said() -> None:
    none = Filters(search="zzzz")
    assert headline(DATA, filters=none) == "Nobody fits these filters."
    assert units_view(DATA, filters=none)["label"] == "Map: nobody fits these filters."


def test_the_headline_answers_from_the_data() -> None:
    talked = int(DATA.people["was_talked_to"].sum())
    assert headline(DATA).startswith(f"We have talked to {talked} of {len(DATA.people)}.")
    inside = DATA.people[DATA.people["unit"] == "Dock"]
    missing = int((~inside["was_talked_to"]).sum())
    assert headline(DATA, ["Dock"]) == f"Dock: {missing} of {len(inside)} not talked to."
    silent = DATA.people[~DATA.people["was_talked_to"] & (DATA.people["named_by"] > 0)].iloc[0]
    assert headline(DATA, chosen=silent["person_id"]) == (
        f"{silent['name']} is named by {silent['named_by']}. None of us has talked to {silent['name']} yet."
    )


def test_what_it_rests_on_counts_the_asked_and_the_shown() -> None:
    asked = int(DATA.people["was_asked"].sum())
    said = rests_on(DATA, fewest_ties=2)
    assert said.startswith(f"Rests on {asked} of {len(DATA.people)} asked who they go to.")
    assert "Newest talk 21 Nov." in said
    assert f"You see all {len(DATA.unit_ids)} units." in said
    nights = Filters(shifts=("nights",))
    n = int((DATA.people["shift"] == "nights").sum())
    assert f"You see {n} of {len(DATA.people)} people" in rests_on(DATA, nights, fewest_ties=2)


def test_counts_and_no_names_are_in_the_repr() -> None:
    assert repr(DATA) == f"MapData({len(DATA.people)} people, {len(DATA.unit_ids)} units, {len(DATA.source)} ties)"
    assert "Rosa" not in repr(Filters(search="Rosa"))


def test_supervisors_and_people_who_left_are_on_the_map_when_included() -> None:
    workplace = generated_workplace(150)
    people = workplace.people.set_index("person_id")
    everybody = build_map_data(workplace, generated_ties(workplace), include=("supervisors", "left")).people
    assert set(everybody["person_id"]) == set(people.index)
    said = everybody.set_index("person_id")["aside"]
    assert (said[people.index[people["has_left"]]] == "left").all()
    assert (said[people.index[people["is_supervisor"] & ~people["has_left"]]] == "supervisor").all()
    leads = build_map_data(workplace, generated_ties(workplace), include=("supervisors",))
    view = people_view(leads)["people"]
    notes = dict(zip(view["id"], view["note"], strict=True))
    first = str(people.index[people["is_supervisor"] & ~people["has_left"]][0])
    assert notes[first].startswith("supervisor, ")
    assert not set(view["id"]) & set(people.index[people["has_left"]])
