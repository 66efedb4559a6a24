"""The map: who goes to whom here, unit by unit, with the same people as a table and a panel in words."""

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

import dash
from dash import ALL, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash_ag_grid import AgGrid

from shopfloor.dashboard import views, words
from shopfloor.dashboard.controls import included, is_clicked
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.grids import grid
from shopfloor.dashboard.map_data import Filters, MapData
from shopfloor.dashboard.network import WorkMap
from shopfloor.dashboard.pages.map_controls import (
    FILTERS,
    NO_SHIFT,
    Choice,
    controls,
    day_of,
    filters_of,
    first_filters,
    grouping_of,
)
from shopfloor.dashboard.pages.map_panel import panel
from shopfloor.dashboard.parts import aria, key, load_a_file, page
from shopfloor.dashboard.tables import Rows, legend, people_table, unit_table

if TYPE_CHECKING:
    from collections.abc import Callable

_UNIT_COLUMNS: list[dict[str, Any]] = [
    {"field": "unit", "headerName": "Unit", "minWidth": 150, "cellClass": "strong"},
    {"field": "n_people", "headerName": "People", "type": "numericColumn"},
    {"field": "n_talked_to", "headerName": "Talked to", "type": "numericColumn"},
    {"field": "n_asked", "headerName": "Asked", "type": "numericColumn"},
    {"field": "n_not_assessed", "headerName": "Not assessed", "type": "numericColumn"},
    {"field": "n_ties_inside", "headerName": "Ties inside", "type": "numericColumn"},
    {"field": "n_ties_out", "headerName": "Ties out", "type": "numericColumn"},
    {"field": "most_named", "headerName": "Most named", "minWidth": 150},
]
_PEOPLE_COLUMNS: list[dict[str, Any]] = [
    {"field": "name", "headerName": "Name", "minWidth": 170, "cellClass": "strong"},
    {"field": "unit", "headerName": "Unit"},
    {"field": "shift", "headerName": "Shift"},
    {"field": "named_by", "headerName": "Named by", "type": "numericColumn"},
    {"field": "n_ties", "headerName": "Ties known", "type": "numericColumn"},
    {"field": "assessment", "headerName": "Stands", "cellRenderer": "Chip"},
    {"field": "was_talked_to", "headerName": "Talked to"},
]


class Drawn(NamedTuple):
    """Everything on the page that follows from the choice and the filters, in the order of the callback's outputs."""

    view: dict[str, Any]
    selected: str | None
    answer: str
    rests: str
    panel: list[Component]
    table: list[Component]
    legend: list[Component]
    notice: str
    as_of: str


def layout(desk: Desk, search: str = "") -> list[Component]:
    """Return the page; ``?unit=``, ``?person=``, ``?show=``, ``?by=``, ``?with=``, ``?named=``, ``?stands=`` choose."""
    query = parse_qs(search.removeprefix("?"))
    group_by, include = grouping_of(query.get("by", [""])[0]), included(query.get("with"))
    data = desk.map_data(group_by=group_by, include=include)
    if not len(data.people):
        return page(words.headline(data), "Units and people stand here once a list is loaded.", None, load_a_file())
    choice = Choice.asked(search).on(data)
    desk.see(data, choice.person)
    filters = first_filters(data, search)
    drawn = draw_all(data, choice, filters)
    picture = html.Div(
        [
            WorkMap(id="map", data=drawn.view, selected=drawn.selected, className="workmap", dataTest=True),
            html.P(drawn.notice, id="map-notice", className="small", role="status"),
            html.Div(drawn.legend, id="map-legend"),
            html.Div(drawn.table, id="map-table"),
        ],
        className="c8 map-picture",
    )
    aside = html.Aside(drawn.panel, id="map-panel", className="c4 map-panel", **aria(live="polite"))
    held = dcc.Store(id="map-choice", data=choice.held())
    body = [
        held,
        controls(desk, data, choice, group_by, include, filters),
        html.Div([picture, aside], className="grid"),
    ]
    return page(drawn.answer, drawn.rests, body)


def draw_all(data: MapData, choice: Choice, filters: Filters) -> Drawn:
    """Return what the page shows of a choice; pure."""
    choice = choice.on(data)
    view = _view(data, choice, filters)
    units = unit_table(data, filters) if choice.person is None else []
    fewest_ties = view["fewest_ties"] if "fewest_ties" in view else views.fewest_ties(data, filters)
    return Drawn(
        view,
        choice.person,
        words.headline(data, choice.open_units, filters, choice.person),
        words.rests_on(data, filters, fewest_ties=fewest_ties),
        panel(data, choice, filters, units),
        _table(data, choice, filters, units),
        _legend(data, filters),
        _notice(view),
        words.day(data.as_of, data.as_of),
    )


def _view(data: MapData, choice: Choice, filters: Filters) -> dict[str, Any]:
    if choice.level == "circle" and choice.person is not None:
        return views.circle_view(data, choice.person, filters)
    if choice.level == "people":
        return views.people_view(data, filters)
    return views.units_view(data, choice.open_units, filters, choice.person)


def _notice(view: dict[str, Any]) -> str:
    if view.get("n_left_out"):
        return f"{view['n_left_out']} more are tied to this person, less closely; the table has them all."
    return str(view.get("notice") or "")


def _legend(data: MapData, filters: Filters) -> list[Component]:
    found = legend(data, filters)
    shapes = ", ".join(f"{shape['shape']} {shape['label']}" for shape in found["shapes"])
    return [key(), html.P(" ".join([*found["sentences"], f"Shape is the shift: {shapes}."]), className="small")]


def _table(data: MapData, choice: Choice, filters: Filters, units: Rows) -> list[Component]:
    if choice.level == "units" and not choice.open_units and choice.person is None and not filters.search:
        return [_caption("Units, least known first", len(units)), _grid(_UNIT_COLUMNS, units, "Units of the map", None)]
    tied_to = choice.person if choice.level == "circle" else None
    rows = people_table(data, filters, units=_units_listed(data, choice), tied_to=tied_to)
    said = [
        row | {"was_talked_to": "yes" if row["was_talked_to"] else "no", "shift": row["shift"] or NO_SHIFT}
        for row in rows
    ]
    caption = _caption("People of the map, most named first", len(rows))
    return [caption, _grid(_PEOPLE_COLUMNS, said, "People of the map", choice.person)]


def _units_listed(data: MapData, choice: Choice) -> list[str] | None:
    """Return the units whose people the table lists: the open ones, the chosen person's among them."""
    if choice.level != "units":
        return None
    own = [] if choice.person is None else [str(data.people["unit"].iat[data.row_of(choice.person)])]
    return list(dict.fromkeys([*choice.open_units, *own])) or None


def _caption(title: str, n: int) -> Component:
    return html.H2(
        [html.Span(f"The same as a table: {title}"), html.Small(f"{n:,}; choosing a row chooses on the map")]
    )


def _grid(columns: list[dict[str, Any]], rows: list[dict[str, Any]], label: str, chosen: str | None) -> AgGrid:
    return grid("map-grid", columns, rows, label=label, chosen=chosen)


def register(app: Dash) -> None:
    """Register the callbacks of this page."""
    app.callback(
        Output("map-choice", "data"),
        Output("map-level", "value"),
        Input("map", "clickData"),
        Input("map-grid", "selectedRows"),
        Input("map-close", "n_clicks"),
        Input("map-level", "value"),
        Input("map-search", "value"),
        Input({"pick": ALL, "kind": ALL}, "n_clicks"),
        State("map-choice", "data"),
        State("map-group-by", "value"),
        State("map-include", "value"),
        prevent_initial_call=True,
    )(choose)
    app.callback(
        Output("map", "data"),
        Output("map", "selected"),
        Output("answer", "children"),
        Output("rests", "children"),
        Output("map-panel", "children"),
        Output("map-table", "children"),
        Output("map-legend", "children"),
        Output("map-notice", "children"),
        Output("map-as-of", "children"),
        Input("map-choice", "data"),
        Input("map-weeks", "value"),
        Input("map-group-by", "value"),
        Input("map-include", "value"),
        *(Input(name, "value") for name in FILTERS),
        prevent_initial_call=True,
    )(draw)


def choose(*sent: object) -> tuple[dict[str, Any], str]:
    """Take what was clicked, chosen, found or closed into the choice."""
    *inputs, _, held, group_by, include = sent
    before = Choice.of(held)
    if isinstance(dash.ctx.triggered_id, dict) and not is_clicked():
        raise dash.exceptions.PreventUpdate
    data = the_desk().map_data(group_by=grouping_of(group_by), include=included(include))
    after = next_choice(before, dash.ctx.triggered_id, inputs, data)
    if after == before:
        raise dash.exceptions.PreventUpdate
    return after.held(), after.level


def next_choice(before: Choice, trigger: object, inputs: list[Any], data: MapData) -> Choice:
    """Return the choice after one of the inputs of `choose` (in their order) changed; pure."""
    click, rows, _, level, search = inputs
    after: dict[str, Callable[[], Choice]] = {
        "map-close": Choice,
        "map-level": lambda: Choice.of(before.held() | {"level": level}),
        "map": lambda: before.clicked(_part(click, "kind"), _part(click, "id")),
        "map-grid": lambda: _row_chosen(before, rows[0] if isinstance(rows, list) and rows else None),
        "map-search": lambda: _found(before, search, data),
    }
    if isinstance(trigger, dict):
        return before.clicked(trigger.get("kind"), trigger.get("pick"))
    return after.get(str(trigger), lambda: before)()


def _part(sent: object, name: str) -> object:
    return sent.get(name) if isinstance(sent, dict) else None


def _row_chosen(before: Choice, row: object) -> Choice:
    if not isinstance(row, dict):
        return before
    if "name" in row:
        return before.clicked("person", row.get("id"))
    return before if row.get("id") in before.open_units else before.clicked("unit", row.get("id"))


def _found(before: Choice, search: object, data: MapData) -> Choice:
    """Return the choice with the one person that a search finds, if it is one."""
    if not isinstance(search, str) or not search.strip():
        return before
    rows = data.people.index[data.shown(Filters(search=search))]
    if len(rows) != 1:
        return before
    return Choice(before.open_units, str(data.people["person_id"].iat[rows[0]]), before.level)


def draw(held: object, weeks: object, group_by: object, include: object, *filters: object) -> Drawn:
    """Draw the map, its words, its table and its legend from the choice and the filters."""
    desk = the_desk()
    data = desk.map_data(day_of(desk, weeks), grouping_of(group_by), included(include))
    choice = Choice.of(held)
    desk.see(data, choice.person)
    return draw_all(data, choice, filters_of(data, *filters))
