"""A list of leaders in an organizer's words: what it rests on first, then how sure it is, and of what kinds people are.

One text for pages, commands and notebooks.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shopfloor.analysis import Ranking
from shopfloor.analysis.workforce import are_many_open
from shopfloor.service.numbers import counted
from shopfloor.service.scope_in_words import scope_of_leaders

About = Mapping[str, Any]
Row = Mapping[Any, Any]

_KIND_WORDS: Final[Mapping[str, str]] = {
    "trusted": "trusted by many",
    "bridge": "bridge between groups",
    "voice": "voice of one group",
    "central": "at the centre of work",
    "against": "stands against us",
    "silent": "not assessed: find out",
}
_SEEN_THROUGH: Final = 0.5
_FEWEST_NAMINGS: Final = 5
_MOST_UNITS: Final = 6


def leaders_in_words(ranking: Ranking) -> list[str]:
    """Return what a ranking rests on and what it may claim, in an organizer's words."""
    about = ranking.about
    head = f"{about['title']}, as of {about['as_of']}."
    said = [head]
    if about["layer"] == "named":
        first, *more = coverage_in_words(about)
        said = [f"{head} {first}", *more]
    is_counted = about["certainty"]["is_given"] and about["coverage"]["eyes"]["n_namings"] > 0
    meaning = "" if is_counted else about["meaning"]
    unit = about["parameters"]["unit"]
    among = "" if unit is None else f"Only people of {unit} are listed; places are among them."
    return [
        *said,
        *certainty_in_words(about),
        *filter(None, (among, meaning, bridges_in_words(about), scope_of_leaders(about))),
        "",
    ]


def bridges_in_words(about: About, keep: str = " ('shopfloor groups accept')") -> str:
    """Return between which groups people may be bridges; nothing where no kinds of leader are told.

    Parameters
    ----------
    about : mapping
        Of a ranking from `shopfloor.service.answers.add_kinds`.
    keep : str
        Said of how groups are accepted.

    Examples
    --------
    >>> bridges_in_words({"groups": {"is_accepted": True, "of": "2026-05-03"}})
    'Bridges are between the groups accepted as of 2026-05-03.'
    >>> bridges_in_words({"groups": None, "is_part": False})
    "Who is a bridge between groups is told once groups are accepted ('shopfloor groups accept')."
    """
    if "groups" not in about:
        return ""
    groups = about["groups"]
    if groups is None and about["is_part"]:
        return "Who is a bridge between groups cannot be told from a part of the people."
    if groups is None:
        return f"Who is a bridge between groups is told once groups are accepted{keep}."
    return f"Bridges are between the groups {'accepted' if groups['is_accepted'] else 'found'} as of {groups['of']}."


ANSWER_NAMES: Final = " ('shopfloor mentions')"
"""How open names are answered, as commands and notebooks say it; pages lead there."""


def coverage_in_words(about: About, answer: str = ANSWER_NAMES) -> list[str]:
    """Return who was asked, where we cannot tell, and through whose talks we see; a sentence or two an entry.

    `answer` is said of how open names are answered.
    """
    coverage = about["coverage"]
    n_people, n_asked = coverage["n_people"], coverage["n_asked"]
    share = f" ({n_asked / n_people:.0%})" if n_people else ""
    rests = f"Rests on {n_asked:,} of {counted(n_people, 'person', 'people')} asked{share}."
    left = " Who was not asked may name others." if n_asked < n_people else ""
    said = (open_in_words(coverage, answer), _unheard(coverage["units"]), _eyes(coverage["eyes"]))
    return [rests + left, *filter(None, said)]


def open_in_words(coverage: About, answer: str = ANSWER_NAMES) -> str:
    """Return how many names in the answers match nobody; nothing where all do. `answer` as in `coverage_in_words`.

    Examples
    --------
    >>> open_in_words({"n_named": 53, "n_open": 2})
    "2 of 53 names in the answers match nobody, or several people, and count for nobody ('shopfloor mentions')."
    """
    n_named, n_open = coverage["n_named"], coverage["n_open"]
    if not n_open:
        return ""
    held = " Until they are answered nobody is called sure." if are_many_open(n_named, n_open) else ""
    verbs = ("matches", "counts") if n_open == 1 else ("match", "count")
    return (
        f"{n_open:,} of {counted(n_named, 'name')} in the answers {verbs[0]} nobody, or several people, and "
        f"{verbs[1]} for nobody{answer}.{held}"
    )


def _unheard(units: Sequence[About]) -> str:
    silent = [unit for unit in units if unit["voices"] == "silent"]
    thin = [unit for unit in units if unit["voices"] == "thin"]
    if not silent and not thin:
        return ""
    counts = [f"{_call(unit)} {unit['n_asked']:,} of {unit['n_people']:,}" for unit in (*silent, *thin)]
    more = len(counts) - _MOST_UNITS
    listed = ", ".join(counts[:_MOST_UNITS]) + (f" and {more} more" if more > 0 else "")
    there = _call((*silent, *thin)[0]) if len(counts) == 1 else "these"
    return f"Asked in {listed}: about {there} we cannot tell."


def _call(unit: About) -> str:
    name = str(unit["unit"])
    return f"{name} shift" if unit["kind"] == "shift" and "shift" not in name.casefold() else name


def _eyes(eyes: About) -> str:
    who, n, n_all = eyes["largest_organizer"], eyes["largest_n"], eyes["n_namings"]
    if n_all < _FEWEST_NAMINGS or eyes["largest_share"] < _SEEN_THROUGH:
        return ""
    if eyes["n_organizers"] == 1:
        return f"All {n_all:,} namings come from talks with {who}: we see through one pair of eyes."
    return f"{n:,} of {n_all:,} namings come from talks with {who}: we see mostly through one pair of eyes."


def certainty_in_words(about: About) -> list[str]:
    """Return how sure a list is; its places alone where no word of certainty is given."""
    certainty = about["certainty"]
    if not certainty["is_given"]:
        sources = about["sources"]
        rests = f" It rests on {sources['n_sources']:,} {sources['what']}." if sources else ""
        return [f"{certainty['reason']}{rests}"]
    if not about["coverage"]["n_people"]:
        return ["There is nobody to rank yet. Load a list of people."]
    if not about["coverage"]["n_asked"]:
        return ["Nobody was asked yet: there is nothing to be sure of. Ask people who they go to."]
    if not about["coverage"]["eyes"]["n_namings"] and not about["is_part"]:
        return ["Nobody was named yet: there is nothing to be sure of."]
    everybody = all_in_the_top(about["coverage"], certainty["places"])
    if everybody:
        return [everybody]
    is_all = about["coverage"]["n_asked"] == about["coverage"]["n_people"] and not about["is_part"]
    order = "" if is_all else _order(certainty)
    return [_how_many(certainty, is_all=is_all), *filter(None, (order, _chance(certainty), _uneven(certainty)))]


def all_in_the_top(coverage: About, k: int) -> str:
    """Return that a workforce is no larger than its top; nothing where it is.

    Examples
    --------
    >>> all_in_the_top({"n_people": 3}, 3)
    'With 3 people everybody is in the top 3: there is nothing to settle.'
    """
    n_people = coverage["n_people"]
    if n_people > k:
        return ""
    return f"With {counted(n_people, 'person', 'people')} everybody is in the top {k}: there is nothing to settle."


def _how_many(certainty: About, *, is_all: bool) -> str:
    k, n_sure, n_likely = certainty["places"], certainty["n_sure"], certainty["n_likely"]
    supposed = "" if is_all else " if everybody were asked"
    if not n_sure and not n_likely:
        return f"Of nobody is it sure, or even likely, that they are in the top {k}{supposed}."
    words = " and ".join(
        part for part in (f"{n_sure} sure" if n_sure else "", f"{n_likely} likely" if n_likely else "") if part
    )
    wrong = certainty["wrong_names"]
    doubt = f" Of the first {k} names we expect {wrong:.1f} to be wrong." if wrong >= 0.05 else ""  # noqa: PLR2004 - 0.0
    return f"In the top {k}{supposed}: {words}.{doubt}"


def _order(certainty: About) -> str:
    if certainty["order"] == "named_by":
        return ""
    return "In order of how many would name them if everybody were asked; the model expects it from those asked so far."


def _chance(certainty: About) -> str:
    if certainty["is_beyond_chance"] or not certainty["thresholds"]["chance"]:  # 0: names are open, which was said
        return ""
    return "Namings are spread no more unequally than chance makes them: nobody is called sure."


def _uneven(certainty: About) -> str:
    said = []
    if certainty["is_uneven"]:
        said.append("Asking was uneven: places reach wider for it.")
    if certainty["is_thin"]:
        units = ", ".join(unit["unit"] for unit in certainty["thin"][:_MOST_UNITS] if unit["kind"] == "department")
        begins = f"{certainty['thresholds']['likely_uneven']:.0%}"
        said.append(f"Likely begins at {begins} while fewer than two people were asked in {units or 'some unit'}.")
    return " ".join(said)


def how_sure(row: Row, about: About) -> str:
    """Return how sure a person's place is.

    Parameters
    ----------
    row : mapping
        Of `Ranking.rows`.
    about : mapping
        Of the same ranking.

    Examples
    --------
    >>> about = {"certainty": {"is_given": True, "places": 5}, "sources": None}
    >>> how_sure({"certainty": "likely", "rank_low": 2, "rank_high": 9}, about)
    'Likely in the top 5, place 2 to 9'
    >>> how_sure({"certainty": "cannot_tell", "rank_low": 4, "rank_high": 60}, about)
    'Cannot tell yet, place 4 to 60'
    """
    if not about["certainty"]["is_given"]:
        sources = about["sources"]
        return f"{_place(row)}, depending on the {sources['what']}" if sources else ""
    k = about["certainty"]["places"]
    words = {
        "sure": f"Sure in the top {k}",
        "likely": f"Likely in the top {k}",
        "cannot_tell": "Cannot tell yet",
        "not_listed": f"Hardly in the top {k}",
    }
    return f"{words[row['certainty']]}, {_place(row)}"


def _place(row: Row) -> str:
    low, high = int(row["rank_low"]), int(row["rank_high"])
    return f"place {low:,}" if low == high else f"place {low:,} to {high:,}"


def kinds_in_words(kinds: Sequence[str], voice_of: str | None = None) -> str:
    """Return of what kinds somebody is as a leader, in short words.

    Parameters
    ----------
    kinds : sequence of str
        Of `shopfloor.analysis.KINDS`.
    voice_of : str, optional
        Whose voice, where ``voice`` is one of them.

    Examples
    --------
    >>> kinds_in_words(["trusted", "voice", "silent"], "Packing")
    'trusted by many, voice of Packing, not assessed: find out'
    """
    return ", ".join(f"voice of {voice_of}" if kind == "voice" and voice_of else _KIND_WORDS[kind] for kind in kinds)
