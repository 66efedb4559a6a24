"""How much a talk with each person would tell about who is among the top: the score by which talks are ordered.

Plain arithmetic on a `NamingRanks`. The *contenders* are the people of whom it is not settled whether they belong
among the top; a talk with i tells what i answers about them, and, if i is one of them, whether i names those who may
name i.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import norm

from shopfloor.analysis.certainty import ExpectedNamings, NamingRanks
from shopfloor.analysis.certainty.cells import NAMED_BACK, NOT_NAMED_BACK
from shopfloor.analysis.certainty.data import BoolArray, FloatArray, IntArray

MOST_CONTENDERS: Final = 30
"""No table is larger than people x contenders."""

SETTLED: Final = 0.01
"""Somebody this close to certain, either way, is no contender."""

LEAST_SPREAD: Final = 0.3
"""Smallest standard deviation of a drawn count that is reckoned with: counts are whole numbers."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class TalkScores:
    """What a talk with each person would tell.

    Attributes
    ----------
    contenders : numpy.ndarray
        int64, shape (n_contenders,), at most `MOST_CONTENDERS`: the largest weight first.
    told : numpy.ndarray
        float64, shape (n_people, n_contenders): p (1 - p), p being how likely the person is to name the contender; 0
        for people asked already.
    about_others, about_own : numpy.ndarray
        float64, shape (n_people,), 0 or more, 0 for people asked: what her answers about the contenders tell; what
        her namings tell about who names her back, 0 for people who are no contenders. Both are falls in the same
        measure of doubt, the variance of drawn counts weighed by how much they matter for the top.
    resolved : numpy.ndarray
        float64, shape (n_contenders,): the variance of a contender's count that her own answers explain.
    score : numpy.ndarray
        float64, shape (n_people,), 0 .. 2, -1 for people asked: the sum of both over its largest value, plus the
        expected count over its largest value, both among the people not asked.
    """

    contenders: IntArray
    told: FloatArray
    about_others: FloatArray
    about_own: FloatArray
    resolved: FloatArray
    score: FloatArray

    def __repr__(self) -> str:
        """Give counts only."""
        return f"TalkScores({len(self.score)} people, {len(self.contenders)} contenders)"


def score_talks(ranks: NamingRanks) -> TalkScores:
    """Say how much a talk with each person would tell about who is among the top.

    Parameters
    ----------
    ranks : NamingRanks
        Of all people, with its expectation (two people or more).

    Returns
    -------
    TalkScores

    Notes
    -----
    With P_j the probability that contender j is among the top k and D_j her count if everybody were asked, the fall
    in doubt by the answer of i is, over the contenders,

        sum_j w_j (1 + s2_jg V_jg)^2 p_ij (1 - p_ij),    w_j = (phi(Phi^-1(P_j)) / sd(D_j))^2

    g being whether i and j are of one unit, s2_jg the posterior variance of j's standing there and V_jg the sum of
    p (1 - p) over those not asked: an answer moves what the others are expected to answer too. If i is a contender,
    her own namings are known after the talk, and people are likelier to name who names them:

        w_i sum_l q_il (1 - q_il) (p_li|named - p_li|not)^2    over the l not asked, q_il = P(i names l).

    Both are the expected fall of the variance of counts, to first order, weighed by the squared density at the border
    of the top (D. V. Lindley, "On a measure of the information provided by an experiment", Annals of Mathematical
    Statistics 27 (1956) 986-1005. doi:10.1214/aoms/1177728069). The expected count is added because most doubt about
    places k and k + 1 is settled by people who are themselves looked to. Cost: people x contenders.
    """
    n_people = len(ranks.rank)
    expectation = ranks.expectation
    if expectation is None:
        none = np.zeros(n_people)
        asked = np.zeros(n_people, dtype=np.bool_)
        return _scored(ranks, np.empty(0, np.int64), np.zeros((n_people, 0)), none, none.copy(), np.empty(0), asked)
    open_people = ~expectation.asked
    weight = _weights(ranks)
    contenders = _contenders(ranks, weight)
    told = np.zeros((n_people, len(contenders)))
    about_others = np.zeros(n_people)
    ask = np.flatnonzero(open_people)
    rate = expectation.probability(ask[:, None], contenders[None, :])
    told[ask] = rate * (1.0 - rate)
    column = 1 - expectation.is_own(ask[:, None], contenders[None, :]).astype(np.int64)
    carried = 1.0 + expectation.variance * expectation.spread
    about_others[ask] = (weight[contenders] * carried[contenders[None, :], column] ** 2 * told[ask]).sum(axis=1)
    resolved = np.where(open_people[contenders], _resolved(expectation, contenders, ask), 0.0)
    about_own = np.zeros(n_people)
    about_own[contenders] = weight[contenders] * resolved
    return _scored(ranks, contenders, told, about_others, about_own, resolved, expectation.asked)


def _weights(ranks: NamingRanks) -> FloatArray:
    """Return how much the count of each person matters for who is among the top."""
    spread = np.maximum(ranks.counts.std(axis=0), LEAST_SPREAD)
    least = 0.5 / ranks.n_draws
    p_top = np.clip(ranks.p_top, least, 1.0 - least)
    weight: FloatArray = (norm.pdf(norm.ppf(p_top)) / spread) ** 2
    return weight


def _contenders(ranks: NamingRanks, weight: FloatArray) -> IntArray:
    unsettled = np.flatnonzero((ranks.p_top > SETTLED) & (ranks.p_top < 1.0 - SETTLED))
    order = np.argsort(-weight[unsettled], kind="stable")
    return unsettled[order[:MOST_CONTENDERS]]


def _resolved(expectation: ExpectedNamings, contenders: IntArray, ask: IntArray) -> FloatArray:
    """Return the variance of each contender's count that her own answers explain, were she asked."""
    names = expectation.probability(contenders[None, :], ask[:, None])
    if_named = expectation.probability(ask[:, None], contenders[None, :], back=NAMED_BACK)
    if_not = expectation.probability(ask[:, None], contenders[None, :], back=NOT_NAMED_BACK)
    found: FloatArray = (names * (1.0 - names) * (if_named - if_not) ** 2).sum(axis=0)
    return found


def _scored(
    ranks: NamingRanks,
    contenders: IntArray,
    told: FloatArray,
    about_others: FloatArray,
    about_own: FloatArray,
    resolved: FloatArray,
    asked: BoolArray,
) -> TalkScores:
    gain = about_others + about_own
    most_gain = gain[~asked].max(initial=0.0)
    most_named = ranks.expected[~asked].max(initial=0.0)
    score = gain / (most_gain or 1.0) + ranks.expected / (most_named or 1.0)
    return TalkScores(contenders, told, about_others, about_own, resolved, np.where(asked, -1.0, score))
