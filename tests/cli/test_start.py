"""A command loads what it needs: libraries of the analyses and the driver of the database take longer than its work."""

import subprocess
import sys

from shopfloor import analysis

LOADED = """
import sys
from shopfloor.cli.main import _MODULES
from importlib import import_module
for name in ("stores", "data", "forgetting", "sealing", "team"):
    assert name in _MODULES
    import_module(f"shopfloor.cli.{name}")
print(*sorted({"dash", "igraph", "neo4j", "networkx", "scipy.linalg", "scipy.stats"} & sys.modules.keys()))
"""


def test_commands_that_only_keep_data_load_no_analysis_and_no_driver() -> None:
    assert subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout == "\n"


def test_every_public_name_of_the_analyses_is_there() -> None:
    assert [name for name in analysis.__all__ if getattr(analysis, name).__class__ is type(analysis)] == []
    assert sorted(name for names in analysis._MODULES.values() for name in names) == sorted(analysis.__all__)
