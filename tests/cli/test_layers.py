"""Layers together, on the command line: which agree, the backbone, a person in all of them."""

import csv
import io
import random
from datetime import date, timedelta

from tests.service.shop import Shop


def test_layers_are_compared_in_words_and_in_numbers(full_shop: Shop) -> None:
    out = full_shop.do("layers").out.splitlines()
    assert out[0] == (
        "Ties as of 2026-05-05: 3 namings, 2 told ties, 3 ties by work. Namings count where somebody was asked: 4 of 5 "
        "people."
    )
    assert out[1].startswith("Cannot tell of namings and told ties")
    answer = full_shop.answer("layers")
    assert answer["about"]["question"] == "listens_to"
    assert [layer["layer"] for layer in answer["about"]["layers"] if layer["n_ties"]] == [
        "named",
        "told",
        "worked_with",
    ]
    assert {row["verdict"] for row in answer["rows"]} == {"cannot tell"}
    assert {row["reason"] for row in answer["rows"]} == {"few ties"}
    rows = list(csv.DictReader(io.StringIO(full_shop.do("layers", "--format", "csv").out)))
    assert [(row["layer"], row["other_layer"]) for row in rows] == [
        (row["layer"], row["other_layer"]) for row in answer["rows"]
    ]


def test_an_empty_store_has_no_layers_to_compare(shop: Shop) -> None:
    assert shop.do("layers").out.startswith("No ties are known as of ")
    assert shop.answer("layers")["rows"] == []


def test_people_left_out_are_compared_where_asked_for(full_shop: Shop) -> None:
    n_people = [full_shop.answer("layers", *words)["about"]["coverage"]["n_people"] for words in ((), INCLUDE)]
    assert n_people == [5, 7]
    assert full_shop.run("layers", full_shop.store, "--include", "bosses").code == 2


INCLUDE = ("--include", "supervisors,left")


def dealt_weekly() -> str:
    """Eight crews of five, dealt anew in each of twenty weeks; 100 and 139 are always in the same."""
    rng = random.Random(5)  # noqa: S311 - draws a test case
    rows = ["person_id,employer,worksite,crew,started_on,ended_on"]
    for week in range(20):
        others = rng.sample(range(101, 139), 38)
        crews = [[100, 139, *others[:3]], *(others[at : at + 5] for at in range(3, 38, 5))]
        first = date(2025, 1, 6) + timedelta(weeks=week)
        days = f"{first},{first + timedelta(days=4)}"
        rows += [f"{who},Acme,South,C{code},{days}" for code, crew in enumerate(crews) for who in crew]
    return "\n".join(rows) + "\n"


def test_the_backbone_lists_the_ties_that_chance_does_not_explain(full_shop: Shop) -> None:
    people = "\n".join(["person_id,name,department", *(f"{who},Worker {who},Yard" for who in range(100, 140))])
    full_shop.load(people=people + "\n")
    full_shop.load(assignments=dealt_weekly())
    every = full_shop.answer("ties", "--layer", "worked_with", "--top", 0)
    kept = full_shop.answer("ties", "--layer", "worked_with", "--backbone")
    assert len(every["rows"]) > 100
    assert [(row["from_id"], row["to_id"]) for row in kept["rows"]] == [("100", "139")]
    assert kept["rows"][0]["n_shared"] > 3 * kept["rows"][0]["expected"]
    assert kept["rows"][0]["q"] <= 0.05
    about = kept["about"]["backbone"]
    assert about["level"] == 0.05
    assert "configuration model" in about["method"]
    assert "those who share none included" in about["family"]
    said = full_shop.do("ties", "--layer", "worked_with", "--backbone").err
    assert said.startswith("1 worked_with ties beyond chance")
    assert full_shop.rows("ties", "--layer", "worked_with", "--backbone", "--unit", "Packing") == []


def test_where_people_stay_in_one_crew_the_backbone_says_that_lists_hold_no_choice(full_shop: Shop) -> None:
    ran = full_shop.do("ties", "--layer", "worked_with", "--backbone")
    assert "the lists hold no choice" in ran.err
    refused = full_shop.run("ties", full_shop.store, "--backbone")
    assert refused.code == 2
    assert "a backbone is of worked_with or acted_with" in refused.err


def test_a_person_is_told_in_every_layer(full_shop: Shop) -> None:
    out = full_shop.do("person", 1).out
    assert "Told to be close to 1 person (place 2 of 5 by count, so far)." in out
    assert "Tied in several ways: Bo Lind: named by them, worked beside them; " in out
    row = full_shop.answer("person", 1)["rows"][0]
    assert [layer["layer"] for layer in row["layers"]] == ["named", "told", "talked", "worked_with", "acted_with"]
    assert {one["person_id"]: one["n_layers"] for one in row["tied_people"]}["2"] == 2
