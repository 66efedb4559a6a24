"""Made-up forms, addresses and command lines: an answer in words each time, and nothing changed by what was refused."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopfloor.cli import main
from tests.cli.test_team import leaves
from tests.security.hall import PASSPHRASE, PASSWORD, TeamHall, field_of, tells_of_the_program

pytestmark = pytest.mark.slow

AMOUNT = float(os.environ.get("SHOPFLOOR_FUZZ", "1"))
LONGEST_S = 10.0
CALM = settings(suppress_health_check=list(HealthCheck), deadline=None)
CALM_STATUS = {200, 204, 303, 308, 400, 401, 403, 404, 405, 413, 415, 429}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    [
        *("", " ", "\x00", "Ada", "ada", "Olga", "olga\r\nSet-Cookie: a=b", PASSWORD, "000000", "yes", "lead", "admin"),
        *("<img src=x onerror=alert(1)>", "{{7*7}}", "%s%s%n", "../../etc/passwd", "//example.org", "\U0001f600"),
        *("x" * 70_000, "9" * 5000, "Paint\nPress\n" * 400, "\u202e", "\ufeff", "-1", "NaN", "[]", "{}"),
    ]
)
FIELDS = ("name", "password", "again", "old", "code", "token", "next", "roles", "units", "session_id", "is_required")
FORM = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), TEXT | st.lists(TEXT, max_size=3), max_size=6)
QUERY = st.dictionaries(
    st.sampled_from(["next", "token", "person", "by", "deed", "page", "verify", "x"]), TEXT, max_size=4
)
WHO = (None, "Ada", "Olga", "Ria", "Adam")
KEPT = frozenset({"team.log_out", "team.end", "team.change", "team.end_sessions", "team.change_password"})
"""Forms that, well filled in, end the session that fills them in."""


@pytest.fixture(scope="module")
def clients(team_hall: TeamHall) -> dict[str | None, FlaskClient]:
    return {who: team_hall.client() if who is None else team_hall.member(who) for who in WHO}


def is_calm(answer: Any) -> bool:
    """Tell that an answer is in words and tells nothing of the program."""
    text = answer.get_data(as_text=True)
    told = [word for word in ("werkzeug", "jinja", "/home/", "/usr/", "sqlite") if word in text]
    return answer.status_code in CALM_STATUS and not told and not tells_of_the_program(text)


@settings(CALM, max_examples=int(1200 * AMOUNT))
@given(data=st.data())
def test_any_form_is_answered_in_words(
    team_hall: TeamHall, clients: dict[str | None, FlaskClient], data: st.DataObject
) -> None:
    rules = [
        rule
        for rule in team_hall.app.server.url_map.iter_rules()
        if rule.endpoint.startswith("team.") and rule.endpoint not in KEPT
    ]
    rule, who = data.draw(st.sampled_from(rules)), data.draw(st.sampled_from(WHO))
    client, form, query = clients[who], data.draw(FORM), data.draw(QUERY)
    if data.draw(st.integers(0, 9)):
        form["csrf_token"] = field_of(client.get("/login").get_data(as_text=True), "csrf_token")
    method = data.draw(st.sampled_from(["GET", "POST", "POST", "POST", "HEAD", "PUT", "OPTIONS"]))
    began = time.monotonic()
    answer = client.open(rule.rule, method=method, data=form, query_string=query)
    assert is_calm(answer), (rule.rule, method, form, query, answer.status_code, answer.get_data(as_text=True)[:300])
    assert time.monotonic() - began < LONGEST_S
    there = answer.headers.get("Location", "/")
    assert there.startswith("/"), there
    assert not there.startswith("//"), there


@settings(CALM, max_examples=int(600 * AMOUNT))
@given(
    path=st.text(max_size=40) | st.sampled_from(["_dash-layout", "_dash-update-component", "assets/app.css", "login"]),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "X"]),
    body=st.binary(max_size=300),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "x/y", ""]),
    who=st.sampled_from(WHO),
)
def test_any_request_is_answered_in_words(
    clients: dict[str | None, FlaskClient], path: str, method: str, body: bytes, kind: str, who: str | None
) -> None:
    answer = clients[who].open(f"/{path}", method=method, data=body, content_type=kind)
    assert answer.status_code in CALM_STATUS | {421}, (path, method, answer.status_code)
    assert "Traceback" not in answer.get_data(as_text=True)


def test_what_was_sent_changed_no_account(team_hall: TeamHall, tried: Callable[..., None]) -> None:
    seen = {account.name: account.roles for account in team_hall.team().accounts()}
    known = {"Ada": {"lead", "admin"}, "Olga": {"organizer"}, "Ria": {"researcher"}, "Adam": {"admin"}}
    assert {name: set(seen[name]) for name in known} == known
    assert not team_hall.team().verify_audit().faults
    assert team_hall.store("Ada").check() == []
    tried(int(1800 * AMOUNT), "forms and requests")


WORDS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    [
        *("--help", "--format", "json", "table", "--unit", "Paint", "--top", "-1", "0", "9" * 30, "--", "-", ""),
        *("--as-of", "2026-13-40", "--known-at", "0001-01-01", "--layer", "named", "--yes", "person:1", "name=", "="),
        *("../..", "/nowhere/at/all.csv", "neo4j://", "bolt://127.0.0.1:1", "--passphrase-file", "--account", "Ada"),
    ]
)
NOT_TRIED = {("demo",), ("serve",), ("wipe",), ("lock",), ("unlock",)}
COMMANDS = [path for path, _ in leaves(main) if path not in NOT_TRIED]


@settings(CALM, max_examples=int(500 * AMOUNT))
@given(
    command=st.sampled_from(COMMANDS),
    words=st.lists(WORDS, max_size=5),
    is_placed=st.booleans(),
    stdin=st.binary(max_size=40),
)
def test_any_command_line_is_answered_in_words(
    alone: Path, command: tuple[str, ...], words: list[str], stdin: bytes, *, is_placed: bool
) -> None:
    given = [*command, *([str(alone)] if is_placed else []), *words]
    env = {"SHOPFLOOR_PASSPHRASE": PASSPHRASE, "SHOPFLOOR_ACCOUNT": "Ria", "SHOPFLOOR_ACCOUNT_PASSWORD": PASSWORD}
    began = time.monotonic()
    ran = CliRunner().invoke(main, given, input=stdin, env=env)
    assert ran.exit_code in (0, 1, 2), (given, ran.exit_code)
    assert ran.exception is None or isinstance(ran.exception, SystemExit | click.ClickException), (given, ran.exception)
    assert "Traceback" not in ran.output, given
    assert "should not have" not in ran.output, (given, ran.output)
    assert time.monotonic() - began < LONGEST_S, given


@pytest.fixture(scope="module")
def alone(team_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of its own, in the folder that commands run in: what they write lands there."""
    folder = tmp_path_factory.mktemp("alone")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        shutil.copy(team_store, folder / "team.store")
    return folder / "team.store"


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
