"""Whose place on the list of leaders is another one than before, where chance does not explain it.

Two things must hold. The model must say so: the places that it holds possible then and now do not meet, or its word is
another one by more than its own error. And the answers must say so: those that are new name her so much more or less
often than the earlier ones that answers dealt at random would not. The model alone is not enough, for of hundreds of
people those are looked at whom one of the two pictures puts first, and chance is what puts some of them there.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import fisher_exact, hypergeom

from shopfloor.analysis.certainty import LIKELY, SURE, WORDS, NamingRanks
from shopfloor.analysis.rests_on import is_same_share
from shopfloor.analysis.standing import Standing
from shopfloor.analysis.ties import BoolArray
from shopfloor.workplace import Workplace

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

APART: Final = 2.0
"""Standard errors by which the expected share of namings must have moved where only the word has changed."""

BY_CHANCE: Final = 0.05
"""In this share of pairs of pictures between which nothing changed, somebody at most is said to have moved."""

_PLACE: Final = ("certainty", "rank", "rank_low", "rank_high", "p_top")
_WHO: Final = ("person_id", "name", "department", "shift")
COLUMNS: Final = ("change", *_WHO, *_PLACE, *(f"{name}_before" for name in _PLACE))


@dataclass(frozen=True, slots=True)
class _Two:
    """Two standings, and the places in them of the people who are in both, in the order of the later one."""

    then: NamingRanks
    now: NamingRanks
    at_then: IntArray
    at_now: IntArray

    def spans(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """Return the intervals then and now of those in both, ranked among themselves."""
        return (*_among(self.then, self.at_then), *_among(self.now, self.at_now))

    def words(self, i: int) -> tuple[str, str]:
        """Return somebody's words then and now."""
        return str(self.then.word[self.at_then[i]]), str(self.now.word[self.at_now[i]])

    def is_stronger(self, i: int) -> bool:
        """Say whether somebody's word is a stronger one now."""
        then, now = self.words(i)
        return WORDS.index(now) < WORDS.index(then)

    def are_leaders(self) -> BoolArray:
        """Say who is sure or likely then or now."""
        leading = (SURE, LIKELY)
        found: BoolArray = np.isin(self.then.word[self.at_then], leading) | np.isin(self.now.word[self.at_now], leading)
        return found


def find_leader_changes(
    before: Workplace, after: Workplace, then: Standing, now: Standing
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Find who is up and down beyond chance, and of whom one only knows better.

    Parameters
    ----------
    before, after : Workplace
    then, now : Standing
        As found in them.

    Returns
    -------
    leaders : pandas.DataFrame
        See `Changes.leaders`.
    learned : pandas.DataFrame
        See `Changes.learned`.
    counts : dict
        ``n_compared``, ``n_new_answers``, ``is_more`` (somebody was asked then, and who is still there has an answer
        now).

    Notes
    -----
    New against earlier namings of one person: Fisher's exact test. Over all people: a place is news below
    `BY_CHANCE` / K, K the smallest number such that no more than K people have so many namings in all that their test
    could come out that low (R. E. Tarone, "A modified Bonferroni method for discrete data", Biometrics 46, 515-522
    (1990). doi:10.2307/2531456).
    """
    ids = [
        workplace.people["person_id"].iloc[standing.people].reset_index(drop=True)
        for workplace, standing in ((before, then), (after, now))
    ]
    at_then = pd.Index(ids[0]).get_indexer(pd.Index(ids[1])).astype(np.int64)
    at_now = np.flatnonzero(at_then >= 0)
    two = _Two(then.ranks, now.ranks, at_then[at_now], at_now)
    is_new, is_more = _new_answers(before, after, then, now)
    chance, bound = _chances(then, now, two, is_new)
    spans, leaders, learned = two.spans(), [], []
    is_leader = two.are_leaders()
    for i in np.flatnonzero(is_leader).tolist():
        row = _describe(after, now, two, i)
        news = _news(two, i, [int(span[i]) for span in spans]) if chance[i] <= bound else None
        if news is not None:
            leaders.append({"change": news[0], **row, "because": news[1], "chance": float(chance[i])})
        elif is_more and is_new.any() and _is_other_word(two, i):
            learned.append({"change": "stronger" if two.is_stronger(i) else "weaker", **row})
    counts = {"n_compared": int(is_leader.sum()), "n_new_answers": int(is_new.sum()), "is_more": is_more}
    return _table(leaders, ("because", "chance")), _table(learned, ()), counts


def _table(rows: list[dict[str, Any]], more: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=[*COLUMNS, *more])
    is_last = table["change"].isin(["down", "weaker"])
    table = table.assign(is_last=is_last).sort_values(["is_last", "rank", "person_id"], kind="stable")
    return table.drop(columns="is_last").reset_index(drop=True)


def _among(ranks: NamingRanks, at: IntArray) -> tuple[IntArray, IntArray]:
    chosen = np.zeros(len(ranks.rank), dtype=np.bool_)
    chosen[at] = True
    some = ranks.among(chosen, ranks.k)
    place = np.cumsum(chosen)[at] - 1
    return some.rank_low[place], some.rank_high[place]


def _new_answers(before: Workplace, after: Workplace, then: Standing, now: Standing) -> tuple[BoolArray, bool]:
    """Say of everybody in the later standing whether her answer is new, and whether nobody fell silent."""
    earlier, later = (_answers(workplace, standing) for workplace, standing in ((before, then), (after, now)))
    is_new = np.array([answer is not None and answer not in set(earlier) for answer in later], dtype=np.bool_)
    asked_now = {answer[0] for answer in later if answer is not None}
    still_there = set(after.people["person_id"].iloc[now.people])
    asked_then = {answer[0] for answer in earlier if answer is not None} & still_there
    return is_new, bool(asked_then) and asked_then <= asked_now


def _answers(workplace: Workplace, standing: Standing) -> list[tuple[str, str, str] | None]:
    """Return who said it, when and to whom, of everybody in the standing; None: not asked."""
    asked = workplace.asked[workplace.asked["question"] == standing.question].set_index("person")
    answers = workplace.people[["person_id"]].iloc[standing.people].join(asked[["held_on", "organizer"]])
    rows = zip(answers["person_id"], answers["held_on"].astype(str), answers["organizer"].astype(str), strict=True)
    return [row if was_asked else None for row, was_asked in zip(rows, standing.data.asked, strict=True)]


def _chances(then: Standing, now: Standing, two: _Two, is_new: BoolArray) -> tuple[FloatArray, float]:
    """Return how often chance deals namings as unequally to earlier and new answers, and below what that is news.

    Of people who are no leaders in either picture it is not computed: 1.
    """
    kept = is_new[now.data.namer]
    n_now = np.bincount(now.data.named[kept], minlength=now.data.n_people)[two.at_now]
    n_then = np.bincount(then.data.named, minlength=then.data.n_people)[two.at_then]
    could_now = int(is_new.sum()) - is_new[two.at_now]
    could_then = then.data.n_asked - then.data.asked[two.at_then]
    bound = _bound(_least_chances(n_now + n_then, could_now, could_then))
    chance = np.ones(len(two.at_now))
    for i in np.flatnonzero(two.are_leaders()):
        table = [[n_now[i], could_now[i] - n_now[i]], [n_then[i], could_then[i] - n_then[i]]]
        chance[i] = fisher_exact(np.array(table)).pvalue
    return chance, bound


def _least_chances(n: IntArray, could_now: IntArray, could_then: IntArray) -> FloatArray:
    """Return the smallest p-value that so many namings can have: all of them earlier, or all of them new."""
    everybody = could_now + could_then
    most, fewest = np.minimum(n, could_now), np.maximum(0, n - could_then)
    ends = [np.asarray(hypergeom.pmf(end, everybody, could_now, n), dtype=np.float64) for end in (most, fewest)]
    return np.minimum(ends[0], ends[1])


def _bound(least: FloatArray) -> float:
    """Return the p-value below which one of many tests is beyond chance."""
    ordered = np.sort(least)
    for n_tests in range(1, len(ordered) + 1):
        if np.searchsorted(ordered, BY_CHANCE / n_tests, "right") <= n_tests:
            return BY_CHANCE / n_tests
    return BY_CHANCE


def _news(two: _Two, i: int, spans: list[int]) -> tuple[str, str] | None:
    """Return how a place changed by the model and what shows it, or None."""
    low_then, high_then, low_now, high_now = spans
    if high_now < low_then or high_then < low_now:
        return ("up" if high_now < low_then else "down"), "places"
    is_up = two.is_stronger(i)
    moved = _moved(two, i) * (1 if is_up else -1)
    if not _is_other_word(two, i) or moved < APART:
        return None
    return ("up" if is_up else "down"), "word"


def _is_other_word(two: _Two, i: int) -> bool:
    """Say whether the word is another one, by more than other draws would change."""
    word_then, word_now = two.words(i)
    p_then, p_now = float(two.then.p_top[two.at_then[i]]), float(two.now.p_top[two.at_now[i]])
    return word_then != word_now and not is_same_share(p_then, two.then.n_draws, p_now, two.now.n_draws)


def _moved(two: _Two, i: int) -> float:
    """Return by how many standard errors the share of people expected to name somebody rose."""
    drawn = ((two.then, two.at_then[i]), (two.now, two.at_now[i]))
    shares = [ranks.counts[:, at] / max(len(ranks.rank) - 1, 1) for ranks, at in drawn]
    step, spread = shares[1].mean() - shares[0].mean(), np.sqrt(shares[0].var() + shares[1].var())
    return float(step / spread) if spread > 0 else float(np.sign(step)) * APART


def _describe(after: Workplace, now: Standing, two: _Two, i: int) -> dict[str, Any]:
    """Return who somebody is, and her places now and then."""
    who = after.people.iloc[now.people[two.at_now[i]]]
    facts = {name: who[name] for name in _WHO}
    return facts | _place(two.now, int(two.at_now[i]), "") | _place(two.then, int(two.at_then[i]), "_before")


def _place(ranks: NamingRanks, at: int, suffix: str) -> dict[str, Any]:
    return {
        f"certainty{suffix}": str(ranks.word[at]),
        f"rank{suffix}": int(ranks.rank[at]),
        f"rank_low{suffix}": int(ranks.rank_low[at]),
        f"rank_high{suffix}": int(ranks.rank_high[at]),
        f"p_top{suffix}": float(ranks.p_top[at]),
    }
