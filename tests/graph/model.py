"""What the contract says of batches and what is visible, in a few lines of plain Python."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Said = dict[str, Any]


@dataclass(kw_only=True)
class ModelBatch:
    """What one batch said: fields by (kind, key), and the fields it cleared."""

    batch_id: int
    is_typed: bool
    replaces: int | None = None
    is_undone: bool = False
    says: dict[tuple[str, str], Said] = field(default_factory=dict)
    clears: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)


def visible(batches: Iterable[ModelBatch]) -> dict[tuple[str, str], Said]:
    """Fold batches in order of their commits, one field at a time."""
    standing = [batch for batch in batches if not batch.is_undone]
    replaced = {batch.replaces for batch in standing}
    records: dict[tuple[str, str], Said] = {}
    for is_typed in (False, True):
        for batch in standing:
            if batch.is_typed == is_typed and batch.batch_id not in replaced:
                _say(records, batch)
    return {record: _without_nulls(said) for record, said in records.items()}


def _say(records: dict[tuple[str, str], Said], batch: ModelBatch) -> None:
    for record, said in batch.says.items():
        before = records.setdefault(record, {})
        for name in batch.clears.get(record, ()):
            before.pop(name, None)
        attributes = {**before.get("attributes", {}), **said.get("attributes", {})}
        before.update({name: value for name, value in said.items() if value is not None})
        if attributes:
            before["attributes"] = attributes


def _without_nulls(said: Said) -> Said:
    return {name: value for name, value in said.items() if value is not None}


def as_rows(batch: ModelBatch) -> dict[str, list[Said]]:
    """Return the rows a writer takes, by kind."""
    rows: dict[str, list[Said]] = {}
    for (kind, key), said in batch.says.items():
        cleared = ";".join(batch.clears.get((kind, key), ())) or None
        rows.setdefault(kind, []).append({"key": key, **_written(said), "cleared": cleared})
    return rows


def _written(said: Mapping[str, Any]) -> Said:
    return {name: json.dumps(value, sort_keys=True) if name == "attributes" else value for name, value in said.items()}


def as_read(row: Mapping[str, Any]) -> Said:
    """Return a record as the model has it."""
    said = {name: value for name, value in row.items() if value is not None and name not in {"key", "batch_id"}}
    return {name: json.loads(value) if name == "attributes" else value for name, value in said.items()}
