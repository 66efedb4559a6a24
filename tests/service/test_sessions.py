import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shopfloor.graph.contract import Store
from shopfloor.service.clock import Clock
from shopfloor.service.opening import open_home
from shopfloor.service.sessions import MOST_OF_ONE, Sessions, describe_device
from shopfloor.settings import SESSION_IDLE, SESSION_LONGEST
from tests.service.letting_in import ADDRESS, MovedClock
from tests.service.shop import PASSPHRASE, Shop

IDLE = SESSION_IDLE.total_seconds()
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def home(shop: Shop) -> Iterator[Store]:
    held = open_home(shop.store, passphrase=PASSPHRASE)
    yield held
    held.close()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def sessions(home: Store, clock: MovedClock) -> Sessions:
    return Sessions(home, clock)


def begin(sessions: Sessions, account: str = "Lea") -> str:
    return sessions.begin(account, 1, address=ADDRESS, agent=FIREFOX)


def test_a_session_is_found_by_its_token_which_is_kept_nowhere(sessions: Sessions, home: Store) -> None:
    token = begin(sessions)
    found = sessions.find(token)
    assert found is not None
    assert (found.account, found.generation, found.address, found.device) == ("Lea", 1, ADDRESS, "Firefox on Windows")
    kept = str(home.documents("sessions"))
    assert token not in kept
    assert token not in repr(found)
    for other in (found.session_id, token[:-1], token + "x", "", "\ud800", "x" * 9999):
        assert sessions.find(other) is None


def test_every_session_has_another_token(sessions: Sessions) -> None:
    tokens = {begin(sessions) for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(token) >= 43 for token in tokens)


def test_a_session_that_is_not_used_is_over(sessions: Sessions, clock: MovedClock) -> None:
    token = begin(sessions)
    clock.move(seconds=IDLE - 1)
    assert sessions.find(token) is not None
    clock.move(seconds=IDLE - 1)
    assert sessions.find(token) is not None
    clock.move(seconds=IDLE)
    assert sessions.find(token) is None
    assert sessions.of() == ()


def test_a_session_that_is_used_all_the_time_is_over_at_last(sessions: Sessions, clock: MovedClock) -> None:
    token, began = begin(sessions), clock.now()
    while sessions.find(token) is not None:
        clock.move(minutes=10)
    assert clock.now() - began == SESSION_LONGEST


def test_looking_at_a_session_writes_at_most_once_a_minute(sessions: Sessions, home: Store, clock: MovedClock) -> None:
    token = begin(sessions)
    before = home.documents("sessions")
    clock.move(seconds=59)
    sessions.find(token)
    assert home.documents("sessions") == before
    clock.move(seconds=1)
    found = sessions.find(token)
    assert found is not None
    assert found.seen_at == clock.now()
    assert home.documents("sessions") != before


def test_a_clock_set_back_ends_a_session_and_never_lengthens_it(sessions: Sessions, clock: MovedClock) -> None:
    token = begin(sessions)
    clock.move(minutes=20)
    assert sessions.find(token) is not None
    clock.move(minutes=-2)
    assert sessions.find(token) is None
    clock.move(minutes=2)
    assert sessions.find(token) is None


def test_the_clock_of_a_running_program_goes_on_when_the_machines_is_set_back() -> None:
    hours = iter([10, 11, 3, 3])
    seconds = itertools.count(0, 60)
    clock = Clock(lambda: datetime(2026, 5, 4, next(hours), tzinfo=UTC), lambda: float(next(seconds)))
    at_eleven, later, latest = clock.now(), clock.now(), clock.now()
    assert at_eleven == datetime(2026, 5, 4, 11, tzinfo=UTC)
    assert (later - at_eleven, latest - later) == (timedelta(minutes=1), timedelta(minutes=1))


def test_sessions_are_listed_and_ended(sessions: Sessions, clock: MovedClock) -> None:
    first = begin(sessions)
    clock.move(minutes=1)
    second, other = begin(sessions), begin(sessions, "Olga")
    assert [s.created_at for s in sessions.of("Lea")] == [clock.now(), clock.now() - timedelta(minutes=1)]
    assert len(sessions.of()) == 3
    sessions.end(first)
    sessions.end(first)
    assert sessions.find(first) is None
    assert sessions.end_all("Lea") == 1
    assert sessions.find(second) is None
    assert sessions.find(other) is not None


def test_an_ended_session_is_not_brought_back_by_its_use(sessions: Sessions, clock: MovedClock, home: Store) -> None:
    token = begin(sessions)
    clock.move(minutes=5)
    held = home.documents("sessions")

    class Ending:
        """A home in which somebody ends the session after it was looked at."""

        def documents(self, _collection: str) -> dict[str, bytes]:
            sessions.end(token)
            return held

        change_document = staticmethod(home.change_document)

    assert Sessions(Ending(), clock).find(token) is None  # type: ignore[arg-type]
    assert home.documents("sessions") == {}


def test_one_account_has_so_many_sessions_and_old_ones_are_removed(
    sessions: Sessions, clock: MovedClock, home: Store
) -> None:
    tokens = []
    for _ in range(MOST_OF_ONE + 3):
        tokens.append(begin(sessions))
        clock.move(seconds=1)
    assert [sessions.find(token) is not None for token in tokens] == [False] * 3 + [True] * MOST_OF_ONE
    clock.move(seconds=IDLE)
    begin(sessions, "Olga")
    assert len(home.documents("sessions")) == 1


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on macOS"),
        ("<script>alert(1)</script>", "unknown device"),
        ("curl/8", "unknown device"),
        ("", "unknown device"),
    ],
)
def test_a_device_is_described_in_our_own_words(agent: str, said: str) -> None:
    assert describe_device(agent) == said
