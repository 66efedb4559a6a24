"""What can be set, each value in one place: kinds of connection, ties, lists of leaders, groups, sessions.

Nothing here is read from a file or the environment: the values are defaults that functions take as arguments.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal

from shopfloor.errors import UsageError

DEFAULT_QUESTION: Final = "listens_to"
"""The campaign's naming question: "whom do you go to, whom do you listen to at work?"."""

ENOUGH_ASKED: Final = 0.8
"""Share of the workforce that must have been asked before fragile measures are given as ranks on namings."""

PLACES: Final = 5
"""How many places "the top" has, in a workforce of `SMALL_WORKFORCE` people or more."""

SMALL_PLACES: Final = 3
"""How many places "the top" has in a smaller one."""

SMALL_WORKFORCE: Final = 25
"""Below this many people a list of five would be a fifth of the workplace."""

LEVEL: Final = 0.9
"""Level of rank intervals: of ten people's intervals nine hold the place they would have if everybody were asked."""

MOST_OPEN: Final = 0.1
"""While more of the names in people's answers match nobody than this share, nobody is called sure."""

THIN_VOICES: Final = 2
"""With fewer people asked than this, a unit is too thinly heard to tell of its leaders."""

THIN_SHARE: Final = 0.1
"""So it is with a smaller share of its people asked than this."""

THIN_UNIT: Final = 3
"""Units of fewer people are not spoken of."""

SMALL_GROUP: Final = 5
"""Fewer people than this are never counted for somebody who sees only counts; also what her counts are rounded to."""

GROUP_NAME_ATTRIBUTES: Final = ("department", "shift", "crew", "job_class")
"""What a group may be named after. Language and anything more personal only where a user asks for it."""

SESSION_IDLE: Final = timedelta(minutes=30)
"""A session that was not used for so long is over."""

SESSION_LONGEST: Final = timedelta(hours=12)
"""A session that began so long ago is over, however much it is used."""

LOG_IN_FRESH: Final = timedelta(minutes=5)
"""Who logged in so lately need not say her password again before she ends sessions."""

INVITATION_LASTS: Final = timedelta(hours=72)
"""How long an invitation can be accepted."""


@dataclass(frozen=True, slots=True)
class ConnectionKind:
    """What a told connection of one kind says about closeness.

    Attributes
    ----------
    looks_to : {"both", "other", "person"}
        Who of the two is looked to: ``other`` when `person` goes to `other`, ``person`` the other way, ``both``
        when the kind has no direction.
    sign : {1, 0, -1}
        1 closeness; 0 formal (says who reports to whom, not who listens to whom); -1 conflict. Only 1 makes a tie.
    strength : float
        Strength of the tie where the connection itself says none, 0 < strength <= 1, larger = closer.
    """

    looks_to: Literal["both", "other", "person"] = "both"
    sign: Literal[1, 0, -1] = 1
    strength: float = 1.0


_CLOSE = ConnectionKind()
_WEAK = ConnectionKind(strength=0.5)
_FORMAL = ConnectionKind("other", sign=0)
_CONFLICT = ConnectionKind(sign=-1)

CONNECTION_KINDS: Final[Mapping[str, ConnectionKind]] = MappingProxyType(
    {
        "friend": _CLOSE,
        "family": _CLOSE,
        "relative": _CLOSE,
        "partner": _CLOSE,
        "roommate": _CLOSE,
        "rides_with": _CLOSE,
        "carpool": _CLOSE,
        "listens_to": ConnectionKind("other"),
        "goes_to": ConnectionKind("other"),
        "trusts": ConnectionKind("other"),
        "trained_by": ConnectionKind("other", strength=0.7),
        "trains": ConnectionKind("person", strength=0.7),
        "trained": ConnectionKind("person", strength=0.7),
        "mentors": ConnectionKind("person", strength=0.7),
        "coworker": _WEAK,
        "co_worker": _WEAK,
        "works_with": _WEAK,
        "worked_with": _WEAK,
        "church": _WEAK,
        "neighbor": _WEAK,
        "neighbour": _WEAK,
        "sports": _WEAK,
        "school": _WEAK,
        "same_town": _WEAK,
        "club": _WEAK,
        "knows": ConnectionKind(strength=0.3),
        "conflict": _CONFLICT,
        "dispute": _CONFLICT,
        "dislikes": _CONFLICT,
        "feud": _CONFLICT,
        "avoids": _CONFLICT,
        "reports_to": _FORMAL,
        "supervised_by": _FORMAL,
        "supervises": ConnectionKind("person", sign=0),
        "manages": ConnectionKind("person", sign=0),
    }
)
"""Kinds of connection by name. A kind that is not here counts as closeness without direction, strength 1."""

_SEPARATORS = re.compile(r"[\s\-_/]+")


def connection_kind(kind: str) -> ConnectionKind:
    """Return what `kind` says; upper case, spaces and hyphens make no difference, an unknown kind is plain closeness.

    Examples
    --------
    >>> connection_kind("Rides with").strength
    1.0
    >>> connection_kind("REPORTS-TO").sign
    0
    """
    return CONNECTION_KINDS.get(_spelt(kind), _CLOSE)


def is_known_kind(kind: str) -> bool:
    """Whether a kind of connection has a meaning of its own, however its words are parted.

    Examples
    --------
    >>> is_known_kind("Rides with"), is_known_kind("don't speak")
    (True, False)
    """
    return _spelt(kind) in CONNECTION_KINDS


def _spelt(kind: str) -> str:
    return _SEPARATORS.sub("_", kind.strip().lower())


@dataclass(frozen=True, slots=True)
class TieSettings:
    """How ties are derived from facts.

    Attributes
    ----------
    half_life_days : float or None
        A day worked together this long ago counts half of one today; None counts all days alike. A year: crews of
        last season still count, those of five years ago hardly do.
    max_group : int
        Days on which more people than this shared a crew, shift or worksite make no ties, nor does an action step
        that more did: a 200-person jobsite says little about who knows whom.
    """

    half_life_days: float | None = 365.0
    max_group: int = 50

    def __post_init__(self) -> None:
        if self.half_life_days is not None and not self.half_life_days > 0:
            raise UsageError(f"half_life_days must be above 0 (or None for no halving), not {self.half_life_days}")
        if self.max_group < 2:  # noqa: PLR2004 - two people are the smallest group
            raise UsageError(f"max_group must be 2 or more, not {self.max_group}")
