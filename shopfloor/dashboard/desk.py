"""What the pages work on: a store as one viewer sees it, and what was computed from it for the revision at hand.

A desk is one viewer's alone; those who see everybody share what is computed of everybody. Which desk a page works on
is found from the session of the request, before anything else happens (`shopfloor.dashboard.security`); where none was
found there is no desk, and so no data.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeVar, cast

from flask import g

from shopfloor.analysis import (
    LAYERS,
    Groups,
    PersonPicture,
    Ranking,
    Ties,
    describe_person,
    find_groups,
    project_ties,
    rank_people,
)
from shopfloor.dashboard.map_data import MapData, at_places_of, build_map_data
from shopfloor.dashboard.uploads import Uploads
from shopfloor.errors import NotFoundError, RefusedError
from shopfloor.service.audit import Deed
from shopfloor.service.editing import list_mentions
from shopfloor.service.nouns import Mention
from shopfloor.service.opening import OpenStore
from shopfloor.workplace import OUTSIDE, Workplace

_KEPT = 64
_LATELY_S = 60.0
_NOTED_AGAIN_S = 600.0
_MOST_NOTED = 500
Value = TypeVar("Value")
Include = tuple[str, ...]
"""Who is on a list beyond the workforce: ``supervisors``, ``left``, in this order."""


@dataclass(slots=True, repr=False)
class _Answer:
    """An answer, or the place for one that is being made."""

    guard: threading.RLock = field(default_factory=threading.RLock)
    value: object = None
    is_made: bool = False


class Shelf:
    """Answers kept as long as the data they rest on stay the same; each made once, however many ask meanwhile."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], _Answer] = OrderedDict()
        self._guard = threading.Lock()
        self.lately: tuple[Groups, list[str], float] | None = None

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Shelf({len(self._kept)} answers)"

    def keep(self, state: tuple[object, ...], key: tuple[object, ...], make: Callable[[], Value]) -> Value:
        """Return the answer for a state of the data; those for other states go."""
        full = (*state, *key)
        with self._guard:
            for old in [one for one in self._kept if one[: len(state)] != state]:
                del self._kept[old]
            answer = self._kept.setdefault(full, _Answer())
            self._kept.move_to_end(full)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        with answer.guard:
            if not answer.is_made:
                answer.value, answer.is_made = make(), True
            return cast("Value", answer.value)


class Desk:
    """One store with answers kept as long as its data stay the same.

    Attributes
    ----------
    store : OpenStore
        As the viewer sees it.
    uploads : Uploads
        Files dropped and not yet loaded, in memory only.

    Parameters
    ----------
    shelf : Shelf, optional
        Where answers are kept: shared by those alone who see everybody, and so the same.
    """

    def __init__(self, store: OpenStore, shelf: Shelf | None = None) -> None:
        self.store = store
        self.uploads = Uploads()
        self._shelf = shelf if shelf is not None and store.viewer.sees_all_people else Shelf()
        self._guard = threading.RLock()
        self._noted: OrderedDict[tuple[object, ...], float] = OrderedDict()

    def __repr__(self) -> str:
        """Name the store and the role only."""
        return f"Desk({self.store!r})"

    def note(self, deed: Deed, **particulars: object) -> None:
        """Write into the audit what is being looked at; the same thing again within ten minutes is one look.

        Raises
        ------
        StoreError
            It cannot be written: then it must not be shown.
        """
        key, now = (deed, *sorted(particulars.items())), time.monotonic()
        with self._guard:
            before = self._noted.get(key)
            if before is not None and now - before < _NOTED_AGAIN_S:
                return
            self.store.note(deed, **particulars)
            self._noted[key] = now
            self._noted.move_to_end(key)
            while len(self._noted) > _MOST_NOTED:
                self._noted.popitem(last=False)

    def _keep(self, key: tuple[object, ...], make: Callable[[], Value]) -> Value:
        state = (self.store.same_since(), datetime.now(UTC).date())
        return self._shelf.keep(state, key, make)

    def workplace(self, as_of: date | None = None) -> Workplace:
        """Return the people and facts at a date."""
        return self._keep(("workplace", as_of), lambda: self.store.workplace(as_of=as_of))

    def ties(self, as_of: date | None = None) -> dict[str, Ties]:
        """Return the layers that have ties."""

        def make() -> dict[str, Ties]:
            layers = {layer: project_ties(self.workplace(as_of), layer) for layer in LAYERS}
            return {layer: ties for layer, ties in layers.items() if ties.n_ties}

        return self._keep(("ties", as_of), make)

    def groups(self, as_of: date | None = None, include: Include = ()) -> Groups:
        """Return the social groups in all ties together."""
        return self._keep(("groups", as_of, include), lambda: find_groups(self.workplace(as_of), include=include))

    def groups_lately(self) -> Groups:
        """Return the groups as they were found less than a minute ago among the same people; else they are found now.

        What others type in between changes them little, and finding them is what takes longest.
        """
        people, now = self.workplace().people["person_id"].tolist(), time.monotonic()
        held = self._shelf.lately
        if held is None or now - held[2] > _LATELY_S or held[1] != people:
            self._shelf.lately = held = (self.groups(), people, now)
        return held[0]

    def ranking(self, layer: str = "named", measure: str | None = None, include: Include = ()) -> Ranking:
        """Return people ranked, by default by who is most named so far; `ShopfloorError` where it is refused."""
        return self._keep(
            ("ranking", layer, measure, include),
            lambda: rank_people(self.workplace(), layer, measure=measure, include=include),
        )

    def person(self, key: str, *, with_group: bool = False) -> tuple[PersonPicture, list[str]]:
        """Return what is known of a person, and the keys of all her contacts; `NotFoundError` if nobody has it.

        Her group is told only where it is asked for, as it was found less than a minute ago. The audit notes the look.
        """
        identity = self.store.picture().identity
        if key not in identity.person_of:
            raise NotFoundError("There is nobody with that id. Look for the name among the people.")
        code = identity.person_of[key]
        self.note(Deed.VIEW, person=identity.person_ids[code])

        def make() -> PersonPicture:
            groups = self.groups_lately() if with_group else None
            return describe_person(self.workplace(), identity.person_ids[code], groups=groups)

        return self._keep(("person", code, with_group), make), identity.contacts_of(code)

    def see(self, data: MapData, person_id: str | None) -> None:
        """Note in the audit that a person of the map is shown; nobody is where none was chosen."""
        if person_id is not None and (data.people["person_id"] == person_id).any():
            self.note(Deed.VIEW, person=person_id)

    def mentions(self) -> tuple[list[Mention], tuple[str, ...]]:
        """Return the open mentions, and the ids of the people their candidates point to."""
        return self._keep(("mentions",), lambda: list_mentions(self.store))

    def names(self) -> list[str]:
        """Return everybody whom the viewer knows as the forms suggest them: ``Rosa Delgado (17)``, by name."""

        def make() -> list[str]:
            people = self.workplace().people
            people = people[people["kind"] != OUTSIDE].sort_values(["name", "person_id"], kind="stable")
            return [call(name, key) for name, key in zip(people["name"], people["person_id"], strict=True)]

        return self._keep(("names",), make)

    def map_data(self, as_of: date | None = None, group_by: str = "department", include: Include = ()) -> MapData:
        """Return what the map is drawn from; `group_by` is a column of people or ``group``.

        Earlier days keep the places of today's picture, so that moving the time moves nothing else.
        """

        def make() -> MapData:
            workplace, ties = self.workplace(as_of), self.ties(as_of)
            groups = None
            if group_by == "group":
                found = self.groups(as_of, include)
                by_id = dict(zip(found.rows["group_id"], found.rows["name"], strict=True))
                groups = [by_id.get(code) for code in found.membership]
            column = "department" if group_by == "group" else group_by
            data = build_map_data(workplace, ties, group_by=column, groups=groups, include=include)
            return data if as_of is None else at_places_of(data, self.map_data(None, group_by, include))

        return self._keep(("map", as_of, group_by, include), make)


def call(name: str, person_id: str) -> str:
    """Return a person as the forms write her."""
    return f"{name} ({person_id})"


def sit_at(desk: Desk) -> None:
    """Make a desk the one of the request that is being answered."""
    g.shopfloor_desk = desk


def the_desk() -> Desk:
    """Return the desk of whoever sent the request that is being answered.

    Raises
    ------
    RefusedError
        Nobody is logged in.
    """
    desk = g.get("shopfloor_desk")
    if desk is None:
        raise RefusedError("Nobody is logged in. Nothing was shown and nothing was changed.")
    return cast("Desk", desk)
