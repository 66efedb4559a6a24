"""One's own account: where one is logged in, the password, the second factor."""

import hashlib

import segno
from flask import Blueprint, Response, flash
from markupsafe import Markup

from shopfloor.dashboard.team.door_pages import log_in_anew
from shopfloor.dashboard.team.frame import address, keeper, moved, new_password, said_before, show, typed
from shopfloor.errors import LogInError, RefusedError, ShopfloorError, UsageError
from shopfloor.service.accounts import SecondFactor
from shopfloor.service.passwords import SHORTEST


def add_to(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/account", "account", account)
    pages.add_url_rule("/account/password", "change_password", change_password, methods=["POST"])
    pages.add_url_rule("/account/sessions/end", "end_session", end_session, methods=["POST"])
    pages.add_url_rule("/account/second-factor", "second_factor", second_factor)
    pages.add_url_rule("/account/second-factor/begin", "begin_factor", begin_factor, methods=["POST"])
    pages.add_url_rule("/account/second-factor/confirm", "confirm_factor", confirm_factor, methods=["POST"])


def account() -> Response:
    """Show one's own sessions, password and second factor."""
    return _account_page()


def _account_page(trouble: str = "", status: int = 200) -> Response:
    team = keeper().team()
    here = hashlib.sha256(keeper().token.encode()).hexdigest()
    return show(
        "account.html",
        "Your account",
        status,
        sessions=team.sessions(),
        is_fresh=team.is_fresh,
        here=here,
        shortest=SHORTEST,
        trouble=trouble,
        said=said_before(),
    )


def change_password() -> Response:
    """Take a new password, if the old one fits, and a code where there is a second factor; all sessions end."""
    team = keeper().team()
    try:
        team.change_password(typed("old"), new_password(), typed("code"), address=address(), device=keeper().device)
    except LogInError as error:
        words = "The password you have, or the code, does not fit. Nothing was changed."
        return _account_page(str(error) if error.wait else words, 403)
    except UsageError as error:
        return _account_page(str(error), 400)
    keeper().desks.drop_account(team.viewer.name)
    keeper().forget()
    return log_in_anew("The password is changed. Log in with the new one.")


def _about_password(error: LogInError) -> str:
    return str(error) if error.wait else "The password you have does not fit. Nothing was changed."


def end_session() -> Response:
    """End one of one's own sessions."""
    try:
        keeper().team().end_session(typed("session_id"), typed("password"), address=address())
    except LogInError as error:
        return _account_page(_about_password(error), 403)
    except RefusedError as error:
        return _account_page(str(error), 403)
    except ShopfloorError as error:
        return _account_page(str(error), 404)
    flash("That session is over.")
    return moved("/account")


def second_factor() -> Response:
    """Offer to set up a second factor."""
    return _factor_page()


def _factor_page(
    factor: SecondFactor | None = None, *, is_drawn: bool = False, trouble: str = "", status: int = 200
) -> Response:
    mine = keeper().team().account()
    title = "You have a second factor." if mine.has_second_factor else "Set up a second factor"
    if mine.has_second_factor:
        return show("factor_there.html", title, status, trouble=trouble)
    picture = Markup() if factor is None else qr_code(factor.uri)
    rests = "Your campaign wants one of everybody before you see anything." if mine.needs_second_factor else ""
    return show(
        "second_factor.html",
        title,
        status,
        factor=factor,
        picture=picture,
        is_drawn=is_drawn,
        rests=rests,
        trouble=trouble,
    )


def qr_code(text: str) -> Markup:
    """Return a QR code as SVG, drawn here: the secret in it is told to no other service."""
    drawn = segno.make(text, micro=False).svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704 - segno's own markup of squares, without any text of ours


def begin_factor() -> Response:
    """Draw a secret and show it this once, to who knows the password: a session that was left open is not enough."""
    team = keeper().team()
    try:
        drawn = team.begin_second_factor(typed("password"), address=address(), device=keeper().device)
        return _factor_page(drawn)
    except LogInError as error:
        return _factor_page(trouble=_about_password(error), status=403)
    except ShopfloorError as error:
        return _factor_page(trouble=str(error), status=400)


def confirm_factor() -> Response:
    """Make the drawn secret count, if a code of it fits."""
    try:
        keeper().team().confirm_second_factor(typed("code"))
    except LogInError as error:
        return _factor_page(is_drawn=True, trouble=str(error), status=403)
    flash("The second factor counts from now on.")
    return moved("/account")
