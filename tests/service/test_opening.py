import pickle
from datetime import date
from pathlib import Path

import networkx as nx
import pytest

import shopfloor
from shopfloor import create_store, find_groups, open_store, rank_people, to_networkx
from shopfloor.errors import NotFoundError, PassphraseError, RefusedError, StoreError, StoreNotFoundError, UsageError
from shopfloor.service import editing, keeping
from shopfloor.service.answers import find_person, find_ties
from shopfloor.service.importing import ImportOptions, import_files
from shopfloor.service.viewer import Viewer
from tests.service.shop import PASSPHRASE, Shop


def test_the_public_names_work_in_a_notebook(full_shop: Shop) -> None:
    with open_store(full_shop.store, passphrase=PASSPHRASE) as store:
        ranking = rank_people(store)
        assert list(ranking.rows["person_id"][:2]) == ["3", "2"]
        assert len(rank_people(store.workplace(as_of=date(2026, 4, 30)), top=1).rows) == 1
        assert find_groups(store).about["revision"] == 1
        graph = to_networkx(store, "named")
        assert isinstance(graph, nx.DiGraph)
        assert set(graph.successors("1")) == {"2", "3"}


def test_all_public_names_are_there() -> None:
    assert {name for name in shopfloor.__all__ if hasattr(shopfloor, name)} == set(shopfloor.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = shopfloor.nothing


def test_a_picture_is_kept_until_the_data_change(full_shop: Shop) -> None:
    with full_shop.open() as store:
        first = store.picture()
        assert store.picture() is first
        assert store.picture(as_of=date(2026, 5, 1)) is not first
        editing.edit_record(store, "1", {"crew": "Z"})
        assert store.workplace().people["crew"][0] == "Z"


def test_another_process_that_writes_is_seen(full_shop: Shop) -> None:
    with full_shop.open() as reader, full_shop.open() as writer:
        assert len(reader.workplace().people) == 7
        editing.edit_record(writer, "8", {"name": "Gus Hill"})
        assert len(reader.workplace().people) == 8


def test_the_passphrase_comes_from_the_environment_too(full_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLOOR_PASSPHRASE", PASSPHRASE)
    open_store(full_shop.store).close()
    monkeypatch.delenv("SHOPFLOOR_PASSPHRASE")
    with pytest.raises(PassphraseError, match=r"give passphrase=\.\.\."):
        open_store(full_shop.store)
    with pytest.raises(PassphraseError, match="empty"):
        create_store(full_shop.folder / "x.store", passphrase="")


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFoundError, match="shopfloor init"):
        open_store(tmp_path / "none.store", passphrase=PASSPHRASE)


def test_the_owner_is_who_uses_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError

    assert Viewer.owner().role == "owner"
    monkeypatch.setattr("getpass.getuser", nobody)
    assert Viewer.owner() == Viewer("owner", is_owner=True)


def test_backups_are_of_files(full_shop: Shop) -> None:
    with pytest.raises(StoreError, match="neo4j-admin"):
        keeping.restore_backup("neo4j://localhost", str(full_shop.store), PASSPHRASE)


def test_long_work_tells_how_far_it_is(full_shop: Shop) -> None:
    told: list[tuple[str, int, int]] = []
    with full_shop.open() as store:
        import_files(
            store,
            [("people.csv", full_shop.folder / "people.csv")],
            progress=lambda what, done, total: told.append((what, done, total)),
        )
    assert {what for what, _, _ in told} == {"reading", "comparing", "writing"}
    assert all(0 <= done <= total for _, done, total in told)
    assert told[-1][1] == told[-1][2]


def test_options_that_do_not_exist_are_refused_with_near_misses(full_shop: Shop) -> None:
    files = [("people.csv", full_shop.folder / "people.csv")]
    with full_shop.open() as store:
        with pytest.raises(UsageError, match="did you mean people"):
            import_files(store, files, ImportOptions(kind="peopl"))
        with pytest.raises(UsageError, match="small letters"):
            import_files(store, files, ImportOptions(source="Pay Roll"))
        with pytest.raises(NotFoundError, match="no batch 9"):
            import_files(store, files, ImportOptions(replaces=9))
        with pytest.raises(RefusedError):
            rank_people(store, measure="pagerank", include=("supervisors",))
        assert store.revision() == 1


def test_reports_and_answers_name_nobody_in_logs(full_shop: Shop) -> None:
    with full_shop.open() as store:
        report = import_files(store, [("conversations.csv", full_shop.folder / "conversations.csv")])
        shown = [
            report,
            *report.files,
            *report.mentions,
            rank_people(store),
            find_ties(store),
            find_person(store, "1")[0],
        ]
    assert not any(name in repr(thing) for thing in shown for name in ("Ana", "Bo Lind", "Zed", "555-01"))


def test_errors_can_be_carried_between_processes() -> None:
    assert str(pickle.loads(pickle.dumps(RefusedError("why")))) == "why"  # noqa: S301 - our own bytes
