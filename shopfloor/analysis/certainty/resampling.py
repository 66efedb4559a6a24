"""How much a rank depends on who told us: for layers that nobody was asked about one by one.

Told ties come from somebody, co-work from crews, talks from organizers. Each such *source* could as well not have
been there: the ranks are made again and again with sources drawn with repetition. The result is no certainty about
the workplace (a source nobody has is never drawn), so it carries no word.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from shopfloor.analysis.certainty.data import FloatArray, IntArray
from shopfloor.errors import UsageError


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SourceRanks:
    """Ranks, and how far they move with who told us.

    Attributes
    ----------
    score : numpy.ndarray
        float64, shape (n_people,): sum of the strengths that all sources give her.
    rank, rank_low, rank_high : numpy.ndarray
        int64, shape (n_people,): 1 + the number of people with a strictly larger score; the quantiles of her rank
        over the drawn sets of sources, rank_low <= rank <= rank_high.
    n_sources : numpy.ndarray
        int64, shape (n_people,): how many sources speak of her.
    share_of_largest : numpy.ndarray
        float64, shape (n_people,), 0 .. 1: how much of her score comes from one source; 0 where she has none.
    largest_source : numpy.ndarray
        int64, shape (n_people,): that source (the smallest number among equals), -1 where she has none.
    n_draws, seed : int
    level : float
    """

    score: FloatArray
    rank: IntArray
    rank_low: IntArray
    rank_high: IntArray
    n_sources: IntArray
    share_of_largest: FloatArray
    largest_source: IntArray
    n_draws: int
    seed: int
    level: float

    def __repr__(self) -> str:
        """Give counts only."""
        return f"SourceRanks({len(self.rank)} people, {self.n_draws} draws)"


def resample_sources(
    n_people: int,
    person: IntArray,
    source: IntArray,
    strength: FloatArray,
    *,
    level: float = 0.9,
    n_draws: int = 200,
    seed: int = 0,
) -> SourceRanks:
    """Rank people by what sources say of them, and see how far the ranks move with the sources.

    Parameters
    ----------
    n_people : int
    person, source : numpy.ndarray
        int64, shape (n_rows,): source number `source` (0 or more) gives `strength` to `person`. Several rows of one
        source and person add up: give each tie to both its people, and a tie told by several sources to each of them.
    strength : numpy.ndarray
        float64, shape (n_rows,), 0 or more.
    level : float
        Of the intervals, between 0 and 1.
    n_draws, seed : int
        Draws by the numbers of the sources: the order of rows and of people makes no difference.

    Returns
    -------
    SourceRanks
        With one source, or for people of whom a single source speaks, the draw that lacks it is all there is to learn
        from; with one source in all, intervals take in every place, for nothing can be compared.

    Raises
    ------
    UsageError
        Rows of different lengths, a person outside the list, a negative strength or source, n_draws below 20.

    Notes
    -----
    The bootstrap of clusters: B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7
    (1979) 1-26. doi:10.1214/aos/1176344552. Cost: rows x draws.

    Examples
    --------
    >>> import numpy as np
    >>> said = resample_sources(3, np.array([0, 0, 1]), np.array([0, 1, 1]), np.ones(3))
    >>> said.rank.tolist(), said.n_sources.tolist()
    ([1, 2, 3], [2, 1, 0])
    """
    _check(n_people, person, source, strength, level, n_draws)
    names, number = np.unique(source, return_inverse=True)
    said = sparse.coo_array((strength, (person, number)), shape=(n_people, max(len(names), 1))).tocsr()
    said.sum_duplicates()
    score: FloatArray = np.asarray(said.sum(axis=1), dtype=np.float64).ravel()
    ranks = _drawn_ranks(said, n_draws, seed) if len(names) > 1 else None
    rank = _ranks(score[None, :])[0]
    tail = (1.0 - level) / 2.0
    low = np.ones(n_people) if ranks is None else np.quantile(ranks, tail, axis=0, method="lower")
    high = np.full(n_people, n_people) if ranks is None else np.quantile(ranks, 1 - tail, axis=0, method="higher")
    largest, which = _largest(said, names)
    return SourceRanks(
        score=score,
        rank=rank,
        rank_low=np.minimum(low.astype(np.int64), rank),
        rank_high=np.maximum(high.astype(np.int64), rank),
        n_sources=np.diff(said.indptr).astype(np.int64),
        share_of_largest=np.divide(largest, score, out=np.zeros(n_people), where=score > 0),
        largest_source=which,
        n_draws=n_draws,
        seed=seed,
        level=level,
    )


def _check(n_people: int, person: IntArray, source: IntArray, strength: FloatArray, level: float, n_draws: int) -> None:
    if not len(person) == len(source) == len(strength):
        raise UsageError(f"rows of different lengths: {len(person)} people, {len(source)} sources, {len(strength)}")
    if ((person < 0) | (person >= n_people)).any():
        raise UsageError(f"a row speaks of somebody outside the list of {n_people} people: leave such rows out")
    if (strength < 0).any() or (source < 0).any():
        raise UsageError("strengths and sources must be 0 or more")
    if not 0.0 < level < 1.0 or n_draws < 20:  # noqa: PLR2004 - fewer draws have no quantiles
        raise UsageError("level must be between 0 and 1, n_draws 20 or more")


def _drawn_ranks(said: sparse.csr_array, n_draws: int, seed: int) -> IntArray:
    """Rank people by as many sources drawn with repetition; shape (n_draws, n_people)."""
    n_sources = said.shape[1]
    draws = np.random.default_rng(seed).multinomial(n_sources, np.full(n_sources, 1 / n_sources), n_draws)
    return _ranks(np.asarray(said @ draws.T.astype(np.float64)).T)


def _ranks(scores: FloatArray) -> IntArray:
    """Rank each row: 1 + the number of strictly larger scores (equal up to rounding)."""
    rounded = np.round(scores, 9)
    ordered = np.sort(rounded, axis=1)
    n_people = scores.shape[1]
    above = [n_people - np.searchsorted(row, values, "right") for row, values in zip(ordered, rounded, strict=True)]
    return 1 + np.array(above, dtype=np.int64).reshape(scores.shape)


def _largest(said: sparse.csr_array, names: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the largest strength that one source gives each person, and which source."""
    largest, which = np.zeros(said.shape[0]), np.full(said.shape[0], -1)
    rows = np.repeat(np.arange(said.shape[0]), np.diff(said.indptr))
    order = np.lexsort((-said.indices, said.data, rows))
    last = order[np.flatnonzero(np.diff(rows[order], append=-1))]
    largest[rows[last]], which[rows[last]] = said.data[last], names[said.indices[last]]
    return largest, which
