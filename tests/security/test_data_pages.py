"""The pages about data of a team: each for those whom the policy says, and nothing outside a scope leaves by them."""

import base64
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from shopfloor.dashboard.places import places_under_data
from shopfloor.service.audit import Deed
from shopfloor.service.policy import ROLES
from shopfloor.service.viewer import Viewer
from tests.security.hall import ACCOUNTS, UPDATE, TeamHall, body_of, token
from tests.security.test_team_doors import page_body

FOR = {
    "organizer": ["/data", "/counts", "/export"],
    "lead": ["/data", "/counts", "/export", "/retention", "/leaks"],
    "researcher": ["/data", "/counts", "/export"],
    "admin": ["/data", "/export", "/retention"],
}
PATHS = FOR["lead"]
PLAIN = {"whom": "Local 12", "how": "plain", "form": "zip", "extra": ["contact", "notes", "assessment", "attributes"]}
STUDY = {**PLAIN, "how": "pseudonyms", "dates": "month", "units": "keep", "stands": ["assessment"]}


def entered(hall: TeamHall, name: str) -> FlaskClient:
    """Return a browser in which somebody is logged in and the pages were opened."""
    client = hall.member(name)
    client.get("/")
    client.get("/_dash-layout")
    return client


def shown(client: FlaskClient, path: str) -> str:
    """Return a page as the browser gets it."""
    answer = client.post(UPDATE, json=page_body(path), headers=token(client))
    assert answer.status_code == 200
    return json.dumps(answer.get_json(), ensure_ascii=False)


def clicked(hall: TeamHall, client: FlaskClient, button: str, **said: Any) -> Any:
    """Return the answer to a click, the other parts of the page saying what is said (``_`` for ``-`` in ids)."""
    spec, callback = next(
        one
        for one in hall.app.callback_map.items()
        if any(f"{part['id']}.{part['property']}" == f"{button}.n_clicks" for part in one[1]["inputs"])
    )
    body = body_of(spec, callback, None)
    for part in [*body["inputs"], *body["state"]]:
        part["value"] = said.get(part["id"].replace("-", "_"))
    for part in body["inputs"]:
        part["value"] = 1 if part["id"] == button else None
    body["changedPropIds"] = [f"{button}.n_clicks"]
    answer = client.post(UPDATE, json=body, headers=token(client))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def text(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)


def downloaded(answer: Any) -> str:
    """Return all text of a downloaded ZIP; empty where nothing came."""
    file = answer["response"]["export-file"]["data"]
    if file is None:
        return ""
    with ZipFile(BytesIO(base64.b64decode(file["content"]))) as box:
        return "\n".join(box.read(name).decode() for name in box.namelist())


@pytest.mark.parametrize("role", ROLES)
def test_the_pages_about_data_are_for_whom_the_policy_says(role: str) -> None:
    viewer = Viewer("x", frozenset({role}), ("Paint",))
    assert [path for path, _ in places_under_data(viewer)] == FOR[role]


@pytest.mark.parametrize("name", ACCOUNTS)
def test_a_page_that_is_not_for_her_is_refused_and_no_link_leads_there(team_hall: TeamHall, name: str) -> None:
    client, mine = entered(team_hall, name), {path for role in ACCOUNTS[name][0] for path in FOR[role]}
    hidden = [] if name == "Ada" else team_hall.campaign.words_outside(*ACCOUNTS[name][1])
    for path in PATHS:
        seen = shown(client, path)
        assert ("This page could not be shown." in seen) == (path not in mine), path
        links = {href for href in PATHS if f'"href": "{href}"' in seen}
        assert links <= mine, path
        assert not [word for word in hidden if word in seen], path


def test_a_researcher_sees_counts_of_all_and_names_of_none(team_hall: TeamHall) -> None:
    ria = entered(team_hall, "Ria")
    assert "Counts of workers" in shown(ria, "/")
    seen = shown(ria, "/counts")
    assert "no group of fewer than 5 is counted" in seen
    for by, also in (("unit", "shift"), ("employer", ""), ("shift", "shift"), ("job_class", "unit")):
        answer = clicked_by(team_hall, ria, by, also)
        assert not [word for word in team_hall.campaign.words_outside() if word in text(answer)], (by, also)
    assert "Workers are not counted by" in text(clicked_by(team_hall, ria, "name", ""))


def clicked_by(hall: TeamHall, client: FlaskClient, by: object, also: object) -> Any:
    spec, callback = next(one for one in hall.app.callback_map.items() if "counts-list.children" in one[0])
    body = body_of(spec, callback, None)
    body["inputs"][0]["value"], body["inputs"][1]["value"] = by, also
    answer = client.post(UPDATE, json=body, headers=token(client))
    assert answer.status_code == 200
    return answer.get_json()


@pytest.mark.parametrize("choice", [PLAIN, STUDY], ids=["as it is", "under pseudonyms"])
@pytest.mark.parametrize("name", ["Olga", "Otto", "Ria"])
def test_what_is_downloaded_keeps_to_the_scope(team_hall: TeamHall, name: str, choice: dict[str, Any]) -> None:
    client = entered(team_hall, name)
    got = downloaded(clicked(team_hall, client, "export-take", export_choice=choice))
    hidden = team_hall.campaign.words_outside(*(ACCOUNTS[name][1] if choice is PLAIN else ()))
    assert not [word for word in hidden if word in got]
    if name != "Ria":
        assert "Local 12" in got
        assert team_hall.team().audit_entries(by=name, deeds=[Deed.EXPORT])[0].particulars["made_for"] == "Local 12"


def test_an_admin_sees_the_register_and_takes_nothing(team_hall: TeamHall) -> None:
    olga, adam = entered(team_hall, "Olga"), entered(team_hall, "Adam")
    clicked(team_hall, olga, "export-take", export_choice={**PLAIN, "whom": "Seen <b>By</b> Adam"})
    seen = shown(adam, "/export")
    assert "Seen b By /b Adam, copy" in seen
    assert "Olga" in seen
    assert "export-look" not in seen
    assert "What left before" not in shown(olga, "/export")
    refused = clicked(team_hall, adam, "export-take", export_choice=PLAIN)
    assert downloaded(refused) == ""
    assert "may not do this" in text(refused)


@pytest.mark.parametrize(
    "choice",
    [
        *(None, [], "x", {}, {"how": "plain"}),
        *({**PLAIN, **odd} for odd in ({"form": "exe"}, {"whom": ""}, {"fields": ["x"]}, {"extra": ["everything"]})),
        *({**STUDY, **odd} for odd in ({"dates": "day"}, {"units": ["keep"]})),
    ],
)
def test_a_forged_choice_is_answered_in_words_and_nothing_leaves(team_hall: TeamHall, choice: Any) -> None:
    olga, team = entered(team_hall, "Olga"), team_hall.team()
    before = len(team.audit_entries(deeds=[Deed.EXPORT]))
    answer = clicked(team_hall, olga, "export-take", export_choice=choice)
    assert "That did not work." in text(answer)
    assert downloaded(answer) == ""
    assert len(team.audit_entries(deeds=[Deed.EXPORT])) == before


@pytest.mark.parametrize("name", ["Olga", "Otto", "Ria", "Adam"])
def test_who_may_not_erase_sees_no_button_and_erases_nothing(team_hall: TeamHall, name: str) -> None:
    client = entered(team_hall, name)
    for key in list(team_hall.campaign.unit_of)[:3]:
        assert "erase-look" not in shown(client, f"/person/{key}")
        looked = clicked(team_hall, client, "erase-look", erase_person=key)
        assert "may not do this" in text(looked)
        plan = {"gone": {"contact": 1}, "rewritten": {}, "left": {}}
        done = clicked(team_hall, client, "erase-do", erase_person=key, erase_typed=key, erase_seen=plan)
        assert "may not do this" in text(done)
        assert key in team_hall.store("Ada").picture().identity.person_of


def test_a_lead_erases_what_she_was_shown_by_typing_the_id(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    ada, key = entered(hall, "Ada"), next(iter(hall.campaign.unit_of))
    assert "erase-look" in shown(ada, f"/person/{key}")
    seen = clicked(hall, ada, "erase-look", erase_person=key)["response"]["erase-seen"]["data"]
    assert seen["gone"]["contact"] == 1

    def erased(**said: Any) -> str:
        return text(clicked(hall, ada, "erase-do", **{"erase_person": key, "erase_typed": key, **said}))

    assert "not the id" in erased(erase_typed="", erase_seen=seen)
    assert "The data changed since you looked" in erased(erase_seen={**seen, "gone": {"contact": 2}})
    assert "The reason holds" in erased(erase_seen=seen, erase_why=f"{key} asked")
    assert key in hall.store("Ada").picture().identity.person_of
    answer = erased(erase_seen=seen, erase_why="asked to be forgotten")
    assert "Erased for good." in answer
    assert "Receipt 1 of" in answer
    assert not [word for word in hall.campaign.own_words[key] if word in answer]
    assert key not in hall.store("Ada").picture().identity.person_of
    assert "There is nobody with that id." in shown(ada, f"/person/{key}")
    for name in ("Ada", "Adam"):
        assert "1: a person" in shown(entered(hall, name), "/retention")


def test_rules_are_set_and_applied_by_leads_alone_and_never_without_the_number(halls: Callable[..., TeamHall]) -> None:
    hall = halls()
    ada = entered(hall, "Ada")
    rule = {"retention_rule": "conversation", "retention_span": "1 day"}
    for name in ("Olga", "Ria", "Adam"):
        client = entered(hall, name)
        assert "conversations go" not in text(clicked(hall, client, "retention-set", **rule)).casefold()
        clicked(hall, client, "retention-apply", retention_typed="1")
    assert "No rule is set" in shown(ada, "/retention")
    n = hall.store("Ada").snapshot().tables["conversation"].num_rows
    assert "Nothing was erased yet" in text(clicked(hall, ada, "retention-set", **rule))
    for typed in (None, "", "0", str(n + 1), "yes"):
        assert f"Type {n} to confirm" in text(clicked(hall, ada, "retention-apply", retention_typed=typed))
    assert hall.store("Ada").snapshot().tables["conversation"].num_rows == n
    assert "The rules are applied. 1 receipt" in text(clicked(hall, ada, "retention-apply", retention_typed=f" {n} "))
    assert hall.store("Ada").snapshot().tables["conversation"].num_rows == 0
    for odd in ("soon", "", None, ["x"], "9" * 400):
        said = {"retention_rule": "conversation", "retention_span": odd}
        assert "That did not work" in text(clicked(hall, ada, "retention-set", **said)), odd
    assert "There is no rule" in text(clicked(hall, ada, "retention-set", retention_rule="x", retention_span="1 day"))


def test_backups_are_named_with_whom_they_hold_and_no_path_is_told(
    halls: Callable[..., TeamHall], tmp_path: Path
) -> None:
    from shopfloor.service.keeping import write_backup  # noqa: PLC0415 - only this test backs up

    hall = halls()
    ada, key = entered(hall, "Ada"), next(iter(hall.campaign.unit_of))
    write_backup(hall.store("Ada"), str(tmp_path / "may.store"))
    seen = clicked(hall, ada, "erase-look", erase_person=key)["response"]["erase-seen"]["data"]
    said = text(clicked(hall, ada, "erase-do", erase_person=key, erase_typed=key, erase_seen=seen))
    for page in (said, shown(ada, "/retention"), shown(entered(hall, "Adam"), "/retention")):
        assert "may.store" in page
        assert str(tmp_path) not in page
    assert "of receipt 1" in shown(ada, "/retention")


@pytest.mark.parametrize("name", ["Olga", "Otto", "Ria", "Adam"])
def test_the_leak_report_is_for_who_sees_everything(team_hall: TeamHall, name: str) -> None:
    client = entered(team_hall, name)
    for button in ("leaks-look", "leaks-store"):
        answer = text(clicked(team_hall, client, button, leaks_role="lead", leaks_units=["Paint"]))
        assert "not for your account" in answer
        assert "What a finder has" not in answer


def test_a_leak_report_tells_counts_and_no_value(team_hall: TeamHall) -> None:
    ada, campaign = entered(team_hall, "Ada"), team_hall.campaign
    hers = sum(unit == "Paint" for unit in campaign.unit_of.values())
    seen = clicked(team_hall, ada, "leaks-look", leaks_role="organizer", leaks_units=["Paint"])
    assert f"An organizer of Paint sees {hers} names" in text(seen)
    everything = [seen, clicked(team_hall, ada, "leaks-store")]
    everything += [clicked(team_hall, ada, "leaks-look", leaks_role=role) for role in ROLES]
    for answer in everything:
        assert not [word for word in campaign.words_outside() if word in text(answer)]
    assert "reads none of what it holds" in text(everything[1])
    assert "Tick the units" in text(everything[2])
    assert "There is no role" in text(clicked(team_hall, ada, "leaks-look", leaks_role="<img src=x>"))
