from datetime import UTC, date, datetime, timedelta

import pytest

from tests.service.shop import ASSIGNMENTS, PEOPLE, Shop


def test_the_default_as_of_is_the_newest_date_that_is_not_after_today(shop: Shop) -> None:
    def as_of() -> str:
        return str(shop.answer("leaders")["about"]["as_of"])

    shop.load(people="person_id,name\n1,Ana Ruiz\n2,Bo Lind\n")
    assert as_of() == datetime.now(UTC).date().isoformat()
    days = {
        "assignments": "person_id,employer,worksite,started_on\n1,Acme,North,2026-01-02\n",
        "assessments": "person_id,assessment,assessed_on\n1,2,2026-01-03\n",
        "connections": "person_id,other_id,kind,said_on\n1,2,friend,2026-01-04\n",
        "conversations": "held_on,organizer,person_id,follow_up_on\n2026-01-05,Org One,1,2026-01-20\n",
        "actions": "action,held_on,person_id,did\nPetition,2026-01-06,1,yes\n",
    }
    for (kind, text), day in zip(days.items(), range(2, 7), strict=True):
        shop.load(**{kind: text})
        assert as_of() == f"2026-01-0{day}"
    shop.load("--list-date", "2026-01-07", people="person_id,name\n1,Ana Ruiz\n")
    assert as_of() == "2026-01-07"
    shop.load(conversations="held_on,organizer,person_id\n2199-01-01,Org One,1\n")
    assert as_of() == "2026-01-07"


def test_who_has_left_is_out_of_todays_lists_and_stays_in_history(full_shop: Shop) -> None:
    assert "5" not in full_shop.scores()
    assert "5" not in full_shop.scores("--as-of", "2026-04-01")
    assert "5" in full_shop.scores("--as-of", "2026-03-31")
    assert full_shop.person("5")["facts"]["has_left"] is True


def test_who_was_not_hired_yet_is_not_there(full_shop: Shop) -> None:
    full_shop.load(people="person_id,name,hired_on\n9,Gus Hill,2026-05-03\n")
    assert "9" in full_shop.scores()
    assert "9" not in full_shop.scores("--as-of", "2026-05-02")
    assert full_shop.run("person", full_shop.store, "9", "--as-of", "2026-05-02").code == 1


def test_facts_after_the_as_of_date_are_cut_away(full_shop: Shop) -> None:
    assert full_shop.scores("--as-of", "2026-05-04")["3"] == 2
    assert full_shop.scores("--as-of", "2026-05-01") == {"1": 0, "2": 1, "3": 1, "4": 0, "7": 0}
    coverage = full_shop.answer("leaders", "--as-of", "2026-04-30")["about"]["coverage"]
    assert (coverage["n_asked"], coverage["n_conversations"]) == (0, 0)


def test_lists_of_different_dates_place_people_over_time(full_shop: Shop) -> None:
    moved = "person_id,name,department,shift\n1,Ana Ruiz,Dock,\n2,Bo Lind,,Night\n"
    full_shop.load("--list-date", "2026-05-04", people=moved)

    def place(key: str, *words: str) -> tuple[str | None, str | None]:
        facts = full_shop.person(key, *words)["facts"]
        return facts["department"], facts["shift"]

    assert (place("1"), place("2")) == (("Dock", "Day"), ("Packing", "Night"))
    assert place("1", "--as-of", "2026-05-03") == ("Packing", "Day")
    assert place("1", "--as-of", "2026-04-01") == ("Packing", "Day")
    full_shop.do("imports undo", 1)
    assert place("1") == ("Dock", None)


def test_the_order_of_import_does_not_matter_for_dated_places(shop: Shop) -> None:
    shop.load("--list-date", "2026-06-01", people="person_id,name,department\n1,Ana Ruiz,Dock\n")
    shop.load("--list-date", "2026-05-01", people="person_id,name,department\n1,Ana Ruiz,Packing\n")
    assert shop.person("1")["facts"]["department"] == "Dock"
    assert shop.person("1", "--as-of", "2026-05-15")["facts"]["department"] == "Packing"


def ends(shop: Shop, as_of: date | None = None) -> list[str]:
    with shop.open() as store:
        return [str(day.date()) for day in store.workplace(as_of=as_of).assignments["ended_on"]]


def test_an_open_assignment_ends_with_the_list_that_last_showed_it(full_shop: Shop) -> None:
    assert ends(full_shop) == ["2026-05-01", "2026-05-01", "2026-03-20"]
    first_row = "".join(ASSIGNMENTS.splitlines(keepends=True)[:2])
    full_shop.load("--list-date", "2026-05-03", assignments=first_row)
    assert ends(full_shop) == ["2026-05-03", "2026-05-01", "2026-03-20"]
    full_shop.load("--list-date", "2026-04-01", assignments=ASSIGNMENTS)
    assert ends(full_shop) == ["2026-05-03", "2026-05-01", "2026-03-20"]
    assert ends(full_shop, as_of=date(2026, 4, 10)) == ["2026-04-10", "2026-04-10", "2026-03-20"]
    full_shop.do("imports undo", 2)
    assert ends(full_shop) == ["2026-05-01", "2026-05-01", "2026-03-20"]


def test_a_correction_by_hand_does_not_show_an_assignment_again(full_shop: Shop) -> None:
    full_shop.do("edit", "assignment:=1|Acme|North|2026-03-01", "hours=80")
    assert ends(full_shop) == ["2026-05-01", "2026-05-01", "2026-03-20"]


def test_the_newest_answer_of_a_person_counts(full_shop: Shop) -> None:
    assert full_shop.scores()["3"] == 2
    full_shop.load(conversations="held_on,organizer,person_id,named\n2026-05-06,Org One,2,4\n")
    assert full_shop.scores() == {"1": 0, "2": 1, "3": 1, "4": 1, "7": 0}
    full_shop.load(conversations="held_on,organizer,person_id,named\n2026-04-06,Org One,2,1\n")
    assert full_shop.scores()["1"] == 0
    assert full_shop.scores("--as-of", "2026-04-30")["1"] == 1


def test_none_empty_and_asked_are_kept_apart(full_shop: Shop) -> None:
    coverage = full_shop.answer("leaders")["about"]["coverage"]
    assert (coverage["n_asked"], coverage["n_named_nobody"], coverage["n_talked_to"]) == (4, 2, 5)
    asked = {row["person_id"]: row["was_asked"] for row in full_shop.rows("leaders")}
    assert asked == {"1": True, "2": True, "3": True, "4": True, "7": False}


def test_each_question_has_answers_of_its_own(full_shop: Shop) -> None:
    text = "held_on,organizer,person_id,named\n2026-05-06,Org One,7,rides_with = 4; 1 | listens_to = none\n"
    full_shop.load(conversations=text)
    assert full_shop.scores("--question", "rides_with") == {"1": 1, "2": 0, "3": 0, "4": 1, "7": 0}
    assert full_shop.answer("leaders")["about"]["coverage"]["n_asked"] == 5
    assert full_shop.answer("leaders", "--question", "rides_with")["about"]["coverage"]["n_asked"] == 1


def test_known_at_shows_what_was_known_before_an_undo_and_after_it(full_shop: Shop) -> None:
    full_shop.load("--list-date", "2026-05-20", people=PEOPLE.replace("Dock", "Yard"))
    before = datetime.now(UTC)
    then = full_shop.seen(known_at=before)
    full_shop.do("imports undo", 2)
    full_shop.do("imports undo", 1)
    assert full_shop.seen(known_at=before) == then
    rows = full_shop.answer("leaders", "--known-at", before.isoformat(), "--top", 0)
    assert {row["department"] for row in rows["rows"]} == {"Packing", "Yard"}
    assert rows["about"]["as_of"] == "2026-05-20"
    assert rows["about"]["known_at"] == before.isoformat()
    assert full_shop.scores() == {}
    assert full_shop.scores("--known-at", "2020-01-01") == {}


def test_known_at_leaves_out_lists_recorded_later_also_for_the_default_date(full_shop: Shop) -> None:
    before = datetime.now(UTC)
    full_shop.load("--list-date", "2026-05-20", people=PEOPLE)
    assert full_shop.answer("leaders", "--known-at", before.isoformat())["about"]["as_of"] == "2026-05-05"


def test_a_day_as_known_at_is_that_whole_day_in_utc(full_shop: Shop) -> None:
    today = datetime.now(UTC).date()
    assert full_shop.scores("--known-at", today.isoformat())
    assert full_shop.scores("--known-at", (today - timedelta(days=1)).isoformat()) == {}


@pytest.mark.parametrize("words", [("--as-of", "2026-02-31"), ("--as-of", "today"), ("--known-at", "noon")])
def test_a_date_that_is_none_is_misuse(full_shop: Shop, words: tuple[str, str]) -> None:
    assert full_shop.run("leaders", full_shop.store, *words).code == 2
