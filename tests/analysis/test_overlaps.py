from collections import defaultdict
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopfloor.analysis import overlaps, project_ties
from shopfloor.analysis.overlaps import Stays, merge_stays, sorted_distinct
from shopfloor.settings import TieSettings
from tests.analysis.build import AS_OF, workplace

DAY_0 = date(2026, 1, 1)


def group_of(row: dict[str, Any]) -> tuple[Any, ...] | None:
    if row["crew"]:
        return ("crew", row["employer"], row["worksite"], row["crew"])
    if row["shift"] and row["worksite"]:
        return ("shift", row["worksite"], row["shift"])
    return ("worksite", row["worksite"]) if row["worksite"] else None


def day_by_day(rows: list[dict[str, Any]], settings: TieSettings) -> dict[tuple[int, int], float]:
    """Walk through the calendar: the definition, slowly."""
    present = defaultdict(set)
    for row in rows:
        if (group := group_of(row)) is not None:
            for offset in range((row["ended_on"] - row["started_on"]).days + 1):
                present[group, row["started_on"] + timedelta(offset)].add(row["person"])
    shared: dict[tuple[int, int], float] = defaultdict(float)
    for (_, day), people in present.items():
        if 2 <= len(people) <= settings.max_group:
            age = (AS_OF - day).days
            worth = 1.0 if settings.half_life_days is None else 0.5 ** (age / settings.half_life_days)
            for pair in combinations(sorted(people), 2):
                shared[pair] += worth / (len(people) - 1)
    return shared


def random_rows(seed: int, n_rows: int, n_people: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n_rows):
        start = DAY_0 + timedelta(int(rng.integers(0, 60)))
        rows.append(
            {
                "person": int(rng.integers(0, n_people)),
                "employer": [None, "Acme", "Bolt"][rng.integers(0, 3)],
                "worksite": [None, "North", "South"][rng.integers(0, 3)],
                "crew": [None, None, "1", "2"][rng.integers(0, 4)],
                "shift": [None, "Day", "Night"][rng.integers(0, 3)],
                "started_on": start,
                "ended_on": start + timedelta(int(rng.integers(0, 30))),
            }
        )
    return rows


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("settings", [TieSettings(), TieSettings(None, 4), TieSettings(20.0, 3)])
def test_worked_with_equals_counting_every_single_day(seed: int, settings: TieSettings) -> None:
    rows = random_rows(seed, n_rows=40, n_people=9)
    ties = project_ties(workplace(9, assignments=rows), "worked_with", settings=settings)
    found = dict(zip(zip(ties.source.tolist(), ties.target.tolist(), strict=True), ties.strength, strict=True))
    expected = day_by_day(rows, settings)
    assert found.keys() == expected.keys(), f"seed {seed}"
    for pair, shared in expected.items():
        assert found[pair] == pytest.approx(shared, rel=1e-9), f"seed {seed}, pair {pair}"


def test_pairs_are_summed_alike_in_small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = workplace(9, assignments=random_rows(3, 60, 9))
    whole = project_ties(picture, "worked_with")
    monkeypatch.setattr(overlaps, "PAIRS_HELD", 25)
    monkeypatch.setattr(overlaps, "PAIRS_AT_ONCE", 5)
    portions = project_ties(picture, "worked_with")
    assert portions.source.tolist() == whole.source.tolist()
    assert portions.strength == pytest.approx(whole.strength, rel=1e-12)


def test_order_of_rows_changes_nothing_to_the_last_bit() -> None:
    rows = random_rows(5, 60, 9)
    forward = project_ties(workplace(9, assignments=rows), "worked_with")
    backward = project_ties(workplace(9, assignments=rows[::-1]), "worked_with")
    assert forward.strength.tolist() == backward.strength.tolist()


def test_a_group_too_large_ties_nobody_and_is_counted() -> None:
    rows = [{"person": i, "worksite": "Yard", "started_on": DAY_0, "ended_on": DAY_0} for i in range(6)]
    ties = project_ties(workplace(6, assignments=rows), "worked_with", settings=TieSettings(max_group=5))
    assert ties.n_ties == 0
    assert ties.left_out["groups_over_limit"] == 1


def test_days_before_the_crowd_count_even_where_later_days_do_not() -> None:
    early: list[dict[str, Any]] = [
        {"person": i, "worksite": "Yard", "started_on": DAY_0, "ended_on": date(2026, 1, 10)} for i in (0, 1)
    ]
    late = [
        {"person": i, "worksite": "Yard", "started_on": date(2026, 1, 5), "ended_on": date(2026, 1, 10)}
        for i in range(2, 8)
    ]
    ties = project_ties(workplace(8, assignments=early + late), "worked_with", settings=TieSettings(None, 5))
    assert (ties.source.tolist(), ties.target.tolist(), ties.strength.tolist()) == ([0], [1], [4.0])


def test_a_row_without_group_or_with_its_end_before_its_start_is_left_out_and_counted() -> None:
    rows = [
        {"person": 0, "employer": "Acme", "started_on": DAY_0, "ended_on": DAY_0},
        {"person": 1, "worksite": "Yard", "started_on": DAY_0, "ended_on": date(2025, 1, 1)},
        {"person": 2, "worksite": "Yard", "started_on": None, "ended_on": DAY_0},
    ]
    ties = project_ties(workplace(3, assignments=rows), "worked_with")
    assert (ties.n_ties, ties.left_out["assignments_not_usable"]) == (0, 3)


def test_a_day_today_counts_one_and_a_half_life_ago_a_half() -> None:
    year_ago = AS_OF - timedelta(365)
    rows = [
        {"person": p, "crew": crew, "started_on": day, "ended_on": day}
        for crew, day, pair in (("a", AS_OF, (0, 1)), ("b", year_ago, (2, 3)))
        for p in pair
    ]
    ties = project_ties(workplace(4, assignments=rows), "worked_with")
    assert ties.strength == pytest.approx([1.0, 0.5])


STAY = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 30), st.integers(0, 8))


@given(st.lists(STAY, min_size=1, max_size=25))
def test_merging_stays_keeps_every_day_once(stays: list[tuple[int, int, int, int]]) -> None:
    group, person, first, length = (np.array(column, dtype=np.int64) for column in zip(*stays, strict=True))
    merged = merge_stays(Stays(group, person, first, first + length))
    days = {(g, p, d) for g, p, f, n in stays for d in range(f, f + n + 1)}
    found = [
        (g, p, d)
        for g, p, a, b in zip(merged.group, merged.person, merged.first_day, merged.last_day, strict=True)
        for d in range(a, b + 1)
    ]
    assert sorted(found) == sorted(days)
    order = list(zip(merged.group, merged.first_day, strict=True))
    assert order == sorted(order)


@given(st.lists(st.integers(-5, 5)))
def test_sorted_distinct_is_the_sorted_set(values: list[int]) -> None:
    assert sorted_distinct(np.array(values, dtype=np.int64)).tolist() == sorted(set(values))
