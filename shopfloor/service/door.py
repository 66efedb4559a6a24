"""The door to a store: who stands before it is nobody; who has logged in gets the store as her account sees it now.

A store without accounts is its owner's: whoever opens it sees everything. From the first accepted invitation on
(*team mode*) there is no way in but an account's. What protects the data on the disk is the store's key: accounts
decide what this program shows to whom, and cannot keep out somebody who has the key and another program.
"""

import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePosixPath
from types import TracebackType
from typing import Final, Self

from shopfloor.errors import LogInError, NotFoundError, RefusedError, SecondFactorNeededError, SessionOverError
from shopfloor.service.accounts import Account, Accounts, SecondFactor
from shopfloor.service.audit import AuditCheck, Deed, Entry
from shopfloor.service.clock import Clock
from shopfloor.service.opening import OpenStore, open_home, viewer_of
from shopfloor.service.policy import Right
from shopfloor.service.sessions import Session, Sessions
from shopfloor.service.throttle import is_noted, network_of
from shopfloor.service.viewer import Viewer
from shopfloor.service.whole import Whole
from shopfloor.settings import LOG_IN_FRESH

_KEPT: Final = 64
"""Viewers whose store is kept at hand with what was computed for them."""


@dataclass(frozen=True, slots=True, repr=False)
class LoggedIn:
    """What a client gets that has logged in.

    Attributes
    ----------
    session : str
        Token of the session: a secret, in a cookie that lasts as long as the browser.
    device : str
        Token of the device for the next log-in: in a cookie of its own that stays (180 days); it opens nothing.
    account : Account
        Whose it is; see ``needs_second_factor``.
    """

    session: str
    device: str
    account: Account


class Door:
    """A store before anybody is known; what is given out shares one home of the data. Safe for threads."""

    def __init__(self, whole: Whole, *, clock: Clock | None = None) -> None:
        self.__clock = clock = clock or Clock()
        self.__refused: dict[tuple[str, str], int] = {}
        self.__whole = whole
        self.__accounts = Accounts(
            whole.home, whole.audit, campaign=PurePosixPath(whole.home.location).stem, clock=clock
        )
        self.__sessions = Sessions(whole.home, clock)
        self.__stores: OrderedDict[Viewer, OpenStore] = OrderedDict()
        self.__guard = threading.Lock()

    def __repr__(self) -> str:
        """Name the place only."""
        return f"Door({self.location})"

    def __enter__(self) -> Self:
        """Use the door in a ``with`` block, which closes the store."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        self.close()

    @property
    def location(self) -> str:
        """Path or address, without credentials."""
        return self.__whole.home.location

    @property
    def has_accounts(self) -> bool:
        """The store is in team mode: nobody sees anything without logging in."""
        return self.__accounts.is_team

    def cookie_key(self) -> bytes:
        """Return the random bytes that a server signs cookies with: the same after a restart, and of every process."""
        made = self.__whole.home.change_document("settings", "cookies", lambda held: held or secrets.token_bytes(32))
        return made or b""

    def want_second_factor(self) -> bool:
        """Require a second factor of everybody, unless an admin has said whether it is; return whether that is new."""
        return self.__accounts.want_second_factor()

    def owner_store(self) -> OpenStore:
        """Return the store of its owner, who sees everything.

        Raises
        ------
        LogInError
            The store has accounts.
        """
        if self.has_accounts:
            raise LogInError(f"{self.location} has accounts. Log in: nobody sees it without.")
        return self._store_of(Viewer.owner())

    def log_in(
        self,
        name: str,
        password: str,
        code: str | None = None,
        *,
        address: str,
        device: str | None = None,
        agent: str = "",
    ) -> LoggedIn:
        """Begin a session; noted in the audit, failures too.

        Parameters
        ----------
        name, password : str
            As typed.
        code : str, optional
            Of the second factor; ask everybody for it, so that the form does not say who has one.
        address : str
            Network address of the client, as the server sees it.
        device : str, optional
            Token of the device from an earlier log-in.
        agent : str
            What the browser says it is.

        Raises
        ------
        LogInError
            They do not fit (the same words whatever does not), or her ``wait`` seconds must pass first.
        """
        account = self.__accounts.verify(name, password, code, address=address, device=device)
        return self._begin(account, address, agent, has_second_factor=account.has_second_factor)

    def let_in(
        self, account: Account, *, address: str, agent: str = "", how: str, has_second_factor: bool = False
    ) -> LoggedIn:
        """Begin a session for somebody whom an identity provider vouches for (`Accounts.find_subject`); noted.

        Parameters
        ----------
        account : Account
            Whom it vouches for.
        address, agent : str
            As for `log_in`.
        how : str
            What vouches, for the audit.
        has_second_factor : bool
            It says that it asked her for two factors.

        Raises
        ------
        SecondFactorNeededError
            The campaign wants a second factor, and the provider asked for none.
        LogInError
            The account was ended.
        """
        now = self.__accounts.find(account.name)
        if not now.can_log_in:
            raise LogInError("The account is not let in. Ask whoever manages the accounts.")
        if self.__accounts.is_second_factor_required and not has_second_factor:
            network = network_of(address, is_wide=True)
            self.__whole.audit.note(
                "", Deed.LOG_IN_FAILED, account=now.name, how=how, lacks="second factor", network=network
            )
            raise SecondFactorNeededError(
                "Your campaign wants a second factor, and where you logged in does not say that it asked you for one. "
                "Set one up there, log out there, and log in again."
            )
        self.__accounts.note_log_in(now, how, address)
        provided = replace(now, needs_second_factor=False)
        return self._begin(provided, address, agent, is_provided=True, has_second_factor=has_second_factor)

    def note_not_let_in(self, how: str, address: str) -> None:
        """Note that somebody came by another way than a password and has no account here."""
        network = network_of(address, is_wide=True)
        self.__whole.audit.note("", Deed.LOG_IN_FAILED, account=None, how=how, network=network)

    def note_refused(self, what: str, address: str, session_token: str = "") -> None:
        """Note a request that was refused before anything was asked of the store.

        The first ones of a day are noted, and then each time their number has doubled: whoever sends them without end
        must not fill the store.

        Parameters
        ----------
        what : str
            Why it was refused, in words of ours.
        address : str
            Network address of the client.
        session_token : str
            Of the session it came with, if it lasts.
        """
        day = self.__clock.now().date().isoformat()
        with self.__guard:
            self.__refused = {key: n for key, n in self.__refused.items() if key[0] == day}
            n = self.__refused[day, what] = self.__refused.get((day, what), 0) + 1
        if is_noted(n):
            session = self.__sessions.find(session_token, is_use=False) if session_token else None
            by = "" if session is None else session.account
            self.__whole.audit.note(by, Deed.REFUSED, what=what, n=n, network=network_of(address, is_wide=True))

    def account_of_subject(self, subject: str) -> Account | None:
        """Return the account that the identity provider knows as `subject`, unless it was ended."""
        return self.__accounts.find_subject(subject)

    def log_out(self, session_token: str) -> None:
        """End a session; one that is over stays so."""
        session = self.__sessions.find(session_token)
        self.__sessions.end(session_token)
        if session is not None:
            self.__whole.audit.note(session.account, Deed.LOG_OUT)

    def invited(self, invitation: str) -> Account | None:
        """Return whose invitation a token is, or None if it is none, used, or too old."""
        return self.__accounts.invited(invitation)

    def accept(
        self, invitation: str, password: str | None = None, *, oidc_subject: str | None = None
    ) -> tuple[Account, str]:
        """Accept an invitation; return the account and a token of this device. She logs in afterwards.

        The device token lets her log in even while others guess at her account.

        Raises
        ------
        LogInError
            It is no invitation, was used, or is too old.
        UsageError
            The password is not good enough; the message says why, and the invitation still works.
        """
        account = self.__accounts.accept(invitation, password, oidc_subject=oidc_subject)
        return account, self.__accounts.device_token(account)

    def account_of(self, session_token: str, *, is_use: bool = True) -> Account:
        """Return who is logged in, as the account is now.

        Parameters
        ----------
        session_token : str
            As she got it at the log-in.
        is_use : bool
            She did something, and her session lasts on; see `Sessions.find`.

        Raises
        ------
        SessionOverError
            Nobody: the session is over, or the account was ended or got another password since.
        """
        session = self.__sessions.find(session_token, is_use=is_use) if session_token else None
        if session is None:
            raise SessionOverError("You are not logged in, or not any more. Log in again.")
        try:
            account = self.__accounts.find(session.account)
        except NotFoundError as error:
            raise SessionOverError("You are not logged in any more. Log in again.") from error
        if not account.can_log_in or account.generation != session.generation or self._lacks_factor(session):
            self.__sessions.end(session_token)
            self._forget(session.account)
            raise SessionOverError("You are not logged in any more. Log in again.")
        return replace(account, needs_second_factor=False) if session.is_provided else account

    def _lacks_factor(self, session: Session) -> bool:
        """Tell whether a session was begun at the provider without the second factor that is wanted now."""
        is_asked = session.is_provided and not session.has_second_factor
        return is_asked and self.__accounts.is_second_factor_required

    def time_left(self, session_token: str) -> tuple[timedelta, timedelta]:
        """Return how long a session lasts still, if nobody uses it and at most; to ask is no use of it.

        Raises
        ------
        SessionOverError
            It is over.
        """
        session = self.__sessions.find(session_token, is_use=False)
        if session is None:
            raise SessionOverError("You are not logged in, or not any more. Log in again.")
        return self.__sessions.left(session)

    def store_for(self, session_token: str, *, is_use: bool = True) -> OpenStore:
        """Return the store as whoever is logged in may see it now; a role taken away a moment ago is gone.

        Do not close it: it shares its home with everybody else's. Parameters as in `account_of`.

        Raises
        ------
        SessionOverError
            Nobody is logged in with that token.
        SecondFactorNeededError
            She must set up a second factor first: `team_for`.
        """
        account = self.account_of(session_token, is_use=is_use)
        if account.needs_second_factor:
            raise SecondFactorNeededError("Your campaign wants a second factor. Set it up; then you see your pages.")
        return self._store_of(_viewer(account))

    def team_for(self, session_token: str) -> "Team":
        """Return accounts, sessions and audit as whoever is logged in may see and change them.

        Raises
        ------
        SessionOverError
            Nobody is logged in with that token.
        """
        account = self.account_of(session_token)
        session = self.__sessions.find(session_token)
        lacks = session is not None and session.is_provided and not session.has_second_factor
        is_fresh = session is not None and self.__clock.now() - session.created_at < LOG_IN_FRESH
        return self._team_of(account, lacks_factor=lacks, is_fresh=is_fresh)

    def store_by(self, name: str, password: str, code: str | None = None, *, address: str) -> OpenStore:
        """Log in for one piece of work, without a session: for the command line and notebooks.

        Raises
        ------
        LogInError
            As `log_in`; and where she must set up a second factor first.
        """
        return self._store_of(viewer_of(self.__whole, name, password, code, address=address))

    def team_by(self, name: str, password: str, code: str | None = None, *, address: str) -> "Team":
        """Log in for one piece of work on accounts, sessions or the audit, without a session.

        Raises
        ------
        LogInError
            As `log_in`.
        """
        return self._team_of(self.__accounts.verify(name, password, code, address=address))

    def owner_team(self) -> "Team":
        """Return accounts, sessions and audit of a store that has no accounts yet, for its owner.

        Raises
        ------
        LogInError
            It has accounts.
        """
        return self._team(self.owner_store().viewer)

    def close(self) -> None:
        """Let go of files and connections."""
        self.__whole.home.close()

    def _begin(
        self, account: Account, address: str, agent: str, *, is_provided: bool = False, has_second_factor: bool = False
    ) -> LoggedIn:
        token = self.__sessions.begin(
            account.name,
            account.generation,
            address=address,
            agent=agent,
            is_provided=is_provided,
            has_second_factor=has_second_factor,
        )
        return LoggedIn(token, self.__accounts.device_token(account), account)

    def _store_of(self, viewer: Viewer) -> OpenStore:
        with self.__guard:
            store = self.__stores.pop(viewer, None) or OpenStore(self.__whole, viewer)
            self._drop(viewer.name)  # as it was before she got another role or other units
            self.__stores[viewer] = store
            while len(self.__stores) > _KEPT:
                self.__stores.popitem(last=False)
            return store

    def _drop(self, name: str) -> None:
        """Let go of what was computed for an account."""
        for viewer in [one for one in self.__stores if one.name.casefold() == name.casefold()]:
            del self.__stores[viewer]

    def _forget(self, name: str) -> None:
        with self.__guard:
            self._drop(name)

    def _team_of(self, account: Account, *, lacks_factor: bool = False, is_fresh: bool = True) -> "Team":
        """Return what an account may do; without the second factor that is wanted of her, set up that one alone."""
        viewer = Viewer(account.name) if account.needs_second_factor else _viewer(account)
        return self._team(viewer, lacks_factor=lacks_factor, is_fresh=is_fresh)

    def _team(self, viewer: Viewer, *, lacks_factor: bool = False, is_fresh: bool = True) -> "Team":
        return Team(
            self._store_of(viewer),
            self.__whole,
            self.__accounts,
            self.__sessions,
            forget=self._forget,
            lacks_factor=lacks_factor,
            is_fresh=is_fresh,
        )


class Team:
    """Accounts, sessions and audit, as one viewer may see and change them; what she may not is refused and noted."""

    def __init__(
        self,
        store: OpenStore,
        whole: Whole,
        accounts: Accounts,
        sessions: Sessions,
        *,
        forget: Callable[[str], None],
        lacks_factor: bool,
        is_fresh: bool,
    ) -> None:
        self.__store, self.__whole = store, whole
        self.__accounts, self.__sessions = accounts, sessions
        self.__forget, self.__lacks_factor, self.__is_fresh = forget, lacks_factor, is_fresh

    @property
    def viewer(self) -> Viewer:
        """Who looks."""
        return self.__store.viewer

    @property
    def is_fresh(self) -> bool:
        """She logged in a few minutes ago at most: what asks for the password again does not."""
        return self.__is_fresh

    @property
    def manages(self) -> bool:
        """She may manage accounts."""
        return Right.ACCOUNTS in self.viewer.rights

    def accounts(self) -> tuple[Account, ...]:
        """Return all accounts by name; needs the right to manage them."""
        self.__store.require(Right.ACCOUNTS)
        return self.__accounts.list()

    def account(self, name: str | None = None) -> Account:
        """Return one account: one's own, or with the right to manage accounts any.

        Raises
        ------
        NotFoundError
            There is none of that name.
        """
        if name is not None and not self._is_own(name):
            self.__store.require(Right.ACCOUNTS)
        return self.__accounts.find(name or self.viewer.name)

    def invite(self, name: str, roles: Collection[str] | None = None, units: Iterable[str] | None = None) -> str:
        """Invite somebody, or let her set another password; return the token: see `Accounts.invite`.

        What opens one's own account, also by `remove_second_factor` and `unlink`, is changed by who has just logged
        in: `RefusedError` for a page that was left open.
        """
        self.__store.require(Right.ACCOUNTS)
        self._refuse_own_if_stale(name)
        return self.__accounts.invite(name, roles, units, by=self.viewer.name)

    def change(self, name: str, *, roles: Collection[str] | None = None, units: Iterable[str] | None = None) -> Account:
        """Change what somebody may: see `Accounts.change`."""
        self.__store.require(Right.ACCOUNTS)
        changed = self.__accounts.change(name, roles=roles, units=units, by=self.viewer.name)
        self.__forget(name)
        return changed

    def end(self, name: str) -> None:
        """End an account, its sessions and its scope at once: see `Accounts.end`."""
        self.__store.require(Right.ACCOUNTS)
        self.__accounts.end(name, by=self.viewer.name)
        self.__forget(name)

    def remove_second_factor(self, name: str) -> None:
        """Remove the second factor of somebody who lost it: see `Accounts.remove_second_factor`."""
        self.__store.require(Right.ACCOUNTS)
        self._refuse_own_if_stale(name)
        self.__accounts.remove_second_factor(name, by=self.viewer.name)

    def require_second_factor(self, *, is_required: bool = True) -> None:
        """Say whether everybody needs a second factor.

        Raises
        ------
        RefusedError
            Whoever says so has none herself, and would shut herself out.
        """
        self.__store.require(Right.ACCOUNTS)
        if is_required and not self.viewer.is_owner and self._lacks_second_factor():
            raise RefusedError(
                "Set up your own second factor first, and log in with it: here, or where you log in. Nothing was "
                "changed."
            )
        self.__accounts.require_second_factor(by=self.viewer.name, is_required=is_required)

    @property
    def is_second_factor_required(self) -> bool:
        """Everybody needs a second factor."""
        return self.__accounts.is_second_factor_required

    def unlink(self, name: str) -> None:
        """Let an account no longer be opened by the identity provider: see `Accounts.unlink`."""
        self.__store.require(Right.ACCOUNTS)
        self._refuse_own_if_stale(name)
        self.__accounts.unlink(name, by=self.viewer.name)

    def begin_second_factor(self, password: str, *, address: str, device: str | None = None) -> SecondFactor:
        """Draw one's own second factor: see `Accounts.begin_second_factor`."""
        return self.__accounts.begin_second_factor(self.viewer.name, password, address=address, device=device)

    def confirm_second_factor(self, code: str) -> None:
        """Make one's own drawn second factor count: see `Accounts.confirm_second_factor`."""
        self.__accounts.confirm_second_factor(self.viewer.name, code)

    def change_password(
        self, old: str, new: str, code: str | None = None, *, address: str, device: str | None = None
    ) -> Account:
        """Change one's own password; all sessions of hers end: see `Accounts.change_password`."""
        return self.__accounts.change_password(self.viewer.name, old, new, code, address=address, device=device)

    def sessions(self, name: str | None = None, *, is_all: bool = False) -> tuple[Session, ...]:
        """Return the sessions that last: one's own, or with the right to manage accounts somebody's or all."""
        if is_all or (name is not None and not self._is_own(name)):
            self.__store.require(Right.ACCOUNTS)
        return self.__sessions.of(None if is_all else self.__accounts.find(name or self.viewer.name).name)

    def end_session(self, session_id: str, password: str | None = None, *, address: str = "") -> None:
        """End one session: one's own, or with the right to manage accounts any.

        Parameters
        ----------
        session_id : str
            As it is listed.
        password : str, optional
            Asked for where it is one's own and one has not just logged in: who finds a page left open must not be
            able to log its holder out elsewhere.
        address : str
            Network address of the client.

        Raises
        ------
        NotFoundError
            There is none of that id that one may see.
        LogInError
            The password does not fit.
        RefusedError
            It is not said, or she has none.
        """
        found = next((session for session in self.__sessions.of() if session.session_id == session_id), None)
        may_end = found is not None and (self._is_own(found.account) or self.manages)
        if found is None or not may_end:
            raise NotFoundError("There is no such session. Nothing was changed.")
        if self._is_own(found.account):
            self._prove_again(password, address)
        self.__sessions.end_by_id(session_id)
        self.__whole.audit.note(self.viewer.name, Deed.LOG_OUT, account=found.account)

    def end_sessions(self, name: str | None = None, password: str | None = None, *, address: str = "") -> int:
        """End all sessions, one's own, or with the right to manage accounts somebody's; return how many.

        Password and address as for `end_session`.
        """
        account = self.account(name)
        if self._is_own(account.name):
            self._prove_again(password, address)
        n_ended = self.__sessions.end_all(account.name)
        self.__whole.audit.note(self.viewer.name, Deed.LOG_OUT, account=account.name, n_sessions=n_ended)
        return n_ended

    def audit_entries(
        self, *, by: str | None = None, deeds: Collection[str] = (), person: str | None = None
    ) -> list[Entry]:
        """Return who did what, newest first; people by id only: see `AuditTrail.entries`."""
        self.__store.require(Right.AUDIT)
        return self.__whole.audit.entries(by=by, deeds=deeds, person=person)

    def verify_audit(self, head: str | None = None) -> AuditCheck:
        """Check the log and its chain: see `AuditTrail.verify`."""
        self.__store.require(Right.AUDIT)
        return self.__whole.audit.verify(head)

    def _prove_again(self, password: str | None, address: str) -> None:
        """Ask for the password of who is logged in, unless she has just logged in."""
        if self.is_fresh:
            return
        if not self.__accounts.find(self.viewer.name).has_password:
            raise RefusedError(
                "Log out and log in again: then you can end your other sessions for five minutes. Nothing was changed."
            )
        if not password:
            raise RefusedError("Say your password to end a session. Nothing was changed.")
        self.__accounts.prove(self.viewer.name, password, address=address)

    def _refuse_own_if_stale(self, name: str) -> None:
        if self._is_own(name) and not self.is_fresh:
            raise RefusedError(
                "Log out and log in again: for five minutes after that you can change what opens your own account. "
                "Nothing was changed."
            )

    def _lacks_second_factor(self) -> bool:
        """Tell whether whoever asks would be shut out by having to have one."""
        own = self.__accounts.find(self.viewer.name)
        return self.__lacks_factor or (own.has_password and not own.has_second_factor)

    def _is_own(self, name: str) -> bool:
        return name.casefold() == self.viewer.name.casefold() and not self.viewer.is_owner


def open_door(
    location: str | os.PathLike[str],
    *,
    passphrase: str | None = None,
    user: str | None = None,
    clock: Clock | None = None,
) -> Door:
    """Open a store for a server or a command that lets people log in; parameters as in `open_store`.

    Raises
    ------
    StoreError
        One of its kinds: nothing there, wrong passphrase, another program's file, no answer, ...
    """
    return Door(Whole(open_home(location, passphrase=passphrase, user=user)), clock=clock)


def _viewer(account: Account) -> Viewer:
    return Viewer(account.name, account.roles, account.units)
