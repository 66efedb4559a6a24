from typing import Any

import jupytext
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


def shown(cell: Any) -> str:
    """Return what a cell printed and showed as text."""
    parts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])]
    return "\n".join(parts)


@pytest.fixture(scope="module")
def first_look(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run the first notebook in a kernel of its own."""
    notebook = jupytext.read(ROOT / "notebooks" / "first-look.py")
    place = {"metadata": {"path": tmp_path_factory.mktemp("run")}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=place).execute()
    return notebook


def cell_with(notebook: Any, text: str) -> Any:
    """Return the code cell that holds a text."""
    return next(cell for cell in notebook.cells if cell.cell_type == "code" and text in cell.source)


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS == [ROOT / "notebooks" / "first-look.py"]


def test_first_look_accepts_every_row_of_the_demo(first_look: Any) -> None:
    text = shown(cell_with(first_look, "import_files(store"))
    assert "people.csv': (200, 0)" in text
    assert text.count(", 0)") == 9


def test_first_look_ranks_groups_and_refuses(first_look: Any) -> None:
    assert "Most named so far" in shown(cell_with(first_look, "rank_people(store, top=10)"))
    assert "groups, " in shown(cell_with(first_look, "find_groups(store)"))
    assert "betweenness is not given" in shown(cell_with(first_look, "RefusedError as"))
    assert int(shown(cell_with(first_look, "in truth"))) > 2


def test_first_look_draws_the_coverage(first_look: Any) -> None:
    outputs = cell_with(first_look, "find_holes(workplace)").outputs
    figures = [output["data"]["application/vnd.plotly.v1+json"] for output in outputs if "data" in output]
    assert [bar["name"] for bar in figures[0]["data"]] == ["asked", "talked to, not asked", "nobody talked to them"]


def test_first_look_hands_the_ties_to_networkx(first_look: Any) -> None:
    assert "DiGraph with 200 nodes" in shown(cell_with(first_look, "to_networkx(store, "))
