"""Write ``docs/validation.md``: what the program finds in published networks about which the truth is known.

Run it as ``python -m docs.make_validation`` from the top folder, with ``SHOPFLOOR_VALIDATION_DATA`` set to the folder
of the published networks if that is not ``shared/data`` beside the checkout.
"""

from pathlib import Path

from tests.validation.findings import FINDINGS, Finding

PAGE = Path(__file__).with_name("validation.md")

HEAD = """\
# Checked against networks whose truth is known

Published, complete networks of workplaces and one club. What is known about them comes from outside the ties: who
led, how the club split, which department somebody is in. This page is written by `python -m docs.make_validation`
from the data; the same findings are asserted in `tests/validation`. The data themselves are not part of the project.

*Agreement* is adjusted mutual information: 0 is chance, 1 the same division; people in no group stand alone. Groups
come from one seed; differences under .05 mean nothing at these sizes. *Solid* groups are tighter than those of chance
([how well groups hold](groups-validation.md)). On partial answers: [how honest ranks are](calibration.md), [what
choosing the next talk saves](next-talks.md), [how often changes are told of that are none](changes-validation.md).
What the commands say of three of them and of a tailor shop, word for word: [field cases](field-cases.md).

| network | what is known | what the program finds | where they differ |
|---|---|---|---|
"""

TAIL = """
## What this does not show

- The way of adding layers was decided on these networks. The page is kind to them.
- The networks are complete. How lists hold up while only some have been asked is another question, and the reason why
  fragile measures are refused on partial namings.
- They are small: 14 to 92 people.
- That a measure finds a leader known from outside says that it can, not that its first place is always a leader.
- What is known about the wiring room's outsiders and the strike's leaders is from the literature, not from the files.
"""


def row(finding: Finding) -> str:
    """One line of the table."""
    return f"| {finding.network} | {finding.known} | {finding.found} | {finding.difference or 'nowhere'} |\n"


if __name__ == "__main__":
    PAGE.write_text(HEAD + "".join(row(find()) for find in FINDINGS) + TAIL, encoding="utf-8")
    print(f"{len(FINDINGS)} findings written to {PAGE.name}")
