"""Made-up workplaces for the backbone of working together, whose truth is known: who seeks whom, and who does not.

Every kind is a way in which crews come to be; *friends* are pairs who get into the same crew whenever they can.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopfloor.analysis import project_ties
from shopfloor.analysis.backbone import judge_pairs, project_backbone
from shopfloor.analysis.gatherings import gather
from shopfloor.workplace import Workplace
from tests.analysis.build import ASSIGNMENTS, workplace

MONDAY = np.datetime64("2025-07-07")
N_WEEKS = 40
Crews = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Roster:
    """Who was in which crew in which week.

    Attributes
    ----------
    crew : numpy.ndarray
        int64, shape (n_weeks, n_people), -1 for not there.
    shift, site : numpy.ndarray
        int64, by crew.
    friends : numpy.ndarray
        int64, shape (n_pairs, 2).
    trade : numpy.ndarray, optional
        int64, by person; everybody is of one without it.
    """

    crew: Crews
    shift: Crews
    site: Crews
    friends: Crews
    trade: Crews | None = None


def _deal(rng: np.random.Generator, people: Crews, crews: Crews, friends: Crews) -> dict[int, int]:
    """Deal people to crews of one size by lot; both friends of a pair go where the first is dealt to."""
    places = rng.permutation(np.resize(crews, len(people)))
    dealt = dict(zip(rng.permutation(people).tolist(), places.tolist(), strict=True))
    for one, two in friends.tolist():
        if one in dealt and two in dealt and dealt[one] != dealt[two]:
            others = [who for who, crew in dealt.items() if crew == dealt[one] and who not in friends]
            if others:
                dealt[others[0]], dealt[two] = dealt[two], dealt[one]
    return dealt


def _friends(rng: np.random.Generator, n_people: int, n_pairs: int) -> Crews:
    return rng.choice(n_people, 2 * n_pairs, replace=False).reshape(-1, 2)


def by_lot(seed: int, n_pairs: int = 0, n_people: int = 120, n_crews: int = 12) -> Roster:
    """Crews are dealt anew every week."""
    rng = np.random.default_rng(seed)
    friends, crew = _friends(rng, n_people, n_pairs), np.empty((N_WEEKS, n_people), dtype=np.int64)
    for week in crew:
        dealt = _deal(rng, np.arange(n_people), np.arange(n_crews), friends)
        week[list(dealt)] = list(dealt.values())
    alike = np.zeros(n_crews, dtype=np.int64)
    return Roster(crew, alike, alike, friends)


def standing(seed: int, n_pairs: int = 0) -> Roster:
    """Twelve standing crews of ten; in a week one person in fifty changes places with somebody."""
    rng = np.random.default_rng(seed)
    crew = np.empty((N_WEEKS, 120), dtype=np.int64)
    now = np.arange(120) % 12
    for week in crew:
        moved = rng.choice(120, 2, replace=False)
        now[moved] = now[moved[::-1]]
        week[:] = now
    alike = np.zeros(12, dtype=np.int64)
    return Roster(crew, alike, alike, _friends(rng, 120, 0)[:n_pairs])


def two_shifts(seed: int, n_pairs: int = 0) -> Roster:
    """Two halves of a plant who change early and late every week, no crews, one in fifty away."""
    rng = np.random.default_rng(seed)
    half = np.arange(60) % 2
    crew = (half[None, :] + np.arange(N_WEEKS)[:, None]) % 2
    crew[rng.random(crew.shape) < 0.02] = -1
    return Roster(crew, np.arange(2), np.zeros(2, dtype=np.int64), _friends(rng, 60, 0)[:n_pairs])


def night_and_day(seed: int, n_pairs: int = 0) -> Roster:
    """Nobody leaves day or night; within each, four crews of ten are dealt anew every week."""
    one, two = by_lot(seed, n_pairs, 40, 4), by_lot(seed + 1_000_003, n_pairs, 40, 4)
    shift = np.repeat(np.arange(2), 4)
    friends = np.concatenate([one.friends, two.friends + 40])
    return Roster(np.hstack([one.crew, two.crew + 4]), shift, np.zeros(8, dtype=np.int64), friends)


def sites(seed: int, n_pairs: int = 0, n_slots: int = 20) -> Roster:
    """Crews of eight on building sites, four to eight weeks; people of sites that end go on to new ones by lot."""
    rng = np.random.default_rng(seed)
    n_people = 8 * n_slots
    friends, slot = _friends(rng, n_people, n_pairs), np.arange(n_people) % n_slots
    ends, turn = rng.integers(1, 9, n_slots), np.zeros(n_slots, dtype=np.int64)
    crew = np.empty((2 * N_WEEKS, n_people), dtype=np.int64)
    for week, there in enumerate(crew):
        over = np.flatnonzero(ends == week)
        dealt = _deal(rng, np.flatnonzero(np.isin(slot, over)), over, friends)
        slot[list(dealt)] = list(dealt.values())
        turn[over] += 1
        ends[over] = week + rng.integers(4, 9, len(over))
        there[:] = slot + n_slots * turn[slot]
    n = int(crew.max()) + 1
    return Roster(crew, np.zeros(n, dtype=np.int64), np.arange(n), friends)


def trades(seed: int, n_pairs: int = 0) -> Roster:
    """Thirty welders are dealt to three crews of their own every week, ninety others to nine."""
    one, two = by_lot(seed, n_pairs, 30, 3), by_lot(seed + 1_000_003, n_pairs, 90, 9)
    alike = np.zeros(12, dtype=np.int64)
    friends = np.concatenate([one.friends, two.friends + 30])
    return Roster(np.hstack([one.crew, two.crew + 3]), alike, alike, friends, (np.arange(120) >= 30).astype(np.int64))


KINDS: dict[str, Callable[[int, int], Roster]] = {
    "dealt by lot every week": by_lot,
    "standing crews": standing,
    "two halves, early and late by turns": two_shifts,
    "night and day, dealt every week within": night_and_day,
    "two trades, dealt every week within": trades,
    "building sites, three crews end in a week": sites,
    "building sites, ten crews end in a week": partial(sites, n_slots=60),
}
"""Ways in which crews come to be."""


def to_workplace(roster: Roster) -> Workplace:
    """Return a workplace with the assignments of a roster: five days a week, one row for each week."""
    week, person = np.nonzero(roster.crew >= 0)
    crew = roster.crew[week, person]
    begins = MONDAY + 7 * week.astype("timedelta64[D]")
    has_crews = len(roster.shift) > 2 or len(np.unique(roster.site)) > 1
    frame = pd.DataFrame(
        {
            "person": person,
            "employer": "Works",
            "worksite": [f"Site {code}" for code in roster.site[crew]],
            "crew": [f"Crew {code}" for code in crew] if has_crews else None,
            "shift": [f"Shift {code}" for code in roster.shift[crew]],
            "foreman": -1,
            "started_on": begins.astype("datetime64[s]"),
            "ended_on": (begins + 4).astype("datetime64[s]"),
            "hours": np.nan,
        }
    )
    trade = np.zeros(roster.crew.shape[1], dtype=np.int64) if roster.trade is None else roster.trade
    people = [{"job_class": f"Trade {code}"} for code in trade.tolist()]
    return replace(workplace(people), assignments=frame.astype(ASSIGNMENTS))


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one made-up workplace.

    Attributes
    ----------
    n_ties : int
        Pairs who worked together.
    n_kept : int
        Of these, kept.
    n_friends, n_friends_kept : int
        Pairs who seek each other, and how many of them were kept.
    n_by_weeks : int
        Kept if every week were a gathering of its own and all people one pool.
    """

    n_ties: int
    n_kept: int
    n_friends: int
    n_friends_kept: int
    n_by_weeks: int


def find(roster: Roster, level: float = 0.05) -> Found:
    """Find the backbone of a roster, and what is true of it."""
    place = to_workplace(roster)
    kept = project_backbone(place, level=level).ties
    friends = {tuple(sorted(pair)) for pair in roster.friends.tolist()}
    pairs = set(zip(kept.source.tolist(), kept.target.tolist(), strict=True))
    week, person = np.nonzero(roster.crew >= 0)
    gathering = week * (int(roster.crew.max()) + 1) + roster.crew[week, person]
    by_weeks = judge_pairs(gather(roster.crew.shape[1], person, gathering), level)
    n_ties = project_ties(place, "worked_with").n_ties
    return Found(n_ties, len(pairs), len(friends), len(pairs & friends), int(by_weeks.is_kept.sum()))
