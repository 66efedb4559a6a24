"""Overview: where are we blind, and what is known of whom people listen to, where they stand, what they did."""

from typing import Final

import numpy as np
import pandas as pd
from dash import Dash, Output, dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import Standing, find_holes
from shopfloor.analysis.workforce import code_units, describe_cut, know_people, select_workforce
from shopfloor.dashboard.desk import Desk, naming_question
from shopfloor.dashboard.grids import rows_of
from shopfloor.dashboard.making import Making
from shopfloor.dashboard.parts import (
    Content,
    chip,
    key,
    known_bar,
    note,
    page,
    person_link,
    section,
    split_bar,
    stands_bar,
    table,
    talk_path,
    unit_path,
    with_open_names,
)
from shopfloor.dashboard.places import refuse_without_people
from shopfloor.dashboard.words import day
from shopfloor.records import FILES
from shopfloor.service.leaders_in_words import open_in_words
from shopfloor.service.next_in_words import reach_in_words
from shopfloor.service.numbers import counted, verb
from shopfloor.service.scope_in_words import named_by_in_words, scope_of_overview
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Workplace

N_MOST_NAMED = 3
_MOST_LISTED = 6
N_NEXT = 4
_STEPS = (
    "CSV or Excel. You see what would change before anything is written, and can undo it after.",
    "Ask each: who do people here go to? Two talks in every unit before anything is ranked.",
    "The overview lists units by how little we know of them. Leaders come later, as the talks can carry them.",
)
_FILE_WORDS = (
    ("people", "a roster, a voter list, or names typed by hand", "nothing works: start here"),
    ("conversations", "talks, with who people say they go to", "no leaders"),
    ("assignments", "crews, shifts, sites", "no ties from work"),
    ("connections", "who is a friend, rides with, trained whom", "no told ties"),
    ("assessments", "1 to 5, dated", "nobody's stand is known"),
    ("actions", "petitions, button days", "no proof of what people did"),
)


def layout(desk: Desk) -> list[Component]:
    """Return the page."""
    workplace = desk.workplace()
    workforce = select_workforce(workplace)
    if not workforce.any():
        return _first_run()
    known = know_people(workplace, DEFAULT_QUESTION)[workforce]
    holes = find_holes(workplace)
    body = html.Div([*_questions(desk, known), _units(workplace, known, holes), _next(desk)], className="grid")
    acts = [dcc.Link("Log a talk", href="/talk", className="btn go")]
    return page(_answer(known, holes), _rests(desk, known), body, acts)


def _first_run() -> list[Component]:
    steps = [
        section("1. Load a list of people", [html.P(_STEPS[0]), html.Div(_first_acts(), className="acts")], span=4),
        section("2. Log the first talks", [html.P(_STEPS[1]), _act("Log a talk", "/talk")], span=4),
        section("3. See what you do not know", html.P(_STEPS[2]), span=4),
    ]
    heads = [("file", "File"), ("holds", "Holds"), ("needs", "Columns it must have"), ("missing", "If it is missing")]
    rows = [
        {"file": name, "holds": holds, "needs": ", ".join(FILES[name].needed), "missing": missing}
        for name, holds, missing in _FILE_WORDS
    ]
    files = section("What each file makes possible", table("Only the first is needed", heads, rows))
    bars = [html.Div(className="hatchbox empty-bar", style={"width": width}) for width in ("100%", "62%", "79%")]
    hint = html.P("Hatched means not known, everywhere. It fills as you talk to people.", className="small")
    picture = section("Your overview, so far", [*bars, hint], span=8)
    body = html.Div([*steps, files, picture], className="grid")
    return page(
        "Nothing is loaded yet. Start with a list of people.", "Stored on this machine, locked with your key.", body
    )


def _first_acts() -> list[Component]:
    return [_act("Load a file", "/data", look="btn go"), _act("Type names in", "/people")]


def _act(words: str, href: str, look: str = "btn") -> Component:
    return dcc.Link(words, href=href, className=look)


def _answer(known: pd.DataFrame, holes: pd.DataFrame) -> str:
    n_talked = int((known["n_conversations"] > 0).sum())
    least = rows_of(holes)[0]
    first = f"We have talked to {n_talked:,} of {len(known):,}."
    if least["n_talked_to"] == least["n_people"] or len(holes) == 1:
        return first
    return f"{first} {least['unit'] or 'People without a department'} is where we are blind."


def _rests(desk: Desk, known: pd.DataFrame) -> Content:
    workplace, coverage = desk.workplace(), desk.ranking().about["coverage"]
    newest = workplace.conversations["held_on"].max()
    n_asked = int(known["was_asked"].sum())
    when = "no talk is recorded" if pd.isna(newest) else f"newest talk {_day(newest, workplace)}"
    rests = (
        f"Rests on {counted(len(workplace.conversations), 'talk')}; "
        f"{verb(n_asked, 'person was', 'people were')} asked who they go to; {when}."
    )
    said = (rests, scope_of_overview(describe_cut(workplace)), open_in_words(coverage, answer=""))
    return with_open_names(" ".join(filter(None, said)), coverage["n_open"], desk.store.viewer)


def _questions(desk: Desk, known: pd.DataFrame) -> list[Component]:
    return [
        section("Who do people listen to?", _most_named(desk), aside=dcc.Link("leaders", href="/leaders"), span=4),
        section("Where do people stand?", _stands(known), aside=_assessed(known), span=4),
        section("What have people done?", _did(desk.workplace(), known), span=4),
    ]


def _most_named(desk: Desk) -> Content:
    rows = desk.ranking().rows
    named = rows[(rows["named_by"] > 0) & (rows["rank"] <= N_MOST_NAMED)].head(_MOST_LISTED)
    if named.empty:
        return html.P("Nobody has been named yet.", className="mute")
    items = [
        html.Li(
            [
                html.Span(f"{row['rank']} ", className="mute"),
                person_link(row["person_id"], row["name"]),
                named_by_in_words(row["named_by"], row["named_by_outside"]),
                chip(row["assessment"] or 0),
            ]
        )
        for row in rows_of(named)
    ]
    return [
        html.Ul(items, className="list tight"),
        html.P("Most named so far; who was not asked may name others.", className="small"),
    ]


def _assessed(known: pd.DataFrame) -> str:
    return f"{int(known['assessment'].notna().sum())} of {len(known)} assessed"


def _stands(known: pd.DataFrame) -> Content:
    counts = assessment_counts(known["assessment"])
    n_for = counts[1] + counts[2]
    words = f"{verb(n_for, 'is', 'are')} 1 or 2, of {len(known):,}. {counts[0]:,} not assessed."
    return [stands_bar(counts), html.P(words, className="small")]


def assessment_counts(assessments: "pd.Series[int]") -> dict[int, int]:
    """Return people by assessment, 1 to 5 and 0 for not assessed."""
    counts = np.bincount(assessments.to_numpy(dtype=np.int64, na_value=0), minlength=6).tolist()
    return {value: counts[value] for value in (1, 2, 3, 4, 5, 0)}


def _did(workplace: Workplace, known: pd.DataFrame) -> Content:
    acts = workplace.participations
    acts = acts[acts["person"].isin(known.index)]
    if acts.empty:
        return html.P("No action is recorded.", className="mute")
    newest = acts[acts["held_on"] == acts["held_on"].max()]
    did = newest["did"].astype("boolean")
    n_did, n_not, n_open = int((did == True).sum()), int((did == False).sum()), int(did.isna().sum())  # noqa: E712 - not known is neither
    name, when = str(newest["action"].iloc[0]), newest["held_on"].iloc[0].date()
    n_silent = len(known) - newest["person"].nunique()
    parts = [(n_did, "bar-known"), (n_not, "bar-new"), (n_open + n_silent, "bar-not")]
    were = ("was", "were")
    words = f"{n_did:,} did, {verb(n_not, *were)} asked and did not, {verb(n_silent, *were)} not asked."
    if n_open:
        words += f" Of {n_open} asked it is not known."
    return [
        html.P(f"{name}, {day(when, workplace.provenance.as_of)}"),
        split_bar(parts, words),
        html.P(words, className="small"),
    ]


def _next(desk: Desk) -> Component:
    last = desk.ask(naming_question())
    body = [html.Div(next_talks(desk, last.value), id="overview-next"), MAKING.part(last)]
    return section("Whom to talk to next", body, aside=dcc.Link("all, and what for", href="/next"), span=4)


def next_talks(desk: Desk, naming: Standing | None) -> Content:
    """Return the first people of the page of next talks, `N_NEXT` at most."""
    refuse_without_people(desk.store.viewer)
    found = desk.next_talks(desk.look(naming_question())) if naming is not None else None
    if found is None:
        return html.P("It follows from whom people name.", className="mute")
    items = [
        html.Li(
            [
                html.Div([person_link(row["person_id"], row["name"]), _log(row["person_id"])], className="spread"),
                html.Div(row["unit"] or "unit not known", className="small"),
                html.Div(f"{row['why'][:1].upper()}{row['why'][1:]}."),
                html.Div(reach_in_words(row["reach"]), className="small"),
            ]
        )
        for row in rows_of(found.rows.head(N_NEXT))
    ]
    return html.Ul(items, className="list") if items else html.P("Everybody was asked.", className="mute")


def _log(person_id: str) -> Component:
    return html.Span(dcc.Link("log a talk", href=talk_path(person_id)), className="small")


def _day(when: pd.Timestamp | None, workplace: Workplace) -> str:
    return "never" if when is None else day(when.date(), workplace.provenance.as_of)


def _units(workplace: Workplace, known: pd.DataFrame, holes: pd.DataFrame) -> Component:
    units, assessment = code_units(workplace, "department"), known["assessment"]
    codes, code_of = units.codes[known.index], {name: code for code, name in enumerate(units.names)}
    widest = int(holes["n_people"].max())
    rows = [
        {
            "unit": dcc.Link(hole["unit"] or "Department not known", href=unit_path(hole["unit"] or "")),
            "n": hole["n_people"],
            "talked": known_bar(hole["n_talked_to"], hole["n_people"], widest),
            "left": hole["n_people"] - hole["n_talked_to"],
            "asked": hole["n_asked"],
            "stands": stands_bar(assessment_counts(assessment[codes == code_of.get(hole["unit"], -1)])),
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
        ("left", "Still to"),
        ("asked", "Asked"),
        ("stands", "Where they stand (share)"),
        ("newest", "Newest talk"),
    ]
    body = [table("Units, least known first", columns, rows, numbers=("n", "left", "asked", "newest")), key()]
    silent = [str(hole["unit"] or "people without a department") for hole in rows_of(holes) if not hole["n_asked"]]
    if silent:
        body.append(note("Not known. ", f"Nobody was asked in {', '.join(silent)}: about them we cannot tell."))
    return section("Least known first", body, aside="filled = talked to; hatched = nobody has", span=8)


MAKING: Final = Making(
    name="overview",
    what="next talks",
    question=naming_question,
    draw=lambda desk, naming: (next_talks(desk, naming),),
    outputs=(Output("overview-next", "children"),),
    inputs=(),
)
"""How this page follows whom to talk to next."""


def register(app: Dash) -> None:
    """Register the callback of this page."""
    MAKING.register(app)
