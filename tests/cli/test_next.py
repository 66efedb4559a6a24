import csv
import io

import pytest

from tests.service.shop import Shop

ABOUT = {
    "method",
    "aim",
    "parameters",
    "seed",
    "revision",
    "as_of",
    "version",
    "coverage",
    "phase",
    "half",
    "certified",
}


def test_next_lists_who_was_not_asked_and_why(full_shop: Shop) -> None:
    answer = full_shop.answer("next")
    assert answer["about"].keys() >= ABOUT
    assert [row["person_id"] for row in answer["rows"]] == ["7"]
    row = answer["rows"][0]
    assert (row["place"], row["name"]) == (1, "Bo Lind")
    assert row["why"]
    assert {way["tie"] for way in row["reach"]} <= {"named", "told", "works_with"}


@pytest.mark.parametrize("aim", ["leaders", "holes"])
def test_next_says_in_words_what_it_is_about(full_shop: Shop, aim: str) -> None:
    ran = full_shop.do("next", "--aim", aim)
    assert "4 of 5 were asked" in ran.err
    assert "Bo Lind" in ran.out
    assert "Bo Lind" not in ran.err


def test_where_everybody_is_in_the_top_there_is_nothing_to_settle(shop: Shop) -> None:
    shop.load(
        people="person_id,name\n1,Ana\n2,Bo\n3,Cy\n",
        conversations="held_on,organizer,person_id,named\n2026-05-01,O,1,2\n2026-05-01,O,2,1\n",
    )
    words = "With 3 people everybody is in the top 3: there is nothing to settle."
    for command in ("next", "leaders"):
        said = shop.do(command).err
        assert words in said
        assert "settled" not in said
        assert "Of nobody is it sure" not in said


def test_one_person_asked_has_the_grammar_of_one(shop: Shop) -> None:
    people = "".join(f"{n},Ana {n}\n" for n in range(9))
    shop.load(people=f"person_id,name\n{people}", conversations="held_on,organizer,person_id,named\n2026-05-01,O,1,2\n")
    assert "1 of 9 was asked." in shop.do("next").err
    said = shop.do("import", shop.file("more.csv", "person_id,name\n9,Ana 9\n"), "--kind", "people").err
    assert "1 row read" in said


def test_next_as_csv_has_a_line_a_person(full_shop: Shop) -> None:
    rows = list(csv.DictReader(io.StringIO(full_shop.do("next", "--format", "csv").out)))
    assert [row["person_id"] for row in rows] == ["7"]
    assert rows[0].keys() == {"place", "person_id", "name", "unit", "why", "reach"}


def test_next_says_when_it_is_of_one_organizers_reach(full_shop: Shop) -> None:
    organizer = "Org One"
    ran = full_shop.do("next", "--organizer", organizer)
    assert "Whom this organizer can reach come first" in ran.err
    assert "this organizer" not in full_shop.do("next").err


def test_next_of_an_unknown_organizer_is_refused_without_the_name(full_shop: Shop) -> None:
    ran = full_shop.run("next", full_shop.store, "--organizer", "Nadia Secret")
    assert ran.code == 2
    assert "no talk of that organizer" in ran.err
    assert "Nadia" not in ran.err


def test_next_of_an_empty_store_says_how_to_begin(shop: Shop) -> None:
    ran = shop.do("next")
    assert "nobody to ask yet. Load a list of people" in ran.err
