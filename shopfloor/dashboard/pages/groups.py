"""Groups: who belongs together in the ties known so far, and against which departments."""

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import Groups
from shopfloor.dashboard.controls import also_include, included
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.grids import rows_of
from shopfloor.dashboard.parts import (
    Content,
    known_bar,
    load_a_file,
    log_a_talk,
    note,
    page,
    person_link,
    table,
    unit_path,
)
from shopfloor.dashboard.words import counted, layer_words

N_SHOWN = 12


def layout(desk: Desk) -> list[Component]:
    """Return the page."""
    answer, rests, body = shown(desk, ())
    on_map = dcc.Link("See them on the map", href="/map?by=group", className="btn")
    controls = html.Div(also_include("groups-include"), className="controls no-print")
    return page(answer, rests, [controls, html.Div(body, id="groups-list")], on_map)


def shown(desk: Desk, include: tuple[str, ...]) -> tuple[str, str, list[Component]]:
    """Return headline, what it rests on, and the groups."""
    found = desk.groups(include=include)
    about = found.about
    layers = ", ".join(layer_words(layer) for layer in about["layers"]) or "no ties"
    rests = (
        f"Rests on {layers}; {about['coverage']['n_asked']} of {about['coverage']['n_people']} asked. "
        f"As of {about['as_of']}. More talks may move people between groups."
    )
    if found.rows.empty:
        hint = html.P("Groups are found in ties: who names whom, who works beside whom, what we are told.")
        step = log_a_talk() if about["coverage"]["n_people"] else load_a_file()
        return _answer(found), rests, [hint, html.P(step), *_alone(found)]
    return _answer(found), rests, [_table(found, desk, include), *_alone(found)]


def _answer(found: Groups) -> str:
    if found.rows.empty:
        return "No groups are visible yet: too few ties are known."
    crossing = sum(len(departments) > 1 for departments in found.rows["departments"])
    return f"{counted(len(found.rows), 'group')} so far; {crossing} of them cross departments."


def _table(found: Groups, desk: Desk, include: tuple[str, ...]) -> Component:
    widest = int(found.rows["n_members"].max()) if len(found.rows) else 1
    people = desk.workplace().people  # once: others change the data meanwhile
    names = dict(zip(people["person_id"], people["name"], strict=True))
    also = "".join(f"&with={word}" for word in include)
    rows = [
        {
            "name": dcc.Link(row["name"], href=f"{unit_path(row['name'])}&by=group{also}"),
            "n": row["n_members"],
            "talked": known_bar(row["n_talked_to"], row["n_members"], widest),
            "departments": ", ".join(f"{part['department']} {part['n_members']}" for part in row["departments"]),
            "members": _members(row["members"], names),
        }
        for row in rows_of(found.rows)
    ]
    columns = [
        ("name", "Group"),
        ("n", "People"),
        ("talked", "Talked to"),
        ("departments", "Departments"),
        ("members", "Members"),
    ]
    return html.Section(table("Groups, largest first", columns, rows, numbers=("n",)))


def _members(members: list[str], names: dict[str, str]) -> Content:
    links: list[Content] = []
    for person_id in members[:N_SHOWN]:
        links += [person_link(person_id, names[person_id]), ", "]
    rest = len(members) - N_SHOWN
    return html.Span([*links[:-1], f" and {rest} more" if rest > 0 else ""])


def _alone(found: Groups) -> list[Component]:
    if not found.in_no_group:
        return []
    text = f"{counted(len(found.in_no_group), 'person belongs', 'people belong')} to no group so far: "
    return [note("Not known. ", text + "nobody has told us of ties of theirs. That is not the same as having none.")]


def register(app: Dash) -> None:
    """Register the callback of this page."""
    app.callback(
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("groups-list", "children"),
        Input("groups-include", "value"),
        prevent_initial_call=True,
    )(include_too)


def include_too(include: object) -> tuple[str, str, list[Component]]:
    """Find the groups anew, with whom else."""
    return shown(the_desk(), included(include))
