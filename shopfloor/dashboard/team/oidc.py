"""Log in at the campaign's identity provider: leading there, coming back, and linking an account by its invitation.

Nobody gets in by having an account at the provider. Who was invited follows her one-time link and logs in there; from
then on that provider's account opens hers, until her account here is ended.
"""

from dataclasses import asdict
from typing import Final

from flask import Blueprint, Response, request, session
from markupsafe import escape

from shopfloor.dashboard.security import moving_on
from shopfloor.dashboard.team.frame import address, keeper, show, typed
from shopfloor.dashboard.team.provider import Journey, Provider
from shopfloor.errors import LogInError, RefusedError, ShopfloorError
from shopfloor.service.accounts import Account

CALLBACK: Final = "/oidc/callback"
"""Where the provider sends browsers back to."""

OPEN: Final = frozenset({"team.oidc_begin", "team.oidc_callback"})
"""Pages for everybody."""

HOW: Final = "identity provider"
"""How somebody came in, in the audit."""

_JOURNEY: Final = "journey"
_BACK: Final = "back"
_NOT_BEGUN: Final = "This log-in was not begun in this browser, or was finished already. Log in again."
_NO_INVITATION: Final = "This invitation is none, was used, or is too old. Ask whoever sent it for another."
_NOT_LINKED: Final = (
    "Your account there opens no account here. If you were invited, follow the link of your invitation once and log "
    "in from there; else ask whoever manages the accounts."
)


def add_to(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/oidc/begin", "oidc_begin", begin, methods=["POST"])
    pages.add_url_rule(CALLBACK, "oidc_callback", callback)


def no_passwords() -> str:
    """Return why passwords do not count on this server's pages; empty where they do."""
    provider = keeper().provider
    if provider is None or not provider.is_only:
        return ""
    return f"Passwords do not count on these pages. Log in with {provider.name}."


def way_out(account: Account | None) -> str | None:
    """Return where somebody logs out of the provider too, if she logs in there."""
    provider = keeper().provider
    if provider is None or account is None or account.oidc_subject is None:
        return None
    return provider.way_out("/login")


def begin() -> Response:
    """Lead to the provider; the browser keeps, signed, what the answer must fit."""
    invitation = typed("token")
    if invitation and keeper().door.invited(invitation) is None:
        return _trouble(LogInError(_NO_INVITATION), 403)
    try:
        journey = _provider().begin()
    except LogInError as error:
        return _trouble(error, 502)
    kept = asdict(journey) | {"url": ""}
    session[_JOURNEY] = {"journey": kept, "invitation": invitation, "next": typed("next")}
    return _leading_to(journey.url)


def callback() -> Response:
    """Take somebody back from the provider, if everything fits, and log her in."""
    if _JOURNEY not in session and _BACK not in request.args:
        # The session's cookie is not sent with what another site leads to: ask for this very page from here.
        return moving_on(f"{request.full_path}&{_BACK}=1")
    kept = session.get(_JOURNEY)
    if kept is None or not Journey(**kept["journey"]).fits(request.args):
        return _trouble(LogInError(_NOT_BEGUN), 403)  # what was begun can still be finished
    del session[_JOURNEY]
    try:
        vouched = _provider().vouched(Journey(**kept["journey"]), request.args)
        entered = keeper().door.let_in(
            _account_of(vouched.subject, kept["invitation"]),
            address=address(),
            agent=request.user_agent.string,
            how=HOW,
            has_second_factor=vouched.has_second_factor,
        )
    except (LogInError, RefusedError) as error:
        return _trouble(error, 403)
    return keeper().begin(entered, kept["next"])


def _account_of(subject: str, invitation: str) -> Account:
    """Return the account of who came back; the one she is invited to, if she came by an invitation."""
    if invitation:
        return keeper().door.accept(invitation, oidc_subject=subject)[0]
    account = keeper().door.account_of_subject(subject)
    if account is None:
        keeper().door.note_not_let_in(HOW, address())
        raise LogInError(_NOT_LINKED)
    return account


def _provider() -> Provider:
    provider = keeper().provider
    if provider is None:
        raise LogInError("This server knows no identity provider.")
    return provider


def _leading_to(url: str) -> Response:
    """Return a page that leads to the provider: the pages' policy lets no form be sent on to another site."""
    there, name = escape(url), escape(_provider().name)
    head = f"<meta charset='utf-8'><meta http-equiv='refresh' content='0; url={there}'><title>shopfloor</title>"
    page = f"<!doctype html><html lang='en'>{head}<p><a href='{there}'>Go on to {name}</a></p></html>"
    return Response(page, mimetype="text/html")


def _trouble(error: ShopfloorError, status: int) -> Response:
    return show("oidc_trouble.html", "You are not logged in.", status, rests=str(error))
