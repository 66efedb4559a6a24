"""The embedded store: the contract on one SQLCipher file."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import sqlcipher3.dbapi2 as sql

from shopfloor.errors import NotFoundError, RecordTakenError, StoreError, StoreLockedError, StoreVersionError
from shopfloor.graph.batches import Batch, BatchDraft, live_batches
from shopfloor.graph.contract import FORMAT_VERSION, Capabilities, Erasure, Progress, Result, no_progress
from shopfloor.graph.embedded import tables, vault
from shopfloor.graph.embedded.connection import Connections, connect, plain_errors, require_store
from shopfloor.graph.embedded.keys import FileKey, derive_key, new_salt, read_salt
from shopfloor.graph.embedded.references import References
from shopfloor.graph.gathering import Gathering
from shopfloor.graph.intake import OWN_LOG, TAKEN, take_in
from shopfloor.graph.relations import MENTION
from shopfloor.graph.store import VersionedStore, contact_columns, kind_named
from shopfloor.records import KINDS, FieldSpec, Kind, split_key

_open_salts: dict[str, tuple[bytes, int]] = {}
"""Salt and number of open stores by real path: an open file must not be opened a second time by plain reads."""
_open_guard = threading.Lock()


class EmbeddedStore(VersionedStore):
    """One encrypted file; see `shopfloor.graph.contract.Store` for the methods.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = EmbeddedStore.create(folder.name + "/drive.store", "four random words here")
    >>> store.revision()
    0
    >>> store.close(); folder.cleanup()
    """

    capabilities = Capabilities(backend="embedded", is_encrypted=True, has_snapshot_reads=True, is_bulk_atomic=True)

    def __init__(self, path: Path, key: FileKey) -> None:
        self._path = path
        self._key = key
        self._connections = Connections(path, key)
        self._is_open = True
        self._held: dict[tuple[str, str], References] = {}
        self._gathering = Gathering(0)  # up to the last chunk

    def __repr__(self) -> str:
        """Name the place only."""
        return f"EmbeddedStore({self._path})"

    @classmethod
    def create(cls, path: str | os.PathLike[str], passphrase: str) -> Self:
        """Make a new store; it appears at its path only when it is whole.

        Raises
        ------
        StoreError
            Something is there already, or the folder cannot be written.
        """
        place = Path(path).absolute()
        if place.exists():
            raise StoreError(f"{place} exists already. Choose another path, or remove it first if you are sure.")
        if not place.parent.is_dir():
            raise StoreError(f"There is no folder {place.parent}. Make it first, or choose another path.")
        key = derive_key(passphrase, new_salt())
        with _built_beside(place) as draft, plain_errors(place):
            connection = connect(draft, key)
            connection.execute("BEGIN IMMEDIATE")
            tables.make_tables(connection)
            meta = {"format": str(FORMAT_VERSION), "revision": "0", "created_at": datetime.now(UTC).isoformat()}
            connection.executemany("INSERT INTO store_meta VALUES (?, ?)", list(meta.items()))
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
        return cls.open(place, passphrase)

    @classmethod
    def open(cls, path: str | os.PathLike[str], passphrase: str) -> Self:
        """Open a store.

        Raises
        ------
        StoreNotFoundError, NotAStoreError, PassphraseError, StoreVersionError, StoreUnavailableError
            What is wrong, and what to do.
        """
        place = Path(path).absolute()
        salt = _salt_of(place)
        try:
            store = cls(place, derive_key(passphrase, salt))
            store._start()
        except BaseException:
            _let_go(place)
            raise
        return store

    def _start(self) -> None:
        with self._connections.reading() as connection:
            require_store(connection, self._path)
            version = int(_meta(connection, "format"))
        if version > FORMAT_VERSION:
            self._connections.close()
            raise StoreVersionError(
                f"{self._path} was made by a newer Shopfloor (format {version}; this one knows {FORMAT_VERSION}). "
                "Update the program; nothing was changed."
            )

    @property
    def location(self) -> str:
        """Path of the file."""
        return str(self._path)

    def revision(self) -> int:
        """Return the data revision."""
        with self._connections.reading() as connection:
            return int(_meta(connection, "revision"))

    def batches(self) -> tuple[Batch, ...]:
        """Return all batches, oldest first."""
        with self._connections.reading() as connection:
            return self._batches(connection)

    @contextmanager
    def open_batch(self, draft: BatchDraft) -> Iterator["EmbeddedBatch"]:
        """Open a batch: one transaction, committed when the block ends."""
        with self._connections.writing() as connection:
            batch_id = _next_batch_id(connection)
            revision = _next_revision(connection)
            batch = Batch(**asdict(draft), batch_id=batch_id, revision=revision, committed_at=datetime.now(UTC))
            # First, as SQLite would look through all versions for those that wait for their batch.
            _insert_batch(connection, batch)
            writer = EmbeddedBatch(connection, batch_id, self._batches)
            yield writer
            done = (datetime.now(UTC).isoformat(), writer.counts, batch_id)
            connection.execute("UPDATE batch SET committed_at = ?, counts = ? WHERE batch_id = ?", done)
        self._tidy()

    def _tidy(self) -> None:
        """Fold a long write-ahead log back into the file, if nobody reads just now."""
        with suppress(sql.OperationalError):
            self._connections.get().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def undo(self, batch_id: int, *, by: str, at: datetime) -> int:
        """Undo a batch and return the new revision."""
        with self._connections.writing() as connection:
            row = connection.execute("SELECT undone_at FROM batch WHERE batch_id = ?", (batch_id,)).fetchone()
            if row is None:
                raise NotFoundError(f"There is no batch {batch_id}. See them with: shopfloor imports list STORE")
            if row[0] is not None:
                return int(_meta(connection, "revision"))
            update = "UPDATE batch SET undone_at = ?, undone_by = ? WHERE batch_id = ?"
            connection.execute(update, (at.isoformat(), by, batch_id))
            return _next_revision(connection)

    def erase(self, kind: str, keys: Sequence[str]) -> int:
        """Remove records with all their versions for good, and what results say of erased contacts."""
        with self._connections.writing() as connection:
            n_gone = tables.erase(connection, kind_named(kind), keys)
            if kind == "contact":
                tables.forget_people(connection, keys)
            _next_revision(connection)
        self._drop_held()
        self._tidy()
        return n_gone

    def forget(self, erasure: Erasure) -> int:
        """Remove and rewrite records for good in one transaction, and overwrite the pages they were on."""
        with self._connections.writing() as connection:
            if int(_meta(connection, "revision")) != erasure.revision:
                raise StoreLockedError(
                    f"{self._path} was changed while the erasure was worked out. Nothing was changed. Try again."
                )
            n_gone = sum(tables.erase(connection, kind_named(kind), keys) for kind, keys in erasure.gone.items())
            tables.forget_people(connection, erasure.gone.get("contact", ()))
            n_back = sum(_put_back(connection, kind_named(kind), rows) for kind, rows in erasure.instead.items())
            for place, content in erasure.documents.items():
                vault.put_document(connection, *place, content)
            _next_revision(connection)
        self._drop_held()
        self._rebuild()
        return n_gone - n_back

    def _rebuild(self) -> None:
        """Write the file anew without its freed pages; one that somebody reads just now is left to the next time."""
        with suppress(StoreLockedError), plain_errors(self._path):
            self._connections.get().execute("VACUUM")
        self._tidy()

    def versions(self, kind: str, keys: Sequence[str] | None = None) -> pa.Table:
        """Return the versions of committed batches, in order of key and batch."""
        with self._connections.reading() as connection:
            if keys is None:
                return self._gather(connection, [kind_named(kind)])[kind]
            return tables.read_some(connection, kind_named(kind), keys)

    def restore_batch(self, batch: Batch, parts: Iterable[tuple[str, pa.Table]]) -> None:
        """Take over a batch of another store as it is."""
        if batch.revision is None:
            raise StoreError(f"Batch {batch.batch_id} is still open and cannot be copied.")
        with self._connections.writing() as connection:
            if batch.batch_id < _next_batch_id(connection):
                raise StoreError(f"{self._path} holds batch {batch.batch_id} already. Copy into a new store.")
            _insert_batch(connection, batch)
            writer = EmbeddedBatch(connection, batch.batch_id, self._batches)
            for kind, versions in parts:
                writer.append(kind, versions)
            _raise_revision(connection, batch.revision)
        self._tidy()

    def raise_revision(self, revision: int) -> None:
        """Let the data revision be at least this: a copy counts on from where its original stood, undos included."""
        with self._connections.writing() as connection:
            _raise_revision(connection, revision)

    def write_result(self, result: Result) -> None:
        """Write a derived answer, in place of the last of its name."""
        people = pa.Table.to_pandas(result.people).to_json(orient="records")
        ties = None if result.ties is None else pa.Table.to_pandas(result.ties).to_json(orient="records")
        with self._connections.writing() as connection:
            connection.execute("REPLACE INTO result VALUES (?, ?, ?, ?)", (result.name, result.about, people, ties))

    def results(self) -> list[tuple[str, str]]:
        """Return (name, about) of the written answers, by name."""
        with self._connections.reading() as connection:
            return list(connection.execute("SELECT name, about FROM result ORDER BY name").fetchall())

    def documents(self, collection: str) -> dict[str, bytes]:
        """Return the documents of a collection by name, ascending."""
        with self._connections.reading() as connection:
            return vault.documents(connection, collection)

    def change_document(
        self, collection: str, name: str, change: Callable[[bytes | None], bytes | None]
    ) -> bytes | None:
        """Replace one document by what `change` makes of it."""
        with self._connections.writing() as connection:
            return vault.change_document(connection, collection, name, change)

    def extend_log(self, make: Callable[[int, bytes | None], bytes]) -> int:
        """Add one entry behind the last of the log and return its number."""
        with self._connections.writing() as connection:
            return vault.extend_log(connection, make)

    def log_entries(self, after: int = 0) -> list[tuple[int, bytes]]:
        """Return number and entry of what was logged after a number, oldest first."""
        with self._connections.reading() as connection:
            return vault.log_entries(connection, after)

    def restore_vault(self, documents: Mapping[tuple[str, str], bytes], entries: Sequence[bytes]) -> None:
        """Take over documents and the log of another store, in one step."""
        with self._connections.writing() as connection:
            if vault.log_entries(connection, 0):
                raise StoreError(OWN_LOG.format(place=self._path))
            vault.restore(connection, documents, entries)
        self._tidy()

    def check(self, progress: Progress = no_progress) -> list[str]:
        """Check every page's authentication code, the structure and the references to batches."""
        findings = []
        steps = ("cipher_integrity_check", "integrity_check", "foreign_key_check")
        with self._connections.reading() as connection:
            for done, step in enumerate(steps):
                progress("checking the file", done, len(steps))
                findings += [f"{step.replace('_', ' ')}: {row}" for row in _findings(connection, step)]
        progress("checking the file", len(steps), len(steps))
        return findings

    def backup(self, destination: str) -> None:
        """Write an encrypted copy under the same passphrase."""
        place = Path(destination).absolute()
        if place.exists():
            raise StoreError(f"{place} exists already. A backup never overwrites: choose another name.")
        with _built_beside(place) as draft, plain_errors(self._path):
            self._connections.get().execute("VACUUM INTO ?", (str(draft),))

    def change_passphrase(self, passphrase: str) -> None:
        """Encrypt the file under a new passphrase; close other users of the store first."""
        key = derive_key(passphrase, self._key.salt)
        self._connections.close()
        with plain_errors(self._path):
            connection = connect(self._path, self._key)
            connection.execute(key.rekey_pragma)
            with suppress(sql.OperationalError):  # somebody reads just now: the log is folded in later
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
        self._key = key
        self._connections = Connections(self._path, key)

    def keys(self) -> None:
        """Return None: the file has a passphrase."""

    def rotate_key(self, progress: Progress = no_progress) -> None:  # noqa: ARG002 - there is none
        """Refuse: the file has a passphrase.

        Raises
        ------
        StoreError
            Always.
        """
        raise StoreError(f"{self._path} has a passphrase and no key file. Change that with: shopfloor passphrase")

    def remove_key(self, key_id: str) -> None:  # noqa: ARG002 - there is none
        """Refuse: the file has a passphrase.

        Raises
        ------
        StoreError
            Always.
        """
        raise StoreError(f"{self._path} has a passphrase and no key file.")

    def close(self) -> None:
        """Close all connections; closing twice is once."""
        self._drop_held()
        self._connections.close()
        if self._is_open:
            self._is_open = False
            _let_go(self._path)

    def _drop_held(self) -> None:
        """Forget what was read."""
        self._held.clear()
        self._gathering.let_go()

    def _read_moment(self, kinds: Sequence[str]) -> tuple[int, tuple[Batch, ...], dict[str, pa.Table]]:
        with self._connections.reading() as connection:
            versions = self._gather(connection, [KINDS[name] for name in kinds])
            return int(_meta(connection, "revision")), self._batches(connection), versions

    def _batches(self, connection: sql.Connection) -> tuple[Batch, ...]:
        query = f"SELECT {', '.join(_BATCH_FIELDS)} FROM batch ORDER BY batch_id"
        at = _BATCH_FIELDS.index("batch_id")
        return self._gathering.batches({row[at]: row for row in connection.execute(query)}, _batch)

    def _gather(self, connection: sql.Connection, kinds: Iterable[Kind]) -> dict[str, pa.Table]:
        """Return all versions of these kinds; the connection is in a transaction."""
        return self._gathering.read(kinds, tables.count_erasures(connection), partial(tables.read_after, connection))

    def _referring(self, node_kind: str, node_key: str) -> dict[str, list[str]]:
        found: dict[str, set[str]] = {}
        written = split_key(node_key)[0] if node_kind == MENTION else node_key
        for kind in KINDS.values():
            for spec in kind.fields:
                if spec.relation is not None and spec.relation.to == node_kind:
                    keys = self._references(kind, spec).keys_of(node_key if spec.is_list else written)
                    found.setdefault(kind.name, set()).update(keys)
        return {kind: sorted(keys) for kind, keys in found.items() if keys}

    def _references(self, kind: Kind, spec: FieldSpec) -> References:
        """Return who refers to what by one field, kept until the data change."""
        with self._connections.reading() as connection:
            revision = int(_meta(connection, "revision"))
            held = self._held.get((kind.name, spec.name))
            if held is None or held.revision != revision:
                held = References.of(spec, tables.read_columns(connection, kind, ["key", spec.name]), revision)
                self._held[kind.name, spec.name] = held
        return held

    def _contact_keys(self) -> pa.Table:
        with self._connections.reading() as connection:
            parts = [
                tables.read_columns(connection, KINDS[kind], [column])[column]
                for kind, column in [("contact", "key"), *contact_columns()]
            ]
        keys = pa.chunked_array([pc.unique(part.drop_null()) for part in parts], pa.string())
        return pa.table({"key": pc.unique(keys)}).sort_by("key")

    def _count_versions(self) -> pa.Table:
        with self._connections.reading() as connection:
            rows = tables.count_versions(connection)
        schema = pa.schema([("kind", pa.string()), ("batch_id", pa.int64()), ("n_versions", pa.int64())])
        return pa.table([[row[i] for row in rows] for i in range(3)], schema=schema)


class EmbeddedBatch:
    """An open batch of a store file."""

    def __init__(
        self, connection: sql.Connection, batch_id: int, batches: Callable[[sql.Connection], tuple[Batch, ...]]
    ) -> None:
        self._connection, self._batches = connection, batches
        self.batch_id = batch_id
        self.counts = "{}"

    def append(self, kind: str, versions: pa.Table) -> None:
        """Add versions."""
        spec = kind_named(kind)
        tables.append_versions(self._connection, spec, take_in(spec, versions, self.batch_id), self.batch_id)

    def claim(self, kind: str, key: str) -> None:
        """Refuse a record that is there; nobody else can write before this batch is committed."""
        said_by = tables.read_some(self._connection, kind_named(kind), [key])["batch_id"].to_pylist()
        if not said_by:
            return
        others = [batch for batch in self._batches(self._connection) if batch.batch_id != self.batch_id]
        if any(batch.batch_id in said_by for batch in live_batches(others)):
            raise RecordTakenError(TAKEN.format(kind=kind))

    def set_counts(self, counts: str) -> None:
        """Say what the batch did."""
        self.counts = counts


def _put_back(connection: sql.Connection, kind: Kind, versions: pa.Table) -> int:
    for batch_id in pc.unique(versions["batch_id"]).to_pylist():
        of_batch = versions.filter(pc.equal(versions["batch_id"], batch_id))
        tables.append_versions(connection, kind, take_in(kind, of_batch, batch_id), batch_id)
    return int(versions.num_rows)


def _findings(connection: sql.Connection, step: str) -> list[str]:
    """Return what one check finds; one that damage stops has found something too."""
    try:
        return [str(row[0]) for row in connection.execute(f"PRAGMA {step}") if row[0] != "ok"]
    except sql.DatabaseError as error:
        return [f"stopped by damage ({error})"]


def _meta(connection: sql.Connection, name: str) -> str:
    return str(connection.execute("SELECT value FROM store_meta WHERE name = ?", (name,)).fetchone()[0])


def _next_revision(connection: sql.Connection) -> int:
    return _raise_revision(connection, int(_meta(connection, "revision")) + 1)


def _raise_revision(connection: sql.Connection, least: int) -> int:
    revision = max(int(_meta(connection, "revision")), least)
    connection.execute("UPDATE store_meta SET value = ? WHERE name = 'revision'", (str(revision),))
    return revision


_BATCH_FIELDS = tuple(field.name for field in fields(Batch))


def _next_batch_id(connection: sql.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(batch_id), 0) + 1 FROM batch").fetchone()[0])


def _insert_batch(connection: sql.Connection, batch: Batch) -> None:
    values = [_to_text(getattr(batch, name)) for name in _BATCH_FIELDS]
    names, marks = ", ".join(_BATCH_FIELDS), ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO batch({names}) VALUES ({marks})", values)


def _to_text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _batch(row: tuple[Any, ...]) -> Batch:
    said = dict(zip(_BATCH_FIELDS, row, strict=True))
    for name in ("opened_at", "committed_at", "undone_at"):
        said[name] = None if said[name] is None else datetime.fromisoformat(said[name])
    said["list_date"] = None if said["list_date"] is None else date.fromisoformat(said["list_date"])
    return Batch(**said)


@contextmanager
def _built_beside(place: Path) -> Iterator[Path]:
    """Give a path beside the wanted one; what was built there takes its place at the end, or is removed."""
    draft = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))  # for nobody else on this machine
        yield draft
        _appear(draft, place)
    except FileExistsError as error:
        raise StoreError(f"{place} was made by somebody else meanwhile. Nothing was overwritten.") from error
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror}. Choose another folder.") from error
    finally:
        for ending in ("", "-wal", "-shm"):
            draft.with_name(draft.name + ending).unlink(missing_ok=True)


def _appear(draft: Path, place: Path) -> None:
    """Give a finished file its name without ever overwriting; some file systems know no links."""
    try:
        os.link(draft, place)
    except FileExistsError:
        raise
    except OSError:
        if place.exists():
            raise FileExistsError(place) from None
        draft.rename(place)


def _salt_of(path: Path) -> bytes:
    real = os.path.realpath(path)
    with _open_guard:
        salt, users = _open_salts.get(real, (b"", 0))
        salt = salt or read_salt(path)
        _open_salts[real] = (salt, users + 1)
    return salt


def _let_go(path: Path) -> None:
    real = os.path.realpath(path)
    with _open_guard:
        salt, users = _open_salts.get(real, (b"", 0))
        if users > 1:
            _open_salts[real] = (salt, users - 1)
        else:
            _open_salts.pop(real, None)
