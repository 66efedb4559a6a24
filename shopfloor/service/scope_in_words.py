"""What somebody is told who sees the people of some units: what is counted of them, and what of others.

One text for pages, commands and notebooks. Every function takes the ``about`` of an answer and returns nothing for a
viewer who sees everybody.
"""

from collections.abc import Mapping
from typing import Any, Final

from shopfloor.analysis import MEASURES

About = Mapping[str, Any]

_COUNTS: Final = "You see your units: who was asked is counted there alone."
_RANKS: Final = "Places are among the people you see."
_OF_MODEL: Final = "How sure a place is rests on your people's answers alone."
_OF_NAMINGS: Final[Mapping[str, str]] = {
    "named_share": "Namings from outside your units are not in the share.",
    "out_degree": "Whom they named outside your units counts too, without a name.",
    "degree": "Ties with somebody outside your units count too, without a name. Who both named one of yours and was "
    "named by them counts twice there.",
}
_OF_LAYERS: Final[Mapping[str, str]] = {
    "named": "Namings from outside your units count too, without a name.",
    "told": "Ties with somebody outside your units count too, without a name.",
    "worked_with": "Days beside somebody outside your units count too, without a name.",
    "talked": "Talks of people outside your units are not known.",
    "acted_with": "Of an action you see what your people did: ties are among them alone.",
}


def namings_in_words(n: int, n_outside: int, n_asked: int, *, is_part: bool, where: str = "") -> str:
    """Return by how many somebody is named, of how many asked.

    Parameters
    ----------
    n : int
        How many named her.
    n_outside : int
        How many of these are outside the viewer's units: they are none of those asked.
    n_asked : int
        Who could have, of those asked whom the viewer sees.
    is_part : bool
        Whether the viewer sees the people of some units only.
    where : str
        From which units those inside are.

    Examples
    --------
    >>> namings_in_words(8, 0, 45, is_part=False, where="6 in Dock and 2 in Packing")
    '8 of 45 asked: 6 in Dock and 2 in Packing'
    >>> namings_in_words(8, 3, 35, is_part=True)
    '5 of 35 asked here, and by 3 outside your units'
    >>> namings_in_words(8, 3, 35, is_part=True, where="5 in Dock")
    '5 of 35 asked here (5 in Dock), and by 3 outside your units'
    """
    inside = f"{n - n_outside:,} of {n_asked:,} asked{' here' if is_part else ''}"
    if not n_outside:
        return f"{inside}: {where}" if where else inside
    return f"{inside}{f' ({where})' if where else ''}, and by {n_outside:,} outside your units"


def named_by_in_words(n: int, n_outside: int) -> str:
    """Return by how many somebody is named where it is not said of how many.

    Examples
    --------
    >>> named_by_in_words(8, 3), named_by_in_words(3, 3), named_by_in_words(0, 0)
    ('named by 8, 3 of them outside your units', 'named by 3 outside your units', 'named by nobody so far')
    """
    if not n:
        return "named by nobody so far"
    if n == n_outside:
        return f"named by {n:,} outside your units"
    return f"named by {n:,}" + (f", {n_outside:,} of them outside your units" if n_outside else "")


def scope_of_leaders(about: About) -> str:
    """Return what a ranking counts of people outside the viewer's units."""
    if not about["is_part"]:
        return ""
    measure, layer = about["measure"], str(about["layer"])
    if MEASURES[measure].needs_most_asked:
        return (
            f"{_COUNTS} This measure follows ties from person to person, so it is of the ties among your people alone "
            f"and may be another among everybody. {_RANKS}"
        )
    if about["certainty"].get("order") == "certainty":
        return f"{_COUNTS} {_OF_LAYERS[layer]} {_OF_MODEL} {_RANKS}"
    said = _OF_NAMINGS.get(measure) if layer == "named" else None
    return f"{_COUNTS} {said or _OF_LAYERS[layer]} {_RANKS}"


def scope_of_groups(about: About) -> str:
    """Return of whom groups are made, for who sees some units."""
    if not about["is_part"]:
        return ""
    return (
        "You see your units: groups are found in the ties among your people alone. Ties that leave your units do not "
        "count, so somebody in no group here may be in one with others."
    )


def scope_of_ties(about: About) -> str:
    """Return which ties are listed, for who sees some units."""
    if not about["is_part"]:
        return ""
    return (
        f"You see your units: {about['n_outside']:,} of these are with someone outside them, who has no name here and "
        "may stand under several ids. Ties among people outside are not listed."
    )


def scope_of_person(about: About) -> str:
    """Return what is known of a person's ties, for who sees some units."""
    if not about["is_part"]:
        return ""
    return (
        "You see your units: who was asked is counted there alone, and of people outside only that they are tied to "
        "yours."
    )


def scope_of_overview(about: About) -> str:
    """Return what the counts of an overview are of, for who sees some units."""
    if not about["is_part"]:
        return ""
    return "You see your units: all counts are of them alone, but namings from outside count too."


def scope_of_map(*, is_part: bool) -> str:
    """Return what a map leaves out, for who sees some units."""
    if not is_part:
        return ""
    return (
        "You see your units: namings from outside make a mark larger; ties that leave your units are neither drawn nor "
        "counted."
    )
