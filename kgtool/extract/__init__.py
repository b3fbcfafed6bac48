"""Chunks to triples."""
