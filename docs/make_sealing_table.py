"""Write the table in ``docs/neo4j.md`` of what is sealed and readable: ``python -m docs.make_sealing_table``."""

from collections.abc import Iterable
from pathlib import Path

from shopfloor.graph.neo4j.sealing import hides_keys, sealed_fields
from shopfloor.records import KINDS, Kind

PAGE = Path(__file__).with_name("neo4j.md")
START, END = "<!-- sealing: start -->\n", "<!-- sealing: end -->\n"


def table() -> str:
    """Return the table, a row for each record kind."""
    head = "| record | sealed always | sealed with names | readable |\n|---|---|---|---|\n"
    return head + "".join(_row(kind) for kind in KINDS.values())


def _row(kind: Kind) -> str:
    always = sealed_fields(kind.name, seals_names=False)
    names = [name for name in sealed_fields(kind.name, seals_names=True) if name not in always]
    readable = [name for name in kind.field_names if name not in always and name not in names]
    if hides_keys(kind.name, seals_names=True):
        names.append("key where it is made of names")
    cells = (_cell(kind, some) for some in (always, names, readable))
    return f"| {kind.label} | {' | '.join(cells)} |\n"


def _cell(kind: Kind, names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" if name in kind.field_names else name for name in names) or "-"


def page(text: str) -> str:
    """Return the page with the table as the code has it."""
    before, _, rest = text.partition(START)
    return before + START + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"Written: {PAGE.name}")
