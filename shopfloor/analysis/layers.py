"""Which layers of ties agree: whether people tied in one are tied in another more often than chance gives.

Two layers are compared on the ties that could be in both. One is dealt anew by chance, everybody keeping how many ties
she has in it (`shopfloor.analysis.two_mode`), and counted where it falls on ties of the other. Namings are
dealt among those asked alone: who was not asked named nobody *that we know of*, and neither agrees nor disagrees with
anything. So talks that are still missing make a comparison less sure, and do not move it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import norm

from shopfloor.analysis.ties import LAYERS, Ties, project_ties
from shopfloor.analysis.two_mode import Terms, deal_table, tails
from shopfloor.analysis.workforce import count_known, describe_cut, select_workforce
from shopfloor.settings import DEFAULT_QUESTION, TieSettings
from shopfloor.workplace import Workplace

FloatArray = NDArray[np.float64]

FEWEST_TIES: Final = 10
"""With fewer ties than this a layer is not compared."""

FEWEST_COMMON: Final = 3
"""Nor where fewer are in common, and fewer are expected."""

LEVEL: Final = 0.9
"""Level of the interval of a ratio."""

CHANCE: Final = 0.05
"""What chance gives less often than this is beyond it."""

MORE: Final = "more often"
LESS: Final = "less often"
AS_CHANCE: Final = "as chance gives"
CANNOT_TELL: Final = "cannot tell"

FEW_TIES: Final = "few ties"
FEW_IN_COMMON: Final = "few in common"

COLUMNS: Final = (
    *("layer", "other_layer", "verdict", "n_common", "n_ties", "n_other_ties", "expected", "ratio"),
    *("ratio_low", "ratio_high", "chance", "reason"),
)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Agreement:
    """How pairs of layers agree.

    Attributes
    ----------
    about : dict
        ``method``, ``question``, ``parameters``, ``level``, ``layers`` (of every layer: ``layer``, ``n_ties``
        (namings, else tied pairs), ``n_people`` tied), where the data come from, ``coverage``.
    rows : pandas.DataFrame
        One row for two layers with ties, `COLUMNS`: ``layer`` was dealt anew and has ``n_ties`` that could be in both,
        ``n_common`` of them in ``other_layer`` (which has ``n_other_ties`` there), where ``expected`` were by
        chance; ``ratio`` is the one over the other, from ``ratio_low`` to ``ratio_high``; ``chance`` the probability of
        so many or so few by chance (two-sided); ``verdict`` in words, ``reason`` why one cannot tell (`FEW_TIES` or
        `FEW_IN_COMMON`). In the order of `LAYERS`.
    """

    about: dict[str, Any]
    rows: pd.DataFrame

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Agreement({len(self.rows)} pairs of layers)"


def compare_layers(
    workplace: Workplace,
    *,
    question: str = DEFAULT_QUESTION,
    include: Collection[str] = (),
    settings: TieSettings | None = None,
    layers: Sequence[Ties] | None = None,
) -> Agreement:
    """Compare every two layers that have ties.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    question : str
        The naming question.
    include : collection of str
        ``supervisors``, ``left``: their ties then count too. People outside the viewer's units never do: of most ties
        among them one does not know.
    settings : TieSettings, optional
        How ties are derived.
    layers : sequence of Ties, optional
        Ties of the workplace at hand, so that they need not be derived again.

    Returns
    -------
    Agreement
        A ratio above 1: more ties in common than chance gives. Its interval takes the people for a sample
        (cluster-robust for pairs, on a log scale). It does not know of units: people of one unit meet in every layer,
        which is a reason for agreeing, not an error.

    Notes
    -----
    The chance that i has the dealt tie to j is ``x_i y_j / (1 + x_i y_j)``, given how many ties both have (Saracco et
    al. 2015, doi:10.1038/srep10595); the number in common is then Poisson-binomial. A verdict of *more* or *less* takes
    both: chance at most 5 % after Holm's correction for all pairs compared, and an interval without 1.
    """
    members = select_workforce(workplace, include)
    every = layers or [project_ties(workplace, name, question=question, settings=settings) for name in LAYERS]
    ours = {ties.layer: ties.subset(members) for ties in every}
    found = [name for name in LAYERS if name in ours and ours[name].n_ties]
    rows = [_compare(ours[one], ours[two]) for one, two in combinations(found, 2)]
    about = {
        "method": "ties in common against ties dealt by chance, everybody keeping how many she has",
        "question": question,
        "parameters": {"include": sorted(include), "chance": CHANCE, "fewest_ties": FEWEST_TIES},
        "level": LEVEL,
        "seed": None,
        "layers": [_count(name, ours.get(name)) for name in LAYERS],
        **describe_cut(workplace),
        "coverage": count_known(workplace, members, question),
    }
    return Agreement(about, pd.DataFrame(_judged(rows), columns=list(COLUMNS)))


def _count(name: str, ties: Ties | None) -> dict[str, Any]:
    if ties is None:
        return {"layer": name, "n_ties": 0, "n_people": 0}
    n_ties = ties.n_ties if name == "named" else _n_pairs(_pairs(ties))
    return {"layer": name, "n_ties": n_ties, "n_people": len(np.unique([ties.source, ties.target]))}


def _compare(one: Ties, two: Ties) -> dict[str, Any]:
    """Deal the namings if there are any, else the layer of fewer ties, and count."""
    one_pairs, two_pairs = _pairs(one), _pairs(two)
    is_first = one.layer == "named" or (two.layer != "named" and one_pairs.nnz <= two_pairs.nnz)
    dealt, other = (one, two) if is_first else (two, one)
    is_named = dealt.layer == "named"
    table = _pairs(dealt, as_said=is_named)
    seen = np.asarray(table.sum(axis=1)).ravel() > 0
    there = _pairs(other)
    there = sparse.csr_array(sparse.diags_array(seen.astype(np.float64)) @ there) if is_named else there
    there.eliminate_zeros()
    each = 1 if is_named else 2  # a pair without direction stands twice
    row = {"layer": dealt.layer, "other_layer": other.layer, "n_ties": int(table.nnz) // each}
    row["n_other_ties"] = _n_pairs(there)
    return row | _count_common(table, there, each)


def _count_common(table: sparse.csr_array, there: sparse.csr_array, each: int) -> dict[str, Any]:
    n = table.shape[0]
    where = there.tocoo()
    source, target = where.coords
    out, into = (np.asarray(table.sum(axis=axis)).ravel().astype(np.int64) for axis in (1, 0))
    classes = deal_table(out[out > 0], into[into > 0])
    meets = (out[source] > 0) & (into[target] > 0)
    source, target = source[meets], target[meets]
    row, column = (
        np.searchsorted(degrees, own[ends])
        for degrees, own, ends in ((classes.row_degree, out, source), (classes.column_degree, into, target))
    )
    both = np.flatnonzero((out > 0) & (into > 0))
    own = classes.chance[
        np.searchsorted(classes.row_degree, out[both]), np.searchsorted(classes.column_degree, into[both])
    ]
    # Nobody is tied to herself: what chance gave there goes to the others.
    to_others = table.nnz / max(table.nnz - float(own.sum()), 1.0)
    chance = np.minimum(classes.chance * to_others, 1.0)
    width = len(classes.column_degree)
    kinds, n_of_kind = np.unique(row * width + column, return_counts=True)
    expected: FloatArray = np.bincount(source, chance[row, column], n).astype(np.float64)
    common: FloatArray = np.asarray(table.multiply(there > 0).sum(axis=1)).ravel()
    n_common = round(float(common.sum()) / each)
    total = float(expected.sum()) / each
    low, high = _interval(common, expected, each)
    return {
        "n_common": n_common,
        "expected": total,
        "ratio": n_common / total if total else np.nan,
        "ratio_low": low,
        "ratio_high": high,
        "chance": _two_sided(n_common, chance.ravel()[kinds], n_of_kind // each) if total else np.nan,
    }


def _pairs(ties: Ties, *, as_said: bool = False) -> sparse.csr_array:
    """Return who is tied as ones: both ways, or as said."""
    matrix = ties.adjacency()
    matrix.data[:] = 1.0
    return matrix if as_said else sparse.csr_array(matrix.maximum(matrix.T))


def _n_pairs(table: sparse.csr_array) -> int:
    """Count the pairs that have an entry in either direction."""
    return int(sparse.triu(table.maximum(table.T), k=1).nnz)


def _two_sided(n_common: int, chance: FloatArray, n: NDArray[np.int64]) -> float:
    which, terms = np.zeros(2, dtype=np.int64), [Terms(chance[None, :], n)]
    upper, beyond = tails(np.array([n_common, n_common + 1]), np.arange(2), which, terms)
    return float(min(1.0, 2 * min(upper, 1 - beyond)))


def _interval(common: FloatArray, expected: FloatArray, each: int) -> tuple[float, float]:
    """Return the interval of the ratio, from how people differ; at least as wide as counting alone makes it."""
    total, found = float(expected.sum()), float(common.sum())
    if not total:
        return np.nan, np.nan
    z = float(norm.ppf((1 + LEVEL) / 2))
    if not found:
        return 0.0, -float(np.log((1 - LEVEL) / 2)) * each / total
    spread = max(float(((common - found / total * expected) ** 2).sum()) * each, found * each)
    factor = float(np.exp(z * np.sqrt(spread) / found))
    return found / total / factor, found / total * factor


def _judged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the verdicts; chances are corrected for how many were compared."""
    told = [row | {"reason": _why_not(row)} for row in rows]
    compared = sorted((row for row in told if row["reason"] is None), key=lambda row: float(row["chance"]))
    worst = 0.0
    for place, row in enumerate(compared):
        worst = max(worst, row["chance"] * (len(compared) - place))
        row["chance"] = min(worst, 1.0)
        row["verdict"] = _verdict(row)
    return [row if "verdict" in row else row | {"verdict": CANNOT_TELL, "chance": np.nan} for row in told]


def _verdict(row: dict[str, Any]) -> str:
    if row["chance"] > CHANCE or row["ratio_low"] <= 1 <= row["ratio_high"]:
        return AS_CHANCE
    return MORE if row["ratio"] > 1 else LESS


def _why_not(row: dict[str, Any]) -> str | None:
    if min(row["n_ties"], row["n_other_ties"]) < FEWEST_TIES:
        return FEW_TIES
    return FEW_IN_COMMON if max(row["n_common"], row["expected"]) < FEWEST_COMMON else None
