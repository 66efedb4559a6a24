"""Ties as networkx graphs: what notebooks and other programs take."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from shopfloor.analysis.ties import LAYERS, Ties, project_ties
from shopfloor.settings import DEFAULT_QUESTION, TieSettings
from shopfloor.workplace import Workplace

if TYPE_CHECKING:
    import networkx as nx

NODE_ATTRIBUTES = (
    "name",
    "kind",
    "department",
    "shift",
    "crew",
    "job_class",
    "language",
    "union_membership",
    "is_supervisor",
    "has_left",
)
"""What is known of a person and put on her node; a value that is not known is left off."""


def to_networkx(
    workplace: Workplace,
    layer: str | None = None,
    *,
    question: str = DEFAULT_QUESTION,
    settings: TieSettings | None = None,
) -> "nx.Graph[str]":
    """Return the ties as a networkx graph.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    layer : str, optional
        One of `shopfloor.analysis.LAYERS`; all of them where none is said.
    question : str
        The naming question, for ``named``.
    settings : TieSettings, optional
        How ties are derived.

    Returns
    -------
    networkx.Graph
        Nodes are all people by ``person_id``, tied or not, with `NODE_ATTRIBUTES`. One layer: a ``DiGraph`` if
        directed, else a ``Graph``. All layers: a ``MultiDiGraph`` keyed by layer, where a tie without direction is
        there once, from the smaller person_id. Edges carry ``layer`` and ``strength`` (larger = closer: not a
        length).

    Raises
    ------
    UsageError
        Unknown layer or question.
    """
    layers = [
        project_ties(workplace, one, question=question, settings=settings) for one in ([layer] if layer else LAYERS)
    ]
    graph = _empty_graph(layers, is_multiple=layer is None)
    graph.add_nodes_from(_nodes(workplace.people))
    person_ids = workplace.people["person_id"].to_numpy(dtype=object)
    for ties in layers:
        _add_ties(graph, ties, person_ids)
    return graph


def _empty_graph(layers: list[Ties], *, is_multiple: bool) -> "nx.Graph[str]":
    import networkx as nx  # noqa: PLC0415 - half a second that only this answer needs

    if is_multiple:
        return nx.MultiDiGraph()
    return nx.DiGraph() if layers[0].is_directed else nx.Graph()


def _nodes(people: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    records = people[list(NODE_ATTRIBUTES)].astype("object").to_dict("records")
    known = [{str(key): value for key, value in record.items() if not pd.isna(value)} for record in records]
    return list(zip(people["person_id"], known, strict=True))


def _add_ties(graph: "nx.Graph[str]", ties: Ties, person_ids: Any) -> None:  # noqa: ANN401 - an object array
    ends = zip(person_ids[ties.source], person_ids[ties.target], ties.strength.tolist(), strict=True)
    keys = {"key": ties.layer} if graph.is_multigraph() else {}
    for one, two, strength in ends:
        graph.add_edge(one, two, **keys, layer=ties.layer, strength=strength)
