import json
import os
import shutil
import stat
from pathlib import Path

import networkx as nx
import pytest

from shopfloor.graph.contract import FORMAT_VERSION
from shopfloor.graph.embedded import store as embedded
from shopfloor.records import FILES, KINDS
from tests.service.shop import PASSPHRASE, PEOPLE, Shop

PAYROLL = "person_id,name,locker\n17,Ana Ruiz,9\n3,Gus Hill,\n"
PAYROLL_TALKS = "conversation_id,held_on,organizer,person_id,named\nP1,2026-05-05,Org Two,3,17; Zed; Di Oak\n"
ASSESSMENTS = 'person_id,assessment,assessed_on,assessed_by,basis\n1,2,2026-05-05,Org One,"said ""yes"", twice\n;"\n'


@pytest.fixture
def grown_shop(full_shop: Shop) -> Shop:
    """Return the workplace after two lists, a merge, an answer, edits and an undo."""
    full_shop.load("--source", "payroll", people=PAYROLL, conversations=PAYROLL_TALKS)
    full_shop.do("judge", "same", "1", "17@payroll")
    full_shop.do("mentions answer", "Zed", "7")
    full_shop.do("edit", "4", "department=Yard", "crew=")
    full_shop.do("edit", "conversation:C1", "notes=likes coffee")
    full_shop.do("imports undo", full_shop.load(people="person_id,name\n9,Hal Ives\n"))
    full_shop.load(
        "--list-date",
        "2026-05-01",
        employers="employer_id,name,union_status\nE1,Acme,non-union\n",
        engagements="client,contractor,tier,amount\nAcme,Best,1,1000.5\n",
        links="from_party,to_party,kind\nAcme,Best,ownership\n",
        actions="action,held_on,step,person_id,said,did,unit,n_eligible,n_did\n"
        "Petition,2026-05-05,1,1,yes,yes,,,\nVote,2026-05-05,1,,,,Dock,3,2\n",
        assessments=ASSESSMENTS,
    )
    return full_shop


def second(shop: Shop, name: str = "second") -> Shop:
    """Return a shop whose store is not there yet."""
    other = Shop.__new__(Shop)
    other.folder = shop.folder / name
    other.folder.mkdir()
    other.store = other.folder / "other.store"
    return other


def test_init_makes_a_store_and_refuses_to_overwrite_one(shop: Shop) -> None:
    path = shop.folder / "new.store"
    said = shop.ok("init", path).err
    assert "Nobody can recover the passphrase" in said
    before = path.read_bytes()
    ran = shop.run("init", path)
    assert ran.code == 2
    assert "exists already" in ran.err
    assert path.read_bytes() == before
    assert not before.startswith(b"SQLite")


def test_init_in_a_folder_that_is_not_there_says_so(shop: Shop) -> None:
    ran = shop.run("init", shop.folder / "nowhere" / "new.store")
    assert ran.code == 1
    assert "There is no folder" in ran.err


def test_init_warns_of_a_folder_that_is_synchronised(shop: Shop) -> None:
    folder = shop.folder / "Dropbox"
    folder.mkdir()
    assert "synchronised" in shop.ok("init", folder / "new.store").err


def test_info_counts_what_is_there(grown_shop: Shop) -> None:
    answer = grown_shop.answer("info")
    counts = {row["what"]: row["n"] for row in answer["rows"]}
    assert (counts["people"], counts["contact"], counts["people who left"], counts["open mentions"]) == (8, 9, 1, 2)
    assert answer["about"]["protection"] == "encrypted at rest under your passphrase."
    assert answer["about"]["n_batches"] == 7


def test_a_folder_export_imported_again_gives_the_same_answers(grown_shop: Shop) -> None:
    folder = grown_shop.folder / "out"
    paths = grown_shop.do("export", folder, "--everything").out.split()
    assert {Path(path).stem for path in paths} == FILES.keys()
    other = second(grown_shop)
    other.ok("init", other.store)
    report = other.do("import", *paths, "--list-date", "2026-05-01").err
    assert " 0 rejected" in report
    assert other.seen() == grown_shop.seen()
    for key in ("1", "4", "3@payroll"):
        one, two = other.person(key), grown_shop.person(key)
        assert one == two


def test_a_folder_export_imported_again_exports_the_same_files(grown_shop: Shop) -> None:
    folder = grown_shop.folder / "out"
    paths = grown_shop.do("export", folder, "--everything").out.split()
    other = second(grown_shop)
    other.ok("init", other.store)
    other.do("import", *paths, "--list-date", "2026-05-01")
    assert other.exported() == {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def test_an_export_never_overwrites(full_shop: Shop) -> None:
    full_shop.file("taken.json", "{}")
    full_shop.file("folder/people.csv", PEOPLE)
    for name in ("taken.json", "folder", "data.parquet"):
        assert full_shop.run("export", full_shop.store, full_shop.folder / name).code == 2
    assert (full_shop.folder / "taken.json").read_text(encoding="utf-8") == "{}"


def test_an_export_warns_that_it_is_not_encrypted(full_shop: Shop) -> None:
    assert "not encrypted" in full_shop.do("export", full_shop.folder / "out.json").err


def test_the_json_export_holds_all_versions_and_batches(grown_shop: Shop) -> None:
    path = grown_shop.folder / "all.json"
    grown_shop.do("export", path)
    everything = json.loads(path.read_text(encoding="utf-8"))
    assert everything["about"]["format"] == FORMAT_VERSION
    assert everything["records"].keys() == KINDS.keys()
    with grown_shop.open() as store:
        assert [batch["batch_id"] for batch in everything["batches"]] == [b.batch_id for b in store.batches()]
        for kind in KINDS:
            assert len(everything["records"][kind]) == store.versions(kind).num_rows
    gone = [row for row in everything["records"]["contact"] if row["key"] == "9"]
    assert [row["name"] for row in gone] == ["Hal Ives"]


@pytest.mark.parametrize("ending", ["graphml", "gexf"])
def test_graph_exports_are_read_by_networkx(full_shop: Shop, ending: str) -> None:
    path = full_shop.folder / f"map.{ending}"
    full_shop.do("export", path)
    graph: nx.Graph[str] = nx.read_graphml(path) if ending == "graphml" else nx.read_gexf(path)
    assert set(graph) == {"1", "2", "3", "4", "5", "6", "7"}
    assert graph.nodes["1"]["name"] == "Ana Ruiz"
    assert graph.nodes["6"]["is_supervisor"] is True
    layers = {data["layer"] for _, _, data in graph.edges(data=True)}
    assert layers >= {"named", "told", "worked_with"}


def test_a_copy_is_the_same_store(grown_shop: Shop) -> None:
    other = second(grown_shop)
    grown_shop.do("copy", other.store)
    assert other.seen() == grown_shop.seen()
    assert other.imports() == grown_shop.imports()
    assert other.exported() == grown_shop.exported()
    with other.open() as copied, grown_shop.open() as first:
        assert copied.revision() == first.revision()
        assert all(copied.versions(kind).equals(first.versions(kind)) for kind in KINDS)
    other.do("imports undo", 1)
    assert grown_shop.seen() != other.seen()


def test_a_copy_never_overwrites(full_shop: Shop) -> None:
    taken = full_shop.file("taken.store", "precious")
    assert full_shop.run("copy", full_shop.store, taken).code == 2
    assert taken.read_text(encoding="utf-8") == "precious"


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_store_and_its_copies_are_for_nobody_else_on_the_machine(full_shop: Shop) -> None:
    fresh, backup = full_shop.folder / "fresh.store", full_shop.folder / "backup.store"
    other, before = second(full_shop), os.umask(0o022)
    try:
        full_shop.ok("init", fresh)
        full_shop.do("backup", backup)
        other.ok("restore", other.store, backup)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (fresh, backup, other.store)] == [0o600] * 3


def test_a_backup_is_restored_with_the_same_passphrase(grown_shop: Shop) -> None:
    backup = grown_shop.folder / "backup.store"
    grown_shop.do("backup", backup)
    before = grown_shop.seen()
    assert b"Ana Ruiz" not in backup.read_bytes()
    grown_shop.do("imports undo", 1)
    other = second(grown_shop)
    other.ok("restore", other.store, backup)
    assert other.seen() == before
    assert grown_shop.run("restore", other.store, backup).code == 1
    assert grown_shop.run("backup", grown_shop.store, backup).code == 1


def flip(path: Path, start: int, length: int = 64) -> None:
    data = bytearray(path.read_bytes())
    data[start : start + length] = bytes(byte ^ 0xFF for byte in data[start : start + length])
    path.write_bytes(bytes(data))


def test_check_says_sound_of_a_sound_store(grown_shop: Shop) -> None:
    ran = grown_shop.do("check")
    assert (ran.out, ran.err) == ("", "Sound.\n")


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_check_reports_damage_and_a_damaged_backup_is_not_restored(grown_shop: Shop, part: float) -> None:
    damaged = grown_shop.folder / "damaged.store"
    shutil.copyfile(grown_shop.store, damaged)
    flip(damaged, int(damaged.stat().st_size * part))
    ran = grown_shop.run("check", damaged)
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert "findings" in ran.err or "damaged" in ran.err
    other = second(grown_shop)
    assert other.run("restore", other.store, damaged).code == 1
    assert not other.store.exists()


def test_damage_at_the_very_start_is_told_as_a_key_that_does_not_fit(full_shop: Shop) -> None:
    flip(full_shop.store, 100)
    ran = full_shop.run("leaders", full_shop.store)
    assert ran.code == 1
    assert "does not open" in ran.err


def test_a_wrong_passphrase_opens_nothing(full_shop: Shop) -> None:
    before = full_shop.store.read_bytes()
    for command in ("leaders", "info", "check"):
        ran = full_shop.run(command, full_shop.store, env={"SHOPFLOOR_PASSPHRASE": "wrong horse"})
        assert ran.code == 1
        assert "The passphrase does not open" in ran.err
        assert "wrong horse" not in ran.err
    assert full_shop.store.read_bytes() == before


def test_the_passphrase_can_stand_in_a_file(full_shop: Shop) -> None:
    path = full_shop.file("words.txt", PASSPHRASE + "\r\nand a note\n")
    nothing = {"SHOPFLOOR_PASSPHRASE": None}
    ran = full_shop.run("leaders", full_shop.store, "--passphrase-file", path, env=nothing)
    assert ran.code == 0
    empty = full_shop.file("empty.txt", "")
    assert full_shop.run("leaders", full_shop.store, "--passphrase-file", empty, env=nothing).code == 1


def test_without_a_passphrase_and_a_terminal_it_says_how_to_give_one(full_shop: Shop) -> None:
    ran = full_shop.run("leaders", full_shop.store, env={"SHOPFLOOR_PASSPHRASE": None})
    assert ran.code == 1
    assert "SHOPFLOOR_PASSPHRASE" in ran.err


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "There is no store at"),
        (b"", "no Shopfloor store"),
        (b"PK\x03\x04" + b"x" * 5000, "a zip archive"),
        (b"SQLite format 3\x00" + b"x" * 4080, "an unencrypted SQLite database"),
        (PEOPLE.encode(), "no Shopfloor store"),
        (b"x" * 8192, "does not open"),
    ],
)
def test_what_is_no_store_is_told_and_left_alone(shop: Shop, data: bytes | None, says: str) -> None:
    path = shop.folder / "thing"
    if data is not None:
        path.write_bytes(data)
    ran = shop.run("leaders", path)
    assert ran.code == 1
    assert says in ran.err
    assert (path.read_bytes() if path.exists() else None) == data


def test_a_folder_is_no_store(shop: Shop) -> None:
    ran = shop.run("leaders", shop.folder)
    assert (ran.code, "is a folder" in ran.err) == (1, True)


def test_a_store_of_a_newer_program_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shop.folder / "newer.store"
    with monkeypatch.context() as patch:
        patch.setattr(embedded, "FORMAT_VERSION", FORMAT_VERSION + 1)
        shop.ok("init", path)
    before = path.read_bytes()
    ran = shop.run("import", path, shop.file("people.csv", PEOPLE))
    assert ran.code == 1
    assert "newer Shopfloor" in ran.err
    assert path.read_bytes() == before
