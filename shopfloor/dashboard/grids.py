"""Sortable tables: one look, one set of options, usable by keyboard."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as ag
import pandas as pd
import pyarrow as pa

ROW_PX = 30
_MOST_ROWS_SHOWN = 15
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
    columns = [values_of(frame[name]) for name in frame]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def values_of(column: "pd.Series[Any]") -> list[Any]:
    """Return a column as plain values, None where nothing is known; texts all at once, since pages have many."""
    if isinstance(column.dtype, pd.StringDtype):
        texts: list[Any] = pa.array(column.array, pa.large_string(), from_pandas=True).to_pylist()
        return texts
    values, is_missing = column.tolist(), column.isna()
    if not is_missing.any():
        return values
    return [None if missing else value for value, missing in zip(values, is_missing, strict=True)]


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
