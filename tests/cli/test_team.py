"""Accounts, sessions and audit from the command line; and what every command shows to whom in team mode."""

import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

import click
import pyotp
import pytest

from shopfloor.cli.main import main
from shopfloor.service.door import Door, open_door
from tests.service.letting_in import ADDRESS, WORDS
from tests.service.shop import PASSPHRASE, Ran, Shop
from tests.service.team import Campaign, draw_campaign, load


def as_account(name: str, password: str = WORDS) -> dict[str, str | None]:
    """Return the environment of somebody who logs in."""
    return {"SHOPFLOOR_ACCOUNT": name, "SHOPFLOOR_ACCOUNT_PASSWORD": password, "SHOPFLOOR_SESSION": None}


NOBODY: dict[str, str | None] = dict.fromkeys(as_account(""))


class Team:
    """A store in team mode, and the command line of several people."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def run(self, who: str | None, command: str, *words: object, stdin: bytes | None = None) -> Ran:
        """Run a command on the store as somebody."""
        environment = NOBODY if who is None else as_account(who)
        return self.shop.run(*command.split(), self.shop.store, *words, stdin=stdin, env=environment)

    def ok(self, who: str | None, command: str, *words: object) -> Ran:
        """Run a command that must succeed."""
        ran = self.run(who, command, *words)
        assert ran.code == 0, ran.err
        return ran

    def join(self, name: str, *words: object, by: str | None = "Lea") -> None:
        """Invite somebody and let her accept."""
        invitation = self.ok(by, "accounts invite", name, *words).out.strip()
        accepting = {"SHOPFLOOR_INVITATION": invitation, "SHOPFLOOR_ACCOUNT_PASSWORD": WORDS}
        ran = self.shop.run("accounts", "accept", self.shop.store, env=accepting)
        assert ran.code == 0, ran.err


@pytest.fixture
def team(full_shop: Shop) -> Team:
    """Return a team of Lea, lead and admin, and Olga, organizer of Packing."""
    made = Team(full_shop)
    made.join("Lea", "--role", "lead", "--role", "admin", by=None)
    made.join("Olga", "--role", "organizer", "--unit", "Packing")
    return made


def test_with_an_account_the_command_line_asks_who_one_is(team: Team) -> None:
    ran = team.run(None, "leaders")
    assert (ran.code, ran.out) == (1, "")
    assert "--account NAME" in ran.err
    missing = team.run(None, "leaders", "--account", "Olga")
    assert missing.code == 1
    assert "SHOPFLOOR_ACCOUNT_PASSWORD" in missing.err
    wrong = team.shop.run("leaders", team.shop.store, env=as_account("Olga", "wrong words here"))
    assert (wrong.code, wrong.out) == (1, "")
    assert "does not fit" in wrong.err


def test_an_account_can_be_said_by_option_and_file(team: Team) -> None:
    file = team.shop.file("words.txt", WORDS + "\nand a note\n")
    ran = team.run(None, "leaders", "--account", "olga", "--account-password-file", file, "--format", "json")
    assert ran.code == 0, ran.err
    assert {row["person_id"] for row in ran.json["rows"]} == {"1", "2", "3"}
    assert len(team.ok("Lea", "leaders", "--format", "json").json["rows"]) == 5


def test_the_option_outranks_the_environment(team: Team) -> None:
    ran = team.ok("Lea", "leaders", "--account", "Olga", "--format", "json")
    assert len(ran.json["rows"]) == 3


def test_an_account_without_accounts_is_no_account(full_shop: Shop) -> None:
    ran = full_shop.run("leaders", full_shop.store, "--account", "Lea")
    assert ran.code == 2
    assert "has no accounts" in ran.err


def test_the_first_account_leads_and_manages(full_shop: Shop) -> None:
    ran = full_shop.run("accounts", "invite", full_shop.store, "Olga", "--role", "organizer")
    assert (ran.code, ran.out) == (1, "")
    assert "lead and admin" in ran.err


def test_an_invitation_is_printed_once_and_kept_nowhere(team: Team) -> None:
    ran = team.ok("Lea", "accounts invite", "Nia", "--role", "organizer")
    assert "sees nobody" in ran.err
    invitation = ran.out.strip()
    assert len(invitation) >= 43
    assert invitation not in ran.err
    assert invitation not in team.ok("Lea", "accounts list", "--format", "json").out
    file = team.shop.file("invitation.txt", invitation + "\n")
    accept = ["accounts", "accept", team.shop.store, "--invitation-file", file]
    too_short = team.shop.run(*accept, env=as_account("", "short"))
    assert (too_short.code, "12 characters" in too_short.err) == (2, True)
    assert team.shop.run(*accept, env=as_account("")).code == 0
    again = team.shop.run(*accept, env=as_account(""))
    assert (again.code, "was used" in again.err) == (1, True)


def test_accounts_are_listed_changed_and_ended(team: Team) -> None:
    listed = team.ok("Lea", "accounts list", "--format", "json").json["rows"]
    assert [(row["name"], row["state"], row["roles"], row["units"]) for row in listed] == [
        ("Lea", "active", ["lead", "admin"], []),
        ("Olga", "active", ["organizer"], ["Packing"]),
    ]
    team.ok("Lea", "accounts change", "Olga", "--unit", "Dock")
    rows = team.ok("Olga", "leaders", "--format", "json").json["rows"]
    assert {row["person_id"] for row in rows} == {"4", "7"}
    team.ok("Lea", "accounts change", "Olga", "--no-units")
    assert team.ok("Olga", "leaders", "--format", "json").json["rows"] == []
    assert team.run("Lea", "accounts change", "Olga").code == 2
    assert team.run("Lea", "accounts end", "Olga").code == 1
    assert team.run("Lea", "accounts end", "Olga", stdin=b"y\n").code == 0
    assert team.run("Olga", "leaders").code == 1
    stays = team.run("Lea", "accounts end", "Lea", "--yes")
    assert (stays.code, "last account" in stays.err) == (1, True)


def test_who_may_not_manage_accounts_cannot(team: Team) -> None:
    for command, *words in (
        ("accounts list",),
        ("accounts invite", "Eve", "--role", "lead"),
        ("accounts change", "Olga", "--role", "lead"),
        ("accounts end", "Lea", "--yes"),
        ("accounts remove-second-factor", "Lea"),
        ("accounts unlink", "Lea"),
        ("accounts require-second-factor",),
        ("sessions list", "--of", "Lea"),
        ("sessions end", "--of", "Lea"),
        ("audit list",),
        ("audit verify",),
    ):
        ran = team.run("Olga", command, *words)
        assert (ran.code, ran.out) == (1, ""), command
        assert "may not do this" in ran.err


def test_a_second_factor_is_set_up_and_asked_for(team: Team) -> None:
    assert team.run("Lea", "accounts require-second-factor").code == 1
    wrong = team.run("Olga", "accounts second-factor", stdin=b"000000\n")
    assert wrong.code == 1
    door = open_door(team.shop.store, passphrase=PASSPHRASE)
    secret = _with_second_factor(door, "Lea")
    door.close()
    code = {**as_account("Lea"), "SHOPFLOOR_ACCOUNT_CODE": pyotp.TOTP(secret).now()}
    require = ["accounts", "require-second-factor", team.shop.store]
    without = team.shop.run(*require, env=as_account("Lea"))
    assert (without.code, "does not fit" in without.err) == (1, True)
    ran = team.shop.run(*require, env=code)
    assert ran.code == 0, ran.err
    used = team.shop.run(*require, env=code)
    assert (used.code, "does not fit" in used.err) == (1, True)
    shut = team.run("Olga", "leaders")
    assert (shut.code, shut.out) == (1, "")
    assert "second factor" in shut.err


def _with_second_factor(door: Door, name: str) -> str:
    """Set up a second factor whose next code still counts."""
    team = door.team_by(name, WORDS, address=ADDRESS)
    secret = team.begin_second_factor(WORDS, address=ADDRESS).secret
    last = pyotp.TOTP(secret).at(_before_now())
    team.confirm_second_factor(last)
    return secret


def _before_now() -> int:
    import time  # noqa: PLC0415

    return int(time.time()) - 30


def test_sessions_are_listed_and_ended(team: Team) -> None:
    with open_door(team.shop.store, passphrase=PASSPHRASE) as door:
        door.log_in("Olga", WORDS, address="192.0.2.8", agent="Firefox Linux")
        door.log_in("Lea", WORDS, address="192.0.2.9")
    everybodys = team.ok("Lea", "sessions list", "--format", "json").json["rows"]
    assert {(row["account"], row["address"]) for row in everybodys} == {("Olga", "192.0.2.8"), ("Lea", "192.0.2.9")}
    own = team.ok("Olga", "sessions list", "--format", "json").json["rows"]
    assert [(row["account"], row["device"]) for row in own] == [("Olga", "Firefox on Linux")]
    other = next(row["session_id"] for row in everybodys if row["account"] == "Lea")
    assert team.run("Olga", "sessions end", other).code == 1
    team.ok("Olga", "sessions end", own[0]["session_id"])
    assert team.ok("Lea", "sessions end", "--of", "Lea").err == "1 ended.\n"
    assert team.ok("Lea", "sessions list", "--format", "json").json["rows"] == []
    assert team.run("Lea", "sessions end").code == 2


def test_a_session_is_begun_once_for_several_commands(team: Team) -> None:
    token = team.ok("Olga", "sessions begin").out.strip()
    inside: dict[str, str | None] = {**NOBODY, "SHOPFLOOR_SESSION": token}
    for command in (["leaders"], ["sessions", "list"]):
        ran = team.shop.run(*command, team.shop.store, env=inside)
        assert ran.code == 0, ran.err
    assert "command line" in ran.out
    assert "Lea" not in ran.out
    team.ok("Lea", "accounts change", "Olga", "--no-units")
    shown = team.shop.run("leaders", team.shop.store, "--format", "json", env=inside)
    assert shown.json["rows"] == []
    outranked = team.shop.run("leaders", team.shop.store, "--account", "Lea", env={**inside, **as_account("")})
    assert (outranked.code, "Ana Ruiz" in outranked.out) == (0, True)
    assert team.shop.run("sessions", "end", team.shop.store, "--own", env=inside).code == 0
    over = team.shop.run("leaders", team.shop.store, env=inside)
    assert (over.code, over.out) == (1, "")
    assert "Log in again" in over.err


def test_there_is_no_session_without_accounts(full_shop: Shop) -> None:
    assert full_shop.run("sessions", "begin", full_shop.store).code == 2


def test_the_audit_answers_who_saw_her_and_is_checked(team: Team) -> None:
    team.ok("Olga", "person", "1")
    team.ok("Lea", "edit", "1", "phone=555-0199")
    rows = team.ok("Lea", "audit list", "--person", "1", "--format", "json").json["rows"]
    assert [(row["by"], row["deed"]) for row in rows] == [("Lea", "change"), ("Olga", "view a person")]
    assert "555-0199" not in str(rows)
    shown = team.ok("Lea", "audit list", "--by", "Olga", "--deed", "view a person").out
    assert "person: 1" in shown
    head = team.ok("Lea", "audit verify").out.strip()
    assert len(head) == 64
    team.ok("Lea", "audit verify", "--head", head)
    cut_off = team.run("Lea", "audit verify", "--head", "0" * 63 + "1")
    assert cut_off.code == 1
    assert "missing or were replaced" in cut_off.out


def test_nothing_that_is_typed_makes_a_line_of_its_own_in_the_audit(team: Team) -> None:
    forged = "x\r\n999  2026-05-04 08:00:00  Lea  log in\x1b[2J\u2028999  now"
    assert team.shop.run("leaders", team.shop.store, env=as_account(forged, forged)).code == 1
    for command, *words in (
        ("accounts invite", forged, "--role", "organizer"),
        ("accounts change", "Olga", "--unit", forged),
        ("person", forged),
        ("edit", forged, "phone=555-0199"),
    ):
        assert team.run("Lea", command, *words).code != 0, command
    lines = team.ok("Lea", "audit list", "--top", "0").out.split("\n")
    numbers = [int(line.split()[0]) for line in lines if line[:1].isdigit() or line[:1] == " "]
    assert numbers == list(range(len(numbers), 0, -1))
    assert len(numbers) > 6
    assert len([line for line in lines if line]) - len(numbers) <= 2
    assert not [sign for line in lines for sign in line if not sign.isprintable()]


# What every command shows to whom.

MEMBERS: Mapping[str, Sequence[str]] = {
    "Olga": ["--role", "organizer", "--unit", "Paint"],
    "Otto": ["--role", "organizer"],
    "Ria": ["--role", "researcher"],
    "Ada": ["--role", "admin"],
    "Rio": ["--role", "researcher", "--role", "admin"],
}
SHOWS_NO_STORE = {("demo",): "makes up its own people", ("serve",): "pages have tests of their own"}
OPTIONS: Mapping[str, str] = {"unit": "Press", "units": "Press", "by": "unit", "role": "lead", "top": "0"}
"""What stands for an option by its name, where it takes a text."""

NEEDS_NO_ACCOUNT = {("lock",), ("unlock",), ("wipe",)}
"""What whoever has the file can do with it anyway, and does in a hurry."""


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command there is, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return draw_campaign(3, 12)


@pytest.fixture(scope="module")
def drawn(campaign: Campaign, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of the campaign in team mode."""
    shop = Shop(tmp_path_factory.mktemp("drawn"), template)
    with shop.open() as store:
        load(store, campaign)
    team = Team(shop)
    team.join("Lea", "--role", "lead", "--role", "admin", by=None)
    for name, words in MEMBERS.items():
        team.join(name, *words)
    return shop.store


def values(campaign: Campaign, folder: Path) -> dict[str, list[str]]:
    """Return what stands for each parameter of a command: other people's ids, places to write to, ..."""
    outside = campaign.outside("Paint")[0]
    inside = next(person for person, unit in campaign.unit_of.items() if unit == "Paint")
    listed = folder / "list.csv"
    listed.write_text(f"person_id,name\n{outside},Neu Name\n", encoding="utf-8")
    return {
        "destination": [str(folder / name) for name in ("out", "out.graphml", "out.xlsx", "out.json", "out.gexf")],
        "source": [str(folder / "drive.store")],
        "files": [str(listed)],
        "file": [str(listed)],
        "batch_id": ["1"],
        "mention": ["Nobody Known"],
        "person_id": [outside, inside],
        "record": [f"person:{outside}", f"conversation:talk-{outside}", f"person:{inside}"],
        "values": ["preferred_name=x", "notes=x", "preferred_name=x"],
        "verdict": ["same"],
        "one": [inside],
        "other": [outside],
        "name": ["Lea", "Olga"],
        "session_id": ["x"],
        "rule": ["conversation"],
        "span": ["30d"],
    }


def calls(command: click.Command, known: Mapping[str, list[str]], *, is_thorough: bool) -> Iterator[list[str]]:
    """Yield the words after STORE of several calls of a command; a parameter that nobody foresaw gets an id."""
    wanted = [p for p in command.params if isinstance(p, click.Argument) and p.name != "store"]
    places = [known.get(str(p.name), known["person_id"]) for p in wanted]
    switches = {option for p in command.params for option in p.opts}
    extra = ["--yes"] if "--yes" in switches else []
    forms = (["--format", "table"], ["--format", "json"]) if "--format" in switches else ([],)
    filled = zip_longest(*places) if places else [()]
    for row in filled:
        words = [word or place[-1] for word, place in zip(row, places, strict=True)]
        for form in forms:
            yield [*words, *extra, *form]
    first = [place[0] for place in places]
    for option in (p for p in command.params if isinstance(p, click.Option) and is_thorough):
        for said in choices(option, known):
            yield [*first, *extra, option.opts[0], *said]


def choices(option: click.Option, known: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """Yield the words that may follow an option which changes what is shown."""
    if option.name in ("yes", "form") or str(option.name).endswith("_file"):
        return
    if option.is_flag:
        yield []
    elif isinstance(option.type, click.Choice):
        yield from ([str(choice)] for choice in option.type.choices)
    elif option.nargs == 1 and option.name in OPTIONS:
        yield [OPTIONS[option.name]]
    elif option.nargs == 1 and option.name in known:
        yield [known[option.name][0]]


def text_in(path: Path) -> str:
    """Return what a written file says, the parts of a workbook too."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return path.read_bytes().decode("utf-8", "replace")


def leaked(campaign: Campaign, units: Sequence[str], folder: Path, ran: Ran, words: Sequence[str]) -> list[str]:
    """Return the words outside the scope that a command printed or wrote, but for what it was told itself."""
    written = [p for p in folder.rglob("*") if p.is_file() and p.name not in ("drive.store", "list.csv")]
    text = "\n".join([ran.out, ran.err, *(text_in(path) for path in written)])
    told = " ".join(words)
    return [word for word in campaign.words_outside(*units) if word in text and word not in told]


@pytest.mark.slow
@pytest.mark.parametrize("who", [None, *MEMBERS])
def test_no_command_shows_or_writes_what_is_outside_the_scope(
    campaign: Campaign, drawn: Path, tmp_path: Path, who: str | None
) -> None:
    units = ["Paint"] if who == "Olga" else []
    done: set[tuple[str, ...]] = set()
    for path, command in leaves(main):
        if path in SHOWS_NO_STORE:
            continue
        for number, words in enumerate(calls(command, values(campaign, tmp_path), is_thorough=who in ("Olga", "Ria"))):
            folder = tmp_path / f"{'-'.join(path)}-{number}"
            folder.mkdir()
            shop = Shop(folder, drawn)
            known = values(campaign, folder)
            here = [word.replace(f"{tmp_path}/", f"{folder}/") for word in words]
            assert known["files"]
            ran = Team(shop).run(who, " ".join(path), *here)
            found = leaked(campaign, units, folder, ran, here)
            if path[0] == "audit" and who in ("Ada", "Rio"):
                found = [word for word in found if word not in campaign.unit_of]  # an admin sees people by their ids
            assert found == [], (who, path, here)
            assert "should not have" not in ran.err, (path, here, ran.err)
            done |= {path} if ran.code == 0 else set()
            shutil.rmtree(folder)
    assert done <= NEEDS_NO_ACCOUNT if who is None else len(done - NEEDS_NO_ACCOUNT) > 5


def test_what_the_search_looks_for_is_found_where_it_may_be_seen(
    campaign: Campaign, drawn: Path, tmp_path: Path
) -> None:
    shop = Shop(tmp_path, drawn)
    ran = Team(shop).ok("Lea", "export", tmp_path / "out", "--everything")
    everything = set(leaked(campaign, [], tmp_path, ran, []))
    for person in campaign.unit_of:
        missing = set(campaign.own_words[person]) - everything
        assert {word.partition("-")[0] for word in missing} <= {
            "talk",
            "chan",
            "note",
            "issue",
        }  # not all were talked to
