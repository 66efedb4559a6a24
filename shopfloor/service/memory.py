"""What was read of a store and is kept at hand, and who must let go of it when something is to be forgotten."""

import threading
import weakref
from typing import Generic, Protocol, TypeVar

Value = TypeVar("Value")


class Holder(Protocol):
    """Keeps answers that rest on what was read."""

    def let_go(self) -> None:
        """Forget them. It waits for nobody: it may be called while others compute."""
        ...


class Holders:
    """All who keep something of one store in this process, for as long as they live."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._holders: weakref.WeakSet[Holder] = weakref.WeakSet()

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Holders({len(self._holders)})"

    def add(self, holder: Holder) -> None:
        """Let somebody be told when to forget."""
        with self._guard:
            self._holders.add(holder)

    def let_go(self) -> None:
        """Let all of them forget."""
        with self._guard:
            holders = list(self._holders)
        for holder in holders:
            holder.let_go()


class Memory(Generic[Value]):
    """One value at a time, under a key; what was begun to be made before it had to be forgotten is not kept.

    Examples
    --------
    >>> memory: Memory[str] = Memory()
    >>> begun = memory.epoch
    >>> memory.put("page", "drawn before", begun); memory.get("page")
    'drawn before'
    >>> memory.let_go(); memory.put("page", "begun before", begun); memory.get("page") is None
    True
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()  # held for a moment only, and nothing is called under it
        self._held: tuple[object, Value] | None = None
        self.epoch = 0

    def __repr__(self) -> str:
        """Tell nothing of what is held."""
        return f"Memory(epoch {self.epoch})"

    def get(self, key: object) -> Value | None:
        """Return what is held under a key."""
        held = self._held
        return held[1] if held is not None and held[0] == key else None

    def put(self, key: object, value: Value, epoch: int) -> None:
        """Hold a value whose making began at that epoch, in place of the last."""
        with self._guard:
            if epoch == self.epoch:
                self._held = (key, value)

    def let_go(self) -> None:
        """Forget."""
        with self._guard:
            self._held = None
            self.epoch += 1
