"""The desks of those who are logged in: one a session, never two viewers at one."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from shopfloor.dashboard.desk import Desk, Shelf
from shopfloor.service.opening import OpenStore
from shopfloor.service.workroom import Workroom
from shopfloor.settings import SESSION_IDLE

MOST: Final = 64
"""Desks at hand; whoever comes back after hers went computes anew and drops her files again."""


class Desks:
    """Desks by session, with what was computed and dropped at each.

    Parameters
    ----------
    clock : callable, optional
        Seconds on a counter that nobody can set.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._held: OrderedDict[str, tuple[Desk, float]] = OrderedDict()
        self._shelf = Shelf()
        self._room = Workroom()
        self._guard = threading.Lock()
        self._clock = clock

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Desks({len(self._held)})"

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._held)

    def of(self, session: str, store: OpenStore) -> Desk:
        """Return the desk of a session; another one as soon as what its account may see is another.

        Parameters
        ----------
        session : str
            Token of the session, which lasts.
        store : OpenStore
            As its account may see it now.
        """
        with self._guard:
            now = self._clock()
            self._clear(now)
            held = self._held.get(session)
            desk = held[0] if held is not None and held[0].store.viewer == store.viewer else self._new(store)
            self._held[session] = (desk, now)
            self._held.move_to_end(session)
            while len(self._held) > MOST:
                self._held.popitem(last=False)
            return desk

    def _new(self, store: OpenStore) -> Desk:
        return Desk(store, self._shelf, self._room)

    def drop(self, session: str) -> None:
        """Let go of the desk of a session that ended."""
        with self._guard:
            self._held.pop(session, None)

    def drop_account(self, name: str) -> None:
        """Let go of the desks of an account that was changed or ended."""
        with self._guard:
            owners = [(session, desk.store.viewer.name.casefold()) for session, (desk, _) in self._held.items()]
            for session in [one for one, owner in owners if owner == name.casefold()]:
                del self._held[session]

    def _clear(self, now: float) -> None:
        """Let go of those whose session is over because nobody used it."""
        while self._held:
            session, (_, used) = next(iter(self._held.items()))
            if now - used < SESSION_IDLE.total_seconds():
                return
            del self._held[session]
