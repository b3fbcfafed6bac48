"""The graph as a file, in a fixed order.

All formats are made of the graph's N-Quads in the order of their bytes, which are sorted outside of memory where they
are many; so the memory that an export takes does not depend on the size of the graph (that of property graphs does on
the number of nodes).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby, islice
from typing import IO, Any, cast

import pyoxigraph as ox

from kgtool.errors import UsageError
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.sorting import Sorter
from kgtool.store.vocabulary import RDF

FORMATS = {
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "n3": ox.RdfFormat.N3,
}
PROPERTY_GRAPHS = ("graphml", "cytoscape", "parquet", "neo4j")
"""What has nodes and edges; ``neo4j`` is a folder."""
SUFFIXES = {
    "rdf": "rdfxml", "xml": "rdfxml", "json": "jsonld", "turtle": "ttl", "graphml": "graphml", "cyjs": "cytoscape",
    "parquet": "parquet", **{f: f for f in FORMATS},
}  # fmt: skip
PROVENANCE = ("none", "graphs", "reification", "rdf12")
"""How evidence is written: not at all; in its named graph; as reification, or as RDF 1.2 reifiers, beside the facts."""
RDF12 = frozenset({"nt", "nq", "ttl", "trig"})
"""Syntaxes that have triple terms."""
NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
BATCH = 10_000
BLOCK = 1 << 20
DEFAULT = ox.DefaultGraph()
REIFIES = ox.NamedNode(RDF + "reifies")
ENDS = tuple(ox.NamedNode(RDF + name) for name in ("subject", "predicate", "object"))
REIFICATION = frozenset(
    {(p, None) for p in ENDS} | {(ox.NamedNode(RDF + "type"), ox.NamedNode(RDF + "Statement"))}
)  # fmt: skip
"""Predicates (and objects) of a statement's node that a triple term takes the place of."""


def export(store: OxigraphStore, *, format: str = "nq", provenance: str = "graphs") -> Iterator[bytes]:
    """The graph in an RDF syntax or as a property graph, sorted, in pieces.

    Args:
        store: the graph.
        format: one of :data:`FORMATS` (those for triples carry the default graph alone) or, without its evidence, of
            :data:`PROPERTY_GRAPHS` but ``neo4j``.
        provenance: one of :data:`PROVENANCE`.

    Raises:
        UsageError: for an unknown format, or one that cannot carry the evidence so.
    """
    if provenance not in PROVENANCE:
        raise UsageError(f"unknown --provenance {provenance!r}", f"choose one of: {', '.join(PROVENANCE)}")
    if format in PROPERTY_GRAPHS and format != "neo4j":
        from kgtool.store import property_graphs

        yield from property_graphs.pieces(store, format)
        return
    if format not in FORMATS:
        raise UsageError(f"unknown format {format!r}", f"choose one of: {', '.join([*FORMATS, *PROPERTY_GRAPHS])}")
    if provenance == "rdf12" and format not in RDF12:
        raise UsageError(f"{format} has no triple terms", f"choose one of: {', '.join(sorted(RDF12))}")
    with Sorter() as sorter:
        collect(store, sorter, provenance, datasets=FORMATS[format].supports_datasets)
        lines = sorter.lines()
        if format in {"nq", "nt"}:
            while batch := b"".join(islice(lines, BATCH)):
                yield batch
            return
        quads = ox.parse(cast("IO[bytes]", Reader(lines)), format=ox.RdfFormat.N_QUADS, lenient=True)
        with spooled(lambda file: serialise(quads, file, format, store)) as pieces:
            yield from map(xml, pieces) if format == "rdfxml" else pieces


def serialise(quads: Iterable[ox.Quad], file: IO[bytes], format: str, store: OxigraphStore) -> None:
    """Write quads in a syntax that is not made of lines."""
    syntax = FORMATS[format]
    ordered: Iterator[Any] = iter(quads) if syntax.supports_datasets else (quad.triple for quad in quads)
    ox.serialize(ordered, file, syntax, prefixes=prefixes(store))


@contextmanager
def spooled(write: Callable[[IO[bytes]], None]) -> Iterator[Iterator[bytes]]:
    """What is written to a file, in pieces; it is kept in a temporary one."""
    with tempfile.TemporaryFile() as file:
        write(file)
        file.seek(0)
        yield iter(lambda: file.read(BLOCK), b"")


def collect(store: OxigraphStore, sorter: Sorter, provenance: str, *, datasets: bool) -> None:
    """Give the lines of an export to a sorter."""
    if provenance == "graphs" and datasets:
        store.raw.dump(cast("IO[bytes]", sorter), ox.RdfFormat.N_QUADS)
        return
    dump(store, sorter, DEFAULT)
    for graph in sorted(store.raw.named_graphs(), key=str) if datasets else ():
        if not str(graph.value).startswith(store.space.graphs):
            dump(store, Named(sorter, graph), graph)
    if provenance == "reification":
        dump(store, sorter, ox.NamedNode(store.space.provenance))
    if provenance == "rdf12":
        with Sorter() as evidence:
            dump(store, evidence, ox.NamedNode(store.space.provenance))
            for quad in reifiers(ox.parse(cast("IO[bytes]", Reader(evidence.lines())), format=ox.RdfFormat.N_TRIPLES)):
                sorter.write(f"{quad} .\n".encode())


def dump(store: OxigraphStore, target: Sorter | Named, graph: Any) -> None:
    """Write the triples of one graph as N-Triples."""
    store.raw.dump(cast("IO[bytes]", target), ox.RdfFormat.N_TRIPLES, from_graph=graph)


class Named:
    """Passes N-Triples on as N-Quads of a graph."""

    def __init__(self, target: Sorter, graph: Any) -> None:
        self._target = target
        self._end = f" {graph} .\n".encode()
        self._rest = b""

    def write(self, data: bytes) -> int:
        """Take the next piece; a line end stands nowhere but at the end of a triple."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._target.write(b"".join(line.removesuffix(b" .") + self._end for line in lines))
        return len(data)

    def flush(self) -> None:
        """Nothing is held but the beginning of a line."""


class Reader:
    """Lines as a file to be read."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes; all of them for a negative size."""
        while size < 0 or len(self._held) < size:
            batch = b"".join(islice(self._lines, BATCH))
            if not batch:
                break
            self._held += batch
        size = len(self._held) if size < 0 else size
        data, self._held = self._held[:size], self._held[size:]
        return data


def reifiers(quads: Iterable[ox.Quad]) -> Iterator[ox.Triple]:
    """Evidence with triple terms (RDF 1.2) where it has subject, predicate and object; sorted by subject as given."""
    for node, rows in groupby(quads, key=lambda quad: quad.subject):
        found = list(rows)
        ends: dict[Any, Any] = {quad.predicate: quad.object for quad in found}
        if not all(p in ends for p in ENDS):
            yield from (quad.triple for quad in found)
            continue
        yield ox.Triple(node, REIFIES, ox.Triple(*(ends[p] for p in ENDS)))
        for quad in found:
            if not {(quad.predicate, None), (quad.predicate, quad.object)} & REIFICATION:
                yield quad.triple


def xml(whole: bytes) -> bytes:
    """XML in UTF-8 with the replacement character for what XML 1.0 cannot hold in any way: control characters."""
    return NO_XML.sub("\ufffd".encode(), whole)


def prefixes(store: OxigraphStore) -> dict[str, str]:
    """The store's prefixes for syntaxes that have them."""
    return {name: iri for name, iri in store.space.prefixes().items() if name not in {"", "g"}}
