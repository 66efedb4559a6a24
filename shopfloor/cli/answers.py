"""Commands that answer: leaders, groups, ties, person."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from shopfloor.analysis import LAYERS, MEASURES, Groups, PersonPicture, Ranking
from shopfloor.cli.options import FORMAT, STORE, opened, with_passphrase, with_times
from shopfloor.cli.output import say, show_rows
from shopfloor.errors import UsageError
from shopfloor.records import ASSESSMENTS
from shopfloor.service import answers
from shopfloor.service.values import plain, to_json
from shopfloor.settings import DEFAULT_QUESTION

DEFAULT_TOP = 15
_INCLUDABLE = ("supervisors", "left")
Command = TypeVar("Command", bound=Callable[..., Any])


def _with_choices(default_layer: str | None) -> Callable[[Command], Command]:
    """Add the options that leaders, groups and ties share."""

    def add(command: Command) -> Command:
        options = (
            click.option(
                "--layer", type=click.Choice(LAYERS), default=default_layer, show_default=True, help="Which ties."
            ),
            click.option(
                "--question", default=DEFAULT_QUESTION, show_default=True, metavar="ID", help="Naming question."
            ),
            click.option("--unit", help="Only people of this department, shift or crew."),
            click.option(
                "--top", type=click.IntRange(min=0), default=DEFAULT_TOP, show_default=True, help="Rows; 0 = all."
            ),
            click.option(
                "--include", default="", metavar="supervisors,left", help="Count them in, who otherwise are left out."
            ),
            FORMAT,
            with_times,
            with_passphrase,
        )
        for option in reversed(options):
            command = option(command)
        return command

    return add


def _included(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in found:
        if part not in _INCLUDABLE:
            raise UsageError(f"--include knows {' and '.join(_INCLUDABLE)}, not '{part}'.")
    return found


@click.command()
@STORE
@_with_choices("named")
@click.option("--measure", type=click.Choice(list(MEASURES)), help="What to rank by; default: named_by, or strength.")
@click.option("--places", type=click.IntRange(min=1), metavar="K", help="How many places are the top.")
@click.option("--as-if-complete", is_flag=True, help="Give measures that partial answers mislead all the same.")
@click.option("--write-back", is_flag=True, help="Write the ranks into the store, dated.")
def leaders(  # noqa: PLR0913 - one parameter an option
    store: str,
    *,
    layer: str,
    question: str,
    unit: str | None,
    top: int,
    include: str,
    form: str,
    as_of: date | None,
    known_at: datetime | None,
    passphrase_file: Path | None,
    measure: str | None,
    places: int | None,
    as_if_complete: bool,
    write_back: bool,
) -> None:
    """List natural leaders: whom people name, or who is central by another measure."""
    with opened(store, passphrase_file) as held:
        everybody = answers.rank_people(
            held,
            layer,
            as_of=as_of,
            known_at=known_at,
            question=question,
            measure=measure,
            unit=unit,
            places=places,
            as_if_complete=as_if_complete,
            include=_included(include),
        )
        ranking = everybody.first(top)
        if form == "table":
            for line in leaders_in_words(ranking):
                say(line)
        columns = ["rank", "person_id", "name", "score", "department", "shift", "assessment"]
        if layer == "named":
            columns = [
                "rank",
                "person_id",
                "name",
                "score",
                "n_departments_naming",
                "department",
                "shift",
                "assessment",
            ]
        show_rows(ranking.rows.to_dict(orient="records"), columns, form, plain(ranking.about))
        if write_back:
            answers.write_back_leaders(held, everybody)
            say(f"Written back as of {ranking.about['as_of']}.")


def leaders_in_words(ranking: Ranking) -> list[str]:
    """Return what a ranking may claim and what it rests on, in an organizer's words."""
    about, coverage = ranking.about, ranking.about["coverage"]
    n_people, n_asked = coverage["n_people"], coverage["n_asked"]
    lines = [f"{about['title']}, as of {about['as_of']}."]
    if about["layer"] == "named":
        share = f" ({n_asked / n_people:.0%})" if n_people else ""
        lines.append(f"Rests on {n_asked} of {n_people} people asked{share}. Who was not asked may name others.")
    lines.append(about["meaning"])
    return [*lines, ""]


@click.command()
@STORE
@_with_choices(None)
@click.option(
    "--resolution",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Larger gives more and smaller groups.",
)
@click.option("--write-back", is_flag=True, help="Write the groups into the store, dated.")
def groups(  # noqa: PLR0913 - one parameter an option
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
    """List social groups, as the ties known so far show them; without --layer, all ties together."""
    with opened(store, passphrase_file) as held:
        found = answers.find_groups(
            held,
            layer,
            as_of=as_of,
            known_at=known_at,
            question=question,
            unit=unit,
            include=_included(include),
            resolution=resolution,
        )
        rows = found.rows.head(top) if top else found.rows
        if form == "table":
            for line in groups_in_words(found):
                say(line)
            rows = rows.assign(members=[_shortened(members) for members in rows["members"]])
        columns = ["group_id", "name", "n_members", "n_talked_to", "members"]
        about = plain(found.about) | {"in_no_group": found.in_no_group}
        show_rows(rows.to_dict(orient="records"), columns, form, about)
        if write_back:
            answers.write_back_groups(held, found)
            say(f"Written back as of {found.about['as_of']}.")


def _shortened(members: list[str]) -> str:
    shown = "; ".join(members[:8])
    return shown if len(members) <= 8 else f"{shown}; and {len(members) - 8} more"  # noqa: PLR2004 - what fits a line


def groups_in_words(found: Groups) -> list[str]:
    """Return what groups may claim and what they rest on."""
    about = found.about
    layers = ", ".join(about["layers"]) or "no ties at all"
    return [
        f"{about['n_groups']} groups in the ties known so far ({layers}), as of {about['as_of']}.",
        f"{about['n_in_no_group']} people belong to none: not known, or nobody's friend so far.",
        "",
    ]


@click.command()
@STORE
@_with_choices("named")
def ties(  # noqa: PLR0913 - one parameter an option
    store: str,
    *,
    layer: str,
    question: str,
    unit: str | None,
    top: int,
    include: str,
    form: str,
    as_of: date | None,
    known_at: datetime | None,
    passphrase_file: Path | None,
) -> None:
    """List ties between people, strongest first."""
    with opened(store, passphrase_file) as held:
        found = answers.find_ties(
            held, layer, as_of=as_of, known_at=known_at, question=question, unit=unit, include=_included(include)
        )
        rows = found.rows.head(top) if top else found.rows
        if form == "table":
            say(f"{len(found.rows)} {layer} ties, as of {found.about['as_of']}.\n")
        show_rows(rows.to_dict(orient="records"), list(found.rows.columns), form, plain(found.about))


@click.command()
@STORE
@click.argument("person_id", metavar="ID")
@FORMAT
@with_times
@with_passphrase
def person(
    store: str,
    person_id: str,
    *,
    form: str,
    as_of: date | None,
    known_at: datetime | None,
    passphrase_file: Path | None,
) -> None:
    """Say what is known of one person, and how."""
    with opened(store, passphrase_file) as held:
        found, contacts = answers.find_person(held, person_id, as_of=as_of, known_at=known_at)
    if form == "table":
        click.echo("\n".join(person_in_words(found, contacts)))
    else:
        about = plain(found.about) | {"contacts": contacts}
        row = {name: getattr(found, name) for name in PersonPicture.__dataclass_fields__ if name != "about"}
        if form == "json":
            click.echo(to_json({"about": about, "rows": [row]}, indent=2))
        else:
            show_rows([found.facts], list(found.facts), form, about)


def person_in_words(found: PersonPicture, contacts: list[str]) -> list[str]:
    """Return what is known of a person, in an organizer's words."""
    facts, named_by, named = found.facts, found.named_by, found.named
    place = ", ".join(str(facts[name]) for name in ("department", "shift", "crew", "job_class") if facts.get(name))
    lines = [f"{facts['name']} ({facts['person_id']}): {place or 'place not known'}"]
    if len(contacts) > 1:
        lines.append(f"One person in {len(contacts)} lists: {', '.join(contacts)}")
    units = ", ".join(f"{unit['unit'] or 'unit not known'} {unit['n']}" for unit in named_by["departments"])
    lines.append(f"Named by {named_by['n']} of {named_by['n_asked']} asked" + (f": {units}" if units else ""))
    if named["was_asked"]:
        whom = ", ".join(one["name"] for one in named["people"]) or "nobody we could match"
        lines.append(f"Asked on {named['held_on']}, named {named['n_named']}: {whom if named['n_named'] else 'nobody'}")
    else:
        lines.append("Not asked whom they listen to.")
    if found.group:
        lines.append(f"Group: {found.group['name']} ({found.group['n_members']} people)")
    if found.assessments:
        newest = found.assessments[0]
        meaning = ASSESSMENTS[newest["assessment"]]
        lines.append(f"Stands: {newest['assessment']} ({meaning}), {newest['assessed_on']} by {newest['assessed_by']}")
    else:
        lines.append("Not assessed.")
    lines += [
        f"Talk on {talk['held_on']} with {talk['organizer']}, {talk['channel'] or 'channel not known'}"
        for talk in found.conversations
    ]
    lines += [f"Told: {tie['kind']} of {tie['name']} (said by {tie['said_by'] or 'not known'})" for tie in found.told]
    lines += [f"Worked beside {mate['name']}" for mate in found.co_workers[:5]]
    return lines


COMMANDS = (leaders, groups, ties, person)
