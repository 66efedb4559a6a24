"""Birds in the mine: after a run of the whole product, names, numbers and notes stand only where somebody put them."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from shopfloor.service.door import open_door
from tests.browser.conftest import FLAGS as BROWSER_FLAGS
from tests.security.hall import PASSPHRASE, PASSWORD

pytestmark = pytest.mark.slow

NAME = "Zzyzxia Kanarova"
WORDS = (NAME, "Zzyzxia", "Kanarova", "555-0177", "zz.kanarova@example.org", "Kanarienweg 77", "hums while she works")
"""A person's name, number, mail, street, and a note about her."""

TYPED = "sings in the Kanarium at dawn"
"""A note typed into the form of the pages."""

WRONG = "the wrong Kanarengeheimnis"
"""A password that does not fit."""

SECRETS = (PASSPHRASE, PASSWORD, WRONG)
PEOPLE = f"""\
person_id,name,department,phone,email,address
K1,{NAME},Paint,555-0177,zz.kanarova@example.org,Kanarienweg 77
K2,Ana Ruiz,Paint,555-0101,,
K3,Bo Lind,Press,555-0102,,
"""
TALKS = f"""\
conversation_id,held_on,organizer,person_id,named,assessment,notes
C1,2026-05-01,Org One,K1,Ana Ruiz,2,hums while she works
C2,2026-05-01,Org One,K2,{NAME},2,
"""
PROGRAM = "from shopfloor.cli import main; main()"
SEVERAL = """\
import json, os, sys
from shopfloor.cli import main
for who, words in json.loads(sys.argv[1]):
    os.environ.update(who)
    try:
        main(words)
    except SystemExit as end:
        print("\\nended:", end.code or 0, flush=True)
"""
FALLING = """\
import os, signal, sys, threading
from shopfloor.cli import main
from shopfloor.dashboard.desk import Desk

def fail(self, *_, **__):
    people = self.store.workplace().people
    raise ValueError(f"nobody foresaw {people.to_dict()}")

if sys.argv.pop(1) == "fail":
    Desk.ranking = fail
    Desk.ask = fail
main()
"""
CRASHING = """\
import os, signal, sys
from shopfloor import open_store
store = open_store(sys.argv[1], account="Ada")
picture = store.picture()
assert "Kanarova" in " ".join(picture.names)
print("ready", flush=True)
os.kill(os.getpid(), getattr(signal, sys.argv[2]))
"""


def forms_of(word: str) -> set[bytes]:
    """Return how a word may stand in a file: encodings, escapes, and Base64 at each of its three offsets."""
    plain = [word.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    found = {*plain, quote(word).encode(), quote_plus(word).encode(), word.upper().encode(), word.lower().encode()}
    for text in plain[:2]:
        for shift, skip in enumerate((0, 2, 3)):  # what comes before and after spoils the characters at the ends
            coded = base64.b64encode(b"\0" * shift + text)[skip : (shift + len(text)) * 8 // 6]
            found |= {coded, coded.translate(bytes.maketrans(b"+/", b"-_"))}
    return {one for one in found if len(one) > 5}


FORMS = {word: forms_of(word) for word in (*WORDS, TYPED, *SECRETS)}


def heard(data: bytes) -> set[str]:
    """Return the words that some bytes hold in any form."""
    return {word for word, forms in FORMS.items() if any(form in data for form in forms)}


def heard_in(folder: Path) -> dict[str, set[str]]:
    """Return the words by file under a folder, in names of files too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        words = heard(str(path.relative_to(folder)).encode())
        if path.is_file():
            words |= heard(path.read_bytes())
        if words:
            found[str(path.relative_to(folder))] = words
    return found


@dataclass
class Mine:
    """A machine of its own for one run: home, temporary folder, work; and everything that was printed."""

    place: Path
    printed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def work(self) -> Path:
        """Where the user's own files are."""
        return self.place / "work"

    @property
    def store(self) -> Path:
        """The store."""
        return self.work / "drive.store"

    def environment(self, account: str = "Ada", password: str = PASSWORD) -> dict[str, str]:
        """Return the environment of a program that finds no other folder than ours."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        home = {name: str(self.place / "home" / folder) for name, folder in _FOLDERS.items()}
        ours = {"SHOPFLOOR_PASSPHRASE": PASSPHRASE, "SHOPFLOOR_ACCOUNT": account}
        here = {"TMPDIR": str(self.place / "tmp"), "PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "200"}
        return {**kept, **home, **here, **ours, "SHOPFLOOR_ACCOUNT_PASSWORD": password, "PYTHONFAULTHANDLER": "1"}

    def run(
        self, *words: object, stdin: str = "", script: str = PROGRAM, **who: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder of the user."""
        ran = subprocess.run(
            [sys.executable, "-c", script, *map(str, words)],
            cwd=self.work,
            env=self.environment(**who),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.printed.append((" ".join(map(str, words)), ran.stdout + ran.stderr))
        return ran


_FOLDERS = {"HOME": "", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data"}


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Mine:
    """Make a store in team mode from two files, which are deleted then: their words were the user's own."""
    place = tmp_path_factory.mktemp("mine")
    for folder in ("work", "tmp", *(f"home/{name}" for name in _FOLDERS.values())):
        (place / folder).mkdir(parents=True, exist_ok=True)
    made = Mine(place)
    for name, text in (("people.csv", PEOPLE), ("talks.csv", TALKS)):
        (made.work / name).write_text(text, encoding="utf-8")
    assert made.run("init", "drive.store").returncode == 0
    assert made.run("import", "drive.store", "people.csv", "talks.csv").returncode == 0
    for path in made.work.glob("*.csv"):
        path.unlink()
    with open_door(made.store, passphrase=PASSPHRASE) as door:
        door.accept(door.owner_team().invite("Ada", ("lead", "admin"), ()), PASSWORD)
        team = door.team_by("Ada", PASSWORD, address="test")
        door.accept(team.invite("Otto", ("organizer",), ("Press",)), PASSWORD)
        door.accept(team.invite("Ria", ("researcher",), ()), PASSWORD)
    return made


def test_the_search_hears_what_it_is_to_hear() -> None:
    for word in WORDS:
        for data in (word.encode(), word.encode("utf-16-le"), quote(word).encode(), b64_of(word, 1), b64_of(word, 2)):
            assert word in heard(b"\x00xx" + data + b"yy"), (word, data)
    assert heard(b"nothing of it") == set()


def b64_of(word: str, shift: int) -> bytes:
    return base64.b64encode(b"\x01" * shift + word.encode() + b"\x02" * 4)


SILENT: tuple[tuple[str, ...], ...] = (
    ("info", "drive.store"),
    ("check", "drive.store"),
    ("edit", "drive.store", "person:K1", "preferred_name=Zzyzxia"),
    ("imports", "list", "drive.store"),
    ("leak-report", "role", "drive.store"),
    ("leak-report", "file", "drive.store"),
    ("counts", "drive.store"),
    ("audit", "list", "drive.store"),
    ("audit", "verify", "drive.store"),
    ("accounts", "list", "drive.store"),
    ("sessions", "list", "drive.store"),
    ("retention", "show", "drive.store"),
    ("backup", "drive.store", "copy.store"),
    ("person", "drive.store", "nobody at all"),
    ("leaders", "drive.store", "--unit", "Nowhere"),
    ("leaders", "drive.store", "--layer", "liked"),
    ("import", "drive.store", "no-such-file.csv"),
    ("export", "drive.store", "out.pdf"),
    ("restore", "drive.store", "drive.store"),
    ("edit", "drive.store", "person:K1", "colour=red"),
    ("edit", "drive.store", "person:K9", "hired_on=yesterday"),
    ("groups", "drive.store", "--resolution", "0"),
)
"""Commands that show nobody, and ways to get them wrong."""


def test_no_command_that_shows_nobody_says_a_word(mine: Mine) -> None:
    first = len(mine.printed)
    codes = run_several(mine, [({}, words) for words in SILENT])
    assert codes.count(0) > 8, list(zip(SILENT, codes, strict=True))
    assert codes.count(0) < len(SILENT)
    others = [
        ({"SHOPFLOOR_ACCOUNT": who}, words)
        for who in ("Otto", "Ria")
        for words in (("person", "drive.store", "K1"), ("export", "drive.store", f"{who}-out", "--everything"))
    ]
    run_several(mine, others)
    wrong = {"SHOPFLOOR_ACCOUNT_PASSWORD": WRONG}
    refused = [(wrong, ("leaders", "drive.store")), ({**wrong, "SHOPFLOOR_ACCOUNT": "Nobody"}, ("info", "drive.store"))]
    assert run_several(mine, refused) == [1, 1]
    bad = f"person_id,name,hired_on\nK7,{NAME},soon\n{NAME};;;\n\x00,,,\n"
    mine.run("import", "drive.store", "-", stdin=bad)
    found = {words: heard(text.encode()) for words, text in mine.printed[first:]}
    assert {words: said for words, said in found.items() if said} == {}


def run_several(mine: Mine, calls: list[tuple[dict[str, str], tuple[str, ...]]]) -> list[int]:
    """Run commands one after the other in one process, each as somebody; return how each ended."""
    ran = mine.run(json.dumps(calls), script=SEVERAL)
    mine.printed[-1] = (f"{len(calls)} commands", mine.printed[-1][1])
    codes = [int(code) for code in re.findall(r"^ended: (\d+)$", ran.stdout, re.MULTILINE)]
    assert len(codes) == len(calls), ran.stdout + ran.stderr
    return codes


def test_who_asks_for_her_is_told(mine: Mine) -> None:
    ran = mine.run("person", "drive.store", "K1")
    mine.printed.pop()
    assert NAME in ran.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on Linux")
@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGTERM"])
def test_a_crash_says_where_and_not_who(mine: Mine, name: str) -> None:
    ran = mine.run("drive.store", name, script=CRASHING)
    assert ran.stdout == "ready\n"
    assert ran.returncode == -getattr(signal, name)
    if name != "SIGTERM":
        assert "Current thread" in ran.stderr
    assert heard((ran.stdout + ran.stderr).encode()) == set()


def test_no_repr_says_a_word(mine: Mine) -> None:
    with open_door(mine.store, passphrase=PASSPHRASE) as door:
        store = door.store_by("Ada", PASSWORD, address="test")
        for thing in _things(door, store):
            assert heard(repr(thing).encode()) == set(), type(thing)


def _things(door: Any, store: Any) -> Iterator[Any]:
    """Yield every object that the package hands out and that knows somebody."""
    from shopfloor import analysis  # noqa: PLC0415 - used by this one
    from shopfloor.dashboard.desk import Desk  # noqa: PLC0415
    from shopfloor.service.audit import Deed  # noqa: PLC0415

    place, picture, desk = store.workplace(), store.picture(), Desk(store)
    entered = door.log_in("Ada", PASSWORD, address="test")
    yield from (door, store, place, picture, picture.identity, picture.directory, store.snapshot(), desk, entered)
    yield from (analysis.rank_people(place), analysis.find_groups(place), desk.map_data(), *desk.ties().values())
    yield from (desk.person("K1")[0], desk.uploads, *desk.mentions(6)[0], entered.account)
    team = door.team_for(entered.session)
    store.note(Deed.VIEW, person="K1")
    yield from (team, *team.accounts(), *team.sessions(is_all=True), *team.audit_entries(), *store.batches())


@contextmanager
def serving(mine: Mine, *, how: str) -> Iterator[str]:
    """Serve the store in a process of its own; yield the address, and keep what it printed."""
    log = mine.place / f"served-{how}.txt"
    with log.open("w", encoding="utf-8") as file:
        server = subprocess.Popen(
            [sys.executable, "-u", "-c", FALLING, how, "serve", "drive.store"],
            cwd=mine.work,
            env=mine.environment(),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _until(lambda: re.search(r"http://\S+", log.read_text(encoding="utf-8")))
        finally:
            server.send_signal(signal.SIGABRT if how == "fail" else signal.SIGTERM)
            server.wait(30)
    mine.printed.append((f"serve, {how}", log.read_text(encoding="utf-8")))


def _until(look: Callable[[], Any]) -> str:
    until = time.monotonic() + 60
    while (found := look()) is None:
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.1)
    return str(found[0])


VISIT = """\
import json, sys, time
from playwright.sync_api import sync_playwright
address, chromium, profile, password, wrong, name, typed, listed, *flags = sys.argv[1:]
with sync_playwright() as play:
    context = play.chromium.launch_persistent_context(profile, executable_path=chromium, args=flags)
    page = context.pages[0]
    for said in (wrong, password):
        page.goto(address + "/login")
        page.fill("#name", "Ada")
        page.fill("#password", said)
        page.click("main button[type=submit]")
        page.wait_for_load_state()
    for path in ("/", "/map", "/leaders", "/groups", "/people", "/data", "/person/K1", "/person/nobody", "/no/such"):
        page.goto(address + path)
        page.wait_for_timeout(700)
    page.goto(address + "/people")
    page.fill("#people-search", name)
    page.wait_for_timeout(500)
    page.locator("#people-grid a", has_text=name).click()
    page.wait_for_selector("text=" + name)
    page.goto(address + "/data")
    page.set_input_files("#import-files", listed)
    page.wait_for_selector("text=1 row")
    page.goto(address + "/talk?person=K1")
    page.wait_for_selector("#talk-person")
    page.wait_for_timeout(500)
    page.fill("#talk-notes", typed)
    page.click("#talk-save")
    page.wait_for_selector("text=is saved")
    page.fill("#talk-notes", typed)
    page.wait_for_timeout(500)
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    cookies = [one["name"] for one in context.cookies()]
    print(json.dumps({"kept": kept, "cookies": cookies}))
    context.close()
"""


@pytest.fixture(scope="module")
def visited(mine: Mine, chromium_path: str) -> dict[str, Any]:
    """Use the pages in a browser with a profile on the disk, with a server that is well and one where pages fail."""
    pytest.importorskip("playwright")
    listed = mine.place / "upload.csv"
    listed.write_text(f"person_id,name\nK8,{NAME}\n", encoding="utf-8")
    profile, said = mine.place / "profile", {}
    for how in ("well", "fail"):
        with serving(mine, how=how) as address:
            words = [address, chromium_path, profile, PASSWORD, WRONG, NAME, TYPED, listed, *BROWSER_FLAGS]
            ran = mine.run(*words, script=VISIT)
            mine.printed.pop()
            assert ran.returncode == 0, ran.stderr[-2000:]
            said = json.loads(ran.stdout)
    listed.unlink()
    return said


def test_the_browser_keeps_no_word(mine: Mine, visited: dict[str, Any]) -> None:
    assert heard(visited["kept"].encode()) == set()
    assert set(visited["cookies"]) <= {"shopfloor_session", "_csrf_token", "shopfloor_device", "theme"}
    profile = mine.place / "profile"
    assert len(list(profile.rglob("*"))) > 50
    assert heard_in(profile) == {}
    history = (profile / "Default" / "History").read_bytes()
    assert b"/person/K1" in history  # ids of people stay in the history of the browser; names do not


def test_the_server_printed_no_word(mine: Mine, visited: dict[str, Any]) -> None:
    assert visited
    printed = {words: text for words, text in mine.printed if words.startswith("serve")}
    assert {words: heard(text.encode()) for words, text in printed.items()} == {
        "serve, well": set(),
        "serve, fail": set(),
    }
    assert "A page failed: ValueError" in printed["serve, fail"]
    assert "Current thread" in printed["serve, fail"]


def test_nothing_on_the_machine_holds_a_word(mine: Mine, visited: dict[str, Any]) -> None:
    assert visited
    assert mine.store.exists()
    assert mine.run("backup", "drive.store", "another.store").returncode == 0
    assert heard_in(mine.place) == {}


def test_what_was_asked_for_stands_where_it_was_asked_for(mine: Mine) -> None:
    for words in (("out", "--everything"), ("people.graphml",)):
        assert mine.run("export", "drive.store", *words).returncode == 0
    found = heard_in(mine.work)
    assert {Path(name).parts[0] for name in found} == {"out", "people.graphml"}
    assert {*WORDS} <= set().union(*found.values())
    shutil.rmtree(mine.work / "out")
    (mine.work / "people.graphml").unlink()
    assert heard_in(mine.place) == {}
