"""The command ``shopfloor`` and what is common to its sub-commands: errors, exit codes, the debug switch."""

import sys
import traceback
from importlib import import_module
from typing import Any

import click

from shopfloor import __version__
from shopfloor.cli.output import say
from shopfloor.errors import ShopfloorError, UsageError

EXIT_FAILED = 1
EXIT_MISUSED = 2


_MODULES = {
    "shows": ("demo", "serve"),
    "stores": ("init", "info", "check", "backup", "restore", "copy"),
    "data": ("import", "imports", "mentions", "edit", "judge"),
    "exports": ("export", "export-mark", "counts", "leak-report"),
    "answers": ("leaders", "ties", "person"),
    "layers": ("layers",),
    "groups": ("groups",),
    "next_talks": ("next",),
    "changes": ("changes",),
    "forgetting": ("erase", "receipts", "retention", "passphrase", "lock", "unlock", "wipe"),
    "sealing": ("keys", "find"),
    "team": ("accounts", "sessions", "audit"),
}
"""Modules of this folder and their commands, in the order of the help."""


class Commands(click.Group):
    """A group that loads a command when it is asked for, and turns errors into one plain sentence and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """Return the names of all commands."""
        return [name for names in _MODULES.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click has it
        """Load one command; libraries that others need are not loaded with it."""
        for module, names in _MODULES.items():
            if cmd_name in names:
                commands: tuple[click.Command, ...] = import_module(f"shopfloor.cli.{module}").COMMANDS
                return next(command for command in commands if command.name == cmd_name)
        return None

    def main(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as click has it
        """Run a command and exit."""
        words = (args[0] if args else options.get("args")) or sys.argv[1:]
        try:
            return super().main(*args, **options)
        except Exception as error:  # noqa: BLE001 - whatever happened, no traceback unless asked for
            if "--debug" in words:
                traceback.print_exc()
            say(f"shopfloor: {_in_words(error)}")
            sys.exit(EXIT_MISUSED if isinstance(error, UsageError) else EXIT_FAILED)
        except KeyboardInterrupt:
            say("shopfloor: stopped. Nothing half-done is seen.")
            sys.exit(EXIT_FAILED)


def _in_words(error: Exception) -> str:
    """Return what to say of an error; the text of one that nobody foresaw might hold a name, so it is left out."""
    if isinstance(error, ShopfloorError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror}. Nothing half-done is seen."
    if isinstance(error, UnicodeDecodeError):
        return "what was typed or sent is no text in UTF-8. Nothing half-done is seen."
    return (
        f"something went wrong that should not have ({type(error).__name__}). Nothing half-done is seen. "
        "Please report it, with what 'shopfloor --debug ...' shows; look first whether that holds names."
    )


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="shopfloor")
@click.option("--debug", is_flag=True, help="Show where an error arose.")
def main(*, debug: bool) -> None:
    """Find out who moves whom at work: natural leaders, social groups, and the holes in what we know.

    STORE is the path of an encrypted file, or the neo4j:// or bolt:// address of a server.
    """
