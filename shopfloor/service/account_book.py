"""What is kept of accounts: one document of all of them, and what each may be."""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

from shopfloor.errors import NotFoundError, RefusedError, UsageError, near
from shopfloor.service.policy import ROLES, Right, rights_of

COLLECTION: Final = "accounts"
"""Collection, and name in it, of the document of all accounts."""
NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,40}")
_LONGEST_UNIT: Final = 100
_MOST_UNITS: Final = 100


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in.

    Attributes
    ----------
    name : str
        1-40 letters, digits, ``.``, ``_``, ``-``; no two differ by case alone, and none is ever given twice.
    roles : frozenset of str
        Of `shopfloor.service.policy.ROLES`.
    units : tuple of str
        Units of an organizer.
    is_ended : bool
        She may not log in any more; the name stays, for the audit.
    has_password, has_second_factor : bool
        What she set up.
    needs_second_factor : bool
        An admin wants one and she has none yet: she may log in, set it up, and see nothing before.
    oidc_subject : str or None
        Who she is to the campaign's identity provider.
    created_at : datetime.datetime
        UTC.
    is_invited : bool
        An invitation waits to be accepted.
    generation : int
        One more whenever she is ended or gets another password or second factor: older sessions are over.
    """

    name: str
    roles: frozenset[str]
    units: tuple[str, ...]
    is_ended: bool
    has_password: bool
    has_second_factor: bool
    needs_second_factor: bool
    oidc_subject: str | None
    created_at: datetime
    is_invited: bool = False
    generation: int = 0

    @property
    def rights(self) -> frozenset[Right]:
        """What she may do."""
        return frozenset() if self.is_ended else rights_of(self.roles)

    @property
    def can_log_in(self) -> bool:
        """She has accepted her invitation and was not ended."""
        return not self.is_ended and (self.has_password or self.oidc_subject is not None)


@dataclass(slots=True, repr=False)
class Row:
    """An account as it is kept."""

    name: str
    created_at: str
    roles: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    is_ended: bool = False
    generation: int = 0
    password: str | None = None
    oidc_subject: str | None = None
    second_factor: str | None = None
    pending_factor: str | None = None
    last_code: int = 0
    invitation: str | None = None
    invited_at: str | None = None

    @property
    def manages(self) -> bool:
        """She can log in and manage accounts."""
        is_in = not self.is_ended and (self.password or self.oidc_subject)
        return bool(is_in) and Right.ACCOUNTS in rights_of(self.roles)


@dataclass(slots=True, repr=False)
class Book:
    """All accounts of a store, by folded name; nobody has said yet whether a second factor is required: None."""

    rows: dict[str, Row] = field(default_factory=dict)
    is_team: bool = False
    is_second_factor_required: bool | None = None

    def row(self, name: str) -> Row:
        """Return one account, ended or not."""
        held = self.rows.get(name.casefold())
        if held is None:
            known = near(name, (row.name for row in self.rows.values())) if NAME.fullmatch(name) else ""
            raise NotFoundError(f"There is no such account{known or '.'} Nothing was changed.")
        return held


def read_book(held: bytes | None) -> Book:
    """Return what a document says, none for a store without accounts."""
    if held is None:
        return Book()
    said = json.loads(held)
    said["rows"] = {key: Row(**row) for key, row in said["rows"].items()}
    return Book(**said)


def written(book: Book) -> bytes:
    """Return the document of all accounts."""
    return json.dumps(asdict(book), ensure_ascii=False).encode()


def account_of(row: Row, book: Book) -> Account:
    """Return an account as others see it, without its secrets."""
    has_factor = row.second_factor is not None
    return Account(
        name=row.name,
        roles=frozenset(row.roles),
        units=tuple(row.units),
        is_ended=row.is_ended,
        has_password=row.password is not None,
        has_second_factor=has_factor,
        needs_second_factor=bool(book.is_second_factor_required) and row.password is not None and not has_factor,
        oidc_subject=row.oidc_subject,
        created_at=datetime.fromisoformat(row.created_at),
        is_invited=row.invitation is not None,
        generation=row.generation,
    )


def give(row: Row, roles: Collection[str] | None, units: Iterable[str] | None) -> None:
    """Give roles and units to an account; None leaves what it has.

    Raises
    ------
    UsageError
        There is no such role, or a unit cannot be.
    """
    if roles is not None:
        for role in roles:
            if role not in ROLES:
                raise UsageError(f"There is no role '{role}'{near(role, ROLES)}. Roles: {', '.join(ROLES)}.")
        if not roles:
            raise UsageError(f"Say which role {row.name} has: {', '.join(ROLES)}. To let her in no more, end her.")
        row.roles = [role for role in ROLES if role in roles]
    if units is not None:
        row.units = list(dict.fromkeys(unit.strip() for unit in units if unit.strip()))
        if len(row.units) > _MOST_UNITS or not all(len(u) <= _LONGEST_UNIT and u.isprintable() for u in row.units):
            raise UsageError(
                f"At most {_MOST_UNITS} units, each a printable name of at most {_LONGEST_UNIT} characters."
            )


def claim(book: Book, row: Row, subject: str) -> None:
    """Tie an account to who its holder is to the identity provider.

    Raises
    ------
    RefusedError
        Another account is.
    """
    if any(other is not row and other.oidc_subject == subject for other in book.rows.values()):
        raise RefusedError("The identity provider's account belongs to another account here. Nothing was changed.")
    row.oidc_subject = subject
