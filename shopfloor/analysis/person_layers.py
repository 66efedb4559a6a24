"""One person in all layers of ties: how many and whom she is tied to in each, and who in several."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopfloor.analysis.plain import pick_rows
from shopfloor.analysis.ties import LAYERS, BoolArray, Ties, project_ties, was_asked
from shopfloor.analysis.workforce import are_outside, describe_cut, find_row, select_voices, select_workforce
from shopfloor.settings import DEFAULT_QUESTION, TieSettings
from shopfloor.workplace import OUTSIDE, Workplace, once

WAYS: Final = ("names_them", "named_by_them", "told", "talked", "worked_with", "acted_with")
"""In which ways two people are tied: the layers, and for namings who named whom."""


@dataclass(frozen=True, slots=True, repr=False)
class PersonLayers:
    """One person's ties by layer.

    Attributes
    ----------
    about : dict
        ``person_id``, ``question``, ``was_asked`` (False: whom she would name is not known), ``n_asked`` (others of
        the workforce), and where the data come from.
    layers : list of dict
        Of every layer: ``layer``, ``n_people`` (tied to her; for ``named`` those who named her), ``n_outside`` of them
        beyond the viewer's units, ``rank`` by that number among ``n_ranked`` of the workforce (None: she is none of
        them, or is tied to nobody there; equal numbers share a rank). Ranks are of what is known so far.
    people : list of dict
        Whom she is tied to, who in most layers first: ``person_id``, ``name``, ``is_outside``, ``ways`` (of `WAYS`),
        ``n_layers``.
    """

    about: dict[str, Any]
    layers: list[dict[str, Any]]
    people: list[dict[str, Any]]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"PersonLayers({len(self.people)} people)"

    @property
    def several(self) -> list[dict[str, Any]]:
        """Whom she is tied to in two layers or more."""
        return [one for one in self.people if one["n_layers"] > 1]


def describe_layers(
    workplace: Workplace,
    person_id: str,
    *,
    question: str = DEFAULT_QUESTION,
    settings: TieSettings | None = None,
    layers: Mapping[str, Ties] | None = None,
) -> PersonLayers:
    """Gather one person's ties by layer.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    person_id : str
        Hers.
    question : str
        The naming question.
    settings : TieSettings, optional
        How ties are derived.
    layers : Mapping[str, Ties], optional
        Ties of the workplace at hand by layer, so that they need not be derived again; one that is missing has none.

    Returns
    -------
    PersonLayers
        Ties with the workforce, and with people outside the viewer's units; not with supervisors and people who left.

    Raises
    ------
    NotFoundError
        Nobody has that id.
    """
    person = find_row(workplace, person_id)
    every = layers
    if every is None:
        every = {name: project_ties(workplace, name, question=question, settings=settings) for name in LAYERS}
    voices, members = select_voices(workplace), select_workforce(workplace)
    found = {name: _of(ties, person, voices) for name in LAYERS if (ties := every.get(name)) is not None}
    asked = was_asked(workplace, question)
    others_asked = members & asked
    others_asked[person] = False
    about = {
        "person_id": person_id,
        "question": question,
        "was_asked": bool(asked[person]),
        "n_asked": int(others_asked.sum()),
        **describe_cut(workplace),
    }
    outside = are_outside(workplace)
    counts = []
    for name in LAYERS:
        hers = _others(found[name], person, only_to=name == "named") if name in found else np.zeros(0, dtype=np.int64)
        n_tied = _n_tied(workplace, every[name]) if members[person] and len(hers) else None
        counts.append(
            {
                "layer": name,
                "n_people": len(hers),
                "n_outside": int(outside[hers].sum()),
                "rank": None if n_tied is None else int((n_tied[members] > n_tied[person]).sum()) + 1,
                "n_ranked": int(members.sum()),
            }
        )
    return PersonLayers(about, counts, _people(workplace.people, found, person))


def _of(ties: Ties, person: int, kept: BoolArray) -> Ties:
    """Return the ties of one person with some of the people, all of whom keep their numbers."""
    hers = ((ties.source == person) & kept[ties.target]) | ((ties.target == person) & kept[ties.source])
    return replace(ties, source=ties.source[hers], target=ties.target[hers], strength=ties.strength[hers])


def _others(ties: Ties, person: int, *, only_to: bool = False) -> NDArray[np.int64]:
    """Return who is tied to somebody; with `only_to` by ties that point at her."""
    to_her = ties.source[ties.target == person]
    from_her = ties.target[ties.source == person]
    return np.unique(to_her if only_to else np.concatenate([to_her, from_her])).astype(np.int64)


@once
def _n_tied(workplace: Workplace, ties: Ties) -> NDArray[np.int64]:
    """Return how many voices everybody is tied to; of namings, how many named them."""
    voices = select_voices(workplace)
    both = voices[ties.source] & voices[ties.target]
    pairs = np.column_stack([ties.source, ties.target])[both]
    if ties.layer == "named":
        ends = pairs[:, 1]
    elif ties.is_directed:
        ends = np.unique(np.sort(pairs, axis=1), axis=0).ravel()
    else:
        ends = pairs.ravel()
    return np.bincount(ends, minlength=ties.n_people)


def _people(people: pd.DataFrame, found: Mapping[str, Ties], person: int) -> list[dict[str, Any]]:
    ways: dict[int, list[str]] = {}
    for way in WAYS:
        layer = "named" if way in {"names_them", "named_by_them"} else way
        if layer not in found:
            continue
        ties = found[layer]
        if way == "named_by_them":
            others = np.unique(ties.target[ties.source == person])
        else:
            others = _others(ties, person, only_to=way == "names_them")
        for other in others.tolist():
            ways.setdefault(other, []).append(way)
    who = pick_rows(people, np.array(list(ways), dtype=np.int64), ["person_id", "name", "kind"])
    rows = [
        {
            "person_id": one["person_id"],
            "name": one["name"],
            "is_outside": one["kind"] == OUTSIDE,
            "ways": hers,
            "n_layers": len({"named" if way in WAYS[:2] else way for way in hers}),
        }
        for one, hers in zip(who, ways.values(), strict=True)
    ]
    return sorted(rows, key=lambda row: (-row["n_layers"], -len(row["ways"]), str(row["person_id"])))
