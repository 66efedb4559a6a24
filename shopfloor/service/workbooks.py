"""Workbooks packed in memory: what they hold must not lie in a temporary file, not even for a moment."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter


class _Page(WorksheetWriter):  # type: ignore[misc]
    """A sheet on its way out; the library's own goes by way of a file in the temporary folder."""

    def cleanup(self) -> None:
        """Remove nothing: there is no file."""


class _Archive(ZipFile):
    """Takes the sheets from memory, where the library names their files."""

    def write(self, filename: Any, arcname: Any = None, *_: Any) -> None:  # noqa: ANN401 - as the library calls it
        """Add a sheet."""
        self.writestr(arcname, filename.getvalue())


def pack(pages: Iterable[tuple[str, Iterable[list[Any]]]]) -> bytes:
    """Return a workbook of named sheets, row by row."""
    book = Workbook(write_only=True)
    for name, rows in pages:
        page = book.create_sheet(name)
        page._writer = _Page(page, BytesIO())  # noqa: SLF001 - the one place where a sheet says what it is written to
        page._writer.write_top()  # noqa: SLF001 - as the library does after making its own
        for row in rows:
            page.append(row)
    held = BytesIO()
    ExcelWriter(book, _Archive(held, "w", ZIP_DEFLATED)).save()
    return held.getvalue()
