"""A real Chromium and the dashboard it opens, shared by the browser tests."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import require
from tests.dashboard.serving import Served, demo_store, served

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
_WATCH = (
    "window.__blocked = []; document.addEventListener('securitypolicyviolation',"
    " event => window.__blocked.push(event.violatedDirective + ' ' + event.blockedURI))"
)


@dataclass
class Visit:
    """One page of a logged-in browser, and what must not have happened on it when it closes."""

    page: Any
    address: str
    errors: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)

    def open(self, path: str) -> Any:
        """Go to a path and wait for its headline."""
        self.page.goto(f"{self.address}{path}")
        self.page.wait_for_selector("#answer")
        return self.page

    def until(self, is_so: Callable[[], object], what: str = "it", patience: float = 45) -> None:
        """Ask until something is so; Playwright's own wait needs ``eval``, which the policy forbids."""
        deadline = time.monotonic() + patience
        while not is_so():
            assert time.monotonic() < deadline, f"never became true: {what}; the page says: {self.text('#main')[:600]}"
            time.sleep(0.05)

    def text(self, selector: str) -> str:
        """Return the text of the first match, empty where there is none."""
        found = self.page.locator(selector).first
        return str(found.inner_text()) if found.count() else ""

    def says(self, selector: str, words: str) -> None:
        """Wait until some part of the page says the words."""
        self.until(lambda: words in self.text(selector), f"{selector} says {words!r}")

    def drawn(self) -> None:
        """Wait until the map is drawn."""
        self.until(lambda: self.page.evaluate("!!(window.__network && window.__network.map)"), "the map is drawn")

    def place(self, key: str) -> dict[str, float] | None:
        """Return where a node (``u:Unit`` or ``p:person``) is drawn on the map, None where it is not."""
        found = self.page.evaluate(
            "key => { try { return window.__network.map.position(key) } catch { return null } }", key
        )
        return dict(found) if found else None

    def click_map(self, key: str) -> None:
        """Click a node of the map once it is drawn."""
        self.until(lambda: self.place(key), f"{key} is on the map")
        stage, at = self.page.locator(".workmap-stage").bounding_box(), self.place(key)
        assert at is not None
        self.page.mouse.click(stage["x"] + at["x"], stage["y"] + at["y"])


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Any]:
    """Playwright's way to start the browser."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser
    except ImportError:
        require("browser", "playwright is not installed")
    with sync_playwright() as play:
        yield lambda *flags: play.chromium.launch(executable_path=chromium_path, args=[*FLAGS, *flags])


@pytest.fixture(scope="session")
def hall_browser(chromium: Any) -> Iterator[Any]:
    browser = chromium()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a workplace of 150 people; each module has its own."""
    with served(demo_store(tmp_path_factory.mktemp("hall"), people=150)) as running:
        yield running


@pytest.fixture(scope="module")
def visits(hall_browser: Any, hall: Served) -> Callable[..., Visit]:
    """Return a maker of logged-in pages."""
    return lambda **how: log_in(hall_browser, hall, **how)


def log_in(browser: Any, hall: Served, **how: Any) -> Visit:
    """Open the one-time link in a browser of its own."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **how})
    page = context.new_page()
    visit = Visit(page, hall.address)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on("request", lambda request: visit.asked.add(urlsplit(request.url).netloc))
    page.on("response", lambda answer: visit.failed.append(answer.url) if answer.status >= 500 else None)
    page.add_init_script(_WATCH)
    page.goto(hall.link)
    page.wait_for_selector("#answer")
    return visit


@pytest.fixture
def visit(visits: Callable[..., Visit]) -> Iterator[Visit]:
    """Give one page; nothing on it was blocked, failed, or asked for anywhere but here."""
    one = visits()
    yield one
    assert_clean(one)


def assert_clean(visit: Visit) -> None:
    """Nothing was blocked by the policy, no script failed, nothing was asked of another host; then close."""
    blocked = visit.page.evaluate("window.__blocked")
    visit.page.context.close()
    assert blocked == []
    assert visit.errors == []
    assert visit.failed == []
    assert {host for host in visit.asked if host} == {visit.address.removeprefix("http://")}


@pytest.fixture
def drop(tmp_path: Path) -> Callable[[Visit, dict[str, str | bytes]], None]:
    """Return what drops files on the data page."""

    def dropped(visit: Visit, files: dict[str, str | bytes]) -> None:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        visit.page.wait_for_selector("#import-files")
        visit.page.set_input_files("#import-files", [str(tmp_path / name) for name in files])

    return dropped
