"""Names that people can use for groups: what the members share, never a member's own name."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import log
from typing import Final

import pandas as pd

SHARED_BY: Final = 0.6
"""A value must be held by this share of a group to name it."""

LIFT: Final = 1.3
"""And be this many times as frequent in the group as among everybody."""

MAX_PARTS: Final = 2
"""A name says at most two things."""


@dataclass(frozen=True, slots=True)
class _Shared:
    value: str
    weight: float


def name_groups(people: pd.DataFrame, groups: Sequence[Sequence[int]], attributes: Sequence[str]) -> list[str]:
    """Name each group after what its members share.

    Parameters
    ----------
    people : pandas.DataFrame
        Everybody the groups are compared with, index = person, a column for each of `attributes`.
    groups : sequence of sequences of int
        Members of each group, in the order of the groups.
    attributes : sequence of str
        Columns that may name a group.

    Returns
    -------
    list of str
        For each group the values held by at least `SHARED_BY` of it, at least `LIFT` times as frequent there as
        among everybody, by share x log(lift), at most two, of different attributes: ``Packing, Night``. A group that
        shares nothing is ``Group A``, by its place. Of groups that would be called the same, the later take a
        further attribute if they have one, else a number. No two names are equal.
    """
    names: list[str] = []
    for position, members in enumerate(groups):
        shared = _shared_values(people, list(members), attributes)
        name = ", ".join(shared[:MAX_PARTS]) or f"Group {_letters(position)}"
        if name in names and len(shared) > MAX_PARTS:
            name = ", ".join(shared[: MAX_PARTS + 1])
        names.append(_apart(name, names))
    return names


def _apart(name: str, names: Sequence[str]) -> str:
    """Put the first free number behind a name that is taken."""
    if name not in names:
        return name
    return next(apart for number in count(2) if (apart := f"{name} {number}") not in names)


def _shared_values(people: pd.DataFrame, members: list[int], attributes: Sequence[str]) -> list[str]:
    found = []
    for attribute in attributes:
        held = people.loc[members, attribute].value_counts()
        if held.empty or held.iloc[0] < 2:  # noqa: PLR2004 - one person shares with nobody
            continue
        # At most one value can be held by more than half.
        share = held.iloc[0] / len(members)
        lift = share / (people[attribute] == held.index[0]).mean()
        if share >= SHARED_BY and lift >= LIFT:
            found.append(_Shared(str(held.index[0]), share * log(lift)))
    found.sort(key=lambda part: -part.weight)
    said = [part.value.casefold() for part in found]
    return [part.value for position, part in enumerate(found) if part.value.casefold() not in said[:position]]


def _letters(position: int) -> str:
    """Spell 0 A, 25 Z, 26 AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
