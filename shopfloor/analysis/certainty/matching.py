"""Who is like whom, counted without pairing people.

Two people have a *pattern*: bit a is set where they are known to be equal in attribute a. The sum of some value over
all people who have exactly a given pattern with a person follows from sums over people who are equal in at least some
attributes (one count per combination of codes) by inclusion and exclusion, so that 5,000 people need no table of
25 million pairs.
"""

from dataclasses import dataclass

import numpy as np

from shopfloor.analysis.certainty.data import FloatArray, IntArray


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Matching:
    """What people have in common.

    Attributes
    ----------
    attributes : numpy.ndarray
        int64, shape (n_attributes, n_people), -1 where not known.
    combinations : numpy.ndarray
        int64, shape (2 ** n_attributes, n_people): for each set of attributes (bits) the number of the person's
        combination of codes, -1 where one of them is not known.
    """

    attributes: IntArray
    combinations: IntArray

    @property
    def n_patterns(self) -> int:
        """How many patterns there are, 2 ** n_attributes."""
        return len(self.combinations)

    @classmethod
    def of(cls, attributes: IntArray) -> "Matching":
        """Give each combination of codes a number."""
        n_attributes, n_people = attributes.shape
        combinations = np.zeros((2**n_attributes, n_people), dtype=np.int64)
        for chosen in range(1, 2**n_attributes):
            top = chosen.bit_length() - 1
            rest, codes = combinations[chosen ^ (1 << top)], attributes[top]
            both = rest * (codes.max(initial=0) + 1) + codes
            both[(rest < 0) | (codes < 0)] = -1
            combinations[chosen] = _numbered(both)
        return cls(attributes, combinations)

    def pattern(self, one: IntArray, two: IntArray) -> IntArray:
        """Return the pattern of pairs of people; the arrays are broadcast."""
        found = np.zeros(np.broadcast(one, two).shape, dtype=np.int64)
        for bit, codes in enumerate(self.attributes):
            found |= ((codes[one] == codes[two]) & (codes[one] >= 0)).astype(np.int64) << bit
        return found

    def sums(self, values: FloatArray) -> FloatArray:
        """Sum values over everybody else, by pattern.

        Parameters
        ----------
        values : numpy.ndarray
            float64, shape (n_people,).

        Returns
        -------
        numpy.ndarray
            float64, shape (n_people, n_patterns): row j, column p is the sum over the others who have pattern p with
            j. A row adds up to the sum of everybody else.
        """
        at_least = np.zeros((self.n_patterns, len(values)))
        for chosen, combination in enumerate(self.combinations):
            known = combination >= 0
            total = np.bincount(combination[known], weights=values[known])
            at_least[chosen, known] = total[combination[known]] - values[known]
        for bit in range(len(self.attributes)):
            without = [chosen for chosen in range(self.n_patterns) if not chosen >> bit & 1]
            at_least[without] -= at_least[[chosen | 1 << bit for chosen in without]]
        return at_least.T


def _numbered(values: IntArray) -> IntArray:
    """Give the values that are not negative numbers from 0; -1 stays."""
    numbers = np.full(len(values), -1)
    known = values >= 0
    numbers[known] = np.unique(values[known], return_inverse=True)[1]
    return numbers
