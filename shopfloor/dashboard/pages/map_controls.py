"""What is chosen on the map page and how: units, a person, a level, filters, a day. What a browser sends is checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

from dash import html
from dash.development.base_component import Component

from shopfloor.dashboard.controls import Field, also_include, filter_box, search_field, segments, select, toggles
from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.map_data import NOT_KNOWN, Filters, MapData
from shopfloor.dashboard.parts import aria
from shopfloor.dashboard.views import shift_shapes
from shopfloor.dashboard.words import ASSESSMENT_WORDS, day, layer_words

LEVELS: Final = {"units": "Units", "circle": "Only this circle", "people": "Everybody"}
GROUP_BY: Final = {"department": "departments", "shift": "shifts", "crew": "crews", "group": "social groups"}
INFLUENCE_WORDS: Final = {
    "top": "among the most named",
    "some": "named by fewer",
    "none": "named by nobody so far",
}
FILTERS: Final = ("map-shifts", "map-stands", "map-layers", "map-units", "map-search", "map-influence")
"""Controls whose values `filters_of` takes, in this order."""

SAID_LAYERS: Final = ("named", "told")
MOST_OPEN: Final = 6
MOST_LETTERS: Final = 80
NO_SHIFT: Final = "not known"
_WEEK: Final = 7
_MARKS: Final = ("●", "■", "◆", "▲")  # as the component draws shifts


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen on the page: which units are open, who, at what level."""

    open_units: tuple[str, ...] = ()
    person: str | None = None
    level: str = "units"

    @classmethod
    def of(cls, held: object) -> "Choice":
        """Return the choice a page holds; what does not fit is passed over."""
        if not isinstance(held, Mapping):
            return cls()
        units, person, level = tuple(_texts(held.get("open"))), held.get("person"), held.get("level")
        return cls(
            units[:MOST_OPEN],
            person if isinstance(person, str) else None,
            level if isinstance(level, str) and level in LEVELS else "units",
        )

    @classmethod
    def asked(cls, search: str) -> "Choice":
        """Return the choice an address asks for: ``?unit=Dock``, ``?person=17&show=circle``."""
        query = parse_qs(search.removeprefix("?"), keep_blank_values=True)
        level = query.get("show", ["units"])[0]
        return cls.of({"open": query.get("unit", []), "person": query.get("person", [None])[0], "level": level})

    def held(self) -> dict[str, Any]:
        """Return what the page holds."""
        return {"open": list(self.open_units), "person": self.person, "level": self.level}

    def clicked(self, kind: object, name: object) -> "Choice":
        """Return the choice after a click: a unit opens or closes, a person is chosen, Esc closes."""
        if kind == "unit" and isinstance(name, str):
            rest = tuple(unit for unit in self.open_units if unit != name)
            opened = rest if name in self.open_units else (*rest, name)[-MOST_OPEN:]
            return Choice(opened, None, "units")
        if kind == "person" and isinstance(name, str):
            return Choice(self.open_units, name, self.level)
        if kind == "circle" and self.person is not None:
            return Choice(self.open_units, self.person, "circle")
        if kind == "close":
            return Choice(self.open_units) if self.person else Choice()
        return self

    def on(self, data: MapData) -> "Choice":
        """Return the choice without a person who is not on the map, and at a level that can be drawn."""
        is_there = self.person is not None and (data.people["person_id"] == self.person).any()
        person = self.person if is_there else None
        level = "units" if self.level == "circle" and person is None else self.level
        return Choice(tuple(unit for unit in self.open_units if unit in data.unit_ids), person, level)


def _texts(values: object) -> list[str]:
    return [one for one in values if isinstance(one, str)] if isinstance(values, list | tuple) else []


def filters_of(
    data: MapData,
    shifts: object,
    stands: object,
    layers: object,
    units: object,
    search: object,
    influence: object = None,
) -> Filters:
    """Return the filters that the controls say; what is not on the map is passed over.

    A search that finds one person filters nobody out: she is chosen, among her people.
    """
    words = search[:MOST_LETTERS] if isinstance(search, str) else ""
    return Filters(
        units=tuple(unit for unit in _known(units) if unit in data.unit_ids),
        shifts=tuple(_known(shifts)),
        assessments=tuple(one for one in _list(stands) if isinstance(one, int) and one in ASSESSMENT_WORDS),
        layers=tuple(layer for layer in _texts(layers) if layer in data.layers),
        influence=tuple(one for one in _texts(influence) if one in INFLUENCE_WORDS),
        search="" if data.shown(Filters(search=words)).sum() == 1 else words,
    )


def first_layers(data: MapData) -> tuple[str, ...]:
    """Return the layers shown at first: what people said. Work records, drawn too, would hide it."""
    return tuple(layer for layer in SAID_LAYERS if layer in data.layers)


def first_filters(data: MapData, search: str) -> Filters:
    """Return the filters that an address asks for, ``?named=top&stands=0&stands=3``, with the first layers."""
    query = parse_qs(search.removeprefix("?"))
    stands = [value for value in ASSESSMENT_WORDS if str(value) in query.get("stands", [])]
    return filters_of(data, [], stands, list(first_layers(data)), [], "", query.get("named"))


def _known(values: object) -> Iterable[str]:
    return (NOT_KNOWN if value == NO_SHIFT else value for value in _texts(values))


def _list(values: object) -> list[object]:
    return values if isinstance(values, list) else []


def grouping_of(value: object) -> str:
    """Return what the discs are made of; departments for whatever is not offered."""
    return value if isinstance(value, str) and value in GROUP_BY else "department"


def time_span(desk: Desk) -> tuple[date, date]:
    """Return the first talk and the day of the newest picture."""
    workplace = desk.workplace()
    last = workplace.provenance.as_of
    talks = workplace.conversations["held_on"].dropna()
    return (talks.min().date() if len(talks) else last), last


def day_of(desk: Desk, weeks: object) -> date | None:
    """Return the day the slider stands at; None is the newest, as is whatever is no number of weeks."""
    first, last = time_span(desk)
    n_weeks = (last - first).days // _WEEK
    if not isinstance(weeks, int | float | str) or not str(weeks).isdigit() or int(weeks) >= n_weeks:
        return None
    return last - timedelta(days=_WEEK * (n_weeks - int(weeks)))


def controls(
    desk: Desk, data: MapData, choice: Choice, group_by: str, include: tuple[str, ...], filters: Filters
) -> Component:
    """Return the controls above the map; on a phone most of them wait behind a button."""
    more = html.Button(
        "What the map shows",
        className="btn sheet-button only-phone",
        type="button",
        **aria(expanded="false", controls="map-sheet"),
    )
    grouping = html.Div(
        [html.Label("Discs are", htmlFor="map-group-by"), select("map-group-by", tuple(GROUP_BY.items()), group_by)],
        className="control inline",
    )
    stands = [(a, f"{a} {word}" if a else word) for a, word in ASSESSMENT_WORDS.items()]
    sheet = [
        segments("map-level", "Show", tuple(LEVELS.items()), choice.level),
        _shifts(data),
        grouping,
        filter_box("map-influence", "Named by", tuple(INFLUENCE_WORDS.items()), filters.influence),
        filter_box("map-stands", "Where they stand", stands, filters.assessments),
        filter_box("map-layers", "Ties", [(layer, layer_words(layer)) for layer in data.layers], filters.layers),
        filter_box("map-units", "Units", [(unit or NO_SHIFT, data.unit_label(unit)) for unit in data.unit_ids]),
        _time(desk),
        also_include("map-include", include),
    ]
    row = [
        search_field("map-search", "Find a person"),
        more,
        html.Div(sheet, id="map-sheet", className="sheet"),
        html.Button("Close all", id="map-close", className="btn quiet", type="button"),
    ]
    return html.Div(row, className="controls no-print", role="group", **aria(label="What the map shows"))


def _shifts(data: MapData) -> Component:
    shapes = shift_shapes(data)
    there = set(data.people["shift"].unique())
    options = [
        (shift or NO_SHIFT, f"{_MARKS[shape]} {shift or 'shift not known'}")
        for shift, shape in shapes.items()
        if shift in there
    ]
    return toggles("map-shifts", "Shifts; none chosen is all", options)


def _time(desk: Desk) -> Component:
    first, last = time_span(desk)
    weeks = max((last - first).days // _WEEK, 0)
    slider = Field(
        id="map-weeks", type="range", min=0, max=weeks, step=1, value=str(weeks), delay=300, disabled=not weeks
    )
    label = html.Label(["As of ", html.Output(day(last, last), id="map-as-of")], htmlFor="map-weeks")
    return html.Div([label, slider], className="control inline time")
