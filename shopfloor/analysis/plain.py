"""Rows of a table as plain values, for answers that leave as words or JSON."""

from typing import Any

import numpy as np
import pandas as pd


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values: days as ISO strings, None for what is not known."""
    names = [str(name) for name in table]
    columns = [[_plain(value) for value in table[name].tolist()] for name in table]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value
