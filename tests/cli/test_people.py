from collections.abc import Sequence

import pytest

from tests.service.shop import PEOPLE, Shop

PAYROLL = "person_id,name,language\n17,Ana Ruiz,es\n3,Gus Hill,\n"


@pytest.fixture
def two_lists(full_shop: Shop) -> Shop:
    """Return the workplace with a payroll list beside, whose 17 is the store's 1 and whose 3 is somebody else."""
    full_shop.load("--source", "payroll", people=PAYROLL)
    full_shop.load(
        "--source",
        "payroll",
        conversations="conversation_id,held_on,organizer,person_id,named\nP1,2026-05-05,Org Two,3,17\n",
    )
    return full_shop


def test_a_merged_person_shows_the_smallest_key_and_every_key_finds_her(two_lists: Shop) -> None:
    assert two_lists.scores()["17@payroll"] == 1
    two_lists.do("judge", "same", "17@payroll", "1")
    scores = two_lists.scores()
    assert scores["1"] == 1
    assert "17@payroll" not in scores
    for key in ("1", "17@payroll"):
        found = two_lists.person(key)
        assert (found["facts"]["person_id"], found["facts"]["language"]) == ("1", "es")
        assert two_lists.answer("person", key)["about"]["contacts"] == ["1", "17@payroll"]


def test_a_verdict_withdrawn_is_as_if_never_given(two_lists: Shop) -> None:
    before, files = two_lists.seen(), two_lists.exported()
    said = two_lists.do("judge", "same", "1", "17@payroll", "--why", "one phone")
    assert two_lists.seen() != before
    judgement = said.err.split("--withdraw ")[1].strip()
    two_lists.do("judge", "--withdraw", judgement)
    assert (two_lists.seen(), two_lists.exported()) == (before, files)


def test_the_newest_verdict_on_a_pair_counts(two_lists: Shop) -> None:
    two_lists.do("judge", "same", "1", "17@payroll")
    two_lists.do("judge", "different", "17@payroll", "1")
    assert "17@payroll" in two_lists.scores()
    two_lists.do("judge", "--withdraw", two_lists.newest())
    assert "17@payroll" not in two_lists.scores()


def test_merging_a_list_in_and_undoing_it_leaves_no_trace(full_shop: Shop) -> None:
    before = full_shop.seen()
    payroll = full_shop.load("--source", "payroll", people=PAYROLL)
    full_shop.do("judge", "same", "1", "17@payroll")
    full_shop.do("imports undo", payroll)
    assert full_shop.seen() == before


def test_verdicts_that_contradict_each_other_are_found(two_lists: Shop) -> None:
    for verdict, one, other in (("same", "1", "17@payroll"), ("same", "17@payroll", "2"), ("different", "1", "2")):
        two_lists.do("judge", verdict, one, other)
    ran = two_lists.run("check", two_lists.store)
    assert ran.code == 1
    assert "1 and 2 were judged different" in ran.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("same", "1", "99"), 1),
        (("same", "1", "1"), 2),
        (("same", "1"), 2),
        (("alike", "1", "2"), 2),
        (("--withdraw", "1"), 1),
        (("--withdraw", "99"), 1),
        (("same", "1", "2", "--withdraw", "1"), 2),
        ((), 2),
    ],
)
def test_verdicts_that_make_no_sense_are_refused(full_shop: Shop, words: Sequence[str], code: int) -> None:
    ran = full_shop.run("judge", full_shop.store, *words)
    assert (ran.code, full_shop.revision()) == (code, 1)
    assert "Traceback" not in ran.err


def test_a_name_that_is_exact_and_unambiguous_counts(full_shop: Shop) -> None:
    full_shop.load(conversations="conversation_id,held_on,organizer,person_id,named\nC4,2026-05-04,O,4,  cy   MOSS \n")
    assert full_shop.scores()["3"] == 3


def test_other_names_stay_mentions_with_candidates(full_shop: Shop) -> None:
    rows = full_shop.rows("mentions list")
    assert rows == [
        {"mention": "Bo Lind", "n_times": 1, "candidates": ["2", "7"]},
        {"mention": "Zed", "n_times": 1, "candidates": ["5"]},
    ]
    assert full_shop.scores()["7"] == 0


def test_an_answer_counts_and_withdrawn_it_never_was(full_shop: Shop) -> None:
    before = full_shop.seen()
    said = full_shop.do("mentions answer", "Bo Lind", "7")
    assert full_shop.scores()["7"] == 0
    full_shop.do("mentions answer", "Zed", "7")
    assert full_shop.scores()["7"] == 1
    assert full_shop.rows("mentions list") == []
    full_shop.do("judge", "--withdraw", said.err.split("--withdraw ")[1].strip())
    full_shop.do("judge", "--withdraw", full_shop.newest())
    assert full_shop.seen() == before
    assert len(full_shop.rows("mentions list")) == 2


def test_a_mention_whose_person_is_undone_is_open_again(full_shop: Shop) -> None:
    batch = full_shop.load(people="person_id,name\n9,Zora Zed\n")
    full_shop.do("mentions answer", "Zed", "9")
    assert full_shop.scores()["9"] == 1
    full_shop.do("imports undo", batch)
    assert [row["mention"] for row in full_shop.rows("mentions list")] == ["Bo Lind", "Zed"]


def test_a_later_list_resolves_a_mention_by_itself(full_shop: Shop) -> None:
    full_shop.load(people="person_id,name\n9,Zed\n")
    assert [row["mention"] for row in full_shop.rows("mentions list")] == ["Bo Lind"]
    assert full_shop.scores()["9"] == 1


def test_a_name_of_nobody_on_the_list_is_answered_counts_for_nobody_and_is_no_question(full_shop: Shop) -> None:
    before, named = full_shop.seen(), full_shop.answer("leaders")["about"]["coverage"]["n_named"]
    full_shop.do("mentions answer", "Zed", "--nobody")
    assert [row["mention"] for row in full_shop.rows("mentions list")] == ["Bo Lind"]
    coverage = full_shop.answer("leaders")["about"]["coverage"]
    assert (coverage["n_named"], coverage["n_open"]) == (named, 0)
    answers = full_shop.answer("mentions list", "--answered")["rows"]
    assert [(row["mention"], row["n_times"], row["person_id"], row["meant"]) for row in answers] == [
        ("Zed", 1, None, "nobody on the list")
    ]
    assert full_shop.run("mentions", "answer", full_shop.store, "Zed", "7").code == 1
    full_shop.do("judge", "--withdraw", answers[0]["judgement_id"])
    assert full_shop.seen() == before


def test_a_name_stays_nobodys_when_a_later_list_has_it_and_the_answer_says_so(full_shop: Shop) -> None:
    full_shop.do("mentions answer", "Zed", "--nobody")
    full_shop.load(people="person_id,name\n9,Zed\n")
    assert full_shop.scores()["9"] == 0
    assert full_shop.person("Zed")["facts"]["person_id"] == "9"
    answer = full_shop.answer("mentions list", "--answered")["rows"][0]
    assert (answer["listed_since"], answer["meant"]) == ("9", "nobody on the list, where 9 is called that now")
    full_shop.do("judge", "--withdraw", answer["judgement_id"])
    assert full_shop.scores()["9"] == 1


def test_an_answer_to_a_person_who_is_gone_may_be_changed_to_nobody_and_back(full_shop: Shop) -> None:
    batch = full_shop.load(people="person_id,name\n9,Zora Zed\n")
    full_shop.do("mentions answer", "Zed", "9")
    full_shop.do("imports undo", batch)
    full_shop.do("mentions answer", "Zed", "--nobody")
    full_shop.load(people="person_id,name\n9,Zora Zed\n")
    assert (full_shop.scores()["9"], len(full_shop.rows("mentions list"))) == (0, 1)
    full_shop.do("judge", "--withdraw", full_shop.answer("mentions list", "--answered")["rows"][0]["judgement_id"])
    assert full_shop.scores()["9"] == 1


def test_an_answer_is_a_person_or_nobody_and_not_both(full_shop: Shop) -> None:
    for words in ((), ("7", "--nobody")):
        ran = full_shop.run("mentions", "answer", full_shop.store, "Zed", *words)
        assert (ran.code, full_shop.revision()) == (2, 1)


def test_answers_to_nothing_or_with_nobody_are_refused(full_shop: Shop) -> None:
    for words in (("Nobody Said", "1"), ("Zed", "99"), ("Nobody Said", "--nobody")):
        ran = full_shop.run("mentions", "answer", full_shop.store, *words)
        assert (ran.code, full_shop.revision()) == (1, 1)
        assert words[0] not in ran.err


def test_a_foreman_by_name_or_id_is_resolved_and_else_a_mention(full_shop: Shop) -> None:
    full_shop.load(assignments="person_id,employer,worksite,started_on,foreman\n7,Acme,South,2026-04-01,Wendell\n")
    assert "Wendell" in {row["mention"] for row in full_shop.rows("mentions list")}
    with full_shop.open() as store:
        work = store.workplace()
    foremen = {(row["person"], row["foreman"]) for row in work.assignments.to_dict("records")}
    flo = work.people.index[work.people["person_id"] == "6"][0]
    assert foremen == {(0, flo), (1, flo), (2, -1), (6, -1)}


def test_what_a_person_typed_outranks_files(full_shop: Shop) -> None:
    full_shop.do("edit", "1", "department=Dock", "phone=555-0199")
    full_shop.load(people=PEOPLE)
    ran = full_shop.load("--list-date", "2026-06-01", people=PEOPLE)
    assert full_shop.person("1")["facts"]["department"] == "Dock"
    assert "555-0199" in full_shop.exported()["people.csv"]
    full_shop.do("imports undo", 2)
    assert full_shop.person("1")["facts"]["department"] == "Packing"
    assert ran == 4


def test_an_import_says_how_many_rows_contradict_what_was_typed(full_shop: Shop) -> None:
    full_shop.do("edit", "1", "name=Ana Ames")
    full_shop.do("edit", "conversation:C1", "channel=visit")
    ran = full_shop.do("import", full_shop.file("people.csv", PEOPLE), full_shop.folder / "conversations.csv")
    assert ran.err.count("1 row contradicts what somebody typed; the typed values stay.") == 2
    assert full_shop.person("1")["facts"]["name"] == "Ana Ames"


@pytest.mark.parametrize("field", ["department", "shift", "crew", "job_class", "is_supervisor", "hired_on"])
def test_a_field_is_cleared_by_an_empty_value(full_shop: Shop, field: str) -> None:
    before = full_shop.seen()
    full_shop.load("--list-date", "2026-05-04", people=PEOPLE)
    assert full_shop.person("6")["facts"][field]
    full_shop.do("edit", "6", f"{field}=")
    assert not full_shop.person("6")["facts"][field]
    full_shop.do("imports undo", full_shop.newest())
    assert full_shop.person("6")["facts"][field]
    full_shop.do("imports undo", 2)
    assert full_shop.seen() == before


def test_a_typed_value_can_be_cleared_later(full_shop: Shop) -> None:
    full_shop.do("edit", "1", "crew=Z")
    full_shop.load(conversations="held_on,organizer,person_id\n2026-06-01,Org One,7\n")
    full_shop.do("edit", "1", "crew=")
    assert full_shop.person("1")["facts"]["crew"] is None


def test_a_merged_person_is_cleared_in_all_her_contacts(two_lists: Shop) -> None:
    two_lists.do("judge", "same", "1", "17@payroll")
    two_lists.do("edit", "1", "language=")
    assert two_lists.person("1")["facts"]["language"] is None


def test_an_edit_of_a_field_of_the_conversation_is_seen_and_undone(full_shop: Shop) -> None:
    before = full_shop.seen()
    full_shop.do("edit", "conversation:C3", "named=4; 7", "notes=met at the gate")
    assert (full_shop.scores()["4"], full_shop.scores()["7"]) == (1, 1)
    full_shop.do("edit", "conversation:C3", "named=")
    assert full_shop.answer("leaders")["about"]["coverage"]["n_asked"] == 3
    for batch in (2, 3):
        full_shop.do("imports undo", batch)
    assert full_shop.seen() == before


def test_new_records_can_be_typed(full_shop: Shop) -> None:
    full_shop.do("edit", "9", "name=Gus Hill", "department=Dock")
    full_shop.do("edit", "conversation:", "person_id=9", "held_on=2026-05-06", "organizer=Org One", "named=4")
    full_shop.do("edit", "connection:", "person_id=9", "other_id=1", "kind=friend")
    full_shop.do("edit", "assessment:", "person_id=9", "assessed_on=2026-05-06", "assessment=2")
    found = full_shop.person("9")
    assert (found["facts"]["name"], found["named"]["n_named"], len(found["told"])) == ("Gus Hill", 1, 1)
    assert found["assessments"][0]["assessment"] == 2
    assert full_shop.scores()["4"] == 1


@pytest.mark.parametrize(
    ("record", "values"),
    [
        ("99", ["department=Dock"]),
        ("person:99", ["name="]),
        ("", ["name=Q"]),
        ("person:", ["name=Q"]),
        ("1", ["name="]),
        ("1", ["departmnt=Dock"]),
        ("1", ["left_on=2019-12-31"]),
        ("1", ["hired_on=31/02/2026"]),
        ("1", ["kind=boss"]),
        ("1", ["attributes=locker 9"]),
        ("1", ["name=A\x07na"]),
        ("1\x07", ["name=Q"]),
        ("1", ["Dock"]),
        ("9" * 300, ["name=Q"]),
        ("persn:1", ["name=Q"]),
        ("judgement:x", ["verdict=same"]),
        ("conversation:", ["notes=hello"]),
        ("conversation:C9", ["person_id=1", "held_on=2026-05-01"]),
        ("conversation:C1", ["held_on="]),
        ("conversation:C1", ["assessment=6"]),
        ("conversation:C1", ["named=none; 3"]),
        ("connection:", ["person_id=1", "other_id=1", "kind=friend"]),
        ("connection:", ["person_id=1", "other_id=2"]),
        ("assignment:", ["person_id=1", "employer=Acme", "worksite=North"]),
        ("assignment:A", ["person_id=1", "employer=A", "worksite=N", "started_on=2026-02-02", "ended_on=2026-02-01"]),
        ("participation:", ["action=Vote", "held_on=2026-05-01"]),
        ("tally:", ["action=Vote", "held_on=2026-05-01", "unit=Dock", "n_eligible=3", "n_did=4"]),
        ("employer:", ["name=Acme"]),
    ],
)
def test_an_edit_that_a_file_row_could_not_say_is_refused(full_shop: Shop, record: str, values: list[str]) -> None:
    ran = full_shop.run("edit", full_shop.store, record, *values)
    assert (ran.code, full_shop.revision()) == (2, 1)
    assert ran.err
    assert "Traceback" not in ran.err


def test_an_edit_can_be_tried_first(full_shop: Shop) -> None:
    ran = full_shop.do("edit", "1", "department=Dock", "--dry-run")
    assert "Dry run" in ran.err
    assert full_shop.revision() == 1


def test_an_edit_says_whether_the_record_is_new(full_shop: Shop) -> None:
    assert full_shop.do("edit", "1", "crew=Q").err.startswith("Changed: crew.")
    assert full_shop.do("edit", "9", "name=Gus Hill").err.startswith("New: name.")
