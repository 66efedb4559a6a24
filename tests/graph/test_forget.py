"""Erasing for good, in both homes: records go or are rewritten in their batches, in one step, and nothing is left."""

import hashlib
import hmac
from pathlib import Path

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from shopfloor.errors import StoreError, StoreLockedError
from shopfloor.graph.contract import Erasure, Result, Store
from shopfloor.graph.embedded import tables
from shopfloor.graph.embedded.keys import PAGE_BYTES, SALT_BYTES, FileKey, derive_key
from shopfloor.records import KINDS
from tests.graph.build import everything, said, seen, write
from tests.graph.homes import PASSPHRASE, EmbeddedHome, Home

ANA, BO = {"key": "1@hr", "name": "Ana Ruiz"}, {"key": "2@hr", "name": "Bo Lind"}
TALK = {"key": "C1@hr", "person_id": "2@hr", "named": "listens_to = 1; Cy", "notes": "short"}
OTHER = {"key": "C2@hr", "person_id": "2@hr", "named": "listens_to = Cy"}
RESERVED_BYTES = 80
"""Initialisation vector and authentication code at the end of a page (SQLCipher 4)."""


def rewritten(store: Store, kind: str, key: str, /, **changes: object) -> pa.Table:
    rows = [{**row, **changes} for row in store.versions(kind, [key]).to_pylist()]
    return pa.Table.from_pylist(rows, schema=KINDS[kind].version_schema)


def test_records_go_and_others_are_rewritten_in_their_batches(store: Store) -> None:
    write(store, {"contact": [ANA, BO], "conversation": [TALK, OTHER]})
    second = write(store, {"conversation": [{"key": "C1@hr", "notes": "long", "named": "listens_to = 1"}]})
    store.undo(second, by="Organizer Two", at=store.batches()[0].opened_at)
    instead = rewritten(store, "conversation", "C1@hr", key="C9@hr", named="listens_to = erased-1")
    erasure = Erasure(
        store.revision(),
        {"contact": ["1@hr"], "conversation": ["C1@hr"]},
        {"conversation": instead},
        {("receipts", "1"): b"done"},
    )
    assert store.forget(erasure) == 1
    assert store.revision() == erasure.revision + 1
    assert seen(store).keys() == {"2@hr"}
    assert said(seen(store, "conversation")["C9@hr"]) == {
        "person_id": "2@hr",
        "named": "listens_to = erased-1",
        "notes": "short",
    }
    rows = [(row["key"], row["batch_id"], row["notes"]) for row in everything(store)["conversation"]]
    assert rows == [("C2@hr", 1, None), ("C9@hr", 1, "short"), ("C9@hr", second, "long")]
    assert [row["from_key"] for row in store.neighbours("mention", "erased-1@hr").to_pylist()] == ["C9@hr"]
    assert store.neighbours("mention", "1@hr").num_rows == 0
    assert store.documents("receipts") == {"1": b"done"}
    assert store.check() == []


def test_a_record_may_be_rewritten_under_its_own_key_and_again(store: Store) -> None:
    write(store, {"conversation": [TALK, OTHER]})
    for notes in ("once", "twice"):
        instead = rewritten(store, "conversation", "C1@hr", notes=notes)
        assert store.forget(Erasure(store.revision(), {"conversation": ["C1@hr"]}, {"conversation": instead})) == 0
    assert {key: row.get("notes") for key, row in seen(store, "conversation").items()} == {
        "C1@hr": "twice",
        "C2@hr": None,
    }
    assert store.query("counts").to_pylist() == [{"kind": "conversation", "batch_id": 1, "n_versions": 2}]
    assert store.check() == []


def test_what_was_worked_out_on_other_data_is_refused(store: Store) -> None:
    write(store, {"contact": [ANA]})
    late = Erasure(store.revision(), {"contact": ["1@hr"]}, documents={("receipts", "1"): b"done"})
    write(store, {"contact": [BO]})
    with pytest.raises(StoreLockedError, match="Nothing was changed"):
        store.forget(late)
    assert seen(store).keys() == {"1@hr", "2@hr"}
    assert store.documents("receipts") == {}


def test_an_erasure_that_fails_changes_nothing(store: Store) -> None:
    write(store, {"contact": [ANA, BO], "conversation": [TALK]})
    before = everything(store)
    wrong = rewritten(store, "conversation", "C1@hr", key="")
    with pytest.raises(StoreError):
        store.forget(
            Erasure(store.revision(), {"contact": ["1@hr"], "conversation": ["C1@hr"]}, {"conversation": wrong})
        )
    assert everything(store) == before
    assert store.check() == []


def test_results_written_back_lose_an_erased_person(store: Store) -> None:
    write(store, {"contact": [ANA, BO]})
    people = pa.table({"key": ["1@hr", "2@hr"], "contact_keys": [["1@hr"], ["2@hr"]], "name": ["Ana Ruiz", "Bo Lind"]})
    ties = pa.table({"from_key": ["1@hr"], "to_key": ["2@hr"], "layer": ["told"], "strength": [1.0]})
    store.write_result(Result("leaders", "{}", people, ties))
    store.forget(Erasure(store.revision(), {"contact": ["1@hr"]}))
    assert store.check() == []
    assert store.results() == [("leaders", "{}")]


def decrypted_pages(path: Path, key: FileKey) -> list[bytes]:
    """Return the content of every page of a store file, freed ones too, by the layout that SQLCipher documents."""
    data = path.read_bytes()
    found = []
    mac_salt = bytes(byte ^ 0x3A for byte in key.salt)
    mac_key = hashlib.pbkdf2_hmac("sha512", key.key, mac_salt, 2, 32)
    for number, start in enumerate(range(0, len(data), PAGE_BYTES), 1):
        page = data[start + (SALT_BYTES if number == 1 else 0) : start + PAGE_BYTES]
        body, iv, mac = page[:-RESERVED_BYTES], page[-RESERVED_BYTES:-64], page[-64:]
        assert hmac.digest(mac_key, body + iv + number.to_bytes(4, "little"), "sha512") == mac
        opened = Cipher(algorithms.AES(key.key), modes.CBC(iv)).decryptor()
        found.append(opened.update(body) + opened.finalize())
    return found


def test_no_page_of_the_file_keeps_what_was_erased(embedded_home: EmbeddedHome) -> None:
    store = embedded_home.fresh()
    key = derive_key(PASSPHRASE, embedded_home.path.read_bytes()[:SALT_BYTES])
    many = [{"key": f"{i:04}", "name": f"Somebody {i}"} for i in range(3000)]
    write(store, {"contact": [*many, {"key": "9@hr", "name": "Canary Bird"}]})
    people = pa.table({"key": ["9@hr"], "contact_keys": [["9@hr"]], "name": ["Canary Bird"]})
    store.write_result(Result("leaders", "{}", people))
    store.change_document("audit", "a", lambda _: b"Canary Bird")
    store.change_document("audit", "a", lambda _: None)
    with store._connections.reading() as connection:
        packed = [bytes(row[0]) for row in connection.execute("SELECT versions FROM chunk")]
    store._tidy()
    before = b"".join(decrypted_pages(embedded_home.path, key))
    assert b"Canary Bird" in before
    holding = next(one for one in packed if "9@hr" in tables._unpack(one)["key"].to_pylist())
    traces = [holding[i : i + 64] for i in range(0, len(holding) - 64, 512)]
    assert any(trace in before for trace in traces)
    store.forget(Erasure(store.revision(), {"contact": ["9@hr"]}))
    after = b"".join(decrypted_pages(embedded_home.path, key))
    assert b"Canary" not in after
    wal = embedded_home.path.with_name(embedded_home.path.name + "-wal")
    assert not wal.exists() or wal.stat().st_size == 0
    with store._connections.reading() as connection:
        kept = b"".join(bytes(row[0]) for row in connection.execute("SELECT versions FROM chunk"))
    gone = [trace for trace in traces if trace not in kept]
    assert gone
    assert not any(trace in after for trace in gone)


def test_what_another_program_wrote_or_erased_is_seen_by_who_has_read_before(home: Home) -> None:
    def notes(one: Store) -> dict[str, str | None]:
        talks = one.snapshot(["conversation"]).tables["conversation"]
        return dict(zip(talks["key"].to_pylist(), talks["notes"].to_pylist(), strict=True))

    store = home.fresh()
    other = home.again()
    assert notes(other) == {}
    write(store, {"conversation": [{"key": "C1@hr", "notes": "first"}, {"key": "C2@hr", "notes": "second"}]})
    assert notes(other) == {"C1@hr": "first", "C2@hr": "second"}
    write(store, {"contact": [ANA], "conversation": [{"key": "C0@hr"}, {"key": "C2@hr", "notes": "said later"}]})
    assert notes(other) == {"C0@hr": None, "C1@hr": "first", "C2@hr": "said later"}
    instead = rewritten(store, "conversation", "C1@hr", notes="rewritten")
    store.forget(Erasure(store.revision(), {"conversation": ["C1@hr"]}, {"conversation": instead}))
    assert notes(other) == notes(store) == {"C0@hr": None, "C1@hr": "rewritten", "C2@hr": "said later"}
    store.erase("conversation", ["C1@hr"])
    assert notes(other) == notes(store) == {"C0@hr": None, "C2@hr": "said later"}
