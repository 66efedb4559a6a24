"""The policy: which role may do what, and which classes of fields it may see. The one place where that is written."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from shopfloor.records import Privacy


class Right(StrEnum):
    """Something that one may do; every way to the data asks for one."""

    SEE = "see what the role shows"
    COUNT = "see counts of the whole"
    EDIT = "add and correct records"
    JUDGE = "say who is the same person"
    IMPORT = "load files"
    UNDO_OWN = "take back what one typed"
    UNDO = "take back imports and edits of others"
    BATCHES = "see all imports and edits"
    EXPORT = "take out what one sees"
    EXPORT_ALL = "take out everything, history included"
    WRITE_BACK = "write results where others of the database see them"
    ERASE = "erase for good"
    KEEP = "check, back up and restore"
    ACCOUNTS = "manage accounts"
    AUDIT = "read who did what"


PEOPLE_CLASSES: Final[frozenset[Privacy]] = frozenset(
    {"key", "identity", "contact", "assessment", "notes", "ties", "placement"}
)
PUBLIC_CLASSES: Final[frozenset[Privacy]] = frozenset({"employer", "public"})

ROLES: Final[Mapping[str, frozenset[Right]]] = {
    "organizer": frozenset({Right.SEE, Right.EDIT, Right.JUDGE, Right.UNDO_OWN, Right.EXPORT}),
    "lead": frozenset(Right) - {Right.ACCOUNTS, Right.AUDIT},
    "researcher": frozenset({Right.SEE, Right.COUNT, Right.EDIT, Right.IMPORT, Right.UNDO_OWN, Right.EXPORT}),
    "admin": frozenset({Right.SEE, Right.UNDO, Right.BATCHES, Right.KEEP, Right.ACCOUNTS, Right.AUDIT}),
}
"""Rights by role. Nobody gets more by asking: what is not here is refused."""

CLASSES: Final[Mapping[str, frozenset[Privacy]]] = {
    "organizer": PEOPLE_CLASSES | PUBLIC_CLASSES,
    "lead": PEOPLE_CLASSES | PUBLIC_CLASSES,
    "researcher": PUBLIC_CLASSES,
    "admin": frozenset(),
}
"""Classes of fields by role; an organizer sees those of people in her units only."""

ROLES_IN_WORDS: Final[Mapping[str, str]] = {
    "organizer": "her units, whole",
    "lead": "the whole campaign",
    "researcher": "employers, organisations and public figures; workers only as counts",
    "admin": "accounts, imports and the audit; no people and no conversations",
}


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """Return what somebody with these roles may do."""
    return frozenset[Right]().union(*(ROLES[role] for role in roles))


def classes_of(roles: Iterable[str]) -> frozenset[Privacy]:
    """Return the classes of fields that somebody with these roles may see."""
    return frozenset[Privacy]().union(*(CLASSES[role] for role in roles))
