from collections.abc import Iterator
from functools import lru_cache

import pytest

from shopfloor.graph.contract import Store
from shopfloor.graph.embedded import store as embedded
from shopfloor.graph.embedded.keys import derive_key
from tests.conftest import Neo4jPool
from tests.graph.homes import EmbeddedHome, Home, Neo4jHome
from tests.neo4j_server.server import GENERATIONS

SERVERS = [pytest.param(generation, marks=pytest.mark.neo4j, id=f"neo4j-{generation}") for generation in GENERATIONS]
ON_THE_NEWEST = pytest.mark.parametrize("neo4j_home", SERVERS[-1:], indirect=True)
"""For what takes long and where the generations do not differ: the contract holds on both."""


@pytest.fixture(scope="session", autouse=True)
def _keys_derived_once() -> Iterator[None]:
    """Derive the key of a passphrase and salt once: the wait is on purpose, and the same every time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "derive_key", lru_cache(derive_key))
        yield


@pytest.fixture(scope="session", params=SERVERS)
def neo4j_home(request: pytest.FixtureRequest, neo4j_pool: Neo4jPool) -> Iterator[Neo4jHome]:
    """Yield a real Neo4j server as a home; the test runs once for each generation."""
    home = Neo4jHome(neo4j_pool.server(request.param))
    yield home
    home.close()


@pytest.fixture(scope="session")
def embedded_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHome]:
    """Yield a folder of store files as a home."""
    home = EmbeddedHome(tmp_path_factory.mktemp("embedded"))
    yield home
    home.close()


@pytest.fixture(scope="session", params=["embedded", *SERVERS])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Yield each home of the data in turn."""
    made: Home
    if request.param == "embedded":
        made = EmbeddedHome(tmp_path_factory.mktemp("home"))
    else:
        pool: Neo4jPool = request.getfixturevalue("neo4j_pool")
        # The newest generation seals names too, the other what is sealed always.
        made = Neo4jHome(pool.server(request.param), seals_names=request.param == list(GENERATIONS)[-1])
    yield made
    made.close()


@pytest.fixture
def store(home: Home) -> Store:
    """Return an empty store, in each home in turn."""
    return home.fresh()
