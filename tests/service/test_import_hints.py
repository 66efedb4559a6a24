"""What the report of an import says of cells that were probably meant otherwise."""

import io
import re

from shopfloor.service.import_hints import hints_in_words
from shopfloor.service.importing import ImportReport, import_files
from shopfloor.settings import CONNECTION_KINDS
from tests.conftest import ROOT
from tests.service.shop import Shop

PEOPLE = "person_id,name\n1,Ana Ruiz\n2,Bo Lind\n3,Cy Hall\n"


def report_of(shop: Shop, **files: str) -> ImportReport:
    tables = [(f"{name}.csv", io.BytesIO(text.encode())) for name, text in {"people": PEOPLE, **files}.items()]
    with shop.open() as store:
        return import_files(store, tables, is_dry_run=True)


def talks(*named: str) -> str:
    rows = [f'2026-10-0{day},3,1,"{cell}"' for day, cell in enumerate(named, start=1)]
    return "\n".join(["held_on,organizer,person_id,named", *rows, ""])


def test_cells_that_fit_need_no_hint(shop: Shop) -> None:
    ties = "person_id,other_id,kind\n1,2,Rides with\n2,3,conflict\n"
    report = report_of(shop, talks=talks("2; Cy Hall", "none", "Dot Wit"), ties=ties)
    assert report.n_mentions == 1
    assert hints_in_words(report) == []


def test_names_with_commas_between_are_pointed_out(shop: Shop) -> None:
    report = report_of(shop, talks=talks("Bo Lind, Cy Hall"))
    assert [mention.text for mention in report.mentions] == ["Bo Lind, Cy Hall"]
    assert ["';'" in hint for hint in hints_in_words(report)] == [True]


def test_a_word_for_nobody_is_pointed_out(shop: Shop) -> None:
    assert ["'none'" in hint for hint in hints_in_words(report_of(shop, talks=talks("Nobody", "no one")))] == [True]


def test_kinds_of_connection_without_a_meaning_are_named_the_most_frequent_first(shop: Shop) -> None:
    ties = "person_id,other_id,kind\n1,2,cousins\n2,3,don't speak\n1,3,don't speak\n3,1,friend\n"
    report = report_of(shop, ties=ties)
    assert report.unknown_kinds == ("don't speak", "cousins")
    (hint,) = hints_in_words(report)
    assert "'don't speak', 'cousins'" in hint
    assert "conflict" in hint


def test_many_unknown_kinds_are_counted(shop: Shop) -> None:
    rows = "".join(f"1,2,kind {n}\n" for n in range(7))
    assert "and 2 more" in hints_in_words(report_of(shop, ties=f"person_id,other_id,kind\n{rows}"))[0]


def test_the_command_prints_the_hints(shop: Shop) -> None:
    ran = shop.do("import", shop.file("people.csv", PEOPLE), shop.file("talks.csv", talks("Bo Lind, Cy Hall")))
    assert "Between several names in one cell stands ';'." in ran.err


def test_the_guide_knows_every_kind_of_connection_and_its_sign() -> None:
    guide = (ROOT / "docs" / "import-guide.md").read_text(encoding="utf-8")
    section = guide.partition("## What a connection says\n")[2].partition("\n## ")[0]
    signs = (1, 1, 1, -1, 0)
    rows = re.findall(r"^\| (?!kind)(\w.*?) \|", section, re.MULTILINE)
    sign_of = {kind: sign for row, sign in zip(rows, signs, strict=True) for kind in row.split(", ")}
    spelt_twice = {"co_worker", "neighbor"}
    assert sign_of == {name: kind.sign for name, kind in CONNECTION_KINDS.items() if name not in spelt_twice}
