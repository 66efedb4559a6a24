"""The part of a page that says how old its answer is and how far a new one is, with a button to stop it.

A page that shows what takes long to compute holds one `Making`: it says what is computed (`Question`) and draws the
page from the last answer, or from none. While a new one is made the page asks now and then how it stands; when it is
there, the page is drawn anew, once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import dash
from dash import Dash, Input, Output, dcc, html, no_update
from dash.development.base_component import Component

from shopfloor.dashboard.desk import Desk, Question, the_desk
from shopfloor.dashboard.latest import LastAnswer
from shopfloor.dashboard.parts import Content, aria
from shopfloor.dashboard.words import on_a_page

PATIENCE_S: Final = 2.0
"""Seconds that a page waits for its first answer before it comes without."""

_LOOKS_EVERY_MS: Final = 1000
_MINUTE: Final = 60
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Making:
    """What a page needs to show an answer that takes long.

    Attributes
    ----------
    name : str
        Begins the ids of its parts.
    what : str
        The answer in words: ``groups``.
    question : callable
        Called with the values of the page's inputs; returns the `Question`.
    draw : callable
        Called with the desk, the answer (None where there is none yet) and those values; returns what the page's
        outputs get.
    outputs : sequence of dash.Output
        Of the page.
    inputs : sequence of dash.Input
        Of the page: what the answer depends on.
    """

    name: str
    what: str
    question: Callable[..., Question]
    draw: Callable[..., Sequence[Any]]
    outputs: Sequence[Output]
    inputs: Sequence[Input]

    def part(self, last: LastAnswer[Any]) -> Component:
        """Return the part for the page as it is first drawn."""
        said, steps, can_stop, can_begin, is_idle = _shown(self.what, last)
        stop = html.Button("Stop", id=f"{self.name}-stop", type="button", className="btn", hidden=not can_stop)
        again = html.Button(
            "Work it out", id=f"{self.name}-again", type="button", className="btn", hidden=not can_begin
        )
        return html.Div(
            [
                html.P(said, id=f"{self.name}-said", className="small", role="status"),
                html.Span(steps, id=f"{self.name}-steps"),
                stop,
                again,
                dcc.Interval(id=f"{self.name}-look", interval=_LOOKS_EVERY_MS, disabled=is_idle),
            ],
            className="making no-print",
        )

    def register(self, app: Dash) -> None:
        """Register the callback that follows the answer, and whatever it depends on."""
        name = self.name
        app.callback(
            *self.outputs,
            Output(f"{name}-said", "children"),
            Output(f"{name}-steps", "children"),
            Output(f"{name}-stop", "hidden"),
            Output(f"{name}-again", "hidden"),
            Output(f"{name}-look", "disabled"),
            Input(f"{name}-look", "n_intervals"),
            Input(f"{name}-stop", "n_clicks"),
            Input(f"{name}-again", "n_clicks"),
            *self.inputs,
            prevent_initial_call=True,
        )(self.follow)

    def follow(self, _looks: object, _stops: object, _agains: object, *values: object) -> tuple[Any, ...]:
        """Answer a look, a click, or another choice on the page."""
        desk, question = the_desk(), self.question(*values)
        by = str(dash.ctx.triggered_id).removeprefix(f"{self.name}-")
        last = _last(desk, question, by)
        said, steps, can_stop, can_begin, is_idle = _shown(self.what, last)
        is_same = by == "stop" or (by == "look" and last.is_made)
        drawn = [no_update] * len(self.outputs) if is_same else self.draw(desk, last.value, *values)
        # what is read out is said once, not with every look
        words = no_update if by == "look" and last.is_made else said
        return (*drawn, words, steps, not can_stop, not can_begin, is_idle)


def _last(desk: Desk, question: Question, by: str) -> LastAnswer[Any]:
    if by == "stop":
        desk.stop(question)
        return replace(desk.look(question), is_stopped=True, is_made=False)  # for her, though others may wait for it
    if by == "look":
        return desk.look(question)
    if by == "again":
        desk.forgive(question)
    return desk.ask(question, patience=PATIENCE_S)


def _shown(what: str, last: LastAnswer[Any]) -> tuple[str, Content, bool, bool, bool]:
    """Return words, progress, whether it can be stopped and begun, and whether there is nothing to wait for; pure."""
    steps = _steps(last.progress) if last.is_made else []
    return _words(what, last), steps, last.is_made, not (last.is_made or last.is_new), not last.is_made


def _words(what: str, last: LastAnswer[Any]) -> str:
    if last.error is not None and not last.is_made:
        return f"There are no newer {what}: {on_a_page(str(last.error))}"
    if last.value is None:
        making = f"The {what} are being worked out." if last.is_made else ""
        return f"Stopped. No {what} are shown." if last.is_stopped else making
    old = f"These {what} were worked out {ago(last.age)}"
    if last.is_stopped:
        return f"Stopped. {old}."
    if last.is_made:
        return f"{old}. New ones are being worked out from what we know since."
    return "" if last.is_new else f"{old}; what we know since is not in them."


def ago(seconds: float) -> str:
    """Return how long ago something was.

    Examples
    --------
    >>> [ago(seconds) for seconds in (3, 61, 150, 7300)]
    ['just now', '1 minute ago', '2 minutes ago', '2 hours ago']
    """
    if seconds < _MINUTE:
        return "just now"
    n, unit = (int(seconds // _MINUTE), "minute") if seconds < _HOUR else (int(seconds // _HOUR), "hour")
    return f"{n} {unit}{'' if n == 1 else 's'} ago"


def _steps(progress: tuple[int, int] | None) -> list[Component]:
    if progress is None:
        return [html.Progress(**aria(label="How far it is: not known yet"))]
    done, of = progress
    label = aria(label=f"How far it is: {done} of {of} steps")
    return [html.Progress(value=str(done), max=str(of), **label), html.Span(f" {done} of {of}", className="small")]
