import json
from collections.abc import Callable
from pathlib import Path

import pytest

from shopfloor.errors import SessionOverError
from shopfloor.graph.neo4j.keyfile import KEY_FILE
from shopfloor.service.audit import Deed
from shopfloor.service.door import open_door
from tests.conftest import Neo4jPool
from tests.service.letting_in import ADDRESS, WORDS, found_team
from tests.service.shop import FILES, Ran, Shop

Do = Callable[..., Ran]


def test_people_are_found_by_a_phone_number_from_stdin(full_shop: Shop) -> None:
    found = full_shop.do("find", "--phone", "--format", "json", stdin=b"555 0103\n").json
    assert found["rows"] == [{"person_id": "3"}]
    nobody = full_shop.do("find", "--email", stdin=b"nobody@example.org\n")
    assert "Nobody" in nobody.err
    ran = full_shop.run("find", full_shop.store, stdin=b"555-0103\n")
    assert (ran.code, "--phone or --email" in ran.err) == (2, True)
    ran = full_shop.run("find", full_shop.store, "--phone", stdin=b"n/a\n")
    assert (ran.code, "at least 5 digits" in ran.err) == (2, True)


def test_a_store_file_has_a_passphrase_and_no_keys(full_shop: Shop) -> None:
    for words in (["show"], ["rotate"], ["remove", "--yes"]):
        more = ["00000000"] if words[0] == "remove" else []
        ran = full_shop.run("keys", words[0], full_shop.store, *more, *words[1:])
        assert (ran.code, "no key file" in ran.err) == (1, True)
    ran = full_shop.run("init", full_shop.folder / "new.store", "--seal-names")
    assert (ran.code, "encrypted whole" in ran.err) == (2, True)


@pytest.fixture
def on_server(neo4j_pool: Neo4jPool, shop: Shop, tmp_path: Path) -> Do:
    """Return a way to run commands on an empty database, with a key file of its own."""
    server = neo4j_pool.server("2026.08")
    server.empty()
    env = {"SHOPFLOOR_PASSPHRASE": server.password, KEY_FILE: str(tmp_path / "own" / "key.json")}

    def do(command: str, *words: object, stdin: bytes | None = None) -> Ran:
        return shop.run(*command.split(), server.url, *words, stdin=stdin, env=env)

    return do


@pytest.mark.neo4j
def test_a_sealed_store_from_its_making_to_its_second_key(on_server: Do, shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "own" / "key.json"
    made = on_server("init", "--seal-names")
    assert made.code == 0, made.err
    assert str(path) in made.err
    assert "copy the file to a safe place" in made.err
    assert "disk must be encrypted" in made.err
    secret = json.loads(path.read_text(encoding="utf-8"))
    said = [made.err]
    files = [shop.file(name, text) for name, text in FILES.items()]
    for command, *words in (["import", *files, "--list-date", "2026-05-01"], ["leaders", "--write-back"], ["info"]):
        ran = on_server(str(command), *words)
        assert ran.code == 0, ran.err
        said.append(ran.out + ran.err)
    assert "names too" in said[-1]
    leaders = on_server("leaders", "--format", "json").json["rows"]
    assert on_server("find", "--phone", "--format", "json", stdin=b"555-0103").json["rows"] == [{"person_id": "3"}]
    old = secret["active"]
    assert on_server("keys rotate").code == 0
    shown = on_server("keys show", "--format", "json").json["rows"]
    assert [row["state"] for row in shown] == ["active", "retired"]
    assert shown[1]["key"] == old
    ran = on_server("keys remove", shown[0]["key"], "--yes")
    assert (ran.code, "in use" in ran.err) == (1, True)
    assert on_server("keys remove", old, "--yes").code == 0
    assert on_server("leaders", "--format", "json").json["rows"] == leaders
    assert on_server("check").code == 0
    assert secret["keys"][old]["secret"] not in "".join(said)
    path.unlink()
    for command in ("info", "init", "leaders"):
        ran = on_server(command)
        assert (ran.code, "its key file is not here" in ran.err, str(path) in ran.err) == (1, True, True)


@pytest.mark.neo4j
def test_a_wipe_finds_the_key_file_in_its_folder(on_server: Do, tmp_path: Path) -> None:
    folder = tmp_path / "own" / "key.json"
    folder.mkdir(parents=True)
    assert on_server("init").code == 0
    (path,) = folder.iterdir()
    done = on_server("wipe", "--yes")
    assert (done.code, path.exists()) == (0, False), done.err
    gone = on_server("wipe", "--yes")
    assert (gone.code, "Say which key file" in gone.err) == (1, True)


@pytest.mark.neo4j
def test_locking_a_servers_store_ends_all_sessions_and_says_what_stays_open(
    on_server: Do, neo4j_pool: Neo4jPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_server("init").code == 0
    server = neo4j_pool.server("2026.08")
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "own" / "key.json"))
    with open_door(server.url, passphrase=server.password, user=server.user) as door:
        lea = found_team(door)
        assert door.account_of(lea.session).name == "Lea"
        locked = on_server("lock")
        assert locked.code == 0, locked.err
        assert "1 sessions were ended" in locked.err
        assert "NOT locked" in locked.err
        with pytest.raises(SessionOverError):
            door.account_of(lea.session)
        team = door.team_for(door.log_in("Lea", WORDS, address=ADDRESS).session)
        assert team.audit_entries(deeds=[Deed.KEEP])[0].particulars == {"locked": True, "n_sessions_ended": 1}
    (tmp_path / "own" / "key.json").unlink()
    locked = on_server("lock")
    assert (locked.code, "No session was ended" in locked.err) == (0, True)
