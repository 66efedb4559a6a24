"""What every request meets before anything answers it: who may get in, from where, and what the browser may do.

Every route and callback is refused without a session, requests to another host name are refused (a web page cannot
point its own name at this machine), changes need a token (CSRF), and nothing is kept by the browser. Who gets in, and
at which desk she sits, an entrance decides: a one-time link for one user on one machine (`Doorkeeper`), accounts for a
team (`shopfloor.dashboard.team`).
"""

import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from dash import Dash
from flask import Flask, Response, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from itsdangerous import BadData
from markupsafe import escape
from werkzeug.http import parse_cookie

from shopfloor.dashboard.desk import Desk, sit_at
from shopfloor.dashboard.parts import Content
from shopfloor.dashboard.trouble import in_a_request
from shopfloor.dashboard.turns import Turns, begin_turn, end_turn
from shopfloor.service.moment import let_move
from shopfloor.service.opening import OpenStore
from shopfloor.service.workroom import Workroom

MAX_UPLOAD_BYTES: Final = 300_000_000
MAX_TEAM_UPLOAD_BYTES: Final = 64_000_000
"""Where others reach the server, of somebody who has logged in; see `most_bytes_of`."""

MAX_STRANGER_BYTES: Final = 1_000_000
"""Of somebody who has not, and of whatever is no callback of the pages: a hundred at once must fit into memory."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CSRF_COOKIE: Final = "_csrf_token"
_SESSION_COOKIE: Final = "shopfloor_session"
_OPEN_PATH: Final = "/open"
CALLBACKS: Final = "/_dash-update-component"
_SIGNED_IN: Final = frozenset({"name", "token"})
"""What stands in the cookie of who came in, by a link or by an account."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_TWO_YEARS: Final = "max-age=63072000; includeSubDomains"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the dashboard answers.

    Attributes
    ----------
    hosts : callable
        Returns the host names, with port where it is in the address, under which it answers.
    is_tls : bool
        Browsers reach it by https alone: cookies are bound to that.
    most_bytes : int
        The largest request; the server holds it in memory before it answers.
    """

    hosts: Callable[[], set[str]]
    is_tls: bool = False
    most_bytes: int = MAX_UPLOAD_BYTES

    @property
    def csrf_cookie(self) -> str:
        """Name of the cookie with the token that changes need; the pages' script reads it."""
        return f"__Host-{_CSRF_COOKIE}" if self.is_tls else _CSRF_COOKIE

    @property
    def session_cookie(self) -> str:
        """Name of the cookie that tells whose a request is."""
        return f"__Host-{_SESSION_COOKIE}" if self.is_tls else _SESSION_COOKIE


class Entrance(Protocol):
    """Who gets in, and at which desk she sits."""

    def secret_key(self) -> bytes:
        """Return what cookies are signed with."""
        ...

    def desk(self) -> Desk | None:
        """Return the desk of whoever sent the request that is being answered; None is nobody."""
        ...

    def is_open(self) -> bool:
        """Tell whether what the request asks for is for everybody: a page to log in by and its style, no data."""
        ...

    def turned_away(self) -> Response:
        """Return the answer for those who are not in."""
        ...

    def add_routes(self, server: Flask) -> None:
        """Add the ways in."""
        ...

    def who(self) -> Content:
        """Return who is logged in, for the bar, with the way out; nothing where there are no accounts."""
        ...

    def note_refused(self, what: str) -> None:
        """Note that the request being answered was refused, whoever sent it, and why."""
        ...


class Doorkeeper:
    """One-time links and the sessions they opened; both live in memory and end with the program.

    Parameters
    ----------
    store : OpenStore
        What they open.
    on_used : callable
        Called with a fresh one-time path whenever one was used up.
    is_ours : callable
        Tells whether the store still has no accounts; from the first one on the link opens nothing.
    """

    def __init__(
        self,
        store: OpenStore,
        on_used: Callable[[str], None] = lambda _path: None,
        is_ours: Callable[[], bool] = lambda: True,
    ) -> None:
        self._token = secrets.token_urlsafe(32)
        self._sessions: set[str] = set()
        self._guard = threading.Lock()
        self._on_used = on_used
        self._is_ours = is_ours
        self._desk = Desk(store, room=Workroom())

    def __repr__(self) -> str:
        """Keep tokens out of logs."""
        return f"Doorkeeper({len(self._sessions)} sessions)"

    @property
    def path(self) -> str:
        """Path of the link that opens one session."""
        return f"{_OPEN_PATH}?token={self._token}"

    def enter(self, token: str) -> str | None:
        """Use up a token: a new session, or None if the token is not the one."""
        with self._guard:
            if not hmac.compare_digest(token.encode(), self._token.encode()):
                return None
            self._token = secrets.token_urlsafe(32)
            name = secrets.token_urlsafe(32)
            self._sessions.add(name)
        self._on_used(self.path)
        return name

    def secret_key(self) -> bytes:
        """Return a key of this run: its sessions end with it."""
        return secrets.token_bytes(32)

    def desk(self) -> Desk | None:
        """Return the one desk, for those who hold a session of ours."""
        name = session.get("name")
        is_in = isinstance(name, str) and name in self._sessions
        return self._desk if is_in and self._is_ours() else None

    def is_open(self) -> bool:
        """Tell whether the link is being used."""
        return request.path == _OPEN_PATH

    def turned_away(self) -> Response:
        """Say where the link is."""
        if not self._is_ours():
            return plain("This store has accounts now. Start 'shopfloor serve' again and log in.", 401)
        return plain(
            "Nobody is logged in here. Open the link that 'shopfloor serve' printed in the terminal; it works once. "
            "For another browser use the new link printed since.",
            401,
        )

    def add_routes(self, server: Flask) -> None:
        """Add the way in by the link."""
        server.add_url_rule(_OPEN_PATH, "open", self._open)

    def who(self) -> Content:
        """Return nothing: there is one user."""
        return None

    def note_refused(self, what: str) -> None:
        """Note nothing: without accounts the audit tells of one user, who sent none of it herself."""

    def _open(self) -> Response:
        name = self.enter(request.args.get("token", ""))
        if name is None:
            return plain("This link was used already or is not complete. Use the newest one in the terminal.", 401)
        session.clear()
        session["name"] = name
        return moving_on("/")


def most_bytes_of(server: Flask, path: str, cookies: str) -> int:
    """Return how large a request may be, told by its head alone, before the server takes in its body.

    Files are dropped on the pages by a callback, by somebody whose cookie we signed when she logged in. Whether the
    session lasts still is asked when the request is whole.
    """
    most: int = server.config["MAX_CONTENT_LENGTH"]
    signer = server.session_interface.get_signing_serializer(server)  # type: ignore[attr-defined]
    try:
        held = signer.loads(parse_cookie(cookies).get(server.config["SESSION_COOKIE_NAME"], ""))
    except BadData:
        held = {}
    return most if path == CALLBACKS and not _SIGNED_IN.isdisjoint(held) else min(most, MAX_STRANGER_BYTES)


def protect(app: Dash, entrance: Entrance, site: Site) -> None:
    """Refuse by default; let in whom the entrance knows.

    Parameters
    ----------
    app : Dash
        All its callbacks must be registered: their inline scripts are part of the policy.
    entrance : Entrance
        Who gets in.
    site : Site
        Where it answers.
    """
    server: Flask = app.server
    server.config.update(
        SECRET_KEY=entrance.secret_key(),
        SESSION_COOKIE_NAME=site.session_cookie,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=site.is_tls,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=site.most_bytes,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it wants a referrer, which browsers are told not to send
    )
    turns = Turns()
    server.before_request(lambda: _refusal(entrance, site, turns))
    server.teardown_request(lambda _error: let_move())
    server.teardown_request(lambda _error: end_turn())
    CSRFProtect(server)
    server.register_error_handler(CSRFError, lambda error: _without_token(error, entrance))
    policy = _policy(app)
    server.after_request(lambda response: _guarded(response, policy, site))
    entrance.add_routes(server)


def _policy(app: Dash) -> str:
    scripts = " ".join(["'self'", *app.csp_hashes()])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _refusal(entrance: Entrance, site: Site, turns: Turns) -> Response | None:
    if request.host not in site.hosts():
        entrance.note_refused("another host name")
        return plain("This address is not one of the dashboard's. Use the address you were given, as it is.", 421)
    sent_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.method not in SAFE_METHODS and sent_from not in ("same-origin", "none"):
        entrance.note_refused("a change sent by another site")
        return plain("This was sent by another site. Nothing was changed.", 403)
    if entrance.is_open():
        return None
    desk = entrance.desk()
    if desk is None:
        return entrance.turned_away()
    if request.path == CALLBACKS:
        begin_turn(turns)
    sit_at(desk)
    return None


def _without_token(error: CSRFError, entrance: Entrance) -> Response:
    entrance.note_refused("a change without the token of our pages")
    return in_a_request(error)


def moving_on(path: str) -> Response:
    """Return a page that goes on to one of our own paths.

    A page and no redirect: the session's cookie is for requests that come from this site, and this makes the next one
    so, wherever the link to us stood.
    """
    there = escape(path)
    head = f"<meta charset='utf-8'><meta http-equiv='refresh' content='0; url={there}'><title>shopfloor</title>"
    page = f"<!doctype html><html lang='en'>{head}<p><a href='{there}'>Go on to the dashboard</a></p></html>"
    return Response(page, mimetype="text/html")


def plain(text: str, status: int) -> Response:
    """Return an answer in words alone."""
    return Response(f"{text}\n", status, mimetype="text/plain")


def _guarded(response: Response, policy: str, site: Site) -> Response:
    response.headers.update(_HEADERS)
    response.headers["Content-Security-Policy"] = policy
    if site.is_tls:
        response.headers["Strict-Transport-Security"] = _TWO_YEARS
    if session:
        response.set_cookie(site.csrf_cookie, generate_csrf(), secure=site.is_tls, samesite="Strict")
    return response
