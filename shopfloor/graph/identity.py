"""Which contacts are one person: what judgements hold together, found at read time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

IntArray = npt.NDArray[np.int64]

NOBODY = -1
"""In the place of a person: a key that is no contact's."""


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """People as sets of contacts.

    Attributes
    ----------
    person_ids : tuple of str
        One a person: the smallest key among her contacts; ascending.
    person_of : mapping of str to int
        Position in `person_ids` by contact key.
    """

    person_ids: tuple[str, ...]
    person_of: Mapping[str, int]
    _keys: pa.Array = field(init=False, compare=False)
    _people: IntArray = field(init=False, compare=False)

    def __post_init__(self) -> None:
        people = np.fromiter(self.person_of.values(), dtype=np.int64, count=len(self.person_of))
        object.__setattr__(self, "_keys", pa.array(self.person_of.keys(), pa.large_string()))
        object.__setattr__(self, "_people", np.append(people, NOBODY))

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Identity({len(self.person_of)} contacts, {len(self.person_ids)} people)"

    def contacts_of(self, person: int) -> list[str]:
        """Return the contact keys of one person, ascending."""
        keys: list[str] = self._keys.take(np.flatnonzero(self._people[:-1] == person)).sort().to_pylist()
        return keys

    def people_of(self, keys: pa.Array) -> IntArray:
        """Return the person of each contact key, `NOBODY` where it is null or no contact.

        Parameters
        ----------
        keys : pyarrow.Array
            large_string, shape (n_rows,).
        """
        people: IntArray = self._people[pc.fill_null(pc.index_in(keys, self._keys), -1).to_numpy()]
        return people


def hold_together(contact_keys: Iterable[str], same: Iterable[tuple[str, str]]) -> Identity:
    """Return the people that the contacts are.

    Parameters
    ----------
    contact_keys : iterable of str
        All contacts; repeats do not matter.
    same : iterable of (str, str)
        Pairs of contacts judged the same; a pair with a key that is no contact changes nothing.

    Examples
    --------
    >>> people = hold_together(["2", "1", "9@hr"], [("9@hr", "2")])
    >>> people.person_ids, people.person_of["9@hr"]
    (('1', '2'), 1)
    """
    keys = sorted(set(contact_keys))
    place = {key: i for i, key in enumerate(keys)}
    pairs = [(place[a], place[b]) for a, b in same if a in place and b in place]
    labels = _components(len(keys), pairs)
    # Keys ascend, so components are numbered by their smallest key.
    firsts, codes = np.unique(labels, return_inverse=True)
    smallest = np.full(len(firsts), len(keys))
    np.minimum.at(smallest, codes, np.arange(len(keys)))
    order = np.argsort(smallest, kind="stable")
    position = np.empty_like(order)
    position[order] = np.arange(len(order))
    person_ids = tuple(keys[i] for i in smallest[order])
    return Identity(person_ids, dict(zip(keys, position[codes].tolist(), strict=True)))


def _components(n: int, pairs: list[tuple[int, int]]) -> npt.NDArray[np.int32]:
    if not pairs:
        return np.arange(n, dtype=np.int32)
    from scipy.sparse import coo_array  # noqa: PLC0415 - slow to load, and where nobody was judged not needed
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - the same

    ends = np.array(pairs).T
    graph = coo_array((np.ones(len(pairs)), (ends[0], ends[1])), shape=(n, n))
    labels: npt.NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels
