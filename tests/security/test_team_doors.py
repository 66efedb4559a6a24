"""A store with accounts: nobody sees anything without logging in, and a session is worth what its account is now."""

import json
import re
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder

from shopfloor.dashboard.app import create_app
from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.pages import data
from shopfloor.dashboard.security import Doorkeeper, Site
from shopfloor.dashboard.team import desks as desks_module
from shopfloor.dashboard.team.desks import Desks
from shopfloor.dashboard.team.entrance import OPEN, local_path
from shopfloor.dashboard.turns import Turns
from shopfloor.errors import InputError
from shopfloor.service import door as door_module
from shopfloor.service import sessions as sessions_module
from shopfloor.service.audit import Deed
from shopfloor.service.door import open_door
from shopfloor.service.opening import create_store
from tests.security.hall import (
    ACCOUNTS,
    HOST,
    NAME,
    PASSPHRASE,
    PASSWORD,
    UPDATE,
    Client,
    TeamHall,
    body_of,
    field_of,
    log_in,
    open_hall,
    outputs_of,
    send,
    token,
)

SESSION = "shopfloor_session"
ASKS = 'placeholder="your password"'
PAGE = "..bar.children...main.children...dock.children...trouble.children.."


def page_body(path: str, search: str = "") -> dict[str, Any]:
    """Return the request for a page."""
    return {
        "output": PAGE,
        "outputs": outputs_of(PAGE),
        "inputs": [
            {"id": "url", "property": "pathname", "value": path},
            {"id": "url", "property": "search", "value": search},
        ],
        "state": [{"id": "campaign", "property": "data", "value": "hall"}],
        "changedPropIds": ["url.pathname"],
    }


def ask(client: FlaskClient, path: str) -> Any:
    """Ask for a page by the callback, as a browser that is in does."""
    client.get("/")
    return client.post(UPDATE, json=page_body(path), headers=token(client))


def session_of(client: FlaskClient) -> str:
    cookie = client.get_cookie(SESSION, domain=NAME)
    assert cookie is not None
    return cookie.value


def paths_of(hall: TeamHall) -> list[tuple[str, str, str]]:
    """Return method, path and endpoint of every route there is."""
    rules = hall.app.server.url_map.iter_rules()
    return [
        (method, re.sub(r"<[^>]+>", "x", rule.rule), rule.endpoint)
        for rule in rules
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"})
    ]


def test_every_route_but_those_to_log_in_is_refused_without_a_session(team_hall: TeamHall) -> None:
    client, n = team_hall.client(), 0
    for method, path, endpoint in paths_of(team_hall):
        answer = client.open(path, method=method)
        if endpoint in OPEN:
            continue
        assert answer.status_code in (303, 401), (method, path, answer.status_code)
        assert answer.status_code == 401 or answer.headers["Location"].startswith("/login?next=")
        assert answer.get_data(as_text=True) in ("", *_words_of_refusal(answer))
        n += 1
    assert n > 20
    assert {"team.log_in", "team.join"} == set(OPEN)


def _words_of_refusal(answer: Any) -> tuple[str, ...]:
    text = answer.get_data(as_text=True)
    return (text,) if text.startswith("You are not logged in any more.") else ()


def test_every_callback_is_refused_without_a_session(team_hall: TeamHall) -> None:
    n = 0
    for spec, callback in team_hall.callbacks():
        for value in ("/login", "/join", "/assets/app.css"):
            answer = team_hall.client().post(UPDATE, json=body_of(spec, callback, value))
            assert answer.status_code == 401, spec
            assert answer.headers["X-Log-In"] == "/login"
        n += 1
    assert n > 12


def test_before_the_log_in_only_styles_are_given(team_hall: TeamHall) -> None:
    client = team_hall.client()
    for path in ("app.css", "tokens.css", "team.css", "fonts/public-sans-latin-wght-normal.woff2"):
        assert client.get(f"/assets/{path}").status_code == 200
    kept = ("controls.js", "door.js", "session.js", "fonts/../controls.js", "fonts/x/y", "..%2fapp.py")
    for path in (*kept, "fonts/%2e%2e/door.js"):
        assert client.get(f"/assets/{path}").status_code in (303, 401, 404), path


def test_a_log_in_leads_back_and_begins_a_new_session(team_hall: TeamHall) -> None:
    client = team_hall.client()
    client.get("/login")
    planted = session_of(client)
    answer = log_in(client, "Olga", next="/map?unit=Paint")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/map?unit=Paint"
    assert session_of(client) != planted
    other = team_hall.client()
    other.set_cookie(SESSION, planted, domain=NAME)
    assert other.get("/").status_code == 303


def test_a_second_log_in_ends_the_session_before(team_hall: TeamHall) -> None:
    client = team_hall.member("Olga")
    first = session_of(client)
    assert log_in(client, "Ada").status_code == 303
    other = team_hall.client()
    other.set_cookie(SESSION, first, domain=NAME)
    assert other.get("/").headers["Location"] == "/login?next=%2F"
    assert "Ada" in client.get("/account").get_data(as_text=True)


def test_a_session_that_ended_is_worth_nothing_when_it_is_sent_again(team_hall: TeamHall) -> None:
    client = team_hall.member("Olga")
    assert ask(client, "/people").status_code == 200
    old, header = session_of(client), token(client)
    assert send(client, "/logout").status_code == 200
    client.set_cookie(SESSION, old, domain=NAME)
    answer = client.post(UPDATE, json=page_body("/people"), headers=header)
    assert answer.status_code == 401
    assert "Log in again" in answer.get_data(as_text=True)


def test_whatever_does_not_fit_gets_the_same_words(team_hall: TeamHall) -> None:
    answers = [
        log_in(team_hall.client(), name, password, code=code)
        for name, password, code in (
            ("Otto", "wrong wrong wrong", ""),
            ("Nobody", PASSWORD, ""),
            ("<b>'\"", PASSWORD, ""),
            ("Ada", "", "123456"),
        )
    ]
    texts = {re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True)) for answer in answers}
    assert {answer.status_code for answer in answers} == {403}
    assert len(texts) == 1
    assert "does not fit" in texts.pop()


def test_guessing_must_wait_and_says_how_long(halls: Callable[..., TeamHall]) -> None:
    client = halls().client()
    codes = [log_in(client, "Olga", f"wrong {n} wrong wrong").status_code for n in range(7)]
    assert codes[:5] == [403] * 5
    assert codes[-1] == 429
    assert int(log_in(client, "Olga").headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "there",
    [
        "https://example.org",
        "//example.org",
        "/\\example.org",
        "\\\\example.org",
        "/\t/example.org",
        "javascript:alert(1)",
        "http:example.org",
        "/\r\nSet-Cookie: a=b",
        " //example.org",
        "",
        "x" * 3000,
    ],
)
def test_nobody_is_led_elsewhere(team_hall: TeamHall, there: str) -> None:
    assert local_path(there) == "/"
    answer = log_in(team_hall.client(), "Olga", next=there)
    assert answer.headers["Location"] == "/"


def test_another_host_name_is_refused(team_hall: TeamHall) -> None:
    member = team_hall.member("Ada")
    for host in ("evil.example.org", "localhost:1", "127.0.0.1", f"{HOST}.example.org"):
        for client in (member, team_hall.client()):
            assert client.get("/login", headers={"Host": host}).status_code == 421, host
            assert client.get("/", headers={"Host": host}).status_code == 421, host
    forwarded = team_hall.client().get("/login", headers={"X-Forwarded-Host": "evil.example.org"})
    assert "evil" not in forwarded.get_data(as_text=True)


def test_every_change_needs_the_token(team_hall: TeamHall) -> None:
    member, stranger, n = team_hall.member("Ada"), team_hall.client(), 0
    member.get("/")
    accounts = [one.name for one in team_hall.team().accounts()]
    for method, path, endpoint in paths_of(team_hall):
        if method == "GET":
            continue
        for client in (member, stranger) if endpoint in OPEN else (member,):
            for header in ({}, {"X-CSRFToken": "made-up"}):
                assert client.open(path, method=method, data={"name": "Olga"}, headers=header).status_code == 400, path
                n += 1
    assert n > 20
    assert [one.name for one in team_hall.team().accounts() if not one.is_ended] == accounts


def test_a_form_of_another_site_is_refused_even_with_the_token(team_hall: TeamHall) -> None:
    member = team_hall.member("Ada")
    member.get("/")
    for site in ("cross-site", "same-site"):
        headers = {**token(member), "Sec-Fetch-Site": site}
        answer = member.post("/admin/accounts/end", data={"name": "Olga"}, headers=headers)
        assert answer.status_code == 403
    assert not team_hall.team().account("Olga").is_ended


def test_a_link_from_another_site_comes_back_with_the_cookie(team_hall: TeamHall) -> None:
    client = team_hall.client()
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}
    answer = client.get("/person/1'\"><script>", headers=headers)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "<script>" not in text
    assert "url=/person/1" in text.replace("&#39;", "'")


def test_behind_tls_cookies_are_bound_to_the_host_and_to_https(halls: Callable[..., TeamHall]) -> None:
    hall = halls(is_tls=True, hosts=("drive.example.org",))
    client = hall.app.server.test_client()
    how = {"base_url": "https://drive.example.org"}
    page = client.get("/login", **how)
    fields = {"csrf_token": field_of(page.get_data(as_text=True), "csrf_token"), "name": "Ada", "password": PASSWORD}
    answer = client.post("/login", data=fields, **how)
    assert answer.status_code == 303
    assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]
    seen = set()
    for line in [*answer.headers.getlist("Set-Cookie"), *client.get("/", **how).headers.getlist("Set-Cookie")]:
        for name, cookie in SimpleCookie(line).items():
            assert name.startswith("__Host-"), line
            assert cookie["secure"]
            assert cookie["path"] == "/"
            assert not cookie["domain"]
            assert cookie["samesite"] == "Strict"
            assert cookie["httponly"] or "csrf" in name
            seen.add(name)
    assert seen == {"__Host-shopfloor_session", "__Host-shopfloor_device", "__Host-_csrf_token"}
    assert '"csrf_token_name":"__Host-_csrf_token"' in client.get("/", **how).get_data(as_text=True).replace(" ", "")


def test_on_plain_loopback_nothing_says_https(team_hall: TeamHall) -> None:
    answer = log_in(team_hall.client(), "Ada")
    assert "Strict-Transport-Security" not in answer.headers
    assert all("Secure" not in line for line in answer.headers.getlist("Set-Cookie"))


def test_every_page_forbids_frames_scripts_and_keeping(team_hall: TeamHall) -> None:
    for client in (team_hall.client(), team_hall.member("Ada")):
        for path in ("/login", "/join?token=x", "/account", "/admin/audit", "/admin/accounts", "/logout", "/"):
            answer = client.get(path)
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["Cache-Control"] == "no-store"
            text = answer.get_data(as_text=True)
            if path != "/":
                assert re.findall(r"<script[^>]*>[^<]*", text) in ([], ['<script src="/assets/session.js" defer>'])
                assert not re.search(r"\son\w+=|style=", text)


def test_who_is_ended_is_out_at_the_next_question(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    admin, olga = hall.member("Ada"), hall.member("Olga")
    assert ask(olga, "/people").status_code == 200
    assert len(hall.entrance.desks) >= 1
    answer = send(admin, "/admin/accounts", "/admin/accounts/end", name="Olga")
    assert answer.status_code == 303
    assert all(desk.store.viewer.name != "Olga" for desk, _ in hall.entrance.desks._held.values())
    refused = olga.post(UPDATE, json=page_body("/people"), headers=token(olga))
    assert refused.status_code == 401
    assert olga.get("/people").headers["Location"] == "/login?next=%2Fpeople"


def test_other_units_are_another_desk_at_the_next_question(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    olga = hall.member("Olga")
    assert "Paint" in ask(olga, "/people").get_data(as_text=True)
    hall.team().change("Olga", units=["Press"])
    seen = ask(olga, "/people").get_data(as_text=True)
    paint = hall.campaign.outside("Press", "Stores")
    assert "Press" in seen
    assert not [person for person in paint if person in seen]


def test_an_admin_logs_somebody_out_and_who_is_no_admin_does_not(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    otto, olga = hall.member("Otto"), hall.member("Olga")
    session_id = hall.team().sessions("Otto")[0].session_id
    assert send(olga, "/account", "/account/sessions/end", session_id=session_id).status_code == 404
    assert otto.get("/account").status_code == 200
    for path in ("invite", "change", "end", "sessions/end", "unlink", "second-factor/remove", "second-factor/require"):
        answer = send(olga, "/account", f"/admin/accounts/{path}", name="Otto", roles="lead", is_required="yes")
        assert answer.status_code == 403, path
    assert send(hall.member("Ada"), "/admin/accounts", "/admin/accounts/sessions/end", name="Otto").status_code == 303
    assert otto.get("/account").status_code == 303
    assert hall.team().account("Otto").roles == {"organizer"}
    refused = hall.team().audit_entries(by="Olga", deeds=[Deed.REFUSED])
    assert len(refused) >= 6


def test_an_invitation_is_shown_once_names_the_role_and_works_once(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    admin = hall.member("Ada")
    page = send(admin, "/admin/accounts", "/admin/accounts/invite", name="Nia", roles=["organizer"], units="Press\n")
    found = re.search(rf"http://{re.escape(HOST)}(/join\?token=[\w-]+)", page.get_data(as_text=True))
    assert found is not None
    assert "join?token" not in admin.get("/admin/accounts").get_data(as_text=True)
    nia = hall.client()
    text = nia.get(found[1]).get_data(as_text=True)
    assert "Nia" in text
    assert "organizer" in text
    invitation = field_of(text, "token")
    for password, again in (("short", "short"), (PASSWORD, "another one here")):
        refused = send(nia, found[1], "/join", token=invitation, password=password, again=again)
        assert refused.status_code == 400
        assert PASSWORD not in refused.get_data(as_text=True)
    joined = send(nia, found[1], "/join", token=invitation, password=PASSWORD, again=PASSWORD)
    assert joined.headers["Location"] == "/account/second-factor"
    assert ask(nia, "/people").status_code == 200
    assert hall.client().get(found[1]).status_code == 403


def test_who_needs_a_second_factor_sees_nothing_before(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    admin, require = hall.member("Ada"), "/admin/accounts/second-factor/require"
    refused = send(admin, "/admin/accounts", require, is_required="yes")
    assert "your own second factor first" in refused.get_data(as_text=True)
    team = hall.team()
    team.confirm_second_factor(pyotp.TOTP(team.begin_second_factor(PASSWORD, address="test").secret).now())
    assert send(admin, "/admin/accounts", require, is_required="yes").status_code == 303
    olga = hall.client()
    assert log_in(olga, "Olga", next="/people").headers["Location"] == "/account/second-factor"
    for path in ("/", "/people", "/account", "/admin/accounts", "/_dash-layout", "/assets/controls.js"):
        assert olga.get(path).headers.get("Location") == "/account/second-factor", path
    for spec, callback in hall.app.callback_map.items():
        body = body_of(spec, callback, "/account/second-factor")
        assert olga.post(UPDATE, json=body, headers=token(olga)).status_code == 403
    factor, begin = "/account/second-factor", "/account/second-factor/begin"
    for guess in ("", "wrong words here"):
        refused = send(olga, factor, begin, password=guess)
        assert refused.status_code == 403
        assert 'class="secret"' not in refused.get_data(as_text=True)
    drawn = send(olga, factor, begin, password=PASSWORD).get_data(as_text=True)
    assert "<svg" in drawn
    found = re.search(r'class="secret">([A-Z2-7]+)<', drawn)
    assert found is not None
    secret = found[1]
    wrong = send(olga, "/account/second-factor", "/account/second-factor/confirm", code="000000")
    assert wrong.status_code == 403
    code = pyotp.TOTP(secret).now()
    form = olga.get("/account/second-factor").get_data(as_text=True)
    fields = {"csrf_token": field_of(form, "csrf_token"), "code": code}
    assert olga.post("/account/second-factor/confirm", data=fields).status_code == 303
    assert ask(olga, "/people").status_code == 200
    assert secret not in olga.get("/account/second-factor").get_data(as_text=True)
    assert log_in(hall.client(), "Olga").status_code == 403
    assert log_in(hall.client(), "Olga", code=code).status_code == 403, "a code counts once"


def test_a_new_password_ends_all_sessions(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    here, there = hall.member("Olga"), hall.member("Olga")
    fresh = "copper lantern quiet moss"
    wrong = send(here, "/account", "/account/password", old="wrong", password=fresh, again=fresh)
    assert wrong.status_code == 403
    done = send(here, "/account", "/account/password", old=PASSWORD, password=fresh, again=fresh)
    assert "Log in with the new one" in done.get_data(as_text=True)
    assert here.get("/account").status_code == there.get("/account").status_code == 303
    assert log_in(hall.client(), "Olga").status_code == 403
    assert log_in(hall.client(), "Olga", fresh).status_code == 303


def test_a_session_outlasts_a_restart(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    cookie = session_of(hall.member("Olga"))
    hall.door.close()
    again = open_hall(Path(hall.door.location), hall.campaign)
    client = again.client()
    client.set_cookie(SESSION, cookie, domain=NAME)
    assert client.get("/account").status_code == 200
    again.door.close()


def test_the_audit_says_who_saw_her_and_what_she_took(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    her = next(person for person, unit in hall.campaign.unit_of.items() if unit == "Paint")
    olga, admin = hall.member("Olga"), hall.member("Adam")
    assert her in ask(olga, f"/person/{her}").get_data(as_text=True)
    saw = admin.get(f"/admin/audit?person={her}").get_data(as_text=True)
    assert "view a person" in saw
    assert "Olga" in saw
    took = admin.get("/admin/audit?by=Olga&verify=yes").get_data(as_text=True)
    assert her in took
    assert "The log is what was written." in took
    assert hall.campaign.own_words[her][1] not in took, "an admin sees ids, no names"
    for odd in ("page=999", "page=-1", "page=x", "deed=nonsense", "person=%00", "by=" + "x" * 500):
        assert admin.get(f"/admin/audit?{odd}").status_code == 200, odd


def test_desks_are_bounded_and_forgotten_when_nobody_uses_them(
    team_hall: TeamHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks_module, "MOST", 3)
    now = [0.0]
    desks, olga, otto = Desks(lambda: now[0]), team_hall.store("Olga"), team_hall.store("Otto")
    one = desks.of("a", olga)
    assert desks.of("a", olga) is one
    assert desks.of("b", olga) is not one, "another session is another desk"
    assert desks.of("a", otto) is not one, "another viewer is another desk"
    for name in "cdef":
        desks.of(name, otto)
    assert len(desks) == 3
    now[0] = 10_000.0
    desks.of("z", olga)
    assert len(desks) == 1


def test_nothing_tells_what_a_token_is(team_hall: TeamHall, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        client = team_hall.member("Olga")
        client.get("/account")
    said = "\n".join(
        [repr(team_hall.entrance), repr(team_hall.entrance.desks), *(r.getMessage() for r in caplog.records)]
    )
    assert session_of(client) not in said
    assert PASSWORD not in said


def test_a_link_opens_nothing_any_more_once_there_are_accounts(tmp_path: Path) -> None:
    place = tmp_path / "solo.store"
    create_store(place, passphrase=PASSPHRASE).close()
    with open_door(place, passphrase=PASSPHRASE) as door:
        doorkeeper = Doorkeeper(door.owner_store(), is_ours=lambda: not door.has_accounts)
        client = Client(create_app(doorkeeper, Site(lambda: {HOST}), "solo").server)
        assert client.get(doorkeeper.path).status_code == 200
        assert client.get("/").status_code == 200
        door.accept(door.owner_team().invite("Ada", ["lead", "admin"]), PASSWORD)
        answer = client.get("/")
        assert answer.status_code == 401
        assert "has accounts now" in answer.get_data(as_text=True)


def test_units_that_are_markup_are_text_on_the_pages(halls: Callable[..., TeamHall]) -> None:
    hall, markup = halls(), "<img src=x onerror=alert(1)>"
    admin = hall.member("Ada")
    link = send(
        admin, "/admin/accounts", "/admin/accounts/invite", name="Nia", roles=["organizer"], units=markup
    ).get_data(as_text=True)
    found = re.search(r"/join\?token=[\w-]+", link)
    assert found is not None
    paths = ("/admin/accounts", "/admin/audit", "/admin/audit?person=" + markup, "/login?next=" + markup)
    for text in (link, *(admin.get(path).get_data(as_text=True) for path in (*paths, found[0]))):
        assert "<img" not in text
        assert "&lt;img" in text


def test_many_at_once_each_get_their_own(team_hall: TeamHall) -> None:
    members = {name: team_hall.member(name) for name in ("Ada", "Olga", "Otto")}
    told: list[tuple[str, str]] = []

    def work(name: str) -> None:
        client = members[name]
        client.get("/")
        hidden = [] if name == "Ada" else team_hall.campaign.words_outside(*ACCOUNTS[name][1])
        for path in ("/people", "/map", "/leaders", "/", "/data") * 3:
            text = client.post(UPDATE, json=page_body(path), headers=token(client)).get_data(as_text=True)
            told.extend((name, word) for word in hidden if word in text)

    threads = [threading.Thread(target=work, args=(name,)) for name in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == []


def test_behind_tls_the_cookie_for_light_or_dark_is_bound_to_the_host_too(halls: Callable[..., TeamHall]) -> None:
    hall = halls(is_tls=True)
    client = hall.client()
    client.set_cookie("shopfloor_theme", "dark", domain=NAME)
    assert 'data-theme="dark"' not in client.get("/login", base_url=f"https://{HOST}").get_data(as_text=True)
    client.set_cookie("__Host-shopfloor_theme", "dark", domain=NAME, secure=True)
    assert 'data-theme="dark"' in client.get("/login", base_url=f"https://{HOST}").get_data(as_text=True)
    with hall.app.server.test_request_context():
        layout = json.dumps(hall.app.layout, cls=PlotlyJSONEncoder)
    assert '"cookie": "__Host-shopfloor_theme"' in layout
    assert '"; secure"' in Path(hall.app.config.assets_folder, "controls.js").read_text(encoding="utf-8")


def test_logging_out_clears_what_the_browser_keeps(halls: Callable[..., TeamHall]) -> None:
    olga = halls().member("Olga")
    answer = send(olga, "/logout")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in olga.get("/login").headers


def refusals(hall: TeamHall) -> list[tuple[str, dict[str, Any]]]:
    return [(one.by, one.particulars) for one in hall.team().audit_entries(deeds=[Deed.REFUSED])]


def test_attempts_to_get_around_are_noted_with_the_network_they_came_from(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    olga, stranger = hall.member("Olga"), hall.client()
    stranger.post("/login", data={"name": "Olga"}, environ_base={"REMOTE_ADDR": "192.0.2.77"})
    olga.post("/logout", headers={"Sec-Fetch-Site": "cross-site"})
    stranger.get("/login", base_url="http://evil.example.org")
    network = {"network": "192.0.2.0/24", "n": 1}
    here = {"network": "127.0.0.0/24", "n": 1}
    assert refusals(hall) == [
        ("", {"what": "another host name", **here}),
        ("Olga", {"what": "a change sent by another site", **here}),
        ("", {"what": "a change without the token of our pages", **network}),
    ]


def test_files_refused_unread_are_noted_without_their_names(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    desk = Desk(hall.store("Ada"))
    with pytest.raises(InputError):
        data._taken(desk, ["Canary Quill.exe"], ["data:;base64,eA=="])
    assert refusals(hall) == [("Ada", {"what": "files that were dropped"})]


def test_refusals_without_end_do_not_fill_the_audit(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    stranger = hall.client()
    for _ in range(70):
        stranger.post("/login", data={"name": "Olga"})
    assert [about["n"] for _, about in refusals(hall)] == [64, 32, *range(20, 0, -1)]


def test_log_ins_and_failures_say_from_which_network(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    for words in ("wrong words here", PASSWORD):
        page = hall.client()
        csrf = field_of(page.get("/login").get_data(as_text=True), "csrf_token")
        fields = {"csrf_token": csrf, "name": "Olga", "password": words}
        page.post("/login", data=fields, environ_base={"REMOTE_ADDR": "2001:db8:7:8::9"})
    found = hall.team().audit_entries(deeds=[Deed.LOG_IN, Deed.LOG_IN_FAILED])
    about = [
        (one.deed, one.particulars["network"]) for one in found if "Olga" in (one.by, one.particulars.get("account"))
    ]
    assert about == [("log in", "2001:db8:7::/48"), ("log in failed", "2001:db8:7::/48")]


def test_ending_ones_own_session_asks_for_the_password_unless_one_has_just_logged_in(
    halls: Callable[..., TeamHall], monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = halls()
    olga, _other, _third = (hall.member("Olga") for _ in range(3))
    ids = [one.session_id for one in hall.team().sessions("Olga")]
    assert ASKS not in olga.get("/account").get_data(as_text=True)
    assert send(olga, "/account", "/account/sessions/end", session_id=ids[0]).status_code == 303
    monkeypatch.setattr(door_module, "LOG_IN_FRESH", timedelta(0))
    assert ASKS in olga.get("/account").get_data(as_text=True)
    for words in ("", "wrong words here"):
        refused = send(olga, "/account", "/account/sessions/end", session_id=ids[1], password=words)
        assert refused.status_code == 403
        assert len(hall.team().sessions("Olga")) == 2
    assert send(olga, "/account", "/account/sessions/end", session_id=ids[1], password=PASSWORD).status_code == 303
    assert len(hall.team().sessions("Olga")) == 1
    assert send(hall.member("Ada"), "/admin/accounts", "/admin/accounts/sessions/end", name="Olga").status_code == 303


def test_no_route_takes_trace_and_no_folder_is_listed(team_hall: TeamHall) -> None:
    olga = team_hall.member("Olga")
    for path in ("/", "/login", "/account", "/assets/app.css", UPDATE):
        for method in ("TRACE", "TRACK", "CONNECT"):
            answer = olga.open(path, method=method, headers={"Cookie-Canary": "xyzzy"})
            assert answer.status_code in (400, 403, 405), (path, method)
            assert b"xyzzy" not in answer.get_data()
    fonts = [one.name for one in Path(team_hall.app.config.assets_folder, "fonts").iterdir()]
    for path in ("/assets", "/assets/", "/assets/fonts", "/assets/fonts/", "/static/", "/assets/fonts/../fonts/"):
        text = olga.get(path).get_data(as_text=True)
        assert not [name for name in fonts if name in text], path
        assert "tokens.css" not in text.replace('href="/assets/tokens.css', ""), path


def test_every_answer_says_what_it_is_and_text_in_which_letters(team_hall: TeamHall) -> None:
    olga = team_hall.member("Olga")
    for path in ("/", "/account", "/login", "/_dash-layout", "/_dash-dependencies", "/assets/app.css", "/nothing"):
        answer = olga.get(path)
        assert answer.mimetype in ("text/html", "text/css", "text/plain", "application/json"), path
        if answer.mimetype.startswith("text/"):
            assert (answer.mimetype_params.get("charset") or "").lower() == "utf-8", path
    assert team_hall.client().post("/login").mimetype_params["charset"].lower() == "utf-8"


def fields_of_the_log_in(hall: TeamHall) -> list[dict[str, str]]:
    """Return the fields of every page on which somebody says who she is."""
    olga, stranger = hall.member("Olga"), hall.client()
    mine = hall.door.team_by("Olga", PASSWORD, address="test")
    draws = olga.get("/account/second-factor")
    mine.confirm_second_factor(pyotp.TOTP(mine.begin_second_factor(PASSWORD, address="test").secret).now())
    invitation = f"/join?token={hall.team().invite('Nia', ['organizer'], ['Paint'])}"
    pages = [stranger.get("/login"), stranger.get(invitation), olga.get("/account"), draws]
    found = [one for page in pages for one in re.findall(r"<input[^>]*>", page.get_data(as_text=True))]
    return [dict(re.findall(r'([\w-]+)="([^"]*)"', one)) | {"all": one} for one in found]


def test_every_field_of_a_password_hides_what_is_typed(halls: Callable[..., TeamHall]) -> None:
    secret = [one for one in fields_of_the_log_in(halls()) if one["name"] in ("password", "again", "old")]
    assert len(secret) >= 7
    assert {one["type"] for one in secret} == {"password"}


def test_fields_of_the_log_in_say_what_they_are_and_ask_for_no_hint(halls: Callable[..., TeamHall]) -> None:
    kinds = {
        "name": {"username"},
        "username": {"username"},
        "old": {"current-password"},
        "password": {"current-password", "new-password"},
        "again": {"new-password"},
        "code": {"one-time-code"},
    }
    seen = set()
    for field in fields_of_the_log_in(halls()):
        assert not re.search(r"\son\w+=|readonly|disabled", field["all"]), field
        if field["name"] in kinds:
            assert field["autocomplete"] in kinds[field["name"]], field
            seen.add(field["name"])
        else:
            assert field["type"] == "hidden", field
            assert field["name"] in {"csrf_token", "next", "token", "session_id"}, field
    assert seen == set(kinds)


def told(client: FlaskClient) -> dict[str, Any]:
    """Return what an open page is told of its session."""
    said: dict[str, Any] = json.loads(client.get("/session").get_data(as_text=True))
    return said


def seen_at(hall: TeamHall, name: str) -> list[datetime]:
    return [one.seen_at for one in hall.team().sessions(name)]


def test_what_an_open_page_asks_by_itself_does_not_keep_anybody_logged_in(
    halls: Callable[..., TeamHall], monkeypatch: pytest.MonkeyPatch
) -> None:
    hall, n = halls(), 0
    olga = hall.member("Olga")
    olga.get("/")
    monkeypatch.setattr(sessions_module, "_TOUCHED_EVERY", timedelta(0))
    monkeypatch.setattr(sessions_module, "_is_over", lambda *_: False)
    before = seen_at(hall, "Olga")
    for spec, callback in hall.app.callback_map.items():
        looks = [one for one in callback["inputs"] if one["property"] == "n_intervals"]
        for look in looks:
            body = {**body_of(spec, callback, None), "changedPropIds": [f"{look['id']}.n_intervals"]}
            assert olga.post(UPDATE, json=body, headers=token(olga)).status_code in (200, 204), spec
            n += 1
    assert n >= 4
    assert told(olga)["account"] == "Olga"
    olga.get("/", headers={"Host": "evil.example.org"})
    assert seen_at(hall, "Olga") == before
    for used in (lambda: ask(olga, "/people"), lambda: olga.get("/session?used"), lambda: olga.get("/account")):
        used()
        assert seen_at(hall, "Olga") > before
        before = seen_at(hall, "Olga")


def test_how_long_a_session_lasts_is_told_to_its_pages_and_nobody_else(
    halls: Callable[..., TeamHall], monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = halls()
    olga = hall.member("Olga")
    said = told(olga)
    assert said.keys() == {"account", "unused", "at_most"}
    assert 1790 < said["unused"] <= 1800
    assert 43190 < said["at_most"] <= 43200
    for path in ("/account", "/account/second-factor"):
        page = olga.get(path).get_data(as_text=True)
        assert '<script src="/assets/session.js" defer></script>' in page
        assert '<noscript><meta http-equiv="refresh" content="1860; url=/login?over=1"></noscript>' in page
    monkeypatch.setattr(sessions_module, "SESSION_IDLE", timedelta(0))
    gone = olga.get("/session", headers={"Sec-Fetch-Dest": "empty"})
    assert gone.status_code == 401
    assert hall.client().get("/session").headers["Location"].startswith("/login?next=")
    assert "<script" not in hall.client().get("/login").get_data(as_text=True)


def test_the_page_asks_for_a_code_too_before_it_changes_the_password(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    olga = hall.member("Olga")
    assert 'name="code"' not in olga.get("/account").get_data(as_text=True)
    mine = hall.door.team_by("Olga", PASSWORD, address="test")
    totp = pyotp.TOTP(mine.begin_second_factor(PASSWORD, address="test").secret)
    mine.confirm_second_factor(totp.at(time.time() - 30))
    assert 'name="code"' in olga.get("/account").get_data(as_text=True)
    fields = {"old": PASSWORD, "password": "amber canoe motel fifty", "again": "amber canoe motel fifty"}
    refused = send(olga, "/account", "/account/password", **fields)
    assert refused.status_code == 403
    assert "or the code, does not fit" in refused.get_data(as_text=True)
    changed = send(olga, "/account", "/account/password", **fields, code=totp.now())
    assert "The password is changed." in changed.get_data(as_text=True)


def test_whatever_is_asked_of_a_page_takes_a_turn_and_gives_it_back(
    team_hall: TeamHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[object] = []
    given: list[object] = []
    monkeypatch.setattr(Turns, "take", lambda _, who: taken.append(who))
    monkeypatch.setattr(Turns, "give", lambda _, who: given.append(who))
    client = team_hall.member("Ada")
    client.get("/")
    assert not taken
    for spec, callback in list(team_hall.callbacks())[:5]:
        client.post(UPDATE, json=body_of(spec, callback, "nothing"), headers=token(client))
    client.post(UPDATE, json={}, headers=token(client))
    assert len(taken) >= 6
    assert taken == given
