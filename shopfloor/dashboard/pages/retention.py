"""What is kept and for how long: the rules, what they ask for today, receipts, and the copies that hold more."""

from collections.abc import Sequence
from typing import Final

import dash
from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from shopfloor.dashboard.controls import field, is_clicked, select, text_field
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.pages.receipts import copies_part, receipt_part, receipts_part
from shopfloor.dashboard.parts import Content, aria, done, failed, page, section, table
from shopfloor.dashboard.places import data_places, refuse_but
from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import ShopfloorError, UsageError
from shopfloor.service.forgetting import known_copies, receipts
from shopfloor.service.numbers import counted
from shopfloor.service.policy import Right
from shopfloor.service.retention import (
    RULES,
    Overdue,
    RetentionPlan,
    apply_retention,
    plan_retention,
    rules,
    set_rule,
    to_days,
)

PATH: Final = "/retention"
_RESTS: Final = "Nothing goes by itself: only when somebody who may erase says so, here or by a command."


def layout(desk: Desk) -> list[Component]:
    """Return the page: rules for who may erase, copies and receipts for who looks after the store too."""
    refuse_but(desk.store.viewer, PATH)
    answer, body = _shown(desk)
    said = html.Div(id="retention-said", **aria(live="polite"))
    parts = [data_places(desk.store.viewer, PATH), said, html.Div(body, id="retention-body")]
    return page(answer, _RESTS, parts)


def _shown(desk: Desk) -> tuple[str, Component]:
    viewer, given = desk.store.viewer, receipts(desk.store)
    copies = copies_part(known_copies(desk.store), given, viewer)
    if Right.ERASE not in viewer.rights:
        answer = f"{counted(len(given), 'erasure')} so far." if given else "Nothing was erased so far."
        return answer, html.Div([copies, receipts_part(given, viewer)])
    plan, held = plan_retention(desk.store), rules(desk.store)
    left = html.Div([_rules(plan, held), _apply(plan)], className="c8")
    right = html.Div([_change(), receipts_part(given, viewer)], className="c4")
    return answer_of(plan, held), html.Div([left, right, html.Div(copies, className="c12")], className="grid")


def answer_of(plan: RetentionPlan, held: dict[str, int]) -> str:
    """Return the headline: what is older than the rules allow."""
    if not held:
        return "No rule is set: everything is kept until somebody erases it."
    n = n_overdue(plan)
    return f"{counted(n, 'thing is', 'things are')} older than the rules allow." if n else "Nothing is overdue."


def n_overdue(plan: RetentionPlan) -> int:
    """Return how much the rules ask for, records and people together."""
    return sum(one.n for one in plan.overdue)


def _rules(plan: RetentionPlan, held: dict[str, int]) -> Component:
    overdue = {one.rule: one for one in plan.overdue}
    rows = [
        {
            "rule": what[:1].upper() + what[1:],
            "after": f"after {counted(held[name], 'day')}" if name in held else html.Span("no rule", className="mute"),
            "n": _asked_for(overdue.get(name)),
        }
        for name, what in RULES.items()
    ]
    columns = [("rule", "Rule"), ("after", "When"), ("n", "Would go today")]
    return section("Rules", table("Each counts from the day of the record", columns, rows, numbers=("n",)))


def _asked_for(one: Overdue | None) -> Content:
    return "" if one is None else f"{one.n:,}"


def _change() -> Component:
    names = [(name, what) for name, what in RULES.items()]
    parts = [
        field("retention-rule", "Rule", select("retention-rule", names, names[0][0])),
        text_field("retention-span", "How long", "180 days, 18 months, 2 years ...; never: no rule"),
        html.Button("Set the rule", id="retention-set", className="btn", type="button"),
    ]
    hint = html.P("Setting a rule erases nothing.", className="small")
    return section("Change a rule", html.Div([*parts, hint], className="form"))


def _apply(plan: RetentionPlan) -> Component:
    n = n_overdue(plan)
    button = html.Button("Erase and clear for good", id="retention-apply", className="btn go", type="button")
    typed = text_field("retention-typed", f"Type {n} to say that you have read the table above")
    form = html.Div([typed, button], className="form narrow", hidden=not n)
    words = (
        "What the table counts goes with all its versions, and people who left are erased one by one, each with a "
        "receipt. Nobody can take it back. Backups made before hold it still."
    )
    return section("Apply the rules", [html.P(words if n else "There is nothing to do."), form])


def register(app: Dash) -> None:
    """Register the callback of this page."""
    app.callback(
        Output("answer", "children", allow_duplicate=True),
        Output("retention-said", "children"),
        Output("retention-body", "children"),
        Input("retention-set", "n_clicks"),
        Input("retention-apply", "n_clicks"),
        State("retention-rule", "value"),
        State("retention-span", "value"),
        State("retention-typed", "value"),
        prevent_initial_call=True,
    )(change)


def change(_set: object, _apply: object, rule: object, span: object, typed: object) -> tuple[str, Component, Component]:
    """Set a rule, or apply all, and show the page anew."""
    desk, trigger = the_desk(), dash.ctx.triggered_id
    if not is_clicked():
        raise PreventUpdate
    try:
        desk.store.require(Right.ERASE)
        said = _applied(desk, typed) if trigger == "retention-apply" else _set_to(desk, rule, span)
    except ShopfloorError as error:
        said = failed(f"{on_a_page(str(error)).rstrip('.')}. Nothing was erased.")
    refuse_but(desk.store.viewer, PATH)
    answer, body = _shown(desk)
    return answer, said, body


def _set_to(desk: Desk, rule: object, span: object) -> Component:
    name, text = (one.strip() if isinstance(one, str) else "" for one in (rule, span))
    n_days = None if text.lower() == "never" else to_days(text)
    set_rule(desk.store, name, n_days)
    if n_days is None:
        return done(f"No rule any more: {RULES[name]}.")
    return done(f"{RULES[name][:1].upper()}{RULES[name][1:]} after {counted(n_days, 'day')}. Nothing was erased yet.")


def _applied(desk: Desk, typed: object) -> Component:
    plan = plan_retention(desk.store)
    n = n_overdue(plan)
    if not n:
        raise UsageError("Nothing is overdue.")
    if not isinstance(typed, str) or typed.strip() != str(n):
        raise UsageError(f"Type {n} to confirm: that many would go now. Look at the table again.")
    return _receipts_said(desk, apply_retention(desk.store, plan))


def _receipts_said(desk: Desk, given: Sequence[object]) -> Component:
    parts = [receipt_part(receipt, desk.store.viewer) for receipt in receipts(desk.store)[-len(given) :]]
    return done([f"The rules are applied. {counted(len(given), 'receipt')}:", *parts])
