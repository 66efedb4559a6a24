from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from shopfloor.dashboard.influence_figure import MOST_SHOWN, figure_influence_support


def rows(*people: tuple[str, int | None, int], n_others: int = 0) -> pd.DataFrame:
    """Return a grid's rows: certainty, assessment and rank of each person, and so many who are not listed."""
    everybody = [*people, *(("not_listed", None, 100 + i) for i in range(n_others))]
    made = [
        {
            "person_id": f"P{i}",
            "name": f"Made Up {i}",
            "certainty": certainty,
            "p_top": 0.5,
            "rank": rank,
            "rank_low": max(1, rank - 2),
            "rank_high": rank + 5,
            "n_named": 3,
            "assessment": assessment,
        }
        for i, (certainty, assessment, rank) in enumerate(everybody)
    ]
    return pd.DataFrame(made).astype({"assessment": "Int64"})


def traces(figure: dict[str, Any], mode: str) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in figure["data"] if trace["mode"] == mode}


def test_each_person_stands_once_in_the_column_of_what_is_known_of_support() -> None:
    figure = figure_influence_support(rows(("sure", 2, 1), ("likely", None, 2), ("cannot_tell", 5, 9)), places=5)
    marks = traces(figure, "markers+text")
    assert {name: trace["customdata"] for name, trace in marks.items()} == {
        "not assessed": [["P1"]],
        "against us": [["P2"]],
        "for us": [["P0"]],
    }
    assert marks["not assessed"]["x"][0] < 0.5 < marks["against us"]["x"][0] < marks["for us"]["x"][0]
    assert marks["for us"]["marker"]["color"] != marks["not assessed"]["marker"]["color"]


def test_a_line_runs_over_the_places_a_person_may_hold() -> None:
    lines = traces(figure_influence_support(rows(("sure", 2, 3), ("likely", 1, 4)), places=5), "lines")
    assert lines["Sure"]["y"] == [1, 8, None]
    assert lines["Likely"]["y"] == [2, 9, None]
    assert lines["Sure"]["line"]["color"] != lines["Likely"]["line"]["color"]


def test_who_is_not_listed_is_counted_under_the_column() -> None:
    many = [("cannot_tell", 3, i + 1) for i in range(MOST_SHOWN + 2)]
    figure = figure_influence_support(rows(*many, n_others=7), places=5)
    words = [note["text"] for note in figure["layout"]["annotations"]]
    assert words == ["and 7 people", "and 0 people", "and 0 people", "and 2 people", "and 0 people", "and 0 people"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plotly_takes_the_figure_as_it_is(theme: str) -> None:
    figure = figure_influence_support(rows(("sure", 2, 1), n_others=2), places=5, theme=theme)
    assert len(go.Figure(figure).data) == 2


def test_nobody_makes_an_empty_grid() -> None:
    figure = figure_influence_support(rows(n_others=3), places=5)
    assert figure["data"] == []
    assert figure["layout"]["annotations"][0]["text"] == "and 3 people"
