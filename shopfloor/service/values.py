"""Values on the way in and out: what people type into forms and options, what answers give as JSON."""

import json
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from shopfloor.errors import UsageError


def to_day(what: str, text: str | None) -> date | None:
    """Return the date of a text, None where it is empty.

    Raises
    ------
    UsageError
        It is no date as YYYY-MM-DD.
    """
    if not text or not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{what}: write a date as YYYY-MM-DD.") from error


def to_json(value: object, *, indent: int | None = None) -> str:
    """Return JSON: dates as ISO text, what is not known as null."""
    return json.dumps(plain(value), ensure_ascii=False, indent=indent)


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever an answer holds, one line a type
    """Return a value as JSON knows it."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict(orient="records")]
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, pd.Timestamp | datetime | date):
        return value.strftime("%Y-%m-%d") if isinstance(value, pd.Timestamp) else value.isoformat()
    return value.item() if isinstance(value, np.generic) else value
