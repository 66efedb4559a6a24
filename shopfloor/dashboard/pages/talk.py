"""Log a talk: who, when, whom they named, where they stand. Only the person and the day are needed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs

import dash
from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component

from shopfloor.dashboard.controls import Choices, Field, Suggestions, field, segments, text_field
from shopfloor.dashboard.desk import Desk, call, the_desk
from shopfloor.dashboard.grids import values_of
from shopfloor.dashboard.parts import Content, aria, done, failed, page, person_link
from shopfloor.dashboard.said import known_by_id, person_meant
from shopfloor.dashboard.words import ASSESSMENT_WORDS, on_a_page
from shopfloor.errors import NotFoundError, ShopfloorError, UsageError
from shopfloor.service.editing import log_talk
from shopfloor.service.numbers import counted

CHANNELS: Final = ("in person", "phone", "house visit", "meeting", "text")
ASKED: Final = {"": "not asked", "named": "they named", "none": "asked, named nobody"}
FIELDS: Final = ("held_on", "organizer", "channel", "assessment", "issues", "ask", "answer", "follow_up_on", "notes")
"""Fields of a conversation that are written as they are typed."""

_EMPTIED: Final[Mapping[str, Any]] = {"channel": "", "assessment": 0}
_KEPT: Final = ("held_on", "organizer")
_MOST_NAMED: Final = 50


def layout(desk: Desk, search: str) -> list[Component]:
    """Return the form; ``?person=ID`` fills in who."""
    key = parse_qs(search.removeprefix("?")).get("person", [""])[0]
    known = person_meant(desk, key)
    people = desk.workplace().people  # once: others change the data meanwhile
    names = dict(zip(values_of(people["person_id"]), values_of(people["name"]), strict=True))
    who = call(str(names[known]), known) if known is not None and known in names else ""
    form = [
        Suggestions(id="everybody", options=desk.names()),
        text_field(
            "talk-person", "Who did you talk to?", "needed; a name or an id", value=who, suggestions="everybody"
        ),
        text_field("talk-held_on", "When", "needed", kind="date", value=datetime.now(UTC).date().isoformat()),
        text_field("talk-organizer", "Who of us talked", "needed", value=desk.store.viewer.name),
        segments("talk-channel", "How", [*((word, word) for word in CHANNELS), ("", "not said")], "", is_said=True),
        _stands(),
        *_named(),
        text_field("talk-issues", "What do they care about?", "; between several"),
        text_field("talk-ask", "You asked them to"),
        text_field("talk-answer", "They answered"),
        text_field("talk-follow_up_on", "Go back on", kind="date"),
        text_field("talk-notes", "Note", kind="textarea"),
        html.Button("Save the talk", id="talk-save", className="btn go wide", type="button"),
        html.Div(id="talk-said", **aria(live="polite")),
        html.P("Nothing is kept by this browser.", className="small"),
    ]
    return page(
        "Log a talk.", "Only the person, the day and who talked are needed.", html.Div(form, className="form narrow")
    )


def _stands() -> Component:
    words = [(value, f"{value} {words}") for value, words in ASSESSMENT_WORDS.items() if value]
    options = [{"value": value, "label": label} for value, label in [*words, (0, "cannot say")]]
    radios = Choices(id="talk-assessment", options=options, value=0, className="stands")
    legend = html.Legend(["Where do they stand?", html.Span(" leave open if you cannot say", className="hint")])
    return html.Fieldset([legend, radios])


def _named() -> list[Component]:
    name = Field(id="talk-name", value="", list="everybody", className="field", n_submit=0)
    add = html.Button("Add", id="talk-add", className="btn", type="button")
    chosen = Choices(id="talk-named", options=[], value=[], several=True, className="checks")
    return [
        segments("talk-asked", "Who do they say people go to?", tuple(ASKED.items()), "", is_said=True),
        field("talk-name", "Add a name", html.Div([name, add], className="with-button"), "somebody on no list is fine"),
        html.Fieldset([html.Legend("Named", className="vh"), chosen]),
    ]


def register(app: Dash) -> None:
    """Register the callbacks of this page."""
    app.callback(
        Output("talk-named", "options"),
        Output("talk-named", "value"),
        Output("talk-name", "value"),
        Output("talk-asked", "value"),
        Input("talk-add", "n_clicks"),
        Input("talk-name", "n_submit"),
        State("talk-name", "value"),
        State("talk-named", "value"),
        prevent_initial_call=True,
    )(add_name)
    app.callback(
        Output("talk-said", "children"),
        Output("talk-person", "value"),
        Output("talk-named", "value", allow_duplicate=True),
        Output("talk-named", "options", allow_duplicate=True),
        Output("talk-asked", "value", allow_duplicate=True),
        *(Output(f"talk-{name}", "value") for name in FIELDS if name not in _KEPT),
        Input("talk-save", "n_clicks"),
        State("talk-person", "value"),
        State("talk-asked", "value"),
        State("talk-named", "value"),
        State("talk-name", "value"),
        *(State(f"talk-{name}", "value") for name in FIELDS),
        prevent_initial_call=True,
    )(save_talk)


def add_name(
    _clicks: object, _submits: object, name: object, named: object
) -> tuple[list[dict[str, str]], list[str], str, str]:
    """Take a typed name among those named."""
    names = listed_names(named, name)
    return [{"value": one, "label": one} for one in names], names, "", "named"


def listed_names(named: object, one_more: object = "") -> list[str]:
    """Return the names of a list, once each, with one more that was typed."""
    texts = [*(named if isinstance(named, list) else []), one_more]
    said = [text.strip() for text in texts if isinstance(text, str) and text.strip()]
    return list(dict.fromkeys(said))[:_MOST_NAMED]


def save_talk(_clicks: object, who: object, asked: object, named: object, typed: object, *values: object) -> list[Any]:
    """Write a conversation; what was typed stays on the page unless it was saved."""
    n_emptied = len(FIELDS) - len(_KEPT)
    try:
        said = write_talk(the_desk(), who, asked, listed_names(named, typed), values)
    except ShopfloorError as error:
        return [failed(on_a_page(str(error))), *[dash.no_update] * (4 + n_emptied)]
    emptied = [_EMPTIED.get(name, "") for name in FIELDS if name not in _KEPT]
    return [said, "", [], [], "", *emptied]


def write_talk(desk: Desk, who: object, asked: object, names: list[str], values: tuple[object, ...]) -> Component:
    """Write a conversation typed by hand and say what became of it; `ShopfloorError` where it does not fit."""
    person_id = person_meant(desk, who)
    if person_id is None:
        raise NotFoundError("Say who: a name from the list, an id, or a full name that only one person has.")
    said = _texts(values)
    missing = [words for name, words in (("held_on", "the day"), ("organizer", "who of us talked")) if name not in said]
    if missing:
        raise UsageError(f"Still needed: {' and '.join(missing)}.")
    keys = [person_meant(desk, name) for name in names]
    if asked == "none":
        said["named"] = "none"
    elif names:
        said["named"] = "; ".join(key or name for key, name in zip(keys, names, strict=True))
    unknown = [] if asked == "none" else [name for key, name in zip(keys, names, strict=True) if key is None]
    words = _what_is_saved(desk, person_id, unknown)  # before: what changes with it is worked out for the next page
    report = log_talk(desk.store, {"person_id": person_id, **said})
    return done(words, report.batch_id)


def _texts(values: tuple[object, ...]) -> dict[str, str]:
    pairs = zip(FIELDS, values, strict=True)
    return {
        name: str(value).strip()
        for name, value in pairs
        if isinstance(value, str | int) and value and str(value).strip()
    }


def _what_is_saved(desk: Desk, person_id: str, unknown: list[str]) -> Content:
    _, name = known_by_id(desk, person_id) or (person_id, person_id)
    words: list[Content] = [
        "The talk with ",
        person_link(person_id, name),
        " is saved.",
    ]
    directory = desk.store.picture().directory
    n_open = sum(directory.is_open(name) for name in unknown)
    if n_open:
        words.append(
            f" {counted(n_open, 'name')} could not be matched to one person: kept, and asked about under Data."
        )
    return words
