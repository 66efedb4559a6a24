"""What was read of a store file and is held, so that the next reading reads only the chunks that came since."""

from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import sqlcipher3.dbapi2 as sql

from shopfloor.graph.embedded import tables
from shopfloor.records import Kind

MOST_BYTES: Final = 32_000_000
"""Versions of a kind that are larger are read anew each time: they would double the memory that a large store takes."""


@dataclass(frozen=True, slots=True, repr=False)
class _Read:
    """All versions of a kind up to a chunk."""

    n_erasures: int
    last_chunk: int
    versions: pa.Table


class Gathering:
    """All versions of record kinds, read chunk by chunk.

    Chunks are added and never changed, but by an erasure; these are counted in the file (`tables.count_erasures`),
    so that nothing outlives one that another program did.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Read] = {}

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Gathering({len(self._held)} kinds)"

    def read(self, connection: sql.Connection, kind: Kind) -> pa.Table:
        """Return all versions of a kind in order of key and batch; the connection is in a transaction.

        Where nothing came since, it is the very table that was returned last.
        """
        n_erasures, held = tables.count_erasures(connection), self._held.get(kind.name)
        if held is None or held.n_erasures != n_erasures:
            held = _Read(n_erasures, 0, kind.version_schema.empty_table())
        last_chunk, versions = tables.read_after(connection, kind, held.last_chunk, held.versions)
        if versions.nbytes <= MOST_BYTES:
            self._held[kind.name] = _Read(n_erasures, last_chunk, versions)
        else:
            self._held.pop(kind.name, None)
        return versions

    def let_go(self) -> None:
        """Forget what was read."""
        self._held.clear()
