"""What was read of a home of the data and is held, so that the next reading reads only what came since."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import pyarrow as pa

from shopfloor.records import Kind

MOST_BYTES: Final = 32_000_000
"""Versions of a kind that are larger are read anew each time: they would double the memory that a large store takes."""

Mark = TypeVar("Mark")


@dataclass(frozen=True, slots=True, repr=False)
class _Read(Generic[Mark]):
    """All versions of a kind up to a mark."""

    n_erasures: int
    mark: Mark
    versions: pa.Table


class Gathering(Generic[Mark]):
    """All versions of record kinds, with a mark that tells what of a home has been read.

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

    def let_go(self) -> None:
        """Forget what was read."""
        self._held.clear()
