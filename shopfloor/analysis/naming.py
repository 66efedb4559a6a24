"""Names that people can use for groups: what the members share, never a member's own name."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import log
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, hypergeom

IntArray = NDArray[np.int64]

SHARED_BY: Final = 0.6
"""A value must be held by this share of a group to name it."""

LIFT: Final = 1.3
"""And be this many times as frequent in the group as among everybody."""

FALSE_NAMES: Final = 0.05
"""And be so much more frequent than by chance that of all names given, this share at most is false."""

_SHARING: Final = 2  # one person shares with nobody

MAX_PARTS: Final = 2
"""A name says at most two things."""


@dataclass(frozen=True, slots=True)
class GroupName:
    """What a group is called.

    Attributes
    ----------
    name : str
        No two groups of a map have the same.
    named_by : {"attributes", "accepted", "letter"}
        What its members share, what somebody accepted or gave it, or neither.
    neutral : str
        ``Group C``: what it is called where no attribute may be told.
    """

    name: str
    named_by: Literal["attributes", "accepted", "letter"]
    neutral: str


@dataclass(frozen=True, slots=True)
class _Shared:
    value: str
    chance: float
    weight: float


def name_groups(
    people: pd.DataFrame,
    groups: Mapping[int, Sequence[int]],
    attributes: Sequence[str],
    *,
    solid: Collection[int] | None = None,
    given: Mapping[int, str] | None = None,
) -> dict[int, GroupName]:
    """Name each group after what its members share.

    Parameters
    ----------
    people : pandas.DataFrame
        Everybody the groups are compared with, index = person, a column for each of `attributes`.
    groups : Mapping[int, sequence of int]
        group_id (1 ..) -> members.
    attributes : sequence of str
        Columns that may name a group.
    solid : collection of int, optional
        The groups that may be named after an attribute; all where it is left out.
    given : Mapping[int, str], optional
        Names that were accepted or given by a user: they stand.

    Returns
    -------
    dict of int to GroupName
        For each group the values held by at least `SHARED_BY` of it, at least `LIFT` times as frequent there as
        among everybody, and beyond chance (exact one-sided hypergeometric test of every value that two members
        share, over all groups, false discoveries held to `FALSE_NAMES` whatever the dependence), by share x
        log(lift), at most two, of different attributes: ``Packing, Night``. A group that shares nothing is
        ``Group A``, by its id. Of groups that would be called the same, the later take a further attribute if they
        have one, else a number.

    References
    ----------
    Y. Benjamini, D. Yekutieli, "The control of the false discovery rate in multiple testing under dependency",
    Annals of Statistics 29, 1165-1188 (2001). doi:10.1214/aos/1013699998
    """
    may = {number: members for number, members in groups.items() if solid is None or number in solid}
    shared = _shared_values(people, may, attributes)
    taken: list[str] = [(given or {})[number] for number in groups if number in (given or {})]
    names = {}
    for number in groups:
        neutral = f"Group {spell_letters(number - 1)}"
        if given and number in given:
            names[number] = GroupName(given[number], "accepted", neutral)
            continue
        parts = shared.get(number, [])
        name = ", ".join(parts[:MAX_PARTS]) or neutral
        if name in taken and len(parts) > MAX_PARTS:
            name = ", ".join(parts[: MAX_PARTS + 1])
        names[number] = GroupName(_apart(name, taken), "attributes" if parts else "letter", neutral)
        taken.append(names[number].name)
    return names


def _apart(name: str, names: Sequence[str]) -> str:
    """Put the first free number behind a name that is taken."""
    if name not in names:
        return name
    return next(apart for number in count(2) if (apart := f"{name} {number}") not in names)


def _shared_values(
    people: pd.DataFrame, groups: Mapping[int, Sequence[int]], attributes: Sequence[str]
) -> dict[int, list[str]]:
    places = {number: people.index.get_indexer(pd.Index(list(members))) for number, members in groups.items()}
    tests = []
    for attribute in attributes:
        codes, values = pd.factorize(people[attribute], sort=True)
        tests += [
            (number, shared)
            for number, members in places.items()
            for shared in _test_values(codes, [str(value) for value in values], members)
        ]
    if not tests:
        return {}
    adjusted = false_discovery_control([shared.chance for _, shared in tests], method="by")
    found: dict[int, list[_Shared]] = {}
    for (number, shared), chance in zip(tests, adjusted, strict=True):
        if chance <= FALSE_NAMES and shared.weight > 0:
            found.setdefault(number, []).append(shared)
    return {number: _distinct(parts) for number, parts in found.items()}


def _distinct(parts: list[_Shared]) -> list[str]:
    """Order values by weight, and say the same word of two attributes once."""
    values = [part.value for part in sorted(parts, key=lambda part: -part.weight)]
    said = [value.casefold() for value in values]
    return [value for place, value in enumerate(values) if value.casefold() not in said[:place]]


def _test_values(codes: IntArray, values: list[str], members: IntArray) -> list[_Shared]:
    """Test the values that at least two members hold; a weight of 0 is no name, however unlikely by chance."""
    everybody = np.bincount(codes[codes >= 0], minlength=len(values))
    own = codes[members]
    held = np.bincount(own[own >= 0], minlength=len(values))
    found = []
    for value in np.flatnonzero(held >= _SHARING).tolist():
        n, n_all = int(held[value]), int(everybody[value])
        chance = float(hypergeom.sf(n - 1, int(everybody.sum()), n_all, int(held.sum())))
        share, lift = n / len(own), (n / len(own)) / (n_all / len(codes))
        weight = share * log(lift) if share >= SHARED_BY and lift >= LIFT else 0.0
        found.append(_Shared(values[value], float(np.clip(chance, 0.0, 1.0)), weight))
    return found


def spell_letters(position: int) -> str:
    """Spell 0 A, 25 Z, 26 AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
