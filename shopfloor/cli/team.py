"""Commands for a team: accounts, sessions, audit."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from shopfloor.cli.options import (
    FORMAT,
    STORE,
    account_password,
    door_of,
    log_in,
    session_token,
    with_passphrase,
)
from shopfloor.cli.output import say, show_rows
from shopfloor.errors import LogInError, StoreError, UsageError
from shopfloor.service.accounts import Account
from shopfloor.service.audit import Deed
from shopfloor.service.door import Team
from shopfloor.service.opening import this_machine
from shopfloor.service.policy import ROLES, ROLES_IN_WORDS
from shopfloor.settings import INVITATION_LASTS

_ROLE = click.option(
    "--role", "roles", multiple=True, type=click.Choice(list(ROLES)), help="What she may do; repeat it for several."
)
_UNIT = click.option(
    "--unit", "units", multiple=True, metavar="UNIT", help="Department, shift or crew of an organizer; repeat it."
)
_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@contextmanager
def _team(store: str, file: Path | None) -> Iterator[Team]:
    """Open accounts, sessions and audit of a store as whoever logs in may see them."""
    with door_of(store, file) as door:
        if not door.has_accounts:
            yield door.owner_team()
        else:
            session = session_token()
            yield door.team_for(session) if session else door.team_by(*log_in(), address=this_machine())


@click.group()
def accounts() -> None:
    """Let people in, say what they see, and end that."""


@accounts.command("list")
@STORE
@FORMAT
@with_passphrase
def list_accounts(store: str, form: str, passphrase_file: Path | None) -> None:
    """List accounts, ended ones too."""
    with _team(store, passphrase_file) as team:
        rows = [_row(account) for account in team.accounts()]
        about = {"location": store, "is_second_factor_required": team.is_second_factor_required}
    show_rows(rows, ["name", "state", "roles", "units", "has_second_factor", "created_at"], form, about)


def _row(account: Account) -> dict[str, Any]:
    state = "ended" if account.is_ended else "active" if account.can_log_in else "invited"
    return {
        "name": account.name,
        "state": state,
        "roles": [role for role in ROLES if role in account.roles],
        "units": list(account.units),
        "has_second_factor": account.has_second_factor,
        "is_invited": account.is_invited,
        "created_at": account.created_at.strftime("%Y-%m-%d %H:%M"),
    }


@accounts.command()
@STORE
@click.argument("name")
@_ROLE
@_UNIT
@with_passphrase
def invite(store: str, name: str, roles: tuple[str, ...], units: tuple[str, ...], passphrase_file: Path | None) -> None:
    """Invite somebody, or let her set another password. Prints the invitation, this once.

    The first account of a store needs the roles lead and admin. When she accepts, nobody sees the store without an
    account any more.
    """
    with _team(store, passphrase_file) as team:
        token = team.invite(name, roles or None, units or None)
        account = team.account(name)
    say(f"{account.name} may see: {_in_words(account)}.")
    if "organizer" in account.roles and not account.units:
        say("Careful: an organizer without --unit sees nobody.")
    hours = INVITATION_LASTS.total_seconds() / 3600
    say(f"The invitation works once, within {hours:.0f} hours; give it to nobody else. She accepts it on the pages, or")
    say(f"with: shopfloor accounts accept {store}")
    click.echo(token)


def _in_words(account: Account) -> str:
    return "; ".join(ROLES_IN_WORDS[role] for role in ROLES if role in account.roles)


@accounts.command()
@STORE
@click.option(
    "--invitation-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File whose first line is the invitation; else SHOPFLOOR_INVITATION, or a prompt.",
)
@with_passphrase
def accept(store: str, invitation_file: Path | None, passphrase_file: Path | None) -> None:
    """Accept an invitation and set the password of one's account."""
    with door_of(store, passphrase_file) as door:
        invitation = _invitation(invitation_file)
        if door.invited(invitation) is None:
            raise LogInError("This invitation is none, was used, or is too old. Ask for another.")
        account, _ = door.accept(invitation, account_password(is_new=True))
    say(f"{account.name} can log in now: --account {account.name}")


def _invitation(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8-sig").partition("\n")[0].strip()
    held = os.environ.get("SHOPFLOOR_INVITATION")
    if held:
        return held.strip()
    if not sys.stdin.isatty():
        raise LogInError("An invitation is needed. Set SHOPFLOOR_INVITATION or give --invitation-file FILE.")
    return str(click.prompt("Invitation", hide_input=True, err=True)).strip()


@accounts.command()
@STORE
@click.argument("name")
@_ROLE
@_UNIT
@click.option("--no-units", is_flag=True, help="Take all units away.")
@with_passphrase
def change(
    store: str,
    name: str,
    *,
    roles: tuple[str, ...],
    units: tuple[str, ...],
    no_units: bool,
    passphrase_file: Path | None,
) -> None:
    """Give somebody other roles or units; they hold for her next question."""
    if not (roles or units or no_units) or (units and no_units):
        raise UsageError("Say --role, --unit or --no-units.")
    with _team(store, passphrase_file) as team:
        account = team.change(name, roles=roles or None, units=() if no_units else units or None)
    say(f"{account.name} may see: {_in_words(account)}.")


@accounts.command()
@STORE
@click.argument("name")
@_YES
@with_passphrase
def end(store: str, name: str, *, yes: bool, passphrase_file: Path | None) -> None:
    """End an account: its sessions and what it may see are gone at once, its name stays in the audit."""
    with _team(store, passphrase_file) as team:
        account = team.account(name)
        if not yes:
            click.confirm(f"End {account.name}?", abort=True, err=True)
        team.end(account.name)
    say(f"{account.name} is ended. What she knows by heart or took along is not: see 'shopfloor audit list'.")


@accounts.command("require-second-factor")
@STORE
@click.option("--off", is_flag=True, help="Require it no more.")
@with_passphrase
def require_second_factor(store: str, *, off: bool, passphrase_file: Path | None) -> None:
    """Let nobody see anything before she has set up a second factor."""
    with _team(store, passphrase_file) as team:
        team.require_second_factor(is_required=not off)
    say("Nobody needs a second factor." if off else "Everybody needs a second factor.")


@accounts.command("remove-second-factor")
@STORE
@click.argument("name")
@with_passphrase
def remove_second_factor(store: str, name: str, passphrase_file: Path | None) -> None:
    """Remove the second factor of somebody who lost it; her sessions end."""
    with _team(store, passphrase_file) as team:
        team.remove_second_factor(name)
    say("Removed.")


@accounts.command()
@STORE
@click.argument("name")
@with_passphrase
def unlink(store: str, name: str, passphrase_file: Path | None) -> None:
    """Let the identity provider open an account no more; its sessions end.

    Without a password of its own it needs a new invitation: shopfloor accounts invite
    """
    with _team(store, passphrase_file) as team:
        team.unlink(name)
    say("Unlinked.")


@accounts.command("second-factor")
@STORE
@with_passphrase
def second_factor(store: str, passphrase_file: Path | None) -> None:
    """Set up one's own second factor: an authenticator app that shows codes. Prints its secret, this once.

    The password of the account is asked for, in a session too.
    """
    with _team(store, passphrase_file) as team:
        made = team.begin_second_factor(account_password(), address=this_machine())
        click.echo(made.uri)
        say(f"Type this into the app: {made.secret}")
        team.confirm_second_factor(click.prompt("Code that the app shows", err=True))
    say("From now on logging in takes a code of that app. Each code works once.")


@click.group()
def sessions() -> None:
    """See and end where people are logged in."""


@sessions.command("begin")
@STORE
@with_passphrase
def begin_session(store: str, passphrase_file: Path | None) -> None:
    """Log in for several commands. Prints what to set SHOPFLOOR_SESSION to, this once.

    A code of a second factor works once: with a session it is asked for once. The session ends like one of the pages,
    and by: shopfloor sessions end STORE --own
    """
    with door_of(store, passphrase_file) as door:
        if not door.has_accounts:
            raise UsageError(f"{store} has no accounts: nobody needs to log in.")
        logged_in = door.log_in(*log_in(), address=this_machine(), agent="command line")
    say("Set SHOPFLOOR_SESSION to this, and keep it to yourself:")
    click.echo(logged_in.session)


@sessions.command("list")
@STORE
@click.option("--of", "name", metavar="NAME", help="Whose; default: one's own, for who manages accounts all.")
@FORMAT
@with_passphrase
def list_sessions(store: str, name: str | None, form: str, passphrase_file: Path | None) -> None:
    """List sessions, the latest used first."""
    with _team(store, passphrase_file) as team:
        found = team.sessions(name, is_all=name is None and team.manages)
    rows = [
        {
            "session_id": session.session_id,
            "account": session.account,
            "device": session.device,
            "address": session.address,
            "created_at": session.created_at.strftime("%Y-%m-%d %H:%M"),
            "seen_at": session.seen_at.strftime("%Y-%m-%d %H:%M"),
        }
        for session in found
    ]
    show_rows(rows, ["session_id", "account", "device", "address", "created_at", "seen_at"], form, {"location": store})


@sessions.command("end")
@STORE
@click.argument("session_id", metavar="SESSION", required=False)
@click.option("--of", "name", metavar="NAME", help="End all sessions of this account.")
@click.option("--own", is_flag=True, help="End all one's own.")
@with_passphrase
def end_sessions(
    store: str, session_id: str | None, *, name: str | None, own: bool, passphrase_file: Path | None
) -> None:
    """End one session, or all of an account."""
    if [session_id is not None, name is not None, own].count(True) != 1:
        raise UsageError("Say a SESSION (shopfloor sessions list shows them), --of NAME, or --own.")
    with _team(store, passphrase_file) as team:
        asks = (own or session_id is not None) and session_token() and not team.is_fresh
        password = account_password() if asks else None
        if session_id is not None:
            team.end_session(session_id, password, address=this_machine())
            n_ended = 1
        else:
            n_ended = team.end_sessions(name, password, address=this_machine())
    say(f"{n_ended} ended.")


@click.group()
def audit() -> None:
    """See who did what, and whether the record of it is whole."""


@audit.command("list")
@STORE
@click.option("--by", metavar="NAME", help="Only what this account did.")
@click.option("--person", metavar="ID", help="Only what was about this person: who saw her, who changed what.")
@click.option("--deed", "deeds", multiple=True, type=click.Choice([str(deed) for deed in Deed]), help="Repeat it.")
@click.option("--top", type=click.IntRange(min=0), default=100, show_default=True, help="Newest entries; 0 = all.")
@FORMAT
@with_passphrase
def list_audit(
    store: str,
    *,
    by: str | None,
    person: str | None,
    deeds: tuple[str, ...],
    top: int,
    form: str,
    passphrase_file: Path | None,
) -> None:
    """List who did what, newest first. People stand there by their ids."""
    with _team(store, passphrase_file) as team:
        found = team.audit_entries(by=by, deeds=deeds, person=person)
    rows = [
        {
            "number": entry.number,
            "at": entry.at.strftime("%Y-%m-%d %H:%M:%S"),
            "by": entry.by,
            "deed": entry.deed,
            "about": "erased" if entry.is_erased else _about(entry.particulars),
            "particulars": entry.particulars,
        }
        for entry in (found[:top] if top else found)
    ]
    show_rows(rows, ["number", "at", "by", "deed", "about"], form, {"location": store, "n_entries": len(found)})


def _about(particulars: dict[str, Any]) -> str:
    said = {name: value for name, value in sorted(particulars.items()) if value not in (None, [], "")}
    return ", ".join(
        f"{name.replace('_', ' ')}: {'; '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in said.items()
    )


@audit.command("verify")
@STORE
@click.option("--head", metavar="DIGEST", help="What an earlier run printed: shows whether entries were cut off since.")
@with_passphrase
def verify_audit(store: str, head: str | None, passphrase_file: Path | None) -> None:
    """Check that no entry was changed, and print the digest of the last one to be noted elsewhere."""
    with _team(store, passphrase_file) as team:
        found = team.verify_audit(head)
    for fault in found.faults:
        click.echo(fault)
    if found.faults:
        raise StoreError(
            f"{len(found.faults)} faults in the audit. Somebody changed the store with another program, or it is "
            "damaged. Keep it as it is, and compare with a backup."
        )
    say(f"Whole: {found.n_entries} entries, {found.n_erased} of them with erased particulars. The last one's digest:")
    click.echo(found.head)


COMMANDS = (accounts, sessions, audit)
