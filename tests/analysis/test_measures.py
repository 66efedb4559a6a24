from collections.abc import Callable
from itertools import combinations
from typing import cast

import networkx as nx
import numpy as np
import pytest

from shopfloor.analysis import MEASURES, Ties, find_communities, measures, project_ties
from shopfloor.analysis.measures import find_measure, only_broker
from shopfloor.errors import UsageError
from tests.analysis.build import from_pairs, workplace
from tests.analysis.graphs import GOLDEN, plain_graph, random_named, told_from

Scores = dict[int, float]


def harmonic(graph: "nx.Graph[int]") -> Scores:
    return {node: value / (len(graph) - 1) for node, value in nx.harmonic_centrality(graph).items()}


def constraint(graph: "nx.Graph[int]") -> Scores:
    return dict(nx.constraint(graph, weight="strength"))


TWO_WAY_ORACLES: dict[str, Callable[["nx.Graph[int]"], Scores]] = {
    "degree": lambda graph: dict(graph.degree),
    "strength": lambda graph: dict(graph.degree(weight="strength")),
    "closeness": harmonic,
    "betweenness": nx.betweenness_centrality,
    "core": nx.core_number,
    "constraint": constraint,
    "effective_size": nx.effective_size,
}


def agree(found: np.ndarray, expected: Scores, tolerance: float = 1e-9) -> None:
    assert found == pytest.approx(np.array([expected[i] for i in range(len(found))]), abs=tolerance, nan_ok=True)


@pytest.mark.parametrize("name", TWO_WAY_ORACLES)
@pytest.mark.parametrize("golden", GOLDEN)
def test_measures_without_direction_equal_networkx_on_golden_graphs(name: str, golden: str) -> None:
    ties = told_from(GOLDEN[golden])
    agree(MEASURES[name].compute(ties), TWO_WAY_ORACLES[name](plain_graph(ties)))


@pytest.mark.parametrize("name", sorted(set(TWO_WAY_ORACLES) - {"strength"}))
@pytest.mark.parametrize("seed", range(8))
def test_measures_without_direction_equal_networkx_on_random_namings(name: str, seed: int) -> None:
    ties = random_named(seed)
    agree(MEASURES[name].compute(ties), TWO_WAY_ORACLES[name](plain_graph(ties.undirected())))


@pytest.mark.parametrize("seed", range(8))
def test_directed_measures_equal_networkx_on_random_namings(seed: int) -> None:
    ties = random_named(seed)
    graph = cast("nx.DiGraph[int]", plain_graph(ties))
    agree(MEASURES["named_by"].compute(ties), dict(graph.in_degree))
    agree(MEASURES["in_degree"].compute(ties), dict(graph.in_degree))
    agree(MEASURES["out_degree"].compute(ties), dict(graph.out_degree))
    agree(MEASURES["strength"].compute(ties), dict(graph.in_degree(weight="strength")))
    agree(MEASURES["pagerank"].compute(ties), nx.pagerank(graph, tol=1e-13, max_iter=1000), 1e-9)


@pytest.mark.parametrize("ties", [random_named(3), told_from(GOLDEN["miserables"]), told_from(GOLDEN["two pairs"])])
def test_katz_equals_networkx(ties: Ties) -> None:
    matrix = ties.adjacency().toarray()
    alpha = measures.DAMPING / (np.linalg.eigvalsh(matrix + matrix.T)[-1] / 2)
    expected = nx.katz_centrality_numpy(plain_graph(ties), alpha=alpha, normalized=False, weight="strength")
    agree(MEASURES["katz"].compute(ties), expected, 1e-7)


def test_the_kite_has_different_first_people_by_degree_and_by_betweenness() -> None:
    kite = told_from(GOLDEN["kite"])
    degree, between, close = (MEASURES[name].compute(kite) for name in ("degree", "betweenness", "closeness"))
    assert [int(degree.argmax()), int(between.argmax())] == [3, 7]
    # Krackhardt's own closeness puts 5 and 6 first; the harmonic one, which also counts near people most, second.
    assert np.lexsort((np.arange(10), -close.round(9)))[:3].tolist() == [3, 5, 6]


def test_the_medici_stand_between_the_families() -> None:
    families = GOLDEN["florentine"]
    scores = MEASURES["betweenness"].compute(told_from(families))
    assert list(families)[int(scores.argmax())] == "Medici"
    assert scores.max() == pytest.approx(0.5220, abs=1e-4)


@pytest.mark.parametrize("name", MEASURES)
def test_relabelling_people_permutes_scores_and_no_more(name: str) -> None:
    for seed in range(4):
        ties = random_named(seed)
        order = np.random.default_rng(seed + 100).permutation(ties.n_people)
        namings: dict[int, list[int]] = {int(order[i]): [] for i in range(ties.n_people)}
        for one, two in zip(ties.source, ties.target, strict=True):
            namings[int(order[one])].append(int(order[two]))
        moved = project_ties(workplace(ties.n_people, namings=namings), "named")
        if name == "bridging":
            groups = find_communities(ties).membership
            before, after = only_broker(ties, groups), only_broker(moved, groups[np.argsort(order)])
        else:
            before, after = MEASURES[name].compute(ties), MEASURES[name].compute(moved)
        assert after[order] == pytest.approx(before, abs=1e-9, nan_ok=True), f"seed {seed}"


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("n_people", [0, 1, 2, 5])
def test_every_measure_has_an_answer_without_ties(name: str, n_people: int) -> None:
    values = MEASURES[name].compute(project_ties(workplace(n_people), "named"))
    assert values.shape == (n_people,)
    assert values.dtype == np.float64
    assert not np.nan_to_num(values).any() or name in {"katz", "pagerank"}


def test_share_named_counts_only_those_who_could_have_named_her() -> None:
    ties = project_ties(workplace(4, namings={0: [1], 1: [0], 2: [1]}), "named")
    assert MEASURES["named_share"].compute(ties).tolist() == [0.5, 1.0, 0.0, 0.0]


def test_nobody_could_name_the_only_one_asked() -> None:
    ties = project_ties(workplace(2, namings={0: []}), "named")
    assert np.isnan(MEASURES["named_share"].compute(ties)).tolist() == [True, False]


def test_whom_somebody_not_asked_would_name_is_not_known_rather_than_nobody() -> None:
    ties = project_ties(workplace(3, namings={0: [1], 1: []}), "named")
    assert MEASURES["out_degree"].compute(ties) == pytest.approx([1.0, 0.0, np.nan], nan_ok=True)


def test_betweenness_is_sampled_above_a_size_near_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    ties = told_from(GOLDEN["miserables"])
    exact = measures.betweenness(ties)
    monkeypatch.setattr(measures, "EXACT_UP_TO", 10)
    monkeypatch.setattr(measures, "N_SOURCES", 60)
    assert measures.is_sampled(ties.n_people)
    sampled = measures.betweenness(ties, seed=1)
    assert sampled == pytest.approx(exact, abs=0.05)
    assert sampled.tolist() != exact.tolist()
    assert sampled.tolist() == measures.betweenness(ties, seed=1).tolist()


def test_all_sources_sampled_is_the_exact_betweenness(monkeypatch: pytest.MonkeyPatch) -> None:
    ties = told_from(GOLDEN["kite"])
    exact = measures.betweenness(ties)
    monkeypatch.setattr(measures, "EXACT_UP_TO", 5)
    monkeypatch.setattr(measures, "N_SOURCES", 10)
    assert measures.betweenness(ties) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("paths_at_once", [1, 20_000_000])
@pytest.mark.parametrize("seed", range(6))
def test_only_broker_equals_looking_at_every_pair(
    seed: int, paths_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "_PATHS_AT_ONCE", paths_at_once)
    ties = random_named(seed, 20).undirected()
    groups = np.random.default_rng(seed).integers(-1, 3, ties.n_people)
    graph, expected = plain_graph(ties), np.zeros(ties.n_people)
    for one, two in combinations(range(ties.n_people), 2):
        common = sorted(nx.common_neighbors(graph, one, two))
        is_apart = groups[one] != groups[two] or groups[one] < 0
        if is_apart and not graph.has_edge(one, two):
            expected[common] += len(common) == 1
    assert only_broker(ties, groups).tolist() == expected.tolist(), f"seed {seed}"


def test_bridging_finds_the_one_between_two_circles() -> None:
    circles = [*combinations(range(4), 2), *combinations(range(4, 8), 2), (3, 4)]
    scores = MEASURES["bridging"].compute(project_ties(from_pairs(8, circles), "told"))
    assert scores.tolist() == [0, 0, 0, 3, 3, 0, 0, 0]


def test_every_measure_says_in_a_sentence_what_a_high_value_means() -> None:
    for measure in MEASURES.values():
        assert measure.meaning.endswith(".")
        assert "person" in measure.meaning


def test_an_unknown_measure_is_an_error_with_near_ones() -> None:
    with pytest.raises(UsageError, match="did you mean betweenness"):
        find_measure("betweeness")


def test_counting_namings_on_another_layer_is_an_error() -> None:
    with pytest.raises(UsageError, match="in_degree"):
        MEASURES["named_by"].compute(project_ties(workplace(2), "told"))
