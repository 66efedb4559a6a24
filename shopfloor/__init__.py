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
    from shopfloor.service import OpenStore, create_store, find_groups, open_store, rank_people, to_networkx

__version__ = "0.1.0"
__all__ = [
    "OpenStore",
    "__version__",
    "create_store",
    "find_groups",
    "open_store",
    "rank_people",
    "to_networkx",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """Load the public names when they are asked for, so that the command line starts fast."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("shopfloor.service"), name)
