"""The shared home: a Neo4j database (Community Edition, 5 or later) that holds nothing else."""

from shopfloor.graph.neo4j.store import Neo4jStore

__all__ = ["Neo4jStore"]
