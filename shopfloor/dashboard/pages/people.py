"""People: find somebody, add somebody, correct what is known."""

from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from shopfloor.dashboard.controls import search_field, text_field
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.grids import by_number, grid, rows_of
from shopfloor.dashboard.parts import aria, done, failed, page, person_link, section
from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import NotFoundError, ShopfloorError, UsageError
from shopfloor.service.audit import Deed
from shopfloor.service.editing import edit_record
from shopfloor.service.numbers import counted
from shopfloor.workplace import OUTSIDE

EDITABLE: Final = {
    "name": "Name",
    "preferred_name": "Called",
    "department": "Department",
    "shift": "Shift",
    "crew": "Crew",
    "job_class": "Job",
    "language": "Language",
    "phone": "Phone",
    "email": "E-mail",
    "left_on": "Left on",
}
"""Fields of the plain form, with their words."""

_SHOWN: Final = ("person_id", "name", "department", "shift", "job_class", "has_left")

HIDDEN: Final = ("phone", "email")
"""Fields that the form does not fill in: they are shown when asked for."""


def layout(desk: Desk) -> list[Component]:
    """Return the list of people and the form for a new one."""
    rows = people_rows(desk)
    desk.note(Deed.SEARCH, where="list of people", n_people=len(rows))
    text = {"filter": "agTextColumnFilter"}
    columns: list[dict[str, Any]] = [
        {"field": "name", "headerName": "Name", "minWidth": 180, "cellRenderer": "PersonLink", **text},
        {"field": "department", "headerName": "Department", "minWidth": 130, **text},
        {"field": "shift", "headerName": "Shift", **text},
        {"field": "job", "headerName": "Job", "minWidth": 120, **text},
        {"field": "here", "headerName": "Here", "maxWidth": 100},
        {"field": "id", "headerName": "Id", "maxWidth": 140, "comparator": {"function": "byNumber"}, **text},
    ]
    find = search_field("people-search", "Find somebody")
    table = html.Div([find, grid("people-grid", columns, rows, label="Everybody")])
    n_left = sum(row["here"] == "left" for row in rows)
    rests = f"{n_left} of them left and stay in history. " if n_left else ""
    body = [section("Everybody", table, span=8), section("Add somebody", form("new", {}, with_id=True), span=4)]
    return page(
        f"{counted(len(rows), 'person', 'people')} on our lists.",
        f"{rests}A name leads to what is known and how we know it.",
        html.Div(body, className="grid"),
    )


def people_rows(desk: Desk) -> list[dict[str, Any]]:
    """Return everybody whom the viewer knows as rows of the grid, in the order of their ids."""
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
        for row in rows_of(people.loc[people["kind"] != OUTSIDE, list(_SHOWN)])
    ]
    return sorted(rows, key=lambda row: by_number(row["id"]))


def form(kind: str, facts: dict[str, Any], *, with_id: bool) -> Component:
    """Return the plain form: ``new`` for a person not known yet, ``known`` for one who is."""
    known_id = dcc.Store(id=f"{kind}-known-id", data=facts.get("person_id"))
    first = [text_field(f"{kind}-person_id", "Id", "needed; as on your list")] if with_id else []
    fields = [
        text_field(
            f"{kind}-{name}",
            words,
            _hint(name, with_id=with_id),
            kind="date" if name == "left_on" else "text",
            value=_text(facts.get(name)),
        )
        for name, words in EDITABLE.items()
    ]
    save = html.Button("Save", id=f"{kind}-save", className="btn go", type="button")
    said = html.Div(id=f"{kind}-said", **aria(live="polite"))
    return html.Div([known_id, *first, *fields, save, said], className="form")


def _hint(name: str, *, with_id: bool) -> str:
    if name in HIDDEN and not with_id:
        return "fill in to change"
    return "needed" if name == "name" else ""


def _text(value: object) -> str:
    return "" if value is None else str(value)


def register(app: Dash) -> None:
    """Register the callbacks of the forms."""
    app.callback(
        Output("new-said", "children"),
        Output("people-grid", "rowData"),
        Input("new-save", "n_clicks"),
        State("new-person_id", "value"),
        *(State(f"new-{name}", "value") for name in EDITABLE),
        prevent_initial_call=True,
    )(add_person)
    app.callback(
        Output("known-said", "children"),
        Input("known-save", "n_clicks"),
        State("known-known-id", "data"),
        *(State(f"known-{name}", "value") for name in EDITABLE),
        prevent_initial_call=True,
    )(correct_person)
    app.callback(
        Output("people-grid", "dashGridOptions"),
        Input("people-search", "value"),
        State("people-grid", "dashGridOptions"),
    )(find_people)


def add_person(_clicks: object, person_id: object, *values: object) -> tuple[Component, list[dict[str, Any]]]:
    """Add a person by hand."""
    desk, key = the_desk(), person_id.strip() if isinstance(person_id, str) else ""
    said = {name: text for name, text in _typed(values).items() if text}
    try:
        if not key or "name" not in said:
            raise UsageError("A new person needs an id and a name.")
        if key in desk.store.picture().identity.person_of:
            raise UsageError("Somebody has that id already. Correct what is known on the person's page.")
        report = edit_record(desk.store, f"person:{key}", said)
    except ShopfloorError as error:
        return failed(on_a_page(str(error))), people_rows(desk)
    return done(["Added ", person_link(report.key, said["name"]), "."], report.batch_id), people_rows(desk)


def correct_person(_clicks: object, person_id: object, *values: object) -> Component:
    """Write the fields that differ from what is known."""
    desk = the_desk()
    try:
        if not isinstance(person_id, str):
            raise NotFoundError("There is nobody with that id.")
        changed = changes(desk.person(person_id)[0].facts, _typed(values))
        if not changed:
            raise UsageError("Nothing differs from what is known.")
        batch_id = edit_record(desk.store, f"person:{person_id}", changed).batch_id
    except ShopfloorError as error:
        return failed(on_a_page(str(error)))
    return done(f"Saved: {', '.join(EDITABLE[name].lower() for name in changed)}.", batch_id)


def _typed(values: tuple[object, ...]) -> dict[str, str]:
    texts = (value.strip() if isinstance(value, str) else "" for value in values)
    return dict(zip(EDITABLE, texts, strict=True))


def changes(facts: dict[str, Any], said: dict[str, str]) -> dict[str, str]:
    """Return what differs from the known facts; an emptied field is cleared, an empty hidden one says nothing."""
    return {
        name: text for name, text in said.items() if text != _text(facts.get(name)) and (text or name not in HIDDEN)
    }


def find_people(words: object, options: object) -> dict[str, Any]:
    """Show only the rows that hold the words."""
    held = options if isinstance(options, dict) else {}
    if isinstance(words, str) and words:
        the_desk().note(Deed.SEARCH, where="people")
    return {**held, "quickFilterText": words[:80] if isinstance(words, str) else ""}
