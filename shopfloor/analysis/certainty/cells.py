"""Pairs of people put together in cells: all that the model needs to know of n x n possible namings.

A *cell* holds the pairs (i, j) of one person j that the model cannot tell apart: the same pattern of attributes, close
or not, and the same thing known about whether j named i. Of its pairs are counted those asked (i answered), those of
them where i named j, and those not asked yet.
"""

from dataclasses import dataclass

import numpy as np

from shopfloor.analysis.certainty.data import BoolArray, FloatArray, IntArray, NamingData
from shopfloor.analysis.certainty.matching import Matching
from shopfloor.analysis.overlaps import sorted_distinct

NOT_ASKED, NAMED_BACK, NOT_NAMED_BACK = 0, 1, 2
"""What is known about whether j named i: j was not asked, she named i, she was asked and did not."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Pairs:
    """The pairs about which something is known one by one.

    Attributes
    ----------
    n_people : int
    asked : numpy.ndarray
        bool, shape (n_people,).
    matching : Matching
    close_keys, naming_keys : numpy.ndarray
        int64, sorted: ``i * n_people + j`` of close pairs (both ways) and of namings (i named j).
    """

    n_people: int
    asked: BoolArray
    matching: Matching
    close_keys: IntArray
    naming_keys: IntArray

    @classmethod
    def of(cls, data: NamingData) -> "Pairs":
        """Sort the pairs of `data`."""
        n_people = data.n_people
        one, two = data.close.T
        apart, other = one != two, data.namer != data.named
        return cls(
            n_people,
            data.asked,
            Matching.of(data.attributes),
            sorted_distinct(np.concatenate([one * n_people + two, two * n_people + one])[np.tile(apart, 2)]),
            sorted_distinct((data.namer * n_people + data.named)[other]),
        )

    def is_close(self, one: IntArray, two: IntArray) -> BoolArray:
        """Say of pairs whether they are close."""
        return _among(self.close_keys, one * self.n_people + two)

    def back(self, namer: IntArray, named: IntArray) -> IntArray:
        """Say of pairs what is known of the naming the other way: NOT_ASKED, NAMED_BACK or NOT_NAMED_BACK."""
        is_back = _among(self.naming_keys, named * self.n_people + namer)
        return np.where(is_back, NAMED_BACK, np.where(self.asked[named], NOT_NAMED_BACK, NOT_ASKED))

    def singled_out(self) -> tuple[IntArray, IntArray]:
        """Return the pairs (i, j) that are close, or of which j named i: those outside the default cells."""
        namer, named = np.divmod(self.naming_keys, max(self.n_people, 1))
        keys = sorted_distinct(np.concatenate([self.close_keys, named * self.n_people + namer]))
        one, two = np.divmod(keys, max(self.n_people, 1))
        return one, two

    def namings(self) -> tuple[IntArray, IntArray]:
        """Return who named whom."""
        namer, named = np.divmod(self.naming_keys, max(self.n_people, 1))
        return namer, named


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Cells:
    """Counts of pairs, sorted by person, and of one person by own unit first.

    Attributes
    ----------
    person, pattern, back : numpy.ndarray
        int64, shape (n_cells,): j, the attributes shared (bits), what is known of a naming back.
    is_close, is_own : numpy.ndarray
        bool, shape (n_cells,): close pairs; pairs within one main unit.
    n_asked, n_named, n_left : numpy.ndarray
        float64, shape (n_cells,): pairs with i asked, those of them with i naming j, pairs with i not asked yet.
    """

    person: IntArray
    pattern: IntArray
    back: IntArray
    is_close: BoolArray
    is_own: BoolArray
    n_asked: FloatArray
    n_named: FloatArray
    n_left: FloatArray


def count_cells(pairs: Pairs) -> Cells:
    """Put all ordered pairs into cells.

    Parameters
    ----------
    pairs : Pairs

    Returns
    -------
    Cells
        Without empty ones. For each person j the pairs asked are the people asked without herself, those not asked
        all the others, those named her count. Cost: n_people x patterns, plus the pairs known one by one.
    """
    n_people, n_patterns = pairs.n_people, pairs.matching.n_patterns
    person = np.repeat(np.arange(n_people), n_patterns)
    pattern = np.tile(np.arange(n_patterns), n_people)
    usual = np.where(pairs.asked, NOT_NAMED_BACK, NOT_ASKED)
    default = _code(pairs, person, pattern, np.zeros(len(person), dtype=np.int64), usual[person])
    one, two = pairs.singled_out()
    pattern, nobody = pairs.matching.pattern(one, two), np.zeros(len(one), dtype=np.int64)
    taken = _code(pairs, two, pattern, nobody, usual[two])
    given = _code(pairs, two, pattern, pairs.is_close(one, two).astype(np.int64), pairs.back(one, two))
    counts: list[FloatArray] = []
    for who in (pairs.asked, ~pairs.asked):
        counted = np.bincount(default, weights=pairs.matching.sums(who.astype(np.float64)).ravel(), minlength=_n(pairs))
        moved = who[one].astype(np.float64)
        counted += np.bincount(given, moved, _n(pairs)) - np.bincount(taken, moved, _n(pairs))
        counts.append(counted.astype(np.float64))
    namer, named = pairs.namings()
    close = pairs.is_close(namer, named).astype(np.int64)
    x = _code(pairs, named, pairs.matching.pattern(namer, named), close, pairs.back(namer, named))
    n_named = np.bincount(x, minlength=_n(pairs)).astype(np.float64)
    kept = np.flatnonzero(counts[0] + counts[1] > 0)
    return _decode(pairs, kept, counts[0][kept], n_named[kept], counts[1][kept])


def _n(pairs: Pairs) -> int:
    """Count the codes there could be."""
    return pairs.n_people * pairs.matching.n_patterns * 6


def _code(pairs: Pairs, person: IntArray, pattern: IntArray, close: IntArray, back: IntArray) -> IntArray:
    """Give cells numbers such that they sort by person, own unit first, then the rest."""
    half = max(pairs.matching.n_patterns // 2, 1)
    place = (pattern >> 1) + np.where(pattern & 1, 0, half if pairs.matching.n_patterns > 1 else 0)
    return ((person * pairs.matching.n_patterns + place) * 2 + close) * 3 + back


def _decode(pairs: Pairs, code: IntArray, n_asked: FloatArray, n_named: FloatArray, n_left: FloatArray) -> Cells:
    n_patterns = pairs.matching.n_patterns
    rest, back = np.divmod(code, 3)
    rest, close = np.divmod(rest, 2)
    person, place = np.divmod(rest, n_patterns)
    is_own = (place < n_patterns // 2) if n_patterns > 1 else np.zeros(len(code), dtype=np.bool_)
    pattern = np.where(is_own, place * 2 + 1, (place - n_patterns // 2) * 2)
    return Cells(person, pattern, back, close == 1, is_own, n_asked, n_named, n_left)


def _among(keys: IntArray, wanted: IntArray) -> BoolArray:
    """Say of each key whether it is among the sorted ones."""
    if not len(keys):
        return np.zeros(np.shape(wanted), dtype=np.bool_)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: BoolArray = keys[place] == wanted
    return found
