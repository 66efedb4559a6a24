"""Nine published networks for what is said of groups, and made-up ones whose groups are planted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from shopfloor.analysis import Ties, project_ties
from tests.validation.published import data_folder, read

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class GroupNetwork:
    """A network.

    Attributes
    ----------
    name : str
    layers : tuple of Ties
        All over the same people.
    unit : numpy.ndarray
        int64, shape (n_people,): the unit by which interviewing goes, -1 not known.
    known : Mapping[str, numpy.ndarray]
        Divisions known from outside, by name.
    """

    name: str
    layers: tuple[Ties, ...]
    unit: IntArray
    known: Mapping[str, IntArray] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def n_people(self) -> int:
        """How many people there are."""
        return self.layers[0].n_people

    @property
    def keys(self) -> list[str]:
        """Ids of the people."""
        return [f"P{person:04d}" for person in range(self.n_people)]


def codes(column: "pd.Series[str]") -> IntArray:
    """Give each value of a column a number."""
    return pd.factorize(column, sort=True)[0].astype(np.int64)


def _ties(n_people: int, one: IntArray, two: IntArray, strength: NDArray[np.float64] | None = None) -> Ties:
    """Make ties without direction; a pair that is there twice counts once, at the larger strength."""
    table = pd.DataFrame({"one": np.minimum(one, two), "two": np.maximum(one, two)})
    table["strength"] = np.ones(len(table)) if strength is None else strength
    table = table[table["one"] != table["two"]].groupby(["one", "two"], as_index=False)["strength"].max()
    ends = table[["one", "two"]].to_numpy(dtype=np.int32)
    return Ties("told", n_people, ends[:, 0], ends[:, 1], table["strength"].to_numpy(np.float64), is_directed=False)


def _plain(folder: str, layers: tuple[str, ...]) -> tuple[pd.DataFrame, tuple[Ties, ...]]:
    if not (data_folder() / folder / "edges.csv").is_file():
        pytest.skip(f"published network {folder} not found: set SHOPFLOOR_VALIDATION_DATA to the folder that holds it")
    nodes, edges = (pd.read_csv(data_folder() / folder / f"{name}.csv") for name in ("nodes", "edges"))
    column = "name" if edges["source"].isin(nodes.get("name", pd.Series(dtype=object))).all() else "id"
    number = {node: i for i, node in enumerate(nodes[column])}
    one, two = (edges[end].map(number).to_numpy(dtype=np.int64) for end in ("source", "target"))
    kept = [(edges["layer"] == layer).to_numpy() for layer in layers]
    return nodes, tuple(_ties(len(nodes), one[mask], two[mask]) for mask in kept)


def _of_workplace(name: str, layers: tuple[str, ...], divisions: Mapping[str, str]) -> GroupNetwork:
    place = read(name)
    ties = tuple(project_ties(place, layer) for layer in layers)
    known = {label: codes(place.people[column]) for label, column in divisions.items()}
    return GroupNetwork(name, ties, next(iter(known.values())), known)


def _managers() -> GroupNetwork:
    network, place = _of_workplace("managers", ("named",), {"department": "department"}), read("managers")
    return replace(network, layers=(*network.layers, project_ties(place, "named", question="friendship")))


def _law() -> GroupNetwork:
    place = read("law")
    network = _of_workplace("law", ("named", "told"), {"office": "department", "practice": "crew"})
    both = codes(place.people["department"] + place.people["crew"])
    return GroupNetwork("law", network.layers, network.unit, {**network.known, "office x practice": both})


def _wiring() -> GroupNetwork:
    front, back = {"W1", "W2", "W3", "W4", "W5", "S1", "I1"}, {"W6", "W7", "W8", "W9", "S4"}
    nodes, layers = _plain("bank_wiring_room", ("RDGAM", "RDPOS", "RDHLP"))
    group = np.array([0 if name in front else 1 if name in back else -1 for name in nodes["name"]])
    return GroupNetwork("wiring", layers, codes(nodes["job"]), {"cliques": group})


def _aarhus() -> GroupNetwork:
    nodes, layers = _plain("cs_aarhus_multilayer", ("coauthor", "facebook", "leisure", "lunch", "work"))
    one_group = nodes["group"].where(~nodes["group"].fillna("NA").str.contains("NA|/", regex=True))
    return GroupNetwork("aarhus", layers, codes(one_group), {"research group": codes(one_group)})


def _tailors(period: int) -> GroupNetwork:
    nodes, layers = _plain("kapferer_tailorshop1972", (f"KAPFTS{period}", f"KAPFTI{period}"))
    return GroupNetwork(f"tailors {period}", layers, np.full(len(nodes), -1, dtype=np.int64))


def group_networks() -> list[GroupNetwork]:
    """Return the nine networks; tests that need them are skipped where the files are not there."""
    return [
        _of_workplace("strike", ("told",), {"language and age": "department"}),
        _wiring(),
        _managers(),
        _law(),
        _aarhus(),
        _of_workplace("office", ("told",), {"department": "department"}),
        _of_workplace("karate", ("told",), {"camp": "department"}),
        _tailors(1),
        _tailors(2),
    ]


def planted(
    seed: int, n_people: int = 84, n_groups: int = 7, inside: float = 0.7, mean_ties: float = 8.0
) -> GroupNetwork:
    """Make up a network of groups of uneven size: this share of the ties stays inside; sociable people have more.

    Units cut across groups: two in three of a group are of one unit.
    """
    rng = np.random.default_rng([seed, 77])
    group = rng.choice(n_groups, n_people, p=rng.dirichlet(np.full(n_groups, 8.0)))
    sociable = rng.gamma(3.0, 1.0, n_people)
    same = group[:, None] == group[None, :]
    weight = np.triu(np.outer(sociable, sociable), 1)
    n_ties = int(mean_ties * n_people / 2)
    chosen = [
        _choose(rng, weight * part, round(n_ties * share)) for part, share in ((same, inside), (~same, 1 - inside))
    ]
    one, two = np.divmod(np.concatenate(chosen), n_people)
    unit = np.where(rng.random(n_people) < 2 / 3, group % 4, rng.integers(0, 4, n_people))
    return GroupNetwork(f"made up {inside:.0%} inside", (_ties(n_people, one, two),), unit, {"planted": group})


def _choose(rng: np.random.Generator, weight: NDArray[np.float64], n: int) -> IntArray:
    odds = weight.ravel() / weight.sum()
    return rng.choice(len(odds), min(n, int((odds > 0).sum())), replace=False, p=odds).astype(np.int64)
