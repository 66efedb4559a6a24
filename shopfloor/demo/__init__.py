"""A made-up workplace whose truth is known: what `shopfloor demo` shows and what tests measure against.

Everything is generated from a seed. Names come from short lists of many origins, phones are numbers kept free for
fiction, mail goes to example.org, and the dates are fixed, so that the same seed gives the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from shopfloor.demo import firms, lists, outcomes, talks
from shopfloor.demo.arrays import number_ids
from shopfloor.demo.network import Namings, draw_namings
from shopfloor.demo.workforce import AS_OF, Workforce, build_workforce
from shopfloor.errors import UsageError

__all__ = ["AS_OF", "FEWEST", "MOST", "DemoTruth", "DemoWorkplace", "make_workplace", "write_files"]

FEWEST: Final = 30
"""A smaller workplace has no room for six departments and three shifts."""

MOST: Final = 100_000
"""A larger one has more phones than there are numbers kept free for fiction."""


@dataclass(frozen=True, slots=True, repr=False)
class DemoTruth:
    """What nobody in the campaign knows, and a method may be judged by.

    Attributes
    ----------
    leaders : tuple of str
        Person ids of everybody who is no supervisor and has not left, most named first if all were asked, equal
        counts by id.
    times_named : pandas.Series
        By how many people each person would be named, all people, index `person_id`.
    namings : pandas.DataFrame
        The full network: `namer`, `named` (person ids), one row a pair.
    groups : mapping of str to tuple of str
        The planted social groups: name -> person ids. Nobody is in two.
    """

    leaders: tuple[str, ...]
    times_named: "pd.Series[int]"
    namings: pd.DataFrame
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, repr=False)
class DemoWorkplace:
    """A made-up workplace.

    Attributes
    ----------
    tables : mapping of str to pandas.DataFrame
        Shopfloor's own files by name (`people`, `conversations`, ...), every cell as the text it has in the file.
    truth : DemoTruth
        What is behind them.
    as_of : datetime.date
        The day the demo plays on.
    """

    tables: Mapping[str, pd.DataFrame]
    truth: DemoTruth
    as_of: date = AS_OF

    def __repr__(self) -> str:
        """Count only: a list of people does not belong in a log, not even a made-up one."""
        return f"DemoWorkplace({len(self.tables['people'])} people)"


def make_workplace(people: int = 400, seed: int = 7) -> DemoWorkplace:
    """Return a made-up workplace: six departments, three shifts, crews, worksites, firms, and a campaign in it.

    About a third of the people have been talked to, night shift and cold storage hardly at all. Some of what they
    answered is not clear: nicknames, first names, misspellings.

    Parameters
    ----------
    people : int, default 400
        Size of the workforce, 30 .. 100,000.
    seed : int, default 7
        Same seed, same workplace; 0 or larger.

    Raises
    ------
    UsageError
        `people` or `seed` is out of range.

    Examples
    --------
    >>> make_workplace(people=60)
    DemoWorkplace(60 people)
    """
    if not FEWEST <= people <= MOST:
        raise UsageError(f"a demo workplace has {FEWEST} to {MOST} people, not {people}: choose a number in between")
    if seed < 0:
        raise UsageError(f"a seed is 0 or larger, not {seed}")
    # One stream of chance for each part: a change in one leaves the others as they are.
    streams = [np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(9)]
    workforce = build_workforce(streams[0], number_ids("P", people))
    namings = draw_namings(streams[1], workforce)
    campaign = talks.start_campaign(streams[2], workforce)
    tables = {
        "people": lists.people(streams[3], workforce),
        "conversations": talks.conversations(streams[4], workforce, campaign, namings),
        "assignments": lists.assignments(streams[5], workforce),
        "connections": outcomes.connections(streams[6], workforce, campaign),
        "assessments": outcomes.assessments(streams[7], workforce, campaign),
        "actions": outcomes.actions(streams[8], workforce, campaign),
        "employers": firms.employers(people),
        "engagements": firms.engagements(people),
        "links": firms.links(),
    }
    return DemoWorkplace(tables, _tell_truth(workforce, namings))


def write_files(demo: DemoWorkplace, folder: Path) -> list[Path]:
    """Write the tables as CSV files (UTF-8, commas) into `folder` and return their paths, people first.

    The folder is made if it is not there; files of these names in it are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in demo.tables.items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
        paths.append(path)
    return paths


def _tell_truth(workforce: Workforce, namings: Namings) -> DemoTruth:
    counts = namings.counts(workforce.n)
    can_lead = np.flatnonzero(~workforce.is_supervisor & ~workforce.has_left)
    order = can_lead[np.argsort(-counts[can_lead], kind="stable")]
    return DemoTruth(
        leaders=tuple(workforce.ids[order]),
        times_named=pd.Series(counts, index=pd.Index(workforce.ids, name="person_id"), name="times_named"),
        namings=pd.DataFrame({"namer": workforce.ids[namings.namer], "named": workforce.ids[namings.named]}),
        groups={group.name: tuple(workforce.ids[group.members]) for group in workforce.groups},
    )
