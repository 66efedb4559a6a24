"""What of a snapshot a viewer may see: records outside her scope leave, and who stands behind a tie becomes nameless.

A snapshot is masked before anything is computed from it, so an answer can hold nothing that the snapshot does not.
A person outside the scope stays only as the far end of a tie with somebody inside: without name, unit, talks or
assessment, under an id that means nothing elsewhere (another viewer sees another one).
"""

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor import workplace
from shopfloor.graph.batches import Batch
from shopfloor.graph.contract import Snapshot
from shopfloor.graph.identity import Identity
from shopfloor.graph.store import contact_columns
from shopfloor.ingest.mentions import UNRESOLVED, Directory, fold_name
from shopfloor.records import KINDS, join_named, make_key, split_key, split_named
from shopfloor.service.memory import Parts
from shopfloor.service.references import as_texts, references_in_facts
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

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """Who named whom in the conversations of a whole snapshot: worked out once, whoever looks.

    Attributes
    ----------
    namer : numpy.ndarray
        int64, shape (n_conversations,): the person who was talked to, `UNRESOLVED` where no name was written.
    row, named : numpy.ndarray
        int64, shape (n_names,): conversation and person of each name that means somebody.
    """

    namer: IntArray
    row: IntArray
    named: IntArray

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Said({len(self.named)} names)"


@dataclass(frozen=True, slots=True, repr=False)
class Who:
    """Whom the references of a whole snapshot mean.

    Attributes
    ----------
    identity : Identity
        Who the contacts are.
    directory : Directory
        How references may call them.
    """

    identity: Identity
    directory: Directory
    _answers: dict[tuple[str, str], Mapping[str, tuple[int, ...]]] = field(default_factory=dict, init=False)

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Who({len(self.identity.person_ids)} people)"

    def named_in(self, named: str, source: str) -> Mapping[str, tuple[int, ...]]:
        """Return the people that the names of a cell mean, by question; names that mean nobody are left out."""
        held = self._answers.get((named, source))
        if held is None:
            held = self._answers[named, source] = {
                question: tuple(p for p in (self.directory.resolve(text, source) for text in texts) if p != UNRESOLVED)
                for question, texts in split_named(named).items()
            }
        return held

    def said_in(self, conversations: pa.Table) -> Said:
        """Return who named whom in conversations."""
        namer = self.identity.people_of(as_texts(conversations["person_id"])).copy()
        namer[conversations["named"].is_null().to_numpy()] = UNRESOLVED
        row, named = [], []
        for i, (cell, key) in enumerate(_pairs(conversations, "named", "key")):
            if cell is not None:
                people = [person for people in self.named_in(cell, split_key(key)[1]).values() for person in people]
                named += people
                row += [i] * len(people)
        return Said(namer, np.array(row, dtype=np.int64), np.array(named, dtype=np.int64))


def mask(
    snapshot: Snapshot,
    viewer: Viewer,
    scope: Scope,
    who: Who,
    secret: bytes,
    said: Said | None = None,
    parts: Parts | None = None,
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
    who : Who
        Of the whole snapshot: tells whom a reference means.
    secret : bytes
        Makes the ids of people outside; the same for the same store.
    said : Said, optional
        Who named whom in the snapshot, where it was worked out already.
    parts : Parts, optional
        What was made when this viewer's snapshot was last masked: a step that is given the same again is not repeated.
    """
    if viewer.sees_all_people:
        return snapshot
    own = frozenset(batch.batch_id for batch in snapshot.batches if batch.made_by == viewer.name)
    secret += viewer.name.encode()
    parts = Parts() if parts is None else parts
    if viewer.is_scoped:
        masked = _Masking(snapshot, own, said, parts).masked(scope, who, secret)
    else:
        masked = _without_people(snapshot, who.directory, own, secret)
    return replace(_drop_classes(masked, viewer, parts), batches=narrowed(snapshot.batches, viewer, parts))


def mask_versions(
    kind: str, versions: pa.Table, snapshot: Snapshot, viewer: Viewer, directory: Directory, secret: bytes
) -> pa.Table:
    """Return versions of a kind that is about no people, with whom they name beside masked; parameters as in `mask`."""
    own = frozenset(batch.batch_id for batch in snapshot.batches if batch.made_by == viewer.name)
    namer = _Namer(directory, _public_figures(snapshot))
    return _speakers_masked(kind, versions, namer, own, secret + viewer.name.encode())


def narrowed(batches: Iterable[Batch], viewer: Viewer, parts: Parts) -> tuple[Batch, ...]:
    """Return what a viewer who sees a part may know of imports and edits: her own whole, of others what facts rest on.

    That is who wrote and when, and the names of files without their columns; to who sees no people not even those.

    Parameters
    ----------
    batches : iterable of Batch
    viewer : Viewer
    parts : Parts
        What was made when this viewer's batches were last narrowed.
    """
    return parts.of_each("narrowed", batches, lambda batch: _narrow(batch, viewer))


def _narrow(batch: Batch, viewer: Viewer) -> Batch:
    if batch.made_by == viewer.name:
        return batch
    if not viewer.is_scoped:
        return replace(batch, counts="{}", files="[]", made_by="")
    files = [{"name": file["name"], "kind": file["kind"]} for file in json.loads(batch.files)]
    return replace(batch, counts="{}", files=json.dumps(files, ensure_ascii=False))


def _drop_classes(snapshot: Snapshot, viewer: Viewer, parts: Parts) -> Snapshot:
    """Empty the tables of kinds that hold nothing the viewer may see."""

    def seen(name: str, rows: Any) -> Any:  # noqa: ANN401 - a table, or the dates beside it
        if _is_shown(name, viewer):
            return rows
        return parts.of(f"nothing of {name} {type(rows).__name__}", (rows,), lambda: rows.slice(0, 0))

    tables = {name: seen(name, table) for name, table in snapshot.tables.items()}
    return replace(snapshot, tables=tables, shown_on={name: seen(name, on) for name, on in snapshot.shown_on.items()})


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
        self._found: dict[tuple[str, str], int] = {}

    def person(self, text: str, source: str) -> int:
        """Return the person outside who is meant, `UNRESOLVED` for everybody and everything else.

        What somebody said is nobody on the list is a name of whoever came onto the list with it since.
        """
        found = self._found.get((text, source))
        if found is None:
            person = self._directory.called(text, source)
            found = self._found[text, source] = UNRESOLVED if person in self._inside else person
        return found


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer given inside the scope as the viewer reads it, the aliases in it, and the names that mean nobody."""

    text: str
    met: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...]


class _Ground:
    """What all records of a snapshot are masked by for somebody who sees the people of some units.

    What it was asked once it knows the next time: that follows from what it was made of and nothing else.
    """

    def __init__(self, scope: Scope, who: Who, secret: bytes, public: frozenset[str]) -> None:
        self.scope, self.who, self.secret = scope, who, secret
        self.contacts = _keys(scope.contacts)
        self.inside = scope.contacts | public
        self.public = public - scope.contacts
        self.namer = _Namer(who.directory, self.inside)
        self.is_seen = np.array([key in scope.contacts for key in who.identity.person_ids], dtype=bool)
        self.has_voice = np.array([key in scope.voices for key in who.identity.person_ids], dtype=bool)
        self._aliases: dict[tuple[int, str], str] = {}
        self._rows: dict[str, str] = {}
        self._spelt: dict[tuple[str, str, bool], _Answer] = {}
        self._told: dict[tuple[str, str], str] = {}

    def alias(self, person: int, where: str = "") -> str:
        """Return the alias of somebody outside: everywhere the same, or of one record alone."""
        found = self._aliases.get((person, where))
        if found is None:
            words = f"{self.who.identity.person_ids[person]}\x1f{where}"
            found = self._aliases[person, where] = f"{ALIAS}{_digest(words, self.secret)}"
        return found

    def alias_of_key(self, key: str) -> str:
        """Return the alias of whom a contact outside is."""
        return self.alias(self.who.identity.person_of[key])

    def row_alias(self, key: str) -> str:
        """Return the key under which a record is shown in part."""
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = _row_alias(key, self.secret)
        return found

    def spelt(self, named: str, key: str, *, is_own: bool) -> _Answer:
        """Return an answer given inside the scope: whoever is outside gets an alias, but where the viewer typed it."""
        found = self._spelt.get((named, key, is_own))
        if found is None:
            found = self._spelt[named, key, is_own] = self._spell(named, key, is_own=is_own)
        return found

    def _spell(self, named: str, key: str, *, is_own: bool) -> _Answer:
        source = split_key(key)[1]
        met, unknown, answers = [], [], {}
        for question, texts in split_named(named).items():
            shown = answers[question] = list(texts)
            for i, text in enumerate(texts):
                if self.who.directory.resolve(text, source) == UNRESOLVED:
                    unknown.append((fold_name(text), text))
                person = self.namer.person(text, source)
                if person != UNRESOLVED and not is_own:
                    shown[i] = self.alias(person, key)
                    met.append(shown[i])
        return _Answer(join_named(answers), tuple(met), tuple(unknown))

    def told(self, named: str, source: str) -> str:
        """Return of an answer given outside the scope only who of those named is inside, and each by her own id."""
        found = self._told.get((named, source))
        if found is None:
            ids = self.who.identity.person_ids
            answers = {
                question: sorted({ids[person] for person in people if self.is_seen[person]})
                for question, people in self.who.named_in(named, source).items()
            }
            found = self._told[named, source] = join_named(answers)
        return found

    def is_inside(self, keys: pa.ChunkedArray) -> pa.ChunkedArray:
        """Tell which contacts are of the scope; null where there is none."""
        return pc.fill_null(pc.is_in(keys, value_set=self.contacts), False)


@dataclass(frozen=True, slots=True)
class _Masked:
    """Records of one kind as they are shown, the aliases in them, and names in them that mean nobody."""

    table: pa.Table
    shown_on: pa.Array | None = None
    met: frozenset[str] = frozenset()
    unknown: tuple[tuple[str, str], ...] = ()

    def shows_the_same(self, other: "_Masked") -> bool:
        """Tell whether another one is the same."""
        is_same = (self.met, self.unknown) == (other.met, other.unknown) and self.table.equals(other.table)
        return is_same and (self.shown_on is None or self.shown_on.equals(other.shown_on))


class _Masking:
    """One snapshot being masked for somebody who sees the people of some units.

    What she typed herself she reads as she typed it. Whom others wrote down has another alias in every record, and not
    that of the person whose answers or ties reach her, or a name written on purpose would tell whose those are.
    """

    def __init__(self, snapshot: Snapshot, own: frozenset[int], said: Said | None, parts: Parts) -> None:
        self._snapshot, self._own_batches, self._said, self._parts = snapshot, own, said, parts

    def masked(self, scope: Scope, who: Who, secret: bytes) -> Snapshot:
        """Return the snapshot with everybody outside gone or nameless."""
        whole = self._snapshot.tables
        public = self._parts.of("public", (whole.get("contact"),), lambda: _public_figures(self._snapshot))
        ground = self._parts.of("ground", (scope, who, public), lambda: _Ground(scope, who, secret, public), secret)
        done = {name: self._kind(name, ground) for name in whole if name not in ("contact", "judgement")}
        if "judgement" in whole:  # after what mentions stand in
            done["judgement"] = self._judgements(ground, done)
        if "contact" in whole:  # last: who was met behind a tie
            done["contact"] = self._contacts(ground, done)
        shown_on = {name: done[name].shown_on for name in self._snapshot.shown_on}
        return replace(self._snapshot, tables={name: done[name].table for name in whole}, shown_on=shown_on)

    def _kind(self, name: str, ground: _Ground) -> _Masked:
        """Return the records of a kind, from the last time if what they are made of is what it was then."""
        table, shown_on = self._snapshot.tables[name], self._snapshot.shown_on.get(name)
        own = frozenset(pc.unique(table["batch_id"]).to_pylist()) & self._own_batches

        def make() -> _Masked:
            return _KindMasking(ground, own, self._a_batch(), self._said).masked(name, table, shown_on)

        given, said = (table, shown_on, ground), (own, self._a_batch())
        return self._parts.of(f"masked {name}", given, make, said, is_same=_Masked.shows_the_same)

    def _judgements(self, ground: _Ground, done: Mapping[str, _Masked]) -> _Masked:
        """Return the verdicts on people of the scope, and which names of shown records are nobody on the list."""
        table = self._snapshot.tables["judgement"]
        nobody = table.filter(_are_nobody(table))["left"].to_pylist()
        shown = frozenset(nobody) & _mentions_in(done["conversation"].table, done["assignment"].table) if nobody else ()
        return self._parts.of(
            "masked judgement",
            (table, ground),
            lambda: _Masked(_judgements_shown(ground, table, shown).sort_by("key")),
            tuple(sorted(shown)),
            is_same=_Masked.shows_the_same,
        )

    def _contacts(self, ground: _Ground, done: Mapping[str, _Masked]) -> _Masked:
        table, batch_id = self._snapshot.tables["contact"], self._a_batch()
        met = frozenset[str]().union(*(one.met for one in done.values()))
        unknown = tuple(pair for one in done.values() for pair in one.unknown)
        return self._parts.of(
            "masked contact",
            (table, ground),
            lambda: _Masked(_contacts_shown(ground, table, met, dict(unknown), batch_id)),
            (met, unknown, batch_id),
        )

    def _a_batch(self) -> int | None:
        return self._snapshot.batches[0].batch_id if self._snapshot.batches else None


def _are_nobody(judgements: pa.Table) -> pa.ChunkedArray:
    """Tell which judgements are the answer that a mention is nobody on the list."""
    return pc.and_(pc.equal(judgements["subject"], "mention"), pc.is_null(judgements["right"]))


def _mentions_in(conversations: pa.Table, assignments: pa.Table) -> frozenset[str]:
    return frozenset(make_key(*one) for one in references_in_facts(conversations, assignments))


def _judgements_shown(ground: _Ground, table: pa.Table, nobody: Iterable[str]) -> pa.Table:
    """Return verdicts on people of the scope: both sides inside, or an answer that means one of them, or `nobody`."""
    left, right = (ground.is_inside(table[name]) for name in ("left", "right"))
    is_answer = pc.equal(table["subject"], "mention")
    is_nobody = pc.and_(_are_nobody(table), pc.is_in(table["left"], value_set=_keys(nobody)))
    return table.filter(pc.or_(is_nobody, pc.and_(right, pc.or_(is_answer, left))))


def _contacts_shown(
    ground: _Ground, table: pa.Table, met: frozenset[str], unknown: Mapping[str, str], batch_id: int | None
) -> pa.Table:
    """Return the contacts of the scope, the public figures, and one without anything for everybody who was met."""
    own = table.filter(ground.is_inside(table["key"]))
    public = _bare_contacts(table.filter(pc.is_in(table["key"], value_set=_keys(ground.public))))
    names = dict.fromkeys(met, OUTSIDE) | _shared_names(ground, own, unknown)
    aliases = sorted(names)
    columns: dict[str, list[Any]] = {
        "key": aliases,
        "name": [names[alias] for alias in aliases],
        "kind": [workplace.OUTSIDE] * len(aliases),
        "batch_id": [batch_id] * len(aliases),
    }
    return pa.concat_tables([own, public, _made(columns, table.schema)]).sort_by("key")


def _shared_names(ground: _Ground, own: pa.Table, unknown: Mapping[str, str]) -> dict[str, str]:
    """Return, by alias, the names written down that somebody outside shares with somebody inside.

    Without them such a name would seem to be the one inside, and a naming would go to the wrong person.
    """
    inside = {fold_name(name) for name in (*own["name"].to_pylist(), *own["preferred_name"].to_pylist()) if name}
    return {f"{ALIAS}{_digest(name, ground.secret)}": text for name, text in unknown.items() if name in inside}


class _KindMasking:
    """The records of one kind being masked, and who was met behind them."""

    def __init__(self, ground: _Ground, own: frozenset[int], batch_id: int | None, said: Said | None) -> None:
        self._ground, self._own_batches, self._batch_id, self._said = ground, own, batch_id, said
        self._met: set[str] = set()
        self._unknown: dict[str, str] = {}

    def masked(self, name: str, table: pa.Table, shown_on: pa.Array | None) -> _Masked:
        """Return the records of a kind as they are shown."""
        work: Mapping[str, Callable[[pa.Table], pa.Table]] = {
            "conversation": self._conversations,
            "connection": self._connections,
            "participation": self._own,
            "assessment": self._own,
            "contact_details": self._own,
            "placement": self._own,
            "tally": self._tallies,
        }
        if name == "assignment":
            table, shown_on = self._assignments(table, shown_on)
            table = _mapped(table, "foreman", self._foreman, self._ground.secret)
        elif name in work:
            table = work[name](table)
        table = _speakers_masked(name, table, self._ground.namer, self._own_batches, self._ground.secret)
        if name != "assignment":  # which is in order, as the dates beside it
            table = table.sort_by("key")
        return _Masked(table, shown_on, frozenset(self._met), tuple(self._unknown.items()))

    def _is_inside(self, keys: pa.ChunkedArray) -> pa.ChunkedArray:
        return self._ground.is_inside(keys)

    def _own(self, table: pa.Table) -> pa.Table:
        return table.filter(self._is_inside(table["person_id"]))

    def _meet_key(self, key: str | None) -> str | None:
        if key is None or key in self._ground.inside:
            return key
        alias = self._ground.alias_of_key(key)
        self._met.add(alias)
        return alias

    def _conversations(self, table: pa.Table) -> pa.Table:
        is_own = self._is_inside(table["person_id"])
        own = _mapped(table.filter(is_own), "named", self._named_by_own, self._ground.secret)
        return pa.concat_tables([own, self._namings_from_outside(table, is_own.to_numpy())])

    def _named_by_own(self, named: str, key: str, batch_id: int) -> str:
        """Return an answer given inside the scope: whoever is outside gets an alias."""
        answer = self._ground.spelt(named, key, is_own=batch_id in self._own_batches)
        self._met.update(answer.met)
        self._unknown.update(answer.unknown)
        return answer.text

    def _namings_from_outside(self, table: pa.Table, is_own: npt.NDArray[np.bool_]) -> pa.Table:
        """Return the answers of people outside who ever named somebody inside, and of them only who that is.

        Supervisors and people who left have no voice on lists, and as nobody sees here who they are they are left out.
        """
        said = self._said or self._ground.who.said_in(table)
        reaches = self._ground.is_seen[said.named] & ~is_own[said.row]
        is_naming = np.zeros(len(self._ground.has_voice) + 1, dtype=bool)  # the last place is nobody's
        is_naming[said.namer[said.row[reaches]]] = True
        is_naming &= np.append(self._ground.has_voice, False)
        rows = np.flatnonzero(is_naming[said.namer] & ~is_own)
        taken = table.select(["key", "person_id", "held_on", "named"]).take(rows)
        keys = taken["key"].to_pylist()
        namers = [self._ground.alias(person) for person in said.namer[rows].tolist()]
        self._met.update(namers)
        columns: dict[str, list[Any]] = {
            "key": [self._ground.row_alias(key) for key in keys],
            "person_id": namers,
            "held_on": taken["held_on"].to_pylist(),
            "named": [self._ground.told(named, split_key(key)[1]) for named, key in _pairs(taken, "named", "key")],
            "batch_id": [self._batch_id] * len(rows),
        }
        return _made(columns, table.schema)

    def _foreman(self, text: str, key: str, batch_id: int) -> str | None:
        """Return a foreman inside as written; one outside is not known, and no question either."""
        outside = self._ground.namer.person(text, split_key(key)[1])
        return text if batch_id in self._own_batches or outside == UNRESOLVED else None

    def _connections(self, table: pa.Table) -> pa.Table:
        touching = table.filter(pc.or_(*(self._is_inside(table[name]) for name in ("person_id", "other_id"))))
        both = pc.and_(*(self._is_inside(touching[name]) for name in ("person_id", "other_id")))
        own, across = touching.filter(both), touching.filter(pc.invert(both))
        columns = {name: self._met_column(across[name]) for name in ("person_id", "other_id")}
        return pa.concat_tables([own, self._in_part(across, columns, ("reference", "attributes"))])

    def _met_column(self, keys: pa.ChunkedArray) -> pa.Array:
        return pa.array([self._meet_key(key) for key in keys.to_pylist()], pa.string())

    def _in_part(self, table: pa.Table, columns: dict[str, pa.Array], hidden: tuple[str, ...]) -> pa.Table:
        """Return records across the border of the scope: under other keys, of no source, without some columns."""
        keys = [self._ground.row_alias(key) for key in table["key"].to_pylist()]
        batches = pa.repeat(pa.scalar(self._batch_id, pa.int64()), len(table))
        nulls = {name: pa.nulls(len(table), table.schema.field(name).type) for name in hidden}
        return _with(table, {**columns, "key": pa.array(keys, pa.string()), **nulls, "batch_id": batches})

    def _assignments(self, table: pa.Table, shown_on: pa.Array | None) -> tuple[pa.Table, pa.Array]:
        """Return assignments of the scope, and of people outside the days in the same crews."""
        held = table.append_column("shown_on", shown_on)
        is_own = self._is_inside(held["person_id"])
        own, others = held.filter(is_own), held.filter(pc.invert(is_own))
        crews = _crews(own).unique().drop_null()
        others = others.filter(pc.is_in(_crews(others), value_set=crews))
        columns = {"person_id": self._met_column(others["person_id"])}
        shown = self._in_part(others, columns, ("job_class", "foreman", "hours", "attributes"))
        both = pa.concat_tables([own, shown]).sort_by("key")
        return both.drop_columns("shown_on"), both["shown_on"].combine_chunks()

    def _tallies(self, table: pa.Table) -> pa.Table:
        units = _keys(self._ground.scope.units)
        return table.filter(pc.fill_null(pc.is_in(pc.utf8_lower(table["unit"]), value_set=units), False))


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


def _pairs(table: pa.Table, one: str, other: str) -> Iterable[tuple[Any, Any]]:
    """Return two columns row by row."""
    return zip(table[one].to_pylist(), table[other].to_pylist(), strict=True)


def _keys(keys: Iterable[str]) -> pa.Array:
    return pa.array(sorted(keys), pa.string())
