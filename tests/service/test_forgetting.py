"""Erasing a person: nothing of her is left, what others said counts as before, and the receipt names nobody."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from neo4j import GraphDatabase

from shopfloor import OpenStore, create_store, find_groups, open_store, rank_people
from shopfloor.errors import NotFoundError, RefusedError, StoreLockedError, UsageError
from shopfloor.records import ERASED, KINDS
from shopfloor.service import editing, keeping
from shopfloor.service.answers import find_person, write_back_groups, write_back_leaders
from shopfloor.service.audit import Deed
from shopfloor.service.erasing import REFERENCES, plan_erasure
from shopfloor.service.forgetting import (
    erase_person,
    plan_in_words,
    receipt_in_words,
    receipts,
    still_holding,
)
from shopfloor.service.importing import ImportOptions, import_files
from shopfloor.service.marks import NOBODY, Copy
from shopfloor.service.viewer import Viewer
from tests.conftest import ON_THE_NEWEST
from tests.neo4j_server.server import Neo4jServer
from tests.service.shop import PASSPHRASE
from tests.service.team import Campaign, draw_campaign, leaks, load

ERASER = """\
import os, sys
from shopfloor import open_store
from shopfloor.service.erasing import plan_erasure
from shopfloor.service.forgetting import erase_person
with open_store(sys.argv[1], passphrase=sys.argv[2]) as store:
    plan = plan_erasure(store, sys.argv[3])
    os.write(1, b"!")
    erase_person(store, plan)
    os.write(1, b"+")
"""
LEAD = Viewer("Lea", frozenset({"lead"}))


@dataclass
class Drive:
    """A store with a campaign in it, and who is to be erased from it."""

    store: OpenStore
    campaign: Campaign

    @property
    def her(self) -> str:
        """Somebody who had a conversation and is named by others."""
        talks = self.campaign.files["conversations"]
        named = " ".join(talks["named"])
        return next(p for p in talks["person_id"] if p in named and self.campaign.own_words[p][1] in named)

    @property
    def words(self) -> list[str]:
        """Everything that is hers alone."""
        return list(self.campaign.own_words[self.her])


def filled(store: OpenStore, seed: int = 1) -> Drive:
    """Load a campaign, look at it, correct it, judge in it and write results back, all about the one to erase."""
    drive = Drive(store, draw_campaign(seed))
    load(store, drive.campaign)
    her, name = drive.her, drive.campaign.own_words[drive.her][1]
    edited = editing.edit_record(store, f"person:{her}", {"preferred_name": f"Little {name}", "phone": "555-0198"})
    assert edited.batch_id is not None
    editing.undo_batch(store, edited.batch_id)
    other = next(person for person in drive.campaign.unit_of if person != her)
    again = f"person_id,name\n{her}b,{name}\n"
    import_files(store, [("people.csv", BytesIO(again.encode()))], ImportOptions(source="payroll"))
    editing.judge(store, "same", her, f"{her}b@payroll")
    talk = {"person_id": other, "held_on": "2026-05-01", "organizer": name, "named": f"{name}; Zed Unknown"}
    editing.edit_record(store, "conversation:", talk)
    lead = store.seen_by(LEAD)
    find_person(lead, her)
    lead.note(Deed.SEARCH, text=name)
    write_back_leaders(store, rank_people(store))
    write_back_groups(store, find_groups(store))
    for recipient in (f"{name}, at home", her, "Noor"):
        store.register_copy(Copy(0, recipient, "owner", "2026-05-03", "everything", secret="00ff"))
    return drive


def everything_in(store: OpenStore) -> dict[str, Any]:
    """Return all that the home holds, decrypted."""
    home = store._OpenStore__whole.home  # type: ignore[attr-defined]
    collections = ("audit", "receipts", "backups", "retention", "settings", "sessions", "accounts", "copies")
    held: dict[str, Any] = {kind: home.versions(kind).to_pylist() for kind in KINDS}
    held["batches"] = [str(batch.__dict__ if hasattr(batch, "__dict__") else batch) for batch in home.batches()]
    held["log"] = [raw.decode() for _, raw in home.log_entries()]
    held["documents"] = [raw.decode("latin-1") for one in collections for raw in home.documents(one).values()]
    return held


@pytest.fixture
def drive(template: Path, tmp_path: Path) -> Iterator[Drive]:
    path = tmp_path / "team.store"
    path.write_bytes(template.read_bytes())
    with open_store(path, passphrase=PASSPHRASE) as store:
        yield filled(store)


def test_nothing_of_her_is_left_in_any_table(drive: Drive) -> None:
    store, her, words = drive.store, drive.her, drive.words
    assert leaks(everything_in(store), words)
    receipt = erase_person(store, plan_erasure(store, her), "she asked")
    held = everything_in(store)
    with store._OpenStore__whole.home._connections.reading() as connection:  # type: ignore[attr-defined]
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        held["raw"] = [str(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in tables]  # noqa: S608
    assert leaks(held, [*words, "555-0198"]) == []
    assert leaks([receipt_in_words(receipt), receipt.json], words) == []
    assert keeping.check_store(store) == []
    assert store._OpenStore__whole.audit.verify().faults == ()  # type: ignore[attr-defined]
    assert receipt.n_audit >= 4
    assert [copy.made_for for copy in store.copies()] == [NOBODY, NOBODY, "Noor"]
    assert [copy.secret for copy in store.copies()] == ["00ff"] * 3
    with pytest.raises(NotFoundError):
        plan_erasure(store, her)


@ON_THE_NEWEST
def test_on_a_server_nothing_of_her_is_left_in_any_node(neo4j_server: Neo4jServer) -> None:
    server = neo4j_server
    server.empty()
    with create_store(server.url, user=server.user, passphrase=server.password) as store:
        drive = filled(store)
        before = counted(store, drive.her)
        receipt = erase_person(store, plan_erasure(store, drive.her))
        assert counted(store, drive.her) == before
        assert leaks(everything_in(store), drive.words) == []
        with GraphDatabase.driver(server.url, auth=server.auth, telemetry_disabled=True) as driver:
            nodes = driver.execute_query("MATCH (n) RETURN properties(n)").records
            ties = driver.execute_query("MATCH ()-[r]->() RETURN properties(r)").records
        assert leaks([str(row[0]) for row in [*nodes, *ties]], drive.words) == []
        assert keeping.check_store(store) == []
        assert receipt.n_gone["contact"] == 2
        assert any("transaction logs" in line for line in receipt.stays)


def counted(store: OpenStore, her: str) -> list[tuple[Any, ...]]:
    """Return how many people everybody else named, and how many records others have."""
    place = store.workplace()
    ids = place.people["person_id"]
    asked = place.asked.assign(who=ids.to_numpy()[place.asked["person"]])
    named = asked[asked["who"] != her][["who", "question", "n_named"]]
    jobs = store.snapshot(["assignment"]).tables["assignment"].to_pylist()
    n_foremen = sum(job["foreman"] is not None for job in jobs if job["person_id"] != her)
    return [*map(tuple, named.to_numpy().tolist()), (n_foremen,)]


def test_what_others_said_counts_as_before(drive: Drive) -> None:
    before, open_before = counted(drive.store, drive.her), editing.list_mentions(drive.store)[0]
    plan = plan_erasure(drive.store, drive.her)
    erase_person(drive.store, plan)
    assert counted(drive.store, drive.her) == before
    assert editing.list_mentions(drive.store)[0] == open_before
    talks = drive.store.versions("conversation").to_pylist()
    words = [word for row in talks for word in ERASED.findall(row["named"] or "")]
    assert words
    assert len(set(words)) == len({row["key"] for row in talks if ERASED.search(row["named"] or "")})


def test_a_name_that_two_share_does_not_fall_to_the_other(shop: Any) -> None:
    shop.load(people="person_id,name\n1,Bo Lind\n2,Bo Lind\n3,Cy Moss\n")
    shop.load(conversations="held_on,organizer,person_id,named\n2026-05-01,Org,3,Bo Lind\n")
    with shop.open() as store:
        erase_person(store, plan_erasure(store, "1"))
        assert len(store.workplace().namings) == 0
        assert store.workplace().asked["n_named"].tolist() == [1]


def test_a_name_that_was_answered_for_somebody_else_stays_hers(shop: Any) -> None:
    shop.load(people="person_id,name\n1,Bo Lind\n2,Bo Lind\n3,Cy Moss\n")
    shop.load(conversations="held_on,organizer,person_id,named\n2026-05-01,Org,3,Bo Lind\n")
    with shop.open() as store:
        editing.answer_mention(store, "Bo Lind", "2")
        erase_person(store, plan_erasure(store, "1"))
        assert len(store.workplace().namings) == 1


def test_a_record_that_was_put_right_to_be_about_somebody_else_stays(shop: Any) -> None:
    shop.load(people="person_id,name\n1,Ana Ruiz\n2,Bo Lind\n")
    shop.load(conversations="conversation_id,held_on,organizer,person_id,notes\nC1,2026-05-01,Org,1,kept\n")
    with shop.open() as store:
        editing.edit_record(store, "conversation:C1", {"person_id": "2"})
        erase_person(store, plan_erasure(store, "1"))
        assert [row["person_id"] for row in store.versions("conversation").to_pylist()] == [None, "2"]
        assert store.snapshot().tables["conversation"]["notes"].to_pylist() == ["kept"]


def test_texts_of_others_that_hold_her_name_are_counted_and_not_quoted(shop: Any) -> None:
    shop.load(people="person_id,name\n1,Ana Ruiz\n2,Bo Lind\n")
    talks = (
        "C1,2026-05-01,Org,2,Spoke of ANA  RUIZ too",
        "C2,2026-05-02,Org,2,Banana ruizes",
        ",2026-05-03,Org,2,ask Ana Ruiz",
    )
    shop.load(conversations="conversation_id,held_on,organizer,person_id,notes\n" + "\n".join(talks) + "\n")
    with shop.open() as store:
        receipt = erase_person(store, plan_erasure(store, "1"))
    assert receipt.left == {"conversation.notes": 2}
    assert receipt.left_in == ("conversation:C1",)
    assert leaks([receipt.json, receipt_in_words(receipt)], ["Ana", "ANA", "Spoke"]) == []


def test_the_plan_changes_nothing_and_counts_what_will_happen(drive: Drive) -> None:
    before = everything_in(drive.store)
    plan = plan_erasure(drive.store, drive.her)
    assert everything_in(drive.store) == before
    receipt = erase_person(drive.store, plan)
    assert (receipt.n_gone, receipt.n_rewritten) == (plan.n_gone, plan.n_rewritten)
    assert receipt.n_gone["contact"] == 2
    assert leaks(plan_in_words(plan), drive.words) == []
    assert leaks([repr(plan), repr(plan.whom), repr(plan.erasure), repr(plan.left)], drive.words) == []


def test_a_plan_of_other_data_is_refused(drive: Drive) -> None:
    plan = plan_erasure(drive.store, drive.her)
    editing.edit_record(drive.store, "person:new1", {"name": "Neu Hier"})
    with pytest.raises(StoreLockedError):
        erase_person(drive.store, plan)
    assert receipts(drive.store) == []
    find_person(drive.store, drive.her)


def test_a_reason_that_names_her_is_refused(drive: Drive) -> None:
    plan = plan_erasure(drive.store, drive.her)
    with pytest.raises(UsageError, match="names nobody"):
        erase_person(drive.store, plan, f"{drive.words[1].upper()} asked")
    find_person(drive.store, drive.her)


def test_the_receipt_names_the_copies_made_before(drive: Drive, tmp_path: Path) -> None:
    keeping.write_backup(drive.store, str(tmp_path / "before.store"))
    drive.store.note(Deed.EXPORT, file="people.csv")
    receipt = erase_person(drive.store, plan_erasure(drive.store, drive.her))
    assert [(copy.what, Path(copy.name).name) for copy in receipt.copies] == [
        ("backup", "before.store"),
        ("export", "people.csv"),
    ]
    kept = receipts(drive.store)
    assert kept == [replace(receipt, copies=list(receipt.copies), left_in=[], stays=list(receipt.stays))]
    assert json.loads(receipt.json)["number"] == 1
    holding = still_holding(drive.store)
    assert [(row["what"], row["receipts"]) for row in holding] == [("backup", [1]), ("export", [1])]
    with open_store(tmp_path / "before.store", passphrase=PASSPHRASE) as backup:
        find_person(backup, drive.her)


@pytest.mark.parametrize("roles", [{"organizer"}, {"researcher"}, {"admin"}, set()])
def test_only_who_may_erase_can_plan_or_erase(drive: Drive, roles: set[str]) -> None:
    plan = plan_erasure(drive.store, drive.her)
    seen = drive.store.seen_by(Viewer("x", frozenset(roles), ("Paint", "Press", "Stores")))
    with pytest.raises(RefusedError):
        plan_erasure(seen, drive.her)
    with pytest.raises(RefusedError):
        erase_person(seen, plan)
    find_person(drive.store, drive.her)


def test_a_lead_may_erase(drive: Drive) -> None:
    lead = drive.store.seen_by(LEAD)
    assert erase_person(lead, plan_erasure(lead, drive.her)).by == "Lea"


def test_every_text_field_is_a_reference_a_key_or_known_to_name_nobody() -> None:
    nobody = {
        "contact": "name preferred_name kind language union_membership attributes",
        "contact_details": "phone email address",
        "placement": "department shift crew job_class",
        "conversation": "channel asked issues ask answer notes attributes",
        "assignment": "employer worksite crew shift job_class attributes",
        "connection": "kind reference attributes",
        "assessment": "basis attributes",
        "participation": "action kind step said attributes",
        "tally": "action kind step unit attributes",
        "employer": "name kind address city state zip phone registration union_status attributes",
        "engagement": "client contractor worksite scope reference attributes",
        "link": "kind reference attributes",
        "judgement": "subject verdict why",
    }
    for kind in KINDS.values():
        known = {*nobody[kind.name].split(), *REFERENCES.get(kind.name, ())}
        texts = {spec.name for spec in kind.fields if spec.type is str and not spec.is_key}
        assert texts == known, "a new text field may name a person: then it is one of REFERENCES"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs kill -9")
def test_an_erasure_that_is_killed_is_done_with_its_receipt_or_not_at_all(drive: Drive, tmp_path: Path) -> None:
    her, words, place = drive.her, drive.words, Path(drive.store.location)
    n_gone = plan_erasure(drive.store, her).n_gone
    drive.store.close()
    whole = place.read_bytes()
    took, outcomes = 0.0, []
    for part in (None, 0.02, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9):
        copy = tmp_path / f"{part}.store"
        copy.write_bytes(whole)
        with subprocess.Popen([sys.executable, "-c", ERASER, copy, PASSPHRASE, her], stdout=subprocess.PIPE) as eraser:
            assert eraser.stdout is not None
            assert eraser.stdout.read(1) == b"!"
            began = time.monotonic()
            if part is None:
                assert eraser.stdout.read(1) == b"+"
                took = time.monotonic() - began
            else:
                time.sleep(took * part)
                eraser.kill()
        with open_store(copy, passphrase=PASSPHRASE) as store:
            is_done = len(receipts(store)) == 1
            left = leaks(everything_in(store), words)
            assert (left == []) == is_done
            assert is_done or plan_erasure(store, her).n_gone == n_gone
            assert keeping.check_store(store) == []
            assert store._OpenStore__whole.audit.verify().faults == ()  # type: ignore[attr-defined]
            outcomes.append(is_done)
    assert outcomes[0]
    assert not all(outcomes)
