"""Serving the dashboard by a real web server: to one user of this machine, or to a team behind TLS."""

import gc
import ipaddress
import re
import webbrowser
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError

from shopfloor.dashboard.app import create_app
from shopfloor.dashboard.security import MAX_TEAM_UPLOAD_BYTES, Doorkeeper, Site, most_bytes_of
from shopfloor.dashboard.team import TeamEntrance
from shopfloor.dashboard.team.oidc import CALLBACK
from shopfloor.dashboard.team.provider import Provider, ProviderConfig
from shopfloor.errors import StoreUnavailableError, UsageError
from shopfloor.service.door import Door
from shopfloor.service.opening import OpenStore

LOOPBACK: Final = "127.0.0.1"
_HOST_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.ASCII)
_FOLD: Final = re.compile(rb"\r\n[ \t]")
_MOST_ANSWERED: Final = 1_000_000_000
_MOST_CONNECTIONS: Final = 100
_SILENT_S: Final = 30
"""Seconds after which a connection that sends nothing is closed."""

_SECOND_FACTOR: Final = (
    "Everybody needs a second factor from now on: these pages are for more than this machine. An admin can leave it to "
    "each with: shopfloor accounts require-second-factor STORE --off"
)
_STOP: Final = "Stop with Ctrl-C."


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server listens, and what browsers reach it by.

    Attributes
    ----------
    host : str
        Address of this machine to listen on.
    port : int
        0 takes a free one.
    public_url : str or None
        ``https://name`` under which a server in front of this one answers and speaks TLS.
    proxy : str or None
        Address of that server: who a request came from is believed of it alone.
    """

    host: str = LOOPBACK
    port: int = 0
    public_url: str | None = None
    proxy: str | None = None


def checked(where: Listening, *, has_accounts: bool) -> Listening:
    """Return where to listen, if that is safe.

    Raises
    ------
    UsageError
        Others of the network could reach a store without accounts, or passwords would travel in the clear.
    """
    if where.public_url is not None and not _HOST_NAME.fullmatch(_public_name(where.public_url)):
        raise UsageError(
            f"--public-url is https:// and a name, as browsers have it: https://shopfloor.example.org. "
            f"Not: {where.public_url}"
        )
    if where.proxy is not None and not _is_address(where.proxy):
        raise UsageError(
            "--proxy is the address of one machine, such as 10.0.0.2: whoever is believed about where a request came "
            f"from can make up addresses. Not: {where.proxy}"
        )
    if is_loopback(where.host) and where.public_url is None:
        return where
    if not has_accounts:
        raise UsageError(
            "This store has no accounts: whoever reached the page would be its owner. It is served on this machine "
            "alone (127.0.0.1). Make accounts first, or leave out --host and --public-url."
        )
    if where.public_url is None:
        raise UsageError(
            "Beyond this machine passwords and names would travel where others can read them. Put a server with TLS "
            "in front (the compose file has one) and give its address: --public-url https://NAME"
        )
    return where


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    return ipaddress.ip_address(host).is_loopback if _is_address(host) else host == "localhost"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _public_name(url: str) -> str:
    """Return host, and port if one is said, of an https address without anything behind it; empty for all else."""
    parts = urlsplit(url)
    is_bare = parts.scheme == "https" and parts.path in ("", "/") and not parts.query and not parts.fragment
    return parts.netloc.lower() if is_bare else ""


def serve(
    store: OpenStore,
    *,
    port: int = 0,
    say: Callable[[str], None],
    is_opened: bool = False,
    is_ours: Callable[[], bool] = lambda: True,
) -> None:
    """Serve the dashboard to the owner of a store, on this machine alone, until it is stopped.

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
    is_ours : callable
        Tells whether the store still has no accounts; asked for every request.

    Raises
    ------
    StoreUnavailableError
        The port is taken.
    """
    address: dict[str, Any] = {}

    def used(path: str) -> None:
        say(f"The link was used. For another browser: http://{LOOPBACK}:{address['port']}{path}")

    doorkeeper = Doorkeeper(store, used, is_ours)
    site = Site(lambda: {f"{name}:{address['port']}" for name in (LOOPBACK, "localhost")})
    server = _server(create_app(doorkeeper, site, Path(store.location).stem).server, Listening(port=port), site)
    address["port"] = server.effective_port
    link = f"http://{LOOPBACK}:{address['port']}{doorkeeper.path}"
    say(f"Open this link; it works once: {link}\n{_STOP}")
    if is_opened:
        webbrowser.open(link)
    _run(server)


def serve_team(
    door: Door, where: Listening, *, say: Callable[[str], None], log_in_at: ProviderConfig | None = None
) -> None:
    """Serve the dashboard of a store with accounts, until it is stopped.

    Parameters
    ----------
    door : Door
        Of the store.
    where : Listening
        As `checked` returned it.
    say : callable
        Called with each line for the terminal.
    log_in_at : ProviderConfig, optional
        The identity provider where people log in.

    Raises
    ------
    StoreUnavailableError
        The port is taken, or the address is not of this machine.
    UsageError
        The identity provider's address is not one, or its secret is missing.
    """
    address: dict[str, Any] = {}
    is_tls = where.public_url is not None
    site = Site(lambda: _names(where, address["port"]), is_tls=is_tls, most_bytes=MAX_TEAM_UPLOAD_BYTES)
    provider = None
    if log_in_at is not None:
        provider = Provider(log_in_at, lambda: f"{address['origin']}{CALLBACK}")
    entrance = TeamEntrance(door, site, provider)
    server = _server(create_app(entrance, site, entrance.name).server, where, site)
    address["port"] = server.effective_port
    here = f"http://{where.host}:{address['port']}"
    address["origin"] = (where.public_url or here).rstrip("/")
    if where.public_url is None:
        say(f"Log in at {here}\n{_STOP}")
    else:
        say(f"Log in at {where.public_url}; whatever speaks TLS for it finds this server at {here}\n{_STOP}")
    if is_tls and door.want_second_factor():
        say(_SECOND_FACTOR)
    _run(server)


def _names(where: Listening, port: int) -> set[str]:
    if where.public_url is None:
        return {f"{name}:{port}" for name in (where.host, LOOPBACK, "localhost")}
    name = _public_name(where.public_url)
    return {name} if ":" in name else {name, f"{name}:443"}


def _channel(app: Flask) -> type[HTTPChannel]:
    """Return connections that take in as much of a request as its head allows.

    A request whose length does not stand in its head, once, is refused: what stands before this server could read
    another end of it, and the rest would be taken for a request of whoever comes next.
    """

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        adj: Any

        def parse_header(self, header_plus: bytes) -> None:
            if _FOLD.search(header_plus):
                raise ParsingError("A line of the head goes on in the next one")
            super().parse_header(header_plus)
            if self.chunked or "TRANSFER_ENCODING" in self.headers:
                raise ParsingError("Say in the head how long the request is")
            bounds = copy(self.adj)
            bounds.max_request_body_size = most_bytes_of(app, self.path, self.headers.get("COOKIE", ""))
            self.adj = bounds

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = Parser

    return Channel


def _server(app: Flask, where: Listening, site: Site) -> Any:  # noqa: ANN401 - waitress has no types
    trusted: dict[str, Any] = {"clear_untrusted_proxy_headers": True}
    if where.proxy is not None:
        trusted |= {"trusted_proxy": where.proxy, "trusted_proxy_headers": {"x-forwarded-for"}}
    try:
        server = create_server(
            app,
            host=LOOPBACK if where.host == "localhost" else where.host,  # which may be two addresses
            port=where.port,
            threads=8,
            ident="shopfloor",
            url_scheme="https" if site.is_tls else "http",
            connection_limit=_MOST_CONNECTIONS,
            channel_timeout=_SILENT_S,
            cleanup_interval=_SILENT_S // 2,
            max_request_body_size=site.most_bytes,
            inbuf_overflow=site.most_bytes + 1,  # beyond this it would write what was sent to a file on disk
            outbuf_overflow=_MOST_ANSWERED,  # the same of what is answered
            **trusted,
        )
    except OSError as error:
        raise StoreUnavailableError(
            f"Port {where.port} of {where.host} is taken, or the address is not this machine's. "
            "Choose another with --port, or leave it out."
        ) from error
    server.channel_class = _channel(app)
    return server


def _run(server: Any) -> None:  # noqa: ANN401 - waitress has no types
    gc.collect()
    gc.freeze()  # what was loaded stays: looking through it again would hold up everybody for a tenth of a second
    try:
        server.run()
    finally:
        server.close()
