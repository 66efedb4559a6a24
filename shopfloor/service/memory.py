"""What was read of a store and is kept at hand, and who must let go of it when something is to be forgotten."""

import operator
import threading
import weakref
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, Protocol, TypeVar, cast

Value = TypeVar("Value")
Given = TypeVar("Given")


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


class Parts:
    """What the steps of a computation made when it was last done: a step that is given the same again is not repeated.

    A step must be a function of what it is given and of nothing else, and nobody may change what it made. Then the
    answer with parts is the answer without: tests hold the two against each other.

    Examples
    --------
    >>> parts, names = Parts(), ["Rosa"]
    >>> parts.of("greeting", (names,), lambda: f"Dear {names[0]}", said="Dear")
    'Dear Rosa'
    >>> parts.of("greeting", (names,), lambda: "not asked", said="Dear")
    'Dear Rosa'
    >>> parts.of("greeting", (["Rosa"],), lambda: "asked: it is another list", said="Dear")
    'asked: it is another list'
    """

    def __init__(self) -> None:
        self._held: dict[str, tuple[tuple[object, ...], Hashable, object]] = {}
        self._each: dict[str, dict[int, tuple[object, object]]] = {}

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Parts({len(self._held) + len(self._each)} steps)"

    def of(
        self,
        step: str,
        given: tuple[object, ...],
        make: Callable[[], Value],
        said: Hashable = None,
        *,
        is_same: Callable[[Value, Value], bool] | None = None,
    ) -> Value:
        """Return what a step makes of what it is given.

        Parameters
        ----------
        step : str
            Its name.
        given : tuple
            What it is made of: the same only if these are the very same objects.
        make : callable
            Makes it.
        said : hashable
            What else it is made of, compared by value.
        is_same : callable, optional
            Tells whether what was made is what was made last; then that is returned, so that the next steps see it.
        """
        held = self._held.get(step)
        if held is not None and held[1] == said and _are(held[0], given):
            return cast("Value", held[2])
        made = make()
        if held is not None and is_same is not None and is_same(made, cast("Value", held[2])):
            made = cast("Value", held[2])
        self._held[step] = (given, said, made)
        return made

    def of_each(self, step: str, things: Iterable[Given], make: Callable[[Given], Value]) -> tuple[Value, ...]:
        """Return what a step makes of each of many things: not made again of one that was among them last time.

        Parameters
        ----------
        step : str
            Its name.
        things : iterable
            The same only if it is the very same object.
        make : callable
            Makes it of one.
        """
        before = self._each.get(step, {})
        now = {id(one): before.get(id(one)) or (one, make(one)) for one in things}  # held, so that its id stays its own
        self._each[step] = now
        return tuple(cast("Value", made) for _, made in now.values())


def _are(some: tuple[object, ...], others: tuple[object, ...]) -> bool:
    return len(some) == len(others) and all(map(operator.is_, some, others))
