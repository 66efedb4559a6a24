"""Tests that the pages name, and those that there are: found by reading the code, without running it."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

from tests.conftest import ROOT

_NAMED: Final = re.compile(r"`([\w/]+\.py::test_\w+)`")


@cache
def existing_tests() -> frozenset[str]:
    """Return every test as ``folder/file.py::test_name``, counted from the folder of tests."""
    folder = ROOT / "tests"
    return frozenset(
        f"{file.relative_to(folder).as_posix()}::{part.name}"
        for file in folder.rglob("test_*.py")
        for part in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name.startswith("test_")
    )


def named_tests(text: str) -> list[str]:
    """Return the tests that a text names, as it writes them."""
    return _NAMED.findall(text)


def missing_tests(page: Path) -> list[str]:
    """Return what a page calls a test and is none."""
    text = page.read_text(encoding="utf-8")
    called = set(re.findall(r"`([^`\n]*test_\w+[^`\n]*)`", text))
    return sorted(called - existing_tests())
