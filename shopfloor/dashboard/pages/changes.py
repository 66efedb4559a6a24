"""What changed since a day, beyond what chance moves: leaders, bridges, groups, and who came and went."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from shopfloor.analysis.changes import Changes, find_changes
from shopfloor.dashboard.controls import Field
from shopfloor.dashboard.desk import Desk, Question, naming_question, the_desk
from shopfloor.dashboard.grids import rows_of, values_of
from shopfloor.dashboard.latest import LastAnswer
from shopfloor.dashboard.making import PATIENCE_S, Making
from shopfloor.dashboard.parts import Content, asked_in, page, person_link, section
from shopfloor.dashboard.places import leader_places, refuse_without_people
from shopfloor.service.changes_in_words import (
    bridge_in_words,
    group_in_words,
    leader_in_words,
    learned_head,
    learned_in_words,
    nothing_in_words,
    people_in_words,
    since_in_words,
)
from shopfloor.service.numbers import counted
from shopfloor.workplace import Workplace

PATH: Final = "/changes"
_FOUR_WEEKS: Final = timedelta(weeks=4)


def layout(desk: Desk, search: str = "") -> list[Component]:
    """Return the page; ``?since=`` chooses the day of the earlier picture."""
    refuse_without_people(desk.store.viewer)
    as_of, wanted = desk.workplace().provenance.as_of, asked_in(search, "since")
    since = since_of(desk, wanted)
    last = desk.ask(asked(desk, since.isoformat()), patience=PATIENCE_S)
    answer, rests, body = shown(desk, last.value, since.isoformat())
    day = Field(
        id="changes-since", type="date", value=since.isoformat(), max=str(as_of - timedelta(days=1)), className="field"
    )
    controls = html.Div(
        html.Div([html.Label("Since", htmlFor="changes-since"), day], className="control inline"),
        className="controls no-print",
    )
    strange = _strange(since, as_of) if wanted not in (None, since.isoformat()) else []
    parts = [leader_places(PATH), *strange, controls, MAKING.part(last), html.Div(body, id="changes-list")]
    return page(answer, rests, parts)


def _strange(since: date, as_of: date) -> list[Component]:
    words = f"The address asks for no day before {as_of}. Shown is what changed since {since}."
    return [html.P(words, className="small")]


def since_of(desk: Desk, value: object) -> date:
    """Return the day of the earlier picture; four weeks ago for whatever is none before today's."""
    as_of = desk.workplace().provenance.as_of
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    return day if day is not None and day < as_of else as_of - _FOUR_WEEKS


def asked(desk: Desk, value: object) -> Question:
    """Begin what the comparison needs, and return the question that is answered last."""
    *first, last = _needed(desk, since_of(desk, value))
    for question in first:
        desk.ask(question)
    return last


def _needed(desk: Desk, since: date) -> tuple[Question, ...]:
    """Return what is needed, in the order in which it is worked out."""
    return naming_question(), desk.group_question(), naming_question((), since), desk.group_question((), since)


def shown(desk: Desk, _last: object, value: object) -> tuple[str, str, list[Component]]:
    """Return headline, what it rests on, and what changed."""
    refuse_without_people(desk.store.viewer)
    since = since_of(desk, value)
    before, after = desk.workplace(since), desk.workplace()
    found = _found(desk, since, before, after)
    if found is None:
        return "What changed is being worked out.", f"Since {since}.", []
    return headline(found), " ".join(since_in_words(found.about)), _body(found)


def _found(desk: Desk, since: date, before: Workplace, after: Workplace) -> Changes | None:
    lasts = [desk.look(question) for question in _needed(desk, since)]
    pictures = (after, after, before, before)
    now, groups_now, then, groups_then = (
        _answer(last, workplace) for last, workplace in zip(lasts, pictures, strict=True)
    )
    if now is None or then is None or groups_now is None or groups_then is None:
        return None
    return find_changes(before, after, standings=(then, now), groups=(groups_then, groups_now))


def _answer(last: LastAnswer[Any], workplace: Workplace) -> Any:  # noqa: ANN401 - that of the question
    """Return an answer that tells people by their rows, if the rows are the same people now."""
    is_same = last.basis is not None and last.basis.people == tuple(values_of(workplace.people["person_id"]))
    return last.value if is_same else None


def headline(found: Changes) -> str:
    """Return what changed in numbers."""
    if found.about["is_nothing"]:
        return nothing_in_words(found.about)
    kinds = ((found.leaders, "leader"), (found.bridges, "bridge"), (found.groups, "group"))
    said = [counted(len(rows), one) for rows, one in kinds if len(rows)]
    return f"Changed beyond chance: {', '.join(said)}."


def _body(found: Changes) -> list[Component]:
    about = found.about
    leaders = [_with_link(row, leader_in_words(row, about)) for row in rows_of(found.leaders)]
    learned = [_with_link(row, learned_in_words(row, about)) for row in rows_of(found.learned)]
    bridges = [_with_link(row, bridge_in_words(row)) for row in rows_of(found.bridges)]
    groups: list[Content] = [group_in_words(row) for row in rows_of(found.groups)]
    came = [line for line in people_in_words(found.people) if line]
    better, chance = learned_head(about)
    hint = "More answers move every place a little: that is no news, and is not told here."
    parts = [
        _part("Up and down", leaders, "Nobody's place moved beyond what chance moves."),
        _part("Bridges", bridges, "No bridge is new, and none is lost." if about["has_groups"] else "Cannot be told."),
        _part("Groups", groups, "The groups are the same." if about["has_groups"] else "Cannot be told."),
        _part(better, learned, "Nobody is.", aside=chance),
        _part("Came and went", came, "Nobody did."),
    ]
    return [html.Div(parts, className="grid even"), html.P(hint, className="small")]


def _part(title: str, lines: Sequence[Content], otherwise: str, aside: str = "") -> Component:
    body: Content = html.P(otherwise, className="mute")
    if lines:
        body = html.Ul([html.Li(line) for line in lines], className="list")
    return section(title, body, aside=aside, span=6)


def _with_link(row: dict[str, Any], words: str) -> Content:
    """Return words with the name in them as a link."""
    before, name, after = words.partition(str(row["name"]))
    return [before, person_link(row["person_id"], name), after] if name else words


MAKING: Final = Making(
    name="changes",
    what="changes",
    question=lambda since: asked(the_desk(), since),
    draw=shown,
    outputs=(
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("changes-list", "children"),
    ),
    inputs=(Input("changes-since", "value"),),
)
"""How this page follows its answer."""


def register(app: Dash) -> None:
    """Register the callback of this page."""
    MAKING.register(app)
