"""The data as versioned records and a graph, in two homes: an encrypted file and Neo4j."""
