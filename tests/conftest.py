"""What tests of several folders share: real servers, a browser, the data sets to be checked against.

What is missing on a machine skips a test and says why; ``SHOPFLOOR_REQUIRE=neo4j,browser`` makes that a failure.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

import pytest
from hypothesis import settings

from tests.make_slow import read_slow
from tests.neo4j_server.server import GENERATIONS, QUICK_COMPILING, Neo4jServer, ServerUnavailableError

# A busy machine is slow, not wrong: no example fails for the time it took.
settings.register_profile("shopfloor", deadline=None, print_blob=True)
settings.load_profile("shopfloor")

ROOT: Final = Path(__file__).parents[1]
ON_THE_NEWEST: Final = pytest.mark.parametrize("neo4j_server", list(GENERATIONS)[-1:], indirect=True)
"""For what takes long and where the generations of Neo4j do not differ: the contract holds on all."""
CHROMIUMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


def require(feature: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where `feature` is required.

    Parameters
    ----------
    feature : str
        ``neo4j``, ``browser``, ``oidc`` or ``data``.
    reason : str
        What is missing on this machine.
    """
    if feature in os.environ.get("SHOPFLOOR_REQUIRE", "").replace(" ", "").split(","):
        pytest.fail(f"{feature} is required here (SHOPFLOOR_REQUIRE), and {reason}", pytrace=False)
    pytest.skip(f"{feature}: {reason}")


class Neo4jPool:
    """Starts real servers when tests ask for them, one a generation, and keeps them: a warm one is ten times faster."""

    def __init__(self) -> None:
        self._servers: dict[str, Neo4jServer] = {}
        self._missing: dict[str, str] = {}

    def server(self, generation: str) -> Neo4jServer:
        """Return a running server of the generation (see `GENERATIONS`), or skip the test saying what is missing.

        What earlier tests wrote is still there: see `Neo4jServer.clear`.
        """
        if generation in self._missing:
            require("neo4j", self._missing[generation])
        if generation not in self._servers:
            try:
                self._servers[generation] = Neo4jServer(generation, QUICK_COMPILING).__enter__()
            except ServerUnavailableError as error:
                self._missing[generation] = str(error)
                require("neo4j", str(error))
        server = self._servers[generation]
        if not server.is_running:
            server.start()
        return server

    def close(self) -> None:
        """Stop the servers that run."""
        while self._servers:
            self._servers.popitem()[1].__exit__(None, None, None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server or a browser by the fixtures it takes, and what takes long by the list of it."""
    slow = read_slow()
    needs = {"neo4j": {"neo4j_pool", "neo4j_server"}, "browser": {"chromium_path"}}
    for item in items:
        if item.nodeid.partition("[")[0] in slow:
            item.add_marker("slow")
        for name, fixtures in needs.items():
            if fixtures & set(getattr(item, "fixturenames", ())):
                item.add_marker(name)
            if item.get_closest_marker(name) is not None:
                item.add_marker(pytest.mark.xdist_group(name))  # one server and one browser, whatever runs beside


@pytest.fixture(scope="session", autouse=True)
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep key files of sealed stores in a folder of the tests, never in the user's own."""
    folder = tmp_path_factory.mktemp("keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOPFLOOR_KEY_FILE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def neo4j_pool() -> Iterator[Neo4jPool]:
    """Real Neo4j servers by generation."""
    pool = Neo4jPool()
    yield pool
    pool.close()


@pytest.fixture(scope="session", params=list(GENERATIONS))
def neo4j_server(request: pytest.FixtureRequest, neo4j_pool: Neo4jPool) -> Neo4jServer:
    """Return a real Neo4j server; the test runs once for each generation."""
    return neo4j_pool.server(request.param)


@pytest.fixture(scope="session")
def validation_data() -> Path:
    """Folder of the published data sets: ``SHOPFLOOR_VALIDATION_DATA``, or ``shared/data`` beside the checkout."""
    named = os.environ.get("SHOPFLOOR_VALIDATION_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        require("data", f"no data sets to be checked against in {folder} (set SHOPFLOOR_VALIDATION_DATA)")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of a Chromium: ``SHOPFLOOR_CHROMIUM``, or the first found on the path."""
    found = os.environ.get("SHOPFLOOR_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        require("browser", "no Chromium is installed (or set SHOPFLOOR_CHROMIUM)")
    return found
