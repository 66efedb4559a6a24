"""Erasing somebody from her page: first what would go, then a typed confirmation, then the receipt."""

from typing import Any, Final

import dash
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from shopfloor.dashboard.controls import is_clicked, text_field
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.pages.receipts import receipt_part
from shopfloor.dashboard.parts import Content, aria, failed, note, page, section, table
from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import ShopfloorError, UsageError
from shopfloor.service.erasing import ErasurePlan, count_left, plan_erasure
from shopfloor.service.forgetting import Receipt, erase_person, known_copies, label
from shopfloor.service.numbers import counted
from shopfloor.service.policy import Right

_KINDS: Final = {
    "contact": "rows in lists of people",
    "contact_details": "phone, e-mail, address",
    "placement": "units and jobs",
    "assignment": "job records",
    "conversation": "talks",
    "participation": "things done in actions",
    "judgement": "verdicts and answers",
}
_CHANGED: Final = "The data changed since you looked, and something else would go. Look again; nothing was erased."


def erase_part(desk: Desk, person_id: str) -> list[Component]:
    """Return what stands on a person's page for who may erase; nothing for others."""
    if Right.ERASE not in desk.store.viewer.rights:
        return []
    hint = html.P("For somebody who asks to be forgotten. It cannot be undone.", className="small")
    look = html.Button("See what would go", id="erase-look", className="btn", type="button")
    held = [dcc.Store(id="erase-person", data=person_id), dcc.Store(id="erase-seen")]
    plan = html.Div(id="erase-plan", **aria(live="polite"))
    said = html.Div(id="erase-said", **aria(live="assertive"))
    return [section("Erase", html.Details([html.Summary("Erase for good"), hint, look, plan, said, *held]))]


def register(app: Dash) -> None:
    """Register the callbacks of this part."""
    app.callback(
        Output("erase-plan", "children"),
        Output("erase-seen", "data"),
        Input("erase-look", "n_clicks"),
        State("erase-person", "data"),
        prevent_initial_call=True,
    )(look)
    app.callback(
        Output("main", "children", allow_duplicate=True),
        Output("erase-said", "children"),
        Input("erase-do", "n_clicks"),
        State("erase-person", "data"),
        State("erase-typed", "value"),
        State("erase-why", "value"),
        State("erase-seen", "data"),
        prevent_initial_call=True,
    )(erase)


def look(clicks: object, person_id: object) -> tuple[Content, dict[str, Any] | None]:
    """Show what an erasure would do; nothing is changed."""
    if not clicks:
        raise PreventUpdate
    desk = the_desk()
    try:
        plan = plan_erasure(desk.store, person_id if isinstance(person_id, str) else "")
    except ShopfloorError as error:
        return failed(on_a_page(str(error))), None
    n_copies = len(known_copies(desk.store))
    return [_plan(plan), *_copies(n_copies), _confirm(str(person_id))], seen_of(plan)


def seen_of(plan: ErasurePlan) -> dict[str, Any]:
    """Return what of a plan somebody agrees to; the audit grows by looking at her, so it is no part of that."""
    return {"gone": plan.n_gone, "rewritten": plan.n_rewritten, "left": count_left(plan.left)}


def _plan(plan: ErasurePlan) -> Component:
    rows = [{"what": _what(kind, n), "n": n, "then": "go, with all versions"} for kind, n in _of(plan.n_gone)]
    rows += [
        {"what": f"{_what(kind, n)} of others", "n": n, "then": "name an erased person instead"}
        for kind, n in _of(plan.n_rewritten)
    ]
    rows.append({"what": "entries of the audit", "n": plan.n_audit, "then": "lose what they say"})
    rows += [
        {"what": where.replace(".", ", ").replace("_", " "), "n": n, "then": "stay: texts of others with their words"}
        for where, n in count_left(plan.left).items()
    ]
    columns = [("what", "What"), ("n", "How many"), ("then", "Then")]
    return table("What would go", columns, rows, numbers=("n",))


def _what(kind: str, n: int) -> str:
    return _KINDS.get(kind) or label(kind, n)


def _of(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(kind, n) for kind, n in counts.items() if n]


def _copies(n: int) -> list[Component]:
    if not n:
        return []
    words = f"{counted(n, 'backup or export', 'backups and exports')} made before will hold them still. The receipt "
    return [note("Not reached. ", f"{words}names them.")]


def _confirm(person_id: str) -> Component:
    parts = [
        text_field("erase-why", "Why", "for the receipt; without their name"),
        text_field("erase-typed", f"Type the id {person_id} to confirm"),
        html.Button("Erase for good", id="erase-do", className="btn go", type="button"),
    ]
    return html.Div(parts, className="form")


def erase(_clicks: object, person_id: object, typed: object, why: object, seen: object) -> tuple[Any, Component | None]:
    """Erase, if what would go is what was shown and the id was typed; then the receipt takes the page's place."""
    if not is_clicked():
        raise PreventUpdate
    desk = the_desk()
    try:
        receipt = _erased(desk, person_id, typed, why, seen)
    except ShopfloorError as error:
        return dash.no_update, failed(on_a_page(str(error)))
    return _gone(desk, receipt), None


def _erased(desk: Desk, person_id: object, typed: object, why: object, seen: object) -> Receipt:
    desk.store.require(Right.ERASE)
    if not isinstance(person_id, str) or not isinstance(typed, str) or typed.strip() != person_id:
        raise UsageError("What you typed is not the id. Nothing was erased.")
    plan = plan_erasure(desk.store, person_id)
    if seen_of(plan) != seen:
        raise UsageError(_CHANGED)
    return erase_person(desk.store, plan, why if isinstance(why, str) else "")


def _gone(desk: Desk, receipt: Receipt) -> list[Component]:
    rests = "The receipt is kept under Data, Keep and forget. This browser's history may still have the address."
    acts = dcc.Link("People", href="/people", className="btn go")
    body = section("Receipt", receipt_part(receipt, desk.store.viewer))
    return page("Erased for good. Nothing here tells who it was.", rests, body, acts)
