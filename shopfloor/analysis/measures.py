"""Measures of a person's place in one layer of ties, in one table: `MEASURES`.

Every function takes `Ties` and returns one number a person: float64, shape (n_people,), NaN where the measure says
nothing about her. Unless a function says otherwise, ties count without direction and each has length 1: word travels
both ways, and a strong tie is not a short one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import eigsh

from shopfloor.analysis.consensus import find_communities
from shopfloor.analysis.leiden import to_igraph
from shopfloor.analysis.ties import BoolArray, FloatArray, IndexArray, Ties
from shopfloor.errors import UsageError, near

EXACT_UP_TO: Final = 10_000
"""Betweenness is exact up to this many people, sampled above."""

N_SOURCES: Final = 1_000
"""Shortest paths from this many people are followed where betweenness is sampled."""

DAMPING: Final = 0.85
"""PageRank's share of standing passed on, and Katz's attenuation as a share of its largest allowed value."""


def in_degree(ties: Ties) -> FloatArray:
    """Count the people whose tie points at her; without direction, the people tied to her."""
    return _count(ties.target, ties) if ties.is_directed else _count(ties.target, ties) + _count(ties.source, ties)


def out_degree(ties: Ties) -> FloatArray:
    """Count the people her ties point at; NaN for people who were not asked (not known is not 0)."""
    n_out = _count(ties.source, ties) if ties.is_directed else in_degree(ties)
    return n_out if ties.asked is None else np.where(ties.asked, n_out, np.nan)


def _count(ends: IndexArray, ties: Ties) -> FloatArray:
    return np.bincount(ends, minlength=ties.n_people).astype(np.float64)


def named_share(ties: Ties) -> FloatArray:
    """Share of those asked who named her, 0 .. 1; she is not among those who could. NaN where nobody could have.

    Namings from outside the viewer's units are not in it: of the people there only those who named somebody are known.
    """
    asked = np.zeros(ties.n_people, dtype=bool) if ties.asked is None else ties.asked
    n_could = asked.sum() - asked
    share = np.full(ties.n_people, np.nan)
    np.divide(_count(ties.target[asked[ties.source]], ties), n_could, out=share, where=n_could > 0)
    return share


def strength(ties: Ties) -> FloatArray:
    """Sum of the strengths of the ties that point at her; without direction, of all her ties."""
    total: FloatArray = np.bincount(ties.target, ties.strength, ties.n_people).astype(np.float64)
    if not ties.is_directed:
        total += np.bincount(ties.source, ties.strength, ties.n_people)
    return total


def degree(ties: Ties) -> FloatArray:
    """Count the different people she is tied to, whichever way."""
    return in_degree(ties.undirected())


def closeness(ties: Ties) -> FloatArray:
    """Harmonic closeness: the mean of 1 / distance to all others, 0 .. 1; people out of reach count 0.

    References
    ----------
    M. Marchiori, V. Latora, "Harmony in the small-world", Physica A 285, 539-546 (2000).
    doi:10.1016/S0378-4371(00)00311-3
    """
    if ties.n_people < 2:  # noqa: PLR2004 - one person has nobody to reach
        return np.zeros(ties.n_people)
    return np.array(to_igraph(ties.undirected()).harmonic_centrality(normalized=True))


def betweenness(ties: Ties, *, seed: int = 0) -> FloatArray:
    """Share of the other pairs whose shortest paths lead through her, 0 .. 1.

    Exact up to `EXACT_UP_TO` people; above, paths are followed from `N_SOURCES` people drawn with `seed` and scaled
    up (`is_sampled` tells). Cost: people (or sources) x ties.

    References
    ----------
    U. Brandes, "A faster algorithm for betweenness centrality", Journal of Mathematical Sociology 25, 163-177 (2001).
    doi:10.1080/0022250X.2001.9990249. Sampling: U. Brandes, C. Pich, "Centrality estimation in large networks",
    International Journal of Bifurcation and Chaos 17, 2303-2318 (2007). doi:10.1142/S0218127407018403
    """
    n_pairs = (ties.n_people - 1) * (ties.n_people - 2) / 2
    if n_pairs <= 0:
        return np.zeros(ties.n_people)
    graph = to_igraph(ties.undirected())
    if not is_sampled(ties.n_people):
        return np.array(graph.betweenness(directed=False)) / n_pairs
    sources = np.random.default_rng(seed).choice(ties.n_people, N_SOURCES, replace=False)
    paths = np.array(graph.betweenness(directed=False, sources=np.sort(sources).tolist()))
    return paths * (ties.n_people / N_SOURCES) / n_pairs


def is_sampled(n_people: int) -> bool:
    """Whether `betweenness` is sampled among so many people."""
    return n_people > EXACT_UP_TO


def katz(ties: Ties) -> FloatArray:
    """Katz standing: 1 for a person nobody points at, more for those looked to by people who are looked to, >= 1.

    Solves x = 1 + a A' x with a = `DAMPING` / spectral radius of (A + A') / 2, which is at least that of A. Chosen
    over eigenvector centrality because it is well defined on every network: each component has its standing, where
    the eigenvector gives 0 to all but one. Direction and strength count; all 1 without ties.

    References
    ----------
    L. Katz, "A new status index derived from sociometric analysis", Psychometrika 18, 39-43 (1953).
    doi:10.1007/BF02289026
    """
    matrix = ties.adjacency()
    standing = np.ones(ties.n_people)
    if not ties.n_ties:
        return standing
    pull = sparse.csr_array(matrix.T) * (DAMPING / _spectral_radius(sparse.csr_array(matrix + matrix.T)))
    # Each round shrinks the rest at least to DAMPING of it: 200 rounds leave about 1e-14.
    for _ in range(200):
        standing = 1.0 + pull @ standing
    return standing


def _spectral_radius(both_ways: sparse.csr_array) -> float:
    """Largest eigenvalue of half of a symmetric matrix."""
    n_people = both_ways.shape[0]
    if n_people < 4:  # noqa: PLR2004 - too small for the iterative method
        return float(np.linalg.eigvalsh(both_ways.toarray())[-1]) / 2
    largest = eigsh(both_ways, k=1, which="LA", v0=np.ones(n_people), return_eigenvectors=False)
    return float(largest[0]) / 2


def pagerank(ties: Ties) -> FloatArray:
    """PageRank, damping `DAMPING`, summing to 1: named by people who are themselves named.

    Direction and strength count.

    Those who point at nobody give their share to everyone alike, so it is defined on every network.

    References
    ----------
    S. Brin, L. Page, "The anatomy of a large-scale hypertextual Web search engine", Computer Networks 30, 107-117
    (1998). doi:10.1016/S0169-7552(98)00110-X
    """
    if not ties.n_people:
        return np.zeros(0)
    return np.array(to_igraph(ties).pagerank(damping=DAMPING, weights="strength"))


def core(ties: Ties) -> FloatArray:
    """Largest k such that she is in a set of people who each have k ties within it (k-core); 0 without ties.

    References
    ----------
    S. B. Seidman, "Network structure and minimum degree", Social Networks 5, 269-287 (1983).
    doi:10.1016/0378-8733(83)90028-X
    """
    return np.array(to_igraph(ties.undirected()).coreness(), dtype=np.float64)


def constraint(ties: Ties) -> FloatArray:
    """Burt's constraint: how far all her ties lead back to the same people; low = between circles. NaN without ties.

    Strength counts. About 0 .. 1.125.

    References
    ----------
    R. S. Burt, "Structural holes and good ideas", American Journal of Sociology 110, 349-399 (2004).
    doi:10.1086/421787
    """
    graph = to_igraph(ties.undirected())
    return np.array(graph.constraint(weights="strength"), dtype=np.float64) if ties.n_people else np.zeros(0)


def effective_size(ties: Ties) -> FloatArray:
    """People she is tied to, less how many of each other they know on average. NaN without ties.

    References
    ----------
    S. P. Borgatti, "Structural holes: unpacking Burt's redundancy measures", Connections 20(1), 35-38 (1997).
    """
    known = _who_knows_whom(ties)
    n_tied = np.diff(known.indptr).astype(np.float64)
    n_links_among = np.asarray((known @ known).multiply(known).sum(axis=1), dtype=np.float64).ravel() / 2
    size = np.full(ties.n_people, np.nan)
    np.divide(2 * n_links_among, n_tied, out=size, where=n_tied > 0)
    effective: FloatArray = n_tied - size
    return effective


def bridging(ties: Ties, *, seed: int = 0) -> FloatArray:
    """Pairs of people in different groups who are not tied and whose only common contact she is.

    Groups are the communities that `find_communities` finds in the same ties with `seed`; people in none of them
    stand each alone. Strength does not count beyond that. Cost: sum of squared degrees.

    References
    ----------
    Counted between groups after R. V. Gould, R. M. Fernandez, "Structures of mediation: a formal approach to
    brokerage in transaction networks", Sociological Methodology 19, 89-126 (1989). doi:10.2307/270949
    """
    return only_broker(ties, find_communities(ties, seed=seed).membership)


def only_broker(ties: Ties, membership: NDArray[np.int64]) -> FloatArray:
    """Count for each person the pairs of different groups that meet in her alone (see `bridging`).

    Parameters
    ----------
    ties : Ties
    membership : numpy.ndarray
        int, shape (n_people,), -1 for people in no group.
    """
    known = _who_knows_whom(ties)
    membership = np.where(membership < 0, -1 - np.arange(ties.n_people), membership)
    numbered = known @ sparse.diags_array(np.arange(1.0, ties.n_people + 1)).tocsr()
    n_paths = np.concatenate([[0], np.cumsum(known @ np.diff(known.indptr))])
    counts = np.zeros(ties.n_people)
    start = 0
    while start < ties.n_people:
        stop = max(int(np.searchsorted(n_paths, n_paths[start] + _PATHS_AT_ONCE, "right")) - 1, start + 1)
        brokers = _brokers(known, numbered, membership, start, stop)
        counts += np.bincount(brokers, minlength=ties.n_people)
        start = stop
    return counts


_PATHS_AT_ONCE: Final = 20_000_000


def _brokers(
    known: sparse.csr_array, numbered: sparse.csr_array, membership: NDArray[np.int64], start: int, stop: int
) -> NDArray[np.int64]:
    """Find the only common contacts of the pairs (i, j), start <= i < stop, i < j."""
    n_common = (known[start:stop] @ known).tocsr()
    n_common.sort_indices()
    contact = (numbered[start:stop] @ known).tocsr()
    contact.sort_indices()
    one = np.repeat(np.arange(start, stop), np.diff(n_common.indptr))
    two = n_common.indices
    maybe: BoolArray = (n_common.data == 1) & (one < two) & (membership[one] != membership[two])
    one, two = one[maybe], two[maybe]
    broker: NDArray[np.int64] = contact.data[maybe].astype(np.int64) - 1
    if not len(one):
        return broker
    untied: BoolArray = np.asarray(known[one, two]).ravel() == 0
    return broker[untied]


def _who_knows_whom(ties: Ties) -> sparse.csr_array:
    """Symmetric 0/1 matrix."""
    matrix = ties.undirected().adjacency()
    matrix.data[:] = 1.0
    return matrix


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure and what an organizer has to know about it.

    Attributes
    ----------
    name : str
        As commands and results call it.
    compute_on : Callable
        The function of this module.
    meaning : str
        One plain sentence on what a high value means.
    needs_most_asked : bool
        Whether missing answers mislead it so much that it is refused as a rank on namings below
        `shopfloor.settings.ENOUGH_ASKED`.
    only_named : bool
        Whether it makes sense for the layer ``named`` only.
    is_seeded : bool
        Whether it draws by chance (or stands on something that does).
    high_first : bool
        Whether high values come first in a rank.
    """

    name: str
    compute_on: Callable[..., FloatArray]
    meaning: str
    needs_most_asked: bool = False
    only_named: bool = False
    is_seeded: bool = False
    high_first: bool = True

    def compute(self, ties: Ties, *, seed: int = 0) -> FloatArray:
        """Return one number a person, shape (n_people,).

        Raises
        ------
        UsageError
            A measure of namings on another layer.
        """
        if self.only_named and ties.layer != "named":
            raise UsageError(f"measure {self.name!r} counts namings: layer {ties.layer!r} has none; use in_degree")
        values = self.compute_on(ties, seed=seed) if self.is_seeded else self.compute_on(ties)
        return values.astype(np.float64)


_ALL = (
    Measure("named_by", in_degree, "Many of those asked so far named this person.", only_named=True),
    Measure("named_share", named_share, "A large part of those asked so far named this person.", only_named=True),
    Measure("in_degree", in_degree, "Many people look to this person."),
    Measure("out_degree", out_degree, "This person looks to many people."),
    Measure("strength", strength, "This person's ties, taken together, are strong."),
    Measure("degree", degree, "This person is tied to many different people."),
    Measure("closeness", closeness, "Word from this person reaches the others in few steps.", needs_most_asked=True),
    Measure(
        "betweenness",
        betweenness,
        "Word between others often has to pass through this person.",
        needs_most_asked=True,
        is_seeded=True,
    ),
    Measure("katz", katz, "People who are looked to themselves look to this person.", needs_most_asked=True),
    Measure("pagerank", pagerank, "This person is named by people who are themselves named.", needs_most_asked=True),
    Measure("core", core, "This person is among people who all have many ties to each other.", needs_most_asked=True),
    Measure(
        "constraint",
        constraint,
        "A high value means this person's contacts all know each other; a low one, which comes first, that this "
        "person stands between circles.",
        needs_most_asked=True,
        high_first=False,
    ),
    Measure(
        "effective_size",
        effective_size,
        "This person knows many people who do not know each other.",
        needs_most_asked=True,
    ),
    Measure(
        "bridging",
        bridging,
        "Many people of different groups have only this person in common.",
        needs_most_asked=True,
        is_seeded=True,
    ),
)

MEASURES: Final[Mapping[str, Measure]] = MappingProxyType({measure.name: measure for measure in _ALL})
"""All measures by name."""


def find_measure(name: str) -> Measure:
    """Return the measure called `name`.

    Raises
    ------
    UsageError
        There is none; near names are given.
    """
    if name not in MEASURES:
        raise UsageError(f"no measure {name!r}{near(name, MEASURES)} (measures: {', '.join(MEASURES)})")
    return MEASURES[name]
