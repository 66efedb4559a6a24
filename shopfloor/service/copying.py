"""Copy a store into another home: its records with all their history, and its *papers*.

Papers are what a store keeps beside the records: accounts, audit, retention rules, receipts, registers. What is bound
to one place or one moment stays behind: sessions, invitations, the counts of wrong attempts, the keys that cookies are
signed with. So nobody is logged in to a copy, and nobody can go in by a link that was meant for the original.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

from shopfloor.graph.contract import Progress, no_progress
from shopfloor.records import KINDS
from shopfloor.service.account_book import COLLECTION as ACCOUNTS
from shopfloor.service.account_book import read_book, written
from shopfloor.service.audit import PARTICULARS, Deed, Vault
from shopfloor.service.policy import Right
from shopfloor.service.remembered import COLLECTION as ACCEPTED_GROUPS

if TYPE_CHECKING:
    from shopfloor.service.opening import OpenStore

COPIED: Final = (
    *(ACCOUNTS, PARTICULARS, ACCEPTED_GROUPS),
    *("backups", "copies", "copy-numbers", "counts", "receipts", "retention"),
)
"""Collections of documents that go with a store, whole."""
SETTINGS: Final = ("mask",)
"""Settings that go with it: others name what belongs to one place."""


@dataclass(frozen=True, slots=True, repr=False)
class Papers:
    """What a store keeps beside its records, as it is copied.

    Attributes
    ----------
    documents : mapping of (str, str) to bytes
        By collection and name.
    entries : sequence of bytes
        The log of the audit, oldest first.
    """

    documents: Mapping[tuple[str, str], bytes]
    entries: Sequence[bytes]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Papers({len(self.documents)} documents, {len(self.entries)} entries)"


def papers_of(vault: Vault) -> Papers:
    """Return what of a store's papers goes with it."""
    # The log first: what is noted while the particulars are read is in none of the two.
    entries = [entry for _, entry in vault.log_entries()]
    held = {(one, name): content for one in COPIED for name, content in vault.documents(one).items()}
    held |= {("settings", name): raw for name, raw in vault.documents("settings").items() if name in SETTINGS}
    accounts = held.get((ACCOUNTS, ACCOUNTS))
    if accounts is not None:
        held[ACCOUNTS, ACCOUNTS] = _without_invitations(accounts)
    return Papers(held, entries)


def _without_invitations(held: bytes) -> bytes:
    book = read_book(held)
    book.rows = {
        key: replace(row, invitation=None, invited_at=None, pending_factor=None) for key, row in book.rows.items()
    }
    return written(book)


def require_copying(source: "OpenStore", *, is_records_only: bool = False) -> None:
    """Refuse, before anything is made, whoever may not take out what would go with a copy.

    Raises
    ------
    RefusedError
        She may not; without the papers she may need fewer rights.
    """
    for right in (Right.EXPORT_ALL, *(() if is_records_only else (Right.ACCOUNTS, Right.AUDIT))):
        source.require(right)


def copy_store(
    source: "OpenStore", destination: "OpenStore", progress: Progress = no_progress, *, is_records_only: bool = False
) -> int:
    """Copy a store with its history into a new one; return the number of batches.

    Parameters
    ----------
    source : OpenStore
        Seen by somebody who may take out everything and, with the papers, manage accounts and read the audit.
    destination : OpenStore
        A new store.
    progress : callable
        Told how many batches are done.
    is_records_only : bool
        Leave the papers behind: the copy has no accounts, and is its holder's.

    Raises
    ------
    StoreError
        The destination holds data already.
    RefusedError
        The viewer may not take the papers out.
    """
    require_copying(source, is_records_only=is_records_only)
    # Batches first: whatever is committed while the versions are read is left out whole.
    revision, batches = source.revision(), [batch for batch in source.batches() if batch.committed_at is not None]
    source.note(Deed.EXPORT, copied_to=destination.location, n_batches=len(batches), with_accounts=not is_records_only)
    snapshot = {name: source.versions(name) for name in KINDS}
    if not is_records_only:
        destination.take_over_papers(source.papers(), source.location)
    for done, batch in enumerate(batches):
        progress("copying", done, len(batches))
        parts = ((name, table.filter(pc.equal(table["batch_id"], batch.batch_id))) for name, table in snapshot.items())
        destination.take_over(batch, [(name, table) for name, table in parts if len(table)])
    destination.end_take_over(revision)
    progress("copying", len(batches), len(batches))
    return len(batches)
