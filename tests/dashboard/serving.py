"""The dashboard as `shopfloor serve` runs it, in a thread: a store of made-up people, a one-time link, the address."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shopfloor.dashboard.serving import serve
from shopfloor.demo import make_workplace, write_files
from shopfloor.service.importing import import_files
from shopfloor.service.opening import OpenStore, create_store

PASSPHRASE = "only for these tests"
_LINK = re.compile(r"http://127\.0\.0\.1:\d+/open\?token=\S+")


def demo_store(folder: Path, *, people: int) -> OpenStore:
    """Return a store that holds the made-up workplace."""
    paths = write_files(make_workplace(people), folder)
    store = create_store(folder / "hall.store", passphrase=PASSPHRASE)
    import_files(store, [(path.name, path) for path in paths])
    return store


@dataclass
class Served:
    """A running dashboard.

    Attributes
    ----------
    store : OpenStore
    said : list of str
        What it said to the terminal.
    """

    store: OpenStore
    said: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    def say(self, line: str) -> None:
        """Take a line for the terminal."""
        self.said.append(line)
        if _LINK.search(line):
            self.ready.set()

    @property
    def link(self) -> str:
        """The newest one-time link."""
        return _LINK.findall("\n".join(self.said))[-1]

    @property
    def address(self) -> str:
        """Where it answers, without a slash at the end."""
        return self.link.partition("/open")[0]


@contextmanager
def served(store: OpenStore) -> Iterator[Served]:
    """Serve a store the way the command does; the thread ends with the tests."""
    running = Served(store)
    threading.Thread(target=serve, args=(store,), kwargs={"say": running.say}, daemon=True).start()
    assert running.ready.wait(20), "the dashboard did not start"
    yield running
