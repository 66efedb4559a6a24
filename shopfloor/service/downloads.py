"""Exports that a browser downloads: packed in memory, so that nothing of them stays on the server's disk."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from shopfloor.errors import UsageError, near
from shopfloor.records import FILES
from shopfloor.service.agreed import agree, class_of, holdings, narrowed
from shopfloor.service.exporting import PreparedExport, about_lines, file_sheets, marked_for, one_line
from shopfloor.service.marks import Copy
from shopfloor.service.opening import OpenStore
from shopfloor.service.policy import Right
from shopfloor.service.pseudonyms import prepare_research_download
from shopfloor.service.sheets import workbook_of, zip_of
from shopfloor.service.viewer import Viewer

FORMS: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
"""Kinds of download by the ending of their name: a workbook, or the CSV files in one; with their media types."""


def prepare_download(
    store: OpenStore,
    form: str,
    made_for: str,
    *,
    fields: Collection[str] | None = None,
    extra: Collection[str] = (),
) -> PreparedExport[bytes]:
    """Make the nine files, as far as the viewer sees them, ready to be downloaded.

    Parameters
    ----------
    store : OpenStore
        What to export.
    form : str
        One of `FORMS`.
    made_for : str
        Recipient, whose mark it gets.
    fields, extra : collection of str
        As in `shopfloor.service.exporting.prepare_export`.

    Raises
    ------
    RefusedError
        The viewer may take nothing out.
    UsageError
        No recipient, another form, or an unknown field or class.
    """
    store.require(Right.EXPORT, Right.EXPORT_ALL)
    whom = one_line(made_for)
    if not whom:
        raise UsageError("Say who gets it: every copy is marked.")
    if form not in FORMS:
        raise UsageError(f"There is no download '{form}'{near(form, FORMS)}. Kinds: {', '.join(FORMS)}.")
    agreement = agree(fields, extra)
    sheets = narrowed(file_sheets(store), agreement)
    held = holdings(sheets)

    def write(copy: Copy) -> bytes:
        made = marked_for(sheets, copy)
        return workbook_of(made, about_lines(copy, held)) if form == "xlsx" else zip_of(made, copy.line)

    return PreparedExport(Path(_name("shopfloor", form)), agreement, held, whom, store, write)


def prepare_study(
    store: OpenStore, made_for: str, *, dates: str, units: str, has_assessments: bool
) -> tuple[PreparedExport[bytes], str]:
    """Make an export with pseudonyms ready to be downloaded, and say what stays identifying in it.

    Parameters and errors as in `shopfloor.service.pseudonyms.prepare_research`; the key is destroyed.
    """
    name = _name("shopfloor-pseudonyms", "zip")
    return prepare_research_download(store, name, made_for, dates=dates, units=units, has_assessments=has_assessments)


def fields_for(viewer: Viewer) -> list[str]:
    """Return the names of the fields, ids aside, that an export of this viewer's may hold, ascending."""
    classes = {(column, class_of(file, column)) for file in FILES.values() for column in file.columns}
    return sorted({column for column, privacy in classes if privacy != "key" and privacy in viewer.classes})


def _name(what: str, form: str) -> str:
    return f"{what}-{datetime.now(UTC).date().isoformat()}.{form}"
