"""What pages make of what is chosen, typed or sent: choices on the map, forms, uploads, words."""

import base64
import re
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from dash.development.base_component import Component

from shopfloor.analysis import rank_people
from shopfloor.dashboard.desk import Desk, naming_question
from shopfloor.dashboard.latest import Basis, LastAnswer
from shopfloor.dashboard.map_data import NOT_KNOWN, Filters, at_places_of
from shopfloor.dashboard.pages.leaders import leader_rows
from shopfloor.dashboard.pages.map import draw_all, next_choice
from shopfloor.dashboard.pages.map_controls import (
    Choice,
    day_of,
    filters_of,
    first_filters,
    first_layers,
    grouping_of,
    time_span,
)
from shopfloor.dashboard.pages.people import changes
from shopfloor.dashboard.pages.talk import listed_names
from shopfloor.dashboard.reach import MOST_WAYS, OURS, how_tied, tied_rows, ways_to
from shopfloor.dashboard.said import facts_said, person_meant
from shopfloor.dashboard.trouble import where
from shopfloor.dashboard.uploads import Uploads, headers_of, options_of, rejects_text
from shopfloor.dashboard.words import layer_words, measure_words, on_a_page
from shopfloor.errors import InputError, NotFoundError, UsageError
from shopfloor.service.importing import FileOptions, ImportReport
from tests.dashboard.generated import generated_map
from tests.dashboard.serving import demo_store

DATA = generated_map(200)
UNIT = DATA.unit_ids[0]
PERSON = str(DATA.people["person_id"].iloc[0])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(demo_store(tmp_path_factory.mktemp("hall"), people=80))


def texts(part: object) -> str:
    """Return all text of a page part."""
    if isinstance(part, Component):
        return texts(getattr(part, "children", ""))
    if isinstance(part, list | tuple):
        return " ".join(texts(one) for one in part)
    return "" if part is None else str(part)


@pytest.mark.parametrize("held", [None, 3, "x", [], {"open": 5, "person": [], "level": {}}, {"open": [1, None]}])
def test_a_choice_that_makes_no_sense_is_no_choice(held: object) -> None:
    assert Choice.of(held) == Choice()


def test_clicks_open_close_choose_and_go_back() -> None:
    opened = Choice().clicked("unit", "Dock")
    assert opened.open_units == ("Dock",)
    assert opened.clicked("unit", "Dock") == Choice()
    chosen = opened.clicked("person", "7")
    assert (chosen.open_units, chosen.person) == (("Dock",), "7")
    assert chosen.clicked("circle", None).level == "circle"
    assert opened.clicked("circle", None) == opened
    assert chosen.clicked("close", None) == opened
    assert opened.clicked("close", None) == Choice()
    assert opened.clicked("stage", None) == opened
    assert opened.clicked("unit", 5) == opened


def test_no_more_units_are_open_than_can_be_read() -> None:
    choice = Choice()
    for number in range(9):
        choice = choice.clicked("unit", f"Line {number}")
    assert choice.open_units == tuple(f"Line {number}" for number in range(3, 9))


def test_an_address_chooses_and_what_is_not_on_the_map_is_left_out() -> None:
    assert Choice.asked("?unit=Dock&unit=Freezer").open_units == ("Dock", "Freezer")
    assert Choice.asked("?unit=").open_units == (NOT_KNOWN,)
    assert Choice.asked("?person=7&show=circle") == Choice((), "7", "circle")
    assert Choice.asked("?person=nobody&show=circle&unit=nowhere").on(DATA) == Choice()


def test_a_row_chooses_what_it_is_about_and_an_open_unit_stays_open() -> None:
    by_row = next_choice(Choice(), "map-grid", [None, [{"id": UNIT, "unit": UNIT}], None, None, None], DATA)
    assert by_row.open_units == (UNIT,)
    again = next_choice(by_row, "map-grid", [None, [{"id": UNIT, "unit": UNIT}], None, None, None], DATA)
    assert again == by_row
    person = next_choice(by_row, "map-grid", [None, [{"id": PERSON, "name": "x"}], None, None, None], DATA)
    assert person.person == PERSON


def test_a_search_chooses_only_where_it_finds_one() -> None:
    assert next_choice(Choice(), "map-search", [None, None, None, None, PERSON], DATA).person == PERSON
    assert next_choice(Choice(), "map-search", [None, None, None, None, "a"], DATA) == Choice()
    assert filters_of(DATA, [], [], [], [], PERSON).search == ""
    assert filters_of(DATA, [], [], [], [], "a").search == "a"


def test_filters_pass_over_what_is_not_offered() -> None:
    found = filters_of(DATA, ["days", 3], [2, 9, "x"], ["named", "gossip"], [UNIT, "nowhere"], 5)
    assert found == Filters(units=(UNIT,), shifts=("days",), assessments=(2,), layers=("named",))
    assert filters_of(DATA, None, None, None, None, None) == Filters()
    assert filters_of(DATA, ["not known"], [], [], [], "").shifts == (NOT_KNOWN,)
    assert filters_of(DATA, [], [], [], [], "", ["top", "best", 1]).influence == ("top",)
    assert grouping_of("password") == "department"
    assert grouping_of("group") == "group"


def test_influence_crossed_with_support_leaves_whom_both_are_true_of() -> None:
    people = DATA.people
    silent = DATA.shown(Filters(influence=("top",), assessments=(0,)))
    assert silent.any()
    assert silent.tolist() == (people["is_top"] & (people["assessment"] == 0)).tolist()
    parts = [DATA.shown(Filters(influence=(one,))) for one in ("top", "some", "none")]
    assert (np.sum(parts, axis=0) == 1).all()
    assert (people["named_by"][parts[2]] == 0).all()


def test_an_address_asks_for_influence_and_support() -> None:
    found = first_filters(DATA, "?named=top&stands=0&stands=3&stands=9&stands=x")
    assert found == Filters(layers=first_layers(DATA), influence=("top",), assessments=(3, 0))
    assert first_filters(DATA, "?person=7") == Filters(layers=first_layers(DATA))


def test_work_records_are_off_at_first_and_said() -> None:
    assert first_layers(DATA) == ("named", "told")
    assert "(named and told to us)" in draw_all(DATA, Choice(), Filters(layers=first_layers(DATA))).rests


def test_the_slider_counts_weeks_back_from_the_newest_picture(desk: Desk) -> None:
    first, last = time_span(desk)
    n_weeks = (last - first).days // 7
    assert day_of(desk, n_weeks) is None
    assert day_of(desk, str(n_weeks - 1)) == date.fromordinal(last.toordinal() - 7)
    for nonsense in (None, "x", [], 1e300, -3):
        assert day_of(desk, nonsense) is None


def test_an_earlier_picture_keeps_the_places_of_the_newest(desk: Desk) -> None:
    first, last = time_span(desk)
    now, then = desk.map_data(), desk.map_data(date.fromordinal((first.toordinal() + last.toordinal()) // 2))
    units = [now.unit_ids.index(unit) for unit in then.unit_ids]
    assert np.array_equal(then.layout.unit_x, now.layout.unit_x[units])
    both = then.people.reset_index().merge(now.people.reset_index(), on=["person_id", "unit"])
    assert len(both) > 40
    assert np.array_equal(then.layout.x[both["index_x"]], now.layout.x[both["index_y"]])


def test_places_are_not_taken_from_a_picture_that_lacks_a_unit() -> None:
    small = generated_map(60, n_departments=2)
    assert at_places_of(DATA, small) is DATA


def test_ways_lead_from_ours_straight_or_by_one_between() -> None:
    for row in range(len(DATA.people)):
        tied = set(tied_rows(DATA, row).tolist())
        ways = ways_to(DATA, row)
        assert len(ways) <= MOST_WAYS
        assert len({way.row for way in ways}) == len(ways)
        for way in ways:
            assert DATA.people["assessment"].iat[way.row] in OURS
            assert way.how
            assert (way.row in tied) == (way.via is None)
            assert way.via is None or (way.via in tied and way.row in set(tied_rows(DATA, way.via).tolist()))


def test_how_people_are_tied_is_said_from_the_one_to_the_other() -> None:
    named = int(np.flatnonzero(DATA.layer == DATA.layers.index("named"))[0])
    one, other = int(DATA.source[named]), int(DATA.target[named])
    assert "names them" in how_tied(DATA, one, other)
    assert {"is named by them", "names them"} & set(how_tied(DATA, other, one))
    assert how_tied(DATA, one, one) == ()


def test_everything_drawn_is_about_the_same_choice() -> None:
    drawn = draw_all(DATA, Choice((UNIT,), PERSON), Filters())
    name = DATA.people["name"].iloc[0]
    assert drawn.selected == PERSON
    assert name in drawn.answer
    assert name in texts(drawn.panel)
    assert draw_all(DATA, Choice((), "nobody", "circle"), Filters()).view["kind"] == "units"


def test_the_panel_says_what_is_not_known() -> None:
    row = int(np.flatnonzero(~DATA.people["was_asked"].to_numpy(dtype=bool))[0])
    said = texts(draw_all(DATA, Choice((), str(DATA.people["person_id"].iat[row])), Filters()).panel)
    assert "Not asked who they go to" in said


def test_names_are_taken_once_each_and_nothing_but_texts() -> None:
    assert listed_names(["Ana", " Ben "], "Ana") == ["Ana", "Ben"]
    assert listed_names("Ana", None) == []
    assert listed_names([1, None, ""], " Cy ") == ["Cy"]


def test_only_what_differs_is_changed_and_hidden_fields_are_not_cleared() -> None:
    facts = {"name": "Ana", "department": "Dock", "phone": None}
    assert changes(facts, {"name": "Ana", "department": "", "phone": ""}) == {"department": ""}
    assert changes(facts, {"phone": "555-0101"}) == {"phone": "555-0101"}


def test_a_person_is_meant_by_id_by_suggestion_and_by_a_name_that_one_has(desk: Desk) -> None:
    people = desk.workplace().people
    once = people[~people["name"].duplicated(keep=False)].iloc[0]
    assert person_meant(desk, once["person_id"]) == once["person_id"]
    assert person_meant(desk, f"{once['name']} ({once['person_id']})") == once["person_id"]
    assert person_meant(desk, once["name"]) == once["person_id"]
    for nobody in ("", None, 5, "somebody else", "Ana (nobody)"):
        assert person_meant(desk, nobody) is None


def test_every_fact_has_an_author_and_a_day(desk: Desk) -> None:
    key = str(desk.workplace().people["person_id"].iloc[0])
    rows = facts_said(desk.store, [key])
    assert {row["what"] for row in rows} >= {"Name", "Department", "Shift"}
    assert all(row["who"] == "people.csv" and row["when"][:2] == "20" for row in rows)


def test_nobody_is_found_by_an_id_that_nobody_has(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        desk.person("nobody")


def test_leaders_share_places_where_their_scores_are_equal(desk: Desk) -> None:
    ranking = desk.ranking()
    rows = leader_rows(ranking)
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)
    assert all((a["rank"] == b["rank"]) == (a["score"] == b["score"]) for a, b in pairwise(rows))


def address(content: bytes) -> str:
    return f"data:text/csv;base64,{base64.b64encode(content).decode()}"


def test_files_wait_under_a_ticket_until_they_are_let_go() -> None:
    uploads = Uploads()
    ticket = uploads.put(["a/../b.csv"], [address(b"person_id,name\n1,Ana\n")])
    waiting = uploads.get(ticket)
    assert [(name, stream.read()) for name, stream in waiting.streams()] == [("b.csv", b"person_id,name\n1,Ana\n")]
    assert headers_of(waiting) == [("b.csv", ["person_id", "name"])]
    assert "Ana" not in repr(waiting)
    uploads.drop(ticket)
    for gone in (ticket, None, 5, "x"):
        with pytest.raises(InputError):
            uploads.get(gone)


def test_only_a_few_files_wait_at_once() -> None:
    uploads = Uploads()
    tickets = [uploads.put(["a.csv"], [address(b"x")]) for _ in range(9)]
    with pytest.raises(InputError):
        uploads.get(tickets[0])
    assert uploads.get(tickets[-1]).files == [("a.csv", b"x")]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("people.exe", b"person_id,name\n"),
        ("people", b"person_id,name\n"),
        ("people.csv.html", b"person_id,name\n"),
        ("people.csv", b"PK\x03\x04 a workbook"),
        ("people.XLSX", b"person_id,name\n"),
    ],
)
def test_a_file_that_is_named_as_what_it_is_not_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(InputError, match=rf"^{re.escape(name)} .*rename it"):
        Uploads().put([name], [address(data)])


def test_files_named_as_what_they_are_are_held() -> None:
    uploads = Uploads()
    for name, data in (("a.CSV", b"x\n"), ("b.tsv", b"x\n"), ("c.txt", b""), ("d.xlsx", b"PK\x03\x04")):
        assert uploads.get(uploads.put([name], [address(data)])).files == [(name, data)]


@pytest.mark.parametrize(
    ("names", "contents"), [(None, ["x"]), (["a"], []), (["a"], ["data:;base64,???"]), (["a"], [5])]
)
def test_files_that_did_not_arrive_are_refused(names: object, contents: object) -> None:
    with pytest.raises(InputError, match="Drop it again"):
        Uploads().put(names, contents)


def test_answers_about_files_are_checked() -> None:
    said = {("a.csv", "column", "A"): "name", ("a.csv", "column", "B"): "", ("a.csv", "kind", ""): "people"}
    said |= {("b.csv", "column", "A"): "held_on", ("b.csv", "dates", ""): "mdy", ("b.csv", "kind", ""): ""}
    places = [(dict(zip(("file", "about", "column"), place, strict=True)), value) for place, value in said.items()]
    wrong: list[tuple[object, object]] = [
        ({"file": 5, "about": "column", "column": "A"}, "name"),
        ("x", "name"),
        ({}, 5),
    ]
    found = options_of(["people", " payroll ", "2026-01-02", "dmy"], [*places, *wrong])
    assert (found.kind, found.source, found.list_date, found.dates) == ("people", "payroll", date(2026, 1, 2), "dmy")
    assert found.of_files == {
        "a.csv": FileOptions(kind="people", mapping={"A": "name"}),
        "b.csv": FileOptions(dates="mdy", mapping={"A": "held_on"}),
    }
    for about, value in (("kind", "gossip"), ("dates", "ymd")):
        with pytest.raises(UsageError):
            options_of(["", "", "", ""], [({"file": "a.csv", "about": about, "column": ""}, value)])
    for answers in (["gossip", "", "", ""], ["", "", "", "ymd"], ["", "", "soon", ""]):
        with pytest.raises(UsageError):
            options_of(answers, [])


@pytest.mark.parametrize(
    "message",
    [
        "a.csv: needed columns are missing: name: perhaps --map 'Nam'=name",
        "a.csv: needed columns are missing: name: add them, or say which column it is with --map COLUMN=FIELD",
        "a.csv: could be people or assessments: say --kind people or --kind assessments",
        "a.csv: columns A and B (x, y) both look like the field name: say which with --map COLUMN=name",
        "There is no batch 9. See them with: shopfloor imports list a.store",
        "nearest is people, without name: say --kind, and which columns they are with --map COLUMN=FIELD",
        "no needed column of any kind is there: put a header in the first row, or say --kind (people, conversations)",
        "dates in two orders: write all as YYYY-MM-DD, or say --dates dmy or mdy and the others are rejected",
    ],
)
def test_a_page_speaks_without_the_options_of_the_command(message: str) -> None:
    said = on_a_page(message)
    assert "--" not in said
    assert "shopfloor " not in said
    assert said.startswith(message[:12])


def test_layers_and_measures_have_words() -> None:
    assert layer_words("worked_with") == "worked beside"
    assert measure_words("named_by") == "Named by"
    assert layer_words("a_new_one") == "a new one"


def test_the_log_says_where_and_not_what() -> None:
    with pytest.raises(ValueError, match="Ana Ruiz") as caught:
        int("Ana Ruiz")
    said = where(caught.value)
    assert said.startswith("ValueError in test_choices.py:")
    assert "Ana" not in said


def test_rejected_rows_are_no_formulas_in_a_spreadsheet() -> None:
    cells = {"name": "=HYPERLINK(1)", "@day": "2026-13-01", "crew": None}
    report = ImportReport(None, (), 0, (), (), (("=a.csv", 2, "-row", cells),))
    assert rejects_text(report).splitlines() == [
        "file,row,reason,name,'@day,crew",
        "'=a.csv,2,'-row,'=HYPERLINK(1),2026-13-01,",
    ]


def test_a_desk_ranks_by_the_model_what_was_worked_out_among_the_same_people(desk: Desk) -> None:
    last = desk.ask(naming_question())
    ranking = desk.leaders(last)
    assert ranking is not None
    assert ranking.rows.equals(rank_people(desk.workplace()).rows)
    assert ranking.rows["name"].ne(ranking.rows["person_id"]).all()
    assert desk.leaders(last) is ranking
    assert desk.leaders(LastAnswer(last.value, Basis((0,), (), frozenset()))) is None
    assert desk.leaders(LastAnswer(None)) is None
