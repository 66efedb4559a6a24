"""What dropped files would do, in words and bars: pure functions from a report to what the page shows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from shopfloor.dashboard.controls import select
from shopfloor.dashboard.parts import Content, note, section, split_bar, table
from shopfloor.dashboard.words import counted, on_a_page
from shopfloor.records import FILES
from shopfloor.service.importing import FileReport, ImportReport

MOST_REASONS: Final = 20
_MOST_ROWS_SAID: Final = 8
_CERTAIN_ENCODINGS: Final = (None, "utf-8", "utf-8-sig", "utf-16")


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


def report_parts(report: ImportReport) -> list[Component]:
    """Return everything the page says of a dry run."""
    n = sum(file.n_accepted for file in report.files)
    several = len(report.files) > 1
    parts = [part for file in report.files for part in _file(file, is_named=several)]
    if report.n_mentions:
        meant = f"{counted(report.n_mentions, 'name')} cannot be matched to one person. Kept, and asked about here."
        parts.append(note("Who is meant? ", meant))
    load = html.Button(
        f"Load {counted(n, 'row')}", id={"confirm": "import"}, className="btn go", type="button", disabled=not n
    )
    away = html.Button("Throw away", id={"confirm": "away"}, className="btn", type="button")
    return [html.Div([load, away], className="acts"), *parts]


def _file(file: FileReport, *, is_named: bool) -> list[Component]:
    head = [html.H2(file.name)] if is_named else []
    return [*head, _effect_bar(file), html.P(effect(file), className="small"), *_rejected(file), columns_read(file)]


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


def columns_read(file: FileReport) -> Component:
    """Return which column is which field, each to be changed."""
    field_of = {column: name for name, column in file.match.fields.items()}
    columns = [*field_of, *file.match.attributes]
    return columns_table(
        file.kind, [(one, field_of.get(one, ""), file.match.suggestions.get(one, ())) for one in columns]
    )


def columns_table(kind: str | None, columns: Iterable[tuple[str, str, tuple[str, ...]]]) -> Component:
    """Return a row for each column: its header, a choice of fields (those of the kind, or all), what it resembles."""
    every = sorted({name for file in FILES.values() for name in file.columns})
    known = FILES[kind].columns if kind is not None else every
    rows = []
    for column, name, near in columns:
        options = [("", "kept as an attribute" if not name else "as its header says"), *((one, one) for one in known)]
        picker = select({"column": column}, options, name, label=f"What {column} is")
        rows.append({"column": column, "field": picker, "near": _near(near)})
    heads = [("column", "In the file"), ("field", "Goes to"), ("near", "")]
    return section("Their columns, ours", table("Change any of them, then read again", heads, rows))


def _near(near: tuple[str, ...]) -> Content:
    return html.Span(f"is it {' or '.join(near)}?", className="mute") if near else ""
