"""A campaign whose every value is recognisable: whatever leaves a scope can be searched for what it must not hold."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pandas as pd

from shopfloor import OpenStore
from shopfloor.service.importing import ImportOptions, import_files

UNITS = ("Paint", "Press", "Stores")
OWN_THINGS = ("street", "job", "talk", "chan", "note", "issue", "basis", "said", "extra")
_START = date(2026, 1, 5)


@dataclass(frozen=True)
class Campaign:
    """Files of generated people, and the words that belong to each of them alone."""

    files: dict[str, pd.DataFrame]
    unit_of: dict[str, str]
    own_words: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def outside(self, *units: str) -> list[str]:
        """Return the ids of the people who are in none of these units."""
        return [person for person, unit in self.unit_of.items() if unit not in units]

    def words_outside(self, *units: str) -> list[str]:
        """Return every word that nobody may meet who sees these units only."""
        return [word for person in self.outside(*units) for word in self.own_words[person]]


def draw_campaign(seed: int, n_people: int = 24) -> Campaign:
    """Draw people in three units, and what was said, told, worked and done across them."""
    rng = random.Random(seed)  # noqa: S311 - draws a test case
    ids = [f"w{rng.randrange(10**9):09d}q" for _ in range(n_people)]
    unit_of = {person: UNITS[i % len(UNITS)] for i, person in enumerate(ids)}
    names = {person: f"Name{person[1:5]}x Family{person[5:9]}x{i}" for i, person in enumerate(ids)}
    people = [_person(i, person, names[person], unit_of[person]) for i, person in enumerate(ids)]

    def ref(person: str) -> str:
        return rng.choice([person, names[person]])

    def day() -> str:
        return str(_START + timedelta(days=rng.randrange(100)))

    def some_of(person: str) -> list[str]:
        return rng.sample([other for other in ids if other != person], rng.randrange(1, min(4, n_people)))

    talks = [
        {
            "conversation_id": f"talk-{person}",
            "held_on": day(),
            "organizer": rng.choice(["Org One", ref(rng.choice(ids))]),
            "person_id": person,
            "channel": f"chan-{person}",
            "named": "; ".join(
                ref(other) for other in rng.sample([p for p in ids if p != person], rng.randrange(1, min(4, n_people)))
            )
            if rng.random() < 0.8
            else "none",
            "assessment": rng.randrange(1, 6),
            "notes": f"note-{person}",
            "issues": f"issue-{person}",
        }
        for person in ids
        if rng.random() < 0.7
    ]
    pairs = [rng.sample(ids, 2) for _ in range(n_people)]
    told = [
        {"person_id": a, "other_id": b, "kind": "friend", "said_by": ref(rng.choice(ids)), "said_on": day()}
        for a, b in pairs
    ]
    jobs = [
        {
            "person_id": person,
            "employer": "Acme",
            "worksite": "North",
            "crew": f"Crew{rng.randrange(4)}",
            "shift": "Day",
            "job_class": f"job-{person}",
            "foreman": ref(rng.choice(ids)),
            "started_on": day(),
            "hours": "12",
        }
        for person in ids
    ]
    stands = [
        {
            "person_id": person,
            "assessment": 2,
            "assessed_on": day(),
            "assessed_by": ref(rng.choice(ids)),
            "basis": f"basis-{person}",
        }
        for person in ids
    ]
    acts = [
        {"action": "Petition", "held_on": "2026-04-01", "kind": "petition", "step": "1", "person_id": person}
        | {"asked_by": ref(rng.choice(ids)), "said": f"said-{person}", "did": "yes"}
        for person in ids
    ]
    words = {
        person: (
            person,
            names[person],
            f"555-01{i:02d}",
            f"{person}@example.org",
            *(
                f"{what}-{person}"
                for what in ("street", "job", "talk", "chan", "note", "issue", "basis", "said", "extra")
            ),
        )
        for i, person in enumerate(ids)
    }
    files = {"people": people, "conversations": talks, "connections": told, "assignments": jobs}
    files |= {"assessments": stands, "actions": acts}
    frames = {name: pd.DataFrame(rows) for name, rows in files.items()}
    return Campaign(frames, unit_of, words)


def _person(i: int, person: str, name: str, unit: str) -> dict[str, str]:
    return {
        "person_id": person,
        "name": name,
        "department": unit,
        "shift": ("Day", "Night")[i % 2],
        "job_class": f"job-{person}",
        "phone": f"555-01{i:02d}",
        "email": f"{person}@example.org",
        "address": f"street-{person}",
        "locker": f"extra-{person}",
    }


def load(store: OpenStore, campaign: Campaign) -> None:
    """Import a campaign as one batch."""
    files = [
        (f"{name}.csv", BytesIO(frame.to_csv(index=False).encode()))
        for name, frame in campaign.files.items()
        if len(frame)
    ]
    report = import_files(store, files, ImportOptions(list_date=date(2026, 4, 15)))
    assert report.batch_id is not None
    assert not report.rejected_cells


def texts_in(thing: Any) -> Iterator[str]:
    """Yield all text that a value holds, however deep."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, pd.DataFrame):
        yield from texts_in(thing.astype("object").to_numpy().ravel().tolist())
        yield from texts_in([list(map(str, thing[c].cat.categories)) for c in thing if thing[c].dtype == "category"])
    elif hasattr(thing, "to_pylist"):
        yield from texts_in(thing.to_pylist())
    elif isinstance(thing, dict):
        yield from texts_in([*thing.keys(), *thing.values()])
    elif isinstance(thing, list | tuple | set | frozenset):
        for part in thing:
            yield from texts_in(part)
    elif hasattr(thing, "__dataclass_fields__"):
        yield from texts_in([getattr(thing, name) for name in thing.__dataclass_fields__])
    elif hasattr(thing, "nodes"):
        yield from texts_in([list(thing.nodes(data=True)), list(thing.edges(data=True))])
    else:
        yield str(thing)


def leaks(thing: Any, words: list[str]) -> list[str]:
    """Return the words that a value holds and must not."""
    text = "\n".join(texts_in(thing))
    return [word for word in words if word in text]
