import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopfloor.errors import InputError, UsageError
from shopfloor.ingest.columns import KindHeaders, fold, guess_kind, match_columns

FIELDS = ("person_id", "name", "preferred_name", "department", "shift", "phone")
SYNONYMS = {"Cell Phone": "phone", "Home Phone": "phone", "First Name": "preferred_name", "Vehicle": "car"}
KINDS = {
    "people": KindHeaders(("person_id", "name"), ("department", "shift", "phone"), {"Full Name": "name"}),
    "assessments": KindHeaders(("person_id", "assessment", "assessed_on"), ("assessed_by", "basis")),
    "engagements": KindHeaders(("client", "contractor"), ("worksite",)),
    "sales": KindHeaders(("client", "contractor"), ("amount",)),
}


@pytest.mark.parametrize("column", ["person_id", "Person ID", "PERSON-ID", "PersonId", "person id "])
def test_capitals_spaces_hyphens_and_underscores_do_not_matter(column: str) -> None:
    assert match_columns([column], FIELDS).fields == {"person_id": column}


@given(st.lists(st.sampled_from(FIELDS), unique=True), st.sampled_from([str.upper, str.title, str.swapcase]))
def test_every_field_is_found_however_it_is_written(fields: list[str], write: type[str]) -> None:
    columns = [write(field).replace("_", " ") for field in fields]
    match = match_columns(columns, FIELDS)
    assert match.fields == dict(zip(fields, columns, strict=True))
    assert match.attributes == ()


def test_synonyms_are_taken_and_those_of_unknown_fields_are_not() -> None:
    match = match_columns(["person_id", "cell phone", "Vehicle"], FIELDS, SYNONYMS)
    assert match.fields == {"person_id": "person_id", "phone": "cell phone"}
    assert match.attributes == ("Vehicle",)


def test_near_misses_are_suggested_and_never_taken() -> None:
    match = match_columns(["person_id", "departement", "favourite colour"], FIELDS)
    assert match.fields == {"person_id": "person_id"}
    assert match.attributes == ("departement", "favourite colour")
    assert match.suggestions == {"departement": ("department",)}


def test_a_field_already_found_is_not_suggested() -> None:
    assert match_columns(["department", "departement"], FIELDS).suggestions == {}


def test_what_the_user_maps_outranks_names_and_synonyms() -> None:
    match = match_columns(
        ["Name", "Full", "Cell Phone", "Home Phone"], FIELDS, SYNONYMS, {"full": "NAME", "Home Phone": "phone"}
    )
    assert match.fields == {"name": "Full", "phone": "Home Phone"}
    assert match.attributes == ("Name", "Cell Phone")


@pytest.mark.parametrize("columns", [["person_id", "Person ID"], ["Cell Phone", "Home Phone"], ["phone", "Cell Phone"]])
def test_two_columns_for_one_field_are_refused(columns: list[str]) -> None:
    with pytest.raises(InputError, match=r"crew\.csv: columns A and B .* say which with --map COLUMN="):
        match_columns(columns, FIELDS, SYNONYMS, name="crew.csv")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"Nmae": "name"}, "did you mean Name"),
        ({"Name": "nmae"}, "did you mean name"),
        ({"Name": "phone", "Tel": "phone"}, "two columns for the field phone"),
    ],
)
def test_a_mapping_that_names_nothing_is_a_usage_error(mapping: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        match_columns(["Name", "Tel"], FIELDS, mapping=mapping)


def test_missing_needed_columns_are_named_with_their_near_misses() -> None:
    with pytest.raises(InputError) as caught:
        match_columns(["persn_id", "Secret Person"], FIELDS, needed=("person_id", "name"), name="crew.csv")
    assert (
        str(caught.value) == "crew.csv: needed columns are missing: person_id, name: perhaps --map 'persn_id'=person_id"
    )


def test_a_file_without_header_does_not_put_its_first_person_into_the_message() -> None:
    with pytest.raises(InputError) as caught:
        match_columns(["17", "Ana Ruiz", "555-0101"], FIELDS, needed=("person_id", "name"))
    assert "Ana" not in str(caught.value)
    assert "555" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        guess_kind(["17", "Ana Ruiz", "555-0101"], KINDS)
    assert "put a header in the first row" in str(caught.value)
    assert "Ana" not in str(caught.value)


def test_the_kind_is_the_one_that_explains_most_columns() -> None:
    assert guess_kind(["Person ID", "Name", "Shift", "colour"], KINDS) == "people"
    assert guess_kind(["person_id", "name", "assessment", "assessed_on"], KINDS) == "assessments"
    assert guess_kind(["person_id", "Full Name"], KINDS) == "people"
    assert guess_kind(["person_id", "who"], KINDS, {"who": "name"}) == "people"


def test_a_kind_that_cannot_be_told_is_asked_for() -> None:
    with pytest.raises(InputError, match="could be engagements or sales: say --kind engagements or --kind sales"):
        guess_kind(["client", "contractor"], KINDS)
    with pytest.raises(InputError, match="nearest is assessments, without assessed_on: say --kind"):
        guess_kind(["person_id", "assessment"], KINDS)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text) or text.casefold() != text.casefold().casefold()
