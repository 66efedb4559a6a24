"""Leiden runs by igraph: ties as a graph, and its random numbers held to a seed, whatever ran before."""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import igraph
import numpy as np
from numpy.typing import NDArray

from shopfloor.analysis.ties import Ties

# igraph has one random number generator for the whole process.
_igraph_random = threading.Lock()


def to_igraph(ties: Ties) -> igraph.Graph:
    """Return `ties` as an igraph graph over all people, strengths as the edge attribute ``strength``."""
    graph = igraph.Graph(n=ties.n_people, edges=np.column_stack([ties.source, ties.target]), directed=ties.is_directed)
    graph.es["strength"] = ties.strength.tolist()
    return graph


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Have igraph draw from a generator with this seed, alone in the process."""
    with _igraph_random:
        igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - not for secrets
        try:
            yield
        finally:
            igraph.set_random_number_generator(random)


def divide_once(
    graph: igraph.Graph, strength: Sequence[float], *, resolution: float, seed: int, n_iterations: int = 2
) -> NDArray[np.int64]:
    """Divide people by one Leiden run on modularity.

    Parameters
    ----------
    graph : igraph.Graph
        Undirected.
    strength : sequence of float
        Of each edge, > 0.
    resolution : float
        Above 0; larger gives more and smaller communities.
    seed : int
        The same seed and graph give the same division.
    n_iterations : int
        -1: until nothing gets better.

    Returns
    -------
    numpy.ndarray
        int64, shape (n_people,): labels 0 .. in no particular order.

    References
    ----------
    V. A. Traag, L. Waltman, N. J. van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
    Scientific Reports 9, 5233 (2019). doi:10.1038/s41598-019-41695-z
    """
    with seeded(seed):
        found = graph.community_leiden(
            objective_function="modularity", weights=strength, resolution=resolution, n_iterations=n_iterations
        )
    return np.array(found.membership, dtype=np.int64)
