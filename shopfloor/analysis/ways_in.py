"""Ways in: through whom somebody can be reached, among the people who have talked to us."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from shopfloor.analysis.certainty.data import BoolArray, IntArray
from shopfloor.analysis.ties import project_ties
from shopfloor.analysis.workforce import know_people
from shopfloor.workplace import Workplace

TIES: Final = ("named", "told", "works_with")
"""How somebody may be tied to whom we want to reach, the best way in first."""

MOST_SHOWN: Final = 3

DOUBTFUL: Final = 4
"""Who is assessed this or more leans against us: no way in, and nobody to tell whom we want to talk to."""


def find_ways_in(
    workplace: Workplace, people: IntArray, close: IntArray, question: str, organizer: str | None = None
) -> Mapping[int, list[dict[str, Any]]]:
    """Say through whom people can be reached.

    Parameters
    ----------
    workplace : Workplace
    people : numpy.ndarray
        int64: rows of ``workplace.people``, whom we want to reach.
    close : numpy.ndarray
        int64, shape (n_pairs, 2): rows of people who work together or were told to be close, without direction.
    question : str
        The naming question whose answers count.
    organizer : str, optional
        As written in conversations, or by name. Only talks of this organizer count.

    Returns
    -------
    Mapping of int to list of dict
        For each of `people` that has one, its ways in, the best first, each person once and `MOST_SHOWN` at most:
        ``person_id``, ``name``, ``tie`` (one of `TIES`: named the person, was told to be close, works together),
        ``organizer`` and ``talked_on`` (of the newest talk; the date NaT or the organizer None where not known; by
        name where the organizer is one of the people). Ordered by tie, then the newest talk, then id. Only workers
        and allies who talked to us or are organizers, no supervisors, none who left, none assessed 4 or 5, nobody
        outside the viewer's units.
    """
    talks, n_people = _newest_talks(workplace, organizer), len(workplace.people)
    reached = np.zeros(n_people, dtype=np.bool_)
    reached[people] = True
    usable = _may_help(workplace, question) & (talks.newest >= 0)
    person, via, tie = _ties(workplace, close, question)
    kept = reached[person] & usable[via]
    person, via, tie = person[kept], via[kept], tie[kept]
    first = np.unique(person * n_people + via, return_index=True)[1]  # the best tie of a pair stands before others
    person, via, tie = person[first], via[first], tie[first]
    when = talks.talked_on.to_numpy()[talks.newest[via]]
    order = np.lexsort((via, -when.astype(np.int64), np.isnat(when), tie, person))
    nth = np.arange(len(order)) - np.searchsorted(person[order], person[order])
    order = order[nth < MOST_SHOWN]
    return _described(workplace, talks, person[order], via[order], tie[order])


def _described(
    workplace: Workplace, talks: "_Talks", person: IntArray, via: IntArray, tie: IntArray
) -> dict[int, list[dict[str, Any]]]:
    people, rows = workplace.people, talks.newest[via]
    written = [talks.organizers[code] if code >= 0 else None for code in talks.organizer[rows].tolist()]
    called = _names_of(workplace, {one for one in written if one is not None})
    columns = (
        people["person_id"].iloc[via],
        people["name"].iloc[via],
        [TIES[one] for one in tie.tolist()],
        [None if one is None else called.get(one, one) for one in written],
        talks.talked_on.iloc[rows],
    )
    names = ("person_id", "name", "tie", "organizer", "talked_on")
    found: dict[int, list[dict[str, Any]]] = {}
    for reached, *way in zip(person.tolist(), *columns, strict=True):
        found.setdefault(reached, []).append(dict(zip(names, way, strict=True)))
    return found


def has_talked(workplace: Workplace, organizer: str) -> bool:
    """Say whether an organizer, by id or name, has talked to anybody."""
    return bool((_newest_talks(workplace, organizer).newest >= 0).any())


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Talks:
    """Talks, and which is the newest with each person; who organizes and is one of the people has talked to us too.

    Attributes
    ----------
    newest : numpy.ndarray
        int64, shape (n_people,): row of the newest talk with a person, -1 where there is none.
    organizer : numpy.ndarray
        int64, shape (n_talks,): place in `organizers`, -1 where not known.
    talked_on : pandas.Series
        Shape (n_talks,), NaT where not known.
    organizers : list of str
        As written.
    """

    newest: IntArray
    organizer: IntArray
    talked_on: "pd.Series[pd.Timestamp]"
    organizers: list[str]


def _newest_talks(workplace: Workplace, organizer: str | None) -> _Talks:
    """Find the newest talk with each person; of one day the last organizer in the order of what was written."""
    tables = (workplace.conversations, workplace.asked, workplace.conversations)
    columns = zip(tables, ("person", "person", "organizer_person"), strict=True)
    person = np.concatenate([table[column].to_numpy(dtype=np.int64) for table, column in columns])
    talked_on = pd.concat([table["held_on"] for table in tables], ignore_index=True)
    written = pd.concat([table["organizer"] for table in tables], ignore_index=True)
    codes, names = pd.factorize(written, sort=True)
    organizers: list[str] = names.tolist()
    usable = person >= 0
    if organizer is not None:
        called = _names_of(workplace, organizers)
        said = organizer.strip().casefold()
        is_hers = [said in (key.strip().casefold(), called.get(key, key).casefold()) for key in organizers]
        usable &= np.array([*is_hers, False])[codes]
    rows = np.flatnonzero(usable)
    rows = rows[np.lexsort((codes[rows], talked_on.to_numpy()[rows].astype(np.int64)))]  # what is not known is first
    newest = np.full(len(workplace.people), -1, dtype=np.int64)
    newest[person[rows]] = rows
    return _Talks(newest, codes.astype(np.int64), talked_on, organizers)


def _names_of(workplace: Workplace, organizers: Collection[str]) -> dict[str, str]:
    """Return the names of those organizers who are among the people."""
    people = workplace.people
    rows = np.flatnonzero(people["person_id"].isin(list(organizers)) & people["name"].notna())
    return dict(zip(people["person_id"].iloc[rows], people["name"].iloc[rows], strict=True))


def _may_help(workplace: Workplace, question: str) -> BoolArray:
    people = workplace.people
    assessment = know_people(workplace, question)["assessment"]
    doubtful = (assessment >= DOUBTFUL).to_numpy(dtype=np.bool_, na_value=False)
    barred = people["is_supervisor"].to_numpy(dtype=np.bool_) | people["has_left"].to_numpy(dtype=np.bool_) | doubtful
    usable: BoolArray = people["kind"].isin(["worker", "ally"]).to_numpy(dtype=np.bool_) & ~barred
    return usable


def _ties(workplace: Workplace, close: IntArray, question: str) -> tuple[IntArray, IntArray, IntArray]:
    """Return who is tied to whom, and how (place in `TIES`, in their order); pairs may stand several times."""
    is_answer = workplace.namings["question"].eq(question).to_numpy(dtype=np.bool_)
    namer, named = (workplace.namings[end].to_numpy(dtype=np.int64)[is_answer] for end in ("namer", "named"))
    told = project_ties(workplace, "told")
    person = (named, told.target, told.source, close[:, 0], close[:, 1])
    via = (namer, told.source, told.target, close[:, 1], close[:, 0])
    tie = np.repeat([0, 1, 1, 2, 2], [len(one) for one in via])
    return np.concatenate(person).astype(np.int64), np.concatenate(via).astype(np.int64), tie
