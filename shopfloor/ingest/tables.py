"""Raw tables: what a file says, as text, before anybody knows what its columns mean.

Nouns: a *raw table* is one CSV file or one sheet of a workbook; a *row number* is the one a spreadsheet
program shows when it opens the file; a *bad row* could not be read and is reported, never lost.
"""

import os
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import InputError
from shopfloor.ingest.formulas import restored, restored_column

MAX_CELL_CHARACTERS = 100_000
"""Characters one cell may hold, notes included; a longer cell rejects its row."""
MAX_COLUMNS = 1_000
"""Columns one table may have."""

# Tab, line feed and carriage return are left out: people press Enter inside a cell.
CONTROL_PATTERN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]"
"""Control characters that no cell may hold (RE2 syntax, as Arrow wants it)."""
_CONTROL = re.compile(CONTROL_PATTERN.replace(r"\x{9f}", r"\x9f"))

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that could not be read: its number in the file and the reason, which holds no cell value."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RawTable:
    """One table as its file holds it, every cell as text.

    Attributes
    ----------
    name : str
        The file, or ``"crew.xlsx sheet people"``.
    columns : tuple of str
        Headers as written, runs of white space made one space. A column without a header and with values
        is called by its letter: ``column_C``.
    cells : pyarrow.Table
        String columns named `columns`; white space around a cell is gone and an empty cell is null. Blank
        rows and bad rows are not in it.
    row_numbers : numpy.ndarray of int64, shape (cells.num_rows,)
        For each row of `cells` its number as a spreadsheet shows it: records are counted from 1, blank ones
        and the header included, and a line break inside quotes starts no new row.
    bad_rows : tuple of BadRow
        The rows that could not be read, by row number.
    encoding : str or None
        How the bytes of a text file were read (``"utf-8"``, ``"cp1252"``); None for a workbook. Anything but
        a Unicode encoding is an inference to be shown to the user.
    """

    name: str
    columns: tuple[str, ...]
    cells: pa.Table
    row_numbers: IntArray
    bad_rows: tuple[BadRow, ...] = ()
    encoding: str | None = None

    @property
    def n_read(self) -> int:
        """Rows the file holds that are not blank: those in `cells` and the bad ones."""
        return int(self.cells.num_rows) + len(self.bad_rows)

    def __repr__(self) -> str:
        return (
            f"RawTable({self.name!r}, {len(self.columns)} columns, "
            f"{self.cells.num_rows} rows, {len(self.bad_rows)} bad rows)"
        )


def column_letter(position: int) -> str:
    """Return the letters a spreadsheet shows above the column at `position`, counted from 0.

    Examples
    --------
    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def build_table(
    name: str,
    header: Sequence[str],
    columns: Sequence[pa.Array],
    row_numbers: IntArray,
    bad_rows: Iterable[BadRow] = (),
    *,
    encoding: str | None = None,
    check_characters: bool = True,
) -> RawTable:
    """Return the raw table of cells that were read: headers named, cells trimmed, rows checked.

    Parameters
    ----------
    name : str
        What to call the table in messages.
    header : sequence of str
        One text for each column, empty where the header row has none.
    columns : sequence of pyarrow string arrays
        Cells as read, one array for each header, equally long.
    row_numbers : numpy.ndarray of int64
        The number of each row.
    bad_rows : iterable of BadRow
        Rows already found bad, which are not in `columns`.
    encoding : str or None
        See `RawTable`.
    check_characters : bool
        False where the caller knows that no control character is there.

    Raises
    ------
    InputError
        Two columns have the same header, a header holds control characters, or there are too many columns.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        columns, kept = _drop_blank_rows(list(pool.map(_trimmed, columns)))
    row_numbers = row_numbers[kept]
    used = [index for index, text in enumerate(header) if text.strip() or columns[index].null_count < len(row_numbers)]
    names = _column_names(name, header, used)
    columns = [columns[index] for index in used]
    faults = _cell_faults(columns, names, check_characters=check_characters)
    bad = [*bad_rows, *(BadRow(int(row_numbers[index]), reason) for index, reason in faults.items())]
    cells = pa.table(dict(zip(names, columns, strict=True)))
    if faults:
        good = np.ones(len(row_numbers), dtype=bool)
        good[list(faults)] = False
        cells, row_numbers = cells.filter(pa.array(good)), row_numbers[good]
    return RawTable(name, names, cells, row_numbers, tuple(sorted(bad, key=lambda one: one.row)), encoding)


def _trimmed(column: pa.Array) -> pa.Array:
    """Return the cells without white space around them or what we put before formulas, empty ones null."""
    trimmed = restored_column(pc.utf8_trim_whitespace(column))
    empty = pc.equal(trimmed, "")
    return pc.if_else(empty, pa.scalar(None, pa.string()), trimmed) if pc.any(empty).as_py() else trimmed


def _drop_blank_rows(columns: list[pa.Array]) -> tuple[list[pa.Array], npt.NDArray[np.bool_]]:
    """Return the columns without the rows in which no cell says anything, and the mask of the rows kept."""
    if any(column.null_count == 0 for column in columns):
        return columns, np.ones(len(columns[0]), dtype=bool)
    kept = np.logical_or.reduce([column.is_valid().to_numpy(zero_copy_only=False) for column in columns])
    return (columns if kept.all() else [column.filter(pa.array(kept)) for column in columns]), kept


def _column_names(name: str, header: Sequence[str], used: Sequence[int]) -> tuple[str, ...]:
    """Return a name for each used column; refuse twins.

    Messages give letters and not headers, as a file without a header has a person's values there.
    """
    if len(used) > MAX_COLUMNS:
        raise InputError(f"{name}: {len(used)} columns, more than {MAX_COLUMNS}: remove those that are not needed")
    seen: dict[str, int] = {}
    for index in used:
        text = " ".join(restored(header[index].strip()).split()) or f"column_{column_letter(index)}"
        if _CONTROL.search(text):
            raise InputError(
                f"{name}: the header of column {column_letter(index)} holds control characters: type it again"
            )
        if text in seen:
            raise InputError(
                f"{name}: columns {column_letter(seen[text])} and {column_letter(index)} have the same header: "
                "rename one or remove it"
            )
        seen[text] = index
    return tuple(seen)


def _cell_faults(columns: Sequence[pa.Array], names: Sequence[str], *, check_characters: bool) -> dict[int, str]:
    """Return the reason for each row (by position) that has a cell too long or with control characters."""
    faults: dict[int, str] = {}
    for name, column in zip(names, columns, strict=True):
        # Bytes are counted first as they cost nothing, and a text has never more characters than bytes.
        if (pc.max(pc.binary_length(column)).as_py() or 0) > MAX_CELL_CHARACTERS:
            _note(
                faults,
                pc.greater(pc.utf8_length(column), MAX_CELL_CHARACTERS),
                f"{name}: the cell holds more than {MAX_CELL_CHARACTERS:,} characters: shorten it",
            )
        if check_characters:
            _note(
                faults,
                pc.match_substring_regex(column, CONTROL_PATTERN),
                f"{name}: the cell holds control characters: type it again",
            )
    return faults


def _note(faults: dict[int, str], mask: pa.Array, reason: str) -> None:
    """Add the reason for the rows where the mask is true, unless they have one."""
    for index in np.flatnonzero(mask.fill_null(False).to_numpy(zero_copy_only=False)).tolist():
        faults.setdefault(index, reason)
