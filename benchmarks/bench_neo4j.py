"""Load and read job assignments on Neo4j: Shopfloor against row-by-row driver reads and py2neo's bulk functions.

    python -m benchmarks.bench_neo4j [--rows 200000] [--generation 5.26]

Starts a real server, does the same work in every way, taking turns, and prints the median seconds and the ratios. The
same graph is built each time: an assignment with the contact, employer and worksite that it refers to. Each round
brings new assignments of new people. The first round only warms the server up: a Java server that has just started
compiles for minutes, and whoever comes first would pay for all.

Shopfloor writes two chunks at once, creates what is new without looking for it, and keeps the version of the batch
besides (10 properties, 2 more indexes). py2neo has one connection and merges by key, as one does who may import again,
or creates.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import neo4j
import pyarrow as pa
from py2neo import Graph
from py2neo.bulk import create_nodes, create_relationships, merge_nodes, merge_relationships

from shopfloor.graph.batches import BatchDraft
from shopfloor.graph.neo4j import Neo4jStore
from shopfloor.graph.neo4j.keyfile import KEY_FILE
from shopfloor.records import KINDS
from tests.neo4j_server.server import GENERATIONS, Neo4jServer

FIELDS = ("key", "person_id", "employer", "worksite", "crew", "job_class", "started_on", "hours")
ENDS = (("person_id", "Contact", "HELD"), ("employer", "Employer", "FOR"), ("worksite", "Worksite", "AT"))
CHUNK = 10_000
REPEATS = 3
PART = 20
"""Row by row, a twentieth is loaded."""


def assignments(n_rows: int) -> list[dict[str, Any]]:
    """Return generated assignments: a fifth as many people, 300 employers, 500 worksites."""
    chance = random.Random(7)
    return [
        {
            "key": f"A{number}",
            "person_id": f"P{chance.randrange(n_rows // 5)}",
            "employer": f"Employer {chance.randrange(300)}",
            "worksite": f"Site {chance.randrange(500)}",
            "crew": f"Crew {chance.randrange(40)}",
            "job_class": chance.choice(["welder", "fitter", "painter"]),
            "started_on": date(2024, 1, 1) + timedelta(days=chance.randrange(700)),
            "hours": round(chance.uniform(4, 400), 1),
        }
        for number in range(n_rows)
    ]


def versions(rows: list[dict[str, Any]]) -> pa.Table:
    """Return the rows as a writer takes them."""
    schema = KINDS["assignment"].version_schema
    schema = schema.remove(schema.get_field_index("batch_id"))
    return pa.Table.from_pylist([{**dict.fromkeys(schema.names), **row} for row in rows], schema=schema)


def of_round(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the rows as new assignments of new people."""
    return [{**row, "key": f"{name} {row['key']}", "person_id": f"{name} {row['person_id']}"} for row in rows]


def seconds(work: Callable[[], object]) -> float:
    """Return how long the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def load(store: Neo4jStore, table: pa.Table) -> None:
    """Load with Shopfloor: one batch."""
    draft = BatchDraft(origin="import", made_by="benchmark", opened_at=datetime.now(UTC))
    with store.open_batch(draft) as batch:
        batch.append("assignment", table)


def load_with_py2neo(graph: Any, rows: list[dict[str, Any]]) -> None:  # noqa: ANN401 - py2neo has no types
    """Load with py2neo as one does who may import again: everything merged, by key."""
    for field, label, _ in ENDS:
        for part in chunks(sorted({row[field] for row in rows})):
            merge_nodes(graph.auto(), [[key] for key in part], (f"Other{label}", "key"), keys=["key"])
    for part in chunks(rows):
        values = [[row[name] for name in FIELDS] for row in part]
        merge_nodes(graph.auto(), values, ("OtherAssignment", "key"), keys=FIELDS)
        relate_with_py2neo(graph, part, merge_relationships)


def create_with_py2neo(graph: Any, rows: list[dict[str, Any]]) -> None:  # noqa: ANN401 - py2neo has no types
    """Load with py2neo, assignments created without looking whether they are there."""
    for part in chunks(rows):
        create_nodes(graph.auto(), [[row[name] for name in FIELDS] for row in part], {"OtherAssignment"}, keys=FIELDS)
        relate_with_py2neo(graph, part, create_relationships)


def relate_with_py2neo(graph: Any, part: list[dict[str, Any]], write: Callable[..., None]) -> None:  # noqa: ANN401
    """Write the three relationships of some assignments."""
    for field, label, name in ENDS:
        ends: list[tuple[str, dict[str, Any], str]] = [(row["key"], {}, row[field]) for row in part]
        bond = (name,) if write is merge_relationships else name
        write(graph.auto(), ends, bond, ("OtherAssignment", "key"), (f"Other{label}", "key"), keys=[])


def chunks(items: list[Any]) -> Iterator[list[Any]]:
    """Cut a list."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def load_row_by_row(driver: neo4j.Driver, rows: list[dict[str, Any]]) -> None:
    """Load with the driver: one statement a row, 10,000 rows a transaction."""
    merges = " ".join(
        f"MERGE (a{number}:Other{label} {{key: $row.{field}}}) CREATE (n)-[:{name}]->(a{number})"
        for number, (field, label, name) in enumerate(ENDS)
    )
    text = f"CREATE (n:OtherAssignment) SET n = $row WITH n {merges}"

    def work(transaction: neo4j.ManagedTransaction, part: list[dict[str, Any]]) -> None:
        for row in part:
            transaction.run(text, row=row)

    with driver.session(database="neo4j") as session:
        for part in chunks(rows):
            session.execute_write(work, part)


def read_row_by_row(driver: neo4j.Driver, label: str) -> int:
    """Read with the driver as its manual shows: a row, a record, a dictionary."""
    text = f"MATCH (n:{label}) RETURN " + ", ".join(f"n.{name} AS {name}" for name in FIELDS)
    with driver.session(database="neo4j") as session:
        return len([record.data() for record in session.run(text)])


def read_with_py2neo(graph: Any, label: str) -> int:  # noqa: ANN401 - py2neo has no types
    """Read with py2neo: a table of the whole answer."""
    text = f"MATCH (n:{label}) RETURN " + ", ".join(f"n.{name} AS {name}" for name in FIELDS)
    return len(graph.run(text).to_table())


def middle(works: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the median of each work, taking turns so that a busy moment hits all of them."""
    return median([{name: seconds(work) for name, work in works.items()} for _ in range(repeats)])


def median(rounds: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each work over the rounds."""
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def report(title: str, took: dict[str, float], n_rows: int) -> None:
    """Print seconds, rows a second and how many times faster Shopfloor is."""
    print(f"\n{title}")
    for name, each in took.items():
        print(f"  {name:24} {each:8.2f} s  {n_rows / each:10,.0f} rows/s  {each / took['shopfloor']:6.1f} x")


def load_round(store: Neo4jStore, graph: Any, driver: neo4j.Driver, rows: list[dict[str, Any]]) -> dict[str, float]:  # noqa: ANN401
    """Load the rows in every way and return the seconds of each."""
    some, table = rows[: max(1, len(rows) // PART)], versions(rows)
    created = [{**row, "key": f"new {row['key']}"} for row in rows]
    one_by_one = [{**row, "key": f"row {row['key']}"} for row in some]
    return {
        "shopfloor": seconds(lambda: load(store, table)),
        "py2neo bulk, merged": seconds(lambda: load_with_py2neo(graph, rows)),
        "py2neo bulk, created": seconds(lambda: create_with_py2neo(graph, created)),
        "driver, row by row *": seconds(lambda: load_row_by_row(driver, one_by_one)) * len(rows) / len(some),
    }


def run(server: Neo4jServer, n_rows: int) -> None:
    """Do all of it on one server."""
    rows = assignments(n_rows)
    graph = Graph(server.url, auth=server.auth)
    driver = neo4j.GraphDatabase.driver(server.url, auth=server.auth, telemetry_disabled=True)
    store = Neo4jStore.create(server.url, user=server.user, password=server.password)
    for label in ("OtherAssignment", *(f"Other{label}" for _, label, _ in ENDS)):
        driver.execute_query(f"CREATE CONSTRAINT FOR (n:{label}) REQUIRE n.key IS UNIQUE", database_="neo4j")
    load_round(store, graph, driver, of_round(rows, "warm"))
    reads: dict[str, Callable[[], object]] = {
        "shopfloor": lambda: store.versions("assignment"),
        "driver, row by row": lambda: read_row_by_row(driver, "JobAssignment"),
        "py2neo": lambda: read_with_py2neo(graph, "JobAssignment"),
    }
    report(f"read {n_rows:,} assignments, {len(FIELDS)} columns", middle(reads, REPEATS), n_rows)
    rounds = [load_round(store, graph, driver, of_round(rows, str(number))) for number in range(REPEATS)]
    report(f"load {n_rows:,} assignments (* a twentieth of them, scaled)", median(rounds), n_rows)
    store.close()
    driver.close()


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--generation", choices=list(GENERATIONS), default="5.26")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as keys, Neo4jServer(options.generation) as server:
        os.environ[KEY_FILE] = keys
        print(f"Neo4j {GENERATIONS[options.generation].version}, {options.rows:,} assignments")
        run(server, options.rows)


if __name__ == "__main__":
    main()
