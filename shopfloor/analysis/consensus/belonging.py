"""How strongly each person belongs to her group, and to a second one."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shopfloor.analysis.consensus.agreement import one_hot
from shopfloor.analysis.ties import FloatArray, Ties

IntArray = NDArray[np.int64]

CORE: Final = 0.8
"""Belonging from here on is the core of a group."""

MEMBER: Final = 0.6
"""From here on a member, below it the edge."""

SECOND_SHARE: Final = 0.15
"""Share of runs together that a second belonging takes."""

SECOND_TIES: Final = 3
"""Ties into the second group that it takes."""

SECOND_TIE_SHARE: Final = 0.3
"""Share of her ties that must go there."""

_ROUNDS = 3


def weigh_belonging(runs: NDArray[np.int32], membership: IntArray) -> FloatArray:
    """Say how strongly each person belongs to her group.

    Parameters
    ----------
    runs : numpy.ndarray
        int32, shape (n_people, n_runs): the label of each person in each run.
    membership : numpy.ndarray
        int64, shape (n_people,): her group, -1 for none.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_people,), 0 .. 1: the mean share of runs in which she is together with the others of her
        group, each weighted by own belonging, in three rounds; NaN in no group.
    """
    belonging = np.full(len(membership), np.nan)
    placed = np.flatnonzero(membership >= 0)
    if not len(placed):
        return belonging
    together, group = one_hot(runs[placed]).astype(np.float64), membership[placed]
    own = np.ones(len(placed))
    for _ in range(_ROUNDS):
        weights = sparse.csr_array((own, (np.arange(len(placed)), group)))
        shared = np.asarray((together @ (together.T @ weights).toarray())[np.arange(len(placed)), group])
        others = np.bincount(group, weights=own)[group] - own
        own = np.clip((shared / runs.shape[1] - own) / np.maximum(others, 1e-12), 0.0, 1.0)
    belonging[placed] = np.round(own, 12)
    return belonging


def name_roles(belonging: FloatArray) -> list[str | None]:
    """Return ``core``, ``member`` or ``edge`` for each belonging, None for NaN."""
    return [
        None if np.isnan(value) else "core" if value >= CORE else "member" if value >= MEMBER else "edge"
        for value in belonging.tolist()
    ]


def find_second_belonging(ties: Ties, runs: NDArray[np.int32], membership: IntArray) -> tuple[IntArray, FloatArray]:
    """Find the people who belong to a second group as well.

    Parameters
    ----------
    ties : Ties
        Undirected.
    runs, membership : numpy.ndarray
        As in `weigh_belonging`; groups are 0 .. n_groups - 1.

    Returns
    -------
    second : numpy.ndarray
        int64, shape (n_people,): the other group in which she is together with the members most often, if that is in
        at least `SECOND_SHARE` of the runs on average, she has `SECOND_TIES` ties into it and `SECOND_TIE_SHARE` of
        her ties go there; -1 for none.
    share : numpy.ndarray
        float64, shape (n_people,): that average; NaN for none.
    """
    n_people, n_groups = len(membership), int(membership.max(initial=-1)) + 1
    second, share = np.full(n_people, -1, dtype=np.int64), np.full(n_people, np.nan)
    placed = np.flatnonzero(membership >= 0)
    if n_groups < 2:  # noqa: PLR2004 - a second group takes two
        return second, share
    group, rows = membership[placed], np.arange(len(placed))
    member_of = sparse.csr_array((np.ones(len(placed)), (placed, group)), shape=(n_people, n_groups))
    together = one_hot(runs[placed]).astype(np.float64)
    mean = (together @ (together.T @ member_of[placed]).toarray()) / (runs.shape[1] * np.bincount(group))
    mean[rows, group] = -1.0
    other = mean.argmax(axis=1)
    known = (ties.adjacency() > 0).astype(np.float64)[placed]
    n_into = (known @ member_of).toarray()[rows, other]
    n_ties = np.maximum(np.asarray(known.sum(axis=1)).ravel(), 1)
    closeness = mean[rows, other]
    real = (closeness >= SECOND_SHARE) & (n_into >= SECOND_TIES) & (n_into / n_ties >= SECOND_TIE_SHARE)
    second[placed[real]], share[placed[real]] = other[real], closeness[real]
    return second, share
