"""Data: drop files, see what they would do, load them, take a load back; answer who is meant."""

import base64
import io
import json
import secrets
from collections import Counter
from typing import Any, cast, get_args

import dash
from dash import ALL, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.parts import Content, done, failed, field, note, page, section, table, text_field
from shopfloor.dashboard.words import counted
from shopfloor.errors import InputError, ShopfloorError, UsageError
from shopfloor.graph.batches import live_batches
from shopfloor.ingest.dates import DateOrder
from shopfloor.records import FILES
from shopfloor.service.editing import answer_mention, list_mentions, undo_batch
from shopfloor.service.importing import FileReport, ImportOptions, ImportReport, import_files
from shopfloor.service.values import to_day

_MOST_MENTIONS = 20
_MOST_WAITING = 8
_OPTIONS = ("kind", "source", "list_date", "dates", "mapping")


def layout(desk: Desk) -> list[Component]:
    """Return the page."""
    left = html.Div([_drop(), html.Div(id="import-report"), html.Div(id="import-said")], className="c8")
    right = html.Div([html.Div(_mentions(desk), id="mentions"), html.Div(_batches(desk), id="batches")], className="c4")
    n = len(live_batches(desk.store.batches()))
    body = [dcc.Store(id="import-ticket"), html.Div([left, right], className="grid")]
    return page(
        "Load a file.",
        f"{counted(n, 'load or edit', 'loads and edits')} count now. Nothing is written before you confirm.",
        body,
    )


def _drop() -> Component:
    upload = dcc.Upload(
        html.Div(["Drop CSV or XLSX files here, or ", html.Span("choose them", className="link")]),
        id="import-files",
        multiple=True,
        className="drop",
    )
    kinds = dcc.Dropdown(list(FILES), id="import-kind", placeholder="told from the headers")
    dates = dcc.Dropdown(
        {"iso": "2026-11-22", "dmy": "22.11.2026", "mdy": "11/22/2026"},
        id="import-dates",
        placeholder="told from the file",
    )
    options = [
        field("import-kind", "What the files are", kinds),
        text_field("import-source", "Whose ids they hold", "empty = our own"),
        text_field("import-list_date", "Day the list shows", "YYYY-MM-DD"),
        field("import-dates", "How dates are written", dates),
        text_field("import-mapping", "Columns with other names", "COLUMN=field, ; between several"),
    ]
    again = html.Button("Read again with these answers", id="import-again", className="btn", type="button")
    details = html.Details([html.Summary("Questions about the files"), html.Div([*options, again], className="form")])
    return section("Load", [upload, details])


def _batches(desk: Desk) -> list[Component]:
    live = {batch.batch_id for batch in live_batches(desk.store.batches())}
    items = []
    for batch in reversed(desk.store.batches()):
        names = ", ".join(file["name"] for file in json.loads(batch.files)) or batch.origin
        when = f"{batch.committed_at or batch.opened_at:%Y-%m-%d %H:%M}"
        state: Content = html.Span("undone" if batch.undone_at else "replaced", className="mute")
        if batch.batch_id in live:
            state = html.Button("Undo", id={"undo": batch.batch_id}, className="btn quiet", type="button")
        items.append(html.Li([html.B(names), html.Span(f" {batch.made_by}, {when} ", className="mute"), state]))
    hint = html.P("Undo takes back exactly what that load brought. What was entered since stays.", className="small")
    return [section("Earlier loads and edits", [html.Ul(items, className="list"), hint])]


def _mentions(desk: Desk) -> list[Component]:
    found, person_ids = list_mentions(desk.store)
    if not found:
        return [section("Who is meant?", html.P("Every name was matched.", className="mute"))]
    names = desk.store.picture().names
    items = [
        html.Li(
            [
                html.B(mention.text),
                html.Span(f" named {mention.n_times} times. ", className="mute"),
                *(
                    html.Button(
                        f"{names[code]} ({person_ids[code]})",
                        id={"mention": mention.key, "person": person_ids[code]},
                        className="btn",
                        type="button",
                    )
                    for code in mention.candidates
                ),
                "" if mention.candidates else "Nobody alike is on our lists.",
            ]
        )
        for mention in found[:_MOST_MENTIONS]
    ]
    more = html.P(f"and {len(found) - _MOST_MENTIONS} more" if len(found) > _MOST_MENTIONS else "", className="small")
    return [section("Who is meant?", [html.Ul(items, className="list"), more], aside=f"{len(found)} to answer")]


def _report(report: ImportReport) -> list[Component]:
    files = [part for file in report.files for part in _file(file)]
    n = sum(file.n_accepted for file in report.files)
    meant = (
        f"{counted(report.n_mentions, 'name')} could not be matched to one person; they are kept, and asked about here."
    )
    more = [note("Who is meant? ", meant)] if report.n_mentions else []
    load = html.Button(f"Load {n:,} rows", id={"confirm": "import"}, className="btn go", type="button", disabled=not n)
    away = html.Button("Throw away", id={"confirm": "away"}, className="btn", type="button")
    return [*files, *more, html.Div([load, away], className="acts")]


def _file(file: FileReport) -> list[Component]:
    rejected = file.n_rejected
    counts = f"{file.n_read:,} rows read, {file.n_accepted:,} can be loaded, {rejected:,} cannot"
    head = html.H2(f"{file.name}: {counts}. Nothing has been written yet.")
    effect = f"Looks like {file.kind}: {file.n_new:,} new, {file.n_changed:,} changed, {file.n_same:,} the same."
    kept = f" {file.n_kept} contradict what somebody typed; the typed values stay." if file.n_kept else ""
    columns = [{"column": column, "field": name} for name, column in file.match.fields.items()]
    for column in file.match.attributes:
        near = " or ".join(file.match.suggestions.get(column, ()))
        columns.append({"column": column, "field": f"kept as an attribute{f'; is it {near}?' if near else ''}"})
    parts = [
        head,
        html.P(effect + kept),
        table("Their columns, ours", [("column", "In the file"), ("field", "Goes to")], columns),
    ]
    if rejected:
        reasons = Counter(bad.reason for bad in file.rejected)
        first = {bad.reason: bad.row for bad in reversed(file.rejected)}
        rows = [{"why": why, "n": n, "row": first[why]} for why, n in reasons.most_common(_MOST_MENTIONS)]
        heads = [("why", "Why"), ("n", "Rows"), ("row", "First row")]
        parts.append(table("Cannot be loaded", heads, rows, numbers=("n", "row")))
    return parts


def register(app: Dash) -> None:
    """Register the callbacks of this page."""
    options = [State(f"import-{name}", "value") for name in _OPTIONS]
    app.callback(
        Output("import-ticket", "data"),
        Output("import-report", "children"),
        Output("import-said", "children"),
        Input("import-files", "contents"),
        Input("import-again", "n_clicks"),
        State("import-files", "filename"),
        State("import-ticket", "data"),
        *options,
        prevent_initial_call=True,
    )(read_files)
    app.callback(
        Output("import-report", "children", allow_duplicate=True),
        Output("import-said", "children", allow_duplicate=True),
        Output("batches", "children", allow_duplicate=True),
        Output("mentions", "children", allow_duplicate=True),
        Input({"confirm": ALL}, "n_clicks"),
        State("import-ticket", "data"),
        *options,
        prevent_initial_call=True,
    )(confirm)
    app.callback(
        Output("batches", "children"),
        Output("mentions", "children"),
        Output("import-said", "children", allow_duplicate=True),
        Input({"undo": ALL}, "n_clicks"),
        Input({"mention": ALL, "person": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(undo_or_answer)


def read_files(
    contents: list[str] | None, _again: int | None, names: list[str] | None, ticket: str | None, *options: str | None
) -> tuple[Any, ...]:
    """Read dropped files and say what they would do."""
    desk = the_desk()
    try:
        if dash.ctx.triggered_id == "import-files" and contents:
            ticket = _keep(desk, names or [], contents)
        if ticket not in desk.uploads:
            return None, [], failed("Drop a file first.")
        report = import_files(desk.store, _streams(desk, ticket), _options(*options), is_dry_run=True)
    except ShopfloorError as error:
        return ticket, [], failed(f"{error} Nothing has changed.")
    return ticket, _report(report), []


def _keep(desk: Desk, names: list[str], contents: list[str]) -> str:
    """Hold dropped files in memory until they are confirmed or thrown away; return the ticket."""
    ticket = secrets.token_urlsafe(16)
    try:
        files = [
            (name, base64.b64decode(text.partition(",")[2], validate=True))
            for name, text in zip(names, contents, strict=True)
        ]
    except ValueError as error:
        raise InputError("A file did not arrive whole. Drop it again.") from error
    while len(desk.uploads) >= _MOST_WAITING:
        desk.uploads.pop(next(iter(desk.uploads)))
    desk.uploads[ticket] = files
    return ticket


def _streams(desk: Desk, ticket: str | None) -> list[tuple[str, io.BytesIO]]:
    return [(name, io.BytesIO(data)) for name, data in desk.uploads.get(ticket or "", [])]


def _options(*answers: str | None) -> ImportOptions:
    """Return the answers of the form: kind, source, list date, how dates are written, columns with other names."""
    kind, source, list_date, order, mapping = answers
    pairs = [pair.strip().rpartition("=") for pair in (mapping or "").split(";") if pair.strip()]
    if not all(column and name for column, _, name in pairs):
        raise UsageError("Columns with other names are written COLUMN=field, ; between several.")
    if order not in (None, "", *get_args(DateOrder)):
        raise UsageError("Dates are iso, dmy or mdy.")
    return ImportOptions(
        kind=kind or None,
        source=(source or "").strip(),
        list_date=to_day("Day the list shows", list_date),
        dates=cast("DateOrder | None", order or None),
        mapping={column: name for column, _, name in pairs},
    )


def confirm(_clicks: list[int | None], ticket: str | None, *options: str | None) -> tuple[Any, ...]:
    """Write the files of the ticket, or throw them away."""
    desk, trigger = the_desk(), dash.ctx.triggered_id
    if not any(_clicks) or not isinstance(trigger, dict):
        raise dash.exceptions.PreventUpdate
    files = _streams(desk, ticket)
    try:
        report = (
            import_files(desk.store, files, _options(*options)) if trigger["confirm"] == "import" and files else None
        )
    except ShopfloorError as error:
        return [], failed(f"{error} Nothing has changed."), _batches(desk), _mentions(desk)
    desk.uploads.pop(ticket or "", None)
    said: Content = note("Thrown away. ", "Nothing has changed.")
    if report is not None:
        n = sum(file.n_accepted for file in report.files)
        said = done(f"{n:,} rows loaded as batch {report.batch_id}. Undo it on the right.")
    return [], said, _batches(desk), _mentions(desk)


def undo_or_answer(_undo: list[int | None], _answers: list[int | None]) -> tuple[Any, ...]:
    """Undo a load, or say who is meant."""
    desk, trigger = the_desk(), dash.ctx.triggered_id
    if not (any(_undo) or any(_answers)) or not isinstance(trigger, dict):
        raise dash.exceptions.PreventUpdate
    try:
        if "undo" in trigger:
            undo_batch(desk.store, int(trigger["undo"]))
            said = done(f"Batch {trigger['undo']} is undone.")
        else:
            batch = answer_mention(desk.store, str(trigger["mention"]), str(trigger["person"]))
            said = done("Answered.", batch)
    except ShopfloorError as error:
        said = failed(str(error))
    return _batches(desk), _mentions(desk), said
