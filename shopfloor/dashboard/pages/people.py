"""People: find somebody, see what is known of her and how, correct it, add somebody."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import pandas as pd
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import PersonPicture
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.grids import grid, rows_of
from shopfloor.dashboard.parts import (
    Content,
    chip,
    done,
    failed,
    note,
    page,
    person_link,
    person_path,
    section,
    text_field,
)
from shopfloor.dashboard.words import ASSESSMENT_WORDS, counted, listed
from shopfloor.errors import NotFoundError, ShopfloorError
from shopfloor.service.answers import find_person
from shopfloor.service.editing import edit_record

EDITABLE = (
    ("name", "Name"),
    ("preferred_name", "Called"),
    ("department", "Department"),
    ("shift", "Shift"),
    ("crew", "Crew"),
    ("job_class", "Job"),
    ("language", "Language"),
    ("phone", "Phone"),
    ("email", "E-mail"),
    ("left_on", "Left on (YYYY-MM-DD)"),
)
"""Fields of the plain form, with their words."""


def layout(desk: Desk) -> list[Component]:
    """Return the list of people and the form for a new one."""
    people = desk.workplace().people
    rows = [
        {
            "id": row["person_id"],
            "name": row["name"],
            "department": row["department"] or "",
            "shift": row["shift"] or "",
            "job": row["job_class"] or "",
            "here": "left" if row["has_left"] else "here",
        }
        for row in rows_of(people)
    ]
    columns = [
        {"field": "name", "headerName": "Name", "filter": True},
        {"field": "department", "headerName": "Department", "filter": True},
        {"field": "shift", "headerName": "Shift", "filter": True},
        {"field": "job", "headerName": "Job", "filter": True},
        {"field": "here", "headerName": "Here", "maxWidth": 100},
        {"field": "id", "headerName": "Id", "maxWidth": 140},
    ]
    n_left = int(people["has_left"].sum())
    rests = (
        f"{n_left} of them left. Choose a row to see what is known." if n_left else "Choose a row to see what is known."
    )
    table = section("Everybody", grid("people-grid", columns, rows, label="Everybody"), span=8)
    form = section("Add somebody", _form("new", {}, with_id=True), span=4)
    return page(
        f"{counted(len(people), 'person', 'people')} on our lists.", rests, html.Div([table, form], className="grid")
    )


def _text(value: Any) -> str:  # noqa: ANN401 - text or NA
    return "" if pd.isna(value) else str(value)


def person_layout(desk: Desk, path: str) -> list[Component]:
    """Return the page of one person, whose id stands at the end of the path."""
    key = unquote(path.rpartition("/")[2])
    try:
        found, contacts = find_person(desk.store, key)
    except NotFoundError:
        return page(
            "There is nobody with that id.", "Look for the name among the people.", dcc.Link("People", href="/people")
        )
    facts = found.facts
    where = (
        listed([str(facts[name]) for name in ("department", "shift", "crew") if facts.get(name)]) or "place not known"
    )
    lists = f" One person in {len(contacts)} lists: {', '.join(contacts)}." if len(contacts) > 1 else ""
    body = html.Div([*_three_questions(found), _how_we_know(found), _correct(found)], className="grid")
    acts = dcc.Link("Log a talk", href=f"/talk?person={key}", className="btn go")
    return page(_answer(found), f"{where}. Id {facts['person_id']}.{lists}", body, acts)


def _answer(found: PersonPicture) -> str:
    name, n = found.facts["name"], found.named_by["n"]
    named = f"is named by {n} of {found.named_by['n_asked']} asked" if n else "has been named by nobody so far"
    talked = "" if found.conversations else f" None of us has talked to {name} yet."
    return f"{name} {named}.{talked}"


def _three_questions(found: PersonPicture) -> list[Component]:
    by = [html.Li([person_link(one["person_id"], one["name"])]) for one in found.named_by["people"]]
    newest = found.assessments[0] if found.assessments else None
    stands: Content = [chip(0), " not assessed"]
    if newest:
        said = f"{newest['assessed_by'] or 'somebody'} on {newest['assessed_on']}"
        stands = [chip(newest["assessment"]), f" {ASSESSMENT_WORDS[newest['assessment']]}, said {said}"]
    acts = [html.Li(f"{act['action']}, {act['held_on']}: {_did(act['did'])}") for act in found.actions]
    return [
        section(
            "Who goes to them?",
            html.Ul(by, className="list") if by else html.P("Nobody asked so far.", className="mute"),
            span=4,
        ),
        section("Where do they stand?", html.P(stands), span=4),
        section(
            "What have they done?",
            html.Ul(acts, className="list") if acts else html.P("No action is recorded.", className="mute"),
            span=4,
        ),
    ]


def _did(did: bool | None) -> str:  # noqa: FBT001 - a value, not a switch
    return "not known" if did is None else "did it" if did else "did not"


def _how_we_know(found: PersonPicture) -> Component:
    named = found.named
    answer: Content = note("Not known. ", "Not asked whom they go to: that they name nobody here means nothing.")
    if named["was_asked"]:
        names = [person_link(one["person_id"], one["name"]) for one in named["people"]]
        answer = html.P([f"Asked on {named['held_on']}, named {named['n_named']}: ", *_joined(names)])
    talks = [
        html.Li(f"{talk['held_on']} with {talk['organizer']}, {talk['channel'] or 'how is not known'}")
        for talk in found.conversations
    ]
    told = [
        html.Li(
            [
                f"{tie['kind'].replace('_', ' ')}: ",
                person_link(tie["person_id"], tie["name"]),
                f" (told by {tie['said_by'] or 'not known'})",
            ]
        )
        for tie in found.told
    ]
    beside = [html.Li(person_link(mate["person_id"], mate["name"])) for mate in found.co_workers]
    parts = [
        answer,
        html.H3("Talks"),
        _list(talks, "None."),
        html.H3("Told ties"),
        _list(told, "None told."),
        html.H3("Worked beside"),
        _list(beside, "No records."),
    ]
    if found.group:
        parts.append(
            html.P(f"In the group {found.group['name']} ({found.group['n_members']} people), as far as ties are known.")
        )
    return section("How we know", parts, span=8)


def _list(items: Sequence[Component], nothing: str) -> Component:
    return html.Ul(items, className="list") if items else html.P(nothing, className="mute")


def _joined(names: list[Component]) -> list[Content]:
    return [part for name in names for part in (name, " ")] or ["nobody we could match"]


def _correct(found: PersonPicture) -> Component:
    hint = html.P("What is typed here outranks what files say. An emptied field is cleared.", className="small")
    return section("Correct", [hint, _form("known", found.facts, with_id=False)], span=4)


def _form(kind: str, facts: dict[str, Any], *, with_id: bool) -> Component:
    known_id = dcc.Store(id=f"{kind}-known-id", data=facts.get("person_id"))
    first = [text_field(f"{kind}-person_id", "Id", "as on your list")] if with_id else []
    fields = [
        text_field(f"{kind}-{name}", words, value=_text(facts.get(name)))
        for name, words in EDITABLE
        if name in facts or with_id
    ]
    contact = (
        [] if with_id else [text_field(f"{kind}-{n}", w, "fill in to change") for n, w in EDITABLE if n not in facts]
    )
    save = html.Button("Save", id=f"{kind}-save", className="btn go", type="button")
    return html.Div([known_id, *first, *fields, *contact, save, html.Div(id=f"{kind}-said")], className="form")


def register(app: Dash) -> None:
    """Register the callbacks of these pages."""
    values = [State(f"new-{name}", "value") for name, _ in EDITABLE]
    app.callback(
        Output("new-said", "children"),
        Input("new-save", "n_clicks"),
        State("new-person_id", "value"),
        *values,
        prevent_initial_call=True,
    )(add_person)
    values = [State(f"known-{name}", "value") for name, _ in EDITABLE]
    app.callback(
        Output("known-said", "children"),
        Input("known-save", "n_clicks"),
        State("known-known-id", "data"),
        *values,
        prevent_initial_call=True,
    )(correct_person)
    app.callback(
        Output("url", "pathname", allow_duplicate=True), Input("people-grid", "selectedRows"), prevent_initial_call=True
    )(open_person)


def add_person(_clicks: int, person_id: str | None, *values: str | None) -> Component:
    """Add a person by hand."""
    said = {name: value.strip() for (name, _), value in zip(EDITABLE, values, strict=True) if value and value.strip()}
    try:
        if not (person_id or "").strip() or "name" not in said:
            return failed("A new person needs an id and a name.")
        report = edit_record(the_desk().store, f"person:{(person_id or '').strip()}", said)
    except ShopfloorError as error:
        return failed(str(error))
    return done("Saved.", report.batch_id)


def correct_person(_clicks: int, person_id: str, *values: str | None) -> Component:
    """Write the fields that differ from what is known."""
    desk = the_desk()
    try:
        facts = find_person(desk.store, person_id)[0].facts
        said = {name: (value or "").strip() for (name, _), value in zip(EDITABLE, values, strict=True)}
        changed = {name: value for name, value in said.items() if value != _text(facts.get(name))}
        if not changed:
            return failed("Nothing differs from what is known.")
        report = edit_record(desk.store, f"person:{person_id}", changed)
    except ShopfloorError as error:
        return failed(str(error))
    return done("Saved.", report.batch_id)


def open_person(rows: list[dict[str, Any]] | None) -> str:
    """Go to the page of the chosen row."""
    return person_path(rows[0]["id"]) if rows else "/people"
