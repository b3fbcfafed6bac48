"""The graph as vectors."""
