"""Sortable tables: one look, one set of options, usable by keyboard."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as ag
import numpy as np
import pandas as pd
import pyarrow as pa

ROW_PX = 30
_MOST_ROWS_SHOWN = 15
_DIGITS = re.compile(r"([0-9]+)")
_LOOK = {
    "backgroundColor": "var(--paper)",
    "foregroundColor": "var(--ink)",
    "textColor": "var(--ink)",
    "headerBackgroundColor": "var(--paper)",
    "headerTextColor": "var(--ink-3)",
    "borderColor": "var(--rule)",
    "accentColor": "var(--ink)",
    "selectedRowBackgroundColor": "var(--sunk)",
    "rowHoverColor": "var(--sunk)",
    "fontFamily": "var(--font)",
    "fontSize": 13,
    "headerFontSize": 12,
    "headerFontWeight": 400,
    "rowHeight": ROW_PX,
    "headerHeight": ROW_PX,
    "spacing": 5,
    "wrapperBorder": False,
    "wrapperBorderRadius": 0,
}
"""The theme's parameters, in the colours of the page, so that it follows light, dark and print."""


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain dictionaries, None where nothing is known."""
    names = [str(name) for name in frame]
    columns = [values_of(column) for _, column in frame.items()]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def values_of(column: "pd.Series[Any]") -> list[Any]:
    """Return a column as plain values, None where nothing is known; texts all at once, since pages have many."""
    if isinstance(column.dtype, pd.StringDtype):
        texts: list[Any] = pa.array(column.array, pa.large_string(), from_pandas=True).to_pylist()
        return texts
    values: list[Any] = column.tolist()
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biu":
        return values  # of these every value is known
    is_missing = column.isna()
    if not is_missing.any():
        return values
    return [None if missing else value for value, missing in zip(values, is_missing, strict=True)]


def by_number(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return what texts are sorted by where numbers in them count as numbers; capitals make no difference.

    Examples
    --------
    >>> sorted(["p10", "P2", "p1", "17@payroll", "9"], key=by_number)
    ['9', '17@payroll', 'p1', 'P2', 'p10']
    """
    parts = _DIGITS.split(text.casefold())
    return tuple(_number(part) if i % 2 else (2 if part else 0, 0, part) for i, part in enumerate(parts))


def _number(digits: str) -> tuple[int, int, str]:
    """Return what digits are sorted by, however many they are."""
    value = digits.lstrip("0")
    return 1, len(value), value


def grid(
    name: str,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    *,
    label: str,
    chosen: str | None = None,
    row_px: int = ROW_PX,
) -> ag.AgGrid:
    """Return a sortable table of rows with an ``id``; one row can be chosen, by mouse or with the space bar."""
    is_short = len(rows) <= _MOST_ROWS_SHOWN
    return ag.AgGrid(
        id=name,
        columnDefs=[dict(column) for column in columns],
        rowData=[dict(row) for row in rows],
        getRowId="params.data.id",
        selectedRows={"ids": [chosen] if chosen is not None else []},
        columnSize="responsiveSizeToFit",
        defaultColDef={
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
            "sortable": True,
            "resizable": True,
            "wrapText": True,
            "autoHeight": True,
            "minWidth": 70,
        },
        dashGridOptions={
            "theme": {"function": f"themeQuartz.withParams({json.dumps(_LOOK | {'rowHeight': row_px})})"},
            "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
            "suppressFieldDotNotation": True,
            "domLayout": "autoHeight" if is_short else "normal",
            "ensureDomOrder": True,
            "localeText": {"ariaLabelTable": label, "noRowsToShow": "Nothing to show."},
        },
        style={"height": None if is_short else f"{row_px * _MOST_ROWS_SHOWN + ROW_PX}px"},
    )
