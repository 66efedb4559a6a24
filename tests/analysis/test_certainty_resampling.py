import numpy as np
import pytest

from shopfloor.analysis.certainty import SourceRanks, resample_sources
from shopfloor.errors import UsageError


def told(seed: int = 0, **options: int) -> SourceRanks:
    """Person 0 is told of by all ten sources, person 1 much, but by one source alone."""
    person = np.concatenate([np.zeros(10, dtype=np.int64), np.full(1, 1), np.arange(2, 8)])
    source = np.concatenate([np.arange(10), [0], np.arange(6)])
    strength = np.concatenate([np.ones(10), [8.0], np.full(6, 2.0)])
    return resample_sources(9, person, source, strength, seed=seed, **options)


def test_who_hangs_on_one_source_moves_and_who_is_told_of_by_all_does_not() -> None:
    found = told()
    assert found.rank[:2].tolist() == [1, 2]
    assert found.rank_high[0] <= 2
    assert found.rank_high[1] >= 6
    assert found.share_of_largest[:2] == pytest.approx([0.1, 1.0])
    assert found.largest_source[[1, 8]].tolist() == [0, -1]
    assert found.n_sources[[0, 1, 8]].tolist() == [10, 1, 0]


def test_the_rank_is_within_its_interval() -> None:
    found = told()
    assert ((found.rank_low <= found.rank) & (found.rank <= found.rank_high)).all()


def test_with_one_source_nothing_can_be_compared() -> None:
    found = resample_sources(4, np.array([0, 1]), np.array([5, 5]), np.array([2.0, 1.0]))
    assert found.rank.tolist() == [1, 2, 3, 3]
    assert found.rank_low.tolist() == [1] * 4
    assert found.rank_high.tolist() == [4] * 4
    assert found.largest_source.tolist() == [5, 5, -1, -1]


def test_without_anything_told_all_share_the_first_place() -> None:
    nothing = np.empty(0, dtype=np.int64)
    found = resample_sources(3, nothing, nothing, np.empty(0))
    assert found.rank.tolist() == [1, 1, 1]
    assert found.rank_high.tolist() == [3, 3, 3]


def test_the_order_of_rows_and_people_makes_no_difference() -> None:
    rng = np.random.default_rng(3)
    person, source, strength = rng.integers(0, 12, 60), rng.integers(0, 8, 60), rng.integers(1, 5, 60).astype(float)
    rows, people = rng.permutation(60), rng.permutation(12)
    one = resample_sources(12, person, source, strength)
    two = resample_sources(12, people[person[rows]], source[rows], strength[rows])
    for name in ("rank", "rank_low", "rank_high", "n_sources"):
        assert getattr(two, name)[people].tolist() == getattr(one, name).tolist()


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (([4], [0], [1.0]), "outside the list"),
        (([0], [-1], [1.0]), "0 or more"),
        (([0], [0], [-1.0]), "0 or more"),
        (([0, 1], [0], [1.0]), "different lengths"),
    ],
)
def test_rows_that_do_not_fit_are_refused(rows: tuple[list[int], list[int], list[float]], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        resample_sources(4, *(np.array(values) for values in rows))
