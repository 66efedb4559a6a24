"""Take data out: a graph for other programs, the nine files, everything with its history, a whole other store.

An export is prepared first, so that it can be said what it will hold; then it is registered, noted in the audit and
written.
"""

import json
import os
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import pyarrow.compute as pc

from shopfloor import __version__
from shopfloor.errors import UsageError
from shopfloor.graph.batches import live_batches, ranks
from shopfloor.graph.contract import FORMAT_VERSION, Snapshot
from shopfloor.graph.identity import Identity
from shopfloor.graph.store import contact_columns
from shopfloor.records import FILES, KINDS, FileKind, Kind, join_named, make_key, split_key, split_named
from shopfloor.service.agreed import ALL, NAMELESS, Agreement, Holdings, Sheet, agree, holdings, narrowed
from shopfloor.service.answers import to_networkx
from shopfloor.service.audit import Deed
from shopfloor.service.marks import Copy, in_order, marked
from shopfloor.service.opening import OpenStore
from shopfloor.service.picture import Picture, people_as_told
from shopfloor.service.policy import Right
from shopfloor.service.sheets import new_file, write_folder, write_workbook
from shopfloor.service.values import plain, to_json
from shopfloor.workplace import OUTSIDE

if TYPE_CHECKING:
    import networkx as nx

FORMATS: Final = (".graphml", ".gexf", ".json", ".xlsx")
"""Endings of export files; a path without an ending is a folder that gets the nine files."""


Written = TypeVar("Written")
"""What writing an export gives: the paths of its files or, where it is downloaded, its bytes."""


@dataclass(frozen=True, slots=True, repr=False)
class PreparedExport(Generic[Written]):
    """An export that is not written yet.

    Attributes
    ----------
    place : pathlib.Path
        Where it will be; the name of what is downloaded.
    agreement : Agreement
        What was agreed.
    holdings : Holdings
        What it will hold, in counts.
    made_for : str
        Recipient; empty where it is for oneself.
    pseudonyms : tuple of str
        Digests of the pseudonyms in it: they are its mark.
    """

    place: Path
    agreement: Agreement
    holdings: Holdings
    made_for: str
    _store: OpenStore
    _write: Callable[[Copy], Written]
    pseudonyms: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Name the place only."""
        return f"PreparedExport({self.place})"

    def write(self) -> Written:
        """Register the export, note it in the audit and write it; return what was written.

        Raises
        ------
        StoreError
            It cannot be noted, and is then not written; or it cannot be written.
        """
        today = datetime.now(UTC).date().isoformat()
        copy = Copy(0, self.made_for, self._store.viewer.name, today, self.agreement.in_words)
        if self.made_for:
            secret = "" if self.pseudonyms else secrets.token_hex(16)
            copy = self._store.register_copy(replace(copy, secret=secret, pseudonyms=self.pseudonyms))
        copied = {"copy": copy.number, "made_for": copy.made_for} if copy.number else {}
        held = {"fields": self.agreement.in_words, "holds": dict(self.holdings.counts)}
        self._store.note(Deed.EXPORT, file=str(self.place), **held, **copied)
        return self._write(copy)


def export_store(
    store: OpenStore,
    destination: str | os.PathLike[str],
    *,
    fields: Collection[str] | None = None,
    extra: Collection[str] = (),
    made_for: str = "",
) -> list[Path]:
    """Export by the ending of the path; return what was written. Parameters and errors as in `prepare_export`."""
    return prepare_export(store, destination, fields=fields, extra=extra, made_for=made_for).write()


def prepare_export(
    store: OpenStore,
    destination: str | os.PathLike[str],
    *,
    fields: Collection[str] | None = None,
    extra: Collection[str] = (),
    made_for: str = "",
) -> PreparedExport[list[Path]]:
    """Make an export ready by the ending of the path.

    Parameters
    ----------
    store : OpenStore
        What to export.
    destination : str or path
        ``.graphml`` or ``.gexf``: people and ties; ``.json``: every record kind with all versions and batches;
        ``.xlsx``: the nine files as sheets; no ending: a folder with the nine files, as they can be imported again.
    fields : collection of str, optional
        Only these fields, and ids.
    extra : collection of str
        Of `shopfloor.service.agreed.ASKED_FOR` or ``all``: what goes along beyond names, places and ties. A ``.json``
        holds everything unless something is said here or in `fields`: it is the copy of the whole.
    made_for : str
        Recipient, whose mark it gets; who is not the owner of a store without accounts gets her own.

    Raises
    ------
    RefusedError
        The viewer may not take this out.
    UsageError
        Another ending, an unknown field or class, or something is there already.
    """
    store.require(Right.EXPORT, Right.EXPORT_ALL)
    place = Path(destination)
    is_folder = not place.suffix or place.is_dir() or os.fspath(destination).endswith("/")
    if not is_folder and place.suffix not in FORMATS:
        raise UsageError(f"Cannot export to '{place.suffix}'. Endings: {', '.join(FORMATS)}, or none for a folder.")
    check_free(place)
    is_whole = place.suffix == ".json" and not is_folder and fields is None and not extra
    agreement = agree(fields, (ALL,) if is_whole else extra)
    whom = one_line(made_for) or ("" if store.viewer.is_owner else store.viewer.name)
    prepare = _prepare_files if is_folder else _PREPARE[place.suffix]
    held, write = prepare(store, place, agreement)
    return PreparedExport(place, agreement, held, whom, store, write)


def check_free(place: Path) -> None:
    """Make sure that nothing is at a place but perhaps an empty folder.

    Raises
    ------
    UsageError
        Something is there.
    """
    if place.exists() and not (place.is_dir() and not any(place.iterdir())):
        raise UsageError(f"{place} exists already. An export never overwrites: choose another name.")


def one_line(text: str) -> str:
    """Return a recipient's name without what would break a line, a cell or a comment."""
    return " ".join(text.replace("--", "-").replace("<", " ").replace(">", " ").split())[:200]


Prepared = tuple[Holdings, Callable[[Copy], list[Path]]]


def _prepare_files(store: OpenStore, place: Path, agreement: Agreement) -> Prepared:
    sheets = narrowed(file_sheets(store), agreement)

    def write(copy: Copy) -> list[Path]:
        return write_folder(place, marked_for(sheets, copy), copy.line if copy.made_for else "")

    return holdings(sheets), write


def _prepare_workbook(store: OpenStore, place: Path, agreement: Agreement) -> Prepared:
    sheets = narrowed(file_sheets(store), agreement)
    held = holdings(sheets)

    def write(copy: Copy) -> list[Path]:
        return write_workbook(place, marked_for(sheets, copy), about_lines(copy, held))

    return held, write


def marked_for(sheets: list[Sheet], copy: Copy) -> list[Sheet]:
    """Return the sheets with the embedded mark of a copy, where it has one."""
    return [marked(sheet, copy.secret) for sheet in sheets] if copy.secret else sheets


def about_lines(copy: Copy, held: Holdings) -> list[str]:
    """Return what a workbook says of itself on its first sheet."""
    return [copy.line if copy.made_for else "made for oneself", f"holds {held.in_words()}", "not encrypted"]


def _prepare_graph(store: OpenStore, place: Path, agreement: Agreement) -> Prepared:
    whole = to_networkx(store)
    outside = {node for node, data in whole.nodes(data=True) if data["kind"] == OUTSIDE}
    graph = _drawable(whole, agreement)
    nodes = [{**data, "person_id": node} for node, data in graph.nodes(data=True) if node not in outside]
    n_ties = graph.number_of_edges()
    counts = dict(holdings([Sheet("people", (), nodes)]).counts)
    counts |= {NAMELESS: len(outside)} if outside else {}

    def write(copy: Copy) -> list[Path]:
        import networkx as nx  # noqa: PLC0415 - half a second that only these formats need

        save = nx.write_graphml if place.suffix == ".graphml" else nx.write_gexf
        with new_file(place) as draft:
            save(_in_order_of(graph, copy) if copy.secret else graph, draft)
            if copy.made_for:
                start, _, rest = draft.read_text(encoding="utf-8").partition("?>")
                draft.write_text(f"{start}?>\n<!-- {copy.line} -->{rest}", encoding="utf-8")
        return [place]

    return Holdings({**counts, "ties": n_ties}), write


def _in_order_of(graph: "nx.Graph[str]", copy: Copy) -> "nx.Graph[str]":
    ordered = graph.__class__()
    ordered.add_nodes_from((node, graph.nodes[node]) for node in in_order(graph.nodes, copy.secret))
    edges: Any = graph.edges  # those of several layers have a key each
    ordered.add_edges_from(edges(keys=True, data=True) if graph.is_multigraph() else edges(data=True))
    return ordered


def _prepare_everything(store: OpenStore, place: Path, agreement: Agreement) -> Prepared:
    batches = [plain(asdict(batch)) for batch in store.batches()]
    sheets = [_versions(store, kind, agreement) for kind in KINDS.values()]

    def write(copy: Copy) -> list[Path]:
        about = {"program": "shopfloor", "version": __version__, "format": FORMAT_VERSION, "revision": store.revision()}
        if copy.made_for:
            about["mark"] = copy.line
        rows = {sheet.name: _in_order_of_rows(sheet, copy) for sheet in sheets}
        with new_file(place) as draft:
            draft.write_text(to_json({"about": about, "batches": batches, "records": rows}, indent=1), encoding="utf-8")
        return [place]

    return holdings(sheets), write


def _versions(store: OpenStore, kind: Kind, agreement: Agreement) -> Sheet:
    """Return all versions of a kind; what was not agreed is null, and so is what an attribute might say."""
    table = store.versions(kind.name)
    rows = table.to_pylist()
    classes: Mapping[str, str] = {spec.name: spec.privacy for spec in kind.fields} | {"attributes": "attributes"}
    if not agreement.is_everything:
        gone = [name for name in kind.field_names if not agreement.allows(name, classes[name])]
        rows = [row | dict.fromkeys(gone) for row in rows]
    return Sheet(kind.name, tuple(table.column_names), rows)


def _in_order_of_rows(sheet: Sheet, copy: Copy) -> list[Any]:
    by_key: dict[str, list[Any]] = {}
    for row in sheet.rows:
        by_key.setdefault(row["key"], []).append(plain(dict(row)))
    keys = in_order(by_key, copy.secret) if copy.secret else list(by_key)
    return [row for key in keys for row in by_key[key]]


_PREPARE: Final[Mapping[str, Callable[[OpenStore, Path, Agreement], Prepared]]] = {
    ".graphml": _prepare_graph,
    ".gexf": _prepare_graph,
    ".json": _prepare_everything,
    ".xlsx": _prepare_workbook,
}


def _drawable(graph: "nx.Graph[str]", agreement: Agreement) -> "nx.Graph[str]":
    """Leave out what is not known, as these formats have no null, and what was not agreed."""
    for _, data in graph.nodes(data=True):
        for name in [name for name in data if agreement.fields is not None and name not in agreement.fields]:
            del data[name]
    everything = [*(data for _, data in graph.nodes(data=True)), *(data for *_, data in graph.edges(data=True))]
    for data in everything:
        known = {name: plain(value) for name, value in data.items() if plain(value) is not None}
        data.clear()
        data.update(known)
    return graph


def file_sheets(store: OpenStore, *, with_outside: bool = False) -> list[Sheet]:
    """Return the nine files as the viewer sees them, as they can be imported again; without those that are empty.

    Parameters
    ----------
    store : OpenStore
        What to export.
    with_outside : bool
        Whether rows of people outside her units go along, as far as she sees them. An import would make workers of
        them, so the files do without; the formats for graphs say of what kind they are.
    """
    snapshot, picture = store.snapshot(), store.picture()
    snapshot = snapshot if with_outside else _without_outside(snapshot)
    whose = _Whose(picture)
    found = []
    for file in FILES.values():
        rows = _people_rows(snapshot, picture) if file.name == "people" else _fact_rows(file, snapshot, whose)
        if rows:
            attributes = sorted({name for row in rows for name in row} - set(file.columns))
            found.append(Sheet(file.name, (*file.columns, *attributes), rows))
    return found


def _without_outside(snapshot: Snapshot) -> Snapshot:
    """Leave out the rows that are of people outside the viewer's units, or of their ties."""
    contacts = snapshot.tables["contact"]
    outside = contacts.filter(pc.equal(contacts["kind"], OUTSIDE))["key"]
    if not len(outside):
        return snapshot
    tables = dict(snapshot.tables)
    columns = (*contact_columns(), ("contact", "key"))
    for kind, column in columns:
        is_theirs = pc.fill_null(pc.is_in(tables[kind][column], value_set=outside), False)
        tables[kind] = tables[kind].filter(pc.invert(is_theirs))
    return replace(snapshot, tables=tables)


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
