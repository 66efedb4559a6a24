"""Thousands of made-up requests to callbacks and uploads: always an answer in words, no traceback."""

import base64
import json
import os
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.hall import UPDATE, TeamHall, body_of, token
from tests.security.test_team_scope import is_calm, told, words_hidden

pytestmark = pytest.mark.slow

AMOUNT = float(os.environ.get("SHOPFLOOR_FUZZ", "1"))
"""How many times as many inputs as usual."""

CALM = settings(max_examples=int(1500 * AMOUNT), suppress_health_check=list(HealthCheck), deadline=None)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.text(max_size=30)
    | st.sampled_from(
        ["P1", "Paint", "Press", "named", "units", "people", "circle", "/map", "2026-01-01", "same", "none"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "kind", "person", "open", "level", "name", "file", "about", "column"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def olga(team_hall: TeamHall) -> FlaskClient:
    client = team_hall.member("Olga")
    client.get("/")
    assert len(dict(team_hall.callbacks())) > 12
    return client


def holders(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what holds the value of each input and state of a request."""
    parts = [*body["inputs"], *body["state"]]
    return [held for part in parts for held in (part if isinstance(part, list) else [part])]


@CALM
@given(data=st.data())
def test_any_values_are_answered_in_words_and_within_the_scope(
    team_hall: TeamHall, olga: FlaskClient, data: st.DataObject
) -> None:
    spec, callback = data.draw(st.sampled_from(list(team_hall.app.callback_map.items())))
    body = body_of(spec, callback, None)
    for held in holders(body):
        held["value"] = data.draw(JSON)
    if data.draw(st.booleans()):
        part = data.draw(st.sampled_from(callback["inputs"]))
        body["changedPropIds"] = [f"{part['id']}.{part['property']}"]
    answer = olga.post(UPDATE, json=body, headers=token(olga))
    assert is_calm(answer), (spec, body, answer.status_code)
    sent = json.dumps(body, ensure_ascii=False)
    assert not told(answer, words_hidden(team_hall, "Olga"), sent)


@CALM
@given(body=JSON | st.fixed_dictionaries({"output": JSON, "outputs": JSON, "inputs": JSON, "state": JSON}))
def test_any_request_is_answered_in_words(olga: FlaskClient, body: Any) -> None:
    answer = olga.post(UPDATE, data=json.dumps(body), content_type="application/json", headers=token(olga))
    assert is_calm(answer), (body, answer.status_code)


@settings(CALM, max_examples=int(400 * AMOUNT))
@given(
    files=st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=300)), min_size=1, max_size=3), cut=st.booleans()
)
def test_any_file_is_read_or_refused_in_words(
    team_hall: TeamHall, lead: FlaskClient, files: list[tuple[str, bytes]], *, cut: bool
) -> None:
    spec, callback = next(
        one for one in team_hall.app.callback_map.items() if one[0].startswith("..import-ticket.data")
    )
    body = body_of(spec, callback, None)
    contents = [f"data:;base64,{base64.b64encode(data).decode()}" for _, data in files]
    values = {"contents": [text[:-1] if cut else text for text in contents], "filename": [name for name, _ in files]}
    for held in holders(body):
        held["value"] = values.get(held["property"])
    body["changedPropIds"] = ["import-files.contents"]
    before = team_hall.store("Ada").revision()
    answer = lead.post(UPDATE, json=body, headers=token(lead))
    assert answer.status_code == 200
    assert is_calm(answer)
    assert "Nothing has" in answer.get_data(as_text=True)
    assert team_hall.store("Ada").revision() == before


@pytest.fixture(scope="module")
def lead(team_hall: TeamHall) -> FlaskClient:
    client = team_hall.member("Ada")
    client.get("/")
    client.get("/_dash-layout")
    return client
