"""Take data out: a graph for other programs, the nine files, everything with its history, a whole other store."""

import csv
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor import __version__
from shopfloor.errors import StoreUnavailableError, UsageError
from shopfloor.graph.contract import FORMAT_VERSION, Progress, no_progress
from shopfloor.records import FILES, KINDS, FileKind
from shopfloor.service.answers import plain, to_json, to_networkx
from shopfloor.service.opening import OpenStore

FORMATS = (".graphml", ".gexf", ".json")
"""Endings of export files; a path without an ending is a folder that gets the nine files."""


_ALWAYS = date(1900, 1, 1)


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
    if place.suffix and place.suffix not in FORMATS:
        raise UsageError(f"Cannot export to '{place.suffix}'. Endings: {', '.join(FORMATS)}, or none for a folder.")
    if place.exists() and not (place.is_dir() and not any(place.iterdir())):
        raise UsageError(f"{place} exists already. An export never overwrites: choose another name.")
    if not place.suffix:
        return _write_files(store, place)
    with _new_file(place) as draft:
        if place.suffix == ".json":
            draft.write_text(_everything(store), encoding="utf-8")
        else:
            write = nx.write_graphml if place.suffix == ".graphml" else nx.write_gexf
            write(_drawable(to_networkx(store)), draft)
    return [place]


def _drawable(graph: "nx.Graph[str]") -> "nx.Graph[str]":
    """Leave out what is not known: these formats have no null."""
    for _, data in graph.nodes(data=True):
        for name in [name for name, value in data.items() if plain(value) is None]:
            del data[name]
        data.update({name: plain(value) for name, value in data.items()})
    for *_, data in graph.edges(data=True):
        for name in [name for name, value in data.items() if plain(value) is None]:
            del data[name]
        data.update({name: plain(value) for name, value in data.items()})
    return graph


def _everything(store: OpenStore) -> str:
    batches = [plain(asdict(batch)) for batch in store.batches()]
    records = {name: plain(store.home.versions(name).to_pylist()) for name in KINDS}
    about = {"program": "shopfloor", "version": __version__, "format": FORMAT_VERSION, "revision": store.revision()}
    return to_json({"about": about, "batches": batches, "records": records}, indent=1)


def _write_files(store: OpenStore, folder: Path) -> list[Path]:
    tables = store.snapshot().tables
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in FILES.values():
        rows = list(_rows(file, {name: tables[name] for name in file.kinds}))
        if rows:
            path = folder / f"{file.name}.csv"
            attributes = sorted({name for row in rows for name in row} - set(file.columns))
            with _new_file(path) as draft, draft.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, [*file.columns, *attributes])
                writer.writeheader()
                writer.writerows(rows)
            written.append(path)
    return written


def _rows(file: FileKind, tables: dict[str, pa.Table]) -> Iterator[dict[str, Any]]:
    """Yield the rows of one of the nine files from the visible records."""
    main = KINDS[file.kinds[0]]
    beside = {name: _by_person(tables[name]) for name in file.kinds[1:]} if file.name == "people" else {}
    sources = [tables[name] for name in (file.kinds if not beside else file.kinds[:1])]
    for record in (record for table in sources for record in table.to_pylist()):
        key = record.pop("key")
        row = {main.id_column: None if key.startswith("=") else key} if main.id_column else {}
        for found in (record, *(people.get(key, {}) for people in beside.values())):
            row |= {name: value for name, value in found.items() if name in file.columns and value is not None}
        row |= json.loads(record.get("attributes") or "{}")
        yield {name: _text(value) for name, value in row.items()}


def _by_person(table: pa.Table) -> dict[str, dict[str, Any]]:
    """Return the newest word on each contact, field by field."""
    if "started_on" in table.column_names:
        since = pc.fill_null(table["started_on"], _ALWAYS)
        table = table.take(pc.sort_indices(since))
    found: dict[str, dict[str, Any]] = {}
    for record in table.to_pylist():
        hers = found.setdefault(record["person_id"], {})
        hers |= {
            name: value for name, value in record.items() if value is not None and name not in ("key", "person_id")
        }
    return found


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
    snapshot = {name: source.home.versions(name) for name in KINDS}
    batches = [batch for batch in source.batches() if batch.committed_at is not None]
    for done, batch in enumerate(batches):
        progress("copying", done, len(batches))
        parts = ((name, table.filter(pc.equal(table["batch_id"], batch.batch_id))) for name, table in snapshot.items())
        destination.home.restore_batch(batch, [(name, table) for name, table in parts if len(table)])
    progress("copying", len(batches), len(batches))
    return len(batches)
