"""A dashboard that a team logs in to: a generated campaign, an account of every kind, browsers that hold sessions."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dash import Dash
from flask.testing import FlaskClient

from shopfloor.dashboard.app import create_app
from shopfloor.dashboard.security import Site
from shopfloor.dashboard.team import TeamEntrance
from shopfloor.service.door import Door, Team, open_door
from shopfloor.service.opening import OpenStore, create_store
from tests.service.team import Campaign, load

PASSPHRASE = "only for these tests"
PASSWORD = "plum engine velvet tide"
HOST = "127.0.0.1:8050"
NAME = "127.0.0.1"
UPDATE = "/_dash-update-component"
ACCOUNTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Ada": (("lead", "admin"), ()),
    "Olga": (("organizer",), ("Paint",)),
    "Otto": (("organizer",), ("Press",)),
    "Ria": (("researcher",), ()),
    "Adam": (("admin",), ()),
}
"""Accounts with their roles and units; each has `PASSWORD`."""


class Client(FlaskClient):
    """A browser that asks the address of the dashboard."""

    def open(self, *given: Any, **how: Any) -> Any:
        """Ask, of this host if no other is said."""
        return super().open(*given, **{"base_url": f"http://{HOST}", **how})


@dataclass(frozen=True)
class TeamHall:
    """A dashboard of a team, and its door."""

    app: Dash
    door: Door
    entrance: TeamEntrance
    campaign: Campaign

    def client(self) -> FlaskClient:
        """Return a browser that nobody logged in with."""
        return Client(self.app.server)

    def member(self, name: str) -> FlaskClient:
        """Return a browser in which somebody is logged in."""
        client = self.client()
        answer = log_in(client, name)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return client

    def store(self, name: str) -> OpenStore:
        """Return the store as an account sees it."""
        return self.door.store_by(name, PASSWORD, address="test")

    def team(self) -> Team:
        """Return what the first admin manages."""
        return self.door.team_by("Ada", PASSWORD, address="test")

    def callbacks(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every callback there is, by the name a browser asks for it."""
        self.member("Ada").get("/_dash-layout")
        yield from self.app.callback_map.items()


def make_store(place: Path, campaign: Campaign) -> Path:
    """Make a store with a campaign and an account of every kind."""
    with create_store(place, passphrase=PASSPHRASE) as store:
        load(store, campaign)
    with open_door(place, passphrase=PASSPHRASE) as door:
        for name, (roles, units) in ACCOUNTS.items():
            team = door.team_by("Ada", PASSWORD, address="test") if door.has_accounts else door.owner_team()
            door.accept(team.invite(name, roles, units), PASSWORD)
    return place


def open_hall(place: Path, campaign: Campaign, *, is_tls: bool = False, hosts: tuple[str, ...] = (HOST,)) -> TeamHall:
    """Return the dashboard of a store with accounts."""
    door, site = open_door(place, passphrase=PASSPHRASE), Site(lambda: set(hosts), is_tls=is_tls)
    entrance = TeamEntrance(door, site)
    return TeamHall(create_app(entrance, site, "hall"), door, entrance, campaign)


def field_of(page: str, name: str) -> str:
    """Return what a hidden field of a page holds."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, page
    return found[1]


def send(client: FlaskClient, form: str, path: str | None = None, **fields: Any) -> Any:
    """Open the page of a form, fill it in and send it."""
    page = client.get(form).get_data(as_text=True)
    return client.post(path or form.partition("?")[0], data={"csrf_token": field_of(page, "csrf_token"), **fields})


def log_in(client: FlaskClient, name: str, password: str = PASSWORD, **fields: Any) -> Any:
    """Send the log-in."""
    return send(client, "/login", name=name, password=password, **fields)


def tells_of_the_program(text: str) -> bool:
    """Tell that a text shows a traceback or a source file; the random part of a token may begin with .py, too."""
    return "Traceback" in text or re.search(r"\.py(?![\w-])", text) is not None


def token(client: FlaskClient) -> dict[str, str]:
    """Return the header that changes need, from the cookie."""
    cookie = client.get_cookie("_csrf_token", domain=NAME)
    assert cookie is not None
    return {"X-CSRFToken": cookie.value}


def outputs_of(spec: str) -> Any:
    """Return outputs as the browser names them."""
    found = [
        {"id": as_id(one.rpartition(".")[0]), "property": one.rpartition(".")[2]}
        for one in spec.strip(".").split("...")
    ]
    return found if spec.startswith("..") else found[0]


def as_id(text: str) -> Any:
    """Return an id as the browser sends it."""
    return json.loads(text) if text.startswith("{") else text


def body_of(spec: str, callback: dict[str, Any], value: Any) -> dict[str, Any]:
    """Return a request for one callback in which every input and state is `value`."""

    def filled(part: dict[str, Any]) -> Any:
        key = as_id(part["id"])
        one = {"id": key, "property": part["property"], "value": value}
        return [one] if isinstance(key, dict) else one

    inputs, states = [filled(part) for part in callback["inputs"]], [filled(part) for part in callback["state"]]
    first = callback["inputs"][0]
    return {
        "output": spec,
        "outputs": outputs_of(spec),
        "inputs": inputs,
        "state": states,
        "changedPropIds": [f"{first['id']}.{first['property']}"],
    }
