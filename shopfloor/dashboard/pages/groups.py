"""Groups: who belongs together in the ties known so far, and against which departments."""

from dash import dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import Groups
from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.grids import rows_of
from shopfloor.dashboard.parts import Content, known_bar, note, page, person_link, table, unit_path
from shopfloor.dashboard.words import counted, layer_words

N_SHOWN = 12


def layout(desk: Desk) -> list[Component]:
    """Return the page."""
    found = desk.groups()
    about = found.about
    layers = ", ".join(layer_words(layer) for layer in about["layers"]) or "no ties"
    rests = (
        f"Rests on {layers}; {about['coverage']['n_asked']} of {about['coverage']['n_people']} asked. "
        f"As of {about['as_of']}. More talks may move people between groups."
    )
    on_map = dcc.Link("See them on the map", href="/map?by=group", className="btn")
    return page(_answer(found), rests, [_table(found, desk), *_alone(found)], on_map)


def _answer(found: Groups) -> str:
    if found.rows.empty:
        return "No groups are visible yet: too few ties are known."
    crossing = sum(len(departments) > 1 for departments in found.rows["departments"])
    return f"{counted(len(found.rows), 'group')} so far; {crossing} of them cross departments."


def _table(found: Groups, desk: Desk) -> Component:
    widest = int(found.rows["n_members"].max()) if len(found.rows) else 1
    names = dict(zip(desk.workplace().people["person_id"], desk.workplace().people["name"], strict=True))
    rows = [
        {
            "name": dcc.Link(row["name"], href=f"{unit_path(row['name'])}&by=group"),
            "n": row["n_members"],
            "talked": known_bar(row["n_talked_to"], row["n_members"], widest),
            "departments": ", ".join(f"{part['department']} {part['n_members']}" for part in row["departments"]),
            "members": _members(row["members"], names),
        }
        for row in rows_of(found.rows)
    ]
    columns = [
        ("name", "Group"),
        ("n", "People"),
        ("talked", "Talked to"),
        ("departments", "Departments"),
        ("members", "Members"),
    ]
    return html.Section(table("Groups, largest first", columns, rows, numbers=("n",)))


def _members(members: list[str], names: dict[str, str]) -> Content:
    links: list[Content] = []
    for person_id in members[:N_SHOWN]:
        links += [person_link(person_id, names[person_id]), ", "]
    rest = len(members) - N_SHOWN
    return html.Span([*links[:-1], f" and {rest} more" if rest > 0 else ""])


def _alone(found: Groups) -> list[Component]:
    if not found.in_no_group:
        return []
    text = f"{counted(len(found.in_no_group), 'person belongs', 'people belong')} to no group so far: "
    return [note("Not known. ", text + "nobody has told us of ties of theirs. That is not the same as having none.")]
