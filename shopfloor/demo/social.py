"""The social groups planted in the made-up workplace: they cross departments, and nobody is in two."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from shopfloor.demo.arrays import Bools, Ints
from shopfloor.demo.names import ORIGINS


@dataclass(frozen=True, slots=True, repr=False)
class Group:
    """A planted social group: what it is, the kind of connection it makes, and who is in it."""

    name: str
    kind: str
    members: Ints


_CIRCLES: Final = (
    ("Football team", "sports", 0.040),
    ("Church choir", "church", 0.045),
    ("Night class", "school", 0.030),
    ("Lunch table", "friend", 0.025),
)
_LANGUAGE_SHARE: Final = 0.06
_PEOPLE_PER_CARPOOL: Final = 60
_CARPOOL_SIZE: Final = 4
_SMALLEST: Final = 3
_LARGEST: Final = 30


def plant_groups(
    rng: np.random.Generator, origin: Ints, shift: Ints, region: Ints, is_free: Bools
) -> tuple[Group, ...]:
    """Return the groups, region by region.

    Parameters
    ----------
    rng : numpy.random.Generator
        Seeded.
    origin, shift, region : numpy.ndarray of int, shape (n,)
        By person. Carpools share a shift, language communities a language, everything else only a region.
    is_free : numpy.ndarray of bool, shape (n,)
        Who may be put in a group.
    """
    groups: list[Group] = []
    order = rng.permutation(len(region))
    order = order[np.argsort(region[order], kind="stable")]
    areas = np.split(order, np.cumsum(np.bincount(region))[:-1])
    for number, area in enumerate(areas, start=1):
        suffix = f", area {number}" if len(areas) > 1 else ""
        people = area[is_free[area]]
        groups.extend(
            Group(name + suffix, kind, np.sort(members)) for name, kind, members in _split(people, origin, shift)
        )
    return tuple(groups)


def _split(people: Ints, origin: Ints, shift: Ints) -> Iterator[tuple[str, str, Ints]]:
    """Cut the groups of one region from its people, who come in random order."""
    n = len(people)
    by_language = [people[origin[people] == number] for number in range(1, len(ORIGINS))]
    largest = max(range(len(by_language)), key=lambda number: len(by_language[number]))
    community = by_language[largest][: _size(n, _LANGUAGE_SHARE)]
    if len(community) >= _SMALLEST:
        yield f"{ORIGINS[largest + 1].language} speakers", "friend", community
        people = people[~np.isin(people, community)]
    for number in range(max(1, round(n / _PEOPLE_PER_CARPOOL))):
        riders = people[shift[people] == number % (int(shift.max()) + 1)][:_CARPOOL_SIZE]
        if len(riders) >= _SMALLEST:
            yield f"Carpool {number + 1}", "rides_with", riders
            people = people[~np.isin(people, riders)]
    for name, kind, share in _CIRCLES:
        members, people = np.split(people, [_size(n, share)])
        if len(members) >= _SMALLEST:
            yield name, kind, members


def _size(n: int, share: float) -> int:
    return min(_LARGEST, max(_SMALLEST, round(n * share)))
