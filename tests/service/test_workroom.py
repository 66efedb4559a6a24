"""The process that computes: it answers as this one would, for each only once, and it never outlives the program."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest

from shopfloor.analysis import find_groups
from shopfloor.errors import InterruptedWorkError, UsageError, WorkFailedError
from shopfloor.service import workroom
from shopfloor.service.nameless import without_names
from shopfloor.service.opening import create_store
from shopfloor.service.workroom import Workroom
from shopfloor.workplace import Workplace
from tests.analysis.build import workplace as made_workplace
from tests.service import work
from tests.service.shop import PASSPHRASE
from tests.service.team import draw_campaign, leaks, load

PROGRAM = """\
import sys, time
from shopfloor.service.workroom import Workroom
from tests.service import work
room = Workroom()
task = room.ask("slow", work.take_steps, 1000, 0.1)
while task.progress is None:
    time.sleep(0.05)
print(room.pid, flush=True)
time.sleep(100)
"""


@pytest.fixture(scope="module")
def room() -> Iterator[Workroom]:
    room = Workroom()
    yield room
    room.close()


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Return a generated workplace in which every name is recognisable."""
    place = tmp_path_factory.mktemp("workroom") / "team.store"
    with create_store(place, passphrase=PASSPHRASE) as store:
        load(store, draw_campaign(11, 90))
        return store.workplace()


def two_circles() -> Workplace:
    """Return six people and five, all of whom know each other in their circle, and one tie between."""
    pairs = [*combinations(range(6), 2), *combinations(range(6, 11), 2), (5, 6)]
    rows = [{"person": one, "other": two, "kind": "friend", "said_by": "Org One"} for one, two in pairs]
    return made_workplace([{"department": "Dock"}] * 6 + [{"department": "Press"}] * 5, connections=rows)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def until(is_so: Callable[[], object], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_work_is_done_in_another_process_which_stays_for_more(room: Workroom) -> None:
    first = room.ask("one", work.who_computes).result()
    assert first != os.getpid()
    assert first == room.pid == room.ask("two", work.who_computes).result()


def test_groups_found_there_are_those_found_here(room: Workroom) -> None:
    floor = two_circles()
    there = room.ask("groups", find_groups, without_names(floor), include=("supervisors",)).result()
    here = find_groups(floor, include=("supervisors",))
    assert here.rows["n_members"].tolist() == [6, 5]
    assert there.rows.equals(here.rows)
    assert there.membership.tolist() == here.membership.tolist()
    assert (there.about, there.in_no_group) == (here.about, here.in_no_group)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process can only be nice")
def test_it_computes_when_a_processor_is_idle(room: Workroom) -> None:
    pid = room.ask("who", work.who_computes).result()
    assert os.sched_getscheduler(pid) == os.SCHED_IDLE


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process can only be nice")
def test_where_other_programs_leave_it_nothing_it_gives_way_no_more_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workroom, "STARVED_AFTER_S", 1.0)
    room, processor = Workroom(), min(os.sched_getaffinity(0))
    gives_way = room.ask("who", work.who_computes).result()
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        for pid in (busy.pid, gives_way):
            os.sched_setaffinity(pid, {processor})
        hurries = room.ask("long", work.burn, 1.0).result()
        busy.kill()
    assert hurries not in {gives_way, os.getpid()}
    assert os.sched_getscheduler(hurries) == os.SCHED_OTHER
    assert room.ask("next", work.who_computes).result() == hurries
    monkeypatch.setattr(room, "_hurries_until", time.monotonic())
    later = room.ask("later", work.who_computes).result()
    assert os.sched_getscheduler(later) == os.SCHED_IDLE
    assert not is_there(hurries)
    room.close()


def test_who_only_sleeps_does_not_starve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workroom, "STARVED_AFTER_S", 0.2)
    room = Workroom()
    first = room.ask("who", work.who_computes).result()
    assert room.ask("sleeps", work.take_steps, 10, 0.1).result() == first
    room.close()


def test_without_names_nobody_is_named_and_the_same_people_are_the_same(workplace: Workplace) -> None:
    names = [*workplace.people["name"], "Org One"]
    bare = without_names(workplace)
    tables = {name: getattr(bare, name) for name in Workplace.__dataclass_fields__ if name != "provenance"}
    assert not leaks(tables, names)
    assert leaks(workplace.conversations, ["Org One"])
    for table, column in (("conversations", "organizer"), ("connections", "said_by"), ("assessments", "assessed_by")):
        told, coded = getattr(workplace, table)[column], getattr(bare, table)[column]
        assert coded.isna().tolist() == told.isna().tolist()
        assert coded.nunique() == told.nunique() == len({*zip(told.dropna(), coded.dropna(), strict=True)})
    assert bare.people["person_id"].equals(workplace.people["person_id"])
    assert bare.namings[["namer", "named"]].equals(workplace.namings[["namer", "named"]])


def test_those_who_ask_for_the_same_get_one_computation(room: Workroom, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    answers: list[str] = []

    def ask() -> None:
        answers.append(room.ask("same", work.write_and_wait, str(mark), 0.5).result())

    askers = [threading.Thread(target=ask) for _ in range(12)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert answers == ["done"] * 12
    assert mark.read_text() == "begun\n"


def test_another_key_is_another_computation(room: Workroom) -> None:
    one, two = room.ask(("hers", 3), work.add, 1, 2), room.ask(("his", 3), work.add, 10, 20)
    assert (one.result(), two.result()) == (3, 30)


def test_progress_is_told_on_the_way(room: Workroom) -> None:
    task = room.ask("steps", work.take_steps, 40, 0.1)
    assert until(lambda: task.progress is not None)
    assert task.progress is not None
    done, of = task.progress
    assert 0 < done < of == 40
    assert not task.is_over
    room.cancel(task)


def test_a_cancelled_task_ends_at_once_and_the_next_one_has_a_new_process(room: Workroom) -> None:
    task = room.ask("slow", work.take_steps, 1000, 0.1)
    assert until(lambda: task.progress is not None)
    before = room.pid
    assert before is not None
    room.cancel(task)
    with pytest.raises(InterruptedWorkError, match="stopped"):
        task.result()
    assert not is_there(before)
    after = room.ask("next", work.who_computes).result()
    assert after not in (before, os.getpid())


def test_what_waits_can_be_cancelled_and_what_runs_goes_on(room: Workroom) -> None:
    running, waiting = room.ask("runs", work.take_steps, 5, 0.1), room.ask("waits", work.add, 1, 2)
    room.cancel(waiting)
    with pytest.raises(InterruptedWorkError):
        waiting.result()
    assert running.result() == room.pid


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_work_whose_process_is_killed_is_done_again_in_another(room: Workroom, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    task = room.ask("killed", work.write_and_wait, str(mark), 1.0)
    assert until(mark.exists)
    assert room.pid is not None
    os.kill(room.pid, signal.SIGKILL)
    assert task.result() == "done"
    assert mark.read_text() == "begun\nbegun\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_work_whose_process_is_killed_each_time_ends_in_a_clear_error(room: Workroom, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    task = room.ask("killed", work.write_and_wait, str(mark), 60.0)
    for n in (1, 2):
        assert until(lambda n=n: mark.exists() and mark.read_text() == "begun\n" * n)
        assert room.pid is not None
        os.kill(room.pid, signal.SIGKILL)
    with pytest.raises(WorkFailedError, match="killed twice"):
        task.result()
    assert room.ask("next", work.add, 1, 2).result() == 3


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.3])
def test_where_no_process_starts_in_time_the_work_is_done_all_the_same(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(workroom, "STARTS_WITHIN_S", seconds)
    slow = Workroom()
    assert [slow.ask(n, work.add, n, 2).result() for n in range(3)] == [2, 3, 4]
    slow.close()


def test_what_the_work_refuses_reaches_who_asked(room: Workroom) -> None:
    with pytest.raises(UsageError, match="There is no such layer"):
        room.ask("refused", work.refuse).result()


def test_an_error_nobody_foresaw_tells_its_kind_and_no_value(room: Workroom) -> None:
    with pytest.raises(WorkFailedError, match=r"failed \(ValueError\)") as caught:
        room.ask("failed", work.fail, "Zzyzxia Kanarova").result()
    assert "Zzyzxia" not in repr(caught.value) + str(caught.value)


def test_what_cannot_be_sent_is_an_error_and_no_end(room: Workroom) -> None:
    with pytest.raises(WorkFailedError):
        room.ask("not a function of a module", lambda: 1).result()
    assert room.ask("next", work.add, 1, 2).result() == 3


def test_what_is_printed_there_does_not_get_between_the_answers(room: Workroom) -> None:
    assert room.ask("chatter", work.chatter).result() == 7
    assert room.ask("next", work.add, 1, 2).result() == 3


def test_nothing_of_the_environment_but_what_is_needed_goes_there(
    room: Workroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPFLOOR_PASSPHRASE", "Kanarengeheimnis")
    monkeypatch.setenv("USER", "Zzyzxia")
    monkeypatch.setenv("EDITOR", "Zzyzxia Kanarova")
    room.let_go()  # the next task starts another process
    environment, call = room.ask("surroundings", work.surroundings).result()
    text = f"{environment} {call}"
    assert not [word for word in ("SHOPFLOOR", "Kanaren", "Zzyzxia") if word in text]
    assert "shopfloor.service.worker" in call


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_process_is_gone_within_seconds_of_the_program(how: signal.Signals) -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=root, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        pid = int(program.stdout.readline())
        assert is_there(pid)
        program.send_signal(how)
        program.wait()
    assert until(lambda: not is_there(pid), seconds=10)


def test_forgetting_ends_the_process_and_all_that_waits(room: Workroom) -> None:
    running, waiting = room.ask("runs", work.take_steps, 1000, 0.1), room.ask("waits", work.add, 1, 2)
    assert until(lambda: running.progress is not None)
    before = room.pid
    assert before is not None
    room.let_go()
    assert not is_there(before)
    for task in (running, waiting):
        with pytest.raises(InterruptedWorkError, match="data changed"):
            task.result()


def test_an_idle_process_ends_and_comes_back_when_needed() -> None:
    room = Workroom(idle=0.2)
    first = room.ask("one", work.who_computes).result()
    assert until(lambda: room.pid is None)
    assert until(lambda: not is_there(first))
    assert room.ask("two", work.who_computes).result() != first
    room.close()


def test_where_no_process_can_be_started_it_is_computed_here_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    room = Workroom()
    assert room.ask("one", work.who_computes).result() == os.getpid()
    assert room.ask("two", work.take_steps, 2, 0.0).result() == os.getpid()
    with pytest.raises(UsageError):
        room.ask("three", work.refuse).result()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    room.close()


def test_a_closed_room_takes_no_more_work() -> None:
    room = Workroom()
    room.close()
    with pytest.raises(InterruptedWorkError):
        room.ask("late", work.add, 1, 2)


def test_what_is_shown_of_a_room_and_a_task_tells_no_value(room: Workroom) -> None:
    task = room.ask(("groups", "Kanarova"), work.add, 1, 2)
    task.result()
    assert "Kanarova" not in f"{room!r} {task!r}"
