"""Made-up namings for tests of certainty: a link model whose truth is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopfloor.analysis.certainty import NamingData, naming_data


@dataclass(frozen=True)
class Made:
    """What everybody would answer, and what is known of people."""

    namings: NDArray[np.bool_]
    attributes: NDArray[np.int64]
    close: NDArray[np.int64]

    def heard(self, asked: NDArray[np.bool_], key: NDArray[np.int64] | None = None) -> NamingData:
        """Return the answers of those asked."""
        namer, named = np.nonzero(self.namings & asked[:, None])
        return naming_data(asked=asked, namer=namer, named=named, attributes=self.attributes, close=self.close, key=key)


def make(seed: int, n_people: int = 60, n_units: int = 4, sd: float = 1.0) -> Made:
    """Draw namings: people of uneven standing, more within units and among those who work together, often mutual."""
    rng = np.random.default_rng(seed)
    unit, shift = np.arange(n_people) % n_units, rng.integers(-1, 2, n_people)
    close = np.triu(rng.random((n_people, n_people)) < 4 / n_people, 1)
    odds = -2.8 + rng.normal(0, sd, n_people)[None, :] + 1.3 * (unit[:, None] == unit) + 1.0 * (close | close.T)
    namings = rng.random((n_people, n_people)) < 1 / (1 + np.exp(-odds))
    np.fill_diagonal(namings, val=False)
    return Made(namings, np.array([unit, shift]), np.argwhere(close))


def some(seed: int, n_people: int, share: float) -> NDArray[np.bool_]:
    """Pick people to ask at random."""
    rng = np.random.default_rng([seed, 1])
    asked = np.zeros(n_people, dtype=np.bool_)
    asked[rng.permutation(n_people)[: round(share * n_people)]] = True
    return asked
