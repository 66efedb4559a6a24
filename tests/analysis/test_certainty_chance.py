import numpy as np
import pytest

from shopfloor.analysis.certainty.cells import Pairs
from shopfloor.analysis.certainty.chance import chance_of_order, chance_of_spread, chance_of_units, thin_and_silent
from shopfloor.analysis.certainty.data import naming_data
from tests.analysis.certain import make, some


def spread_of(seed: int, sd: float) -> float:
    return chance_of_spread(Pairs.of(make(seed, sd=sd).heard(some(seed, 60, 0.5))), np.random.default_rng(seed))


def test_equal_standing_passes_about_as_often_as_the_test_says() -> None:
    found = np.array([spread_of(seed, 0.0) for seed in range(120)])
    assert 0.005 <= (found <= 0.05).mean() <= 0.12
    assert 0.3 < found.mean() < 0.7


def test_unequal_standing_is_beyond_chance() -> None:
    assert max(spread_of(seed, 1.2) for seed in range(5)) <= 0.01


def test_without_answers_or_namings_everything_is_chance() -> None:
    nobody = np.empty(0, dtype=np.int64)
    for asked in (np.zeros(5, dtype=bool), np.ones(5, dtype=bool)):
        pairs = Pairs.of(naming_data(asked=asked, namer=nobody, named=nobody))
        assert chance_of_spread(pairs, np.random.default_rng(0)) == 1.0
        assert chance_of_order(pairs) == 1.0


def test_asking_unit_after_unit_is_uneven_and_asking_at_random_is_not() -> None:
    unit = np.repeat(np.arange(4), 20)
    rng = np.random.default_rng(0)
    assert chance_of_units(unit < 2, unit, rng) <= 0.01
    at_random = [chance_of_units(some(seed, 80, 0.5), unit, rng) for seed in range(60)]
    assert np.mean(np.array(at_random) <= 0.05) <= 0.15
    assert chance_of_units(unit < 2, np.full(80, -1), rng) == 1.0


def test_asking_the_most_named_first_is_seen_and_asking_at_random_is_not() -> None:
    made = make(1, sd=1.2)
    chased = np.zeros(60, dtype=bool)
    chased[np.argsort(-made.namings.sum(axis=0))[:20]] = True
    assert chance_of_order(Pairs.of(made.heard(chased))) <= 0.01
    at_random = [chance_of_order(Pairs.of(made.heard(some(seed, 60, 0.4)))) for seed in range(60)]
    assert np.mean(np.array(at_random) <= 0.05) <= 0.12


def test_units_with_few_voices_and_with_none_are_told_apart() -> None:
    unit = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, -1])
    asked = np.array([1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], dtype=bool)
    thin, silent = thin_and_silent(asked, unit, min_voices=2, min_unit=3)
    assert thin.tolist() == [1, 2]
    assert silent.tolist() == [2]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nobody_or_everybody_asked_is_not_uneven(share: float) -> None:
    unit = np.repeat(np.arange(2), 10)
    assert chance_of_units(some(0, 20, share), unit, np.random.default_rng(0)) == 1.0
