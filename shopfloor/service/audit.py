"""Who did what and saw whom: a log that is only added to, chained so that a change of an old entry shows.

An entry holds when, who, what kind of deed, and a salted digest of the particulars; the particulars (which person,
which file) are kept apart under the salt, so that those of a person who is erased can go and the chain still holds.
What a chain cannot show is that its end was cut off: compare `AuditTrail.head` with one written down elsewhere.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from shopfloor.errors import StoreError

PARTICULARS: Final = "audit"
"""Collection of the particulars, a document each."""
_START: Final = "0" * 64


class Deed(StrEnum):
    """What an entry is about."""

    LOG_IN = "log in"
    LOG_IN_FAILED = "log in failed"
    LOG_OUT = "log out"
    VIEW = "view a person"
    SEARCH = "search"
    EXPORT = "export"
    CHANGE = "change"
    UNDO = "undo"
    ERASE = "erase"
    REFUSED = "refused"
    ACCOUNT = "account"
    WRITE_BACK = "write back"
    KEEP = "keep"


class Vault(Protocol):
    """What the audit needs of a home: see `shopfloor.graph.contract.Store`."""

    def documents(self, collection: str) -> dict[str, bytes]:
        """Return the documents of a collection by name."""
        ...

    def change_document(
        self, collection: str, name: str, change: Callable[[bytes | None], bytes | None]
    ) -> bytes | None:
        """Replace one document by what `change` makes of it."""
        ...

    def extend_log(self, make: Callable[[int, bytes | None], bytes]) -> int:
        """Add one entry behind the last."""
        ...

    def log_entries(self, after: int = 0) -> list[tuple[int, bytes]]:
        """Return number and entry of what was logged after a number."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One deed.

    Attributes
    ----------
    number : int
        From 1, without gaps.
    at : datetime.datetime
        UTC.
    by : str
        Name of the account; empty where nobody was logged in.
    deed : str
        One of `Deed`.
    particulars : dict
        What it was about: ``person``, ``file``, ``fields``, ``batch`` ...; empty where they were erased.
    is_erased : bool
        The particulars were erased with a person.
    """

    number: int
    at: datetime
    by: str
    deed: str
    particulars: dict[str, Any]
    is_erased: bool = False

    def __repr__(self) -> str:
        """Give number and deed only."""
        return f"Entry({self.number}, {self.deed})"


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """Whether the log is what was written.

    Attributes
    ----------
    n_entries, n_erased : int
        Entries, and those whose particulars were erased.
    head : str
        Digest of the last entry: write it down elsewhere, and a log that was cut off shows.
    faults : tuple of str
        What does not hold, by number of the entry; empty is a sound log.
    """

    n_entries: int
    n_erased: int
    head: str
    faults: tuple[str, ...]


class AuditTrail:
    """The log of one store."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def note(self, by: str, deed: Deed, **particulars: object) -> int:
        """Add an entry and return its number.

        Parameters
        ----------
        by : str
            Name of the account that did it.
        deed : Deed
            What was done.
        **particulars
            What it was about, as JSON knows it; erased with the person whose id is in ``person``.

        Raises
        ------
        StoreError
            The store cannot be written; what was to be logged must then not be done.
        """
        place, salt = secrets.token_hex(16), secrets.token_hex(16)
        kept = json.dumps({"salt": salt, "about": particulars}, ensure_ascii=False, sort_keys=True).encode()
        self._vault.change_document(PARTICULARS, place, lambda _: kept)
        facts = {
            "at": datetime.now(UTC).isoformat(),
            "by": by,
            "deed": str(deed),
            "place": place,
            "particulars": hashlib.sha256(kept).hexdigest(),
        }

        def chained(number: int, last: bytes | None) -> bytes:
            before = _START if last is None else str(json.loads(last)["digest"])
            entry = {"number": number, **facts, "before": before}
            return json.dumps({**entry, "digest": _digest(entry)}, ensure_ascii=False).encode()

        return self._vault.extend_log(chained)

    def entries(self, *, by: str | None = None, deeds: Collection[str] = (), person: str | None = None) -> list[Entry]:
        """Return entries, newest first.

        Parameters
        ----------
        by : str, optional
            Only what this account did.
        deeds : collection of str
            Only these deeds; none is all.
        person : str, optional
            Only what was about the person with this id: who saw her, who changed what.
        """
        found = (entry for entry in self._read() if (by is None or entry.by == by))
        kept = [
            entry
            for entry in found
            if (not deeds or entry.deed in deeds) and (person is None or entry.particulars.get("person") == person)
        ]
        return kept[::-1]

    def verify(self, head: str | None = None) -> AuditCheck:
        """Check every entry, the chain and the particulars.

        Parameters
        ----------
        head : str, optional
            A digest noted earlier: it must stand somewhere in the chain, or the log was cut off.
        """
        kept = self._vault.documents(PARTICULARS)
        faults: list[str] = []
        before, expected, n_erased, digests = _START, 1, 0, {_START}
        rows = self._vault.log_entries()
        for number, raw in rows:
            fault, entry = _fault(number, raw, before, expected)
            if fault is None:
                n_erased += _is_erased(kept.get(entry["place"]))
                fault = _particulars_fault(entry, kept.get(entry["place"]))
            if fault is not None:
                faults.append(f"entry {number}: {fault}")
            before, expected = str(entry.get("digest", before)), number + 1
            digests.add(before)
        if head is not None and head not in digests:
            faults.append("the digest noted earlier is not in the log: entries at its end are missing or were replaced")
        return AuditCheck(len(rows), n_erased, before, tuple(faults))

    def forget(self, persons: Collection[str], names: Collection[str] = ()) -> int:
        """Erase the particulars of all entries about some people; return how many. The chain still holds.

        Parameters
        ----------
        persons : collection of str
            Ids, where they stand as a value of their own.
        names : collection of str
            Names, wherever they stand inside a text; capitals do not matter.
        """
        erased = self.erased(persons, names)
        for collection, place in erased:
            self._vault.change_document(collection, place, lambda _: _ERASED)
        return len(erased)

    def erased(self, persons: Collection[str], names: Collection[str] = ()) -> dict[tuple[str, str], bytes]:
        """Return the documents that `forget` would change, by collection and name, and what they would become."""
        folded = [name.casefold() for name in names if name]
        return {
            (PARTICULARS, place): _ERASED
            for place, raw in self._vault.documents(PARTICULARS).items()
            if not _is_erased(raw) and _speaks_of(json.loads(raw)["about"], persons, folded)
        }

    def _read(self) -> Iterator[Entry]:
        kept = self._vault.documents(PARTICULARS)
        for number, raw in self._vault.log_entries():
            entry = _decoded(raw)
            if entry is None:
                raise StoreError(f"Entry {number} of the audit cannot be read. Run: shopfloor audit verify STORE")
            about = kept.get(entry["place"])
            is_erased = _is_erased(about)
            particulars = {} if about is None or is_erased else json.loads(about)["about"]
            yield Entry(number, datetime.fromisoformat(entry["at"]), entry["by"], entry["deed"], particulars, is_erased)


_ERASED: Final = b"erased"


def _speaks_of(value: object, persons: Collection[str], names: Collection[str]) -> bool:
    if isinstance(value, dict):
        return any(_speaks_of(item, persons, names) for pair in value.items() for item in pair)
    if isinstance(value, list):
        return any(_speaks_of(item, persons, names) for item in value)
    return isinstance(value, str) and (value in persons or any(name in value.casefold() for name in names))


def _is_erased(kept: bytes | None) -> bool:
    return kept == _ERASED


def _digest(entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _decoded(raw: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(raw)
    except ValueError:
        return None
    is_whole = isinstance(entry, dict) and entry.keys() >= {"digest", "before", "place", "at", "by", "deed"}
    return entry if is_whole else None


def _fault(number: int, raw: bytes, before: str, expected: int) -> tuple[str | None, dict[str, Any]]:
    entry = _decoded(raw)
    if entry is None:
        return "cannot be read", {}
    if number != expected:
        return f"the entries before it are missing (expected number {expected})", entry
    if entry["before"] != before:
        return "does not follow the one before it", entry
    if entry["digest"] != _digest({name: value for name, value in entry.items() if name != "digest"}):
        return "was changed", entry
    if entry.get("number") != number:
        return "stands at another place than it was written to", entry
    return None, entry


def _particulars_fault(entry: Mapping[str, Any], kept: bytes | None) -> str | None:
    if kept is None:
        return "its particulars are missing"
    if _is_erased(kept) or hashlib.sha256(kept).hexdigest() == entry["particulars"]:
        return None
    return "its particulars were changed"
