"""Groups that hold: the same ties give the same groups, a few new ones rename nothing, and chance is told apart.

A *run* is one Leiden division of a slightly noisy copy of the ties; the *consensus* is the division on which the runs
agree; *belonging* is the share of runs in which somebody is with her group; a *rewired* network has the same people
with as many ties each, dealt anew; a group is *solid* where chance hardly ever makes one like it; *accepted*
groups are a result that somebody agreed to and that has a say in later ones.
"""

from shopfloor.analysis.consensus.communities import Communities, find_communities
from shopfloor.analysis.consensus.matching import AcceptedGroups
from shopfloor.analysis.consensus.progress import Progress

__all__ = ["AcceptedGroups", "Communities", "Progress", "find_communities"]
