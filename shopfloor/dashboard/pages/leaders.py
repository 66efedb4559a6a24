"""Leaders: whom people name, of how many asked, from where; and what that cannot tell yet."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qs

import dash_ag_grid as ag
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from shopfloor.analysis import LAYERS, MEASURES, PersonPicture, Ranking
from shopfloor.dashboard.controls import also_include, included, segments, select
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.grids import grid, rows_of
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
)
from shopfloor.dashboard.words import ASSESSMENT_WORDS, counted, layer_words, listed, measure_words, on_a_page
from shopfloor.errors import RefusedError, ShopfloorError

_TWO_LINES = 44
_NAMING = ("named_by", "named_share", "in_degree")
_AS_COUNTS = ("named_by", "in_degree", "out_degree", "degree", "core")
Row = dict[str, Any]


def layout(desk: Desk, search: str = "") -> list[Component]:
    """Return the page; ``?layer=`` and ``?measure=`` choose what it ranks by."""
    query = parse_qs(search.removeprefix("?"))
    layer, measure = layer_of(query.get("layer", [""])[0]), query.get("measure", [""])[0]
    answer, rests, people, why = shown(desk, layer, measure)
    offered = [("", "as is usual for these ties"), *((name, measure_words(name)) for name in MEASURES)]
    controls = html.Div(
        [
            segments("leaders-layer", "By which ties", [(one, layer_words(one)) for one in LAYERS], layer),
            html.Div(
                [html.Label("Ranked by", htmlFor="leaders-measure"), select("leaders-measure", offered, measure)],
                className="control inline",
            ),
            also_include("leaders-include"),
        ],
        className="controls no-print",
    )
    left = html.Div([controls, html.Div(people, id="leaders-list")], className="c8")
    right = html.Aside(why, id="leaders-why", className="c4", **aria(live="polite"))
    return page(answer, rests, html.Div([left, right], className="grid"))


_OF_A_SCOPE: Final = (
    "You see your units: namings from outside them count, and the numbers asked are of your units alone. "
    "What depends on paths through the whole workplace knows only what you see."
)


def layer_of(value: object) -> str:
    """Return a layer of ties; namings for whatever is none."""
    return value if isinstance(value, str) and value in LAYERS else "named"


def shown(
    desk: Desk, layer: str, measure: object, include: tuple[str, ...] = ()
) -> tuple[str, str, list[Component], list[Component]]:
    """Return headline, what it rests on, the list and the reasons for its first row."""
    chosen = measure if isinstance(measure, str) and measure in MEASURES else None
    try:
        ranking = desk.ranking(layer, chosen, include)
    except RefusedError as error:
        return _refused(desk, str(error))
    rows = leader_rows(ranking)
    if not rows:
        return _nobody(ranking)
    first = why_of(desk, rows[0]["id"]) if rows else []
    rests = f"{_rests(ranking)} {_OF_A_SCOPE if desk.store.viewer.is_scoped else ''}".strip()
    return _answer(ranking, rows), rests, [_people(ranking, rows), *_not_known(ranking)], first


def _nobody(ranking: Ranking) -> tuple[str, str, list[Component], list[Component]]:
    if not ranking.about["coverage"]["n_people"]:
        body = html.P("Load a list of people, then ask each who they go to.")
        return "There is nobody to rank yet.", _rests(ranking), [body, html.P(load_a_file())], []
    body = html.P("A place on this list comes from talks: ask each person who people here go to, and write it down.")
    return _answer(ranking, []), _rests(ranking), [body, html.P(log_a_talk())], []


def _refused(desk: Desk, message: str) -> tuple[str, str, list[Component], list[Component]]:
    reason, _, remedy = on_a_page(message).partition("Ask ")
    said: list[Content] = [reason, html.B(f"Ask {remedy}.") if remedy else ""]
    hint = html.P("Below a mark of how many were asked, such a list would show who was asked, not who leads.")
    return "Cannot tell yet.", _rests(desk.ranking()), [note("Not given as a list. ", said), hint], []


def _rests(ranking: Ranking) -> str:
    about = ranking.about
    n_people, n_asked = about["coverage"]["n_people"], about["coverage"]["n_asked"]
    return (
        f"Rests on {n_asked} of {n_people} asked who they go to. {_who_is_listed(about['parameters']['include'])} "
        f"As of {about['as_of']}. {about['meaning']}"
    )


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
    return f"{about['title']}: {names}, by {rows[0]['named_by']} of {about['coverage']['n_asked']} asked."


def _people(ranking: Ranking, rows: list[Row]) -> ag.AgGrid:
    measure = ranking.about["measure"]
    most = max((row["score"] for row in rows), default=1) or 1
    bar = {"cellRenderer": "InkBar", "cellRendererParams": {"most": most, "said": "score_said"}}
    head = measure_words(measure)
    columns: list[dict[str, Any]] = [
        {"field": "rank", "headerName": "Place", "type": "numericColumn", "maxWidth": 80},
        {"field": "name", "headerName": "Name", "minWidth": 190, "cellRenderer": "PersonLink"},
        {"field": "score", "headerName": head, "minWidth": 190, "headerTooltip": ranking.about["meaning"], **bar},
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
        f"{n_silent} of {coverage['n_people']} have not been asked.",
        "A leader among them and their friends would not show here.",
        f"{n_unnamed} people have been named by nobody so far.",
    ]
    silent = [unit for unit in coverage["departments"] if not unit["n_asked"]]
    if silent:
        names = ", ".join(f"{unit['department'] or 'no department'} ({unit['n_people']} people)" for unit in silent)
        words.append(f"Nobody was asked in {names}: about leaders there we cannot tell.")
    same = "Equal counts share a place."
    if "supervisors" not in ranking.about["parameters"]["include"]:
        same += " Supervisors are not listed: who names them says who does well with the boss."
    return [note("Not known. ", " ".join(words)), html.P(same, className="small")]


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
    items = [
        [html.B(f"Named by {by['n']} of {by['n_asked']} asked"), _units(by["departments"])],
        [html.B("On shifts: "), _units(by["shifts"]).removeprefix(": ") or "not known"],
        [html.B("Named by: "), listed([one["name"] for one in by["people"]]) or "nobody so far", "."],
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


def _units(units: list[dict[str, Any]]) -> str:
    said = [f"{unit['n']} in {unit['unit'] or 'an unknown place'}" for unit in units]
    return f": {listed(said)}." if said else "."


def _talks(found: PersonPicture) -> str:
    if not found.conversations:
        return "none of us has talked to this person yet."
    return f"{counted(len(found.conversations), 'talk')}, the newest on {found.conversations[0]['held_on']}."


def register(app: Dash) -> None:
    """Register the callbacks of this page."""
    app.callback(
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("leaders-list", "children"),
        Output("leaders-why", "children"),
        Input("leaders-layer", "value"),
        Input("leaders-measure", "value"),
        Input("leaders-include", "value"),
        prevent_initial_call=True,
    )(rank)
    app.callback(
        Output("leaders-why", "children", allow_duplicate=True),
        Input("leaders-grid", "selectedRows"),
        prevent_initial_call=True,
    )(explain)


def rank(layer: object, measure: object, include: object) -> tuple[str, str, list[Component], list[Component]]:
    """Rank anew."""
    return shown(the_desk(), layer_of(layer), measure, included(include))


def explain(rows: object) -> list[Component]:
    """Give the reasons for the chosen row."""
    row = rows[0] if isinstance(rows, list) and rows else None
    if not isinstance(row, dict):
        raise PreventUpdate
    try:
        return why_of(the_desk(), str(row.get("id")))
    except ShopfloorError as error:
        return [note("Not found. ", on_a_page(str(error)))]
