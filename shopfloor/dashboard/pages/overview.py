"""Overview: where are we blind, and what is known of whom people listen to, where they stand, what they did."""

import pandas as pd
from dash import dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import find_holes
from shopfloor.analysis.workforce import know_people, select_workforce
from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.grids import rows_of
from shopfloor.dashboard.parts import Content, chip, key, known_bar, note, page, person_link, section, stands_bar, table
from shopfloor.dashboard.words import counted, day
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Workplace

N_MOST_NAMED = 5


def layout(desk: Desk) -> list[Component]:
    """Return the page."""
    workplace = desk.workplace()
    workforce = select_workforce(workplace)
    if not workforce.any():
        return _first_run()
    known = know_people(workplace, DEFAULT_QUESTION)[workforce]
    holes = find_holes(workplace)
    body = html.Div([*_questions(desk, known), _units(workplace, known, holes)], className="grid")
    acts = [dcc.Link("Log a talk", href="/talk", className="btn go")]
    return page(_answer(known, holes), _rests(workplace, known), body, acts)


def _first_run() -> list[Component]:
    body = html.Div(
        [
            html.Div(className="hatchbox empty-picture", role="img", title="Nothing is known yet"),
            html.P("A list of people is enough to begin: their names, and the department and shift they work in."),
            html.P("Conversations say who people listen to. Assignments show who works beside whom."),
            dcc.Link("Load the first file", href="/data", className="btn go"),
        ],
        className="first-run",
    )
    return page("Nothing is known yet.", "Rests on nothing so far.", body)


def _answer(known: pd.DataFrame, holes: pd.DataFrame) -> str:
    n_talked = int((known["n_conversations"] > 0).sum())
    least = rows_of(holes)[0]
    first = f"We have talked to {n_talked:,} of {len(known):,}."
    if least["n_talked_to"] == least["n_people"] or len(holes) == 1:
        return first
    return f"{first} {least['unit'] or 'People without a department'} is where we are blind."


def _rests(workplace: Workplace, known: pd.DataFrame) -> str:
    newest = workplace.conversations["held_on"].max()
    n_asked = int(known["was_asked"].sum())
    when = "no talk is recorded" if pd.isna(newest) else f"newest talk {_day(newest, workplace)}"
    return (
        f"Rests on {counted(len(workplace.conversations), 'talk')}; {n_asked} people were asked who they go to; {when}."
    )


def _questions(desk: Desk, known: pd.DataFrame) -> list[Component]:
    return [
        section("Who do people listen to?", _most_named(desk), aside=dcc.Link("leaders", href="/leaders"), span=4),
        section("Where do people stand?", _stands(known), aside=_assessed(known), span=4),
        section("What have people done?", _did(desk.workplace()), span=4),
    ]


def _most_named(desk: Desk) -> Content:
    rows = desk.ranking().rows
    named = rows[rows["score"] > 0].head(N_MOST_NAMED)
    if named.empty:
        return html.P("Nobody has been named yet.", className="mute")
    items = [
        html.Li(
            [
                person_link(row["person_id"], row["name"]),
                f", named by {int(row['score'])} ",
                chip(row["assessment"] or 0),
            ]
        )
        for row in rows_of(named)
    ]
    return [
        html.Ol(items, className="list"),
        html.P("Most named so far; who was not asked may name others.", className="small"),
    ]


def _assessed(known: pd.DataFrame) -> str:
    return f"{int(known['assessment'].notna().sum())} of {len(known)} assessed"


def _stands(known: pd.DataFrame) -> Content:
    counts = assessment_counts(known["assessment"])
    n_for = counts[1] + counts[2]
    words = f"{n_for} are 1 or 2, of {len(known)}. {counts[0]} not assessed."
    return [stands_bar(counts), html.P(words, className="small")]


def assessment_counts(assessments: "pd.Series[int]") -> dict[int, int]:
    """Return people by assessment, 1 to 5 and 0 for not assessed."""
    counts = assessments.astype("Int64").fillna(0).value_counts()
    return {value: int(counts.get(value, 0)) for value in (1, 2, 3, 4, 5, 0)}


def _did(workplace: Workplace) -> Content:
    acts = workplace.participations
    if acts.empty:
        return html.P("No action is recorded.", className="mute")
    newest = acts[acts["held_on"] == acts["held_on"].max()]
    did = newest["did"].astype("boolean").fillna(value=False)
    name, when = str(newest["action"].iloc[0]), newest["held_on"].iloc[0].date()
    words = f"{int(did.sum())} did, {int((~did).sum())} were asked and did not or are not known."
    return [html.P(f"{name}, {day(when, workplace.provenance.as_of)}"), html.P(words, className="small")]


def _day(when: pd.Timestamp | None, workplace: Workplace) -> str:
    return "never" if when is None else day(when.date(), workplace.provenance.as_of)


def _units(workplace: Workplace, known: pd.DataFrame, holes: pd.DataFrame) -> Component:
    unit = workplace.people["department"].reindex(known.index)
    widest = int(holes["n_people"].max())
    rows = [
        {
            "unit": dcc.Link(hole["unit"] or "Department not known", href="/map"),
            "n": hole["n_people"],
            "talked": known_bar(hole["n_talked_to"], hole["n_people"], widest),
            "left": hole["n_people"] - hole["n_talked_to"],
            "asked": hole["n_asked"],
            "stands": stands_bar(
                assessment_counts(known["assessment"][unit.eq(hole["unit"]) if hole["unit"] else unit.isna()])
            ),
            "newest": "never"
            if pd.isna(hole["newest_conversation"])
            else day(hole["newest_conversation"].date(), workplace.provenance.as_of),
        }
        for hole in rows_of(holes)
    ]
    columns = [
        ("unit", "Unit"),
        ("n", "People"),
        ("talked", "Talked to"),
        ("left", "Still to talk to"),
        ("asked", "Asked who they go to"),
        ("stands", "Where they stand (share of the unit)"),
        ("newest", "Newest talk"),
    ]
    body = [table("Units, least known first", columns, rows, numbers=("n", "left", "asked", "newest")), key()]
    silent = [str(hole["unit"] or "people without a department") for hole in rows_of(holes) if not hole["n_asked"]]
    if silent:
        body.append(note("Not known. ", f"Nobody was asked in {', '.join(silent)}: about them we cannot tell."))
    return section(
        "Least known first", body, aside="bar = people in the unit; filled = talked to; hatched = nobody has"
    )
