"""Completing the namings: draws of how often each person would be named if everybody were asked."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from shopfloor.analysis.certainty.data import FloatArray, IntArray
from shopfloor.analysis.certainty.fit import (
    GRID,
    LARGE,
    SPACING,
    Fit,
    Problem,
    draw_theta,
    likelihoods,
    person_prior,
    smoothed,
)

N_DRAWS = 200
"""Draws made where nothing else is said."""

N_CANDIDATES = 8
"""Values of t(j, g) among which a draw picks."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Prediction:
    """What the answers not given yet may be.

    Attributes
    ----------
    counts : numpy.ndarray
        int64, shape (n_draws, n_people): namings of each person if everybody were asked; those heard are in it.
    theta : numpy.ndarray
        float64, shape (n_effects,): mean of the effects over the draws.
    standing, variance : numpy.ndarray
        float64, shape (n_people, 2): mean and variance of t(j, own unit) and t(j, other units).
    """

    counts: IntArray
    theta: FloatArray
    standing: FloatArray
    variance: FloatArray


def predict_counts(problem: Problem, fit: Fit, n_draws: int, rng: np.random.Generator) -> Prediction:
    """Draw the counts that everybody's answers would give.

    Parameters
    ----------
    problem : Problem
    fit : Fit
    n_draws : int
        1 or more. They come from 20 draws of (sigma, tau, theta), of 5 above `LARGE` people.
    rng : numpy.random.Generator
        The only source of chance.

    Returns
    -------
    Prediction
        Above `LARGE` people the missing namings of one person are one binomial with the mean rate of her pairs, which
        is a little wider than the sum over cells.
    """
    n_hyper = min(5 if problem.n_people > LARGE else 20, n_draws)
    chosen = _systematic(fit.weights.ravel(), n_hyper, rng)
    shares = np.diff(np.linspace(0, n_draws, n_hyper + 1).round().astype(np.int64))
    counts, thetas, standings = [], [], []
    for cell, share in zip(chosen, shares, strict=True):
        mode, tau = fit.modes[cell // len(fit.taus)], float(fit.taus[cell % len(fit.taus)])
        theta = draw_theta(mode, rng)
        standing = _draw_standing(problem, theta, mode.sigma, tau, int(share), rng)
        counts.append(_complete(problem, theta, standing, rng))
        thetas.append(theta)
        standings.append(standing)
    all_standing = np.concatenate(standings, axis=2)
    return Prediction(
        np.concatenate(counts), np.mean(thetas, axis=0), all_standing.mean(axis=2), all_standing.var(axis=2)
    )


def _systematic(weights: FloatArray, n_draws: int, rng: np.random.Generator) -> IntArray:
    """Draw by weight, evenly spread."""
    points = (np.arange(n_draws) + rng.random()) / n_draws
    return np.minimum(np.searchsorted(np.cumsum(weights), points), len(weights) - 1)


def _draw_standing(
    problem: Problem, theta: FloatArray, sigma: float, tau: float, n_draws: int, rng: np.random.Generator
) -> FloatArray:
    """Draw t(j, g), float64, shape (n_people, 2, n_draws)."""
    likelihood, _ = likelihoods(problem, theta)
    posterior = np.cumsum(smoothed(likelihood, tau) * person_prior(sigma), axis=1)
    posterior /= posterior[:, -1:]
    everybody = np.arange(problem.n_people)[:, None]
    points = (rng.random((problem.n_people, n_draws)) + everybody).ravel()
    place = np.searchsorted((posterior + everybody).ravel(), points) - np.repeat(everybody.ravel(), n_draws) * len(GRID)
    place = np.clip(place, 0, len(GRID) - 1).reshape(problem.n_people, n_draws)
    # Between two points of the grid anything is as likely.
    a = GRID[place] + (rng.random(place.shape) - 0.5) * SPACING
    if tau == 0.0:
        return np.repeat(a[:, None, :], 2, axis=1)
    return np.stack([_pick(likelihood[:, g], a, tau, rng) for g in (0, 1)], axis=1)


def _pick(likelihood: FloatArray, a: FloatArray, tau: float, rng: np.random.Generator) -> FloatArray:
    """Draw t given a: one of a few evenly spread candidates, by likelihood; shape (n_people, n_draws)."""
    spread = ndtri((np.arange(N_CANDIDATES)[:, None, None] + rng.random(a.shape)) / N_CANDIDATES)
    candidates = a + tau * spread
    place = np.clip(np.rint((candidates - GRID[0]) / SPACING), 0, len(GRID) - 1).astype(np.int64)
    weights = np.cumsum(likelihood[np.arange(len(a))[:, None], place] + 1e-12, axis=0)
    chosen = (weights < rng.random(a.shape) * weights[-1]).sum(axis=0)
    picked: FloatArray = np.take_along_axis(candidates, chosen[None], axis=0)[0]
    return picked


def _complete(problem: Problem, theta: FloatArray, standing: FloatArray, rng: np.random.Generator) -> IntArray:
    """Add drawn namings by those not asked to the namings heard; shape (n_draws, n_people)."""
    cells = problem.cells
    missing = np.flatnonzero(cells.n_left > 0)
    heard = problem.by_person(cells.n_named).astype(np.int64)
    person, n_left = cells.person[missing], cells.n_left[missing]
    fixed = problem.design.effects(theta, cells, problem.columns)[missing]
    odds = np.exp(fixed)[:, None] * np.exp(standing)[person, (~cells.is_own[missing]).astype(np.int64)]
    rate = odds / (1.0 + odds)
    n_draws = standing.shape[2]
    if problem.n_people > LARGE:
        n_left = np.bincount(person, n_left, problem.n_people).astype(np.float64)
        mean = np.zeros((problem.n_people, n_draws))
        begins = np.flatnonzero(np.diff(person, prepend=-1))
        if len(begins):
            mean[person[begins]] = np.add.reduceat(rate * cells.n_left[missing, None], begins, axis=0)
        rate = np.clip(mean / np.maximum(n_left, 1.0)[:, None], 0.0, 1.0)
        person = np.arange(problem.n_people)
    drawn = rng.binomial(n_left.astype(np.int64)[:, None], rate)
    total: IntArray = np.zeros((problem.n_people, n_draws), dtype=np.int64)
    begins = np.flatnonzero(np.diff(person, prepend=-1))
    if len(begins):
        total[person[begins]] = np.add.reduceat(drawn, begins, axis=0)
    return np.asarray((total + heard[:, None]).T, dtype=np.int64)


def rank_counts(counts: IntArray) -> IntArray:
    """Rank the people of each draw.

    Parameters
    ----------
    counts : numpy.ndarray
        int64, shape (n_draws, n_people), 0 or more.

    Returns
    -------
    numpy.ndarray
        int64, the same shape: 1 + the number of people with strictly larger counts in that draw.
    """
    ranks = np.empty(counts.shape, dtype=np.int64)
    for draw, row in enumerate(counts):
        at_most = np.cumsum(np.bincount(row))
        ranks[draw] = 1 + len(row) - at_most[row]
    return ranks
