"""What one does with a store, as a viewer may: the one way to the data for commands, pages and notebooks."""

from shopfloor.service.answers import find_groups, rank_people, to_networkx
from shopfloor.service.opening import OpenStore, create_store, open_store

__all__ = ["OpenStore", "create_store", "find_groups", "open_store", "rank_people", "to_networkx"]
