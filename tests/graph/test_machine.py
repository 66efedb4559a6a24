"""Imports, edits, judgements, replacements and undos in any order, against a model of a few lines."""

import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from shopfloor.graph.batches import Origin
from tests.graph.build import draft, write
from tests.graph.homes import Home
from tests.graph.model import ModelBatch, as_read, as_rows, visible

KINDS_USED = ("contact", "assignment", "judgement")
KEYS = st.sampled_from(["1", "2", "2@hr"])
TEXTS = st.none() | st.sampled_from(["Ana", "Bo", ""])
ATTRIBUTES = st.fixed_dictionaries(
    {}, optional={"attributes": st.dictionaries(st.sampled_from(["locker", "bus"]), st.sampled_from("xy"), min_size=1)}
)
CONTACTS = st.builds(lambda a, b: {**a, **b}, st.fixed_dictionaries({"name": TEXTS, "language": TEXTS}), ATTRIBUTES)
ASSIGNMENTS = st.fixed_dictionaries(
    {
        "person_id": st.none() | KEYS,
        "hours": st.none() | st.sampled_from([0.0, 7.5]),
        "started_on": st.none() | st.sampled_from([date(2026, 1, 5), date(2026, 2, 2)]),
    }
)
CLEARS = st.lists(st.sampled_from(["name", "language", "attributes"]), unique=True, max_size=2).map(tuple)


class StoreMachine(RuleBasedStateMachine):
    """A store beside its model."""

    batch_ids: Bundle[int] = Bundle("batch_ids")
    verdicts: Bundle[int] = Bundle("verdicts")

    def __init__(self, home: Home) -> None:
        super().__init__()
        self.home = home
        self.batches: list[ModelBatch] = []
        self.n_changes = 0
        self.moments: list[tuple[datetime, Any]] = []

    @initialize()
    def start(self) -> None:
        """Begin with an empty store."""
        self.store = self.home.fresh()

    def commit(self, origin: Origin, batch: ModelBatch) -> int:
        """Write a batch to the store and to the model."""
        batch.batch_id = write(self.store, as_rows(batch), draft(origin, replaces=batch.replaces))
        self.batches.append(batch)
        self.changed(self.store.batches()[-1].committed_at)
        return batch.batch_id

    def changed(self, at: datetime | None) -> None:
        """Remember what was seen at that moment."""
        assert at is not None
        self.n_changes += 1
        self.moments.append((at, copy.deepcopy(visible(self.batches))))

    def import_(self, people: Any, jobs: Any, replaces: int | None) -> int:
        """Import people and jobs, in place of another batch or not."""
        says = {("contact", key): said for key, said in people.items()}
        says |= {("assignment", key): said for key, said in jobs.items()}
        return self.commit("import", ModelBatch(batch_id=0, is_typed=False, says=says, replaces=replaces))

    @rule(
        target=batch_ids,
        people=st.dictionaries(KEYS, CONTACTS, max_size=3),
        jobs=st.dictionaries(KEYS, ASSIGNMENTS, max_size=2),
    )
    def import_files(self, people: Any, jobs: Any) -> int:
        """Import a batch."""
        return self.import_(people, jobs, None)

    @rule(target=batch_ids, people=st.dictionaries(KEYS, CONTACTS, max_size=2), replaces=batch_ids)
    def replace(self, people: Any, replaces: int) -> int:
        """Import a batch in place of another."""
        return self.import_(people, {}, replaces)

    @rule(target=batch_ids, key=KEYS, said=CONTACTS, clears=CLEARS)
    def edit(self, key: str, said: Any, clears: tuple[str, ...]) -> int:
        """Type some values, empty others."""
        record = ("contact", key)
        said = {name: None if name in clears else value for name, value in said.items() if name != "attributes"}
        batch = ModelBatch(batch_id=0, is_typed=True, says={record: said}, clears={record: clears})
        return self.commit("edit", batch)

    @rule(target=verdicts, left=KEYS, right=KEYS, verdict=st.sampled_from(["same", "different", "unsure"]))
    def judge(self, left: str, right: str, verdict: str) -> int:
        """Say whether two contacts are one person."""
        said = {"subject": "contact", "left": left, "right": right, "verdict": verdict}
        return self.commit(
            "judgement", ModelBatch(batch_id=0, is_typed=True, says={("judgement", f"={left}|{right}"): said})
        )

    @rule(target=batch_ids, batch_id=consumes(verdicts))
    def withdraw(self, batch_id: int) -> Any:
        """Take a verdict back."""
        self.undo_one(batch_id)
        return multiple()

    @rule(batch_id=batch_ids)
    def undo(self, batch_id: int) -> None:
        """Undo any batch, perhaps once more."""
        self.undo_one(batch_id)

    def undo_one(self, batch_id: int) -> None:
        """Undo a batch in the store and in the model."""
        batch = next(each for each in self.batches if each.batch_id == batch_id)
        at = datetime.now(UTC)
        revision = self.store.undo(batch_id, by="Organizer Two", at=at)
        if not batch.is_undone:
            batch.is_undone = True
            self.changed(at)
        assert revision == self.n_changes

    @invariant()
    def what_is_seen_is_what_the_model_says(self) -> None:
        """Compare what is seen."""
        snapshot = self.store.snapshot(KINDS_USED)
        assert snapshot.revision == self.n_changes
        assert self.flat(snapshot.tables) == visible(self.batches)

    def flat(self, tables: Any) -> dict[tuple[str, str], Any]:
        """Return records as the model has them."""
        return {(kind, row["key"]): as_read(row) for kind in KINDS_USED for row in tables[kind].to_pylist()}

    def teardown(self) -> None:
        """Compare what was seen at some moments before."""
        for at, expected in self.moments[-4:]:
            assert self.flat(self.store.snapshot(KINDS_USED, known_at=at).tables) == expected


@pytest.mark.slow
def test_any_order_of_work_shows_what_the_model_shows(home: Home) -> None:
    few = settings(
        max_examples=40 if home.name == "embedded" else 8,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lambda: StoreMachine(home), settings=few)  # type: ignore[arg-type]
