"""Counts of workers for those who see no worker: none of a few people, and none that can be worked out from others.

All counts are taken from one *release*: what is counted of the workers, five words each, from which as much is taken
away as it needs that everybody left is one of at least `threshold` people with the same words. Taken away is from the
last word first (job class before shift, shift before unit, ...), and with a small group so much else of the same
group that what is hidden together is `threshold` people again. A table is a sum over the release and so tells nothing
that the release does not, however many tables are put together: k-anonymity by local suppression (L. Sweeney,
"Achieving k-anonymity privacy protection using generalization and suppression", 2002, doi:10.1142/S021848850200165X).

Two releases could be compared too. So every number is rounded, and a release stays until the words of at least
`threshold` people have changed. Their employer does not count for that: those who see only counts may rename firms, and
could have a release made anew with one person's difference. An erasure does not make one either, for the same reason:
until then she is counted among those who share what is shown of her. Of the words of single people a release keeps
no more than digests, by which it is seen that they changed.
"""

import hmac
import json
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from shopfloor.analysis import select_workforce
from shopfloor.errors import UsageError, near
from shopfloor.service.audit import Vault
from shopfloor.settings import SMALL_GROUP
from shopfloor.workplace import Workplace

COUNTED: Final = ("employer", "worksite", "unit", "shift", "job_class")
"""What workers are counted by; the first is hidden last."""

MAX_CROSSED: Final = 2
"""How many of them at once."""

HIDDEN: Final = "not shown"
UNKNOWN: Final = "not known"
SMALLEST_THRESHOLD: Final = 3
"""Of two people each knows the other, so no count of two is kept from both."""

_DOCUMENTS: Final = "counts"
_OTHERS_WRITE: Final = 1
"""Place of the first word that those who see only counts cannot change: all but the employer."""

_DIGEST_LETTERS: Final = 3
"""So short (4096 digests) that many words share one: who tries words cannot tell whether somebody had them."""

Words = tuple[str | None, ...]
"""What is counted of a worker, in the order of `COUNTED`; None is hidden."""


@dataclass(frozen=True, slots=True, repr=False)
class CountTable:
    """Counts of workers.

    Attributes
    ----------
    by : tuple of str
        What they are counted by.
    rows : tuple of (tuple of str, int or None)
        The words, and how many workers; None is fewer than `threshold`. Without a protection every number is exact.
    total : int or None
        All workers.
    threshold, base : int
        Fewest people counted, and what numbers are rounded to; 1 and 1 without protection.
    as_of : datetime.date
        Day of the release.
    """

    by: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], int | None], ...]
    total: int | None
    threshold: int
    base: int
    as_of: date

    @property
    def is_protected(self) -> bool:
        """Small groups are hidden and numbers rounded."""
        return self.threshold > 1

    def __repr__(self) -> str:
        """Give the size only."""
        return f"CountTable(by {', '.join(self.by)}, {len(self.rows)} rows)"


def check_by(by: Sequence[str]) -> tuple[str, ...]:
    """Return what to count by.

    Raises
    ------
    UsageError
        Nothing, more than two, one twice, or one that is not counted.
    """
    for name in by:
        if name not in COUNTED:
            raise UsageError(f"Workers are not counted by '{name}'{near(name, COUNTED)}. Known: {', '.join(COUNTED)}.")
    if not 0 < len(set(by)) == len(by) <= MAX_CROSSED:
        raise UsageError(f"Count by one or two of: {', '.join(COUNTED)}.")
    return tuple(by)


def count_exactly(workplace: Workplace, by: Sequence[str]) -> CountTable:
    """Return plain counts, for somebody who sees those who are counted."""
    names = check_by(by)
    words = words_of(workplace)
    return _table(words, names, workplace.provenance.as_of, threshold=1, base=1)


def count_protected(vault: Vault, workplace: Workplace, by: Sequence[str]) -> CountTable:
    """Return counts from the release in force, for somebody who sees only counts.

    Parameters
    ----------
    vault : Vault
        Where the release and the threshold are kept.
    workplace : Workplace
        All of it, now.
    by : sequence of str
        One or two of `COUNTED`.
    """
    names = check_by(by)
    threshold = small_group(vault)
    words = words_of(workplace)
    made: dict[str, Any] = {}

    def renewed(held: bytes | None) -> bytes:
        kept = None if held is None else json.loads(held)
        if kept is None or kept["threshold"] != threshold or _n_changed(kept, words) >= threshold:
            salt = secrets.token_hex(32)
            kept = {
                "threshold": threshold,
                "as_of": workplace.provenance.as_of.isoformat(),
                "salt": salt,
                "digests": _digests(words, salt),
                "shown": _packed(release(Counter(words), threshold)),
            }
        made.update(kept)
        return json.dumps(kept).encode()

    vault.change_document(_DOCUMENTS, "release", renewed)
    shown = _unpacked(made["shown"])
    return _table(shown, names, date.fromisoformat(made["as_of"]), threshold=threshold, base=threshold)


def small_group(vault: Vault) -> int:
    """Return the fewest people that are counted for those who see only counts."""
    held = vault.documents(_DOCUMENTS).get("threshold")
    return SMALL_GROUP if held is None else int(held)


def set_small_group(vault: Vault, threshold: int) -> None:
    """Set the fewest people that are counted for those who see only counts.

    Raises
    ------
    UsageError
        It is below `SMALLEST_THRESHOLD`.
    """
    if threshold < SMALLEST_THRESHOLD:
        raise UsageError(f"The smallest group that is counted is {SMALLEST_THRESHOLD} people or more, not {threshold}.")
    vault.change_document(_DOCUMENTS, "threshold", lambda _: str(threshold).encode())


def words_of(workplace: Workplace) -> list[Words]:
    """Return for each worker what is counted of her: place in the people, and employer of her newest job."""
    people = workplace.people
    workers = people[select_workforce(workplace)]
    jobs = workplace.assignments.sort_values(["ended_on", "started_on"], kind="stable")
    newest = jobs.drop_duplicates("person", keep="last").set_index("person")[["employer", "worksite"]].astype("object")
    columns = {
        "employer": newest["employer"].reindex(workers.index),
        "worksite": newest["worksite"].reindex(workers.index),
        "unit": workers["department"],
        "shift": workers["shift"],
        "job_class": workers["job_class"],
    }
    frame = pd.DataFrame(columns).astype("object")
    return [tuple(UNKNOWN if pd.isna(word) else str(word) for word in row) for row in frame.to_numpy(dtype=object)]


def release(words: Mapping[Words, int], threshold: int) -> dict[Words, int]:
    """Return the words of all, as much of them hidden as protects everybody.

    Parameters
    ----------
    words : mapping of tuple of str to int
        How many workers have the same words.
    threshold : int
        Fewest who may share what is left of their words.

    Returns
    -------
    dict of tuple to int
        The same number of workers, every entry at least `threshold`; None stands for what is hidden. Empty where there
        are fewer workers than `threshold`.
    """
    if sum(words.values()) < threshold:
        return {}
    return dict(sorted(_released(words, 0, threshold).items(), key=lambda one: _sortable(one[0])))


def _released(words: Mapping[Words, int], place: int, threshold: int) -> Counter[Words]:
    """Return the release of a group that is large enough and alike in the words before `place`."""
    if place == len(COUNTED):
        return Counter(words)
    groups: dict[str | None, Counter[Words]] = {}
    for one, n in words.items():
        groups.setdefault(one[place], Counter())[one] += n
    shown: Counter[Words] = Counter()
    for word, group in _merged(groups, threshold).items():
        called: Counter[Words] = Counter()
        for one, n in group.items():
            called[(*one[:place], word, *one[place + 1 :])] += n
        shown += _released(called, place + 1, threshold)
    return shown


def _merged(groups: dict[str | None, Counter[Words]], threshold: int) -> dict[str | None, Counter[Words]]:
    """Return the groups that are large enough by their word, and the rest as one without a word, large enough too."""
    by_size = sorted(groups, key=lambda word: (groups[word].total(), word or ""))
    small = [word for word in by_size if groups[word].total() < threshold]
    if not small:
        return groups
    # One word alone is not hidden: everybody would know which one is missing.
    n_hidden = max(2, len(small))
    while sum(groups[word].total() for word in by_size[:n_hidden]) < threshold:
        n_hidden += 1
    rest: Counter[Words] = Counter()
    for word in by_size[:n_hidden]:
        rest += groups[word]
    return {**{word: groups[word] for word in by_size[n_hidden:]}, None: rest}


def _table(words: Any, by: tuple[str, ...], as_of: date, *, threshold: int, base: int) -> CountTable:  # noqa: ANN401
    places = [COUNTED.index(name) for name in by]
    counts: Counter[tuple[str, ...]] = Counter()
    for one, n in Counter(words).items():
        counts[tuple(HIDDEN if one[place] is None else one[place] for place in places)] += n

    def told(n: int) -> int | None:
        return None if n < threshold else int(np.floor(n / base + 0.5)) * base

    rows = tuple((row, told(n)) for row, n in sorted(counts.items(), key=lambda one: _hidden_last(one[0])))
    return CountTable(by, rows, told(counts.total()), threshold, base, as_of)


def _hidden_last(row: tuple[str, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((word == HIDDEN, word) for word in row)


def _sortable(words: Words) -> tuple[tuple[bool, str], ...]:
    return tuple((word is None, word or "") for word in words)


def _digests(words: Sequence[Words], salt: str) -> Counter[str]:
    """Return how many people have words of the same digest."""
    key = bytes.fromhex(salt)
    texts = (json.dumps(one[_OTHERS_WRITE:]).encode() for one in words)
    return Counter(hmac.digest(key, text, "sha256").hex()[:_DIGEST_LETTERS] for text in texts)


def _n_changed(kept: Mapping[str, Any], words: Sequence[Words]) -> int:
    """Return of how many people at least the words changed since a release, who came and who went among them."""
    before, now = Counter[str](kept["digests"]), _digests(words, kept["salt"])
    steps = [now[one] - before[one] for one in before.keys() | now.keys()]
    return max(sum(step for step in steps if step > 0), -sum(step for step in steps if step < 0))


def _packed(words: Mapping[Words, int]) -> list[list[Any]]:
    return [[list(one), n] for one, n in sorted(words.items(), key=lambda one: _sortable(one[0]))]


def _unpacked(packed: list[list[Any]]) -> dict[Words, int]:
    return {tuple(one): int(n) for one, n in packed}
