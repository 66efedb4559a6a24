"""Whose voices an answer rests on: which units are thin or silent, and through whose talks the namings came."""

from typing import Any, Final

import numpy as np

from shopfloor.analysis.ties import BoolArray
from shopfloor.analysis.workforce import count_units
from shopfloor.settings import THIN_SHARE, THIN_UNIT, THIN_VOICES
from shopfloor.workplace import Workplace, once

UNITS_HEARD: Final = ("department", "shift")
"""The kinds of unit whose voices are counted."""


def count_voices(workplace: Workplace, members: BoolArray, question: str) -> dict[str, Any]:
    """Count who was asked by unit, and whose talks the namings came from.

    Parameters
    ----------
    workplace : Workplace
    members : numpy.ndarray
        bool, shape (n_people,).
    question : str
        The naming question.

    Returns
    -------
    dict
        ``units``: of departments and shifts a list of ``kind``, ``unit``, ``n_people``, ``n_asked``, ``n_talked_to``
        and ``voices``, least known first: ``silent`` (three people or more, none asked), ``thin`` (fewer than two
        asked, or fewer than a tenth): about both we cannot tell; or ``enough``. Units of one or two people are always
        ``enough``, people whose unit is not known are in none. A kind of
        which there is one unit is left out. ``n_silent_units``, ``n_thin_units``.
        ``eyes``: ``n_namings`` of the members, ``n_organizers`` in whose talks they were said, ``largest_organizer``
        (her name where she is one of the people, else as written; None without namings), ``largest_n`` of these
        namings and ``largest_share``.
    """
    return dict(_count_voices(workplace, question, members.tobytes()))


@once
def _count_voices(workplace: Workplace, question: str, packed: bytes) -> dict[str, Any]:
    members = np.frombuffer(packed, dtype=np.bool_)
    heard = {kind: _units(workplace, kind, members, question) for kind in UNITS_HEARD}
    units = [row for rows in heard.values() if len(rows) > 1 for row in rows]
    units.sort(key=lambda row: (row["n_asked"] / row["n_people"], -row["n_people"], row["kind"], row["unit"]))
    return {
        "units": units,
        "n_silent_units": sum(row["voices"] == "silent" for row in units),
        "n_thin_units": sum(row["voices"] == "thin" for row in units),
        "eyes": _eyes(workplace, members, question),
    }


def _units(workplace: Workplace, kind: str, members: BoolArray, question: str) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "unit": name,
            "n_people": n,
            "n_asked": n_asked,
            "n_talked_to": n_talked_to,
            "voices": _how_heard(n, n_asked),
        }
        for name, n, n_asked, n_talked_to in count_units(workplace, kind, members, question)
        if name is not None
    ]


def _how_heard(n_people: int, n_asked: int) -> str:
    if n_people < THIN_UNIT or (n_asked >= THIN_VOICES and n_asked >= THIN_SHARE * n_people):
        return "enough"
    return "thin" if n_asked else "silent"


def _eyes(workplace: Workplace, members: BoolArray, question: str) -> dict[str, Any]:
    namings = workplace.namings[workplace.namings["question"] == question]
    inside = members[namings["namer"].to_numpy(dtype=np.int64)] & members[namings["named"].to_numpy(dtype=np.int64)]
    by_organizer = namings["organizer"][inside].value_counts(dropna=True)
    largest = sorted(by_organizer.index[by_organizer == by_organizer.max()].astype(str))
    n_namings, largest_n = int(inside.sum()), int(by_organizer.max()) if len(by_organizer) else 0
    return {
        "n_namings": n_namings,
        "n_organizers": len(by_organizer),
        "largest_organizer": _name(workplace, largest[0]) if largest else None,
        "largest_n": largest_n,
        "largest_share": largest_n / n_namings if n_namings else 0.0,
    }


def _name(workplace: Workplace, organizer: str) -> str:
    talks = workplace.conversations
    persons = talks["organizer_person"][talks["organizer"] == organizer].to_numpy(dtype=np.int64)
    return str(workplace.people["name"].iloc[persons[0]]) if len(persons) and persons[0] >= 0 else organizer
