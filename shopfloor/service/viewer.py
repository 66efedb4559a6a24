"""Who is looking, and what she may see: the one place where that is decided.

Every read of a page, command or notebook goes through a `Viewer`. A store without accounts has one viewer, its
owner, who holds the passphrase and sees everything.
"""

import getpass
from dataclasses import dataclass

from shopfloor.graph.contract import Snapshot


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks at a store.

    Attributes
    ----------
    name : str
        Written beside what she changes.
    role : str
        ``owner``: sees and does everything.
    """

    name: str
    role: str = "owner"

    @classmethod
    def owner(cls) -> "Viewer":
        """Return the owner of a store without accounts, named as this machine's user."""
        try:
            return cls(getpass.getuser())
        except (OSError, KeyError):  # no user name on this machine
            return cls("owner")

    def see(self, snapshot: Snapshot) -> Snapshot:
        """Return what of a snapshot this viewer may see: for the owner, all of it."""
        return snapshot
