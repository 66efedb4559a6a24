"""What groups may claim, in words: one text for pages, commands and notebooks, made from the ``about`` of an answer."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from shopfloor.analysis.kept_groups import AS_ACCEPTED
from shopfloor.service.numbers import counted, verb

About = Mapping[str, Any]

REASONS: Final[Mapping[str, str]] = {
    "in no group": "in no group yet",
    "group not solid": "the group is not solid",
    "at the edge": "the ties pull two ways",
    "too few ties": "fewer than two ties known",
    "unit hardly asked": "hardly anybody of the unit was asked",
    "group hardly asked": "hardly anybody of the group was asked",
}
"""Why it cannot be told yet which group somebody is in, by `Groups.people.reason`."""


def headline_of_groups(about: About) -> str:
    """Return the answer in a sentence."""
    verdict, n_groups = about["verdict"], about["n_groups"]
    if verdict == "no groups here":
        return "No groups here: the ties are no more divided than chance would make them."
    if verdict == "too few asked":
        coverage = about["coverage"]
        return f"Too few asked to tell groups: {coverage['n_asked']:,} of {coverage['n_people']:,}."
    if not n_groups:
        return "No groups are visible yet: too few ties are known."
    not_solid = n_groups - about["n_solid"]
    words = f"{counted(n_groups, 'group')} so far"
    if not not_solid:
        return f"{words}, {'solid' if n_groups == 1 else 'all solid'}."
    return f"{words}: {about['n_solid']:,} solid, {not_solid:,} not solid."


def certainty_of_groups(about: About) -> list[str]:
    """Return how far the groups can be relied on, a sentence an entry."""
    if about["verdict"] == "no groups here":
        return ["A list of groups would be made up. The ties themselves stand; more talks may show groups."]
    if about["verdict"] == "too few asked":
        return ["From one in five on, groups are looked for. Talk to people in every unit."]
    if not about["n_groups"]:
        return []
    return [
        "Solid: people there are closer than chance makes them in 19 of 20 tries.",
        _told(about),
        *_provisional(about),
        *_remembered(about),
    ]


def _told(about: About) -> str:
    n_unsure = about["coverage"]["n_people"] - about["n_told"] - about["n_in_no_group"]
    right = ", about 19 in 20 of them rightly" if about["depends_on_asking"] else ""
    return (
        f"Told of {counted(about['n_told'], 'person', 'people')}{right}; of {n_unsure:,} we cannot tell yet; "
        f"{verb(about['n_in_no_group'], 'is', 'are')} in no group yet."
    )


def _provisional(about: About) -> list[str]:
    if not about["is_provisional"]:
        return []
    return ["Provisional: fewer than half were asked, and some units far more than others. That alone shapes groups."]


def _remembered(about: About) -> list[str]:
    if not about["n_remembered"]:
        return []
    return ["The groups that were accepted have a say of a quarter, and keep their names."]


def accepted_in_words(about: About) -> str:
    """Return how many of the groups that were accepted are not solid; nothing where all are.

    Examples
    --------
    >>> accepted_in_words({"n_groups": 6, "n_solid": 1}), accepted_in_words({"n_groups": 6, "n_solid": 6})
    ('Of 6 groups 1 is solid; the others are kept too.', '')
    >>> accepted_in_words({"n_groups": 1, "n_solid": 0})
    'Of 1 group none is solid; it is kept all the same.'
    """
    n_groups, n_solid = about["n_groups"], about["n_solid"]
    if n_solid == n_groups:
        return ""
    if not n_solid:
        kept = "it is" if n_groups == 1 else "they are"
        return f"Of {counted(n_groups, 'group')} none is solid; {kept} kept all the same."
    other = "the other is" if n_groups - n_solid == 1 else "the others are"
    return f"Of {counted(n_groups, 'group')} {verb(n_solid, 'is', 'are')} solid; {other} kept too."


def place_in_words(place: Mapping[str, Any]) -> str:
    """Return what is known of a person's place in her group, from `PersonPicture.group`.

    Examples
    --------
    >>> place_in_words({"role": "core", "certainty": "told", "reason": None})
    'core'
    >>> place_in_words({"role": "edge", "certainty": "cannot tell yet", "reason": "at the edge"})
    'cannot tell yet: the ties pull two ways'
    >>> place_in_words({"role": None, "certainty": "as accepted", "reason": None})
    'as accepted'
    """
    if place["certainty"] == AS_ACCEPTED:
        return AS_ACCEPTED
    if place["certainty"] == "told":
        return str(place["role"])
    return f"cannot tell yet: {REASONS[place['reason']]}"


def chart_in_words(row: Mapping[str, Any]) -> str:
    """Return how a group stands to the official chart, from a row of `Groups.rows`.

    Examples
    --------
    >>> place = {"chart_unit": "Packing", "n_in_unit": 7, "n_unit": 9}
    >>> chart_in_words({"chart": "crosses units", **place})
    'crosses units: 7 of the 9 of Packing'
    """
    if pd.isna(row["chart"]):
        return "units not known"
    return f"{row['chart']}: {row['n_in_unit']} of the {row['n_unit']} of {row['chart_unit']}"
