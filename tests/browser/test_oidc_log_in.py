"""Logging in at a real identity provider in a real Chromium: another site leads back, and cookies are strict."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from shopfloor.dashboard.serving import Listening, serve_team
from shopfloor.service.audit import Deed
from shopfloor.service.door import Door, open_door
from tests.security.hall import PASSPHRASE, PASSWORD, make_store
from tests.security.providers import RealProvider, free_port
from tests.service.team import draw_campaign


@dataclass(frozen=True)
class Hall:
    """A running dashboard and the provider its people log in at."""

    door: Door
    address: str
    provider: RealProvider


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    provider = RealProvider(address)
    provider.start()
    door = open_door(
        make_store(tmp_path_factory.mktemp("oidc") / "team.store", draw_campaign(5)), passphrase=PASSPHRASE
    )
    ready = threading.Event()
    how = {"say": lambda _line: ready.set(), "log_in_at": provider.config()}
    threading.Thread(target=serve_team, args=(door, Listening(port=port)), kwargs=how, daemon=True).start()
    assert ready.wait(20), "the dashboard did not start"
    yield Hall(door, address, provider)
    provider.stop()


def agree(page: Any, who: str) -> None:
    """Fill in the provider's pages: its log-in, then its consent."""
    page.wait_for_selector("input[name=login]")
    assert page.url.startswith("http://localhost:")
    page.fill("input[name=login]", who)
    page.fill("input[name=password]", "any")
    page.click("button[type=submit]")
    page.wait_for_selector("button[type=submit]")
    page.click("button[type=submit]")


def test_somebody_joins_logs_out_and_logs_in_again(hall: Hall, hall_browser: Any) -> None:
    team = hall.door.team_by("Ada", PASSWORD, address="test")
    page = hall_browser.new_context().new_page()
    page.goto(f"{hall.address}/join?token={team.invite('Nora', ('lead',))}")
    page.click("text=Join with localhost")
    agree(page, "nora-17")
    page.wait_for_url(f"{hall.address}/")
    page.wait_for_selector("#answer")
    assert "Nora, lead" in page.inner_text("#bar")

    page.click("text=Log out")
    page.wait_for_selector("text=You are logged out.")
    page.click("text=Log out of localhost too")
    page.wait_for_selector("text=Do you want to sign-out")
    page.click("button[value=yes]")
    page.wait_for_url(re.compile(re.escape(f"{hall.address}/login")))

    page.goto(f"{hall.address}/person/P001")
    page.click("text=Log in with localhost")
    agree(page, "nora-17")
    page.wait_for_url(f"{hall.address}/person/P001")
    cookie = next(one for one in page.context.cookies() if one["name"] == "shopfloor_session")
    assert (cookie["sameSite"], cookie["httpOnly"]) == ("Strict", True)
    page.context.close()
    ways = [entry.particulars.get("how") for entry in team.audit_entries(by="Nora", deeds=[Deed.LOG_IN])]
    assert ways == ["identity provider"] * 2


def test_a_stranger_is_told_so_in_words(hall: Hall, hall_browser: Any) -> None:
    page = hall_browser.new_context().new_page()
    page.goto(f"{hall.address}/login")
    page.click("text=Log in with localhost")
    agree(page, "stranger")
    page.wait_for_selector("text=You are not logged in.")
    assert "opens no account here" in page.inner_text("main")
    page.context.close()
