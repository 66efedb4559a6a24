"""The command that says which layers of ties agree, beyond what chance gives."""

from datetime import date, datetime
from pathlib import Path

import click

from shopfloor.analysis.layers import COLUMNS
from shopfloor.cli.choices import INCLUDE, QUESTION, included
from shopfloor.cli.options import FORMAT, STORE, opened, with_passphrase, with_times
from shopfloor.cli.output import show_rows
from shopfloor.service.layering import find_layers
from shopfloor.service.layers_in_words import layers_in_words
from shopfloor.service.values import plain


@click.command()
@STORE
@QUESTION
@INCLUDE
@FORMAT
@with_times
@with_passphrase
def layers(
    store: str,
    *,
    question: str,
    include: str,
    form: str,
    as_of: date | None,
    known_at: datetime | None,
    passphrase_file: Path | None,
) -> None:
    """Say which kinds of tie go together more often than by chance."""
    with opened(store, passphrase_file) as held:
        found = find_layers(held, as_of=as_of, known_at=known_at, question=question, include=included(include))
    if form == "table":
        click.echo("\n".join(layers_in_words(found)))
    else:
        show_rows(found.rows.to_dict(orient="records"), COLUMNS, form, plain(found.about))


COMMANDS = (layers,)
