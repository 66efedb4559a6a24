"""Whatever somebody sends, logged in as whoever: nothing outside her scope comes back, and nothing outside changes."""

import json
import logging
import random
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from shopfloor.service.policy import ROLES
from tests.security.hall import ACCOUNTS, UPDATE, TeamHall, as_id, body_of, send, tells_of_the_program, token
from tests.security.test_team_doors import page_body
from tests.service.team import UNITS

pytestmark = pytest.mark.slow

SEERS = ("Olga", "Otto", "Ria", "Adam")
"""Accounts that do not see everybody; together with the lead they have every role."""

ABOUT_PEOPLE = ("/map", "/leaders", "/grid", "/next", "/changes", "/groups", "/people", "/talk")
PAGES = ("/", *ABOUT_PEOPLE, "/data", "/counts", "/export", "/retention", "/leaks")
ADMIN_PAGES = ("/account", "/account/second-factor", "/admin/accounts", "/admin/audit?verify=yes", "/logout")
BUTTONS: dict[frozenset[str], list[dict[str, Any]]] = {
    frozenset({"undo"}): [{"undo": 1}, {"undo": 2}],
    frozenset({"withdraw"}): [{"withdraw": 1}],
    frozenset({"verdict"}): [{"verdict": "same"}, {"verdict": "different"}],
    frozenset({"confirm"}): [{"confirm": "import"}],
    frozenset({"rejects"}): [{"rejects": "people.csv"}],
}
"""Buttons by the names in their ids, as one would forge them; those about people are made for each victim."""


def test_the_accounts_of_these_tests_have_every_role() -> None:
    assert {role for roles, _ in ACCOUNTS.values() for role in roles} == set(ROLES)


def words_hidden(hall: TeamHall, name: str) -> list[str]:
    """Return every word of people whom an account must not see."""
    return hall.campaign.words_outside(*ACCOUNTS[name][1])


def victims(hall: TeamHall, name: str) -> list[str]:
    """Return ids of some people whom an account must not see."""
    return hall.campaign.outside(*ACCOUNTS[name][1])[:2]


def told(answer: Any, hidden: list[str], sent: str) -> list[str]:
    """Return the hidden words in an answer, but for those that were sent with the question."""
    text = answer.get_data(as_text=True)
    text += json.dumps(answer.get_json(silent=True), ensure_ascii=False)
    return [word for word in hidden if word in text and word not in sent]


def is_calm(answer: Any) -> bool:
    """Tell that an answer is none of a failure."""
    is_told = tells_of_the_program(answer.get_data(as_text=True))
    return answer.status_code in (200, 204, 303, 400, 403, 404) and not is_told


@pytest.fixture(scope="module", params=SEERS)
def seer(request: pytest.FixtureRequest, team_hall: TeamHall) -> tuple[str, FlaskClient]:
    client = team_hall.member(request.param)
    client.get("/")
    return request.param, client


def test_every_page_of_everybody_keeps_to_the_scope(team_hall: TeamHall, seer: tuple[str, FlaskClient]) -> None:
    name, client = seer
    hidden = words_hidden(team_hall, name)
    own = [
        person for person in team_hall.campaign.unit_of if person not in team_hall.campaign.outside(*ACCOUNTS[name][1])
    ]
    paths = [*PAGES, *(f"/person/{key}" for key in [*own[:4], *victims(team_hall, name)])]
    for path in paths:
        body = page_body(path, f"?person={victims(team_hall, name)[0]}&unit=Press&show=circle&with=left&one=1")
        answer = client.post(UPDATE, json=body, headers=token(client))
        assert answer.status_code == 200, path
        assert not told(answer, hidden, json.dumps(body)), path
    for path in (*ADMIN_PAGES, "/_dash-layout", "/_dash-dependencies", "/no/such/page"):
        answer = client.get(path)
        assert is_calm(answer), path
        ids = " ".join(team_hall.campaign.unit_of) if path.startswith("/admin/audit") else ""
        assert not told(answer, hidden, ids), path
    if own:
        assert own[0] in client.post(UPDATE, json=page_body("/people"), headers=token(client)).get_data(as_text=True)


def _values(hall: TeamHall, key: str) -> list[Any]:
    """Return what one might put in place of any input to learn of a person."""
    name = hall.campaign.own_words[key][1]
    clicked = {"kind": "person", "id": key}
    chosen = {"open": list(UNITS), "person": key, "level": "circle"}
    return [
        key,
        name,
        f"{name} ({key})",
        {**clicked, **chosen},
        {**chosen, "level": "people"},
        [{"id": key, "name": name}],
        [key, name],
        f"/person/{key}",
        f"?person={key}&show=circle&one={key}",
        "Press",
        1,
        [{"column": key}],
    ]


def _buttons(part: dict[str, Any], key: str, name: str) -> list[dict[str, Any]]:
    names = frozenset(as_id(part["id"]))
    about = {
        frozenset({"pick", "kind"}): [
            {"kind": kind, "pick": one} for kind, one in (("person", key), ("unit", "Press"))
        ],
        frozenset({"mention", "person"}): [{"mention": name, "person": key}],
    }
    return about.get(names, BUTTONS.get(names, [dict.fromkeys(names, key)]))


def forged(hall: TeamHall, spec: str, callback: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """Yield requests to one callback about somebody outside: values, buttons, renamed inputs and foreign states."""
    for value in _values(hall, key):
        body = body_of(spec, callback, value)
        for part in callback["inputs"]:
            yield {**body, "changedPropIds": [f"{part['id']}.{part['property']}"]}
    yield from _mixed(hall, spec, callback, key)
    yield from _clicked(hall, spec, callback, key)
    renamed = body_of(spec, callback, key)
    for one in renamed["inputs"]:
        for held in one if isinstance(one, list) else [one]:
            held["id"] = "url"
            held["property"] = "pathname"
    yield renamed
    yield {**body_of(spec, callback, key), "state": []}
    yield {**body_of(spec, callback, key), "inputs": body_of(spec, callback, key)["inputs"] * 2}


def _mixed(hall: TeamHall, spec: str, callback: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    rng = random.Random(spec)  # noqa: S311 - draws a test case
    for _ in range(6):
        body = body_of(spec, callback, None)
        for one in [*body["inputs"], *body["state"]]:
            for held in one if isinstance(one, list) else [one]:
                held["value"] = rng.choice(_values(hall, key))
        yield body


def _clicked(hall: TeamHall, spec: str, callback: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    for i, part in enumerate(callback["inputs"]):
        if not part["id"].startswith("{"):
            continue
        for button in _buttons(part, key, hall.campaign.own_words[key][1]):
            body = body_of(spec, callback, key)
            body["inputs"][i] = [{"id": button, "property": part["property"], "value": 1}]
            clicked = json.dumps(button, separators=(",", ":"), sort_keys=True)
            yield {**body, "changedPropIds": [f"{clicked}.{part['property']}"]}


def test_every_callback_keeps_to_the_scope_whatever_is_sent(
    team_hall: TeamHall, seer: tuple[str, FlaskClient], caplog: pytest.LogCaptureFixture
) -> None:
    name, client = seer
    hidden, header, n = words_hidden(team_hall, name), token(client), 0
    before = {key: facts_of(team_hall, key) for key in victims(team_hall, name)}
    with caplog.at_level(logging.WARNING):
        for spec, callback in team_hall.callbacks():
            for key in victims(team_hall, name):
                for body in forged(team_hall, spec, callback, key):
                    if name == "Adam" and '{"undo":' in body["changedPropIds"][0]:
                        continue  # an admin may undo an import
                    answer = client.post(UPDATE, json=body, headers=header)
                    assert is_calm(answer), (spec, body, answer.status_code, answer.get_data(as_text=True)[:500])
                    assert not told(answer, hidden, json.dumps(body, ensure_ascii=False)), (spec, body)
                    n += 1
    assert n > 700
    assert {key: facts_of(team_hall, key) for key in before} == before
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert not [word for word in team_hall.campaign.words_outside() if word in said]
    assert "A page failed" not in said, said


def facts_of(hall: TeamHall, key: str) -> list[Any]:
    """Return all that is known of a person."""
    tables = hall.store("Ada").snapshot().tables
    return [
        sorted(map(str, (row for row in table.to_pylist() if row.get("person_id") == key or row["key"] == key)))
        for table in tables.values()
    ]


def test_what_one_computed_is_not_shown_to_another(team_hall: TeamHall) -> None:
    ada, olga, otto = (team_hall.member(name) for name in ("Ada", "Olga", "Otto"))
    for client in (ada, olga, otto):
        client.get("/")
    for path in (*PAGES, "/map", "/leaders"):
        seen = {}
        for name, client in (("Ada", ada), ("Olga", olga), ("Otto", otto)):
            seen[name] = client.post(UPDATE, json=page_body(path), headers=token(client))
        for name in ("Olga", "Otto"):
            assert not told(seen[name], words_hidden(team_hall, name), ""), path


def test_files_dropped_by_one_are_no_bodys_else(team_hall: TeamHall) -> None:
    ada, lead = team_hall.member("Ada"), team_hall.member("Ada")
    for client in (ada, lead):
        client.get("/")
    spec, callback = next(one for one in team_hall.callbacks() if one[0].startswith("..import-ticket.data"))
    body = body_of(spec, callback, None)
    text = "data:text/csv;base64,cGVyc29uX2lkLG5hbWUKWjEsWmVkIENhbmFyeQo="
    for one in [*body["inputs"], *body["state"]]:
        if isinstance(one, dict):
            one["value"] = {"contents": [text], "filename": ["canary.csv"]}.get(one["property"])
    body["changedPropIds"] = ["import-files.contents"]
    first = ada.post(UPDATE, json=body, headers=token(ada)).get_json()
    ticket = first["response"]["import-ticket"]["data"]
    assert ticket
    again = body_of(spec, callback, None)
    for one in again["state"]:
        if isinstance(one, dict) and one["id"] == "import-ticket":
            one["value"] = ticket
    again["inputs"][-1]["value"] = 1
    again["changedPropIds"] = ["import-again.n_clicks"]
    assert "1 row read" in ada.post(UPDATE, json=again, headers=token(ada)).get_data(as_text=True)
    refused = lead.post(UPDATE, json=again, headers=token(lead)).get_data(as_text=True)
    assert "No file is waiting" in refused


def test_who_may_not_load_files_holds_none_in_memory(team_hall: TeamHall) -> None:
    olga = team_hall.member("Olga")
    olga.get("/")
    spec, callback = next(one for one in team_hall.callbacks() if one[0].startswith("..import-ticket.data"))
    body = body_of(spec, callback, ["data:text/csv;base64,YSxiCjEsMgo="])
    body["changedPropIds"] = ["import-files.contents"]
    assert "may not do this" in olga.post(UPDATE, json=body, headers=token(olga)).get_data(as_text=True)
    assert all(
        not desk.uploads._held
        for desk, _ in team_hall.entrance.desks._held.values()
        if desk.store.viewer.name == "Olga"
    )


def test_forms_of_the_team_answer_nonsense_in_words(team_hall: TeamHall, seer: tuple[str, FlaskClient]) -> None:
    name, client = seer
    rules = [rule for rule in team_hall.app.server.url_map.iter_rules() if rule.endpoint.startswith("team.")]
    forms = [
        rule
        for rule in rules
        if "POST" in (rule.methods or ()) and rule.endpoint not in ("team.log_out", "team.log_in")
    ]
    assert len(forms) > 8
    nonsense = ("", "x" * 100_000, "\x00", "<img src=x onerror=alert(1)>", "Olga\r\nX: y", "🂡" * 50)
    for rule in forms:
        for value in nonsense:
            fields = ("name", "password", "again", "old", "code", "token", "units", "session_id", "is_required")
            answer = send(client, "/account", rule.rule, **dict.fromkeys(fields, value), roles=[value, "lead"])
            assert is_calm(answer), (rule.rule, value, answer.status_code)
            assert "<img" not in answer.get_data(as_text=True)
    assert client.get("/account").status_code == 200, name
