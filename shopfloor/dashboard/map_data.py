"""What the map is drawn from: people, ties and places, made once for a data revision and read by pure functions.

A *unit* here is a disc of the map: a department by default, or a shift, a crew, a combination of them or a found
group. People whose unit nobody wrote down are in a disc of their own, so that they are as visible as the others.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopfloor.analysis import are_outside, select_voices, select_workforce
from shopfloor.dashboard.grids import values_of
from shopfloor.dashboard.layout import Layout, community_layout
from shopfloor.errors import NotFoundError, UsageError, near
from shopfloor.settings import DEFAULT_QUESTION, PLACES, SMALL_PLACES, SMALL_WORKFORCE
from shopfloor.workplace import Workplace

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NOT_KNOWN: Final = ""
"""Id of the unit, and value of the shift, of people for whom none is written down."""

GROUPINGS: Final = ("department", "shift", "crew", "job_class", "language")
"""Columns of people that units can be made of."""

FEWEST_NAMINGS: Final = 2
"""Named by one person is a word, not yet a place among the most named."""


INFLUENCE: Final = ("top", "some", "none")
"""How people are named: among the most named (`MapData.people.is_top`), by somebody, by nobody so far."""


class TiesLike(Protocol):
    """What the map needs of the ties of one layer: people by their row in ``Workplace.people``."""

    @property
    def source(self) -> NDArray[np.integer]:
        """One end of each tie."""
        ...

    @property
    def target(self) -> NDArray[np.integer]:
        """The other end of each tie."""
        ...

    @property
    def strength(self) -> Floats:
        """Strength of each tie, > 0."""
        ...


@dataclass(frozen=True, slots=True)
class Filters:
    """Who and what is shown. An empty field lets everything through.

    Attributes
    ----------
    units, shifts : tuple of str
        Ids of units and names of shifts; ``NOT_KNOWN`` is people without one.
    assessments : tuple of int
        1 to 5, and 0 for not assessed.
    layers : tuple of str
        Layers of ties.
    influence : tuple of str
        Of `INFLUENCE`. With `assessments` beside it: influence and support, one crossed with the other.
    search : str
        Part of a name or an id, without regard to case and accents.
    """

    units: tuple[str, ...] = ()
    shifts: tuple[str, ...] = ()
    assessments: tuple[int, ...] = ()
    layers: tuple[str, ...] = ()
    influence: tuple[str, ...] = ()
    search: str = field(default="", repr=False)


EVERYBODY: Final = Filters()


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class MapData:
    """People of the workplace now, their ties and their places.

    Attributes
    ----------
    people : pandas.DataFrame
        Index 0 .. n-1: ``person_id``, ``name``, ``unit``, ``shift`` (str, ``NOT_KNOWN`` where not written down),
        ``assessment`` (1..5, 0 = not assessed), ``named_by`` (people who named her), ``named_by_outside``
        (those of them outside the viewer's units), ``was_asked``, ``was_talked_to``, ``is_top`` (bool), ``aside``
        (``supervisor``, ``left`` or empty).
    unit_ids : tuple of str
        Sorted, ``NOT_KNOWN`` last.
    unit_of : numpy.ndarray of int, shape (n_people,)
        Position of each person's unit in `unit_ids`.
    source, target, layer : numpy.ndarray of int, shape (n_ties,)
        Ties as rows of `people`, and the position of their layer in `layers`.
    strength : numpy.ndarray of float, shape (n_ties,)
    layers : tuple of str
    layout : Layout
        Places of people and units.
    grouping : str
        What units are made of, in one word: ``department``.
    newest : datetime.date or None
        Day of the newest conversation.
    as_of : datetime.date
        Day of the picture.
    is_part : bool
        Whether the viewer sees the people of some units only.
    """

    people: pd.DataFrame
    unit_ids: tuple[str, ...]
    unit_of: Ints
    source: Ints
    target: Ints
    strength: Floats
    layer: Ints
    layers: tuple[str, ...]
    layout: Layout
    grouping: str
    newest: date | None
    as_of: date
    is_part: bool = False

    def __repr__(self) -> str:
        """Give counts only: no personal value may reach a log."""
        return f"MapData({len(self.people)} people, {len(self.unit_ids)} units, {len(self.source)} ties)"

    def unit_label(self, unit_id: str) -> str:
        """Return what a unit is called on the screen."""
        return unit_id if unit_id != NOT_KNOWN else f"{self.grouping.capitalize()} not known"

    def row_of(self, person_id: str) -> int:
        """Return the row of a person; `NotFoundError` if she is not on the map."""
        rows = np.flatnonzero((self.people["person_id"] == person_id).to_numpy(dtype=bool))
        if not len(rows):
            raise NotFoundError(
                f"the map has no person with the id {person_id!r}; people who left, supervisors and people outside "
                "the workforce are not on it"
            )
        return int(rows[0])

    def shown(self, filters: Filters = EVERYBODY) -> Bools:
        """Return who passes the filters, shape (n_people,)."""
        people = self.people
        passes = np.ones(len(people), dtype=bool)
        for column, wanted in (("unit", filters.units), ("shift", filters.shifts), ("assessment", filters.assessments)):
            if wanted:
                passes &= people[column].isin(wanted).to_numpy(dtype=bool)
        if filters.influence:
            passes &= np.isin(self._influence(), filters.influence)
        if words := folded(filters.search):
            texts = zip(people["name"], people["person_id"], strict=True)
            passes &= np.fromiter((words in folded(f"{name} {key}") for name, key in texts), bool, len(people))
        return passes

    def _influence(self) -> NDArray[np.str_]:
        """Return how each person is named, of `INFLUENCE`."""
        is_top, is_named = self.people["is_top"].to_numpy(dtype=bool), self.people["named_by"].to_numpy() > 0
        return np.where(is_top, "top", np.where(is_named, "some", "none"))

    def pairs(self, filters: Filters = EVERYBODY, among: Bools | None = None) -> tuple[Ints, Ints]:
        """Return the tied pairs of shown people, each once, whatever the direction and number of layers.

        Parameters
        ----------
        filters : Filters
            Both ends must pass; only its layers count.
        among : numpy.ndarray of bool, optional
            Shape (n_people,): both ends must be in here, instead of passing the filters.

        Returns
        -------
        tuple of numpy.ndarray of int
            Rows of `people`, the smaller first, sorted.
        """
        passes = self.shown(filters) if among is None else among
        kept = passes[self.source] & passes[self.target] & self._in_layers(filters.layers)
        low = np.minimum(self.source[kept], self.target[kept])
        high = np.maximum(self.source[kept], self.target[kept])
        codes = np.unique(low * np.int64(max(len(self.people), 1)) + high)
        return codes // max(len(self.people), 1), codes % max(len(self.people), 1)

    def closeness(self, row: int, layers: tuple[str, ...] = ()) -> Floats:
        """Return the strength of everybody's ties with one person, summed over layers, shape (n_people,)."""
        kept = self._in_layers(layers)
        strength, n = self.strength[kept], len(self.people)
        source, target = self.source[kept], self.target[kept]
        named = np.bincount(target[source == row], strength[source == row], minlength=n)
        return np.asarray(named + np.bincount(source[target == row], strength[target == row], minlength=n))

    def _in_layers(self, layers: tuple[str, ...]) -> Bools:
        unknown = [name for name in layers if name not in self.layers]
        if unknown:
            raise UsageError(f"the map has no layer {unknown[0]!r}{near(unknown[0], self.layers)}")
        wanted = [i for i, name in enumerate(self.layers) if name in layers or not layers]
        return np.isin(self.layer, wanted)


def folded(text: str) -> str:
    """Return text in lower case, without accents."""
    apart = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def build_map_data(
    workplace: Workplace,
    ties_by_layer: Mapping[str, TiesLike],
    *,
    group_by: str | Sequence[str] = "department",
    groups: Sequence[str | None] | None = None,
    question: str = DEFAULT_QUESTION,
    include: Collection[str] = (),
    seed: int = 0,
) -> MapData:
    """Make what the map is drawn from.

    Parameters
    ----------
    workplace : Workplace
        On the map are the same people as on every list: workers who are no supervisors and have not left.
    ties_by_layer : mapping of str to TiesLike
        The layers in the order in which they are offered.
    group_by : str or sequence of str
        Columns of people that make the units, of `GROUPINGS`.
    groups : sequence of str or None, optional
        Name of the found group of each row of ``workplace.people``, None in no group; instead of `group_by`.
    question : str
        The naming question that ``named_by`` and ``was_asked`` are about.
    include : collection of str
        ``supervisors``, ``left`` or both: on the map all the same.
    seed : int
        Seed of the places.

    Returns
    -------
    MapData
        The same for the same arguments.
    """
    on_map = select_workforce(workplace, include)
    people = _people_of(workplace, question, select_voices(workplace, include))
    people["unit"], grouping = _units_of(workplace.people, group_by, groups)
    people["is_top"] = _most_named(people["named_by"].to_numpy(), on_map)
    people = people[on_map].reset_index(drop=True)
    source, target, strength, layer = _ties_among(ties_by_layer, on_map)
    unit_ids = tuple(sorted(set(people["unit"]), key=lambda unit: (unit == NOT_KNOWN, unit)))
    position = {unit: i for i, unit in enumerate(unit_ids)}
    unit_of = people["unit"].map(position).to_numpy(dtype=np.int64)
    importance = people["named_by"].to_numpy(dtype=float)
    held_on = workplace.conversations["held_on"].max()
    return MapData(
        people=people,
        unit_ids=unit_ids,
        unit_of=unit_of,
        source=source,
        target=target,
        strength=strength,
        layer=layer,
        layers=tuple(ties_by_layer),
        layout=community_layout(unit_of, source, target, importance=importance, seed=seed),
        grouping=grouping,
        newest=None if pd.isna(held_on) else pd.Timestamp(held_on).date(),
        as_of=workplace.provenance.as_of,
        is_part=workplace.provenance.is_part,
    )


def at_places_of(data: MapData, other: MapData) -> MapData:
    """Return `data` with units and people where `other` has them; as it is where it has units that `other` lacks.

    Parameters
    ----------
    data : MapData
        The picture of an earlier day.
    other : MapData
        The picture whose places are kept. Who is not in it, or in another unit there, stands in her unit's disc as
        `data` placed her, to its scale.
    """
    position = {unit: i for i, unit in enumerate(other.unit_ids)}
    if any(unit not in position for unit in data.unit_ids):
        return data
    units = np.array([position[unit] for unit in data.unit_ids], dtype=np.int64)
    old, new = data.layout, other.layout
    there = units[data.unit_of]
    scale = (new.unit_radius[units] / old.unit_radius)[data.unit_of]
    x = new.unit_x[there] + (old.x - old.unit_x[data.unit_of]) * scale
    y = new.unit_y[there] + (old.y - old.unit_y[data.unit_of]) * scale
    row_of = {key: row for row, key in enumerate(other.people["person_id"])}
    rows = np.array([row_of.get(key, -1) for key in data.people["person_id"]], dtype=np.int64)
    same = (rows >= 0) & (other.unit_of[rows] == there) if len(other.people) else np.zeros(len(rows), dtype=bool)
    x[same], y[same] = new.x[rows[same]], new.y[rows[same]]
    return replace(data, layout=Layout(x, y, new.unit_x[units], new.unit_y[units], new.unit_radius[units]))


def _aside_words(people: pd.DataFrame) -> list[str]:
    """Return ``supervisor`` or ``left`` for who is on the map only because included, empty for everybody else."""
    left, leads = people["has_left"].to_numpy(dtype=bool), people["is_supervisor"].to_numpy(dtype=bool)
    return [str(word) for word in np.select([left, leads], ["left", "supervisor"], "")]


def _text(column: "pd.Series[str]") -> list[str]:
    return [NOT_KNOWN if value is None else str(value) for value in values_of(column)]


def _people_of(workplace: Workplace, question: str, voices: Bools) -> pd.DataFrame:
    n = len(workplace.people)
    namings = workplace.namings[workplace.namings["question"] == question]
    namings = namings[voices[namings["namer"].to_numpy(dtype=np.int64)]]  # as on every list of leaders
    named = namings["named"].to_numpy(dtype=np.int64)
    from_outside = are_outside(workplace)[namings["namer"].to_numpy(dtype=np.int64)]
    asked = workplace.asked.loc[workplace.asked["question"] == question, "person"]
    newest = workplace.assessments.drop_duplicates("person", keep="last")
    assessment = np.zeros(n, dtype=np.int64)
    assessment[newest["person"].to_numpy(dtype=np.int64)] = newest["assessment"].to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            "person_id": _text(workplace.people["person_id"]),
            "name": _text(workplace.people["name"]),
            "shift": _text(workplace.people["shift"]),
            "assessment": assessment,
            "named_by": np.bincount(named, minlength=n),
            "named_by_outside": np.bincount(named[from_outside], minlength=n),
            "was_asked": np.isin(np.arange(n), asked.to_numpy(dtype=np.int64)),
            "aside": _aside_words(workplace.people),
            "was_talked_to": np.isin(np.arange(n), workplace.conversations["person"].to_numpy(dtype=np.int64)),
        },
        index=range(n),
    )


def _units_of(
    people: pd.DataFrame, group_by: str | Sequence[str], groups: Sequence[str | None] | None
) -> tuple[list[str], str]:
    """Return the unit of each person and the word for what units are made of."""
    if groups is not None:
        return [NOT_KNOWN if pd.isna(name) else str(name) for name in groups], "group"
    columns = [group_by] if isinstance(group_by, str) else list(group_by)
    for column in columns:
        if column not in GROUPINGS:
            raise UsageError(f"units cannot be made of {column!r}{near(column, GROUPINGS)}; use {', '.join(GROUPINGS)}")
    word = " and ".join(column.replace("_", " ") for column in columns)
    parts = [_text(people[column]) for column in columns]
    if len(parts) == 1:
        return parts[0], word
    return [NOT_KNOWN if NOT_KNOWN in row else " ".join(row) for row in zip(*parts, strict=True)], word


def _most_named(named_by: Ints, eligible: Bools) -> Bools:
    """Return who is in the first places; equal namings share a place, so there may be more people than places."""
    counts = np.sort(named_by[eligible])[::-1]
    places = PLACES if len(counts) >= SMALL_WORKFORCE else SMALL_PLACES
    last = counts[min(places, len(counts)) - 1] if len(counts) else 0
    return np.asarray(eligible & (named_by >= max(int(last), FEWEST_NAMINGS)))


def _ties_among(ties_by_layer: Mapping[str, TiesLike], on_map: Bools) -> tuple[Ints, Ints, Floats, Ints]:
    """Source, target, strength and layer of all ties among people on the map, as rows of the map's people."""
    row = np.cumsum(on_map) - 1
    kept = [on_map[ties.source] & on_map[ties.target] for ties in ties_by_layer.values()]
    parts = list(zip(ties_by_layer.values(), kept, strict=True))
    none = np.empty(0, dtype=np.int64)
    return (
        np.concatenate([none, *(row[ties.source[mask]] for ties, mask in parts)]),
        np.concatenate([none, *(row[ties.target[mask]] for ties, mask in parts)]),
        np.concatenate([np.empty(0), *(ties.strength[mask] for ties, mask in parts)]),
        np.repeat(np.arange(len(kept)), [int(mask.sum()) for mask in kept]).astype(np.int64),
    )
