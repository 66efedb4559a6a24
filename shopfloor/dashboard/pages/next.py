"""Next talks: whom to talk to, why, who can bring us there, and how many talks it still takes."""

from typing import Any, Final

import pandas as pd
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import Standing
from shopfloor.analysis.next_talks import AIMS, NextTalks
from shopfloor.dashboard.controls import Options, segments, select
from shopfloor.dashboard.desk import Desk, naming_question
from shopfloor.dashboard.grids import rows_of, values_of
from shopfloor.dashboard.making import PATIENCE_S, Making
from shopfloor.dashboard.parts import (
    Content,
    asked_in,
    chip,
    load_a_file,
    page,
    person_link,
    section,
    table,
    talk_path,
    with_open_names,
)
from shopfloor.dashboard.places import leader_places, refuse_without_people
from shopfloor.service.leaders_in_words import open_in_words
from shopfloor.service.next_in_words import next_in_words, reach_in_words, scope_of_next
from shopfloor.service.numbers import verb
from shopfloor.service.viewer import Viewer

Row = dict[str, Any]
PATH: Final = "/next"
_AIM_WORDS: Final = (("leaders", "Settle who leads"), ("holes", "Hear every unit"))


def layout(desk: Desk, search: str = "") -> list[Component]:
    """Return the page; ``?aim=`` chooses what the talks are for."""
    refuse_without_people(desk.store.viewer)
    asked = asked_in(search, "aim")
    aim = aim_of(asked)
    last = desk.ask(naming_question(), patience=PATIENCE_S)
    answer, rests, body = shown(desk, last.value, aim)
    strange = _strange(aim) if asked not in (None, aim) else []
    parts = [leader_places(PATH), *strange, _choices(desk, aim), MAKING.part(last), html.Div(body, id="next-list")]
    return page(answer, rests, parts)


def _strange(aim: str) -> list[Component]:
    words = f"The address asks for something that talks are not for. Shown is: {dict(_AIM_WORDS)[aim].lower()}."
    return [html.P(words, className="small")]


def _choices(desk: Desk, aim: str) -> Component:
    everybody = ("", "any of us")
    reach = [
        html.Label("Who can reach them", htmlFor="next-organizer"),
        select("next-organizer", [everybody, *organizers(desk)]),
    ]
    aims = segments("next-aim", "What the talks are for", _AIM_WORDS, aim)
    return html.Div([aims, html.Div(reach, className="control inline")], className="controls no-print")


def organizers(desk: Desk) -> Options:
    """Return those who talked to somebody: as the talks write them, and their names, by name.

    Who is outside the viewer's units is not offered.
    """
    workplace = desk.workplace()
    written = pd.concat([workplace.conversations["organizer"], workplace.asked["organizer"]]).dropna()
    name_of = workplace.people.set_index("person_id")["name"].to_dict()
    found = {key: str(name_of.get(key, key)) for key in values_of(written.str.strip().drop_duplicates()) if key}
    return sorted(
        ((key, name) for key, name in found.items() if key not in desk.outside()),
        key=lambda one: (one[1].casefold(), one[0]),
    )


def aim_of(value: object) -> str:
    """Return an aim; the first for whatever is none."""
    return value if isinstance(value, str) and value in AIMS else AIMS[0]


def shown(
    desk: Desk, naming: Standing | None, aim: object, organizer: object = None
) -> tuple[str, Content, list[Component]]:
    """Return headline, what it rests on, and the people; in whose reach, of those whom `organizers` offers."""
    refuse_without_people(desk.store.viewer)
    if not desk.ranking().about["coverage"]["n_people"]:
        return "There is nobody to talk to yet.", "It takes a list of people.", [html.P(load_a_file())]
    whose = organizer if isinstance(organizer, str) and organizer in dict(organizers(desk)) else None
    found = desk.next_talks(desk.look(naming_question()), aim_of(aim), whose) if naming is not None else None
    if found is None:
        return "Whom to talk to next is being worked out.", "It follows from whom people name.", []
    return headline(found), _rests(found, desk.store.viewer), _body(found)


def headline(found: NextTalks) -> str:
    """Return whom to talk to first."""
    if not len(found.rows):
        return "Everybody was asked: nobody is left to talk to."
    first = rows_of(found.rows.head(1))[0]
    return f"Talk to {first['name']} next: {first['why']}."


def _rests(found: NextTalks, viewer: Viewer) -> Content:
    about, scope, said = found.about, scope_of_next(found.about), next_in_words(found.about, answer="")
    words = " ".join([*said, *([scope] if scope and scope not in said else []), f"As of {about['as_of']}."])
    n_open = about["coverage"]["n_open"] if open_in_words(about["coverage"], answer="") in said else 0
    return with_open_names(words, n_open, viewer)


def _body(found: NextTalks) -> list[Component]:
    if not len(found.rows):
        return []
    columns = [("name", "Whom"), ("why", "Why"), ("reach", "Who can bring us there")]
    columns += [("stands", "Stands"), ("log", "Then")]
    drawn = table("In this order", columns, [_line(row) for row in rows_of(found.rows)])
    hint = (
        "Somebody picked by lot stands between the others on purpose: talking to the most named alone hides others. "
        "The records do not say who asked to be left alone. If a talk cannot be had, take the next."
    )
    more = found.about["n_left"] - len(found.rows)
    rest = f" {verb(more, 'more was', 'more were')} not asked." if more > 0 else ""
    return [section("Next talks", [drawn, html.P(hint + rest, className="small")], aside="most useful first")]


def _line(row: Row) -> Row:
    where = row["unit"] or "unit not known"
    talked = ", talked to about something else" if row["was_talked_to"] else ""
    log = dcc.Link("Log a talk", href=talk_path(row["person_id"]), className="btn", **_of(row))
    name: Content = [f"{row['place']}. ", person_link(row["person_id"], row["name"])]
    return {
        "name": [*name, html.Span(f"{where}{talked}", className="sub")],
        "why": row["why"],
        "reach": _reach(row),
        "stands": chip(row["assessment"] or 0),
        "log": log,
    }


def _of(row: Row) -> dict[str, Any]:
    return {"title": f"Log a talk with {row['name']}"}


def _reach(row: Row) -> Content:
    words = reach_in_words(row["reach"])
    return words if row["reach"] else html.Span(words, className="mute")


MAKING: Final = Making(
    name="next",
    what="next talks",
    question=lambda _aim, _organizer: naming_question(),
    draw=shown,
    outputs=(
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("next-list", "children"),
    ),
    inputs=(Input("next-aim", "value"), Input("next-organizer", "value")),
)
"""How this page follows its answer."""


def register(app: Dash) -> None:
    """Register the callback of this page."""
    MAKING.register(app)
