"""Values that people type into forms and options."""

from datetime import date

from shopfloor.errors import UsageError


def to_day(what: str, text: str | None) -> date | None:
    """Return the date of a text, None where it is empty.

    Raises
    ------
    UsageError
        It is no date as YYYY-MM-DD.
    """
    if not text or not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{what}: write a date as YYYY-MM-DD.") from error
