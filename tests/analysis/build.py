"""Workplaces from small tables, for tests: only what a test says, everything else empty and of the right type."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from shopfloor.workplace import Provenance, Workplace

AS_OF = date(2026, 6, 30)

PEOPLE = {
    "person_id": "object",
    "name": "object",
    "kind": "object",
    "department": "object",
    "shift": "object",
    "crew": "object",
    "job_class": "object",
    "language": "object",
    "union_membership": "object",
    "is_supervisor": "bool",
    "has_left": "bool",
    "hired_on": "datetime64[s]",
    "left_on": "datetime64[s]",
}
ASKED = {
    "person": "int64",
    "question": "object",
    "held_on": "datetime64[s]",
    "organizer": "object",
    "n_named": "int64",
    "n_open": "int64",
}
NAMINGS = {
    "namer": "int64",
    "named": "int64",
    "question": "object",
    "held_on": "datetime64[s]",
    "organizer": "object",
}
CONVERSATIONS = {
    "person": "int64",
    "organizer": "object",
    "organizer_person": "int64",
    "held_on": "datetime64[s]",
    "channel": "object",
    "follow_up_on": "datetime64[s]",
}
CONNECTIONS = {
    "person": "int64",
    "other": "int64",
    "kind": "object",
    "said_by": "object",
    "said_on": "datetime64[s]",
    "strength": "float64",
    "confidence": "float64",
}
ASSIGNMENTS = {
    "person": "int64",
    "employer": "category",
    "worksite": "category",
    "crew": "category",
    "shift": "category",
    "foreman": "int64",
    "started_on": "datetime64[s]",
    "ended_on": "datetime64[s]",
    "hours": "float64",
}
ASSESSMENTS = {
    "person": "int64",
    "assessment": "int64",
    "assessed_on": "datetime64[s]",
    "assessed_by": "object",
}
PARTICIPATIONS = {
    "person": "int64",
    "action": "object",
    "step": "object",
    "held_on": "datetime64[s]",
    "asked_by": "object",
    "said": "object",
    "did": "boolean",
}
DEFAULTS: Mapping[str, Any] = {
    "kind": "worker",
    "is_supervisor": False,
    "has_left": False,
    "question": "listens_to",
    "held_on": "2026-05-01",
    "organizer": "Org A",
    "organizer_person": -1,
    "n_named": 0,
    "n_open": 0,
    "foreman": -1,
    "action": "petition",
    "step": "sign",
    "did": True,
    "assessed_on": "2026-05-01",
}

Rows = Sequence[Mapping[str, Any]]


def table(columns: Mapping[str, str], rows: Rows) -> pd.DataFrame:
    """Make a table with all `columns`, each typed; what a row does not say is the default or not known."""
    data = {}
    for name, dtype in columns.items():
        values = [
            row.get(name, DEFAULTS.get(name) if name != "kind" or columns is PEOPLE else "friend") for row in rows
        ]
        data[name] = pd.Series(values, dtype="object").astype(dtype)  # type: ignore[call-overload]
    return pd.DataFrame(data)


def workplace(
    people: Rows | int,
    *,
    namings: Mapping[int, Sequence[int]] | None = None,
    more_namings: Mapping[str, Mapping[int, Sequence[int]]] | None = None,
    connections: Rows = (),
    conversations: Rows = (),
    assignments: Rows = (),
    assessments: Rows = (),
    participations: Rows = (),
) -> Workplace:
    """Make a workplace.

    `people` are rows or how many; `namings` says for each person asked whom she named, nobody being an answer;
    `more_namings` the same for further questions by name.
    """
    rows = [{} for _ in range(people)] if isinstance(people, int) else people
    rows = [{"person_id": f"P{i:04d}", "name": f"Person {i}", **row} for i, row in enumerate(rows)]
    questions = {"listens_to": namings or {}, **(more_namings or {})}
    answers = [(question, namer, named) for question, each in questions.items() for namer, named in each.items()]
    return Workplace(
        people=table(PEOPLE, rows),
        asked=table(ASKED, [{"person": p, "question": q, "n_named": len(named)} for q, p, named in answers]),
        namings=table(NAMINGS, [{"namer": p, "question": q, "named": one} for q, p, named in answers for one in named]),
        conversations=table(CONVERSATIONS, conversations),
        connections=table(CONNECTIONS, connections),
        assignments=table(ASSIGNMENTS, assignments),
        assessments=table(ASSESSMENTS, assessments),
        participations=table(PARTICIPATIONS, participations),
        provenance=Provenance(revision=7, as_of=AS_OF, known_at=None, version="0.0.test"),
    )


def from_pairs(n_people: int, pairs: Sequence[tuple[int, int]], strength: Sequence[float] | None = None) -> Workplace:
    """Make a workplace whose told ties are these pairs, without direction."""
    strengths = strength or [1.0] * len(pairs)
    rows = [{"person": one, "other": two, "strength": s} for (one, two), s in zip(pairs, strengths, strict=True)]
    return workplace(n_people, connections=rows)


def random_namings(rng: np.random.Generator, n_people: int, n_asked: int, most: int = 5) -> dict[int, list[int]]:
    """Draw who was asked and whom each named."""
    asked = np.sort(rng.choice(n_people, n_asked, replace=False))
    return {
        int(namer): sorted(rng.choice(np.delete(np.arange(n_people), namer), rng.integers(0, most), False).tolist())
        for namer in asked
    }
