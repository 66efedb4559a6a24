"""In and out: log in, accept an invitation, log out."""

from flask import Blueprint, Response, jsonify, request

from shopfloor.dashboard.team.frame import address, keeper, new_password, show, typed
from shopfloor.dashboard.team.oidc import no_passwords, way_out
from shopfloor.errors import LogInError, SessionOverError, UsageError
from shopfloor.service.accounts import Account
from shopfloor.service.passwords import SHORTEST
from shopfloor.service.policy import ROLES_IN_WORDS
from shopfloor.settings import SESSION_IDLE

_OVER = "Your session is over, and the page you had open is emptied. Log in again to go on."
_NO_INVITATION = "This invitation is not complete, was used, or is too old. Ask whoever sent it for another."


def add_to(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/login", "log_in", log_in, methods=["GET", "POST"])
    pages.add_url_rule("/join", "join", join, methods=["GET", "POST"])
    pages.add_url_rule("/logout", "log_out", log_out, methods=["GET", "POST"])
    pages.add_url_rule("/session", "time_left", time_left)


def log_in() -> Response:
    """Ask for name, password and code; the answer to whatever does not fit is the same."""
    if request.method == "GET":
        return _login_page(request.args.get("next", "/"), said=_OVER if "over" in request.args else "")
    if no_passwords():
        return _login_page(typed("next"), trouble=no_passwords(), status=403)
    try:
        entered = keeper().door.log_in(
            typed("name").strip(),
            typed("password"),
            typed("code") or None,
            address=address(),
            device=keeper().device,
            agent=request.user_agent.string,
        )
    except LogInError as error:
        return _login_page(typed("next"), trouble=str(error), status=429 if error.wait else 403, wait=error.wait)
    return keeper().begin(entered, typed("next"))


def _login_page(there: str, *, trouble: str = "", said: str = "", status: int = 200, wait: int = 0) -> Response:
    idle = int(SESSION_IDLE.total_seconds()) // 60
    page = show("login.html", "Log in", status, there=there, name=typed("name"), trouble=trouble, said=said, idle=idle)
    if wait:
        page.headers["Retry-After"] = str(wait)
    return page


def log_in_anew(said: str) -> Response:
    """Return the log-in for who has just ended all her sessions."""
    return _login_page("/", said=said)


def join() -> Response:
    """Let who was invited choose a password; then she is logged in."""
    invitation = typed("token") if request.method == "POST" else request.args.get("token", "")
    invited = keeper().door.invited(invitation)
    if invited is None:
        return show("join.html", "This invitation does not work.", 403, rests=_NO_INVITATION)
    if request.method == "GET":
        return _join_page(invited, invitation)
    if no_passwords():
        return _join_page(invited, invitation, trouble=no_passwords(), status=403)
    try:
        password = new_password()
        account, device = keeper().door.accept(invitation, password)
        entered = keeper().door.log_in(
            account.name, password, address=address(), device=device, agent=request.user_agent.string
        )
    except UsageError as error:
        return _join_page(invited, invitation, trouble=str(error), status=400)
    except LogInError as error:  # she has a second factor from before, whose code this page does not ask for
        keeper().leave()
        return _login_page("/", said=f"The password is set. {'' if error.wait else 'Log in with it and your code.'}")
    return keeper().begin(entered, "/account/second-factor")


def _join_page(invited: Account, invitation: str, *, trouble: str = "", status: int = 200) -> Response:
    sees = "; ".join(words for role, words in ROLES_IN_WORDS.items() if role in invited.roles)
    title = f"Join {keeper().name} as {' and '.join(sorted(invited.roles))}"
    return show(
        "join.html",
        title,
        status,
        invited=invited,
        invitation=invitation,
        sees=sees,
        shortest=SHORTEST,
        trouble=trouble,
    )


def log_out() -> Response:
    """Ask, then end the session; it is over in the store too."""
    if request.method == "GET":
        return show("logout.html", "Log out?")
    account = keeper().account()
    keeper().leave()
    page = show("loggedout.html", "You are logged out.", way_out=way_out(account))
    page.headers["Clear-Site-Data"] = '"cache", "storage"'  # not cookies: by one of them this device stays known
    return page


def time_left() -> Response:
    """Say whose session it is and for how many seconds it lasts: an open page asks, and empties itself afterwards."""
    account = keeper().account()
    if account is None:
        raise SessionOverError("You are not logged in any more. Log in again.")
    unused, at_most = (max(0.0, left.total_seconds()) for left in keeper().door.time_left(keeper().token))
    return jsonify(account=account.name, unused=unused, at_most=at_most)
