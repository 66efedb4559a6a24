import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from shopfloor.analysis import bridging_ties, find_communities, project_ties
from tests.analysis.build import from_pairs, workplace
from tests.analysis.graphs import GOLDEN, plain_graph, told_from


def test_two_cliques_are_two_communities_largest_first() -> None:
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(5))
    found = find_communities(told_from(graph))
    assert found.membership.tolist() == [1] * 4 + [0] * 5
    assert found.n_communities == 2


def test_fewer_than_three_people_are_no_community() -> None:
    found = find_communities(told_from(GOLDEN["two pairs"]))
    assert found.membership.tolist() == [-1] * 4
    assert find_communities(told_from(GOLDEN["two pairs"]), min_members=2).membership.tolist() == [0, 0, 1, 1]


def test_without_ties_everybody_is_in_none() -> None:
    found = find_communities(project_ties(workplace(3), "named"))
    assert (found.membership.tolist(), found.modularity, found.n_communities) == ([-1, -1, -1], 0.0, 0)


def test_one_tie_makes_no_member() -> None:
    graph = nx.complete_graph(6)
    graph.add_edges_from([(0, 6), (1, 7), (2, 7)])
    assert find_communities(told_from(graph), resolution=0.5).membership.tolist() == [0, 0, 0, 0, 0, 0, -1, 0]


@pytest.mark.parametrize("golden", ["karate", "miserables", "florentine"])
def test_modularity_is_at_least_that_of_louvain(golden: str) -> None:
    ties = told_from(GOLDEN[golden])
    graph = plain_graph(ties)
    for seed in range(5):
        louvain = nx.community.louvain_communities(graph, weight="strength", seed=seed)
        best = nx.community.modularity(graph, louvain, weight="strength")
        assert find_communities(ties).modularity >= best - 1e-9


def test_modularity_is_that_of_networkx() -> None:
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(5))
    graph.add_edge(0, 8)
    expected = nx.community.modularity(graph, [set(range(4)), set(range(4, 9))])
    assert find_communities(told_from(graph)).modularity == pytest.approx(expected)


def test_the_same_seed_gives_the_same_answer_whatever_ran_before() -> None:
    ties = told_from(GOLDEN["miserables"])
    first = find_communities(ties, seed=4)
    igraph.Graph.Erdos_Renyi(50, 0.2).community_leiden()
    assert find_communities(ties, seed=4).membership.tolist() == first.membership.tolist()


def test_higher_resolution_gives_more_communities() -> None:
    ties = told_from(GOLDEN["miserables"])
    assert find_communities(ties, resolution=3).n_communities > find_communities(ties, resolution=0.3).n_communities


def three_circles() -> tuple[list[tuple[int, int]], np.ndarray]:
    """Circles 0-3, 4-7, 8-11; one tie from the first to the second, two from the second to the third, apart."""
    inside = [(a, b) for start in (0, 4, 8) for a in range(start, start + 4) for b in range(a + 1, start + 4)]
    return [*inside, (3, 4), (5, 8), (6, 9)], np.repeat([0, 1, 2], 4)


def test_bridging_ties_are_those_between_groups_that_hang_on_one_person() -> None:
    pairs, groups = three_circles()
    bridges = bridging_ties(project_ties(from_pairs(12, pairs), "told"), groups)
    assert bridges[["source", "target", "n_ties", "n_links"]].to_numpy().tolist() == [[3, 4, 1, 1]]


def test_ties_that_share_nobody_are_independent_links() -> None:
    pairs, groups = three_circles()
    bridges = bridging_ties(project_ties(from_pairs(12, [*pairs, (5, 9)]), "told"), groups, max_links=9)
    assert bridges["n_links"].tolist() == [1, 2, 2, 2]
    assert bridges["n_ties"].tolist() == [1, 3, 3, 3]


def test_ties_of_people_in_no_group_are_no_bridges() -> None:
    pairs, groups = three_circles()
    groups[3] = -1
    assert bridging_ties(project_ties(from_pairs(12, pairs), "told"), groups).empty


def test_without_bridges_the_table_is_empty_and_has_its_columns() -> None:
    bridges = bridging_ties(project_ties(workplace(3), "named"), np.zeros(3, dtype=np.int64))
    assert isinstance(bridges, pd.DataFrame)
    assert bridges.columns.tolist() == ["source", "target", "strength", "group", "other_group", "n_ties", "n_links"]
