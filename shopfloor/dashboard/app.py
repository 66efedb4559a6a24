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
from shopfloor.dashboard.pages import data, groups, leaders, overview, people, talk
from shopfloor.dashboard.pages import map as map_page
from shopfloor.dashboard.parts import bar, page
from shopfloor.dashboard.security import Doorkeeper, protect
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
    )
    put_desk(app.server.config, Desk(store))
    name = Path(store.location).stem
    app.layout = html.Div(
        [
            html.A("Skip to content", href="#main", className="skip"),
            dcc.Location(id="url"),
            html.Div(bar("/", name), id="bar"),
            html.Main(id="main"),
            dcc.Store(id="campaign", data=name),
        ]
    )
    inputs = (Input("url", "pathname"), Input("url", "search"), State("campaign", "data"))
    app.callback(Output("bar", "children"), Output("main", "children"), *inputs)(show_page)
    for module in (map_page, data, people, talk):
        module.register(app)
    protect(app, doorkeeper, hosts)
    return app


def show_page(path: str | None, search: str | None, name: str) -> tuple[Component, list[Component]]:
    """Return the bar and the page of a path."""
    path = (path or "/").rstrip("/") or "/"
    try:
        return bar(path, str(name)), _page_of(path, search or "")
    except ShopfloorError as error:
        return bar(path, str(name)), page("This page could not be shown.", str(error), dcc.Link("Overview", href="/"))


def _page_of(path: str, search: str) -> list[Component]:
    desk = the_desk()
    pages: dict[str, Callable[[], list[Component]]] = {
        "/": lambda: overview.layout(desk),
        "/map": lambda: map_page.layout(desk),
        "/leaders": lambda: leaders.layout(desk),
        "/groups": lambda: groups.layout(desk),
        "/people": lambda: people.layout(desk),
        "/talk": lambda: talk.layout(desk, search),
        "/data": lambda: data.layout(desk),
    }
    if path.startswith("/person/"):
        return people.person_layout(desk, path)
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
