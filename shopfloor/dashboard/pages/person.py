"""One person: whether people listen to her, where she stands, what she did, and how we know each of these."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

import numpy as np
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from shopfloor.analysis import PersonPicture
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.pages import layers_part
from shopfloor.dashboard.pages.erase import erase_part
from shopfloor.dashboard.pages.people import form
from shopfloor.dashboard.pages.why_part import why_part
from shopfloor.dashboard.parts import (
    Content,
    author,
    chip,
    include_for,
    known_bar,
    map_path,
    note,
    page,
    person_link,
    proof,
    section,
    table,
    talk_path,
)
from shopfloor.dashboard.said import details_said, facts_said, known_by_id, name_outside, talks_said
from shopfloor.dashboard.words import ASSESSMENT_WORDS, listed
from shopfloor.errors import NotFoundError
from shopfloor.service.audit import Deed
from shopfloor.service.groups_in_words import place_in_words
from shopfloor.service.numbers import counted
from shopfloor.service.scope_in_words import namings_in_words, scope_of_person
from shopfloor.settings import DEFAULT_QUESTION

MOST_TIED: Final = 30
_MOST_STANDS: Final = 6
_WHO: Final = ("person_id", "name", "is_outside")
_TALK_PARTS: Final = {"issues": "Cares about", "ask": "Asked to", "answer": "Answered", "follow_up_on": "Go back on"}


def layout(desk: Desk, path: str) -> list[Component]:
    """Return the page of one person, whose id stands at the end of the path."""
    key = unquote(path.rpartition("/")[2])
    try:
        found, contacts = desk.person(key, with_group=True)
    except NotFoundError:
        return page(
            "There is nobody with that id.", "Look for the name among the people.", dcc.Link("People", href="/people")
        )
    facts = found.facts
    person_id = str(facts["person_id"])
    ways = layers_part.person_part(desk.person_layers(person_id))
    left = html.Div([why_part(desk, person_id), ways, _tied(desk, found), *_not_asked(found)], className="c8")
    facing = [_facts(desk, contacts), _talks(desk, contacts), _correct(found), *erase_part(desk, person_id)]
    right = html.Div(facing, className="c4")
    body = html.Div([*_three_questions(desk, found), left, right], className="grid")
    there = map_path(person_id, include_for(facts))
    on_map = [dcc.Link("Circle on the map", href=there, className="btn")] if facts["kind"] == "worker" else []
    acts = [*on_map, dcc.Link("Log a talk", href=talk_path(person_id), className="btn go")]
    return page(answer(found), _rests(found, contacts), body, acts)


def answer(found: PersonPicture) -> str:
    """Return the headline: whether people go to her, where she stands, what she did."""
    name, n = found.facts["name"], found.named_by["n"]
    named = f"named by {_namings(found)}" if n else "named by nobody so far"
    newest = found.assessments[0]["assessment"] if found.assessments else 0
    stands = f"{ASSESSMENT_WORDS[newest]}" if newest else "not assessed"
    if not found.conversations:
        return f"{name}: {named}, {stands}. None of us has talked to them yet."
    return f"{name}: {named}, {stands}{_did_of(found)}."


def _namings(found: PersonPicture, where: str = "") -> str:
    by = found.named_by
    return namings_in_words(by["n"], by["n_outside"], by["n_asked"], is_part=found.about["is_part"], where=where)


def _did_of(found: PersonPicture) -> str:
    did = sum(bool(act["did"]) for act in found.actions)
    return f", did {did} of {len(found.actions)}" if found.actions else ""


def _rests(found: PersonPicture, contacts: list[str]) -> str:
    facts = found.facts
    where = ", ".join(str(facts[name]) for name in ("department", "shift", "crew") if facts.get(name))
    aside = [word for word, is_so in (("left", facts["has_left"]), ("supervisor", facts["is_supervisor"])) if is_so]
    counts = [
        counted(found.named_by["n"], "naming"),
        counted(len(found.assessments), "assessment"),
        counted(len(found.actions), "action"),
        counted(len(found.conversations), "talk"),
    ]
    lists = f" One person in {len(contacts)} lists: {', '.join(contacts)}." if len(contacts) > 1 else ""
    place = ", ".join([where or "place not known", *aside])
    rests = f"{place}. Rests on {', '.join(counts)}. Id {facts['person_id']}.{lists}"
    return f"{rests} {scope_of_person(found.about)}".strip()


def _three_questions(desk: Desk, found: PersonPicture) -> list[Component]:
    return [
        section("Do people listen to them?", _listened(found), span=4),
        section("Where do they stand?", _stood(desk, found), aside="assessment, dated and signed", span=4),
        section("What have they done?", _done(desk, found), aside=_did_of(found).removeprefix(", "), span=4),
    ]


def _listened(found: PersonPicture) -> Content:
    by = found.named_by
    if not by["n"]:
        return html.P(f"Nobody of the {by['n_asked']} asked has named them.", className="mute")
    units = listed([f"{unit['n']} in {unit['unit'] or 'an unknown place'}" for unit in by["departments"]])
    inside = [one for one in by["people"] if not one["is_outside"]]
    names = [part for one in inside for part in (", ", person_link(one["person_id"], one["name"]))][1:]
    bar = known_bar(len(inside), by["n_asked"], by["n_asked"], "asked named them")
    return [bar, html.P(f"Named by {_namings(found, units)}."), html.P(names, className="small")]


def _stood(desk: Desk, found: PersonPicture) -> Content:
    if not found.assessments:
        return html.P([chip(0), " Not assessed by anybody."])
    items = [
        html.Li([html.Span(str(one["assessed_on"]), className="small"), chip(one["assessment"]), _by(desk, one)])
        for one in found.assessments[:_MOST_STANDS]
    ]
    newest = found.assessments[0]
    agree = len({one["assessment"] for one in found.assessments}) == 1
    words = f"{ASSESSMENT_WORDS[newest['assessment']].capitalize()}, by the newest of {len(found.assessments)}."
    return [
        html.Ol(items, className="stood"),
        html.P(words if agree else f"{words} They do not agree; the newest counts."),
    ]


def _by(desk: Desk, one: dict[str, Any]) -> Component:
    return html.Span(_who(desk, one["assessed_by"], "not signed"), className="small")


def _who(desk: Desk, text: str | None, otherwise: str) -> Content:
    """Return who said or did something: the name, where an id was written, and with it the way to the id."""
    return author(known_by_id(desk, text), name_outside(desk, text), otherwise)


def _done(desk: Desk, found: PersonPicture) -> Content:
    if not found.actions:
        return html.P("No action is recorded.", className="mute")
    items = [
        html.Li([proof(act["did"]), html.Span([html.B(act["action"]), f" {act['held_on']}"]), _asked(desk, act)])
        for act in found.actions
    ]
    return html.Ul(items, className="list acts-done")


def _asked(desk: Desk, act: dict[str, Any]) -> Component:
    by = ["asked by ", _who(desk, act["asked_by"], "")] if act["asked_by"] else ["who asked is not known"]
    said = f", said {act['said']}" if act["said"] else ""
    did = "not known" if act["did"] is None else "did it" if act["did"] else "did not"
    return html.Span([*by, f"{said}; {did}"], className="small")


def _stands_of(desk: Desk, person_ids: list[str]) -> dict[str, int]:
    workplace = desk.workplace()
    ids, told = workplace.people["person_id"], workplace.assessments
    rows = np.flatnonzero(ids.isin(person_ids))
    newest = dict(zip(told["person"].tolist(), told["assessment"].tolist(), strict=True))  # oldest first: the last one
    return {key: newest.get(row, 0) for row, key in zip(rows.tolist(), ids.array.take(rows), strict=True)}


def tied_people(found: PersonPicture, who: Callable[[str | None, str], Content]) -> list[dict[str, Any]]:
    """Return one row for each tie: ``person_id``, ``name``, ``is_outside``, ``how``, ``known`` (how we know, in parts).

    Pure; `who` returns whom a text means who told us, or the words for nobody.
    """
    named = found.named
    ties = [(one, "names them as somebody people go to", ["said so"]) for one in found.named_by["people"]]
    ties += [(one, "named by them", [f"said on {named['held_on']}"]) for one in named["people"]]
    ties += [(tie, tie["kind"].replace("_", " "), _told_by(tie, who)) for tie in found.told]
    ties += [(mate, "worked beside", ["job records"]) for mate in found.co_workers]
    rows: dict[str, dict[str, Any]] = {}
    for one, how, known in ties:
        row = rows.setdefault(one["person_id"], {**{name: one[name] for name in _WHO}, "known": []})
        row["how"] = "; ".join(filter(None, (row.get("how"), how)))
        row["known"] += ["; ", *known] if row["known"] else known
    return list(rows.values())


def _told_by(tie: dict[str, Any], who: Callable[[str | None, str], Content]) -> list[Content]:
    return ["told by ", who(tie["said_by"], "somebody"), f", {tie['said_on'] or 'no day said'}"]


def _tied(desk: Desk, found: PersonPicture) -> Component:
    ties = tied_people(found, partial(_who, desk))
    stands = _stands_of(desk, [one["person_id"] for one in ties[:MOST_TIED]])
    rows = [
        {
            "who": one["name"] if one["is_outside"] else person_link(one["person_id"], one["name"]),
            "stands": "not shown" if one["is_outside"] else chip(stands.get(one["person_id"], 0)),
            "how": one["how"],
            "known": html.Span(one["known"], className="mute"),
        }
        for one in ties[:MOST_TIED]
    ]
    columns = [("who", "Who"), ("stands", "Stands"), ("how", "How"), ("known", "How we know")]
    group = (
        f"In the group {found.group['name']}, {found.group['n_members']} people, {place_in_words(found.group)}, as "
        "last worked out."
        if found.group
        else ""
    )
    more = f"and {len(ties) - MOST_TIED} more." if len(ties) > MOST_TIED else ""
    body: Content = html.P("None told to us, and none in the job records.", className="mute")
    if rows:
        body = [table("Who said so, and when", columns, rows), html.P(f"{more} {group}", className="small")]
    return section("People tied to them", body, aside=f"{len(ties)} known", span=8)


def _not_asked(found: PersonPicture) -> list[Component]:
    if found.named["was_asked"]:
        words = f"Asked on {found.named['held_on']}, named {counted(found.named['n_named'], 'person', 'people')}."
        return [html.P(words, className="small")]
    return [note("Not known. ", "Not asked whom they go to: that they name nobody here means nothing.")]


def _facts(desk: Desk, contacts: list[str]) -> Component:
    rows = [_fact(one) for one in facts_said(desk.store, contacts)]
    show = html.Button("Show phone, e-mail, address", id="person-show", className="btn", type="button")
    held = dcc.Store(id="person-contacts", data=contacts[0])
    columns = [("what", "Fact"), ("value", "Value"), ("said", "Who says so")]
    return section("Facts", [held, table("Each with who says so", columns, rows), html.Div(show, id="person-details")])


def _fact(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "what": one["what"],
        "value": one["value"],
        "said": html.Span(f"{one['who']}, {one['when']}", className="small"),
    }


def _talks(desk: Desk, contacts: list[str]) -> Component:
    talks = talks_said(desk.store, contacts)
    items = [html.Li(_talk(desk, talk)) for talk in talks]
    body = html.Ul(items, className="list") if items else html.P("None of us has talked to them yet.", className="mute")
    return section("Talks", body, aside=f"{len(talks)}, newest first")


def _talk(desk: Desk, talk: dict[str, Any]) -> list[Content]:
    who = _who(desk, talk["organizer"], "who talked is not known")
    head = [" · ", who, f" · {talk['channel'] or 'how is not known'}"]
    said = [f"{words}: {talk[name]}. " for name, words in _TALK_PARTS.items() if talk[name]]
    named = ["Named: ", *_named_in(desk, talk["named"]), ". "] if talk["named"] else []
    notes = [html.Details([html.Summary("Notes"), html.P(talk["notes"])])] if talk["notes"] else []
    return [html.P([html.B(str(talk["held_on"])), *head]), html.P([*said, *named]), *notes]


def _named_in(desk: Desk, named: str) -> list[Content]:
    """Return an answer as it was written, with the names of those whose ids were."""
    parts = [part.strip() for part in named.removeprefix(f"{DEFAULT_QUESTION} = ").split(";")]
    return [piece for part in parts for piece in ("; ", _who(desk, part, ""))][1:]


def _correct(found: PersonPicture) -> Component:
    hint = html.P("What is typed here outranks what files say. An emptied field is cleared.", className="small")
    same = dcc.Link("Is this the same person as somebody else?", href=f"/data?one={found.facts['person_id']}#same")
    details = html.Details([html.Summary("Correct something"), hint, form("known", found.facts, with_id=False)])
    return section("Correct", [details, html.P(same, className="small")])


def register(app: Dash) -> None:
    """Register the callback of this page."""
    app.callback(
        Output("person-details", "children"),
        Input("person-show", "n_clicks"),
        State("person-contacts", "data"),
        prevent_initial_call=True,
    )(show_details)


def show_details(clicks: object, key: object) -> Component:
    """Show how a person can be reached."""
    if not clicks or not isinstance(key, str):
        raise PreventUpdate
    desk = the_desk()
    found, contacts = desk.person(key)
    desk.note(Deed.VIEW, person=str(found.facts["person_id"]), fields="phone, e-mail, address")
    rows = [_fact(one) for one in details_said(desk.store, contacts)]
    if not rows:
        return html.P("No phone, e-mail or address is known.", className="mute")
    return table("How to reach them", [("what", "Fact"), ("value", "Value"), ("said", "Who says so")], rows)
