"""Why somebody stands where the list has them, in an organizer's words: one text for pages, commands and notebooks."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from shopfloor.analysis.reasons import Why
from shopfloor.service.leaders_in_words import how_sure
from shopfloor.service.numbers import counted, verb
from shopfloor.service.scope_in_words import namings_in_words, scope_of_person

Row = Mapping[str, Any]

SAID: Final[Mapping[str, str]] = {
    "sure": "sure",
    "likely": "likely",
    "cannot_tell": "cannot tell yet",
    "not_listed": "hardly in the top",
}
"""The words of certainty as they stand in a sentence."""

_LAYERS: Final = {"told": "ties that were told", "worked_with": "who works with whom"}
_MANY: Final = 3
_MOST_UNITS: Final = 4
_MOST_ROWS: Final = 6


def why_in_words(found: Why) -> list[str]:
    """Return the reasons for a person's place, and what it rests on, a sentence an entry."""
    lines = [*reasons_in_words(found), *rests_on_in_words(found)]
    return [*lines, *filter(None, (scope_of_person(found.about),))]


def reasons_in_words(found: Why) -> list[str]:
    """Return the facts behind a place."""
    said = [_headline(found), _named(found), _back(found)]
    said += [_question(row) for row in found.questions[1:]]
    said += _bridges(found)
    said += [_moved(row, found) for row in found.moved]
    return [line for line in said if line]


def _headline(found: Why) -> str:
    name, place = found.about["name"], found.place
    if place is None:
        return f"{name}: {found.about['unplaced']}."
    about = {"certainty": {"is_given": True, "places": place["places"]}, "sources": None}
    of = counted(found.about["n_people"], "person", "people")
    return f"{name}: {how_sure(place, about)}. {found.about['n_asked']:,} of {of} asked."


def _named(found: Why) -> str:
    named_by, name = found.named_by, found.about["name"]
    n, n_outside, n_asked = (named_by[key] for key in ("n", "n_outside", "n_asked"))
    if not n_asked and not n:
        return f"Nobody was asked yet who could have named {name}."
    if n == n_outside:
        return f"Named by {namings_in_words(n, n_outside, n_asked, is_part=found.about['is_part'])}."
    where = _and([_of_units(row) for row in found.units if row["n_naming"]])
    namings = namings_in_words(n, n_outside, n_asked, is_part=found.about["is_part"])
    said = [f"Named by {namings}" + (f", from {where} that we asked in." if where else ".")]
    return " ".join(filter(None, [*said, _shares(found.units), _eyes(found)]))


def _of_units(row: Row) -> str:
    """Return in how many units of a kind somebody named her."""
    n, n_heard, kind = row["n_naming"], row["n_heard"], row["kind"]
    if n_heard == 1:
        return f"the one {kind}"
    if n == n_heard:
        return f"both {kind}s" if n == 2 else f"all {n} {kind}s"  # noqa: PLR2004 - both
    return f"{n} of {n_heard} {kind}s"


def _shares(units: Sequence[Row]) -> str:
    """Return from where most namings come, of how many asked there."""
    named: list[Row] = next((row["units"] for row in units if row["n_naming"]), [])
    said = [f"{unit['n']} of {unit['n_asked']} asked in {unit['unit']}" for unit in named[:_MOST_UNITS] if unit["n"]]
    elsewhere = sum(unit["n"] for unit in named[_MOST_UNITS:])
    return f"That is {_and([*said, *([f'{elsewhere} elsewhere'] if elsewhere else [])])}." if said else ""


def _eyes(found: Why) -> str:
    """Return that all of it was said to one organizer, where it was so."""
    n_inside = found.named_by["n"] - found.named_by["n_outside"]
    if n_inside < _MANY or len(found.organizers) != 1 or found.organizers[0]["organizer"] is None:
        return ""
    return f"All of it was said in talks with {found.organizers[0]['organizer']}."


def _back(found: Why) -> str:
    back, name = found.back, found.about["name"]
    if not found.named_by["n"]:
        return ""
    if not back["was_asked"]:
        return f"{name} was not asked: whether it is mutual is not known."
    if not back["n_could"]:
        return ""
    if back["n_could"] == 1:
        return f"{name} {'named' if back['n_back'] else 'did not name'} that one back."
    return f"{name} named {back['n_back'] or 'none'} of these {back['n_could']:,} back."


def _question(row: Row) -> str:
    n, n_outside = row["n"], row["n_outside"]
    outside = f", and by {n_outside:,} outside your units" if n_outside else ""
    return f"Also named to '{row['question']}': by {n - n_outside:,} of {row['n_asked']:,} asked{outside}."


def _bridges(found: Why) -> list[str]:
    if found.bridge is None:
        return []
    name = found.about["name"]
    said = [
        f"The only bridge between {link['name']} and {link['other_name']} so far: all {link['n_ties']} ties are "
        f"with {name}."
        for link in found.bridge["only_to"]
    ]
    pairs = found.bridge["n_only_broker"]
    if pairs and found.bridge["is_cut"]:
        meet = verb(pairs, "pair of people of different groups meets", "pairs of people of different groups meet")
        said.append(f"{meet} in {name} only.")
    return said


def _moved(row: Row, found: Why) -> str:
    step = f" ({row['step']})" if row["step"] else ""
    unknown = f"; of {row['n_unknown']} it is not known whether they did" if row["n_unknown"] else ""
    day = f" of {day_in_words(row['held_on'], found.about['as_of'])}" if row["held_on"] else ""
    asked = f"{row['n_asked']} whom {found.about['name']} asked"
    return f"Moved {row['n_did']} of the {asked}, at {row['action']}{step}{day}{unknown}."


def rests_on_in_words(found: Why) -> list[str]:
    """Return what a place rests on: what changes the word first, else what would weigh most."""
    if found.place is None or not found.rests_on.rows:
        return []
    rows = found.rests_on.rows
    matters = [row for row in rows if row["changes_word"] and row["is_weaker"] and not row["is_noise"]]
    said = ["Rests on:", *_what_matters(matters, found)]
    if not matters:
        weighs = [row for row in rows if row["is_weaker"]]
        said = ["Rests on no single source: without any one of them the word stays."]
        said += [without_in_words(row, found) for row in weighs[:1]]
    doubtful = [row for row in rows if row["changes_word"] and row["is_weaker"] and row["is_noise"]]
    said += [f"{without_in_words(row, found)[:-1]}; other draws alone may change as much." for row in doubtful[:2]]
    if found.rests_on.n_untried:
        said.append(f"{found.rests_on.n_untried:,} more namings were not left out one by one.")
    return said


def _what_matters(rows: Sequence[Row], found: Why) -> list[str]:
    """Return the facts that hold up the word; single talks that all weigh the same in one sentence."""
    talks = [row for row in rows if row["kind"] == "conversation"]
    together = talks if len(talks) >= _MANY and len({row["certainty"] for row in talks}) == 1 else []
    apart = [row for row in rows if not any(row is talk for talk in together)]
    said = [without_in_words(row, found) for row in apart[:_MOST_ROWS]]
    if together:
        name, n_tried = found.about["name"], sum(row["kind"] == "conversation" for row in found.rests_on.rows)
        which = f"the {n_tried}" if len(together) == n_tried else f"{len(together)} of the {n_tried}"
        said.append(f"Without any one of {which} talks that named {name}: {_falls(together[0], found)}.")
    return said


def without_in_words(row: Row, found: Why) -> str:
    """Return what becomes of a place without something.

    Parameters
    ----------
    row : mapping
        Of `RestsOn.rows`.
    found : Why
        Of the same person.
    """
    if row["changes_word"]:
        return f"Without {_what(row, found)}: {_falls(row, found)}, {_places(row)}{_since(row)}."
    return f"Without {_what(row, found)}: {SAID[row['certainty']]} all the same, {_places(row)}."


def _falls(row: Row, found: Why) -> str:
    """Return how the word changes."""
    place = found.place or {}
    verb = "falls" if row["is_weaker"] else "rises"
    return f"{verb} from {SAID[place['certainty']]} to {SAID[row['certainty']]}"


def _since(row: Row) -> str:
    if row["because"] == "chance":
        return " (namings are then spread no more unequally than chance makes them)"
    return " (a unit is then hardly heard)" if row["because"] == "voices" else ""


def _places(row: Row) -> str:
    low, high = row["rank_low"], row["rank_high"]
    return f"place {low:,}" if low == high else f"place {low:,} to {high:,}"


def _what(row: Row, found: Why) -> str:
    """Return what is left out."""
    kind, as_of = row["kind"], found.about["as_of"]
    if kind == "conversation":
        day = f" of {day_in_words(row['held_on'], as_of)}" if row["held_on"] else ""
        return f"the talk with {row['name']}{day}"
    n = row["n_namings"]
    namings = f" ({counted(n, 'naming')})"
    if kind == "organizer":
        return f"the talks of {row['organizer']}{namings}"
    if kind == "older":
        return f"what was said before {day_in_words(row['since'], as_of)}{namings}"
    if kind in _LAYERS:
        return f"knowing {_LAYERS[kind]}"
    name = str(row["unit"])
    shift = " shift" if kind == "shift" and "shift" not in name.casefold() else ""
    return f"what {name}{shift} said{namings}"


def day_in_words(day: str, as_of: str) -> str:
    """Return a day as it is said, the year where it is another one.

    Examples
    --------
    >>> day_in_words("2026-05-03", "2026-11-20"), day_in_words("2025-05-03", "2026-11-20")
    ('3 May', '3 May 2025')
    """
    when = date.fromisoformat(day)
    year = "" if day[:4] == as_of[:4] else f" {when.year}"
    return f"{when.day} {when:%b}{year}"


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
