"""Talks played one after another on a network whose truth is known: how many each rule takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shopfloor.analysis.certainty import NamingData, NamingRanks, rank_namings
from shopfloor.analysis.talk_forecast import Forecast, forecast_talks
from shopfloor.analysis.talk_schedule import HALF_A_NAME, is_certain, schedule_talks
from shopfloor.analysis.talk_scores import score_talks
from tests.validation import interviewing as play
from tests.validation.naming_networks import NamingNetwork

NETWORKS = ("tailors_2", "karate", "law_advice", "managers_advice", "strike")
FIRST_SHARE = 0.08
FEWEST_FIRST = 3
LAST_SHARE = 0.6
SURE_FROM = 0.9

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Rule = Callable[[NamingData, NamingRanks, Floats], Numbers]
"""From what was heard and the lots drawn to the people not asked, in the order in which to talk to them."""


def by_lot(data: NamingData, _ranks: NamingRanks, lots: Floats) -> Numbers:
    """Pick at random."""
    left = np.flatnonzero(~data.asked)
    return left[np.argsort(lots[left])]


def by_count(data: NamingData, ranks: NamingRanks, lots: Floats) -> Numbers:
    """Pick the most named so far, equal ones at random."""
    left = np.flatnonzero(~data.asked)
    return left[np.lexsort((lots[left], -ranks.n_named[left]))]


def by_unit(data: NamingData, _ranks: NamingRanks, lots: Floats) -> Numbers:
    """Pick from the unit of which the smallest share was asked, by lot within it; by lot alone without units."""
    left = by_lot(data, _ranks, lots)
    if not len(data.attributes):
        return left
    unit = data.attributes[0]
    size = np.bincount(unit + 1)
    heard = np.bincount(unit[data.asked] + 1, minlength=len(size)).astype(np.float64)
    order: list[int] = []
    waiting = left.tolist()
    while waiting:
        share = [heard[unit[person] + 1] / size[unit[person] + 1] for person in waiting]
        order.append(waiting.pop(int(np.argmin(share))))
        heard[unit[order[-1]] + 1] += 1
    return np.array(order, dtype=np.int64)


def by_score(data: NamingData, ranks: NamingRanks, lots: Floats) -> Numbers:
    """Pick by the score alone."""
    left = np.flatnonzero(~data.asked)
    return left[np.lexsort((lots[left], -score_talks(ranks).score[left]))]


def by_schedule(data: NamingData, ranks: NamingRanks, lots: Floats) -> Numbers:
    """Follow the whole schedule."""
    return schedule_talks(data, ranks, score_talks(ranks), lots).people


RULES: Mapping[str, Rule] = {
    "random": by_lot,
    "most_named": by_count,
    "unit_balanced": by_unit,
    "score": by_score,
    "schedule": by_schedule,
}


@dataclass
class Played:
    """What one run of a rule came to.

    Attributes
    ----------
    half, certified : int
        People asked when half a wrong name or less was expected, and when the list was certain.
    wrong_at_half : int
        Names that were in fact wrong at that point.
    asked : list of int
        People asked at each answer of the model; the next three go with it.
    right, sure, sure_wrong : list
        Share of the list that truly belongs; people of probability .9 or more, and those of them who do not belong.
    said : list of tuple
        For the schedule, at each answer: the talks still needed as said then, `TalksNeeded` until half a wrong name
        and until certain.
    """

    half: int = 0
    certified: int = 0
    wrong_at_half: int = 0
    asked: list[int] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    sure: list[int] = field(default_factory=list)
    sure_wrong: list[int] = field(default_factory=list)
    said: list[tuple[int, Forecast]] = field(default_factory=list)

    def note(self, ranks: NamingRanks, n_asked: int, top: NDArray[np.bool_]) -> None:
        """Take down one answer of the model."""
        listed, sure = ranks.listed(), ranks.p_top >= SURE_FROM
        self.asked.append(n_asked)
        self.right.append(float(top[listed].mean()))
        self.sure.append(int(sure.sum()))
        self.sure_wrong.append(int((sure & ~top).sum()))
        if not self.half and ranks.wrong_names() <= HALF_A_NAME:
            self.half, self.wrong_at_half = n_asked, int((~top[listed]).sum())
        if not self.certified and is_certain(ranks):
            self.certified = n_asked

    def at(self, n_asked: float) -> int:
        """Return the place of the first answer after so many were asked, of the last one if there is none."""
        return min(int(np.searchsorted(self.asked, n_asked)), len(self.asked) - 1)


def step_of(n_people: int) -> int:
    """Return how many talks there are between two answers of the model: 1, 3 or 6."""
    return 1 if n_people < 30 else 3 if n_people < 60 else 6


def first_talks(network: NamingNetwork, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw who is asked before any rule begins."""
    asked = np.zeros(network.n_people, dtype=np.bool_)
    n_first = max(FEWEST_FIRST, int(FIRST_SHARE * network.n_people))
    asked[rng.permutation(network.n_people)[:n_first]] = True
    return asked


def talk_through(network: NamingNetwork, rule: Rule, seed: int, *, is_forecast: bool = False) -> Played:
    """Follow one rule until the list is certain and 60 % were asked; the same seed begins with the same people."""
    rng = np.random.default_rng(seed)
    asked, lots = first_talks(network, rng), rng.random(network.n_people)
    top = play.ranks_of(network.namings.sum(axis=0)) <= network.k
    played = Played()
    while True:
        data = play.heard(network, asked)
        ranks = rank_namings(data, k=network.k, seed=seed)
        played.note(ranks, int(asked.sum()), top)
        is_over = played.half and played.certified and asked.mean() >= LAST_SHARE
        if is_over or asked.all():
            return played
        if is_forecast and not played.certified:
            scores = score_talks(ranks)
            said = forecast_talks(ranks, scores, schedule_talks(data, ranks, scores, lots), seed)
            if said is not None:
                played.said.append((int(asked.sum()), said))
        asked[rule(data, ranks, lots)[: step_of(network.n_people)]] = True
