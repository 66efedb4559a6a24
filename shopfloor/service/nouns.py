"""Nouns of the layers below that commands and pages speak of: they take them from here and never reach below."""

from shopfloor.graph.batches import Batch, live_batches
from shopfloor.graph.contract import Progress
from shopfloor.ingest.dates import DateOrder
from shopfloor.ingest.formulas import neutralised
from shopfloor.ingest.mentions import UNRESOLVED, Mention

__all__ = ["UNRESOLVED", "Batch", "DateOrder", "Mention", "Progress", "live_batches", "neutralised"]
