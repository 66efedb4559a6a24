"""Keeping groups: for who may, buttons that accept the groups shown, give one a name that stays, or forget them."""

from typing import Final

import dash
from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component

from shopfloor.analysis import Groups
from shopfloor.dashboard.controls import field, included, is_clicked, select, text_field
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.making import PATIENCE_S
from shopfloor.dashboard.parts import Content, done, failed, section
from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import NotReadyError, ShopfloorError, UsageError
from shopfloor.service.accepting import accept_groups, forget_groups, rename_group, ties_of
from shopfloor.service.groups_in_words import accepted_in_words
from shopfloor.service.policy import Right

KEPT: Final = "groups-kept"
"""Where it is said what was kept; the page's groups follow it."""

_HINT: Final = (
    "Kept groups keep their numbers, names and colours when more becomes known, and count for a quarter in what is "
    "found later. Looking at groups keeps nothing."
)


def keeping_part(desk: Desk, found: Groups) -> list[Component]:
    """Return what stands under the groups for who may keep them; nothing for others."""
    viewer = desk.store.viewer
    if Right.WRITE_BACK not in viewer.rights or not viewer.sees_all_people:
        return []
    names = [
        (str(number), f"{number} {name}")
        for number, name in zip(found.rows["group_id"], found.rows["name"], strict=True)
    ]
    keep = html.Button("Keep these groups", id="groups-keep", className="btn", type="button")
    forget = html.Button(
        "Forget what was kept", id="groups-forget", className="btn", type="button", disabled=found.accepted is None
    )
    rename = html.Button("Give the name", id="groups-name-it", className="btn", type="button")
    which = field("groups-which", "Group", select("groups-which", names))
    fields = [which, text_field("groups-name", "Its name"), rename]
    parts = [html.P(_HINT, className="small"), html.Div([keep, forget]), html.Div(fields, className="form")]
    return [html.Div(section("Keep", parts), className="no-print")]


def register(app: Dash) -> None:
    """Register the callback of this part."""
    app.callback(
        Output(KEPT, "children"),
        Input("groups-keep", "n_clicks"),
        Input("groups-forget", "n_clicks"),
        Input("groups-name-it", "n_clicks"),
        State("groups-which", "value"),
        State("groups-name", "value"),
        State("groups-include", "value"),
        prevent_initial_call=True,
    )(keep)


def keep(_keeps: object, _forgets: object, _names: object, which: object, name: object, include: object) -> Content:
    """Do what was clicked, on the groups as they are now; say it."""
    if not is_clicked():
        raise dash.exceptions.PreventUpdate
    try:
        return done(_kept(the_desk(), str(dash.ctx.triggered_id), which, name, included(include)))
    except ShopfloorError as error:
        return failed(on_a_page(str(error)))


def _kept(desk: Desk, by: str, which: object, name: object, include: tuple[str, ...]) -> str:
    if by == "groups-forget":
        forget_groups(desk.store, ties_of(include=include))
        return "Forgotten. The groups stand on the ties alone."
    last = desk.ask(desk.group_question(include), patience=PATIENCE_S)
    if last.value is None or not last.is_new:
        raise NotReadyError("The groups are still being worked out. Nothing was kept; try again in a minute.")
    if by == "groups-keep":
        accept_groups(desk.store, last.value)
        return f"These groups are kept. {accepted_in_words(last.value.about)}".strip()
    if not isinstance(which, str) or not which.isdigit() or not isinstance(name, str):
        raise UsageError("Choose a group and type its name.")
    rename_group(desk.store, last.value, int(which), name)
    return "The group has that name from now on, and the groups are kept."
