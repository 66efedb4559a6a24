"""The fold against a model of ten lines of plain Python."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from shopfloor.graph.batches import Batch, live_batches
from shopfloor.graph.versions import fold, last_shown
from shopfloor.records import KINDS

KIND = KINDS["contact"]
TEXT_FIELDS = ("name", "language", "left_on", "attributes")
START = datetime(2026, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


@st.composite
def batches(draw: st.DrawFn) -> list[Batch]:
    """Return up to six batches: imports, edits, some undone, some replacing an earlier one."""
    made = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        committed_at = START + timedelta(hours=number)
        made.append(
            Batch(
                origin=draw(st.sampled_from(["import", "import", "edit"])),
                made_by="Organizer One",
                opened_at=START,
                batch_id=number,
                revision=number,
                committed_at=committed_at,
                undone_at=draw(st.none() | st.just(START + timedelta(hours=20))),
                list_date=draw(st.none() | st.dates(date(2025, 1, 1), date(2026, 1, 1))),
                replaces=draw(st.none() | st.integers(1, number - 1)) if number > 1 else None,
            )
        )
    return made


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Batch], list[Row]]:
    """Return batches and what they said, each of a key once."""
    made, rows = draw(batches()), []
    value = {
        "name": st.none() | st.sampled_from(["Ana", "Bo", ""]),
        "language": st.none() | st.sampled_from(["en", "es"]),
        "left_on": st.none() | st.dates(date(2025, 1, 1), date(2025, 1, 9)),
        "attributes": st.none()
        | st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), min_size=1).map(
            lambda said: json.dumps(said, sort_keys=True)
        ),
    }
    for batch in made:
        for key in draw(st.lists(st.sampled_from(["1", "2", "10@hr"]), unique=True)):
            cleared = draw(st.lists(st.sampled_from(TEXT_FIELDS), unique=True, max_size=2))
            said = {name: draw(value[name]) for name in TEXT_FIELDS if name not in cleared}
            rows.append({"key": key, "batch_id": batch.batch_id, "cleared": ";".join(cleared) or None, **said})
    return made, draw(st.permutations(rows))


def table(rows: Sequence[Row]) -> pa.Table:
    full = [{**dict.fromkeys(KIND.version_schema.names), **row} for row in rows]
    return pa.Table.from_pylist(full, schema=KIND.version_schema)


def model(rows: Sequence[Row], live: Sequence[Batch]) -> dict[str, Row]:
    """Say it again, batch after batch, weakest first."""
    seen: dict[str, Row] = {}
    for batch in live:
        for row in (row for row in rows if row["batch_id"] == batch.batch_id):
            record = seen.setdefault(row["key"], dict.fromkeys(KIND.field_names))
            record["batch_id"] = batch.batch_id
            for name in (row["cleared"] or "").split(";"):
                record[name] = None
            for name, value in row.items():
                if name in TEXT_FIELDS and value is not None:
                    before = json.loads(record[name] or "{}") if name == "attributes" else {}
                    merged = name == "attributes"
                    record[name] = json.dumps({**before, **json.loads(value)}, sort_keys=True) if merged else value
    for record in seen.values():
        record.pop("", None)
    return seen


def visible(rows: Sequence[Row], live: Sequence[Batch]) -> dict[str, Row]:
    folded = fold(KIND, table(rows), live)
    assert folded.column_names == [*KIND.schema.names, "batch_id"]
    assert folded["key"].to_pylist() == sorted(folded["key"].to_pylist())
    return {row.pop("key"): row for row in folded.to_pylist()}


@given(histories())
def test_the_fold_is_what_saying_it_again_in_order_gives(history: tuple[list[Batch], list[Row]]) -> None:
    made, rows = history
    live = live_batches(made)
    assert visible(rows, live) == model(rows, live)


@given(histories(), st.integers(0, 21))
def test_it_is_so_at_every_recorded_time(history: tuple[list[Batch], list[Row]], hours: int) -> None:
    made, rows = history
    live = live_batches(made, START + timedelta(hours=hours))
    assert visible(rows, live) == model(rows, live)


@given(histories())
def test_what_was_undone_is_as_if_it_had_never_been_there(history: tuple[list[Batch], list[Row]]) -> None:
    made, rows = history
    kept = [batch for batch in made if batch.undone_at is None]
    ids = {batch.batch_id for batch in kept}
    assert visible(rows, live_batches(made)) == visible([r for r in rows if r["batch_id"] in ids], live_batches(kept))


@given(histories())
def test_saying_the_same_again_changes_no_value(history: tuple[list[Batch], list[Row]]) -> None:
    made, rows = history
    live = live_batches(made)
    if not live or live[-1].origin == "edit":
        return
    again = Batch(
        origin="import", made_by="", opened_at=START, batch_id=99, revision=99, committed_at=START + timedelta(hours=9)
    )
    said = [{**row, "batch_id": 99} for row in rows if row["batch_id"] == live[-1].batch_id]
    before, after = visible(rows, live), visible([*rows, *said], live_batches([*made, again]))
    assert {key: {**row, "batch_id": 0} for key, row in before.items()} == {
        key: {**row, "batch_id": 0} for key, row in after.items()
    }


@given(histories())
def test_a_record_was_last_shown_by_the_newest_list_that_has_it(history: tuple[list[Batch], list[Row]]) -> None:
    made, rows = history
    live = live_batches(made)
    expected = []
    for key in sorted(visible(rows, live)):
        spoke = [b for b in live if any(row["key"] == key and row["batch_id"] == b.batch_id for row in rows)]
        lists = [b for b in spoke if b.origin == "import"] or spoke
        expected.append(max(b.list_date or date(2026, 1, 1) for b in lists))
    assert last_shown(table(rows), live).to_pylist() == expected


def test_nothing_said_folds_to_nothing() -> None:
    assert fold(KIND, table([]), []).num_rows == 0
    assert last_shown(table([]), []).to_pylist() == []
