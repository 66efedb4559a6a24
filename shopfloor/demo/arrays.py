"""Types and small helpers over arrays that every part of the made-up workplace uses."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Days: TypeAlias = npt.NDArray[np.datetime64]
Names: TypeAlias = npt.NDArray[Any]
"""Text as Python strings, ``dtype=object``; an empty string where there is nothing to say."""


def texts(values: object) -> Names:
    """Return strings as an array of Python strings."""
    return np.array(values, dtype=object)


def iso(days: Days) -> Names:
    """Return days as ISO text, empty where there is none."""
    return np.where(np.isnat(days), "", np.datetime_as_string(days, unit="D").astype(object))


def blank(values: Names, keep: Bools) -> Names:
    """Return `values` where `keep`, else nothing said."""
    return np.where(keep, values, "")


def hits(rng: np.random.Generator, n: int, share: float) -> Bools:
    """Return `n` draws, each True with chance `share`."""
    return rng.random(n) < share


def say(stands: Floats, *, maybe: float, yes: float) -> Names:
    """Return what somebody answers who stands there: no below `maybe`, yes from `yes` on."""
    return texts(["no", "maybe", "yes"])[np.digitize(stands, (maybe, yes))]


def number_ids(prefix: str, n: int) -> Names:
    """Return ids ``P001`` .. of equal width."""
    width = max(3, len(str(n)))
    return texts([f"{prefix}{number:0{width}d}" for number in range(1, n + 1)])


def draw_weighted(rng: np.random.Generator, weight: Floats, count: int) -> Ints:
    """Return `count` different positions, a heavier one more likely, those of weight 0 never, in order.

    Keys ``-log(u) / weight`` and the smallest of them: a sample without replacement in one pass
    (Efraimidis and Spirakis 2006, https://doi.org/10.1016/j.ipl.2005.11.003).
    """
    possible = np.flatnonzero(weight > 0)
    keys = rng.exponential(size=len(possible)) / weight[possible]
    return np.sort(possible[np.argsort(keys, kind="stable")[: min(count, len(possible))]])


def rank_within(*keys: Ints) -> Ints:
    """Return the place of each element among those with equal keys, 0 first, in the order given."""
    order = np.lexsort([np.arange(len(keys[0])), *reversed(keys)])
    is_start = np.ones(len(order), dtype=bool)
    is_start[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    positions = np.arange(len(order))
    starts = np.maximum.accumulate(np.where(is_start, positions, 0))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = positions - starts
    return place


def label(*keys: Ints) -> Ints:
    """Return one number for each different combination of keys, 0 .. in sorted order."""
    combined = np.unique(np.column_stack(keys), axis=0, return_inverse=True)[1]
    return np.asarray(combined, dtype=np.int64).reshape(-1)
