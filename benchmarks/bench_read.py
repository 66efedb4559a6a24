"""Reading a whole encrypted store for analysis, against `fetchall` of the same rows from plain `sqlite3`, in one run.

    python benchmarks/bench_read.py --assignments 1000000

The store is filled with drawn people, conversations with namings, connections and assignments, and is read as columns
of versions and as the snapshot that analysis begins with, versions folded. The other side is a file without encryption,
one table a kind, one row a version. The picture of the workplace (people merged, references resolved) and a look-up
of one person's relationships are measured beside it.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa

from shopfloor import OpenStore, create_store, open_store
from shopfloor.graph.batches import BatchDraft
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.records import KINDS

PASSPHRASE = "four random words here"  # noqa: S105 - opens a store of drawn rows, removed at the end
KINDS_DRAWN = ("contact", "placement", "conversation", "connection", "assignment")
T = TypeVar("T")


def draw_tables(n_assignments: int, seed: int) -> dict[str, pa.Table]:
    """Draw a workplace of about twice as many records as assignments."""
    rng = np.random.default_rng(seed)
    n_people = max(n_assignments // 5, 10)
    n_talks, n_told = n_assignments // 4, n_assignments // 3

    def people(n: int) -> pa.Array:
        return pa.array([f"P{code:07d}" for code in rng.integers(0, n_people, n)])

    def days(n: int) -> pa.Array:
        return pa.array((np.datetime64("2020-01-01") + rng.integers(0, 2000, n)).astype("datetime64[D]"))

    everybody = pa.array([f"P{code:07d}" for code in range(n_people)])
    named = [f"listens_to = {one}; {two}" for one, two in zip(people(n_talks), people(n_talks), strict=True)]
    crew = rng.integers(0, max(n_assignments // 150, 1), n_assignments)
    drawn: dict[str, dict[str, pa.Array]] = {
        "contact": {"key": everybody, "name": pa.array([f"Person {code}" for code in range(n_people)])},
        "placement": {
            "key": everybody,
            "person_id": everybody,
            "department": words("Department", crew[:n_people] % 40),
        },
        "conversation": {
            "key": words("C", np.arange(n_talks)),
            "person_id": people(n_talks),
            "organizer": words("Organizer", rng.integers(0, 100, n_talks)),
            "held_on": days(n_talks),
            "named": pa.array(named),
        },
        "connection": {
            "key": words("K", np.arange(n_told)),
            "person_id": people(n_told),
            "other_id": people(n_told),
            "kind": pa.array(["friend"] * n_told),
            "said_on": days(n_told),
        },
        "assignment": {
            "key": words("A", np.arange(n_assignments)),
            "person_id": people(n_assignments),
            "employer": words("Firm", crew % 400),
            "worksite": words("Site", crew % 5000),
            "crew": words("Crew", crew),
            "shift": words("Shift", crew % 3),
            "started_on": days(n_assignments),
        },
    }
    return {kind: as_versions(kind, columns) for kind, columns in drawn.items()}


def words(word: str, codes: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> pa.Array:
    """Name numbers."""
    return pa.array([f"{word} {code:07d}" for code in codes])


def as_versions(kind: str, columns: dict[str, pa.Array]) -> pa.Table:
    """Fill up with nulls what was not drawn."""
    schema = KINDS[kind].version_schema
    schema = schema.remove(schema.get_field_index("batch_id"))
    n_rows = len(columns["key"])
    return pa.table([columns.get(f.name, pa.nulls(n_rows, f.type)).cast(f.type) for f in schema], schema=schema)


def fill(store: EmbeddedStore, tables: dict[str, pa.Table]) -> None:
    """Write all as one batch, and an edit beside it so that folding has work."""
    now = datetime.now(UTC)
    listed = BatchDraft(origin="import", made_by="benchmark", opened_at=now)
    typed = BatchDraft(origin="edit", made_by="benchmark", opened_at=now + timedelta(seconds=1))
    with store.open_batch(listed) as batch:
        for kind, table in tables.items():
            batch.append(kind, table)
    with store.open_batch(typed) as batch:
        batch.append("assignment", tables["assignment"].slice(0, 10))


def fill_plain(path: Path, store: EmbeddedStore) -> None:
    """Write the same versions to an SQLite file without encryption."""
    with sqlite3.connect(path) as database:
        for kind in KINDS_DRAWN:
            table = store.versions(kind)
            columns = [
                column.cast(pa.string()) if pa.types.is_date(column.type) else column for column in table.columns
            ]
            database.execute(f"CREATE TABLE {kind} ({', '.join(table.column_names)})")
            marks = ", ".join("?" * table.num_columns)
            rows = zip(*(column.to_pylist() for column in columns), strict=True)
            database.executemany(f"INSERT INTO {kind} VALUES ({marks})", rows)  # noqa: S608 - names of kinds


def fetch_all(path: Path) -> int:
    """Read every row as Python tuples; return how many."""
    with sqlite3.connect(path) as database:
        return sum(len(database.execute(f"SELECT * FROM {kind}").fetchall()) for kind in KINDS_DRAWN)  # noqa: S608


def best_of(times: int, work: Callable[[], T]) -> tuple[T, float]:
    """Return what `work` returns and the seconds of its fastest run."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


def main() -> None:
    """Print one table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assignments", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bench.store")
        create_store(path, passphrase=PASSPHRASE).close()
        with open_store(path, passphrase=PASSPHRASE) as opened, closing(EmbeddedStore.open(path, PASSPHRASE)) as store:
            compare(opened, store, draw_tables(given.assignments, given.seed), given.times)


def compare(opened: OpenStore, store: EmbeddedStore, tables: dict[str, pa.Table], times: int) -> None:
    """Fill the store and print how long each way of reading takes."""
    plain = Path(store.location).with_suffix(".plain")
    fill(store, tables)
    fill_plain(plain, store)
    n_rows, theirs = best_of(times, lambda: fetch_all(plain))
    print(f"{n_rows} records, best of {times}")
    print(f"  sqlite3 fetchall of the same rows {theirs:.2f} s")
    ways: tuple[tuple[str, Callable[[], object]], ...] = (
        ("as columns", lambda: [store.versions(kind) for kind in KINDS_DRAWN]),
        ("snapshot, folded", lambda: store.snapshot(KINDS_DRAWN)),
    )
    for title, work in ways:
        _, ours = best_of(times, work)
        print(f"  {title} {ours:.2f} s: {theirs / ours:.1f} times as fast")
    _, ours = best_of(1, opened.picture)
    print(f"  picture of the workplace, snapshot included {ours:.2f} s")
    _, first = best_of(1, lambda: store.neighbours("contact", "P0000007"))
    _, again = best_of(times, lambda: store.neighbours("contact", "P0000008"))
    print(f"  relationships of one person {first:.2f} s the first time, then {again * 1000:.1f} ms")


if __name__ == "__main__":
    main()
