from random import Random

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from shopfloor.graph.identity import NOBODY, hold_together

KEYS = st.sampled_from(["1", "2", "3", "10", "17", "1@payroll", "2@payroll", "9@hr", "Zoë", "="])
PAIRS = st.lists(st.tuples(KEYS, KEYS), max_size=8)


def groups_of(keys: list[str], pairs: list[tuple[str, str]]) -> set[frozenset[str]]:
    """Merge sets one pair at a time."""
    groups = {key: frozenset([key]) for key in keys}
    for one, other in pairs:
        if one in groups and other in groups:
            merged = groups[one] | groups[other]
            groups |= dict.fromkeys(merged, merged)
    return set(groups.values())


@given(st.lists(KEYS), PAIRS)
def test_people_are_what_pairs_hold_together(keys: list[str], pairs: list[tuple[str, str]]) -> None:
    identity = hold_together(keys, pairs)
    people = [frozenset(identity.contacts_of(person)) for person in range(len(identity.person_ids))]
    assert set(people) == groups_of(keys, pairs)
    assert [min(contacts) for contacts in people] == list(identity.person_ids)
    assert list(identity.person_ids) == sorted(identity.person_ids)
    assert {key: identity.person_ids[person] for key, person in identity.person_of.items()} == {
        key: min(contacts) for contacts in people for key in contacts
    }


@given(st.lists(KEYS), PAIRS, st.randoms())
def test_the_order_of_verdicts_and_contacts_does_not_matter(
    keys: list[str], pairs: list[tuple[str, str]], chance: Random
) -> None:
    mixed, turned = chance.sample(keys, len(keys)), [(b, a) for a, b in chance.sample(pairs, len(pairs))]
    assert hold_together(keys, pairs) == hold_together(mixed, turned)


@given(st.lists(KEYS), PAIRS)
def test_a_verdict_less_is_as_if_it_had_never_been_given(keys: list[str], pairs: list[tuple[str, str]]) -> None:
    for gone in range(len(pairs)):
        kept = pairs[:gone] + pairs[gone + 1 :]
        assert {frozenset(hold_together(keys, kept).contacts_of(p)) for p in range(len(set(keys)))} - {
            frozenset()
        } == groups_of(keys, kept)


def test_a_verdict_about_somebody_unknown_changes_nothing() -> None:
    assert hold_together(["1", "2"], [("1", "9")]).person_ids == ("1", "2")
    assert hold_together([], [("1", "9")]).person_ids == ()


def test_it_names_nobody_in_logs() -> None:
    assert repr(hold_together(["ana@example.org"], [])) == "Identity(1 contacts, 1 people)"


def test_people_are_found_by_column_as_one_by_one() -> None:
    people = hold_together(["1", "2", "9@hr"], [("9@hr", "2")])
    keys = pa.array(["9@hr", None, "gone", "1", "2"], pa.large_string())
    assert people.people_of(keys).tolist() == [1, NOBODY, NOBODY, 0, 1]
    assert hold_together([], []).people_of(keys).tolist() == [NOBODY] * 5
