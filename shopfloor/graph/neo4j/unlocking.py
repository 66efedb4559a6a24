"""What a sealed store says of itself in its meta node, and how its key file opens it."""

import sys
from dataclasses import dataclass
from uuid import uuid4

import neo4j

from shopfloor.errors import KeyFileError, StoreVersionError
from shopfloor.graph.contract import FORMAT_VERSION, Keys
from shopfloor.graph.neo4j.cipher import Seal
from shopfloor.graph.neo4j.keyfile import KEY_FILE, KeyFile
from shopfloor.graph.neo4j.layout import META
from shopfloor.graph.neo4j.server import Server


@dataclass(frozen=True, slots=True)
class Meta:
    """What the meta node says of sealing.

    Attributes
    ----------
    store_id : str
        Random, 32 hexadecimal digits; names the key file.
    seals_names : bool
        Whether names are sealed too.
    key_ids, key_checks : tuple of str
        Keys that something in the database is sealed with, the active one first, and what tells each is right.
    """

    store_id: str
    seals_names: bool
    key_ids: tuple[str, ...]
    key_checks: tuple[str, ...]


def make_meta(server: Server, *, seals_names: bool) -> Meta:
    """Return what the store says, after making its key file and meta node where there is none."""
    text = f"MATCH (m:{META}) RETURN count(m)"
    if server.read(lambda transaction: transaction.run(text).single(strict=True)[0]):
        return read_meta(server)
    file = KeyFile.make(uuid4().hex, seals_names=seals_names)
    try:
        server.write(lambda transaction: _create(transaction, file))
        meta = read_meta(server)
    except BaseException:
        _discard(server, file)
        raise
    if meta.store_id != file.store_id:  # somebody else was first
        file.path.unlink()
    return meta


def _discard(server: Server, file: KeyFile) -> None:
    """Remove the key file of a store that was not made; keep it where that is not certain."""
    text = f"OPTIONAL MATCH (m:{META}) RETURN m.store_id"
    try:
        made = server.read(lambda transaction: transaction.run(text).single(strict=True)[0])
    except Exception:  # noqa: BLE001 - the server is gone: the store may be there
        return
    if made != file.store_id:
        file.path.unlink(missing_ok=True)


def _create(transaction: neo4j.ManagedTransaction, file: KeyFile) -> None:
    text = (
        f"MERGE (m:{META} {{name: 'store'}}) ON CREATE SET m.format_version = $version, m.revision = 0, "
        "m.n_turns = 0, m.created_at = datetime(), m.store_id = $store_id, m.seals_names = $seals_names, "
        "m.key_ids = [$key_id], m.key_checks = [$check], m.n_resealed = 0"
    )
    transaction.run(
        text,
        version=FORMAT_VERSION,
        store_id=file.store_id,
        seals_names=file.seals_names,
        key_id=file.active,
        check=Seal(file).check_of(file.active),
    ).consume()


def read_meta(server: Server) -> Meta:
    """Return what the store says of sealing.

    Raises
    ------
    StoreVersionError
        It was made before anything was sealed.
    """
    text = f"MATCH (m:{META}) RETURN m.store_id, m.seals_names, m.key_ids, m.key_checks"
    said = server.read(lambda transaction: transaction.run(text).single(strict=True).values())
    if said[0] is None:
        raise StoreVersionError(
            f"The store at {server.place} was made by an older Shopfloor, which sealed nothing. Nothing was changed. "
            "With that Shopfloor copy it into a file (shopfloor copy); then empty the database, make the store anew "
            "(shopfloor init) and copy it back."
        )
    return Meta(said[0], bool(said[1]), tuple(said[2]), tuple(said[3]))


def unlock(server: Server, meta: Meta) -> Seal:
    """Return the seal of a store, by its key file.

    Raises
    ------
    KeyFileError
        The file is missing, can be read by others, is of another store, lacks a key, a key in it is another, or the
        one that seals is retired there.
    """
    file = KeyFile.read(meta.store_id)
    if file.seals_names != meta.seals_names:
        raise KeyFileError(
            f"The key file {file.path} and the database at {server.place} say different things about whether names are "
            "sealed: somebody changed one of them. Nothing was opened. Restore the database from a backup."
        )
    seal = Seal(file)
    seal.use(meta.key_ids)
    for key_id, check in zip(meta.key_ids, meta.key_checks, strict=True):
        if not seal.has(key_id, check):
            raise KeyFileError(
                f"Key {key_id} in {file.path} is not the one that sealed the store at {server.place}. Nothing was "
                f"changed. Bring the key file back from its copy, or let {KEY_FILE} name the right one."
            )
    return seal


def keys_of(server: Server, seal: Seal) -> Keys:
    """Return which keys seal a store."""
    meta = read_meta(server)
    file = KeyFile.read(meta.store_id)
    retired = {key_id: key.retired_at for key_id, key in file.keys.items() if key.retired_at is not None}
    return Keys(
        path=str(file.path),
        store_id=meta.store_id,
        seals_names=seal.seals_names,
        in_use=meta.key_ids,
        retired=retired,
        is_private=sys.platform != "win32",
    )
