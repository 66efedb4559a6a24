"""Where the dashboard listens, whom it believes, and how much it takes in."""

import base64
import http.client
import io
import re
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from shopfloor.cli import main
from shopfloor.dashboard import uploads
from shopfloor.dashboard.serving import Listening, checked, is_loopback, serve_team
from shopfloor.dashboard.uploads import Uploads, one_import
from shopfloor.errors import InputError, InterruptedWorkError, StoreUnavailableError, UsageError
from shopfloor.ingest import zipguard
from shopfloor.ingest.zipguard import check_package
from shopfloor.service.opening import create_store
from shopfloor.service.passwords import a_strangers_turn
from tests.security.hall import NAME, PASSPHRASE, PASSWORD, UPDATE, TeamHall, log_in

PUBLIC = "https://drive.example.org"


@pytest.mark.parametrize(
    ("where", "has_accounts"),
    [
        (Listening(), False),
        (Listening("::1"), False),
        (Listening("localhost", 8050), True),
        (Listening("0.0.0.0", 8050, PUBLIC, "10.0.0.2"), True),  # noqa: S104 - what is tested
        (Listening(public_url="https://drive.example.org:8443/"), True),
    ],
)
def test_a_safe_place_is_taken(where: Listening, has_accounts: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert checked(where, has_accounts=has_accounts) is where


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "drive.example.org", ""])  # noqa: S104 - what is tested
def test_nobody_of_the_network_reaches_a_store_without_accounts(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(UsageError, match="no accounts"):
        checked(Listening(host), has_accounts=False)
    with pytest.raises(UsageError, match="no accounts"):
        checked(Listening(host, public_url=PUBLIC), has_accounts=False)
    with pytest.raises(UsageError, match="TLS"):
        checked(Listening(host), has_accounts=True)


def test_a_store_without_accounts_has_no_public_name() -> None:
    with pytest.raises(UsageError, match="no accounts"):
        checked(Listening(public_url=PUBLIC), has_accounts=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://drive.example.org",
        "drive.example.org",
        "https://",
        "https://a/b",
        "https://a?b",
        "https://u:p@a",
        "https://a b",
        "",
    ],
)
def test_a_public_address_is_https_and_a_name(url: str) -> None:
    with pytest.raises(UsageError, match="--public-url"):
        checked(Listening(public_url=url), has_accounts=True)


@pytest.mark.parametrize("proxy", ["*", "", "caddy", "10.0.0.0/8"])
def test_one_machine_is_believed_about_addresses(proxy: str) -> None:
    with pytest.raises(UsageError, match="--proxy"):
        checked(Listening(public_url=PUBLIC, proxy=proxy), has_accounts=True)


def test_the_command_refuses_and_says_why(tmp_path: Path) -> None:
    place = tmp_path / "solo.store"
    create_store(place, passphrase=PASSPHRASE).close()
    how = {"env": {"SHOPFLOOR_PASSPHRASE": PASSPHRASE}}
    for options in (["--host", "0.0.0.0"], ["--public-url", PUBLIC]):  # noqa: S104 - what is tested
        result = CliRunner().invoke(main, ["serve", str(place), *options], **how)  # type: ignore[arg-type]
        assert result.exit_code == 2
        assert "no accounts" in result.output


def running(hall: TeamHall, where: Listening) -> tuple[str, int]:
    """Serve a team in a thread that ends with the tests; return what was said, and the port."""
    said, ready = [], threading.Event()

    def say(line: str) -> None:
        said.append(line)
        ready.set()

    threading.Thread(target=serve_team, args=(hall.door, where), kwargs={"say": say}, daemon=True).start()
    assert ready.wait(20)
    found = re.search(r"127\.0\.0\.1:(\d+)", said[0])
    assert found is not None
    return said[0], int(found[1])


def ask(
    port: int, method: str, path: str, *, body: str | Iterator[bytes] | None = None, **headers: str
) -> tuple[int, dict[str, str], str]:
    """Send a request as it is."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = line.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read().decode()


def log_in_from(port: int, host: str, address: str) -> None:
    """Log in by hand, saying that one comes from an address."""
    status, headers, page = ask(port, "GET", "/login", Host=host)
    assert status == 200
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    body = f"csrf_token={found[1]}&name=Olga&password={PASSWORD.replace(' ', '+')}"
    cookie = next(part for part in re.split(r", (?=[\w-]+=)", headers["Set-Cookie"]) if "session=" in part).partition(
        ";"
    )[0]
    sent = {"Cookie": cookie, "Content_Type": "application/x-www-form-urlencoded", "X_Forwarded_For": address}
    assert ask(port, "POST", "/login", Host=host, body=body, **sent)[0] == 303


def test_who_a_request_came_from_is_believed_of_the_proxy_alone(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    hall.team().require_second_factor(is_required=False)
    for proxy, seen in ((None, "127.0.0.1"), ("127.0.0.1", "192.0.2.77")):
        said, port = running(hall, Listening(public_url=PUBLIC, proxy=proxy))
        assert PUBLIC in said
        log_in_from(port, "drive.example.org", "192.0.2.77")
        assert hall.team().sessions("Olga")[0].address == seen
        hall.team().end_sessions("Olga")
        assert ask(port, "GET", "/login", Host=f"127.0.0.1:{port}")[0] == 421
        status, headers, _ = ask(port, "GET", "/login", Host="drive.example.org")
        assert status == 200
        assert headers["Strict-Transport-Security"]
        assert headers["Server"] == "shopfloor"


def test_pages_beyond_this_machine_want_a_second_factor_unless_an_admin_has_said(
    halls: Callable[..., TeamHall],
) -> None:
    here, beyond, said = halls(), halls(), halls()
    running(here, Listening())
    assert not here.team().is_second_factor_required
    running(beyond, Listening(public_url=PUBLIC))
    until(lambda: beyond.team().is_second_factor_required)
    assert beyond.door.log_in("Olga", PASSWORD, address="192.0.2.1").account.needs_second_factor
    said.team().require_second_factor(is_required=False)
    running(said, Listening(public_url=PUBLIC))
    assert not said.door.want_second_factor()
    assert not said.team().is_second_factor_required


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_who_has_not_logged_in_sends_little(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    _, port = running(hall, Listening())
    host, large = f"127.0.0.1:{port}", "x" * 1_100_000
    member = hall.member("Olga").get_cookie("shopfloor_session", domain=NAME)
    _, headers, _ = ask(port, "GET", "/login", Host=host)
    stranger = re.search(r"shopfloor_session=([^;]+)", headers["Set-Cookie"])
    assert member is not None
    assert stranger is not None
    for path, cookie, is_taken_in in (
        ("/login", member.value, False),
        (UPDATE, member.value, True),
        (UPDATE, stranger[1], False),
        (UPDATE, member.value[:-1], False),
        (UPDATE, "x", False),
        (UPDATE, "", False),
    ):
        sent = {"Cookie": f"shopfloor_session={cookie}", "Content_Type": "application/json"}
        try:
            is_refused = ask(port, "POST", path, Host=host, body=large, **sent)[0] == 413
        except ConnectionError:  # the server hung up while the rest was still being sent
            is_refused = True
        assert is_refused is not is_taken_in, (path, cookie)


def test_a_flood_of_strangers_does_not_hold_the_server(halls: Callable[..., TeamHall]) -> None:
    client = halls().client()
    with a_strangers_turn(is_stranger=True), a_strangers_turn(is_stranger=True):
        refused = log_in(client, "nobody")
        assert refused.status_code == 429
        assert refused.headers["Retry-After"]
        assert "try again in a moment" in refused.get_data(as_text=True)
    assert log_in(client, "nobody").status_code == 403


def test_a_taken_port_is_said(halls: Callable[..., TeamHall]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        with pytest.raises(StoreUnavailableError, match="taken"):
            serve_team(halls().door, Listening(port=held.getsockname()[1]), say=print)


def sent(data: bytes) -> str:
    return f"data:text/csv;base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("limit", "files", "what"),
    [
        ("MOST_FILES", [b"a,b\n1,2\n"] * 6, "files"),
        ("MOST_BYTES", [b"a" * 6], "bytes"),
        ("MOST_ROWS", [b"a\n1\n2\n", b"a\n1\n2\n"], "rows"),
        ("MOST_ROWS", [b"a\r1\r2\r3\r4\r5\r"], "rows"),
        ("MOST_CELLS", [b"a;b;c;d;e;f;g"], "cells"),
    ],
)
def test_what_would_keep_the_server_busy_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, limit: str, files: list[bytes], what: str
) -> None:
    monkeypatch.setattr(uploads, limit, 5)
    with pytest.raises(InputError, match=f"more than 5 {what}"):
        Uploads().put([f"{i}.csv" for i in range(len(files))], [sent(data) for data in files])


def test_ordinary_files_are_taken() -> None:
    held = Uploads()
    ticket = held.put(["people.csv"], [sent(b"person_id,name\n1,Ana\n")])
    assert held.get(ticket).streams()[0][1].read() == b"person_id,name\n1,Ana\n"


def test_a_load_that_takes_too_long_is_stopped_and_its_place_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LONGEST_S", -1)
    for _ in range(4):
        with pytest.raises(InterruptedWorkError, match="stopped"), one_import() as progress:
            progress("reading", 0, 1)


def test_only_a_few_load_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_PLACE_WAIT_S", 0.05)
    with one_import(), one_import(), pytest.raises(InputError, match="Others are loading"), one_import():
        pass
    with one_import():
        pass


def workbook(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", b"<Types/>")
        for name, content in parts.items():
            package.writestr(f"xl/worksheets/{name}.xml", content)
    return stream.getvalue()


def test_a_workbook_of_too_many_cells_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = (
        b"<worksheet><sheetData><row>" + b"<c/><c r='A1'><v>1</v></c>" * 3 + b"</row></sheetData><cols/></worksheet>"
    )
    monkeypatch.setattr(zipguard, "MAX_CELLS", 12)
    check_package(workbook(one=sheet, two=sheet), "book.xlsx")
    monkeypatch.setattr(zipguard, "MAX_CELLS", 11)
    with pytest.raises(InputError, match="more than 11 cells"):
        check_package(workbook(one=sheet, two=sheet), "book.xlsx")


def test_a_zip_bomb_is_refused_in_words() -> None:
    bomb = workbook(one=b"<c/>" * 40_000_000)
    assert len(bomb) < 1_000_000
    with pytest.raises(InputError, match="too much"):
        check_package(bomb, "book.xlsx")
