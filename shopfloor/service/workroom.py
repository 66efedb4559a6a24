"""Long computations, one after the other in a process of their own, so that pages are answered meanwhile.

A *task* is one computation, however many wait for it. What is computed is a function of the package and what it is
given, nothing of a store: whoever asks has read that as her viewer sees it, and gives it a key that nobody else's
picture has. The process starts when it is first needed and ends when nothing was asked of it for some minutes, when the
program ends in whatever way, and when a task is cancelled or must be forgotten: then the next task starts another.
"""

import atexit
import logging
import os
import pickle
import subprocess
import sys
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, Generic, TypeVar, cast

from shopfloor.errors import InterruptedWorkError, ShopfloorError, WorkFailedError
from shopfloor.service import worker

IDLE_S: Final = 300.0
"""Seconds without work after which the process ends."""

STARTS_WITHIN_S: Final = 60.0
"""Seconds that it may take to start on a busy machine."""

STARVED_AFTER_S: Final = 4.0
"""Seconds in which a computation may get next to nothing of a processor before it gives way no more."""

HURRIES_FOR_S: Final = 60.0
"""Seconds after which computations give way again."""

_NS: Final = 10**9
_STARVED_BELOW: Final = 0.1
"""Share of the time in which it could run, below which it starves."""

_ATTEMPTS: Final = 2
_GONE: Final = (OSError, EOFError, ValueError, pickle.UnpicklingError)
"""What a pipe says whose process ended, or that another thread closed meanwhile."""

_KEPT_ENVIRONMENT: Final = (
    "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "WINDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ",
    "PYTHONHOME", "VIRTUAL_ENV",
)  # fmt: skip
_ONE_PROCESSOR: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_LOG: Final = logging.getLogger("shopfloor.service")

Value = TypeVar("Value")


class Task(Generic[Value]):
    """One computation.

    Attributes
    ----------
    key : hashable
        What it was asked under.
    progress : tuple of int or None
        How many steps are done and how many there are, as far as the computation tells.
    call : tuple or None
        What to compute; None once it is over.
    is_at_work : bool
        It is being computed, or was asked for when nothing else was: no other task is done before it.
    """

    def __init__(self, key: Hashable, call: worker.Call, *, is_at_work: bool = False) -> None:
        self.key = key
        self.is_at_work = is_at_work
        self.progress: tuple[int, int] | None = None
        self.call: worker.Call | None = call
        self._over = threading.Event()
        self._answer: Value | None = None
        self._error: ShopfloorError | None = None

    def __repr__(self) -> str:
        """Tell whether it is over, and nothing of what it is about."""
        return f"Task({'over' if self.is_over else 'not over'})"

    @property
    def is_over(self) -> bool:
        """Whether there is an answer, or an error."""
        return self._over.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is over, no longer than so many seconds; tell whether it is."""
        return self._over.wait(seconds)

    def result(self) -> Value:
        """Return the answer, once it is over.

        Raises
        ------
        ShopfloorError
            What the computation raised; `InterruptedWorkError` where it was cancelled, `WorkFailedError` where
            something went wrong that nobody foresaw.
        """
        self._over.wait()
        if self._error is not None:
            raise self._error
        return cast("Value", self._answer)

    def end(self, answer: Value | None, error: ShopfloorError | None = None) -> None:
        """Say what came out; what was said before stays. For the workroom alone."""
        if not self.is_over:
            self._answer, self._error, self.call = answer, error, None
            self._over.set()


class Workroom:
    """Where tasks wait, and the process that does them one by one.

    Parameters
    ----------
    idle : float
        Seconds without work after which the process ends.
    """

    def __init__(self, idle: float = IDLE_S) -> None:
        self._idle = idle
        self._changed = threading.Condition()
        self._waiting: OrderedDict[Hashable, Task[object]] = OrderedDict()
        self._running: Task[object] | None = None
        self._process: _Process | None = None
        self._has_thread = False
        self._is_possible = True
        self._hurries_until = 0.0
        self._is_closed = False
        _ROOMS.add(self)

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Workroom({len(self._waiting) + (self._running is not None)} tasks)"

    def ask(self, key: Hashable, work: Callable[..., Value], *args: object, **options: object) -> Task[Value]:
        """Return the task of this key: the one that waits or runs already, or a new one.

        Parameters
        ----------
        key : hashable
            Says which answer it is: of which function and parameters, of which data, as which viewer sees them.
        work : callable
            A function of a module, not a method or a lambda. If it has an argument ``progress`` it gets a callable
            for how many steps are done and how many there are.
        *args, **options
            What it is given; copied to the process.

        Raises
        ------
        InterruptedWorkError
            The room is closed.
        """
        with self._changed:
            if self._is_closed:
                raise InterruptedWorkError("The program is ending. Nothing is computed any more.")
            running = self._running
            held = running if running is not None and running.key == key and not running.is_over else None
            task = held or self._waiting.get(key)
            if task is None:
                is_first = (running is None or running.is_over) and not self._waiting
                task = self._waiting[key] = Task(key, (work, args, options), is_at_work=is_first)
                self._begin()
                self._changed.notify_all()
            return cast("Task[Value]", task)

    def cancel(self, task: Task[Value]) -> None:
        """Stop a task: whoever waits for it is told so; a running one is killed."""
        with self._changed:
            self._waiting.pop(task.key, None)
            task.end(None, InterruptedWorkError("The computation was stopped. Ask again for the answer."))
            if task is self._running:
                self._kill()

    def let_go(self) -> None:
        """Stop all tasks and end the process, with what it holds in its memory."""
        with self._changed:
            for task in [*self._waiting.values(), self._running]:
                if task is not None:
                    task.end(None, InterruptedWorkError("The data changed meanwhile. Ask again for the answer."))
            self._waiting.clear()
            self._kill()

    def close(self) -> None:
        """Stop all for good."""
        self._is_closed = True
        self.let_go()
        with self._changed:
            self._changed.notify_all()

    @property
    def pid(self) -> int | None:
        """Id of the process; None where there is none now."""
        process = self._process
        return process.pid if process is not None else None

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _begin(self) -> None:
        if not self._has_thread:
            self._has_thread = True
            threading.Thread(target=self._work, name="workroom", daemon=True).start()

    def _work(self) -> None:
        """Do task after task; end with the process when there is nothing to do for a while."""
        while (task := self._next()) is not None:
            try:
                self._do(task)
            except BaseException:
                with self._changed:
                    self._has_thread = False  # who asks next begins another
                raise
            finally:
                with self._changed:
                    task.end(None, WorkFailedError("The computation failed. Ask again."))
                    self._running = None

    def _next(self) -> Task[object] | None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting or self._is_closed, self._idle) or self._is_closed:
                self._has_thread = False
                self._kill()
                return None
            _, self._running = self._waiting.popitem(last=False)
            self._running.is_at_work = True
            return self._running

    def _do(self, task: Task[object]) -> None:
        """Do one task; once more in another process where the first one is killed by somebody else.

        Where other programs leave it next to nothing of a processor, it is begun anew in a process that gives way to
        none of them, and so is what comes in the next minute.
        """
        kills = 0
        while kills < _ATTEMPTS:
            process = self._at_work(task)
            if (call := task.call) is None:
                return
            if process is None:
                _do_here(task, call)
                return
            try:
                process.send(call)
                if process.gives_way:
                    threading.Thread(target=_watch, args=(process, task), name="workroom-watch", daemon=True).start()
                while not task.is_over:
                    _take(task, *process.receive())
            except _GONE:
                with self._changed:
                    self._kill()
                if process.has_starved:
                    self._hurries_until = time.monotonic() + HURRIES_FOR_S
                else:
                    kills += 1
            except Exception as error:  # noqa: BLE001 - what cannot be copied to the process; its text may hold values
                task.end(None, _unforeseen(type(error).__name__))
        words = "The process that computes was killed twice, perhaps because the memory of this machine ran out. "
        task.end(None, WorkFailedError(f"{words}Ask again when less is running on it."))

    def _at_work(self, task: Task[object]) -> "_Process | None":
        """Return the process, started if there is none as is needed now; None where none can be started."""
        gives_way = time.monotonic() >= self._hurries_until
        if self._process is not None and self._process.is_alive and self._process.gives_way == gives_way:
            return self._process
        if not self._is_possible:
            return None
        with self._changed:
            self._kill()
        process = _start(gives_way=gives_way)
        with self._changed:
            if process is not None and (task.is_over or self._is_closed):  # cancelled while it started
                process.kill()
                return None
            self._process = process
            if process is None:
                self._is_possible = False
                _LOG.warning("No process for computations could be started: they are made in this one, and pages wait.")
            return process


_ROOMS: Final["weakref.WeakSet[Workroom]"] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for room in list(_ROOMS):
        room.close()


class _Process:
    """The process at work, and the two pipes to it."""

    def __init__(self, popen: "subprocess.Popen[bytes]", *, gives_way: bool) -> None:
        self.gives_way, self.has_starved = gives_way, False
        self._popen = popen
        self._to, self._from = cast("BinaryIO", popen.stdin), cast("BinaryIO", popen.stdout)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def send(self, call: worker.Call) -> None:
        self._to.write(pickle.dumps(call, pickle.HIGHEST_PROTOCOL))
        self._to.flush()

    def receive(self) -> tuple[str, object]:
        kind, content = pickle.load(self._from)  # noqa: S301 - the process we started wrote it
        return str(kind), content

    def processor_time(self) -> tuple[int, int]:
        """Return nanoseconds for which it ran, and for which it could have run but no processor was given to it.

        Both are 0 where the system does not tell (Linux does), and once it has ended.
        """
        try:
            ran, waited, _ = Path(f"/proc/{self.pid}/schedstat").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return 0, 0
        return int(ran), int(waited)

    def kill(self) -> None:
        """End it at once and wait until it is gone."""
        self._popen.kill()
        self._popen.wait()
        for pipe in (self._to, self._from):
            with suppress(OSError):  # what was not sent yet is for nobody
                pipe.close()


def _watch(process: _Process, task: Task[object]) -> None:
    """End a process that starves while it works at a task."""
    before = process.processor_time()
    while not task.wait(STARVED_AFTER_S):
        now = process.processor_time()
        ran, waited = now[0] - before[0], now[1] - before[1]
        before = now
        if waited > STARVED_AFTER_S * _NS / 2 and ran < _STARVED_BELOW * (ran + waited):
            process.has_starved = True
            process.kill()
            return


def _start(*, gives_way: bool) -> _Process | None:
    """Start the process, with nothing of this one's environment that it does not need: a passphrase may be in there."""
    if not sys.executable:
        return None
    package = str(Path(__file__).parents[2])
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    environment |= dict.fromkeys(_ONE_PROCESSOR, "1")
    environment |= {"PYTHONPATH": package, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        popen = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", worker.__name__, *([] if gives_way else [worker.AT_ONCE])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except OSError:
        return None
    return _ready(_Process(popen, gives_way=gives_way))


def _ready(process: _Process) -> _Process | None:
    """Return the process once it says that it is there; None where it ended before, or takes too long."""
    late = threading.Timer(STARTS_WITHIN_S, process.kill)
    late.start()
    try:
        return process if process.receive()[0] == worker.READY else None
    except _GONE:
        process.kill()
        return None
    finally:
        late.cancel()


def _take(task: Task[object], kind: str, content: object) -> None:
    """Take a message of the process into the task."""
    if kind == worker.PROGRESS:
        task.progress = cast("tuple[int, int]", content)
    elif kind == worker.DONE:
        task.end(content)
    elif kind == worker.REFUSED:
        task.end(None, cast("ShopfloorError", content))
    else:
        task.end(None, _unforeseen(str(content)))


def _unforeseen(kind: str) -> WorkFailedError:
    return WorkFailedError(f"The computation failed ({kind}). If it fails again, tell whoever looks after the program.")


def _do_here(task: Task[object], call: worker.Call) -> None:
    """Compute in this process, since there is no other."""
    work, args, options = call

    def told(done: int, of: int) -> None:
        task.progress = (done, of)
        if task.is_over:
            raise InterruptedWorkError("stopped")

    try:
        task.end(work(*args, **options, **({"progress": told} if worker.takes_progress(work) else {})))
    except ShopfloorError as error:
        task.end(None, error)
    except Exception as error:  # noqa: BLE001 - as in the process: only its kind leaves
        task.end(None, _unforeseen(type(error).__name__))
