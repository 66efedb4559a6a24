"""Whom to talk to next, in an organizer's words: where the work stands, what it still takes, and who brings us there.

One text for pages, commands and notebooks, made from the ``about`` and the rows of `shopfloor.analysis.NextTalks`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shopfloor.service.leaders_in_words import ANSWER_NAMES, all_in_the_top, open_in_words
from shopfloor.service.numbers import counted, verb

About = Mapping[str, Any]
Row = Mapping[Any, Any]

_TIES: Final[Mapping[str, str]] = {"named": "named by", "told": "close to", "works_with": "works with"}
_PHASES: Final[Mapping[str, str]] = {
    "units": "First two voices from every {unit}: {n_for_units} to go.",
    "in turn": "Who would tell most and somebody picked by lot, in turn: talking to the most named alone hides others.",
    "certify": "The list is nearly settled: from here on whoever would tell most.",
    "settled": "The top {k} are settled. More talks close holes, they hardly change the list.",
}

_IN_ONES_REACH: Final = "Whom this organizer can reach come first; ways in are people this organizer talked to."


def next_in_words(about: About, answer: str = ANSWER_NAMES) -> list[str]:
    """Return where the work stands and what it still takes, a sentence or two an entry.

    `answer` as in `shopfloor.service.leaders_in_words.coverage_in_words`.
    """
    coverage = about["coverage"]
    asked = f"{verb(coverage['n_asked'], 'was', 'were', of=coverage['n_people'])} asked."
    if not coverage["n_people"]:
        return ["There is nobody to ask yet. Load a list of people."]
    if not about["n_left"]:
        return [f"Nobody is left to ask: {asked}"]
    reach = _IN_ONES_REACH if about["parameters"]["is_for_one_organizer"] else ""
    if about["aim"] == "holes":
        head = f"To hear every {_unit(about)}: {asked} The least heard come first, and there who can be reached."
        return [head, *filter(None, (reach,))]
    everybody = all_in_the_top(coverage, about["k"])
    if everybody:
        return [everybody, asked, *filter(None, (open_in_words(coverage, answer), reach, scope_of_next(about)))]
    head = f"To settle the top {about['k']}: {asked}"
    phase = _PHASES[about["phase"]].format(unit=_unit(about), n_for_units=_talks(about["n_for_units"]), k=about["k"])
    still = (
        open_in_words(coverage, answer),
        reach,
        expected_in_words(about),
        scope_of_next(about),
    )
    return [head, phase, *filter(None, still)]


def expected_in_words(about: About) -> str:
    """Return how many more talks it is expected to take.

    Examples
    --------
    >>> needed = {"n_low": 6, "n": 9, "n_high": 13}
    >>> expected_in_words({"half": None, "certified": None, "n_left": 30, "k": 5, "phase": "in turn"})
    'How many talks it takes cannot be told before anybody was named.'
    >>> said = expected_in_words({"half": needed, "certified": needed, "n_left": 30, "k": 5, "phase": "in turn"})
    >>> said.split(";")[0]
    'Until at most half a wrong name is expected: about 9 more talks (6 to 13)'
    >>> said.split(". ")[1]
    'A guess: in about one of five it takes fewer or more.'
    """
    half, certified, n_left = about["half"], about["certified"], about["n_left"]
    if half is None or certified is None:
        return "How many talks it takes cannot be told before anybody was named."
    if about["phase"] == "settled":
        return ""
    first = (
        f"Until at most half a wrong name is expected: {_needed(half, n_left)}"
        if half["n"]
        else "At most half a wrong name is expected in the list now"
    )
    last = f"until all {about['k']} are certain: {_needed(certified, n_left)}"
    return f"{first}; {last}. A guess: in about one of five it takes fewer or more."


def _needed(needed: Mapping[str, int], n_left: int) -> str:
    if needed["n_low"] >= n_left:
        return "everybody left"
    return f"about {_talks(needed['n'])} ({needed['n_low']:,} to {needed['n_high']:,})"


def _talks(n: int) -> str:
    return counted(n, "more talk")


def _unit(about: About) -> str:
    return str(about["unit_kind"] or "unit").replace("_", " ")


def scope_of_next(about: About) -> str:
    """Return of whom the list is, for who sees some units."""
    if not about["is_part"]:
        return ""
    return "You see your units: places, talks and ways in are among the people you see."


def reach_in_words(ways: Sequence[Row]) -> str:
    """Return who can bring us to somebody, from ``reach`` of a row.

    Examples
    --------
    >>> ways = [
    ...     {"name": "Ana Demo", "tie": "named", "organizer": "Org A"},
    ...     {"name": "Bo Demo", "tie": "named", "organizer": None},
    ...     {"name": "Cy Demo", "tie": "works_with", "organizer": "Cy Demo"},
    ... ]
    >>> reach_in_words(ways)
    'named by Ana Demo (talked to Org A), Bo Demo; works with Cy Demo (organizes with us)'
    >>> reach_in_words([])
    'no way in known'
    """
    parts = [
        f"{words} {', '.join(_way(way) for way in ways if way['tie'] == tie)}"
        for tie, words in _TIES.items()
        if any(way["tie"] == tie for way in ways)
    ]
    return "; ".join(parts) or "no way in known"


def _way(way: Row) -> str:
    if way["organizer"] == way["name"]:
        return f"{way['name']} (organizes with us)"
    return f"{way['name']} (talked to {way['organizer']})" if way["organizer"] else str(way["name"])
