"""Open a store as seen by a viewer: the only way to the data for commands, pages and notebooks."""

import os
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from shopfloor.errors import PassphraseError
from shopfloor.graph.batches import Batch
from shopfloor.graph.contract import Snapshot, Store
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.graph.neo4j import Neo4jStore
from shopfloor.service.picture import Picture, draw_picture
from shopfloor.service.viewer import Viewer
from shopfloor.workplace import Workplace

_SERVER_SCHEMES = ("neo4j://", "neo4j+s://", "neo4j+ssc://", "bolt://", "bolt+s://", "bolt+ssc://")


def is_server(location: str) -> bool:
    """Tell whether a location is the address of a Neo4j server."""
    return location.startswith(_SERVER_SCHEMES)


class OpenStore:
    """A store as one viewer sees it.

    Attributes
    ----------
    viewer : Viewer
        Who looks.
    home : Store
        Where the data are. For use inside `shopfloor.service` alone: it knows no viewer.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with create_store(folder.name + "/drive.store", passphrase="four random words here") as store:
    ...     len(store.workplace().people)
    0
    >>> folder.cleanup()
    """

    def __init__(self, home: Store, viewer: Viewer) -> None:
        self.home = home
        self.viewer = viewer
        self._pictures: dict[tuple[date | None, datetime | None], Picture] = {}

    def __repr__(self) -> str:
        """Name the place and the role only."""
        return f"OpenStore({self.home.location}, {self.viewer.role})"

    def __enter__(self) -> Self:
        """Use the store in a ``with`` block, which closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        self.close()

    @property
    def location(self) -> str:
        """Path or address, without credentials."""
        return self.home.location

    def revision(self) -> int:
        """Return the data revision: one more for every change."""
        return self.home.revision()

    def batches(self) -> tuple[Batch, ...]:
        """Return the imports and edits, oldest first."""
        return self.home.batches()

    def snapshot(self, kinds: Iterable[str] | None = None, *, known_at: datetime | None = None) -> Snapshot:
        """Return the visible records that the viewer may see, at one moment."""
        return self.viewer.see(self.home.snapshot(kinds, known_at=known_at))

    def picture(self, *, as_of: date | None = None, known_at: datetime | None = None) -> Picture:
        """Return the workplace and how it was resolved; kept until the data change."""
        wanted = (as_of, known_at)
        held = self._pictures.get(wanted)
        if held is None or held.workplace.provenance.revision != self.revision():
            held = draw_picture(self.snapshot(known_at=known_at), as_of=as_of, known_at=known_at)
            self._pictures = {wanted: held}
        return held

    def workplace(self, *, as_of: date | None = None, known_at: datetime | None = None) -> Workplace:
        """Return the people and facts that analysis works on.

        Parameters
        ----------
        as_of : datetime.date, optional
            Facts that were true later are cut away; default: the newest date in the data that is not after today.
        known_at : datetime.datetime, optional
            What was recorded later (UTC) is cut away; default: now.
        """
        return self.picture(as_of=as_of, known_at=known_at).workplace

    def close(self) -> None:
        """Let go of files and connections."""
        self.home.close()


def open_store(
    location: str | os.PathLike[str],
    *,
    passphrase: str | None = None,
    user: str | None = None,
    viewer: Viewer | None = None,
) -> OpenStore:
    """Open a store.

    Parameters
    ----------
    location : str or path
        Path of a store file, or ``neo4j://`` or ``bolt://`` address of a server.
    passphrase : str, optional
        Opens the file, or the user's password on the server; default: the environment's ``SHOPFLOOR_PASSPHRASE``.
    user : str, optional
        User on the server; default: the environment's ``SHOPFLOOR_NEO4J_USER``, else ``neo4j``.
    viewer : Viewer, optional
        Who looks; default: the owner.

    Raises
    ------
    StoreError
        One of its kinds: nothing there, wrong passphrase, another program's file, no answer, ...
    """
    place, secret = os.fspath(location), _secret(passphrase)
    home: Store
    if is_server(place):
        home = Neo4jStore.open(place, user=_user(user), password=secret)
    else:
        home = EmbeddedStore.open(Path(place), secret)
    return OpenStore(home, viewer or Viewer.owner())


def create_store(
    location: str | os.PathLike[str],
    *,
    passphrase: str | None = None,
    user: str | None = None,
    viewer: Viewer | None = None,
) -> OpenStore:
    """Make a new store and open it; parameters as in `open_store`.

    On a server this makes constraints and indexes in its database, and changes nothing where they are there.

    Raises
    ------
    StoreError
        The file exists, the database holds somebody else's graph, or neither can be written.
    """
    place, secret = os.fspath(location), _secret(passphrase)
    home: Store
    if is_server(place):
        home = Neo4jStore.create(place, user=_user(user), password=secret)
    else:
        home = EmbeddedStore.create(Path(place), secret)
    return OpenStore(home, viewer or Viewer.owner())


def _secret(passphrase: str | None) -> str:
    secret = passphrase if passphrase is not None else os.environ.get("SHOPFLOOR_PASSPHRASE")
    if secret is None:
        raise PassphraseError("A passphrase is needed: give passphrase=..., or set SHOPFLOOR_PASSPHRASE.")
    return secret


def _user(user: str | None) -> str:
    return user or os.environ.get("SHOPFLOOR_NEO4J_USER", "neo4j")
