from itertools import combinations

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from shopfloor.analysis import Ties, bridging_ties, find_communities, link_groups, project_ties
from shopfloor.analysis.bridges import cut_people, participation
from shopfloor.analysis.consensus.agreement import MEMORY, TOGETHER, agree
from shopfloor.analysis.consensus.belonging import find_second_belonging, name_roles, weigh_belonging
from shopfloor.analysis.consensus.communities import N_RUNS
from shopfloor.analysis.consensus.noise import hash_keys, tie_noise
from shopfloor.analysis.consensus.progress import Steps
from tests.analysis.build import from_pairs, workplace
from tests.analysis.graphs import GOLDEN, told_from


def test_two_cliques_are_two_communities_largest_first() -> None:
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(5))
    found = find_communities(told_from(graph))
    assert found.membership.tolist() == [1] * 4 + [0] * 5
    assert found.n_communities == 2
    assert found.belonging.tolist() == [1.0] * 9


def test_fewer_than_three_people_are_no_community() -> None:
    found = find_communities(told_from(GOLDEN["two pairs"]))
    assert found.membership.tolist() == [-1] * 4
    assert np.isnan(found.belonging).all()
    assert find_communities(told_from(GOLDEN["two pairs"]), min_members=2).membership.tolist() == [0, 0, 1, 1]


def test_without_ties_everybody_is_in_none() -> None:
    found = find_communities(project_ties(workplace(3), "named"))
    assert (found.membership.tolist(), found.modularity, found.n_communities) == ([-1, -1, -1], 0.0, 0)


@pytest.mark.parametrize("golden", ["karate", "miserables"])
def test_modularity_is_near_that_of_the_best_of_many_louvain_runs(golden: str) -> None:
    graph = GOLDEN[golden]
    best = max(
        nx.community.modularity(graph, nx.community.louvain_communities(graph, weight="weight", seed=seed))
        for seed in range(20)
    )
    assert find_communities(told_from(graph)).modularity >= best - 0.02


def test_modularity_is_that_of_networkx() -> None:
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(5))
    graph.add_edge(0, 8)
    expected = nx.community.modularity(graph, [set(range(4)), set(range(4, 9))])
    assert find_communities(told_from(graph)).modularity == pytest.approx(expected)


def test_the_same_seed_gives_the_same_answer_whatever_ran_before() -> None:
    ties = told_from(GOLDEN["miserables"])
    first = find_communities(ties, seed=4)
    igraph.Graph.Erdos_Renyi(50, 0.2).community_leiden()
    again = find_communities(ties, seed=4)
    assert again.membership.tolist() == first.membership.tolist()
    np.testing.assert_array_equal(again.belonging, first.belonging)


@pytest.mark.parametrize("seed", range(3))
def test_people_and_ties_in_any_order_give_the_same_groups_bit_for_bit(seed: int) -> None:
    ties = told_from(GOLDEN["miserables"])
    keys = [f"P{i:03d}" for i in range(ties.n_people)]
    rng = np.random.default_rng(seed)
    place, order = rng.permutation(ties.n_people), rng.permutation(ties.n_ties)
    ends = np.sort(np.column_stack([place[ties.source], place[ties.target]])[order], axis=1).astype(np.int32)
    moved = Ties("told", ties.n_people, ends[:, 0], ends[:, 1], ties.strength[order], is_directed=False)
    there = [keys[i] for i in np.argsort(place)]
    here, elsewhere = find_communities(ties, keys), find_communities(moved, there)
    np.testing.assert_array_equal(elsewhere.membership[place], here.membership)
    np.testing.assert_array_equal(elsewhere.belonging[place], here.belonging)
    np.testing.assert_array_equal(elsewhere.runs[place], here.runs)
    assert elsewhere.modularity == here.modularity


def test_higher_resolution_gives_more_communities() -> None:
    ties = told_from(GOLDEN["miserables"])
    assert find_communities(ties, resolution=3).n_communities > find_communities(ties, resolution=0.3).n_communities


def test_the_runs_can_be_followed_and_stopped() -> None:
    seen: list[tuple[int, int]] = []
    find_communities(told_from(GOLDEN["karate"]), steps=Steps(N_RUNS, lambda done, of: seen.append((done, of))))
    assert seen == [(done, N_RUNS) for done in range(1, N_RUNS + 1)]

    def stop(_done: int, _of: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        find_communities(told_from(GOLDEN["karate"]), steps=Steps(N_RUNS, stop))


def test_a_tie_has_the_same_noise_whoever_else_there_is() -> None:
    few, many = hash_keys(["A", "B"]), hash_keys(["A", "A1", "B", "C"])
    assert tie_noise(few[:1], few[1:], 7).tolist() == tie_noise(many[:1], many[2:3], 7).tolist()
    assert tie_noise(few[:1], few[1:], 7).tolist() != tie_noise(few[:1], few[1:], 8).tolist()


def test_noise_leaves_the_mean_strength_as_it_is() -> None:
    hashes = hash_keys([f"P{i}" for i in range(40_000)])
    factors = tie_noise(hashes[:20_000], hashes[20_000:], 3)
    assert factors.mean() == pytest.approx(1.0, abs=0.02)
    assert np.log(factors).std() == pytest.approx(0.5, abs=0.02)


def partitions(n: int) -> list[list[int]]:
    """All divisions of n people, as labels in order of first appearance."""
    found = [[0]]
    for _ in range(n - 1):
        found = [[*labels, new] for labels in found for new in range(max(labels) + 2)]
    return found


def gain(labels: list[int], runs: np.ndarray, remembered: np.ndarray) -> float:
    total = 0.0
    for one, two in combinations(range(len(labels)), 2):
        share = float((runs[one] == runs[two]).mean())
        if remembered[one] >= 0 and remembered[two] >= 0:
            share = (1 - MEMORY) * share + MEMORY * float(remembered[one] == remembered[two])
        total += (share - TOGETHER) if labels[one] == labels[two] else 0.0
    return total


@pytest.mark.parametrize("seed", range(12))
def test_no_division_of_seven_people_agrees_better_with_the_runs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    runs = rng.integers(0, 3, (7, 9)).astype(np.int32)
    remembered = rng.integers(-1, 2, 7)
    found = agree(runs, remembered, seed=0).tolist()
    best = max(gain(labels, runs, remembered) for labels in partitions(7))
    assert gain(found, runs, remembered) == pytest.approx(best, abs=1e-6)


def test_what_was_accepted_decides_where_the_runs_are_split() -> None:
    runs = np.array([[0, 0], [0, 0], [0, 1], [1, 1], [1, 1]], dtype=np.int32)
    for group in (0, 1):
        remembered = np.array([0, 0, group, 1, 1])
        labels = agree(runs, remembered, seed=0)
        assert labels[2] == labels[4 * group]
        assert labels[0] != labels[4]


@pytest.mark.parametrize("seed", range(4))
def test_belonging_is_the_weighted_share_of_runs_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    runs, membership = rng.integers(0, 3, (8, 11)).astype(np.int32), np.array([0, 0, 0, 0, 1, 1, 1, -1])
    own = np.ones(8)
    for _ in range(3):
        weighed = own.copy()
        for person in range(7):
            others = [i for i in range(8) if membership[i] == membership[person] and i != person]
            shares = [float((runs[person] == runs[i]).mean()) for i in others]
            weighed[person] = np.average(shares, weights=own[others])
        own = weighed
    np.testing.assert_allclose(weigh_belonging(runs, membership)[:7], own[:7])
    assert np.isnan(weigh_belonging(runs, membership)[7])


def test_belonging_has_three_names() -> None:
    assert name_roles(np.array([1.0, 0.8, 0.7, 0.6, 0.59, np.nan])) == [
        "core",
        "core",
        "member",
        "member",
        "edge",
        None,
    ]


def test_a_second_belonging_takes_runs_and_ties() -> None:
    pairs = [*combinations(range(4), 2), *combinations(range(4, 8), 2), (3, 4), (3, 5), (3, 6), (2, 7)]
    ties = project_ties(from_pairs(8, pairs), "told").undirected()
    membership = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    runs = np.repeat(membership[:, None], 10, axis=1).astype(np.int32)
    runs[[2, 3], :4] = 1
    second, share = find_second_belonging(ties, runs, membership)
    assert second.tolist() == [-1, -1, -1, 1, -1, -1, -1, -1]
    assert share[3] == pytest.approx(0.4)
    runs[3, 1:4] = 0
    assert find_second_belonging(ties, runs, membership)[0].tolist() == [-1] * 8


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


def test_groups_hang_on_whoever_is_on_every_tie() -> None:
    pairs, groups = three_circles()
    links = link_groups(project_ties(from_pairs(12, [*pairs, (2, 4)]), "told"), groups)
    assert links[["group", "other_group", "n_ties", "n_links", "link"]].to_numpy().tolist() == [
        [0, 1, 2, 1, "hangs on one person"],
        [1, 2, 2, 2, "thin"],
    ]
    assert links["hinges"].tolist() == [[4], []]


@pytest.mark.parametrize("seed", range(8))
def test_as_many_must_leave_to_part_two_groups_as_there_are_independent_links(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = [(one, two) for one in range(4) for two in range(4, 8) if rng.random() < 0.4] or [(0, 4)]
    groups = np.repeat([0, 1], 4)
    links = link_groups(project_ties(from_pairs(8, pairs), "told"), groups)
    fewest = min(
        size
        for size in range(9)
        if any(all(set(pair) & set(leavers) for pair in pairs) for leavers in combinations(range(8), size))
    )
    assert links["n_links"].tolist() == [fewest]


def test_ties_of_people_in_no_group_are_no_bridges() -> None:
    pairs, groups = three_circles()
    groups[3] = -1
    assert bridging_ties(project_ties(from_pairs(12, pairs), "told"), groups).empty


def test_without_bridges_the_table_is_empty_and_has_its_columns() -> None:
    bridges = bridging_ties(project_ties(workplace(3), "named"), np.zeros(3, dtype=np.int64))
    assert isinstance(bridges, pd.DataFrame)
    assert bridges.columns.tolist() == ["source", "target", "strength", "group", "other_group", "n_ties", "n_links"]
    assert link_groups(project_ties(workplace(3), "named"), np.zeros(3, dtype=np.int64)).empty


def test_cut_people_are_those_whose_leaving_parts_others() -> None:
    ties = told_from(GOLDEN["florentine"])
    plain = nx.Graph(list(zip(ties.source.tolist(), ties.target.tolist(), strict=True)))
    assert np.flatnonzero(cut_people(ties)).tolist() == sorted(nx.articulation_points(plain))


def test_participation_is_said_from_three_ties_on() -> None:
    ties = project_ties(from_pairs(6, [(0, 1), (0, 2), (0, 3), (0, 4), (5, 1), (5, 2)]), "told")
    spread = participation(ties, np.array([0, 0, 1, 1, -1, 0]))
    assert spread[0] == pytest.approx(1 - (1 / 4) ** 2 - (2 / 4) ** 2 - (1 / 4) ** 2)
    assert np.isnan(spread[1:]).all()
