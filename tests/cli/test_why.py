"""``person --why`` and ``changes``: what they print, and what they refuse."""

import csv
import io

import pytest

from tests.service.shop import Shop


def test_why_gives_counts_with_their_denominators_in_words(full_shop: Shop) -> None:
    out = full_shop.do("person", "3", "--why").out
    first, named = out.splitlines()[:2]
    assert first.startswith("Cy Moss: ")
    assert "4 of 5 people asked" in first
    assert named == (
        "Named by 2 of 3 asked, from 1 of 2 departments, 1 of 2 shifts and 1 of 2 crews that we asked in. "
        "That is 2 of 2 asked in Packing."
    )
    assert "named none of these 2 back" in out
    assert "Rests on" in out


def test_without_accepted_groups_a_person_has_none_unless_they_are_looked_for(full_shop: Shop) -> None:
    assert "Group: not told, no groups were accepted" in full_shop.do("person", "3").out
    assert "Group: Group A (3 people)" in full_shop.do("person", "3", "--groups").out
    assert "Whether they are a bridge is not told: no groups were accepted" in full_shop.do("person", "3", "--why").out
    assert "bridge" not in full_shop.do("person", "3", "--why", "--groups").out


def test_a_persons_group_is_the_one_that_was_accepted_until_it_is_forgotten(full_shop: Shop) -> None:
    full_shop.do("groups rename", 1, "The old hands")
    out = full_shop.do("person", "3").out
    assert "Group: The old hands (3 people), as accepted as of 2026-05-05" in out
    assert "Bridges are between the groups accepted as of 2026-05-05." in full_shop.do("person", "3", "--why").out
    assert "Bridges are between the groups accepted as of 2026-05-05." in full_shop.do("leaders").err
    assert full_shop.run("groups", "forget", full_shop.store, "--include", "left").code == 1
    full_shop.do("groups forget")
    assert "Group: not told" in full_shop.do("person", "3").out


def test_why_as_json_holds_every_reason_and_what_the_place_is_without_each(full_shop: Shop) -> None:
    answer = full_shop.answer("person", "3", "--why")
    (row,) = answer["rows"]
    assert answer["about"]["person_id"] == "3"
    assert answer["about"]["n_tried"] == len(row["rests_on"]) > 0
    assert (row["named_by"]["n"], row["named_by"]["n_asked"]) == (2, 3)
    assert {one["name"] for one in row["rests_on"] if one["kind"] == "conversation"} == {"Ana Ruiz", "Bo Lind"}
    assert row["place"]["certainty"] in {"sure", "likely", "cannot_tell", "not_listed"}


def test_why_as_csv_is_what_the_place_rests_on(full_shop: Shop) -> None:
    rows = list(csv.DictReader(io.StringIO(full_shop.do("person", "3", "--why", "--format", "csv").out)))
    assert {row["kind"] for row in rows} >= {"conversation"}
    assert {row["certainty"] for row in rows} <= {"sure", "likely", "cannot_tell", "not_listed"}


def test_why_of_who_is_not_on_the_list_says_so(full_shop: Shop) -> None:
    assert "Flo Quill: supervisors are not on the list" in full_shop.do("person", "6", "--why").out


def test_why_of_an_unknown_person_or_question_is_refused(full_shop: Shop) -> None:
    assert full_shop.run("person", full_shop.store, "99", "--why").code == 1
    ran = full_shop.run("person", full_shop.store, "3", "--why", "--question", "nosuch")
    assert ran.code == 2
    assert "nosuch" in ran.err


def test_changes_of_a_few_answers_are_nothing_beyond_chance(full_shop: Shop) -> None:
    out = full_shop.do("changes", "--since", "2026-05-01").out
    assert out.startswith("What changed between the picture as of 2026-05-01 and the one as of 2026-05-05.")
    assert "3 new answers: 4 of 5 people asked, before 1 of 5." in out
    assert "Nothing beyond what chance moves." in out


def test_changes_tell_who_left(full_shop: Shop) -> None:
    answer = full_shop.answer("changes", "--since", "2026-03-15")
    assert [(row["what"], row["change"], row["person_id"]) for row in answer["rows"]] == [("person", "left", "5")]
    assert answer["about"]["since"]["as_of"] == "2026-03-15"
    assert answer["about"]["is_nothing"] is True
    assert "Left the workforce: 1: Ed Pine." in full_shop.do("changes", "--since", "2026-03-15").out


def test_changes_since_something_was_known_compare_what_was_recorded(full_shop: Shop) -> None:
    ran = full_shop.do("changes", "--known-since", "2000-01-01")
    assert "as known on 2000-01-01" in ran.out
    assert "before 0 of 0." in ran.out
    assert "Joined it: 5:" in ran.out


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--since", "2026-05-01", "--known-since", "2026-05-01"),
        ("--since", "2026-05-05"),
        ("--since", "2026-05-03", "--as-of", "2026-05-02"),
        ("--known-since", "2026-05-03", "--known-at", "2026-05-02"),
        ("--since", "yesterday"),
    ],
)
def test_changes_need_one_earlier_time(full_shop: Shop, words: tuple[str, ...]) -> None:
    assert full_shop.run("changes", full_shop.store, *words).code == 2
