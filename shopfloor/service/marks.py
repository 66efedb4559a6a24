"""Whose copy a file is: a mark that lies in choices that change no value, and a register that tells the copies apart.

A copy has a secret of its own. Under it the rows get an order (people by a keyed digest of their id), and each yes
and no is written with a small or a large first letter. Neither says anything without the secret; with it, a file
agrees nearly always, and a file of another copy half of the time, as a coin would.

What it withstands: opening and saving in a spreadsheet, another format, columns moved, renamed or removed, rows removed
or added. Sorting the rows takes away the order, and what is left is the letters; typing every yes anew takes those.
A file of few people holds too few choices: then only the visible line tells. Pseudonyms need no mark, each copy has
its own.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Final

from shopfloor.service.agreed import Sheet
from shopfloor.service.audit import Vault

SURE: Final = 1e-6
"""Chance, over all copies and columns tried, below which a file is said to be a copy."""

_ENOUGH: Final = 400
"""Choices of a column that are looked at: with these a copy is as sure as with more."""

PSEUDONYM: Final = re.compile(r"p[a-z2-7]{12}")
"""What a pseudonym looks like."""

TRUE_OR_NOT: Final = ("is_supervisor", "did")
"""Columns of yes and no."""

COPIES: Final = "copies"
"""Collection of the register of copies, a document each."""
NOBODY: Final = "somebody who was erased"
"""The recipient of a copy, once that person is erased."""
_NUMBERS: Final = "copy-numbers"
_TOKENS: Final = ("person_id", "employer_id", "client", "from_party", "unit", "key")


@dataclass(frozen=True, slots=True, repr=False)
class Copy:
    """One export in the register.

    Attributes
    ----------
    number : int
        From 1, as it stands in the visible line.
    made_for, made_by, made_on : str
        Recipient, account and day; no recipient is an export for oneself.
    holds : str
        What was agreed, in words.
    secret : str
        Of the embedded mark, hexadecimal.
    pseudonyms : tuple of str
        Digests of the pseudonyms of an export for research: they tell the copy, and nobody's pseudonym.
    """

    number: int
    made_for: str
    made_by: str
    made_on: str
    holds: str
    secret: str = ""
    pseudonyms: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Give the number only."""
        return f"Copy({self.number})"

    @property
    def line(self) -> str:
        """The visible mark."""
        return f"made for {self.made_for} on {self.made_on}, copy {self.number}"

    def to_bytes(self) -> bytes:
        """Return it as it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, kept: bytes) -> "Copy":
        """Return what `to_bytes` made."""
        held = json.loads(kept)
        return cls(**{**held, "pseudonyms": tuple(held["pseudonyms"])})


@dataclass(frozen=True, slots=True)
class Match:
    """A copy that a file is.

    Attributes
    ----------
    copy : Copy
        Which.
    how : str
        ``order of rows``, ``spelling of yes and no`` or ``pseudonyms``.
    n_agreeing, n_tried : int
        Choices that agree with it.
    chance : float
        Of so many agreeing in a file that is not this copy, over all that was tried.
    """

    copy: Copy
    how: str
    n_agreeing: int
    n_tried: int
    chance: float


def digest_of(pseudonym: str) -> str:
    """Return what the register keeps of a pseudonym."""
    return hashlib.sha256(f"pseudonym {pseudonym}".encode()).hexdigest()[:12]


def marked(sheet: Sheet, secret: str) -> Sheet:
    """Return a sheet in the order and the spelling of one copy; no value is another."""
    key = bytes.fromhex(secret)
    rows = sorted(sheet.rows, key=lambda row: _place(key, _token(row)))
    return Sheet(sheet.name, sheet.columns, [_spelt(row, key) for row in rows])


def in_order(ids: Iterable[str], secret: str) -> list[str]:
    """Return ids in the order of one copy."""
    return sorted(ids, key=lambda one: _place(bytes.fromhex(secret), _plain_token(one)))


def _token(row: Mapping[str, Any]) -> str:
    return next((_plain_token(row[name]) for name in _TOKENS if row.get(name) not in (None, "")), "")


def _plain_token(value: Any) -> str:  # noqa: ANN401 - whatever a cell holds
    """Return an id as it is told apart from others even where a spreadsheet took it for a number."""
    text = str(value).strip().casefold()
    return text.removesuffix(".0").lstrip("0") or text


def _place(key: bytes, token: str) -> bytes:
    return hmac.new(key, token.encode(), hashlib.sha256).digest()


def _is_large(key: bytes, column: str, token: str) -> bool:
    return bool(_place(key, f"{column}\x1f{token}")[0] & 1)


def _spelt(row: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    token = _token(row)
    return {
        name: _written(value, is_large=_is_large(key, name, token)) if isinstance(value, bool) else value
        for name, value in row.items()
    }


def _written(value: bool, *, is_large: bool) -> str:  # noqa: FBT001 - it is the value
    word = "yes" if value else "no"
    return word.capitalize() if is_large else word


def find_copies(sheets: Sequence[Sheet], copies: Iterable[Copy]) -> list[Match]:
    """Return the copies that a file is, the surest first; an empty list where nothing is sure.

    Parameters
    ----------
    sheets : sequence of Sheet
        The file as it is now.
    copies : iterable of Copy
        The register.
    """
    known = list(copies)
    cells = {str(value) for sheet in sheets for row in sheet.rows for value in row.values() if value is not None}
    digests = {digest_of(cell) for cell in cells if PSEUDONYM.fullmatch(cell)}
    found = []
    for copy in known:
        tries = [*_pseudonym_tries(copy, digests), *(_mark_tries(copy, sheets) if copy.secret else [])]
        sure = min(tries, key=lambda one: one.chance, default=None)
        if sure is not None:
            chance = min(1.0, sure.chance * len(tries) * len(known))
            found.append(Match(copy, sure.how, sure.n_agreeing, sure.n_tried, chance))
    return sorted((one for one in found if one.chance < SURE), key=lambda one: (one.chance, one.copy.number))


def _pseudonym_tries(copy: Copy, digests: set[str]) -> list[Match]:
    n_agreeing = len(digests & set(copy.pseudonyms))
    if not n_agreeing:
        return []
    chance = (len(copy.pseudonyms) * 2.0**-48) ** min(n_agreeing, 3)
    return [Match(copy, "pseudonyms", n_agreeing, len(digests), chance)]


def _mark_tries(copy: Copy, sheets: Iterable[Sheet]) -> list[Match]:
    key = bytes.fromhex(copy.secret)
    tries: list[Match] = []
    for sheet in sheets:
        for column in sheet.columns:
            tokens = [_plain_token(row.get(column) or "") for row in sheet.rows]
            tries.append(_tried(copy, "order of rows", _ascents(key, tokens)))
            tries += [
                _tried(copy, "spelling of yes and no", agreeing)
                for agreeing in _spellings(key, sheet, tokens)
                if agreeing
            ]
    return tries


def _tried(copy: Copy, how: str, agreeing: Sequence[bool]) -> Match:
    """Return how often choices agree, and the chance of that where each is a coin's.

    Neighbouring rises of a random order lean against one another, so the chance of an order is smaller yet.
    """
    from scipy.stats import binom  # noqa: PLC0415 - a second that only this answer needs

    chance = float(binom.sf(sum(agreeing) - 1, len(agreeing), 0.5)) if agreeing else 1.0
    return Match(copy, how, sum(agreeing), len(agreeing), chance)


def _ascents(key: bytes, tokens: Iterable[str]) -> list[bool]:
    """Return for each two neighbours, everybody where she stands first, whether they stand as in this copy."""
    once = list(dict.fromkeys(token for token in tokens if token))[:_ENOUGH]
    return [_place(key, one) < _place(key, two) for one, two in pairwise(once)]


def _spellings(key: bytes, sheet: Sheet, tokens: Sequence[str]) -> list[list[bool]]:
    """Return for each column of yes and no whether each cell has the letter that this copy has there."""
    found = []
    for column in sheet.columns:
        cells = [row.get(column) for row in sheet.rows]
        said = {
            token: cell
            for token, cell in zip(tokens, cells, strict=True)
            if token and isinstance(cell, str) and cell.casefold() in ("yes", "no")
        }
        words = list(said.items())[:_ENOUGH]
        # A column that was renamed is tried under the names that such columns have.
        found += [
            [cell[0].isupper() == _is_large(key, name, token) for token, cell in words]
            for name in ((column,) if column in TRUE_OR_NOT else TRUE_OR_NOT)
        ]
    return found


def keep_copy(vault: Vault, copy: Copy) -> Copy:
    """Write a copy into the register under the next number and return it with that."""
    last = vault.change_document(_NUMBERS, "last", lambda held: str(int(held or b"0") + 1).encode())
    numbered = replace(copy, number=int(last or b"0"))
    vault.change_document(COPIES, entry_of(numbered)[1], lambda _: numbered.to_bytes())
    return numbered


def entry_of(copy: Copy) -> tuple[str, str]:
    """Return the place of a copy in the store: collection and name."""
    return COPIES, f"{copy.number:09d}"


def kept_copies(vault: Vault) -> list[Copy]:
    """Return the register, oldest first."""
    return [Copy.from_bytes(kept) for kept in vault.documents(COPIES).values()]


def nameless(copies: Iterable[Copy], persons: Collection[str], names: Collection[str]) -> dict[tuple[str, str], bytes]:
    """Return the entries that some people who are erased must leave, by collection and name, and what they become.

    Parameters
    ----------
    copies : iterable of Copy
        The register.
    persons, names : collection of str
        Ids, where they are the whole recipient, and names, wherever they stand in it; capitals do not matter. What a
        file was made with (its secret, digests of its pseudonyms) stays: without the file, or the key of its
        pseudonyms, it says of nobody that she was in it.
    """
    folded = [name.casefold() for name in names if name]
    named = [
        copy for copy in copies if copy.made_for in persons or any(name in copy.made_for.casefold() for name in folded)
    ]
    return {entry_of(copy): replace(copy, made_for=NOBODY).to_bytes() for copy in named}
