"""The questions people bring, asked of a store or of a workplace at hand; and answers written back to a store."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from shopfloor import analysis
from shopfloor.analysis import Changes, Groups, PersonPicture, Ranking, Standing, Why
from shopfloor.analysis.next_talks import NextTalks, next_talks
from shopfloor.analysis.workforce import count_known, describe_cut
from shopfloor.errors import NotFoundError, UsageError
from shopfloor.graph.contract import Result
from shopfloor.ingest.mentions import UNRESOLVED
from shopfloor.service import accepting
from shopfloor.service.audit import Deed
from shopfloor.service.opening import OpenStore
from shopfloor.service.picture import Picture
from shopfloor.service.values import to_json
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import OUTSIDE, Workplace

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray


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


def find_standing(
    place: OpenStore | Workplace,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    **options: Any,  # noqa: ANN401 - passed on
) -> Standing:
    """Put namings to the naming model; `place` is a store or a workplace, options as in `find_standing` there."""
    return analysis.find_standing(at_hand(place, as_of, known_at), **options)


def find_next_talks(
    place: OpenStore | Workplace,
    *,
    question: str = DEFAULT_QUESTION,
    as_of: date | None = None,
    known_at: datetime | None = None,
    **options: Any,  # noqa: ANN401 - passed on
) -> NextTalks:
    """Say whom to talk to next; `place` is a store or a workplace, options as in `next_talks` there."""
    workplace = at_hand(place, as_of, known_at)
    standing = analysis.find_standing(workplace, question=question)
    return next_talks(workplace, standing, **options)


def add_kinds(
    ranking: Ranking,
    place: OpenStore | Workplace,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    groups: Groups | None = None,
) -> Ranking:
    """Return a ranking with what kinds of leader people are: columns of `shopfloor.analysis.find_kinds`.

    Bridges are between `groups`, or between those that were accepted in the store; no group is looked for here.
    ``about["groups"]`` says which, see `groups_used`. A ranking that is not the naming model's stays as it is.
    """
    if ranking.standing is None:
        return ranking
    if groups is None and isinstance(place, OpenStore):
        ties = {"question": ranking.about["question"], "include": ranking.about["parameters"]["include"]}
        groups = accepting.groups_as_accepted(place, as_of=as_of, known_at=known_at, **ties)
    kinds = analysis.find_kinds(at_hand(place, as_of, known_at), ranking.standing, groups=groups)
    kinds = kinds.set_index("person_id").reindex(ranking.rows["person_id"])
    rows = pd.concat([ranking.rows, kinds.reset_index(drop=True)], axis=1)
    return replace(ranking, rows=rows, about=ranking.about | {"groups": groups_used(groups)})


def groups_used(groups: Groups | None) -> dict[str, Any] | None:
    """Return which groups an answer speaks of: ``is_accepted`` and the day (ISO) ``of`` which; None without groups."""
    if groups is None:
        return None
    is_accepted = "accepted_of" in groups.about
    return {"is_accepted": is_accepted, "of": groups.about["accepted_of" if is_accepted else "as_of"]}


def find_groups(
    place: OpenStore | Workplace,
    layer: str | None = None,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    **options: Any,  # noqa: ANN401 - passed on
) -> Groups:
    """Find social groups; `place` is a store or a workplace, options as in `shopfloor.analysis.find_groups`.

    Groups that were accepted in the store have their say, and keep their names.
    """
    if isinstance(place, OpenStore):
        return accepting.find_groups(place, layer, as_of=as_of, known_at=known_at, **options)
    return analysis.find_groups(place, layer, **options)


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
        ``layer``, ``question``, ``revision``, ``as_of``, ``known_at``, ``version``, ``is_part`` (whether the viewer
        sees some units only), ``n_outside`` (ties with somebody outside them), ``coverage``, ``left_out``.
    rows : pandas.DataFrame
        ``from_id``, ``from_name``, ``to_id``, ``to_name``, ``strength``; strongest first, then by id. Ties without
        a direction stand once. Somebody outside the viewer's units is "someone outside your units", under an id that
        is nobody's.
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
    return list_ties(workplace, analysis.project_ties(workplace, layer, question=question), question, unit, include)


def list_ties(
    workplace: Workplace,
    ties: analysis.Ties,
    question: str,
    unit: str | None,
    include: Collection[str],
    **columns: "NDArray[Any]",
) -> TieList:
    """Return ties of a workplace as a list; `columns` are further ones, of a value each tie."""
    workforce, voices = analysis.select_workforce(workplace, include), analysis.select_voices(workplace, include)
    kept = (workforce[ties.source] & voices[ties.target]) | (voices[ties.source] & workforce[ties.target])
    if unit is not None:
        inside = analysis.select_unit(workplace, unit)
        kept &= inside[ties.source] | inside[ties.target]
    people = workplace.people
    ends = {"from": ties.source[kept], "to": ties.target[kept]}
    names = {
        f"{end}_{name}": people[column].to_numpy()[codes]
        for end, codes in ends.items()
        for name, column in (("id", "person_id"), ("name", "name"))
    }
    is_outside = ~workforce[ends["from"]] | ~workforce[ends["to"]]
    more = {name: values[kept] for name, values in columns.items()}
    rows = pd.DataFrame(names | {"strength": ties.strength[kept]} | more)
    rows = rows.sort_values(["strength", "from_id", "to_id"], ascending=[False, True, True], kind="stable")
    about = {
        "method": f"{ties.layer} ties",
        "layer": ties.layer,
        "question": question if ties.layer == "named" else None,
        "parameters": {"unit": unit, "include": sorted(include)},
        "seed": None,
        **describe_cut(workplace),
        "n_outside": int(is_outside.sum()),
        "coverage": count_known(workplace, workforce, question),
        "left_out": dict(ties.left_out),
    }
    return TieList(about, rows.reset_index(drop=True))


def find_person(
    store: OpenStore,
    key: str,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    with_groups: bool = False,
) -> tuple[PersonPicture, list[str]]:
    """Return what is known of a person, and the keys of all her contacts; any of them finds her. It is noted.

    A name finds her too where nobody else has it.

    Her group is the one that was accepted; where none were, groups are looked for only `with_groups`, which takes
    seconds. ``about["groups"]`` says which, see `groups_used`.

    Raises
    ------
    NotFoundError
        Nobody whom one may see has that id or name, or several have the name; or it stands for somebody outside the
        viewer's units.
    """
    picture, code = _seen(store, key, as_of, known_at)
    groups = _groups_of(store, as_of, known_at, with_groups=with_groups)
    found = analysis.describe_person(picture.workplace, picture.identity.person_ids[code], groups=groups)
    found = replace(found, about=found.about | {"groups": groups_used(groups)})
    return found, picture.identity.contacts_of(code)


def explain_person(
    store: OpenStore,
    key: str,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    groups: Groups | None = None,
    with_groups: bool = False,
    **options: Any,  # noqa: ANN401 - passed on
) -> Why:
    """Return why somebody stands where the list of leaders has them; any of their ids finds them. It is noted.

    Where no groups are given they are those of `find_person`; options as in `shopfloor.analysis.why`.

    Raises
    ------
    NotFoundError
        As in `find_person`.
    """
    picture, code = _seen(store, key, as_of, known_at)
    ties = {name: options[name] for name in ("question", "include") if name in options}
    groups = groups or _groups_of(store, as_of, known_at, with_groups=with_groups, **ties)
    found = analysis.why(picture.workplace, picture.identity.person_ids[code], groups=groups, **options)
    return replace(found, about=found.about | {"groups": groups_used(groups)})


def _groups_of(
    store: OpenStore,
    as_of: date | None,
    known_at: datetime | None,
    *,
    with_groups: bool,
    **ties: Any,  # noqa: ANN401 - passed on
) -> Groups | None:
    """Return the groups that were accepted; others only where they are asked for."""
    accepted = accepting.groups_as_accepted(store, as_of=as_of, known_at=known_at, **ties)
    if accepted is not None or not with_groups:
        return accepted
    return find_groups(store, as_of=as_of, known_at=known_at, **ties)


def find_changes(
    store: OpenStore,
    *,
    since: date | None = None,
    known_since: datetime | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
    **options: Any,  # noqa: ANN401 - passed on
) -> Changes:
    """Return what changed since a date, or since what was known at a time.

    Options as in `shopfloor.analysis.find_changes`.

    Raises
    ------
    UsageError
        Neither or both are given, or it is not before the later picture.
    """
    if (since is None) == (known_since is None):
        raise UsageError("Say since when: a date, or what was known at a time, one of the two.")
    after = store.workplace(as_of=as_of, known_at=known_at)
    if since is not None and since >= after.provenance.as_of:
        raise UsageError(f"{since} is not before {after.provenance.as_of}, the date of the later picture.")
    if known_since is not None and known_at is not None and known_since >= known_at:
        raise UsageError("What was known then must be known before the later picture.")
    before = store.workplace(as_of=since or as_of, known_at=known_since or known_at)
    ties = {name: options[name] for name in ("question", "include") if name in options}
    accepted = accepting.recall_groups(store, accepting.ties_of(**ties))
    return analysis.find_changes(before, after, accepted=accepted, **options)


def _seen(store: OpenStore, key: str, as_of: date | None, known_at: datetime | None) -> tuple[Picture, int]:
    """Return the picture and somebody in it whom the viewer may see; that it was looked at is noted."""
    picture = store.picture(as_of=as_of, known_at=known_at)
    code = picture.identity.person_of.get(key)
    if code is None:
        code = picture.directory.called(key)
    if code == UNRESOLVED:
        if not store.viewer.is_owner:  # what was asked for is not noted: somebody may have typed a name
            store.note(Deed.REFUSED, what="a person of an id that she does not see, or nobody has")
        alike = [str(picture.identity.person_ids[one]) for one in picture.directory.candidates(key)]
        raise NotFoundError(
            "There is no person with that id, and not exactly one with that name. "
            + (
                f"Ids of people of a like name: {', '.join(alike)}."
                if alike
                else "Ids stand in: shopfloor leaders --top 0."
            )
        )
    people = picture.workplace.people
    if people["kind"].eq(OUTSIDE)[people["person_id"] == picture.identity.person_ids[code]].any():
        raise NotFoundError("That id stands for someone outside your units: you see only that they are tied to yours.")
    store.note(Deed.VIEW, person=picture.identity.person_ids[code])
    return picture, code


def write_back_leaders(store: OpenStore, ranking: Ranking) -> None:
    """Write ranks to the store as dated properties of people, and the ties they rest on."""
    columns = ["person_id", "name", "rank", "score"]
    about = ranking.about
    if about["certainty"]["is_given"] or about["sources"]:
        columns += ["rank_low", "rank_high"]
    if about["certainty"]["is_given"]:
        columns += ["p_top", "certainty"]
    rows = ranking.rows[columns].rename(columns={"person_id": "key"})
    about = about | {"coverage": _without_organizer(about["coverage"])}
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


def _without_organizer(coverage: dict[str, Any]) -> dict[str, Any]:
    """Leave out who saw most: what is written back may be read by whoever can log in to the database."""
    eyes = {name: value for name, value in coverage["eyes"].items() if name != "largest_organizer"}
    return coverage | {"eyes": eyes}


def write_back_groups(store: OpenStore, groups: Groups) -> None:
    """Write groups to the store as dated properties of people.

    A group of fewer people than are counted (`OpenStore.smallest_group`) is written as ``Group C``: its own name may
    say what so few people share, to whoever can log in to the database.
    """
    _write_back(store, "groups", groups.about, written_groups(groups, store.smallest_group()), None)


def written_groups(groups: Groups, smallest: int) -> pd.DataFrame:
    """Return what is written back of groups: ``key``, ``group_id``, ``group_name``, one row a member."""
    names = groups.rows["name"].where(groups.rows["n_members"] >= smallest, groups.rows["neutral_name"])
    rows = groups.rows[["members", "group_id"]].assign(group_name=names).explode("members")
    return rows.rename(columns={"members": "key"}).reset_index(drop=True)


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
