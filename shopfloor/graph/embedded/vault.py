"""Documents and the log of a store file: what the program keeps beside the records, opaque to the store."""

from collections.abc import Callable, Mapping, Sequence

import sqlcipher3.dbapi2 as sql

TABLES = (
    """CREATE TABLE document(
        collection TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY(collection, name))
        STRICT, WITHOUT ROWID""",
    "CREATE TABLE log(number INTEGER PRIMARY KEY NOT NULL, entry BLOB NOT NULL) STRICT",
)


def documents(connection: sql.Connection, collection: str) -> dict[str, bytes]:
    """Return the documents of a collection by name, ascending."""
    found = connection.execute(
        "SELECT name, content FROM document WHERE collection = ? ORDER BY name", (collection,)
    ).fetchall()
    return {name: bytes(content) for name, content in found}


def change_document(
    connection: sql.Connection, collection: str, name: str, change: Callable[[bytes | None], bytes | None]
) -> bytes | None:
    """Replace one document by what `change` makes of it."""
    place = (collection, name)
    row = connection.execute("SELECT content FROM document WHERE collection = ? AND name = ?", place).fetchone()
    content = change(None if row is None else bytes(row[0]))
    if content is None:
        connection.execute("DELETE FROM document WHERE collection = ? AND name = ?", place)
    else:
        connection.execute("REPLACE INTO document VALUES (?, ?, ?)", (*place, content))
    return content


def put_document(connection: sql.Connection, collection: str, name: str, content: bytes | None) -> None:
    """Let a document be this, whatever it was; None: let it go."""
    change_document(connection, collection, name, lambda _: content)


def extend_log(connection: sql.Connection, make: Callable[[int, bytes | None], bytes]) -> int:
    """Add one entry behind the last and return its number."""
    last = connection.execute("SELECT number, entry FROM log ORDER BY number DESC LIMIT 1").fetchone()
    number = 1 if last is None else last[0] + 1
    entry = make(number, None if last is None else bytes(last[1]))
    connection.execute("INSERT INTO log VALUES (?, ?)", (number, entry))
    return int(number)


def log_entries(connection: sql.Connection, after: int) -> list[tuple[int, bytes]]:
    """Return number and entry of what was logged after a number, oldest first."""
    found = connection.execute("SELECT number, entry FROM log WHERE number > ? ORDER BY number", (after,))
    return [(number, bytes(entry)) for number, entry in found.fetchall()]


def restore(connection: sql.Connection, documents: Mapping[tuple[str, str], bytes], entries: Sequence[bytes]) -> None:
    """Write documents, and the entries of a log that is empty."""
    rows = [(*place, content) for place, content in documents.items()]
    connection.executemany("REPLACE INTO document VALUES (?, ?, ?)", rows)
    connection.executemany("INSERT INTO log VALUES (?, ?)", list(enumerate(entries, start=1)))
