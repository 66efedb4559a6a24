"""Texts to typed values, a column at a time, with a reason for every cell that is none.

Cells come as `tables.RawTable` holds them: stripped, null where empty. Null stays null and has no reason. A reason
continues the words "column X: the value" and never repeats the value. Parsing runs once for each *distinct* text, as
columns of dates, kinds and crews repeat a few values a million times.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.ingest.columns import fold
from shopfloor.ingest.tables import CONTROL_PATTERN

_ASSESSMENT = re.compile(r"([1-5])(?:\.0+)?", re.ASCII)
_INTEGER = re.compile(r"([+-]?\d{1,15})(?:\.0*)?", re.ASCII)
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_BOOLEANS = dict.fromkeys(("yes", "y", "true", "t", "x", "1"), True) | dict.fromkeys(
    ("no", "n", "false", "f", "0"), False
)
_PRINTABLE_ASCII = (32, 126)
_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Parsed:
    """A column of values, and for each row why there is none.

    Attributes
    ----------
    values : pyarrow.Array
        Typed values, null where the cell was empty or bad.
    reasons : pyarrow.Array of string
        Null for a good or empty cell.
    """

    values: pa.Array
    reasons: pa.Array

    @property
    def n_bad(self) -> int:
        """Cells that are no value."""
        return len(self.reasons) - int(self.reasons.null_count)

    def __repr__(self) -> str:
        return f"Parsed({len(self.values)} values, {self.n_bad} bad)"


class BadValueError(Exception):
    """Raised by the parser of one text; its message is the reason and does not hold the text."""


def parse_distinct(column: pa.Array | pa.ChunkedArray, parse: Callable[[str], object], kind: pa.DataType) -> Parsed:
    """Return what `parse` makes of each text of a column.

    Parameters
    ----------
    column : pyarrow string array
        Stripped texts, null where empty.
    parse : callable
        From one text to a value of `kind`, or None for nothing said; raises `BadValueError` with the reason.
    kind : pyarrow.DataType
        Type of the values.
    """
    encoded = flat(column).dictionary_encode()
    values: list[object] = []
    reasons: list[str | None] = []
    for text in encoded.dictionary.to_pylist():
        try:
            value, reason = parse(text), None
        except BadValueError as error:
            value, reason = None, str(error)
        values.append(value)
        reasons.append(reason)
    return Parsed(pa.array(values, kind).take(encoded.indices), pa.array(reasons, pa.string()).take(encoded.indices))


def flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def parse_assessment(column: pa.Array | pa.ChunkedArray) -> Parsed:
    """Return int8 assessments, 1 (leads for us) to 5 (against us); ``3.0``, as spreadsheets write it, is 3."""

    def parse(text: str) -> int:
        found = _ASSESSMENT.fullmatch(text)
        if not found:
            raise BadValueError("is no whole number from 1 (leads for us) to 5 (against us)")
        return int(found[1])

    return parse_distinct(column, parse, pa.int8())


def parse_booleans(column: pa.Array | pa.ChunkedArray) -> Parsed:
    """Return booleans from yes/no, y/n, true/false, t/f, 1/0 and x for yes, in any case."""

    def parse(text: str) -> bool:
        value = _BOOLEANS.get(text.casefold())
        if value is None:
            raise BadValueError("is neither yes nor no")
        return value

    return parse_distinct(column, parse, pa.bool_())


def parse_integers(column: pa.Array | pa.ChunkedArray, *, minimum: int | None = None) -> Parsed:
    """Return int64 whole numbers of up to 15 digits, not below `minimum`; ``3.0`` is 3."""

    def parse(text: str) -> int:
        found = _INTEGER.fullmatch(text)
        if not found:
            raise BadValueError("is no whole number")
        return _at_least(int(found[1]), minimum)

    return parse_distinct(column, parse, pa.int64())


def parse_floats(column: pa.Array | pa.ChunkedArray, *, minimum: float | None = None) -> Parsed:
    """Return finite float64 numbers, not below `minimum`.

    A comma is refused, as it is the decimal sign in some countries and parts thousands in others.
    """

    def parse(text: str) -> float:
        if not _FLOAT.fullmatch(text) or not np.isfinite(float(text)):
            raise BadValueError("is no number (a point before decimals, no commas, no currency signs)")
        return _at_least(float(text), minimum)

    return parse_distinct(column, parse, pa.float64())


def _at_least(value: _Number, minimum: _Number | None) -> _Number:
    if minimum is not None and value < minimum:
        raise BadValueError(f"is below {minimum}")
    return value


def parse_choices(
    column: pa.Array | pa.ChunkedArray, choices: Iterable[str], synonyms: Mapping[str, str] | None = None
) -> Parsed:
    """Return the choices meant, whatever their capitals, spaces, hyphens and underscores.

    Parameters
    ----------
    column : pyarrow string array
        Stripped texts, null where empty.
    choices : iterable of str
        The allowed values, which are what is returned.
    synonyms : mapping of str to str
        Other words for some of them.
    """
    allowed = list(choices)
    meant = {fold(word): choice for word, choice in (synonyms or {}).items()} | {fold(one): one for one in allowed}

    def parse(text: str) -> str:
        choice = meant.get(fold(text))
        if choice is None:
            raise BadValueError(f"is none of {', '.join(allowed)}")
        return choice

    return parse_distinct(column, parse, pa.string())


def parse_text(column: pa.Array | pa.ChunkedArray, *, multiline: bool = False) -> Parsed:
    r"""Return texts in Unicode's composed form (NFC), so that equal names are equal; control characters are refused.

    Parameters
    ----------
    column : pyarrow string array
        Stripped texts, null where empty.
    multiline : bool
        True for notes: tabs and line breaks stay, these as ``\n``. Otherwise each run of them becomes one space,
        as people press Enter inside an address and mean a space.
    """
    texts = flat(column)
    if _is_plain(texts):
        return Parsed(texts, pa.nulls(len(texts), pa.string()))
    bad = pc.match_substring_regex(texts, CONTROL_PATTERN)
    reasons = pc.if_else(bad, pa.scalar("holds control characters: type it again"), pa.scalar(None, pa.string()))
    values = pc.if_else(bad, pa.scalar(None, pa.string()), pc.utf8_normalize(texts, "NFC"))
    pattern, replacement = (r"\r\n?", "\n") if multiline else (r"[ \t\r\n]*[\t\r\n][ \t\r\n]*", " ")
    return Parsed(pc.replace_substring_regex(values, pattern, replacement), reasons)


def _is_plain(texts: pa.Array) -> bool:
    """Tell whether all is printable ASCII, in which there is nothing to change; one pass over the bytes."""
    data = texts.buffers()[2]
    if data is None:
        return True
    low, high = _PRINTABLE_ASCII
    codes = np.frombuffer(data, dtype=np.uint8)
    return not bool(((codes < low) | (codes > high)).any())


def nfc(text: str) -> str:
    """Return one text in Unicode's composed form."""
    return unicodedata.normalize("NFC", text)
