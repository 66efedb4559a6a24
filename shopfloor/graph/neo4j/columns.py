"""Versions to and from Neo4j as columns: a chunk of rows is one statement with one list a column.

Rows of a batch and kind are numbered (``place``) as they are written, so that a chunk is a range of an index. Reading
columns is more than ten times faster than reading rows, and sending them a third faster than sending maps.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import neo4j
import pyarrow as pa

from shopfloor.graph.neo4j.cipher import Seal
from shopfloor.graph.neo4j.layout import End, ends_of, version_label
from shopfloor.graph.neo4j.sealing import anchor_token, is_token, seal_versions, stored_keys, stored_schema
from shopfloor.graph.relations import references_in
from shopfloor.records import KINDS, Kind, make_key, split_key, split_named

WRITE_ROWS = 5_000
WRITE_BYTES = 32_000_000
"""A chunk is one transaction and one message: few enough rows and bytes for a server with little memory."""
READ_ROWS = 20_000
READ_LONG_ROWS = 4_000
"""The same for reading, where a kind has long texts (notes)."""

Chunk = list[tuple[int, int, int]]
"""What is read at once: (batch, first place, place after the last)."""


def written_property(kind: Kind) -> str:
    """Return the property of a batch that tells how many rows of a kind were written in it."""
    return f"written_{kind.name}"


def held_property(kind: Kind) -> str:
    """Return the property of a batch that tells how many of them are left after erasures."""
    return f"held_{kind.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """A chunk of versions, ready to be written.

    Attributes
    ----------
    n_rows : int
        Number of versions.
    values : dict
        Parameters of the statement that creates them.
    """

    n_rows: int
    values: dict[str, Any]


def pieces(seal: Seal, kind: Kind, table: pa.Table) -> Iterator[Piece]:
    """Cut and seal versions (columns of ``kind.version_schema``); the next piece is made ready while one is written.

    Rows that refer to the same come together: fewer chunks then touch a node, and chunks that are written at once
    seldom wait for each other.
    """
    for end in ends_of(kind)[:1]:
        table = table.sort_by([(end.column, "ascending"), ("key", "ascending")]).combine_chunks()
    n_rows = max(1, min(WRITE_ROWS, WRITE_BYTES * table.num_rows // max(1, table.nbytes)))
    parts = (table.slice(start, n_rows) for start in range(0, table.num_rows, n_rows))
    ready = (piece_of(seal, kind, part) for part in parts)
    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(next, ready, None)
        while (piece := coming.result()) is not None:
            coming = worker.submit(next, ready, None)
            yield piece


def piece_of(seal: Seal, kind: Kind, part: pa.Table) -> Piece:
    """Seal a chunk of versions."""
    stored = seal_versions(seal, kind, part)
    values: dict[str, Any] = {f"c_{name}": _to_neo4j(stored[name]) for name in stored.column_names}
    for number, end in enumerate(ends_of(kind)):
        groups = _grouped(end, part)
        if is_token(end.spec, kind.name, seals_names=seal.seals_names):
            groups = dict(sorted((anchor_token(seal, end.anchor, name), rows) for name, rows in groups.items()))
        values[f"anchors_{number}"] = list(groups)
        for n, what in enumerate(("rows", "said")):
            values[f"{what}_{number}"] = [[member[n] for member in members] for members in groups.values()]
    return Piece(part.num_rows, values)


def create_versions(transaction: neo4j.ManagedTransaction, seal: Seal, kind: Kind, piece: Piece, place: int) -> None:
    """Write version nodes, numbered from `place`, and their relationships; anchors that are missing are made."""
    text = _create_text(kind.name, seals_names=seal.seals_names)
    transaction.run(text, piece.values, place=place).consume()


def _to_neo4j(column: pa.ChunkedArray) -> list[Any] | None:
    if column.null_count == len(column):
        return None
    return list((column.cast(pa.string()) if pa.types.is_date(column.type) else column).to_pylist())


def _grouped(end: End, part: pa.Table) -> dict[str, list[tuple[int, str | None]]]:
    """Return, by anchor in order, the rows that refer to it and what else the relationship says."""
    groups: dict[str, list[tuple[int, str | None]]] = {}
    said = zip(part["key"].to_pylist(), part[end.column].to_pylist(), strict=True)
    for row, (key, text) in enumerate(said):
        for reference, question in _references(end, key, text) if text else ():
            groups.setdefault(reference, []).append((row, question))
    return dict(sorted(groups.items()))


def _references(end: End, key: str, text: str) -> Iterable[tuple[str, str | None]]:
    spec = end.spec
    if spec is None:
        return [(text, end.role)]
    if not spec.is_list:
        return [(reference, end.role) for reference in references_in(spec, key, text)]
    source = split_key(key)[1]
    answers = split_named(text).items()
    return sorted({(make_key(name, source), question) for question, named in answers for name in named if name})


@cache
def _create_text(kind_name: str, *, seals_names: bool) -> str:
    """Return the statement for a kind; it does not depend on which values are there, so that it is planned once."""
    kind = KINDS[kind_name]
    values = ", ".join(
        f"`{field.name}`: {_value(field)}" for field in stored_schema(kind_name, seals_names=seals_names)
    )
    return "\n".join(
        [
            "UNWIND range(0, size($c_key) - 1) AS i",
            f"CREATE (n:{version_label(kind)} {{{values}, place: $place + i}})",
            "WITH collect(n) AS ns",
            *(relate_text(number, end) for number, end in enumerate(ends_of(kind))),
        ]
    )


def _value(field: pa.Field) -> str:
    return f"date($c_{field.name}[i])" if pa.types.is_date(field.type) else f"$c_{field.name}[i]"


def relate_text(number: int, end: End) -> str:
    """Return the clause that hangs the version nodes ``ns`` on their anchors, each anchor looked up once."""
    says = "question" if end.spec is not None and end.spec.is_list else "role"
    properties = f" {{{says}: $said_{number}[i][j]}}" if says == "question" or end.role else ""
    return (
        f"FOREACH (i IN range(0, size($anchors_{number}) - 1) |\n"
        f"  MERGE (a:{end.anchor} {{key: $anchors_{number}[i]}})\n"
        f"  FOREACH (j IN range(0, size($rows_{number}[i]) - 1) | FOREACH (n IN [ns[$rows_{number}[i][j]]] |\n"
        f"    CREATE {end.pattern(properties=properties)})))"
    )


def chunks(kind: Kind, written: Mapping[int, int]) -> Iterator[Chunk]:
    """Cut what batches wrote of a kind into chunks for reading; many small batches are one chunk.

    Parameters
    ----------
    kind : Kind
        The record kind.
    written : mapping of int to int
        Number of rows written, by batch.
    """
    limit = READ_LONG_ROWS if any(spec.privacy == "notes" for spec in kind.fields) else READ_ROWS
    chunk: Chunk = []
    room = limit
    for batch_id, n_rows in sorted(written.items()):
        first = 0
        while first < n_rows:
            after = min(n_rows, first + room)
            chunk.append((batch_id, first, after))
            room -= after - first
            first = after
            if not room:
                yield chunk
                chunk, room = [], limit
    if chunk:
        yield chunk


def read_chunk(transaction: neo4j.ManagedTransaction, seal: Seal, kind: Kind, chunk: Chunk) -> pa.Table:
    """Read one chunk as it is stored, and ``place``, in no particular order."""
    batch_ids, firsts, afters = (list(column) for column in zip(*chunk, strict=True))
    text = (
        f"UNWIND range(0, size($batch_ids) - 1) AS i MATCH (n:{version_label(kind)}) "
        "WHERE n.batch_id = $batch_ids[i] AND n.place >= $firsts[i] AND n.place < $afters[i] "
        f"WITH collect(n) AS ns RETURN {_columns_text(_with_place(seal, kind))}"
    )
    record = transaction.run(text, batch_ids=batch_ids, firsts=firsts, afters=afters).single(strict=True)
    return _to_arrow(_with_place(seal, kind), record)


def read_keys(transaction: neo4j.ManagedTransaction, seal: Seal, kind: Kind, keys: Sequence[str]) -> pa.Table:
    """Read all versions with these keys as they are stored, and ``place``, those of open batches too."""
    text = (
        f"UNWIND $keys AS key MATCH (n:{version_label(kind)}) WHERE n.key = key AND n.batch_id > 0 "
        f"WITH collect(n) AS ns RETURN {_columns_text(_with_place(seal, kind))}"
    )
    found = transaction.run(text, keys=stored_keys(seal, kind, keys)).single(strict=True)
    return _to_arrow(_with_place(seal, kind), found)


def _with_place(seal: Seal, kind: Kind) -> pa.Schema:
    return stored_schema(kind.name, seals_names=seal.seals_names).append(pa.field("place", pa.int64()))


def _columns_text(schema: pa.Schema) -> str:
    # collect(n.name) would leave out nulls, a list comprehension keeps them.
    read = (f"toString(n.`{f.name}`)" if pa.types.is_date(f.type) else f"n.`{f.name}`" for f in schema)
    return ", ".join(f"[n IN ns | {value}] AS `{name}`" for value, name in zip(read, schema.names, strict=True))


def _to_arrow(schema: pa.Schema, record: neo4j.Record) -> pa.Table:
    columns = (
        pa.array(values, pa.string()).cast(field.type) if pa.types.is_date(field.type) else pa.array(values, field.type)
        for values, field in zip(record.values(), schema, strict=True)
    )
    return pa.table(list(columns), schema=schema)


def in_order(kind: Kind, tables: Sequence[pa.Table]) -> pa.Table:
    """Put chunks together in order of key and batch."""
    whole = pa.concat_tables([kind.version_schema.empty_table(), *tables])
    return whole.sort_by([("key", "ascending"), ("batch_id", "ascending")]).combine_chunks()
