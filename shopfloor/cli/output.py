"""What commands print: data to stdout as a table, CSV or JSON; talk, progress and questions to stderr."""

import csv
import io
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from shopfloor.service.nouns import Progress, neutralised
from shopfloor.service.values import plain, to_json

_LARGE = 10_000
"""Numbers below this are rounded to four digits where a table is to be read."""


def say(text: str = "") -> None:
    """Say something that is no data."""
    click.echo(text, err=True)


def show_rows(rows: Iterable[Mapping[Any, Any]], columns: Sequence[str], form: str, about: Mapping[str, Any]) -> None:
    """Print rows in one of the formats; JSON is one object of ``about`` and ``rows``, with every column there is."""
    if form == "json":
        click.echo(to_json({"about": about, "rows": list(rows)}, indent=2))
    elif form == "csv":
        click.echo(_csv(rows, columns), nl=False)
    else:
        click.echo(table([[_cell(_rounded(row.get(name))) for name in columns] for row in rows], columns))


def _csv(rows: Iterable[Mapping[Any, Any]], columns: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([neutralised(name) for name in columns])
    writer.writerows([_csv_cell(row.get(name)) for name in columns] for row in rows)
    return out.getvalue()


def _csv_cell(value: Any) -> str:  # noqa: ANN401 - whatever a row holds
    """Return a cell that no spreadsheet computes; a number is one, below zero too."""
    is_number = isinstance(plain(value), int | float)
    return _cell(value) if is_number else neutralised(_cell(value))


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever a row holds
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(_cell(item) for item in value.values() if item is not None)
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)


def _rounded(value: Any) -> Any:  # noqa: ANN401 - whatever a row holds
    value = plain(value)
    return float(f"{value:.4g}") if isinstance(value, float) and abs(value) < _LARGE else value


def table(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> str:
    """Return rows as aligned columns; numbers to the right.

    Examples
    --------
    >>> print(table([["1", "Ana"], ["12", "Bo"]], ["place", "name"]))
    place  name
        1  Ana
       12  Bo
    """
    heads = [name.replace("_", " ") for name in columns]
    cells = [heads, *rows]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(columns))]
    numeric = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    lines = ("  ".join(_pad(c, w, right=n) for c, w, n in zip(row, widths, numeric, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def _is_number(text: str) -> bool:
    return not text or text.replace(".", "", 1).replace("-", "", 1).isdigit()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def _pad(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Give a progress function that draws bars on stderr where that is a terminal, and is silent elsewhere."""
    bars: dict[str, Any] = {}

    def tell(what: str, done: int, total: int) -> None:
        if not sys.stderr.isatty() or not total:
            return
        if what not in bars:
            bars[what] = click.progressbar(length=total, label=what, file=sys.stderr)
            bars[what].__enter__()
        bar = bars[what]
        bar.update(done - bar.pos)
        if done >= total:
            bars.pop(what).__exit__(None, None, None)

    try:
        yield tell
    finally:
        for bar in bars.values():
            bar.__exit__(None, None, None)
