"""The command ``groups``: list social groups, and keep, name or forget those that were accepted."""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import click

from shopfloor.analysis import Groups
from shopfloor.cli.choices import RESOLUTION, TieChoice, included, with_choices, with_ties
from shopfloor.cli.options import STORE, opened
from shopfloor.cli.output import say, show_rows
from shopfloor.service import accepting
from shopfloor.service.answers import write_back_groups
from shopfloor.service.groups_in_words import accepted_in_words, certainty_of_groups, headline_of_groups
from shopfloor.service.numbers import counted
from shopfloor.service.opening import OpenStore
from shopfloor.service.scope_in_words import scope_of_groups
from shopfloor.service.values import plain

_LISTED = "list"
_MOST_NAMES = 8


class _ListedByDefault(click.Group):
    """A group of commands in which a store alone means to list: ``shopfloor groups STORE``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_LISTED, *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        return ["STORE [OPTIONS] | COMMAND ..."]


@click.group(cls=_ListedByDefault)
def groups() -> None:
    """List social groups; accept them, so that ids and names stay; rename or forget them.

    'shopfloor groups STORE' lists: the options are those of 'list'.
    """


@groups.command(_LISTED)
@STORE
@with_choices(None)
@RESOLUTION
@click.option("--write-back", is_flag=True, help="Write the groups into the store, dated.")
def list_groups(  # noqa: PLR0913 - one parameter an option
    store: str,
    *,
    layer: str | None,
    question: str,
    unit: str | None,
    top: int,
    include: str,
    form: str,
    as_of: date | None,
    known_at: datetime | None,
    passphrase_file: Path | None,
    resolution: float,
    write_back: bool,
) -> None:
    """List social groups, as the ties known so far show them; without --layer, all ties together.

    A table names the members; CSV and JSON have their ids, JSON their names beside them.
    """
    with opened(store, passphrase_file) as held:
        found = accepting.find_groups(
            held,
            layer,
            as_of=as_of,
            known_at=known_at,
            question=question,
            unit=unit,
            include=included(include),
            resolution=resolution,
        )
        rows = found.rows.head(top) if top else found.rows
        people = held.workplace(as_of=as_of, known_at=known_at).people
        name_of = dict(zip(people["person_id"], people["name"], strict=True))
        rows = rows.assign(names=rows["members"].map(lambda members: [name_of[key] for key in members]))
        if form == "table":
            for line in groups_in_words(found):
                say(line)
            rows = rows.assign(members=[_shortened(names) for names in rows["names"]])
        columns = ["group_id", "name", "certainty", "n_members", "n_told", "n_talked_to", "chart", "members"]
        about = plain(found.about) | {
            "in_no_group": found.in_no_group,
            "people": found.people.to_dict(orient="records"),
            "links": found.links.to_dict(orient="records"),
            "inner": found.inner.to_dict(orient="records"),
        }
        show_rows(rows.to_dict(orient="records"), columns, form, about)
        if write_back:
            write_back_groups(held, found)
            say(f"Written back as of {found.about['as_of']}.")


def _shortened(names: list[str]) -> str:
    shown = "; ".join(names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown}; and {len(names) - _MOST_NAMES} more"


def groups_in_words(found: Groups) -> list[str]:
    """Return what groups may claim and what they rest on."""
    about = found.about
    layers = ", ".join(about["layers"]) or "no ties at all"
    return [
        f"{headline_of_groups(about)} In the ties known so far ({layers}), as of {about['as_of']}.",
        *certainty_of_groups(about),
        *filter(None, (scope_of_groups(about),)),
        "",
    ]


@groups.command("accept")
@STORE
@with_ties
def accept_groups(
    store: str,
    *,
    ties: TieChoice,
    passphrase_file: Path | None,
) -> None:
    """Keep the groups of today: their ids and names stay, and they have a say of a quarter in later ones."""
    with opened(store, passphrase_file) as held:
        found = _found(held, ties)
        accepting.accept_groups(held, found)
    doubt = accepted_in_words(found.about)
    said = (
        f"Accepted {counted(found.about['n_groups'], 'group')}.",
        doubt,
        "'shopfloor groups forget' takes that back.",
    )
    say(" ".join(filter(None, said)))


@groups.command("rename")
@STORE
@click.argument("group_id", metavar="GROUP", type=int)
@click.argument("name")
@with_ties
def rename_group(
    store: str,
    group_id: int,
    name: str,
    *,
    ties: TieChoice,
    passphrase_file: Path | None,
) -> None:
    """Give a group a name that stays; the groups of today are accepted with it."""
    with opened(store, passphrase_file) as held:
        accepting.rename_group(held, _found(held, ties), group_id, name)
    say(f"Group {group_id} has that name from now on.")


@groups.command("forget")
@STORE
@with_ties
def forget_groups(
    store: str,
    *,
    ties: TieChoice,
    passphrase_file: Path | None,
) -> None:
    """Forget the groups that were accepted, and the names given to them."""
    with opened(store, passphrase_file) as held:
        accepting.forget_groups(held, accepting.ties_of(**asdict(ties)))
    say("Forgotten. The next groups stand on the ties alone.")


def _found(held: OpenStore, ties: TieChoice) -> Groups:
    return accepting.find_groups(held, **asdict(ties))


COMMANDS = (groups,)
