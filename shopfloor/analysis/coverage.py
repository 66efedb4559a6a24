"""The holes in what we know: units by how little has been heard from them."""

from collections.abc import Collection

import pandas as pd

from shopfloor.analysis.workforce import UNIT_KINDS, know_people, select_workforce
from shopfloor.errors import UsageError, near
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Workplace


def find_holes(
    workplace: Workplace,
    by: str = "department",
    *,
    question: str = DEFAULT_QUESTION,
    include: Collection[str] = (),
) -> pd.DataFrame:
    """List the units of one kind, least known first.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    by : {"department", "shift", "crew"}
        The kind of unit.
    question : str
        The naming question of which `n_asked` counts.
    include : collection of str
        ``supervisors``, ``left``: they are then counted too.

    Returns
    -------
    pandas.DataFrame
        One row a unit: ``unit`` (None for people whose unit is not known), ``n_people``, ``n_talked_to``,
        ``share_talked_to``, ``n_asked``, ``share_asked``, ``n_assessed``, ``newest_conversation`` (NaT: never).
        Ordered by share talked to, share asked, then the larger unit, then name.

    Raises
    ------
    UsageError
        Another kind of unit, or another inclusion.
    """
    if by not in UNIT_KINDS:
        raise UsageError(f"no kind of unit {by!r}{near(by, UNIT_KINDS)} (kinds: {', '.join(UNIT_KINDS)})")
    members = select_workforce(workplace, include)
    known = know_people(workplace, question)[members]
    known = known.assign(
        unit=workplace.people.loc[members, by].astype("object"),
        was_talked_to=known["n_conversations"] > 0,
        is_assessed=known["assessment"].notna(),
    )
    holes = (
        known.groupby("unit", dropna=False, sort=True)
        .agg(
            n_people=("was_asked", "size"),
            n_talked_to=("was_talked_to", "sum"),
            share_talked_to=("was_talked_to", "mean"),
            n_asked=("was_asked", "sum"),
            share_asked=("was_asked", "mean"),
            n_assessed=("is_assessed", "sum"),
            newest_conversation=("last_talked_on", "max"),
        )
        .reset_index()
    )
    holes["unit"] = holes["unit"].astype("object").where(holes["unit"].notna(), None)
    order = ["share_talked_to", "share_asked", "n_people", "unit"]
    return holes.sort_values(order, ascending=[True, True, False, True], kind="stable").reset_index(drop=True)
