from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.grids import by_number, rows_of
from shopfloor.dashboard.pages.people import people_rows
from shopfloor.service.importing import import_files
from shopfloor.service.opening import create_store
from tests.dashboard.serving import PASSPHRASE


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


def test_numbers_in_texts_are_sorted_as_numbers_however_long_they_are() -> None:
    texts = ["p", "9" * 5000, "10", "9", "", "p10", "p9", "p09a"]
    assert sorted(texts, key=by_number) == ["", "9", "10", "9" * 5000, "p", "p9", "p09a", "p10"]


def test_people_stand_in_the_order_of_the_numbers_in_their_ids(tmp_path: Path) -> None:
    text = "person_id,name\n" + "".join(f"p{n},Ana {n}\n" for n in (1, 10, 2, 21, 3))
    with create_store(tmp_path / "few.store", passphrase=PASSPHRASE) as store:
        import_files(store, [("people.csv", BytesIO(text.encode()))])
        assert [row["id"] for row in people_rows(Desk(store))] == ["p1", "p2", "p3", "p10", "p21"]
