import codecs
import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopfloor.errors import InputError
from shopfloor.ingest import readers
from shopfloor.ingest.readers import RawTable, read_table
from shopfloor.ingest.tables import MAX_CELL_CHARACTERS, MAX_COLUMNS

PEOPLE = "person_id,name,shift\n1,Ana Ruiz,day\n2,Bo Lind,night\n"


def read(data: bytes | str, name: str = "people.csv") -> RawTable:
    tables = read_table(io.BytesIO(data.encode() if isinstance(data, str) else data), name)
    assert len(tables) == 1
    return tables[0]


def rows(table: RawTable) -> list[tuple[str | None, ...]]:
    return list(zip(*(column.to_pylist() for column in table.cells.columns), strict=True))


def refusal(data: bytes | str) -> str:
    with pytest.raises(InputError) as caught:
        read(data)
    message = str(caught.value)
    assert message.startswith("people.csv: ")
    return message


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_file(delimiter: str) -> None:
    table = read(PEOPLE.replace(",", delimiter))
    assert table.columns == ("person_id", "name", "shift")
    assert rows(table) == [("1", "Ana Ruiz", "day"), ("2", "Bo Lind", "night")]


def test_commas_inside_the_notes_of_a_semicolon_file_do_not_mislead() -> None:
    table = read("person_id;notes\n1;likes tea, coffee, and talk\n2;left, came back\n")
    assert table.columns == ("person_id", "notes")
    assert rows(table)[1] == ("2", "left, came back")


def test_the_separator_line_of_excel_is_obeyed_and_not_counted() -> None:
    table = read("sep=|\nperson_id|name, as known\n1|Ana\n")
    assert table.columns == ("person_id", "name, as known")
    assert table.row_numbers.tolist() == [2]


def test_one_column_is_a_table() -> None:
    assert rows(read("person_id\n7\n8\n")) == [("7",), ("8",)]


@pytest.mark.parametrize(
    ("bom", "encoding", "said"),
    [
        (b"", "utf-8", "utf-8"),
        (codecs.BOM_UTF8, "utf-8", "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
        (b"", "cp1252", "cp1252"),
    ],
)
def test_accented_names_come_out_right_in_every_encoding(bom: bytes, encoding: str, said: str) -> None:
    table = read(bom + "person_id,name\n1,José Muñoz\n2,Été Lefèvre; “Zoë” Mª\n".encode(encoding))
    assert table.columns == ("person_id", "name")
    assert table.cells["name"].to_pylist() == ["José Muñoz", "Été Lefèvre; “Zoë” Mª"]
    assert table.encoding == said


def test_a_long_list_in_another_alphabet_is_read() -> None:
    text = "person_id,name\n" + "".join(f"{row},Мария Сидорова\n" for row in range(20))
    table = read(text.encode("cp1251"))
    assert set(table.cells["name"].to_pylist()) == {"Мария Сидорова"}
    assert table.encoding == "cp1251"


@pytest.mark.parametrize("encoding", ["cp437", "shift_jis", "cp1251"])
def test_an_encoding_that_cannot_be_told_is_asked_for(encoding: str) -> None:
    name = {"cp437": "José Muñoz", "shift_jis": "山田", "cp1251": "Иван"}[encoding]
    assert "save the file as CSV UTF-8" in refusal(f"person_id,name\n1,{name}\n".encode(encoding))


def test_a_header_that_never_ends_is_an_error() -> None:
    assert "header is longer" in refusal(",".join(["x" * 100_000] * 12) + "\n1\n")


def test_row_numbers_are_those_a_spreadsheet_shows() -> None:
    text = '\n,,\nperson_id,name,notes\n1,Ana,"two\nlines"\n\n2,Bo,short\n , ,\n3,Cy,x\n'
    table = read(text)
    assert table.cells["person_id"].to_pylist() == ["1", "2", "3"]
    assert table.row_numbers.tolist() == [4, 6, 8]
    assert table.bad_rows == ()


def test_rows_with_too_many_or_too_few_fields_are_reported_and_not_lost() -> None:
    table = read('person_id,name\n1,Ana\n2\n\n3,"a\nb",c\n4,Di\n,,,\n')
    assert table.cells["person_id"].to_pylist() == ["1", "4"]
    assert table.row_numbers.tolist() == [2, 6]
    assert [(bad.row, bad.reason.split(":")[0]) for bad in table.bad_rows] == [
        (3, "1 fields where the header has 2"),
        (5, "3 fields where the header has 2"),
    ]
    assert "several lines" in table.bad_rows[1].reason
    assert table.n_read == 4


def test_row_numbers_of_bad_rows_hold_in_a_file_of_many_blocks() -> None:
    lines = [f"{row},name {row}" if row % 1000 else f"{row}" for row in range(2, 200_002)]
    table = read("person_id,name\n" + "\n".join(lines))
    assert [bad.row for bad in table.bad_rows] == list(range(1000, 200_001, 1000))
    assert table.cells["person_id"].to_pylist() == [str(number) for number in table.row_numbers]
    assert table.n_read == 200_000


def test_a_quote_that_is_never_closed_is_an_error_and_does_not_swallow_rows() -> None:
    assert "opened in row 3 is never closed" in refusal('person_id,name\n1,Ana\n2,"Bo\n3,Cy\n4,Di\n')


def test_a_quote_left_open_in_the_header_is_an_error() -> None:
    assert "quote" in refusal('person_id,"name\n' + "1,Ana\n" * 60_000)


def test_white_space_around_cells_and_headers_goes_and_what_is_empty_is_null() -> None:
    table = read(' person_id , full\tname \n 1 ,"  "\n2,\N{NO-BREAK SPACE}Bo \n'.replace("\t", " "))
    assert table.columns == ("person_id", "full name")
    assert rows(table) == [("1", None), ("2", "Bo")]


def test_words_that_mean_missing_elsewhere_stay_words() -> None:
    assert rows(read("person_id,name\n1,Null\n2,NA\n")) == [("1", "Null"), ("2", "NA")]


def test_a_column_without_header_is_called_by_its_letter_if_it_holds_anything() -> None:
    table = read("person_id,,,\n1,,crew boss,\n")
    assert table.columns == ("person_id", "column_C")
    assert rows(table) == [("1", "crew boss")]


def test_twin_headers_are_refused_by_their_letters() -> None:
    message = refusal("person_id,Ana Ruiz,shift,Ana Ruiz\n1,a,b,c\n")
    assert "columns B and D have the same header" in message
    assert "Ruiz" not in message


def test_control_characters_reject_their_row_only() -> None:
    table = read("person_id,name\n1,An\x00a\n2,Bo\n3,C\x1by\n4,D\x85i\n5,E\x7fd\n")
    assert rows(table) == [("2", "Bo")]
    assert [bad.row for bad in table.bad_rows] == [2, 4, 5, 6]
    assert {bad.reason for bad in table.bad_rows} == {"name: the cell holds control characters: type it again"}


def test_control_characters_in_a_header_are_an_error() -> None:
    assert "header of column B" in refusal("person_id,na\x07me\n1,Ana\n")


def test_a_cell_of_ten_megabytes_rejects_its_row_only() -> None:
    table = read(f"person_id,notes\n1,{'x' * 10_000_000}\n2,ok\n")
    assert rows(table) == [("2", "ok")]
    assert [bad.row for bad in table.bad_rows] == [2]
    assert "more than 100,000 characters" in table.bad_rows[0].reason


def test_the_limit_of_a_cell_counts_characters_and_not_bytes() -> None:
    longest = "é" * MAX_CELL_CHARACTERS
    table = read(f"person_id,notes\n1,{longest}\n2,{longest}e\n")
    assert table.row_numbers.tolist() == [2]
    assert [bad.row for bad in table.bad_rows] == [3]


@pytest.mark.parametrize("data", ["", "\n \n\n", ",,\n,,\n", "\ufeff", "\ufeff\n"])
def test_an_empty_file_is_an_error(data: str) -> None:
    assert "empty" in refusal(data)


def test_a_header_without_rows_is_an_error() -> None:
    assert "no row under it" in refusal("person_id,name\n\n,,\n")


def test_a_file_in_which_every_row_is_bad_is_still_read() -> None:
    table = read("person_id,name\n1\n2\n")
    assert (table.cells.num_rows, table.n_read) == (0, 2)


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password"),
        (gzip.compress(PEOPLE.encode(), mtime=0), "unpack it"),
        (b"%PDF-1.7\n", "spreadsheet"),
        (b"\n<html><table><tr><td>person_id</td></tr></table>", "HTML"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "XML"),
        (bytes(range(256)) * 8, "no text file"),
        ("person_id,name\n1,Ana\n".encode("utf-16-le"), "UTF-16 without its mark"),
        (b"\xff\xfep\0e\0r", "begins as utf-16"),
        (b"person_id,name\n1,Jos\xe9 Mu\xf1oz \x00 and some more words\n", "no text file"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(data: bytes, advice: str) -> None:
    assert advice in refusal(data)


def test_too_many_columns_are_refused() -> None:
    assert "more than 1000" in refusal(",".join(map(str, range(MAX_COLUMNS + 1))) + "\n" + "," * MAX_COLUMNS + "x\n")


def test_a_file_beyond_the_size_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MAX_FILE_BYTES", len(PEOPLE) - 1)
    assert "split it" in refusal(PEOPLE)


def test_a_path_is_read_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    (table,) = read_table(path, "people.csv")
    assert table.n_read == 2
    with pytest.raises(InputError, match="cannot be read"):
        read_table(tmp_path / "nothing.csv", "nothing.csv")


def test_the_repr_of_a_table_holds_no_value() -> None:
    text = repr(read(PEOPLE + "3,Cy\n"))
    assert text == "RawTable('people.csv', 3 columns, 2 rows, 1 bad rows)"


# Surrogates cannot be written; control characters reject a row; other kinds of break are left to the writer.
CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=12)
HEADERS = st.lists(st.from_regex(r"[A-Za-z_]{1,8}", fullmatch=True), min_size=1, max_size=5, unique=True)


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]], bytes]:
    header = draw(HEADERS)
    body = draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), min_size=1, max_size=8))
    line_end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    body = [[cell.replace("\n", line_end) for cell in row] for row in body]
    stream = io.StringIO(newline="")
    writer = csv.writer(
        stream,
        # One column has no delimiter to be told by; it is read as if it were a comma.
        delimiter=draw(st.sampled_from(",;\t|")) if len(header) > 1 else ",",
        quoting=draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])),
        lineterminator=line_end,
    )
    writer.writerows([header, *body])
    text = stream.getvalue()
    if draw(st.booleans()):
        text = text.removesuffix(line_end)
    return header, body, text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))


@settings(deadline=None)
@given(written_tables())
def test_what_the_csv_module_writes_is_read_back(written: tuple[list[str], list[list[str]], bytes]) -> None:
    header, body, data = written
    expected = {
        number: tuple(cell.strip() or None for cell in row)
        for number, row in enumerate(body, 2)
        if any(cell.strip() for cell in row)
    }
    if not expected:
        assert "no row under it" in refusal(data)
        return
    table = read(data)
    assert table.columns == tuple(header)
    assert dict(zip(table.row_numbers.tolist(), rows(table), strict=True)) == expected
    assert table.bad_rows == ()


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(["a", "b c", "\x01", "é"]), min_size=1, max_size=4), min_size=1, max_size=12))
def test_every_row_read_is_good_or_bad(body: list[list[str]]) -> None:
    table = read("x,y\n" + "".join(",".join(row) + "\n" for row in body))
    good = [number for number, row in enumerate(body, 2) if len(row) == 2 and "\x01" not in row]
    assert table.row_numbers.tolist() == good
    assert table.n_read == len(body) == table.cells.num_rows + len(table.bad_rows)
    assert sorted([*good, *(bad.row for bad in table.bad_rows)]) == list(range(2, len(body) + 2))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_table_or_a_clear_error(data: bytes) -> None:
    try:
        tables = read_table(io.BytesIO(data), "people.csv")
    except InputError as error:
        assert str(error).startswith("people.csv")  # noqa: PT017 - both ends are right, and this is what the other says
    else:
        assert all(table.n_read > 0 for table in tables)
