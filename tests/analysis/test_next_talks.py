from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from shopfloor.analysis.certainty import NamingRanks, rank_namings
from shopfloor.analysis.next_talks import NextTalks, next_talks
from shopfloor.analysis.standing import find_standing
from shopfloor.analysis.talk_forecast import forecast_talks
from shopfloor.analysis.talk_schedule import LOT, SCORE, UNIT, draw_lots, schedule_holes, schedule_talks
from shopfloor.analysis.talk_scores import MOST_CONTENDERS, score_talks
from shopfloor.errors import UsageError
from shopfloor.workplace import OUTSIDE, Workplace
from tests.analysis.build import random_namings, workplace
from tests.analysis.certain import Made, make, some


def ranks(seed: int, share: float = 0.4, n_people: int = 60) -> NamingRanks:
    return rank_namings(make(seed, n_people).heard(some(seed, n_people, share)))


def shop(seed: int = 0, n_people: int = 40, n_asked: int = 12, **more: Any) -> Workplace:
    people = [{"department": ("Paint", "Dock", "Press", "Stores")[i % 4]} for i in range(n_people)]
    return workplace(people, namings=random_namings(np.random.default_rng(seed), n_people, n_asked), **more)


def talks(place: Workplace, **options: Any) -> NextTalks:
    return next_talks(place, find_standing(place), **options)


def brute_gain(found: NamingRanks, person: int, contenders: list[int]) -> float:
    """Add up the two lines of the score pair by pair."""
    expects = found.expectation
    assert expects is not None

    def chance(namer: int, named: int, back: int | None = None) -> float:
        return float(expects.probability(np.array([namer]), np.array([named]), back)[0])

    def weight(contender: int) -> float:
        normal = NormalDist()
        p_top = min(max(found.p_top[contender], 0.5 / found.n_draws), 1 - 0.5 / found.n_draws)
        return float((normal.pdf(normal.inv_cdf(p_top)) / max(found.counts[:, contender].std(), 0.3)) ** 2)

    gain = 0.0
    for contender in contenders:
        p = chance(person, contender)
        group = 0 if expects.is_own(np.array([person]), np.array([contender]))[0] else 1
        carried = 1 + expects.variance[contender, group] * expects.spread[contender, group]
        gain += weight(contender) * carried**2 * p * (1 - p)
    if person in contenders:
        for other in np.flatnonzero(~expects.asked).tolist():
            if other != person:
                q = chance(person, other)
                gain += weight(person) * q * (1 - q) * (chance(other, person, 1) - chance(other, person, 2)) ** 2
    return gain


def test_the_gain_is_the_sum_over_pairs() -> None:
    found = ranks(3, 0.3, 24)
    scores = score_talks(found)
    asked = found.expectation.asked  # type: ignore[union-attr]
    contenders = scores.contenders.tolist()
    assert set(contenders) == set(np.flatnonzero((found.p_top > 0.01) & (found.p_top < 0.99)))
    gain = np.array([0.0 if asked[i] else brute_gain(found, i, contenders) for i in range(24)])
    assert scores.about_others + scores.about_own == pytest.approx(gain)
    expected = gain / gain.max() + found.expected / found.expected[~asked].max()
    assert scores.score[~asked] == pytest.approx(expected[~asked])
    assert (scores.score[asked] == -1).all()


def test_no_table_is_wider_than_the_contenders() -> None:
    scores = score_talks(ranks(1, 0.1, 200))
    assert len(scores.contenders) == MOST_CONTENDERS
    assert scores.told.shape == (200, MOST_CONTENDERS)


def test_relabelling_people_permutes_the_scores() -> None:
    made, asked = make(4), some(4, 60, 0.3)
    order = np.random.default_rng(4).permutation(60)
    moved = Made(made.namings[np.ix_(order, order)], made.attributes[:, order], np.argsort(order)[made.close])
    one = score_talks(rank_namings(made.heard(asked, key=np.arange(60))))
    two = score_talks(rank_namings(moved.heard(asked[order], key=order)))
    assert two.score == pytest.approx(one.score[order])


def test_lots_go_by_person_and_seed_whoever_else_there_is() -> None:
    one, more, other = draw_lots(["a", "b", "c"], 1), draw_lots(["c", "x", "a", "b"], 1), draw_lots(["a", "b", "c"], 2)
    assert one.tolist() == more[[2, 3, 0]].tolist()
    assert one.tolist() != other.tolist()
    assert 0.45 < draw_lots([str(i) for i in range(2000)], 0).mean() < 0.55


def test_units_with_too_few_voices_come_first_then_score_and_lot_in_turn() -> None:
    made = make(5)
    unit = made.attributes[0]
    asked = some(5, 60, 0.4)
    asked[unit == 1] = False
    asked[np.flatnonzero(unit == 2)] = False
    asked[np.flatnonzero(unit == 2)[0]] = True
    data = made.heard(asked)
    found = rank_namings(data)
    plan = schedule_talks(data, found, score_talks(found), draw_lots([str(i) for i in range(60)], 0))
    assert plan.phase == "units"
    assert unit[plan.people[:3]].tolist() in ([1, 1, 2], [1, 2, 1])
    assert plan.picked_for[:3] == (UNIT,) * 3
    assert set(plan.picked_for[3::2]) != set(plan.picked_for[4::2])
    assert {SCORE, LOT} == set(plan.picked_for[3:])
    assert sorted(plan.people.tolist()) == np.flatnonzero(~asked).tolist()


def test_the_turn_goes_on_after_each_talk() -> None:
    made, asked = make(6), some(6, 60, 0.3)
    lots = draw_lots([str(i) for i in range(60)], 0)
    kinds = []
    for _ in range(4):
        data = made.heard(asked)
        found = rank_namings(data)
        plan = schedule_talks(data, found, score_talks(found), lots)
        kinds.append(plan.picked_for[0])
        asked[plan.people[0]] = True
    assert kinds in ([SCORE, LOT] * 2, [LOT, SCORE] * 2)


def test_a_nearly_settled_list_is_certified_by_score_alone() -> None:
    made, asked = make(7), some(7, 60, 0.95)
    data = made.heard(asked)
    found = rank_namings(data)
    assert found.wrong_names() <= 0.5
    scores = score_talks(found)
    plan = schedule_talks(data, found, scores, draw_lots([str(i) for i in range(60)], 0))
    assert set(plan.picked_for) == {SCORE}
    assert plan.people.tolist() == sorted(plan.people.tolist(), key=lambda person: -scores.score[person])


def test_before_anybody_is_named_people_are_picked_by_lot() -> None:
    found = talks(workplace(30, namings={0: []}))
    assert set(found.rows["picked_for"]) == {LOT}
    assert found.about["half"] is None


def test_holes_are_closed_unit_by_unit_the_least_heard_first() -> None:
    unit, asked = np.array([0, 0, 0, 1, 1, 1, 1, -1]), np.array([True] + [False] * 7)
    may, reachable, lots = np.ones(8, dtype=bool), np.zeros(8, dtype=bool), np.arange(8) / 10
    reachable[[5, 2]] = True
    order = schedule_holes(unit, asked, may, reachable, lots).tolist()
    assert order[:3] == [5, 7, 3]
    assert order.index(2) < order.index(1)
    may[7] = False
    assert 7 not in schedule_holes(unit, asked, may, reachable, lots)


@pytest.mark.parametrize("aim", ["leaders", "holes"])
def test_nobody_is_suggested_who_was_asked_left_supervises_or_is_outside(aim: str) -> None:
    for seed in range(4):
        place = shop(seed)
        people = place.people
        people.loc[[1, 2], "is_supervisor"] = True
        people.loc[[3, 4], "has_left"] = True
        people.loc[[5, 6], "kind"] = OUTSIDE
        rows = talks(place, aim=aim, n=0).rows
        barred = set(people["person_id"].iloc[[1, 2, 3, 4, 5, 6, *place.asked["person"]]])
        assert set(rows["person_id"]) == set(people["person_id"]) - barred
        included = next_talks(place, find_standing(place, include=("supervisors", "left")), aim=aim, n=0)
        assert set(included.rows["person_id"]) == set(people["person_id"]) - barred


@pytest.mark.parametrize("aim", ["leaders", "holes"])
def test_the_same_workplace_gives_the_same_talks_and_fewer_rows_are_the_first(aim: str) -> None:
    every, few = talks(shop(), aim=aim, n=0), talks(shop(), aim=aim, n=3)
    assert few.rows["person_id"].tolist() == every.rows["person_id"].tolist()[:3]
    assert few.rows["place"].tolist() == [1, 2, 3]
    assert every.rows.equals(talks(shop(), aim=aim, n=0).rows)


def test_why_says_what_was_computed() -> None:
    namings = {0: [9], 4: [9], 1: [9], 5: [9, 13], 2: [13]}
    people = [{"department": ("Paint", "Dock", "Press", "Stores")[i % 4]} for i in range(32)]
    rows = talks(workplace(people, namings=namings), n=0).rows
    assert rows["why"][0] == "nobody of Stores was asked"
    assert rows["unit"].tolist()[:3] == ["Stores", "Press", "Stores"]
    assert rows["why"][1] == "only 1 of the 8 of Press was asked"
    most = rows[rows["person_id"] == "P0009"].iloc[0]
    assert most["named_by"] == 4
    assert "named by 4" in most["why"]
    assert "picked by lot: keeps the list honest" in set(rows["why"])


def test_ways_in_are_people_who_talked_and_do_not_lean_against_us_the_best_first() -> None:
    talked = [
        {"person": 1, "organizer": "Olga", "held_on": "2026-05-01"},
        {"person": 2, "organizer": "Pia", "held_on": "2026-05-03"},
        {"person": 3, "organizer": "Pia", "held_on": "2026-05-04"},
        {"person": 4, "organizer": "Olga", "held_on": "2026-05-05"},
    ]
    told = [{"person": 0, "other": other, "kind": "friend"} for other in (2, 3, 5)]
    told.append({"person": 0, "other": 6, "kind": "conflict"})
    place = workplace(
        12,
        namings={1: [0], 4: [0]},
        conversations=talked,
        connections=told,
        assessments=[{"person": 4, "assessment": 5}],
    )
    reach = talks(place, n=0).rows.set_index("person_id")["reach"].to_dict()
    assert [(way["person_id"], way["tie"], way["organizer"]) for way in reach["P0000"]] == [
        ("P0001", "named", "Org A"),
        ("P0003", "told", "Pia"),
        ("P0002", "told", "Pia"),
    ]
    assert reach["P0007"] == []


def test_an_organizer_reaches_first_who_is_tied_to_people_of_her_talks() -> None:
    talked = [
        {"person": 8, "organizer": "Olga", "held_on": "2026-05-01"},
        {"person": 2, "organizer": "P0009", "organizer_person": 9, "held_on": "2026-05-03"},
    ]
    told = [{"person": 8, "other": 5, "kind": "friend"}, {"person": 2, "other": 6, "kind": "friend"}]
    place = workplace(12, namings={1: [3]}, conversations=talked, connections=told)
    assert talks(place, organizer=" olga ").rows["person_id"][0] == "P0005"
    assert [way["name"] for way in talks(place, organizer="olga").rows["reach"][0]] == ["Person 8"]
    by_name = talks(place, organizer="Person 9").rows
    assert by_name["person_id"][0] == "P0006"
    assert by_name["reach"][0][0]["organizer"] == "Person 9"
    assert talks(place, organizer="Olga", aim="holes").rows["person_id"][0] == "P0005"
    with pytest.raises(UsageError, match="no talk of that organizer") as refused:
        talks(place, organizer="Nadia Secret")
    assert "Nadia" not in str(refused.value)


def test_an_organizer_need_not_be_one_of_the_people() -> None:
    place = workplace(12, namings={1: [3], 2: []}, connections=[{"person": 2, "other": 6, "kind": "friend"}])
    assert talks(place, organizer="org a").rows["person_id"][:2].isin(["P0003", "P0006"]).all()


@pytest.mark.parametrize("options", [{"aim": "leader"}, {"n": -1}])
def test_what_cannot_be_meant_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        talks(shop(), **options)


def test_expected_talks_are_in_order_and_never_more_than_people_left() -> None:
    for seed in range(4):
        about = talks(shop(seed), n=1).about
        for needed in (about["half"], about["certified"]):
            assert 0 <= needed["n_low"] <= needed["n"] <= needed["n_high"] <= about["n_left"]
        assert about["half"]["n"] <= about["certified"]["n"]


def test_with_more_heard_fewer_talks_are_expected_and_none_when_all_is_heard() -> None:
    expected = []
    for share in (0.2, 0.5, 0.8):
        said = []
        for seed in range(6):
            made = make(seed)
            data = made.heard(some(seed, 60, share))
            found = rank_namings(data)
            scores = score_talks(found)
            forecast = forecast_talks(found, scores, schedule_talks(data, found, scores, np.arange(60) / 60))
            assert forecast is not None
            said.append(forecast.half.n)
        expected.append(np.mean(said))
    assert expected[0] > expected[1] > expected[2]
    everybody = make(1).heard(np.ones(60, dtype=bool))
    found = rank_namings(everybody)
    scores = score_talks(found)
    none = forecast_talks(found, scores, schedule_talks(everybody, found, scores, np.arange(60) / 60))
    assert none is not None
    assert none.certified.n_high == none.half.n_high == 0


def test_a_talk_picked_by_score_narrows_intervals_on_average() -> None:
    before, after = [], []
    for seed in range(8):
        made, asked = make(seed), some(seed, 60, 0.3)
        found = rank_namings(made.heard(asked))
        best = np.argsort(-score_talks(found).score)[:8]
        asked[best] = True
        later = rank_namings(made.heard(asked))
        before.append((found.rank_high - found.rank_low).mean())
        after.append((later.rank_high - later.rank_low).mean())
    assert np.mean(after) < np.mean(before)


@pytest.mark.parametrize(
    "place",
    [
        workplace(0),
        workplace(1),
        workplace(3, namings={0: [1], 1: [0], 2: [0]}),
        workplace(3, namings={0: [1]}),
        workplace(8),
        workplace(8, namings={i: [7] for i in range(7)}),
        workplace([{"department": "Paint"}] * 6, namings={0: [1]}),
    ],
    ids=["nobody", "one", "all asked", "three", "nobody asked", "all name one", "one unit"],
)
@pytest.mark.parametrize("aim", ["leaders", "holes"])
def test_thin_data_give_an_answer(place: Workplace, aim: str) -> None:
    found = talks(place, aim=aim, n=0)
    assert len(found.rows) == len(place.people) - len(place.asked) == found.about["n_left"]
    assert found.rows["why"].str.len().gt(0).all()
