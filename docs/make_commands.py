"""Write ``docs/commands.md`` from ``--help`` of every command: ``python -m docs.make_commands``."""

from collections.abc import Iterator
from pathlib import Path

import click

from shopfloor.cli import main

PAGE = Path(__file__).with_name("commands.md")
WIDTH = 100

HEAD = """\
# Commands

Written by `python -m docs.make_commands` from `--help`; a test compares.

Data go to stdout; talk, progress and questions to stderr. Exit codes: 0 done, 1 failed, 2 misused. Nothing half-done
is ever seen, whatever the exit code. `--debug` right after `shopfloor` shows where an error arose.

The passphrase is taken from `--passphrase-file`, else `SHOPFLOOR_PASSPHRASE`, else the system keyring (service
`shopfloor`, user name: the full path of the store), else a prompt; it is never an argument. For a Neo4j address it is
the password of the database user, whose name is in `SHOPFLOOR_NEO4J_USER` (default `neo4j`).

`--format json` prints one object: `about` (how the answer was made: method, parameters, seed, data revision, as-of
date, program version, how many people were asked) and `rows`.
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words that call it, groups before what is in them."""
    yield from _within("shopfloor", main)


def _within(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in sorted(command.list_commands(context)):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _within(f"{words} {name}", inner)


def help_of(words: str, command: click.Command) -> str:
    """Return what ``--help`` prints, at a fixed width."""
    settings = {**command.context_settings, "terminal_width": WIDTH, "help_option_names": ["-h", "--help"]}
    with click.Context(command, info_name=words, **settings) as context:
        return command.get_help(context)


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(f"\n## {words}\n\n```text\n{help_of(words, command)}\n```\n" for words, command in commands())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"Written: {PAGE.name}")
