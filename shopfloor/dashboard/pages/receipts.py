"""Receipts of erasures, and the copies that hold the erased still, as pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath

from dash import html
from dash.development.base_component import Component

from shopfloor.dashboard.parts import Content, section, table
from shopfloor.service.forgetting import HeldCopy, Receipt, receipt_in_words
from shopfloor.service.numbers import counted
from shopfloor.service.viewer import Viewer


def receipt_part(receipt: Receipt, viewer: Viewer) -> Component:
    """Return a receipt, line by line; it names nobody."""
    told = replace(receipt, copies=[replace(copy, name=place_of(copy, viewer)) for copy in receipt.copies])
    first, *rest = receipt_in_words(told).splitlines()
    return html.Div([html.B(first), html.Ul([html.Li(line) for line in rest], className="list tight")])


def place_of(copy: HeldCopy, viewer: Viewer) -> str:
    """Return where a copy is: its path for the owner, its name for a team, whose browsers need no server's paths."""
    return copy.name if viewer.is_owner else PurePath(copy.name).name


def receipts_part(given: Sequence[Receipt], viewer: Viewer) -> Component:
    """Return all receipts, newest first, closed but for their first line."""
    items = [
        html.Details([html.Summary(_title(receipt)), receipt_part(receipt, viewer)]) for receipt in reversed(given)
    ]
    body: Content = items or html.P("Nobody was erased, and no rule was applied.", className="mute")
    return section("Receipts", body, aside=counted(len(given), "receipt"))


def _title(receipt: Receipt) -> str:
    what = "a person" if receipt.reason == "person" else "by the rules"
    return f"{receipt.number}: {what}, {receipt.at[:10]}, by {receipt.by}"


def copies_part(copies: Iterable[HeldCopy], given: Sequence[Receipt], viewer: Viewer) -> Component:
    """Return the backups and exports that the store knows of, with whom of the erased they hold."""
    rows = [
        {
            "what": place_of(copy, viewer) or copy.what,
            "kind": copy.what,
            "at": copy.at[:16].replace("T", " "),
            "by": copy.by,
            "holds": _holds(copy, given),
        }
        for copy in reversed(list(copies))
    ]
    columns = [
        ("what", "Copy"),
        ("kind", "Kind"),
        ("at", "Made"),
        ("by", "By"),
        ("holds", "Erased whom it holds still"),
    ]
    hint = "An erasure does not reach them: destroy them, or keep them knowing what they hold."
    body = [table(hint, columns, rows)] if rows else html.P("No backup and no export was made.", className="mute")
    return section("Backups and exports", body, aside=counted(len(rows), "copy", "copies"))


def _holds(copy: HeldCopy, given: Iterable[Receipt]) -> Content:
    numbers = [str(receipt.number) for receipt in given if copy.at <= receipt.at]
    if not numbers:
        return html.Span("none", className="mute")
    return html.B(f"of receipt {', '.join(numbers)}")
