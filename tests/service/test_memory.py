"""What is to be forgotten leaves the memory of everybody who has a page open, not only the store."""

import gc
import threading
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shopfloor import OpenStore, open_store
from shopfloor.dashboard.desk import Desk, Shelf
from shopfloor.service import editing
from shopfloor.service.door import open_door
from shopfloor.service.erasing import plan_erasure
from shopfloor.service.forgetting import erase_person
from shopfloor.service.memory import Memory
from shopfloor.service.viewer import Viewer
from tests.service.letting_in import found_team, join
from tests.service.shop import PASSPHRASE
from tests.service.team import draw_campaign

ORGANIZER = Viewer("Olga", frozenset({"organizer"}), ("Paint",))
LEAD = Viewer("Lea", frozenset({"lead"}))
HER = next(person for person, unit in draw_campaign(1).unit_of.items() if unit == "Paint")


def is_gone(held: "weakref.ref[Any]") -> bool:
    gc.collect()
    return held() is None


def looked_at(desk: Desk) -> list[Callable[[], bool]]:
    """Look at what a page shows, and return how to ask whether each of it has left the memory."""
    desk.groups_lately()
    held = [desk.workplace().people, desk.map_data().people, desk.ranking().rows, desk.groups().rows]
    held += [desk.store.picture().workplace.namings]
    return [partial(is_gone, weakref.ref(one)) for one in held]


@pytest.mark.parametrize("viewer", [ORGANIZER, LEAD])
def test_a_person_erased_leaves_the_memory_of_open_pages_at_once(owner: OpenStore, viewer: Viewer) -> None:
    desk = Desk(owner.seen_by(viewer), Shelf())
    gone = looked_at(desk)
    assert not any(ask() for ask in gone)
    erase_person(owner, plan_erasure(owner, HER))
    assert all(ask() for ask in gone)
    assert HER not in set(desk.workplace().people["person_id"])


def test_what_is_undone_leaves_the_memory_of_open_pages_at_once(owner: OpenStore) -> None:
    desk = Desk(owner.seen_by(ORGANIZER))
    gone = looked_at(desk)
    owner.undo(1)
    assert all(ask() for ask in gone)
    assert not len(desk.workplace().people)


def test_a_person_erased_by_another_program_leaves_when_anybody_looks(owner: OpenStore, place: Path) -> None:
    desk = Desk(owner.seen_by(ORGANIZER))
    lead = owner.seen_by(LEAD)
    lead.workplace()
    gone = looked_at(desk)
    with open_store(place, passphrase=PASSPHRASE) as other:
        erase_person(other, plan_erasure(other, HER))
    lead.workplace()
    assert all(ask() for ask in gone)


def test_what_others_type_leaves_the_answers_of_a_scope_where_they_are(owner: OpenStore) -> None:
    desk = Desk(owner.seen_by(ORGANIZER))
    gone = looked_at(desk)
    editing.edit_record(owner, "employer:E9", {"name": "Firm Nine"})
    owner.seen_by(LEAD).workplace()
    assert not gone[0]()


def test_a_scope_that_was_changed_or_ended_leaves_the_memory_at_once(place: Path) -> None:
    with open_door(place, passphrase=PASSPHRASE) as door:
        lea = found_team(door)
        olga = join(door, lea, "Olga", "organizer", units=("Paint",))
        gone = weakref.ref(door.store_for(olga.session).workplace().people)
        assert not is_gone(gone)
        door.team_for(lea.session).change("olga", units=("Press",))
        assert is_gone(gone)
        gone = weakref.ref(door.store_for(olga.session).workplace().people)
        door.team_for(lea.session).end("Olga")
        assert is_gone(gone)


def test_a_scope_that_another_program_changed_is_let_go_at_the_next_look(place: Path) -> None:
    with open_door(place, passphrase=PASSPHRASE) as door, open_door(place, passphrase=PASSPHRASE) as other:
        lea = found_team(door)
        olga = join(door, lea, "Olga", "organizer", units=("Paint",))
        gone = weakref.ref(door.store_for(olga.session).workplace().people)
        other.team_for(lea.session).change("Olga", units=("Press",))
        door.store_for(olga.session)
        assert is_gone(gone)


def test_what_was_begun_before_it_had_to_be_forgotten_is_not_kept() -> None:
    memory: Memory[str] = Memory()
    begun = memory.epoch
    thread = threading.Thread(target=memory.let_go)
    thread.start()
    thread.join()
    memory.put("now", "drawn with her", begun)
    assert memory.get("now") is None
    memory.put("now", "drawn without", memory.epoch)
    assert memory.get("now") == "drawn without"
    assert "drawn" not in repr(memory)
