"""Who leads, as far as the namings go: a workplace's answers to one question, put to the naming model.

A *standing* is the model's answer for the people one list is about. Reasons, next conversations and changes ask it
again with some of the facts left out.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from shopfloor.analysis.certainty import NamingData, NamingRanks, Thresholds, naming_data, rank_namings
from shopfloor.analysis.ties import BoolArray, FloatArray, IndexArray, project_ties
from shopfloor.analysis.workforce import are_many_open, count_names, select_workforce
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Workplace

LEVEL: Final = 0.9
"""Of the intervals."""

ALIKE_IN: Final = ("department", "shift", "job_class")
"""What the model knows people by, the main unit first."""

_CLOSE_LAYERS: Final = ("told", "worked_with")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Standing:
    """The naming model's answer for the workforce of a workplace, and what it was asked with.

    Attributes
    ----------
    question : str
    people : numpy.ndarray
        int64, shape (n_members,): rows of ``workplace.people``, in order; `data` and `ranks` go by their place here.
    data : NamingData
        Who was asked, whom they named, what they have in common.
    ranks : NamingRanks
        Ranks, intervals, probabilities and words, among all of `people`.
    attributes : tuple of str
        What the rows of ``data.attributes`` are.
    named_by_named : numpy.ndarray
        float64, shape (n_members,), sum 1: PageRank on the expected namings.
    """

    question: str
    people: npt.NDArray[np.int64]
    data: NamingData
    ranks: NamingRanks
    attributes: tuple[str, ...]
    named_by_named: FloatArray

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Standing({self.data!r})"

    def is_of(self, members: BoolArray) -> bool:
        """Tell whether it is about these people of a workplace (bool, shape (n_people,)) and no others."""
        return np.array_equal(self.people, np.flatnonzero(members))


def find_standing(
    workplace: Workplace,
    *,
    question: str = DEFAULT_QUESTION,
    include: Collection[str] = (),
    places: int | None = None,
    level: float = LEVEL,
    seed: int = 0,
    thresholds: Thresholds | None = None,
) -> Standing:
    """Put the answers to a question to the naming model.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    question : str
        The naming question.
    include : collection of str
        ``supervisors``, ``left``: as in `shopfloor.analysis.rank_people`.
    places, level, seed, thresholds
        As in `shopfloor.analysis.certainty.rank_namings`; `places` is its k.

    Returns
    -------
    Standing
        Of the workforce that the viewer sees. Answers of people outside her units are not in it: who was asked there
        is not known to her. Nobody is *sure* while more than a tenth of the names in the answers match nobody.

    Raises
    ------
    UsageError
        Unknown question or inclusion; places or level out of range.
    """
    members = select_workforce(workplace, include)
    data, attributes = data_of(workplace, members, question)
    if are_many_open(*count_names(workplace, members, question)):
        thresholds = replace(thresholds or Thresholds(), chance=0.0)  # no test passes: nobody is sure
    ranks = rank_namings(data, k=places, level=level, seed=seed, thresholds=thresholds)
    return Standing(question, np.flatnonzero(members), data, ranks, attributes, ranks.pagerank())


def data_of(workplace: Workplace, members: BoolArray, question: str) -> tuple[NamingData, tuple[str, ...]]:
    """Return what the model is given of some people, and what its attributes are.

    Parameters
    ----------
    workplace : Workplace
    members : numpy.ndarray
        bool, shape (n_people,): the people; people of the data are they, in order, and answers count among them.
    question : str

    Raises
    ------
    UsageError
        A question that nobody was asked, while others were.
    """
    ties = project_ties(workplace, "named", question=question).subset(members)
    asked = np.zeros(ties.n_people, dtype=bool) if ties.asked is None else ties.asked
    is_answer = asked[ties.source]
    people = workplace.people[members]
    attributes = tuple(name for name in ALIKE_IN if people[name].nunique() > 1)
    codes = [people[name].astype("category").cat.codes.to_numpy(dtype=np.int64) for name in attributes]
    data = naming_data(
        asked=asked,
        namer=ties.source[is_answer],
        named=ties.target[is_answer],
        attributes=np.array(codes, dtype=np.int64).reshape(len(codes), len(people)),
        close=_close_pairs(workplace, members),
    )
    return data, attributes


def _close_pairs(workplace: Workplace, members: BoolArray) -> npt.NDArray[np.int64]:
    ends: list[tuple[IndexArray, IndexArray]] = []
    for layer in _CLOSE_LAYERS:
        ties = project_ties(workplace, layer).subset(members)
        ends.append((ties.source, ties.target))
    pairs = np.array([np.concatenate(side) for side in zip(*ends, strict=True)], dtype=np.int64)
    return pairs.T
