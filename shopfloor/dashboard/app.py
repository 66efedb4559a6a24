"""The dashboard as a whole: its pages and callbacks, made for an entrance that says who gets in."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from flask import current_app

from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.pages import (
    changes,
    counts,
    data,
    erase,
    export,
    grid,
    groups,
    leaders,
    leaks,
    overview,
    people,
    person,
    retention,
    talk,
    why_part,
)
from shopfloor.dashboard.pages import map as map_page
from shopfloor.dashboard.pages import next as next_page
from shopfloor.dashboard.parts import Content, bar, dock, page, places_for
from shopfloor.dashboard.places import may_count
from shopfloor.dashboard.security import Entrance, Site, protect
from shopfloor.dashboard.theme import ThemedDash, theme_switch
from shopfloor.dashboard.trouble import in_a_callback, in_a_request
from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import ShopfloorError
from shopfloor.service.policy import ROLES_IN_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

_ENTRANCE = "SHOPFLOOR_ENTRANCE"
_PAGES = (
    overview, map_page, leaders, grid, next_page, changes, groups, data, people, person, why_part, talk, counts, export,
    retention, leaks, erase,
)  # fmt: skip
_INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>{%metas%}<meta name="viewport" content="width=device-width, initial-scale=1"><title>{%title%}</title>
    {%css%}</head>
  <body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


def create_app(entrance: Entrance, site: Site, name: str) -> Dash:
    """Return the dashboard.

    Parameters
    ----------
    entrance : Entrance
        Who gets in, and at which desk she sits.
    site : Site
        Where it answers.
    name : str
        What the bar calls the store.
    """
    os.environ["DASH_DISABLE_VERSION_CHECK"] = "true"
    app = ThemedDash(
        "shopfloor",
        assets_folder=str(Path(__file__).parent / "assets"),
        suppress_callback_exceptions=True,
        title="shopfloor",
        update_title="",
        index_string=_INDEX,
        compress=True,
        on_error=in_a_callback,
        csrf_token_name=site.csrf_cookie,
    )
    app.server.register_error_handler(Exception, in_a_request)
    app.server.config[_ENTRANCE] = entrance
    app.layout = html.Div(
        [
            html.A("Skip to content", href="#main", className="skip"),
            dcc.Location(id="url"),
            html.Div(bar("/", name, ()), id="bar"),
            html.Div(id="trouble", role="alert", className="trouble"),
            html.Main(id="main", tabIndex=-1),
            html.Div(theme_switch(is_tls=site.is_tls), className="foot no-print"),
            html.Div(id="dock"),
            dcc.Store(id="campaign", data=name),
        ]
    )
    app.callback(
        Output("bar", "children"),
        Output("main", "children"),
        Output("dock", "children"),
        Output("trouble", "children"),
        Input("url", "pathname"),
        Input("url", "search"),
        State("campaign", "data"),
    )(show_page)
    for module in _PAGES:
        module.register(app)
    protect(app, entrance, site)
    return app


def show_page(path: object, search: object, name: object) -> tuple[Component, list[Component], Component, str]:
    """Return the bar, the page of a path, the dock, and no trouble."""
    place = (path if isinstance(path, str) else "/").rstrip("/") or "/"
    desk = the_desk()
    try:
        body = _page_of(desk, place, search if isinstance(search, str) else "")
    except ShopfloorError as error:
        body = page("This page could not be shown.", on_a_page(str(error)), dcc.Link("Overview", href="/"))
    entrance: Entrance = current_app.config[_ENTRANCE]
    places = places_for(desk.store.viewer.classes, desk.store.viewer.rights)
    return bar(place, str(name)[:80], places, entrance.who()), body, dock(place, places), ""


def _home(desk: Desk) -> list[Component]:
    if "identity" in desk.store.viewer.classes:
        return overview.layout(desk)
    seen = "; ".join(words for role, words in ROLES_IN_WORDS.items() if role in desk.store.viewer.roles)
    acts: list[Content] = [dcc.Link("Imports and edits", href="/data", className="btn")]
    if may_count(desk.store.viewer):
        acts.append(dcc.Link("Counts of workers", href=counts.PATH, className="btn go"))
    rests = f"It sees {seen or 'nothing yet: ask whoever manages the accounts'}."
    return page("Your account sees no people.", rests, None, acts)


def _page_of(desk: Desk, path: str, search: str) -> list[Component]:
    pages: dict[str, Callable[[], list[Component]]] = {
        "/": lambda: _home(desk),
        "/map": lambda: map_page.layout(desk, search),
        "/leaders": lambda: leaders.layout(desk, search),
        grid.PATH: lambda: grid.layout(desk),
        next_page.PATH: lambda: next_page.layout(desk, search),
        changes.PATH: lambda: changes.layout(desk, search),
        "/groups": lambda: groups.layout(desk),
        "/people": lambda: people.layout(desk),
        "/talk": lambda: talk.layout(desk, search),
        "/data": lambda: data.layout(desk, search),
        counts.PATH: lambda: counts.layout(desk),
        export.PATH: lambda: export.layout(desk),
        retention.PATH: lambda: retention.layout(desk),
        leaks.PATH: lambda: leaks.layout(desk),
    }
    if path.startswith("/person/"):
        return person.layout(desk, path)
    if path not in pages:
        return page("There is no such page.", "Choose a place above.", dcc.Link("Overview", href="/"))
    return pages[path]()
