"""From a passphrase to the key of a file.

A store is one file without a side-car: its first 16 bytes are the salt, in clear, as SQLCipher lays it out. The key
is scrypt(passphrase, salt), about half a second and 128 MiB, paid once a process and file.
"""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from shopfloor.errors import NotAStoreError, PassphraseError, StoreNotFoundError, StoreUnavailableError

SALT_BYTES = 16
PAGE_BYTES = 4096
_KNOWN_STARTS = {
    b"SQLite format 3\x00": "an unencrypted SQLite database",
    b"PK\x03\x04": "a zip archive or spreadsheet",
    b"%PDF": "a PDF document",
}


@dataclass(frozen=True, slots=True, repr=False)
class FileKey:
    """Key and salt of one store file."""

    key: bytes
    salt: bytes

    @property
    def pragma(self) -> str:
        """The statement that opens the file; never log it."""
        return f"PRAGMA key=\"x'{self.key.hex()}{self.salt.hex()}'\""

    @property
    def rekey_pragma(self) -> str:
        """The statement that changes the key of an open file; never log it."""
        return f"PRAGMA rekey=\"x'{self.key.hex()}{self.salt.hex()}'\""


def derive_key(passphrase: str, salt: bytes) -> FileKey:
    """Derive the key of a file (scrypt, RFC 7914, n = 2**17, r = 8, p = 1).

    Raises
    ------
    PassphraseError
        The passphrase is empty.
    """
    if not passphrase:
        raise PassphraseError("An empty passphrase protects nothing. Choose one, for instance four random words.")
    key = hashlib.scrypt(passphrase.encode(), salt=salt, n=2**17, r=8, p=1, maxmem=2**28, dklen=32)
    return FileKey(key, salt)


def new_salt() -> bytes:
    """Return a random salt for a new file."""
    return secrets.token_bytes(SALT_BYTES)


def read_salt(path: Path) -> bytes:
    """Return the salt of a store file, read before any connection to it exists in this process.

    Closing a plain file handle would drop the locks that SQLite holds on the same file.

    Raises
    ------
    StoreNotFoundError, NotAStoreError, StoreUnavailableError
        Nothing is there; something else is there; it cannot be read.
    """
    if not path.exists():
        raise StoreNotFoundError(f"There is no store at {path}. Make one with: shopfloor init {path}")
    if path.is_dir():
        raise NotAStoreError(f"{path} is a folder, not a store. Give the path of the store file in it.")
    try:
        with path.open("rb") as file:
            start = file.read(SALT_BYTES)
        size = path.stat().st_size
    except OSError as error:
        raise StoreUnavailableError(f"The store {path} cannot be read: {error.strerror}.") from error
    _refuse_other_files(path, start, size)
    return start


def _refuse_other_files(path: Path, start: bytes, size: int) -> None:
    for magic, what in _KNOWN_STARTS.items():
        if start.startswith(magic):
            raise NotAStoreError(f"{path} is {what}, not a Shopfloor store.")
    if size < PAGE_BYTES or size % PAGE_BYTES:
        raise NotAStoreError(
            f"{path} is no Shopfloor store, or was cut off (its size, {size} bytes, is not a whole number of pages). "
            "If it was a store, restore a backup: shopfloor restore STORE BACKUP"
        )
