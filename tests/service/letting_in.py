"""A clock that tests move, and people with accounts to log in."""

from datetime import UTC, datetime, timedelta

import pyotp

from shopfloor.service.clock import Clock
from shopfloor.service.door import Door, LoggedIn

WORDS = "lange Wörter hier"
"""Everybody's password."""

ADDRESS = "192.0.2.1"


class MovedClock(Clock):
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 4, 8, tzinfo=UTC)
        super().__init__(lambda: self.at, lambda: 0.0)

    def now(self) -> datetime:
        """Return the time it was set to, earlier ones too."""
        return self.at

    def move(self, **by: float) -> None:
        """Set it on, or back."""
        self.at += timedelta(**by)


def found_team(door: Door) -> LoggedIn:
    """Turn team mode on with Lea, lead and admin, and log her in."""
    invitation = door.owner_team().invite("Lea", ["lead", "admin"])
    _, device = door.accept(invitation, WORDS)
    return door.log_in("Lea", WORDS, address=ADDRESS, device=device)


def join(door: Door, by: LoggedIn, name: str, *roles: str, units: tuple[str, ...] = ()) -> LoggedIn:
    """Let somebody be invited, accept and log in."""
    invitation = door.team_for(by.session).invite(name, roles, units)
    door.accept(invitation, WORDS)
    return door.log_in(name, WORDS, address=ADDRESS)


def code_of(secret: str, clock: Clock, *, later: int = 0) -> str:
    """Return the code that an app shows now."""
    return pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=later))
