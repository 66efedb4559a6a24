"""Which groups a long page of groups shows: the first rows of each table, more of them, or those looked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
from dash import html
from dash.development.base_component import Component

from shopfloor.analysis import Groups
from shopfloor.dashboard.controls import search_field, segments
from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.grids import values_of
from shopfloor.dashboard.map_data import folded
from shopfloor.service.audit import Deed
from shopfloor.service.numbers import counted, verb

FIND: Final = "groups-find"
MANY: Final = "groups-many"
CHOICE: Final = "groups-choice"
SAID: Final = "groups-shown"

MOST_IN_FULL: Final = 40
"""So many groups, with those inside them, are shown in full and need no choice."""

_ROWS: Final[dict[str, int | None]] = {"20": 20, "100": 100, "all": None}
_FIRST: Final = "20"
_MOST_TYPED: Final = 80
_LOOKED_IN: Final = ("name", "person_id", "department", "shift", "crew")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Chosen:
    """What the page shows of the groups.

    Attributes
    ----------
    rows, inner, hanging : pandas.DataFrame
        Of the groups, of those inside them, and of the pairs that hang on one person.
    n_hanging : int
        All such pairs.
    people : frozenset of str
        ``person_id`` of those looked for: they stand first among the members.
    said : str
        How much of all that is; empty where it is all and nothing is looked for.
    """

    rows: pd.DataFrame
    inner: pd.DataFrame
    hanging: pd.DataFrame
    n_hanging: int
    people: frozenset[str] = frozenset()
    said: str = ""


def choice_part(said: str, *, is_offered: bool) -> Component:
    """Return the controls, hidden where there is nothing to choose."""
    many = [("20", "the first 20"), ("100", "the first 100"), ("all", "all")]
    controls = [
        search_field(FIND, "Find a person, unit or group"),
        segments(MANY, "Of each table", many, _FIRST, is_said=True, look="control also"),
    ]
    parts = [html.Div(controls, className="controls"), html.P(said, id=SAID, className="small", role="status")]
    return html.Div(parts, id=CHOICE, className="no-print", hidden=not is_offered)


def is_long(found: Groups | None) -> bool:
    """Tell whether the groups are too many to be shown in full."""
    return found is not None and len(found.rows) + len(found.inner) > MOST_IN_FULL


def choose(desk: Desk, found: Groups, words: object = None, many: object = None) -> Chosen:
    """Return what is shown; a search is noted in the audit.

    Parameters
    ----------
    desk : Desk
    found : Groups
    words, many : object
        What is looked for and how many rows, as they are chosen on the page; what makes no sense is passed over.
    """
    hanging = _hanging(found)
    if not is_long(found):
        return Chosen(found.rows, found.inner, hanging, len(hanging))
    most = _ROWS.get(many, _ROWS[_FIRST]) if isinstance(many, str) else _ROWS[_FIRST]
    wanted = folded(words[:_MOST_TYPED]) if isinstance(words, str) else ""
    if wanted:
        desk.note(Deed.SEARCH, where="groups")
        return _looked_for(found, hanging, wanted, _people(desk, wanted), most)
    return Chosen(
        rows := _first(found.rows, found.rows["n_members"], most),
        _first(found.inner, found.inner["n_members"], most),
        _first(hanging, hanging["n_ties"], most),
        len(hanging),
        said=_shown_in_words(len(rows), len(found.rows)),
    )


def _looked_for(found: Groups, hanging: pd.DataFrame, wanted: str, people: frozenset[str], most: int | None) -> Chosen:
    outer = dict(zip(found.rows["group_id"], found.rows["name"], strict=True))
    names = [
        f"{outer[group]}\n{name}" for group, name in zip(found.inner["group_id"], found.inner["name"], strict=True)
    ]
    hits = _hits(found.rows, values_of(found.rows["name"]), wanted, people)
    inner_hits = _hits(found.inner, names, wanted, people)
    rows = found.rows[hits > 0]
    ends = hanging[["group_id", "other_group_id"]].isin(set(rows["group_id"])).any(axis=1)
    shown = _first(rows, hits[hits > 0], most)
    return Chosen(
        shown,
        _first(found.inner[inner_hits > 0], inner_hits[inner_hits > 0], most),
        _first(hanging[ends], hanging["n_ties"][ends], most),
        len(hanging),
        people,
        _found_in_words(len(shown), len(rows), len(found.rows), len(people.intersection(found.in_no_group))),
    )


def _people(desk: Desk, wanted: str) -> frozenset[str]:
    """Return who has the words in the name or the id, or in that of a unit."""
    people = desk.workplace().people
    texts = zip(*(values_of(people[column].fillna("")) for column in _LOOKED_IN), strict=True)
    return frozenset(text[1] for text in texts if wanted in folded("\n".join(text)))


def _hits(rows: pd.DataFrame, names: Sequence[str], wanted: str, people: frozenset[str]) -> "pd.Series[int]":
    """Return how many of each group's people are looked for: all of them where the group is."""
    n = [
        len(members) if wanted in folded(name) else sum(member in people for member in members)
        for name, members in zip(names, rows["members"], strict=True)
    ]
    return pd.Series(n, rows.index, dtype="int64")


def _hanging(found: Groups) -> pd.DataFrame:
    """Return the solid groups that hang together by one person so far; of others one cannot tell where they end."""
    solid = set(found.rows["group_id"][found.rows["certainty"] == "solid"])
    ends = found.links[["group_id", "other_group_id"]].isin(solid).all(axis=1)
    return found.links[ends & (found.links["link"] == "hangs on one person")]


def _first(rows: pd.DataFrame, by: "pd.Series[int]", most: int | None) -> pd.DataFrame:
    """Return the rows with the most of something, in the order they have."""
    return rows if most is None or len(rows) <= most else rows.loc[by.nlargest(most).index.sort_values()]


def _shown_in_words(n: int, of: int) -> str:
    return f"All {of:,} groups are shown." if n == of else f"The {n:,} largest of {of:,} groups are shown."


def _found_in_words(n_shown: int, n: int, of: int, n_alone: int) -> str:
    """Return how many groups were found.

    Examples
    --------
    >>> _found_in_words(1, 1, 144, 0)
    'Found in 1 of 144 groups.'
    >>> _found_in_words(20, 31, 144, 2)
    'Found in 31 of 144 groups; shown are the 20 with the most of it. 2 people found belong to no group so far.'
    >>> _found_in_words(0, 0, 144, 0)
    'Found in none of 144 groups.'
    """
    cut = f"; shown are the {n_shown:,} with the most of it" if n_shown < n else ""
    alone = f" {verb(n_alone, 'person found belongs', 'people found belong')} to no group so far." if n_alone else ""
    return f"Found in {f'{n:,}' if n else 'none'} of {counted(of, 'group')}{cut}.{alone}"
