"""What time it is, for limits that must hold: a clock that somebody sets back while we run gains nobody anything."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _wall() -> datetime:
    return datetime.now(UTC)


class Clock:
    """A clock that goes forward: the machine's, and at least as far as time has run since it was last read.

    Parameters
    ----------
    wall : callable, optional
        The machine's clock, UTC.
    running : callable, optional
        Seconds on a counter that nobody can set.
    """

    def __init__(self, wall: Callable[[], datetime] = _wall, running: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._running = wall, running
        self._anchor = (wall(), running())

    def now(self) -> datetime:
        """Return the time, UTC."""
        at, counted = self._anchor
        ran = self._running()
        now = max(self._wall(), at + timedelta(seconds=ran - counted))
        self._anchor = (now, ran)
        return now
