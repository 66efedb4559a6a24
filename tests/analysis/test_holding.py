"""What chance makes of ties, whom groups may be told of, which group is which, groups against the chart."""

from itertools import combinations, permutations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from shopfloor.analysis import AcceptedGroups, Ties, find_communities, project_ties
from shopfloor.analysis.consensus.chance import (
    Nulls,
    best_modularity,
    chance_of_groups,
    chance_of_map,
    draw_nulls,
    measure_tightness,
    n_nulls_for,
    rewirer,
)
from shopfloor.analysis.consensus.chart import against_chart
from shopfloor.analysis.consensus.company import gather_company
from shopfloor.analysis.consensus.holding import Options, hold_groups
from shopfloor.analysis.consensus.matching import SAME, accept, match_groups
from shopfloor.analysis.consensus.telling import Heard, tell_groups
from shopfloor.settings import DEFAULT_QUESTION, TieSettings
from tests.analysis.build import from_pairs, workplace
from tests.analysis.graphs import GOLDEN, told_from


def degrees(ties: Ties) -> list[int]:
    return [int(n) for n in np.bincount(np.concatenate([ties.source, ties.target]), minlength=ties.n_people)]


@pytest.mark.parametrize("number", range(3))
def test_rewiring_keeps_everybodys_number_of_ties_and_all_strengths(number: int) -> None:
    ties = told_from(GOLDEN["miserables"])
    anew = rewirer(ties, 0)(number)
    assert degrees(anew) == degrees(ties)
    assert sorted(anew.strength) == sorted(ties.strength)
    assert (anew.source < anew.target).all()
    pairs = set(zip(anew.source.tolist(), anew.target.tolist(), strict=True))
    assert len(pairs) == ties.n_ties
    assert len(pairs & set(zip(ties.source.tolist(), ties.target.tolist(), strict=True))) < ties.n_ties / 2


def test_the_same_number_rewires_alike_and_another_differently() -> None:
    ties = told_from(GOLDEN["karate"])
    assert rewirer(ties, 0)(1).target.tolist() == rewirer(ties, 0)(1).target.tolist()
    assert rewirer(ties, 0)(1).target.tolist() != rewirer(ties, 0)(2).target.tolist()


def test_the_best_modularity_is_that_of_networkx_for_the_best_division() -> None:
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(5))
    expected = nx.community.modularity(graph, [set(range(4)), set(range(4, 9))])
    assert best_modularity(told_from(graph)) == pytest.approx(expected)


def test_tightness_is_strength_inside_beyond_what_chance_would_put_there() -> None:
    ties = project_ties(from_pairs(4, [(0, 1), (1, 2), (0, 2), (2, 3)], [2.0, 1.0, 1.0, 4.0]), "told").undirected()
    inside, strength, total, mean = 4.0, 12.0, 8.0, 2.0
    expected = strength**2 / (4 * total)
    tight = (inside - expected) / np.sqrt(expected * mean)
    found = measure_tightness(ties, np.array([0, 0, 0, -1]))
    assert found.tolist() == [pytest.approx(tight)]
    tenfold = Ties("told", 4, ties.source, ties.target, ties.strength * 10, is_directed=False)
    assert measure_tightness(tenfold, np.array([0, 0, 0, -1]))[0] == pytest.approx(tight * np.sqrt(1.0))


def test_the_chance_of_a_map_counts_the_map_itself() -> None:
    nulls = Nulls(np.array([0.1, 0.2, 0.3]), np.zeros(0, dtype=np.int64), np.zeros(0))
    assert [chance_of_map(nulls, value) for value in (0.05, 0.2, 0.4)] == [1.0, 0.75, 0.25]


def test_a_group_is_compared_with_those_of_about_its_size() -> None:
    sizes = np.repeat([3, 4, 50], 40)
    nulls = Nulls(np.zeros(1), sizes, np.where(sizes == 50, 9.0, np.arange(120) / 120))
    small, large = chance_of_groups(nulls, np.array([3, 50]), np.array([5.0, 5.0]))
    assert small == pytest.approx(1 / 41)
    assert large == 1.0


def test_fewer_networks_are_dealt_for_many_people_but_enough_to_pass() -> None:
    assert (n_nulls_for(0), n_nulls_for(300), n_nulls_for(1_000), n_nulls_for(50_000)) == (199, 199, 60, 19)


def test_few_maps_made_by_chance_show_a_solid_group() -> None:
    ties = told_from(GOLDEN["miserables"])
    keys = [f"P{i:03d}" for i in range(ties.n_people)]
    n_solid = 0
    for number in range(1_000, 1_020):
        noise = rewirer(ties, 1)(number)
        pairs = list(zip(noise.source.tolist(), noise.target.tolist(), strict=True))
        place = from_pairs(ties.n_people, pairs, noise.strength.tolist())
        everybody = np.ones(ties.n_people, dtype=bool)
        company = gather_company(place, everybody, ["told"], DEFAULT_QUESTION, TieSettings())
        n_solid += bool(hold_groups(company, keys, Options(n_nulls=39)).solid.any())
    assert n_solid <= 2


def test_dealing_people_to_crews_keeps_who_had_how_many_and_how_many_each_had() -> None:
    rng = np.random.default_rng(0)
    rows = [
        {
            "person": person,
            "crew": f"c{rng.integers(4)}",
            "started_on": f"2026-0{month}-01",
            "ended_on": f"2026-0{month}-20",
        }
        for person in range(12)
        for month in (4, 5, 6)
    ]
    place = workplace(12, assignments=rows, participations=[{"person": p} for p in range(5)])
    everybody = np.ones(12, dtype=bool)
    layers = ["worked_with", "acted_with"]
    company = gather_company(place, everybody, layers, DEFAULT_QUESTION, TieSettings(half_life_days=None))
    assert [layer for layer, _ in company.stays] == layers
    dealt = company.dealer(0)(1)
    assert dealt.n_ties > 0
    assert dealt.strength.sum() == pytest.approx(company.ties().strength.sum(), rel=0.05)
    assert company.dealer(0)(2).target.tolist() != dealt.target.tolist()


def test_of_some_people_only_their_own_ties_are_dealt() -> None:
    picture = from_pairs(8, [*combinations(range(4), 2), *combinations(range(4, 8), 2), (0, 4), (1, 5)])
    everybody = np.ones(8, dtype=bool)
    company = gather_company(picture, everybody, ["told", "named"], DEFAULT_QUESTION, TieSettings())
    some = company.among(np.arange(8) < 5)
    assert [ties.layer for ties in some.layers] == ["told"]
    assert some.ties().n_ties == some.dealer(0)(0).n_ties == 7
    assert company.among(np.arange(8) == 0).ties().n_ties == 0


def test_nulls_are_the_same_drawn_at_once_or_in_two_parts() -> None:
    ties = told_from(GOLDEN["karate"])
    deal = rewirer(ties, 0)
    whole, parts = draw_nulls(deal, 6), draw_nulls(deal, 2).joined(draw_nulls(deal, 4, first=2))
    for name in ("modularity", "sizes", "tightness"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def overlap(one: set[str], two: set[str]) -> float:
    return len(one & two) / len(one | two)


@pytest.mark.parametrize("seed", range(10))
def test_no_other_pairing_of_old_and_new_groups_overlaps_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = [f"P{i}" for i in range(16)]
    old, new = rng.integers(1, 5, 16).tolist(), rng.integers(0, 4, 16).tolist()
    groups = [{person for person, own in zip(people, new, strict=True) if own == group} for group in sorted(set(new))]
    before = {n: {person for person, own in zip(people, old, strict=True) if own == n} for n in sorted(set(old))}
    ids = match_groups(AcceptedGroups(dict(zip(people, old, strict=True))), groups, people)
    assert len(set(ids)) == len(ids)
    kept = [(number, group) for number, group in zip(ids, groups, strict=True) if number in before]
    assert all(overlap(before[number], group) >= SAME for number, group in kept)
    numbers = [*before, *range(100, 100 + len(groups))]

    def total(order: tuple[int, ...]) -> float:
        return sum(overlap(before[n], g) for n, g in zip(order, groups, strict=False) if n in before)

    best = max(permutations(numbers, len(groups)), key=total)
    expected = sum(
        overlap(before[n], g)
        for n, g in zip(best, groups, strict=True)
        if n in before and overlap(before[n], g) >= SAME
    )
    assert sum(overlap(before[n], g) for n, g in kept) == pytest.approx(expected)


def test_people_who_are_not_there_any_more_do_not_make_a_group_another_one() -> None:
    before = AcceptedGroups({**{f"P{i}": 5 for i in range(3)}, **{f"gone{i}": 5 for i in range(20)}})
    assert match_groups(before, [{"P0", "P1", "P2"}], ["P0", "P1", "P2"]) == [5]


def test_a_group_that_comes_back_gets_its_old_id_and_a_new_one_never_an_old_id() -> None:
    before = AcceptedGroups({"A": 1, "B": 1, "C": 1}, {2: ("D", "E", "F")}, {9: "gone"})
    ids = match_groups(before, [{"D", "E", "F"}, {"G", "H", "I"}], list("ABCDEFGHI"))
    assert ids == [2, 10]


def test_accepting_retires_what_is_no_more_and_keeps_names() -> None:
    before = AcceptedGroups({"A": 1, "B": 1, "C": 2}, {3: ("D",)}, {1: "Day crew", 2: "Dock"})
    after = accept(before, {1: ["A", "B"], 3: ["D"]}, {3: "Drivers"})
    assert after.groups == {"A": 1, "B": 1, "D": 3}
    assert after.retired == {2: ("C",)}
    assert after.names == {1: "Day crew", 2: "Dock", 3: "Drivers"}


def tell(**changes: object) -> str:
    """Tell of a person of a group of ten who meets every condition, but for `changes`."""
    case = {"belonging": 0.9, "n_ties": 2, "solid": True, "asked": 10, "unit": 10, "herself": False, **changes}
    asked = np.zeros(20, dtype=bool)
    asked[1 : 1 + int(str(case["asked"]))] = True
    asked[0] = bool(case["herself"])
    unit = np.where(np.arange(20) <= int(str(case["unit"])), 0, 1)
    membership = np.where(np.arange(20) < 10, 0, -1)
    if case.get("alone"):
        membership[0] = -1
    return tell_groups(
        membership,
        np.full(20, float(str(case["belonging"]))),
        np.full(20, int(str(case["n_ties"]))),
        np.array([bool(case["solid"])]),
        Heard(asked, unit),
    )[0]


def test_a_group_is_told_where_every_condition_holds() -> None:
    assert tell() == "told"
    assert tell(alone=True) == "in no group"
    assert tell(solid=False) == "group not solid"
    assert (tell(belonging=0.7), tell(belonging=0.69), tell(belonging=float("nan"))) == (
        "told",
        "at the edge",
        "at the edge",
    )
    assert tell(n_ties=1) == "too few ties"
    assert tell(asked=3, unit=19) == "unit hardly asked"
    assert tell(asked=3, unit=19, herself=True) == "told"
    assert tell(asked=2, unit=5) == "group hardly asked"


def test_without_asking_there_is_nothing_to_have_been_asked() -> None:
    one = np.zeros(3, dtype=np.int64)
    assert tell_groups(one, np.ones(3), one + 2, np.array([True]), None) == ["told"] * 3


def test_asking_one_unit_after_the_other_is_uneven_until_half_are_asked() -> None:
    unit = np.repeat([0, 1, 2, 3], 10)
    assert Heard(unit == 0, unit).is_uneven()
    assert not Heard(np.arange(40) % 4 == 0, unit).is_uneven()
    assert not Heard(unit < 2, unit).is_uneven()
    assert not Heard(np.zeros(40, dtype=bool), unit).is_uneven()
    assert not Heard(np.arange(40) < 8, np.full(40, -1)).is_uneven()


@pytest.mark.parametrize(
    ("units", "word", "k", "n"),
    [
        ("AAAABBBBBB", "same as the chart", 4, 4),
        ("AAAAAABBBB", "same as the chart", 4, 6),
        ("AAAAAAAAAA", "part of a unit", 4, 10),
        ("AABBAAAABB", "crosses units", 2, 6),
    ],
)
def test_a_group_is_a_unit_a_part_of_one_or_crosses_units(units: str, word: str, k: int, n: int) -> None:
    found = against_chart(pd.Series(list(units)), [0, 1, 2, 3])
    assert (found["chart"], found["chart_unit"], found["n_in_unit"], found["n_unit"]) == (word, "A", k, n)


def test_pairs_across_units_are_counted_and_unknown_units_are_no_units() -> None:
    assert against_chart(pd.Series(["A", "A", "B", None]), [0, 1, 2, 3])["share_across"] == pytest.approx(2 / 3)
    unknown = against_chart(pd.Series([None, None], dtype="object"), [0, 1])
    assert (unknown["chart"], unknown["n_in_unit"]) == (None, 0)


def test_what_was_accepted_holds_the_groups_when_ties_are_lost() -> None:
    rng = np.random.default_rng(3)
    pairs = [
        pair for pair in combinations(range(40), 2) if rng.random() < (0.35 if pair[0] // 10 == pair[1] // 10 else 0.06)
    ]
    ties = project_ties(from_pairs(40, pairs), "told").undirected()
    before = find_communities(ties).membership
    n_moved = {"without": 0, "with": 0}
    for _ in range(6):
        kept = rng.random(ties.n_ties) > 0.1
        fewer = Ties("told", 40, ties.source[kept], ties.target[kept], ties.strength[kept], is_directed=False)
        for word, remembered in (("without", None), ("with", before)):
            after = find_communities(fewer, remembered=remembered).membership
            together = (before[:, None] == before) != (after[:, None] == after)
            n_moved[word] += int(together.sum())
    assert n_moved["with"] < n_moved["without"]
