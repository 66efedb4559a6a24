"""Groups that hold, tested against chance: of a whole workplace, and inside its larger groups."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shopfloor.analysis.consensus.chance import (
    MEAN_BELONGING,
    SURE,
    Nulls,
    best_modularity,
    chance_of_groups,
    chance_of_map,
    draw_nulls,
    measure_tightness,
    n_nulls_for,
)
from shopfloor.analysis.consensus.communities import MIN_MEMBERS, N_RUNS, Communities, find_communities
from shopfloor.analysis.consensus.company import Company
from shopfloor.analysis.consensus.progress import Steps
from shopfloor.analysis.ties import BoolArray, FloatArray, Ties

LARGE: Final = 8
"""A solid group of so many people is looked into for groups inside it."""

_N_SCREENED = 19
_MOST_NULLS_INSIDE = 99


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """How groups are looked for: see `find_communities`.

    Attributes
    ----------
    resolution : float
    seed : int
    min_members : int
    n_nulls : int
        Networks dealt by chance.
    """

    resolution: float = 1.0
    seed: int = 0
    min_members: int = MIN_MEMBERS
    n_nulls: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Groups and what chance says of them.

    Attributes
    ----------
    ties : Ties
        All layers together.
    chance : float
        How often chance makes a map as divided as this one, 0 .. 1; above `SURE` there are no groups here.
    communities : Communities or None
        None where there are no groups here.
    chances : numpy.ndarray
        float64, shape (n_groups,): how often chance makes a group as tight as each.
    mean_belonging : numpy.ndarray
        float64, shape (n_groups,).
    n_nulls : int
        Networks dealt by chance that this rests on.
    """

    ties: Ties
    chance: float
    communities: Communities | None
    chances: FloatArray
    mean_belonging: FloatArray
    n_nulls: int

    @property
    def solid(self) -> BoolArray:
        """Whether each group is solid: bool, shape (n_groups,)."""
        sure: BoolArray = (self.chances <= SURE) & (self.mean_belonging >= MEAN_BELONGING)
        return sure & (self.chance <= SURE)


def hold_groups(
    company: Company,
    keys: list[str],
    options: Options,
    *,
    remembered: NDArray[np.int64] | None = None,
    steps: Steps | None = None,
) -> Held:
    """Test the map against chance, then find the groups and test each.

    Parameters
    ----------
    company : Company
        People and ties.
    keys : list of str
        What tells these people apart, in order.
    options : Options
    remembered : numpy.ndarray, optional
        See `find_communities`.
    steps : Steps, optional
        Told of each network dealt and each run.

    Returns
    -------
    Held
        Solid are groups of a map that chance makes at most once in twenty, that are themselves tighter than 19 of 20
        of chance's groups of about their size, and whose mean belonging is at least `MEAN_BELONGING`. Single groups
        tested without testing the map first: one map in five of pure chance shows a solid one.
    """
    ties = company.ties()
    nothing = np.zeros(0)
    if not ties.n_ties:
        return Held(ties, 1.0, None, nothing, nothing, 0)
    nulls, chance = _gate(company, ties, options, steps)
    if chance > SURE:
        return Held(ties, chance, None, nothing, nothing, len(nulls.modularity))
    found = find_communities(
        ties,
        keys,
        resolution=options.resolution,
        seed=options.seed,
        min_members=options.min_members,
        remembered=remembered,
        steps=steps,
    )
    placed = found.membership >= 0
    sizes = np.bincount(found.membership[placed])
    chances = chance_of_groups(nulls, sizes, measure_tightness(ties, found.membership))
    belonging = np.bincount(found.membership[placed], weights=found.belonging[placed]) / np.maximum(sizes, 1)
    return Held(ties, chance, found, chances, belonging, len(nulls.modularity))


def _gate(company: Company, ties: Ties, options: Options, steps: Steps | None) -> tuple[Nulls, float]:
    """Deal networks; where the first few already show a map of chance, no more."""
    n_nulls = options.n_nulls or n_nulls_for(ties.n_people)
    modularity = best_modularity(ties, resolution=options.resolution, seed=options.seed)
    deal = company.dealer(options.seed)

    def draw(first: int, n: int) -> Nulls:
        return draw_nulls(
            deal,
            n,
            first=first,
            resolution=options.resolution,
            seed=options.seed,
            steps=steps,
        )

    nulls = draw(0, min(n_nulls, _N_SCREENED))
    if n_nulls > _N_SCREENED and chance_of_map(nulls, modularity) <= 2 * SURE:
        nulls = nulls.joined(draw(_N_SCREENED, n_nulls - _N_SCREENED))
    return nulls, chance_of_map(nulls, modularity)


def look_inside(company: Company, keys: list[str], held: Held, options: Options, steps: Steps) -> dict[int, Held]:
    """Look for groups inside each solid group of `LARGE` people or more.

    Parameters
    ----------
    company, keys, options, steps
        As in `hold_groups`.
    held : Held
        What it found.

    Returns
    -------
    dict of int to Held
        group 0 .. -> what is inside it, people numbered in the order of its members; only groups whose own inside is
        beyond chance and holds at least two solid ones.
    """
    if held.communities is None:
        return {}
    membership = held.communities.membership
    sizes = np.bincount(membership[membership >= 0])
    large = np.flatnonzero(held.solid & (sizes >= LARGE)).tolist()
    n_nulls = min(options.n_nulls or n_nulls_for(len(membership)), _MOST_NULLS_INSIDE)
    steps.expect(len(large) * _N_SCREENED)
    inside = {}
    for group in large:
        some = membership == group
        own = [keys[person] for person in np.flatnonzero(some)]
        inner = Options(options.resolution, options.seed, options.min_members, n_nulls)
        found = hold_groups(company.among(some), own, inner, steps=steps)
        if found.solid.sum() >= 2:  # noqa: PLR2004 - one group inside another is the other less a few
            inside[group] = found
    return inside


def n_steps(n_people: int, options: Options) -> int:
    """Return how many steps `hold_groups` takes at most."""
    return (options.n_nulls or n_nulls_for(n_people)) + N_RUNS
