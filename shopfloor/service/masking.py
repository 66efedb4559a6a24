"""What of a snapshot a viewer may see: records outside her scope leave, and who stands behind a tie becomes nameless.

A snapshot is masked before anything is computed from it, so an answer can hold nothing that the snapshot does not.
A person outside the scope stays only as the far end of a tie with somebody inside: without name, unit, talks or
assessment, under an id that means nothing elsewhere (another viewer sees another one).
"""

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from shopfloor import workplace
from shopfloor.graph.batches import Batch
from shopfloor.graph.contract import Snapshot
from shopfloor.graph.identity import Identity
from shopfloor.graph.store import contact_columns
from shopfloor.ingest.mentions import UNRESOLVED, Directory, fold_name
from shopfloor.records import KINDS, join_named, split_key, split_named
from shopfloor.service.viewer import Viewer

OUTSIDE: Final = workplace.OUTSIDE_NAME

ALIAS: Final = "outside-"
"""How the id of somebody outside begins."""

ALIAS_KEY: Final = f"={ALIAS}"
"""How the key of a record begins that is shown in part: such a record is not changed by who sees the part."""

_SPEAKERS: Final[Mapping[str, tuple[str, ...]]] = {
    "conversation": ("organizer",),
    "connection": ("said_by",),
    "assessment": ("assessed_by",),
    "participation": ("asked_by",),
    "link": ("from_party", "to_party"),
}
"""Fields that may name a person beside whom the record is about."""

_PERSON_KINDS: Final = frozenset(kind for kind, _ in contact_columns()) | {"contact"}


@dataclass(frozen=True, slots=True, repr=False)
class Scope:
    """Whom a viewer sees whole.

    Attributes
    ----------
    contacts : frozenset of str
        Keys of all contacts of the people in her units.
    units : frozenset of str
        Names of her units, in lower case.
    voices : frozenset of str
        Ids of everybody whose answers count on lists of leaders, whether she sees them or not.
    """

    contacts: frozenset[str]
    units: frozenset[str]
    voices: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Scope({len(self.contacts)} contacts)"


NOBODY: Final = Scope(frozenset(), frozenset())


def mask(
    snapshot: Snapshot,
    viewer: Viewer,
    scope: Scope,
    who: tuple[Identity, Directory],
    secret: bytes,
) -> Snapshot:
    """Return what of a snapshot a viewer may see.

    Parameters
    ----------
    snapshot : Snapshot
        All of it.
    viewer : Viewer
        Who looks; one who sees all people gets the snapshot as it is.
    scope : Scope
        Whom she sees whole.
    who : tuple of Identity and Directory
        Of the whole snapshot: tells whom a reference means.
    secret : bytes
        Makes the ids of people outside; the same for the same store.
    """
    if viewer.sees_all_people:
        return snapshot
    own = frozenset(batch.batch_id for batch in snapshot.batches if batch.made_by == viewer.name)
    secret += viewer.name.encode()
    if viewer.is_scoped:
        masked = _Masking(snapshot, scope, *who, own, secret).masked()
    else:
        masked = _without_people(snapshot, who[1], own, secret)
    return replace(_drop_classes(masked, viewer), batches=narrowed(snapshot.batches, viewer))


def mask_versions(
    kind: str, versions: pa.Table, snapshot: Snapshot, viewer: Viewer, directory: Directory, secret: bytes
) -> pa.Table:
    """Return versions of a kind that is about no people, with whom they name beside masked; parameters as in `mask`."""
    own = frozenset(batch.batch_id for batch in snapshot.batches if batch.made_by == viewer.name)
    namer = _Namer(directory, _public_figures(snapshot))
    return _speakers_masked(kind, versions, namer, own, secret + viewer.name.encode())


def narrowed(batches: Iterable[Batch], viewer: Viewer) -> tuple[Batch, ...]:
    """Return what a viewer who sees a part may know of imports and edits: her own whole, of others what facts rest on.

    That is who wrote and when, and the names of files without their columns; to who sees no people not even those.
    """
    return tuple(batch if batch.made_by == viewer.name else _narrow(batch, viewer) for batch in batches)


def _narrow(batch: Batch, viewer: Viewer) -> Batch:
    if not viewer.is_scoped:
        return replace(batch, counts="{}", files="[]", made_by="")
    files = [{"name": file["name"], "kind": file["kind"]} for file in json.loads(batch.files)]
    return replace(batch, counts="{}", files=json.dumps(files, ensure_ascii=False))


def _drop_classes(snapshot: Snapshot, viewer: Viewer) -> Snapshot:
    """Empty the tables of kinds that hold nothing the viewer may see."""
    tables = {name: table if _is_shown(name, viewer) else table.slice(0, 0) for name, table in snapshot.tables.items()}
    shown_on = {name: dates.slice(0, len(tables[name])) for name, dates in snapshot.shown_on.items()}
    return replace(snapshot, tables=tables, shown_on=shown_on)


def _is_shown(kind: str, viewer: Viewer) -> bool:
    if kind == "contact":  # what is left of it may be public
        return bool(viewer.classes)
    return any(spec.privacy in viewer.classes for spec in KINDS[kind].fields)


def _without_people(snapshot: Snapshot, directory: Directory, own: frozenset[int], secret: bytes) -> Snapshot:
    """Return the employers and the public: no worker, whatever she is written in."""
    public = _public_figures(snapshot)
    tables = {}
    for name, table in snapshot.tables.items():
        if name == "contact":
            tables[name] = _bare_contacts(table.filter(pc.is_in(table["key"], value_set=_keys(public))))
        elif name in _PERSON_KINDS or name == "judgement":
            tables[name] = table.slice(0, 0)
        else:
            tables[name] = _speakers_masked(name, table, _Namer(directory, public), own, secret)
    shown_on = {name: dates.slice(0, len(tables[name])) for name, dates in snapshot.shown_on.items()}
    return replace(snapshot, tables=tables, shown_on=shown_on)


def _public_figures(snapshot: Snapshot) -> frozenset[str]:
    contacts = snapshot.tables.get("contact")
    if contacts is None:
        return frozenset()
    return frozenset(contacts.filter(pc.equal(contacts["kind"], "public_figure"))["key"].to_pylist())


def _bare_contacts(table: pa.Table) -> pa.Table:
    """Return contacts with name and kind alone."""
    bare = [field for field in table.schema if field.name not in ("key", "name", "preferred_name", "kind", "batch_id")]
    return _with(table, {field.name: pa.nulls(len(table), field.type) for field in bare})


class _Namer:
    """Tells whether a text means somebody whom the viewer may not see."""

    def __init__(self, directory: Directory, contacts: frozenset[str]) -> None:
        self._directory = directory
        self._inside = {directory.person_of[key] for key in contacts if key in directory.person_of}

    def person(self, text: str, source: str) -> int:
        """Return the person outside who is meant, `UNRESOLVED` for everybody and everything else."""
        person = self._directory.resolve(text, source)
        return UNRESOLVED if person in self._inside else person


class _Masking:
    """One snapshot being masked for somebody who sees the people of some units.

    What she typed herself she reads as she typed it. Whom others wrote down has another alias in every record, and not
    that of the person whose answers or ties reach her, or a name written on purpose would tell whose those are.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        scope: Scope,
        identity: Identity,
        directory: Directory,
        own: frozenset[int],
        secret: bytes,
    ) -> None:
        self._snapshot, self._scope, self._identity, self._secret = snapshot, scope, identity, secret
        self._own_batches = own
        public = _public_figures(snapshot)
        self._inside = scope.contacts | public
        self._public = public - scope.contacts
        self._namer = _Namer(directory, self._inside)
        self._directory = directory
        self._open: dict[str, str] = {}
        self._aliases: dict[tuple[int, str], str] = {}

    def masked(self) -> Snapshot:
        """Return the snapshot with everybody outside gone or nameless."""
        work: Mapping[str, Callable[[pa.Table], pa.Table]] = {
            "conversation": self._conversations,
            "connection": self._connections,
            "participation": self._own,
            "assessment": self._own,
            "contact_details": self._own,
            "placement": self._own,
            "judgement": self._judgements,
            "tally": self._tallies,
        }
        tables, shown_on = {}, dict(self._snapshot.shown_on)
        for name, table in self._snapshot.tables.items():
            if name == "assignment":
                tables[name], shown_on[name] = self._assignments(table, shown_on[name])
                tables[name] = _mapped(tables[name], "foreman", self._foreman, self._secret)
            elif name in work:
                tables[name] = work[name](table)
            elif name == "contact":
                continue
            else:
                tables[name] = table
            tables[name] = _speakers_masked(name, tables[name], self._namer, self._own_batches, self._secret)
        if "contact" in self._snapshot.tables:  # last: who was met behind a tie
            tables["contact"] = self._contacts(self._snapshot.tables["contact"])
        ordered = {name: tables[name].sort_by("key") for name in self._snapshot.tables if name != "assignment"}
        if "assignment" in tables:
            ordered["assignment"] = tables["assignment"]
        return replace(self._snapshot, tables=ordered, shown_on=shown_on)

    def _is_inside(self, keys: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.is_in(keys, value_set=_keys(self._scope.contacts))

    def _own(self, table: pa.Table) -> pa.Table:
        return table.filter(self._is_inside(table["person_id"]))

    def _contacts(self, table: pa.Table) -> pa.Table:
        own = table.filter(self._is_inside(table["key"]))
        public = _bare_contacts(table.filter(pc.is_in(table["key"], value_set=_keys(self._public))))
        names = dict.fromkeys(self._aliases.values(), OUTSIDE) | self._shared_names(own)
        aliases = sorted(names)
        columns: dict[str, list[Any]] = {
            "key": aliases,
            "name": [names[alias] for alias in aliases],
            "kind": [workplace.OUTSIDE] * len(aliases),
            "batch_id": [self._a_batch()] * len(aliases),
        }
        return pa.concat_tables([own, public, _made(columns, table.schema)])

    def _shared_names(self, own: pa.Table) -> dict[str, str]:
        """Return, by alias, the names written down that somebody outside shares with somebody inside.

        Without them such a name would seem to be the one inside, and a naming would go to the wrong person.
        """
        inside = {fold_name(name) for name in (*own["name"].to_pylist(), *own["preferred_name"].to_pylist()) if name}
        return {f"{ALIAS}{_digest(name, self._secret)}": text for name, text in self._open.items() if name in inside}

    def _a_batch(self) -> int:
        return self._snapshot.batches[0].batch_id

    def _meet(self, person: int, where: str = "") -> str:
        """Return the alias of somebody outside: everywhere the same, or of one record alone."""
        alias = self._aliases.get((person, where))
        if alias is None:
            words = f"{self._identity.person_ids[person]}\x1f{where}"
            alias = self._aliases[person, where] = f"{ALIAS}{_digest(words, self._secret)}"
        return alias

    def _meet_key(self, key: str | None) -> str | None:
        if key is None or key in self._inside:
            return key
        return self._meet(self._identity.person_of[key])

    def _conversations(self, table: pa.Table) -> pa.Table:
        is_own = self._is_inside(table["person_id"])
        own = _mapped(table.filter(is_own), "named", self._named_by_own, self._secret)
        others = table.filter(pc.and_(pc.invert(pc.fill_null(is_own, False)), pc.is_valid(table["named"])))
        return pa.concat_tables([own, self._namings_from_outside(others)])

    def _named_by_own(self, named: str, key: str, batch_id: int) -> str:
        """Return an answer given inside the scope: whoever is outside gets an alias."""
        answers = split_named(named)
        return join_named(
            {question: [self._spelt(text, key, batch_id) for text in texts] for question, texts in answers.items()}
        )

    def _spelt(self, text: str, key: str, batch_id: int) -> str:
        """Return a reference as written, or an alias of the person outside who is meant."""
        source = split_key(key)[1]
        if self._directory.resolve(text, source) == UNRESOLVED:
            self._open[fold_name(text)] = text
        person = self._namer.person(text, source)
        return text if person == UNRESOLVED or batch_id in self._own_batches else self._meet(person, key)

    def _namings_from_outside(self, table: pa.Table) -> pa.Table:
        """Return the answers of people outside who ever named somebody inside, and of them only who that is.

        Supervisors and people who left have no voice on lists, and as nobody sees here who they are they are left out.
        """
        keys, held_on = table["key"].to_pylist(), table["held_on"].to_pylist()
        namers = [self._person_of(key) for key in table["person_id"].to_pylist()]
        said = [
            self._named_inside(named, split_key(key)[1])
            for named, key in zip(table["named"].to_pylist(), keys, strict=True)
        ]
        naming = {person for person, answers in zip(namers, said, strict=True) if any(answers.values())}
        naming = {person for person in naming if self._identity.person_ids[person] in self._scope.voices}
        rows = [i for i, person in enumerate(namers) if person in naming]
        columns: dict[str, list[Any]] = {
            "key": [_row_alias(keys[i], self._secret) for i in rows],
            "person_id": [self._meet(namers[i]) for i in rows],
            "held_on": [held_on[i] for i in rows],
            "named": [join_named(said[i]) for i in rows],
            "batch_id": [self._a_batch()] * len(rows),
        }
        return _made(columns, table.schema)

    def _person_of(self, key: str) -> int:
        return self._identity.person_of[key]

    def _named_inside(self, named: str, source: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for question, texts in split_named(named).items():
            people = (self._directory.resolve(text, source) for text in texts)
            ids = (self._identity.person_ids[person] for person in people if person != UNRESOLVED)
            found[question] = sorted({key for key in ids if key in self._scope.contacts})
        return found

    def _foreman(self, text: str, key: str, batch_id: int) -> str | None:
        """Return a foreman inside as written; one outside is not known, and no question either."""
        is_shown = batch_id in self._own_batches or self._namer.person(text, split_key(key)[1]) == UNRESOLVED
        return text if is_shown else None

    def _connections(self, table: pa.Table) -> pa.Table:
        ends = [pc.fill_null(self._is_inside(table[name]), False) for name in ("person_id", "other_id")]
        touching = table.filter(pc.or_(*ends))
        both = pc.and_(*(pc.fill_null(self._is_inside(touching[name]), False) for name in ("person_id", "other_id")))
        own, across = touching.filter(both), touching.filter(pc.invert(both))
        columns: dict[str, pa.Array] = {
            name: pa.array([self._meet_key(key) for key in across[name].to_pylist()], pa.string())
            for name in ("person_id", "other_id")
        }
        columns["key"] = pa.array([_row_alias(key, self._secret) for key in across["key"].to_pylist()], pa.string())
        columns |= {name: pa.nulls(len(across), pa.string()) for name in ("reference", "attributes")}
        columns["batch_id"] = pa.repeat(pa.scalar(self._a_batch(), pa.int64()), len(across))
        return pa.concat_tables([own, _with(across, columns)])

    def _assignments(self, table: pa.Table, shown_on: pa.Array) -> tuple[pa.Table, pa.Array]:
        """Return assignments of the scope, and of people outside the days in the same crews."""
        held = table.append_column("shown_on", shown_on)
        is_own = pc.fill_null(self._is_inside(held["person_id"]), False)
        own, others = held.filter(is_own), held.filter(pc.invert(is_own))
        crews = _crews(own).unique().drop_null()
        others = others.filter(pc.is_in(_crews(others), value_set=crews))
        columns: dict[str, pa.Array] = {
            "key": pa.array([_row_alias(key, self._secret) for key in others["key"].to_pylist()], pa.string()),
            "person_id": pa.array([self._meet_key(key) for key in others["person_id"].to_pylist()], pa.string()),
        }
        columns |= {
            name: pa.nulls(len(others), others.schema.field(name).type)
            for name in ("job_class", "foreman", "hours", "attributes")
        }
        columns["batch_id"] = pa.repeat(pa.scalar(self._a_batch(), pa.int64()), len(others))
        both = pa.concat_tables([own, _with(others, columns)]).sort_by("key")
        return both.drop_columns("shown_on"), both["shown_on"].combine_chunks()

    def _judgements(self, table: pa.Table) -> pa.Table:
        """Return verdicts on people of the scope: both sides inside, or an answer that means one of them."""
        left, right = (pc.fill_null(self._is_inside(table[name]), False) for name in ("left", "right"))
        is_answer = pc.equal(table["subject"], "mention")
        return table.filter(pc.and_(right, pc.or_(is_answer, left)))

    def _tallies(self, table: pa.Table) -> pa.Table:
        return table.filter(
            pc.fill_null(pc.is_in(pc.utf8_lower(table["unit"]), value_set=_keys(self._scope.units)), False)
        )


def _speakers_masked(kind: str, table: pa.Table, namer: _Namer, own: frozenset[int], secret: bytes) -> pa.Table:
    def spelt(text: str, key: str, batch_id: int) -> str:
        is_shown = batch_id in own or namer.person(text, split_key(key)[1]) == UNRESOLVED
        return text if is_shown else OUTSIDE

    for column in _SPEAKERS.get(kind, ()):
        table = _mapped(table, column, spelt, secret)
    return table


def _mapped(table: pa.Table, column: str, work: Callable[[str, str, int], str | None], secret: bytes) -> pa.Table:
    """Return a table with one text column replaced: `work` gets text, key and batch of each record, nulls stay.

    A key that is made of the values of its record goes with a value that was replaced.
    """
    texts, keys, batches = (table[name].to_pylist() for name in (column, "key", "batch_id"))
    made = [
        None if text is None else work(text, key, batch) for text, key, batch in zip(texts, keys, batches, strict=True)
    ]
    told = [text != new and key.startswith("=") for text, new, key in zip(texts, made, keys, strict=True)]
    shown = [_row_alias(key, secret) if is_told else key for key, is_told in zip(keys, told, strict=True)]
    return _with(table, {column: pa.array(made, pa.string()), "key": pa.array(shown, pa.string())})


def _row_alias(key: str, secret: bytes) -> str:
    """Return a key that tells nothing, the same for the same record."""
    return f"{ALIAS_KEY}{_digest(key, secret)}"


def _digest(text: str, secret: bytes) -> str:
    return hmac.digest(secret, text.encode(), "sha256").hex()[:16]


def _made(columns: Mapping[str, list[Any]], schema: pa.Schema) -> pa.Table:
    """Return a table of these columns, and nothing in the others."""
    n_rows = len(next(iter(columns.values())))
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(n_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _with(table: pa.Table, columns: Mapping[str, Any]) -> pa.Table:
    for name, values in columns.items():
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), values)
    return table


def _crews(table: pa.Table) -> pa.ChunkedArray:
    """Return whom one works with on each row: a crew, else a shift at a worksite, else a worksite; null where unknown.

    The groups in which days together are counted (`shopfloor.analysis.work_groups`): with another one, those outside
    who are in the group would be missing from its number, and a day in it would count for more than it does.
    """
    employer, worksite, crew, shift = (table[name] for name in ("employer", "worksite", "crew", "shift"))
    firm, place = pc.fill_null(employer, ""), pc.fill_null(worksite, "")
    by_crew = pc.binary_join_element_wise("crew", firm, place, crew, "\x1f")
    by_shift = pc.binary_join_element_wise("shift", worksite, shift, "\x1f")
    return pc.coalesce(by_crew, by_shift, pc.binary_join_element_wise("worksite", worksite, "\x1f"))


def _keys(keys: Iterable[str]) -> pa.Array:
    return pa.array(sorted(keys), pa.string())
