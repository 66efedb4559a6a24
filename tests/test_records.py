from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopfloor.records import (
    ASSESSMENTS,
    FILES,
    KINDS,
    RECORDS,
    SOURCE_PATTERN,
    Contact,
    join_named,
    make_key,
    natural_key,
    split_key,
    split_named,
)

SOURCES = st.from_regex(SOURCE_PATTERN, fullmatch=True)
TEXTS = st.text(min_size=1, max_size=20)


@given(TEXTS, SOURCES)
def test_a_key_of_a_source_is_split_as_it_was_made(record_id: str, source: str) -> None:
    assert split_key(make_key(record_id, source)) == (record_id, source)


@given(TEXTS.filter(lambda text: "@" not in text))
@example("ana")
def test_an_id_of_our_own_is_its_own_key(record_id: str) -> None:
    assert make_key(record_id) == record_id
    assert split_key(record_id) == (record_id, "")


def test_a_mail_address_is_an_id_and_no_key_of_a_source() -> None:
    assert split_key("ana@example.org") == ("ana@example.org", "")
    assert split_key("@payroll") == ("@payroll", "")
    assert split_key("17@Pay Roll") == ("17@Pay Roll", "")


def test_a_natural_key_tells_its_parts_apart() -> None:
    assert natural_key(["17", date(2026, 5, 3), None]) == "=17|2026-05-03|"
    assert natural_key(["a|b", "c"]) != natural_key(["a", "b|c"])


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
        st.lists(st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True).filter(lambda t: t.lower() != "none"), max_size=3),
        min_size=1,
        max_size=3,
    )
)
def test_named_answers_are_joined_and_split_again(answers: dict[str, list[str]]) -> None:
    assert split_named(join_named(answers)) == {question: tuple(names) for question, names in answers.items()}


def test_every_column_of_a_file_is_a_field_of_its_records_or_their_id() -> None:
    for file in FILES.values():
        kinds = [KINDS[name] for name in file.kinds]
        known = {field for kind in kinds for field in kind.field_names} | {kind.id_column for kind in kinds}
        assert set(file.columns) <= known
        assert set(file.needed) <= set(file.columns)


def test_every_record_kind_but_verdicts_comes_from_one_file() -> None:
    made = [kind for file in FILES.values() for kind in file.kinds]
    assert sorted(made) == sorted(KINDS.keys() - {"judgement"})


def test_natural_keys_are_made_of_fields() -> None:
    for kind in KINDS.values():
        assert set(kind.natural_key) <= set(kind.field_names)
        assert kind.natural_key or kind.id_column


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.KIND)
def test_a_record_says_what_it_is_and_nothing_of_a_person(record: type) -> None:
    kind = KINDS[record.KIND]  # type: ignore[attr-defined]
    assert kind.doc
    assert all(spec.doc and spec.privacy for spec in kind.fields)
    made = record(**{kind.field_names[0]: "Zzyzx"})
    assert repr(made) == f"<{record.__name__}>"


def test_a_record_is_not_changed() -> None:
    contact = Contact(name="Ana Ruiz")
    with pytest.raises(AttributeError):
        contact.name = "Bo Lind"  # type: ignore[misc]


def test_schemas_follow_the_fields() -> None:
    kind = KINDS["assignment"]
    assert kind.schema.names == ["key", *kind.field_names]
    assert kind.version_schema.names == [*kind.schema.names, "cleared", "batch_id"]
    assert str(kind.schema.field("started_on").type) == "date32[day]"
    with pytest.raises(KeyError):
        kind.field("salary")


def test_names_are_spelled_as_the_house_does() -> None:
    for kind in KINDS.values():
        for spec in kind.fields:
            assert spec.name.endswith("_on") == (spec.type is date)
            assert not (spec.type is bool and spec.name != "did" and not spec.name.startswith("is_"))
            if spec.relation is not None:
                assert spec.relation.name == spec.relation.name.upper()


def test_assessments_run_from_leading_for_us_to_against_us() -> None:
    assert (list(ASSESSMENTS), ASSESSMENTS[1], ASSESSMENTS[5]) == ([1, 2, 3, 4, 5], "leads for us", "against us")
