"""Places as bars on one axis, and words of certainty with their marks."""

from itertools import pairwise

import pytest
from dash.development.base_component import Component

from shopfloor.dashboard.place_bars import CERTAINTY_WORDS, PlaceAxis, certainty_mark


def percent(part: Component, name: str) -> float:
    return float(part.style[name].removesuffix("%"))


def parts_of(axis: PlaceAxis, low: int, high: int, guess: int) -> tuple[Component, Component, Component]:
    """Return the heavy line, the bar and the notch."""
    drawn = axis.bar(low, high, guess, "likely", "said").children
    line = next(part for part in drawn if part.className == "tick of-top")
    bar = next(part for part in drawn if str(part.className).startswith("interval"))
    return line, bar, next(part for part in drawn if part.className == "guess")


@pytest.mark.parametrize("places", [1, 3, 5, 10, 50])
@pytest.mark.parametrize("n", [60, 120, 5000])
def test_a_bar_ends_at_the_heavy_line_only_where_the_top_ends(places: int, n: int) -> None:
    axis = PlaceAxis(n, places)
    line, within, _ = parts_of(axis, 1, places, 1)
    assert percent(within, "left") + percent(within, "width") == pytest.approx(percent(line, "left"), abs=0.02)
    _, beyond, _ = parts_of(axis, 1, places + 1, 1)
    assert percent(beyond, "left") + percent(beyond, "width") > percent(line, "left")


@pytest.mark.parametrize(("low", "high", "guess"), [(1, 1, 1), (1, 120, 40), (120, 120, 120), (3, 9, 4)])
def test_a_bar_lies_on_the_axis_and_holds_its_notch(low: int, high: int, guess: int) -> None:
    _, bar, notch = parts_of(PlaceAxis(120, 5), low, high, guess)
    left, right = percent(bar, "left"), percent(bar, "left") + percent(bar, "width")
    assert 0 <= left < percent(notch, "left") < right <= 100.01


def test_the_axis_grows_by_ratios_and_marks_the_last_place_of_the_top() -> None:
    axis = PlaceAxis(5000, 7)
    at = [axis.at(place) for place in range(1, 5001)]
    assert all(one < other for one, other in pairwise(at))
    assert at[1] - at[0] > at[200] - at[100]
    assert 7 in axis.ticks()
    bold = [part.children for part in axis.head().children if part.className == "of-top"]
    assert bold == ["7"]


@pytest.mark.parametrize("places", [1, 3, 5, 10, 50])
@pytest.mark.parametrize("n", [12, 60, 400, 5000, 100_000])
def test_numbers_on_the_axis_do_not_run_into_each_other(places: int, n: int) -> None:
    axis = PlaceAxis(n, places)
    assert {1, places} <= set(axis.numbered()) <= set(axis.ticks())
    for one, other in pairwise(axis.numbered()):
        apart = axis.at(other) - axis.at(one)
        assert apart > 4.2 * (len(f"{one:,}") + len(f"{other:,}")) / 2, (one, other)


@pytest.mark.parametrize("word", CERTAINTY_WORDS)
def test_certainty_is_a_word_and_not_only_a_mark(word: str) -> None:
    mark, said = certainty_mark(word).children
    assert getattr(mark, "aria-hidden") == "true"
    assert said == CERTAINTY_WORDS[word]
