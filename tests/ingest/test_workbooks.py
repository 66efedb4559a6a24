import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopfloor.errors import InputError
from shopfloor.ingest import zipguard
from shopfloor.ingest.readers import read_table
from shopfloor.ingest.tables import RawTable
from tests.ingest.workbook_parts import SHEET, with_part, workbook

HEADER = ["person_id", "name", "shift"]
BODY = [[1, "Ana Ruiz", "day"], [2, "Bo Lind", "night"]]


def read(data: bytes) -> list[RawTable]:
    return read_table(io.BytesIO(data), "crew.xlsx")


def read_one(data: bytes) -> RawTable:
    (table,) = read(data)
    return table


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(data)
    message = str(caught.value)
    assert message.startswith("crew.xlsx")
    return message


def test_each_sheet_with_rows_is_a_table() -> None:
    tables = read(workbook({"people": [HEADER, *BODY], "empty": [], "template": [HEADER], "sites": [["a"], ["b"]]}))
    assert [(table.name, table.n_read) for table in tables] == [
        ("crew.xlsx sheet people", 2),
        ("crew.xlsx sheet sites", 1),
    ]
    assert tables[0].columns == tuple(HEADER)
    assert tables[0].cells.to_pylist()[1] == {"person_id": "2", "name": "Bo Lind", "shift": "night"}
    assert tables[0].encoding is None


def test_hidden_sheets_are_read_too() -> None:
    def hide(book: Any) -> None:
        book["people"].sheet_state = "hidden"

    tables = read(workbook({"sites": [["a"], ["b"]], "people": [HEADER, *BODY]}, hide))
    assert [table.n_read for table in tables] == [1, 2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (17, "17"),
        (17.0, "17"),
        (0.1 + 0.2, "0.3"),
        (2.5, "2.5"),
        (-3, "-3"),
        (5550100123, "5550100123"),
        (True, "yes"),
        (False, "no"),
        (datetime(2024, 2, 29), "2024-02-29"),  # noqa: DTZ001 - cells know no time zone
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 6, 30), "2024-02-29 06:30:00"),  # noqa: DTZ001 - cells know no time zone
        (time(6, 30), "06:30:00"),
        ("  007 ", "007"),
        ("two\nlines", "two\nlines"),
        ("José 山田", "José 山田"),
    ],
)
def test_cells_read_as_people_see_them(value: object, text: str) -> None:
    table = read_one(workbook({"people": [["id", "value"], [1, value]]}))
    assert table.cells["value"].to_pylist() == [text]


def test_zeros_shown_before_a_number_are_kept() -> None:
    def pad(book: Any) -> None:
        book["people"]["A2"].number_format = "00000"

    table = read_one(workbook({"people": [["zip", "name"], [2134, "Ana"]]}, pad))
    assert table.cells["zip"].to_pylist() == ["02134"]


def test_row_numbers_are_those_of_the_sheet() -> None:
    table = read_one(workbook({"people": [[], [None, " "], HEADER, BODY[0], [], ["", None, None], BODY[1]]}))
    assert table.row_numbers.tolist() == [4, 7]


def test_a_wrong_dimension_in_the_file_hides_no_rows() -> None:
    data = with_part(
        workbook({"people": [HEADER, *BODY]}), SHEET, lambda xml: xml.replace(b'ref="A1:C3"', b'ref="A1:A1"')
    )
    assert read_one(data).cells.to_pylist()[1]["shift"] == "night"


def test_formulas_and_error_values_reject_their_rows_by_cell() -> None:
    body = [[1, "=B3", "day"], [2, "Bo", "#REF!"], [3, "Cy", "day"], [4, "=1+", None]]
    table = read_one(workbook({"people": [HEADER, *body]}))
    assert table.cells["person_id"].to_pylist() == ["3"]
    assert [(bad.row, bad.reason.split(":")[0]) for bad in table.bad_rows] == [
        (2, "cell B2 holds a formula"),
        (3, "cell C3 holds an error value"),
        (5, "cell B5 holds a formula"),
    ]
    assert table.n_read == 4


def test_merged_cells_reject_every_row_they_touch() -> None:
    def merge(book: Any) -> None:
        book["people"].merge_cells("C3:C5")
        book["people"].merge_cells("A7:C7")

    body = [[row, f"name {row}", "day"] for row in range(2, 9)]
    table = read_one(workbook({"people": [HEADER, *body]}, merge))
    assert table.row_numbers.tolist() == [2, 6, 8]
    assert [bad.row for bad in table.bad_rows] == [3, 4, 5, 7]
    assert "cells C3:C5 are merged" in table.bad_rows[1].reason
    assert "cells A7:C7 are merged" in table.bad_rows[3].reason


def test_a_long_merged_range_is_not_hidden_by_a_short_one_inside_its_rows() -> None:
    def merge(book: Any) -> None:
        book["people"].merge_cells("A2:A6")
        book["people"].merge_cells("C3:C4")

    body = [[row, f"name {row}", "day"] for row in range(2, 9)]
    table = read_one(workbook({"people": [HEADER, *body]}, merge))
    assert [bad.row for bad in table.bad_rows] == [2, 3, 4, 5, 6]
    assert "A2:A6" in table.bad_rows[4].reason


def test_a_merged_title_over_the_table_is_an_error() -> None:
    def merge(book: Any) -> None:
        book["people"].merge_cells("A1:C1")

    message = refusal(workbook({"people": [["Crew list"], HEADER, *BODY]}, merge))
    assert "sheet people: row 1 should be the header: cells A1:C1 are merged" in message


def test_a_formula_in_the_header_is_an_error() -> None:
    assert "cell B1 holds a formula" in refusal(workbook({"people": [["a", "=A1"], [1, 2]]}))


def test_a_workbook_without_rows_is_an_error() -> None:
    assert "no sheet has" in refusal(workbook({"people": [HEADER], "empty": []}))


def test_strings_shared_between_cells_are_found() -> None:
    data = with_part(
        workbook({"people": [HEADER, [1, "Ana Ruiz", "Ana Ruiz"]]}),
        SHEET,
        lambda xml: xml.replace(b't="inlineStr"><is><t>Ana Ruiz</t></is>', b't="s"><v>0</v>'),
    )
    strings = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<si><r><t>Ana </t></r><r><t>Ruiz</t></r><rPh sb="0" eb="1"><t>not shown</t></rPh></si></sst>'
    )
    content_type = (
        b'<Override PartName="/xl/sharedStrings.xml" ContentType='
        b'"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    )
    data = with_part(data, "xl/sharedStrings.xml", lambda _xml: strings)
    data = with_part(data, "[Content_Types].xml", lambda xml: xml.replace(b"</Types>", content_type))
    assert read_one(data).cells.to_pylist() == [{"person_id": "1", "name": "Ana Ruiz", "shift": "Ana Ruiz"}]


def test_control_characters_hidden_in_the_escapes_of_the_format_reject_their_row() -> None:
    table = read_one(workbook({"people": [HEADER, [1, "An_x0000_a", "day"], [2, "line_x000D_\nbreak", "day"]]}))
    assert [bad.row for bad in table.bad_rows] == [2]
    assert table.cells["name"].to_pylist() == ["line\nbreak"]


def test_a_cell_of_ten_megabytes_rejects_its_row_only() -> None:
    data = with_part(
        workbook({"people": [HEADER, *BODY]}),
        SHEET,
        lambda xml: xml.replace(b"Ana Ruiz", bytes(97 + number % 26 for number in range(10_000_000))),
    )
    # Ten megabytes of the alphabet pack as no sheet of people would, so the guard is asked to look away.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zipguard, "MAX_RATIO", 100_000)
        table = read_one(data)
    assert [bad.row for bad in table.bad_rows] == [2]
    assert table.cells["name"].to_pylist() == ["Bo Lind"]


LAUGHS = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE lolz [<!ENTITY lol "lol">%s]>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&lol9;</t></si></sst>""" % b"".join(
    b'<!ENTITY lol%d "%s">' % (level, b"&lol%d;" % (level - 1) * 10) for level in range(1, 10)
)


@pytest.mark.parametrize(
    "path", ["xl/sharedStrings.xml", SHEET, "xl/workbook.xml", "[Content_Types].xml", "docProps/core.xml"]
)
def test_billion_laughs_is_refused_before_any_parser_sees_it(path: str) -> None:
    data = with_part(workbook({"people": [HEADER, *BODY]}), path, lambda _xml: LAUGHS)
    assert "do not trust it" in refusal(data)


@pytest.mark.parametrize(
    "xml",
    [
        LAUGHS.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        b" " * ((1 << 20) - 5) + b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a">',
        b'<?xml version="1.0" encoding="cp037"?><a/>',
    ],
)
def test_declarations_are_found_in_other_encodings_and_anywhere(xml: bytes) -> None:
    assert "do not trust it" in refusal(with_part(workbook({"people": [HEADER, *BODY]}), SHEET, lambda _xml: xml))


def test_a_zip_bomb_is_refused_by_its_directory() -> None:
    data = with_part(workbook({"people": [HEADER, *BODY]}), "xl/bomb.xml", lambda _xml: b" " * 40_000_000)
    assert len(data) < 100_000
    assert "unpacks to 40 MB" in refusal(data)


def test_a_zip_that_lies_about_its_sizes_is_refused() -> None:
    data = with_part(workbook({"people": [HEADER, *BODY]}), "xl/bomb.xml", lambda _xml: b" " * 40_000_000)
    true_size = (40_000_000).to_bytes(4, "little")
    assert "damaged" in refusal(data.replace(true_size, (1_000).to_bytes(4, "little")))


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("xl/workbook.bin", ".xlsb"),
        ("word/document.xml", "Word document"),
        ("content.xml", "OpenDocument"),
        ("people.csv", "no XLSX workbook: unpack it"),
    ],
)
def test_a_zip_that_is_no_xlsx_is_refused_by_what_it_is(path: str, advice: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr(path, b"person_id,name\n1,Ana\n")
    assert advice in refusal(stream.getvalue())


def test_a_cut_or_damaged_workbook_is_refused() -> None:
    data = workbook({"people": [HEADER, *BODY]})
    assert "damaged" in refusal(data[: len(data) // 2])
    middle = len(data) // 3
    assert "damaged" in refusal(
        data[:middle] + bytes(byte ^ 255 for byte in data[middle : middle + 40]) + data[middle + 40 :]
    )


def test_a_zip_with_a_password_is_refused() -> None:
    data = bytearray(workbook({"people": [HEADER, *BODY]}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "protected by a password" in refusal(bytes(data))


SOUND = workbook({"people": [HEADER, *BODY]})


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.integers(-600, len(SOUND) - 601), st.integers(0, 255), min_size=1, max_size=4))
def test_a_workbook_with_wrong_bytes_is_read_or_refused_in_plain_words(changes: dict[int, int]) -> None:
    data = bytearray(SOUND)
    for place, byte in changes.items():
        data[place] = byte
    try:
        tables = read(bytes(data))
    except InputError as error:
        assert str(error).startswith("crew.xlsx: ")  # noqa: PT017 - both ends are right, and this is what one says
    else:
        assert [table.n_read for table in tables] == [2]


def test_a_workbook_whose_parts_make_no_sense_is_refused() -> None:
    data = workbook({"people": [HEADER, *BODY]})
    assert "cannot be read as an XLSX" in refusal(with_part(data, SHEET, lambda _xml: b"<worksheet><row"))
    assert "no sheet has" in refusal(with_part(data, "xl/workbook.xml", lambda _xml: b"<a/>"))


def test_twin_parts_are_refused_as_two_programs_would_read_two_things() -> None:
    stream = io.BytesIO(workbook({"people": [HEADER, *BODY]}))
    with zipfile.ZipFile(stream, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr(SHEET, b"<worksheet/>")
    assert "not built as spreadsheet programs do" in refusal(stream.getvalue())


def test_a_cell_at_the_far_corner_of_the_sheet_costs_no_memory() -> None:
    def put(book: Any) -> None:
        book["people"].cell(1_048_576, 16_384, "far")

    assert "column XFD" in refusal(workbook({"people": [HEADER, *BODY]}, put))


def test_a_row_beyond_the_format_is_refused() -> None:
    data = with_part(
        workbook({"people": [HEADER, *BODY]}),
        SHEET,
        lambda xml: xml.replace(b'<row r="3"', b'<row r="99999999999"'),
    )
    assert "more rows than the format allows" in refusal(data)
