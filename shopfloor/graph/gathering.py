"""What was read of a home of the data and is held, so that the next reading makes only what came since."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import pyarrow as pa

from shopfloor.graph.batches import Batch
from shopfloor.records import Kind

MOST_BYTES: Final = 32_000_000
"""Versions of a kind that are larger are read anew each time: they would double the memory that a large store takes."""

Mark = TypeVar("Mark")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, repr=False)
class _Read(Generic[Mark]):
    """All versions of a kind up to a mark."""

    n_erasures: int
    mark: Mark
    versions: pa.Table


class Gathering(Generic[Mark]):
    """All versions of record kinds, with a mark that tells what of a home has been read; and its batches.

    What a batch said is never changed, but by an erasure; a home counts these, so that nothing outlives one that
    another program did.

    Parameters
    ----------
    start : Mark
        The mark of a home of which nothing has been read.
    """

    def __init__(self, start: Mark) -> None:
        self._start = start
        self._held: dict[str, _Read[Mark]] = {}
        self._batches: dict[int, tuple[object, Batch]] = {}

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Gathering({len(self._held)} kinds)"

    def read(
        self,
        kinds: Iterable[Kind],
        n_erasures: int,
        read_after: Callable[[Kind, Mark, pa.Table], tuple[Mark, pa.Table]],
    ) -> dict[str, pa.Table]:
        """Return all versions of each of these kinds, in order of key and batch.

        Where nothing came since, it is the very table that was returned last.

        Parameters
        ----------
        kinds : iterable of Kind
        n_erasures : int
            How often something was erased in this home.
        read_after : callable
            Is given a kind, a mark and the versions up to it; returns the new mark and all versions.
        """
        return {kind.name: self._read_one(kind, n_erasures, read_after) for kind in kinds}

    def _read_one(
        self, kind: Kind, n_erasures: int, read_after: Callable[[Kind, Mark, pa.Table], tuple[Mark, pa.Table]]
    ) -> pa.Table:
        held = self._held.get(kind.name)
        if held is None or held.n_erasures != n_erasures:
            held = _Read(n_erasures, self._start, kind.version_schema.empty_table())
        mark, versions = read_after(kind, held.mark, held.versions)
        if versions.nbytes <= MOST_BYTES:
            self._held[kind.name] = _Read(n_erasures, mark, versions)
        else:
            self._held.pop(kind.name, None)
        return versions

    def batches(self, rows: Mapping[int, Row], make: Callable[[Row], Batch]) -> tuple[Batch, ...]:
        """Return the batch of each row: of one that is as it was, the very batch that was made of it.

        Every talk that somebody logs is a batch: there are thousands, and one of them is new.

        Parameters
        ----------
        rows : mapping of int to row
            All that the home holds of batches, by their ids; compared by value with what it held.
        make : callable
            Makes the batch of a row.
        """
        before = self._batches
        now = {i: held if (held := before.get(i)) and held[0] == row else (row, make(row)) for i, row in rows.items()}
        self._batches = now
        return tuple(batch for _, batch in now.values())

    def let_go(self) -> None:
        """Forget what was read."""
        self._held.clear()
        self._batches = {}
