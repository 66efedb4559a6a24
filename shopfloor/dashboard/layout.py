"""Where units and people stand on the map: computed once, on the server, the same every time.

Every unit has a disc of its own, and discs never overlap, so a unit opens in place and nothing else moves. Units
that have many ties stand near each other; inside a disc people stand on rings, the most named in the middle,
turned towards those they are tied to. The unit of length is the distance between two neighbours on a ring.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.spatial import KDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_RIM = 0.8  # from the outermost ring to the edge of the disc
_MIDDLE = 0.6  # all rings stand further out by this, or the large marks of the most named would lie on one another
_JITTER = 0.14  # rings that are too even look like a pattern that means something
_TURNS = 10  # rounds of turning people towards their ties; the picture is steady after about six
_TIED_PULL = 0.1  # of the way to the middle of the units that a unit is tied to, in one round of closing up
_NO_WISH = 1e-9  # below this a person is pulled nowhere and stays
_PAIR_BUDGET = 4_000_000  # unit pairs looked at in one stage, so that a thousand units still take a second
_FEW = 64  # up to so many units all pairs are looked at: quicker than to find the near ones
_MOST_SPRUNG = 1200  # beyond, every unit against every other takes too long: only neighbours push


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of people and units.

    Attributes
    ----------
    x, y : numpy.ndarray of float, shape (n_people,)
        Centre of each person.
    unit_x, unit_y, unit_radius : numpy.ndarray of float, shape (n_units,)
        The disc of each unit; every member lies inside it.
    """

    x: Floats
    y: Floats
    unit_x: Floats
    unit_y: Floats
    unit_radius: Floats


def community_layout(
    unit_of: Ints, source: Ints, target: Ints, *, importance: Floats, seed: int = 0, aspect: float = 2.1
) -> Layout:
    """Place units first, then each unit's people in its own disc.

    Parameters
    ----------
    unit_of : numpy.ndarray of int, shape (n_people,)
        Unit of each person, 0 .. n_units - 1; every unit has at least one person.
    source, target : numpy.ndarray of int, shape (n_ties,)
        Ties as positions of people; direction does not matter, repeats count again.
    importance : numpy.ndarray of float, shape (n_people,)
        The larger, the nearer to the middle of the disc; equal ones stand by their order.
    seed : int
        Seed of the start and of the small scatter.
    aspect : float
        Width to height aimed at for the whole picture.

    Returns
    -------
    Layout
        The same for the same arguments. Cost: ties, and units squared up to 1,200 units, beyond which only
        neighbours push each other; about 0.1 s for 5,000 people with 25,000 ties in 40 units, 1.2 s for 20,000 with
        60,000 in 1,000.

    Examples
    --------
    >>> unit_of, ties = np.array([0, 0, 1]), np.array([0])
    >>> placed = community_layout(unit_of, ties, ties + 2, importance=np.zeros(3))
    >>> bool(np.hypot(placed.x[0] - placed.unit_x[0], placed.y[0] - placed.unit_y[0]) < placed.unit_radius[0])
    True
    """
    rng = np.random.default_rng(seed)
    sizes = np.bincount(unit_of).astype(np.int64)
    radius = _ring_radius(_rings_of(sizes)) + _RIM
    weights = _unit_weights(unit_of, source, target, len(sizes))
    centres = _place_units(radius, weights, aspect, rng)
    offsets = _place_people(unit_of, source, target, importance, centres, rng)
    places = centres[unit_of] + offsets if len(unit_of) else np.zeros((0, 2))
    return Layout(places[:, 0], places[:, 1], centres[:, 0], centres[:, 1], radius)


def _rings_of(sizes: Ints) -> Ints:
    """Rings round the middle that hold `sizes` people: ring j has 6 j places, the middle one."""
    return np.ceil((np.sqrt(12.0 * np.maximum(sizes, 1) - 3.0) - 3.0) / 6.0 - 1e-9).clip(0).astype(np.int64)


def _ring_radius(rings: Ints) -> Floats:
    """Radius of rings: the inner ones, where the most named stand, have more room."""
    return np.asarray(np.where(rings > 0, rings + _MIDDLE, 0.0))


def _unit_weights(unit_of: Ints, source: Ints, target: Ints, n_units: int) -> csr_array:
    """Ties between two units per root of their sizes, largest 1; none within a unit."""
    a, b = unit_of[source], unit_of[target]
    a, b = a[a != b], b[a != b]
    sizes = np.bincount(unit_of, minlength=n_units).astype(float)
    part = 1.0 / np.sqrt(sizes[a] * sizes[b])
    weights = coo_array((np.r_[part, part], (np.r_[a, b], np.r_[b, a])), shape=(n_units, n_units)).tocsr()
    return csr_array(weights / max(float(weights.max()) if weights.nnz else 0.0, 1e-9))


def _place_units(radius: Floats, weights: csr_array, aspect: float, rng: np.random.Generator) -> Floats:
    n_units = len(radius)
    if n_units <= 1:
        return np.zeros((n_units, 2))
    spread = float(np.sqrt((radius**2).sum()))
    start = _spiral(n_units, spread) if n_units > _MOST_SPRUNG else rng.normal(size=(n_units, 2)) * spread
    positions = (part.astype(np.int64).tobytes() for part in (weights.indices, weights.indptr))
    ties = (weights.data.tobytes(), *positions)
    return _places_from(start.tobytes(), radius.tobytes(), ties, aspect)


@lru_cache(maxsize=16)
def _places_from(start: bytes, radii: bytes, ties: tuple[bytes, ...], aspect: float) -> Floats:
    """Places of units, kept for the same values: not every talk changes ties between units. Not to be written to."""
    radius = np.frombuffer(radii)
    places = np.frombuffer(start).reshape(-1, 2)
    n_units = len(radius)
    parts = np.frombuffer(ties[0]), np.frombuffer(ties[1], np.int64), np.frombuffer(ties[2], np.int64)
    weights = csr_array(parts, shape=(n_units, n_units))
    rounds = int(np.clip(_PAIR_BUDGET // n_units**2, 30, 200))
    if n_units <= _MOST_SPRUNG:
        dense = np.asarray(weights.toarray(), dtype=np.float64)
        places = _pull_together(places, dense, float(np.sqrt((radius**2).sum())), rounds)
    placed = _pull_apart(places, radius, weights, aspect, rounds)
    placed.flags.writeable = False
    return placed


def _spiral(n: int, spread: float) -> Floats:
    """Evenly spread places, as in the head of a sunflower (Vogel 1979, doi 10.1016/0025-5564(79)90080-4)."""
    turn = np.arange(n) * np.pi * (3.0 - np.sqrt(5.0))
    away = 2.0 * spread * np.sqrt((np.arange(n) + 0.5) / n)
    return np.asarray(away[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]))


def _pull_together(places: Floats, weights: Floats, spread: float, rounds: int) -> Floats:
    """Springs along ties, repulsion, cooling (Fruchterman and Reingold 1991, doi 10.1002/spe.4380211102)."""
    ideal = 2.0 * spread / np.sqrt(len(places))
    for step in np.linspace(0.25 * spread, 0.01 * spread, rounds):
        x, y = places[:, 0], places[:, 1]
        squared = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2 + 1e-9
        strength = ideal**2 / squared - (2.0 / ideal) * weights * np.sqrt(squared)
        # the sum over others of strength times difference, without an array of all differences
        force = strength.sum(axis=1, keepdims=True) * places - strength @ places - places * 0.05
        length = np.sqrt((force**2).sum(axis=1, keepdims=True)) + 1e-9
        places = places + force / length * np.minimum(length, step)
    return np.asarray(places - places.mean(axis=0))


def _pull_apart(places: Floats, radius: Floats, weights: csr_array, aspect: float, rounds: int) -> Floats:
    """Close up, keeping the shape that is aimed at, then push apart until no two discs overlap."""
    gap = 0.22 * float(np.mean(radius)) + 0.8
    ties = _ties_between(weights)
    every = _paired(*np.triu_indices(len(radius), 1), radius, gap) if len(radius) <= _FEW else None
    for closing in np.linspace(1.0, 0.0, 2 * rounds, endpoint=False):
        drawn = places * (1.0 - 0.03 * closing) + _TIED_PULL * closing * _towards_tied(places, ties)
        shaped = _shaped(drawn, aspect)
        places = _pushed(shaped, every or _near_pairs(shaped, radius, gap))
    for _ in range(3 * rounds):
        before, places = places, _pushed(places, every or _near_pairs(places, radius, gap))
        if np.allclose(before, places, atol=1e-3):
            break
    # whatever overlap is left in a crowd goes by scaling the whole
    pairs = every or _near_pairs(places, radius, gap)
    wanted = radius[pairs.one] + radius[pairs.other] + 0.5 * gap
    needed = wanted / _lengths(places[pairs.one] - places[pairs.other])
    return places * max(float(needed.max(initial=1.0)), 1.0)


class _Ties(NamedTuple):
    """Ties of units: whose, with whom and how many, shape (n_ties,), and the sum of each unit, shape (n_units, 1)."""

    whose: Ints
    tied: Ints
    weight: Floats
    total: Floats


def _ties_between(weights: csr_array) -> _Ties:
    whose = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    total = np.asarray(weights.sum(axis=1), dtype=np.float64).reshape(-1, 1)
    return _Ties(_by_axis(whose), weights.indices.astype(np.int64), weights.data[:, None], total)


def _towards_tied(places: Floats, ties: _Ties) -> Floats:
    """Way of each unit to the middle of those it is tied to, shorter where the ties are few."""
    drawn = _summed(ties.whose, ties.weight * places[ties.tied], len(places))
    return np.asarray((drawn - ties.total * places) / (1.0 + ties.total))


def _shaped(places: Floats, aspect: float) -> Floats:
    """Stretch by a small step towards the width and height aimed at."""
    off = places - np.add.reduce(places) / len(places)
    wide, tall = np.sqrt(np.add.reduce(off * off) / len(places)) + 1e-9
    step = (aspect * tall / wide) ** 0.05
    return np.asarray(places * np.array([step, 1.0 / step]))


class _Pairs(NamedTuple):
    """Pairs of discs, how far apart their centres are to be, shape (n_pairs,), and both ends by axis."""

    one: Ints
    other: Ints
    apart: Floats
    one_by_axis: Ints
    other_by_axis: Ints


def _paired(one: Ints, other: Ints, radius: Floats, gap: float) -> _Pairs:
    return _Pairs(one, other, radius[one] + radius[other] + gap, _by_axis(one), _by_axis(other))


def _near_pairs(places: Floats, radius: Floats, gap: float) -> _Pairs:
    """Pairs of discs with less than `gap` between them."""
    pairs = KDTree(places).query_pairs(2.0 * float(radius.max()) + gap, output_type="ndarray").astype(np.int64)
    one, other = pairs[:, 0], pairs[:, 1]
    near = _lengths(places[one] - places[other]) < radius[one] + radius[other] + gap
    return _paired(one[near], other[near], radius, gap)


def _pushed(places: Floats, pairs: _Pairs) -> Floats:
    """Move each pair of discs that is nearer than it is to be away from each other by about half of what is missing."""
    way = places[pairs.one] - places[pairs.other]
    distance = _lengths(way)
    push = way * (0.35 * np.maximum(pairs.apart - distance, 0.0) / distance)[:, None]
    n = len(places)
    return np.asarray(places + _summed(pairs.one_by_axis, push, n) - _summed(pairs.other_by_axis, push, n))


def _lengths(ways: Floats) -> Floats:
    x, y = ways.T
    return np.asarray(np.sqrt(x * x + y * y) + 1e-9)


def _by_axis(index: Ints) -> Ints:
    """Index of x and y of what `index` points to, in an array of both by turns."""
    by_axis = np.repeat(2 * index, 2)
    by_axis[1::2] += 1
    return by_axis


def _summed(by_axis: Ints, values: Floats, n: int) -> Floats:
    return np.asarray(np.bincount(by_axis, values.ravel(), 2 * n).reshape(n, 2), dtype=np.float64)


def _place_people(
    unit_of: Ints, source: Ints, target: Ints, importance: Floats, centres: Floats, rng: np.random.Generator
) -> Floats:
    """Offsets of people from the middle of their disc."""
    n_people = len(unit_of)
    jitter = rng.uniform(-_JITTER, _JITTER, size=(n_people, 2))
    angle = rng.uniform(0.0, 2 * np.pi, size=n_people)
    if not n_people:
        return jitter
    ring = _ring_of(unit_of, source, target, importance)
    away = _ring_radius(ring)[:, None]
    seats = _seats(unit_of, ring)
    inside = unit_of[source] == unit_of[target]
    outward = _outward(unit_of, source[~inside], target[~inside], centres)
    near, far = source[inside], target[inside]
    near_by_axis, far_by_axis = _by_axis(near), _by_axis(far)
    for _ in range(_TURNS):
        angle = _turned(angle, seats)
        offsets = away * _directions(angle)
        # each tie pulls to the middle between the two, or tied pairs would change places for ever
        halfway = offsets[near] + offsets[far]
        wish = _summed(near_by_axis, halfway, n_people) + _summed(far_by_axis, halfway, n_people) + outward
        x, y = wish.T
        angle = np.where(np.abs(x) + np.abs(y) > _NO_WISH, np.arctan2(y, x), angle)
    return np.asarray(away * _directions(_turned(angle, seats)) + jitter)


def _directions(angle: Floats) -> Floats:
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _ring_of(unit_of: Ints, source: Ints, target: Ints, importance: Floats) -> Ints:
    """Ring of each person, 0 is the middle."""
    ties = np.bincount(source, minlength=len(unit_of)) + np.bincount(target, minlength=len(unit_of))
    order = np.lexsort((np.arange(len(unit_of)), -ties, -importance, unit_of))
    first = np.searchsorted(unit_of[order], unit_of[order])
    ring = np.empty(len(unit_of), dtype=np.int64)
    ring[order] = _rings_of(np.arange(len(unit_of)) - first + 1)
    return ring


class _Seats(NamedTuple):
    """Seats on all rings of all units, ring by ring.

    `rank` says on which ring each person sits, shape (n_people,); `n_on` and `first` how many sit on each ring and
    which seat is its first, shape (n_rings,); `angle` is that of each seat, evenly spaced, shape (n_people,).
    """

    rank: NDArray[np.unsignedinteger]
    n_on: Ints
    first: Ints
    angle: Floats


def _seats(unit_of: Ints, ring: Ints) -> _Seats:
    _, rank, n_on = np.unique(unit_of * (ring.max() + 1) + ring, return_inverse=True, return_counts=True)
    first = np.cumsum(n_on) - n_on
    seat = np.arange(len(ring)) - np.repeat(first, n_on)
    angle = 2 * np.pi * seat / np.repeat(n_on, n_on)
    return _Seats(rank.astype(np.min_scalar_type(len(n_on))), n_on, first, angle)


def _outward(unit_of: Ints, source: Ints, target: Ints, centres: Floats) -> Floats:
    """Pull of each person towards the units of the people they are tied to elsewhere."""
    way = centres[unit_of[target]] - centres[unit_of[source]]
    way = way / (np.sqrt((way**2).sum(axis=1, keepdims=True)) + 1e-9)
    return _summed(_by_axis(source), way, len(unit_of)) - _summed(_by_axis(target), way, len(unit_of))


def _turned(wish: Floats, seats: _Seats) -> Floats:
    """Evenly spaced angles on every ring, in the order of the wishes and turned to be near them as a whole."""
    order = np.argsort(wish % (2 * np.pi), kind="stable")
    order = order[np.argsort(seats.rank[order], kind="stable")]  # of small whole numbers: no comparing
    off = wish[order] - seats.angle
    turn = np.arctan2(np.add.reduceat(np.sin(off), seats.first), np.add.reduceat(np.cos(off), seats.first))
    angle = np.empty_like(wish)
    angle[order] = seats.angle + np.repeat(turn, seats.n_on)
    return angle
