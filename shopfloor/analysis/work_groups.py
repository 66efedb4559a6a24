"""Which group a job assignment puts a person in: the closest one that is known."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopfloor.analysis.overlaps import sorted_distinct


def work_groups(table: pd.DataFrame) -> NDArray[np.int64]:
    """Return the group of each assignment: its crew, else its shift at the worksite, else its worksite.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``employer``, ``worksite``, ``crew``, ``shift`` as in ``Workplace.assignments``.

    Returns
    -------
    numpy.ndarray
        int64, shape (n_rows,): 0 .. n_groups - 1, -1 where none is known.
    """
    key = work_group_keys(table)
    known = key >= 0
    group = np.full(len(table), -1, dtype=np.int64)
    group[known] = np.searchsorted(sorted_distinct(key[known]), key[known])
    return group


def work_group_keys(table: pd.DataFrame) -> NDArray[np.int64]:
    """Return the group of each assignment as `work_groups` does, in the same order but with gaps in the numbers."""
    employer, worksite = _codes(table["employer"]), _codes(table["worksite"])
    crew, shift = _codes(table["crew"]), _codes(table["shift"])
    by_crew = crew >= 0
    by_shift = ~by_crew & (shift >= 0) & (worksite >= 0)
    level = np.select([by_crew, by_shift, worksite >= 0], [0, 1, 2], -1)
    firm = np.where(by_crew, employer + 1, 0)
    part = np.select([by_crew, by_shift], [crew, shift], 0)
    n_firms, n_places = int(employer.max(initial=0)) + 2, int(worksite.max(initial=0)) + 2
    n_parts = int(max(crew.max(initial=0), shift.max(initial=0))) + 1
    key = ((level * n_firms + firm) * n_places + worksite + 1) * n_parts + part
    return np.where(level >= 0, key, -1)


def _codes(column: "pd.Series[str]") -> NDArray[np.int64]:
    """Codes in the order of the names, so that the order of rows or categories changes nothing; -1 for NA."""
    category = column.astype("category").cat
    names = category.categories.astype(str)
    rank = np.empty(len(names) + 1, dtype=np.int64)
    rank[np.argsort(names.to_numpy(dtype=object), kind="stable")] = np.arange(len(names))
    rank[-1] = -1
    codes: NDArray[np.int64] = rank[category.codes.to_numpy()]
    return codes
