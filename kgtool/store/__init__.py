"""The published graph: RDF, and what answers SPARQL over it."""
