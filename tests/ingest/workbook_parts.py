"""Workbooks for tests, sound ones by openpyxl and crooked ones by editing their zip."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]], edit: Callable[[Any], None] | None = None) -> bytes:
    """Return an XLSX with the rows of each sheet; `edit` may change the book before it is saved."""
    book = Workbook()
    del book["Sheet"]
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    if edit:
        edit(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(data: bytes, path: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return the package with one part changed, or added where it was not there."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        for name in dict.fromkeys([*names, path]):
            content = old.read(name) if name in names else b""
            new.writestr(name, change(content) if name == path else content)
    return stream.getvalue()
