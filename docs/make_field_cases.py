"""Write ``docs/field-cases.md``, what the program says of published workplaces: ``python -m docs.make_field_cases``.

Beside it stands what the field workers found. Each network is made into the files that an organizer would have, these
are imported into a store, and the commands themselves are run.
"""

import json
import os
import shlex
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from click.testing import CliRunner

from docs.field_findings import HEAD, KARATE, STRIKE, TAIL, TAILORS, WIRING, Finding
from docs.field_networks import DAYS, Workforce, read_workforce, write_files
from shopfloor.cli import main

PAGE: Final = Path(__file__).with_name("field-cases.md")
_PASSPHRASE: Final = "published people only"  # noqa: S105 - guards nothing
_FIRST: Final = ("--as-of", DAYS[0])
_LOOK: Final = ("--as-of", DAYS[1])

Words = tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """What is shown of one state of a case: commands, and whose places and which groups stand beside them.

    Attributes
    ----------
    heading : str
    commands : tuple of tuples of str
        ``STORE`` stands for the store's file.
    places : tuple of str
        Ids of people whose places are told.
    division : tuple of str, optional
        The command whose groups are set beside the groups that are known.
    is_third : bool
        Whether the store holds the answers of the people asked first alone.
    """

    heading: str
    commands: tuple[Words, ...]
    places: tuple[str, ...] = ()
    division: Words | None = None
    is_third: bool = False


@dataclass(frozen=True)
class Case:
    """One workplace: what was found there, and what the program is asked."""

    name: str
    title: str
    finding: Finding
    parts: tuple[Part, ...]


def asked(*more: Words, person: str, places: tuple[str, ...]) -> tuple[Part, Part]:
    """Return the two parts that most cases have: everybody asked, and three of ten."""
    groups: Words = ("groups", "STORE")
    why: Words = ("person", "STORE", person, "--why")
    both = (("leaders", "STORE", "--top", "5"), *more, groups)
    first = tuple((*words, *_FIRST) for words in (*both, why, ("next", "STORE", "--top", "3")))
    return (
        Part("Everybody asked", (*both, (*why, "--groups")), places, groups),
        Part("Three of ten asked", (*first, ("changes", "STORE", "--since", DAYS[0])), places, (*groups, *_FIRST)),
    )


CASES: Final = (
    Case(
        "strike",
        "A strike in a wood mill",
        STRIKE,
        asked(
            ("leaders", "STORE", "--measure", "betweenness", "--top", "3"),
            person="Bob",
            places=("Bob", "Norm", "Sam", "Wendle"),
        ),
    ),
    Case(
        "tailors",
        "A tailor shop before two strikes",
        TAILORS,
        (
            Part(
                "Everybody asked, twice",
                (
                    ("leaders", "STORE", "--top", "5", *_LOOK),
                    ("leaders", "STORE", "--top", "5"),
                    ("groups", "STORE", *_LOOK),
                    ("groups", "STORE"),
                    ("changes", "STORE", "--since", DAYS[1]),
                    ("leaders", "STORE", "--top", "3", "--question", "helped_by", *_LOOK),
                    ("leaders", "STORE", "--top", "3", "--question", "helped_by"),
                    ("changes", "STORE", "--since", DAYS[1], "--question", "helped_by"),
                ),
            ),
            Part(
                "The same three of ten asked, twice",
                (
                    ("leaders", "STORE", "--top", "5"),
                    ("changes", "STORE", "--since", DAYS[1]),
                    ("next", "STORE", "--top", "3"),
                ),
                is_third=True,
            ),
        ),
    ),
    Case("wiring", "The bank wiring room", WIRING, asked(person="W5", places=("W3", "W5"))),
    Case("karate", "A karate club that split", KARATE, asked(person="Mr-Hi", places=("Mr-Hi", "John-A"))),
)


class Shell:
    """A folder with a store, and the commands that are run in it."""

    def __init__(self, name: str, workforce: Workforce, *, only_first: bool) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._store = f"{name}.store"
        files = write_files(workforce, Path(self._folder.name), only_first=only_first)
        self._run(("init", "STORE"))
        self._run(("import", "STORE", *(file.name for file in files), "--list-date", DAYS[0]))

    def answer(self, words: Words) -> dict[str, Any]:
        """Return what a command answers as JSON."""
        found: dict[str, Any] = json.loads(self._run((*words, "--format", "json")))
        return found

    def shown(self, words: Words) -> str:
        """Return a command and what it prints, as a terminal has it; a refusal too."""
        printed = "\n".join(line.rstrip() for line in self._run(words).rstrip().splitlines())
        return f"$ shopfloor {shlex.join(self._named(words))}\n{printed}\n"

    def _run(self, words: Words) -> str:
        before = Path.cwd()
        os.chdir(self._folder.name)
        try:
            return CliRunner(env={"SHOPFLOOR_PASSPHRASE": _PASSPHRASE}).invoke(main, self._named(words)).output
        finally:
            os.chdir(before)

    def _named(self, words: Words) -> list[str]:
        return [self._store if word == "STORE" else word for word in words]

    def close(self) -> None:
        """Delete the folder."""
        self._folder.cleanup()


def page() -> str:
    """Return the whole page."""
    return "\n".join((HEAD, *("\n".join(_section(case)) for case in CASES), TAIL))


def _section(case: Case) -> Iterator[str]:
    workforce = read_workforce(case.name)
    yield f"## {case.title}\n\n**Found in the field.**\n{case.finding.found}\n"
    yield f"**Given to the program.**\n{case.finding.given}\n"
    kinds = sorted({part.is_third for part in case.parts})
    shells = {is_third: _shell(case, workforce, is_third=is_third) for is_third in kinds}
    for part in case.parts:
        yield from _part(part, shells[part.is_third], workforce)
    for shell in shells.values():
        shell.close()
    yield f"### Where it is right, and where it is not\n\n{case.finding.judged}\n"


def _shell(case: Case, workforce: Workforce, *, is_third: bool) -> Shell:
    return Shell(f"{case.name}-third" if is_third else case.name, workforce, only_first=is_third)


def _part(part: Part, shell: Shell, workforce: Workforce) -> Iterator[str]:
    yield f"### {part.heading}\n\n```text"
    yield "\n".join(shell.shown(words) for words in part.commands) + "```\n"
    if part.places:
        days = part.commands[0][4:]
        yield f"Places: {_places(shell, part.places, workforce, days)}.\n"
    if part.division:
        yield _division(shell.answer(part.division), workforce.known) + "\n"


def _places(shell: Shell, people: Sequence[str], workforce: Workforce, days: Words) -> str:
    """Return the places of some people, from .. to, and the word for each."""
    found = shell.answer(("leaders", "STORE", "--top", "0", *days))
    rows = {row["person_id"]: row for row in found["rows"]}
    return "; ".join(f"{workforce.names[person]} {_place(rows[person])}" for person in people)


def _place(row: Mapping[str, Any]) -> str:
    low, high = row["rank_low"], row["rank_high"]
    word = str(row["certainty"]).replace("_", " ")
    return f"{low} ({word})" if low == high else f"{low} to {high} ({word})"


def _division(found: Mapping[str, Any], known: Mapping[str, str]) -> str:
    """Return a table of the groups found, with how many are in each of those that are known."""
    lines = ["| group | how sure | of those known |", "|---|---|---|"]
    lines += [f"| {row['name']} | {row['certainty']} | {_counted(row['members'], known)} |" for row in found["rows"]]
    placed = {person for row in found["rows"] for person in row["members"]}
    left = sorted(set(known) - placed)
    if not placed:
        return "No group is told."
    return "\n".join([*lines, *([f"| in none | | {_counted(left, known)} |"] if left else [])])


def _counted(people: Sequence[str], known: Mapping[str, str]) -> str:
    return ", ".join(f"{n} {group}" for group, n in sorted(Counter(known[person] for person in people).items()))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{len(CASES)} cases written to {PAGE.name}")
