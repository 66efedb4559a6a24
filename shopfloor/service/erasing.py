"""What erasing a person takes: which records go, and which records of others must stop naming her.

Records about her go with all their versions. Where a record of somebody else names her (an answer, a foreman, an
organizer, who said it), a random word stands in her place, another one in each record, so that what is left counts
as before and cannot be put together again. Worked out on all versions, undone ones too.
"""

import re
import secrets
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import NotFoundError
from shopfloor.graph.batches import Batch
from shopfloor.graph.contract import Erasure
from shopfloor.graph.store import contact_columns
from shopfloor.ingest.mentions import UNRESOLVED, Directory, fold_name
from shopfloor.records import KINDS, Kind, join_named, make_key, split_key, split_named
from shopfloor.service.moment import move_on
from shopfloor.service.opening import OpenStore
from shopfloor.service.policy import Right

REFERENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "conversation": ("organizer", "named"),
    "assignment": ("foreman",),
    "connection": ("said_by",),
    "assessment": ("assessed_by",),
    "participation": ("asked_by",),
    "link": ("from_party", "to_party"),
}
"""Fields that may name a person, by record kind."""

_SHORTEST_ID: Final = 4
"""Shorter ids are looked for as references only: as text a ``17`` is anything."""

_Row = dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class Whom:
    """The one who is to be erased, as records may call her.

    Attributes
    ----------
    keys : frozenset of str
        Her contacts.
    names : frozenset of str
        Everything she was ever called.
    details : frozenset of str
        Phone numbers and e-mail addresses.
    """

    keys: frozenset[str]
    names: frozenset[str]
    details: frozenset[str]
    _code: int
    _directory: Directory
    _folded: frozenset[str]
    _seen: dict[tuple[str, str], bool] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Whom({len(self.keys)} contacts)"

    def is_meant(self, text: str, source: str) -> bool:
        """Tell whether a reference means her, or may mean her and nobody else for certain.

        A name that she shares with others is taken for hers: with her gone it would fall to one of them.
        """
        held = self._seen.get((text, source))
        if held is None:
            held = self._seen[text, source] = self._finds(text, source)
        return held

    def _finds(self, text: str, source: str) -> bool:
        meant = self._directory.resolve(text, source)
        if meant != UNRESOLVED:
            return meant == self._code
        return fold_name(text) in self._folded or not self.keys.isdisjoint({text, make_key(text, source)})

    def pattern(self) -> str:
        """Return an RE2 pattern that finds her words in free text."""
        ids = {split_key(key)[0] for key in self.keys}
        words = {*self.names, *self.details, *(word for word in ids if len(word) >= _SHORTEST_ID)}
        spaced = (r"\s+".join(map(re.escape, word.split())) for word in sorted(words) if word.split())
        return rf"(^|[^\pL\pN])({'|'.join(spaced)})($|[^\pL\pN])"


@dataclass(frozen=True, slots=True, repr=False)
class Left:
    """A text of somebody else's record that holds her words and was not changed.

    Attributes
    ----------
    kind, key, field : str
        Where; the key is empty where it is made of names.
    """

    kind: str
    key: str
    field: str

    def __repr__(self) -> str:
        """Name the field only."""
        return f"Left({self.kind}.{self.field})"


@dataclass(frozen=True, slots=True, repr=False)
class ErasurePlan:
    """What erasing one person would do.

    Attributes
    ----------
    whom : Whom
        The one.
    erasure : Erasure
        For the store.
    n_gone, n_rewritten : dict of str to int
        Records by kind that go, and records of others that stop naming her.
    left : tuple of Left
        Texts of others that hold her words and stay.
    n_audit : int
        Entries of the audit whose particulars are erased.
    """

    whom: Whom
    erasure: Erasure
    n_gone: dict[str, int]
    n_rewritten: dict[str, int]
    left: tuple[Left, ...]
    n_audit: int

    def __repr__(self) -> str:
        """Give counts only."""
        return f"ErasurePlan({self.n_gone}, {self.n_rewritten})"


def plan_erasure(store: OpenStore, person_id: str) -> ErasurePlan:
    """Work out what erasing a person takes; nothing is changed.

    Parameters
    ----------
    store : OpenStore
        Seen by somebody who may erase.
    person_id : str
        Key of any of her contacts.

    Raises
    ------
    NotFoundError
        No version of any record speaks of that id.
    RefusedError
        The viewer may not erase.
    """
    store.require(Right.ERASE)
    move_on()  # the erasure is worked out from this revision and no earlier moment
    revision = store.revision()
    versions = {kind: store.versions(kind) for kind in KINDS}
    whom = _find(store, versions, person_id)
    visible = store.snapshot()
    gone = {
        name: _keys_about(KINDS[name], versions[name], visible.tables[name], whom)
        for name in {"contact", *(kind for kind, _ in contact_columns())}
    }
    n_gone = {kind: len(gone[kind]) for kind in KINDS if gone.get(kind)}
    instead: dict[str, pa.Table] = {}
    n_rewritten: dict[str, int] = {}
    left = _left_in_batches(store.batches(), whom)
    for name, table in versions.items():
        others = _without(table, gone.get(name, set()))
        rewritten = _rewritten(KINDS[name], others, whom)
        if rewritten:
            n_rewritten[name] = len(rewritten)
            gone.setdefault(name, set()).update(rewritten)
            rows = [row for some in rewritten.values() for row in some]
            instead[name] = pa.Table.from_pylist(rows, schema=table.schema)
            others = pa.concat_tables([_without(others, rewritten.keys()), instead[name]])
        left += _left(KINDS[name], others, whom)
    erasure = Erasure(revision, {kind: sorted(keys) for kind, keys in gone.items() if keys}, instead)
    return ErasurePlan(whom, erasure, n_gone, n_rewritten, tuple(left), store.count_particulars(whom.keys, whom.names))


def _find(store: OpenStore, versions: Mapping[str, pa.Table], person_id: str) -> Whom:
    picture = store.picture()
    code = picture.identity.person_of.get(person_id)
    if code is None and not _is_spoken_of(versions, person_id):
        raise NotFoundError(f"There is no person with that id. To find it: shopfloor person {store.location} NAME")
    keys = frozenset([person_id] if code is None else picture.identity.contacts_of(code))
    names = _texts_of(versions["contact"], "key", keys, ("name", "preferred_name"))
    details = _texts_of(versions["contact_details"], "person_id", keys, ("phone", "email"))
    folded = frozenset(map(fold_name, names))
    no_one = UNRESOLVED - 1
    return Whom(keys, names, details, no_one if code is None else code, picture.directory, folded)


def _is_spoken_of(versions: Mapping[str, pa.Table], key: str) -> bool:
    columns = [("contact", "key"), *contact_columns()]
    return any(pc.any(pc.equal(versions[kind][column], key)).as_py() for kind, column in columns)


def _texts_of(table: pa.Table, by: str, keys: Collection[str], columns: Sequence[str]) -> frozenset[str]:
    hers = table.filter(_is_in(table[by], keys))
    return frozenset(text for column in columns for text in pc.drop_null(hers[column]).to_pylist())


def _is_in(column: pa.ChunkedArray, keys: Collection[str]) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=pa.array(sorted(keys), pa.string()))


def _without(table: pa.Table, keys: Collection[str]) -> pa.Table:
    return table.filter(pc.invert(_is_in(table["key"], keys)))


def _keys_about(kind: Kind, versions: pa.Table, visible: pa.Table, whom: Whom) -> set[str]:
    """Return the keys of records about her; one that was put right and is about somebody else now is not."""
    columns = ("key",) if kind.name == "contact" else _person_columns(kind)
    if kind.name == "judgement":
        columns = ("left", *columns)
    spoken = _keys_where(versions, columns, whom.keys)
    shown = visible.filter(_is_in(visible["key"], spoken))
    about = (spoken - set(shown["key"].to_pylist())) | _keys_where(shown, columns, whom.keys)
    if kind.name == "judgement":
        answers = versions.filter(pc.equal(versions["subject"], "mention")).select(["key", "left"]).to_pylist()
        about |= {row["key"] for row in answers if whom.is_meant(*split_key(row["left"] or ""))}
    return about


def _keys_where(table: pa.Table, columns: Sequence[str], keys: Collection[str]) -> set[str]:
    return {key for column in columns for key in table.filter(_is_in(table[column], keys))["key"].to_pylist()}


def _rewritten(kind: Kind, others: pa.Table, whom: Whom) -> dict[str, list[_Row]]:
    """Return the versions of others' records that name her, by the key they had, with a random word in her place."""
    columns = [*REFERENCES.get(kind.name, ()), *_person_columns(kind)]
    if not columns:
        return {}
    rows = others.select(["key", *columns]).to_pylist()
    naming = {row["key"] for row in rows if _names_her(kind, row, whom)}
    found: dict[str, list[_Row]] = {}
    words: dict[str, str] = {}
    for row in others.filter(_is_in(others["key"], naming)).to_pylist():
        word = words.setdefault(row["key"], f"erased-{secrets.token_hex(6)}")
        found.setdefault(row["key"], []).append(_without_her(kind, row, whom, word))
    return found


def _person_columns(kind: Kind) -> tuple[str, ...]:
    return _columns_of_people()[kind.name]


@cache
def _columns_of_people() -> Mapping[str, tuple[str, ...]]:
    """Return, by record kind, the fields that hold the key of a contact."""
    return {kind: tuple(column for name, column in contact_columns() if name == kind) for kind in KINDS}


def _names_her(kind: Kind, row: _Row, whom: Whom) -> bool:
    return _without_her(kind, row, whom, "") != row


def _without_her(kind: Kind, row: _Row, whom: Whom, word: str) -> _Row:
    source = split_key(row["key"])[1]
    changed = row | {"key": _key_without_her(kind, row["key"], whom, word)}
    for column in REFERENCES.get(kind.name, ()):
        text = row[column]
        if text and kind.field(column).is_list:
            changed[column] = _answers_without_her(text, source, whom, word)
        elif text and whom.is_meant(text, source):
            changed[column] = word
    # A version that was wrong about whom it is about, and was put right by a later one.
    return changed | {column: None for column in _person_columns(kind) if row[column] in whom.keys}


def _answers_without_her(text: str, source: str, whom: Whom, word: str) -> str:
    answers = {
        question: dict.fromkeys(word if whom.is_meant(name, source) else name for name in named)
        for question, named in split_named(text).items()
    }
    return join_named(answers)


def _key_without_her(kind: Kind, key: str, whom: Whom, word: str) -> str:
    """Return a key that is made of the record's own fields with her parts of it replaced."""
    written, source = split_key(key)
    if not written.startswith("="):
        return key
    parts = written[1:].split("|")
    if len(parts) != len(kind.natural_key):
        return key
    people, references = _person_columns(kind), REFERENCES.get(kind.name, ())
    replaced = [
        word
        if (name in people and part in whom.keys)
        or (name in references and whom.is_meant(part.replace("¦", "|"), source))
        else part
        for name, part in zip(kind.natural_key, parts, strict=True)
    ]
    return make_key("=" + "|".join(replaced), source)


def _left(kind: Kind, others: pa.Table, whom: Whom) -> Iterator[Left]:
    """Yield where texts of others hold her words; keys that name people, hers among them, are left out."""
    referring = {*REFERENCES.get(kind.name, ()), *(spec.name for spec in kind.fields if spec.is_key)}
    named = _keys_holding(others, "key", whom)
    yield from (Left(kind.name, "", "id") for _ in named)
    for spec in kind.fields:
        if spec.type is str and spec.name not in referring:
            for key in sorted(_keys_holding(others, spec.name, whom)):
                yield Left(kind.name, "" if key.startswith("=") or key in named else key, spec.name)


def _keys_holding(table: pa.Table, column: str, whom: Whom) -> set[str]:
    found = pc.match_substring_regex(table[column], whom.pattern(), ignore_case=True)
    return set(table.filter(found)["key"].to_pylist())


def _left_in_batches(batches: Sequence[Batch], whom: Whom) -> list[Left]:
    """Return which imports have files whose name or columns hold her words."""
    files = pa.table({"key": [str(b.batch_id) for b in batches], "files": [b.files for b in batches]})
    return [Left("batch", number, "files") for number in sorted(_keys_holding(files, "files", whom), key=int)]


def count_left(left: Collection[Left]) -> dict[str, int]:
    """Return how many texts stay, by field (``conversation.notes``)."""
    return dict(sorted(Counter(f"{one.kind}.{one.field}" for one in left).items()))
