"""The sentences round the map: the answer as the headline, and under it what it rests on.

Words as organizers use them (talk, named by, stands), counts before percent, and what is not known said as plainly
as what is.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

import numpy as np
from flask import current_app, has_app_context

from shopfloor.dashboard.map_data import EVERYBODY, NOT_KNOWN, Bools, Filters, MapData
from shopfloor.service.numbers import counted
from shopfloor.service.scope_in_words import named_by_in_words, scope_of_map

ASSESSMENT_WORDS: Final = {
    1: "leads for us",
    2: "for us",
    3: "undecided",
    4: "leaning no",
    5: "against us",
    0: "not assessed",
}
"""What each assessment means; 0 is not a number anybody gave but the lack of one."""

_FEWEST_TO_POINT_AT: Final = 5  # pointing at a unit of three would be pointing at people
_MOST_LISTED: Final = 3


def assessment_words(assessment: int) -> str:
    """Return ``assessed 2`` or ``not assessed``."""
    return f"assessed {assessment}" if assessment else ASSESSMENT_WORDS[0]


def listed(names: Sequence[str]) -> str:
    """Return names as one would say them.

    Examples
    --------
    >>> listed(["Dock", "Freezer", "Packing"]), listed(["A", "B", "C", "D", "E"])
    ('Dock, Freezer and Packing', 'A, B, C and 2 more')
    """
    if len(names) > _MOST_LISTED:
        return f"{', '.join(names[:_MOST_LISTED])} and {len(names) - _MOST_LISTED} more"
    return " and ".join([part for part in (", ".join(names[:-1]), *names[-1:]) if part])


def day(when: date, as_of: date) -> str:
    """Return ``21 Nov``, with the year if it is not the one of the picture.

    Examples
    --------
    >>> day(date(2026, 11, 21), date(2026, 12, 1)), day(date(2025, 3, 2), date(2026, 12, 1))
    ('21 Nov', '2 Mar 2025')
    """
    text = f"{when.day} {when:%b}"
    return text if when.year == as_of.year else f"{text} {when.year}"


def unit_note(n_people: int, n_talked_to: int, n_asked: int, *, ties_known: bool) -> str:
    """Return the line under a unit's name: how many people, and what we know of them."""
    if not ties_known:
        return f"ties not known: {n_asked:,} of {n_people:,} asked"
    return f"{n_people:,}, {n_talked_to:,} talked to"


def headline(
    data: MapData, open_units: Collection[str] = (), filters: Filters = EVERYBODY, chosen: str | None = None
) -> str:
    """Return the one sentence that answers the screen's question, from the data.

    Parameters
    ----------
    data : MapData
    open_units : collection of str
        With exactly one open, the sentence is about that unit.
    filters : Filters
        Who is shown.
    chosen : str, optional
        ``person_id`` of the chosen person, whom the sentence is about then.

    Returns
    -------
    str
        Plain text.
    """
    if not len(data.people):
        return "Nobody is on the map yet. Load a list of people to begin."
    shown = data.shown(filters)
    if not shown.any():
        return "Nobody fits these filters."
    if chosen is not None:
        return _about_person(data, data.row_of(chosen))
    opened = [unit for unit in open_units if unit in set(data.people["unit"][shown])]
    if len(opened) == 1:
        return _about_unit(data, opened[0], shown)
    return _about_workplace(data, shown)


def _about_person(data: MapData, row: int) -> str:
    person = data.people.iloc[row]
    n, n_outside = int(person["named_by"]), int(person["named_by_outside"])
    named = f"is {named_by_in_words(n, n_outside)}" if n else "has been named by nobody so far"
    if not person["was_talked_to"]:
        return f"{person['name']} {named}. None of us has talked to {person['name']} yet."
    asked = "" if person["was_asked"] else " and was not asked who to go to"
    return f"{person['name']} {named}, {assessment_words(int(person['assessment']))}{asked}."


def _about_unit(data: MapData, unit: str, shown: Bools) -> str:
    inside = data.people[shown & (data.people["unit"] == unit).to_numpy(dtype=bool)]
    n, missing = len(inside), int((~inside["was_talked_to"]).sum())
    label = data.unit_label(unit)
    if not missing:
        return f"{label}: we have talked to all {n:,}."
    return f"{label}: {missing:,} of {n:,} not talked to."


def _about_workplace(data: MapData, shown: Bools) -> str:
    people = data.people[shown]
    first = f"We have talked to {int(people['was_talked_to'].sum()):,} of {len(people):,}."
    units = people.groupby("unit", sort=True)["was_talked_to"].agg(["size", "mean"])
    large = units[(units["size"] >= _FEWEST_TO_POINT_AT) & (units["mean"] < people["was_talked_to"].mean())]
    large = large.drop(index=NOT_KNOWN, errors="ignore")
    if large.empty or len(units) == 1:
        return first
    return f"{first} {data.unit_label(str(large['mean'].idxmin()))} is where we know least."


def rests_on(data: MapData, filters: Filters = EVERYBODY, *, fewest_ties: int) -> str:
    """Return the line under the headline: of how many, what a line is, how new, and whom one sees.

    Parameters
    ----------
    data : MapData
    filters : Filters
        Who is shown and which layers tie.
    fewest_ties : int
        Of how many tied pairs a line between two units is at least: `views.fewest_ties`.

    Returns
    -------
    str
        Plain text.
    """
    shown = data.shown(filters)
    asked = int((data.people["was_asked"].to_numpy(dtype=bool) & shown).sum())
    layers = [layer_words(name) for name in (filters.layers or data.layers)]
    parts = [
        f"Rests on {asked:,} of {int(shown.sum()):,} asked who they go to.",
        f"A line between units is {fewest_ties} or more ties ({listed(layers)})." if layers else "No ties are known.",
        f"Newest talk {day(data.newest, data.as_of)}." if data.newest else "No talk is recorded.",
        f"As of {day(data.as_of, data.as_of)}.",
        _who_is_seen(data, shown),
        scope_of_map(is_part=data.is_part),
    ]
    return " ".join(filter(None, parts))


def _who_is_seen(data: MapData, shown: Bools) -> str:
    n_all = len(data.unit_ids)
    if shown.all():
        return f"You see all {counted(n_all, 'unit')}." if n_all > 1 and not data.is_part else ""
    seen = len(np.unique(data.unit_of[shown]))
    return f"You see {int(shown.sum()):,} of {len(data.people):,} people, in {seen} of {counted(n_all, 'unit')}."


LAYER_WORDS: Final = {
    "named": "named",
    "told": "told to us",
    "talked": "talked",
    "worked_with": "worked beside",
    "acted_with": "acted with",
}
"""Layers of ties as organizers say them."""

MEASURE_WORDS: Final = {
    "named_by": "Named by",
    "named_share": "Share of those asked",
    "in_degree": "Looked to by",
    "out_degree": "Looks to",
    "strength": "Strength of ties",
    "degree": "People tied to",
    "closeness": "Close to everybody",
    "betweenness": "Word passes through",
    "katz": "Looked to by the looked-to",
    "pagerank": "Named by the named",
    "core": "In the thick of it",
    "constraint": "Stands between circles",
    "effective_size": "Knows different people",
    "bridging": "Bridges groups",
}
"""Measures as organizers say them."""

PLACE: Final = "SHOPFLOOR_PLACE"
"""Where an app's configuration has the path or address that pages do not tell."""

_OF_THE_COMMAND: Final = (
    (r"say which with --map COLUMN=\S+", "say which in the table of columns"),
    (r"perhaps (--map '[^']*'=\S+ ?)+", "say in the table of columns which ones they are"),
    (r"say which column it is with --map COLUMN=FIELD", "say in the table of columns which one it is"),
    (
        r"say --kind, and which columns they are with --map COLUMN=FIELD",
        "say what the file is, and in the table of columns which ones they are",
    ),
    (r"say --kind (\S+) or --kind \S+", "say what the file is"),
    (r"say --kind \([^)]*\)", "say what the file is"),
    (r"say --dates dmy or mdy", "say how dates are written"),
    (r": --source payroll", ""),
    (r"--map ", "the table of columns "),
    (r"use a measure that holds on partial answers \([^)]*\), or say as-if-complete to see it all the same", ""),
    (r",? ?(See|Look)[^.:]* with: shopfloor [^.]*\.?", ""),
)


def layer_words(layer: str) -> str:
    """Return a layer of ties as organizers say it."""
    return LAYER_WORDS.get(layer, layer.replace("_", " "))


def measure_words(measure: str) -> str:
    """Return a measure as organizers say it."""
    return MEASURE_WORDS.get(measure, measure.replace("_", " "))


def on_a_page(message: str) -> str:
    """Return an error's message as a page says it: without the options of the command line.

    Examples
    --------
    >>> on_a_page("a.csv: day and month cannot be told apart: say --dates dmy or mdy")
    'a.csv: day and month cannot be told apart: say how dates are written'
    """
    for pattern, words in _OF_THE_COMMAND:
        message = re.sub(pattern, words, message)
    return without_place(message).strip(" ,;")


def without_place(text: str) -> str:
    """Return a text without the path or address of a team's store: where that lies is nothing for a browser."""
    place = current_app.config.get(PLACE) if has_app_context() else None
    return text.replace(place, "the store") if place else text
