"""Places on the map: the same every time, every person in the disc of her unit, no two discs over one another."""

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shopfloor.dashboard.layout import Layout, community_layout

Case = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def drawn_case(sizes: list[int], n_ties: int, seed: int) -> Case:
    rng = np.random.default_rng(seed)
    unit_of = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    source, target = rng.integers(0, max(len(unit_of), 1), (2, n_ties if len(unit_of) > 1 else 0))
    return unit_of, source[source != target], target[source != target], rng.poisson(1.0, len(unit_of)).astype(float)


def place(case: Case, seed: int = 0) -> Layout:
    unit_of, source, target, importance = case
    return community_layout(unit_of, source, target, importance=importance, seed=seed)


def space_between(layout: Layout) -> NDArray[np.float64]:
    """From edge to edge of every two discs."""
    away = np.hypot(layout.unit_x[:, None] - layout.unit_x, layout.unit_y[:, None] - layout.unit_y)
    apart = away - layout.unit_radius[:, None] - layout.unit_radius
    return np.asarray(apart[np.triu_indices(len(apart), 1)])


cases = st.builds(
    drawn_case,
    st.lists(st.integers(1, 40), min_size=0, max_size=12),
    st.integers(0, 120),
    st.integers(0, 2**31),
)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_everybody_is_inside_the_disc_of_her_unit_and_discs_do_not_overlap(case: Case) -> None:
    layout = place(case)
    unit_of = case[0]
    from_centre = np.hypot(layout.x - layout.unit_x[unit_of], layout.y - layout.unit_y[unit_of])
    assert (from_centre < layout.unit_radius[unit_of]).all()
    assert (space_between(layout) > 0).all()


@settings(max_examples=30, deadline=None)
@given(cases)
def test_the_same_seed_gives_the_same_places(case: Case) -> None:
    first, second = place(case, seed=3), place(case, seed=3)
    assert np.array_equal(first.x, second.x)
    assert np.array_equal(first.y, second.y)
    assert np.array_equal(first.unit_x, second.unit_x)


def test_what_was_placed_before_makes_no_difference() -> None:
    case, other = drawn_case([9, 14, 30, 5], 80, seed=6), drawn_case([9, 14, 30, 5], 81, seed=6)
    alone = place(case)
    place(other)
    again = place(case)
    assert not np.array_equal(alone.unit_x, place(other).unit_x)
    assert np.array_equal(alone.unit_x, again.unit_x)
    assert np.array_equal(alone.x, again.x)


@settings(max_examples=30, deadline=None)
@given(cases)
def test_two_people_never_stand_on_one_another(case: Case) -> None:
    layout = place(case)
    places = np.column_stack([layout.x, layout.y])
    away = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2)) + 9 * np.eye(len(places))
    assert (away > 0.4).all()


def test_the_most_named_stands_in_the_middle_of_her_unit() -> None:
    case = drawn_case([30, 12], 40, seed=5)
    importance = case[3]
    first = int(np.flatnonzero(case[0] == 0)[4])
    importance[first] = 99.0
    layout = place(case)
    from_centre = np.hypot(layout.x - layout.unit_x[case[0]], layout.y - layout.unit_y[case[0]])
    assert from_centre[first] == from_centre[case[0] == 0].min()


def test_units_with_many_ties_are_nearer_than_units_with_none() -> None:
    unit_of = np.repeat(np.arange(14), 20)
    rng = np.random.default_rng(7)
    first, second = rng.integers(0, 20, 120), rng.integers(20, 40, 120)
    layout = place((unit_of, first, second, np.zeros(280)))
    away = np.hypot(layout.unit_x - layout.unit_x[0], layout.unit_y - layout.unit_y[0])
    assert away[1] < 0.7 * away[2:].mean()


def test_tied_people_are_turned_towards_each_other() -> None:
    case = drawn_case([40], 0, seed=2)
    untied = place(case)
    source, target = np.arange(20, 30), np.arange(30, 40)
    tied = place((case[0], source, target, case[3]))

    def length(layout: Layout) -> float:
        return float(np.hypot(layout.x[source] - layout.x[target], layout.y[source] - layout.y[target]).mean())

    assert length(tied) < 0.7 * length(untied)


def test_the_picture_is_wider_than_high() -> None:
    layout = place(drawn_case([20] * 14, 300, seed=4))
    assert 1.2 < np.ptp(layout.unit_x) / np.ptp(layout.unit_y) < 2.8


def test_five_thousand_people_take_a_moment() -> None:
    case = drawn_case([125] * 40, 25_000, seed=1)
    start = time.process_time()
    place(case)
    assert time.process_time() - start < 2.0  # 0.1 s on an idle machine: only an algorithm gone wrong takes longer


def test_a_thousand_units_take_a_moment_and_more_than_that_are_placed_too() -> None:
    for n_units in (1000, 1300):
        case = drawn_case([12] * n_units, 30_000, seed=1)
        start = time.process_time()
        layout = place(case)
        assert time.process_time() - start < 8.0  # 1.2 s on an idle machine, 17 s when every pair is looked at
        assert (space_between(layout) > 0).all()
