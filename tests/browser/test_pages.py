"""The other pages in a real Chromium: leaders, a person, adding and correcting, logging a talk, first run, dark."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shopfloor.dashboard.desk import Desk, naming_question
from shopfloor.dashboard.pages import group_choice
from shopfloor.dashboard.parts import title_of
from shopfloor.service.answers import find_person
from shopfloor.service.opening import create_store
from tests.browser.conftest import Visit, assert_clean, log_in
from tests.conftest import ROOT, require
from tests.dashboard.serving import PASSPHRASE, Served, served

PATHS = ("/", "/map", "/leaders", "/groups", "/people", "/talk", "/data")
UNDER_LEADERS = ("/grid", "/next", "/changes")
AXE = ROOT / "js" / "tools" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def leader(hall: Served) -> dict[str, Any]:
    return dict(Desk(hall.store).ranking().rows.iloc[0])


@pytest.fixture(scope="module")
def empty_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store = create_store(tmp_path_factory.mktemp("new") / "new.store", passphrase=PASSPHRASE)
    with served(store) as running:
        yield running


def test_every_place_of_the_bar_answers_with_a_sentence(visit: Visit) -> None:
    for path in (*PATHS, *UNDER_LEADERS):
        visit.open(path)
        assert visit.text("#answer").endswith((".", "yet."))
        assert visit.page.locator(".bar [aria-current]").count() == 1
        assert visit.page.title() == title_of(path)
        assert visit.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert visit.page.evaluate("document.documentElement.lang") == "en"
    assert len({title_of(path) for path in (*PATHS, *UNDER_LEADERS)}) == len({*PATHS, *UNDER_LEADERS})


def test_a_row_of_the_leaders_gives_the_reasons_and_the_name_leads_to_the_page(
    visit: Visit, leader: dict[str, Any]
) -> None:
    visit.open("/leaders?measure=named_by")
    visit.says("#leaders-why", f"Why {leader['name']}")
    visit.says("#leaders-why", f"Named by {leader['named_by']:.0f} of")
    second = visit.page.locator("#leaders-grid .ag-row[row-index='1']")
    name = second.locator("a").inner_text()
    second.locator("[col-id=asked]").click()
    visit.says("#leaders-why", f"Why {name}")
    second.locator("a").click()
    visit.says("#answer", name)
    assert "/person/" in visit.page.url


def test_the_list_draws_places_and_gives_the_reasons_of_the_one_that_is_chosen(visit: Visit) -> None:
    visit.open("/leaders")
    visit.until(lambda: visit.page.locator(".leaders .places").count() > 2, "places are drawn")
    visit.says("#answer", "in the top 5")
    rows = visit.page.locator(".leaders tbody tr:not(.not-known)")
    third = rows.nth(2)
    assert "place" in third.locator(".places").get_attribute("aria-label")
    name = third.locator("th a").inner_text()
    button = third.get_by_role("button", name=f"Why {name}")
    button.focus()
    visit.page.keyboard.press("Enter")
    visit.says("#leaders-why", f"Why {name}")
    bars = [one.bounding_box() for one in visit.page.locator(".leaders .interval").all()]
    tracks = [one.bounding_box() for one in visit.page.locator(".leaders .places").all()]
    for bar, track in zip(bars, tracks, strict=True):
        assert track["x"] - 1 <= bar["x"] < bar["x"] + bar["width"] <= track["x"] + track["width"] + 1
    visit.page.select_option("#leaders-unit", "Packing")
    words = ("We cannot tell", "of Packing.")
    visit.until(lambda: any(word in visit.text("#answer") for word in words), "Packing is chosen")


def test_the_grid_is_drawn_under_the_strict_policy_and_follows_the_theme(visit: Visit) -> None:
    visit.open("/grid")
    visit.until(lambda: visit.page.locator(".chart-light .main-svg").count(), "the chart is drawn")
    assert visit.page.locator(".chart-light").is_visible()
    assert not visit.page.locator(".chart-dark").is_visible()
    visit.page.select_option("#theme", "dark")
    assert visit.page.locator(".chart-dark").is_visible()
    assert not visit.page.locator(".chart-light").is_visible()
    visit.page.select_option("#theme", "")


def test_a_next_talk_leads_to_the_form_with_the_person_filled_in(visit: Visit) -> None:
    visit.open("/next")
    visit.says("#answer", "Talk to ")
    first = visit.page.locator("#next-list tbody tr").first
    name = first.locator("th a").inner_text()
    visit.page.locator("#next-aim label", has_text="Hear every unit").click()
    visit.says("#rests", "To hear every")
    visit.page.locator("#next-aim label", has_text="Settle who leads").click()
    visit.says("#rests", "To settle the top")
    visit.page.locator("#next-organizer").select_option(index=1)
    visit.says("#rests", "Whom this organizer can reach come first")
    visit.page.locator("#next-organizer").select_option(index=0)
    visit.until(lambda: "this organizer" not in visit.text("#rests"), "any of us can reach them again")
    first.get_by_role("link", name="Log a talk").click()
    visit.until(lambda: visit.page.locator("#talk-person").count(), "the form is there")
    assert name in visit.page.locator("#talk-person").input_value()


def test_the_overview_begins_with_the_same_next_talk(visit: Visit) -> None:
    visit.open("/next")
    visit.says("#answer", "Talk to ")
    name = visit.page.locator("#next-list tbody tr th a").first.inner_text()
    visit.open("/")
    visit.says("#overview-next li a", name)


def test_a_measure_that_would_mislead_is_refused_in_words(visit: Visit) -> None:
    visit.open("/leaders")
    visit.page.select_option("#leaders-measure", "betweenness")
    visit.says("#answer", "Cannot tell yet.")
    visit.says("#leaders-list", "Ask ")
    assert "--" not in visit.text("#leaders-list")
    visit.page.locator("#leaders-layer label", has_text="told to us").click()
    visit.says("#answer", "told to us")


def test_what_a_place_rests_on_is_worked_out_when_asked_and_names_who_said_so(visit: Visit, hall: Served) -> None:
    desk = Desk(hall.store)
    ranking = desk.leaders(desk.ask(naming_question()))
    assert ranking is not None
    visit.open(f"/person/{ranking.rows['person_id'].iloc[0]}")
    visit.says("#why-body", f"{ranking.rows['name'].iloc[0]}: ")
    visit.says("#why-body", "is left out once")
    visit.page.click("#why-again")
    visit.until(lambda: "Rests on" in visit.text("#why-body"), "what it rests on is there", patience=60)
    said = visit.text("#why-body")
    assert "Without " in said
    ids = set(desk.workplace().people["person_id"])
    assert not ids & set(said.replace(":", " ").replace(".", " ").split())


def test_contact_details_are_hidden_until_asked_for(visit: Visit, hall: Served) -> None:
    details = hall.store.snapshot(["contact_details"]).tables["contact_details"].to_pylist()
    someone = next(row for row in details if row["phone"])
    visit.open(f"/person/{someone['person_id']}")
    assert someone["phone"] not in visit.page.content()
    visit.page.click("#person-show")
    visit.says("#person-details", someone["phone"])


def test_every_fact_on_a_persons_page_has_an_author_and_a_date(visit: Visit, leader: dict[str, Any]) -> None:
    visit.open(f"/person/{leader['person_id']}")
    rows = visit.page.locator("section:has(#person-show) tbody tr").all_inner_texts()
    assert len(rows) >= 4
    assert all("people.csv, 20" in row for row in rows)


def test_a_person_is_added_found_and_corrected(visit: Visit, hall: Served) -> None:
    visit.open("/people")
    visit.page.click("#new-save")
    visit.says("#new-said", "needs an id and a name")
    visit.page.fill("#new-person_id", "X901")
    visit.page.fill("#new-name", "Inês Novak")
    visit.page.click("#new-save")
    visit.says("#new-said", "Added Inês Novak")
    visit.page.fill("#people-search", "Novak")
    visit.page.locator("#people-grid a", has_text="Inês Novak").click()
    visit.says("#answer", "Inês Novak")
    visit.page.locator("summary", has_text="Correct something").click()
    visit.page.fill("#known-department", "Dock")
    visit.page.click("#known-save")
    visit.says("#known-said", "Saved: department")
    assert find_person(hall.store, "X901")[0].facts["department"] == "Dock"


def test_a_talk_is_logged_and_unknown_names_become_mentions(visit: Visit, hall: Served, leader: dict[str, Any]) -> None:
    visit.open("/talk")
    visit.page.fill("#talk-notes", "Keeps the radio on.")
    visit.page.click("#talk-save")
    visit.says("#talk-said", "Say who")
    assert visit.page.locator("#talk-notes").input_value() == "Keeps the radio on."
    someone = hall.store.workplace().people["person_id"].iloc[-1]
    visit.page.fill("#talk-person", someone)
    visit.page.fill("#talk-name", f"{leader['name']} ({leader['person_id']})")
    visit.page.click("#talk-add")
    visit.says("#talk-named", str(leader["name"]))
    visit.page.fill("#talk-name", "the one with the whistle")
    visit.page.press("#talk-name", "Enter")
    visit.says("#talk-named", "whistle")
    visit.page.locator("#talk-assessment label", has_text="2 for us").click()
    visit.page.locator("#talk-channel label", has_text="phone").click()
    visit.page.click("#talk-save")
    visit.says("#talk-said", "is saved. 1 name could not be matched")
    assert visit.page.locator("#talk-person").input_value() == ""
    found = find_person(hall.store, someone)[0]
    assert found.assessments[0]["assessment"] == 2
    assert found.conversations[0]["channel"] == "phone"
    assert [one["person_id"] for one in found.named["people"]] == [leader["person_id"]]
    assert found.named["n_named"] == 2


def test_an_empty_store_says_how_to_begin(hall_browser: Any, empty_hall: Served) -> None:
    visit = log_in(hall_browser, empty_hall)
    visit.says("#answer", "Nothing is loaded yet.")
    visit.says("#main", "person_id, name")
    for path in (*PATHS, *UNDER_LEADERS):
        visit.open(path)
        assert visit.text("#trouble") == ""
    assert_clean(visit)


def test_what_is_not_there_is_said(visit: Visit) -> None:
    visit.open("/nowhere")
    assert visit.text("#answer") == "There is no such page."
    visit.open("/person/nobody")
    assert visit.text("#answer") == "There is nobody with that id."


def test_a_browser_without_a_session_is_told_where_the_link_is(visits: Callable[..., Visit]) -> None:
    visit = visits()
    visit.open("/leaders")
    visit.page.context.clear_cookies()
    visit.page.locator("#leaders-layer label", has_text="told to us").click()
    visit.says("#trouble", "Nobody is logged in here.")
    visit.page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(visits: Callable[..., Visit], leader: dict[str, Any], scheme: str) -> None:
    if not AXE.exists():
        require("browser", f"axe is not installed (npm ci in {AXE.parents[2].relative_to(ROOT)})")
    visit = visits(color_scheme=scheme)
    ground = {"light": "rgb(250, 248, 244)", "dark": "rgb(22, 21, 15)"}[scheme]
    found: list[tuple[str, str, str]] = []
    for path in (*PATHS, *UNDER_LEADERS, f"/map?person={leader['person_id']}", f"/person/{leader['person_id']}"):
        visit.open(path)
        if path.startswith("/map"):
            visit.drawn()
        assert visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == ground
        found += [(path, *one) for one in serious(visit.page)]
    assert found == []
    assert_clean(visit)


def serious(page: Any) -> list[tuple[str, str]]:
    """Return what axe finds serious or critical: rule and the first place."""
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    results = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (one["id"], one["nodes"][0]["html"][:160])
        for one in results["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def test_print_is_black_and_white_without_the_controls(visit: Visit) -> None:
    visit.open("/map")
    visit.drawn()
    visit.page.emulate_media(media="print")
    assert not visit.page.locator(".bar").is_visible()
    assert not visit.page.locator("#map-search").is_visible()
    assert visit.page.locator("#answer").is_visible()
    assert visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"


def test_the_skip_link_and_the_focus_can_be_seen(visit: Visit) -> None:
    visit.open("/people")
    visit.page.evaluate("document.activeElement.blur()")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.className") == "skip"
    assert visit.page.evaluate("getComputedStyle(document.activeElement).boxShadow") != "none"
    assert visit.page.locator(".skip").bounding_box()["x"] >= 0


def ground(visit: Visit) -> str:
    return str(visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def test_light_or_dark_is_chosen_and_remembered_from_the_first_byte(visits: Callable[..., Visit]) -> None:
    visit = visits(color_scheme="light")
    visit.open("/leaders")
    assert ground(visit) == "rgb(250, 248, 244)"
    visit.page.select_option("#theme", "dark")
    visit.until(lambda: ground(visit) == "rgb(22, 21, 15)", "the page is dark")
    markup = visit.page.context.request.get(f"{visit.address}/groups").text()
    assert '<html lang="en" data-theme="dark">' in markup
    visit.open("/map")
    visit.drawn()
    assert ground(visit) == "rgb(22, 21, 15)"
    assert visit.page.evaluate("window.__network.map.theme()") == "#16150f"
    assert [cookie["value"] for cookie in visit.page.context.cookies() if cookie["name"] == "shopfloor_theme"] == [
        "dark"
    ]
    assert visit.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    visit.page.select_option("#theme", "")
    visit.open("/people")
    assert ground(visit) == "rgb(250, 248, 244)"
    assert_clean(visit)


def test_a_theme_that_is_none_changes_nothing(visit: Visit) -> None:
    forged = {"name": "shopfloor_theme", "value": 'x"><script>', "url": visit.address}
    visit.page.context.add_cookies([forged])
    assert '<html lang="en">' in visit.page.context.request.get(f"{visit.address}/").text()


def test_supervisors_and_people_who_left_are_listed_when_asked_for(visit: Visit, hall: Served) -> None:
    desk = Desk(hall.store)
    visit.open("/leaders")
    visit.says("#rests", "Supervisors and people who left are not listed.")
    visit.page.get_by_label("people who left").check()
    n_people = desk.ranking(include=("left",)).about["coverage"]["n_people"]
    visit.says("#rests", f"of {n_people} people asked")
    visit.says("#rests", "People who left are listed too. Supervisors are not")
    visit.open("/groups")
    visit.page.get_by_label("supervisors").check()
    found = desk.groups(include=("supervisors",))
    visit.says("#rests", f"of {found.about['coverage']['n_people']} asked")
    visit.until(
        lambda: visit.page.locator("#groups-list section").first.locator("tbody tr").count() == len(found.rows),
        "the groups are redrawn",
    )


def test_many_groups_begin_with_the_largest_and_others_are_found(
    visit: Visit, hall: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Desk(hall.store).groups()
    last = found.rows.iloc[-1]
    visit.open("/groups")
    rows = visit.page.locator("#groups-list section").first.locator("tbody tr")
    visit.until(lambda: rows.count() == len(found.rows), "the groups are there", patience=90)
    assert not visit.page.locator("#groups-find").is_visible()
    monkeypatch.setattr(group_choice, "MOST_IN_FULL", 1)
    monkeypatch.setitem(group_choice._ROWS, "20", 2)
    visit.open("/groups")
    visit.says("#groups-shown", f"The 2 largest of {len(found.rows)} groups are shown.")
    assert rows.count() == 2
    visit.page.keyboard.press("/")
    visit.page.keyboard.type(last["members"][0])
    visit.says("#groups-shown", "Found in 1 of")
    assert last["name"] in visit.text("#groups-list tbody tr")
    visit.page.keyboard.press("Control+A")
    visit.page.keyboard.press("Delete")
    visit.says("#groups-shown", "The 2 largest")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("ArrowLeft")
    visit.says("#groups-shown", f"All {len(found.rows)} groups are shown.")
    assert rows.count() == len(found.rows)


@pytest.mark.parametrize("path", [*PATHS, *UNDER_LEADERS, "/map?unit=Packing", "/map?show=people", "person"])
def test_nothing_is_wider_than_a_phone(visits: Callable[..., Visit], leader: dict[str, Any], path: str) -> None:
    visit = visits(viewport={"width": 390, "height": 844})
    visit.open(f"/person/{leader['person_id']}" if path == "person" else path)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visit.page.locator(".dock").is_visible()
    for cell in visit.page.locator(".stack td:visible").all()[:40]:
        box = cell.bounding_box()
        assert box["x"] + box["width"] <= 390
    assert_clean(visit)


def test_a_printed_list_has_all_its_rows_and_no_controls(visit: Visit, hall: Served) -> None:
    visit.open("/leaders?measure=named_by")
    visit.page.wait_for_selector("#leaders-grid .ag-row")
    n_rows = int((Desk(hall.store).ranking().rows["score"] > 0).sum())
    visit.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    visit.page.emulate_media(media="print")
    assert visit.page.locator(".only-print tbody tr").count() == n_rows
    assert visit.page.locator(".only-print").is_visible()
    assert not visit.page.locator("#leaders-grid").is_visible()
    assert not visit.page.locator("#theme").is_visible()
    assert visit.page.locator("#rests").is_visible()
    visit.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert visit.page.locator(".only-print").count() == 0


def test_a_dark_page_is_printed_light(visits: Callable[..., Visit]) -> None:
    visit = visits(color_scheme="dark")
    visit.open("/map")
    visit.drawn()
    visit.page.select_option("#theme", "dark")
    visit.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert visit.page.evaluate("window.__network.map.theme()") == "#fff"
    visit.page.emulate_media(media="print")
    assert ground(visit) == "rgb(255, 255, 255)"
    assert visit.page.locator("#map-legend").is_visible()
    visit.page.emulate_media(media="screen")
    visit.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    visit.until(lambda: visit.page.evaluate("window.__network.map.theme()") == "#16150f", "the map is dark again")
    assert_clean(visit)


def test_who_said_something_is_named_and_leads_to_the_id(visit: Visit, hall: Served) -> None:
    names = dict(hall.store.workplace().people[["person_id", "name"]].to_numpy().tolist())
    talks = hall.store.snapshot(["conversation"]).tables["conversation"].to_pylist()
    talk = next(row for row in talks if row["organizer"] in names and row["person_id"] in names)
    visit.open(f"/person/{talk['person_id']}")
    link = visit.page.locator(f"section:has(h2:has-text('Talks')) a[href='/person/{talk['organizer']}']").first
    assert link.inner_text() == names[talk["organizer"]]
    assert link.get_attribute("title") == f"Id {talk['organizer']}"
    link.click()
    visit.says("#rests", f"Id {talk['organizer']}.")


def test_an_empty_map_list_and_groups_say_the_next_step(hall_browser: Any, empty_hall: Served) -> None:
    visit = log_in(hall_browser, empty_hall)
    for path in ("/map", "/leaders", "/groups"):
        visit.open(path)
        assert visit.page.locator("#main a", has_text="Load a file").get_attribute("href") == "/data"
    assert_clean(visit)
