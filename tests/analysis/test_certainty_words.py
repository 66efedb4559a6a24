import numpy as np
import pytest

from shopfloor.analysis.certainty import CANNOT_TELL, LIKELY, NOT_LISTED, SURE, Thresholds
from shopfloor.analysis.certainty.words import choose_words
from shopfloor.errors import UsageError

P_TOP = np.array([1.0, 0.9, 0.89, 0.8, 0.79, 0.5, 0.49, 0.05, 0.04, 0.0])
EVERYBODY = np.ones(10, dtype=bool)
NOBODY = np.zeros(10, dtype=bool)


def words(
    *, heard: np.ndarray = EVERYBODY, silent: np.ndarray = NOBODY, is_thin: bool = False, passes: bool = True
) -> list[str]:
    return choose_words(P_TOP, heard, silent, is_thin=is_thin, passes=passes, thresholds=Thresholds()).tolist()


def test_words_begin_where_the_thresholds_say() -> None:
    assert words() == [SURE] * 2 + [LIKELY] * 4 + [CANNOT_TELL] * 2 + [NOT_LISTED] * 2


def test_nobody_is_sure_where_chance_explains_the_spread() -> None:
    assert words(passes=False) == [LIKELY] * 6 + [CANNOT_TELL] * 2 + [NOT_LISTED] * 2


def test_likely_begins_higher_while_a_unit_has_too_few_voices() -> None:
    assert words(is_thin=True) == [SURE] * 2 + [LIKELY] * 2 + [CANNOT_TELL] * 4 + [NOT_LISTED] * 2


def test_who_was_named_by_nobody_is_never_likely() -> None:
    assert words(heard=NOBODY) == [CANNOT_TELL] * 8 + [NOT_LISTED] * 2


def test_of_a_silent_unit_one_cannot_tell() -> None:
    assert words(silent=EVERYBODY) == [SURE] * 2 + [LIKELY] * 4 + [CANNOT_TELL] * 4


def test_thresholds_that_are_not_in_order_are_refused() -> None:
    with pytest.raises(UsageError, match="must rise"):
        Thresholds(likely=0.95)
