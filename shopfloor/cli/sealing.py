"""Commands about what is sealed on Neo4j: its keys, and looking somebody up by phone or e-mail."""

import sys
from pathlib import Path

import click

from shopfloor.cli.options import FORMAT, STORE, opened, with_passphrase
from shopfloor.cli.output import progress_bar, say, show_rows
from shopfloor.errors import StoreError, UsageError


@click.group()
def keys() -> None:
    """Show and change the key of what is sealed in a Neo4j database."""


@keys.command()
@STORE
@FORMAT
@with_passphrase
def show(store: str, form: str, passphrase_file: Path | None) -> None:
    """Say which keys there are and where; never a key itself."""
    with opened(store, passphrase_file) as held:
        found = held.keys()
    if found is None:
        raise StoreError(f"{store} is encrypted whole under its passphrase and has no key file.")
    states = dict.fromkeys(found.in_use[1:], "in use, until the change is done")
    rows = [{"key": key_id, "state": states.get(key_id, "active"), "since": ""} for key_id in found.in_use]
    rows += [{"key": key_id, "state": "retired", "since": since} for key_id, since in found.retired.items()]
    about = {"path": found.path, "store_id": found.store_id, "seals_names": found.seals_names}
    if form == "table":
        say(f"Key file: {found.path}")
        if not found.is_private:
            say("Careful: this system could not tell whether others can read it.")
    show_rows(rows, ["key", "state", "since"], form, about)


@keys.command()
@STORE
@with_passphrase
def rotate(store: str, passphrase_file: Path | None) -> None:
    """Seal everything under a new key while others work; stopped on the way, call it again.

    Other machines of the team need the new key file before they can read on.
    """
    with opened(store, passphrase_file) as held, progress_bar() as progress:
        held.rotate_key(progress)
        found = held.keys()
    path = "" if found is None else found.path
    say(f"Everything is sealed under a new key. Copy {path} again to a safe place and to the machines of your team.")
    say("The old key is retired: dumps of the database from before still need it. See: shopfloor keys remove -h")


@keys.command()
@STORE
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_passphrase
def remove(store: str, key: str, *, yes: bool, passphrase_file: Path | None) -> None:
    """Take a retired KEY out of the key file: what older dumps of the database seal stays closed for good."""
    if not yes:
        click.confirm(f"Destroy key {key}? Older dumps of the database cannot be opened then.", abort=True, err=True)
    with opened(store, passphrase_file) as held:
        held.remove_key(key)
    say(f"Removed key {key}. Remove it from copies of the key file too.")


@click.command()
@STORE
@click.option("--phone", "by", flag_value="phone", help="By phone number.")
@click.option("--email", "by", flag_value="email", help="By e-mail address.")
@FORMAT
@with_passphrase
def find(store: str, *, by: str | None, form: str, passphrase_file: Path | None) -> None:
    """Find people by phone number or e-mail address, which is asked for or read from stdin.

    It is no argument: arguments end in the history of the shell.
    """
    if by is None:
        raise UsageError("Say what you look for: --phone or --email.")
    words = {"phone": "Phone number", "email": "E-mail address"}[by]
    text = str(click.prompt(words, err=True)) if sys.stdin.isatty() else sys.stdin.readline().strip()
    with opened(store, passphrase_file) as held:
        found = held.find_contacts(phone=text) if by == "phone" else held.find_contacts(email=text)
    if not found and form == "table":
        say("Nobody.")
    show_rows([{"person_id": key} for key in found], ["person_id"], form, {"by": by})


COMMANDS = (keys, find)
