"""What is asked of a workplace again is answered from memory, as long as somebody holds the workplace."""

import gc
import weakref
from dataclasses import replace

import numpy as np

from shopfloor.analysis import project_ties, select_workforce
from shopfloor.analysis.workforce import count_known, know_people
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Workplace, once
from tests.analysis.build import workplace as picture


def test_a_question_is_answered_once_for_each_workplace_and_forgotten_with_it() -> None:
    asked: list[tuple[int, str]] = []

    @once
    def count(workplace: Workplace, word: str) -> np.ndarray:
        asked.append((len(workplace.people), word))
        return np.array([len(workplace.people)])

    one, other = picture(3), picture(2)
    assert count(one, "a") is count(one, "a")
    assert [count(one, "b")[0], count(other, "a")[0], count(replace(one), "a")[0]] == [3, 2, 3]
    assert asked == [(3, "a"), (3, "b"), (2, "a"), (3, "a")]
    kept = weakref.ref(count(other, "a"))
    del other
    gc.collect()
    assert kept() is None


def test_what_was_returned_can_be_changed_without_changing_the_next_answer() -> None:
    workplace = picture(4)
    select_workforce(workplace)[:] = False
    assert select_workforce(workplace).sum() == 4
    known = know_people(workplace, DEFAULT_QUESTION)
    known["was_asked"] = True
    assert not know_people(workplace, DEFAULT_QUESTION)["was_asked"].any()
    count_known(workplace, select_workforce(workplace), DEFAULT_QUESTION)["n_people"] = 9
    assert count_known(workplace, select_workforce(workplace), DEFAULT_QUESTION)["n_people"] == 4
    assert project_ties(workplace, "named") is project_ties(workplace, "named")
