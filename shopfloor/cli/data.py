"""Commands that bring data in and set it right: import, imports, mentions, edit, judge."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import click

from shopfloor.cli.options import DRY_RUN, FORMAT, STORE, Day, opened, with_passphrase
from shopfloor.cli.output import progress_bar, say, show_rows
from shopfloor.errors import InputError, UsageError
from shopfloor.records import FILES, VERDICTS
from shopfloor.service import editing
from shopfloor.service.import_hints import hints_in_words
from shopfloor.service.importing import FileOptions, FileReport, ImportOptions, ImportReport, import_files
from shopfloor.service.nouns import Batch, neutralised
from shopfloor.service.numbers import counted, verb

_N_REASONS = 10
_KIND = click.Choice(list(FILES))
_DATES = click.Choice(["iso", "dmy", "mdy"])


@click.command("import")
@STORE
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--kind", type=_KIND, help="Kind of the files; default: told from their headers.")
@click.option("--source", default="", metavar="NAME", help="Whose ids the files hold; default: the store's own.")
@click.option("--list-date", type=Day(), help="Day the lists show.")
@click.option("--dates", type=_DATES, help="Order of day and month in the files.")
@click.option("--map", "mapping", multiple=True, metavar="COLUMN=FIELD", help="Which field a column is; repeat it.")
@click.option(
    "--kind-of", "kinds", multiple=True, type=(str, _KIND), metavar="FILE KIND", help="Kind of one file; repeat it."
)
@click.option(
    "--dates-of",
    "orders",
    multiple=True,
    type=(str, _DATES),
    metavar="FILE iso|dmy|mdy",
    help="Order of dates in one file; repeat it.",
)
@click.option(
    "--map-of",
    "mappings",
    multiple=True,
    type=(str, str),
    metavar="FILE COLUMN=FIELD",
    help="Which field a column of one file is; repeat it.",
)
@click.option("--replaces", type=int, metavar="BATCH", help="Import whose place this one takes.")
@DRY_RUN
@click.option(
    "--rejects", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write rejected rows there."
)
@with_passphrase
def import_command(  # noqa: PLR0913 - one parameter an option
    store: str,
    files: tuple[str, ...],
    *,
    kind: str | None,
    source: str,
    list_date: date | None,
    dates: Any,  # noqa: ANN401 - click has checked it
    mapping: tuple[str, ...],
    kinds: tuple[tuple[str, str], ...],
    orders: tuple[tuple[str, Any], ...],
    mappings: tuple[tuple[str, str], ...],
    replaces: int | None,
    dry_run: bool,
    rejects: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Import CSV or XLSX files as one batch: seen whole or not at all. FILE may be - for stdin.

    --kind, --dates and --map speak of all files; --kind-of, --dates-of and --map-of of the one named first, a sheet of
    a workbook as the report names it, and outrank them.
    """
    sources = _sources(files)
    names = dict(zip(files, (name for name, _ in sources), strict=True))
    options = ImportOptions(
        kind=kind,
        source=source,
        list_date=list_date,
        dates=dates,
        mapping=_mapping(mapping),
        replaces=replaces,
        of_files=_of_files(names, kinds, orders, mappings),
    )
    if rejects is not None:
        rejects.touch()  # what cannot be written is told before anything is imported
    with opened(store, passphrase_file) as held, progress_bar() as progress:
        report = import_files(held, sources, options, is_dry_run=dry_run, progress=progress)
    _tell(report, store, is_dry_run=dry_run)
    if rejects is not None:
        _write_rejects(rejects, report)
    n_rejected = sum(file.n_rejected for file in report.files)
    if report.batch_id is None and not dry_run:
        raise InputError(f"Nothing was imported: all {n_rejected} rows were rejected. Nothing has changed.")


def _mapping(pairs: Sequence[str]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not equals or not column or not field:
            raise UsageError("Say --map COLUMN=FIELD, for instance: --map 'Employee no.=person_id'")
        mapping[column] = field
    return mapping


def _of_files(
    names: Mapping[str, str],
    kinds: Sequence[tuple[str, str]],
    orders: Sequence[tuple[str, Any]],  # click has checked it
    mappings: Sequence[tuple[str, str]],
) -> dict[str, FileOptions]:
    """Return what is said of each file, by the name the report gives it; `names` has that name for what was typed."""
    kind_of = {names.get(file, file): kind for file, kind in kinds}
    order_of = {names.get(file, file): order for file, order in orders}
    pairs_of: dict[str, list[str]] = {}
    for file, pair in mappings:
        pairs_of.setdefault(names.get(file, file), []).append(pair)
    return {
        name: FileOptions(kind=kind_of.get(name), dates=order_of.get(name), mapping=_mapping(pairs_of.get(name, [])))
        for name in {**kind_of, **order_of, **pairs_of}
    }


def _sources(files: Sequence[str]) -> list[tuple[str, Path | BinaryIO]]:
    names = [Path(file).name for file in files]
    unique = [name if names.count(name) == 1 else file for name, file in zip(names, files, strict=True)]
    if len(set(files)) < len(files):
        raise UsageError("A file is given twice. Give each one once.")
    return [
        ("stdin", sys.stdin.buffer) if file == "-" else (name, Path(file))
        for name, file in zip(unique, files, strict=True)
    ]


def _tell(report: ImportReport, store: str, *, is_dry_run: bool) -> None:
    for file in report.files:
        _tell_file(file)
    if report.n_mentions:
        names = counted(report.n_mentions, "name or id", "names or ids")
        say(f"\n{names} could not be matched to one person; the most frequent:")
        for mention in report.mentions[:_N_REASONS]:
            who = ", ".join(report.person_ids[person] for person in mention.candidates) or "nobody alike"
            say(f"  '{mention.text}' ({counted(mention.n_times, 'time')}): {who}?")
        say(
            f"They are kept. Answer with: shopfloor mentions answer {store} MENTION PERSON_ID (or --nobody: nobody on "
            "the list)"
        )
    for hint in hints_in_words(report):
        say(hint)
    if is_dry_run:
        say("\nDry run: nothing was written.")
    elif report.batch_id is not None:
        say(
            f"\nImported as batch {report.batch_id}. Take it back with: "
            f"shopfloor imports undo {store} {report.batch_id}"
        )


def _tell_file(file: FileReport) -> None:
    say(
        f"{file.name}: {file.kind}, {counted(file.n_read, 'row')} read = {file.n_accepted} accepted + "
        f"{file.n_rejected} rejected; {file.n_new} new, {file.n_changed} changed, {file.n_same} same"
    )
    if file.encoding not in (None, "utf-8", "utf-8-sig", "utf-16"):
        say(f"  Read as {file.encoding}: look whether accents came through.")
    if file.n_kept:
        say(f"  {verb(file.n_kept, 'row contradicts', 'rows contradict')} what somebody typed; the typed values stay.")
    for column in file.match.attributes:
        near = " or ".join(file.match.suggestions.get(column, ()))
        hint = f" (is it {near}? then say --map '{column}={near.split(' or ')[0]}')" if near else ""
        say(f"  Column '{column}' is none of ours and is kept as an attribute{hint}.")
    for bad in file.rejected[:_N_REASONS]:
        say(f"  row {bad.row} rejected: {bad.reason}")
    if len(file.rejected) > _N_REASONS:
        say(f"  and {len(file.rejected) - _N_REASONS} more rejected; see them all with --rejects FILE")


def _write_rejects(path: Path, report: ImportReport) -> None:
    columns = list(dict.fromkeys(name for *_, cells in report.rejected_cells for name in cells))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "row", "reason", *map(neutralised, columns)])
        for name, row, reason, cells in report.rejected_cells:
            told = [neutralised(cells.get(column) or "") for column in columns]
            writer.writerow([neutralised(name), row, neutralised(reason), *told])
    say(f"Wrote {counted(len(report.rejected_cells), 'rejected row')} to {path}. It holds what they say, unencrypted.")


@click.group()
def imports() -> None:
    """See and take back imports and edits."""


@imports.command("list")
@STORE
@FORMAT
@with_passphrase
def list_imports(store: str, form: str, passphrase_file: Path | None) -> None:
    """List imports and edits, oldest first."""
    with opened(store, passphrase_file) as held:
        rows = [_batch_row(batch, status) for batch, status in editing.batch_states(held)]
        about = {"revision": held.revision(), "location": held.location}
    show_rows(
        rows,
        ["batch_id", "status", "origin", "files", "n_accepted", "n_rejected", "made_by", "committed_at"],
        form,
        about,
    )


def _batch_row(batch: Batch, status: str) -> dict[str, Any]:
    files = [file["name"] for file in json.loads(batch.files)]
    return {
        "batch_id": batch.batch_id,
        "status": status,
        "origin": batch.origin,
        "files": files,
        "source": batch.source,
        "list_date": batch.list_date,
        "replaces": batch.replaces,
        "made_by": batch.made_by,
        "committed_at": None if batch.committed_at is None else batch.committed_at.strftime("%Y-%m-%d %H:%M"),
        "undone_at": None if batch.undone_at is None else batch.undone_at.strftime("%Y-%m-%d %H:%M"),
        "undone_by": batch.undone_by,
        **json.loads(batch.counts),
    }


@imports.command("show")
@STORE
@click.argument("batch_id", metavar="BATCH", type=int)
@FORMAT
@with_passphrase
def show_import(store: str, batch_id: int, form: str, passphrase_file: Path | None) -> None:
    """Show one import or edit: its files, their columns, its counts."""
    with opened(store, passphrase_file) as held:
        batch = editing.find_batch(held, batch_id)
        about = _batch_row(batch, dict(editing.batch_states(held))[batch])
        rows = [{"record": kind, "n": n} for kind, n in editing.count_versions(held, batch_id).items()]
    if form == "table":
        for name, value in about.items():
            say(f"{name.replace('_', ' ')}: {'' if value is None else value}")
        for file in json.loads(batch.files):
            told = f"{file['name']} ({file['kind']}"
            if "columns" in file:  # else it is somebody else's, and not for this viewer
                columns = ", ".join(f"{column} -> {field}" for field, column in file["columns"].items())
                told += f", sha256 {file['sha256'][:12]}): {columns}"
            say(told if "columns" in file else f"{told})")
    show_rows(rows, ["record", "n"], form, about | {"file_details": json.loads(batch.files)})


@imports.command("undo")
@STORE
@click.argument("batch_id", metavar="BATCH", type=int)
@with_passphrase
def undo_import(store: str, batch_id: int, passphrase_file: Path | None) -> None:
    """Take an import or edit back: as if it had never been made. Its rows stay in the history."""
    with opened(store, passphrase_file) as held:
        editing.undo_batch(held, batch_id)
    say(f"Batch {batch_id} is undone.")


@click.group()
def mentions() -> None:
    """See and answer names that could not be matched to one person."""


@mentions.command("list")
@STORE
@click.option("--answered", is_flag=True, help="List the answers that were given, each with the id to withdraw it by.")
@FORMAT
@with_passphrase
def list_mentions(store: str, *, answered: bool, form: str, passphrase_file: Path | None) -> None:
    """List open mentions, the most frequent first, with whom they may mean."""
    if answered:
        _list_answers(store, form, passphrase_file)
        return
    with opened(store, passphrase_file) as held:
        found, person_ids = editing.list_mentions(held)
        about = {"revision": held.revision(), "n_open": len(found)}
    rows = [
        {"mention": one.key, "n_times": one.n_times, "candidates": [person_ids[p] for p in one.candidates]}
        for one in found
    ]
    show_rows(rows, ["mention", "n_times", "candidates"], form, about)


def _list_answers(store: str, form: str, passphrase_file: Path | None) -> None:
    with opened(store, passphrase_file) as held:
        rows = [row | {"meant": _meant(row)} for row in editing.answered_mentions(held)]
        about = {"revision": held.revision(), "n_answered": len(rows)}
    show_rows(rows, ["judgement_id", "mention", "n_times", "meant", "made_by"], form, about)


def _meant(row: Mapping[str, Any]) -> str:
    if row["person_id"] is not None:
        return f"{row['name']} ({row['person_id']})" if row["name"] else str(row["person_id"])
    since = f", where {row['listed_since']} is called that now" if row["listed_since"] else ""
    return f"nobody on the list{since}"


@mentions.command("answer")
@STORE
@click.argument("mention")
@click.argument("person_id", metavar="[PERSON_ID]", required=False)
@click.option("--nobody", is_flag=True, help="The name is of nobody on the list: it counts for nobody.")
@with_passphrase
def answer_mention(
    store: str, mention: str, person_id: str | None, *, nobody: bool, passphrase_file: Path | None
) -> None:
    """Say who is meant by MENTION, everywhere it stands."""
    if (person_id is None) != nobody:
        raise UsageError("Say who is meant: an id, or --nobody where it is nobody on the list.")
    with opened(store, passphrase_file) as held:
        judgement = editing.answer_mention(held, mention, person_id)
    say(f"Answered. Take it back with: shopfloor judge {store} --withdraw {judgement}")


@click.command()
@STORE
@click.argument("record", metavar="RECORD")
@click.argument("values", metavar="FIELD=VALUE...", nargs=-1, required=True)
@DRY_RUN
@with_passphrase
def edit(store: str, record: str, values: tuple[str, ...], *, dry_run: bool, passphrase_file: Path | None) -> None:
    """Add or correct one record by hand; FIELD= alone clears a field.

    RECORD is a person's id, or KIND:KEY, for instance conversation:C17; KIND: alone makes a new record. What is
    typed outranks what files say.
    """
    pairs = dict(_pair(value) for value in values)
    with opened(store, passphrase_file) as held:
        report = editing.edit_record(held, record, pairs, is_dry_run=dry_run)
    what = "New" if report.is_new else "Changed"
    if report.key not in record:
        what = f"{what}, with the id {report.key}"
    if report.batch_id is None:
        say(f"{what}: {', '.join(report.fields)}. Dry run: nothing was written.")
    else:
        say(f"{what}: {', '.join(report.fields)}. Take it back with: shopfloor imports undo {store} {report.batch_id}")


def _pair(text: str) -> tuple[str, str]:
    field, equals, value = text.partition("=")
    if not equals or not field:
        raise UsageError("Say FIELD=VALUE, for instance: department=Packing")
    return field.strip(), value


@click.command()
@STORE
@click.argument("verdict", required=False, type=click.Choice(list(VERDICTS)))
@click.argument("one", metavar="A", required=False)
@click.argument("other", metavar="B", required=False)
@click.option("--why", default="", help="The reason.")
@click.option("--withdraw", type=int, metavar="ID", help="Take a verdict or an answer back.")
@with_passphrase
def judge(
    store: str,
    verdict: str | None,
    one: str | None,
    other: str | None,
    *,
    why: str,
    withdraw: int | None,
    passphrase_file: Path | None,
) -> None:
    """Say whether two contacts are the same person, or take that back. No record is rewritten."""
    is_verdict = verdict is not None and one is not None and other is not None
    if is_verdict == (withdraw is not None):
        raise UsageError("Say a verdict and two ids (shopfloor judge STORE same 17 9@payroll), or --withdraw ID.")
    with opened(store, passphrase_file) as held:
        if withdraw is not None:
            editing.withdraw(held, withdraw)
            say("Withdrawn.")
        elif verdict is not None and one is not None and other is not None:
            judgement = editing.judge(held, verdict, one, other, why=why)
            say(f"Noted as {judgement}. Take it back with: shopfloor judge {store} --withdraw {judgement}")


COMMANDS = (import_command, imports, mentions, edit, judge)
