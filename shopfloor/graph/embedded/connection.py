"""Connections to a store file: one a thread, keyed and set up alike, errors said in plain words."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlcipher3.dbapi2 as sql

from shopfloor.errors import (
    NotAStoreError,
    PassphraseError,
    ShopfloorError,
    StoreError,
    StoreLockedError,
    StoreUnavailableError,
)
from shopfloor.graph.embedded.keys import FileKey

LOCK_SECONDS = 30
"""How long a writer waits for another one."""

_SAFE_SQLITE = (3, 51, 3)
_SETTINGS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "fullfsync=1",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "secure_delete=ON",
    "cache_size=-65536",
)

if sql.sqlite_version_info < _SAFE_SQLITE:  # pragma: no cover - depends on the installed wheel
    raise ImportError(
        f"SQLite {sql.sqlite_version} in the sqlcipher3 package can damage a store that several connections use "
        "(fixed in 3.51.3). Install a newer one: pip install --upgrade sqlcipher3"
    )


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into errors that say what to do.

    Raises
    ------
    StoreError
        One of its kinds, by what happened.
    """
    try:
        yield
    except sql.Error as error:
        raise _translated(str(error).lower(), path) from error


_TROUBLE: tuple[tuple[tuple[str, ...], type[ShopfloorError], str], ...] = (
    (
        ("not a database",),
        PassphraseError,
        "The passphrase does not open {path} (or the file is no Shopfloor store). Nothing was changed.",
    ),
    (
        ("locked", "busy"),
        StoreLockedError,
        (
            "Another program has been writing to {path} for more than {seconds} seconds. "
            "Wait for it to finish, or close it, and try again."
        ),
    ),
    (("full",), StoreUnavailableError, "The disk of {path} is full. Nothing was changed. Make room and try again."),
    (
        ("readonly", "unable to open"),
        StoreUnavailableError,
        "{path} cannot be written: the file or its folder is read-only for you.",
    ),
    (
        ("disk i/o",),
        StoreUnavailableError,
        (
            "The disk of {path} failed while it was read or written: it is full, gone or damaged. Nothing was changed. "
            "Make room, look with 'shopfloor check', and restore a backup with 'shopfloor restore' if need be."
        ),
    ),
    (
        ("malformed", "corrupt", "hmac"),
        StoreUnavailableError,
        (
            "{path} cannot be read in full: the file or its disk is damaged. "
            "Look with 'shopfloor check', and restore a backup with 'shopfloor restore'."
        ),
    ),
)
"""Words in what SQLite says, the error they mean, and what to say of it."""


def _translated(message: str, path: Path) -> ShopfloorError:
    for words, kind, text in _TROUBLE:
        if any(word in message for word in words):
            return kind(text.format(path=path, seconds=LOCK_SECONDS))
    return StoreError(f"{path}: the database refused the work. Nothing was changed.")


def connect(path: Path, key: FileKey) -> sql.Connection:
    """Open, key and set up one connection, and prove that the key fits."""
    with plain_errors(path):
        connection = sql.connect(str(path), isolation_level=None, timeout=LOCK_SECONDS, check_same_thread=False)
        try:
            connection.execute("PRAGMA cipher_log_level=NONE")
            connection.execute(key.pragma)
            connection.execute("SELECT count(*) FROM sqlite_master")
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}")
        except BaseException:
            connection.close()
            raise
    return connection


class Connections:
    """Reading connections of one store, one a thread and process; never carried across a fork."""

    def __init__(self, path: Path, key: FileKey) -> None:
        self._path, self._key = path, key
        self._local = threading.local()
        self._all: list[sql.Connection] = []
        self._guard = threading.Lock()

    def __repr__(self) -> str:
        """Keep the key out of logs."""
        return f"Connections({self._path})"

    def get(self) -> sql.Connection:
        """Return this thread's connection."""
        if getattr(self._local, "process", None) != os.getpid():
            connection = connect(self._path, self._key)
            self._local.connection, self._local.process = connection, os.getpid()
            with self._guard:
                self._all.append(connection)
        return self._local.connection

    def close(self) -> None:
        """Close all of them."""
        with self._guard:
            for connection in self._all:
                connection.close()
            self._all.clear()
        self._local = threading.local()

    @contextmanager
    def reading(self) -> Iterator[sql.Connection]:
        """Give this thread's connection inside one read transaction: one moment of the store."""
        with plain_errors(self._path):
            connection = self.get()
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sql.Connection]:
        """Give a connection of its own inside one write transaction: committed at the end, rolled back on an error."""
        with plain_errors(self._path):
            connection = connect(self._path, self._key)
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.close()


def require_store(connection: sql.Connection, path: Path) -> None:
    """Raise unless the opened file holds Shopfloor's tables.

    Raises
    ------
    NotAStoreError
        The key fits and the tables are somebody else's.
    """
    if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name='store_meta'").fetchone()[0]:
        raise NotAStoreError(f"{path} is an encrypted database of another program, not a Shopfloor store.")
