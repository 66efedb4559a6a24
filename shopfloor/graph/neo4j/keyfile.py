"""The key file of a sealed store: master keys, outside the database, readable by its owner alone.

One JSON file a store: its id, what it seals, its keys by id, which one is active and which are retired. It lies at
``SHOPFLOOR_KEY_FILE`` (a file, or a folder that holds one for each store), else in the user's configuration folder.
Whoever has it and the database reads everything; who has lost it reads no sealed value again.
"""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from platformdirs import user_config_path

from shopfloor.errors import KeyFileError

KEY_FILE: Final = "SHOPFLOOR_KEY_FILE"
"""Environment variable: where the key file is, or the folder of key files."""
KEY_BYTES: Final = 32
_ID_BYTES: Final = 4
_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True, repr=False)
class MasterKey:
    """One master key.

    Attributes
    ----------
    secret : bytes
        32 random bytes.
    made_at : str
        When, UTC.
    retired_at : str or None
        Since when nothing in the database is sealed with it; older copies of the database may be.
    """

    secret: bytes
    made_at: str
    retired_at: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class KeyFile:
    """What a key file says.

    Attributes
    ----------
    path : Path
        Where it is.
    store_id : str
        Store that the keys are of.
    seals_names : bool
        Whether names are sealed there too: kept here, so that nobody can switch it off in the database.
    active : str
        Id of the key that seals.
    keys : mapping of str to MasterKey
        By id, 8 hexadecimal digits.
    """

    path: Path
    store_id: str
    seals_names: bool
    active: str
    keys: Mapping[str, MasterKey]

    def __repr__(self) -> str:
        """Name the place only."""
        return f"KeyFile({self.path})"

    @classmethod
    def make(cls, store_id: str, *, seals_names: bool) -> Self:
        """Write the key file of a new store, with one new key.

        Raises
        ------
        KeyFileError
            Something is at its place already, or it cannot be written.
        """
        path = place_of(store_id)
        if path.exists():
            raise KeyFileError(
                f"There is a key file at {path} already, of another store. Nothing was changed. Let {KEY_FILE} name "
                "another file, or a folder."
            )
        key_id, key = new_key()
        made = cls(path, store_id, seals_names, key_id, {key_id: key})
        made.write()
        return made

    @classmethod
    def read(cls, store_id: str) -> Self:
        """Read the key file of a store.

        Raises
        ------
        KeyFileError
            It is missing, others may read it, it is of another store, or it is none.
        """
        path = place_of(store_id)
        said = _read(path, store_id)
        try:
            keys = {
                key_id: MasterKey(bytes.fromhex(key["secret"]), key["made_at"], key["retired_at"])
                for key_id, key in said["keys"].items()
            }
            found = cls(path, said["store_id"], said["seals_names"], said["active"], keys)
            is_whole = all(len(key.secret) == KEY_BYTES for key in keys.values())
        except (KeyError, TypeError, ValueError, AttributeError):
            is_whole = False
        if not is_whole:
            raise KeyFileError(f"{path} is no whole key file of Shopfloor. Bring it back from its copy.") from None
        if found.store_id != store_id:
            raise KeyFileError(
                f"{path} is the key file of another store ({found.store_id}); this one is {store_id}. Nothing was "
                f"changed. Let {KEY_FILE} name the right one."
            )
        return found

    def write(self) -> None:
        """Write it in one step, for its owner alone.

        Raises
        ------
        KeyFileError
            The folder cannot be written.
        """
        said = {
            "about": "Keys of a Shopfloor store. Without them nobody reads what it seals. Keep a copy in a safe place.",
            "store_id": self.store_id,
            "seals_names": self.seals_names,
            "active": self.active,
            "keys": {
                key_id: {"secret": key.secret.hex(), "made_at": key.made_at, "retired_at": key.retired_at}
                for key_id, key in self.keys.items()
            },
        }
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.part")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                    json.dump(said, file, indent=2)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(self.path)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise KeyFileError(
                f"The key file {self.path} cannot be written ({error.strerror}). Nothing was changed. Let {KEY_FILE} "
                "name a place that you may write."
            ) from error

    def with_key(self) -> tuple[str, Self]:
        """Return the id of a key that is neither active nor retired, and this with it; a new one if there is none."""
        for key_id, key in self.keys.items():
            if key_id != self.active and key.retired_at is None:
                return key_id, self
        key_id, key = new_key()
        return key_id, replace(self, keys={**self.keys, key_id: key})

    def with_active(self, active: str, *, retired: bool) -> Self:
        """Return this with another active key; `retired` marks all others as no longer used in the database."""
        now = _now()
        keys = {
            key_id: replace(key, retired_at=key.retired_at or now) if retired and key_id != active else key
            for key_id, key in self.keys.items()
        }
        return replace(self, active=active, keys=keys)

    def without(self, key_id: str) -> Self:
        """Return this without a retired key.

        Raises
        ------
        KeyFileError
            It has no such key, or the database still needs it.
        """
        if key_id not in self.keys:
            raise KeyFileError(f"{self.path} holds no key {key_id}. See them with: shopfloor keys show STORE")
        if self.keys[key_id].retired_at is None:
            raise KeyFileError(f"Key {key_id} is in use. Only a retired key can be removed. Nothing was changed.")
        return replace(self, keys={held: key for held, key in self.keys.items() if held != key_id})


def place_of(store_id: str) -> Path:
    """Return where the key file of a store is, or would be."""
    named = os.environ.get(KEY_FILE)
    if named and not Path(named).is_dir():
        return Path(named).absolute()
    folder = Path(named).absolute() if named else user_config_path("shopfloor") / "keys"
    return folder / f"{store_id}.json"


def new_key() -> tuple[str, MasterKey]:
    """Return the id of a new random key, and the key."""
    return secrets.token_hex(_ID_BYTES), MasterKey(secrets.token_bytes(KEY_BYTES), _now())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _read(path: Path, store_id: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        if sys.platform != "win32" and path.stat().st_mode & _OTHERS:
            raise KeyFileError(
                f"The key file {path} can be read by others on this machine, so its keys may be known. Nothing was "
                f"opened. Close it (chmod 600 {path}), and if others could log in, make a new key (shopfloor keys "
                "rotate STORE)."
            )
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KeyFileError(
            f"Store {store_id} is sealed, and its key file is not here. Nothing was changed. Get it from whoever made "
            f"the store, or from its copy, and put it at {path} (or let {KEY_FILE} name it), readable by you alone."
        ) from None
    except OSError as error:
        raise KeyFileError(f"The key file {path} cannot be read: {error.strerror}. Nothing was changed.") from error
    except ValueError:
        raise KeyFileError(f"{path} is no key file of Shopfloor. Bring it back from its copy.") from None
