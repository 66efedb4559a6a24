"""Commands about stores as a whole: init, info, check, backup, restore, copy, export."""

from pathlib import Path

import click

from shopfloor.cli.options import FORMAT, STORE, created, opened, passphrase_for, with_passphrase
from shopfloor.cli.output import progress_bar, say, show_rows
from shopfloor.errors import StoreError
from shopfloor.service import keeping
from shopfloor.service.exporting import copy_store, export_store
from shopfloor.service.opening import is_server


@click.command()
@STORE
@with_passphrase
def init(store: str, passphrase_file: Path | None) -> None:
    """Make a new store: an encrypted file, or the constraints and indexes in a Neo4j database."""
    with created(store, passphrase_file) as made:
        say(f"Made {made.location}.")
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
def copy(store: str, destination: str, passphrase_file: Path | None, to_passphrase_file: Path | None) -> None:
    """Copy everything, history included, into a new store: a file, or a Neo4j database made ready by init."""
    to_file = to_passphrase_file or passphrase_file
    with opened(store, passphrase_file) as source, created(destination, to_file) as target, progress_bar() as progress:
        n_batches = copy_store(source, target, progress)
    say(f"Copied {n_batches} imports and edits to {destination}.")


@click.command()
@STORE
@click.argument("destination", metavar="FILE")
@with_passphrase
def export(store: str, destination: str, passphrase_file: Path | None) -> None:
    """Write the data out, UNENCRYPTED: .graphml or .gexf (people and ties), .json (all with history), or a folder.

    A FILE without an ending is a folder: it gets the nine CSV files, which can be imported again.
    """
    with opened(store, passphrase_file) as held:
        for path in export_store(held, destination):
            click.echo(str(path))
    say("What was written is not encrypted. Keep it where the store would be kept, and delete it when done.")


COMMANDS = (init, info, check, backup, restore, copy, export)
