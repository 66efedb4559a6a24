"""All of a store, before any viewer: for the policy's own modules alone, which decide by it who may see what."""

import operator
import secrets
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.analysis import select_workforce
from shopfloor.graph.batches import Batch, live_batches
from shopfloor.graph.contract import Snapshot, Store
from shopfloor.service.audit import AuditTrail
from shopfloor.service.lockfile import lock_state, refuse_locked, wait_until_let_go, write_lock
from shopfloor.service.masking import NOBODY, Said, Scope, Who, mask, mask_versions
from shopfloor.service.memory import Holders, Parts
from shopfloor.service.picture import Picture, draw_picture, know_people
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
        self._parts = Parts()
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
                self._now, self._pictures = _sharing(self.home.snapshot(), self._now), {}
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
                parts = self._parts if as_of is None and known_at is None else None
                drawn = draw_picture(seen, as_of=as_of, known_at=known_at, parts=parts)
                kept = {key: held for key, held in self._pictures.items() if key[:2] == (None, None)}
                self._pictures = {**kept, wanted: drawn}
            return self._pictures[wanted]

    def let_go(self) -> None:
        """Forget what was read, here and with all who keep something of it in this process."""
        with self._guard:
            self._now, self._parts, self._pictures, self._scopes = None, Parts(), {}, {}
        self.holders.let_go()

    def scope_of(self, viewer: Viewer) -> Scope:
        """Return whom a viewer sees whole: everybody whose unit, today, is one of hers."""
        if not viewer.is_scoped:
            return NOBODY
        with self._guard:
            moment = (self.home.revision(), datetime.now(UTC).date())  # a list of tomorrow moves people tomorrow
            held = self._scopes.get(viewer.units)
            if held is None or held[0] != moment:
                held = self._scopes[viewer.units] = (moment, self._scope_now(viewer.units))
            return held[1]

    def _scope_now(self, units: tuple[str, ...]) -> Scope:
        """Return the scope of units: the one it was as long as the people are the same."""
        picture = self.picture()
        given = (picture.workplace.people, picture.identity)
        step = "\x1f".join(("scope", *units))
        return self._parts.of(step, given, lambda: _scope_in(picture, units), is_same=operator.eq)

    def masked(self, viewer: Viewer, known_at: datetime | None = None, parts: Parts | None = None) -> Snapshot:
        """Return what of the records of everybody a viewer may see, now or as they were known.

        Parameters
        ----------
        viewer : Viewer
        known_at : datetime.datetime, optional
            Recorded time to look from.
        parts : Parts, optional
            What was made when this viewer's records of now were last masked.
        """
        seen = self.snapshot() if known_at is None else self.home.snapshot(known_at=known_at)
        if viewer.sees_all_people:
            return seen
        who, said = self._who(seen)
        return mask(seen, viewer, self.scope_of(viewer), who, self._secret(), said, parts)

    def versions(self, viewer: Viewer, kind: str, keys: Sequence[str] | None) -> pa.Table:
        """Return what batches said of records of a kind that is about no people; whom they name beside is masked."""
        table = self.home.versions(kind, keys)
        if viewer.sees_all_people:
            return table
        now = self.snapshot()
        return mask_versions(kind, table, now, viewer, self._who(now)[0].directory, self._secret())

    def _who(self, snapshot: Snapshot) -> tuple[Who, Said]:
        """Return whom references of a snapshot mean, and who named whom; made once for the one of now."""
        with self._guard:
            parts = self._parts if snapshot is self._now else Parts()
            identity, directory = know_people(snapshot, parts)
            who = parts.of("who", (identity, directory), lambda: Who(identity, directory))
            talks = snapshot.tables["conversation"]
            return who, parts.of("said", (who, talks), lambda: who.said_in(talks))

    def _secret(self) -> bytes:
        """Return the random bytes that this store masks ids with, made when they are first needed."""
        if self._masking is None:
            self._masking = self.home.documents(_SETTINGS).get(_MASK) or self.home.change_document(
                _SETTINGS, _MASK, lambda held: held or secrets.token_bytes(32)
            )
        return self._masking or b""


def _sharing(new: Snapshot, old: Snapshot | None) -> Snapshot:
    """Return a snapshot with those tables of an older one that are the same, so that one sees at once that they are."""
    if old is None:
        return new
    tables = {kind: _either(table, old.tables[kind]) for kind, table in new.tables.items()}
    shown_on = {kind: _either(days, old.shown_on[kind]) for kind, days in new.shown_on.items()}
    return replace(new, tables=tables, shown_on=shown_on)


def _either(new: Any, old: Any) -> Any:  # noqa: ANN401 - two tables, or the dates beside them
    return old if new.equals(old) else new


def shows_the_same(one: Snapshot, other: Snapshot) -> bool:
    """Tell whether two snapshots hold the same records, and the same batches that those rest on."""
    is_same = one.tables.keys() == other.tables.keys() and one.shown_on.keys() == other.shown_on.keys()
    pairs = [(table, other.tables[kind]) for kind, table in one.tables.items()] if is_same else []
    is_same = is_same and all(table is same or table.equals(same) for table, same in pairs)
    is_same = is_same and all(dates.equals(other.shown_on[kind]) for kind, dates in one.shown_on.items())
    return is_same and _rested_on(one) == _rested_on(other)


def _rested_on(snapshot: Snapshot) -> list[Batch]:
    """Return the batches that records rest on, or that tell the day of a list."""
    columns = [pc.unique(table["batch_id"]) for table in snapshot.tables.values() if "batch_id" in table.column_names]
    used = set(pc.unique(pa.chunked_array(columns)).to_pylist())
    batches = live_batches(snapshot.batches)
    return [replace(one, counts="{}") for one in batches if one.batch_id in used or one.list_date is not None]


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
