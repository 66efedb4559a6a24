"""Options that say which ties and whose: those that several answers share, each written once."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import click

from shopfloor.analysis import LAYERS
from shopfloor.cli.options import FORMAT, Command, with_passphrase, with_times
from shopfloor.errors import UsageError
from shopfloor.settings import DEFAULT_QUESTION

DEFAULT_TOP = 15
_INCLUDABLE = ("supervisors", "left")

QUESTION = click.option(
    "--question", default=DEFAULT_QUESTION, show_default=True, metavar="ID", help="Naming question."
)
INCLUDE = click.option(
    "--include", default="", metavar="supervisors,left", help="Count them in, who otherwise are left out."
)
RESOLUTION = click.option(
    "--resolution",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Larger gives more and smaller groups.",
)


def included(text: str) -> tuple[str, ...]:
    """Return the words of ``--include``.

    Raises
    ------
    UsageError
        One of them is unknown.
    """
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in found:
        if part not in _INCLUDABLE:
            raise UsageError(f"--include knows {' and '.join(_INCLUDABLE)}, not '{part}'.")
    return found


def with_choices(default_layer: str | None) -> Callable[[Command], Command]:
    """Add the options that leaders, groups and ties share."""
    options = (
        click.option(
            "--layer", type=click.Choice(LAYERS), default=default_layer, show_default=True, help="Which ties."
        ),
        QUESTION,
        click.option("--unit", help="Only people of this department, shift or crew."),
        click.option(
            "--top", type=click.IntRange(min=0), default=DEFAULT_TOP, show_default=True, help="Rows; 0 = all."
        ),
        INCLUDE,
        FORMAT,
        with_times,
        with_passphrase,
    )
    return lambda command: _with(command, options)


@dataclass(frozen=True, slots=True)
class TieChoice:
    """Which ties groups are found in, and accepted of."""

    layer: str | None
    question: str
    resolution: float
    include: tuple[str, ...]


def with_ties(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which ties groups are of; the command gets them as ``ties``."""

    @functools.wraps(command)
    def chosen(
        *arguments: object, layer: str | None, question: str, resolution: float, include: str, **others: object
    ) -> None:
        command(*arguments, ties=TieChoice(layer, question, resolution, included(include)), **others)

    layer = click.option("--layer", type=click.Choice(LAYERS), help="Which ties; without it all together.")
    return _with(chosen, (layer, QUESTION, RESOLUTION, INCLUDE, with_passphrase))


def _with(command: Command, options: tuple[Callable[[Command], Command], ...]) -> Command:
    """Add options, which the help lists in this order."""
    for option in reversed(options):
        command = option(command)
    return command
