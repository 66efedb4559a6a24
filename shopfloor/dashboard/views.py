"""What the map draws, as plain data: pure functions from `MapData` to dictionaries of columns that go out as JSON.

Three pictures. `units_view`: one pie a unit, some of them open (the picture to start with). `circle_view`: one person
and those she is tied to. `people_view`: everybody at once. A view holds these columns, which the component in
``js/network`` reads:

``units``
    ``id``, ``label``, ``note``, ``x``, ``y``, ``radius`` (disc), ``pie`` (radius of the closed unit), ``counts``
    (people assessed 1 .. 5, then not assessed), ``open``, ``ties_known``.
``unit_ties``
    Lines between units: ``source``, ``target`` (positions in units) and ``n``, the number of tied pairs.
``people``
    ``id``, ``label``, ``note``, ``x``, ``y``, ``size`` (named by), ``shape`` (shift), ``assessment`` (0 = not
    assessed), ``top``, ``named`` (whether the name is written on the map).
``ties``
    ``source``, ``target`` (positions in people).

Who does not pass the filters is in no column, not even as part of a count. Names are text, never HTML.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from shopfloor.dashboard.map_data import EVERYBODY, NOT_KNOWN, Bools, Filters, Floats, Ints, MapData
from shopfloor.dashboard.words import assessment_words, listed, unit_note
from shopfloor.service.numbers import counted
from shopfloor.service.scope_in_words import named_by_in_words

View = dict[str, Any]

FEWEST_TIES: Final = 2
"""A line between two units is at least so many tied pairs; more where there would be too many lines."""

LINES_PER_UNIT: Final = 2
"""So many lines a unit can still be followed by eye."""

FEWEST_VOICES: Final = 2
"""A unit where fewer people were asked has ties that are not known."""

MOST_NAMES: Final = 5
"""Names written in a picture, besides the chosen person's."""

MOST_PEOPLE_READABLE: Final = 500
"""Everybody at once says something up to about here."""

MOST_IN_CIRCLE: Final = 60
"""People drawn round one person; the table has them all."""

_PIE_SHARE: Final = 0.34  # radius of a pie of one person, in the unit of length of the layout
_MOST_GROWN: Final = 2.4  # an open unit takes the free space around it, up to this many times its own disc
_MOST_ASIDE: Final = 1.3  # how far an open disc may step aside for room, in its own radii
_STEPS_ASIDE: Final = 15  # places tried each way
_DEAR: Final = 0.35  # a step aside must gain so much room
_GAP: Final = 0.12  # that it leaves to its neighbours, as a share of its own disc
_EDGE: Final = 0.75  # of the outermost discs that the picture is cut to: most of the time they are closed
_SHAPES: Final = 4  # circle, square, diamond, triangle
_CLOCK: Final = {
    "day": 0, "days": 0, "1st": 0, "first": 0, "morning": 0, "1": 0,
    "swing": 1, "evening": 1, "evenings": 1, "2nd": 1, "second": 1, "afternoon": 1, "2": 1,
    "night": 2, "nights": 2, "3rd": 2, "third": 2, "graveyard": 2, "3": 2,
}  # fmt: skip


def shift_shapes(data: MapData) -> dict[str, int]:
    """Return the mark of each shift.

    Parameters
    ----------
    data : MapData
        Its shifts, filtered or not, so that a shift keeps its mark.

    Returns
    -------
    dict of str to int
        0 circle (days), 1 square (swing), 2 diamond (nights), 3 triangle (any further shift, and not known). Shifts
        with other names take the free marks in the order of their names.
    """
    shifts = sorted(set(data.people["shift"].unique()) - {NOT_KNOWN})
    shapes = {shift: _CLOCK[shift.casefold().split()[0]] for shift in shifts if shift.casefold().split()[0] in _CLOCK}
    free = iter([shape for shape in range(_SHAPES - 1) if shape not in shapes.values()])
    for shift in shifts:
        if shift not in shapes:
            shapes[shift] = next(free, _SHAPES - 1)
    return {**shapes, NOT_KNOWN: _SHAPES - 1}


def units_view(
    data: MapData, open_units: Collection[str] = (), filters: Filters = EVERYBODY, chosen: str | None = None
) -> View:
    """Return units as pies, those in `open_units` opened into their people.

    Parameters
    ----------
    data : MapData
    open_units : collection of str
        Ids of units; ids that are not on the map are passed over.
    filters : Filters
        Who is shown.
    chosen : str, optional
        ``person_id`` of the chosen person: her unit opens as well if she is shown.

    Returns
    -------
    dict
        The view; a line between units is ``fewest_ties`` or more pairs tied by the filters' layers. Between two
        open units there is none, since their people's ties are drawn one by one.
    """
    shown = data.shown(filters)
    opened = _opened(data, shown, open_units, chosen)
    low, high = data.pairs(filters, among=shown)
    discs = _discs(data, shown, opened)
    units, position = _unit_columns(data, shown, opened, discs)
    rows = np.flatnonzero(shown & opened[data.unit_of])
    lines, fewest = _unit_ties(data, (low, high), position, opened)
    return {
        "kind": "units",
        "bbox": _box(data),
        "label": _units_label(data, shown, opened),
        "units": units,
        "unit_ties": lines,
        "fewest_ties": fewest,
        "people": _people_columns(data, rows, discs),
        "ties": _tie_columns(data, rows, (low, high)),
    }


def people_view(data: MapData, filters: Filters = EVERYBODY) -> View:
    """Return everybody at once, in the discs of their units.

    Returns
    -------
    dict
        The view, with ``notice`` (str or None): a warning when there are more people than a picture can tell apart.
    """
    shown = data.shown(filters)
    opened = np.ones(len(data.unit_ids), dtype=bool)
    rows = np.flatnonzero(shown)
    pairs = data.pairs(filters, among=shown)
    discs = _closed(data)
    units, _ = _unit_columns(data, shown, opened, discs)
    many = len(rows) > MOST_PEOPLE_READABLE
    return {
        "kind": "people",
        "bbox": _box(data),
        "label": f"Map of everybody: {counted(len(rows), 'person', 'people')}, {counted(len(pairs[0]), 'tie')}. "
        "The table below holds the same.",
        "notice": f"{len(rows):,} people at once hide more than they show. Open units one by one to read them."
        if many
        else None,
        "units": units,
        "unit_ties": {"source": [], "target": [], "n": []},
        "people": _people_columns(data, rows, discs),
        "ties": _tie_columns(data, rows, pairs),
    }


def circle_view(data: MapData, person_id: str, filters: Filters = EVERYBODY) -> View:
    """Return one person and the people she is tied to, grouped by unit around her.

    Parameters
    ----------
    data : MapData
    person_id : str
        The person in the middle, shown whatever the filters; `NotFoundError` if she is not on the map.
    filters : Filters
        Who may stand around her, and which layers tie.

    Returns
    -------
    dict
        The view, with ``captions`` (the units round the circle) and ``n_left_out``: tied people beyond
        `MOST_IN_CIRCLE`, the most weakly tied.
    """
    middle = data.row_of(person_id)
    among = data.shown(filters)
    among[middle] = True
    low, high = data.pairs(filters, among=among)
    tied = np.union1d(high[low == middle], low[high == middle])
    around = _closest(data, tied, data.closeness(middle, filters.layers))
    x, y, captions = _round_places(data, around)
    rows = np.concatenate([[middle], around]).astype(np.int64)
    people = _people_columns(data, rows, _closed(data))
    people.update(x=[0.0, *x], y=[0.0, *y], named=[True] * len(rows))
    wide, tall = float(max([3.0, *np.abs(x)])) + 2.5, float(max([2.0, *np.abs(y)])) + 1.5
    name = data.people["name"].iat[middle]
    return {
        "kind": "circle",
        "bbox": {"x": [-wide, wide], "y": [-tall, tall]},
        "label": f"Map of the people tied to {name}: {counted(len(tied), 'person', 'people')} in "
        f"{counted(len(set(data.unit_of[tied])), 'unit')}. The table below holds the same.",
        "n_left_out": len(tied) - len(around),
        "people": people,
        "ties": _tie_columns(data, rows, (low, high)),
        "captions": captions,
    }


def _box(data: MapData) -> dict[str, list[float]]:
    """Return what the camera shows at first: all units, whichever are open, so that opening never moves it."""
    layout = data.layout
    if not len(layout.unit_x):
        return {"x": [-1.0, 1.0], "y": [-1.0, 1.0]}
    x, y, edge = layout.unit_x, layout.unit_y, layout.unit_radius * _EDGE
    return {
        "x": [float((x - edge).min()), float((x + edge).max())],
        "y": [float((y - edge).min()), float((y + edge).max())],
    }


def _rounded(values: Floats) -> list[float]:
    return [float(value) for value in np.round(values, 3)]


def _opened(data: MapData, shown: Bools, open_units: Collection[str], chosen: str | None) -> Bools:
    opened = np.isin(np.array(data.unit_ids, dtype=object), list(open_units)).astype(bool)
    if chosen is not None:
        row = data.row_of(chosen)
        opened[data.unit_of[row]] |= shown[row]
    return opened


def unit_counts(data: MapData, shown: Bools) -> Ints:
    """Return people by unit and assessment, shape (n_units, 6): assessed 1 .. 5, then not assessed."""
    assessment = data.people["assessment"].to_numpy(dtype=np.int64)
    slot = np.where(assessment == 0, 5, assessment - 1)
    counts = np.bincount(data.unit_of[shown] * 6 + slot[shown], minlength=6 * len(data.unit_ids))
    return counts.reshape(-1, 6).astype(np.int64)


def units_with(data: MapData, column: str, shown: Bools) -> Ints:
    """Return how many shown people of each unit have a flag (``was_asked``, ``was_talked_to``), shape (n_units,)."""
    has = data.people[column].to_numpy(dtype=bool) & shown
    return np.bincount(data.unit_of[has], minlength=len(data.unit_ids)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Discs:
    """Where units are drawn, shape (n_units,) each: centres, and how many times their own discs they are."""

    x: Floats
    y: Floats
    growth: Floats


def _closed(data: MapData) -> _Discs:
    return _Discs(data.layout.unit_x, data.layout.unit_y, np.ones(len(data.unit_ids)))


def _discs(data: MapData, shown: Bools, opened: Bools) -> _Discs:
    """Return where units are drawn: an open one takes the free space around it, up to its neighbours, which stay.

    It may step aside for that, the same way whichever other units are open; where two would then be in each other's
    way, all stay in their places. A closed neighbour leaves all of its disc but the pie; two open ones share the
    space between them.
    """
    layout = data.layout
    people = np.bincount(data.unit_of[shown], minlength=len(opened))
    pie = np.where(people > 0, _PIE_SHARE * np.sqrt(people), -np.inf)
    x, y = layout.unit_x.copy(), layout.unit_y.copy()
    for unit in np.flatnonzero(opened):
        x[unit], y[unit] = _roomiest(data, int(unit), pie)
    growth = _growth(data, opened, pie, x, y)
    if (growth < 1).any():
        x, y = layout.unit_x, layout.unit_y
        growth = np.maximum(_growth(data, opened, pie, x, y), 1.0)
    return _Discs(x, y, np.minimum(growth, _MOST_GROWN))


def _growth(data: MapData, opened: Bools, pie: Floats, x: Floats, y: Floats) -> Floats:
    radius, growth = data.layout.unit_radius, np.ones(len(opened))
    for unit in np.flatnonzero(opened):
        own, away = radius[unit], np.hypot(x - x[unit], y - y[unit])
        free = np.where(opened, away * own / (own + radius), away - pie)
        free[unit] = _rim(data, x[unit], y[unit]) + _GAP * own
        growth[unit] = (free.min() - _GAP * own) / own
    return growth


def _roomiest(data: MapData, unit: int, pie: Floats) -> tuple[float, float]:
    """Return the centre near a unit's own where its disc has most room, all others closed."""
    layout = data.layout
    own = layout.unit_radius[unit]
    steps = np.linspace(-_MOST_ASIDE, _MOST_ASIDE, _STEPS_ASIDE) * own
    aside_x, aside_y = (part.ravel() for part in np.meshgrid(steps, steps))
    x, y = layout.unit_x[unit] + aside_x, layout.unit_y[unit] + aside_y
    others = np.arange(len(pie)) != unit
    away = np.hypot(x[:, None] - layout.unit_x[others], y[:, None] - layout.unit_y[others]) - pie[others]
    room = np.minimum(np.column_stack([away, np.full(len(x), np.inf)]).min(axis=1), _rim(data, x, y) + _GAP * own)
    worth = np.minimum(room, _MOST_GROWN * own) - _DEAR * np.hypot(aside_x, aside_y)
    best = int(np.argmax(worth))
    return float(x[best]), float(y[best])


def _rim(data: MapData, x: Any, y: Any) -> Any:  # noqa: ANN401 - one place or many
    """Return how far places are from the edge of the picture."""
    (left, right), (bottom, top) = _box(data).values()
    return np.minimum(np.minimum(x - left, right - x), np.minimum(y - bottom, top - y))


def _unit_columns(data: MapData, shown: Bools, opened: Bools, discs: _Discs) -> tuple[dict[str, list[Any]], Ints]:
    """Columns of the units with somebody to show, and the position of each unit in them (-1: not shown)."""
    counts = unit_counts(data, shown)
    asked, talked = units_with(data, "was_asked", shown), units_with(data, "was_talked_to", shown)
    kept = np.flatnonzero(counts.sum(axis=1) > 0)
    position = np.full(len(data.unit_ids), -1, dtype=np.int64)
    position[kept] = np.arange(len(kept))
    people = counts.sum(axis=1)
    known = asked >= np.minimum(FEWEST_VOICES, np.maximum(people, 1))
    columns = {
        "id": [data.unit_ids[u] for u in kept],
        "label": [data.unit_label(data.unit_ids[u]) for u in kept],
        "note": [unit_note(int(people[u]), int(talked[u]), int(asked[u]), ties_known=bool(known[u])) for u in kept],
        "x": _rounded(discs.x[kept]),
        "y": _rounded(discs.y[kept]),
        "radius": _rounded((data.layout.unit_radius * discs.growth)[kept]),
        "pie": _rounded(_PIE_SHARE * np.sqrt(people[kept])),
        "counts": counts[kept].tolist(),
        "open": opened[kept].tolist(),
        "ties_known": known[kept].tolist(),
    }
    return columns, position


def fewest_ties(data: MapData, filters: Filters = EVERYBODY) -> int:
    """Return of how many tied pairs a line between two units is at least, for the line under the headline."""
    _, n = _tied_units(data, data.pairs(filters))
    return _threshold(n, len(np.unique(data.unit_of[data.shown(filters)])))


def _threshold(n: Ints, n_units: int) -> int:
    """At least `FEWEST_TIES`, and so many that no more than `LINES_PER_UNIT` lines a unit are left."""
    most_lines = max(int(LINES_PER_UNIT * n_units), 1)
    if len(n) <= most_lines:
        return FEWEST_TIES
    return max(FEWEST_TIES, int(np.sort(n)[::-1][most_lines]) + 1)


def _tied_units(data: MapData, pairs: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Pairs of units, shape (n, 2), and how many tied pairs of people join them."""
    one, other, n_units = data.unit_of[pairs[0]], data.unit_of[pairs[1]], max(len(data.unit_ids), 1)
    codes = (np.minimum(one, other) * n_units + np.maximum(one, other))[one != other]
    lines, n = np.unique(codes, return_counts=True)
    return np.column_stack([lines // n_units, lines % n_units]), n.astype(np.int64)


def _unit_ties(
    data: MapData, pairs: tuple[Ints, Ints], position: Ints, opened: Bools
) -> tuple[dict[str, list[int]], int]:
    """Lines between units, not between two open ones, and the threshold they are over."""
    lines, n = _tied_units(data, pairs)
    fewest = _threshold(n, int((position >= 0).sum()))
    kept = (n >= fewest) & ~opened[lines].all(axis=1)
    ends = position[lines[kept]]
    return {"source": ends[:, 0].tolist(), "target": ends[:, 1].tolist(), "n": n[kept].tolist()}, fewest


def _people_columns(data: MapData, rows: Ints, discs: _Discs) -> dict[str, list[Any]]:
    people = data.people.iloc[rows]
    layout, unit = data.layout, data.unit_of[rows]
    x = discs.x[unit] + (layout.x[rows] - layout.unit_x[unit]) * discs.growth[unit]
    y = discs.y[unit] + (layout.y[rows] - layout.unit_y[unit]) * discs.growth[unit]
    shapes = shift_shapes(data)
    named_by = people["named_by"].to_numpy(dtype=np.int64)
    assessment = people["assessment"].to_numpy(dtype=np.int64)
    most = max(int(data.people["named_by"].max()), 1) if len(data.people) else 1
    return {
        "id": people["person_id"].tolist(),
        "label": people["name"].tolist(),
        "note": [
            _person_note(int(n), int(n_outside), int(a), aside)
            for n, n_outside, a, aside in zip(
                named_by, people["named_by_outside"], assessment, people["aside"], strict=True
            )
        ],
        "x": _rounded(x),
        "y": _rounded(y),
        "size": _rounded((0.27 + 0.2 * np.sqrt(named_by / most)) * discs.growth[unit]),
        "shape": [shapes[shift] for shift in people["shift"]],
        "assessment": assessment.tolist(),
        "top": people["is_top"].tolist(),
        "named": _has_name_written(named_by).tolist(),
    }


def _person_note(named_by: int, n_outside: int, assessment: int, aside: str) -> str:
    return ", ".join(filter(None, (aside, named_by_in_words(named_by, n_outside), assessment_words(assessment))))


def _has_name_written(named_by: Ints) -> Bools:
    """Mark the most named of the picture, `MOST_NAMES` of them, the first in order where several are equal."""
    named = np.zeros(len(named_by), dtype=bool)
    named[np.argsort(-named_by, kind="stable")[:MOST_NAMES]] = True
    return named & (named_by > 0)


def _tie_columns(data: MapData, rows: Ints, pairs: tuple[Ints, Ints]) -> dict[str, list[int]]:
    """Ties among `rows`, as positions in them."""
    position = np.full(len(data.people), -1, dtype=np.int64)
    position[rows] = np.arange(len(rows))
    source, target = position[pairs[0]], position[pairs[1]]
    both = (source >= 0) & (target >= 0)
    return {"source": source[both].tolist(), "target": target[both].tolist()}


def _units_label(data: MapData, shown: Bools, opened: Bools) -> str:
    n_units = len(set(data.unit_of[shown]))
    if not n_units:
        return "Map: nobody fits these filters."
    text = f"Map: {counted(n_units, 'unit')}, {counted(int(shown.sum()), 'person', 'people')}."
    people = np.bincount(data.unit_of[shown], minlength=len(data.unit_ids))
    names = [f"{data.unit_label(data.unit_ids[u])} ({people[u]})" for u in np.flatnonzero(opened & (people > 0))]
    if names:
        text += f" Open: {listed(names)}."
    return f"{text} The table below holds the same."


def _closest(data: MapData, tied: Ints, closeness: Floats) -> Ints:
    """Return the closest of the tied people, by unit and the most named first, for standing side by side."""
    named_by = data.people["named_by"].to_numpy(dtype=np.int64)
    kept = tied[np.argsort(-closeness[tied], kind="stable")][:MOST_IN_CIRCLE]
    return kept[np.lexsort((kept, -named_by[kept], data.unit_of[kept]))]


def _round_places(data: MapData, around: Ints) -> tuple[list[float], list[float], list[dict[str, Any]]]:
    """Places on a flat ring with a gap between units, and a caption outside of each unit."""
    units = data.unit_of[around]
    gaps = np.cumsum(np.r_[0, units[1:] != units[:-1]]) if len(units) else np.zeros(0)
    steps = np.arange(len(around)) + gaps
    total = max(float(steps[-1]) + 2.0, 3.0) if len(steps) else 3.0
    angle = np.pi / 2 - 2 * np.pi * (steps + 0.5) / total
    tall = max(3.0, total * 0.2)
    wide = 1.9 * tall
    x, y = wide * np.cos(angle), tall * np.sin(angle)
    captions = []
    for unit in dict.fromkeys(units.tolist()):
        mid = angle[units == unit].mean()
        label = data.unit_label(data.unit_ids[unit])
        outside = {"x": (wide + 1.6) * np.cos(mid), "y": (tall + 1.0) * np.sin(mid)}
        captions.append({"text": label, **{axis: round(float(value), 3) for axis, value in outside.items()}})
    return _rounded(x), _rounded(y), captions
