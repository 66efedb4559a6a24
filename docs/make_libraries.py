"""Write ``docs/libraries.md``, every library installed or shipped with Shopfloor: ``python -m docs.make_libraries``.

Direct ones and their least versions come from ``pyproject.toml``, what they bring along from the metadata of what is
installed here, and what is in the page's bundle from the lock file of ``js/network``. Versions are those installed
where this was run.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distribution, requires
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "libraries.md"
LOCK: Final = ROOT / "js" / "network" / "package-lock.json"
ON: Final[Mapping[str, str]] = {
    "implementation_name": "cpython",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.0",
    "python_version": "3.11",
    "os_name": "posix",
    "sys_platform": "linux",
    "extra": "",
}
"""What decides which libraries are needed: the same list wherever this is run."""


@dataclass(frozen=True, slots=True)
class Library:
    """One library: the least version that Shopfloor asks for (empty where another brings it), and who needs it."""

    name: str
    asked: str
    needed_by: tuple[str, ...]

    @property
    def version(self) -> str:
        """The version that is installed here."""
        return distribution(self.name).version


def direct() -> list[Requirement]:
    """Return what ``pyproject.toml`` asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(text) for text in project["dependencies"]]


def spelt(name: str) -> str:
    """Return a name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def libraries() -> list[Library]:
    """Return every library that an installation brings, by name."""
    asked = {spelt(one.name): str(one.specifier) for one in direct()}
    needed_by: dict[str, set[str]] = {name: {"shopfloor"} for name in asked}
    waiting = [(spelt(one.name), frozenset(one.extras)) for one in direct()]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        library = waiting.pop()
        if library in seen:
            continue
        seen.add(library)
        for one in _needs(*library):
            needed_by.setdefault(spelt(one.name), set()).add(library[0])
            waiting.append((spelt(one.name), frozenset(one.extras)))
    return [Library(name, asked.get(name, ""), tuple(sorted(needed_by[name]))) for name in sorted(needed_by)]


def _needs(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for text in requires(name) or ():
        one = Requirement(text)
        if one.marker is None or any(one.marker.evaluate({**ON, "extra": extra}) for extra in ("", *extras)):
            yield one


def bundled() -> list[tuple[str, str]]:
    """Return name and version of what is in the bundle of the map, by name."""
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    found = {path: one for path, one in packages.items() if path and not one.get("dev")}
    return sorted((path.rpartition("node_modules/")[2], str(one["version"])) for path, one in found.items())


def page() -> str:
    """Return the page."""
    installed = "".join(
        f"| {one.name} | {one.version} | {one.asked or '-'} | {', '.join(one.needed_by)} |\n" for one in libraries()
    )
    shipped = "".join(f"| {name} | {version} |\n" for name, version in bundled())
    return (
        "# Libraries\n\n"
        "Made by `python -m docs.make_libraries`; how soon they are updated: [security](security.md#libraries).\n\n"
        "## Installed\n\n"
        "What an installation brings on Linux, with the versions this list was made with. Yours may be others:\n"
        "`pip list` says which.\n\n"
        "| library | version | asked for | needed by |\n|---|---|---|---|\n"
        f"{installed}\n"
        "## In the page's bundle\n\n"
        "JavaScript of the map, built into `shopfloor/dashboard/network`, in exactly these versions.\n\n"
        "| library | version |\n|---|---|\n"
        f"{shipped}"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"Written: {PAGE.name}")
