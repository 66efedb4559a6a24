"""The command ``next``: whom to talk to next."""

from datetime import date, datetime
from pathlib import Path

import click

from shopfloor.analysis.next_talks import AIMS, DEFAULT_TALKS
from shopfloor.cli.choices import QUESTION
from shopfloor.cli.options import FORMAT, STORE, opened, with_passphrase, with_times
from shopfloor.cli.output import say, show_rows
from shopfloor.service import answers
from shopfloor.service.next_in_words import next_in_words, reach_in_words
from shopfloor.service.values import plain


@click.command(name="next")
@STORE
@click.option(
    "--aim", type=click.Choice(AIMS), default="leaders", show_default=True, help="Settle the top, or hear every unit."
)
@click.option(
    "--top", type=click.IntRange(min=0), default=DEFAULT_TALKS, show_default=True, help="People; 0 = everybody left."
)
@QUESTION
@click.option("--organizer", metavar="NAME", help="First whom this organizer can reach, through people talked to.")
@FORMAT
@with_times
@with_passphrase
def next_talks(  # noqa: PLR0913 - one parameter an option
    store: str,
    *,
    aim: str,
    top: int,
    question: str,
    organizer: str | None,
    form: str,
    as_of: date | None,
    known_at: datetime | None,
    passphrase_file: Path | None,
) -> None:
    """Say whom to talk to next, why, and who can bring you there."""
    with opened(store, passphrase_file) as held:
        found = answers.find_next_talks(
            held, aim=aim, n=top, question=question, organizer=organizer, as_of=as_of, known_at=known_at
        )
    rows = found.rows.to_dict(orient="records")
    if form == "table":
        for line in [*next_in_words(found.about), ""]:
            say(line)
    if form != "json":
        rows = [row | {"reach": reach_in_words(row["reach"])} for row in rows]
    columns = ["place", "person_id", "name", "unit", "why", "reach"]
    show_rows(rows, columns, form, plain(found.about))


COMMANDS = (next_talks,)
