import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopfloor.ingest.named import parse_list, parse_named, split_list
from shopfloor.records import join_named, split_named

QUESTIONS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
NAMES = (
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=";|="), min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and text.casefold() != "none")
)


def column(*texts: str | None) -> pa.Array:
    return pa.array(texts, pa.string())


def canonical(text: str) -> str | None:
    (value,) = parse_named(column(text)).values.to_pylist()
    return value if value is None else str(value)


def reason(text: str) -> str:
    parsed = parse_named(column(text))
    assert parsed.values.to_pylist() == [None]
    return str(parsed.reasons[0].as_py())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("P1", "listens_to = P1"),
        ("P1; P2", "listens_to = P1; P2"),
        ("P2;P1 ;; P2;", "listens_to = P2; P1"),
        ("P1\nAna  Ruiz", "listens_to = P1; Ana Ruiz"),
        ("listens_to = P1; P2 | rides_with = P7", "listens_to = P1; P2 | rides_with = P7"),
        ("rides_with=P7|listens_to=P1", "listens_to = P1 | rides_with = P7"),
        ("P1 | rides_with = none", "listens_to = P1 | rides_with = none"),
        ("None", "listens_to = none"),
        ("rides_with = NONE", "rides_with = none"),
        ("rides_with = Bo = Lind", "rides_with = Bo = Lind"),
        ("Jose\N{COMBINING ACUTE ACCENT}", "listens_to = José"),
    ],
)
def test_namings_come_out_in_one_spelling(written: str, read: str) -> None:
    assert canonical(written) == read


def test_an_empty_cell_says_nothing() -> None:
    parsed = parse_named(column(None, "P1"))
    assert parsed.values.to_pylist() == [None, "listens_to = P1"]
    assert parsed.n_bad == 0


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("none; P1", "none beside names"),
        ("listens_to = P1; None", "none beside names"),
        ("P1 | P2", "one question twice"),
        ("a = P1 | a = P2", "one question twice"),
        ("Rides With = P1", "question id"),
        (" = P1", "question id"),
        ("rides_with =", "question without names"),
        ("P1 |", "question without names"),
        (";", "question without names"),
    ],
)
def test_namings_that_contradict_themselves_are_rejected(written: str, said: str) -> None:
    assert said in reason(written)


def test_names_without_question_answer_the_default_one_of_the_campaign() -> None:
    assert parse_named(column("P1"), "goes_to").values.to_pylist() == ["goes_to = P1"]


@given(st.dictionaries(QUESTIONS, st.lists(NAMES, unique=True, max_size=4), min_size=1, max_size=3))
def test_splitting_is_the_inverse_of_joining_and_parsing_changes_nothing_more(answers: dict[str, list[str]]) -> None:
    text = join_named(answers)
    assert split_named(text) == {question: tuple(names) for question, names in sorted(answers.items())}
    once = canonical(text)
    assert once is not None
    assert canonical(once) == once
    assert split_named(once).keys() == answers.keys()


def test_lists_come_out_in_one_spelling() -> None:
    parsed = parse_list(column("safety;pay ; safety", " pay ", ";", None))
    assert parsed.values.to_pylist() == ["safety; pay", "pay", None, None]
    assert split_list("safety; pay") == ("safety", "pay")


def test_questions_asked_must_be_question_ids() -> None:
    parsed = parse_list(column("listens_to; rides_with", "Listens To"), question_ids=True)
    assert parsed.values.to_pylist() == ["listens_to; rides_with", None]
    assert "question id" in parsed.reasons[1].as_py()
