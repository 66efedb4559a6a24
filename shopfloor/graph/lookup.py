"""When two phone numbers or e-mail addresses are the same: what is compared when somebody is looked up by one."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

import pyarrow as pa

from shopfloor.errors import UsageError

_EXTENSION = re.compile(r"(?:ext|x|#).*$", re.IGNORECASE | re.DOTALL)
_NOT_DIGITS = re.compile(r"\D")
_FEWEST_DIGITS = 5
_NORTH_AMERICAN = 11


def normal_phone(text: str) -> str:
    """Return the digits of a phone number; empty where there are fewer than 5.

    An extension goes, and so does a leading ``00``, or the leading ``1`` of 11 digits (North America with its country
    code). Other country codes stay: a number written once with and once without one counts as two.

    Examples
    --------
    >>> normal_phone("+1 (555) 555-0101 ext. 7"), normal_phone("0044 20 7946 0123"), normal_phone("n/a")
    ('5555550101', '442079460123', '')
    """
    digits = _NOT_DIGITS.sub("", _EXTENSION.sub("", unicodedata.normalize("NFKC", text))).removeprefix("00")
    if len(digits) == _NORTH_AMERICAN and digits.startswith("1"):
        digits = digits[1:]
    return digits if len(digits) >= _FEWEST_DIGITS else ""


def normal_email(text: str) -> str:
    """Return an e-mail address without blanks around it, in lower case.

    Examples
    --------
    >>> normal_email(" Ana.R@Example.org ")
    'ana.r@example.org'
    """
    return unicodedata.normalize("NFC", text).strip().casefold()


NORMAL: Final[Mapping[str, Callable[[str], str]]] = {"phone": normal_phone, "email": normal_email}
"""Fields of contact details that people are looked up by."""


def normal_details(phone: str | None, email: str | None) -> dict[str, str]:
    """Return what is looked for, by field.

    Raises
    ------
    UsageError
        Neither is given, or what is given is none.
    """
    given = {"phone": phone, "email": email}
    wanted = {name: NORMAL[name](text) for name, text in given.items() if text is not None}
    if not wanted or not all(wanted.values()):
        raise UsageError("Give a phone number of at least 5 digits, or an e-mail address.")
    return wanted


def matching_contacts(details: pa.Table, wanted: Mapping[str, str]) -> list[str]:
    """Return the keys of contacts, sorted, whose details have all these normal values."""
    rows = details.select(["key", "person_id", *wanted]).to_pylist()
    found = {
        row["person_id"] or row["key"]
        for row in rows
        if all(row[name] is not None and NORMAL[name](row[name]) == value for name, value in wanted.items())
    }
    return sorted(found)
