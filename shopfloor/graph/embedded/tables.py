"""Tables of a store file, derived from the record kinds, and their columns to and from Arrow.

A table of versions is clustered by (key, batch), so that a record is one range scan and a whole table comes out in
order. Whole tables are read as columns: SQLite joins the values of a page with U+001F, Arrow splits them again
(twice as fast as rows); control characters are therefore refused on the way in.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlcipher3.dbapi2 as sql

from shopfloor.errors import StoreError
from shopfloor.records import KINDS, FieldSpec, Kind

PAGE_ROWS = 50_000
"""Rows read at once; the joined text of a page must stay well under SQLite's gigabyte."""
LONG_PAGE_ROWS = 2_000
"""The same where a record has long texts (notes)."""
_SQL_TYPES = {str: "TEXT", date: "TEXT", int: "INTEGER", float: "REAL", bool: "INTEGER"}
_CONTROL = "[\x00-\x08\x0b-\x1f\x7f]"
_SPLIT, _NULL = "\x1f", "\x1e"

FIXED_TABLES = (
    "CREATE TABLE IF NOT EXISTS store_meta(name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS batch(
        batch_id INTEGER PRIMARY KEY NOT NULL, origin TEXT NOT NULL, made_by TEXT NOT NULL, opened_at TEXT NOT NULL,
        source TEXT NOT NULL, list_date TEXT, files TEXT NOT NULL, replaces INTEGER REFERENCES batch(batch_id),
        revision INTEGER NOT NULL UNIQUE, committed_at TEXT NOT NULL, undone_at TEXT, undone_by TEXT,
        counts TEXT NOT NULL) STRICT""",
    """CREATE TABLE IF NOT EXISTS naming(
        reference TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY(reference, key)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS result(
        name TEXT PRIMARY KEY NOT NULL, about TEXT NOT NULL, people TEXT NOT NULL, ties TEXT) STRICT""",
)


def ensure_tables(connection: sql.Connection) -> None:
    """Make what is missing: tables, columns of fields that a newer program added, indexes."""
    for statement in FIXED_TABLES:
        connection.execute(statement)
    for kind in KINDS.values():
        connection.execute(_table(kind))
        present = {row[1] for row in connection.execute(f"PRAGMA table_info({quoted(kind.name)})")}
        for spec in kind.fields:
            if spec.name not in present:
                connection.execute(f"ALTER TABLE {quoted(kind.name)} ADD COLUMN {_column(spec)}")
            if is_indexed(spec):
                name = quoted(f"{kind.name}_{spec.name}")
                connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(kind.name)}({quoted(spec.name)})")


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return f'"{name}"'


def is_indexed(spec: FieldSpec) -> bool:
    """Tell whether records are looked up by what this field refers to."""
    return spec.relation is not None and not spec.is_list


def _column(spec: FieldSpec) -> str:
    return f"{quoted(spec.name)} {_SQL_TYPES[spec.type]}"


def _table(kind: Kind) -> str:
    columns = ", ".join(_column(spec) for spec in kind.fields)
    return (
        f"CREATE TABLE IF NOT EXISTS {quoted(kind.name)}(key TEXT NOT NULL, {columns}, cleared TEXT, "
        "batch_id INTEGER NOT NULL REFERENCES batch(batch_id) DEFERRABLE INITIALLY DEFERRED, "
        "PRIMARY KEY(key, batch_id)) STRICT, WITHOUT ROWID"
    )


def insert_versions(connection: sql.Connection, kind: Kind, versions: pa.Table) -> None:
    """Insert versions (columns of ``kind.version_schema``).

    Raises
    ------
    StoreError
        A key is missing or stands twice, or a text holds a control character.
    """
    table = versions.select(kind.version_schema.names).cast(kind.version_schema)
    refuse_unfit(kind, table)
    names = ", ".join(quoted(name) for name in table.column_names)
    marks = ", ".join("?" * table.num_columns)
    try:
        connection.executemany(f"INSERT INTO {quoted(kind.name)}({names}) VALUES ({marks})", _rows(table))
    except sql.IntegrityError as error:
        raise StoreError(f"A {kind.name} stands twice in this batch. Nothing was changed.") from error


def refuse_unfit(kind: Kind, table: pa.Table) -> None:
    """Refuse what no home can keep: a missing or empty key, control characters, numbers that are none.

    Raises
    ------
    StoreError
        Names the kind and the column, never the value.
    """
    if table["key"].null_count or pc.any(pc.equal(table["key"], "")).as_py():
        raise StoreError(f"A {kind.name} has no key. Nothing was changed.")
    for field in table.schema:
        column = table[field.name]
        if pa.types.is_string(field.type) and pc.any(pc.match_substring_regex(column, _CONTROL)).as_py():
            raise StoreError(f"A {kind.name} holds a control character in '{field.name}'. Nothing was changed.")
        if pa.types.is_floating(field.type) and not pc.all(pc.is_finite(column)).as_py() and len(column.drop_null()):
            raise StoreError(f"A {kind.name} holds no finite number in '{field.name}'. Nothing was changed.")


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in table.to_batches(max_chunksize=PAGE_ROWS):
        yield from zip(*(_to_python(column) for column in batch.columns), strict=True)


def _to_python(column: pa.Array) -> list[Any]:
    if column.null_count == len(column):
        return [None] * len(column)
    if pa.types.is_date(column.type):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type):
        return list(column.to_numpy(zero_copy_only=False))
    return list(column.to_pylist())


def read_all(connection: sql.Connection, kind: Kind) -> pa.Table:
    """Read all versions of a kind in order of key and batch, page by page."""
    schema = kind.version_schema
    joined = ", ".join(f"group_concat(ifnull({quoted(n)}, char(30)), char(31))" for n in schema.names)
    columns = ", ".join(quoted(n) for n in schema.names)
    page = (
        f"SELECT count(*), max(key), {joined} FROM (SELECT {columns} FROM {quoted(kind.name)} "
        "WHERE (key, batch_id) > (?, ?) ORDER BY key, batch_id LIMIT ?)"
    )
    pages, after = [], ("", 0)
    n_rows_at_once = LONG_PAGE_ROWS if any(spec.privacy == "notes" for spec in kind.fields) else PAGE_ROWS
    while True:
        n_rows, last_key, *texts = connection.execute(page, (*after, n_rows_at_once)).fetchone()
        if not n_rows:
            break
        pages.append(_page(schema, texts))
        after = (last_key, pages[-1]["batch_id"][-1].as_py())
    return pa.concat_tables(pages) if pages else schema.empty_table()


def _page(schema: pa.Schema, texts: Sequence[str]) -> pa.Table:
    return pa.table([_column_of(text, field.type) for text, field in zip(texts, schema, strict=True)], schema=schema)


def _column_of(text: str, type_: pa.DataType) -> pa.Array:
    values = pc.split_pattern(pa.array([text], pa.large_string()), _SPLIT).values
    values = pc.if_else(pc.equal(values, _NULL), None, values).cast(pa.string())
    if pa.types.is_boolean(type_):
        return pc.equal(values, "1")
    return values.cast(type_)


def read_some(connection: sql.Connection, kind: Kind, column: str, values: Sequence[Any]) -> pa.Table:
    """Read the versions where a column has one of these values, in order of key and batch."""
    schema = kind.version_schema
    names = ", ".join(quoted(n) for n in schema.names)
    rows = []
    for start in range(0, len(values), 500):
        some = list(values[start : start + 500])
        marks = ", ".join("?" * len(some))
        query = f"SELECT {names} FROM {quoted(kind.name)} WHERE {quoted(column)} IN ({marks})"
        rows += connection.execute(query, some).fetchall()
    rows.sort(key=lambda row: (row[0], row[-1]))
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table([_from_rows(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _from_rows(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(type_):
        return pa.array([None if v is None else bool(v) for v in values], type_)
    if pa.types.is_date(type_):
        return pa.array(values, pa.string()).cast(type_)
    return pa.array(values, type_)
