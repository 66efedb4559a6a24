"""Batches in Neo4j: opened, written chunk by chunk, and seen only once their one status property says *committed*.

Writers take turns at what opens, commits or removes: the lock of the meta node. A chunk of versions takes the lock of
one *lane*, so that as many chunks as there are lanes are written at once; whatever removes nodes takes all lanes too,
so that nothing disappears while a chunk refers to it. Each step may be tried again after its answer was lost: it looks
whether it was done already.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import neo4j
import neo4j.time
import pyarrow as pa

from shopfloor.errors import NotFoundError, RecordTakenError, StoreError
from shopfloor.graph.batches import Batch, BatchDraft, live_batches
from shopfloor.graph.intake import TAKEN, take_in
from shopfloor.graph.neo4j.cipher import Seal
from shopfloor.graph.neo4j.columns import Piece, create_versions, held_property, pieces, written_property
from shopfloor.graph.neo4j.layout import BATCH, LANE, META, N_LANES, version_label
from shopfloor.graph.neo4j.sealing import look, stored_keys
from shopfloor.graph.neo4j.server import Server, Work
from shopfloor.graph.store import kind_named
from shopfloor.records import KINDS, Kind

STALE_MINUTES = 10
"""An open batch that was not written for so long was left by a crash."""
_REMOVE_ROWS = 5_000
_BATCH_FIELDS = tuple(field.name for field in fields(Batch))
_DRAFT_FIELDS = tuple(field.name for field in fields(BatchDraft))
SEALED_TEXTS = ("made_by", "undone_by", "files")
"""Properties of a batch that are sealed."""


def one(transaction: neo4j.ManagedTransaction, text: str, **parameters: Any) -> Any:  # noqa: ANN401 - any property
    """Return the one value that a statement gives, None if it gives no row."""
    record = transaction.run(text, parameters).single()
    return None if record is None else record[0]


def take_turn(transaction: neo4j.ManagedTransaction) -> None:
    """Wait for the writers' lock; it is held until the transaction ends."""
    transaction.run(f"MATCH (m:{META}) SET m.n_turns = m.n_turns + 1").consume()


def take_all_turns(transaction: neo4j.ManagedTransaction) -> None:
    """Wait for the writers' lock and for all lanes: no chunk is being written until the transaction ends."""
    take_turn(transaction)
    for lane in range(N_LANES):
        _take_lane(transaction, lane)


def _take_lane(transaction: neo4j.ManagedTransaction, lane: int) -> None:
    text = f"MERGE (l:{LANE} {{number: $lane}}) SET l.n_turns = coalesce(l.n_turns, 0) + 1"
    transaction.run(text, lane=lane).consume()


def next_revision(transaction: neo4j.ManagedTransaction) -> int:
    """Count the data revision up and return it."""
    return int(one(transaction, f"MATCH (m:{META}) SET m.revision = m.revision + 1 RETURN m.revision"))


def read_revision(transaction: neo4j.ManagedTransaction) -> int:
    """Return the data revision."""
    return int(one(transaction, f"MATCH (m:{META}) RETURN m.revision"))


def note_erasure(transaction: neo4j.ManagedTransaction) -> None:
    """Count one more erasure."""
    transaction.run(f"MATCH (m:{META}) SET m.n_erasures = coalesce(m.n_erasures, 0) + 1").consume()


def count_erasures(transaction: neo4j.ManagedTransaction) -> int:
    """Return how often something was erased in this database."""
    return int(one(transaction, f"MATCH (m:{META}) RETURN coalesce(m.n_erasures, 0)"))


class Neo4jBatch:
    """An open batch; see `shopfloor.graph.contract.BatchWriter`."""

    def __init__(self, server: Server, seal: Seal, batch_id: int, writer: str) -> None:
        self._server, self._seal, self._writer = server, seal, writer
        self._written: dict[str, int] = {}
        self._claimed: list[tuple[str, str]] = []
        self._counts = "{}"
        self.batch_id = batch_id

    def append(self, kind: str, versions: pa.Table) -> None:
        """Add versions, a chunk a transaction."""
        spec = kind_named(kind)
        ready = pieces(self._seal, spec, take_in(spec, versions, self.batch_id))
        self._server.write_all(self._writings(spec, ready))

    def _writings(self, kind: Kind, ready: Iterable[Piece]) -> Iterator[Work[None]]:
        for lane, piece in zip(itertools.cycle(range(N_LANES)), ready, strict=False):
            place = self._written.get(kind.name, 0)
            self._written[kind.name] = place + piece.n_rows
            yield self._writing(kind, piece, place, lane)

    def claim(self, kind: str, key: str) -> None:
        """Refuse, when the batch is to be seen, a record that is there then."""
        self._claimed.append((kind_named(kind).name, key))

    def set_counts(self, counts: str) -> None:
        """Say what the batch did."""
        self._counts = counts

    def commit(self) -> None:
        """Make the batch seen."""

        def work(transaction: neo4j.ManagedTransaction) -> None:
            take_turn(transaction)
            if not self._is_done(transaction):
                self._refuse_taken(transaction)
                done = {"revision": next_revision(transaction), "committed_at": _now(transaction)}
                self._finish(transaction, {**done, "status": "committed", "counts": self._counts})

        self._server.write(work)

    def commit_as(self, batch: Batch) -> None:
        """Make the batch seen as another store has it."""

        def work(transaction: neo4j.ManagedTransaction) -> None:
            take_turn(transaction)
            if not self._is_done(transaction):
                told = _properties(self._seal, batch.batch_id, batch, _BATCH_FIELDS)
                self._finish(transaction, {**told, "status": batch.status})
                text = f"MATCH (m:{META}) WHERE m.revision < $revision SET m.revision = $revision"
                transaction.run(text, revision=batch.revision).consume()

        self._server.write(work)

    def _refuse_taken(self, transaction: neo4j.ManagedTransaction) -> None:
        """Refuse what is claimed and there: it is our turn, so nobody else's batch becomes seen meanwhile."""
        if not self._claimed:
            return
        look(transaction, self._seal)
        others = [_batch_without_texts(properties) for properties in read_batches(transaction).values()]
        live = [batch.batch_id for batch in live_batches(others)]
        for kind, key in self._claimed:
            text = (
                f"MATCH (n:{version_label(KINDS[kind])}) WHERE n.key IN $keys AND n.batch_id IN $live RETURN count(n)"
            )
            if one(transaction, text, keys=stored_keys(self._seal, KINDS[kind], [key]), live=live):
                raise RecordTakenError(TAKEN.format(kind=kind))

    def _is_done(self, transaction: neo4j.ManagedTransaction) -> bool:
        """Tell whether this commit happened and only its answer was lost."""
        text = f"MATCH (b:{BATCH} {{batch_id: $batch_id}}) WHERE b.writer = $writer RETURN b.status"
        return one(transaction, text, batch_id=self.batch_id, writer=self._writer) in {"committed", "undone"}

    def _finish(self, transaction: neo4j.ManagedTransaction, properties: dict[str, Any]) -> None:
        text = f"{_OURS} SET b += $properties, b.renewed_at = null RETURN b.batch_id"
        told = {**properties, **self._held()}
        if one(transaction, text, batch_id=self.batch_id, writer=self._writer, properties=told) is None:
            raise self._gone()

    def _writing(self, kind: Kind, piece: Piece, place: int, lane: int) -> Work[None]:
        there = f"MATCH (n:{version_label(kind)}) WHERE n.batch_id = $batch_id AND n.place = $place RETURN n.place"

        def work(transaction: neo4j.ManagedTransaction) -> None:
            _take_lane(transaction, lane)
            if one(transaction, f"{_OURS} RETURN b.batch_id", batch_id=self.batch_id, writer=self._writer) is None:
                raise self._gone()
            if one(transaction, there, batch_id=self.batch_id, place=place) is None:
                create_versions(transaction, self._seal, kind, piece, place)
            if lane == 0:  # the others need not wait for the batch: one tells often enough that its writer is alive
                text = f"{_OURS} SET b.renewed_at = datetime()"
                transaction.run(text, batch_id=self.batch_id, writer=self._writer).consume()

        return work

    def _held(self) -> dict[str, int]:
        """Return the properties of a batch that tell how many rows of each kind it has."""
        names = (written_property, held_property)
        return {name(KINDS[kind]): n_rows for kind, n_rows in self._written.items() for name in names}

    def _gone(self) -> StoreError:
        return StoreError(
            f"{self._server.place}: batch {self.batch_id} was taken for abandoned, since nothing was written for more "
            f"than {STALE_MINUTES} minutes, and was removed. Nothing that was seen has changed. Import again."
        )


_OURS = f"MATCH (b:{BATCH} {{batch_id: $batch_id}}) WHERE b.writer = $writer AND b.status = 'open'"


def _now(transaction: neo4j.ManagedTransaction) -> neo4j.time.DateTime:
    """Return the server's time, the same for all writers, and later than that of the last commit."""
    text = (
        f"OPTIONAL MATCH (b:{BATCH}) WITH max(b.committed_at) AS last, "
        "datetime.truncate('microsecond', datetime.statement('UTC')) AS now "
        "RETURN CASE WHEN last >= now THEN last + duration({microseconds: 1}) ELSE now END"
    )
    now: neo4j.time.DateTime = one(transaction, text)
    return now


def open_batch(server: Server, seal: Seal, draft: BatchDraft, *, as_id: int | None = None) -> Neo4jBatch:
    """Open a batch under the next id, or `as_id`; clear away first what a crash left.

    Raises
    ------
    NotFoundError
        The batch that it replaces is not there.
    StoreError
        The store holds `as_id` or a later batch.
    """
    remove_abandoned(server)
    writer = uuid4().hex

    def work(transaction: neo4j.ManagedTransaction) -> int:
        take_turn(transaction)
        look(transaction, seal)
        mine = one(transaction, f"MATCH (b:{BATCH}) WHERE b.writer = $writer RETURN b.batch_id", writer=writer)
        if mine is not None:
            return int(mine)
        last = one(transaction, f"MATCH (b:{BATCH}) RETURN coalesce(max(b.batch_id), 0)")
        _refuse(transaction, server.place, draft, as_id, last)
        batch_id = last + 1 if as_id is None else as_id
        told = _properties(seal, batch_id, draft, _DRAFT_FIELDS)
        properties = {**told, "batch_id": batch_id, "status": "open", "writer": writer}
        transaction.run(f"CREATE (b:{BATCH}) SET b = $properties, b.renewed_at = datetime()", properties=properties)
        return int(batch_id)

    return Neo4jBatch(server, seal, server.write(work), writer)


def _refuse(transaction: neo4j.ManagedTransaction, place: str, draft: BatchDraft, as_id: int | None, last: int) -> None:
    if as_id is not None and as_id <= last:
        raise StoreError(f"{place} holds batch {as_id} already (or one that is being written). Copy into a new store.")
    text = f"MATCH (b:{BATCH} {{batch_id: $batch_id}}) WHERE b.status IN ['committed', 'undone'] RETURN b.batch_id"
    if draft.replaces is not None and one(transaction, text, batch_id=draft.replaces) is None:
        raise NotFoundError(
            f"There is no batch {draft.replaces} to replace. See them with: shopfloor imports list STORE"
        )


def abandon(server: Server, batch_id: int) -> None:
    """Give up an open batch and remove what it wrote."""
    text = f"MATCH (b:{BATCH} {{batch_id: $batch_id}}) WHERE b.status = 'open' SET b.status = 'abandoned'"

    def work(transaction: neo4j.ManagedTransaction) -> None:
        take_all_turns(transaction)
        transaction.run(text, batch_id=batch_id).consume()

    server.write(work)
    _remove(server, batch_id)


_STALE = (
    f"MATCH (b:{BATCH}) WHERE b.status = 'abandoned' OR (b.status = 'open' AND "
    f"b.renewed_at < datetime() - duration({{minutes: {STALE_MINUTES}}}))"
)


def abandoned(transaction: neo4j.ManagedTransaction) -> list[int]:
    """Return the open batches that a crash left."""
    return list(one(transaction, f"{_STALE} RETURN collect(b.batch_id)"))


def remove_abandoned(server: Server) -> None:
    """Remove the open batches that a crash left."""

    def work(transaction: neo4j.ManagedTransaction) -> list[int]:
        take_all_turns(transaction)
        return list(one(transaction, f"{_STALE} SET b.status = 'abandoned' RETURN collect(b.batch_id)"))

    for batch_id in server.write(work) if server.read(abandoned) else ():
        _remove(server, batch_id)


def _remove(server: Server, batch_id: int) -> None:
    """Remove an abandoned batch in chunks, its own node last, so that a crash on the way leaves work for the next."""
    for kind in KINDS.values():
        matching = f"MATCH (n:{version_label(kind)}) WHERE n.batch_id = $batch_id AND n.place >= 0"
        while server.write(_removing(matching, batch_id)):
            pass
    text = f"MATCH (b:{BATCH} {{batch_id: $batch_id}}) WHERE b.status = 'abandoned' DELETE b"
    server.write(lambda transaction: transaction.run(text, batch_id=batch_id).consume())


def _removing(matching: str, batch_id: int) -> Callable[[neo4j.ManagedTransaction], int]:
    def work(transaction: neo4j.ManagedTransaction) -> int:
        take_all_turns(transaction)
        return remove_versions(transaction, f"{matching} WITH n LIMIT {_REMOVE_ROWS}", batch_id=batch_id)

    return work


def remove_versions(transaction: neo4j.ManagedTransaction, matching: str, **parameters: Any) -> int:  # noqa: ANN401 - any parameter
    """Remove the version nodes ``n`` that are matched, and anchors that nothing refers to any more."""
    text = (
        f"{matching} OPTIONAL MATCH (n)--(a) WITH collect(DISTINCT n) AS ns, collect(DISTINCT a) AS anchors "
        "FOREACH (n IN ns | DETACH DELETE n) "
        "WITH size(ns) AS n_gone, anchors "
        "FOREACH (a IN [a IN anchors WHERE NOT EXISTS { (a)--() }] | DELETE a) RETURN n_gone"
    )
    return int(one(transaction, text, **parameters))


def undo(server: Server, seal: Seal, batch_id: int, *, by: str, at: datetime) -> int:
    """Undo a batch and return the new revision.

    Raises
    ------
    NotFoundError
        There is no such committed batch.
    """

    def work(transaction: neo4j.ManagedTransaction) -> int:
        take_turn(transaction)
        look(transaction, seal)
        status = one(transaction, f"MATCH (b:{BATCH} {{batch_id: $batch_id}}) RETURN b.status", batch_id=batch_id)
        if status == "undone":
            return read_revision(transaction)
        if status != "committed":
            raise NotFoundError(f"There is no batch {batch_id}. See them with: shopfloor imports list STORE")
        text = (
            f"MATCH (b:{BATCH} {{batch_id: $batch_id}}) SET b.status = 'undone', b.undone_at = $at, b.undone_by = $by"
        )
        transaction.run(text, batch_id=batch_id, at=at, by=seal_text(seal, batch_id, "undone_by", by)).consume()
        return next_revision(transaction)

    return server.write(work)


def read_batches(transaction: neo4j.ManagedTransaction) -> dict[int, dict[str, Any]]:
    """Return all properties of each committed batch (undone ones too) by its id, oldest first."""
    text = (
        f"MATCH (b:{BATCH}) WHERE b.status IN ['committed', 'undone'] "
        "WITH b ORDER BY b.batch_id RETURN collect(properties(b))"
    )
    return {each["batch_id"]: each for each in one(transaction, text)}


def _batch_without_texts(properties: dict[str, Any]) -> Batch:
    names = [name for name in _BATCH_FIELDS if name in properties and name not in SEALED_TEXTS]
    return Batch(made_by="", **{name: _from_neo4j(properties[name]) for name in names})


def as_batch(seal: Seal, properties: Mapping[str, Any]) -> Batch:
    """Return a batch as it was written, from all its properties.

    Raises
    ------
    UnopenedError
        What is sealed of it does not open.
    """
    said = {name: _from_neo4j(properties[name]) for name in _BATCH_FIELDS if name in properties}
    opened = {name: open_text(seal, said["batch_id"], name, said[name]) for name in SEALED_TEXTS if name in said}
    return Batch(**{**said, **opened})


def seal_text(seal: Seal, batch_id: int, name: str, text: str) -> bytes:
    """Seal a text of a batch."""
    return seal.close_text(f"batch\x1f{batch_id}\x1f{name}", text)


def open_text(seal: Seal, batch_id: int, name: str, sealed: bytes) -> str:
    """Return a text of a batch.

    Raises
    ------
    UnopenedError
        It is not the one that was sealed.
    """
    return seal.open_text(f"batch\x1f{batch_id}\x1f{name}", sealed)


def _from_neo4j(value: Any) -> Any:  # noqa: ANN401 - any property
    if isinstance(value, neo4j.time.DateTime):
        return value.to_native().astimezone(UTC)
    return value.to_native() if isinstance(value, neo4j.time.Date) else value


def _properties(seal: Seal, batch_id: int, batch: BatchDraft, names: tuple[str, ...]) -> dict[str, Any]:
    said = {name: getattr(batch, name) for name in names}
    sealed = {name: said[name] for name in SEALED_TEXTS if said.get(name) is not None}
    return {**said, **{name: seal_text(seal, batch_id, name, text) for name, text in sealed.items()}}
