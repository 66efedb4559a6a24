"""What a finder would learn: of a role's view, of an export, of the store itself. Words and counts, never a value."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shopfloor.errors import UsageError, near
from shopfloor.graph.neo4j.sealing import sealed_fields
from shopfloor.records import KINDS
from shopfloor.service.agreed import NAMELESS, Sheet, holdings
from shopfloor.service.counts import COUNTED
from shopfloor.service.exporting import file_sheets
from shopfloor.service.identifying import standings
from shopfloor.service.marks import PSEUDONYM
from shopfloor.service.opening import OpenStore, is_server
from shopfloor.service.policy import ROLES, ROLES_IN_WORDS, Right
from shopfloor.service.sheets import read_sheets, visible_copies
from shopfloor.service.viewer import Viewer
from shopfloor.workplace import OUTSIDE

_NOBODY: Final = "leak report"
_RANDOM: Final = 7.9
"""Bits a byte from which a file looks like chance; 8 is all there is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a finder has.

    Attributes
    ----------
    what : str
        ``names``, ``phone numbers`` ...
    n : int
        How many.
    means : str
        What follows from it, or what protects.
    """

    what: str
    n: int
    means: str = ""


_MEANS: Final[Mapping[str, str]] = {
    "people": "who works here, or is spoken of",
    "names": "to be recognised by",
    "phone numbers": "to be called or harassed at",
    "e-mail addresses": "to be written to",
    "postal addresses": "to be visited at",
    "assessments": "who is for the union and who against",
    "notes": "what was said in confidence, or about whom",
    "ties": "who listens to whom; tells who leads",
    "units": "where they work",
    "employers": "public for the most part",
    "other cells": "columns of lists that are none of ours: look at what they are",
}


def report_role(store: OpenStore, role: str, units: Sequence[str] = ()) -> list[Finding]:
    """Return what somebody in a role would learn.

    Raises
    ------
    RefusedError
        The viewer neither manages accounts nor sees everything.
    UsageError
        There is no such role.
    """
    store.require(Right.ACCOUNTS, Right.EXPORT_ALL)
    if role not in ROLES:
        raise UsageError(f"There is no role '{role}'{near(role, ROLES)}. Roles: {', '.join(ROLES)}.")
    if units and role != "organizer":
        raise UsageError("Only an organizer has units: leave out --unit.")
    seen = store.seen_by(Viewer(_NOBODY, frozenset({role}), tuple(units)))
    people = seen.workplace().people
    n_outside = int(people["kind"].eq(OUTSIDE).sum())
    held = [
        Finding(one.what, one.n - n_outside, one.means) if one.what in ("people", "names") else one
        for one in _held(file_sheets(seen, with_outside=True))
    ]
    found = [Finding("units given to her", len(units), f"{role}: {ROLES_IN_WORDS[role]}"), *held]
    if n_outside:
        found.append(Finding(NAMELESS, n_outside, "far ends of ties that leave her units"))
    if role == "researcher":
        found.append(_countable(seen))
    rights = seen.viewer.rights
    may = [right.value for right in Right if right in rights]
    return [*found, Finding("rights", len(may), "may " + ", ".join(may))]


def _countable(seen: OpenStore) -> Finding:
    tables = [seen.count_people([by]) for by in COUNTED]
    n_numbers = sum(n is not None for table in tables for _, n in table.rows)
    return Finding("counts of workers", n_numbers, f"by one word, none below {tables[0].threshold}, rounded")


def _held(sheets: Iterable[Sheet]) -> list[Finding]:
    return [Finding(what, n, _MEANS[what]) for what, n in holdings(sheets).counts.items()]


def report_file(store: OpenStore, file: Path) -> list[Finding]:
    """Return what a finder of an export would learn.

    Raises
    ------
    RefusedError
        The viewer may take nothing out herself.
    InputError
        It cannot be read.
    """
    store.require(Right.EXPORT, Right.EXPORT_ALL)
    sheets = read_sheets(file)
    marks = visible_copies(file)
    said = Finding(
        "visible marks", len(marks), "say for whom it was made" if marks else "nothing says whose copy it is"
    )
    if _is_pseudonymised(sheets):
        return [*_pseudonymised(sheets), said]
    return [*_held(sheets), said, Finding("protection", 0, "none: whoever has the file reads it")]


def _is_pseudonymised(sheets: Iterable[Sheet]) -> bool:
    people = [row.get("person") for sheet in sheets for row in sheet.rows if "person" in sheet.columns]
    return bool(people) and all(PSEUDONYM.fullmatch(str(person)) for person in people if person)


def _pseudonymised(sheets: Sequence[Sheet]) -> list[Finding]:
    named = [sheet if _name_of(sheet) == sheet.name else _renamed(sheet) for sheet in sheets]
    n_people = len({row.get("person") for sheet in named for row in sheet.rows})
    found = [Finding("people under pseudonyms", n_people, "no names, contact details or notes")]
    n_stands = sum(len(sheet.rows) for sheet in named if sheet.name == "assessments")
    if n_stands:
        found.append(Finding("assessments", n_stands, "of pseudonyms"))
    return found + [Finding("found again", one.n_unique, one.in_words) for one in standings(named)]


_TELLING: Final[Mapping[str, str]] = {
    "namings": "named",
    "connections": "other",
    "assignments": "employer",
    "assessments": "assessment",
    "participations": "action",
    "people": "is_supervisor",
}


def _name_of(sheet: Sheet) -> str:
    return next((name for name, column in _TELLING.items() if column in sheet.columns), sheet.name)


def _renamed(sheet: Sheet) -> Sheet:
    return Sheet(_name_of(sheet), sheet.columns, sheet.rows)


def report_store(store: OpenStore) -> list[Finding]:
    """Return what a finder of the store would learn: without its key, with it, and of backups.

    Raises
    ------
    RefusedError
        The viewer does not see everything.
    """
    store.require(Right.EXPORT_ALL)
    sheets = [Sheet(name, (), store.versions(name).to_pylist()) for name in KINDS]
    without = _server_disk(store, sheets) if is_server(store.location) else _store_file(Path(store.location), sheets)
    opened = [
        Finding(f"with the key: {one.what}", one.n, one.means + ", of all versions, undone ones too")
        for one in _held(sheets)
    ]
    return [*without, *opened]


def _store_file(path: Path, sheets: Sequence[Sheet]) -> list[Finding]:
    """Search the file, and what lies beside it, for the values it holds; say how it looks without its key."""
    beside = [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")]
    files = {one.name: one.read_bytes() for one in beside if one.is_file()}
    values = _telling_values(sheets)
    n_clear = sum(any(value in data for data in files.values()) for value in values)
    bits = _bits_per_byte(files[path.name]) if path.name in files else 0.0
    look = "looks like chance" if bits > _RANDOM else "is small or does not look like chance"
    return [
        Finding("without the passphrase: size in bytes", sum(map(len, files.values())), "how much it may hold"),
        Finding(
            f"without the passphrase: values in clear, of {len(values)}",
            n_clear,
            f"{look} ({bits:.2f} of 8 bits a byte); its name, its place and its times tell that there is a drive",
        ),
        Finding(
            "a backup",
            0,
            "the same protection under the passphrase it was made with; an old one opens with the old one",
        ),
    ]


def _telling_values(sheets: Iterable[Sheet]) -> list[bytes]:
    """Return what names or reaches somebody, long enough not to stand in a file by chance."""
    columns = ("name", "preferred_name", "phone", "email", "address", "notes")
    texts = {str(row[name]) for sheet in sheets for row in sheet.rows for name in columns if row.get(name)}
    return sorted(text.encode() for text in texts if len(text) > 5)  # noqa: PLR2004 - of a megabyte, six bytes repeat never


def _bits_per_byte(data: bytes) -> float:
    """Return the Shannon entropy of single bytes."""
    return -sum(n / len(data) * math.log2(n / len(data)) for n in Counter(data).values()) if data else 0.0


def _server_disk(store: OpenStore, sheets: Sequence[Sheet]) -> list[Finding]:
    """Say what a database's disk, dump or administrator has: everything but the fields that are sealed."""
    keys = store.keys()
    clear = _held(sheets if keys is None else [_unsealed(sheet, seals_names=keys.seals_names) for sheet in sheets])
    n_clear = {one.what: one.n for one in clear}
    found = []
    for one in _held(sheets):
        # Whom a sealed name means stands as a digest: who is tied to whom is readable all the same.
        n = one.n if one.what == "ties" else n_clear.get(one.what, 0)
        how = f"READABLE: {one.means}; encrypt the disk" if n else "sealed; the key is in the key file, not there"
        found.append(Finding(f"without the key: {one.what}", n, how))
    return found


def _unsealed(sheet: Sheet, *, seals_names: bool) -> Sheet:
    """Return the rows of a kind without what is sealed of them."""
    sealed = dict.fromkeys(sealed_fields(sheet.name, seals_names=seals_names))
    return Sheet(sheet.name, sheet.columns, [{**row, **sealed} for row in sheet.rows])
