"""Communities that hold: the division on which a hundred slightly different looks at the ties agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shopfloor.analysis.consensus.agreement import agree
from shopfloor.analysis.consensus.belonging import weigh_belonging
from shopfloor.analysis.consensus.noise import hash_keys, tie_noise
from shopfloor.analysis.consensus.progress import Steps
from shopfloor.analysis.leiden import divide_once, to_igraph
from shopfloor.analysis.ties import FloatArray, Ties

MIN_MEMBERS: Final = 3
"""Fewer people than this are no group."""

N_COPIES: Final = 50
"""Noisy copies of the ties."""

RESOLUTIONS: Final = (0.85, 1.0)
"""Resolutions at which each copy is divided, times the one asked for. Never chosen from the data: the choice jumps."""

N_RUNS: Final = N_COPIES * len(RESOLUTIONS)
"""Leiden runs in all."""


@dataclass(frozen=True, slots=True, eq=False)
class Communities:
    """A division of people on which the runs agree.

    Attributes
    ----------
    membership : numpy.ndarray
        int64, shape (n_people,): 0 is the largest community, then by size, then by the smallest key; -1 in none.
    belonging : numpy.ndarray
        float64, shape (n_people,), 0 .. 1, see `weigh_belonging`; NaN in none.
    modularity : float
        Of the division, people in none each alone; -0.5 .. 1, 0 without ties.
    runs : numpy.ndarray
        int32, shape (n_people, n_runs): the label of each person in each run.
    """

    membership: NDArray[np.int64]
    belonging: FloatArray
    modularity: float
    runs: NDArray[np.int32]

    @property
    def n_communities(self) -> int:
        """How many communities there are."""
        return int(self.membership.max(initial=-1)) + 1


def find_communities(
    ties: Ties,
    keys: Sequence[str] | None = None,
    *,
    resolution: float = 1.0,
    seed: int = 0,
    min_members: int = MIN_MEMBERS,
    remembered: NDArray[np.int64] | None = None,
    n_copies: int = N_COPIES,
    steps: Steps | None = None,
) -> Communities:
    """Divide people so that ties within are stronger than chance would have them, and so that the division holds.

    Parameters
    ----------
    ties : Ties
        Taken without direction; strength counts.
    keys : sequence of str, optional
        What tells people apart for good, their ids; their places where none are given. The noise on a tie comes from
        the keys of its two people: new people and new ties leave that of the others as it was.
    resolution : float
        Above 0; larger gives more and smaller communities.
    seed : int
        The same seed, keys and ties give the same answer, in whatever order people and ties come.
    min_members : int
        Smaller communities are dissolved: their people are in none, as are people without ties.
    remembered : numpy.ndarray, optional
        int64, shape (n_people,): group of each person in a result that was accepted, -1 for none. It has a say of a
        quarter.
    n_copies : int
        Noisy copies of the ties, each divided at `RESOLUTIONS`.
    steps : Steps, optional
        Told of each run.

    Returns
    -------
    Communities
        Everybody in none where there are no ties.

    Notes
    -----
    Each copy multiplies every tie by log-normal noise (see `tie_noise`) and is divided by Leiden on modularity. The
    consensus (see `agree`) is no truer than one good run, but a tenth of the ties may be missing and it stands.
    """
    order = np.argsort(np.array(_keys(ties, keys), dtype=object), kind="stable")
    plain, tied = _in_order(ties.undirected(), order)
    n_runs = n_copies * len(RESOLUTIONS)
    labels = np.full((ties.n_people, n_runs), -1, dtype=np.int32)
    found = np.full(ties.n_people, -1, dtype=np.int64)
    if plain.n_ties:
        hashes = hash_keys([_keys(ties, keys)[person] for person in order[tied]])
        labels[tied] = _run(plain, hashes, resolution, seed, n_copies, steps or Steps(n_runs))
        memory = np.full(len(order), -1, dtype=np.int64) if remembered is None else remembered[order]
        found[tied] = agree(labels[tied], memory[tied], seed=seed)
    membership = renumber(found, min_members)
    modularity = _modularity(plain, membership[tied])
    belonging = np.full(len(order), np.nan)
    belonging[tied] = weigh_belonging(labels[tied], membership[tied])
    back = np.argsort(order)
    return Communities(membership[back], belonging[back], modularity, labels[back])


def _keys(ties: Ties, keys: Sequence[str] | None) -> Sequence[str]:
    return [f"{place:09d}" for place in range(ties.n_people)] if keys is None else keys


def _in_order(ties: Ties, order: NDArray[np.int64]) -> tuple[Ties, NDArray[np.int64]]:
    """Return the ties among tied people, numbered in `order`, and the places of these people in it."""
    place = np.argsort(order)
    one, two = place[ties.source], place[ties.target]
    one, two = np.minimum(one, two), np.maximum(one, two)
    by_pair = np.lexsort((two, one))
    moved = Ties(
        ties.layer,
        ties.n_people,
        one[by_pair].astype(np.int32),
        two[by_pair].astype(np.int32),
        ties.strength[by_pair],
        is_directed=False,
    )
    is_tied = np.zeros(ties.n_people, dtype=bool)
    is_tied[one] = is_tied[two] = True
    return moved.subset(is_tied), np.flatnonzero(is_tied)


def _run(
    plain: Ties, hashes: NDArray[np.uint64], resolution: float, seed: int, n_copies: int, steps: Steps
) -> NDArray[np.int32]:
    graph = to_igraph(plain)
    runs = []
    for copy in range(seed * n_copies, (seed + 1) * n_copies):
        noisy = (plain.strength * tie_noise(hashes[plain.source], hashes[plain.target], copy)).tolist()
        for number, factor in enumerate(RESOLUTIONS):
            run_seed = copy * len(RESOLUTIONS) + number
            runs.append(divide_once(graph, noisy, resolution=factor * resolution, seed=run_seed).astype(np.int32))
            steps.advance()
    return np.column_stack(runs)


def _modularity(plain: Ties, membership: NDArray[np.int64]) -> float:
    if not plain.n_ties:
        return 0.0
    alone = membership.max(initial=-1) + 1 + np.arange(plain.n_people)
    labels = np.where(membership < 0, alone, membership)
    return float(to_igraph(plain).modularity(labels.tolist(), weights="strength"))


def renumber(labels: NDArray[np.int64], min_members: int) -> NDArray[np.int64]:
    """Renumber communities by size, then by their first person; -1 stays, and is for those too small."""
    names, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes, (sizes < min_members) | (names < 0)))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    number[(sizes < min_members) | (names < 0)] = -1
    return number[inverse]
