"""A store of generated people, and the command line at hand: what tests of service and commands work with."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shopfloor import OpenStore, create_store, find_groups, open_store, rank_people
from shopfloor.analysis.consensus import chance
from shopfloor.cli import main
from shopfloor.service.answers import find_ties
from shopfloor.service.values import plain

PASSPHRASE = "four random test words"
ENVIRONMENT: Mapping[str, str] = {"SHOPFLOOR_PASSPHRASE": PASSPHRASE, "COLUMNS": "200"}

PEOPLE = """\
person_id,name,department,shift,crew,job_class,is_supervisor,hired_on,left_on,phone
1,Ana Ruiz,Packing,Day,A,Packer,no,2020-01-01,,555-0101
2,Bo Lind,Packing,Day,A,Packer,no,2020-01-01,,555-0102
3,Cy Moss,Packing,Night,B,Packer,no,2020-01-01,,555-0103
4,Di Oak,Dock,Night,C,Loader,no,2020-01-01,,555-0104
5,Ed Pine,Dock,Night,C,Loader,no,2020-01-01,2026-04-01,555-0105
6,Flo Quill,Dock,Day,D,Lead,yes,2020-01-01,,555-0106
7,Bo Lind,Dock,Day,D,Loader,no,2020-01-01,,555-0107
"""
"""Five in the workforce: 5 has left, 6 is a supervisor; two are called Bo Lind."""

CONVERSATIONS = """\
conversation_id,held_on,organizer,person_id,channel,asked,named,assessment,issues,notes
C1,2026-05-01,Org One,1,phone,,2; 3,2,pay,likes tea
C2,2026-05-02,Org One,2,phone,,Cy Moss; Bo Lind,1,pay; safety,
C3,2026-05-03,Org One,3,phone,,none,3,,
C4,2026-05-04,Org One,4,phone,listens_to,,,,
C5,2026-05-04,Org One,7,phone,,,,,
C6,2026-05-05,Org One,2,visit,,3; Zed,1,,
"""
"""Asked: 1, 2 (twice), 3 (named nobody), 4 (asked, no name written); 7 was talked to and not asked."""

ASSIGNMENTS = """\
person_id,employer,worksite,crew,shift,foreman,started_on,ended_on
1,Acme,North,A,Day,Flo Quill,2026-03-01,
2,Acme,North,A,Day,6,2026-03-01,
3,Acme,North,A,Day,,2026-03-01,2026-03-20
"""

CONNECTIONS = """\
person_id,other_id,kind,said_by,said_on,strength
1,4,friend,Org One,2026-05-01,
4,7,rides_with,Org One,2026-05-01,2
"""

FILES: Mapping[str, str] = {
    "people.csv": PEOPLE,
    "conversations.csv": CONVERSATIONS,
    "assignments.csv": ASSIGNMENTS,
    "connections.csv": CONNECTIONS,
}


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


class Shop:
    """A folder with a store in it, and the command line."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        self.store = folder / "drive.store"
        shutil.copyfile(template, self.store)

    def run(self, *words: object, stdin: bytes | None = None, env: Mapping[str, str | None] | None = None) -> Ran:
        """Run a command in this process."""
        result = CliRunner().invoke(
            main, [str(word) for word in words], input=stdin, env={**ENVIRONMENT, **(env or {})}
        )
        return Ran(result.exit_code, result.stdout, result.stderr)

    def ok(self, *words: object, stdin: bytes | None = None) -> Ran:
        """Run a command that must succeed."""
        ran = self.run(*words, stdin=stdin)
        assert ran.code == 0, ran.err
        return ran

    def do(self, command: str, *words: object, stdin: bytes | None = None) -> Ran:
        """Run a command on the store that must succeed."""
        return self.ok(*command.split(), self.store, *words, stdin=stdin)

    def file(self, name: str, text: str | bytes) -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(text, str):
            path.write_text(text, encoding="utf-8")
        else:
            path.write_bytes(text)
        return path

    def load(self, *words: object, **texts: str) -> int:
        """Import texts by file name (``people="..."``) and return the batch."""
        files = [self.file(f"{name}.csv", text) for name, text in texts.items()]
        self.do("import", *files, *words)
        return self.newest()

    def load_all(self) -> int:
        """Import the files of this module as one batch, lists of May 1st."""
        files = [self.file(name, text) for name, text in FILES.items()]
        self.do("import", *files, "--list-date", "2026-05-01")
        return self.newest()

    def newest(self) -> int:
        """Return the newest batch."""
        return int(self.imports()[-1]["batch_id"])

    def imports(self) -> list[dict[str, Any]]:
        """Return all batches."""
        rows: list[dict[str, Any]] = self.do("imports list", "--format", "json").json["rows"]
        return rows

    def revision(self) -> int:
        """Return the data revision."""
        return int(self.do("info", "--format", "json").json["about"]["revision"])

    def answer(self, command: str, *words: object) -> dict[str, Any]:
        """Return a JSON answer."""
        given = self.do(command, *words, "--format", "json").json
        assert isinstance(given, dict)
        return given

    def rows(self, command: str, *words: object) -> list[dict[str, Any]]:
        """Return the rows of a JSON answer, all of them."""
        top = () if command in ("person", "mentions list") else ("--top", 0)
        rows: list[dict[str, Any]] = self.answer(command, *words, *top)["rows"]
        return rows

    def scores(self, *words: object) -> dict[str, float]:
        """Return the score of each listed person."""
        return {row["person_id"]: row["score"] for row in self.rows("leaders", *words)}

    def person(self, key: str, *words: object) -> dict[str, Any]:
        """Return what is known of a person."""
        row: dict[str, Any] = self.rows("person", key, *words)[0]
        return row

    def seen(self, as_of: date | None = None, known_at: datetime | None = None) -> dict[str, Any]:
        """Return everything that can be seen, but for how often the store was changed."""
        with self.open() as store:
            place = store.workplace(as_of=as_of, known_at=known_at)
            with pytest.MonkeyPatch.context() as patch:  # whether two answers are the same shows with few as with many
                patch.setattr(chance, "N_NULLS", chance.FEWEST_NULLS)
                found: list[Any] = [rank_people(place), find_groups(place)]
            found += [find_ties(place, layer) for layer in ("named", "told", "worked_with", "talked")]
        answers = [plain({"about": one.about, "rows": one.rows}) for one in found]
        for answer in answers:
            del answer["about"]["revision"]
        return {"answers": answers}

    def exported(self) -> dict[str, str]:
        """Return the nine files as they are exported."""
        folder = self.folder / "export"
        self.do("export", folder, "--everything")
        texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
        shutil.rmtree(folder)
        return texts

    def open(self) -> OpenStore:
        """Open the store."""
        return open_store(self.store, passphrase=PASSPHRASE)


def make_template(folder: Path) -> Path:
    """Make an empty store to copy from, so that its key is derived once."""
    template = folder / "template.store"
    create_store(template, passphrase=PASSPHRASE).close()
    return template
