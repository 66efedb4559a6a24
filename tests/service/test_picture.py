"""The picture drawn with columns is what reading the records one by one gives."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from shopfloor.graph.batches import Batch, Origin
from shopfloor.graph.contract import Snapshot
from shopfloor.ingest.mentions import UNRESOLVED
from shopfloor.records import KINDS, join_named, make_key, split_key, split_named
from shopfloor.service.picture import Picture, draw_picture

DAY = date(2026, 5, 1)
NAMES = ("Ana Ruiz", "ANA  RUIZ", "Bo Lind", "Cy Moss", "Di Oak", None)
QUESTIONS = ("listens_to", "rides_with", "trusts")


def snapshot_of(rows: dict[str, list[dict[str, Any]]]) -> Snapshot:
    """Make a snapshot of plain rows: two lists and one day of typing after them."""
    now = datetime(2026, 5, 20, tzinfo=UTC)
    origins: tuple[Origin, ...] = ("edit", "import", "import")
    batches = tuple(
        Batch(origin=origin, made_by="Org One", opened_at=now, batch_id=i, revision=i, committed_at=now)
        for i, origin in enumerate(origins, start=1)
    )
    tables = {}
    for kind, about in KINDS.items():
        schema = about.schema.append(pa.field("batch_id", pa.int64()))
        held = sorted(rows.get(kind, []), key=lambda row: str(row["key"]))
        tables[kind] = pa.Table.from_pylist(held, schema=schema)
    return Snapshot(3, batches, tables, {"assignment": pa.nulls(tables["assignment"].num_rows, pa.date32())})


def draw_rows(seed: int) -> dict[str, list[dict[str, Any]]]:
    """Draw people of two id spaces, what they were asked, and who was called a foreman."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    sources = ("", "hr")
    keys = [make_key(str(i), rng.choice(sources)) for i in range(12)]

    def reference() -> str:
        return rng.choice([str(rng.randrange(16)), rng.choice(keys), "Ana Ruiz", "bo lind", "Cy Moss", "Zed", "x = y"])

    def said() -> str | None:
        asked = rng.sample(QUESTIONS, rng.randrange(3))
        answers = {one: list(dict.fromkeys(reference() for _ in range(rng.randrange(4)))) for one in asked}
        return join_named(answers) or None

    def one(kind: str, i: int, **values: object) -> dict[str, Any]:
        return {"key": make_key(f"{kind}{i}", rng.choice(sources)), "batch_id": rng.choice((1, 2, 3)), **values}

    def on_a_day() -> date:
        return DAY + timedelta(days=rng.randrange(4))

    return {
        "contact": [{"key": key, "name": rng.choice(NAMES), "batch_id": 2} for key in keys],
        "judgement": [
            one("J", 0, verdict="same", subject="contact", left=keys[0], right=keys[1]),
            one("J", 1, verdict="same", subject="mention", left="Zed", right=keys[2]),
            one("J", 2, verdict="same", subject="mention", left="3@hr", right=keys[4]),
            one("J", 3, verdict="different", subject="mention", left="Ana Ruiz", right=None),
        ],
        "conversation": [
            one(
                "C",
                i,
                held_on=on_a_day(),
                person_id=rng.choice([*keys, "99"]),
                organizer=rng.choice(["Org One", "bo lind", keys[3]]),
                asked=rng.choice([None, None, "listens_to", "trusts; rides_with"]),
                named=said(),
            )
            for i in range(60)
        ],
        "assignment": [
            one("A", i, person_id=rng.choice(keys), started_on=DAY, foreman=rng.choice([None, reference()]))
            for i in range(20)
        ],
    }


def resolved(picture: Picture, text: str, source: str) -> int:
    return picture.directory.resolve(text, source)


def answers_one_by_one(picture: Picture, rows: dict[str, list[dict[str, Any]]]) -> dict[tuple[int, str], Any]:
    """Return the newest answer of each person to each question: files before typing, later batches over earlier."""
    strength = {2: 0, 3: 1, 1: 2}
    newest: dict[tuple[int, str], Any] = {}
    for talk in sorted(rows["conversation"], key=lambda row: (row["held_on"], strength[row["batch_id"]], row["key"])):
        person = picture.identity.person_of[talk["person_id"]]
        answers: dict[str, tuple[str, ...]] = dict.fromkeys(talk["asked"].split("; ") if talk["asked"] else (), ())
        answers |= split_named(talk["named"]) if talk["named"] else {}
        for question, names in answers.items():
            newest[person, question] = (talk, names)
    return newest


@pytest.mark.parametrize("seed", range(25))
def test_newest_answers_are_those_found_one_by_one(seed: int) -> None:
    rows = draw_rows(seed)
    picture = draw_picture(snapshot_of(rows), as_of=DAY + timedelta(days=30))
    asked, namings = [], []
    for (person, question), (talk, names) in sorted(answers_one_by_one(picture, rows).items()):
        told = (question, pd.Timestamp(talk["held_on"]), talk["organizer"])
        source = split_key(talk["key"])[1]
        meant = [resolved(picture, name, source) for name in names]
        asked.append((person, *told, len(names), sum(picture.directory.is_open(name, source) for name in names)))
        namings += [(person, other, *told) for other in sorted({*meant} - {UNRESOLVED, person})]
    found = picture.workplace
    assert list(found.asked.itertuples(index=False, name=None)) == asked
    assert list(found.namings.itertuples(index=False, name=None)) == namings
    assert namings


@pytest.mark.parametrize("seed", range(5))
def test_references_are_resolved_as_the_directory_does_one_by_one(seed: int) -> None:
    rows = draw_rows(seed)
    picture = draw_picture(snapshot_of(rows), as_of=DAY + timedelta(days=30))
    expected: Counter[tuple[str, str]] = Counter()
    for talk in rows["conversation"]:
        for names in split_named(talk["named"]).values() if talk["named"] else ():
            expected.update((name, split_key(talk["key"])[1]) for name in names)
    foremen = []
    for held in sorted(rows["assignment"], key=lambda row: str(row["key"])):
        source = split_key(held["key"])[1]
        expected.update([(held["foreman"], source)] if held["foreman"] else [])
        foremen.append(resolved(picture, held["foreman"], source) if held["foreman"] else UNRESOLVED)
    assert picture.references == expected
    assert picture.workplace.assignments["foreman"].tolist() == foremen
    organizers = [
        resolved(picture, talk["organizer"], split_key(talk["key"])[1])
        for talk in sorted(rows["conversation"], key=lambda row: str(row["key"]))
    ]
    assert picture.workplace.conversations["organizer_person"].tolist() == organizers


def test_a_picture_of_nothing_is_empty() -> None:
    picture = draw_picture(snapshot_of({}))
    assert len(picture.workplace.people) == len(picture.workplace.asked) == len(picture.workplace.namings) == 0
    assert not picture.references
