"""Commands that forget: erase, receipts, retention, passphrase, lock, unlock, wipe."""

import os
from datetime import date
from pathlib import Path

import click

from shopfloor.cli.options import (
    DRY_RUN,
    FORMAT,
    STORE,
    Day,
    new_passphrase,
    opened,
    passphrase_for,
    passphrase_in_keyring,
    with_passphrase,
)
from shopfloor.cli.output import say, show_rows
from shopfloor.errors import ShopfloorError, StoreError
from shopfloor.service import forgetting, locking
from shopfloor.service import retention as retaining
from shopfloor.service.erasing import plan_erasure
from shopfloor.service.opening import is_server, open_store

_YES = click.option("--yes", is_flag=True, help="Do not ask.")
_RULE = click.argument("rule", metavar="RULE")
_FORM = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)


@click.command()
@STORE
@click.argument("person_id", metavar="PERSON_ID")
@click.option("--why", default="", help="The reason, for the receipt; without her name.")
@_YES
@_FORM
@with_passphrase
def erase(store: str, person_id: str, *, why: str, yes: bool, form: str, passphrase_file: Path | None) -> None:
    """Erase a person for good, history included, and print a receipt that names nobody.

    Where others' records name her, an anonymous word takes her place. This cannot be undone.
    """
    with opened(store, passphrase_file) as held:
        plan = plan_erasure(held, person_id)
        for line in forgetting.plan_in_words(plan):
            say(line)
        _ask("Erase for good?", is_yes=yes)
        receipt = forgetting.erase_person(held, plan, why)
    click.echo(receipt.json if form == "json" else forgetting.receipt_in_words(receipt))


@click.command()
@STORE
@_FORM
@with_passphrase
def receipts(store: str, form: str, passphrase_file: Path | None) -> None:
    """Print the receipts of all erasures, oldest first."""
    with opened(store, passphrase_file) as held:
        given = forgetting.receipts(held)
    if form == "json":
        click.echo("[" + ",\n".join(receipt.json for receipt in given) + "]")
    else:
        click.echo("\n\n".join(map(forgetting.receipt_in_words, given)))


@click.group()
def retention() -> None:
    """See, set and apply rules on how long what is kept."""


@retention.command("show")
@STORE
@FORMAT
@with_passphrase
def show_rules(store: str, form: str, passphrase_file: Path | None) -> None:
    """Show the rules, and what they ask for today."""
    with opened(store, passphrase_file) as held:
        overdue = {one.rule: one for one in retaining.plan_retention(held).overdue}
    rows = [
        {
            "rule": name,
            "what": what,
            "days": overdue[name].n_days if name in overdue else None,
            "overdue": overdue[name].n if name in overdue else None,
        }
        for name, what in retaining.RULES.items()
    ]
    show_rows(rows, ["rule", "what", "days", "overdue"], form, {"location": store})


@retention.command("set")
@STORE
@_RULE
@click.argument("span", metavar="SPAN")
@with_passphrase
def set_rule(store: str, rule: str, span: str, passphrase_file: Path | None) -> None:
    """Set a rule: SPAN is '180 days', '2 years', ... or never. Nothing is erased by that."""
    n_days = None if span.strip().lower() == "never" else retaining.to_days(span)
    with opened(store, passphrase_file) as held:
        retaining.set_rule(held, rule, n_days)
    if n_days is None:
        say(f"No rule for {rule} any more.")
    else:
        say(f"{retaining.RULES[rule]} after {n_days} days. Apply it with: shopfloor retention apply {store}")


@retention.command("apply")
@STORE
@click.option("--today", type=Day(), help="Count from this day; default: today.")
@DRY_RUN
@_YES
@with_passphrase
def apply_rules(store: str, *, today: date | None, dry_run: bool, yes: bool, passphrase_file: Path | None) -> None:
    """Erase or clear for good what the rules ask for, and print the receipts."""
    with opened(store, passphrase_file) as held:
        plan = retaining.plan_retention(held, today)
        for one in plan.overdue:
            say(f"{one.rule}: {retaining.RULES[one.rule]} after {one.n_days} days: {one.n}")
        if dry_run or not any(one.n for one in plan.overdue):
            say("Dry run: nothing was changed." if dry_run else "Nothing is overdue.")
            return
        _ask("Erase and clear for good?", is_yes=yes)
        given = retaining.apply_retention(held, plan)
    click.echo("\n\n".join(map(forgetting.receipt_in_words, given)))


@click.command()
@STORE
@with_passphrase
@click.option(
    "--new-passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File whose first line is the new passphrase; default: a prompt.",
)
def passphrase(store: str, passphrase_file: Path | None, new_passphrase_file: Path | None) -> None:
    """Change the passphrase of a store file. Backups made before keep the old one."""
    with opened(store, passphrase_file) as held:
        done = locking.change_passphrase(held, new_passphrase(new_passphrase_file))
        copies = [copy for copy in forgetting.known_copies(held) if copy.what == "backup"]
    say("Changed. Nobody can recover it: write it down and keep it apart from the file.")
    _tell_processes(done)
    for copy in copies:
        say(f"Opens with the old passphrase still: backup {copy.name} of {copy.at[:10]}")


@click.command()
@STORE
def lock(store: str) -> None:
    """Make a store file unopenable on this machine until it is unlocked. Needs no passphrase.

    Dashboards on it end, the system keyring forgets its passphrase, and all sessions end. A Neo4j database cannot be
    locked from here: all sessions end if its password is at hand, and the keyring forgets that.
    """
    if is_server(store):
        _close_server(store)
        return
    done = locking.lock_store(store)
    say("Locked. The system keyring forgot the passphrase." if done.was_in_keyring else "Locked.")
    _tell_processes(done)
    if "SHOPFLOOR_PASSPHRASE" in os.environ:
        say("SHOPFLOOR_PASSPHRASE is set here: unset it, and remove passphrase files.")
    say(f"A copy of the file opens elsewhere with the passphrase. Unlock with: shopfloor unlock {store}")


def _close_server(store: str) -> None:
    was_in_keyring, n_sessions = locking.close_server(store, passphrase_in_keyring(store))
    if n_sessions is None:
        say("No session was ended: the store did not open with what this machine has at hand.")
    else:
        say(f"{n_sessions} sessions were ended: everybody must log in again.")
    if was_in_keyring:
        say("The system keyring forgot the password.")
    say(
        "The database is NOT locked: it goes on answering whoever has its password, and the key file opens what is "
        "sealed there. Stop the server and the dashboards on it, and take the key file away (shopfloor wipe destroys "
        "it)."
    )


@click.command()
@STORE
@with_passphrase
def unlock(store: str, passphrase_file: Path | None) -> None:
    """Let a locked store be opened again; sessions of before have ended."""
    n_sessions = locking.unlock_store(store, passphrase_for(store, passphrase_file, is_asked=True))
    say(f"Unlocked. {n_sessions} sessions were ended.")


@click.command()
@STORE
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Of a Neo4j store; default: SHOPFLOOR_KEY_FILE.",
)
@_YES
@with_passphrase
def wipe(store: str, *, key_file: Path | None, yes: bool, passphrase_file: Path | None) -> None:
    """Destroy a store on this machine: what opens it first, then its files.

    Copies made earlier, backups among them, open with the passphrase still. Of a Neo4j database, only the key file of
    its sealed fields is destroyed; the store is opened to learn where that is, unless --key-file or SHOPFLOOR_KEY_FILE
    names it.
    """
    known = _copies_at_hand(store, passphrase_file)
    key_file = _key_file_of(store, key_file, passphrase_file) if is_server(store) else None
    doomed = store if key_file is None else f"the key file {key_file}"
    _ask(f"Destroy {doomed} for good?", is_yes=yes)
    done = locking.wipe_store(store, key_file)
    say(f"Destroyed {done.n_destroyed} files. What is left of them on the disk does not open, passphrase or not.")
    _tell_processes(done)
    if known is None:
        say("Which backups and exports there are is not known: the store was not opened.")
    for copy in known or ():
        say(f"Remains: {copy.what} {copy.name} of {copy.at[:10]}")
    if is_server(store):
        say("What was not sealed is in the database still: drop it, and its dumps, on the server.")


def _key_file_of(store: str, said: Path | None, passphrase_file: Path | None) -> Path:
    """Return the key file of a server's store: as somebody said, else as the store itself says, if it opens."""
    try:
        return locking.key_file_of(store, said)
    except StoreError as unknown:
        try:
            with opened(store, passphrase_file) as held:
                found = held.keys()
        except ShopfloorError:
            raise unknown from None
        if found is None:
            raise
        return Path(found.path)


def _copies_at_hand(store: str, file: Path | None) -> list[forgetting.HeldCopy] | None:
    """Return the copies a store knows of, if it opens without asking anybody."""
    if file is None and not passphrase_in_keyring(store):
        return None
    try:
        with open_store(store, passphrase=passphrase_for(store, file)) as held:
            return forgetting.known_copies(held)
    except ShopfloorError:
        return None


def _tell_processes(done: locking.LockReport) -> None:
    for process in done.still_open_in:
        say(f"Process {process} has the file open still and holds its key in memory: end it.")


def _ask(question: str, *, is_yes: bool) -> None:
    if not is_yes:
        click.confirm(question, abort=True, err=True)


COMMANDS = (erase, receipts, retention, passphrase, lock, unlock, wipe)
