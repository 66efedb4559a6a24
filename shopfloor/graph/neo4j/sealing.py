"""What of a record is sealed on Neo4j, and how: versions to and from the properties that the server gets.

Fields of the classes *contact* and *notes*, attributes and free text are sealed always; where a name may stand, if the
store seals names. All sealed fields of a version are one value (``sealed``), bound to kind, batch and key. In place of
a reference that is sealed stands its digest, which is the key of its anchor too; in place of a natural key that holds
a name, its digest. Phone and e-mail have a blind index for equality look-up.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import neo4j
import pyarrow as pa

from shopfloor.errors import StoreError
from shopfloor.graph.lookup import NORMAL
from shopfloor.graph.neo4j.cipher import TOKEN, Seal, UnopenedError
from shopfloor.graph.neo4j.layout import META, anchor_label
from shopfloor.graph.relations import references_in
from shopfloor.records import KINDS, FieldSpec, Kind

SEALED: Final = "sealed"
"""Property that holds what is sealed of a version."""

NAMING: Final[Mapping[str, frozenset[str]]] = {
    "contact": frozenset({"name", "preferred_name"}),
    "conversation": frozenset({"organizer", "named"}),
    "assignment": frozenset({"foreman"}),
    "connection": frozenset({"said_by"}),
    "assessment": frozenset({"assessed_by"}),
    "participation": frozenset({"asked_by"}),
    "link": frozenset({"from_party", "to_party"}),
    "judgement": frozenset({"left"}),
}
"""Fields where a person's name may stand, by record kind."""

_FREE_TEXT: Final[Mapping[str, frozenset[str]]] = {
    "connection": frozenset({"reference"}),
    "engagement": frozenset({"reference"}),
    "link": frozenset({"reference"}),
    "participation": frozenset({"said"}),
}
"""Other fields that may hold any words."""


@cache
def sealed_fields(kind_name: str, *, seals_names: bool) -> tuple[str, ...]:
    """Return the fields of a kind that are sealed, in order."""
    kind = KINDS[kind_name]
    named = NAMING.get(kind_name, frozenset()) if seals_names else frozenset()
    return tuple(spec.name for spec in kind.fields if spec.name in named or _is_sealed_always(kind, spec))


def _is_sealed_always(kind: Kind, spec: FieldSpec) -> bool:
    return (
        spec.privacy in {"contact", "notes"}
        or spec.name == "attributes"
        or spec.name in _FREE_TEXT.get(kind.name, frozenset())
    )


@cache
def hides_keys(kind_name: str, *, seals_names: bool) -> bool:
    """Tell whether natural keys of a kind are made of sealed fields, so that a digest stands in their place."""
    return not set(KINDS[kind_name].natural_key).isdisjoint(sealed_fields(kind_name, seals_names=seals_names))


def index_property(field: str) -> str:
    """Return the property that holds the blind index of a field."""
    return f"{field}_index"


@cache
def stored_schema(kind_name: str, *, seals_names: bool) -> pa.Schema:
    """Return the properties of version nodes of a kind, `place` apart."""
    kind, sealed = KINDS[kind_name], sealed_fields(kind_name, seals_names=seals_names)
    tokens = {spec.name for spec in kind.fields if spec.relation is not None and not spec.is_list}
    clear = [field for field in kind.version_schema if field.name not in sealed or field.name in tokens]
    more = [pa.field(SEALED, pa.binary())] if sealed else []
    if kind_name == "contact_details":
        more += [pa.field(index_property(name), pa.string()) for name in NORMAL]
    return pa.schema([*clear, *more])


def is_token(spec: FieldSpec | None, kind_name: str, *, seals_names: bool) -> bool:
    """Tell whether digests stand in place of what a field refers to."""
    return spec is not None and spec.name in sealed_fields(kind_name, seals_names=seals_names)


def anchor_token(seal: Seal, anchor: str, reference: str) -> str:
    """Return the key of the anchor of a sealed reference."""
    return seal.token(anchor, reference)


def anchor_keys(seal: Seal, kind: Kind, spec: FieldSpec, reference: str) -> list[str]:
    """Return the keys that the anchor of a reference may have; a name that is sealed is never sent to the server."""
    if spec.relation is None or not is_token(spec, kind.name, seals_names=seal.seals_names):
        return [reference]
    return seal.tokens(anchor_label(spec.relation.to), reference)


def stored_keys(seal: Seal, kind: Kind, keys: Sequence[str]) -> list[str]:
    """Return the keys under which records may be stored; while keys are changed, a hidden one has two."""
    if not hides_keys(kind.name, seals_names=seal.seals_names):
        return list(keys)
    return [stored for key in keys for stored in (seal.tokens(f"key {kind.name}", key) if _is_hidden(key) else [key])]


def _is_hidden(key: str) -> bool:
    return key.startswith(("=", TOKEN))


def seal_versions(seal: Seal, kind: Kind, versions: pa.Table) -> pa.Table:
    """Return versions (columns of ``kind.version_schema``) as they are stored: columns of `stored_schema`."""
    schema = stored_schema(kind.name, seals_names=seal.seals_names)
    columns: dict[str, Any] = {name: versions[name] for name in schema.names if name in versions.column_names}
    names = sealed_fields(kind.name, seals_names=seal.seals_names)
    if not names:
        return pa.table([columns[name] for name in schema.names], schema=schema)
    keys = versions["key"].to_pylist()
    stored = _stored_keys_of(seal, kind, keys)
    columns["key"] = pa.array(stored, pa.string())
    columns[SEALED] = pa.array(_sealed(seal, kind, versions, keys, stored), pa.binary())
    for name in names:
        if name in schema.names:
            columns[name] = _referring_tokens(seal, kind.field(name), keys, versions[name].to_pylist())
        if index_property(name) in schema.names:
            columns[index_property(name)] = _indexes(seal, name, versions[name].to_pylist())
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _stored_keys_of(seal: Seal, kind: Kind, keys: list[str]) -> list[str]:
    if not hides_keys(kind.name, seals_names=seal.seals_names):
        return keys
    return [seal.token(f"key {kind.name}", key) if _is_hidden(key) else key for key in keys]


def _sealed(seal: Seal, kind: Kind, versions: pa.Table, keys: list[str], stored: list[str]) -> Iterator[bytes | None]:
    names = sealed_fields(kind.name, seals_names=seal.seals_names)
    columns = [versions[name].to_pylist() for name in names]
    places = zip(keys, stored, versions["batch_id"].to_pylist(), strict=True)
    for (key, stored_key, batch_id), values in zip(places, zip(*columns, strict=True), strict=True):
        said = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        if stored_key != key:
            said["key"] = key
        plain = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        yield seal.close_record(_bound(kind, batch_id, stored_key), plain) if said else None


def _bound(kind: Kind, batch_id: int, stored_key: str) -> str:
    return f"{kind.name}\x1f{batch_id}\x1f{stored_key}"


def _referring_tokens(seal: Seal, spec: FieldSpec, keys: list[str], texts: list[str | None]) -> pa.Array:
    anchor = anchor_label(spec.relation.to) if spec.relation is not None else ""
    return pa.array(
        [
            anchor_token(seal, anchor, references_in(spec, key, text)[0]) if text else text
            for key, text in zip(keys, texts, strict=True)
        ],
        pa.string(),
    )


def _indexes(seal: Seal, field: str, texts: list[str | None]) -> pa.Array:
    normal = [NORMAL[field](text) if text else "" for text in texts]
    return pa.array([seal.index(field, text) if text else None for text in normal], pa.string())


def open_versions(seal: Seal, kind: Kind, stored: pa.Table) -> pa.Table:
    """Return stored versions (columns of `stored_schema`) as they were written: columns of ``kind.version_schema``.

    Raises
    ------
    UnopenedError
        A sealed value is not the one that was sealed for its record.
    """
    schema, names = kind.version_schema, sealed_fields(kind.name, seals_names=seal.seals_names)
    if not names:
        return stored.select(schema.names)
    keys, batches = stored["key"].to_pylist(), stored["batch_id"].to_pylist()
    said = [
        open_row(seal, kind, key, batch_id, sealed)
        for key, batch_id, sealed in zip(keys, batches, stored[SEALED].to_pylist(), strict=True)
    ]
    columns = {name: pa.array([row.get(name) for row in said], schema.field(name).type) for name in names}
    if hides_keys(kind.name, seals_names=seal.seals_names):
        columns["key"] = pa.array([row.get("key", key) for row, key in zip(said, keys, strict=True)], pa.string())
    return pa.table([columns[name] if name in columns else stored[name] for name in schema.names], schema=schema)


def open_row(seal: Seal, kind: Kind, stored_key: str, batch_id: int, sealed: bytes | None) -> dict[str, Any]:
    """Return what is sealed of one version, its real key under ``key`` where that is hidden.

    Raises
    ------
    UnopenedError
        As for `open_versions`; also where a hidden key has nothing sealed beside it.
    """
    if sealed is None:
        if stored_key.startswith(TOKEN) and hides_keys(kind.name, seals_names=seal.seals_names):
            raise UnopenedError
        return {}
    opened: dict[str, Any] = json.loads(seal.open_record(_bound(kind, batch_id, stored_key), sealed))
    return opened


def look(transaction: neo4j.ManagedTransaction, seal: Seal) -> int:
    """Take over which keys the database uses now, and return how often records were sealed anew."""
    row = transaction.run(f"MATCH (m:{META}) RETURN m.key_ids AS key_ids, m.n_resealed AS n").single(strict=True)
    seal.use(row["key_ids"])
    return int(row["n"])


def unopened(place: str, what: str) -> StoreError:
    """Return what to say of sealed values that do not open."""
    return StoreError(
        f"{place}: sealed values of {what} do not open. They were changed, or moved to another record, by something "
        "else than Shopfloor. Nothing was changed. Find them with shopfloor check, and restore a backup."
    )
