"""People and gatherings as chance would have them: who is in which, where only the counts are kept.

In a two-mode table (rows people, columns gatherings, each cell in or not) the *degrees* are how many gatherings a
person was in and how many people a gathering had. Of all ways to fill the table that keep both on average, the one
that supposes nothing else puts person i into gathering k with ``p = x_i y_k / (1 + x_i y_k)``, independently: the
bipartite configuration model. Rows of one degree have one x, columns of one size one y, so a table of millions of cells
is a handful of *classes*. How many gatherings two people share is then a sum of independent yes and no, each with its
own chance: a Poisson-binomial number.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

MOST_STEPS: Final = 2000
TOLERANCE: Final = 1e-7
SMALLEST: Final = 1e-12
"""Smaller chances than this are lost in the rounding of a Fourier transform."""

_CELLS: Final = 4_000_000
"""Complex numbers held at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Rows and columns of one table by degree, and the chance of a cell.

    Attributes
    ----------
    row_degree, column_degree : numpy.ndarray
        int64, ascending: the degrees that occur.
    n_rows, n_columns : numpy.ndarray
        int64: how many rows and columns have them.
    chance : numpy.ndarray
        float64, shape (row classes, column classes), 0..1.
    """

    row_degree: IntArray
    column_degree: IntArray
    n_rows: IntArray
    n_columns: IntArray
    chance: FloatArray


def deal_table(row_degrees: IntArray, column_degrees: IntArray) -> Classes:
    """Find the chances that keep all row and column sums of a table in expectation.

    Parameters
    ----------
    row_degrees, column_degrees : numpy.ndarray
        int64, at least 1, with the same sum; no row larger than the number of columns, nor the other way round.

    Returns
    -------
    Classes
        Rows that fill every column (or columns that hold every row) have chance 1 there. Sums hold to one in a
        hundred thousand.

    References
    ----------
    F. Saracco, R. Di Clemente, A. Gabrielli, T. Squartini, "Randomizing bipartite networks: the case of the World Trade
    Web", Scientific Reports 5, 10595 (2015). doi:10.1038/srep10595

    Examples
    --------
    >>> deal_table(np.array([1, 1, 1]), np.array([2, 1])).chance.round(3)
    array([[0.333, 0.667]])
    """
    rows, n_rows = np.unique(row_degrees, return_counts=True)
    columns, n_columns = np.unique(column_degrees, return_counts=True)
    chance = np.zeros((len(rows), len(columns)))
    row_left, column_left = rows.astype(np.float64), columns.astype(np.float64)
    row_open, column_open = np.ones(len(rows), dtype=bool), np.ones(len(columns), dtype=bool)
    while row_open.any() and column_open.any():
        full_rows = row_open & (row_left >= n_columns[column_open].sum())
        full_columns = column_open & (column_left >= n_rows[row_open].sum())
        empty_rows, empty_columns = row_open & (row_left <= 0), column_open & (column_left <= 0)
        if not (full_rows.any() or full_columns.any() or empty_rows.any() or empty_columns.any()):
            break
        chance[np.ix_(full_rows, column_open)] = 1.0
        chance[np.ix_(row_open, full_columns)] = 1.0
        column_left = column_left - np.where(column_open & ~full_columns, n_rows[full_rows].sum(), 0)
        row_left = row_left - np.where(row_open & ~full_rows, n_columns[full_columns].sum(), 0)
        row_open, column_open = row_open & ~full_rows & ~empty_rows, column_open & ~full_columns & ~empty_columns
    if row_open.any() and column_open.any():
        chance[np.ix_(row_open, column_open)] = _balance(
            row_left[row_open], column_left[column_open], n_rows[row_open], n_columns[column_open]
        )
    return Classes(rows, columns, n_rows, n_columns, chance)


def _balance(rows: FloatArray, columns: FloatArray, n_rows: IntArray, n_columns: IntArray) -> FloatArray:
    """Return chances x y / (1 + x y) with these sums: x and y by turns, each by one step of Newton on a log scale."""
    log_x, log_y = np.log(rows / np.sqrt(rows @ n_rows)), np.log(columns / np.sqrt(columns @ n_columns))
    chance: FloatArray = special.expit(log_x[:, None] + log_y[None, :])
    for _ in range(MOST_STEPS):
        log_x += _step(rows, chance @ n_columns, (chance * (1 - chance)) @ n_columns)
        chance = special.expit(log_x[:, None] + log_y[None, :])
        log_y += _step(columns, n_rows @ chance, n_rows @ (chance * (1 - chance)))
        chance = special.expit(log_x[:, None] + log_y[None, :])
        if np.abs(chance @ n_columns - rows).max() <= TOLERANCE * rows.max():
            break
    return chance


def _step(wanted: FloatArray, found: FloatArray, slope: FloatArray) -> FloatArray:
    # Far from the answer Newton's step overshoots; one by the ratio never does, and none goes further than e.
    step = np.where(
        np.abs(wanted - found) < 0.5 * wanted,
        (wanted - found) / np.maximum(slope, 1e-300),
        np.log(wanted / np.maximum(found, 1e-300)),
    )
    clipped: FloatArray = np.clip(step, -1.0, 1.0)
    return clipped


def tail_bound(n_shared: IntArray, n_terms: IntArray, expected: FloatArray) -> FloatArray:
    """Bound the chance of sharing so many gatherings or more from above.

    Of all sums of `n_terms` yes-or-no with one mean, that with equal chances has the heaviest tail, from one above the
    mean on (Hoeffding 1956, doi:10.1214/aoms/1177728178); nearer to the mean the bound is 1.

    Parameters
    ----------
    n_shared, n_terms : numpy.ndarray
        int64: how many are shared, and how many could be.
    expected : numpy.ndarray
        float64: the mean.

    Returns
    -------
    numpy.ndarray
        float64, 0..1.
    """
    mean = np.minimum(expected / np.maximum(n_terms, 1), 1.0)
    bound = special.bdtrc(n_shared - 1.0, n_terms, mean)
    return np.where(n_shared >= expected + 1, bound, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Chances that two people share gatherings, in lists of one length.

    Attributes
    ----------
    chance : numpy.ndarray
        float64, shape (n_lists, n_chances), 0..1.
    n : numpy.ndarray
        int64, shape (n_chances,): how many gatherings have each chance.
    """

    chance: FloatArray
    n: IntArray


def tails(n_shared: IntArray, owner: IntArray, which: IntArray, terms: list[Terms]) -> FloatArray:
    """Return the chance of sharing so many gatherings or more, exactly.

    Parameters
    ----------
    n_shared : numpy.ndarray
        int64, shape (n_pairs,): shared by each pair.
    owner, which : numpy.ndarray
        int64, shape (n_parts,), sorted by `owner`, every pair at least once: pair `owner` has the list `which`,
        counted through all of `terms`.
    terms : list of Terms

    Returns
    -------
    numpy.ndarray
        float64, shape (n_pairs,), at least `SMALLEST`: the tail of the Poisson-binomial distribution, by the discrete
        Fourier transform of its characteristic function.

    References
    ----------
    Y. Hong, "On computing the distribution function for the Poisson binomial distribution", Computational Statistics &
    Data Analysis 59, 41-51 (2013). doi:10.1016/j.csda.2012.10.006
    """
    if not len(n_shared):
        return np.zeros(0)
    means = np.concatenate([each.chance @ each.n for each in terms])
    mean = np.bincount(owner, means[which], len(n_shared))
    # Beyond this no mass is left that could come round to the beginning.
    reach = np.maximum(mean + 12 * np.sqrt(mean) + 40, n_shared + 1)
    length = 1 << int(np.ceil(np.log2(reach.max() + 1)))
    logs = np.concatenate([_logs(each, length) for each in terms])
    found = np.empty(len(n_shared))
    starts = np.searchsorted(owner, np.arange(len(n_shared) + 1))
    at_once = max(1, _CELLS // length)
    for first in range(0, len(n_shared), at_once):
        last = min(first + at_once, len(n_shared))
        part = slice(starts[first], starts[last])
        total = np.add.reduceat(logs[which[part]], starts[first:last] - starts[first])
        mass = np.fft.irfft(np.conj(np.exp(total)), length)
        above = np.cumsum(mass[:, ::-1], axis=1)[:, ::-1]
        found[first:last] = np.take_along_axis(above, n_shared[first:last, None], axis=1)[:, 0]
    return np.clip(found, SMALLEST, 1.0)


def _logs(terms: Terms, length: int) -> NDArray[np.complex128]:
    """Return the logarithms of the characteristic functions, of shape (n_lists, length / 2 + 1)."""
    wave = np.exp(2j * np.pi * np.arange(length // 2 + 1) / length) - 1
    product = np.ones((len(terms.chance), len(wave)), dtype=np.complex128)
    for chance, n in zip(terms.chance.T, terms.n.tolist(), strict=True):
        factor = 1 + chance[:, None] * wave
        product *= factor if n == 1 else factor**n
    logs: NDArray[np.complex128] = np.log(product + 1e-300)
    return logs
