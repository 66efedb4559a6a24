"""Beside the loading: earlier loads and how to take them back, who is meant by a name, and who is who."""

import json
from collections.abc import Callable
from typing import Any, Final

import dash
from dash import ALL, Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from shopfloor.dashboard.controls import Suggestions, field, is_clicked, select, text_field
from shopfloor.dashboard.desk import Desk, the_desk
from shopfloor.dashboard.parts import Content, aria, done, failed, section
from shopfloor.dashboard.said import contact_meant, person_meant
from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import NotFoundError, ShopfloorError
from shopfloor.service.editing import answer_mention, judge, judgements, listed_since, undo_batch, withdraw
from shopfloor.service.nouns import Batch, Mention, live_batches
from shopfloor.service.numbers import counted
from shopfloor.service.policy import Right

MOST_MENTIONS: Final = 6
MOST_BATCHES: Final = 20
_VERDICTS: Final = {"same": "Same person", "different": "Different people"}
_NOBODY: Final = ""
"""In the place of a person: the answer that a name is nobody on the list."""


def lists(desk: Desk) -> list[Component]:
    """Return earlier loads, and for who may answer them open mentions and verdicts."""
    if not _may_judge(desk):
        return [_batches(desk)]
    return [_mentions(desk), _batches(desk), _verdicts(desk)]


def _may_judge(desk: Desk) -> bool:
    return Right.JUDGE in desk.store.viewer.rights


def _batches(desk: Desk) -> Component:
    batches = desk.store.batches()
    live = {batch.batch_id for batch in live_batches(batches)}
    items = [
        html.Li(_batch(batch, is_live=batch.batch_id in live, may_undo=_may_undo(desk, batch)))
        for batch in reversed(batches[-MOST_BATCHES:])
    ]
    older = f"and {len(batches) - MOST_BATCHES} older. " if len(batches) > MOST_BATCHES else ""
    hint = html.P(
        f"{older}Undo takes back exactly what that load brought. What was entered since stays.", className="small"
    )
    body: Content = (
        [html.Ul(items, className="list"), hint] if items else html.P("Nothing was loaded yet.", className="mute")
    )
    return section("Earlier loads and edits", body)


def _may_undo(desk: Desk, batch: Batch) -> bool:
    viewer = desk.store.viewer
    return Right.UNDO in viewer.rights or (Right.UNDO_OWN in viewer.rights and batch.made_by == viewer.name)


def _batch(batch: Batch, *, is_live: bool, may_undo: bool) -> list[Content]:
    names = [str(file["name"]) for file in json.loads(batch.files)]
    what = names[0] if len(names) == 1 else f"{len(names)} files" if names else _origin_words(batch)
    counts = json.loads(batch.counts)
    rows = f"{counts['n_new']:,} new, {counts['n_changed']:,} changed, " if "n_new" in counts else ""
    said = f"{rows}{batch.made_by or 'somebody else'}, {batch.committed_at or batch.opened_at:%Y-%m-%d %H:%M}"
    state: Content = html.Span("" if is_live else "undone" if batch.undone_at else "replaced", className="mute")
    if is_live and may_undo:
        undo = f"Undo {what}, batch {batch.batch_id}"
        state = html.Button(
            "Undo", id={"undo": batch.batch_id}, className="btn quiet", type="button", **aria(label=undo)
        )
    files = html.Details([html.Summary("which"), ", ".join(names)]) if len(names) > 1 else ""
    return [html.Div([html.B(what), state], className="spread"), html.Span(said, className="small"), files]


def _origin_words(batch: Batch) -> str:
    return {"edit": "typed in", "judgement": "verdict or answer"}.get(batch.origin, batch.origin)


def _mentions(desk: Desk) -> Component:
    (found, person_ids), keys = desk.mentions(MOST_MENTIONS), desk.open_names()
    if not found:
        return section("Who is meant?", html.P("Every name was matched.", className="mute"))
    names = desk.store.picture().names
    items = [
        html.Li(
            [
                html.Div([html.B(mention.text), html.Span(f" named {_times(mention.n_times)}", className="small")]),
                html.Div(
                    [
                        *(_candidate(mention.key, person_ids[code], names[code]) for code in mention.candidates),
                        *_nobody(desk, mention),
                    ],
                    className="candidates",
                ),
            ]
        )
        for mention in found
    ]
    more = f"and {len(keys) - len(found)} more, once these are answered." if len(keys) > len(found) else ""
    other = html.Details([html.Summary("It is somebody else"), _other_form(keys)])
    body = [html.Ul(items, className="list"), html.P(more, className="small"), other]
    return section("Who is meant?", body, aside=f"{len(keys)} to answer")


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def _nobody(desk: Desk, mention: Mention) -> list[Content]:
    """Return the answer that nobody on the list is meant, for who sees the whole list."""
    said: list[Content] = [] if mention.candidates else ["Nobody alike is on our lists. "]
    if desk.store.viewer.is_scoped:
        return said
    label = aria(label=f"{mention.text}: nobody on the list")
    where = {"mention": mention.key, "person": _NOBODY}
    return [*said, html.Button("Nobody on the list", id=where, className="btn slim", type="button", **label)]


def _candidate(key: str, person_id: str, name: str) -> Component:
    words: Content = [name, html.Span(f" {person_id}", className="small")]
    return html.Button(words, id={"mention": key, "person": person_id}, className="btn slim", type="button")


def _other_form(keys: list[str]) -> Component:
    options = [(key, key) for key in keys]
    parts = [
        field("mention-which", "The name as written", select("mention-which", options, keys[0])),
        text_field("mention-person", "Who is meant", "a name or an id", suggestions="everybody"),
        html.Button("Answer", id="mention-answer", className="btn", type="button"),
    ]
    return html.Div(parts, className="form")


def same_form(desk: Desk, one: str = "") -> Component:
    """Return the form for saying that two contacts are, or are not, one person."""
    parts = [
        Suggestions(id="everybody", options=desk.names()),
        text_field("same-one", "One", "a name or an id", value=one, suggestions="everybody"),
        text_field("same-other", "The other", "a name or an id", suggestions="everybody"),
        text_field("same-why", "Why", "so that others can follow"),
        html.Div(
            [
                html.Button(words, id={"verdict": name}, className="btn", type="button")
                for name, words in _VERDICTS.items()
            ],
            className="acts",
        ),
    ]
    hint = html.P("A verdict holds lists together and rewrites nothing: it can be withdrawn.", className="small")
    said = html.Div(id="keeping-said", **aria(live="polite"))
    form = section("Same person?", [hint, html.Div(parts, className="form narrow"), said])
    return html.Div(form, id="same", hidden=not _may_judge(desk))  # hidden, as undoing reads its fields too


def _verdicts(desk: Desk) -> Component:
    items = [
        html.Li(
            [
                html.Span([verdict_words(row), _since(desk, row)]),
                html.Span(f" {batch.made_by}", className="small"),
                _withdraw(batch, row),
            ]
        )
        for batch, row in reversed(judgements(desk.store))
    ]
    body = html.Ul(items, className="list") if items else html.P("None given.", className="mute")
    return section("Verdicts and answers", body, aside=counted(len(items), "verdict"))


def _since(desk: Desk, row: dict[str, Any]) -> str:
    since = listed_since(desk.store.picture(), row)
    return "" if since is None else f" {since} is called that on the list now: withdraw it if they are meant."


def _withdraw(batch: Batch, row: dict[str, Any]) -> Component:
    label = aria(label=f"Withdraw: {verdict_words(row)}")
    return html.Button("Withdraw", id={"withdraw": batch.batch_id}, className="btn quiet", type="button", **label)


def verdict_words(row: dict[str, Any]) -> str:
    """Return a verdict or an answer in words."""
    if row["subject"] == "mention":
        return f"“{row['left']}” is {row['right'] or 'nobody on the list'}."
    words = {"same": "are the same person", "different": "are different people"}.get(row["verdict"], "may be the same")
    why = f": {row['why']}" if row["why"] else ""
    return f"{row['left']} and {row['right']} {words}{why}."


def register(app: Dash) -> None:
    """Register the callbacks of these lists."""
    app.callback(
        Output("keeping", "children"),
        Output("keeping-said", "children"),
        Output("import-said", "children", allow_duplicate=True),
        Input({"undo": ALL}, "n_clicks"),
        Input({"mention": ALL, "person": ALL}, "n_clicks"),
        Input({"withdraw": ALL}, "n_clicks"),
        Input({"verdict": ALL}, "n_clicks"),
        State("same-one", "value"),
        State("same-other", "value"),
        State("same-why", "value"),
        prevent_initial_call=True,
    )(keep)
    app.callback(
        Output("keeping", "children", allow_duplicate=True),
        Output("import-said", "children", allow_duplicate=True),
        Input("mention-answer", "n_clicks"),
        State("mention-which", "value"),
        State("mention-person", "value"),
        prevent_initial_call=True,
    )(answer_other)


def keep(*sent: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401 - whatever a browser sends
    """Undo, answer, judge or withdraw what was asked for, and show the lists anew."""
    desk, trigger = the_desk(), dash.ctx.triggered_id
    if not isinstance(trigger, dict) or not is_clicked():
        raise PreventUpdate
    said = _tried(lambda: _done(desk, trigger, sent[4:]))
    return (lists(desk), said, []) if "verdict" in trigger else (lists(desk), [], said)


def answer_other(clicks: object, which: object, person: object) -> tuple[list[Component], Component]:
    """Say who is meant where none of the offered people is."""
    if not clicks:
        raise PreventUpdate
    desk = the_desk()
    said = _tried(lambda: _answer(desk, which, person_meant(desk, person)))
    return lists(desk), said


def _tried(act: Callable[[], str]) -> Component:
    try:
        return done(act())
    except ShopfloorError as error:
        return failed(on_a_page(str(error)))


def _done(desk: Desk, trigger: dict[str, Any], typed: tuple[object, ...]) -> str:
    """Do what a button says and return what was done; `ShopfloorError` where it does not fit."""
    if "mention" in trigger:
        return _answer(desk, trigger["mention"], trigger.get("person"))
    if "verdict" in trigger:
        return _judge(desk, trigger["verdict"], *typed)
    name, number = next(iter(trigger.items()))
    if not isinstance(number, int):
        raise NotFoundError("There is no such load or verdict.")
    if name == "withdraw":
        withdraw(desk.store, number)
        return "Withdrawn, as if it had never been said."
    undo_batch(desk.store, number)
    return f"Batch {number} is undone, as if it had never been loaded."


def _answer(desk: Desk, mention: object, person: object) -> str:
    if not isinstance(mention, str) or not isinstance(person, str):
        raise NotFoundError("Say who is meant: a name from the list, or an id.")
    answer_mention(desk.store, mention, person or None)
    return f"Answered: “{mention}” is {person or 'nobody on the list'}. It can be withdrawn below."


def _judge(desk: Desk, verdict: object, one: object, other: object, why: object) -> str:
    keys = contact_meant(desk, one), contact_meant(desk, other)
    if keys[0] is None or keys[1] is None:
        raise NotFoundError("Say which two: names from the list, or ids.")
    judge(desk.store, str(verdict), keys[0], keys[1], why=why if isinstance(why, str) else "")
    return f"{keys[0]} and {keys[1]}: {_VERDICTS.get(str(verdict), '').lower()}. It can be withdrawn."
