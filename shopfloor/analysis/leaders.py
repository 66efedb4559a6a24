"""Who moves whom: people ranked on one layer of ties, each with how far the place may be off.

Namings are counted, and a model of who would name whom says how sure a place is (`shopfloor.analysis.certainty`).
Places on other layers are shown with how much they depend on who told us. Measures that missing answers mislead are
refused until most of the workforce was asked.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from shopfloor.analysis.certainty import Thresholds, default_places
from shopfloor.analysis.measures import MEASURES, Measure, find_measure, is_sampled
from shopfloor.analysis.places import COLUMNS, Places, place_by_naming, place_by_score, place_by_sources
from shopfloor.analysis.sources import find_sayings
from shopfloor.analysis.standing import Standing, find_standing
from shopfloor.analysis.ties import BoolArray, Ties, project_ties
from shopfloor.analysis.voices import count_voices
from shopfloor.analysis.workforce import (
    are_outside,
    code_units,
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
    LEVEL,
    TieSettings,
)
from shopfloor.workplace import Workplace, once

_FACTS: Final = ["department", "shift", "crew", "job_class", "is_supervisor", "has_left"]

_NO_TIES: Final = "No ties of this kind are known so far: the order says nothing."
_NO_MODEL: Final = "No word of certainty: it is given where namings are ranked and no other measure is asked for."


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Ranking:
    """People in order of one measure, and how the order was made.

    Attributes
    ----------
    about : dict
        ``title`` (what may be claimed), ``method``, ``meaning`` (of a high value, in one sentence, or that there are
        no ties), ``layer``,
        ``question`` (None for other layers than ``named``), ``measure``, ``parameters``, ``seed`` (None where no
        chance is involved), ``revision``, ``as_of``, ``known_at``, ``version``, ``is_part`` (whether the viewer sees
        some units only), ``coverage`` (of the workforce that she sees, see
        `shopfloor.analysis.workforce.count_known` and `shopfloor.analysis.voices.count_voices`), ``left_out``,
        ``n_listed``.

        ``certainty``: ``is_given`` and ``reason`` (None, or why no word is given); where one is: ``places`` (of the
        top), ``level`` (of the intervals), ``n_draws``, ``seed``, ``order`` (``expected`` or ``named_by``: what the
        score is), ``chance`` (how often equal standing would give counts as unequal) and ``is_beyond_chance`` (nobody
        is *sure* otherwise), ``wrong_names`` (how many of the first ``places`` names are expected to be wrong),
        ``n_sure``, ``n_likely``, ``n_cannot_tell``, ``n_not_listed``, ``is_uneven`` (intervals are wider for it),
        ``is_thin`` (a main unit has fewer than two voices: *likely* begins higher), ``chance_of_units``,
        ``chance_of_order``, ``thin`` and ``silent`` (lists of ``kind`` and ``unit``, of what the model knows people
        by), ``thresholds`` and ``words`` (what each says).

        ``sources``: None, or of a list whose intervals say how much it depends on who told us ``what`` these are,
        ``n_sources``, ``level``, ``n_draws``, ``seed``.
    rows : pandas.DataFrame
        One row a person: ``rank`` (Int64; equal ones share it, NA where the measure says nothing), ``person_id``,
        ``name``, ``score`` (what the list goes by: of namings how many would name her if everybody were asked, as the
        model expects, or how many do where ``order`` says so; else the measure), ``rank_low`` and ``rank_high`` (Int64;
        by the model the places that she may hold if everybody were asked, else as ``sources`` says; NA where neither
        is), ``p_top`` (0 .. 1, probability of being among the top then), ``certainty`` (``sure``, ``likely``,
        ``cannot_tell``, ``not_listed``; None where no word is given), ``expected`` (how many would name her then),
        ``named_by_named`` (PageRank on the expected namings, sum 1 over everybody: named by people who are themselves
        named; never part of the place), ``n_sources`` and ``share_of_largest`` (how many told of her, and the share of
        the one who told most), ``in_top`` (among the places, by rank), ``named_by`` (how many named her),
        ``named_by_outside`` (how many of these are outside the viewer's units; 0 where she sees everybody),
        ``named_share`` (of those asked who could have, none of them outside), ``n_departments_naming``,
        ``n_shifts_naming`` (those outside are in none), ``was_asked``, ``n_conversations``, ``assessment`` (the latest,
        Int64, NA: not assessed),
        ``department``, ``shift``, ``crew``, ``job_class``, ``is_supervisor``, ``has_left``.
    standing : Standing or None
        The naming model's answer, where the places are its.
    """

    about: dict[str, Any]
    rows: pd.DataFrame
    standing: Standing | None = None

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
        return replace(self, about=about, rows=self.rows.head(top) if top else self.rows)


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
    level: float = LEVEL,
    seed: int = 0,
    settings: TieSettings | None = None,
    thresholds: Thresholds | None = None,
    standing: Standing | None = None,
) -> Ranking:
    """Rank the workforce: on namings by who is most named, with how sure that is; elsewhere by one measure.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    layer : str
        One of `shopfloor.analysis.LAYERS`.
    question : str
        The naming question, for layer ``named``.
    measure : str, optional
        One of `shopfloor.analysis.MEASURES`; ``strength`` where none is said, but on ``named`` the naming model: who
        would be named by more if everybody were asked comes first, and in a workforce under 25, where the model has
        too little to go by, who is named by more so far. ``named_by`` said is the bare count. With measures that are
        said, nothing is said of certainty.
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
    level : float
        Of the intervals, between 0 and 1.
    seed : int
        Of the model's draws, of sources drawn, and of measures that draw by chance.
    settings : TieSettings, optional
        How ties are derived.
    thresholds : Thresholds, optional
        Where the words of certainty begin.
    standing : Standing, optional
        As `find_standing` found it in the same workplace for the same question and people, so that it is not found
        again; seed and thresholds are then its own.

    Returns
    -------
    Ranking
        Rank = 1 + number of listed people with a strictly better score; equal ranks in the order of person_id.
        People at place k share the top with everyone tied to them; with a score of 0, or named by nobody, one is in no
        top. For a viewer who sees some units, ties with people outside count where a measure counts ties; measures that
        depend on the whole network are of the ties among the people she sees, as of those outside only fragments are
        known. The naming model knows namings among the people she sees only.

    Raises
    ------
    UsageError
        Unknown layer, measure, question, unit or inclusion; places below 1, top below 0 or level out of range.
    RefusedError
        A fragile measure on ``named`` while fewer than 80 % of the workforce were asked.
    """
    if (places is not None and places < 1) or top < 0 or not 0.0 < level < 1.0:
        raise UsageError("places must be 1 or more, top 0 (all) or more, and level between 0 and 1")
    chosen = find_measure(measure or ("named_by" if layer == "named" else "strength"))
    members = select_workforce(workplace, include)
    voices = select_voices(workplace, include)
    everything = project_ties(workplace, layer, question=question, settings=settings)
    heard = members if chosen.needs_most_asked else voices
    ties = everything.subset(heard)
    if layer == "named" and not as_if_complete:
        _refuse_fragile(chosen, everything.subset(members))
    score = np.full(len(members), np.nan)
    score[heard] = chosen.compute(ties, seed=seed)
    listed = members & select_unit(workplace, unit) if unit is not None else members
    places = places or default_places(int(listed.sum()))
    if layer != "named" or measure is not None:
        standing = None
    elif standing is None or not standing.is_of(members):  # the data changed since it was found
        standing = find_standing(workplace, question=question, include=include, seed=seed, thresholds=thresholds)
    if standing is not None:
        placed = place_by_naming(workplace, standing, score, listed, places=places, level=level)
    elif layer != "named" and chosen.name == "strength":
        placed = place_by_sources(
            find_sayings(workplace, layer, heard, settings), score, listed, level=level, seed=seed
        )
    else:
        placed = place_by_score(score, listed, _NO_MODEL, high_first=chosen.high_first)
    rows = _list_people(workplace, placed, voices, question)
    counted = rows["named_by"] if placed.certainty.get("order") == "expected" else rows["score"]
    rows["in_top"] = rows["rank"].le(places).fillna(value=False).astype(bool) & counted.ne(0)
    about = {
        "title": _title(chosen, layer, everything.subset(members), is_part=workplace.provenance.is_part),
        **_describe_order(chosen, layer, placed, ties, seed),
        "question": question if layer == "named" else None,
        "parameters": {
            "unit": unit,
            "places": places,
            "level": level,
            "top": top,
            "as_if_complete": as_if_complete,
            "include": sorted(include),
            **_describe_ties(chosen, ties, settings or TieSettings()),
        },
        **describe_cut(workplace),
        "coverage": count_known(workplace, members, question) | count_voices(workplace, members, question),
        "left_out": dict(ties.left_out),
        "n_listed": int(listed.sum()),
    }
    return Ranking(about, rows, standing).first(top)


def _describe_order(measure: Measure, layer: str, placed: Places, ties: Ties, seed: int) -> dict[str, Any]:
    """Say what the list goes by, and how sure it is."""
    by = "the naming model" if placed.certainty.get("order") == "expected" else measure.name
    drawn = (placed.sources or placed.certainty).get("seed")
    return {
        "method": f"people ranked by {by} on layer {layer}",
        "meaning": measure.meaning if ties.n_ties else _NO_TIES,
        "layer": layer,
        "measure": measure.name,
        "seed": seed if measure.is_seeded else drawn,
        "certainty": placed.certainty,
        "sources": placed.sources,
    }


def _describe_ties(measure: Measure, ties: Ties, settings: TieSettings) -> dict[str, Any]:
    return {
        "half_life_days": settings.half_life_days,
        "max_group": settings.max_group,
        "is_sampled": measure.name == "betweenness" and is_sampled(ties.n_people),
    }


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


def _title(measure: Measure, layer: str, ties: Ties, *, is_part: bool) -> str:
    if layer == "named" and measure.name in {"named_by", "named_share", "in_degree", "strength"}:
        is_all = ties.n_asked and ties.n_asked == ties.n_people and not is_part  # others, unseen, may not be asked yet
        return "Most named" if is_all else "Most named so far"
    return f"Ranked by {measure.name} on {layer} ties"


def _list_people(workplace: Workplace, placed: Places, voices: BoolArray, question: str) -> pd.DataFrame:
    people, known = workplace.people, know_people(workplace, question)
    heard = _voices(workplace, question, voices.tobytes())
    order = placed.rank.index.to_numpy()

    def take(table: pd.DataFrame, names: Iterable[str]) -> dict[str, Any]:
        return {name: table[name].array.take(order) for name in names}

    return pd.DataFrame(
        {
            "rank": placed.rank.array,
            **take(people, ("person_id", "name")),
            "score": placed.score[order],
            **{name: placed.columns[name].array for name in COLUMNS},
            "in_top": np.zeros(len(order), dtype=np.bool_),
            **take(heard, heard.columns),
            **take(known, ("was_asked", "n_conversations", "assessment")),
            **take(people, _FACTS),
        }
    )


@once
def _voices(workplace: Workplace, question: str, packed: bytes) -> pd.DataFrame:
    """Count who named each person: people, those of them outside, the share of those asked, departments and shifts."""
    voices = np.frombuffer(packed, dtype=np.bool_)
    n_people = len(workplace.people)
    asked = np.zeros(n_people, dtype=bool)
    of_question = workplace.asked["question"].eq(question).to_numpy(dtype=np.bool_)
    asked[workplace.asked["person"].to_numpy(dtype=np.int64)[of_question]] = True
    asked &= voices
    of_question = workplace.namings["question"].eq(question).to_numpy(dtype=np.bool_)
    namer, named = (workplace.namings[end].to_numpy(dtype=np.int64)[of_question] for end in ("namer", "named"))
    namer, named = namer[voices[namer]], named[voices[namer]]
    n_could = asked.sum() - asked
    named_by = np.bincount(named, minlength=n_people)
    by_outside = np.bincount(named[are_outside(workplace)[namer]], minlength=n_people)
    share = np.divide(named_by - by_outside, n_could, out=np.full(n_people, np.nan), where=n_could > 0)
    heard = {"named_by": named_by, "named_by_outside": by_outside, "named_share": share}
    for column, name in (("department", "n_departments_naming"), ("shift", "n_shifts_naming")):
        units = code_units(workplace, column)
        of_namer = units.codes[namer]
        pairs = np.unique((named * len(units.names) + of_namer)[of_namer >= 0])
        heard[name] = np.bincount(pairs // max(len(units.names), 1), minlength=n_people)
    return pd.DataFrame(heard, index=workplace.people.index)
