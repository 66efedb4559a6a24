"""The holes in what we know: units by how little has been heard from them."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopfloor.analysis.workforce import UNIT_KINDS, code_units, know_people, select_workforce
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
    known, units = know_people(workplace, question), code_units(workplace, by)
    code = np.where(units.codes < 0, len(units.names), units.codes)[members]

    def count(is_so: "pd.Series[bool]") -> npt.NDArray[np.int64]:
        return np.bincount(code[is_so.to_numpy(dtype=np.bool_)[members]], minlength=len(units.names) + 1)

    n_people = np.bincount(code, minlength=len(units.names) + 1)
    some = np.flatnonzero(n_people)
    talked_on = known["last_talked_on"].to_numpy()[members]
    newest = np.full(len(n_people), np.datetime64("NaT"), dtype=talked_on.dtype)
    np.fmax.at(newest, code, talked_on)
    n_talked_to, n_asked = count(known["n_conversations"] > 0), count(known["was_asked"])
    holes = pd.DataFrame(
        {
            "unit": pd.Series(np.array([*units.names, None], dtype=object)[some], dtype="object"),
            "n_people": n_people[some],
            "n_talked_to": n_talked_to[some],
            "share_talked_to": n_talked_to[some] / n_people[some],
            "n_asked": n_asked[some],
            "share_asked": n_asked[some] / n_people[some],
            "n_assessed": count(known["assessment"].notna())[some],
            "newest_conversation": newest[some],
        }
    )
    order = np.lexsort((some, -holes["n_people"], holes["share_asked"], holes["share_talked_to"]))
    return holes.iloc[order].reset_index(drop=True)
