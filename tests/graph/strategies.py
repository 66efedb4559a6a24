"""Hypothesis strategies: rows of every record kind with what is awkward to store."""

import json
from datetime import date
from typing import Any

from hypothesis import strategies as st

from shopfloor.records import FieldSpec, Kind

AWKWARD = (
    "",
    " ",
    'O\'Brien "Jo"',
    "two\nlines\tand a tab",
    "Zoë Ñuñez 名前 عمر",
    "👩\u200d🔧",
    "back\\slash `tick` {brace} $dollar %s",
    "null",
    "NULL",
    "true",
    "12",
    "2026-05-03",
    "a;b|c = d",
    "\u0085\u2028\u2029\ufeff",
    "\ufffd\U0010ffff",
)
_LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), "\x7f"])


def texts(min_size: int = 0) -> st.SearchStrategy[str]:
    """Texts that every home keeps as they are."""
    awkward = [text for text in AWKWARD if len(text) >= min_size]
    return st.one_of(st.sampled_from(awkward), st.text(_LETTERS, min_size=min_size, max_size=12))


def keys() -> st.SearchStrategy[str]:
    """Keys, some of a named source."""
    return st.one_of(texts(1), texts(1).map(lambda text: f"{text}@payroll"))


def named() -> st.SearchStrategy[str]:
    """Answers to naming questions, canonical ones and free text."""
    names = st.lists(st.sampled_from(["P1", "P2", "Ana R", "Zoë"]), max_size=3).map("; ".join)
    answer = st.tuples(st.sampled_from(["listens_to", "rides_with"]), names.map(lambda text: text or "none"))
    return st.one_of(st.lists(answer.map(" = ".join), min_size=1, max_size=2).map(" | ".join), texts())


def attributes() -> st.SearchStrategy[str]:
    """JSON objects as they are stored."""
    objects = st.dictionaries(texts(), st.text(max_size=6), max_size=3)
    return objects.map(lambda said: json.dumps(said, ensure_ascii=True, sort_keys=True))


def values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """Values of one field, null included."""
    by_type: dict[type, st.SearchStrategy[Any]] = {
        str: texts(),
        date: st.dates(),
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0),
        bool: st.booleans(),
    }
    chosen = by_type[spec.type]
    if spec.name == "named":
        chosen = named()
    if spec.name == "attributes":
        chosen = attributes()
    return st.none() | chosen


def rows(kind: Kind, max_size: int = 6) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows of one kind with different keys."""
    fields = {spec.name: values(spec) for spec in kind.fields}
    cleared = st.none() | st.lists(st.sampled_from(kind.field_names), min_size=1, unique=True).map(";".join)
    row = st.fixed_dictionaries({"key": keys(), **fields, "cleared": cleared})
    return st.lists(row, max_size=max_size, unique_by=lambda each: each["key"])
