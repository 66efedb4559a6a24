"""Documents and the log in Neo4j: what the program keeps beside the records, sealed whole, names of documents too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import neo4j

from shopfloor.errors import StoreError
from shopfloor.graph.intake import OWN_LOG
from shopfloor.graph.neo4j.batching import one
from shopfloor.graph.neo4j.cipher import Seal
from shopfloor.graph.neo4j.layout import DOCUMENT, LOG_ENTRY, VAULT
from shopfloor.graph.neo4j.sealing import look

_LENGTH_BYTES = 4
_AT_ONCE = 2_000


def _take_turn(transaction: neo4j.ManagedTransaction, seal: Seal) -> None:
    """Wait for others who write here; an import that is being written does not keep anybody waiting."""
    transaction.run(f"MERGE (v:{VAULT} {{name: 'turn'}}) SET v.n_turns = coalesce(v.n_turns, 0) + 1").consume()
    look(transaction, seal)


def documents(transaction: neo4j.ManagedTransaction, seal: Seal, collection: str) -> dict[str, bytes]:
    """Return the documents of a collection by name, ascending.

    Raises
    ------
    UnopenedError
        One is not what was sealed under its name.
    """
    text = f"MATCH (d:{DOCUMENT} {{collection: $collection}}) RETURN d.name AS name, d.content AS content"
    rows = transaction.run(text, collection=collection)
    return dict(sorted(_open(seal, collection, row["name"], bytes(row["content"])) for row in rows))


def change_document(
    transaction: neo4j.ManagedTransaction,
    seal: Seal,
    collection: str,
    name: str,
    change: Callable[[bytes | None], bytes | None],
) -> bytes | None:
    """Replace one document by what `change` makes of it; other writers wait."""
    _take_turn(transaction, seal)
    place: dict[str, Any] = {"collection": collection, "names": seal.tokens(f"document {collection}", name)}
    matching = f"MATCH (d:{DOCUMENT} {{collection: $collection}}) WHERE d.name IN $names"
    found = one(transaction, f"OPTIONAL {matching} RETURN [d.name, d.content]", **place)
    held = None if found[0] is None else _open(seal, collection, found[0], bytes(found[1]))[1]
    content = change(held)
    if content is None:
        transaction.run(f"{matching} DELETE d", place).consume()
    elif held is None:
        stored = _close(seal, collection, name, content)
        text = f"CREATE (:{DOCUMENT} {{collection: $collection, name: $name, content: $content}})"
        transaction.run(text, collection=collection, **stored).consume()
    else:
        transaction.run(
            f"{matching} SET d += $stored", stored=_close(seal, collection, name, content), **place
        ).consume()
    return content


def put_document(
    transaction: neo4j.ManagedTransaction, seal: Seal, collection: str, name: str, content: bytes | None
) -> None:
    """Let a document be this, whatever it was; None: let it go."""
    change_document(transaction, seal, collection, name, lambda _: content)


def extend_log(transaction: neo4j.ManagedTransaction, seal: Seal, make: Callable[[int, bytes | None], bytes]) -> int:
    """Add one entry behind the last and return its number; other writers wait."""
    _take_turn(transaction, seal)
    last = one(transaction, f"OPTIONAL MATCH (e:{LOG_ENTRY}) RETURN max(e.number)")
    before = None if last is None else one(transaction, f"MATCH (e:{LOG_ENTRY} {{number: $n}}) RETURN e.entry", n=last)
    number = (last or 0) + 1
    entry = make(number, None if before is None else seal.open_document(_entry(last), bytes(before)))
    sealed = seal.close_document(_entry(number), entry)
    transaction.run(f"CREATE (:{LOG_ENTRY} {{number: $number, entry: $entry}})", number=number, entry=sealed).consume()
    return int(number)


def log_entries(transaction: neo4j.ManagedTransaction, seal: Seal, after: int) -> list[tuple[int, bytes]]:
    """Return number and entry of what was logged after a number, oldest first.

    Raises
    ------
    UnopenedError
        One is not what was sealed under its number.
    """
    text = f"MATCH (e:{LOG_ENTRY}) WHERE e.number > $after RETURN e.number AS number, e.entry AS entry ORDER BY number"
    rows = transaction.run(text, after=after)
    return [(row["number"], seal.open_document(_entry(row["number"]), bytes(row["entry"]))) for row in rows]


def restore(
    transaction: neo4j.ManagedTransaction,
    seal: Seal,
    documents: Mapping[tuple[str, str], bytes],
    entries: Sequence[bytes],
    place: str,
) -> None:
    """Write documents, and the entries of a log that is empty; `place` is the store's address, for errors.

    Raises
    ------
    StoreError
        There is a log.
    """
    _take_turn(transaction, seal)
    if one(transaction, f"MATCH (e:{LOG_ENTRY}) RETURN count(e)"):
        raise StoreError(OWN_LOG.format(place=place))
    held = [
        {"names": seal.tokens(f"document {collection}", name), "collection": collection}
        | _close(seal, collection, name, content)
        for (collection, name), content in documents.items()
    ]
    logged = [
        {"number": number, "entry": seal.close_document(_entry(number), entry)}
        for number, entry in enumerate(entries, start=1)
    ]
    matching = f"MATCH (d:{DOCUMENT} {{collection: row.collection}}) WHERE d.name IN row.names DELETE d"
    made = f"CREATE (:{DOCUMENT} {{collection: row.collection, name: row.name, content: row.content}})"
    entry = f"CREATE (:{LOG_ENTRY} {{number: row.number, entry: row.entry}})"
    for text, rows in ((matching, held), (made, held), (entry, logged)):
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            transaction.run(f"UNWIND $rows AS row {text}", rows=part).consume()


def reseal_documents(transaction: neo4j.ManagedTransaction, seal: Seal) -> None:
    """Seal all documents under the active key."""
    _take_turn(transaction, seal)
    text = f"MATCH (d:{DOCUMENT}) RETURN d.collection AS collection, d.name AS name, d.content AS content"
    for row in list(transaction.run(text)):
        collection = row["collection"]
        stored = _close(seal, collection, *_open(seal, collection, row["name"], bytes(row["content"])))
        found = f"MATCH (d:{DOCUMENT} {{collection: $collection, name: $name}}) SET d += $stored"
        transaction.run(found, collection=collection, name=row["name"], stored=stored).consume()


def reseal_entries(transaction: neo4j.ManagedTransaction, seal: Seal, after: int) -> int | None:
    """Seal some entries of the log under the active key; return the number of the last, None if there was none."""
    _take_turn(transaction, seal)
    text = (
        f"MATCH (e:{LOG_ENTRY}) WHERE e.number > $after WITH e ORDER BY e.number LIMIT {_AT_ONCE} "
        "RETURN e.number AS number, e.entry AS entry"
    )
    entries = [(row["number"], bytes(row["entry"])) for row in transaction.run(text, after=after)]
    sealed = [
        {"number": number, "entry": seal.close_document(_entry(number), seal.open_document(_entry(number), entry))}
        for number, entry in entries
    ]
    change = f"UNWIND $sealed AS row MATCH (e:{LOG_ENTRY} {{number: row.number}}) SET e.entry = row.entry"
    transaction.run(change, sealed=sealed).consume()
    return entries[-1][0] if entries else None


def _entry(number: int) -> str:
    return f"log\x1f{number}"


def _close(seal: Seal, collection: str, name: str, content: bytes) -> dict[str, Any]:
    token = seal.token(f"document {collection}", name)
    plain = len(name.encode()).to_bytes(_LENGTH_BYTES) + name.encode() + content
    return {"name": token, "content": seal.close_document(f"document\x1f{collection}\x1f{token}", plain)}


def _open(seal: Seal, collection: str, token: str, sealed: bytes) -> tuple[str, bytes]:
    plain = seal.open_document(f"document\x1f{collection}\x1f{token}", sealed)
    end = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES])
    return plain[_LENGTH_BYTES:end].decode(), plain[end:]
