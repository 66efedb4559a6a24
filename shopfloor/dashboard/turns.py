"""Turns at working out pages: those who ask at once would take the interpreter from each other, and all wait longer."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

MOST_S: Final = 1.0
"""Seconds after which who has the turn goes on beside the next: what takes long holds nobody up for longer."""


class Turns:
    """One at a time, in the order in which they came.

    Parameters
    ----------
    most : float
        Seconds that a turn lasts at most.

    Examples
    --------
    >>> turns = Turns()
    >>> turns.take("map"); turns.give("map"); turns
    Turns(0 wait)
    """

    def __init__(self, most: float = MOST_S) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._holder: object | None = None
        self._ends_at = 0.0

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Turns({len(self._waiting)} wait)"

    def take(self, who: object) -> None:
        """Wait for the turn."""
        with self._changed:
            self._waiting.append(who)
            try:
                while self._waiting[0] is not who or (self._holder is not None and time.monotonic() < self._ends_at):
                    is_next = self._waiting[0] is who
                    self._changed.wait(max(self._ends_at - time.monotonic(), 0.0) if is_next else None)
                self._holder, self._ends_at = who, time.monotonic() + self._most
            finally:
                self._waiting.remove(who)
                self._changed.notify_all()

    def give(self, who: object) -> None:
        """Let the next one have it; nothing for one whose turn was over."""
        with self._changed:
            if self._holder is who:
                self._holder = None
                self._changed.notify_all()


_MINE: Final[ContextVar[tuple[Turns, object] | None]] = ContextVar("turn", default=None)


def begin_turn(turns: Turns) -> None:
    """Wait for the turn, and have it until `end_turn` in this thread."""
    who = object()
    turns.take(who)
    _MINE.set((turns, who))


def end_turn() -> None:
    """Let the next one have the turn, where this thread has one."""
    mine = _MINE.get()
    if mine is not None:
        _MINE.set(None)
        turns, who = mine
        turns.give(who)


@contextmanager
def aside() -> Iterator[None]:
    """Let others have the turn while this thread waits for something; take it again afterwards."""
    mine = _MINE.get()
    if mine is not None:
        turns, who = mine
        turns.give(who)
    try:
        yield
    finally:
        if mine is not None:
            turns.take(who)
