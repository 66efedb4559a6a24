"""Which pages are for whom: the places under Data, by the right that each of them asks for."""

from collections.abc import Callable
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from shopfloor.dashboard.parts import aria
from shopfloor.errors import RefusedError
from shopfloor.service.policy import Right
from shopfloor.service.viewer import Viewer


def may_count(viewer: Viewer) -> bool:
    """Tell whether somebody sees workers, or counts of them."""
    return "identity" in viewer.classes or Right.COUNT in viewer.rights


def may_take_out(viewer: Viewer) -> bool:
    """Tell whether somebody may export what she sees."""
    return bool(viewer.rights & {Right.EXPORT, Right.EXPORT_ALL})


def may_see_register(viewer: Viewer) -> bool:
    """Tell whether somebody sees what everybody took out."""
    return bool(viewer.rights & {Right.KEEP, Right.ERASE}) and bool(viewer.rights & {Right.AUDIT, Right.EXPORT_ALL})


def may_see_kept(viewer: Viewer) -> bool:
    """Tell whether somebody sees rules, receipts and copies."""
    return bool(viewer.rights & {Right.KEEP, Right.ERASE})


_UNDER_DATA: Final[tuple[tuple[str, str, Callable[[Viewer], bool]], ...]] = (
    ("/data", "Load and undo", lambda viewer: Right.IMPORT in viewer.rights),
    ("/data", "Loads and edits", lambda viewer: Right.IMPORT not in viewer.rights),
    ("/counts", "Counts", may_count),
    ("/export", "Take out", may_take_out),
    ("/export", "What left", lambda viewer: may_see_register(viewer) and not may_take_out(viewer)),
    ("/retention", "Keep and forget", may_see_kept),
    ("/leaks", "Leak report", lambda viewer: Right.EXPORT_ALL in viewer.rights),
)


def places_under_data(viewer: Viewer) -> list[tuple[str, str]]:
    """Return path and words of the pages about data that are for somebody, each once."""
    return [(path, words) for path, words, is_for in _UNDER_DATA if is_for(viewer)]


def data_places(viewer: Viewer, path: str) -> Component:
    """Return the links between the pages about data, with the one that one is at marked."""
    links = [
        html.Li(dcc.Link(words, href=href), **(aria(current="page") if href == path else {}))
        for href, words in places_under_data(viewer)
    ]
    return html.Nav(html.Ul(links, className="seg"), className="controls no-print", **aria(label="About data"))


def refuse_but(viewer: Viewer, path: str) -> None:
    """Refuse a page to whom it is not for.

    Raises
    ------
    RefusedError
        Her rights are others.
    """
    if path not in dict(places_under_data(viewer)):
        raise RefusedError(f"This page is not for your account ({viewer.role}).")


_AMONG_LEADERS: Final = (
    ("/leaders", "List"),
    ("/grid", "Influence and support"),
    ("/next", "Next talks"),
    ("/changes", "What changed"),
)


def leader_places(path: str) -> Component:
    """Return the links between the pages about leaders, with the one that one is at marked."""
    links = [
        html.Li(dcc.Link(words, href=href), **(aria(current="page") if href == path else {}))
        for href, words in _AMONG_LEADERS
    ]
    return html.Nav(html.Ul(links, className="seg"), className="controls no-print", **aria(label="About leaders"))


def refuse_without_people(viewer: Viewer) -> None:
    """Refuse a page about people to whom the names of none are shown.

    Raises
    ------
    RefusedError
        She sees no people.
    """
    if "identity" not in viewer.classes:
        raise RefusedError(f"This page is about people, and your account ({viewer.role}) sees none.")
