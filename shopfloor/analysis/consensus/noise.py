"""Noise on ties that depends on nothing but the two people: the same tie gets the same noise in every computation."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

NOISE: Final = 0.5
"""Standard deviation of the logarithm of the noise."""

HashArray = NDArray[np.uint64]


def hash_keys(keys: Sequence[str]) -> HashArray:
    """Hash each key to 64 bits, the same on every machine.

    Examples
    --------
    >>> int(hash_keys(["P0001"])[0] == hash_keys(["P0002", "P0001"])[1])
    1
    """
    digests = (blake2b(key.encode(), digest_size=8).digest() for key in keys)
    return np.array([int.from_bytes(digest, "little") for digest in digests], dtype=np.uint64)


def tie_noise(smaller: HashArray, larger: HashArray, copy: int) -> NDArray[np.float64]:
    """Return the factor by which each tie is off in one noisy copy.

    Parameters
    ----------
    smaller, larger : numpy.ndarray
        uint64, shape (n_ties,): hashes of the two people, the one with the smaller id first.
    copy : int
        Number of the copy.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_ties,), > 0: log-normal with mean 1, exp(`NOISE` z - `NOISE`^2 / 2).

    References
    ----------
    G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, 453-472 (the
    mixing function). doi:10.1145/2660193.2660195
    """
    mixed = _splitmix(smaller ^ _splitmix(larger ^ _splitmix(np.array([copy % 2**64], dtype=np.uint64))))
    uniform = ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    factor: NDArray[np.float64] = np.exp(NOISE * ndtri(uniform) - NOISE**2 / 2)
    return factor


def _splitmix(state: HashArray) -> HashArray:
    """Mix 64 bits so that each of them changes about half of the result; sums and products wrap around."""
    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
