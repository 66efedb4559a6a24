"""Published networks, read as workplaces: complete data about which something is known from outside.

The files are not part of the project. They are looked for in the folder that ``SHOPFLOOR_VALIDATION_DATA`` names,
else in ``shared/data`` beside the checkout.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shopfloor.workplace import Workplace
from tests.analysis.build import workplace

Rows = list[dict[str, Any]]


def data_folder() -> Path:
    """Return where the published networks are looked for."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    return Path(os.environ.get("SHOPFLOOR_VALIDATION_DATA", beside))


def read(name: str) -> Workplace:
    """Read the network called `name`; a test that needs it is skipped where the files are not there."""
    folder, reader = _READERS[name]
    if not (data_folder() / folder / "edges.csv").is_file():
        pytest.skip(f"published network {folder} not found: set SHOPFLOOR_VALIDATION_DATA to the folder that holds it")
    nodes = pd.read_csv(data_folder() / folder / "nodes.csv")
    edges = pd.read_csv(data_folder() / folder / "edges.csv")
    number = {node: i for i, node in enumerate(nodes["name"] if name == "wiring" else nodes["id"])}
    edges["one"], edges["two"] = edges["source"].map(number), edges["target"].map(number)
    return reader(nodes, edges)


def _connections(edges: pd.DataFrame, strength: pd.Series | None = None) -> Rows:
    strengths = [1.0] * len(edges) if strength is None else strength.tolist()
    return [
        {"person": one, "other": two, "strength": value}
        for one, two, value in zip(edges["one"], edges["two"], strengths, strict=True)
    ]


def _namings(edges: pd.DataFrame, n_people: int) -> dict[int, list[int]]:
    """Everybody was asked; who is in no row named nobody."""
    named: dict[int, list[int]] = {person: [] for person in range(n_people)}
    for one, two in sorted(set(zip(edges["one"], edges["two"], strict=True))):
        named[one].append(two)
    return named


def _strike(nodes: pd.DataFrame, edges: pd.DataFrame) -> Workplace:
    people = [{"name": n, "department": g} for n, g in zip(nodes["name"], nodes["group_label"], strict=True)]
    return workplace(people, connections=_connections(edges))


def _karate(nodes: pd.DataFrame, edges: pd.DataFrame) -> Workplace:
    people = [{"name": n, "department": f"faction {f}"} for n, f in zip(nodes["name"], nodes["faction"], strict=True)]
    return workplace(people, connections=_connections(edges, edges["weight"].astype(float)))


def _wiring(nodes: pd.DataFrame, edges: pd.DataFrame) -> Workplace:
    """Games are told ties, help is who helped whom, friendship (of both) a second question."""
    people = [{"name": n, "job_class": j} for n, j in zip(nodes["name"], nodes["job"], strict=True)]
    games, help_given, friends = (edges[edges["layer"] == layer] for layer in ("RDGAM", "RDHLP", "RDPOS"))
    both_ways = pd.concat([friends, friends.rename(columns={"source": "target", "target": "source"})])
    return workplace(
        people,
        connections=_connections(games),
        namings=_namings(help_given, len(people)),
        more_namings={"friendship": _namings(both_ways, len(people))},
    )


def _managers(nodes: pd.DataFrame, edges: pd.DataFrame) -> Workplace:
    """Advice is the naming question (the row goes to the column), friendship a second one, level the job."""
    people = [
        {"name": n, "department": f"department {d}", "job_class": f"level {level}"}
        for n, d, level in zip(nodes["name"], nodes["department"], nodes["level"], strict=True)
    ]
    advice, friends = (edges[edges["layer"] == layer] for layer in ("gives_advice_to", "is_friend_of"))
    return workplace(
        people, namings=_namings(advice, len(people)), more_namings={"friendship": _namings(friends, len(people))}
    )


def _law(nodes: pd.DataFrame, edges: pd.DataFrame) -> Workplace:
    """Advice is the naming question, friendship a second one, co-work told; office, practice and status known."""
    people = [
        {"name": f"lawyer {i}", "department": f"office {o}", "crew": f"practice {p}", "job_class": f"status {s}"}
        for i, o, p, s in zip(nodes["id"], nodes["office"], nodes["practice"], nodes["status"], strict=True)
    ]
    advice, friends, work = (edges[edges["layer"] == layer] for layer in ("advice", "friendship", "cowork"))
    return workplace(
        people,
        namings=_namings(advice, len(people)),
        more_namings={"friendship": _namings(friends, len(people))},
        connections=_connections(work),
    )


def _office(nodes: pd.DataFrame, edges: pd.DataFrame) -> Workplace:
    """Face-to-face contacts as told ties of strength log(1 + number of 20-second slots)."""
    people = [{"name": f"badge {i}", "department": d} for i, d in zip(nodes["id"], nodes["department"], strict=True)]
    return workplace(people, connections=_connections(edges, edges["contacts_20s"].map(np.log1p)))


_READERS: dict[str, tuple[str, Callable[[pd.DataFrame, pd.DataFrame], Workplace]]] = {
    "strike": ("strike_michael1997", _strike),
    "karate": ("zachary_karate", _karate),
    "wiring": ("bank_wiring_room", _wiring),
    "managers": ("krackhardt_hightech_managers", _managers),
    "law": ("lazega_lawfirm", _law),
    "office": ("sociopatterns_invs13", _office),
}
