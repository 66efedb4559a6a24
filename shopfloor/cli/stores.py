"""Commands about stores as a whole: init, info, check, backup, restore, copy."""

from pathlib import Path

import click

from shopfloor.cli.options import FORMAT, STORE, created, opened, passphrase_for, with_passphrase
from shopfloor.cli.output import progress_bar, say, show_rows
from shopfloor.errors import StoreError, UsageError
from shopfloor.service import keeping
from shopfloor.service.copying import copy_store, require_copying
from shopfloor.service.opening import is_server


@click.command()
@STORE
@click.option(
    "--seal-names/--no-seal-names",
    default=None,
    help="In a Neo4j database, seal names too. Default: where the server is another machine. Cannot be changed later.",
)
@with_passphrase
def init(store: str, *, seal_names: bool | None, passphrase_file: Path | None) -> None:
    """Make a new store: an encrypted file, or the constraints and indexes in a Neo4j database, and its key file."""
    if seal_names is not None and not is_server(store):
        raise UsageError("--seal-names is for Neo4j databases: a store file is encrypted whole.")
    with created(store, passphrase_file, seal_names=seal_names) as made:
        say(f"Made {made.location}.")
        for line in keeping.sealing_in_words(made):
            say(line)
    if not is_server(store):
        say("Nobody can recover the passphrase: write it down and keep it apart from the file.")
        for risk in keeping.location_risks(store):
            say(f"Careful: {risk}")
    say(f"Next: shopfloor import {store} FILE...")


@click.command()
@STORE
@FORMAT
@with_passphrase
def info(store: str, form: str, passphrase_file: Path | None) -> None:
    """Say what a store holds and how far it reaches."""
    with opened(store, passphrase_file) as held:
        about = keeping.describe_store(held)
        rows = [{"what": name, "n": n} for name, n in about["counts"].items()]
        if form == "table":
            say(f"{held.location}: {about['protection']}")
            say(
                f"Data revision {about['revision']}, newest date {about['as_of']}, "
                f"{about['n_batches']} imports and edits."
            )
            for line in keeping.sealing_in_words(held):
                say(line)
            for line in keeping.duties_in_words(about):
                say(line)
        show_rows(rows, ["what", "n"], form, about)


@click.command()
@STORE
@with_passphrase
def check(store: str, passphrase_file: Path | None) -> None:
    """Look for damage and contradictions."""
    with opened(store, passphrase_file) as held, progress_bar() as progress:
        findings = keeping.check_store(held, progress)
    for finding in findings:
        click.echo(finding)
    if findings:
        raise StoreError(f"{len(findings)} findings. Keep the file as it is, and restore a backup if it is damaged.")
    say("Sound.")


@click.command()
@STORE
@click.argument("destination", metavar="FILE")
@with_passphrase
def backup(store: str, destination: str, passphrase_file: Path | None) -> None:
    """Write an encrypted copy under the same passphrase, while others may go on working."""
    with opened(store, passphrase_file) as held:
        keeping.write_backup(held, destination)
    say(f"Wrote {destination}. It opens with the same passphrase.")


@click.command()
@STORE
@click.argument("source", metavar="BACKUP")
@with_passphrase
def restore(store: str, source: str, passphrase_file: Path | None) -> None:
    """Make a store from a backup, after checking it whole; never overwrites."""
    with progress_bar() as progress:
        keeping.restore_backup(source, store, passphrase_for(source, passphrase_file), progress)
    say(f"Restored {store}.")


@click.command()
@STORE
@click.argument("destination", metavar="OTHER_STORE")
@with_passphrase
@click.option(
    "--to-passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The same for OTHER_STORE; default: as for STORE.",
)
@click.option(
    "--records-only",
    is_flag=True,
    help="Leave accounts, audit, retention rules and receipts behind: whoever opens the copy sees everything.",
)
def copy(
    store: str,
    destination: str,
    *,
    passphrase_file: Path | None,
    to_passphrase_file: Path | None,
    records_only: bool,
) -> None:
    """Copy a store into a new one: a file, or a Neo4j database made ready by init.

    Everything goes with it, history, accounts and audit included, but for what is bound to the original: sessions,
    open invitations, backups.
    """
    to_file = to_passphrase_file or passphrase_file
    with opened(store, passphrase_file) as source:
        require_copying(source, is_records_only=records_only)
        with created(destination, to_file) as target, progress_bar() as progress:
            n_batches = copy_store(source, target, progress, is_records_only=records_only)
    papers = "without accounts and audit" if records_only else "with accounts, audit, rules and receipts"
    say(f"Copied {n_batches} imports and edits to {destination}, {papers}.")


COMMANDS = (init, info, check, backup, restore, copy)
