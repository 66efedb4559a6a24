"""A team in a real Chromium: invited, joined, logged in by a code, seeing one's own units only, logged out."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest

from shopfloor.dashboard.serving import Listening, serve_team
from shopfloor.service.clock import Clock
from shopfloor.service.door import Door, open_door
from tests.browser.conftest import _WATCH, Visit, assert_clean
from tests.browser.test_pages import AXE
from tests.conftest import require
from tests.security.hall import PASSPHRASE, PASSWORD, make_store
from tests.service.team import Campaign, draw_campaign

PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


@dataclass(frozen=True)
class Team:
    """A running dashboard with accounts."""

    door: Door
    address: str
    campaign: Campaign
    clock: "AheadClock"


class AheadClock(Clock):
    """The machine's clock, set ahead."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        """Return the time."""
        return super().now() + self.ahead


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Team:
    campaign = draw_campaign(5)
    place = make_store(tmp_path_factory.mktemp("team") / "team.store", campaign)
    clock = AheadClock()
    door, said, ready = open_door(place, passphrase=PASSPHRASE, clock=clock), [], threading.Event()

    def say(line: str) -> None:
        said.append(line)
        ready.set()

    threading.Thread(target=serve_team, args=(door, Listening()), kwargs={"say": say}, daemon=True).start()
    assert ready.wait(20), "the dashboard did not start"
    found = re.search(r"http://\S+", said[0])
    assert found is not None
    return Team(door, found[0], campaign, clock)


@pytest.fixture
def guests(hall_browser: Any, team: Team) -> Iterator[Callable[..., Visit]]:
    """Return a maker of browsers that nobody is logged in with; nothing on any page was blocked or failed."""
    made: list[Visit] = []

    def guest(**how: Any) -> Visit:
        page = hall_browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **how}).new_page()
        visit = Visit(page, team.address)
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.on("request", lambda request: visit.asked.add(urlsplit(request.url).netloc))
        page.on("response", lambda answer: visit.failed.append(answer.url) if answer.status >= 500 else None)
        page.on("dialog", lambda dialog: visit.errors.append(f"dialog: {dialog.message}"))
        page.add_init_script(_WATCH)
        made.append(visit)
        return visit

    yield guest
    for visit in made:
        assert_clean(visit)


def enter(visit: Visit, name: str, password: str = PASSWORD, code: str = "") -> None:
    """Fill in the log-in."""
    visit.page.fill("#name", name)
    visit.page.fill("#password", password)
    visit.page.fill("#code", code)
    visit.page.click("main button[type=submit]")


def logged_in(guests: Callable[..., Visit], name: str, **how: Any) -> Visit:
    visit = guests(**how)
    visit.page.goto(f"{visit.address}/login")
    enter(visit, name)
    visit.page.wait_for_selector(".me")
    return visit


def hidden_on(visit: Visit, words: list[str]) -> list[str]:
    """Return the words that a page holds, seen or unseen."""
    text = visit.page.content()
    return [word for word in words if word in text]


def test_invited_joined_and_logged_in_with_a_code(guests: Callable[..., Visit]) -> None:
    admin = logged_in(guests, "Ada")
    admin.page.click("text=Accounts")
    admin.page.fill("#invite-name", "Nia")
    admin.page.locator("section.c4 input[value=organizer]").check()
    admin.page.fill("#invite-units", "Press")
    admin.page.click("text=Make the invitation")
    found = re.search(r"http://\S+/join\?\S+", admin.text("main"))
    assert found is not None
    nia = guests(**PHONE)
    nia.page.goto(found[0])
    assert "organizer" in nia.text("#answer")
    assert "Nia" in nia.text("main")
    nia.page.fill("#password", "amber canoe motel fifty")
    nia.page.fill("#again", "amber canoe motel fifty")
    nia.page.click("text=Join >> visible=true >> nth=-1")
    nia.page.fill("#password", "amber canoe motel fifty")
    nia.page.click("text=Set it up >> visible=true >> nth=-1")
    assert nia.page.locator(".qr svg path").count() == 2
    otp = pyotp.TOTP(nia.text(".secret"))
    nia.page.fill("#code", otp.now())
    nia.page.click("text=It works from now on")
    nia.says("main", "counts from now on")
    nia.page.click("text=Log out")
    nia.says("#answer", "You are logged out.")
    nia.page.goto(f"{nia.address}/people")
    assert nia.page.url.endswith("/login?next=%2Fpeople")
    enter(nia, "Nia", "amber canoe motel fifty")
    nia.says("main", "does not fit")
    enter(nia, "Nia", "amber canoe motel fifty", otp.at(time.time() + 30))
    nia.until(lambda: nia.page.url.endswith("/people"), "leads back to the people")
    nia.says("#answer", "people on our lists")
    assert nia.page.locator(".me").inner_text().startswith("Nia, organizer")


@pytest.mark.parametrize("path", ["/", "/map", "/leaders", "/grid", "/next", "/groups", "/people", "/talk", "/data"])
def test_an_organizer_sees_her_units_only(guests: Callable[..., Visit], team: Team, path: str) -> None:
    olga = logged_in(guests, "Olga")
    olga.open(path)
    olga.until(lambda: olga.page.locator("#answer").count(), path)
    olga.page.wait_for_timeout(300)
    assert not hidden_on(olga, team.campaign.words_outside("Paint"))


def test_her_own_people_are_there_and_others_are_not(guests: Callable[..., Visit], team: Team) -> None:
    olga, units = logged_in(guests, "Olga"), team.campaign.unit_of
    own = next(person for person, unit in units.items() if unit == "Paint")
    other = next(person for person, unit in units.items() if unit == "Press")
    olga.open(f"/person/{own}")
    olga.says("#answer", team.campaign.own_words[own][1])
    assert not hidden_on(olga, team.campaign.words_outside("Paint"))
    olga.open(f"/person/{other}")
    olga.says("#answer", "There is nobody with that id.")
    olga.open(f"/map?unit=Paint&person={own}&show=circle")
    olga.drawn()
    assert not hidden_on(olga, team.campaign.words_outside("Paint"))
    olga.page.goto(f"{olga.address}/admin/audit")
    assert "read who did what" in olga.text("main")


def test_a_researcher_and_an_admin_get_no_people_and_the_pages_they_need(
    guests: Callable[..., Visit], team: Team
) -> None:
    bars = {"Ria": ["Overview", "Counts", "Data"], "Adam": ["Overview", "Data"]}
    for name, links in (("Ria", []), ("Adam", ["Accounts", "Audit"])):
        visit = logged_in(guests, name)
        visit.says("#answer", "Your account sees no people.")
        assert visit.page.locator(".bar nav a").all_inner_texts() == bars[name]
        assert [
            text for text in visit.page.locator(".me a").all_inner_texts() if text in ("Accounts", "Audit")
        ] == links
        for path in ("/people", "/map", "/leaders", "/data", "/counts", "/export", "/retention", "/leaks"):
            visit.open(path)
            assert not hidden_on(visit, team.campaign.words_outside())


def test_a_researcher_counts_workers_and_is_told_what_is_hidden(guests: Callable[..., Visit], team: Team) -> None:
    ria = logged_in(guests, "Ria", **PHONE)
    ria.page.locator("main a", has_text="Counts of workers").click()
    ria.says("#answer", "About 25 workers, by department.")
    ria.says("#main", "Fewer than 5 people are never counted.")
    ria.page.select_option("#counts-and", "job_class")
    ria.says("#answer", "by department and job.")
    ria.says("#counts-list", "not shown")
    assert not hidden_on(ria, team.campaign.words_outside())
    assert _serious(ria.page) == []
    ria.open("/data")
    assert ria.page.locator("#same").is_hidden()
    assert "Who is meant?" not in ria.text("#main")
    assert "somebody else" in ria.text("#keeping")
    assert ria.page.locator("#keeping button").count() == 0, "what others loaded is not hers to undo"


def test_who_was_logged_out_by_an_admin_is_told_at_the_next_click_and_comes_back(
    guests: Callable[..., Visit], team: Team
) -> None:
    otto, admin = logged_in(guests, "Otto"), logged_in(guests, "Ada")
    otto.page.clock.install()
    with otto.page.expect_response("**/session"):  # and again in a minute
        otto.open("/talk")
    otto.page.fill("#talk-notes", "Half a note.")
    admin.page.goto(f"{admin.address}/admin/accounts")
    admin.page.click("summary:has-text('Change Otto')")
    admin.page.click("text=Log Otto out everywhere")
    admin.says("main", "Otto is logged out everywhere.")
    otto.page.click("#talk-save")
    otto.says("#trouble", "You are not logged in any more.")
    with otto.page.expect_response("**/session*") as answer:
        otto.page.clock.fast_forward("01:01")
    assert answer.value.status == 401
    assert otto.page.locator("#talk-notes").input_value() == "Half a note."
    with otto.page.context.expect_page() as opened:
        otto.page.locator("#trouble a", has_text="Log in again").click()
    enter(Visit(opened.value, otto.address), "Otto")
    opened.value.wait_for_selector("#talk-notes")
    assert opened.value.url.endswith("/talk")
    otto.page.click("#talk-save")
    otto.says("#talk-said", "Say who")
    with otto.page.expect_response("**/session*"):
        otto.page.clock.fast_forward("01:01")
    assert otto.page.locator("#talk-notes").input_value() == "Half a note."
    team.door.team_by("Ada", PASSWORD, address="test").end_sessions("Otto")
    otto.page.click("#talk-save")
    otto.says("#trouble", "within two minutes")
    otto.page.clock.fast_forward("02:01")
    otto.says("main", "the page you had open is emptied.")


def test_one_ends_ones_own_other_session(guests: Callable[..., Visit]) -> None:
    here, there = logged_in(guests, "Olga"), logged_in(guests, "Olga", **PHONE)
    here.page.goto(f"{here.address}/account")
    before = here.page.locator("tbody tr").count()
    here.page.locator("tbody tr:not(:has-text('this one')) button").first.click()
    here.says("main", "That session is over.")
    assert here.page.locator("tbody tr").count() == before - 1
    there.page.goto(f"{there.address}/account")
    there.says("#answer", "Log in")


def her_words(visit: Visit, team: Team) -> list[str]:
    """Open the list of people; return the words of it that must not stay on the screen."""
    visit.open("/people")
    words = [word for person in team.campaign.outside("Press", "Stores") for word in team.campaign.own_words[person]]
    visit.until(lambda: hidden_on(visit, words), "her people are there")
    return words


def until_at_the_log_in(visit: Visit) -> None:
    visit.says("main", "the page you had open is emptied. Log in again")
    assert visit.page.url.endswith("/login?over=1&next=%2Fpeople")


@pytest.fixture
def later(team: Team, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what lets time pass, for the server and on open pages."""

    def passes(seconds: int, *visits: Visit) -> None:
        monkeypatch.setattr(team.clock, "ahead", team.clock.ahead + timedelta(seconds=seconds))
        for visit in visits:
            visit.page.clock.fast_forward(1000 * seconds)

    return passes


def test_a_page_that_nobody_touches_empties_itself(
    guests: Callable[..., Visit], team: Team, later: Callable[..., None]
) -> None:
    olga = logged_in(guests, "Olga")
    olga.page.clock.install()
    with olga.page.expect_response("**/session"):
        words = her_words(olga, team)
    later(28 * 60 + 30, olga)
    olga.says(".leaving", "Press a key or click to stay.")
    assert hidden_on(olga, words)
    later(91, olga)
    until_at_the_log_in(olga)
    assert not hidden_on(olga, words)
    enter(olga, "Olga")
    olga.until(lambda: hidden_on(olga, words), "one comes back to where one was")


def test_a_password_can_be_pasted(guests: Callable[..., Visit]) -> None:
    olga = guests()
    olga.page.goto(f"{olga.address}/login")
    olga.page.fill("#name", PASSWORD)
    for keys in ("Control+a", "Control+c"):
        olga.page.press("#name", keys)
    olga.page.fill("#name", "Olga")
    olga.page.press("#password", "Control+v")
    olga.page.click("main button[type=submit]")
    olga.page.wait_for_selector(".me")
    olga.page.goto(f"{olga.address}/account")
    for field in ("#old", "#password", "#again"):
        olga.page.press(field, "Control+v")
        assert olga.page.input_value(field) == PASSWORD


def test_who_touches_the_page_stays_in(guests: Callable[..., Visit], team: Team, later: Callable[..., None]) -> None:
    olga = logged_in(guests, "Olga")
    olga.page.clock.install()
    with olga.page.expect_response("**/session"):
        words = her_words(olga, team)
    for _ in range(3):
        later(29 * 60, olga)
        olga.says(".leaving", "Press a key or click to stay.")
        with olga.page.expect_response(lambda answer: answer.url.endswith("/session?used")):
            olga.page.keyboard.press("Tab")
        olga.until(lambda: not olga.page.locator(".leaving").count(), "she stays")
    assert hidden_on(olga, words)


def test_pages_empty_themselves_when_an_admin_ends_the_session_and_where_the_server_is_out_of_reach(
    guests: Callable[..., Visit], team: Team, later: Callable[..., None]
) -> None:
    olga, afar = logged_in(guests, "Olga"), logged_in(guests, "Olga")
    for visit in (olga, afar):
        visit.page.clock.install()
        with visit.page.expect_response("**/session"):
            words = her_words(visit, team)
    afar.page.context.set_offline(True)
    team.door.team_by("Ada", PASSWORD, address="test").end_sessions("Olga")
    later(61, olga, afar)
    until_at_the_log_in(olga)
    assert not hidden_on(olga, words)
    assert hidden_on(afar, words)
    later(30 * 60, afar)
    afar.says("#answer", "You are logged out.")
    assert not hidden_on(afar, words)


@pytest.mark.parametrize("how", [{}, PHONE], ids=["desk, light", "phone, dark"])
def test_the_pages_of_a_team_can_be_used_by_everybody(guests: Callable[..., Visit], how: dict[str, Any]) -> None:
    if not AXE.exists():
        require("browser", "axe is not installed (npm ci in js/tools)")
    visit = logged_in(guests, "Ada", **how)
    for path in (
        "/account",
        "/account/second-factor",
        "/admin/accounts",
        "/admin/audit?verify=yes",
        "/logout",
        "/login",
        "/",
    ):
        visit.page.goto(f"{visit.address}{path}")
        visit.page.wait_for_selector("#answer")
        for summary in visit.page.locator("summary").all()[:1]:
            summary.click()
        assert _serious(visit.page) == [], path
        wide = visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is wider than the window"
        assert visit.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def _serious(page: Any) -> list[tuple[str, str]]:
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


def test_the_pages_work_without_scripts(hall_browser: Any, team: Team) -> None:
    page = hall_browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{team.address}/login")
    enter(Visit(page, team.address), "Adam")
    page.goto(f"{team.address}/admin/audit")
    assert "entries" in page.inner_text("#answer")
    page.goto(f"{team.address}/logout")
    page.click("main button")
    assert page.inner_text("#answer") == "You are logged out."
    page.context.close()
