"""The records as a graph: which relationship each reference of a record is.

A *node* is (kind, key). Records are nodes; so is what they refer to, whether a record of it is known or not: a
contact by its key, a mention, employer, worksite, department, shift, crew, action or organizer by what was written.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.records import FieldSpec, Kind, make_key, split_key, split_named

MENTION = "mention"
"""Node kind of a person as somebody wrote her: who she is, is resolved when it is read."""

EDGES = pa.schema(
    [
        ("from_kind", pa.string()),
        ("from_key", pa.string()),
        ("relation", pa.string()),
        ("to_kind", pa.string()),
        ("to_key", pa.string()),
    ]
)
"""Columns of a table of relationships."""


def edges_of(kind: Kind, records: pa.Table) -> pa.Table:
    """Return the relationships of visible records, one row each, columns of `EDGES`.

    A ``named`` answer gives one relationship for everyone named; ``none`` gives none, and so does an empty text.
    """
    parts = [table for spec in kind.fields for table in _edges_of_field(kind, spec, records)]
    return pa.concat_tables(parts) if parts else EDGES.empty_table()


def _edges_of_field(kind: Kind, spec: FieldSpec, records: pa.Table) -> Iterator[pa.Table]:
    relation = spec.relation
    if relation is None:
        return
    keys, values = _pairs(spec, records)
    here, there = pa.repeat(kind.name, len(keys)), pa.repeat(relation.to, len(keys))
    names = pa.repeat(relation.name, len(keys))
    ends = (here, keys, names, there, values) if relation.is_outgoing else (there, values, names, here, keys)
    yield pa.table(list(ends), schema=EDGES)


def _pairs(spec: FieldSpec, records: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Return (key of the record, key of what it refers to)."""
    said = records.select(["key", spec.name]).filter(pc.not_equal(records[spec.name], ""))
    if spec.relation is None or spec.relation.to != MENTION:
        return said["key"].combine_chunks(), said[spec.name].combine_chunks()
    pairs = [
        (key, reference)
        for key, text in zip(said["key"].to_pylist(), said[spec.name].to_pylist(), strict=True)
        for reference in references_in(spec, key, text)
    ]
    return pa.array([key for key, _ in pairs], pa.string()), pa.array([ref for _, ref in pairs], pa.string())


def references_in(spec: FieldSpec, record_key: str, text: str) -> list[str]:
    """Return the keys of what one value refers to, sorted.

    A mention's key is the text as written in the source of its record: ``Ana R@payroll``; a ``named`` answer has
    several, ``none`` has none. Any other reference is its own key.
    """
    if spec.relation is None or spec.relation.to != MENTION:
        return [text]
    written = {name for names in split_named(text).values() for name in names} if spec.is_list else {text}
    source = split_key(record_key)[1]
    return sorted(make_key(name, source) for name in written if name)
