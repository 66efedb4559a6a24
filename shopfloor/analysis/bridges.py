"""The ties that hold groups together: between which groups, how many, and how many independent of one another."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import maximum_bipartite_matching

from shopfloor.analysis.leiden import to_igraph
from shopfloor.analysis.ties import Ties

MIN_TIES: Final = 3
"""Ties that it takes to say to how many groups they go."""


def bridging_ties(ties: Ties, membership: NDArray[np.int64], *, max_links: int = 1) -> pd.DataFrame:
    """List the ties between groups that hang together by few people.

    Parameters
    ----------
    ties : Ties
        Taken without direction.
    membership : numpy.ndarray
        int64, shape (n_people,): group of each person, -1 for none (her ties are no bridges).
    max_links : int
        Leave out pairs of groups with more independent links than this. 1: the two groups hang on one person.

    Returns
    -------
    pandas.DataFrame
        One row a tie: ``source``, ``target`` (people, source in the group with the smaller number), ``strength``,
        ``group``, ``other_group``, ``n_ties`` (between the two groups) and ``n_links``: the largest number of ties
        between them that share nobody, which is also the fewest people whose leaving cuts all of them (Koenig).
        Ordered by n_links, n_ties, groups, people. Empty where nothing bridges. On partial namings a missing tie is
        not a missing link: say *so far*.
    """
    plain = ties.undirected()
    here, there = membership[plain.source], membership[plain.target]
    across = (here >= 0) & (there >= 0) & (here != there)
    swap = here > there
    table = pd.DataFrame(
        {
            "source": np.where(swap, plain.target, plain.source)[across],
            "target": np.where(swap, plain.source, plain.target)[across],
            "strength": plain.strength[across],
            "group": np.minimum(here, there)[across],
            "other_group": np.maximum(here, there)[across],
        }
    )
    between = table.groupby(["group", "other_group"], sort=True)
    table["n_ties"] = between["source"].transform("size")
    n_links = {pair: _independent_links(part) for pair, part in between}
    pairs = zip(table["group"], table["other_group"], strict=True)
    table["n_links"] = np.array([n_links[pair] for pair in pairs], dtype=np.int64)
    order = ["n_links", "n_ties", "group", "other_group", "source", "target"]
    return table[table["n_links"] <= max_links].sort_values(order).reset_index(drop=True)


def _independent_links(between: pd.DataFrame) -> int:
    """Size of the largest matching among the ties between two groups."""
    left, left_people = pd.factorize(between["source"])
    right, right_people = pd.factorize(between["target"])
    shape = (len(left_people), len(right_people))
    matching = maximum_bipartite_matching(sparse.csr_matrix((np.ones(len(left)), (left, right)), shape=shape))
    return int((matching >= 0).sum())


def link_groups(ties: Ties, membership: NDArray[np.int64]) -> pd.DataFrame:
    """Say how each two groups that have ties between them hang together.

    Parameters
    ----------
    ties, membership
        As in `bridging_ties`.

    Returns
    -------
    pandas.DataFrame
        One row a pair of groups: ``group``, ``other_group``, ``n_ties``, ``n_links`` (independent, see
        `bridging_ties`), ``link``: ``hangs on one person`` (1 independent link), ``thin`` (2) or ``several``, and
        ``hinges``: the people who lie on every tie between the two, in order. Ordered by n_links, n_ties, groups.
        On partial namings a missing tie is not a missing link: say *so far*.
    """
    across = bridging_ties(ties, membership, max_links=ties.n_people)
    rows = [
        {
            "group": group,
            "other_group": other,
            "n_ties": len(part),
            "n_links": int(part["n_links"].iloc[0]),
            "link": _LINKS.get(int(part["n_links"].iloc[0]), "several"),
            "hinges": sorted(_on_every_tie(part)),
        }
        for (group, other), part in across.groupby(["group", "other_group"], sort=True)
    ]
    columns = ["group", "other_group", "n_ties", "n_links", "link", "hinges"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["n_links", "n_ties", "group", "other_group"], kind="stable").reset_index(drop=True)


_LINKS = {1: "hangs on one person", 2: "thin"}


def _on_every_tie(between: pd.DataFrame) -> set[int]:
    source, target = (set(between[end].tolist()) for end in ("source", "target"))
    return {int(person) for end in (source, target) if len(end) == 1 for person in end}


def cut_people(ties: Ties) -> NDArray[np.bool_]:
    """Say of whom it is true that without her, people who now reach one another no longer would.

    Returns
    -------
    numpy.ndarray
        bool, shape (n_people,): articulation points.
    """
    is_cut = np.zeros(ties.n_people, dtype=bool)
    is_cut[to_igraph(ties.undirected()).articulation_points()] = True
    return is_cut


def participation(ties: Ties, membership: NDArray[np.int64]) -> NDArray[np.float64]:
    """Say how evenly each person's ties go to different groups.

    Parameters
    ----------
    ties, membership
        As in `bridging_ties`; a tie to somebody in no group goes to a group of her own.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_people,), 0 (all to one group) .. 1: 1 - sum over groups of (share of her ties)^2; NaN with
        fewer than `MIN_TIES` ties, for one stray tie says nothing.

    References
    ----------
    R. Guimera, L. A. N. Amaral, "Functional cartography of complex metabolic networks", Nature 433, 895-900 (2005).
    doi:10.1038/nature03288
    """
    own = np.where(membership < 0, membership.max(initial=-1) + 1 + np.arange(ties.n_people), membership)
    group_of = sparse.csr_array(
        (np.ones(len(own)), (np.arange(len(own)), own)), shape=(len(own), int(own.max(initial=-1)) + 1)
    )
    counts = (ties.undirected().adjacency() > 0).astype(np.float64) @ group_of
    n_ties = np.asarray(counts.sum(axis=1)).ravel()
    squares = np.asarray(counts.multiply(counts).sum(axis=1)).ravel()
    spread: NDArray[np.float64] = np.where(n_ties >= MIN_TIES, 1 - squares / np.maximum(n_ties, 1) ** 2, np.nan)
    return spread
