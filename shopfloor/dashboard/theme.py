"""Light or dark: as the device says, or as chosen; the choice is a cookie of this browser that names no person.

The page comes with it from the server, so that nothing flashes and no script has to run before the page is drawn.
"""

from typing import Any, Final

from dash import Dash, html
from dash.development.base_component import Component
from flask import current_app, request

from shopfloor.dashboard.controls import Theme
from shopfloor.dashboard.parts import aria

_COOKIE: Final = "shopfloor_theme"

_WORDS: Final = (("", "Light or dark: device"), ("light", "Light"), ("dark", "Dark"))
_HTML: Final = '<html lang="en">'


def theme_cookie(*, is_tls: bool) -> str:
    """Return the name of the cookie: ``light`` or ``dark``; there is none where the device says."""
    return f"__Host-{_COOKIE}" if is_tls else _COOKIE


def chosen_theme() -> str | None:
    """Return the theme that the reader of the page chose, if she did."""
    theme = request.cookies.get(theme_cookie(is_tls=current_app.config["SESSION_COOKIE_SECURE"]))
    return theme if theme in ("light", "dark") else None


class ThemedDash(Dash):
    """A dashboard whose page is light or dark from its first byte."""

    def interpolate_index(self, *args: Any, **parts: Any) -> str:  # noqa: ANN401 - handed on as Dash gives them
        """Return the page around the app, marked with the theme that its reader chose."""
        page: str = super().interpolate_index(*args, **parts)  # type: ignore[no-untyped-call]
        theme = chosen_theme()
        return page.replace(_HTML, f'<html lang="en" data-theme="{theme}">', 1) if theme else page


def theme_switch(*, is_tls: bool) -> Component:
    """Return the switch for the foot of every page."""
    options = [{"value": value, "label": label} for value, label in _WORDS]
    return html.Section(
        Theme(id="theme", options=options, cookie=theme_cookie(is_tls=is_tls)), **aria(label="Look of the pages")
    )
