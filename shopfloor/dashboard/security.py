"""Who gets in: one user on one machine, by a one-time link; everything else is refused.

Every route and callback is refused without a session, requests to another host name are refused (a web page cannot
point its own name at this machine), changes need a token (CSRF), and nothing is kept by the browser.
"""

import hmac
import secrets
import threading
from collections.abc import Callable

from dash import Dash
from flask import Flask, Response, request, session
from flask_wtf.csrf import CSRFProtect, generate_csrf

MAX_UPLOAD_BYTES = 300_000_000
_CSRF_COOKIE = "_csrf_token"
_SESSION_COOKIE = "shopfloor_session"
_OPEN_PATH = "/open"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Doorkeeper:
    """One-time links and the sessions they opened; both live in memory and end with the program.

    Parameters
    ----------
    on_used : callable
        Called with a fresh one-time token whenever one was used up.
    """

    def __init__(self, on_used: Callable[[str], None] = lambda _token: None) -> None:
        self._token = secrets.token_urlsafe(32)
        self._sessions: set[str] = set()
        self._guard = threading.Lock()
        self._on_used = on_used

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

    def knows(self, name: object) -> bool:
        """Tell whether a session is one of ours."""
        return isinstance(name, str) and name in self._sessions


def protect(app: Dash, doorkeeper: Doorkeeper, hosts: Callable[[], set[str]]) -> None:
    """Refuse by default; let in who holds a session.

    Parameters
    ----------
    app : Dash
        All its callbacks must be registered: their inline scripts are part of the policy.
    doorkeeper : Doorkeeper
        Who is in.
    hosts : callable
        Returns the host names, with port, under which the dashboard answers.
    """
    server: Flask = app.server
    server.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME=_SESSION_COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=MAX_UPLOAD_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    server.before_request(lambda: _refuse_strangers(doorkeeper, hosts()))
    CSRFProtect(server)
    policy = _policy(app)
    server.after_request(lambda response: _guarded(response, policy))
    server.add_url_rule(_OPEN_PATH, "open", lambda: _open(doorkeeper))


def _policy(app: Dash) -> str:
    scripts = " ".join(["'self'", *app.csp_hashes()])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _refuse_strangers(doorkeeper: Doorkeeper, hosts: set[str]) -> Response | None:
    if request.host not in hosts:
        return _plain("This address is not one of the dashboard's. Open the link that 'shopfloor serve' printed.", 421)
    if request.path == _OPEN_PATH or doorkeeper.knows(session.get("name")):
        return None
    return _plain(
        "Nobody is logged in here. Open the link that 'shopfloor serve' printed in the terminal; it works once. "
        "For another browser use the new link printed since.",
        401,
    )


def _open(doorkeeper: Doorkeeper) -> Response:
    name = doorkeeper.enter(request.args.get("token", ""))
    if name is None:
        return _plain("This link was used already or is not complete. Use the newest one in the terminal.", 401)
    session.clear()
    session["name"] = name
    # A page and not a redirect: the cookie is for requests that come from this site, and this makes the next one so.
    page = "<!doctype html><html lang='en'><meta http-equiv='refresh' content='0; url=/'><title>shopfloor</title>"
    return Response(f"{page}<p><a href='/'>Go on to the dashboard</a></p></html>", mimetype="text/html")


def _plain(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain")


def _guarded(response: Response, policy: str) -> Response:
    response.headers.update(_HEADERS)
    response.headers["Content-Security-Policy"] = policy
    if "name" in session:
        response.set_cookie(_CSRF_COOKIE, generate_csrf(), samesite="Strict")
    return response
