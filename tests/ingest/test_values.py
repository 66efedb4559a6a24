import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopfloor.ingest.values import (
    Parsed,
    parse_assessment,
    parse_booleans,
    parse_choices,
    parse_floats,
    parse_integers,
    parse_text,
)


def column(*texts: str | None) -> pa.Array:
    return pa.array(texts, pa.string())


def only_reasons(parsed: Parsed) -> list[str]:
    assert parsed.values.null_count == len(parsed.values)
    assert parsed.n_bad == len(parsed.values)
    reasons: list[str] = parsed.reasons.to_pylist()
    return reasons


def test_assessments_are_whole_numbers_from_1_to_5() -> None:
    parsed = parse_assessment(column("1", "5", "3.0", None, "2"))
    assert parsed.values.to_pylist() == [1, 5, 3, None, 2]
    assert parsed.values.type == pa.int8()
    assert parsed.n_bad == 0


def test_anything_else_is_no_assessment() -> None:
    reasons = only_reasons(parse_assessment(column("0", "6", "3-ish", "3.5", "-1", "٣", "1e0", "", "12")))
    assert set(reasons) == {"is no whole number from 1 (leads for us) to 5 (against us)"}


def test_yes_and_no_are_understood_in_their_usual_spellings() -> None:
    parsed = parse_booleans(column("YES", "y", "True", "1", "x", "no", "N", "FALSE", "0", "f", None))
    assert parsed.values.to_pylist() == [True] * 5 + [False] * 5 + [None]
    assert only_reasons(parse_booleans(column("maybe", "2", "-"))) == ["is neither yes nor no"] * 3


def test_integers_may_be_written_as_spreadsheets_do() -> None:
    parsed = parse_integers(column("17", "-3", "40.0", "+5", None))
    assert parsed.values.to_pylist() == [17, -3, 40, 5, None]
    assert only_reasons(parse_integers(column("1.5", "1,000", "x", "9" * 30))) == ["is no whole number"] * 4
    assert only_reasons(parse_integers(column("-1"), minimum=0)) == ["is below 0"]


def test_floats_are_finite_and_have_a_point() -> None:
    parsed = parse_floats(column("1.5", ".5", "2", "1e3", "-0.25", None))
    assert parsed.values.to_pylist() == [1.5, 0.5, 2.0, 1000.0, -0.25, None]
    assert all(
        "no commas" in reason for reason in only_reasons(parse_floats(column("1,5", "$3", "nan", "inf", "1e999", "")))
    )
    assert only_reasons(parse_floats(column("-0.1"), minimum=0.0)) == ["is below 0.0"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_written_by_python_is_read_back(value: float) -> None:
    (read,) = parse_floats(column(str(value))).values.to_pylist()
    assert math.copysign(1, read) == math.copysign(1, value)
    assert read == value


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_an_integer_written_by_python_is_read_back(value: int) -> None:
    assert parse_integers(column(str(value), f"{value}.0")).values.to_pylist() == [value, value]


def test_choices_are_found_however_they_are_written() -> None:
    choices = ("worker", "ally", "public_figure")
    parsed = parse_choices(
        column("Worker", "PUBLIC FIGURE", "public-figure", "friend", None), choices, {"Friend": "ally"}
    )
    assert parsed.values.to_pylist() == ["worker", "public_figure", "public_figure", "ally", None]
    assert only_reasons(parse_choices(column("boss"), choices)) == ["is none of worker, ally, public_figure"]


def test_texts_are_composed_so_that_equal_names_are_equal() -> None:
    parsed = parse_text(column("Jose\N{COMBINING ACUTE ACCENT}", "José"))
    assert parsed.values[0] == parsed.values[1]


def test_line_breaks_are_one_space_in_a_name_and_stay_in_notes() -> None:
    texts = column("12 Main St \r\n\r\n Springfield", "a\tb", "plain", None)
    assert parse_text(texts).values.to_pylist() == ["12 Main St Springfield", "a b", "plain", None]
    assert parse_text(texts, multiline=True).values.to_pylist() == [
        "12 Main St \n\n Springfield",
        "a\tb",
        "plain",
        None,
    ]


@pytest.mark.parametrize("multiline", [True, False])
def test_control_characters_are_refused(multiline: bool) -> None:  # noqa: FBT001 - a parameter of the test
    texts = column("a\x00b", "\x1b[31m", "c\x7f", "d\x85e")
    assert set(only_reasons(parse_text(texts, multiline=multiline))) == {"holds control characters: type it again"}
    mixed = parse_text(column("a\x00b", "ok"), multiline=multiline)
    assert mixed.values.to_pylist() == [None, "ok"]
    assert mixed.reasons.to_pylist()[1] is None


def test_columns_in_chunks_are_read_as_one() -> None:
    chunked = pa.chunked_array([["1", None], ["7"]], pa.string())
    parsed = parse_assessment(chunked)
    assert parsed.values.to_pylist() == [1, None, None]
    assert parsed.n_bad == 1
    assert parse_text(chunked).values.to_pylist() == ["1", None, "7"]


def test_columns_without_rows_and_slices_are_read() -> None:
    assert len(parse_text(column()).values) == 0
    assert len(parse_assessment(pa.chunked_array([], pa.string())).values) == 0
    assert parse_text(column("é", "a\nb", "c")[1:]).values.to_pylist() == ["a b", "c"]


@given(st.text(min_size=3).filter(lambda text: not text.isspace()))
def test_no_reason_repeats_the_value(text: str) -> None:
    secret = f"§{text}§"
    for parse in (parse_assessment, parse_booleans, parse_integers, parse_floats, parse_text):
        parsed = parse(column(secret))
        assert all(reason is None or secret not in reason for reason in parsed.reasons.to_pylist())
        assert parsed.n_bad == 1 or parse is parse_text


def test_the_repr_holds_no_value() -> None:
    assert repr(parse_text(column("Ana Ruiz"))) == "Parsed(1 values, 0 bad)"
