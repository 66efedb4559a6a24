"""Accounts: who may log in, with which roles and units; invitations, passwords, second factors.

All accounts of a store are one document, so that a change which looks at several of them (a name taken, the last one
who manages accounts) is one step. From the first accepted invitation on, a store is in *team mode*: nobody sees
anything without an account. Passwords are argon2id hashes, invitations digests; neither can be turned back.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pyotp

from shopfloor.errors import LogInError, RefusedError, UsageError
from shopfloor.service.account_book import (
    COLLECTION,
    NAME,
    Account,
    Book,
    Row,
    account_of,
    claim,
    give,
    read_book,
    written,
)
from shopfloor.service.audit import AuditTrail, Deed, Vault
from shopfloor.service.clock import Clock
from shopfloor.service.passwords import a_strangers_turn, check_password, fits, hash_password, is_outdated
from shopfloor.service.policy import ROLES
from shopfloor.service.sessions import Sessions
from shopfloor.service.throttle import Attempt, Throttle, network_of
from shopfloor.settings import INVITATION_LASTS

__all__ = ["FIRST_ROLES", "Account", "Accounts", "SecondFactor"]

FIRST_ROLES: Final = frozenset({"lead", "admin"})
"""Roles of the first account: without both, nobody could see the campaign, or nobody could let others in."""

_LONGEST_CODE: Final = 20
_CODE_SECONDS: Final = 30
_NO_FACTOR: Final = "A" * 32
"""A secret like any, compared with where there is none: it takes as long."""

_NOT_LET_IN: Final = "The account, the password or the code does not fit. Nobody was logged in."


@dataclass(frozen=True, slots=True, repr=False)
class SecondFactor:
    """What an authenticator app needs; shown once, to the account's holder.

    Attributes
    ----------
    secret : str
        To be typed into the app.
    uri : str
        The same as an ``otpauth://`` address, for a QR code.
    """

    secret: str
    uri: str


class Accounts:
    """The accounts of one store.

    Nothing here asks who calls: `shopfloor.service.door` does.

    Parameters
    ----------
    vault : Vault
        The home they are kept in.
    audit : AuditTrail
        Where it is noted who changed and who logged in.
    campaign : str
        A name that no password may consist of.
    clock : Clock, optional
        What time it is.
    """

    def __init__(self, vault: Vault, audit: AuditTrail, *, campaign: str = "", clock: Clock | None = None) -> None:
        self._vault, self._audit, self._campaign = vault, audit, campaign
        self._clock = clock or Clock()
        self._throttle = Throttle(vault, self._clock)
        self._sessions = Sessions(vault, self._clock)

    @property
    def is_team(self) -> bool:
        """Somebody has accepted an invitation: from then on nobody sees anything without an account."""
        return self._book().is_team

    @property
    def is_second_factor_required(self) -> bool:
        """Everybody who logs in by a password needs a second factor."""
        return bool(self._book().is_second_factor_required)

    def list(self) -> tuple[Account, ...]:
        """Return all accounts, ended ones too, by name."""
        book = self._book()
        return tuple(account_of(book.rows[key], book) for key in sorted(book.rows))

    def find(self, name: str) -> Account:
        """Return one account.

        Raises
        ------
        NotFoundError
            There is none of that name.
        """
        book = self._book()
        return account_of(book.row(name), book)

    def find_subject(self, subject: str) -> Account | None:
        """Return the account that the identity provider knows as `subject`, unless it was ended."""
        book = self._book()
        found = (row for row in book.rows.values() if row.oidc_subject == subject and not row.is_ended)
        return next((account_of(row, book) for row in found), None)

    def invite(
        self, name: str, roles: Collection[str] | None = None, units: Iterable[str] | None = None, *, by: str
    ) -> str:
        """Invite somebody, or give who lost her password a way to set another; return the token of the invitation.

        It is told this once and works once, within `INVITATION_LASTS`; an earlier one works no more. A password that
        is there stays until the invitation is accepted.

        Parameters
        ----------
        name : str
            Of the account.
        roles, units : collection of str, optional
            What she may; None leaves what she has.
        by : str
            Who invites.

        Raises
        ------
        UsageError
            The name, a role or a unit cannot be.
        RefusedError
            The name is of an account that was ended: what the audit says of it would be said of another. Or it is the
            first account and lacks a role, or the last that manages accounts would lose its role.
        """
        if not NAME.fullmatch(name):
            raise UsageError("An account's name is 1 to 40 letters, digits, dots, hyphens and underscores.")
        token, now = secrets.token_urlsafe(32), self._clock.now().isoformat()

        def change(book: Book) -> None:
            row = book.rows.setdefault(name.casefold(), Row(name, now))
            if row.is_ended:
                raise RefusedError(
                    f"The account {row.name} was ended, and no name is given twice: the audit could not tell one from "
                    "the other. Nothing was changed. Choose another name."
                )
            give(row, roles, units)
            if not row.roles:
                raise UsageError(f"Say which role {row.name} has: {', '.join(ROLES)}.")
            if not book.is_team and not set(row.roles) >= FIRST_ROLES:
                raise RefusedError(
                    "The first account of a store needs the roles lead and admin, or nobody could let others in. "
                    "Nothing was changed."
                )
            row.invitation, row.invited_at = _digest(token), now

        row = self._change(change).row(name)
        self._note(by, "invited", row)
        return token

    def invited(self, token: str) -> Account | None:
        """Return whose invitation this is, or None if it is none, or too old."""
        book = self._book()
        row = self._invited(book, token)
        return None if row is None else account_of(row, book)

    def accept(self, token: str, password: str | None = None, *, oidc_subject: str | None = None) -> Account:
        """Accept an invitation by a password, or by who one is to the identity provider; her sessions so far end.

        An earlier password opens nothing any more: an invitation is also what somebody gets whose password leaked.

        Raises
        ------
        LogInError
            It is no invitation, or too old, or was used.
        UsageError
            The password is not good enough; the invitation still works.
        """
        invited = self.invited(token)
        if invited is None:
            raise _used()
        if password is not None:
            check_password(password, (invited.name, self._campaign))
        elif not oidc_subject:
            raise UsageError("An account needs a password. Nothing was changed.")
        hashed = None if password is None else hash_password(password)

        def change(book: Book) -> None:
            row = self._invited(book, token)
            if row is None:
                raise _used()
            if oidc_subject is not None:
                claim(book, row, oidc_subject)
            row.password, row.invitation, row.invited_at = hashed, None, None
            row.generation += 1
            book.is_team = True

        book = self._change(change)
        row = book.row(invited.name)
        self._sessions.end_all(row.name)
        self._note(row.name, "accepted the invitation", row)
        return account_of(row, book)

    def change(
        self, name: str, *, roles: Collection[str] | None = None, units: Iterable[str] | None = None, by: str
    ) -> Account:
        """Change what somebody may; it holds for her next question. None leaves as it is.

        Raises
        ------
        NotFoundError, UsageError
            There is no such account, role or unit.
        RefusedError
            She is the last who can manage accounts.
        """
        book = self._change(lambda book: give(book.row(name), roles, units))
        self._note(by, "changed", book.row(name))
        return account_of(book.row(name), book)

    def end(self, name: str, *, by: str) -> None:
        """End an account: its sessions and its scope are gone at once, its name stays.

        Raises
        ------
        NotFoundError
            There is no such account.
        RefusedError
            She is the last who can manage accounts.
        """

        def change(book: Book) -> None:
            row = book.row(name)
            key, generation = row.name.casefold(), row.generation + 1
            book.rows[key] = Row(row.name, row.created_at, is_ended=True, generation=generation)

        row = self._change(change).row(name)
        self._sessions.end_all(row.name)
        self._note(by, "ended", row)

    def change_password(
        self, name: str, old: str, new: str, code: str | None = None, *, address: str, device: str | None = None
    ) -> Account:
        """Change one's own password; all her sessions end.

        Parameters
        ----------
        name, old, new : str
            Of the account, and as typed.
        code : str, optional
            Of the second factor, where she has one: a session left open and the password are not enough.
        address, device : str
            As for `verify`.

        Raises
        ------
        LogInError
            The old one or the code does not fit, or too many were tried.
        UsageError
            The new one is not good enough; the code is not used up.
        """
        check_password(new, (self.find(name).name, self._campaign))
        row = self._prove(name, old, address, device, code=code or "")
        self._set_password(row.name, row.password, hash_password(new), is_new=True)
        self._sessions.end_all(row.name)
        self._note(row.name, "changed the password", row)
        return self.find(name)

    def unlink(self, name: str, *, by: str) -> None:
        """Let an account no longer be opened by the identity provider; its sessions end.

        Who has no password there needs a new invitation.

        Raises
        ------
        NotFoundError
            There is no such account.
        RefusedError
            The provider does not know it, or she is the last who can manage accounts.
        """

        def change(book: Book) -> None:
            row = book.row(name)
            if row.oidc_subject is None:
                raise RefusedError(f"{row.name} is not linked to an identity provider. Nothing was changed.")
            row.oidc_subject, row.generation = None, row.generation + 1

        row = self._change(change).row(name)
        self._sessions.end_all(row.name)
        self._note(by, "unlinked from the identity provider", row)

    def begin_second_factor(self, name: str, password: str, *, address: str, device: str | None = None) -> SecondFactor:
        """Draw the secret of a second factor; it counts once `confirm_second_factor` was given a code of it.

        The password is asked for: with a session alone, somebody could shut its holder out.

        Raises
        ------
        LogInError
            The password does not fit, or too many were tried.
        RefusedError
            She has a second factor: an admin removes it first.
        """
        self._prove(name, password, address, device)
        secret = pyotp.random_base32()

        def change(book: Book) -> None:
            row = book.row(name)
            if row.second_factor is not None:
                raise RefusedError("This account has a second factor. Ask whoever manages the accounts to remove it.")
            row.pending_factor = secret

        row = self._change(change).row(name)
        return SecondFactor(secret, pyotp.TOTP(secret).provisioning_uri(name=row.name, issuer_name="Shopfloor"))

    def confirm_second_factor(self, name: str, code: str) -> None:
        """Make the drawn second factor count, by a code that shows that the app has it.

        Raises
        ------
        LogInError
            The code does not fit, or none was drawn.
        """
        steps = self._steps()

        def change(book: Book) -> None:
            row = book.row(name)
            step = _fitting_step(row.pending_factor, code, steps, 0)
            if step is None:
                raise LogInError("The code does not fit. Look whether the clock of the device is right, and try again.")
            row.second_factor, row.pending_factor, row.last_code = row.pending_factor, None, step

        row = self._change(change).row(name)
        self._note(row.name, "set up a second factor", row)

    def remove_second_factor(self, name: str, *, by: str) -> None:
        """Remove somebody's second factor, because she lost it; her sessions end.

        Raises
        ------
        NotFoundError
            There is no such account.
        """

        def change(book: Book) -> None:
            row = book.row(name)
            row.second_factor, row.pending_factor, row.generation = None, None, row.generation + 1

        row = self._change(change).row(name)
        self._sessions.end_all(row.name)
        self._note(by, "removed the second factor", row)

    def require_second_factor(self, *, by: str, is_required: bool = True) -> None:
        """Say whether everybody who logs in by a password needs a second factor."""

        def change(book: Book) -> None:
            book.is_second_factor_required = is_required

        self._change(change)
        self._audit.note(by, Deed.ACCOUNT, what=f"second factor {'required' if is_required else 'not required'}")

    def want_second_factor(self) -> bool:
        """Require a second factor unless somebody has said whether it is; return whether that was said now."""
        if self._book().is_second_factor_required is not None:
            return False

        def change(book: Book) -> None:
            if book.is_second_factor_required is None:
                book.is_second_factor_required = True

        self._change(change)
        self._audit.note("", Deed.ACCOUNT, what="second factor required, as the pages are served beyond this machine")
        return True

    def verify(
        self, name: str, password: str, code: str | None = None, *, address: str, device: str | None = None
    ) -> Account:
        """Return the account whose password and code these are; log-ins and failures are noted.

        An unknown or ended account, a wrong password and a wrong or missing code take the same time and get the same
        words. A code counts once.

        Parameters
        ----------
        name, password : str
            As typed.
        code : str, optional
            Of the authenticator app, where the account has a second factor.
        address : str
            Network address of the client.
        device : str, optional
            Token of the device, from an earlier log-in: see `device_token`.

        Raises
        ------
        LogInError
            They do not fit, or too many attempts were wrong; its ``wait`` says how many seconds to wait.
        """
        key = name.casefold() if NAME.fullmatch(name) else ""
        with a_strangers_turn(is_stranger=not self._throttle.knows(key, device)):
            row = self._book().rows.get(key)
            attempt = self._enter(row, key or name, address, device)
            held = None if row is None or row.is_ended else row.password
            is_right = self._takes_code(key, code, is_right=fits(password, held))
        if row is None or not is_right:
            self._note_failure(row, address)
            raise LogInError(_NOT_LET_IN)
        return self._let_in(row, password, attempt, address)

    def _enter(self, row: Row | None, name: str, address: str, device: str | None) -> Attempt:
        """Count an attempt; one that is not looked at yet is noted where the account is one of ours."""
        try:
            return self._throttle.enter(name, address, device, is_there=row is not None)
        except LogInError:
            n_waiting = None if row is None else self._throttle.count_waiting(name)
            if row is not None and n_waiting is not None:
                network = network_of(address, is_wide=True)
                self._audit.note(
                    "", Deed.REFUSED, what="too many wrong attempts", account=row.name, n=n_waiting, network=network
                )
            raise

    def prove(self, name: str, password: str, *, address: str, device: str | None = None) -> None:
        """Let somebody who is logged in say her password again; a wrong one is counted as at the log-in.

        Raises
        ------
        LogInError
            It does not fit, or too many were tried.
        """
        self._prove(name, password, address, device)

    def device_token(self, account: Account) -> str:
        """Return a token by which a device is known at the next log-in; it opens nothing by itself."""
        return self._throttle.device_token(account.name.casefold())

    def note_log_in(self, account: Account, how: str, address: str) -> None:
        """Note that somebody came in by another way than `verify`."""
        self._audit.note(account.name, Deed.LOG_IN, how=how, network=network_of(address, is_wide=True))

    def _let_in(self, row: Row, password: str, attempt: Attempt, address: str) -> Account:
        self._throttle.leave(attempt)
        if row.password is not None and is_outdated(row.password):
            self._set_password(row.name, row.password, hash_password(password), is_new=False)
        network = network_of(address, is_wide=True)
        self._audit.note(row.name, Deed.LOG_IN, how="password", known_device=attempt.is_known_device, network=network)
        return account_of(row, self._book())

    def _takes_code(self, key: str, code: str | None, *, is_right: bool) -> bool:
        """Tell whether password and code fit, and then use the code up; the code of a wrong password stays good.

        Where there is no second factor, or no account, as much is compared as where there is.
        """
        steps, has_factor = self._steps(), False

        def change(book: Book) -> None:
            nonlocal has_factor
            row = book.rows.get(key)
            has_factor = row is not None and row.second_factor is not None
            secret, last = (_NO_FACTOR, 0) if row is None else (row.second_factor or _NO_FACTOR, row.last_code)
            step = _fitting_step(secret, code or "", steps, last)
            if row is None or not has_factor or step is None or not is_right:
                raise LogInError(_NOT_LET_IN)
            row.last_code = step

        try:
            self._change(change)
        except LogInError:
            return is_right and not has_factor
        return True

    def _prove(self, name: str, password: str, address: str, device: str | None, *, code: str | None = None) -> Row:
        """Return an account whose holder is logged in and has said her password again, and a code if one is given."""
        row = self._book().row(name)
        attempt = self._enter(row, row.name.casefold(), address, device)
        is_right = fits(password, row.password)
        if code is not None:
            is_right = self._takes_code(row.name.casefold(), code, is_right=is_right)
        if not is_right:
            self._note_failure(row, address)
            raise LogInError(_NOT_LET_IN)
        self._throttle.leave(attempt)
        return row

    def _steps(self) -> tuple[int, ...]:
        """Return the numbers of the codes that count now: a clock may be off by half a minute."""
        now = int(self._clock.now().timestamp()) // _CODE_SECONDS
        return now - 1, now, now + 1

    def _set_password(self, name: str, old: str | None, hashed: str, *, is_new: bool) -> None:
        def change(book: Book) -> None:
            row = book.row(name)
            if row.password != old or row.is_ended:
                raise LogInError(_NOT_LET_IN)
            row.password, row.generation = hashed, row.generation + is_new

        self._change(change)

    def _invited(self, book: Book, token: str) -> Row | None:
        wanted, now = _digest(token), self._clock.now()
        row = next((row for row in book.rows.values() if row.invitation == wanted), None)
        if row is None or row.invited_at is None:
            return None
        age = now - datetime.fromisoformat(row.invited_at)
        return row if -timedelta(minutes=1) < age < INVITATION_LASTS else None

    def _note(self, by: str, what: str, row: Row) -> None:
        self._audit.note(by, Deed.ACCOUNT, what=what, account=row.name, roles=row.roles, units=row.units)

    def _note_failure(self, row: Row | None, address: str) -> None:
        """Note a failed log-in; what was typed as a name may be a password, so only names of accounts are noted."""
        network = network_of(address, is_wide=True)
        if row is not None:
            self._audit.note("", Deed.LOG_IN_FAILED, account=row.name, network=network)
        else:
            n_unknown = self._throttle.count_unknown()
            if n_unknown is not None:
                self._audit.note("", Deed.LOG_IN_FAILED, account=None, n_unknown=n_unknown, network=network)

    def _book(self) -> Book:
        return read_book(self._vault.documents(COLLECTION).get(COLLECTION))

    def _change(self, change: Callable[[Book], None]) -> Book:
        """Change the accounts in one step; the last who manages them stays."""

        def changed(held: bytes | None) -> bytes:
            book = read_book(held)
            managed = any(row.manages for row in book.rows.values())
            change(book)
            if managed and not any(row.manages for row in book.rows.values()):
                raise RefusedError(
                    "This is the last account that can manage accounts. Give somebody else the role admin first, and "
                    "let her accept her invitation. Nothing was changed."
                )
            return written(book)

        return read_book(self._vault.change_document(COLLECTION, COLLECTION, changed))


def _fitting_step(secret: str | None, code: str, steps: Iterable[int], last: int) -> int | None:
    """Return the number of the code that fits and was not used yet, all of them compared."""
    typed = "".join(code.split())
    if secret is None or len(typed) > _LONGEST_CODE or not typed.isascii():
        return None
    made = pyotp.TOTP(secret, interval=_CODE_SECONDS)
    matching = [step for step in steps if pyotp.utils.strings_equal(made.generate_otp(step), typed)]
    return next((step for step in matching if step > last), None)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _used() -> LogInError:
    return LogInError("This invitation is none, was used, or is too old. Ask whoever manages the accounts for another.")
