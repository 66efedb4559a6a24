"""From the visible records to the picture that analysis works on: merged, resolved and cut at a date."""

import operator
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor import __version__
from shopfloor.graph.batches import Batch, live_batches, ranks
from shopfloor.graph.contract import Snapshot
from shopfloor.graph.identity import Identity, hold_together
from shopfloor.graph.store import contact_columns
from shopfloor.ingest.mentions import UNRESOLVED, Directory
from shopfloor.records import make_key
from shopfloor.service.memory import Parts
from shopfloor.service.references import (
    Answers,
    BoolArray,
    IntArray,
    References,
    as_texts,
    count_references,
    refer,
    refer_column,
    refer_names,
    sources_of,
    split_answers,
    split_questions,
)
from shopfloor.workplace import OUTSIDE, OUTSIDE_NAME, Provenance, Workplace

_PERSON_FIELDS = ("name", "preferred_name", "kind", "language", "union_membership", "hired_on", "left_on")
_DETAIL_FIELDS = ("phone", "email", "address")
_PLACE_FIELDS = ("department", "shift", "crew", "job_class", "is_supervisor")
_VALID_FROM = {
    "conversation": "held_on",
    "connection": "said_on",
    "assessment": "assessed_on",
    "assignment": "started_on",
    "participation": "held_on",
    "tally": "held_on",
    "placement": "started_on",
}

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """A workplace with what it was made from: who the contacts are, and which references stayed open.

    Attributes
    ----------
    workplace : Workplace
        What analysis works on; its people are those at the as-of date.
    identity : Identity
        All contacts and people, whether at that date or not.
    directory : Directory
        Resolves references to positions in ``identity.person_ids``.
    names : tuple of str
        Name of each person of ``identity.person_ids``; her id where no list has a name.
    mentioned : tuple of References
        The references to people in the facts: as written, and their source.
    """

    workplace: Workplace
    identity: Identity
    directory: Directory
    names: tuple[str, ...]
    mentioned: tuple[References, ...]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Picture({self.workplace!r}, {len(self.names)} people)"

    @property
    def references(self) -> Counter[tuple[str, str]]:
        """How often each reference to a person stands in the facts; counted whenever it is asked for."""
        return count_references(*self.mentioned)


def draw_picture(
    snapshot: Snapshot,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    is_part: bool = False,
    parts: Parts | None = None,
) -> Picture:
    """Return the picture of a snapshot.

    Parameters
    ----------
    snapshot : Snapshot
        All record kinds.
    as_of : datetime.date, optional
        Valid time to cut at; default: the newest held, said, assessed, started or list date that is not after today.
    known_at : datetime.datetime, optional
        Recorded time the snapshot was cut at; only passed on.
    is_part : bool
        Whether the snapshot was masked to some units; only passed on.
    parts : Parts, optional
        What was made when these records were last drawn, for the same viewer: a step that is given the same again is
        not repeated.
    """
    drawing = _Drawing(snapshot, live_batches(snapshot.batches, known_at), as_of, Parts() if parts is None else parts)
    recorded = known_at.isoformat() if known_at else None
    return drawing.picture(Provenance(snapshot.revision, drawing.cut.date(), recorded, __version__, is_part))


def know_people(snapshot: Snapshot, parts: Parts) -> tuple[Identity, Directory]:
    """Return who all contacts are that a snapshot speaks of, and how references may call them."""
    spoken = contacts_spoken_of(snapshot, parts)
    given = (snapshot.tables["contact"], snapshot.tables["judgement"])
    return parts.of("directory", given, lambda: draw_directory(snapshot, spoken), spoken)


def contacts_spoken_of(snapshot: Snapshot, parts: Parts) -> frozenset[str]:
    """Return the keys of all contacts that a record is about or names by key; a verdict alone makes nobody."""

    def in_column(kind: str, column: str) -> frozenset[str]:
        table = snapshot.tables[kind]
        return parts.of(
            f"{column} of {kind}",
            (table,),
            lambda: frozenset(pc.unique(table[column]).drop_null().to_pylist()),
            is_same=operator.eq,
        )

    columns = tuple(in_column(*one) for one in contact_columns() if one[0] != "judgement")
    return parts.of("spoken of", columns, lambda: frozenset[str]().union(*columns))


@dataclass(frozen=True, slots=True, repr=False)
class _Talks:
    """What talks say, without the assessments in them."""

    asked: pd.DataFrame
    namings: pd.DataFrame
    conversations: pd.DataFrame
    named: References


class _Drawing:
    """A picture being drawn in steps; each says what it is made of, so that what stayed the same is not made again.

    Of batches a step is made of those its records rest on, in their order: which one is stronger.
    """

    def __init__(self, snapshot: Snapshot, live: list[Batch], as_of: date | None, parts: Parts) -> None:
        self._tables, self._shown_on, self._live, self._parts = snapshot.tables, snapshot.shown_on, live, parts
        self.cut = pd.Timestamp(as_of or self._newest_day())
        self._identity, self._directory = know_people(snapshot, parts)
        self._people = self._everybody()
        self._position = parts.of("position", (self._people,), lambda: _positions(self._people, self.cut), self.cut)
        self._who = (self._identity, self._directory, self._people, self._position)
        self._resolver = _Resolver(self._identity, self._directory, self._position)

    def picture(self, provenance: Provenance) -> Picture:
        """Return the picture."""
        talks, (assignments, foremen) = self._talks(), self._assignments()
        workplace = Workplace(
            people=self._present(),
            asked=talks.asked,
            namings=talks.namings,
            conversations=talks.conversations,
            connections=self._about("connection", self._connections),
            assignments=assignments,
            assessments=self._assessments(),
            participations=self._about("participation", self._participations),
            provenance=provenance,
        )
        names = self._step("names", (), lambda: tuple(as_texts(self._people["name"]).to_pylist()))
        return Picture(workplace, self._identity, self._directory, names, (talks.named, foremen))

    def _step(
        self, name: str, kinds: tuple[str, ...], make: Callable[[], Value], *more: object, said: Hashable = None
    ) -> Value:
        """Return what is made of records of these kinds, of who people are, and where the cut is."""
        tables = tuple(self._tables[kind] for kind in kinds)
        return self._parts.of(name, (*tables, *self._who, *more), make, (self.cut, said))

    def _about(self, kind: str, make: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
        return self._step(kind, (kind,), lambda: make(self._frame(kind)))

    def _frame(self, kind: str) -> pd.DataFrame:
        """Return the records of a kind up to the cut."""
        return _until(_frame(self._tables[kind]), _VALID_FROM.get(kind), self.cut)

    @cached_property
    def _talk_frame(self) -> pd.DataFrame:
        return self._frame("conversation")

    @cached_property
    def _talked_to(self) -> IntArray:
        return self._codes(self._talk_frame)

    def _codes(self, frame: pd.DataFrame) -> IntArray:
        return _codes(frame["person_id"], self._identity, self._position)

    def _newest_day(self) -> date:
        today = datetime.now(UTC).date()
        days = [batch.list_date for batch in self._live if batch.list_date is not None]
        for kind, column in _VALID_FROM.items():
            table = self._tables[kind]
            newest = self._parts.of(f"newest {kind}", (table,), partial(_newest, table[column], today), today)
            days += [] if newest is None else [newest]
        return max((day for day in days if day <= today), default=today)

    def _weights(self, *kinds: str) -> tuple[tuple[int, bool], ...]:
        """Return the batches that records of these kinds rest on, weakest first, and which of them were typed."""
        used = frozenset[int]().union(*(pc.unique(self._tables[kind]["batch_id"]).to_pylist() for kind in kinds))
        return tuple((batch.batch_id, batch.origin != "import") for batch in self._live if batch.batch_id in used)

    def _everybody(self) -> pd.DataFrame:
        def make() -> pd.DataFrame:
            facts = {kind: _frame(self._tables[kind]) for kind in ("contact", "placement")}
            return _people(facts, self._identity, self._live, self.cut)

        given = (self._tables["contact"], self._tables["placement"], self._identity)
        return self._parts.of("people", given, make, (self.cut, self._weights("contact", "placement")))

    def _present(self) -> pd.DataFrame:
        return self._step("present", (), lambda: self._people[self._position >= 0].reset_index(drop=True))

    def _are_seen(self) -> BoolArray:
        """Tell whose talks count: those of nobody outside the viewer's units.

        A talk of theirs is shown only as far as it names somebody inside: counted among those asked or talked to, they
        would be all who named somebody and none who did not.
        """
        return self._step("seen", (), lambda: ~self._present()["kind"].eq(OUTSIDE).to_numpy(dtype=bool))

    def _talks(self) -> _Talks:
        def make() -> _Talks:
            frame, is_seen = self._talk_frame, self._are_seen()
            person, answers, sources = self._talked_to, split_answers(frame["named"]), sources_of(frame["key"])
            newest = _newest_answers(frame, person, ranks(self._live), answers)
            named = refer_names(answers, sources)
            meant = self._resolver.rows(named)
            is_open = self._resolver.are_open(named, meant)
            organizer = self._resolver.rows(refer(pc.fill_null(as_texts(frame["organizer"]), ""), sources))
            return _Talks(
                _asked(frame, newest, answers, is_open, is_seen),
                _namings(frame, newest, answers, meant),
                _conversations(frame, person, organizer, is_seen),
                named,
            )

        return self._step("talks", ("conversation",), make, said=self._weights("conversation"))

    def _assignments(self) -> tuple[pd.DataFrame, References]:
        shown_on = self._shown_on["assignment"]

        def make() -> tuple[pd.DataFrame, References]:
            shown = pd.Series(shown_on.to_pandas(), dtype="datetime64[s]")
            frame = _until(_frame(self._tables["assignment"]).assign(shown_on=shown), "started_on", self.cut)
            foremen = refer_column(frame, "foreman")
            rows = self._resolver.rows(foremen)
            table = _assignments(frame, self._codes(frame), rows, self.cut, _frame(self._tables["employer"]))
            return table, foremen

        return self._step("assignment", ("assignment", "employer"), make, shown_on)

    def _connections(self, frame: pd.DataFrame) -> pd.DataFrame:
        return _connections(frame, self._codes(frame), self._identity, self._position)

    def _participations(self, frame: pd.DataFrame) -> pd.DataFrame:
        return _participations(frame, self._codes(frame))

    def _assessments(self) -> pd.DataFrame:
        def make() -> pd.DataFrame:
            own = self._frame("assessment")
            return _assessments(own, self._codes(own), self._talk_frame, self._talked_to)

        return self._step("assessment", ("assessment", "conversation"), make)


def _newest(days: pa.ChunkedArray, today: date) -> date | None:
    found: date | None = pc.max(days.filter(pc.less_equal(days, pa.scalar(today, days.type)))).as_py()
    return found


_ALWAYS = pd.Timestamp("1900-01-01")


def _frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a frame: dates as datetime64[s], yes/no as nullable booleans, the rest as pandas makes it."""
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    for field in table.schema:
        if pa.types.is_date(field.type):
            frame[field.name] = frame[field.name].astype("datetime64[s]")
        if pa.types.is_boolean(field.type):
            frame[field.name] = frame[field.name].astype("boolean")
    return frame


def _same_pairs(judgements: pd.DataFrame) -> list[tuple[str, str]]:
    same = judgements[(judgements["verdict"] == "same") & (judgements["subject"] == "contact")]
    return list(zip(same["left"], same["right"], strict=True))


def _strongest(frame: pd.DataFrame, by: str, fields: tuple[str, ...], order: list[str]) -> pd.DataFrame:
    """Return one row a value of `by`: for each field the last value said, in the given order."""
    return frame.sort_values(order, kind="stable").groupby(by, sort=True)[list(fields)].last()


def people_as_told(snapshot: Snapshot, identity: Identity, as_of: date) -> pd.DataFrame:
    """Return the columns of the people file, one row for every person ever, in order of `Identity.person_ids`.

    What no list says and nobody typed is null.
    """
    facts = {name: _frame(snapshot.tables[name]) for name in ("contact", "contact_details", "placement")}
    live = live_batches(snapshot.batches)
    told = _told(facts, identity, live, pd.Timestamp(as_of))
    details = _with_strength(facts["contact_details"], "person_id", identity, live)
    return told.join(_strongest(details, "person", _DETAIL_FIELDS, ["strength", "key"]))


def _with_strength(frame: pd.DataFrame, column: str, identity: Identity, live: list[Batch]) -> pd.DataFrame:
    return frame.assign(person=_person_of(frame[column], identity), strength=frame["batch_id"].map(ranks(live)))


def _told(facts: dict[str, pd.DataFrame], identity: Identity, live: list[Batch], cut: pd.Timestamp) -> pd.DataFrame:
    people = pd.DataFrame({"person_id": pd.Series(identity.person_ids, dtype="str")})
    contacts = _with_strength(facts["contact"], "key", identity, live)
    people = people.join(_strongest(contacts, "person", _PERSON_FIELDS, ["strength", "key"]))
    places = _places(facts["placement"], identity, live, cut)
    return people.join(_strongest(places, "person", _PLACE_FIELDS, ["is_typed", "since", "strength", "key"]))


def _people(facts: dict[str, pd.DataFrame], identity: Identity, live: list[Batch], cut: pd.Timestamp) -> pd.DataFrame:
    """Return one row for every person ever, in order of `Identity.person_ids`."""
    people = _told(facts, identity, live, cut)
    people["is_supervisor"] = people["is_supervisor"].astype("boolean").fillna(value=False).astype(bool)
    people["kind"] = people["kind"].fillna("worker")
    people["name"] = people["name"].fillna(people["person_id"])
    people["has_left"] = (people["left_on"] <= cut).fillna(value=False).astype(bool)
    columns = ["person_id", "name", "preferred_name", "kind", "department", "shift", "crew", "job_class", "language"]
    return people[[*columns, "union_membership", "is_supervisor", "has_left", "hired_on", "left_on"]]


def _places(frame: pd.DataFrame, identity: Identity, live: list[Batch], cut: pd.Timestamp) -> pd.DataFrame:
    """Return placements up to the cut; who has only later ones keeps the earliest of them."""
    places = _with_strength(frame, "person_id", identity, live).assign(
        since=frame["started_on"].fillna(_ALWAYS),
        is_typed=frame["batch_id"].isin([batch.batch_id for batch in live if batch.origin != "import"]),
    )
    known = places["since"] <= cut
    late = places[~known & ~places["person"].isin(places["person"][known])]
    earliest = late[late["since"] == late.groupby("person")["since"].transform("min")]
    return pd.concat([places[known], earliest])


def _person_of(keys: "pd.Series[str]", identity: Identity) -> IntArray:
    return identity.people_of(as_texts(keys))


def _positions(people: pd.DataFrame, cut: pd.Timestamp) -> IntArray:
    """Return the row of each person in the picture, -1 for who was not there yet."""
    there = ~(people["hired_on"] > cut).fillna(value=False).to_numpy(dtype=bool)
    positions = np.full(len(people), UNRESOLVED, dtype=np.int64)
    positions[there] = np.arange(np.count_nonzero(there))
    return positions


def draw_directory(snapshot: Snapshot, more_keys: Iterable[str] = ()) -> tuple[Identity, Directory]:
    """Return who the contacts are and how references may call them.

    Parameters
    ----------
    snapshot : Snapshot
        Kinds contact and judgement at least.
    more_keys : iterable of str
        Contacts that other facts speak of.
    """
    contacts, judgements = _frame(snapshot.tables["contact"]), _frame(snapshot.tables["judgement"])
    identity = hold_together([*as_texts(contacts["key"]).to_pylist(), *more_keys], _same_pairs(judgements))
    person = _person_of(contacts["key"], identity).tolist()
    names = [
        (name, who)
        for column in ("name", "preferred_name")
        for name, who in zip(as_texts(contacts[column]).to_pylist(), person, strict=True)
        if name not in (None, OUTSIDE_NAME)
    ]
    return identity, Directory(identity.person_of, names, _answers(snapshot.tables["judgement"]))


def _answers(judgements: pa.Table) -> dict[str, str | None]:
    """Return the contact that each mention means, as people answered; None: nobody on the list."""
    rows = judgements.filter(pc.equal(judgements["subject"], "mention")).to_pylist()
    return {row["left"]: row["right"] for row in rows if row["verdict"] == "same" or row["right"] is None}


class _Resolver:
    """Resolves columns of references to rows of the picture, each distinct one once."""

    def __init__(self, identity: Identity, directory: Directory, position: IntArray) -> None:
        self._identity, self._directory, self._position = identity, directory, position

    def rows(self, references: References) -> IntArray:
        """Return who is meant, row by row; `UNRESOLVED` where it is nobody who is there, or not known."""
        people = self._people(references.texts, references.sources)
        found = _rows_of(people, self._position)
        return found[references.codes] if len(found) else np.empty(0, np.int64)

    def are_open(self, references: References, meant: IntArray) -> BoolArray:
        """Tell, row by row, which texts are open mentions; `meant` is what `rows` found."""
        found = np.zeros(len(references.texts), dtype=bool)
        for code in np.unique(references.codes[meant == UNRESOLVED]).tolist():
            found[code] = self._directory.is_open(references.texts[code], references.sources[code])
        return found[references.codes]

    def _people(self, texts: list[str], sources: list[str]) -> IntArray:
        keys = [make_key(text, source) for text, source in zip(texts, sources, strict=True)]
        people = self._identity.people_of(pa.array(keys, pa.large_string()))
        answered = self._directory.answers
        # Most references are ids nobody had to answer for: the directory is asked for the others.
        for i, key in enumerate(keys):
            if texts[i] and (people[i] < 0 or key in answered):
                people[i] = self._directory.resolve(texts[i], sources[i])
        return people


def _rows_of(people: IntArray, position: IntArray) -> IntArray:
    return np.where(people >= 0, position[people], UNRESOLVED) if len(position) else people


def _until(frame: pd.DataFrame, column: str | None, cut: pd.Timestamp) -> pd.DataFrame:
    return frame if column is None else frame[~(frame[column] > cut)].reset_index(drop=True)


def _codes(keys: "pd.Series[str]", identity: Identity, position: IntArray) -> IntArray:
    return _rows_of(_person_of(keys, identity), position)


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest answer of each person to each question, in order of person and question.

    `row` is the conversation, `answer` the one among its `Answers`, -1 where she was asked and no name was written.
    """

    person: IntArray
    question: pa.Array
    row: IntArray
    answer: IntArray


def _newest_answers(frame: pd.DataFrame, person: IntArray, rank: dict[int, int], answers: Answers) -> _Newest:
    asked_row, asked = split_questions(frame["asked"])
    row = np.concatenate([asked_row, answers.row])
    answer = np.concatenate([np.full(len(asked_row), UNRESOLVED), np.arange(len(answers.row))])
    question = pa.concat_arrays([asked, answers.question])
    questions = pc.unique(question).sort()
    code = pc.index_in(question, questions).to_numpy().astype(np.int64)
    # Conversations come in order of their keys, which decides between equals.
    place = np.empty(len(frame), dtype=np.int64)
    place[np.lexsort((frame["batch_id"].map(rank), frame["held_on"]))] = np.arange(len(frame))
    whose = person[row] * len(questions) + code
    order = np.lexsort((place[row] * 2 + (answer >= 0), whose))
    is_last = np.append(whose[order][1:] != whose[order][:-1], np.ones(min(len(order), 1), dtype=bool))
    newest = order[is_last & (person[row][order] >= 0)]
    return _Newest(person[row[newest]], questions.take(code[newest]), row[newest], answer[newest])


def _asked(
    frame: pd.DataFrame, newest: _Newest, answers: Answers, is_open: BoolArray, is_seen: BoolArray
) -> pd.DataFrame:
    which = np.flatnonzero(is_seen[newest.person])
    n_named, n_open = (
        np.append(np.bincount(names, minlength=len(answers.row)), 0)[newest.answer[which]]
        for names in (answers.answer, answers.answer[is_open])
    )
    told = _told_then(frame, newest, which)
    return pd.DataFrame({"person": newest.person[which], **told, "n_named": n_named, "n_open": n_open})


def _namings(frame: pd.DataFrame, newest: _Newest, answers: Answers, meant: IntArray) -> pd.DataFrame:
    """Return whom the newest answers name; `meant` is who the names of `answers` are."""
    has_names = np.flatnonzero(newest.answer >= 0)
    at = np.full(len(answers.row), UNRESOLVED)
    at[newest.answer[has_names]] = has_names
    which = at[answers.answer]
    namer = newest.person[which] if len(newest.person) else which
    kept = (which >= 0) & (meant >= 0) & (meant != namer)
    n_people = int(meant.max(initial=0)) + 1
    which, named = np.divmod(np.unique(which[kept] * n_people + meant[kept]), n_people)
    return pd.DataFrame({"namer": newest.person[which], "named": named, **_told_then(frame, newest, which)})


def _told_then(frame: pd.DataFrame, newest: _Newest, which: IntArray) -> dict[str, Any]:
    """Return question, day and organizer of some of the newest answers."""
    question = pd.Series(newest.question.take(which).to_pandas(), dtype="str")
    return {"question": question, **_taken(frame, newest.row[which], ["held_on", "organizer"])}


def _taken(frame: pd.DataFrame, rows: IntArray, columns: list[str]) -> dict[str, Any]:
    """Return some rows of some columns, for a new frame."""
    return {name: frame[name].array.take(rows) for name in columns}


def _kept(frame: pd.DataFrame, person: IntArray, columns: list[str], **more: Any) -> pd.DataFrame:  # noqa: ANN401
    """Return the rows about somebody who is there: some columns, who it is, and more columns."""
    rows = np.flatnonzero(person >= 0)
    further = {name: values.take(rows) for name, values in more.items()}
    return pd.DataFrame({**_taken(frame, rows, columns), "person": person[rows], **further})


def _conversations(frame: pd.DataFrame, person: IntArray, organizer: IntArray, is_seen: BoolArray) -> pd.DataFrame:
    rows = np.flatnonzero(np.append(is_seen, values=False)[person])  # the last place is nobody's
    told = _taken(frame, rows, ["organizer", "held_on", "channel", "follow_up_on"])
    return pd.DataFrame({**told, "person": person[rows], "organizer_person": organizer[rows]})


def _connections(frame: pd.DataFrame, person: IntArray, identity: Identity, position: IntArray) -> pd.DataFrame:
    columns = ["kind", "said_by", "said_on", "strength", "confidence"]
    table = _kept(frame, person, columns, other=_codes(frame["other_id"], identity, position))
    return table[(table["other"] >= 0) & (table["other"] != table["person"])].reset_index(drop=True)


def _employers_meant(frame: pd.DataFrame, employers: pd.DataFrame) -> "pd.Series[Any]":
    """Return the employer of each assignment as a category: its name and key where the text is one's id or exact name.

    What is not certain stays as written, so a crew is not paired across two spellings that nobody has answered.
    """
    keys, names = employers["key"].tolist(), employers["name"].tolist()
    known = Directory(
        dict(zip(keys, range(len(keys)), strict=True)), [(n, i) for i, n in enumerate(names) if pd.notna(n)]
    )
    said = refer_column(frame, "employer")
    labels = []
    for text, source in zip(said.texts, said.sources, strict=True):
        i = known.resolve(text, source) if text else UNRESOLVED
        labels.append(f"{names[i]} ({keys[i]})" if i >= 0 else text or None)
    return pd.Series(pd.array(labels, dtype="str").take(said.codes) if labels else [], dtype="str").astype("category")


def _assignments(
    frame: pd.DataFrame, person: IntArray, foreman: IntArray, cut: pd.Timestamp, employers: pd.DataFrame
) -> pd.DataFrame:
    ended_on = frame["ended_on"].fillna(frame["shown_on"])
    ended_on = ended_on.where(ended_on < cut, cut)
    ended_on = ended_on.where(ended_on >= frame["started_on"], frame["started_on"])
    categories = {name: frame[name].astype("category") for name in ("worksite", "crew", "shift")}
    categories["employer"] = _employers_meant(frame, employers)
    return _kept(frame, person, ["started_on", "hours"], ended_on=ended_on, foreman=foreman, **categories)


def _assessments(own: pd.DataFrame, of_whom: IntArray, talks: pd.DataFrame, talked_to: IntArray) -> pd.DataFrame:
    """Return assessments of both sources: their own file, and the column of a conversation."""
    columns = ["assessment", "assessed_on", "assessed_by"]
    said = talks[["assessment", "held_on", "organizer"]].set_axis(columns, axis="columns")
    tables = []
    for frame, person in ((own, of_whom), (said, talked_to)):
        is_assessed = frame["assessment"].notna().to_numpy()
        tables.append(_kept(frame, np.where(is_assessed, person, UNRESOLVED), columns))
    both = pd.concat(tables)
    both["assessment"] = both["assessment"].astype(np.int64)
    return both.sort_values(["assessed_on", "person", "assessed_by"], kind="stable", ignore_index=True)


def _participations(frame: pd.DataFrame, person: IntArray) -> pd.DataFrame:
    return _kept(frame, person, ["action", "step", "held_on", "asked_by", "said", "did"])
