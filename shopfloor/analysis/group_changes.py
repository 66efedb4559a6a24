"""Which groups and bridges are others than before, where chance does not explain it.

Two results are compared by the people who are *told* in solid groups of both: of whom it cannot be told today where
they belong, it is no news that they are elsewhere. And a change of groups counts only if the ties moved with it:
looking for groups in other ties of the same people makes other borders, but leaves as many ties across them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import fisher_exact

from shopfloor.analysis.groups import Groups
from shopfloor.analysis.kinds import FEWEST_TIES
from shopfloor.analysis.overlaps import sorted_distinct
from shopfloor.analysis.ties import project_ties
from shopfloor.workplace import Workplace

IntArray = npt.NDArray[np.int64]

FEWEST: Final = 3
"""Fewer people are no part of a group that anything is said of."""

BY_CHANCE: Final = 0.01
"""Changes of ties that chance makes more often than this, over all that are looked at, are no news."""

GROUP_COLUMNS: Final = ("change", "before", "after", "n_people", "reason", "chance")
BRIDGE_COLUMNS: Final = ("change", "person_id", "name", "group", "other_group", "n_ties_before", "n_ties", "chance")


@dataclass(frozen=True, slots=True)
class _Side:
    """One result: told groups of the people compared, and the pairs of them that are tied."""

    group: IntArray
    names: dict[int, str]
    pairs: IntArray
    n: int

    def inside(self, people: IntArray) -> int:
        """Count the ties among some people."""
        return self._between(people, people)

    def across(self, people: IntArray, others: IntArray) -> int:
        """Count the ties between some people and others, no person in both."""
        return self._between(people, others) + self._between(others, people)

    def _between(self, people: IntArray, others: IntArray) -> int:
        one, two = np.divmod(self.pairs, max(self.n, 1))
        return int((np.isin(one, people) & np.isin(two, others)).sum())


@dataclass(frozen=True, slots=True)
class _Compared:
    """Two results side by side; people are their places in `ids`."""

    ids: "pd.Index[str]"
    then: _Side
    now: _Side

    def shared(self) -> Counter[tuple[int, int]]:
        """Count the people by their groups then and now."""
        return Counter(zip(self.then.group.tolist(), self.now.group.tolist(), strict=True))

    def of(self, then: int | None, now: int | None) -> IntArray:
        """Return the people of a group then, a group now, or both."""
        chosen = np.ones(len(self.ids), dtype=np.bool_)
        if then is not None:
            chosen &= self.then.group == then
        if now is not None:
            chosen &= self.now.group == now
        return np.flatnonzero(chosen)


def find_group_changes(before: Workplace, after: Workplace, then: Groups, now: Groups) -> pd.DataFrame:
    """Find the groups that are lost, new, split or merged beyond chance.

    Parameters
    ----------
    before, after : Workplace
    then, now : Groups
        As found in them.

    Returns
    -------
    pandas.DataFrame
        ``change``: ``lost``, ``new``, ``split`` or ``merged``; ``before`` and ``after``: lists of names of the groups
        that it is about; ``n_people`` told in both; ``reason``: ``ties``, or ``people left`` where hardly anybody of a
        group is in the workforce any more; ``chance``: how often ties of the same strength would be spread as
        differently (Fisher's exact test of ties inside and across, before and after; NaN for ``people left``). A
        group is the same where half of the people told in either are in both. Empty where nothing is beyond
        `BY_CHANCE`, or where either result has no solid groups.

    References
    ----------
    R. A. Fisher, "On the interpretation of chi-squared from contingency tables, and the calculation of P", Journal of
    the Royal Statistical Society 85, 87-94 (1922). doi:10.2307/2340521
    """
    compared = _compare(before, after, then, now)
    candidates = list(_regrouped(compared))
    found = [row for row in candidates if row["chance"] <= BY_CHANCE / len(candidates)]
    found += _emptied(then, now)
    return pd.DataFrame(found, columns=list(GROUP_COLUMNS))


def _compare(before: Workplace, after: Workplace, then: Groups, now: Groups) -> _Compared:
    told = [_told(result) for result in (then, now)]
    ids = pd.Index(sorted(set(told[0].index) & set(told[1].index)))
    sides = [
        _Side(
            np.asarray(known.reindex(ids), dtype=np.int64),
            _solid_names(result),
            _tied_pairs(workplace, result, ids),
            len(ids),
        )
        for workplace, result, known in zip((before, after), (then, now), told, strict=True)
    ]
    return _Compared(ids, *sides)


def _solid_names(result: Groups) -> dict[int, str]:
    solid = result.rows[result.rows["certainty"] == "solid"]
    return {int(number): str(name) for number, name in zip(solid["group_id"], solid["name"], strict=True)}


def _told(result: Groups) -> "pd.Series[int]":
    """Return the solid group of everybody of whom it is told; index: person_id."""
    people = result.people[result.people["certainty"].eq("told") & result.people["group_id"].notna()]
    groups = people.set_index("person_id")["group_id"].astype(np.int64)
    return groups[groups.isin(list(_solid_names(result)))]


def _tied_pairs(workplace: Workplace, result: Groups, ids: "pd.Index[str]") -> IntArray:
    """Return ``one * n + two`` of the people tied in any layer that the groups were found in, each pair once."""
    at = ids.get_indexer(pd.Index(workplace.people["person_id"])).astype(np.int64)
    keys = [np.empty(0, dtype=np.int64)]
    for layer in result.about["layers"]:
        ties = project_ties(workplace, layer, question=result.about["question"])
        one, two = at[ties.source], at[ties.target]
        known = (one >= 0) & (two >= 0)
        low, high = np.minimum(one, two)[known], np.maximum(one, two)[known]
        keys.append(low * len(ids) + high)
    return sorted_distinct(np.concatenate(keys))


def _regrouped(compared: _Compared) -> Iterator[dict[str, Any]]:
    """Yield what people told in both make of the groups, each with how often chance would move ties as far."""
    shared = {pair: n for pair, n in compared.shared().items() if n >= FEWEST}
    n_then, n_now = (Counter(side.group.tolist()) for side in (compared.then, compared.now))
    goes = {pair for pair, n in shared.items() if 2 * n >= n_then[pair[0]]}  # most of the old one goes there
    comes = {pair for pair, n in shared.items() if 2 * n >= n_now[pair[1]]}  # most of the new one comes from there
    explained_then = {then for then, _ in goes & comes}
    explained_now = {now for _, now in goes & comes}
    for group in sorted(n_then):
        parts = sorted(now for then, now in comes if then == group)
        if len(parts) > 1:
            explained_then.add(group)
            explained_now.update(parts)
            split = [compared.of(group, part) for part in parts]
            yield _row("split", compared, [group], parts, _apart(compared, split, is_less=True), split)
    for group in sorted(n_now):
        parts = sorted(then for then, now in goes if now == group)
        if len(parts) > 1:
            explained_now.add(group)
            explained_then.update(parts)
            merged = [compared.of(part, group) for part in parts]
            yield _row("merged", compared, parts, [group], _apart(compared, merged, is_less=False), merged)
    for group in sorted(set(n_then) - explained_then):
        people = compared.of(group, None)
        if len(people) >= FEWEST:
            yield _row("lost", compared, [group], [], _inside(compared, people, is_less=True), [people])
    for group in sorted(set(n_now) - explained_now):
        people = compared.of(None, group)
        if len(people) >= FEWEST:
            yield _row("new", compared, [], [group], _inside(compared, people, is_less=False), [people])


def _row(
    change: str,
    compared: _Compared,
    then: Sequence[int],
    now: Sequence[int],
    chance: float,
    people: Sequence[IntArray],
) -> dict[str, Any]:
    return {
        "change": change,
        "before": [compared.then.names[group] for group in then],
        "after": [compared.now.names[group] for group in now],
        "n_people": sum(map(len, people)),
        "reason": "ties",
        "chance": chance,
    }


def _apart(compared: _Compared, parts: Sequence[IntArray], *, is_less: bool) -> float:
    """Say how often chance makes ties across parts as much fewer, or more, against those inside them."""
    counts = []
    everybody = np.concatenate(parts)
    for side in (compared.now, compared.then):
        inside = sum(side.inside(part) for part in parts)
        counts.append([side.inside(everybody) - inside, inside])
    return _fisher(counts, is_less=is_less)


def _inside(compared: _Compared, people: IntArray, *, is_less: bool) -> float:
    """Say how often chance makes ties among people as much fewer, or more, against theirs with others."""
    others = np.setdiff1d(np.arange(len(compared.ids)), people)
    counts = [[side.inside(people), side.across(people, others)] for side in (compared.now, compared.then)]
    return _fisher(counts, is_less=is_less)


def _fisher(counts: list[list[int]], *, is_less: bool) -> float:
    return float(fisher_exact(np.array(counts), alternative="less" if is_less else "greater").pvalue)


def _emptied(then: Groups, now: Groups) -> list[dict[str, Any]]:
    """Return the solid groups of which fewer than a handful are left, for the others are gone."""
    there = set(now.people["person_id"])
    told, names = _told(then), _solid_names(then)
    rows = []
    for group, people in told.groupby(told):
        left = [person for person in people.index if person in there]
        if len(people) >= FEWEST > len(left):
            row = {"change": "lost", "before": [names[int(group)]], "after": [], "n_people": len(left)}
            rows.append(row | {"reason": "people left", "chance": np.nan})
    return rows


def find_bridge_changes(before: Workplace, after: Workplace, then: Groups, now: Groups) -> pd.DataFrame:
    """Find who became the only bridge between two groups, or is it no more, beyond chance.

    Parameters
    ----------
    before, after, then, now
        As in `find_group_changes`.

    Returns
    -------
    pandas.DataFrame
        ``change`` (``new``, ``gone``), ``person_id``, ``name``, ``group`` and ``other_group`` (names, of the later
        result), ``n_ties_before``, ``n_ties`` (with people of the other group), ``chance`` (as in
        `find_group_changes`, of her ties with the other group, or of those of everybody else, whichever moved
        more). Only between groups that are solid and the same in both results, and people told in both.
    """
    compared = _compare(before, after, then, now)
    now_of = dict(_same_groups(compared))
    hinges_then = {
        (min(now_of[one], now_of[two]), max(now_of[one], now_of[two]), person_id)
        for one, two, person_id in _hinges(then)
        if one in now_of and two in now_of
    }
    hinges_now = {hinge for hinge in _hinges(now) if {hinge[0], hinge[1]} <= set(now_of.values())}
    candidates = [
        _bridge(change, compared, person_id, one, two)
        for change, found in (("new", hinges_now - hinges_then), ("gone", hinges_then - hinges_now))
        for one, two, person_id in sorted(found)
        if person_id in compared.ids
    ]
    found = [row for row in candidates if row["chance"] <= BY_CHANCE / len(candidates)]
    names = after.people.set_index("person_id")["name"]
    table = pd.DataFrame([row | {"name": names.get(row["person_id"])} for row in found], columns=list(BRIDGE_COLUMNS))
    order = ["change", "chance", "person_id"]
    return table.sort_values(order, ascending=[False, True, True], kind="stable").reset_index(drop=True)


def _same_groups(compared: _Compared) -> list[tuple[int, int]]:
    """Return the pairs of an old group and a new one that are the same."""
    n_then, n_now = (Counter(side.group.tolist()) for side in (compared.then, compared.now))
    return [
        (then, now)
        for (then, now), n in sorted(compared.shared().items())
        if n >= FEWEST and 2 * n > n_then[then] and 2 * n > n_now[now]
    ]


def _hinges(result: Groups) -> set[tuple[int, int, str]]:
    """Return the pairs of groups that hang on one person, and the person."""
    links = result.links[result.links["n_ties"] >= FEWEST_TIES]
    ends = zip(links["group_id"], links["other_group_id"], links["hinges"], strict=True)
    return {(min(one, two), max(one, two), str(person)) for one, two, people in ends for person in people}


def _bridge(change: str, compared: _Compared, person_id: str, one: int, two: int) -> dict[str, Any]:
    """Return what the ties between two groups, by their later numbers, do around one person."""
    at = int(np.flatnonzero(compared.ids == person_id)[0])
    parts = [np.setdiff1d(compared.of(None, group), [at]) for group in (one, two)]
    own = 1 if compared.now.group[at] == two else 0
    others, hers = parts[1 - own], np.array([at])
    through = [side.across(hers, others) for side in (compared.now, compared.then)]
    around = [side.across(*parts) for side in (compared.now, compared.then)]
    inside = [sum(side.inside(part) for part in parts) for side in (compared.now, compared.then)]
    reach = _fisher([[n, len(others) - n] for n in through], is_less=change == "gone")
    alone = _fisher([[a, i] for a, i in zip(around, inside, strict=True)], is_less=change == "new")
    names = compared.now.names
    groups = (names[one], names[two])
    return {
        "change": change,
        "person_id": person_id,
        "group": groups[own],
        "other_group": groups[1 - own],
        "n_ties_before": through[1],
        "n_ties": through[0],
        "chance": min(1.0, 2 * min(reach, alone)),
    }
