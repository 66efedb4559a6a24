"""What changed between two pictures: what really moved is told, what chance moves is not."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from shopfloor.analysis import find_groups, find_standing
from shopfloor.analysis.changes import Changes, find_changes
from shopfloor.analysis.group_changes import find_bridge_changes, find_group_changes
from shopfloor.analysis.leader_changes import find_leader_changes
from shopfloor.errors import UsageError
from shopfloor.service.changes_in_words import change_rows, changes_in_words, learned_head
from shopfloor.workplace import Workplace
from tests.analysis.build import workplace

PEOPLE = [{"department": f"Dept {i % 4}", "shift": ("Day", "Night")[i // 4 % 2]} for i in range(60)]


def answers(seed: int, asked: Sequence[int], leader: int | None, share: float = 0.7) -> dict[int, list[int]]:
    """Draw whom people name: `leader` in that share of answers, and two others."""
    rng = np.random.default_rng(seed)
    drawn = {}
    for person in asked:
        named = set(rng.choice(60, 2, replace=False).tolist())
        if leader is not None and rng.random() < share:
            named.add(leader)
        drawn[person] = sorted(named - {person})
    return drawn


def leaders_of(before: Workplace, after: Workplace) -> Changes:
    """Compare leaders alone."""
    nothing = find_groups(workplace(0))
    standings = find_standing(before), find_standing(after)
    return find_changes(before, after, standings=standings, groups=(nothing, nothing))


def dealt(picture: Workplace, seed: int) -> tuple[Workplace, Workplace]:
    """Deal the answers of a picture at random into two."""
    first = np.random.default_rng(seed).random(len(picture.people)) < 0.5
    return tuple(  # type: ignore[return-value]
        replace(
            picture,
            asked=picture.asked[kept[picture.asked["person"].to_numpy()]],
            namings=picture.namings[kept[picture.namings["namer"].to_numpy()]],
        )
        for kept in (first, ~first)
    )


def crews(*members: Sequence[int], across: Sequence[tuple[int, int]] = (), n: int = 36) -> Workplace:
    """Return a workplace of told ties: everybody of a crew is tied to everybody else of it."""
    pairs = [*(pair for crew in members for pair in combinations(crew, 2)), *across]
    return workplace(n, connections=[{"person": one, "other": two, "strength": 1.0} for one, two in pairs])


ONE, TWO, THREE = range(12), range(12, 24), range(24, 36)


def test_who_was_hardly_named_and_now_is_by_most_is_up_and_the_other_down() -> None:
    early, late = range(30), range(30, 60)
    before = workplace(PEOPLE, namings=answers(1, early, 10))
    after = workplace(PEOPLE, namings=answers(2, late, 40))
    found = leaders_of(before, after)
    assert [(row["change"], row["person_id"]) for row in found.leaders.to_dict("records")] == [
        ("up", "P0040"),
        ("down", "P0010"),
    ]
    first = found.leaders.iloc[0]
    assert first["rank_high"] < first["rank_low_before"] or first["because"] == "word"
    assert not found.about["is_nothing"]
    (up,) = (line for line in changes_in_words(found) if line.startswith("Up:"))
    assert up.startswith("Up: Person 40, sure in the top 5, place 1")
    assert f"(was hardly in the top, place {first['rank_low_before']} to {first['rank_high_before']})." in up


def test_between_halves_of_the_same_answers_there_is_nearly_no_news() -> None:
    runs = 24
    told = 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        liked = rng.gamma(0.5, size=60)
        namings = {
            i: sorted(set(rng.choice(60, 3, replace=False, p=liked / liked.sum()).tolist()) - {i}) for i in range(60)
        }
        halves = dealt(workplace(PEOPLE, namings=namings), seed)
        leaders, _, counts = find_leader_changes(*halves, *(find_standing(half) for half in halves))
        assert counts["n_compared"] > 0
        told += len(leaders) > 0
    assert told <= 2


def test_the_same_picture_twice_is_no_news_at_all() -> None:
    picture = workplace(PEOPLE, namings=answers(1, range(30), 10))
    found = leaders_of(picture, picture)
    assert (len(found.leaders), len(found.learned), len(found.people)) == (0, 0, 0)
    assert (found.about["is_nothing"], found.about["n_new_answers"]) == (True, 0)
    assert "Nothing beyond what chance moves." in changes_in_words(found)


def test_more_answers_of_the_same_kind_are_known_better_and_no_change() -> None:
    every = answers(3, range(50), 10, share=0.5)
    before = workplace(PEOPLE, namings={person: every[person] for person in range(4)})
    after = workplace(PEOPLE, namings=every)
    found = leaders_of(before, after)
    assert len(found.leaders) == 0
    assert found.about["is_more"]
    hers = found.learned[found.learned["person_id"] == "P0010"]
    assert hers[["change", "certainty_before", "certainty"]].to_numpy().tolist() == [
        ["stronger", "cannot_tell", "sure"]
    ]
    assert "Known better now, no more than chance moves between two sets of answers:" in changes_in_words(found)
    assert found.about["is_nothing"]


def test_where_all_were_asked_both_times_nothing_is_known_better_but_places_are_others() -> None:
    about = {"n_asked": 30, "n_people": 30, "n_asked_before": 29, "n_people_before": 29}
    assert learned_head(about)[0] == "In another place now"
    assert learned_head(about | {"n_asked_before": 28})[0] == "Known better now"


def test_who_was_not_asked_before_a_question_is_compared_with_nothing() -> None:
    before = workplace(PEOPLE, namings=answers(1, range(30), 10))
    after = workplace(PEOPLE, namings=answers(1, range(30), 10), more_namings={"fixes": answers(2, range(30), 40)})
    found = find_changes(before, after, question="fixes", groups=(find_groups(workplace(0)),) * 2)
    assert found.about["n_asked_before"] == 0
    assert len(found.leaders) == 0
    assert "Nobody had been asked then: whoever leads now is known since." in changes_in_words(found)
    with pytest.raises(UsageError, match="no answers to a question"):
        find_changes(before, before, question="fixes")


def test_people_who_left_and_joined_are_told_leaders_first() -> None:
    before = workplace(PEOPLE, namings=answers(1, range(30), 10))
    people = before.people
    left, promoted = people.index.isin([3, 10]), people.index == 4
    new = workplace([*PEOPLE, {}], namings=answers(1, range(30), 10))
    after = replace(
        new,
        people=new.people.assign(has_left=[*left.tolist(), False], is_supervisor=[*promoted.tolist(), False]),
    )
    found = leaders_of(before, after).people
    assert found[["change", "person_id", "reason"]].to_dict("split")["data"] == [
        ["left", "P0010", "left"],
        ["left", "P0003", "left"],
        ["left", "P0004", "supervisor"],
        ["joined", "P0060", "not there"],
    ]
    assert found["certainty"].iloc[0] == "sure"
    words = "\n".join(changes_in_words(leaders_of(before, after)))
    assert "Left the workforce: 3: Person 10 (was sure), Person 3, Person 4 (supervisor)." in words


def test_a_group_that_falls_apart_in_two_is_split_and_two_that_grow_together_are_merged() -> None:
    whole, halves = crews(ONE, TWO, THREE), crews(range(6), range(6, 12), TWO, THREE)
    then, now = find_groups(whole), find_groups(halves)
    split = find_group_changes(whole, halves, then, now)
    assert split["change"].tolist() == ["split"]
    assert (len(split["before"][0]), len(split["after"][0]), split["n_people"][0]) == (1, 2, 12)
    assert split["chance"][0] <= 0.01
    merged = find_group_changes(halves, whole, now, then)
    assert merged["change"].tolist() == ["merged"]
    assert (len(merged["before"][0]), len(merged["after"][0])) == (2, 1)


def test_a_group_whose_people_left_is_lost_for_that() -> None:
    before = crews(ONE, TWO, THREE)
    after = replace(before, people=before.people.assign(has_left=before.people.index < 11))
    found = find_group_changes(before, after, find_groups(before), find_groups(after))
    assert found[["change", "reason", "n_people"]].to_dict("records") == [
        {"change": "lost", "reason": "people left", "n_people": 1}
    ]


def test_other_borders_in_the_same_ties_are_no_news() -> None:
    picture = crews(ONE, TWO, THREE, across=[(0, 12), (1, 24)])
    then = find_groups(picture)
    moved = replace(
        then,
        people=then.people.assign(
            group_id=then.people["group_id"].where(
                ~then.people["person_id"].isin([f"P{i:04d}" for i in range(6)]), then.people["group_id"].iloc[12]
            )
        ),
    )
    assert len(find_group_changes(picture, picture, then, moved)) == 0


def test_who_alone_is_left_between_two_groups_is_a_new_bridge_and_then_no_more() -> None:
    many = [(i, 12 + i) for i in range(12)]
    few = [(0, 12), (0, 13), (0, 14)]
    before, after = crews(ONE, TWO, THREE, across=many), crews(ONE, TWO, THREE, across=few)
    then, now = find_groups(before), find_groups(after)
    found = find_bridge_changes(before, after, then, now)
    assert found[["change", "person_id", "n_ties_before", "n_ties"]].to_dict("records") == [
        {"change": "new", "person_id": "P0000", "n_ties_before": 1, "n_ties": 3}
    ]
    back = find_bridge_changes(after, before, now, then)
    assert back[["change", "person_id"]].to_dict("records") == [{"change": "gone", "person_id": "P0000"}]
    assert len(find_bridge_changes(after, after, now, now)) == 0


def test_one_tie_more_or_less_makes_no_bridge() -> None:
    before = crews(ONE, TWO, THREE, across=[(0, 12), (0, 13), (5, 14)])
    after = crews(ONE, TWO, THREE, across=[(0, 12), (0, 13)])
    assert len(find_bridge_changes(before, after, find_groups(before), find_groups(after))) == 0


def test_everything_together_says_how_it_was_made_and_how_far_it_is() -> None:
    before = crews(ONE, TWO, THREE)
    after = crews(range(6), range(6, 12), TWO, THREE)
    calls: list[tuple[int, int]] = []
    found = find_changes(before, after, progress=lambda done, of: calls.append((done, of)))
    assert found.about["since"] == {"as_of": "2026-06-30", "known_at": None, "revision": 7}
    assert found.about["has_groups"]
    assert [row["what"] for row in change_rows(found)] == ["group"]
    assert any(line.startswith("Group split:") for line in changes_in_words(found))
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1]
