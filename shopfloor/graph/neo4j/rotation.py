"""Change the key of a sealed store: everything is sealed anew, chunk by chunk, while others read and import.

First the new key is in the key file, then the database says that both are in use, then what is sealed with the old
key is sealed with the new one, at last the old key is retired. Whatever step it is stopped in, the next call goes on
from there. Reads that meet a record just then are done again.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import neo4j
import pyarrow as pa

from shopfloor.errors import StoreLockedError
from shopfloor.graph.contract import Progress
from shopfloor.graph.neo4j import vault
from shopfloor.graph.neo4j.batching import (
    SEALED_TEXTS,
    one,
    open_text,
    remove_abandoned,
    seal_text,
    take_all_turns,
    take_turn,
)
from shopfloor.graph.neo4j.cipher import Seal, key_id_of
from shopfloor.graph.neo4j.columns import Piece, piece_of, read_chunk, relate_text, written_property
from shopfloor.graph.neo4j.keyfile import KeyFile
from shopfloor.graph.neo4j.layout import BATCH, META, ends_of, version_label
from shopfloor.graph.neo4j.sealing import SEALED, is_token, look, open_versions, sealed_fields, stored_schema
from shopfloor.graph.neo4j.server import Server
from shopfloor.records import KINDS, Kind

CHUNK: Final = 2_000
"""Versions that are sealed anew in one transaction; imports wait for it."""
_FEWEST_IN_USE: Final = 1


def rotate(server: Server, seal: Seal, progress: Progress) -> None:
    """Seal everything under a new key, or go on with that; see `shopfloor.graph.contract.Store.rotate_key`."""
    remove_abandoned(server)
    _begin(server, seal)
    steps = list(_steps(server, seal))
    for done, step in enumerate(steps):
        progress("sealing under the new key", done, len(steps))
        server.write(step)
    _reseal_log(server, seal)
    server.write(lambda transaction: _end(transaction, seal))
    progress("sealing under the new key", len(steps), len(steps))
    KeyFile.read(seal.file.store_id).with_active(seal.active, retired=True).write()


def remove_key(seal: Seal, key_id: str) -> None:
    """Take a retired key out of the key file."""
    KeyFile.read(seal.file.store_id).without(key_id).write()


def _begin(server: Server, seal: Seal) -> None:
    """Let the database use a new key, unless it already changes from one to another."""
    in_use = server.read(lambda transaction: one(transaction, f"MATCH (m:{META}) RETURN m.key_ids"))
    seal.use(in_use)
    if len(in_use) > _FEWEST_IN_USE:
        return
    new, file = KeyFile.read(seal.file.store_id).with_active(in_use[0], retired=False).with_key()
    file.write()
    check = seal.check_of(new)

    def work(transaction: neo4j.ManagedTransaction) -> None:
        take_all_turns(transaction)
        if one(transaction, f"MATCH (m:{META}) RETURN size(m.key_ids)") > _FEWEST_IN_USE:
            return
        if one(transaction, f"MATCH (b:{BATCH}) WHERE b.status = 'open' RETURN count(b)"):
            raise StoreLockedError(
                f"Somebody is importing into {server.place}. Nothing was changed. Try again when that has finished."
            )
        text = f"MATCH (m:{META}) SET m.key_ids = [$new] + m.key_ids, m.key_checks = [$check] + m.key_checks"
        transaction.run(text, new=new, check=check).consume()

    server.write(work)
    server.read(lambda transaction: look(transaction, seal))
    file.with_active(seal.active, retired=False).write()


def _end(transaction: neo4j.ManagedTransaction, seal: Seal) -> None:
    take_all_turns(transaction)
    look(transaction, seal)
    text = f"MATCH (m:{META}) SET m.key_ids = m.key_ids[0..1], m.key_checks = m.key_checks[0..1]"
    transaction.run(text).consume()
    look(transaction, seal)


def _steps(server: Server, seal: Seal) -> Iterator[Callable[[neo4j.ManagedTransaction], None]]:
    batches: list[dict[str, Any]] = server.read(
        lambda transaction: one(transaction, f"MATCH (b:{BATCH}) RETURN collect(properties(b))")
    )
    for kind in KINDS.values():
        if sealed_fields(kind.name, seals_names=seal.seals_names):
            for batch in batches:
                for first in range(0, batch.get(written_property(kind), 0), CHUNK):
                    yield _resealing(seal, kind, batch["batch_id"], first)
    yield lambda transaction: _reseal_batches(transaction, seal)
    yield lambda transaction: vault.reseal_documents(transaction, seal)


def _resealing(seal: Seal, kind: Kind, batch_id: int, first: int) -> Callable[[neo4j.ManagedTransaction], None]:
    def work(transaction: neo4j.ManagedTransaction) -> None:
        take_all_turns(transaction)
        stored = read_chunk(transaction, seal, kind, [(batch_id, first, first + CHUNK)])
        is_old = [text is not None and key_id_of(text) != seal.active for text in stored[SEALED].to_pylist()]
        old = stored.filter(pa.array(is_old, pa.bool_()))
        if old.num_rows:
            piece = piece_of(seal, kind, open_versions(seal, kind, old))
            _put(transaction, seal, kind, piece, old["place"].to_pylist(), batch_id)
            transaction.run(f"MATCH (m:{META}) SET m.n_resealed = m.n_resealed + 1").consume()

    return work


def _put(
    transaction: neo4j.ManagedTransaction, seal: Seal, kind: Kind, piece: Piece, places: list[int], batch_id: int
) -> None:
    """Give version nodes their new sealed values, digests and indexes, and hang them on their new anchors."""
    told = {**piece.values, "places": places, "batch_id": batch_id}
    found = (
        f"UNWIND range(0, size($places) - 1) AS i MATCH (n:{version_label(kind)}) "
        "WHERE n.batch_id = $batch_id AND n.place = $places[i] "
    )
    names = [name for name in _renewed(seal, kind) if piece.values[f"c_{name}"] is not None]
    setting = ", ".join(f"n.`{name}` = $c_{name}[i]" for name in names)
    transaction.run(f"{found}SET {setting}", told).consume()
    for number, end in enumerate(ends_of(kind)):
        if is_token(end.spec, kind.name, seals_names=seal.seals_names):
            anchor = f"(a:{end.anchor})"
            hanging = f"(n)-[r:{end.name}]->{anchor}" if end.is_outgoing else f"(n)<-[r:{end.name}]-{anchor}"
            loose = (
                f"{found}MATCH {hanging} DELETE r WITH collect(DISTINCT a) AS anchors "
                "FOREACH (a IN [a IN anchors WHERE NOT EXISTS { (a)--() }] | DELETE a)"
            )
            transaction.run(loose, told).consume()
            text = f"{found}WITH n ORDER BY i WITH collect(n) AS ns\n{relate_text(number, end)}"
            transaction.run(text, told).consume()


def _renewed(seal: Seal, kind: Kind) -> list[str]:
    schema = stored_schema(kind.name, seals_names=seal.seals_names)
    sealed = {*sealed_fields(kind.name, seals_names=seal.seals_names), "key", SEALED}
    return [name for name in schema.names if name in sealed or name not in kind.version_schema.names]


def _reseal_batches(transaction: neo4j.ManagedTransaction, seal: Seal) -> None:
    take_turn(transaction)
    for batch in one(transaction, f"MATCH (b:{BATCH}) RETURN collect(properties(b))"):
        batch_id = batch["batch_id"]
        texts = {
            name: seal_text(seal, batch_id, name, open_text(seal, batch_id, name, batch[name]))
            for name in SEALED_TEXTS
            if batch.get(name) is not None
        }
        text = f"MATCH (b:{BATCH} {{batch_id: $batch_id}}) SET b += $texts"
        transaction.run(text, batch_id=batch_id, texts=texts).consume()


def _reseal_log(server: Server, seal: Seal) -> None:
    last: int | None = 0
    while last is not None:
        last = server.write(_resealing_entries(seal, last))


def _resealing_entries(seal: Seal, after: int) -> Callable[[neo4j.ManagedTransaction], int | None]:
    return lambda transaction: vault.reseal_entries(transaction, seal, after)
