"""The record kinds: the one definition that tables, graph properties, file headers and the data dictionary follow.

A *record* is a dated fact with a source. A *version* is what one batch said of a record; what is visible of a
record is folded from the versions of live batches, field by field (see `shopfloor.graph.versions`).

Keys. Every record has one text ``key``: its id where the source gives one (``17`` in the store's own space,
``17@payroll`` for a named source), else a natural key made of the fields `Kind.natural_key` names, which starts
with ``=`` and ends with its source likewise. Fields that refer to a contact of the same source hold such a key;
*references* (`named`, `foreman`, an employer by name, ...) hold what was written and are resolved when read.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, ClassVar, Literal, get_args, get_type_hints

import pyarrow as pa
import pyarrow.compute as pc

Privacy = Literal["key", "identity", "contact", "assessment", "notes", "ties", "placement", "employer", "public"]
"""Class of a field, for the policy in `shopfloor.service`: who may see it."""

ASSESSMENTS: Mapping[int, str] = {1: "leads for us", 2: "for us", 3: "undecided", 4: "leaning no", 5: "against us"}
PERSON_KINDS = ("worker", "ally", "public_figure")
VERDICTS = ("same", "different", "unsure")
SOURCE_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""What a source may be called; without dots, so that ``ana@example.org`` is an id and not a key of a source."""


@dataclass(frozen=True, slots=True)
class Relation:
    """How a reference is drawn as a relationship of the graph.

    Attributes
    ----------
    name : str
        Relationship type, ``UPPER_SNAKE``.
    to : str
        Kind of what is referred to.
    is_outgoing : bool
        True: from this record to what it refers to; False: the other way.
    """

    name: str
    to: str
    is_outgoing: bool = True


def told(
    doc: str,
    *,
    privacy: Privacy,
    relation: Relation | None = None,
    is_key: bool = False,
    is_list: bool = False,
    choices: tuple[str, ...] = (),
    bounds: tuple[float, float] | None = None,
) -> Any:  # noqa: ANN401 - stands where a dataclass default stands
    """Describe one field of a record; None means that the source said nothing about it."""
    facts = {
        "doc": doc,
        "privacy": privacy,
        "relation": relation,
        "is_key": is_key,
        "is_list": is_list,
        "choices": choices,
        "bounds": bounds,
    }
    return field(default=None, metadata=facts)


class Record:
    """Base of the record kinds; see the module's text."""

    __slots__ = ()
    KIND: ClassVar[str]
    LABEL: ClassVar[str]
    ID: ClassVar[str | None] = None
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        """Name the kind only: no personal value may reach a log."""
        return f"<{type(self).__name__}>"


_ABOUT = "the person it is about, by id"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Contact(Record):
    """One row of one source about someone, as that source said it; judgements hold contacts together as people."""

    KIND: ClassVar[str] = "contact"
    LABEL: ClassVar[str] = "Contact"
    ID: ClassVar[str | None] = "person_id"

    name: str | None = told("name as the source writes it", privacy="identity")
    preferred_name: str | None = told("what she is called", privacy="identity")
    kind: str | None = told("worker unless said otherwise", privacy="placement", choices=PERSON_KINDS)
    language: str | None = told("language she prefers to talk in", privacy="placement")
    union_membership: str | None = told(
        "member, former member, card signed ... as the source says", privacy="placement"
    )
    hired_on: date | None = told("first day at this employer", privacy="placement")
    left_on: date | None = told(
        "last day; after it she is out of today's lists and stays in history", privacy="placement"
    )
    attributes: str | None = told("columns of the file that are none of ours, as a JSON object", privacy="placement")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContactDetails(Record):
    """How to reach someone; kept apart, so that a role may be refused it."""

    KIND: ClassVar[str] = "contact_details"
    LABEL: ClassVar[str] = "ContactDetails"
    ID: ClassVar[str | None] = "person_id"

    person_id: str | None = told(
        _ABOUT, privacy="key", is_key=True, relation=Relation("REACHED_BY", "contact", is_outgoing=False)
    )
    phone: str | None = told("phone number", privacy="contact")
    email: str | None = told("e-mail address", privacy="contact")
    address: str | None = told("postal address", privacy="contact")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Placement(Record):
    """Where someone is in the workplace from a date on; department, shift and crew are each a unit."""

    KIND: ClassVar[str] = "placement"
    LABEL: ClassVar[str] = "Placement"
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ("person_id", "started_on")

    person_id: str | None = told(
        _ABOUT, privacy="key", is_key=True, relation=Relation("PLACED", "contact", is_outgoing=False)
    )
    department: str | None = told("main unit", privacy="placement", relation=Relation("IN_DEPARTMENT", "department"))
    shift: str | None = told("shift", privacy="placement", relation=Relation("ON_SHIFT", "shift"))
    crew: str | None = told("crew or team", privacy="placement", relation=Relation("IN_CREW", "crew"))
    job_class: str | None = told("job classification or trade", privacy="placement")
    is_supervisor: bool | None = told("may hire, fire, discipline or direct", privacy="placement")
    started_on: date | None = told("date of the list that shows her there", privacy="placement")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Conversation(Record):
    """A one-on-one, group meeting or visit, and what came out of it."""

    KIND: ClassVar[str] = "conversation"
    LABEL: ClassVar[str] = "Conversation"
    ID: ClassVar[str | None] = "conversation_id"
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ("person_id", "held_on", "organizer")

    held_on: date | None = told("day it was held", privacy="ties")
    organizer: str | None = told(
        "who led it: a name or an id", privacy="ties", relation=Relation("LED_BY", "organizer")
    )
    person_id: str | None = told(_ABOUT, privacy="key", is_key=True, relation=Relation("WITH", "contact"))
    channel: str | None = told("house visit, at work, phone, meeting ...", privacy="ties")
    asked: str | None = told(
        "ids of the questions asked, where that is more than `named` shows", privacy="ties", is_list=True
    )
    named: str | None = told(
        "whom she named: `P1; P2`, or by question `listens_to = P1 | rides_with = P7`; `none` = asked, named nobody",
        privacy="ties",
        is_list=True,
        relation=Relation("NAMED", "mention"),
    )
    assessment: int | None = told("1 leads for us .. 5 against us", privacy="assessment", bounds=(1, 5))
    issues: str | None = told("what she cares about", privacy="notes", is_list=True)
    ask: str | None = told("what she was asked to do", privacy="notes")
    answer: str | None = told("what she answered to that", privacy="notes")
    follow_up_on: date | None = told("day to come back to her", privacy="ties")
    notes: str | None = told("free text; sensitive", privacy="notes")
    attributes: str | None = told("columns of the file that are none of ours, as a JSON object", privacy="notes")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class JobAssignment(Record):
    """A person worked for an employer at a worksite."""

    KIND: ClassVar[str] = "assignment"
    LABEL: ClassVar[str] = "JobAssignment"
    ID: ClassVar[str | None] = "assignment_id"
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ("person_id", "employer", "worksite", "started_on")

    person_id: str | None = told(
        _ABOUT, privacy="key", is_key=True, relation=Relation("HELD", "contact", is_outgoing=False)
    )
    employer: str | None = told("employer, an id or a name", privacy="employer", relation=Relation("FOR", "employer"))
    worksite: str | None = told("place, an id or a name", privacy="employer", relation=Relation("AT", "worksite"))
    crew: str | None = told("crew", privacy="placement")
    shift: str | None = told("shift", privacy="placement")
    job_class: str | None = told("job classification or trade", privacy="placement")
    foreman: str | None = told(
        "who led the crew, an id or a name", privacy="ties", relation=Relation("UNDER", "mention")
    )
    started_on: date | None = told("first day", privacy="placement")
    ended_on: date | None = told(
        "last day; empty = until the date of the list that last showed it", privacy="placement"
    )
    hours: float | None = told("hours worked in all", privacy="placement", bounds=(0, 1e6))
    attributes: str | None = told("columns of the file that are none of ours, as a JSON object", privacy="placement")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Connection(Record):
    """Two people and how they are connected, as somebody said."""

    KIND: ClassVar[str] = "connection"
    LABEL: ClassVar[str] = "Connection"
    ID: ClassVar[str | None] = "connection_id"
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ("person_id", "other_id", "kind", "said_by", "said_on")

    person_id: str | None = told(
        "one of the two, by id", privacy="key", is_key=True, relation=Relation("BETWEEN", "contact")
    )
    other_id: str | None = told("the other, by id", privacy="key", is_key=True, relation=Relation("BETWEEN", "contact"))
    kind: str | None = told("friend, family, rides_with, conflict ...", privacy="ties")
    said_by: str | None = told("who told us", privacy="ties")
    said_on: date | None = told("when", privacy="ties")
    strength: float | None = told(
        "how close; larger is closer; empty = the kind's usual strength", privacy="ties", bounds=(0, 1e6)
    )
    confidence: float | None = told("how sure whoever said it is, 0 to 1", privacy="ties", bounds=(0, 1))
    reference: str | None = told("where it stands written", privacy="ties")
    attributes: str | None = told("columns of the file that are none of ours, as a JSON object", privacy="ties")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Assessment(Record):
    """Where somebody stands, as an organizer judged it on a day. Not assessed is never 0 or 3."""

    KIND: ClassVar[str] = "assessment"
    LABEL: ClassVar[str] = "Assessment"
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ("person_id", "assessed_on", "assessed_by")

    person_id: str | None = told(_ABOUT, privacy="key", is_key=True, relation=Relation("OF", "contact"))
    assessment: int | None = told("1 leads for us .. 5 against us", privacy="assessment", bounds=(1, 5))
    assessed_on: date | None = told("day of the judgement", privacy="assessment")
    assessed_by: str | None = told("whose judgement", privacy="assessment")
    basis: str | None = told("what it rests on", privacy="notes")
    attributes: str | None = told("columns of the file that are none of ours, as a JSON object", privacy="notes")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Participation(Record):
    """What one person was asked, said and did in one step of an action."""

    KIND: ClassVar[str] = "participation"
    LABEL: ClassVar[str] = "Participation"
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ("action", "step", "person_id")

    action: str | None = told("name of the action", privacy="ties", relation=Relation("IN", "action"))
    held_on: date | None = told("day of the action", privacy="public")
    kind: str | None = told("petition, button day, march ...", privacy="public")
    step: str | None = told("step of the action", privacy="public")
    person_id: str | None = told(
        _ABOUT, privacy="key", is_key=True, relation=Relation("ACTED", "contact", is_outgoing=False)
    )
    asked_by: str | None = told("who asked her", privacy="ties")
    said: str | None = told("what she said she would do", privacy="assessment")
    did: bool | None = told("did it; empty = not known", privacy="assessment")
    attributes: str | None = told("columns of the file that are none of ours, as a JSON object", privacy="assessment")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Tally(Record):
    """Counts of a secret action, by unit only."""

    KIND: ClassVar[str] = "tally"
    LABEL: ClassVar[str] = "Tally"
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ("action", "step", "unit")

    action: str | None = told("name of the action", privacy="public", relation=Relation("IN", "action"))
    held_on: date | None = told("day of the action", privacy="public")
    kind: str | None = told("vote, survey ...", privacy="public")
    step: str | None = told("step of the action", privacy="public")
    unit: str | None = told(
        "department, shift or crew the counts are of", privacy="public", relation=Relation("IN_UNIT", "unit")
    )
    n_eligible: int | None = told("people who could take part", privacy="public", bounds=(0, 1e9))
    n_did: int | None = told("people who did", privacy="public", bounds=(0, 1e9))
    attributes: str | None = told("columns of the file that are none of ours, as a JSON object", privacy="public")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Employer(Record):
    """A firm, agency, union, church or public body."""

    KIND: ClassVar[str] = "employer"
    LABEL: ClassVar[str] = "Employer"
    ID: ClassVar[str | None] = "employer_id"

    name: str | None = told("name as the source writes it", privacy="employer")
    kind: str | None = told("firm, agency, union, church, public body", privacy="employer")
    address: str | None = told("street address", privacy="employer")
    city: str | None = told("city", privacy="employer")
    state: str | None = told("state", privacy="employer")
    zip: str | None = told("postal code", privacy="employer")
    phone: str | None = told("phone number", privacy="employer")
    registration: str | None = told("licence or registration number", privacy="employer")
    union_status: str | None = told("union, non-union, mixed ...", privacy="employer")
    attributes: str | None = told("columns of the file that are none of ours, as a JSON object", privacy="employer")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Engagement(Record):
    """A client engages a contractor."""

    KIND: ClassVar[str] = "engagement"
    LABEL: ClassVar[str] = "Engagement"
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ("client", "contractor", "worksite", "started_on")

    client: str | None = told(
        "who engages, an id or a name", privacy="employer", relation=Relation("ENGAGED_BY", "employer")
    )
    contractor: str | None = told(
        "who is engaged, an id or a name", privacy="employer", relation=Relation("ENGAGES", "employer")
    )
    worksite: str | None = told("where, an id or a name", privacy="employer", relation=Relation("AT", "worksite"))
    tier: int | None = told(
        "1 = engaged by the owner, 2 = by a tier 1 contractor, ...", privacy="employer", bounds=(0, 99)
    )
    scope: str | None = told("work engaged for", privacy="employer")
    amount: float | None = told("contract sum", privacy="employer", bounds=(-1e15, 1e15))
    started_on: date | None = told("first day", privacy="employer")
    ended_on: date | None = told("last day", privacy="employer")
    reference: str | None = told("where it stands written", privacy="employer")
    attributes: str | None = told("columns of the file that are none of ours, as a JSON object", privacy="employer")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Link(Record):
    """Position, ownership, control, family, donation, membership or succession between people and organisations."""

    KIND: ClassVar[str] = "link"
    LABEL: ClassVar[str] = "Link"
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ("from_party", "to_party", "kind", "started_on")

    from_party: str | None = told(
        "from whom, an id or a name", privacy="employer", relation=Relation("LINKS_FROM", "party")
    )
    to_party: str | None = told("to whom, an id or a name", privacy="employer", relation=Relation("LINKS_TO", "party"))
    kind: str | None = told(
        "position, ownership, control, family, donation, membership, succession", privacy="employer"
    )
    started_on: date | None = told("first day", privacy="employer")
    ended_on: date | None = told("last day", privacy="employer")
    amount: float | None = told("sum, where there is one", privacy="employer", bounds=(-1e15, 1e15))
    reference: str | None = told("where it stands written", privacy="employer")
    attributes: str | None = told("columns of the file that are none of ours, as a JSON object", privacy="employer")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Judgement(Record):
    """Somebody's verdict on whether two contacts, or a mention and a contact, are the same person."""

    KIND: ClassVar[str] = "judgement"
    LABEL: ClassVar[str] = "Judgement"
    NATURAL_KEY: ClassVar[tuple[str, ...]] = ("subject", "left", "right")

    subject: str | None = told("what is judged", privacy="public", choices=("contact", "mention", "employer"))
    left: str | None = told(
        "key of the one; of a mention the text as written, `@source` behind it", privacy="identity", is_key=True
    )
    right: str | None = told(
        "key of the other; empty where a mention is nobody on the list",
        privacy="key",
        is_key=True,
        relation=Relation("JUDGED", "contact"),
    )
    verdict: str | None = told(
        "same, different (of a mention: from everybody on the list) or unsure; the newest on a pair counts, and the "
        "newest answer to a mention, whoever it names",
        privacy="public",
        choices=VERDICTS,
    )
    why: str | None = told("reason given", privacy="notes")


RECORDS: tuple[type[Record], ...] = (
    Contact,
    ContactDetails,
    Placement,
    Conversation,
    JobAssignment,
    Connection,
    Assessment,
    Participation,
    Tally,
    Employer,
    Engagement,
    Link,
    Judgement,
)

_ARROW: Mapping[type, pa.DataType] = {
    str: pa.string(),
    date: pa.date32(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a record kind, as declared by `told`."""

    name: str
    type: type
    doc: str
    privacy: Privacy
    relation: Relation | None
    is_key: bool
    is_list: bool
    choices: tuple[str, ...]
    bounds: tuple[float, float] | None

    @property
    def arrow_type(self) -> pa.DataType:
        """Type of the column in Arrow tables."""
        return _ARROW[self.type]


@dataclass(frozen=True, slots=True)
class Kind:
    """One record kind: what the stores, the readers and the docs derive their columns from.

    Attributes
    ----------
    name, label : str
        ``assignment``; graph label ``JobAssignment``.
    id_column : str or None
        File column that holds the source's id.
    natural_key : tuple of str
        Fields that make the key where the id is missing.
    fields : tuple of FieldSpec
        In order.
    doc : str
        One sentence.
    """

    name: str
    label: str
    id_column: str | None
    natural_key: tuple[str, ...]
    fields: tuple[FieldSpec, ...]
    doc: str

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the fields, in order."""
        return tuple(spec.name for spec in self.fields)

    def field(self, name: str) -> FieldSpec:
        """Return one field.

        Raises
        ------
        KeyError
            The kind has no such field.
        """
        for spec in self.fields:
            if spec.name == name:
                return spec
        raise KeyError(name)

    @property
    def schema(self) -> pa.Schema:
        """Columns of a visible record: ``key``, then the fields."""
        return pa.schema([("key", pa.string()), *((f.name, f.arrow_type) for f in self.fields)])

    @property
    def version_schema(self) -> pa.Schema:
        """Columns of a version: those of `schema`, ``cleared`` (emptied fields, `;` between) and ``batch_id``."""
        return self.schema.append(pa.field("cleared", pa.string())).append(pa.field("batch_id", pa.int64()))


def _python_type(hint: object) -> type:
    return next(kind for kind in get_args(hint) if isinstance(kind, type) and kind is not type(None))


def _kind(record: type[Record]) -> Kind:
    hints = get_type_hints(record)
    specs = tuple(FieldSpec(f.name, _python_type(hints[f.name]), **f.metadata) for f in fields(record))  # type: ignore[arg-type]
    doc = (record.__doc__ or "").strip()
    return Kind(record.KIND, record.LABEL, record.ID, record.NATURAL_KEY, specs, doc)


KINDS: Mapping[str, Kind] = {record.KIND: _kind(record) for record in RECORDS}
"""Every record kind by its name."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """One of Shopfloor's own files.

    Attributes
    ----------
    name : str
        ``people``.
    columns : tuple of str
        Headers, in the order of the design.
    needed : tuple of str
        Headers that must be there.
    kinds : tuple of str
        Record kinds a row becomes.
    """

    name: str
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    kinds: tuple[str, ...]


def _file(name: str, kinds: str, needed: str, columns: str) -> tuple[str, FileKind]:
    return name, FileKind(name, tuple(columns.split()), tuple(needed.split()), tuple(kinds.split()))


FILES: Mapping[str, FileKind] = dict(
    (
        _file(
            "people",
            "contact contact_details placement",
            "person_id name",
            "person_id name preferred_name department job_class shift crew language hired_on left_on is_supervisor "
            "union_membership phone email address kind",
        ),
        _file(
            "conversations",
            "conversation",
            "held_on organizer person_id",
            "conversation_id held_on organizer person_id channel asked named assessment issues ask answer "
            "follow_up_on notes",
        ),
        _file(
            "assignments",
            "assignment",
            "person_id employer worksite started_on",
            "assignment_id person_id employer worksite crew shift job_class foreman started_on ended_on hours",
        ),
        _file(
            "connections",
            "connection",
            "person_id other_id kind",
            "connection_id person_id other_id kind said_by said_on strength confidence reference",
        ),
        _file(
            "assessments",
            "assessment",
            "person_id assessment assessed_on",
            "person_id assessment assessed_on assessed_by basis",
        ),
        _file(
            "actions",
            "participation tally",
            "action held_on",
            "action held_on kind step person_id asked_by said did unit n_eligible n_did",
        ),
        _file(
            "employers",
            "employer",
            "employer_id name",
            "employer_id name kind address city state zip phone registration union_status",
        ),
        _file(
            "engagements",
            "engagement",
            "client contractor",
            "client contractor worksite tier scope amount started_on ended_on reference",
        ),
        _file(
            "links", "link", "from_party to_party kind", "from_party to_party kind started_on ended_on amount reference"
        ),
    )
)
"""The nine files that people bring, by name."""


def make_key(record_id: str, source: str = "") -> str:
    """Return the key of an id: ``17`` in the store's own space (`source` empty), else ``17@source``.

    Examples
    --------
    >>> make_key("17"), make_key("17", "payroll")
    ('17', '17@payroll')
    """
    return f"{record_id}@{source}" if source else record_id


def split_key(key: str) -> tuple[str, str]:
    """Return (id, source) of a key; the source is empty in the store's own space.

    Examples
    --------
    >>> split_key("17@payroll"), split_key("17"), split_key("ana@example.org")
    (('17', 'payroll'), ('17', ''), ('ana@example.org', ''))
    """
    record_id, at, source = key.rpartition("@")
    return (record_id, source) if at and record_id and SOURCE_PATTERN.fullmatch(source) else (key, "")


def is_ascending(keys: pa.Array | pa.ChunkedArray) -> bool:
    """Tell whether each key is greater than the one before, which also shows that none stands twice.

    Examples
    --------
    >>> is_ascending(pa.array(["1", "2"])), is_ascending(pa.array(["1", "1"])), is_ascending(pa.array([], pa.string()))
    (True, False, True)
    """
    is_greater = pc.greater(keys.slice(min(len(keys), 1)), keys.slice(0, max(len(keys) - 1, 0)))
    return bool(pc.all(is_greater, min_count=0).as_py())


def natural_key(values: Iterable[object]) -> str:
    """Return the key of a record without an id: the values joined by ``|`` after ``=``; nothing said is empty.

    Examples
    --------
    >>> natural_key(["17", date(2026, 5, 3), None])
    '=17|2026-05-03|'
    """
    return "=" + "|".join("" if value is None else str(value).replace("|", "¦") for value in values)


ERASED = re.compile(r"erased-[0-9a-f]{12}")
"""What stands in place of somebody who was erased: a random word, another one in each record, that names nobody."""

NOBODY = "none"
"""What a ``named`` answer says when she was asked and named nobody."""


def split_named(text: str) -> dict[str, tuple[str, ...]]:
    """Return a canonical ``named`` answer as question -> whom she named; an empty tuple is "named nobody".

    Examples
    --------
    >>> split_named("listens_to = P1; P2 | rides_with = none")
    {'listens_to': ('P1', 'P2'), 'rides_with': ()}
    """
    answers = (part.partition(" = ") for part in text.split(" | "))
    return {question: () if named == NOBODY else tuple(named.split("; ")) for question, _, named in answers}


def join_named(answers: Mapping[str, Iterable[str]]) -> str:
    """Return question -> whom she named as the canonical text, the inverse of `split_named`; questions ascending.

    Examples
    --------
    >>> join_named({"rides_with": ["P7"], "listens_to": []})
    'listens_to = none | rides_with = P7'
    """
    return " | ".join(f"{question} = {'; '.join(named) or NOBODY}" for question, named in sorted(answers.items()))
