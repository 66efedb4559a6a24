"""How records lie in Neo4j: labels, relationships, constraints.

*Version nodes* carry what one batch said of a record: ``(:JobAssignment {key, batch_id, ...})``. *Anchors* are what
records refer to, one node a key and nothing but the key: ``(:Contact {key})``, ``(:Mention {key})``,
``(:Department {key})``. A contact and an employer are both: their versions are ``(:ContactRow)-[:ROW_OF]->(:Contact)``
and ``(:EmployerRow)-[:ROW_OF]->(:Employer)``. A version counts if its ``(:Batch {batch_id, status})`` is *committed*.
"""

from dataclasses import dataclass
from functools import cache

from shopfloor.records import KINDS, FieldSpec, Kind

META = "_ShopfloorMeta"
LANE = "_ShopfloorLane"
N_LANES = 2
"""Chunks of all writers together that may be written at once."""
BATCH, PERSON, RESULT = "Batch", "Person", "Result"
VAULT, DOCUMENT, LOG_ENTRY = "_ShopfloorVault", "_ShopfloorDocument", "_ShopfloorLogEntry"
ROW_OF = "ROW_OF"

ANCHOR_KINDS = tuple(
    sorted({spec.relation.to for kind in KINDS.values() for spec in kind.fields if spec.relation is not None})
)
"""Node kinds that records refer to."""


@dataclass(frozen=True, slots=True)
class End:
    """One relationship that version nodes of a kind have.

    Attributes
    ----------
    spec : FieldSpec or None
        The field that refers; None for `ROW_OF`, which hangs on the key.
    name, anchor : str
        Relationship type and label of the anchor.
    is_outgoing : bool
        From the version node to the anchor.
    role : str or None
        Name of the field, where a kind has the same relationship twice.
    """

    spec: FieldSpec | None
    name: str
    anchor: str
    is_outgoing: bool
    role: str | None = None

    @property
    def column(self) -> str:
        """Column that holds what is referred to."""
        return "key" if self.spec is None else self.spec.name

    def pattern(self, *, node: str = "(n)", properties: str = "", anchor: str = "(a)") -> str:
        """Return the Cypher pattern between a version node and the anchor."""
        bond = f"[:{self.name}{properties}]"
        return f"{node}-{bond}->{anchor}" if self.is_outgoing else f"{node}<-{bond}-{anchor}"


def anchor_label(kind: str) -> str:
    """Return the label of what is referred to by kind: ``department`` is ``Department``."""
    return "".join(word.capitalize() for word in kind.split("_"))


def version_label(kind: Kind) -> str:
    """Return the label of version nodes: the kind's own, with ``Row`` behind it where that one names the anchor."""
    return f"{kind.label}Row" if kind.name in ANCHOR_KINDS else kind.label


@cache
def ends_of(kind: Kind) -> tuple[End, ...]:
    """Return the relationships of version nodes of a kind."""
    referring = [(spec, spec.relation) for spec in kind.fields if spec.relation is not None]
    names = [relation.name for _, relation in referring]
    ends = [
        End(
            spec,
            relation.name,
            anchor_label(relation.to),
            relation.is_outgoing,
            spec.name if names.count(relation.name) > 1 else None,
        )
        for spec, relation in referring
    ]
    if kind.name in ANCHOR_KINDS:
        ends.append(End(None, ROW_OF, anchor_label(kind.name), is_outgoing=True))
    return tuple(ends)


def labels() -> tuple[str, ...]:
    """Return every label of ours."""
    versions = (version_label(kind) for kind in KINDS.values())
    anchors = (anchor_label(kind) for kind in ANCHOR_KINDS)
    return (META, LANE, BATCH, PERSON, RESULT, VAULT, DOCUMENT, LOG_ENTRY, *versions, *anchors)


def schema() -> dict[str, str]:
    """Return the statements that make constraints and indexes, by the name each makes.

    Uniqueness is what makes ``MERGE`` safe between writers, and all that Community has.
    """
    unique = {
        META: "name",
        LANE: "number",
        BATCH: "batch_id",
        PERSON: "person_id",
        RESULT: "name",
        VAULT: "name",
        LOG_ENTRY: "number",
    }
    unique |= {anchor_label(kind): "key" for kind in ANCHOR_KINDS}
    made = {_name(label, "key"): _constraint(label, [field]) for label, field in unique.items()}
    made[_name(DOCUMENT, "version")] = _constraint(DOCUMENT, ["collection", "name"])
    for label in map(version_label, KINDS.values()):
        made[_name(label, "version")] = _constraint(label, ["key", "batch_id"])
        made[_name(label, "place")] = (
            f"CREATE INDEX {_name(label, 'place')} IF NOT EXISTS FOR (n:{label}) ON (n.batch_id, n.place)"
        )
    for field in ("phone_index", "email_index"):
        name = _name("ContactDetails", field)
        made[name] = f"CREATE INDEX {name} IF NOT EXISTS FOR (n:ContactDetails) ON (n.{field})"
    return made


def _name(label: str, what: str) -> str:
    return f"shopfloor_{label.strip('_').lower()}_{what}"


def _constraint(label: str, fields: list[str]) -> str:
    what = "version" if len(fields) > 1 else "key"
    columns = ", ".join(f"n.{field}" for field in fields)
    return f"CREATE CONSTRAINT {_name(label, what)} IF NOT EXISTS FOR (n:{label}) REQUIRE ({columns}) IS UNIQUE"
