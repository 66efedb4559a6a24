"""Import of job assignments into the embedded store, against `pandas.read_csv` of the same file, in one run.

    python benchmarks/bench_import.py --rows 1000000

Rows are drawn, numbered in the order of the file. Each part runs in a process of its own, so that peak memory is its
own; seconds do not count the start of the program nor the derivation of the key (half a second on purpose). The parts
take turns, and the median of the rounds counts. With ``--without-ids`` the file has no assignment_id: keys are made of
person, employer, worksite and date, in no order.
"""

import argparse
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopfloor import create_store, open_store
from shopfloor.service.importing import ImportOptions, import_files

PASSPHRASE = "four random words here"  # noqa: S105 - opens a store of drawn rows, removed at the end
PEOPLE_PER_ROWS = 5


def draw_file(path: Path, n_rows: int, seed: int, has_ids: bool) -> None:  # noqa: FBT001 - called in another process
    """Write a CSV file of assignments."""
    rng = np.random.default_rng(seed)
    crew = rng.integers(0, max(n_rows // 150, 1), n_rows)
    start = np.datetime64("2019-01-01") + rng.integers(0, 2500, n_rows) * np.timedelta64(1, "D")
    person = rng.integers(0, max(n_rows // PEOPLE_PER_ROWS, 1), n_rows)
    columns = {
        "person_id": numbered("P", person),
        "employer": numbered("Firm ", crew % 400),
        "worksite": numbered("Site ", crew % 5000),
        "crew": numbered("Crew ", crew),
        "shift": np.array(["Day", "Evening", "Night"], dtype=object)[crew % 3],
        "job_class": np.array(["Carpenter", "Laborer", "Electrician", "Ironworker"], dtype=object)[crew % 4],
        "foreman": numbered("P", crew % max(n_rows // PEOPLE_PER_ROWS, 1)),
        "started_on": start.astype(str),
        "ended_on": np.where(crew % 5 > 0, (start + np.timedelta64(90, "D")).astype(str), ""),
        "hours": rng.integers(8, 700, n_rows),
    }
    frame = pd.DataFrame(columns).drop_duplicates(["person_id", "employer", "worksite", "started_on"])
    if has_ids:
        frame.insert(0, "assignment_id", numbered("A", np.arange(len(frame))))
    frame.to_csv(path, index=False)


def numbered(word: str, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """Name numbers: ``P0000007``."""
    names = np.array([f"{word}{i:07d}" for i in range(int(codes.max(initial=0)) + 1)], dtype=object)
    return names[codes]


def read_with_pandas(csv: Path, _store: Path) -> float:
    """Return the seconds that pandas takes to read the file."""
    start = time.perf_counter()
    pd.read_csv(csv)
    return time.perf_counter() - start


def import_into_empty(csv: Path, store: Path) -> float:
    """Return the seconds that an import into a new store takes, which takes the place of the last one."""
    for left in store.parent.glob(f"{store.name}*"):
        left.unlink()
    create_store(store, passphrase=PASSPHRASE).close()
    return import_once(csv, store)


def import_once(csv: Path, store: Path) -> float:
    """Return the seconds that an import takes, checked, compared and written."""
    with open_store(store, passphrase=PASSPHRASE) as held:
        start = time.perf_counter()
        report = import_files(held, [(csv.name, csv)], ImportOptions(kind="assignments"))
        seconds = time.perf_counter() - start
    counts = report.files[0]
    if counts.n_accepted != counts.n_new + counts.n_same or counts.n_rejected:
        raise AssertionError(f"{counts} is not what was drawn")
    return seconds


def measured(work: Callable[[Path, Path], float], csv: Path, store: Path) -> tuple[float, float]:
    """Return seconds and peak memory (MB) of one part, in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_with_peak, (work, csv, store))


def _with_peak(work: Callable[[Path, Path], float], csv: Path, store: Path) -> tuple[float, float]:
    seconds = work(csv, store)
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PARTS: Mapping[str, Callable[[Path, Path], float]] = {
    "pandas.read_csv": read_with_pandas,
    "into an empty store": import_into_empty,
    "the same file again": import_once,
}
"""In this order, as the second import needs the first."""


def main() -> None:
    """Print one table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-ids", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        csv, store = Path(folder, "assignments.csv"), Path(folder, "bench.store")
        with multiprocessing.get_context("spawn").Pool(
            1
        ) as pool:  # so that this process, and those it starts, are small
            pool.apply(draw_file, (csv, given.rows, given.seed, not given.without_ids))
        print(f"{given.rows} assignments drawn, {csv.stat().st_size / 1e6:.0f} MB, seed {given.seed}")
        runs: dict[str, list[tuple[float, float]]] = {title: [] for title in PARTS}
        for _ in range(given.rounds):
            for title, work in PARTS.items():
                runs[title].append(measured(work, csv, store))
        theirs = statistics.median(seconds for seconds, _ in runs["pandas.read_csv"])
        for title, taken in runs.items():
            seconds, peak = (statistics.median(column) for column in zip(*taken, strict=True))
            print(f"  {title} {seconds:.2f} s, {peak:.0f} MB at the peak: {seconds / theirs:.1f} times as long")
        print(f"  the store is {store.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
