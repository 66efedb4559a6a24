"""Counts of workers: exact for who sees them; of everybody, without small groups and rounded, for who does not."""

from typing import Any, Final

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from shopfloor.dashboard.controls import select
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.parts import aria, page, section, table
from shopfloor.dashboard.places import data_places, refuse_but
from shopfloor.dashboard.words import day
from shopfloor.service.counts import COUNTED, HIDDEN, UNKNOWN, CountTable
from shopfloor.service.numbers import counted

PATH: Final = "/counts"
WORDS: Final = {
    "employer": "employer",
    "worksite": "worksite",
    "unit": "department",
    "shift": "shift",
    "job_class": "job",
}
"""What workers are counted by, as the page says it."""


def layout(desk: Desk) -> list[Component]:
    """Return the page, counted by department first."""
    refuse_but(desk.store.viewer, PATH)
    answer, rests, body = shown(desk.store.count_people(["unit"]))
    parts = [data_places(desk.store.viewer, PATH), _controls(), html.Div(body, id="counts-list")]
    return page(answer, rests, parts)


def _controls() -> Component:
    by = [(name, WORDS[name]) for name in COUNTED]
    pickers = (("counts-by", "Count by", by, "unit"), ("counts-and", "and by", [("", "nothing else"), *by], ""))
    return html.Div(
        [
            html.Div([html.Label(words, htmlFor=name), select(name, options, value)], className="control inline")
            for name, words, options, value in pickers
        ],
        className="controls no-print",
    )


def shown(found: CountTable) -> tuple[str, str, list[Component]]:
    """Return headline, what it rests on, and the table beside what it hides; pure."""
    body = html.Div([section(_title(found), _table(found), span=8), _explained(found)], className="grid")
    return _answer(found), _rests(found), [body]


def _answer(found: CountTable) -> str:
    by = " and ".join(WORDS[name] for name in found.by)
    if not found.rows:
        return f"Fewer than {found.threshold} workers: nothing is counted." if found.is_protected else "No workers yet."
    n = counted(found.total or 0, "worker")
    return f"About {n}, by {by}." if found.is_protected else f"{n}, by {by}."


def _rests(found: CountTable) -> str:
    as_of = f"As of {day(found.as_of, found.as_of)} {found.as_of.year}."
    if not found.is_protected:
        return f"Exact: you see these people. {as_of}"
    return (
        f"Rounded to {found.base}; no group of fewer than {found.threshold} is counted. {as_of} "
        f"Counted anew when {found.threshold} people have changed."
    )


def _title(found: CountTable) -> str:
    return f"By {' and '.join(WORDS[name] for name in found.by)}"


def _table(found: CountTable) -> Component:
    if not found.rows:
        return html.P("There is nothing to count.", className="mute")
    widest = max(n or 0 for _, n in found.rows)
    rows = [
        {
            **{name: _word(word, found) for name, word in zip(found.by, words, strict=True)},
            "n": f"fewer than {found.threshold}" if n is None else f"{n:,}",
            "bar": _bar(n or 0, widest, is_known=not {HIDDEN, UNKNOWN} & set(words)),
        }
        for words, n in found.rows
    ]
    columns = [*((name, WORDS[name].capitalize()) for name in found.by), ("n", "Workers"), ("bar", "")]
    caption = "Hatched: not known to us, or not shown" if found.is_protected else "Hatched: not known to us"
    return html.Div(table(caption, columns, rows, numbers=("n",)), className="counted")


def _word(word: str, found: CountTable) -> str:
    return f"not shown (groups of fewer than {found.threshold}, and others with them)" if word == HIDDEN else word


def _bar(n: int, widest: int, *, is_known: bool) -> Component:
    part = html.Span(className="bar-known" if is_known else "bar-not", style={"flexGrow": 1})
    width = f"{100 * n / max(widest, 1):.1f}%"
    return html.Div(part, className="bar-line", style={"width": width}, **aria(hidden="true"))


def _explained(found: CountTable) -> Component:
    if not found.is_protected:
        words = (
            "You see these people, so nothing is hidden from you. A researcher sees counts of the whole campaign "
            "instead, rounded and without small groups: this table, passed on, would tell more than that one."
        )
        return section("What others see", html.P(words), span=4)
    few = found.threshold
    why = (
        (
            f"Fewer than {few} people are never counted.",
            "Who knows the workplace knows who the three on a night shift are.",
        ),
        (
            "With a small group another one is hidden.",
            f"Else it could be subtracted from the whole. Together they are {few} people or more, under “not shown”.",
        ),
        (
            f"Every number is rounded to {found.base}.",
            "So a column need not add up to the total, and two tables cannot be subtracted from one another.",
        ),
        (
            f"The numbers stay until {few} people have changed.",
            "Today's less yesterday's would be the one who came or went.",
        ),
        (
            "What remains.",
            "Who knows from elsewhere all those who are hidden but one, knows that one.",
        ),
    )
    items = [html.Li([html.B(what), " ", text]) for what, text in why]
    return section("What is hidden, and why", html.Ul(items, className="list"), span=4)


def register(app: Dash) -> None:
    """Register the callback of this page."""
    app.callback(
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("counts-list", "children"),
        Input("counts-by", "value"),
        Input("counts-and", "value"),
        prevent_initial_call=True,
    )(count_anew)


def count_anew(by: Any, also: Any) -> tuple[str, str, list[Component]]:  # noqa: ANN401 - whatever a browser sends
    """Count by something else; the same twice is once."""
    desk = the_desk()
    refuse_but(desk.store.viewer, PATH)
    names = [name if isinstance(name, str) else "" for name in (by, also) if name]
    return shown(desk.store.count_people(list(dict.fromkeys(names))))
