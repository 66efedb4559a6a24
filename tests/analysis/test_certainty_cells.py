from itertools import product

import numpy as np
import pytest

from shopfloor.analysis.certainty.cells import NAMED_BACK, NOT_ASKED, NOT_NAMED_BACK, Pairs, count_cells
from shopfloor.analysis.certainty.data import NamingData, naming_data
from shopfloor.analysis.certainty.matching import Matching
from shopfloor.errors import UsageError

Cell = tuple[int, int, bool, int]


def draw_data(seed: int, n_attributes: int) -> NamingData:
    rng = np.random.default_rng(seed)
    n_people = int(rng.integers(2, 15))
    asked = rng.random(n_people) < rng.random()
    namings = (rng.random((n_people, n_people)) < 0.3) & asked[:, None] & ~np.eye(n_people, dtype=bool)
    namer, named = np.nonzero(namings)
    attributes = rng.integers(-1, 3, (n_attributes, n_people))
    close = rng.integers(0, n_people, (n_people, 2))
    return naming_data(
        asked=asked, namer=namer, named=named, attributes=attributes, close=close[close[:, 0] != close[:, 1]]
    )


def count_one_by_one(data: NamingData) -> dict[Cell, list[int]]:
    """Count asked, named and left of every cell by going through all pairs."""
    named = set(zip(data.namer.tolist(), data.named.tolist(), strict=True))
    close = {frozenset(pair) for pair in data.close.tolist()}
    cells: dict[Cell, list[int]] = {}
    for i, j in product(range(data.n_people), repeat=2):
        if i == j:
            continue
        pattern = sum(1 << bit for bit, codes in enumerate(data.attributes) if codes[i] == codes[j] >= 0)
        back = NAMED_BACK if (j, i) in named else NOT_NAMED_BACK if data.asked[j] else NOT_ASKED
        counts = cells.setdefault((j, pattern, frozenset((i, j)) in close, back), [0, 0, 0])
        counts[0] += bool(data.asked[i])
        counts[1] += (i, j) in named
        counts[2] += not data.asked[i]
    return cells


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("n_attributes", [0, 1, 2, 3])
def test_cells_count_every_pair_as_going_through_them_does(seed: int, n_attributes: int) -> None:
    data = draw_data(seed, n_attributes)
    cells = count_cells(Pairs.of(data))
    kinds = zip(cells.person, cells.pattern, cells.is_close, cells.back, strict=True)
    counts = np.array([cells.n_asked, cells.n_named, cells.n_left]).T
    found = {(int(j), int(p), bool(c), int(b)): row.tolist() for (j, p, c, b), row in zip(kinds, counts, strict=True)}
    assert found == count_one_by_one(data)


@pytest.mark.parametrize("seed", range(4))
def test_cells_stand_by_person_and_own_unit_first(seed: int) -> None:
    cells = count_cells(Pairs.of(draw_data(seed, 2)))
    place = cells.person * 2 + ~cells.is_own
    assert (np.diff(place) >= 0).all()
    assert (cells.is_own == (cells.pattern & 1 == 1)).all()


@pytest.mark.parametrize("n_attributes", [0, 1, 2, 3])
def test_sums_by_pattern_add_up_what_others_have(n_attributes: int) -> None:
    rng = np.random.default_rng(n_attributes)
    attributes = rng.integers(-1, 3, (n_attributes, 20))
    values = rng.random(20)
    matching = Matching.of(attributes)
    everybody = np.arange(20)
    pattern = matching.pattern(everybody[:, None], everybody[None, :])
    expected = np.array(
        [
            [sum(values[i] for i in range(20) if i != j and pattern[i, j] == p) for p in range(2**n_attributes)]
            for j in range(20)
        ]
    )
    assert matching.sums(values) == pytest.approx(expected)


def test_two_people_of_unknown_unit_have_nothing_in_common() -> None:
    matching = Matching.of(np.array([[-1, -1, 0, 0]]))
    assert matching.pattern(np.array([0, 2]), np.array([1, 3])).tolist() == [0, 1]


def test_a_naming_said_twice_and_naming_oneself_count_once_and_not_at_all() -> None:
    data = naming_data(asked=np.array([True, False]), namer=np.array([0, 0, 0]), named=np.array([1, 1, 0]))
    assert count_cells(Pairs.of(data)).n_named.sum() == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"namer": [3], "named": [0]}, "namer holds person 3, outside the list of 3"),
        ({"namer": [0], "named": [-1]}, "named holds person -1"),
        ({"namer": [1], "named": [0]}, "person 1 names somebody and is not among those asked"),
        ({"namer": [0], "named": [1, 2]}, "1 namers and 2 named"),
        ({"namer": [0], "named": [1], "close": [[0, 9]]}, "close holds person 9"),
        ({"namer": [0], "named": [1], "attributes": [[0, 1]]}, "shape"),
        ({"namer": [0], "named": [1], "attributes": [[0, 0, 0]] * 4}, "at most 3"),
        ({"namer": [0], "named": [1], "key": [1, 1, 2]}, "different numbers"),
    ],
)
def test_data_that_do_not_fit_together_are_said_to(given: dict[str, list[int]], says: str) -> None:
    arrays = {name: np.array(values) for name, values in given.items()}
    with pytest.raises(UsageError, match=says):
        naming_data(asked=np.array([True, False, False]), **arrays)
