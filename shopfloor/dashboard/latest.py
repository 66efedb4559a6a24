"""The last answers of long computations, shown with their age while new ones are made (`shopfloor.service.workroom`).

An answer here is one viewer's, or of those who all see everybody, as everything at a desk is. One that speaks of
somebody whom the viewer does not see any more is not shown, however new.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from shopfloor.dashboard.turns import aside
from shopfloor.errors import InterruptedWorkError, ShopfloorError
from shopfloor.service.workroom import Task, Workroom

_KEPT: Final = 32
_STILL_WAITS_S: Final = 10.0
"""Who has not looked for so long does not wait for an answer any more."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer is worked out from.

    Attributes
    ----------
    state : tuple
        Of the data: another one is another answer.
    people : tuple of str
        Ids of all people, in the order of their rows.
    seen : frozenset of str
        Ids of those among them whom the viewer sees.
    """

    state: tuple[Hashable, ...]
    people: tuple[str, ...] = field(repr=False)
    seen: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class LastAnswer(Generic[Value]):
    """The last answer to a question, and how it stands with a new one.

    Attributes
    ----------
    value : object or None
        The last answer; None where there is none yet.
    basis : Basis or None
        What it was worked out from.
    age : float
        Seconds since it was worked out.
    is_new : bool
        It rests on the data as they are now.
    is_made : bool
        A new one is being made.
    progress : tuple of int or None
        How many steps of that are done and how many there are.
    error : ShopfloorError or None
        Why there is no new one.
    is_stopped : bool
        Somebody stopped the making of a new one, and nobody began it again.
    """

    value: Value | None
    basis: Basis | None = None
    age: float = 0.0
    is_new: bool = True
    is_made: bool = False
    progress: tuple[int, int] | None = None
    error: ShopfloorError | None = None
    is_stopped: bool = False

    def __repr__(self) -> str:
        """Tell how old it is, and nothing of the answer."""
        return f"LastAnswer({'new' if self.is_new else 'old'}, {'made anew' if self.is_made else 'not made anew'})"


@dataclass(slots=True, repr=False)
class _Slot:
    """The last answer under a key, and the one being made."""

    value: Any = None
    basis: Basis | None = None
    made_at: float = 0.0
    task: Task[Any] | None = None
    task_basis: Basis | None = None
    error: ShopfloorError | None = None
    failed: Basis | None = None
    is_stopped: bool = False
    askers: dict[int, float] = field(default_factory=dict)

    def is_of(self, basis: Basis) -> bool:
        """Tell whether the answer rests on these data."""
        return self.basis is not None and self.basis.state == basis.state

    def settle(self) -> None:
        """Take in what has come out of the task, if it is over."""
        if self.task is None or not self.task.is_over:
            return
        try:
            self.value, self.basis, self.made_at = self.task.result(), self.task_basis, time.monotonic()
            self.error, self.failed, self.is_stopped = None, None, False
        except InterruptedWorkError:
            pass
        except ShopfloorError as error:
            self.error, self.failed = error, self.task_basis
        self.task = self.task_basis = None


class Latest:
    """The last answers by key, and those being made."""

    def __init__(self) -> None:
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()
        self._guard = threading.Lock()
        self._mine = object()

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Latest({len(self._slots)} answers)"

    def answer(
        self,
        key: Hashable,
        basis: Basis,
        begin: Callable[[Hashable], Task[Value]] | None,
        *,
        who: int = 0,
        patience: float = 0.0,
        in_queue: bool = True,
        good_for: float = 0.0,
    ) -> LastAnswer[Value]:
        """Return the last answer, and begin to make it where there is none of the data as they are.

        Parameters
        ----------
        key : hashable
            Which answer.
        basis : Basis
            The data as they are, as the viewer sees them.
        begin : callable or None
            Called with the key for the workroom, which is nobody else's; returns the task. None only looks.
        who : int
            Who asks, among those who share these answers.
        patience : float
            Seconds to wait where there is no answer at all.
        in_queue : bool
            Wait also while other computations come before this one.
        good_for : float
            Seconds for which an older answer is good enough to make no other.
        """
        with self._guard:
            slot = self._slot(key)
            slot.settle()
            slot.askers[who] = time.monotonic()
            if slot.basis is not None and not slot.basis.seen <= basis.seen:
                slot.value = slot.basis = None
            is_fine = slot.is_of(basis) or (slot.basis is not None and time.monotonic() - slot.made_at < good_for)
            has_failed = slot.failed is not None and slot.failed.state == basis.state
            if begin is not None and not is_fine and slot.task is None and not has_failed:
                slot.task, slot.task_basis = begin((self._mine, key, basis.state)), basis
                slot.is_stopped = False
            task = slot.task
        if task is not None and slot.value is None and patience and (in_queue or task.is_at_work):
            with aside():
                task.wait(patience)
        with self._guard:
            slot.settle()
            return _last(slot, basis)

    def stop(self, key: Hashable, room: Workroom, who: int = 0) -> None:
        """Stop making an answer, unless somebody else waits for it."""
        with self._guard:
            slot = self._slot(key)
            slot.askers.pop(who, None)
            others = [at for at in slot.askers.values() if time.monotonic() - at < _STILL_WAITS_S]
            if slot.task is not None and not others:
                room.cancel(slot.task)
                slot.is_stopped = True
                slot.settle()

    def forgive(self, key: Hashable) -> None:
        """Let a computation that failed be tried again."""
        with self._guard:
            slot = self._slot(key)
            slot.error = slot.failed = None

    def let_go(self) -> None:
        """Forget all answers, and those being made."""
        with self._guard:
            self._slots.clear()

    def _slot(self, key: Hashable) -> _Slot:
        slot = self._slots.setdefault(key, _Slot())
        self._slots.move_to_end(key)
        while len(self._slots) > _KEPT:
            self._slots.popitem(last=False)
        return slot


def _last(slot: _Slot, basis: Basis) -> LastAnswer[Any]:
    is_held = slot.basis is not None and slot.basis.seen <= basis.seen
    return LastAnswer(
        value=slot.value if is_held else None,
        basis=slot.basis if is_held else None,
        age=time.monotonic() - slot.made_at if is_held else 0.0,
        is_new=is_held and slot.is_of(basis),
        is_made=slot.task is not None,
        progress=slot.task.progress if slot.task is not None else None,
        error=slot.error,
        is_stopped=slot.is_stopped,
    )
