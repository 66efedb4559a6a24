"""The data page in a real Chromium: dry run, mapping, load, undo, mentions, who is who, files that cannot be read."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from shopfloor.service.answers import find_person
from shopfloor.service.editing import list_mentions
from tests.browser.conftest import Visit
from tests.dashboard.serving import Served

Drop = Callable[[Visit, dict[str, str | bytes]], None]
MARKUP = "<img src=x onerror=document.title='owned'>"


def person_ids(hall: Served) -> set[str]:
    return set(hall.store.workplace().people["person_id"])


def test_a_file_is_looked_at_mapped_loaded_and_undone(visit: Visit, hall: Served, drop: Drop) -> None:
    visit.open("/data")
    roster = "Clock,name,department,hired_on\nL1,Ana Ruiz,Dock,2024-01-02\nL2,,Dock,2024-01-02\n"
    drop(visit, {"roster.csv": roster})
    visit.says("#import-said", "say what the file is")
    assert "--" not in visit.text("#import-said")
    visit.page.get_by_label("What Clock is", exact=True).select_option("person_id")
    visit.page.select_option("#import-kind", "people")
    visit.page.click("#import-again")
    visit.says("#answer", "2 rows read, 1 can be loaded, 1 cannot. Nothing has been written yet.")
    visit.says("#import-report", "the cell is empty and is needed")
    assert "L1" not in person_ids(hall)
    with visit.page.expect_download() as caught:
        visit.page.get_by_role("button", name="Get 1 row as a file").click()
    text = Path(caught.value.path()).read_text(encoding="utf-8")
    assert text.splitlines()[1].startswith("roster.csv,3,")
    visit.page.get_by_role("button", name="Load 1 row").click()
    visit.says("#import-said", "1 row loaded as batch")
    assert "L1" in person_ids(hall)
    visit.page.get_by_role("button", name="Undo roster.csv").click()
    visit.says("#import-said", "is undone")
    assert "L1" not in person_ids(hall)


def test_the_order_of_dates_is_asked_for_and_not_guessed(visit: Visit, hall: Served, drop: Drop) -> None:
    visit.open("/data")
    drop(visit, {"people.csv": "person_id,name,hired_on\nD1,Ana Ruiz,03/04/2021\n"})
    visit.says("#import-said", "say how dates are written")
    visit.page.locator("#import-dates label", has_text="3 April").click()
    visit.page.click("#import-again")
    visit.says("#answer", "1 row read, 1 can be loaded")
    visit.page.get_by_role("button", name="Load 1 row").click()
    visit.says("#import-said", "1 row loaded")
    assert find_person(hall.store, "D1")[0].facts["hired_on"] == "2021-04-03"


def test_several_files_refer_to_each_other_and_can_be_thrown_away(visit: Visit, hall: Served, drop: Drop) -> None:
    before = hall.store.revision()
    visit.open("/data")
    people = "person_id,name\nS1,Ana Ruiz\n"
    drop(visit, {"people.csv": people, "talks.csv": "held_on,organizer,person_id\n2026-01-05,Dana,S1\n"})
    visit.says("#answer", "2 rows read, 2 can be loaded")
    visit.says("#rests", "talks.csv: looks like conversations")
    visit.page.get_by_role("button", name="Throw away").click()
    visit.says("#import-said", "Nothing has changed.")
    assert hall.store.revision() == before


def test_each_file_is_answered_for_by_itself(visit: Visit, hall: Served, drop: Drop) -> None:
    visit.open("/data")
    people = "Clock,name,hired_on\nE1,Ana Ruiz,03/04/2021\n"
    talks = "held_on,organizer,Clock\n03/04/2026,Dana,E1\n"
    drop(visit, {"people.csv": people, "talks.csv": talks})
    visit.says("#import-said", "Nothing has changed.")
    for name in ("people.csv", "talks.csv"):
        visit.page.get_by_label(f"What Clock is in {name}", exact=True).select_option("person_id")
    visit.page.get_by_label("Its dates, people.csv").select_option("dmy")
    visit.page.get_by_label("Its dates, talks.csv").select_option("mdy")
    visit.page.click("#import-again")
    visit.says("#answer", "2 rows read, 2 can be loaded")
    assert visit.page.get_by_label("Its dates, talks.csv").input_value() == "mdy"
    visit.page.get_by_role("button", name="Load 2 rows").click()
    visit.says("#import-said", "2 rows loaded")
    found = find_person(hall.store, "E1")[0]
    assert found.facts["hired_on"] == "2021-04-03"
    assert found.conversations[0]["held_on"] == "2026-03-04"


def zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 80_000_000)
        packed.writestr("[Content_Types].xml", "<Types/>")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("header.csv", b"person_id,name\n"),
        ("noise.xlsx", bytes(range(256)) * 12),
        ("bomb.xlsx", None),
        ("nothing_of_ours.csv", b"colour,size\nred,2\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_in_words(
    visit: Visit, hall: Served, drop: Drop, name: str, content: bytes | None
) -> None:
    before = hall.store.revision()
    visit.open("/data")
    drop(visit, {name: zip_bomb() if content is None else content})
    visit.says("#import-said", "That did not work.")
    said = visit.text("#import-said")
    assert name in said
    assert said.endswith("Nothing has changed.")
    assert hall.store.revision() == before


def test_a_mention_is_answered_and_the_answer_withdrawn(visit: Visit, hall: Served) -> None:
    n_open = len(list_mentions(hall.store)[0])
    visit.open("/data")
    visit.page.locator(".candidates button").first.click()
    visit.says("#import-said", "Answered:")
    assert len(list_mentions(hall.store)[0]) == n_open - 1
    visit.page.get_by_role("button", name="Withdraw:").first.click()
    visit.says("#import-said", "Withdrawn")
    assert len(list_mentions(hall.store)[0]) == n_open


def test_a_name_is_answered_with_nobody_on_the_list(visit: Visit, hall: Served) -> None:
    n_open = len(list_mentions(hall.store)[0])
    visit.open("/data")
    visit.page.get_by_role("button", name="nobody on the list").first.click()
    visit.says("#import-said", "is nobody on the list. It can be withdrawn")
    visit.says("#keeping", "is nobody on the list.")
    assert len(list_mentions(hall.store)[0]) == n_open - 1
    visit.page.get_by_role("button", name="Withdraw:").first.click()
    visit.says("#import-said", "Withdrawn")
    assert len(list_mentions(hall.store)[0]) == n_open


def test_a_mention_is_answered_with_somebody_not_offered(visit: Visit, hall: Served) -> None:
    n_open = len(list_mentions(hall.store)[0])
    someone = min(person_ids(hall))
    visit.open("/data")
    visit.page.locator("summary", has_text="It is somebody else").click()
    visit.page.fill("#mention-person", someone)
    visit.page.click("#mention-answer")
    visit.says("#import-said", f"is {someone}")
    assert len(list_mentions(hall.store)[0]) == n_open - 1


def test_two_contacts_are_judged_the_same_and_apart_again(visit: Visit, hall: Served) -> None:
    one, other = sorted(person_ids(hall))[1:3]
    visit.open(f"/data?one={one}")
    visit.page.fill("#same-other", other)
    visit.page.fill("#same-why", "same phone")
    visit.page.get_by_role("button", name="Same person", exact=True).click()
    visit.says("#keeping-said", "same person")
    assert find_person(hall.store, one)[1] == [one, other]
    visit.open(f"/person/{other}")
    visit.says("#rests", f"One person in 2 lists: {one}, {other}.")
    visit.open("/data")
    visit.page.get_by_role("button", name=f"Withdraw: {one} and {other}").click()
    visit.says("#import-said", "Withdrawn")
    assert find_person(hall.store, one)[1] == [one]


def test_markup_in_data_is_text_everywhere(visit: Visit, drop: Drop) -> None:
    visit.open("/data")
    talk = f"held_on,organizer,person_id,named,assessment\n2026-02-03,{MARKUP},H1,<img src>,2\n"
    drop(visit, {"people.csv": f"person_id,name,department,shift\nH1,{MARKUP},{MARKUP},{MARKUP}\n", "talks.csv": talk})
    visit.says("#answer", "2 can be loaded")
    visit.page.get_by_role("button", name="Load 2 rows").click()
    visit.says("#import-said", "2 rows loaded")
    for path in ("/", "/map", "/map?person=H1", "/map?person=H1&show=circle", "/leaders", "/groups", "/people"):
        visit.open(path)
        visit.page.wait_for_timeout(300)
        assert visit.page.locator("img").count() == 0, path
    visit.open("/person/H1")
    assert MARKUP in visit.text("#answer")
    visit.open("/map?person=H1")
    assert MARKUP in visit.text("#map-panel")
    assert visit.page.title() != "owned"
