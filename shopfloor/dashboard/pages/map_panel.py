"""The panel beside the map, in words: the units, one unit, or one person and who of ours can reach her."""

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from shopfloor.dashboard.map_data import Filters, MapData
from shopfloor.dashboard.pages.map_controls import Choice
from shopfloor.dashboard.parts import (
    Content,
    chip,
    known_bar,
    note,
    person_link,
    person_path,
    section,
    stands_bar,
    talk_path,
)
from shopfloor.dashboard.reach import NAMES, Way, how_tied, tied_rows, ways_to
from shopfloor.dashboard.tables import Rows, people_table, unit_table
from shopfloor.dashboard.words import ASSESSMENT_WORDS
from shopfloor.service.numbers import counted
from shopfloor.service.scope_in_words import named_by_in_words

N_TIES_SAID = 8
N_NAMED_SAID = 5


def panel(data: MapData, choice: Choice, filters: Filters, units: Rows) -> list[Component]:
    """Return what the panel says of the choice; `units` is the table of units, which a person needs not."""
    if choice.person is not None:
        return _person(data, data.row_of(choice.person), filters, choice)
    if choice.open_units:
        return _unit(data, choice.open_units[-1], filters, units)
    return _units(units)


def pick(kind: str, name: str, words: Content, look: str = "btn quiet") -> Component:
    """Return a button that chooses on the map what `name` is the id of."""
    return html.Button(words, id={"pick": name, "kind": kind}, className=look, type="button")


def _units(rows: Rows) -> list[Component]:
    widest = max((row["n_people"] for row in rows), default=1)
    items = [
        html.Li(
            [
                html.Div([pick("unit", row["id"], row["unit"]), _left(row)], className="spread"),
                known_bar(row["n_talked_to"], row["n_people"], widest),
            ]
        )
        for row in rows
    ]
    hint = html.P("Filled: talked to. Hatched: nobody has. Choose a unit to open it.", className="small")
    return [section("Least known first", [html.Ul(items, className="list units"), hint], aside=f"{len(rows)} units")]


def _left(row: dict[str, Any]) -> Component:
    left = row["n_not_talked_to"]
    return html.Span(f"{left} of {row['n_people']} to talk to" if left else "all talked to", className="small")


def _unit(data: MapData, unit: str, filters: Filters, units: Rows) -> list[Component]:
    row = next((one for one in units if one["id"] == unit), None)
    close = pick("unit", unit, "Close this unit", "btn")
    if row is None:
        return [html.H2(data.unit_label(unit)), html.P("Nobody here fits the filters."), close]
    named = [one for one in people_table(data, filters, units=[unit]) if one["named_by"]][:N_NAMED_SAID]
    items = [
        html.Li([chip(one["assessment"] or 0), pick("person", one["id"], one["name"]), f" {one['named_by']}"])
        for one in named
    ]
    counts = {a: row[f"a{a}"] for a in range(1, 6)} | {0: row["n_not_assessed"]}
    facts = f"{row['n_talked_to']} talked to, {row['n_asked']} asked who they go to."
    return [
        html.H2([row["unit"], html.Small(counted(row["n_people"], "person", "people"))]),
        html.P(facts),
        stands_bar(counts),
        html.H3("Most named here"),
        html.Ul(items, className="list tight") if items else html.P("Nobody so far.", className="mute"),
        html.Div(close, className="acts"),
        _silence(row),
    ]


def _silence(row: dict[str, Any]) -> Component:
    left = row["n_not_talked_to"]
    if not left:
        return html.P(f"We have talked to everybody in {row['unit']}.", className="small")
    words = (
        f"{left:,} of {row['n_people']:,} in {row['unit']} have not been talked to. "
        "A mark with no number and no line is somebody not asked, not somebody alone."
    )
    return note("Not known. ", words)


def _person(data: MapData, row: int, filters: Filters, choice: Choice) -> list[Component]:
    person = data.people.iloc[row]
    person_id, name, stands = str(person["person_id"]), str(person["name"]), int(person["assessment"])
    place = ", ".join(filter(None, (data.unit_label(str(person["unit"])), str(person["shift"]), str(person["aside"]))))
    circle = [] if choice.level == "circle" else [pick("circle", person_id, "Only this circle", "btn")]
    talk = dcc.Link("Log a talk", href=talk_path(person_id), className="btn go")
    named = named_by_in_words(int(person["named_by"]), int(person["named_by_outside"]))
    facts = [
        html.Dt("Listened to"),
        html.Dd(named),
        html.Dt("Stands"),
        html.Dd([chip(stands), f" {ASSESSMENT_WORDS[stands]}"]),
        html.Dt("Talks"),
        html.Dd("we have talked" if person["was_talked_to"] else "none of us has talked to this person yet"),
    ]
    return [
        html.H2([name, html.Small(dcc.Link("page", href=person_path(person_id)))]),
        html.P(place, className="mute"),
        html.Dl(facts, className="facts"),
        html.H2(f"Who of ours can reach {name}", className="thin"),
        _ways(data, ways_to(data, row)),
        html.Div([talk, *circle], className="acts"),
        *_ties(data, row, filters),
        *_not_known(data, row),
    ]


def _ways(data: MapData, ways: list[Way]) -> Component:
    if not ways:
        return html.P("Nobody assessed 1 or 2, by the ties we know.", className="mute")
    return html.Ol([html.Li(_way(data, way)) for way in ways], className="list plain")


def _way(data: MapData, way: Way) -> list[Content]:
    people = data.people
    ours = people.iloc[way.row]
    who = [chip(int(ours["assessment"])), " ", html.B(str(ours["name"]))]
    if way.via is None:
        return [*who, html.Span(f" {', '.join(way.how)}", className="sub-words")]
    via = f", then {people['name'].iat[way.via]}, who {', '.join(way.how)}"
    return [*who, html.Span(via, className="sub-words")]


def _ties(data: MapData, row: int, filters: Filters) -> list[Component]:
    tied = tied_rows(data, row, filters.layers)
    named = sum(NAMES in how_tied(data, int(other), row, filters.layers) for other in tied)
    people = data.people.iloc[tied].sort_values(["named_by", "name"], ascending=[False, True], kind="stable")
    said: list[Content] = []
    for person_id, name, stands in people[["person_id", "name", "assessment"]].head(N_TIES_SAID).to_numpy().tolist():
        said += [", " if said else "", person_link(person_id, name), " ", chip(int(stands))]
    rest = len(tied) - N_TIES_SAID
    said.append(f" and {rest} more, in the table of the circle." if rest > 0 else ".")
    aside = f"{len(tied)}{' on this map' if data.is_part else ''}; {named} of them named this person"
    body = html.P(said, className="names") if len(tied) else html.P("None so far.", className="mute")
    return [html.H2(["Ties we know", html.Small(aside)], className="thin"), body]


def _not_known(data: MapData, row: int) -> list[Component]:
    person = data.people.iloc[row]
    unit = next(one for one in unit_table(data) if one["id"] == person["unit"])
    if person["was_asked"]:
        return [_silence(unit)] if unit["n_not_talked_to"] else []
    words = "Not asked who they go to: ties that only this person could tell of are missing. "
    left = f"{unit['n_not_talked_to']} of {unit['n_people']} in {unit['unit']} have not been talked to."
    return [note("Not known. ", words + left)]
