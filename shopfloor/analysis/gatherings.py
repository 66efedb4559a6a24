"""Gatherings: crews and shifts as they were put together, each counted once however long it stays together.

Days and hours are no evidence of choice: whoever was put into a crew once spends two hundred days beside the same
people. A *gathering* is one putting-together. A group goes on being the same gathering while more than half of its
people (of the smaller of the two lists, now and at its largest) are still the same; from then on it is a new one.
People who go on together under another name (a crew that changes to the late shift, or to the next site) are still the
same gathering.

A *pool* is where people could have been put into one gathering as well as into another: the shift of a worksite where
most stay on their shift, else the worksite where most stay at it, else all worksites between which people move. A
*season* is the quarter of a year in which a gathering began. Chance deals the people of a pool and a season, those of
each job class among themselves: welders come to a crew because it takes welders.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from shopfloor.analysis.overlaps import Stays
from shopfloor.analysis.work_groups import work_groups
from shopfloor.workplace import Workplace

IntArray = NDArray[np.int64]

SEASON_DAYS: Final = 91
"""A quarter of a year."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Gatherings:
    """Who was in which gathering.

    Attributes
    ----------
    n_people, n_gatherings : int
    person, gathering : numpy.ndarray
        int64, shape (n_rows,), each pair once, sorted by gathering. Every gathering has two people or more.
    block : numpy.ndarray
        int64, shape (n_gatherings,): the pool and season of each, from 0.
    trade : numpy.ndarray
        int64, shape (n_people,), from 0: people of another trade could not have been there instead.
    has_next : numpy.ndarray
        bool, shape (n_rows,): whether the person went from there to another gathering.
    together_next : numpy.ndarray
        float64, shape (n_gatherings,), 0..1: the share of pairs who went on to one and the same gathering, of all pairs
        who went on.
    """

    n_people: int
    n_gatherings: int
    person: IntArray
    gathering: IntArray
    block: IntArray
    trade: IntArray
    has_next: NDArray[np.bool_]
    together_next: NDArray[np.float64]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Gatherings({self.n_gatherings} of {self.n_people} people)"

    def table(self, *, only_next: bool = False) -> sparse.csr_array:
        """Return the table of people and gatherings, of shape (n_people, n_gatherings), int32 ones.

        With `only_next` those alone from which the person went on.
        """
        rows = self.has_next if only_next else np.ones(len(self.person), dtype=bool)
        ones = np.ones(int(rows.sum()), dtype=np.int32)
        shape = (self.n_people, self.n_gatherings)
        return sparse.coo_array((ones, (self.person[rows], self.gathering[rows])), shape=shape).tocsr()


def gather(
    n_people: int,
    person: IntArray,
    gathering: IntArray,
    block: IntArray | None = None,
    trade: IntArray | None = None,
    following: IntArray | None = None,
) -> Gatherings:
    """Make gatherings of any table of who was where; one of a single person says nothing and is left out.

    Parameters
    ----------
    n_people : int
    person, gathering : numpy.ndarray
        int64, 0 .. n-1, shape (n_rows,), each pair once.
    block : numpy.ndarray, optional
        int64, by gathering; one block without it.
    trade : numpy.ndarray, optional
        int64, by person, from 0; one trade without it.
    following : numpy.ndarray, optional
        int64, shape (n_rows,): the gathering to which the person went from there, -1 for none.
    """
    n = int(gathering.max(initial=-1)) + 1
    blocks = np.zeros(n, dtype=np.int64) if block is None else block
    onward = np.full(len(person), -1) if following is None else following
    kept = np.bincount(gathering, minlength=n) > 1
    rows = np.flatnonzero(kept[gathering])
    rows = rows[np.lexsort((person[rows], gathering[rows]))]
    number = np.cumsum(kept) - 1
    _, block_number = np.unique(blocks[kept], return_inverse=True)
    return Gatherings(
        n_people,
        int(kept.sum()),
        person[rows],
        number[gathering[rows]],
        block_number.astype(np.int64),
        np.zeros(n_people, dtype=np.int64) if trade is None else trade,
        onward[rows] >= 0,
        _together_next(number[gathering[rows]], onward[rows], int(kept.sum())),
    )


def _together_next(gathering: IntArray, following: IntArray, n: int) -> NDArray[np.float64]:
    went = following >= 0
    width = int(following.max(initial=0)) + 1
    ways, n_went = np.unique(gathering[went] * width + following[went], return_counts=True)
    pairs = np.bincount(ways // width, weights=n_went * (n_went - 1.0), minlength=n)
    n_all = np.bincount(gathering[went], minlength=n)
    share: NDArray[np.float64] = pairs / np.maximum(n_all * (n_all - 1.0), 1.0)
    return share


def find_gatherings(stays: Stays, pool: IntArray, trade: IntArray, max_group: int) -> Gatherings:
    """Find the gatherings in who was where when.

    Parameters
    ----------
    stays : Stays
        Merged (`merge_stays`).
    pool : numpy.ndarray
        int64, by group: where its people could have been instead.
    trade : numpy.ndarray
        int64, by person, from 0.
    max_group : int
        Days with more people than this in a group are passed over, as they make no ties.

    Returns
    -------
    Gatherings
        One pass over the days on which somebody comes or goes; each costs the people who are there.
    """
    run = _Run(max_group)
    changes = _changes(stays)
    for here in np.split(np.arange(len(changes)), np.flatnonzero(np.diff(changes[:, 0])) + 1):
        if len(here):
            run.live_through(changes[here])
    person = np.array([who for members in run.members for who in members], dtype=np.int64)
    following = np.array([code for members in run.members for code in members.values()], dtype=np.int64)
    sizes = np.array([len(members) for members in run.members], dtype=np.int64)
    gathering = np.repeat(np.arange(len(sizes)), sizes)
    began, group = np.array(run.began, dtype=np.int64), np.array(run.group, dtype=np.int64)
    season = began // SEASON_DAYS
    n_seasons = int(season.max(initial=0)) + 1
    return gather(len(trade), person, gathering, pool[group] * n_seasons + season, trade, following)


def _changes(stays: Stays) -> IntArray:
    """Return day, group, whether somebody comes, person; by day, who goes before who comes."""
    n = len(stays.group)
    comes = np.column_stack([stays.first_day, stays.group, np.ones(n, dtype=np.int64), stays.person])
    goes = np.column_stack([stays.last_day + 1, stays.group, np.zeros(n, dtype=np.int64), stays.person])
    rows = np.concatenate([comes, goes])
    return rows[np.lexsort((rows[:, 3], rows[:, 2], rows[:, 1], rows[:, 0]))]


@dataclass(slots=True)
class _Run:
    """Groups on their way through the days; `members` are of each gathering its people, and where they went next."""

    max_group: int
    present: dict[int, set[int]] = field(default_factory=dict)
    latest_of_group: dict[int, int] = field(default_factory=dict)
    latest_of_person: dict[int, int] = field(default_factory=dict)
    members: list[dict[int, int]] = field(default_factory=list)
    largest: list[frozenset[int]] = field(default_factory=list)
    began: list[int] = field(default_factory=list)
    group: list[int] = field(default_factory=list)

    def live_through(self, changes: IntArray) -> None:
        """Take one day's changes in, and see which gathering each changed group now is."""
        touched = {}
        for _, group, comes, person in changes.tolist():
            there = self.present.setdefault(group, set())
            touched[group] = True
            if comes:
                there.add(person)
            else:
                there.discard(person)
        day = int(changes[0, 0])
        now = [(group, there) for group in touched if 0 < len(there := self.present[group]) <= self.max_group]
        # All groups of the day are told before anybody's latest gathering changes: the order of groups is nothing.
        told = [(group, there, self._tell(group, there)) for group, there in now]
        for group, there, code in told:
            self._enter(group, there, code, day)

    def _tell(self, group: int, there: set[int]) -> int | None:
        """Return the gathering these people are still, None for a new one."""
        before = self.latest_of_group.get(group)
        if before is not None and self._is_still(before, there):
            return before
        votes = Counter(code for who in there if (code := self.latest_of_person.get(who)) is not None)
        if not votes:
            return None
        most = max(votes.values())
        code = min(code for code, n in votes.items() if n == most)
        return code if self._is_still(code, there) else None

    def _is_still(self, code: int, there: set[int]) -> bool:
        largest = self.largest[code]
        return 2 * len(largest & there) > min(len(largest), len(there))

    def _enter(self, group: int, there: set[int], code: int | None, day: int) -> None:
        if code is None:
            code = len(self.members)
            self.members.append({})
            self.largest.append(frozenset())
            self.began.append(day)
            self.group.append(group)
        members = self.members[code]
        for who in there:
            before = self.latest_of_person.get(who)
            if before != code:
                self.latest_of_person[who] = code
                if before is not None and self.members[before][who] < 0:
                    self.members[before][who] = code
            members.setdefault(who, -1)
        if len(there) > len(self.largest[code]):
            self.largest[code] = frozenset(there)
        self.latest_of_group[group] = code


def find_trades(workplace: Workplace) -> IntArray:
    """Return the trade of each person: the job class, all who have none being one; int64, from 0."""
    return pd.factorize(workplace.people["job_class"].astype("object"), sort=True)[0].astype(np.int64) + 1


def find_pools(workplace: Workplace) -> IntArray:
    """Say of each group of work (`work_groups`) in which pool it is.

    Returns
    -------
    numpy.ndarray
        int64, by group, from 0. Where at least half of the people of every shift of a worksite never work another
        shift there, the shift is a pool; where at least half of the people of a worksite never work at another, the
        worksite is; all others are one pool with those that they share people with.
    """
    table = workplace.assignments
    group = work_groups(table)
    used = (group >= 0) & (table["person"].to_numpy() >= 0)
    rows, group = table[used], group[used]
    if rows.empty:
        return np.zeros(0, dtype=np.int64)
    n_groups = int(group.max(initial=-1)) + 1
    site = rows["worksite"].astype("object").where(rows["worksite"].notna(), rows["employer"].astype("object"))
    site_code = _most_common(group, pd.factorize(site, sort=True)[0] + 1, n_groups)
    shift_code = _most_common(group, pd.factorize(rows["shift"].astype("object"), sort=True)[0] + 1, n_groups)
    _, lane = np.unique(site_code * (shift_code.max(initial=0) + 1) + shift_code, return_inverse=True)
    site_of_lane = np.zeros(int(lane.max(initial=-1)) + 1, dtype=np.int64)
    site_of_lane[lane] = site_code
    person = rows["person"].to_numpy().astype(np.int64)
    is_closed = _are_closed(person * (int(site_code.max(initial=0)) + 1) + site_code[group], lane[group])
    is_closed &= np.bincount(site_of_lane)[site_of_lane] > 1
    n_lanes = len(site_of_lane)
    pool = np.where(is_closed[lane], lane, n_lanes + site_code)
    moving = pool[group] >= n_lanes
    return _join_open(person[moving], pool[group][moving], pool)


def _most_common(group: IntArray, code: IntArray, n_groups: int) -> IntArray:
    """Return the code that most rows of each group have, the smallest of several."""
    width = int(code.max(initial=0)) + 1
    pairs, n_times = np.unique(group * width + code, return_counts=True)
    of, which = np.divmod(pairs, width)
    order = np.lexsort((-which, n_times, of))
    found = np.zeros(n_groups, dtype=np.int64)
    found[of[order]] = which[order]
    return found


def _are_closed(person: IntArray, unit: IntArray) -> NDArray[np.bool_]:
    """Say of each unit whether at least half of its people were never in another; bool, by unit."""
    width = int(unit.max(initial=0)) + 1
    who, where = np.divmod(np.unique(person * width + unit), width)
    _, which, n_units = np.unique(who, return_inverse=True, return_counts=True)
    n_others = np.bincount(where, weights=n_units[which] > 1, minlength=width)
    closed: NDArray[np.bool_] = 2 * n_others <= np.bincount(where, minlength=width)
    return closed


def _join_open(person: IntArray, unit: IntArray, pool: IntArray) -> IntArray:
    """Make one pool of units that people move between, if more than half of their people move; return them by group."""
    names, unit_code = np.unique(unit, return_inverse=True)
    who_names, who = np.unique(person, return_inverse=True)
    is_open = ~_are_closed(who, unit_code) if len(names) else np.zeros(0, dtype=bool)
    kept = is_open[unit_code]
    n_units = len(names)
    ends = (unit_code[kept], n_units + who[kept])
    n = n_units + len(who_names)
    _, part = connected_components(sparse.coo_array((np.ones(int(kept.sum())), ends), shape=(n, n)), directed=False)
    target = dict(zip(names.tolist(), part[:n_units].tolist(), strict=True))
    moved = np.array([-1 - target[code] if code in target else code for code in pool.tolist()], dtype=np.int64)
    _, numbered = np.unique(moved, return_inverse=True)
    return numbered.astype(np.int64)
