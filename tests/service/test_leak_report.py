"""The leak report: true counts of what a finder has, and no value."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from neo4j import GraphDatabase

from shopfloor import OpenStore, create_store, open_store
from shopfloor.errors import RefusedError, UsageError
from shopfloor.service.exporting import export_store
from shopfloor.service.leak_report import Finding, report_file, report_role, report_store
from shopfloor.service.policy import ROLES
from shopfloor.service.pseudonyms import prepare_research
from shopfloor.service.viewer import Viewer
from tests.neo4j_server.server import Neo4jServer
from tests.service.shop import Shop
from tests.service.team import Campaign, draw_campaign, leaks, load

PASSPHRASE = "four random test words"
N_PEOPLE = 30


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return draw_campaign(7, N_PEOPLE)


@pytest.fixture(scope="module")
def place(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("leaks") / "team.store"
    with create_store(path, passphrase=PASSPHRASE) as store:
        load(store, campaign)
    return path


@pytest.fixture
def store(place: Path) -> Iterator[OpenStore]:
    with open_store(place, passphrase=PASSPHRASE) as opened:
        yield opened


def numbers(lines: list[Finding]) -> dict[str, int]:
    return {line.what: line.n for line in lines}


def test_a_role_learns_what_its_scope_holds(store: OpenStore) -> None:
    lead = numbers(report_role(store, "lead"))
    assert (lead["people"], lead["names"], lead["phone numbers"]) == (N_PEOPLE, N_PEOPLE, N_PEOPLE)
    mine = numbers(report_role(store, "organizer", ["Paint"]))
    assert (mine["people"], mine["names"], mine["phone numbers"]) == (10, 10, 10)
    assert mine["people without a name"] > 0
    assert mine["assessments"] < lead["assessments"]
    nobody = numbers(report_role(store, "admin"))
    assert not nobody.keys() & {"people", "names", "phone numbers", "assessments", "notes", "ties"}
    researcher = numbers(report_role(store, "researcher"))
    assert researcher["counts of workers"] > 0
    assert not researcher.keys() & {"people", "names", "phone numbers", "assessments", "notes", "ties"}


def test_an_export_tells_what_is_in_it(store: OpenStore, tmp_path: Path) -> None:
    sparse = export_store(store, tmp_path / "sparse")[0].parent
    full = export_store(store, tmp_path / "full.xlsx", extra=["all"], made_for="Ana")[0]
    found = numbers(report_file(store, sparse))
    assert (found["people"], found["names"], found["visible marks"]) == (N_PEOPLE, N_PEOPLE, 0)
    assert not found.keys() & {"phone numbers", "assessments", "notes", "other cells"}
    found = numbers(report_file(store, full))
    assert (found["phone numbers"], found["other cells"], found["visible marks"]) == (N_PEOPLE, N_PEOPLE, 1)
    assert found["assessments"] > N_PEOPLE


def test_an_export_for_research_tells_how_many_are_found_again(store: OpenStore, tmp_path: Path) -> None:
    prepared, report = prepare_research(store, tmp_path / "out", "Uni", key=None, has_assessments=True)
    prepared.write()
    lines = report_file(store, tmp_path / "out")
    assert numbers(lines)["people under pseudonyms"] == N_PEOPLE
    assert "names" not in numbers(lines)
    again = [line.means for line in lines if line.what == "found again"]
    assert again
    assert all(line in report for line in again)


def test_a_store_file_is_searched_for_what_it_holds(store: OpenStore, place: Path) -> None:
    lines = report_store(store)
    (clear,) = (line for line in lines if line.what.startswith("without the passphrase: values in clear"))
    assert clear.n == 0
    assert "looks like chance" in clear.means
    assert numbers(lines)["with the key: phone numbers"] == N_PEOPLE
    (size,) = (line.n for line in lines if line.what.startswith("without the passphrase: size"))
    assert size >= place.stat().st_size


def test_a_value_beside_a_store_file_is_found(place: Path, campaign: Campaign, tmp_path: Path) -> None:
    copied = tmp_path / "copy.store"
    copied.write_bytes(place.read_bytes())
    with open_store(copied, passphrase=PASSPHRASE) as store:
        name = next(iter(campaign.own_words.values()))[1]
        (tmp_path / "copy.store-journal").write_bytes(b"left behind " + name.encode())
        lines = report_store(store)
    (clear,) = (line for line in lines if line.what.startswith("without the passphrase: values in clear"))
    assert clear.n == 1


def test_no_report_says_a_value(store: OpenStore, campaign: Campaign, tmp_path: Path) -> None:
    folder = export_store(store, tmp_path / "out", extra=["all"])[0].parent
    lines = [line for role in ROLES for line in report_role(store, role)]
    lines += report_store(store) + report_file(store, folder)
    assert leaks(lines, campaign.words_outside()) == []
    assert leaks(lines, ["Acme", "Crew1", "Press"]) == []


def test_who_sees_a_part_gets_no_report_of_the_whole(store: OpenStore) -> None:
    for role in ("organizer", "researcher"):
        seen = store.seen_by(Viewer("x", frozenset({role}), ("Paint",)))
        with pytest.raises(RefusedError):
            report_role(seen, "lead")
        with pytest.raises(RefusedError):
            report_store(seen)


def test_a_role_that_is_not_there_is_told(store: OpenStore) -> None:
    with pytest.raises(UsageError, match="did you mean organizer"):
        report_role(store, "organiser")
    with pytest.raises(UsageError, match="units"):
        report_role(store, "lead", ["Paint"])


def test_the_commands_print_counts(full_shop: Shop) -> None:
    rows = full_shop.answer("leak-report", "--role", "organizer", "--unit", "Packing")["rows"]
    assert {row["what"]: row["n"] for row in rows}["names"] == 3
    out = full_shop.do("leak-report", "--store-file").out
    assert leaks(out, ["Ana Ruiz", "555-01", "likes tea", "Packing"]) == []
    assert full_shop.run("leak-report", full_shop.store).code == 2
    table = full_shop.answer("counts", "--by", "unit,shift")
    assert table["about"]["total"] == 5
    assert full_shop.run("counts", full_shop.store).code == 2


@pytest.mark.neo4j
def test_of_a_database_what_is_sealed_counts_nothing(neo4j_server: Neo4jServer, campaign: Campaign) -> None:
    neo4j_server.empty()
    place = {"user": neo4j_server.user, "passphrase": neo4j_server.password}
    with create_store(neo4j_server.url, **place, seal_names=True) as store:
        load(store, campaign)
        lines = report_store(store)
        found = numbers(lines)
        for what in ("names", "phone numbers", "e-mail addresses", "postal addresses", "notes", "other cells"):
            assert found[f"without the key: {what}"] == 0
            assert found[f"with the key: {what}"] > 0
        for what in ("people", "ties", "units", "assessments"):
            assert found[f"without the key: {what}"] > 0
        assert leaks(lines, campaign.words_outside()) == []
        with GraphDatabase.driver(neo4j_server.url, auth=neo4j_server.auth, telemetry_disabled=True) as driver:
            nodes = driver.execute_query("MATCH (n) RETURN properties(n)").records
        names = [words[1] for words in campaign.own_words.values()]
        assert leaks([str(row[0]) for row in nodes], names) == []
