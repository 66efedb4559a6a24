"""One Neo4j database: sessions that read their own writes, transactions that can be stopped from outside."""

import ipaddress
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import neo4j

from shopfloor.errors import InterruptedWorkError, ShopfloorError, StoreError, UsageError
from shopfloor.graph.neo4j.layout import N_LANES
from shopfloor.graph.neo4j.trouble import OLDEST, TOO_OLD, plain_errors

T = TypeVar("T")
Work = Callable[[neo4j.ManagedTransaction], T]
"""What is done in one transaction; may run several times, so it must not change anything outside."""

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
ALLOW_PLAIN = "SHOPFLOOR_ALLOW_PLAIN"
"""Environment variable: ``1`` lets an unencrypted connection leave this machine."""
CONNECT_SECONDS = 10
RETRY_SECONDS = 10
_WAKE_SECONDS = 0.5


class Server:
    """A database of a Neo4j server; may be used by several threads."""

    def __init__(self, driver: neo4j.Driver, place: str, database: str | None) -> None:
        self._driver = driver
        self._database = database
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        self._workers = ThreadPoolExecutor(N_LANES, thread_name_prefix="shopfloor-neo4j")
        self.place = place

    def __repr__(self) -> str:
        """Name the place only."""
        return f"Server({self.place})"

    @classmethod
    def connect(cls, url: str, *, user: str, password: str, database: str | None) -> Self:
        """Log in and look what is there; change nothing.

        Raises
        ------
        UsageError
            The address is none of a Neo4j database, or is an unencrypted one of another machine.
        PassphraseError, StoreUnavailableError, StoreNotFoundError, StoreError
            User or password is wrong, the server is down, there is no such database, it is too old.
        """
        place = _without_credentials(url)
        _refuse_plain(place)
        with plain_errors(place):
            driver = neo4j.GraphDatabase.driver(
                place,
                auth=(user, password),
                user_agent="shopfloor",
                telemetry_disabled=True,
                notifications_min_severity="OFF",
                connection_timeout=CONNECT_SECONDS,
                max_transaction_retry_time=RETRY_SECONDS,
            )
        try:
            return cls(driver, place, _look(driver, place, database))
        except BaseException:
            driver.close()
            raise

    @property
    def is_here(self) -> bool:
        """Whether the server is this machine."""
        return _is_here(urlsplit(self.place).hostname or "")

    def read(self, work: Work[T]) -> T:
        """Do some reading in one transaction, again on transient errors."""
        return self._run(work, is_writing=False)

    def write(self, work: Work[T]) -> T:
        """Do some writing in one transaction, again on transient errors."""
        return self._run(work, is_writing=True)

    def close(self) -> None:
        """Let go of all connections; closing twice is once."""
        self._workers.shutdown(wait=False)
        self._driver.close()

    def _session(self) -> neo4j.Session:
        return self._driver.session(database=self._database, bookmark_manager=self._bookmarks)

    def write_all(self, works: Iterable[Work[object]]) -> None:
        """Do several pieces of writing, each in a transaction of its own and `N_LANES` of them at a time.

        When one fails, or an interrupt comes, no other is under way any more when the error arrives.
        """
        token, is_stopped = uuid4().hex, threading.Event()
        running: set[Future[object]] = set()
        try:
            for work in works:
                running.add(self._workers.submit(self._whole(work, token, is_stopped, is_writing=True)))
                if len(running) == N_LANES:
                    running -= _finished(running)
            while running:
                running -= _finished(running)
        except BaseException:
            self._stop(running, token, is_stopped)
            raise

    def _run(self, work: Work[T], *, is_writing: bool) -> T:
        token, is_stopped = uuid4().hex, threading.Event()
        whole = self._whole(work, token, is_stopped, is_writing=is_writing)
        if threading.current_thread() is not threading.main_thread():
            return whole()
        # An interrupt strikes the main thread in the midst of anything; the driver works beside it, so that its
        # connection stays whole and the server can be told to stop.
        future = self._workers.submit(whole)
        try:
            _finished({future})
        except BaseException:
            self._stop({future}, token, is_stopped)
            raise
        return future.result()

    def _whole(self, work: Work[T], token: str, is_stopped: threading.Event, *, is_writing: bool) -> Callable[[], T]:
        """Return the work as one transaction that is tried again, and that can be stopped by its token."""

        @neo4j.unit_of_work(metadata={"shopfloor": token})
        def attempt(transaction: neo4j.ManagedTransaction) -> T:
            if is_stopped.is_set():
                raise InterruptedWorkError("Stopped. What was seen before is seen still.")
            return work(transaction)

        def whole() -> T:
            with plain_errors(self.place), self._session() as session:
                return session.execute_write(attempt) if is_writing else session.execute_read(attempt)

        return whole

    def _stop(self, running: Iterable[Future[Any]], token: str, is_stopped: threading.Event) -> None:
        """Tell the server to stop, and wait until nothing is under way."""
        is_stopped.set()
        left = {future for future in running if not future.done()}
        while left:
            with suppress(ShopfloorError):
                self._terminate(token)
            left = wait(left, timeout=_WAKE_SECONDS).not_done

    def _terminate(self, token: str) -> None:
        with plain_errors(self.place), self._driver.session(database=self._database) as session:
            found = session.run(
                "SHOW TRANSACTIONS YIELD transactionId, metaData WHERE metaData.shopfloor = $token "
                "RETURN collect(transactionId)",
                token=token,
            ).single(strict=True)
            if found[0]:
                session.run("TERMINATE TRANSACTIONS $ids", ids=found[0]).consume()


def _finished(running: set[Future[Any]]) -> set[Future[Any]]:
    """Wait until some of it is done, and return what is; raise what it raised. An interrupt gets through."""
    done: set[Future[Any]] = set()
    while not done:
        done = wait(running, timeout=_WAKE_SECONDS, return_when=FIRST_COMPLETED).done
    for future in done:
        future.result()
    return done


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise UsageError(
            "That is no address of a Neo4j database. Write for instance neo4j://localhost:7687 "
            f"(it starts with one of: {', '.join(SCHEMES)})."
        )
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _refuse_plain(place: str) -> None:
    """Refuse to send password and records over a network where others can read them."""
    parts = urlsplit(place)
    if "+" in parts.scheme or _is_here(parts.hostname or "") or os.environ.get(ALLOW_PLAIN) == "1":
        return
    raise UsageError(
        f"{place} is another machine, and the connection would not be encrypted: everybody on the way could read the "
        f"password and all records. Nothing was sent. Write {parts.scheme}+s://{parts.netloc} (the server needs a "
        f"certificate); on a private network that you vouch for, set {ALLOW_PLAIN}=1."
    )


def _is_here(host: str) -> bool:
    """Tell whether a host is this machine, without asking any name server."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _look(driver: neo4j.Driver, place: str, database: str | None) -> str:
    """Refuse a server that is too old, and return the name of the database to work in."""
    with plain_errors(place):
        refuse_old(driver.get_server_info().agent, place)
        with driver.session(database=database) as session:
            found: list[Any] = session.run("CALL db.info() YIELD name RETURN name").value()
    return str(found[0])


def refuse_old(agent: str, place: str) -> None:
    """Raise unless the server says that it is of a generation we work on (``Neo4j/5.26.30``).

    Raises
    ------
    StoreError
        It is older.
    """
    version = agent.partition("/")[2]
    major = version.partition(".")[0]
    if major.isdigit() and int(major) < OLDEST:
        raise StoreError(TOO_OLD.format(place=place, version=f" ({version})", oldest=OLDEST))
