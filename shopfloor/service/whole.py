"""All of a store, before any viewer: for the policy's own modules alone, which decide by it who may see what."""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.analysis import select_workforce
from shopfloor.graph.batches import Batch, live_batches
from shopfloor.graph.contract import Snapshot, Store
from shopfloor.graph.identity import Identity
from shopfloor.graph.store import contact_columns
from shopfloor.ingest.mentions import Directory
from shopfloor.service.audit import AuditTrail
from shopfloor.service.lockfile import lock_state, refuse_locked, wait_until_let_go, write_lock
from shopfloor.service.masking import NOBODY, Scope, mask, mask_versions
from shopfloor.service.memory import Holders
from shopfloor.service.picture import Picture, draw_directory, draw_picture
from shopfloor.service.references import as_texts
from shopfloor.service.viewer import Viewer, unit_of_scope

_SETTINGS = "settings"
_MASK = "mask"
RECEIPTS: Final = "receipts"
"""Collection of what was erased, one document each."""


class Whole:
    """A home of the data, with what is derived from all of it; shared by those who look at one store at a time.

    Attributes
    ----------
    home : Store
        Where the data are.
    audit : AuditTrail
        Who did what.
    holders : Holders
        Who keeps something that was read here.
    """

    def __init__(self, home: Store) -> None:
        self.home = home
        self.audit = AuditTrail(home)
        self.holders = Holders()
        self._guard = threading.RLock()
        self._n_receipts: int | None = None
        self._masking: bytes | None = None
        self._now: Snapshot | None = None
        self._who: tuple[Identity, Directory] | None = None
        self._pictures: dict[tuple[date | None, datetime | None, date], Picture] = {}
        self._scopes: dict[tuple[str, ...], tuple[tuple[int, date], Scope]] = {}
        self._is_file = home.capabilities.backend == "embedded"
        self._lock = lock_state(home.location) if self._is_file else None

    def __repr__(self) -> str:
        """Name the place only."""
        return f"Whole({self.home.location})"

    def refuse_locked(self) -> None:
        """Let go of a store that was locked, or whose passphrase was changed, since it was opened.

        Raises
        ------
        StoreError
            It was.
        """
        if self._lock is not None and lock_state(self.home.location) != self._lock:
            self.home.close()
            refuse_locked(self.home.location, self._lock)

    def take_alone(self) -> None:
        """Let everybody else let go of a store file."""
        if self._is_file:
            write_lock(self.home.location, is_locked=False)
            self._lock = lock_state(self.home.location)
            wait_until_let_go(self.home.location)

    def snapshot(self) -> Snapshot:
        """Return the records of everybody now: read once a revision, whoever asks."""
        with self._guard:
            if self._now is None or self._now.revision != self.home.revision():
                self._notice_erasures()
                self._now, self._who, self._pictures = self.home.snapshot(), None, {}
            return self._now

    def _notice_erasures(self) -> None:
        """Let go of what was read if another program has erased something since."""
        before, self._n_receipts = self._n_receipts, len(self.home.documents(RECEIPTS))
        if before not in (None, self._n_receipts):
            self.let_go()

    def picture(self, *, as_of: date | None = None, known_at: datetime | None = None) -> Picture:
        """Return the picture of everybody, now if nothing else is said: drawn once a revision and day."""
        with self._guard:
            now, wanted = self.snapshot(), (as_of, known_at, datetime.now(UTC).date())
            if wanted not in self._pictures:
                seen = now if known_at is None else self.home.snapshot(known_at=known_at)
                drawn = draw_picture(seen, as_of=as_of, known_at=known_at)
                kept = {key: held for key, held in self._pictures.items() if key[:2] == (None, None)}
                self._pictures = {**kept, wanted: drawn}
            return self._pictures[wanted]

    def let_go(self) -> None:
        """Forget what was read, here and with all who keep something of it in this process."""
        with self._guard:
            self._now, self._who, self._pictures, self._scopes = None, None, {}, {}
        self.holders.let_go()

    def scope_of(self, viewer: Viewer) -> Scope:
        """Return whom a viewer sees whole: everybody whose unit, today, is one of hers."""
        if not viewer.is_scoped:
            return NOBODY
        with self._guard:
            moment = (self.home.revision(), datetime.now(UTC).date())  # a list of tomorrow moves people tomorrow
            held = self._scopes.get(viewer.units)
            if held is None or held[0] != moment:
                held = self._scopes[viewer.units] = (moment, _scope_in(self.picture(), viewer.units))
            return held[1]

    def masked(self, viewer: Viewer, known_at: datetime | None = None) -> Snapshot:
        """Return what of the records of everybody a viewer may see, now or as they were known."""
        seen = self.snapshot() if known_at is None else self.home.snapshot(known_at=known_at)
        if viewer.sees_all_people:
            return seen
        return mask(seen, viewer, self.scope_of(viewer), self._directory(seen), self._secret())

    def versions(self, viewer: Viewer, kind: str, keys: Sequence[str] | None) -> pa.Table:
        """Return what batches said of records of a kind that is about no people; whom they name beside is masked."""
        table = self.home.versions(kind, keys)
        if viewer.sees_all_people:
            return table
        now = self.snapshot()
        return mask_versions(kind, table, now, viewer, self._directory(now)[1], self._secret())

    def _directory(self, snapshot: Snapshot) -> tuple[Identity, Directory]:
        """Return whom references of a snapshot mean; made once for the one of now."""
        with self._guard:
            if snapshot is not self._now:
                return draw_directory(snapshot, contacts_spoken_of(snapshot))
            if self._who is None:
                self._who = draw_directory(snapshot, contacts_spoken_of(snapshot))
            return self._who

    def _secret(self) -> bytes:
        """Return the random bytes that this store masks ids with, made when they are first needed."""
        if self._masking is None:
            self._masking = self.home.documents(_SETTINGS).get(_MASK) or self.home.change_document(
                _SETTINGS, _MASK, lambda held: held or secrets.token_bytes(32)
            )
        return self._masking or b""


def shows_the_same(one: Snapshot, other: Snapshot) -> bool:
    """Tell whether two snapshots hold the same records, and the same batches that those rest on."""
    is_same = one.tables.keys() == other.tables.keys() and one.shown_on.keys() == other.shown_on.keys()
    is_same = is_same and all(table.equals(other.tables[kind]) for kind, table in one.tables.items())
    is_same = is_same and all(dates.equals(other.shown_on[kind]) for kind, dates in one.shown_on.items())
    return is_same and _rested_on(one) == _rested_on(other)


def _rested_on(snapshot: Snapshot) -> list[Batch]:
    """Return the batches that records rest on, or that tell the day of a list."""
    columns = [pc.unique(table["batch_id"]) for table in snapshot.tables.values() if "batch_id" in table.column_names]
    used = set(pc.unique(pa.chunked_array(columns)).to_pylist())
    batches = live_batches(snapshot.batches)
    return [replace(one, counts="{}") for one in batches if one.batch_id in used or one.list_date is not None]


def contacts_spoken_of(snapshot: Snapshot) -> set[str]:
    """Return the keys of all contacts that a record is about or names by key."""
    keys: set[str] = set()
    for kind, column in contact_columns():
        if kind != "judgement":
            keys.update(key for key in snapshot.tables[kind][column].unique().to_pylist() if key is not None)
    return keys


def _scope_in(picture: Picture, units: tuple[str, ...]) -> Scope:
    people = picture.workplace.people
    inside = np.zeros(len(people), dtype=bool)
    for kind, name in map(unit_of_scope, units):
        inside |= people[kind].astype("string").str.casefold().eq(name).fillna(value=False).to_numpy(dtype=bool)
    hers = people[inside]
    codes = {picture.identity.person_of[key] for key in hers["person_id"]}
    contacts = frozenset(key for key, code in picture.identity.person_of.items() if code in codes)
    names = frozenset(name for _, name in map(unit_of_scope, units))
    voices = people["person_id"][select_workforce(picture.workplace)]
    return Scope(contacts, names, frozenset(as_texts(voices).to_pylist()))
