"""Why somebody stands where they do: facts with their denominators, and what a place rests on, computed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shopfloor.analysis import Standing, find_groups, find_standing
from shopfloor.analysis.reasons import Why, why
from shopfloor.analysis.rests_on import is_same_share
from shopfloor.errors import NotFoundError, UsageError
from shopfloor.service.why_in_words import day_in_words, rests_on_in_words, why_in_words
from shopfloor.workplace import OUTSIDE, Workplace
from tests.analysis.build import from_pairs, workplace

STAR = 30


def small() -> Workplace:
    """Seven people; 0, 1, 2 and 3 asked: 0, 1 and 2 name 4, who was not asked; 3 names nobody; 5 leads, 6 has left."""
    people: list[dict[str, Any]] = [
        {"department": "Packing", "shift": "Day", "crew": "A"},
        {"department": "Packing", "shift": "Night", "crew": "A"},
        {"department": "Dock", "shift": "Night", "crew": "B"},
        {"department": "Dock", "shift": "Night", "crew": "C"},
        {"department": "Dock", "shift": "Day"},
        {"department": "Dock", "is_supervisor": True},
        {"department": "Packing", "has_left": True},
    ]
    return workplace(
        people,
        namings={0: [4, 1], 1: [4, 0], 2: [4], 3: [], 5: [4]},
        more_namings={"fixes": {0: [4], 1: []}},
        participations=[
            {"person": 0, "asked_by": "P0004", "held_on": "2026-06-01"},
            {"person": 1, "asked_by": "person 4", "held_on": "2026-06-01", "did": False},
            {"person": 2, "asked_by": "Person 4", "held_on": "2026-06-01", "did": None},
            {"person": 3, "asked_by": "Person 1", "held_on": "2026-06-01"},
            {"person": 4, "asked_by": "Person 4", "held_on": "2026-06-01"},
        ],
    )


def plant(seed: int = 0, n: int = 60) -> Workplace:
    """Return a plant in four departments; half are asked, by three organizers over forty days, and many name `STAR`."""
    rng = np.random.default_rng(seed)
    people = [
        {"department": f"Dept {i % 4}", "shift": ("Day", "Night")[i // 4 % 2], "crew": f"Crew {i % 12}"}
        for i in range(n)
    ]
    asked = sorted(rng.choice(n, n // 2, replace=False).tolist())
    namings = {
        i: sorted(
            {STAR, *rng.choice(n, 2).tolist()} - {i} if rng.random() < 0.3 else set(rng.choice(n, 2).tolist()) - {i}
        )
        for i in asked
    }
    ties = [{"person": int(a), "other": int(b)} for a, b in rng.choice(n, (30, 2)) if a != b]
    picture = workplace(people, namings=namings, connections=ties)
    days = pd.Timestamp("2026-05-01") + pd.to_timedelta(rng.integers(0, 40, n), unit="D")
    organizers = np.array(["Org A", "Org B", "Org C"], dtype=object)[rng.integers(0, 3, n)]
    return replace(
        picture,
        asked=_dated(picture.asked, "person", days, organizers),
        namings=_dated(picture.namings, "namer", days, organizers),
    )


def _dated(table: pd.DataFrame, who: str, days: Any, organizers: Any) -> pd.DataFrame:
    rows = table[who].to_numpy()
    return table.assign(held_on=days[rows].astype("datetime64[s]"), organizer=organizers[rows])


def without(picture: Workplace, gone: list[int]) -> Workplace:
    """Return the picture as if some people had never been asked."""
    return replace(
        picture,
        asked=picture.asked[~picture.asked["person"].isin(gone)],
        namings=picture.namings[~picture.namings["namer"].isin(gone)],
    )


def placed(standing: Standing, person: int = STAR) -> dict[str, Any]:
    at = int(np.searchsorted(standing.people, person))
    ranks = standing.ranks
    return {
        "certainty": ranks.word[at],
        "rank": ranks.rank[at],
        "rank_low": ranks.rank_low[at],
        "rank_high": ranks.rank_high[at],
        "p_top": ranks.p_top[at],
    }


def _whose_answers(picture: Workplace, row: dict[str, Any]) -> list[int]:
    """Return whose answers something leaves out, from the facts."""
    asked = picture.asked.merge(picture.people, left_on="person", right_index=True)
    kind = row["kind"]
    if kind == "told":
        return []
    if kind == "older":
        return list(asked["person"][asked["held_on"] < pd.Timestamp(row["since"])])
    column = {"conversation": "person_id", "organizer": "organizer"}.get(kind, kind)
    return list(asked["person"][asked[column] == row[column if column in row else "unit"]])


@pytest.fixture(scope="module")
def told() -> Why:
    return why(plant(), f"P{STAR:04d}")


def test_namings_are_counted_among_the_workforce_who_were_asked_and_could_have() -> None:
    found = why(small(), "P0004", most_refits=0)
    assert (found.named_by["n"], found.named_by["n_outside"], found.named_by["n_asked"]) == (3, 0, 4)
    assert [one["person_id"] for one in found.named_by["people"]] == ["P0000", "P0001", "P0002"]
    assert why(small(), "P0001", most_refits=0).named_by["n_asked"] == 3


def test_units_say_how_many_named_her_of_how_many_asked_there() -> None:
    departments, shifts, crews = why(small(), "P0004", most_refits=0).units
    assert departments == {
        "kind": "department",
        "n_naming": 2,
        "n_heard": 2,
        "units": [
            {"unit": "Packing", "n": 2, "n_asked": 2, "n_people": 2},
            {"unit": "Dock", "n": 1, "n_asked": 2, "n_people": 3},
        ],
    }
    assert [(unit["unit"], unit["n"], unit["n_asked"]) for unit in shifts["units"]] == [("Night", 2, 3), ("Day", 1, 1)]
    assert (crews["n_naming"], crews["n_heard"]) == (2, 3)


def test_being_named_back_is_not_known_of_who_was_not_asked() -> None:
    found = why(small(), "P0004", most_refits=0)
    assert found.back == {"was_asked": False, "n_named": None, "n_back": None, "n_could": None}
    assert {one["is_back"] for one in found.named_by["people"]} == {None}
    mutual = why(small(), "P0001", most_refits=0)
    assert (mutual.back["n_back"], mutual.back["n_could"]) == (1, 1)
    assert mutual.named_by["people"][0]["is_back"] is True


def test_every_question_somebody_named_her_to_is_told_of_those_asked_it() -> None:
    questions = why(small(), "P0004", most_refits=0).questions
    assert [(row["question"], row["n"], row["n_asked"]) for row in questions] == [("listens_to", 3, 4), ("fixes", 1, 2)]


def test_who_moved_others_is_known_by_id_or_by_a_name_that_nobody_shares() -> None:
    (step,) = why(small(), "P0004", most_refits=0).moved
    assert (step["n_asked"], step["n_did"], step["n_unknown"]) == (3, 1, 1)
    assert why_in_words(why(small(), "P0004", most_refits=0))[-1] == (
        "Moved 1 of the 3 whom Person 4 asked, at petition (sign) of 1 Jun; of 1 it is not known whether they did."
    )
    people = small().people
    shared = replace(small(), people=people.assign(name=people["name"].replace("Person 3", "PERSON 4")))
    (step,) = why(shared, "P0004", most_refits=0).moved
    assert step["n_asked"] == 1


def test_namings_from_outside_her_units_are_a_number_and_no_more() -> None:
    picture = small()
    people = picture.people.assign(kind=["worker"] * 2 + [OUTSIDE] + ["worker"] * 4)
    hidden = replace(
        picture,
        people=people,
        asked=picture.asked[picture.asked["person"] != 2],
        provenance=replace(picture.provenance, is_part=True),
    )
    found = why(hidden, "P0004", most_refits=0)
    assert (found.named_by["n"], found.named_by["n_outside"], found.named_by["n_asked"]) == (3, 1, 3)
    assert "P0002" not in {one["person_id"] for one in found.named_by["people"]}
    assert "by 1 outside your units" in " ".join(why_in_words(found))
    with pytest.raises(NotFoundError):
        why(hidden, "P0002")


def test_of_who_is_not_in_the_workforce_there_are_facts_and_no_place() -> None:
    for person_id, reason in (("P0005", "supervisors"), ("P0006", "who left")):
        found = why(small(), person_id)
        assert found.place is None
        assert found.rests_on.rows == []
        assert reason in why_in_words(found)[0]
    assert why(small(), "P0005", include=("supervisors",)).place is not None


def test_an_unknown_person_and_a_negative_budget_are_errors() -> None:
    with pytest.raises(NotFoundError, match="P9999"):
        why(small(), "P9999")
    with pytest.raises(UsageError, match="most_refits"):
        why(small(), "P0004", most_refits=-1)


def test_a_place_that_nobody_named_rests_on_nobody() -> None:
    found = why(small(), "P0003")
    assert (found.rests_on.rows, found.rests_on.n_tried) == ([], 0)
    assert any(line.startswith("Named by 0 of 3 asked") for line in why_in_words(found))


@pytest.mark.parametrize("kind", ["conversation", "organizer", "department", "shift", "crew", "older", "told"])
def test_what_is_said_of_a_place_without_something_is_what_the_model_says_without_it(told: Why, kind: str) -> None:
    picture = plant()
    rows = [row for row in told.rests_on.rows if row["kind"] == kind]
    assert rows or kind == "crew"
    for row in rows[:2]:
        gone = _whose_answers(picture, row)
        left = replace(picture, connections=picture.connections.iloc[:0]) if kind == "told" else without(picture, gone)
        assert {name: row[name] for name in placed(find_standing(left))} == placed(find_standing(left))
        assert row["n_answers"] == len(gone)
        assert row["n_namings"] == int(picture.namings.query("named == @STAR")["namer"].isin(gone).sum())


def test_what_changes_the_word_comes_first_and_is_marked(told: Why) -> None:
    assert told.place is not None
    rows = told.rests_on.rows
    assert all(row["changes_word"] == (row["certainty"] != told.place["certainty"]) for row in rows)
    matters = [row["changes_word"] and row["is_weaker"] and not row["is_noise"] for row in rows]
    assert any(matters)
    assert matters == sorted(matters, reverse=True)
    assert all((row["because"] is None) == (not row["changes_word"]) for row in rows)


def test_a_unit_with_a_single_naming_of_hers_is_that_answer_and_not_tried_apart(told: Why) -> None:
    coarse = [row for row in told.rests_on.rows if row["kind"] in ("organizer", "department", "shift", "crew")]
    assert coarse
    assert min(row["n_namings"] for row in coarse) > 1


def test_the_model_is_asked_no_more_often_than_allowed_and_says_what_was_not_tried(told: Why) -> None:
    n_namers = told.named_by["n"]
    assert sum(row["kind"] == "conversation" for row in told.rests_on.rows) == n_namers
    calls: list[tuple[int, int]] = []
    few = why(plant(), f"P{STAR:04d}", most_refits=4, progress=lambda done, of: calls.append((done, of)))
    assert few.rests_on.n_tried == len(few.rests_on.rows) == 4
    n_single = sum(row["kind"] == "conversation" for row in few.rests_on.rows)
    assert few.rests_on.n_untried == n_namers - n_single > 0
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert "were not left out one by one" in rests_on_in_words(few)[-1]


def test_it_can_be_interrupted() -> None:
    def stop(done: int, of: int) -> None:
        raise InterruptedError(f"{done} of {of}")

    with pytest.raises(InterruptedError, match="1 of"):
        why(plant(), f"P{STAR:04d}", progress=stop)


def test_asked_twice_it_says_the_same(told: Why) -> None:
    assert why(plant(), f"P{STAR:04d}").rests_on.rows == told.rests_on.rows


def test_a_change_no_larger_than_other_draws_make_is_noise() -> None:
    assert is_same_share(0.90, 200, 0.88, 200)
    assert not is_same_share(0.90, 200, 0.70, 200)
    assert is_same_share(1.0, 200, 0.995, 200)
    assert not is_same_share(1.0, 200, 0.9, 200)


def test_the_only_bridge_between_two_groups_is_told() -> None:
    rings = [[0, 1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13, 14, 15]]
    pairs = [(a, b) for ring in rings for a in ring for b in ring if a < b]
    picture = from_pairs(16, [*pairs, (0, 8), (0, 9), (0, 10)])
    groups = find_groups(picture)
    assert groups.about["n_solid"] == 2
    bridge = why(picture, "P0000", groups=groups).bridge
    assert bridge is not None
    assert [link["n_ties"] for link in bridge["only_to"]] == [3]
    other = why(picture, "P0001", groups=groups).bridge
    assert other is not None
    assert other["only_to"] == []
    assert why(picture, "P0000").bridge is None


def test_words_say_the_counts_the_word_and_what_it_rests_on(told: Why) -> None:
    text = "\n".join(why_in_words(told))
    assert f"Named by {told.named_by['n']} of {told.named_by['n_asked']} asked, from" in text
    assert told.place is not None
    assert "Rests on" in text
    assert "falls from" in text
    assert day_in_words("2025-05-03", "2026-06-30") == "3 May 2025"


def test_a_standing_of_other_people_is_found_anew() -> None:
    now, before = small(), small()
    before.people.loc[4, "has_left"] = True
    stale = find_standing(before)
    assert not stale.is_of(np.isin(np.arange(len(now.people)), find_standing(now).people))
    assert why(now, "P0004", standing=stale, most_refits=0).place == why(now, "P0004", most_refits=0).place
