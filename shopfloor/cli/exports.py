"""Commands about what leaves a store: export, export-mark, counts, leak-report."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from shopfloor.cli.options import FORMAT, STORE, opened, with_passphrase
from shopfloor.cli.output import say, show_rows
from shopfloor.errors import NotFoundError, PassphraseError, UsageError
from shopfloor.service.agreed import ALL, ASKED_FOR
from shopfloor.service.exporting import PreparedExport, prepare_export
from shopfloor.service.opening import OpenStore

_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@STORE
@click.argument("destination", metavar="FILE")
@click.option("--fields", metavar="NAME,...", help="Only these fields, and ids.")
@click.option(
    "--with",
    "extra",
    metavar="CLASS,...",
    default="",
    help=f"What goes along beyond names, places and ties: {', '.join(ASKED_FOR)}, or {ALL}.",
)
@click.option("--everything", is_flag=True, help=f"The same as --with {ALL}.")
@click.option("--for", "made_for", metavar="NAME", default="", help="Who gets it: a visible and an embedded mark.")
@click.option(
    "--pseudonyms",
    "recipient",
    metavar="NAME",
    help="For research by NAME: pseudonyms of NAME's own, no names or notes.",
)
@click.option("--keep-key", type=_NEW_FILE, metavar="KEY_FILE", help="Keep the key of the pseudonyms, encrypted.")
@click.option("--destroy-key", is_flag=True, help="Keep no key: nobody can tell who is who, nor make a second part.")
@click.option(
    "--key-passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File whose first line opens KEY_FILE; else SHOPFLOOR_KEY_PASSPHRASE, or a prompt.",
)
@click.option(
    "--dates", type=click.Choice(["week", "month"]), default="month", show_default=True, help="With pseudonyms."
)
@click.option("--units", type=click.Choice(["relabel", "keep"]), default="relabel", show_default=True, help="The same.")
@with_passphrase
def export(  # noqa: PLR0913 - one parameter an option
    store: str,
    destination: str,
    *,
    fields: str | None,
    extra: str,
    everything: bool,
    made_for: str,
    recipient: str | None,
    keep_key: Path | None,
    destroy_key: bool,
    key_passphrase_file: Path | None,
    dates: str,
    units: str,
    passphrase_file: Path | None,
) -> None:
    """Write data out, UNENCRYPTED: .graphml or .gexf (people and ties), .json (all with history), .xlsx, or a folder.

    A FILE without an ending is a folder: it gets the nine CSV files, which can be imported again. Phone numbers,
    addresses, assessments and notes go along only when they are asked for; a .json holds everything unless told not to.
    """
    classes = [*_words(extra), *([ALL] if everything else [])]
    chosen = _words(fields) if fields is not None else None
    with opened(store, passphrase_file) as held:
        if recipient is None:
            if keep_key is not None or destroy_key:
                raise UsageError("--keep-key and --destroy-key are about pseudonyms: say --pseudonyms NAME too.")
            prepared = prepare_export(held, destination, fields=chosen, extra=classes, made_for=made_for)
            _write(prepared)
            return
        if chosen is not None or made_for:
            raise UsageError("--pseudonyms has fields and a recipient of its own: leave out --fields and --for.")
        if (keep_key is None) == (not destroy_key):
            raise UsageError("Say what becomes of the key of the pseudonyms: --keep-key KEY_FILE or --destroy-key.")
        _export_for_research(
            held, destination, recipient, classes, keep_key, key_passphrase_file, dates=dates, units=units
        )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _write(prepared: PreparedExport[list[Path]]) -> None:
    """Say what an export holds, and write it."""
    say(f"This export holds {prepared.holdings.in_words()}.")
    for path in prepared.write():
        click.echo(str(path))
    say("What was written is not encrypted. Keep it where the store would be kept, and delete it when done.")
    if prepared.made_for:
        say("It bears the recipient's mark, and is in the register: see shopfloor export-mark.")


def _export_for_research(
    store: OpenStore,
    destination: str,
    recipient: str,
    classes: Sequence[str],
    key_file: Path | None,
    passphrase_file: Path | None,
    *,
    dates: str,
    units: str,
) -> None:
    from shopfloor.service.pseudonyms import key_for, prepare_research  # noqa: PLC0415 - cryptography only here

    if set(classes) - {"assessment"}:
        raise UsageError("With --pseudonyms only --with assessment can be asked for: the rest would tell who is who.")
    key = None if key_file is None else key_for(recipient, key_file, _key_passphrase(key_file, passphrase_file))
    prepared, report = prepare_research(
        store, destination, recipient, key=key, dates=dates, units=units, has_assessments="assessment" in classes
    )
    _write(prepared)
    say(report)
    say("The key was destroyed." if key_file is None else f"The key is in {key_file}, encrypted. Keep it apart.")


def _key_passphrase(key_file: Path, file: Path | None) -> str:
    if file is not None:
        held = file.read_text(encoding="utf-8-sig").split("\n", 1)[0].rstrip("\r")
    else:
        held = os.environ.get("SHOPFLOOR_KEY_PASSPHRASE", "")
    if not held and sys.stdin.isatty():
        held = str(click.prompt(f"Passphrase of {key_file}", hide_input=True, confirmation_prompt=True, err=True))
    if not held:
        raise PassphraseError(
            "The key file needs a passphrase of its own. Set SHOPFLOOR_KEY_PASSPHRASE or give "
            "--key-passphrase-file FILE."
        )
    return held


@click.command("export-mark")
@click.argument("file", type=click.Path(exists=True, path_type=Path), metavar="FILE")
@STORE
@FORMAT
@with_passphrase
def export_mark(file: Path, store: str, form: str, passphrase_file: Path | None) -> None:
    """Tell whose copy an exported file or folder is, by the marks in it and the register in STORE."""
    from shopfloor.service.marks import find_copies  # noqa: PLC0415 - only this command looks for marks
    from shopfloor.service.sheets import read_sheets, visible_copies  # noqa: PLC0415 - the same

    with opened(store, passphrase_file) as held:
        copies = held.copies()
        found = find_copies(read_sheets(file), copies)
        visible = visible_copies(file)
    rows = [
        {
            "copy": one.copy.number,
            "made_for": one.copy.made_for,
            "made_on": one.copy.made_on,
            "made_by": one.copy.made_by,
        }
        | {"how": one.how, "agreeing": f"{one.n_agreeing} of {one.n_tried}", "chance": one.chance}
        for one in found
    ]
    if visible and visible != [one.copy.number for one in found]:
        say(f"The file itself says: copy {', '.join(map(str, visible))}.")
    if not rows:
        raise NotFoundError(
            f"No embedded mark of the {len(copies)} copies in the register was found: the file is of somebody else, "
            "has too few rows left, or was sorted and retyped."
        )
    show_rows(rows, ["copy", "made_for", "made_on", "made_by", "how", "agreeing", "chance"], form, {"visible": visible})


@click.command()
@STORE
@click.option("--by", metavar="WHAT,...", help="One or two of employer, worksite, unit, shift, job_class.")
@click.option("--smallest-group", type=int, metavar="N", help="Set how few people are never counted (for admins).")
@FORMAT
@with_passphrase
def counts(store: str, *, by: str | None, smallest_group: int | None, form: str, passphrase_file: Path | None) -> None:
    """Count workers: exactly for who sees them, without small groups and rounded for who sees only counts."""
    from shopfloor.service.counts import COUNTED  # noqa: PLC0415 - only this command counts

    if (by is None) == (smallest_group is None):
        raise UsageError(f"Say --by with one or two of: {', '.join(COUNTED)}.")
    with opened(store, passphrase_file) as held:
        if smallest_group is not None:
            held.set_small_group(smallest_group)
            say(f"Groups of fewer than {smallest_group} are hidden from those who see only counts.")
            return
        found = held.count_people(_words(by or ""))
    few = f"fewer than {found.threshold}"
    rows = [{**dict(zip(found.by, row, strict=True)), "workers": few if n is None else n} for row, n in found.rows]
    about = {"as_of": found.as_of, "total": found.total, "threshold": found.threshold, "base": found.base}
    if found.is_protected:
        say(
            f"Groups of fewer than {found.threshold} and others with them are 'not shown', numbers are rounded to "
            f"{found.base}; as of {found.as_of}, counted anew when {found.threshold} people have changed."
        )
    say(f"In all: {few if found.total is None else found.total}")
    show_rows(rows, [*found.by, "workers"], form, about)


@click.command("leak-report")
@STORE
@click.option("--role", metavar="ROLE", help="What somebody in this role would learn.")
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="A unit of hers; repeat it.")
@click.option("--file", type=click.Path(exists=True, path_type=Path), help="What a finder of this export would learn.")
@click.option("--store-file", is_flag=True, help="What a finder of the store, a backup or the database's disk would.")
@FORMAT
@with_passphrase
def leak_report(
    store: str,
    *,
    role: str | None,
    units: tuple[str, ...],
    file: Path | None,
    store_file: bool,
    form: str,
    passphrase_file: Path | None,
) -> None:
    """Say what a finder would learn of a role's view, an export or the store itself: words and counts, no values."""
    from shopfloor.service.leak_report import report_file, report_role, report_store  # noqa: PLC0415 - only here

    if [role is not None, file is not None, store_file].count(True) != 1:
        raise UsageError("Say one of --role ROLE, --file EXPORT and --store-file.")
    with opened(store, passphrase_file) as held:
        if role is not None:
            lines = report_role(held, role, units)
        elif file is not None:
            lines = report_file(held, file)
        else:
            lines = report_store(held)
    rows = [{"what": line.what, "n": line.n, "means": line.means} for line in lines]
    show_rows(rows, ["what", "n", "means"], form, {"store": store})


COMMANDS = (export, export_mark, counts, leak_report)
