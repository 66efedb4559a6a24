"""Dates: ISO always, day/month or month/day where the file's order is known, and that order told from the file.

03/04/2024 is two different days. The order is taken from days above 12 anywhere in the file, or said by the user;
it is never guessed.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import InputError
from shopfloor.ingest.tables import IntArray
from shopfloor.ingest.values import BadValueError, Parsed, flat, parse_distinct

DateOrder = Literal["iso", "dmy", "mdy"]

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years that a date may lie in, both included: others are slips of the keyboard."""

_YEAR_FIRST = re.compile(r"(\d{4})([-/.]?)(\d\d)\2(\d\d)(?:[T ]+(.+))?", re.ASCII)
_YEAR_FIRST_SHORT = re.compile(r"(\d{4})([-/.])(\d\d?)\2(\d\d?)(?:[T ]+(.+))?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d\d?)([-/.])(\d\d?)\2(\d{4}|\d\d)(?:[T ]+(.+))?", re.ASCII)
_TIME = re.compile(
    r"(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?: ?[AP]M)?(?P<zone>Z|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE
)
_MIDNIGHT = re.compile(r"00?:00(?::00(?:\.0+)?)?Z?", re.ASCII)
_MONTHS = 12
_SHORT_YEAR = 2


def parse_dates(column: pa.Array | pa.ChunkedArray, order: DateOrder | None) -> Parsed:
    """Return the dates (date32) of a column.

    Year first is always understood: 2024-03-05, 2024-3-5, 2024/03/05, 2024.03.05, 20240305. With an order, so are
    5/3/2024, 05.03.2024 and 05-03-2024. A time of day after it is dropped, as the day written is the day meant; only
    a time in UTC other than midnight is refused, since the day at the place cannot be told. Years of two digits are
    refused: nothing says which century.

    Parameters
    ----------
    column : pyarrow string array
        Stripped texts, null where empty.
    order : {"iso", "dmy", "mdy"} or None
        Order of the file (see `tell_date_order`). None: not known, which refuses days that depend on it.
    """

    def parse(text: str) -> date:
        found = _YEAR_LAST.fullmatch(text)
        return _parse_year_last(found, order) if found else _parse_year_first(text)

    return parse_distinct(column, parse, pa.date32())


def _parse_year_first(text: str) -> date:
    found = _YEAR_FIRST.fullmatch(text) or _YEAR_FIRST_SHORT.fullmatch(text)
    if not found:
        raise BadValueError("is no date (write it as YYYY-MM-DD)")
    _check_time(found[5])
    return _date(int(found[1]), int(found[3]), int(found[4]))


def _parse_year_last(found: re.Match[str], order: DateOrder | None) -> date:
    first, second, year = int(found[1]), int(found[3]), found[4]
    if order == "iso":
        raise BadValueError("is no ISO date (write it as YYYY-MM-DD, or say --dates dmy or mdy)")
    if len(year) == _SHORT_YEAR:
        raise BadValueError("is a date whose year has two digits: write all four")
    if order is None and first != second:
        raise BadValueError("is a date in which day and month cannot be told apart: say --dates dmy or mdy")
    _check_time(found[5])
    day, month = (second, first) if order == "mdy" else (first, second)
    return _date(int(year), month, day)


def _check_time(text: str | None) -> None:
    if text is None:
        return
    found = _TIME.fullmatch(text)
    if not found:
        raise BadValueError("is no date (write it as YYYY-MM-DD)")
    if (found["zone"] or "").upper() == "Z" and not _MIDNIGHT.fullmatch(text):
        raise BadValueError("is a time in UTC, which does not tell the day at the place: write the date alone")


def _date(year: int, month: int, day: int) -> date:
    try:
        value = date(year, month, day)
    except ValueError:
        raise BadValueError("is no day of the calendar") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadValueError(f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return value


def tell_date_order(
    columns: Mapping[str, pa.Array | pa.ChunkedArray], row_numbers: IntArray, *, name: str = "file"
) -> DateOrder | None:
    """Return the order of day and month in a file, from all its date columns together.

    Parameters
    ----------
    columns : mapping of str to pyarrow string array
        The date columns by name, equally long.
    row_numbers : numpy.ndarray of int64
        Number of each row in the file, for messages.
    name : str
        What to call the file in messages.

    Returns
    -------
    {"iso", "dmy", "mdy"} or None
        ``"iso"``: no date depends on an order. None: there is no date.

    Raises
    ------
    InputError
        Both orders occur, or dates depend on the order and no day above 12 shows it.
    """
    texts = {column: flat(cells) for column, cells in columns.items()}
    shown = {text: order for cells in texts.values() for text, order in _shown_orders(cells)}
    by_order = {order: [text for text, shows in shown.items() if shows == order] for order in set(shown.values())}
    if "dmy" in by_order and "mdy" in by_order:
        places = [_first_place(by_order[order], texts, row_numbers) for order in ("dmy", "mdy")]
        raise InputError(
            f"{name}: dates in two orders: the day first in {places[0]}, the month first in {places[1]}: "
            "write all as YYYY-MM-DD, or say --dates dmy or mdy and the others are rejected"
        )
    for order in ("dmy", "mdy"):
        if order in by_order:
            return "dmy" if order == "dmy" else "mdy"
    if "either" in by_order:
        place = _first_place(by_order["either"], texts, row_numbers)
        raise InputError(f"{name}: day and month cannot be told apart ({place}): say --dates dmy or mdy")
    return "iso" if any(cells.null_count < len(cells) for cells in texts.values()) else None


def _shown_orders(cells: pa.Array) -> Iterator[tuple[str, str]]:
    """Yield the texts that depend on an order and the order they show: dmy, mdy or either."""
    for text in cells.unique().drop_null().to_pylist():
        found = _YEAR_LAST.fullmatch(text)
        if not found or found[1] == found[3] or len(found[4]) == _SHORT_YEAR:
            continue
        is_day = int(found[1]) > _MONTHS, int(found[3]) > _MONTHS
        if is_day != (True, True):
            yield text, {(True, False): "dmy", (False, True): "mdy"}.get(is_day, "either")


def _first_place(wanted: list[str], texts: Mapping[str, pa.Array], row_numbers: IntArray) -> str:
    """Return the row and column of the first of the wanted texts."""
    rows = {
        column: pc.index(pc.is_in(cells, value_set=pa.array(wanted, pa.string())), True).as_py()
        for column, cells in texts.items()
    }
    row, column = min((index, column) for column, index in rows.items() if index >= 0)
    return f"row {row_numbers[row]}, column {column}"
