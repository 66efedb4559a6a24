"""The pages about data in a real Chromium: counts, what leaves, what is kept, what a finder would learn."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from shopfloor.service.keeping import write_backup
from shopfloor.service.retention import plan_retention
from tests.browser.conftest import Visit, assert_clean, log_in
from tests.browser.test_names_as_text import _ADDED, IMG, NAMES, UNIT, _store
from tests.browser.test_pages import AXE, serious
from tests.conftest import require
from tests.dashboard.serving import Served, served

PLACES = ("/data", "/counts", "/export", "/retention", "/leaks")
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


@pytest.fixture
def phone(visits: Callable[..., Visit]) -> Iterator[Visit]:
    one = visits(**PHONE)
    yield one
    assert_clean(one)


def test_the_pages_about_data_lead_to_one_another_by_keyboard(visit: Visit) -> None:
    visit.open("/data")
    for words, path in (("Counts", "/counts"), ("Take out", "/export"), ("Leak report", "/leaks")):
        link = visit.page.locator("nav[aria-label='About data'] a", has_text=words)
        link.focus()
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url(f"**{path}")
        visit.says("nav[aria-label='About data'] [aria-current=page]", words)
        assert visit.text(".bar [aria-current]") == "Data"


def test_workers_are_counted_by_what_is_chosen(visit: Visit, hall: Served) -> None:
    visit.open("/counts")
    visit.says("#answer", "by department.")
    total = re.match(r"(\d+) workers", visit.text("#answer"))
    assert total is not None
    visit.page.select_option("#counts-by", "shift")
    visit.says("#answer", "by shift.")
    visit.page.select_option("#counts-and", "unit")
    visit.says("#answer", "by shift and department.")
    numbers = visit.page.locator(".counted td.num").all_inner_texts()
    assert sum(map(int, numbers)) == int(total[1]) == hall.store.count_people(["unit"]).total


def test_what_leaves_is_said_first_then_downloaded_marked_and_registered(visit: Visit, tmp_path: Path) -> None:
    visit.open("/export")
    visit.page.fill("#export-whom", f"Local 12 {IMG}")
    visit.page.locator("#export-extra label", has_text="phone").click()
    visit.page.click("#export-look")
    visit.says("#export-seen", "phone numbers")
    assert "assessments" not in visit.text("#export-seen")
    with visit.page.expect_download() as loading:
        visit.page.click("#export-take")
    loading.value.save_as(tmp_path / "got.xlsx")
    visit.says("#export-said", "among this browser's downloads")
    visit.says("#export-register", "Local 12 img src=x onerror=alert(1), copy 1")
    visit.says("#answer", "1 export left the store so far.")
    book = openpyxl.load_workbook(tmp_path / "got.xlsx")
    assert "made for Local 12" in str(book["about"]["A1"].value)
    heads = [cell.value for cell in next(book["people"].iter_rows(max_row=1))]
    assert "phone" in heads
    assert "notes" not in [cell.value for page in book for cell in next(page.iter_rows(max_row=1))]


def test_a_study_shows_what_stays_identifying_before_it_is_downloaded(
    visit: Visit, hall: Served, tmp_path: Path
) -> None:
    visit.open("/export")
    visit.page.fill("#export-whom", "State University")
    assert visit.page.locator("#export-dates").is_hidden()
    visit.page.locator("#export-how label", has_text="pseudonyms").click()
    assert visit.page.locator("#export-extra").is_hidden()
    visit.page.click("#export-look")
    visit.says("#export-seen", "people are the only one")
    with visit.page.expect_download() as loading:
        visit.page.click("#export-take")
    loading.value.save_as(tmp_path / "got.zip")
    names = set(hall.store.workplace().people["name"])
    with ZipFile(tmp_path / "got.zip") as box:
        assert "what-stays-identifying.txt" in box.namelist()
        text = "\n".join(box.read(name).decode() for name in box.namelist())
    assert not [name for name in names if name in text]


def test_an_export_without_a_recipient_is_refused_in_words(visit: Visit) -> None:
    visit.open("/export")
    visit.page.fill("#export-whom", " ")
    visit.page.click("#export-look")
    visit.says("#export-said", "Say who gets it")
    assert visit.page.locator("#export-take").count() == 0


def test_a_person_is_erased_only_by_typing_the_id_and_the_receipt_is_shown(
    visit: Visit, hall: Served, tmp_path: Path
) -> None:
    write_backup(hall.store, str(tmp_path / "may.store"))
    person = hall.store.workplace().people.iloc[3]
    visit.open(f"/person/{person['person_id']}")
    visit.page.click("summary:has-text('Erase for good')")
    visit.page.click("#erase-look")
    visit.says("#erase-plan", "What would go")
    visit.page.fill("#erase-typed", person["name"])
    visit.page.click("#erase-do")
    visit.says("#erase-said", "not the id")
    visit.page.fill("#erase-why", f"{person['name']} asked")
    visit.page.fill("#erase-typed", person["person_id"])
    visit.page.click("#erase-do")
    visit.says("#erase-said", "The reason holds")
    visit.page.fill("#erase-why", "asked to be forgotten")
    visit.page.click("#erase-do")
    visit.says("#answer", "Erased for good.")
    visit.says("#main", "may.store")
    assert person["name"] not in visit.page.content()
    assert person["person_id"] not in hall.store.picture().identity.person_of
    visit.open("/retention")
    visit.says("#main", "of receipt 1")


def test_rules_say_what_would_go_and_go_only_by_the_number(visit: Visit, hall: Served) -> None:
    visit.open("/retention")
    visit.says("#answer", "No rule is set")
    visit.page.select_option("#retention-rule", "notes")
    visit.page.fill("#retention-span", "soon")
    visit.page.click("#retention-set")
    visit.says("#retention-said", "Say how long as a number")
    visit.page.select_option("#retention-rule", "notes")
    visit.page.fill("#retention-span", "30 days")
    visit.page.click("#retention-set")
    visit.says("#retention-said", "Nothing was erased yet.")
    n = plan_retention(hall.store).overdue[0].n
    assert n > 1
    visit.says("#answer", f"{n} things are older than the rules allow.")
    visit.page.fill("#retention-typed", "yes")
    visit.page.click("#retention-apply")
    visit.says("#retention-said", f"Type {n} to confirm")
    assert plan_retention(hall.store).overdue[0].n == n
    visit.page.fill("#retention-typed", str(n))
    visit.page.click("#retention-apply")
    visit.says("#retention-said", "The rules are applied.")
    visit.says("#answer", "Nothing is overdue.")
    assert plan_retention(hall.store).overdue[0].n == 0


def test_a_leak_report_is_made_when_it_is_asked_for(visit: Visit, hall: Served) -> None:
    visit.open("/leaks")
    visit.page.click("#leaks-store")
    visit.says("#answer", "reads none of what it holds.")
    visit.page.click("#leaks-look")
    visit.says("#leaks-found", "Tick the units")
    visit.page.click("summary:has-text('Units of the organizer')")
    visit.page.locator("#leaks-units input").first.check()
    visit.page.click("#leaks-look")
    visit.says("#answer", "An organizer of")
    visit.says("#leaks-found", "phone numbers")
    names = set(hall.store.workplace().people["name"])
    assert not [name for name in names if name in visit.text("#leaks-found")]


@pytest.mark.parametrize("how", [{}, PHONE], ids=["desk, light", "phone, dark"])
def test_the_pages_about_data_can_be_used_by_everybody(visits: Callable[..., Visit], how: dict[str, Any]) -> None:
    if not AXE.exists():
        require("browser", "axe is not installed (npm ci in js/tools)")
    visit = visits(**how)
    for path in PLACES:
        visit.open(path)
        _open_all(visit, path)
        assert serious(visit.page) == [], path
    assert_clean(visit)


def _open_all(visit: Visit, path: str) -> None:
    """Bring all parts of a page to light."""
    shows = {"/export": ("#export-look", "#export-take"), "/leaks": ("#leaks-store", "#leaks-found table")}
    if path in shows:
        button, shown = shows[path]
        visit.page.click(button)
        visit.page.wait_for_selector(shown)
    visit.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def test_nothing_is_cut_or_runs_over_on_a_phone(phone: Visit) -> None:
    for path in PLACES:
        phone.open(path)
        assert phone.page.evaluate("document.documentElement.scrollWidth") == 390, path
        wide = phone.page.evaluate(
            "[...document.querySelectorAll('main button, main input, main select, main textarea')]"
            ".filter(one => one.getClientRects().length && one.getBoundingClientRect().right > 390).map(one => one.id)"
        )
        assert wide == [], path


def test_on_paper_the_numbers_stay_and_the_forms_go(visit: Visit) -> None:
    visit.open("/counts")
    visit.page.emulate_media(media="print")
    assert visit.page.locator(".counted table").is_visible()
    assert not visit.page.locator("nav[aria-label='About data']").is_visible()
    assert not visit.page.locator("#counts-by").is_visible()


@pytest.fixture(scope="module")
def odd_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(_store(tmp_path_factory.mktemp("odd"))) as running:
        yield running


def test_names_and_units_that_are_markup_are_text_here_too(hall_browser: Any, odd_hall: Served) -> None:
    visit = log_in(hall_browser, odd_hall)
    visit.page.on("dialog", lambda dialog: visit.errors.append(f"ran: {dialog.message}"))
    visit.open("/counts")
    visit.page.select_option("#counts-and", "job_class")
    visit.says("#counts-list", UNIT)
    visit.open("/leaks")
    visit.page.click("summary:has-text('Units of the organizer')")
    visit.page.locator("#leaks-units label", has_text="Dock").click()
    visit.page.click("#leaks-look")
    visit.says("#answer", UNIT)
    visit.open("/export")
    visit.page.fill("#export-whom", NAMES[1])
    visit.page.click("#export-look")
    visit.says("#export-seen", "script alert(2) /script Ben")
    visit.open("/person/P%3Cb%3E2%3C%2Fb%3E")
    visit.page.click("summary:has-text('Erase for good')")
    visit.page.click("#erase-look")
    visit.says("#erase-plan", "Type the id P<b>2</b>")
    visit.page.fill("#erase-typed", "P<b>2</b>")
    visit.page.click("#erase-do")
    visit.says("#answer", "Erased for good.")
    assert visit.page.evaluate(_ADDED) == 0
    assert_clean(visit)
