"""What keeps the embedded store from being opened or written, said in plain words."""

import sqlite3
from pathlib import Path

import pytest

from shopfloor.errors import (
    NotAStoreError,
    PassphraseError,
    StoreError,
    StoreLockedError,
    StoreNotFoundError,
    StoreVersionError,
)
from shopfloor.graph.embedded import EmbeddedStore, connection
from tests.graph.build import everything, seen, write
from tests.graph.homes import PASSPHRASE, EmbeddedHome
from tests.graph.test_contract import ANA, BO


def test_a_store_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFoundError, match="shopfloor init"):
        EmbeddedStore.open(tmp_path / "none.store", PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_passphrase_is_refused(embedded_home: EmbeddedHome) -> None:
    embedded_home.fresh()
    with pytest.raises(PassphraseError) as refused:
        EmbeddedStore.open(embedded_home.path, "not these words")
    assert "not these words" not in str(refused.value)


def test_an_empty_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PassphraseError, match="protects nothing"):
        EmbeddedStore.create(tmp_path / "new.store", "")
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_no_stores(tmp_path: Path) -> None:
    plain = tmp_path / "plain.db"
    with sqlite3.connect(plain) as database:
        database.execute("CREATE TABLE t(x)")
    database.close()
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04" + bytes(5000))
    (tmp_path / "short.store").write_bytes(b"short")
    (tmp_path / "empty.store").write_bytes(b"")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for name in before:
        with pytest.raises(NotAStoreError):
            EmbeddedStore.open(tmp_path / name, PASSPHRASE)
    with pytest.raises(NotAStoreError, match="a folder"):
        EmbeddedStore.open(tmp_path, PASSPHRASE)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_store_is_never_made_over_something(embedded_home: EmbeddedHome) -> None:
    write(embedded_home.fresh(), {"contact": [ANA]})
    with pytest.raises(StoreError, match="exists already"):
        EmbeddedStore.create(embedded_home.path, PASSPHRASE)
    assert seen(embedded_home.again()) == {"1@hr": {"name": "Ana R"}}


def test_a_newer_store_is_refused(embedded_home: EmbeddedHome) -> None:
    store = embedded_home.fresh()
    with store._connections.writing() as database:
        database.execute("UPDATE store_meta SET value = '99' WHERE name = 'format'")
    with pytest.raises(StoreVersionError, match="format 99"):
        embedded_home.again()


def test_a_store_that_another_writer_holds_is_said_to_be_locked(
    embedded_home: EmbeddedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_SECONDS", 0.2)
    store = embedded_home.fresh()
    other = embedded_home.again()
    with other._connections.writing(), pytest.raises(StoreLockedError, match="Another program"):
        write(store, {"contact": [ANA]})
    assert everything(store) == {}
    assert write(store, {"contact": [BO]}) == 1


def test_a_damaged_page_is_noticed(embedded_home: EmbeddedHome) -> None:
    store = embedded_home.fresh()
    write(store, {"contact": [{"key": f"{i}", "name": "Ana R" * 20} for i in range(2000)]})
    store.close()
    content = bytearray(embedded_home.path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    embedded_home.path.write_bytes(content)
    assert embedded_home.again().check() != []


def test_nothing_of_a_person_can_be_read_from_the_file(embedded_home: EmbeddedHome) -> None:
    store = embedded_home.fresh()
    write(store, {"contact": [{"key": "1", "name": "Annabella Quillfeather"}]})
    files = list(embedded_home.path.parent.glob(f"{embedded_home.path.name}*"))
    assert embedded_home.path in files
    assert all(b"Quillfeather" not in path.read_bytes() for path in files)


def test_a_folder_that_is_not_there_cannot_hold_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        EmbeddedStore.create(tmp_path / "no" / "folder" / "new.store", PASSPHRASE)
