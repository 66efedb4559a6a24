"""What the pages work on: one store, and what was computed from it for the data revision at hand."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import TypeVar, cast

from flask import current_app

from shopfloor.analysis import LAYERS, Groups, Ranking, Ties, find_groups, project_ties, rank_people
from shopfloor.dashboard.map_data import MapData, build_map_data
from shopfloor.service.opening import OpenStore
from shopfloor.workplace import Workplace

_KEPT = 24
_CONFIG = "SHOPFLOOR_DESK"
Value = TypeVar("Value")


class Desk:
    """One store with answers kept as long as its data stay the same.

    Attributes
    ----------
    store : OpenStore
        As the viewer sees it.
    uploads : dict of str to list
        Files dropped and not yet confirmed, in memory only, by a random ticket.
    """

    def __init__(self, store: OpenStore) -> None:
        self.store = store
        self.uploads: dict[str, list[tuple[str, bytes]]] = {}
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

    def ranking(self, as_of: date | None = None) -> Ranking:
        """Return who is most named so far."""
        return self._keep(("ranking", as_of), lambda: rank_people(self.workplace(as_of)))

    def map_data(self, as_of: date | None = None, group_by: str = "department") -> MapData:
        """Return what the map is drawn from; `group_by` is a column of people or ``group``."""

        def make() -> MapData:
            workplace, ties = self.workplace(as_of), self.ties(as_of)
            if group_by != "group":
                return build_map_data(workplace, ties, group_by=group_by)
            found = self.groups(as_of)
            names = dict(zip(found.rows["group_id"], found.rows["name"], strict=True))
            return build_map_data(workplace, ties, groups=[names.get(code) for code in found.membership])

        return self._keep(("map", as_of, group_by), make)


def put_desk(app_config: dict[str, object], desk: Desk) -> None:
    """Lay the desk of an app where its callbacks find it."""
    app_config[_CONFIG] = desk


def the_desk() -> Desk:
    """Return the desk of the app that is answering."""
    return cast("Desk", current_app.config[_CONFIG])
