"""The page of groups where they are many: the first rows, more of them, and those that somebody looks for."""

from typing import Any

import pytest
from dash import dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import Groups
from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.pages import group_choice, groups
from shopfloor.dashboard.pages.group_choice import choose
from shopfloor.dashboard.parts import person_path
from tests.dashboard.serving import demo_store
from tests.dashboard.test_choices import texts
from tests.dashboard.test_leader_pages import parts


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(demo_store(tmp_path_factory.mktemp("hall"), people=150))


@pytest.fixture(scope="module")
def found(desk: Desk) -> Groups:
    groups = desk.groups()
    assert len(groups.rows) > 3
    return groups


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the page be long with the groups of a small workplace."""
    monkeypatch.setattr(group_choice, "MOST_IN_FULL", 3)
    monkeypatch.setattr(group_choice, "_ROWS", {"20": 2, "100": 3, "all": None})


def shown(desk: Desk, found: Groups, words: object = None, many: object = None) -> groups.Shown:
    return groups.shown(desk, found, [], None, words, many)


def listed(body: list[Component]) -> list[str]:
    """Return the names of the groups in the first table."""
    return [texts(row.children[0]) for row in parts(first_table(body), html.Tr)[1:]]


def first_table(body: list[Component]) -> Any:
    return parts(body, html.Table)[0]


def test_few_groups_are_all_shown_and_nothing_is_offered(desk: Desk, found: Groups) -> None:
    _, _, body, is_short, said = shown(desk, found, "nobody of that name", "20")
    assert (is_short, said) == (True, "")
    assert listed(body) == found.rows["name"].tolist()
    assert texts(first_table(body)).startswith("Groups, largest first Group")


@pytest.mark.usefixtures("long")
def test_many_groups_begin_with_the_largest_and_are_counted_in_full(desk: Desk, found: Groups) -> None:
    answer, rests, body, is_short, said = shown(desk, found)
    n = len(found.rows)
    assert not is_short
    assert said == f"The 2 largest of {n} groups are shown."
    assert listed(body) == found.rows["name"].tolist()[:2]
    assert f"Groups, largest first: 2 of {n}" in texts(body)
    in_full = shown(desk, found, "", "all")
    assert (answer, rests) == in_full[:2]
    assert f"{n} groups so far" in answer
    assert in_full[4] == f"All {n} groups are shown."
    assert listed(in_full[2]) == found.rows["name"].tolist()
    assert listed(shown(desk, found, "", "100")[2]) == found.rows["name"].tolist()[:3]


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("many", [None, 5, "5", "all ", ["all"], {"all": 1}])
def test_a_number_of_rows_that_is_not_offered_is_the_first(desk: Desk, found: Groups, many: object) -> None:
    assert len(choose(desk, found, [], many).rows) == 2


@pytest.mark.usefixtures("long")
def test_a_person_leads_to_the_group_and_stands_first_in_it(desk: Desk, found: Groups) -> None:
    group = found.rows.iloc[-1]
    person = group["members"][-1]
    _, _, body, _, said = shown(desk, found, f" {person.upper()} ")
    assert group["name"] in listed(body)
    assert said.startswith("Found in ")
    row = next(row for row in parts(first_table(body), html.Tr) if group["name"] in texts(row))
    assert person_path(person) in [link.href for link in parts(row.children[-1], dcc.Link)]
    assert choose(desk, found, person).people >= {person}


@pytest.mark.usefixtures("long")
def test_a_unit_or_a_group_is_found_by_its_name_in_any_letters(desk: Desk, found: Groups) -> None:
    people = desk.workplace().people.set_index("person_id")
    unit = str(people["department"].dropna().iloc[0])
    having = [any(people["department"].get(one) == unit for one in members) for members in found.rows["members"]]
    assert set(found.rows["name"][having]) <= set(choose(desk, found, unit.upper(), "all").rows["name"])
    name = str(found.rows["name"].iloc[-1])
    assert name in choose(desk, found, name.lower(), "all").rows["name"].tolist()


@pytest.mark.usefixtures("long")
def test_who_is_in_no_group_is_said_to_be(desk: Desk, found: Groups) -> None:
    alone = found.in_no_group[0]
    said = choose(desk, found, alone).said
    assert "belong" in said
    assert "no group so far" in said


@pytest.mark.usefixtures("long")
def test_nothing_found_shows_no_group(desk: Desk, found: Groups) -> None:
    _, _, body, is_short, said = shown(desk, found, ".*")
    assert not is_short
    assert said == f"Found in none of {len(found.rows)} groups."
    assert "Groups, largest first" not in texts(body)
