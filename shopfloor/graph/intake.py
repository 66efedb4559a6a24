"""What every home refuses before it writes: rows that one of the homes could not give back as they came."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import StoreError
from shopfloor.records import FieldSpec, Kind, is_ascending

KEY_BYTES = 4_000
"""Longest key or reference, UTF-8; an index entry of Neo4j holds no more than about 8,000."""
TAKEN = "There is a {kind} already where this one was to be a new one. Nothing was changed."
"""Said of a record that was claimed; its key may be made of personal values."""
OWN_LOG = "{place} has an audit of its own. Copy into a new store. Nothing was changed."
"""Said of a store that is to take over another's log."""
_CONTROL = "[\x00-\x08\x0b-\x1f\x7f]"
_FIRST_PRINTABLE, _DELETE = 0x20, 0x7F
_NAMES = r"; | \| "


def take_in(kind: Kind, versions: pa.Table, batch_id: int) -> pa.Table:
    """Return versions as a store keeps them: columns and types of ``kind.version_schema``, of this batch.

    Parameters
    ----------
    kind : Kind
        The record kind.
    versions : pyarrow.Table
        Columns of ``kind.version_schema`` in any order; ``batch_id`` may be missing and is passed over.
    batch_id : int
        The batch they are written in.

    Raises
    ------
    StoreError
        A column is missing or of another type; a key is missing, empty, too long or stands twice; a text holds a
        control character other than tab and newline; a number is not finite. Names kind and column, never a value.
    """
    schema = kind.version_schema.remove(kind.version_schema.get_field_index("batch_id"))
    missing = [name for name in schema.names if name not in versions.column_names]
    if missing:
        raise StoreError(f"The {kind.name} table lacks {', '.join(missing)}. Nothing was changed.")
    try:
        table = versions.select(schema.names).cast(schema)
    except pa.ArrowException:
        raise StoreError(
            f"The {kind.name} table has a column of another type than the record. Nothing was changed."
        ) from None
    _refuse_unfit(kind, table)
    ids = pa.repeat(pa.scalar(batch_id, pa.int64()), table.num_rows)
    return table.append_column(pa.field("batch_id", pa.int64()), ids).combine_chunks()


def _refuse_unfit(kind: Kind, table: pa.Table) -> None:
    key = table["key"]
    if key.null_count or pc.any(pc.equal(key, "")).as_py():
        raise StoreError(f"A {kind.name} has no key. Nothing was changed.")
    if not is_ascending(key) and pc.count_distinct(key).as_py() < table.num_rows:
        raise StoreError(f"A {kind.name} stands twice in this batch. Nothing was changed.")
    for field in table.schema:
        _refuse_unfit_values(kind, field, table[field.name])
    for name, column in [("key", key), *((f.name, _referred(f, table[f.name])) for f in kind.fields if f.relation)]:
        if (pc.max(pc.binary_length(column)).as_py() or 0) > KEY_BYTES:
            raise StoreError(f"A {kind.name} holds more than {KEY_BYTES} bytes in '{name}'. Nothing was changed.")


def _refuse_unfit_values(kind: Kind, field: pa.Field, column: pa.ChunkedArray) -> None:
    if pa.types.is_string(field.type) and _has_controls(column):
        raise StoreError(f"A {kind.name} holds a control character in '{field.name}'. Nothing was changed.")
    if pa.types.is_floating(field.type) and pc.all(pc.is_finite(column)).as_py() is False:
        raise StoreError(f"A {kind.name} holds no finite number in '{field.name}'. Nothing was changed.")


def _has_controls(column: pa.ChunkedArray) -> bool:
    """Look through the bytes first, which is quick, and at the texts only where a byte may be one."""
    if not any(bool(((part < _FIRST_PRINTABLE) | (part == _DELETE)).any()) for part in map(_bytes_of, column.chunks)):
        return False
    return bool(pc.any(pc.match_substring_regex(column, _CONTROL)).as_py())


def _bytes_of(texts: pa.StringArray) -> npt.NDArray[np.uint8]:
    """Return the bytes of the texts, and of a slice no more than its own."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return np.empty(0, np.uint8)
    ends = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]]


def _referred(spec: FieldSpec, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not spec.is_list or (pc.max(pc.binary_length(column)).as_py() or 0) <= KEY_BYTES:
        return column
    return pc.list_flatten(pc.split_pattern_regex(column, _NAMES))
