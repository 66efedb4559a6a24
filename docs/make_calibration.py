"""Measure how honest ranks are, and write ``docs/calibration.md``: ``python -m docs.make_calibration --minutes 10``.

Interviewing is played on published networks whose whole truth is known (see `tests.validation.interviewing`). Figures
are kept in ``docs/calibration.json``, so that the work can be done in slices: each call goes on where the last one
stopped, one run of every cell after another, until `--runs` of each are done or the minutes are over. A change of the
model's code starts the figures anew. `--page` only writes the page. The networks are not part of the project: without
them (``SHOPFLOOR_VALIDATION_DATA``) nothing is measured.
"""

import argparse
import json
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.stats import beta

import shopfloor.analysis.certainty
from docs import figures
from shopfloor.analysis.certainty import SURE
from tests.validation import interviewing as play
from tests.validation.naming_networks import NamingNetwork, naming_networks

RESULTS: Final = Path(__file__).with_name("calibration.json")
PAGE: Final = Path(__file__).with_name("calibration.md")
METHODS: Final = ("model", "prototype", "count", "pagerank")
NULL_SCHEMES: Final = ("random", "sociable", "dept", "snowball")
NULL_SHARES: Final = (0.15, 0.25, 0.40, 0.60, 0.80)
NULL_RUNS: Final = {"random": 50, "sociable": 10, "dept": 10, "snowball": 10}
"""Rewired runs of a cell at most: the bound is on interviewing at random, and it takes many."""

BINS: Final = (0.0, 0.05, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
SAVED_EVERY: Final = 20.0

Cell = tuple[str, str, str, float]
"""What is done (truth or rewired), network, scheme, share."""


def fingerprint() -> str:
    """Return a digest of the code of the model and of the play."""
    folder = Path(shopfloor.analysis.certainty.__path__[0])
    return figures.fingerprint([*sorted(folder.glob("*.py")), Path(play.__file__)])


def read_results() -> dict[str, Any]:
    """Return the figures so far, empty ones if there are none or the code has changed."""
    return figures.read_figures(RESULTS, fingerprint(), "said", "cells")


def write_results(results: Mapping[str, Any]) -> None:
    """Write the figures; an interrupted write leaves the old ones."""
    fresh = RESULTS.with_suffix(".new")
    lines = (f"{json.dumps(name)}: {json.dumps(sums)}" for name, sums in sorted(results["cells"].items()))
    head = json.dumps({"code": results["code"], "said": results["said"]}, sort_keys=True)[:-1]
    fresh.write_text(head + ', "cells": {\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")
    fresh.replace(RESULTS)


def cells(networks: Mapping[str, NamingNetwork]) -> Iterator[Cell]:
    """List what is to be measured."""
    for kind, schemes, shares in (
        ("truth", play.SCHEMES, play.SHARES),
        ("rewired", NULL_SCHEMES, NULL_SHARES),
    ):
        for scheme in schemes:
            for name, network in networks.items():
                if network.has_units or scheme not in play.NEEDS_UNITS:
                    yield from ((kind, name, scheme, share) for share in shares)


def key(cell: Cell) -> str:
    """Name a cell in the file."""
    return "/".join((*cell[:3], f"{cell[3]:.2f}"))


def seed(cell: Cell, run: int) -> int:
    """Return a seed that is the same whenever this run is made."""
    return zlib.crc32(f"{key(cell)}/{run}".encode())


def measure(cell: Cell, network: NamingNetwork, run: int, sums: Counter[str], said: Counter[str]) -> None:
    """Make one run; add its figures to the sums, and what it said of whom and whether it was true to `said`."""
    rng = np.random.default_rng(seed(cell, run))
    kind, _, scheme, share = cell
    if kind == "rewired":
        network = play.rewired(network, rng)
    data = play.heard(network, play.ask(network, scheme, share, rng))
    answer = play.link_model(data, network.k, run)
    sums["runs"] += 1
    if kind == "rewired":
        _add_rewired(answer, sums)
        return
    answers = {
        "model": answer,
        "prototype": play.beta_binomial(data, network.k, rng),
        "count": play.raw_count(data, rng),
        "pagerank": play.raw_pagerank(data, rng),
    }
    for method, one in answers.items():
        for name, value in play.score(one, network).items():
            sums[f"{method}.{name}"] += value  # type: ignore[assignment] # typeshed counts in whole numbers
    _add_reliability(answer, network, said)


def _add_rewired(answer: play.Answer, sums: Counter[str]) -> None:
    if answer.words is None or answer.p_top is None:
        return
    sums["any_sure"] += int(np.isin(answer.words, SURE).any())
    sums["any_without_test"] += int((answer.p_top >= 0.9).any())  # noqa: PLR2004 - the threshold of sure


def _add_reliability(answer: play.Answer, network: NamingNetwork, said: Counter[str]) -> None:
    if answer.p_top is None:
        return
    top = play.ranks_of(network.namings.sum(axis=0)) <= network.k
    for low, high in pairwise(BINS):
        inside = (answer.p_top >= low) & (answer.p_top < high)
        said[f"{low}.n"] += int(inside.sum())
        said[f"{low}.true"] += int(top[inside].sum())
        said[f"{low}.p"] += float(answer.p_top[inside].sum())  # type: ignore[assignment] # as above


def run(results: dict[str, Any], n_runs: int, minutes: float) -> bool:
    """Measure until everything is done or the time is over; say whether everything is done."""
    networks = naming_networks()
    stop, save = time.monotonic() + 60 * minutes, time.monotonic() + SAVED_EVERY
    plan = list(cells(networks))
    for round_ in range(n_runs):
        for cell in plan:
            sums: Counter[str] = Counter(results["cells"].get(key(cell), {}))
            wanted = min(round_ + 1, NULL_RUNS[cell[2]]) if cell[0] == "rewired" else round_ + 1
            while sums["runs"] < wanted:
                said = Counter(results["said"].get(cell[2], {}))
                measure(cell, networks[cell[1]], sums["runs"], sums, said)
                results["cells"][key(cell)] = _compact(sums)
                results["said"][cell[2]] = _compact(said)
            if time.monotonic() > save:
                write_results(results)
                save = time.monotonic() + SAVED_EVERY
            if time.monotonic() > stop:
                return False
    return True


def _compact(sums: Counter[str]) -> dict[str, float]:
    """Round, and leave zeros out."""
    return {name: round(value, 4) for name, value in sorted(sums.items()) if value}


Figures = Mapping[str, float]


def means(results: Mapping[str, Any], chosen: Callable[[Cell], bool]) -> Figures:
    """Return figures a run, averaged over the chosen cells so that each cell counts alike; counts stay sums."""
    total: Counter[str] = Counter()
    n_cells = 0
    for name, sums in results["cells"].items():
        kind, network, scheme, share = name.split("/")
        if chosen((kind, network, scheme, float(share))):
            n_cells += 1
            total.update({what: value / sums["runs"] for what, value in sums.items()})
            total.update({"total_runs": sums["runs"]})
    return {what: value if what == "total_runs" else value / max(n_cells, 1) for what, value in total.items()}


def of(scheme: str, share: float | None = None, network: str | None = None) -> Callable[[Cell], bool]:
    """Choose cells of the truth."""
    return lambda cell: (
        cell[0] == "truth" and cell[2] == scheme and share in {None, cell[3]} and network in {None, cell[1]}
    )


def wrong(figures: Figures, method: str, word: str) -> str:
    """Return the share of people with a word who do not belong."""
    said = figures.get(f"{method}.{word}", 0.0)
    return f"{figures.get(f'{method}.{word}_wrong', 0.0) / said:.1%}" if said else "-"


def table(head: str, rows: Iterator[list[str]]) -> str:
    """Return a Markdown table."""
    n_columns = head.count("|") - 1
    return "\n".join([head, "|" + "---|" * n_columns, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _cell(figures: Figures, method: str, what: str, digits: int = 3) -> str:
    value = figures.get(f"{method}.{what}")
    return "-" if value is None else f"{value:.{digits}f}".replace("0.", ".", 1)


def by_scheme(results: Mapping[str, Any]) -> Iterator[list[str]]:
    """Rows: scheme and method, mean over networks and shares."""
    what = ("covered", "covered_top", "covered_listed", "width", "brier", "precision")
    for scheme in play.SCHEMES:
        figures = means(results, of(scheme))
        for method in METHODS:
            words = (
                [_cell(figures, method, "sure", 2), wrong(figures, method, "sure")] if method == "model" else ["-", "-"]
            )
            yield [scheme, method, *(_cell(figures, method, name) for name in what), *words]


def by_share(results: Mapping[str, Any], scheme: str) -> Iterator[list[str]]:
    """Rows: response share, mean over networks."""
    for share in play.SHARES:
        figures = means(results, of(scheme, share))
        yield [
            f"{share:.0%}",
            *(_cell(figures, "model", name) for name in ("covered", "covered_top", "width", "brier")),
            *(_cell(figures, method, "precision", 2) for method in METHODS),
            *(_cell(figures, method, "precision_10", 2) for method in ("model", "count")),
            f"{_cell(figures, 'model', 'sure', 2)} ({wrong(figures, 'model', 'sure')})",
            f"{_cell(figures, 'model', 'likely', 2)} ({wrong(figures, 'model', 'likely')})",
        ]


def by_network(results: Mapping[str, Any]) -> Iterator[list[str]]:
    """Rows: network, interviewing at random; last the mean."""
    networks = sorted({name.split("/")[1] for name in results["cells"]})
    for network in [*networks, None]:
        figures, at_40 = means(results, of("random", None, network)), means(results, of("random", 0.4, network))
        dept = means(results, of("dept", None, network))
        yield [
            network or "**mean**",
            *(
                f"{_cell(figures, 'model', name)} ({_cell(figures, 'prototype', name)})"
                for name in ("covered", "width", "brier")
            ),
            " / ".join(_cell(at_40, method, "precision", 2) for method in METHODS),
            f"{_cell(dept, 'model', 'covered')} ({_cell(dept, 'prototype', 'covered')})",
            wrong(figures, "model", "sure"),
        ]


def reliability(results: Mapping[str, Any]) -> Iterator[list[str]]:
    """Rows: what was said, and how often it was true, by scheme."""
    for low, high in pairwise(BINS):
        row = [f"{low:.2f} to {min(high, 1.0):.2f}"]
        for scheme in play.SCHEMES:
            said = results["said"].get(scheme, {})
            n_said = said.get(f"{low}.n", 0)
            shown = f"{said[f'{low}.p'] / n_said:.2f}: {said.get(f'{low}.true', 0) / n_said:.2f}" if n_said else "-"
            row.append(shown)
        yield row


def upper_bound(n_hits: int, n_runs: int) -> float:
    """Return the upper end of the one-sided 95 % Clopper-Pearson interval of a share."""
    return 1.0 if n_hits == n_runs else float(beta.ppf(0.95, n_hits + 1, n_runs - n_hits))


def from_noise(results: Mapping[str, Any]) -> Iterator[list[str]]:
    """Rows: scheme and share, rewired namings; with the sum over shares."""
    for scheme in NULL_SCHEMES:
        for share in [*NULL_SHARES, None]:
            sums: Counter[str] = Counter()
            for name, found in results["cells"].items():
                kind, _, its_scheme, its_share = name.split("/")
                if kind == "rewired" and its_scheme == scheme and share in {None, float(its_share)}:
                    sums.update(found)
            n_runs, n_sure = int(sums["runs"]), int(sums["any_sure"])
            if n_runs:
                shown = f"{share:.0%}" if share else "all"
                without = f"{sums['any_without_test'] / n_runs:.1%}"
                yield [
                    scheme,
                    shown,
                    str(n_runs),
                    f"{n_sure / n_runs:.1%}",
                    f"{upper_bound(n_sure, n_runs):.1%}",
                    without,
                ]


class Target(NamedTuple):
    """What was aimed at, and what was found."""

    what: str
    aimed: str
    found: float
    is_met: bool


def _at_least(what: str, aimed: float, found: float) -> Target:
    return Target(what, f"at least {aimed:.3g}", found, found >= aimed)


def _at_most(what: str, aimed: float, found: float) -> Target:
    return Target(what, f"at most {aimed:.3g}", found, found <= aimed)


def _share_wrong(figures: Figures) -> float:
    return figures.get("model.sure_wrong", 0.0) / max(figures.get("model.sure", 0.0), 1e-9)


def targets(results: Mapping[str, Any]) -> list[Target]:
    """Hold the means over networks against what was aimed at before the program was written."""
    at_random, dept, snowball = (means(results, of(scheme)) for scheme in ("random", "dept", "snowball"))
    networks = {name.split("/")[1] for name in results["cells"]}
    lowest = min(means(results, of("random", None, network))["model.covered"] for network in networks)
    early = [means(results, of("random", share))["model.covered_top"] for share in (0.10, 0.15)]
    noise = [row for row in from_noise(results) if row[:2] == ["random", "all"]]
    return [
        _at_least("covered, at random", 0.93, at_random["model.covered"]),
        _at_least("covered, at random, the lowest of the networks", 0.90, lowest),
        _at_most("width, at random (a trial's .503 and a tenth)", 0.553, at_random["model.width"]),
        _at_most("Brier, at random (a trial's .0607 and a tenth)", 0.0667, at_random["model.brier"]),
        _at_least("precision at 40 %, at random", 0.705, means(results, of("random", 0.40))["model.precision"]),
        _at_most("sure and wrong, at random", 0.02, _share_wrong(at_random)),
        _at_most("sure and wrong, unit after unit", 0.04, _share_wrong(dept)),
        _at_most(
            "anybody sure in noise, upper 95 % bound", 0.06, float(noise[0][4].rstrip("%")) / 100 if noise else 1.0
        ),
        _at_least("covered of the true top, 10 %, at random", 0.90, early[0]),
        _at_least("covered of the true top, 15 %, at random", 0.90, early[1]),
        _at_least("covered, unit after unit", 0.93, dept["model.covered"]),
        _at_most("width, unit after unit (the trial's)", 0.521, dept["model.width"]),
        _at_least("covered, the most named next", 0.93, snowball["model.covered"]),
        _at_most("width, the most named next (the trial's)", 0.475, snowball["model.width"]),
    ]


def aimed_at(results: Mapping[str, Any]) -> Iterator[list[str]]:
    """Rows: targets."""
    for target in targets(results):
        yield [target.what, target.aimed, f"{target.found:.3f}", "yes" if target.is_met else "no"]


HEAD = """\
# How honest the ranks are

Interviewing is played on twelve published networks whose whole truth is known: the answers of everybody not "asked"
are hidden, the program predicts, the full network is the judge. Written by `python -m docs.make_calibration`; figures
are means over networks and response shares of 10, 15, 25, 40, 60 and 80 %, each cell {runs} runs. *Model* is what
`shopfloor leaders` uses; *prototype* a Beta-binomial model that knows neither units nor ties; *count* and *pagerank*
the namings heard so far. The data are not part of the project.

- *covered*: share of people whose true rank lies in the 90 % interval; *top*: of those truly among the top k (5, or 3
  below 25 people); *listed*: of the k listed. *Width*: of the interval, as a share of the workforce. *Brier*: mean
  squared error of the probability of being among the top k. *Precision*: share of the k listed who belong.
- Schemes: *random*; *sociable*: people with many ties earlier; *dept*: unit after unit; *dept2*: two of every unit,
  then so; *snowball*: the most named next, one in ten at random; *snow2*: two of every unit, then so.
- Intervals leave out a quarter of their 10 % above and three quarters below. Where asking was uneven beyond chance
  they leave out 5 %.

## What was aimed at

The first eight were to be reached; the others were open prizes: coverage that a trial of the method had not reached,
without wider intervals than the trial's.

"""

BY_SCHEME = "\n## By way of interviewing\n\n"

NOISE = """
## No leaders from noise

Namings rewired: everybody names as many of her own unit and of others as before, by chance. Share of runs that call
anybody *sure*, its upper 95 % bound, and the share without the chance test.

"""

TAIL = """
## What this does not show

- The model was chosen, and its intervals were cut, on these same networks with other draws: the figures are a little
  kind to it. The standard error of a network's precision at 100 runs is about .02, of its Brier about .001.
- They are small, 14 to 92 people, and answers are complete and honest: refusing to answer that depends on whom one
  would name is not in them.
- Below 25 people the chance test rarely passes: hardly anybody is *sure*, whatever was heard.
"""


def page(results: Mapping[str, Any]) -> str:
    """Return the page."""
    runs = [int(sums["runs"]) for name, sums in results["cells"].items() if name.startswith("truth")]
    shown = str(runs[0]) if len(set(runs)) == 1 else f"{min(runs)} to {max(runs)}"
    share_head = (
        "| asked | covered | top | width | Brier | precision: model | prototype | count | pagerank | of ten: model "
        "| count | sure a run (wrong) | likely a run (wrong) |"
    )
    return "".join(
        [
            HEAD.format(runs=shown),
            table("| what | aimed at | found | met |", aimed_at(results)),
            BY_SCHEME,
            table(
                "| scheme | method | covered | top | listed | width | Brier | precision | sure a run | wrong |",
                by_scheme(results),
            ),
            "\n## By response, interviewing at random\n\n",
            table(share_head, by_share(results, "random")),
            "\n## By response, unit after unit\n\n",
            table(share_head, by_share(results, "dept")),
            "\n## By response, the most named next\n\n",
            table(share_head, by_share(results, "snowball")),
            "\n## Each network, interviewing at random (in brackets the prototype)\n\n",
            table(
                "| network | covered | width | Brier | precision at 40 %: model / prototype / count / pagerank "
                "| covered, unit after unit | sure and wrong |",
                by_network(results),
            ),
            "\n## Said and true\n\nMean probability said of being among the top k: share of them who are.\n\n",
            table(f"| said | {' | '.join(play.SCHEMES)} |", reliability(results)),
            NOISE,
            table("| scheme | asked | runs | sure | at most | without the test |", from_noise(results)),
            TAIL,
        ]
    )


def main() -> int:
    """Measure for a while, then write the page; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="runs of each cell that are wanted in the end")
    parser.add_argument("--minutes", type=float, default=10.0, help="stop after this long")
    parser.add_argument("--page", action="store_true", help="measure nothing, only write the page")
    given = parser.parse_args()
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if given.page else read_results()
    if not given.page:
        if not naming_networks():
            print("no published networks found: set SHOPFLOOR_VALIDATION_DATA", file=sys.stderr)
            return 1
        is_done = run(results, given.runs, given.minutes)
        write_results(results)
        print("all runs are done" if is_done else "stopped by the clock: call again to go on")
    PAGE.write_text(page(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
