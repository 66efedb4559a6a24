"""Lock a store on this machine, unlock it, wipe it, change its passphrase."""

import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import keyring
import keyring.errors

from shopfloor.errors import StoreError, StoreNotFoundError, UsageError
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.service.audit import AuditTrail, Deed, Vault
from shopfloor.service.lockfile import lock_file, lock_state, open_in, wait_until_let_go, write_lock
from shopfloor.service.opening import OpenStore, is_server, open_home
from shopfloor.service.passwords import check_password
from shopfloor.service.viewer import Viewer

KEYRING_SERVICE: Final = "shopfloor"
KEY_FILE: Final = "SHOPFLOOR_KEY_FILE"
"""Environment variable: path of the key that a Neo4j store's sealed fields are encrypted with."""

_HEADER_BYTES: Final = 4096
_POLL_SECONDS: Final = 0.5


class Closable(Vault, Protocol):
    """A home of which documents and the log are used, and which is closed then."""

    def close(self) -> None:
        """Let go of files and connections."""
        ...


@dataclass(frozen=True, slots=True)
class LockReport:
    """What locking or wiping did on this machine.

    Attributes
    ----------
    was_in_keyring : bool
        The system keyring held the passphrase, and does no longer.
    still_open_in : tuple of int
        Ids of processes that have the file open still, as far as this system tells: they hold its key in memory.
    n_destroyed : int
        Files destroyed.
    """

    was_in_keyring: bool
    still_open_in: tuple[int, ...]
    n_destroyed: int = 0


def lock_store(location: str) -> LockReport:
    """Make a store file unopenable on this machine until it is unlocked; needs no passphrase and takes no time.

    Programs of ours that have it open stop: dashboards end, others let go at their next step. The keyring forgets the
    passphrase. Sessions cannot be used meanwhile, and end when it is unlocked.

    Raises
    ------
    StoreError
        There is no such file, or it is a server's database.
    """
    place = _file(location)
    write_lock(place, is_locked=True)
    was_in_keyring = forget_passphrase(location)
    return LockReport(was_in_keyring, wait_until_let_go(place))


def close_server(location: str, passphrase: str | None) -> tuple[bool, int | None]:
    """Do on this machine what can be done to shut a server's database: it cannot be locked from here.

    Parameters
    ----------
    location : str
        Address of the server.
    passphrase : str or None
        Its password, where this machine has it at hand.

    Returns
    -------
    was_in_keyring : bool
        The system keyring held the password, and does no longer.
    n_sessions : int or None
        Sessions that were ended, of everybody; None where the store could not be opened.
    """
    n_sessions = None
    if passphrase is not None:
        with suppress(StoreError):  # the keyring forgets it all the same
            n_sessions = _end_sessions(open_home(location, passphrase=passphrase), locked=True)
    return forget_passphrase(location), n_sessions


def unlock_store(location: str, passphrase: str) -> int:
    """Let a store be opened here again, and end all sessions there were; return how many.

    Raises
    ------
    StoreError
        The passphrase does not fit, or there is no such file: it stays locked.
    """
    place = _file(location)
    n_sessions = _end_sessions(EmbeddedStore.open(place, passphrase), unlocked=True)
    write_lock(place, is_locked=False)
    return n_sessions


def _end_sessions(held: Closable, **particulars: object) -> int:
    """End the sessions of everybody, note it, and close what they were kept in; return how many there were."""
    with closing(held):
        sessions = held.documents("sessions")
        for name in sessions:
            held.change_document("sessions", name, lambda _: None)
        AuditTrail(held).note(Viewer.owner().name, Deed.KEEP, **particulars, n_sessions_ended=len(sessions))
        return len(sessions)


def wipe_store(location: str, key_file: Path | None = None) -> LockReport:
    """Destroy what opens a store, then the store, on this machine.

    Of a file: its first page with the salt, without which the passphrase opens nothing, then the log beside it, then
    the files. Of a Neo4j database: the key file that its sealed fields need; the database itself is the server's.

    Parameters
    ----------
    location : str
        Path of a store file, or address of a server.
    key_file : Path, optional
        Of a server's store; default: as the environment names it.

    Raises
    ------
    StoreError
        There is nothing to destroy.
    """
    if is_server(location):
        path = key_file_of(location, key_file)
        _overwrite(path, None)
        path.unlink()
        _sync_folder(path.parent)
        return LockReport(forget_passphrase(location), (), n_destroyed=1)
    place = _file(location)
    if open_in(place):  # or one of them might write its first page back
        write_lock(place, is_locked=True)
        wait_until_let_go(place)
    leftovers = [place.with_name(place.name + ending) for ending in ("-wal", "-shm", "-journal")]
    drafts = sorted(place.parent.glob(f".{_quoted(place.name)}.*.part*"))
    doomed = [path for path in (place, *leftovers, *drafts) if path.exists()]
    still_open_in = open_in(place)
    for path in doomed:
        _overwrite(path, None if path in leftovers else _HEADER_BYTES)
    was_in_keyring = forget_passphrase(location)
    for path in [*doomed, lock_file(place)]:
        path.unlink(missing_ok=True)
    _sync_folder(place.parent)
    return LockReport(was_in_keyring, still_open_in, len(doomed))


def change_passphrase(store: OpenStore, new: str) -> LockReport:
    """Encrypt a store file under a new passphrase; whoever else has it open lets go and must open it again.

    Stopped on the way, exactly one of the two opens it. Backups made before open with the old one. The keyring gets
    the new one where it had the old.

    Raises
    ------
    UsageError
        The new one is too short, or too common.
    StoreError
        This is a server's database.
    """
    check_passphrase(new)
    place = _file(store.location)
    store.change_passphrase(new)
    was_in_keyring = forget_passphrase(store.location)
    if was_in_keyring:
        keyring.set_password(KEYRING_SERVICE, keyring_name(store.location), new)
    return LockReport(was_in_keyring, open_in(place))


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that somebody with the file would find by trying.

    Raises
    ------
    UsageError
        It is shorter than 12 characters, or among the first that are tried.
    """
    try:
        check_password(passphrase)
    except UsageError as error:
        raise UsageError(str(error).replace("password", "passphrase")) from None


def stop_when_locked(location: str, stop: Callable[[], None]) -> None:
    """Watch, beside what a program does, whether its store is locked, wiped or gets another passphrase; then stop it.

    Parameters
    ----------
    location : str
        Of the store it has open; a server's is not watched.
    stop : callable
        Ends the program, so that the key goes from its memory.
    """
    if not is_server(location):
        watching = threading.Thread(target=_watch, args=(Path(location), stop), daemon=True, name="shopfloor-lock")
        watching.start()


def _watch(place: Path, stop: Callable[[], None]) -> None:
    seen = lock_state(place)
    while place.exists() and lock_state(place) == seen:
        time.sleep(_POLL_SECONDS)
    stop()


def keyring_name(location: str) -> str:
    """Return the name a store's passphrase has in the system keyring."""
    return location if is_server(location) else str(Path(location).resolve())


def forget_passphrase(location: str) -> bool:
    """Take a store's passphrase out of the system keyring; tell whether it was there."""
    try:
        keyring.delete_password(KEYRING_SERVICE, keyring_name(location))
    except keyring.errors.KeyringError:
        return False
    return True


def _file(location: str) -> Path:
    if is_server(location):
        raise StoreError(
            f"{location} is a server's database: its password and who may connect are for the server. Stop the server, "
            "or end sessions with: shopfloor lock"
        )
    place = Path(location).absolute()
    if not place.is_file():
        raise StoreNotFoundError(f"There is no store at {place}.")
    return place


def key_file_of(location: str, said: Path | None = None) -> Path:
    """Return the key file of a server's store: as somebody said, else as the environment names it.

    Raises
    ------
    StoreError
        Neither names a file.
    """
    named = said or Path(os.environ.get(KEY_FILE) or ".")
    if not named.is_file():
        raise StoreError(
            f"Say which key file is that of {location} (--key-file FILE; 'shopfloor keys show {location}' names it). "
            "What is not sealed in the database is destroyed on its server: drop the database and its dumps there."
        )
    return named


def _overwrite(path: Path, n_bytes: int | None) -> None:
    """Write chance over the first bytes of a file, or all of them, and wait until the disk has them."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        size = os.fstat(descriptor).st_size
        left = size if n_bytes is None else min(size, n_bytes)
        while left > 0:
            left -= os.write(descriptor, secrets.token_bytes(min(left, 1 << 20)))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system lets a folder be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _quoted(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
