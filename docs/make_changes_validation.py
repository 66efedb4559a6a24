"""Measure how often chance is told as news, and write a page: ``python -m docs.make_changes_validation --minutes 5``.

What is played is in `tests.validation.change_play`. Figures are kept in ``docs/changes_validation.json``, so that the
work can be done in slices: each call goes on where the last one stopped, one run of every cell after another, until
`--runs` of each are done or the minutes are over. A change of the method's code starts the figures anew. `--page` only
writes the page, ``docs/changes-validation.md``.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from scipy.stats import beta

from docs import figures
from shopfloor.analysis import group_changes, leader_changes
from tests.validation import change_play as play
from tests.validation.naming_networks import naming_networks

RESULTS: Final = Path(__file__).with_name("changes_validation.json")
PAGE: Final = Path(__file__).with_name("changes-validation.md")
SHARES: Final = (0.4, 0.7, 1.0)
SIZES: Final = (60, 150, 400)
RISEN: Final = (0.1, 0.3, 0.5, 0.7)
GROUPS_AT: Final = 150


def fingerprint() -> str:
    """Return a digest of the code of the method and of the play."""
    return figures.fingerprint(Path(str(module.__file__)) for module in (group_changes, leader_changes, play))


def read_results() -> dict[str, Any]:
    """Return the figures so far, empty ones if there are none or the code has changed."""
    return figures.read_figures(RESULTS, fingerprint(), "cells")


def plays() -> Iterator[tuple[str, Callable[[int], Any]]]:
    """Return everything that is played with a seed, by the name of its cell."""
    for network in naming_networks().values():
        picture = play.published(network)
        for share in SHARES:
            yield f"dealt/{network.title}/{share}", partial(play.leaders_by_chance, picture, share)
    for n_people in SIZES:
        for share in SHARES:
            yield f"dealt/made up, {n_people}/{share}", partial(_dealt_made_up, n_people, share)
    for share in RISEN:
        yield f"risen/{share}", partial(play.risen, share)
    yield "groups", _groups


def _dealt_made_up(n_people: int, share: float, seed: int) -> dict[str, int]:
    return play.leaders_by_chance(play.made_up(n_people, seed), share, seed)


def _groups(seed: int) -> dict[str, int]:
    return play.groups_by_chance(play.made_up(GROUPS_AT, seed), seed)


def measure(results: dict[str, Any], *, runs: int, until: float) -> None:
    """Play one run of every cell after another."""
    for run in range(runs):
        for name, one in plays():
            done = results["cells"].setdefault(name, [])
            if len(done) > run:
                continue
            if time.monotonic() > until:
                return
            done.append(one(run))


def page(results: dict[str, Any]) -> str:
    """Return the page."""
    cells = results["cells"]
    lines = [
        HEAD,
        "| answers of | asked | pairs | with news | places apart | leaders compared |",
        "|---|---|---|---|---|---|",
    ]
    total: list[dict[str, int]] = []
    for name, runs in cells.items():
        kind, *rest = name.split("/")
        if kind == "dealt" and runs:
            total += runs
            lines.append(f"| {rest[0]} | {float(rest[1]):.0%} | {_counts(runs)} |")
    n_news = sum(run["told"] > 0 for run in total)
    lines.append(f"| **all** | | {_counts(total)} |")
    upper = beta.ppf(0.95, n_news + 1, len(total) - n_news) if len(total) > n_news else 1.0
    lines.append(
        f"\nNews in {n_news} of {len(total)} pairs; upper 95 % bound {upper:.1%}. Allowed by the method: 5 %.\n"
    )
    lines += [RISE, "| named by, before and after | told |", "|---|---|"]
    for share in RISEN:
        runs = cells.get(f"risen/{share}", [])
        lines.append(f"| {play.BEFORE:.0%} and {share:.0%} of 30 | {sum(runs)} of {len(runs)} |")
    runs = cells.get("groups", [])
    n_groups, n_bridges, n_solid = (sum(run[name] for run in runs) for name in ("groups", "bridges", "solid"))
    lines.append(
        f"\n## Groups and bridges\n\n{len(runs)} made-up workplaces of {GROUPS_AT}, all answers dealt into two halves, "
        f"{n_solid} solid groups in the half with fewer: {n_groups} changes of groups and {n_bridges} of bridges told."
    )
    return "\n".join([*lines, TAIL])


def _counts(runs: list[dict[str, int]]) -> str:
    told, apart = (sum(run[name] > 0 for run in runs) for name in ("told", "apart"))
    return f"{len(runs)} | {told} | {apart} | {sum(run['compared'] for run in runs)}"


HEAD: Final = """\
# What counts as news: measured

Made by `python -m docs.make_changes_validation`; do not edit. `shopfloor changes` is to tell what moved and to keep
silent about what chance moves. So answers of one and the same workplace are dealt at random into two pictures, an
earlier and a later one: nothing changed between them, and whatever is told is wrong.

*With news*: pairs in which it is told of anybody that they are up or down. *Places apart*: pairs in which somebody's
two intervals do not meet, who is sure or likely in one of them: what would be told without the test of the answers
themselves. Of many people those are looked at whom one of the pictures puts first, and chance put some of them there.
"""

RISE: Final = f"""\
## What it sees

{play.N_PLANT} people, 30 asked before and 30 others after; everybody names three at random. Whom so many name:
"""

TAIL: Final = """
## What this does not show

- Small moves are not told (second table): with few answers before and after, silence is no sign that nothing moved.
- Answers are dealt at random. Where the later ones come from other units, the model's own account of units has to
  hold; the test of the answers knows no units.
- Groups are compared by the people of whom it is told in both pictures. With half of the answers these are few.
- How large a change of groups must be to be told was tried on crews that split, merge and empty (tests), not measured.
"""


def main() -> None:
    """Measure for some minutes, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--runs", type=int, default=20, help="Of every cell.")
    parser.add_argument("--page", action="store_true", help="Only write the page from the figures there are.")
    given = parser.parse_args()
    results = read_results()
    if not given.page:
        measure(results, runs=given.runs, until=time.monotonic() + 60 * given.minutes)
        part = RESULTS.with_suffix(".part")
        part.write_text(json.dumps(results, indent=0, sort_keys=True) + "\n", encoding="utf-8")
        part.replace(RESULTS)
    PAGE.write_text(page(results), encoding="utf-8")
    n_runs = sorted(len(runs) for runs in results["cells"].values())
    print(f"{PAGE.name} written: {n_runs[0] if n_runs else 0} to {n_runs[-1] if n_runs else 0} runs a cell")


if __name__ == "__main__":
    main()
