"""Shopfloor: relationship and power-mapping analytics for union organizers.

Examples
--------
>>> from shopfloor import create_store, rank_people
>>> import tempfile
>>> folder = tempfile.TemporaryDirectory()
>>> with create_store(folder.name + "/drive.store", passphrase="four random words here") as store:
...     len(rank_people(store).rows)
0
>>> folder.cleanup()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shopfloor.service.answers import find_groups, find_next_talks, rank_people, to_networkx
    from shopfloor.service.layering import find_backbone, find_layers
    from shopfloor.service.opening import OpenStore, create_store, open_store

__version__ = "0.1.0"
__all__ = [
    "OpenStore",
    "__version__",
    "create_store",
    "find_backbone",
    "find_groups",
    "find_layers",
    "find_next_talks",
    "open_store",
    "rank_people",
    "to_networkx",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """Load the public names when they are asked for, so that the command line starts fast."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    modules = {
        **dict.fromkeys(("OpenStore", "create_store", "open_store"), "opening"),
        **dict.fromkeys(("find_backbone", "find_layers"), "layering"),
    }
    module = modules.get(name, "answers")
    return getattr(import_module(f"shopfloor.service.{module}"), name)
