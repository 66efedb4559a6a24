"""Commands that show the whole: demo, and serve for the dashboard."""

import os
from collections.abc import Callable
from pathlib import Path

import click

from shopfloor.cli.groups import groups_in_words
from shopfloor.cli.options import STORE, passphrase_for, with_passphrase
from shopfloor.cli.output import progress_bar, say, table
from shopfloor.cli.provider import provider_config, with_provider
from shopfloor.demo import FEWEST, MOST, DemoTruth, make_workplace, write_files
from shopfloor.service.answers import find_groups, rank_people
from shopfloor.service.door import open_door
from shopfloor.service.holes import holes_in_words
from shopfloor.service.importing import ImportOptions, import_files
from shopfloor.service.leaders_in_words import how_sure, leaders_in_words
from shopfloor.service.locking import stop_when_locked
from shopfloor.service.opening import OpenStore, create_store, open_store

PASSPHRASE = "demo only correct horse"  # noqa: S105 - the demo's own, printed for everybody
_N_LEADERS = 8
_N_GROUPS = 8


@click.command()
@click.option("--people", type=click.IntRange(FEWEST, MOST), default=400, show_default=True, help="How many.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Another seed, another workplace."
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    metavar="FOLDER",
    help="Gets demo.store and the CSV files.",
)
@click.option("--no-serve", is_flag=True, help="Stop after printing.")
def demo(people: int, seed: int, folder: Path, *, no_serve: bool) -> None:
    """Make up a workplace, import it, and show who leads there. Nobody in it is real."""
    place = folder / "demo.store"
    if place.exists():
        say(f"Using the demo made earlier. For a new one give another --dir, or remove {folder}.\n")
        with open_store(place, passphrase=PASSPHRASE) as store:
            _show(store, folder, None, is_served=not no_serve)
        return
    say(f"Making up a workplace of {people} people...")
    made = make_workplace(people, seed)
    files = write_files(made, folder)
    with create_store(place, passphrase=PASSPHRASE) as store:
        with progress_bar() as progress:
            named = [(path.name, path) for path in files]
            report = import_files(store, named, ImportOptions(list_date=made.as_of), progress=progress)
        say(f"Imported {sum(file.n_accepted for file in report.files)} rows of {len(files)} files.\n")
        _show(store, folder, made.truth, is_served=not no_serve)


def _show(store: OpenStore, folder: Path, truth: DemoTruth | None, *, is_served: bool) -> None:
    _tell_leaders(store, truth)
    _tell_groups(store)
    click.echo("\nWHAT WE DO NOT KNOW")
    click.echo("\n".join(holes_in_words(store.workplace())))
    say(f"\nThe files are in {folder}, so that you see what they look like.")
    say(f"The encrypted store is {store.location}; its passphrase is: {PASSPHRASE}")
    if is_served:
        _serve(store, 0, is_opened=True)


def _tell_leaders(store: OpenStore, truth: DemoTruth | None) -> None:
    ranking = rank_people(store, top=_N_LEADERS)
    click.echo("NATURAL LEADERS")
    for line in leaders_in_words(ranking):
        click.echo(line)
    columns = ["name", "how_sure", "named_by", "department"]
    rows = [
        [row["name"], how_sure(row, ranking.about), str(row["named_by"]), str(row["department"])]
        for row in ranking.rows.to_dict(orient="records")
    ]
    if truth is not None:
        places = ranking.about["parameters"]["places"]
        columns.append(f"truly_in_the_top_{places}")
        first = set(truth.leaders[:places])
        rows = [
            [*row, "yes" if key in first else "no"] for row, key in zip(rows, ranking.rows["person_id"], strict=True)
        ]
    click.echo(table(rows, columns))


def _tell_groups(store: OpenStore) -> None:
    found = find_groups(store)
    click.echo("\nGROUPS")
    for line in groups_in_words(found):
        click.echo(line)
    shown = found.rows.head(_N_GROUPS).to_dict(orient="records")
    rows = [[row["name"], str(row["n_members"]), str(row["n_talked_to"])] for row in shown]
    click.echo(table(rows, ["group", "people", "talked_to"]))


@click.command()
@STORE
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need accounts.")
@click.option("--public-url", metavar="URL", help="https://NAME of the server with TLS in front; needs accounts.")
@click.option("--proxy", metavar="ADDRESS", help="Address of that server: it says where a request came from.")
@with_provider
@with_passphrase
def serve(
    store: str, port: int, host: str, public_url: str | None, proxy: str | None, passphrase_file: Path | None
) -> None:
    """Serve the dashboard: to this machine's user by a link, or to a team that logs in."""
    from shopfloor.dashboard.serving import Listening, checked, serve_team  # noqa: PLC0415 - Dash takes a second

    with open_door(store, passphrase=passphrase_for(store, passphrase_file)) as door:
        where = checked(Listening(host, port, public_url, proxy), has_accounts=door.has_accounts)
        provider = provider_config(has_accounts=door.has_accounts, has_address=bool(public_url or port))
        if door.has_accounts:
            _end_when_locked(door.location)
            serve_team(door, where, say=say, log_in_at=provider)
        else:
            _serve(door.owner_store(), port, is_opened=False, is_ours=lambda: not door.has_accounts)


def _serve(store: OpenStore, port: int, *, is_opened: bool, is_ours: Callable[[], bool] = lambda: True) -> None:
    from shopfloor.dashboard.serving import serve as serve_dashboard  # noqa: PLC0415 - Dash takes a second to load

    _end_when_locked(store.location)
    serve_dashboard(store, port=port, say=say, is_opened=is_opened, is_ours=is_ours)


def _end_when_locked(location: str) -> None:
    """End this process as soon as the store is locked or wiped: only then is the key gone from memory."""
    stop_when_locked(location, lambda: os._exit(0))


COMMANDS = (demo, serve)
