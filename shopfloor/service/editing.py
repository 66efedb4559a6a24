"""What a person types: corrections, new records, verdicts, answers. Each is a batch of its own and can be undone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from shopfloor.errors import NotFoundError, UsageError, near
from shopfloor.graph.batches import Batch, BatchDraft, Origin, live_batches
from shopfloor.ingest.mentions import Mention, as_questions, open_mentions
from shopfloor.ingest.rows import check_value
from shopfloor.records import KINDS, VERDICTS, Kind, natural_key
from shopfloor.service.opening import OpenStore

PERSON_KINDS = ("contact", "contact_details", "placement")
"""Record kinds that an edit of a person writes to."""


@dataclass(frozen=True, slots=True)
class EditReport:
    """What an edit did, or would do.

    Attributes
    ----------
    batch_id : int or None
        The batch it became; None for a dry run, and when nothing changed.
    fields : tuple of str
        Fields it sets or clears.
    is_new : bool
        The record was not there before.
    """

    batch_id: int | None
    fields: tuple[str, ...]
    is_new: bool


def edit_record(store: OpenStore, record: str, values: Mapping[str, str], *, is_dry_run: bool = False) -> EditReport:
    """Add or correct one record by hand; a typed value outranks a file's.

    Parameters
    ----------
    store : OpenStore
        Where.
    record : str
        ``KIND:KEY``; ``person:17`` (or just ``17``) is the person with that id, whose fields may be those of the
        people file. A new record gets the given key; ``KIND:`` alone makes one from the natural key.
    values : mapping of str to str
        Field to text as one would write it in a file; an empty text clears the field.
    is_dry_run : bool
        Check and write nothing.

    Raises
    ------
    UsageError
        There is no such kind or field, or a value does not fit.
    """
    kind_name, colon, key = record.partition(":")
    if not colon or (kind_name not in KINDS and kind_name != "person"):
        kind_name, key = ("person", record) if not colon else (kind_name, key)
    if not values:
        raise UsageError("Nothing to edit: say FIELD=VALUE.")
    parts = _person_parts(values) if kind_name == "person" else {_kind(kind_name): dict(values)}
    today = store.workplace().provenance.as_of
    tables = {kind: _version(kind, key, fields, today) for kind, fields in parts.items()}
    is_new = all(
        store.home.records(kind.name, table["key"].to_pylist()).num_rows == 0 for kind, table in tables.items()
    )
    batch_id = None if is_dry_run else _write(store, "edit", tables)
    return EditReport(batch_id, tuple(sorted(values)), is_new)


def _kind(name: str) -> Kind:
    if name not in KINDS or name == "judgement":
        known = ["person", *(kind for kind in KINDS if kind != "judgement")]
        raise UsageError(f"There is no record kind '{name}'{near(name, known)}. Kinds: {', '.join(known)}.")
    return KINDS[name]


def _person_parts(values: Mapping[str, str]) -> dict[Kind, dict[str, str]]:
    """Share out the fields of a person over the record kinds that hold them."""
    parts: dict[Kind, dict[str, str]] = {}
    known = [name for kind in PERSON_KINDS for name in KINDS[kind].field_names if name != "person_id"]
    for field, text in values.items():
        kind = next((KINDS[k] for k in PERSON_KINDS if field in KINDS[k].field_names and field != "person_id"), None)
        if kind is None:
            raise UsageError(f"A person has no field '{field}'{near(field, known)}. Fields: {', '.join(known)}.")
        parts.setdefault(kind, {})[field] = text
    return parts


def _version(kind: Kind, key: str, texts: Mapping[str, str], today: date) -> pa.Table:
    """Return one version of a record, checked."""
    for field in texts:
        if field not in kind.field_names:
            raise UsageError(
                f"A {kind.name} has no field '{field}'{near(field, kind.field_names)}. "
                f"Fields: {', '.join(kind.field_names)}."
            )
    row: dict[str, Any] = {f: check_value(kind.field(f), text) for f, text in texts.items() if text}
    if kind.name == "placement":
        row |= {"person_id": key, "started_on": row.get("started_on", today)}
        key = natural_key([key, row["started_on"]])
    if kind.name == "contact_details":
        row["person_id"] = key
    row["key"] = key or natural_key(row.get(name) for name in kind.natural_key)
    row["cleared"] = ";".join(sorted(f for f, text in texts.items() if not text)) or None
    schema = kind.version_schema.remove(len(kind.version_schema) - 1)
    return pa.table({f.name: pa.array([row.get(f.name)], f.type) for f in schema})


def _write(store: OpenStore, origin: Origin, tables: Mapping[Kind, pa.Table], *, replaces: int | None = None) -> int:
    draft = BatchDraft(origin=origin, made_by=store.viewer.name, opened_at=datetime.now(UTC), replaces=replaces)
    with store.home.open_batch(draft) as batch:
        for kind, table in tables.items():
            batch.append(kind.name, table)
        batch.set_counts(json.dumps({"n_read": len(tables), "n_accepted": len(tables), "n_rejected": 0}))
        return batch.batch_id


def undo_batch(store: OpenStore, batch_id: int) -> Batch:
    """Undo an import, an edit or a verdict: afterwards it is as if it had never been made.

    Raises
    ------
    NotFoundError
        There is no such batch.
    """
    store.home.undo(batch_id, by=store.viewer.name, at=datetime.now(UTC))
    return find_batch(store, batch_id)


def find_batch(store: OpenStore, batch_id: int) -> Batch:
    """Return one batch.

    Raises
    ------
    NotFoundError
        There is no such batch.
    """
    for batch in store.batches():
        if batch.batch_id == batch_id:
            return batch
    raise NotFoundError(f"There is no batch {batch_id}. See them with: shopfloor imports list {store.location}")


def judge(store: OpenStore, verdict: str, one: str, other: str, *, why: str = "") -> int:
    """Say whether two contacts are the same person; return the id to withdraw it by.

    Parameters
    ----------
    store : OpenStore
        Where.
    verdict : {"same", "different", "unsure"}
        The verdict; the newest one on a pair counts.
    one, other : str
        Keys of the two contacts.
    why : str
        The reason, if there is one.

    Raises
    ------
    UsageError
        There is no such verdict, or the two are one key.
    NotFoundError
        A key belongs to no contact.
    """
    if verdict not in VERDICTS:
        raise UsageError(f"There is no verdict '{verdict}'{near(verdict, VERDICTS)}. Verdicts: {', '.join(VERDICTS)}.")
    if one == other:
        raise UsageError("A contact is compared with itself. Give two ids.")
    known = store.picture().identity.person_of
    for key in (one, other):
        if key not in known:
            raise NotFoundError(f"There is no person with id {key}. Look with: shopfloor person {store.location} ID")
    left, right = sorted((one, other))
    return _judge(store, "contact", left, right, verdict, why)


def _judge(store: OpenStore, subject: str, left: str, right: str, verdict: str, why: str) -> int:
    kind = KINDS["judgement"]
    key = natural_key([subject, left]) if subject == "mention" else natural_key([left, right])
    row = {"key": key, "subject": subject, "left": left, "right": right, "verdict": verdict, "why": why or None}
    schema = kind.version_schema.remove(len(kind.version_schema) - 1)
    return _write(store, "judgement", {kind: pa.table({f.name: pa.array([row.get(f.name)], f.type) for f in schema})})


def withdraw(store: OpenStore, judgement_id: int) -> None:
    """Take a verdict or an answer back: afterwards it is as if it had never been given.

    Raises
    ------
    NotFoundError
        There is no such verdict.
    """
    batch = find_batch(store, judgement_id)
    if batch.origin != "judgement":
        raise NotFoundError(
            f"Batch {judgement_id} is no verdict. Undo an import or edit with: "
            f"shopfloor imports undo {store.location} {judgement_id}"
        )
    undo_batch(store, judgement_id)


def list_mentions(store: OpenStore) -> tuple[list[Mention], tuple[str, ...]]:
    """Return the open mentions, and the ids of the people their candidates point to."""
    picture = store.picture()
    counts = open_mentions(picture.references, picture.directory)
    return as_questions(counts, picture.directory), picture.identity.person_ids


def answer_mention(store: OpenStore, mention: str, person_id: str) -> int:
    """Say who is meant by a mention; return the id to withdraw the answer by.

    Parameters
    ----------
    store : OpenStore
        Where.
    mention : str
        The mention's key: the text as written, and ``@source`` where it stands in a named source.
    person_id : str
        Who is meant.

    Raises
    ------
    NotFoundError
        There is no such open mention, or no such person.
    """
    open_keys = [one.key for one in list_mentions(store)[0]]
    if mention not in open_keys:
        raise NotFoundError(
            f"There is no open mention of that text. See them with: shopfloor mentions list {store.location}"
        )
    if person_id not in store.picture().identity.person_of:
        raise NotFoundError(f"There is no person with id {person_id}. Nothing was changed.")
    return _judge(store, "mention", mention, person_id, "same", "")


def judgements(store: OpenStore) -> list[tuple[Batch, dict[str, Any]]]:
    """Return the verdicts and answers that count, oldest first, each with the batch to withdraw it by."""
    live = {batch.batch_id: batch for batch in live_batches(store.batches())}
    rows = store.snapshot(["judgement"]).tables["judgement"].to_pylist()
    return sorted(((live[row["batch_id"]], row) for row in rows), key=lambda pair: pair[0].batch_id)
