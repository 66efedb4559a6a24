"""From facts to answers: ties, measures, leaders, groups, holes in what we know.

Everything takes a `Workplace` (people are 0 .. n-1) and gives back data frames and plain values that say how they
were made. Nothing here opens a store or a file.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shopfloor.analysis.backbone import Backbone, project_backbone
    from shopfloor.analysis.bridges import bridging_ties, link_groups
    from shopfloor.analysis.changes import Changes, find_changes
    from shopfloor.analysis.consensus import AcceptedGroups, Communities, Progress, find_communities
    from shopfloor.analysis.coverage import find_holes
    from shopfloor.analysis.exchange import to_networkx
    from shopfloor.analysis.groups import Groups, find_groups
    from shopfloor.analysis.kinds import KINDS, find_kinds, influence_support
    from shopfloor.analysis.layers import Agreement, compare_layers
    from shopfloor.analysis.leaders import Ranking, rank_people
    from shopfloor.analysis.measures import MEASURES, Measure
    from shopfloor.analysis.person import PersonPicture, describe_person
    from shopfloor.analysis.person_layers import PersonLayers, describe_layers
    from shopfloor.analysis.reasons import Why, why
    from shopfloor.analysis.standing import Standing, find_standing
    from shopfloor.analysis.ties import LAYERS, Ties, combine_ties, project_ties
    from shopfloor.analysis.workforce import are_outside, select_unit, select_voices, select_workforce

__all__ = [
    "KINDS",
    "LAYERS",
    "MEASURES",
    "AcceptedGroups",
    "Agreement",
    "Backbone",
    "Changes",
    "Communities",
    "Groups",
    "Measure",
    "PersonLayers",
    "PersonPicture",
    "Progress",
    "Ranking",
    "Standing",
    "Ties",
    "Why",
    "are_outside",
    "bridging_ties",
    "combine_ties",
    "compare_layers",
    "describe_layers",
    "describe_person",
    "find_changes",
    "find_communities",
    "find_groups",
    "find_holes",
    "find_kinds",
    "find_standing",
    "influence_support",
    "link_groups",
    "project_backbone",
    "project_ties",
    "rank_people",
    "select_unit",
    "select_voices",
    "select_workforce",
    "to_networkx",
    "why",
]

_MODULES = {
    "backbone": (
        "Backbone",
        "project_backbone",
    ),
    "bridges": (
        "bridging_ties",
        "link_groups",
    ),
    "changes": (
        "Changes",
        "find_changes",
    ),
    "consensus": (
        "AcceptedGroups",
        "Communities",
        "Progress",
        "find_communities",
    ),
    "coverage": ("find_holes",),
    "exchange": ("to_networkx",),
    "groups": (
        "Groups",
        "find_groups",
    ),
    "kinds": (
        "KINDS",
        "find_kinds",
        "influence_support",
    ),
    "layers": (
        "Agreement",
        "compare_layers",
    ),
    "leaders": (
        "Ranking",
        "rank_people",
    ),
    "measures": (
        "MEASURES",
        "Measure",
    ),
    "person": (
        "PersonPicture",
        "describe_person",
    ),
    "person_layers": (
        "PersonLayers",
        "describe_layers",
    ),
    "reasons": (
        "Why",
        "why",
    ),
    "standing": (
        "Standing",
        "find_standing",
    ),
    "ties": (
        "LAYERS",
        "Ties",
        "combine_ties",
        "project_ties",
    ),
    "workforce": (
        "are_outside",
        "select_unit",
        "select_voices",
        "select_workforce",
    ),
}
"""Modules of this folder and what of them is public."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """Load a public name when it is asked for: most commands need little of what scientific libraries bring."""
    for module, names in _MODULES.items():
        if name in names:
            found = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
