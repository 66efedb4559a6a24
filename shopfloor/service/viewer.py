"""Who is looking: the roles and units that the policy decides by."""

import getpass
import hashlib
import re
from dataclasses import dataclass
from typing import Final, Self

from shopfloor.records import Privacy
from shopfloor.service.policy import ROLES, Right, classes_of, rights_of

_UNIT_KINDS: Final = ("department", "shift", "crew")


def unit_of_scope(unit: str) -> tuple[str, str]:
    """Return what kind of unit an organizer's is, and its name in lower case.

    A department unless it says ``shift:`` or ``crew:``: what somebody calls a crew can then not change whose people
    another organizer sees.

    Examples
    --------
    >>> unit_of_scope("Paint"), unit_of_scope("shift:Night")
    (('department', 'paint'), ('shift', 'night'))
    """
    kind, colon, name = unit.partition(":")
    is_said = bool(colon) and kind.strip().lower() in _UNIT_KINDS
    return (kind.strip().lower(), name.strip().casefold()) if is_said else ("department", unit.strip().casefold())


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks at a store.

    Attributes
    ----------
    name : str
        Name of the account; written beside what she changes.
    roles : frozenset of str
        Of `shopfloor.service.policy.ROLES`; none is somebody who may do nothing.
    units : tuple of str
        Units of an organizer: a department, or a shift or crew where it says so (see `unit_of_scope`).
    is_owner : bool
        Holds the passphrase of a store without accounts: sees and does everything.
    """

    name: str
    roles: frozenset[str] = frozenset()
    units: tuple[str, ...] = ()
    is_owner: bool = False

    @classmethod
    def owner(cls) -> Self:
        """Return the owner of a store without accounts, named as this machine's user."""
        try:
            return cls(getpass.getuser(), is_owner=True)
        except (OSError, KeyError):  # no user name on this machine
            return cls("owner", is_owner=True)

    @property
    def own_source(self) -> str:
        """Source of the ids that she gives out: nobody's list holds them, so they can claim nobody."""
        digest = hashlib.sha256(self.name.casefold().encode()).hexdigest()[:6]
        return f"by-{re.sub(r'[^a-z0-9_-]', '-', self.name.lower())[:24]}-{digest}"

    @property
    def role(self) -> str:
        """The roles in a word or two."""
        return "owner" if self.is_owner else " and ".join(role for role in ROLES if role in self.roles) or "no role"

    @property
    def rights(self) -> frozenset[Right]:
        """What she may do."""
        return frozenset(Right) if self.is_owner else rights_of(self.roles)

    @property
    def classes(self) -> frozenset[Privacy]:
        """Classes of fields that she may see, of people in her scope."""
        return classes_of(("lead",)) if self.is_owner else classes_of(self.roles)

    @property
    def is_scoped(self) -> bool:
        """She sees people, and only those of her units."""
        return not self.is_owner and "organizer" in self.roles and "lead" not in self.roles

    @property
    def sees_all_people(self) -> bool:
        """No record of a person is kept from her."""
        return self.is_owner or "lead" in self.roles
