"""Leaders: whom people name, of how many asked, from where; and what that cannot tell yet."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qs

import dash
import dash_ag_grid as ag
from dash import ALL, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from shopfloor.analysis import LAYERS, MEASURES, PersonPicture, Ranking, Standing, select_workforce
from shopfloor.analysis.voices import count_voices
from shopfloor.dashboard.controls import also_include, included, is_clicked, segments, select
from shopfloor.dashboard.desk import Desk, naming_question, the_desk
from shopfloor.dashboard.grids import grid, rows_of
from shopfloor.dashboard.making import PATIENCE_S, Making
from shopfloor.dashboard.pages import leader_list
from shopfloor.dashboard.parts import (
    Content,
    aria,
    chip,
    include_for,
    load_a_file,
    log_a_talk,
    map_path,
    note,
    page,
    person_path,
    talk_path,
    with_open_names,
)
from shopfloor.dashboard.places import leader_places, refuse_without_people
from shopfloor.dashboard.words import ASSESSMENT_WORDS, layer_words, listed, measure_words, on_a_page
from shopfloor.errors import RefusedError, ShopfloorError
from shopfloor.service.leaders_in_words import certainty_in_words, coverage_in_words, how_sure
from shopfloor.service.numbers import counted, verb
from shopfloor.service.scope_in_words import namings_in_words, scope_of_leaders
from shopfloor.settings import DEFAULT_QUESTION

_TWO_LINES = 44
_NAMING = ("named_by", "named_share", "in_degree")
_OUTSIDE_COLUMN = {
    "field": "outside",
    "headerName": "Of them outside",
    "type": "numericColumn",
    "maxWidth": 100,
    "headerTooltip": "How many of those who named them are outside your units.",
}
_SOURCES_COLUMN = {
    "field": "places",
    "headerName": "Place, by who told us",
    "minWidth": 130,
    "headerTooltip": "How much the place depends on who told us.",
}
_AS_COUNTS = ("named_by", "in_degree", "out_degree", "degree", "core")
Row = dict[str, Any]
Shown = tuple[str, Content, list[Component], list[Component], list[Component]]
"""Headline, what it rests on, the list, the reasons for one row, and what we do not know."""


def layout(desk: Desk, search: str = "") -> list[Component]:
    """Return the page; ``?layer=`` and ``?measure=`` choose what it ranks by."""
    refuse_without_people(desk.store.viewer)
    query = parse_qs(search.removeprefix("?"))
    layer, measure = layer_of(query.get("layer", [""])[0]), query.get("measure", [""])[0]
    last = desk.ask(naming_question(), patience=PATIENCE_S)
    answer, rests, people, why, known = shown(desk, last.value, layer, measure)
    controls = html.Div([*_choices(desk, layer, measure)], className="controls no-print")
    left = html.Div([controls, MAKING.part(last), html.Div(people, id="leaders-list")], className="c8")
    facing = [html.Div(why, id="leaders-why", **aria(live="polite")), html.Div(known, id="leaders-known")]
    return page(
        answer,
        rests,
        [leader_places("/leaders"), html.Div([left, html.Aside(facing, className="c4")], className="grid")],
    )


def _choices(desk: Desk, layer: str, measure: str) -> list[Component]:
    offered = [("", "how sure we are"), *((name, measure_words(name)) for name in MEASURES)]
    workplace = desk.workplace()
    units = count_voices(workplace, select_workforce(workplace), DEFAULT_QUESTION)["units"]
    among = [("", "everybody"), *((unit["unit"], unit["unit"]) for unit in sorted(units, key=_kind_and_name))]
    chosen = measure if measure in MEASURES else ""
    return [
        segments("leaders-layer", "By which ties", [(one, layer_words(one)) for one in LAYERS], layer),
        _labelled("Ranked by", "leaders-measure", select("leaders-measure", offered, chosen)),
        *([_labelled("Among", "leaders-unit", select("leaders-unit", among))] if units else [_no_units()]),
        also_include("leaders-include"),
    ]


def _kind_and_name(unit: Row) -> tuple[str, str]:
    return str(unit["kind"]), str(unit["unit"])


def _no_units() -> Component:
    """Return what stands for the choice of a unit where there are none, so that the page has all of its inputs."""
    return html.Div(select("leaders-unit", [("", "everybody")], label="Among"), hidden=True)


def _labelled(words: str, name: str, control: Component) -> Component:
    return html.Div([html.Label(words, htmlFor=name), control], className="control inline")


def layer_of(value: object) -> str:
    """Return a layer of ties; namings for whatever is none."""
    return value if isinstance(value, str) and value in LAYERS else "named"


def shown(
    desk: Desk, naming: Standing | None, layer: object, measure: object, include: object = None, unit: object = None
) -> Shown:
    """Return headline, what it rests on, the list, the reasons for its first row, and what we do not know.

    Parameters
    ----------
    desk : Desk
    naming : Standing or None
        The naming model's answer; None where it is still to be worked out.
    layer, measure, include, unit : object
        As they are chosen on the page.
    """
    refuse_without_people(desk.store.viewer)
    chosen = measure if isinstance(measure, str) and measure in MEASURES else None
    if layer_of(layer) == "named" and chosen is None:
        return _by_model(desk, naming, included(include), unit if isinstance(unit, str) and unit else None)
    return by_measure(desk, layer_of(layer), chosen, included(include))


def _by_model(desk: Desk, naming: Standing | None, include: tuple[str, ...], unit: str | None) -> Shown:
    if not select_workforce(desk.workplace(), include).any():
        return _nobody(desk, desk.ranking(include=include))
    last = desk.look(naming_question(include))
    ranking = None if naming is None else desk.leaders_by_kind(last, include, unit)
    if ranking is None:
        counts = desk.ranking(include=include)
        words = "The list of leaders is being worked out: how many were asked is known at once."
        known = leader_list.blind_spots(counts)
        return "Who leads is being worked out.", _rests(desk, counts), [html.P(words)], [], known
    answer, rests, people = leader_list.headline(ranking), _rests(desk, ranking), leader_list.body(ranking)
    if not leader_list.is_list(ranking):
        return answer, rests, [*people, html.P(log_a_talk())], leader_list.what_would_change_it(ranking), []
    first = why_of(desk, leader_list.first_listed(ranking))
    return answer, rests, people, first, leader_list.blind_spots(ranking)


def by_measure(desk: Desk, layer: str, measure: str | None, include: tuple[str, ...] = ()) -> Shown:
    """Return the same for people in order of one measure, with nothing said of certainty."""
    try:
        ranking = desk.ranking(layer, measure, include)
    except RefusedError as error:
        return _refused(desk, str(error))
    rows = leader_rows(ranking)
    if not rows:
        return _nobody(desk, ranking)
    first = why_of(desk, rows[0]["id"])
    people = [_people(ranking, rows), *_not_known(ranking)]
    rests = _rests(desk, ranking, "" if ranking.about["certainty"]["is_given"] else ranking.about["meaning"])
    return _answer(ranking, rows), rests, people, first, leader_list.blind_spots(ranking)


def _nobody(desk: Desk, ranking: Ranking) -> Shown:
    if not ranking.about["coverage"]["n_people"]:
        body = html.P("Load a list of people, then ask each who they go to.")
        return "There is nobody to rank yet.", _rests(desk, ranking), [body, html.P(load_a_file())], [], []
    body = html.P("A place on this list comes from talks: ask each person who people here go to, and write it down.")
    return _answer(ranking, []), _rests(desk, ranking), [body, html.P(log_a_talk())], [], []


def _refused(desk: Desk, message: str) -> Shown:
    reason, _, remedy = on_a_page(message).partition("Ask ")
    said: list[Content] = [reason, html.B(f"Ask {remedy}.") if remedy else ""]
    hint = html.P("Below a mark of how many were asked, such a list would show who was asked, not who leads.")
    return "Cannot tell yet.", _rests(desk, desk.ranking()), [note("Not given as a list. ", said), hint], [], []


def _rests(desk: Desk, ranking: Ranking, meaning: str = "") -> Content:
    """Return what an answer rests on, with what a high value of its measure means."""
    about = ranking.about
    asked = " ".join(coverage_in_words(about, answer=""))
    who = _who_is_listed(about["parameters"]["include"])
    said = filter(None, [asked, who, f"As of {about['as_of']}.", meaning, scope_of_leaders(about)])
    return with_open_names(" ".join(said), about["coverage"]["n_open"], desk.store.viewer)


def _who_is_listed(include: Sequence[str]) -> str:
    kinds = {"supervisors": "supervisors", "left": "people who left"}
    there = " and ".join(words for kind, words in kinds.items() if kind in include)
    aside = " and ".join(words for kind, words in kinds.items() if kind not in include)
    said = ((there, "are listed too"), (aside, "are not listed"))
    return " ".join(f"{who.capitalize()} {verb}." for who, verb in said if who)


def _answer(ranking: Ranking, rows: list[Row]) -> str:
    if not rows:
        return "Nobody has been named yet. Ask who people go to."
    names = listed([row["name"] for row in rows if row["rank"] == 1])
    about = ranking.about
    if about["layer"] != "named" or about["measure"] not in _NAMING:
        return f"{measure_words(about['measure'])}, {layer_words(about['layer'])}: {names} first."
    return f"{about['title']}: {names}, by {_by_how_many(ranking, rows)}."


def _by_how_many(ranking: Ranking, rows: list[Row]) -> str:
    """Return by how many the first are named: of those asked, where the same words are right for each of them."""
    n_asked, is_part = ranking.about["coverage"]["n_asked"], ranking.about["is_part"]
    firsts = {(row["named_by"], row["outside"]) for row in rows if row["rank"] == 1}
    n, n_outside = rows[0]["named_by"], rows[0]["outside"]
    if len(firsts) == 1:
        return namings_in_words(n, n_outside, n_asked, is_part=is_part)
    if len({n - n_outside for n, n_outside in firsts}) == 1:
        return f"{namings_in_words(n - n_outside, 0, n_asked, is_part=is_part)}, and by some outside your units"
    return f"{n:,} each, some of them outside your units"


def _people(ranking: Ranking, rows: list[Row]) -> ag.AgGrid:
    measure = ranking.about["measure"]
    most = max((row["score"] for row in rows), default=1) or 1
    bar = {"cellRenderer": "InkBar", "cellRendererParams": {"most": most, "said": "score_said"}}
    head = measure_words(measure)
    columns: list[dict[str, Any]] = [
        {"field": "rank", "headerName": "Place", "type": "numericColumn", "maxWidth": 80},
        {"field": "name", "headerName": "Name", "minWidth": 190, "cellRenderer": "PersonLink"},
        {"field": "score", "headerName": head, "minWidth": 190, "headerTooltip": ranking.about["meaning"], **bar},
        *([_OUTSIDE_COLUMN] if ranking.about["is_part"] and ranking.about["layer"] == "named" else []),
        *([_SOURCES_COLUMN] if ranking.about["sources"] else []),
        {"field": "from", "headerName": "From units", "type": "numericColumn", "maxWidth": 90},
        {"field": "assessment", "headerName": "Stands", "cellRenderer": "Chip", "maxWidth": 90},
        {"field": "asked", "headerName": "Asked", "maxWidth": 110},
    ]
    return grid("leaders-grid", columns, rows, label="People by place", row_px=_TWO_LINES)


def leader_rows(ranking: Ranking) -> list[Row]:
    """Return the people with a score as rows of the grid."""
    counts = ranking.about["measure"] in _AS_COUNTS
    return [
        {
            "id": row["person_id"],
            "rank": int(row["rank"]),
            "name": row["name"],
            "sub": ", ".join([*(str(row[name]) for name in ("department", "shift") if row[name]), *_aside_words(row)])
            or "place not known",
            "score": float(row["score"]),
            "score_said": f"{row['score']:.0f}" if counts else f"{row['score']:.2g}",
            "named_by": int(row["named_by"]),
            "outside": int(row["named_by_outside"]),
            "places": how_sure(row, ranking.about).removesuffix(", by who told us"),
            "from": int(row["n_departments_naming"]),
            "assessment": row["assessment"],
            "asked": "asked" if row["was_asked"] else "not asked",
        }
        for row in rows_of(ranking.rows)
        if row["score"] and row["rank"] is not None
    ]


def _aside_words(facts: Row) -> list[str]:
    return [word for word, is_so in (("supervisor", facts["is_supervisor"]), ("left", facts["has_left"])) if is_so]


def _not_known(ranking: Ranking) -> list[Component]:
    coverage, rows = ranking.about["coverage"], ranking.rows
    n_silent = coverage["n_people"] - coverage["n_asked"]
    n_unnamed = int((rows["named_by"] == 0).sum())
    words = [
        f"{verb(n_silent, 'has', 'have', of=coverage['n_people'])} not been asked.",
        "A leader among them and their friends would not show here.",
        f"{verb(n_unnamed, 'person has', 'people have')} been named by nobody so far.",
    ]
    silent = [unit for unit in coverage["departments"] if not unit["n_asked"]]
    if silent:
        names = ", ".join(
            f"{unit['department'] or 'no department'} ({counted(unit['n_people'], 'person', 'people')})"
            for unit in silent
        )
        words.append(f"Nobody was asked in {names}: about leaders there we cannot tell.")
    same = "Equal counts share a place."
    if "supervisors" not in ranking.about["parameters"]["include"]:
        same += " Supervisors are not listed: who names them says who does well with the boss."
    told = " ".join(certainty_in_words(ranking.about))
    return [note("Not known. ", " ".join(words)), html.P(told, className="small"), html.P(same, className="small")]


def why_of(desk: Desk, person_id: str) -> list[Component]:
    """Return why a person stands where she does, in words."""
    return why(desk.person(person_id)[0])


def why(found: PersonPicture) -> list[Component]:
    """Return the reasons as a panel; pure."""
    by, name, key = found.named_by, str(found.facts["name"]), str(found.facts["person_id"])
    newest = found.assessments[0] if found.assessments else None
    stands: Content = [chip(0), " not assessed"]
    if newest is not None:
        stands = [chip(newest["assessment"]), f" {ASSESSMENT_WORDS[newest['assessment']]}, {newest['assessed_on']}"]
    did = [act for act in found.actions if act["did"]]
    acts = f"Did {len(did)} of {counted(len(found.actions), 'action')} asked for." if found.actions else ""
    counts = by["n"], by["n_outside"], by["n_asked"]
    named = namings_in_words(*counts, is_part=found.about["is_part"], where=_units(by["departments"]))
    count, of, asked = named.partition(" of ")
    items = [
        [html.B(f"Named by {count}"), f"{of}{asked}."],
        [html.B("On shifts: "), _units(by["shifts"]) or "not known", "."],
        [html.B("Named by: "), _namers(by), "."],
        [html.B("Stands: "), *stands],
        [html.B("Moved to act? "), acts or "Not known. Nobody has asked."],
        [html.B("Talks: "), _talks(found)],
    ]
    links = [
        dcc.Link("Log a talk", href=talk_path(key), className="btn go"),
        dcc.Link("Page", href=person_path(key), className="btn"),
        dcc.Link("On the map", href=map_path(key, include_for(found.facts)), className="btn"),
    ]
    return [
        html.H2(f"Why {name}"),
        html.Ul([html.Li(item) for item in items], className="list"),
        html.Div(links, className="acts"),
    ]


def _namers(by: dict[str, Any]) -> str:
    inside = listed([one["name"] for one in by["people"] if not one["is_outside"]])
    outside = f"{by['n_outside']} outside your units" if by["n_outside"] else ""
    return "; ".join(filter(None, (inside, outside))) or "nobody so far"


def _units(units: list[dict[str, Any]]) -> str:
    return listed([f"{unit['n']} in {unit['unit'] or 'an unknown place'}" for unit in units])


def _talks(found: PersonPicture) -> str:
    if not found.conversations:
        return "none of us has talked to this person yet."
    return f"{counted(len(found.conversations), 'talk')}, the newest on {found.conversations[0]['held_on']}."


MAKING: Final = Making(
    name="leaders",
    what="leaders",
    question=lambda _layer, _measure, include, _unit: naming_question(included(include)),
    draw=shown,
    outputs=(
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("leaders-list", "children"),
        Output("leaders-why", "children"),
        Output("leaders-known", "children"),
    ),
    inputs=(
        Input("leaders-layer", "value"),
        Input("leaders-measure", "value"),
        Input("leaders-include", "value"),
        Input("leaders-unit", "value"),
    ),
)
"""How this page follows its answer."""


def register(app: Dash) -> None:
    """Register the callbacks of this page."""
    MAKING.register(app)
    app.callback(
        Output("leaders-why", "children", allow_duplicate=True),
        Input("leaders-grid", "selectedRows"),
        prevent_initial_call=True,
    )(explain)
    app.callback(
        Output("leaders-why", "children", allow_duplicate=True),
        Input({"why": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(explain_clicked)


def explain(rows: object) -> list[Component]:
    """Give the reasons for the chosen row."""
    row = rows[0] if isinstance(rows, list) and rows else None
    if not isinstance(row, dict):
        raise PreventUpdate
    return _explained(str(row.get("id")))


def explain_clicked(_clicks: object) -> list[Component]:
    """Give the reasons for the row whose button was clicked."""
    clicked = dash.ctx.triggered_id
    if not isinstance(clicked, dict) or not is_clicked():
        raise PreventUpdate
    return _explained(str(clicked.get("why")))


def _explained(person_id: str) -> list[Component]:
    try:
        return why_of(the_desk(), person_id)
    except ShopfloorError as error:
        return [note("Not found. ", on_a_page(str(error)))]
