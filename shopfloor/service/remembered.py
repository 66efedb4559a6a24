"""How groups that were accepted lie in a store: one document for each choice of ties."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shopfloor.analysis import AcceptedGroups

COLLECTION: Final = "accepted-groups"


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """What is kept of groups that somebody accepted.

    Attributes
    ----------
    groups : AcceptedGroups
    solid : tuple of int
        group_id of those that were solid.
    as_of : str or None
        Day (ISO) of the picture that they were found in.
    """

    groups: "AcceptedGroups"
    solid: tuple[int, ...] = ()
    as_of: str | None = None

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Kept({self.groups!r}, {len(self.solid)} solid)"


def read(kept: bytes | str) -> Kept:
    """Return the groups of a document."""
    from shopfloor.analysis import AcceptedGroups  # noqa: PLC0415 - slow to load, and few stores have any

    said = json.loads(kept)
    return Kept(AcceptedGroups.from_json(said), tuple(said.get("solid", ())), said.get("as_of"))


def written(kept: Kept) -> bytes:
    """Return the document of some groups; equal ones are written alike."""
    said = {**kept.groups.to_json(), "solid": sorted(kept.solid), "as_of": kept.as_of}
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def without_people(documents: Mapping[str, bytes], persons: Collection[str]) -> dict[tuple[str, str], bytes]:
    """Return the documents that hold some people, and what they become without them."""
    gone = set(persons)
    left: dict[tuple[str, str], bytes] = {}
    for ties, document in documents.items():
        kept = read(document)
        groups = replace(
            kept.groups,
            groups={key: number for key, number in kept.groups.groups.items() if key not in gone},
            retired={n: tuple(key for key in people if key not in gone) for n, people in kept.groups.retired.items()},
        )
        if groups != kept.groups:
            left[COLLECTION, ties] = written(replace(kept, groups=groups))
    return left
