"""The ties that hold groups together: between which groups, how many, and how many independent of one another."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import maximum_bipartite_matching

from shopfloor.analysis.ties import Ties


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
