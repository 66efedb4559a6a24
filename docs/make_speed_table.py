"""Fill README's table of speeds from the benchmarks' results: ``python -m docs.make_speed_table``.

``benchmarks/results.json`` is a list of objects, one a row of the table:

``work``
    What was done, with its size.
``against``
    What else did the same work.
``ratio``
    How many times faster than that (number; below 1 is slower).
``reach``
    The ratio that was aimed at (number).
``seconds``
    What Shopfloor took (number).
``machine``
    Kind of machine: ``2 cores, 24 GB, Linux``.
``date``
    Day it was measured, ``YYYY-MM-DD``.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "results.json"
BEGIN, END = "<!-- speed:begin -->", "<!-- speed:end -->"
NUMBER = (int, float)
FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "work": str,
    "against": str,
    "ratio": NUMBER,
    "reach": NUMBER,
    "seconds": NUMBER,
    "machine": str,
    "date": str,
}


def read_results(text: str) -> list[dict[str, Any]]:
    """Return the results of a file.

    Raises
    ------
    ValueError
        A result is not as this module describes; the message says which one and what is wrong.
    """
    results = json.loads(text)
    faults = [_fault(number, result) for number, result in enumerate(results, start=1)]
    for fault in filter(None, faults):
        raise ValueError(fault)
    return list(results)


def _fault(number: int, result: Mapping[str, Any]) -> str | None:
    if set(result) != set(FIELDS):
        return f"result {number}: the fields must be {', '.join(FIELDS)}"
    wrong = [name for name, kind in FIELDS.items() if not isinstance(result[name], kind)]
    return f"result {number}: of another type than described: {', '.join(wrong)}" if wrong else None


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """Return the table, with the machines and days under it."""
    rows = [
        f"| {r['work']} | {r['against']} | {r['ratio']:.3g} x | {r['reach']:.3g} x | {r['seconds']:.3g} s |"
        for r in results
    ]
    where = "; ".join(dict.fromkeys(f"{r['machine']}, {r['date']}" for r in results))
    head = ["| work | against | times faster | aimed at | took |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, "", f"Measured on: {where}.", ""])


def fill(readme: str, content: str) -> str:
    """Return the README with the content between the two marks.

    Raises
    ------
    ValueError
        A mark is missing.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md must hold {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{content}{END}{after}"


def run() -> int:
    """Fill the table, or say why not; return the exit code."""
    if not RESULTS.exists():
        print(f"There is no {RESULTS.relative_to(ROOT)}. Run the benchmarks first. README.md stays.", file=sys.stderr)
        return 1
    results = read_results(RESULTS.read_text(encoding="utf-8"))
    README.write_text(fill(README.read_text(encoding="utf-8"), table(results)), encoding="utf-8")
    print(f"{len(results)} results written into {README.name}")
    return 0


if __name__ == "__main__":
    sys.exit(run())
