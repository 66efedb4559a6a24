"""The page of field cases is what the program says today, and holds results instead of the data."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest

from docs import make_field_cases
from docs.field_networks import data_folder, is_there, read_workforce, write_files
from shopfloor.graph.embedded import keys
from shopfloor.graph.embedded import store as embedded
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(
    not is_there(), reason="published networks not found: set SHOPFLOOR_VALIDATION_DATA to the folder that holds them"
)


@pytest.fixture
def _keys_derived_once() -> Iterator[None]:
    """Derive each key once: every command of the page opens its store anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "derive_key", lru_cache(keys.derive_key))
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("_keys_derived_once")
def test_the_page_is_what_the_commands_say_today() -> None:
    assert make_field_cases.PAGE.read_text(encoding="utf-8") == make_field_cases.page(), (
        "run: python -m docs.make_field_cases"
    )


@pytest.mark.parametrize("folder", ["strike_michael1997", "kapferer_tailorshop1972", "zachary_karate"])
def test_nobody_is_named_whom_the_findings_do_not_name(folder: str) -> None:
    page = make_field_cases.PAGE.read_text(encoding="utf-8")
    page = re.sub("John[ -]A", "", page)
    published = {"Alejandro", "Bob", "Karl", "Norm", "Ozzie", "Sam", "Wendle", "Mr Hi"}
    names = set(pd.read_csv(data_folder() / folder / "nodes.csv")["name"]) - published
    assert len(names) > 10
    assert [name for name in sorted(names) if re.search(rf"\b{re.escape(name)}\b", page)] == []


def test_three_of_ten_are_heard_first_and_the_rest_later(tmp_path: Path) -> None:
    workforce = read_workforce("strike")
    talks = pd.read_csv(next(file for file in write_files(workforce, tmp_path) if file.name == "conversations.csv"))
    first = talks[talks["held_on"] == talks["held_on"].min()]
    assert sorted(first["person_id"]) == workforce.asked_first
    assert len(first) == 7
    assert sorted(talks["person_id"]) == sorted(workforce.names)


def test_the_findings_are_not_given_to_the_program(tmp_path: Path) -> None:
    files = write_files(read_workforce("strike"), tmp_path)
    assert list(pd.read_csv(files[0]).columns) == ["person_id", "name"]
    assert not any("speaking" in file.read_text(encoding="utf-8") for file in files)


def test_the_page_is_linked_to() -> None:
    assert "](field-cases.md)" in (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert "](docs/field-cases.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
