"""Text tables: comma, semicolon, tab or pipe between the fields, quotes around those that need them.

A *record* is what a spreadsheet shows as one row: it may span several lines of the file where a quoted field holds
line breaks. Clean files go through Arrow's parser on all processors; a file with rows of the wrong length is parsed
once more in order, as only then does Arrow know the numbers of those rows.
"""

import csv
import io
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv

from shopfloor.errors import InputError
from shopfloor.ingest.encodings import to_utf8
from shopfloor.ingest.tables import MAX_COLUMNS, BadRow, IntArray, RawTable, build_table

_DELIMITERS = ",;\t|"
_HEAD_BYTES = 1_000_000
_SAMPLE_RECORDS = 100
# Excel writes and obeys such a first line, and does not show it.
_SEPARATOR_LINE = re.compile(r'\A"?sep=(?P<delimiter>[,;\t|])"?(\r\n|\n|\r)')
_TAB, _LINE, _RETURN, _FIRST_PRINTABLE = b"\t\n\r "
_PIECE_BYTES = 1 << 20  # what fits into a processor's cache
_BLOCK_BYTES = 4 << 20  # for Arrow's parser; 1.4 times as fast as with its own choice, a quarter of this
_C1 = re.compile(b"\xc2[\x80-\x9f]")
# Stands alone in the last row that Arrow sees of a file with quotes; when it does not, an open one has swallowed the
# end of the file.
_END = "\x1e"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the fields are: the delimiter, the header, its row number, and the byte where the rows begin."""

    delimiter: str
    header: tuple[str, ...]
    header_row: int
    offset: int


def read_delimited(data: bytes, name: str) -> RawTable:
    """Return the table of a text file.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What to call it in messages.

    Raises
    ------
    InputError
        The encoding cannot be told, there is a header only, or a quote is never closed.
    """
    data, encoding = to_utf8(data, name)
    layout = _find_layout(data, name)
    columns, row_numbers, bad_rows = _parse(data, layout, name)
    table = build_table(
        name,
        layout.header,
        columns,
        row_numbers,
        bad_rows,
        encoding=encoding,
        check_characters=_has_controls(data),
    )
    if table.n_read == 0:
        raise InputError(f"{name}: there is a header and no row under it: export the file again with its rows")
    return table


def _has_controls(data: bytes) -> bool:
    """Tell whether a control character is anywhere in the text; far cheaper than asking cell by cell."""
    codes = np.frombuffer(data, dtype=np.uint8)
    for start in range(0, len(codes), _PIECE_BYTES):
        piece = codes[start : start + _PIECE_BYTES]
        if ((piece < _FIRST_PRINTABLE) & (piece != _TAB) & (piece != _LINE) & (piece != _RETURN)).any():
            return True
    return b"\x7f" in data or (not data.isascii() and _C1.search(data) is not None)


def _find_layout(data: bytes, name: str) -> _Layout:
    """Return the delimiter and the header, which is the first record with anything in it."""
    head = data[:_HEAD_BYTES].decode(errors="ignore")  # the cut may go through a character
    line = _SEPARATOR_LINE.match(head)
    start = line.end() if line else 0
    head = head[start:]
    delimiter = line["delimiter"] if line else _find_delimiter(head)
    lines = list(io.StringIO(head, newline=""))
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        row, header = next((row, record) for row, record in enumerate(reader, 1) if any(map(str.strip, record)))
    except StopIteration:
        raise InputError(f"{name}: the file is empty: export it again") from None
    except csv.Error as error:
        raise InputError(f"{name}: the header cannot be read: look for a quote that is never closed") from error
    if reader.line_num == len(lines) and len(data) > _HEAD_BYTES:
        raise InputError(f"{name}: the header is longer than {_HEAD_BYTES:,} bytes: shorten it")
    if len(header) > MAX_COLUMNS:
        raise InputError(f"{name}: {len(header)} columns, more than {MAX_COLUMNS}: remove those that are not needed")
    offset = start + sum(len(line.encode()) for line in lines[: reader.line_num])
    return _Layout(delimiter, tuple(header), row, offset)


def _find_delimiter(head: str) -> str:
    """Return the delimiter that splits the header most and the first records alike; a comma for one column."""
    return max(_DELIMITERS, key=lambda delimiter: _delimiter_score(head, delimiter))


def _delimiter_score(head: str, delimiter: str) -> float:
    """Return (fields of the header - 1) x share of the first records that have as many fields."""
    lengths = [len(record) for record in _sample_records(head, delimiter)]
    if not lengths:
        return 0.0
    return (lengths[0] - 1) * lengths.count(lengths[0]) / len(lengths)


def _sample_records(head: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the first records that are not blank, up to one that cannot be read."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    n_seen = 0
    while n_seen < _SAMPLE_RECORDS:
        try:
            record = next(reader)
        except (StopIteration, csv.Error):
            return
        if any(map(str.strip, record)):
            n_seen += 1
            yield record


def _parse(data: bytes, layout: _Layout, name: str) -> tuple[list[pa.Array], IntArray, list[BadRow]]:
    """Return the columns, the number of each row and the rows with the wrong number of fields."""
    rows = memoryview(data)[layout.offset :]
    is_guarded = data.find(b'"', layout.offset) >= 0 or not rows
    text = _guarded(rows, layout) if is_guarded else rows
    try:
        table, bad = _parse_in_parallel(text, layout, has_quotes=is_guarded), dict[int, str]()
    except pa.ArrowInvalid:
        table, bad = _parse_in_order(text, layout, name)
    n_records = table.num_rows + len(bad)
    numbers = np.delete(np.arange(1, n_records + 1), np.array(sorted(bad), dtype=np.int64) - 1)
    if is_guarded:
        table, numbers = _unguarded(table, numbers, n_records, layout, name)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        columns = list(pool.map(pa.ChunkedArray.combine_chunks, table.columns))
    bad_rows = [BadRow(layout.header_row + number, reason) for number, reason in bad.items() if reason]
    return columns, numbers + layout.header_row, bad_rows


def _guarded(rows: memoryview, layout: _Layout) -> bytes:
    """Return the rows and one more, which is found again unless a quote was left open."""
    break_before = b"" if rows[-1:].tobytes() in {b"\n", b"\r"} else b"\n"
    return b"".join((rows, break_before, (_END + layout.delimiter * (len(layout.header) - 1)).encode()))


def _unguarded(
    table: pa.Table, numbers: IntArray, n_records: int, layout: _Layout, name: str
) -> tuple[pa.Table, IntArray]:
    last = table.num_rows - 1
    if last < 0 or numbers[last] != n_records or table.column(0)[last].as_py() != _END:
        raise InputError(
            f"{name}: a quote that is opened in row {layout.header_row + n_records} is never closed: "
            "close it or remove it"
        )
    return table.slice(0, last), numbers[:last]


def _parse_in_parallel(text: bytes | memoryview, layout: _Layout, *, has_quotes: bool) -> pa.Table:
    """Return the rows of a clean file; `pyarrow.ArrowInvalid` when any row or cell is out of the ordinary."""
    # Where no cell holds a line break the file is cut into blocks at any of them, which is quicker.
    options = pa.csv.ReadOptions(use_threads=True, block_size=_BLOCK_BYTES)
    return _read_csv(text, layout, options, lambda _row: "error", may_span_lines=has_quotes)


def _parse_in_order(text: bytes | memoryview, layout: _Layout, name: str) -> tuple[pa.Table, dict[int, str]]:
    """Return the good rows and, by record number, why the others are bad (an empty reason: the row is blank)."""
    bad: dict[int, str] = {}

    def note(row: pa.csv.InvalidRow) -> str:
        bad[row.number] = _length_fault(row, layout.delimiter)
        return "skip"

    # One block, as a cell may not straddle two.
    options = pa.csv.ReadOptions(use_threads=False, block_size=len(text) + 1)
    try:
        return _read_csv(text, layout, options, note, may_span_lines=True), bad
    except pa.ArrowInvalid as error:
        raise InputError(f"{name}: cannot be read as a table: open it in a spreadsheet program and save it") from error


def _length_fault(row: pa.csv.InvalidRow, delimiter: str) -> str:
    """Say why a row of the wrong length is bad, without its words; nothing when no field of it says anything."""
    if not row.text.strip(f'{delimiter}" \t\r\n'):
        return ""
    reason = f"{row.actual_columns} fields where the header has {row.expected_columns}: check delimiters and quotes"
    return f"{reason} (a quote may be open: the row spans several lines)" if "\n" in row.text.strip() else reason


def _read_csv(
    text: bytes | memoryview,
    layout: _Layout,
    options: pa.csv.ReadOptions,
    on_bad_row: object,
    *,
    may_span_lines: bool,
) -> pa.Table:
    """Return all columns as strings, named by position as headers may be empty or twins."""
    options.column_names = [str(position) for position in range(len(layout.header))]
    return pa.csv.read_csv(
        pa.BufferReader(text),
        read_options=options,
        parse_options=pa.csv.ParseOptions(
            delimiter=layout.delimiter,
            newlines_in_values=may_span_lines,
            ignore_empty_lines=False,  # they have row numbers too
            invalid_row_handler=on_bad_row,
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(options.column_names, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,  # it is, see `to_utf8`
        ),
    )
