"""The employers of the made-up workplace: two main firms, their subcontractors, and who stands behind them."""

from typing import Final

import numpy as np
import pandas as pd

from shopfloor.demo.arrays import Ints, Names, texts
from shopfloor.records import FILES

# Two pairs share an address and a phone, as one office under two names does.
_EMPLOYERS: Final = """
E01|Tarnbrook Provisions|firm|1 Gantry Way|Tarnbrook|NJ|00417|201-555-0160|REG-10418|non-union
E02|Ostrel Cold Chain|firm|9 Icehouse Lane|Tarnbrook|NJ|00417|201-555-0161|REG-10733|mixed
E03|Quillmark Staffing|agency|212 Dray Road, Suite 4|Tarnbrook|NJ|00417|201-555-0162|REG-22051|non-union
E04|Cedarholt Sanitation|firm|77 Foundry Hill|Tarnbrook|NJ|00417|201-555-0163|REG-15520|non-union
E05|Ferrowick Repair|firm|14 Hopper Street|Tarnbrook|NJ|00417|201-555-0164|REG-13309|union
E06|Dunmarsh Labor Supply|agency|212 Dray Road, Suite 4|Tarnbrook|NJ|00417|201-555-0162|REG-22688|non-union
E07|Penrake Haulage|firm|3 Jetty Road|Tarnbrook|NJ|00417|201-555-0165|REG-18874|mixed
E08|Velloway Cleaning|firm|77 Foundry Hill|Tarnbrook|NJ|00417|201-555-0163|REG-24190|non-union
E09|Old Foundry Cleaning|firm|77 Foundry Hill|Tarnbrook|NJ|00417||REG-11862|
E10|Tarnbrook Port District|public body|40 Lockgate Street|Tarnbrook|NJ|00417|201-555-0166||
E11|Provision Workers Local 7001|union|5 Cannery Street|Tarnbrook|NJ|00417|201-555-0167||
""".strip().splitlines()

_ENGAGEMENTS: Final = """
E10|E01|Tarnbrook Plant 1|1|plant operation under the port lease|4200000|2019-01-01||lease register 2019/14
E10|E02|Rail Dock 1|1|dock and cold store operation|2650000|2020-03-01||lease register 2020/03
E01|E03|Tarnbrook Plant 1|2|temporary packing staff|610000|2023-05-01||delivery note, May 2023
E01|E04|Tarnbrook Plant 1|2|night cleaning|340000|2022-02-01||notice board
E01|Ferrowick Repair|Tarnbrook Plant 2|2|line maintenance|505000|2021-09-01||gate log
E02|E05|Cold Store 1|2|refrigeration upkeep|280000|2022-04-01||gate log
E02|E07|Rail Dock 1|2|yard haulage|730000|2020-06-01||dock schedule
E03|E06|Tarnbrook Plant 1|3|temporary packing staff|190000|2025-02-01||pay stubs of three people
E04|E08|Tarnbrook Plant 2|3|night cleaning|120000|2025-08-01||badge colours, reported by a cleaner
E04|E09|Tarnbrook Plant 2|3|night cleaning|95000|2022-03-01|2025-07-31|notice board
""".strip().splitlines()

_LINKS: Final = """
Gordon Pellworth|E03|position|2021-03-01|||state register, officer list
Gordon Pellworth|E06|position|2025-01-15|||state register, officer list
Ilse Varnholm|E01|position|2018-06-01|||annual report
Ilse Varnholm|E02|ownership|2020-02-01|||state register
E01|E02|ownership|2020-02-01||1800000|annual report, note 7
Ruth Cedarholt|E04|ownership|2016-05-10|||state register
Ruth Cedarholt|Piet Cedarholt|family||||local paper
Piet Cedarholt|E08|ownership|2025-07-20|||state register
E09|E08|succession|2025-08-01|||same crew, same address
Ilse Varnholm|E10|donation|2025-10-04||2500|campaign finance report
Gordon Pellworth|E10|membership|2024-01-01|||board minutes
""".strip().splitlines()

_EXTRA_WORDS: Final = ("Ashgill", "Birkmoor", "Colthay", "Dunvale", "Eskwith", "Fenholm", "Garsdale", "Hartrigg")
_EXTRA_TRADES: Final = (("Staffing", "agency"), ("Cleaning", "firm"), ("Haulage", "firm"), ("Repair", "firm"))
_PEOPLE_PER_EXTRA: Final = 400
_MOST_EXTRA: Final = 32

# By department: employers by number in the list above, and how many of the crews or people they have.
_WHO_EMPLOYS: Final = (
    ((0, 2, 5), (0.80, 0.14, 0.06)),
    ((0, 2, 5), (0.70, 0.20, 0.10)),
    ((1,), (1.0,)),
    ((1, 6), (0.75, 0.25)),
    ((0, 4), (0.4, 0.6)),
    ((3, 7), (0.62, 0.38)),
)


def employers(n_people: int) -> pd.DataFrame:
    """Return the employers file: the firms of the story, and more contractors in a larger workplace."""
    rows = [row.split("|") for row in _EMPLOYERS]
    rows.extend(_extra_employer(number) for number in range(_n_extra(n_people)))
    return pd.DataFrame(rows, columns=list(FILES["employers"].columns), dtype=object)


def engagements(n_people: int) -> pd.DataFrame:
    """Return the engagements file; tier 1 is engaged by the port, which owns the ground."""
    rows = [row.split("|") for row in _ENGAGEMENTS]
    for number in range(_n_extra(n_people)):
        client = ("E01", "E02")[number % 2]
        scope = _EXTRA_TRADES[number % len(_EXTRA_TRADES)][0].lower()
        rows.append([client, f"E{number + 12:02d}", "", "2", scope, "", f"{2018 + number % 8}-04-01", "", "gate log"])
    return pd.DataFrame(rows, columns=list(FILES["engagements"].columns), dtype=object)


def links() -> pd.DataFrame:
    """Return the links file: officers, owners, a family, a successor, a donation, each with where it stands."""
    rows = [row.split("|") for row in _LINKS]
    return pd.DataFrame(rows, columns=list(FILES["links"].columns), dtype=object)


def draw_employers(rng: np.random.Generator, department: Ints) -> Ints:
    """Return for each department given the number of an employer that has people there."""
    drawn = np.empty(len(department), dtype=np.int64)
    for number, (firms, shares) in enumerate(_WHO_EMPLOYS):
        rows = np.flatnonzero(department == number)
        drawn[rows] = rng.choice(firms, size=len(rows), p=shares)
    return drawn


def employer_ids(numbers: Ints) -> Names:
    """Return employers as their ids."""
    return texts([row.split("|")[0] for row in _EMPLOYERS])[numbers]


def employer_names(numbers: Ints) -> Names:
    """Return employers as their names."""
    return texts([row.split("|")[1] for row in _EMPLOYERS])[numbers]


def _n_extra(n_people: int) -> int:
    return min(_MOST_EXTRA, max(0, n_people // _PEOPLE_PER_EXTRA - 1))


def _extra_employer(number: int) -> list[str]:
    word = _EXTRA_WORDS[number // len(_EXTRA_TRADES)]
    trade, kind = _EXTRA_TRADES[number % len(_EXTRA_TRADES)]
    return [
        f"E{number + 12:02d}",
        f"{word} {trade}",
        kind,
        f"{number + 20} Hopper Street",
        "Tarnbrook",
        "NJ",
        "00417",
        f"201-555-01{number + 68:02d}",
        f"REG-3{number:04d}",
        "non-union",
    ]
