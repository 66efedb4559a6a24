"""The small file beside a store that says it is locked on this machine, and that tells running programs to let go.

It holds no secret and is no protection against whoever has the passphrase: it makes this machine's own programs stop.
"""

import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shopfloor.errors import StoreError

_ENDING: Final = ".lock"
_NONE: Final = ""
_PATIENCE_SECONDS: Final = 3
_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class LockState:
    """Whether a store may be opened here.

    Attributes
    ----------
    is_locked : bool
        It may not.
    token : str
        Another one after every lock and every change of the passphrase; whoever opened the store under another one
        lets go of it.
    """

    is_locked: bool
    token: str


def lock_file(place: str | os.PathLike[str]) -> Path:
    """Return the path of the file beside a store."""
    path = Path(place).absolute()
    return path.with_name(path.name + _ENDING)


def lock_state(place: str | os.PathLike[str]) -> LockState:
    """Return the state of a store; one that cannot be read is locked."""
    try:
        said = json.loads(lock_file(place).read_text(encoding="utf-8"))
        return LockState(bool(said["is_locked"]), str(said["token"]))
    except FileNotFoundError:
        return LockState(is_locked=False, token=_NONE)
    except (OSError, ValueError, KeyError, TypeError):
        return LockState(is_locked=True, token=_NONE)


def write_lock(place: str | os.PathLike[str], *, is_locked: bool) -> None:
    """Let everybody let go of a store, and lock it or not."""
    path = lock_file(place)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"is_locked": is_locked, "token": secrets.token_hex(8)}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def refuse_locked(place: str | os.PathLike[str], seen: LockState | None = None) -> None:
    """Raise if a store is locked, or was since `seen`.

    Raises
    ------
    StoreError
        It is.
    """
    now = lock_state(place)
    if now.is_locked:
        raise StoreError(f"{place} is locked on this machine. Unlock it with: shopfloor unlock {place}")
    if seen is not None and now.token != seen.token:
        raise StoreError(f"{place} was locked, or its passphrase was changed, since it was opened. Open it again.")


def wait_until_let_go(place: str | os.PathLike[str]) -> tuple[int, ...]:
    """Wait a moment until no other process has a file open; return those that still have."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while (found := open_in(place)) and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
    return found


def open_in(place: str | os.PathLike[str]) -> tuple[int, ...]:
    """Return the ids of other processes that have a file open, as Linux tells it; none elsewhere."""
    real, found = Path(place).resolve(), set[int]()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if link.readlink() == real:
                found.add(int(link.parts[2]))
    return tuple(sorted(found - {os.getpid()}))
