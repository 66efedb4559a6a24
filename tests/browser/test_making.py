"""A page whose answer takes long, in a real Chromium: how far it is, stopping it, and the answer when it is there."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from shopfloor.dashboard.desk import Desk
from shopfloor.service import workroom
from shopfloor.service.editing import edit_record
from tests.browser.conftest import Visit
from tests.dashboard.serving import Served, demo_store, served

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the process is held by signals of POSIX")


def comes(is_so: Callable[[], object], visit: Visit) -> None:
    """Wait as long as a computation may take on a busy machine."""
    deadline = time.monotonic() + 90
    while not is_so():
        assert time.monotonic() < deadline, f"it never came; the page says: {visit.text('#main')[:600]}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def rooms_of_others() -> list[workroom.Workroom]:
    """Return the workrooms of dashboards that other tests left running."""
    return list(workroom._ROOMS)


@pytest.fixture(scope="module")
def hall(
    rooms_of_others: list[workroom.Workroom],  # noqa: ARG001 - counted before this one
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """Serve a workplace whose workroom can be told from those of other tests."""
    with served(demo_store(tmp_path_factory.mktemp("hall"), people=150)) as running:
        yield running


@pytest.fixture
def held(visit: Visit, rooms_of_others: list[workroom.Workroom]) -> Iterator[int]:
    """Hold the process that computes, once it is there and has nothing to do."""
    visit.open("/groups")
    comes(lambda: visit.page.locator("#groups-list tbody tr").count(), visit)
    (room,) = [room for room in workroom._ROOMS if room not in rooms_of_others]
    comes(lambda: repr(room) == "Workroom(0 tasks)" and room.pid, visit)
    pid = room.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)  # on a busy machine it takes a while to come to a halt
    yield pid
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:  # it was stopped for good
        return


def change_something(hall: Served, name: str) -> None:
    first = Desk(hall.store).workplace().people["person_id"].iloc[0]
    edit_record(hall.store, str(first), {"preferred_name": name})


def test_the_last_answer_is_there_at_once_and_the_new_one_takes_its_place(
    visit: Visit, hall: Served, held: int
) -> None:
    change_something(hall, "Before")
    visit.open("/groups")
    visit.says("#groups-said", "New ones are being worked out")
    assert visit.page.locator("#groups-list tbody tr").count()
    assert visit.page.locator("#groups-steps progress").is_visible()
    assert visit.page.get_by_role("button", name="Stop").is_visible()
    os.kill(held, signal.SIGCONT)
    comes(lambda: not visit.text("#groups-said"), visit)
    assert not visit.page.locator("#groups-steps progress").count()
    assert not visit.page.get_by_role("button", name="Stop").is_visible()


def test_it_can_be_stopped_and_begun_again_by_the_keyboard(visit: Visit, hall: Served, held: int) -> None:
    change_something(hall, "After")
    visit.open("/groups")
    visit.page.get_by_role("button", name="Stop").focus()
    visit.page.keyboard.press("Enter")
    visit.says("#groups-said", "Stopped.")
    assert visit.page.locator("#groups-list tbody tr").count()
    visit.page.get_by_role("button", name="Work it out").focus()
    visit.page.keyboard.press("Enter")
    comes(lambda: not visit.text("#groups-said"), visit)
    assert held not in [room.pid for room in workroom._ROOMS]
