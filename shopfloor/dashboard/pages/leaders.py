"""Leaders: whom people name, of how many asked, from where; and what that cannot tell yet."""

from typing import Any

import dash_ag_grid as ag
from dash import dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import Ranking
from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.grids import grid, rows_of
from shopfloor.dashboard.parts import note, page
from shopfloor.dashboard.words import assessment_words, listed


def layout(desk: Desk) -> list[Component]:
    """Return the page."""
    ranking = desk.ranking()
    coverage = ranking.about["coverage"]
    n_people, n_asked = coverage["n_people"], coverage["n_asked"]
    rests = (
        f"Rests on {n_asked} of {n_people} asked who they go to. Supervisors and people who left are not listed. "
        f"As of {ranking.about['as_of']}."
    )
    return page(_answer(ranking), rests, html.Div([_people(ranking), *_not_known(ranking)]))


def _answer(ranking: Ranking) -> str:
    named = ranking.rows[ranking.rows["score"] > 0]
    if named.empty:
        return "Nobody has been named yet. Ask who people go to."
    first = named[named["rank"] == 1]
    names = listed([str(name) for name in first["name"]])
    return (
        f"Most named so far: {names}, by {int(first['score'].iloc[0])} of {ranking.about['coverage']['n_asked']} asked."
    )


def _people(ranking: Ranking) -> ag.AgGrid:
    columns: list[dict[str, Any]] = [
        {"field": "rank", "headerName": "Place", "type": "numericColumn", "maxWidth": 90},
        {"field": "name", "headerName": "Name", "minWidth": 170},
        {"field": "score", "headerName": "Named by", "type": "numericColumn", "maxWidth": 120},
        {"field": "from", "headerName": "From departments", "type": "numericColumn", "maxWidth": 160},
        {"field": "department", "headerName": "Department"},
        {"field": "shift", "headerName": "Shift"},
        {"field": "stands", "headerName": "Stands"},
        {"field": "asked", "headerName": "Asked"},
    ]
    return grid("leaders-grid", columns, leader_rows(ranking), label="People by how many named them")


def leader_rows(ranking: Ranking) -> list[dict[str, object]]:
    """Return the named people as rows of the grid."""
    named = ranking.rows[ranking.rows["score"] > 0]
    return [
        {
            "id": row["person_id"],
            "rank": int(row["rank"]),
            "name": row["name"],
            "score": int(row["score"]),
            "from": int(row["n_departments_naming"]),
            "department": row["department"] or "",
            "shift": row["shift"] or "",
            "stands": assessment_words(int(row["assessment"] or 0)),
            "asked": "asked" if row["was_asked"] else "not asked",
        }
        for row in rows_of(named)
    ]


def _not_known(ranking: Ranking) -> list[Component]:
    rows = ranking.rows
    n_unnamed = int((rows["score"] == 0).sum())
    silent = [unit for unit in ranking.about["coverage"]["departments"] if not unit["n_asked"]]
    names = ", ".join(f"{unit['department'] or 'no department'} ({unit['n_people']} people)" for unit in silent)
    words = [f"{n_unnamed} people have not been named; that may only mean that those who would were not asked."]
    if silent:
        words.append(f"Nobody was asked in {names}: about leaders there we cannot tell.")
    return [
        note("Not known. ", " ".join(words)),
        html.P(["Choose a row and ", dcc.Link("open a person", href="/people"), "."], className="small"),
    ]
