"""Files dropped on the data page: held in memory until they are loaded or thrown away, and how to understand them."""

import base64
import csv
import io
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Final, cast, get_args

from shopfloor.errors import InputError, InterruptedWorkError, ShopfloorError, UsageError
from shopfloor.records import FILES
from shopfloor.service.importing import FileOptions, ImportOptions, ImportReport, headers_in
from shopfloor.service.nouns import DateOrder, Progress, neutralised
from shopfloor.service.values import to_day

MOST_FILES: Final = 40
MOST_BYTES: Final = 200_000_000
MOST_ROWS: Final = 1_500_000
MOST_CELLS: Final = 30_000_000
LONGEST_S: Final = 300
_MOST_WAITING: Final = 4
_PLACES: Final = threading.BoundedSemaphore(2)
_PLACE_WAIT_S: Final = 20
_ZIP: Final = b"PK\x03\x04"
_WORKBOOK: Final = ".xlsx"
_TEXTS: Final = (".csv", ".tsv", ".txt")
_DELIMITERS: Final = (b",", b";", b"\t", b"|")


@dataclass(slots=True, repr=False)
class Waiting:
    """Dropped files.

    Attributes
    ----------
    files : list of (str, bytes)
        Name and content; empty once they are loaded.
    rejects : str
        The rows that cannot be loaded, as CSV text.
    """

    files: list[tuple[str, bytes]]
    rejects: str = ""

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Waiting({len(self.files)} files)"

    def streams(self) -> list[tuple[str, io.BytesIO]]:
        """Return the files as they are imported."""
        return [(name, io.BytesIO(data)) for name, data in self.files]


@dataclass(slots=True, repr=False)
class Uploads:
    """What waits, by ticket; the oldest goes when there are too many."""

    _held: dict[str, Waiting] = field(default_factory=dict)

    def put(self, names: object, contents: object) -> str:
        """Hold files as the browser sends them (names, data addresses) and return their ticket.

        Raises
        ------
        InputError
            They did not arrive whole, are too large, or one is named as what it is not.
        """
        if not isinstance(names, list) or not isinstance(contents, list) or not contents:
            raise InputError("No file arrived. Drop it again.")
        try:
            files = [(_plain_name(n), _decoded(text)) for n, text in zip(names, contents, strict=True)]
        except (TypeError, ValueError) as error:
            raise InputError("A file did not arrive whole. Drop it again.") from error
        for name, data in files:
            _check_name(name, data)
        _check_size([data for _, data in files])
        while len(self._held) >= _MOST_WAITING:
            self._held.pop(next(iter(self._held)))
        ticket = secrets.token_urlsafe(16)
        self._held[ticket] = Waiting(files)
        return ticket

    def get(self, ticket: object) -> Waiting:
        """Return what waits under a ticket.

        Raises
        ------
        InputError
            Nothing does.
        """
        waiting = self._held.get(ticket) if isinstance(ticket, str) else None
        if waiting is None or not waiting.files:
            raise InputError("No file is waiting. Drop it again.")
        return waiting

    def rejects(self, ticket: object) -> str:
        """Return the rows that could not be loaded, as CSV text; empty where there are none."""
        waiting = self._held.get(ticket) if isinstance(ticket, str) else None
        return waiting.rejects if waiting else ""

    def drop(self, ticket: object) -> None:
        """Let go of files."""
        if isinstance(ticket, str):
            self._held.pop(ticket, None)


def _check_name(name: str, data: bytes) -> None:
    """Refuse a file whose ending is not one of ours, or says another kind of file than it is."""
    ending = PurePath(name.lower()).suffix
    if ending not in (*_TEXTS, _WORKBOOK):
        raise InputError(
            f"{name} ends with none of {', '.join((*_TEXTS, _WORKBOOK))}. Save it as one of these, or rename it if it "
            "is one."
        )
    is_workbook = data.startswith(_ZIP)
    if is_workbook is not (ending == _WORKBOOK):
        is_one, says = ("a workbook", "text") if is_workbook else ("no workbook", "a workbook")
        raise InputError(
            f"{name} is {is_one}, and its ending says it is {says}. Look where it comes from; if it is what you want, "
            "rename it."
        )


def _check_size(files: Sequence[bytes]) -> None:
    """Refuse what would keep a server busy for everybody; a workbook is looked into before it is read."""
    texts = [data for data in files if not data.startswith(_ZIP)]
    n_rows = sum(data.count(b"\n") + data.count(b"\r") for data in texts)
    n_cells = n_rows + sum(max(data.count(mark) for mark in _DELIMITERS) for data in texts)
    for n, most, what in (
        (len(files), MOST_FILES, "files"),
        (sum(map(len, files)), MOST_BYTES, "bytes"),
        (n_rows, MOST_ROWS, "rows"),
        (n_cells, MOST_CELLS, "cells"),
    ):
        if n > most:
            raise InputError(
                f"These files hold more than {most:,} {what} together. Nothing has changed. Load fewer at once, or use "
                "the command 'shopfloor import', which has no such bound."
            )


@contextmanager
def one_import() -> Iterator[Progress]:
    """Hold one of the few places for reading files, and stop what takes too long where it comes up for air.

    Raises
    ------
    InputError
        All places are taken.
    InterruptedWorkError
        It took too long.
    """
    if not _PLACES.acquire(timeout=_PLACE_WAIT_S):
        raise InputError("Others are loading files right now. Nothing has changed. Try again in a minute.")
    until = time.monotonic() + LONGEST_S

    def progress(_what: str, _done: int, _total: int) -> None:
        if time.monotonic() > until:
            raise InterruptedWorkError(
                f"Loading took longer than {LONGEST_S // 60} minutes and was stopped. Nothing has changed. "
                "Load fewer files at once, or use the command 'shopfloor import'."
            )

    try:
        yield progress
    finally:
        _PLACES.release()


def _plain_name(name: object) -> str:
    text = name if isinstance(name, str) else "file"
    return text.replace("\\", "/").rpartition("/")[2][:120] or "file"


def _decoded(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError("a file is sent as text")
    return base64.b64decode(text.partition(",")[2], validate=True)


def options_of(answers: Sequence[object], of_files: Sequence[tuple[object, object]] = ()) -> ImportOptions:
    """Return the answers of the form as options.

    Parameters
    ----------
    answers : sequence
        Of all files: kind, source, day of the list, how dates are written.
    of_files : sequence of (object, object)
        Of single files: a control's id (``file``, ``about``: ``kind``, ``dates`` or ``column``, and that ``column``)
        and what is chosen there; empty says nothing.

    Raises
    ------
    UsageError
        One does not fit.
    """
    kind, source, list_date, order = answers
    return ImportOptions(
        kind=_kind(kind),
        source=source.strip() if isinstance(source, str) else "",
        list_date=to_day("Day the list shows", list_date if isinstance(list_date, str) else None),
        dates=_order(order),
        of_files=_of_files(of_files),
    )


def _kind(value: object) -> str | None:
    if value and not (isinstance(value, str) and value in FILES):
        raise UsageError("A file is one of the kinds offered.")
    return str(value) if value else None


def _order(value: object) -> DateOrder | None:
    if value not in (None, "", *get_args(DateOrder)):
        raise UsageError("Dates are written in one of the ways offered.")
    return cast("DateOrder | None", value or None)


def _of_files(said: Sequence[tuple[object, object]]) -> dict[str, FileOptions]:
    found: dict[str, FileOptions] = {}
    for where, value in said:
        name, about, column = (
            where.get(key) if isinstance(where, dict) else None for key in ("file", "about", "column")
        )
        if not isinstance(name, str) or not isinstance(value, str) or not value:
            continue
        one = found.get(name, FileOptions())
        if about == "kind":
            found[name] = replace(one, kind=_kind(value))
        elif about == "dates":
            found[name] = replace(one, dates=_order(value))
        elif about == "column" and isinstance(column, str):
            found[name] = replace(one, mapping={**one.mapping, column: value})
    return found


def headers_of(waiting: Waiting) -> list[tuple[str, list[str]]]:
    """Return name and headers, once each, of every file that can be read."""
    found = []
    for name, stream in waiting.streams():
        try:
            found.append((name, list(dict.fromkeys(headers_in(name, stream)))))
        except ShopfloorError:
            continue
    return found


def rejects_text(report: ImportReport) -> str:
    """Return the rejected rows as CSV: file, row, reason and the cells that could be read; no formula among them."""
    columns = list(dict.fromkeys(name for *_, cells in report.rejected_cells for name in cells))
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["file", "row", "reason", *map(neutralised, columns)])
    for name, row, reason, cells in report.rejected_cells:
        told = [neutralised(cells.get(column) or "") for column in columns]
        writer.writerow([neutralised(name), row, neutralised(reason), *told])
    return stream.getvalue()
