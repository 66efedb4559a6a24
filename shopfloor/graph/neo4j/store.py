"""The Neo4j store: the contract on a database of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any, Self

import neo4j
import pyarrow as pa

from shopfloor.errors import (
    NotAStoreError,
    ShopfloorError,
    StoreError,
    StoreNotFoundError,
    StoreUnavailableError,
    StoreVersionError,
    UsageError,
)
from shopfloor.graph.batches import Batch, BatchDraft
from shopfloor.graph.contract import FORMAT_VERSION, Capabilities, Erasure, Keys, Progress, Result, no_progress
from shopfloor.graph.gathering import Gathering
from shopfloor.graph.neo4j import batching, columns, derived, erasing, rotation, soundness, vault
from shopfloor.graph.neo4j.batching import Neo4jBatch, one
from shopfloor.graph.neo4j.cipher import Seal, UnopenedError
from shopfloor.graph.neo4j.layout import META, schema, version_label
from shopfloor.graph.neo4j.reading import details_of, read_after, read_versions, referring
from shopfloor.graph.neo4j.sealing import unopened
from shopfloor.graph.neo4j.server import Server
from shopfloor.graph.neo4j.unlocking import Meta, keys_of, make_meta, read_meta, unlock
from shopfloor.graph.store import VersionedStore, contact_columns, kind_named
from shopfloor.records import KINDS

_MOMENTS = 5
"""How often a snapshot is read again when the data changed meanwhile."""
_INDEX_SECONDS = 300


class Neo4jStore(VersionedStore):
    """A Neo4j database; see `shopfloor.graph.contract.Store` for the methods."""

    def __init__(self, server: Server, seal: Seal) -> None:
        self._server, self._seal = server, seal
        self._gathering = Gathering[Mapping[int, int]]({})  # up to so many versions of each batch

    def __repr__(self) -> str:
        """Name the place only."""
        return f"Neo4jStore({self._server.place})"

    @classmethod
    def create(
        cls, url: str, *, user: str, password: str, database: str | None = None, seal_names: bool | None = None
    ) -> Self:
        """Make a store in an empty database, and its key file; doing it twice is once.

        Parameters
        ----------
        url : str
            ``neo4j://host:7687``, ``bolt://...``, or with ``+s`` for an encrypted connection.
        user, password : str
            Log-in.
        database : str, optional
            Default: the user's own, which is the only one of Community Edition.
        seal_names : bool, optional
            Seal names too; default: where the server is another machine.

        Raises
        ------
        NotAStoreError
            The database holds nodes that are not ours; nothing was changed.
        KeyFileError
            The key file cannot be written, or the store is there and its key file is not.
        UsageError, PassphraseError, StoreUnavailableError, StoreVersionError, StoreError
            What is wrong, and what to do.
        """
        with _closed_on_error(Server.connect(url, user=user, password=password, database=database)) as server:
            if not _is_store(server):
                _refuse_strangers(server)
            _prepare(server)
            meta = make_meta(server, seals_names=(not server.is_here) if seal_names is None else seal_names)
            _refuse_other_choice(server, meta, seal_names=seal_names)
            return cls(server, unlock(server, meta))

    @classmethod
    def open(cls, url: str, *, user: str, password: str, database: str | None = None) -> Self:
        """Open a store; nothing is changed. Parameters as for `create`.

        Raises
        ------
        StoreNotFoundError, NotAStoreError
            The database is empty; it holds something else.
        KeyFileError
            Its key file is missing, can be read by others, or does not fit.
        UsageError, PassphraseError, StoreUnavailableError, StoreVersionError, StoreError
            What is wrong, and what to do.
        """
        with _closed_on_error(Server.connect(url, user=user, password=password, database=database)) as server:
            if not _is_store(server):
                _refuse_strangers(server)
                raise StoreNotFoundError(
                    f"The database at {server.place} is empty. Make a store in it with: shopfloor init {server.place}"
                )
            return cls(server, unlock(server, read_meta(server)))

    @property
    def location(self) -> str:
        """Address of the server."""
        return self._server.place

    @property
    def capabilities(self) -> Capabilities:
        """What it promises."""
        return Capabilities(
            backend="neo4j",
            is_encrypted=False,
            has_snapshot_reads=False,
            is_bulk_atomic=False,
            has_sealed_names=self._seal.seals_names,
        )

    def revision(self) -> int:
        """Return the data revision."""
        return self._server.read(batching.read_revision)

    def batches(self) -> tuple[Batch, ...]:
        """Return all committed batches, oldest first; what is still being written is not seen."""
        return self._as_batches(self._server.read(batching.read_batches))

    @contextmanager
    def open_batch(self, draft: BatchDraft) -> Iterator[Neo4jBatch]:
        """Open a batch: written in chunks, seen when the block ends; removed again on an error."""
        with self._batch(draft) as batch:
            yield batch
            batch.commit()

    def restore_batch(self, batch: Batch, parts: Iterable[tuple[str, pa.Table]]) -> None:
        """Take over a batch of another store as it is."""
        if batch.revision is None:
            raise StoreError(f"Batch {batch.batch_id} is still open and cannot be copied.")
        with self._batch(batch, as_id=batch.batch_id) as writer:
            for kind, versions in parts:
                writer.append(kind, versions)
            writer.commit_as(batch)

    def raise_revision(self, revision: int) -> None:
        """Let the data revision be at least this."""
        text = f"MATCH (m:{META}) WHERE m.revision < $revision SET m.revision = $revision RETURN m.revision"
        self._server.write(_giving(text, revision=revision))

    @contextmanager
    def _batch(self, draft: BatchDraft, as_id: int | None = None) -> Iterator[Neo4jBatch]:
        batch = batching.open_batch(self._server, self._seal, draft, as_id=as_id)
        try:
            yield batch
        except StoreUnavailableError:
            raise  # the server is gone: a later writer removes what was written
        except BaseException:
            with suppress(ShopfloorError):
                batching.abandon(self._server, batch.batch_id)
            raise

    def undo(self, batch_id: int, *, by: str, at: datetime) -> int:
        """Undo a batch and return the new revision."""
        return batching.undo(self._server, self._seal, batch_id, by=by, at=at)

    def erase(self, kind: str, keys: Sequence[str]) -> int:
        """Remove records with all their versions for good, and what results say of them."""
        spec, all_keys = kind_named(kind), sorted(set(keys))

        def work(transaction: neo4j.ManagedTransaction) -> int:
            batching.take_all_turns(transaction)
            batching.next_revision(transaction)
            return erasing.erase(transaction, self._seal, spec, all_keys)

        n_gone = self._server.write(work)
        self._gathering.let_go()
        return n_gone

    def forget(self, erasure: Erasure) -> int:
        """Remove and rewrite records for good in one transaction."""
        n_gone = self._server.write(lambda transaction: erasing.forget(transaction, self._seal, erasure, self.location))
        self._gathering.let_go()
        return n_gone

    def versions(self, kind: str, keys: Sequence[str] | None = None) -> pa.Table:
        """Return the versions of committed batches, in order of key and batch."""
        found = self._server.read(batching.read_batches)
        return read_versions(self._server, self._seal, kind_named(kind), found, keys)

    def _read_moment(self, kinds: Sequence[str]) -> tuple[int, tuple[Batch, ...], dict[str, pa.Table]]:
        """Read until the revision stood still: Neo4j shows every statement what is committed by then."""
        for _ in range(_MOMENTS):
            before = self.revision()
            found = self._server.read(batching.read_batches)
            batches = self._as_batches(found)
            n_erasures = self._server.read(batching.count_erasures)
            read_new = partial(read_after, self._server, self._seal, found)
            versions = self._gathering.read([KINDS[name] for name in kinds], n_erasures, read_new)
            if self.revision() == before:
                return before, batches, versions
        raise StoreUnavailableError(
            f"{self.location} was changed {_MOMENTS} times while it was read. Try again when the others have finished."
        )

    def _referring(self, node_kind: str, node_key: str) -> dict[str, list[str]]:
        return referring(self._server, self._seal, node_kind, node_key)

    def _details_like(self, wanted: Mapping[str, str]) -> list[str]:
        return details_of(self._server, self._seal, wanted)

    def _contact_keys(self) -> pa.Table:
        seen = list(self._server.read(batching.read_batches))
        found: set[str] = set()
        for kind, column in [("contact", "key"), *contact_columns()]:
            text = (
                f"MATCH (n:{version_label(KINDS[kind])}) WHERE n.batch_id IN $seen AND n.`{column}` IS NOT NULL "
                f"RETURN collect(DISTINCT n.`{column}`)"
            )
            found.update(self._server.read(_giving(text, seen=seen)))
        return pa.table({"key": pa.array(sorted(found), pa.string())})

    def _count_versions(self) -> pa.Table:
        batches = self._server.read(batching.read_batches)
        rows = sorted(
            (kind.name, batch_id, each[columns.held_property(kind)])
            for batch_id, each in batches.items()
            for kind in KINDS.values()
            if each.get(columns.held_property(kind), 0)
        )
        schema = pa.schema([("kind", pa.string()), ("batch_id", pa.int64()), ("n_versions", pa.int64())])
        return pa.table([[row[i] for row in rows] for i in range(3)], schema=schema)

    def write_result(self, result: Result) -> None:
        """Write a derived answer, in place of the last of its name; without names where names are sealed."""
        derived.write_result(self._server, derived.nameless(result) if self._seal.seals_names else result)

    def results(self) -> list[tuple[str, str]]:
        """Return (name, about) of the written answers, by name."""
        return derived.results(self._server)

    def documents(self, collection: str) -> dict[str, bytes]:
        """Return the documents of a collection by name, ascending."""
        with self._opening():
            return self._server.read(lambda transaction: vault.documents(transaction, self._seal, collection))

    def change_document(
        self, collection: str, name: str, change: Callable[[bytes | None], bytes | None]
    ) -> bytes | None:
        """Replace one document by what `change` makes of it."""
        with self._opening():
            return self._server.write(
                lambda transaction: vault.change_document(transaction, self._seal, collection, name, change)
            )

    def extend_log(self, make: Callable[[int, bytes | None], bytes]) -> int:
        """Add one entry behind the last of the log and return its number."""
        with self._opening():
            return self._server.write(lambda transaction: vault.extend_log(transaction, self._seal, make))

    def log_entries(self, after: int = 0) -> list[tuple[int, bytes]]:
        """Return number and entry of what was logged after a number, oldest first."""
        with self._opening():
            return self._server.read(lambda transaction: vault.log_entries(transaction, self._seal, after))

    def restore_vault(self, documents: Mapping[tuple[str, str], bytes], entries: Sequence[bytes]) -> None:
        """Take over documents and the log of another store, in one step."""
        self._server.write(
            lambda transaction: vault.restore(transaction, self._seal, documents, entries, self.location)
        )

    @contextmanager
    def _opening(self, what: str = "a document or an entry of the log") -> Iterator[None]:
        try:
            yield
        except UnopenedError:
            raise unopened(self.location, what) from None

    def keys(self) -> Keys:
        """Return which keys seal this store, without any key."""
        return keys_of(self._server, self._seal)

    def rotate_key(self, progress: Progress = no_progress) -> None:
        """Seal everything under a new key, chunk by chunk; stopped on the way, the next call goes on."""
        with self._opening("some records, batches or documents"):
            rotation.rotate(self._server, self._seal, progress)

    def remove_key(self, key_id: str) -> None:
        """Take a retired key out of the key file: copies of the database from before its end stay closed for good."""
        rotation.remove_key(self._seal, key_id)

    def check(self, progress: Progress = no_progress) -> list[str]:
        """Check constraints, batches, counts and relationships."""
        return soundness.check(self._server, self._seal, progress)

    def backup(self, destination: str) -> None:
        """Refuse: only the server can copy its files.

        Raises
        ------
        StoreError
            Always.
        """
        raise StoreError(
            f"A Neo4j store is backed up on its server (neo4j-admin database dump), or copied into an encrypted file: "
            f"shopfloor copy {self.location} {destination}"
        )

    def _as_batches(self, found: Mapping[int, dict[str, Any]]) -> tuple[Batch, ...]:
        try:
            return self._gathering.batches(found, partial(batching.as_batch, self._seal))
        except UnopenedError:
            raise unopened(self.location, "a batch") from None

    def change_passphrase(self, passphrase: str) -> None:  # noqa: ARG002 - it would be the server's to take
        """Refuse: passwords are the server's.

        Raises
        ------
        StoreError
            Always.
        """
        raise StoreError(
            f"The password of {self.location} is the server's: change it there (ALTER CURRENT USER SET PASSWORD)."
        )

    def close(self) -> None:
        """Let go of all connections; closing twice is once."""
        self._gathering.let_go()
        self._server.close()


@contextmanager
def _closed_on_error(server: Server) -> Iterator[Server]:
    try:
        yield server
    except BaseException:
        server.close()
        raise


def _is_store(server: Server) -> bool:
    version = server.read(lambda transaction: one(transaction, f"OPTIONAL MATCH (m:{META}) RETURN m.format_version"))
    if version is not None and version > FORMAT_VERSION:
        raise StoreVersionError(
            f"{server.place} was made by a newer Shopfloor (format {version}; this one knows {FORMAT_VERSION}). "
            "Update the program; nothing was changed."
        )
    return version is not None


def _refuse_strangers(server: Server) -> None:
    n_nodes = server.read(lambda transaction: one(transaction, "MATCH (n) RETURN count(n)"))
    if n_nodes:
        raise NotAStoreError(
            f"The database at {server.place} holds somebody else's graph ({n_nodes} nodes). Nothing was changed. "
            "Shopfloor needs a database of its own: start an empty one, then run: shopfloor init ADDRESS"
        )


def _refuse_other_choice(server: Server, meta: Meta, *, seal_names: bool | None) -> None:
    if seal_names is not None and seal_names != meta.seals_names:
        raise UsageError(
            f"The store at {server.place} {'seals' if meta.seals_names else 'does not seal'} names, and that cannot be "
            "changed in it. Copy it into a file, empty the database, make the store anew and copy it back."
        )


def _prepare(server: Server) -> None:
    made = server.read(soundness.made)
    for statement in [text for name, text in schema().items() if name not in made]:
        server.write(_running(statement))
    server.write(
        lambda transaction: transaction.run("CALL db.awaitIndexes($seconds)", seconds=_INDEX_SECONDS).consume()
    )


def _giving(text: str, **parameters: Any) -> Callable[[neo4j.ManagedTransaction], Any]:  # noqa: ANN401 - any property
    return lambda transaction: one(transaction, text, **parameters)


def _running(statement: str) -> Callable[[neo4j.ManagedTransaction], object]:
    return lambda transaction: transaction.run(statement).consume()
