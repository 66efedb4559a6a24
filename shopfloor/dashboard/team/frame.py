"""What the pages that need no scripts share: the frame, words for times and entries, answers to what is refused."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from flask import Blueprint, Response, current_app, get_flashed_messages, make_response, render_template, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.urls import iri_to_uri

from shopfloor.dashboard.parts import Place, places_for
from shopfloor.dashboard.theme import chosen_theme
from shopfloor.dashboard.words import without_place
from shopfloor.errors import RefusedError, SessionOverError, ShopfloorError, UsageError
from shopfloor.service.accounts import Account
from shopfloor.service.audit import Entry
from shopfloor.service.policy import Right, classes_of
from shopfloor.settings import SESSION_IDLE

if TYPE_CHECKING:
    from shopfloor.dashboard.team.entrance import TeamEntrance

KEEPER: Final = "shopfloor_entrance"
_FORBIDDEN: Final = 403
_MINUTE: Final = 60


def keeper() -> "TeamEntrance":
    """Return the entrance of the app that is answering."""
    return cast("TeamEntrance", current_app.extensions[KEEPER])


def blueprint() -> Blueprint:
    """Return the pages, still empty, with what all of them show."""
    pages = Blueprint("team", __name__, template_folder="templates")
    pages.add_app_template_filter(_moment, "moment")
    pages.add_app_template_filter(_about, "about")
    pages.add_app_template_filter(_state, "state")
    pages.register_error_handler(ShopfloorError, _in_words)
    return pages


def show(template: str, title: str, status: int = 200, **parts: Any) -> Response:  # noqa: ANN401 - what a template shows
    """Return a page made from a template; every value is escaped."""
    account = keeper().account()
    page = render_template(
        template,
        title=title,
        account=account,
        campaign=keeper().name,
        places=_places_of(account),
        mine=() if account is None else links_of(account),
        theme=chosen_theme(),
        token=_token_field,
        provider=keeper().provider,
        emptied_after=int(SESSION_IDLE.total_seconds()) + _MINUTE,
        **{name: without_place(part) if isinstance(part, str) else part for name, part in parts.items()},
    )
    return make_response(page, status)


def links_of(account: Account) -> list[tuple[str, str]]:
    """Return the pages about accounts that are for somebody: path and words."""
    if account.needs_second_factor:
        return []
    admin = (
        (Right.ACCOUNTS, "/admin/accounts", "Accounts"),
        (Right.AUDIT, "/admin/audit", "Audit"),
    )
    me = f"{account.name}, {' and '.join(sorted(account.roles)) or 'no role'}"
    return [*((path, words) for right, path, words in admin if right in account.rights), ("/account", me)]


def said_before() -> str:
    """Return what the page before left to be said, once."""
    return " ".join(map(str, get_flashed_messages()))


def typed(name: str) -> str:
    """Return what was typed into a field; empty where it was not there."""
    return request.form.get(name, "")


def address() -> str:
    """Return the network address of the client, as the server sees it."""
    return request.remote_addr or "unknown"


def moved(path: str) -> Response:
    """Return the way to another of our pages, which is then asked for anew."""
    return Response(status=303, headers={"Location": iri_to_uri(path)})


def _places_of(account: Account | None) -> list[Place]:
    """Return the places of the bar; none before a second factor that is needed is there."""
    return (
        [] if account is None or account.needs_second_factor else places_for(classes_of(account.roles), account.rights)
    )


def new_password() -> str:
    """Return the password that was typed twice; `UsageError` where the two differ."""
    password = typed("password")
    if password != typed("again"):
        raise UsageError("The two passwords differ. Type the same twice.")
    return password


def _token_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _in_words(error: ShopfloorError) -> Response:
    if isinstance(error, SessionOverError):
        keeper().forget()
        return keeper().turned_away()
    if isinstance(error, RefusedError):
        return show("base.html", "This is not for your account.", _FORBIDDEN, rests=str(error))
    return show("base.html", "That did not work.", 400, rests=str(error))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _state(account: Account) -> str:
    if account.is_ended:
        return "ended"
    if not account.can_log_in:
        return "invited" if account.is_invited else "cannot log in yet"
    return "in, and invited anew" if account.is_invited else "in"


def _about(entry: Entry) -> str:
    """Return the particulars of an entry in a line."""
    if entry.is_erased:
        return "erased with the person"
    said = entry.particulars
    return ", ".join(f"{name.replace('_', ' ')}: {_said(said[name])}" for name in said if said[name] or said[name] == 0)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " + ".join(map(str, value)) if isinstance(value, list) else str(value)
