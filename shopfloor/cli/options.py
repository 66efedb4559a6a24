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

from shopfloor.errors import PassphraseError, UsageError
from shopfloor.service.opening import OpenStore, create_store, is_server, open_store

KEYRING_SERVICE = "shopfloor"
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
    """Add ``--passphrase-file``."""
    return click.option(
        "--passphrase-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File whose first line is the passphrase; else SHOPFLOOR_PASSPHRASE, the system keyring, or a prompt.",
    )(command)


def with_times(command: Command) -> Command:
    """Add ``--as-of`` and ``--known-at``."""
    command = click.option("--known-at", type=Moment(), help="Leave out what was recorded later (UTC).")(command)
    return click.option(
        "--as-of", type=Day(), help="Leave out what was true later. Default: the newest date there is."
    )(command)


def passphrase_for(store: str, file: Path | None, *, is_new: bool = False) -> str:
    """Return the passphrase from a file, the environment, the keyring or a prompt, in that order; never an argument.

    Raises
    ------
    PassphraseError
        None was given and nobody is there to ask.
    """
    if file is not None:
        first = file.read_text(encoding="utf-8-sig").split("\n", 1)[0].rstrip("\r")
        if not first:
            raise PassphraseError(f"{file} is empty. Its first line must be the passphrase.")
        return first
    held = os.environ.get("SHOPFLOOR_PASSPHRASE") or _from_keyring(store)
    if held:
        return held
    if not sys.stdin.isatty():
        raise PassphraseError(
            "A passphrase is needed and nobody is there to ask. "
            "Set SHOPFLOOR_PASSPHRASE or give --passphrase-file FILE."
        )
    what = "Password of the database user" if is_server(store) else "Passphrase"
    return str(click.prompt(what, hide_input=True, confirmation_prompt=is_new and not is_server(store), err=True))


def _from_keyring(store: str) -> str | None:
    name = store if is_server(store) else str(Path(store).resolve())
    try:
        return keyring.get_password(KEYRING_SERVICE, name)
    except keyring.errors.KeyringError:
        return None


def opened(store: str, file: Path | None) -> OpenStore:
    """Open a store for a command."""
    return open_store(store, passphrase=passphrase_for(store, file))


def created(store: str, file: Path | None) -> OpenStore:
    """Make a store for a command."""
    if not is_server(store) and Path(store).exists():
        raise UsageError(f"{store} exists already. Choose another path, or remove it first if you are sure.")
    return create_store(store, passphrase=passphrase_for(store, file, is_new=True))
