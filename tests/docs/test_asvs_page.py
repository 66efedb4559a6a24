import re
from collections import Counter
from typing import Final, NamedTuple

from tests.conftest import ROOT
from tests.docs.named_tests import missing_tests, named_tests

PAGE: Final = ROOT / "docs" / "asvs.md"
STATES: Final = ("met", "met, not tested", "not applicable", "not met")
SECTIONS: Final = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4
5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2
8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4
11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7
16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2
"""
"""Requirements of levels 1 and 2 by section of ASVS 5.0.0; in each they are the first ones, so a count says which."""


class Row(NamedTuple):
    """One requirement."""

    id: str
    asks: str
    state: str
    shown: str


def rows() -> list[Row]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if re.match(r"\| \d", line)]
    return [Row(*cell) for cell in cells]


def test_every_requirement_of_levels_1_and_2_has_its_row_in_order() -> None:
    counts = (word.split(":") for word in SECTIONS.split())
    wanted = [f"{section}.{n}" for section, count in counts for n in range(1, int(count) + 1)]
    assert [row.id for row in rows()] == wanted


def fault(row: Row) -> str | None:
    """Return what a row lacks: a state, a test or a page where it is met, a reason in words where it is not."""
    if row.state not in STATES or not row.asks:
        return "no state"
    has_page = re.search(r"\]\([\w.-]+\.md(#[\w-]+)?\)", row.shown) is not None
    if row.state == "met":
        return None if has_page or named_tests(row.shown) else "no test and no page"
    return None if re.search(r"\w", re.sub(r"`[^`]*`", "", row.shown)) else "no reason"


def test_a_row_has_a_state_and_what_that_state_needs() -> None:
    assert {row.id: found for row in rows() if (found := fault(row)) is not None} == {}


def test_every_test_that_is_named_is_one() -> None:
    assert named_tests(PAGE.read_text(encoding="utf-8"))
    assert missing_tests(PAGE) == []


def test_the_page_counts_its_states() -> None:
    count = Counter(row.state for row in rows())
    said = ", ".join(f"{count[state]} {state}" for state in STATES)
    assert f"Of {sum(count.values())}: {said}." in PAGE.read_text(encoding="utf-8")
