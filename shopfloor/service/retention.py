"""How long what is kept: rules by kind of record, applied only when somebody says so, and then for good."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import UsageError, near
from shopfloor.graph.contract import Erasure
from shopfloor.records import KINDS, Kind
from shopfloor.service.erasing import plan_erasure
from shopfloor.service.forgetting import Receipt, entry_of, erase_person, new_receipt
from shopfloor.service.marks import entry_of as entry_of_copy
from shopfloor.service.opening import OpenStore, Register
from shopfloor.service.policy import Right

DAY_OF: Final[Mapping[str, str]] = {
    "conversation": "held_on",
    "assessment": "assessed_on",
    "participation": "held_on",
    "connection": "said_on",
    "assignment": "ended_on",
}
"""The day that a record's age is counted from; where none is said, the day of the newest import that spoke of it."""

NOTES, LEFT, COPIES = "notes", "left", "copies"
RULES: Final[Mapping[str, str]] = {
    NOTES: "free text of conversations and assessments is cleared",
    "conversation": "conversations go",
    "assessment": "assessments go",
    "participation": "what people did in actions goes",
    "connection": "told connections go",
    "assignment": "jobs that ended go",
    LEFT: "people who left are erased",
    COPIES: "marks of exports are forgotten: a file that turns up is told by its visible line alone",
}
"""What a rule does, by its name."""

_NOTED: Final = ("conversation", "assessment")
_UNITS: Final[Mapping[str, float]] = {"day": 1, "week": 7, "month": 30.4375, "year": 365.25}
_SPAN = re.compile(r"(\d{1,5})\s*(day|week|month|year)s?")


@dataclass(frozen=True, slots=True)
class Overdue:
    """What a rule would do today.

    Attributes
    ----------
    rule : str
        One of `RULES`.
    n_days : int
        How long it lets things stay.
    n : int
        Records, or people, that are older.
    """

    rule: str
    n_days: int
    n: int


@dataclass(frozen=True, slots=True, repr=False)
class RetentionPlan:
    """What the rules ask for on a day.

    Attributes
    ----------
    overdue : tuple of Overdue
        By rule.
    erasure : Erasure
        Of records and texts; people who left are erased one by one.
    people : tuple of str
        Ids of the people to erase.
    """

    overdue: tuple[Overdue, ...]
    erasure: Erasure
    people: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Give counts only."""
        return f"RetentionPlan({self.overdue})"


@dataclass
class _Found:
    gone: dict[str, set[str]] = field(default_factory=dict)
    instead: dict[str, pa.Table] = field(default_factory=dict)


def to_days(text: str) -> int:
    """Return the days of a span: ``180 days``, ``6 weeks``, ``18 months``, ``2 years``.

    Raises
    ------
    UsageError
        It is none.

    Examples
    --------
    >>> to_days("180 days"), to_days("2 years"), to_days("6 months")
    (180, 730, 183)
    """
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None or int(match[1]) == 0:
        raise UsageError("Say how long as a number and days, weeks, months or years, for instance: 180 days")
    return round(int(match[1]) * _UNITS[match[2]])


def rules(store: OpenStore) -> dict[str, int]:
    """Return the rules that are set: days by name, in the order of `RULES`."""
    held = store.register(Register.RETENTION)
    return {name: int(held[name]) for name in RULES if name in held}


def set_rule(store: OpenStore, name: str, n_days: int | None) -> None:
    """Set a rule, or take it back; nothing is erased by that.

    Raises
    ------
    UsageError
        There is no such rule.
    RefusedError
        The viewer may not erase.
    """
    if name not in RULES:
        raise UsageError(f"There is no rule '{name}'{near(name, RULES)}. Rules: {', '.join(RULES)}.")
    store.enter(Register.RETENTION, name, None if n_days is None else str(n_days).encode())


def plan_retention(store: OpenStore, today: date | None = None) -> RetentionPlan:
    """Work out what the rules ask for; nothing is changed.

    Parameters
    ----------
    store : OpenStore
        Seen by somebody who may erase.
    today : datetime.date, optional
        Default: today, UTC.
    """
    store.require(Right.ERASE)
    revision, day = store.revision(), today or datetime.now(UTC).date()
    days_of_batches = {b.batch_id: (b.list_date or (b.committed_at or b.opened_at).date()) for b in store.batches()}
    found, overdue = _Found(), list[Overdue]()
    people: tuple[str, ...] = ()
    marks: dict[tuple[str, str], bytes | None] = {}
    for name, n_days in rules(store).items():
        before = day - timedelta(days=n_days)
        if name == LEFT:
            people = _people_gone(store, before)
            overdue.append(Overdue(name, n_days, len(people)))
        elif name == COPIES:
            marks = {entry_of_copy(copy): None for copy in store.copies() if date.fromisoformat(copy.made_on) < before}
            overdue.append(Overdue(name, n_days, len(marks)))
        elif name != NOTES:
            old = _older(KINDS[name], store.versions(name), days_of_batches, before)
            found.gone[name] = old
            overdue.append(Overdue(name, n_days, len(old)))
    kept = rules(store).get(NOTES)
    if kept is not None:
        n = sum(_clear_notes(store, kind, days_of_batches, day - timedelta(days=kept), found) for kind in _NOTED)
        overdue.insert(0, Overdue(NOTES, kept, n))
    gone = {kind: sorted(keys) for kind, keys in found.gone.items() if keys}
    return RetentionPlan(tuple(overdue), Erasure(revision, gone, found.instead, marks), people)


def apply_retention(store: OpenStore, plan: RetentionPlan) -> list[Receipt]:
    """Do what a plan says, for good; return the receipts: one of the records, one of each person.

    Raises
    ------
    StoreLockedError
        The data changed since it was planned.
    """
    given = []
    if plan.erasure.gone or plan.erasure.documents:
        given.append(_apply_to_records(store, plan))
    given += [erase_person(store, plan_erasure(store, person), "retention: left") for person in plan.people]
    return given


def _apply_to_records(store: OpenStore, plan: RetentionPlan) -> Receipt:
    cleared = {kind: set(table["key"].to_pylist()) for kind, table in plan.erasure.instead.items()}
    gone = {kind: len(set(keys) - cleared.get(kind, set())) for kind, keys in plan.erasure.gone.items()}
    receipt = replace(
        new_receipt(store, "retention"),
        n_gone={kind: n for kind, n in {**gone, "mark": len(plan.erasure.documents)}.items() if n},
        n_rewritten={kind: len(keys) for kind, keys in cleared.items()},
        n_versions=sum(store.versions(kind, keys).num_rows for kind, keys in plan.erasure.gone.items())
        - sum(table.num_rows for table in plan.erasure.instead.values()),
    )
    counts = {one.rule: one.n for one in plan.overdue}
    erasure = replace(plan.erasure, documents={**plan.erasure.documents, entry_of(receipt): receipt.json.encode()})
    store.erase(erasure, receipt=receipt.number, retention=counts)
    return receipt


def _people_gone(store: OpenStore, before: date) -> tuple[str, ...]:
    people = store.workplace().people
    gone = people[people["has_left"] & (people["left_on"] < pd.Timestamp(before))]
    return tuple(sorted(gone["person_id"]))


def _older(kind: Kind, versions: pa.Table, days_of_batches: Mapping[int, date], before: date) -> set[str]:
    """Return the keys of records whose day, as any version says it, is before one."""
    said = versions[DAY_OF[kind.name]]
    batches = versions["batch_id"].to_pylist()
    spoken = pa.chunked_array([pa.array([days_of_batches[one] for one in batches], pa.date32())])
    table = pa.table({"key": versions["key"], "said": said, "spoken": spoken})
    newest = table.group_by("key").aggregate([("said", "max"), ("spoken", "max")])
    is_old = pc.less(pc.coalesce(newest["said_max"], newest["spoken_max"]), pa.scalar(before, pa.date32()))
    return set(newest.filter(is_old)["key"].to_pylist())


def _clear_notes(store: OpenStore, name: str, days_of_batches: Mapping[int, date], before: date, found: _Found) -> int:
    """Add the old records that hold free text, without it; return how many."""
    kind, versions = KINDS[name], store.versions(name)
    texts = [spec.name for spec in kind.fields if spec.privacy == "notes"]
    old = _older(kind, versions, days_of_batches, before) - found.gone.get(name, set())
    noted = old & _keys_saying(versions, texts)
    if noted:
        rows = versions.filter(pc.is_in(versions["key"], value_set=pa.array(sorted(noted), pa.string())))
        found.instead[name] = _emptied(rows, texts)
        found.gone.setdefault(name, set()).update(noted)
    return len(noted)


def _keys_saying(versions: pa.Table, columns: Iterable[str]) -> set[str]:
    says = np.logical_or.reduce([versions[name].is_valid().to_numpy() for name in columns])
    return set(versions.filter(pa.array(says))["key"].to_pylist())


def _emptied(rows: pa.Table, columns: Collection[str]) -> pa.Table:
    nothing = pa.nulls(rows.num_rows, pa.string())
    return pa.table([nothing if name in columns else rows[name] for name in rows.column_names], schema=rows.schema)
