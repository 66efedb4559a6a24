"""How many more talks it will take until the list of the top stands.

The answers not heard yet are made up from what the model expects, and the list is judged on them as it will be then.
Nothing is fitted again on the way. How far a contender's count is known after some more talks follows from how much
of what is not known about it those talks would tell.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shopfloor.analysis.certainty import ExpectedNamings, NamingRanks
from shopfloor.analysis.certainty.data import BoolArray, FloatArray, IntArray
from shopfloor.analysis.talk_schedule import HALF_A_NAME, Schedule, is_certain
from shopfloor.analysis.talk_scores import SETTLED, TalkScores

N_WORLDS: Final = 40
"""Ways the answers may come out."""

N_DRAWS: Final = 80
"""Draws of the counts by which the list is judged in each."""

N_STAGES: Final = 24
"""Numbers of talks at which it is judged."""

MOST_EXPLAINED: Final = 0.95
"""Her own answers never settle a contender's count altogether."""

LOW, MIDDLE, HIGH = 0.4, 0.8, 1.3
"""What it took on published networks, as a share of the median course: in one of ten answers less than the first, in
half of them less than the second, in nine of ten less than the third. People who name back settle a list faster than
is reckoned with here, and a list with many equal places more slowly (see docs/make_next_validation.py)."""


@dataclass(frozen=True, slots=True)
class TalksNeeded:
    """How many more talks until something holds; each 0 where it holds now.

    Attributes
    ----------
    n_low, n, n_high : int
        What is expected, and between which numbers it lay in about four of five answers on published networks.
        Talking to everybody left is always enough.
    """

    n_low: int
    n: int
    n_high: int


NONE_NEEDED: Final = TalksNeeded(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the work still takes.

    Attributes
    ----------
    half : TalksNeeded
        Until at most half a wrong name is expected in the list.
    certified : TalksNeeded
        Until as many people as the top has places are certain.
    """

    half: TalksNeeded
    certified: TalksNeeded


def forecast_talks(ranks: NamingRanks, scores: TalkScores, schedule: Schedule, seed: int = 0) -> Forecast | None:
    """Say how many more talks it will take, if they follow the schedule.

    Parameters
    ----------
    ranks : NamingRanks
    scores : TalkScores
        Of these ranks.
    schedule : Schedule
        Of everybody not asked.
    seed : int

    Returns
    -------
    Forecast or None
        None where nobody has been named: there is nothing to go by.

    Notes
    -----
    A contender's count D has mean E and variance v now. After talks that tell a share of what V = sum p (1 - p) stands
    for, what is left of the variance is ``u = R + R^2 s2 / (1 + s2 (V - R))``, R being the part of V that was not
    asked (s2: variance of the person's standing), in proportion to v; her own answers take away what they explain. If
    D comes out as d, the mean is then ``E + (1 - u/v) (d - E)`` give or take ``(1 - u/v) u`` (normal theory; H. Raiffa
    and R. Schlaifer, Applied Statistical Decision Theory, 1961: preposterior analysis). The d are drawn counts. Cost:
    people x contenders, plus stages x worlds x draws x contenders.
    """
    expectation = ranks.expectation
    if expectation is None or not ranks.n_named.any():
        return None
    n_left = len(schedule.people)
    nearly, certain = ranks.wrong_names() <= HALF_A_NAME, is_certain(ranks)
    if (nearly and certain) or not n_left:
        return Forecast(NONE_NEEDED, NONE_NEEDED)
    stages = np.unique(np.round(n_left * np.linspace(0, 1, N_STAGES + 1)[1:] ** 1.3).astype(np.int64))
    stages = stages[stages > 0]
    left = _left_unknown(ranks, expectation, scores, schedule.people, stages)
    half, settled = _judged(ranks, scores.contenders, left, np.random.default_rng(seed))
    return Forecast(
        NONE_NEEDED if nearly else _needed(half, stages),
        NONE_NEEDED if certain else _needed(settled, stages),
    )


def _left_unknown(
    ranks: NamingRanks, expectation: ExpectedNamings, scores: TalkScores, order: IntArray, stages: IntArray
) -> FloatArray:
    """Return the share of each contender's variance that is left at each stage; shape (n_stages, n_contenders)."""
    contenders = scores.contenders
    told = scores.told[order]
    own = expectation.is_own(order[:, None], contenders[None, :])
    left, whole = np.zeros((len(stages), len(contenders))), np.zeros(len(contenders))
    for column, part in enumerate((np.where(own, told, 0.0), np.where(own, 0.0, told))):
        heard = np.cumsum(part, axis=0)[stages - 1]
        everything = part.sum(axis=0)
        rest = np.maximum(everything - heard, 0.0)
        variance = expectation.variance[contenders, column]
        left += rest + rest**2 * variance / (1.0 + variance * heard)
        whole += everything + everything**2 * variance
    place = np.full(len(expectation.asked), len(order))
    place[order] = np.arange(len(order))
    explained = np.clip(
        scores.resolved / np.maximum(ranks.counts[:, contenders].var(axis=0), 1e-9), 0.0, MOST_EXPLAINED
    )
    answered = place[contenders][None, :] < stages[:, None]
    share: FloatArray = np.divide(left, whole, out=np.zeros_like(left), where=whole > 0)
    return share * np.where(answered, 1.0 - explained, 1.0)


def _judged(
    ranks: NamingRanks, contenders: IntArray, left: FloatArray, rng: np.random.Generator
) -> tuple[BoolArray, BoolArray]:
    """Say in which worlds the list is nearly settled, and certain, at which stage; shape (n_stages, n_worlds)."""
    settled_in = int((ranks.p_top >= 1.0 - SETTLED).sum())
    places = int(np.clip(ranks.k - settled_in, 1, max(len(contenders), 1)))
    drawn = ranks.counts[:, contenders].astype(np.float64)
    mean, spread = drawn.mean(axis=0), drawn.std(axis=0)
    worlds = drawn[np.linspace(0, len(drawn) - 1, N_WORLDS).round().astype(np.int64)]
    by_chance = rng.standard_normal(worlds.shape)
    around = rng.standard_normal((N_DRAWS, 1, len(contenders)))
    half = np.zeros((len(left), len(worlds)), dtype=np.bool_)
    certain = half.copy()
    for stage, share in enumerate(left):
        known = mean + (1 - share) * (worlds - mean) + np.sqrt((1 - share) * share) * spread * by_chance
        counts = np.rint(known + np.sqrt(share) * spread * around)
        border = np.partition(counts, -places, axis=2)[:, :, -places]
        p_top = np.sort((counts >= border[:, :, None]).mean(axis=0), axis=1)[:, -places:]
        half[stage] = (1.0 - p_top).sum(axis=1) <= HALF_A_NAME
        certain[stage] = (p_top >= ranks.thresholds.sure).all(axis=1)
    return half, certain


def _needed(holds: BoolArray, stages: IntArray) -> TalksNeeded:
    """Return how many talks it takes until something holds for the first time, from the median of the worlds."""
    first = np.where(holds.any(axis=0), stages[np.argmax(holds, axis=0)], stages[-1])
    median = float(np.quantile(first, 0.5, method="inverted_cdf"))
    return widened(median, int(stages[-1]))


def widened(median: float, n_left: int) -> TalksNeeded:
    """Return what the median course comes to as a rule, and how far off that is.

    Examples
    --------
    >>> widened(20, 100)
    TalksNeeded(n_low=8, n=16, n_high=26)
    >>> widened(90, 100).n_high
    100
    """
    low, middle, high = (round(share * median) for share in (LOW, MIDDLE, HIGH))
    return TalksNeeded(max(low, 1), max(middle, 1), min(max(high, 2), n_left))
