"""Golden and random graphs as ties, for tests."""

import networkx as nx
import numpy as np

from shopfloor.analysis import Ties, project_ties
from tests.analysis.build import from_pairs, random_namings, workplace


def told_from(graph: "nx.Graph[int]") -> Ties:
    """Ties with the edges of `graph`; people are its nodes in their order."""
    number = {node: i for i, node in enumerate(graph)}
    pairs = [(number[one], number[two]) for one, two in graph.edges]
    strengths = [float(data.get("weight", 1.0)) for _, _, data in graph.edges(data=True)]
    return project_ties(from_pairs(len(graph), pairs, strengths), "told").undirected()


def plain_graph(ties: Ties) -> "nx.Graph[int]":
    """`ties` as a networkx graph of people 0 .. n-1 with ``strength``, directed as they are."""
    graph: nx.Graph[int] = nx.DiGraph() if ties.is_directed else nx.Graph()
    graph.add_nodes_from(range(ties.n_people))
    ends = zip(ties.source.tolist(), ties.target.tolist(), ties.strength.tolist(), strict=True)
    graph.add_weighted_edges_from(ends, weight="strength")
    return graph


def random_named(seed: int, n_people: int = 14) -> Ties:
    """Draw namings by everybody, a few naming nobody, so that some components may be apart."""
    rng = np.random.default_rng(seed)
    return project_ties(workplace(n_people, namings=random_namings(rng, n_people, n_people, most=3)), "named")


GOLDEN = {
    "kite": nx.krackhardt_kite_graph(),
    "florentine": nx.florentine_families_graph(),
    "miserables": nx.les_miserables_graph(),
    "karate": nx.karate_club_graph(),
    "star": nx.star_graph(5),
    "two pairs": nx.Graph([(0, 1), (2, 3)]),
}
