"""What the pages work on: one store, and what was computed from it for the data revision at hand."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import TypeVar, cast

from flask import current_app

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
from shopfloor.errors import NotFoundError
from shopfloor.service.editing import list_mentions
from shopfloor.service.nouns import Mention
from shopfloor.service.opening import OpenStore
from shopfloor.workplace import Workplace

_KEPT = 64
_CONFIG = "SHOPFLOOR_DESK"
Value = TypeVar("Value")


class Desk:
    """One store with answers kept as long as its data stay the same.

    Attributes
    ----------
    store : OpenStore
        As the viewer sees it.
    uploads : Uploads
        Files dropped and not yet loaded, in memory only.
    """

    def __init__(self, store: OpenStore) -> None:
        self.store = store
        self.uploads = Uploads()
        self._kept: OrderedDict[tuple[object, ...], object] = OrderedDict()
        self._guard = threading.RLock()

    def _keep(self, key: tuple[object, ...], make: Callable[[], Value]) -> Value:
        with self._guard:
            full = (self.store.revision(), *key)
            if full not in self._kept:
                self._kept[full] = make()
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(full)
            return cast("Value", self._kept[full])

    def workplace(self, as_of: date | None = None) -> Workplace:
        """Return the people and facts at a date."""
        return self._keep(("workplace", as_of), lambda: self.store.workplace(as_of=as_of))

    def ties(self, as_of: date | None = None) -> dict[str, Ties]:
        """Return the layers that have ties."""

        def make() -> dict[str, Ties]:
            layers = {layer: project_ties(self.workplace(as_of), layer) for layer in LAYERS}
            return {layer: ties for layer, ties in layers.items() if ties.n_ties}

        return self._keep(("ties", as_of), make)

    def groups(self, as_of: date | None = None) -> Groups:
        """Return the social groups in all ties together."""
        return self._keep(("groups", as_of), lambda: find_groups(self.workplace(as_of)))

    def ranking(self, layer: str = "named", measure: str | None = None) -> Ranking:
        """Return people ranked, by default by who is most named so far; `ShopfloorError` where it is refused."""
        return self._keep(("ranking", layer, measure), lambda: rank_people(self.workplace(), layer, measure=measure))

    def person(self, key: str, *, with_group: bool = False) -> tuple[PersonPicture, list[str]]:
        """Return what is known of a person, and the keys of all her contacts; `NotFoundError` if nobody has it.

        Her group is told only where it is asked for: finding groups is what takes longest.
        """
        identity = self.store.picture().identity
        if key not in identity.person_of:
            raise NotFoundError("There is nobody with that id. Look for the name among the people.")
        code = identity.person_of[key]

        def make() -> PersonPicture:
            groups = self.groups() if with_group else None
            return describe_person(self.workplace(), identity.person_ids[code], groups=groups)

        return self._keep(("person", code, with_group), make), identity.contacts_of(code)

    def mentions(self) -> tuple[list[Mention], tuple[str, ...]]:
        """Return the open mentions, and the ids of the people their candidates point to."""
        return self._keep(("mentions",), lambda: list_mentions(self.store))

    def names(self) -> list[str]:
        """Return everybody as the forms suggest them: ``Rosa Delgado (17)``, by name."""

        def make() -> list[str]:
            people = self.workplace().people.sort_values(["name", "person_id"], kind="stable")
            return [call(name, key) for name, key in zip(people["name"], people["person_id"], strict=True)]

        return self._keep(("names",), make)

    def map_data(self, as_of: date | None = None, group_by: str = "department") -> MapData:
        """Return what the map is drawn from; `group_by` is a column of people or ``group``.

        Earlier days keep the places of today's picture, so that moving the time moves nothing else.
        """

        def make() -> MapData:
            workplace, ties = self.workplace(as_of), self.ties(as_of)
            groups = None
            if group_by == "group":
                found = self.groups(as_of)
                by_id = dict(zip(found.rows["group_id"], found.rows["name"], strict=True))
                groups = [by_id.get(code) for code in found.membership]
            column = "department" if group_by == "group" else group_by
            data = build_map_data(workplace, ties, group_by=column, groups=groups)
            return data if as_of is None else at_places_of(data, self.map_data(None, group_by))

        return self._keep(("map", as_of, group_by), make)


def call(name: str, person_id: str) -> str:
    """Return a person as the forms write her."""
    return f"{name} ({person_id})"


def put_desk(app_config: dict[str, object], desk: Desk) -> None:
    """Lay the desk of an app where its callbacks find it."""
    app_config[_CONFIG] = desk


def the_desk() -> Desk:
    """Return the desk of the app that is answering."""
    return cast("Desk", current_app.config[_CONFIG])
