"""The pages about leaders: the list with its bars, influence and support, next talks, what changed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dash import dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import AcceptedGroups, Ranking, influence_support
from shopfloor.analysis.next_talks import next_talks
from shopfloor.analysis.reasons import why as explain
from shopfloor.dashboard.controls import Choices, Field
from shopfloor.dashboard.desk import Desk, Question, naming_question
from shopfloor.dashboard.grids import rows_of
from shopfloor.dashboard.influence_figure import figure_influence_support
from shopfloor.dashboard.latest import LastAnswer
from shopfloor.dashboard.pages import changes, grid, leader_list, leaders, overview, why_part
from shopfloor.dashboard.pages import next as next_page
from shopfloor.dashboard.parts import with_open_names
from shopfloor.demo import make_workplace, write_files
from shopfloor.errors import RefusedError
from shopfloor.service.accepting import ties_of
from shopfloor.service.answers import add_kinds
from shopfloor.service.importing import import_files
from shopfloor.service.leaders_in_words import how_sure
from shopfloor.service.opening import create_store
from shopfloor.service.remembered import Kept, written
from shopfloor.service.viewer import Viewer
from tests.dashboard.serving import PASSPHRASE, demo_store
from tests.dashboard.test_choices import texts


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(demo_store(tmp_path_factory.mktemp("hall"), people=400))


@pytest.fixture(scope="module")
def ranking(desk: Desk) -> Ranking:
    found = desk.leaders(desk.ask(naming_question()))
    assert found is not None
    return add_kinds(found, desk.workplace())


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return a desk where eight talks were had."""
    folder = tmp_path_factory.mktemp("few")
    paths = write_files(make_workplace(300), folder)
    talks = next(path for path in paths if "conversation" in path.name)
    talks.write_text("".join(talks.read_text(encoding="utf-8").splitlines(keepends=True)[:9]), encoding="utf-8")
    store = create_store(folder / "few.store", passphrase=PASSPHRASE)
    import_files(store, [(path.name, path) for path in paths])
    return Desk(store)


def parts(page: object, kind: type[Component]) -> list[Component]:
    """Return all parts of one kind, in order."""
    if isinstance(page, list | tuple):
        return [one for part in page for one in parts(part, kind)]
    if not isinstance(page, Component):
        return []
    return [*([page] if isinstance(page, kind) else []), *parts(getattr(page, "children", None), kind)]


def labels(page: object) -> list[str]:
    return [getattr(part, "aria-label", "") for part in parts(page, html.Div) if getattr(part, "role", "") == "img"]


def model(desk: Desk) -> Any:
    return desk.ask(naming_question()).value


def test_each_person_listed_has_a_word_and_her_places_in_words_and_numbers(desk: Desk, ranking: Ranking) -> None:
    _, rests, body, *_ = leaders.shown(desk, model(desk), "named", "")
    rows = leader_list.shown_rows(ranking)
    assert texts(rests).startswith("Rests on ")
    said = labels(body)
    assert [f"{how_sure(row, ranking.about)}, best guess {row['rank']}" for row in rows] == said
    words = texts(body)
    assert all(row["name"] in words for row in rows)
    assert "have not been asked" in words
    assert "we expect" in words
    assert "told once groups are accepted." in words
    assert "/groups" in [part.href for part in parts(body, dcc.Link)]


def test_the_list_is_of_all_who_may_be_in_the_top_and_nobody_else(ranking: Ranking) -> None:
    listed = {row["person_id"] for row in leader_list.shown_rows(ranking)}
    may = ranking.rows[ranking.rows["certainty"] != "not_listed"]
    assert listed == set(may["person_id"].head(leader_list.MOST_LISTED))
    assert {row["certainty"] for row in leader_list.shown_rows(ranking)} >= {"sure", "likely", "cannot_tell"}


@pytest.fixture
def kept(desk: Desk) -> Iterator[Kept]:
    """Keep the departments as groups that somebody accepted, for one test."""
    people = desk.workplace().people
    codes = people["department"].astype("category").cat.codes
    groups = {key: int(code) + 1 for key, code in zip(people["person_id"], codes, strict=True) if code >= 0}
    kept = Kept(AcceptedGroups(groups), tuple(range(1, 5)), "2026-11-01")
    desk.store.keep_groups(ties_of(), written(kept))
    yield kept
    desk.store.keep_groups(ties_of(), None)


def test_bridges_are_told_between_the_groups_that_were_accepted(desk: Desk, kept: Kept) -> None:
    found = desk.groups_accepted()
    assert found is not None
    assert dict(kept.groups.groups).items() >= dict(found.people[["person_id", "group_id"]].dropna().to_numpy()).items()
    assert set(found.rows["group_id"][found.rows["certainty"] == "solid"]) == set(kept.solid)
    _, _, body, *_ = leaders.shown(desk, model(desk), "named", "")
    assert "Bridges are between the groups accepted as of 2026-11-01." in texts(body)
    assert "once groups are accepted" not in texts(body)


def test_the_headline_counts_the_sure_and_the_likely_and_names_whom_to_find_out_about(ranking: Ranking) -> None:
    certainty = ranking.about["certainty"]
    assert (certainty["n_sure"], certainty["n_likely"]) == (2, 2)
    answer = leader_list.headline(ranking)
    assert answer.startswith("Two sure, two likely in the top 5.")
    silent = ranking.rows[[("silent" in kinds) for kinds in ranking.rows["kinds"]]]
    assert len(silent)
    assert all(name in answer for name in silent["name"].head(3))


def test_a_list_of_one_unit_says_so_and_holds_its_people_only(desk: Desk, ranking: Ranking) -> None:
    unit = "Packing"
    answer, *_ = leaders.shown(desk, model(desk), "named", "", [], unit)
    assert f"of {unit}." in answer or "cannot tell" in answer
    found = desk.leaders(desk.ask(naming_question()), (), unit)
    assert found is not None
    assert set(found.rows["department"]) == {unit}
    assert found.about["n_listed"] < ranking.about["n_listed"]


def test_without_the_models_answer_the_counts_stand_and_no_list(desk: Desk) -> None:
    answer, rests, body, why, known = leaders.shown(desk, None, "named", "")
    assert answer == "Who leads is being worked out."
    assert texts(rests).startswith("Rests on ")
    assert not labels(body)
    assert why == []
    assert "asked" in texts(known)


def test_where_one_cannot_tell_there_are_counts_by_the_alphabet_and_the_talks_that_start_a_list(few: Desk) -> None:
    answer, _, body, why, _ = leaders.shown(few, model(few), "named", "")
    assert answer == "We cannot tell yet who people listen to."
    tables, names = parts(body, html.Table), [texts(part) for part in parts(body, dcc.Link)]
    assert not [label for label in labels(body) if "place" in label]
    assert [name for name in names if name != "Log a talk"] == sorted(n for n in names if n != "Log a talk")
    units = few.ranking().about["coverage"]["units"]
    needs = leader_list.talks_to_start(units)
    assert needs
    assert f"{sum(n for _, n in needs)} talks" in texts(why)
    assert all(name in texts(tables) for name, _ in needs)
    assert "come first" not in texts(why)


@pytest.mark.parametrize(
    ("n_people", "n_asked", "missing"), [(2, 0, 0), (10, 0, 2), (10, 1, 1), (10, 2, 0), (60, 3, 3), (60, 6, 0)]
)
def test_a_unit_needs_two_voices_and_a_tenth_of_its_people(n_people: int, n_asked: int, missing: int) -> None:
    unit = {"kind": "department", "unit": "Dock", "n_people": n_people, "n_asked": n_asked}
    assert leader_list.talks_to_start([unit]) == ([("Dock", missing)] if missing else [])


def test_other_layers_say_how_much_a_place_depends_on_who_told_us(desk: Desk) -> None:
    found = desk.ranking("told")
    rows = leaders.leader_rows(found)
    assert rows[0]["places"].startswith("place 1")
    _, _, body, *_ = leaders.by_measure(desk, "told", None)
    assert found.about["certainty"]["reason"] in texts(body)


def test_the_grid_holds_in_its_table_whom_its_chart_draws(desk: Desk) -> None:
    answer, _, body = grid.shown(desk, model(desk), [])
    frame = influence_support(desk.workplace(), model(desk))
    figure = figure_influence_support(frame, places=5)
    drawn = {mark[0] for trace in figure["data"] for mark in trace.get("customdata", [])}
    rows = frame[frame["person_id"].isin(drawn)]
    table = texts(parts(body, html.Table))
    assert len(rows)
    assert all(name in table for name in rows["name"])
    assert answer == grid.headline(rows_of(frame))
    links = [part.href for part in parts(body, dcc.Link)]
    assert all(f"/map?person={key}" in links for key in rows["person_id"])
    assert "/map?show=people&named=top" in links
    movers = frame[frame["certainty"].isin(["sure", "likely"])]
    assert answer.startswith(f"Of {len(movers)} people who move others")
    assert f"{int(movers['assessment'].isna().sum())} not assessed" in answer
    assert all(f"{name}: " in labels(body)[0] for name in movers["name"])


def test_not_assessed_is_no_undecided_in_the_headline_of_the_grid() -> None:
    rows = [{"certainty": "sure", "assessment": None}, {"certainty": "likely", "assessment": 3}]
    assert grid.headline(rows).endswith("1 undecided, 1 not assessed.")
    assert grid.headline([{"certainty": "cannot_tell", "assessment": 1}]) == "We cannot tell yet who moves people."


def test_a_name_that_is_markup_stays_text_in_the_chart(desk: Desk) -> None:
    frame = influence_support(desk.workplace(), model(desk)).assign(name="<a href='x'>Zed</a>")
    figure = figure_influence_support(frame, places=5)
    said = [text for trace in figure["data"] for key in ("text", "hovertext") for text in trace.get(key, [])]
    assert said
    assert not [text for text in said if "<" in text]


@pytest.mark.parametrize("aim", ["leaders", "holes", "nonsense", None])
def test_next_talks_say_whom_why_and_through_whom_and_lead_to_the_form(desk: Desk, aim: object) -> None:
    answer, rests, body = next_page.shown(desk, model(desk), aim)
    found = next_talks(desk.workplace(), model(desk), aim=next_page.aim_of(aim))
    first = found.rows.iloc[0]
    assert answer == f"Talk to {first['name']} next: {first['why']}."
    links = [part.href for part in parts(body, dcc.Link)]
    assert [f"/talk?person={key}" for key in found.rows["person_id"]] == [one for one in links if "/talk" in one]
    words = texts(body)
    assert all(why in words for why in found.rows["why"])
    assert "were asked" in texts(rests)
    ways = [way["name"] for row in found.rows["reach"] for way in row]
    assert ways
    assert all(name in words for name in ways)


def test_the_overview_names_whom_the_page_of_next_talks_names(desk: Desk) -> None:
    found = next_talks(desk.workplace(), model(desk)).rows.head(overview.N_NEXT)
    body = overview.next_talks(desk, model(desk))
    links = [part.href for part in parts(body, dcc.Link) if "/talk" in part.href]
    assert links == [f"/talk?person={key}" for key in found["person_id"]]
    assert all(why[1:] in texts(body) for why in found["why"])
    assert "It follows from whom people name." in texts(overview.next_talks(desk, None))


def test_next_talks_are_first_those_in_reach_of_the_organizer_who_is_chosen(desk: Desk) -> None:
    offered = next_page.organizers(desk)
    written, name = offered[1]
    _, rests, body = next_page.shown(desk, model(desk), "leaders", written)
    found = next_talks(desk.workplace(), model(desk), organizer=written)
    links = [part.href for part in parts(body, dcc.Link) if "/talk" in part.href]
    assert links == [f"/talk?person={key}" for key in found.rows["person_id"]]
    assert {way["organizer"] for ways in found.rows["reach"] for way in ways} == {name}
    assert "Whom this organizer can reach come first" in texts(rests)
    for nonsense in ("nobody's name", "", None, 3):
        assert "this organizer" not in texts(next_page.shown(desk, model(desk), "leaders", nonsense)[1])
    assert [name for _, name in offered] == sorted((name for _, name in offered), key=str.casefold)


@pytest.mark.parametrize(
    ("search", "chosen", "is_strange"),
    [("", "leaders", False), ("?aim=holes", "holes", False), ("?aim=x", "leaders", True), ("?aim=", "leaders", True)],
)
def test_the_address_chooses_what_talks_are_for(desk: Desk, search: str, chosen: str, *, is_strange: bool) -> None:
    drawn = next_page.layout(desk, search)
    assert [part.value for part in parts(drawn, Choices) if part.id == "next-aim"] == [chosen]
    assert ("To hear every" in texts(drawn)) == (chosen == "holes")
    assert ("The address asks for something" in texts(drawn)) == is_strange


def test_the_address_chooses_since_when_changes_are_told(desk: Desk) -> None:
    as_of = desk.workplace().provenance.as_of
    usual = (as_of - timedelta(weeks=4)).isoformat()
    asked = {"": usual, "?since=2026-10-23": "2026-10-23", "?since=x": usual, f"?since={as_of}": usual}
    for search, since in asked.items():
        drawn = changes.layout(desk, search)
        assert [part.value for part in parts(drawn, Field)] == [since]
        assert ("The address asks for no day" in texts(drawn)) == (search not in ("", "?since=2026-10-23"))


def test_names_that_match_nobody_are_told_with_the_way_to_where_they_are_answered(desk: Desk) -> None:
    n_open = desk.ranking().about["coverage"]["n_open"]
    pages = (
        overview.layout(desk)[0],
        leaders.shown(desk, model(desk), "named", "")[1],
        grid.shown(desk, model(desk), None)[1],
        next_page.shown(desk, model(desk), "leaders")[1],
    )
    for said in pages:
        assert f"{n_open:,} of " in texts(said)
        assert "('shopfloor" not in texts(said)
        assert [part.href for part in parts(said, dcc.Link) if part.href == "/data"] == ["/data"]
    assert parts(next_page.shown(desk, model(desk), "holes")[1], dcc.Link) == []
    outsider = Viewer("Olga", frozenset({"admin"}))
    assert [with_open_names("Rests.", *one) for one in ((0, desk.store.viewer), (2, outsider))] == ["Rests."] * 2


def test_what_changed_is_told_of_the_day_that_is_chosen(desk: Desk) -> None:
    as_of = desk.workplace().provenance.as_of
    assert changes.since_of(desk, "2026-10-01").isoformat() == "2026-10-01"
    for nonsense in (None, 3, "x", "", "2999-01-01", as_of.isoformat()):
        assert changes.since_of(desk, nonsense) == as_of - timedelta(weeks=4)
    answer, rests, body = changes.shown(desk, None, "2026-10-23")
    assert answer == "Nothing beyond what chance moves."
    assert "as of 2026-10-23" in rests
    assert "Known better now no more than chance moves" in texts(body)


def test_what_was_worked_out_without_names_is_told_with_them(desk: Desk, ranking: Ranking) -> None:
    person = ranking.rows.iloc[0]
    question, facts = why_part._asked(desk, str(person["person_id"]))
    assert facts is not None
    short = Question(question.work, (*question.options, ("most_refits", 12)))
    answer = short.answer(desk.workplace())
    found = why_part._with_names(desk, facts, answer)
    plain = explain(desk.workplace(), str(person["person_id"]), standing=model(desk), most_refits=12)
    assert plain.rests_on.rows
    assert found.rests_on.rows == plain.rests_on.rows
    words = texts(why_part._body(desk, facts, None, question))
    assert str(person["name"]) in words
    assert "Without" not in words


def test_who_sees_no_people_gets_none_of_these_pages(team_desk: Desk) -> None:
    for layout in (leaders.layout, grid.layout, next_page.layout, changes.layout):
        with pytest.raises(RefusedError, match="sees none"):
            layout(team_desk)
    with pytest.raises(RefusedError):
        overview.next_talks(team_desk, None)
    with pytest.raises(RefusedError):
        leaders.shown(team_desk, None, "named", "")


@pytest.fixture
def team_desk(tmp_path: Path) -> Desk:
    """Return the desk of an account that sees no people."""
    return Desk(demo_store(tmp_path, people=30).seen_by(Viewer("Ria", frozenset({"researcher"}))))


def test_a_model_of_other_people_is_not_shown(desk: Desk) -> None:
    assert changes._answer(LastAnswer(pd.DataFrame()), desk.workplace()) is None
