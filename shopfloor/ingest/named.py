"""Cells that hold several values: answers to naming questions, and plain lists.

A *naming* cell is ``P1; P2`` (the campaign's default question) or ``listens_to = P1; P2 | rides_with = P7``; ``none``
in the place of names means asked and named nobody; an empty cell says nothing. Names are ids or names as written:
who they are is resolved later, by the store.
"""

import re

import pyarrow as pa

from shopfloor.ingest.values import BadValueError, Parsed, nfc, parse_distinct
from shopfloor.records import NOBODY, join_named
from shopfloor.settings import DEFAULT_QUESTION

_QUESTION = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
# A line break inside a cell can only part two names: no name has one.
_SEPARATORS = re.compile(r"[;\r\n]")


def parse_named(column: pa.Array | pa.ChunkedArray, default_question: str = DEFAULT_QUESTION) -> Parsed:
    """Return naming cells in one spelling: ``listens_to = P1; P2 | rides_with = P7``, ``listens_to = none``.

    Questions are in alphabetical order, names as written, each once.

    Parameters
    ----------
    column : pyarrow string array
        Stripped texts, null where empty.
    default_question : str
        Question that names without one answer.
    """
    return parse_distinct(column, lambda text: join_named(_split(text, default_question)), pa.string())


def _split(text: str, default_question: str) -> dict[str, list[str]]:
    answers: dict[str, list[str]] = {}
    for answer in text.split("|"):
        question, _, names = answer.partition("=") if "=" in answer else (default_question, "", answer)
        question = question.strip()
        if not _QUESTION.fullmatch(question):
            raise BadValueError("has a question id that is not in small letters, digits and underscores")
        named = _names(names)
        if question in answers:
            raise BadValueError("answers one question twice: write all its names together")
        answers[question] = named
    return answers


def _names(text: str) -> list[str]:
    """Return the names of one answer, none for nobody."""
    names = _items(text)
    if not names:
        raise BadValueError("has a question without names: write none for nobody")
    nobody = [name for name in names if name.casefold() == NOBODY]
    if nobody and len(nobody) < len(names):
        raise BadValueError("says none beside names: leave one of them out")
    return [] if nobody else names


def _items(text: str) -> list[str]:
    """Return what stands between the separators, each once."""
    items = (" ".join(nfc(item).split()) for item in _SEPARATORS.split(text))
    return list(dict.fromkeys(item for item in items if item))


def parse_list(column: pa.Array | pa.ChunkedArray, *, question_ids: bool = False) -> Parsed:
    """Return cells of several values in one spelling, ``safety; pay``: each once, in the order written.

    Parameters
    ----------
    column : pyarrow string array
        Stripped texts, null where empty.
    question_ids : bool
        True for `asked`: each value must be a question id.
    """

    def parse(text: str) -> str | None:
        items = _items(text)
        if question_ids and not all(map(_QUESTION.fullmatch, items)):
            raise BadValueError("has a question id that is not in small letters, digits and underscores")
        return "; ".join(items) or None

    return parse_distinct(column, parse, pa.string())


def split_list(text: str) -> tuple[str, ...]:
    """Return the values of a cell that `parse_list` wrote."""
    return tuple(text.split("; "))
