"""Reading files: bytes in, raw tables out, whatever program wrote them.

What a file *is* is told by its first bytes, not by its name. Text goes to `delimited`, workbooks to `workbooks`;
all other things are refused with what to do about it.
"""

from pathlib import Path
from typing import BinaryIO

from shopfloor.errors import InputError
from shopfloor.ingest.delimited import read_delimited
from shopfloor.ingest.tables import BadRow, RawTable
from shopfloor.ingest.workbooks import read_workbook

__all__ = ["MAX_FILE_BYTES", "BadRow", "RawTable", "read_table"]

MAX_FILE_BYTES = 1_000_000_000
"""Size of the largest file that is read: some ten million assignments."""

_ZIP = b"PK"
_REFUSED = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "is an old .xls file, or is protected by a password: open it, take the password away, save it as .xlsx or CSV",
    ),
    (b"\x1f\x8b", "is compressed with gzip: unpack it first"),
    (b"%PDF", "is a PDF: copy its table into a spreadsheet and save that as CSV or XLSX"),
    (b"{\\rtf", "is a word processor's file: copy its table into a spreadsheet and save that as CSV or XLSX"),
    (b"<", "holds HTML or XML and no table: open it in a spreadsheet program and save it as .xlsx or CSV"),
)


def read_table(source: Path | BinaryIO, name: str) -> list[RawTable]:
    """Return the tables of a file: one for a text file, one for each sheet with rows of a workbook.

    Parameters
    ----------
    source : pathlib.Path or binary stream
        The file, or a stream that is read to its end (standard input, an upload).
    name : str
        What to call the file in messages and in `RawTable.name`.

    Returns
    -------
    list of RawTable
        Never empty, and each table has at least one row, good or bad.

    Raises
    ------
    InputError
        The file cannot be opened, is empty, holds a header only, is too large, is of another format, is damaged,
        or its encoding cannot be told. The message says what to do.
    """
    data = _read_bytes(source, name)
    if not data or data.isspace():
        raise InputError(f"{name}: the file is empty: export it again")
    if data.startswith(_ZIP):
        return read_workbook(data, name)
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for signature, reason in _REFUSED:
        if start.startswith(signature):
            raise InputError(f"{name}: {reason}")
    return [read_delimited(data, name)]


def _read_bytes(source: Path | BinaryIO, name: str) -> bytes:
    """Return the whole file, unless it is too large."""
    try:
        if isinstance(source, Path):
            with source.open("rb") as stream:
                data = stream.read(MAX_FILE_BYTES + 1)
        else:
            data = source.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror}): check the place and your rights") from error
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"{name}: larger than {MAX_FILE_BYTES // 1_000_000} MB: split it into several files")
    return data
