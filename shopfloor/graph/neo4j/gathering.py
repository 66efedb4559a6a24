"""What was read of a database and is held, so that the next reading reads only the batches that came since."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from shopfloor.graph.neo4j import columns
from shopfloor.graph.neo4j.cipher import Seal
from shopfloor.graph.neo4j.reading import read_versions
from shopfloor.graph.neo4j.server import Server
from shopfloor.records import Kind

MOST_BYTES: Final = 32_000_000
"""Versions of a kind that are larger are read anew each time: they would double the memory that a large store takes."""


@dataclass(frozen=True, slots=True, repr=False)
class _Read:
    """All versions of a kind in some batches."""

    n_erasures: int
    versions: pa.Table
    written: Mapping[int, int] = field(default_factory=dict)


class Gathering:
    """All versions of record kinds, read batch by batch.

    What a batch said is never changed, but by an erasure; these are counted in the database
    (`shopfloor.graph.neo4j.batching.count_erasures`), so that nothing outlives one that another program did.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Read] = {}

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Gathering({len(self._held)} kinds)"

    def read(
        self, server: Server, seal: Seal, kind: Kind, batches: Mapping[int, Mapping[str, Any]], n_erasures: int
    ) -> pa.Table:
        """Return all versions of a kind in these batches, in order of key and batch.

        Where nothing came since, it is the very table that was returned last.
        """
        written = {batch_id: n for batch_id, each in batches.items() if (n := each.get(columns.written_property(kind)))}
        held = self._held.get(kind.name)
        if held is None or held.n_erasures != n_erasures or not held.written.items() <= written.items():
            held = _Read(n_erasures, kind.version_schema.empty_table())
        versions = held.versions
        new = {batch_id: each for batch_id, each in batches.items() if batch_id in written.keys() - held.written.keys()}
        if new:
            versions = columns.in_order(kind, [held.versions, read_versions(server, seal, kind, new)])
        if versions.nbytes <= MOST_BYTES:
            self._held[kind.name] = _Read(n_erasures, versions, written)
        else:
            self._held.pop(kind.name, None)
        return versions

    def let_go(self) -> None:
        """Forget what was read."""
        self._held.clear()
