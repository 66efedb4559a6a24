"""Leaders with honest certainty: ranks with intervals, probabilities and words from partial namings.

Pure arithmetic on arrays: `naming_data` -> `rank_namings` -> `NamingRanks`. For layers that no question asks about,
`resample_sources` says how much a rank depends on who told it.
"""

from shopfloor.analysis.certainty.data import NamingData, naming_data
from shopfloor.analysis.certainty.expected import ExpectedNamings
from shopfloor.analysis.certainty.ranking import NamingRanks, Voices, default_places, rank_namings
from shopfloor.analysis.certainty.resampling import SourceRanks, resample_sources
from shopfloor.analysis.certainty.words import CANNOT_TELL, LIKELY, NOT_LISTED, SURE, WORDS, Thresholds

__all__ = [
    "CANNOT_TELL",
    "LIKELY",
    "NOT_LISTED",
    "SURE",
    "WORDS",
    "ExpectedNamings",
    "NamingData",
    "NamingRanks",
    "SourceRanks",
    "Thresholds",
    "Voices",
    "default_places",
    "naming_data",
    "rank_namings",
    "resample_sources",
]
