"""Groups as tables: a row a group, a row a person, a row a group inside a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopfloor.analysis.bridges import cut_people, participation
from shopfloor.analysis.consensus.belonging import CORE, find_second_belonging, name_roles
from shopfloor.analysis.consensus.chart import against_chart
from shopfloor.analysis.consensus.holding import Held
from shopfloor.analysis.consensus.telling import Heard, tell_groups
from shopfloor.analysis.measures import only_broker
from shopfloor.analysis.naming import GroupName, name_groups
from shopfloor.analysis.workforce import know_people
from shopfloor.workplace import Workplace

IntArray = NDArray[np.int64]

N_TOP_DEPARTMENTS: Final = 3
"""Departments told of each group."""

TOLD: Final = "told"
CANNOT_TELL: Final = "cannot tell yet"
IN_NO_GROUP: Final = "in no group yet"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Mapped:
    """Groups found among some people of a workplace, under the ids they keep.

    Attributes
    ----------
    workplace : Workplace
    question : str
        The naming question.
    persons : numpy.ndarray
        int64, shape (n_members,): rows of the workplace's people.
    held : Held
        Groups, people numbered as in `persons`.
    ids : list of int
        group_id of each group.
    heard : Heard or None
        Who was asked; None where the ties do not come from asking.
    """

    workplace: Workplace
    question: str
    persons: IntArray
    held: Held
    ids: list[int]
    heard: Heard | None

    @property
    def membership(self) -> IntArray:
        """Group 0 .. n_groups - 1 of each person, -1 for none."""
        if self.held.communities is None:
            return np.full(len(self.persons), -1, dtype=np.int64)
        return self.held.communities.membership

    def members(self, group: int) -> list[int]:
        """Return the members of a group, as rows of the workplace's people."""
        found: list[int] = self.persons[self.membership == group].tolist()
        return found

    def group_ids(self) -> IntArray:
        """Return the group_id of each person, -1 for none."""
        ids: IntArray = np.array([*self.ids, -1], dtype=np.int64)[self.membership]
        return ids

    def name(self, attributes: Sequence[str], given: dict[int, str]) -> dict[int, GroupName]:
        """Name the groups: the solid ones by what their members share."""
        groups = {number: self.members(place) for place, number in enumerate(self.ids)}
        solid = {number for number, is_solid in zip(self.ids, self.held.solid, strict=True) if is_solid}
        return name_groups(self.workplace.people.iloc[self.persons], groups, attributes, solid=solid, given=given)


def list_people(mapped: Mapped) -> pd.DataFrame:
    """List the people with their groups: see `shopfloor.analysis.groups.Groups.people`."""
    ties, membership, found = mapped.held.ties, mapped.membership, mapped.held.communities
    n_people = len(mapped.persons)
    n_ties = np.bincount(np.concatenate([ties.source, ties.target]), minlength=n_people)
    inside = membership[ties.source] == membership[ties.target]
    inside &= membership[ties.source] >= 0
    n_inside = np.bincount(np.concatenate([ties.source[inside], ties.target[inside]]), minlength=n_people)
    belonging = np.full(n_people, np.nan) if found is None else found.belonging
    second, share = np.full(n_people, -1), np.full(n_people, np.nan)
    if found is not None:
        second, share = find_second_belonging(ties, found.runs, membership)
    words = tell_groups(membership, belonging, n_ties, mapped.held.solid, mapped.heard)
    ids = np.array([*mapped.ids, -1], dtype=np.int64)
    return pd.DataFrame(
        {
            "person_id": mapped.workplace.people["person_id"].to_numpy()[mapped.persons],
            "group_id": _ids_or_none(ids[membership]),
            "belonging": belonging,
            "role": pd.Series(name_roles(belonging), dtype="object"),
            "certainty": [
                TOLD if word == "told" else IN_NO_GROUP if group < 0 else CANNOT_TELL
                for word, group in zip(words, membership.tolist(), strict=True)
            ],
            "reason": pd.Series([None if word == "told" else word for word in words], dtype="object"),
            "second_group_id": _ids_or_none(ids[second]),
            "second_share": share,
            "n_ties": n_ties,
            "n_ties_inside": n_inside,
            "participation": participation(ties, membership),
            "n_only_broker": only_broker(ties, membership).astype(np.int64),
            "is_cut": cut_people(ties),
        }
    )


def _ids_or_none(ids: IntArray) -> "pd.Series[Any]":
    return pd.Series(ids, dtype="Int64").where(ids >= 0)


def list_groups(mapped: Mapped, names: dict[int, GroupName], people: pd.DataFrame) -> pd.DataFrame:
    """List the groups, largest first: see `shopfloor.analysis.groups.Groups.rows`."""
    known = know_people(mapped.workplace, mapped.question)
    is_provisional = mapped.heard is not None and mapped.heard.is_uneven()
    rows = [
        {
            "group_id": number,
            **_describe_members(mapped, mapped.members(place), known),
            **_describe_certainty(mapped, place, people),
            "name": names[number].name,
            "named_by": names[number].named_by,
            "neutral_name": names[number].neutral,
            "is_provisional": is_provisional,
        }
        for place, number in enumerate(mapped.ids)
    ]
    return pd.DataFrame(rows, columns=list(GROUP_COLUMNS))


GROUP_COLUMNS: Final = (
    *("group_id", "name", "named_by", "neutral_name", "n_members", "members"),
    *("certainty", "chance", "belonging", "n_core", "n_told", "is_provisional"),
    *("n_talked_to", "share_talked_to", "n_asked", "departments"),
    *("chart", "chart_unit", "n_in_unit", "n_unit", "share_across"),
)
"""Columns of a table of groups."""


def _describe_members(mapped: Mapped, members: list[int], known: pd.DataFrame) -> dict[str, Any]:
    everybody = mapped.workplace.people.iloc[mapped.persons]
    people, talked = mapped.workplace.people.iloc[members], known["n_conversations"].iloc[members] > 0
    return {
        "n_members": len(members),
        "members": people["person_id"].tolist(),
        "n_talked_to": int(talked.sum()),
        "share_talked_to": float(talked.mean()),
        "n_asked": int(known["was_asked"].iloc[members].sum()),
        "departments": _top_departments(people["department"]),
        **against_chart(everybody["department"], members),
    }


def _describe_certainty(mapped: Mapped, group: int, people: pd.DataFrame) -> dict[str, Any]:
    own = people[mapped.membership == group]
    return {
        "certainty": "solid" if mapped.held.solid[group] else "not solid",
        "chance": float(mapped.held.chances[group]),
        "belonging": float(mapped.held.mean_belonging[group]),
        "n_core": int((own["belonging"] >= CORE).sum()),
        "n_told": int((own["certainty"] == TOLD).sum()),
    }


def _top_departments(departments: "pd.Series[str]") -> list[dict[str, Any]]:
    counts = departments.value_counts()
    top = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:N_TOP_DEPARTMENTS]
    return [{"department": str(name), "n_members": int(count)} for name, count in top]


INNER_COLUMNS: Final = ("group_id", "inner_id", "name", "n_members", "members", "certainty", "chance", "belonging")
"""Columns of a table of groups inside groups."""


def list_inner(mapped: Mapped, inside: dict[int, Held], attributes: Sequence[str]) -> pd.DataFrame:
    """List the groups inside groups: see `shopfloor.analysis.groups.Groups.inner`."""
    rows: list[dict[str, Any]] = []
    for group, held in inside.items():
        persons, outer = np.array(mapped.members(group), dtype=np.int64), mapped.ids[group]
        part = Mapped(mapped.workplace, mapped.question, persons, held, list(range(1, len(held.chances) + 1)), None)
        names = part.name(attributes, {})
        rows += [
            {
                "group_id": outer,
                "inner_id": f"{outer}.{number}",
                "name": f"Part {number}" if names[number].named_by == "letter" else names[number].name,
                "n_members": len(part.members(place)),
                "members": mapped.workplace.people["person_id"].iloc[part.members(place)].tolist(),
                "certainty": "solid" if held.solid[place] else "not solid",
                "chance": float(held.chances[place]),
                "belonging": float(held.mean_belonging[place]),
            }
            for place, number in enumerate(part.ids)
        ]
    return pd.DataFrame(rows, columns=list(INNER_COLUMNS))
