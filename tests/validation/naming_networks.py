"""Published networks read as complete answers to a naming question: the truth that partial namings are held against.

Symmetric ties are read as namings both ways. What people are known to have in common, and who works with whom, comes
from other layers of the same study; nothing is taken from the namings themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.validation.published import data_folder

Ends = NDArray[np.int64]
Table = NDArray[np.bool_]


@dataclass(frozen=True)
class NamingNetwork:
    """Everybody's namings, and what else is known.

    Attributes
    ----------
    title : str
        As it stands in tables.
    namings : numpy.ndarray
        bool, shape (n_people, n_people): row names column.
    attributes : numpy.ndarray
        int64, shape (n_attributes, n_people), the first the main unit, -1 where not known.
    close : numpy.ndarray
        int64, shape (n_pairs, 2): co-work or told ties.
    """

    title: str
    namings: Table
    attributes: Ends
    close: Ends

    @property
    def n_people(self) -> int:
        """How many people there are."""
        return len(self.namings)

    @property
    def has_units(self) -> bool:
        """Whether people are in units, so that one can go through them unit by unit."""
        return len(self.attributes) > 0

    @property
    def k(self) -> int:
        """Places of the top: 5, or 3 below 25 people."""
        return 5 if self.n_people >= 25 else 3


def naming_networks() -> dict[str, NamingNetwork]:
    """Read all networks whose files are there, by short name, in the order of the tables."""
    return {name: read_network(name) for name, (folder, _) in _READERS.items() if (data_folder() / folder).is_dir()}


def read_network(name: str) -> NamingNetwork:
    """Read one network."""
    folder, reader = _READERS[name]
    nodes = pd.read_csv(data_folder() / folder / "nodes.csv", keep_default_na=False)
    edges = pd.read_csv(data_folder() / folder / "edges.csv")
    by = "id" if edges["source"].isin(nodes["id"]).all() else "name"
    number = {node: i for i, node in enumerate(nodes[by])}
    edges["source"], edges["target"] = edges["source"].map(number), edges["target"].map(number)
    return reader(nodes, edges, name)


def _table(edges: pd.DataFrame, n_people: int, *, both_ways: bool = False) -> Table:
    table = np.zeros((n_people, n_people), dtype=np.bool_)
    table[edges["source"], edges["target"]] = True
    if both_ways:
        table |= table.T
    np.fill_diagonal(table, val=False)
    return table


def _codes(nodes: pd.DataFrame, *columns: str) -> Ends:
    """Give the values of each column numbers; empty and NA are not known."""
    if not columns:
        return np.empty((0, len(nodes)), dtype=np.int64)
    values = nodes[list(columns)].astype(str).replace({"NA": None, "": None})
    return np.array([pd.factorize(values[column])[0] for column in columns], dtype=np.int64)


def _pairs(table: Table | None) -> Ends:
    if table is None:
        return np.empty((0, 2), dtype=np.int64)
    return np.argwhere(np.triu(table | table.T, 1)).astype(np.int64)


def _layer(edges: pd.DataFrame, name: str) -> pd.DataFrame:
    return edges[edges["layer"] == name]


def _law(nodes: pd.DataFrame, edges: pd.DataFrame, name: str) -> NamingNetwork:
    """Office, practice and status; mutual co-work."""
    layer, n_people = name.removeprefix("law_"), len(nodes)
    work = _table(_layer(edges, "cowork"), n_people)
    attributes = _codes(nodes, "office", "practice", "status")
    return NamingNetwork(
        f"law firm, {layer}", _table(_layer(edges, layer), n_people), attributes, _pairs(work & work.T)
    )


def _managers(nodes: pd.DataFrame, edges: pd.DataFrame, name: str) -> NamingNetwork:
    """Department and level; who reports to whom. The row of the advice layer goes to the column."""
    layer = {"managers_advice": "gives_advice_to", "managers_friendship": "is_friend_of"}[name]
    reports = _table(_layer(edges, "reports_to"), len(nodes))
    title = f"high-tech managers, {name.removeprefix('managers_')}"
    namings = _table(_layer(edges, layer), len(nodes))
    return NamingNetwork(title, namings, _codes(nodes, "department", "level"), _pairs(reports))


def _tailors(nodes: pd.DataFrame, edges: pd.DataFrame, name: str) -> NamingNetwork:
    """Instrumental ties of one period; sociational ties of the same period."""
    period, n_people = name[-1], len(nodes)
    social = _table(_layer(edges, f"KAPFTS{period}"), n_people)
    namings = _table(_layer(edges, f"KAPFTI{period}"), n_people)
    return NamingNetwork(f"tailors, instrumental {period}", namings, _codes(nodes), _pairs(social))


def _department(nodes: pd.DataFrame, edges: pd.DataFrame, name: str) -> NamingNetwork:
    """Research group and role; who works with whom."""
    layer, n_people = name.removeprefix("department_"), len(nodes)
    work = _table(_layer(edges, "work"), n_people)
    namings = _table(_layer(edges, layer), n_people, both_ways=True)
    return NamingNetwork(f"university department, {layer}", namings, _codes(nodes, "group", "role"), _pairs(work))


def _office(nodes: pd.DataFrame, edges: pd.DataFrame, _name: str) -> NamingNetwork:
    """Everybody names the five with whom she spent most time (ties by number); departments."""
    both = pd.concat([edges, edges.rename(columns={"source": "target", "target": "source"})])
    both = both.sort_values(["source", "contacts_20s", "target"], ascending=[True, False, True])
    namings = _table(both.groupby("source").head(5), len(nodes))
    return NamingNetwork("office contacts, five longest", namings, _codes(nodes, "department"), _pairs(None))


def _strike(nodes: pd.DataFrame, edges: pd.DataFrame, _name: str) -> NamingNetwork:
    namings = _table(edges, len(nodes), both_ways=True)
    return NamingNetwork("strike", namings, _codes(nodes, "group"), _pairs(None))


def _wiring(nodes: pd.DataFrame, edges: pd.DataFrame, _name: str) -> NamingNetwork:
    """Take helping as naming; job, and who plays with whom."""
    games = _table(_layer(edges, "RDGAM"), len(nodes))
    return NamingNetwork(
        "wiring room, help", _table(_layer(edges, "RDHLP"), len(nodes)), _codes(nodes, "job"), _pairs(games)
    )


def _karate(nodes: pd.DataFrame, edges: pd.DataFrame, _name: str) -> NamingNetwork:
    return NamingNetwork("karate club", _table(edges, len(nodes), both_ways=True), _codes(nodes), _pairs(None))


_Reader = Callable[[pd.DataFrame, pd.DataFrame, str], NamingNetwork]
_READERS: dict[str, tuple[str, _Reader]] = {
    "law_advice": ("lazega_lawfirm", _law),
    "law_friendship": ("lazega_lawfirm", _law),
    "managers_advice": ("krackhardt_hightech_managers", _managers),
    "managers_friendship": ("krackhardt_hightech_managers", _managers),
    "tailors_1": ("kapferer_tailorshop1972", _tailors),
    "tailors_2": ("kapferer_tailorshop1972", _tailors),
    "department_lunch": ("cs_aarhus_multilayer", _department),
    "department_leisure": ("cs_aarhus_multilayer", _department),
    "office": ("sociopatterns_invs13", _office),
    "strike": ("strike_michael1997", _strike),
    "wiring": ("bank_wiring_room", _wiring),
    "karate": ("zachary_karate", _karate),
}
