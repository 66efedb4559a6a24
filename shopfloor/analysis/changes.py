"""What changed between two pictures of a workplace, beyond what chance moves.

More answers move every place a little, and other answers of the same people would have moved it too. So it is no news
that a place is another one: news is where the two pictures do not go together.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from shopfloor.analysis.certainty import WORDS
from shopfloor.analysis.consensus import AcceptedGroups, Progress
from shopfloor.analysis.group_changes import find_bridge_changes, find_group_changes
from shopfloor.analysis.groups import Groups, find_groups
from shopfloor.analysis.leader_changes import find_leader_changes
from shopfloor.analysis.standing import Standing, find_standing
from shopfloor.analysis.workforce import describe_cut
from shopfloor.settings import DEFAULT_QUESTION, LEVEL
from shopfloor.workplace import OUTSIDE, Workplace

_STEPS: Final = 1000


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Changes:
    """What changed beyond noise.

    Attributes
    ----------
    about : dict
        ``question``, ``include``, ``places``, ``level``, ``seed``; ``since``: ``as_of``, ``known_at`` and ``revision``
        of the earlier picture; ``revision``, ``as_of``, ``known_at``, ``version``, ``is_part`` of the later one;
        ``n_people_before``, ``n_people``, ``n_asked_before``, ``n_asked`` of the workforce; ``n_new_answers`` (answers
        of the later picture that the earlier one has not), ``is_more`` (somebody was asked then, and who is still
        there has an answer now), ``n_compared`` (people in both who are sure or likely in either), ``has_groups``
        (both pictures have groups to compare), ``is_nothing`` (no row of `leaders`, `bridges`, `groups`).
    leaders : pandas.DataFrame
        ``change`` (``up``, ``down``), ``person_id``, ``name``, ``department``, ``shift``; ``certainty``, ``rank``,
        ``rank_low``, ``rank_high``, ``p_top`` and the same with ``_before``; ``because``: ``places`` (the two intervals
        do not overlap) or ``word``; ``chance``: how often the namings would be dealt as unequally to earlier and new
        answers. Up first, then by rank.
    learned : pandas.DataFrame
        Of whom one only knows better: the same columns but the last two, ``change`` being ``stronger`` or ``weaker``
        (the word). More answers of the same kind are no change of the workplace. Empty unless `is_more`.
    bridges : pandas.DataFrame
        See `find_bridge_changes`.
    groups : pandas.DataFrame
        See `find_group_changes`.
    people : pandas.DataFrame
        ``change`` (``left``, ``joined``), ``person_id``, ``name``, ``department``, ``shift``, ``crew``, ``reason``
        (``left``, ``supervisor``, ``not a worker``, ``not there``: of those who left what they are now, of those who
        joined what they were), ``certainty`` (their word in the picture that has them). Leaders first, then by id.
    """

    about: dict[str, Any]
    leaders: pd.DataFrame
    learned: pd.DataFrame
    bridges: pd.DataFrame
    groups: pd.DataFrame
    people: pd.DataFrame

    def __repr__(self) -> str:
        """Give counts only."""
        return (
            f"Changes({len(self.leaders)} leaders, {len(self.bridges)} bridges, {len(self.groups)} groups, "
            f"{len(self.people)} people)"
        )


def find_changes(  # noqa: PLR0913 - the options of both answers it compares, all but two by keyword
    before: Workplace,
    after: Workplace,
    *,
    question: str = DEFAULT_QUESTION,
    include: Collection[str] = (),
    places: int | None = None,
    level: float = LEVEL,
    seed: int = 0,
    standings: tuple[Standing, Standing] | None = None,
    groups: tuple[Groups, Groups] | None = None,
    accepted: AcceptedGroups | None = None,
    progress: Progress | None = None,
) -> Changes:
    """Find what changed between two pictures of a workplace.

    Parameters
    ----------
    before, after : Workplace
        Cut at two dates, or as known at two times, both as one viewer sees them.
    question : str
        The naming question. Where nobody had been asked it before, nothing is said of leaders.
    include : collection of str
        ``supervisors``, ``left``: as in `rank_people`.
    places, level, seed
        As in `find_standing`.
    standings : tuple of Standing, optional
        As `find_standing` found them in `before` and `after`: question, people, places, level and seed are theirs.
    groups : tuple of Groups, optional
        As `find_groups` found them in both, of all layers.
    accepted : AcceptedGroups, optional
        Groups that were accepted, which have their say in both pictures where groups are found here.
    progress : callable, optional
        Told how far it has come; raises to stop.

    Returns
    -------
    Changes
        People are matched by person_id.

        A leader is up or down who is *sure* or *likely* in either picture and in the workforce of both, if the two
        rank intervals do not overlap (people in both ranked among themselves), or the word has changed, the
        probability of the top moved by more than the draws do, and the share of people expected to name her moved
        the same way beyond the errors of both; and if besides the new answers name her more, or less, often than the
        earlier ones by more than chance deals (see `find_leader_changes`).

    Raises
    ------
    UsageError
        Unknown question or inclusion; places or level out of range.

    Notes
    -----
    With answers of one workplace dealt at random into two pictures, there is nothing to tell: how often it says
    something all the same is in docs/changes-validation.md.
    """
    of = 2 * (standings is None) + 2 * (groups is None)
    told = _Parts(progress, of)
    if standings is None:
        options: dict[str, Any] = {"include": include, "places": places, "level": level, "seed": seed}
        now = find_standing(after, question=question, **options)
        before, then_question = _as_asked(before, question)
        standings = find_standing(before, question=then_question, **options), now
        told.skip(2)
    if groups is None:
        before, then_question = _as_asked(before, question)
        choice: dict[str, Any] = {"include": include, "seed": seed, "accepted": accepted}
        earlier = find_groups(before, question=then_question, progress=told.part(), **choice)
        groups = earlier, find_groups(after, question=question, progress=told.part(), **choice)
    leaders, learned, counts = find_leader_changes(before, after, *standings)
    bridges, changed = find_bridge_changes(before, after, *groups), find_group_changes(before, after, *groups)
    ranks = standings[1].ranks
    about = {
        "question": question,
        "include": sorted(include),
        "places": ranks.k,
        "level": ranks.level,
        "seed": ranks.seed,
        "since": {key: describe_cut(before)[key] for key in ("as_of", "known_at", "revision")},
        **describe_cut(after),
        "n_people_before": len(standings[0].people),
        "n_people": len(standings[1].people),
        "n_asked_before": standings[0].data.n_asked,
        "n_asked": standings[1].data.n_asked,
        **counts,
        "has_groups": all(len(found.rows) for found in groups),
        "is_nothing": not (len(leaders) or len(bridges) or len(changed)),
    }
    return Changes(about, leaders, learned, bridges, changed, _people(before, after, *standings))


def _as_asked(workplace: Workplace, question: str) -> tuple[Workplace, str]:
    """Return a picture, and the question to put to it: where it was not asked yet, a picture without answers."""
    if workplace.asked["question"].eq(question).any():
        return workplace, question
    nobody = replace(workplace, asked=workplace.asked.iloc[:0], namings=workplace.namings.iloc[:0])
    return nobody, DEFAULT_QUESTION


class _Parts:
    """Tells of several computations as of one."""

    def __init__(self, progress: Progress | None, of: int) -> None:
        self._progress, self._of, self._at = progress, of, 0

    def skip(self, n: int) -> None:
        """So many are done."""
        self._at += n
        if self._progress is not None:
            self._progress(self._at * _STEPS, self._of * _STEPS)

    def part(self) -> Progress | None:
        """Return what the next one tells."""
        progress, start, of = self._progress, self._at * _STEPS, self._of * _STEPS
        self._at += 1
        if progress is None:
            return None
        told = start  # steps that turn up on the way do not take back what was told

        def tell(done: int, steps: int) -> None:
            nonlocal told
            told = max(told, start + _STEPS * done // max(steps, 1))
            progress(told, of)

        return tell


def _people(before: Workplace, after: Workplace, then: Standing, now: Standing) -> pd.DataFrame:
    """Return who left the workforce and who joined it."""
    gone = _only_in(before, then, after, now).assign(change="left")
    come = _only_in(after, now, before, then).assign(change="joined")
    table = pd.concat([gone, come], ignore_index=True)
    table["certainty"] = pd.Categorical(table["certainty"], WORDS, ordered=True)
    table = table.sort_values(["change", "certainty", "person_id"], ascending=[False, True, True], kind="stable")
    table["certainty"] = table["certainty"].astype("object")
    columns = ["change", "person_id", "name", "department", "shift", "crew", "reason", "certainty"]
    return table[columns].reset_index(drop=True)


def _only_in(workplace: Workplace, standing: Standing, other: Workplace, others: Standing) -> pd.DataFrame:
    """Return the people of one standing who are not in the other, and what they are in the other picture."""
    people = workplace.people.iloc[standing.people].assign(certainty=standing.ranks.word.astype(object))
    people = people[~people["person_id"].isin(other.people["person_id"].iloc[others.people])]
    there = other.people[other.people["kind"] != OUTSIDE].set_index("person_id")
    known = there[["kind", "is_supervisor", "has_left"]].reindex(people["person_id"])
    reasons = [
        "not there" if pd.isna(kind) else "not a worker" if kind != "worker" else "left" if has_left else "supervisor"
        for kind, has_left in zip(known["kind"], known["has_left"], strict=True)
    ]
    return people.assign(reason=reasons)
