"""The list of libraries is whole: what is asked for, what that brings, and what is built into the page."""

import re

from packaging.specifiers import SpecifierSet

from docs import make_libraries


def rows(heading: str) -> list[list[str]]:
    text = make_libraries.PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_library_that_an_installation_brings_is_listed_with_who_needs_it() -> None:
    expected = [[one.name, one.asked or "-", ", ".join(one.needed_by)] for one in make_libraries.libraries()]
    listed = [[name, asked, needed_by] for name, _, asked, needed_by in rows("Installed")]
    assert listed == expected, "run: python -m docs.make_libraries"


def test_listed_versions_are_ones_that_are_asked_for() -> None:
    asked = {make_libraries.spelt(one.name): one.specifier for one in make_libraries.direct()}
    versions = {name: version for name, version, *_ in rows("Installed")}
    assert asked.keys() <= versions.keys()
    assert all(re.fullmatch(r"\d[\w.+]*", version) for version in versions.values())
    assert [name for name, version in versions.items() if version not in asked.get(name, SpecifierSet())] == []


def test_what_is_built_into_the_page_is_listed_as_it_is_locked() -> None:
    assert rows("In the page's bundle") == [list(one) for one in make_libraries.bundled()]
    assert "sigma" in {name for name, _ in make_libraries.bundled()}
