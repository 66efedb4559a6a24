"""Tables on their way out and back in: CSV folders and workbooks in which nothing is computed, and any export read."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from shopfloor.errors import InputError, StoreUnavailableError, UsageError
from shopfloor.ingest.formulas import neutralised
from shopfloor.ingest.readers import read_table
from shopfloor.records import FILES
from shopfloor.service.agreed import Sheet
from shopfloor.service.values import plain

MAX_CELL: Final = 32_767
"""Characters that a cell of a workbook holds."""

MAX_ROWS: Final = 1_048_575
"""Rows under the header that a sheet of a workbook holds."""

ABOUT: Final = "about"
"""Sheet of a workbook that says for whom it was made: one row, so that an import passes over it."""

TABLES: Final = (".csv", ".xlsx", ".tsv", ".txt")


@contextmanager
def new_file(place: Path) -> Iterator[Path]:
    """Give a path beside the wanted one; it gets that name when it is whole, and goes if it does not get so far."""
    draft = place.with_name(f".{place.stem}.part{place.suffix}")
    try:
        yield draft
        draft.replace(place)
    except OSError as error:
        raise StoreUnavailableError(f"{place} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


def to_cell(value: Any) -> Any:  # noqa: ANN401 - whatever a record holds
    """Return a value as a cell holds it: numbers as they are, truth in words, no text that is computed."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    value = plain(value)
    return neutralised(value) if isinstance(value, str) else value


def write_folder(folder: Path, sheets: Iterable[Sheet], mark: str = "") -> list[Path]:
    """Write each sheet as a CSV file; a mark becomes the header of an empty last column.

    Raises
    ------
    StoreUnavailableError
        They cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailableError(f"{folder} cannot be written: {error.strerror}.") from error
    written = []
    for sheet in sheets:
        path = folder / f"{sheet.name}.csv"
        with new_file(path) as draft, draft.open("w", newline="", encoding="utf-8") as stream:
            _write_rows(stream, sheet, mark)
        written.append(path)
    return written


def _write_rows(stream: IO[str], sheet: Sheet, mark: str) -> None:
    writer = csv.writer(stream)
    writer.writerow([*map(neutralised, sheet.columns), *([neutralised(mark)] if mark else [])])
    writer.writerows(
        [*(to_cell(row.get(name)) for name in sheet.columns), *([None] if mark else [])] for row in sheet.rows
    )


def zip_of(sheets: Iterable[Sheet], mark: str = "", texts: Mapping[str, str] | None = None) -> bytes:
    """Return a ZIP of what `write_folder` writes, and of other texts by file name; nothing touches the disk."""
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as box:
        for sheet in sheets:
            with TextIOWrapper(box.open(f"{sheet.name}.csv", "w"), encoding="utf-8", newline="") as stream:
                _write_rows(stream, sheet, mark)
        for name, text in (texts or {}).items():
            box.writestr(name, text)
    return held.getvalue()


def write_workbook(path: Path, sheets: Sequence[Sheet], about: Sequence[str]) -> list[Path]:
    """Write the sheets of one workbook, every text as text, and first one that says what it is.

    Raises
    ------
    UsageError
        A cell or a sheet is larger than a workbook holds.
    StoreUnavailableError
        It cannot be written.
    """
    with new_file(path) as draft:
        draft.write_bytes(workbook_of(sheets, about))
    return [path]


def workbook_of(sheets: Sequence[Sheet], about: Sequence[str]) -> bytes:
    """Return a workbook as `write_workbook` writes it.

    Raises
    ------
    UsageError
        A cell or a sheet is larger than a workbook holds.
    """
    from shopfloor.service.workbooks import pack  # noqa: PLC0415 - a tenth of a second that only this format needs

    pages: list[tuple[str, Iterable[list[Any]]]] = [(ABOUT, [[neutralised(text) for text in about]])]
    for sheet in sheets:
        if len(sheet.rows) > MAX_ROWS:
            raise UsageError(f"{sheet.name} has more rows than a workbook holds. Export to a folder instead.")
        pages.append((sheet.name, _lines_of(sheet)))
    return pack(pages)


def _lines_of(sheet: Sheet) -> Iterator[list[Any]]:
    yield [neutralised(name) for name in sheet.columns]
    for row in sheet.rows:
        yield [_fitting(to_cell(row.get(name)), sheet.name, name) for name in sheet.columns]


def _fitting(value: Any, sheet: str, column: str) -> Any:  # noqa: ANN401 - whatever a record holds
    if isinstance(value, str) and len(value) > MAX_CELL:
        raise UsageError(f"A cell of {sheet}.{column} is longer than a workbook holds. Export to a folder instead.")
    return value


def read_sheets(path: Path) -> list[Sheet]:
    """Return the tables of an export, whatever was done to it since: a folder, CSV, XLSX, JSON, GraphML or GEXF.

    Raises
    ------
    InputError
        It cannot be read.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in TABLES and not file.name.startswith("."))
        return [sheet for file in files if file.suffix != ".txt" for sheet in read_sheets(file)]
    if path.suffix in (".graphml", ".gexf"):
        return _graph_sheets(path)
    if path.suffix == ".json":
        return _json_sheets(path)
    found = []
    for table in read_table(path, path.name):
        name = _likely_name(table.columns, table.name.rpartition(" sheet ")[2].removesuffix(path.suffix))
        found.append(Sheet(name, table.columns, table.cells.to_pylist()))
    return found


def _likely_name(columns: Sequence[str], name: str) -> str:
    """Return the kind of file a table is by its own name, else the one whose columns it has most of."""
    if name in FILES:
        return name
    return max(FILES, key=lambda file: len(set(FILES[file].columns) & set(columns)))


def _json_sheets(path: Path) -> list[Sheet]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        records: Mapping[str, list[dict[str, Any]]] = held["records"]
        return [Sheet(name, tuple(rows[0]), rows) for name, rows in records.items() if rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path.name}: is no export of Shopfloor as JSON.") from error


def _graph_sheets(path: Path) -> list[Sheet]:
    import networkx as nx  # noqa: PLC0415 - half a second that only these formats need

    text = path.read_text(encoding="utf-8", errors="replace")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InputError(f"{path.name}: holds declarations that no export has, so it is not read.")
    try:
        graph = (nx.read_graphml if path.suffix == ".graphml" else nx.read_gexf)(path)
    except Exception as error:  # a damaged file surfaces as nearly any exception of the library
        raise InputError(f"{path.name}: cannot be read as a graph.") from error
    people = [{**data, "person_id": node} for node, data in graph.nodes(data=True)]
    ties = [{"person_id": one, "other_id": other} for one, other in graph.edges()]
    return [
        Sheet("people", tuple(dict.fromkeys(name for row in people for name in row)), people),
        Sheet("connections", ("person_id", "other_id"), ties),
    ]


VISIBLE: Final = re.compile(r"made for (?P<whom>.{1,200}?) on (?P<day>\d{4}-\d\d-\d\d), copy (?P<copy>\d{1,9})")


def visible_copies(path: Path) -> list[int]:
    """Return the numbers of the copies that a file says it is, ascending; one that was edited may say none or another.

    Raises
    ------
    InputError
        It cannot be read.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    found = {int(match["copy"]) for file in files if file.is_file() for match in VISIBLE.finditer(_text_of(file))}
    return sorted(found)


def _text_of(path: Path) -> str:
    if path.suffix != ".xlsx":
        return path.read_text(encoding="utf-8", errors="replace")
    from openpyxl import load_workbook  # noqa: PLC0415 - a tenth of a second that only this format needs

    try:
        book = load_workbook(path, read_only=True)
        return "\n".join(str(row[0]) for page in book for row in page.iter_rows(max_row=1, values_only=True) if row)
    except Exception as error:  # a damaged workbook surfaces as nearly any exception of the library
        raise InputError(f"{path.name}: cannot be read as a workbook.") from error
