"""Open a store as seen by a viewer: the only way to the data for commands, pages and notebooks.

A home of the data knows no viewer. It is held by `OpenStore` alone, and every method of that asks for a right of the
policy; what it gives is masked to the viewer's scope before it leaves.
"""

import json
import os
import platform
import threading
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import LogInError, PassphraseError, RefusedError, SecondFactorNeededError, StoreError
from shopfloor.graph.batches import Batch, BatchDraft
from shopfloor.graph.contract import (
    BatchWriter,
    Capabilities,
    Erasure,
    Keys,
    Progress,
    Result,
    Snapshot,
    Store,
    no_progress,
)
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.graph.lookup import matching_contacts, normal_details
from shopfloor.records import KINDS
from shopfloor.service.accounts import Accounts
from shopfloor.service.audit import Deed, Entry
from shopfloor.service.copying import Papers, papers_of
from shopfloor.service.counts import CountTable, count_exactly, count_protected, set_small_group, small_group
from shopfloor.service.lockfile import refuse_locked
from shopfloor.service.marks import Copy, keep_copy, kept_copies, nameless
from shopfloor.service.masking import narrowed
from shopfloor.service.memory import Holder, Memory, Parts
from shopfloor.service.moment import held_still, move_on
from shopfloor.service.picture import Picture, draw_picture
from shopfloor.service.policy import PUBLIC_CLASSES, Right
from shopfloor.service.remembered import COLLECTION as ACCEPTED
from shopfloor.service.remembered import without_people
from shopfloor.service.scoped_writing import ScopedWriter
from shopfloor.service.viewer import Viewer
from shopfloor.service.whole import RECEIPTS, Whole, shows_the_same
from shopfloor.workplace import Workplace

_NOW = "now"
_SERVER_SCHEMES = ("neo4j://", "neo4j+s://", "neo4j+ssc://", "bolt://", "bolt+s://", "bolt+ssc://")


class Register(StrEnum):
    """What a store remembers of copies and erasures."""

    RECEIPTS = RECEIPTS
    RETENTION = "retention"
    BACKUPS = "backups"


Method = TypeVar("Method", bound=Callable[..., Any])


def is_server(location: str) -> bool:
    """Tell whether a location is the address of a Neo4j server."""
    return location.startswith(_SERVER_SCHEMES)


def needs(*rights: Right) -> Callable[[Method], Method]:
    """Let a method of `OpenStore` be called by those only who have one of these rights."""

    def guarding(method: Method) -> Method:
        @wraps(method)
        def guarded(self: "OpenStore", *args: Any, **options: Any) -> Any:  # noqa: ANN401 - those of the method
            self.require(*rights)
            return method(self, *args, **options)

        guarded.__dict__["rights"] = rights
        return cast("Method", guarded)

    return guarding


class OpenStore:
    """A store as one viewer sees it.

    Attributes
    ----------
    viewer : Viewer
        Who looks.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with create_store(folder.name + "/drive.store", passphrase="four random words here") as store:
    ...     len(store.workplace().people)
    0
    >>> folder.cleanup()
    """

    def __init__(self, whole: Whole, viewer: Viewer) -> None:
        self.__whole = whole
        self.viewer = viewer
        self._guard = threading.RLock()
        self._pictures: Memory[Picture] = Memory()
        self._masked: Memory[Snapshot] = Memory()
        self._parts: Memory[Parts] = Memory()
        self._same_since = 0
        for memory in (self._pictures, self._masked, self._parts):
            self.keep_posted(memory)

    def __repr__(self) -> str:
        """Name the place and the role only."""
        return f"OpenStore({self.location}, {self.viewer.role})"

    def __enter__(self) -> Self:
        """Use the store in a ``with`` block, which closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        self.close()

    def seen_by(self, viewer: Viewer) -> "OpenStore":
        """Return the same store as another viewer sees it; it is closed with this one.

        Raises
        ------
        RefusedError
            The other may do or see something that this one may not.
        """
        if not self.viewer.sees_all_people or not viewer.rights <= self.viewer.rights:
            raise RefusedError("You cannot look at a store as somebody who may do or see more than you.")
        return OpenStore(self.__whole, viewer if self.viewer.is_owner else replace(viewer, name=self.viewer.name))

    def require(self, *rights: Right) -> None:
        """Refuse unless the viewer has one of these rights.

        Raises
        ------
        RefusedError
            She has none of them.
        StoreError
            The store was locked since it was opened.
        """
        self.__whole.refuse_locked()
        if not self.viewer.rights & set(rights):
            self._note_refused(rights[0].value)
            raise RefusedError(
                f"Your account ({self.viewer.role}) may not do this: it needs the right to {rights[0].value}. "
                "Ask whoever manages the accounts. Nothing was changed."
            )

    def note(self, deed: Deed, **particulars: object) -> None:
        """Write into the audit what the viewer does; the owner of a store without accounts may look unnoted.

        Raises
        ------
        StoreError
            The store cannot be written: then it must not be done.
        """
        if not (self.viewer.is_owner and deed in (Deed.VIEW, Deed.SEARCH)):
            self.__whole.audit.note(self.viewer.name, deed, **particulars)

    def keep_posted(self, holder: Holder) -> None:
        """Let somebody who keeps answers of this store be told when they must be forgotten."""
        self.__whole.holders.add(holder)

    @property
    def location(self) -> str:
        """Path or address, without credentials."""
        return self.__whole.home.location

    @property
    def capabilities(self) -> Capabilities:
        """What this home of the data promises."""
        return self.__whole.home.capabilities

    def revision(self) -> int:
        """Return the data revision: one more for every change."""
        return self.__whole.home.revision()

    @needs(Right.SEE)
    def same_since(self) -> int:
        """Return the data revision since which no record that the viewer sees has changed."""
        held = held_still()
        return self._same_since_now() if held is None else self._moment(held)[0]

    def _same_since_now(self) -> int:
        if self.viewer.sees_all_people:
            return self.revision()
        with self._guard:
            self._masked_now()
            return self._same_since

    @needs(Right.SEE)
    def batches(self) -> tuple[Batch, ...]:
        """Return the imports and edits, oldest first; how many rows each had is for those who manage them."""
        batches = self.__whole.home.batches()
        if self.viewer.rights & {Right.BATCHES}:
            return batches
        with self._guard, self._with_parts() as parts:
            return narrowed(batches, self.viewer, parts)

    @needs(Right.SEE)
    def snapshot(self, kinds: Iterable[str] | None = None, *, known_at: datetime | None = None) -> Snapshot:
        """Return the visible records that the viewer may see, at one moment."""
        if self.viewer.sees_all_people:
            if known_at is not None or self.viewer.is_owner:
                return self.__whole.home.snapshot(kinds, known_at=known_at)
            return _of_kinds(self.__whole.snapshot(), kinds)
        masked = self._masked_now() if known_at is None else self.__whole.masked(self.viewer, known_at)
        return _of_kinds(masked, kinds)

    @needs(Right.SEE)
    def records(self, kind: str, keys: Sequence[str]) -> pa.Table:
        """Return the visible records with these keys that the viewer may see."""
        if self.viewer.sees_all_people:
            return self.__whole.home.records(kind, keys)
        table = self.snapshot([kind]).tables[kind]
        return table.filter(pc.is_in(table["key"], value_set=pa.array(keys, pa.string())))

    @needs(Right.SEE)
    def picture(self, *, as_of: date | None = None, known_at: datetime | None = None) -> Picture:
        """Return the workplace and how it was resolved; kept until the data change."""
        held = held_still()
        if held is None or known_at is not None:
            return self._picture_now(as_of, known_at)
        return self._moment(held, as_of)[1]

    def _moment(self, held: dict[Hashable, Any], as_of: date | None = None) -> tuple[int, Picture]:
        """Return since when the data are the same, and their picture, both of the moment that is held."""
        if (self, as_of) not in held:
            with self._guard:  # what a scope sees is the same since a revision that the next look may move
                picture = self._picture_now(as_of)
                drawn = picture.workplace.provenance.revision
                held[self, as_of] = drawn if self.viewer.sees_all_people else self._same_since, picture
        return cast("tuple[int, Picture]", held[self, as_of])

    def _picture_now(self, as_of: date | None = None, known_at: datetime | None = None) -> Picture:
        if self.viewer.sees_all_people and not self.viewer.is_owner:
            return self.__whole.picture(as_of=as_of, known_at=known_at)
        with self._guard:
            wanted, since = (as_of, known_at, datetime.now(UTC).date()), self._same_since_now()
            held, epoch = self._pictures.get(wanted), self._pictures.epoch
            if held is None or held.workplace.provenance.revision < since:
                with self._with_parts(is_now=as_of is None and known_at is None) as parts:
                    seen, is_part = self.snapshot(known_at=known_at), self.viewer.is_scoped
                    held = draw_picture(seen, as_of=as_of, known_at=known_at, is_part=is_part, parts=parts)
                self._pictures.put(wanted, held, epoch)
            return held

    @contextmanager
    def _with_parts(self, *, is_now: bool = True) -> Iterator[Parts]:
        """Give what was made of the records of now the last time; what had to be forgotten meanwhile is not kept."""
        if not is_now:
            yield Parts()
            return
        epoch, parts = self._parts.epoch, self._parts.get(_NOW) or Parts()
        yield parts
        self._parts.put(_NOW, parts, epoch)

    def workplace(self, *, as_of: date | None = None, known_at: datetime | None = None) -> Workplace:
        """Return the people and facts that analysis works on.

        Parameters
        ----------
        as_of : datetime.date, optional
            Facts that were true later are cut away; default: the newest date in the data that is not after today.
        known_at : datetime.datetime, optional
            What was recorded later (UTC) is cut away; default: now.
        """
        return self.picture(as_of=as_of, known_at=known_at).workplace

    @needs(Right.IMPORT, Right.EXPORT_ALL)
    def versions(self, kind: str, keys: Sequence[str] | None = None) -> pa.Table:
        """Return what every committed batch said of records, undone ones too; of kinds that the viewer sees whole.

        Raises
        ------
        RefusedError
            Of some records of that kind she may see a part only, or none.
        """
        if not self._sees_whole(kind):
            raise RefusedError(
                f"Your account ({self.viewer.role}) does not see every {kind}, so it cannot compare a file with them "
                "or take out their history. Nothing was changed."
            )
        return self.__whole.versions(self.viewer, kind, keys)

    @needs(Right.IMPORT)
    def contact_keys(self) -> pa.ChunkedArray:
        """Return the keys of all contacts that the viewer may see."""
        if self.viewer.sees_all_people:
            return self.__whole.home.query("contact_keys")["key"]
        return pa.chunked_array([list(self.picture().identity.person_of)], pa.string())

    @needs(Right.SEE)
    def counts(self) -> pa.Table:
        """Return ``kind``, ``batch_id``, ``n_versions`` for those who manage imports; for others an empty table."""
        table = self.__whole.home.query("counts")
        return table if self.viewer.rights & {Right.BATCHES} else table.slice(0, 0)

    @needs(Right.EDIT, Right.JUDGE, Right.IMPORT)
    @contextmanager
    def writing(self, draft: BatchDraft, *, about: str | None = None) -> Iterator[BatchWriter]:
        """Open a batch made by the viewer; leaving the block commits it, an exception leaves what was seen as it was.

        Parameters
        ----------
        draft : BatchDraft
            What it is.
        about : str, optional
            Id of the person it changes, for the audit.

        Raises
        ------
        RefusedError
            She may not make such a batch, or it says something of a record outside her scope.
        """
        self.require({"import": Right.IMPORT, "edit": Right.EDIT, "judgement": Right.JUDGE}[draft.origin])
        if draft.replaces is not None:
            self._require_undo(draft.replaces)
        if not self.viewer.sees_all_people:
            self._masked_now()  # before the batch is open: the first time, this writes
        files = [file["name"] for file in json.loads(draft.files)]
        self.note(Deed.CHANGE, origin=draft.origin, files=files, person=about)
        try:
            with self.__whole.home.open_batch(replace(draft, made_by=self.viewer.name)) as batch:
                if self.viewer.sees_all_people:
                    yield batch
                else:
                    writer = ScopedWriter(batch, self.__whole, self.viewer, self._seen, self._picture_now)
                    yield writer
                    writer.check()
        except RefusedError:
            self._note_refused("change what is outside her scope")
            raise
        finally:
            move_on()

    def _seen(self, kind: str) -> pa.Table:
        return self.snapshot([kind]).tables[kind]

    def _note_refused(self, what: str) -> None:
        with suppress(StoreError):  # a log that cannot be written makes nothing allowed
            self.__whole.audit.note(self.viewer.name, Deed.REFUSED, right=what)

    def _require_undo(self, batch_id: int) -> None:
        """Refuse unless the viewer may take this batch back: any, or her own where she sees all that it says."""
        if self.viewer.rights & {Right.UNDO}:
            return
        own = {batch.batch_id for batch in self.__whole.home.batches() if batch.made_by == self.viewer.name}
        if batch_id not in own or not self._sees_batch(batch_id):
            raise RefusedError(
                f"Batch {batch_id} is not yours, or speaks of people outside your units, and your account "
                f"({self.viewer.role}) may take back only its own. Ask a lead. Nothing was changed."
            )

    def _sees_batch(self, batch_id: int) -> bool:
        for kind in KINDS:
            versions = self.__whole.home.versions(kind)
            keys = pc.unique(versions.filter(pc.equal(versions["batch_id"], batch_id))["key"])
            held = self.__whole.home.records(kind, keys.to_pylist())["key"] if len(keys) else keys
            if not pc.all(pc.is_in(held, value_set=self._seen(kind)["key"].combine_chunks()), min_count=0).as_py():
                return False
        return True

    @needs(Right.UNDO, Right.UNDO_OWN)
    def undo(self, batch_id: int) -> int:
        """Undo a batch and return the new revision.

        Raises
        ------
        RefusedError
            It is somebody else's, or a file's, and the viewer may take back only what she typed.
        """
        self._require_undo(batch_id)
        self.note(Deed.UNDO, batch=batch_id)
        revision = self.__whole.home.undo(batch_id, by=self.viewer.name, at=datetime.now(UTC))
        self.__whole.let_go()
        move_on()
        return revision

    @needs(Right.WRITE_BACK)
    def write_result(self, result: Result) -> None:
        """Write a derived answer to the store, where whoever can open the database sees it."""
        self.note(Deed.WRITE_BACK, result=result.name)
        self.__whole.home.write_result(result)

    @needs(Right.WRITE_BACK)
    def results(self) -> list[tuple[str, str]]:
        """Return (name, about) of the written answers, by name."""
        return self.__whole.home.results()

    @needs(Right.SEE)
    def accepted_groups(self) -> dict[str, bytes]:
        """Return the groups that were accepted, by choice of ties; none for somebody who sees a part of the people."""
        return self.__whole.home.documents(ACCEPTED) if self.viewer.sees_all_people else {}

    @needs(Right.WRITE_BACK)
    def keep_groups(self, ties: str, accepted: bytes | None) -> None:
        """Keep groups that were accepted, in place of the last ones of these ties; None forgets them."""
        self.note(Deed.CHANGE, accepted_groups=ties, is_forgotten=accepted is None)
        self.__whole.home.change_document(ACCEPTED, ties, lambda _: accepted)

    @needs(Right.ERASE)
    def count_particulars(self, persons: Collection[str], names: Collection[str]) -> int:
        """Return how many entries of the audit, and of the register of copies, have particulars that speak of some."""
        return len(self._papers_without(persons, names))

    def _papers_without(self, persons: Collection[str], names: Collection[str]) -> dict[tuple[str, str], bytes]:
        """Return the documents that speak of some people, and what they become without them."""
        if not persons and not names:
            return {}
        copies = kept_copies(self.__whole.home)
        return self.__whole.audit.erased(persons, names) | nameless(copies, persons, names)

    @needs(Right.ERASE)
    def erase(
        self, erasure: Erasure, *, persons: Collection[str] = (), names: Collection[str] = (), **particulars: object
    ) -> int:
        """Remove and rewrite records for good, and what the audit says of some people; return how many versions went.

        Parameters
        ----------
        erasure : Erasure
            The records, as worked out at its revision.
        persons, names : collection of str
            Ids and names of those whose particulars in the audit and in the register of copies go.
        **particulars
            For the audit: nothing that tells who it was.

        Raises
        ------
        StoreLockedError
            The data changed since; nothing was changed.
        """
        self.note(Deed.ERASE, **particulars)
        accepted = without_people(self.__whole.home.documents(ACCEPTED), persons)
        forgotten = self._papers_without(persons, names) | accepted
        n_gone = self.__whole.home.forget(replace(erasure, documents={**erasure.documents, **forgotten}))
        self.__whole.let_go()
        move_on()
        return n_gone

    @needs(Right.KEEP, Right.ERASE)
    def register(self, name: Register) -> dict[str, bytes]:
        """Return the entries of a register by name, ascending: they hold no value of a person."""
        return self.__whole.home.documents(name)

    @needs(Right.KEEP, Right.ERASE)
    def enter(self, register: Register, entry: str, content: bytes | None) -> None:
        """Write an entry of a register, in place of the last of that name; None takes it out."""
        self.require(Right.KEEP if register == Register.BACKUPS else Right.ERASE)
        self.__whole.home.change_document(register, entry, lambda _: content)

    @needs(Right.KEEP, Right.ERASE)
    def exports(self) -> list[Entry]:
        """Return what the audit says was taken out, newest first."""
        return self.__whole.audit.entries(deeds=[Deed.EXPORT])

    @needs(Right.KEEP)
    def keys(self) -> Keys | None:
        """Return which keys seal the store; None where it has a passphrase instead."""
        return self.__whole.home.keys()

    @needs(Right.KEEP)
    def rotate_key(self, progress: Progress = no_progress) -> None:
        """Seal a Neo4j store under a new key while others read; stopped on the way, the next call goes on.

        Raises
        ------
        StoreError
            Somebody is importing, or the store has a passphrase instead.
        """
        self.note(Deed.KEEP, changed="key")
        self.__whole.home.rotate_key(progress)

    @needs(Right.KEEP)
    def remove_key(self, key_id: str) -> None:
        """Take a retired key out of the key file for good.

        Raises
        ------
        StoreError
            There is no such key, it is in use, or the store has a passphrase instead.
        """
        self.note(Deed.KEEP, removed_key=key_id)
        self.__whole.home.remove_key(key_id)

    @needs(Right.SEE)
    def find_contacts(self, *, phone: str | None = None, email: str | None = None) -> list[str]:
        """Return the keys of contacts, sorted, with this phone number and e-mail address, among those she may see.

        The search is noted, without what was searched for.

        Raises
        ------
        UsageError
            Neither is given, or what is given is none.
        """
        wanted = normal_details(phone, email)
        if self.viewer.sees_all_people:
            found = self.__whole.home.find_contacts(phone=phone, email=email)
        else:
            found = matching_contacts(self.snapshot(["contact_details"]).tables["contact_details"], wanted)
        self.note(Deed.SEARCH, where="contact details", n_people=len(found))
        return found

    @needs(Right.COUNT, Right.SEE)
    def count_people(self, by: Sequence[str]) -> CountTable:
        """Count workers by one or two of `shopfloor.service.counts.COUNTED`.

        Who sees people gets exact counts of those she sees; who sees only counts gets protected ones of all.
        """
        if Right.COUNT not in self.viewer.rights or self.viewer.sees_all_people:
            return count_exactly(self.workplace(), by)
        return count_protected(self.__whole.home, self.__whole.picture().workplace, by)

    @needs(Right.ACCOUNTS)
    def set_small_group(self, threshold: int) -> None:
        """Set the fewest people that are counted for those who see only counts."""
        self.note(Deed.ACCOUNT, smallest_group=threshold)
        set_small_group(self.__whole.home, threshold)

    @needs(Right.WRITE_BACK)
    def smallest_group(self) -> int:
        """Return the fewest people that are counted for those who see only counts, as it is set."""
        return small_group(self.__whole.home)

    @needs(Right.EXPORT, Right.EXPORT_ALL)
    def register_copy(self, copy: Copy) -> Copy:
        """Write an export into the register of copies and return it with its number."""
        return keep_copy(self.__whole.home, copy)

    @needs(Right.AUDIT, Right.EXPORT_ALL)
    def copies(self) -> list[Copy]:
        """Return the register of marked exports, oldest first."""
        return kept_copies(self.__whole.home)

    @needs(Right.KEEP)
    def change_passphrase(self, passphrase: str) -> None:
        """Encrypt the store under a new passphrase; whoever else has it open lets go of it first.

        Raises
        ------
        StoreError
            This home has none of its own, or somebody else is writing.
        """
        self.note(Deed.KEEP, changed="passphrase")
        self.__whole.take_alone()
        self.__whole.home.change_passphrase(passphrase)

    @needs(Right.KEEP)
    def check(self, progress: Progress = no_progress) -> list[str]:
        """Look for damage; an empty list is a sound store."""
        return self.__whole.home.check(progress)

    @needs(Right.KEEP)
    def backup(self, destination: str) -> None:
        """Write an equally protected copy."""
        self.note(Deed.KEEP, backup=Path(destination).name)
        self.__whole.home.backup(destination)

    @needs(Right.ACCOUNTS)
    def papers(self) -> Papers:
        """Return accounts, audit, rules, receipts and registers, as they go with a copy of the store.

        Raises
        ------
        RefusedError
            She may manage accounts, and not read the audit or take everything out.
        """
        for right in (Right.AUDIT, Right.EXPORT_ALL):
            self.require(right)
        return papers_of(self.__whole.home)

    @needs(Right.EXPORT_ALL)
    def take_over_papers(self, papers: Papers, original: str) -> None:
        """Take over what another store keeps beside its records, and remember where that one is.

        Raises
        ------
        StoreError
            There is something in this store already.
        """
        home = self.__whole.home
        if home.batches():
            raise StoreError(f"{self.location} holds imports already. Copy into a new store. Nothing was changed.")
        home.restore_vault(papers.documents, papers.entries)
        self.note(Deed.KEEP, copied_from=original)
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        kept = json.dumps({"at": at, "by": self.viewer.name, "what": "original"}).encode()
        home.change_document(Register.BACKUPS, original, lambda _: kept)

    @needs(Right.EXPORT_ALL)
    def take_over(self, batch: Batch, parts: Iterable[tuple[str, pa.Table]]) -> None:
        """Take over a batch of another store as it is."""
        self.__whole.home.restore_batch(batch, parts)

    @needs(Right.EXPORT_ALL)
    def end_take_over(self, revision: int) -> None:
        """Count on from the data revision of the store that was taken over."""
        self.__whole.home.raise_revision(revision)

    def close(self) -> None:
        """Let go of files and connections."""
        self.__whole.home.close()

    def _sees_whole(self, kind: str) -> bool:
        shown = self.viewer.classes & PUBLIC_CLASSES  # classes of people are seen of some people only
        return self.viewer.sees_all_people or all(spec.privacy in shown for spec in KINDS[kind].fields)

    def _masked_now(self) -> Snapshot:
        """Return what the viewer sees now; when the data change elsewhere, what was drawn of it stays good."""
        with self._guard:
            held, epoch = self._masked.get(_NOW), self._masked.epoch
            if held is None or held.revision != self.revision():
                with self._with_parts() as parts:
                    seen = self.__whole.masked(self.viewer, parts=parts)
                if held is None or not shows_the_same(held, seen):
                    self._same_since = seen.revision
                self._masked.put(_NOW, held := seen, epoch)
            return held


def open_store(
    location: str | os.PathLike[str],
    *,
    passphrase: str | None = None,
    user: str | None = None,
    account: str | None = None,
    account_password: str | None = None,
    code: str | None = None,
) -> OpenStore:
    """Open a store, as its owner sees it or, where it has accounts, as one account does.

    Parameters
    ----------
    location : str or path
        Path of a store file, or ``neo4j://`` or ``bolt://`` address of a server.
    passphrase : str, optional
        Opens the file, or the user's password on the server; default: the environment's ``SHOPFLOOR_PASSPHRASE``.
    user : str, optional
        User on the server; default: the environment's ``SHOPFLOOR_NEO4J_USER``, else ``neo4j``.
    account, account_password, code : str, optional
        Who logs in to a store with accounts, by what password and, with a second factor, what code; default: the
        environment's ``SHOPFLOOR_ACCOUNT``, ``SHOPFLOOR_ACCOUNT_PASSWORD`` and ``SHOPFLOOR_ACCOUNT_CODE``.

    Raises
    ------
    StoreError
        One of its kinds: nothing there, wrong passphrase, another program's file, no answer, ...
    LogInError
        It has accounts, and none was said, or what was said does not fit.
    """
    home = open_home(location, passphrase=passphrase, user=user)
    return _entered(home, account, account_password, code)


def create_store(
    location: str | os.PathLike[str],
    *,
    passphrase: str | None = None,
    user: str | None = None,
    account: str | None = None,
    account_password: str | None = None,
    code: str | None = None,
    seal_names: bool | None = None,
) -> OpenStore:
    """Make a new store and open it; parameters as in `open_store`.

    On a server this makes constraints and indexes in its database, and the key file of what is sealed there; it changes
    nothing where they are there.

    Parameters
    ----------
    seal_names : bool, optional
        On a server, seal names too; default: where the server is another machine.

    Raises
    ------
    StoreError
        The file exists, the database holds somebody else's graph, or neither can be written; the store is there, and
        its key file is not.
    LogInError
        The database holds a store with accounts, and none was said, or what was said does not fit.
    """
    place, secret = os.fspath(location), _secret(passphrase)
    home: Store
    if is_server(place):
        from shopfloor.graph.neo4j import Neo4jStore  # noqa: PLC0415 - slow to load, and a file needs none of it

        home = Neo4jStore.create(place, user=_user(user), password=secret, seal_names=seal_names)
    else:
        home = EmbeddedStore.create(Path(place), secret)
    return _entered(home, account, account_password, code)


def open_home(location: str | os.PathLike[str], *, passphrase: str | None = None, user: str | None = None) -> Store:
    """Open the home of a store's data, before anybody is known; parameters as in `open_store`."""
    place, secret = os.fspath(location), _secret(passphrase)
    if is_server(place):
        from shopfloor.graph.neo4j import Neo4jStore  # noqa: PLC0415 - as above

        return Neo4jStore.open(place, user=_user(user), password=secret)
    refuse_locked(place)
    return EmbeddedStore.open(Path(place), secret)


def viewer_of(whole: Whole, name: str, password: str, code: str | None, *, address: str) -> Viewer:
    """Return the viewer that an account is, for one piece of work.

    Raises
    ------
    LogInError
        The account does not fit, must wait, or needs a second factor first.
    """
    accounts = Accounts(whole.home, whole.audit)
    account = accounts.verify(name, password, code or None, address=address)
    if account.needs_second_factor:
        raise SecondFactorNeededError(
            "Your campaign wants a second factor. Set it up on the pages first, or ask whoever manages the accounts."
        )
    return Viewer(account.name, account.roles, account.units)


def this_machine() -> str:
    """Return what stands for a network address where somebody works on a store without a server."""
    return f"command line of {Viewer.owner().name} on {platform.node()}"


def _of_kinds(snapshot: Snapshot, kinds: Iterable[str] | None) -> Snapshot:
    wanted = list(snapshot.tables if kinds is None else kinds)
    return replace(snapshot, tables={name: snapshot.tables[name] for name in wanted})


def _entered(home: Store, account: str | None, password: str | None, code: str | None) -> OpenStore:
    whole = Whole(home)
    try:
        return OpenStore(whole, _viewer_who_enters(whole, account, password, code))
    except BaseException:
        home.close()
        raise


def _viewer_who_enters(whole: Whole, account: str | None, password: str | None, code: str | None) -> Viewer:
    if not Accounts(whole.home, whole.audit).is_team:
        return Viewer.owner()
    name = account or os.environ.get("SHOPFLOOR_ACCOUNT")
    secret = password or os.environ.get("SHOPFLOOR_ACCOUNT_PASSWORD")
    if not name or not secret:
        raise LogInError(
            f"{whole.home.location} has accounts. Say who you are: give account=... and account_password=..., or set "
            "SHOPFLOOR_ACCOUNT and SHOPFLOOR_ACCOUNT_PASSWORD (and SHOPFLOOR_ACCOUNT_CODE, with a second factor)."
        )
    return viewer_of(whole, name, secret, code or os.environ.get("SHOPFLOOR_ACCOUNT_CODE"), address=this_machine())


def _secret(passphrase: str | None) -> str:
    secret = passphrase if passphrase is not None else os.environ.get("SHOPFLOOR_PASSPHRASE")
    if secret is None:
        raise PassphraseError("A passphrase is needed: give passphrase=..., or set SHOPFLOOR_PASSPHRASE.")
    return secret


def _user(user: str | None) -> str:
    return user or os.environ.get("SHOPFLOOR_NEO4J_USER", "neo4j")
