"""Who was together with whom, for how long: the arithmetic under the layers ``worked_with`` and ``acted_with``.

A *stay* is a person in a group from a first to a last day. Between two changes of a group its size n is constant;
such a stretch is a *segment* worth (its days, halving with age) / (n - 1). Walking through the segments of a group
gives its *clock*, which runs by the worth of the days instead of by the days. What two people shared is then the
overlap of two intervals on one clock, so no calendar is needed per pair, and people whose shared days count nothing
(too large a group) are never paired at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shopfloor.settings import TieSettings

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

PAIRS_HELD = 24_000_000
"""Pairs held in memory before they are summed; 16 bytes each, and as much again to sum them."""

PAIRS_AT_ONCE = 500_000
"""Pairs worked on at a time, few enough for the processor's cache."""


@dataclass(frozen=True, slots=True)
class Stays:
    """Rows of who was in which group when.

    Attributes
    ----------
    group, person : numpy.ndarray
        int64, shape (n_rows,), 0 .. n-1.
    first_day, last_day : numpy.ndarray
        int64, days since 1970-01-01, both ends included.
    """

    group: IntArray
    person: IntArray
    first_day: IntArray
    last_day: IntArray


@dataclass(frozen=True, slots=True)
class Spans:
    """Stays on the clocks of their groups, sorted by group and beginning.

    `begin` and `end` count segments over all groups (no two groups share a segment), so two spans meet where
    ``begin`` of the later lies before ``end`` of the earlier; `begin_clock` and `end_clock` are the worth collected
    by the group up to there.
    """

    person: NDArray[np.int32]
    begin: IntArray
    end: IntArray
    begin_clock: FloatArray
    end_clock: FloatArray


def sorted_distinct(values: IntArray) -> IntArray:
    """Return the distinct values in order; on millions many times faster than ``numpy.unique``, which hashes."""
    ordered = np.sort(values)
    is_new = np.ones(len(ordered), dtype=bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]


def merge_stays(stays: Stays) -> Stays:
    """Join overlapping and adjoining stays of one person in one group, so that no day counts twice.

    Returns
    -------
    Stays
        Sorted by group, first day, person.
    """
    if not stays.group.size:
        return stays
    epoch = int(stays.first_day.min())
    span = int(stays.last_day.max()) - epoch + 2
    n_people = int(stays.person.max()) + 1
    member = stays.group * n_people + stays.person
    order = np.argsort(member * span + (stays.first_day - epoch), kind="stable")
    member = member[order]
    first = stays.first_day[order] - epoch
    reach = np.maximum.accumulate(member * span + (stays.last_day[order] - epoch))
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (member[1:] != member[:-1]) | (member[1:] * span + first[1:] > reach[:-1] + 1)
    begins = np.flatnonzero(is_new)
    ends = np.append(begins[1:], len(order)) - 1
    group, person = np.divmod(member[begins], n_people)
    by_begin = np.argsort(group * span + first[begins], kind="stable")
    return Stays(
        group[by_begin],
        person[by_begin],
        (first[begins] + epoch)[by_begin],
        (reach[ends] % span + epoch)[by_begin],
    )


def worth_of_days(first: IntArray, stop: IntArray, today: int, half_life_days: float | None) -> FloatArray:
    """Sum the worth of the days ``first .. stop - 1``: 1 for today, half of it one half-life ago."""
    if half_life_days is None:
        return (stop - first).astype(np.float64)
    rate = np.log(2.0) / half_life_days
    worth: FloatArray = np.exp(-rate * (today - first)) * np.expm1(rate * (stop - first)) / np.expm1(rate)
    return worth


def spans_of_stays(stays: Stays, today: int, settings: TieSettings) -> tuple[Spans, int]:
    """Put merged, sorted `stays` on the clocks of their groups.

    Parameters
    ----------
    stays : Stays
        As `merge_stays` returns them.
    today : int
        Day from which ages are counted.
    settings : TieSettings
        Half-life and largest group.

    Returns
    -------
    spans : Spans
        Without stays that share no day that counts.
    n_too_large : int
        Groups that had more than ``settings.max_group`` people on some day.
    """
    if not stays.group.size:
        empty_int, empty_float = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Spans(np.zeros(0, dtype=np.int32), empty_int, empty_int, empty_float, empty_float), 0
    epoch = int(stays.first_day.min())
    width = int(stays.last_day.max()) - epoch + 2
    opens = stays.group * width + (stays.first_day - epoch)
    closes = stays.group * width + (stays.last_day - epoch + 1)
    changes = sorted_distinct(np.concatenate([opens, closes]))
    n_present = np.searchsorted(opens, changes, "right") - np.searchsorted(np.sort(closes), changes, "right")
    group, day = np.divmod(changes, width)
    counts = (n_present > 1) & (n_present <= settings.max_group)
    worth = np.zeros(len(changes))
    running = np.flatnonzero(counts)
    worth[running] = worth_of_days(day[running] + epoch, day[running + 1] + epoch, today, settings.half_life_days)
    worth[running] /= n_present[running] - 1
    clock = _clocks(worth, group)
    segment = np.concatenate([[0], np.cumsum(counts)[:-1]])
    opened, closed = np.searchsorted(changes, opens), np.searchsorted(changes, closes)
    kept = segment[closed] > segment[opened]
    opened, closed = opened[kept], closed[kept]
    spans = Spans(stays.person[kept].astype(np.int32), segment[opened], segment[closed], clock[opened], clock[closed])
    return spans, len(sorted_distinct(group[n_present > settings.max_group]))


def _clocks(worth: FloatArray, group: IntArray) -> FloatArray:
    """Worth collected before each change, begun anew for each group."""
    last = np.append(np.flatnonzero(np.diff(group)), len(group) - 1)
    first = np.append(0, last[:-1] + 1)
    steps = worth.copy()
    # Nobody is there after the last change of a group: its step is free to take the clock back to zero, which keeps
    # one running sum exact for the small worth of long-gone days.
    steps[last] = -np.add.reduceat(worth, first)
    return np.concatenate([[0.0], np.cumsum(steps)[:-1]])


def sum_shared(spans: Spans, n_people: int) -> sparse.csr_array:
    """Add up what each two people shared.

    Sorted by beginning, the partners of a span that begin after it stand next to each other, up to the last that
    begins before it ends; their share is ``min(ends) - later beginning`` on the group's clock.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (n_people, n_people), float64, upper triangle; work space is bounded by `PAIRS_HELD`.
    """
    positions = np.arange(len(spans.person))
    n_partners = np.searchsorted(spans.begin, spans.end) - positions - 1
    total: sparse.csr_array | None = None
    for start, stop in _portions(n_partners, 0, len(positions), PAIRS_HELD):
        one, two, shared = _shared_pairs(spans, n_partners, start, stop)
        part = sparse.coo_array((shared, (one, two)), shape=(n_people, n_people)).tocsr()
        total = part if total is None else total + part
    return sparse.csr_array((n_people, n_people), dtype=np.float64) if total is None else total


def _portions(n_partners: IntArray, start: int, stop: int, limit: int) -> Iterator[tuple[int, int]]:
    """Cut the spans ``start .. stop - 1`` into runs of at most `limit` pairs, or of one span."""
    before = np.concatenate([[0], np.cumsum(n_partners[start:stop])])
    here, end = 0, stop - start
    while here < end:
        there = max(int(np.searchsorted(before, before[here] + limit, "right")) - 1, here + 1)
        yield start + here, start + there
        here = there


def _shared_pairs(
    spans: Spans, n_partners: IntArray, start: int, stop: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], FloatArray]:
    """Pair the spans ``start .. stop - 1`` with their later partners: the smaller person, the larger, what they shared.

    A row for each two spans: two people of several groups are in it several times.
    """
    n_pairs = int(n_partners[start:stop].sum())
    one, two = np.empty(n_pairs, dtype=np.int32), np.empty(n_pairs, dtype=np.int32)
    shared = np.empty(n_pairs)
    done = 0
    for first, last in _portions(n_partners, start, stop, PAIRS_AT_ONCE):
        counts = n_partners[first:last]
        here = slice(done, done + int(counts.sum()))
        later = np.arange(here.stop - done) + np.repeat(
            np.arange(first, last) + 1 - (np.cumsum(counts) - counts), counts
        )
        person, partner = np.repeat(spans.person[first:last], counts), spans.person[later]
        np.minimum(person, partner, out=one[here])
        np.maximum(person, partner, out=two[here])
        np.minimum(np.repeat(spans.end_clock[first:last], counts), spans.end_clock[later], out=shared[here])
        shared[here] -= spans.begin_clock[later]
        done = here.stop
    return one, two, shared
