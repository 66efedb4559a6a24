"""What is sealed on Neo4j cannot be read there, opens in its own place only, and changes its key while others work."""

import codecs
import json
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from neo4j import GraphDatabase

from docs.make_sealing_table import PAGE
from docs.make_sealing_table import page as table_page
from shopfloor.errors import KeyFileError, StoreError, StoreLockedError, StoreVersionError, UsageError
from shopfloor.graph.contract import Result, Store
from shopfloor.graph.neo4j import Neo4jStore, keyfile, rotation, sealing
from shopfloor.graph.neo4j.cipher import Seal, UnopenedError, key_id_of
from shopfloor.graph.neo4j.keyfile import KEY_FILE, KeyFile
from shopfloor.graph.neo4j.sealing import open_versions, seal_versions, sealed_fields, stored_keys, stored_schema
from shopfloor.graph.neo4j.server import Server
from shopfloor.records import KINDS
from tests.conftest import Neo4jPool
from tests.graph.build import Row, draft, everything, seen, table, write
from tests.graph.conftest import SERVERS
from tests.graph.homes import Home, Neo4jHome
from tests.neo4j_server.server import GENERATIONS, Neo4jServer


def long(word: str) -> str:
    """Return a word repeated: Neo4j packs texts of fewer than about 60 bytes, so that a search would miss them."""
    return " ".join([word] * (1 + 70 // len(word)))


CANARIES = {
    "names": ["Xanthe Quillfeather", "Nicknamecanary", "Orgcanary Vex", "Nomicanary Ulm", "Foremancanary Oz"],
    "more names": ["Saidbycanary Pim", "Assessorcanary Lu", "Askercanary Bee", "Partycanary Elm", "Judgedcanary Ash"],
    "contact": ["555-0177", "xanthe.quill@example.org", "7 Canarybird Lane"],
    "notes": ["her mother is canary-ill", "issuecanary wages", "askcanary petition", "answercanary maybe"],
    "free": ["lockercanary 88", "basiscanary gut", "whycanary same shoes", "referencecanary ledger", "saidcanary yes"],
    "batch": ["Makercanary Ode", "filecanary.csv", "Undoercanary Ray"],
    "vault": ["documentcanary body", "documentcanary name", "logcanary entry"],
}
READABLE = "Departmentcanary Paint"
NAMES, MORE, CONTACT, NOTES, FREE, BATCH, VAULT = [[long(word) for word in words] for words in CANARIES.values()]

ROWS: dict[str, list[Row]] = {
    "contact": [
        {"key": "1@hr", "name": NAMES[0], "preferred_name": NAMES[1], "attributes": json.dumps({"locker": FREE[0]})},
        {"key": "2@hr", "name": "Bo T"},
    ],
    "contact_details": [
        {"key": "1@hr", "person_id": "1@hr", "phone": CONTACT[0], "email": CONTACT[1], "address": CONTACT[2]}
    ],
    "placement": [{"key": "=1@hr|", "person_id": "1@hr", "department": long(READABLE)}],
    "conversation": [
        {
            "key": f"=1@hr|2026-05-03|{NAMES[2]}@hr",
            "person_id": "1@hr",
            "held_on": date(2026, 5, 3),
            "organizer": NAMES[2],
            "named": f"listens_to = {NAMES[3]}; 2",
            "issues": NOTES[1],
            "ask": NOTES[2],
            "answer": NOTES[3],
            "notes": NOTES[0],
            "assessment": 2,
        }
    ],
    "assignment": [{"key": "A1@hr", "person_id": "1@hr", "employer": "Firm", "foreman": NAMES[4]}],
    "connection": [
        {"key": f"=1@hr|2@hr|friend|{MORE[0]}|", "person_id": "1@hr", "other_id": "2@hr", "said_by": MORE[0]}
        | {"kind": "friend", "reference": FREE[3]}
    ],
    "assessment": [
        {"key": f"=1@hr||{MORE[1]}", "person_id": "1@hr", "assessment": 2, "assessed_by": MORE[1], "basis": FREE[1]}
    ],
    "participation": [
        {"key": "=March||1@hr", "action": "March", "person_id": "1@hr", "asked_by": MORE[2], "said": FREE[4]}
    ],
    "link": [{"key": f"={MORE[3]}|Firm|position|", "from_party": MORE[3], "to_party": "Firm", "kind": "position"}],
    "judgement": [
        {"key": f"=mention|{MORE[4]}|", "subject": "mention", "left": MORE[4], "right": "1@hr", "verdict": "same"}
        | {"why": FREE[2]}
    ],
}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, neo4j_pool: Neo4jPool) -> Neo4jServer:
    """Return a real server of each generation."""
    return neo4j_pool.server(request.param)


@pytest.fixture(scope="module")
def sealed_home(server: Neo4jServer) -> Iterator[Neo4jHome]:
    """Yield a home that seals names."""
    home = Neo4jHome(server, seals_names=True)
    yield home
    home.close()


@pytest.fixture
def store(sealed_home: Neo4jHome) -> Neo4jStore:
    """Return an empty store that seals names."""
    return sealed_home.fresh()


def as_it_is(text: str) -> str:
    """Return a text."""
    return text


def in_other_words(text: str) -> str:
    """Return a text with other canaries: what was once written in clear stays in the files of a server."""
    for word in (word for words in CANARIES.values() for word in words):
        text = text.replace(word, codecs.encode(word, "rot13"))
    return text


def fill(store: Store, say: Callable[[str], str] = as_it_is) -> None:
    """Write every canary."""
    given = draft()
    rows = {
        kind: [{name: say(value) if isinstance(value, str) else value for name, value in row.items()} for row in held]
        for kind, held in ROWS.items()
    }
    files = json.dumps([{"name": BATCH[1]}])
    canary = type(given)(**{**{n: getattr(given, n) for n in given.__slots__}, "made_by": BATCH[0], "files": files})
    write(store, rows, canary)
    store.undo(write(store, {"contact": [{"key": "9@hr", "name": say(NAMES[0])}]}), by=BATCH[2], at=datetime.now(UTC))
    people = pa.table({"key": ["1@hr"], "contact_keys": [["1@hr"]], "name": [say(NAMES[0])], "rank": [1]})
    store.write_result(Result("leaders", "{}", people))
    store.change_document("accounts", VAULT[1], lambda _: VAULT[0].encode())
    store.extend_log(lambda _number, _last: VAULT[2].encode())


def found_in(folder: Path, words: list[str]) -> set[str]:
    """Return which words stand in some file below a folder, in UTF-8 or UTF-16, in either case."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "server.log":
            # Without zero bytes ASCII in UTF-16 reads as in UTF-8, and space that was only set aside is gone.
            held = path.read_bytes().replace(b"\x00", b"").lower()
            found |= {word for word in words if word.lower().encode() in held}
    return found


def test_the_search_knows_both_encodings(tmp_path: Path) -> None:
    for number, code in enumerate(("utf-8", "utf-16-le", "utf-16-be")):
        (tmp_path / str(number)).write_bytes(b"\x00\x01" + f"Some Canary {number}!".encode(code) + bytes(1000))
    assert found_in(tmp_path, ["canary 0", "Canary 1", "CANARY 2", "canary 3"]) == {"canary 0", "Canary 1", "CANARY 2"}


def fragments(words: list[str]) -> list[str]:
    """Return the words, and their halves and parts where those are long enough to be no chance."""
    halves = [half for word in words for half in (word[: len(word) // 2], word[len(word) // 2 :])]
    return [*words, *(part for part in (*halves, *(p for word in words for p in word.split())) if len(part) > 6)]


SEALED = fragments([word for words in CANARIES.values() for word in words])


@pytest.mark.neo4j
def test_no_file_of_a_running_server_holds_a_sealed_value(sealed_home: Neo4jHome, store: Neo4jStore) -> None:
    fill(store)
    assert seen(store)["1@hr"]["name"] == NAMES[0]
    said = (
        "MATCH (n) OPTIONAL MATCH (n)-[r]-() UNWIND [n, r] AS x UNWIND keys(x) AS name RETURN toStringOrNull(x[name])"
    )
    values = " ".join(filter(None, sealed_home.run(said)))
    assert READABLE in values
    assert [word for word in SEALED if word in values] == []
    assert found_in(sealed_home.server._home, [READABLE, *SEALED]) == {READABLE}


@pytest.mark.neo4j
@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS[-1:], indirect=True)
def test_no_file_of_a_stopped_server_holds_a_sealed_value(
    sealed_home: Neo4jHome, store: Neo4jStore, tmp_path: Path
) -> None:
    fill(store)
    running, copied = sealed_home.server._home, tmp_path / "copy"
    sealed_home.close()
    process = sealed_home.server._process
    assert process is not None
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    shutil.copytree(running, copied)
    sealed_home.server.restart()
    for part in ("databases", "transactions"):
        assert found_in(copied / "data" / part, [READABLE, *SEALED]) == {READABLE}, part
    assert not found_in(copied, SEALED)


@pytest.mark.neo4j
def test_the_search_of_the_files_finds_names_that_are_not_sealed(neo4j_home: Neo4jHome) -> None:
    fill(neo4j_home.fresh(), in_other_words)
    words = [in_other_words(word) for words in CANARIES.values() for word in words]
    readable = {in_other_words(word) for word in (*CANARIES["names"], *CANARIES["more names"])}
    assert found_in(neo4j_home.server._home, words) == readable


@pytest.mark.neo4j
def test_what_is_sealed_is_read_back_and_looked_up(store: Neo4jStore) -> None:
    fill(store)
    for kind, rows in ROWS.items():
        assert {row["key"] for row in rows} == {row["key"] for row in store.records(kind).to_pylist()}
    talk = ROWS["conversation"][0]
    assert store.records("conversation", [talk["key"]])["notes"].to_pylist() == [NOTES[0]]
    assert [row["from_key"] for row in store.neighbours("mention", f"{NAMES[3]}@hr").to_pylist()] == [talk["key"]]
    assert [row["from_key"] for row in store.neighbours("organizer", NAMES[2]).to_pylist()] == [talk["key"]]
    assert store.documents("accounts") == {VAULT[1]: VAULT[0].encode()}
    assert store.log_entries() == [(1, VAULT[2].encode())]
    first, second = store.batches()
    assert (first.made_by, json.loads(first.files)[0]["name"], second.undone_by) == (BATCH[0], BATCH[1], BATCH[2])
    assert store.erase("conversation", [talk["key"]]) == 1
    assert store.neighbours("organizer", NAMES[2]).num_rows == 0
    assert store.check() == []


def test_people_are_found_by_phone_and_mail_however_written(store_of_each_home: Store) -> None:
    store = store_of_each_home
    details = [
        {"key": "1@hr", "person_id": "1@hr", "phone": "(212) 555-0101", "email": "Ana.R@example.org"},
        {"key": "2@hr", "person_id": "2@hr", "phone": "+1 212 555 0101", "email": "bo@example.org"},
        {"key": "3@hr", "person_id": "3@hr", "phone": "555-0103"},
    ]
    write(store, {"contact_details": details})
    write(store, {"contact_details": [{"key": "2@hr", "person_id": "2@hr", "phone": "212-555-0102"}]})
    assert store.find_contacts(phone="12125550101") == ["1@hr"]
    assert store.find_contacts(phone="2125550102") == ["2@hr"]
    assert store.find_contacts(email=" ana.r@EXAMPLE.org") == ["1@hr"]
    assert store.find_contacts(phone="212.555.0101", email="bo@example.org") == []
    assert store.find_contacts(phone="555-0109") == []
    for nothing in ({}, {"phone": "n/a"}, {"email": " "}):
        with pytest.raises(UsageError, match="at least 5 digits"):
            store.find_contacts(**nothing)


@pytest.fixture
def store_of_each_home(home: Home) -> Store:
    """Return an empty store, in each home in turn."""
    return home.fresh()


@pytest.mark.neo4j
def test_values_swapped_between_records_or_changed_do_not_open(sealed_home: Neo4jHome, store: Neo4jStore) -> None:
    write(store, {"contact": [{"key": "1", "name": "Ana R"}, {"key": "2", "name": "Bo T"}, {"key": "3"}]})
    swap = (
        "MATCH (a:ContactRow {key: '1'}), (b:ContactRow {key: '2'}) "
        "WITH a, b, a.sealed AS of_a, b.sealed AS of_b SET a.sealed = of_b, b.sealed = of_a"
    )
    sealed_home.run(swap)
    with pytest.raises(StoreError, match="contact records do not open") as refused:
        store.versions("contact")
    assert "Ana" not in str(refused.value)
    assert [finding.split(" of batch")[0] for finding in store.check()] == ["2 contact records"]
    sealed_home.run(swap)
    assert seen(store)["1"] == {"name": "Ana R"}
    store.change_document("accounts", "a", lambda _: b"x")
    sealed_home.run("MATCH (d:_ShopfloorDocument) SET d.collection = 'sessions'")
    with pytest.raises(StoreError, match="do not open"):
        store.documents("sessions")


@pytest.mark.neo4j
def test_without_its_key_file_a_store_stays_shut_and_unchanged(sealed_home: Neo4jHome, store: Neo4jStore) -> None:
    write(store, {"contact": [{"key": "1", "name": "Ana R"}]})
    keys = store.keys()
    path = Path(keys.path)
    held, said = path.read_bytes(), json.loads(path.read_bytes())
    secret = said["keys"][keys.in_use[0]]["secret"]
    path.unlink()
    for again in (sealed_home.again, lambda: make(sealed_home.server)):
        with pytest.raises(KeyFileError, match=f"{keys.store_id} is sealed, and its key file is not here") as missing:
            again()
        assert str(path) in str(missing.value)
    other = {**said, "keys": {keys.in_use[0]: {**said["keys"][keys.in_use[0]], "secret": "00" * 32}}}
    for wrong, words in (
        (json.dumps(other), rf"Key {keys.in_use[0]} in .* is not the one"),
        (json.dumps({**said, "keys": {}}), f"sealed with key {keys.in_use[0]}, which the key file"),
        (json.dumps({**said, "store_id": "x"}), "key file of another store"),
        (json.dumps({**said, "seals_names": False}), "say different things about whether names are sealed"),
        ("{}", "no whole key file"),
        ("no json", "no key file"),
    ):
        path.write_text(wrong, encoding="utf-8")
        path.chmod(0o600)
        with pytest.raises(KeyFileError, match=words) as refused:
            sealed_home.again()
        assert secret not in str(refused.value)
    path.write_bytes(held)
    assert seen(sealed_home.again()) == {"1": {"name": "Ana R"}}


def make(server: Neo4jServer, *, seal_names: bool | None = None) -> Neo4jStore:
    return Neo4jStore.create(server.url, user=server.user, password=server.password, seal_names=seal_names)


@pytest.mark.neo4j
def test_names_are_sealed_as_chosen_and_not_changed_later(sealed_home: Neo4jHome, store: Neo4jStore) -> None:
    assert store.capabilities.has_sealed_names
    with pytest.raises(UsageError, match="seals names, and that cannot be changed"):
        make(sealed_home.server, seal_names=False)
    make(sealed_home.server).close()
    sealed_home.close()
    sealed_home.wipe()
    here = make(sealed_home.server)
    assert not here.capabilities.has_sealed_names, "the server of a test is this machine"
    here.close()


@pytest.mark.parametrize(("place", "is_here"), [("bolt://127.0.0.1:7687", True), ("neo4j+s://db.example.org", False)])
def test_names_are_sealed_by_default_where_the_server_is_another_machine(place: str, *, is_here: bool) -> None:
    driver = GraphDatabase.driver(place, auth=("neo4j", "never used"))
    server = Server(driver, place, None)
    assert server.is_here == is_here
    server.close()


@pytest.mark.neo4j
def test_a_store_that_was_never_sealed_is_refused(sealed_home: Neo4jHome, store: Neo4jStore) -> None:
    sealed_home.run("MATCH (m:_ShopfloorMeta) REMOVE m.store_id")
    for again in (sealed_home.again, lambda: make(sealed_home.server)):
        with pytest.raises(StoreVersionError, match="sealed nothing"):
            again()
    assert store.revision() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "own.json"))
    made = KeyFile.make("a" * 32, seals_names=True)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert KeyFile.read("a" * 32).keys == made.keys
    made.path.chmod(0o640)
    with pytest.raises(KeyFileError, match="can be read by others"):
        KeyFile.read("a" * 32)
    with pytest.raises(KeyFileError, match="of another store"):
        KeyFile.make("b" * 32, seals_names=True)
    assert made.keys[made.active].secret.hex() not in repr(made) + repr(made.keys[made.active]) + repr(Seal(made))


def test_a_key_file_lies_where_it_is_said_or_in_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_FILE, str(tmp_path))
    assert keyfile.place_of("s1") == tmp_path / "s1.json"
    monkeypatch.delenv(KEY_FILE)
    monkeypatch.setattr(keyfile, "user_config_path", lambda _name: tmp_path / "config")
    assert KeyFile.make("s1", seals_names=False).path == tmp_path / "config" / "keys" / "s1.json"
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "config" / "keys" / "s1.json" / "below"))
    with pytest.raises(KeyFileError, match="cannot be written"):
        KeyFile.make("s2", seals_names=False)


def test_a_database_cannot_bring_a_retired_key_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "own.json"))
    first = KeyFile.make("a" * 32, seals_names=True)
    new, both = first.with_key()
    both.with_active(new, retired=True).write()
    file = KeyFile.read("a" * 32)
    seal = Seal(file)
    seal.use([new, first.active])
    with pytest.raises(KeyFileError, match="has retired"):
        seal.use([first.active])
    assert seal.active == new
    again = {**file.keys, first.active: replace(file.keys[first.active], retired_at=None)}
    seal = Seal(replace(file, keys=again))
    seal.use([first.active])
    assert seal.active == first.active


@pytest.fixture
def seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seal:
    """Return a seal of its own, names included."""
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "seal.json"))
    return Seal(KeyFile.make("c" * 32, seals_names=True))


@pytest.mark.parametrize("kind", [name for name in KINDS if name in ROWS])
def test_versions_are_sealed_and_opened_without_a_server(seal: Seal, kind: str) -> None:
    spec = KINDS[kind]
    versions = table(kind, ROWS[kind])
    versions = versions.append_column(pa.field("batch_id", pa.int64()), pa.repeat(3, len(versions)))
    stored = seal_versions(seal, spec, versions)
    assert open_versions(seal, spec, stored).equals(versions)
    text = repr(stored.to_pylist())
    hidden = [word for row in ROWS[kind] for name, word in row.items() if name in sealed_fields(kind, seals_names=True)]
    assert not [word for word in hidden if str(word) in text]
    assert set(stored["key"].to_pylist()) <= set(stored_keys(seal, spec, versions["key"].to_pylist()))
    if hidden:
        elsewhere = stored.set_column(stored.column_names.index("batch_id"), "batch_id", pc.add(stored["batch_id"], 1))
        with pytest.raises(UnopenedError):
            open_versions(seal, spec, elsewhere)


def test_equal_texts_are_sealed_differently_and_their_length_is_hidden(seal: Seal) -> None:
    first, second = (seal.close_record("x", b'{"name":"Ana"}') for _ in range(2))
    assert first != second
    assert len(first) == len(seal.close_record("x", b'{"name":"Anastasia Lopez"}'))
    assert seal.open_record("x", first).strip() == b'{"name":"Ana"}'
    with pytest.raises(UnopenedError):
        seal.open_record("y", first)
    with pytest.raises(UnopenedError):
        seal.open_text("x", first)
    with pytest.raises(UnopenedError):
        key_id_of(b"clear")


def test_every_personal_field_is_sealed(seal: Seal) -> None:
    for kind in KINDS.values():
        always = set(sealed_fields(kind.name, seals_names=False))
        with_names = set(sealed_fields(kind.name, seals_names=True))
        assert {spec.name for spec in kind.fields if spec.privacy in {"contact", "notes"}} <= always
        assert "attributes" in always or "attributes" not in kind.field_names
        assert {spec.name for spec in kind.fields if spec.privacy == "identity"} <= with_names
        assert {kind.field(name).type for name in with_names} <= {str}
        clear = set(stored_schema(kind.name, seals_names=True).names) & with_names
        assert all(kind.field(name).relation is not None for name in clear), "only digests of references stay"
    assert seal.token("Mention", "Ana") != seal.token("Organizer", "Ana")


@pytest.mark.neo4j
def test_a_new_key_seals_everything_anew_and_the_old_one_can_go(sealed_home: Neo4jHome, store: Neo4jStore) -> None:
    fill(store)
    write(store, {"contact": [{"key": "1@hr", "preferred_name": "Ana"}], "contact_details": ROWS["contact_details"]})
    other = sealed_home.again()
    before, batches, old = everything(store), store.batches(), store.keys().in_use[0]
    nodes = "MATCH (n) WHERE NOT n:_ShopfloorLane OPTIONAL MATCH (n)-[r]-() RETURN [labels(n)[0], type(r)] AS what"
    graph = sorted(map(str, sealed_home.run(nodes)))
    anchors = sealed_home.run("MATCH (m:Mention) RETURN m.key")
    store.rotate_key()
    keys = store.keys()
    assert keys.in_use[0] != old
    assert (list(keys.retired), len(keys.in_use)) == ([old], 1)
    for door in (store, other, sealed_home.again()):
        assert (everything(door), door.batches()) == (before, batches)
        assert door.find_contacts(phone=CONTACT[0]) == ["1@hr"]
        assert len(door.neighbours("mention", f"{NAMES[3]}@hr")) == 1
        assert door.documents("accounts") == {VAULT[1]: VAULT[0].encode()}
        assert door.log_entries() == [(1, VAULT[2].encode())]
    assert sorted(map(str, sealed_home.run(nodes))) == graph
    assert not set(anchors) & set(sealed_home.run("MATCH (m:Mention) RETURN m.key"))
    assert store.check() == []
    with pytest.raises(KeyFileError, match="is in use"):
        store.remove_key(keys.in_use[0])
    store.remove_key(old)
    assert everything(sealed_home.again()) == before
    write(other, {"contact": [{"key": "5", "name": "Eve"}]})
    assert seen(store)["5"] == {"name": "Eve"}


@pytest.mark.neo4j
def test_no_new_key_while_somebody_imports(sealed_home: Neo4jHome, store: Neo4jStore) -> None:
    other = sealed_home.again()
    with other.open_batch(draft()) as batch:
        batch.append("contact", table("contact", [{"key": "1", "name": "Ana"}]))
        with pytest.raises(StoreLockedError, match="importing"):
            store.rotate_key()
        batch.append("contact", table("contact", [{"key": "2", "name": "Bo"}]))
    assert set(seen(store)) == {"1", "2"}
    store.rotate_key()
    assert set(seen(other)) == {"1", "2"}


ROTATOR = """
import sys
from shopfloor.graph.neo4j import Neo4jStore, rotation
rotation.CHUNK = 50
url, user, password = sys.argv[1:]
store = Neo4jStore.open(url, user=user, password=password)
store.rotate_key(lambda what, done, total: print(done, flush=True))
"""


@pytest.mark.neo4j
@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS[-1:], indirect=True)
def test_a_change_of_key_that_is_killed_goes_on_and_readers_see_the_same_all_the_while(
    sealed_home: Neo4jHome, store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    talks = [
        {"key": f"=P{i}|2026-05-03|Org {i % 7}", "person_id": f"P{i}", "organizer": f"Org {i % 7}", "notes": f"n {i}"}
        for i in range(2_000)
    ]
    write(store, {"conversation": talks, "contact": [{"key": f"P{i}", "name": f"Name {i}"} for i in range(2_000)]})
    before, old = everything(store), store.keys().in_use[0]
    arguments = [sealed_home.server.url, sealed_home.server.user, sealed_home.server.password]
    process = subprocess.Popen([sys.executable, "-c", ROTATOR, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) % 10 == 0:
            assert everything(store) == before
        if int(line) == 30:
            process.kill()
            break
    process.wait(timeout=60)
    process.stdout.close()
    in_use = store.keys().in_use
    assert (len(in_use), in_use[1]) == (2, old)
    sealed_with = {key_id_of(bytes(each)) for each in sealed_home.run("MATCH (n:Conversation) RETURN n.sealed")}
    sealed_with |= {key_id_of(bytes(each)) for each in sealed_home.run("MATCH (n:ContactRow) RETURN n.sealed")}
    assert sealed_with == set(in_use)
    assert everything(sealed_home.again()) == before
    assert len(store.neighbours("organizer", "Org 3")) == len([talk for talk in talks if talk["organizer"] == "Org 3"])
    write(store, {"contact": [{"key": "P1", "preferred_name": "Pia"}]})
    assert store.records("conversation", [talks[5]["key"]])["notes"].to_pylist() == ["n 5"]
    before = everything(store)
    monkeypatch.setattr(rotation, "CHUNK", 500)
    started = time.monotonic()
    sealed_home.again().rotate_key()
    assert time.monotonic() - started < 120
    assert everything(store) == before
    keys = store.keys()
    assert (keys.in_use, list(keys.retired)) == (in_use[:1], [old])
    left = {key_id_of(bytes(each)) for each in sealed_home.run("MATCH (n) WHERE n.sealed IS NOT NULL RETURN n.sealed")}
    assert left == set(keys.in_use)
    assert store.check() == []


def test_the_generations_are_those_of_the_tests() -> None:
    assert len(SERVERS) == len(GENERATIONS)
    assert sealing.SEALED not in {name for kind in KINDS.values() for name in kind.field_names}


def test_the_page_lists_what_is_sealed_and_what_is_readable() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert table_page(text) == text, "run: python -m docs.make_sealing_table"
