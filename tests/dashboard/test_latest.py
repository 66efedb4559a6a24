"""Last answers of long computations: shown with their age, made anew in the background, and each viewer's own."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shopfloor.analysis import find_groups
from shopfloor.dashboard.desk import Desk, Question, Shelf
from shopfloor.dashboard.latest import Basis, LastAnswer, Latest
from shopfloor.dashboard.making import _shown, ago
from shopfloor.errors import UsageError, WorkFailedError
from shopfloor.service.editing import edit_record
from shopfloor.service.opening import OpenStore, create_store
from shopfloor.service.viewer import Viewer
from shopfloor.service.workroom import Task, Workroom
from tests.service import work
from tests.service.shop import PASSPHRASE
from tests.service.team import Campaign, draw_campaign, leaks, load

BEFORE, AFTER = Basis((1,), ("a", "b"), frozenset("ab")), Basis((2,), ("a", "b", "c"), frozenset("abc"))


@pytest.fixture(scope="module")
def room() -> Iterator[Workroom]:
    room = Workroom()
    yield room
    room.close()


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return draw_campaign(5, 60)


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory, campaign: Campaign) -> Iterator[OpenStore]:
    with create_store(tmp_path_factory.mktemp("latest") / "team.store", passphrase=PASSPHRASE) as store:
        load(store, campaign)
        yield store


def adding(room: Workroom, one: int) -> Callable[[Hashable], Task[Any]]:
    return lambda key: room.ask(key, work.add, one, 0)


def waiting(room: Workroom, mark: Path) -> Callable[[Hashable], Task[Any]]:
    return lambda key: room.ask(key, work.write_and_wait, str(mark), 60.0)


def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_first_answer_is_begun_and_then_there(room: Workroom) -> None:
    latest = Latest()
    first = latest.answer("sum", BEFORE, adding(room, 7))
    assert first.value is None
    assert first.is_made
    until(lambda: latest.answer("sum", BEFORE, None).value == 7)
    assert latest.answer("sum", BEFORE, None).is_new
    assert not latest.answer("sum", BEFORE, adding(room, 8)).is_made


def test_an_answer_that_comes_soon_is_waited_for(room: Workroom) -> None:
    assert Latest().answer("sum", BEFORE, adding(room, 7), patience=30).value == 7


def test_when_the_data_change_the_last_answer_stays_until_the_new_one_is_there(room: Workroom) -> None:
    latest = Latest()
    latest.answer("sum", BEFORE, adding(room, 7), patience=30)
    old = latest.answer("sum", AFTER, adding(room, 8))
    assert (old.value, old.basis, old.is_new, old.is_made) == (7, BEFORE, False, True)
    until(lambda: latest.answer("sum", AFTER, None).value == 8)
    assert latest.answer("sum", AFTER, None).is_new


def test_an_older_answer_can_be_good_enough(room: Workroom) -> None:
    latest = Latest()
    latest.answer("sum", BEFORE, adding(room, 7), patience=30)
    last = latest.answer("sum", AFTER, adding(room, 8), good_for=60)
    assert (last.value, last.is_made) == (7, False)
    assert latest.answer("sum", AFTER, adding(room, 8), good_for=0).is_made


def test_looking_begins_nothing(room: Workroom) -> None:
    assert not Latest().answer("sum", BEFORE, None).is_made
    assert room.ask("next", work.add, 1, 1).result() == 2


def test_an_answer_about_somebody_who_is_not_seen_any_more_is_not_shown(room: Workroom) -> None:
    latest = Latest()
    latest.answer("sum", AFTER, adding(room, 7), patience=30)
    without_c = Basis((3,), ("a", "b"), frozenset("ab"))
    assert latest.answer("sum", without_c, None).value is None
    fallen = Latest()
    fallen.answer("sum", AFTER, adding(room, 7))
    room.ask("next", work.add, 1, 1).result()  # after the first one, which nobody has looked at yet
    assert fallen.answer("sum", without_c, None).value is None


def test_two_viewers_with_the_same_question_and_state_each_get_their_own_answer(room: Workroom) -> None:
    hers, his = Latest(), Latest()
    one, two = hers.answer("sum", BEFORE, adding(room, 1)), his.answer("sum", BEFORE, adding(room, 2))
    assert one.is_made
    assert two.is_made
    until(lambda: his.answer("sum", BEFORE, None).value == 2)
    assert hers.answer("sum", BEFORE, None).value == 1


def test_a_page_does_not_wait_while_what_others_asked_for_is_computed_first(room: Workroom, tmp_path: Path) -> None:
    hers, his, mark = Latest(), Latest(), tmp_path / "mark"
    his.answer("slow", BEFORE, waiting(room, mark))
    until(mark.exists)
    begun = time.monotonic()
    last = hers.answer("sum", BEFORE, adding(room, 1), patience=30, in_queue=False)
    assert time.monotonic() - begun < 15
    assert (last.value, last.is_made) == (None, True)
    his.stop("slow", room)
    assert hers.answer("sum", BEFORE, None, patience=30).value == 1


def test_what_nobody_else_waits_for_can_be_stopped(room: Workroom, tmp_path: Path) -> None:
    latest, mark = Latest(), tmp_path / "mark"
    latest.answer("slow", BEFORE, waiting(room, mark), who=1)
    until(mark.exists)
    pid = room.pid
    latest.stop("slow", room, who=1)
    last = latest.answer("slow", BEFORE, None, who=1)
    assert (last.value, last.is_made, last.is_stopped, last.error) == (None, False, True, None)
    assert room.pid != pid
    again = latest.answer("slow", BEFORE, adding(room, 3), who=1, patience=30)
    assert (again.value, again.is_stopped) == (3, False)


def test_what_somebody_else_waits_for_goes_on(room: Workroom, tmp_path: Path) -> None:
    latest, mark = Latest(), tmp_path / "mark"
    for who in (1, 2):
        latest.answer("slow", BEFORE, waiting(room, mark), who=who)
    latest.stop("slow", room, who=1)
    assert latest.answer("slow", BEFORE, None, who=2).is_made
    latest.stop("slow", room, who=2)
    assert not latest.answer("slow", BEFORE, None, who=2).is_made
    assert mark.exists() <= 1


def test_what_failed_is_told_and_tried_again_only_when_asked_or_when_the_data_change(room: Workroom) -> None:
    latest = Latest()
    refused = latest.answer("bad", BEFORE, lambda key: room.ask(key, work.refuse), patience=30)
    assert isinstance(refused.error, UsageError)
    assert not latest.answer("bad", BEFORE, adding(room, 5)).is_made
    assert latest.answer("bad", AFTER, adding(room, 5), patience=30).value == 5
    failed = Latest()
    assert isinstance(
        failed.answer("bad", BEFORE, lambda key: room.ask(key, work.fail, "x"), patience=30).error, WorkFailedError
    )
    failed.forgive("bad")
    again = failed.answer("bad", BEFORE, adding(room, 5), patience=30)
    assert (again.value, again.error) == (5, None)


def test_what_must_be_forgotten_is(room: Workroom) -> None:
    latest = Latest()
    latest.answer("sum", BEFORE, adding(room, 7), patience=30)
    latest.let_go()
    assert latest.answer("sum", BEFORE, None).value is None


def test_scoped_viewers_at_one_room_each_get_the_groups_of_their_own_people(
    owner: OpenStore, room: Workroom, campaign: Campaign
) -> None:
    units = ("Paint", "Press", "Stores")
    viewers = [Viewer(unit, frozenset({"organizer"}), (unit,)) for unit in units]
    desks = [Desk(owner.seen_by(viewer), Shelf(), room) for viewer in viewers]
    found: dict[str, LastAnswer[Any]] = {}

    def ask(desk: Desk, unit: str) -> None:
        found[unit] = desk.ask(desk.group_question(), patience=60, in_queue=True)

    askers = [threading.Thread(target=ask, args=pair) for pair in zip(desks, units, strict=True)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    for unit, viewer in zip(units, viewers, strict=True):
        groups = found[unit].value
        alone = find_groups(owner.seen_by(viewer).workplace(), include=())
        assert (groups.about, groups.in_no_group) == (alone.about, alone.in_no_group)
        assert groups.rows.equals(alone.rows)
        told = (groups.about, groups.rows, groups.people, groups.in_no_group)
        assert not leaks(told, campaign.words_outside(unit))
        assert leaks(groups.in_no_group, [key for key, own in campaign.unit_of.items() if own == unit])


def test_erasing_or_undoing_forgets_what_was_worked_out(owner: OpenStore, room: Workroom, campaign: Campaign) -> None:
    desk = Desk(owner, room=room)
    assert desk.ask(desk.group_question(), patience=60).value is not None
    batch = edit_record(owner, next(iter(campaign.unit_of)), {"crew": "Z"}).batch_id
    assert not desk.look(desk.group_question()).is_new
    owner.undo(batch)
    assert desk.look(desk.group_question()).value is None


def test_without_a_room_the_answer_is_made_here_and_now(owner: OpenStore) -> None:
    desk = Desk(owner)
    last = desk.ask(Question(find_groups, (("min_size", 2),)))
    assert (last.is_new, last.is_made) == (True, False)
    assert last.value.about["parameters"]["min_size"] == 2


@pytest.mark.parametrize(
    ("last", "words", "can_stop", "can_begin", "is_idle"),
    [
        (LastAnswer("answer"), "", False, False, True),
        (LastAnswer(None, is_new=False, is_made=True), "The groups are being worked out.", True, False, False),
        (
            LastAnswer("old", None, 200.0, is_new=False, is_made=True),
            "worked out 3 minutes ago. New ones",
            True,
            False,
            False,
        ),
        (LastAnswer("old", None, 5.0, is_new=False), "just now; what we know since is not in them", False, True, True),
        (LastAnswer(None, is_new=False, error=UsageError("No such layer.")), "No such layer.", False, True, True),
    ],
)
def test_the_page_says_how_it_stands(
    last: LastAnswer[str], words: str, *, can_stop: bool, can_begin: bool, is_idle: bool
) -> None:
    said, steps, *rest = _shown("groups", last)
    assert words in said
    assert bool(said) == bool(words)
    assert rest == [can_stop, can_begin, is_idle]
    assert bool(steps) == can_stop


def test_progress_is_told_in_steps_and_stopping_says_so() -> None:
    _, steps, *_ = _shown("groups", LastAnswer(None, is_new=False, is_made=True, progress=(12, 100)))
    assert isinstance(steps, list)
    assert (steps[0].value, steps[0].max) == ("12", "100")
    assert "12 of 100" in str(steps[1].children)
    stopped = _shown("groups", LastAnswer("old", None, 61.0, is_new=False, is_stopped=True))
    assert stopped[0] == "Stopped. These groups were worked out 1 minute ago."
    assert stopped[2:] == (False, True, True)
    assert ago(3599) == "59 minutes ago"
