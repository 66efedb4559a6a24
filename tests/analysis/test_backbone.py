"""The backbone of working together: what chance explains is not in it, and who seek each other are."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray

from shopfloor.analysis import backbone, project_ties
from shopfloor.analysis.backbone import benjamini_hochberg, judge_pairs, project_backbone
from shopfloor.analysis.gatherings import Gatherings, find_gatherings, find_pools, find_trades, gather
from shopfloor.analysis.ties import stays_of
from shopfloor.analysis.two_mode import SMALLEST, Terms, deal_table, tail_bound, tails
from shopfloor.errors import UsageError
from shopfloor.settings import TieSettings
from shopfloor.workplace import Workplace
from tests.analysis.build import workplace
from tests.validation.backbone_play import KINDS, Roster, by_lot, to_workplace, trades

Table = NDArray[np.int64]


def table_of(rng: np.random.Generator, n_people: int, n_gatherings: int) -> Table:
    table = (rng.random((n_people, n_gatherings)) < rng.random((n_people, 1)) * rng.random(n_gatherings)).astype(int)
    return table[table.any(axis=1)][:, table.any(axis=0)]


def gatherings_of(table: Table) -> Gatherings:
    person, gathering = np.nonzero(table)
    return gather(len(table), person, gathering)


def found_in(place: Workplace) -> Gatherings:
    return find_gatherings(stays_of(place, "worked_with"), find_pools(place), find_trades(place), 50)


@pytest.mark.parametrize("seed", range(6))
def test_dealt_chances_keep_how_many_everybody_was_in_and_how_large_all_were(seed: int) -> None:
    table = table_of(np.random.default_rng(seed), 25, 18)
    table[0] = 1  # somebody who was everywhere
    dealt = deal_table(table.sum(axis=1), table.sum(axis=0))
    np.testing.assert_allclose(dealt.chance @ dealt.n_columns, dealt.row_degree, rtol=1e-4)
    np.testing.assert_allclose(dealt.n_rows @ dealt.chance, dealt.column_degree, rtol=1e-4)
    assert dealt.chance.min() >= 0
    assert dealt.chance.max() <= 1


def test_a_table_that_can_be_filled_in_one_way_only_is_dealt_that_way() -> None:
    dealt = deal_table(np.array([3, 1, 2]), np.array([3, 2, 1]))
    assert dealt.chance.tolist() == [[0, 0, 1], [0, 1, 1], [1, 1, 1]]


def test_tails_are_those_of_adding_one_yes_or_no_after_the_other() -> None:
    rng = np.random.default_rng(4)
    chance = rng.random(30) * 0.6
    mass = np.ones(1)
    for one in chance:
        mass = np.convolve(mass, [1 - one, one])
    shared = np.arange(31)
    terms = [Terms(chance[None, :20], np.ones(20, dtype=int)), Terms(chance[None, 20:], np.ones(10, dtype=int))]
    found = tails(shared, np.repeat(shared, 2), np.tile([0, 1], 31), terms)
    true = np.cumsum(mass[::-1])[::-1]
    np.testing.assert_allclose(found, np.maximum(true, SMALLEST), rtol=1e-4, atol=1e-11)
    bound = tail_bound(shared, np.full(31, 30), np.full(31, chance.sum()))
    assert (bound >= true - 1e-12).all()


def trade(rng: np.random.Generator, table: Table, n: int) -> None:
    """Let pairs of people trade gatherings that the other was not in: every table with the same counts comes up."""
    for _ in range(n):
        one, two = rng.choice(len(table), 2, replace=False)
        apart = np.flatnonzero(table[one] != table[two])
        dealt = rng.permutation(table[one, apart])
        table[one, apart], table[two, apart] = dealt, 1 - dealt


def test_chances_agree_with_tables_drawn_with_exactly_the_same_counts() -> None:
    rng = np.random.default_rng(3)
    table = (rng.random((24, 50)) < rng.uniform(0.05, 0.4, (24, 1))).astype(int)
    table[:, 0] = 1
    found = judge_pairs(gatherings_of(table), level=0.999)
    drawn, n_draws = table.copy(), 1000
    reached = np.zeros((24, 24))
    for _ in range(n_draws):
        trade(rng, drawn, 40)
        reached += drawn @ drawn.T >= table @ table.T
    drawn_chance = reached[found.one, found.two] / n_draws
    assert len(found.one) > 15
    assert np.corrcoef(drawn_chance, found.chance)[0, 1] > 0.9
    # Counts that hold on average only leave more room: a pair is never made to look less likely than it is.
    assert (found.chance > drawn_chance - 0.05).all()


def test_the_family_is_all_pairs_those_who_share_nothing_included() -> None:
    table = np.zeros((6, 5), dtype=int)
    table[[0, 1], :2] = table[[2, 3], 2:4] = 1
    table[[4, 5], 4] = 1
    found = judge_pairs(gatherings_of(table))
    assert (found.n_family, found.n_sharing) == (15, 3)
    assert benjamini_hochberg(np.array([0.02, 0.001]), 15).tolist() == pytest.approx([0.15, 0.015])


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_kept_where_nobody_seeks_anybody(kind: str) -> None:
    place = to_workplace(KINDS[kind](11, 0))
    found = project_backbone(place)
    assert found.about["n_ties_before"] > 500
    assert found.ties.n_ties == 0


def test_who_get_into_each_others_crews_are_found_and_nobody_else() -> None:
    roster = by_lot(5, 6)
    found = project_backbone(to_workplace(roster))
    pairs = set(zip(found.ties.source.tolist(), found.ties.target.tolist(), strict=True))
    assert pairs == {tuple(sorted(pair)) for pair in roster.friends.tolist()}
    assert (found.n_shared > 3 * found.expected).all()
    assert (found.q <= 0.05).all()
    assert (found.chance <= found.q).all()


def test_people_of_a_trade_who_are_put_into_its_crews_are_not_kept_for_it() -> None:
    roster = trades(3, 6)
    friends = {tuple(sorted(pair)) for pair in roster.friends.tolist()}
    told, untold = (project_backbone(to_workplace(each)).ties for each in (roster, replace(roster, trade=None)))
    pairs, more = (set(zip(ties.source.tolist(), ties.target.tolist(), strict=True)) for ties in (told, untold))
    assert len(pairs) >= 6
    assert pairs <= friends
    assert more - friends, "without the trade welders are kept for meeting welders"


def test_a_crew_that_always_works_together_is_no_clique() -> None:
    sixty, others = np.zeros((40, 60), dtype=int), np.tile(1 + np.arange(60) % 6, (40, 1))
    crew = np.hstack([sixty, others]) + 7 * (np.arange(40) // 8)[:, None]  # to another site after eight weeks
    site = np.arange(35) // 7
    place = to_workplace(Roster(crew, np.zeros(35, dtype=int), site, np.zeros((0, 2), dtype=int)))
    settings = TieSettings(max_group=100)
    assert project_ties(place, "worked_with", settings=settings).n_ties >= 1770
    found = project_backbone(place, settings=settings)
    assert found.about["n_gatherings"] == 7
    assert found.ties.n_ties == 0


def test_a_gathering_does_not_depend_on_how_its_days_are_written_down() -> None:
    days = [{"person": p, "worksite": "North", "crew": f"C{p % 2}", "employer": "Acme"} for p in range(8)]
    whole = workplace(8, assignments=[{**row, "started_on": "2026-01-05", "ended_on": "2026-01-30"} for row in days])
    weeks = [("2026-01-05", "2026-01-09"), ("2026-01-12", "2026-01-16"), ("2026-01-26", "2026-01-30")]
    cut = [{**row, "started_on": first, "ended_on": last} for first, last in weeks for row in reversed(days)]
    for place in (whole, workplace(8, assignments=cut)):
        found = found_in(place)
        assert found.n_gatherings == 2
        assert found.person.tolist() == [0, 2, 4, 6, 1, 3, 5, 7]


def test_a_crew_whose_people_mostly_changed_is_another_gathering() -> None:
    rows = [
        {"person": p, "worksite": "North", "crew": "A", "started_on": first, "ended_on": last}
        for people, first, last in ((range(6), "2026-01-05", "2026-01-30"), (range(3, 9), "2026-02-02", "2026-02-27"))
        for p in people
    ]
    found = found_in(workplace(9, assignments=rows))
    assert found.n_gatherings == 2
    assert found.together_next.tolist() == [1.0, 0.0]  # three went on, all to the same


def test_shifts_that_people_stay_on_are_pools_and_sites_that_they_move_between_are_one() -> None:
    night = {"worksite": "Plant", "employer": "Acme"}
    rows = [
        {**night, "person": p, "crew": f"C{crew}", "shift": "Day" if p < 10 else "Night"}
        for p in range(20)
        for crew in (p // 10 * 2, p // 10 * 2 + 1)
    ]
    rows += [{"person": p, "worksite": f"Site {s}", "crew": "A", "employer": "B"} for p in (30, 31) for s in range(3)]
    rows = [{**row, "started_on": "2026-01-05", "ended_on": "2026-01-09"} for row in rows]
    pools = find_pools(workplace(40, assignments=rows))
    assert len(pools) == 7
    assert sorted(np.unique(pools, return_counts=True)[1].tolist()) == [2, 2, 3]


def test_people_in_another_order_have_the_same_backbone() -> None:
    roster = by_lot(8, 4, 60, 6)
    place, order = to_workplace(roster), np.random.default_rng(1).permutation(60)
    assignments = place.assignments.assign(person=np.argsort(order)[place.assignments["person"]])
    moved = replace(place, assignments=assignments.sample(frac=1, random_state=2).reset_index(drop=True))
    one, two = project_backbone(place), project_backbone(moved)
    back = np.sort(np.column_stack([order[two.ties.source], order[two.ties.target]]), axis=1)
    assert one.ties.n_ties == 4
    assert sorted(back.tolist()) == np.column_stack([one.ties.source, one.ties.target]).tolist()
    assert np.sort(one.chance) == pytest.approx(np.sort(two.chance))


def test_some_people_at_a_time_give_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    gatherings = found_in(to_workplace(by_lot(2, 3, 60, 6)))
    whole = judge_pairs(gatherings, 0.5)
    monkeypatch.setattr(backbone, "_PAIRS_AT_ONCE", 500)
    parts = judge_pairs(gatherings, 0.5)
    assert len(whole.one) > 20
    assert (whole.n_sharing, whole.one.tolist(), whole.two.tolist()) == (
        parts.n_sharing,
        parts.one.tolist(),
        parts.two.tolist(),
    )
    assert whole.chance == pytest.approx(parts.chance)


def test_people_outside_the_viewers_units_are_not_tested() -> None:
    roster = by_lot(5, 6)
    place = to_workplace(roster)
    outside = sorted(roster.friends[0].tolist())
    place.people.loc[outside, "kind"] = "outside"
    found = project_backbone(place)
    assert found.ties.n_ties == 5
    assert not np.isin(outside, found.ties.source).any()
    assert found.about["n_outside"] > 100


def test_steps_of_actions_are_gatherings_too() -> None:
    rng = np.random.default_rng(1)
    there = [set(rng.choice(38, 6, replace=False).tolist()) | ({38, 39} if i % 6 == 0 else set()) for i in range(72)]
    rows = [{"person": p, "action": f"A{i}", "did": True} for i, people in enumerate(there) for p in people]
    found = project_backbone(workplace(40, participations=rows), "acted_with")
    assert list(zip(found.ties.source.tolist(), found.ties.target.tolist(), strict=True)) == [(38, 39)]
    assert found.n_shared.tolist() == [12]


def test_no_work_makes_no_backbone_and_other_layers_are_refused() -> None:
    assert project_backbone(workplace(3)).ties.n_ties == 0
    assert project_backbone(workplace(0)).about["n_family"] == 0
    with pytest.raises(UsageError, match="not of named"):
        project_backbone(workplace(3), "named")
    with pytest.raises(UsageError, match="between 0 and 1"):
        project_backbone(workplace(3), level=1.5)


def test_southern_women_likeliest_beyond_chance_are_of_one_published_group() -> None:
    """Too few parties to call any pair beyond chance; but of those nearest to it nearly all are of one group."""
    graph = nx.davis_southern_women_graph()
    table = nx.bipartite.biadjacency_matrix(graph, graph.graph["top"], graph.graph["bottom"]).toarray()
    assert not judge_pairs(gatherings_of(table)).is_kept.any()
    near = judge_pairs(gatherings_of(table), level=0.3)
    first_group = np.arange(18) < 9
    is_one = first_group[near.one] == first_group[near.two]
    assert (len(is_one), is_one.sum()) == (25, 22)
