"""The commands that forget."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.service.shop import PASSPHRASE, Shop

NEW = "another four random words"


def test_erase_says_what_it_will_do_and_asks(full_shop: Shop) -> None:
    before = full_shop.revision()
    ran = full_shop.run("erase", full_shop.store, "1", stdin=b"n\n")
    assert ran.code != 0
    assert "to go, with all versions: 1 contact\n" in ran.err
    assert "Erase for good?" in ran.err
    assert full_shop.revision() == before


def test_erase_prints_a_receipt_that_is_kept(full_shop: Shop) -> None:
    text = full_shop.do("erase", "1", "--yes", "--why", "asked for it").out
    assert text.startswith("Receipt 1 of ")
    assert "Why: asked for it" in text
    assert "Gone: 1 contact\n" in text
    assert "Ana" not in text
    assert full_shop.do("receipts").out == text
    (kept,) = json.loads(full_shop.do("receipts", "--format", "json").out)
    assert kept["n_gone"]["conversation"] == 1
    assert full_shop.run("person", full_shop.store, "1").code == 1
    assert full_shop.do("check").err.endswith("Sound.\n")


def test_erase_can_print_json(full_shop: Shop) -> None:
    receipt = full_shop.do("erase", "2", "--yes", "--format", "json").json
    assert (receipt["number"], receipt["reason"]) == (1, "person")


def test_erasing_nobody_fails_without_a_receipt(full_shop: Shop) -> None:
    assert full_shop.run("erase", full_shop.store, "999", "--yes").code == 1
    assert full_shop.do("receipts").out.strip() == ""


def test_info_names_the_backups_that_hold_the_erased_still(full_shop: Shop) -> None:
    full_shop.do("backup", full_shop.folder / "old.store")
    assert "still" not in full_shop.do("info").err
    full_shop.do("erase", "1", "--yes")
    full_shop.do("erase", "2", "--yes")
    full_shop.do("backup", full_shop.folder / "new.store")
    told = [line for line in full_shop.do("info").err.splitlines() if "still" in line]
    assert len(told) == 1
    assert told[0].startswith("Holds the erased of receipt 1, 2 still: backup ")
    assert "old.store" in told[0]


def test_rules_are_set_shown_tried_and_applied(full_shop: Shop) -> None:
    full_shop.do("retention set", "conversation", "2 days")
    rows = {row["rule"]: row for row in full_shop.do("retention show", "--format", "json").json["rows"]}
    assert (rows["conversation"]["days"], rows["conversation"]["overdue"]) == (2, 6)
    assert rows["notes"]["days"] is None
    assert "Overdue: 6 by the rule 'conversation' (2 days)" in full_shop.do("info").err
    before = full_shop.revision()
    tried = full_shop.do("retention apply", "--dry-run", "--today", "2026-05-04")
    assert "conversations go after 2 days: 1" in tried.err
    assert full_shop.revision() == before
    assert "Gone: 1 conversation\n" in full_shop.do("retention apply", "--yes", "--today", "2026-05-04").out
    assert "Nothing is overdue." in full_shop.do("retention apply", "--today", "2026-05-04").err
    full_shop.do("retention set", "conversation", "never")
    assert "Overdue" not in full_shop.do("info").err


def test_a_rule_that_is_none_is_refused(full_shop: Shop) -> None:
    assert full_shop.run("retention", "set", full_shop.store, "gossip", "2 days").code == 2
    assert full_shop.run("retention", "set", full_shop.store, "notes", "soon").code == 2


def test_the_passphrase_is_changed_from_a_file_and_backups_keep_the_old(shop: Shop) -> None:
    shop.do("backup", shop.folder / "old.store")
    said = shop.do("passphrase", "--new-passphrase-file", shop.file("new.txt", NEW + "\n"))
    assert "Opens with the old passphrase still: backup " in said.err
    assert NEW not in said.err + said.out
    assert shop.run("info", shop.store).code == 1
    shop.do("info", "--passphrase-file", shop.folder / "new.txt")
    shop.ok("info", shop.folder / "old.store")


def test_a_weak_passphrase_is_refused_for_a_new_store_too(shop: Shop) -> None:
    weak = shop.file("weak.txt", "too short\n")
    assert shop.run("passphrase", shop.store, "--new-passphrase-file", weak).code == 2
    ran = shop.run("init", shop.folder / "second.store", "--passphrase-file", weak)
    assert ran.code == 2
    assert "too short: 12" in ran.err
    assert not (shop.folder / "second.store").exists()


def test_locking_needs_no_passphrase_and_unlocking_does(shop: Shop) -> None:
    ran = shop.run("lock", shop.store, env={"SHOPFLOOR_PASSPHRASE": None})
    assert ran.code == 0, ran.err
    assert "is locked" in shop.run("info", shop.store).err
    assert shop.run("unlock", shop.store).code == 1, "what this machine remembers does not unlock"
    shop.do("unlock", "--passphrase-file", shop.file("pass.txt", PASSPHRASE))
    shop.do("info")


def test_wipe_asks_and_names_the_copies_that_remain(full_shop: Shop) -> None:
    backup = full_shop.folder / "old.store"
    full_shop.do("backup", backup)
    assert full_shop.run("wipe", full_shop.store, stdin=b"n\n").code != 0
    full_shop.do("info")
    said = full_shop.do("wipe", "--yes").err
    assert f"Remains: backup {backup}" in said
    assert not full_shop.store.exists()
    full_shop.ok("info", backup)


def test_a_store_that_does_not_open_can_be_wiped(shop: Shop, tmp_path: Path) -> None:
    ran = shop.run("wipe", shop.store, "--yes", env={"SHOPFLOOR_PASSPHRASE": None})
    assert ran.code == 0, ran.err
    assert "not known" in ran.err
    assert not list(tmp_path.glob("drive.store*"))


def test_a_dashboard_ends_when_its_store_is_locked(full_shop: Shop) -> None:
    environment = {**os.environ, "SHOPFLOOR_PASSPHRASE": PASSPHRASE, "BROWSER": "true"}
    command = [sys.executable, "-m", "shopfloor", "serve", str(full_shop.store)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        assert any("http://127.0.0.1" in line for line in iter(served.stderr.readline, ""))
        full_shop.do("lock")
        assert served.wait(10) == 0
    full_shop.do("unlock", "--passphrase-file", full_shop.file("pass.txt", PASSPHRASE))
    full_shop.do("check")
