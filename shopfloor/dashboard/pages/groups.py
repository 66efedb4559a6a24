"""Groups: who belongs together in the ties known so far, and against which departments."""

from typing import Final

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import Groups
from shopfloor.dashboard.controls import also_include, included
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.grids import rows_of
from shopfloor.dashboard.making import PATIENCE_S, Making
from shopfloor.dashboard.pages import accept
from shopfloor.dashboard.pages.accept import KEPT, keeping_part
from shopfloor.dashboard.pages.layers_part import agreement_part
from shopfloor.dashboard.parts import (
    Content,
    known_bar,
    load_a_file,
    log_a_talk,
    note,
    page,
    person_link,
    table,
    unit_path,
)
from shopfloor.dashboard.words import layer_words
from shopfloor.service.groups_in_words import certainty_of_groups, chart_in_words, headline_of_groups
from shopfloor.service.numbers import verb
from shopfloor.service.scope_in_words import scope_of_groups

N_SHOWN = 12


def layout(desk: Desk) -> list[Component]:
    """Return the page."""
    last = desk.ask(desk.group_question(), patience=PATIENCE_S)
    answer, rests, body = shown(desk, last.value, [])
    on_map = dcc.Link("See them on the map", href="/map?by=group", className="btn")
    controls = html.Div(also_include("groups-include"), className="controls no-print")
    kept = html.Div(id=KEPT)
    return page(answer, rests, [controls, MAKING.part(last), kept, html.Div(body, id="groups-list")], on_map)


def shown(desk: Desk, found: Groups | None, include: object, _kept: object = None) -> tuple[str, str, list[Component]]:
    """Return headline, what it rests on, and the groups; `found` is None where they are still to be worked out."""
    if found is None:
        return "No groups to show yet.", "They are worked out from all the ties that we know of.", []
    about = found.about
    layers = ", ".join(layer_words(layer) for layer in about["layers"]) or "no ties"
    rests = (
        f"Rests on {layers}; {about['coverage']['n_asked']} of {about['coverage']['n_people']} asked. "
        f"As of {about['as_of']}. {' '.join(certainty_of_groups(about))} {scope_of_groups(about)}"
    ).strip()
    if found.rows.empty:
        hint = html.P("Groups are found in ties: who names whom, who works beside whom, what we are told.")
        step = log_a_talk() if about["coverage"]["n_people"] else load_a_file()
        return _answer(found), rests, [hint, html.P(step), *_alone(found)]
    people = desk.workplace().people  # once: others change the data meanwhile
    names = dict(zip(people["person_id"], people["name"], strict=True))
    lists = [_table(found, names, included(include)), *_inside(found, names), *_hanging(found, names), *_alone(found)]
    ties = agreement_part(desk.agreement(included(include)))
    body = [*lists, *ties, *keeping_part(desk, found)]
    return _answer(found), rests, body


def _answer(found: Groups) -> str:
    crossing = int(found.rows["chart"].eq("crosses units").sum())
    across = f" {verb(crossing, 'of them cuts', 'of them cut')} across departments." if crossing else ""
    return headline_of_groups(found.about) + across


def _table(found: Groups, names: dict[str, str], include: tuple[str, ...]) -> Component:
    widest = int(found.rows["n_members"].max())
    told = set(found.people["person_id"][found.people["certainty"] == "told"])
    also = "".join(f"&with={word}" for word in include)
    rows = [
        {
            "name": dcc.Link(row["name"], href=f"{unit_path(row['name'])}&by=group{also}"),
            "solid": row["certainty"],
            "n": row["n_members"],
            "talked": known_bar(row["n_talked_to"], row["n_members"], widest),
            "chart": chart_in_words(row),
            "members": _told_first(row["members"], told, names),
        }
        for row in rows_of(found.rows)
    ]
    columns = [
        ("name", "Group"),
        ("solid", "How sure"),
        ("n", "People"),
        ("talked", "Talked to"),
        ("chart", "On the chart"),
        ("members", "Members"),
    ]
    return html.Section(table("Groups, largest first", columns, rows, numbers=("n",)))


def _told_first(members: list[str], told: set[str], names: dict[str, str]) -> Content:
    sure = [person for person in members if person in told]
    unsure = [person for person in members if person not in told]
    if not (sure and unsure):
        return [_members(members, names), " (cannot tell yet)" if unsure else ""]
    return [_members(sure, names), html.Div(["Cannot tell yet: ", _members(unsure, names)], className="mute")]


def _inside(found: Groups, names: dict[str, str]) -> list[Component]:
    """List the groups inside groups, where there are any."""
    if found.inner.empty:
        return []
    outer = dict(zip(found.rows["group_id"], found.rows["name"], strict=True))
    rows = [
        {
            "of": outer[row["group_id"]],
            "name": row["name"],
            "solid": row["certainty"],
            "n": row["n_members"],
            "members": _members(row["members"], names),
        }
        for row in rows_of(found.inner)
    ]
    columns = [("of", "Inside"), ("name", "Part"), ("solid", "How sure"), ("n", "People"), ("members", "Members")]
    return [html.Section(table("Groups inside groups", columns, rows, numbers=("n",)))]


def _hanging(found: Groups, names: dict[str, str]) -> list[Component]:
    """List the solid groups that hang together by one person so far; of others one cannot tell where they end."""
    solid = set(found.rows["group_id"][found.rows["certainty"] == "solid"])
    ends = found.links[["group_id", "other_group_id"]].isin(solid).all(axis=1)
    hanging = found.links[ends & (found.links["link"] == "hangs on one person")]
    if hanging.empty:
        return []
    group = dict(zip(found.rows["group_id"], found.rows["name"], strict=True))
    rows = [
        {
            "one": group[row["group_id"]],
            "other": group[row["other_group_id"]],
            "n": row["n_ties"],
            "who": _members(row["hinges"], names),
        }
        for row in rows_of(hanging)
    ]
    columns = [("one", "Group"), ("other", "And group"), ("n", "Ties between"), ("who", "On every tie")]
    return [html.Section(table("Hang on one person, so far", columns, rows, numbers=("n",)))]


def _members(members: list[str], names: dict[str, str]) -> Content:
    links: list[Content] = []
    for person_id in members[:N_SHOWN]:
        links += [person_link(person_id, names[person_id]), ", "]
    rest = len(members) - N_SHOWN
    return html.Span([*links[:-1], f" and {rest} more" if rest > 0 else ""])


def _alone(found: Groups) -> list[Component]:
    if not found.in_no_group:
        return []
    text = f"{verb(len(found.in_no_group), 'person belongs', 'people belong')} to no group so far: "
    ties = "ties of theirs to others here" if found.about["is_part"] else "ties of theirs"
    return [note("Not known. ", f"{text}nobody has told us of {ties}. That is not the same as having none.")]


MAKING: Final = Making(
    name="groups",
    what="groups",
    question=lambda include, _kept: the_desk().group_question(included(include)),
    draw=shown,
    outputs=(
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("groups-list", "children"),
    ),
    inputs=(Input("groups-include", "value"), Input(KEPT, "children")),
)
"""How this page follows its answer."""


def register(app: Dash) -> None:
    """Register the callback of this page."""
    MAKING.register(app)
    accept.register(app)
