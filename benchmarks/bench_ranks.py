"""Ranks and words for a large workplace: this program against networkx doing one draw in a loop, in one run.

    python benchmarks/bench_ranks.py --people 5000 --namings 75000

The workplace is made up: 40 departments x 3 shifts, people of uneven standing, four in ten asked, pairs who work
together. networkx is given one draw, fitted rates included for nothing: every answer not given yet is drawn, the
graph is built and people are ranked by in-degree; that, times the number of draws, is what it would take. It does so
for `--rows` people and is scaled, which is exact but for the ranking at the end.
"""

import argparse
import resource
import time

import networkx as nx
import numpy as np

from shopfloor.analysis.certainty import NamingData, NamingRanks, naming_data, rank_namings

N_DEPARTMENTS, N_SHIFTS = 40, 3


def draw_workplace(n_people: int, n_namings: int, share: float, seed: int) -> NamingData:
    """Draw namings by `share` of the people, so many in all; three in four within the department."""
    rng = np.random.default_rng(seed)
    department, shift = rng.integers(0, N_DEPARTMENTS, n_people), rng.integers(0, N_SHIFTS, n_people)
    asked = np.zeros(n_people, dtype=bool)
    asked[rng.choice(n_people, round(share * n_people), replace=False)] = True
    standing = np.exp(rng.normal(0.0, 1.0, n_people))
    by_department = np.argsort(department, kind="stable")
    bounds = np.searchsorted(department[by_department], np.arange(N_DEPARTMENTS + 1))
    namer = np.repeat(np.flatnonzero(asked), -(-2 * n_namings // asked.sum()))
    named = rng.choice(n_people, len(namer), p=standing / standing.sum())
    inside = rng.random(len(namer)) < 0.75  # noqa: PLR2004 - three in four
    for unit in range(N_DEPARTMENTS):
        members = by_department[bounds[unit] : bounds[unit + 1]]
        here = inside & (department[namer] == unit)
        named[here] = rng.choice(members, here.sum(), p=standing[members] / standing[members].sum())
    keys = np.unique((namer * n_people + named)[namer != named])
    namer, named = np.divmod(rng.choice(keys, min(n_namings, len(keys)), replace=False), n_people)
    close = rng.integers(0, n_people, (6 * n_people, 2))
    return naming_data(asked=asked, namer=namer, named=named, attributes=np.array([department, shift]), close=close)


def networkx_seconds(data: NamingData, ranks: NamingRanks, n_rows: int, seed: int) -> float:
    """Time one draw by networkx: the namings of `n_rows` people not asked, scaled to all, and the ranking."""
    rng = np.random.default_rng(seed)
    left = np.flatnonzero(~data.asked)
    some = rng.choice(left, min(n_rows, len(left)), replace=False)
    rates = ranks.expected / data.n_people
    start = time.perf_counter()
    graph = nx.DiGraph(list(zip(data.namer.tolist(), data.named.tolist(), strict=True)))
    graph.add_nodes_from(range(data.n_people))
    heard = time.perf_counter() - start
    start = time.perf_counter()
    for person in some.tolist():
        graph.add_edges_from((person, other) for other in range(data.n_people) if rng.random() < rates[other])
    drawn = (time.perf_counter() - start) * len(left) / len(some)
    start = time.perf_counter()
    counts = sorted((count for _, count in graph.in_degree), reverse=True)
    place = {count: rank for rank, count in reversed(list(enumerate(counts, start=1)))}
    _ = {person: place[count] for person, count in graph.in_degree}
    return heard + drawn + time.perf_counter() - start


def main() -> None:
    """Print both times and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--namings", type=int, default=75_000)
    parser.add_argument("--share", type=float, default=0.4)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    data = draw_workplace(given.people, given.namings, given.share, given.seed)
    start = time.perf_counter()
    ranks = rank_namings(data, n_draws=given.draws, seed=given.seed)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    ranks.pagerank()
    second = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    theirs = networkx_seconds(data, ranks, given.rows, given.seed) * given.draws
    print(f"{data.n_people} people, {data.n_asked} asked, {len(data.namer)} namings, {len(data.close)} close pairs")
    print(f"  ranks and words, {given.draws} draws   {ours:8.2f} s   peak {peak:.0f} MB with libraries")
    print(f"  expected PageRank            {second:8.2f} s")
    print(f"  networkx, {given.draws} draws (scaled) {theirs:8.0f} s: {theirs / ours:.0f} times as long")


if __name__ == "__main__":
    main()
