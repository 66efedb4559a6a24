import shutil
from pathlib import Path

import pytest
from neo4j import GraphDatabase

from shopfloor.graph.neo4j.layout import ANCHOR_KINDS, anchor_label, ends_of, version_label
from shopfloor.records import KINDS
from tests.conftest import ROOT, Neo4jPool
from tests.docs.pages import TEMPLATES, runnable
from tests.docs.test_blocks import run
from tests.neo4j_server.server import Neo4jServer

PAGE = ROOT / "docs" / "neo4j.md"
ADDRESS = "bolt://localhost:7687"


@pytest.fixture(scope="module")
def filled_server(neo4j_pool: Neo4jPool, tmp_path_factory: pytest.TempPathFactory) -> Neo4jServer:
    """Give a server after the commands of the page."""
    server = neo4j_pool.server("5.26")
    server.empty()
    folder = tmp_path_factory.mktemp("neo4j")
    for template in TEMPLATES.glob("*.csv"):
        shutil.copy(template, folder)
    for block in runnable(PAGE, "sh"):
        done = run(block, folder, place={ADDRESS: server.url}, passphrase=server.password)
        assert done.returncode == 0, done.stderr
    return server


def test_every_query_of_the_page_finds_something_but_groups(filled_server: Neo4jServer) -> None:
    queries = [block.text for block in runnable(PAGE, "cypher")]
    assert queries
    with GraphDatabase.driver(filled_server.url, auth=filled_server.auth) as driver:
        found = [driver.execute_query(query).records for query in queries]
    nothing = [query for query, records in zip(queries, found, strict=True) if not records]
    assert ["group_id IS NOT NULL" in query for query in nothing] == [True]  # the examples are too few to have groups
    names_and_counts = [tuple(record.values()) for record in found[1]]
    assert names_and_counts[:2] == [("5", 2), ("1", 1)]


def test_python_of_the_page_shows_the_leader(filled_server: Neo4jServer, tmp_path: Path) -> None:
    blocks = runnable(PAGE, "python")
    assert blocks
    for block in blocks:
        done = run(block, tmp_path, place={ADDRESS: filled_server.url}, passphrase=filled_server.password)
        assert "Dorothy Whitlow" in done.stdout, done.stderr


def test_the_layout_on_the_page_has_every_label_and_relationship() -> None:
    page = PAGE.read_text(encoding="utf-8")
    labels = {version_label(kind) for kind in KINDS.values()} | {anchor_label(kind) for kind in ANCHOR_KINDS}
    names = {end.name for kind in KINDS.values() for end in ends_of(kind)}
    assert [word for word in sorted(labels | names) if word not in page] == []
