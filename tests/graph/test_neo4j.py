"""What is Neo4j's own: whose database it is, what stands in the graph, a server that goes away, an interrupt."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from neo4j.exceptions import Neo4jError

from shopfloor.errors import (
    InterruptedWorkError,
    NotAStoreError,
    PassphraseError,
    StoreError,
    StoreNotFoundError,
    StoreUnavailableError,
    StoreVersionError,
    UsageError,
)
from shopfloor.graph.contract import Result, Store
from shopfloor.graph.intake import take_in
from shopfloor.graph.neo4j import Neo4jStore, batching, columns, layout, server
from shopfloor.graph.neo4j.server import ALLOW_PLAIN, refuse_old
from shopfloor.graph.neo4j.trouble import plain_errors
from shopfloor.graph.relations import edges_of
from shopfloor.records import KINDS
from tests.graph.build import draft, everything, seen, table, write
from tests.graph.conftest import ON_THE_NEWEST
from tests.graph.homes import Neo4jHome
from tests.graph.test_contract import ANA, BO, WORKPLACE


@pytest.fixture
def store(neo4j_home: Neo4jHome) -> Neo4jStore:
    """Return an empty store on each generation of the server."""
    return neo4j_home.fresh()


def open_at(home: Neo4jHome, **changes: str) -> Neo4jStore:
    told = {"url": home.server.url, "user": home.server.user, "password": home.server.password, **changes}
    return Neo4jStore.open(told.pop("url"), **told)


@pytest.mark.neo4j
def test_an_empty_database_is_no_store_until_init(neo4j_home: Neo4jHome) -> None:
    neo4j_home.close()
    neo4j_home.wipe()
    with pytest.raises(StoreNotFoundError, match="shopfloor init"):
        neo4j_home.again()
    assert neo4j_home.run("MATCH (n) RETURN count(n)") == [0]


@pytest.mark.neo4j
def test_init_makes_what_is_missing_and_is_harmless_twice(neo4j_home: Neo4jHome) -> None:
    neo4j_home.close()
    neo4j_home.server.clear()
    store = neo4j_home.fresh()
    assert store.check() == []
    write(store, {"contact": [ANA]})
    before = neo4j_home.run("MATCH (m:_ShopfloorMeta) RETURN properties(m)")
    neo4j_home.run("DROP CONSTRAINT shopfloor_contact_key")
    neo4j_home.run("DROP INDEX shopfloor_contactrow_place")
    assert [finding.split()[3] for finding in store.check()] == ["shopfloor_contact_key", "shopfloor_contactrow_place"]
    again = Neo4jStore.create(neo4j_home.server.url, user=neo4j_home.server.user, password=neo4j_home.server.password)
    assert again.check() == []
    assert seen(again) == {"1@hr": {"name": "Ana R"}}
    assert neo4j_home.run("MATCH (m:_ShopfloorMeta) RETURN properties(m)") == before
    again.close()


@pytest.mark.neo4j
def test_somebody_elses_graph_is_refused_and_left_alone(neo4j_home: Neo4jHome) -> None:
    neo4j_home.close()
    neo4j_home.wipe()
    constraints = neo4j_home.run("SHOW CONSTRAINTS YIELD name RETURN name ORDER BY name")
    neo4j_home.run("CREATE (:Film {title: 'Salt of the Earth'})-[:SHOT_IN]->(:Contact {key: '1'})")
    with pytest.raises(NotAStoreError, match=r"somebody else's graph \(2 nodes\)"):
        neo4j_home.again()
    with pytest.raises(NotAStoreError, match="a database of its own"):
        Neo4jStore.create(neo4j_home.server.url, user=neo4j_home.server.user, password=neo4j_home.server.password)
    assert neo4j_home.run("MATCH (n) RETURN count(n)") == [2]
    assert neo4j_home.run("SHOW CONSTRAINTS YIELD name RETURN name ORDER BY name") == constraints


@pytest.mark.neo4j
def test_a_newer_store_is_refused(neo4j_home: Neo4jHome, store: Neo4jStore) -> None:
    assert store.revision() == 0
    neo4j_home.run("MATCH (m:_ShopfloorMeta) SET m.format_version = 99")
    with pytest.raises(StoreVersionError, match="format 99"):
        neo4j_home.again()


@pytest.mark.neo4j
def test_a_wrong_password_a_missing_database_and_a_wrong_address_are_told_apart(
    neo4j_home: Neo4jHome, store: Neo4jStore
) -> None:
    with pytest.raises(PassphraseError, match="does not accept this user and password"):
        open_at(neo4j_home, password="not it")
    with pytest.raises(StoreNotFoundError, match="no such database"):
        open_at(neo4j_home, database="other")
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        open_at(neo4j_home, url="bolt://127.0.0.1:1")
    with pytest.raises(UsageError, match="no address of a Neo4j database"):
        open_at(neo4j_home, url="http://localhost:7474")
    assert store.revision() == 0


def test_a_password_in_the_address_is_not_shown(unused_port: int) -> None:
    with pytest.raises(StoreUnavailableError) as refused:
        Neo4jStore.open(f"bolt://neo4j:geheim@127.0.0.1:{unused_port}", user="neo4j", password="geheim")
    assert "geheim" not in str(refused.value)


@pytest.fixture
def unused_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def ancient_port() -> Iterator[int]:
    """Yield the port of a server that knows no Bolt version of ours: it answers the handshake with zero."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    peer.recv(64)
                    peer.sendall(bytes(4))

        threading.Thread(target=answer, daemon=True).start()
        yield int(listener.getsockname()[1])


def test_a_server_that_is_too_old_is_refused(ancient_port: int) -> None:
    with pytest.raises(StoreError, match=r"too old.* needs Neo4j 5 or later"):
        Neo4jStore.open(f"bolt://127.0.0.1:{ancient_port}", user="neo4j", password="test words")
    with pytest.raises(StoreError, match=r"too old \(4\.4\.38\)"):
        refuse_old("Neo4j/4.4.38", "bolt://localhost:7687")
    refuse_old("Neo4j/5.26.30", "bolt://localhost:7687")
    refuse_old("Neo4j/2026.08.1", "bolt://localhost:7687")


@pytest.mark.neo4j
def test_a_write_where_only_reading_is_allowed_says_read_only(store: Neo4jStore) -> None:
    with pytest.raises(StoreUnavailableError, match="read-only"):
        store._server.read(lambda transaction: transaction.run("CREATE (:Contact {key: '9'})").consume())
    assert store.check() == []


@pytest.fixture
def read_only_home(neo4j_home: Neo4jHome) -> Iterator[Neo4jHome]:
    """Yield a home whose database takes no writes any more; it has one record, and lacks an index."""
    write(neo4j_home.fresh(), {"contact": [ANA]})
    neo4j_home.close()
    neo4j_home.run("DROP INDEX shopfloor_tally_place")
    neo4j_home.server.stop()  # as an admin would: what was not checked in cannot be recovered where nothing is written
    neo4j_home.server.start(is_read_only=True)
    yield neo4j_home
    neo4j_home.close()
    neo4j_home.server.restart()


@pytest.mark.neo4j
@pytest.mark.slow
def test_a_read_only_database_is_read_and_refuses_every_write_in_plain_words(read_only_home: Neo4jHome) -> None:
    store, held = retried(read_only_home.again), read_only_home.server
    people = pa.table({"key": ["1@hr"], "contact_keys": [["1@hr"]], "rank": [1]})
    works: list[Callable[[], object]] = [
        lambda: write(store, {"contact": [BO]}),
        lambda: store.write_result(Result("leaders", "{}", people)),
        lambda: store.undo(1, by="Organizer Two", at=datetime.now(UTC)),
        lambda: store.erase("contact", ["1@hr"]),
        lambda: Neo4jStore.create(held.url, user=held.user, password=held.password),
    ]
    for work in works:
        with pytest.raises(StoreUnavailableError, match=r"is read-only: .* takes no writes\. Nothing was changed"):
            work()
    assert seen(store) == {"1@hr": {"name": "Ana R"}}
    assert (store.revision(), store.results()) == (1, [])
    assert [finding.split(" is ")[0] for finding in store.check()] == ["constraint or index shopfloor_tally_place"]


@pytest.mark.parametrize("url", ["bolt://192.0.2.7:7687", "neo4j://db.example.org", "bolt://neo4j:geheim@192.0.2.7"])
def test_an_unencrypted_connection_to_another_machine_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ALLOW_PLAIN, raising=False)
    for begin in (Neo4jStore.open, Neo4jStore.create):
        with pytest.raises(UsageError, match=r"Write (bolt|neo4j)\+s://\S+ .*set SHOPFLOOR_ALLOW_PLAIN=1") as refused:
            begin(url, user="neo4j", password="geheim")
        assert "geheim" not in str(refused.value)


def test_who_vouches_for_the_network_may_connect_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOW_PLAIN, "1")
    monkeypatch.setattr(server, "CONNECT_SECONDS", 0.1)
    with pytest.raises(StoreUnavailableError, match=r"192\.0\.2\.7 does not answer"):
        Neo4jStore.open("bolt://192.0.2.7", user="neo4j", password="geheim")


@pytest.mark.neo4j
def test_an_error_quotes_no_value(store: Neo4jStore, caplog: pytest.LogCaptureFixture) -> None:
    write(store, {"contact": [ANA]})
    text = "CREATE (:Contact {key: $key})"
    with caplog.at_level(logging.INFO), pytest.raises(StoreError) as refused:
        store._server.write(lambda transaction: transaction.run(text, key="1@hr").consume())
    assert "1@hr" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert "1@hr" not in caplog.text


@pytest.mark.neo4j
def test_the_graph_has_the_relationships_of_the_records(neo4j_home: Neo4jHome, store: Neo4jStore) -> None:
    write(store, WORKPLACE)
    tables = store.snapshot().tables
    rows = pa.concat_tables([edges_of(kind, tables[name]) for name, kind in KINDS.items()]).to_pylist()
    anchors = {kind: layout.anchor_label(kind) for kind in layout.ANCHOR_KINDS}
    rows_of = {name: layout.version_label(kind) for name, kind in KINDS.items()}
    expected = set()
    for row in rows:
        from_is_record = row["from_kind"] not in anchors
        from_label = (rows_of if from_is_record else anchors)[row["from_kind"]]
        to_label = (anchors if from_is_record else rows_of)[row["to_kind"]]
        expected.add((from_label, row["from_key"], row["relation"], to_label, row["to_key"]))
    found = neo4j_home.run(
        "MATCH (a)-[r]->(b) WHERE type(r) <> 'ROW_OF' RETURN [labels(a)[0], a.key, type(r), labels(b)[0], b.key]"
    )
    assert {tuple(each) for each in found} == expected
    says = neo4j_home.run("MATCH (:Conversation)-[r:NAMED]->(m:Mention) RETURN m.key + ' ' + r.question ORDER BY m.key")
    assert sorted(says) == ["2@hr listens_to", "Cy@hr listens_to", "Cy@hr rides_with"]
    roles = neo4j_home.run("MATCH (:Connection)-[r:BETWEEN]->() RETURN r.role ORDER BY r.role")
    assert roles == ["other_id", "person_id"]
    named = neo4j_home.run("MATCH (r:ContactRow)-[:ROW_OF]->(c:Contact {key: '1@hr'}) RETURN r.name")
    assert named == ["Ana R"]


@pytest.mark.neo4j
def test_check_finds_what_somebody_broke_by_hand(neo4j_home: Neo4jHome, store: Neo4jStore) -> None:
    write(store, WORKPLACE)
    write(store, {"contact": [BO]})
    neo4j_home.run("MATCH (c:Conversation {key: 'C2'}) DETACH DELETE c")
    neo4j_home.run("MATCH (:JobAssignment {key: 'A1'})-[r:FOR]->() DELETE r")
    neo4j_home.run("MATCH (b:Batch {batch_id: 2}) DELETE b")
    neo4j_home.run("CREATE (:Film)")
    assert store.check() == [
        "1 nodes are not Shopfloor's",
        "1 contact records belong to batch 2, which is not there",
        "batch 1 holds 2 conversation records and should hold 3",
        "1 assignment records lack the relationship FOR of 'employer'",
    ]


@pytest.mark.neo4j
def test_erasing_removes_what_nothing_else_refers_to(neo4j_home: Neo4jHome, store: Neo4jStore) -> None:
    write(store, {"contact": [ANA, BO], "assignment": [{"key": "A1", "person_id": "2@hr", "foreman": "Cy"}]})
    people = pa.table({"key": ["1@hr", "2@hr"], "contact_keys": [["1@hr"], ["2@hr"]], "rank": [1, 2]})
    store.write_result(Result("leaders", "{}", people))
    store.erase("contact", ["1@hr", "2@hr"])
    assert neo4j_home.run("MATCH (n) WHERE n:Contact OR n:Person OR n:ContactRow RETURN n.key") == ["2@hr"]
    store.erase("assignment", ["A1"])
    lanes = ["_ShopfloorLane"] * layout.N_LANES
    assert sorted(map(str, neo4j_home.run("MATCH (n) RETURN labels(n)[0]"))) == [
        "Batch",
        "Result",
        *lanes,
        "_ShopfloorMeta",
    ]


@pytest.mark.neo4j
def test_erasing_a_person_takes_her_out_of_what_was_written_back(neo4j_home: Neo4jHome, store: Neo4jStore) -> None:
    write(store, {"contact": [ANA, BO, {"key": "3@hr"}, {"key": "4@hr"}]})
    keys = ["1@hr", "2@hr", "4@hr", "9@hr"]
    contacts = [["1@hr", "3@hr"], ["2@hr"], ["4@hr"], []]
    people = pa.table(
        {"key": keys, "contact_keys": contacts, "rank": [1, 2, 3, 4], "name": ["Ana R", "Bo T", "D", "E"]}
    )
    ends = {"from_key": ["1@hr", "2@hr", "9@hr"], "to_key": ["2@hr", "4@hr", "4@hr"]}
    ties = pa.table({**ends, "layer": ["named"] * 3, "strength": [1.0, 2.0, 3.0]})
    store.write_result(Result("leaders", "{}", people, ties))
    store.write_result(Result("groups", "{}", people.select(["key", "contact_keys"])))
    assert neo4j_home.run("MATCH (:Person)-[t:TIED_TO]->() RETURN t.strength ORDER BY t.strength") == [1.0, 2.0, 3.0]
    assert store.erase("contact", ["3@hr", "9@hr"]) == 1
    left = neo4j_home.run("MATCH (p:Person) RETURN [p.person_id, p.name, p.rank] ORDER BY p.person_id")
    assert left == [["2@hr", "Bo T", 2], ["4@hr", "D", 3]]
    assert neo4j_home.run("MATCH (:Person)-[t:TIED_TO]->() RETURN t.strength") == [2.0]
    said = "MATCH (n) UNWIND keys(n) AS name WITH n[name] AS value RETURN DISTINCT toStringOrNull(value)"
    assert {"3@hr", "9@hr"}.isdisjoint(neo4j_home.run(said))
    assert [name for name, _ in store.results()] == ["groups", "leaders"]
    assert store.check() == []


@pytest.mark.neo4j
def test_results_are_dated_and_marked_derived_and_replaced(neo4j_home: Neo4jHome, store: Neo4jStore) -> None:
    write(store, {"contact": [ANA, BO]})
    people = pa.table({"key": ["1@hr", "2@hr"], "contact_keys": [["1@hr"], ["2@hr"]], "rank": [1, 2]})
    ties = pa.table({"from_key": ["1@hr"], "to_key": ["2@hr"], "layer": ["named"], "strength": [1.5]})
    store.write_result(Result("leaders", '{"as_of": "2026-05-03"}', people, ties))
    store.write_result(
        Result("groups", "{}", people.select(["key", "contact_keys"]).append_column("group_id", [[3, 3]]))
    )
    tie = (
        "MATCH (a:Person)-[t:TIED_TO]->(b) "
        "RETURN [a.person_id, b.person_id, t.layer, t.strength, toString(t.as_of), t.derived]"
    )
    assert neo4j_home.run(tie) == [["1@hr", "2@hr", "named", 1.5, "2026-05-03", True]]
    shown = (
        "MATCH (c:Contact)-[:ABOUT {derived: true}]->(p:Person {derived: true}) WHERE p.leaders_written_at IS NOT NULL "
        "RETURN [c.key, p.person_id, p.rank, p.group_id, toString(p.leaders_as_of)] ORDER BY c.key"
    )
    assert neo4j_home.run(shown) == [["1@hr", "1@hr", 1, 3, "2026-05-03"], ["2@hr", "2@hr", 2, 3, "2026-05-03"]]
    store.write_result(Result("leaders", "{}", people.slice(1)))
    assert neo4j_home.run(shown) == [["2@hr", "2@hr", 2, 3, None]]
    assert neo4j_home.run(tie) == []
    store.write_result(Result("groups", "{}", people.slice(1).drop_columns(["rank"])))
    assert neo4j_home.run("MATCH (p:Person) RETURN [p.person_id, p.rank, p.group_id]") == [["2@hr", 2, None]]


@pytest.mark.neo4j
def test_an_open_batch_left_by_a_crash_is_reported_and_removed_later(neo4j_home: Neo4jHome, store: Neo4jStore) -> None:
    write(store, {"contact": [ANA]})
    left = batching.open_batch(store._server, store._seal, draft())
    left.append("contact", table("contact", [BO]))
    left.append("assignment", table("assignment", [{"key": "A1", "person_id": "2@hr", "employer": "Firm"}]))
    assert store.check() == []
    neo4j_home.run("MATCH (b:Batch {batch_id: 2}) SET b.renewed_at = b.renewed_at - duration({hours: 1})")
    assert [finding.split(" (")[0] for finding in store.check()] == ["batch 2 was left open by a crash"]
    assert seen(store) == {"1@hr": {"name": "Ana R"}}
    write(store, {"contact": [{"key": "3@hr"}]})
    assert store.check() == []
    assert sorted(seen(store)) == ["1@hr", "3@hr"]
    assert neo4j_home.run("MATCH (n) WHERE n:JobAssignment OR n:Employer RETURN n.key") == []
    with pytest.raises(StoreError, match="was taken for abandoned"):
        left.append("contact", table("contact", [{"key": "4@hr"}]))


@pytest.mark.neo4j
def test_a_step_that_is_tried_again_after_its_answer_was_lost_is_done_once(store: Neo4jStore) -> None:
    batch = batching.open_batch(store._server, store._seal, draft())
    kind = KINDS["contact"]
    versions = take_in(kind, table("contact", [ANA, BO]), batch.batch_id)
    (work,) = batch._writings(kind, columns.pieces(store._seal, kind, versions))
    for _ in range(2):
        store._server.write(work)
    for _ in range(2):
        batch.commit()
    assert (store.revision(), len(store.versions("contact")), store.check()) == (1, 2, [])


@ON_THE_NEWEST
@pytest.mark.neo4j
@pytest.mark.slow
def test_chunks_of_two_writers_at_once_arrive_whole_while_records_are_erased(
    neo4j_home: Neo4jHome, store: Neo4jStore
) -> None:
    write(store, {"contact": [ANA, BO], "assignment": [{"key": "gone", "person_id": "P0", "employer": "Firm 0"}]})
    n_rows = 2 * columns.WRITE_ROWS + 1

    def work(writer: Neo4jStore, name: str) -> int:
        rows = [
            {"key": f"{name}{i}", "person_id": f"P{i % 97}", "employer": f"Firm {i % 11}", "worksite": f"Dock {i % 7}"}
            for i in range(n_rows)
        ]
        return write(writer, {"assignment": rows})

    with ThreadPoolExecutor(2) as threads:
        writing = [threads.submit(work, writer, name) for writer, name in ((store, "A"), (neo4j_home.again(), "B"))]
        assert store.erase("assignment", ["gone"]) == 1
        assert store.erase("contact", ["1@hr", "2@hr"]) == 2
    assert sorted(each.result() for each in writing) == [2, 3]
    assert store.query("counts")["n_versions"].to_pylist() == [n_rows, n_rows]
    assert store.check() == []


@pytest.mark.neo4j
def test_a_snapshot_is_read_again_when_it_changed_meanwhile(
    neo4j_home: Neo4jHome, store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, {"contact": [ANA]})
    other = neo4j_home.again()
    read, changes = columns.read_chunk, iter(range(2))

    def read_while_others_write(*given: object) -> pa.Table:
        found = read(*given)  # type: ignore[arg-type]
        if next(changes, None) is not None:
            thread = threading.Thread(
                target=write, args=(other, {"contact": [{"key": "2@hr"}], "employer": [{"key": "E"}]})
            )
            thread.start()
            thread.join()
        return found

    monkeypatch.setattr(columns, "read_chunk", read_while_others_write)
    snapshot = store.snapshot(["contact", "employer"])
    assert snapshot.revision == 3
    assert snapshot.tables["contact"]["key"].to_pylist() == ["1@hr", "2@hr"]
    assert snapshot.tables["employer"]["batch_id"].to_pylist() == [3]
    changes = iter(range(100))
    with pytest.raises(StoreUnavailableError, match="changed 5 times while it was read"):
        neo4j_home.again().snapshot(["contact"])


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Let an interrupt raise KeyboardInterrupt, as it does not where tests run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.neo4j
@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_stops_the_work_on_the_server(neo4j_home: Neo4jHome, store: Neo4jStore) -> None:
    text = "UNWIND range(1, 10000000000) AS x WITH x WHERE x % 7 = 3 RETURN count(x)"
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        store._server.read(lambda transaction: transaction.run(text).single())
    assert time.monotonic() - started < 20
    running = neo4j_home.run("SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'UNWIND' RETURN 1")
    assert running == []
    assert store.revision() == 0


@pytest.mark.neo4j
@pytest.mark.usefixtures("interrupts")
def test_an_interrupted_import_leaves_nothing(store: Neo4jStore) -> None:
    rows = table("contact", [{"key": f"P{i}"} for i in range(60_000)])
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        append_for_ever(store, rows)
    assert everything(store) == {}
    assert store.check() == []


def append_for_ever(store: Store, rows: pa.Table) -> None:
    with store.open_batch(draft()) as batch:
        for part in range(100):
            keys = pc.binary_join_element_wise(rows["key"], str(part), "-")
            batch.append("contact", rows.set_column(0, "key", keys))


def test_work_that_was_terminated_is_told_as_stopped() -> None:
    error = Neo4jError._hydrate_neo4j(code="Neo.ClientError.Transaction.Terminated", message="Ana R")
    with pytest.raises(InterruptedWorkError) as stopped, plain_errors("bolt://localhost"):
        raise error
    assert "Ana" not in str(stopped.value)


WRITER = """
import sys
from shopfloor.graph.intake import take_in
from shopfloor.graph.neo4j import Neo4jStore
from tests.graph.build import draft, table
url, user, password = sys.argv[1:]
store = Neo4jStore.open(url, user=user, password=password)
with store.open_batch(draft()) as batch:
    for part in range(1000):
        rows = [{"key": f"A{part}-{i}", "person_id": f"P{i}", "employer": "Firm"} for i in range(2000)]
        batch.append("assignment", table("assignment", rows))
        print(part, flush=True)
"""


@ON_THE_NEWEST
@pytest.mark.neo4j
@pytest.mark.slow
def test_a_server_that_dies_during_a_write_keeps_whole_batches_only(neo4j_home: Neo4jHome, store: Neo4jStore) -> None:
    write(store, WORKPLACE)
    before = (everything(store), store.batches(), store.revision())
    held = neo4j_home.server
    writer = start_writer(neo4j_home)
    assert writer.stdout is not None
    for _ in range(3):
        writer.stdout.readline()
    held.kill()
    assert writer.wait(timeout=120) != 0
    assert writer.stderr is not None
    assert "StoreUnavailableError" in writer.stderr.read()
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        neo4j_home.again()
    held.start()
    again = retried(neo4j_home.again)
    assert (everything(again), again.batches(), again.revision()) == before
    assert neo4j_home.run("MATCH (b:Batch) WHERE b.status <> 'committed' RETURN count(b)") == [1]
    neo4j_home.run("MATCH (b:Batch) SET b.renewed_at = b.renewed_at - duration({hours: 1})")
    write(again, {"contact": [{"key": "4@hr"}]})
    assert again.check() == []
    assert len(again.batches()) == 2


def start_writer(home: Neo4jHome) -> subprocess.Popen[str]:
    arguments = [home.server.url, home.server.user, home.server.password]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def retried(open_store: Callable[[], Neo4jStore]) -> Neo4jStore:
    for _ in range(240):
        try:
            return open_store()
        except StoreUnavailableError:
            time.sleep(0.5)
    return open_store()


@pytest.mark.neo4j
def test_times_are_utc_and_rise_from_commit_to_commit(store: Neo4jStore) -> None:
    for number in range(5):
        write(store, {"contact": [{"key": str(number)}]})
    times = [batch.committed_at for batch in store.batches()]
    assert all(at is not None and at.tzinfo is UTC for at in times)
    assert times == sorted({at for at in times if at is not None})
    assert isinstance(times[0], datetime)
