"""How values are sealed before they leave for Neo4j: AES-256-GCM under keys derived from a master key by HKDF.

A *sealed* value is ``1 | key id (4 bytes) | nonce (12) | ciphertext | tag (16)``. What it is bound to (purpose, kind,
record, batch) is authenticated with it, so that it opens in its own place only. A *digest* is a keyed HMAC-SHA-256,
cut short: equal texts have equal digests, and without the key nobody can try which text it is.
"""

import base64
import hmac
import os
import threading
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shopfloor.errors import KeyFileError
from shopfloor.graph.neo4j.keyfile import KEY_BYTES, KeyFile

TOKEN: Final = "~"  # noqa: S105 - a mark, no secret
"""First character of a digest that stands in place of a key."""
_VERSION: Final = b"\x01"
_NONCE: Final = 12
_HEAD: Final = 5
_TOKEN_BYTES: Final = 16
_INDEX_BYTES: Final = 8
_CHECK_BYTES: Final = 16
_PAD: Final = 32


class UnopenedError(Exception):
    """A sealed value is not the one that was sealed for this place; never shown to a user as it is."""


class _Key:
    """What is derived from one master key, for one store."""

    def __init__(self, secret: bytes, store_id: str) -> None:
        self._secret, self._salt = secret, store_id.encode()
        self.records, self.texts, self.vault = (AESGCM(self._derive(name)) for name in ("records", "texts", "vault"))
        self.tokens, self.index = self._derive("tokens"), self._derive("index")
        self.check = self._derive("check")[:_CHECK_BYTES].hex()

    def _derive(self, purpose: str) -> bytes:
        info = f"shopfloor neo4j sealing 1: {purpose}".encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=self._salt, info=info).derive(self._secret)


class Seal:
    """The keys of one store at work; may be used by several threads.

    Attributes
    ----------
    seals_names : bool
        Whether names are sealed, besides what always is.
    """

    def __init__(self, file: KeyFile) -> None:
        self.seals_names = file.seals_names
        self._guard = threading.Lock()
        self._take(file)
        self._in_use: tuple[str, ...] = (file.active,)

    def __repr__(self) -> str:
        """Say nothing of keys."""
        return f"Seal(names: {self.seals_names})"

    def _take(self, file: KeyFile) -> None:
        self.file = file
        self._keys = {key_id: _Key(key.secret, file.store_id) for key_id, key in file.keys.items()}

    @property
    def active(self) -> str:
        """Id of the key that seals."""
        return self._in_use[0]

    def use(self, key_ids: Sequence[str]) -> None:
        """Take over which keys the database uses, the active one first; the key file is read again for new ones.

        Raises
        ------
        KeyFileError
            The key file lacks one, or has retired the one that is to seal: whoever can write to the database would
            otherwise have new data sealed with a key that may be known.
        """
        if tuple(key_ids) != self._in_use:
            for key_id in key_ids:
                self._key(key_id)
            if self.file.keys[key_ids[0]].retired_at is not None:
                raise KeyFileError(
                    f"The database of store {self.file.store_id} says that key {key_ids[0]} seals, which "
                    f"{self.file.path} has retired: it is an older copy, or somebody changed it. Nothing was opened. "
                    "If you restored an older copy yourself, write null as that key's retired_at in the key file, "
                    "and then change the key anew: shopfloor keys rotate STORE"
                )
            self._in_use = tuple(key_ids)

    def check_of(self, key_id: str) -> str:
        """Return what tells that a key is the right one, and nothing else."""
        return self._key(key_id).check

    def has(self, key_id: str, check: str) -> bool:
        """Tell whether the key of this id is the one that the check was made of."""
        return hmac.compare_digest(self._key(key_id).check, check)

    def close_record(self, about: str, plain: bytes) -> bytes:
        """Seal what a record says, padded so that its length tells little."""
        padded = plain.ljust(-len(plain) // _PAD * -_PAD)
        return self._close(self._key(self.active).records, about, padded)

    def open_record(self, about: str, sealed: bytes) -> bytes:
        """Return what a record says, perhaps with blanks behind it.

        Raises
        ------
        UnopenedError
            It was changed, or is of another record.
        KeyFileError
            The key file lacks its key.
        """
        return self._open(self._key(key_id_of(sealed)).records, about, sealed)

    def close_text(self, about: str, text: str) -> bytes:
        """Seal a text of a batch."""
        return self._close(self._key(self.active).texts, about, text.encode())

    def open_text(self, about: str, sealed: bytes) -> str:
        """Return a text of a batch; errors as for `open_record`."""
        return self._open(self._key(key_id_of(sealed)).texts, about, sealed).decode()

    def close_document(self, about: str, content: bytes) -> bytes:
        """Seal a document or an entry of the log."""
        return self._close(self._key(self.active).vault, about, content)

    def open_document(self, about: str, sealed: bytes) -> bytes:
        """Return a document or an entry of the log; errors as for `open_record`."""
        return self._open(self._key(key_id_of(sealed)).vault, about, sealed)

    def token(self, purpose: str, text: str) -> str:
        """Return the digest that stands in place of a text, under the active key."""
        return self._token(self.active, purpose, text)

    def tokens(self, purpose: str, text: str) -> list[str]:
        """Return the digests that may stand in place of a text: while keys are changed there are two."""
        return [self._token(key_id, purpose, text) for key_id in self._in_use]

    def index(self, purpose: str, text: str) -> str:
        """Return the blind index of a text: 64 bits, for equality look-up."""
        return self._index(self.active, purpose, text)

    def indexes(self, purpose: str, text: str) -> list[str]:
        """Return the blind indexes that a text may have."""
        return [self._index(key_id, purpose, text) for key_id in self._in_use]

    def _token(self, key_id: str, purpose: str, text: str) -> str:
        digest = hmac.digest(self._key(key_id).tokens, f"{purpose}\x1f{text}".encode(), "sha256")
        return TOKEN + base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).rstrip(b"=").decode()

    def _index(self, key_id: str, purpose: str, text: str) -> str:
        return hmac.digest(self._key(key_id).index, f"{purpose}\x1f{text}".encode(), "sha256")[:_INDEX_BYTES].hex()

    def _close(self, cipher: AESGCM, about: str, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        head = _VERSION + bytes.fromhex(self.active)
        return head + nonce + cipher.encrypt(nonce, plain, head + about.encode())

    def _open(self, cipher: AESGCM, about: str, sealed: bytes) -> bytes:
        head, nonce, rest = sealed[:_HEAD], sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        try:
            return cipher.decrypt(nonce, rest, head + about.encode())
        except (InvalidTag, ValueError):
            raise UnopenedError from None

    def _key(self, key_id: str) -> _Key:
        held = self._keys.get(key_id)
        if held is None:
            with self._guard:
                self._take(KeyFile.read(self.file.store_id))
            held = self._keys.get(key_id)
        if held is None:
            raise KeyFileError(
                f"Store {self.file.store_id} is sealed with key {key_id}, which the key file {self.file.path} does "
                "not hold: the key was changed on another machine. Nothing was changed. Get the key file from there."
            )
        return held


def key_id_of(sealed: bytes) -> str:
    """Return the id of the key that sealed a value.

    Raises
    ------
    UnopenedError
        It is no sealed value.
    """
    if not isinstance(sealed, bytes | bytearray) or len(sealed) < _HEAD + _NONCE or sealed[:1] != _VERSION:
        raise UnopenedError
    return sealed[1:_HEAD].hex()
