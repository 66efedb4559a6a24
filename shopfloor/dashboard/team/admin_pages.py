"""For admins: who may log in and what she may, and the audit: who saw whom, and what somebody took."""

from collections import Counter
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, request

from shopfloor.dashboard.team.frame import keeper, moved, said_before, show, typed
from shopfloor.errors import ShopfloorError, UsageError
from shopfloor.service.audit import Deed
from shopfloor.service.door import Team
from shopfloor.service.policy import ROLES_IN_WORDS
from shopfloor.settings import INVITATION_LASTS

ENTRIES: Final = 50
"""Entries of the audit on a page."""

_HERE: Final = "/admin/accounts"


def add_to(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule(_HERE, "accounts", accounts)
    pages.add_url_rule(f"{_HERE}/invite", "invite", invite, methods=["POST"])
    pages.add_url_rule(f"{_HERE}/change", "change", change, methods=["POST"])
    pages.add_url_rule(f"{_HERE}/end", "end", end, methods=["POST"])
    pages.add_url_rule(f"{_HERE}/sessions/end", "end_sessions", end_sessions, methods=["POST"])
    pages.add_url_rule(f"{_HERE}/unlink", "unlink", unlink, methods=["POST"])
    pages.add_url_rule(f"{_HERE}/second-factor/remove", "remove_factor", remove_factor, methods=["POST"])
    pages.add_url_rule(f"{_HERE}/second-factor/require", "require_factor", require_factor, methods=["POST"])
    pages.add_url_rule("/admin/audit", "audit", audit)


def accounts() -> Response:
    """List the accounts, with the forms to change them."""
    return _accounts_page()


def _accounts_page(status: int = 200, *, link: str = "", name: str = "", trouble: str = "") -> Response:
    team = keeper().team()
    found = team.accounts()
    n_in = sum(account.can_log_in for account in found)
    return show(
        "accounts.html",
        f"{n_in} of {len(found)} accounts can log in.",
        status,
        accounts=found,
        n_sessions=Counter(one.account for one in team.sessions(is_all=True)),
        is_required=team.is_second_factor_required,
        roles=ROLES_IN_WORDS,
        link=link,
        invited_name=name,
        lasts=int(INVITATION_LASTS.total_seconds()) // 3600,
        trouble=trouble,
        said=said_before(),
    )


def invite() -> Response:
    """Make an invitation and show its link this once."""
    team, name = keeper().team(), typed("name").strip()
    team.accounts()  # refuses at once whoever may not
    try:
        token = team.invite(name) if typed("again") else team.invite(name, request.form.getlist("roles"), _units())
    except ShopfloorError as error:
        return _accounts_page(400, trouble=str(error))
    keeper().desks.drop_account(name)
    return _accounts_page(link=f"{request.host_url}join?{urlencode({'token': token})}", name=name)


def _units() -> list[str]:
    return typed("units").splitlines()


def change() -> Response:
    """Change what somebody may."""
    roles = request.form.getlist("roles")
    return _done(lambda team: team.change(_name(), roles=roles, units=_units()), f"{typed('name')} is changed.")


def end() -> Response:
    """End an account, its sessions and its scope."""
    return _done(lambda team: team.end(_name()), f"{typed('name')} is ended. Her sessions are over.")


def end_sessions() -> Response:
    """Log somebody out everywhere."""
    return _done(lambda team: team.end_sessions(_name()), f"{typed('name')} is logged out everywhere.")


def unlink() -> Response:
    """Let the identity provider open an account no more."""
    return _done(lambda team: team.unlink(_name()), f"{typed('name')} is no longer linked to the identity provider.")


def remove_factor() -> Response:
    """Remove the second factor of somebody who lost it."""
    return _done(lambda team: team.remove_second_factor(_name()), f"{typed('name')} has no second factor any more.")


def require_factor() -> Response:
    """Require a second factor of everybody, or leave it to each."""
    is_required = typed("is_required") == "yes"
    words = "Everybody needs a second factor now." if is_required else "Everybody decides for herself now."
    return _done(lambda team: team.require_second_factor(is_required=is_required), words)


def _name() -> str:
    if not typed("name"):
        raise UsageError("Say which account. Nothing was changed.")
    return typed("name")


def _done(work: Callable[[Team], object], said: str) -> Response:
    team = keeper().team()
    team.accounts()  # refuses at once whoever may not
    try:
        work(team)
    except ShopfloorError as error:
        return _accounts_page(400, trouble=str(error))
    keeper().desks.drop_account(typed("name"))
    flash(said)
    return moved(_HERE)


def audit() -> Response:
    """Answer who saw a person, and what an account took; newest first."""
    asked = {name: request.args.get(name, "").strip()[:200] for name in ("person", "by", "deed")}
    team = keeper().team()
    deeds = [deed for deed in Deed if deed == asked["deed"]]
    check = team.verify_audit() if request.args.get("verify") else None
    found = team.audit_entries(by=asked["by"] or None, deeds=deeds, person=asked["person"] or None)
    number = request.args.get("page", "")
    page = min(int(number), len(found) // ENTRIES) if number.isdecimal() and len(number) < 9 else 0  # noqa: PLR2004 - digits
    first = page * ENTRIES
    return show(
        "audit.html",
        _answer(asked, len(found)),
        rows=found[first : first + ENTRIES],
        deeds=list(Deed),
        check=check,
        asked=asked,
        newer=_page_link(asked, page - 1 if page else None),
        older=_page_link(asked, page + 1 if first + ENTRIES < len(found) else None),
    )


def _answer(asked: dict[str, str], n: int) -> str:
    who = f" of {asked['by']}" if asked["by"] else ""
    whom = f" about {asked['person']}" if asked["person"] else ""
    return f"{n:,} {'entry' if n == 1 else 'entries'}{who}{whom}."


def _page_link(asked: dict[str, str], page: int | None) -> str:
    return "" if page is None else f"/admin/audit?{urlencode({**asked, 'page': page})}"
