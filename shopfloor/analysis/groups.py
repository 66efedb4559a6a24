"""Social groups: people whose ties to each other are stronger than chance would have them, under usable names."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopfloor.analysis.communities import MIN_MEMBERS, N_RUNS, find_communities
from shopfloor.analysis.naming import name_groups
from shopfloor.analysis.ties import LAYERS, BoolArray, Ties, combine_ties, project_ties
from shopfloor.analysis.workforce import count_known, describe_cut, know_people, select_unit, select_workforce
from shopfloor.errors import UsageError
from shopfloor.settings import DEFAULT_QUESTION, GROUP_NAME_ATTRIBUTES, TieSettings
from shopfloor.workplace import Workplace

N_TOP_DEPARTMENTS = 3
"""Departments told of each group."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Groups:
    """Groups of people, and how they were found.

    Attributes
    ----------
    about : dict
        ``title``, ``method``, ``layer`` (None: all combined), ``layers`` (those that had ties), ``question``,
        ``parameters``, ``seed``, ``revision``, ``as_of``, ``known_at``, ``version``, ``modularity``, ``n_groups``,
        ``n_in_no_group``, ``coverage`` (see `shopfloor.analysis.workforce.count_known`).
    rows : pandas.DataFrame
        One row a group, largest first: ``group_id`` (1 ..), ``name``, ``n_members``, ``members`` (list of person_id,
        in order), ``n_talked_to``, ``share_talked_to`` (0 .. 1), ``n_asked``, ``departments`` (the three largest as
        a list of ``department``, ``n_members``).
    membership : numpy.ndarray
        int64, shape (n_people,): the group_id of each person of the workplace, -1 for none or outside the workforce.
    in_no_group : list of str
        person_id of the workforce's people who belong nowhere: no ties, too few people to be a group with, or a
        single tie into the group nearest to them.
    """

    about: dict[str, Any]
    rows: pd.DataFrame
    membership: NDArray[np.int64]
    in_no_group: list[str]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Groups({len(self.rows)} groups, {len(self.in_no_group)} people in none)"

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the rows."""
        return self.rows.copy()


def find_groups(  # noqa: PLR0913 - the options of the command, all but two by keyword
    workplace: Workplace,
    layer: str | None = None,
    *,
    question: str = DEFAULT_QUESTION,
    unit: str | None = None,
    resolution: float = 1.0,
    seed: int = 0,
    min_size: int = MIN_MEMBERS,
    include: Collection[str] = (),
    name_by: Sequence[str] = GROUP_NAME_ATTRIBUTES,
    settings: TieSettings | None = None,
) -> Groups:
    """Find the social groups of the workforce.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    layer : str, optional
        One of `shopfloor.analysis.LAYERS`; all that have ties, combined, where none is said (see `combine_ties`).
    question : str
        The naming question, for ``named``.
    unit : str, optional
        Only people of this department, shift or crew, and the ties among them.
    resolution : float
        Above 0; larger gives more and smaller groups.
    seed : int
        The same seed and facts give the same groups, whatever the order of the facts.
    min_size : int
        Fewer people are no group; 2 or more.
    include : collection of str
        ``supervisors``, ``left``: they may then be members, and their ties count.
    name_by : sequence of str
        Columns of ``workplace.people`` that groups may be named after.
    settings : TieSettings, optional
        How ties are derived.

    Returns
    -------
    Groups
        Ordered by size, then by the smallest person_id. Found in what people said *so far*.

    Raises
    ------
    UsageError
        Unknown layer, question, unit, inclusion or attribute; resolution or min_size out of range.
    """
    _check(workplace, resolution, min_size, name_by)
    members = select_workforce(workplace, include)
    if unit is not None:
        members &= select_unit(workplace, unit)
    chosen = [layer] if layer else list(LAYERS)
    layers = [project_ties(workplace, one, question=question, settings=settings).subset(members) for one in chosen]
    layers = [ties for ties in layers if ties.n_ties]
    ties = layers[0] if len(layers) == 1 else combine_ties(layers or [_no_ties(int(members.sum()))])
    found = find_communities(ties, resolution=resolution, seed=seed, min_members=min_size)
    membership = np.full(len(members), -1, dtype=np.int64)
    membership[members] = np.where(found.membership >= 0, found.membership + 1, -1)
    rows = _list_groups(workplace, members, membership, question, name_by)
    in_no_group = workplace.people["person_id"][members & (membership < 0)].tolist()
    settings = settings or TieSettings()
    about = {
        "title": "Groups so far",
        "method": f"Leiden, modularity, best of {N_RUNS} runs",
        "layer": layer,
        "layers": [part.layer for part in layers],
        "question": question,
        "parameters": {
            "unit": unit,
            "resolution": resolution,
            "min_size": min_size,
            "include": sorted(include),
            "name_by": list(name_by),
            "half_life_days": settings.half_life_days,
            "max_group": settings.max_group,
        },
        "seed": seed,
        **describe_cut(workplace),
        "modularity": found.modularity,
        "n_groups": len(rows),
        "n_in_no_group": len(in_no_group),
        "coverage": count_known(workplace, members, question),
    }
    return Groups(about, rows, membership, in_no_group)


def _check(workplace: Workplace, resolution: float, min_size: int, name_by: Sequence[str]) -> None:
    if not resolution > 0:
        raise UsageError(f"resolution must be above 0, not {resolution}")
    if min_size < 2:  # noqa: PLR2004 - two people are the smallest group
        raise UsageError(f"min_size must be 2 or more, not {min_size}")
    for attribute in name_by:
        if attribute not in workplace.people.columns or attribute in {"person_id", "name"}:
            raise UsageError(f"groups cannot be named by {attribute!r}: use {', '.join(GROUP_NAME_ATTRIBUTES)}")


def _no_ties(n_people: int) -> Ties:
    nobody = np.zeros(0, dtype=np.int32)
    return Ties("combined", n_people, nobody, nobody, np.zeros(0), is_directed=False)


def _list_groups(
    workplace: Workplace,
    workforce: BoolArray,
    membership: NDArray[np.int64],
    question: str,
    name_by: Sequence[str],
) -> pd.DataFrame:
    people, known = workplace.people, know_people(workplace, question)
    groups = [np.flatnonzero(membership == number).tolist() for number in range(1, membership.max(initial=0) + 1)]
    names = name_groups(people[workforce], groups, name_by)
    rows = [
        {
            "group_id": number,
            "name": name,
            "n_members": len(members),
            "members": people["person_id"].iloc[members].tolist(),
            "n_talked_to": int((known["n_conversations"].iloc[members] > 0).sum()),
            "share_talked_to": float((known["n_conversations"].iloc[members] > 0).mean()),
            "n_asked": int(known["was_asked"].iloc[members].sum()),
            "departments": _top_departments(people["department"].iloc[members]),
        }
        for number, (name, members) in enumerate(zip(names, groups, strict=True), start=1)
    ]
    columns = ["group_id", "name", "n_members", "members", "n_talked_to", "share_talked_to", "n_asked", "departments"]
    return pd.DataFrame(rows, columns=columns)


def _top_departments(departments: "pd.Series[str]") -> list[dict[str, Any]]:
    counts = departments.value_counts()
    top = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:N_TOP_DEPARTMENTS]
    return [{"department": str(name), "n_members": int(count)} for name, count in top]
