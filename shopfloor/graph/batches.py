"""Batches: one import or one edit by hand, and which of them count.

A batch is *live* when it is committed, not undone, and no batch that stands replaces it (nor, on the way, what it
replaced itself). What is visible is folded from
live batches alone, so undoing commutes: whatever the order, the result is as if the batch had never been there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Origin = Literal["import", "edit", "judgement"]
"""Where a batch comes from: a file, a person's typing, a person's verdict. Typed values outrank a file's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDraft:
    """What is said of a batch when it is opened.

    Attributes
    ----------
    origin : {"import", "edit", "judgement"}
        Where it comes from.
    made_by : str
        Who made it.
    opened_at : datetime.datetime
        When, UTC.
    source : str
        Name of the source; empty for the store's own id space.
    list_date : datetime.date or None
        Date of the list, as the importer said.
    files : str
        JSON array of what was read: name, kind, sha256, mapping.
    replaces : int or None
        Batch that stops counting once this one counts.
    """

    origin: Origin
    made_by: str
    opened_at: datetime
    source: str = ""
    list_date: date | None = None
    files: str = "[]"
    replaces: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(BatchDraft):
    """One batch as the store holds it.

    Attributes
    ----------
    batch_id : int
        Counts up from 1.
    revision : int or None
        Data revision its commit made; None while it is open. Later revisions win over earlier ones.
    committed_at, undone_at : datetime.datetime or None
        UTC.
    undone_by : str or None
        Who undid it.
    counts : str
        JSON object: rows read, accepted, rejected, by record kind.
    """

    batch_id: int
    revision: int | None = None
    committed_at: datetime | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None
    counts: str = "{}"

    @property
    def status(self) -> Literal["open", "committed", "undone"]:
        """Whether it is still being written, counts, or was undone."""
        if self.committed_at is None:
            return "open"
        return "committed" if self.undone_at is None else "undone"


def live_batches(batches: Iterable[Batch], known_at: datetime | None = None) -> list[Batch]:
    """Return the batches that count, weakest first: files before typed values, each by revision.

    Parameters
    ----------
    batches : iterable of Batch
        All batches of a store.
    known_at : datetime.datetime, optional
        Recorded time (UTC) to look from; later commits and undos have not happened. Default: now.
    """
    standing = [batch for batch in batches if _stands(batch, known_at)]
    replaced = {batch.replaces for batch in standing}
    live = [batch for batch in standing if batch.batch_id not in replaced]
    return sorted(live, key=lambda b: (b.origin != "import", b.revision or 0))


def _stands(batch: Batch, known_at: datetime | None) -> bool:
    if batch.committed_at is None or (known_at is not None and batch.committed_at > known_at):
        return False
    return batch.undone_at is None or (known_at is not None and batch.undone_at > known_at)


def ranks(live: Sequence[Batch]) -> dict[int, int]:
    """Return the place of each live batch, 0 = weakest, by its id."""
    return {batch.batch_id: place for place, batch in enumerate(live)}
