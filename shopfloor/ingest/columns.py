"""Which column of a file is which field, and which kind of file it is.

A *field* is a name that Shopfloor knows (``person_id``); a *column* is what the file's header says. They are the same
when they differ only in capitals, spaces, hyphens and underscores; another tool's header is a *synonym*. Anything
less is suggested and never taken. Messages name a column of the file only where it resembles a field: in a file
without a header the first row is about a person.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from shopfloor.errors import InputError, UsageError, near
from shopfloor.ingest.tables import column_letter

_NEAR_CUTOFF = 0.75
_N_NEAR = 2
_IGNORED = str.maketrans("", "", " _-\t\n\r\xa0")


@dataclass(frozen=True, slots=True)
class KindHeaders:
    """The fields of one kind of file: those without which it says nothing, and the others."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields of the kind."""
        return self.needed + self.optional


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """What the columns of one file are.

    Attributes
    ----------
    fields : dict of str to str
        Field to column, in the order of the columns.
    attributes : tuple of str
        Columns that are no field, in their order.
    suggestions : dict of str to tuple of str
        For some of `attributes` the fields not yet found that they resemble, the nearest first.
    """

    fields: dict[str, str]
    attributes: tuple[str, ...]
    suggestions: dict[str, tuple[str, ...]]


def fold(text: str) -> str:
    """Return the text as it is compared: no capitals, spaces, hyphens or underscores.

    Examples
    --------
    >>> fold("Person ID") == fold("person_id") == fold("PersonId")
    True
    """
    return text.casefold().translate(_IGNORED)


def match_columns(
    columns: Sequence[str],
    known_fields: Iterable[str],
    synonyms: Mapping[str, str] | None = None,
    mapping: Mapping[str, str] | None = None,
    *,
    needed: Collection[str] = (),
    name: str = "file",
) -> ColumnMatch:
    """Return which column is which field.

    Parameters
    ----------
    columns : sequence of str
        Headers, all different.
    known_fields : iterable of str
        Fields that the file may have.
    synonyms : mapping of str to str
        Other tools' headers to fields.
    mapping : mapping of str to str
        Column to field as the user said; it outranks all else, so the other columns of that field become attributes.
    needed : collection of str
        Fields that must be found.
    name : str
        What to call the file in messages.

    Raises
    ------
    UsageError
        `mapping` names a column or field that does not exist, or one field twice.
    InputError
        Two columns are one field and `mapping` does not say which, or a needed field has no column.
    """
    known = list(known_fields)
    said = _said(columns, known, mapping or {}, name)
    by_header = _known_headers(known, synonyms or {})
    found: dict[str, list[str]] = {}
    for column in columns:
        target = said.get(column) or by_header.get(fold(column))
        if target and (column in said or target not in said.values()):
            found.setdefault(target, []).append(column)
    _refuse_twins(columns, found, name)
    fields = {target: candidates[0] for target, candidates in found.items()}
    taken = set(fields.values())
    attributes = tuple(column for column in columns if column not in taken)
    suggestions = _suggestions(attributes, [one for one in known if one not in fields])
    _require(needed, fields, suggestions, name)
    return ColumnMatch(fields, attributes, suggestions)


def _said(columns: Sequence[str], known: list[str], mapping: Mapping[str, str], name: str) -> dict[str, str]:
    """Return the user's pairs with column and field as they are spelled in the file and in the program."""
    by_column = {fold(column): column for column in columns} | {column: column for column in columns}
    by_field = {fold(one): one for one in known}
    said: dict[str, str] = {}
    for raw_column, raw_field in mapping.items():
        column = by_column.get(raw_column) or by_column.get(fold(raw_column))
        target = by_field.get(fold(raw_field))
        if column is None:
            raise UsageError(
                f"{name}: --map names a column {raw_column!r} that is not there{near(raw_column, columns)}"
            )
        if target is None:
            raise UsageError(f"{name}: --map names a field {raw_field!r} that does not exist{near(raw_field, known)}")
        if target in said.values():
            raise UsageError(f"{name}: --map gives two columns for the field {target}: give one")
        said[column] = target
    return said


def _known_headers(known: list[str], synonyms: Mapping[str, str]) -> dict[str, str]:
    """Return folded headers to fields; a field's own name outranks a synonym."""
    return {fold(header): target for header, target in synonyms.items() if target in known} | {
        fold(one): one for one in known
    }


def _refuse_twins(columns: Sequence[str], found: Mapping[str, list[str]], name: str) -> None:
    for target, candidates in found.items():
        if len(candidates) > 1:
            letters = " and ".join(column_letter(columns.index(column)) for column in candidates)
            raise InputError(
                f"{name}: columns {letters} ({', '.join(candidates)}) both look like the field {target}: "
                f"say which with --map COLUMN={target}"
            )


def _suggestions(attributes: Iterable[str], missing: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the fields that each column resembles, where it resembles any."""
    by_folded = {fold(one): one for one in missing}
    near_fields = {
        column: tuple(by_folded[match] for match in get_close_matches(fold(column), by_folded, _N_NEAR, _NEAR_CUTOFF))
        for column in attributes
    }
    return {column: fields for column, fields in near_fields.items() if fields}


def _require(
    needed: Collection[str], fields: Collection[str], suggestions: Mapping[str, tuple[str, ...]], name: str
) -> None:
    missing = [one for one in needed if one not in fields]
    if not missing:
        return
    hints = [f"--map {column!r}={one}" for one in missing for column, near_by in suggestions.items() if one in near_by]
    advice = f"perhaps {' '.join(hints)}" if hints else "add them, or say which column it is with --map COLUMN=FIELD"
    raise InputError(f"{name}: needed columns are missing: {', '.join(missing)}: {advice}")


def guess_kind(
    columns: Sequence[str],
    kinds: Mapping[str, KindHeaders],
    mapping: Mapping[str, str] | None = None,
    *,
    name: str = "file",
) -> str:
    """Return the kind whose needed fields are all there and that explains most columns.

    Parameters
    ----------
    columns : sequence of str
        Headers of the file.
    kinds : mapping of str to KindHeaders
        The kinds there are.
    mapping : mapping of str to str
        Column to field as the user said.
    name : str
        What to call the file in messages.

    Raises
    ------
    InputError
        No kind has all its needed fields there, or two explain equally many columns; the message says what decides.
    """
    found = {kind: _fields_there(columns, headers, mapping or {}) for kind, headers in kinds.items()}
    complete = {kind: len(fields) for kind, fields in found.items() if fields.issuperset(kinds[kind].needed)}
    if not complete:
        raise InputError(f"{name}: cannot tell what kind of file this is: {_nearest_kind(kinds, found)}")
    most = max(complete.values())
    best = [kind for kind, count in complete.items() if count == most]
    if len(best) > 1:
        raise InputError(f"{name}: could be {' or '.join(best)}: say --kind {best[0]} or --kind {best[1]}")
    return best[0]


def _fields_there(columns: Sequence[str], headers: KindHeaders, mapping: Mapping[str, str]) -> set[str]:
    """Return the fields of a kind that some column is."""
    by_header = _known_headers(list(headers.fields), headers.synonyms)
    said = {fold(column): fold(target) for column, target in mapping.items()}
    there = (by_header.get(said.get(fold(column), fold(column))) for column in columns)
    return {target for target in there if target is not None}


def _nearest_kind(kinds: Mapping[str, KindHeaders], found: Mapping[str, set[str]]) -> str:
    """Say what the kind with the largest share of its needed fields lacks."""
    shares = {
        kind: sum(one in found[kind] for one in headers.needed) / len(headers.needed) for kind, headers in kinds.items()
    }
    nearest = max(shares, key=lambda kind: shares[kind])
    if shares[nearest] == 0:
        return (
            f"no needed column of any kind is there: put a header in the first row, or say --kind ({', '.join(kinds)})"
        )
    lacking = [one for one in kinds[nearest].needed if one not in found[nearest]]
    return (
        f"nearest is {nearest}, without {', '.join(lacking)}: say --kind, and which columns they are with "
        "--map COLUMN=FIELD"
    )
