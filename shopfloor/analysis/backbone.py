"""The backbone of working together: the ties that chance does not explain.

Everybody of a crew is tied to everybody else of it, so a crew of sixty is 1,770 ties, and none of them says who seeks
whom. The backbone keeps the ties of pairs who were put together, or got together, in more gatherings
(`shopfloor.analysis.gatherings`) than chance would give, if chance filled each pool's gatherings of a quarter with its
people, everybody being in as many as she was and each being as large as it was
(`shopfloor.analysis.two_mode`).

What follows from that null. Who shares one gathering with somebody, however long, is not in the backbone: a crew that
always works together is one gathering. Where a pool had one gathering in a quarter, nobody could have been elsewhere,
and it tells nothing. Where nobody ever changes crews the backbone is empty: that says that the lists hold no
choice, not that nobody is close. Chance knows shifts, worksites, job classes and counts, and nothing else that
brings people together, such as a language.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shopfloor.analysis.gatherings import Gatherings, find_gatherings, find_pools, find_trades, gather
from shopfloor.analysis.overlaps import Stays
from shopfloor.analysis.ties import BoolArray, Ties, project_ties, stays_of
from shopfloor.analysis.two_mode import Terms, deal_table, tail_bound, tails
from shopfloor.analysis.workforce import are_outside
from shopfloor.errors import UsageError
from shopfloor.settings import TieSettings
from shopfloor.workplace import Workplace

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

LEVEL: Final = 0.05
"""Share of the ties kept that may be chance's, on average."""

METHOD: Final = "stochastic degree sequence model, bipartite configuration model by pool, quarter and job class"
FAMILY: Final = "all pairs of people who were in a gathering, those who share none included"

_PAIRS_AT_ONCE: Final = 1_000_000


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class JudgedPairs:
    """Pairs whose sharing of gatherings is beyond chance, or nearly.

    Attributes
    ----------
    one, two : numpy.ndarray
        int64, shape (n_pairs,), the smaller number first, sorted; those whose chance is `level` or less.
    n_shared : numpy.ndarray
        int64: gatherings that both were in.
    expected : numpy.ndarray
        float64: how many by chance.
    chance : numpy.ndarray
        float64: probability of sharing so many or more by chance, one-sided.
    q : numpy.ndarray
        float64: the smallest level of false discoveries at which the pair is kept (Benjamini-Hochberg).
    n_sharing : int
        Pairs that share a gathering at all.
    n_family : int
        Pairs tested: `FAMILY`.
    level : float
    """

    one: IntArray
    two: IntArray
    n_shared: IntArray
    expected: FloatArray
    chance: FloatArray
    q: FloatArray
    n_sharing: int
    n_family: int
    level: float

    def __repr__(self) -> str:
        """Give counts only."""
        return f"JudgedPairs({int(self.is_kept.sum())} of {self.n_sharing} kept)"

    @property
    def is_kept(self) -> BoolArray:
        """Say which are beyond chance; bool, shape (n_pairs,)."""
        kept: BoolArray = self.q <= self.level
        return kept


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Backbone:
    """The ties of a layer of being together that chance does not explain.

    Attributes
    ----------
    about : dict
        ``method``, ``family``, ``level``, ``n_family`` (pairs tested), ``n_gatherings``, ``n_blocks`` (pools and
        quarters), ``n_ties_before``, ``n_ties``, ``n_outside`` (ties with somebody outside the viewer's
        units: not tested).
    ties : Ties
        Those kept, their strength as in the layer.
    n_shared, expected, chance, q : numpy.ndarray
        Of each tie, as in `JudgedPairs`.
    """

    about: dict[str, Any]
    ties: Ties
    n_shared: IntArray
    expected: FloatArray
    chance: FloatArray
    q: FloatArray

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Backbone({self.ties.n_ties} of {self.about['n_ties_before']} ties)"


def project_backbone(
    workplace: Workplace,
    layer: str = "worked_with",
    *,
    level: float = LEVEL,
    settings: TieSettings | None = None,
) -> Backbone:
    """Derive the ties of a layer of being together that chance does not explain.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date. People outside the viewer's units are not tested: of them only the days
        beside somebody inside are known.
    layer : {"worked_with", "acted_with"}
        A step of an action is a gathering of its own, all of them one block.
    level : float
        Share of false discoveries allowed on average, 0..1.
    settings : TieSettings, optional
        As for `project_ties`.

    Returns
    -------
    Backbone

    Raises
    ------
    UsageError
        Another layer, or a level outside 0..1.

    References
    ----------
    Z. P. Neal, "The backbone of bipartite projections: inferring relationships from co-authorship, co-sponsorship,
    co-attendance and other co-behaviors", Social Networks 39, 84-97 (2014). doi:10.1016/j.socnet.2014.06.001

    Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57,
    289-300 (1995). doi:10.1111/j.2517-6161.1995.tb02031.x
    """
    settings = settings or TieSettings()
    if layer not in {"worked_with", "acted_with"}:
        raise UsageError(
            f"a backbone is of worked_with or acted_with, not of {layer}: in no other layer do crowds meet"
        )
    ties = project_ties(workplace, layer, settings=settings)
    outside = are_outside(workplace)
    gatherings = _gatherings_of(workplace, layer, ~outside, settings)
    pairs = judge_pairs(gatherings, level)
    at = _positions(ties, pairs)
    kept = (at >= 0) & np.isin(at, np.flatnonzero(pairs.is_kept))
    part = at[kept]
    about = {
        "method": METHOD,
        "family": FAMILY,
        "level": level,
        "n_family": pairs.n_family,
        "n_gatherings": gatherings.n_gatherings,
        "n_blocks": len(np.unique(gatherings.block)),
        "n_ties_before": ties.n_ties,
        "n_ties": int(kept.sum()),
        "n_outside": int((outside[ties.source] | outside[ties.target]).sum()),
    }
    ends = {name: getattr(ties, name)[kept] for name in ("source", "target", "strength")}
    return Backbone(
        about, replace(ties, **ends), pairs.n_shared[part], pairs.expected[part], pairs.chance[part], pairs.q[part]
    )


def _gatherings_of(workplace: Workplace, layer: str, members: BoolArray, settings: TieSettings) -> Gatherings:
    stays = stays_of(workplace, layer)
    ours = members[stays.person]
    n_people = len(workplace.people)
    if layer == "acted_with":
        small = np.bincount(stays.group)[stays.group] <= settings.max_group
        return gather(n_people, stays.person[ours & small], stays.group[ours & small])
    stays = Stays(stays.group[ours], stays.person[ours], stays.first_day[ours], stays.last_day[ours])
    return find_gatherings(stays, find_pools(workplace), find_trades(workplace), settings.max_group)


def _positions(ties: Ties, pairs: JudgedPairs) -> IntArray:
    """Return where each tie stands among the pairs, -1 where it does not."""
    keys = pairs.one * ties.n_people + pairs.two
    wanted = ties.source.astype(np.int64) * ties.n_people + ties.target
    at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    return np.where(keys[at] == wanted, at, -1) if len(keys) else np.full(len(wanted), -1)


def judge_pairs(gatherings: Gatherings, level: float = LEVEL) -> JudgedPairs:
    """Find the pairs who share more gatherings than chance gives.

    Parameters
    ----------
    gatherings : Gatherings
    level : float
        As for `project_backbone`.

    Returns
    -------
    JudgedPairs
        Only pairs that share something are computed; those who share nothing count in the family, with a chance of 1.
        Work space is bounded, however many pairs there are, but for those kept.

    Raises
    ------
    UsageError
        A level outside 0..1.
    """
    if not 0 < level < 1:
        raise UsageError(f"level must lie between 0 and 1, not {level}")
    null = _Null(gatherings)
    n_active = len(np.unique(gatherings.person))
    n_family, n_sharing = n_active * (n_active - 1) // 2, 0
    sizes = np.bincount(gatherings.gathering).astype(np.float64)
    # No pair is kept whose chance is above the level times the share of the family that could be kept at all.
    most = level * min(1.0, float((sizes * (sizes - 1) / 2).sum()) / max(n_family, 1))
    found: list[tuple[Any, ...]] = [_NONE]
    for one, two, n_shared in _sharing(gatherings.table()):
        n_sharing += len(one)
        expected, n_terms = null.expect(one, two)
        near = np.flatnonzero(tail_bound(n_shared, n_terms, expected) <= most)
        exact = null.tails(one[near], two[near], n_shared[near])
        found.append((one[near], two[near], n_shared[near], expected[near], exact))
    one, two, shared, mean, chance = (np.concatenate(each) for each in zip(*found, strict=True))
    q = benjamini_hochberg(chance, n_family)
    return JudgedPairs(one, two, shared, mean, chance, q, n_sharing, n_family, level)


_NONE: Final[tuple[Any, ...]] = (*(np.zeros(0, dtype=np.int64) for _ in range(3)), np.zeros(0), np.zeros(0))


def benjamini_hochberg(chance: FloatArray, n_family: int) -> FloatArray:
    """Return the smallest level of false discoveries at which each would be kept, among `n_family` tests.

    Tests that are not given have larger chances than all that are.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.001, 0.04, 0.01]), 10).round(4)
    array([0.01  , 0.1333, 0.05  ])
    """
    order = np.argsort(chance, kind="stable")
    by_rank = chance[order] * n_family / np.arange(1, len(chance) + 1)
    q = np.empty(len(chance))
    q[order] = np.minimum(np.minimum.accumulate(by_rank[::-1])[::-1], 1.0)
    return q


def _sharing(table: sparse.csr_array) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Give the pairs who share a gathering and how many, some people's at a time."""
    flipped = sparse.csr_array(table.T)
    work = np.asarray(table @ np.diff(flipped.indptr), dtype=np.int64)
    before = np.concatenate([[0], np.cumsum(work)])
    first, n_people = 0, table.shape[0]
    while first < n_people:
        last = max(int(np.searchsorted(before, before[first] + _PAIRS_AT_ONCE, "right")) - 1, first + 1)
        shared = sparse.csr_array(table[first:last] @ flipped)
        shared.sort_indices()
        one = np.repeat(np.arange(first, last), np.diff(shared.indptr))
        two = shared.indices.astype(np.int64)
        upper = two > one
        if upper.any():
            yield one[upper], two[upper], shared.data[upper].astype(np.int64)
        first = last


class _Null:
    """How often two people share a gathering by chance: dealt to one, or going on together from one they share."""

    def __init__(self, gatherings: Gatherings) -> None:
        n_blocks = max(int(gatherings.block.max(initial=-1)) + 1, 1)
        self._n_blocks = n_blocks
        block = gatherings.block[gatherings.gathering]
        self._keys, which = np.unique(gatherings.person * n_blocks + block, return_inverse=True)
        degrees = np.bincount(which)
        who, self._block = np.divmod(self._keys, n_blocks)
        self._starts = np.searchsorted(who, np.arange(gatherings.n_people + 1))
        self._class = np.zeros(len(degrees), dtype=np.int64)
        self._columns: list[Terms] = []
        rows = _by_block(np.arange(len(degrees)), self._block, n_blocks)
        cells = _by_block(np.arange(len(block)), block, n_blocks)
        for its_rows, its_cells in zip(rows, cells, strict=True):
            _, column = np.unique(gatherings.gathering[its_cells], return_inverse=True)
            trade = gatherings.trade[gatherings.person[its_cells]]
            self._class[its_rows], terms = _deal(degrees[its_rows], gatherings.trade[who[its_rows]], column, trade)
            self._columns.append(terms)
        self._width = np.array([len(each.chance) for each in self._columns], dtype=np.int64)
        self._first = np.concatenate([[0], np.cumsum(self._width**2)]).astype(np.int64)
        self._means = np.concatenate([((each.chance * each.n) @ each.chance.T).ravel() for each in self._columns])
        self._n_columns = np.array([int(each.n.sum()) for each in self._columns], dtype=np.int64)
        self._went = gatherings.table(only_next=True)
        self._together = gatherings.together_next

    def expect(self, one: IntArray, two: IntArray) -> tuple[FloatArray, IntArray]:
        """Return how many gatherings pairs share by chance, and of how many single chances that is the sum."""
        n = len(one)
        owner, combination = self._dealt(one, two)
        dealt = np.bincount(owner, self._means[combination], n).astype(np.float64)
        n_dealt = np.bincount(owner, self._n_columns[self._block_of(combination)], n)
        later, gathering = self._shared_before(one, two)
        onward = np.bincount(later, self._together[gathering], n).astype(np.float64)
        return dealt + onward, (n_dealt + np.bincount(later, minlength=n)).astype(np.int64)

    def tails(self, one: IntArray, two: IntArray, n_shared: IntArray) -> FloatArray:
        """Return the exact chances of sharing so many or more."""
        owner, combination = self._dealt(one, two)
        later_owner, gathering = self._shared_before(one, two)
        used, place = np.unique(combination, return_inverse=True)
        went, which = np.unique(gathering, return_inverse=True)
        terms = [*self._terms(used), Terms(self._together[went][:, None], np.ones(1, dtype=np.int64))]
        owners, parts = np.concatenate([owner, later_owner]), np.concatenate([place, len(used) + which])
        order = np.argsort(owners, kind="stable")
        return tails(n_shared, owners[order], parts[order], terms)

    def _dealt(self, one: IntArray, two: IntArray) -> tuple[IntArray, IntArray]:
        """Return the blocks that pairs have in common: the pair's place, and a number for (block, class, class)."""
        owner, here = _ranges(self._starts[one], self._starts[one + 1])
        wanted = two[owner] * self._n_blocks + self._block[here]
        there = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        both = self._keys[there] == wanted
        owner, block = owner[both], self._block[here[both]]
        classes = np.sort(np.column_stack([self._class[here[both]], self._class[there[both]]]), axis=1)
        return owner, self._first[block] + classes[:, 0] * self._width[block] + classes[:, 1]

    def _block_of(self, combination: IntArray) -> IntArray:
        block: IntArray = np.searchsorted(self._first, combination, "right") - 1
        return block

    def _terms(self, combinations: IntArray) -> Iterator[Terms]:
        """Give the chances of combinations that are sorted, one list of terms a block."""
        block = self._block_of(combinations)
        for places in np.split(np.arange(len(block)), np.flatnonzero(np.diff(block)) + 1):
            if len(places):
                code = int(block[places[0]])
                small, large = np.divmod(combinations[places] - self._first[code], self._width[code])
                columns = self._columns[code]
                yield Terms(columns.chance[small] * columns.chance[large], columns.n)

    def _shared_before(self, one: IntArray, two: IntArray) -> tuple[IntArray, IntArray]:
        """Return the gatherings that pairs share and from which both went on: the pair's place, the gathering."""
        both = sparse.csr_array(self._went[one].multiply(self._went[two]))
        return np.repeat(np.arange(len(one)), np.diff(both.indptr)), both.indices.astype(np.int64)


def _deal(degrees: IntArray, trades: IntArray, column: IntArray, trade: IntArray) -> tuple[IntArray, Terms]:
    """Deal the people of one block, those of each trade among themselves.

    Parameters
    ----------
    degrees, trades : numpy.ndarray
        int64, shape (n_rows,): in how many gatherings of the block somebody was, and of which trade.
    column, trade : numpy.ndarray
        int64, shape (n_cells,): of each time that somebody was in one, which it was, from 0, and of which trade.

    Returns
    -------
    row_class : numpy.ndarray
        int64, shape (n_rows,).
    terms : Terms
        A list for each class of rows: the chances to be in the gatherings, those with the same chances together.
    """
    n_columns = int(column.max(initial=-1)) + 1
    row_class = np.zeros(len(degrees), dtype=np.int64)
    chances: list[FloatArray] = []
    for code in np.unique(trades):
        rows = trades == code
        sizes = np.bincount(column[trade == code], minlength=n_columns)
        there = np.flatnonzero(sizes)
        dealt = deal_table(degrees[rows], sizes[there])
        row_class[rows] = sum(map(len, chances)) + np.searchsorted(dealt.row_degree, degrees[rows])
        chance = np.zeros((len(dealt.row_degree), n_columns))
        chance[:, there] = dealt.chance[:, np.searchsorted(dealt.column_degree, sizes[there])]
        chances.append(chance)
    alike, n = np.unique(np.concatenate([*chances, np.zeros((0, n_columns))]), axis=1, return_counts=True)
    return row_class, Terms(alike, n)


def _ranges(starts: IntArray, stops: IntArray) -> tuple[IntArray, IntArray]:
    """Return the numbers from each start to before its stop, and of which start each is."""
    counts = stops - starts
    owner = np.repeat(np.arange(len(starts)), counts)
    return owner, np.arange(len(owner)) + np.repeat(starts - (np.cumsum(counts) - counts), counts)


def _by_block(values: IntArray, block: IntArray, n_blocks: int) -> list[IntArray]:
    order = np.argsort(block, kind="stable")
    return np.split(values[order], np.cumsum(np.bincount(block, minlength=n_blocks))[:-1])
