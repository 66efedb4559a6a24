"""Why somebody stands where the list of leaders has them: the facts at once, and what the place rests on when asked."""

from dataclasses import replace
from typing import Any, Final

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from shopfloor.analysis.reasons import Why, why
from shopfloor.analysis.rests_on import name_organizers
from shopfloor.dashboard.desk import Desk, Include, Question, naming_question, the_desk
from shopfloor.dashboard.grids import values_of
from shopfloor.dashboard.making import PATIENCE_S, Making
from shopfloor.dashboard.parts import Content, include_for, section
from shopfloor.service.nameless import without_names
from shopfloor.service.why_in_words import reasons_in_words, rests_on_in_words
from shopfloor.workplace import Workplace

_HINT: Final = (
    "Each talk, organizer, unit and kind of tie that the place rests on is left out once, to see what becomes of it. "
    "That takes a while."
)


def why_part(desk: Desk, person_id: str) -> Component:
    """Return the part of a person's page; that she is looked at is noted there."""
    question, facts = _asked(desk, person_id)
    last = desk.look(question)
    held = dcc.Store(id="why-person", data=person_id)
    body = html.Div(_body(desk, facts, last.value, question), id="why-body")
    return section("Why do they stand there?", [held, body, MAKING.part(last)])


def _asked(desk: Desk, key: object) -> tuple[Question, Why | None]:
    """Return the question of what a place rests on, and the facts; None where the naming model's answer is to come.

    Raises
    ------
    NotFoundError
        Nobody has that id, or it stands for somebody outside the viewer's units.
    """
    found = desk.person(str(key), with_group=True)[0]  # as the page itself asks, so that it is gathered once
    include, person_id = tuple(include_for(found.facts)), str(found.facts["person_id"])
    question = Question(why, (("person_id", person_id), ("include", include)))
    return question, _facts(desk, person_id, include)


def _facts(desk: Desk, person_id: str, include: Include) -> Why | None:
    standing = desk.standing(desk.ask(naming_question(include), patience=PATIENCE_S), include)
    if standing is None:
        return None
    groups = desk.groups_lately()
    return why(desk.workplace(), person_id, include=include, standing=standing, groups=groups, most_refits=0)


def _body(desk: Desk, facts: Why | None, answer: Why | None, question: Question) -> list[Component]:
    if facts is None:
        return [html.P("Who leads is being worked out. Load the page again in a moment.", className="mute")]
    parts: list[Component] = [html.Ul([html.Li(line) for line in reasons_in_words(facts)], className="list")]
    if facts.place is None or not facts.named_by["n"]:
        return parts
    if answer is None or not desk.look(question).is_new:
        return [*parts, html.P(_HINT, className="small no-print")]
    first, *rest = rests_on_in_words(_with_names(desk, facts, answer)) or ["Rests on nothing that can be left out."]
    lines: list[Content] = [html.Li(line) for line in rest]
    return [*parts, html.P(html.B(first)), html.Ul(lines, className="list")]


def _with_names(desk: Desk, facts: Why, answer: Why) -> Why:
    """Return the facts with what the place rests on, worked out without names, and the names put back."""
    workplace = desk.workplace()
    people = dict(zip(values_of(workplace.people["person_id"]), values_of(workplace.people["name"]), strict=True))
    called = _organizers(workplace)
    rows: list[dict[str, Any]] = [
        row | {"name": people.get(row["person_id"]), "organizer": called.get(row["organizer"])}
        for row in answer.rests_on.rows
    ]
    return replace(facts, rests_on=replace(answer.rests_on, rows=rows))


def _organizers(workplace: Workplace) -> dict[str, str]:
    """Return organizers by what stands for them where names are left out; who cannot be told apart has no name."""
    nameless = without_names(workplace)
    marks = name_organizers(nameless, nameless.asked["organizer"]).tolist()
    names = name_organizers(workplace, workplace.asked["organizer"]).tolist()
    called: dict[str, set[str]] = {}
    for mark, name in zip(marks, names, strict=True):
        if isinstance(mark, str):
            called.setdefault(mark, set()).add(str(name))
    return {mark: min(said) if len(said) == 1 else "one organizer" for mark, said in called.items()}


def _draw(desk: Desk, answer: Why | None, key: object) -> list[list[Component]]:
    question, facts = _asked(desk, key)
    return [_body(desk, facts, answer, question)]


MAKING: Final = Making(
    name="why",
    what="reasons",
    question=lambda key: _asked(the_desk(), key)[0],
    draw=_draw,
    outputs=(Output("why-body", "children"),),
    inputs=(Input("why-person", "data"),),
)
"""How this part follows its answer."""


def register(app: Dash) -> None:
    """Register the callback of this part."""
    MAKING.register(app)
