"""How far a long computation has come, told to whoever waits for it."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many steps are done and how many there are; to stop the computation it raises."""


class Steps:
    """Counts the steps of a computation and passes them on."""

    def __init__(self, of: int, progress: Progress | None = None) -> None:
        self._done, self._of, self._progress = 0, of, progress

    def advance(self) -> None:
        """One step more is done."""
        self._done += 1
        if self._progress is not None:
            self._progress(min(self._done, self._of), self._of)

    def expect(self, more: int) -> None:
        """There are more steps than were known."""
        self._of += more
