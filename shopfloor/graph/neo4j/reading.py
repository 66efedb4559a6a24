"""Read versions from Neo4j and open them, also while another program seals them anew under another key."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import neo4j
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import StoreUnavailableError
from shopfloor.graph.neo4j import columns
from shopfloor.graph.neo4j.batching import one
from shopfloor.graph.neo4j.cipher import Seal, UnopenedError
from shopfloor.graph.neo4j.layout import anchor_label, ends_of, version_label
from shopfloor.graph.neo4j.sealing import (
    SEALED,
    anchor_keys,
    hides_keys,
    index_property,
    look,
    open_row,
    open_versions,
    unopened,
)
from shopfloor.graph.neo4j.server import Server
from shopfloor.records import KINDS, Kind

T = TypeVar("T")
_LOOKS: Final = 20
"""How often something is looked up again when records were sealed anew meanwhile."""
_READS: Final = 4
_WAIT_SECONDS: Final = 0.2


def read_versions(
    server: Server, seal: Seal, kind: Kind, batches: Mapping[int, Mapping[str, Any]], keys: Sequence[str] | None = None
) -> pa.Table:
    """Return the versions of these batches, all or those with these keys, in order of key and batch.

    Raises
    ------
    StoreError
        What is sealed of one does not open.
    """
    if keys is None:
        written = {batch_id: each.get(columns.written_property(kind), 0) for batch_id, each in batches.items()}
        parts = [read_opened(server, seal, kind, _chunk_reader(seal, kind, c)) for c in columns.chunks(kind, written)]
        return columns.in_order(kind, parts)
    wanted = sorted(set(keys))
    table = read_opened(
        server, seal, kind, _steady(seal, lambda transaction: columns.read_keys(transaction, seal, kind, wanted))
    )
    return columns.in_order(kind, [table.filter(pc.is_in(table["batch_id"], pa.array(list(batches), pa.int64())))])


def read_after(
    server: Server,
    seal: Seal,
    batches: Mapping[int, Mapping[str, Any]],
    kind: Kind,
    before: Mapping[int, int],
    versions: pa.Table,
) -> tuple[dict[int, int], pa.Table]:
    """Read the versions of a kind in batches that came since.

    Parameters
    ----------
    batches : mapping
        All batches there are.
    before : mapping of int to int
        How many versions of which batches were read.
    versions : pyarrow.Table
        These, as they were returned; they count for nothing if one of those batches is gone or another.

    Returns
    -------
    tuple
        How many versions of which batches there are, and all of them in order of key and batch: without new ones the
        very table that was given.
    """
    written = {batch_id: n for batch_id, each in batches.items() if (n := each.get(columns.written_property(kind)))}
    if not before.items() <= written.items():
        before, versions = {}, kind.version_schema.empty_table()
    new = {batch_id: each for batch_id, each in batches.items() if batch_id in written.keys() - before.keys()}
    if new:
        versions = columns.in_order(kind, [versions, read_versions(server, seal, kind, new)])
    return written, versions


def read_opened(
    server: Server, seal: Seal, kind: Kind, read: Callable[[neo4j.ManagedTransaction], pa.Table]
) -> pa.Table:
    """Read versions and open them; again if one was being sealed anew just then.

    Raises
    ------
    StoreError
        What is sealed of one does not open.
    """
    for attempt in range(_READS):
        try:
            return open_versions(seal, kind, server.read(read))
        except UnopenedError:
            time.sleep(_WAIT_SECONDS * attempt)
    raise unopened(server.place, f"{kind.name} records")


def referring(server: Server, seal: Seal, node_kind: str, node_key: str) -> dict[str, list[str]]:
    """Return the keys, by record kind, of records any version of which refers to a node."""

    def work(transaction: neo4j.ManagedTransaction) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for kind in KINDS.values():
            for end in ends_of(kind):
                if end.spec is not None and end.anchor == anchor_label(node_kind):
                    text = (
                        f"MATCH {end.pattern(node=f'(n:{version_label(kind)})', anchor=f'(a:{end.anchor})')} "
                        f"WHERE a.key IN $keys RETURN {_keys_text(seal, kind)}"
                    )
                    keys = anchor_keys(seal, kind, end.spec, node_key)
                    rows = one(transaction, text, keys=keys)
                    found.setdefault(kind.name, set()).update(_real_keys(seal, kind, rows))
        return found

    for attempt in range(_READS):
        try:
            return {kind: sorted(keys) for kind, keys in server.read(_steady(seal, work)).items() if keys}
        except UnopenedError:
            time.sleep(_WAIT_SECONDS * attempt)
    raise unopened(server.place, "records")


def details_of(server: Server, seal: Seal, wanted: Mapping[str, str]) -> list[str]:
    """Return the keys of contact details any version of which has these blind indexes: normal value by field."""
    label = version_label(KINDS["contact_details"])
    where = " AND ".join(f"n.{index_property(name)} IN ${name}" for name in wanted)

    def work(transaction: neo4j.ManagedTransaction) -> list[str]:
        indexes = {name: seal.indexes(name, value) for name, value in wanted.items()}
        return list(one(transaction, f"MATCH (n:{label}) WHERE {where} RETURN collect(DISTINCT n.key)", **indexes))

    return sorted(server.read(_steady(seal, work)))


def _keys_text(seal: Seal, kind: Kind) -> str:
    if hides_keys(kind.name, seals_names=seal.seals_names):
        return f"collect(DISTINCT [n.key, n.batch_id, n.{SEALED}])"
    return "collect(DISTINCT [n.key])"


def _real_keys(seal: Seal, kind: Kind, rows: list[list[Any]]) -> set[str]:
    first = {row[0]: row[1:] for row in rows}
    return {open_row(seal, kind, key, *more).get("key", key) if more else key for key, more in first.items()}


def _chunk_reader(seal: Seal, kind: Kind, chunk: columns.Chunk) -> Callable[[neo4j.ManagedTransaction], pa.Table]:
    return lambda transaction: columns.read_chunk(transaction, seal, kind, chunk)


def _steady(seal: Seal, work: Callable[[neo4j.ManagedTransaction], T]) -> Callable[[neo4j.ManagedTransaction], T]:
    """Return the work done so that no record was sealed anew between its beginning and its end."""

    def whole(transaction: neo4j.ManagedTransaction) -> T:
        before = look(transaction, seal)
        for _ in range(_LOOKS):
            found = work(transaction)
            after = look(transaction, seal)
            if after == before:
                return found
            before = after
        raise StoreUnavailableError("The keys of this store are being changed just now. Try again in a minute.")

    return whole
