"""One person in all layers of ties: how many and whom she is tied to in each, and who in several."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopfloor.analysis.ties import LAYERS, BoolArray, Ties, project_ties
from shopfloor.analysis.workforce import describe_cut, find_row, select_voices, select_workforce
from shopfloor.settings import DEFAULT_QUESTION, TieSettings
from shopfloor.workplace import OUTSIDE, Workplace

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
    person, people = find_row(workplace, person_id), workplace.people
    every = layers
    if every is None:
        every = {name: project_ties(workplace, name, question=question, settings=settings) for name in LAYERS}
    voices = select_voices(workplace)
    voices[person] = True
    found = {name: _among(ties, voices) for name in LAYERS if (ties := every.get(name)) is not None}
    asked = workplace.asked["person"][workplace.asked["question"] == question].to_numpy(dtype=np.int64)
    about = {
        "person_id": person_id,
        "question": question,
        "was_asked": bool((asked == person).any()),
        "n_asked": int(select_workforce(workplace)[asked[asked != person]].sum()),
        **describe_cut(workplace),
    }
    members, outside = select_workforce(workplace), people["kind"].eq(OUTSIDE).to_numpy(dtype=bool)
    counts = [_count(found.get(name), name, person, members, outside) for name in LAYERS]
    return PersonLayers(about, counts, _people(people, found, person))


def _among(ties: Ties, kept: BoolArray) -> Ties:
    """Return the ties between some of the people, all of whom keep their numbers."""
    both = kept[ties.source] & kept[ties.target]
    return replace(ties, source=ties.source[both], target=ties.target[both], strength=ties.strength[both])


def _count(ties: Ties | None, layer: str, person: int, members: BoolArray, outside: BoolArray) -> dict[str, Any]:
    n_ranked = int(members.sum())
    row = {"layer": layer, "n_people": 0, "n_outside": 0, "rank": None, "n_ranked": n_ranked}
    if ties is None:
        return row
    hers = _others(ties, person, only_to=layer == "named")
    n_tied = _n_tied(ties, only_to=layer == "named")
    is_ranked = members[person] and len(hers)
    rank = int((n_tied[members] > n_tied[person]).sum()) + 1 if is_ranked else None
    return row | {"n_people": len(hers), "n_outside": int(outside[hers].sum()), "rank": rank}


def _others(ties: Ties, person: int, *, only_to: bool = False) -> NDArray[np.int64]:
    """Return who is tied to somebody; with `only_to` by ties that point at her."""
    to_her = ties.source[ties.target == person]
    from_her = ties.target[ties.source == person]
    return np.unique(to_her if only_to else np.concatenate([to_her, from_her])).astype(np.int64)


def _n_tied(ties: Ties, *, only_to: bool) -> NDArray[np.int64]:
    """Return how many people everybody is tied to."""
    if only_to or not ties.is_directed:
        ends = ties.target if only_to else np.concatenate([ties.source, ties.target])
    else:
        pairs = np.unique(np.sort(np.column_stack([ties.source, ties.target]), axis=1), axis=0)
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
    rows = [
        {
            "person_id": people["person_id"].iloc[other],
            "name": people["name"].iloc[other],
            "is_outside": people["kind"].iloc[other] == OUTSIDE,
            "ways": hers,
            "n_layers": len({"named" if way in WAYS[:2] else way for way in hers}),
        }
        for other, hers in ways.items()
    ]
    return sorted(rows, key=lambda row: (-row["n_layers"], -len(row["ways"]), str(row["person_id"])))
