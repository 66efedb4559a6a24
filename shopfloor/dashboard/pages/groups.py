"""Groups: who belongs together in the ties known so far, and against which departments."""

from collections.abc import Collection
from typing import Final

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import Groups
from shopfloor.dashboard.controls import also_include, included
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.grids import rows_of, values_of
from shopfloor.dashboard.making import PATIENCE_S, Making
from shopfloor.dashboard.pages import accept
from shopfloor.dashboard.pages.accept import KEPT, keeping_part
from shopfloor.dashboard.pages.group_choice import CHOICE, FIND, MANY, SAID, Chosen, choice_part, choose, is_long
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
Shown = tuple[str, str, list[Component], bool, str]
"""Headline, what it rests on, the groups, whether the choice among them is hidden, and what it shows in words."""


def layout(desk: Desk) -> list[Component]:
    """Return the page."""
    last = desk.ask(desk.group_question(), patience=PATIENCE_S)
    answer, rests, body, is_short, said = shown(desk, last.value, [])
    on_map = dcc.Link("See them on the map", href="/map?by=group", className="btn")
    controls = html.Div(also_include("groups-include"), className="controls no-print")
    kept, choice = html.Div(id=KEPT), choice_part(said, is_offered=not is_short)
    return page(answer, rests, [controls, MAKING.part(last), kept, choice, html.Div(body, id="groups-list")], on_map)


def shown(
    desk: Desk, found: Groups | None, include: object, _kept: object = None, words: object = None, many: object = None
) -> Shown:
    """Return what the page shows.

    Parameters
    ----------
    desk : Desk
    found : Groups or None
        None where they are still to be worked out.
    include, words, many : object
        As they are chosen on the page: see `also_include`, `choose`.
    """
    if found is None:
        return "No groups to show yet.", "They are worked out from all the ties that we know of.", [], True, ""
    about = found.about
    layers = ", ".join(layer_words(layer) for layer in about["layers"]) or "no ties"
    rests = (
        f"Rests on {layers}; {about['coverage']['n_asked']} of {about['coverage']['n_people']} asked. "
        f"As of {about['as_of']}. {' '.join(certainty_of_groups(about))} {scope_of_groups(about)}"
    ).strip()
    if found.rows.empty:
        hint = html.P("Groups are found in ties: who names whom, who works beside whom, what we are told.")
        step = log_a_talk() if about["coverage"]["n_people"] else load_a_file()
        return _answer(found), rests, [hint, html.P(step), *_alone(found)], True, ""
    chosen = choose(desk, found, words, many)
    ties = agreement_part(desk.agreement(included(include)))
    body = [*_tables(desk, found, chosen, included(include)), *_alone(found), *ties, *keeping_part(desk, found)]
    return _answer(found), rests, body, not is_long(found), chosen.said


def _answer(found: Groups) -> str:
    crossing = int(found.rows["chart"].eq("crosses units").sum())
    across = f" {verb(crossing, 'of them cuts', 'of them cut')} across departments." if crossing else ""
    return headline_of_groups(found.about) + across


def _tables(desk: Desk, found: Groups, chosen: Chosen, include: tuple[str, ...]) -> list[Component]:
    people = desk.workplace().people  # once: others change the data meanwhile
    names = dict(zip(values_of(people["person_id"]), values_of(people["name"]), strict=True))
    groups = [] if chosen.rows.empty else [_table(found, chosen, names, include)]
    return [*groups, *_inside(found, chosen, names), *_hanging(found, chosen, names)]


def _caption(title: str, n: int, of: int) -> str:
    """Return the head of a table, with how many of all its rows there are where some are left out."""
    return title if n == of else f"{title}: {n:,} of {of:,}"


def _table(found: Groups, chosen: Chosen, names: dict[str, str], include: tuple[str, ...]) -> Component:
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
            "members": _told_first(_sought_first(row["members"], chosen.people), told, names),
        }
        for row in rows_of(chosen.rows)
    ]
    columns = [
        ("name", "Group"),
        ("solid", "How sure"),
        ("n", "People"),
        ("talked", "Talked to"),
        ("chart", "On the chart"),
        ("members", "Members"),
    ]
    caption = _caption("Groups, largest first", len(rows), len(found.rows))
    return html.Section(table(caption, columns, rows, numbers=("n",)))


def _sought_first(members: list[str], people: Collection[str]) -> list[str]:
    return sorted(members, key=lambda member: member not in people) if people else members


def _told_first(members: list[str], told: set[str], names: dict[str, str]) -> Content:
    sure = [person for person in members if person in told]
    unsure = [person for person in members if person not in told]
    if not (sure and unsure):
        return [_members(members, names), " (cannot tell yet)" if unsure else ""]
    return [_members(sure, names), html.Div(["Cannot tell yet: ", _members(unsure, names)], className="mute")]


def _inside(found: Groups, chosen: Chosen, names: dict[str, str]) -> list[Component]:
    """List the groups inside groups, where there are any."""
    if chosen.inner.empty:
        return []
    outer = dict(zip(found.rows["group_id"], found.rows["name"], strict=True))
    rows = [
        {
            "of": outer[row["group_id"]],
            "name": row["name"],
            "solid": row["certainty"],
            "n": row["n_members"],
            "members": _members(_sought_first(row["members"], chosen.people), names),
        }
        for row in rows_of(chosen.inner)
    ]
    columns = [("of", "Inside"), ("name", "Part"), ("solid", "How sure"), ("n", "People"), ("members", "Members")]
    caption = _caption("Groups inside groups", len(rows), len(found.inner))
    return [html.Section(table(caption, columns, rows, numbers=("n",)))]


def _hanging(found: Groups, chosen: Chosen, names: dict[str, str]) -> list[Component]:
    """List the groups that hang together by one person so far."""
    if chosen.hanging.empty:
        return []
    group = dict(zip(found.rows["group_id"], found.rows["name"], strict=True))
    rows = [
        {
            "one": group[row["group_id"]],
            "other": group[row["other_group_id"]],
            "n": row["n_ties"],
            "who": _members(row["hinges"], names),
        }
        for row in rows_of(chosen.hanging)
    ]
    columns = [("one", "Group"), ("other", "And group"), ("n", "Ties between"), ("who", "On every tie")]
    caption = _caption("Hang on one person, so far", len(rows), chosen.n_hanging)
    return [html.Section(table(caption, columns, rows, numbers=("n",)))]


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
    question=lambda include, *_: the_desk().group_question(included(include)),
    draw=shown,
    outputs=(
        Output("answer", "children", allow_duplicate=True),
        Output("rests", "children", allow_duplicate=True),
        Output("groups-list", "children"),
        Output(CHOICE, "hidden"),
        Output(SAID, "children"),
    ),
    inputs=(
        Input("groups-include", "value"),
        Input(KEPT, "children"),
        Input(FIND, "value"),
        Input(MANY, "value"),
    ),
)
"""How this page follows its answer."""


def register(app: Dash) -> None:
    """Register the callback of this page."""
    MAKING.register(app)
    accept.register(app)
