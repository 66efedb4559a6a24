import base64
import html
import json
import logging
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey

from shopfloor.dashboard.app import create_app
from shopfloor.dashboard.security import Site
from shopfloor.dashboard.team import TeamEntrance, provider
from shopfloor.dashboard.team.oidc import CALLBACK, HOW
from shopfloor.dashboard.team.provider import JOURNEY_LASTS, Journey, Provider, ProviderConfig, says_two_factors
from shopfloor.errors import LogInError, RefusedError, UsageError
from shopfloor.service.audit import Deed
from shopfloor.service.clock import Clock
from shopfloor.service.door import open_door
from tests.security.hall import HOST, PASSPHRASE, PASSWORD, TeamHall, field_of, log_in, send
from tests.security.providers import (
    OTHER_CLIENT,
    SECRET,
    Liar,
    RealProvider,
    free_port,
    lying,
    new_visitor,
)
from tests.service.team import Campaign

pytestmark = pytest.mark.slow

NETWORK = "127.0.0.0/24"
ORIGIN = f"http://{HOST}"
REDIRECT = f"{ORIGIN}{CALLBACK}"


@pytest.fixture(scope="module")
def real() -> Iterator[RealProvider]:
    """Return a real provider that runs."""
    running = RealProvider(ORIGIN)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def make_hall(team_store: Path, campaign: Campaign, tmp_path: Path) -> Iterator[Callable[..., TeamHall]]:
    """Return a maker of dashboards whose people log in at a provider."""
    made: list[TeamHall] = []

    def make(config: ProviderConfig) -> TeamHall:
        place = tmp_path / "team.store"
        shutil.copy(team_store, place)
        door, site = open_door(place, passphrase=PASSPHRASE), Site(lambda: {HOST})
        entrance = TeamEntrance(door, site, Provider(config, lambda: REDIRECT))
        made.append(TeamHall(create_app(entrance, site, "hall"), door, entrance, campaign))
        return made[-1]

    yield make
    for hall in made:
        hall.door.close()


@pytest.fixture
def hall(make_hall: Callable[..., TeamHall], real: RealProvider) -> TeamHall:
    return make_hall(real.config())


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying() as one:
        yield one


def set_out(client: FlaskClient, form: str = "/login", **fields: Any) -> str:
    """Press the button that leads to the provider; return the address it leads to."""
    page = client.get(form).get_data(as_text=True)
    there = {name: html.unescape(field_of(page, name)) for name in ("csrf_token", "next", "token")}
    answer = client.post("/oidc/begin", data=there | fields)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200, text
    found = re.search(r"content='0; url=([^']+)'", text)
    assert found is not None, text
    return html.unescape(found[1])


def came_back(client: FlaskClient, there: str) -> Any:
    """Open the address that the provider sent the browser to."""
    assert there.startswith(REDIRECT)
    return client.get(there.removeprefix(ORIGIN))


def enter(hall: TeamHall, real: RealProvider, who: str, form: str = "/login", **how: Any) -> tuple[FlaskClient, Any]:
    """Log in at the provider as `who`; return the browser and the dashboard's answer."""
    client = hall.client()
    return client, came_back(client, real.visit(set_out(client, form), who, **how))


def join(hall: TeamHall, real: RealProvider, name: str, who: str, *, roles: tuple[str, ...] = ("lead",)) -> Any:
    """Invite somebody, who follows the link and logs in at the provider as `who`."""
    client, answer = enter(hall, real, who, f"/join?token={hall.team().invite(name, roles)}")
    return client, answer


def words(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def notes(hall: TeamHall, deed: Deed) -> list[dict[str, Any]]:
    return [dict(entry.particulars) | {"by": entry.by} for entry in hall.team().audit_entries(deeds=[deed])]


# --- with the real provider ---


def test_who_was_invited_joins_and_logs_in_at_the_provider(hall: TeamHall, real: RealProvider) -> None:
    client, answer = join(hall, real, "Nora", "nora-17")
    assert answer.status_code == 303, words(answer)
    assert client.get("/_dash-layout").status_code == 200
    account = hall.team().account("Nora")
    assert account.oidc_subject == f"{real.issuer}#nora-17"
    assert not account.has_password
    assert not account.is_invited
    other, again = enter(hall, real, "nora-17")
    assert (again.status_code, again.headers["Location"]) == (303, "/")
    page = words(other.get("/account"))
    assert "Nora, lead" in page
    assert "You log in with localhost" in page
    assert 'type="password"' not in page
    assert {"by": "Nora", "how": HOW, "network": NETWORK} in notes(hall, Deed.LOG_IN)


def test_an_account_at_the_provider_opens_nothing_by_itself(hall: TeamHall, real: RealProvider) -> None:
    client, answer = enter(hall, real, "stranger")
    assert answer.status_code == 403
    assert "opens no account here" in words(answer)
    assert client.get("/_dash-layout", headers={"Sec-Fetch-Dest": "empty"}).status_code == 401
    assert {"by": "", "account": None, "how": HOW, "network": NETWORK} in notes(hall, Deed.LOG_IN_FAILED)


def test_a_name_at_the_provider_that_is_one_of_ours_is_nobodys(hall: TeamHall, real: RealProvider) -> None:
    assert enter(hall, real, "Ada")[1].status_code == 403


def test_an_ended_account_stays_out_and_its_session_is_over(hall: TeamHall, real: RealProvider) -> None:
    client, _ = join(hall, real, "Nora", "nora-17")
    hall.team().end("Nora")
    assert client.get("/_dash-layout", headers={"Sec-Fetch-Dest": "empty"}).status_code == 401
    assert enter(hall, real, "nora-17")[1].status_code == 403
    with pytest.raises(RefusedError, match="no name is given twice"):
        hall.team().invite("Nora", ("lead",))


def test_an_unlinked_account_is_opened_by_the_provider_no_more_until_it_is_invited(
    hall: TeamHall, real: RealProvider
) -> None:
    client, _ = join(hall, real, "Nora", "nora-17")
    admin, unlink = hall.member("Ada"), "/admin/accounts/unlink"
    assert send(admin, "/admin/accounts", unlink, name="Nora").status_code == 303
    assert client.get("/_dash-layout", headers={"Sec-Fetch-Dest": "empty"}).status_code == 401
    assert enter(hall, real, "nora-17")[1].status_code == 403
    again = send(admin, "/admin/accounts", unlink, name="Nora")
    assert (again.status_code, "not linked" in words(again)) == (400, True)
    link = f"/join?token={hall.team().invite('Nora')}"
    assert enter(hall, real, "nora-17")[1].status_code == 403, "an invitation opens nothing before it is followed"
    assert enter(hall, real, "nora-18", link)[1].status_code == 303


def want_second_factor(hall: TeamHall) -> None:
    """Let Ada, who has her own, require a second factor of everybody."""
    team = hall.team()
    made = pyotp.TOTP(team.begin_second_factor(PASSWORD, address="test").secret)
    team.confirm_second_factor(made.at(datetime.now(UTC) - timedelta(seconds=30)))
    hall.door.team_by("Ada", PASSWORD, made.now(), address="test").require_second_factor()


def test_where_a_second_factor_is_required_the_provider_must_have_asked_for_one(
    hall: TeamHall, real: RealProvider
) -> None:
    weak, _ = join(hall, real, "Nora", "nora-17")
    strong, _ = enter(hall, real, "nora-17 with a phone")
    sent = {"headers": {"Sec-Fetch-Dest": "empty"}}
    assert weak.get("/_dash-layout", **sent).status_code == 200
    want_second_factor(hall)
    assert weak.get("/_dash-layout", **sent).status_code == 401
    assert strong.get("/_dash-layout", **sent).status_code == 200
    client, answer = enter(hall, real, "nora-17")
    assert (answer.status_code, "wants a second factor" in words(answer)) == (403, True)
    assert client.get("/_dash-layout", **sent).status_code == 401
    client, answer = enter(hall, real, "nora-17 with a phone")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/_dash-layout", **sent).status_code == 200


def test_an_invited_person_without_the_second_factor_joins_later(hall: TeamHall, real: RealProvider) -> None:
    link = f"/join?token={hall.team().invite('Nora', ('lead', 'admin'))}"
    want_second_factor(hall)
    assert enter(hall, real, "nora-17", link)[1].status_code == 403
    client, answer = enter(hall, real, "nora-17 with a phone")
    assert answer.status_code == 303
    page = words(client.get("/admin/audit?deed=log+in+failed"))
    assert "second factor" in page


def test_who_came_without_a_second_factor_cannot_require_one(hall: TeamHall, real: RealProvider) -> None:
    admin, _ = join(hall, real, "Nora", "nora-17", roles=("admin",))
    there = "/admin/accounts/second-factor/require"
    again = send(admin, "/admin/accounts", there, is_required="yes")
    assert (again.status_code, "Set up your own second factor first" in words(again)) == (400, True)
    admin, _ = enter(hall, real, "nora-17 with a phone")
    assert send(admin, "/admin/accounts", there, is_required="yes").status_code == 303
    assert hall.door.account_of_subject(f"{real.issuer}#nora-17") is not None


def test_a_level_that_is_set_is_asked_for_and_counts(
    make_hall: Callable[..., TeamHall], real: RealProvider, liar: Liar
) -> None:
    config = replace(real.config(), acr="two-factors")
    hall = make_hall(config)
    assert "acr_values=two-factors" in set_out(hall.client())
    one = Provider(replace(liar.config(), acr="two-factors"), lambda: REDIRECT)
    for said, counts in (("two-factors", True), ("two-factors-not", False), (None, False)):
        journey = one.begin()
        liar.token = {"access_token": "a", "id_token": liar.signed(liar.claims(journey.nonce, acr=said))}
        vouched = one.vouched(journey, {"state": journey.state, "code": "c"})
        assert vouched.has_second_factor is counts


@pytest.mark.parametrize(
    ("amr", "counts"),
    [
        (["mfa"], True),
        (["pwd", "otp"], True),
        (["user", "hwk"], True),
        (["pwd"], False),
        (["otp"], False),
        (["pwd", "pin"], False),
        ("mfa", False),
        ([["mfa"]], False),
        (None, False),
    ],
)
def test_what_the_provider_asked_for_is_told_by_its_methods(amr: object, counts: bool) -> None:  # noqa: FBT001 - a case
    assert says_two_factors({"amr": amr, "acr": "two-factors"}) is counts


def test_an_account_that_is_ended_on_the_way_stays_out(hall: TeamHall, real: RealProvider) -> None:
    join(hall, real, "Nora", "nora-17")
    client = hall.client()
    there = real.visit(set_out(client), "nora-17")
    hall.team().end("Nora")
    assert came_back(client, there).status_code == 403


def test_an_invitation_links_once(hall: TeamHall, real: RealProvider) -> None:
    link = f"/join?token={hall.team().invite('Nora', ('lead',))}"
    first, second = hall.client(), hall.client()
    there = [real.visit(set_out(client, link), who) for client, who in ((first, "nora-17"), (second, "mallory"))]
    assert came_back(first, there[0]).status_code == 303
    assert came_back(second, there[1]).status_code == 403
    assert hall.team().account("Nora").oidc_subject == f"{real.issuer}#nora-17"
    assert enter(hall, real, "mallory")[1].status_code == 403


def test_one_account_at_the_provider_opens_one_account_here(hall: TeamHall, real: RealProvider) -> None:
    join(hall, real, "Nora", "nora-17")
    _, answer = join(hall, real, "Nina", "nora-17")
    assert answer.status_code == 403
    assert "belongs to another account" in words(answer)
    assert not hall.team().account("Nina").can_log_in


def test_a_made_up_invitation_leads_nowhere(hall: TeamHall) -> None:
    answer = send(hall.client(), "/login", "/oidc/begin", token="made-up", next="/")
    assert answer.status_code == 403
    assert "invitation" in words(answer)


def test_the_way_to_the_provider_needs_the_token_of_the_form(hall: TeamHall) -> None:
    assert hall.client().post("/oidc/begin", data={"next": "/"}).status_code == 400
    assert hall.client().get("/oidc/begin").status_code in (401, 303, 405)


def test_the_answer_counts_in_the_browser_that_asked_alone(hall: TeamHall, real: RealProvider) -> None:
    join(hall, real, "Nora", "nora-17")
    there = real.visit(set_out(hall.client()), "nora-17")
    victim = hall.client()
    first = victim.get(there.removeprefix(ORIGIN))
    assert "refresh" in words(first), "it asks once more, for the cookie may not have been sent"
    assert victim.get(f"{there.removeprefix(ORIGIN)}&back=1").status_code == 403
    set_out(victim)
    assert came_back(victim, there).status_code == 403, "another log-in that this browser began does not fit"


def test_a_forged_state_is_refused_and_what_was_begun_can_be_finished(hall: TeamHall, real: RealProvider) -> None:
    join(hall, real, "Nora", "nora-17")
    client = hall.client()
    there = real.visit(set_out(client), "nora-17")
    assert came_back(client, re.sub(r"state=[^&]+", "state=forged", there)).status_code == 403
    assert came_back(client, re.sub(r"&?state=[^&]+", "", there)).status_code == 403
    assert came_back(client, there).status_code == 303


def test_an_answer_works_once(hall: TeamHall, real: RealProvider) -> None:
    join(hall, real, "Nora", "nora-17")
    client = hall.client()
    there = real.visit(set_out(client), "nora-17")
    assert came_back(client, there).status_code == 303
    again = client.get(f"{there.removeprefix(ORIGIN)}&back=1")
    assert again.status_code == 403
    assert "finished already" in words(again)


def test_a_code_works_once_at_the_provider_too(real: RealProvider) -> None:
    one = Provider(real.config(), lambda: REDIRECT)
    journey = one.begin()
    answer = answer_of(real.visit(journey.url, "nora-17"))
    assert one.vouched(journey, answer).subject == f"{real.issuer}#nora-17"
    with pytest.raises(LogInError, match="used already"):
        one.vouched(journey, answer)


def test_a_stolen_code_is_worth_nothing_in_another_log_in(real: RealProvider) -> None:
    one = Provider(real.config(), lambda: REDIRECT)
    stolen = answer_of(real.visit(one.begin().url, "nora-17"))
    mine = one.begin()
    with pytest.raises(LogInError, match="used already"):
        one.vouched(mine, stolen | {"state": mine.state})


def test_a_code_for_another_program_is_refused(real: RealProvider) -> None:
    other = Provider(real.config(client_id=OTHER_CLIENT), lambda: REDIRECT)
    journey = other.begin()
    with pytest.raises(LogInError, match="used already"):
        Provider(real.config(), lambda: REDIRECT).vouched(journey, answer_of(real.visit(journey.url, "nora-17")))


def test_who_does_not_agree_at_the_provider_is_told_so(hall: TeamHall, real: RealProvider) -> None:
    _, answer = enter(hall, real, "nora-17", agrees=False)
    assert answer.status_code == 403
    assert "did not agree" in words(answer)


def test_keys_that_the_provider_changed_are_asked_for_anew(hall: TeamHall, real: RealProvider) -> None:
    join(hall, real, "Nora", "nora-17")
    real.stop()
    real.start()
    assert enter(hall, real, "nora-17")[1].status_code == 303


def test_a_provider_that_does_not_answer_is_said_in_words(make_hall: Callable[..., TeamHall]) -> None:
    nobody = f"http://localhost:{free_port()}"
    hall = make_hall(ProviderConfig(nobody, "shopfloor", SECRET))
    answer = send(hall.client(), "/login", "/oidc/begin", token="", next="/")
    assert answer.status_code == 502
    assert "localhost does not answer" in words(answer)
    assert log_in(hall.client(), "Ada").status_code == 303, "passwords still count"


def test_a_wrong_secret_is_said_without_it(real: RealProvider, caplog: pytest.LogCaptureFixture) -> None:
    one = Provider(real.config(secret="a wrong secret 0123456789"), lambda: REDIRECT)
    journey = one.begin()
    with caplog.at_level(logging.DEBUG), pytest.raises(LogInError, match="its secret is another") as refused:
        one.vouched(journey, answer_of(real.visit(journey.url, "nora-17")))
    assert "wrong secret" not in str(refused.value) + repr(one) + repr(real.config()) + caplog.text


def test_no_secret_and_no_code_reach_a_log_or_a_page(
    hall: TeamHall, real: RealProvider, caplog: pytest.LogCaptureFixture
) -> None:
    client, link = hall.client(), f"/join?token={hall.team().invite('Nora', ('lead',))}"
    with caplog.at_level(logging.DEBUG):
        there = set_out(client, link)
    back = real.visit(there, "nora-17")
    with caplog.at_level(logging.DEBUG):
        answer = came_back(client, back)
    assert answer.status_code == 303
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "/token" in logged, "what is called is logged, and no more than that"
    assert answer_of(back)["code"] not in logged
    assert SECRET not in logged + there + back + words(answer) + repr(hall.entrance)


def test_the_provider_is_asked_who_she_is_and_nothing_else(real: RealProvider) -> None:
    asked = answer_of(Provider(real.config(), lambda: REDIRECT).begin().url)
    assert asked["scope"] == "openid", "no name and no e-mail"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == REDIRECT


def test_where_one_goes_on_to_is_always_ours(hall: TeamHall, real: RealProvider) -> None:
    join(hall, real, "Nora", "nora-17")
    for asked, got in (("/person/P001", "/person/P001"), ("https://evil.example.org/", "/"), ("//evil", "/")):
        client = hall.client()
        answer = came_back(client, real.visit(set_out(client, next=asked), "nora-17"))
        assert (answer.status_code, answer.headers["Location"]) == (303, got)


def test_a_new_session_begins_and_the_one_before_is_over(hall: TeamHall, real: RealProvider) -> None:
    join(hall, real, "Nora", "nora-17")
    client = hall.member("Olga")
    before = client.get_cookie("shopfloor_session", domain="127.0.0.1")
    answer = came_back(client, real.visit(set_out(client), "nora-17"))
    assert answer.status_code == 303
    assert "Nora" in words(client.get("/account"))
    assert before is not None
    replayed = hall.client()
    replayed.set_cookie("shopfloor_session", before.value, domain="127.0.0.1")
    assert "Olga" not in words(replayed.get("/account"))


def test_where_passwords_are_off_the_provider_alone_lets_in(
    make_hall: Callable[..., TeamHall], real: RealProvider
) -> None:
    hall = make_hall(real.config(is_only=True))
    page = words(hall.client().get("/login"))
    assert 'type="password"' not in page
    assert "Log in with localhost" in page
    client = hall.client()
    token = field_of(client.get("/login").get_data(as_text=True), "csrf_token")
    refused = client.post("/login", data={"csrf_token": token, "name": "Ada", "password": "plum engine velvet tide"})
    assert refused.status_code == 403
    assert "Passwords do not count" in words(refused)
    invitation = hall.team().invite("Nora", ("lead",))
    assert 'type="password"' not in words(hall.client().get(f"/join?token={invitation}"))
    chosen = {"token": invitation, "password": "four random words here", "again": "four random words here"}
    assert client.post("/join", data={"csrf_token": token, **chosen}).status_code == 403
    assert enter(hall, real, "nora-17", f"/join?token={invitation}")[1].status_code == 303


def test_logging_out_ends_our_session_and_offers_the_providers(hall: TeamHall, real: RealProvider) -> None:
    visitor = new_visitor()
    link = f"/join?token={hall.team().invite('Nora', ('lead',))}"
    client, _ = enter(hall, real, "nora-17", link, visitor=visitor)
    page = words(send(client, "/logout"))
    assert client.get("/_dash-layout", headers={"Sec-Fetch-Dest": "empty"}).status_code == 401
    found = re.search(r'href="(http://localhost[^"]+)"', page)
    assert found is not None
    left = visitor.get(html.unescape(found[1]), timeout=10)
    assert left.status_code == 200
    assert "Do you want to sign-out" in left.text
    assert "http://localhost" not in words(send(hall.member("Ada"), "/logout")), "she came by a password"


def test_two_who_join_see_what_their_accounts_say(hall: TeamHall, real: RealProvider) -> None:
    researcher, _ = join(hall, real, "Rosa", "rosa-3", roles=("researcher",))
    assert "Rosa, researcher" in words(researcher.get("/account"))
    assert researcher.get("/admin/accounts").status_code == 403


# --- with an issuer that lies ---


def answer_of(url: str) -> dict[str, str]:
    """Return what stands in the address that a provider sends a browser back to."""
    pairs = (pair.partition("=") for pair in url.partition("?")[2].split("&"))
    return {name: html.unescape(value).replace("%3A", ":").replace("%2F", "/") for name, _, value in pairs}


def led(liar: Liar, clock: Clock | None = None) -> tuple[Provider, Journey]:
    one = Provider(liar.config(), lambda: REDIRECT, clock)
    return one, one.begin()


def told(liar: Liar, one: Provider, journey: Journey, id_token: Any, **answer: str) -> str:
    """Return who came back, when the issuer gives this id token."""
    liar.token = {"access_token": "a", "token_type": "Bearer", "id_token": id_token}
    return one.vouched(journey, {"state": journey.state, "code": "c", **answer}).subject


def test_a_right_token_is_taken(liar: Liar) -> None:
    one, journey = led(liar)
    assert told(liar, one, journey, liar.signed(liar.claims(journey.nonce))) == f"{liar.issuer}#Nora"


NOW = int(datetime.now(UTC).timestamp())
WRONG: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": OTHER_CLIENT},
    "another audience for this party": {"aud": OTHER_CLIENT, "azp": "shopfloor"},
    "no audience": {"aud": None},
    "audiences without a party": {"aud": ["shopfloor", OTHER_CLIENT]},
    "another party": {"aud": ["shopfloor", OTHER_CLIENT], "azp": OTHER_CLIENT},
    "another issuer": {"iss": "http://127.0.0.1:1"},
    "the issuer with a slash": {"iss": "http://127.0.0.1/"},
    "no issuer": {"iss": None},
    "expired": {"exp": NOW - 3600},
    "expired a minute ago": {"exp": NOW - 61},
    "no expiry": {"exp": None},
    "expiry in words": {"exp": "never"},
    "made in the future": {"iat": NOW + 3600},
    "not yet": {"nbf": NOW + 3600},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "a number as subject": {"sub": 17},
    "a list as subject": {"sub": ["Nora"]},
    "a subject with a space": {"sub": "Nora "},
    "a subject of two lines": {"sub": "Nora\nAda"},
    "a long subject": {"sub": "x" * 256},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_token_with_wrong_claims_is_refused(liar: Liar, name: str) -> None:
    one, journey = led(liar)
    with pytest.raises(LogInError, match=r"could not be checked|too old"):
        told(liar, one, journey, liar.signed(liar.claims(journey.nonce, **WRONG[name])))


def unsigned(claims: dict[str, Any]) -> str:
    def part(said: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'kid': '1'})}.{part(claims)}."


def as_public_key(liar: Liar) -> OctKey:
    return OctKey.import_key(liar.key.as_pem(private=False))


FORGERIES: dict[str, Callable[[Liar, dict[str, Any]], Any]] = {
    "unsigned": lambda _, claims: unsigned(claims),
    "by the secret": lambda liar, claims: liar.signed(claims, key=OctKey.import_key(SECRET), alg="HS256"),
    "by another's key of the same name": lambda liar, claims: liar.signed(claims, key=RSAKey.generate_key(2048)),
    "by a key of another name": lambda liar, claims: liar.signed(claims, key=RSAKey.generate_key(2048), kid="2"),
    "cut off": lambda liar, claims: liar.signed(claims)[:-8],
    "changed": lambda liar, claims: liar.signed(claims).replace(".ey", ".fy", 1),
    "nothing": lambda *_: None,
    "empty": lambda *_: "",
    "no token": lambda *_: "no token",
    "a list": lambda *_: ["x"],
    "a number": lambda *_: 17,
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_token_with_a_wrong_signature_is_refused(liar: Liar, name: str) -> None:
    one, journey = led(liar)
    with pytest.raises(LogInError, match="could not be checked"):
        told(liar, one, journey, FORGERIES[name](liar, liar.claims(journey.nonce)))


def test_a_shared_secret_among_the_keys_signs_nothing(liar: Liar) -> None:
    key = OctKey.generate_key(256, {"kid": "1", "alg": "HS256"})
    liar.keys = {"keys": [key.as_dict()]}
    liar.said["id_token_signing_alg_values_supported"] = ["HS256", "none"]
    one, journey = led(liar)
    with pytest.raises(LogInError, match="could not be checked"):
        told(liar, one, journey, liar.signed(liar.claims(journey.nonce), key=key, alg="HS256"))


def test_a_token_in_which_another_is_named_changes_nothing_here(make_hall: Callable[..., TeamHall], liar: Liar) -> None:
    hall, client = make_hall(liar.config()), None
    for form in (f"/join?token={hall.team().invite('Nora', ('organizer',), ('Paint',))}", "/login"):
        client = hall.client()
        asked = answer_of(set_out(client, form))
        claims = {"name": "Ada", "email": "ada@example.org", "email_verified": True, "roles": ["admin", "lead"]}
        liar.token = {"access_token": "a", "id_token": liar.signed(liar.claims(asked["nonce"], **claims))}
        assert client.get(f"{CALLBACK}?state={asked['state']}&code=c").status_code == 303
        assert "Nora, organizer" in words(client.get("/account"))
    assert client is not None
    assert client.get("/admin/accounts").status_code == 403


def test_an_answer_of_another_issuer_is_refused(liar: Liar) -> None:
    one, journey = led(liar)
    token = liar.signed(liar.claims(journey.nonce))
    with pytest.raises(LogInError, match="could not be checked"):
        told(liar, one, journey, token, iss="https://evil.example.org")
    assert "/token" not in liar.asked, "the code was told to nobody"
    assert told(liar, one, journey, token, iss=liar.issuer)


@pytest.mark.parametrize("state", ["", "another", "\u00fc"])
def test_an_answer_with_another_state_is_refused_before_the_code_is_told(liar: Liar, state: str) -> None:
    one, journey = led(liar)
    with pytest.raises(LogInError, match="not the answer"):
        told(liar, one, journey, liar.signed(liar.claims(journey.nonce)), state=state)
    assert "/token" not in liar.asked


def test_a_log_in_that_failed_is_over(make_hall: Callable[..., TeamHall], liar: Liar) -> None:
    client = make_hall(liar.config()).client()
    asked = answer_of(set_out(client))
    refused = client.get(CALLBACK, query_string={"state": asked["state"], "error": "access_denied"})
    assert "did not agree" in words(refused)
    again = client.get(CALLBACK, query_string={"state": asked["state"], "code": "c", "back": "1"})
    assert "not begun in this browser" in words(again)
    assert "/token" not in liar.asked


def test_an_answer_without_an_issuer_is_refused_where_one_is_promised(liar: Liar) -> None:
    liar.said["authorization_response_iss_parameter_supported"] = True
    one, journey = led(liar)
    with pytest.raises(LogInError, match="could not be checked"):
        told(liar, one, journey, liar.signed(liar.claims(journey.nonce)))


def test_a_log_in_that_was_begun_long_ago_is_refused(liar: Liar) -> None:
    ahead = timedelta()
    one, journey = led(liar, Clock(lambda: datetime.now(UTC) + ahead))
    token = liar.signed(liar.claims(journey.nonce, exp=NOW + 7200))
    ahead = timedelta(seconds=JOURNEY_LASTS + 5)
    with pytest.raises(LogInError, match="too long ago"):
        told(liar, one, journey, token)


def test_a_token_that_expires_on_the_way_is_refused(liar: Liar) -> None:
    ahead = timedelta()
    one, journey = led(liar, Clock(lambda: datetime.now(UTC) + ahead))
    ahead = timedelta(seconds=400)
    with pytest.raises(LogInError, match="too old"):
        told(liar, one, journey, liar.signed(liar.claims(journey.nonce)))


@pytest.mark.parametrize("error", ["server_error", "login_required", "<script>alert(1)</script>", "x" * 5000])
def test_what_an_error_says_is_not_repeated(make_hall: Callable[..., TeamHall], liar: Liar, error: str) -> None:
    hall = make_hall(liar.config())
    client = hall.client()
    asked = answer_of(set_out(client))
    answer = client.get(
        CALLBACK, query_string={"state": asked["state"], "error": error, "error_description": "Call 555-0100"}
    )
    assert answer.status_code == 403
    assert "refused the log-in" in words(answer)
    assert error not in words(answer)
    assert "555-0100" not in words(answer)


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example.org"},
        {"issuer": None},
        {"token_endpoint": "https://evil.example.org/token"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "//127.0.0.1/jwks"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://evil.example.org/auth"},
        {"end_session_endpoint": "https://evil.example.org/out"},
    ],
    ids=str,
)
def test_an_issuer_that_names_others_is_not_followed(liar: Liar, said: dict[str, Any]) -> None:
    liar.said |= said
    with pytest.raises(LogInError, match="another"):
        led(liar)
    assert liar.asked == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    "answer",
    [
        (302, {"Location": "/elsewhere"}, ""),
        (500, {}, "{}"),
        (404, {}, "{}"),
        (200, {"Content-Type": "text/html"}, "<html>"),
        (200, {}, "[]"),
        (200, {}, "null"),
        (200, {}, '{"issuer": 5}'),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/token"])
def test_answers_that_make_no_sense_are_said_in_words(
    liar: Liar, path: str, answer: tuple[int, dict[str, str], str]
) -> None:
    liar.pages[path] = lambda: answer
    with pytest.raises(LogInError):
        told(liar, *(found := led(liar)), liar.signed(liar.claims(found[1].nonce)))
    assert "/elsewhere" not in liar.asked, "no redirect is followed"


def test_a_provider_that_hangs_holds_few_of_the_servers_threads(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "_PATIENCE", 0.1)
    one = Provider(liar.config(), lambda: REDIRECT)
    for _ in range(4):
        one._lines.acquire()
    with pytest.raises(LogInError, match="Too many"):
        one.begin()
    one._lines.release()
    assert one.begin().url


def test_what_stands_in_the_address_is_no_markup(make_hall: Callable[..., TeamHall], liar: Liar) -> None:
    answer = make_hall(liar.config()).client().get(f"{CALLBACK}?state='><script>alert(1)</script>")
    assert answer.status_code == 200
    assert "<script" not in answer.get_data(as_text=True)


def test_a_provider_that_hangs_is_not_waited_for(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "_TIMEOUT", (0.2, 0.2))
    waited = threading.Event()

    def slow() -> tuple[int, dict[str, str], str]:
        waited.wait(1)
        return 200, {}, "{}"

    liar.pages["/.well-known/openid-configuration"] = slow
    with pytest.raises(LogInError, match="does not answer"):
        led(liar)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example.org",
        "ftp://login.example.org",
        "login.example.org",
        "",
        "https://",
        "https://user:secret@login.example.org",
        "https://login.example.org?x=1",
        "https://login.example.org#x",
        "https://login.example .org",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
    ],
)
def test_an_issuer_that_is_no_safe_address_is_refused(issuer: str) -> None:
    with pytest.raises(UsageError, match="https://"):
        Provider(ProviderConfig(issuer, "shopfloor", SECRET), lambda: REDIRECT)


def test_an_https_issuer_is_taken_and_its_secret_shown_nowhere() -> None:
    config = ProviderConfig("https://login.example.org/realms/hall", "shopfloor", SECRET)
    one = Provider(config, lambda: REDIRECT)
    assert one.name == "login.example.org"
    assert SECRET not in repr(one) + repr(config) + str(config)
    with pytest.raises(UsageError, match="secret"):
        Provider(ProviderConfig("https://login.example.org", "shopfloor", ""), lambda: REDIRECT)
