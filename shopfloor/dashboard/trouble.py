"""What happens when something goes wrong: said in plain words on the page, and in the log without personal values."""

import logging
import traceback
from pathlib import Path
from typing import Final

import dash
from flask import Response
from werkzeug.exceptions import HTTPException

from shopfloor.dashboard.words import on_a_page
from shopfloor.errors import ShopfloorError

NOT_DONE: Final = (
    "That did not work, and nothing has changed. Load the page again; if it happens again, restart shopfloor."
)
TOO_LARGE: Final = (
    "These files are too large for one load. Nothing has changed. Load fewer at once, or use the command "
    "'shopfloor import', which has no bound."
)
_LOG: Final = logging.getLogger("shopfloor.dashboard")
_NOT_NOW: Final = 503
_HTTP_WORDS: Final = {
    400: "This request was not understood, or this page is from before a restart. Load the page again.",
    404: "There is nothing at this address.",
    405: "This address cannot be used like that.",
    413: TOO_LARGE,
}


def where(error: BaseException) -> str:
    """Return kind and place of an error: never its message, which may hold what somebody typed."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return f"{type(error).__name__} in {place}"


def in_a_callback(error: Exception) -> None:
    """Say on the page that a callback failed; what is on the page stays."""
    if isinstance(error, HTTPException):
        raise error
    if not isinstance(error, ShopfloorError):
        _LOG.error("A page failed: %s", where(error))
    words = on_a_page(str(error)) if isinstance(error, ShopfloorError) else NOT_DONE
    dash.set_props("trouble", {"children": words})


def in_a_request(error: Exception) -> Response:
    """Answer a request that failed outside of any callback: in words, without a traceback."""
    if isinstance(error, HTTPException):
        code = error.code or 500
        return Response(f"{_HTTP_WORDS.get(code, NOT_DONE)}\n", code, mimetype="text/plain")
    if isinstance(error, ShopfloorError):
        return Response(f"{on_a_page(str(error))}\n", _NOT_NOW, mimetype="text/plain")
    _LOG.error("A request failed: %s", where(error))
    return Response(f"{_HTTP_WORDS[400]}\n", 400, mimetype="text/plain")
