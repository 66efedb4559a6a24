"""Write ``docs/data-dictionary.md`` from the record classes: ``python -m docs.make_data_dictionary``."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import get_args

from shopfloor.graph.neo4j.layout import version_label
from shopfloor.records import FILES, KINDS, FieldSpec, FileKind, Kind, Privacy

PAGE = Path(__file__).with_name("data-dictionary.md")

HEAD = """\
# Data dictionary

Written by `python -m docs.make_data_dictionary` from `shopfloor/records.py`, which is the one definition of every
table, graph property, file header and form. Change it there, then run that command; a test compares.

- [The nine files](#the-nine-files): what people bring.
- [The records](#the-records): what a row becomes and how it is kept.

An empty cell says nothing: it never overwrites and never means "no". Dates are `YYYY-MM-DD`. Yes/no columns take yes,
y, true, t, 1, x and no, n, false, f, 0. How to bring files in: [import guide](import-guide.md). There is a template
of each file.

## The nine files
"""

RECORDS_HEAD = """
## The records

A row of a file becomes one or several records. Every record has a text `key`: its id where the source gives one (`17`;
`17@payroll` for a source named at import), else a *natural key* made of the fields named below. The same key in a later
file is the same record: the file corrects it.

*Privacy* is the class of a field, by which roles are refused it ([roles and scope](security.md#roles-and-scope)).
`key` and `public` name nobody by themselves; the others are {classes}.

*Relationship* is how the field is drawn in the graph (on Neo4j, and in `neighbours`): `->` from the record to what it
refers to, `<-` the other way.
"""

TYPES = {str: "text", int: "whole number", float: "number", bool: "yes/no", date: "date"}
ID_DOC = "id in this source"
NATURAL_DOC = f"{ID_DOC}; where it is empty, the natural key stands in"


def page() -> str:
    """Return the whole page."""
    classes = ", ".join(f"`{name}`" for name in get_args(Privacy) if name not in ("key", "public"))
    files = "".join(describe_file(file) for file in FILES.values())
    return HEAD + files + RECORDS_HEAD.format(classes=classes) + "".join(describe_kind(kind) for kind in KINDS.values())


def describe_file(file: FileKind) -> str:
    """Return the section of one of the nine files."""
    rows = [[f"**{c}**" if c in file.needed else c, *_column(file, c)] for c in file.columns]
    records = ", ".join(f"[{name}](#{name.replace('_', '-')})" for name in file.kinds)
    head = f"\n### {file.name}\n\nTemplate: [{file.name}.csv](templates/{file.name}.csv). Becomes: {records}. "
    return f"{head}Columns in bold are needed.\n\n" + _table(["column", "type", "meaning"], rows)


def _column(file: FileKind, name: str) -> list[str]:
    kinds = [KINDS[kind] for kind in file.kinds]
    if name == kinds[0].id_column:
        return ["text", NATURAL_DOC if kinds[0].natural_key else ID_DOC]
    spec = next(kind.field(name) for kind in kinds if name in kind.field_names)
    return [_type(spec), _meaning(spec)]


def describe_kind(kind: Kind) -> str:
    """Return the section of one record kind."""
    rows = [[f.name, _type(f), _meaning(f), f.privacy, _relation(f)] for f in kind.fields]
    heading = (
        f"\n### {kind.name.replace('_', ' ')}\n\n{kind.doc} Label on Neo4j: `{version_label(kind)}`. {_key(kind)}\n\n"
    )
    return heading + _table(["field", "type", "meaning", "privacy", "relationship"], rows)


def _key(kind: Kind) -> str:
    natural = " + ".join(f"`{name}`" for name in kind.natural_key)
    if kind.id_column is None:
        return f"Key: {natural}."
    own = f"Key: `{kind.id_column}`"
    return f"{own}; without one {natural}." if natural else f"{own}."


def _type(spec: FieldSpec) -> str:
    return f"{TYPES[spec.type]}, several with `;` between" if spec.is_list else TYPES[spec.type]


def _meaning(spec: FieldSpec) -> str:
    parts = [spec.doc]
    if spec.choices:
        parts.append(f"one of: {', '.join(spec.choices)}")
    if spec.bounds:
        parts.append(f"from {spec.bounds[0]:,.0f} to {spec.bounds[1]:,.0f}")
    return "; ".join(parts).replace("|", "\\|")


def _relation(spec: FieldSpec) -> str:
    if spec.relation is None:
        return ""
    arrow = "->" if spec.relation.is_outgoing else "<-"
    return f"`{arrow} {spec.relation.name}` {spec.relation.to}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"Written: {PAGE.name}")
