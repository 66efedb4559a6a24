"""What a place on the list of leaders rests on: the naming model asked again, each time without some of the facts.

A *source* of a place is an answer that holds a naming of hers, the organizer it was given to, the unit it came from, a
layer of ties that the model knows people by, or the older half of the answers. Each is left out in turn, the same
draws are made again, and the word and the place that come out are put beside those of today. Nothing is guessed: what
is said of a place without something was computed without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopfloor.analysis.certainty import WORDS, NamingRanks, rank_namings
from shopfloor.analysis.certainty.chance import N_SIMULATIONS
from shopfloor.analysis.certainty.words import choose_words
from shopfloor.analysis.consensus.progress import Progress, Steps
from shopfloor.analysis.standing import Standing
from shopfloor.analysis.ties import BoolArray, project_ties
from shopfloor.analysis.workforce import UNIT_KINDS
from shopfloor.workplace import Workplace

MOST_REFITS: Final = 30
"""The model is asked no more often than this for one person."""

BEYOND_NOISE: Final = 2.0
"""Standard errors of the draws from which a probability counts as another one."""

REST_COLUMNS: Final = (
    *("kind", "person_id", "name", "held_on", "organizer", "unit", "since", "n_namings", "n_answers"),
    *("certainty", "rank", "rank_low", "rank_high", "p_top", "changes_word", "is_weaker", "because", "is_noise"),
)
"""What is said of a place without something."""

CLOSE_LAYERS: Final = ("told", "worked_with")
"""Layers that the model knows people by, beside their answers."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RestsOn:
    """What became of a place without single facts.

    Attributes
    ----------
    rows : list of dict
        What matters most first: changes of her word beyond noise, then by probability, lowest first. ``kind``:
        ``conversation``, ``organizer``, ``department``, ``shift``, ``crew``, ``told``, ``worked_with`` (layers) or
        ``older`` (half of the answers); ``person_id``, ``name`` and ``held_on`` of whose answer it was, ``organizer``,
        ``unit``, ``since`` (the newer half begins then), each None where it is not about that; ``n_namings`` of hers
        that are left out with it, ``n_answers`` in all; without it ``certainty``, ``rank``, ``rank_low``,
        ``rank_high``, ``p_top``; ``changes_word``, ``is_weaker`` (the word, or where it stays the probability, falls),
        ``because`` (None where the word stays; ``probability``, ``chance``: namings are then no more unequal than
        chance makes them, or ``voices``: a unit is then hardly heard) and ``is_noise`` (no larger than what other
        draws would change).
    n_tried : int
        How often the model was asked.
    n_untried : int
        Answers with a naming of hers that were not left out one by one, for there are too many.
    """

    rows: list[dict[str, Any]]
    n_tried: int
    n_untried: int

    def __repr__(self) -> str:
        """Give counts only."""
        return f"RestsOn({self.n_tried} tried, {self.n_untried} not)"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Without:
    """One thing to leave out: what it is, whose answers stay and which pairs are close without it."""

    row: dict[str, Any]
    stays: BoolArray
    close: npt.NDArray[np.int64]


def find_rests_on(
    workplace: Workplace, standing: Standing, place: int, *, most: int = MOST_REFITS, progress: Progress | None = None
) -> RestsOn:
    """Ask the naming model again without each source of a person's place.

    Parameters
    ----------
    workplace : Workplace
    standing : Standing
        As found in it.
    place : int
        Hers in ``standing.people``.
    most : int
        How often the model is asked at most, 1 or more. Of more answers than that, those are tried that say most:
        of whom the model would least have expected that they name her.
    progress : callable, optional
        Told how many times it was asked, of how many; raises to stop.

    Returns
    -------
    RestsOn
        Empty where nobody named her: a place that no naming made rests on nobody. A unit or organizer with a single
        naming of hers is that answer, and is not tried apart; nor is what leaves no answer at all. The seed is that of
        the standing, so that differences come from the facts and, by as much as `is_noise` says, from other draws.
    """
    namers = np.unique(standing.data.namer[standing.data.named == place])
    if not len(namers):
        return RestsOn([], 0, 0)
    answers = _answers(workplace, standing)
    coarse = [part for part in _coarse(workplace, standing, answers, namers) if part.stays.any()]
    single = _single(standing, answers, namers, place) if standing.data.n_asked > 1 else []
    coarse = coarse[: max(most - len(single), most // 2)]
    tried = [*coarse, *single][:most]
    steps, rows = Steps(len(tried), progress), []
    for part in tried:
        rows.append(part.row | _compare(standing.ranks, _again(standing, part), place))
        steps.advance()
    rows.sort(key=lambda row: (not _matters(row), row["p_top"], -row["rank_high"]))
    n_tried_single = len(tried) - len(coarse)
    return RestsOn(rows, len(tried), len(namers) - n_tried_single)


def _matters(row: dict[str, Any]) -> bool:
    return bool(row["changes_word"] and row["is_weaker"] and not row["is_noise"])


def _again(standing: Standing, part: _Without) -> NamingRanks:
    """Rank people without something."""
    data, ranks = standing.data, standing.ranks
    kept = part.stays[data.namer]
    less = replace(
        data, asked=data.asked & part.stays, namer=data.namer[kept], named=data.named[kept], close=part.close
    )
    return rank_namings(
        less, k=ranks.k, level=ranks.level, n_draws=ranks.n_draws, seed=ranks.seed, thresholds=ranks.thresholds
    )


def _answers(workplace: Workplace, standing: Standing) -> pd.DataFrame:
    """Return ``held_on``, ``organizer`` (a name where it is one of the people) and units of everybody in the standing.

    Index: place in the standing. Who was not asked has neither day nor organizer.
    """
    asked = workplace.asked[workplace.asked["question"] == standing.question].set_index("person")
    people = workplace.people.iloc[standing.people]
    answers = people[["person_id", "name", *UNIT_KINDS]].join(asked[["held_on", "organizer"]])
    answers["organizer"] = name_organizers(workplace, answers["organizer"])
    return answers.reset_index(drop=True)


def name_organizers(workplace: Workplace, organizers: "pd.Series[str]") -> "pd.Series[Any]":
    """Return who organizers are: the name of one of the people where it is known to be theirs, else as written."""
    talks = workplace.conversations
    known = talks[talks["organizer_person"] >= 0].drop_duplicates("organizer")
    names = workplace.people["name"].to_numpy(dtype=object)[known["organizer_person"].to_numpy(dtype=np.int64)]
    called = dict(zip(known["organizer"].tolist(), names.tolist(), strict=True))
    return organizers.astype("object").map(lambda text: called.get(text, text), na_action="ignore")


def _row(kind: str, stays: BoolArray, namers: npt.NDArray[np.int64], standing: Standing, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - what it is
    nothing = dict.fromkeys(("person_id", "name", "held_on", "organizer", "unit", "since"))
    counts = {"n_namings": int((~stays[namers]).sum()), "n_answers": int((standing.data.asked & ~stays).sum())}
    return {"kind": kind, **nothing, **more, **counts}


def _single(standing: Standing, answers: pd.DataFrame, namers: npt.NDArray[np.int64], place: int) -> list[_Without]:
    """Return her namers' answers one by one, the least expected first."""
    parts = []
    for namer in namers[np.argsort(_expected(standing, namers, place), kind="stable")]:
        stays = np.ones(standing.data.n_people, dtype=np.bool_)
        stays[namer] = False
        answer = answers.iloc[namer]
        said = {"person_id": answer["person_id"], "name": answer["name"]}
        said |= {"held_on": _day(answer["held_on"]), "organizer": _text(answer["organizer"])}
        row = _row("conversation", stays, namers, standing, **said)
        parts.append(_Without(row, stays, standing.data.close))
    return parts


def _expected(standing: Standing, namers: npt.NDArray[np.int64], place: int) -> npt.NDArray[np.float64]:
    """Return with which probability the model expects each to name her."""
    expectation = standing.ranks.expectation
    if expectation is None:
        return np.zeros(len(namers))
    return np.asarray(expectation.probability(namers[:, None], np.array([[place]]))).ravel()


def _coarse(
    workplace: Workplace, standing: Standing, answers: pd.DataFrame, namers: npt.NDArray[np.int64]
) -> Iterator[_Without]:
    """Yield what is larger than one answer: layers, half the age, organizers and units, the largest of them first."""
    yield from _layers(workplace, standing, namers)
    yield from _older(standing, answers, namers)
    parts = [part for kind in ("organizer", *UNIT_KINDS) for part in _values(kind, standing, answers, namers)]
    parts.sort(key=lambda part: -part.row["n_namings"])
    seen: set[bytes] = set()
    for part in parts:
        gone = part.stays[namers].tobytes()  # two that leave out the same namings of hers say the same twice
        if part.row["n_namings"] > 1 and gone not in seen:
            seen.add(gone)
            yield part


def _values(kind: str, standing: Standing, answers: pd.DataFrame, namers: npt.NDArray[np.int64]) -> Iterator[_Without]:
    for value in sorted(answers[kind].iloc[namers].dropna().unique().tolist(), key=str):
        stays = answers[kind].ne(value).to_numpy(dtype=np.bool_)
        said = {"organizer" if kind == "organizer" else "unit": str(value)}
        yield _Without(_row(kind, stays, namers, standing, **said), stays, standing.data.close)


def _older(standing: Standing, answers: pd.DataFrame, namers: npt.NDArray[np.int64]) -> Iterator[_Without]:
    days = answers["held_on"][standing.data.asked].sort_values(ascending=False, na_position="last")
    since = days.iloc[(len(days) - 1) // 2] if len(days) else pd.NaT
    stays = answers["held_on"].ge(since).to_numpy(dtype=np.bool_)
    if not pd.isna(since) and (standing.data.asked & ~stays).any():
        yield _Without(_row("older", stays, namers, standing, since=_day(since)), stays, standing.data.close)


def _layers(workplace: Workplace, standing: Standing, namers: npt.NDArray[np.int64]) -> Iterator[_Without]:
    members = np.zeros(len(workplace.people), dtype=np.bool_)
    members[standing.people] = True
    ties = {layer: project_ties(workplace, layer).subset(members) for layer in CLOSE_LAYERS}
    stays = np.ones(standing.data.n_people, dtype=np.bool_)
    for layer, own in ties.items():
        if own.n_ties:
            left = [other for name, other in ties.items() if name != layer]
            ends = [np.concatenate([getattr(other, end) for other in left]) for end in ("source", "target")]
            close = np.array(ends, dtype=np.int64).T
            yield _Without(_row(layer, stays, namers, standing), stays, close)


def _compare(now: NamingRanks, then: NamingRanks, place: int) -> dict[str, Any]:
    """Put what comes out without something beside what is said today."""
    today, other = str(now.word[place]), str(then.word[place])
    is_weaker = (WORDS.index(other), -then.p_top[place]) > (WORDS.index(today), -now.p_top[place])
    because = _because(now, then, place)
    return {
        "certainty": other,
        "rank": int(then.rank[place]),
        "rank_low": int(then.rank_low[place]),
        "rank_high": int(then.rank_high[place]),
        "p_top": float(then.p_top[place]),
        "changes_word": today != other,
        "is_weaker": bool(is_weaker),
        "because": because,
        "is_noise": _is_noise(now, then, place, because),
    }


def _because(now: NamingRanks, then: NamingRanks, place: int) -> str | None:
    if now.word[place] == then.word[place]:
        return None
    by_probability = choose_words(
        then.p_top[[place]],
        np.array([now.n_named[place] > 0]),
        now.is_silent[[place]],
        is_thin=now.voices.is_thin,
        passes=now.is_beyond_chance,
        thresholds=now.thresholds,
    )
    if by_probability[0] != now.word[place]:
        return "probability"
    return "chance" if now.is_beyond_chance != then.is_beyond_chance else "voices"


def _is_noise(now: NamingRanks, then: NamingRanks, place: int, because: str | None) -> bool:
    if because == "voices":
        return False
    if because == "chance":
        return is_same_share(now.chance_p, N_SIMULATIONS, then.chance_p, N_SIMULATIONS)
    return is_same_share(now.p_top[place], now.n_draws, then.p_top[place], then.n_draws)


def is_same_share(one: float, n_one: int, other: float, n_other: int) -> bool:
    """Say whether two shares of draws may be one and the same, but for the draws.

    Parameters
    ----------
    one, other : float
        0 .. 1.
    n_one, n_other : int
        How many draws each is of.

    Returns
    -------
    bool
        They differ by no more than `BEYOND_NOISE` standard errors. The error of a share of 0 or 1 is not 0: one draw
        more of either kind is supposed.

    Examples
    --------
    >>> is_same_share(0.92, 200, 0.88, 200), is_same_share(0.92, 200, 0.70, 200)
    (True, False)
    """
    spread = sum(
        share * (1.0 - share) / n
        for share, n in (((one * n_one + 1) / (n_one + 2), n_one), ((other * n_other + 1) / (n_other + 2), n_other))
    )
    return bool(abs(one - other) <= BEYOND_NOISE * np.sqrt(spread))


def _day(value: Any) -> str | None:  # noqa: ANN401 - a timestamp or NaT
    return None if pd.isna(value) else pd.Timestamp(value).date().isoformat()


def _text(value: Any) -> str | None:  # noqa: ANN401 - what a cell holds
    return None if pd.isna(value) else str(value)
