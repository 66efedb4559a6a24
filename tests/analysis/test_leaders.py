import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shopfloor.analysis import LAYERS, MEASURES, Ranking, find_groups, rank_people
from shopfloor.errors import RefusedError, UsageError
from shopfloor.workplace import Workplace
from tests.analysis.build import random_namings, workplace


def small() -> Workplace:
    """Six people, three asked: 1 is named twice, 2 and 4 once; 4 is a supervisor, 5 has left."""
    people: list[dict[str, Any]] = [
        {"department": "Packing", "shift": "Day", "crew": "A"},
        {"department": "Packing", "shift": "Night", "crew": "A"},
        {"department": "Dock", "shift": "Night"},
        {"department": "Dock", "shift": "Day"},
        {"department": "Dock", "shift": "Day", "is_supervisor": True},
        {"department": "Packing", "shift": "Day", "has_left": True},
    ]
    return workplace(
        people,
        namings={0: [1, 2], 3: [1, 4], 2: [], 4: [3], 5: [3]},
        conversations=[{"person": 0}, {"person": 0}, {"person": 3}],
        assessments=[
            {"person": 1, "assessment": 3, "assessed_on": "2026-01-01"},
            {"person": 1, "assessment": 1, "assessed_on": "2026-02-01"},
        ],
    )


def ids(ranking: Ranking) -> list[tuple[int, str]]:
    return list(zip(ranking.rows["rank"].tolist(), ranking.rows["person_id"].str[-1].tolist(), strict=True))


def test_most_named_come_first_and_equal_scores_share_a_rank_in_order_of_id() -> None:
    assert ids(rank_people(small())) == [(1, "1"), (2, "2"), (3, "0"), (3, "3")]


def test_supervisors_and_people_who_left_neither_are_listed_nor_have_a_voice() -> None:
    ranking = rank_people(small())
    assert ranking.rows.set_index("person_id")["score"]["P0003"] == 0
    assert ranking.about["coverage"]["n_people"] == 4
    assert ranking.about["coverage"]["n_asked"] == 3


def test_included_supervisors_and_people_who_left_are_listed_and_heard() -> None:
    ranking = rank_people(small(), include=("supervisors", "left"))
    assert ids(ranking) == [(1, "1"), (1, "3"), (3, "2"), (3, "4"), (5, "0"), (5, "5")]
    assert ranking.about["coverage"]["n_asked"] == 5


def test_allies_and_public_figures_are_never_listed() -> None:
    picture = workplace([{}, {"kind": "ally"}, {"kind": "public_figure"}], namings={0: [1, 2], 1: [0]})
    assert ids(rank_people(picture, include=("supervisors", "left"))) == [(1, "0")]


def test_share_is_of_those_asked_who_could_have_named_her() -> None:
    rows = rank_people(small()).rows.set_index("person_id")
    assert rows["named_by"].tolist() == [2, 1, 0, 0]
    assert rows["named_share"].tolist() == pytest.approx([2 / 3, 1 / 2, 0, 0])
    assert rows["was_asked"].tolist() == [False, True, True, True]


def test_rows_tell_from_how_many_units_the_namings_come_and_what_is_known() -> None:
    first = rank_people(small()).rows.iloc[0]
    assert (first["n_departments_naming"], first["n_shifts_naming"]) == (2, 1)
    assert (first["assessment"], first["n_conversations"]) == (1, 0)
    assert rank_people(small()).rows["assessment"].isna().sum() == 3


def test_the_list_is_so_far_until_everybody_was_asked() -> None:
    assert rank_people(small()).about["title"] == "Most named so far"
    assert rank_people(workplace(2, namings={0: [1], 1: []})).about["title"] == "Most named"


def test_without_ties_nothing_is_claimed_of_the_order() -> None:
    for empty in (workplace(0), workplace(3), workplace(2, namings={0: [], 1: []})):
        assert rank_people(empty).about["meaning"].startswith("No ties of this kind are known")
    assert rank_people(workplace(0)).about["title"] == "Most named so far"


def test_an_empty_unit_is_no_unit() -> None:
    with pytest.raises(UsageError, match="no department or shift or crew ''"):
        rank_people(small(), unit="")
    with pytest.raises(UsageError, match="no department or shift or crew ''"):
        find_groups(small(), unit="")


def test_a_unit_narrows_who_is_listed_but_not_who_is_heard() -> None:
    ranking = rank_people(small(), unit="packing")
    assert ids(ranking) == [(1, "1"), (2, "0")]
    assert ranking.rows["score"].tolist() == [2, 0]
    assert ids(rank_people(small(), unit="department:Dock")) == [(1, "2"), (2, "3")]
    assert ids(rank_people(small(), unit="crew:a")) == ids(ranking)


def test_an_unknown_unit_is_an_error_with_near_ones() -> None:
    with pytest.raises(UsageError, match="did you mean Packing"):
        rank_people(small(), unit="pakcing")


def test_a_name_of_two_kinds_of_unit_must_be_told_apart() -> None:
    picture = workplace([{"department": "Night", "shift": "night"}])
    with pytest.raises(UsageError, match="department:Night or shift:Night"):
        rank_people(picture, unit="Night")
    assert len(rank_people(picture, unit="shift:Night").rows) == 1


def test_places_are_three_in_small_lists_five_in_large_ones_and_shared_by_ties() -> None:
    rng = np.random.default_rng(5)
    large = workplace(25, namings=random_namings(rng, 25, 20))
    assert rank_people(large).about["parameters"]["places"] == 5
    ranking = rank_people(workplace(24, namings={0: [1, 2, 3, 4], 1: [2]}))
    assert ranking.about["parameters"]["places"] == 3
    assert ranking.rows["in_top"].sum() == 4


def test_a_score_of_nothing_is_in_no_top() -> None:
    assert not rank_people(workplace(3, namings={0: []})).rows["in_top"].any()


def test_top_limits_rows_and_nothing_else() -> None:
    cut, whole = rank_people(small(), top=2), rank_people(small())
    pd.testing.assert_frame_equal(cut.rows, whole.rows.head(2))
    assert cut.about["n_listed"] == 4


@pytest.mark.parametrize("name", [name for name, measure in MEASURES.items() if measure.needs_most_asked])
def test_fragile_measures_are_refused_on_partial_namings_saying_what_would_lift_it(name: str) -> None:
    picture = workplace(10, namings={i: [(i + 1) % 10] for i in range(7)})
    with pytest.raises(RefusedError, match=r"only 7 of 10 people \(70%\) were\. Ask 1 more") as refusal:
        rank_people(picture, measure=name)
    assert "as-if-complete" in str(refusal.value)
    assert len(rank_people(picture, measure=name, as_if_complete=True).rows) == 10


def test_fragile_measures_are_given_once_four_fifths_were_asked() -> None:
    picture = workplace(10, namings={i: [(i + 1) % 10] for i in range(8)})
    assert rank_people(picture, measure="betweenness").about["measure"] == "betweenness"


def test_those_asked_outside_the_workforce_lift_no_refusal() -> None:
    people = [*({} for _ in range(5)), *({"is_supervisor": True} for _ in range(20))]
    with pytest.raises(RefusedError, match="only 1 of 5"):
        rank_people(workplace(people, namings={0: [1], **{i: [0] for i in range(5, 25)}}), measure="core")


@pytest.mark.parametrize("layer", LAYERS[1:])
def test_other_layers_are_ranked_by_strength_and_refuse_nothing(layer: str) -> None:
    assert rank_people(small(), layer).about["measure"] == "strength"
    assert len(rank_people(small(), layer, measure="betweenness").rows) == 4


def test_low_constraint_comes_first_and_people_without_ties_come_last_without_a_rank() -> None:
    rows = [{"person": 0, "other": other, "kind": "friend"} for other in (1, 2, 3)]
    ranking = rank_people(workplace(5, connections=rows), "told", measure="constraint")
    assert ranking.rows["person_id"].iloc[0] == "P0000"
    assert pd.isna(ranking.rows["rank"].iloc[-1])
    assert not ranking.rows["in_top"].iloc[-1]


def test_about_says_how_it_was_made_and_is_plain_json() -> None:
    about = json.loads(json.dumps(rank_people(small(), measure="named_share", unit="Dock", seed=3).about))
    assert about["revision"] == 7
    assert (about["as_of"], about["version"], about["known_at"]) == ("2026-06-30", "0.0.test", None)
    assert (about["layer"], about["question"], about["seed"]) == ("named", "listens_to", None)
    assert about["coverage"]["departments"] == [
        {"department": "Dock", "n_people": 2, "n_asked": 2, "n_talked_to": 1},
        {"department": "Packing", "n_people": 2, "n_asked": 1, "n_talked_to": 1},
    ]
    assert about["coverage"]["n_named_nobody"] == 1


def test_a_seeded_measure_says_its_seed() -> None:
    assert rank_people(small(), "told", measure="betweenness", seed=3).about["seed"] == 3


@pytest.mark.parametrize("wrong", [{"places": 0}, {"top": -1}, {"include": ["bosses"]}, {"measure": "fame"}])
def test_options_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        rank_people(small(), **wrong)


def test_an_empty_workplace_has_an_empty_list() -> None:
    ranking = rank_people(workplace(0))
    assert ranking.to_frame().empty
    assert ranking.about["coverage"]["share_asked"] == 0


def test_a_repr_holds_counts_only() -> None:
    assert repr(rank_people(small(), top=1)) == "Ranking(named_by on named: 1 of 4)"
