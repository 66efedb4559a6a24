"""Which layers agree, and one person's ties in all of them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from shopfloor.analysis import compare_layers, describe_layers
from shopfloor.analysis.layers import AS_CHANCE, CANNOT_TELL, LESS, MORE
from shopfloor.errors import NotFoundError
from shopfloor.service.layers_in_words import hers_in_words, layers_in_words
from shopfloor.workplace import Workplace
from tests.analysis.build import workplace

N = 120


def made_up(seed: int, *, liking: float, asked: float = 1.0, order: Any = None) -> Workplace:
    """Twelve crews of ten; somebody of the own crew is named `liking` times as readily as another."""
    rng = np.random.default_rng(seed)
    crew, fame = np.arange(N) % 12, rng.gamma(1.0, size=N)
    names: dict[int, list[int]] = {}
    for who in range(N):
        chance = fame * np.where(crew == crew[who], liking, 1.0)
        chance[who] = 0
        named = rng.choice(N, rng.integers(1, 6), replace=False, p=chance / chance.sum())
        if rng.random() < asked:
            names[who] = named.tolist()
    told = [{"person": int(a), "other": int(b)} for a, b in rng.integers(0, N, (80, 2)) if a != b]
    jobs = [{"person": who, "employer": "Acme", "worksite": "North", "crew": f"C{crew[who]}"} for who in range(N)]
    dates = {"started_on": "2026-01-01", "ended_on": "2026-06-01"}
    to = np.arange(N) if order is None else order
    return workplace(
        N,
        namings={int(to[who]): [int(to[one]) for one in named] for who, named in names.items()},
        connections=[{"person": int(to[row["person"]]), "other": int(to[row["other"]])} for row in told],
        assignments=[{**row, **dates, "person": int(to[row["person"]])} for row in jobs],
    )


def row_of(place: Workplace, layer: str, other: str) -> pd.Series:
    rows = compare_layers(place).rows
    return rows[rows["layer"].eq(layer) & rows["other_layer"].eq(other)].iloc[0]


def test_layers_made_apart_are_hardly_ever_said_to_agree_or_not() -> None:
    verdicts = [word for seed in range(8) for word in compare_layers(made_up(seed, liking=1)).rows["verdict"]]
    assert len(verdicts) == 24
    assert verdicts.count(MORE) + verdicts.count(LESS) <= 2


def test_who_work_together_name_each_other_more_often_by_about_as_much_as_is_true() -> None:
    rows = [row_of(made_up(seed, liking=5), "named", "worked_with") for seed in range(5)]
    assert {row["verdict"] for row in rows} == {MORE}
    # Of 5 times as readily, with nine of 119 in one's crew, comes this much of chance's share.
    true = 5 / ((5 * 9 + 110) / 119)
    assert np.mean([row["ratio"] for row in rows]) == pytest.approx(true, rel=0.15)
    assert sum(row["ratio_low"] < true < row["ratio_high"] for row in rows) >= 4


def test_talks_still_missing_make_no_layers_disagree() -> None:
    full, third = (
        np.mean([row_of(made_up(seed, liking=5, asked=share), "named", "worked_with")["ratio"] for seed in range(5)])
        for share in (1.0, 0.3)
    )
    assert third == pytest.approx(full, rel=0.15)
    row = row_of(made_up(0, liking=5, asked=0.3), "named", "worked_with")
    assert row["ratio_high"] / row["ratio_low"] > 1.5
    # Crew ties among people none of whom was asked are no part of the comparison.
    assert row["n_other_ties"] < 540


def test_layers_that_avoid_each_other_are_said_to() -> None:
    rng = np.random.default_rng(2)
    names = {who: rng.choice(np.setdiff1d(np.arange(60), np.arange(who % 6, 60, 6)), 4, False) for who in range(60)}
    jobs = [{"person": p, "crew": f"C{p % 6}", "started_on": "2026-01-01", "ended_on": "2026-02-01"} for p in range(60)]
    place = workplace(60, namings={who: named.tolist() for who, named in names.items()}, assignments=jobs)
    found = compare_layers(place)
    assert found.rows["verdict"].tolist() == [LESS]
    assert found.rows["n_common"].tolist() == [0]
    assert "name each other only 0.0 times as often as chance gives" in layers_in_words(found)[1]


def test_people_in_another_order_give_the_same_comparison() -> None:
    order = np.random.default_rng(5).permutation(N)
    one, two = (compare_layers(made_up(3, liking=3, order=by)).rows for by in (None, order))
    pd.testing.assert_frame_equal(one, two)


def test_few_ties_are_said_to_tell_nothing() -> None:
    place = workplace(9, namings={0: [1, 2], 1: [0]}, connections=[{"person": 0, "other": 1}])
    found = compare_layers(place)
    assert found.rows["verdict"].tolist() == [CANNOT_TELL]
    assert layers_in_words(found)[1].endswith(": 3 namings and 1 told tie to compare.")
    assert compare_layers(workplace(3)).rows.empty
    assert layers_in_words(compare_layers(workplace(3))) == ["No ties are known as of 2026-06-30."]


def test_ties_with_people_outside_the_viewers_units_are_not_compared() -> None:
    place = made_up(1, liking=5)
    place.people.loc[place.people.index >= 60, "kind"] = "outside"
    found = compare_layers(place)
    assert found.about["coverage"]["n_people"] == 60
    inside = (place.namings[["namer", "named"]] < 60).all(axis=1)
    assert found.rows["n_ties"].iloc[0] == inside.sum()


def one_of_many_ways() -> Workplace:
    jobs = [{"person": p, "crew": "A", "started_on": "2026-06-01", "ended_on": "2026-06-20"} for p in range(3)]
    return workplace(
        [{}, {}, {}, {}, {"kind": "outside", "name": "someone outside your units", "person_id": "alias"}],
        namings={1: [0], 2: [0, 1], 0: [1, 4]},
        connections=[{"person": 0, "other": 1, "kind": "friend"}],
        assignments=jobs,
    )


def test_a_person_is_shown_in_every_layer_and_who_is_tied_to_her_in_several() -> None:
    found = describe_layers(one_of_many_ways(), "P0000")
    by_layer = {row["layer"]: row for row in found.layers}
    assert (by_layer["named"]["n_people"], by_layer["named"]["rank"], by_layer["named"]["n_ranked"]) == (2, 1, 4)
    assert (by_layer["worked_with"]["n_people"], by_layer["worked_with"]["rank"]) == (2, 1)
    assert (by_layer["talked"]["n_people"], by_layer["talked"]["rank"]) == (0, None)
    ways = {one["person_id"]: one["ways"] for one in found.people}
    assert ways == {
        "P0001": ["names_them", "named_by_them", "told", "worked_with"],
        "P0002": ["names_them", "worked_with"],
        "alias": ["named_by_them"],
    }
    assert [one["person_id"] for one in found.several] == ["P0001", "P0002"]
    with pytest.raises(NotFoundError):
        describe_layers(one_of_many_ways(), "nobody")


def test_a_persons_ties_are_said_in_words() -> None:
    assert hers_in_words(describe_layers(one_of_many_ways(), "P0000")) == [
        "Named by 2 people of 2 asked (place 1 of 4 by count, so far).",
        "Told to be close to 1 person (place 1 of 4 by count, so far).",
        "Worked beside 2 people (place 1 of 4 by count, so far).",
        (
            "Tied in several ways: Person 1: names them, named by them, told to be close, worked beside them; "
            "Person 2: names them, worked beside them."
        ),
    ]
    assert hers_in_words(describe_layers(one_of_many_ways(), "P0003")) == []


def test_layers_as_chance_gives_are_said_so() -> None:
    said = layers_in_words(compare_layers(made_up(2, liking=1)))
    assert said[0].startswith("Ties as of 2026-06-30: ")
    assert any("about as often as chance gives" in line for line in said)
    assert AS_CHANCE in set(compare_layers(made_up(2, liking=1)).rows["verdict"])
