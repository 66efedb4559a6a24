"""Both homes of the data, as the contract tests use them: an empty store on demand, and a second door to it."""

import itertools
import shutil
from pathlib import Path
from typing import Any, Protocol

from neo4j import GraphDatabase

from shopfloor.graph.contract import Store
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.graph.neo4j import Neo4jStore
from tests.neo4j_server.server import Neo4jServer

PASSPHRASE = "four random test words"


class Home(Protocol):
    """A place that stores can be made in."""

    name: str

    def fresh(self) -> Store:
        """Return an empty store; stores given before are closed and gone."""
        ...

    def current(self) -> Store:
        """Return the last fresh store; a new one if there is none."""
        ...

    def again(self) -> Store:
        """Open the last fresh store once more."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


class EmbeddedHome:
    """Store files in a folder; each fresh one is a copy of the same empty file, so that its key is derived once."""

    name = "embedded"

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, itertools.count()
        self._template = folder / "template.store"
        EmbeddedStore.create(self._template, PASSPHRASE).close()
        self._open: list[EmbeddedStore] = []
        self.path = self._template

    def fresh(self) -> EmbeddedStore:
        """Return an empty store."""
        self.close()
        self.path = self._folder / f"{next(self._numbers)}.store"
        shutil.copyfile(self._template, self.path)
        return self.again()

    def current(self) -> EmbeddedStore:
        """Return the last fresh store; a new one if there is none."""
        return self._open[0] if self._open else self.fresh()

    def again(self) -> EmbeddedStore:
        """Open the last fresh store once more."""
        return self.open(self.path)

    def open(self, path: Path) -> EmbeddedStore:
        """Open some store file; it is closed with the others."""
        self._open.append(EmbeddedStore.open(path, PASSPHRASE))
        return self._open[-1]

    def close(self) -> None:
        """Close what is open and remove the file."""
        while self._open:
            self._open.pop().close()
        if self.path != self._template:
            for leftover in self._folder.glob(f"{self.path.name}*"):
                leftover.unlink()


class Neo4jHome:
    """The database of a running server, emptied for each fresh store; constraints stay."""

    name = "neo4j"

    def __init__(self, server: Neo4jServer, *, seals_names: bool = False) -> None:
        self.server, self.seals_names = server, seals_names
        self._open: list[Neo4jStore] = []

    def fresh(self) -> Neo4jStore:
        """Return an empty store."""
        self.close()
        self.wipe()
        place = {"url": self.server.url, "user": self.server.user, "password": self.server.password}
        return self._keep(Neo4jStore.create(**place, seal_names=self.seals_names))

    def current(self) -> Neo4jStore:
        """Return the last fresh store; a new one if there is none."""
        return self._open[0] if self._open else self.fresh()

    def again(self) -> Neo4jStore:
        """Open the last fresh store once more."""
        return self._keep(Neo4jStore.open(self.server.url, user=self.server.user, password=self.server.password))

    def _keep(self, store: Neo4jStore) -> Neo4jStore:
        self._open.append(store)
        return store

    def run(self, text: str, **parameters: object) -> list[Any]:
        """Run Cypher beside the store, as somebody in Neo4j Browser would; return the first column."""
        with GraphDatabase.driver(self.server.url, auth=self.server.auth, telemetry_disabled=True) as driver:
            rows = driver.execute_query(text, parameters, database_="neo4j").records
        return [row[0] for row in rows if len(row)]

    def wipe(self) -> None:
        """Remove all nodes."""
        self.run("MATCH (n) DETACH DELETE n")

    def close(self) -> None:
        """Close what is open."""
        while self._open:
            self._open.pop().close()
