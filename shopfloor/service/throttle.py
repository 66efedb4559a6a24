"""How often somebody may try to log in: waits that grow, and keep out whoever guesses, not whoever belongs here.

Attempts are counted for an account and the address they come from, for an account from anywhere, and for a network
and all accounts. Whoever logged in before holds a *device token* and is counted by it alone, so a flood of wrong
attempts on her account, or from her office, does not keep her out (OWASP, "Slow down online guessing attacks with
device cookies"). Only digests are kept, never what was typed. Counts of accounts that are there, of names that are not,
and of networks are kept apart: made-up names push out one another only.
"""

import hashlib
import ipaddress
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from itsdangerous import BadSignature, URLSafeTimedSerializer

from shopfloor.errors import LogInError
from shopfloor.service.audit import Vault
from shopfloor.service.clock import Clock

FREE: Final = 5
"""Wrong attempts before the first wait: of one account from one address, or from one device."""

FREE_FROM_ANYWHERE: Final = 50
"""The same for one account from everywhere together, known devices aside."""

FREE_FROM_NETWORK: Final = 100
"""The same for one network (IPv4 /24, IPv6 /48) and all accounts together, known devices aside: an office behind one
address mistypes less in a day, and most of it comes from devices that are known."""

LONGEST_WAIT: Final = 900
"""Seconds: no wait is longer, so that nobody who guesses on keeps an account shut for good."""

MOST_KEPT: Final = 1000
"""Counts of made-up names, and of networks. Those of accounts are few: while one waits nothing is counted."""

_FORGOTTEN_AFTER: Final = 24 * 3600
_DEVICE_LASTS: Final = 180 * 24 * 3600
_NOTED_AT_FIRST: Final = 20
_LONGEST_TOKEN: Final = 500
_COLLECTION: Final = "throttle"
_UNKNOWN: Final = "unknown"
_THERE, _MADE_UP, _NETWORKS = _WHERE = ("accounts", "made up", "networks")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, counted before it is looked at.

    Attributes
    ----------
    keys : tuple of (str, int, str)
        What it counts for, the number of wrong ones that are free, and among which counts it is kept.
    is_known_device : bool
        It comes from a device from which the account logged in before.
    """

    keys: "tuple[Key, ...]"
    is_known_device: bool


class Throttle:
    """The counts of one store."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault, self._clock = vault, clock

    def enter(self, account: str, address: str, device: str | None, *, is_there: bool = True) -> Attempt:
        """Count an attempt, or refuse to look at it yet; one that fits is given back by `leave`.

        Parameters
        ----------
        account : str
            Folded name, as typed where there is no such account.
        address : str
            Network address of the client.
        device : str or None
            Token of the device.
        is_there : bool
            There is such an account.

        Raises
        ------
        LogInError
            Too many were wrong; its ``wait`` says for how long, and unknown accounts wait alike.
        """
        nonce = self._nonce(account, device)
        if nonce is not None and self._wait([(_key("device", account, nonce), FREE, _THERE)]) == 0:
            keys: tuple[Key, ...] = ((_key("device", account, nonce), FREE, _THERE),)
        else:
            nonce, where = None, _THERE if is_there else _MADE_UP
            keys = (
                (_key("address", account, network_of(address)), FREE, where),
                (_key("anywhere", account), FREE_FROM_ANYWHERE, where),
                (_key("network", network_of(address, is_wide=True)), FREE_FROM_NETWORK, _NETWORKS),
            )
        self._count(keys)
        return Attempt(keys, nonce is not None)

    def leave(self, attempt: Attempt) -> None:
        """Take back an attempt that was no wrong one; what was wrong from elsewhere, or of others, stays counted."""

        def change(held: bytes | None) -> bytes:
            counts = _read(held)
            for key, free, where in attempt.keys:
                n_wrong, at = counts[where].pop(key, (0, 0.0))
                if free != FREE and n_wrong > 1:
                    counts[where][key] = (n_wrong - 1, at)
            return _written(counts)

        self._vault.change_document(_COLLECTION, _COLLECTION, change)

    def knows(self, account: str, device: str | None) -> bool:
        """Tell whether somebody logged in to an account from this device before."""
        return self._nonce(account, device) is not None

    def count_waiting(self, account: str) -> int | None:
        """Count an attempt on an account that was not looked at; return as `count_unknown` does."""
        return self._counted(_key("waiting", account))

    def count_unknown(self) -> int | None:
        """Count an attempt on an account that is not there; return the number where it is to be noted, else None.

        The first ones of a day are, and then each time the number has doubled: names can be made up without end.
        """
        return self._counted(_UNKNOWN)

    def _counted(self, key: str) -> int | None:
        now, n_wrong = self._clock.now().timestamp(), 0

        def change(held: bytes | None) -> bytes:
            nonlocal n_wrong
            counts = _recent(_read(held), now)
            n_wrong = counts[_THERE].get(key, (0, now))[0] + 1
            counts[_THERE][key] = (n_wrong, now)
            return _written(counts)

        self._vault.change_document(_COLLECTION, _COLLECTION, change)
        return n_wrong if is_noted(n_wrong) else None

    def device_token(self, account: str) -> str:
        """Return a token for the device from which an account has logged in; it lets nobody in by itself."""
        return self._signer().dumps([_key("owner", account), secrets.token_urlsafe(12)])

    def _nonce(self, account: str, device: str | None) -> str | None:
        if not device or len(device) > _LONGEST_TOKEN:
            return None
        try:
            owner, nonce = self._signer().loads(device, max_age=_DEVICE_LASTS)
        except (BadSignature, ValueError, TypeError):
            return None
        return str(nonce) if owner == _key("owner", account) else None

    def _signer(self) -> URLSafeTimedSerializer:
        made = self._vault.change_document("settings", "devices", lambda held: held or secrets.token_bytes(32))
        return URLSafeTimedSerializer(
            made or b"", salt="shopfloor device", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def _wait(self, keys: "Sequence[Key]") -> int:
        held = self._vault.documents(_COLLECTION).get(_COLLECTION)
        return _longest(_read(held), keys, self._clock.now().timestamp())

    def _count(self, keys: "Sequence[Key]") -> None:
        now = self._clock.now().timestamp()

        def change(held: bytes | None) -> bytes:
            counts = _recent(_read(held), now)
            wait = _longest(counts, keys, now)
            if wait:
                raise _refusal(wait)
            for key, _, where in keys:
                counts[where][key] = (counts[where].get(key, (0, now))[0] + 1, now)
            return _written(counts)

        self._vault.change_document(_COLLECTION, _COLLECTION, change)


def is_noted(n: int) -> bool:
    """Tell which of many like attempts stand in the audit: the first ones of a day, then when they have doubled.

    Examples
    --------
    >>> [n for n in range(1, 200) if is_noted(n)][-4:]
    [20, 32, 64, 128]
    """
    return n <= _NOTED_AT_FIRST or n & (n - 1) == 0


def network_of(address: str, *, is_wide: bool = False) -> str:
    """Return what an address counts as: an IPv6 one as its /64, which one household or attacker holds whole.

    Parameters
    ----------
    address : str
        Of a client; other words stand for themselves.
    is_wide : bool
        The network that one organisation may hold instead: IPv4 /24, IPv6 /48.

    Examples
    --------
    >>> network_of("2001:db8::1"), network_of("192.0.2.7"), network_of("here")
    ('2001:db8::/64', '192.0.2.7/32', 'here')
    >>> network_of("2001:db8:0:7::1", is_wide=True), network_of("192.0.2.7", is_wide=True)
    ('2001:db8::/48', '192.0.2.0/24')
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100].encode("utf-8", "replace").decode()
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    of_one, of_many = (32, 24) if parsed.version == 4 else (64, 48)  # noqa: PLR2004 - the version's name
    return str(ipaddress.ip_network((parsed, of_many if is_wide else of_one), strict=False))


def wait_after(n_wrong: int, free: int) -> int:
    """Return the seconds to wait after so many wrong attempts.

    Examples
    --------
    >>> [wait_after(n, 5) for n in (4, 5, 6, 7, 14, 15, 10_000)]
    [0, 1, 2, 4, 512, 900, 900]
    """
    return 0 if n_wrong < free else min(2 ** min(n_wrong - free, 20), LONGEST_WAIT)


def _refusal(wait: int) -> LogInError:
    error = LogInError(
        f"Too many wrong attempts. Wait {wait} seconds and try again, use a device from which you logged in before, "
        "or ask whoever manages the accounts for a new invitation."
    )
    error.wait = wait
    return error


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:24]


Key = tuple[str, int, str]
Counts = dict[str, dict[str, tuple[int, float]]]
"""Wrong attempts and when the last was, by what they count for, of accounts, made-up names and networks."""


def _read(held: bytes | None) -> Counts:
    said = {} if held is None else json.loads(held)
    return {where: {key: (n, at) for key, (n, at) in said.get(where, {}).items()} for where in _WHERE}


def _written(counts: Counts) -> bytes:
    for where in (_MADE_UP, _NETWORKS):
        counts[where] = dict(sorted(counts[where].items(), key=lambda item: item[1])[-MOST_KEPT:])
    return json.dumps(counts).encode()


def _recent(counts: Counts, now: float) -> Counts:
    """Leave out what is forgotten; what a clock that was set back since dates later counts as of now."""
    return {
        where: {key: (n, min(at, now)) for key, (n, at) in some.items() if now - at < _FORGOTTEN_AFTER}
        for where, some in counts.items()
    }


def _longest(counts: Counts, keys: Sequence[Key], now: float) -> int:
    waits = [0]
    for key, free, where in keys:
        n_wrong, at = counts[where].get(key, (0, now))
        waits.append(int(wait_after(n_wrong, free) - max(0.0, now - at) + 0.999))
    return max(waits)
