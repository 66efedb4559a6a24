"""Who would name whom if everybody were asked: the truth behind the made-up workplace.

A person names up to five others, each drawn from one of four circles: her crew, her department, her planted group,
her region; inside a circle in proportion to standing. Standing is what is planted: a few people whom a whole region
goes to, a leader in every third crew, and everybody else.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shopfloor.demo.arrays import Floats, Ints, label, rank_within
from shopfloor.demo.workforce import Workforce

MOST_NAMED: Final = 5
"""Nobody names more people than this."""

_HOW_MANY: Final = (0.07, 0.18, 0.29, 0.26, 0.14, 0.06)
_CIRCLE_SHARES: Final = (0.36, 0.26, 0.22, 0.16)
_CREW, _DEPARTMENT, _GROUP, _REGION = range(4)
_REGION_LEADERS: Final = (34.0, 30.0, 26.0, 23.0, 20.0, 11.0, 10.0)
_CREW_LEADER: Final = 4.0
_CREW_LEADER_SHARE: Final = 0.35
_SUPERVISOR: Final = 0.15


@dataclass(frozen=True, slots=True, repr=False)
class Namings:
    """The full naming network, one row a pair, by namer and then in the order she would name them."""

    namer: Ints
    named: Ints

    def counts(self, n: int) -> Ints:
        """Return by how many of `n` people each would be named."""
        return np.bincount(self.named, minlength=n).astype(np.int64)


def draw_namings(rng: np.random.Generator, workforce: Workforce) -> Namings:
    """Return who would name whom; nobody names herself, a pair stands once, nobody names the newly hired."""
    standing = _draw_standing(rng, workforce)
    how_many = rng.choice(len(_HOW_MANY), size=workforce.n, p=_HOW_MANY)
    namer = np.repeat(np.arange(workforce.n), how_many)
    circle = rng.choice(len(_CIRCLE_SHARES), size=len(namer), p=_CIRCLE_SHARES)
    circle[(circle == _GROUP) & (workforce.group[namer] < 0)] = _DEPARTMENT
    named = np.full(len(namer), -1, dtype=np.int64)
    for kind, members in enumerate(_circles(workforce)):
        rows = np.flatnonzero(circle == kind)
        named[rows] = _draw_from(rng, members, members[namer[rows]], standing)
    return _tidy(namer, named)


def _circles(workforce: Workforce) -> tuple[Ints, Ints, Ints, Ints]:
    """Return by kind of circle the number of the circle each person is in."""
    department = label(workforce.department, workforce.region)
    return workforce.crew, department, workforce.group, workforce.region


def _draw_standing(rng: np.random.Generator, workforce: Workforce) -> Floats:
    n = workforce.n
    standing = np.exp(rng.normal(0, 0.45, n))
    can_lead = ~workforce.is_supervisor & ~workforce.has_left & ~workforce.is_new
    shuffled = rng.permutation(n)
    candidates = shuffled[can_lead[shuffled]]
    crew_place = rank_within(workforce.crew[candidates])
    leads_crew = (crew_place == 0) & (rng.random(len(candidates)) < _CREW_LEADER_SHARE)
    standing[candidates[leads_crew]] *= _CREW_LEADER
    region_place = rank_within(workforce.region[candidates])
    leads_region = region_place < len(_REGION_LEADERS)
    standing[candidates[leads_region]] = np.array(_REGION_LEADERS)[region_place[leads_region]]
    standing[workforce.is_supervisor] *= _SUPERVISOR
    standing[workforce.is_new] = 0.0
    return standing


def _draw_from(rng: np.random.Generator, members: Ints, wanted: Ints, standing: Floats) -> Ints:
    """Return for each wanted circle one of its members, drawn in proportion to standing; -1 where all have none."""
    order = np.argsort(members, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(standing[order])])
    start = total[np.searchsorted(members[order], wanted, side="left")]
    end = total[np.searchsorted(members[order], wanted, side="right")]
    place = np.searchsorted(total, start + rng.random(len(wanted)) * (end - start), side="right") - 1
    return np.where(end > start, order[place.clip(max=len(order) - 1)], -1)


def _tidy(namer: Ints, named: Ints) -> Namings:
    is_real = (named >= 0) & (named != namer)
    namer, named = namer[is_real], named[is_real]
    is_first = rank_within(namer, named) == 0
    return Namings(namer[is_first], named[is_first])
