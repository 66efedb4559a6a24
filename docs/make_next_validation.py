"""Measure how many talks settle the list, and write ``docs/next-talks.md``: ``python -m docs.make_next_validation``.

Talks are played on five published networks whose whole truth is known (see `tests.validation.talking`). Figures are
kept in ``docs/next_validation.json``, so that the work can be done in slices of ``--minutes``: each call goes on where
the last one stopped, one run of every rule on every network after another, until ``--runs`` are done. A change of the
code starts the figures anew. ``--page`` only writes the page. The networks are not part of the project: without them
(``SHOPFLOOR_VALIDATION_DATA``) nothing is measured.
"""

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

import shopfloor.analysis.certainty
from docs import figures
from tests.validation import talking as play
from tests.validation.naming_networks import NamingNetwork, naming_networks

RESULTS: Final = Path(__file__).with_name("next_validation.json")
PAGE: Final = Path(__file__).with_name("next-talks.md")
SHARES: Final = (0.25, 0.4, 0.6)
SIMPLE: Final = ("random", "most_named", "unit_balanced")
RULE_WORDS: Final = {
    "random": "random",
    "most_named": "most named, not asked",
    "unit_balanced": "unit with the smallest share asked",
    "score": "**score alone**",
    "schedule": "**whole schedule**",
}
STAGES: Final = ((0.0, 0.25), (0.25, 0.5), (0.5, 1.0))
SAVED_EVERY: Final = 20.0

Runs = list[dict[str, Any]]


def fingerprint() -> str:
    """Return a digest of the code of the model, of the score and schedule, and of the play."""
    model = Path(shopfloor.analysis.certainty.__path__[0])
    return figures.fingerprint(
        [*sorted(model.glob("*.py")), *sorted(model.parent.glob("talk_*.py")), Path(play.__file__)]
    )


def read_results() -> dict[str, Any]:
    """Return the figures so far, none if the code has changed."""
    return figures.read_figures(RESULTS, fingerprint(), "networks", "runs")


def write_results(results: Mapping[str, Any]) -> None:
    """Write the figures, a line a run; an interrupted write leaves the old ones."""
    runs = ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(run, sort_keys=True) for run in made) + "\n]"
        for name, made in sorted(results["runs"].items())
    )
    text = json.dumps({"code": results["code"], "networks": results["networks"]}, sort_keys=True)[:-1]
    fresh = RESULTS.with_suffix(".new")
    fresh.write_text(f'{text},\n"runs": {{\n{runs}\n}}}}\n', encoding="utf-8")
    fresh.replace(RESULTS)


def measure(network: NamingNetwork, rule: str, seed: int) -> dict[str, Any]:
    """Play one run and return its figures."""
    played = play.talk_through(network, play.RULES[rule], seed, is_forecast=rule == "schedule")
    at = [played.at(share * network.n_people) for share in SHARES]
    run = {
        "half": played.half,
        "certified": played.certified,
        "wrong_at_half": played.wrong_at_half,
        "right": [round(played.right[place], 3) for place in at],
        "sure": [played.sure[place] for place in at],
        "sure_wrong": [played.sure_wrong[place] for place in at],
    }
    if played.said:
        run["said"] = [
            [n_asked, *_numbers(said.half, played.half), *_numbers(said.certified, played.certified)]
            for n_asked, said in played.said
        ]
    return run


def _numbers(needed: Any, reached: int) -> list[int]:  # noqa: ANN401 - `TalksNeeded`
    return [needed.n_low, needed.n, needed.n_high, reached]


def run(results: dict[str, Any], n_runs: int, minutes: float) -> bool:
    """Measure until everything is done or the time is over; say whether everything is done."""
    networks = {name: network for name, network in naming_networks().items() if name in play.NETWORKS}
    results["networks"] = {name: {"title": network.title, "n": network.n_people} for name, network in networks.items()}
    stop, save = time.monotonic() + 60 * minutes, time.monotonic() + SAVED_EVERY
    for number in range(n_runs):
        for name, network in networks.items():
            for rule in play.RULES:
                made: Runs = results["runs"].setdefault(f"{name}/{rule}", [])
                if len(made) <= number:
                    is_same = rule == "unit_balanced" and not network.has_units
                    made.append(
                        results["runs"][f"{name}/random"][number] if is_same else measure(network, rule, number)
                    )
                if time.monotonic() > save:
                    write_results(results)
                    save = time.monotonic() + SAVED_EVERY
                if time.monotonic() > stop:
                    return False
    return True


def complete(results: Mapping[str, Any]) -> dict[str, Runs]:
    """Return the runs that every rule has made on a network, so that all begin with the same people."""
    n_made = {
        name: min(len(results["runs"].get(f"{name}/{rule}", [])) for rule in play.RULES) for name in results["networks"]
    }
    return {key: made[: n_made[key.split("/")[0]]] for key, made in results["runs"].items()}


def _column(runs: Runs, what: str) -> "np.ndarray[Any, np.dtype[np.float64]]":
    return np.array([one[what] for one in runs], dtype=np.float64)


def rows_of_rules(results: Mapping[str, Any]) -> Iterator[list[str]]:
    """Rows: network and rule; talks until half a wrong name, until certain, and the list on the way."""
    runs = complete(results)
    for name, network in results["networks"].items():
        certified = {rule: _column(runs[f"{name}/{rule}"], "certified") for rule in play.RULES}
        for rule in play.RULES:
            made = runs[f"{name}/{rule}"]
            half, right = _column(made, "half"), _column(made, "right").mean(axis=0)
            sure, wrong = _column(made, "sure"), _column(made, "sure_wrong")
            talks = certified[rule]
            yield [
                f"{network['title']} ({network['n']})" if rule == "random" else "",
                RULE_WORDS[rule],
                f"{np.median(half):.0f} ({np.quantile(half, 0.9):.0f})",
                f"{np.median(talks):.0f} ({np.quantile(talks, 0.9):.0f})",
                f"{talks.mean():.1f}",
                *(_ratio(talks, certified[other]) for other in ("random", "most_named")),
                " / ".join(f"{value:.2f}" for value in right),
                f"{wrong.sum() / max(sure.sum(), 1):.1%}",
                f"{_column(made, 'wrong_at_half').mean():.2f}",
            ]


def _ratio(one: "np.ndarray[Any, Any]", other: "np.ndarray[Any, Any]") -> str:
    """Return the ratio of two means with the standard error of the paired difference."""
    error = (one - other).std() / np.sqrt(len(one)) / other.mean()
    return f"{one.mean() / other.mean():.2f} ± {error:.2f}"


def judged(results: Mapping[str, Any]) -> list[str]:
    """Return a sentence a network: the score beside the best simple rule and beside the most named."""
    runs, said = complete(results), []
    for name, network in results["networks"].items():
        means = {rule: float(_column(runs[f"{name}/{rule}"], "certified").mean()) for rule in play.RULES}
        best = min(SIMPLE, key=lambda rule: means[rule])
        said.append(
            f"- {network['title']}: score {means['score'] / means[best] - 1:+.0%} against the best simple rule "
            f"({RULE_WORDS[best]}), {means['score'] / means['most_named'] - 1:+.0%} against the most named; "
            f"whole schedule {means['schedule'] / means['most_named'] - 1:+.0%}."
        )
    return said


def rows_of_forecasts(results: Mapping[str, Any]) -> Iterator[list[str]]:
    """Rows: network and share asked; talks said to be needed, talks it took, and how often within what was said."""
    runs = complete(results)
    for name, network in results["networks"].items():
        said = np.array([row for one in runs[f"{name}/schedule"] for row in one.get("said", [])], dtype=np.float64)
        for low, high in STAGES:
            chosen = said[(said[:, 0] >= low * network["n"]) & (said[:, 0] < high * network["n"])]
            if len(chosen):
                yield [
                    network["title"],
                    f"{low:.0%} to {high:.0%}",
                    str(len(chosen)),
                    *_said_and_took(chosen[:, 0], chosen[:, 1:5]),
                    *_said_and_took(chosen[:, 0], chosen[:, 5:9]),
                ]


def _said_and_took(n_asked: "np.ndarray[Any, Any]", numbers: "np.ndarray[Any, Any]") -> tuple[str, str, str]:
    """Return means of what was said and of what it took, where it was not reached yet, and the share within."""
    is_open = numbers[:, 3] > n_asked
    if not is_open.any():
        return "-", "-", "-"
    low, middle, high, reached = numbers[is_open].T
    took = reached - n_asked[is_open]
    within = (took >= low) & (took <= high)
    return f"{middle.mean():.1f} ({low.mean():.1f} to {high.mean():.1f})", f"{took.mean():.1f}", f"{within.mean():.0%}"


def table(head: str, rows: Iterator[list[str]]) -> str:
    """Return a Markdown table."""
    n_columns = head.count("|") - 1
    return "\n".join([head, "|" + "---|" * n_columns, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


HEAD = """\
# How many talks settle the list

Talks are played on five published networks whose whole truth is known: the answers of everybody not "talked to" are
hidden, the program is asked whom to talk to next, and answers again after every 1, 3 or 6 talks (below 30, 60, more
people). All rules begin with the same people, 8 % (three at least) by lot. Written by
`python -m docs.make_next_validation`; {runs} runs of each rule on each network. The data are not part of the project.

- *half*: talks until at most half a wrong name is expected in the list of five (three below 25 people). *certain*:
  until all places have somebody of probability .9 or more; the test against chance is left aside. Median, in brackets
  what nine of ten runs keep within. Ratios of mean talks until certain, with the standard error of paired runs.
- *right*: share of the list that truly belongs when 25, 40 and 60 % were asked. *sure, wrong*: of those with
  probability .9 or more at these points, who do not belong. *wrong at half*: names truly wrong when half is reached.
- *Whole schedule*: two voices of every unit first, then score and lot in turn, from half on the score alone. It is
  what `shopfloor next` gives.

"""

TAIL = """
## How far the expected number of talks is off

What the program said of talks still needed when it followed the schedule, beside what it took; in brackets the range
it gave; *within*: how often it took a number between these. The range was cut on these same networks so that about
four of five hold over all of them. It is too wide for some and too narrow for others: where people name back a list
settles faster than is reckoned with, where many have nearly equal places more slowly. Answers of one run are alike, so
the shares are rougher than their counts suggest.

"""


def page(results: Mapping[str, Any]) -> str:
    """Return the page."""
    n_runs = {len(made) for made in complete(results).values()}
    shown = str(max(n_runs)) if len(n_runs) == 1 else f"{min(n_runs)} to {max(n_runs)}"
    rules = (
        "| network (people) | rule | half | certain | mean | against random | against most named "
        "| right at 25 / 40 / 60 % | sure, wrong | wrong at half |"
    )
    forecasts = "| network | asked | answers | half: said | took | within | certain: said | took | within |"
    return "".join(
        [
            HEAD.format(runs=shown),
            table(rules, rows_of_rules(results)),
            "\n",
            "\n".join(judged(results)),
            "\n",
            TAIL,
            table(forecasts, rows_of_forecasts(results)),
        ]
    )


def main() -> None:
    """Measure a slice and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--page", action="store_true", help="only write the page from the figures there are")
    said = parser.parse_args()
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if said.page else read_results()
    if not said.page:
        is_done = run(results, said.runs, said.minutes)
        write_results(results)
        print("done" if is_done else "to be gone on with")
    PAGE.write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
