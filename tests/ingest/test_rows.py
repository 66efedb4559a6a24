import io
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopfloor.errors import InputError, UsageError
from shopfloor.ingest.readers import read_table
from shopfloor.ingest.rows import CheckedTable, check_table, check_value, record_fault, reject_repeats
from shopfloor.records import FILES, KINDS

PEOPLE = "person_id,name,department,hired_on,left_on,phone\n"


def checked(text: str, **options: Any) -> CheckedTable:
    return check_table(read_table(io.BytesIO(text.encode()), "file.csv")[0], **options)


def rows(table: CheckedTable, kind: str) -> list[dict[str, Any]]:
    """Return the versions of one kind, without what is not said."""
    found = table.versions[kind].to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in found]


def test_a_row_of_people_becomes_a_contact_her_details_and_a_placement() -> None:
    table = checked(PEOPLE + "1,Ana Ruiz,Packing,2020-01-02,,555-0101\n", list_date=date(2026, 5, 1))
    assert rows(table, "contact") == [{"key": "1", "name": "Ana Ruiz", "hired_on": date(2020, 1, 2), "row": 2}]
    assert rows(table, "contact_details") == [{"key": "1", "person_id": "1", "phone": "555-0101", "row": 2}]
    assert rows(table, "placement") == [
        {
            "key": "=1|2026-05-01",
            "person_id": "1",
            "department": "Packing",
            "started_on": date(2026, 5, 1),
            "row": 2,
        }
    ]


def test_what_a_row_does_not_say_makes_no_record() -> None:
    table = checked(PEOPLE + "1,Ana Ruiz,,,,\n2,Bo Lind,Dock,,,\n")
    assert (len(rows(table, "contact")), rows(table, "contact_details"), len(rows(table, "placement"))) == (2, [], 1)


def test_ids_of_a_source_become_its_keys() -> None:
    text = (
        "conversation_id,held_on,organizer,person_id,named\nC1,2026-05-01,Org One,17,3\n,2026-05-02,Org One,17,none\n"
    )
    found = rows(checked(text, source="payroll"), "conversation")
    assert [(row["key"], row["person_id"], row["named"]) for row in found] == [
        ("=17@payroll|2026-05-02|Org One@payroll", "17@payroll", "listens_to = none"),
        ("C1@payroll", "17@payroll", "listens_to = 3"),
    ]


def test_rows_without_an_id_get_the_natural_key_of_their_kind() -> None:
    texts = {
        "assignment": "person_id,employer,worksite,started_on,hours\n1,Acme,N|E,2026-05-01,8\n",
        "connection": "person_id,other_id,kind,said_by,said_on\n1,2,friend,Org One,2026-05-01\n",
        "assessment": "person_id,assessment,assessed_on,assessed_by\n1,2,2026-05-01,\n",
        "link": "from_party,to_party,kind\nAcme,Best,ownership\n",
        "engagement": "client,contractor,tier\nAcme,Best,1\n",
    }
    keys = {kind: rows(checked(text), kind)[0]["key"] for kind, text in texts.items()}
    assert keys == {
        "assignment": "=1|Acme|N¦E|2026-05-01",
        "connection": "=1|2|friend|Org One|2026-05-01",
        "assessment": "=1|2026-05-01|",
        "link": "=Acme|Best|ownership|",
        "engagement": "=Acme|Best||",
    }


def test_an_action_has_rows_of_people_or_counts_of_units() -> None:
    text = (
        "action,held_on,step,person_id,did,unit,n_eligible,n_did\n"
        "Petition,2026-05-01,1,1,yes,,,\nVote,2026-05-02,1,,,Dock,5,3\n"
        "Vote,2026-05-02,1,,,,5,3\nVote,2026-05-02,1,1,,Dock,5,3\nVote,2026-05-02,1,,,Yard,,3\nVote,2026-05-02,1,,,Pit,2,3\n"
    )
    table = checked(text)
    assert [row["key"] for row in rows(table, "participation")] == ["=Petition|1|1"]
    assert [row["key"] for row in rows(table, "tally")] == ["=Vote|1|Dock"]
    assert [(bad.row, bad.reason.split(":")[0]) for bad in table.rejected] == [
        (4, "neither person_id nor unit is there"),
        (5, "person_id and unit are both there"),
        (6, "column n_eligible"),
        (7, "n_did is more than n_eligible"),
    ]


def test_columns_that_are_none_of_ours_become_attributes() -> None:
    table = checked("person_id,name,Locker,badge\n1,Ana Ruiz,12,\n2,Bo Lind,,\n3,Cy Moss,7,Z\n")
    said = [row.get("attributes") for row in rows(table, "contact")]
    assert [json.loads(text) if text else None for text in said] == [
        {"Locker": "12"},
        None,
        {"Locker": "7", "badge": "Z"},
    ]
    assert table.match.attributes == ("Locker", "badge")


def test_the_first_reason_of_a_row_is_kept_and_repeats_no_value() -> None:
    table = checked("person_id,name,hired_on,left_on\n1,,Zzyzx,2026-02-31\n")
    assert [(bad.row, bad.reason) for bad in table.rejected] == [
        (2, "column hired_on: the value is no date (write it as YYYY-MM-DD)")
    ]


def test_numbers_outside_their_bounds_are_rejected() -> None:
    table = checked(
        "person_id,other_id,kind,confidence\n1,2,friend,1\n1,3,friend,1.5\n1,4,friend,-1\n1,5,friend,sure\n"
    )
    assert [bad.row for bad in table.rejected] == [3, 4, 5]
    assert "lies outside 0 to 1" in table.rejected[0].reason


def test_a_table_that_lacks_a_needed_column_is_refused() -> None:
    with pytest.raises(InputError, match="organizer"):
        checked("held_on,person_id,named\n2026-05-01,1,2\n", kind="conversations")


def test_a_repeat_is_rejected_within_and_across_files() -> None:
    one, two = checked("person_id,name\n1,Ana\n2,Bo\n2,Bo\n"), checked("person_id,name\n3,Cy\n1,Ana\n")
    first, second = reject_repeats([one, two])
    assert [(bad.row, bad.reason.split(":")[0]) for bad in first.rejected] == [
        (4, "the same contact stands already in row 3")
    ]
    assert [(bad.row, bad.reason.split(":")[0]) for bad in second.rejected] == [
        (3, "the same contact stands already in file.csv row 2")
    ]
    assert [row["key"] for table in (first, second) for row in rows(table, "contact")] == ["1", "2", "3"]


CELLS = st.sampled_from(
    ["", "1", "2", "17", "Ana Ruiz", "2026-05-01", "2026-02-31", "none", "none; 1", "yes", "6", "x" * 201]
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_row_read_is_accepted_or_rejected_and_never_both(data: st.DataObject) -> None:
    file = FILES[data.draw(st.sampled_from(sorted(FILES)))]
    chosen = data.draw(st.lists(st.sampled_from(file.columns), unique=True))
    columns = [*file.needed, *(name for name in chosen if name not in file.needed)]
    lines = data.draw(st.lists(st.lists(CELLS, max_size=len(columns) + 1), min_size=1, max_size=6))
    text = "\n".join([",".join([*columns, "extra"]), *(",".join(["a", *line]) for line in lines)])
    source = data.draw(st.sampled_from(["", "payroll"]))
    checked_table = checked(text, kind=file.name, dates="iso", source=source)
    (table,) = reject_repeats([checked_table])
    main = file.kinds if file.name == "actions" else file.kinds[:1]
    accepted = [number for kind in main for number in table.versions[kind]["row"].to_pylist()]
    rejected = [bad.row for bad in table.rejected]
    assert sorted([*accepted, *rejected]) == [*range(2, 2 + len(lines))]
    assert table.raw.n_read == table.n_accepted + len(rejected) == len(lines)
    assert table.n_accepted == len(accepted)
    for kind in file.kinds:
        keys = table.versions[kind]["key"].to_pylist()
        assert len(keys) == len(set(keys))
        assert set(table.versions[kind]["row"].to_pylist()) <= set(accepted)
        assert all(key and key.endswith("@payroll") == bool(source) for key in keys)


@pytest.mark.parametrize(
    ("kind", "field", "text", "value"),
    [
        ("contact", "name", "  Zoë  ", "Zoë"),
        ("contact", "hired_on", "2026-05-01", date(2026, 5, 1)),
        ("contact", "kind", "Public Figure", "public_figure"),
        ("contact", "attributes", '{"b": "1", "a": "2"}', '{"a": "2", "b": "1"}'),
        ("placement", "is_supervisor", "x", True),
        ("conversation", "assessment", "3", 3),
        ("conversation", "named", "1; 2 ;1", "listens_to = 1; 2"),
        ("conversation", "issues", "pay;  safety", "pay; safety"),
        ("assignment", "hours", "8", 8.0),
    ],
)
def test_a_typed_value_means_what_it_would_in_a_file(kind: str, field: str, text: str, value: object) -> None:
    assert check_value(KINDS[kind].field(field), text) == value


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        ("contact", "hired_on", "03/04/2026"),
        ("contact", "kind", "boss Zzyzx"),
        ("contact", "name", "Zzyzx\x07"),
        ("contact", "attributes", "Zzyzx"),
        ("contact", "attributes", '{"a": 1}'),
        ("contact", "attributes", '["Zzyzx"]'),
        ("conversation", "assessment", "3-ish Zzyzx"),
        ("conversation", "named", "none; Zzyzx"),
        ("assignment", "hours", "-1"),
    ],
)
def test_a_typed_value_that_does_not_fit_is_refused_without_repeating_it(kind: str, field: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"^{field}: the value ") as caught:
        check_value(KINDS[kind].field(field), text)
    assert "Zzyzx" not in str(caught.value)


def test_a_whole_record_is_judged_as_a_row_would_be() -> None:
    talk = {"person_id": "1", "held_on": date(2026, 5, 1), "organizer": "Org One"}
    assert record_fault(KINDS["conversation"], talk) is None
    assert record_fault(KINDS["conversation"], {**talk, "organizer": None}) == (
        "column organizer: the cell is empty and is needed"
    )
    assert record_fault(KINDS["connection"], {"person_id": "1", "other_id": "1", "kind": "friend"}) == (
        "a person is connected to themself"
    )
    assert record_fault(KINDS["employer"], {"name": "Acme"}) == "column employer_id: the cell is empty and is needed"


def test_advice_on_repeats_is_what_can_be_done_in_that_kind_of_file() -> None:
    texts = {
        "people": "person_id,name\n1,Ana\n1,Ana\n",
        "assignments": "person_id,employer,worksite,started_on\n1,A,B,2026-05-01\n1,A,B,2026-05-01\n",
        "assessments": "person_id,assessment,assessed_on\n1,2,2026-05-01\n1,3,2026-05-01\n",
    }
    advice = {
        kind: reject_repeats([checked(text)])[0].rejected[0].reason.split(": ")[1] for kind, text in texts.items()
    }
    assert advice == {
        "people": "correct one of the two, or give each its own person_id",
        "assignments": "correct one of the two, or give each its own assignment_id",
        "assessments": "rows that agree in person_id, assessed_on, assessed_by are one record, "
        "so correct or remove one of the two",
    }
