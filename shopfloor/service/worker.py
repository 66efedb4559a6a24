"""The process that long computations run in: work comes in on its standard input, answers leave on its standard output.

`shopfloor.service.workroom` alone starts it. It ends as soon as its input does, and so with the program that started
it, however that ended; it writes nothing to disk and says nothing, since what it holds is about people.
"""

import inspect
import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Final

from shopfloor.errors import ShopfloorError

READY: Final = "ready"
PROGRESS: Final = "progress"
DONE: Final = "done"
REFUSED: Final = "refused"
FAILED: Final = "failed"
"""Kinds of message, each with its content: nothing, (done, of), the answer, the error, the name of its kind."""

AT_ONCE: Final = "at-once"
"""The argument by which the process gives way to no other program."""

_TOLD_EVERY_S: Final = 0.2
_GIVES_WAY: Final = 19
"""Pages are answered first where there are more programs than processors."""

Call = tuple[Callable[..., object], tuple[object, ...], dict[str, object]]


def takes_progress(work: Callable[..., object]) -> bool:
    """Tell whether a function says how far it has come: whether it has an argument called ``progress``."""
    return "progress" in inspect.signature(work).parameters


def main() -> None:
    """Compute what comes in, one thing after the other, until nothing can come any more."""
    inbox, outbox = _channels()
    _keep_to_itself()
    import shopfloor.service.answers  # noqa: F401, PLC0415 - most of the start, spared the first piece of work

    if AT_ONCE not in sys.argv:
        _give_way()
    calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(inbox, calls), daemon=True).start()
    _send(outbox, _message(READY, None))
    while True:
        _send(outbox, _answer(calls.get(), outbox))


def _channels() -> tuple[BinaryIO, BinaryIO]:
    """Return input and output, and put nothing in their place: what a library prints must not get between answers."""
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    return inbox, outbox


def _keep_to_itself() -> None:
    """Leave no memory image behind after a crash, and be stopped by the program alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches both; the program decides
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not there on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _give_way() -> None:
    """Let the program go first, once this one has started: on a busy machine that alone would take minutes.

    Niceness is not enough on Linux: a thread that wakes up to answer a page waits there until the slice of a nice one
    is over, every time that it hands on the interpreter. One that runs only when a processor is idle lets go at once.
    """
    with suppress(OSError):
        if sys.platform == "linux":
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        elif sys.platform != "win32":
            os.nice(_GIVES_WAY)


def _read(inbox: BinaryIO, calls: "queue.SimpleQueue[Call]") -> None:
    """Pass calls on until the input ends: nobody waits any more then for what is being computed, so all ends."""
    try:
        while True:
            calls.put(pickle.load(inbox))  # noqa: S301 - the program that started this one wrote it
    finally:
        os._exit(0)


def _answer(call: Call, outbox: BinaryIO) -> bytes:
    work, args, options = call
    if takes_progress(work):
        options = {**options, "progress": _Told(outbox)}
    try:
        return _message(DONE, work(*args, **options))
    except ShopfloorError as error:
        return _message(REFUSED, error)
    except Exception as error:  # noqa: BLE001 - its message may hold what somebody typed: only its kind leaves
        return _message(FAILED, type(error).__name__)


class _Told:
    """Tells the program how far a computation has come, a few times a second at most."""

    def __init__(self, outbox: BinaryIO) -> None:
        self._outbox, self._at = outbox, -_TOLD_EVERY_S

    def __call__(self, done: int, of: int) -> None:
        if time.monotonic() - self._at >= _TOLD_EVERY_S:
            self._at = time.monotonic()
            _send(self._outbox, _message(PROGRESS, (done, of)))


def _message(kind: str, content: object) -> bytes:
    return pickle.dumps((kind, content), pickle.HIGHEST_PROTOCOL)


def _send(outbox: BinaryIO, message: bytes) -> None:
    try:
        outbox.write(message)
        outbox.flush()
    except OSError:  # nobody is there to read it
        os._exit(0)


if __name__ == "__main__":
    main()
