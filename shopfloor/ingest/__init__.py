"""The edge where files come in: read, match columns, check values, resolve who is meant."""
