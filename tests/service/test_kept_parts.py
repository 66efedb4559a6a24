"""What is kept of masking and drawing from one change to the next gives what doing all of it anew gives."""

import random
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopfloor import OpenStore, open_store
from shopfloor.errors import ShopfloorError
from shopfloor.graph.contract import Snapshot
from shopfloor.service import editing
from shopfloor.service.erasing import plan_erasure
from shopfloor.service.forgetting import erase_person
from shopfloor.service.memory import Parts
from shopfloor.service.picture import Picture
from shopfloor.service.viewer import Viewer
from shopfloor.service.whole import Whole
from tests.service.shop import PASSPHRASE
from tests.service.team import draw_campaign, leaks, load

ORGANIZER = frozenset({"organizer"})
CAMPAIGN = draw_campaign(1)
PEOPLE = sorted(CAMPAIGN.unit_of)
NAME_OF = {row["person_id"]: row["name"] for row in CAMPAIGN.files["people"].to_dict("records")}
CHOICES: tuple[tuple[str, ...], ...] = (("Paint",), ("Paint", "shift:Night"), ("crew:Crew1",), ("Press",), ())
"""Units that a viewer may have."""


@pytest.fixture(scope="module")
def filled(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "team.store"
    path.write_bytes(template.read_bytes())
    with open_store(path, passphrase=PASSPHRASE) as store:
        load(store, CAMPAIGN)
    return path


@pytest.fixture
def place(filled: Path, tmp_path: Path) -> Path:
    path = tmp_path / "team.store"
    path.write_bytes(filled.read_bytes())
    return path


@pytest.fixture
def owner(place: Path) -> Iterator[OpenStore]:
    with open_store(place, passphrase=PASSPHRASE) as store:
        yield store


def whole_of(store: OpenStore) -> Whole:
    whole = store._OpenStore__whole  # type: ignore[attr-defined]
    assert isinstance(whole, Whole)
    return whole


class Play:
    """A campaign at work: what people do to a store, drawn."""

    def __init__(self, store: OpenStore, seed: int) -> None:
        self.store, self.whole = store, whole_of(store)
        self.chance = random.Random(seed)  # noqa: S311 - draws a test case
        self.viewers: dict[str, tuple[str, ...]] = {"Olga": ("Paint",), "Otto": ("shift:Night",)}
        self.seen = {name: self.at_the_door(name) for name in self.viewers}

    def at_the_door(self, name: str) -> OpenStore:
        """Return the store as a viewer sees it whose units were looked up just now."""
        return OpenStore(self.whole, Viewer(name, ORGANIZER, self.viewers[name]))

    def anybody(self) -> str:
        """Draw a person."""
        return self.chance.choice(PEOPLE)

    def reference(self) -> str:
        """Draw what somebody may write for a person: some of it means nobody, or several."""
        person = self.anybody()
        name = str(NAME_OF[person])
        return self.chance.choice([person, name, name.upper(), "Zed Nobody", "Same Name"])

    def talk(self, by: OpenStore, person: str) -> None:
        """Log a talk."""
        named = "; ".join(dict.fromkeys(self.reference() for _ in range(self.chance.randrange(4))))
        said = {"person_id": person, "held_on": f"2026-04-{self.chance.randrange(1, 29):02d}", "assessment": "3"}
        said |= {"organizer": self.chance.choice([by.viewer.name, self.reference()]), "notes": "n"}
        editing.log_talk(by, said | ({"named": named} if named else {}))

    def talk_of_hers(self) -> None:
        """Log a talk as somebody who sees a part."""
        name = self.chance.choice(sorted(self.seen))
        hers = self.seen[name].workplace().people
        known = hers["person_id"][hers["kind"] != "outside"].tolist()
        if known:
            self.talk(self.seen[name], self.chance.choice(known))

    def talk_of_anybody(self) -> None:
        """Log a talk as somebody who sees everybody."""
        self.talk(self.store, self.anybody())

    def edit(self) -> None:
        """Correct a person: another unit, another name, out of the workforce or out of the scopes."""
        values = [
            {"department": self.chance.choice(["Paint", "Press", "paint"])},
            {"shift": self.chance.choice(["Day", "Night"])},
            {"name": self.chance.choice(["Same Name", NAME_OF[self.anybody()]])},
            {"left_on": "2026-03-01"},
            {"is_supervisor": "yes"},
            {"kind": self.chance.choice(["public_figure", "ally", "worker"])},
        ]
        editing.edit_record(self.store, f"person:{self.anybody()}", self.chance.choice(values))

    def edit_talk(self) -> None:
        """Correct a talk."""
        keys = self.store.snapshot(["conversation"]).tables["conversation"]["key"].to_pylist()
        values = [{"named": self.reference()}, {"named": "none"}, {"person_id": self.anybody()}, {"notes": "other"}]
        editing.edit_record(self.store, f"conversation:{self.chance.choice(keys)}", self.chance.choice(values))

    def tell(self) -> None:
        """Tell of a tie."""
        one, other = self.chance.sample(PEOPLE, 2)
        said = {"person_id": one, "other_id": other, "kind": "friend", "said_by": self.reference()}
        editing.edit_record(self.store, "connection:", said | {"said_on": "2026-04-02"})

    def work(self) -> None:
        """Put somebody in a crew."""
        crew = {"crew": f"Crew{self.chance.randrange(4)}", "worksite": "North", "shift": "Day", "employer": "Acme"}
        said = {"person_id": self.anybody(), "foreman": self.reference(), "started_on": "2026-04-03"}
        editing.edit_record(self.store, "assignment:", said | crew)

    def judge(self) -> None:
        """Judge two to be one person, or not."""
        editing.judge(self.store, self.chance.choice(["same", "different"]), *self.chance.sample(PEOPLE, 2))

    def answer(self) -> None:
        """Say whom a name means."""
        mentions = editing.list_mentions(self.store)[0]
        if mentions:
            meant = self.chance.choice([None, self.anybody()])
            editing.answer_mention(self.store, self.chance.choice(mentions).key, meant)

    def undo(self) -> None:
        """Take an edit back."""
        batches = [batch.batch_id for batch in self.store.batches()[1:]]
        if batches:
            self.store.undo(self.chance.choice(batches))

    def undo_beside(self) -> None:
        """Take back what another program wrote: nobody is told here but by the revision."""
        batches = [batch.batch_id for batch in self.store.batches()[1:]]
        if batches:
            self.whole.home.undo(self.chance.choice(batches), by="x", at=self.store.batches()[0].opened_at)

    def erase(self) -> None:
        """Erase a person."""
        erase_person(self.store, plan_erasure(self.store, self.anybody()))

    def change_scope(self) -> None:
        """Give a viewer other units, as the door does: she gets another store."""
        name = self.chance.choice(sorted(self.seen))
        self.viewers[name] = self.chance.choice(CHOICES)
        self.seen[name] = self.at_the_door(name)

    @property
    def deeds(self) -> list[Callable[[], None]]:
        """Return what can be done, as often as it is."""
        often = [self.talk_of_hers, self.talk_of_hers, self.talk_of_anybody, self.talk_of_anybody, self.edit]
        return [
            *often, self.edit_talk, self.tell, self.work, self.judge, self.answer, self.undo, self.undo_beside,
            self.erase, self.change_scope,
        ]  # fmt: skip

    def act(self) -> None:
        """Do one thing."""
        try:
            self.chance.choice(self.deeds)()
        except ShopfloorError:
            return  # refused, or about somebody who is gone: that changes nothing, and is looked at all the same


def assert_same_records(kept: Snapshot, anew: Snapshot) -> None:
    assert (kept.batches, kept.revision) == (anew.batches, anew.revision)
    assert kept.tables.keys() == anew.tables.keys()
    for kind, table in anew.tables.items():
        assert kept.tables[kind].equals(table), kind
    for kind, days in anew.shown_on.items():
        assert kept.shown_on[kind].equals(days), kind


def assert_same_picture(kept: Picture, anew: Picture) -> None:
    assert (kept.identity, kept.names, kept.references) == (anew.identity, anew.names, anew.references)
    assert (kept.directory.names, kept.directory.answers) == (anew.directory.names, anew.directory.answers)
    revision = kept.workplace.provenance.revision  # of the last change that the viewer saw
    assert kept.workplace.provenance == replace(anew.workplace.provenance, revision=revision)
    for part in fields(anew.workplace):
        table = getattr(anew.workplace, part.name)
        if isinstance(table, pd.DataFrame):
            pd.testing.assert_frame_equal(getattr(kept.workplace, part.name), table)


@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), n_deeds=st.integers(2, 5))
def test_what_is_kept_is_what_is_made_anew_whatever_people_do(
    filled: Path, tmp_path_factory: pytest.TempPathFactory, seed: int, n_deeds: int
) -> None:
    path = tmp_path_factory.mktemp("drawn") / "drawn.store"
    path.write_bytes(filled.read_bytes())
    with open_store(path, passphrase=PASSPHRASE) as store:
        play = Play(store, seed)
        for _ in range(n_deeds):
            play.act()
            anew = Whole(play.whole.home)
            for name, seen in play.seen.items():
                fresh = OpenStore(anew, seen.viewer)
                assert_same_records(seen.snapshot(), fresh.snapshot())
                assert_same_picture(seen.picture(), fresh.picture())
                assert seen.viewer.units == play.viewers[name]
            assert_same_picture(play.whole.picture(), anew.picture())


def test_a_talk_elsewhere_leaves_every_record_of_a_scope_the_very_same(owner: OpenStore) -> None:
    mine = owner.seen_by(Viewer("Olga", ORGANIZER, ("Paint",)))
    before, picture = mine.snapshot(), mine.picture()
    far = CAMPAIGN.outside("Paint")
    editing.log_talk(owner, {"person_id": far[0], "held_on": "2026-04-02", "organizer": "Org One", "named": far[1]})
    after = mine.snapshot()
    assert after.revision == before.revision + 1
    assert [kind for kind in before.tables if after.tables[kind] is not before.tables[kind]] == []
    assert mine.picture() is picture


def test_a_talk_of_hers_is_seen_at_once_and_only_what_it_says_is_made_anew(owner: OpenStore) -> None:
    mine = owner.seen_by(Viewer("Olga", ORGANIZER, ("Paint",)))
    before = mine.workplace()
    hers = [person for person, unit in CAMPAIGN.unit_of.items() if unit == "Paint"]
    said = {"person_id": hers[0], "held_on": "2026-04-12", "organizer": "Olga", "named": hers[1]}
    editing.log_talk(mine, said)
    after = mine.workplace()
    assert len(after.conversations) == len(before.conversations) + 1
    for part in ("people", "assignments", "connections", "participations"):
        assert getattr(after, part) is getattr(before, part), part


def test_after_a_change_of_units_nothing_of_the_old_ones_is_seen(owner: OpenStore) -> None:
    whole = whole_of(owner)
    for units in (("Paint",), ("Press",), ("Stores", "Paint"), ()):
        seen = OpenStore(whole, Viewer("Olga", ORGANIZER, units))
        editing.edit_record(owner, f"person:{PEOPLE[0]}", {"language": f"Spanish {len(units)}"})
        words = CAMPAIGN.words_outside(*units)
        assert leaks([dict(seen.snapshot().tables), seen.picture()], words) == [], units


def test_a_step_is_repeated_only_when_it_is_given_something_else() -> None:
    parts, made, names = Parts(), [], ["Rosa"]

    def make() -> list[str]:
        made.append(1)
        return list(names)

    first = parts.of("names", (names,), make, said=1)
    assert parts.of("names", (names,), make, said=1) is first
    for given_now, said in (((names,), 2), ((list(names),), 2), ((), 2), ((None,), 2)):
        parts.of("names", given_now, make, said)
    assert len(made) == 5
    assert parts.of("names", (1,), make) is not first
    last = parts.of("names", (2,), make)
    assert parts.of("names", (3,), make, is_same=lambda new, old: new == old) is last


def test_what_is_made_of_each_is_made_again_only_of_what_was_not_there_last_time() -> None:
    parts, made, (one, two, three) = Parts(), [], (["Rosa"], ["Ana"], ["Rosa"])

    def greet(names: list[str]) -> str:
        made.append(names)
        return f"Dear {names[0]}"

    assert parts.of_each("greet", (one, two), greet) == ("Dear Rosa", "Dear Ana")
    assert parts.of_each("greet", (three, one), greet) == ("Dear Rosa", "Dear Rosa")
    assert parts.of_each("greet", (two, one), greet) == ("Dear Ana", "Dear Rosa")
    assert [id(names) for names in made] == [id(names) for names in (one, two, three, two)]


def test_what_a_failed_step_left_is_not_kept() -> None:
    parts = Parts()

    def fail() -> Any:
        raise ShopfloorError("no")

    with pytest.raises(ShopfloorError):
        parts.of("step", (), fail)
    assert parts.of("step", (), lambda: 1) == 1
