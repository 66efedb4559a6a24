"""From a raw table to versions of records: typed, checked row by row, keyed.

A row is accepted or rejected as a whole, and by what stands in its own batch alone; `n_read` is always
`n_accepted + n_rejected`. A rejected row keeps its number and a reason that repeats no value.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import UsageError
from shopfloor.ingest.columns import ColumnMatch, KindHeaders, guess_kind, match_columns
from shopfloor.ingest.dates import DateOrder, parse_dates, tell_date_order
from shopfloor.ingest.named import parse_list, parse_named
from shopfloor.ingest.tables import BadRow, RawTable
from shopfloor.ingest.values import (
    Parsed,
    parse_assessment,
    parse_booleans,
    parse_choices,
    parse_floats,
    parse_integers,
    parse_text,
)
from shopfloor.records import ASSESSMENTS, FILES, KINDS, FieldSpec, FileKind, Kind, is_ascending

HEADERS: Mapping[str, KindHeaders] = {
    file.name: KindHeaders(file.needed, tuple(name for name in file.columns if name not in file.needed))
    for file in FILES.values()
}
"""Headers of the nine files, as `guess_kind` wants them."""

_MAX_ID_CHARACTERS = 200
"""Of an id, of what a record refers to, and of each part of a natural key: an index of a store holds no more."""
_NAMES = r"; | \| "
_PERIODS = (("started_on", "ended_on"), ("hired_on", "left_on"))
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CheckedTable:
    """A raw table as versions of records.

    Attributes
    ----------
    raw : RawTable
        What was read.
    file_kind : str
        Which of the nine files it is.
    match : ColumnMatch
        Which column is which field.
    versions : mapping of str to pyarrow.Table
        By record kind: columns of its ``version_schema`` without ``batch_id``, and ``row``, the row's number; in
        order of the key, rows of one key in order of the file.
    rejected : tuple of BadRow
        Rows that were not accepted, by row number.
    """

    raw: RawTable
    file_kind: str
    match: ColumnMatch
    versions: Mapping[str, pa.Table]
    rejected: tuple[BadRow, ...]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"CheckedTable({self.raw.name}: {self.n_accepted} of {self.raw.n_read} rows)"

    @property
    def n_accepted(self) -> int:
        """Rows that became records."""
        return self.raw.n_read - len(self.rejected)


def check_table(
    raw: RawTable,
    *,
    kind: str | None = None,
    source: str = "",
    list_date: date | None = None,
    dates: DateOrder | None = None,
    mapping: Mapping[str, str] | None = None,
) -> CheckedTable:
    """Return what a raw table says, as versions of records.

    Parameters
    ----------
    raw : RawTable
        One file or sheet.
    kind : str, optional
        One of the nine files; default: told from the headers.
    source : str
        Whose ids it holds; empty for the store's own.
    list_date : datetime.date, optional
        Day the list shows.
    dates : {"iso", "dmy", "mdy"}, optional
        Order of day and month; default: told from the file, and asked for where it cannot be told.
    mapping : mapping of str to str, optional
        Column to field, where the header is not the field's name.

    Raises
    ------
    InputError, UsageError
        The table as a whole cannot be understood; the message says what would help.
    """
    file = FILES[kind or guess_kind(raw.columns, HEADERS, mapping, name=raw.name)]
    match = match_columns(raw.columns, file.columns, None, mapping, needed=file.needed, name=raw.name)
    specs = {name: _spec(file, name) for name in match.fields}
    date_cells = {match.fields[n]: raw.cells[match.fields[n]] for n, spec in specs.items() if spec.type is date}
    order = dates or tell_date_order(date_cells, raw.row_numbers, name=raw.name)
    faults = _Faults(raw.cells.num_rows)
    columns = {name: (match.fields[name], raw.cells[match.fields[name]]) for name in specs}
    values = {n: faults.values(header, _parse(specs[n], cells, order)) for n, (header, cells) in columns.items()}
    _check_rows(file, values, faults)
    values = _with_keys(values, source)
    attributes = _attributes(raw, match.attributes)
    rows = pa.array(raw.row_numbers, pa.int64())
    versions = {
        name: _versions(KINDS[name], file, values, attributes, faults, list_date, source, rows) for name in file.kinds
    }
    return CheckedTable(raw, file.name, match, versions, _bad_rows(raw, faults))


class _Faults:
    """Why rows are rejected, the first reason of each."""

    def __init__(self, n_rows: int) -> None:
        self.n_rows = n_rows
        self.reasons: dict[int, str] = {}

    def values(self, column: str, parsed: Parsed) -> pa.Array:
        """Take note of bad cells and give the values."""
        for index in np.flatnonzero(parsed.reasons.is_valid().to_numpy(zero_copy_only=False)).tolist():
            self.reasons.setdefault(index, f"column {column}: the value {parsed.reasons[index].as_py()}")
        return parsed.values

    def where(self, mask: Mask, reason: str) -> None:
        """Reject the rows of a mask."""
        for index in np.flatnonzero(mask).tolist():
            self.reasons.setdefault(index, reason)

    def good(self) -> Mask:
        """Return which rows have no fault."""
        mask = np.ones(self.n_rows, dtype=bool)
        mask[list(self.reasons)] = False
        return mask


def _bad_rows(raw: RawTable, faults: _Faults) -> tuple[BadRow, ...]:
    """Return all rejected rows, those that could not be read included."""
    found = [BadRow(int(raw.row_numbers[index]), reason) for index, reason in faults.reasons.items()]
    return tuple(sorted([*raw.bad_rows, *found], key=lambda bad: bad.row))


def _spec(file: FileKind, name: str) -> FieldSpec:
    """Return the field a column of one of the nine files is; an id column is text."""
    for kind in map(KINDS.__getitem__, file.kinds):
        if name in kind.field_names:
            return kind.field(name)
    return FieldSpec(name, str, "id of the record", "key", None, is_key=True, is_list=False, choices=(), bounds=None)


def _parse(spec: FieldSpec, cells: pa.ChunkedArray, order: DateOrder | None) -> Parsed:
    if spec.choices:
        return parse_choices(cells, spec.choices)
    if spec.bounds == (1, len(ASSESSMENTS)):
        parsed = parse_assessment(cells)
        return Parsed(parsed.values.cast(pa.int64()), parsed.reasons)
    if spec.is_list:
        return parse_named(cells) if spec.relation else parse_list(cells, question_ids=spec.name == "asked")
    parsers: dict[type, Callable[[], Parsed]] = {
        date: lambda: parse_dates(cells, order),
        bool: lambda: parse_booleans(cells),
        int: lambda: _bounded(parse_integers(cells), spec),
        float: lambda: _bounded(parse_floats(cells), spec),
        str: lambda: parse_text(cells, multiline=spec.privacy == "notes"),
    }
    return parsers[spec.type]()


def _bounded(parsed: Parsed, spec: FieldSpec) -> Parsed:
    if spec.bounds is None:
        return parsed
    low, high = spec.bounds
    outside = pc.or_(pc.less(parsed.values, low), pc.greater(parsed.values, high))
    if not pc.any(outside).as_py():
        return parsed
    reasons = pc.if_else(pc.fill_null(outside, False), f"lies outside {low:g} to {high:g}", parsed.reasons)
    return Parsed(pc.if_else(outside, None, parsed.values), reasons)


def _missing(values: Mapping[str, pa.Array], name: str, n_rows: int) -> Mask:
    return _mask(values[name].is_null()) if name in values else np.ones(n_rows, dtype=bool)


def _mask(array: pa.Array) -> Mask:
    return np.asarray(pc.fill_null(array, False).to_numpy(zero_copy_only=False), dtype=bool)


def _check_rows(file: FileKind, values: Mapping[str, pa.Array], faults: _Faults) -> None:
    """Reject rows whose cells are fine one by one and impossible together."""
    for name in file.needed:
        faults.where(_missing(values, name, faults.n_rows), f"column {name}: the cell is empty and is needed")
    for first, last in _PERIODS:
        if first in values and last in values:
            faults.where(_mask(pc.less(values[last], values[first])), f"{last} is before {first}")
    for name, column in values.items():
        if _is_referring(file, name):
            faults.where(
                _too_long(column, is_list=_spec(file, name).is_list),
                f"column {name}: an id or name has at most {_MAX_ID_CHARACTERS} characters",
            )
    if "other_id" in values:
        faults.where(_mask(pc.equal(values["person_id"], values["other_id"])), "a person is connected to themself")
    if file.name == "actions":
        _check_action(values, faults)


def _is_referring(file: FileKind, name: str) -> bool:
    """Tell whether a column holds ids, refers to something or is a part of a natural key."""
    spec = _spec(file, name)
    if spec.type is not str:
        return False
    return spec.is_key or spec.relation is not None or any(name in KINDS[kind].natural_key for kind in file.kinds)


def _too_long(column: pa.Array, *, is_list: bool) -> Mask:
    if (pc.max(pc.binary_length(column)).as_py() or 0) <= _MAX_ID_CHARACTERS:
        return np.zeros(len(column), dtype=bool)
    if not is_list:
        return _mask(pc.greater(pc.utf8_length(column), _MAX_ID_CHARACTERS))
    names = pc.split_pattern_regex(column, _NAMES)
    too_long = pc.list_parent_indices(names).filter(pc.greater(pc.utf8_length(names.flatten()), _MAX_ID_CHARACTERS))
    mask = np.zeros(len(column), dtype=bool)
    mask[too_long.to_numpy()] = True
    return mask


def _check_action(values: Mapping[str, pa.Array], faults: _Faults) -> None:
    """Reject rows that are neither about one person nor a count of one unit."""
    nobody, no_unit = (_missing(values, name, faults.n_rows) for name in ("person_id", "unit"))
    faults.where(nobody & no_unit, "neither person_id nor unit is there: say who did it, or give the counts of a unit")
    faults.where(~nobody & ~no_unit, "person_id and unit are both there: a secret action has counts by unit only")
    for name in ("n_eligible", "n_did"):
        faults.where(nobody & _missing(values, name, faults.n_rows), f"column {name}: counts of a unit need it")
    if "n_did" in values and "n_eligible" in values:
        faults.where(_mask(pc.greater(values["n_did"], values["n_eligible"])), "n_did is more than n_eligible")


def _with_keys(values: dict[str, pa.Array], source: str) -> dict[str, pa.Array]:
    """Turn ids of people into keys of contacts."""
    if not source:
        return values
    people = [name for name in ("person_id", "other_id") if name in values]
    return values | {name: pc.binary_join_element_wise(values[name], source, "@") for name in people}


def _attributes(raw: RawTable, columns: Sequence[str]) -> pa.Array:
    """Return the columns that are no field as one JSON object a row, null where they are all empty."""
    if not columns:
        return pa.nulls(raw.cells.num_rows, pa.string())
    cells = zip(*(parse_text(raw.cells[column], multiline=True).values.to_pylist() for column in columns), strict=True)
    said = ({name: cell for name, cell in zip(columns, row, strict=True) if cell is not None} for row in cells)
    return pa.array([json.dumps(row, ensure_ascii=False, sort_keys=True) if row else None for row in said], pa.string())


def _versions(
    kind: Kind,
    file: FileKind,
    values: Mapping[str, pa.Array],
    attributes: pa.Array,
    faults: _Faults,
    list_date: date | None,
    source: str,
    rows: pa.Array,
) -> pa.Table:
    """Return the accepted rows of a table as versions of one record kind, with the number of their row, by key."""
    columns = dict(values)
    if "attributes" in kind.field_names:
        columns["attributes"] = attributes
    if kind.name == "placement":
        columns["started_on"] = pa.repeat(pa.scalar(list_date, pa.date32()), faults.n_rows)
    columns["key"] = _keys(kind, columns, source, faults.n_rows)
    schema = kind.version_schema.remove(len(kind.version_schema) - 1)
    arrays = [columns[f.name].cast(f.type) if f.name in columns else pa.nulls(faults.n_rows, f.type) for f in schema]
    table = pa.table(arrays, schema=schema).append_column("row", rows)
    keep = faults.good() & _speaks(kind, file, columns, faults.n_rows)
    table = table if keep.all() else table.filter(pa.array(keep))
    if is_ascending(table["key"]):
        return table
    order = pc.sort_indices(table["key"])
    with ThreadPoolExecutor() as pool:
        return pa.table(list(pool.map(lambda column: column.take(order), table.columns)), schema=table.schema)


def _speaks(kind: Kind, file: FileKind, columns: Mapping[str, pa.Array], n_rows: int) -> Mask:
    """Tell in which rows something is said that this record kind holds."""
    if file.name == "actions":
        return ~_missing(columns, "person_id" if kind.name == "participation" else "unit", n_rows)
    if kind.name == file.kinds[0]:
        return np.ones(n_rows, dtype=bool)
    said = [
        ~_missing(columns, n, n_rows) for n in kind.field_names if n in columns and n not in ("person_id", "started_on")
    ]
    return np.logical_or.reduce(said) if said else np.zeros(n_rows, dtype=bool)


def _keys(kind: Kind, columns: Mapping[str, pa.Array], source: str, n_rows: int) -> pa.Array:
    """Return the key of each row: its id, else the natural key; see `shopfloor.records`."""
    at = f"@{source}" if source else ""
    if kind.id_column == "person_id":
        return columns["person_id"]
    given = columns.get(kind.id_column or "", pa.nulls(n_rows, pa.string()))
    if given.null_count == 0:
        return pc.binary_join_element_wise(given, at, "") if at else given
    parts = [_key_part(columns, name, n_rows) for name in kind.natural_key]
    if not parts:
        return pc.binary_join_element_wise(given, at, "")
    natural = pc.binary_join_element_wise("=", pc.binary_join_element_wise(*parts, "|"), "")
    return pc.binary_join_element_wise(pc.coalesce(given, natural), at, "")


def _key_part(columns: Mapping[str, pa.Array], name: str, n_rows: int) -> pa.Array:
    if name not in columns:
        return pa.repeat(pa.scalar(""), n_rows)
    text = pc.fill_null(columns[name].cast(pa.string()), "")
    return pc.replace_substring(text, "|", "¦")


def reject_repeats(tables: Sequence[CheckedTable]) -> list[CheckedTable]:
    """Reject rows whose record an earlier row of the same batch has spoken of already.

    Returns
    -------
    list of CheckedTable
        The tables in the same order, each key left once in all of them.
    """
    bad: list[dict[int, str]] = [{} for _ in tables]
    for name in KINDS:
        parts = [(i, table.versions[name]) for i, table in enumerate(tables) if name in _main_kinds(table)]
        if parts:
            _note_repeats(
                name, [tables[i].raw.name for i, _ in parts], [bad[i] for i, _ in parts], [t for _, t in parts]
            )
    return [_without(table, reasons) if reasons else table for table, reasons in zip(tables, bad, strict=True)]


def _note_repeats(kind: str, files: list[str], bad: list[dict[int, str]], parts: list[pa.Table]) -> None:
    written = pa.chunked_array([chunk for part in parts for chunk in part["key"].chunks], pa.string())
    if is_ascending(written):
        return
    keys = written.combine_chunks().dictionary_encode()
    if len(keys.dictionary) == len(keys):
        return
    codes = keys.indices.to_numpy()
    where = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    rows = np.concatenate([part["row"].to_numpy() for part in parts])
    _, firsts = np.unique(codes, return_index=True)
    for i in np.setdiff1d(np.arange(len(codes)), firsts).tolist():
        first = firsts[codes[i]]
        place = f"row {rows[first]}" if where[first] == where[i] else f"{files[where[first]]} row {rows[first]}"
        bad[where[i]][int(rows[i])] = f"the same {kind} stands already in {place}: {_advice_on_repeats(KINDS[kind])}"


def _advice_on_repeats(kind: Kind) -> str:
    """Say what tells two records of a kind apart."""
    if kind.id_column is None:
        return f"rows that agree in {', '.join(kind.natural_key)} are one record, so correct or remove one of the two"
    return f"correct one of the two, or give each its own {kind.id_column}"


def _without(table: CheckedTable, bad: Mapping[int, str]) -> CheckedTable:
    gone = pa.array(list(bad), pa.int64())
    versions = {name: t.filter(pc.invert(pc.is_in(t["row"], value_set=gone))) for name, t in table.versions.items()}
    rejected = sorted([*table.rejected, *(BadRow(row, reason) for row, reason in bad.items())], key=lambda one: one.row)
    return CheckedTable(table.raw, table.file_kind, table.match, versions, tuple(rejected))


def _main_kinds(table: CheckedTable) -> tuple[str, ...]:
    kinds = FILES[table.file_kind].kinds
    return kinds if table.file_kind == "actions" else kinds[:1]


def check_value(spec: FieldSpec, text: str) -> object:
    """Return what one typed text means in a field, by the rules of files; dates as YYYY-MM-DD.

    Raises
    ------
    UsageError
        The text is no value of that field; the message does not repeat it.
    """
    parsed = _parse(spec, pa.chunked_array([pa.array([text.strip()], pa.string())]), "iso")
    reason = parsed.reasons[0].as_py()
    if reason is not None:
        raise UsageError(f"{spec.name}: the value {reason}.")
    return _check_attributes(text) if spec.name == "attributes" else parsed.values[0].as_py()


def _check_attributes(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise UsageError('attributes: the value is no JSON object of texts. Write it as {"locker": "12"}.')
    return json.dumps(found, ensure_ascii=False, sort_keys=True)


def record_fault(kind: Kind, record: Mapping[str, object]) -> str | None:
    """Return why a whole record would be rejected as a row of a file; None where it would be accepted.

    Parameters
    ----------
    kind : Kind
        The record kind.
    record : mapping of str to object
        Its values by field, and its id by `Kind.id_column` where it has one; what is missing is not said.
    """
    file = next(file for file in FILES.values() if kind.name in file.kinds)
    said = {name: value for name, value in record.items() if name in file.columns and value is not None}
    values = {name: pa.array([value], _spec(file, name).arrow_type) for name, value in said.items()}
    faults = _Faults(1)
    _check_rows(file, values, faults)
    return faults.reasons.get(0)
