"""Places on a list of people, each with how far it may be off: by the naming model, by who told us, or not known."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopfloor.analysis.certainty import (
    CANNOT_TELL,
    LIKELY,
    NOT_LISTED,
    SURE,
    WORDS,
    NamingRanks,
    Thresholds,
    resample_sources,
)
from shopfloor.analysis.sources import Sayings
from shopfloor.analysis.standing import Standing
from shopfloor.analysis.ties import BoolArray, FloatArray
from shopfloor.settings import SMALL_WORKFORCE
from shopfloor.workplace import Workplace

COLUMNS: Final = (
    "rank_low",
    "rank_high",
    "p_top",
    "certainty",
    "expected",
    "named_by_named",
    "n_sources",
    "share_of_largest",
)
"""What is said of a place beside the place itself."""

_NOT_CHECKED: Final = (
    "No word of certainty: nobody was asked about these ties one by one, and how often such a list is right was not "
    "checked. The places say how much it depends on who told us."
)

MEANING: Final = {
    SURE: "among the top {k} if everybody were asked, in {sure:.0%} of what the model thinks possible or more; and "
    "namings are more unequal than chance makes them",
    LIKELY: "among the top {k} in {likely:.0%} or more",
    CANNOT_TELL: "perhaps among the top {k}: in {listed:.0%} or more; or nobody of a unit of theirs was asked",
    NOT_LISTED: "among the top {k} in less than {listed:.0%}",
}
"""What the words of certainty say."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Places:
    """The places of the people listed.

    Attributes
    ----------
    rank : pandas.Series
        Int64, in order of the list; index: rows of ``workplace.people``; NA where the measure says nothing.
    score : numpy.ndarray
        float64, shape (n_people,): what the list goes by, NaN where it says nothing.
    columns : pandas.DataFrame
        The same index: `COLUMNS`.
    certainty : dict
        ``about["certainty"]`` of a `Ranking`.
    sources : dict or None
        ``about["sources"]`` of a `Ranking`.
    """

    rank: "pd.Series[int]"
    score: FloatArray
    columns: pd.DataFrame
    certainty: dict[str, Any]
    sources: dict[str, Any] | None = field(default=None)

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Places({len(self.rank)} people)"


def place_by_score(score: FloatArray, listed: BoolArray, reason: str, *, high_first: bool = True) -> Places:
    """Place people by a score alone.

    Parameters
    ----------
    score : numpy.ndarray
        float64, shape (n_people,), NaN where it says nothing.
    listed : numpy.ndarray
        bool, shape (n_people,).
    reason : str
        Why there is no word of certainty.
    high_first : bool
        Whether a high score is the better one.

    Returns
    -------
    Places
        Rank = 1 + number of listed people with a strictly better score, equal ones in order of person_id.
    """
    rank = _rank(score, listed, high_first=high_first)
    return Places(rank, score, _columns(rank.index), {"is_given": False, "reason": reason})


def _rank(score: FloatArray, listed: BoolArray, *, high_first: bool = True) -> "pd.Series[int]":
    """Rank the listed people, in order; those without a score last."""
    rows = np.flatnonzero(listed)
    numbers = np.round(score[rows], 12) * (-1 if high_first else 1)
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    ranks = np.searchsorted(ordered, ordered, "left").astype(np.int64) + 1
    return pd.Series(pd.arrays.IntegerArray(ranks, np.isnan(ordered)), index=rows[order])


def _columns(index: pd.Index, **known: Any) -> pd.DataFrame:  # noqa: ANN401 - arrays
    """Return `COLUMNS`: what is known, and nothing in the others."""
    n_people = len(index)
    whole = pd.arrays.IntegerArray(np.ones(n_people, dtype=np.int64), np.ones(n_people, dtype=np.bool_))
    nothing: dict[str, Any] = dict.fromkeys(COLUMNS, np.full(n_people, np.nan))
    nothing |= dict.fromkeys(("rank_low", "rank_high", "n_sources"), whole)
    nothing["certainty"] = np.full(n_people, None, dtype=object)
    return pd.DataFrame(nothing | known, index=index)


def place_by_naming(
    workplace: Workplace,
    standing: Standing,
    score: FloatArray,
    listed: BoolArray,
    *,
    places: int,
    level: float,
) -> Places:
    """Place people by the naming model.

    Parameters
    ----------
    workplace : Workplace
    standing : Standing
        The model's answer for its workforce.
    score : numpy.ndarray
        float64, shape (n_people,): namings counted.
    listed : numpy.ndarray
        bool, shape (n_people,): some of the standing's people; places and words are among them.
    places : int
        How many places the top has.
    level : float
        Of the intervals.

    Returns
    -------
    Places
        The score is how many would name a person if everybody were asked, as the model expects; in a workforce under
        25, where it has too little to go by, and where nobody is named yet, the namings counted. Rank: 1 + number of
        listed people with a strictly larger score, equal ones in order of person_id. The interval holds the rank.
    """
    chosen = listed[standing.people]
    ranks = standing.ranks
    if not chosen.all() or (places, level) != (ranks.k, ranks.level):
        ranks = replace(ranks, level=level).among(chosen, places)
    index = standing.people[chosen]
    by_count = standing.data.n_people < SMALL_WORKFORCE or not standing.ranks.n_named.any()
    if not by_count:
        score = _spread(ranks.expected, index, len(score))
    rank = _rank(score, listed)
    order, held = np.searchsorted(index, rank.index), rank.to_numpy(dtype=np.int64)
    low, high = np.minimum(ranks.rank_low[order], held), np.maximum(ranks.rank_high[order], held)
    if not standing.ranks.n_named.any():  # the draws know nobody then: any place is possible
        low, high = np.ones_like(low), np.full_like(high, len(high))
    columns = _columns(
        rank.index,
        rank_low=pd.array(low, dtype="Int64"),
        rank_high=pd.array(high, dtype="Int64"),
        p_top=ranks.p_top[order],
        certainty=ranks.word.astype(object)[order],
        expected=ranks.expected[order],
        named_by_named=standing.named_by_named[chosen][order],
    )
    first = columns["p_top"].head(ranks.k)
    certainty = _describe(ranks, "named_by" if by_count else "expected", wrong_names=float((1 - first).sum()))
    voices = {name: _units(workplace, standing, getattr(ranks.voices, name)) for name in ("thin", "silent")}
    return Places(rank, score, columns, certainty | voices)


def _spread(values: FloatArray, index: npt.NDArray[np.int64], n_people: int) -> FloatArray:
    spread = np.full(n_people, np.nan)
    spread[index] = values
    return spread


def _describe(ranks: NamingRanks, order: str, *, wrong_names: float) -> dict[str, Any]:
    voices, counts = ranks.voices, {word: int((ranks.word == word).sum()) for word in WORDS}
    limits = ranks.thresholds
    likely = limits.likely_uneven if voices.is_thin else limits.likely
    words = {
        word: text.format(k=ranks.k, sure=limits.sure, likely=likely, listed=limits.listed)
        for word, text in MEANING.items()
    }
    return {
        "is_given": True,
        "reason": None,
        "places": ranks.k,
        "level": ranks.level,
        "n_draws": ranks.n_draws,
        "seed": ranks.seed,
        "order": order,
        "chance": ranks.chance_p,
        "is_beyond_chance": bool(ranks.is_beyond_chance),
        "wrong_names": wrong_names,
        **{f"n_{word}": n for word, n in counts.items()},
        "is_uneven": bool(voices.is_uneven),
        "is_thin": bool(voices.is_thin),
        "chance_of_units": voices.chance_of_units,
        "chance_of_order": voices.chance_of_order,
        "thresholds": {name: getattr(limits, name) for name in Thresholds.__dataclass_fields__},
        "words": words,
    }


def _units(workplace: Workplace, standing: Standing, codes: tuple[npt.NDArray[np.int64], ...]) -> list[dict[str, str]]:
    """Name units by their codes, which go by the order of their names."""
    return [
        {"kind": kind, "unit": str(name)}
        for kind, some in zip(standing.attributes, codes, strict=True)
        if len(some)
        for name in workplace.people[kind].iloc[standing.people].astype("category").cat.categories[some]
    ]


def place_by_sources(sayings: Sayings, score: FloatArray, listed: BoolArray, *, level: float, seed: int) -> Places:
    """Place people by the strength of their ties, and say how much that depends on who told us.

    Parameters
    ----------
    sayings : Sayings
        Which source gives each person how much.
    score : numpy.ndarray
        float64, shape (n_people,): strengths.
    listed : numpy.ndarray
        bool, shape (n_people,).
    level, seed
        As in `shopfloor.analysis.certainty.resample_sources`.

    Returns
    -------
    Places
        Intervals over sources drawn with repetition; no words.
    """
    about_listed = listed[sayings.person]
    number = np.cumsum(listed) - 1
    ranks = resample_sources(
        int(listed.sum()),
        number[sayings.person[about_listed]],
        sayings.source[about_listed],
        sayings.strength[about_listed],
        level=level,
        seed=seed,
    )
    rank = _rank(score, listed)
    order, held = np.searchsorted(np.flatnonzero(listed), rank.index), rank.to_numpy(dtype=np.int64)
    columns = _columns(
        rank.index,
        rank_low=pd.array(np.minimum(ranks.rank_low[order], held), dtype="Int64"),
        rank_high=pd.array(np.maximum(ranks.rank_high[order], held), dtype="Int64"),
        n_sources=pd.array(ranks.n_sources[order], dtype="Int64"),
        share_of_largest=ranks.share_of_largest[order],
    )
    sources = {
        "what": sayings.what,
        "n_sources": len(np.unique(sayings.source)),
        "level": level,
        "n_draws": ranks.n_draws,
        "seed": seed,
    }
    return Places(rank, score, columns, {"is_given": False, "reason": _NOT_CHECKED}, sources)
