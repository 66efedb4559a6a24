"""Nobody gets in without the link, no request changes anything without a token, and nothing forged brings it down."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from shopfloor.dashboard.app import create_app
from shopfloor.dashboard.security import MAX_UPLOAD_BYTES, Doorkeeper, Site
from shopfloor.service.opening import OpenStore
from tests.dashboard.serving import demo_store

HOST = "127.0.0.1:8050"
UPDATE = "/_dash-update-component"
PATHS = [
    "/",
    "/map",
    "/leaders",
    "/grid",
    "/next",
    "/changes",
    "/groups",
    "/people",
    "/talk",
    "/data",
    "/counts",
    "/export",
    "/person/P001",
    "/person/nobody",
]


class Client(FlaskClient):
    """A browser that asks the address of the dashboard."""

    def open(self, *given: Any, **how: Any) -> Any:
        """Ask, of this host if no other is said."""
        return super().open(*given, **{"base_url": f"http://{HOST}", **how})


@dataclass(frozen=True)
class Hall:
    """A dashboard and its door."""

    app: Dash
    door: Doorkeeper
    store: OpenStore

    def client(self) -> FlaskClient:
        """Return a browser that nobody logged in with."""
        return Client(self.app.server)

    def member(self) -> FlaskClient:
        """Return a browser that opened the link."""
        client = self.client()
        assert client.get(self.door.path).status_code == 200
        return client


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    store = demo_store(tmp_path_factory.mktemp("hall"), people=60)
    door = Doorkeeper(store)
    return Hall(create_app(door, Site(lambda: {HOST}), "hall"), door, store)


@pytest.fixture
def member(hall: Hall) -> FlaskClient:
    return hall.member()


def token(client: FlaskClient) -> dict[str, str]:
    cookie = client.get_cookie("_csrf_token", domain=HOST.partition(":")[0])
    assert cookie is not None
    return {"X-CSRFToken": cookie.value}


def outputs_of(spec: str) -> Any:
    """Return outputs as the browser names them."""
    found = [
        {"id": _as_id(one.rpartition(".")[0]), "property": one.rpartition(".")[2]}
        for one in spec.strip(".").split("...")
    ]
    return found if spec.startswith("..") else found[0]


def _as_id(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else text


def body_of(spec: str, callback: dict[str, Any], value: Any) -> dict[str, Any]:
    """Return a request for one callback in which every input and state is `value`."""

    def filled(part: dict[str, Any]) -> Any:
        key = _as_id(part["id"])
        one = {"id": key, "property": part["property"], "value": value}
        return [one] if isinstance(key, dict) else one

    inputs, states = [filled(part) for part in callback["inputs"]], [filled(part) for part in callback["state"]]
    first = callback["inputs"][0]
    changed = [f"{first['id']}.{first['property']}"]
    return {
        "output": spec,
        "outputs": outputs_of(spec),
        "inputs": inputs,
        "state": states,
        "changedPropIds": changed,
    }


def each_callback(hall: Hall) -> Iterator[tuple[str, dict[str, Any]]]:
    hall.member().get("/_dash-layout")
    yield from hall.app.callback_map.items()


def test_every_route_is_refused_without_a_session(hall: Hall) -> None:
    client, seen = hall.client(), 0
    for rule in hall.app.server.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in rule.methods & {"GET", "POST"}:
            if path != "/open":
                assert client.open(path, method=method).status_code == 401, (method, path)
                seen += 1
    assert seen > 8
    for path in PATHS:
        assert client.get(path).status_code == 401


def test_every_callback_is_refused_without_a_session(hall: Hall) -> None:
    client, n = hall.client(), 0
    for spec, callback in each_callback(hall):
        assert client.post(UPDATE, json=body_of(spec, callback, "/open")).status_code == 401, spec
        n += 1
    assert n > 12


def test_a_made_up_session_is_no_session(hall: Hall) -> None:
    client = hall.client()
    client.set_cookie("shopfloor_session", "eyJuYW1lIjoib3duZXIifQ.aaaa.bbbb", domain="127.0.0.1")
    assert client.get("/").status_code == 401


def test_the_link_works_once(hall: Hall) -> None:
    path = hall.door.path
    assert hall.client().get(path).status_code == 200
    assert hall.client().get(path).status_code == 401
    assert hall.door.path != path
    assert hall.client().get("/open?token=").status_code == 401
    assert hall.client().get("/open?token=\u00fc").status_code == 401


def test_another_host_name_is_refused(hall: Hall, member: FlaskClient) -> None:
    for host in ("evil.example.org", "localhost:1", "127.0.0.1", f"{HOST}.example.org"):
        assert member.get("/", headers={"Host": host}).status_code == 421, host
        assert hall.client().get(hall.door.path, headers={"Host": host}).status_code == 421


def test_a_change_needs_the_token(hall: Hall, member: FlaskClient) -> None:
    for spec, callback in each_callback(hall):
        body = body_of(spec, callback, None)
        assert member.post(UPDATE, json=body).status_code == 400, spec
        assert member.post(UPDATE, json=body, headers={"X-CSRFToken": "made-up"}).status_code == 400, spec


def test_cookies_are_kept_from_scripts_and_other_sites(hall: Hall) -> None:
    cookies = hall.client().get(hall.door.path).headers.getlist("Set-Cookie")
    session = next(one for one in cookies if one.startswith("shopfloor_session"))
    assert "HttpOnly" in session
    assert "SameSite=Strict" in session
    assert "Expires" not in session
    assert "Max-Age" not in session
    assert all("SameSite=Strict" in one for one in cookies)


def test_every_answer_carries_the_headers(hall: Hall, member: FlaskClient) -> None:
    answers = [
        hall.client().get("/"),
        hall.client().get("/", headers={"Host": "evil.example.org"}),
        member.get("/"),
        member.get("/_dash-layout"),
        member.get("/_dash-dependencies"),
        member.get("/assets/app.css"),
        member.get("/no/such/page"),
        member.post(UPDATE, json={}),
        member.post(UPDATE, json={}, headers=token(member)),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_nothing_on_the_first_page_comes_from_elsewhere(member: FlaskClient) -> None:
    page = member.get("/").get_data(as_text=True)
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//[^\"]+", page) == []


def test_debug_is_off(hall: Hall) -> None:
    assert not hall.app.server.debug
    config = hall.member().get("/").get_data(as_text=True)
    assert '"hot_reload"' not in config
    assert '"ui":true' not in config.replace(" ", "")


FORGED: list[Any] = [
    None,
    "x",
    "<script>",
    -1,
    1e300,
    True,
    {},
    {"id": {"a": [1]}, "kind": 3, "open": 5, "person": [], "level": {}},
    {"kind": "person", "id": "nobody", "open": ["no such unit"], "person": "nobody", "level": "circle"},
    [],
    [None],
    [{"id": None, "name": 3}],
    ["x"] * 5000,
    "/person/" + "%00" * 50,
    "x" * 100_000,
]


@pytest.mark.parametrize("value", FORGED, ids=lambda value: str(value)[:24])
def test_forged_inputs_are_answered_and_change_nothing(
    hall: Hall, member: FlaskClient, caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    before, headers = hall.store.revision(), token(member)
    with caplog.at_level(logging.ERROR):
        for spec, callback in each_callback(hall):
            answer = member.post(UPDATE, json=body_of(spec, callback, value), headers=headers)
            assert answer.status_code in (200, 204, 400), (spec, answer.status_code)
            assert "Traceback" not in answer.get_data(as_text=True)
    assert hall.store.revision() == before
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.parametrize(
    "sent", [b"", b"no json", b"[]", b"{}", b"null", b'{"output": "nothing.children"}', b'{"output": 5, "inputs": 5}']
)
def test_requests_that_make_no_sense_are_refused_in_words(member: FlaskClient, sent: bytes) -> None:
    answer = member.post(UPDATE, data=sent, content_type="application/json", headers=token(member))
    assert answer.status_code in (204, 400, 415)
    text = answer.get_data(as_text=True)
    assert "Traceback" not in text
    assert ".py" not in text


def test_a_file_too_large_is_refused_in_words(member: FlaskClient) -> None:
    answer = member.post(
        UPDATE,
        data=b"{}",
        content_type="application/json",
        headers=token(member),
        environ_overrides={"CONTENT_LENGTH": str(MAX_UPLOAD_BYTES + 1)},
    )
    assert answer.status_code == 413
    assert "too large" in answer.get_data(as_text=True)


def clicked(found: tuple[str, dict[str, Any]], key: dict[str, Any]) -> dict[str, Any]:
    """Return a request to a callback in which one button with the id was clicked."""
    spec, callback = found
    body = body_of(spec, callback, None)
    for part, given in zip(callback["inputs"], body["inputs"], strict=True):
        if isinstance(given, list):
            is_it = set(_as_id(part["id"])) == set(key)
            given[:] = [{"id": key, "property": part["property"], "value": 1}] if is_it else []
    body["changedPropIds"] = [json.dumps(key, separators=(",", ":"), sort_keys=True) + ".n_clicks"]
    return body


@pytest.mark.parametrize(
    "key",
    [
        {"undo": 999},
        {"undo": "1 OR 1"},
        {"undo": [1]},
        {"withdraw": 1},
        {"withdraw": None},
        {"mention": "nobody", "person": "P001"},
        {"mention": 5, "person": None},
        {"verdict": "married"},
    ],
    ids=str,
)
def test_forged_buttons_get_a_message_and_change_nothing(hall: Hall, member: FlaskClient, key: dict[str, Any]) -> None:
    before = hall.store.revision()
    body = clicked(
        next(one for one in each_callback(hall) if one[0].startswith("..keeping.children...keeping-said")), key
    )
    answer = member.post(UPDATE, json=body, headers=token(member))
    assert answer.status_code == 200
    assert "That did not work" in answer.get_data(as_text=True)
    assert hall.store.revision() == before


def test_names_never_reach_the_log(hall: Hall, member: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    names = [str(name) for name in hall.store.workplace().people["name"]]
    with caplog.at_level(logging.DEBUG):
        for path in PATHS:
            body = {
                "output": "..bar.children...main.children...dock.children...trouble.children..",
                "outputs": outputs_of("..bar.children...main.children...dock.children...trouble.children.."),
                "inputs": [
                    {"id": "url", "property": "pathname", "value": path},
                    {"id": "url", "property": "search", "value": ""},
                ],
                "state": [{"id": "campaign", "property": "data", "value": "hall"}],
                "changedPropIds": ["url.pathname"],
            }
            assert member.post(UPDATE, json=body, headers=token(member)).status_code == 200
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert not [name for name in names if name in logged]
    assert "P001" not in repr(hall.door)


def test_the_pages_keep_nothing_in_the_browser() -> None:
    folder = Path(create_app.__code__.co_filename).parent
    for path in [*folder.rglob("*.py"), folder / "assets" / "controls.js"]:
        text = path.read_text(encoding="utf-8")
        assert "localStorage" not in text
        assert "persistence=True" not in text
        assert "storage_type" not in text
