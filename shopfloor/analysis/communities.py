"""Communities by the Leiden method: the algorithm alone, on ties; `groups` makes of them what people can read."""

import random
import threading
from dataclasses import dataclass
from typing import Final

import igraph
import numpy as np
from numpy.typing import NDArray

from shopfloor.analysis.ties import Ties

MIN_MEMBERS: Final = 3
"""Fewer people than this are no group."""

MIN_TIES: Final = 2
"""Ties into a community that make a member: who hangs on one person is tied to her, not yet to the group."""

N_RUNS: Final = 10
"""Leiden runs of which the best counts."""

# igraph has one random number generator for the whole process.
_igraph_random = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Communities:
    """A division of people.

    Attributes
    ----------
    membership : numpy.ndarray
        int64, shape (n_people,): 0 is the largest community, then by size, then by the smallest person; -1 in none.
    modularity : float
        Of the division as found, before people were put in none; -0.5 .. 1, 0 without ties.
    """

    membership: NDArray[np.int64]
    modularity: float

    @property
    def n_communities(self) -> int:
        """How many communities there are."""
        return int(self.membership.max(initial=-1)) + 1


def to_igraph(ties: Ties) -> igraph.Graph:
    """Return `ties` as an igraph graph over all people, strengths as the edge attribute ``strength``."""
    graph = igraph.Graph(n=ties.n_people, edges=np.column_stack([ties.source, ties.target]), directed=ties.is_directed)
    graph.es["strength"] = ties.strength.tolist()
    return graph


def find_communities(
    ties: Ties, *, resolution: float = 1.0, seed: int = 0, min_members: int = MIN_MEMBERS, n_runs: int = N_RUNS
) -> Communities:
    """Divide people so that ties within are stronger than chance would have them (Leiden, modularity).

    Parameters
    ----------
    ties : Ties
        Taken without direction; strength counts.
    resolution : float
        Above 0; larger gives more and smaller communities.
    seed : int
        Of the first run; the same seed and ties give the same answer.
    min_members : int
        Smaller communities are dissolved: their people are in none, as are people without ties and people with a
        single tie into theirs (`MIN_TIES`; a single tie is enough where two people are a community).
    n_runs : int
        Runs of which the one with the highest modularity counts (to nine digits; the first of equals).

    Returns
    -------
    Communities
        Everybody in none where there are no ties.

    References
    ----------
    V. A. Traag, L. Waltman, N. J. van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
    Scientific Reports 9, 5233 (2019). doi:10.1038/s41598-019-41695-z
    """
    plain = ties.undirected()
    if not plain.n_ties:
        return Communities(np.full(plain.n_people, -1, dtype=np.int64), 0.0)
    graph = to_igraph(plain)
    best, best_quality = np.zeros(0, dtype=np.int64), -np.inf
    with _igraph_random:
        try:
            for run in range(n_runs):
                igraph.set_random_number_generator(random.Random(seed * n_runs + run))  # noqa: S311 - not for secrets
                found = graph.community_leiden(
                    objective_function="modularity", weights="strength", resolution=resolution, n_iterations=-1
                )
                quality = round(graph.modularity(found, weights="strength", resolution=resolution), 9)
                if quality > best_quality:
                    best, best_quality = np.array(found.membership, dtype=np.int64), quality
        finally:
            igraph.set_random_number_generator(random)
    modularity = graph.modularity(best.tolist(), weights="strength")
    placed = np.where(_ties_inside(plain, best) >= min(MIN_TIES, min_members - 1), best, -1)
    return Communities(_renumber(placed, min_members), float(modularity))


def _ties_inside(plain: Ties, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count each person's ties to people with her own label."""
    inside = labels[plain.source] == labels[plain.target]
    ends = np.concatenate([plain.source[inside], plain.target[inside]])
    return np.bincount(ends, minlength=plain.n_people).astype(np.int64)


def _renumber(labels: NDArray[np.int64], min_members: int) -> NDArray[np.int64]:
    """Renumber communities by size, then by their smallest person; -1 stays, and is for those too small."""
    names, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes, (sizes < min_members) | (names < 0)))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    number[(sizes < min_members) | (names < 0)] = -1
    return number[inverse]
