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
    has_sealed_names : bool
        Names are not readable where the data lie.
    """

    backend: str
    is_encrypted: bool
    has_snapshot_reads: bool
    is_bulk_atomic: bool
    has_sealed_names: bool = True


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


@dataclass(frozen=True, slots=True, repr=False)
class Erasure:
    """What is to go for good, in one step: the one exception to versions being never changed.

    Attributes
    ----------
    revision : int
        Data revision it was worked out at.
    gone : mapping of str to sequence of str
        By record kind: keys of the records that go with all their versions.
    instead : mapping of str to pyarrow.Table
        By record kind: versions (columns of ``version_schema``) put back in place of records in `gone`, each in the
        batch it names; their keys may be others.
    documents : mapping of (str, str) to bytes or None
        Documents, by collection and name, that become this in the same step; None: that go.
    """

    revision: int
    gone: Mapping[str, Sequence[str]]
    instead: Mapping[str, pa.Table] = field(default_factory=dict)
    documents: Mapping[tuple[str, str], bytes | None] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Give counts only: no personal value may reach a log."""
        n_back = sum(table.num_rows for table in self.instead.values())
        return f"Erasure({sum(map(len, self.gone.values()))} records, {n_back} versions put back)"


@dataclass(frozen=True, slots=True)
class Keys:
    """Which keys seal a store; never a key itself.

    Attributes
    ----------
    path : str
        The key file.
    store_id : str
        Names the store in it.
    seals_names : bool
        Whether names are sealed, besides what always is.
    in_use : tuple of str
        Ids of the keys that seal something, the active one first; two while the key is being changed.
    retired : mapping of str to str
        Since when (UTC) a key seals nothing any more, by its id.
    is_private : bool
        The system could tell that nobody else on this machine may read the file.
    """

    path: str
    store_id: str
    seals_names: bool
    in_use: tuple[str, ...]
    retired: Mapping[str, str]
    is_private: bool


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

    def claim(self, kind: str, key: str) -> None:
        """Let the batch be committed only if no other batch that counts speaks of this record by then.

        Two writers who claim one record, at the same moment and from different programs, do not both get it.

        Raises
        ------
        RecordTakenError
            One does; raised here or where the block ends, and nothing of the batch is seen.
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

    def forget(self, erasure: Erasure) -> int:
        """Remove and rewrite records for good in one step; return how many versions went and were not put back.

        Results written back lose the people whose contacts go. What the home itself keeps of removed data (freed
        pages, a log of changes) is overwritten where the home can do that.

        Raises
        ------
        StoreLockedError
            The data changed since the erasure was worked out, or somebody is importing; nothing was changed.
        """
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

    def raise_revision(self, revision: int) -> None:
        """Let the data revision be at least this: of a copied store, whose last changes were undos. Never lowers it."""
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

    def find_contacts(self, *, phone: str | None = None, email: str | None = None) -> list[str]:
        """Return the keys of contacts whose visible details have this phone number and this e-mail address, sorted.

        Compared as `shopfloor.graph.lookup` says.

        Raises
        ------
        UsageError
            Neither is given, or what is given is none.
        """
        ...

    def write_result(self, result: Result) -> None:
        """Write a derived answer, in place of the last of its name."""
        ...

    def results(self) -> list[tuple[str, str]]:
        """Return (name, about) of the written answers, by name."""
        ...

    def documents(self, collection: str) -> dict[str, bytes]:
        """Return the documents of a collection by name, ascending: accounts, sessions and the like, never records."""
        ...

    def change_document(
        self, collection: str, name: str, change: Callable[[bytes | None], bytes | None]
    ) -> bytes | None:
        """Replace one document by what `change` makes of it, in one step that nobody can come between.

        Parameters
        ----------
        collection, name : str
            Which document.
        change : callable
            Gets what is there (None: nothing) and returns what shall be there (None: nothing). It may be called again
            after a clash, so it does nothing else; an exception in it leaves what was there.

        Returns
        -------
        bytes or None
            What is there now. The data revision stays.
        """
        ...

    def extend_log(self, make: Callable[[int, bytes | None], bytes]) -> int:
        """Add one entry behind the last of the log, in one step, and return its number; entries are never changed.

        Parameters
        ----------
        make : callable
            Gets the number of the new entry (from 1) and the last entry, and returns the new one; may be called again.
        """
        ...

    def log_entries(self, after: int = 0) -> list[tuple[int, bytes]]:
        """Return number and entry of what was logged after a number, oldest first."""
        ...

    def restore_vault(self, documents: Mapping[tuple[str, str], bytes], entries: Sequence[bytes]) -> None:
        """Take over documents, by collection and name, and the log of another store, in one step.

        Documents of the same names are replaced.

        Raises
        ------
        StoreError
            The store has a log of its own; nothing was changed.
        """
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

    def change_passphrase(self, passphrase: str) -> None:
        """Encrypt everything under a new passphrase: stopped on the way, exactly one of the two opens it.

        Raises
        ------
        StoreError
            This home has no passphrase of its own (the message says what has).
        """
        ...

    def keys(self) -> Keys | None:
        """Return which keys seal the store; None where it has a passphrase instead."""
        ...

    def rotate_key(self, progress: Progress = no_progress) -> None:
        """Seal everything under a new key while others read; stopped on the way, the next call goes on.

        Raises
        ------
        StoreLockedError
            Somebody is importing.
        StoreError
            This home has a passphrase instead (the message says how to change it).
        """
        ...

    def remove_key(self, key_id: str) -> None:
        """Take a retired key out of the key file for good.

        Raises
        ------
        StoreError
            There is no such key, it is in use, or this home has a passphrase instead.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
