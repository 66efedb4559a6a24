"""Take data out: a graph for other programs, the nine files, everything with its history, a whole other store."""

import csv
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from shopfloor import __version__
from shopfloor.errors import StoreUnavailableError, UsageError
from shopfloor.graph.batches import live_batches, ranks
from shopfloor.graph.contract import FORMAT_VERSION, Progress, Snapshot, no_progress
from shopfloor.graph.identity import Identity
from shopfloor.records import FILES, KINDS, FileKind, Kind, join_named, make_key, split_key, split_named
from shopfloor.service.answers import to_networkx
from shopfloor.service.opening import OpenStore
from shopfloor.service.picture import Picture, people_as_told
from shopfloor.service.values import plain, to_json

if TYPE_CHECKING:
    import networkx as nx

FORMATS = (".graphml", ".gexf", ".json")
"""Endings of export files; a path without an ending is a folder that gets the nine files."""


def export_store(store: OpenStore, destination: str | os.PathLike[str]) -> list[Path]:
    """Export by the ending of the path; return what was written.

    Parameters
    ----------
    store : OpenStore
        What to export.
    destination : str or path
        ``.graphml`` or ``.gexf``: people and ties; ``.json``: every record kind with all versions and batches;
        no ending: a folder with the nine files, as they can be imported again.

    Raises
    ------
    UsageError
        Another ending, or something is there already.
    StoreUnavailableError
        It cannot be written.
    """
    place = Path(destination)
    is_folder = not place.suffix or place.is_dir() or os.fspath(destination).endswith("/")
    if not is_folder and place.suffix not in FORMATS:
        raise UsageError(f"Cannot export to '{place.suffix}'. Endings: {', '.join(FORMATS)}, or none for a folder.")
    if place.exists() and not (place.is_dir() and not any(place.iterdir())):
        raise UsageError(f"{place} exists already. An export never overwrites: choose another name.")
    if is_folder:
        return _write_files(store, place)
    with _new_file(place) as draft:
        if place.suffix == ".json":
            draft.write_text(_everything(store), encoding="utf-8")
        else:
            import networkx as nx  # noqa: PLC0415 - half a second that only these formats need

            write = nx.write_graphml if place.suffix == ".graphml" else nx.write_gexf
            write(_drawable(to_networkx(store)), draft)
    return [place]


def _drawable(graph: "nx.Graph[str]") -> "nx.Graph[str]":
    """Leave out what is not known: these formats have no null."""
    everything = [*(data for _, data in graph.nodes(data=True)), *(data for *_, data in graph.edges(data=True))]
    for data in everything:
        known = {name: plain(value) for name, value in data.items() if plain(value) is not None}
        data.clear()
        data.update(known)
    return graph


def _everything(store: OpenStore) -> str:
    batches = [plain(asdict(batch)) for batch in store.batches()]
    records = {name: plain(store.home.versions(name).to_pylist()) for name in KINDS}
    about = {"program": "shopfloor", "version": __version__, "format": FORMAT_VERSION, "revision": store.revision()}
    return to_json({"about": about, "batches": batches, "records": records}, indent=1)


def _write_files(store: OpenStore, folder: Path) -> list[Path]:
    snapshot, picture = store.snapshot(), store.picture()
    whose = _Whose(picture)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in FILES.values():
        rows = _people_rows(snapshot, picture) if file.name == "people" else _fact_rows(file, snapshot, whose)
        if rows:
            path = folder / f"{file.name}.csv"
            attributes = sorted({name for row in rows for name in row} - set(file.columns))
            with _new_file(path) as draft, draft.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, [*file.columns, *attributes])
                writer.writeheader()
                writer.writerows({name: _text(value) for name, value in row.items()} for row in rows)
            written.append(path)
    return written


def _people_rows(snapshot: Snapshot, picture: Picture) -> list[dict[str, Any]]:
    """Return one row a person that some list speaks of: verdicts are no file, so the merged are one row."""
    identity = picture.identity
    told = people_as_told(snapshot, identity, picture.workplace.provenance.as_of)
    spoken_of = {
        identity.person_of[key]
        for kind, column in (("contact", "key"), ("contact_details", "person_id"), ("placement", "person_id"))
        for key in pc.unique(snapshot.tables[kind][column]).to_pylist()
    }
    rows: list[dict[Any, Any]] = told.astype("object").to_dict(orient="records")
    attributes = _attributes_of_people(snapshot, identity)
    return [
        {name: value for name, value in rows[person].items() if plain(value) is not None} | attributes.get(person, {})
        for person in sorted(spoken_of)
    ]


def _attributes_of_people(snapshot: Snapshot, identity: Identity) -> dict[int, dict[str, str]]:
    rank = ranks(live_batches(snapshot.batches))
    said = [row for row in snapshot.tables["contact"].to_pylist() if row["attributes"]]
    found: dict[int, dict[str, str]] = {}
    for row in sorted(said, key=lambda row: (rank[row["batch_id"]], row["key"])):
        found.setdefault(identity.person_of[row["key"]], {}).update(json.loads(row["attributes"]))
    return found


def _fact_rows(file: FileKind, snapshot: Snapshot, whose: "_Whose") -> list[dict[str, Any]]:
    """Return the rows of one of the other files from the visible records."""
    found = []
    for kind in map(KINDS.__getitem__, file.kinds):
        for record in snapshot.tables[kind.name].to_pylist():
            said = {name: value for name, value in record.items() if name in file.columns and value is not None}
            found.append(whose.spell(kind, record["key"], said) | json.loads(record["attributes"] or "{}"))
    return found


class _Whose:
    """Spells ids and references so that they mean the same people in a store without our verdicts and sources."""

    def __init__(self, picture: Picture) -> None:
        self._identity, self._directory = picture.identity, picture.directory

    def spell(self, kind: Kind, key: str, said: dict[str, Any]) -> dict[str, Any]:
        """Return the row of one record."""
        record_id, source = split_key(key)
        has_id = kind.id_column is not None and not key.startswith("=")
        meant = self._meant(said, source)
        # An id of another list says whose ids the record speaks of; where it must not, it is made one of our own.
        stays = has_id and all("@" in person for person in meant.values())
        row: dict[str, Any] = (
            {str(kind.id_column): key if stays or not source else f"{source}:{record_id}"} if has_id else {}
        )
        people = {name: self._person_id(said[name]) for name in ("person_id", "other_id") if name in said}
        return row | said | people | _rewritten(said, meant, "" if stays else source)

    def _person_id(self, key: str) -> str:
        return self._identity.person_ids[self._identity.person_of[key]]

    def _meant(self, said: dict[str, Any], source: str) -> dict[str, str]:
        """Return whom the references of a record resolve to, by what was written."""
        found = {text: self._directory.resolve(text, source) for text in _references(said)}
        organizer = said.get("organizer", "")
        if make_key(organizer, source) in self._identity.person_of:
            found[organizer] = self._directory.resolve(organizer, source)
        return {text: self._identity.person_ids[person] for text, person in found.items() if person >= 0}


def _references(said: dict[str, Any]) -> list[str]:
    named = [text for names in split_named(said["named"]).values() for text in names] if "named" in said else []
    return [*named, said["foreman"]] if "foreman" in said else named


def _rewritten(said: dict[str, Any], meant: dict[str, str], source: str) -> dict[str, str]:
    """Return the fields that refer to people; what resolves to nobody keeps the source it was written in."""
    written = {text: meant.get(text, make_key(text, source)) for text in _references(said)}
    fields = {}
    if "named" in said:
        answers = split_named(said["named"])
        fields["named"] = join_named(
            {question: [written[text] for text in names] for question, names in answers.items()}
        )
    if "foreman" in said:
        fields["foreman"] = written[said["foreman"]]
    if said.get("organizer") in meant:
        fields["organizer"] = meant[said["organizer"]]
    return fields


def _text(value: Any) -> Any:  # noqa: ANN401 - whatever a record holds
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value)


@contextmanager
def _new_file(place: Path) -> Iterator[Path]:
    """Give a path beside the wanted one; it gets that name when it is whole, and goes if it does not get so far."""
    draft = place.with_name(f".{place.stem}.part{place.suffix}")
    try:
        yield draft
        draft.replace(place)
    except OSError as error:
        raise StoreUnavailableError(f"{place} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


def copy_store(source: OpenStore, destination: OpenStore, progress: Progress = no_progress) -> int:
    """Copy everything, history included, into a new store; return the number of batches.

    Raises
    ------
    StoreError
        The destination holds data already.
    """
    # Batches first: whatever is committed while the versions are read is left out whole.
    batches = [batch for batch in source.batches() if batch.committed_at is not None]
    snapshot = {name: source.home.versions(name) for name in KINDS}
    for done, batch in enumerate(batches):
        progress("copying", done, len(batches))
        parts = ((name, table.filter(pc.equal(table["batch_id"], batch.batch_id))) for name, table in snapshot.items())
        destination.home.restore_batch(batch, [(name, table) for name, table in parts if len(table)])
    progress("copying", len(batches), len(batches))
    return len(batches)
