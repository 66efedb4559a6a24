from itertools import combinations
from typing import Any

import pytest

from shopfloor.analysis import AcceptedGroups, find_groups
from shopfloor.service.groups_in_words import (
    REASONS,
    certainty_of_groups,
    chart_in_words,
    headline_of_groups,
    place_in_words,
)
from shopfloor.workplace import Workplace
from tests.analysis.build import from_pairs, workplace

TWO_CIRCLES = [*combinations(range(6), 2), *combinations(range(6, 12), 2), (5, 6)]


def circles_asked(n_asked: int) -> Workplace:
    namings = {
        person: [other for other in range(24) if other // 6 == person // 6 and other != person]
        for person in range(n_asked)
    }
    return workplace([{"department": f"D{person // 6}"} for person in range(24)], namings=namings)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (from_pairs(12, TWO_CIRCLES), "2 groups so far, all solid."),
        (from_pairs(5, list(combinations(range(5), 2))), "No groups here: the ties are no more divided than chance"),
        (circles_asked(4), "Too few asked to tell groups: 4 of 24."),
        (workplace(3), "No groups are visible yet: too few ties are known."),
    ],
)
def test_the_headline_says_what_the_groups_may_claim(place: Workplace, words: str) -> None:
    assert headline_of_groups(find_groups(place).about).startswith(words)


def test_groups_that_are_not_solid_are_counted() -> None:
    about: dict[str, Any] = {**find_groups(from_pairs(12, TWO_CIRCLES)).about, "n_solid": 1}
    assert headline_of_groups(about) == "2 groups so far: 1 solid, 1 not solid."


def test_how_many_are_told_rightly_is_said_only_of_ties_that_come_from_asking() -> None:
    told, asked = find_groups(from_pairs(12, TWO_CIRCLES)).about, find_groups(circles_asked(24)).about
    assert "Told of 12 people; of 0 we cannot tell yet; 0 are in no group yet." in certainty_of_groups(told)
    assert any("Told of 24 people, about 19 in 20 of them rightly" in line for line in certainty_of_groups(asked))


def test_uneven_asking_makes_groups_provisional() -> None:
    assert any(line.startswith("Provisional") for line in certainty_of_groups(find_groups(circles_asked(10)).about))
    assert not any(line.startswith("Provisional") for line in certainty_of_groups(find_groups(circles_asked(24)).about))


def test_accepted_groups_are_said_to_have_their_say() -> None:
    place = from_pairs(12, TWO_CIRCLES)
    later = find_groups(place, accepted=find_groups(place).accept()).about
    assert any("a say of a quarter" in line for line in certainty_of_groups(later))
    assert not any(
        "quarter" in line for line in certainty_of_groups(find_groups(place, accepted=AcceptedGroups()).about)
    )


def test_every_reason_why_a_group_is_not_told_has_words() -> None:
    place = find_groups(from_pairs(13, [*TWO_CIRCLES, (11, 12)])).people.iloc[12]
    assert place_in_words(place) == "cannot tell yet: fewer than two ties known"
    assert set(REASONS) >= {str(reason) for reason in find_groups(circles_asked(19)).people["reason"].dropna()}


def test_where_no_unit_is_known_the_chart_says_nothing() -> None:
    row = find_groups(from_pairs(12, TWO_CIRCLES)).rows.iloc[0]
    assert chart_in_words(row) == "units not known"


def test_one_person_has_the_grammar_of_one() -> None:
    about = {**find_groups(from_pairs(12, TWO_CIRCLES)).about, "n_told": 1, "n_in_no_group": 1}
    assert "Told of 1 person; of 10 we cannot tell yet; 1 is in no group yet." in certainty_of_groups(about)
