"""How layers of ties agree, and one person's ties in all of them, in an organizer's words: one text for all doors."""

from collections.abc import Mapping
from typing import Any, Final

from shopfloor.analysis.layers import AS_CHANCE, CANNOT_TELL, FEW_TIES, FEWEST_TIES, LESS, MORE, Agreement
from shopfloor.analysis.person_layers import PersonLayers
from shopfloor.service.numbers import counted

Row = Mapping[Any, Any]

DO: Final = {
    "named": "name each other",
    "told": "are told to be close",
    "talked": "talk with each other as organizer and worker",
    "worked_with": "work together",
    "acted_with": "act together",
}
"""What people do who are tied in a layer."""

_NOUNS: Final = {
    "named": ("naming", "namings"),
    "told": ("told tie", "told ties"),
    "talked": ("tie by talks", "ties by talks"),
    "worked_with": ("tie by work", "ties by work"),
    "acted_with": ("tie by actions", "ties by actions"),
}
_HERS: Final = {
    "named": "named by",
    "told": "told to be close to",
    "talked": "talked, as organizer or worker, with",
    "worked_with": "worked beside",
    "acted_with": "took part in an action with",
}
_WAYS: Final = {
    "names_them": "names them",
    "named_by_them": "named by them",
    "told": "told to be close",
    "talked": "talked as organizer and worker",
    "worked_with": "worked beside them",
    "acted_with": "took part in an action with them",
}
_MOST_SEVERAL: Final = 5


def layers_in_words(found: Agreement) -> list[str]:
    """Return what is compared, and each two layers in a sentence."""
    about = found.about
    tied = [layer for layer in about["layers"] if layer["n_ties"]]
    if not tied:
        return [f"No ties are known as of {about['as_of']}."]
    ties = ", ".join(counted(layer["n_ties"], *_NOUNS[layer["layer"]]) for layer in tied)
    coverage = about["coverage"]
    head = (
        f"Ties as of {about['as_of']}: {ties}. Namings count where somebody was asked: {coverage['n_asked']:,} of "
        f"{counted(coverage['n_people'], 'person', 'people')}."
    )
    if about["is_part"]:
        head += " Ties with somebody outside your units are not compared."
    rows = found.rows.to_dict(orient="records")
    told = [row for verdict in (MORE, LESS, AS_CHANCE) for row in rows if row["verdict"] == verdict]
    open_ = [row for row in rows if row["verdict"] == CANNOT_TELL]
    if not rows:
        return [head, "There is one layer with ties, and nothing to compare it with."]
    return [head, *(agreement_in_words(row) for row in told), *_cannot_tell(open_)]


def _cannot_tell(rows: list[dict[Any, Any]]) -> list[str]:
    """Return of which pairs of layers one cannot tell, a sentence a reason."""
    if len(rows) == 1:
        return [agreement_in_words(rows[0])]
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        pair = f"{_NOUNS[row['layer']][1]} and {_NOUNS[row['other_layer']][1]}"
        by_reason.setdefault(_reason(row), []).append(pair)
    return [f"Cannot tell of {'; '.join(pairs)}: {reason}." for reason, pairs in by_reason.items()]


def _reason(row: Row) -> str:
    if row["reason"] != FEW_TIES:
        return "too few in common, by chance and in fact"
    counts = ((row["layer"], row["n_ties"]), (row["other_layer"], row["n_other_ties"]))
    few = [counted(n, *_NOUNS[layer]) for layer, n in counts if n < FEWEST_TIES]
    return f"{' and '.join(few)} to compare"


def agreement_in_words(row: Row) -> str:
    """Return how two layers agree, as a sentence.

    Examples
    --------
    >>> row = dict(layer="named", other_layer="worked_with", verdict="more often", n_common=46, n_ties=120, ratio=3.06,
    ...            ratio_low=2.4, ratio_high=3.9)
    >>> agreement_in_words(row)
    'People who work together name each other 3.1 times as often as chance gives (2.4 to 3.9): 46 of 120 namings.'
    """
    who, do = f"eople who {DO[row['other_layer']]}", DO[row["layer"]]
    if row["verdict"] == CANNOT_TELL:
        return f"Cannot tell whether p{who} {do} more often than others: {_reason(row)}."
    of = f"{row['n_common']:,} of {counted(row['n_ties'], *_NOUNS[row['layer']])}"
    times = f"({_times(row['ratio_low'])} to {_times(row['ratio_high'])})"
    if row["verdict"] == AS_CHANCE:
        return f"P{who} {do} about as often as chance gives, {_times(row['ratio'])} times as often {times}: {of}."
    often = f"{_times(row['ratio'])} times as often as chance gives {times}"
    return f"P{who} {do} {'only ' if row['verdict'] == LESS else ''}{often}: {of}."


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"  # noqa: PLR2004 - two digits


def hers_in_words(found: PersonLayers) -> list[str]:
    """Return a person's ties, a sentence a layer that has some, and who is tied to her in several ways."""
    said = [layer_in_words(row, found.about) for row in found.layers if row["n_people"]]
    several = [f"{one['name']}: {ways_in_words(one)}" for one in found.several[:_MOST_SEVERAL]]
    more = len(found.several) - len(several)
    if several:
        said.append(f"Tied in several ways: {'; '.join(several)}{f'; and {more:,} more' if more else ''}.")
    return said


def layer_in_words(row: Row, about: Mapping[str, Any]) -> str:
    """Return how many somebody is tied to in one layer, and which place that is."""
    outside = f", {row['n_outside']:,} of them outside your units" if row["n_outside"] else ""
    n = counted(row["n_people"], "person", "people")
    of = f" of {about['n_asked']:,} asked" if row["layer"] == "named" and not row["n_outside"] else ""
    place = f" (place {row['rank']:,} of {row['n_ranked']:,} by count, so far)" if row["rank"] else ""
    words = f"{_HERS[row['layer']]} {n}{of}{outside}{place}."
    return words[0].upper() + words[1:]


def ways_in_words(one: Row) -> str:
    """Return in which ways two people are tied, as said of the other.

    Examples
    --------
    >>> ways_in_words({"ways": ["names_them", "worked_with"]})
    'names them, worked beside them'
    """
    return ", ".join(_WAYS[way] for way in one["ways"])


def backbone_in_words(about: Mapping[str, Any]) -> str:
    """Return of how many ties the backbone is, and what it rests on."""
    outside = f" {about['n_outside']:,} with somebody outside your units were not tested." if about["n_outside"] else ""
    of = f"Tested: {counted(about['n_ties_before'], 'tie', 'ties')}, "
    met = counted(about["n_gatherings"], "gathering", "gatherings")
    if not about["n_ties"]:
        return (
            f"{of}{met}. Where people stay in one crew the lists hold no choice, and no tie is beyond chance.{outside}"
        )
    return f"{of}{met}. At most about {about['level']:.0%} of the ties listed should be chance's.{outside}"
