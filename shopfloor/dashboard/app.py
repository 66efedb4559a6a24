"""The dashboard as a whole: made from a store, served on this machine's loopback address alone."""

import os
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from waitress import create_server

from shopfloor.dashboard.desk import Desk, put_desk, the_desk
from shopfloor.dashboard.pages import data, groups, leaders, overview, people, person, talk
from shopfloor.dashboard.pages import map as map_page
from shopfloor.dashboard.parts import bar, dock, page
from shopfloor.dashboard.security import Doorkeeper, protect
from shopfloor.dashboard.trouble import in_a_callback, in_a_request
from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import ShopfloorError, StoreUnavailableError
from shopfloor.service.opening import OpenStore

HOST = "127.0.0.1"
_INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>{%metas%}<meta name="viewport" content="width=device-width, initial-scale=1"><title>{%title%}</title>
    {%css%}</head>
  <body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


def create_app(store: OpenStore, doorkeeper: Doorkeeper, hosts: Callable[[], set[str]]) -> Dash:
    """Return the dashboard of a store.

    Parameters
    ----------
    store : OpenStore
        As its viewer sees it.
    doorkeeper : Doorkeeper
        Who gets in.
    hosts : callable
        Returns host names with port under which it answers.
    """
    os.environ["DASH_DISABLE_VERSION_CHECK"] = "true"
    app = Dash(
        "shopfloor",
        assets_folder=str(Path(__file__).parent / "assets"),
        suppress_callback_exceptions=True,
        title="shopfloor",
        update_title="",
        index_string=_INDEX,
        compress=True,
        on_error=in_a_callback,
    )
    app.server.register_error_handler(Exception, in_a_request)
    put_desk(app.server.config, Desk(store))
    name = Path(store.location).stem
    name = Path(store.location).stem
    app.layout = html.Div(
        [
            html.A("Skip to content", href="#main", className="skip"),
            dcc.Location(id="url"),
            html.Div(bar("/", name), id="bar"),
            html.Div(id="trouble", role="alert", className="trouble"),
            html.Main(id="main", tabIndex=-1),
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
    for module in (map_page, leaders, data, people, person, talk):
        module.register(app)
    protect(app, doorkeeper, hosts)
    return app


def show_page(path: object, search: object, name: object) -> tuple[Component, list[Component], Component, str]:
    """Return the bar, the page of a path, the dock, and no trouble."""
    place = (path if isinstance(path, str) else "/").rstrip("/") or "/"
    try:
        body = _page_of(place, search if isinstance(search, str) else "")
    except ShopfloorError as error:
        body = page("This page could not be shown.", on_a_page(str(error)), dcc.Link("Overview", href="/"))
    return bar(place, str(name)[:80]), body, dock(place), ""


def _page_of(path: str, search: str) -> list[Component]:
    desk = the_desk()
    pages: dict[str, Callable[[], list[Component]]] = {
        "/": lambda: overview.layout(desk),
        "/map": lambda: map_page.layout(desk, search),
        "/leaders": lambda: leaders.layout(desk, search),
        "/groups": lambda: groups.layout(desk),
        "/people": lambda: people.layout(desk),
        "/talk": lambda: talk.layout(desk, search),
        "/data": lambda: data.layout(desk, search),
    }
    if path.startswith("/person/"):
        return person.layout(desk, path)
    if path not in pages:
        return page("There is no such page.", "Choose a place above.", dcc.Link("Overview", href="/"))
    return pages[path]()


def serve(store: OpenStore, *, port: int = 0, say: Callable[[str], None], is_opened: bool = False) -> None:
    """Serve the dashboard on this machine alone, until it is stopped.

    Parameters
    ----------
    store : OpenStore
        What to show.
    port : int
        0 takes a free one.
    say : callable
        Called with each line for the terminal, the one-time links among them.
    is_opened : bool
        Open the link in the browser as well.

    Raises
    ------
    StoreUnavailableError
        The port is taken.
    """
    address: dict[str, Any] = {}

    def used(path: str) -> None:
        say(f"The link was used. For another browser: http://{HOST}:{address['port']}{path}")

    doorkeeper = Doorkeeper(used)
    app = create_app(store, doorkeeper, lambda: {f"{name}:{address['port']}" for name in (HOST, "localhost")})
    try:
        server = create_server(
            app.server, host=HOST, port=port, threads=8, ident="shopfloor", clear_untrusted_proxy_headers=True
        )
    except OSError as error:
        raise StoreUnavailableError(f"Port {port} is taken. Choose another with --port, or leave it out.") from error
    address["port"] = server.effective_port
    link = f"http://{HOST}:{address['port']}{doorkeeper.path}"
    say(f"Open this link; it works once: {link}\nStop with Ctrl-C.")
    if is_opened:
        webbrowser.open(link)
    try:
        server.run()
    finally:
        server.close()
