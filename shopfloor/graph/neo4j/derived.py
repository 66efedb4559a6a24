"""Results written back: people as ``(:Person)`` nodes with dated properties, ties between them, all marked derived.

``(:Contact)-[:ABOUT {derived: true}]->(:Person {person_id})``,
``(:Person)-[:TIED_TO {layer, strength, as_of, derived: true}]->(:Person)``, and ``(:Result {name, about})``, which
tells how they were made. A person carries ``<name>_written_at`` and ``<name>_as_of`` for every result that she is in.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import neo4j
import pyarrow as pa

from shopfloor.graph.contract import Result
from shopfloor.graph.neo4j.batching import one, take_turn
from shopfloor.graph.neo4j.layout import PERSON, RESULT
from shopfloor.graph.neo4j.server import Server

_ROWS = 5_000
_NAMELESS_TEXTS = ("key", "contact_keys", "as_of", "group_name")
"""Texts of a result that are written where names are sealed: no group is named after a person."""


def nameless(result: Result) -> Result:
    """Return a result without columns of text that may name people."""
    kept = [
        field.name
        for field in result.people.schema
        if field.name in _NAMELESS_TEXTS or pa.types.is_primitive(field.type)
    ]
    return replace(result, people=result.people.select(kept))


def write_result(server: Server, result: Result) -> None:
    """Write a result in one transaction, in place of the last of its name."""

    def work(transaction: neo4j.ManagedTransaction) -> None:
        take_turn(transaction)
        _forget_result(transaction, result.name)
        as_of = _as_of(result.about)
        marks = {f"{result.name}_as_of": as_of, f"{result.name}_written_at": one(transaction, "RETURN datetime()")}
        for rows in _parts(result.people):
            _write_people(transaction, result.name, marks, rows)
        for rows in _parts(result.ties) if result.ties is not None else ():
            _write_ties(transaction, result.name, as_of, rows)
        transaction.run(f"MATCH (p:{PERSON}) WHERE size(p.results) = 0 DETACH DELETE p").consume()
        own = [name for name in result.people.column_names if name not in {"key", "contact_keys"}]
        transaction.run(
            f"MERGE (r:{RESULT} {{name: $name}}) "
            "SET r.about = $about, r.properties = $own, r.written_at = datetime(), r.derived = true",
            name=result.name,
            about=result.about,
            own=[*own, *marks],
        ).consume()

    server.write(work)


def results(server: Server) -> list[tuple[str, str]]:
    """Return (name, about) of the written results, by name."""
    text = f"MATCH (r:{RESULT}) WITH r ORDER BY r.name RETURN collect([r.name, r.about])"
    return [(name, about) for name, about in server.read(lambda transaction: one(transaction, text))]


def forget_people(transaction: neo4j.ManagedTransaction, contact_keys: list[str]) -> None:
    """Remove what results say of people whose contacts are being erased."""
    for person in (
        f"MATCH (:Contact {{key: key}})-[:ABOUT]->(p:{PERSON})",
        f"MATCH (p:{PERSON} {{person_id: key}})",  # whose contact was never a node of its own
    ):
        transaction.run(f"UNWIND $keys AS key {person} DETACH DELETE p", keys=contact_keys).consume()


def _as_of(about: str) -> date | None:
    said = json.loads(about).get("as_of")
    return None if said is None else date.fromisoformat(said)


def _parts(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, table.num_rows, _ROWS):
        yield table.slice(start, _ROWS).to_pylist()


def _forget_result(transaction: neo4j.ManagedTransaction, name: str) -> None:
    """Take a result off its people, but for properties that another result gives too."""
    text = (
        f"OPTIONAL MATCH (r:{RESULT} {{name: $name}}) OPTIONAL MATCH (other:{RESULT}) WHERE other.name <> $name "
        "WITH r, reduce(all = [], more IN collect(other.properties) | all + more) AS kept "
        "RETURN [p IN coalesce(r.properties, []) WHERE NOT p IN kept]"
    )
    gone = one(transaction, text, name=name)
    transaction.run(
        f"MATCH (p:{PERSON}) WHERE $name IN p.results "
        "SET p += $nothing, p.results = [result IN p.results WHERE result <> $name]",
        name=name,
        nothing=dict.fromkeys(gone),
    ).consume()
    transaction.run(f"MATCH (:{PERSON})-[t:TIED_TO {{result: $name}}]->(:{PERSON}) DELETE t", name=name).consume()


def _write_people(
    transaction: neo4j.ManagedTransaction, name: str, marks: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    people = [
        {
            "person_id": row["key"],
            "contacts": row["contact_keys"],
            "said": {column: value for column, value in row.items() if column not in {"key", "contact_keys"}} | marks,
        }
        for row in rows
    ]
    transaction.run(
        f"UNWIND $people AS row MERGE (p:{PERSON} {{person_id: row.person_id}}) "
        "SET p += row.said, p.derived = true, "
        "p.results = coalesce(p.results, []) + $name "
        "WITH p, row OPTIONAL MATCH (p)<-[old:ABOUT]-() DELETE old "
        "WITH DISTINCT p, row UNWIND row.contacts AS key MATCH (c:Contact {key: key}) "
        "CREATE (c)-[:ABOUT {derived: true}]->(p)",
        people=people,
        name=name,
    ).consume()


def _write_ties(
    transaction: neo4j.ManagedTransaction, name: str, as_of: date | None, rows: list[dict[str, Any]]
) -> None:
    transaction.run(
        f"UNWIND $ties AS tie MATCH (a:{PERSON} {{person_id: tie.from_key}}) "
        f"MATCH (b:{PERSON} {{person_id: tie.to_key}}) "
        "CREATE (a)-[:TIED_TO {layer: tie.layer, strength: tie.strength, as_of: $as_of, derived: true, result: $name}]"
        "->(b)",
        ties=rows,
        as_of=as_of,
        name=name,
    ).consume()
