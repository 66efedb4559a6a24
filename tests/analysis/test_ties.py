from typing import Any

import numpy as np
import pytest

from shopfloor.analysis import LAYERS, Ties, combine_ties, project_ties
from shopfloor.analysis.ties import project_ties_of
from shopfloor.errors import UsageError
from shopfloor.settings import CONNECTION_KINDS, TieSettings, connection_kind
from shopfloor.workplace import Workplace
from tests.analysis.build import random_namings, workplace


def pairs(ties: Ties) -> dict[tuple[int, int], float]:
    return dict(zip(zip(ties.source.tolist(), ties.target.tolist(), strict=True), ties.strength.tolist(), strict=True))


def test_named_ties_point_from_the_namer_and_keep_who_was_asked() -> None:
    ties = project_ties(workplace(4, namings={0: [1, 2], 3: []}), "named")
    assert pairs(ties) == {(0, 1): 1.0, (0, 2): 1.0}
    assert ties.is_directed
    assert ties.asked is not None
    assert ties.asked.tolist() == [True, False, False, True]
    assert ties.n_asked == 2


def test_a_question_nobody_was_asked_is_an_error_with_near_ones() -> None:
    with pytest.raises(UsageError, match="did you mean listens_to"):
        project_ties(workplace(2, namings={0: [1]}), "named", question="listen_to")


def test_the_default_question_may_be_unasked() -> None:
    assert project_ties(workplace(2), "named").n_ties == 0


@pytest.mark.parametrize("layer", LAYERS)
def test_a_workplace_without_facts_has_no_ties_on_any_layer(layer: str) -> None:
    ties = project_ties(workplace(3), layer)
    assert (ties.n_ties, ties.n_people) == (0, 3)
    assert ties.adjacency().shape == (3, 3)
    assert ties.undirected().n_ties == 0


@pytest.mark.parametrize("layer", LAYERS)
def test_an_empty_workplace_has_no_ties_on_any_layer(layer: str) -> None:
    assert project_ties(workplace(0), layer).n_ties == 0


def test_an_unknown_layer_is_an_error_with_near_ones() -> None:
    with pytest.raises(UsageError, match="did you mean told"):
        project_ties(workplace(1), "tolt")


def test_conflict_and_formal_connections_are_no_ties() -> None:
    rows = [{"person": 0, "other": 1, "kind": kind} for kind in ("conflict", "Reports to", "FEUD")]
    ties = project_ties(workplace(2, connections=rows), "told")
    assert (ties.n_ties, ties.left_out["connections_not_closeness"]) == (0, 3)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("friend", {(0, 1): 1.0, (1, 0): 1.0}),
        ("listens-to", {(0, 1): 1.0}),
        ("Trains", {(1, 0): 0.7}),
        ("plays chess with", {(0, 1): 1.0, (1, 0): 1.0}),
    ],
)
def test_told_ties_point_at_the_person_looked_to(kind: str, expected: dict[tuple[int, int], float]) -> None:
    assert pairs(project_ties(workplace(2, connections=[{"person": 0, "other": 1, "kind": kind}]), "told")) == expected


def test_the_strongest_of_several_connections_counts_times_its_confidence() -> None:
    rows = [
        {"person": 0, "other": 1, "kind": "church"},
        {"person": 1, "other": 0, "kind": "friend", "strength": 2.0, "confidence": 0.4},
        {"person": 0, "other": 1, "kind": "neighbor", "confidence": 0.0},
    ]
    assert pairs(project_ties(workplace(2, connections=rows), "told")) == pytest.approx({(0, 1): 0.8, (1, 0): 0.8})


def test_talked_counts_conversations_with_organizers_who_work_here() -> None:
    rows = [
        {"person": 1, "organizer_person": 0},
        {"person": 0, "organizer_person": 1},
        {"person": 2, "organizer_person": -1},
        {"person": 2, "organizer_person": 2},
    ]
    ties = project_ties(workplace(3, conversations=rows), "talked")
    assert pairs(ties) == {(0, 1): 2.0}
    assert ties.left_out["conversations_with_outside_organizers"] == 1


def test_acted_with_counts_each_step_done_together_once() -> None:
    rows: list[dict[str, Any]] = [{"person": p} for p in (0, 1, 2, 2)]
    rows += [{"person": p, "step": "rally"} for p in (0, 1)]
    rows += [{"person": 3, "did": False}, {"person": 3, "step": "rally", "did": None}]
    ties = project_ties(workplace(4, participations=rows), "acted_with")
    assert pairs(ties) == {(0, 1): 1.5, (0, 2): 0.5, (1, 2): 0.5}


def test_a_step_that_too_many_did_ties_nobody_and_is_counted() -> None:
    rows = [{"person": p} for p in range(4)]
    ties = project_ties(workplace(4, participations=rows), "acted_with", settings=TieSettings(max_group=3))
    assert (ties.n_ties, ties.left_out["groups_over_limit"]) == (0, 1)


def test_without_direction_a_mutual_naming_counts_twice_a_one_sided_one() -> None:
    ties = project_ties(workplace(3, namings={0: [1, 2], 1: [0]}), "named").undirected()
    assert pairs(ties) == {(0, 1): 1.0, (0, 2): 0.5}
    assert not ties.is_directed


def test_adjacency_is_symmetric_without_direction_only() -> None:
    picture = workplace(3, namings={0: [1]}, conversations=[{"person": 1, "organizer_person": 2}])
    assert project_ties(picture, "named").adjacency().toarray().tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert project_ties(picture, "talked").adjacency().toarray().tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_a_subset_numbers_its_people_anew() -> None:
    ties = project_ties(workplace(4, namings={1: [2, 3], 3: []}), "named")
    part = ties.subset(np.array([False, True, False, True]))
    assert (part.n_people, pairs(part), part.n_asked) == (2, {(0, 1): 1.0}, 2)


def test_layers_are_combined_by_their_mean_strength() -> None:
    picture = workplace(
        3, namings={0: [1], 1: [0]}, connections=[{"person": 1, "other": 2, "kind": "friend", "strength": 40.0}]
    )
    combined = combine_ties([project_ties(picture, layer) for layer in ("named", "told", "acted_with")])
    assert pairs(combined) == pytest.approx({(0, 1): 1.0, (1, 2): 1.0})


def test_a_repr_holds_counts_only() -> None:
    assert repr(project_ties(workplace(2, namings={0: [1]}), "named")) == "Ties(named: 1 directed among 2 people)"


def test_kinds_of_connection_are_found_whatever_their_spelling() -> None:
    for name, kind in CONNECTION_KINDS.items():
        assert connection_kind(name.upper().replace("_", " ")) is kind


@pytest.mark.parametrize("wrong", [{"half_life_days": 0.0}, {"half_life_days": -1.0}, {"max_group": 1}])
def test_tie_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        TieSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("seed", range(4))
def test_the_ties_of_one_person_are_hers_among_all(layer: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = busy_workplace(rng)
    everybody = project_ties(picture, layer)
    assert everybody.n_ties
    for person in range(len(picture.people)):
        hers = pairs(project_ties_of(picture, person, layer))
        assert hers == pytest.approx({ends: value for ends, value in pairs(everybody).items() if person in ends})


def busy_workplace(rng: np.random.Generator) -> Workplace:
    """Draw a workplace of 25 people with facts for every layer: crews, shifts and worksites among the stays."""
    n_people, n_rows = 25, 80

    def person() -> int:
        return int(rng.integers(n_people))

    def one_of(*values: str | None) -> str | None:
        return values[int(rng.integers(len(values)))]

    def stay() -> dict[str, Any]:
        first, days = rng.integers(0, 150, 2)
        return {
            "person": person(),
            "employer": one_of("Acme", "Bolt", None),
            "worksite": one_of("North", "South", None),
            "crew": one_of("A", "B", "C", None),
            "shift": one_of("Day", "Night", None),
            "started_on": np.datetime64("2026-01-01") + first,
            "ended_on": np.datetime64("2026-01-01") + first + days,
        }

    return workplace(
        n_people,
        namings=random_namings(rng, n_people, 15),
        connections=[{"person": one, "other": (one + 1 + person() % 24) % 25} for one in rng.integers(0, 25, n_rows)],
        conversations=[{"person": person(), "organizer_person": person()} for _ in range(n_rows)],
        assignments=[stay() for _ in range(n_rows)],
        participations=[{"person": person(), "step": one_of("sign", "march")} for _ in range(n_rows)],
    )


def test_a_persons_ties_need_a_known_layer() -> None:
    with pytest.raises(UsageError, match="did you mean worked_with"):
        project_ties_of(workplace(2), 0, "work_with")
