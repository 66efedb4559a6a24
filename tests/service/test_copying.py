"""A copied store is the same campaign: its records, its accounts and its audit, and nobody logged in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from shopfloor import OpenStore, create_store, open_store
from shopfloor.errors import LogInError, RefusedError, SessionOverError, StoreError
from shopfloor.records import KINDS
from shopfloor.service.audit import Deed
from shopfloor.service.copying import copy_store
from shopfloor.service.door import Door, open_door
from shopfloor.service.erasing import plan_erasure
from shopfloor.service.forgetting import erase_person, known_copies, receipts, register_backup, still_holding
from shopfloor.service.marks import Copy
from shopfloor.service.retention import rules, set_rule
from shopfloor.service.viewer import Viewer
from tests.conftest import ON_THE_NEWEST
from tests.neo4j_server.server import Neo4jServer
from tests.service.letting_in import ADDRESS, WORDS, found_team, join
from tests.service.shop import PASSPHRASE, Shop

LEA: Mapping[str, str] = {"account": "Lea", "account_password": WORDS}


@pytest.fixture
def place(full_shop: Shop) -> Path:
    """Return a store of a team, with everything in it that a store keeps."""
    with open_store(full_shop.store, passphrase=PASSPHRASE) as owner:
        set_rule(owner, "notes", 180)
        register_backup(owner, "old.store")
        erase_person(owner, plan_erasure(owner, "5"))
        owner.set_small_group(7)
        owner.register_copy(Copy(0, "Noor", "owner", "2026-05-03", "everything", secret="00ff"))
    with open_door(full_shop.store, passphrase=PASSPHRASE) as door:
        lea = found_team(door)
        olga = join(door, lea, "Olga", "organizer", units=("Packing",))
        door.store_for(olga.session).workplace()
        door.team_for(lea.session).invite("Otto", ["organizer"], ["Dock"])
    return full_shop.store


def opened(location: Path | str, server: Neo4jServer) -> OpenStore:
    if isinstance(location, Path):
        return open_store(location, passphrase=PASSPHRASE, **LEA)
    return open_store(location, user=server.user, passphrase=server.password, **LEA)


@contextmanager
def door_of(location: Path | str, server: Neo4jServer) -> Iterator[Door]:
    passphrase, user = (PASSPHRASE, None) if isinstance(location, Path) else (server.password, server.user)
    with open_door(location, passphrase=passphrase, user=user) as door:
        yield door


def campaign_of(store: OpenStore) -> dict[str, object]:
    """Return what must be the same in a copy, as its holder sees it."""
    whole = store._OpenStore__whole  # type: ignore[attr-defined]
    held: dict[str, object] = {kind: store.versions(kind).to_pylist() for kind in KINDS}
    held |= {"batches": store.batches(), "revision": store.revision()}
    held |= {"receipts": receipts(store), "rules": rules(store), "copies": store.copies()}
    held |= {"mask": whole._secret(), "threshold": whole.home.documents("counts")["threshold"]}
    return held


def check_copy(place: Path | str, server: Neo4jServer, before: dict[str, object], n_entries: int) -> None:
    with opened(place, server) as store:
        assert campaign_of(store) == before
        assert [(one["what"], one["receipts"]) for one in still_holding(store)] == [("backup", [1])]
        assert store.location not in {copy.name for copy in known_copies(store)}
    with door_of(place, server) as door:
        team = door.team_for(door.log_in("Lea", WORDS, address=ADDRESS).session)
        accounts = {one.name: (one.units, one.can_log_in, one.is_invited) for one in team.accounts()}
        assert accounts == {
            "Lea": ((), True, False),
            "Olga": (("Packing",), True, False),
            "Otto": (("Dock",), False, False),
        }
        assert {one.account for one in team.sessions(is_all=True)} == {"Lea"}
        check = team.verify_audit()
        assert check.faults == ()
        assert check.n_entries > n_entries
        assert any("copied_from" in entry.particulars for entry in team.audit_entries(deeds=[Deed.KEEP]))
        with pytest.raises(LogInError):
            door.owner_store()


@ON_THE_NEWEST
def test_a_copy_has_records_accounts_and_audit_in_both_homes_and_back(
    place: Path, tmp_path: Path, neo4j_server: Neo4jServer
) -> None:
    server, back = neo4j_server, tmp_path / "back.store"
    server.empty()
    with opened(place, server) as source:
        before, n_entries = campaign_of(source), len(source.papers().entries)
        with create_store(server.url, user=server.user, passphrase=server.password) as there:
            copy_store(source, there)
    check_copy(server.url, server, before, n_entries)
    with opened(server.url, server) as source, create_store(back, passphrase=PASSPHRASE) as there:
        copy_store(source, there)
    check_copy(back, server, before, n_entries)
    with opened(back, server) as store:
        assert {server.url, str(place)} <= {copy.name for copy in known_copies(store) if copy.what == "original"}


def test_nobody_is_logged_in_to_a_copy_and_no_invitation_opens_it(place: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied.store"
    with open_door(place, passphrase=PASSPHRASE) as door:
        lea = door.log_in("Lea", WORDS, address=ADDRESS)
        invitation = door.team_for(lea.session).invite("Otto", ["organizer"], ["Dock"])
        with create_store(copied, passphrase=PASSPHRASE) as there:
            copy_store(door.store_for(lea.session), there)
        assert door.invited(invitation) is not None
        with open_door(copied, passphrase=PASSPHRASE) as other:
            assert other.invited(invitation) is None
            with pytest.raises(SessionOverError):
                other.store_for(lea.session)
            assert other.cookie_key() != door.cookie_key()


def test_records_alone_are_their_holders(place: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied.store"
    with (
        open_store(place, passphrase=PASSPHRASE, **LEA) as source,
        create_store(copied, passphrase=PASSPHRASE) as there,
    ):
        n_batches = copy_store(source.seen_by(Viewer("Lea", frozenset({"lead"}))), there, is_records_only=True)
        assert n_batches == len(source.batches())
        assert source.snapshot().tables["contact"].equals(there.snapshot().tables["contact"])
    with open_store(copied, passphrase=PASSPHRASE) as there:
        assert there.viewer.is_owner
        assert (receipts(there), rules(there), there.copies()) == ([], {}, [])


@pytest.mark.parametrize("role", ["lead", "admin", "organizer", "researcher"])
def test_one_role_alone_copies_no_accounts(place: Path, tmp_path: Path, role: str) -> None:
    copied = tmp_path / "copied.store"
    with open_store(place, passphrase=PASSPHRASE, **LEA) as lea, create_store(copied, passphrase=PASSPHRASE) as there:
        with pytest.raises(RefusedError):
            copy_store(lea.seen_by(Viewer("x", frozenset({role}), ("Packing",))), there)
        assert (there.batches(), there.papers().documents, there.papers().entries) == ((), {}, [])


def test_a_store_that_holds_something_takes_over_no_papers(place: Path, tmp_path: Path) -> None:
    busy = tmp_path / "busy.store"
    with create_store(busy, passphrase=PASSPHRASE) as there:
        there.note(Deed.KEEP, what="in use")
        with open_store(place, passphrase=PASSPHRASE, **LEA) as source, pytest.raises(StoreError, match="new store"):
            copy_store(source, there)
        assert there.batches() == ()
    with open_store(busy, passphrase=PASSPHRASE) as there:
        assert there.viewer.is_owner


def test_the_command_copies_all_or_says_what_stays(place: Path, full_shop: Shop) -> None:
    assert place == full_shop.store
    whole, part = full_shop.folder / "whole.store", full_shop.folder / "part.store"
    as_lea = {"SHOPFLOOR_ACCOUNT": "Lea", "SHOPFLOOR_ACCOUNT_PASSWORD": WORDS}
    ran = full_shop.run("copy", place, whole, env=as_lea)
    assert (ran.code, "with accounts, audit, rules and receipts" in ran.err) == (0, True)
    assert full_shop.run("audit", "verify", whole, env=as_lea).code == 0
    ran = full_shop.run("copy", place, part, "--records-only", env=as_lea)
    assert (ran.code, "without accounts and audit" in ran.err) == (0, True)
    assert full_shop.run("leaders", part).code == 0
    refused = full_shop.folder / "refused.store"
    as_olga = {"SHOPFLOOR_ACCOUNT": "Olga", "SHOPFLOOR_ACCOUNT_PASSWORD": WORDS}
    assert full_shop.run("copy", place, refused, env=as_olga).code == 1
    assert not refused.exists()
