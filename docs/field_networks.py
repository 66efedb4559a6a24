"""Published workplaces as the files an organizer would have: people, talks, and ties that somebody saw.

The networks are looked for in the folder that ``SHOPFLOOR_VALIDATION_DATA`` names, else in ``shared/data`` beside the
checkout; none of them is part of the project. Whom the published findings name keeps that name. Everybody else is
"worker" and a number drawn here, so that what is made of it shows results and not the data.
"""

import csv
import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

DAYS: Final = ("2026-03-02", "2026-03-09")
LATER: Final = "2026-10-05"
"""Made-up days: of the people asked first, of the rest, and of the second look at a workplace."""

SHARE: Final = 0.3
_SEED: Final = 1

Edges = list[tuple[str, str]]
Answers = Mapping[str, Edges]
"""By naming question: who names whom."""


@dataclass(frozen=True)
class Workforce:
    """One published workplace. People are ids: their name where it is published, else one that was drawn.

    Attributes
    ----------
    names : dict of str to str
        What each person is called, by id.
    looks : sequence of mappings
        The answers of everybody, once or, where the field worker came back, twice.
    seen : list of pairs
        Ties that were seen and not asked about.
    known : dict of str to str
        The group that the field worker put somebody in. The program does not get it.
    """

    names: dict[str, str]
    looks: Sequence[Answers]
    seen: Edges = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    @property
    def asked_first(self) -> list[str]:
        """Three of ten, drawn with a fixed seed."""
        return sorted(random.Random(_SEED).sample(sorted(self.names), round(SHARE * len(self.names))))  # noqa: S311 - no secret


def data_folder() -> Path:
    """Return where the published networks are looked for."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("SHOPFLOOR_VALIDATION_DATA", beside))


def is_there() -> bool:
    """Whether every network of the page is there."""
    return all((data_folder() / folder / "edges.csv").is_file() for folder, _ in _READERS.values())


def read_workforce(name: str) -> Workforce:
    """Read one of the published networks: strike, karate, wiring or tailors."""
    folder, reader = _READERS[name]
    nodes = pd.read_csv(data_folder() / folder / "nodes.csv")
    edges = pd.read_csv(data_folder() / folder / "edges.csv")
    drawn = list(range(1, len(nodes) + 1))
    random.Random(name).shuffle(drawn)  # noqa: S311 - no secret
    called = [
        own if own in _PUBLISHED[name] else f"worker {number}" for own, number in zip(nodes["name"], drawn, strict=True)
    ]
    nodes["called"], nodes["person"] = called, [text.replace(" ", "-") for text in called]
    keys = nodes["id"] if edges["source"].isin(nodes["id"]).all() else nodes["name"]
    person = dict(zip(keys, nodes["person"], strict=True))
    edges["one"], edges["two"] = edges["source"].map(person), edges["target"].map(person)
    return reader(nodes, edges)


def write_files(workforce: Workforce, folder: Path, *, only_first: bool = False) -> list[Path]:
    """Write the files of a workplace; the people asked first are heard a week before the rest.

    Parameters
    ----------
    workforce : Workforce
    folder : pathlib.Path
    only_first : bool
        Leave the rest out.

    Returns
    -------
    list of pathlib.Path
        In the order in which to import them.
    """
    first = set(workforce.asked_first)
    people = [{"person_id": person, "name": name} for person, name in sorted(workforce.names.items())]
    talks = [
        {"held_on": day, "organizer": "the field worker", "person_id": person, "named": _cell(answers, person)}
        for day, answers, is_first in _rounds(workforce)
        for person in sorted(workforce.names)
        if (person in first) == is_first and (is_first or not only_first)
    ]
    seen = [
        {"person_id": one, "other_id": two, "kind": "friend", "said_on": DAYS[not first & {one, two}]}
        for one, two in workforce.seen
        if not only_first or first & {one, two}
    ]
    tables = {"people": people, "conversations": talks, "connections": seen}
    return [_write(folder / f"{name}.csv", rows) for name, rows in tables.items() if rows]


def _rounds(workforce: Workforce) -> list[tuple[str, Answers, bool]]:
    """Return days, what is answered then, and whether by the people asked first; a second look is one day."""
    once = workforce.looks[0]
    again = [(LATER, look, is_first) for look in workforce.looks[1:] for is_first in (True, False)]
    return [(DAYS[0], once, True), (DAYS[1], once, False), *again]


def _cell(answers: Answers, person: str) -> str:
    """Return the cell of what somebody answered to each question."""
    named = {question: sorted({two for one, two in edges if one == person}) for question, edges in answers.items()}
    return " | ".join(f"{question} = {'; '.join(them) or 'none'}" for question, them in named.items())


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def _pairs(edges: pd.DataFrame, layer: str | None = None) -> Edges:
    chosen = edges if layer is None else edges[edges["layer"] == layer]
    return list(zip(chosen["one"], chosen["two"], strict=True))


def _both_ways(pairs: Edges) -> Edges:
    return pairs + _turned(pairs)


def _turned(pairs: Edges) -> Edges:
    return [(two, one) for one, two in pairs]


def _by_person(nodes: pd.DataFrame, column: str) -> dict[str, Any]:
    return dict(zip(nodes["person"], nodes[column], strict=True))


def _strike(nodes: pd.DataFrame, edges: pd.DataFrame) -> Workforce:
    said = {1: "Spanish-speaking", 2: "young English-speaking", 3: "old English-speaking"}
    known = {person: said[group] for person, group in _by_person(nodes, "group").items()}
    return Workforce(_by_person(nodes, "called"), [{"listens_to": _both_ways(_pairs(edges))}], known=known)


def _karate(nodes: pd.DataFrame, edges: pd.DataFrame) -> Workforce:
    leader = {1: "Mr Hi", 2: "John A"}
    known = {person: f"on {leader[side]}'s side" for person, side in _by_person(nodes, "faction").items()}
    return Workforce(_by_person(nodes, "called"), [{"listens_to": _both_ways(_pairs(edges))}], known=known)


def _wiring(nodes: pd.DataFrame, edges: pd.DataFrame) -> Workforce:
    """Let the helped name who helped them; games are ties that were seen."""
    helped = _turned(_pairs(edges, "RDHLP"))
    front, back = ("W1", "W2", "W3", "W4", "S1", "I1"), ("W6", "W7", "W8", "W9", "S4")
    sides = dict.fromkeys(front, "front") | dict.fromkeys(back, "back")
    names = _by_person(nodes, "called")
    known = {person: sides.get(person, "outside both") for person in names}
    return Workforce(names, [{"listens_to": helped}], seen=_pairs(edges, "RDGAM"), known=known)


def _tailors(nodes: pd.DataFrame, edges: pd.DataFrame) -> Workforce:
    """Let both name sociable ties, and the helped the helper."""
    looks = [
        {
            "listens_to": _both_ways(_pairs(edges, f"KAPFTS{time}")),
            "helped_by": _turned(_pairs(edges, f"KAPFTI{time}")),
        }
        for time in (1, 2)
    ]
    return Workforce(_by_person(nodes, "called"), looks)


_PUBLISHED: Final[Mapping[str, frozenset[str]]] = {
    "strike": frozenset(("Alejandro", "Bob", "Karl", "Norm", "Ozzie", "Sam", "Wendle")),
    "tailors": frozenset(),
    "wiring": frozenset(("I1", "I3", "S1", "S2", "S4", *(f"W{number}" for number in range(1, 10)))),
    "karate": frozenset(("John A", "Mr Hi")),
}
"""Whom the findings name: men of the wiring room by their place, nobody of the tailors."""

_READERS: Final[Mapping[str, tuple[str, Callable[[pd.DataFrame, pd.DataFrame], Workforce]]]] = {
    "strike": ("strike_michael1997", _strike),
    "tailors": ("kapferer_tailorshop1972", _tailors),
    "wiring": ("bank_wiring_room", _wiring),
    "karate": ("zachary_karate", _karate),
}
