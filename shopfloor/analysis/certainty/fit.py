"""Fitting: the effects shared by all pairs, how much people differ, and how sure of both one may be.

    log-odds of (i names j) = theta . columns(i, j) + t(j, g),  g = i is of j's own unit, or another
    t(j, g) = a_j + d_jg,  a_j ~ N(0, sigma^2),  d_jg ~ N(0, tau^2)

For each sigma theta and a are found together by Newton steps on the penalised likelihood; the block of a is diagonal
and is eliminated, which leaves a matrix of the size of theta whose inverse is its posterior variance. How much each
(sigma, tau) is to be believed comes from the likelihood of each person summed over a grid of t (Laplace
approximation for theta, numbers for t).

References
----------
P. D. Hoff, "Bilinear mixed-effects models for dyadic data", JASA 100 (2005) 286-295. doi:10.1198/016214504000001015
(person effects on the log-odds of a tie). L. Tierney and J. B. Kadane, "Accurate approximations for posterior moments
and marginal densities", JASA 81 (1986) 82-86. doi:10.1080/01621459.1986.10478240 (Laplace).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import expit

from shopfloor.analysis.certainty.cells import NOT_NAMED_BACK, Cells
from shopfloor.analysis.certainty.data import FloatArray, IntArray
from shopfloor.analysis.certainty.design import Design

SIGMAS = np.array([0.2, 0.4, 0.6, 0.85, 1.15, 1.5, 2.0])
"""Values of sigma that are weighed; prior half-normal of `SIGMA_SCALE`."""

SIGMA_SCALE = 1.0

TAUS = np.array([0.0, 0.3, 0.6, 1.0])
"""Values of tau that are weighed; prior half-normal of `TAU_SCALE`; only 0 without units."""

TAU_SCALE = 0.5

TINY = 1e-300
"""Added before a logarithm: a likelihood may be too small for a number."""

GRID = np.linspace(-5.0, 6.0, 56)
"""Values of a and t on which likelihoods are summed."""

SPACING = float(GRID[1] - GRID[0])

N_TIES = 3
"""Rounds in which `Design.between` and the effects it follows from are brought together."""

TIED_AT = 0.85
"""Sigma of these rounds."""

MAX_STEPS = 6
MAX_STEP = 2.0
CLOSE_ENOUGH = 1e-3
LARGE = 400
"""In a larger workforce theta is fitted at the best sigma only."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Problem:
    """Cells with their columns, as the fit needs them.

    Attributes
    ----------
    cells : Cells
    design : Design
    columns : numpy.ndarray
        float64, shape (n_cells, n_shared).
    first : numpy.ndarray
        int64, shape (n_people,): first cell of each person.
    group : numpy.ndarray
        int64, shape (n_cells,): ``2 * person``, plus 1 for pairs across units.
    """

    cells: Cells
    design: Design
    columns: FloatArray
    first: IntArray
    group: IntArray

    @classmethod
    def of(cls, cells: Cells, design: Design) -> "Problem":
        """Prepare cells; every person of the list must have one (two people or more)."""
        first = np.searchsorted(cells.person, np.arange(len(design.unit)))
        group = cells.person * 2 + ~cells.is_own
        return cls(cells, design, design.columns(cells), first, group)

    @property
    def n_people(self) -> int:
        """How many people the list has."""
        return len(self.first)

    def by_person(self, values: FloatArray) -> FloatArray:
        """Sum values of cells by person."""
        return np.add.reduceat(values, self.first, axis=0)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Mode:
    """The most probable theta and a at one sigma.

    Attributes
    ----------
    sigma : float
    theta : numpy.ndarray
        float64, shape (n_effects,).
    a : numpy.ndarray
        float64, shape (n_people,).
    information : numpy.ndarray
        float64, shape (n_effects, n_effects): inverse of theta's posterior variance.
    """

    sigma: float
    theta: FloatArray
    a: FloatArray
    information: FloatArray


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Fit:
    """What was learned from the answers.

    Attributes
    ----------
    modes : tuple of Mode
        One for each sigma weighed.
    weights : numpy.ndarray
        float64, shape (n_modes, n_taus), sum 1: how much each (sigma, tau) is to be believed.
    taus : numpy.ndarray
        float64, shape (n_taus,).
    """

    modes: tuple[Mode, ...]
    weights: FloatArray
    taus: FloatArray


def prepare(cells: Cells, design: Design) -> Problem:
    """Bring cells and design together, and let what is not known about namings back follow from what is.

    Parameters
    ----------
    cells : Cells
        Of two people or more.
    design : Design

    Returns
    -------
    Problem
        Its design has `Design.between`, found in `N_TIES` rounds of fitting.
    """
    problem = Problem.of(cells, design)
    mode: Mode | None = None
    for _ in range(N_TIES):
        mode = find_mode(problem, TIED_AT, mode)
        told = replace(cells, back=np.full_like(cells.back, NOT_NAMED_BACK))
        log_odds = design.effects(mode.theta, told, design.columns(told)) + mode.a[cells.person]
        problem = replace(problem, design=problem.design.tied(mode.theta, cells, log_odds))
    return problem


def fit_namings(problem: Problem) -> Fit:
    """Fit the model.

    Parameters
    ----------
    problem : Problem
        From `prepare`; no answers at all leave the priors.

    Returns
    -------
    Fit
        All of `SIGMAS` up to `LARGE` people; above, theta comes from the best sigma alone, found from a fit at 1.
    """
    taus = TAUS if problem.design.n_units else TAUS[:1]
    if problem.n_people <= LARGE:
        modes = _all_modes(problem)
        evidence = np.vstack([_log_evidence(problem, mode, np.array([mode.sigma]), taus) for mode in modes])
    else:
        start = find_mode(problem, 1.0, None)
        rough = _log_evidence(problem, start, SIGMAS, taus)
        best = find_mode(problem, float(SIGMAS[np.argmax(rough.max(axis=1))]), start)
        modes = tuple(Mode(float(sigma), best.theta, best.a, best.information) for sigma in SIGMAS)
        evidence = _log_evidence(problem, best, SIGMAS, taus)
    weights = np.exp(evidence - evidence.max())
    return Fit(modes, weights / weights.sum(), taus)


def _all_modes(problem: Problem) -> tuple[Mode, ...]:
    modes: list[Mode] = []
    for sigma in SIGMAS:
        modes.append(find_mode(problem, float(sigma), modes[-1] if modes else None))
    return tuple(modes)


def find_mode(problem: Problem, sigma: float, start: Mode | None) -> Mode:
    """Climb to the most probable theta and a at one sigma, from `start` or from the overall rate.

    Returns
    -------
    Mode
        After at most `MAX_STEPS` Newton steps, none of them longer than `MAX_STEP` in any coordinate.
    """
    theta = _begin(problem) if start is None else start.theta
    a = np.zeros(problem.n_people) if start is None else start.a
    for _ in range(MAX_STEPS):
        information, by_theta, by_a, borders, curvature = _slopes(problem, theta, a, sigma)
        step = cho_solve(cho_factor(information), by_theta - borders.carry(by_a / curvature))
        step = np.clip(step, -MAX_STEP, MAX_STEP)
        step_a = np.clip((by_a - borders.spread(step)) / curvature, -MAX_STEP, MAX_STEP)
        theta, a = theta + step, a + step_a
        if max(np.abs(step).max(), np.abs(step_a).max()) < CLOSE_ENOUGH:
            break
    return Mode(sigma, theta, a, _slopes(problem, theta, a, sigma)[0])


def _begin(problem: Problem) -> FloatArray:
    """Return the prior means with alpha at the overall rate."""
    theta = problem.design.prior()[0].copy()
    share = (problem.cells.n_named.sum() + 0.5) / (problem.cells.n_asked.sum() + 1.0)
    theta[0] = np.log(share / (1.0 - share))
    return theta


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Borders:
    """Second derivatives between theta and a, never written out: each person meets one unit only.

    `shared` (n_people, n_shared), `inside` and `everywhere` (n_people,) are sums of p(1 - p) over her pairs.
    """

    design: Design
    shared: FloatArray
    inside: FloatArray
    everywhere: FloatArray

    def carry(self, values: FloatArray) -> FloatArray:
        """Multiply from people to theta."""
        by_unit = self.design.by_unit
        return np.concatenate(
            [self.shared.T @ values, by_unit(self.inside * values), by_unit(self.everywhere * values)]
        )

    def spread(self, theta: FloatArray) -> FloatArray:
        """Multiply from theta to people."""
        design = self.design
        inside = np.append(theta[design.n_shared : design.n_shared + design.n_units], 0.0)[design.unit]
        named = np.append(theta[design.n_shared + design.n_units :], 0.0)[design.unit]
        total: FloatArray = self.shared @ theta[: design.n_shared] + self.inside * inside + self.everywhere * named
        return total


def _slopes(
    problem: Problem, theta: FloatArray, a: FloatArray, sigma: float
) -> tuple[FloatArray, FloatArray, FloatArray, _Borders, FloatArray]:
    """Return information of theta (a eliminated), slopes by theta and a, borders, curvature by a."""
    cells, design = problem.cells, problem.design
    rate = expit(design.effects(theta, cells, problem.columns) + a[cells.person])
    residual = cells.n_named - cells.n_asked * rate
    spread = cells.n_asked * rate * (1.0 - rate)
    shared = problem.by_person(spread[:, None] * problem.columns)
    inside_shared = problem.by_person((spread * cells.is_own)[:, None] * problem.columns)
    borders = _Borders(design, shared, problem.by_person(spread * cells.is_own), problem.by_person(spread))
    curvature = borders.everywhere + 1.0 / sigma**2
    mean, precision = design.prior()
    by_person = problem.by_person(residual)
    by_theta = np.concatenate(
        [
            problem.columns.T @ residual,
            design.by_unit(problem.by_person(residual * cells.is_own)),
            design.by_unit(by_person),
        ]
    )
    information = _eliminated(borders, inside_shared, curvature)
    information[: design.n_shared, : design.n_shared] += problem.columns.T @ (spread[:, None] * problem.columns)
    information[np.diag_indices_from(information)] += precision
    return information, by_theta - precision * (theta - mean), by_person - a / sigma**2, borders, curvature


def _eliminated(borders: _Borders, inside_shared: FloatArray, curvature: FloatArray) -> FloatArray:
    """Build the information about theta without a, all but the block shared x shared of the cells and the priors."""
    design, shared = borders.design, borders.shared
    n_shared, n_units = design.n_shared, design.n_units
    inside, everywhere = borders.inside, borders.everywhere
    found = np.zeros((design.n_effects, design.n_effects))
    found[:n_shared, :n_shared] = -(shared / curvature[:, None]).T @ shared
    by_unit = design.by_unit
    found[n_shared : n_shared + n_units, :n_shared] = by_unit(inside_shared - (inside / curvature)[:, None] * shared)
    found[n_shared + n_units :, :n_shared] = by_unit(shared * (1.0 - everywhere / curvature)[:, None])
    found[:n_shared, n_shared:] = found[n_shared:, :n_shared].T
    diagonal = np.arange(n_units) + n_shared
    found[diagonal, diagonal] = by_unit(inside - inside**2 / curvature)
    found[diagonal, diagonal + n_units] = by_unit(inside - inside * everywhere / curvature)
    found[diagonal + n_units, diagonal] = found[diagonal, diagonal + n_units]
    found[diagonal + n_units, diagonal + n_units] = by_unit(everywhere - everywhere**2 / curvature)
    return found


def kernel(tau: float) -> FloatArray:
    """Return the Gaussian kernel over `GRID`.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_grid, n_grid): column a is the distribution of t given a, sum 1.
    """
    if tau == 0.0:
        return np.eye(len(GRID))
    weights = np.exp(-0.5 * ((GRID[:, None] - GRID[None, :]) / tau) ** 2)
    normal: FloatArray = weights / weights.sum(axis=0)
    return normal


def person_prior(sigma: float) -> FloatArray:
    """Return the prior of a on `GRID`, float64, sum 1."""
    weights = np.exp(-0.5 * (GRID / sigma) ** 2)
    normal: FloatArray = weights / weights.sum()
    return normal


def likelihoods(problem: Problem, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the likelihood of the namings of each person, from her own unit and from others, on `GRID`.

    Returns
    -------
    likelihood : numpy.ndarray
        float64, shape (n_people, 2, n_grid), the largest of each row 1.
    log_scale : numpy.ndarray
        float64, shape (n_people,): what was taken out, in logs.
    """
    cells = problem.cells
    heard = np.flatnonzero(cells.n_asked > 0)
    logs = np.zeros((problem.n_people * 2, len(GRID)))
    if len(heard):
        fixed = problem.design.effects(theta, cells, problem.columns)[heard]
        # log(1 + exp(fixed + t)), one transcendental function less by cell and point of the grid.
        softplus = np.log1p(np.exp(fixed)[:, None] * np.exp(GRID))
        each = cells.n_named[heard, None] * (fixed[:, None] + GRID) - cells.n_asked[heard, None] * softplus
        begins = np.flatnonzero(np.diff(problem.group[heard], prepend=-1))
        logs[problem.group[heard][begins]] = np.add.reduceat(each, begins, axis=0)
    scale = logs.max(axis=1)
    likelihood = np.exp(logs - scale[:, None]).reshape(problem.n_people, 2, len(GRID))
    return likelihood, scale.reshape(-1, 2).sum(axis=1)


def smoothed(likelihood: FloatArray, tau: float) -> FloatArray:
    """Multiply both groups' likelihoods of a, shape (n_people, n_grid), t left out by the kernel of width tau."""
    if tau == 0.0:
        plain: FloatArray = likelihood[:, 0] * likelihood[:, 1]
        return plain
    blurred = likelihood @ kernel(tau)
    both: FloatArray = blurred[:, 0] * blurred[:, 1]
    return both


def _log_evidence(problem: Problem, mode: Mode, sigmas: FloatArray, taus: FloatArray) -> FloatArray:
    """Return the log posterior of each sigma with each tau at one theta, up to a constant."""
    likelihood, scale = likelihoods(problem, mode.theta)
    mean, precision = problem.design.prior()
    shared = -0.5 * np.linalg.slogdet(mode.information)[1] - 0.5 * (precision * (mode.theta - mean) ** 2).sum()
    people = np.array([person_prior(float(sigma)) for sigma in sigmas]).T
    each = np.array([np.log(smoothed(likelihood, float(tau)) @ people + TINY).sum(axis=0) for tau in taus]).T
    believed = -0.5 * (sigmas[:, None] / SIGMA_SCALE) ** 2 - 0.5 * (taus[None, :] / TAU_SCALE) ** 2
    found: FloatArray = each + believed + (scale.sum() + shared)
    return found


def draw_theta(mode: Mode, rng: np.random.Generator) -> FloatArray:
    """Draw theta from its posterior at one sigma."""
    lower = np.linalg.cholesky(mode.information)
    drawn: FloatArray = mode.theta + solve_triangular(lower.T, rng.standard_normal(len(mode.theta)), lower=False)
    return drawn
