"""Who told us of each tie: the sources behind the layers that nobody was asked about one by one.

A *source* of ``told`` is whoever said so, of ``talked`` the organizer, of ``worked_with`` a crew (or shift, or
worksite), of ``acted_with`` a step of an action. Strengths by source add up to the measure ``strength``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopfloor.analysis.overlaps import spans_of_stays, sum_shared
from shopfloor.analysis.ties import BoolArray, FloatArray, project_ties, stays_of
from shopfloor.settings import TieSettings, connection_kind
from shopfloor.workplace import Workplace

IntArray = npt.NDArray[np.int64]

SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "told": "people who said so",
        "talked": "organizers",
        "worked_with": "crews",
        "acted_with": "steps of actions",
    }
)
"""What the sources of a layer are."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Sayings:
    """Rows of which source gives which person how much strength.

    Attributes
    ----------
    what : str
        What the sources are, of `SOURCES`.
    person, source : numpy.ndarray
        int64, shape (n_rows,): row of ``workplace.people``; number of the source, 0 or more.
    strength : numpy.ndarray
        float64, shape (n_rows,), > 0.
    """

    what: str
    person: IntArray
    source: IntArray
    strength: FloatArray

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Sayings({len(self.person)} rows)"


def find_sayings(workplace: Workplace, layer: str, heard: BoolArray, settings: TieSettings | None = None) -> Sayings:
    """Return which source gives each person how much of her strength on a layer.

    Parameters
    ----------
    workplace : Workplace
    layer : str
        A layer of `SOURCES`.
    heard : numpy.ndarray
        bool, shape (n_people,): ties between these people count.
    settings : TieSettings, optional
        How ties are derived.

    Returns
    -------
    Sayings
        Summed over sources, they are the measure ``strength`` of the ties among `heard`. A told tie that several people
        told is divided between them.
    """
    settings = settings or TieSettings()
    if layer == "told":
        return _told(workplace, heard, settings)
    if layer == "talked":
        return _talked(workplace, heard)
    return _together(workplace, layer, heard, settings)


def _told(workplace: Workplace, heard: BoolArray, settings: TieSettings) -> Sayings:
    ties = project_ties(workplace, "told", settings=settings)
    kept = heard[ties.source] & heard[ties.target]
    n_people = max(ties.n_people, 1)
    keys = ties.source[kept].astype(np.int64) * n_people + ties.target[kept]
    strength = pd.Series(ties.strength[kept], index=keys)
    table = workplace.connections
    source, _ = pd.factorize(table["said_by"])
    kinds = [connection_kind(str(kind)) for kind in table["kind"]]
    person, other = (table[end].to_numpy(dtype=np.int64) for end in ("person", "other"))
    to_other = np.array([kind.sign == 1 and kind.looks_to != "person" for kind in kinds], dtype=np.bool_)
    to_person = np.array([kind.sign == 1 and kind.looks_to != "other" for kind in kinds], dtype=np.bool_)
    both = np.concatenate([(person * n_people + other)[to_other], (other * n_people + person)[to_person]])
    said = pd.DataFrame({"key": both, "source": np.concatenate([source[to_other], source[to_person]]) + 1})
    said = said[said["key"].isin(keys)].drop_duplicates()
    n_said = said.groupby("key")["key"].transform("size")
    return Sayings(
        SOURCES["told"],
        (said["key"] % n_people).to_numpy(dtype=np.int64),
        said["source"].to_numpy(dtype=np.int64),
        (strength.reindex(said["key"]).to_numpy() / n_said.to_numpy()).astype(np.float64),
    )


def _talked(workplace: Workplace, heard: BoolArray) -> Sayings:
    table = workplace.conversations
    person, organizer = (table[end].to_numpy(dtype=np.int64) for end in ("person", "organizer_person"))
    kept = (organizer >= 0) & (person >= 0) & (organizer != person)
    kept[kept] = heard[person[kept]] & heard[organizer[kept]]
    ends = np.concatenate([person[kept], organizer[kept]])
    return Sayings(SOURCES["talked"], ends, np.tile(organizer[kept], 2), np.ones(len(ends)))


def _together(workplace: Workplace, layer: str, heard: BoolArray, settings: TieSettings) -> Sayings:
    """Sum by group what each person shared there: a person of two groups counts as two people who never meet."""
    if layer == "acted_with":
        settings = replace(settings, half_life_days=None)
    stays = stays_of(workplace, layer)
    n_people = max(len(workplace.people), 1)
    places, place = np.unique(stays.group * n_people + stays.person, return_inverse=True)
    today = int(np.datetime64(workplace.provenance.as_of, "D").astype(np.int64))
    spans, _ = spans_of_stays(replace(stays, person=place.astype(np.int64)), today, settings)
    shared = sum_shared(spans, len(places)).tocoo()
    person = places % n_people
    kept = heard[person[shared.row]] & heard[person[shared.col]]
    ends = np.concatenate([shared.row[kept], shared.col[kept]])
    total = np.bincount(ends, np.tile(shared.data[kept], 2), len(places)).astype(np.float64)
    some = np.flatnonzero(total > 0)
    return Sayings(SOURCES[layer], person[some], places[some] // n_people, total[some])
