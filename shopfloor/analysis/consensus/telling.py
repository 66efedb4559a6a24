"""Of whom a group may be told while only some have been asked."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2_contingency

from shopfloor.analysis.ties import BoolArray, FloatArray

IntArray = NDArray[np.int64]

FEWEST_ASKED: Final = 0.2
"""Share of the workforce asked below which namings show no groups."""

BELONGING: Final = 0.7
"""Belonging that it takes."""

TIES: Final = 2
"""Ties that it takes."""

SHARE_ASKED: Final = 0.3
"""Share asked of her unit (if she was not asked herself), and of her group."""

HALF: Final = 0.5
"""Below this share asked, uneven asking makes every group provisional."""

_UNEVEN = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Who was asked, among the people whose groups are told.

    Attributes
    ----------
    asked : numpy.ndarray
        bool, shape (n_people,).
    unit : numpy.ndarray
        int64, shape (n_people,): main unit of each person, -1 where not known.
    """

    asked: BoolArray
    unit: IntArray

    @property
    def share(self) -> float:
        """Share of the people who were asked; 0 of nobody."""
        return float(self.asked.mean()) if len(self.asked) else 0.0

    def is_uneven(self) -> bool:
        """Say whether units were asked more unevenly than chance makes it (chi-square, 5 %) with less than half asked.

        Groups are then provisional: who was asked shapes them.
        """
        known = self.unit >= 0
        if self.share >= HALF or not known.any():
            return False
        n_asked = np.bincount(self.unit[known], weights=self.asked[known])
        table = np.array([n_asked, np.bincount(self.unit[known]) - n_asked])
        table = table[:, table.sum(axis=0) > 0]
        if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():  # noqa: PLR2004 - one unit compares with none
            return False
        return bool(chi2_contingency(table, correction=False).pvalue < _UNEVEN)


def tell_groups(
    membership: IntArray, belonging: FloatArray, n_ties: IntArray, solid: BoolArray, heard: Heard | None
) -> list[str]:
    """Say of whom the group is told, and of whom we cannot tell yet.

    Parameters
    ----------
    membership : numpy.ndarray
        int64, shape (n_people,): group 0 .. n_groups - 1, -1 for none.
    belonging : numpy.ndarray
        float64, shape (n_people,).
    n_ties : numpy.ndarray
        int64, shape (n_people,).
    solid : numpy.ndarray
        bool, shape (n_groups,).
    heard : Heard, optional
        None where the ties do not come from asking: the two conditions on who was asked then fall away.

    Returns
    -------
    list of str
        ``told`` if her group is solid, her belonging at least `BELONGING`, she has `TIES` ties, she or `SHARE_ASKED`
        of her unit was asked, and `SHARE_ASKED` of her group was. Otherwise the first condition that fails:
        ``in no group``, ``group not solid``, ``at the edge``, ``too few ties``, ``unit hardly asked``,
        ``group hardly asked``.

    Notes
    -----
    Of the people told, about 19 in 20 are in the group that complete answers would put them in (docs/validation.md).
    """
    group = np.maximum(membership, 0)
    fails = [
        ("in no group", membership < 0),
        ("group not solid", ~np.append(solid, False)[group]),
        ("at the edge", ~(belonging >= BELONGING)),
        ("too few ties", n_ties < TIES),
    ]
    if heard is not None:
        of_unit = _share_of(heard.asked, heard.unit)
        fails.append(("unit hardly asked", ~(heard.asked | (of_unit >= SHARE_ASKED))))
        fails.append(("group hardly asked", ~(_share_of(heard.asked, membership) >= SHARE_ASKED)))
    return [str(word) for word in np.select([fail for _, fail in fails], [word for word, _ in fails], "told")]


def _share_of(asked: BoolArray, part: IntArray) -> FloatArray:
    """Share asked of each person's part; 0 where the part is not known."""
    known = part >= 0
    if not known.any():
        return np.zeros(len(part))
    n_asked, n = np.bincount(part[known], weights=asked[known]), np.bincount(part[known])
    share: FloatArray = np.where(known, (n_asked / np.maximum(n, 1))[np.maximum(part, 0)], 0.0)
    return share
