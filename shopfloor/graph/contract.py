"""The store contract: what every home of the data does, and how; the same test suite runs over all of them.

Records are written as versions inside a batch and never changed. A batch is seen whole or not at all. Everything a
store returns is a pyarrow table with the columns of `shopfloor.records`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa

from shopfloor.graph.batches import Batch, BatchDraft

FORMAT_VERSION = 1
"""Of the tables and graph properties; a store with a larger one is refused."""

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, units done, units in all) while long work goes on."""


def no_progress(what: str, done: int, total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a store can promise beyond the contract.

    Attributes
    ----------
    backend : str
        ``embedded`` or ``neo4j``.
    is_encrypted : bool
        The data at rest are encrypted under the user's key.
    has_snapshot_reads : bool
        A snapshot is one moment by construction; otherwise it is read again until the revision stood still.
    is_bulk_atomic : bool
        A batch is one transaction; otherwise it is written in chunks and becomes visible at its commit.
    """

    backend: str
    is_encrypted: bool
    has_snapshot_reads: bool
    is_bulk_atomic: bool


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot:
    """Visible records of one moment.

    Attributes
    ----------
    revision : int
        Data revision the tables belong to.
    batches : tuple of Batch
        All batches, oldest first.
    tables : mapping of str to pyarrow.Table
        By record kind: visible records, columns of ``KINDS[kind].schema`` and ``batch_id``, in order of the key.
    shown_on : mapping of str to pyarrow.Array
        Of assignments, which run until the list that last showed them: its date, row by row of the table.
    """

    revision: int
    batches: tuple[Batch, ...]
    tables: Mapping[str, pa.Table]
    shown_on: Mapping[str, pa.Array] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Give counts only: no personal value may reach a log."""
        return f"Snapshot(revision {self.revision}, {sum(t.num_rows for t in self.tables.values())} records)"


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """An answer written back to the store, dated and marked derived.

    Attributes
    ----------
    name : str
        ``leaders`` or ``groups``; a later result of that name takes its place.
    about : str
        JSON object: how it was made.
    people : pyarrow.Table
        ``key`` (the person's), ``contact_keys`` (list of str: her contacts) and one column a property.
    ties : pyarrow.Table or None
        ``from_key``, ``to_key``, ``layer``, ``strength``: derived ties to draw between those people.
    """

    name: str
    about: str
    people: pa.Table
    ties: pa.Table | None = None


class BatchWriter(Protocol):
    """An open batch."""

    @property
    def batch_id(self) -> int:
        """Id of the batch."""
        ...

    def append(self, kind: str, versions: pa.Table) -> None:
        """Add versions: columns of the kind's ``version_schema`` but ``batch_id``; a key may stand once a batch.

        Raises
        ------
        StoreError
            A key stands twice, a key is null, or the store cannot be written.
        """
        ...

    def set_counts(self, counts: str) -> None:
        """Say what the batch did: a JSON object kept with it."""
        ...


class Store(Protocol):
    """A home of the data. One object may be used by several threads."""

    @property
    def location(self) -> str:
        """Path or address, without credentials."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it promises."""
        ...

    def revision(self) -> int:
        """Return the data revision: one more for every commit, undo or erasure."""
        ...

    def batches(self) -> tuple[Batch, ...]:
        """Return all batches, oldest first."""
        ...

    def open_batch(self, draft: BatchDraft) -> AbstractContextManager[BatchWriter]:
        """Open a batch; leaving the block commits it, an exception (or a crash) leaves what was seen as it was.

        Raises
        ------
        StoreLockedError
            Another writer held the store for too long.
        """
        ...

    def undo(self, batch_id: int, *, by: str, at: datetime) -> int:
        """Undo a batch and return the new revision; undoing it twice is once.

        Raises
        ------
        NotFoundError
            There is no such committed batch.
        """
        ...

    def erase(self, kind: str, keys: Sequence[str]) -> int:
        """Remove records with all their versions for good; return how many versions went."""
        ...

    def versions(self, kind: str, keys: Sequence[str] | None = None) -> pa.Table:
        """Return the versions of committed batches (undone ones too), in order of key and batch."""
        ...

    def restore_batch(self, batch: Batch, parts: Iterable[tuple[str, pa.Table]]) -> None:
        """Take over a batch of another store as it is: its id, revision and times. For copies of whole stores.

        Raises
        ------
        StoreError
            The store holds that batch or a later revision already.
        """
        ...

    def records(self, kind: str, keys: Sequence[str] | None = None, *, known_at: datetime | None = None) -> pa.Table:
        """Return visible records, all or those with these keys, in order of the key."""
        ...

    def snapshot(self, kinds: Iterable[str] | None = None, *, known_at: datetime | None = None) -> Snapshot:
        """Return the visible records of these kinds (default: all) at one moment."""
        ...

    def neighbours(self, kind: str, key: str) -> pa.Table:
        """Return the relationships of one node, columns of `shopfloor.graph.relations.EDGES`, sorted."""
        ...

    def reach(self, kind: str, key: str, *, max_hops: int) -> pa.Table:
        """Return the distinct nodes within `max_hops` relationships: ``kind``, ``key``, ``hops`` (0 = itself)."""
        ...

    def query(self, name: str, **parameters: Any) -> pa.Table:  # noqa: ANN401 - parameters differ by query
        """Run one of the named read queries (`shopfloor.graph.store.QUERIES`).

        Raises
        ------
        UsageError
            There is no such query.
        """
        ...

    def write_result(self, result: Result) -> None:
        """Write a derived answer, in place of the last of its name."""
        ...

    def results(self) -> list[tuple[str, str]]:
        """Return (name, about) of the written answers, by name."""
        ...

    def check(self, progress: Progress = no_progress) -> list[str]:
        """Look for damage and contradictions; an empty list is a sound store."""
        ...

    def backup(self, destination: str) -> None:
        """Write a consistent, equally protected copy while others may read and write.

        Raises
        ------
        StoreError
            The destination exists, or this home has no backup of its own (the message says what has).
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
