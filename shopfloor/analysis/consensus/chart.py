"""Groups against the official chart: which unit a group is, is part of, or cuts across."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

SAME: Final = 0.6
"""Overlap (Jaccard) from which a group is the same as a unit."""

PART: Final = 0.8
"""Share of a group from one unit that makes it a part of that unit."""


def against_chart(units: "pd.Series[str]", members: Sequence[int]) -> dict[str, Any]:
    """Compare one group with the units.

    Parameters
    ----------
    units : pandas.Series
        Unit of each person, by person; NA where not known.
    members : sequence of int
        Persons of the group.

    Returns
    -------
    dict
        ``chart``: ``same as the chart`` (Jaccard `SAME` or more), else ``part of a unit`` (`PART` or more of it),
        else ``crosses units``, None where no unit of a member is known; ``chart_unit``, the unit most members are
        from; ``n_in_unit``, members from it; ``n_unit``, its people; ``share_across`` (0 .. 1), pairs of members of
        known units who are in different ones, NaN for fewer than two.
    """
    own = units.loc[list(members)].dropna()
    if own.empty:
        return {"chart": None, "chart_unit": None, "n_in_unit": 0, "n_unit": 0, "share_across": float("nan")}
    counts = own.value_counts()
    unit = min(counts.index, key=lambda name: (-counts[name], str(name)))
    n_in_unit, n_unit = int(counts[unit]), int((units == unit).sum())
    # A unit that overlaps by more than half is also the one that most members are from.
    overlap = n_in_unit / (len(members) + n_unit - n_in_unit)
    is_part = n_in_unit / len(members) >= PART
    n_pairs, n_within = len(own) * (len(own) - 1), sum(n * (n - 1) for n in counts)
    return {
        "chart": "same as the chart" if overlap >= SAME else "part of a unit" if is_part else "crosses units",
        "chart_unit": str(unit),
        "n_in_unit": n_in_unit,
        "n_unit": n_unit,
        "share_across": 1 - n_within / n_pairs if n_pairs else float("nan"),
    }
