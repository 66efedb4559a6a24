"""In which order to talk: voices from every unit, then by score and by lot in turn, then by score alone.

Talking to whoever tells most narrows the view: cliques that nobody points to stay unheard. So every unit is heard
first, and every second talk is by lot until the list is nearly settled; from there on only certainty is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal

import numpy as np

from shopfloor.analysis.certainty import NamingData, NamingRanks
from shopfloor.analysis.certainty.data import BoolArray, FloatArray, IntArray
from shopfloor.analysis.talk_scores import TalkScores

HALF_A_NAME: Final = 0.5
"""The list is nearly settled when no more wrong names than this are expected in it."""

UNIT: Final = "unit"
SCORE: Final = "score"
LOT: Final = "lot"

Phase = Literal["units", "in turn", "certify", "settled"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Schedule:
    """An order of talks.

    Attributes
    ----------
    people : numpy.ndarray
        int64, shape (n_talks,): whom to talk to, in order.
    picked_for : tuple of str
        ``unit``: the unit has too few voices; ``score``: tells most; ``lot``: picked by lot.
    phase : {"units", "in turn", "certify", "settled"}
        Where the work stands now. Settled: as many people as the top has places are certain.
    """

    people: IntArray
    picked_for: tuple[str, ...]
    phase: Phase

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Schedule({len(self.people)} talks, {self.phase})"


def is_certain(ranks: NamingRanks) -> bool:
    """Say whether as many people as the top has places belong to it with the probability of *sure*, chance aside."""
    return int((ranks.p_top >= ranks.thresholds.sure).sum()) >= min(ranks.k, len(ranks.rank))


def schedule_talks(
    data: NamingData, ranks: NamingRanks, scores: TalkScores, lots: FloatArray, may: BoolArray | None = None
) -> Schedule:
    """Put the people not asked in the order in which to talk to them.

    Parameters
    ----------
    data : NamingData
    ranks : NamingRanks
        Of these data.
    scores : TalkScores
        Of these ranks.
    lots : numpy.ndarray
        float64, shape (n_people,), all different: by lot, the smallest is next. Drawn once, and not again after each
        talk: then who is picked does not depend on what was heard.
    may : numpy.ndarray, optional
        bool, shape (n_people,): who may be suggested; everybody where not given.

    Returns
    -------
    Schedule
        First, while a main unit of ``thresholds.min_unit`` people or more has fewer than ``thresholds.min_voices``
        voices: its person of the largest score, units with fewer voices first, then the larger. Then, while more than
        half a wrong name is expected in the list, score and lot in turn (whose turn it is goes by how many were
        asked). Then by score alone. While nobody has been named the lot takes the place of the score.
    """
    left = np.flatnonzero(~data.asked if may is None else ~data.asked & may)
    is_blind = not ranks.n_named.any()
    by_score = left[np.lexsort((lots[left], np.zeros(len(left)) if is_blind else -scores.score[left]))]
    first = _for_units(data, ranks, by_score)
    rest = by_score[~np.isin(by_score, first)]
    nearly = ranks.wrong_names() <= HALF_A_NAME
    if nearly or is_blind:
        others, kinds = rest, [LOT if is_blind else SCORE] * len(rest)
    else:
        others, kinds = _in_turn(rest, lots, starts_with_lot=(data.n_asked + len(first)) % 2 == 1)
    people = np.concatenate([first, others]).astype(np.int64)
    phase: Phase = "settled" if is_certain(ranks) else "units" if len(first) else "certify" if nearly else "in turn"
    return Schedule(people, tuple([UNIT] * len(first) + kinds), phase)


def _for_units(data: NamingData, ranks: NamingRanks, by_score: IntArray) -> IntArray:
    """Return the people to talk to so that every main unit has its voices: all first voices, then the second ones."""
    if not len(data.attributes):
        return np.empty(0, dtype=np.int64)
    unit, limits = data.attributes[0], ranks.thresholds
    known = unit >= 0
    size = np.bincount(unit[known])
    heard = np.bincount(unit[known & data.asked], minlength=len(size))
    candidates = by_score[known[by_score]]
    candidates = candidates[size[unit[candidates]] >= limits.min_unit]
    voice = heard[unit[candidates]] + _nth(unit[candidates])
    needed = voice < limits.min_voices
    candidates, voice = candidates[needed], voice[needed]
    first: IntArray = candidates[np.lexsort((unit[candidates], -size[unit[candidates]], voice))]
    return first


def _nth(codes: IntArray) -> IntArray:
    """Count, of each element, how many equal ones stand before it."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    nth = np.empty(len(codes), dtype=np.int64)
    nth[order] = np.arange(len(codes)) - np.repeat(begins, np.diff(np.append(begins, len(codes))))
    return nth


def _in_turn(by_score: IntArray, lots: FloatArray, *, starts_with_lot: bool) -> tuple[IntArray, list[str]]:
    """Take from the order by score and from the order by lot in turn."""
    orders = {SCORE: by_score.tolist(), LOT: by_score[np.argsort(lots[by_score], kind="stable")].tolist()}
    place = {SCORE: 0, LOT: 0}
    taken: set[int] = set()
    people: list[int] = []
    kinds: list[str] = []
    kind = LOT if starts_with_lot else SCORE
    while len(people) < len(by_score):
        while orders[kind][place[kind]] in taken:
            place[kind] += 1
        people.append(orders[kind][place[kind]])
        kinds.append(kind)
        taken.add(people[-1])
        kind = SCORE if kind == LOT else LOT
    return np.array(people, dtype=np.int64), kinds


def schedule_holes(
    unit: IntArray, asked: BoolArray, may: BoolArray, reachable: BoolArray, lots: FloatArray
) -> IntArray:
    """Put people in the order in which to talk to them so that every unit comes to be heard.

    Parameters
    ----------
    unit : numpy.ndarray
        int64, shape (n_people,): codes, -1 where not known; those people count as a unit.
    asked : numpy.ndarray
        bool, shape (n_people,).
    may : numpy.ndarray
        bool, shape (n_people,): who may be suggested at all.
    reachable : numpy.ndarray
        bool, shape (n_people,): to whom a way in is known.
    lots : numpy.ndarray
        float64, shape (n_people,), all different.

    Returns
    -------
    numpy.ndarray
        int64: the next is always of the unit of which the smallest share was asked, talks already in the order
        counted in; of equal ones the larger unit. Within a unit whoever has a way in comes first, then by lot.
    """
    code = unit + 1
    size = np.bincount(code)
    heard = np.bincount(code[asked], minlength=len(size))
    left = np.flatnonzero(~asked & may)
    left = left[np.lexsort((lots[left], ~reachable[left]))]
    share = (heard[code[left]] + _nth(code[left])) / size[code[left]]
    return left[np.lexsort((code[left], -size[code[left]], np.round(share, 12)))]


def draw_lots(keys: Sequence[str], seed: int) -> FloatArray:
    """Give each person a lot that goes by the person and the seed alone, whoever else is on the list.

    Parameters
    ----------
    keys : sequence of str
        All different, such as ids.
    seed : int

    Returns
    -------
    numpy.ndarray
        float64, shape (n_people,), 0 .. 1, evenly spread.
    """
    digests = [blake2b(f"{seed}/{key}".encode(), digest_size=8).digest() for key in keys]
    return np.array([int.from_bytes(digest) for digest in digests], dtype=np.float64) / 2.0**64
