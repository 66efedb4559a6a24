"""The tables beside the map: the same people, units and counts as the picture, and the legend.

They are the map for whoever cannot see or draw it: same ids, same filters, sortable, and usable by keyboard.
"""

from collections.abc import Collection
from typing import Any

import numpy as np

from shopfloor.dashboard.grids import values_of
from shopfloor.dashboard.map_data import EVERYBODY, NOT_KNOWN, Bools, Filters, Ints, MapData
from shopfloor.dashboard.views import shift_shapes, unit_counts, units_with
from shopfloor.dashboard.words import ASSESSMENT_WORDS, assessment_words

Rows = list[dict[str, Any]]

_PEOPLE_COLUMNS = [
    "id",
    "name",
    "unit",
    "shift",
    "assessment",
    "stands",
    "named_by",
    "n_ties",
    "was_asked",
    "was_talked_to",
    "is_top",
]
_SHAPE_WORDS = ("circle", "square", "diamond", "triangle")


def unit_table(data: MapData, filters: Filters = EVERYBODY) -> Rows:
    """Return one row a unit, least known first.

    Returns
    -------
    list of dict
        ``id``, ``unit``, ``n_people``, ``n_talked_to``, ``n_not_talked_to``, ``n_asked``, ``a1`` .. ``a5``,
        ``n_not_assessed``, ``n_ties_inside``, ``n_ties_out`` (tied pairs with other units), ``most_named`` (a name,
        or empty while nobody there is named). Sorted by the share not talked to, then by size.
    """
    shown = data.shown(filters)
    counts = unit_counts(data, shown)
    talked, asked = units_with(data, "was_talked_to", shown), units_with(data, "was_asked", shown)
    inside, out = _unit_tie_counts(data, filters, shown)
    people = counts.sum(axis=1)
    kept = np.flatnonzero(people > 0)
    order = kept[np.lexsort((kept, -people[kept], talked[kept] / people[kept]))]
    names = _most_named_in(data, shown)
    return [
        {
            "id": data.unit_ids[u],
            "unit": data.unit_label(data.unit_ids[u]),
            "n_people": int(people[u]),
            "n_talked_to": int(talked[u]),
            "n_not_talked_to": int(people[u] - talked[u]),
            "n_asked": int(asked[u]),
            **{f"a{a + 1}": int(counts[u, a]) for a in range(5)},
            "n_not_assessed": int(counts[u, 5]),
            "n_ties_inside": int(inside[u]),
            "n_ties_out": int(out[u]),
            "most_named": names.get(int(u), ""),
        }
        for u in order
    ]


def people_table(
    data: MapData,
    filters: Filters = EVERYBODY,
    *,
    units: Collection[str] | None = None,
    tied_to: str | None = None,
) -> Rows:
    """Return one row a person, the most named first, then by name.

    Parameters
    ----------
    data : MapData
    filters : Filters
        Who is shown.
    units : collection of str, optional
        Only people of these units: the open ones.
    tied_to : str, optional
        ``person_id``: only this person and those tied to her, as in her circle.

    Returns
    -------
    list of dict
        ``id``, ``name``, ``unit``, ``shift`` (empty: not known), ``assessment`` (1..5 or None), ``stands`` (words),
        ``named_by``, ``n_ties`` (tied people shown), ``was_asked``, ``was_talked_to``, ``is_top``.
    """
    shown = data.shown(filters)
    n_ties, shown = _ties_and_rows(data, filters, shown, tied_to)
    if units is not None:
        shown = shown & data.people["unit"].isin(list(units)).to_numpy(dtype=bool)
    people = data.people[shown].assign(n_ties=n_ties[shown]).sort_values("name", kind="stable")
    people = people.sort_values("named_by", ascending=False, kind="stable")
    people = people.rename(columns={"person_id": "id"})
    people["unit"] = people["unit"].map(data.unit_label)
    people["stands"] = people["assessment"].map(assessment_words)
    people["assessment"] = people["assessment"].astype(object).replace(0, None)
    return [dict(zip(_PEOPLE_COLUMNS, row, strict=True)) for row in people[_PEOPLE_COLUMNS].to_numpy(object).tolist()]


def legend(data: MapData, filters: Filters = EVERYBODY) -> dict[str, Any]:
    """Return the key of the map.

    Returns
    -------
    dict
        ``assessments``: ``value`` (0 = not assessed, last), ``label``, ``n``; ``shapes``: ``shape``, ``label``
        (shifts), ``n``, those in use; ``sentences``: how to read size, ring and the broken ring.
    """
    shown = data.shown(filters)
    assessment = np.bincount(data.people["assessment"].to_numpy(dtype=np.int64)[shown], minlength=6)
    return {
        "assessments": [
            {"value": a, "label": ASSESSMENT_WORDS[a], "n": int(assessment[a])} for a in (1, 2, 3, 4, 5, 0)
        ],
        "shapes": _shapes_in_use(data, shown),
        "sentences": [
            "Disc: people in the unit, cut by where they stand.",
            "Mark: one person, larger when named by more (influence), coloured by where they stand (support).",
            "Ring: among the most named.",
            "Broken ring round a unit: ties not known, too few were asked.",
        ],
    }


def _shapes_in_use(data: MapData, shown: Bools) -> Rows:
    shapes = shift_shapes(data)
    counts = data.people["shift"][shown].value_counts().to_dict()
    in_use = [shift for shift in sorted(shapes, key=lambda s: (shapes[s], s == NOT_KNOWN, s)) if counts.get(shift)]
    return [
        {"shape": _SHAPE_WORDS[shapes[shift]], "label": shift or "shift not known", "n": int(counts[shift])}
        for shift in in_use
    ]


def _unit_tie_counts(data: MapData, filters: Filters, shown: Bools) -> tuple[Ints, Ints]:
    """Tied pairs inside each unit, and from it to others."""
    low, high = data.pairs(filters, among=shown)
    a, b = data.unit_of[low], data.unit_of[high]
    n = len(data.unit_ids)
    inside = np.bincount(a[a == b], minlength=n)
    out = np.bincount(a[a != b], minlength=n) + np.bincount(b[a != b], minlength=n)
    return inside.astype(np.int64), out.astype(np.int64)


def _most_named_in(data: MapData, shown: Bools) -> dict[int, str]:
    """Return the most named person of each unit where anybody is named; by id where several are equal."""
    named_by = data.people["named_by"].to_numpy(dtype=np.int64) * shown
    most = np.zeros(len(data.unit_ids), dtype=np.int64)
    np.maximum.at(most, data.unit_of, named_by)
    first = np.flatnonzero((named_by > 0) & (named_by == most[data.unit_of]))
    ids, names = (values_of(data.people[column].iloc[first]) for column in ("person_id", "name"))
    by_id = sorted(zip(ids, data.unit_of[first].tolist(), names, strict=True), reverse=True)
    return {unit: name for _, unit, name in by_id}


def _ties_and_rows(data: MapData, filters: Filters, shown: Bools, tied_to: str | None) -> tuple[Ints, Bools]:
    """Tied people of each person among those shown, and who is listed."""
    listed = shown.copy()
    middle = None if tied_to is None else data.row_of(tied_to)
    if middle is not None:
        listed[middle] = True
    low, high = data.pairs(filters, among=listed)
    n = len(data.people)
    n_ties = (np.bincount(low, minlength=n) + np.bincount(high, minlength=n)).astype(np.int64)
    if middle is not None:
        around = np.r_[middle, high[low == middle], low[high == middle]]
        listed = np.isin(np.arange(n), around)
    return n_ties, listed
