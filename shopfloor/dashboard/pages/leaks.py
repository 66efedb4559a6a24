"""What a finder would learn: of what somebody in a role sees, and of the store itself. Counts, never a value."""

from collections.abc import Sequence
from typing import Final

import dash
from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from shopfloor.dashboard.controls import Choices, field, is_clicked, select
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.parts import aria, failed, page, section, table
from shopfloor.dashboard.places import data_places, refuse_but
from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import ShopfloorError, UsageError
from shopfloor.service.leak_report import Finding, report_role, report_store
from shopfloor.service.numbers import counted
from shopfloor.service.policy import ROLES, ROLES_IN_WORDS
from shopfloor.service.viewer import Viewer

PATH: Final = "/leaks"
_ASKED: Final = "What would a finder learn?"
_RESTS: Final = "Counts and words alone: the report itself tells nobody's name, number or note."
_UNITS: Final = (("department", ""), ("shift", "shift:"), ("crew", "crew:"))


def layout(desk: Desk) -> list[Component]:
    """Return the page; nothing is looked at before it is asked for."""
    viewer = desk.store.viewer
    refuse_but(viewer, PATH)
    body = [
        data_places(viewer, PATH),
        html.Div([_of_a_role(desk), _of_the_store()], className="grid no-print"),
        html.Div(id="leaks-found", **aria(live="polite")),
    ]
    return page(_ASKED, _RESTS, body)


def roles_for(viewer: Viewer) -> list[str]:
    """Return the roles through whose eyes somebody may look: those that may do no more than she."""
    return [role for role, rights in ROLES.items() if rights <= viewer.rights]


def _of_a_role(desk: Desk) -> Component:
    roles = [(role, f"{role}: {ROLES_IN_WORDS[role]}") for role in roles_for(desk.store.viewer)]
    units = [{"value": unit, "label": unit} for unit in _units(desk)]
    checks = Choices(id="leaks-units", options=units, value=[], several=True, className="checks columns")
    form = [
        field("leaks-role", "Role", select("leaks-role", roles, "organizer")),
        html.Details(
            [
                html.Summary("Units of the organizer"),
                html.Fieldset([html.Legend("Those that are hers"), checks], className="control"),
            ]
        ),
        html.Button("Look through these eyes", id="leaks-look", className="btn go", type="button"),
    ]
    hint = html.P("For instance: her account is used by somebody else, or her screen is photographed.")
    return section("What somebody in a role sees", [hint, html.Div(form, className="form narrow")], span=8)


def _units(desk: Desk) -> list[str]:
    people = desk.workplace().people
    return [f"{start}{unit}" for column, start in _UNITS for unit in sorted(people[column].dropna().unique())]


def _of_the_store() -> Component:
    hint = html.P("For instance: a laptop is lost, or a backup or the database's disk is copied.")
    look = html.Button("Look at the store", id="leaks-store", className="btn", type="button")
    return section("What the store itself tells", [hint, html.Div(look, className="controls")], span=4)


def register(app: Dash) -> None:
    """Register the callback of this page."""
    app.callback(
        Output("answer", "children", allow_duplicate=True),
        Output("leaks-found", "children"),
        Input("leaks-look", "n_clicks"),
        Input("leaks-store", "n_clicks"),
        State("leaks-role", "value"),
        State("leaks-units", "value"),
        prevent_initial_call=True,
    )(look)


def look(_eyes: object, _store: object, role: object, units: object) -> tuple[str, Component]:
    """Report on what was asked for."""
    if not is_clicked():
        raise PreventUpdate
    desk = the_desk()
    try:
        refuse_but(desk.store.viewer, PATH)
        if dash.ctx.triggered_id == "leaks-store":
            return found_in_store(report_store(desk.store))
        told = units if isinstance(units, list) and role == "organizer" else []
        chosen = [unit for unit in told if isinstance(unit, str)]
        if role == "organizer" and not chosen:
            raise UsageError("Tick the units that are hers: an organizer without one sees nobody.")
        return found_by_role(str(role), chosen, report_role(desk.store, str(role), chosen))
    except ShopfloorError as error:
        return _ASKED, failed(on_a_page(str(error)))


def found_by_role(role: str, units: Sequence[str], findings: Sequence[Finding]) -> tuple[str, Component]:
    """Return headline and table of what somebody in a role learns; pure."""
    n = {one.what: one.n for one in findings}
    whose = f" of {', '.join(units)}" if units else ""
    things = [counted(n.get(f"{what}s", 0), what) for what in ("name", "phone number", "assessment", "note")]
    answer = f"{'An' if role[:1] in 'ao' else 'A'} {role}{whose} sees {', '.join(things)}."
    return answer, _table(f"{role}{whose}", findings)


def found_in_store(findings: Sequence[Finding]) -> tuple[str, Component]:
    """Return headline and table of what the store tells; pure."""
    clear = sum(one.n for one in findings if "values in clear" in one.what or one.means.startswith("READABLE"))
    answer = (
        f"Who finds the store without its key reads {clear:,} things in clear."
        if clear
        else "Who finds the store without its key reads none of what it holds."
    )
    return answer, _table("the store", findings)


def _table(what: str, findings: Sequence[Finding]) -> Component:
    rows = [{"what": one.what, "n": f"{one.n:,}", "means": one.means} for one in findings]
    columns = [("what", "What"), ("n", "How many"), ("means", "What it means, or what protects")]
    return section(f"What a finder has: {what}", table("Nothing of it is shown here", columns, rows, numbers=("n",)))
