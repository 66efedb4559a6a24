"""Counts that don't betray, attacked by somebody who has every table that may be asked for."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from shopfloor import OpenStore, create_store, open_store
from shopfloor.errors import RefusedError, UsageError
from shopfloor.service import editing
from shopfloor.service.counts import COUNTED, HIDDEN, Words, release
from shopfloor.service.erasing import plan_erasure
from shopfloor.service.forgetting import erase_person
from shopfloor.service.opening import open_home
from shopfloor.service.viewer import Viewer
from shopfloor.settings import SMALL_GROUP
from tests.service.team import draw_campaign, load

PASSPHRASE = "four random test words"
RESEARCHER = Viewer("Ria", frozenset({"researcher"}))
ORGANIZER = Viewer("Olga", frozenset({"organizer"}), ("Paint",))
TABLES = [*combinations(range(5), 1), *combinations(range(5), 2)]


def draw_words(seed: int, n_people: int, sizes: tuple[int, ...]) -> Counter[Words]:
    rng = random.Random(seed)  # noqa: S311 - draws a test case
    return Counter(
        tuple(f"{COUNTED[i]}{min(rng.randrange(size), rng.randrange(size))}" for i, size in enumerate(sizes))
        for _ in range(n_people)
    )


def summed(words: Mapping[Words, int], places: tuple[int, ...]) -> Counter[Words]:
    found: Counter[Words] = Counter()
    for one, n in words.items():
        found[tuple(one[place] for place in places)] += n
    return found


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_people=st.integers(0, 120),
    sizes=st.tuples(*[st.integers(1, 5)] * 5),
    threshold=st.integers(3, 8),
)
def test_no_sum_over_a_release_is_a_small_group(
    seed: int, n_people: int, sizes: tuple[int, ...], threshold: int
) -> None:
    true = draw_words(seed, n_people, sizes)
    shown = release(true, threshold)
    assert sum(shown.values()) == (n_people if n_people >= threshold else 0)
    assert all(n >= threshold for n in shown.values())
    for places in TABLES:
        assert all(n >= threshold for n in summed(shown, places).values())


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), n_people=st.integers(5, 120), sizes=st.tuples(*[st.integers(1, 4)] * 5))
def test_nothing_is_said_of_anybody_that_is_not_true(seed: int, n_people: int, sizes: tuple[int, ...]) -> None:
    true = draw_words(seed, n_people, sizes)
    shown = release(true, SMALL_GROUP)
    for places in TABLES:
        truth = summed(true, places)
        for words, n in summed(shown, places).items():
            if None not in words:
                assert n <= truth[words]


def attacked(true: Counter[Words], shown: Mapping[Words, int], cell: tuple[tuple[int, str | None], ...]) -> float:
    """Return how far apart the fewest and the most people of a cell are, for who knows all sums over a release.

    The unknowns are how many of those shown with some words truly have each set of words that fits; what is known are
    all tables of one and two words, unrounded, which is more than is published.
    """
    kinds = [sorted({str(one[place]) for one in true}) for place in range(5)]
    pairs = [
        (one, full)
        for one in product(*[[*kind, None] for kind in kinds])
        if one in shown
        for full in product(*kinds)
        if all(a is None or a == b for a, b in zip(one, full, strict=True))
    ]
    rows, sums = [], []
    for places in TABLES:
        for words, n in summed(shown, places).items():
            rows.append([float(tuple(one[place] for place in places) == words) for one, _ in pairs])
            sums.append(float(n))
    aim = np.array([float(all(full[place] == word for place, word in cell)) for _, full in pairs])
    ends = [
        linprog(sign * aim, A_eq=np.array(rows), b_eq=np.array(sums), bounds=(0, None), method="highs")
        for sign in (1.0, -1.0)
    ]
    assert all(end.success for end in ends)
    fewest, most = (float(end.fun or 0) for end in ends)
    return -most - fewest


@pytest.mark.parametrize("seed", range(4))
def test_who_solves_for_all_tables_cannot_pin_down_a_small_group(seed: int) -> None:
    true = draw_words(seed, 40 + 7 * seed, (2, 2, 2, 3, 2))
    shown = release(true, SMALL_GROUP)
    n_small = 0
    for places in TABLES:
        for words, n in summed(true, places).items():
            if n < SMALL_GROUP:
                n_small += 1
                assert attacked(true, shown, tuple(zip(places, words, strict=True))) >= SMALL_GROUP
    assert n_small


def test_the_attack_does_pin_down_what_is_not_hidden() -> None:
    true: Counter[Words] = Counter({("a", "b", "c", "d", "e"): 20, ("a", "b", "c", "x", "e"): 2})
    assert attacked(true, true, ((3, "x"),)) == 0


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Iterator[OpenStore]:
    path = tmp_path / "counted.store"
    path.write_bytes(template.read_bytes())
    with open_store(path, passphrase=PASSPHRASE) as opened:
        load(opened, draw_campaign(3, 44))
        yield opened


def test_who_sees_only_counts_gets_round_numbers_and_no_small_group(store: OpenStore) -> None:
    seen = store.seen_by(RESEARCHER)
    for by in (*((name,) for name in COUNTED), *combinations(COUNTED, 2)):
        table = seen.count_people(by)
        assert table.is_protected
        assert all(n is None or (n >= SMALL_GROUP and n % SMALL_GROUP == 0) for _, n in table.rows)
        assert table.total == 45
    assert seen.count_people(["job_class"]).rows == (((HIDDEN,), 45),)
    assert dict(seen.count_people(["employer"]).rows) == {("Acme",): 45}


def test_who_sees_people_gets_exact_counts_of_those_she_sees(store: OpenStore) -> None:
    assert store.count_people(["unit"]).total == 44
    mine = store.seen_by(ORGANIZER).count_people(["unit", "shift"])
    assert not mine.is_protected
    assert {row[0] for row, _ in mine.rows} == {"Paint"}
    assert mine.total == 15


def test_one_more_person_changes_no_published_number(store: OpenStore) -> None:
    seen = store.seen_by(RESEARCHER)
    tables = [(name,) for name in COUNTED] + list(combinations(COUNTED, 2))
    before = [seen.count_people(by) for by in tables]
    for n in range(SMALL_GROUP - 1):
        editing.edit_record(store, f"person:new{n}", {"name": f"New One{n}", "department": "Paint", "shift": "Day"})
        assert [(table.rows, table.total) for table in map(seen.count_people, tables)] == [
            (table.rows, table.total) for table in before
        ]
    editing.edit_record(store, "person:last", {"name": "New Last", "department": "Paint", "shift": "Day"})
    assert seen.count_people(["unit"]).total == 50


def test_who_sees_only_counts_cannot_have_the_release_made_anew(store: OpenStore) -> None:
    editing.edit_record(store, "employer:e1", {"name": "Acme"})
    seen = store.seen_by(RESEARCHER)
    before = seen.count_people(["unit"])
    for n in range(SMALL_GROUP - 1):
        editing.edit_record(store, f"person:new{n}", {"name": f"New One{n}", "department": "Paint", "shift": "Day"})
    for name in ("Acme 2", "Acme"):
        editing.edit_record(seen, "employer:e1", {"name": name})
        assert seen.count_people(["unit"]) == before


def test_a_release_holds_no_word_of_an_erased_person(store: OpenStore) -> None:
    words = {"name": "Gone Quillwort", "department": "Quillpress", "shift": "Quillshift", "job_class": "Quillfitter"}
    editing.edit_record(store, "person:gone", words)
    before = store.seen_by(RESEARCHER).count_people(["unit"])
    erase_person(store, plan_erasure(store, "gone"))
    with closing(open_home(store.location, passphrase=PASSPHRASE)) as home:
        kept = b"".join(home.documents("counts").values())
    assert b"Paint" in kept
    assert b"Quill" not in kept
    assert store.seen_by(RESEARCHER).count_people(["unit"]) == before


def test_the_smallest_group_is_a_setting_of_those_who_manage_accounts(store: OpenStore) -> None:
    store.set_small_group(10)
    table = store.seen_by(RESEARCHER).count_people(["unit", "shift"])
    assert table.threshold == 10
    assert all(n is None or n >= 10 for _, n in table.rows)
    with pytest.raises(UsageError, match="3 people or more"):
        store.set_small_group(1)
    with pytest.raises(RefusedError):
        store.seen_by(RESEARCHER).set_small_group(3)


@pytest.mark.parametrize("by", [[], ["unit", "unit"], ["unit", "shift", "employer"], ["name"]])
def test_what_is_not_counted_is_told(store: OpenStore, by: list[str]) -> None:
    with pytest.raises(UsageError):
        store.count_people(by)


def test_few_workers_are_not_counted_at_all(tmp_path: Path) -> None:
    with create_store(tmp_path / "few.store", passphrase=PASSPHRASE) as few:
        load(few, draw_campaign(1, 4))
        table = few.seen_by(RESEARCHER).count_people(["unit"])
        assert (table.rows, table.total) == ((), None)
