"""Rows of a table as plain values, for answers that leave as words or JSON."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values: days as ISO strings, None for what is not known."""
    names = [str(name) for name in table]
    columns = [[_plain(value) for value in table[name].tolist()] for name in table]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def pick_rows(table: pd.DataFrame, rows: npt.NDArray[np.int64], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return a few rows by their places, as `plain_rows` does, without a table of their own on the way."""
    values = [[_plain(value) for value in table[name].array.take(rows).tolist()] for name in columns]
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def newest_first(rows: list[dict[str, Any]], day: str) -> list[dict[str, Any]]:
    """Return plain rows by a day, those without one last; rows of one day keep their order."""
    return sorted(rows, key=lambda row: row[day] or "", reverse=True)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value
