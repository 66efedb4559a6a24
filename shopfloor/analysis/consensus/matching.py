"""Which new group is which old one: ids, names and colours stay with the people."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

SAME: Final = 1 / 3
"""Overlap (Jaccard) from which a new group is an old one."""


@dataclass(frozen=True, slots=True, repr=False)
class AcceptedGroups:
    """Groups that somebody accepted.

    Attributes
    ----------
    groups : Mapping[str, int]
        person_id -> group_id of everybody who was in a group.
    retired : Mapping[int, tuple of str]
        group_id -> person_ids of groups that once were and are no more, should they come back.
    names : Mapping[int, str]
        group_id -> name, kept whatever the groups become: a user's own names, and names that were accepted.
    """

    groups: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    retired: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

    def __repr__(self) -> str:
        """Give counts only."""
        n_groups = len(set(self.groups.values()))
        return f"AcceptedGroups({n_groups} groups of {len(self.groups)} people, {len(self.retired)} retired)"

    def to_json(self) -> dict[str, Any]:
        """Return plain values that a store can keep, in order."""
        return {
            "groups": {key: self.groups[key] for key in sorted(self.groups)},
            "retired": {str(number): sorted(self.retired[number]) for number in sorted(self.retired)},
            "names": {str(number): self.names[number] for number in sorted(self.names)},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "AcceptedGroups":
        """Take up what `to_json` gave."""
        return cls(
            {str(key): int(number) for key, number in kept.get("groups", {}).items()},
            {int(number): tuple(people) for number, people in kept.get("retired", {}).items()},
            {int(number): str(name) for number, name in kept.get("names", {}).items()},
        )


def match_groups(accepted: AcceptedGroups, groups: Sequence[Collection[str]], present: Collection[str]) -> list[int]:
    """Give each new group the id of the old one that it is, or a new id.

    Parameters
    ----------
    accepted : AcceptedGroups
        The old groups; retired ones may come back, where nobody newer claims the people.
    groups : sequence of collections of str
        person_ids of the new groups.
    present : collection of str
        Everybody the new groups were looked for among: old groups are compared by their people among these.

    Returns
    -------
    list of int
        An id for each of `groups`, no two equal: that of an old group where the two, paired so that the sum of all
        overlaps is largest, overlap by `SAME` or more (people in both / people in either). New ids go up from the
        largest ever used.

    References
    ----------
    H. W. Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2, 83-97 (1955).
    doi:10.1002/nav.3800020109
    """
    old = _old_groups(accepted, set(present))
    numbers = sorted(old)
    overlap = np.array([[_overlap(old[number], set(group)) for number in numbers] for group in groups])
    overlap = overlap.reshape(len(groups), len(numbers))
    is_retired = np.array([number in accepted.retired for number in numbers], dtype=bool)
    rows, columns = linear_sum_assignment(overlap - 1e-6 * is_retired, maximize=True)
    taken: dict[int, int] = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    unused = max([0, *accepted.groups.values(), *accepted.retired, *accepted.names]) + 1
    ids = []
    for place in range(len(groups)):
        match = taken.get(place)
        if match is not None and overlap[place, match] >= SAME:
            ids.append(numbers[match])
        else:
            ids.append(unused)
            unused += 1
    return ids


def _old_groups(accepted: AcceptedGroups, present: set[str]) -> dict[int, set[str]]:
    old: dict[int, set[str]] = {number: set(people) & present for number, people in accepted.retired.items()}
    for person, number in accepted.groups.items():
        old.setdefault(number, set())
        if person in present:
            old[number].add(person)
    return old


def _overlap(one: set[str], two: set[str]) -> float:
    either = len(one | two)
    return len(one & two) / either if either else 0.0


def accept(
    accepted: AcceptedGroups | None, groups: Mapping[int, Collection[str]], names: Mapping[int, str]
) -> AcceptedGroups:
    """Return what is remembered once new groups are accepted.

    Parameters
    ----------
    accepted : AcceptedGroups, optional
        What was accepted before: groups of it that are no more are retired, names stay.
    groups : Mapping[int, collection of str]
        group_id -> person_ids.
    names : Mapping[int, str]
        group_id -> name, of those that have one.
    """
    before = accepted or AcceptedGroups()
    retired = {number: tuple(people) for number, people in before.retired.items()}
    for number in set(before.groups.values()):
        retired[number] = tuple(sorted(person for person, own in before.groups.items() if own == number))
    return AcceptedGroups(
        {person: number for number, people in groups.items() for person in people},
        {number: people for number, people in retired.items() if number not in groups},
        {**before.names, **names},
    )
