import csv
import re
from datetime import date

import pytest

from shopfloor.records import FILES, KINDS
from shopfloor.service.importing import ImportOptions, ImportReport, import_files
from shopfloor.service.opening import OpenStore, create_store
from tests.docs.pages import TEMPLATES


def header(name: str) -> list[str]:
    with (TEMPLATES / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return next(csv.reader(stream))


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[OpenStore, ImportReport]:
    store = create_store(tmp_path_factory.mktemp("templates") / "all.store", passphrase="four random words here")
    files = [(path.name, path) for path in sorted(TEMPLATES.glob("*.csv"))]
    return store, import_files(store, files, ImportOptions(list_date=date(2026, 10, 31)))


@pytest.mark.parametrize("name", FILES)
def test_template_has_exactly_the_columns_of_its_kind(name: str) -> None:
    assert header(name) == list(FILES[name].columns)


def test_there_is_one_template_of_each_kind_and_nothing_else() -> None:
    assert {path.name for path in TEMPLATES.iterdir()} == {f"{name}.csv" for name in FILES}


def test_templates_import_together_without_a_rejected_row(imported: tuple[OpenStore, ImportReport]) -> None:
    _, report = imported
    assert {file.kind for file in report.files} == set(FILES)
    assert [file.rejected for file in report.files] == [()] * len(FILES)
    assert all(file.n_read > 0 for file in report.files)
    assert not any(file.match.attributes for file in report.files)


def test_every_name_in_the_templates_is_found(imported: tuple[OpenStore, ImportReport]) -> None:
    _, report = imported
    assert report.n_mentions == 0


def test_templates_show_every_record_kind_but_verdicts(imported: tuple[OpenStore, ImportReport]) -> None:
    store, _ = imported
    tables = store.snapshot().tables
    assert {kind for kind in KINDS if tables[kind].num_rows} == set(KINDS) - {"judgement"}


def test_templates_show_the_three_answers_to_a_naming_question(imported: tuple[OpenStore, ImportReport]) -> None:
    store, _ = imported
    workplace = store.workplace()
    usual = workplace.asked[workplace.asked["question"] == "listens_to"]
    answered = dict(zip(workplace.people["person_id"][usual["person"]], usual["n_named"], strict=True))
    assert answered == {"1": 2, "2": 2, "3": 1, "4": 0, "5": 1}
    rides = workplace.asked[workplace.asked["question"] == "rides_with"]
    assert rides["n_named"].tolist() == [1, 0]


def test_people_in_templates_are_generated_ones() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.csv"))
    phones = re.findall(r"\d{3}-\d{3}-\d{4}", text)
    assert phones
    assert all(re.fullmatch(r"20\d-555-01\d\d", phone) for phone in phones)
    assert {mail.partition("@")[2] for mail in re.findall(r"\S+?@[\w.]+", text)} == {"example.org"}
