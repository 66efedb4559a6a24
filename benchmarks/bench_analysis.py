"""All measures and groups of one workplace: this program against networkx, in one run.

    python benchmarks/bench_analysis.py --people 5000 --ties 50000

Betweenness, constraint and effective size take networkx from minutes to hours at 5,000 people; it is given
`--nodes` people of these and scaled, which is exact for constraint and effective size (they are computed a person at
a time) and for betweenness (a source at a time). What networkx lacks (Leiden) is compared with its Louvain, run once
where this program runs Leiden a hundred times. Ratios are printed for this run; seconds depend on the machine.
"""

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import networkx as nx
import numpy as np

from shopfloor.analysis import MEASURES, Ties, find_communities

STAY_INSIDE = 0.75


def draw_ties(n_people: int, n_ties: int, seed: int) -> Ties:
    """Draw namings among people in departments of 125: three in four stay inside."""
    rng = np.random.default_rng(seed)
    one = rng.integers(0, n_people, 2 * n_ties)
    near = (one // 125) * 125 + rng.integers(0, 125, 2 * n_ties)
    two = np.where(
        rng.random(2 * n_ties) < STAY_INSIDE, np.minimum(near, n_people - 1), rng.integers(0, n_people, 2 * n_ties)
    )
    keys = np.unique((one * n_people + two)[one != two])
    source, target = np.divmod(np.sort(rng.choice(keys, n_ties, replace=False)), n_people)
    asked = np.ones(n_people, dtype=bool)
    return Ties(
        "named",
        n_people,
        source.astype(np.int32),
        target.astype(np.int32),
        np.ones(n_ties),
        is_directed=True,
        asked=asked,
    )


def seconds(work: Callable[[], Any]) -> float:
    """Return how long `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def networkx_seconds(ties: Ties, n_nodes: int, seed: int) -> dict[str, float]:
    """Time networkx on the same ties; slow measures on `n_nodes` people, scaled."""
    directed = nx.DiGraph(list(zip(ties.source.tolist(), ties.target.tolist(), strict=True)))
    directed.add_nodes_from(range(ties.n_people))
    plain = directed.to_undirected()
    some = np.random.default_rng(seed).choice(ties.n_people, n_nodes, replace=False).tolist()
    scale = ties.n_people / n_nodes
    return {
        "named_by": seconds(lambda: dict(directed.in_degree)),
        "degree": seconds(lambda: dict(plain.degree)),
        "closeness": scale * seconds(lambda: nx.harmonic_centrality(plain, nbunch=some)),
        "betweenness": scale * seconds(lambda: nx.betweenness_centrality(plain, k=n_nodes, seed=seed)),
        "katz": seconds(lambda: nx.katz_centrality(directed, alpha=0.02, max_iter=1000)),
        "pagerank": seconds(lambda: nx.pagerank(directed)),
        "core": seconds(lambda: nx.core_number(plain)),
        "constraint": scale * seconds(lambda: nx.constraint(plain, nodes=some)),
        "effective_size": scale * seconds(lambda: nx.effective_size(plain, nodes=some)),
        "groups": seconds(lambda: nx.community.louvain_communities(plain, seed=seed)),
    }


def main() -> None:
    """Print a line a measure and the ratio of the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--ties", type=int, default=10_000)
    parser.add_argument("--nodes", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    ties = draw_ties(given.people, given.ties, given.seed)
    ours = {name: seconds(partial(measure.compute, ties)) for name, measure in MEASURES.items()}
    ours["groups"] = seconds(lambda: find_communities(ties))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    theirs = networkx_seconds(ties, given.nodes, given.seed)
    print(
        f"{given.people} people, {given.ties} ties, seed {given.seed}; slow networkx measures on {given.nodes} people"
    )
    for name, spent in ours.items():
        compared = f"networkx {theirs[name]:9.3f} s" if name in theirs else "(not in networkx)"
        print(f"  {name:15} {spent:8.3f} s   {compared}")
    total, other = sum(ours.values()), sum(theirs.values())
    print(f"  together {total:.2f} s, peak {peak:.0f} MB with libraries")
    print(f"  networkx {other:.0f} s: {other / total:.0f} times as long")


if __name__ == "__main__":
    main()
