"""What an export may hold: fields agreed on by class or by name, and a count of what a set of tables holds.

Nouns: a *sheet* is a table on its way out or back in; an *agreement* says which of its columns go along; *holdings*
are what a finder of the sheets would have, in counts.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shopfloor.errors import UsageError, near
from shopfloor.records import FILES, KINDS, NOBODY, FileKind, Privacy

ASKED_FOR: Final = ("contact", "notes", "assessment", "attributes")
"""Classes that go along only when they are asked for; attributes are columns of files that are none of ours."""

ALL: Final = "all"
NAMELESS: Final = "people without a name"
"""What `Holdings` call the far ends of ties that leave a viewer's units."""
_USUAL: Final[frozenset[str]] = frozenset({"key", "identity", "placement", "ties", "employer", "public"})
_WHOSE: Final = ("person_id", "other_id", "employer_id")


@dataclass(frozen=True, slots=True, repr=False)
class Sheet:
    """A table with a name: rows by column, None and missing where nothing is said."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Sheet({self.name}, {len(self.rows)} rows)"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Which fields may leave.

    Attributes
    ----------
    classes : frozenset of str
        Classes of fields; ``attributes`` stands for the columns that are none of ours.
    fields : frozenset of str or None
        These by name and no others, whatever their class; ids go along, as a row says nothing without them.
    """

    classes: frozenset[str] = _USUAL
    fields: frozenset[str] | None = None

    @property
    def is_everything(self) -> bool:
        """Nothing is left out."""
        return self.fields is None and self.classes >= _USUAL | set(ASKED_FOR)

    @property
    def in_words(self) -> str:
        """What was agreed, for the register and the audit."""
        if self.fields is not None:
            return "fields " + ", ".join(sorted(self.fields))
        return "everything" if self.is_everything else ", ".join(sorted(self.classes))

    def allows(self, column: str, privacy: str) -> bool:
        """Tell whether a column of a class goes along."""
        if self.fields is not None:
            return privacy == "key" or column in self.fields
        return privacy in self.classes


def agree(fields: Collection[str] | None = None, extra: Collection[str] = ()) -> Agreement:
    """Return what is agreed: these fields, or the usual classes and those asked for.

    Raises
    ------
    UsageError
        There is no such class, or both are said.
    """
    if fields is not None and extra:
        raise UsageError("Say which fields (--fields) or which classes (--with), not both.")
    known = (*ASKED_FOR, ALL)
    for one in extra:
        if one not in known:
            raise UsageError(f"There is no class '{one}' to ask for{near(one, known)}. Classes: {', '.join(known)}.")
    if fields is not None:
        return Agreement(frozenset(), frozenset(fields))
    return Agreement(_USUAL | (set(ASKED_FOR) if ALL in extra else set(extra)))


def class_of(file: FileKind, column: str) -> str:
    """Return the class of a column of one of the nine files."""
    kinds = [KINDS[name] for name in file.kinds]
    if column in {kind.id_column for kind in kinds}:
        return "key"
    found: list[Privacy] = [spec.privacy for kind in kinds for spec in kind.fields if spec.name == column]
    return found[0] if found else "attributes"


def narrowed(sheets: Iterable[Sheet], agreement: Agreement) -> list[Sheet]:
    """Return the sheets with the agreed columns only; one that would hold nothing but ids is left out.

    Raises
    ------
    UsageError
        A field that none of the sheets could hold.
    """
    given = list(sheets)
    _check_fields(given, agreement)
    kept = []
    for sheet in given:
        classes = {column: class_of(FILES[sheet.name], column) for column in sheet.columns}
        columns = tuple(column for column, privacy in classes.items() if agreement.allows(column, privacy))
        if any(classes[column] != "key" for column in columns):
            rows = [{name: value for name, value in row.items() if name in columns} for row in sheet.rows]
            kept.append(Sheet(sheet.name, columns, rows))
    return kept


def _check_fields(sheets: Iterable[Sheet], agreement: Agreement) -> None:
    known = {column for file in FILES.values() for column in file.columns}
    known |= {column for sheet in sheets for column in sheet.columns}
    for name in sorted((agreement.fields or frozenset()) - known):
        raise UsageError(f"No file has a field '{name}'{near(name, known)}. Look at docs/data-dictionary.md.")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What somebody holds who holds these tables; counts only.

    Attributes
    ----------
    counts : mapping of str to int
        ``people``, ``people without a name`` (in a graph of some units: far ends of ties that leave them), ``names``,
        ``phone numbers``, ``e-mail addresses``, ``postal addresses``, ``assessments``, ``notes``, ``ties``, ``units``,
        ``employers``, ``other cells``: those that are there.
    """

    counts: Mapping[str, int] = field(default_factory=dict)

    def in_words(self) -> str:
        """Return one line.

        Examples
        --------
        >>> Holdings({"people": 2, "names": 1}).in_words()
        '2 people, 1 names'
        """
        return ", ".join(f"{n:,} {what}" for what, n in self.counts.items()) or "nothing"


_CELLS: Final[Mapping[str, str]] = {
    "name": "names",
    "preferred_name": "names",
    "phone": "phone numbers",
    "email": "e-mail addresses",
    "address": "postal addresses",
    "assessment": "assessments",
    "said": "assessments",
    "did": "assessments",
    "issues": "notes",
    "ask": "notes",
    "answer": "notes",
    "notes": "notes",
    "basis": "notes",
}
_DERIVED: Final = frozenset({"has_left", "label"})
_UNITS: Final = ("department", "shift", "crew", "employer", "worksite", "unit")
_WORDS: Final = (
    "people",
    "names",
    "phone numbers",
    "e-mail addresses",
    "postal addresses",
    "assessments",
    "notes",
    "ties",
    "units",
    "employers",
    "other cells",
)


def holdings(sheets: Iterable[Sheet]) -> Holdings:
    """Count what sheets hold; those of employers count as employers, not as people."""
    counts: Counter[str] = Counter()
    people: set[str] = set()
    units: set[tuple[str, str]] = set()
    for sheet in sheets:
        known = _columns_of(sheet.name)
        if sheet.name in ("employers", "engagements", "links", "employer", "engagement", "link"):
            counts["employers"] += len(sheet.rows) if sheet.name.startswith("employer") else 0
            continue
        counts["ties"] += len(sheet.rows) if sheet.name.startswith("connection") else 0
        for row in sheet.rows:
            said = {name: value for name, value in row.items() if value not in (None, "")}
            people.update(str(said[name]) for name in ("person_id", "other_id") if name in said)
            if sheet.name == "contact":
                people.add(str(said["key"]))
            units.update((name, str(said[name])) for name in _UNITS if name in said)
            counts.update(_CELLS[name] for name in said if name in _CELLS)
            counts["ties"] += _n_named(said.get("named"))
            counts["other cells"] += sum(name not in known for name in said)
    found = {**counts, "people": len(people), "units": len(units)}
    return Holdings({what: found[what] for what in _WORDS if found.get(what)})


def _columns_of(name: str) -> frozenset[str]:
    if name in FILES:
        return _DERIVED | frozenset(FILES[name].columns)
    if name in KINDS:
        return frozenset(KINDS[name].version_schema.names) - {"attributes"}
    return frozenset(column for file in FILES.values() for column in file.columns)


def _n_named(named: object) -> int:
    """Count the names in an answer, question by question."""
    answers = (part.rpartition("=")[2] for part in str(named or "").split("|"))
    return sum(bool(name.strip()) and name.strip() != NOBODY for names in answers for name in names.split(";"))
