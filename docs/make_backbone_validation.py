"""Measure the backbone of working together, and write a page: ``python -m docs.make_backbone_validation``.

What is played is in `tests.validation.backbone_play`; figures are kept in ``docs/backbone_validation.json`` and
made anew by every call but one with `--page`, which only writes ``docs/backbone-validation.md``. Twenty runs take two
minutes.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import networkx as nx
import numpy as np
from scipy.stats import beta

from docs import figures
from shopfloor.analysis import backbone, gatherings, two_mode
from shopfloor.analysis.backbone import judge_pairs
from shopfloor.analysis.gatherings import gather
from tests.validation import backbone_play

RESULTS: Final = Path(__file__).with_name("backbone_validation.json")
PAGE: Final = Path(__file__).with_name("backbone-validation.md")
FRIENDS: Final = {"nobody seeks anybody": 0, "six pairs do": 6}
CANNOT: Final = {"standing crews", "two halves, early and late by turns"}
"""Kinds of workplace in which who seeks whom cannot show."""

Results = dict[str, Any]


def fingerprint() -> str:
    """Return a digest of the code of the method and of the play."""
    modules = (two_mode, gatherings, backbone, backbone_play)
    return figures.fingerprint([Path(str(module.__file__)) for module in modules])


def measure(runs: int) -> Results:
    """Play every kind of workplace, and look at the one published table."""
    cells = {}
    for kind, draw in backbone_play.KINDS.items():
        for words, n_pairs in FRIENDS.items():
            if n_pairs == 0 or kind not in CANNOT:
                cells[f"{kind}/{words}"] = [asdict(backbone_play.find(draw(seed, n_pairs))) for seed in range(runs)]
    return {"code": fingerprint(), "runs": runs, "cells": cells, "women": southern_women()}


def southern_women() -> dict[str, Any]:
    """Return what is found among the women of Davis, Gardner and Gardner (1941), and in which group they were."""
    graph = nx.davis_southern_women_graph()
    table = nx.bipartite.biadjacency_matrix(graph, graph.graph["top"], graph.graph["bottom"]).toarray()
    person, gathering = np.nonzero(table)
    near = judge_pairs(gather(18, person, gathering), level=0.3)
    first = np.arange(18) < 9  # noqa: PLR2004 - the published groups are the first nine women and the others
    return {
        "n_kept": int((near.q <= backbone.LEVEL).sum()),
        "n_sharing": near.n_sharing,
        "least": float(near.chance.min()),
        "n_near": len(near.one),
        "n_near_inside": int((first[near.one] == first[near.two]).sum()),
    }


def share(n: int, of_all: int) -> str:
    """Return a count and its share, with the upper 95 % bound (Clopper and Pearson)."""
    bound = beta.ppf(0.95, n + 1, of_all - n) if n < of_all else 1.0
    return f"{n:,} of {of_all:,} ({n / max(of_all, 1):.1%}; at most {bound:.1%})"


HEAD: Final = """\
# The backbone of working together

Written by `python -m docs.make_backbone_validation` from made-up workplaces, whose code is in
`tests/validation/backbone_play.py`. What is done and why: [0016](decisions/0016-layers-and-backbone.md).

*Ties*: pairs who shared a day that counts. *Kept*: those in the backbone at the default level (5 %). *By weeks*: what
would be kept if every week of a crew were a gathering of its own and all people one pool, which is a common recipe and
not what is done. All are means of a run.
"""

SAID: Final = """
- Workplaces where nobody seeks anybody and something is kept all the same: {alone}; aimed at: 5 %.
- Ties kept that are chance's, over all: {wrong}; aimed at: 5 %.
- In standing crews, and where two halves change shifts together, nobody can be seen to seek anybody: whoever was put
  together stays together. There the backbone is empty, and says nothing about who is close.
- On building sites most of a crew goes on together to the few sites that begin just then. Where three crews end in a
  week, that explains nearly all meetings again; where ten do, seekers show.
- Of two trades the seekers among thirty welders in three crews are not kept: where there are three crews to go to,
  going together is little beyond chance. Those among ninety others in nine crews are.
"""

TAIL: Final = """\
## What this does not show

- The workplaces are made up, and the rules for gatherings and pools were made with these kinds in view. No public
  list of assignments is at hand in which it is known who seeks whom.
- Chance knows shifts, worksites, job classes and counts, seasons by quarters only, and nothing else: where crews are
  made up by language or by whoever has a car, that is kept as if people sought each other.
- The counts are kept on average, not exactly. That errs on the side of keeping less, the more so the fewer gatherings
  there are and the more of them somebody was in (Neal, Domagalski and Sagan 2021, doi:10.1038/s41598-021-03238-3).
- False discoveries are controlled for pairs that do not depend on one another much. Three who always go together are
  three pairs.
"""


def page(results: Results) -> str:
    """Return the page."""
    lines = [
        HEAD,
        f"## Made-up workplaces, {results['runs']} of each kind\n",
        "| how crews come to be | who seeks whom | ties | kept | of them seekers | seekers there are | by weeks |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, runs in results["cells"].items():
        kind, words = name.split("/")
        columns = ("n_ties", "n_kept", "n_friends_kept", "n_friends", "n_by_weeks")
        ties, kept, found, there, weeks = (float(np.mean([run[column] for run in runs])) for column in columns)
        lines.append(f"| {kind} | {words} | {ties:,.0f} | {kept:.1f} | {found:.1f} | {there:.0f} | {weeks:,.0f} |")
    every = [run for runs in results["cells"].values() for run in runs]
    alone = [run for name, runs in results["cells"].items() if name.endswith("/nobody seeks anybody") for run in runs]
    n_kept, n_wrong = (sum(run[name] for run in every) for name in ("n_kept", "n_friends_kept"))
    n_false = sum(run["n_kept"] > 0 for run in alone)
    lines.append(SAID.format(alone=share(n_false, len(alone)), wrong=share(n_kept - n_wrong, n_kept)))
    return "\n".join([*lines, _women(results["women"]), TAIL])


def _women(women: dict[str, Any]) -> str:
    n_kept, n_near, n_inside = women["n_kept"], women["n_near"], women["n_near_inside"]
    return f"""\
## A published table

Eighteen women at fourteen parties (Davis, Gardner and Gardner 1941), in whom field workers and nearly all methods since
see two groups. {women["n_sharing"]} pairs of 153 met; the least likely by chance has a probability of
{women["least"]:.2f}, so {n_kept} are kept: fourteen parties are too few. The order is right all the same: of the
{n_near} pairs nearest to it (probability up to .3), {n_inside} are of one group.
"""


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--page", action="store_true")
    arguments = parser.parse_args()
    if not arguments.page:
        RESULTS.write_text(json.dumps(measure(arguments.runs), indent=0, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(RESULTS.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
