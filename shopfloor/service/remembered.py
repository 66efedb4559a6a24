"""How groups that were accepted lie in a store: one document for each choice of ties."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from shopfloor.analysis import AcceptedGroups

COLLECTION: Final = "accepted-groups"


def read(kept: bytes | str) -> AcceptedGroups:
    """Return the groups of a document."""
    return AcceptedGroups.from_json(json.loads(kept))


def written(accepted: AcceptedGroups) -> bytes:
    """Return the document of some groups; equal ones are written alike."""
    return json.dumps(accepted.to_json(), ensure_ascii=False, sort_keys=True).encode()


def without_people(documents: Mapping[str, bytes], persons: Collection[str]) -> dict[tuple[str, str], bytes]:
    """Return the documents that hold some people, and what they become without them."""
    gone = set(persons)
    left: dict[tuple[str, str], bytes] = {}
    for ties, kept in documents.items():
        accepted = read(kept)
        changed = replace(
            accepted,
            groups={key: number for key, number in accepted.groups.items() if key not in gone},
            retired={number: tuple(k for k in people if k not in gone) for number, people in accepted.retired.items()},
        )
        if changed != accepted:
            left[COLLECTION, ties] = written(changed)
    return left
