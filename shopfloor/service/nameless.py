"""A workplace without names of people, for computations that need to know only who is the same."""

from dataclasses import replace
from typing import Final

import pandas as pd

from shopfloor.workplace import Workplace

_PEOPLE: Final = ("name", "preferred_name")
_ACTORS: Final = {
    "asked": "organizer",
    "namings": "organizer",
    "conversations": "organizer",
    "connections": "said_by",
    "assessments": "assessed_by",
    "participations": "asked_by",
}
"""Columns of tables where somebody is written down who said, asked or did something."""


def without_names(workplace: Workplace) -> Workplace:
    """Return the workplace with ids of people, their units and facts, and with nobody's name.

    A name becomes the person's id; whoever is written down as organizer or author becomes a number, the same wherever
    she is written the same way.
    """
    people = workplace.people
    people = people.assign(**{name: people["person_id"] for name in _PEOPLE if name in people})
    columns = [getattr(workplace, table)[column] for table, column in _ACTORS.items()]
    codes, _ = pd.factorize(pd.concat(columns, ignore_index=True))
    numbers = pd.Series(codes).astype("str").where(codes >= 0)
    tables, start = {}, 0
    for (table, column), texts in zip(_ACTORS.items(), columns, strict=True):
        said = numbers.iloc[start : start + len(texts)].set_axis(texts.index)
        tables[table] = getattr(workplace, table).assign(**{column: said})
        start += len(texts)
    return replace(workplace, people=people, **tables)
