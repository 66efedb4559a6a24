"""Write ``tests/slow.txt``, the tests that ``scripts/test --fast`` leaves out for the time they take.

    scripts/test --junitxml=results.xml && .venv/bin/python -m tests.make_slow results.xml

A function counts with all its parameters and what it sets up. Tests that need a server or a browser are left out by
their own marks.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

SLOW: Final = Path(__file__).with_name("slow.txt")
MOST_SECONDS: Final = 0.3
_HEAD: Final = "# Left out by scripts/test --fast; written by python -m tests.make_slow\n"


def read_slow() -> frozenset[str]:
    """Return the listed tests: file and function, as pytest names them."""
    lines = SLOW.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def main(results: str) -> None:
    """Write the list from a file of results."""
    seconds: Counter[str] = Counter()
    for case in ET.parse(results).iter("testcase"):  # noqa: S314 - pytest wrote it here
        if case.attrib["name"].endswith(("@neo4j", "@browser")):
            continue  # left out anyway
        name = case.attrib["name"].partition("[")[0].partition("@")[0]
        seconds[f"{case.attrib['classname'].replace('.', '/')}.py::{name}"] += float(case.attrib["time"])  # type: ignore[assignment] # typeshed counts in whole numbers
    slow = sorted(name for name, took in seconds.items() if took > MOST_SECONDS)
    SLOW.write_text(_HEAD + "".join(f"{name}\n" for name in slow), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
