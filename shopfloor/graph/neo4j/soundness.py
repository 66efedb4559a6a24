"""Look for damage and contradictions in a Neo4j store."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import neo4j

from shopfloor.graph.contract import Progress
from shopfloor.graph.neo4j.batching import STALE_MINUTES, abandoned, one, read_batches, read_revision
from shopfloor.graph.neo4j.cipher import Seal, UnopenedError
from shopfloor.graph.neo4j.columns import chunks, held_property, read_chunk, written_property
from shopfloor.graph.neo4j.layout import BATCH, anchor_label, ends_of, labels, schema, version_label
from shopfloor.graph.neo4j.sealing import SEALED, open_row, sealed_fields
from shopfloor.graph.neo4j.server import Server
from shopfloor.graph.relations import MENTION
from shopfloor.records import KINDS, Kind

Finder = Callable[[neo4j.ManagedTransaction], list[str]]


def check(server: Server, seal: Seal, progress: Progress) -> list[str]:
    """Return findings in plain words; an empty list is a sound store."""
    finders = [_schema, _strangers, _left_open, _batches, *(_of_kind(kind, seal) for kind in KINDS.values())]
    findings: list[str] = []
    for done, finder in enumerate(finders):
        progress("checking the database", done, len(finders))
        findings += server.read(finder)
    progress("checking the database", len(finders), len(finders))
    return findings


def made(transaction: neo4j.ManagedTransaction) -> set[str]:
    """Return the names of the constraints and working indexes that the database has."""
    constraints = one(transaction, "SHOW CONSTRAINTS YIELD name RETURN collect(name)")
    indexes = one(transaction, "SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN collect(name)")
    return {*constraints, *indexes}


def _schema(transaction: neo4j.ManagedTransaction) -> list[str]:
    missing = sorted(schema().keys() - made(transaction))
    return [f"constraint or index {name} is missing or not ready; make it with shopfloor init" for name in missing]


def _strangers(transaction: neo4j.ManagedTransaction) -> list[str]:
    ours = "|".join(labels())
    n_nodes = one(transaction, f"MATCH (n) WHERE NOT n:{ours} RETURN count(n)")
    return [f"{n_nodes} nodes are not Shopfloor's"] if n_nodes else []


def _left_open(transaction: neo4j.ManagedTransaction) -> list[str]:
    return [
        f"batch {batch_id} was left open by a crash (not written for {STALE_MINUTES} minutes); nobody sees it, and the "
        "next import removes it"
        for batch_id in abandoned(transaction)
    ]


def _batches(transaction: neo4j.ManagedTransaction) -> list[str]:
    batches = read_batches(transaction).values()
    revisions = [batch.get("revision") or 0 for batch in batches]
    known = {batch["batch_id"] for batch in batches}
    findings = [
        f"batch {batch['batch_id']} replaces batch {batch['replaces']}, which is not there"
        for batch in batches
        if batch.get("replaces") is not None and batch["replaces"] not in known
    ]
    if len(set(revisions)) < len(revisions):
        findings.append("two batches have the same revision")
    if max(revisions, default=0) > read_revision(transaction):
        findings.append("a batch has a later revision than the store")
    return findings


def _of_kind(kind: Kind, seal: Seal) -> Finder:
    def find(transaction: neo4j.ManagedTransaction) -> list[str]:
        return [
            *_miscounted(transaction, kind),
            *_unrelated(transaction, kind),
            *_unopened(transaction, kind, seal),
        ]

    return find


def _unopened(transaction: neo4j.ManagedTransaction, kind: Kind, seal: Seal) -> Iterator[str]:
    """Yield how many versions of each batch hold a sealed value that was changed or is of another record."""
    if not sealed_fields(kind.name, seals_names=seal.seals_names):
        return
    batches = read_batches(transaction)
    written = {batch_id: each.get(written_property(kind), 0) for batch_id, each in batches.items()}
    found: Counter[int] = Counter()
    for chunk in chunks(kind, written):
        table = read_chunk(transaction, seal, kind, chunk)
        for key, batch_id, sealed in zip(
            *(table[name].to_pylist() for name in ("key", "batch_id", SEALED)), strict=True
        ):
            found[batch_id] += not _opens(seal, kind, key, batch_id, sealed)
    yield from (
        f"{n} {kind.name} records of batch {batch_id} hold sealed values that do not open: they were changed, or "
        "are of another record"
        for batch_id, n in sorted(found.items())
        if n
    )


def _opens(seal: Seal, kind: Kind, key: str, batch_id: int, sealed: bytes | None) -> bool:
    try:
        open_row(seal, kind, key, batch_id, sealed)
    except UnopenedError:
        return False
    return True


def _miscounted(transaction: neo4j.ManagedTransaction, kind: Kind) -> Iterator[str]:
    label, held = version_label(kind), held_property(kind)
    text = f"MATCH (n:{label}) WITH n.batch_id AS batch_id, count(*) AS n RETURN collect([batch_id, n])"
    found: dict[int, int] = dict(one(transaction, text))
    held_text = f"CASE WHEN b.status IN ['committed', 'undone'] THEN coalesce(b.{held}, 0) END"
    told: dict[int, Any] = dict(one(transaction, f"MATCH (b:{BATCH}) RETURN collect([b.batch_id, {held_text}])"))
    for batch_id in sorted(found.keys() | told.keys()):
        if batch_id not in told:
            yield f"{found[batch_id]} {kind.name} records belong to batch {batch_id}, which is not there"
        elif told[batch_id] is not None and found.get(batch_id, 0) != told[batch_id]:
            n_found = found.get(batch_id, 0)
            yield f"batch {batch_id} holds {n_found} {kind.name} records and should hold {told[batch_id]}"


def _unrelated(transaction: neo4j.ManagedTransaction, kind: Kind) -> Iterator[str]:
    label = version_label(kind)
    for end in ends_of(kind):
        if end.spec is not None and end.spec.is_list:
            continue  # whether "none" was said is not for Cypher to tell
        # A mention's key has the source behind it: what is looked for is that there is one.
        is_mention = end.anchor == anchor_label(MENTION)
        where = f"n.`{end.column}` <> ''"
        anchor = f"(:{end.anchor})" if is_mention else f"(:{end.anchor} {{key: n.`{end.column}`}})"
        text = f"MATCH (n:{label}) WHERE {where} AND NOT EXISTS {{ {end.pattern(anchor=anchor)} }} RETURN count(n)"
        n_records = one(transaction, text)
        if n_records:
            yield f"{n_records} {kind.name} records lack the relationship {end.name} of '{end.column}'"
