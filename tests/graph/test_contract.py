"""What every home of the data does."""

import json
import subprocess
import sys
import threading
from collections import deque
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from shopfloor.errors import NotFoundError, RecordTakenError, ShopfloorError, StoreError, UsageError
from shopfloor.graph.contract import Result, Store
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.graph.relations import EDGES, edges_of
from shopfloor.records import KINDS
from tests.graph.build import Row, copy, draft, everything, seen, table, write
from tests.graph.homes import PASSPHRASE, EmbeddedHome, Home, Neo4jHome

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
ANA, BO = {"key": "1@hr", "name": "Ana R"}, {"key": "2@hr", "name": "Bo T"}


def test_an_empty_store_has_nothing_and_is_sound(store: Store) -> None:
    assert (store.revision(), store.batches(), store.results(), store.check()) == (0, (), [], [])
    snapshot = store.snapshot()
    assert snapshot.tables.keys() == KINDS.keys()
    assert all(snapshot.tables[name].schema.names == [*kind.schema.names, "batch_id"] for name, kind in KINDS.items())
    assert store.neighbours("contact", "1").schema == EDGES
    assert store.reach("contact", "1", max_hops=2).to_pylist() == [{"kind": "contact", "key": "1", "hops": 0}]


def test_a_batch_keeps_what_was_said_of_it(store: Store) -> None:
    first = write(store, {"contact": [ANA]})
    given = draft("edit", replaces=first)
    given = type(given)(
        origin="import", made_by="Zoë 'Z'", opened_at=NOW, source="payroll", list_date=date(2026, 5, 1), replaces=first
    )
    with store.open_batch(given) as batch:
        batch.append("contact", table("contact", [BO]))
        batch.set_counts('{"contact": 1}')
    kept = store.batches()[1]
    assert (kept.batch_id, kept.revision, kept.status, kept.counts) == (2, 2, "committed", '{"contact": 1}')
    assert all(getattr(kept, name) == getattr(given, name) for name in given.__dataclass_fields__)
    assert kept.committed_at is not None
    assert abs(datetime.now(UTC) - kept.committed_at) < timedelta(minutes=1)


def test_a_later_batch_supersedes_field_by_field(store: Store) -> None:
    write(store, {"contact": [{**ANA, "language": "es", "hired_on": date(2020, 1, 2)}]})
    write(store, {"contact": [{"key": "1@hr", "language": "en", "preferred_name": "Annie"}]})
    assert seen(store) == {
        "1@hr": {"name": "Ana R", "language": "en", "preferred_name": "Annie", "hired_on": date(2020, 1, 2)}
    }
    assert store.records("contact")["batch_id"].to_pylist() == [2]


def test_a_typed_value_outranks_a_later_file(store: Store) -> None:
    write(store, {"contact": [{**ANA, "language": "es"}]})
    write(store, {"contact": [{"key": "1@hr", "name": "Ana Ruiz"}]}, draft("edit"))
    write(store, {"contact": [{**ANA, "language": "en"}]})
    assert seen(store) == {"1@hr": {"name": "Ana Ruiz", "language": "en"}}


def test_clearing_empties_a_field_until_it_is_undone(store: Store) -> None:
    write(store, {"contact": [{**ANA, "language": "es"}]})
    edit = write(store, {"contact": [{"key": "1@hr", "cleared": "language;preferred_name"}]}, draft("edit"))
    assert seen(store) == {"1@hr": {"name": "Ana R"}}
    store.undo(edit, by="Organizer Two", at=NOW)
    assert seen(store) == {"1@hr": {"name": "Ana R", "language": "es"}}


def test_attributes_are_merged_one_by_one_and_cleared_together(store: Store) -> None:
    write(store, {"contact": [{**ANA, "attributes": '{"bus": "12", "locker": "a"}'}]})
    write(store, {"contact": [{"key": "1@hr", "attributes": '{"locker": "b"}'}]})
    assert seen(store)["1@hr"]["attributes"] == '{"bus": "12", "locker": "b"}'
    write(store, {"contact": [{"key": "1@hr", "cleared": "attributes"}]}, draft("edit"))
    assert seen(store) == {"1@hr": {"name": "Ana R"}}


def test_importing_the_same_twice_changes_nothing_that_is_seen(store: Store) -> None:
    rows = {"contact": [ANA, BO], "placement": [{"key": "=1", "person_id": "1@hr", "department": "Paint"}]}
    write(store, rows)
    before = [seen(store, kind) for kind in rows]
    write(store, rows)
    assert [seen(store, kind) for kind in rows] == before


def test_undoing_in_any_order_is_as_if_never_imported(home: Home) -> None:
    parts = [{"name": "Ana R", "language": "es"}, {"language": "en"}, {"name": "Ana Ruiz"}]
    for first, second in ((1, 3), (3, 1), (2, 3)):
        store = home.fresh()
        for part in parts:
            write(store, {"contact": [{"key": "1", **part}]})
        store.undo(first, by="Organizer Two", at=NOW)
        store.undo(second, by="Organizer Two", at=NOW)
        left = ({1, 2, 3} - {first, second}).pop()
        assert seen(store) == {"1": parts[left - 1]}


def test_undoing_twice_is_once(store: Store) -> None:
    batch_id = write(store, {"contact": [ANA]})
    assert store.undo(batch_id, by="Organizer Two", at=NOW) == 2
    assert store.undo(batch_id, by="Organizer Three", at=NOW + timedelta(days=1)) == 2
    undone = store.batches()[0]
    assert (undone.status, undone.undone_by, undone.undone_at) == ("undone", "Organizer Two", NOW)
    assert len(store.versions("contact")) == 1
    assert seen(store) == {}


def test_a_batch_that_somebody_else_undid_is_made_anew_and_the_others_are_not(home: Home) -> None:
    store = home.fresh()
    first, second = (write(store, {"contact": [one]}) for one in (ANA, BO))
    before = store.batches()
    home.again().undo(second, by="Organizer Two", at=NOW)
    third = write(store, {"contact": [{"key": "3@hr"}]})
    after = store.batches()
    assert [batch.batch_id for batch in after] == [first, second, third]
    assert after[0] is before[0]
    assert (before[1].status, after[1].status, after[1].undone_by) == ("committed", "undone", "Organizer Two")


def test_undoing_a_batch_that_is_not_there_says_so(store: Store) -> None:
    with pytest.raises(NotFoundError, match="no batch 7"):
        store.undo(7, by="Organizer Two", at=NOW)
    assert store.revision() == 0


def test_a_replacing_batch_takes_the_place_of_the_first_and_gives_it_back(store: Store) -> None:
    first = write(store, {"contact": [ANA, BO]})
    second = write(store, {"contact": [{"key": "1@hr", "language": "es"}]}, draft(replaces=first))
    assert seen(store) == {"1@hr": {"language": "es"}}
    store.undo(second, by="Organizer Two", at=NOW)
    assert seen(store) == {"1@hr": {"name": "Ana R"}, "2@hr": {"name": "Bo T"}}


def test_replacing_a_batch_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(ShopfloorError):
        write(store, {"contact": [ANA]}, draft(replaces=5))
    assert (store.revision(), everything(store)) == (0, {})


def test_judged_then_withdrawn_is_never_judged(store: Store) -> None:
    write(store, {"contact": [ANA, BO]})
    before = store.snapshot().tables
    verdict = {"key": "=1@hr|2@hr", "subject": "contact", "left": "1@hr", "right": "2@hr", "verdict": "same"}
    judged = write(store, {"judgement": [verdict]}, draft("judgement"))
    assert seen(store, "judgement") == {"=1@hr|2@hr": {k: v for k, v in verdict.items() if k != "key"}}
    store.undo(judged, by="Organizer Two", at=NOW)
    after = store.snapshot().tables
    assert all(after[kind].equals(before[kind]) for kind in KINDS)


def test_known_at_shows_what_was_seen_then(store: Store) -> None:
    write(store, {"contact": [ANA]})
    write(store, {"contact": [{"key": "1@hr", "name": "Ana Ruiz"}]})
    first, second = (batch.committed_at for batch in store.batches())
    assert first is not None
    assert second is not None
    undone_at = second + timedelta(seconds=1)
    store.undo(2, by="Organizer Two", at=undone_at)
    names = [store.records("contact", known_at=at)["name"].to_pylist() for at in (first, second, undone_at)]
    assert names == [["Ana R"], ["Ana Ruiz"], ["Ana R"]]
    assert store.records("contact", known_at=first - timedelta(seconds=1)).num_rows == 0


def write_and_fail(store: Store) -> None:
    with store.open_batch(draft()) as batch:
        batch.append("contact", table("contact", [BO]))
        batch.append("employer", table("employer", [{"key": "E1", "name": "Firm"}]))
        raise ZeroDivisionError


def test_an_exception_in_a_batch_leaves_nothing(store: Store) -> None:
    write(store, {"contact": [ANA]})
    before = (everything(store), store.batches(), store.revision())
    with pytest.raises(ZeroDivisionError):
        write_and_fail(store)
    assert (everything(store), store.batches(), store.revision()) == before
    assert store.check() == []
    assert write(store, {"contact": [BO]}) == 2


def test_a_batch_is_not_seen_before_its_commit(home: Home) -> None:
    store = home.fresh()
    other = home.again()
    with store.open_batch(draft()) as batch:
        batch.append("contact", table("contact", [ANA]))
        assert (everything(other), other.batches(), other.revision()) == ({}, (), 0)
        assert other.query("counts").num_rows == 0
        assert other.query("contact_keys").num_rows == 0
        assert other.neighbours("contact", "1@hr").num_rows == 0
    assert seen(other) == {"1@hr": {"name": "Ana R"}}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"key": None, "name": "Ana R"}], "has no key"),
        ([{"key": "", "name": "Ana R"}], "has no key"),
        ([ANA, ANA], "stands twice in this batch"),
    ],
)
def test_unfit_rows_are_refused_without_quoting_them(store: Store, rows: list[dict[str, str]], words: str) -> None:
    with pytest.raises(StoreError, match=words) as refused, store.open_batch(draft()) as batch:
        batch.append("contact", table("contact", rows))
    assert "Ana" not in str(refused.value)
    assert everything(store) == {}


def append_each(store: Store, tables: list[pa.Table]) -> None:
    with store.open_batch(draft()) as batch:
        for each in tables:
            batch.append("contact", each)


def test_a_key_that_stands_in_two_parts_of_a_batch_is_refused(store: Store) -> None:
    again = {"key": "1@hr", "name": "Ana Ruiz"}
    with pytest.raises(StoreError, match="stands twice in this batch") as refused:
        append_each(store, [table("contact", [ANA]), table("contact", [again])])
    assert "1@hr" not in str(refused.value)
    assert everything(store) == {}


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(store: Store, number: float) -> None:
    with pytest.raises(StoreError, match="no finite number in 'hours'"), store.open_batch(draft()) as batch:
        batch.append("assignment", table("assignment", [{"key": "A1", "hours": number}]))
    assert everything(store) == {}


def test_an_unknown_kind_is_refused_with_the_near_one(store: Store) -> None:
    with pytest.raises(UsageError, match="did you mean contact"):
        store.records("contacts")
    with pytest.raises(UsageError, match="did you mean counts"):
        store.query("count")


def test_versions_come_in_order_of_key_and_batch(store: Store) -> None:
    write(store, {"contact": [{"key": "b"}, {"key": "é"}, {"key": "a"}, {"key": "Z"}, {"key": "10"}]})
    write(store, {"contact": [{"key": "a"}, {"key": "9"}]})
    order = [(row["key"], row["batch_id"]) for row in store.versions("contact").to_pylist()]
    assert order == [("10", 1), ("9", 2), ("Z", 1), ("a", 1), ("a", 2), ("b", 1), ("é", 1)]
    some = store.versions("contact", ["é", "a", "nobody", "a"])
    assert [row["key"] for row in some.to_pylist()] == ["a", "a", "é"]


def test_many_rows_over_several_appends_are_all_there(store: Store) -> None:
    n_rows = 25_000
    keys = [f"A{i}" for i in range(n_rows)]
    with store.open_batch(draft()) as batch:
        for start in range(0, n_rows, 12_500):
            rows = [{"key": key, "person_id": f"P{i % 7}", "hours": float(i)} for i, key in enumerate(keys)]
            batch.append("assignment", table("assignment", rows[start : start + 12_500]))
    found = store.records("assignment")
    assert found["key"].to_pylist() == sorted(keys)
    assert sum(found["hours"].to_pylist()) == n_rows * (n_rows - 1) / 2
    assert store.query("counts").to_pylist() == [{"kind": "assignment", "batch_id": 1, "n_versions": n_rows}]
    assert store.query("contact_keys")["key"].to_pylist() == [f"P{i}" for i in range(7)]


def test_two_writers_both_get_their_batches_in(home: Home) -> None:
    stores = [home.fresh(), home.again()]
    errors: deque[BaseException] = deque()

    def work(number: int) -> None:
        try:
            for i in range(4):
                rows = {"contact": [{"key": "shared", "name": f"{number}.{i}"}, {"key": f"{number}.{i}"}]}
                write(stores[number], rows)
        except BaseException as error:  # noqa: BLE001 - shown by the test below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not errors
    batches = stores[0].batches()
    assert [batch.batch_id for batch in batches] == list(range(1, 9))
    assert sorted(batch.revision or 0 for batch in batches) == list(range(1, 9))
    assert len(stores[1].records("contact")) == 9
    last = max(batches, key=lambda batch: batch.revision or 0)
    shared = [row for row in stores[1].versions("contact", ["shared"]).to_pylist() if row["batch_id"] == last.batch_id]
    assert seen(stores[0])["shared"]["name"] == shared[0]["name"]
    assert stores[0].check() == []


def write_new(store: Store, key: str, organizer: str) -> int:
    with store.open_batch(draft("edit")) as batch:
        batch.append("conversation", table("conversation", [{"key": key, "organizer": organizer}]))
        batch.claim("conversation", key)
        return batch.batch_id


def test_a_claimed_record_that_is_there_is_refused_and_nothing_of_its_batch_is_seen(store: Store) -> None:
    first = write_new(store, "=1|talk", "Zoë")
    before = (everything(store), store.batches(), store.revision())
    with pytest.raises(RecordTakenError, match="conversation") as refused:
        write_new(store, "=1|talk", "Noor")
    assert "=1" not in str(refused.value)
    assert (everything(store), store.batches(), store.revision()) == before
    store.undo(first, by="Organizer Two", at=NOW)
    second = write_new(store, "=1|talk", "Noor")
    assert seen(store, "conversation") == {"=1|talk": {"organizer": "Noor"}}
    write(store, {"contact": [ANA]}, draft("edit", replaces=second))
    write_new(store, "=1|talk", "Olga")
    assert seen(store, "conversation") == {"=1|talk": {"organizer": "Olga"}}
    assert store.check() == []


CLAIMER = """
import sys
from shopfloor.errors import RecordTakenError
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.graph.neo4j import Neo4jStore
from tests.graph.test_contract import write_new

place, secret, who, n_talks = *sys.argv[1:4], int(sys.argv[4])
server = place.startswith("bolt")
store = Neo4jStore.open(place, user="neo4j", password=secret) if server else EmbeddedStore.open(place, secret)
print("ready", flush=True)
sys.stdin.readline()
for i in range(n_talks):
    try:
        write_new(store, f"=talk {i}", who)
        print(i, flush=True)
    except RecordTakenError:
        pass
store.close()
"""


def test_of_two_programs_that_claim_one_record_one_gets_it(home: Home) -> None:
    store, n_talks = home.fresh(), 6
    secret = home.server.password if isinstance(home, Neo4jHome) else PASSPHRASE
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMER, store.location, secret, who, str(n_talks)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in ("Zoë", "Noor")
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    got = [{int(number) for number in program.communicate("go\n", timeout=120)[0].split()} for program in programs]
    assert [program.returncode for program in programs] == [0, 0]
    assert got[0] | got[1] == set(range(n_talks))
    assert not got[0] & got[1]
    owners = {key: said["organizer"] for key, said in seen(store, "conversation").items()}
    assert owners == {f"=talk {i}": "Zoë" if i in got[0] else "Noor" for i in range(n_talks)}
    assert len(store.batches()) == n_talks


WORKPLACE: dict[str, list[Row]] = {
    "contact": [ANA, BO, {"key": "3@hr"}],
    "contact_details": [{"key": "1@hr", "person_id": "1@hr", "phone": "555-0101", "email": "ana@example.org"}],
    "placement": [{"key": "=1@hr|", "person_id": "1@hr", "department": "Paint", "shift": "night", "crew": "Paint"}],
    "conversation": [
        {"key": "C1@hr", "person_id": "1@hr", "organizer": "Zoë", "named": "listens_to = 2; Cy | rides_with = Cy"},
        {"key": "C2", "person_id": "2@hr", "named": "listens_to = none"},
        {"key": "C3", "named": ""},
    ],
    "assignment": [
        {"key": "A1", "person_id": "2@hr", "employer": "E1", "worksite": "Dock 4", "foreman": "Cy"},
        {"key": "A2@hr", "person_id": "3@hr", "employer": "Firm", "foreman": "Cy"},
    ],
    "connection": [{"key": "K1", "person_id": "1@hr", "other_id": "3@hr", "kind": "friend"}],
    "employer": [{"key": "E1", "name": "Firm"}],
    "engagement": [{"key": "=E1|Sub|", "client": "E1", "contractor": "Sub", "worksite": "Dock 4"}],
    "participation": [{"key": "=March||2@hr", "action": "March", "person_id": "2@hr", "did": True}],
    "judgement": [
        {"key": "=Cy|2@hr", "subject": "mention", "left": "Cy", "right": "2@hr", "verdict": "same"},
        {"key": "=Joe|", "subject": "mention", "left": "Joe", "verdict": "different"},
    ],
}


def brute_edges(store: Store) -> list[tuple[str, ...]]:
    tables = store.snapshot().tables
    rows = pa.concat_tables([edges_of(kind, tables[name]) for name, kind in KINDS.items()]).to_pylist()
    return [tuple(row.values()) for row in rows]


def brute_reach(edges: list[tuple[str, ...]], start: tuple[str, str], max_hops: int) -> dict[tuple[str, str], int]:
    hops, queue = {start: 0}, deque([start])
    while queue:
        here = queue.popleft()
        for edge in edges if hops[here] < max_hops else ():
            ends = [edge[:2], edge[3:]]
            for there in ends if here in ends else ():
                if there not in hops:
                    hops[there[0], there[1]] = hops[here] + 1
                    queue.append((there[0], there[1]))
    return hops


def test_neighbours_and_reach_are_those_of_the_records(store: Store) -> None:
    write(store, WORKPLACE)
    write(store, {"assignment": [{"key": "A1", "worksite": "Dock 5"}]})
    undone = write(store, {"assignment": [{"key": "A1", "employer": "Gone"}]})
    store.undo(undone, by="Organizer Two", at=NOW)
    edges = brute_edges(store)
    nodes = {edge[:2] for edge in edges} | {edge[3:] for edge in edges}
    for kind, key in [*sorted(nodes), ("employer", "Gone"), ("worksite", "Dock 4")]:
        touching = sorted(edge for edge in edges if (kind, key) in (edge[:2], edge[3:]))
        assert [tuple(row.values()) for row in store.neighbours(kind, key).to_pylist()] == touching
    for start in (("contact", "1@hr"), ("mention", "Cy@hr"), ("worksite", "Dock 5")):
        for max_hops in (1, 2, 4):
            found = {
                (row["kind"], row["key"]): row["hops"] for row in store.reach(*start, max_hops=max_hops).to_pylist()
            }
            assert found == brute_reach(edges, start, max_hops)
    assert store.check() == []


def test_both_homes_answer_alike_after_a_copy(home: Home, embedded_home: EmbeddedHome) -> None:
    store, other = home.fresh(), embedded_home.fresh()
    write(store, WORKPLACE)
    write(store, {"contact": [{"key": "1@hr", "cleared": "name"}]}, draft("edit"))
    store.undo(1, by="Organizer Two", at=NOW)
    write(store, WORKPLACE, draft(replaces=1))
    copy(store, other)
    assert (everything(other), other.batches()) == (everything(store), store.batches())
    assert other.query("counts").equals(store.query("counts"))
    assert other.query("contact_keys").equals(store.query("contact_keys"))
    assert all(other.records(kind).equals(store.records(kind)) for kind in KINDS)
    assert other.neighbours("mention", "Cy@hr").equals(store.neighbours("mention", "Cy@hr"))
    assert other.check() == []


def test_a_revision_is_raised_and_never_lowered(store: Store) -> None:
    store.raise_revision(7)
    store.raise_revision(3)
    assert store.revision() == 7
    assert write(store, {"contact": [ANA]}) == 1
    assert store.revision() == 8


def test_a_batch_that_is_there_is_not_taken_over_again(home: Home, embedded_home: EmbeddedHome) -> None:
    other = embedded_home.fresh()
    write(other, {"contact": [ANA]})
    store = home.fresh()
    copy(other, store)
    with pytest.raises(StoreError, match="holds batch 1 already"):
        copy(other, store)
    assert everything(store) == everything(other)
    assert write(store, {"contact": [BO]}) == 2
    assert store.revision() == 2


def test_erased_records_leave_nothing_behind(store: Store) -> None:
    write(store, WORKPLACE)
    write(store, {"contact": [{"key": "2@hr", "name": "Bo Tan"}], "conversation": [{"key": "C1@hr", "notes": "long"}]})
    assert store.erase("conversation", ["C1@hr", "C9"]) == 2
    assert store.erase("contact", ["2@hr"]) == 2
    assert store.revision() == 4
    assert seen(store).keys() == {"1@hr", "3@hr"}
    assert store.versions("contact", ["2@hr"]).num_rows == 0
    assert store.neighbours("organizer", "Zoë").num_rows == 0
    assert [row["from_key"] for row in store.neighbours("mention", "Cy@hr").to_pylist()] == ["A2@hr"]
    assert store.check() == []


def test_erasing_a_contact_takes_her_out_of_the_written_results(embedded_home: EmbeddedHome) -> None:
    store = embedded_home.fresh()
    write(store, {"contact": [ANA, BO, {"key": "3@hr", "name": "Cy Tan"}]})
    people = pa.table({"key": ["1@hr", "3@hr"], "contact_keys": [["1@hr", "2@hr"], ["3@hr"]], "name": ["Ana", "Cy"]})
    ties = pa.table({"from_key": ["1@hr", "3@hr"], "to_key": ["3@hr", "3@hr"], "strength": [1.0, 2.0]})
    store.write_result(Result("leaders", "{}", people, ties))
    store.write_result(Result("groups", "{}", people))
    store.erase("contact", ["2@hr"])
    with store._connections.reading() as connection:
        written = connection.execute("SELECT name, people, ties FROM result ORDER BY name").fetchall()
    cy = [{"key": "3@hr", "contact_keys": ["3@hr"], "name": "Cy"}]
    drawn = [{"from_key": "3@hr", "to_key": "3@hr", "strength": 2.0}]
    assert [(name, json.loads(rows)) for name, rows, _ in written] == [("groups", cy), ("leaders", cy)]
    assert [ties and json.loads(ties) for *_, ties in written] == [None, drawn]


def test_a_copy_counts_on_from_the_revision_of_its_original(embedded_home: EmbeddedHome, tmp_path: Path) -> None:
    store, other = embedded_home.fresh(), EmbeddedStore.create(tmp_path / "other.store", PASSPHRASE)
    write(store, {"contact": [ANA]})
    store.undo(1, by="Organizer Two", at=NOW)
    copy(store, other)
    other.raise_revision(store.revision())
    assert other.revision() == store.revision() == 2
    other.raise_revision(1)
    assert other.revision() == 2
    other.close()


def test_a_snapshot_names_its_revision_and_tells_no_names(store: Store) -> None:
    write(store, {"contact": [ANA, BO]})
    snapshot = store.snapshot(["contact"])
    assert (snapshot.revision, snapshot.tables["contact"].num_rows, list(snapshot.tables)) == (1, 2, ["contact"])
    assert "Ana" not in repr(snapshot)
    assert "Ana" not in repr(store)


def test_history_tells_what_each_batch_said(store: Store) -> None:
    write(store, {"contact": [ANA]})
    write(store, {"contact": [{"key": "1@hr", "language": "es"}, BO]})
    history = store.query("history", kind="contact", key="1@hr").to_pylist()
    assert [(row["batch_id"], row["name"], row["language"]) for row in history] == [(1, "Ana R", None), (2, None, "es")]


def test_a_result_takes_the_place_of_the_last_of_its_name(store: Store) -> None:
    write(store, {"contact": [ANA, BO]})
    people = pa.table({"key": ["1@hr"], "contact_keys": [["1@hr", "2@hr"]], "rank": [1], "score": [2.5]})
    ties = pa.table({"from_key": ["1@hr"], "to_key": ["1@hr"], "layer": ["named"], "strength": [1.0]})
    store.write_result(Result("leaders", '{"as_of": "2026-05-03", "seed": 1}', people, ties))
    store.write_result(Result("groups", '{"seed": 2}', people.select(["key", "contact_keys"])))
    store.write_result(Result("leaders", '{"as_of": "2026-05-04"}', people))
    assert store.results() == [("groups", '{"seed": 2}'), ("leaders", '{"as_of": "2026-05-04"}')]
    assert store.revision() == 1
    assert store.check() == []


def test_closing_twice_is_once(home: Home) -> None:
    home.fresh()
    store = home.again()
    store.close()
    store.close()
    assert home.again().revision() == 0


def test_a_backup_is_a_whole_store_or_says_what_is(home: Home, tmp_path: Path) -> None:
    store = home.fresh()
    write(store, {"contact": [ANA]})
    place = tmp_path / "backup.store"
    if isinstance(home, EmbeddedHome):
        store.backup(str(place))
        assert seen(home.open(place)) == {"1@hr": {"name": "Ana R"}}
        with pytest.raises(StoreError, match="never overwrites"):
            store.backup(str(place))
    else:
        with pytest.raises(StoreError, match="neo4j-admin database dump"):
            store.backup(str(place))
        assert not place.exists()
