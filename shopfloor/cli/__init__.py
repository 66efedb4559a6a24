"""The command line: everyday words first; data to stdout, talk to stderr; exit 0 done, 1 failed, 2 misused."""

from shopfloor.cli.main import main

__all__ = ["main"]
