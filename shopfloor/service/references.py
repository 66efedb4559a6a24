"""References to people as the facts hold them, handled as columns: cells split, each distinct reference read once."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.records import NOBODY, SOURCE_PATTERN

_BETWEEN = "\x1f"  # no text holds it
_SOURCE_OF_KEY = rf"(?s)^.+@(?P<source>{SOURCE_PATTERN.pattern})$"

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, repr=False)
class References:
    """A column of references, the distinct ones once.

    Attributes
    ----------
    codes : numpy.ndarray
        int64, shape (n_rows,): which of the distinct references each row is.
    texts, sources : list of str
        The distinct references as written, and the source of the records they stand in.
    """

    codes: IntArray
    texts: list[str]
    sources: list[str]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"References({len(self.codes)} rows, {len(self.texts)} distinct)"

    def count(self) -> dict[tuple[str, str], int]:
        """Return how often each (text, source) stands."""
        times = np.bincount(self.codes, minlength=len(self.texts)).tolist()
        return dict(zip(zip(self.texts, self.sources, strict=True), times, strict=True))


@dataclass(frozen=True, slots=True, repr=False)
class Answers:
    """Cells of ``named`` split: a row an answer to a question, a row a name.

    Attributes
    ----------
    row : numpy.ndarray
        int64, shape (n_answers,): the cell each answer stands in.
    question : pyarrow.Array
        Question of each answer.
    answer : numpy.ndarray
        int64, shape (n_names,): the answer each name stands in; an answer without names is "named nobody".
    name : pyarrow.Array
        The names as written.
    """

    row: IntArray
    question: pa.Array
    answer: IntArray
    name: pa.Array

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Answers({len(self.row)} answers, {len(self.name)} names)"


def as_texts(column: "pd.Series[str] | pa.ChunkedArray") -> pa.Array:
    """Return a column as one array of texts."""
    found = pa.array(column, pa.large_string()) if isinstance(column, pd.Series) else column.cast(pa.large_string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def sources_of(keys: "pd.Series[str] | pa.ChunkedArray") -> pa.Array:
    """Return the source of each key, as `shopfloor.records.split_key` does for one."""
    written = as_texts(keys)
    may_have_one = pc.match_substring(written, "@")
    found = pc.struct_field(pc.extract_regex(written.filter(may_have_one), _SOURCE_OF_KEY), "source")
    none = pa.repeat(pa.scalar("", written.type), len(written))
    return pc.replace_with_mask(none, may_have_one, pc.fill_null(found, ""))


def refer(texts: pa.Array, sources: pa.Array) -> References:
    """Return the distinct (text, source) of a column; both without nulls, of one length."""
    encoded = pc.binary_join_element_wise(texts, sources, pa.scalar(_BETWEEN, texts.type)).dictionary_encode()
    distinct = encoded.dictionary
    parts = pc.list_flatten(pc.split_pattern(distinct, _BETWEEN))
    at = np.arange(len(distinct)) * 2
    codes = encoded.indices.to_numpy().astype(np.int64)
    return References(codes, parts.take(at).to_pylist(), parts.take(at + 1).to_pylist())


def refer_column(facts: pd.DataFrame | pa.Table, column: str) -> References:
    """Return the references of a column, with the sources of the facts; what is not known is an empty text."""
    return refer(pc.fill_null(as_texts(facts[column]), ""), sources_of(facts["key"]))


def split_answers(cells: "pd.Series[str] | pa.ChunkedArray") -> Answers:
    """Split canonical ``named`` cells, as `shopfloor.records.split_named` does for one; null says nothing."""
    row, answers = _split(as_texts(cells), " | ")
    parts = pc.split_pattern(answers, " = ", max_splits=1)
    is_whole = pc.equal(pc.list_value_length(parts), 2)
    words = pc.list_flatten(parts.filter(is_whole))
    at = np.arange(len(words) // 2) * 2
    named = words.take(at + 1)
    is_somebody = pc.not_equal(named, NOBODY)
    answer, name = _split(named.filter(is_somebody), "; ")
    somebody = np.flatnonzero(is_somebody.to_numpy(zero_copy_only=False))
    return Answers(row[is_whole.to_numpy(zero_copy_only=False)], words.take(at), somebody[answer], name)


def split_questions(cells: "pd.Series[str]") -> tuple[IntArray, pa.Array]:
    """Split cells of ``asked``: the row and the question of each."""
    return _split(as_texts(cells), "; ")


def _split(texts: pa.Array, separator: str) -> tuple[IntArray, pa.Array]:
    """Return what stands between the separators, and the row of each."""
    parts = pc.split_pattern(texts, separator)
    return pc.list_parent_indices(parts).to_numpy().astype(np.int64), pc.list_flatten(parts)


def references_in_facts(
    conversations: pd.DataFrame | pa.Table, assignments: pd.DataFrame | pa.Table
) -> Counter[tuple[str, str]]:
    """Return how often each reference to a person stands, as written, with its source: the named, the foremen."""
    named = refer_names(split_answers(conversations["named"]), sources_of(conversations["key"]))
    return count_references(named, refer_column(assignments, "foreman"))


def refer_names(answers: Answers, sources: pa.Array) -> References:
    """Return the references that the names of the answers are; `sources` are those of the cells."""
    return refer(answers.name, sources.take(answers.row[answers.answer]))


def count_references(*columns: References) -> Counter[tuple[str, str]]:
    """Return how often each (text, source) stands in several columns; empty texts are no references."""
    found: Counter[tuple[str, str]] = Counter()
    for column in columns:
        found.update({one: n for one, n in column.count().items() if one[0]})
    return found
