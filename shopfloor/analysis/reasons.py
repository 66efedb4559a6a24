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
from shopfloor.analysis.plain import newest_first, pick_rows
from shopfloor.analysis.rests_on import MOST_REFITS, RestsOn, find_rests_on, name_organizers
from shopfloor.analysis.standing import Standing, find_standing
from shopfloor.analysis.ties import BoolArray, was_asked
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
    """One person in a workplace, and whose answers count.

    Of the namings of her that count: `rows` of ``Workplace.namings``, the `questions`, and the `namers`.
    """

    workplace: Workplace
    person: int
    question: str
    members: BoolArray
    outside: BoolArray
    rows: IntArray
    questions: list[str]
    namers: IntArray

    def namings_of(self, question: str) -> tuple[IntArray, IntArray]:
        """Return of the namings of her that count to a question: their rows, and the namers."""
        is_asked = np.array([one == question for one in self.questions], dtype=np.bool_)
        return self.rows[is_asked], self.namers[is_asked]

    def asked(self, question: str) -> BoolArray:
        """Say who was asked and could have named her."""
        asked = was_asked(self.workplace, question) & self.members
        asked[self.person] = False
        return asked


def _find_case(workplace: Workplace, person_id: str, question: str, include: Collection[str]) -> _Case:
    outside, table = are_outside(workplace), workplace.namings
    person = find_row(workplace, person_id, ~outside)
    members = select_workforce(workplace, include)
    rows = np.flatnonzero(_ints(table["named"]) == person)
    rows = rows[select_voices(workplace, include)[_ints(table["namer"])[rows]]]
    questions = table["question"].array.take(rows).tolist()
    return _Case(workplace, person, question, members, outside, rows, questions, _ints(table["namer"])[rows])


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
    case = _find_case(workplace, person_id, question, include)
    if standing is None or not standing.is_of(case.members):  # the data changed since it was found
        standing = find_standing(workplace, question=question, include=include)
    at = int(np.searchsorted(standing.people, case.person)) if case.members[case.person] else None
    rests_on = RestsOn([], 0, 0)
    if at is not None and most_refits:
        rests_on = find_rests_on(workplace, standing, at, most=most_refits, progress=progress)
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
        named_by=_named_by(case),
        units=_units(case),
        organizers=_organizers(case),
        back=_back(case),
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


def _named_by(case: _Case) -> dict[str, Any]:
    rows, namers = case.namings_of(case.question)
    is_inside = ~case.outside[namers]
    rows, inside = rows[is_inside], namers[is_inside]
    who = pick_rows(case.workplace.people, inside, ["person_id", "name", *UNIT_KINDS])
    said = pick_rows(case.workplace.namings, rows, ["held_on"])
    organizers = _organizers_of_namings(case.workplace)[rows]
    people = [
        {**one, **day, "organizer": organizer, "is_back": is_back}
        for one, day, organizer, is_back in zip(who, said, organizers, _named_back(case, inside), strict=True)
    ]
    return {
        "n": len(namers),
        "n_outside": int((~is_inside).sum()),
        "n_asked": int(case.asked(case.question).sum()),
        "people": newest_first([people[at] for at in np.argsort(inside, kind="stable")], "held_on"),
    }


@once
def _organizers_of_namings(workplace: Workplace) -> npt.NDArray[np.object_]:
    """Return in whose talk each naming was told, None where that is not known; shape (n_namings,)."""
    names = name_organizers(workplace, workplace.namings["organizer"])
    return names.astype("object").where(names.notna(), None).to_numpy(dtype=object)


def _named_back(case: _Case, others: IntArray) -> list[bool] | list[None]:
    if not _was_asked(case):
        return [None] * len(others)
    is_back: list[bool] = np.isin(others, _whom_she_named(case)).tolist()
    return is_back


def _was_asked(case: _Case) -> bool:
    return bool(was_asked(case.workplace, case.question)[case.person])


def _whom_she_named(case: _Case) -> IntArray:
    table = case.workplace.namings
    rows = np.flatnonzero(_ints(table["namer"]) == case.person)
    is_asked = np.array([one == case.question for one in table["question"].array.take(rows)], dtype=np.bool_)
    return _ints(table["named"])[rows[is_asked]]


def _back(case: _Case) -> dict[str, Any]:
    if not _was_asked(case):
        return {"was_asked": False, "n_named": None, "n_back": None, "n_could": None}
    hers, namers = _whom_she_named(case), case.namings_of(case.question)[1]
    inside = namers[~case.outside[namers]]  # who is outside may stand under several ids
    return {
        "was_asked": True,
        "n_named": int(case.members[hers].sum()),
        "n_back": int(np.isin(inside, hers).sum()),
        "n_could": len(inside),
    }


def _units(case: _Case) -> list[dict[str, Any]]:
    asked = case.asked(case.question)
    named = np.zeros(len(asked), dtype=np.bool_)
    named[case.namings_of(case.question)[1]] = True
    found = []
    for kind in UNIT_KINDS:
        units = code_units(case.workplace, kind)
        counts = (units.count(some).tolist() for some in (named & asked, asked, case.members))
        rows = [
            {"unit": name, "n": n, "n_asked": n_asked, "n_people": n_people}
            for name, n, n_asked, n_people in zip(units.names, *counts, strict=True)
            if n_people
        ]
        if rows:
            found.append(
                {
                    "kind": kind,
                    "n_naming": sum(row["n"] > 0 for row in rows),
                    "n_heard": sum(row["n_asked"] > 0 for row in rows),
                    "units": sorted(rows, key=lambda row: (-row["n"], -row["n_asked"])),
                }
            )
    return found


def _organizers(case: _Case) -> list[dict[str, Any]]:
    rows, namers = case.namings_of(case.question)
    counts = Counter(_organizers_of_namings(case.workplace)[rows[~case.outside[namers]]])
    told = [{"organizer": name, "n": n} for name, n in counts.items()]
    return sorted(told, key=lambda row: (-int(row["n"]), str(row["organizer"])))


def _questions(case: _Case) -> list[dict[str, Any]]:
    rows = []
    for question in (case.question, *sorted(set(case.questions) - {case.question})):
        namers, n_asked = case.namings_of(question)[1], int(case.asked(question).sum())
        n_outside = int(case.outside[namers].sum())
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
    person_id, name = (str(people[column].iloc[case.person]) for column in ("person_id", "name"))
    by_whom, askers = _askers(case.workplace)
    hers = [
        code
        for code, asker in enumerate(askers)
        if asker == person_id or (_fold(asker) == _fold(name) and _is_nobody_elses(case.workplace, name))
    ]
    rows = np.flatnonzero(np.isin(by_whom, hers) & (_ints(calls["person"]) != case.person))
    counts: dict[tuple[str | None, ...], Counter[str]] = {}
    for call in pick_rows(calls, rows, ["action", "step", "held_on", "did"]):
        count = counts.setdefault(
            (call["action"], call["step"], call["held_on"]), Counter(n_asked=0, n_did=0, n_unknown=0)
        )
        count.update(n_asked=1, n_did=int(bool(call["did"])), n_unknown=int(call["did"] is None))
    steps = [
        {"action": action, "step": step, "held_on": held_on, **counts[action, step, held_on]}
        for action, step, held_on in sorted(counts, key=lambda key: [(part is None, part or "") for part in key])
    ]
    return newest_first(steps, "held_on")


@once
def _askers(workplace: Workplace) -> tuple[IntArray, tuple[str, ...]]:
    """Return who asked to each call, as a place among those who did, -1 where that is not known."""
    codes, askers = pd.factorize(workplace.participations["asked_by"])
    return codes.astype(np.int64), tuple(str(asker) for asker in askers)


def _is_nobody_elses(workplace: Workplace, name: str) -> bool:
    return _count_called(workplace)[_fold(name)] == 1 and not workplace.people["person_id"].eq(name).any()


@once
def _count_called(workplace: Workplace) -> Counter[str]:
    """Count by name, upper and lower case alike, how many people have it."""
    return Counter(_fold(str(name)) for name in workplace.people["name"].dropna())


def _fold(name: str) -> str:
    return name.strip().casefold()


def _ints(column: "pd.Series[int]") -> IntArray:
    return np.asarray(column, dtype=np.int64)
