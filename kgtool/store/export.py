"""The graph as a file, in a fixed order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from typing import Any

import pyoxigraph as ox

from kgtool.errors import UsageError
from kgtool.store.oxigraph import OxigraphStore

FORMATS = {
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
SUFFIXES = {"rdf": "rdfxml", "xml": "rdfxml", "json": "jsonld", "turtle": "ttl"} | {f: f for f in FORMATS}
NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
BATCH = 10_000


def export(store: OxigraphStore, *, format: str = "nq", provenance: bool = True) -> Iterator[bytes]:
    """The graph in an RDF syntax, sorted, in pieces.

    Args:
        store: the graph.
        format: one of :data:`FORMATS`; those for triples carry the default graph alone.
        provenance: whether the graphs of evidence and decisions come with it.

    Raises:
        UsageError: for an unknown format.
    """
    if format not in FORMATS:
        raise UsageError(f"unknown format {format!r}", f"choose one of: {', '.join(FORMATS)}")
    syntax = FORMATS[format]
    default = not provenance or not syntax.supports_datasets
    quads = store.raw.quads_for_pattern(None, None, None, ox.DefaultGraph() if default else None)
    lines = sorted(
        ((f"{q.subject} {q.predicate} {q.object} {'' if default else q.graph_name}", q) for q in quads),
        key=itemgetter(0),
    )
    ordered: Iterator[Any] = (q.triple if not syntax.supports_datasets else q for _, q in lines)
    if syntax in {ox.RdfFormat.N_QUADS, ox.RdfFormat.N_TRIPLES}:
        while batch := list(islice(ordered, BATCH)):
            yield ox.serialize(batch, format=syntax) or b""
        return
    whole = ox.serialize(ordered, format=syntax, prefixes=prefixes(store)) or b""
    yield xml(whole) if syntax == ox.RdfFormat.RDF_XML else whole


def xml(whole: bytes) -> bytes:
    """XML in UTF-8 with the replacement character for what XML 1.0 cannot hold in any way: control characters."""
    return NO_XML.sub("\ufffd".encode(), whole)


def prefixes(store: OxigraphStore) -> dict[str, str]:
    """The store's prefixes for syntaxes that have them."""
    return {name: iri for name, iri in store.space.prefixes().items() if name not in {"", "g"}}
