"""Groups as somebody accepted them, drawn on the ties of today: who links them now, without looking for groups anew."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopfloor.analysis.bridges import cut_people, link_groups
from shopfloor.analysis.consensus.company import no_ties
from shopfloor.analysis.consensus.matching import AcceptedGroups
from shopfloor.analysis.group_tables import IN_NO_GROUP
from shopfloor.analysis.groups import GROUPS, Groups
from shopfloor.analysis.measures import only_broker
from shopfloor.analysis.naming import name_groups
from shopfloor.analysis.ties import LAYERS, Ties, combine_ties, project_ties
from shopfloor.analysis.workforce import count_known, describe_cut, select_workforce
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Workplace

AS_ACCEPTED: Final = "as accepted"
"""What is known of a person's place in a group that was not looked for anew."""


def draw_accepted(
    workplace: Workplace,
    accepted: AcceptedGroups,
    solid: Collection[int],
    *,
    question: str = DEFAULT_QUESTION,
    include: Collection[str] = (),
) -> Groups:
    """Return groups that were accepted, with the ties between them as they are now.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    accepted : AcceptedGroups
        Of all layers together.
    solid : collection of int
        group_id of those that were solid when they were accepted.
    question : str
        The naming question, for ``named``.
    include : collection of str
        ``supervisors``, ``left``: as in `find_groups`.

    Returns
    -------
    Groups
        For `find_kinds`, `describe_person` and `why`. ``rows`` holds ``group_id``, ``name``, ``n_members``, ``members``
        and ``certainty``; ``people`` holds ``person_id``, ``group_id``, ``role`` and ``belonging`` (None: nobody was
        placed anew), ``certainty`` (`AS_ACCEPTED`, or ``in no group yet``), ``reason``, ``n_only_broker`` and
        ``is_cut``; ``links`` is as in `find_groups`, ``inner`` is empty. Whoever joined since is in no group.

    Notes
    -----
    No group is looked for and none is tested: this takes a small part of the time of `find_groups`.
    """
    members = select_workforce(workplace, include)
    all_ties = [project_ties(workplace, layer, question=question).subset(members) for layer in LAYERS]
    layers, people = [ties for ties in all_ties if ties.n_ties], workplace.people[members]
    ties = combine_ties(layers) if layers else no_ties(len(people))
    groups = people["person_id"].map(pd.Series(dict(accepted.groups), dtype="Int64")).astype("Int64")
    own = np.array(groups.fillna(-1), dtype=np.int64)
    names = _names(people, own, accepted.names)
    membership = np.full(len(members), -1, dtype=np.int64)
    membership[members] = own
    about = {
        "title": "Groups as accepted",
        "verdict": GROUPS,
        "layer": None,
        "layers": [layer.layer for layer in layers],
        "question": question,
        "parameters": {"include": sorted(include)},
        **describe_cut(workplace),
        "n_groups": len(names),
        "n_solid": len(set(names) & set(solid)),
        "coverage": count_known(workplace, members, question),
    }
    placed = _people(people["person_id"], groups, ties, own)
    alone = placed["person_id"][placed["group_id"].isna()].tolist()
    rows = _rows(people["person_id"], own, names, solid)
    links = _links(ties, own, people["person_id"])
    return Groups(about, rows, placed, links, pd.DataFrame(), membership, alone, accepted)


def _names(people: pd.DataFrame, own: NDArray[np.int64], given: Mapping[int, str]) -> dict[int, str]:
    groups = {int(number): np.flatnonzero(own == number).tolist() for number in np.unique(own[own >= 0])}
    named = name_groups(people, groups, (), solid=(), given=dict(given))
    return {number: name.name for number, name in named.items()}


def _rows(
    person_ids: "pd.Series[str]", own: NDArray[np.int64], names: Mapping[int, str], solid: Collection[int]
) -> pd.DataFrame:
    members = [person_ids[own == number].tolist() for number in names]
    return pd.DataFrame(
        {
            "group_id": list(names),
            "name": list(names.values()),
            "n_members": [len(some) for some in members],
            "members": members,
            "certainty": ["solid" if number in solid else "not solid" for number in names],
        }
    )


def _people(person_ids: "pd.Series[str]", groups: "pd.Series[Any]", ties: Ties, own: NDArray[np.int64]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person_id": person_ids.to_numpy(),
            "group_id": groups.array,
            "role": None,
            "belonging": None,
            "certainty": np.where(own < 0, IN_NO_GROUP, AS_ACCEPTED),
            "reason": None,
            "n_only_broker": only_broker(ties, own).astype(np.int64),
            "is_cut": cut_people(ties),
        }
    )


def _links(ties: Ties, own: NDArray[np.int64], person_ids: "pd.Series[str]") -> pd.DataFrame:
    links, ids = link_groups(ties, own), person_ids.to_numpy()
    links["hinges"] = [[str(ids[person]) for person in people] for people in links["hinges"]]
    return links.rename(columns={"group": "group_id", "other_group": "other_group_id"})
