"""The expected namings: answers as heard, and for those not asked yet how likely they are to name whom.

Never a table of everybody by everybody: single pairs on request, and sums over rows through `Matching`.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import expit

from shopfloor.analysis.certainty.cells import NAMED_BACK, NOT_ASKED, NOT_NAMED_BACK, Pairs
from shopfloor.analysis.certainty.data import BoolArray, FloatArray, IntArray
from shopfloor.analysis.certainty.design import Design

N_ROUNDS = 200
STEADY = 1e-12


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ExpectedNamings:
    """How likely who names whom, at the posterior means.

    Attributes
    ----------
    pairs : Pairs
        The people and what is known of pairs.
    design : Design
    theta : numpy.ndarray
        float64, shape (n_effects,).
    standing, variance : numpy.ndarray
        float64, shape (n_people, 2): posterior mean and variance of a person's standing t(j, g) on the log-odds
        scale: among her own unit (column 0), among others (column 1).
    spread : numpy.ndarray
        float64, shape (n_people, 2): sum of p (1 - p) over those not asked yet, of her own unit, of others.
    """

    pairs: Pairs
    design: Design
    theta: FloatArray
    standing: FloatArray
    variance: FloatArray
    spread: FloatArray

    @property
    def asked(self) -> BoolArray:
        """bool, shape (n_people,): who was asked."""
        return self.pairs.asked

    def probability(self, namer: IntArray, named: IntArray, back: int | None = None) -> FloatArray:
        """Say how likely people are to name others, by the model (also of those whose answer is known).

        Parameters
        ----------
        namer, named : numpy.ndarray
            int64, broadcast against each other: ``probability(i[:, None], j[None, :])`` is a table.
        back : int, optional
            Suppose of all these pairs that `named` was not asked (0), named `namer` (1), did not (2); as known where
            not given.

        Returns
        -------
        numpy.ndarray
            float64, 0 .. 1, the broadcast shape; 0 where both are the same person.
        """
        pattern = self.pairs.matching.pattern(namer, named)
        known = self.pairs.back(namer, named) if back is None else np.full(pattern.shape, back)
        rate = self._rate(named, pattern, self.pairs.is_close(namer, named), known)
        return np.where(np.equal(namer, named), 0.0, rate)

    def is_own(self, namer: IntArray, named: IntArray) -> BoolArray:
        """Say of pairs whether they are of one main unit: then column 0 of standing, variance and spread holds."""
        own: BoolArray = (self.pairs.matching.pattern(namer, named) & 1).astype(np.bool_)
        return own

    def pagerank(self, damping: float = 0.85) -> FloatArray:
        """Rank by being named by people who are themselves named, on the expected namings.

        Parameters
        ----------
        damping : float
            Share of standing passed on by naming, 0 .. 1.

        Returns
        -------
        numpy.ndarray
            float64, shape (n_people,), sum 1; high: looked to by people who are looked to. Rows of those asked are
            their answers, other rows the probabilities, each row divided by its sum; who names nobody passes
            everything on to all alike. Cost: each round n_people x patterns.

        References
        ----------
        S. Brin and L. Page, "The anatomy of a large-scale hypertextual web search engine", Computer Networks and ISDN
        Systems 30 (1998) 107-117. doi:10.1016/S0169-7552(98)00110-X
        """
        n_people = self.pairs.n_people
        heard, moved, usual = self._matrices()
        total = np.where(self.asked, heard.sum(axis=1), moved.sum(axis=1) + self._row_sums(usual))
        passes = total > 0
        score = np.full(n_people, 1.0 / max(n_people, 1))
        for _ in range(N_ROUNDS):
            given = np.where(passes, score / np.where(passes, total, 1.0), 0.0)
            left = np.where(self.asked, 0.0, given)
            arrived = heard.T @ given + moved.T @ left + (usual * self.pairs.matching.sums(left)).sum(axis=1)
            fresh = damping * (arrived + score[~passes].sum() / n_people) + (1.0 - damping) / n_people
            if np.abs(fresh - score).sum() < STEADY:
                break
            score = fresh
        return np.asarray(score / score.sum() if n_people else score)

    def _rate(self, named: IntArray, pattern: IntArray, is_close: BoolArray, back: IntArray) -> FloatArray:
        """Return the probability of namings of people by pairs of these kinds."""
        design, theta = self.design, self.theta
        own = pattern & 1
        unit = np.append(design.unit, design.n_units)[named]
        inside = np.append(theta[design.n_shared : design.n_shared + design.n_units], 0.0)[unit]
        looked_to = np.append(theta[design.n_shared + design.n_units :], 0.0)[unit]
        shared = sum((theta[1 + bit] * (pattern >> bit & 1) for bit in range(design.n_attributes)), start=theta[0])
        close, named_back, unknown, size = theta[design.n_shared - 4 : design.n_shared]
        odds = (
            shared
            + close * is_close
            + named_back * (back == NAMED_BACK)
            + (unknown + design.between[pattern, np.asarray(is_close).astype(np.int64)]) * (back == NOT_ASKED)
            + own * (size * design.log_size[named] + inside)
            + looked_to
            + self.standing[named, 1 - own]
        )
        rate: FloatArray = expit(odds)
        return rate

    def _matrices(self) -> tuple[sparse.csr_array, sparse.csr_array, FloatArray]:
        """Return the namings heard, how far single pairs are from the usual rate, and the usual rate by pattern."""
        pairs, n_people = self.pairs, self.pairs.n_people
        everybody = np.arange(n_people)
        known = np.where(pairs.asked, NOT_NAMED_BACK, NOT_ASKED)
        patterns = np.arange(pairs.matching.n_patterns)
        usual = self._rate(everybody[:, None], patterns[None, :], np.zeros((n_people, 1), np.bool_), known[:, None])
        one, two = pairs.singled_out()
        open_pairs = ~pairs.asked[one]
        one, two = one[open_pairs], two[open_pairs]
        apart = self.probability(one, two) - usual[two, pairs.matching.pattern(one, two)]
        shape = (n_people, n_people)
        heard = sparse.coo_array((np.ones(len(pairs.naming_keys)), pairs.namings()), shape=shape).tocsr()
        return heard, sparse.coo_array((apart, (one, two)), shape=shape).tocsr(), usual

    def _row_sums(self, usual: FloatArray) -> FloatArray:
        """Sum the usual rates that each person has for all others."""
        sums = [self.pairs.matching.sums(column)[:, pattern] for pattern, column in enumerate(usual.T)]
        total: FloatArray = np.sum(sums, axis=0)
        return total
