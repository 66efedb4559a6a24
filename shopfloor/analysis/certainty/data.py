"""What the naming model is given: who was asked, whom they named, and what people have in common.

Plain arrays over people 0 .. n-1, so that the model knows nothing of stores, questions or dates.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shopfloor.analysis.overlaps import sorted_distinct
from shopfloor.errors import UsageError

IntArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

MAX_ATTRIBUTES = 3
"""Attributes the model can hold: each doubles the number of ways in which two people can be alike."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class NamingData:
    """The answers to one naming question, and what is known of the people.

    Attributes
    ----------
    asked : numpy.ndarray
        bool, shape (n_people,): who answered the question; somebody who named nobody has answered.
    namer, named : numpy.ndarray
        int64, shape (n_namings,): who named whom, each 0 .. n_people - 1, every namer asked. A pair that stands twice
        counts once, a person naming herself does not count.
    attributes : numpy.ndarray
        int64, shape (n_attributes, n_people), at most three: codes from 0, -1 where not known. The first is the main
        unit (the department), others are such as shift or job. Two people are alike where both are known and equal.
    close : numpy.ndarray
        int64, shape (n_pairs, 2): people who work together or were told to be close, without direction.
    key : numpy.ndarray
        int64, shape (n_people,), all different: a number that belongs to the person and not to her place in the
        arrays, such as her place in the order of person_id. Draws go by it: people put in another order get the same
        ranks. The place itself where none is given.

    Raises
    ------
    UsageError
        Arrays that do not fit together, people outside the list, a namer who was not asked, more than three
        attributes.
    """

    asked: BoolArray
    namer: IntArray
    named: IntArray
    attributes: IntArray
    close: IntArray
    key: IntArray

    @property
    def n_people(self) -> int:
        """How many people the list has."""
        return len(self.asked)

    @property
    def n_asked(self) -> int:
        """How many of them were asked."""
        return int(self.asked.sum())

    def __repr__(self) -> str:
        """Give counts only."""
        return f"NamingData({self.n_asked} of {self.n_people} asked, {len(self.namer)} namings)"

    def __post_init__(self) -> None:
        _check_shapes(self)
        for what, people in (("namer", self.namer), ("named", self.named), ("close", self.close)):
            _check_people(what, people, self.n_people)
        if not self.asked[self.namer].all():
            first = int(self.namer[~self.asked[self.namer]][0])
            raise UsageError(f"person {first} names somebody and is not among those asked: mark her as asked")

    def in_order(self) -> tuple["NamingData", IntArray]:
        """Put people in the order of their keys.

        Returns
        -------
        data : NamingData
            The same answers, keys 0 .. n-1, pairs sorted, attribute codes counted in order of first appearance.
        order : numpy.ndarray
            int64, shape (n_people,): ``order[i]`` is who stands at place i now.
        """
        order = np.argsort(self.key, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(self.n_people)
        namer, named = np.divmod(
            sorted_distinct(place[self.namer] * self.n_people + place[self.named]), self.n_people or 1
        )
        ends = np.sort(place[self.close], axis=1)
        one, two = np.divmod(sorted_distinct(ends[:, 0] * self.n_people + ends[:, 1]), self.n_people or 1)
        data = replace(
            self,
            asked=self.asked[order],
            namer=namer[namer != named],
            named=named[namer != named],
            attributes=np.array([_first_seen(codes[order]) for codes in self.attributes], dtype=np.int64).reshape(
                self.attributes.shape
            ),
            close=np.stack([one, two], axis=1)[one != two],
            key=np.arange(self.n_people),
        )
        return data, order


def naming_data(
    *,
    asked: BoolArray,
    namer: IntArray,
    named: IntArray,
    attributes: IntArray | None = None,
    close: IntArray | None = None,
    key: IntArray | None = None,
) -> NamingData:
    """Return `NamingData` with empty parts for what is not given.

    Examples
    --------
    >>> import numpy as np
    >>> naming_data(asked=np.array([True, False, False]), namer=np.array([0]), named=np.array([2]))
    NamingData(1 of 3 asked, 1 namings)
    """
    n_people = len(asked)
    return NamingData(
        asked=np.asarray(asked, dtype=np.bool_),
        namer=np.asarray(namer, dtype=np.int64),
        named=np.asarray(named, dtype=np.int64),
        attributes=np.empty((0, n_people), dtype=np.int64) if attributes is None else np.asarray(attributes, np.int64),
        close=np.empty((0, 2), dtype=np.int64) if close is None else np.asarray(close, np.int64),
        key=np.arange(n_people) if key is None else np.asarray(key, np.int64),
    )


def _check_shapes(data: NamingData) -> None:
    n_people = len(data.asked)
    if data.namer.shape != data.named.shape:
        raise UsageError(f"{len(data.namer)} namers and {len(data.named)} named people: they must be as many")
    if data.attributes.ndim != 2 or data.attributes.shape[1] != n_people:  # noqa: PLR2004 - attributes by people
        raise UsageError(f"attributes must have the shape (n_attributes, {n_people}), not {data.attributes.shape}")
    if len(data.attributes) > MAX_ATTRIBUTES:
        raise UsageError(f"{len(data.attributes)} attributes: the model holds at most {MAX_ATTRIBUTES}, leave some out")
    if data.close.ndim != 2 or data.close.shape[1] != 2:  # noqa: PLR2004 - pairs
        raise UsageError(f"close must have the shape (n_pairs, 2), not {data.close.shape}")
    if data.key.shape != (n_people,) or len(np.unique(data.key)) != n_people:
        raise UsageError(f"key must hold {n_people} different numbers, one for each person")


def _check_people(what: str, people: IntArray, n_people: int) -> None:
    outside = people[(people < 0) | (people >= n_people)]
    if len(outside):
        raise UsageError(
            f"{what} holds person {int(outside[0])}, outside the list of {n_people}: leave out answers about or by "
            "people who are not on it"
        )


def _first_seen(codes: IntArray) -> IntArray:
    """Count codes anew in order of first appearance; -1 stays."""
    values, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    known = values >= 0
    number = np.full(len(values), -1)
    number[np.flatnonzero(known)[np.argsort(first[known])]] = np.arange(known.sum())
    return number[inverse]
