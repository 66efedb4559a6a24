"""The map: who goes to whom here, unit by unit, with the same people as a table and a panel in words."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dash
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash_ag_grid import AgGrid

from shopfloor.dashboard import views, words
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.grids import grid
from shopfloor.dashboard.map_data import NOT_KNOWN, Filters, MapData
from shopfloor.dashboard.network import WorkMap
from shopfloor.dashboard.parts import aria, chip, key, note, page, person_link, person_path
from shopfloor.dashboard.tables import legend, people_table, unit_table
from shopfloor.dashboard.words import ASSESSMENT_WORDS, counted

LEVELS = {"units": "Units", "circle": "Only this circle", "people": "Everybody"}
GROUP_BY = {"department": "departments", "shift": "shifts", "crew": "crews", "group": "social groups"}
_WEEK = 7
_MOST_OPEN = 6
_NO_SHIFT = "not known"
_UNIT_COLUMNS: list[dict[str, Any]] = [
    {"field": "unit", "headerName": "Unit", "minWidth": 150},
    {"field": "n_people", "headerName": "People", "type": "numericColumn"},
    {"field": "n_talked_to", "headerName": "Talked to", "type": "numericColumn"},
    {"field": "n_asked", "headerName": "Asked", "type": "numericColumn"},
    {"field": "n_not_assessed", "headerName": "Not assessed", "type": "numericColumn"},
    {"field": "n_ties_inside", "headerName": "Ties inside", "type": "numericColumn"},
    {"field": "n_ties_out", "headerName": "Ties out", "type": "numericColumn"},
    {"field": "most_named", "headerName": "Most named", "minWidth": 150},
]
_PEOPLE_COLUMNS: list[dict[str, Any]] = [
    {"field": "name", "headerName": "Name", "minWidth": 170},
    {"field": "unit", "headerName": "Unit"},
    {"field": "shift", "headerName": "Shift"},
    {"field": "named_by", "headerName": "Named by", "type": "numericColumn"},
    {"field": "n_ties", "headerName": "Ties known", "type": "numericColumn"},
    {"field": "stands", "headerName": "Stands"},
    {"field": "was_talked_to", "headerName": "Talked to"},
]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen on the page: which units are open, who, at what level."""

    open_units: tuple[str, ...] = ()
    person: str | None = None
    level: str = "units"

    @classmethod
    def of(cls, held: dict[str, Any]) -> "Choice":
        """Return the choice a page holds; what does not fit is passed over."""
        units = tuple(unit for unit in held.get("open", ()) if isinstance(unit, str))
        level = held.get("level")
        return cls(units[:_MOST_OPEN], held.get("person"), level if level in LEVELS else "units")

    def held(self) -> dict[str, Any]:
        """Return what the page holds."""
        return {"open": list(self.open_units), "person": self.person, "level": self.level}


def layout(desk: Desk) -> list[Component]:
    """Return the page; the picture comes with the first callback."""
    data = desk.map_data()
    picture = html.Div(
        [
            WorkMap(id="map", data=views.units_view(data), className="workmap", dataTest=True),
            html.P(id="map-notice", className="small", role="status"),
            html.Div(_legend(data), id="map-legend"),
            html.H2([html.Span("The same as a table"), html.Small("choosing a row chooses on the map")]),
            html.Div(_table(data, Choice(), Filters()), id="map-table"),
        ],
        className="c8",
    )
    panel = html.Aside(id="map-panel", className="c4", **aria(live="polite"))
    held = dcc.Store(id="map-choice", data=Choice().held())
    body = [held, _controls(desk, data), html.Div([picture, panel], className="grid")]
    rests = words.rests_on(data, fewest_ties=views.fewest_ties(data))
    return page(words.headline(data), rests, body)


def _controls(desk: Desk, data: MapData) -> Component:
    shifts = sorted(set(data.people["shift"]) - {NOT_KNOWN})
    unknown = [_NO_SHIFT] if (data.people["shift"] == NOT_KNOWN).any() else []
    units = [{"label": data.unit_label(unit), "value": unit or _NO_SHIFT} for unit in data.unit_ids]
    stands = [{"label": f"{a} {word}" if a else word, "value": a} for a, word in ASSESSMENT_WORDS.items()]
    layers = [{"label": layer.replace("_", " "), "value": layer} for layer in data.layers]
    search = dcc.Input(
        id="map-search", type="search", placeholder="", className="field", debounce=0.4, autoComplete="off"
    )
    levels = dcc.RadioItems(options=LEVELS, value="units", id="map-level", inline=True, className="seg-radio")
    return html.Div(
        [
            html.Div([html.Label("Find a person", htmlFor="map-search"), search], className="control"),
            _group("Show", levels),
            _group("Discs are", dcc.RadioItems(options=GROUP_BY, value="department", id="map-group-by", inline=True)),
            _checks("Shift", "map-shifts", [*shifts, *unknown]),
            _checks("Where they stand", "map-stands", stands),
            _checks("Ties", "map-layers", layers),
            _checks("Units", "map-units", units),
            _time(desk),
            html.Button("Close all", id="map-close", className="btn", type="button"),
        ],
        className="controls no-print",
    )


def _group(label: str, control: Component) -> Component:
    return html.Fieldset([html.Legend(label), control], className="control")


def _checks(label: str, name: str, options: list[Any]) -> Component:
    checks = dcc.Checklist(options=options, value=[], id=name, inline=True)
    return html.Details([html.Summary([label, html.Span(" all", className="hint")]), checks], className="control")


def _time(desk: Desk) -> Component:
    first, last = _span(desk)
    weeks = max((last - first).days // _WEEK, 0)
    slider = dcc.Input(id="map-weeks", type="range", min=0, max=weeks, step=1, value=weeks, disabled=not weeks)
    label = html.Label(["As of ", html.Output(last.isoformat(), id="map-as-of")], htmlFor="map-weeks")
    return html.Div([label, slider], className="control")


def _span(desk: Desk) -> tuple[date, date]:
    """Return the first talk and the day of the newest picture."""
    workplace = desk.workplace()
    last = workplace.provenance.as_of
    talks = workplace.conversations["held_on"].dropna()
    return (talks.min().date() if len(talks) else last), last


def as_of_of(desk: Desk, weeks: object) -> date | None:
    """Return the day the slider stands at; None is the newest, as is whatever is no number."""
    first, last = _span(desk)
    steps = int(weeks) if isinstance(weeks, int | float) or (isinstance(weeks, str) and weeks.isdigit()) else 0
    n_weeks = (last - first).days // _WEEK
    return (
        None
        if steps >= n_weeks or not isinstance(weeks, int | float | str)
        else last - timedelta(days=_WEEK * (n_weeks - steps))
    )


def filters_of(
    shifts: list[str], stands: list[int], layers: list[str], units: list[str], search: str | None
) -> Filters:
    """Return the filters that the controls say."""
    return Filters(
        units=tuple(NOT_KNOWN if unit == _NO_SHIFT else unit for unit in units or ()),
        shifts=tuple(NOT_KNOWN if shift == _NO_SHIFT else shift for shift in shifts or ()),
        assessments=tuple(stands or ()),
        layers=tuple(layers or ()),
        search=search or "",
    )


def _view(data: MapData, choice: Choice, filters: Filters) -> dict[str, Any]:
    if choice.level == "circle" and choice.person is not None:
        return views.circle_view(data, choice.person, filters)
    if choice.level == "people":
        return views.people_view(data, filters)
    return views.units_view(data, choice.open_units, filters, choice.person)


def _legend(data: MapData, filters: Filters | None = None) -> list[Component]:
    found = legend(data, filters or Filters())
    shapes = ", ".join(f"{shape['shape']} {shape['label']}" for shape in found["shapes"])
    return [key(), html.P(" ".join([*found["sentences"], f"Shape is the shift: {shapes}."]), className="small")]


def _table(data: MapData, choice: Choice, filters: Filters) -> AgGrid:
    if choice.level == "units" and not choice.open_units and choice.person is None and not filters.search:
        return grid("map-grid", _UNIT_COLUMNS, unit_table(data, filters), label="Units of the map")
    tied_to = choice.person if choice.level == "circle" else None
    units = choice.open_units if choice.level == "units" and choice.open_units else None
    rows = people_table(data, filters, units=units, tied_to=tied_to)
    said = [
        row | {"was_talked_to": "yes" if row["was_talked_to"] else "no", "shift": row["shift"] or _NO_SHIFT}
        for row in rows
    ]
    return grid("map-grid", _PEOPLE_COLUMNS, said, label="People of the map")


def _panel(data: MapData, choice: Choice, filters: Filters) -> list[Component]:
    if choice.person is None:
        opened = [unit for unit in choice.open_units if unit in data.unit_ids]
        return (
            _unit_panel(data, opened[-1])
            if opened
            else [html.H2("Nobody is chosen"), html.P("Open a unit, or find a person.")]
        )
    row = data.people.iloc[data.row_of(choice.person)]
    tied = people_table(data, Filters(layers=filters.layers), tied_to=choice.person)
    others = [other for other in tied if other["id"] != choice.person]
    talked = "We have talked." if row["was_talked_to"] else "None of us has talked to this person yet."
    asked = "" if row["was_asked"] else " Not asked who they go to."
    return [
        html.H2([row["name"], html.Small(dcc.Link("page", href=person_path(choice.person)))]),
        html.P([chip(int(row["assessment"])), f" {ASSESSMENT_WORDS[int(row['assessment'])]}"]),
        html.P(f"Named by {row['named_by']}. {talked}{asked}"),
        html.H3(f"Ties we know: {counted(len(others), 'person', 'people')}"),
        html.Ul(
            [
                html.Li([person_link(o["id"], o["name"]), " ", chip(o["assessment"] or 0), f" {o['unit']}"])
                for o in others[:12]
            ],
            className="list",
        ),
        html.P(f"and {len(others) - 12} more in the table" if len(others) > 12 else "", className="small"),  # noqa: PLR2004 - what the panel holds
        html.Button("Only this circle", id="map-circle", className="btn", type="button"),
    ]


def _unit_panel(data: MapData, unit: str) -> list[Component]:
    row = next(one for one in unit_table(data) if one["id"] == unit)
    left = row["n_not_talked_to"]
    talked = f"{row['n_talked_to']} talked to, {row['n_asked']} asked who they go to."
    silence = f"{left} have not been talked to: a mark with no line is somebody not asked, not somebody alone."
    return [
        html.H2(row["unit"]),
        html.P(f"{counted(row['n_people'], 'person', 'people')}; {talked}"),
        note("Not known. ", silence) if left else html.P("Everybody has been talked to."),
    ]


_FILTERS = ("map-shifts", "map-stands", "map-layers", "map-units", "map-search")


def register(app: Dash) -> None:
    """Register the callbacks of this page."""
    held = State("map-choice", "data")
    app.callback(
        Output("map-choice", "data"),
        Output("map-level", "value"),
        Input("map", "clickData"),
        Input("map-grid", "selectedRows"),
        Input("map-close", "n_clicks"),
        Input("map-level", "value"),
        Input("map-search", "value"),
        held,
        prevent_initial_call=True,
    )(choose)
    app.callback(
        Output("map-choice", "data", allow_duplicate=True),
        Output("map-level", "value", allow_duplicate=True),
        Input("map-circle", "n_clicks"),
        held,
        prevent_initial_call=True,
    )(only_circle)
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
        *(Input(name, "value") for name in _FILTERS),
    )(draw)


def choose(
    click: dict[str, Any] | None,
    rows: list[dict[str, Any]] | None,
    _close: int | None,
    level: str,
    search: str | None,
    held: dict[str, Any],
) -> tuple[dict[str, Any], str]:
    """Take what was clicked, chosen or closed into the choice."""
    choice, trigger = Choice.of(held), dash.ctx.triggered_id
    if trigger == "map-close":
        choice = Choice()
    elif trigger == "map-level":
        choice = Choice(choice.open_units, choice.person, level)
    elif trigger == "map" and click:
        choice = clicked(choice, str(click.get("kind")), click.get("id"))
    elif trigger == "map-grid" and rows:
        choice = clicked(choice, "person" if "name" in rows[0] else "unit", rows[0]["id"])
    elif trigger == "map-search" and search:
        choice = _found(choice, search)
    return choice.held(), choice.level


def clicked(choice: Choice, kind: str, name: str | None) -> Choice:
    """Return the choice after a click: a unit opens or closes, a person is chosen, Esc closes."""
    if kind == "unit" and name is not None:
        rest = tuple(unit for unit in choice.open_units if unit != name)
        opened = rest if name in choice.open_units else (*rest, name)[-_MOST_OPEN:]
        return Choice(opened, None, "units")
    if kind == "person" and name is not None:
        return Choice(choice.open_units, name, choice.level)
    if kind == "close":
        return Choice(choice.open_units) if choice.person else Choice()
    return choice


def _found(choice: Choice, search: str) -> Choice:
    """Return the choice with the one person that a search finds, if it is one."""
    found = people_table(the_desk().map_data(), Filters(search=search))
    return Choice(choice.open_units, found[0]["id"], choice.level) if len(found) == 1 else choice


def only_circle(_clicks: int | None, held: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Show only the circle of the chosen person."""
    if not _clicks:
        raise dash.exceptions.PreventUpdate
    choice = Choice(Choice.of(held).open_units, Choice.of(held).person, "circle")
    return choice.held(), choice.level


def draw(held: dict[str, Any], weeks: object, group_by: str, *controls: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Draw the map, its words, its table and its legend from the choice and the filters."""
    desk, filters = the_desk(), filters_of(*controls)
    day = as_of_of(desk, weeks)
    data = desk.map_data(day, group_by if group_by in GROUP_BY else "department")
    choice = _still_there(Choice.of(held), data)
    view = _view(data, choice, filters)
    rests = words.rests_on(data, filters, fewest_ties=views.fewest_ties(data, filters))
    said = words.headline(data, choice.open_units, filters, choice.person)
    panel, table = _panel(data, choice, filters), _table(data, choice, filters)
    return (
        view,
        choice.person,
        said,
        rests,
        panel,
        table,
        _legend(data, filters),
        view.get("notice") or "",
        data.as_of.isoformat(),
    )


def _still_there(choice: Choice, data: MapData) -> Choice:
    """Leave out a person who is not on the map at this date."""
    is_there = choice.person is None or bool((data.people["person_id"] == choice.person).any())
    level = "units" if choice.level == "circle" and (choice.person is None or not is_there) else choice.level
    return Choice(choice.open_units, choice.person if is_there else None, level)
