"""What leaves the store: choose it, see what it holds, download it marked; and what left before."""

import base64
from pathlib import PurePath
from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from shopfloor.dashboard.controls import Choices, Options, is_clicked, segments, text_field
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.pages.export_choice import PLAIN, PSEUDONYMS, Chosen, chosen_of, prepared_for
from shopfloor.dashboard.parts import aria, done, failed, page, section, table
from shopfloor.dashboard.places import data_places, may_see_register, may_take_out, refuse_but
from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import ShopfloorError
from shopfloor.service.agreed import ASKED_FOR
from shopfloor.service.audit import Entry
from shopfloor.service.downloads import FORMS, fields_for
from shopfloor.service.numbers import counted
from shopfloor.service.viewer import Viewer

PATH: Final = "/export"
MOST_EXPORTS: Final = 50
_CLASSES: Final = {
    "contact": "phone, e-mail, address",
    "notes": "notes, issues, asks and answers",
    "assessment": "where people stand, what they did",
    "attributes": "columns of your lists that are none of ours",
}
_AGREED: Final = {
    "pseudonyms": "pseudonyms",
    "identity": "names",
    "placement": "places and jobs",
    "ties": "ties",
    "employer": "employers",
    "public": "public figures",
    **_CLASSES,
}
"""Classes of fields as the register says them; ids go along always."""

_KNOW: Final = {
    "It says whose copy it is.": "In a line that all can read, and in a mark that outlasts saving it anew: the order "
    "of the rows, the spelling of yes. Which copy a file is, the command shopfloor export-mark tells.",
    "It is noted.": "Who took what, when and for whom: in the audit, and in the register that leads and admins see.",
}
_KNOW_OF_PEOPLE: Final = {
    "Pseudonyms do not make people anonymous.": "What stays identifying is counted before you download. Their key is "
    "destroyed, so nobody can work out who is who; to keep one, use shopfloor export --keep-key.",
    "Not here:": "graphs for other programs, and everything with its history. For those there is shopfloor export.",
}
_CONTROLS: Final = ("whom", "how", "form", "extra", "fields", "dates", "units", "stands")


def layout(desk: Desk) -> list[Component]:
    """Return the page: the form for who may take out, the register for who may see it."""
    viewer = desk.store.viewer
    refuse_but(viewer, PATH)
    answer, rests = _headline(desk)
    parts = [data_places(viewer, PATH)]
    if may_take_out(viewer):
        parts.append(html.Div([_form(viewer), _meaning(viewer)], className="grid no-print"))
        parts.append(html.Div([html.Div(id="export-seen"), html.Div(id="export-said")], **aria(live="polite")))
    held = [dcc.Store(id="export-choice"), dcc.Download(id="export-file")]
    return page(answer, rests, [*parts, html.Div(register_of(desk), id="export-register"), *held])


def _headline(desk: Desk) -> tuple[str, str]:
    viewer = desk.store.viewer
    rests = "An export holds what you see and you agree to, and no more. It is not encrypted." * may_take_out(viewer)
    if not may_see_register(viewer):
        return "Take out what you see.", rests
    n = len(desk.store.exports())
    return (f"{counted(n, 'export')} left the store so far." if n else "Nothing has left the store yet."), rests


def _form(viewer: Viewer) -> Component:
    hows = [(PLAIN, "As it is"), (PSEUDONYMS, "Under pseudonyms, for research")]
    how = segments("export-how", "How people are called", hows, PLAIN, is_said=True)
    parts = [
        text_field("export-whom", "Who gets it", "stands on the copy, and in the register", value=viewer.name),
        html.Div(how, hidden=not _sees_people(viewer)),
        html.Div(_as_it_is(viewer), className="as-it-is form"),
        html.Div(_for_research(), className="for-research form"),
        html.Button("See what it would hold", id="export-look", className="btn go", type="button"),
    ]
    return section("Choose what leaves", html.Div(parts, className="form export-form"), span=8)


def _sees_people(viewer: Viewer) -> bool:
    return "identity" in viewer.classes


def _as_it_is(viewer: Viewer) -> list[Component]:
    shown = [(name, _CLASSES[name]) for name in ASKED_FOR if name in viewer.classes or name == "attributes"]
    forms = [("xlsx", "Workbook"), ("zip", "CSV files in a ZIP")]
    usual = "names, places, jobs, ties and employers" if _sees_people(viewer) else "employers and links"
    only = "With one ticked here, these and ids leave and nothing else"
    fields = _checks("fields", only, [(name, name.replace("_", " ")) for name in fields_for(viewer)], "checks columns")
    return [
        segments("export-form", "File", forms, "xlsx", is_said=True),
        _checks("extra", f"What goes along, beyond {usual}", shown),
        html.Details([html.Summary("Only some fields instead"), fields]),
    ]


def _checks(name: str, legend: str, options: Options, look: str = "checks") -> Component:
    listed = [{"value": value, "label": label} for value, label in options]
    checks = Choices(id=f"export-{name}", options=listed, value=[], several=True, className=look)
    return html.Fieldset([html.Legend(legend), checks], className="control")


def _for_research() -> list[Component]:
    dates, units = [("month", "month"), ("week", "week")], [("relabel", "numbered"), ("keep", "named")]
    return [
        segments("export-dates", "Dates say the", dates, "month", is_said=True),
        segments("export-units", "Departments, employers and jobs are", units, "relabel", is_said=True),
        _checks("stands", "What goes along, beyond ties and places", [("assessment", _CLASSES["assessment"])]),
    ]


def _meaning(viewer: Viewer) -> Component:
    told = {**_KNOW, **(_KNOW_OF_PEOPLE if _sees_people(viewer) else {})}
    items = [html.Li([html.B(what), " ", text]) for what, text in told.items()]
    return section("What you should know", html.Ul(items, className="list"), span=4)


def register_of(desk: Desk) -> list[Component]:
    """Return what left the store, newest first, for who may see that."""
    if not may_see_register(desk.store.viewer):
        return []
    entries = desk.store.exports()
    rows = [_register_row(entry) for entry in entries[:MOST_EXPORTS]]
    if not rows:
        return [section("What left before", html.P("Nothing yet.", className="mute"))]
    columns = [("at", "When"), ("by", "Who"), ("whom", "For whom"), ("fields", "Agreed"), ("holds", "It holds")]
    more = f"and {len(entries) - MOST_EXPORTS} before." if len(entries) > MOST_EXPORTS else ""
    body = [table("Newest first; each is in the audit too", columns, rows), html.P(more, className="small")]
    return [section("What left before", body, aside=counted(len(entries), "export"))]


def _register_row(entry: Entry) -> dict[str, Any]:
    said = entry.particulars
    file = PurePath(str(said.get("file", ""))).name
    whom = f"{said['made_for']}, copy {said['copy']}" if said.get("copy") else "nobody else: not marked"
    held = said.get("holds", {})
    holds = ", ".join(f"{n:,} {what}" for what, n in held.items()) if isinstance(held, dict) else ""
    if "copied_to" in said:
        whom, holds = "another store", "everything, with its history"
    return {
        "at": f"{entry.at:%Y-%m-%d %H:%M}",
        "by": entry.by or "nobody",
        "whom": "erased" if entry.is_erased else whom,
        "fields": agreed_words(str(said.get("fields", ""))),
        "holds": html.Div([holds or "not told", html.Span(file, className="sub")]),
    }


def agreed_words(fields: str) -> str:
    """Return what was agreed, as it stands in the audit, in plain words.

    Examples
    --------
    >>> agreed_words("identity, key, contact"), agreed_words("fields department, name")
    ('names; phone, e-mail, address', 'only department, name')
    """
    if fields.startswith("fields "):
        return f"only {fields.removeprefix('fields ')}"
    agreed = fields.split(", ")
    told = [words for name, words in _AGREED.items() if name in agreed]
    return "; ".join(told) or fields


def register(app: Dash) -> None:
    """Register the callbacks of this page."""
    app.callback(
        Output("export-choice", "data"),
        Output("export-seen", "children"),
        Output("export-said", "children"),
        Input("export-look", "n_clicks"),
        *(State(f"export-{name}", "value") for name in _CONTROLS),
        prevent_initial_call=True,
    )(look)
    app.callback(
        Output("answer", "children", allow_duplicate=True),
        Output("export-file", "data"),
        Output("export-said", "children", allow_duplicate=True),
        Output("export-register", "children"),
        Input("export-take", "n_clicks"),
        State("export-choice", "data"),
        prevent_initial_call=True,
    )(take)


def look(clicks: object, *said: object) -> tuple[dict[str, Any] | None, list[Component], list[Component]]:
    """Say what an export would hold; nothing leaves yet."""
    if not clicks:
        raise PreventUpdate
    desk = the_desk()
    try:
        chosen = chosen_of(dict(zip(_CONTROLS, said, strict=True)))
        prepared, report = prepared_for(desk.store, chosen)
    except ShopfloorError as error:
        return None, [], [failed(on_a_page(str(error)))]
    return chosen.json, _seen(chosen, prepared.made_for, dict(prepared.holdings.counts), report), []


def _seen(chosen: Chosen, whom: str, counts: dict[str, int], report: str) -> list[Component]:
    rows = [{"what": what, "n": f"{n:,}"} for what, n in counts.items()]
    held = table("In counts; values are in the file alone", [("what", "What"), ("n", "How many")], rows, numbers=("n",))
    body = held if rows else html.P("It would hold nothing.", className="mute")
    get = html.Button(f"Download the copy for {whom}", id="export-take", className="btn go", type="button")
    parts = [section(f"It would hold, {chosen.in_words}", [body, html.Div(get, className="controls")], span=4)]
    if report:
        about, _, known = report.partition("\n\n")
        lines = html.Ul([html.Li(line) for line in known.splitlines()], className="list")
        parts.append(section("What stays identifying", [html.P(" ".join(about.split())), lines], span=8))
    return [html.Div(parts, className="grid")]


def take(_clicks: object, choice: object) -> tuple[str, dict[str, Any] | None, Component, list[Component]]:
    """Register the export, note it, and hand it over."""
    if not is_clicked():
        raise PreventUpdate
    desk = the_desk()
    try:
        prepared, _ = prepared_for(desk.store, chosen_of(choice if isinstance(choice, dict) else {}))
        content = base64.b64encode(prepared.write()).decode()
    except ShopfloorError as error:
        return _headline(desk)[0], None, failed(on_a_page(str(error))), register_of(desk)
    file = {
        "content": content,
        "filename": prepared.place.name,
        "base64": True,
        "type": FORMS[prepared.place.suffix[1:]],
    }
    words = (
        f"{prepared.place.name} is among this browser's downloads. It is not encrypted: keep it where the store would "
        "be kept, and delete it when done."
    )
    return _headline(desk)[0], file, done(words), register_of(desk)
