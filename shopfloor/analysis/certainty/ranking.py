"""Ranks with intervals from partial namings: who is among the top k, how sure that is, and what it rests on."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from shopfloor.analysis.certainty.cells import Pairs, count_cells
from shopfloor.analysis.certainty.chance import (
    chance_of_order,
    chance_of_spread,
    chance_of_units,
    thin_and_silent,
)
from shopfloor.analysis.certainty.data import BoolArray, FloatArray, IntArray, NamingData
from shopfloor.analysis.certainty.design import Design
from shopfloor.analysis.certainty.expected import ExpectedNamings
from shopfloor.analysis.certainty.fit import Problem, fit_namings, prepare
from shopfloor.analysis.certainty.predict import N_DRAWS, Prediction, predict_counts, rank_counts
from shopfloor.analysis.certainty.words import Thresholds, choose_words
from shopfloor.errors import UsageError
from shopfloor.settings import PLACES, SMALL_PLACES, SMALL_WORKFORCE

ABOVE = 0.25
"""Share of what an interval leaves out that lies above it (better ranks): a leader whom nobody has mentioned yet is
drawn to the middle, so an interval must not be short on that side."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Voices:
    """Who was asked, and how evenly.

    Attributes
    ----------
    n_people, n_asked, n_namings : int
    thin, silent : tuple of numpy.ndarray
        For each attribute the codes (as given) of its units with too few voices, and of those with none.
    chance_of_units, chance_of_order : float
        How often asking at random would be as uneven over main units; would meet people as much named.
    is_uneven : bool
        Either of the two is beyond chance, or the caller said that the most named were asked first: intervals take
        in more.
    is_thin : bool
        Some main unit has too few voices: *likely* begins higher, and one says so.
    """

    n_people: int
    n_asked: int
    n_namings: int
    thin: tuple[IntArray, ...]
    silent: tuple[IntArray, ...]
    chance_of_units: float
    chance_of_order: float
    is_uneven: bool
    is_thin: bool


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class NamingRanks:
    """People ranked on partial namings, in the order in which they were given.

    Attributes
    ----------
    k : int
        How many places the top has.
    level : float
        Of the intervals.
    n_named : numpy.ndarray
        int64, shape (n_people,): how many of those asked named her.
    expected : numpy.ndarray
        float64, shape (n_people,): mean over the draws of how many would name her if all were asked.
    rank, rank_low, rank_high : numpy.ndarray
        int64, shape (n_people,). Rank: 1 + the number of people with a larger probability of being among the top, or
        the same and a larger expected count; equal ones share it. The interval holds the rank that she would have if
        all were asked (1 + the number of people with strictly more namings), rank_low <= rank <= rank_high. Of the
        1 - level that it leaves out, `ABOVE` lies on the side of better ranks; where asking was uneven beyond chance it
        leaves out half as much.
    p_top : numpy.ndarray
        float64, shape (n_people,), 0 .. 1: share of the draws in which that rank is k or better; people tied at
        place k all belong.
    word : numpy.ndarray
        str, shape (n_people,): ``sure``, ``likely``, ``cannot_tell``, ``not_listed``.
    chance_p : float
        The chance test: how often people of equal standing would be named as unequally as this.
    is_beyond_chance : bool
        Whether it passes. Where not, say of people with `p_top` of *sure*: most named so far, the spread is no larger
        than chance gives.
    voices : Voices
        What the ranks rest on.
    is_silent : numpy.ndarray
        bool, shape (n_people,): nobody of one of her units was asked.
    counts : numpy.ndarray
        int64, shape (n_draws, n_people): the drawn counts.
    expectation : ExpectedNamings or None
        Probabilities of single namings; None for fewer than two people.
    seed : int
    thresholds : Thresholds
    """

    k: int
    level: float
    n_named: IntArray
    expected: FloatArray
    rank: IntArray
    rank_low: IntArray
    rank_high: IntArray
    p_top: FloatArray
    word: NDArray[np.str_]
    chance_p: float
    is_beyond_chance: bool
    voices: Voices
    is_silent: BoolArray
    counts: IntArray
    expectation: ExpectedNamings | None
    seed: int
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def n_draws(self) -> int:
        """How many draws were made."""
        return len(self.counts)

    def __repr__(self) -> str:
        """Give counts only."""
        return f"NamingRanks({len(self.rank)} people, k={self.k}, {self.n_draws} draws)"

    def listed(self, k: int | None = None) -> IntArray:
        """Return the people of the list of k (`self.k` where not given), first first; int64."""
        order = np.argsort(self.rank, kind="stable")
        return order[: self.k if k is None else k]

    def wrong_names(self) -> float:
        """Return how many names of the list of k are expected to be wrong, 0 .. k."""
        return float((1.0 - self.p_top[self.listed()]).sum())

    def among(self, chosen: BoolArray, k: int | None = None) -> "NamingRanks":
        """Rank some of the people among themselves: the same draws, with places and words of their own.

        Parameters
        ----------
        chosen : numpy.ndarray
            bool, shape (n_people,), such as the people of one unit.
        k : int, optional
            Places of their top; 5, or 3 below 25 people.

        Returns
        -------
        NamingRanks
            Of the chosen people, in order, without `expectation`; voices and the chance test are everybody's.

        Raises
        ------
        UsageError
            k below 1.
        """
        k = default_places(int(chosen.sum())) if k is None else k
        if k < 1:
            raise UsageError("k must be 1 or more")
        some = replace(
            self,
            k=k,
            n_named=self.n_named[chosen],
            expected=self.expected[chosen],
            is_silent=self.is_silent[chosen],
            counts=self.counts[:, chosen],
            expectation=None,
        )
        return _placed(some)

    def pagerank(self) -> FloatArray:
        """Return `ExpectedNamings.pagerank`, float64, shape (n_people,)."""
        if self.expectation is None:
            return np.ones(len(self.rank))
        return self.expectation.pagerank()


def default_places(n_people: int) -> int:
    """Return how many places the top has where nothing is said."""
    return SMALL_PLACES if n_people < SMALL_WORKFORCE else PLACES


def rank_namings(
    data: NamingData,
    *,
    k: int | None = None,
    level: float = 0.9,
    n_draws: int = N_DRAWS,
    seed: int = 0,
    most_named_first: bool = False,
    thresholds: Thresholds | None = None,
) -> NamingRanks:
    """Rank people on partial namings, with intervals, probabilities and words.

    Parameters
    ----------
    data : NamingData
        Who was asked, whom they named, what people have in common.
    k : int, optional
        Places of the top, 1 or more; 5, or 3 below 25 people.
    level : float
        Of the intervals, between 0 and 1.
    n_draws : int
        Draws of the answers not given yet, 20 or more.
    seed : int
        The same seed and answers give the same ranks, in whatever order people stand (see `NamingData.key`).
    most_named_first : bool
        Say that the people asked were picked by how much they were named; also found from the answers.
    thresholds : Thresholds, optional

    Returns
    -------
    NamingRanks
        With nobody asked, nobody named, one person, or places for everybody: intervals and probabilities as the
        model has them, and no word stronger than *cannot_tell*.

    Raises
    ------
    UsageError
        k, level or n_draws out of range.

    Notes
    -----
    A link model (`shopfloor.analysis.certainty.fit`) completed by draws. Cost: n_people x kinds of pairs; 5,000
    people, 120 combinations of unit and shift and 75,000 namings take one to two seconds. Calibration and its limits:
    `docs/calibration.md`.

    Examples
    --------
    >>> import numpy as np
    >>> from shopfloor.analysis.certainty import naming_data
    >>> asked = np.arange(30) < 10
    >>> ranks = rank_namings(naming_data(asked=asked, namer=np.arange(10), named=np.full(10, 20)))
    >>> int(ranks.rank[20]), str(ranks.word[20])
    (1, 'sure')
    """
    k = default_places(data.n_people) if k is None else k
    if k < 1 or not 0.0 < level < 1.0 or n_draws < 20:  # noqa: PLR2004 - fewer draws have no quantiles
        raise UsageError("k must be 1 or more, level between 0 and 1, n_draws 20 or more")
    thresholds = thresholds or Thresholds()
    ordered, order = data.in_order()
    rng = np.random.default_rng(seed)
    pairs = Pairs.of(ordered)
    chance_p = chance_of_spread(pairs, rng)
    voices = _count_voices(data, ordered, pairs, rng, thresholds, most_named_first=most_named_first)
    place = np.argsort(order)
    given = replace(data, attributes=ordered.attributes[:, place])
    counts, expectation = _complete(ordered, given, pairs, n_draws, rng)
    nothing = np.zeros(data.n_people, dtype=np.int64)
    asked_for = NamingRanks(
        k=k,
        level=level,
        n_named=np.bincount(pairs.namings()[1], minlength=data.n_people)[place],
        expected=counts.mean(axis=0),
        rank=nothing,
        rank_low=nothing,
        rank_high=nothing,
        p_top=nothing.astype(np.float64),
        word=nothing.astype(np.str_),
        chance_p=chance_p,
        is_beyond_chance=chance_p <= thresholds.chance,
        voices=voices,
        is_silent=_in_silent_unit(data, voices),
        counts=counts,
        expectation=expectation,
        seed=seed,
        thresholds=thresholds,
    )
    return _placed(asked_for)


def _placed(asked_for: NamingRanks) -> NamingRanks:
    """Give the people of these draws their ranks, intervals, probabilities and words."""
    ranks = rank_counts(asked_for.counts)
    n_named, n_people = asked_for.n_named, len(asked_for.n_named)
    p_top = (ranks <= asked_for.k).mean(axis=0)
    # Without a single naming the draws order people by chance alone.
    rank = _rank(p_top, asked_for.expected) if n_named.any() else np.ones(n_people, dtype=np.int64)
    low, high = _interval(ranks, asked_for.level, is_uneven=asked_for.voices.is_uneven)
    word = choose_words(
        p_top,
        (n_named > 0) & (asked_for.k < n_people),
        asked_for.is_silent,
        is_thin=asked_for.voices.is_thin,
        passes=asked_for.is_beyond_chance,
        thresholds=asked_for.thresholds,
    )
    low, high = np.minimum(low, rank), np.maximum(high, rank)
    return replace(asked_for, rank=rank, rank_low=low, rank_high=high, p_top=p_top, word=word)


def _count_voices(
    data: NamingData,
    ordered: NamingData,
    pairs: Pairs,
    rng: np.random.Generator,
    thresholds: Thresholds,
    *,
    most_named_first: bool,
) -> Voices:
    main = ordered.attributes[0] if len(ordered.attributes) else np.full(data.n_people, -1)
    by_units = chance_of_units(ordered.asked, main, rng)
    by_order = chance_of_order(pairs)
    found = [
        thin_and_silent(data.asked, codes, thresholds.min_voices, thresholds.min_unit) for codes in data.attributes
    ]
    return Voices(
        n_people=data.n_people,
        n_asked=data.n_asked,
        n_namings=len(pairs.naming_keys),
        thin=tuple(thin for thin, _ in found),
        silent=tuple(silent for _, silent in found),
        chance_of_units=by_units,
        chance_of_order=by_order,
        is_uneven=most_named_first or by_units <= thresholds.spread or by_order <= thresholds.order,
        is_thin=bool(found) and len(found[0][0]) > 0,
    )


def _in_silent_unit(data: NamingData, voices: Voices) -> BoolArray:
    silent = np.zeros(data.n_people, dtype=np.bool_)
    for codes, units in zip(data.attributes, voices.silent, strict=True):
        silent |= np.isin(codes, units)
    return silent


def _complete(
    ordered: NamingData, given: NamingData, pairs: Pairs, n_draws: int, rng: np.random.Generator
) -> tuple[IntArray, ExpectedNamings | None]:
    """Fit and draw; counts and expectation for people as they were given."""
    if ordered.n_people < 2:  # noqa: PLR2004 - nobody could name anybody
        return np.zeros((n_draws, ordered.n_people), dtype=np.int64), None
    place = np.argsort(np.argsort(given.key, kind="stable"))
    problem = prepare(count_cells(pairs), Design.of(ordered))
    drawn = predict_counts(problem, fit_namings(problem), n_draws, rng)
    expectation = ExpectedNamings(
        Pairs.of(given),
        replace(Design.of(given), between=problem.design.between),
        drawn.theta,
        drawn.standing[place],
        drawn.variance[place],
        _spread(problem, drawn)[place],
    )
    return drawn.counts[:, place], expectation


def _spread(problem: Problem, drawn: Prediction) -> FloatArray:
    """Sum p (1 - p) over those not asked, of each person's own unit and of others."""
    cells = problem.cells
    fixed = problem.design.effects(drawn.theta, cells, problem.columns)
    rate = expit(fixed + drawn.standing[cells.person, (~cells.is_own).astype(np.int64)])
    sums = np.bincount(problem.group, cells.n_left * rate * (1.0 - rate), 2 * problem.n_people)
    return np.asarray(sums, dtype=np.float64).reshape(-1, 2)


def _rank(p_top: FloatArray, expected: FloatArray) -> IntArray:
    """Rank by probability, then by expected count; equal ones share a rank."""
    order = np.lexsort((-expected, -p_top))
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (p_top[order][1:] != p_top[order][:-1]) | (expected[order][1:] != expected[order][:-1])
    first = np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = first + 1
    return rank


def _interval(ranks: IntArray, level: float, *, is_uneven: bool) -> tuple[IntArray, IntArray]:
    """Take the quantiles of the drawn ranks that leave out `1 - level`; half of it where asking was uneven."""
    left_out = (1.0 - level) / (2.0 if is_uneven else 1.0)
    low = np.quantile(ranks, ABOVE * left_out, axis=0, method="lower")
    high = np.quantile(ranks, 1.0 - (1.0 - ABOVE) * left_out, axis=0, method="higher")
    return low.astype(np.int64), high.astype(np.int64)
