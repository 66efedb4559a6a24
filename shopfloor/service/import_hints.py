"""What to look at after files were read, in words: what was taken as written and was probably meant otherwise."""

from typing import Final

from shopfloor.service.importing import ImportReport

MOST_KINDS: Final = 5
_NOBODY: Final = frozenset(("nobody", "no one", "no-one", "noone", "no body", "nil", "n/a", "na", "-", "--", "0"))


def hints_in_words(report: ImportReport) -> list[str]:
    """Return what to correct in the files, a sentence or two an entry; nothing where all is as it should be.

    Parameters
    ----------
    report : ImportReport
        Of the mentions, the most frequent are looked at.
    """
    texts = [mention.text.strip().casefold() for mention in report.mentions]
    said = []
    if any("," in text for text in texts):
        said.append("Some of these hold a comma. Between several names in one cell stands ';'.")
    if not _NOBODY.isdisjoint(texts):
        said.append("Where somebody was asked and named nobody, write 'none'.")
    if report.unknown_kinds:
        shown = ", ".join(f"'{kind}'" for kind in report.unknown_kinds[:MOST_KINDS])
        more = len(report.unknown_kinds) - MOST_KINDS
        shown += f" and {more} more" if more > 0 else ""
        said.append(
            f"Kinds of connection that are not known count as closeness: {shown}. Where people are at odds write "
            "'conflict', where one reports to the other 'reports_to'."
        )
    return said
