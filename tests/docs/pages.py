"""The pages of the documentation and the code that stands in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

TEMPLATES = ROOT / "docs" / "templates"
_FENCE = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, its text and, where a comment before it says so, why no test runs it."""

    language: str
    text: str
    not_run: str | None


def pages() -> list[Path]:
    """Return every page of prose, those that are written by scripts included."""
    return [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")] + sorted(
        (ROOT / "docs").rglob("*.md")
    )


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order."""
    for found in _FENCE.finditer(page.read_text(encoding="utf-8")):
        yield Block(found["language"], found["text"], found["reason"])


def runnable(page: Path, *languages: str) -> list[Block]:
    """Return the blocks of some languages that are to be run."""
    return [block for block in blocks(page) if block.language in languages and block.not_run is None]
