"""Ties between people, derived from facts, one layer at a time.

A *tie* joins two people with a *strength* (larger = closer). The layers:

``named``
    Who named whom to a naming question; from the namer to the named, strength 1.
``told``
    What somebody said about two people. A connection without direction stands both ways, one with a direction points
    at the person looked to. Conflicts and formal ties (``reports_to``) are no closeness and make none.
``talked``
    Conversations between an organizer who is one of the people herself and a person; strength = how many.
``worked_with``
    Days in the same crew, shift or worksite, halving with age, each counting 1/(n-1) in a group of n.
``acted_with``
    Steps of actions that both did, each counting 1/(n-1) where n did it.

``named`` and ``told`` are directed, the others not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from shopfloor.analysis.overlaps import Stays, merge_stays, sorted_distinct, spans_of_stays, sum_shared
from shopfloor.analysis.work_groups import work_groups
from shopfloor.errors import UsageError, near
from shopfloor.settings import DEFAULT_QUESTION, ConnectionKind, TieSettings, connection_kind
from shopfloor.workplace import Workplace, once

Layer: TypeAlias = Literal["named", "told", "talked", "worked_with", "acted_with"]
IndexArray: TypeAlias = NDArray[np.int32]
FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

LAYERS: Final[tuple[str, ...]] = get_args(Layer)
"""The tie layers, in the order in which they are listed everywhere."""

DIRECTED_LAYERS: Final = frozenset({"named", "told"})
"""Layers whose ties point at the person looked to."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Ties:
    """The ties of one layer among people 0 .. n_people - 1, sorted by (source, target), each pair once.

    Attributes
    ----------
    layer : str
        One of `LAYERS`, or ``combined``.
    n_people : int
        People, tied or not.
    source, target : numpy.ndarray
        int32, shape (n_ties,); never equal. Without direction ``source < target``.
    strength : numpy.ndarray
        float64, shape (n_ties,), > 0, larger = closer.
    is_directed : bool
        Whether a tie points from source to target only.
    question : str or None
        The naming question, for ``named``.
    asked : numpy.ndarray or None
        For ``named``: bool, shape (n_people,), who was asked. False is *not known*, not *named nobody*; somebody
        outside the viewer's units is never among them, though her naming is a tie.
    left_out : Mapping[str, int]
        What made no tie and why, by reason.
    """

    layer: str
    n_people: int
    source: IndexArray
    target: IndexArray
    strength: FloatArray
    is_directed: bool
    question: str | None = None
    asked: BoolArray | None = None
    left_out: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def n_ties(self) -> int:
        """How many ties there are."""
        return len(self.source)

    @property
    def n_asked(self) -> int:
        """How many people were asked (0 for layers that ask nobody)."""
        return 0 if self.asked is None else int(self.asked.sum())

    def __repr__(self) -> str:
        """Give counts only."""
        arrow = "directed" if self.is_directed else "undirected"
        return f"Ties({self.layer}: {self.n_ties} {arrow} among {self.n_people} people)"

    def adjacency(self) -> sparse.csr_array:
        """Return the strengths as a matrix.

        Returns
        -------
        scipy.sparse.csr_array
            Shape (n_people, n_people), float64; entry (i, j) is the tie from i to j; symmetric without direction.
        """
        shape = (self.n_people, self.n_people)
        matrix = sparse.coo_array((self.strength, (self.source, self.target)), shape=shape).tocsr()
        return matrix if self.is_directed else sparse.csr_array(matrix + matrix.T)

    def undirected(self) -> "Ties":
        """Return the ties without direction: both ways added and halved, so mutual counts twice a one-sided one."""
        if not self.is_directed:
            return self
        matrix = self.adjacency()
        return _filled(replace(self, is_directed=False), sparse.triu(matrix + matrix.T, k=1) / 2)

    def subset(self, mask: BoolArray) -> "Ties":
        """Return the ties among some of the people.

        Parameters
        ----------
        mask : numpy.ndarray
            bool, shape (n_people,).

        Returns
        -------
        Ties
            People are numbered anew: person i is ``numpy.flatnonzero(mask)[i]``.
        """
        number = np.cumsum(mask, dtype=np.int32) - np.int32(1)
        kept = mask[self.source] & mask[self.target]
        return Ties(
            self.layer,
            int(mask.sum()),
            number[self.source[kept]],
            number[self.target[kept]],
            self.strength[kept],
            self.is_directed,
            self.question,
            None if self.asked is None else self.asked[mask],
            self.left_out,
        )


def project_ties(
    workplace: Workplace,
    layer: str,
    *,
    question: str = DEFAULT_QUESTION,
    settings: TieSettings | None = None,
) -> Ties:
    """Derive the ties of one layer from the facts.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date; ages are counted back from that date.
    layer : str
        One of `LAYERS`.
    question : str
        The naming question (``named`` only).
    settings : TieSettings, optional
        Half-life and largest group (``worked_with``, ``acted_with``).

    Returns
    -------
    Ties
        Among all people of the workplace, those who left and supervisors included.

    Raises
    ------
    UsageError
        Unknown layer, or a question that nobody was asked.

    Notes
    -----
    ``worked_with``: a row is in the group that it knows most closely, its crew (of that employer at that worksite),
    else its shift at the worksite, else its worksite; rows of different closeness do not meet. n is the number of
    people in the group on that very day. Days with n above ``settings.max_group`` count nothing. A person's
    overlapping rows in one group count once. Cost: n log n in rows, plus the pairs that share a counting day.

    ``told``: several connections of a pair are several ways of saying how close two people are: the strongest counts
    (strength x confidence), so that saying a thing twice adds nothing.

    References
    ----------
    M. E. J. Newman, "Scientific collaboration networks. II. Shortest paths, weighted networks, and centrality",
    Physical Review E 64, 016132 (2001). doi:10.1103/PhysRevE.64.016132
    """
    return _project(workplace, layer, question, settings or TieSettings())


@once
def _project(workplace: Workplace, layer: str, question: str, settings: TieSettings) -> Ties:
    if layer == "named":
        return _named(workplace, question)
    if layer not in _PROJECTIONS:
        raise UsageError(f"no layer {layer!r}{near(layer, LAYERS)} (layers: {', '.join(LAYERS)})")
    return _PROJECTIONS[layer](workplace, settings)


def project_ties_of(
    workplace: Workplace,
    person: int,
    layer: str,
    *,
    question: str = DEFAULT_QUESTION,
    settings: TieSettings | None = None,
) -> Ties:
    """Derive the ties of one person alone, without going through everybody's.

    Parameters
    ----------
    workplace : Workplace
        As in `project_ties`.
    person : int
        0 .. n_people - 1.
    layer, question, settings
        As in `project_ties`.

    Returns
    -------
    Ties
        Those of `project_ties` that have her at one end; `left_out` is empty, for it is about everybody.

    Raises
    ------
    UsageError
        As in `project_ties`.
    """
    if layer == "worked_with":
        ties = project_stays(workplace, layer, _stays_beside(workplace, person), settings)
    else:
        ties = project_ties(workplace, layer, question=question, settings=settings)
    hers = (ties.source == person) | (ties.target == person)
    return replace(
        ties,
        source=ties.source[hers],
        target=ties.target[hers],
        strength=ties.strength[hers],
        left_out=MappingProxyType({}),
    )


def _stays_beside(workplace: Workplace, person: int) -> Stays:
    """Return all stays in the work groups that a person was ever in."""
    stays, group = _work_stays(workplace)[0], _work_groups(workplace)
    is_hers = np.zeros(int(group.max(initial=-1)) + 2, dtype=bool)  # at the end for rows in no group, -1
    is_hers[group[_ints(workplace.assignments["person"]) == person]] = True
    kept = is_hers[stays.group]
    return Stays(stays.group[kept], stays.person[kept], stays.first_day[kept], stays.last_day[kept])


@once
def was_asked(workplace: Workplace, question: str) -> BoolArray:
    """Say who was asked a question; bool, shape (n_people,)."""
    table = workplace.asked
    asked = np.zeros(len(workplace.people), dtype=np.bool_)
    asked[_ints(table["person"])[table["question"].eq(question).to_numpy(dtype=np.bool_)]] = True
    return asked


def _named(workplace: Workplace, question: str) -> Ties:
    n_people = len(workplace.people)
    questions = sorted(workplace.asked["question"].unique())
    if question not in questions and question != DEFAULT_QUESTION:
        known = f" (questions asked: {', '.join(questions)})" if questions else " (nobody was asked anything yet)"
        raise UsageError(f"no answers to a question {question!r}{near(question, questions)}{known}")
    namings = workplace.namings[workplace.namings["question"] == question]
    strength = np.ones(len(namings))
    matrix = _matrix(_ints(namings["namer"]), _ints(namings["named"]), strength, n_people)
    blank = replace(_blank("named", n_people, {}), question=question, asked=was_asked(workplace, question))
    return _filled(blank, matrix)


def _told(workplace: Workplace, _settings: TieSettings) -> Ties:
    n_people, table = len(workplace.people), workplace.connections
    codes, names = pd.factorize(table["kind"], use_na_sentinel=True)
    kinds = [*(connection_kind(str(name)) for name in names), ConnectionKind()]
    person, other = _ints(table["person"]), _ints(table["other"])
    said = table["strength"].to_numpy(dtype=np.float64, na_value=np.nan)
    confidence = table["confidence"].to_numpy(dtype=np.float64, na_value=np.nan)
    default = np.array([kind.strength for kind in kinds])[codes]
    strength = np.where(np.isnan(said), default, said) * np.where(np.isnan(confidence), 1.0, confidence)
    is_close = np.array([kind.sign == 1 for kind in kinds])[codes]
    usable = is_close & (strength > 0) & (person >= 0) & (other >= 0) & (person != other)
    to_other = usable & np.array([kind.looks_to != "person" for kind in kinds])[codes]
    to_person = usable & np.array([kind.looks_to != "other" for kind in kinds])[codes]
    source = np.concatenate([person[to_other], other[to_person]])
    target = np.concatenate([other[to_other], person[to_person]])
    strongest = _strongest(source * n_people + target, np.concatenate([strength[to_other], strength[to_person]]))
    left_out = {"connections_not_closeness": int((~is_close).sum())}
    matrix = _matrix(*np.divmod(strongest[0], n_people), strongest[1], n_people)
    return _filled(_blank("told", n_people, left_out), matrix)


def _strongest(keys: NDArray[np.int64], strength: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    order = np.lexsort((strength, keys))
    is_last = np.append(keys[order][1:] != keys[order][:-1], True)[: len(order)]
    return keys[order][is_last], strength[order][is_last]


def _talked(workplace: Workplace, _settings: TieSettings) -> Ties:
    n_people = len(workplace.people)
    person = _ints(workplace.conversations["person"])
    organizer = _ints(workplace.conversations["organizer_person"])
    among = (organizer >= 0) & (person >= 0) & (organizer != person)
    one, two = np.minimum(person, organizer)[among], np.maximum(person, organizer)[among]
    left_out = {"conversations_with_outside_organizers": int((organizer < 0).sum())}
    return _filled(_blank("talked", n_people, left_out), _matrix(one, two, np.ones(len(one)), n_people))


def stays_of(workplace: Workplace, layer: str) -> Stays:
    """Return who was where when, of a layer of being together: groups and days of work, or steps of actions.

    Parameters
    ----------
    workplace : Workplace
    layer : {"worked_with", "acted_with"}
        A step of an action is a group of one day, day 0.

    Returns
    -------
    Stays
        Merged: no day of a person in a group counts twice.
    """
    return _work_stays(workplace)[0] if layer == "worked_with" else _action_stays(workplace)


def project_stays(workplace: Workplace, layer: str, stays: Stays, settings: TieSettings | None = None) -> Ties:
    """Derive the ties of a layer of being together from `stays`, by which the layer may have been dealt anew.

    Parameters
    ----------
    workplace : Workplace
        Of its people and its as-of date.
    layer : {"worked_with", "acted_with"}
    stays : Stays
        Merged: as `stays_of` gives them, or with other people in the same places.
    settings : TieSettings, optional
        Half-life (``worked_with``) and largest group.

    Returns
    -------
    Ties
    """
    settings = settings or TieSettings()
    if layer == "acted_with":
        settings = replace(settings, half_life_days=None)
    today = int(np.datetime64(workplace.provenance.as_of, "D").astype(np.int64))
    spans, n_too_large = spans_of_stays(stays, today, settings)
    n_people = len(workplace.people)
    return _filled(_blank(layer, n_people, {"groups_over_limit": n_too_large}), sum_shared(spans, n_people))


def _worked_with(workplace: Workplace, settings: TieSettings) -> Ties:
    stays, n_unusable = _work_stays(workplace)
    ties = project_stays(workplace, "worked_with", stays, settings)
    return replace(ties, left_out=MappingProxyType({**ties.left_out, "assignments_not_usable": n_unusable}))


@once
def _work_stays(workplace: Workplace) -> tuple[Stays, int]:
    table = workplace.assignments
    group, person = _work_groups(workplace), _ints(table["person"])
    first, last = table["started_on"].to_numpy(), table["ended_on"].to_numpy()
    usable = ~np.isnat(first) & ~np.isnat(last) & (person >= 0) & (group >= 0)
    usable[usable] = last[usable] >= first[usable]
    stays = Stays(group[usable], person[usable], _days(first[usable]), _days(last[usable]))
    return merge_stays(stays), int((~usable).sum())


@once
def _work_groups(workplace: Workplace) -> NDArray[np.int64]:
    return work_groups(workplace.assignments)


def _acted_with(workplace: Workplace, settings: TieSettings) -> Ties:
    return project_stays(workplace, "acted_with", _action_stays(workplace), settings)


def _action_stays(workplace: Workplace) -> Stays:
    n_people, table = len(workplace.people), workplace.participations
    did = table["did"].astype("boolean").fillna(value=False).to_numpy(dtype=bool) & (table["person"].to_numpy() >= 0)
    rows = table[did]
    step = rows.groupby(["action", "step", "held_on"], dropna=False, sort=True, observed=True).ngroup()
    keys = sorted_distinct(step.to_numpy(dtype=np.int64) * n_people + _ints(rows["person"]))
    event, person = np.divmod(keys, max(n_people, 1))
    day = np.zeros(len(event), dtype=np.int64)
    return Stays(event, person, day, day)


_PROJECTIONS: Final[Mapping[str, Callable[[Workplace, TieSettings], Ties]]] = MappingProxyType(
    {"told": _told, "talked": _talked, "worked_with": _worked_with, "acted_with": _acted_with}
)


def combine_ties(layers: list[Ties]) -> Ties:
    """Add several layers up, each divided by its mean strength, so that a chatty layer does not drown a sparse one.

    Directed layers lose their direction (see `Ties.undirected`), counts of conversations enter as log(1 + count).
    The mean strength of a layer is the sum over a person's ties, averaged over the people who have any in it:
    averaged over everybody, a layer of three ties would weigh as much as one of thousands.

    Parameters
    ----------
    layers : list of Ties
        Over the same people, at least one.

    Returns
    -------
    Ties
        Layer ``combined``, undirected. Layers without ties add nothing.
    """
    return add_ties([_scaled(ties.undirected()) for ties in layers])


def _scaled(plain: Ties) -> Ties:
    """Divide by the mean strength of the people who have any."""
    if not plain.n_ties:
        return plain
    strength = np.log1p(plain.strength) if plain.layer == "talked" else plain.strength
    n_tied = len(sorted_distinct(np.concatenate([plain.source, plain.target]).astype(np.int64)))
    return replace(plain, strength=strength * (n_tied / (2 * strength.sum())))


def add_ties(layers: list[Ties]) -> Ties:
    """Add the strengths of undirected layers over the same people, as they are.

    Parameters
    ----------
    layers : list of Ties
        At least one.

    Returns
    -------
    Ties
        Layer ``combined``.
    """
    n_people = layers[0].n_people
    total = sparse.csr_array((n_people, n_people), dtype=np.float64)
    for ties in layers:
        total = total + _matrix(ties.source, ties.target, ties.strength, n_people)
    return _filled(_blank("combined", n_people, {}), total)


def _ints(column: "pd.Series[int]") -> NDArray[np.int64]:
    return column.to_numpy().astype(np.int64, copy=False)


def _days(dates: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return dates.astype("datetime64[D]").astype(np.int64)


def _blank(layer: str, n_people: int, left_out: Mapping[str, int]) -> Ties:
    nobody = np.zeros(0, dtype=np.int32)
    is_directed = layer in DIRECTED_LAYERS
    return Ties(layer, n_people, nobody, nobody, np.zeros(0), is_directed, left_out=MappingProxyType(dict(left_out)))


def _matrix(source: NDArray[np.integer], target: NDArray[np.integer], strength: FloatArray, n: int) -> sparse.csr_array:
    return sparse.coo_array((strength, (source, target)), shape=(n, n)).tocsr()


def _filled(blank: Ties, matrix: sparse.csr_array | sparse.coo_array) -> Ties:
    """Fill `blank` with the ties of `matrix`, sorted by (source, target)."""
    rows = sparse.csr_array(matrix)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    source = np.repeat(np.arange(blank.n_people, dtype=np.int32), np.diff(rows.indptr))
    return replace(blank, source=source, target=rows.indices.astype(np.int32, copy=False), strength=rows.data)
