"""What is known of one person, gathered as plain data; the words are made where it is shown."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopfloor.analysis.groups import Groups
from shopfloor.analysis.plain import newest_first, pick_rows
from shopfloor.analysis.ties import BoolArray, Ties, project_ties_of
from shopfloor.analysis.workforce import are_outside, describe_cut, find_row, select_voices
from shopfloor.settings import DEFAULT_QUESTION, TieSettings, connection_kind
from shopfloor.workplace import OUTSIDE, Workplace

IntArray = npt.NDArray[np.int64]

N_STRONGEST = 10
"""Co-workers told of a person."""


@dataclass(frozen=True, slots=True, repr=False)
class PersonPicture:
    """What is known of one person. Dates are ISO strings, None where not known; lists are newest or strongest first.

    Attributes
    ----------
    about : dict
        ``person_id``, ``question``, ``revision``, ``as_of``, ``known_at``, ``version``, ``is_part`` (whether the
        viewer sees some units only).
    facts : dict
        Her columns of ``Workplace.people``.
    named_by : dict
        ``n`` people who named her: ``n_outside`` of them from outside the viewer's units (0 where she sees
        everybody), the others out of ``n_asked`` of the workforce who could have; ``departments`` and ``shifts`` of
        those others as lists of ``unit`` (None: not known) and ``n``; ``people``, as everywhere ``person_id``,
        ``name`` and ``is_outside`` (the id and name are then nobody's).
    named : dict
        ``was_asked`` (False: not known whom she would name), ``held_on``, ``n_named`` (unresolved mentions
        included) and ``people``.
    told : list of dict
        Connections: ``person_id``, ``name``, ``is_outside``, ``kind``, ``sign`` (1 closeness, 0 formal, -1 conflict),
        ``said_by``, ``said_on``, ``confidence``.
    co_workers : list of dict
        The strongest: ``person_id``, ``name``, ``is_outside``, ``strength`` (as layer ``worked_with``).
    conversations : list of dict
        ``held_on``, ``organizer``, ``channel``, ``follow_up_on``.
    assessments : list of dict
        ``assessment`` (1..5), ``assessed_on``, ``assessed_by``.
    actions : list of dict
        ``action``, ``step``, ``held_on``, ``asked_by``, ``said``, ``did`` (None: not known).
    group : dict or None
        ``group_id``, ``name``, ``n_members``, ``is_solid``, and of her place in it ``role``, ``belonging``,
        ``certainty``, ``reason`` (see `Groups.people`); None where she is in no group or no groups were given.
    """

    about: dict[str, Any]
    facts: dict[str, Any]
    named_by: dict[str, Any]
    named: dict[str, Any]
    told: list[dict[str, Any]]
    co_workers: list[dict[str, Any]]
    conversations: list[dict[str, Any]]
    assessments: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    group: dict[str, Any] | None

    def __repr__(self) -> str:
        """Give counts only."""
        return f"PersonPicture({self.named_by['n']} namings, {len(self.conversations)} conversations)"


def describe_person(
    workplace: Workplace,
    person_id: str,
    *,
    question: str = DEFAULT_QUESTION,
    groups: Groups | None = None,
    settings: TieSettings | None = None,
) -> PersonPicture:
    """Gather what is known of one person.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    person_id : str
        Hers.
    question : str
        The naming question.
    groups : Groups, optional
        As `find_groups` found them in the same workplace.
    settings : TieSettings, optional
        How ties are derived.

    Returns
    -------
    PersonPicture

    Raises
    ------
    NotFoundError
        Nobody has that id.
    """
    person = find_row(workplace, person_id)
    named = project_ties_of(workplace, person, "named", question=question)
    worked = project_ties_of(workplace, person, "worked_with", settings=settings)
    return PersonPicture(
        about={"person_id": person_id, "question": question, **describe_cut(workplace)},
        facts=pick_rows(workplace.people, np.array([person]), [str(name) for name in workplace.people])[0],
        named_by=_named_by(workplace, named, person, select_voices(workplace)),
        named=_named(workplace, named, person),
        told=_told(workplace, person),
        co_workers=_strongest(workplace, worked, person),
        conversations=_history(workplace.conversations, person, ["held_on", "organizer", "channel", "follow_up_on"]),
        assessments=_history(workplace.assessments, person, ["assessed_on", "assessment", "assessed_by"]),
        actions=_history(workplace.participations, person, ["held_on", "action", "step", "asked_by", "said", "did"]),
        group=_group(groups, person, person_id),
    )


def _named_by(workplace: Workplace, ties: Ties, person: int, voices: BoolArray) -> dict[str, Any]:
    namers = ties.source[(ties.target == person) & voices[ties.source]]
    could = voices.copy() if ties.asked is None else voices & ties.asked
    could[person] = False
    inside = namers[~are_outside(workplace)[namers]]
    return {
        "n": len(namers),
        "n_outside": len(namers) - len(inside),
        "n_asked": int(could.sum()),
        "departments": _count_units(workplace.people["department"].iloc[inside]),
        "shifts": _count_units(workplace.people["shift"].iloc[inside]),
        "people": _who(workplace, namers),
    }


def _named(workplace: Workplace, ties: Ties, person: int) -> dict[str, Any]:
    table = workplace.asked
    answers = pick_rows(table, _rows_of(table["person"], person), ["question", "held_on", "n_named"])
    answer = [one for one in answers if one["question"] == ties.question]
    return {
        "was_asked": bool(answer),
        "held_on": answer[0]["held_on"] if answer else None,
        "n_named": answer[0]["n_named"] if answer else None,
        "people": _who(workplace, ties.target[ties.source == person]),
    }


def _told(workplace: Workplace, person: int) -> list[dict[str, Any]]:
    table = workplace.connections
    one, other = table["person"].to_numpy(), table["other"].to_numpy()
    rows = np.flatnonzero((one == person) | (other == person))
    who = _who(workplace, np.where(one[rows] == person, other[rows], one[rows]))
    facts = pick_rows(table, rows, ["kind", "said_by", "said_on", "confidence"])
    told = [
        {**whom, **fact, "sign": connection_kind(str(fact["kind"])).sign} for whom, fact in zip(who, facts, strict=True)
    ]
    return newest_first(told, "said_on")


def _strongest(workplace: Workplace, ties: Ties, person: int) -> list[dict[str, Any]]:
    others = np.where(ties.source == person, ties.target, ties.source)
    # In single precision: the last digits of equal strengths differ with the order in which days were added.
    order = np.lexsort((others, -ties.strength.astype(np.float32)))[:N_STRONGEST]
    who = _who(workplace, others[order])
    return [{**one, "strength": value} for one, value in zip(who, ties.strength[order].tolist(), strict=True)]


def _history(table: pd.DataFrame, person: int, columns: list[str]) -> list[dict[str, Any]]:
    """Rows of one person, newest first by the first column."""
    return newest_first(pick_rows(table, _rows_of(table["person"], person), columns), columns[0])


def _rows_of(column: "pd.Series[Any]", value: str | int) -> IntArray:
    return np.flatnonzero(column.eq(value).to_numpy(dtype=np.bool_))


def _group(groups: Groups | None, person: int, person_id: str) -> dict[str, Any] | None:
    if groups is None or groups.membership[person] < 0:
        return None
    rows = _rows_of(groups.rows["group_id"], int(groups.membership[person]))
    found = pick_rows(groups.rows, rows, ["group_id", "name", "n_members", "certainty"])
    own = _rows_of(groups.people["person_id"], person_id)
    is_solid = all(row.pop("certainty") == "solid" for row in found)
    return {
        **found[0],
        "is_solid": is_solid,
        **pick_rows(groups.people, own, ["role", "belonging", "certainty", "reason"])[0],
    }


def _count_units(units: "pd.Series[str]") -> list[dict[str, Any]]:
    counts = Counter(None if pd.isna(unit) else str(unit) for unit in units)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return [{"unit": unit, "n": n} for unit, n in ordered]


def _who(workplace: Workplace, persons: npt.NDArray[Any]) -> list[dict[str, Any]]:
    return [
        {"person_id": one["person_id"], "name": one["name"], "is_outside": one["kind"] == OUTSIDE}
        for one in pick_rows(workplace.people, persons, ["person_id", "name", "kind"])
    ]
