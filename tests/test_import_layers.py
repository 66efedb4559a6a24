"""Which folder may import which: low to high, the middle three apart, stores opened by `service` alone."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "shopfloor"
BASE = frozenset({"errors", "records", "settings", "workplace"})
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "errors": frozenset(),
    "workplace": frozenset(),
    "records": frozenset(),
    "settings": frozenset({"errors"}),
    "ingest": BASE,
    "graph": BASE,
    "analysis": BASE,
    "demo": BASE,
    "service": BASE | {"ingest", "graph", "analysis"},
    "dashboard": BASE | {"analysis", "service"},
    "cli": BASE | {"analysis", "service", "dashboard", "demo"},
}
"""Layer -> layers it may import beside itself. Pages and commands take nouns of lower layers from `service.nouns`."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Yield the full names that a module imports, imports inside functions included."""
    parent = ["shopfloor", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = parent[: len(parent) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{base}.{name.name}" for name in node.names)


def layers_used(path: Path) -> set[str]:
    parts = (name.split(".") for name in imported(path) if name.startswith("shopfloor."))
    return {names[1] for names in parts if names[1] != "__version__"}


def test_every_module_belongs_to_a_layer() -> None:
    assert {layer_of(path) for path in modules()} - {"__init__", "__main__"} == MAY_IMPORT.keys()


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_a_layer_imports_only_what_is_below_it(layer: str) -> None:
    wrong = {
        str(path.relative_to(PACKAGE)): sorted(too_high)
        for path in modules()
        if layer_of(path) == layer and (too_high := layers_used(path) - MAY_IMPORT[layer] - {layer})
    }
    assert wrong == {}


def test_nothing_imports_the_package_front() -> None:
    for path in modules():
        if path.parent != PACKAGE:
            names = {name for name in imported(path) if name.split(".")[0] == "shopfloor"}
            assert not {name for name in names if name.count(".") == 1} & {
                f"shopfloor.{public}" for public in ("open_store", "create_store", "rank_people", "find_groups")
            }


def test_only_service_opens_stores() -> None:
    openers = {"shopfloor.graph.embedded.EmbeddedStore", "shopfloor.graph.neo4j.Neo4jStore"}
    users = {layer_of(path) for path in modules() if openers & set(imported(path))}
    assert users <= {"service", "graph"}


def test_the_store_library_is_known_to_the_embedded_store_alone() -> None:
    users = {
        path.relative_to(PACKAGE).parts[:2] for path in modules() if any("sqlcipher3" in n for n in imported(path))
    }
    assert users == {("graph", "embedded")}
