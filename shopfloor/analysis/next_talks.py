"""Whom to talk to next, why, who can bring us there, and how many talks it still takes.

Two aims: settle who is among the top (*leaders*), or hear every unit (*holes*).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import pandas as pd

from shopfloor.analysis.certainty.data import BoolArray, IntArray
from shopfloor.analysis.standing import Standing
from shopfloor.analysis.talk_forecast import Forecast, forecast_talks
from shopfloor.analysis.talk_schedule import LOT, UNIT, Schedule, draw_lots, schedule_holes, schedule_talks
from shopfloor.analysis.talk_scores import TalkScores, score_talks
from shopfloor.analysis.ways_in import find_ways_in, has_talked
from shopfloor.analysis.workforce import count_known, describe_cut, know_people
from shopfloor.errors import UsageError, near
from shopfloor.workplace import Workplace

Aim = Literal["leaders", "holes"]

AIMS: Final[tuple[str, ...]] = get_args(Aim)

HOLE: Final = "hole"

DEFAULT_TALKS: Final = 10

_NUMBERS: Final = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class NextTalks:
    """Whom to talk to next.

    Attributes
    ----------
    about : dict
        ``method``, ``aim``, ``question``, ``parameters``, ``seed``, ``k`` (places of the top), ``phase`` (``units``:
        some unit has too few voices; ``in turn``: by score and by lot; ``certify``: the list is nearly settled;
        ``settled``), ``wrong_names`` (expected in the list now), ``half`` and ``certified`` (how many more talks until
        at most half a wrong name is expected, until the list is certain: ``n_low``, ``n``, ``n_high``, see
        `shopfloor.analysis.talk_forecast.TalksNeeded`; None where nobody has been named), ``n_for_units`` (talks
        until every unit has its voices), ``unit_kind`` (what the main unit is, None without any), ``n_left`` (people
        who could be talked to), ``revision``, ``as_of``, ``known_at``, ``version``, ``is_part``, ``coverage``.
    rows : pandas.DataFrame
        One row a person, in the order in which to talk: ``place`` (1 ..), ``person_id``, ``name``, ``unit`` (None:
        not known), ``picked_for`` (``unit``, ``score``, ``lot``, ``hole``), ``why`` (in words), ``named_by`` (how
        many of those asked), ``p_top``, ``certainty``, ``was_talked_to`` (about something else), ``assessment``
        (Int64, NA: not assessed), ``reach`` (list of ways in, see `shopfloor.analysis.ways_in.find_ways_in`).
    """

    about: dict[str, Any]
    rows: pd.DataFrame

    def __repr__(self) -> str:
        """Give counts only."""
        return f"NextTalks({self.about['aim']}: {len(self.rows)} of {self.about['n_left']})"


def next_talks(
    workplace: Workplace,
    standing: Standing,
    *,
    aim: str = "leaders",
    n: int = DEFAULT_TALKS,
    seed: int = 0,
    organizer: str | None = None,
) -> NextTalks:
    """Say whom to talk to next.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    standing : Standing
        Of the same workplace.
    aim : {"leaders", "holes"}
        Settle who is among the top, by the schedule of `shopfloor.analysis.talk_schedule.schedule_talks`; or hear
        every unit, by `shopfloor.analysis.talk_schedule.schedule_holes`.
    n : int
        So many people, 0 for all.
    seed : int
        Of the lots and of the expected number of talks.
    organizer : str, optional
        As written in conversations. Who can be reached through somebody this organizer has talked to comes first; ways
        in are through those people alone.

    Returns
    -------
    NextTalks
        Never anybody who was asked the question, a supervisor, somebody who left, or outside the viewer's units. The
        records do not say who asked to be left alone: such a person is suggested like any other.

    Raises
    ------
    UsageError
        Unknown aim, n below 0, an organizer who has talked to nobody.
    """
    _check(workplace, aim, n, organizer)
    may = _may_be_asked(workplace, standing)
    lots = draw_lots(workplace.people["person_id"].iloc[standing.people].to_numpy().tolist(), seed)
    scores = score_talks(standing.ranks)
    schedule = schedule_talks(standing.data, standing.ranks, scores, lots, may)
    if aim == "holes":
        reachable = _has_way(standing, _ways_in(workplace, standing, np.flatnonzero(may), organizer))
        people = schedule_holes(_unit_of(standing), standing.data.asked, may, reachable, lots)
        picked_for = [HOLE] * len(people)
    else:
        people, picked_for = _reached_first(workplace, standing, schedule, organizer)
    shown = slice(None, n or None)
    about = {
        "method": _METHODS[aim],
        "aim": aim,
        "question": standing.question,
        "parameters": {"n": n, "is_for_one_organizer": organizer is not None},
        "seed": seed,
        **_state(standing, schedule, forecast_talks(standing.ranks, scores, schedule, seed)),
        "n_left": len(people),
        **describe_cut(workplace),
        "coverage": count_known(workplace, _mask(standing.people, len(workplace.people)), standing.question),
    }
    return NextTalks(about, _rows(workplace, standing, scores, people[shown], picked_for[shown], organizer))


def _check(workplace: Workplace, aim: str, n: int, organizer: str | None) -> None:
    if aim not in AIMS:
        raise UsageError(f"no aim {aim!r}{near(aim, AIMS)} (aims: {', '.join(AIMS)})")
    if n < 0:
        raise UsageError("n must be 0 (everybody) or more")
    if organizer is not None and not has_talked(workplace, organizer):
        raise UsageError("no talk of that organizer is recorded: write the name as it stands in the conversations")


def _reached_first(
    workplace: Workplace, standing: Standing, schedule: Schedule, organizer: str | None
) -> tuple[IntArray, list[str]]:
    """Return the schedule; of one organizer, whom that organizer has a way to before the others."""
    if organizer is None:
        return schedule.people, list(schedule.picked_for)
    ways = _ways_in(workplace, standing, schedule.people, organizer)
    order = np.argsort(~_has_way(standing, ways)[schedule.people], kind="stable")
    return schedule.people[order], [schedule.picked_for[place] for place in order]


def _state(standing: Standing, schedule: Schedule, forecast: Forecast | None) -> dict[str, Any]:
    """Say where the work stands and what it still takes, as in ``NextTalks.about``."""
    return {
        "k": standing.ranks.k,
        "phase": schedule.phase,
        "wrong_names": standing.ranks.wrong_names(),
        "half": None if forecast is None else asdict(forecast.half),
        "certified": None if forecast is None else asdict(forecast.certified),
        "n_for_units": schedule.picked_for.count(UNIT),
        "unit_kind": standing.attributes[0] if standing.attributes else None,
    }


_METHODS: Final = {
    "leaders": "voices of every unit first, then who would tell most and somebody picked by lot in turn, then who "
    "would tell most alone",
    "holes": "units by how small a share of them was asked; in each, people with a way in first",
}


def _may_be_asked(workplace: Workplace, standing: Standing) -> BoolArray:
    barred = workplace.people["is_supervisor"] | workplace.people["has_left"]
    return ~barred.to_numpy(dtype=np.bool_)[standing.people] & ~standing.data.asked


def _unit_of(standing: Standing) -> IntArray:
    n_people = len(standing.people)
    return standing.data.attributes[0] if standing.attributes else np.full(n_people, -1)


def _mask(people: IntArray, n_people: int) -> BoolArray:
    mask = np.zeros(n_people, dtype=np.bool_)
    mask[people] = True
    return mask


Ways = dict[int, list[dict[str, Any]]]


def _ways_in(workplace: Workplace, standing: Standing, people: IntArray, organizer: str | None) -> Ways:
    """Return the ways in to people of the standing, by row of ``workplace.people``."""
    close = standing.people[standing.data.close]
    return dict(find_ways_in(workplace, standing.people[people], close, standing.question, organizer))


def _has_way(standing: Standing, ways: Ways) -> BoolArray:
    return np.isin(standing.people, np.fromiter(ways, dtype=np.int64, count=len(ways)))


def _rows(
    workplace: Workplace,
    standing: Standing,
    scores: TalkScores,
    people: IntArray,
    picked_for: Sequence[str],
    organizer: str | None,
) -> pd.DataFrame:
    ranks, rows_of = standing.ranks, standing.people[people]
    who = workplace.people.iloc[rows_of]
    known = know_people(workplace, standing.question).iloc[rows_of]
    units = who[standing.attributes[0]] if standing.attributes else pd.Series(None, index=who.index, dtype="object")
    unit = [None if pd.isna(name) else str(name) for name in units]
    ways = _ways_in(workplace, standing, people, organizer)
    return pd.DataFrame(
        {
            "place": np.arange(1, len(people) + 1),
            "person_id": who["person_id"].to_numpy(),
            "name": who["name"].to_numpy(),
            "unit": pd.Series(unit, dtype="object"),
            "picked_for": pd.Series(list(picked_for), dtype="object"),
            "why": pd.Series(_reasons(standing, scores, people, picked_for, unit), dtype="object"),
            "named_by": ranks.n_named[people],
            "p_top": ranks.p_top[people],
            "certainty": ranks.word[people],
            "was_talked_to": (known["n_conversations"] > 0).to_numpy(),
            "assessment": known["assessment"].array,
            "reach": pd.Series([ways.get(int(row), []) for row in rows_of], dtype="object"),
        }
    )


def _reasons(
    standing: Standing, scores: TalkScores, people: IntArray, picked_for: Sequence[str], unit: Sequence[str | None]
) -> list[str]:
    code = _unit_of(standing) + 1
    size = np.bincount(code, minlength=1)
    heard = np.bincount(code[standing.data.asked], minlength=len(size))
    said = []
    for person, picked, name, tells in zip(
        people.tolist(), picked_for, unit, _tells(standing, scores, people), strict=True
    ):
        n_named = int(standing.ranks.n_named[person])
        if picked == LOT:
            reason = "picked by lot: keeps the list honest"
        elif picked in {UNIT, HOLE}:
            reason = _little_known(int(heard[code[person]]), int(size[code[person]]), name)
        else:
            reason = tells
        named = f"; named by {n_named}" if n_named and "named by" not in reason else ""
        said.append(reason + named)
    return said


def _little_known(n_heard: int, n_people: int, unit: str | None) -> str:
    where = unit or "those whose unit is not known"
    if not n_heard:
        return f"nobody of {where} was asked"
    return f"only {n_heard} of the {n_people} of {where} {'was' if n_heard == 1 else 'were'} asked"


def _tells(standing: Standing, scores: TalkScores, people: IntArray) -> list[str]:
    """Say of people picked by score what most of the score comes from."""
    ranks = standing.ranks
    top = f"the top {_NUMBERS.get(ranks.k, ranks.k)}"
    open_people = ~standing.data.asked
    gain = scores.about_others + scores.about_own
    most_gain, most_named = gain[open_people].max(initial=0.0), ranks.expected[open_people].max(initial=0.0)
    said = []
    for person in people.tolist():
        is_for_gain = gain[person] * most_named >= ranks.expected[person] * most_gain
        if not is_for_gain:
            n_named = int(ranks.n_named[person])
            said.append(f"named by {n_named}, and not asked yet" if n_named else "expected to be named by many")
        elif scores.about_own[person] > scores.about_others[person]:
            said.append(f"may be in {top}: whom a person names tells who names them")
        else:
            said.append(f"would tell {'most' if gain[person] == most_gain else 'much'} about {top}")
    return said
