"""Passwords: which are good enough, and argon2id over them. A password is never kept, printed or logged."""

import secrets
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shopfloor.errors import LogInError, UsageError

SHORTEST: Final = 12
LONGEST: Final = 256
_FEWEST_DIFFERENT: Final = 5
_FEWEST_OWN: Final = 6
_SHORTEST_WORD: Final = 3
_LOOKED_AT: Final = 40
"""Characters at either end of a password whose guesses are estimated: of many more that takes seconds."""
_FEWEST_GUESSES: Final = 10**9

_HASHER: Final = PasswordHasher()
"""The second profile of RFC 9106 (64 MiB, 3 passes, 4 lanes)."""

_TURNS: Final = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB: who comes when others are at it waits here instead of taking the machine's memory."""

_STRANGERS: Final = threading.BoundedSemaphore(2)
_BUSY_WAIT: Final = 2


def check_password(password: str, own_words: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long, or among the first that somebody would try.

    Parameters
    ----------
    password : str
        Any characters.
    own_words : iterable of str
        What an attacker knows: the account's name, the campaign's.

    Raises
    ------
    UsageError
        It is not good enough; the message says why, and never holds it.
    """
    text = _normal(password)
    if len(text) < SHORTEST:
        raise UsageError(f"The password is too short: {SHORTEST} characters or more. Four random words are good.")
    if len(password) > LONGEST:
        raise UsageError(f"The password is too long: at most {LONGEST} characters.")
    folded, known = text.casefold(), [*own_words, "shopfloor"]
    if folded in _common() or len(set(folded)) < _FEWEST_DIFFERENT or is_soon_guessed(text, known):
        raise UsageError("This password is among the first that are tried. Take another; four random words are good.")
    for word in known:
        if len(word) >= _SHORTEST_WORD:
            folded = folded.replace(word.casefold(), "")
    if len(folded) < _FEWEST_OWN:
        raise UsageError("The password is little more than the name of the account or the campaign. Take another.")


def is_soon_guessed(text: str, own_words: Iterable[str] = ()) -> bool:
    """Tell whether a password is guessed in few tries by who knows what people take.

    That is words of lists (30,000 leaked passwords, names, English words), keyboard rows, repetitions, dates and the
    usual changes of letters, put together: the estimate of zxcvbn (Wheeler 2016, USENIX Security). Its lists are of
    Latin letters, looked for without their accents; of other scripts nothing is said.

    Examples
    --------
    >>> is_soon_guessed("Iloveyou2024!"), is_soon_guessed("plum engine velvet tide")
    (True, False)
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take a moment to load

    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    if not bare or not bare.isascii():
        return False
    ends = {bare[:_LOOKED_AT], bare[-_LOOKED_AT:]}
    return all(zxcvbn(end, user_inputs=list(own_words))["guesses"] < _FEWEST_GUESSES for end in ends)


def hash_password(password: str) -> str:
    """Return the salted argon2id hash of a password, with its parameters."""
    with _TURNS:
        return _HASHER.hash(_bytes(password))


def fits(password: str, held: str | None) -> bool:
    """Tell whether a password is the one behind a hash; without a hash the answer is no, after the same time."""
    text = _bytes(password[: LONGEST + 1])
    with _TURNS:
        try:
            return _HASHER.verify(held or _nobodys(), text) and held is not None
        except (VerificationError, InvalidHashError):
            return False


@contextmanager
def a_strangers_turn(*, is_stranger: bool) -> Iterator[None]:
    """Let at most two strangers be looked at, so that a flood of them does not hold all threads of a server.

    Parameters
    ----------
    is_stranger : bool
        Nobody logged in from that device before; who did waits for nobody here.

    Raises
    ------
    LogInError
        Two are being looked at; this one was not, and counts for nothing.
    """
    if not is_stranger:
        yield
        return
    if not _STRANGERS.acquire(blocking=False):
        error = LogInError("Too many are logging in just now. Nothing was looked at; try again in a moment.")
        error.wait = _BUSY_WAIT
        raise error
    try:
        yield
    finally:
        _STRANGERS.release()


def is_outdated(held: str) -> bool:
    """Tell whether a hash was made with other parameters than a new one would be."""
    return _HASHER.check_needs_rehash(held)


@cache
def _nobodys() -> str:
    """Return a hash that no password fits, with the parameters of a real one: comparing with it takes as long."""
    salt, digest = (
        b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (_HASHER.salt_len, _HASHER.hash_len)
    )
    lanes = _HASHER.parallelism
    return f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={lanes}${salt}${digest}"


@cache
def _common() -> frozenset[str]:
    text = files("shopfloor.service").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.splitlines())


def _normal(password: str) -> str:
    """Return one spelling for what looks the same, however a keyboard composes it."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _normal(password).encode("utf-8", "surrogatepass")
