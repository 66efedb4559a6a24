"""Fold the versions of records into what is visible.

Field by field the visible value is that of the strongest live batch that said something: nothing said (null) leaves
what an earlier batch said, clearing a field (named in ``cleared``) is an edit that says "nothing".
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.graph.batches import Batch, ranks
from shopfloor.records import Kind

LIST_SEPARATOR = ";"
"""Stands between the names in ``cleared``."""

_EPOCH = date(1970, 1, 1)
_LISTED = 1 << 40


def fold(kind: Kind, versions: pa.Table, live: Sequence[Batch]) -> pa.Table:
    """Return the visible records of one kind.

    Parameters
    ----------
    kind : Kind
        The record kind.
    versions : pyarrow.Table
        Versions, columns of ``kind.version_schema``, any order.
    live : sequence of Batch
        The batches that count, weakest first (`live_batches`); versions of other batches are passed over.

    Returns
    -------
    pyarrow.Table
        One row a key, in order of the key: columns of ``kind.schema`` and ``batch_id``, the strongest batch that
        spoke of the record.
    """
    table, rank = _live_rows(versions, live)
    table, starts = _by_key(table, rank)
    if len(starts) == table.num_rows:
        return table.drop_columns("cleared")
    columns = [_strongest(table, starts, name, is_merged=name == "attributes") for name in kind.field_names]
    last = _last_of_group(starts, table.num_rows)
    key, batch_id = table["key"].take(last), table["batch_id"].take(last)
    return pa.table([key, *columns, batch_id], schema=kind.schema.append(pa.field("batch_id", pa.int64())))


def last_shown(versions: pa.Table, live: Sequence[Batch]) -> pa.Array:
    """Return the date of the list that last showed each record.

    Parameters
    ----------
    versions : pyarrow.Table
        Versions of one kind, any order.
    live : sequence of Batch
        The batches that count, as for `fold`.

    Returns
    -------
    pyarrow.Array of date32
        One a key, in the order of `fold`: the latest list date (else day of import) of the files that spoke of it,
        in whatever order they were imported; where only people typed it, the day they last did.
    """
    table, rank = _live_rows(versions, live)
    table, starts = _by_key(table, rank)
    if not len(starts):
        return pa.array([], pa.date32())
    # Any list outranks any typing: a correction shows nothing.
    days = {b.batch_id: (_day_shown(b) - _EPOCH).days + _LISTED * (b.origin == "import") for b in live}
    known, inverse = np.unique(table["batch_id"].to_numpy(), return_inverse=True)
    shown = np.array([days[int(batch_id)] for batch_id in known], dtype=np.int64)[inverse]
    latest = np.maximum.reduceat(shown, starts)
    return pa.array(np.where(latest >= _LISTED // 2, latest - _LISTED, latest).astype(np.int32)).cast(pa.date32())


def _day_shown(batch: Batch) -> date:
    return batch.list_date or (batch.committed_at or batch.opened_at).date()


def _live_rows(versions: pa.Table, live: Sequence[Batch]) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    place = ranks(live)
    ids = versions["batch_id"].to_numpy()
    known, inverse = np.unique(ids, return_inverse=True)
    rank = np.array([place.get(int(i), -1) for i in known], dtype=np.int64)[inverse]
    if (rank >= 0).all():
        return versions, rank
    return versions.filter(pa.array(rank >= 0)), rank[rank >= 0]


def _by_key(table: pa.Table, rank: npt.NDArray[np.int64]) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """Sort by key, then rank (unless it is so already), and tell where each key starts."""
    key = table["key"].combine_chunks()
    if table.num_rows and not _is_sorted(key, rank):
        order = pc.sort_indices(
            pa.table({"key": key, "rank": rank}), sort_keys=[("key", "ascending"), ("rank", "ascending")]
        )
        table, key = table.take(order), key.take(order)
    changes = pc.not_equal(key[1:], key[:-1]).to_numpy(zero_copy_only=False) if len(key) > 1 else np.empty(0, bool)
    starts = np.flatnonzero(np.concatenate(([True], changes))) if len(key) else np.empty(0, np.int64)
    return table, starts.astype(np.int64)


def _is_sorted(key: pa.Array, rank: npt.NDArray[np.int64]) -> bool:
    rises = pc.greater(key[1:], key[:-1]).to_numpy(zero_copy_only=False)
    if rises.all():
        return True
    same = pc.equal(key[1:], key[:-1]).to_numpy(zero_copy_only=False)
    return bool((rises | (same & (np.diff(rank) > 0))).all())


def _last_of_group(starts: npt.NDArray[np.int64], n_rows: int) -> npt.NDArray[np.int64]:
    return np.append(starts[1:], n_rows) - 1


def _strongest(table: pa.Table, starts: npt.NDArray[np.int64], name: str, *, is_merged: bool) -> pa.Array:
    column = table[name].combine_chunks()
    clears = _clears(table["cleared"], name)
    row = np.where(column.is_valid().to_numpy(zero_copy_only=False) | clears, np.arange(len(column)), -1)
    best = np.maximum.reduceat(row, starts)
    merged = column.take(pa.array(np.where(best < starts, 0, best), mask=best < starts))
    return _merge_attributes(column, starts, clears, merged) if is_merged else merged


def _clears(cleared: pa.ChunkedArray, name: str) -> npt.NDArray[np.bool_]:
    if cleared.null_count == len(cleared):
        return np.zeros(len(cleared), dtype=bool)
    wrapped = pc.binary_join_element_wise("", pc.fill_null(cleared, ""), "", LIST_SEPARATOR)
    pattern = f"{LIST_SEPARATOR}{name}{LIST_SEPARATOR}"
    return np.asarray(pc.match_substring(wrapped, pattern).to_numpy(), dtype=bool)


def _merge_attributes(
    column: pa.Array, starts: npt.NDArray[np.int64], clears: npt.NDArray[np.bool_], merged: pa.Array
) -> pa.Array:
    """Merge the JSON objects of one record, the stronger value first; each attribute is a field of its own.

    Clearing the attributes clears all that was said of them before.
    """
    several = np.flatnonzero(np.add.reduceat(column.is_valid().to_numpy(zero_copy_only=False).astype(int), starts) > 1)
    if not len(several):
        return merged
    ends = np.append(starts[1:], len(column))
    values: list[Any] = merged.to_pylist()
    for group in several:
        cleared = np.flatnonzero(clears[starts[group] : ends[group]])
        first = starts[group] + (cleared[-1] if len(cleared) else 0)
        said = (json.loads(v) for v in column[first : ends[group]].to_pylist() if v)
        values[group] = dump_attributes({name: value for row in said for name, value in row.items()})
    return pa.array(values, pa.string())


def dump_attributes(attributes: dict[str, str]) -> str | None:
    """Return attributes as the stored JSON text, in order of their names; none at all is null."""
    return json.dumps(attributes, ensure_ascii=False, sort_keys=True) if attributes else None
