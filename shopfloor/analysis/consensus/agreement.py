"""From many divisions of the same people to the one that agrees best with them."""

from dataclasses import dataclass
from typing import Final

import igraph
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shopfloor.analysis.leiden import seeded
from shopfloor.analysis.ties import FloatArray

IntArray = NDArray[np.int64]

MEMORY: Final = 0.25
"""Say of the result accepted last, against the runs."""

TOGETHER: Final = 0.5
"""Two people who are together in more of the runs than this belong rather together."""

N_TRIES: Final = 10
"""Searches for the best agreement of which the best counts."""

MANY_PEOPLE: Final = 1_500
"""Above this many people, pairs that are hardly ever together are left out."""

_HARDLY = 0.02
_HARDLY_AMONG_MANY = 0.3
_ROWS_AT_ONCE = 256
_SAME = 32  # its square stands above any number of runs that two people can be together in


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of classes of people, `one` < `two`, and how much they belong together, for the people of both."""

    one: IntArray
    two: IntArray
    weight: FloatArray


def agree(runs: NDArray[np.int32], remembered: IntArray, *, seed: int) -> IntArray:
    """Find the division with the largest sum, over pairs in one group, of (share together - `TOGETHER`).

    Parameters
    ----------
    runs : numpy.ndarray
        int32, shape (n_people, n_runs), fewer than 1,024 runs: the label of each person in each run.
    remembered : numpy.ndarray
        int64, shape (n_people,): her group in the result accepted last, -1 where she was in none. Of two people who
        both were in it, that result counts as `MEMORY` of their share together.
    seed : int
        Of the first search.

    Returns
    -------
    numpy.ndarray
        int64, shape (n_people,): labels in no particular order.

    Notes
    -----
    People with the same label in every run are one node of the search, so nothing of the size people x people is
    made. Cost: the pairs that are ever together, in blocks.

    References
    ----------
    A. Lancichinetti, S. Fortunato, "Consensus clustering in complex networks", Scientific Reports 2, 336 (2012).
    doi:10.1038/srep00336; V. A. Traag, P. Van Dooren, Y. Nesterov, "Narrow scope for resolution-limit-free community
    detection", Physical Review E 84, 016114 (2011), for the objective. doi:10.1103/PhysRevE.84.016114
    """
    rows = np.column_stack([runs, remembered.astype(np.int32)])
    _, first, class_of, sizes = np.unique(rows, axis=0, return_index=True, return_inverse=True, return_counts=True)
    # In the order in which people come, so that nothing hangs on what a run called its communities.
    place = np.argsort(np.argsort(first))
    class_of, order = place[class_of.ravel()], np.argsort(first)
    first, sizes = first[order], sizes[order]
    floor = _HARDLY if len(runs) <= MANY_PEOPLE else _HARDLY_AMONG_MANY
    pairs = _weigh_pairs(runs[first], remembered[first], sizes, floor)
    return _search(pairs, sizes, seed)[class_of]


def one_hot(runs: NDArray[np.int32]) -> sparse.csr_array:
    """Return who was in which community of which run: shape (n_people, all communities of all runs), 0 or 1."""
    n_people, n_runs = runs.shape
    widths = runs.max(axis=0, initial=-1).astype(np.int64) + 1
    starts = np.concatenate([[0], np.cumsum(widths)])
    columns = (runs + starts[:-1]).ravel()
    ones = np.ones(len(columns), dtype=np.int32)
    return sparse.csr_array((ones, columns, np.arange(n_people + 1) * n_runs), shape=(n_people, int(starts[-1])))


def _weigh_pairs(runs: NDArray[np.int32], remembered: IntArray, sizes: IntArray, floor: float) -> _Pairs:
    together = one_hot(runs)
    known = remembered >= 0
    groups, codes = np.unique(remembered[known], return_inverse=True)
    was = sparse.csr_array(
        (np.full(len(codes), _SAME, dtype=np.int32), (np.flatnonzero(known), codes)), shape=(len(runs), len(groups))
    )
    both = sparse.csr_array(sparse.hstack([together, was], format="csr"))
    turned = sparse.csr_array(both.T)
    parts = []
    for start in range(0, len(runs), _ROWS_AT_ONCE):
        block = sparse.coo_array(both[start : start + _ROWS_AT_ONCE] @ turned)
        one, two = block.row.astype(np.int64) + start, block.col.astype(np.int64)
        same, n_together = np.divmod(block.data, _SAME**2)
        share = n_together / runs.shape[1]
        share = np.where(known[one] & known[two], (1 - MEMORY) * share + MEMORY * same, share)
        kept = (one < two) & (share > floor)
        parts.append(_Pairs(one[kept], two[kept], (share * sizes[one] * sizes[two])[kept]))
    ends = [np.concatenate([getattr(part, name) for part in parts]) for name in ("one", "two", "weight")]
    order = np.lexsort((ends[1], ends[0]))
    return _Pairs(*(column[order] for column in ends))


def _search(pairs: _Pairs, sizes: IntArray, seed: int) -> IntArray:
    graph = igraph.Graph(n=len(sizes), edges=np.column_stack([pairs.one, pairs.two]))
    weight = pairs.weight.tolist()
    best, best_gain = np.arange(len(sizes)), -np.inf
    for attempt in range(N_TRIES if len(weight) else 0):
        with seeded(seed * N_TRIES + attempt):
            found = graph.community_leiden(
                objective_function="CPM",
                weights=weight,
                resolution=TOGETHER,
                node_weights=sizes.tolist(),
                n_iterations=-1,
            )
        labels = np.array(found.membership, dtype=np.int64)
        gain = round(_gain(pairs, sizes, labels), 9)
        if gain > best_gain:
            best, best_gain = labels, gain
    return best


def _gain(pairs: _Pairs, sizes: IntArray, labels: IntArray) -> float:
    inside = pairs.weight[labels[pairs.one] == labels[pairs.two]].sum()
    group_sizes = np.bincount(labels, weights=sizes)
    return float(inside - TOGETHER * (group_sizes**2).sum() / 2)
