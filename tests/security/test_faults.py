"""What breaks around the pages: a killed server, a full disk, a database that goes away, a backup that stops half-way.

Killed writers of files, full disks under commands, clocks set back and changed entries of the audit have tests of their
own beside what they try (`tests.graph`, `tests.cli`, `tests.service`).
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from shopfloor.dashboard.app import create_app
from shopfloor.dashboard.pages.talk import FIELDS
from shopfloor.dashboard.security import Site
from shopfloor.dashboard.team import TeamEntrance
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.service.audit import Deed
from shopfloor.service.door import open_door
from shopfloor.service.opening import create_store
from tests.cli.test_trouble import fill
from tests.cli.test_trouble import small_disk as _small_disk
from tests.conftest import Neo4jPool
from tests.graph.homes import Neo4jHome
from tests.neo4j_server.server import GENERATIONS
from tests.security.hall import HOST, PASSPHRASE, PASSWORD, UPDATE, TeamHall, log_in, open_hall, outputs_of, token
from tests.security.test_team_doors import ask, page_body
from tests.service.team import Campaign, load

pytestmark = pytest.mark.slow

small_disk = _small_disk
PROGRAM = "from shopfloor.cli import main; main()"
TALK = ("person", "asked", "named", "name", *FIELDS)
GENERATION = max(GENERATIONS)
N_KILLS = 4
N_AT_ONCE = 4


def talk_body(hall: TeamHall, person: str, note: str) -> dict[str, Any]:
    """Return the request that saves a talk."""
    spec = next(spec for spec in hall.app.callback_map if "talk-said.children" in spec)
    values: dict[str, Any] = {"person": person, "organizer": "Ada", "held_on": "2026-05-03", "notes": note, "asked": ""}
    states = [{"id": f"talk-{name}", "property": "value", "value": values.get(name)} for name in TALK]
    clicked = {"inputs": [{"id": "talk-save", "property": "n_clicks", "value": 1}], "state": states}
    return {"output": spec, "outputs": outputs_of(spec), **clicked, "changedPropIds": ["talk-save.n_clicks"]}


def notes_in(place: Path) -> list[dict[str, Any]]:
    """Return the talks of a store whose note is of these tests; the store is sound."""
    with open_door(place, passphrase=PASSPHRASE) as door:
        store = door.store_by("Ada", PASSWORD, address="test")
        assert store.check() == []
        rows = store.snapshot(["conversation"]).tables["conversation"].to_pylist()
        assert store.revision() == max(batch.revision or 0 for batch in store.batches())
    return [row for row in rows if str(row["notes"]).startswith("kill ")]


@pytest.fixture
def unused_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(place: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve a store in a process of its own."""
    env = {**os.environ, "SHOPFLOOR_PASSPHRASE": PASSPHRASE}
    command = [sys.executable, "-u", "-c", PROGRAM, "serve", str(place), "--port", str(port)]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        try:
            yield server, found[0]
        finally:
            server.kill()


def enter(address: str) -> requests.Session:
    """Log in."""
    browser = requests.Session()
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(f"{address}/login", timeout=60).text)
    assert found is not None
    form = {"csrf_token": found[1], "name": "Ada", "password": PASSWORD}
    assert browser.post(f"{address}/login", form, timeout=60, allow_redirects=False).status_code == 303
    assert browser.get(address, timeout=60).status_code == 200
    return browser


def post(browser: requests.Session, address: str, body: dict[str, Any]) -> requests.Response:
    """Call a callback."""
    headers = {"X-CSRFToken": browser.cookies["_csrf_token"] or ""}
    return browser.post(f"{address}{UPDATE}", json=body, headers=headers, timeout=60)


def test_a_server_killed_while_talks_are_saved_loses_none_that_it_said_is_saved(
    halls: Callable[..., TeamHall], team_store: Path, tmp_path: Path, unused_port: int
) -> None:
    place, hall, browser = tmp_path / "team.store", halls(), None
    said: set[str] = set()
    shutil.copy(team_store, place)
    person = next(iter(hall.campaign.unit_of))
    for turn in range(N_KILLS):
        with serving(place, unused_port) as (server, address):
            browser = browser or enter(address)  # the session of the first server goes on in all that follow
            assert post(browser, address, page_body("/people")).status_code == 200
            bodies = [talk_body(hall, person, f"kill {turn} {i}") for i in range(40 * N_AT_ONCE)]
            threads = [_saving(browser, address, bodies[i::N_AT_ONCE], said) for i in range(N_AT_ONCE)]
            before = len(said)
            while len(said) < before + 2 + turn:
                time.sleep(0.01)
            server.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join(60)
        found = notes_in(place)
        assert said <= {row["notes"] for row in found}
        assert len({row["notes"] for row in found}) == len(found)
        assert all(
            (row["person_id"], row["organizer"], str(row["held_on"])) == (person, "Ada", "2026-05-03") for row in found
        )
        assert len(found) <= len(said) + N_AT_ONCE * (turn + 1)
    assert len(said) >= 2 * N_KILLS


def _saving(browser: requests.Session, address: str, bodies: list[dict[str, Any]], said: set[str]) -> threading.Thread:
    """Save one talk after the other until the server is gone; note what it said is saved."""

    def save() -> None:
        for body in bodies:
            try:
                answer = post(browser, address, body)
            except requests.RequestException:
                return
            if " is saved." in answer.text:
                said.add(body["state"][-1]["value"])

    thread = threading.Thread(target=save)
    thread.start()
    return thread


@pytest.fixture
def full_hall(small_disk: Path, team_store: Path, campaign: Campaign) -> Iterator[tuple[TeamHall, FlaskClient, Path]]:
    """Yield a dashboard on a disk that is full, somebody who logged in before, and what fills it."""
    place = small_disk / "team.store"
    shutil.copy(team_store, place)
    hall = open_hall(place, campaign)
    client = hall.member("Ada")
    assert "Rests on" in ask(client, "/leaders").get_data(as_text=True)
    filler = small_disk / "filler.bin"
    fill(filler)
    yield hall, client, filler
    hall.door.close()


def test_on_a_full_disk_what_cannot_be_noted_is_not_shown(full_hall: tuple[TeamHall, FlaskClient, Path]) -> None:
    hall, client, filler = full_hall
    pages = {one: ask(client, f"/person/{one}").get_data(as_text=True) for one in hall.campaign.unit_of}
    filler.unlink()
    entries = hall.team().audit_entries(by="Ada", deeds=[Deed.VIEW])
    noted = {str(entry.particulars.get("person")) for entry in entries}
    shown = {one for one, text in pages.items() if hall.campaign.own_words[one][1] in text}
    assert shown <= noted
    refused = [text for one, text in pages.items() if one not in shown]
    assert refused
    for text in refused:
        assert "could not be shown" in text
        assert "The disk of the store is full" in text
        assert hall.door.location not in text
    one = next(one for one in pages if one not in shown)
    assert hall.campaign.own_words[one][1] in ask(client, f"/person/{one}").get_data(as_text=True)
    assert hall.team().verify_audit().faults == ()


def test_on_a_full_disk_a_talk_is_not_saved_and_that_is_said(full_hall: tuple[TeamHall, FlaskClient, Path]) -> None:
    hall, client, filler = full_hall
    body = talk_body(hall, next(iter(hall.campaign.unit_of)), "kill on a full disk " + "x" * 50_000)
    answer = client.post(UPDATE, json=body, headers=token(client))
    assert answer.status_code == 200
    assert "is full" in answer.get_data(as_text=True)
    assert "is saved" not in answer.get_data(as_text=True)
    filler.unlink()
    place = Path(hall.door.location)
    assert notes_in(place) == []
    again = client.post(UPDATE, json=body, headers=token(client))
    assert "is saved" in again.get_data(as_text=True)
    assert len(notes_in(place)) == 1


def test_on_a_full_disk_a_log_in_is_refused_in_words(full_hall: tuple[TeamHall, FlaskClient, Path]) -> None:
    hall, _, filler = full_hall
    answers = [log_in(hall.client(), name) for name in ("Olga", "Otto", "Ria", "Adam") for _ in range(4)]
    refused = [answer for answer in answers if answer.status_code != 303]
    assert refused
    for answer in refused:
        assert answer.status_code == 400
        assert "The disk of the store is full" in answer.get_data(as_text=True)
        assert hall.door.location not in answer.get_data(as_text=True)
    filler.unlink()
    assert log_in(hall.client(), "Olga").status_code == 303


@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_a_backup_that_stopped_half_way_is_not_restored(team_store: Path, tmp_path: Path, part: float) -> None:
    half, new = tmp_path / "half.store", tmp_path / "new.store"
    data = team_store.read_bytes()
    half.write_bytes(data[: int(len(data) * part)])
    env = {**os.environ, "SHOPFLOOR_PASSPHRASE": PASSPHRASE, "SHOPFLOOR_ACCOUNT": "Ada"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "restore", str(new), str(half)],
        env={**env, "SHOPFLOOR_ACCOUNT_PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 1, ran.stderr
    assert "Traceback" not in ran.stderr
    assert not new.exists()


def test_a_changed_entry_of_the_audit_is_told_on_the_page_and_by_the_command(
    team_store: Path, campaign: Campaign, tmp_path: Path
) -> None:
    place = tmp_path / "team.store"
    shutil.copy(team_store, place)
    home = EmbeddedStore.open(place, PASSPHRASE)
    with home._connections.writing() as connection:
        connection.execute(
            "UPDATE log SET entry = CAST(replace(CAST(entry AS TEXT), 'Ada', 'Eve') AS BLOB) WHERE number = 5"
        )
    home.close()
    hall = open_hall(place, campaign)
    page = hall.member("Ada").get("/admin/audit?verify=yes").get_data(as_text=True)
    hall.door.close()
    assert re.search(r"entry [56]\b", page), page[-3000:]
    env = {**os.environ, "SHOPFLOOR_PASSPHRASE": PASSPHRASE, "SHOPFLOOR_ACCOUNT": "Ada"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "audit", "verify", str(place)],
        env={**env, "SHOPFLOOR_ACCOUNT_PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 1
    assert re.search(r"entry [56]\b", ran.stdout + ran.stderr)


@pytest.mark.slow
def test_pages_say_that_neo4j_is_gone_and_go_on_when_it_is_back(neo4j_pool: Neo4jPool, campaign: Campaign) -> None:
    server = neo4j_pool.server(GENERATION)
    Neo4jHome(server).wipe()
    how: dict[str, Any] = {"passphrase": server.password, "user": server.user}
    with create_store(server.url, **how) as store:
        load(store, campaign)
    door, site = open_door(server.url, **how), Site(lambda: {HOST})
    door.accept(door.owner_team().invite("Ada", ("lead", "admin"), ()), PASSWORD)
    entrance = TeamEntrance(door, site)
    hall = TeamHall(create_app(entrance, site, "hall"), door, entrance, campaign)
    client = hall.member("Ada")
    assert "Rests on" in ask(client, "/leaders").get_data(as_text=True)
    server.kill()
    for answer in (client.get("/"), client.post(UPDATE, json=page_body("/leaders"), headers=token(client))):
        assert answer.status_code == 503
        assert "does not answer" in answer.get_data(as_text=True)
        assert server.url not in answer.get_data(as_text=True)
        assert not any(word in answer.get_data(as_text=True) for word in campaign.words_outside())
    server.start()
    until = time.monotonic() + 120
    while client.get("/").status_code != 200:
        assert time.monotonic() < until
        time.sleep(1)
    again = client.post(UPDATE, json=page_body("/leaders"), headers=token(client))  # without another log-in
    assert "Rests on" in again.get_data(as_text=True)
    person = next(iter(campaign.unit_of))
    saved = client.post(UPDATE, json=talk_body(hall, person, "kill of Neo4j"), headers=token(client))
    assert " is saved." in saved.get_data(as_text=True)
    assert hall.team().verify_audit().faults == ()
    door.close()
