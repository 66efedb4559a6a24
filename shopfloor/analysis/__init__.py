"""From facts to answers: ties, measures, leaders, groups, holes in what we know.

Everything takes a `Workplace` (people are 0 .. n-1) and gives back data frames and plain values that say how they
were made. Nothing here opens a store or a file.
"""

from shopfloor.analysis.bridges import bridging_ties
from shopfloor.analysis.communities import Communities, find_communities
from shopfloor.analysis.coverage import find_holes
from shopfloor.analysis.exchange import to_networkx
from shopfloor.analysis.groups import Groups, find_groups
from shopfloor.analysis.leaders import Ranking, rank_people
from shopfloor.analysis.measures import MEASURES, Measure
from shopfloor.analysis.person import PersonPicture, describe_person
from shopfloor.analysis.ties import LAYERS, Ties, combine_ties, project_ties
from shopfloor.analysis.workforce import select_unit, select_voices, select_workforce

__all__ = [
    "LAYERS",
    "MEASURES",
    "Communities",
    "Groups",
    "Measure",
    "PersonPicture",
    "Ranking",
    "Ties",
    "bridging_ties",
    "combine_ties",
    "describe_person",
    "find_communities",
    "find_groups",
    "find_holes",
    "project_ties",
    "rank_people",
    "select_unit",
    "select_voices",
    "select_workforce",
    "to_networkx",
]
