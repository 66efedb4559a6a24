import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from shopfloor.analysis.certainty import naming_data, rank_namings
from shopfloor.analysis.certainty.cells import NOT_ASKED, Pairs, count_cells
from shopfloor.analysis.certainty.design import Design
from shopfloor.analysis.certainty.fit import GRID, SIGMAS, Problem, find_mode, fit_namings, likelihoods, prepare
from tests.analysis.certain import make, some


def problem(seed: int, n_people: int = 14, share: float = 0.6, sd: float = 1.0) -> Problem:
    data, _ = make(seed, n_people, 2, sd).heard(some(seed, n_people, share)).in_order()
    return prepare(count_cells(Pairs.of(data)), Design.of(data))


def wide_columns(given: Problem) -> np.ndarray:
    """Write out all columns of theta."""
    cells, design = given.cells, given.design
    inside = (design.unit[cells.person][:, None] == np.arange(design.n_units)) & cells.is_own[:, None]
    named = design.unit[cells.person][:, None] == np.arange(design.n_units)
    return np.hstack([given.columns, inside, named])


def between(given: Problem) -> np.ndarray:
    cells = given.cells
    return np.where(cells.back == NOT_ASKED, given.design.between[cells.pattern, cells.is_close.astype(int)], 0.0)


def loss(given: Problem, sigma: float, values: np.ndarray) -> float:
    theta, a = values[: given.design.n_effects], values[given.design.n_effects :]
    mean, precision = given.design.prior()
    odds = wide_columns(given) @ theta + a[given.cells.person] + between(given)
    fitted = given.cells.n_named * odds - given.cells.n_asked * np.logaddexp(0, odds)
    penalty = 0.5 * (precision * (theta - mean) ** 2).sum() + 0.5 * (a**2).sum() / sigma**2
    return float(penalty - fitted.sum())


@pytest.mark.parametrize("seed", range(3))
def test_newton_finds_the_mode_that_a_general_optimiser_finds(seed: int) -> None:
    given = problem(seed)
    mode = find_mode(given, 0.85, None)
    n_values = given.design.n_effects + given.n_people
    found = minimize(
        lambda values: loss(given, 0.85, values), np.zeros(n_values), method="BFGS", options={"gtol": 1e-6}
    )
    assert np.concatenate([mode.theta, mode.a]) == pytest.approx(found.x, abs=0.01)


def test_information_is_the_second_derivative_with_people_eliminated() -> None:
    given = problem(3)
    mode = find_mode(given, 0.85, None)
    wide = wide_columns(given)
    people = (given.cells.person[:, None] == np.arange(given.n_people)).astype(float)
    rate = expit(wide @ mode.theta + between(given) + mode.a[given.cells.person])
    spread = (given.cells.n_asked * rate * (1 - rate))[:, None]
    border = wide.T @ (spread * people)
    whole = wide.T @ (spread * wide) + np.diag(given.design.prior()[1])
    curvature = (people.T @ (spread * people)).diagonal() + 1 / 0.85**2
    assert mode.information == pytest.approx(whole - border / curvature @ border.T, abs=1e-6)


def test_likelihoods_are_those_of_each_persons_pairs_in_and_out_of_her_unit() -> None:
    given = problem(4)
    theta = np.random.default_rng(4).normal(size=given.design.n_effects)
    likelihood, scale = likelihoods(given, theta)
    odds = (wide_columns(given) @ theta + between(given))[:, None] + GRID
    each = given.cells.n_named[:, None] * odds - given.cells.n_asked[:, None] * np.logaddexp(0, odds)
    total = np.array([each[given.cells.person == person].sum(axis=0) for person in range(given.n_people)])
    assert np.log(likelihood).sum(axis=1) + scale[:, None] == pytest.approx(total, abs=1e-6)


def test_equal_people_are_believed_to_differ_less_than_unequal_ones() -> None:
    def believed(sd: float) -> float:
        fit = fit_namings(problem(5, 80, 0.7, sd))
        return float(fit.weights.sum(axis=1) @ SIGMAS)

    assert believed(0.0) < 0.45
    assert 0.8 < believed(1.2) < 1.7


@pytest.mark.parametrize("n_people", [10, 410])
def test_weights_of_what_is_believed_add_up_to_one(n_people: int) -> None:
    fit = fit_namings(problem(6, n_people, 0.3))
    assert fit.weights.shape == (len(fit.modes), len(fit.taus))
    assert fit.weights.sum() == pytest.approx(1)


def test_effects_that_made_the_namings_are_found_again() -> None:
    given = problem(7, 150, 0.8)
    theta = find_mode(given, 1.0, None).theta
    assert theta[1] == pytest.approx(1.3, abs=0.5)
    assert theta[given.design.n_attributes + 1] == pytest.approx(1.0, abs=0.4)


def test_not_knowing_whether_somebody_names_back_lies_between_the_two_answers() -> None:
    given = problem(8, 150, 0.6)
    theta = find_mode(given, 1.0, None).theta
    named_back = theta[given.design.n_shared - 3]
    used = given.design.between[0, 0]
    assert min(0, named_back) <= used <= max(0, named_back)
    assert used == pytest.approx(np.log1p(0.06 * np.exp(named_back)) - np.log1p(0.06), abs=0.1)


def test_units_of_mutual_ties_nobody_was_asked_in_are_not_written_off() -> None:
    """Namings in silent units are foreseen within a fifth, though nobody there could show that ties are mutual."""
    foreseen, true = 0.0, 0.0
    for seed in range(6):
        unit = np.arange(80) // 10
        rates = np.where(unit[:, None] == unit, 0.5, 0.04)
        mutual = np.triu(np.random.default_rng(seed).random((80, 80)) < rates, 1)
        namings = mutual | mutual.T
        asked = unit < 3
        namer, named = np.nonzero(namings & asked[:, None])
        found = rank_namings(naming_data(asked=asked, namer=namer, named=named, attributes=unit[None]))
        foreseen += found.expected[~asked].sum()
        true += namings[:, ~asked].sum()
    assert foreseen == pytest.approx(true, rel=0.2)
