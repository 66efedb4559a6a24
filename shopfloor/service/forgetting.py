"""Forget a person for good, with a receipt that names nobody: what went, what stays, which copies hold her still."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import UsageError
from shopfloor.service.erasing import ErasurePlan, Whom, count_left
from shopfloor.service.opening import OpenStore, Register
from shopfloor.service.values import to_json

STAYS: Final = (
    "Free text of others cannot be searched for what it means: counted are texts with her words; none was changed.",
    "A file that names her brings her back when it is imported again, and so does a backup that is restored.",
    "An account she may have, and who imported and edited, stay: they are ended with the accounts.",
)
"""What no erasure reaches."""
_ON_SERVER: Final = (
    "The database server keeps removed data in its transaction logs and dumps until it throws those away: that is for "
    "whoever runs it."
)


@dataclass(frozen=True, slots=True)
class HeldCopy:
    """A backup or an export that was made before an erasure and holds the erased still.

    Attributes
    ----------
    what : str
        ``backup``, ``export`` or, in a copied store, the ``original``.
    name : str
        Its file.
    at : str
        When it was made, UTC, ISO.
    by : str
        Account that made it.
    """

    what: str
    name: str
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased; names nobody.

    Attributes
    ----------
    number : int
        From 1.
    at, by : str
        When (UTC, ISO) and by which account.
    reason : str
        ``person`` or ``retention``.
    why : str
        As somebody said; may be empty.
    n_gone, n_rewritten : dict of str to int
        Records by kind that went, and records of others that no longer name her.
    n_versions : int
        Versions of records that went.
    n_audit : int
        Entries of the audit, and of the register of exports, whose particulars were erased.
    left : dict of str to int
        Texts of others that hold her words and stay, by field.
    left_in : tuple of str
        The records those stand in, ``kind:id``; records without an id of their own are only counted.
    copies : tuple of HeldCopy
        Copies made before, which hold her still.
    stays : tuple of str
        What no erasure reaches.
    """

    number: int
    at: str
    by: str
    reason: str
    why: str = ""
    n_gone: Mapping[str, int] = field(default_factory=dict)
    n_rewritten: Mapping[str, int] = field(default_factory=dict)
    n_versions: int = 0
    n_audit: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    left_in: Sequence[str] = ()
    copies: Sequence[HeldCopy] = ()
    stays: Sequence[str] = ()

    @property
    def json(self) -> str:
        """The receipt as JSON."""
        return to_json(asdict(self), indent=1)


def erase_person(store: OpenStore, plan: ErasurePlan, why: str = "") -> Receipt:
    """Erase a person for good, as planned, and return the receipt, which the store keeps.

    Parameters
    ----------
    store : OpenStore
        Seen by somebody who may erase.
    plan : ErasurePlan
        From `plan_erasure`; it holds until the data change.
    why : str
        The reason, for the receipt.

    Raises
    ------
    UsageError
        The reason holds her name, number or id.
    StoreLockedError
        The data changed since it was planned; nothing was changed.
    """
    _refuse_naming(why, plan.whom)
    n_back = sum(table.num_rows for table in plan.erasure.instead.values())
    n_versions = sum(store.versions(kind, keys).num_rows for kind, keys in plan.erasure.gone.items()) - n_back
    receipt = replace(
        new_receipt(store, "person", why),
        n_gone=plan.n_gone,
        n_rewritten=plan.n_rewritten,
        n_versions=n_versions,
        n_audit=plan.n_audit,
        left=count_left(plan.left),
        left_in=tuple(sorted({f"{one.kind}:{one.key}" for one in plan.left if one.key})),
        stays=(*STAYS, *(() if store.capabilities.is_encrypted else (_ON_SERVER,))),
    )
    erasure = replace(plan.erasure, documents={entry_of(receipt): receipt.json.encode()})
    store.erase(erasure, persons=plan.whom.keys, names=plan.whom.names, receipt=receipt.number)
    return receipt


def _refuse_naming(why: str, whom: Whom) -> None:
    text = pa.array([why], pa.string())
    if pc.match_substring_regex(text, whom.pattern(), ignore_case=True)[0].as_py():
        raise UsageError(
            "The reason holds her name, number or id. Say it without: the receipt is kept and names nobody."
        )


def new_receipt(store: OpenStore, reason: str, why: str = "") -> Receipt:
    """Return the next receipt, with the copies that hold what is being erased."""
    number = max(map(int, store.register(Register.RECEIPTS)), default=0) + 1
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Receipt(number, at, store.viewer.name, reason, why.strip(), copies=tuple(known_copies(store)))


def entry_of(receipt: Receipt) -> tuple[str, str]:
    """Return the place of a receipt in the store: register and entry."""
    return Register.RECEIPTS.value, f"{receipt.number:06d}"


def receipts(store: OpenStore) -> list[Receipt]:
    """Return all receipts, oldest first."""
    return [_read_receipt(json.loads(raw)) for raw in store.register(Register.RECEIPTS).values()]


def _read_receipt(said: dict[str, Any]) -> Receipt:
    return Receipt(**{**said, "copies": [HeldCopy(**one) for one in said["copies"]]})


def register_backup(store: OpenStore, destination: str) -> None:
    """Remember that a backup was made, where and of which revision."""
    made = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "by": store.viewer.name}
    content = to_json({**made, "revision": store.revision()}).encode()
    store.enter(Register.BACKUPS, str(Path(destination).absolute()), content)


def known_copies(store: OpenStore) -> list[HeldCopy]:
    """Return the backups and exports that the store knows of, oldest first."""
    backups = [(name, json.loads(raw)) for name, raw in store.register(Register.BACKUPS).items()]
    copies = [HeldCopy(about.get("what", "backup"), name, about["at"], about["by"]) for name, about in backups]
    for entry in store.exports():
        name = next((str(entry.particulars[key]) for key in ("file", "copied_to") if key in entry.particulars), "")
        copies.append(HeldCopy("export", name, entry.at.isoformat(timespec="milliseconds"), entry.by))
    others = [copy for copy in copies if copy.name != store.location]  # a copied store knows how it was made
    return sorted(others, key=lambda copy: (copy.at, copy.what, copy.name))


def still_holding(store: OpenStore) -> list[dict[str, Any]]:
    """Return the copies that hold somebody who was erased: ``what``, ``name``, ``at``, ``by``, ``receipts``."""
    given = receipts(store)
    found = []
    for copy in known_copies(store):
        numbers = [receipt.number for receipt in given if copy.at <= receipt.at]
        if numbers:
            found.append({**asdict(copy), "receipts": numbers})
    return found


def plan_in_words(plan: ErasurePlan) -> list[str]:
    """Return what an erasure would do, as lines."""
    n_contacts = plan.n_gone.get("contact", 0)
    lines = [f"Erasing this person ({n_contacts} {'contact' if n_contacts == 1 else 'contacts'}) for good:"]
    lines += [f"  to go, with all versions: {n} {label(kind, n)}" for kind, n in plan.n_gone.items()]
    lines += [
        f"  to name an erased person instead: {n} {label(kind, n)} of others" for kind, n in plan.n_rewritten.items()
    ]
    lines.append(f"  to lose their particulars: {plan.n_audit} entries of the audit and the register of exports")
    return [*lines, *_left_in_words(count_left(plan.left))]


def receipt_in_words(receipt: Receipt) -> str:
    """Return a receipt as plain text."""
    lines = [f"Receipt {receipt.number} of {receipt.at}, by {receipt.by} ({receipt.reason})"]
    lines += [f"Why: {receipt.why}"] if receipt.why else []
    lines += [f"Gone: {n} {label(kind, n)}" for kind, n in receipt.n_gone.items()]
    lines += [f"Rewritten: {n} {label(kind, n)}" for kind, n in receipt.n_rewritten.items()]
    lines.append(
        f"Gone in all: {receipt.n_versions} versions; {receipt.n_audit} particulars of the audit and of exports"
    )
    lines += _left_in_words(receipt.left)
    lines += [f"  {where}" for where in receipt.left_in]
    lines += [f"Holds the erased still: {copy.what} {copy.name} of {copy.at}" for copy in receipt.copies]
    return "\n".join([*lines, *receipt.stays])


def _left_in_words(left: Mapping[str, int]) -> list[str]:
    return [f"Not changed: {n} texts of others in {where} hold her words" for where, n in left.items()]


def label(kind: str, n: int) -> str:
    """Return the name of a record kind for a count of them."""
    word = kind.replace("_", " ")
    return word if n == 1 or word.endswith("s") else f"{word}s"
