"""Layers of ties on the pages: one person's ties in each, and which layers agree."""

from typing import Final

from dash import html
from dash.development.base_component import Component

from shopfloor.analysis.layers import Agreement
from shopfloor.analysis.person_layers import PersonLayers
from shopfloor.dashboard.parts import Content, person_link, section, table
from shopfloor.service.layers_in_words import layer_in_words, layers_in_words, ways_in_words

_MOST_SEVERAL: Final = 12


def person_part(found: PersonLayers) -> Component:
    """Return in which ways somebody is tied to others, and to whom in several."""
    layers = [row for row in found.layers if row["n_people"]]
    aside = f"{len(layers)} of {len(found.layers)} kinds of tie known"
    if not layers:
        words = "No tie of any kind is known. That is not the same as having none."
        return section("In which ways they are tied", html.P(words, className="mute"), aside=aside, span=8)
    body: list[Content] = [html.Ul([html.Li(layer_in_words(row, found.about)) for row in layers], className="list")]
    several = found.several
    if several:
        rows = [
            {
                "who": one["name"] if one["is_outside"] else person_link(one["person_id"], one["name"]),
                "ways": ways_in_words(one),
            }
            for one in several[:_MOST_SEVERAL]
        ]
        body.append(table("Tied to them in several ways", [("who", "Who"), ("ways", "How")], rows))
        rest = len(several) - _MOST_SEVERAL
        body += [html.P(f"and {rest:,} more.", className="small")] if rest > 0 else []
    else:
        body.append(html.P("To nobody in more than one way.", className="mute"))
    return section("In which ways they are tied", body, aside=aside, span=8)


def agreement_part(found: Agreement) -> list[Component]:
    """Return which layers agree, a sentence each; nothing where there is one layer or none."""
    if found.rows.empty:
        return []
    rests, *said = layers_in_words(found)
    lines = html.Ul([html.Li(line) for line in said], className="list")
    return [section("Which ties go together", [lines, html.P(rests, className="small")])]
