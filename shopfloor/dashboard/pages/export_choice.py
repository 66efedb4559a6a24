"""What was chosen in the form of an export: read from whatever a browser sends, and made ready."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from shopfloor.errors import UsageError
from shopfloor.service.downloads import FORMS, prepare_download, prepare_study
from shopfloor.service.exporting import PreparedExport
from shopfloor.service.opening import OpenStore

PLAIN: Final = "plain"
PSEUDONYMS: Final = "pseudonyms"
_FORM_WORDS: Final = {"xlsx": "in a workbook", "zip": "as CSV files in a ZIP"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Choices of the form.

    Attributes
    ----------
    whom : str
        Recipient.
    how : str
        `PLAIN` or `PSEUDONYMS`.
    form : str
        One of `shopfloor.service.downloads.FORMS`.
    dates, units : str
        As in `shopfloor.service.pseudonyms`.
    extra, fields : tuple of str
        Classes that go along, or the only fields.
    stands : tuple of str
        ``assessment`` where it goes along under pseudonyms.
    """

    whom: str
    how: str
    form: str
    dates: str
    units: str
    extra: tuple[str, ...]
    fields: tuple[str, ...]
    stands: tuple[str, ...]

    @property
    def in_words(self) -> str:
        """How it comes."""
        return "under pseudonyms" if self.how == PSEUDONYMS else _FORM_WORDS[self.form]

    @property
    def json(self) -> dict[str, Any]:
        """The choices as `chosen_of` takes them back."""
        return asdict(self)


def chosen_of(said: Mapping[str, object]) -> Chosen:
    """Return the choices that a browser sent.

    Raises
    ------
    UsageError
        One is none of those offered.
    """

    def text(name: str) -> str:
        value = said.get(name)
        return value if isinstance(value, str) else ""

    def texts(name: str) -> tuple[str, ...]:
        value = said.get(name)
        return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()

    if text("how") not in (PLAIN, PSEUDONYMS) or text("form") not in FORMS:
        raise UsageError("Choose how people are called, and a kind of file, from those offered.")
    return Chosen(
        whom=text("whom"),
        how=text("how"),
        form=text("form"),
        dates=text("dates"),
        units=text("units"),
        extra=texts("extra"),
        fields=texts("fields"),
        stands=texts("stands"),
    )


def prepared_for(store: OpenStore, chosen: Chosen) -> tuple[PreparedExport[bytes], str]:
    """Make the chosen export ready; return it, and what stays identifying where it is under pseudonyms.

    Raises
    ------
    RefusedError
        The viewer may not take this out.
    UsageError
        No recipient, or a choice that is none of those offered.
    """
    if chosen.how == PSEUDONYMS:
        has_assessments = "assessment" in chosen.stands
        return prepare_study(
            store, chosen.whom, dates=chosen.dates, units=chosen.units, has_assessments=has_assessments
        )
    # Fields that were named leave alone: with them, whole classes say nothing.
    extra = () if chosen.fields else chosen.extra
    return prepare_download(store, chosen.form, chosen.whom, fields=chosen.fields or None, extra=extra), ""
