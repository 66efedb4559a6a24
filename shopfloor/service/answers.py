"""The questions people bring, asked of a store or of a workplace at hand; and answers written back to a store."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from shopfloor import analysis
from shopfloor.analysis import Groups, PersonPicture, Ranking
from shopfloor.analysis.workforce import count_known, describe_cut
from shopfloor.errors import NotFoundError
from shopfloor.graph.contract import Result
from shopfloor.service.audit import Deed
from shopfloor.service.opening import OpenStore
from shopfloor.service.values import to_json
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Workplace

if TYPE_CHECKING:
    import networkx as nx


def at_hand(place: OpenStore | Workplace, as_of: date | None = None, known_at: datetime | None = None) -> Workplace:
    """Return the workplace of a store at a date, or the given one as it is."""
    return place.workplace(as_of=as_of, known_at=known_at) if isinstance(place, OpenStore) else place


def rank_people(
    place: OpenStore | Workplace,
    layer: str = "named",
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    **options: Any,  # noqa: ANN401 - passed on
) -> Ranking:
    """Rank people; `place` is a store or a workplace, options as in `shopfloor.analysis.rank_people`."""
    return analysis.rank_people(at_hand(place, as_of, known_at), layer, **options)


def find_groups(
    place: OpenStore | Workplace,
    layer: str | None = None,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    **options: Any,  # noqa: ANN401 - passed on
) -> Groups:
    """Find social groups; `place` is a store or a workplace, options as in `shopfloor.analysis.find_groups`."""
    return analysis.find_groups(at_hand(place, as_of, known_at), layer, **options)


def to_networkx(
    place: OpenStore | Workplace,
    layer: str | None = None,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    **options: Any,  # noqa: ANN401 - passed on
) -> "nx.Graph[str]":
    """Return people and ties as a networkx graph; options as in `shopfloor.analysis.to_networkx`."""
    return analysis.to_networkx(at_hand(place, as_of, known_at), layer, **options)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class TieList:
    """Ties between people, and how they were derived.

    Attributes
    ----------
    about : dict
        ``layer``, ``question``, ``revision``, ``as_of``, ``known_at``, ``version``, ``coverage``, ``left_out``.
    rows : pandas.DataFrame
        ``from_id``, ``from_name``, ``to_id``, ``to_name``, ``strength``; strongest first, then by id. Ties without
        a direction stand once.
    """

    about: dict[str, Any]
    rows: pd.DataFrame

    def __repr__(self) -> str:
        """Give counts only."""
        return f"TieList({len(self.rows)} ties)"


def find_ties(
    place: OpenStore | Workplace,
    layer: str = "named",
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    question: str = DEFAULT_QUESTION,
    unit: str | None = None,
    include: Collection[str] = (),
) -> TieList:
    """Return the ties of one layer; with a unit, those that have an end in it.

    Raises
    ------
    UsageError
        Unknown layer, unit or inclusion.
    """
    workplace = at_hand(place, as_of, known_at)
    workforce = analysis.select_workforce(workplace, include)
    ties = analysis.project_ties(workplace, layer, question=question)
    kept = workforce[ties.source] & workforce[ties.target]
    if unit is not None:
        inside = analysis.select_unit(workplace, unit)
        kept &= inside[ties.source] | inside[ties.target]
    people = workplace.people
    ends = {"from": ties.source[kept], "to": ties.target[kept]}
    columns = {
        f"{end}_{name}": people[column].to_numpy()[codes]
        for end, codes in ends.items()
        for name, column in (("id", "person_id"), ("name", "name"))
    }
    rows = pd.DataFrame(columns | {"strength": ties.strength[kept]})
    rows = rows.sort_values(["strength", "from_id", "to_id"], ascending=[False, True, True], kind="stable")
    about = {
        "method": f"{layer} ties",
        "layer": layer,
        "question": question if layer == "named" else None,
        "parameters": {"unit": unit, "include": sorted(include)},
        "seed": None,
        **describe_cut(workplace),
        "coverage": count_known(workplace, workforce, question),
        "left_out": dict(ties.left_out),
    }
    return TieList(about, rows.reset_index(drop=True))


def find_person(
    store: OpenStore, key: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> tuple[PersonPicture, list[str]]:
    """Return what is known of a person, and the keys of all her contacts; any of them finds her. It is noted.

    Raises
    ------
    NotFoundError
        Nobody has that id, whom one may see.
    """
    picture = store.picture(as_of=as_of, known_at=known_at)
    code = picture.identity.person_of.get(key)
    if code is None:
        if not store.viewer.is_owner:  # what was asked for is not noted: somebody may have typed a name
            store.note(Deed.REFUSED, what="a person of an id that she does not see, or nobody has")
        raise NotFoundError(
            f"There is no person with that id. Look for it with: shopfloor export {store.location} FOLDER"
        )
    store.note(Deed.VIEW, person=picture.identity.person_ids[code])
    groups = analysis.find_groups(picture.workplace)
    found = analysis.describe_person(picture.workplace, picture.identity.person_ids[code], groups=groups)
    return found, picture.identity.contacts_of(code)


def write_back_leaders(store: OpenStore, ranking: Ranking) -> None:
    """Write ranks to the store as dated properties of people, and the ties they rest on."""
    rows = ranking.rows[["person_id", "name", "rank", "score"]].rename(columns={"person_id": "key"})
    about = ranking.about
    as_of, known_at = _cut(about)
    ties = find_ties(
        store,
        about["layer"],
        as_of=as_of,
        known_at=known_at,
        question=about["question"] or DEFAULT_QUESTION,
        include=about["parameters"]["include"],
    )
    _write_back(store, "leaders", about, rows, _tie_table(ties))


def write_back_groups(store: OpenStore, groups: Groups) -> None:
    """Write groups to the store as dated properties of people."""
    rows = groups.rows[["members", "group_id", "name"]].explode("members")
    rows = rows.rename(columns={"members": "key", "name": "group_name"}).reset_index(drop=True)
    _write_back(store, "groups", groups.about, rows, None)


def _cut(about: dict[str, Any]) -> tuple[date, datetime | None]:
    known_at = about["known_at"]
    return date.fromisoformat(about["as_of"]), datetime.fromisoformat(known_at) if known_at else None


def _write_back(store: OpenStore, name: str, about: dict[str, Any], rows: pd.DataFrame, ties: pa.Table | None) -> None:
    as_of, known_at = _cut(about)
    identity = store.picture(as_of=as_of, known_at=known_at).identity
    contacts: dict[int, list[str]] = {}
    for key, person in identity.person_of.items():
        contacts.setdefault(person, []).append(key)
    people = pa.Table.from_pandas(rows.assign(as_of=about["as_of"]), preserve_index=False)
    held = [sorted(contacts[identity.person_of[key]]) for key in rows["key"]]
    people = people.append_column("contact_keys", pa.array(held, pa.list_(pa.string())))
    store.write_result(Result(name, to_json(about), people, ties))


def _tie_table(ties: TieList) -> pa.Table:
    columns = {
        "from_key": pa.array(ties.rows["from_id"], pa.string()),
        "to_key": pa.array(ties.rows["to_id"], pa.string()),
        "layer": pa.array([ties.about["layer"]] * len(ties.rows), pa.string()),
        "strength": pa.array(ties.rows["strength"], pa.float64()),
    }
    return pa.table(columns)
