"""The default home: one encrypted SQLite file (SQLCipher) that needs no server."""

from shopfloor.graph.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
