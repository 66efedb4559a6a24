"""What pages and commands say to somebody who sees some units: of whom a number is, and nothing to open of others."""

import re
from collections.abc import Iterator

import pytest
from dash import dcc
from dash.development.base_component import Component

from shopfloor import OpenStore, create_store
from shopfloor.cli.answers import person_in_words
from shopfloor.cli.groups import groups_in_words
from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.map_data import Filters
from shopfloor.dashboard.pages import groups, layers_part, leaders, overview, person
from shopfloor.dashboard.pages.map import draw_all
from shopfloor.dashboard.pages.map_controls import Choice
from shopfloor.dashboard.parts import person_path
from shopfloor.dashboard.said import contact_meant, known_by_id, name_outside, person_meant
from shopfloor.errors import NotFoundError
from shopfloor.service.answers import find_groups, find_person, find_ties, rank_people
from shopfloor.service.leaders_in_words import leaders_in_words
from shopfloor.service.scope_in_words import scope_of_leaders, scope_of_ties
from shopfloor.service.viewer import Viewer
from tests.dashboard.test_choices import texts
from tests.service.team import draw_campaign, load

ORGANIZER = Viewer("Olga", frozenset({"organizer"}), ("Paint",))


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStore]:
    with create_store(tmp_path_factory.mktemp("said") / "a.store", passphrase="four random test words") as store:
        load(store, draw_campaign(1, 30))
        yield store


@pytest.fixture(scope="module")
def desk(owner: OpenStore) -> Desk:
    return Desk(owner.seen_by(ORGANIZER))


@pytest.fixture(scope="module")
def named(desk: Desk) -> str:
    """Return somebody whom people inside and outside named."""
    return str(desk.ranking().rows.query("named_by > named_by_outside > 0")["person_id"].iloc[0])


def parts_of(part: object) -> Iterator[Component]:
    """Yield every component of a page part."""
    if isinstance(part, list | tuple):
        for one in part:
            yield from parts_of(one)
    elif isinstance(part, Component):
        yield part
        yield from parts_of(getattr(part, "children", None))


def words_for(desk: Desk, key: str, where: str = "") -> str:
    by = desk.person(key)[0].named_by
    inside = by["n"] - by["n_outside"]
    return f"{inside} of {by['n_asked']} asked here{where}, and by {by['n_outside']} outside your units"


def test_the_page_and_the_panel_and_the_command_say_the_same_of_a_person(desk: Desk, named: str) -> None:
    found, contacts = desk.person(named)
    n_inside = found.named_by["n"] - found.named_by["n_outside"]
    said = f"Named by {words_for(desk, named, f' ({n_inside} in Paint)')}."
    page, panel = (
        " ".join(texts(part).split()) for part in (person.layout(desk, person_path(named)), leaders.why(found))
    )
    assert f"named by {words_for(desk, named)}" in page
    assert said in page
    assert said in panel
    assert f"; {found.named_by['n_outside']} outside your units ." in panel
    assert f"Named by {words_for(desk, named, f' (Paint {n_inside})')}" in person_in_words(found, contacts)
    assert "unknown place" not in page + panel


def test_the_list_of_leaders_says_of_whom_its_numbers_are(desk: Desk) -> None:
    answer, rests, *_ = leaders.by_measure(desk, "named", "named_by")
    first = desk.ranking().rows.iloc[0]
    assert f"{first['name']}" in answer
    assert re.search(r"by \d+ (of \d+ asked here|each), (and by|some of)", answer)
    for ranking in (desk.ranking(), desk.ranking("told"), desk.ranking("worked_with", "betweenness")):
        words = scope_of_leaders(ranking.about)
        assert words.startswith("You see your units: ")
        assert words in leaders_in_words(ranking)
    assert scope_of_leaders(desk.ranking().about) in texts(rests)


def test_first_ones_who_are_named_from_different_sides_share_no_count_of_those_asked(desk: Desk) -> None:
    ranking = desk.ranking()
    row = {"rank": 1, "name": "A", "named_by": 5, "outside": 2}
    n_asked = ranking.about["coverage"]["n_asked"]
    other = row | {"name": "B", "outside": 1}
    assert leaders._answer(ranking, [row]).endswith(f"A, by 3 of {n_asked} asked here, and by 2 outside your units.")
    assert leaders._answer(ranking, [row, other]).endswith("A and B, by 5 each, some of them outside your units.")
    more = row | {"name": "B", "named_by": 6, "outside": 3}
    said = f"A and B, by 3 of {n_asked} asked here, and by some outside your units."
    assert leaders._answer(ranking, [row, more]).endswith(said)


def test_every_answer_says_what_it_leaves_out(desk: Desk) -> None:
    found, ties = desk.groups(), find_ties(desk.store)
    answer, rests, *_ = groups.shown(desk, desk.groups(), ())
    assert "ties among your people alone" in rests
    assert any("ties among your people alone" in line for line in groups_in_words(found))
    assert f"{ties.about['n_outside']} of these are with someone outside" in scope_of_ties(ties.about)
    assert "all counts are of them alone" in texts(overview.layout(desk))
    assert answer


def test_the_map_says_what_is_not_on_it_and_whence_namings_come(desk: Desk, named: str) -> None:
    data = desk.map_data()
    drawn = draw_all(data, Choice.asked(f"?person={named}"), Filters())
    by = desk.person(named)[0].named_by
    said = f"named by {by['n']}, {by['n_outside']} of them outside your units"
    assert said in drawn.answer
    assert said in texts(drawn.panel)
    assert said in drawn.view["people"]["note"][drawn.view["people"]["id"].index(named)]
    assert "ties that leave your units are neither drawn nor counted" in drawn.rests
    assert "You see all" not in drawn.rests


def test_nobody_outside_can_be_opened(desk: Desk) -> None:
    aliases = desk.outside()
    assert aliases
    pages = [person.layout(desk, person_path(key)) for key in desk.ranking().rows["person_id"]]
    assert "someone outside your units" in texts(pages)
    links = [str(getattr(part, "href", "")) for part in parts_of(pages) if isinstance(part, dcc.Link)]
    assert links
    assert not [href for href in links if "outside" in href]
    for alias in aliases:
        assert (contact_meant(desk, alias), person_meant(desk, f"x ({alias})"), known_by_id(desk, alias)) == (None,) * 3
        assert name_outside(desk, alias) == "someone outside your units"
        with pytest.raises(NotFoundError, match="outside your units"):
            desk.person(alias)
    assert "There is nobody with that id." in texts(person.layout(desk, person_path(min(aliases))))


def test_no_id_that_stands_for_somebody_outside_is_read_on_a_page(desk: Desk) -> None:
    pages = [person.layout(desk, person_path(key)) for key in desk.ranking().rows["person_id"]]
    pages += [overview.layout(desk), leaders.layout(desk), groups.layout(desk)]
    assert not re.search(r"outside-[0-9a-f]", texts(pages))


def test_who_sees_everybody_is_told_nothing_of_units(owner: OpenStore) -> None:
    ranking, found = rank_people(owner), find_groups(owner)
    first, contacts = find_person(owner, ranking.rows["person_id"][0])
    said = [*leaders_in_words(ranking), *groups_in_words(found), *person_in_words(first, contacts)]
    assert "your units" not in " ".join(said)
    assert "asked here" not in " ".join(said)
    assert scope_of_ties(find_ties(owner).about) == ""
    pages = [leaders.layout(Desk(owner)), groups.layout(Desk(owner)), overview.layout(Desk(owner))]
    assert "your units" not in texts(pages)


def test_ways_of_being_tied_name_nobody_outside_and_lead_to_nobody_there(desk: Desk) -> None:
    outside = desk.outside()
    people = desk.workplace().people["person_id"]
    found = [desk.person_layers(person_id) for person_id in people if person_id not in outside]
    one = next(one for one in found if any(far["is_outside"] for far in one.several))
    part = layers_part.person_part(one)
    said = " ".join(texts(part).split())
    assert "outside your units" in said
    links = {link.href for link in parts_of(part) if isinstance(link, dcc.Link)}
    assert links == {person_path(far["person_id"]) for far in one.several if not far["is_outside"]}


def test_layers_are_compared_on_the_groups_page_where_there_are_several(desk: Desk) -> None:
    said = " ".join(texts(layers_part.agreement_part(desk.agreement())).split())
    assert said.startswith("Which ties go together")
    assert "Ties with somebody outside your units are not compared." in said
