"""The fixed part of the model: what a cell's pairs have in common, as columns, and what is believed of them before.

Columns: alpha; one for each attribute shared; close; named back; not known whether named back; size of the unit (pairs
of one unit only). Beside these, kept apart because each person has only one of them: a rate of namings inside each
unit (o) and of being named in each unit (v).

Whether j, who was not asked, would name i back is not known, and the odds of i naming her lie between those of the two
answers. How far between follows from the other effects (`Design.between`), as in the dyads of the p1 model, up to a
small correction. Left free, it would be learned from the pairs of asked and not asked alone; where those asked
were picked by how much they are named, that makes everybody else look as if she were hardly named by anybody.

References
----------
P. W. Holland and S. Leinhardt, "An exponential family of probability distributions for directed graphs", JASA 76
(1981) 33-50. doi:10.1080/01621459.1981.10477598
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from shopfloor.analysis.certainty.cells import NAMED_BACK, NOT_ASKED, Cells
from shopfloor.analysis.certainty.data import FloatArray, IntArray, NamingData

ALPHA_SD = 10.0
"""Prior standard deviations, on the log-odds scale, of alpha ..."""

EFFECT_SD = 1.5
"""... of what is shared, close ties and namings back ..."""

CORRECTION_SD = 0.25
"""... of the correction where it is not known whether somebody would name back ..."""

SIZE_MEAN, SIZE_SD = -0.5, 0.4
"""... of the size of the unit (people name few, so a large unit has a low rate) ..."""

INSIDE_SD = 0.5
"""... of namings inside one unit ..."""

UNIT_SD = 0.3
"""... and of being named, which people of one unit share."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Design:
    """Columns of the model.

    Attributes
    ----------
    unit : numpy.ndarray
        int64, shape (n_people,): main unit, `n_units` where not known.
    n_units : int
        Main units; 0 without attributes.
    log_size : numpy.ndarray
        float64, shape (n_people,): log of the size of the person's unit over the mean size, 0 where not known.
    n_attributes : int
    between : numpy.ndarray
        float64, shape (2 ** n_attributes, 2): by pattern and closeness, how much the log-odds of a naming are above
        those of somebody who is known not to be named back, where it is not known.
    """

    unit: IntArray
    n_units: int
    log_size: FloatArray
    n_attributes: int
    between: FloatArray

    @classmethod
    def of(cls, data: NamingData) -> "Design":
        """Take units and their sizes from `data`."""
        unit = data.attributes[0] if len(data.attributes) else np.full(data.n_people, -1)
        n_units = int(unit.max(initial=-1)) + 1
        sizes = np.bincount(unit[unit >= 0], minlength=n_units)
        known = np.where(unit >= 0, unit, n_units)
        relative = np.append(sizes / max(sizes[sizes > 0].mean(), 1.0) if n_units else [], 1.0)
        n_attributes = len(data.attributes)
        between = np.zeros((2**n_attributes, 2))
        return cls(known, n_units, np.log(np.maximum(relative, 1e-9))[known], n_attributes, between)

    @property
    def n_shared(self) -> int:
        """How many columns there are before those of the units."""
        return self.n_attributes + 5

    @property
    def n_effects(self) -> int:
        """How many effects theta holds: the shared columns, then o and v of each unit."""
        return self.n_shared + 2 * self.n_units

    def columns(self, cells: Cells) -> FloatArray:
        """Return the shared columns of cells.

        Returns
        -------
        numpy.ndarray
            float64, shape (n_cells, n_shared).
        """
        found = np.zeros((len(cells.person), self.n_shared))
        found[:, 0] = 1.0
        for bit in range(self.n_attributes):
            found[:, 1 + bit] = cells.pattern >> bit & 1
        found[:, -4] = cells.is_close
        found[:, -3] = cells.back == NAMED_BACK
        found[:, -2] = cells.back == NOT_ASKED
        found[:, -1] = cells.is_own * self.log_size[cells.person]
        return found

    def prior(self) -> tuple[FloatArray, FloatArray]:
        """Return the prior means and precisions of theta, float64, shape (n_effects,)."""
        mean = np.zeros(self.n_effects)
        mean[self.n_shared - 1] = SIZE_MEAN
        sd = np.full(self.n_effects, EFFECT_SD)
        sd[0], sd[self.n_shared - 2], sd[self.n_shared - 1] = ALPHA_SD, CORRECTION_SD, SIZE_SD
        sd[self.n_shared : self.n_shared + self.n_units] = INSIDE_SD
        sd[self.n_shared + self.n_units :] = UNIT_SD
        return mean, 1.0 / sd**2

    def effects(self, theta: FloatArray, cells: Cells, columns: FloatArray) -> FloatArray:
        """Return the fixed part of the log-odds of each cell, float64, shape (n_cells,)."""
        inside = np.append(theta[self.n_shared : self.n_shared + self.n_units], 0.0)
        named = np.append(theta[self.n_shared + self.n_units :], 0.0)
        unit = self.unit[cells.person]
        between = (cells.back == NOT_ASKED) * self.between[cells.pattern, cells.is_close.astype(np.int64)]
        fixed: FloatArray = columns @ theta[: self.n_shared] + cells.is_own * inside[unit] + named[unit] + between
        return fixed

    def tied(self, theta: FloatArray, cells: Cells, log_odds: FloatArray) -> "Design":
        """Let `between` follow from theta.

        Parameters
        ----------
        theta : numpy.ndarray
            float64, shape (n_effects,).
        cells : Cells
        log_odds : numpy.ndarray
            float64, shape (n_cells,): log-odds of a naming by somebody who is known not to be named back.

        Returns
        -------
        Design
            With ``between = log(1 + odds * exp(b)) - log(1 + odds)``, b the effect of being named back, odds the mean
            over the pairs of that pattern and closeness.
        """
        kind = cells.pattern * 2 + cells.is_close
        n_pairs = np.bincount(kind, cells.n_asked + cells.n_left, self.between.size)
        rates = np.bincount(kind, (cells.n_asked + cells.n_left) * expit(log_odds), self.between.size)
        odds = logit(np.clip(rates / np.maximum(n_pairs, 1.0), 1e-9, 1.0 - 1e-3))
        between = np.logaddexp(0.0, odds + theta[self.n_shared - 3]) - np.logaddexp(0.0, odds)
        return replace(self, between=between.reshape(self.between.shape))

    def by_unit(self, values: FloatArray) -> FloatArray:
        """Sum values of people by unit; shape (n_people, ...) to (n_units, ...), unknown units left out."""
        flat = values.reshape(len(values), -1)
        sums = [np.bincount(self.unit, column, self.n_units + 1)[: self.n_units] for column in flat.T]
        return np.array(sums, dtype=np.float64).T.reshape(self.n_units, *values.shape[1:])
