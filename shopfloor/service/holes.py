"""What is not known, in words."""

from shopfloor.analysis import find_holes
from shopfloor.workplace import Workplace


def holes_in_words(workplace: Workplace) -> list[str]:
    """Return one line a department, least known first: how many talked to and asked, and where we cannot tell."""
    lines = []
    for hole in find_holes(workplace).to_dict(orient="records"):
        unit = hole["unit"] or "Department not known"
        cannot = "" if hole["n_asked"] else ": about leaders there we cannot tell"
        talked = f"talked to {hole['n_talked_to']} of {hole['n_people']}, {hole['n_asked']} asked who they go to"
        lines.append(f"{unit}: {talked}{cannot}.")
    return lines
