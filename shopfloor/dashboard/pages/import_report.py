"""What dropped files would do, in words and bars: pure functions from a report to what the page shows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from shopfloor.dashboard.controls import select
from shopfloor.dashboard.parts import Content, note, section, split_bar, table
from shopfloor.dashboard.words import on_a_page
from shopfloor.records import FILES
from shopfloor.service.import_hints import hints_in_words
from shopfloor.service.importing import FileOptions, FileReport, ImportOptions, ImportReport
from shopfloor.service.numbers import counted

MOST_REASONS: Final = 20
_MOST_ROWS_SAID: Final = 8
_CERTAIN_ENCODINGS: Final = (None, "utf-8", "utf-8-sig", "utf-16")


ORDERS: Final = {
    "": "told from the file",
    "iso": "2026-04-03",
    "dmy": "03/04/2026 is 3 April",
    "mdy": "03/04/2026 is March 4",
}
"""How dates may be written."""

_LIKE_ALL: Final = "as said of all files"
Place = tuple[str, str, str]
"""File, what is asked of it (``kind``, ``dates``, ``column``), and which column."""


def headline(report: ImportReport) -> str:
    """Return what was read and that nothing is written, in one sentence."""
    read, fit, bad = (sum(getattr(file, name) for file in report.files) for name in _COUNTS)
    return f"{counted(read, 'row')} read, {fit:,} can be loaded, {bad:,} cannot. Nothing has been written yet."


_COUNTS: Final = ("n_read", "n_accepted", "n_rejected")


def rests(report: ImportReport) -> str:
    """Return which files, and what they look like."""
    said = [f"{file.name}: looks like {file.kind}{_encoding(file)}" for file in report.files]
    return " · ".join(said)


def _encoding(file: FileReport) -> str:
    if file.encoding in _CERTAIN_ENCODINGS:
        return ""
    return f", read as {file.encoding} (look whether accents came through)"


def report_parts(report: ImportReport, options: ImportOptions) -> list[Component]:
    """Return everything the page says of a dry run with these options."""
    n = sum(file.n_accepted for file in report.files)
    several = len(report.files) > 1
    parts = [part for file in report.files for part in _file(file, options, is_named=several)]
    if report.n_mentions:
        meant = f"{counted(report.n_mentions, 'name')} cannot be matched to one person. Kept, and asked about here."
        parts.append(note("Who is meant? ", meant))
    parts += [note("Look at this. ", on_a_page(hint)) for hint in hints_in_words(report)]
    load = html.Button(
        f"Load {counted(n, 'row')}", id={"confirm": "import"}, className="btn go", type="button", disabled=not n
    )
    away = html.Button("Throw away", id={"confirm": "away"}, className="btn", type="button")
    return [html.Div([load, away], className="acts"), *parts]


def _file(file: FileReport, options: ImportOptions, *, is_named: bool) -> list[Component]:
    own = options.of_files.get(file.name, FileOptions())
    head = [html.H2(file.name), _own_answers(file.name, own.kind or "", own.dates or "")] if is_named else []
    columns = columns_read(file, is_named=is_named)
    return [*head, _effect_bar(file), html.P(effect(file), className="small"), *_rejected(file), columns]


def _own_answers(name: str, kind: str, order: str) -> Component:
    """Return what may be said of one file among several."""
    kinds = [("", _LIKE_ALL), *((one, one) for one in FILES)]
    orders = [(value, words if value else _LIKE_ALL) for value, words in ORDERS.items()]
    parts = [("What it is", "kind", kinds, kind), ("Its dates", "dates", orders, order)]
    pickers = [
        html.Label([f"{words} ", select(_id((name, about, "")), options, value, label=f"{words}, {name}")])
        for words, about, options, value in parts
    ]
    return html.Div(pickers, className="controls own-answers")


def _id(place: Place) -> dict[str, str]:
    return dict(zip(("file", "about", "column"), place, strict=True))


def place_of(where: object) -> Place | None:
    """Return the place that a control's id means; None for what is none."""
    parts = [where.get(key) for key in ("file", "about", "column")] if isinstance(where, dict) else []
    texts = [part for part in parts if isinstance(part, str)]
    return (texts[0], texts[1], texts[2]) if len(texts) == len(parts) > 0 else None


def questions_of(headers: Sequence[tuple[str, Sequence[str]]], chosen: Mapping[Place, str]) -> list[Component]:
    """Return what to answer where files could not be understood: of each its kind, its dates, its columns."""
    several = len(headers) > 1
    parts: list[Component] = []
    for name, columns in headers:
        if several:
            kind, order = (chosen.get((name, about, ""), "") for about in ("kind", "dates"))
            parts += [html.H2(name), _own_answers(name, kind, order)]
        rows = [(one, chosen.get((name, "column", one), ""), ()) for one in columns]
        parts.append(columns_table(name, None, rows, is_named=several))
    return parts


def effect(file: FileReport) -> str:
    """Return what the rows of a file would do, adding up."""
    known = file.n_changed + file.n_same
    kept = f" {file.n_kept} contradict what somebody typed; the typed values stay." if file.n_kept else ""
    return (
        f"{known:,} we have, {file.n_changed:,} of them with something changed; {file.n_new:,} new; "
        f"{file.n_rejected:,} cannot be loaded (hatched). {known:,} + {file.n_new:,} + {file.n_rejected:,} = "
        f"{file.n_read:,}.{kept} What somebody typed in is never overwritten."
    )


def _effect_bar(file: FileReport) -> Component:
    known = file.n_changed + file.n_same
    parts = [(known, "bar-known"), (file.n_new, "bar-new"), (file.n_rejected, "bar-not")]
    return split_bar(parts, f"{known} we have, {file.n_new} new, {file.n_rejected} rejected")


def _rejected(file: FileReport) -> list[Component]:
    if not file.n_rejected:
        return []
    rows_of: dict[str, list[int]] = {}
    for bad in file.rejected:
        rows_of.setdefault(bad.reason, []).append(bad.row)
    counts = Counter({why: len(rows) for why, rows in rows_of.items()}).most_common(MOST_REASONS)
    rows = [{"why": on_a_page(why), "n": n, "which": _which(rows_of[why])} for why, n in counts]
    heads = [("n", "Rows"), ("why", "Why"), ("which", "Which")]
    get = html.Button(
        f"Get {counted(file.n_rejected, 'row')} as a file", id={"rejects": file.name}, className="btn quiet"
    )
    return [section("Cannot be loaded", table("Correct these and load the file again", heads, rows), aside=get)]


def _which(rows: Sequence[int]) -> str:
    more = f" and {len(rows) - _MOST_ROWS_SAID} more" if len(rows) > _MOST_ROWS_SAID else ""
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:_MOST_ROWS_SAID]))}{more}"


def columns_read(file: FileReport, *, is_named: bool) -> Component:
    """Return which column is which field, each to be changed."""
    field_of = {column: name for name, column in file.match.fields.items()}
    columns = [*field_of, *file.match.attributes]
    rows = [(one, field_of.get(one, ""), file.match.suggestions.get(one, ())) for one in columns]
    return columns_table(file.name, file.kind, rows, is_named=is_named)


def columns_table(
    name: str, kind: str | None, columns: Iterable[tuple[str, str, tuple[str, ...]]], *, is_named: bool
) -> Component:
    """Return a row for each column of a file: its header, a choice of fields, those it resembles."""
    every = sorted({name for file in FILES.values() for name in file.columns})
    known = FILES[kind].columns if kind is not None else every
    rows = []
    where = f" in {name}" if is_named else ""
    for column, chosen, near in columns:
        unsaid = "as its header says" if chosen or column in known else "kept as an attribute"
        options = [("", unsaid), *((one, one) for one in known)]
        picker = select(_id((name, "column", column)), options, chosen, label=f"What {column} is{where}")
        rows.append({"column": column, "field": picker, "near": _near(near)})
    heads = [("column", "In the file"), ("field", "Goes to"), ("near", "")]
    return section("Their columns, ours", table("Change any of them, then read again", heads, rows))


def _near(near: tuple[str, ...]) -> Content:
    return html.Span(f"is it {' or '.join(near)}?", className="mute") if near else ""
