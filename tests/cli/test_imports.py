import csv

import pytest

from tests.service.shop import ASSIGNMENTS, CONVERSATIONS, PEOPLE, Shop

TWO = "person_id,name,department\n1,Ana Ruiz,Packing\n2,Bo Lind,Packing\n"


def test_several_files_are_one_batch_and_may_refer_to_each_other(shop: Shop) -> None:
    talks = shop.file("talks.csv", CONVERSATIONS)
    people = shop.file("staff.csv", PEOPLE)
    ran = shop.do("import", talks, people)
    assert ran.out == ""
    assert "people, 7 rows read = 7 accepted + 0 rejected; 7 new, 0 changed, 0 same" in ran.err
    assert [batch["files"] for batch in shop.imports()] == [["talks.csv", "staff.csv"]]
    assert shop.scores()["3"] == 2


def test_a_dash_reads_stdin(shop: Shop) -> None:
    shop.do("import", "-", stdin=TWO.encode())
    assert shop.scores().keys() == {"1", "2"}
    assert shop.imports()[0]["files"] == ["stdin"]


def test_stdin_beside_files_is_one_batch(shop: Shop) -> None:
    shop.do("import", "-", shop.file("talks.csv", CONVERSATIONS), stdin=PEOPLE.encode())
    assert shop.newest() == 1
    assert shop.scores()["3"] == 2


ROTA = "Nr,Firm,Site,Start\n1,Acme,Dock,03/04/2026\n"
ROTA_COLUMNS = ("Nr=person_id", "Firm=employer", "Site=worksite", "Start=started_on")


def test_options_of_one_file_say_nothing_of_the_others(shop: Shop) -> None:
    people = shop.file("staff.csv", "Nr,name,hired_on\n1,Ana Ruiz,04/25/2020\n")
    rota = shop.file("rota.csv", ROTA)
    of_rota = [word for pair in ROTA_COLUMNS for word in ("--map-of", "rota.csv", pair)]
    of_rota += ["--kind-of", str(rota), "assignments", "--dates-of", str(rota), "dmy"]
    shop.do("import", people, rota, "--map-of", people, "Nr=person_id", *of_rota)
    exported = shop.exported()
    assert "1,Ana Ruiz,,,,,,,2020-04-25," in exported["people.csv"]
    assert "2026-04-03" in exported["assignments.csv"]


def test_what_is_said_of_one_file_outranks_what_is_said_of_all(shop: Shop) -> None:
    people = shop.file("staff.csv", "person_id,Called,Alias\n1,Ana Ruiz,Ani\n")
    more = shop.file("more.csv", "person_id,Called,Alias\n2,Bo,Bo Lind\n")
    shop.do("import", people, more, "--map", "Called=name", "--map-of", more, "Alias=name")
    assert {row["name"] for row in shop.answer("leaders --top 0")["rows"]} == {"Ana Ruiz", "Bo Lind"}


def test_a_file_that_is_not_imported_is_named_with_those_that_are(shop: Shop) -> None:
    people = shop.file("staff.csv", PEOPLE)
    ran = shop.run("import", shop.store, people, "--kind-of", "staf.csv", "people")
    assert ran.code == 2
    assert "file 'staf.csv' that is not imported" in ran.err
    assert "staff.csv" in ran.err
    ran = shop.run("import", shop.store, people, "--map-of", people, "name")
    assert (ran.code, "COLUMN=FIELD" in ran.err) == (2, True)


def test_importing_the_same_files_twice_changes_nothing_that_is_seen(full_shop: Shop) -> None:
    before, files = full_shop.seen(), full_shop.exported()
    full_shop.load_all()
    assert (full_shop.seen(), full_shop.exported()) == (before, files)
    counts = full_shop.imports()[1]
    assert (counts["n_new"], counts["n_changed"], counts["n_same"]) == (0, 0, counts["n_accepted"])


def test_the_second_import_undone_leaves_the_first(full_shop: Shop) -> None:
    before = full_shop.seen()
    full_shop.do("imports undo", full_shop.load_all())
    assert full_shop.seen() == before


def test_a_corrected_file_corrects_instead_of_doubling(full_shop: Shop) -> None:
    full_shop.load(
        conversations=CONVERSATIONS.replace("C3,2026-05-03,Org One,3,phone,,none", "C3,2026-05-03,Org One,3,phone,,4")
    )
    assert full_shop.scores()["4"] == 1
    assert full_shop.answer("leaders")["about"]["coverage"]["n_conversations"] == 6
    counts = full_shop.imports()[1]
    assert (counts["n_new"], counts["n_changed"], counts["n_same"]) == (0, 1, 5)


def test_rows_without_an_id_are_corrected_by_their_natural_key(full_shop: Shop) -> None:
    full_shop.load("--list-date", "2026-05-01", assignments=ASSIGNMENTS.replace("2026-03-20", "2026-03-21"))
    counts = full_shop.imports()[1]
    assert (counts["n_new"], counts["n_changed"], counts["n_same"]) == (0, 1, 2)
    assert full_shop.exported()["assignments.csv"].count("\n") == 4


def test_an_empty_cell_says_nothing_and_a_missing_row_is_no_leaving(full_shop: Shop) -> None:
    full_shop.load(people="person_id,name,department,shift\n1,Ana Ruiz,Packing,\n")
    assert full_shop.person("1")["facts"]["shift"] == "Day"
    assert full_shop.scores().keys() == {"1", "2", "3", "4", "7"}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_undo_in_any_order_is_as_if_never_imported(full_shop: Shop, order: tuple[int, ...]) -> None:
    before, files = full_shop.seen(), full_shop.exported()
    full_shop.load(people="person_id,name,department\n1,Ana Ruiz-Ames,Dock\n9,New One,Dock\n")
    full_shop.load(conversations="conversation_id,held_on,organizer,person_id,named\nC1,2026-05-01,Org One,1,9\n")
    for batch in order:
        full_shop.do("imports undo", batch)
        if sorted(order[: order.index(batch) + 1]) == [2, 3]:
            assert (full_shop.seen(), full_shop.exported()) == (before, files)
    assert (full_shop.rows("leaders"), full_shop.exported()) == ([], {})
    assert [batch["status"] for batch in full_shop.imports()] == ["undone"] * 3


def test_undoing_twice_is_once_and_an_unknown_batch_is_told(full_shop: Shop) -> None:
    full_shop.do("imports undo", 1)
    revision = full_shop.revision()
    full_shop.do("imports undo", 1)
    assert full_shop.revision() == revision
    ran = full_shop.run("imports", "undo", full_shop.store, 7)
    assert ran.code == 1
    assert "no batch 7" in ran.err


def test_a_batch_can_take_the_place_of_another(shop: Shop) -> None:
    first = shop.load(people=TWO)
    shop.load("--replaces", first, people="person_id,name\n1,Ana Ruiz\n3,Cy Moss\n")
    assert shop.scores().keys() == {"1", "3"}
    assert shop.person("1")["facts"]["department"] is None
    assert [batch["status"] for batch in shop.imports()] == ["replaced", "committed"]
    shop.do("imports undo", 2)
    assert shop.scores().keys() == {"1", "2"}
    ran = shop.run("import", shop.store, shop.file("more.csv", TWO), "--replaces", 9)
    assert (ran.code, shop.newest()) == (1, 2)


def test_named_sources_keep_their_ids_apart(full_shop: Shop) -> None:
    full_shop.load("--source", "payroll", people="person_id,name\n1,Gus Hill\n8,Hal Ives\n")
    rows = {row["person_id"]: row["name"] for row in full_shop.rows("leaders")}
    assert rows["1"] == "Ana Ruiz"
    assert (rows["1@payroll"], rows["8@payroll"]) == ("Gus Hill", "Hal Ives")
    assert full_shop.person("1@payroll")["facts"]["name"] == "Gus Hill"


def test_ids_in_a_named_source_are_its_own(full_shop: Shop) -> None:
    full_shop.load("--source", "payroll", people="person_id,name\n1,Gus Hill\n3,Hal Ives\n")
    full_shop.load(
        "--source",
        "payroll",
        conversations="conversation_id,held_on,organizer,person_id,named\nC1,2026-05-05,O,1,3; 4\n",
    )
    scores = full_shop.scores()
    assert (scores["3@payroll"], scores["3"], scores["4"]) == (1, 2, 0)
    assert full_shop.exported()["conversations.csv"].count("\n") == 8


def test_a_dry_run_tells_what_would_happen_and_writes_nothing(full_shop: Shop) -> None:
    text = PEOPLE.replace("1,Ana Ruiz,Packing", "1,Ana Ruiz,Dock") + "8,Gus Hill,Dock,,,,,,,\n9,,Dock,,,,,,,\n"
    ran = full_shop.do("import", full_shop.file("new.csv", text), "--list-date", "2026-05-04", "--dry-run")
    assert "9 rows read = 8 accepted + 1 rejected; 1 new, 1 changed, 6 same" in ran.err
    assert "row 10 rejected: column name: the cell is empty and is needed" in ran.err
    assert ran.err.endswith("Dry run: nothing was written.\n")
    assert (full_shop.revision(), full_shop.newest()) == (1, 1)


def test_a_dry_run_tells_the_same_as_the_import_that_follows(full_shop: Shop) -> None:
    path = full_shop.file("new.csv", PEOPLE.replace("Night", "Day") + "8,Gus Hill,Dock,,,,,,,\n")
    for words in ((), ("--list-date", "2026-05-01"), ("--list-date", "2026-06-01"), ("--source", "hr")):
        dry = full_shop.do("import", path, *words, "--dry-run").err
        wet = full_shop.do("import", path, *words).err
        assert dry.splitlines()[0] == wet.splitlines()[0]


def test_a_newer_list_that_shows_the_same_places_changes_nothing(full_shop: Shop) -> None:
    ran = full_shop.do("import", full_shop.file("june.csv", PEOPLE), "--list-date", "2026-06-01")
    assert "0 new, 0 changed, 7 same" in ran.err


def test_rejected_rows_go_to_a_file_with_number_and_reason(shop: Shop) -> None:
    lines = ("1,Ana Ruiz,2020-01-01,", "2,,,", "1,Ana Again,,", "3,Cy Moss,2020-01-02,2020-01-01")
    text = "\n".join(["person_id,name,hired_on,left_on", *lines, ""])
    rejects = shop.folder / "rejects.csv"
    ran = shop.do("import", shop.file("people.csv", text), "--rejects", rejects)
    assert "4 rows read = 1 accepted + 3 rejected" in ran.err
    with rejects.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["file"], row["row"], row["person_id"]) for row in rows] == [
        ("people.csv", "3", "2"),
        ("people.csv", "4", "1"),
        ("people.csv", "5", "3"),
    ]
    assert [row["reason"].split(":")[0] for row in rows] == [
        "column name",
        "the same contact stands already in row 2",
        "left_on is before hired_on",
    ]


def test_a_rejects_file_that_cannot_be_written_stops_the_import_before_it_begins(shop: Shop) -> None:
    ran = shop.run("import", shop.store, shop.file("p.csv", TWO), "--rejects", shop.folder / "nowhere" / "r.csv")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert shop.imports() == []


def test_a_column_can_be_mapped_and_the_others_become_attributes(shop: Shop) -> None:
    path = shop.file("staff.csv", "Employee no.,name,Locker,departement\n1,Ana Ruiz,12,Packing\n")
    ran = shop.do("import", path, "--kind", "people", "--map", "Employee no.=person_id")
    assert "Column 'Locker' is none of ours and is kept as an attribute." in ran.err
    assert "is it department? then say --map 'departement=department'" in ran.err
    assert "12" in shop.exported()["people.csv"]


def test_a_mapping_is_for_the_files_that_have_the_column(shop: Shop) -> None:
    staff = shop.file("staff.csv", "no,name\n1,Ana Ruiz\n2,Bo Lind\n")
    talks = shop.file("talks.csv", "held_on,organizer,person_id,named\n2026-05-01,Org One,1,2\n")
    shop.do("import", staff, talks, "--map", "no=person_id")
    assert shop.scores()["2"] == 1
    ran = shop.run("import", shop.store, staff, talks, "--map", "nr=person_id")
    assert ran.code == 2
    assert ran.err.startswith("shopfloor: --map names a column 'nr' that is not there")


def test_an_import_says_what_it_was(full_shop: Shop) -> None:
    about = full_shop.answer("imports show", 1)["about"]
    assert about["list_date"] == "2026-05-01"
    assert about["files"] == ["people.csv", "conversations.csv", "assignments.csv", "connections.csv"]
    assert about["file_details"][0]["columns"]["person_id"] == "person_id"
    assert len(about["file_details"][0]["sha256"]) == 64
    assert about["n_read"] == about["n_accepted"] + about["n_rejected"] == 18
    assert {row["record"]: row["n"] for row in full_shop.answer("imports show", 1)["rows"]}["conversation"] == 6


def test_day_month_order_is_asked_for_and_can_be_said(shop: Shop) -> None:
    path = shop.file("talks.csv", "held_on,organizer,person_id\n03/04/2026,Org One,1\n")
    ran = shop.run("import", shop.store, path)
    assert ran.code == 1
    assert "--dates dmy or mdy" in ran.err
    shop.do("import", path, "--dates", "dmy")
    assert shop.answer("leaders")["about"]["as_of"] == "2026-04-03"


def test_the_kind_is_told_from_the_headers_or_said(shop: Shop) -> None:
    path = shop.file("x.csv", "person_id,assessment,assessed_on\n1,2,2026-05-01\n")
    assert "x.csv: assessments" in shop.do("import", path).err
    ran = shop.run("import", shop.store, path, "--kind", "people")
    assert ran.code == 1
    assert "needed columns are missing: name" in ran.err
