"""Batches and tables of generated people for the store tests."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.graph.batches import BatchDraft, Origin
from shopfloor.graph.contract import Store
from shopfloor.records import KINDS

Row = Mapping[str, Any]
"""One version, by column."""


def draft(origin: Origin = "import", *, source: str = "hr", replaces: int | None = None) -> BatchDraft:
    """Return a draft of a batch, opened now."""
    return BatchDraft(
        origin=origin, made_by="Organizer One", opened_at=datetime.now(UTC), source=source, replaces=replaces
    )


def table(kind: str, rows: Iterable[Row]) -> pa.Table:
    """Return versions as a writer takes them; what a row does not name is null."""
    schema = KINDS[kind].version_schema
    schema = schema.remove(schema.get_field_index("batch_id"))
    return pa.Table.from_pylist([{**dict.fromkeys(schema.names), **row} for row in rows], schema=schema)


def write(store: Store, rows: Mapping[str, Iterable[Row]], given: BatchDraft | None = None) -> int:
    """Write one batch of rows by kind and return its id."""
    with store.open_batch(given or draft()) as batch:
        for kind, some in rows.items():
            batch.append(kind, table(kind, some))
        return batch.batch_id


def seen(store: Store, kind: str = "contact") -> dict[str, dict[str, Any]]:
    """Return what is said of each visible record, without nulls, by key."""
    return {row["key"]: said(row) for row in store.records(kind).to_pylist()}


def said(row: Row) -> dict[str, Any]:
    """Return the fields of a record that are not null."""
    return {name: value for name, value in row.items() if value is not None and name not in {"key", "batch_id"}}


def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return all versions by kind, where there are any."""
    found = {kind: store.versions(kind).to_pylist() for kind in KINDS}
    return {kind: rows for kind, rows in found.items() if rows}


def copy(source: Store, target: Store) -> None:
    """Take every batch over into another store."""
    tables = {kind: source.versions(kind) for kind in KINDS}
    for batch in source.batches():
        parts = [(k, t.filter(pc.equal(t["batch_id"], batch.batch_id))) for k, t in tables.items()]
        target.restore_batch(batch, parts)
