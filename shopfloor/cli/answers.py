"""Commands that answer: leaders, ties, person."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from shopfloor.analysis import MEASURES, PersonPicture, Ranking
from shopfloor.analysis.reasons import Why
from shopfloor.analysis.rests_on import REST_COLUMNS
from shopfloor.cli.choices import included, with_choices
from shopfloor.cli.options import FORMAT, STORE, opened, with_passphrase, with_times
from shopfloor.cli.output import progress_bar, say, show_rows
from shopfloor.records import ASSESSMENTS
from shopfloor.service import answers
from shopfloor.service.groups_in_words import place_in_words
from shopfloor.service.layering import find_backbone, layers_of
from shopfloor.service.layers_in_words import backbone_in_words, hers_in_words
from shopfloor.service.leaders_in_words import bridges_in_words, how_sure, kinds_in_words, leaders_in_words
from shopfloor.service.opening import OpenStore
from shopfloor.service.scope_in_words import (
    namings_in_words,
    scope_of_person,
    scope_of_ties,
)
from shopfloor.service.values import plain, to_json
from shopfloor.service.why_in_words import why_in_words
from shopfloor.settings import DEFAULT_QUESTION, LEVEL


@click.command()
@STORE
@with_choices("named")
@click.option(
    "--measure",
    type=click.Choice(list(MEASURES)),
    help="What to rank by. Default: how many would name them if everybody were asked; strength on other layers.",
)
@click.option("--places", type=click.IntRange(min=1), metavar="K", help="How many places are the top.")
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=LEVEL,
    show_default=True,
    help="How many of all places said (from .. to) are to hold.",
)
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
    level: float,
    as_if_complete: bool,
    write_back: bool,
) -> None:
    """List natural leaders: whom people name and how sure that is, or who is central by another measure."""
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
            level=level,
            as_if_complete=as_if_complete,
            include=included(include),
        )
        ranking = answers.add_kinds(everybody.first(top), held, as_of=as_of, known_at=known_at)
        if form == "table":
            for line in leaders_in_words(ranking):
                say(line)
        show_rows(_leader_rows(ranking, form), _leader_columns(ranking, form), form, plain(ranking.about))
        if write_back:
            answers.write_back_leaders(held, everybody)
            say(f"Written back as of {ranking.about['as_of']}.")


def _leader_rows(ranking: Ranking, form: str) -> list[dict[Any, Any]]:
    rows = ranking.rows.to_dict(orient="records")
    if form != "table":
        return rows
    return [
        row
        | {"how_sure": how_sure(row, ranking.about)}
        | ({"kinds": kinds_in_words(row["kinds"], row["voice_of"])} if "kinds" in row else {})
        for row in rows
    ]


def _leader_columns(ranking: Ranking, form: str) -> list[str]:
    """Return the columns of a table, or of a CSV file with numbers for words."""
    about = ranking.about
    has_model, is_named = about["certainty"]["is_given"], about["layer"] == "named"
    has_places = has_model or about["sources"] is not None
    words = ["how_sure"] if has_places and form == "table" else []
    numbers = [name for name, is_there in _NUMBERS if (has_model if is_there == "model" else has_places)]
    return [
        *("rank", "person_id", "name"),
        *words,
        *(["named_by"] if about["certainty"].get("order") == "expected" else []),
        "score",
        *(numbers if form != "table" else []),
        *(["named_by_outside"] if is_named and about["is_part"] else []),
        *(["n_departments_naming"] if is_named else []),
        *("department", "shift", "assessment"),
        *(["kinds"] if has_model else []),
    ]


_NUMBERS = (
    ("rank_low", "places"),
    ("rank_high", "places"),
    ("p_top", "model"),
    ("certainty", "model"),
    ("expected", "model"),
    ("named_by_named", "model"),
)


@click.command()
@STORE
@with_choices("named")
@click.option("--backbone", is_flag=True, help="Only ties that chance does not explain, least likely first.")
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
    backbone: bool,
) -> None:
    """List ties between people, strongest first."""
    with opened(store, passphrase_file) as held:
        options: dict[str, Any] = {"as_of": as_of, "known_at": known_at, "unit": unit, "include": included(include)}
        if backbone:
            found = find_backbone(held, layer, **options)
        else:
            found = answers.find_ties(held, layer, question=question, **options)
        rows = found.rows.head(top) if top else found.rows
        if form == "table":
            kept = [backbone_in_words(found.about["backbone"])] if backbone else []
            n = f"{len(found.rows)} {layer} ties{' beyond chance' if backbone else ''}, as of {found.about['as_of']}."
            say(" ".join(filter(None, [n, *kept, scope_of_ties(found.about)])))
            say()
        show_rows(rows.to_dict(orient="records"), list(found.rows.columns), form, plain(found.about))


@click.command()
@STORE
@click.argument("person_id", metavar="PERSON")
@click.option("--why", "is_why", is_flag=True, help="Say instead why they stand where they do, and what that rests on.")
@click.option(
    "--question", default=DEFAULT_QUESTION, show_default=True, metavar="ID", help="Naming question, with --why."
)
@click.option("--groups", "with_groups", is_flag=True, help="Look for groups where none were accepted: takes a while.")
@FORMAT
@with_times
@with_passphrase
def person(  # noqa: PLR0913 - one parameter an option
    store: str,
    person_id: str,
    *,
    is_why: bool,
    question: str,
    with_groups: bool,
    form: str,
    as_of: date | None,
    known_at: datetime | None,
    passphrase_file: Path | None,
) -> None:
    """Say what is known of one person, and how: PERSON is an id, or a name that nobody else has."""
    with opened(store, passphrase_file) as held:
        if is_why:
            times = {"as_of": as_of, "known_at": known_at}
            _explain(held, person_id, form, question=question, with_groups=with_groups, **times)
            return
        found, contacts = answers.find_person(held, person_id, as_of=as_of, known_at=known_at, with_groups=with_groups)
        layers = layers_of(held, found, as_of=as_of, known_at=known_at)
    if form == "table":
        click.echo("\n".join([*person_in_words(found, contacts), *hers_in_words(layers)]))
    else:
        about = plain(found.about) | {"contacts": contacts}
        row = {name: getattr(found, name) for name in PersonPicture.__dataclass_fields__ if name != "about"}
        row |= {"layers": layers.layers, "tied_people": layers.people}
        if form == "json":
            click.echo(to_json({"about": about, "rows": [row]}, indent=2))
        else:
            show_rows([found.facts], list(found.facts), form, about)


def _explain(held: OpenStore, person_id: str, form: str, **options: Any) -> None:  # noqa: ANN401 - passed on
    """Print why somebody stands where they do."""
    with progress_bar() as tell:
        found = answers.explain_person(
            held,
            person_id,
            progress=lambda done, of: tell("without one thing after the other", done, of),
            **options,
        )
    if form == "table":
        click.echo("\n".join([*why_in_words(found), *_bridges_between(found.about)]))
    elif form == "csv":
        show_rows(found.rests_on.rows, REST_COLUMNS, form, plain(found.about))
    else:
        row = {name: getattr(found, name) for name in Why.__dataclass_fields__ if name != "about"}
        row["rests_on"] = found.rests_on.rows
        click.echo(to_json({"about": found.about, "rows": [row]}, indent=2))


_NO_GROUPS = "no groups were accepted ('shopfloor groups accept'). With --groups they are looked for."


def _bridges_between(about: dict[str, Any]) -> list[str]:
    """Say between which groups somebody may be a bridge."""
    groups = about["groups"]
    if groups is None:
        return [f"Whether they are a bridge is not told: {_NO_GROUPS}"]
    return [bridges_in_words(about)] if groups["is_accepted"] else []


def person_in_words(found: PersonPicture, contacts: list[str]) -> list[str]:
    """Return what is known of a person, in an organizer's words."""
    facts, named_by, named = found.facts, found.named_by, found.named
    place = ", ".join(str(facts[name]) for name in ("department", "shift", "crew", "job_class") if facts.get(name))
    lines = [f"{facts['name']} ({facts['person_id']}): {place or 'place not known'}"]
    if len(contacts) > 1:
        lines.append(f"One person in {len(contacts)} lists: {', '.join(contacts)}")
    units = ", ".join(f"{unit['unit'] or 'unit not known'} {unit['n']}" for unit in named_by["departments"])
    n, n_outside, n_asked = (named_by[name] for name in ("n", "n_outside", "n_asked"))
    namings = namings_in_words(n, n_outside, n_asked, is_part=found.about["is_part"], where=units)
    lines.append(f"Named by {namings}")
    if named["was_asked"]:
        whom = ", ".join(one["name"] for one in named["people"]) or "nobody we could match"
        lines.append(f"Asked on {named['held_on']}, named {named['n_named']}: {whom if named['n_named'] else 'nobody'}")
    else:
        lines.append("Not asked whom they listen to.")
    lines += _group_in_words(found)
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
    return [*lines, *filter(None, (scope_of_person(found.about),))]


def _group_in_words(found: PersonPicture) -> list[str]:
    groups = found.about.get("groups")
    if found.group:
        of = f" as of {groups['of']}" if groups and groups["is_accepted"] else ""
        return [f"Group: {found.group['name']} ({found.group['n_members']} people), {place_in_words(found.group)}{of}"]
    return [f"Group: not told, {_NO_GROUPS}"] if "groups" in found.about and groups is None else []


COMMANDS = (leaders, ties, person)
