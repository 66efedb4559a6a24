"""Groups that hold, of 5,000 people with 50,000 ties: consensus, chance test and tables against networkx.

    python benchmarks/bench_groups.py --people 5000 --ties 50000

The same work done with networkx is its Louvain once for each of the runs of the consensus and twice for each network
dealt by chance, and one degree-preserving rewiring (`double_edge_swap`) for each of these; networkx does `--runs` of
the divisions and one rewiring, scaled. Ratios are printed for this run; seconds depend on the machine.
"""

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from shopfloor.analysis import Ties, find_communities
from shopfloor.analysis.consensus.communities import N_RUNS
from shopfloor.analysis.consensus.company import Company
from shopfloor.analysis.consensus.holding import Held, Options, hold_groups
from shopfloor.analysis.group_tables import Mapped, list_groups, list_people
from shopfloor.settings import DEFAULT_QUESTION, GROUP_NAME_ATTRIBUTES, TieSettings
from tests.analysis.build import workplace

GROUP_SIZE = 90


def draw_ties(n_people: int, n_ties: int, inside: float, seed: int) -> Ties:
    """Draw ties among people in groups of about 90: this share of them stays inside."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.arange(n_people) % max(n_people // GROUP_SIZE, 1))
    by_group = np.argsort(group, kind="stable")
    start, size = np.searchsorted(group[by_group], np.arange(group.max() + 1)), np.bincount(group)
    one = rng.integers(0, n_people, 2 * n_ties)
    near = by_group[start[group[one]] + (rng.random(2 * n_ties) * size[group[one]]).astype(int)]
    two = np.where(rng.random(2 * n_ties) < inside, near, rng.integers(0, n_people, 2 * n_ties))
    low, high = np.minimum(one, two), np.maximum(one, two)
    keys = np.unique((low * n_people + high)[low != high])
    source, target = np.divmod(np.sort(rng.choice(keys, min(n_ties, len(keys)), replace=False)), n_people)
    strength = rng.integers(1, 4, len(source)).astype(np.float64)
    return Ties("told", n_people, source.astype(np.int32), target.astype(np.int32), strength, is_directed=False)


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long `work` takes, and what it gives."""
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made


def describe(company: Company, held: Held) -> pd.DataFrame:
    """Make the tables that a page shows."""
    n_groups = len(held.chances)
    persons = np.arange(len(company.members))
    mapped = Mapped(company.workplace, DEFAULT_QUESTION, persons, held, list(range(1, n_groups + 1)), None)
    return list_groups(mapped, mapped.name(GROUP_NAME_ATTRIBUTES, {}), list_people(mapped))


def networkx_seconds(ties: Ties, n_runs: int, n_nulls: int, seed: int) -> float:
    """Return what the same divisions and rewirings take with networkx, some done and scaled."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(ties.n_people))
    graph.add_weighted_edges_from(
        zip(ties.source.tolist(), ties.target.tolist(), ties.strength.tolist(), strict=True), weight="strength"
    )
    one = [
        seconds(lambda run=run: nx.community.louvain_communities(graph, weight="strength", seed=seed + run))[0]
        for run in range(n_runs)
    ]
    swaps = ties.n_ties
    rewiring = 10 * seconds(lambda: nx.double_edge_swap(graph.copy(), swaps, max_tries=100 * swaps, seed=seed))[0]
    return float(np.mean(one)) * (N_RUNS + 2 * n_nulls) + rewiring * n_nulls


def main() -> None:
    """Print a line a step and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--ties", type=int, default=10_000)
    parser.add_argument("--inside", type=float, default=0.6, help="Share of ties that stay inside a group.")
    parser.add_argument("--runs", type=int, default=2, help="Divisions that networkx does.")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    ties = draw_ties(given.people, given.ties, given.inside, given.seed)
    place = workplace(given.people)
    keys = place.people["person_id"].tolist()
    company = Company(place, np.ones(given.people, dtype=bool), (ties,), (), TieSettings())
    alone, found = seconds(lambda: find_communities(ties, keys, seed=given.seed))
    both, held = seconds(lambda: hold_groups(company, keys, Options(seed=given.seed)))
    tables, rows = seconds(lambda: describe(company, held))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{given.people} people, {ties.n_ties} ties ({given.inside:.0%} inside groups), seed {given.seed}")
    print(f"  {N_RUNS} runs and their consensus {alone:8.2f} s, {found.n_communities} groups")
    print(f"  with {held.n_nulls} networks dealt by chance {both:8.2f} s, {int(held.solid.sum())} of {len(rows)} solid")
    print(f"  tables of groups and people {tables:8.2f} s")
    total = both + tables
    print(f"  together {total:.2f} s, peak {peak:.0f} MB with libraries")
    other = networkx_seconds(ties, given.runs, held.n_nulls, given.seed)
    print(f"  networkx {other:.0f} s: {other / total:.0f} times as long")


if __name__ == "__main__":
    main()
