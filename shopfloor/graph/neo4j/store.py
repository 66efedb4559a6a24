"""The Neo4j store: the contract on a database of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Self

import neo4j
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import (
    NotAStoreError,
    ShopfloorError,
    StoreError,
    StoreNotFoundError,
    StoreUnavailableError,
    StoreVersionError,
)
from shopfloor.graph.batches import Batch, BatchDraft
from shopfloor.graph.contract import FORMAT_VERSION, Capabilities, Progress, Result, no_progress
from shopfloor.graph.neo4j import batching, columns, derived, soundness
from shopfloor.graph.neo4j.batching import Neo4jBatch, one
from shopfloor.graph.neo4j.layout import BATCH, META, anchor_label, ends_of, schema, version_label
from shopfloor.graph.neo4j.server import Server
from shopfloor.graph.store import VersionedStore, contact_columns, kind_named
from shopfloor.records import KINDS, Kind

_MOMENTS = 5
"""How often a snapshot is read again when the data changed meanwhile."""
_ERASE_KEYS = 2_000
_INDEX_SECONDS = 300


class Neo4jStore(VersionedStore):
    """A Neo4j database; see `shopfloor.graph.contract.Store` for the methods."""

    capabilities = Capabilities(backend="neo4j", is_encrypted=False, has_snapshot_reads=False, is_bulk_atomic=False)

    def __init__(self, server: Server) -> None:
        self._server = server

    def __repr__(self) -> str:
        """Name the place only."""
        return f"Neo4jStore({self._server.place})"

    @classmethod
    def create(cls, url: str, *, user: str, password: str, database: str | None = None) -> Self:
        """Make a store in an empty database: constraints, indexes and a node that says so; doing it twice is once.

        Parameters
        ----------
        url : str
            ``neo4j://host:7687``, ``bolt://...``, or with ``+s`` for an encrypted connection.
        user, password : str
            Log-in.
        database : str, optional
            Default: the user's own, which is the only one of Community Edition.

        Raises
        ------
        NotAStoreError
            The database holds nodes that are not ours; nothing was changed.
        UsageError, PassphraseError, StoreUnavailableError, StoreVersionError, StoreError
            What is wrong, and what to do.
        """
        with _closed_on_error(Server.connect(url, user=user, password=password, database=database)) as server:
            if not _is_store(server):
                _refuse_strangers(server)
            _prepare(server)
            return cls(server)

    @classmethod
    def open(cls, url: str, *, user: str, password: str, database: str | None = None) -> Self:
        """Open a store; nothing is changed. Parameters as for `create`.

        Raises
        ------
        StoreNotFoundError, NotAStoreError
            The database is empty; it holds something else.
        UsageError, PassphraseError, StoreUnavailableError, StoreVersionError, StoreError
            What is wrong, and what to do.
        """
        with _closed_on_error(Server.connect(url, user=user, password=password, database=database)) as server:
            if not _is_store(server):
                _refuse_strangers(server)
                raise StoreNotFoundError(
                    f"The database at {server.place} is empty. Make a store in it with: shopfloor init {server.place}"
                )
            return cls(server)

    @property
    def location(self) -> str:
        """Address of the server."""
        return self._server.place

    def revision(self) -> int:
        """Return the data revision."""
        return self._server.read(batching.read_revision)

    def batches(self) -> tuple[Batch, ...]:
        """Return all committed batches, oldest first; what is still being written is not seen."""
        return self._server.read(batching.read_batches)[0]

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

    @contextmanager
    def _batch(self, draft: BatchDraft, as_id: int | None = None) -> Iterator[Neo4jBatch]:
        batch = batching.open_batch(self._server, draft, as_id=as_id)
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
        return batching.undo(self._server, batch_id, by=by, at=at)

    def erase(self, kind: str, keys: Sequence[str]) -> int:
        """Remove records with all their versions for good, and what results say of them."""
        spec, all_keys = kind_named(kind), sorted(set(keys))

        def work(transaction: neo4j.ManagedTransaction) -> int:
            batching.take_turn(transaction)
            batching.next_revision(transaction)
            some = (all_keys[start : start + _ERASE_KEYS] for start in range(0, len(all_keys), _ERASE_KEYS))
            return sum(_erase_some(transaction, spec, part) for part in some)

        return self._server.write(work)

    def versions(self, kind: str, keys: Sequence[str] | None = None) -> pa.Table:
        """Return the versions of committed batches, in order of key and batch."""
        return self._read_versions(kind_named(kind), self._server.read(batching.read_batches)[1], keys)

    def _read_versions(
        self, kind: Kind, batches: dict[int, dict[str, Any]], keys: Sequence[str] | None = None
    ) -> pa.Table:
        if keys is not None:
            wanted = sorted(set(keys))
            table = self._server.read(lambda transaction: columns.read_keys(transaction, kind, wanted))
            seen = pc.is_in(table["batch_id"], pa.array(list(batches), pa.int64()))
            return columns.in_order(kind, [table.filter(seen)])
        written = {batch_id: each.get(columns.written_property(kind), 0) for batch_id, each in batches.items()}
        chunks = columns.chunks(kind, written)
        return columns.in_order(kind, [self._server.read(_reading(kind, chunk)) for chunk in chunks])

    def _read_moment(self, kinds: Sequence[str]) -> tuple[int, tuple[Batch, ...], dict[str, pa.Table]]:
        """Read until the revision stood still: Neo4j shows every statement what is committed by then."""
        for _ in range(_MOMENTS):
            before = self.revision()
            batches, properties = self._server.read(batching.read_batches)
            versions = {name: self._read_versions(KINDS[name], properties) for name in kinds}
            if self.revision() == before:
                return before, batches, versions
        raise StoreUnavailableError(
            f"{self.location} was changed {_MOMENTS} times while it was read. Try again when the others have finished."
        )

    def _referring(self, node_kind: str, node_key: str) -> dict[str, list[str]]:
        def work(transaction: neo4j.ManagedTransaction) -> dict[str, list[str]]:
            found: dict[str, set[str]] = {}
            for kind in KINDS.values():
                for end in ends_of(kind):
                    if end.spec is not None and end.anchor == anchor_label(node_kind):
                        node, anchor = f"(n:{version_label(kind)})", f"(:{end.anchor} {{key: $key}})"
                        pattern = end.pattern(node=node, anchor=anchor)
                        keys = one(transaction, f"MATCH {pattern} RETURN collect(DISTINCT n.key)", key=node_key)
                        found.setdefault(kind.name, set()).update(keys)
            return {kind: sorted(keys) for kind, keys in found.items() if keys}

        return self._server.read(work)

    def _contact_keys(self) -> pa.Table:
        seen = list(self._server.read(batching.read_batches)[1])
        found: set[str] = set()
        for kind, column in [("contact", "key"), *contact_columns()]:
            text = (
                f"MATCH (n:{version_label(KINDS[kind])}) WHERE n.batch_id IN $seen AND n.`{column}` IS NOT NULL "
                f"RETURN collect(DISTINCT n.`{column}`)"
            )
            found.update(self._server.read(_giving(text, seen=seen)))
        return pa.table({"key": pa.array(sorted(found), pa.string())})

    def _count_versions(self) -> pa.Table:
        batches = self._server.read(batching.read_batches)[1]
        rows = sorted(
            (kind.name, batch_id, each[columns.held_property(kind)])
            for batch_id, each in batches.items()
            for kind in KINDS.values()
            if each.get(columns.held_property(kind), 0)
        )
        schema = pa.schema([("kind", pa.string()), ("batch_id", pa.int64()), ("n_versions", pa.int64())])
        return pa.table([[row[i] for row in rows] for i in range(3)], schema=schema)

    def write_result(self, result: Result) -> None:
        """Write a derived answer, in place of the last of its name."""
        derived.write_result(self._server, result)

    def results(self) -> list[tuple[str, str]]:
        """Return (name, about) of the written answers, by name."""
        return derived.results(self._server)

    def check(self, progress: Progress = no_progress) -> list[str]:
        """Check constraints, batches, counts and relationships."""
        return soundness.check(self._server, progress)

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

    def close(self) -> None:
        """Let go of all connections; closing twice is once."""
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


def _prepare(server: Server) -> None:
    made = server.read(soundness.made)
    for statement in [text for name, text in schema().items() if name not in made]:
        server.write(_running(statement))
    server.write(
        lambda transaction: transaction.run("CALL db.awaitIndexes($seconds)", seconds=_INDEX_SECONDS).consume()
    )
    text = (
        f"MERGE (m:{META} {{name: 'store'}}) ON CREATE SET m.format_version = $version, m.revision = 0, "
        "m.n_turns = 0, m.created_at = datetime()"
    )
    server.write(lambda transaction: transaction.run(text, version=FORMAT_VERSION).consume())


def _giving(text: str, **parameters: Any) -> Callable[[neo4j.ManagedTransaction], Any]:  # noqa: ANN401 - any property
    return lambda transaction: one(transaction, text, **parameters)


def _running(statement: str) -> Callable[[neo4j.ManagedTransaction], object]:
    return lambda transaction: transaction.run(statement).consume()


def _reading(kind: Kind, chunk: columns.Chunk) -> Callable[[neo4j.ManagedTransaction], pa.Table]:
    return lambda transaction: columns.read_chunk(transaction, kind, chunk)


def _erase_some(transaction: neo4j.ManagedTransaction, kind: Kind, keys: list[str]) -> int:
    matching = f"UNWIND $keys AS key MATCH (n:{version_label(kind)}) WHERE n.key = key AND n.batch_id > 0"
    held = columns.held_property(kind)
    transaction.run(
        f"{matching} WITH n.batch_id AS batch_id, count(*) AS n_gone "
        f"MATCH (b:{BATCH} {{batch_id: batch_id}}) SET b.{held} = b.{held} - n_gone",
        keys=keys,
    ).consume()
    if kind.name == "contact":
        derived.forget_people(transaction, keys)
    return batching.remove_versions(transaction, f"{matching} WITH n", keys=keys)
