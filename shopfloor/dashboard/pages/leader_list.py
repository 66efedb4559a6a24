"""The list of leaders by the naming model: places as bars, how sure each is, and what we do not know."""

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from shopfloor.analysis import Ranking
from shopfloor.dashboard.grids import rows_of
from shopfloor.dashboard.parts import Content, aria, chip, known_bar, note, person_link, section, table
from shopfloor.dashboard.place_bars import PlaceAxis, certainty_mark
from shopfloor.dashboard.words import listed
from shopfloor.service.leaders_in_words import bridges_in_words, certainty_in_words, how_sure, kinds_in_words
from shopfloor.service.numbers import counted, verb
from shopfloor.service.scope_in_words import named_by_in_words
from shopfloor.settings import THIN_SHARE, THIN_UNIT, THIN_VOICES

if TYPE_CHECKING:
    from numpy.typing import NDArray

Row = dict[str, Any]
MOST_LISTED: Final = 30
_MOST_COUNTED: Final = 40
_LIKELY_FROM: Final = 0.15
_SURE_FROM: Final = 0.25
"""Shares of the workforce asked from which names usually show as likely, and as sure (docs/calibration.md)."""

_NUMBERS: Final = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
_WHERE: Final = ("department", "shift")


def is_list(ranking: Ranking) -> bool:
    """Tell whether there is a list: somebody is sure or likely; else one cannot tell."""
    certainty = ranking.about["certainty"]
    return bool(certainty["n_sure"] or certainty["n_likely"])


def headline(ranking: Ranking) -> str:
    """Return the sentence above the list: how many are sure and likely, and whom to find out about."""
    certainty = ranking.about["certainty"]
    if not is_list(ranking):
        return "We cannot tell yet who people listen to."
    counts = ((certainty["n_sure"], "sure"), (certainty["n_likely"], "likely"))
    said = [f"{_number(n)} {word}" for n, word in counts if n]
    first = f"{', '.join([said[0], *(one.lower() for one in said[1:])])} in the top {certainty['places']}"
    unit = ranking.about["parameters"]["unit"]
    silent = ranking.rows["name"][ranking.rows["is_silent"]].tolist()
    find_out = f" Find out where {listed(silent)} {'stands' if len(silent) == 1 else 'stand'}." if silent else ""
    return f"{first}{f' of {unit}' if unit else ''}.{find_out}"


def _number(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else f"{n:,}"


def body(ranking: Ranking) -> list[Component]:
    """Return the list, or what is known where one cannot tell."""
    return _list(ranking) if is_list(ranking) else _cannot_tell(ranking)


def shown_rows(ranking: Ranking) -> list[Row]:
    """Return the people who are listed: all who may be in the top, `MOST_LISTED` at most."""
    return rows_of(ranking.rows.iloc[_listed(ranking)])


def first_listed(ranking: Ranking) -> str:
    """Return the id of the first on the list."""
    return str(ranking.rows["person_id"].iloc[_listed(ranking)[0]])


def _listed(ranking: Ranking) -> "NDArray[np.intp]":
    """Return the numbers of these rows."""
    return np.flatnonzero(ranking.rows["certainty"] != "not_listed")[:MOST_LISTED]


def _list(ranking: Ranking) -> list[Component]:
    rows, about = shown_rows(ranking), ranking.about
    k = about["certainty"]["places"]
    axis = PlaceAxis(about["n_listed"], k)
    among = ranking.rows["named_by_named"].rank(method="min", ascending=False).astype("int64")
    by_named = among.iloc[_listed(ranking)].tolist()
    lines = [_line(row, about, axis, place) for row, place in zip(rows, by_named, strict=True)]
    caption = f"{about['title']}: place among {about['n_listed']:,}; left of the heavy line is the top {k}"
    heads = [_head("Name"), _head(f"In the top {k}?"), html.Th([html.Span("Place", className="vh"), axis.head()])]
    heads += [_head(words, is_number=True) for words in ("Named by", "From units", "By the named")]
    heads += [_head("Stands"), html.Th(html.Span("Reasons", className="vh"), className="no-print")]
    everybody = _everybody_else(ranking, len(rows))
    drawn = html.Table(
        [html.Caption(caption), html.Thead(html.Tr(heads)), html.Tbody([*lines, everybody])], className="stack leaders"
    )
    return [html.Div(drawn, className="wide"), *_below(about)]


def _head(words: str, *, is_number: bool = False) -> Component:
    return html.Th(words, scope="col", className="num" if is_number else None)


def _line(row: Row, about: Row, axis: PlaceAxis, by_named: int) -> Component:
    where = ", ".join([*(str(row[name]) for name in _WHERE if row[name]), *_aside(row)]) or "place not known"
    kinds = kinds_in_words(row["kinds"], row["voice_of"])
    said = f"{how_sure(row, about)}, best guess {row['rank']}"
    low, high, guess = (int(row[name]) for name in ("rank_low", "rank_high", "rank"))
    n, n_outside = int(row["named_by"]), int(row["named_by_outside"])
    named: Content = [f"{n:,}", *([html.Span(f"{n_outside:,} outside", className="sub")] if n_outside else [])]
    name = [person_link(row["person_id"], row["name"]), html.Span(where, className="sub")]
    why = html.Button("Why", id={"why": row["person_id"]}, type="button", className="btn slim", **_why_of(row))
    cells = [
        html.Td([certainty_mark(row["certainty"]), html.Span(kinds, className="sub")], **_data(axis.places)),
        html.Td(axis.bar(low, high, guess, row["certainty"], said), className="place-cell", **_data_head("Place")),
        html.Td(named, className="num", **_data_head("Named by")),
        html.Td(f"{int(row['n_departments_naming'])}", className="num", **_data_head("From units")),
        html.Td(f"{by_named:,}", className="num", **_data_head("By the named")),
        html.Td(chip(row["assessment"] or 0), **_data_head("Stands")),
        html.Td(why, className="no-print"),
    ]
    return html.Tr([html.Th(name, scope="row"), *cells])


def _aside(row: Row) -> list[str]:
    return [word for word, is_so in (("supervisor", row["is_supervisor"]), ("left", row["has_left"])) if is_so]


def _why_of(row: Row) -> dict[str, Any]:
    return aria(label=f"Why {row['name']}")


def _data(places: int) -> dict[str, Any]:
    return _data_head(f"In the top {places}?")


def _data_head(words: str) -> dict[str, Any]:
    return {"data-head": words}


def _everybody_else(ranking: Ranking, n_shown: int) -> Component:
    coverage = ranking.about["coverage"]
    n_silent = coverage["n_people"] - coverage["n_asked"]
    rest = ranking.rows.iloc[n_shown:]
    n_named = int((rest["named_by"] > 0).sum())
    said: list[Content] = [
        html.Span(className="hatchbox swatch"),
        html.B(f"{verb(n_silent, 'has', 'have', of=coverage['n_people'])} not been asked. "),
        "A leader among them and their friends would not show here. ",
        f"{verb(n_named, 'other was', 'others were')} named, and hardly in the top.",
    ]
    head = html.Th(["Everybody else", html.Span(counted(len(rest), "person", "people"), className="sub")], scope="row")
    return html.Tr([head, html.Td(said, colSpan=7)], className="not-known")


def _below(about: Row) -> list[Component]:
    words = certainty_in_words(about)
    legend = (
        "Bar: the places this person may hold if everybody were asked, solid where sure, mid where likely, hatched "
        "where we cannot tell; notch: best guess. By the named: the place if namings by people who are themselves "
        "named count more; it is no part of the place."
    )
    return [note("How sure? ", " ".join(words)), html.P([legend, *_bridges(about)], className="small")]


def _bridges(about: Row) -> list[Content]:
    """Return between which groups people may be bridges, with the way to keep groups where none are."""
    words = bridges_in_words(about, keep="")
    is_missing = words and about["groups"] is None and not about["is_part"]
    return [f" {words}", *([" ", dcc.Link("Groups", href="/groups")] if is_missing else [])] if words else []


def blind_spots(ranking: Ranking) -> list[Component]:
    """Return how many were asked in each unit, least known first, and through whose talks we see."""
    coverage = ranking.about["coverage"]
    if not coverage["units"]:
        return []
    widest = max(unit["n_people"] for unit in coverage["units"])
    words = {"silent": "cannot tell: nobody asked", "thin": "cannot tell: too few asked", "enough": ""}
    items = [
        html.Li(
            [
                html.Div(
                    [
                        html.Span(f"{unit['unit']}{' shift' if unit['kind'] == 'shift' else ''}"),
                        html.Span(f"asked {unit['n_asked']:,} of {unit['n_people']:,}", className="small"),
                    ],
                    className="spread",
                ),
                known_bar(unit["n_asked"], unit["n_people"], widest, "asked"),
                html.Span(words[unit["voices"]], className="sub"),
            ]
        )
        for unit in coverage["units"]
    ]
    seen = _eyes(coverage["eyes"])
    hint = html.P(["Filled: asked. Hatched: not. ", seen], className="small")
    return [section("Where we cannot see", [html.Ul(items, className="list units"), hint], aside="least known first")]


def _eyes(eyes: Row) -> str:
    if not eyes["largest_n"]:
        return ""
    n, of, who = eyes["n_namings"], counted(eyes["n_organizers"], "organizer"), eyes["largest_organizer"]
    return f"{counted(n, 'naming')}, from talks of {of}; {eyes['largest_n']:,} of them from talks with {who}."


def talks_to_start(units: Sequence[Row]) -> list[tuple[str, int]]:
    """Return the units of the main kind with too few voices, and how many talks each still needs.

    Parameters
    ----------
    units : sequence of dict
        ``units`` of `shopfloor.analysis.voices.count_voices`.
    """
    kinds = {unit["kind"] for unit in units}
    main = next((kind for kind in _WHERE if kind in kinds), "")
    needs = [(str(unit["unit"]), _missing(unit)) for unit in units if unit["kind"] == main]
    return [(name, n) for name, n in needs if n]


def _missing(unit: Row) -> int:
    n_people, n_asked = int(unit["n_people"]), int(unit["n_asked"])
    if n_people < THIN_UNIT:
        return 0
    return max(THIN_VOICES, ceil(THIN_SHARE * n_people - 1e-9), n_asked) - n_asked


def _cannot_tell(ranking: Ranking) -> list[Component]:
    rows = [row for row in rows_of(ranking.rows) if row["named_by"]]
    return [_asked(ranking), _named(ranking, rows)]


def _asked(ranking: Ranking) -> Component:
    units = ranking.about["coverage"]["units"]
    kinds = {unit["kind"] for unit in units}
    main = next((kind for kind in _WHERE if kind in kinds), "")
    mine = sorted((unit for unit in units if unit["kind"] == main), key=lambda unit: str(unit["unit"]))
    if not mine:
        return section("Asked so far", html.P("No departments or shifts are known.", className="mute"))
    widest, missing = max(unit["n_people"] for unit in mine), dict(talks_to_start(mine))
    lines = [
        {
            "unit": unit["unit"],
            "bar": known_bar(unit["n_asked"], unit["n_people"], widest, "asked"),
            "asked": f"{unit['n_asked']:,} of {unit['n_people']:,}",
            "more": html.B(f"{missing[unit['unit']]} more") if unit["unit"] in missing else "enough to start",
        }
        for unit in mine
    ]
    columns = [("unit", main.capitalize()), ("bar", "People"), ("asked", "Asked"), ("more", "To start")]
    drawn = table("Filled: asked. Hatched: not asked", columns, lines, numbers=("asked",))
    return section("Asked so far", drawn, aside="in order of the alphabet")


def _named(ranking: Ranking, rows: list[Row]) -> Component:
    if not rows:
        words = "Nobody was named yet. Ask people who they go to."
        return section("Named so far", html.P(words, className="mute"))
    n_asked = ranking.about["coverage"]["n_asked"]
    often = [row for row in rows if row["named_by"] > 1]
    shown = sorted(often or rows, key=lambda row: str(row["name"]).casefold())[:_MOST_COUNTED]
    items = [html.Li([person_link(row["person_id"], row["name"]), f" {_count(row, n_asked)}"]) for row in shown]
    more = f"{counted(len(rows) - len(shown), 'more was', 'more were')} named." if len(rows) > len(shown) else ""
    body = [html.Ul(items, className="list two-columns"), html.P(more, className="small")]
    return section("Named so far", body, aside="a count, not a ranking; in order of the alphabet")


def _count(row: Row, n_asked: int) -> str:
    n, n_outside = int(row["named_by"]), int(row["named_by_outside"])
    return named_by_in_words(n, n_outside) if n_outside else f"named by {n:,} of {n_asked:,}"


def what_would_change_it(ranking: Ranking) -> list[Component]:
    """Return how many talks would start a list, beside one that cannot tell."""
    coverage = ranking.about["coverage"]
    n_people, n_asked = coverage["n_people"], coverage["n_asked"]
    needs = talks_to_start(coverage["units"])
    n_start = sum(n for _, n in needs)
    where = listed([f"{n} in {name}" for name, n in needs])
    items: list[Content] = []
    if needs:
        items.append([html.B(f"{counted(n_start, 'talk')}: "), f"{where}. Then nobody's unit is silent."])
    more = ceil(_LIKELY_FROM * n_people) - n_asked
    if more > n_start:
        said = "the first likely names usually show by then. Sure ones come from about a quarter asked."
        items.append([html.B(f"About {counted(more, 'more talk')}: "), said])
    elif n_asked >= _SURE_FROM * n_people:
        items.append("Many were asked, and they name different people: there may be nobody whom most go to.")
    body = [
        html.Ul([html.Li(item) for item in items], className="list"),
        html.P(dcc.Link("Whom to talk to next", href="/next", className="btn")),
    ]
    certainty = ranking.about["certainty"] | {"order": "named_by"}  # nothing is said of an order: there is none
    words = " ".join(certainty_in_words(ranking.about | {"certainty": certainty}))
    return [section("What would change this", body), note("Why no list? ", words)]
