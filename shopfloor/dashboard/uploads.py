"""Files dropped on the data page: held in memory until they are loaded or thrown away, and how to understand them."""

import base64
import csv
import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast, get_args

from shopfloor.errors import InputError, ShopfloorError, UsageError
from shopfloor.records import FILES
from shopfloor.service.importing import ImportOptions, ImportReport, headers_in
from shopfloor.service.nouns import DateOrder
from shopfloor.service.values import to_day

_MOST_WAITING: Final = 4


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
            They did not arrive whole.
        """
        if not isinstance(names, list) or not isinstance(contents, list) or not contents:
            raise InputError("No file arrived. Drop it again.")
        try:
            files = [(_plain_name(n), _decoded(text)) for n, text in zip(names, contents, strict=True)]
        except (TypeError, ValueError) as error:
            raise InputError("A file did not arrive whole. Drop it again.") from error
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


def _plain_name(name: object) -> str:
    text = name if isinstance(name, str) else "file"
    return text.replace("\\", "/").rpartition("/")[2][:120] or "file"


def _decoded(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError("a file is sent as text")
    return base64.b64decode(text.partition(",")[2], validate=True)


def options_of(answers: Sequence[object], mapping: Sequence[tuple[object, object]]) -> ImportOptions:
    """Return the answers of the form as options: kind, source, day of the list, how dates are written; columns.

    Raises
    ------
    UsageError
        One does not fit.
    """
    kind, source, list_date, order = answers
    if order not in (None, "", *get_args(DateOrder)):
        raise UsageError("Dates are written in one of the ways offered.")
    if kind and kind not in FILES:
        raise UsageError("A file is one of the kinds offered.")
    return ImportOptions(
        kind=str(kind) if kind else None,
        source=source.strip() if isinstance(source, str) else "",
        list_date=to_day("Day the list shows", list_date if isinstance(list_date, str) else None),
        dates=cast("DateOrder | None", order or None),
        mapping={
            column: name for column, name in mapping if isinstance(column, str) and isinstance(name, str) and name
        },
    )


def headers_of(waiting: Waiting) -> list[str]:
    """Return the headers of all files, once each; none of a file that cannot be read."""
    found: list[str] = []
    for name, stream in waiting.streams():
        try:
            found += headers_in(name, stream)
        except ShopfloorError:
            continue
    return list(dict.fromkeys(found))


def rejects_text(report: ImportReport) -> str:
    """Return the rejected rows as CSV: file, row, reason and the cells that could be read."""
    columns = list(dict.fromkeys(name for *_, cells in report.rejected_cells for name in cells))
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["file", "row", "reason", *columns])
    for name, row, reason, cells in report.rejected_cells:
        writer.writerow([name, row, reason, *(cells.get(column) for column in columns)])
    return stream.getvalue()
