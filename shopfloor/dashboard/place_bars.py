"""Places drawn as bars on one axis, and certainty as a mark with its word: ink only, hatched where one cannot tell."""

from collections.abc import Mapping
from math import log, sqrt
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from shopfloor.dashboard.parts import aria

CERTAINTY_WORDS: Final[Mapping[str, str]] = {
    "sure": "sure",
    "likely": "likely",
    "cannot_tell": "cannot tell yet",
    "not_listed": "hardly",
}
"""Whether somebody is in the top, in the words of a table."""

_TICKS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_BEFORE_FIRST: Final = 1 / sqrt(2)
_TOO_NEAR: Final = 1.5
"""Marks on the axis keep this ratio to the end of the top."""

_LETTER: Final = 4.2
"""Width of a letter of a number on the axis, in percent of the narrowest axis."""


class PlaceAxis:
    """An axis of places that grows by ratios: the first places, which matter, take most of it.

    Parameters
    ----------
    lowest : int
        The last place on it.
    places : int
        How many places the top has: there is a heavy line after them.
    """

    def __init__(self, lowest: int, places: int) -> None:
        self.places = places
        self._end = max(lowest, places) + 0.5
        marks = [html.I(className="tick", style=_left(self.at(tick))) for tick in self.ticks() if tick != places]
        self._marks = [*marks, html.I(className="tick of-top", style=_left(self._edge(places)))]

    def at(self, place: float) -> float:
        """Return where a place is, in percent from the left.

        Examples
        --------
        >>> axis = PlaceAxis(100, 5)
        >>> axis.at(1) < axis.at(2) < axis.at(100) < 100
        True
        """
        return 100 * log(place / _BEFORE_FIRST) / log(self._end / _BEFORE_FIRST)

    def ticks(self) -> list[int]:
        """Return the places that are marked, the last of the top among them.

        Examples
        --------
        >>> PlaceAxis(30, 5).ticks(), PlaceAxis(12, 3).ticks()
        ([1, 2, 5, 10, 20], [1, 3, 5, 10])
        """
        others = [tick for tick in _TICKS if tick < self._end and self._is_apart(tick)]
        return sorted({*others, self.places})

    def _is_apart(self, tick: int) -> bool:
        return max(tick, self.places) / min(tick, self.places) > _TOO_NEAR

    def numbered(self) -> list[int]:
        """Return the marked places whose number has room on the axis, the last of the top among them.

        Examples
        --------
        >>> PlaceAxis(30, 5).numbered(), PlaceAxis(4339, 5).numbered()
        ([1, 2, 5, 10, 20], [1, 2, 5, 20, 50, 200, 2000])
        """
        found = [self.places]
        for tick in self.ticks():
            if all(self._has_room(tick, other) for other in found):
                found.append(tick)
        return sorted(found)

    def _has_room(self, one: int, other: int) -> bool:
        n_letters = (len(f"{one:,}") + len(f"{other:,}")) / 2 + 0.5
        return abs(self.at(one) - self.at(other)) >= n_letters * _LETTER

    def head(self) -> Component:
        """Return the numbers of the axis, for the head of a column; its words are the column's."""
        numbers = [
            html.Span(f"{tick:,}", className="of-top" if tick == self.places else None, style=_left(self.at(tick)))
            for tick in self.numbered()
        ]
        return html.Div(numbers, className="places-head", **aria(hidden="true"))

    def bar(self, low: int, high: int, guess: int, certainty: str, said: str) -> Component:
        """Return the places that somebody may hold as a bar, with a notch at the best guess.

        Parameters
        ----------
        low, high, guess : int
            Places, ``low <= guess <= high``.
        certainty : str
            ``sure`` is solid, ``likely`` mid, anything else hatched.
        said : str
            The same in words.
        """
        left, right = self._edge(low - 1), self._edge(high)
        drawn = [
            *self._marks,
            html.B(className=f"interval is-{certainty}", style={**_left(left), "width": f"{right - left:.2f}%"}),
            html.I(className="guess", style=_left(self.at(guess))),
        ]
        return html.Div(drawn, className="places", role="img", **aria(label=said))

    def _edge(self, place: int) -> float:
        """Return the border between a place and the next."""
        return min(self.at(sqrt(place * (place + 1))), 100.0) if place else 0.0


def _left(percent: float) -> dict[str, Any]:
    return {"left": f"{percent:.2f}%"}


def certainty_mark(certainty: str) -> Component:
    """Return a word of certainty with its mark: a full, half or open disc."""
    return html.Span([html.I(**aria(hidden="true")), CERTAINTY_WORDS[certainty]], className=f"cert is-{certainty}")
