import networkx as nx
import numpy as np
import pytest

from shopfloor.analysis.certainty import (
    CANNOT_TELL,
    LIKELY,
    NOT_LISTED,
    SURE,
    NamingRanks,
    naming_data,
    rank_namings,
)
from shopfloor.analysis.certainty.cells import Pairs, count_cells
from shopfloor.analysis.certainty.predict import rank_counts
from shopfloor.errors import UsageError
from tests.analysis.certain import Made, make, some

NOBODY = np.empty(0, dtype=np.int64)
PARTS = ("n_named", "expected", "rank", "rank_low", "rank_high", "p_top", "word")


def ranks(seed: int, share: float = 0.4) -> NamingRanks:
    return rank_namings(make(seed).heard(some(seed, 60, share)))


def true_ranks(made: Made) -> np.ndarray:
    counts = made.namings.sum(axis=0)
    return 1 + (counts[None, :] > counts[:, None]).sum(axis=1)


def test_ranks_of_draws_are_one_more_than_those_with_strictly_more() -> None:
    counts = np.random.default_rng(0).integers(0, 6, (30, 9))
    expected = 1 + (counts[:, None, :] > counts[:, :, None]).sum(axis=2)
    assert rank_counts(counts).tolist() == expected.tolist()


def test_drawn_counts_hold_those_heard_and_no_more_than_everybody_else() -> None:
    found = ranks(1)
    missing = 59 - (some(1, 60, 0.4).sum() - some(1, 60, 0.4))
    assert (found.counts >= found.n_named).all()
    assert (found.counts <= found.n_named + missing).all()


def test_with_everybody_asked_nothing_is_left_to_chance() -> None:
    made = make(2)
    found = rank_namings(made.heard(np.ones(60, dtype=bool)))
    true = true_ranks(made)
    assert found.rank_low.tolist() == found.rank_high.tolist() == found.rank.tolist() == true.tolist()
    assert found.p_top.tolist() == (true <= 5).astype(float).tolist()
    assert set(found.word[true <= 5]) == {SURE}
    assert set(found.word[true > 5]) == {NOT_LISTED}


def test_intervals_cover_and_sure_people_belong_on_made_up_workplaces() -> None:
    covered, wrong = [], 0
    for seed in range(12):
        true = true_ranks(make(seed))
        found = ranks(seed)
        covered.append(((found.rank_low <= true) & (true <= found.rank_high)).mean())
        wrong += int((true[found.word == SURE] > 5).sum())
    assert np.mean(covered) >= 0.9
    assert wrong <= 1


def test_the_same_answers_give_the_same_ranks_and_another_seed_others() -> None:
    data = make(3).heard(some(3, 60, 0.4))
    one, two, other = (rank_namings(data, seed=seed).counts.tolist() for seed in (7, 7, 8))
    assert one == two
    assert one != other


@pytest.mark.parametrize("n_people", [60, 430])
def test_putting_people_in_another_order_permutes_the_answer_and_no_more(n_people: int) -> None:
    made, asked = make(4, n_people), some(4, n_people, 0.3)
    order = np.random.default_rng(4).permutation(n_people)
    place = np.argsort(order)
    moved = Made(made.namings[np.ix_(order, order)], made.attributes[:, order], place[made.close])
    one = rank_namings(made.heard(asked, key=np.arange(n_people)))
    two = rank_namings(moved.heard(asked[order], key=order))
    for part in PARTS:
        assert getattr(two, part).tolist() == getattr(one, part)[order].tolist(), part
    assert two.pagerank() == pytest.approx(one.pagerank()[order])


def test_units_may_be_called_anything() -> None:
    made, asked = make(5), some(5, 60, 0.4)
    renamed = Made(made.namings, np.where(made.attributes < 0, -1, 7 - made.attributes), made.close)
    assert rank_namings(renamed.heard(asked)).counts.tolist() == rank_namings(made.heard(asked)).counts.tolist()


def test_a_unit_nobody_asked_does_not_look_weak() -> None:
    """Two units alike in everything but that one of them was asked: they are expected to be named alike."""
    asked_unit, silent_unit, said = [], [], []
    for seed in range(10):
        made = make(seed, 60, 4)
        unit = made.attributes[0]
        found = rank_namings(made.heard(unit < 2))
        asked_unit.append(found.expected[unit < 2].mean())
        silent_unit.append(found.expected[unit >= 2].mean())
        said.append(set(found.word[unit >= 2]))
        width = found.rank_high - found.rank_low
        assert width[unit >= 2].mean() > width[unit < 2].mean()
        assert found.voices.silent[0].tolist() == [2, 3]
        assert found.voices.is_uneven
        assert found.voices.is_thin
    assert np.mean(silent_unit) > 0.85 * np.mean(asked_unit)
    assert all(NOT_LISTED not in words for words in said)


def test_more_conversations_narrow_the_intervals_on_average() -> None:
    widths = []
    for share in (0.15, 0.3, 0.5, 0.75, 1.0):
        found = [ranks(seed, share) for seed in range(6)]
        widths.append(np.mean([(one.rank_high - one.rank_low).mean() for one in found]))
    assert np.diff(widths).max() < 0


def test_a_wider_level_gives_intervals_that_hold_the_narrower_ones() -> None:
    asked = make(6).heard(some(6, 60, 0.4))
    narrow, wide = rank_namings(asked, level=0.5), rank_namings(asked, level=0.95)
    assert (wide.rank_low <= narrow.rank_low).all()
    assert (narrow.rank_high <= wide.rank_high).all()
    assert (wide.rank_high - wide.rank_low).sum() > (narrow.rank_high - narrow.rank_low).sum()


def test_saying_that_the_most_named_were_asked_first_widens_intervals() -> None:
    data = make(7).heard(some(7, 60, 0.4))
    plain, chased = rank_namings(data), rank_namings(data, most_named_first=True)
    assert not plain.voices.is_uneven
    assert (chased.rank_high - chased.rank_low).mean() > (plain.rank_high - plain.rank_low).mean()


def test_namings_without_leaders_make_nobody_sure() -> None:
    found = [rank_namings(make(seed, sd=0.0).heard(some(seed, 60, 0.8))) for seed in range(12)]
    assert sum((one.word == SURE).any() for one in found) <= 2
    assert any(not one.is_beyond_chance for one in found)


def test_the_rank_is_within_its_interval_and_follows_the_probability() -> None:
    found = ranks(8)
    assert ((found.rank_low <= found.rank) & (found.rank <= found.rank_high)).all()
    listed = found.listed()
    assert found.p_top[listed].min() >= np.delete(found.p_top, listed).max()
    assert found.wrong_names() == pytest.approx((1 - found.p_top[listed]).sum())


@pytest.mark.parametrize("n_people", [0, 1, 2, 3])
@pytest.mark.parametrize("n_attributes", [0, 1])
@pytest.mark.parametrize("everybody", [False, True])
def test_next_to_no_people_and_no_namings_end_in_no_word(n_people: int, n_attributes: int, *, everybody: bool) -> None:
    attributes = np.zeros((n_attributes, n_people), dtype=np.int64)
    asked = np.full(n_people, everybody)
    found = rank_namings(naming_data(asked=asked, namer=NOBODY, named=NOBODY, attributes=attributes))
    assert set(found.word) <= {CANNOT_TELL, NOT_LISTED}
    assert found.rank.tolist() == [1] * n_people
    assert len(found.pagerank()) == n_people


def test_some_people_are_ranked_among_themselves_on_the_same_draws() -> None:
    made = make(13)
    chosen = made.attributes[0] == 1
    everybody = rank_namings(made.heard(some(13, 60, 0.5)))
    found = everybody.among(chosen, 2)
    assert found.k == 2
    assert found.p_top.tolist() == (rank_counts(everybody.counts[:, chosen]) <= 2).mean(axis=0).tolist()
    assert found.rank_high.max() <= chosen.sum()
    assert everybody.among(np.ones(60, dtype=bool), 5).rank.tolist() == everybody.rank.tolist()
    with pytest.raises(UsageError, match="k must be 1"):
        everybody.among(chosen, 0)


def test_places_for_everybody_say_nothing() -> None:
    found = rank_namings(naming_data(asked=np.ones(3, dtype=bool), namer=np.array([0, 1]), named=np.array([2, 2])))
    assert found.k == 3
    assert set(found.word) == {CANNOT_TELL}


def test_everybody_naming_one_person_makes_her_sure_and_nobody_else() -> None:
    namer = np.arange(1, 12)
    found = rank_namings(naming_data(asked=np.arange(40) < 12, namer=namer, named=np.zeros(11, dtype=np.int64)), k=1)
    assert found.word[0] == SURE
    assert not np.isin(found.word[1:], [SURE, LIKELY]).any()


def test_one_respondent_makes_nobody_sure() -> None:
    found = rank_namings(naming_data(asked=np.arange(40) == 0, namer=np.zeros(3, int), named=np.array([4, 5, 6])))
    assert SURE not in found.word
    assert found.rank_high[4] > 20


def test_a_workforce_in_one_unit_is_ranked_as_one_without_units() -> None:
    made, asked = make(9), some(9, 60, 0.4)
    single = Made(made.namings, np.zeros((1, 60), dtype=np.int64), made.close)
    without = Made(made.namings, np.empty((0, 60), dtype=np.int64), made.close)
    one, none = rank_namings(single.heard(asked)), rank_namings(without.heard(asked))
    assert np.corrcoef(one.expected, none.expected)[0, 1] > 0.98
    assert not one.voices.is_thin


@pytest.mark.parametrize("options", [{"k": 0}, {"level": 1.0}, {"level": 0.0}, {"n_draws": 19}])
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="must be"):
        rank_namings(make(0).heard(some(0, 60, 0.4)), **options)  # type: ignore[arg-type]


def test_default_places_are_three_in_a_small_workforce() -> None:
    assert rank_namings(make(0, 24).heard(some(0, 24, 0.5))).k == 3
    assert ranks(0).k == 5


def test_expected_namings_add_up_over_cells_to_pairs() -> None:
    data = make(10).heard(some(10, 60, 0.4))
    found = rank_namings(data).expectation
    assert found is not None
    everybody = np.arange(60)
    table = found.probability(everybody[:, None], everybody[None, :])
    own = found.is_own(everybody[:, None], everybody[None, :])
    spread = (table * (1 - table))[~data.asked]
    expected = np.array([(spread * own[~data.asked]).sum(axis=0), (spread * ~own[~data.asked]).sum(axis=0)]).T
    assert found.spread == pytest.approx(expected)


def test_supposing_a_naming_back_changes_the_probability() -> None:
    found = ranks(11).expectation
    assert found is not None
    one, two = np.array([0]), np.array([1])
    back, not_back = found.probability(one, two, back=1)[0], found.probability(one, two, back=2)[0]
    assert back != not_back
    assert 0 < min(back, not_back) < max(back, not_back) < 1
    assert found.probability(one, one)[0] == 0


@pytest.mark.parametrize("seed", range(4))
def test_expected_pagerank_is_that_of_the_written_out_matrix(seed: int) -> None:
    made, asked = make(seed), some(seed, 60, 0.3)
    found = rank_namings(made.heard(asked))
    assert found.expectation is not None
    everybody = np.arange(60)
    predicted = found.expectation.probability(everybody[:, None], everybody[None, :])
    graph = nx.from_numpy_array(np.where(asked[:, None], made.namings, predicted), create_using=nx.DiGraph)
    expected = nx.pagerank(graph, tol=1e-12, max_iter=1000)
    assert found.pagerank() == pytest.approx([expected[person] for person in range(60)], abs=1e-9)


def test_cells_of_the_answers_hold_everybody_once() -> None:
    data = make(12).heard(some(12, 60, 0.4))
    cells = count_cells(Pairs.of(data))
    asked = np.bincount(cells.person, cells.n_asked)
    assert asked.tolist() == (data.n_asked - data.asked).tolist()
    assert np.bincount(cells.person, cells.n_named).tolist() == np.bincount(data.named, minlength=60).tolist()
