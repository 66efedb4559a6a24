"""Sessions: who is logged in where. They are kept in the store; only the client knows a session's token.

A session ends when it was not used for `SESSION_IDLE`, when it is older than `SESSION_LONGEST`, when somebody ends
it, and when the clock was set back behind its last use, so that a clock cannot lengthen it.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shopfloor.service.audit import Vault
from shopfloor.service.clock import Clock
from shopfloor.settings import SESSION_IDLE, SESSION_LONGEST

MOST_OF_ONE: Final = 10
"""Sessions of one account; a further one ends the one that was used least lately."""

_COLLECTION: Final = "sessions"
_TOUCHED_EVERY: Final = timedelta(minutes=1)
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """Somebody logged in somewhere.

    Attributes
    ----------
    session_id : str
        Says which session to those who list and end them; it does not open it.
    account : str
        Name of the account.
    generation : int
        The account's when the session began; see `shopfloor.service.accounts.Account`.
    created_at, seen_at : datetime.datetime
        UTC; last seen to the minute.
    address : str
        Network address it began from.
    device : str
        Browser and system in two words.
    is_provided : bool
        An identity provider vouched for her.
    has_second_factor : bool
        She was asked for a second factor, here or there.
    """

    session_id: str
    account: str
    generation: int
    created_at: datetime
    seen_at: datetime
    address: str
    device: str
    is_provided: bool = False
    has_second_factor: bool = False

    def __repr__(self) -> str:
        """Give the id only."""
        return f"Session({self.session_id[:8]})"


class Sessions:
    """The sessions of one store.

    Parameters
    ----------
    vault : Vault
        The home they are kept in.
    clock : Clock, optional
        What time it is.
    """

    def __init__(self, vault: Vault, clock: Clock | None = None) -> None:
        self._vault, self._clock = vault, clock or Clock()

    def begin(
        self,
        account: str,
        generation: int,
        *,
        address: str,
        agent: str = "",
        is_provided: bool = False,
        has_second_factor: bool = False,
    ) -> str:
        """Begin a session and return its token, which nobody can be told again.

        Parameters
        ----------
        account : str
            Name of the account.
        generation : int
            Of the account now.
        address : str
            Network address of the client.
        agent : str
            What the browser says it is.
        is_provided, has_second_factor : bool
            See `Session`.
        """
        self.clean()
        mine = sorted(self.of(account), key=lambda session: session.seen_at)
        for session in mine[: max(0, len(mine) - MOST_OF_ONE + 1)]:
            self.end_by_id(session.session_id)
        token, now = secrets.token_urlsafe(32), self._clock.now()
        session = Session(
            _digest(token),
            account,
            generation,
            now,
            now,
            address[:100],
            describe_device(agent),
            is_provided,
            has_second_factor,
        )
        self._vault.change_document(_COLLECTION, session.session_id, lambda _: _written(session))
        return token

    def find(self, token: str, *, is_use: bool = True) -> Session | None:
        """Return the session of a token while it lasts, and note its use at most once a minute; else None.

        Parameters
        ----------
        token : str
            As `begin` returned it.
        is_use : bool
            Somebody did something. What a page that is left open asks by itself is no use: it would last for ever.
        """
        session_id = _digest(token)
        held = self._vault.documents(_COLLECTION).get(session_id)
        if held is None:
            return None
        session, now = _read(session_id, held), self._clock.now()
        if _is_over(session, now):
            self.end_by_id(session_id)
            return None
        if not is_use or now - session.seen_at < _TOUCHED_EVERY:
            return session
        touched = self._vault.change_document(
            _COLLECTION, session_id, lambda held: None if held is None else _seen(session_id, held, now)
        )
        return None if touched is None else _read(session_id, touched)

    def left(self, session: Session) -> tuple[timedelta, timedelta]:
        """Return how long a session lasts still: if nobody uses it, and at most."""
        now = self._clock.now()
        return session.seen_at + SESSION_IDLE - now, session.created_at + SESSION_LONGEST - now

    def of(self, account: str | None = None) -> tuple[Session, ...]:
        """Return the sessions that last, of one account or all, the latest used first."""
        now = self._clock.now()
        sessions = [_read(session_id, held) for session_id, held in self._vault.documents(_COLLECTION).items()]
        lasting = [s for s in sessions if not _is_over(s, now) and account in (None, s.account)]
        return tuple(sorted(lasting, key=lambda session: (session.seen_at, session.session_id), reverse=True))

    def end(self, token: str) -> None:
        """End the session of a token; one that is over already stays so."""
        self.end_by_id(_digest(token))

    def end_by_id(self, session_id: str) -> None:
        """End a session by the id it is listed with."""
        self._vault.change_document(_COLLECTION, session_id, lambda _: None)

    def end_all(self, account: str) -> int:
        """End all sessions of an account at once; return how many."""
        mine = [
            s for key, held in self._vault.documents(_COLLECTION).items() if (s := _read(key, held)).account == account
        ]
        for session in mine:
            self.end_by_id(session.session_id)
        return len(mine)

    def clean(self) -> int:
        """Remove the sessions that are over; return how many."""
        now = self._clock.now()
        over = [key for key, held in self._vault.documents(_COLLECTION).items() if _is_over(_read(key, held), now)]
        for session_id in over:
            self.end_by_id(session_id)
        return len(over)


def describe_device(agent: str) -> str:
    """Return browser and system in a few words of our own, never the client's.

    Examples
    --------
    >>> describe_device("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox on Linux'
    >>> describe_device("<b>")
    'unknown device'
    """
    browser = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    if browser is None and system is None:
        return "command line" if agent == "command line" else "unknown device"
    return f"{browser or 'a browser'} on {system or 'an unknown system'}"


def _is_over(session: Session, now: datetime) -> bool:
    is_late = now - session.seen_at >= SESSION_IDLE or now - session.created_at >= SESSION_LONGEST
    return is_late or session.seen_at - now >= _TOUCHED_EVERY


def _seen(session_id: str, held: bytes, now: datetime) -> bytes:
    session = _read(session_id, held)
    return _written(replace(session, seen_at=max(now, session.seen_at)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _written(session: Session) -> bytes:
    return json.dumps(
        {
            "account": session.account,
            "generation": session.generation,
            "created_at": session.created_at.isoformat(),
            "seen_at": session.seen_at.isoformat(),
            "address": session.address,
            "device": session.device,
            "is_provided": session.is_provided,
            "has_second_factor": session.has_second_factor,
        },
        ensure_ascii=False,
    ).encode("utf-8", "replace")


def _read(session_id: str, held: bytes) -> Session:
    said = json.loads(held)
    return Session(
        session_id,
        said["account"],
        said["generation"],
        datetime.fromisoformat(said["created_at"]),
        datetime.fromisoformat(said["seen_at"]),
        said["address"],
        said["device"],
        said.get("is_provided", False),  # sessions outlast an upgrade
        said.get("has_second_factor", False),
    )
