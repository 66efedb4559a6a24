"""Whose picture it is: the people a list is about, the unit it is narrowed to, and how much is known of them.

The *workforce* of an answer is the workers of the workplace without supervisors and without people who left, unless
these are included. It is one rule for both ends of a tie: only its people are ranked or grouped, and only its
people's answers and ties count. A supervisor naming somebody says who does well with the boss; who left has no voice
in today's list.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopfloor.analysis.ties import BoolArray
from shopfloor.errors import NotFoundError, UsageError, near
from shopfloor.settings import MOST_OPEN
from shopfloor.workplace import OUTSIDE, Workplace, once

INCLUDABLE: Final = ("supervisors", "left")
"""Who may be included beyond the workforce."""

UNIT_KINDS: Final = ("department", "shift", "crew")
"""The kinds of unit that a list may be narrowed to, each a column of the people."""


def select_workforce(workplace: Workplace, include: Collection[str] = ()) -> BoolArray:
    """Say who belongs to the workforce.

    Parameters
    ----------
    workplace : Workplace
    include : collection of str
        ``supervisors``, ``left`` or both.

    Returns
    -------
    numpy.ndarray
        bool, shape (n_people,). Allies and public figures never belong.

    Raises
    ------
    UsageError
        Something else to include.
    """
    for word in include:
        if word not in INCLUDABLE:
            raise UsageError(f"cannot include {word!r}{near(word, INCLUDABLE)} (known: {', '.join(INCLUDABLE)})")
    return _workforce(workplace, "supervisors" in include, "left" in include).copy()


@once
def _workforce(workplace: Workplace, has_supervisors: bool, has_left: bool) -> BoolArray:  # noqa: FBT001 - by position
    people = workplace.people
    members = people["kind"].eq("worker").to_numpy(dtype=bool)
    if not has_supervisors:
        members = members & ~people["is_supervisor"].to_numpy(dtype=bool)
    if not has_left:
        members = members & ~people["has_left"].to_numpy(dtype=bool)
    return members


def are_outside(workplace: Workplace) -> BoolArray:
    """Say who is known only as the far end of a tie that leaves the viewer's units; bool, shape (n_people,)."""
    return _outside(workplace).copy()


@once
def _outside(workplace: Workplace) -> BoolArray:
    return workplace.people["kind"].eq(OUTSIDE).to_numpy(dtype=bool)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Units:
    """The unit of each person, of one kind.

    Attributes
    ----------
    names : tuple of str
        Units that somebody is in, in order.
    codes : numpy.ndarray
        int64, shape (n_people,): place of the unit among the names, -1 where it is not known.
    """

    names: tuple[str, ...]
    codes: npt.NDArray[np.int64]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Units({len(self.names)} units of {len(self.codes)} people)"

    def count(self, mask: BoolArray) -> npt.NDArray[np.int64]:
        """Return how many of some people are in each unit, shape (n_units,), and nothing of those in none."""
        return np.bincount(self.codes[mask & (self.codes >= 0)], minlength=len(self.names)).astype(np.int64)


@once
def code_units(workplace: Workplace, kind: str) -> Units:
    """Return the units of a kind (`UNIT_KINDS`) as numbers."""
    codes, names = pd.factorize(workplace.people[kind], sort=True)
    return Units(tuple(str(name) for name in names), codes.astype(np.int64))


def find_row(workplace: Workplace, person_id: str, among: BoolArray | None = None) -> int:
    """Return the row of a person in ``workplace.people``.

    Parameters
    ----------
    workplace : Workplace
    person_id : str
    among : numpy.ndarray, optional
        bool, shape (n_people,): who may be found; everybody where not given.

    Raises
    ------
    NotFoundError
        Nobody of them has that id.
    """
    ids = workplace.people["person_id"]
    known = ids if among is None else ids[among]
    rows = known.index[known.eq(person_id)]
    if not len(rows):
        raise NotFoundError(f"no person {person_id!r} as of {workplace.provenance.as_of}{near(person_id, known)}")
    return int(rows[0])


def select_voices(workplace: Workplace, include: Collection[str] = ()) -> BoolArray:
    """Say whose answers and ties count: the workforce, and the people outside the viewer's scope who stand behind ties.

    Those are never listed. Where the viewer sees everybody there are none, and this is the workforce.

    Parameters
    ----------
    workplace : Workplace
    include : collection of str
        As for `select_workforce`.

    Returns
    -------
    numpy.ndarray
        bool, shape (n_people,).
    """
    return select_workforce(workplace, include) | are_outside(workplace)


def select_unit(workplace: Workplace, unit: str) -> BoolArray:
    """Say who is in a unit.

    Parameters
    ----------
    workplace : Workplace
    unit : str
        The name of a department, shift or crew, upper or lower case alike; ``department:Packing`` where a name is
        both a department's and a shift's, or to be plain.

    Returns
    -------
    numpy.ndarray
        bool, shape (n_people,).

    Raises
    ------
    UsageError
        No unit of that name (near ones are given), or several.
    """
    prefix, colon, rest = unit.partition(":")
    kinds = (prefix.strip().lower(),) if colon and prefix.strip().lower() in UNIT_KINDS else UNIT_KINDS
    name = (rest if len(kinds) == 1 else unit).strip().casefold()
    columns = {kind: workplace.people[kind].astype("string").str.casefold() for kind in kinds}
    found = [kind for kind in kinds if columns[kind].eq(name).any()]
    if not found:
        known = sorted({str(value) for kind in kinds for value in workplace.people[kind].dropna().unique()})
        raise UsageError(f"no {' or '.join(kinds)} {unit!r}{_near_names(unit, known)}")
    if len(found) > 1:
        raise UsageError(
            f"{unit!r} is a {' and a '.join(found)}: say {' or '.join(f'{kind}:{unit}' for kind in found)}"
        )
    return columns[found[0]].eq(name).fillna(value=False).to_numpy(dtype=bool)


def _near_names(word: str, known: list[str]) -> str:
    return near(word, known) or near(word.title(), known) or (f" (units: {', '.join(known[:12])})" if known else "")


def count_known(workplace: Workplace, members: BoolArray, question: str) -> dict[str, Any]:
    """Count what is known of some people: the ``coverage`` of an answer.

    Parameters
    ----------
    workplace : Workplace
    members : numpy.ndarray
        bool, shape (n_people,).
    question : str
        The naming question of which `n_asked` counts.

    Returns
    -------
    dict
        ``n_people``, ``n_asked``, ``share_asked`` (0 without people), ``n_named_nobody`` (asked, and said so),
        ``n_named`` (names in their answers) and ``n_open`` (those of them that match nobody, or several people),
        ``n_talked_to``, ``n_conversations``, ``n_assessed``, and ``departments``: a list of ``department``
        (None: not known), ``n_people``, ``n_asked``, ``n_talked_to``, in the order of their names.
    """
    return dict(_count_known(workplace, question, members.tobytes()))


@once
def _count_known(workplace: Workplace, question: str, packed: bytes) -> dict[str, Any]:
    members = np.frombuffer(packed, dtype=np.bool_)
    known = know_people(workplace, question)[members]
    n_named, n_open = count_names(workplace, members, question)
    n_people, n_asked = len(known), int(known["was_asked"].sum())
    return {
        "n_people": n_people,
        "n_asked": n_asked,
        "share_asked": n_asked / n_people if n_people else 0.0,
        "n_named_nobody": int(known["named_nobody"].sum()),
        "n_named": n_named,
        "n_open": n_open,
        "n_talked_to": int((known["n_conversations"] > 0).sum()),
        "n_conversations": int(known["n_conversations"].sum()),
        "n_assessed": int(known["assessment"].notna().sum()),
        "departments": [
            {"department": name, "n_people": n, "n_asked": asked, "n_talked_to": talked_to}
            for name, n, asked, talked_to in count_units(workplace, "department", members, question)
        ],
    }


def count_units(
    workplace: Workplace, kind: str, members: BoolArray, question: str
) -> list[tuple[str | None, int, int, int]]:
    """Count some people by their unit.

    Parameters
    ----------
    workplace : Workplace
    kind : str
        One of `UNIT_KINDS`.
    members : numpy.ndarray
        bool, shape (n_people,).
    question : str
        As for `count_known`.

    Returns
    -------
    list of tuple
        Unit, how many are in it, how many of them were asked and how many talked to: in the order of the names, and
        last those whose unit is not known (None). Without units that nobody of them is in.
    """
    units, known = code_units(workplace, kind), know_people(workplace, question)
    asked = members & known["was_asked"].to_numpy(dtype=bool)
    talked_to = members & (known["n_conversations"] > 0).to_numpy(dtype=bool)
    is_nowhere = units.codes < 0
    counts = [(*units.count(some).tolist(), int((some & is_nowhere).sum())) for some in (members, asked, talked_to)]
    return [row for row in zip((*units.names, None), *counts, strict=True) if row[1]]


def count_names(workplace: Workplace, members: BoolArray, question: str) -> tuple[int, int]:
    """Return how many names stand in some people's answers, and how many of them match nobody, or several people."""
    asked = workplace.asked
    answers = asked[asked["question"].eq(question) & members[asked["person"].to_numpy(dtype=np.int64)]]
    return int(answers["n_named"].sum()), int(answers["n_open"].sum())


def are_many_open(n_named: int, n_open: int) -> bool:
    """Say whether so many names match nobody that nobody is to be called sure."""
    return n_open > MOST_OPEN * n_named


def know_people(workplace: Workplace, question: str) -> pd.DataFrame:
    """Gather what is known of each person.

    Returns
    -------
    pandas.DataFrame
        Index and rows as ``workplace.people``: ``was_asked`` and ``named_nobody`` (bool, of `question`),
        ``n_conversations``, ``last_talked_on`` (NaT: never), ``assessment`` (Int64, the latest; NA: none, which is
        neither 0 nor 3), ``assessed_on``.
    """
    return _known(workplace, question).copy(deep=False)


@once
def _known(workplace: Workplace, question: str) -> pd.DataFrame:
    n_people = len(workplace.people)
    answers = workplace.asked[workplace.asked["question"] == question]
    talks, latest = workplace.conversations, workplace.assessments.drop_duplicates("person", keep="last")
    known = pd.DataFrame(index=workplace.people.index)
    known["was_asked"] = known.index.isin(answers["person"])
    known["named_nobody"] = known.index.isin(answers["person"][answers["n_named"] == 0])
    known["n_conversations"] = np.bincount(talks["person"].to_numpy(dtype=np.int64), minlength=n_people)
    known["last_talked_on"] = talks.groupby("person")["held_on"].max().reindex(known.index)
    known["assessment"] = latest.set_index("person")["assessment"].reindex(known.index).astype("Int64")
    known["assessed_on"] = latest.set_index("person")["assessed_on"].reindex(known.index)
    return known


def describe_cut(workplace: Workplace) -> dict[str, Any]:
    """Return where an answer comes from, as plain values: revision, as_of (ISO), known_at, version, is_part."""
    cut = workplace.provenance
    return {
        "revision": cut.revision,
        "as_of": cut.as_of.isoformat(),
        "known_at": cut.known_at,
        "version": cut.version,
        "is_part": cut.is_part,
    }
