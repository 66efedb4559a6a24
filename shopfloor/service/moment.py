"""One moment of the data for as long as somebody works out one page, whatever others save meanwhile.

A page asks for the people, then for the ties among them by their row, then for measures: all of it must be of one
moment, or ties would be drawn between others than those who were named.
"""

from collections.abc import Hashable
from contextvars import ContextVar
from typing import Any, Final

_HELD: Final[ContextVar[dict[Hashable, Any] | None]] = ContextVar("held", default=None)


def hold_still() -> None:
    """Let what is read in this thread from here on be of the moment at which it is first read."""
    _HELD.set({})


def let_move() -> None:
    """Read what is there now again, and let go of the moment."""
    _HELD.set(None)


def held_still() -> dict[Hashable, Any] | None:
    """Return what was read since `hold_still`, by what it is; None where nothing is held still."""
    return _HELD.get()


def move_on() -> None:
    """Begin another moment, where one is held: after this thread has changed something itself."""
    held = _HELD.get()
    if held is not None:
        held.clear()
