"""XLSX workbooks: each sheet a raw table, each cell as a person sees it as far as that can be told.

Formulas, error values and merged cells reject their rows: the number shown for a formula is whatever the last program
computed, and a merged cell says nothing about the rows it hides.
"""

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from openpyxl.reader.excel import ExcelReader

from shopfloor.errors import InputError, ShopfloorError
from shopfloor.ingest.tables import MAX_COLUMNS, BadRow, IntArray, RawTable, build_table, column_letter
from shopfloor.ingest.zipguard import check_package

MAX_ROWS = 1_048_576
"""Rows that the format allows in a sheet."""

_EXACT_DIGITS = 15  # spreadsheets compute and show no more
_ZERO_PADDED = re.compile(r"0{2,}")
_RANGE_ROWS = re.compile(r"[A-Z]+(\d+):[A-Z]+(\d+)")
_ESCAPED = re.compile(r"_x(00[0-9A-Fa-f]{2})_")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that is not blank: its texts up to the last one, and why it cannot be read, if so."""

    number: int
    texts: tuple[str | None, ...]
    fault: str = ""


def read_workbook(data: bytes, name: str) -> list[RawTable]:
    """Return a table for each sheet that has rows under a header, hidden sheets included.

    Parameters
    ----------
    data : bytes
        The whole file, which begins as a zip does.
    name : str
        What to call it in messages.

    Raises
    ------
    InputError
        The file is no sound XLSX (see `zipguard.check_package`), no sheet has rows, or a header row holds a formula
        or merged cells.
    """
    merged = check_package(data, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of decorations that it leaves out
            sheets = [_read_sheet(sheet, merged.get(path, ()), name) for sheet, path in _sheets(data)]
    except ShopfloorError:
        raise
    except Exception as error:  # a damaged workbook surfaces as nearly any exception of the library
        raise InputError(
            f"{name}: cannot be read as an XLSX workbook: open it in a spreadsheet program and save it as .xlsx or CSV"
        ) from error
    tables = [table for table in sheets if table is not None]
    if not tables:
        raise InputError(f"{name}: no sheet has a header and a row under it: check that this is the right file")
    return tables


def _sheets(data: bytes) -> Iterator[tuple[Any, str]]:
    """Yield each worksheet, to be read row by row, and its path in the zip."""
    reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    reader.read()
    paths = {sheet.name: relation.target for sheet, relation in reader.parser.find_sheets()}
    for sheet in reader.wb.worksheets:
        sheet.reset_dimensions()  # some programs write wrong ones, and rows would be left out
        yield sheet, paths[sheet.title]


def _read_sheet(sheet: Any, merged: Sequence[str], name: str) -> RawTable | None:  # noqa: ANN401 - openpyxl is untyped
    """Return the table of a sheet; None when it has no rows, as templates with unused sheets are common."""
    name = f"{name} sheet {sheet.title}"
    rows = _rows(sheet, name)
    header = next(rows, None)
    if header is None:
        return None
    body = list(rows)
    merges = _merges_by_row(merged, [header.number, *(row.number for row in body)])
    if header.fault or header.number in merges:
        fault = header.fault or merges[header.number]
        raise InputError(f"{name}: row {header.number} should be the header: {fault}; write one plain word per column")
    if not body:
        return None
    bad = [BadRow(row.number, row.fault or merges[row.number]) for row in body if row.fault or row.number in merges]
    good = [row for row in body if not row.fault and row.number not in merges]
    width = max(len(row.texts) for row in (header, *good))
    texts = [text or "" for text in _padded(header.texts, width)]
    numbers: IntArray = np.array([row.number for row in good], dtype=np.int64)
    return build_table(name, texts, _columns(good, width), numbers, bad)


def _columns(rows: Sequence[_Row], width: int) -> list[pa.Array]:
    """Return the texts column by column."""
    padded = [_padded(row.texts, width) for row in rows]
    return [pa.array([texts[index] for texts in padded], pa.string()) for index in range(width)]


def _padded(texts: tuple[str | None, ...], width: int) -> tuple[str | None, ...]:
    return texts + (None,) * (width - len(texts))


def _rows(sheet: Any, name: str) -> Iterator[_Row]:  # noqa: ANN401 - openpyxl is untyped
    """Yield the rows of a sheet that are not blank."""
    for number, cells in enumerate(islice(sheet.iter_rows(), MAX_ROWS + 1), 1):
        if number > MAX_ROWS:
            raise InputError(f"{name}: more rows than the format allows: save the sheet as CSV")
        texts = [_cell_text(cell) for cell in cells]
        while texts and not (texts[-1] or "").strip():
            texts.pop()
        if len(texts) > MAX_COLUMNS:
            raise InputError(
                f"{name}: row {number} has a cell in column {column_letter(len(texts) - 1)}, "
                f"and more than {MAX_COLUMNS} columns cannot be read: remove what is not needed"
            )
        if texts:
            yield _Row(number, tuple(texts), _row_fault(number, cells))


def _row_fault(number: int, cells: Sequence[Any]) -> str:
    """Say which cell of the row holds a formula or an error value."""
    for index, cell in enumerate(cells):
        if cell.data_type == "f":
            return f"cell {column_letter(index)}{number} holds a formula: paste its value in its place"
        if cell.data_type == "e":
            return f"cell {column_letter(index)}{number} holds an error value: correct or clear it"
    return ""


def _cell_text(cell: Any) -> str | None:  # noqa: ANN401 - openpyxl is untyped
    """Return the text of a cell: ISO dates, yes and no, numbers without ``.0`` and with the zeros shown before them."""
    value = cell.value
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number_text(value, cell.number_format)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value)).replace("\r\n", "\n")


def _number_text(value: float, number_format: str) -> str:
    if value == int(value) and abs(value) < 10**_EXACT_DIGITS:
        width = len(number_format) if _ZERO_PADDED.fullmatch(number_format) else 0
        return f"{int(value):0{width}d}"
    return f"{value:.{_EXACT_DIGITS}g}"


def _merges_by_row(merged: Sequence[str], row_numbers: Sequence[int]) -> Mapping[int, str]:
    """Return, for each of the rows that a merged range touches, the reason why it is bad."""
    spans = sorted((int(found[1]), int(found[2]), text) for text in merged if (found := _RANGE_ROWS.fullmatch(text)))
    if not spans:
        return {}
    first, last = np.array([(start, end) for start, end, _ in spans], dtype=np.int64).T
    reach = np.maximum.accumulate(last)
    # Of the ranges that begin at or above a row, the one that reaches farthest down.
    farthest = np.maximum.accumulate(np.where(last == reach, np.arange(len(spans)), 0))
    above = np.searchsorted(first, np.array(row_numbers), side="right") - 1
    return {
        number: f"cells {spans[farthest[index]][2]} are merged: unmerge them and fill in every row"
        for number, index in zip(row_numbers, above.tolist(), strict=True)
        if index >= 0 and reach[index] >= number
    }
