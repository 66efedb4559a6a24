"""Whether groups are more than chance makes of as many ties: against networks with the same ties dealt anew."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shopfloor.analysis.consensus.communities import MIN_MEMBERS, renumber
from shopfloor.analysis.consensus.progress import Steps
from shopfloor.analysis.leiden import divide_once, seeded, to_igraph
from shopfloor.analysis.ties import FloatArray, Ties

IntArray = NDArray[np.int64]

SURE: Final = 0.05
"""Chance may do as well in this share of rewired networks, of a map and of a group, before they count as solid."""

MEAN_BELONGING: Final = 0.6
"""And this is the mean belonging that a solid group takes."""

N_NULLS: Final = 199
"""Rewired networks, the most."""

FEWEST_NULLS: Final = 19
"""The fewest by which a map can pass."""

_NULLS_TIMES_PEOPLE = 60_000

_SWAPS_PER_TIE = 10
_N_TRIES = 2
_NEAREST = 0.2
_AT_LEAST = 20


@dataclass(frozen=True, slots=True, eq=False)
class Nulls:
    """What chance makes of the ties.

    Attributes
    ----------
    modularity : numpy.ndarray
        float64, shape (n_nulls,): the best of each rewired network.
    sizes : numpy.ndarray
        int64, shape (n_groups_of_all,): people in each of their groups.
    tightness : numpy.ndarray
        float64, shape (n_groups_of_all,): see `measure_tightness`.
    """

    modularity: FloatArray
    sizes: IntArray
    tightness: FloatArray

    def joined(self, other: "Nulls") -> "Nulls":
        """Return both together."""
        names = ("modularity", "sizes", "tightness")
        return Nulls(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in names))


def n_nulls_for(n_people: int) -> int:
    """Return how many rewired networks are drawn for so many people: fewer the more groups each one has to compare.

    Examples
    --------
    >>> [n_nulls_for(n) for n in (100, 600, 1_000, 5_000)]
    [199, 100, 60, 19]
    """
    return min(N_NULLS, max(FEWEST_NULLS, _NULLS_TIMES_PEOPLE // max(n_people, 1)))


Deal: TypeAlias = Callable[[int], Ties]
"""Makes, from a number, a network in which chance has dealt the same ties anew."""


def rewirer(ties: Ties, seed: int) -> Deal:
    """Return what deals ties anew, by number: everybody keeps how many she has, strengths are shuffled.

    Parameters
    ----------
    ties : Ties
        Undirected.
    seed : int
        The same seed and number give the same network, of as many ties, made by ten swaps of ends a tie.

    References
    ----------
    S. Maslov, K. Sneppen, "Specificity and stability in topology of protein networks", Science 296, 910-913 (2002).
    doi:10.1126/science.1065103
    """
    graph = to_igraph(ties)

    def rewire(number: int) -> Ties:
        anew = graph.copy()
        with seeded(_seed(seed, number)):
            anew.rewire(n=_SWAPS_PER_TIE * ties.n_ties)
        ends = np.sort(np.array(anew.get_edgelist(), dtype=np.int32).reshape(-1, 2), axis=1)
        by_pair = np.lexsort((ends[:, 1], ends[:, 0]))
        strength = np.random.default_rng([abs(seed), number]).permutation(ties.strength)
        return replace(ties, source=ends[by_pair, 0], target=ends[by_pair, 1], strength=strength)

    return rewire


def draw_nulls(
    deal: Deal,
    n_nulls: int,
    *,
    first: int = 0,
    resolution: float = 1.0,
    seed: int = 0,
    steps: Steps | None = None,
) -> Nulls:
    """Divide networks dealt by chance as the real one is divided.

    Parameters
    ----------
    deal : callable
        Network number i, for i from `first`, without direction.
    n_nulls : int
        How many networks.
    first : int
        Number of the first; others give other networks.
    resolution, seed
        As for the real network.
    steps : Steps, optional
        Told of each network.

    Returns
    -------
    Nulls
    """
    modularity, sizes, tightness = [], [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for number in range(first, first + n_nulls):
        ties = deal(number)
        labels, best = _divide(ties, resolution, _seed(seed, number))
        groups = renumber(labels, MIN_MEMBERS)
        modularity.append(best)
        sizes.append(np.bincount(groups[groups >= 0]).astype(np.int64))
        tightness.append(measure_tightness(ties, groups))
        if steps is not None:
            steps.advance()
    return Nulls(np.array(modularity), np.concatenate(sizes), np.concatenate(tightness))


def _seed(seed: int, number: int) -> int:
    return (seed * 1_000_003 + number) * _N_TRIES


def best_modularity(ties: Ties, *, resolution: float = 1.0, seed: int = 0) -> float:
    """Return the modularity of the real network, found with the effort spent on each rewired one."""
    return _divide(ties, resolution, _seed(seed, 0))[1]


def _divide(ties: Ties, resolution: float, seed: int) -> tuple[IntArray, float]:
    if not ties.n_ties:
        return np.full(ties.n_people, -1, dtype=np.int64), 0.0
    graph, strength = to_igraph(ties), ties.strength.tolist()
    best, best_quality = np.zeros(0, dtype=np.int64), -np.inf
    for attempt in range(_N_TRIES):
        labels = divide_once(graph, strength, resolution=resolution, seed=seed + attempt)
        quality = _modularity(ties, labels, resolution)
        if quality > best_quality:
            best, best_quality = labels, quality
    return best, best_quality


def _modularity(ties: Ties, labels: IntArray, resolution: float) -> float:
    total = ties.strength.sum()
    inside, strength = _inside(ties, labels)
    return float(np.round((inside / total - resolution * (strength / (2 * total)) ** 2).sum(), 9))


def _inside(ties: Ties, labels: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the strength of the ties inside each group, and the sum of its people's strengths; -1 left out."""
    n_groups = int(labels.max(initial=-1)) + 1
    here, there = labels[ties.source], labels[ties.target]
    same = (here == there) & (here >= 0)
    inside = np.bincount(here[same], weights=ties.strength[same], minlength=n_groups)
    ends = np.concatenate([here, there])
    strength = np.bincount(ends[ends >= 0], weights=np.tile(ties.strength, 2)[ends >= 0], minlength=n_groups)
    return inside.astype(np.float64), strength.astype(np.float64)


def measure_tightness(ties: Ties, membership: IntArray) -> FloatArray:
    """Say how much more strength stands inside each group than its people's ties dealt at random would put there.

    Parameters
    ----------
    ties : Ties
        Undirected.
    membership : numpy.ndarray
        int64, shape (n_people,): group 0 .. n_groups - 1, -1 for none.

    Returns
    -------
    numpy.ndarray
            float64, shape (n_groups,): (inside - e) / sqrt(e) with e = s^2 / 4m, s the sum of the strengths of its
        people and m of all ties, in units of the mean tie; 0 for a group without ties.
    """
    inside, strength = _inside(ties, membership)
    total = max(float(ties.strength.sum()), 1e-300)
    expected = strength**2 / (4 * total)
    scale = np.sqrt(expected * (total / max(ties.n_ties, 1)))
    return np.divide(inside - expected, scale, out=np.zeros(len(inside)), where=expected > 0)


def chance_of_map(nulls: Nulls, modularity: float) -> float:
    """Return the share of networks, this one counted, with modularity as high as this: the p-value of the map."""
    return (1 + int((nulls.modularity >= modularity).sum())) / (1 + len(nulls.modularity))


def chance_of_groups(nulls: Nulls, sizes: IntArray, tightness: FloatArray) -> FloatArray:
    """Return for each group how often chance makes one as tight.

    Parameters
    ----------
    nulls : Nulls
    sizes, tightness : numpy.ndarray
        Shape (n_groups,).

    Returns
    -------
    numpy.ndarray
        float64, shape (n_groups,): among the groups of the rewired networks, the fifth nearest in size (at least 20,
        those as near as the last of them too), the share as tight as this one, itself counted. 1 where chance made
        no groups at all.
    """
    return np.array([_chance_of_group(nulls, size, tight) for size, tight in zip(sizes, tightness, strict=True)])


def _chance_of_group(nulls: Nulls, size: int, tightness: float) -> float:
    if not len(nulls.sizes):
        return 1.0
    distance = np.abs(nulls.sizes - size)
    n_near = min(max(_AT_LEAST, int(_NEAREST * len(distance))), len(distance))
    near = distance <= np.partition(distance, n_near - 1)[n_near - 1]
    return float((1 + (nulls.tightness[near] >= tightness).sum()) / (1 + near.sum()))
