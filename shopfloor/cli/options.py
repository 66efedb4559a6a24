"""Options that several commands share, and the passphrase."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import keyring
import keyring.errors

from shopfloor.errors import LogInError, PassphraseError, UsageError
from shopfloor.service.door import Door, open_door
from shopfloor.service.locking import KEYRING_SERVICE, check_passphrase, keyring_name
from shopfloor.service.opening import OpenStore, create_store, is_server, this_machine

Command = TypeVar("Command", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401
        """Return the date."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail("write a date as YYYY-MM-DD", param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment as YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, UTC unless it says otherwise."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        """Return the moment; a day alone means its end."""
        try:
            if isinstance(value, datetime):
                return value
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("write a time as YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS", param, ctx)
        if len(value) == len("2026-05-03"):
            moment = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


STORE = click.argument("store", metavar="STORE")
FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to print.",
)
DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")


def with_passphrase(command: Command) -> Command:
    """Add what opens a store: ``--passphrase-file``, and ``--account`` and its password where it has accounts."""
    for option in (_ACCOUNT_PASSWORD_FILE, _ACCOUNT):
        command = option(command)
    return click.option(
        "--passphrase-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File whose first line is the passphrase; else SHOPFLOOR_PASSPHRASE, the system keyring, or a prompt.",
    )(command)


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:  # noqa: ANN401 - as click has it
    """Keep an option for whoever opens the store, so that no command hands it on."""
    ctx.meta[f"shopfloor.{param.name}"] = value


_ACCOUNT = click.option(
    "--account",
    metavar="NAME",
    expose_value=False,
    callback=_keep,
    help="Who logs in, where the store has accounts; else SHOPFLOOR_ACCOUNT, or a prompt.",
)
_ACCOUNT_PASSWORD_FILE = click.option(
    "--account-password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    expose_value=False,
    callback=_keep,
    help="File whose first line is her password; else SHOPFLOOR_ACCOUNT_PASSWORD, or a prompt.",
)


def with_times(command: Command) -> Command:
    """Add ``--as-of`` and ``--known-at``."""
    command = click.option("--known-at", type=Moment(), help="Leave out what was recorded later (UTC).")(command)
    return click.option(
        "--as-of", type=Day(), help="Leave out what was true later. Default: the newest date there is."
    )(command)


def passphrase_for(store: str, file: Path | None, *, is_new: bool = False, is_asked: bool = False) -> str:
    """Return the passphrase from a file, the environment, the keyring or a prompt, in that order; never an argument.

    Parameters
    ----------
    store : str
        Of which store.
    file : Path or None
        Its first line is the passphrase.
    is_new : bool
        It is asked for twice.
    is_asked : bool
        What this machine remembers does not do.

    Raises
    ------
    PassphraseError
        None was given and nobody is there to ask.
    """
    if file is not None:
        return _first_line(file)
    held = passphrase_in_keyring(store)
    if held and not is_asked:
        return held
    if not sys.stdin.isatty():
        raise PassphraseError(
            "A passphrase is needed and nobody is there to ask. "
            "Set SHOPFLOOR_PASSPHRASE or give --passphrase-file FILE."
        )
    what = "Password of the database user" if is_server(store) else "Passphrase"
    return str(click.prompt(what, hide_input=True, confirmation_prompt=is_new and not is_server(store), err=True))


def passphrase_in_keyring(store: str) -> str | None:
    """Return the passphrase that this machine remembers: in the environment, or in the keyring."""
    try:
        return os.environ.get("SHOPFLOOR_PASSPHRASE") or keyring.get_password(KEYRING_SERVICE, keyring_name(store))
    except keyring.errors.KeyringError:
        return None


def new_passphrase(file: Path | None) -> str:
    """Return a passphrase to come from a file or a prompt, in that order.

    Raises
    ------
    UsageError
        It is too short or too common.
    PassphraseError
        None was given and nobody is there to ask.
    """
    if file is None and not sys.stdin.isatty():
        raise PassphraseError("A new passphrase is needed and nobody is there to ask. Give --new-passphrase-file FILE.")
    said = (
        _first_line(file)
        if file
        else click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    )
    check_passphrase(said)
    return str(said)


def _first_line(file: Path) -> str:
    first = file.read_text(encoding="utf-8-sig").split("\n", 1)[0].rstrip("\r")
    if not first:
        raise PassphraseError(f"{file} is empty. Its first line must be the secret.")
    return first


def account_name() -> str | None:
    """Return who logs in, as ``--account`` or the environment says, or None."""
    said: str | None = click.get_current_context().meta.get("shopfloor.account")
    return said or os.environ.get("SHOPFLOOR_ACCOUNT")


def account_password(*, is_new: bool = False) -> str:
    """Return an account's password from a file, the environment or a prompt, in that order; never an argument.

    Raises
    ------
    LogInError
        None was given and nobody is there to ask.
    """
    file: Path | None = click.get_current_context().meta.get("shopfloor.account_password_file")
    if file is not None:
        return _first_line(file)
    held = os.environ.get("SHOPFLOOR_ACCOUNT_PASSWORD")
    if held:
        return held
    if not sys.stdin.isatty():
        raise LogInError(
            "An account's password is needed and nobody is there to ask. "
            "Set SHOPFLOOR_ACCOUNT_PASSWORD or give --account-password-file FILE."
        )
    return str(click.prompt("Password of the account", hide_input=True, confirmation_prompt=is_new, err=True))


def session_token() -> str | None:
    """Return the session to work in (``shopfloor sessions begin``), unless ``--account`` says who logs in."""
    is_said = click.get_current_context().meta.get("shopfloor.account") is not None
    return None if is_said else os.environ.get("SHOPFLOOR_SESSION")


def log_in() -> tuple[str, str, str]:
    """Return name, password and code of who logs in; the code is empty where none was said.

    Raises
    ------
    LogInError
        Something is missing and nobody is there to ask.
    """
    name, is_asked = account_name(), sys.stdin.isatty()
    if name is None:
        if not is_asked:
            raise LogInError("This store has accounts. Say who you are: --account NAME, or set SHOPFLOOR_ACCOUNT.")
        name = str(click.prompt("Account", err=True))
    password, code = account_password(), os.environ.get("SHOPFLOOR_ACCOUNT_CODE")
    if code is None and is_asked:
        code = click.prompt("Code (Enter if you have no second factor)", default="", show_default=False, err=True)
    return name, password, code or ""


def opened(store: str, file: Path | None) -> OpenStore:
    """Open a store for a command, as its owner or as the account that logs in sees it."""
    door = door_of(store, file)
    try:
        return _entered(door)
    except BaseException:
        door.close()
        raise


def _entered(door: Door) -> OpenStore:
    if door.has_accounts:
        session = session_token()
        return door.store_for(session) if session else door.store_by(*log_in(), address=this_machine())
    if click.get_current_context().meta.get("shopfloor.account"):
        raise UsageError(f"{door.location} has no accounts: leave --account out. See: shopfloor accounts invite -h")
    return door.owner_store()


def door_of(store: str, file: Path | None) -> Door:
    """Open the door to a store, before anybody is known."""
    return open_door(store, passphrase=passphrase_for(store, file))


def created(store: str, file: Path | None, *, seal_names: bool | None = None) -> OpenStore:
    """Make a store for a command."""
    if not is_server(store) and Path(store).exists():
        raise UsageError(f"{store} exists already. Choose another path, or remove it first if you are sure.")
    passphrase = passphrase_for(store, file, is_new=True)
    if not is_server(store):
        check_passphrase(passphrase)
    return create_store(store, passphrase=passphrase, account=account_name(), seal_names=seal_names)
