import csv
import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopfloor.ingest.formulas import neutralised, restored, restored_column
from shopfloor.ingest.readers import read_table

SIGNS = ["=1+1", "+1 555-0101", "-2", "@SUM(A1)", "\t=1", "\rx", "  =1", "\u3000=1", "\uff1dcmd", "\uff0b1", "\uff0d1"]
SIGNS += ["\uff20x", "\ufeff=1", "\u200b=1", "\xa0=1", "\n=1", "'=1", "''=1"]


@pytest.mark.parametrize("text", SIGNS)
def test_what_a_spreadsheet_would_compute_begins_with_an_apostrophe(text: str) -> None:
    assert neutralised(text) == f"'{text}"
    assert restored(f"'{text}") == text


@pytest.mark.parametrize("text", ["", "Ana", "O'Neil", "'tis", "1-2", "a=b", "x@example.org", "'"])
def test_what_it_would_not_compute_stays_as_it_is(text: str) -> None:
    assert neutralised(text) == text
    assert restored(text) == text


@given(st.text(alphabet=st.one_of(st.sampled_from("'=+-@\t\r\n \uff1d\u3000"), st.characters()), max_size=12))
def test_neutralising_can_be_turned_round_for_every_text(text: str) -> None:
    assert restored(neutralised(text)) == text
    assert neutralised(text).lstrip("'")[:1] not in set("=+-@\t\r") or neutralised(text).startswith("'")


def test_a_column_is_restored_and_nulls_stay() -> None:
    cells = pa.array(["'=1", None, "'tis", "x"], pa.string())
    assert restored_column(cells).to_pylist() == ["=1", None, "'tis", "x"]


def test_a_file_is_read_as_what_was_neutralised_in_it_header_too() -> None:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(map(neutralised, ["name", "=odd"]))
    writer.writerow(map(neutralised, ["=HYPERLINK(1)", "@x"]))
    table = read_table(io.BytesIO(stream.getvalue().encode()), "x.csv")[0]
    assert table.columns == ("name", "=odd")
    assert table.cells.to_pylist() == [{"name": "=HYPERLINK(1)", "=odd": "@x"}]
