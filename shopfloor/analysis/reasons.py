"""Why somebody stands where the list of leaders has them: the facts behind a place, and what the place rests on.

Counts come with whom they are counted among: of the people asked there, never of everybody. People outside the
viewer's units are a number and no more.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopfloor.analysis.consensus.progress import Progress
from shopfloor.analysis.groups import Groups
from shopfloor.analysis.kinds import FEWEST_TIES
from shopfloor.analysis.plain import plain_rows
from shopfloor.analysis.rests_on import MOST_REFITS, RestsOn, find_rests_on, name_organizers
from shopfloor.analysis.standing import Standing, find_standing
from shopfloor.analysis.ties import BoolArray
from shopfloor.analysis.workforce import (
    UNIT_KINDS,
    are_outside,
    code_units,
    describe_cut,
    find_row,
    select_voices,
    select_workforce,
)
from shopfloor.errors import UsageError
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Workplace, once

IntArray = npt.NDArray[np.int64]

NOT_LISTED_BECAUSE: Final = {
    "supervisor": "supervisors are not on the list, unless they are included",
    "left": "who left is not on the list, unless they are included",
    "kind": "only workers are on the list",
}
"""Why the naming model says nothing of somebody."""


@dataclass(frozen=True, slots=True, repr=False)
class Why:
    """The reasons for one person's place. Days are ISO strings, None where not known.

    Attributes
    ----------
    about : dict
        ``person_id``, ``name``, ``question``, ``include``, ``n_people`` and ``n_asked`` of the workforce that the
        viewer sees, ``n_tried`` (how often the model was asked without something), ``n_untried`` (answers with a naming
        of hers that were not left out one by one), ``unplaced`` (None, or why the model says nothing of her),
        ``revision``, ``as_of``, ``known_at``, ``version``, ``is_part``.
    place : dict or None
        What the naming model says: ``certainty``, ``rank``, ``rank_low``, ``rank_high``, ``p_top``, ``expected`` (how
        many would name her if all were asked), ``places`` (of the top), ``level``, ``n_draws``, ``is_beyond_chance``.
        None where she is not in the workforce.
    named_by : dict
        ``n`` people named her, ``n_outside`` of them outside the viewer's units, the others of ``n_asked`` asked who
        could have; ``people``: of those others ``person_id``, ``name``, ``department``, ``shift``, ``crew``,
        ``held_on``, ``organizer``, ``is_back`` (whether she named them too; None: she was not asked), newest first.
    units : list of dict
        For ``kind`` department, shift and crew: in ``n_naming`` of the ``n_heard`` units where anybody was asked who
        could have named her, somebody did; ``units``: ``unit``, ``n`` named her of ``n_asked`` asked of ``n_people``
        there, most namings first. Units that nobody knows are in none; a kind without known units is left out.
    organizers : list of dict
        In whose talks she was named: ``organizer`` (None: not known), ``n``; most first.
    back : dict
        ``was_asked``, ``n_named`` (workers she named), ``n_back`` of the ``n_could`` people who named her and are no
        strangers to her answer: whom she named too. None each where she was not asked.
    questions : list of dict
        What she is gone to for: ``question``, ``n`` named her (``n_outside`` of them outside) of ``n_asked`` asked who
        could have; the question of the list first, others only where somebody named her.
    bridge : dict or None
        ``only_to``: solid groups that hang on her alone: ``group_id``, ``name``, ``other_group_id``, ``other_name``,
        ``n_ties``; ``n_only_broker`` (pairs of people of different groups who meet in her alone) and ``is_cut``
        (without her the ties fall apart), 0 and False where fewer than two groups are solid. None where no groups were
        given or she is in none.
    moved : list of dict
        Steps of actions to which she asked others: ``action``, ``step``, ``held_on``, ``n_asked``, ``n_did``,
        ``n_unknown`` (not known whether they did); newest first.
    rests_on : RestsOn
        What becomes of the place without single facts.
    """

    about: dict[str, Any]
    place: dict[str, Any] | None
    named_by: dict[str, Any]
    units: list[dict[str, Any]]
    organizers: list[dict[str, Any]]
    back: dict[str, Any]
    questions: list[dict[str, Any]]
    bridge: dict[str, Any] | None
    moved: list[dict[str, Any]]
    rests_on: RestsOn = field(default_factory=lambda: RestsOn([], 0, 0))

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Why({self.named_by['n']} namings, {self.rests_on.n_tried} tried without)"


@dataclass(frozen=True, slots=True)
class _Case:
    """One person in a workplace, and whose answers count."""

    workplace: Workplace
    person: int
    question: str
    members: BoolArray
    voices: BoolArray

    def namings_of(self, question: str) -> pd.DataFrame:
        """Return the namings of her that count."""
        table = self.workplace.namings
        hers = table[(table["named"] == self.person) & (table["question"] == question)]
        return hers[self.voices[_ints(hers["namer"])]]

    def asked(self, question: str) -> BoolArray:
        """Say who was asked and could have named her."""
        table = self.workplace.asked
        asked = np.zeros(len(self.members), dtype=np.bool_)
        asked[_ints(table["person"][table["question"] == question])] = True
        asked &= self.members
        asked[self.person] = False
        return asked


def why(
    workplace: Workplace,
    person_id: str,
    *,
    question: str = DEFAULT_QUESTION,
    include: Collection[str] = (),
    standing: Standing | None = None,
    groups: Groups | None = None,
    most_refits: int = MOST_REFITS,
    progress: Progress | None = None,
) -> Why:
    """Give the reasons for one person's place on the list of leaders.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date, as the viewer sees them.
    person_id : str
        Hers.
    question : str
        The naming question.
    include : collection of str
        ``supervisors``, ``left``: as in `rank_people`.
    standing : Standing, optional
        As `find_standing` found it in the same workplace for the same question and people.
    groups : Groups, optional
        As `find_groups` found them in the same workplace: without them nothing is said of bridges.
    most_refits : int
        How often the model may be asked without something; 0: only the facts.
    progress : callable, optional
        Told how many times it was asked, of how many; raises to stop.

    Returns
    -------
    Why

    Raises
    ------
    NotFoundError
        Nobody has that id, or it stands for somebody outside the viewer's units.
    UsageError
        Unknown question or inclusion, most_refits below 0.

    Notes
    -----
    Cost: a fit of the naming model for each refit (0.1 s at 400 people, 1.5 s at 5,000).
    """
    if most_refits < 0:
        raise UsageError("most_refits must be 0 or more")
    case = _Case(
        workplace,
        find_row(workplace, person_id, ~are_outside(workplace)),
        question,
        select_workforce(workplace, include),
        select_voices(workplace, include),
    )
    if standing is None or not standing.is_of(case.members):  # the data changed since it was found
        standing = find_standing(workplace, question=question, include=include)
    at = int(np.searchsorted(standing.people, case.person)) if case.members[case.person] else None
    rests_on = RestsOn([], 0, 0)
    if at is not None and most_refits:
        rests_on = find_rests_on(workplace, standing, at, most=most_refits, progress=progress)
    namings = case.namings_of(question)
    return Why(
        about={
            "person_id": person_id,
            "name": str(workplace.people["name"].iloc[case.person]),
            "question": question,
            "include": sorted(include),
            "n_people": int(case.members.sum()),
            "n_asked": standing.data.n_asked,
            "n_tried": rests_on.n_tried,
            "n_untried": rests_on.n_untried,
            "unplaced": _unplaced(case),
            **describe_cut(workplace),
        },
        place=None if at is None else _place(standing, at),
        named_by=_named_by(case, namings),
        units=_units(case, namings),
        organizers=_organizers(case, namings),
        back=_back(case, namings),
        questions=_questions(case),
        bridge=_bridge(groups, person_id),
        moved=_moved(case),
        rests_on=rests_on,
    )


def _unplaced(case: _Case) -> str | None:
    if case.members[case.person]:
        return None
    who = case.workplace.people.iloc[case.person]
    if who["kind"] != "worker":
        return NOT_LISTED_BECAUSE["kind"]
    return NOT_LISTED_BECAUSE["supervisor" if who["is_supervisor"] else "left"]


def _place(standing: Standing, at: int) -> dict[str, Any]:
    ranks = standing.ranks
    return {
        "certainty": str(ranks.word[at]),
        "rank": int(ranks.rank[at]),
        "rank_low": int(ranks.rank_low[at]),
        "rank_high": int(ranks.rank_high[at]),
        "p_top": float(ranks.p_top[at]),
        "expected": float(ranks.expected[at]),
        "places": ranks.k,
        "level": ranks.level,
        "n_draws": ranks.n_draws,
        "is_beyond_chance": ranks.is_beyond_chance,
    }


def _named_by(case: _Case, namings: pd.DataFrame) -> dict[str, Any]:
    is_outside = are_outside(case.workplace)[_ints(namings["namer"])]
    inside = namings[~is_outside].sort_values(["held_on", "namer"], ascending=[False, True], kind="stable")
    who = case.workplace.people[["person_id", "name", *UNIT_KINDS]].iloc[_ints(inside["namer"])]
    rows = who.reset_index(drop=True).assign(
        held_on=inside["held_on"].to_numpy(),
        organizer=name_organizers(case.workplace, inside["organizer"]).to_numpy(),
        is_back=_named_back(case, _ints(inside["namer"])),
    )
    return {
        "n": len(namings),
        "n_outside": int(is_outside.sum()),
        "n_asked": int(case.asked(case.question).sum()),
        "people": plain_rows(rows),
    }


def _named_back(case: _Case, others: IntArray) -> "pd.Series[Any]":
    if not _was_asked(case):
        return pd.Series([None] * len(others), dtype="object")
    return pd.Series(np.isin(others, _whom_she_named(case)), dtype="object")


def _was_asked(case: _Case) -> bool:
    table = case.workplace.asked
    return bool(((table["person"] == case.person) & (table["question"] == case.question)).any())


def _whom_she_named(case: _Case) -> IntArray:
    table = case.workplace.namings
    return _ints(table["named"][(table["namer"] == case.person) & (table["question"] == case.question)])


def _back(case: _Case, namings: pd.DataFrame) -> dict[str, Any]:
    if not _was_asked(case):
        return {"was_asked": False, "n_named": None, "n_back": None, "n_could": None}
    hers, namers = _whom_she_named(case), _ints(namings["namer"])
    inside = namers[~are_outside(case.workplace)[namers]]  # who is outside may stand under several ids
    return {
        "was_asked": True,
        "n_named": int(case.members[hers].sum()),
        "n_back": int(np.isin(inside, hers).sum()),
        "n_could": len(inside),
    }


def _units(case: _Case, namings: pd.DataFrame) -> list[dict[str, Any]]:
    asked = case.asked(case.question)
    named = np.zeros(len(asked), dtype=np.bool_)
    named[_ints(namings["namer"])] = True
    found = []
    for kind in UNIT_KINDS:
        units = code_units(case.workplace, kind)
        n_people = units.count(case.members)
        counts = pd.DataFrame({"unit": units.names, "n": units.count(named & asked), "n_asked": units.count(asked)})
        counts = counts.assign(n_people=n_people)[n_people > 0]
        if len(counts):
            counts = counts.sort_values(["n", "n_asked"], ascending=False, kind="stable")
            found.append(
                {
                    "kind": kind,
                    "n_naming": int((counts["n"] > 0).sum()),
                    "n_heard": int((counts["n_asked"] > 0).sum()),
                    "units": plain_rows(counts),
                }
            )
    return found


def _organizers(case: _Case, namings: pd.DataFrame) -> list[dict[str, Any]]:
    inside = namings[~are_outside(case.workplace)[_ints(namings["namer"])]]
    counts = name_organizers(case.workplace, inside["organizer"]).value_counts(dropna=False)
    called = counts.index.astype("object").where(counts.index.notna(), None)
    rows = [{"organizer": name, "n": int(n)} for name, n in zip(called, counts.to_numpy(), strict=True)]
    return sorted(rows, key=lambda row: (-int(row["n"]), str(row["organizer"])))


def _questions(case: _Case) -> list[dict[str, Any]]:
    others = sorted(set(case.workplace.namings["question"].unique()) - {case.question})
    rows = []
    for question in (case.question, *others):
        namers = _ints(case.namings_of(question)["namer"])
        if len(namers) or question == case.question:
            n_outside = int(are_outside(case.workplace)[namers].sum())
            n_asked = int(case.asked(question).sum())
            rows.append({"question": question, "n": len(namers), "n_outside": n_outside, "n_asked": n_asked})
    return rows


def _bridge(groups: Groups | None, person_id: str) -> dict[str, Any] | None:
    if groups is None:
        return None
    own = groups.people[groups.people["person_id"] == person_id]
    if not len(own):
        return None
    solid = groups.rows[groups.rows["certainty"] == "solid"].set_index("group_id")["name"]
    links = groups.links
    links = links[links["group_id"].isin(solid.index) & links["other_group_id"].isin(solid.index)]
    links = links[links["n_ties"] >= FEWEST_TIES]
    only_to = []
    for link in links.to_dict(orient="records"):
        if person_id in link["hinges"]:
            here, there = link["group_id"], link["other_group_id"]
            if own["group_id"].eq(there).fillna(value=False).all():
                here, there = there, here
            names = {"name": str(solid[here]), "other_name": str(solid[there])}
            only_to.append({"group_id": int(here), "other_group_id": int(there), **names, "n_ties": link["n_ties"]})
    n_only_broker, is_cut = own["n_only_broker"].iloc[0], own["is_cut"].iloc[0]
    is_told = len(solid) > 1  # of groups that may be chance nobody is the bridge
    return {
        "only_to": only_to,
        "n_only_broker": int(n_only_broker) if is_told and not pd.isna(n_only_broker) else 0,
        "is_cut": bool(is_cut) if is_told and not pd.isna(is_cut) else False,
    }


def _moved(case: _Case) -> list[dict[str, Any]]:
    """Count what people did whom she asked; who asked is written as an id or a name, and a shared name is nobody's."""
    people, calls = case.workplace.people, case.workplace.participations
    person_id, name = people[["person_id", "name"]].iloc[case.person]
    called = str(name).strip().casefold()
    is_hers = calls["asked_by"].eq(person_id)
    if _count_called(case.workplace)[called] == 1 and not people["person_id"].eq(str(name)).any():
        is_hers |= calls["asked_by"].astype("string").str.strip().str.casefold().eq(called).fillna(value=False)
    hers = calls[is_hers.astype(bool) & (calls["person"] != case.person)]
    counts = hers.assign(
        n_did=hers["did"].fillna(value=False).astype(np.int64), n_unknown=hers["did"].isna().astype(np.int64)
    ).groupby(["action", "step", "held_on"], dropna=False, sort=True)
    rows = counts.agg(n_asked=("person", "size"), n_did=("n_did", "sum"), n_unknown=("n_unknown", "sum")).reset_index()
    return plain_rows(rows.sort_values("held_on", ascending=False, kind="stable", na_position="last"))


@once
def _count_called(workplace: Workplace) -> Counter[str]:
    """Count by name, upper and lower case alike, how many people have it."""
    return Counter(str(name).strip().casefold() for name in workplace.people["name"].dropna())


def _ints(column: "pd.Series[int]") -> IntArray:
    return np.asarray(column, dtype=np.int64)
