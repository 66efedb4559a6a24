"""Who of ours can reach a person: people assessed 1 or 2 who are tied to her, or to somebody who is."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shopfloor.dashboard.map_data import Bools, Ints, MapData

OURS: Final = (1, 2)
"""Assessments of people who are with us."""

MOST_WAYS: Final = 4

NAMES: Final = "names them"
"""What `how_tied` says of somebody who named the other."""

_OUTGOING: Final = {"named": NAMES}
_INCOMING: Final = {"named": "is named by them"}
_MUTUAL: Final = {
    "told": "tied to them, we were told",
    "talked": "has talked with them",
    "worked_with": "worked beside them",
    "acted_with": "acted with them",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a person.

    Attributes
    ----------
    row : int
        Who of ours, a row of ``MapData.people``.
    how : tuple of str
        What ties the last person of the way to her, in words: ``names them``.
    via : int or None
        The person in between, a row of ``MapData.people``; None where ours are tied to her.
    """

    row: int
    how: tuple[str, ...]
    via: int | None = None


def tied_rows(data: MapData, row: int, layers: tuple[str, ...] = ()) -> Ints:
    """Return the rows of the people tied to one, sorted; no layer named is all of them."""
    kept = _layer_mask(data, layers)
    return np.union1d(data.target[kept & (data.source == row)], data.source[kept & (data.target == row)])


def how_tied(data: MapData, one: int, other: int, layers: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return what ties `one` to `other`, in words said of `one`, in the order of the layers."""
    kept = _layer_mask(data, layers)
    there = kept & (data.source == one) & (data.target == other)
    back = kept & (data.source == other) & (data.target == one)
    words = []
    for i, layer in enumerate(data.layers):
        if (there & (data.layer == i)).any():
            words.append(_OUTGOING.get(layer) or _MUTUAL.get(layer, "tied to them"))
        elif (back & (data.layer == i)).any():
            words.append(_INCOMING.get(layer) or _MUTUAL.get(layer, "tied to them"))
    return tuple(dict.fromkeys(words))


def ways_to(data: MapData, row: int, layers: tuple[str, ...] = ()) -> list[Way]:
    """Return who of ours can reach a person, straight first, then by one in between.

    Parameters
    ----------
    data : MapData
    row : int
        The person to reach, a row of ``data.people``.
    layers : tuple of str
        Layers of ties that count; none is all.

    Returns
    -------
    list of Way
        At most `MOST_WAYS`: assessed 1 before 2, then the closest, then by row.
    """
    tied = tied_rows(data, row, layers)
    ours = data.people["assessment"].isin(OURS).to_numpy(dtype=bool)
    straight = _ordered(data, tied[ours[tied]], row, layers)
    ways = [Way(one, how_tied(data, one, row, layers)) for one in straight]
    if len(ways) < MOST_WAYS:
        ways += _by_one_between(data, row, tied, ours, layers)
    return ways[:MOST_WAYS]


def _by_one_between(data: MapData, row: int, tied: Ints, ours: Bools, layers: tuple[str, ...]) -> list[Way]:
    seen = {row, *tied.tolist()}
    ways = []
    for via in _ordered(data, tied, row, layers):
        second = tied_rows(data, via, layers)
        fresh = [one for one in _ordered(data, second[ours[second]], via, layers) if one not in seen]
        if fresh:
            seen.add(fresh[0])
            ways.append(Way(fresh[0], how_tied(data, via, row, layers), via))
        if len(ways) == MOST_WAYS:
            break
    return ways


def _ordered(data: MapData, rows: Ints, row: int, layers: tuple[str, ...]) -> list[int]:
    """Return rows with the known stand first, then the closest to `row`."""
    stand = data.people["assessment"].to_numpy(dtype=np.int64)[rows]
    order = np.lexsort((rows, -data.closeness(row, layers)[rows], np.where(stand == 0, 9, stand)))
    return [int(one) for one in rows[order]]


def _layer_mask(data: MapData, layers: tuple[str, ...]) -> Bools:
    wanted = [i for i, name in enumerate(data.layers) if name in layers or not layers]
    return np.isin(data.layer, wanted)
