"""What goes wrong around a command: other writers, full disks, sudden ends, errors nobody foresaw."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest

from shopfloor.cli import main as cli
from shopfloor.errors import InterruptedWorkError, NotFoundError, RefusedError, ShopfloorError, StoreError, UsageError
from shopfloor.graph.embedded import EmbeddedStore, connection
from shopfloor.service import importing
from tests.service.shop import ENVIRONMENT, PASSPHRASE, Shop

N_KILLS = 3
CANARY_PHONE = "555-0142"
CANARY = "Zzyzx Canaria"


def start(*words: object) -> subprocess.Popen[str]:
    """Start the program in a process of its own."""
    command = [sys.executable, "-c", "from shopfloor.cli import main; main()", *map(str, words)]
    return subprocess.Popen(
        command, env={**os.environ, **ENVIRONMENT}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def many_people(n: int) -> str:
    """Return a file of people whose names no compression makes small."""
    names = (hashlib.sha256(str(i).encode()).hexdigest() for i in range(n))
    return "person_id,name,department\n" + "".join(f"{i},Person {name},Packing\n" for i, name in enumerate(names))


@pytest.mark.parametrize(
    "words", [("leader",), ("leaders",), ("leaders", "x", "--layer", "liked"), ("leaders", "x", "-q")]
)
def test_misuse_ends_with_2(shop: Shop, words: tuple[str, ...]) -> None:
    ran = shop.run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("leaders", "--unit", "Nowhere"),
        ("leaders", "--include", "bosses"),
        ("leaders", "--question", "likes"),
        ("leaders", "--places", "0"),
        ("leaders", "--top", "-1"),
        ("groups", "--resolution", "0"),
        ("edit", "1", "colour=red"),
        ("export", "x.pdf"),
    ],
)
def test_a_call_that_does_not_fit_the_store_is_misuse_too(full_shop: Shop, words: tuple[str, ...]) -> None:
    ran = full_shop.run(words[0], full_shop.store, *words[1:])
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2),
        (RefusedError, 1),
        (StoreError, 1),
        (NotFoundError, 1),
        (InterruptedWorkError, 1),
        (ValueError, 1),
    ],
)
def test_no_error_shows_a_traceback_unless_asked(
    full_shop: Shop, monkeypatch: pytest.MonkeyPatch, error: type[Exception], code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error(CANARY)

    monkeypatch.setattr("shopfloor.service.answers.rank_people", fail)
    ran = full_shop.run("leaders", full_shop.store)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("shopfloor: ")
    assert "Traceback" not in ran.err
    assert (CANARY in ran.err) == issubclass(error, ShopfloorError)
    debugged = full_shop.run("--debug", "leaders", full_shop.store)
    assert (debugged.code, "Traceback" in debugged.err) == (code, True)


def test_an_interrupt_ends_with_1_in_plain_words(full_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shopfloor.service.answers.rank_people", interrupt)
    ran = full_shop.run("leaders", full_shop.store)
    assert (ran.code, "Traceback" in ran.err) == (1, False)


def test_the_installed_command_prints_data_and_talk_apart(full_shop: Shop) -> None:
    process = start("leaders", full_shop.store, "--format", "json", "--top", 1)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("{")


def test_a_reader_that_goes_away_is_no_traceback(full_shop: Shop) -> None:
    process = start("ties", full_shop.store, "--layer", "told")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.wait(timeout=60)


def test_a_store_that_somebody_else_writes_to_is_told_after_a_wait(
    full_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_SECONDS", 0.2)
    with closing(EmbeddedStore.open(full_shop.store, PASSPHRASE)) as store, store._connections.writing():
        ran = full_shop.run("edit", full_shop.store, "1", "crew=Z")
        assert full_shop.run("leaders", full_shop.store).code == 0
    assert ran.code == 1
    assert "Another program has been writing to" in ran.err
    assert full_shop.revision() == 1


def test_an_error_in_the_middle_of_writing_leaves_nothing(full_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = full_shop.seen()

    def fail(*_: object) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr(importing, "counts_of", fail)
    ran = full_shop.run("import", full_shop.store, full_shop.file("new.csv", many_people(50)))
    assert (ran.code, CANARY in ran.err) == (1, False)
    assert full_shop.seen() == before
    assert full_shop.newest() == 1


@pytest.mark.slow
def test_an_import_killed_while_it_writes_is_seen_whole_or_not_at_all(full_shop: Shop) -> None:
    n_rows, chance = 60_000, random.Random(7)  # noqa: S311 - moments to kill at
    path, log = full_shop.file("many.csv", many_people(n_rows)), full_shop.store.with_name("drive.store-wal")
    for _ in range(N_KILLS):
        process, enough = start("import", full_shop.store, path), chance.randrange(0, 3_000_000)
        while process.poll() is None and size_of(log) <= enough:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        with full_shop.open() as store:
            n_versions = store.versions("contact").num_rows
            assert n_versions == 7 + n_rows * (len(store.batches()) - 1)
    assert full_shop.do("check").err == "Sound.\n"
    full_shop.do("import", path)
    assert full_shop.person("59999")["facts"]["name"].startswith("Person ")


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on a disk of three megabytes, where this machine lets a test make one."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.name != "posix" or os.geteuid() != 0:
        pytest.skip("a small disk needs mount and root")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this machine does not let a test mount a small disk")
    yield place
    subprocess.run(["umount", place], check=False)  # noqa: S607 - wherever it is


def test_a_full_disk_is_told_and_changes_nothing(full_shop: Shop, small_disk: Path) -> None:
    store = Path(shutil.copyfile(full_shop.store, small_disk / "drive.store"))
    full_shop.store = store
    before = full_shop.seen()
    people = full_shop.file("many.csv", many_people(60_000))
    ran = full_shop.run("import", store, people)
    assert ran.code == 1
    assert "disk" in ran.err
    assert "Traceback" not in ran.err
    assert full_shop.seen() == before
    full_shop.do("edit", "1", "crew=Z")
    assert full_shop.run("backup", store, small_disk / "b.store").code == 0
    fill(small_disk / "filler.bin")
    for words in (("export", store, small_disk / "out.json"), ("backup", store, small_disk / "c.store")):
        ran = full_shop.run(*words)
        assert (ran.code, "Traceback" in ran.err) == (1, False)
        assert not Path(words[2]).exists()


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as stream:
        try:
            while stream.write(b"x" * 4096):
                pass
        except OSError:
            return


def test_where_files_may_not_grow_nothing_is_changed(full_shop: Shop) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are of Unix")
    people = full_shop.file("many.csv", many_people(60_000))
    before, size = full_shop.seen(), full_shop.store.stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A grown write-ahead log may still be folded back as far as it goes, so the file may have some room.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 200_000, limits[1]))
    try:
        ran = full_shop.run("import", full_shop.store, people)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    assert full_shop.seen() == before


def test_no_personal_value_reaches_errors_or_reprs(full_shop: Shop) -> None:
    full_shop.load(
        people=f"person_id,name,phone,email,address\n9,{CANARY},{CANARY_PHONE},zzyzx@example.org,Zzyzx Road 1\n",
        conversations=f"conversation_id,held_on,organizer,person_id,notes\nZ,2026-05-05,O,9,{CANARY} {CANARY_PHONE}\n",
    )
    bad = full_shop.file("bad.csv", f"person_id,name,hired_on,phone\n9,{CANARY},31-31-31,{CANARY_PHONE}\n8,Hal,,\n")
    calls = [
        ("import", full_shop.store, bad),
        ("import", full_shop.store, bad, "--kind", "assignments"),
        ("import", full_shop.store, bad, "--map", "nam=name"),
        ("edit", full_shop.store, "9", f"hired_on={CANARY}"),
        ("edit", full_shop.store, "9", f"kind={CANARY}"),
        ("edit", full_shop.store, f"persn:{CANARY}", "name=x"),
        ("edit", full_shop.store, "conversation:Z", f"assessment={CANARY_PHONE}"),
        ("judge", full_shop.store, "same", "9", "10"),
        ("mentions", "answer", full_shop.store, CANARY, "9"),
        ("person", full_shop.store, "10"),
    ]
    for words in calls:
        ran = full_shop.run(*words)
        assert ran.err
        assert "zzyzx" not in ran.err.lower()
        assert CANARY_PHONE not in ran.err
    with full_shop.open() as store:
        picture = store.picture()
        things = [store, store.snapshot(), picture, picture.workplace, picture.identity, picture.directory]
        things += [store.viewer, *store.batches()]
        assert not any(secret in repr(thing) for thing in things for secret in ("Zzyzx", CANARY_PHONE))


def test_every_command_has_its_fixed_name() -> None:
    names = "demo init import imports mentions edit judge leaders groups ties layers person next changes export "
    names += "copy info check backup restore serve export-mark counts leak-report accounts sessions audit "
    names += "keys find erase receipts retention passphrase lock unlock wipe"
    with click.Context(cli) as context:
        assert set(cli.list_commands(context)) == set(names.split())
        for group, parts in (("imports", {"list", "show", "undo"}), ("mentions", {"list", "answer"})):
            command = cli.get_command(context, group)
            assert isinstance(command, click.Group)
            assert set(command.list_commands(context)) == parts
