from pathlib import Path

import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, ServiceUnavailable, SessionExpired

from tests.conftest import ON_THE_NEWEST
from tests.neo4j_server import server as module
from tests.neo4j_server.server import GENERATIONS, Neo4jServer, ServerUnavailableError, fetch_libraries, find_java


def test_says_its_version_and_edition(neo4j_server: Neo4jServer) -> None:
    with GraphDatabase.driver(neo4j_server.url, auth=neo4j_server.auth) as driver:
        rows = driver.execute_query("CALL dbms.components() YIELD name, versions, edition").records
    kernel = next(row for row in rows if row["name"] == "Neo4j Kernel")
    assert kernel["versions"] == [GENERATIONS[neo4j_server.generation].version]
    assert kernel["edition"] == "community"


@pytest.mark.parametrize("password", ["neo4j", "not it"])
def test_a_wrong_password_is_refused(neo4j_server: Neo4jServer, password: str) -> None:
    with GraphDatabase.driver(neo4j_server.url, auth=("neo4j", password)) as driver, pytest.raises(AuthError):
        driver.verify_connectivity()


@ON_THE_NEWEST
def test_what_was_committed_outlives_a_kill(neo4j_server: Neo4jServer) -> None:
    neo4j_server.empty()
    with GraphDatabase.driver(neo4j_server.url, auth=neo4j_server.auth) as driver, driver.session() as session:
        session.run("UNWIND range(1, 500) AS i CREATE (:Kept {i: i})").consume()
        neo4j_server.kill()
        with pytest.raises((ServiceUnavailable, SessionExpired)):
            session.run("RETURN 1").consume()
    assert not neo4j_server.is_running
    neo4j_server.start()
    with GraphDatabase.driver(neo4j_server.url, auth=neo4j_server.auth) as driver:
        assert driver.execute_query("MATCH (k:Kept) RETURN count(k) AS n").records[0]["n"] == 500


def test_clear_leaves_no_data_constraint_or_index(neo4j_server: Neo4jServer) -> None:
    with GraphDatabase.driver(neo4j_server.url, auth=neo4j_server.auth) as driver:
        driver.execute_query("CREATE CONSTRAINT one IF NOT EXISTS FOR (t:Thing) REQUIRE t.key IS UNIQUE")
        driver.execute_query("CREATE INDEX two IF NOT EXISTS FOR (t:Thing) ON (t.name)")
        driver.execute_query("CREATE (:Thing {key: '1'})-[:NEXT]->(:Thing {key: '2'})")
        neo4j_server.clear()
        assert driver.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"] == 0
        assert driver.execute_query("SHOW CONSTRAINTS").records == []
        assert driver.execute_query("SHOW INDEXES YIELD type WHERE type <> 'LOOKUP'").records == []


def make_jdk(folder: Path, version: str) -> Path:
    home = folder / f"jdk-{version}"
    (home / "bin").mkdir(parents=True)
    for name in ("java", "javac"):
        (home / "bin" / name).write_text("#!/bin/sh\n")
        (home / "bin" / name).chmod(0o755)
    (home / "release").write_text(f'IMPLEMENTOR="Nobody"\nJAVA_VERSION="{version}.0.1"\n')
    return home


def test_each_generation_gets_the_oldest_java_it_runs_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    homes = {version: make_jdk(tmp_path, version) for version in ("11", "17", "21", "25")}
    monkeypatch.setattr(module, "_java_homes", lambda: iter(homes.values()))
    assert find_java("5.26") == homes["17"] / "bin" / "java"
    assert find_java("2026.08") == homes["21"] / "bin" / "java"


def test_a_missing_java_is_said_with_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = make_jdk(tmp_path, "11")
    monkeypatch.setattr(module, "_java_homes", lambda: iter([home]))
    with pytest.raises(ServerUnavailableError, match=r"JDK from 17 to 21, and there is \[11\] here"):
        find_java("5.26")


def test_a_missing_maven_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLOOR_NEO4J_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerUnavailableError, match=r"Maven \(mvn\) is missing"):
        fetch_libraries("5.26")


def test_libraries_in_the_cache_need_no_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / f"neo4j-{GENERATIONS['5.26'].version}"
    folder.mkdir()
    monkeypatch.setenv("SHOPFLOOR_NEO4J_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    assert fetch_libraries("5.26") == folder
