"""The picture that analysis works on: people and what is known about them, resolved and cut at a date.

`Workplace` is what is left when versions are folded, contacts are merged into people, references are resolved
and everything after the as-of date is cut away. People are the integers 0 .. n-1, the position of their row in
`Workplace.people` (ordered by `person_id`); every other table refers to them by that integer, -1 where a column
may be empty. Dates are ``datetime64[s]`` without a time of day, ``NaT`` where not known.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Final, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

import pandas as pd

Given = TypeVarTuple("Given")
Answer = TypeVar("Answer")

OUTSIDE: Final = "outside"
"""Kind of a person whom the viewer may know only as the far end of a tie."""

OUTSIDE_NAME: Final = "someone outside your units"
"""What such a person is called; it means nobody in particular."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an answer comes from: enough to make it again.

    Attributes
    ----------
    revision : int
        Data revision of the store: one more for every committed change.
    as_of : datetime.date
        Facts that were true later are cut away.
    known_at : str or None
        Recorded time of the cut (ISO, UTC), None for now.
    version : str
        Program version.
    is_part : bool
        Whether the viewer sees the people of some units only: then others stand behind ties, of kind `OUTSIDE`.
    """

    revision: int
    as_of: date
    known_at: str | None
    version: str
    is_part: bool = False


@dataclass(frozen=True, slots=True, repr=False, eq=False, weakref_slot=True)
class Workplace:
    """People and facts at one date; nobody changes its tables.

    Attributes
    ----------
    people : pandas.DataFrame
        One row a person, index 0 .. n-1: ``person_id``, ``name``, ``kind`` (worker, ally, public_figure, or
        `OUTSIDE`),
        ``department``, ``shift``, ``crew``, ``job_class``, ``language``, ``union_membership`` (str or None),
        ``is_supervisor`` (bool), ``has_left`` (bool: left on or before the as-of date), ``hired_on``, ``left_on``.
    asked : pandas.DataFrame
        The newest answer of each person to each question, one row for (person, question): ``person``,
        ``question``, ``held_on``, ``organizer`` (str), ``n_named`` (names in that answer, whoever they mean; 0 = asked
        and named nobody), ``n_open`` (open mentions in it: names that match nobody, or several people). Who is not in
        here was not asked; of people of kind `OUTSIDE` it is not known, even where a naming of theirs is.
    namings : pandas.DataFrame
        The people named in those newest answers: ``namer``, ``named``, ``question``, ``held_on``, ``organizer``.
        No one names herself; a pair and question stands once.
    conversations : pandas.DataFrame
        ``person``, ``organizer`` (str), ``organizer_person`` (her own row if she is one of the people, else -1),
        ``held_on``, ``channel``, ``follow_up_on``. None with people of kind `OUTSIDE`.
    connections : pandas.DataFrame
        Told ties: ``person``, ``other``, ``kind``, ``said_by``, ``said_on``, ``strength`` (> 0 or NaN),
        ``confidence`` (0..1 or NaN).
    assignments : pandas.DataFrame
        ``person``, ``employer``, ``worksite``, ``crew``, ``shift`` (categoricals, NA where not known), ``foreman``
        (person or -1), ``started_on``, ``ended_on`` (filled: an open one ends with the last list that showed it,
        and never after the as-of date), ``hours`` (float or NaN).
    assessments : pandas.DataFrame
        ``person``, ``assessment`` (1..5), ``assessed_on``, ``assessed_by``; all of them, oldest first.
    participations : pandas.DataFrame
        ``person``, ``action``, ``step``, ``held_on``, ``asked_by``, ``said``, ``did`` (bool or NA).
    provenance : Provenance
        The cut and the data revision.
    """

    people: pd.DataFrame
    asked: pd.DataFrame
    namings: pd.DataFrame
    conversations: pd.DataFrame
    connections: pd.DataFrame
    assignments: pd.DataFrame
    assessments: pd.DataFrame
    participations: pd.DataFrame
    provenance: Provenance

    def __repr__(self) -> str:
        """Give counts only: no personal value may reach a log."""
        return (
            f"Workplace({len(self.people)} people, revision {self.provenance.revision}, as of {self.provenance.as_of})"
        )


_ANSWERS: Final[WeakKeyDictionary[Workplace, dict[tuple[Hashable, ...], Any]]] = WeakKeyDictionary()


def once(work: Callable[[Workplace, *Given], Answer]) -> Callable[[Workplace, *Given], Answer]:
    """Let a function of a workplace answer the same question once, as long as that workplace is held by somebody.

    Its other arguments can be hashed, and nobody may change what it returns.
    """

    @wraps(work)
    def kept(workplace: Workplace, *given: *Given) -> Answer:
        answers, key = _ANSWERS.setdefault(workplace, {}), (work, *given)
        if key not in answers:
            answers[key] = work(workplace, *given)
        answer: Answer = answers[key]
        return answer

    return kept
