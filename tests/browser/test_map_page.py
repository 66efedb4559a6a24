"""The map page in a real Chromium: open a unit, choose a person, her circle, filters, time, table and map together."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.map_data import MapData
from shopfloor.service.importing import import_files
from shopfloor.service.opening import create_store
from tests.browser.conftest import Visit, assert_clean, log_in
from tests.dashboard.serving import PASSPHRASE, Served, demo_store, served


@pytest.fixture(scope="module")
def data(hall: Served) -> MapData:
    return Desk(hall.store).map_data()


@pytest.fixture(scope="module")
def unit(data: MapData) -> str:
    return str(data.people["unit"].value_counts().index[0])


@pytest.fixture(scope="module")
def most_named(data: MapData) -> dict[str, Any]:
    return dict(data.people.sort_values("named_by", ascending=False).iloc[0])


def chosen_row(visit: Visit) -> str:
    return visit.text("#map-grid .ag-row-selected")


def test_a_click_opens_a_unit_and_another_chooses_a_person(visit: Visit, unit: str, data: MapData) -> None:
    visit.open("/map")
    visit.drawn()
    visit.click_map(f"u:{unit}")
    visit.says("#map-panel", unit)
    inside = data.people[data.people["unit"] == unit].sort_values("named_by", ascending=False).iloc[0]
    visit.says("#map-grid", inside["name"])
    visit.click_map(f"p:{inside['person_id']}")
    visit.says("#map-panel", f"Who of ours can reach {inside['name']}")
    assert inside["name"] in visit.text("#answer")
    visit.until(lambda: inside["name"] in chosen_row(visit), "the table shows the choice")


def test_the_panel_does_not_move_the_map(visit: Visit, unit: str) -> None:
    visit.open("/map")
    visit.drawn()
    before = visit.page.locator(".workmap").bounding_box()
    visit.click_map(f"u:{unit}")
    visit.says("#map-panel", "Close this unit")
    assert visit.page.locator(".workmap").bounding_box() == before


def test_a_row_of_the_table_opens_a_unit_and_chooses_a_person(visit: Visit, unit: str, data: MapData) -> None:
    visit.open("/map")
    visit.drawn()
    visit.page.get_by_role("gridcell", name=unit, exact=True).click()
    visit.says("#map-panel", "Close this unit")
    first = visit.page.locator("#map-grid .ag-center-cols-container .ag-row").first
    visit.says("#map-grid", "Ties known")
    name = first.locator("[col-id=name]").inner_text()
    first.click()
    visit.says("#map-panel", f"Who of ours can reach {name}")
    person_id = data.people.loc[data.people["name"] == name, "person_id"].iloc[0]
    visit.until(lambda: visit.place(f"p:{person_id}"), "the person is on the map")


def test_search_finds_one_person_among_her_people_and_close_all_goes_back(
    visit: Visit, most_named: dict[str, Any]
) -> None:
    visit.open("/map")
    visit.drawn()
    start = visit.text("#answer")
    visit.page.keyboard.press("/")
    visit.page.keyboard.type(str(most_named["person_id"]))
    visit.says("#map-panel", f"Who of ours can reach {most_named['name']}")
    assert visit.page.evaluate("window.__network.map.counts().nodes") > 12
    visit.page.fill("#map-search", "")
    visit.page.click("#map-close")
    visit.says("#answer", start)


def test_the_circle_holds_the_tied_people_and_escape_leads_back(visit: Visit, most_named: dict[str, Any]) -> None:
    visit.open(f"/map?person={most_named['person_id']}")
    visit.drawn()
    visit.page.get_by_role("button", name="Only this circle").click()
    visit.until(lambda: visit.page.locator("#map-level input[value=circle]").is_checked(), "the circle")
    said = visit.text("#map-panel h2.thin >> nth=1 >> small")
    n_tied = int(said.partition(";")[0])
    visit.until(lambda: visit.page.evaluate("window.__network.map.counts().nodes") == n_tied + 1, "the circle is drawn")
    stage = visit.page.locator(".workmap-stage")
    stage.press("Escape")
    visit.until(lambda: visit.page.locator("#map-level input[value=units]").is_checked(), "back to the units")


def test_filters_let_through_whom_they_say(visit: Visit, data: MapData) -> None:
    shift = str(data.people["shift"].value_counts().index[0])
    n_shift = int((data.people["shift"] == shift).sum())
    visit.open("/map")
    visit.drawn()
    visit.page.locator("#map-shifts label", has_text=shift).click()
    visit.says("#rests", f"You see {n_shift} of {len(data.people)} people")
    visit.page.locator("summary", has_text="Where they stand").click()
    visit.page.locator("#map-stands label", has_text="not assessed").click()
    n_both = int(((data.people["shift"] == shift) & (data.people["assessment"] == 0)).sum())
    visit.says("#rests", f"You see {n_both} of {len(data.people)} people")
    visit.page.locator("summary", has_text="Named by").click()
    visit.page.locator("#map-influence label", has_text="named by nobody so far").click()
    is_neither = (data.people["shift"] == shift) & (data.people["assessment"] == 0) & (data.people["named_by"] == 0)
    visit.says("#rests", f"You see {int(is_neither.sum())} of {len(data.people)} people")
    visit.page.keyboard.press("Escape")
    assert visit.page.locator("details.filter-box[open]").count() == 0


def test_a_layer_changes_the_lines_and_not_the_people(visit: Visit, data: MapData) -> None:
    visit.open("/map")
    visit.drawn()
    visit.page.locator("summary", has_text="Ties").click()
    visit.page.locator("#map-layers label", has_text="told to us").click()
    visit.says("#rests", "ties (named)")
    assert f"of {len(data.people)} asked" in visit.text("#rests")


def test_the_time_slider_goes_back_and_moves_no_unit(visit: Visit, unit: str) -> None:
    visit.open("/map")
    visit.drawn()
    place = visit.place(f"u:{unit}")
    newest = visit.text("#map-as-of")
    visit.page.locator("#map-weeks").focus()
    for _ in range(4):
        visit.page.keyboard.press("ArrowLeft")
    visit.until(lambda: visit.text("#map-as-of") != newest, "an earlier day")
    visit.until(lambda: visit.place(f"u:{unit}") == pytest.approx(place), "the same place")


def test_discs_can_be_social_groups_and_a_group_leads_there(visit: Visit) -> None:
    visit.open("/groups")
    visit.until(lambda: visit.page.locator("#groups-list tbody tr").count(), "the groups are there", patience=90)
    visit.page.get_by_role("link", name="See them on the map").click()
    visit.drawn()
    assert visit.page.locator("#map-group-by").input_value() == "group"
    assert "units" in visit.text("#map-panel")


def test_everything_is_reached_by_keyboard(visit: Visit) -> None:
    visit.open("/map")
    visit.drawn()
    visit.page.locator("#map-panel button").first.focus()
    visit.page.keyboard.press("Enter")
    visit.says("#map-panel", "Close this unit")
    visit.page.locator(".workmap-stage").press("Escape")
    visit.says("#map-panel", "Least known first")


def test_without_webgl_the_table_and_a_notice_take_the_place_of_the_map(chromium: Any, hall: Served) -> None:
    blind = chromium("--disable-3d-apis")
    visit = log_in(blind, hall)
    visit.open("/map")
    visit.says(".workmap-missing", "in the table")
    visit.page.locator("#map-grid .ag-center-cols-container .ag-row").first.click()
    visit.says("#map-panel", "Close this unit")
    assert_clean(visit)
    blind.close()


def test_on_a_phone_the_map_is_the_list_of_its_units(visits: Callable[..., Visit]) -> None:
    visit = visits(viewport={"width": 390, "height": 844}, has_touch=True)
    for path in ("/", "/map", "/leaders", "/groups", "/people", "/talk", "/data"):
        visit.open(path)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert visit.page.locator(".dock a").count() == 4
    visit.open("/map")
    assert not visit.page.locator(".workmap").is_visible()
    first = visit.page.locator("#map-panel button").first
    panel, table = visit.page.locator("#map-panel").bounding_box(), visit.page.locator("#map-table").bounding_box()
    assert panel["y"] < table["y"]
    first.click()
    visit.says("#map-panel", "Most named here")
    assert_clean(visit)


@pytest.mark.slow
def test_five_thousand_people_are_drawn_soon(hall_browser: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    with served(demo_store(tmp_path_factory.mktemp("large"), people=5000)) as hall:
        visit = log_in(hall_browser, hall)
        for path in ("/map", "/leaders", "/people", "/groups"):
            visit.open(path)
        visit.open("/map")
        visit.drawn()
        drawn_ms = visit.page.evaluate("window.__network.map.drawnAt")
        visit.page.locator("#map-level label", has_text="Everybody").click()
        visit.says("#map-notice", "at once hide more than they show")
        visit.until(lambda: visit.page.evaluate("window.__network.map.counts().nodes") > 4000, "everybody")
        assert_clean(visit)
    assert drawn_ms < 10_000, "two seconds on an idle machine; five times that on a busy one"


def test_on_a_phone_everything_that_the_map_offers_waits_behind_a_button(visits: Callable[..., Visit]) -> None:
    visit = visits(viewport={"width": 390, "height": 844})
    visit.open("/map")
    offered = ["#map-level", "#map-shifts", "#map-group-by", "#map-weeks", "#map-include"]
    assert not any(visit.page.locator(one).is_visible() for one in offered)
    button = visit.page.get_by_role("button", name="What the map shows")
    button.click()
    assert all(visit.page.locator(one).is_visible() for one in offered)
    assert button.get_attribute("aria-expanded") == "true"
    visit.page.select_option("#map-group-by", "shift")
    visit.says("#map-panel", "night")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    button.click()
    assert not visit.page.locator("#map-level").is_visible()
    assert_clean(visit)


def test_supervisors_and_people_who_left_come_onto_the_map_when_asked_for(visit: Visit, hall: Served) -> None:
    people = hall.store.workplace().people
    boss = people[people["is_supervisor"] & ~people["has_left"]].iloc[0]
    visit.open("/map")
    visit.drawn()
    visit.page.get_by_label("supervisors").check()
    n_people = len(Desk(hall.store).map_data(include=("supervisors",)).people)
    visit.says("#answer", f"of {n_people}.")
    visit.open(f"/map?person={boss['person_id']}&with=supervisors")
    visit.says("#map-panel", f"{boss['name']}")
    visit.says("#map-panel", "supervisor")


def test_an_open_unit_of_a_thousand_people_is_drawn_in_a_moment(
    hall_browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("thousand")
    rows = "".join(f"{n},Ana Ruiz {n},Assembly,days\n" for n in range(1000))
    (folder / "people.csv").write_text(f"person_id,name,department,shift\n{rows}", encoding="utf-8")
    store = create_store(folder / "thousand.store", passphrase=PASSPHRASE)
    import_files(store, [("people.csv", folder / "people.csv")])
    with served(store) as running:
        visit = log_in(hall_browser, running)
        visit.open("/map")
        visit.drawn()
        start = time.monotonic()
        visit.page.locator("#map-panel button", has_text="Assembly").click()
        visit.until(lambda: visit.page.evaluate("window.__network.map.counts().nodes") == 1000, "the unit is open")
        assert time.monotonic() - start < 5  # about half a second on an idle machine
        assert_clean(visit)
