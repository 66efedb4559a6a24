"""Influence beside support: whom to win, whom to find out about; the two are never added up."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import Ranking, Standing, influence_support
from shopfloor.dashboard.controls import also_include, included
from shopfloor.dashboard.desk import Desk, naming_question
from shopfloor.dashboard.grids import rows_of
from shopfloor.dashboard.influence_figure import MOST_SHOWN, figure_influence_support
from shopfloor.dashboard.making import PATIENCE_S, Making
from shopfloor.dashboard.parts import (
    Content,
    aria,
    chip,
    in_unit_path,
    key,
    load_a_file,
    log_a_talk,
    page,
    person_link,
    section,
    table,
    with_open_names,
)
from shopfloor.dashboard.place_bars import CERTAINTY_WORDS, certainty_mark
from shopfloor.dashboard.places import leader_places, refuse_without_people
from shopfloor.dashboard.words import ASSESSMENT_WORDS, assessment_words, day, listed
from shopfloor.service.leaders_in_words import coverage_in_words
from shopfloor.service.numbers import counted, verb
from shopfloor.service.scope_in_words import scope_of_leaders

Row = dict[str, Any]
PATH: Final = "/grid"
_FOR_US: Final = (1, 2)
_TO_WIN: Final = (3, 4)
_AGAINST: Final = 5
_OLD: Final = timedelta(weeks=6)
_PX: Final = 520
_MOST_NAMED_ON_MAP: Final = "/map?show=people&named=top"


def layout(desk: Desk) -> list[Component]:
    """Return the page."""
    refuse_without_people(desk.store.viewer)
    last = desk.ask(naming_question(), patience=PATIENCE_S)
    answer, rests, body = shown(desk, last.value, None)
    controls = html.Div(also_include("grid-include"), className="controls no-print")
    return page(answer, rests, [leader_places(PATH), controls, MAKING.part(last), html.Div(body, id="grid-body")])


def shown(desk: Desk, naming: Standing | None, include: object) -> tuple[str, Content, list[Component]]:
    """Return headline, what it rests on, and the chart with its table and its words."""
    refuse_without_people(desk.store.viewer)
    chosen = included(include)
    counts = desk.ranking(include=chosen)
    if not counts.about["coverage"]["n_people"]:
        return "There is nobody to show yet.", _rests(desk, counts), [html.P(load_a_file())]
    last = desk.look(naming_question(chosen))
    ranking = None if naming is None else desk.leaders(last, chosen)
    if ranking is None or ranking.standing is None:
        return "Who moves people is being worked out.", _rests(desk, counts), []
    rows = rows_of(influence_support(desk.workplace(), ranking.standing))
    if not any(row["n_named"] for row in rows):
        hint = html.P("Nobody was named yet: ask people who they go to.")
        return "We cannot tell yet who moves people.", _rests(desk, counts), [hint, html.P(log_a_talk())]
    return headline(rows), _rests(desk, ranking), _body(desk, ranking, rows)


def _rests(desk: Desk, ranking: Ranking) -> Content:
    about = ranking.about
    said = [*coverage_in_words(about, answer=""), f"As of {about['as_of']}.", scope_of_leaders(about)]
    return with_open_names(" ".join(filter(None, said)), about["coverage"]["n_open"], desk.store.viewer)


def headline(rows: Sequence[Row]) -> str:
    """Return how those stand who move people: the sure and the likely."""
    movers = [row["assessment"] or 0 for row in rows if row["certainty"] in ("sure", "likely")]
    if not movers:
        return "We cannot tell yet who moves people."
    counts = (
        (sum(one in _FOR_US for one in movers), "for us"),
        (movers.count(3), "undecided"),
        (sum(one > 3 for one in movers), "leaning no or against us"),  # noqa: PLR2004 - 3 is undecided
        (movers.count(0), "not assessed"),
    )
    said = [f"{n} {words}" for n, words in counts if n]
    who = verb(len(movers), "person who moves", "people who move")
    return f"Of {who} others, as far as we can tell: {', '.join(said)}."


def listed_rows(rows: Sequence[Row]) -> list[Row]:
    """Return whom the chart draws by name, and so the table holds."""
    return [row for row in rows if row["certainty"] != "not_listed"][:MOST_SHOWN]


def _body(desk: Desk, ranking: Ranking, rows: list[Row]) -> list[Component]:
    found, places = listed_rows(rows), ranking.about["certainty"]["places"]
    frame = influence_support(desk.workplace(), ranking.standing) if ranking.standing is not None else None
    charts = [
        html.Div(
            dcc.Graph(
                figure=figure_influence_support(frame, places=places, theme=theme),
                config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False},
                style={"height": f"{_PX}px"},
                responsive=True,
            ),
            className=f"chart-{theme}",
        )
        for theme in ("light", "dark")
        if frame is not None
    ]
    said = "; ".join(f"{row['name']}: {_influence(row)}, {assessment_words(row['assessment'] or 0)}" for row in found)
    picture = html.Div(
        charts, className="only-desk no-print", role="img", **aria(label=f"Influence and support. {said}")
    )
    hint = (
        "Up: more people go to them. Right: with us. The two are never added up. Upright line: the places a person may "
        f"hold; heavy line across: place {places}. Not assessed stands apart, on the left: it is not undecided."
    )
    chart = section("Influence and support", [html.P(hint, className="small"), picture], aside=key())
    words = html.Div([*_says(rows), *_does_not_say(desk, ranking, rows)], className="grid even")
    return [chart, words, _table(found, rows, ranking.about["parameters"]["include"])]


def _influence(row: Row) -> str:
    return f"{CERTAINTY_WORDS[row['certainty']]}, {_place(row)}"


def _place(row: Row) -> str:
    low, high = row["rank_low"], row["rank_high"]
    return f"place {low:,}" if low == high else f"place {low:,} to {high:,}"


def _says(rows: Sequence[Row]) -> list[Component]:
    movers = [row for row in rows if row["certainty"] in ("sure", "likely")]
    silent = [row for row in movers if not row["assessment"]]
    to_win = [row for row in movers if row["assessment"] in _TO_WIN]
    against = [row for row in movers if row["assessment"] == _AGAINST]
    with_us = [row for row in movers if row["assessment"] in _FOR_US]
    kinds = (
        ("Find out: ", silent, "people go to them, and nobody has written down where they stand."),
        ("Win over: ", to_win, "people go to them, and they are not with us yet."),
        ("Against us: ", against, "people go to them."),
        ("Ready for more: ", with_us, "with us, and people go to them."),
    )
    items = [html.Li([html.B(what), *_people(found), f": {words}"]) for what, found, words in kinds if found]
    body: Content = html.Ul(items, className="list")
    if not items:
        body = html.P("Nobody is sure or likely to be among the top yet.", className="mute")
    return [section("What this says", body, span=6)]


def _people(rows: Sequence[Row]) -> list[Content]:
    parts: list[Content] = []
    for row in rows:
        proof = f", did {row['n_did']} of {row['n_called']}" if row["n_called"] else ""
        stands = f" ({row['assessment']}{proof})" if row["assessment"] else proof
        parts += ["; ", person_link(row["person_id"], row["name"]), stands]
    return parts[1:]


def _does_not_say(desk: Desk, ranking: Ranking, rows: Sequence[Row]) -> list[Component]:
    n_open = sum(not row["assessment"] for row in rows)
    as_of = desk.workplace().provenance.as_of
    old = [row for row in rows if row["certainty"] in ("sure", "likely") and _is_old(row, as_of)]
    certainty = ranking.about["certainty"]
    are = verb(n_open, "is", "are", of=len(rows))
    said = [f"{are} not assessed. They are not undecided: nobody has written down more."]
    said += [
        f"That {row['name']} stands at {row['assessment']} was written down on "
        f"{day(row['assessed_on'].date(), as_of)}, more than six weeks ago."
        for row in old
    ]
    said.append(f"Expected wrong names among the first {certainty['places']}: {certainty['wrong_names']:.1f}.")
    return [section("What it does not say", html.Ul([html.Li(line) for line in said], className="list"), span=6)]


def _is_old(row: Row, as_of: date) -> bool:
    return bool(row["assessment"]) and row["assessed_on"] is not None and as_of - row["assessed_on"].date() > _OLD


def _table(found: Sequence[Row], rows: Sequence[Row], include: Sequence[str]) -> Component:
    lines = [
        {
            "name": [person_link(row["person_id"], row["name"]), html.Span(_where(row), className="sub")],
            "sure": certainty_mark(row["certainty"]),
            "place": _place(row).removeprefix("place "),
            "named": f"{row['n_named']:,}",
            "stands": html.Span([chip(row["assessment"] or 0), " ", ASSESSMENT_WORDS[row["assessment"] or 0]]),
            "did": f"{row['n_did']} of {row['n_called']}" if row["n_called"] else "not asked",
            "map": dcc.Link(
                "on the map", href=in_unit_path(row["person_id"], include), title=f"{row['name']} on the map"
            ),
        }
        for row in found
    ]
    columns = [("name", "Name"), ("sure", "In the top?"), ("place", "Place"), ("named", "Named by")]
    columns += [("stands", "Stands"), ("did", "Did"), ("map", "Where")]
    drawn = table("The same in numbers, by place", columns, lines, numbers=("place", "named", "did"))
    shown_ids = {row["person_id"] for row in found}
    rest = [row["assessment"] or 0 for row in rows if row["person_id"] not in shown_ids]
    others = [f"{rest.count(value):,} {assessment_words(value)}" for value in (0, 5, 4, 3, 2, 1) if value in rest]
    more = f"Everybody else, {counted(len(rest), 'person', 'people')}: {', '.join(others)}." if rest else ""
    on_map = dcc.Link("The most named on the map", href=_MOST_NAMED_ON_MAP)
    return section("People", [drawn, html.P(more, className="small")], aside=on_map)


def _where(row: Row) -> str:
    return listed([str(row[name]) for name in ("department", "shift") if row[name]]) or "place not known"


MAKING: Final = Making(
    name="grid",
    what="leaders",
    question=lambda include: naming_question(included(include)),
    draw=shown,
    outputs=(
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("grid-body", "children"),
    ),
    inputs=(Input("grid-include", "value"),),
)
"""How this page follows its answer."""


def register(app: Dash) -> None:
    """Register the callback of this page."""
    MAKING.register(app)
