"""What a person types: corrections, new records, verdicts, answers. Each is a batch of its own and can be undone."""

import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from shopfloor.errors import NotFoundError, RecordTakenError, UsageError, near
from shopfloor.graph.batches import Batch, BatchDraft, Origin, live_batches
from shopfloor.ingest.mentions import UNRESOLVED, Mention, as_questions, open_mentions
from shopfloor.ingest.rows import check_value, record_fault
from shopfloor.records import KINDS, VERDICTS, Kind, make_key, natural_key, split_key
from shopfloor.service.opening import OpenStore
from shopfloor.service.picture import Picture

PERSON_KINDS = ("contact", "contact_details", "placement")
"""Record kinds that an edit of a person writes to."""
_TALK_BYTES = 6
_DERIVED = ("person_id", "started_on")


@dataclass(frozen=True, slots=True)
class EditReport:
    """What an edit did, or would do.

    Attributes
    ----------
    batch_id : int or None
        The batch it became; None for a dry run.
    fields : tuple of str
        Fields it sets or clears.
    is_new : bool
        The record was not there before.
    key : str
        The record's; a person added by somebody who sees some units gets an id of her own: ``17@by-olga-1a2b3c``.
    """

    batch_id: int | None
    fields: tuple[str, ...]
    is_new: bool
    key: str


@dataclass(frozen=True, slots=True, repr=False)
class _Version:
    """What a person says of one record: None clears a field."""

    key: str
    values: Mapping[str, Any]


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
        There is no such kind or field, a value does not fit, or the record would not be accepted from a file either.
    """
    kind_name, colon, key = record.partition(":")
    if not colon:
        kind_name, key = "person", record
    if not values:
        raise UsageError("Nothing to edit: say FIELD=VALUE.")
    said = {field: text.strip() for field, text in values.items()}
    if kind_name in ("person", "contact"):
        key = _key_to_write(store, _checked_key(key))
        versions, is_new = _edit_person(store, key, said)
    else:
        versions, is_new = _edit_one(store, _kind(kind_name), key.strip(), said)
    batch_id = None if is_dry_run else _write(store, "edit", versions, about=_about(store, versions))
    return EditReport(batch_id, tuple(sorted(values)), is_new, key)


def log_talk(store: OpenStore, values: Mapping[str, str]) -> EditReport:
    """Write a conversation as one of its own, also where the same two talked that day already.

    Parameters
    ----------
    store : OpenStore
        Where.
    values : mapping of str to str
        Field to text, as for `edit_record`.

    Returns
    -------
    EditReport
        Of a record named by person, day and organizer or, where that one is taken, by chance: whoever saves at the
        same moment, in this program or another, the two talks are two.

    Raises
    ------
    UsageError
        A value does not fit, or the record would not be accepted from a file either.
    """
    said = {field: text.strip() for field, text in values.items()}
    versions, is_new = _edit_one(store, KINDS["conversation"], "", said)
    if is_new:
        with suppress(RecordTakenError):
            return _log(store, versions, said)
    own = f"@{store.viewer.own_source}" if store.viewer.is_scoped else ""
    versions, _ = _edit_one(store, KINDS["conversation"], f"talk-{secrets.token_hex(_TALK_BYTES)}{own}", said)
    return _log(store, versions, said)


def _log(store: OpenStore, versions: Mapping[Kind, Sequence[_Version]], said: Mapping[str, str]) -> EditReport:
    batch_id = _write(store, "edit", versions, about=_about(store, versions), is_new=True)
    return EditReport(batch_id, tuple(sorted(said)), is_new=True, key=versions[KINDS["conversation"]][0].key)


def _kind(name: str) -> Kind:
    if name not in KINDS or name in (*PERSON_KINDS, "judgement"):
        known = ["person", *(kind for kind in KINDS if kind not in (*PERSON_KINDS, "judgement"))]
        raise UsageError(f"There is no record kind '{name}'{near(name, known)}. Kinds: {', '.join(known)}.")
    return KINDS[name]


def _checked_key(key: str) -> str:
    if not key.strip():
        raise UsageError("A person has an id. Say which: shopfloor edit STORE ID FIELD=VALUE")
    return str(check_value(KINDS["contact_details"].field("person_id"), key))


def _key_to_write(store: OpenStore, key: str) -> str:
    """Return the key of a person as it is written: a new one of who sees some units is in an id space of her own.

    Any other id could be that of somebody whom a list brings later, and whom she may not see.
    """
    is_known = key in store.picture().identity.person_of
    own = store.viewer.is_scoped and not is_known and not split_key(key)[1]
    return make_key(key, store.viewer.own_source) if own else key


def _edit_one(
    store: OpenStore, kind: Kind, key: str, said: Mapping[str, str]
) -> tuple[Mapping[Kind, list[_Version]], bool]:
    """Return the version that an edit of one record makes, and whether the record is new."""
    values = {field: _value(kind, field, text) for field, text in said.items()}
    key = key or natural_key(values.get(name) for name in kind.natural_key)
    if key == natural_key([]):
        raise UsageError(f"A new {kind.name} needs an id. Say it: {kind.name}:ID")
    known = store.records(kind.name, [key]).to_pylist()
    _refuse_unfit(kind, key, (known[0] if known else {}) | values)
    return {kind: [_Version(key, values)]}, not known


def _edit_person(store: OpenStore, key: str, said: Mapping[str, str]) -> tuple[Mapping[Kind, list[_Version]], bool]:
    """Return the versions that an edit of a person makes, and whether she is new."""
    picture = store.picture()
    code = picture.identity.person_of.get(key)
    if code is None and not said.get("name"):
        raise UsageError("Nobody has that id yet, and a new person needs a name: say name=... as well.")
    contacts = [key] if code is None else picture.identity.contacts_of(code)
    today = picture.workplace.provenance.as_of
    versions = {
        kind: _person_versions(store, kind, key, contacts, values, today)
        for kind, values in _person_parts(said).items()
    }
    return versions, code is None


def _person_versions(
    store: OpenStore, kind: Kind, key: str, contacts: Sequence[str], values: Mapping[str, Any], today: date
) -> list[_Version]:
    """Return what an edit says of one record kind of a person.

    A value is said of the contact that was edited, from today on where it is a placement. A field is cleared in all
    that lists say of her, whichever contact or date, or an older word would be seen again.
    """
    owner = "key" if kind.name == "contact" else "person_id"
    records = [row for row in store.snapshot([kind.name]).tables[kind.name].to_pylist() if row[owner] in contacts]
    if kind.name == "contact":
        own: dict[str, Any] = next((row for row in records if row["key"] == key), {})
        if own or values.get("name"):
            _refuse_unfit(kind, key, {**own, **values})
    about: dict[str, Any] = {} if kind.name == "contact" else {"person_id": key}
    if kind.name == "placement":
        about["started_on"] = today
    cleared = {field for field, value in values.items() if value is None}
    target = natural_key([key, today]) if kind.name == "placement" else key
    versions = {
        row["key"]: _Version(row["key"], dict.fromkeys(sorted(f for f in cleared if row[f] is not None)))
        for row in records
        if any(row[field] is not None for field in cleared)
    }
    if len(cleared) < len(values) or not versions:
        versions[target] = _Version(target, {**about, **values})
    return list(versions.values())


def _person_parts(said: Mapping[str, str]) -> dict[Kind, dict[str, Any]]:
    """Share out the values of a person over the record kinds that hold them."""
    parts: dict[Kind, dict[str, Any]] = {}
    known = [name for kind in PERSON_KINDS for name in KINDS[kind].field_names if name not in _DERIVED]
    for field, text in said.items():
        kind = next((KINDS[k] for k in PERSON_KINDS if field in KINDS[k].field_names and field in known), None)
        if kind is None:
            raise UsageError(f"A person has no field '{field}'{near(field, known)}. Fields: {', '.join(known)}.")
        parts.setdefault(kind, {})[field] = _value(kind, field, text)
    return parts


def _value(kind: Kind, field: str, text: str) -> object:
    """Return what a typed text means, None for one that clears the field."""
    if field not in kind.field_names:
        raise UsageError(
            f"A {kind.name} has no field '{field}'{near(field, kind.field_names)}. "
            f"Fields: {', '.join(kind.field_names)}."
        )
    return check_value(kind.field(field), text) if text else None


def _refuse_unfit(kind: Kind, key: str, record: Mapping[str, Any]) -> None:
    named = {} if kind.id_column is None or key.startswith("=") else {kind.id_column: key}
    fault = record_fault(kind, named | dict(record))
    if fault is not None:
        raise UsageError(f"As a row of a file this would be rejected: {fault}.")


def _table(kind: Kind, versions: Sequence[_Version]) -> pa.Table:
    rows = [
        {"key": v.key, "cleared": ";".join(sorted(f for f, value in v.values.items() if value is None)) or None}
        | dict(v.values)
        for v in versions
    ]
    schema = kind.version_schema.remove(len(kind.version_schema) - 1)
    return pa.table({field.name: pa.array([row.get(field.name) for row in rows], field.type) for field in schema})


def _about(store: OpenStore, versions: Mapping[Kind, Sequence[_Version]]) -> str | None:
    """Return the id of the person that records are about, for the audit: what they say of her or already said."""
    for kind, said in versions.items():
        if kind.name == "contact":
            return _person_id(store, said[0].key)
        if "person_id" in kind.field_names:
            known = store.records(kind.name, [said[0].key]).to_pylist()
            return _person_id(store, said[0].values.get("person_id") or (known[0]["person_id"] if known else None))
    return None


def _person_id(store: OpenStore, key: str | None) -> str | None:
    """Return the id that a person goes by, whose contact this is."""
    identity = store.picture().identity
    code = None if key is None else identity.person_of.get(key)
    return key if code is None else identity.person_ids[code]


def _write(
    store: OpenStore,
    origin: Origin,
    versions: Mapping[Kind, Sequence[_Version]],
    *,
    about: str | None,
    is_new: bool = False,
) -> int:
    """Write versions as one batch; where they are of new records, only if those are not there by then."""
    draft = BatchDraft(origin=origin, made_by=store.viewer.name, opened_at=datetime.now(UTC))
    with store.writing(draft, about=about) as batch:
        for kind, said in versions.items():
            batch.append(kind.name, _table(kind, said))
            for version in said if is_new else ():
                batch.claim(kind.name, version.key)
        batch.set_counts(json.dumps({"n_read": 1, "n_accepted": 1, "n_rejected": 0}))
        return batch.batch_id


def batch_states(store: OpenStore) -> list[tuple[Batch, str]]:
    """Return the imports and edits, oldest first, each with its state: open, committed, replaced or undone."""
    batches = store.batches()
    live = {batch.batch_id for batch in live_batches(batches)}
    return [
        (batch, "replaced" if batch.status == "committed" and batch.batch_id not in live else batch.status)
        for batch in batches
    ]


def count_versions(store: OpenStore, batch_id: int) -> dict[str, int]:
    """Return how many records of each kind a batch speaks of."""
    counts = store.counts().to_pylist()
    return {row["kind"]: row["n_versions"] for row in counts if row["batch_id"] == batch_id}


def undo_batch(store: OpenStore, batch_id: int) -> Batch:
    """Undo an import, an edit or a verdict: afterwards it is as if it had never been made.

    Raises
    ------
    NotFoundError
        There is no such batch.
    """
    store.undo(batch_id)
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


def _judge(store: OpenStore, subject: str, left: str, right: str | None, verdict: str, why: str) -> int:
    kind = KINDS["judgement"]
    key = natural_key([subject, left, None if subject == "mention" else right])
    # Nobody, or no reason, is said as such, or what an earlier verdict said would stand beside this one.
    values = {"subject": subject, "left": left, "right": right, "verdict": verdict, "why": why.strip() or None}
    about = _person_id(store, right if subject == "mention" else left)
    return _write(store, "judgement", {kind: [_Version(key, values)]}, about=about)


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


def list_mentions(store: OpenStore, most: int | None = None) -> tuple[list[Mention], tuple[str, ...]]:
    """Return the open mentions, or the `most` frequent of them, and the ids of the people their candidates point to."""
    picture = store.picture()
    chosen = dict(_open_mentions(store)[:most])
    return as_questions(chosen, picture.directory), picture.identity.person_ids


def open_names(store: OpenStore) -> list[str]:
    """Return the keys of the open mentions, in their order."""
    return [make_key(*reference) for reference, _ in _open_mentions(store)]


def _open_mentions(store: OpenStore) -> list[tuple[tuple[str, str], int]]:
    """Return the open mentions with how often they stand in the facts, the most frequent first, then by key."""
    picture = store.picture()
    counts = open_mentions(picture.references, picture.directory)
    return sorted(counts.items(), key=lambda one: (-one[1], make_key(*one[0])))


def answer_mention(store: OpenStore, mention: str, person_id: str | None) -> int:
    """Say who is meant by a mention; return the id to withdraw the answer by.

    Parameters
    ----------
    store : OpenStore
        Where.
    mention : str
        The mention's key: the text as written, and ``@source`` where it stands in a named source.
    person_id : str or None
        Who is meant; None for nobody on the list: the name then counts for nobody and is no question any more.

    Raises
    ------
    NotFoundError
        There is no such open mention, or no such person.
    RefusedError
        The viewer sees a part of the list, and says that somebody is not on it.
    """
    if mention not in open_names(store):
        raise NotFoundError(
            f"There is no open mention of that text. See them with: shopfloor mentions list {store.location}"
        )
    if person_id is None:
        return _judge(store, "mention", mention, None, "different", "")
    if person_id not in store.picture().identity.person_of:
        raise NotFoundError(f"There is no person with id {person_id}. Nothing was changed.")
    return _judge(store, "mention", mention, person_id, "same", "")


def answered_mentions(store: OpenStore) -> list[dict[str, Any]]:
    """Return the answers to mentions that count, oldest first.

    Returns
    -------
    list of dict
        ``judgement_id`` (to withdraw it by), ``mention``, ``n_times`` it stands in the facts, ``person_id`` and
        ``name`` of who is meant (None: nobody on the list), ``listed_since``: id of the one who has come onto the list
        with that name or id although it was said to be nobody there (None: nobody has), ``made_by``.
    """
    picture, found = store.picture(), []
    references = picture.references
    for batch, row in judgements(store):
        if row["subject"] == "mention":
            code = picture.identity.person_of.get(row["right"], UNRESOLVED)
            found.append(
                {
                    "judgement_id": batch.batch_id,
                    "mention": row["left"],
                    "n_times": references[split_key(row["left"])],
                    "person_id": row["right"],
                    "name": None if code == UNRESOLVED else picture.names[code],
                    "listed_since": listed_since(picture, row),
                    "made_by": batch.made_by,
                }
            )
    return found


def listed_since(picture: Picture, judgement: Mapping[str, Any]) -> str | None:
    """Return the id of the one on the list whose name or id was said to be nobody's there; None where nobody is."""
    if judgement["subject"] != "mention" or judgement["right"] is not None:
        return None
    person = picture.directory.person_written(*split_key(judgement["left"]))
    return None if person == UNRESOLVED else picture.identity.person_ids[person]


def judgements(store: OpenStore) -> list[tuple[Batch, dict[str, Any]]]:
    """Return the verdicts and answers that count, oldest first, each with the batch to withdraw it by."""
    live = {batch.batch_id: batch for batch in live_batches(store.batches())}
    rows = store.snapshot(["judgement"]).tables["judgement"].to_pylist()
    return sorted(((live[row["batch_id"]], row) for row in rows), key=lambda pair: pair[0].batch_id)
