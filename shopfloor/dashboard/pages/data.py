"""Data: drop files, see what they would do, load them; take a load back, answer who is meant and who is who."""

from typing import Any, Final
from urllib.parse import parse_qs

import dash
from dash import ALL, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from shopfloor.dashboard.controls import Files, field, is_clicked, segments, select, text_field
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.pages import import_report, keeping
from shopfloor.dashboard.parts import Content, aria, done, failed, note, page, section
from shopfloor.dashboard.places import data_places
from shopfloor.dashboard.trouble import TOO_LARGE
from shopfloor.dashboard.uploads import headers_of, one_import, options_of, rejects_text
from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import ShopfloorError
from shopfloor.records import FILES
from shopfloor.service.audit import Deed
from shopfloor.service.importing import import_files
from shopfloor.service.nouns import live_batches
from shopfloor.service.numbers import counted, verb
from shopfloor.service.policy import Right

MAX_MEGABYTES: Final = 200
_OPTIONS: Final = ("kind", "source", "list_date", "dates")
_ASKED: Final = "Load a file."
_ASKED_OF_OTHERS: Final = "What was loaded and typed in."


def layout(desk: Desk, search: str = "") -> list[Component]:
    """Return the page; ``?one=ID`` fills in the question who is who."""
    one = parse_qs(search.removeprefix("?")).get("one", [""])[0]
    may_load = Right.IMPORT in desk.store.viewer.rights
    loading = _drop() if may_load else note("Files are loaded by leads. ", "What you type in counts like a file.")
    parts = [loading, html.Div(id="import-said", **aria(live="polite")), html.Div(id="import-report")]
    left = html.Div([*parts, keeping.same_form(desk, one)], className="c8")
    right = html.Div(keeping.lists(desk), id="keeping", className="c4")
    body = [
        data_places(desk.store.viewer, "/data"),
        dcc.Store(id="import-ticket"),
        dcc.Download(id="rejects-file"),
        html.Div([left, right], className="grid"),
    ]
    return page(_ASKED if may_load else _ASKED_OF_OTHERS, _rests(desk), body)


def _rests(desk: Desk) -> str:
    n = len(live_batches(desk.store.batches()))
    return f"{verb(n, 'load or edit counts', 'loads and edits count')} now. Nothing is written before you confirm."


def _drop() -> Component:
    upload = Files(
        id="import-files",
        label="Drop CSV or XLSX files here, or choose them: ",
        most=MAX_MEGABYTES * 1_000_000,
        tooMuch=TOO_LARGE,
        className="drop",
    )
    kinds = [("", "told from the headers"), *((kind, kind) for kind in FILES)]
    form = [
        field("import-kind", "What the files are", select("import-kind", kinds)),
        segments("import-dates", "How dates are written", tuple(import_report.ORDERS.items()), "", is_said=True),
        text_field("import-source", "Whose ids they hold", "empty: our own; else a short name, such as payroll"),
        text_field("import-list_date", "Day the list shows", kind="date"),
        html.Button("Read again with these answers", id="import-again", className="btn", type="button"),
    ]
    details = html.Details(
        [html.Summary("Questions about the files"), html.Div(form, className="form")], id="import-questions"
    )
    hint = f"Several files at once may refer to each other. Up to {MAX_MEGABYTES} MB together."
    return section("Load", [upload, html.P(hint, className="small"), details])


def register(app: Dash) -> None:
    """Register the callbacks of this page."""
    options = [State(f"import-{name}", "value") for name in _OPTIONS]
    one = {"file": ALL, "about": ALL, "column": ALL}
    of_files = [State(one, "id"), State(one, "value")]
    app.callback(
        Output("import-ticket", "data"),
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("import-said", "children"),
        Output("import-report", "children"),
        Output("import-questions", "open"),
        Input("import-files", "contents"),
        Input("import-again", "n_clicks"),
        State("import-files", "filename"),
        State("import-ticket", "data"),
        *options,
        *of_files,
        prevent_initial_call=True,
    )(read_files)
    app.callback(
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("import-said", "children", allow_duplicate=True),
        Output("import-report", "children", allow_duplicate=True),
        Output("keeping", "children", allow_duplicate=True),
        Input({"confirm": ALL}, "n_clicks"),
        State("import-ticket", "data"),
        *options,
        *of_files,
        prevent_initial_call=True,
    )(confirm)
    app.callback(
        Output("rejects-file", "data"),
        Input({"rejects": ALL}, "n_clicks"),
        State("import-ticket", "data"),
        prevent_initial_call=True,
    )(get_rejects)
    keeping.register(app)


def _pairs(ids: object, values: object) -> list[tuple[object, object]]:
    return list(zip(ids, values, strict=False)) if isinstance(ids, list) and isinstance(values, list) else []


def read_files(contents: object, _again: object, names: object, ticket: object, *answers: object) -> tuple[Any, ...]:
    """Read dropped files and say what they would do."""
    desk, *rest, ids, values = the_desk(), *answers
    is_new = dash.ctx.triggered_id == "import-files"
    if is_new and not contents:
        raise PreventUpdate
    try:
        desk.store.require(Right.IMPORT)
        ticket = _taken(desk, names, contents) if is_new else ticket
        return ticket, *_dry_run(desk, ticket, rest, [] if is_new else _pairs(ids, values))
    except ShopfloorError as error:
        return ticket, *_not_read(desk, ticket, error, [] if is_new else _pairs(ids, values))


def _taken(desk: Desk, names: object, contents: object) -> str:
    """Hold dropped files and return their ticket; what is not even looked into is noted, without its name."""
    try:
        return desk.uploads.put(names, contents)
    except ShopfloorError:
        desk.note(Deed.REFUSED, what="files that were dropped")
        raise


def _dry_run(desk: Desk, ticket: object, answers: list[object], pairs: list[tuple[object, object]]) -> tuple[Any, ...]:
    waiting = desk.uploads.get(ticket)
    options = options_of(answers, pairs)
    with one_import() as progress:
        report = import_files(desk.store, waiting.streams(), options, is_dry_run=True, progress=progress)
    waiting.rejects = rejects_text(report)
    said = import_report.report_parts(report, options)
    return import_report.headline(report), import_report.rests(report), [], said, False


def _not_read(desk: Desk, ticket: object, error: ShopfloorError, pairs: list[tuple[object, object]]) -> tuple[Any, ...]:
    try:
        headers = headers_of(desk.uploads.get(ticket))
    except ShopfloorError:
        headers = []
    chosen = {key: str(value) for where, value in pairs if (key := import_report.place_of(where)) and value}
    said = failed(f"{on_a_page(str(error)).rstrip('.')}. Nothing has changed.")
    questions = import_report.questions_of(headers, chosen)
    return "The file was not read. Nothing has changed.", _rests(desk), said, questions, bool(headers)


def confirm(_clicks: object, ticket: object, *answers: object) -> tuple[Any, ...]:
    """Write the files of the ticket, or throw them away."""
    desk, trigger, *rest, ids, values = the_desk(), dash.ctx.triggered_id, *answers
    if not is_clicked() or not isinstance(trigger, dict):
        raise PreventUpdate
    if trigger.get("confirm") != "import":
        desk.uploads.drop(ticket)
        return _ASKED, _rests(desk), note("Thrown away. ", "Nothing has changed."), [], keeping.lists(desk)
    try:
        said = _load(desk, ticket, rest, _pairs(ids, values))
    except ShopfloorError as error:
        said = failed(f"{on_a_page(str(error)).rstrip('.')}. Nothing has changed.")
        return dash.no_update, dash.no_update, said, dash.no_update, keeping.lists(desk)
    return "The file is loaded.", _rests(desk), said, [], keeping.lists(desk)


def _load(desk: Desk, ticket: object, answers: list[object], pairs: list[tuple[object, object]]) -> Component:
    waiting = desk.uploads.get(ticket)
    with one_import() as progress:
        report = import_files(desk.store, waiting.streams(), options_of(answers, pairs), progress=progress)
    waiting.files = []
    n, bad = (sum(getattr(file, name) for file in report.files) for name in ("n_accepted", "n_rejected"))
    words: list[Content] = [f"{counted(n, 'row')} loaded as batch {report.batch_id}. It can be undone beside here."]
    if bad:
        get = html.Button("Get them as a file", id={"rejects": "all"}, className="btn quiet", type="button")
        words += [f" {counted(bad, 'row')} could not be loaded. ", get]
    return done(words)


def get_rejects(_clicks: object, ticket: object) -> dict[str, Any]:
    """Hand over the rows that could not be loaded as a file."""
    text = the_desk().uploads.rejects(ticket)
    if not is_clicked() or not text:
        raise PreventUpdate
    return {"content": text, "filename": "rejected.csv", "type": "text/csv"}
