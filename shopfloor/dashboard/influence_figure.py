"""Influence beside support as a chart: up, more people go to them; to the right, with us; not assessed on the left.

Support is the only colour, influence is ink, and what is not known is drawn open. The two are never added up.
"""

import json
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

import numpy as np
import pandas as pd

from shopfloor.dashboard.words import ASSESSMENT_WORDS, assessment_words
from shopfloor.service.numbers import counted

MOST_SHOWN: Final = 40
"""People drawn by name, those of the best places; everybody else is a count."""

_ACROSS: Final = (0, 5, 4, 3, 2, 1)
_MIDDLES: Final = (-0.5, 1.0, 2.0, 3.0, 4.0, 5.0)
_LEFT: Final = {0: -1.4}
_ROOM: Final = {0: 1.4}
_ASIDE: Final = (-0.4, 0.42)
"""Where the marks of a column begin beside its middle, and how far they go; the first column is twice as wide."""
_CERTAINTY: Final = {
    "sure": ("Sure", "sure", 5, "solid"),
    "likely": ("Likely", "likely", 5, "solid"),
    "cannot_tell": ("Cannot tell yet", "likely", 2, "dot"),
}
Figure = dict[str, Any]


def figure_influence_support(rows: pd.DataFrame, *, places: int, theme: str = "light") -> Figure:
    """Return the chart.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `shopfloor.analysis.influence_support` gives them.
    places : int
        How many places the top has: there is a heavy line under them.
    theme : {"light", "dark"}

    Returns
    -------
    dict
        ``data`` and ``layout`` of a plotly figure. Across: not assessed, then 5 to 1; down: places on a log axis, each
        person a mark at the best guess with a line over the places they may hold, thick and dark where *sure*, thick
        where *likely*, dotted where one *cannot tell yet*. ``customdata`` of a mark is the person_id. People who are
        *not listed* and those beyond `MOST_SHOWN` are counted under their column.
    """
    look = _template()[theme]["layout"], _template()["shopfloor"][theme]
    support = rows["assessment"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    rows = rows.assign(support=support, at=[float(_ACROSS.index(value)) for value in support.tolist()])
    shown = rows[rows["certainty"].isin(list(_CERTAINTY))].head(MOST_SHOWN)
    shown = shown.assign(at=_side_by_side(shown))
    others = rows.drop(index=shown.index)["support"].value_counts()
    lowest = float(max(shown["rank_high"].max() if len(shown) else places, places)) * 1.3
    data = [_interval(shown, certainty, look[1]) for certainty in _CERTAINTY]
    data += [_marks(shown, value, look[1]) for value in _ACROSS]
    return {"data": [trace for trace in data if trace["x"]], "layout": _layout(look[0], others, places, lowest)}


def _side_by_side(shown: pd.DataFrame) -> "pd.Series[float]":
    """Place people of one column from left to right as they come, so that no name lies on the next line."""
    column = shown.groupby("support")["at"]
    left = shown["support"].map(_LEFT).fillna(_ASIDE[0])
    room = shown["support"].map(_ROOM).fillna(_ASIDE[1])
    steps = (column.transform("size") - 1).clip(lower=1)
    beside: pd.Series[float] = shown["at"] + left + room * column.cumcount() / steps
    return beside


@cache
def _template() -> dict[str, Any]:
    text = files("shopfloor.dashboard").joinpath("plotly_template.json").read_text(encoding="utf-8")
    template: dict[str, Any] = json.loads(text)
    return template


def _interval(shown: pd.DataFrame, certainty: str, fills: dict[str, Any]) -> Figure:
    """Return the places that people of one word may hold, as upright lines."""
    words, colour, width, dash = _CERTAINTY[certainty]
    some = shown[shown["certainty"] == certainty]
    x: list[float | None] = [value for at in some["at"] for value in (float(at), float(at), None)]
    y = [value for low, high in zip(some["rank_low"], some["rank_high"], strict=True) for value in (low, high, None)]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": words,
        "x": x,
        "y": [None if value is None else int(value) for value in y],
        "line": {"color": fills["certainty"][colour]["color"], "width": width, "dash": dash},
        "hoverinfo": "skip",
    }


def _marks(shown: pd.DataFrame, support: int, fills: dict[str, Any]) -> Figure:
    """Return the people of one assessment, each with a name."""
    some = shown[shown["support"] == support]
    known = fills["assessment"].get(str(support))
    fill, line = (known["fill"], known["line"]) if known else (fills["not_known"]["color"], fills["not_known"]["line"])
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": ASSESSMENT_WORDS[support],
        "x": [float(at) for at in some["at"]],
        "y": [int(rank) for rank in some["rank"]],
        "text": [_as_text(name) for name in some["name"]],
        "textposition": "middle right",
        "customdata": [[str(key)] for key in some["person_id"]],
        "hovertext": [_said(row) for row in some.to_dict(orient="records")],
        "hoverinfo": "text",
        "marker": {
            "size": 14,
            "color": fill,
            "line": {"color": line, "width": 2},
            "symbol": "circle" if known else "square",
        },
    }


def _as_text(name: object) -> str:
    """Return a name as a chart shows it: the chart takes some tags for its own."""
    return escape(str(name), quote=False)


def _said(row: dict[Any, Any]) -> str:
    words = _CERTAINTY[row["certainty"]][0]
    return (
        f"{_as_text(row['name'])}: {words}, place {row['rank_low']} to {row['rank_high']}, named by {row['n_named']}, "
        f"{assessment_words(row['support'])}"
    )


def _layout(template: Figure, others: "pd.Series[int]", places: int, lowest: float) -> Figure:
    ink, paper = template["font"]["color"], {"xref": "x", "yref": "paper"}
    heads = [f"{value} {ASSESSMENT_WORDS[value]}" if value else ASSESSMENT_WORDS[0] for value in _ACROSS]
    rules = [{"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, **paper} for at in (0.48, 0.52)]
    under_top = {"type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": places + 0.5, "y1": places + 0.5}
    counts = [
        {
            "x": at,
            "y": 0,
            "yanchor": "bottom",
            "showarrow": False,
            "text": f"and {counted(int(others.get(value, 0)), 'person', 'people')}",
            **paper,
        }
        for at, value in zip(_MIDDLES, _ACROSS, strict=True)
    ]
    return {
        **template,
        "xaxis": {
            **template["xaxis"],
            "tickvals": list(_MIDDLES),
            "ticktext": heads,
            "range": [-1.5, len(_ACROSS) - 0.4],
            "showgrid": False,
        },
        "yaxis": {
            **template["yaxis"],
            "type": "log",
            "range": [float(np.log10(lowest)) + 0.1, -0.1],
            "tickvals": [place for place in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if place <= lowest],
            "title": {"text": "place"},
            "showgrid": True,
        },
        "shapes": [{**shape, "line": {"color": ink, "width": 1}} for shape in rules]
        + [{**under_top, "line": {"color": ink, "width": 2}}],
        "annotations": counts,
        "hovermode": "closest",
        "showlegend": False,
    }
