"""Who moves whom: people ranked by one measure on one layer of ties.

Only counted, never guessed: on partial namings the list is *most named so far*, and measures that missing answers
mislead are refused until most of the workforce was asked.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from shopfloor.analysis.measures import MEASURES, Measure, find_measure, is_sampled
from shopfloor.analysis.ties import BoolArray, FloatArray, Ties, project_ties
from shopfloor.analysis.workforce import (
    count_known,
    describe_cut,
    know_people,
    select_unit,
    select_voices,
    select_workforce,
)
from shopfloor.errors import RefusedError, UsageError
from shopfloor.settings import (
    DEFAULT_QUESTION,
    ENOUGH_ASKED,
    PLACES,
    SMALL_PLACES,
    SMALL_WORKFORCE,
    TieSettings,
)
from shopfloor.workplace import Workplace

_FACTS: Final = ["department", "shift", "crew", "job_class", "is_supervisor", "has_left"]

_NO_TIES: Final = "No ties of this kind are known so far: the order says nothing."


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Ranking:
    """People in order of one measure, and how the order was made.

    Attributes
    ----------
    about : dict
        ``title`` (what may be claimed), ``method``, ``meaning`` (of a high value, in one sentence, or that there are
        no ties), ``layer``,
        ``question`` (None for other layers than ``named``), ``measure``, ``parameters``, ``seed`` (None where no
        chance is involved), ``revision``, ``as_of``, ``known_at``, ``version``, ``coverage`` (of the workforce, see
        `shopfloor.analysis.workforce.count_known`), ``left_out``, ``n_listed``.
    rows : pandas.DataFrame
        One row a person: ``rank`` (Int64; equal scores share one, NA where the measure says nothing), ``person_id``,
        ``name``, ``score``, ``in_top`` (among the places), ``named_by`` (how many of those asked named her),
        ``named_share`` (of those asked who could have), ``n_departments_naming``, ``n_shifts_naming``,
        ``was_asked``, ``n_conversations``, ``assessment`` (the latest, Int64, NA: not assessed), ``department``,
        ``shift``, ``crew``, ``job_class``, ``is_supervisor``, ``has_left``.
    """

    about: dict[str, Any]
    rows: pd.DataFrame

    def __repr__(self) -> str:
        """Give counts only."""
        return (
            f"Ranking({self.about['measure']} on {self.about['layer']}: {len(self.rows)} of {self.about['n_listed']})"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the rows."""
        return self.rows.copy()

    def first(self, top: int) -> "Ranking":
        """Return the same ranking with so many rows, 0 for all."""
        about = self.about | {"parameters": self.about["parameters"] | {"top": top}}
        return Ranking(about, self.rows.head(top) if top else self.rows)


def rank_people(  # noqa: PLR0913 - the options of the command, all but two by keyword
    workplace: Workplace,
    layer: str = "named",
    *,
    question: str = DEFAULT_QUESTION,
    measure: str | None = None,
    unit: str | None = None,
    places: int | None = None,
    as_if_complete: bool = False,
    include: Collection[str] = (),
    top: int = 0,
    seed: int = 0,
    settings: TieSettings | None = None,
) -> Ranking:
    """Rank the workforce by one measure.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    layer : str
        One of `shopfloor.analysis.LAYERS`.
    question : str
        The naming question, for layer ``named``.
    measure : str, optional
        One of `shopfloor.analysis.MEASURES`; ``named_by`` for ``named``, ``strength`` for the other layers.
    unit : str, optional
        List only people of this department, shift or crew. Ranks and places are then within the unit; the ties of
        the whole workforce count.
    places : int, optional
        How many places the top has; 5, or 3 where fewer than 25 people are listed.
    as_if_complete : bool
        Give fragile measures on partial namings all the same.
    include : collection of str
        ``supervisors``, ``left``: they are then listed, and their answers and ties count.
    top : int
        Return only so many rows, 0 for all.
    seed : int
        Of measures that draw by chance.
    settings : TieSettings, optional
        How ties are derived.

    Returns
    -------
    Ranking
        Rank = 1 + number of listed people with a strictly better score; equal ranks in the order of person_id.
        People at place k share the top with everyone tied to them; a score of 0 is in no top.

    Raises
    ------
    UsageError
        Unknown layer, measure, question, unit or inclusion; places below 1 or top below 0.
    RefusedError
        A fragile measure on ``named`` while fewer than 80 % of the workforce were asked.
    """
    if (places is not None and places < 1) or top < 0:
        raise UsageError("places must be 1 or more and top 0 (all) or more")
    chosen = find_measure(measure or ("named_by" if layer == "named" else "strength"))
    members = select_workforce(workplace, include)
    voices = select_voices(workplace, include)
    everything = project_ties(workplace, layer, question=question, settings=settings)
    ties = everything.subset(voices)
    if layer == "named" and not as_if_complete:
        _refuse_fragile(chosen, everything.subset(members))
    score = np.full(len(members), np.nan)
    score[voices] = chosen.compute(ties, seed=seed)
    listed = members & select_unit(workplace, unit) if unit is not None else members
    places = places or (SMALL_PLACES if listed.sum() < SMALL_WORKFORCE else PLACES)
    rows = _list_people(workplace, _rank(score, listed, high_first=chosen.high_first), score, voices, question)
    rows["in_top"] = rows["rank"].le(places).fillna(value=False).astype(bool) & rows["score"].ne(0)
    settings = settings or TieSettings()
    about = {
        "title": _title(chosen, layer, everything.subset(members)),
        "method": f"people ranked by {chosen.name} on layer {layer}",
        "meaning": chosen.meaning if ties.n_ties else _NO_TIES,
        "layer": layer,
        "question": question if layer == "named" else None,
        "measure": chosen.name,
        "parameters": {
            "unit": unit,
            "places": places,
            "top": top,
            "as_if_complete": as_if_complete,
            "include": sorted(include),
            "half_life_days": settings.half_life_days,
            "max_group": settings.max_group,
            "is_sampled": chosen.name == "betweenness" and is_sampled(ties.n_people),
        },
        "seed": seed if chosen.is_seeded else None,
        **describe_cut(workplace),
        "coverage": count_known(workplace, members, question),
        "left_out": dict(ties.left_out),
        "n_listed": int(listed.sum()),
    }
    return Ranking(about, rows).first(top)


def _refuse_fragile(measure: Measure, ties: Ties) -> None:
    share = ties.n_asked / ties.n_people if ties.n_people else 0.0
    if not measure.needs_most_asked or share >= ENOUGH_ASKED:
        return
    n_needed = int(np.ceil(ENOUGH_ASKED * ties.n_people - 1e-9))
    robust = ", ".join(name for name, other in MEASURES.items() if not other.needs_most_asked)
    raise RefusedError(
        f"{measure.name} is not given as a rank on namings yet: it depends on who was asked, and only {ties.n_asked} "
        f"of {ties.n_people} people ({share:.0%}) were. Ask {n_needed - ties.n_asked} more ({ENOUGH_ASKED:.0%} are "
        f"enough), use a measure that holds on partial answers ({robust}), or say as-if-complete to see it all the same"
    )


def _title(measure: Measure, layer: str, ties: Ties) -> str:
    if layer == "named" and measure.name in {"named_by", "named_share", "in_degree", "strength"}:
        return "Most named" if ties.n_asked and ties.n_asked == ties.n_people else "Most named so far"
    return f"Ranked by {measure.name} on {layer} ties"


def _rank(score: FloatArray, listed: BoolArray, *, high_first: bool) -> "pd.Series[int]":
    """Rank the listed people, in order; those without a score last."""
    numbers = pd.Series(score, dtype="float64")[listed].round(12)
    ranks = numbers.rank(method="min", ascending=not high_first, na_option="keep").astype("Int64")
    return ranks.sort_values(kind="stable", na_position="last")


def _list_people(
    workplace: Workplace, ranks: "pd.Series[int]", score: FloatArray, voices: BoolArray, question: str
) -> pd.DataFrame:
    people = workplace.people
    known = know_people(workplace, question)
    heard = _voices(workplace, voices, question)
    rows = people[["person_id", "name"]].assign(score=score, in_top=False)
    rows = rows.join([heard, known[["was_asked", "n_conversations", "assessment"]], people[_FACTS]]).loc[ranks.index]
    rows.insert(0, "rank", ranks)
    return rows.reset_index(drop=True)


def _voices(workplace: Workplace, voices: BoolArray, question: str) -> pd.DataFrame:
    """Count who named each person: people, their share, departments and shifts."""
    n_people = len(workplace.people)
    asked = np.zeros(n_people, dtype=bool)
    asked[workplace.asked.loc[workplace.asked["question"] == question, "person"].to_numpy(dtype=np.int64)] = True
    asked &= voices
    namings = workplace.namings[workplace.namings["question"] == question]
    namings = namings[voices[namings["namer"].to_numpy(dtype=np.int64)]]
    n_could = asked.sum() - asked
    heard = pd.DataFrame(index=workplace.people.index)
    heard["named_by"] = np.bincount(namings["named"].to_numpy(dtype=np.int64), minlength=n_people)
    heard["named_share"] = (heard["named_by"] / n_could).where(n_could > 0)
    for column, name in (("department", "n_departments_naming"), ("shift", "n_shifts_naming")):
        namer_unit = namings["namer"].map(workplace.people[column])
        n_units = namer_unit.groupby(namings["named"]).nunique()
        heard[name] = n_units.reindex(heard.index, fill_value=0).astype("int64")
    return heard
