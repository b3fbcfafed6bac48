"""Triples to one graph."""
