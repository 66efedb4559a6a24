import numpy as np
import pandas as pd

from shopfloor.dashboard.grids import rows_of


def test_rows_are_plain_values_with_none_where_nothing_is_known() -> None:
    frame = pd.DataFrame(
        {
            "name": pd.Series(["Inês", None], dtype="str"),
            "n": [1, 2],
            "share": [0.5, np.nan],
            "held_on": pd.to_datetime(["2026-05-01", None]),
            "did": pd.Series([True, None], dtype="boolean"),
            "shift": pd.Series(["days", None], dtype="category"),
            "members": [["17", "18"], []],
        }
    )
    first, second = rows_of(frame)
    assert first == {
        "name": "Inês",
        "n": 1,
        "share": 0.5,
        "held_on": pd.Timestamp("2026-05-01"),
        "did": True,
        "shift": "days",
        "members": ["17", "18"],
    }
    assert [type(first[key]) for key in ("name", "n", "share", "did")] == [str, int, float, bool]
    assert second == {"name": None, "n": 2} | dict.fromkeys(("share", "held_on", "did", "shift")) | {"members": []}


def test_a_frame_without_rows_has_none() -> None:
    assert rows_of(pd.DataFrame({"name": pd.Series([], dtype="str"), "n": []})) == []
