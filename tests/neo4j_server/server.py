"""A real Neo4j Community server for tests, started from its published libraries.

    with Neo4jServer("5.26") as server:
        GraphDatabase.driver(server.url, auth=server.auth)

``python -m tests.neo4j_server.server`` fetches the libraries of every generation beforehand.
"""

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from neo4j import Driver, GraphDatabase

HERE: Final = Path(__file__).parent
USER: Final = "neo4j"
FIRST_PASSWORD: Final = "neo4j"
START_SECONDS: Final = 120
FETCH_SECONDS: Final = 900
QUICK_COMPILING: Final = "-XX:TieredStopAtLevel=1"
"""No second, thorough compiler: a server of tests lives for minutes, and half of what it did was compiling itself."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation of Neo4j: its release, and the first and last Java it runs on."""

    version: str
    oldest_java: int
    newest_java: int


GENERATIONS: Final[Mapping[str, Generation]] = {
    "5.26": Generation("5.26.30", 17, 21),
    "2026.08": Generation("2026.08.1", 21, 99),
}


class ServerUnavailableError(Exception):
    """No server can be started on this machine; the message says what is missing."""


@contextlib.contextmanager
def _driver(url: str, password: str) -> Iterator[Driver]:
    with GraphDatabase.driver(url, auth=(USER, password), connection_timeout=5, telemetry_disabled=True) as driver:
        yield driver


class Neo4jServer:
    """One server in a home of its own on a free port of this machine; a context manager.

    Parameters
    ----------
    generation : str
        One of `GENERATIONS`.
    *java_options : str
        Further options of the Java machine.

    Attributes
    ----------
    url, user, password : str
        How to log in, while the server runs.

    Raises
    ------
    ServerUnavailableError
        On entering: no fitting Java, or the libraries cannot be fetched.
    RuntimeError
        It does not start; the message holds the end of its log.
    """

    def __init__(self, generation: str, *java_options: str) -> None:
        self.generation = generation
        self._java_options = java_options
        self.user = USER
        self.password = secrets.token_urlsafe(12)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._home = Path()
        self._port = 0
        self._command: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Bolt address."""
        return f"bolt://127.0.0.1:{self._port}"

    @property
    def auth(self) -> tuple[str, str]:
        """User and password, as the driver takes them."""
        return self.user, self.password

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        java = find_java(self.generation)
        libraries = fetch_libraries(self.generation)
        self._folder = tempfile.TemporaryDirectory(prefix="shopfloor-neo4j-", ignore_cleanup_errors=True)
        self._home = Path(self._folder.name)
        try:
            self._port = _free_port()
            self._command = [
                *(str(java), "-Xms256m", "-Xmx1g", "-XX:MaxDirectMemorySize=256m", "-XX:+UseSerialGC"),
                *self._java_options,
                *("-cp", f"{libraries}{os.sep}*", str(HERE / "Neo4jServer.java"), str(self._home), str(self._port)),
            ]
            self.start()
            self._set_password()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        if self._folder is not None:
            self._folder.cleanup()

    def start(self, *, is_read_only: bool = False) -> None:
        """Start on the same home and port, perhaps with databases that take no writes; wait until it answers."""
        command = [*self._command, "read-only"] if is_read_only else self._command
        log = (self._home / "server.log").open("wb")
        with log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, cwd=self._home
            )
        self._wait_until_ready()

    def kill(self) -> None:
        """End the process at once, as a power cut would; what was committed is in the home."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def stop(self) -> None:
        """Shut the databases down in order; what was committed is in the home."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_SECONDS)
            self.kill()

    def restart(self) -> None:
        """End the process at once and start it again."""
        self.kill()
        self.start()

    def empty(self) -> None:
        """Remove all data; constraints and indexes stay, since to make them takes longer than most tests."""
        with _driver(self.url, self.password) as driver:
            driver.execute_query("MATCH (n) DETACH DELETE n", database_="neo4j")

    def clear(self) -> None:
        """Empty the database: data, constraints and indexes."""
        with _driver(self.url, self.password) as driver, driver.session(database="neo4j") as session:
            session.run("MATCH (n) CALL (n) {DETACH DELETE n} IN TRANSACTIONS OF 10000 ROWS").consume()
            for name in session.run("SHOW CONSTRAINTS YIELD name").value():
                session.run(f"DROP CONSTRAINT `{name}`").consume()
            for name in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").value():
                session.run(f"DROP INDEX `{name}`").consume()

    def _wait_until_ready(self) -> None:
        """Wait for the line `ready` and then for the default database, which comes up a moment later."""
        log = self._home / "server.log"
        end = time.monotonic() + START_SECONDS
        while b"ready" not in log.read_bytes().splitlines():
            if not self.is_running or time.monotonic() > end:
                tail = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"Neo4j {self.generation} did not start:\n{tail}")
            time.sleep(0.1)
        while not _answers(self._port):
            if time.monotonic() > end:
                raise RuntimeError(f"Neo4j {self.generation} started and does not answer on its port")
            time.sleep(0.1)

    def _set_password(self) -> None:
        with _driver(self.url, FIRST_PASSWORD) as driver:
            driver.execute_query(
                "ALTER CURRENT USER SET PASSWORD FROM $old TO $new",
                old=FIRST_PASSWORD,
                new=self.password,
                database_="system",
            )
        with _driver(self.url, self.password) as driver:
            driver.verify_connectivity()


def find_java(generation: str) -> Path:
    """Return the oldest JDK of this machine that the generation runs on.

    Looked at: ``JAVA_HOME`` and ``JAVA_HOME_*``, what is on the path, and the usual folders of Linux and macOS.

    Raises
    ------
    ServerUnavailableError
        There is none.
    """
    wanted = GENERATIONS[generation]
    found = {_java_version(home): java for home in _java_homes() if (java := _java_of(home))}
    fitting = sorted(version for version in found if wanted.oldest_java <= version <= wanted.newest_java)
    if not fitting:
        raise ServerUnavailableError(
            f"Neo4j {generation} needs a JDK from {wanted.oldest_java} to {wanted.newest_java}, and there is "
            f"{sorted(found) or 'none'} here (install one, or set JAVA_HOME or JAVA_HOME_25 and the like)"
        )
    return found[fitting[0]]


def fetch_libraries(generation: str) -> Path:
    """Return the folder that holds the libraries of the generation, fetched by Maven when they are not there yet.

    The folder is below ``SHOPFLOOR_NEO4J_CACHE``, or else ``~/.cache/shopfloor-tests``.

    Raises
    ------
    ServerUnavailableError
        Maven is missing or cannot fetch them.
    """
    version = GENERATIONS[generation].version
    cache = Path(os.environ.get("SHOPFLOOR_NEO4J_CACHE") or Path.home() / ".cache" / "shopfloor-tests")
    folder = cache / f"neo4j-{version}"
    if folder.is_dir():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerUnavailableError(f"the libraries of Neo4j {version} are not in {cache}, and Maven (mvn) is missing")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        _run_maven(maven, version, Path(scratch) / "lib")
        with contextlib.suppress(OSError):  # another process was faster: its folder is as good
            (Path(scratch) / "lib").rename(folder)
    return folder


def _run_maven(maven: str, version: str, folder: Path) -> None:
    command = [maven, "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    options = [f"-Dneo4j.version={version}", f"-DoutputDirectory={folder}"]
    try:
        done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ServerUnavailableError(f"Maven did not fetch Neo4j {version} within {FETCH_SECONDS} seconds") from error
    if done.returncode != 0 or not any(folder.glob("neo4j-kernel-*.jar")):
        raise ServerUnavailableError(f"Maven could not fetch Neo4j {version}:\n{(done.stdout + done.stderr)[-2000:]}")


def _java_homes() -> Iterator[Path]:
    for name, value in sorted(os.environ.items()):
        if value and (name == "JAVA_HOME" or name.startswith("JAVA_HOME_")):
            yield Path(value)
    java = shutil.which("java")
    if java is not None:
        yield Path(java).resolve().parent.parent
    for folder, inside in (("/usr/lib/jvm", ""), ("/Library/Java/JavaVirtualMachines", "Contents/Home")):
        yield from sorted(home / inside for home in Path(folder).glob("*"))


def _java_of(home: Path) -> Path | None:
    """Return the `java` of a JDK; a runtime without a compiler cannot start the server from its source."""
    java, compiler = (shutil.which(name, path=str(home / "bin")) for name in ("java", "javac"))
    return Path(java) if java and compiler else None


def _java_version(home: Path) -> int:
    """Return the feature version (17, 21, ...) from the file every JDK carries, 0 where it is missing."""
    with contextlib.suppress(OSError):
        match = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text(errors="replace"), re.MULTILINE)
        return int(match[1]) if match else 0
    return 0


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def main() -> int:
    """Fetch the libraries of every generation."""
    for generation in GENERATIONS:
        try:
            folder = fetch_libraries(generation)
        except ServerUnavailableError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        sys.stderr.write(f"Neo4j {generation}: {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
