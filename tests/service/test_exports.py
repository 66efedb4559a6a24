"""Exports that travel: what they hold, what a spreadsheet does with them, whose copy one is."""

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from shopfloor import OpenStore, create_store, open_store
from shopfloor.errors import RefusedError, UsageError
from shopfloor.records import FILES
from shopfloor.service.agreed import ASKED_FOR, class_of
from shopfloor.service.audit import Deed
from shopfloor.service.exporting import export_store, prepare_export
from shopfloor.service.importing import ImportOptions, import_files
from shopfloor.service.marks import Match, find_copies
from shopfloor.service.policy import Right
from shopfloor.service.sheets import read_sheets, visible_copies
from shopfloor.service.viewer import Viewer
from tests.service.shop import Shop
from tests.service.team import Campaign, draw_campaign, leaks, load

PASSPHRASE = "four random test words"
EVIL = "=HYPERLINK(9)"
ORGANIZER = Viewer("Olga", frozenset({"organizer"}), ("Paint",))
RESEARCHER = Viewer("Ria", frozenset({"researcher"}))
ADMIN = Viewer("Ada", frozenset({"admin"}))
ASKED_WORDS = {
    "contact": ("555-01", "@example.org", "street-"),
    "notes": ("note-", "issue-", "basis-"),
    "assessment": ("said-",),
    "attributes": ("extra-",),
}
N_PEOPLE = 60


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return draw_campaign(5, N_PEOPLE)


@pytest.fixture(scope="module")
def place(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exports") / "team.store"
    with create_store(path, passphrase=PASSPHRASE) as store:
        load(store, campaign)
    return path


@pytest.fixture
def store(place: Path, tmp_path: Path) -> Iterator[OpenStore]:
    copied = tmp_path / "team.store"
    copied.write_bytes(place.read_bytes())
    with open_store(copied, passphrase=PASSPHRASE) as opened:
        yield opened


def text_of(paths: list[Path]) -> str:
    """Return all text of an export, cell by cell where it is a workbook."""
    if paths[0].suffix != ".xlsx":
        return "\n".join(path.read_text(encoding="utf-8") for path in paths)
    book = openpyxl.load_workbook(paths[0])
    return "\n".join(str(cell) for page in book for row in page.iter_rows(values_only=True) for cell in row)


@pytest.mark.parametrize("name", ["folder", "book.xlsx", "graph.graphml", "graph.gexf"])
def test_contact_notes_and_assessments_leave_only_when_asked_for(store: OpenStore, tmp_path: Path, name: str) -> None:
    text = text_of(export_store(store, tmp_path / name))
    for words in ASKED_WORDS.values():
        assert leaks(text, list(words)) == []
    assert "Paint" in text


@pytest.mark.parametrize("asked", ASKED_FOR)
def test_a_class_asked_for_leaves_and_no_other(store: OpenStore, tmp_path: Path, asked: str) -> None:
    text = text_of(export_store(store, tmp_path / "out", extra=[asked]))
    for name, words in ASKED_WORDS.items():
        assert leaks(text, list(words)) == (list(words) if name == asked else [])


def test_only_the_fields_that_were_named_leave(store: OpenStore, tmp_path: Path) -> None:
    written = export_store(store, tmp_path / "out", fields=["name", "department"])
    assert [path.name for path in written] == ["people.csv"]
    assert list(pd.read_csv(written[0])) == ["person_id", "name", "department"]
    graph = text_of(export_store(store, tmp_path / "g.graphml", fields=["department"]))
    assert "Name" not in graph
    assert "Paint" in graph
    kept = json.loads(text_of(export_store(store, tmp_path / "a.json", fields=["department"])))
    assert {row["name"] for row in kept["records"]["contact"]} == {None}
    assert {row["department"] for row in kept["records"]["placement"]} == {"Paint", "Press", "Stores"}


def test_a_field_or_class_that_is_not_there_is_told_with_the_near_ones(store: OpenStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean department"):
        export_store(store, tmp_path / "out", fields=["departement"])
    with pytest.raises(UsageError, match="did you mean contact"):
        export_store(store, tmp_path / "out", extra=["contacts"])
    assert not (tmp_path / "out").exists()


def test_what_it_holds_is_said_before_it_is_written(store: OpenStore, tmp_path: Path) -> None:
    prepared = prepare_export(store, tmp_path / "out", extra=["contact"])
    assert not prepared.place.exists()
    assert prepared.holdings.counts["phone numbers"] == N_PEOPLE
    assert "assessments" not in prepared.holdings.counts
    prepared.write()
    noted = store.exports()[0]
    assert (noted.deed, noted.particulars["holds"]) == (Deed.EXPORT, dict(prepared.holdings.counts))


def test_everything_exported_and_imported_is_the_same(store: OpenStore, template: Path, tmp_path: Path) -> None:
    first = export_store(store, tmp_path / "first.xlsx", extra=["all"])
    other = tmp_path / "other.store"
    other.write_bytes(template.read_bytes())
    with open_store(other, passphrase=PASSPHRASE) as held:
        report = import_files(held, [("first.xlsx", first[0])], ImportOptions())
        assert not report.rejected_cells
        second = {
            path.name: path.read_text(encoding="utf-8") for path in export_store(held, tmp_path / "b", extra=["all"])
        }
    again = {path.name: path.read_text(encoding="utf-8") for path in export_store(store, tmp_path / "a", extra=["all"])}
    assert second == again


def evil_shop(shop: Shop) -> Shop:
    shop.load(people=f"person_id,name,department,phone,=odd\n1,{EVIL},-Paint,+1 555-0101,@x\n2,'tis,Dock,5,-4\n")
    shop.do("edit", "2", "preferred_name='=quoted")
    return shop


@pytest.mark.parametrize("name", ["out", "out.xlsx"])
def test_no_cell_of_an_export_is_computed_and_all_come_back(shop: Shop, name: str) -> None:
    evil_shop(shop)
    paths = [Path(line) for line in shop.do("export", shop.folder / name, "--everything").out.split()]
    if paths[0].suffix == ".xlsx":
        cells = [cell for page in openpyxl.load_workbook(paths[0]) for row in page.iter_rows() for cell in row]
        assert all(cell.data_type != "f" for cell in cells)
        texts = [str(cell.value) for cell in cells if cell.value is not None]
    else:
        texts = [cell for row in csv.reader(paths[0].open(encoding="utf-8", newline="")) for cell in row]
    assert f"'{EVIL}" in texts
    assert not [text for text in texts if text.strip()[:1] in set("=+-@")]
    before = shop.exported()
    shop.load(people="person_id,name\n1,Somebody Else\n")
    shop.do("import", *paths)
    assert shop.exported() == before
    with shop.open() as held:
        contacts = held.snapshot(["contact"]).tables["contact"]
    assert contacts["name"].to_pylist() == [EVIL, "'tis"]
    assert contacts["preferred_name"].to_pylist() == [None, "'=quoted"]


def test_no_cell_of_a_printed_table_or_of_rejects_is_computed(shop: Shop) -> None:
    evil_shop(shop)
    printed = shop.do("leaders", "--top", "0", "--format", "csv").out
    assert f"'{EVIL}" in printed
    rejects = shop.folder / "rejects.csv"
    bad = shop.file("bad.csv", f"person_id,name,hired_on\n3,{EVIL},2020-13-99\n4,Bo Lind,2020-01-01\n")
    shop.do("import", bad, "--rejects", rejects)
    assert f"'{EVIL}" in rejects.read_text(encoding="utf-8")


def whose(store: OpenStore, path: Path) -> list[Match]:
    return find_copies(read_sheets(path), store.copies())


@pytest.fixture
def marked(store: OpenStore, tmp_path: Path) -> Path:
    """Return one of several copies: copy 2, Bea's, of all fields."""
    for n, name in enumerate(("Ana", "Bea", "Cyd"), 1):
        export_store(store, tmp_path / f"copy{n}", extra=["all"], made_for=name)
    return tmp_path / "copy2"


def test_a_marked_copy_holds_what_an_unmarked_one_holds(store: OpenStore, marked: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    export_store(store, plain, extra=["all"])
    for name in ("people", "conversations", "actions"):
        one, other = (pd.read_csv(folder / f"{name}.csv", dtype=str) for folder in (plain, marked))
        other = other.drop(columns=[column for column in other if str(column).startswith("made for")])
        lower = other.replace({"Yes": "yes", "No": "no"})
        order = list(one.columns)
        assert lower.sort_values(order).reset_index(drop=True).equals(one.sort_values(order).reset_index(drop=True))


def test_a_copy_is_told_by_its_visible_line_and_its_embedded_mark(store: OpenStore, marked: Path) -> None:
    assert visible_copies(marked) == [2]
    found = whose(store, marked)
    assert [(one.copy.number, one.copy.made_for) for one in found] == [(2, "Bea")]


def resaved_by_openpyxl(path: Path, to: Path) -> Path:
    book = openpyxl.Workbook()
    for row in pd.read_csv(path).itertuples(index=False):
        book.active.append([None if pd.isna(value) else value for value in row])
    book.active.insert_rows(1)
    for n, column in enumerate(pd.read_csv(path), 1):
        book.active.cell(1, n, column)
    book.save(to.with_suffix(".xlsx"))
    return to.with_suffix(".xlsx")


def without_the_line(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=[column for column in frame if str(column).startswith("made for")])


def test_the_embedded_mark_survives_what_spreadsheets_and_scripts_do(
    store: OpenStore, marked: Path, tmp_path: Path
) -> None:
    path = tmp_path / "resaved.csv"
    people = without_the_line(pd.read_csv(marked / "people.csv"))
    ways = {
        "saved by pandas": people,
        "columns reordered": people[sorted(map(str, people), reverse=True)],
        "columns renamed": people.rename(columns=lambda name: name.upper()[:3] + "x"),
        "only ids": people[["person_id"]],
        "half of the rows": people.sample(frac=0.5, random_state=1).sort_index(),
        "rows added": pd.concat([people, pd.DataFrame({"person_id": [f"z{n}" for n in range(8)]})]),
    }
    for how, frame in ways.items():
        frame.to_csv(path, index=False)
        assert [one.copy.number for one in whose(store, path)] == [2], how
        assert visible_copies(path) == []
    found = whose(store, resaved_by_openpyxl(marked / "people.csv", tmp_path / "book"))
    assert [one.copy.number for one in found] == [2]


def test_sorted_rows_are_told_by_how_yes_and_no_are_spelt(store: OpenStore, marked: Path, tmp_path: Path) -> None:
    path = tmp_path / "sorted.csv"
    acts = without_the_line(pd.read_csv(marked / "actions.csv")).sort_values("person_id")
    acts.to_csv(path, index=False)
    assert [(one.copy.number, one.how) for one in whose(store, path)] == [(2, "spelling of yes and no")]


def test_files_of_others_are_nobodys_copy(store: OpenStore, marked: Path, tmp_path: Path) -> None:
    rng = random.Random(4)  # noqa: S311 - draws a test case
    path = tmp_path / "other.csv"
    people = without_the_line(pd.read_csv(marked / "people.csv"))
    for _ in range(20):
        people.sample(frac=1, random_state=rng.randrange(10**6)).to_csv(path, index=False)
        assert whose(store, path) == []
    people.sort_values("person_id").head(6).to_csv(path, index=False)
    assert whose(store, path) == []


@pytest.mark.parametrize("name", ["g.graphml", "g.gexf", "a.json", "b.xlsx"])
def test_every_format_is_marked(store: OpenStore, tmp_path: Path, name: str) -> None:
    export_store(store, tmp_path / f"other-{name}", made_for="Ana")
    export_store(store, tmp_path / name, made_for="Bea <b> --")
    assert [one.copy.number for one in whose(store, tmp_path / name)] == [2]
    assert visible_copies(tmp_path / name) == [2]


def test_who_has_an_account_gets_her_own_mark(store: OpenStore, tmp_path: Path) -> None:
    two_units = replace(ORGANIZER, units=("Paint", "Press"))  # one has too few people for the order of rows to tell
    export_store(store.seen_by(two_units), tmp_path / "out")
    assert [(copy.made_for, copy.made_by) for copy in store.copies()] == [("Olga", "Olga")]
    assert [one.copy.made_for for one in whose(store, tmp_path / "out")] == ["Olga"]


def test_who_may_not_export_gets_nothing(store: OpenStore, tmp_path: Path) -> None:
    assert Right.EXPORT not in ADMIN.rights
    with pytest.raises(RefusedError):
        export_store(store.seen_by(ADMIN), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(RefusedError):
        store.seen_by(ORGANIZER).copies()


@pytest.mark.parametrize("extra", [(), ("all",)])
def test_no_export_of_a_scope_holds_a_word_from_outside(
    store: OpenStore, campaign: Campaign, tmp_path: Path, extra: tuple[str, ...]
) -> None:
    for viewer, units in ((ORGANIZER, ("Paint",)), (RESEARCHER, ())):
        words = campaign.words_outside(*units)
        for name in ("out", "out.xlsx", "g.graphml", "g.gexf"):
            folder = tmp_path / viewer.name
            folder.mkdir(exist_ok=True)
            written = export_store(store.seen_by(viewer), folder / name, extra=extra)
            assert leaks(text_of(written) if written else "", words) == []


def test_export_says_what_it_holds_and_whose_copy_a_file_is(full_shop: Shop) -> None:
    folder = full_shop.folder / "out"
    said = full_shop.do("export", folder, "--with", "contact", "--for", "Ana").err
    assert "7 phone numbers" in said
    assert "not encrypted" in said
    assert "555-0101" not in said
    ran = full_shop.run("export-mark", folder, full_shop.store)
    assert (ran.code, ran.out) == (1, "")
    assert "The file itself says: copy 1" in ran.err


def test_all_nine_files_have_a_class_for_every_column() -> None:
    assert all(class_of(file, column) != "attributes" for file in FILES.values() for column in file.columns)
