"""Look after a store: what it holds, whether it is sound, whether its place is safe, back from a backup."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shopfloor.errors import StoreError
from shopfloor.graph.batches import live_batches
from shopfloor.graph.contract import Progress, no_progress
from shopfloor.graph.embedded import EmbeddedStore
from shopfloor.ingest.mentions import open_mentions
from shopfloor.service.forgetting import register_backup, still_holding
from shopfloor.service.opening import OpenStore, is_server
from shopfloor.service.policy import Right
from shopfloor.service.retention import plan_retention, rules

_SYNCED = ("dropbox", "onedrive", "icloud", "mobile documents", "google drive", "googledrive", "nextcloud")
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afpfs")


def describe_store(store: OpenStore) -> dict[str, Any]:
    """Return what a store holds: ``revision``, ``as_of``, ``n_batches``, ``protection``, ``n_mentions``, ``counts``.

    Who may know gets ``overdue``, what retention rules ask for today, and ``still_holding``, the copies that hold
    somebody who was erased; others get them empty.
    """
    picture = store.picture()
    snapshot = store.snapshot()
    people = picture.workplace.people
    counts = {"people": len(people), "people who left": int(people["has_left"].sum())}
    counts |= {kind: table.num_rows for kind, table in snapshot.tables.items()}
    n_mentions = len(open_mentions(picture.references, picture.directory))
    return {
        "location": store.location,
        "backend": store.capabilities.backend,
        "protection": _protection(store),
        "revision": snapshot.revision,
        "as_of": picture.workplace.provenance.as_of,
        "n_batches": len(live_batches(snapshot.batches)),
        "n_mentions": n_mentions,
        "counts": counts | {"open mentions": n_mentions},
        "overdue": _overdue(store),
        "still_holding": still_holding(store) if store.viewer.rights & {Right.KEEP, Right.ERASE} else [],
    }


def _overdue(store: OpenStore) -> list[dict[str, Any]]:
    if Right.ERASE not in store.viewer.rights or not rules(store):
        return []
    return [asdict(one) for one in plan_retention(store).overdue if one.n]


def duties_in_words(about: dict[str, Any]) -> list[str]:
    """Return what of `describe_store` somebody should see to, as lines."""
    overdue = [
        f"Overdue: {one['n']} by the rule '{one['rule']}' ({one['n_days']} days). Apply the rules with: "
        f"shopfloor retention apply {about['location']}"
        for one in about["overdue"]
    ]
    holding = [
        f"Holds the erased of receipt {', '.join(map(str, copy['receipts']))} still: {copy['what']} {copy['name']} of "
        f"{copy['at'][:10]}"
        for copy in about["still_holding"]
    ]
    return [*overdue, *holding]


def _protection(store: OpenStore) -> str:
    if store.capabilities.is_encrypted:
        return "encrypted at rest under your passphrase."
    return (
        "on a server: contact details, notes and attributes are sealed by Shopfloor"
        f"{', names too' if store.capabilities.has_sealed_names else ', names are not'}. Ties, units, assessments, ids "
        "and dates can be read by whoever can log in to the database or reads its disk: keep it on an encrypted disk."
    )


def sealing_in_words(store: OpenStore) -> list[str]:
    """Return where the key file of a sealed store is and what depends on it, for those who look after stores."""
    if store.capabilities.is_encrypted or Right.KEEP not in store.viewer.rights:
        return []
    keys = store.keys()
    if keys is None:
        return []
    names = "and names" if keys.seals_names else "but NOT names"
    readable = (
        f"Sealed there: contact details, notes, attributes, {names}. The rest (ties, units, assessments, ids, dates) "
        "is readable on the server: its disk must be encrypted."
    )
    key = (
        f"The key is in {keys.path}. Without it nobody reads what is sealed, ever again: copy the file to a safe place "
        "and to the other machines of your team. Never put it on the disk of the database or with its dumps: who has "
        "both reads everything."
    )
    is_changing = len(keys.in_use) > 1
    return (
        [readable, key, "The key is being changed: go on with shopfloor keys rotate."]
        if is_changing
        else [readable, key]
    )


def check_store(store: OpenStore, progress: Progress = no_progress) -> list[str]:
    """Return damage and contradictions; an empty list is a sound store."""
    findings = store.check(progress)
    try:
        return [*findings, *_contradictions(store)]
    except StoreError as error:
        return [*findings, str(error)]


def _contradictions(store: OpenStore) -> list[str]:
    """Return pairs judged different that other verdicts hold together as one person."""
    person_of = store.picture().identity.person_of
    rows = store.snapshot(["judgement"]).tables["judgement"].to_pylist()
    return [
        f"verdicts contradict each other: {row['left']} and {row['right']} were judged different, and other verdicts "
        "make them one person. Withdraw one of them."
        for row in rows
        if row["verdict"] == "different" and person_of.get(row["left"], -1) == person_of.get(row["right"], -2)
    ]


def write_backup(store: OpenStore, destination: str) -> None:
    """Write an encrypted copy of a store under the same passphrase, while others may go on working.

    Raises
    ------
    StoreError
        Something is at that place already, or this home has no backup of its own.
    """
    store.backup(destination)
    register_backup(store, destination)


def restore_backup(backup: str, store: str, passphrase: str, progress: Progress = no_progress) -> None:
    """Make a store from a backup file, after checking it whole.

    Raises
    ------
    StoreError
        The backup is damaged, or something is at the store's place already.
    """
    if is_server(store) or is_server(backup):
        raise StoreError("Backups are of store files. For a Neo4j database use 'neo4j-admin database load'.")
    held = EmbeddedStore.open(backup, passphrase)
    try:
        findings = held.check(progress)
        if findings:
            raise StoreError(
                f"The backup is damaged ({len(findings)} findings) and was not restored. Try an older one."
            )
        held.backup(store)
    finally:
        held.close()


def location_risks(location: str) -> list[str]:
    """Return why a place is not safe for a store file: folders that are synchronised, network disks."""
    place = Path(location).resolve()
    risks = []
    if any(name in part.lower() for part in place.parts for name in _SYNCED):
        risks.append(
            "this folder looks synchronised to somebody's cloud: copies leave this machine, and syncing a store in use "
            "can damage it. Keep it in a local folder."
        )
    if _file_system(place) in _NETWORK:
        risks.append("this is a network disk: locks do not work there and a store can be damaged. Use a local disk.")
    return risks


def _file_system(place: Path) -> str:
    """Return the type of the file system a path is on, as Linux tells it; empty elsewhere."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    mounts = [line.split()[1:3] for line in lines]
    holding = [(point, kind) for point, kind in mounts if os.path.commonpath([point, place]) == point]
    return max(holding, key=lambda mount: len(mount[0]), default=("", ""))[1]
