"""Native controls, drawn by ``assets/controls.js``, where Dash's own cannot be used by everybody; and form parts.

Dash's radios, checks and dropdowns nest controls inside options, which a screen reader cannot use; its inputs know
neither dates nor suggestions. The form parts are segmented buttons, filters that open over the page, and fields
with their labels.
"""

from collections.abc import Sequence
from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

Options = Sequence[tuple[Any, str]]
"""Values and the words for them."""

_SEARCH_MS = 400


class _Control(Component):
    """A component of ``window.shopfloor_controls``."""

    _children_props: list[str] = []  # noqa: RUF012 (Dash reads these lists off the class)
    _base_nodes = ["children"]  # noqa: RUF012 (the same)
    _namespace = "shopfloor_controls"
    _names: tuple[str, ...] = ()

    def __init__(self, **props: Any) -> None:  # noqa: ANN401 (props of a page part)
        """Set the props; Dash's own constructor looks for a Python package of the namespace at each of them."""
        self._prop_names = self.available_properties = list(self._names)
        self._valid_wildcard_attributes: list[str] = []
        self.available_wildcard_properties: list[str] = []
        unknown = sorted(props.keys() - set(self._names))
        if unknown:
            raise TypeError(f"{self._type} has no {', '.join(unknown)} (it has {', '.join(self._names)})")
        for name, value in props.items():
            if value is not None:
                setattr(self, name, value)


class Choices(_Control):
    """Radios, or checks where ``several``: ``id``, ``options`` (``value``, ``label``), ``value``, ``className``."""

    _type = "Choices"
    _names = ("id", "options", "value", "several", "className")


class Field(_Control):
    """A native input or ``textarea``: ``value`` follows after ``delay`` ms, ``n_submit`` counts Enter."""

    _type = "Field"
    _names = ("id", "type", "value", "list", "min", "max", "step", "delay", "disabled", "className", "n_submit")


class Files(_Control):
    """Files chosen or dropped: ``contents`` (data addresses) and ``filename``; ``tooMuch`` is said beyond ``most``."""

    _type = "Files"
    _names = ("id", "label", "most", "tooMuch", "className", "contents", "filename")


class Select(_Control):
    """A native select: props ``id``, ``options`` (``value`` and ``label``), ``value``, ``label``, ``className``."""

    _type = "Select"
    _names = ("id", "options", "value", "label", "className")


class Suggestions(_Control):
    """What the browser offers while one types into a field whose ``list`` is this ``id``: ``options``, texts."""

    _type = "Suggestions"
    _names = ("id", "options")


class Title(_Control):
    """What the browser calls the page: ``text``, which it keeps in its history."""

    _type = "Title"
    _names = ("id", "text")


class Theme(_Control):
    """Which of light and dark the pages of this browser are: ``options`` as of `Select`, ``cookie`` that keeps it."""

    _type = "Theme"
    _names = ("id", "options", "cookie")


def _listed(options: Options) -> list[Any]:
    return [{"value": value, "label": label} for value, label in options]


def select(name: str | dict[str, Any], options: Options, value: str = "", *, label: str | None = None) -> Select:
    """Return a native select; with a `label` of its own where no label element names it."""
    return Select(id=name, options=_listed(options), value=value, label=label, className="field")


def segments(
    name: str, legend: str, options: Options, value: object, *, is_said: bool = False, look: str = "control"
) -> Component:
    """Return choices in a row, one of them chosen; the legend is for screen readers unless `is_said`."""
    return _fieldset(
        legend, Choices(id=name, options=_listed(options), value=value, className="seg"), is_said=is_said, look=look
    )


def toggles(name: str, legend: str, options: Options) -> Component:
    """Return choices in a row, any of them on; none on is all."""
    checks = Choices(id=name, options=_listed(options), value=[], several=True, className="seg")
    return _fieldset(legend, checks)


def also_include(name: str, included: Sequence[str] = ()) -> Component:
    """Return the switch for who is on a list beyond the workforce: supervisors, people who left."""
    options = _listed((("supervisors", "supervisors"), ("left", "people who left")))
    checks = Choices(id=name, options=options, value=list(included), several=True, className="checks")
    return _fieldset("Include too", checks, is_said=True, look="control also")


def included(value: object) -> tuple[str, ...]:
    """Return what `also_include` says, in the order of its choices; what it does not offer is passed over."""
    chosen = value if isinstance(value, list) else []
    return tuple(word for word in ("supervisors", "left") if word in chosen)


def filter_box(name: str, legend: str, options: Options, value: Sequence[Any] = ()) -> Component:
    """Return checks behind a word, which open over the page; none checked is all."""
    checks = Choices(id=name, options=_listed(options), value=list(value), several=True, className="checks")
    summary = html.Summary(
        [legend, html.Span(" all", className="hint is-all"), html.Span(" some", className="is-some")]
    )
    return html.Details([summary, _fieldset(legend, checks)], className="filter-box")


def _fieldset(legend: str, control: Component, *, is_said: bool = False, look: str = "control") -> Component:
    return html.Fieldset([html.Legend(legend, className=None if is_said else "vh"), control], className=look)


def field(name: str, label: str, control: Component, hint: str = "") -> Component:
    """Return a form field with its label."""
    words: list[Any] = [label, html.Span(f" {hint}", className="hint")] if hint else [label]
    return html.Div([html.Label(words, htmlFor=name), control], className="form-field")


def text_field(
    name: str, label: str, hint: str = "", *, kind: str = "text", value: str = "", suggestions: str | None = None
) -> Component:
    """Return a field; `kind` is an input type or ``textarea``, `suggestions` the id of `Suggestions`."""
    return field(name, label, Field(id=name, type=kind, value=value, list=suggestions, className="field"), hint)


def search_field(name: str, label: str) -> Component:
    """Return a search field, which tells what is typed in it after a moment."""
    control = Field(id=name, type="search", value="", delay=_SEARCH_MS, className="field")
    return html.Div([html.Label(label, htmlFor=name), control], className="control find")


def is_clicked() -> bool:
    """Tell whether what set off the running callback was clicked, not only put on the page.

    Dash itself looks the click up by the id as JSON text, and misses it where the id is not plain ASCII.
    """
    inputs = [one for part in dash.ctx.inputs_list for one in (part if isinstance(part, list) else [part])]
    return any(one.get("id") == dash.ctx.triggered_id and one.get("value") for one in inputs)
