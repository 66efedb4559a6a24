"""Log a talk: who, when, whom she named, where she stands. Only the person and the day are needed."""

from datetime import UTC, datetime
from urllib.parse import parse_qs

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.grids import rows_of
from shopfloor.dashboard.parts import done, failed, field, page, text_field
from shopfloor.dashboard.words import ASSESSMENT_WORDS
from shopfloor.errors import ShopfloorError
from shopfloor.ingest.mentions import UNRESOLVED
from shopfloor.service.editing import edit_record

CHANNELS = ("in person", "house visit", "phone", "meeting", "text")
FIELDS = ("held_on", "organizer", "channel", "named", "assessment", "issues", "ask", "answer", "follow_up_on", "notes")


def layout(desk: Desk, search: str) -> list[Component]:
    """Return the form; ``?person=ID`` fills in who."""
    person_id = parse_qs(search.removeprefix("?")).get("person", [""])[0]
    people = desk.workplace().people
    names = html.Datalist(
        [html.Option(value=row["person_id"], label=row["name"]) for row in rows_of(people)], id="talk-people"
    )
    stands = dcc.RadioItems(
        options=[{"label": f"{value} {words}", "value": value} for value, words in ASSESSMENT_WORDS.items() if value]
        + [{"label": "cannot say", "value": 0}],
        value=0,
        id="talk-assessment",
        inline=True,
        persistence=False,
    )
    who = dcc.Input(id="talk-person", value=person_id, list="talk-people", className="field", autoComplete="off")
    form = [
        names,
        field("talk-person", "Who did you talk to?", who, "id or full name"),
        text_field("talk-held_on", "When", "YYYY-MM-DD", value=datetime.now(UTC).date().isoformat()),
        text_field("talk-organizer", "Who talked", value=desk.store.viewer.name),
        field("talk-channel", "How", dcc.Dropdown([*CHANNELS], id="talk-channel", clearable=True)),
        text_field(
            "talk-named",
            "Who do they say people go to?",
            "ids or names, ; between them; none = asked, named nobody; empty = not asked",
        ),
        html.Fieldset([html.Legend("Where do they stand?"), stands], id="talk-stands"),
        text_field("talk-issues", "What do they care about?", "; between several"),
        text_field("talk-ask", "You asked them to"),
        text_field("talk-answer", "They answered"),
        text_field("talk-follow_up_on", "Go back on", "YYYY-MM-DD"),
        field("talk-notes", "Note", dcc.Textarea(id="talk-notes", className="field", persistence=False)),
        html.Button("Save the talk", id="talk-save", className="btn go", type="button"),
        html.Div(id="talk-said"),
    ]
    return page("Log a talk.", "Only the person and the day are needed.", html.Div(form, className="form narrow"))


def register(app: Dash) -> None:
    """Register the callback of this page."""
    values = [State(f"talk-{name}", "value") for name in FIELDS]
    app.callback(
        Output("talk-said", "children"),
        Input("talk-save", "n_clicks"),
        State("talk-person", "value"),
        *values,
        prevent_initial_call=True,
    )(save_talk)


def save_talk(_clicks: int, who: str | None, *values: object) -> Component:
    """Write a conversation typed by hand."""
    desk = the_desk()
    said = {
        name: str(value).strip() for name, value in zip(FIELDS, values, strict=True) if value and str(value).strip()
    }
    try:
        person_id = find_by_id_or_name(desk, (who or "").strip())
        if person_id is None:
            return failed("Say who: an id, or a full name that only one person has.")
        report = edit_record(desk.store, "conversation:", {"person_id": person_id, **said})
    except ShopfloorError as error:
        return failed(str(error))
    return done("The talk is saved.", report.batch_id)


def find_by_id_or_name(desk: Desk, text: str) -> str | None:
    """Return the id of the person meant by an id or a full name, None where it is not one person."""
    picture = desk.store.picture()
    person = picture.directory.resolve(text) if text else UNRESOLVED
    return None if person == UNRESOLVED else picture.identity.person_ids[person]
