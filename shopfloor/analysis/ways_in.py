"""Ways in: through whom somebody can be reached, among the people who have talked to us."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from shopfloor.analysis.certainty.data import BoolArray, IntArray
from shopfloor.analysis.ties import project_ties
from shopfloor.analysis.workforce import know_people
from shopfloor.workplace import Workplace

TIES: Final = ("named", "told", "works_with")
"""How somebody may be tied to whom we want to reach, the best way in first."""

MOST_SHOWN: Final = 3

DOUBTFUL: Final = 4
"""Who is assessed this or more leans against us: no way in, and nobody to tell whom we want to talk to."""


def find_ways_in(
    workplace: Workplace, people: IntArray, close: IntArray, question: str, organizer: str | None = None
) -> Mapping[int, list[dict[str, Any]]]:
    """Say through whom people can be reached.

    Parameters
    ----------
    workplace : Workplace
    people : numpy.ndarray
        int64: rows of ``workplace.people``, whom we want to reach.
    close : numpy.ndarray
        int64, shape (n_pairs, 2): rows of people who work together or were told to be close, without direction.
    question : str
        The naming question whose answers count.
    organizer : str, optional
        As written in conversations, or by name. Only talks of this organizer count.

    Returns
    -------
    Mapping of int to list of dict
        For each of `people` that has one, its ways in, the best first, each person once and `MOST_SHOWN` at most:
        ``person_id``, ``name``, ``tie`` (one of `TIES`: named the person, was told to be close, works together),
        ``organizer`` and ``talked_on`` (of the newest talk; the date NaT or the organizer None where not known; by
        name where the organizer is one of the people). Ordered by tie, then the newest talk, then id. Only workers
        and allies who talked to us or are organizers, no supervisors, none who left, none assessed 4 or 5, nobody
        outside the viewer's units.
    """
    talks = _newest_talks(workplace, organizer)
    reached = np.zeros(len(workplace.people), dtype=np.bool_)
    reached[people] = True
    usable = _may_help(workplace, question)
    usable &= np.isin(np.arange(len(usable)), talks.index.to_numpy(dtype=np.int64))
    ways = _ties(workplace, close, question)
    ways = ways[reached[ways["person"]] & usable[ways["via"]]]
    ways = ways.sort_values("tie", kind="stable").drop_duplicates(["person", "via"])
    ways = ways.join(talks, on="via")
    order = ["person", "tie", "talked_on", "via"]
    ways = (
        ways.sort_values(order, ascending=[True, True, False, True], kind="stable").groupby("person").head(MOST_SHOWN)
    )
    who = workplace.people[["person_id", "name"]]
    found: dict[int, list[dict[str, Any]]] = {}
    for way in ways.join(who, on="via").to_dict(orient="records"):
        found.setdefault(int(way["person"]), []).append(
            {
                "person_id": way["person_id"],
                "name": way["name"],
                "tie": TIES[way["tie"]],
                "organizer": None if pd.isna(way["organizer"]) else way["organizer"],
                "talked_on": way["talked_on"],
            }
        )
    return found


def has_talked(workplace: Workplace, organizer: str) -> bool:
    """Say whether an organizer, by id or name, has talked to anybody."""
    return len(_newest_talks(workplace, organizer)) > 0


def _newest_talks(workplace: Workplace, organizer: str | None) -> pd.DataFrame:
    """Return ``organizer`` and ``talked_on`` of the newest talk with each person; index: person.

    An organizer who is one of the people counts as having talked to us too.
    """
    columns = ["person", "organizer", "held_on"]
    own = workplace.conversations[["organizer_person", "organizer", "held_on"]].set_axis(columns, axis=1)
    talks = pd.concat(
        [workplace.conversations[columns], workplace.asked[columns], own[own["person"] >= 0]], ignore_index=True
    )
    name_of = workplace.people.set_index("person_id")["name"]
    if organizer is not None:
        said = organizer.strip().casefold()
        written = talks["organizer"].astype("string")
        is_hers = written.str.strip().str.casefold().eq(said) | written.map(name_of).astype("string").str.casefold().eq(
            said
        )
        talks = talks[is_hers.fillna(value=False).astype(bool)]
    talks = talks.sort_values(["held_on", "organizer"], kind="stable", na_position="first")
    newest = talks.drop_duplicates("person", keep="last").set_index("person")
    called = newest["organizer"].map(name_of).fillna(newest["organizer"])
    return newest.assign(organizer=called).rename(columns={"held_on": "talked_on"})


def _may_help(workplace: Workplace, question: str) -> BoolArray:
    people = workplace.people
    doubtful = know_people(workplace, question)["assessment"].ge(DOUBTFUL).fillna(value=False).astype(bool)
    usable = people["kind"].isin(["worker", "ally"]) & ~people["is_supervisor"] & ~people["has_left"] & ~doubtful
    return usable.to_numpy(dtype=np.bool_, copy=True)


def _ties(workplace: Workplace, close: IntArray, question: str) -> pd.DataFrame:
    """Return ``person``, ``via``, ``tie`` (place in `TIES`) of everybody; pairs may stand several times."""
    namings = workplace.namings[workplace.namings["question"] == question]
    told = project_ties(workplace, "told")
    ends = [
        (namings["named"], namings["namer"], 0),
        (told.target, told.source, 1),
        (told.source, told.target, 1),
        (close[:, 0], close[:, 1], 2),
        (close[:, 1], close[:, 0], 2),
    ]
    parts = [
        pd.DataFrame({"person": np.asarray(person, dtype=np.int64), "via": np.asarray(via, dtype=np.int64), "tie": tie})
        for person, via, tie in ends
    ]
    return pd.concat(parts, ignore_index=True)
