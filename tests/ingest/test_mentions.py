import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopfloor.ingest import mentions
from shopfloor.ingest.mentions import MAX_CANDIDATES, UNRESOLVED, Directory, as_questions, fold_name, open_mentions

PEOPLE = {"1": 0, "2": 1, "17@payroll": 1, "3": 2, "3@payroll": 3, "9@hr": 4}
NAMES = [("Ana Ruiz", 0), ("Bo Lind", 1), ("Bo Lindt", 1), ("Cy Moss", 2), ("Bo Lind", 3), ("Zoë Ñuñez", 4), ("Zo", 4)]


@pytest.fixture
def directory() -> Directory:
    answers = {"the tall one": "2", "Cy Moss@payroll": "3@payroll", "gone": "99", "Father Joe": None, "Zo@hr": None}
    return Directory(PEOPLE, NAMES, answers)


@pytest.mark.parametrize(
    ("text", "source", "person"),
    [
        ("1", "", 0),
        ("17", "", UNRESOLVED),
        ("17", "payroll", 1),
        ("17@payroll", "", 1),
        ("17@payroll", "hr", 1),
        ("3", "", 2),
        ("3", "payroll", 3),
        ("3", "hr", UNRESOLVED),
        ("1", "payroll", UNRESOLVED),
        ("Ana Ruiz", "", 0),
        ("  ana   RUIZ ", "hr", 0),
        ("Bo Lindt", "", 1),
        ("Bo Lind", "", UNRESOLVED),
        ("Ana", "", UNRESOLVED),
        ("Zoë Ñuñez", "", 4),
        ("Zoe\u0308 N\u0303un\u0303ez", "", 4),
        ("Zo", "", 4),
        ("the tall one", "", 1),
        ("the tall one", "payroll", UNRESOLVED),
        ("Cy Moss", "", 2),
        ("Cy Moss", "payroll", 3),
        ("gone", "", UNRESOLVED),
        ("Father Joe", "", UNRESOLVED),
        ("Zo", "hr", UNRESOLVED),
        ("Zed", "", UNRESOLVED),
    ],
)
def test_a_reference_means_an_answer_then_an_id_then_the_only_one_of_that_name(
    directory: Directory, text: str, source: str, person: int
) -> None:
    assert directory.resolve(text, source) == person


def test_nobody_on_the_list_is_an_answer_and_no_question(directory: Directory) -> None:
    asked = [("Father Joe", ""), ("Father Joe", "hr"), ("Zo", "hr"), ("gone", ""), ("erased-0123456789ab", "")]
    assert [directory.is_open(*one) for one in asked] == [False, True, False, True, False]


def test_who_has_a_name_that_was_said_to_be_nobodys_is_found_by_it(directory: Directory) -> None:
    assert [directory.called(*one) for one in (("Zo", "hr"), ("Father Joe", ""), ("the tall one", ""))] == [4, -1, 1]


def test_one_person_under_two_equal_names_is_no_question() -> None:
    assert Directory({"1": 0, "1@hr": 0}, [("Ana Ruiz", 0), ("ANA RUIZ", 0)]).resolve("Ana Ruiz") == 0


def test_candidates_are_the_same_name_first_then_alike_ones(directory: Directory) -> None:
    assert directory.candidates("Bo Lind")[:2] == [1, 3]
    assert directory.candidates("Anna Ruiz")[0] == 0
    assert directory.candidates("Quentin Xylo") == []


def test_there_are_never_more_than_a_few_candidates() -> None:
    crowd = Directory({str(i): i for i in range(50)}, [(f"Bo Lind {i}", i) for i in range(50)])
    assert len(crowd.candidates("Bo Lind")) == MAX_CANDIDATES


def test_candidates_are_the_same_however_many_are_looked_for_at_once(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["Bo Lind", "Anna Ruiz", "Zed", "Bo Lint", ""]
    together = list(directory.candidates_of(texts))
    monkeypatch.setattr(mentions, "_AT_ONCE", 1)
    assert list(directory.candidates_of(texts)) == together == [directory.candidates(text) for text in texts]
    assert list(Directory({}, []).candidates_of(texts)) == [[]] * len(texts)


def test_open_mentions_are_counted_and_asked_most_frequent_first(directory: Directory) -> None:
    references = {("Bo Lind", ""): 2, ("Zed", "payroll"): 5, ("Ana Ruiz", ""): 7, ("Abe", ""): 2}
    counts = open_mentions(references, directory)
    assert counts == {("Bo Lind", ""): 2, ("Zed", "payroll"): 5, ("Abe", ""): 2}
    questions = as_questions(counts, directory)
    assert [(one.key, one.text, one.n_times) for one in questions] == [
        ("Zed@payroll", "Zed", 5),
        ("Abe", "Abe", 2),
        ("Bo Lind", "Bo Lind", 2),
    ]
    assert questions[2].candidates[:2] == (1, 3)


@given(st.text(max_size=20))
def test_a_name_is_compared_without_what_means_nothing(text: str) -> None:
    assert fold_name(f"  {text}\t") == fold_name(text)
    assert fold_name(fold_name(text)) == fold_name(text)


@given(st.text(max_size=12), st.sampled_from(["", "payroll", "hr"]))
def test_whoever_is_meant_is_one_of_the_people(text: str, source: str) -> None:
    made = Directory(PEOPLE, NAMES)
    assert made.resolve(text, source) in {UNRESOLVED, *PEOPLE.values()}
    assert set(made.candidates(text)) <= set(PEOPLE.values())


def test_it_names_nobody_in_logs(directory: Directory) -> None:
    questions = as_questions({("Zed", ""): 1}, directory)
    assert "Zed" not in repr(questions) + repr(directory)
