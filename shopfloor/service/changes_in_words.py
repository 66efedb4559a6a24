"""What changed between two pictures, in an organizer's words: one text for pages, commands and notebooks."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from shopfloor.analysis.changes import Changes
from shopfloor.service.numbers import counted
from shopfloor.service.why_in_words import SAID

Row = Mapping[Any, Any]

_MOST_PEOPLE: Final = 10
_REASONS: Final = {
    "left": "left the workplace",
    "supervisor": "supervisor",
    "not a worker": "no worker",
    "not there": "not on any list",
}


def changes_in_words(found: Changes) -> list[str]:
    """Return what changed, what one only knows better, and who came and went; a sentence an entry."""
    about = found.about
    said = [*since_in_words(about), ""]
    if about["is_nothing"]:
        said.append(nothing_in_words(about))
    said += [leader_in_words(row, about) for row in _rows(found.leaders)]
    said += [bridge_in_words(row) for row in _rows(found.bridges)]
    said += [group_in_words(row) for row in _rows(found.groups)]
    if len(found.learned):
        said += ["", f"{', '.join(learned_head(about))}:"]
        said += [learned_in_words(row, about) for row in _rows(found.learned)]
    said += people_in_words(found.people)
    return said


def nothing_in_words(about: Mapping[str, Any]) -> str:
    """Return that nothing changed, or where nobody had been asked that leaders cannot be compared."""
    if about["n_asked"] and not about["n_asked_before"]:
        return "Nobody had been asked then: whoever leads now is known since."
    return "Nothing beyond what chance moves."


def learned_head(about: Mapping[str, Any]) -> tuple[str, str]:
    """Return the title over those whose word is another one without a sign that they moved, and what it may claim.

    Where everybody was asked both times nothing was missing that could be known better now.
    """
    is_all = about["n_asked"] == about["n_people"] and about["n_asked_before"] == about["n_people_before"]
    title = "In another place now" if is_all else "Known better now"
    return title, "no more than chance moves between two sets of answers"


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict(orient="records")


def since_in_words(about: Mapping[str, Any]) -> list[str]:
    """Return what is compared, and what the two pictures rest on."""
    since = about["since"]
    then = (
        f"as known on {since['known_at'][:10]}"
        if since["known_at"] != about["known_at"] and since["known_at"]
        else f"as of {since['as_of']}"
    )
    n_new = about["n_new_answers"]
    rests = (
        f"{about['n_asked']:,} of {counted(about['n_people'], 'person', 'people')} asked, before "
        f"{about['n_asked_before']:,} of {about['n_people_before']:,}"
    )
    lines = [
        f"What changed between the picture {then} and the one as of {about['as_of']}.",
        f"{counted(n_new, 'new answer')}: {rests}.",
    ]
    if not about["has_groups"]:
        lines.append("Groups and bridges cannot be compared: in one of the two no groups can be told.")
    return lines


def leader_in_words(row: Row, about: Mapping[str, Any]) -> str:
    """Return whose place changed, and how."""
    return f"{str(row['change']).capitalize()}: {_from_to(row, about)}."


def learned_in_words(row: Row, about: Mapping[str, Any]) -> str:
    """Return whose place is another one, or better known, by no more than chance."""
    return f"{_from_to(row, about)}."


def _from_to(row: Row, about: Mapping[str, Any]) -> str:
    then, now = SAID[row["certainty_before"]], SAID[row["certainty"]]
    words = f"{now} in the top {about['places']}" if now in {"sure", "likely"} else now
    earlier = f"{then}, " if then != now else ""
    return f"{row['name']}, {words}, {_place(row, '')} (was {earlier}{_place(row, '_before')})"


def _place(row: Row, suffix: str) -> str:
    low, high = int(row[f"rank_low{suffix}"]), int(row[f"rank_high{suffix}"])
    return f"place {low:,}" if low == high else f"place {low:,} to {high:,}"


def bridge_in_words(row: Row) -> str:
    """Return who became the only bridge between two groups, or is it no more."""
    ends = f"{row['group']} and {row['other_group']}"
    ties = f"{counted(row['n_ties'], 'tie')} with {row['other_group']}, before {row['n_ties_before']}"
    if row["change"] == "new":
        return f"New bridge: {row['name']} is now the only one between {ends}: {ties}."
    return f"Bridge no more: {row['name']} is not the only one between {ends} any more: {ties}."


def group_in_words(row: Row) -> str:
    """Return which group is another one."""
    before, after = " and ".join(row["before"]), " and ".join(row["after"])
    if row["change"] == "split":
        return f"Group split: {before} is now {after}."
    if row["change"] == "merged":
        return f"Groups merged: {before} are now {after}."
    if row["change"] == "new":
        return f"New group: {after}."
    if row["reason"] == "people left":
        return f"Group lost: of {before} hardly anybody is left."
    return f"Group lost: the people of {before} are no closer to one another than to others now."


def people_in_words(people: pd.DataFrame) -> list[str]:
    """Return who left and who joined the workforce, leaders by name first."""
    said = []
    for change, head in (("left", "Left the workforce"), ("joined", "Joined it")):
        some = people[people["change"] == change]
        if len(some):
            shown = ", ".join(_person(row) for row in _rows(some.head(_MOST_PEOPLE)))
            more = f" and {len(some) - _MOST_PEOPLE:,} more" if len(some) > _MOST_PEOPLE else ""
            said.append(f"{head}: {len(some):,}: {shown}{more}.")
    return ["", *said] if said else []


def _person(row: Row) -> str:
    word = SAID[row["certainty"]] if row["certainty"] in {"sure", "likely"} else ""
    was = ("was " if row["change"] == "left" else "") + word if word else ""
    became = _REASONS[row["reason"]] if row["change"] == "left" and row["reason"] != "left" else ""
    what = ", ".join(filter(None, (was, became)))
    return f"{row['name']} ({what})" if what else str(row["name"])


def change_rows(found: Changes) -> list[dict[str, Any]]:
    """Return all changes as rows of one table: ``what``, ``change``, ``person_id``, ``name``, ``details``."""
    rows: list[dict[str, Any]] = []
    for what, table in (("leader", found.leaders), ("learned", found.learned)):
        rows += [_flat(what, row, _from_to(row, found.about)) for row in _rows(table)]
    rows += [_flat("bridge", row, bridge_in_words(row)) for row in _rows(found.bridges)]
    rows += [_flat("group", row, group_in_words(row)) for row in _rows(found.groups)]
    rows += [
        _flat("person", row, _REASONS[row["reason"]] if row["change"] == "left" else "") for row in _rows(found.people)
    ]
    return rows


def _flat(what: str, row: Row, details: str) -> dict[str, Any]:
    kept = {name: row.get(name) for name in ("change", "person_id", "name")}
    return {"what": what, **kept, "details": details}
