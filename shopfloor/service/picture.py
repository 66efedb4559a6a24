"""From the visible records to the picture that analysis works on: merged, resolved and cut at a date."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor import __version__
from shopfloor.graph.batches import Batch, live_batches, ranks
from shopfloor.graph.contract import Snapshot
from shopfloor.graph.identity import Identity, hold_together
from shopfloor.graph.store import contact_columns
from shopfloor.ingest.mentions import UNRESOLVED, Directory
from shopfloor.ingest.named import split_list
from shopfloor.records import SOURCE_PATTERN, split_named
from shopfloor.workplace import Provenance, Workplace

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
    references : collections.Counter of (str, str)
        How often each reference to a person stands in the facts: as written, and its source.
    """

    workplace: Workplace
    identity: Identity
    directory: Directory
    names: tuple[str, ...]
    references: Counter[tuple[str, str]]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Picture({self.workplace!r}, {len(self.references)} references)"


def draw_picture(snapshot: Snapshot, *, as_of: date | None = None, known_at: datetime | None = None) -> Picture:
    """Return the picture of a snapshot.

    Parameters
    ----------
    snapshot : Snapshot
        All record kinds.
    as_of : datetime.date, optional
        Valid time to cut at; default: the newest held, said, assessed, started or list date that is not after today.
    known_at : datetime.datetime, optional
        Recorded time the snapshot was cut at; only passed on.
    """
    facts = {name: _frame(table) for name, table in snapshot.tables.items()}
    facts["assignment"]["shown_on"] = pd.Series(snapshot.shown_on["assignment"].to_pandas(), dtype="datetime64[s]")
    live = live_batches(snapshot.batches, known_at)
    cut = pd.Timestamp(as_of or _newest_day(live, facts))
    identity, directory = draw_directory(snapshot, _contact_keys(facts))
    rank = ranks(live)
    people = _people(facts, identity, live, cut)
    position = _positions(people, cut)
    resolver = _Resolver(directory, position)
    facts = {name: _until(frame, _VALID_FROM.get(name), cut) for name, frame in facts.items() if name != "placement"}
    codes = {name: _codes(facts[name]["person_id"], identity, position) for name in _ABOUT_PEOPLE}
    asked, namings = _answers(facts["conversation"], codes["conversation"], rank, resolver)
    provenance = Provenance(snapshot.revision, cut.date(), known_at.isoformat() if known_at else None, __version__)
    workplace = Workplace(
        people=people[position >= 0].reset_index(drop=True),
        asked=asked,
        namings=namings,
        conversations=_conversations(facts["conversation"], codes["conversation"], resolver),
        connections=_connections(facts["connection"], codes["connection"], identity, position),
        assignments=_assignments(facts["assignment"], codes["assignment"], resolver, cut, facts["employer"]),
        assessments=_assessments(facts, codes),
        participations=_participations(facts["participation"], codes["participation"]),
        provenance=provenance,
    )
    return Picture(
        workplace,
        identity,
        directory,
        tuple(people["name"].tolist()),
        references_in_facts(facts["conversation"], facts["assignment"]),
    )


_ALWAYS = pd.Timestamp("1900-01-01")
_ABOUT_PEOPLE = ("conversation", "assignment", "connection", "assessment", "participation")

_BETWEEN = "\x1f"  # no text holds it
_SOURCE_OF_KEY = rf"(?s)^.+@(?P<source>{SOURCE_PATTERN.pattern})$"

IntArray = npt.NDArray[np.int64]


def _frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a frame: dates as datetime64[s], yes/no as nullable booleans, the rest as pandas makes it."""
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    for field in table.schema:
        if pa.types.is_date(field.type):
            frame[field.name] = frame[field.name].astype("datetime64[s]")
        if pa.types.is_boolean(field.type):
            frame[field.name] = frame[field.name].astype("boolean")
    return frame


def _newest_day(live: list[Batch], facts: dict[str, pd.DataFrame]) -> date:
    today = datetime.now(UTC).date()
    days = [batch.list_date for batch in live if batch.list_date is not None]
    for name, column in _VALID_FROM.items():
        past = facts[name][column][facts[name][column] <= pd.Timestamp(today)]
        if len(past):
            days.append(past.max().date())
    return max((day for day in days if day <= today), default=today)


def _contact_keys(facts: dict[str, pd.DataFrame]) -> Iterable[str]:
    keys: set[str] = set()
    for kind, column in contact_columns():
        if kind != "judgement":  # a verdict alone makes nobody
            keys.update(facts[kind][column].dropna().unique())
    return keys


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
    return np.asarray(keys.map(identity.person_of).fillna(UNRESOLVED), dtype=np.int64)


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
    identity = hold_together({*contacts["key"], *more_keys}, _same_pairs(judgements))
    person = _person_of(contacts["key"], identity).tolist()
    names = [
        (name, who)
        for column in ("name", "preferred_name")
        for name, who in zip(contacts[column], person, strict=True)
        if not pd.isna(name)
    ]
    answers = judgements[(judgements["verdict"] == "same") & (judgements["subject"] == "mention")]
    return identity, Directory(identity.person_of, names, dict(zip(answers["left"], answers["right"], strict=True)))


class _Resolver:
    """Resolves columns of references, each distinct one once."""

    def __init__(self, directory: Directory, position: IntArray) -> None:
        self._directory, self._position = directory, position

    def one(self, text: str, source: str) -> int:
        person = self._directory.resolve(text, source)
        return int(self._position[person]) if person >= 0 else UNRESOLVED

    def column(self, texts: "pd.Series[str]", keys: "pd.Series[str]") -> IntArray:
        codes, distinct = _distinct_pairs(texts.fillna(""), keys)
        people = np.array([self.one(text, source) if text else UNRESOLVED for text, source in distinct], dtype=np.int64)
        return people[codes] if len(people) else np.empty(0, np.int64)


def _distinct_pairs(texts: "pd.Series[str]", keys: "pd.Series[str]") -> tuple[IntArray, list[tuple[str, str]]]:
    """Return the distinct (text, source of its record's key), and which of them each row has."""
    joined = pc.binary_join_element_wise(_texts(texts), _texts(_sources(keys)), _BETWEEN)
    encoded = joined.dictionary_encode()
    parted = (text.rpartition(_BETWEEN) for text in encoded.dictionary.to_pylist())
    return encoded.indices.to_numpy().astype(np.int64), [(text, source) for text, _, source in parted]


def _texts(texts: "pd.Series[str]") -> pa.Array:
    found = pa.array(texts, pa.string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _sources(keys: "pd.Series[str]") -> "pd.Series[str]":
    """Return the source of each key, as `shopfloor.records.split_key` does for one."""
    written = _texts(keys)
    if not pc.any(pc.match_substring(written, "@")).as_py():
        return pd.Series("", index=keys.index)
    found = pc.struct_field(pc.extract_regex(written, _SOURCE_OF_KEY), "source")
    return pd.Series(pc.fill_null(found, "").to_pandas().to_numpy(), index=keys.index)


def _until(frame: pd.DataFrame, column: str | None, cut: pd.Timestamp) -> pd.DataFrame:
    return frame if column is None else frame[~(frame[column] > cut)].reset_index(drop=True)


def _codes(keys: "pd.Series[str]", identity: Identity, position: IntArray) -> IntArray:
    people = _person_of(keys, identity)
    return np.where(people >= 0, position[people], UNRESOLVED) if len(position) else people


def _answers(
    frame: pd.DataFrame, person: IntArray, rank: dict[int, int], resolver: _Resolver
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the newest answer of each person to each question, and whom those answers name."""
    said = frame.assign(person=person, strength=frame["batch_id"].map(rank), source=_sources(frame["key"]))
    said = said[(said["person"] >= 0) & (said["named"].notna() | said["asked"].notna())]
    said = said.sort_values(["held_on", "strength", "key"], kind="stable")
    newest: dict[tuple[int, str], tuple[Any, ...]] = {}
    columns = (said[name].tolist() for name in ("person", "held_on", "organizer", "asked", "named", "source"))
    for who, held_on, organizer, asked, named, source in zip(*columns, strict=True):
        for question, names in _questions(asked, named).items():
            newest[who, question] = (held_on, organizer, names, source)
    return _asked_frame(newest), _naming_frame(newest, resolver)


def _questions(asked: Any, named: Any) -> dict[str, tuple[str, ...]]:  # noqa: ANN401 - text or NA
    answers = dict.fromkeys(() if pd.isna(asked) else split_list(asked), ())
    return answers | ({} if pd.isna(named) else split_named(named))


def _asked_frame(newest: dict[tuple[int, str], tuple[Any, ...]]) -> pd.DataFrame:
    rows = [(person, name, held, who, len(named)) for (person, name), (held, who, named, _) in sorted(newest.items())]
    frame = pd.DataFrame(rows, columns=["person", "question", "held_on", "organizer", "n_named"])
    return _typed(frame, "held_on", ("person", "n_named"))


def _naming_frame(newest: dict[tuple[int, str], tuple[Any, ...]], resolver: _Resolver) -> pd.DataFrame:
    rows = []
    for (person, name), (held, who, named, source) in sorted(newest.items()):
        people = {resolver.one(text, source) for text in named} - {UNRESOLVED, person}
        rows += [(person, other, name, held, who) for other in sorted(people)]
    frame = pd.DataFrame(rows, columns=["namer", "named", "question", "held_on", "organizer"])
    return _typed(frame, "held_on", ("namer", "named"))


def _typed(frame: pd.DataFrame, day: str, integers: tuple[str, ...]) -> pd.DataFrame:
    frame[day] = frame[day].astype("datetime64[s]")
    return frame.astype(dict.fromkeys(integers, np.int64))


def _kept(frame: pd.DataFrame, person: IntArray, columns: list[str], **more: Any) -> pd.DataFrame:  # noqa: ANN401
    full = frame[columns].assign(person=person, **more)
    return full[full["person"] >= 0].reset_index(drop=True)


def _conversations(frame: pd.DataFrame, person: IntArray, resolver: _Resolver) -> pd.DataFrame:
    organizer_person = resolver.column(frame["organizer"], frame["key"])
    columns = ["organizer", "held_on", "channel", "follow_up_on"]
    return _kept(frame, person, columns, organizer_person=organizer_person)


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
    codes, distinct = _distinct_pairs(frame["employer"].fillna(""), frame["key"])
    found = [known.resolve(text, source) if text else UNRESOLVED for text, source in distinct]
    labels = [
        f"{names[i]} ({keys[i]})" if i >= 0 else text or None for i, (text, _) in zip(found, distinct, strict=True)
    ]
    return pd.Series(pd.array(labels, dtype="str").take(codes) if labels else [], dtype="str").astype("category")


def _assignments(
    frame: pd.DataFrame, person: IntArray, resolver: _Resolver, cut: pd.Timestamp, employers: pd.DataFrame
) -> pd.DataFrame:
    ended_on = frame["ended_on"].fillna(frame["shown_on"])
    ended_on = ended_on.where(ended_on < cut, cut)
    ended_on = ended_on.where(ended_on >= frame["started_on"], frame["started_on"])
    categories = {name: frame[name].astype("category") for name in ("worksite", "crew", "shift")}
    categories["employer"] = _employers_meant(frame, employers)
    foreman = resolver.column(frame["foreman"], frame["key"])
    return _kept(frame, person, ["started_on", "hours"], ended_on=ended_on, foreman=foreman, **categories)


def _assessments(facts: dict[str, pd.DataFrame], codes: dict[str, IntArray]) -> pd.DataFrame:
    """Return assessments of both sources: their own file, and the column of a conversation."""
    own = _kept(facts["assessment"], codes["assessment"], ["assessment", "assessed_on", "assessed_by"])
    talk = facts["conversation"].rename(columns={"held_on": "assessed_on", "organizer": "assessed_by"})
    talked = _kept(talk, codes["conversation"], ["assessment", "assessed_on", "assessed_by"])
    both = pd.concat([own, talked]).dropna(subset="assessment")
    both["assessment"] = both["assessment"].astype(np.int64)
    return both.sort_values(["assessed_on", "person", "assessed_by"], kind="stable").reset_index(drop=True)


def _participations(frame: pd.DataFrame, person: IntArray) -> pd.DataFrame:
    return _kept(frame, person, ["action", "step", "held_on", "asked_by", "said", "did"])


def references_in_facts(conversations: pd.DataFrame, assignments: pd.DataFrame) -> Counter[tuple[str, str]]:
    """Return how often each reference to a person stands, as written, with its source: the named, the foremen."""
    found: Counter[tuple[str, str]] = Counter()
    for (text, source), n in _count_pairs(conversations, "named").items():
        for name in (name for names in split_named(text).values() for name in names):
            found[name, source] += n
    found.update(_count_pairs(assignments, "foreman"))
    return found


def _count_pairs(facts: pd.DataFrame, column: str) -> dict[tuple[str, str], int]:
    said = facts.dropna(subset=column)
    codes, distinct = _distinct_pairs(said[column], said["key"])
    return dict(zip(distinct, np.bincount(codes, minlength=len(distinct)).tolist(), strict=True))
