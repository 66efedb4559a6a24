"""Ties from job assignments: this program against DuckDB self-joins and a networkx projection, in one run.

    python benchmarks/bench_worked_with.py --people 200000 --assignments 1000000

The assignments are drawn: people move through crews of a few dozen at many worksites. DuckDB is measured twice: on
the plain self-join that adds up overlapping days for each pair (an easier task: no group size per day, no halving
with age), and on the self-join that gives the same answer. networkx projects people and crews without dates (easier
still) on as many people as `--networkx-people` says, scaled by people, since crews stay as large. Ratios are printed
for this run; seconds depend on the machine.
"""

import argparse
import datetime as dt
import resource
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import duckdb
import networkx as nx
import numpy as np
import pandas as pd
from networkx.algorithms import bipartite
from numpy.typing import NDArray

from shopfloor.analysis import project_ties
from shopfloor.workplace import Provenance, Workplace

TODAY = dt.date(2026, 6, 30)
PEOPLE_PER_CREW = 33
T = TypeVar("T")

PLAIN_JOIN = """
    select count(*), sum(days) from (
        select a.person as one, b.person as two,
               sum(date_diff('day', greatest(a.started_on, b.started_on), least(a.ended_on, b.ended_on)) + 1) as days
        from work a join work b
          on a.employer = b.employer and a.worksite = b.worksite and a.crew = b.crew and a.person < b.person
         and a.started_on <= b.ended_on and b.started_on <= a.ended_on
        group by one, two)
"""

SAME_ANSWER = """
    with spans as (
        select crew, person, date_diff('day', date '1970-01-01', started_on::date) as a,
               date_diff('day', date '1970-01-01', ended_on::date) + 1 as b from work),
    changes as (select crew, a as d, 1 as step from spans union all select crew, b, -1 from spans),
    segments as (
        select crew, d, lead(d) over (partition by crew order by d) as e,
               sum(sum(step)) over (partition by crew order by d) as n
        from changes group by crew, d),
    worth as (
        select crew, d, e, (pow(2, (e - $today) / 365.0) - pow(2, (d - $today) / 365.0))
               / ((pow(2, 1 / 365.0) - 1) * (n - 1)) as w
        from segments where n between 2 and 50),
    present as (
        select worth.crew, d, w, person from spans join worth
          on worth.crew = spans.crew and worth.d >= spans.a and worth.e <= spans.b)
    select count(*), sum(strength) from (
        select x.person as one, y.person as two, sum(x.w) as strength
        from present x join present y on x.crew = y.crew and x.d = y.d and x.person < y.person
        group by one, two)
"""


def draw_assignments(n_people: int, n_rows: int, seed: int) -> pd.DataFrame:
    """Draw assignments; about 18 overlapping pairs a row. Nobody is twice in a crew, which SQL would count twice."""
    rng = np.random.default_rng(seed)
    n_crews = max(n_people // PEOPLE_PER_CREW, 1)
    crew = rng.integers(0, n_crews, n_rows)
    start = np.datetime64("2020-01-01", "s") + rng.integers(0, 2200, n_rows) * np.timedelta64(1, "D")
    ended = np.minimum(start + rng.integers(5, 500, n_rows) * np.timedelta64(1, "D"), np.datetime64(TODAY, "s"))
    no_shift = np.zeros(n_rows, dtype=np.int64)
    drawn = pd.DataFrame(
        {
            "person": rng.integers(0, n_people, n_rows),
            "employer": named(crew % 40, "firm", 40),
            "worksite": named(crew % 500, "site", 500),
            "crew": named(crew, "crew", n_crews),
            "shift": named(no_shift, "shift", 1),
            "foreman": np.full(n_rows, -1),
            "started_on": start,
            "ended_on": ended,
            "hours": np.full(n_rows, np.nan),
        }
    )
    return drawn.drop_duplicates(["person", "crew"], ignore_index=True)


def named(codes: NDArray[np.int64], word: str, n_names: int) -> pd.Series:
    """Name numbers: ``crew 7``, as categories."""
    names = pd.Series([f"{word} {i}" for i in range(n_names)], dtype="category")
    return names.iloc[codes].reset_index(drop=True)


def as_workplace(n_people: int, assignments: pd.DataFrame) -> Workplace:
    """Make a workplace that has assignments and nothing else."""
    people = pd.DataFrame({"person_id": [f"P{i:07d}" for i in range(n_people)]})
    nothing = pd.DataFrame()
    cut = Provenance(revision=1, as_of=TODAY, known_at=None, version="benchmark")
    return Workplace(people, nothing, nothing, nothing, nothing, assignments, nothing, nothing, cut)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what `work` returns and its seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def load_duckdb(assignments: pd.DataFrame) -> duckdb.DuckDBPyConnection:
    """Return an in-memory database that holds the assignments as table ``work``."""
    text = assignments.astype({"employer": str, "worksite": str, "crew": str, "shift": str})
    connection = duckdb.connect()
    connection.register("frame", text)
    connection.execute("create table work as select * from frame")
    return connection


def join_with_duckdb(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, float]:
    """Return how many pairs are tied and the sum of what they shared."""
    today = (TODAY - dt.date(1970, 1, 1)).days
    found = connection.execute(query, {"today": today} if "$today" in query else None).fetchone()
    return (int(found[0]), float(found[1])) if found else (0, 0.0)


def project_with_networkx(assignments: pd.DataFrame) -> int:
    """Count tied pairs with the bipartite projection after Newman, without dates."""
    graph: nx.Graph[tuple[str, int | str]] = nx.Graph()
    people = [("person", int(person)) for person in assignments["person"].unique()]
    graph.add_nodes_from(people)
    graph.add_edges_from(
        (("person", int(p)), ("crew", c)) for p, c in zip(assignments["person"], assignments["crew"], strict=True)
    )
    return int(bipartite.collaboration_weighted_projected_graph(graph, people).number_of_edges())


def main() -> None:
    """Print one table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--assignments", type=int, default=100_000)
    parser.add_argument("--networkx-people", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rows_each = given.assignments // given.people
    assignments = draw_assignments(given.people, given.assignments, given.seed)
    picture = as_workplace(given.people, assignments)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ties, ours = timed(lambda: project_ties(picture, "worked_with"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{given.people} people, {given.assignments} assignments, seed {given.seed}: {ties.n_ties} ties")
    print(f"  Shopfloor {ours:.2f} s, {peak / 1024:.0f} MB more at the peak")
    connection = load_duckdb(assignments)
    for title, query in (("plain self-join", PLAIN_JOIN), ("same answer", SAME_ANSWER)):
        (n_joined, total), theirs = timed(partial(join_with_duckdb, connection, query))
        print(f"  DuckDB {title} {theirs:.2f} s, {n_joined} ties: {theirs / ours:.1f} times as long")
    print(f"  sum of strengths {ties.strength.sum():.3f}, by DuckDB {total:.3f}")
    compare_with_networkx(given.networkx_people, rows_each, given.seed, given.people, ours)


def compare_with_networkx(n_people: int, rows_each: int, seed: int, n_all: int, ours: float) -> None:
    """Print how long networkx would take for `n_all` people, by what it takes for `n_people`."""
    small = draw_assignments(n_people, n_people * rows_each, seed)
    n_pairs, spent = timed(lambda: project_with_networkx(small))
    scaled = spent * n_all / n_people
    print(
        f"  networkx {spent:.2f} s for {n_people} people and {n_pairs} ties; scaled {scaled:.0f} s: "
        f"{scaled / ours:.0f} times as long"
    )


if __name__ == "__main__":
    main()
