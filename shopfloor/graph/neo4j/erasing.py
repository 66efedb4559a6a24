"""Erase and rewrite records in Neo4j for good.

The server keeps what was removed a while longer where no query reaches it: in its transaction logs and in freed
parts of its files.
"""

import neo4j
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import StoreLockedError
from shopfloor.graph.contract import Erasure
from shopfloor.graph.intake import take_in
from shopfloor.graph.neo4j import batching, derived, vault
from shopfloor.graph.neo4j.batching import one
from shopfloor.graph.neo4j.cipher import Seal
from shopfloor.graph.neo4j.columns import create_versions, held_property, pieces, written_property
from shopfloor.graph.neo4j.layout import BATCH, version_label
from shopfloor.graph.neo4j.sealing import look, stored_keys
from shopfloor.graph.store import kind_named
from shopfloor.records import Kind

_ERASE_KEYS = 2_000


def erase(transaction: neo4j.ManagedTransaction, seal: Seal, kind: Kind, keys: list[str]) -> int:
    """Remove all versions of some records, and what results say of erased contacts; return how many versions went."""
    look(transaction, seal)
    batching.note_erasure(transaction)
    keys = stored_keys(seal, kind, keys)
    some = (keys[start : start + _ERASE_KEYS] for start in range(0, len(keys), _ERASE_KEYS))
    return sum(_erase_some(transaction, kind, part) for part in some)


def _erase_some(transaction: neo4j.ManagedTransaction, kind: Kind, keys: list[str]) -> int:
    matching = f"UNWIND $keys AS key MATCH (n:{version_label(kind)}) WHERE n.key = key AND n.batch_id > 0"
    held = held_property(kind)
    transaction.run(
        f"{matching} WITH n.batch_id AS batch_id, count(*) AS n_gone "
        f"MATCH (b:{BATCH} {{batch_id: batch_id}}) SET b.{held} = b.{held} - n_gone",
        keys=keys,
    ).consume()
    if kind.name == "contact":
        derived.forget_people(transaction, keys)
    return batching.remove_versions(transaction, f"{matching} WITH n", keys=keys)


def forget(transaction: neo4j.ManagedTransaction, seal: Seal, erasure: Erasure, place: str) -> int:
    """Do what `shopfloor.graph.contract.Store.forget` says; `place` is the store's address, for errors."""
    batching.take_all_turns(transaction)
    look(transaction, seal)
    _refuse_moved(transaction, erasure, place)
    batching.next_revision(transaction)
    gone = sorted(erasure.gone.items(), key=lambda one_kind: one_kind[0] == "contact")
    derived.forget_people(transaction, sorted(erasure.gone.get("contact", ())))  # while their ties lead to them
    n_gone = sum(erase(transaction, seal, kind_named(kind), sorted(set(keys))) for kind, keys in gone)
    n_back = sum(_put_back(transaction, seal, kind_named(kind), rows) for kind, rows in erasure.instead.items())
    for (collection, name), content in erasure.documents.items():
        vault.put_document(transaction, seal, collection, name, content)
    return n_gone - n_back


def _refuse_moved(transaction: neo4j.ManagedTransaction, erasure: Erasure, place: str) -> None:
    is_moved = batching.read_revision(transaction) != erasure.revision
    if is_moved or one(transaction, f"MATCH (b:{BATCH}) WHERE b.status = 'open' RETURN count(b)"):
        raise StoreLockedError(
            f"{place} was changed while the erasure was worked out, or somebody is importing. Nothing was changed. "
            "Try again when the others have finished."
        )


def _put_back(transaction: neo4j.ManagedTransaction, seal: Seal, kind: Kind, versions: pa.Table) -> int:
    """Write versions behind those that their batches wrote before."""
    written, held = written_property(kind), held_property(kind)
    for batch_id in pc.unique(versions["batch_id"]).to_pylist():
        told = f"MATCH (b:{BATCH} {{batch_id: $batch_id}})"
        place = one(transaction, f"{told} RETURN coalesce(b.{written}, 0)", batch_id=batch_id)
        of_batch = versions.filter(pc.equal(versions["batch_id"], batch_id))
        for piece in pieces(seal, kind, take_in(kind, of_batch, batch_id)):
            create_versions(transaction, seal, kind, piece, place)
            place += piece.n_rows
        counts = f"{told} SET b.{written} = $place, b.{held} = coalesce(b.{held}, 0) + $n"
        transaction.run(counts, batch_id=batch_id, place=place, n=of_batch.num_rows).consume()
    return int(versions.num_rows)
