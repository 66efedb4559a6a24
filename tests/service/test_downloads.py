"""Exports that a browser downloads: the same as written ones, marked, and never on the disk."""

import re
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from shopfloor import OpenStore, create_store, open_store
from shopfloor.errors import RefusedError, UsageError
from shopfloor.service.audit import Deed
from shopfloor.service.downloads import FORMS, fields_for, prepare_download, prepare_study
from shopfloor.service.exporting import export_store
from shopfloor.service.marks import find_copies
from shopfloor.service.policy import ROLES
from shopfloor.service.pseudonyms import REPORT
from shopfloor.service.sheets import read_sheets, visible_copies
from shopfloor.service.viewer import Viewer
from tests.service.team import Campaign, draw_campaign, leaks, load

PASSPHRASE = "four random test words"
ORGANIZER = Viewer("Olga", frozenset({"organizer"}), ("Paint",))
RESEARCHER = Viewer("Ria", frozenset({"researcher"}))
ADMIN = Viewer("Ada", frozenset({"admin"}))
EVIL = "=HYPERLINK(9)"


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return draw_campaign(7, 60)


@pytest.fixture(scope="module")
def store(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStore]:
    path = tmp_path_factory.mktemp("downloads") / "team.store"
    with create_store(path, passphrase=PASSPHRASE) as made:
        load(made, campaign)
    with open_store(path, passphrase=PASSPHRASE) as opened:
        yield opened


def unpacked(content: bytes, folder: Path) -> Path:
    """Return a folder with what a ZIP holds."""
    with ZipFile(BytesIO(content)) as box:
        assert box.testzip() is None
        box.extractall(folder)
    return folder


def text_of(content: bytes) -> str:
    """Return all text of a download, cell by cell where it is a workbook."""
    with ZipFile(BytesIO(content)) as box:
        if "xl/workbook.xml" not in box.namelist():
            return "\n".join(box.read(name).decode() for name in box.namelist())
    book = openpyxl.load_workbook(BytesIO(content))
    return "\n".join(str(cell) for page in book for row in page.iter_rows(values_only=True) for cell in row)


def test_a_download_holds_the_rows_of_the_written_files(store: OpenStore, tmp_path: Path) -> None:
    written = {path.stem: sorted(path.read_text().splitlines()[1:]) for path in export_store(store, tmp_path / "out")}
    unpacked(prepare_download(store, "zip", "Local 12").write(), tmp_path / "got")
    got = {path.stem: sorted(path.read_text().splitlines()[1:]) for path in (tmp_path / "got").iterdir()}
    assert got.keys() == written.keys()
    for name, lines in got.items():  # the mark adds an empty column and writes some yes as Yes
        assert sorted(line.rpartition(",")[0].casefold() for line in lines) == sorted(map(str.casefold, written[name]))


@pytest.mark.parametrize("form", FORMS)
def test_a_download_says_whose_copy_it_is_and_is_found_again(store: OpenStore, tmp_path: Path, form: str) -> None:
    prepared = prepare_download(store, form, "Local <b>12</b>")
    file = tmp_path / prepared.place.name
    file.write_bytes(prepared.write())
    where = file if form == "xlsx" else unpacked(file.read_bytes(), tmp_path / "got")
    newest = store.copies()[-1]
    assert newest.made_for == "Local b 12 /b"
    assert visible_copies(where) == [newest.number]
    assert [found.copy.number for found in find_copies(read_sheets(where), store.copies())] == [newest.number]
    noted = store.exports()[0]
    assert (noted.deed, noted.particulars["copy"]) == (Deed.EXPORT, newest.number)
    assert noted.particulars["holds"] == dict(prepared.holdings.counts)


def test_nothing_is_registered_before_it_leaves(store: OpenStore) -> None:
    before = len(store.exports()), len(store.copies())
    assert prepare_download(store, "xlsx", "Local 12").holdings.counts["people"] == 60
    assert (len(store.exports()), len(store.copies())) == before


@pytest.mark.parametrize("form", FORMS)
def test_a_download_never_lies_on_the_disk(
    store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    def refused(*_: object, **__: object) -> None:
        pytest.fail("a temporary file was made")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    monkeypatch.setattr(tempfile, "_get_candidate_names", refused)
    assert prepare_download(store, form, "Local 12", extra=["contact", "notes"]).write()[:2] == b"PK"


def test_only_what_was_agreed_leaves(store: OpenStore) -> None:
    usual = text_of(prepare_download(store, "xlsx", "x").write())
    assert leaks(usual, ["555-01", "street-", "note-", "basis-", "extra-"]) == []
    assert "Paint" in usual
    contact = text_of(prepare_download(store, "zip", "x", extra=["contact"]).write())
    assert leaks(contact, ["555-01", "street-", "note-"]) == ["555-01", "street-"]
    named = text_of(prepare_download(store, "zip", "x", fields=["department"]).write())
    assert leaks(named, ["Name", "555-01"]) == []
    assert "Paint" in named


def test_an_organizer_takes_out_her_units_and_a_researcher_no_worker(store: OpenStore, campaign: Campaign) -> None:
    hers = text_of(prepare_download(store.seen_by(ORGANIZER), "zip", "Olga", extra=["all"]).write())
    assert leaks(hers, campaign.words_outside("Paint")) == []
    assert "Paint" in hers
    firms = text_of(prepare_download(store.seen_by(RESEARCHER), "xlsx", "Ria", extra=["all"]).write())
    assert leaks(firms, campaign.words_outside()) == []


def test_who_may_take_nothing_out_downloads_nothing(store: OpenStore) -> None:
    for seen in (store.seen_by(ADMIN), store.seen_by(Viewer("x"))):
        with pytest.raises(RefusedError):
            prepare_download(seen, "zip", "x")
        with pytest.raises(RefusedError):
            prepare_study(seen, "x", dates="month", units="relabel", has_assessments=False)


@pytest.mark.parametrize(
    ("form", "whom", "extra"), [("zip", "  ", []), ("exe", "x", []), ("", "x", []), ("zip", "x", ["nonsense"])]
)
def test_a_choice_that_is_none_is_refused(store: OpenStore, form: str, whom: str, extra: list[str]) -> None:
    with pytest.raises(UsageError):
        prepare_download(store, form, whom, extra=extra)


def test_a_study_names_nobody_and_says_what_stays_identifying(store: OpenStore, campaign: Campaign) -> None:
    prepared, report = prepare_study(store, "Uni", dates="month", units="relabel", has_assessments=False)
    assert "people are the only one" in report
    assert "destroyed" in report
    text = text_of(prepared.write())
    assert leaks(text, campaign.words_outside()) == []
    assert report in text
    with ZipFile(BytesIO(prepared.write())) as box:
        assert {REPORT, "people.csv", "namings.csv"} <= set(box.namelist())
        assert "assessments.csv" not in box.namelist()
    assert store.copies()[-1].pseudonyms


def test_two_studies_have_no_pseudonym_in_common(store: OpenStore) -> None:
    made = [prepare_study(store, "Uni", dates="week", units="keep", has_assessments=True)[0] for _ in range(2)]
    assert not set(made[0].pseudonyms) & set(made[1].pseudonyms)


@pytest.mark.parametrize("choice", [{"dates": "day"}, {"units": "names"}])
def test_a_study_is_no_finer_than_offered(store: OpenStore, choice: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        prepare_study(store, "Uni", **{"dates": "month", "units": "keep", **choice}, has_assessments=False)


def test_the_fields_offered_are_of_classes_that_the_role_sees() -> None:
    offered = {role: fields_for(Viewer("x", frozenset({role}), ("Paint",))) for role in ROLES}
    assert {"name", "phone", "department", "notes"} <= set(offered["lead"])
    assert offered["organizer"] == offered["lead"]
    assert not {"notes", "named", "assessment", "email"} & set(offered["researcher"])
    assert "union_status" in offered["researcher"]
    assert offered["admin"] == []
    assert "person_id" not in offered["lead"]


@pytest.mark.parametrize("whom", ["../../etc/passwd", "x.exe", "a\r\nContent-Type: text/html", 'b"; filename="c.html'])
def test_a_download_has_a_name_of_ours_whatever_is_typed(store: OpenStore, whom: str) -> None:
    for form in FORMS:
        named = prepare_download(store, form, whom).place
        assert re.fullmatch(rf"shopfloor-\d{{4}}-\d\d-\d\d\.{form}", str(named))
    study, _ = prepare_study(store, whom, dates="week", units="relabel", has_assessments=False)
    assert re.fullmatch(r"shopfloor-pseudonyms-\d{4}-\d\d-\d\d\.zip", str(study.place))
    with pytest.raises(UsageError):
        prepare_download(store, "html", whom)
