"""Two questions to chance: are namings more unequal than it gives, and were the most named asked first."""

import numpy as np
from scipy.special import ndtr

from shopfloor.analysis.certainty.cells import Pairs
from shopfloor.analysis.certainty.data import BoolArray, FloatArray, IntArray

N_SIMULATIONS = 400
"""Counts drawn for a test; half as many for more than `MANY` people, whose spread hardly varies."""

MANY = 1000


def chance_of_spread(pairs: Pairs, rng: np.random.Generator, n_simulations: int = N_SIMULATIONS) -> float:
    """Say how often equal standing would give counts as unequal as those heard.

    Equal standing: everybody of one unit is named by those of her unit who were asked at the rate of that unit, by
    all others at one common rate. The statistic is the sum over people of (count - expected) ** 2 / variance.

    Parameters
    ----------
    pairs : Pairs
    rng : numpy.random.Generator
    n_simulations : int
        Counts drawn under equal standing, half of them for more than `MANY` people.

    Returns
    -------
    float
        In (0, 1]; small: some stand out by more than chance. 1 where nobody was asked or nobody named.
    """
    chances, rates, counts = _equal_standing(pairs)
    expected = (chances * rates).sum(axis=0)
    variance = (chances * rates * (1.0 - rates)).sum(axis=0)
    open_to_chance = variance > 0
    if not open_to_chance.any():
        return 1.0
    chances, rates = chances[:, open_to_chance], rates[:, open_to_chance]
    expected, variance = expected[open_to_chance], variance[open_to_chance]
    if len(expected) > MANY:
        n_simulations //= 2
    spread = ((counts[open_to_chance] - expected) ** 2 / variance).sum()
    drawn = rng.binomial(chances.astype(np.int64), rates, (n_simulations, *rates.shape)).sum(axis=1)
    simulated = ((drawn - expected) ** 2 / variance).sum(axis=1)
    return float((1 + (simulated >= spread - 1e-9).sum()) / (1 + n_simulations))


def _equal_standing(pairs: Pairs) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return how many could have named each person and at which rate (own unit, others), and how many did."""
    asked = pairs.asked.astype(np.float64)
    by_pattern = pairs.matching.sums(asked)
    own = by_pattern[:, 1::2].sum(axis=1)
    chances = np.array([own, by_pattern.sum(axis=1) - own])
    namer, named = pairs.namings()
    unit = _main_unit(pairs)
    place = np.where(unit < 0, unit.max(initial=-1) + 1, unit)
    is_own = (unit[namer] == unit[named]) & (unit[named] >= 0)
    n_places = int(place.max(initial=0)) + 1
    inside = np.bincount(place[named[is_own]], minlength=n_places)
    could = np.bincount(place, chances[0], minlength=n_places)
    rates = np.array(
        [
            (inside / np.maximum(could, 1.0))[place],
            np.full(pairs.n_people, (~is_own).sum() / max(chances[1].sum(), 1.0)),
        ]
    )
    return chances, rates, np.bincount(named, minlength=pairs.n_people)


def _main_unit(pairs: Pairs) -> IntArray:
    attributes = pairs.matching.attributes
    return attributes[0] if len(attributes) else np.full(pairs.n_people, -1)


def chance_of_order(pairs: Pairs) -> float:
    """Say how often chance would pick people as much named as those who were asked.

    The people asked are compared with as many picked at random from the same units (normal approximation of the
    permutation test of the sum of their counts).

    Parameters
    ----------
    pairs : Pairs

    Returns
    -------
    float
        In (0, 1]; small: those asked are named more than colleagues who were not, so somebody went to the most named
        (or the most sociable) first. 1 where nobody or everybody was asked.
    """
    asked, unit = pairs.asked, _main_unit(pairs)
    counts = np.bincount(pairs.namings()[1], minlength=pairs.n_people).astype(np.float64)
    place = np.unique(unit, return_inverse=True)[1]
    size, voices = np.bincount(place), np.bincount(place, asked)
    mean = np.bincount(place, counts) / size
    spread = np.bincount(place, (counts - mean[place]) ** 2) / size
    variance = (voices * (size - voices) / np.maximum(size - 1, 1) * spread).sum()
    if variance <= 0:
        return 1.0
    return float(ndtr(-(counts[asked].sum() - (voices * mean).sum()) / np.sqrt(variance)))


def chance_of_units(asked: BoolArray, unit: IntArray, rng: np.random.Generator, n_simulations: int = 400) -> float:
    """Say how often asking people at random would spread over the units as unevenly as this.

    Parameters
    ----------
    asked : numpy.ndarray
        bool, shape (n_people,).
    unit : numpy.ndarray
        int64, shape (n_people,), -1 where not known.
    rng : numpy.random.Generator
    n_simulations : int

    Returns
    -------
    float
        In (0, 1]; small: whole units were asked and others left out, beyond chance. 1 with fewer than two units.
    """
    known = unit >= 0
    sizes = np.bincount(unit[known])
    n_asked = int((known & asked).sum())
    if (sizes > 0).sum() < 2 or n_asked in (0, known.sum()):  # noqa: PLR2004 - one unit cannot be uneven
        return 1.0
    expected = sizes * n_asked / sizes.sum()
    drawn = rng.multivariate_hypergeometric(sizes, n_asked, n_simulations)
    uneven = ((np.vstack([np.bincount(unit[known & asked], minlength=len(sizes)), drawn]) - expected) ** 2) @ (
        1.0 / np.maximum(expected, 1e-9)
    )
    return float((1 + (uneven[1:] >= uneven[0] - 1e-9).sum()) / (1 + n_simulations))


def thin_and_silent(asked: BoolArray, unit: IntArray, min_voices: int, min_unit: int) -> tuple[IntArray, IntArray]:
    """Count voices by unit and say which units lack them.

    Returns
    -------
    thin, silent : numpy.ndarray
        int64: units of `min_unit` people or more with fewer than `min_voices` asked, and of these those with nobody
        asked; in order of code.
    """
    known = unit >= 0
    sizes = np.bincount(unit[known])
    voices = np.bincount(unit[known & asked], minlength=len(sizes))
    thin = (sizes >= min_unit) & (voices < min_voices)
    return np.flatnonzero(thin), np.flatnonzero(thin & (voices == 0))
