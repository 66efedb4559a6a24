"""Exports for research: pseudonyms of each recipient's own, nothing that names anybody, dates and units made coarse.

A pseudonym is a keyed digest (HMAC-SHA256) of the person's id. Each recipient has another key, so two recipients cannot
put their copies together by it. Where the key is kept, a later export under it has the same pseudonyms; where it is
destroyed, nobody can work out who is who from the pseudonyms, we neither.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from shopfloor.errors import InputError, PassphraseError, StoreUnavailableError, UsageError
from shopfloor.service.agreed import Agreement, Holdings, Sheet
from shopfloor.service.exporting import PreparedExport, check_free, one_line
from shopfloor.service.identifying import standings
from shopfloor.service.marks import Copy, digest_of
from shopfloor.service.opening import OpenStore
from shopfloor.service.policy import Right
from shopfloor.service.sheets import new_file, write_folder, zip_of
from shopfloor.settings import CONNECTION_KINDS, DEFAULT_QUESTION, SMALL_GROUP
from shopfloor.workplace import Workplace

REPORT: Final = "what-stays-identifying.txt"
"""File beside the data that says how far pseudonyms protect."""

DATES: Final = ("week", "month")
UNITS: Final = ("relabel", "keep")
_KEY_BYTES: Final = 32
_LETTERS: Final = 12
_COST: Final = {"length": 32, "n": 2**16, "r": 8, "p": 1}
_PLACES: Final = ("department", "shift", "crew", "job_class")


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """The key of one recipient's pseudonyms, and where it is to be kept.

    Attributes
    ----------
    secret : bytes
        32 random bytes.
    file : pathlib.Path or None
        Where it is kept; None: nowhere.
    sealed : bytes
        What that file holds.
    """

    secret: bytes
    file: Path | None = None
    sealed: bytes = b""

    def __repr__(self) -> str:
        """Say nothing of the key."""
        return "Key()"

    def keep(self) -> None:
        """Write the file, readable by its owner alone, unless it is there.

        Raises
        ------
        StoreUnavailableError
            It cannot be written.
        """
        if self.file is None or self.file.exists():
            return
        with new_file(self.file) as draft:
            draft.touch(mode=0o600)
            draft.write_bytes(self.sealed)


def key_for(recipient: str, file: Path, passphrase: str) -> Key:
    """Return the key that a file keeps for a recipient, or a new one to be kept there.

    Raises
    ------
    PassphraseError
        The passphrase does not open the file.
    UsageError
        The file keeps the key of another recipient.
    InputError
        It is no key file.
    """
    whom = one_line(recipient)
    if not file.exists():
        secret, salt, nonce = secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(16), secrets.token_bytes(12)
        box = AESGCM(_derived(passphrase, salt)).encrypt(nonce, secret, whom.encode())
        held = {"key_of": "pseudonyms", "made_for": whom}
        held |= {"salt": _encoded(salt), "nonce": _encoded(nonce), "box": _encoded(box)}
        return Key(secret, file, json.dumps(held, indent=1).encode())
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        salt, nonce, box = (base64.b64decode(kept[name], validate=True) for name in ("salt", "nonce", "box"))
        made_for = str(kept["made_for"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} is no key file of pseudonyms. Choose another name, or the right file.") from error
    except OSError as error:
        raise StoreUnavailableError(f"{file} cannot be read: {error.strerror}.") from error
    if made_for != whom:
        raise UsageError(f"{file} keeps the key of another recipient: each one has a key of its own. Choose another.")
    try:
        return Key(AESGCM(_derived(passphrase, salt)).decrypt(nonce, box, made_for.encode()), file)
    except InvalidTag as error:
        raise PassphraseError(f"The passphrase does not open {file}, or the file was changed.") from error


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _derived(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, **_COST).derive(passphrase.encode())


def pseudonym(key: bytes, person_id: str) -> str:
    """Return the pseudonym of a person under a key: ``p`` and 12 letters and digits, 60 bits of her digest."""
    digest = hmac.new(key, person_id.encode(), hashlib.sha256).digest()
    return "p" + base64.b32encode(digest).decode().lower()[:_LETTERS]


def prepare_research(
    store: OpenStore,
    destination: str | os.PathLike[str],
    recipient: str,
    *,
    key: Key | None,
    dates: str = "month",
    units: str = "relabel",
    has_assessments: bool = False,
) -> tuple[PreparedExport[list[Path]], str]:
    """Make an export with pseudonyms ready; return it, and what stays identifying in words.

    Parameters
    ----------
    store : OpenStore
        Whose people: those that the viewer sees.
    destination : str or path
        A new folder: ``people``, ``namings``, ``connections``, ``assignments``, with assessments ``assessments`` and
        ``participations``, and `REPORT`.
    recipient : str
        Who gets it.
    key : Key or None
        Of the pseudonyms; None: a new one, which is destroyed.
    dates : {"week", "month"}
        How coarse dates are made.
    units : {"relabel", "keep"}
        Whether departments, employers, jobs ... are numbered in an order that says nothing, or keep their names.
        Those of fewer than `SMALL_GROUP` people are called small, all alike, in both.
    has_assessments : bool
        Where people stand, and what they did, goes along.

    Raises
    ------
    RefusedError
        The viewer may not take people out.
    UsageError
        A file ending, a taken place, an empty recipient, or nobody to export.
    """
    place, whom = Path(destination), one_line(recipient)
    if place.suffix or not whom:
        raise UsageError("An export for research is a folder without an ending, for a recipient with a name.")
    check_free(place)
    used = key or Key(secrets.token_bytes(_KEY_BYTES))
    study = _disguised(store, used, is_kept=key is not None, dates=dates, units=units, has_assessments=has_assessments)

    def write(copy: Copy) -> list[Path]:
        used.keep()
        written = write_folder(place, study.sheets, copy.line)
        with new_file(place / REPORT) as draft:
            draft.write_text(study.told(copy), encoding="utf-8")
        return [*written, place / REPORT]

    prepared = PreparedExport(place, study.agreement, study.holdings, whom, store, write, study.digests)
    return prepared, study.report


def prepare_research_download(
    store: OpenStore,
    name: str,
    recipient: str,
    *,
    dates: str = "month",
    units: str = "relabel",
    has_assessments: bool = False,
) -> tuple[PreparedExport[bytes], str]:
    """Make the same ready as a ZIP under a name; its key is destroyed. Parameters and errors as in `prepare_research`.

    Raises
    ------
    UsageError
        The recipient has no name, or there is nobody to export.
    """
    whom = one_line(recipient)
    if not whom:
        raise UsageError("Say who gets it: pseudonyms are of one recipient alone.")
    used = Key(secrets.token_bytes(_KEY_BYTES))
    study = _disguised(store, used, is_kept=False, dates=dates, units=units, has_assessments=has_assessments)

    def write(copy: Copy) -> bytes:
        return zip_of(study.sheets, copy.line, {REPORT: study.told(copy)})

    prepared = PreparedExport(Path(name), study.agreement, study.holdings, whom, store, write, study.digests)
    return prepared, study.report


@dataclass(frozen=True, slots=True, repr=False)
class _Study:
    """What an export for research holds, under one key."""

    sheets: list[Sheet]
    report: str
    agreement: Agreement

    def __repr__(self) -> str:
        """Give a count only."""
        return f"_Study({len(self.sheets)} sheets)"

    @property
    def _names(self) -> list[str]:
        return [str(row["person"]) for row in self.sheets[0].rows]

    @property
    def holdings(self) -> Holdings:
        counts = {"people under pseudonyms": len(self._names)}
        return Holdings(counts | {sheet.name: len(sheet.rows) for sheet in self.sheets[1:] if sheet.rows})

    @property
    def digests(self) -> tuple[str, ...]:
        return tuple(sorted(map(digest_of, self._names)))

    def told(self, copy: Copy) -> str:
        return f"{copy.line}\n\n{self.report}"


def _disguised(store: OpenStore, key: Key, *, is_kept: bool, dates: str, units: str, has_assessments: bool) -> _Study:
    store.require(Right.EXPORT, Right.EXPORT_ALL)
    if dates not in DATES or units not in UNITS:
        raise UsageError(f"Dates are told by {' or '.join(DATES)}; units are one of: {', '.join(UNITS)}.")
    workplace = store.workplace()
    if workplace.people.empty:
        raise UsageError("There is nobody to export whom you may see.")
    sheets = _Disguise(workplace, key.secret, dates=dates, keeps_units=units == "keep").sheets()
    if not has_assessments:
        sheets = [sheet for sheet in sheets if sheet.name not in ("assessments", "participations")]
    lines = [*_about(dates, units, is_kept=is_kept), *(standing.in_words for standing in standings(sheets))]
    classes = {"pseudonyms", "ties", "placement", *(["assessment"] if has_assessments else [])}
    return _Study(sheets, "\n".join(lines) + "\n", Agreement(frozenset(classes)))


def _about(dates: str, units: str, *, is_kept: bool) -> list[str]:
    called = "numbered" if units == "relabel" else "named"
    kept = "kept, encrypted, by who made it" if is_kept else "destroyed"
    return [
        "Names, contact details, notes and everything typed freely are left out. Pseudonyms are of this copy's",
        f"recipient alone; their key is {kept}. Dates say the {dates}, units are {called}, small ones are one.",
        "That hides who is who from somebody who knows nobody. It does not hide people from somebody who knows them:",
        "",
    ]


class _Disguise:
    """One workplace under pseudonyms."""

    def __init__(self, workplace: Workplace, key: bytes, *, dates: str, keeps_units: bool) -> None:
        self._workplace, self._key, self._dates, self._keeps_units = workplace, key, dates, keeps_units
        self._names = [pseudonym(key, person_id) for person_id in workplace.people["person_id"]]
        if len(set(self._names)) < len(self._names):
            raise UsageError("Two people would get one pseudonym. Make the export again: the next key is another.")

    def sheets(self) -> list[Sheet]:
        """Return the tables, each in an order that says nothing."""
        at_hand = self._workplace
        made = [
            self._people(at_hand.people),
            self._sheet("namings", at_hand.namings, {"person": "namer", "named": "named"}, ("question", "held_on")),
            self._sheet(
                "connections", at_hand.connections, {"person": "person", "other": "other"}, ("kind", "said_on")
            ),
            self._sheet(
                "assignments",
                at_hand.assignments,
                {"person": "person", "foreman": "foreman"},
                ("employer", "worksite", "crew", "shift", "started_on", "ended_on"),
            ),
            self._sheet("assessments", at_hand.assessments, {"person": "person"}, ("assessment", "assessed_on")),
            self._sheet(
                "participations", at_hand.participations, {"person": "person"}, ("action", "step", "held_on", "did")
            ),
        ]
        return [sheet for sheet in made if sheet.rows]

    def _people(self, people: pd.DataFrame) -> Sheet:
        columns: dict[str, list[Any]] = {"person": self._names, "kind": people["kind"].tolist()}
        columns |= {name: self._labels(name, people[name]) for name in _PLACES}
        columns |= {name: [bool(value) for value in people[name]] for name in ("is_supervisor", "has_left")}
        return _sorted_sheet("people", columns)

    def _sheet(self, name: str, frame: pd.DataFrame, ends: dict[str, str], said: tuple[str, ...]) -> Sheet:
        columns: dict[str, list[Any]] = {
            column: [self._names[person] if person >= 0 else None for person in frame[source]]
            for column, source in ends.items()
        }
        for column in said:
            columns[column.removesuffix("_on")] = self._told(column, frame[column])
        return _sorted_sheet(name, columns)

    def _told(self, column: str, values: pd.Series) -> list[Any]:
        if column.endswith("_on"):
            return [None if pd.isna(day) else self._coarse(day) for day in values]
        if column == "question":
            return self._labels(column, values, known=(DEFAULT_QUESTION,))
        if column == "kind":
            plain = ["_".join(str(kind).casefold().replace("-", " ").split()) for kind in values]
            return [kind if kind in CONNECTION_KINDS else "other" for kind in plain]
        if column in ("assessment", "did"):
            return [None if pd.isna(value) else value for value in values.tolist()]
        return self._labels(column, values)

    def _coarse(self, day: datetime) -> str:
        return day.strftime("%G-W%V" if self._dates == "week" else "%Y-%m")

    def _labels(self, column: str, values: "pd.Series[Any]", known: tuple[str, ...] = ()) -> list[str | None]:
        """Return what stands for each value: a number in the order of keyed digests, its name, or that it is small."""
        texts = [None if pd.isna(value) else str(value) for value in values.astype("object")]
        whose = self._whose(column)
        is_unit = column in (*_PLACES, "employer", "worksite")
        small = {text for text, people in whose.items() if is_unit and len(people) < SMALL_GROUP}
        kinds = sorted(whose.keys() - small, key=lambda text: self._order(column, text))
        keeps = set(kinds) if is_unit and self._keeps_units else set(known)
        label = {text: text if text in keeps else f"{column} {n}" for n, text in enumerate(kinds, 1)}
        label |= dict.fromkeys(small, f"small {column}")
        return [None if text is None else label[text] for text in texts]

    def _whose(self, column: str) -> dict[str, set[int]]:
        """Return whom each value of a column is said of, in all tables: it stands for the same in each."""
        at_hand = self._workplace
        frames = [at_hand.people.assign(person=at_hand.people.index), at_hand.assignments, at_hand.participations]
        frames.append(at_hand.namings.rename(columns={"namer": "person"}))
        people: dict[str, set[int]] = {}
        for frame in frames:
            if column in frame:
                said = frame[["person", column]].astype("object").dropna()
                for person, value in zip(said["person"], said[column], strict=True):
                    people.setdefault(str(value), set()).add(int(person))
        return people

    def _order(self, column: str, text: str) -> bytes:
        return hmac.new(self._key, f"{column}\x1f{text}".encode(), hashlib.sha256).digest()


def _sorted_sheet(name: str, columns: dict[str, list[Any]]) -> Sheet:
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return Sheet(name, tuple(columns), sorted(rows, key=lambda row: [str(value) for value in row.values()]))
