"""Work for the process that computes: functions that it can import."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from shopfloor.errors import UsageError


def add(one: int, two: int) -> int:
    return one + two


def who_computes() -> int:
    return os.getpid()


def surroundings() -> tuple[dict[str, str], str]:
    """Return the environment of the process and how it was called."""
    call = Path("/proc/self/cmdline")
    return dict(os.environ), call.read_bytes().decode() if call.exists() else " ".join(sys.orig_argv)


def burn(seconds: float) -> int:
    """Use a processor for so many seconds of its time."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return os.getpid()


def take_steps(n: int, seconds: float, progress: Callable[[int, int], None]) -> int:
    """Take so many steps of so many seconds."""
    for step in range(n):
        time.sleep(seconds)
        progress(step + 1, n)
    return os.getpid()


def write_and_wait(mark: str, seconds: float) -> str:
    """Add a line to a file, and wait."""
    with Path(mark).open("a") as file:
        file.write("begun\n")
    time.sleep(seconds)
    return "done"


def refuse() -> None:
    raise UsageError("There is no such layer. Use named.")


def fail(name: str) -> None:
    raise ValueError(name)


def chatter() -> int:
    """Print where answers are expected."""
    sys.stdout.write("not an answer")
    sys.stdout.flush()
    os.write(1, b"not an answer either")
    return 7
