"""Lock, unlock, wipe and a new passphrase: real files, real processes, real kills."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from shopfloor import open_store
from shopfloor.errors import PassphraseError, ShopfloorError, StoreError, StoreNotFoundError, UsageError
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.graph.embedded.keys import SALT_BYTES
from shopfloor.service import locking
from shopfloor.service.lockfile import lock_file, open_in, write_lock
from tests.service.shop import PASSPHRASE, Shop

NEW = "another four random words"
LEDGER = """\
import sys, time
from shopfloor import open_store
from shopfloor.service.locking import stop_when_locked
import os
store = open_store(sys.argv[1], passphrase=sys.argv[2])
stop_when_locked(store.location, lambda: os._exit(7))
print(len(store.snapshot().tables["contact"]), flush=True)
time.sleep(60)
"""
WIPER = """\
import os, signal, sys
from shopfloor.service import locking
left = int(sys.argv[2])

def counted(work):
    def step(*given, **named):
        global left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return work(*given, **named)
    return step

os.write, os.fsync, os.unlink = counted(os.write), counted(os.fsync), counted(os.unlink)
locking.wipe_store(sys.argv[1])
"""
REKEYER = """\
import os, sys
from shopfloor.graph.embedded import EmbeddedStore
store = EmbeddedStore.open(sys.argv[1], sys.argv[2])
os.write(1, b"!")
store.change_passphrase(sys.argv[3])
os.write(1, b"+")
"""


class Memory(KeyringBackend):
    """A keyring that lasts as long as a test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return a password."""
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password."""
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget a password."""
        if self.held.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("not there")


@pytest.fixture(autouse=True)
def memory() -> Iterator[Memory]:
    before, made = keyring.get_keyring(), Memory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def remember(store: Path) -> None:
    keyring.set_password(locking.KEYRING_SERVICE, locking.keyring_name(str(store)), PASSPHRASE)


def test_a_locked_store_opens_for_nobody_until_it_is_unlocked(shop: Shop, memory: Memory) -> None:
    remember(shop.store)
    with shop.open() as held:
        report = locking.lock_store(str(shop.store))
        assert report.was_in_keyring
        assert memory.held == {}
        with pytest.raises(StoreError, match="is locked"):
            held.snapshot()
    with pytest.raises(StoreError, match="is locked"):
        open_store(shop.store, passphrase=PASSPHRASE)
    assert shop.run("info", shop.store).code == 1
    with pytest.raises(PassphraseError):
        locking.unlock_store(str(shop.store), NEW)
    with pytest.raises(StoreError, match="is locked"):
        open_store(shop.store, passphrase=PASSPHRASE)
    locking.unlock_store(str(shop.store), PASSPHRASE)
    shop.open().close()


def test_who_had_it_open_before_the_lock_does_not_get_it_back_by_the_unlocking(shop: Shop) -> None:
    with shop.open() as held:
        locking.lock_store(str(shop.store))
        locking.unlock_store(str(shop.store), PASSPHRASE)
        with pytest.raises(StoreError, match="was locked"):
            held.snapshot()


def test_all_sessions_have_ended_when_it_is_unlocked(shop: Shop) -> None:
    held = EmbeddedStore.open(shop.store, PASSPHRASE)
    held.change_document("sessions", "a", lambda _: b"{}")
    locking.lock_store(str(shop.store))
    assert locking.unlock_store(str(shop.store), PASSPHRASE) == 1
    assert held.documents("sessions") == {}
    held.close()


def test_a_lock_file_that_cannot_be_read_locks(shop: Shop) -> None:
    lock_file(shop.store).write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="is locked"):
        shop.open()


def start(script: str, *words: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script, *map(str, words)], stdout=subprocess.PIPE)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="tells open files as Linux does")
def test_a_program_that_serves_it_ends_when_it_is_locked(shop: Shop) -> None:
    shop.load_all()
    with start(LEDGER, shop.store, PASSPHRASE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"7\n"
        assert program.pid in open_in(shop.store)
        report = locking.lock_store(str(shop.store))
        assert program.wait(5) == 7
    assert report.still_open_in == ()
    locking.unlock_store(str(shop.store), PASSPHRASE)
    with shop.open() as held:
        assert held.check() == []


def test_wiping_leaves_no_file_and_no_passphrase(shop: Shop, memory: Memory) -> None:
    shop.load_all()
    remember(shop.store)
    write_lock(shop.store, is_locked=False)
    place = shop.store
    before = set(place.parent.glob("*store*"))
    assert {place, lock_file(place)} <= before
    assert locking.wipe_store(str(place)).was_in_keyring
    assert list(place.parent.glob("*store*")) == []
    assert memory.held == {}
    with pytest.raises(StoreNotFoundError):
        locking.wipe_store(str(place))


def test_a_program_that_serves_it_ends_when_it_is_wiped(shop: Shop) -> None:
    with start(LEDGER, shop.store, PASSPHRASE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        locking.wipe_store(str(shop.store))
        assert program.wait(5) == 7
    assert not shop.store.exists()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs kill -9")
def test_a_wipe_that_is_killed_at_any_step_leaves_nothing_that_opens(shop: Shop) -> None:
    shop.load_all()
    held = EmbeddedStore.open(shop.store, PASSPHRASE)  # so that a log stands beside the file
    held.change_document("a", "a", lambda _: b"in the log")
    parts = [path for path in shop.folder.glob("drive.store*") if path.suffix != ".lock"]
    copies = {path.name: path.read_bytes() for path in parts}
    held.close()
    assert {"drive.store", "drive.store-wal"} <= copies.keys()
    salt = copies["drive.store"][:SALT_BYTES]
    for n_steps in range(20):
        for name, content in copies.items():
            (shop.folder / name).write_bytes(content)
        with start(WIPER, shop.store, n_steps) as wiper:
            is_done = wiper.wait() == 0
        if n_steps:
            left = shop.store.read_bytes()[:SALT_BYTES] if shop.store.exists() else b""
            assert left != salt, n_steps
            with pytest.raises(ShopfloorError):
                EmbeddedStore.open(shop.store, PASSPHRASE).close()
        else:
            EmbeddedStore.open(shop.store, PASSPHRASE).close()
        if is_done:
            break
    assert is_done
    assert n_steps > 5


def test_a_copy_made_before_the_wipe_opens_still(shop: Shop, tmp_path: Path) -> None:
    copy = tmp_path / "copy.store"
    shutil.copyfile(shop.store, copy)
    locking.wipe_store(str(shop.store))
    open_store(copy, passphrase=PASSPHRASE).close()


def test_wiping_a_servers_store_destroys_its_key_file_and_says_what_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "bolt://127.0.0.1:1"
    with pytest.raises(StoreError, match="Say which key file"):
        locking.wipe_store(address)
    key = tmp_path / "sealing.key"
    key.write_bytes(b"k" * 64)
    other = tmp_path / "other.name"
    os.link(key, other)
    monkeypatch.setenv(locking.KEY_FILE, str(key))
    assert locking.wipe_store(address).n_destroyed == 1
    assert not key.exists()
    assert b"kkkk" not in other.read_bytes()


def test_a_new_passphrase_opens_and_the_old_one_does_not(shop: Shop, memory: Memory) -> None:
    shop.load_all()
    remember(shop.store)
    with shop.open() as held, shop.open() as other:
        before = held.snapshot().tables["contact"]
        locking.change_passphrase(held, NEW)
        assert held.snapshot().tables["contact"].equals(before)
        with pytest.raises(StoreError, match="passphrase was changed"):
            other.snapshot()
    assert list(memory.held.values()) == [NEW]
    with pytest.raises(PassphraseError):
        open_store(shop.store, passphrase=PASSPHRASE)
    with open_store(shop.store, passphrase=NEW) as held:
        assert held.snapshot().tables["contact"].equals(before)
        assert held.check() == []


@pytest.mark.parametrize("weak", ["short words", "aaaaaaaaaaaaaa", "shopfloor shopfloor"])
def test_a_weak_passphrase_is_refused_and_never_told(shop: Shop, weak: str) -> None:
    with shop.open() as held, pytest.raises(UsageError) as refusal:
        locking.change_passphrase(held, weak)
    assert weak not in str(refusal.value)
    shop.open().close()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs kill -9")
def test_a_change_of_passphrase_that_is_killed_leaves_exactly_one_that_opens(shop: Shop) -> None:
    held = EmbeddedStore.open(shop.store, PASSPHRASE)
    for i in range(12):
        held.change_document("filler", str(i), lambda _: os.urandom(2_000_000))
    held.close()
    original = shop.store.read_bytes()
    took = _seconds_to_change(shop.store)
    outcomes = []
    for part in (0.3, 0.6, 0.8, 0.9, 0.95, 1.0):
        for leftover in shop.folder.glob("drive.store*"):
            leftover.unlink()
        shop.store.write_bytes(original)
        with start(REKEYER, shop.store, PASSPHRASE, NEW) as writer:
            assert writer.stdout is not None
            writer.stdout.read(1)
            time.sleep(took * part)
            writer.kill()
        outcomes.append([_opens(shop.store, one) for one in (PASSPHRASE, NEW)])
    assert all(sum(opened) == 1 for opened in outcomes), outcomes
    assert [True, False] in outcomes


def _seconds_to_change(store: Path) -> float:
    with start(REKEYER, store, PASSPHRASE, NEW) as writer:
        assert writer.stdout is not None
        writer.stdout.read(1)
        began = time.monotonic()
        assert writer.stdout.read(1) == b"+"
        return time.monotonic() - began


def _opens(store: Path, passphrase: str) -> bool:
    try:
        held = EmbeddedStore.open(store, passphrase)
    except PassphraseError:
        return False
    assert held.check() == []
    assert len(held.documents("filler")) == 12
    held.close()
    return True
