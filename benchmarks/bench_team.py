"""Forty people at work on one team server at once, against the same pages with nobody else there, in one run.

    python benchmarks/bench_team.py --people 5000 --seconds 120

A real server (`shopfloor serve`) answers forty sessions: organizers of departments, shifts and crews, leads, a
researcher, an admin. They read pages, think, and log talks by the form; meanwhile a lead loads a file of some thousand
rows and another process finds groups. Before that, some of them do the same one after the other: what an idle server
takes. Printed are errors, the talks that were saved against those found afterwards, and how long pages took.
"""

import argparse
import base64
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from argon2 import PasswordHasher

from shopfloor import create_store, open_store
from shopfloor.demo import make_workplace, write_files
from shopfloor.service import passwords
from shopfloor.service.door import open_door
from shopfloor.service.importing import import_files

PASSPHRASE = "four random words here"  # noqa: S105 - opens a store of drawn people, removed at the end
PASSWORD = "plum engine velvet tide"  # noqa: S105 - of drawn accounts
PAGE = "..bar.children...main.children...dock.children...trouble.children.."
READS = {"/": 15, "/map": 15, "/leaders": 15, "/groups": 5, "/people": 10, "/person": 30, "save": 10}
"""What somebody who sees people does next, in parts of a hundred."""

_LINE_LASTS = 20
"""Seconds after which a line that nobody used is opened anew: the server closes it some time."""

COMMAND = (sys.executable, "-c", "from shopfloor.cli import main; main()")
ENVIRONMENT = {
    "SHOPFLOOR_PASSPHRASE": PASSPHRASE,
    "SHOPFLOOR_ACCOUNT": "Lead-0",
    "SHOPFLOOR_ACCOUNT_PASSWORD": PASSWORD,
}


@dataclass(frozen=True)
class Member:
    """An account, and the people it sees."""

    name: str
    roles: tuple[str, ...]
    units: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass
class Measured:
    """What was measured, of all who work at once."""

    took: list[tuple[str, float]] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


def draw_team(people: pd.DataFrame) -> list[Member]:
    """Draw forty accounts: a third of the organizers have a department, a third a shift, a third a crew."""
    everybody = tuple(people["person_id"].astype(str))
    columns = [column for column in ("department", "shift", "crew") if column in people]
    named = {column: sorted(people[column].dropna().unique()) for column in columns}
    team = [Member(f"Lead-{i}", ("lead", "admin") if i == 0 else ("lead",), (), everybody) for i in range(6)]
    for i in range(31):
        column = columns[i % len(columns)]
        unit = str(named[column][i // len(columns) % len(named[column])])
        inside = tuple(people["person_id"][people[column] == unit].astype(str))
        team.append(Member(f"Organizer-{i}", ("organizer",), (f"{column}:{unit}",), inside))
    return [*team, Member("Ria", ("researcher",)), Member("Rob", ("researcher",)), Member("Ada", ("admin",))]


class Browser:
    """One session over one line, as a browser holds it."""

    def __init__(self, port: int, member: Member, measured: Measured, seed: int) -> None:
        self.member, self.measured = member, measured
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._asked_at = time.monotonic()
        self._host = f"127.0.0.1:{port}"
        self._cookies: dict[str, str] = {}
        self._chance = random.Random(seed)
        self._n_saved = 0
        self._specs: list[dict[str, Any]] = []

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """Send a request and return status and text."""
        if time.monotonic() - self._asked_at > _LINE_LASTS:
            self._line.close()
        self._asked_at = time.monotonic()
        headers = {"Host": self._host, "Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items()), **headers}
        self._line.request(method, path, body, headers)
        answer = self._line.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read().decode()

    def log_in(self) -> None:
        """Log in by the form."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.ask("GET", "/login")[1])
        form = urlencode({"csrf_token": token[1] if token else "", "name": self.member.name, "password": PASSWORD})
        status, text = self.ask("POST", "/login", form, **{"Content-Type": "application/x-www-form-urlencoded"})
        if status != HTTPStatus.SEE_OTHER or self.ask("GET", "/")[0] != HTTPStatus.OK:
            raise SystemExit(f"{self.member.name} was not let in: {text[:300]}")
        self._specs = json.loads(self.ask("GET", "/_dash-dependencies")[1])

    def update(self, body: dict[str, Any]) -> str:
        """Call a callback; what is no answer counts as an error."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._cookies["_csrf_token"]}
        status, text = self.ask("POST", "/_dash-update-component", json.dumps(body), **headers)
        if (
            status not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT)
            or "That did not work" in text
            or "could not be shown" in text
        ):
            self.measured.errors.append(f"{body['changedPropIds'][0]}: {status} {_said(text)}")
        return text

    def page(self, path: str) -> str:
        """Open a page."""
        names = [("url", "pathname", path), ("url", "search", ""), ("campaign", "data", "bench")]
        filled = [{"id": key, "property": what, "value": value} for key, what, value in names]
        body = {"output": PAGE, "outputs": _outputs(PAGE), "inputs": filled[:2], "state": filled[2:]}
        return self.update({**body, "changedPropIds": ["url.pathname"]})

    def call(self, output: str, trigger: str, values: Mapping[str, object]) -> str:
        """Call the callback that has this among its outputs; `values` are those of its controls, by id."""
        asked = trigger.rpartition(".")[0].replace('"import"', '["ALL"]')
        spec = next(one for one in self._specs if output in one["output"] and _is_asked(one, asked))

        def filled(part: dict[str, Any]) -> dict[str, Any] | list[dict[str, Any]]:
            key = json.loads(part["id"]) if part["id"].startswith("{") else part["id"]
            if isinstance(key, dict):
                key = {name: "import" if name == "confirm" else "" for name in key}
                return [{"id": key, "property": part["property"], "value": 1}] if "confirm" in key else []
            held = {"id": key, "property": part["property"]}
            return held | {"value": values.get(f"{key}.{part['property']}", values.get(key))}

        body = {"output": spec["output"], "outputs": _outputs(spec["output"]), "changedPropIds": [trigger]}
        return self.update(
            body | {"inputs": [filled(one) for one in spec["inputs"]], "state": [filled(one) for one in spec["state"]]}
        )

    def act(self) -> None:
        """Do one thing, drawn, and note how long it took."""
        if not self.member.people:
            self._timed("account", lambda: self.page(self._chance.choice(["/", "/data", "/map"])))
            return
        what = self._chance.choices(list(READS), list(READS.values()))[0]
        if what == "save":
            self._timed("/talk", lambda: self.page("/talk"))
            self._timed("save", self._save)
        else:
            path = f"/person/{self._chance.choice(self.member.people)}" if what == "/person" else what
            self._timed(what, lambda: self.page(path))

    def _timed(self, what: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        self.measured.took.append((what, time.perf_counter() - start))

    def _save(self) -> None:
        self._n_saved += 1
        note = f"bench {self.member.name} {self._n_saved}"
        who, *named = self._chance.sample(self.member.people, 1 + self._chance.randrange(3))
        said: dict[str, object] = {
            "talk-person": who,
            "talk-asked": "named" if named else "",
            "talk-named": named,
            "talk-notes": note,
        }
        said |= {"talk-held_on": "2026-05-03", "talk-organizer": self.member.name, "talk-save": 1, "talk-assessment": 2}
        text = self.call("talk-said.children", "talk-save.n_clicks", said)
        if " is saved." in text:
            self.measured.saved.add(note)
        else:
            self.measured.errors.append(f"a talk was not saved: {_said(text)}")

    def load(self, rows: int) -> None:
        """Load a file of people by the page, as a lead does."""
        lines = [f"N{i},New Person {i},Packing" for i in range(rows)]
        text = base64.b64encode("\n".join(["person_id,name,department", *lines]).encode()).decode()
        given = {"import-files.contents": [f"data:text/csv;base64,{text}"], "import-files.filename": ["new.csv"]}
        read = json.loads(self.call("import-ticket.data", "import-files.contents", given))
        ticket = read["response"]["import-ticket"]["data"]
        said = self.call("import-said.children@", '{"confirm":"import"}.n_clicks', {"import-ticket": ticket})
        if f"{rows:,}" not in said:
            self.measured.errors.append(f"a file was not loaded: {_said(said)}")


def _said(text: str) -> str:
    """Return the words of an answer, shortened."""
    words: list[str] = re.findall(r'"([A-Z][^"{}]{25,})"', text)
    return " ".join(words)[:300]


def _is_asked(spec: dict[str, Any], key: str) -> bool:
    return any(part["id"].replace(" ", "") == key for part in spec["inputs"])


def _outputs(spec: str) -> list[dict[str, str]]:
    parts = [one.rpartition(".") for one in spec.strip(".").split("...")]
    return [{"id": key, "property": what} for key, _, what in parts]


def make_store(place: Path, n_people: int) -> list[Member]:
    """Make the store of a generated workplace, and the accounts, whose passwords are hashed with little work."""
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)  # type: ignore[misc] # noqa: SLF001
    paths = write_files(make_workplace(n_people), place.parent)
    with create_store(place, passphrase=PASSPHRASE) as store:
        import_files(store, [(path.name, path) for path in paths])
    people = next(path for path in paths if path.name == "people.csv")
    team = draw_team(pd.read_csv(people, dtype=str))
    with open_door(place, passphrase=PASSPHRASE) as door:
        manager = door.owner_team()
        for member in team:
            door.accept(manager.invite(member.name, member.roles, member.units), PASSWORD)
            manager = door.team_by("Lead-0", PASSWORD, address="bench")
    return team


@contextmanager
def serving(place: Path) -> Iterator[int]:
    """Serve the store in a process of its own; yield the port."""
    command = [*COMMAND, "serve", str(place)]
    with subprocess.Popen(
        command, env={**os.environ, **ENVIRONMENT}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        lines = iter(server.stdout or ())
        found = re.search(r"127\.0\.0\.1:(\d+)", next(lines, ""))
        if found is None:
            raise SystemExit("The server did not start.")
        threading.Thread(target=_tell, args=(lines,), daemon=True).start()
        try:
            yield int(found[1])
        finally:
            server.terminate()


def _tell(lines: Iterable[str]) -> None:
    """Print what the server complains of."""
    for line in lines:
        if "Task queue depth" not in line and "Ctrl-C" not in line:
            print("server:", line.strip())


def work(browsers: Sequence[Browser], seconds: float, think: float, others: Sequence[Callable[[], None]]) -> None:
    """Let all work at once, and others beside them."""
    until = time.monotonic() + seconds

    def one(browser: Browser, i: int) -> None:
        chance = random.Random(i)
        while (pause := chance.expovariate(1 / think)) < until - time.monotonic():
            time.sleep(pause)
            try:
                browser.act()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is an error of the run
                browser.measured.errors.append(type(error).__name__)

    threads = [threading.Thread(target=one, args=(browser, i)) for i, browser in enumerate(browsers)]
    threads += [threading.Thread(target=other) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def analyse(place: Path, measured: Measured) -> None:
    """Find groups in a process of its own."""
    words = [*COMMAND, "groups", str(place), "--format", "json"]
    ran = subprocess.run(words, env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, check=False)
    if ran.returncode or not json.loads(ran.stdout)["rows"]:
        measured.errors.append(f"the analysis failed: {ran.stderr[:200]}")


def tenth(seconds: Sequence[float]) -> float:
    """Return the least of the slowest tenth."""
    return statistics.quantiles(seconds, n=10)[-1]


def report(idle: Measured, busy: Measured, found: set[str]) -> None:
    """Print what came out."""
    alone, together = [s for _, s in idle.took], [s for _, s in busy.took]
    print(f"errors: {len(idle.errors) + len(busy.errors)} {sorted({*idle.errors, *busy.errors})[:5]}")
    saved = idle.saved | busy.saved
    print(f"talks saved {len(saved)}, found afterwards {len(saved & found)}, lost {len(saved - found)}")
    print(f"{'page':<10} {'n':>5} {'idle median':>12} {'median':>9} {'slowest tenth':>14}")
    for what in [*sorted({w for w, _ in busy.took}), "all"]:
        one = [s for w, s in idle.took if what in (w, "all")]
        many = [s for w, s in busy.took if what in (w, "all")]
        if one and len(many) > 1:
            figures = f"{statistics.median(one):>11.3f}s {statistics.median(many):>8.3f}s {tenth(many):>13.3f}s"
            print(f"{what:<10} {len(many):>5} {figures}")
    ratio = tenth(together) / statistics.median(alone)
    print(f"slowest tenth against the idle median: {ratio:.1f} x (target 3 x): {'met' if ratio <= 3 else 'missed'}")  # noqa: PLR2004


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--think", type=float, default=15, help="seconds between two actions of one person, on average")
    parser.add_argument("--warm", type=float, default=60, help="seconds of work by all that are not measured")
    parser.add_argument("--rows", type=int, default=3000, help="of the file that is loaded meanwhile")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "bench.store")
        team = make_store(place, given.people)
        with serving(place) as port:
            idle, busy = measure(port, place, team, given)
        with open_store(place, passphrase=PASSPHRASE, account="Lead-0", account_password=PASSWORD) as store:
            found = set(store.snapshot(["conversation"]).tables["conversation"]["notes"].to_pylist())
        report(idle, busy, found)


def measure(port: int, place: Path, team: Sequence[Member], given: argparse.Namespace) -> tuple[Measured, Measured]:
    """Let eight work one after the other, then all at once; what begins both is not measured."""
    first, idle, busy = Measured(), Measured(), Measured()
    browsers = [Browser(port, member, first, i) for i, member in enumerate(team)]
    for browser in browsers:
        browser.log_in()
    for measured, n in ((first, 3), (idle, 12)):
        for browser in browsers[::5] * n:
            browser.measured = measured
            browser.act()
    lead = Browser(port, team[1], busy, -1)
    lead.log_in()

    def late(share: float, do: Callable[[], None]) -> Callable[[], None]:
        def begin() -> None:
            time.sleep(given.seconds * share)
            do()

        return begin

    for measured, seconds in ((first, given.warm), (busy, given.seconds)):
        for browser in browsers:
            browser.measured = measured
        others = [late(0.3, lambda: analyse(place, busy)), late(0.5, lambda: lead.load(given.rows))]
        work(browsers, seconds, given.think, others if measured is busy else [])
    busy.saved |= first.saved
    busy.errors += first.errors
    return idle, busy


if __name__ == "__main__":
    main()
