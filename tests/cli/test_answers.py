import csv
import io
from datetime import date

import pytest

from shopfloor import __version__
from tests.service.shop import Shop

ABOUT = {"method", "parameters", "seed", "revision", "as_of", "version", "coverage"}


@pytest.mark.parametrize("command", ["leaders", "groups", "ties"])
def test_an_answer_says_how_it_was_made(full_shop: Shop, command: str) -> None:
    about = full_shop.answer(command)["about"]
    assert about.keys() >= ABOUT
    assert about["version"] == __version__
    assert about["revision"] == 1
    assert about["as_of"] == "2026-05-05"
    assert about["coverage"]["n_people"] == 5
    assert about["coverage"]["n_asked"] == 4


def test_leaders_are_counted_among_those_asked(full_shop: Shop) -> None:
    rows = full_shop.rows("leaders")
    assert [(row["rank"], row["person_id"], row["name"], row["score"]) for row in rows] == [
        (1, "3", "Cy Moss", 2),
        (2, "2", "Bo Lind", 1),
        (3, "1", "Ana Ruiz", 0),
        (3, "4", "Di Oak", 0),
        (3, "7", "Bo Lind", 0),
    ]


def test_leaders_are_headed_most_named_so_far_and_what_that_rests_on(full_shop: Shop) -> None:
    ran = full_shop.do("leaders")
    assert ran.err.startswith("Most named so far, as of 2026-05-05. Rests on 4 of 5 people asked (80%).")


def test_every_row_of_leaders_says_how_sure_its_place_is(full_shop: Shop) -> None:
    answer = full_shop.answer("leaders", "--top", 0)
    for row in answer["rows"]:
        assert row["certainty"] in {"sure", "likely", "cannot_tell", "not_listed"}
        assert 1 <= row["rank_low"] <= row["rank"] <= row["rank_high"] <= 5
        assert 0 <= row["p_top"] <= 1
        assert isinstance(row["kinds"], list)
    assert answer["about"]["certainty"]["level"] == 0.9
    assert full_shop.answer("leaders", "--level", 0.5)["about"]["certainty"]["level"] == 0.5
    assert full_shop.run("leaders", full_shop.store, "--level", 1).code == 2


def test_a_table_says_in_words_how_sure_and_a_file_in_numbers(full_shop: Shop) -> None:
    ran = full_shop.do("leaders")
    line = next(line for line in ran.out.splitlines() if "Cy Moss" in line)
    assert " in the top 3, place 1" in line or "Cannot tell yet, place 1" in line
    rows = list(csv.DictReader(io.StringIO(full_shop.do("leaders", "--format", "csv").out)))
    assert {"rank", "rank_low", "rank_high", "p_top", "certainty", "expected", "kinds"} <= rows[0].keys()
    told = list(csv.DictReader(io.StringIO(full_shop.do("leaders", "--layer", "told", "--format", "csv").out)))
    assert "rank_low" in told[0]
    assert "certainty" not in told[0]


def test_a_measure_that_is_said_has_no_word_of_certainty(full_shop: Shop) -> None:
    ran = full_shop.do("leaders", "--measure", "named_by")
    assert "No word of certainty" in ran.err
    assert "how sure" not in ran.out


def test_groups_have_members_and_a_name(full_shop: Shop) -> None:
    answer = full_shop.answer("groups")
    assert [(row["group_id"], row["name"]) for row in answer["rows"]] == [(1, answer["rows"][0]["name"])]
    members = set(answer["rows"][0]["members"])
    assert {"1", "2", "3"} <= members
    name_of = {"1": "Ana Ruiz", "2": "Bo Lind", "3": "Cy Moss", "4": "Di Oak", "7": "Bo Lind"}
    assert [name_of[key] for key in answer["rows"][0]["members"]] == answer["rows"][0]["names"]
    assert "Ana Ruiz; Bo Lind; Cy Moss" in full_shop.do("groups").out
    assert "1; 2; 3" in full_shop.do("groups", "--format", "csv").out
    assert members | set(answer["about"]["in_no_group"]) == {"1", "2", "3", "4", "7"}


@pytest.mark.parametrize("command", ["leaders", "ties"])
def test_top_limits_rows_and_0_gives_all(full_shop: Shop, command: str) -> None:
    every = full_shop.rows(command)
    assert full_shop.answer(command, "--top", 2)["rows"] == every[:2]
    assert len(every) > 2


def test_places_say_who_is_in_the_top(full_shop: Shop) -> None:
    answer = full_shop.answer("leaders", "--places", 1)
    assert answer["about"]["parameters"]["places"] == 1
    assert [row["person_id"] for row in answer["rows"] if row["in_top"]] == ["3"]
    assert full_shop.answer("leaders")["about"]["parameters"]["places"] == 3


def test_supervisors_and_people_who_left_are_left_out_unless_asked_for(full_shop: Shop) -> None:
    assert full_shop.scores().keys() == {"1", "2", "3", "4", "7"}
    assert full_shop.scores("--include", "supervisors").keys() == {"1", "2", "3", "4", "6", "7"}
    assert full_shop.scores("--include", "supervisors,left").keys() == {"1", "2", "3", "4", "5", "6", "7"}


def test_a_unit_narrows_the_list(full_shop: Shop) -> None:
    assert full_shop.scores("--unit", "dock").keys() == {"4", "7"}
    assert full_shop.scores("--unit", "Night").keys() == {"3", "4"}


def test_layers_and_measures_can_be_chosen(full_shop: Shop) -> None:
    answer = full_shop.answer("leaders", "--layer", "worked_with", "--measure", "degree")
    assert (answer["about"]["layer"], answer["about"]["measure"]) == ("worked_with", "degree")
    assert {row["person_id"]: row["score"] for row in answer["rows"]} == {"1": 2, "2": 2, "3": 2, "4": 0, "7": 0}
    told = full_shop.rows("ties", "--layer", "told")
    friends = {("1", "4"): 1, ("4", "1"): 1, ("4", "7"): 2, ("7", "4"): 2}
    assert {(row["from_id"], row["to_id"]): row["strength"] for row in told} == friends


def test_fragile_measures_are_refused_on_partial_namings_unless_said(full_shop: Shop) -> None:
    full_shop.load(people="person_id,name\n8,Gus Hill\n9,Hal Ives\n")
    refused = full_shop.run("leaders", full_shop.store, "--measure", "betweenness")
    assert refused.code == 1
    assert "4 of 7 people" in refused.err
    assert refused.out == ""
    full_shop.do("leaders", "--measure", "betweenness", "--as-if-complete")


def test_csv_holds_exact_numbers_and_one_header(full_shop: Shop) -> None:
    out = full_shop.do("ties", "--layer", "worked_with", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(out)))
    exact = {
        (row["from_id"], row["to_id"]): row["strength"] for row in full_shop.rows("ties", "--layer", "worked_with")
    }
    assert {(row["from_id"], row["to_id"]): float(row["strength"]) for row in rows} == exact


def test_a_table_is_data_on_stdout_and_talk_on_stderr(full_shop: Shop) -> None:
    ran = full_shop.do("leaders")
    assert ran.out.splitlines()[0].split() == [
        *("rank", "person", "id", "name", "how", "sure", "score", "n", "departments", "naming", "department", "shift"),
        *("assessment", "kinds"),
    ]
    assert len(ran.out.splitlines()) == 6
    assert "Rests on 4 of 5 people asked (80%)" in ran.err


def test_the_same_question_gets_the_same_answer_twice(full_shop: Shop) -> None:
    assert full_shop.do("groups", "--format", "json").out == full_shop.do("groups", "--format", "json").out


def test_an_empty_store_gives_empty_answers(shop: Shop) -> None:
    assert shop.rows("leaders") == []
    assert shop.rows("groups") == []
    assert shop.rows("ties") == []
    assert shop.answer("leaders")["about"]["coverage"]["share_asked"] == 0


def test_a_person_is_found_by_a_name_that_nobody_else_has(full_shop: Shop) -> None:
    by_id, by_name = (full_shop.do("person", who).out for who in ("1", "ana  RUIZ"))
    assert by_name == by_id
    shared = full_shop.run("person", full_shop.store, "Bo Lind").err
    assert "Ids of people of a like name: 2, 7" in shared
    assert "Bo Lind" not in shared
    assert "leaders --top 0" in full_shop.run("person", full_shop.store, "Qqqq").err


def test_a_person_is_told_in_plain_words(full_shop: Shop) -> None:
    out = full_shop.do("person", 2).out
    assert out.startswith("Bo Lind (2): Packing, Day, A, Packer\n")
    assert "Asked on 2026-05-05, named 2: Cy Moss" in out
    assert "Stands: 1 (leads for us), 2026-05-05 by Org One" in out
    assert "Not asked whom they listen to." in full_shop.do("person", 7).out
    assert "named 0: nobody" in full_shop.do("person", 3).out


def test_results_written_back_are_dated_and_change_no_facts(full_shop: Shop) -> None:
    before = full_shop.seen()
    full_shop.do("leaders", "--write-back", "--top", 0)
    full_shop.do("groups", "--write-back", "--as-of", "2026-05-03")
    assert full_shop.seen() == before
    assert full_shop.revision() == 1
    with full_shop.open() as store:
        written = dict(store.results())
    assert written.keys() == {"leaders", "groups"}
    assert '"as_of": "2026-05-03"' in written["groups"]
    assert date(2026, 5, 5).isoformat() in written["leaders"]
    assert '"certainty"' in written["leaders"]
    assert "largest_organizer" not in written["leaders"]


@pytest.mark.parametrize("words", [("--help",), ("leaders", "--help"), ("imports", "undo", "--help")])
def test_help_is_there_without_a_store(shop: Shop, words: tuple[str, ...]) -> None:
    assert shop.ok(*words).out.startswith("Usage: ")


def test_the_version_is_said(shop: Shop) -> None:
    assert __version__ in shop.ok("--version").out
