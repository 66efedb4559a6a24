"""Kinds of leader kept apart, and influence beside support: never one score.

Influence (who is named), support (assessments) and proof (what people did) are three things. Somebody may be of several
kinds, or of none.
"""

from typing import Final

import numpy as np
import pandas as pd

from shopfloor.analysis.certainty import LIKELY, SURE
from shopfloor.analysis.groups import Groups
from shopfloor.analysis.measures import strength
from shopfloor.analysis.standing import Standing
from shopfloor.analysis.ties import BoolArray, project_ties
from shopfloor.analysis.workforce import know_people
from shopfloor.settings import THIN_VOICES
from shopfloor.workplace import Workplace

KINDS: Final = ("trusted", "bridge", "voice", "central", "against", "silent")
"""The kinds, in the order in which they are said."""

FEWEST_NAMINGS: Final = 3
"""With fewer, nobody is the voice of one group: two namings from one place are no pattern."""

MOSTLY: Final = 0.75
"""This share of her namings comes from one group or unit."""

FEWEST_TIES: Final = 2
"""Two groups tied once hang on that tie, whoever it is: no bridge yet."""

AGAINST: Final = 4
"""Assessments from here on say that somebody stands against us."""

_COLUMNS: Final = ("is_trusted", "is_bridge", "voice_of", "is_central", "is_against", "is_silent")


def find_kinds(workplace: Workplace, standing: Standing, *, groups: Groups | None = None) -> pd.DataFrame:
    """Say of what kinds each person is as a leader.

    Parameters
    ----------
    workplace : Workplace
    standing : Standing
        As found in it.
    groups : Groups, optional
        As found in it. Without them nobody is known to be a bridge, and units stand for groups.

    Returns
    -------
    pandas.DataFrame
        One row a person of the standing, in its order: ``person_id`` and

        - ``is_trusted`` (trusted by many): *sure* or *likely* to be among the top.
        - ``is_bridge`` (boolean, NA without groups; bridge between groups): two ties or more join two solid groups and
          she is at one end of all of them; or pairs of people of different groups meet in her alone, and without her
          the ties fall apart. ``n_bridged``: how many pairs of solid groups hang on her (Int64, NA without groups).
        - ``voice_of`` (None: no; voice of one group): the solid group, or without one the department, which three
          quarters or more of her namings come from, of `FEWEST_NAMINGS` or more; told only where two people or more
          were asked elsewhere, for without them nobody else could have named her. ``voice_share``: that share, of
          whoever was named at all (NaN otherwise).
        - ``is_central`` (at the centre of work): among the top places by strength of co-work ties, if at most twice as
          many people are as strong: a whole crew alike is no centre.
        - ``is_against`` (the boss's favourite, or a leader against us): trusted, and assessed 4 or 5.
        - ``is_silent`` (silent leader): trusted, and not assessed: the ones to find out about.

        ``kinds``: list of words of `KINDS`.
    """
    person_ids = workplace.people["person_id"].iloc[standing.people]
    assessment = know_people(workplace, standing.question)["assessment"].iloc[standing.people].reset_index(drop=True)
    is_trusted = np.isin(standing.ranks.word, (SURE, LIKELY))
    found = pd.DataFrame({"person_id": person_ids.to_numpy(), "is_trusted": is_trusted})
    found = found.join([_bridges(found["person_id"], groups), _voices(workplace, standing, groups)])
    found["is_central"] = _are_central(workplace, standing)
    found["is_against"] = is_trusted & assessment.ge(AGAINST).fillna(value=False).to_numpy(dtype=bool)
    found["is_silent"] = is_trusted & assessment.isna().to_numpy()
    flags = [found[name].notna() if name == "voice_of" else found[name].fillna(value=False) for name in _COLUMNS]
    held = np.array([flag.to_numpy(dtype=bool) for flag in flags]).T.reshape(len(found), len(KINDS))
    kinds: list[list[str]] = [[] for _ in range(len(found))]
    for row, kind in np.argwhere(held).tolist():
        kinds[row].append(KINDS[kind])
    found["kinds"] = kinds
    return found


def _bridges(person_ids: "pd.Series[str]", groups: Groups | None) -> pd.DataFrame:
    n_people = len(person_ids)
    if groups is None:
        nothing = pd.array([pd.NA] * n_people, dtype="boolean")
        return pd.DataFrame({"is_bridge": nothing, "n_bridged": pd.array([pd.NA] * n_people, dtype="Int64")})
    solid = groups.rows["group_id"][groups.rows["certainty"] == "solid"]
    links = groups.links[(groups.links["n_ties"] >= FEWEST_TIES) & groups.links["group_id"].isin(solid)]
    hinges = links["hinges"][links["other_group_id"].isin(solid)].explode().value_counts()
    ids = pd.Index(person_ids)
    n_bridged = hinges.reindex(ids, fill_value=0).to_numpy(dtype=np.int64)
    known = groups.people.set_index("person_id").reindex(ids)
    is_broker = known["n_only_broker"].gt(0).to_numpy() & known["is_cut"].eq(True).to_numpy() & (len(solid) > 1)
    bridges = pd.array((n_bridged > 0) | is_broker, dtype="boolean")
    return pd.DataFrame({"is_bridge": bridges, "n_bridged": pd.array(n_bridged, dtype="Int64")})


def _voices(workplace: Workplace, standing: Standing, groups: Groups | None) -> pd.DataFrame:
    """Say where most of each person's namings come from."""
    n_people = len(standing.people)
    codes, names = pd.factorize(_circles(workplace, standing, groups))
    namer, named = standing.data.namer, standing.data.named
    counts = np.zeros((n_people, len(names) + 1), dtype=np.int64)
    np.add.at(counts, (named, codes[namer]), 1)  # the last column is of namers who are in no known circle
    n_named, inside = counts.sum(axis=1), counts[:, :-1]
    most = inside.argmax(axis=1) if len(names) else np.zeros(n_people, dtype=np.int64)
    n_most = inside[np.arange(n_people), most] if len(names) else np.zeros(n_people, dtype=np.int64)
    share = np.divide(n_most, n_named, out=np.full(n_people, np.nan), where=n_named > 0)
    asked_in = np.bincount(codes[standing.data.asked & (codes >= 0)], minlength=max(len(names), 1))
    asked_elsewhere = standing.data.n_asked - asked_in[most]
    is_voice = (n_named >= FEWEST_NAMINGS) & (share >= MOSTLY) & (asked_elsewhere >= THIN_VOICES)
    of = np.full(n_people, None, dtype=object)
    of[is_voice] = np.asarray(names, dtype=object)[most[is_voice]]
    return pd.DataFrame({"voice_of": pd.Series(of, dtype="object"), "voice_share": share})


def _circles(workplace: Workplace, standing: Standing, groups: Groups | None) -> "pd.Series[str]":
    """Return the solid group of each person, or without one the department."""
    people = workplace.people[["person_id", "department"]].iloc[standing.people]
    department = people["department"].astype("object").reset_index(drop=True)
    if groups is None:
        return department
    solid = groups.rows[groups.rows["certainty"] == "solid"].set_index("group_id")["name"]
    group_of = groups.people.set_index("person_id")["group_id"].reindex(people["person_id"])
    names = group_of.map(solid).astype("object").reset_index(drop=True)
    return names.where(names.notna(), department)


def _are_central(workplace: Workplace, standing: Standing) -> BoolArray:
    members = np.zeros(len(workplace.people), dtype=np.bool_)
    members[standing.people] = True
    score = strength(project_ties(workplace, "worked_with").subset(members)).round(9)
    ordered, places = np.sort(score), standing.ranks.k
    n_above = len(score) - np.searchsorted(ordered, score, "right")
    n_as_strong = len(score) - np.searchsorted(ordered, score, "left")
    central: BoolArray = (score > 0) & (n_above < places) & (n_as_strong <= 2 * places)
    return central


def influence_support(workplace: Workplace, standing: Standing) -> pd.DataFrame:
    """Put influence and support side by side, for a grid of the two: they are never added up.

    Parameters
    ----------
    workplace : Workplace
    standing : Standing
        As found in it.

    Returns
    -------
    pandas.DataFrame
        One row a person of the standing, by rank, then person_id: ``person_id``, ``name``, ``department``, ``shift``;
        influence: ``certainty``, ``p_top``, ``rank``, ``rank_low``, ``rank_high``, ``n_named`` (by how many of those
        asked); support: ``assessment`` (Int64, the latest; NA: not assessed, which is neither 0 nor 3) and
        ``assessed_on``; proof: ``n_did`` of ``n_called`` steps of actions that they were asked to do.
    """
    ranks = standing.ranks
    known = know_people(workplace, standing.question)[["assessment", "assessed_on"]]
    calls = workplace.participations
    did = calls["did"].fillna(value=False).astype(bool)
    proof = pd.DataFrame(
        {
            "n_did": np.bincount(calls["person"][did].to_numpy(dtype=np.int64), minlength=len(known)),
            "n_called": np.bincount(calls["person"].to_numpy(dtype=np.int64), minlength=len(known)),
        }
    )
    people = workplace.people[["person_id", "name", "department", "shift"]]
    rows = people.join([known, proof]).iloc[standing.people].reset_index(drop=True)
    influence = pd.DataFrame(
        {
            "certainty": ranks.word.astype(object),
            "p_top": ranks.p_top,
            "rank": ranks.rank,
            "rank_low": ranks.rank_low,
            "rank_high": ranks.rank_high,
            "n_named": ranks.n_named,
        }
    )
    rows = rows[["person_id", "name", "department", "shift"]].join([influence, rows[[*known.columns, *proof.columns]]])
    return rows.sort_values(["rank", "person_id"], kind="stable").reset_index(drop=True)
