"""Bad files end in a clear error or a rejected row: nothing is changed, no traceback, no personal value is said."""

import io
import zipfile
from dataclasses import dataclass

import openpyxl
import pytest

from tests.service.shop import PEOPLE, Shop

CANARY = "Zzyzx Canary"
LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<worksheet><sheetData><row><c><v>&c;</v></c></row></sheetData></worksheet>"""


@dataclass(frozen=True)
class Bad:
    """A file, and what is said of it."""

    data: bytes
    says: str
    name: str = "bad.csv"


def sheet(*rows: tuple[object, ...], merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def laughing_workbook() -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sheet(("person_id", "name"), ("1", "Ana")))) as whole,
        zipfile.ZipFile(out, "w") as bad,
    ):
        for part in whole.namelist():
            bad.writestr(part, LAUGHS if part.endswith("sheet1.xml") else whole.read(part))
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("people.csv", PEOPLE)
    return out.getvalue()


def people(*rows: str) -> bytes:
    return "\n".join(["person_id,name,hired_on,left_on", *rows, ""]).encode()


def talks(*rows: str) -> bytes:
    return "\n".join(["held_on,organizer,person_id,assessment,named", *rows, ""]).encode()


REFUSED = {
    "empty": Bad(b"", "the file is empty"),
    "blank": Bad(b"\n \n", "the file is empty"),
    "header only": Bad(b"person_id,name\n", "a header and no row under it"),
    "near miss": Bad(f"person_idd,name\n1,{CANARY}\n".encode(), "person_id"),
    "no header": Bad(f"1,{CANARY}\n2,Bo\n".encode(), "cannot tell what kind of file this is"),
    "zip": Bad(zipped(), "this is a zip and no XLSX workbook", "people.xlsx"),
    "torn zip": Bad(sheet(("person_id", "name"), ("1", CANARY))[:-300], "zip is damaged", "people.xlsx"),
    "billion laughs": Bad(laughing_workbook(), "XML declarations", "people.xlsx"),
    "both date orders": Bad(people(f"1,{CANARY},13/01/2026,", "2,Bo,01/13/2026,"), "dates in two orders"),
    "untold date order": Bad(people(f"1,{CANARY},03/04/2026,"), "--dates dmy or mdy"),
    "unknown encoding": Bad(b"person_id,name\n1,\xff\xfe\x00\x81\x8d\x8f\x90\x9d\n", "bad.csv"),
    "open quote": Bad(f'person_id,name\n1,"{CANARY}\n2,Bo\n'.encode(), "never closed"),
    "twin columns": Bad(f"person_id,name,name\n1,{CANARY},Bo\n".encode(), "same header"),
    "pdf": Bad(b"%PDF-1.7 ...", "is a PDF"),
}
REJECTED = {  # each with one good row
    "duplicate id": Bad(people("1,Ana,,", f"1,{CANARY},,"), "stands already in row 2"),
    "formula": Bad(sheet(("person_id", "name"), ("1", "Ana"), ("2", f'="{CANARY}"')), "holds a formula", "people.xlsx"),
    "merged cells": Bad(
        sheet(("person_id", "name"), (1, "Ana"), (2, CANARY), (3, None), merge="B3:B4"), "are merged", "p.xlsx"
    ),
    "31 February": Bad(people("1,Ana,,", f"2,{CANARY},2026-02-31,"), "no day of the calendar"),
    "left before hired": Bad(people("1,Ana,,", f"2,{CANARY},2026-02-02,2026-02-01"), "left_on is before hired_on"),
    "assessment 0": Bad(talks("2026-05-01,O,1,,", f"2026-05-01,{CANARY},2,0,"), "no whole number from 1"),
    "assessment 6": Bad(talks("2026-05-01,O,1,5,", f"2026-05-01,{CANARY},2,6,"), "no whole number from 1"),
    "assessment 3-ish": Bad(talks("2026-05-01,O,1,3.0,", f"2026-05-01,{CANARY},2,3-ish,"), "no whole number"),
    "none beside names": Bad(talks("2026-05-01,O,1,,", f"2026-05-01,O,2,,none; {CANARY}"), "none beside names"),
    "to themself": Bad(b"person_id,other_id,kind\n1,2,friend\n3,3,friend\n", "a person is connected to themself"),
    "ended before started": Bad(
        b"person_id,employer,worksite,started_on,ended_on\n1,A,N,2026-05-01,\n2,A,N,2026-05-02,2026-05-01\n",
        "ended_on is before started_on",
    ),
    "NUL": Bad(b"person_id,name\n1,Ana\n2,Zzyzx\x00Canary\n", "control characters"),
    "bell": Bad(b"person_id,name\n1,Ana\n2,Zzyzx\x07Canary\n", "control characters"),
    "10 MB in one cell": Bad(b"person_id,name\n1,Ana\n2,Zzyzx Canary" + b"x" * 10_000_000 + b"\n", "more than"),
    "too long an id": Bad(people("1,Ana,,", f"{'9' * 201},{CANARY},,"), "at most 200 characters"),
    "too long a name in named": Bad(talks("2026-05-01,O,1,,", f"2026-05-01,O,2,,3; {'x' * 201}"), "at most 200"),
    "missing value": Bad(people("1,Ana,,", f",{CANARY},,"), "column person_id: the cell is empty"),
    "row too long": Bad(people("1,Ana,,", f"2,{CANARY},,,,"), "fields where the header has"),
    "secret vote of a person": Bad(
        b"action,held_on,person_id,unit,n_eligible,n_did\nVote,2026-05-01,,Dock,3,2\nVote,2026-05-01,1,Dock,3,2\n",
        "counts by unit only",
    ),
}


@pytest.mark.parametrize("bad", [pytest.param(bad, id=name) for name, bad in REFUSED.items()])
def test_a_file_that_cannot_be_understood_is_refused_whole(shop: Shop, bad: Bad) -> None:
    good = shop.file("good.csv", PEOPLE)
    ran = shop.run("import", shop.store, good, shop.file(bad.name, bad.data))
    assert ran.code == 1
    assert ran.err.startswith("shopfloor: ")
    assert bad.says in ran.err
    assert bad.name in ran.err
    for unwanted in ("Traceback", "Canary", "Error"):
        assert unwanted not in ran.err
    assert (shop.imports(), ran.out) == ([], "")


@pytest.mark.parametrize("bad", [pytest.param(bad, id=name) for name, bad in REJECTED.items()])
def test_a_bad_row_is_rejected_with_its_number_and_reason(shop: Shop, bad: Bad) -> None:
    ran = shop.do("import", shop.file(bad.name, bad.data))
    assert bad.says in ran.err
    assert "Canary" not in ran.err.split("could not be matched")[0]
    assert " rejected: " in ran.err
    about = shop.imports()[0]
    assert about["n_accepted"] == 1
    assert about["n_read"] == about["n_accepted"] + about["n_rejected"]


def test_when_all_rows_are_rejected_nothing_is_imported(shop: Shop) -> None:
    ran = shop.run("import", shop.store, shop.file("bad.csv", people("1,,,", ",Bo,,")))
    assert ran.code == 1
    assert "all 2 rows were rejected" in ran.err
    assert shop.imports() == []


def test_a_missing_file_is_told_plainly(shop: Shop) -> None:
    ran = shop.run("import", shop.store, shop.folder / "nowhere.csv")
    assert ran.code == 1
    assert "nowhere.csv cannot be read (No such file or directory)" in ran.err


def test_the_same_file_given_twice_is_misuse(shop: Shop) -> None:
    path = shop.file("people.csv", PEOPLE)
    assert shop.run("import", shop.store, path, path).code == 2
    assert shop.run("import", shop.store, path, "--source", "Pay Roll").code == 2
    assert shop.run("import", shop.store, path, "--map", "name").code == 2
    assert shop.run("import", shop.store).code == 2
    assert shop.imports() == []
