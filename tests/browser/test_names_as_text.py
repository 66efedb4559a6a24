"""Names that are markup are shown as the text they are, wherever they are shown; nothing in them runs."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from shopfloor.service.importing import import_files
from shopfloor.service.opening import create_store
from tests.browser.conftest import Visit, assert_clean, log_in
from tests.dashboard.serving import PASSPHRASE, Served, served

IMG = "<img src=x onerror=alert(1)>"
NAMES = [
    f"Rosa {IMG}",
    "<script>alert(2)</script> Ben",
    '"><svg onload=alert(3)> Mei',
    "{{7*7}} ${7*7} Farid",
    "javascript:alert(4) Inês",
    "</div><iframe srcdoc='<script>parent.alert(5)</script>'></iframe> Kofi",
]
UNIT = f"Dock {IMG}"
INHERITED = "__proto__"
_ADDED = "document.querySelectorAll(\"img[src='x'], svg[onload], iframe, [onerror], main script\").length"


def _store(folder: Path) -> Any:
    ids = [f"P<b>{i}</b>" for i in range(len(NAMES))]
    people = [
        {"person_id": key, "name": name, "department": UNIT, "shift": IMG, "crew": IMG, "job_class": IMG, "phone": IMG}
        for key, name in zip(ids, NAMES, strict=True)
    ]
    people.append({**people[0], "person_id": INHERITED, "name": INHERITED, "shift": INHERITED, "crew": "constructor"})
    talks = [
        {
            "conversation_id": f"t{i}{IMG}",
            "person_id": key,
            "held_on": "2026-05-01",
            "organizer": IMG,
            "named": f"{ids[0]}; <script>alert(6)</script> nobody",
            "assessment": 1 + i % 5,
            "notes": IMG,
            "issues": IMG,
            "channel": IMG,
        }
        for i, key in enumerate(ids)
    ]
    told = [{"person_id": ids[0], "other_id": key, "kind": "friend", "said_by": IMG} for key in [*ids[1:], INHERITED]]
    acts = [
        {
            "action": f"Petition {IMG}",
            "held_on": "2026-05-02",
            "kind": "petition",
            "person_id": key,
            "did": "yes",
            "said": IMG,
        }
        for key in ids
    ]
    tables: dict[str, list[dict[str, Any]]] = {
        "people": people,
        "conversations": talks,
        "connections": told,
        "actions": acts,
    }
    files = [(f"{name}.csv", BytesIO(pd.DataFrame(rows).to_csv(index=False).encode())) for name, rows in tables.items()]
    store = create_store(folder / "names.store", passphrase=PASSPHRASE)
    report = import_files(store, files)
    assert not report.rejected_cells
    return store


@pytest.fixture(scope="module")
def odd_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(_store(tmp_path_factory.mktemp("names"))) as running:
        yield running


@pytest.fixture
def odd(hall_browser: Any, odd_hall: Served) -> Iterator[Visit]:
    visit = log_in(hall_browser, odd_hall)
    visit.page.on("dialog", lambda dialog: visit.errors.append(f"ran: {dialog.message}"))
    yield visit
    assert visit.page.evaluate(_ADDED) == 0
    assert_clean(visit)


@pytest.mark.parametrize(
    "path", ["/", "/leaders", "/grid", "/groups", "/people", "/talk", "/data", "/person/P%3Cb%3E0%3C%2Fb%3E"]
)
def test_names_are_text_on_every_page(odd: Visit, path: str) -> None:
    odd.open(path)
    texts = "document.body.innerText + [...document.querySelectorAll('datalist option')].map(o => o.value)"
    words = "No groups here" if path == "/groups" else "<img src=x onerror=alert(1)>"
    odd.until(lambda: words in odd.page.evaluate(texts), "names are shown")
    odd.page.wait_for_timeout(500)
    assert odd.page.evaluate(_ADDED) == 0
    assert "Traceback" not in odd.page.evaluate(texts)


def test_names_are_text_on_the_map_its_panel_its_table_and_its_tooltips(odd: Visit) -> None:
    odd.open("/map")
    odd.drawn()
    odd.click_map(f"u:{UNIT}")
    odd.says("#map-panel", IMG)
    odd.until(lambda: odd.place("p:P<b>0</b>"), "a person is drawn")
    stage, at = odd.page.locator(".workmap-stage").bounding_box(), odd.place("p:P<b>0</b>")
    assert at is not None
    odd.page.mouse.move(stage["x"] + at["x"], stage["y"] + at["y"])
    odd.page.wait_for_timeout(400)
    assert odd.page.evaluate(_ADDED) == 0
    odd.click_map("p:P<b>0</b>")
    odd.says("#map-panel", NAMES[0])
    odd.says("#map-table", "Rosa")
    odd.page.fill("#map-search", "<img")
    odd.page.wait_for_timeout(900)
    assert odd.page.evaluate(_ADDED) == 0


def test_no_name_and_no_address_changes_what_all_objects_of_the_page_inherit(odd: Visit) -> None:
    inherited = "[Object, Array, String, Function].map(one => Object.getOwnPropertyNames(one.prototype).sort().join())"
    odd.page.goto("about:blank")
    plain = odd.page.evaluate(inherited)
    asked = "__proto__[added]=1&__proto__.added=1&constructor[prototype][added]=1&constructor.prototype.added=1"
    odd.open(f"/map?person=__proto__&show=circle&{asked}")
    odd.drawn()
    odd.click_map("p:__proto__")
    odd.says("#map-panel", INHERITED)
    for path in ("/people", "/grid", "/person/__proto__"):
        odd.open(f"{path}?{asked}")
        odd.until(lambda: INHERITED in odd.page.content(), f"{path} shows her")
        assert odd.page.evaluate(inherited) == plain
        assert odd.page.evaluate("({}).added === undefined")


def test_a_talk_with_markup_is_saved_and_shown_as_text(odd: Visit) -> None:
    odd.open("/talk")
    odd.page.fill("#talk-person", "P<b>1</b>")
    odd.page.fill("#talk-name", "<b onclick>Somebody</b>")
    odd.page.click("#talk-add")
    odd.says("#talk-named", "<b onclick>Somebody</b>")
    odd.page.fill("#talk-notes", NAMES[2])
    odd.page.fill("#talk-organizer", NAMES[1])
    odd.page.click("#talk-save")
    odd.says("#talk-said", "is saved")
    odd.open("/person/P%3Cb%3E1%3C%2Fb%3E")
    odd.says("#main", NAMES[1])
