"""The parts that pages are made of: frame, headline, bars, chips, tables, notes. Plain text only, never markup."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote

from dash import dcc, html
from dash.development.base_component import Component

from shopfloor.dashboard.controls import Title
from shopfloor.dashboard.words import ASSESSMENT_WORDS, assessment_words
from shopfloor.service.policy import Right
from shopfloor.service.viewer import Viewer

Place = tuple[str, str, str | None]
PLACES: tuple[Place, ...] = (
    ("/", "Overview", "Today"),
    ("/map", "Map", "Units"),
    ("/leaders", "Leaders", None),
    ("/groups", "Groups", None),
    ("/people", "People", "People"),
    ("/talk", "Log a talk", "Log a talk"),
    ("/counts", "Counts", None),
    ("/data", "Data", None),
)
"""The bar at the top: path, word, and its word in the dock of a phone (None: it stays in the bar)."""

UNDER_DATA = ("/counts", "/export", "/retention", "/leaks")
"""Pages that are reached from Data, and are part of it in the bar."""

UNDER_LEADERS = ("/grid", "/next", "/changes")
"""Pages that are reached from Leaders, and are part of it in the bar."""

_TITLES = {path: word for path, word, _ in PLACES} | {
    "/grid": "Influence and support",
    "/next": "Whom to talk to next",
    "/changes": "What changed",
    "/export": "Take out",
    "/retention": "Keep and forget",
    "/leaks": "Leak report",
}

_WITHOUT_PEOPLE = ("/", "/data")
_DIGIT_SHARE = 0.06
_MOST_ON_A_PHONE = 4
Content = Any
"""What a component may hold: text, a component, or a list of them."""


def aria(**attributes: str) -> dict[str, Any]:
    """Return ``aria-`` attributes as the components take them."""
    return {f"aria-{name}": value for name, value in attributes.items()}


def places_for(classes: Collection[str], rights: Collection[str]) -> list[Place]:
    """Return the places for who sees these classes of fields and may do this.

    Those about people are for who sees people; who sees only counts of them has those in their place.
    """
    if "identity" in classes:
        return [place for place in PLACES if place[0] not in UNDER_DATA]
    counts = ("/counts",) if Right.COUNT in rights else ()
    return [place for place in PLACES if place[0] in (*_WITHOUT_PEOPLE, *counts)]


def bar(path: str, name: str, places: Sequence[Place] = PLACES, me: Content = None) -> Component:
    """Return the bar at the top, with the place one is at marked; `me` is who is logged in, where accounts are."""
    links = [
        html.Li(dcc.Link(word, href=href), className="docked" if dock else None, **_current(path, href, places))
        for href, word, dock in places
    ]
    return html.Header(
        [
            Title(id="page-title", text=title_of(path)),
            dcc.Link("shopfloor", href="/", className="mark"),
            html.Span(name, className="camp"),
            html.Nav(html.Ul(links), **aria(label="Main")),
            *([html.Div(me, className="me")] if me else []),
        ],
        className="bar",
    )


def title_of(path: str) -> str:
    """Return what a browser calls a page: its place and nobody's name, since histories and tabs are seen by others.

    Examples
    --------
    >>> title_of("/leaders"), title_of("/person/17"), title_of("/nowhere")
    ('Leaders - shopfloor', 'A person - shopfloor', 'shopfloor')
    """
    place = "A person" if path.startswith("/person/") else _TITLES.get(path)
    return f"{place} - shopfloor" if place else "shopfloor"


def dock(path: str, places: Sequence[Place] = PLACES) -> Component:
    """Return the places at the foot of a phone, four of them for most."""
    items = [
        html.Li(dcc.Link(word, href=href), className="go" if href == "/talk" else None, **_current(path, href, places))
        for href, _, word in places
        if word
    ]
    return html.Nav(html.Ul(items), className="dock only-phone", **aria(label="On a phone"))


def _current(path: str, href: str, places: Sequence[Place]) -> dict[str, Any]:
    if href == path:
        return aria(current="page")
    is_under_data = href == "/data" and path in UNDER_DATA and path not in {place[0] for place in places}
    is_within = is_under_data or (href == "/leaders" and path in UNDER_LEADERS)
    return aria(current="true") if is_within else {}


def page(answer: str, rests: Content, body: Content, acts: Content = None) -> list[Component]:
    """Return a page: the answer as the headline, what it rests on, then the rest."""
    head = html.Div([html.H1(answer, className="answer", id="answer"), html.P(rests, className="rests", id="rests")])
    return [html.Div([head, html.Div(acts, className="acts")], className="top"), html.Div(body)]


def with_open_names(rests: str, n_open: int, viewer: Viewer) -> Content:
    """Return what an answer rests on and, where names in it are open, the way to where they are answered."""
    if not n_open or Right.JUDGE not in viewer.rights:
        return rests
    words = "Say whom the name means" if n_open == 1 else f"Say whom the {n_open:,} names mean"
    return [f"{rests} ", dcc.Link(words, href="/data"), "."]


def asked_in(search: str, name: str) -> str | None:
    """Return what the address of a page asks for, None where it says nothing of it.

    Examples
    --------
    >>> asked_in("?aim=holes", "aim"), asked_in("", "aim")
    ('holes', None)
    """
    return parse_qs(search.removeprefix("?"), keep_blank_values=True).get(name, [None])[0]


def section(title: str, body: Content, *, aside: Content = None, span: int = 12) -> Component:
    """Return a section with a head, `span` of 12 columns wide."""
    return html.Section([html.H2([title, html.Small(aside)]), html.Div(body)], className=f"c{span}")


def chip(assessment: int) -> Component:
    """Return an assessment as colour and digit; 0 is not assessed."""
    words = assessment_words(assessment)
    if not assessment:
        return html.Span(className="chip a0", role="img", title=words, **aria(label=words))
    label: list[Content] = [html.Span("assessed ", className="vh"), str(assessment)]
    return html.Span(label, className=f"chip a{assessment}", title=ASSESSMENT_WORDS[assessment])


def key() -> Component:
    """Return the key to assessments."""
    return html.Div(
        [html.Span([chip(value), word]) for value, word in ASSESSMENT_WORDS.items()],
        className="key",
        role="group",
        **aria(label="Key to assessments"),
    )


def known_bar(n_known: int, n: int, widest: int, did: str = "talked to") -> Component:
    """Return a bar as long as the number of people, filled where they are known, hatched where not."""
    parts = [
        html.Span(className="bar-known", style={"flexGrow": n_known}),
        html.Span(className="bar-not", style={"flexGrow": n - n_known}),
    ]
    label = f"{n_known} of {n} {did}"
    return html.Div(
        parts,
        className="bar-line",
        style={"width": f"{100 * n / max(widest, 1):.1f}%"},
        role="img",
        **aria(label=label),
    )


def split_bar(parts: Sequence[tuple[int, str]], label: str) -> Component:
    """Return a bar of numbers with their looks (``bar-known``, ``bar-new``, ``bar-not``), each as long as large."""
    spans = [html.Span(f"{n:,}", className=look, style={"flexGrow": n}) for n, look in parts if n]
    return html.Div(spans, className="bar-line bar-effect", role="img", **aria(label=label))


def stands_bar(counts: Mapping[int, int]) -> Component:
    """Return people by assessment, 1 to 5 and then not assessed, as shares of one bar."""
    order = (1, 2, 3, 4, 5, 0)
    total = max(sum(counts.values()), 1)
    label = ", ".join(f"{counts.get(a, 0)} {assessment_words(a)}" for a in order)
    parts = [
        html.Span(
            str(a) if a and counts[a] / total > _DIGIT_SHARE else "",
            className=f"bar-part a{a}",
            style={"flexGrow": counts[a]},
        )
        for a in order
        if counts.get(a)
    ]
    return html.Div(parts, className="bar-line bar-stands", role="img", **aria(label=label))


def proof(did: bool | None) -> Component:  # noqa: FBT001 - a value, not a switch
    """Return what somebody did as a square: filled did, empty did not, dash not known."""
    words = "not known" if did is None else "did it" if did else "did not"
    look = "na" if did is None else "did" if did else None
    return html.Span(html.I(className=look), className="proof", role="img", **aria(label=words))


def table(
    caption: str, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]], *, numbers: Sequence[str] = ()
) -> Component:
    """Return a plain table; `columns` are (field, head), `numbers` the fields aligned to the right.

    On a phone the rows of a table with many columns stand one below the other, each cell with its head.
    """
    heads = [html.Th(head, scope="col", className="num" if field in numbers else None) for field, head in columns]
    body = [
        html.Tr(
            [
                html.Th(row.get(field), scope="row")
                if i == 0
                else html.Td(row.get(field), className="num" if field in numbers else None, **_data_head(head))
                for i, (field, head) in enumerate(columns)
            ]
        )
        for row in rows
    ]
    look = "stack" if len(columns) > _MOST_ON_A_PHONE else None
    return html.Table([html.Caption(caption), html.Thead(html.Tr(heads)), html.Tbody(body)], className=look)


def _data_head(head: str) -> dict[str, Any]:
    return {"data-head": head}


def note(strong: str, text: Content) -> Component:
    """Return a note that must not be overlooked."""
    return html.Div([html.B(strong), html.Span(text)], className="note")


def failed(text: str) -> Component:
    """Return an error in plain words."""
    return html.Div([html.B("That did not work. "), text], className="note", role="alert")


def done(text: Content, undo_batch: int | None = None) -> Component:
    """Return what was done, with the way back."""
    back: list[Content] = [" ", dcc.Link("See or undo it", href="/data")] if undo_batch is not None else []
    return html.Div([html.B("Done. "), html.Span(text), *back], className="note", role="status")


def load_a_file() -> Component:
    """Return the next step where there are no people yet."""
    return dcc.Link("Load a file", href="/data", className="btn go")


def log_a_talk() -> Component:
    """Return the next step where there are people and nothing is known of them."""
    return dcc.Link("Log a talk", href="/talk", className="btn go")


def person_link(person_id: str, name: str) -> Component:
    """Return a link to a person's page."""
    return dcc.Link(name, href=person_path(person_id))


def author(known: tuple[str, str] | None, text: str | None, otherwise: str) -> Content:
    """Return who said or did something: a link where it is a `known` person (id, name), else what was written."""
    if known is None:
        return text or otherwise
    return dcc.Link(known[1], href=person_path(known[0]), title=f"Id {known[0]}")


def person_path(person_id: str) -> str:
    """Return the path of a person's page."""
    return f"/person/{quote(person_id, safe='')}"


def talk_path(person_id: str) -> str:
    """Return the path of the form for a talk with a person."""
    return f"/talk?person={quote(person_id, safe='')}"


def map_path(person_id: str, include: Sequence[str] = ()) -> str:
    """Return the path of the map with a person's circle on it, and with whom beyond the workforce."""
    return f"{in_unit_path(person_id, include)}&show=circle"


def in_unit_path(person_id: str, include: Sequence[str] = ()) -> str:
    """Return the path of the map with a person chosen among her unit, and with whom beyond the workforce."""
    included = "".join(f"&with={word}" for word in include)
    return f"/map?person={quote(person_id, safe='')}{included}"


def include_for(facts: Mapping[str, Any]) -> list[str]:
    """Return what must be included for a person to be on a list; nothing for most."""
    kinds = (("supervisors", facts["is_supervisor"]), ("left", facts["has_left"]))
    return [kind for kind, is_so in kinds if is_so]


def unit_path(unit: str) -> str:
    """Return the path of the map with a unit open."""
    return f"/map?unit={quote(unit, safe='')}"
