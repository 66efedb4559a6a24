from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopfloor.errors import InputError
from shopfloor.ingest.dates import DateOrder, parse_dates, tell_date_order

ORDERS: list[DateOrder | None] = ["iso", "dmy", "mdy", None]


def column(*texts: str | None) -> pa.Array:
    return pa.array(texts, pa.string())


def one_reason(text: str, order: DateOrder | None) -> str:
    parsed = parse_dates(column(text), order)
    assert parsed.values.to_pylist() == [None]
    reason: str = parsed.reasons[0].as_py()
    assert text not in reason
    return reason


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.sampled_from(ORDERS))
def test_iso_is_read_back_whatever_the_order(day: date, order: DateOrder | None) -> None:
    parsed = parse_dates(column(str(day), f"{day} 00:00:00", day.strftime("%Y/%m/%d"), day.strftime("%Y%m%d")), order)
    assert parsed.values.to_pylist() == [day] * 4
    assert parsed.values.type == pa.date32()


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.sampled_from("/.-"))
def test_a_stated_order_is_read_back(day: date, sign: str) -> None:
    day_first = column(f"{day.day}{sign}{day.month}{sign}{day.year}", day.strftime(f"%d{sign}%m{sign}%Y"))
    month_first = column(f"{day.month}{sign}{day.day}{sign}{day.year}", day.strftime(f"%m{sign}%d{sign}%Y"))
    assert parse_dates(day_first, "dmy").values.to_pylist() == [day, day]
    assert parse_dates(month_first, "mdy").values.to_pylist() == [day, day]


@pytest.mark.parametrize("text", ["2024-02-31", "2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31"])
def test_days_that_the_calendar_does_not_have_are_rejected(text: str) -> None:
    assert one_reason(text, "iso") == "is no day of the calendar"


def test_days_of_the_other_order_are_rejected() -> None:
    assert one_reason("31/02/2024", "dmy") == "is no day of the calendar"
    assert one_reason("12/31/2024", "dmy") == "is no day of the calendar"
    assert one_reason("31/12/2024", "mdy") == "is no day of the calendar"


@pytest.mark.parametrize("text", ["1899-12-31", "2201-01-01", "0204-05-06"])
def test_years_out_of_reach_are_rejected(text: str) -> None:
    assert one_reason(text, "iso") == "lies outside the years 1900 to 2200"


@pytest.mark.parametrize(
    "text", ["soon", "2024", "45292", "2024-05", "1/2-2024", "2024-05-06 noon", "٢٠٢٤-05-06", "5/6/20245"]
)
def test_what_is_no_date_is_rejected(text: str) -> None:
    assert one_reason(text, "dmy").startswith("is no date")


def test_an_order_that_is_not_known_is_asked_for_and_years_of_two_digits_are_refused() -> None:
    assert "say --dates dmy or mdy" in one_reason("03/04/2024", None)
    assert "say --dates dmy or mdy" in one_reason("03/04/2024", "iso")
    assert "two digits" in one_reason("03/04/24", "dmy")
    assert parse_dates(column("05/05/2024"), None).values.to_pylist() == [date(2024, 5, 5)]


def test_a_time_of_day_is_dropped_unless_it_hides_the_day() -> None:
    texts = column(
        "2024-06-16T14:30:00.123+02:00", "2024-06-16 7:05 PM", "2024-06-16T00:00:00Z", "16/06/2024 07:05", None
    )
    assert parse_dates(texts, "dmy").values.to_pylist() == [date(2024, 6, 16)] * 4 + [None]
    assert "UTC" in one_reason("2024-06-16T03:30:00Z", "iso")


def tell(rows: list[str | None], more: list[str | None] | None = None) -> DateOrder | None:
    columns = {"started_on": column(*rows), "ended_on": column(*(more or [None] * len(rows)))}
    return tell_date_order(columns, np.arange(2, len(rows) + 2), name="jobs.csv")


def test_the_order_is_told_by_any_day_above_12_in_the_file() -> None:
    assert tell(["03/04/2024", "05/06/2024"], [None, "31/12/2024"]) == "dmy"
    assert tell(["03/04/2024", "12/31/2024"]) == "mdy"
    assert tell(["2024-01-02", "03/04/2024", "13.04.2024"]) == "dmy"


def test_iso_and_twin_numbers_depend_on_no_order() -> None:
    assert tell(["2024-01-02", "05/05/2024", None]) == "iso"
    assert tell([None, None]) is None


def test_a_slip_does_not_tell_an_order() -> None:
    assert tell(["31/31/2024", "2024-01-02", "25/12/24"]) == "iso"


def test_an_order_that_cannot_be_told_is_asked_for() -> None:
    with pytest.raises(InputError) as caught:
        tell(["2024-01-02", "03/04/2024", "05/06/2024"])
    message = str(caught.value)
    assert message == "jobs.csv: day and month cannot be told apart (row 3, column started_on): say --dates dmy or mdy"


def test_mixed_orders_are_an_error_with_the_first_row_of_each() -> None:
    with pytest.raises(InputError) as caught:
        tell(["03/04/2024", "05/31/2024", "31/05/2024"], [None, None, "30/05/2024"])
    message = str(caught.value)
    assert "day first in row 4, column ended_on, the month first in row 3, column started_on" in message
    assert "2024" not in message


@given(st.lists(st.dates(date(1950, 1, 1), date(2050, 1, 1)), min_size=1), st.sampled_from(["dmy", "mdy"]))
def test_an_order_that_is_told_is_the_right_one(days: list[date], order: DateOrder) -> None:
    pattern = "%d/%m/%Y" if order == "dmy" else "%m/%d/%Y"
    texts = [day.strftime(pattern) for day in days]
    if all(day.day == day.month for day in days):
        assert tell([*texts]) == "iso"
    elif all(day.day <= 12 for day in days):
        with pytest.raises(InputError, match="cannot be told apart"):
            tell([*texts])
    else:
        assert tell([*texts]) == order
        assert parse_dates(column(*texts), order).values.to_pylist() == days
