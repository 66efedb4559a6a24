"""Who gets in where a store has accounts: a session of the door's, found anew for every request."""

from contextlib import suppress
from pathlib import PurePath
from typing import Final
from urllib.parse import quote, urlsplit

from dash import dcc, html
from flask import Flask, Response, g, request, session
from flask_wtf.csrf import generate_csrf

from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.parts import Content
from shopfloor.dashboard.security import CALLBACKS, SAFE_METHODS, Site, moving_on, plain
from shopfloor.dashboard.team import account_pages, admin_pages, door_pages, oidc
from shopfloor.dashboard.team.desks import Desks
from shopfloor.dashboard.team.frame import KEEPER, address, blueprint, links_of, moved
from shopfloor.dashboard.team.provider import Provider
from shopfloor.dashboard.words import PLACE
from shopfloor.errors import SecondFactorNeededError, SessionOverError, StoreError
from shopfloor.service.accounts import Account
from shopfloor.service.door import Door, LoggedIn, Team

OPEN: Final = frozenset({"team.log_in", "team.join"})
"""Pages for everybody."""

_TIME_LEFT: Final = "team.time_left"
SETTING_UP: Final = frozenset(
    {"team.second_factor", "team.begin_factor", "team.confirm_factor", "team.log_out", _TIME_LEFT}
)
"""Pages for who is logged in and sees nothing before she has set up a second factor."""

_STYLES: Final = frozenset({"app.css", "team.css", "tokens.css"})
_FONTS: Final = "fonts/"
_TOKEN: Final = "token"  # noqa: S105 - where the session's token stands in the cookie, no token
_DEVICE_COOKIE: Final = "shopfloor_device"
_HALF_A_YEAR: Final = 180 * 24 * 3600
_OUT: Final = (
    "You are not logged in any more. Log in again within two minutes: what you typed stays on this page until then."
)
_LONGEST_PATH: Final = 2000
_LARGEST_LOOK: Final = 100_000


class TeamEntrance:
    """The entrance of a store with accounts.

    Parameters
    ----------
    door : Door
        Of the store.
    site : Site
        Where the dashboard answers.
    provider : Provider, optional
        The campaign's identity provider, where one logs in there.
    """

    def __init__(self, door: Door, site: Site, provider: Provider | None = None) -> None:
        self.door = door
        self.provider = provider
        self.desks = Desks()
        self.name = PurePath(door.location).stem
        self._site = site

    def __repr__(self) -> str:
        """Name the place only."""
        return f"TeamEntrance({self.name})"

    def secret_key(self) -> bytes:
        """Return the store's key for cookies, so that sessions outlast a restart."""
        return self.door.cookie_key()

    def desk(self) -> Desk | None:
        """Return the desk of the session, as its account is now; None where it is over or lets in nowhere yet."""
        token = self.token
        try:
            return self.desks.of(token, self.door.store_for(token, is_use=_is_use())) if token else None
        except SessionOverError:
            self.forget()
        except SecondFactorNeededError:
            self.desks.drop(token)
        return None

    @property
    def token(self) -> str:
        """Token of the session of this request; empty where there is none."""
        token = session.get(_TOKEN)
        return token if isinstance(token, str) else ""

    def account(self) -> Account | None:
        """Return who is logged in, if anybody is."""
        if "shopfloor_account" not in g:
            try:
                g.shopfloor_account = self.door.account_of(self.token, is_use=_is_use()) if self.token else None
            except SessionOverError:
                self.forget()
                g.shopfloor_account = None
        found: Account | None = g.shopfloor_account
        return found

    def team(self) -> Team:
        """Return accounts, sessions and audit as whoever is logged in may see them; `SessionOverError` for nobody."""
        return self.door.team_for(self.token)

    def is_open(self) -> bool:
        """Tell whether the page is one to log in by, its style, or the set-up of a factor she needs first."""
        if request.endpoint in OPEN | oidc.OPEN or _is_style(request.path):
            return True
        return request.endpoint in SETTING_UP and self.account() is not None

    def turned_away(self) -> Response:
        """Lead to the log-in, and from there back; in words where no page was asked for."""
        if request.method in SAFE_METHODS and request.headers.get("Sec-Fetch-Dest", "document") == "document":
            return self._led_on()
        if self.account() is not None:
            return plain("Your campaign wants a second factor: set it up on /account/second-factor first.", 403)
        answer = plain(_OUT, 401)
        answer.headers["X-Log-In"] = "/login"
        return answer

    def _led_on(self) -> Response:
        """Return the way to the page that comes first. A cookie that is there and was not sent comes with a new try."""
        there = local_path(request.full_path.removesuffix("?"))
        if request.headers.get("Sec-Fetch-Site") == "cross-site" and not self.token:
            return moving_on(there)
        if self.account() is not None:
            return moved("/account/second-factor")
        return moved(f"/login?next={quote(there, safe='')}")

    def add_routes(self, server: Flask) -> None:
        """Add log-in, account and admin pages."""
        pages = blueprint()
        for module in (door_pages, account_pages, admin_pages):
            module.add_to(pages)
        if self.provider is not None:
            oidc.add_to(pages)
        server.extensions[KEEPER] = self
        server.config[PLACE] = self.door.location
        server.register_blueprint(pages)

    def who(self) -> Content:
        """Return who is logged in, where she manages herself and others, and the way out."""
        account = self.account()
        if account is None:
            return None
        links = [html.A(words, href=path) for path, words in links_of(account)]
        token = dcc.Input(type="hidden", name="csrf_token", value=generate_csrf())
        out = html.Form(
            [token, html.Button("Log out", type="submit", className="btn quiet")], action="/logout", method="POST"
        )
        return [*links, out]

    def note_refused(self, what: str) -> None:
        """Note in the audit that the request being answered was refused, and whose session it came with."""
        with suppress(StoreError):  # it is refused all the same
            self.door.note_refused(what, address(), self.token)

    def begin(self, entered: LoggedIn, there: str) -> Response:
        """Return the way on for who has just logged in, under a new session; the one before is over."""
        self.leave()
        session[_TOKEN] = entered.session
        answer = moved("/account/second-factor" if entered.account.needs_second_factor else local_path(there))
        self.remember(answer, entered.device)
        return answer

    def remember(self, answer: Response, device: str) -> None:
        """Let the browser keep the token by which the device is known at the next log-in."""
        answer.set_cookie(
            self._device_cookie,
            device,
            max_age=_HALF_A_YEAR,
            secure=self._site.is_tls,
            httponly=True,
            samesite="Strict",
        )

    @property
    def device(self) -> str | None:
        """Token of the device, from an earlier log-in."""
        return request.cookies.get(self._device_cookie)

    @property
    def _device_cookie(self) -> str:
        return f"__Host-{_DEVICE_COOKIE}" if self._site.is_tls else _DEVICE_COOKIE

    def leave(self) -> None:
        """End the session of this request, in the store too."""
        token = self.token
        self.forget()
        if token:
            self.door.log_out(token)

    def forget(self) -> None:
        """Let go of a session that is over: its desk, and the cookie."""
        self.desks.drop(self.token)
        session.clear()


def local_path(text: object) -> str:
    """Return a path of our own pages; the first page for whatever leads, or might be read as leading, elsewhere.

    Examples
    --------
    >>> [local_path(text) for text in ("/person/17?a=b", "//example.org", "https://example.org", "javascript:x")]
    ['/person/17?a=b', '/', '/', '/']
    """
    if not isinstance(text, str) or len(text) > _LONGEST_PATH or not text.isprintable():
        return "/"
    parts = urlsplit(text)
    is_ours = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if is_ours and not parts.scheme and not parts.netloc else "/"


def _is_use() -> bool:
    """Tell whether somebody did something: what a page that is left open asks by itself does not keep her logged in."""
    if request.endpoint == _TIME_LEFT:
        return "used" in request.args
    if request.path != CALLBACKS or (request.content_length or 0) > _LARGEST_LOOK:
        return True
    said = request.get_json(silent=True)
    changed = said.get("changedPropIds") if isinstance(said, dict) else None
    if not isinstance(changed, list) or not changed:
        return True
    return not all(isinstance(one, str) and one.endswith(".n_intervals") for one in changed)


def _is_style(path: str) -> bool:
    name = path.removeprefix("/assets/")
    is_font = name.startswith(_FONTS) and "/" not in name.removeprefix(_FONTS)
    return path.startswith("/assets/") and (name in _STYLES or is_font)
