"""The command that tells what changed since a date, beyond what chance moves."""

from datetime import date, datetime
from pathlib import Path

import click

from shopfloor.cli.choices import QUESTION
from shopfloor.cli.options import FORMAT, STORE, Day, Moment, opened, with_passphrase, with_times
from shopfloor.cli.output import progress_bar, say, show_rows
from shopfloor.service import answers
from shopfloor.service.changes_in_words import change_rows, changes_in_words, nothing_in_words
from shopfloor.service.values import plain

_COLUMNS = ("what", "change", "person_id", "name", "details")


@click.command()
@STORE
@click.option("--since", type=Day(), help="The earlier date.")
@click.option("--known-since", type=Moment(), help="Instead: what was recorded by then (UTC).")
@QUESTION
@FORMAT
@with_times
@with_passphrase
def changes(
    store: str,
    *,
    since: date | None,
    known_since: datetime | None,
    question: str,
    form: str,
    as_of: date | None,
    known_at: datetime | None,
    passphrase_file: Path | None,
) -> None:
    """Tell what changed since a date: leaders up and down, bridges, groups, people; no news where it may be chance."""
    with opened(store, passphrase_file) as held, progress_bar() as tell:
        found = answers.find_changes(
            held,
            since=since,
            known_since=known_since,
            as_of=as_of,
            known_at=known_at,
            question=question,
            progress=lambda done, of: tell("comparing", done, of),
        )
    if form == "table":
        click.echo("\n".join(changes_in_words(found)))
        return
    tables = {name: getattr(found, name).to_dict("records") for name in ("leaders", "learned", "bridges", "groups")}
    tables["people"] = found.people.to_dict("records")
    show_rows(change_rows(found), _COLUMNS, form, plain(found.about | tables))
    if form == "csv" and found.about["is_nothing"]:
        say(nothing_in_words(found.about))


COMMANDS = (changes,)
