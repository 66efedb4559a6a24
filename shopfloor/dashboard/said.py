"""What the records say of one person, each fact with who said it and when; and whom a typed text means."""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.dashboard.desk import Desk
from shopfloor.service.nouns import UNRESOLVED, Batch
from shopfloor.service.opening import OpenStore
from shopfloor.workplace import OUTSIDE_NAME

FACT_WORDS: Final = {
    "name": "Name",
    "preferred_name": "Called",
    "department": "Department",
    "shift": "Shift",
    "crew": "Crew",
    "job_class": "Job",
    "language": "Language",
    "union_membership": "Union",
    "is_supervisor": "Supervisor",
    "hired_on": "Hired on",
    "left_on": "Left on",
}
"""Facts of a person that are shown at once, with their words."""

DETAIL_WORDS: Final = {"phone": "Phone", "email": "E-mail", "address": "Address"}
"""Facts that are shown when asked for."""

Rows = list[dict[str, Any]]
_CALLED: Final = re.compile(r".*\((?P<key>[^()]+)\)\s*")


def facts_said(store: OpenStore, contacts: Collection[str]) -> Rows:
    """Return what lists and people say of a person: ``what``, ``value``, ``who`` (said so), ``when``.

    Parameters
    ----------
    store : OpenStore
    contacts : collection of str
        Keys of her contacts; where there are several, ``who`` names the contact too.
    """
    held = store.snapshot(["contact", "placement"])
    rows = _of(held.tables["contact"], "key", contacts) + _of(held.tables["placement"], "person_id", contacts)
    return _said(rows, FACT_WORDS, held.batches, many=len(contacts) > 1)


def details_said(store: OpenStore, contacts: Collection[str]) -> Rows:
    """Return phone, e-mail and address of a person, as `facts_said` returns facts."""
    held = store.snapshot(["contact_details"])
    rows = _of(held.tables["contact_details"], "person_id", contacts)
    return _said(rows, DETAIL_WORDS, held.batches, many=len(contacts) > 1)


def talks_said(store: OpenStore, contacts: Collection[str]) -> Rows:
    """Return the conversations with a person as they were written down, newest first."""
    rows = _of(store.snapshot(["conversation"]).tables["conversation"], "person_id", contacts)
    return sorted(rows, key=lambda row: (str(row["held_on"]), row["key"]), reverse=True)


def _of(table: pa.Table, column: str, contacts: Collection[str]) -> Rows:
    wanted = pa.array(sorted(contacts), table.schema.field(column).type)
    rows: Rows = table.filter(pc.is_in(table[column], value_set=wanted)).to_pylist()
    return rows


def _said(rows: Rows, words: dict[str, str], batches: Iterable[Batch], *, many: bool) -> Rows:
    by_id = {batch.batch_id: batch for batch in batches}
    return [
        {
            "what": words[field],
            "value": ("yes" if row[field] else "no") if isinstance(row[field], bool) else str(row[field]),
            "who": _author(by_id[row["batch_id"]]) + (f", of {row.get('person_id') or row['key']}" if many else ""),
            "when": _when(row, by_id[row["batch_id"]]),
        }
        for field in words
        for row in rows
        if row.get(field) not in (None, False)
    ]


def _author(batch: Batch) -> str:
    files = json.loads(batch.files)
    lists = [str(file["name"]) for file in files if file["kind"] == "people"] or [str(file["name"]) for file in files]
    return lists[0] if lists else batch.made_by


def _when(row: dict[str, Any], batch: Batch) -> str:
    since = row.get("started_on")
    written = f"{batch.committed_at or batch.opened_at:%Y-%m-%d}"
    return f"{written}, from {since}" if since else written


def contact_meant(desk: Desk, text: object) -> str | None:
    """Return the key of the contact meant by an id, ``Name (id)`` or a name that one person has; None for all else.

    An id of somebody outside the viewer's units means nobody.
    """
    if not isinstance(text, str) or not text.strip():
        return None
    picture = desk.store.picture()
    called = _CALLED.fullmatch(text.strip())
    keys = [called["key"].strip()] if called else []
    for key in (*keys, text.strip()):
        if key in picture.identity.person_of:
            return None if key in desk.outside() else key
    person = picture.directory.called(text.strip())
    return None if person == UNRESOLVED else picture.identity.person_ids[person]


def person_meant(desk: Desk, text: object) -> str | None:
    """Return the id of the person meant, as `contact_meant`: a merged person's own id, whichever contact is written."""
    key = contact_meant(desk, text)
    if key is None:
        return None
    identity = desk.store.picture().identity
    return identity.person_ids[identity.person_of[key]]


def known_by_id(desk: Desk, text: object) -> tuple[str, str] | None:
    """Return id and name of the person whose id, or ``Name (id)``, a text is; None for a name alone and all else.

    Somebody outside the viewer's units has a name only in `name_outside`.
    """
    if not isinstance(text, str):
        return None
    picture = desk.store.picture()
    called = _CALLED.fullmatch(text.strip())
    key = called["key"].strip() if called else text.strip()
    person = picture.identity.person_of.get(key)
    if person is None or key in desk.outside():
        return None
    return picture.identity.person_ids[person], picture.names[person]


def name_outside(desk: Desk, text: str | None) -> str | None:
    """Return a text as it is, but "someone outside your units" for an id that stands for one."""
    return OUTSIDE_NAME if text is not None and text.strip() in desk.outside() else text
