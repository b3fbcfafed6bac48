"""The graph as a file, in a fixed order.

All formats are made of the graph's N-Quads in the order of their bytes, which are sorted outside of memory where they
are many; so the memory that an export takes does not depend on the size of the graph (that of property graphs does on
the number of nodes).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby, islice
from typing import IO, Any, cast

import pyoxigraph as ox

from kgtool.errors import UsageError
from kgtool.store import rdfxml
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
DIRECTED = RDF12 | {"jsonld"}
"""Syntaxes that have texts with a direction (``rdf:dirLangString``)."""
BATCH = 10_000
BLOCK = 1 << 20
DEFAULT = ox.DefaultGraph()
TYPE = ox.NamedNode(RDF + "type")
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
        UsageError: for an unknown format, or one that cannot carry the evidence so, or not all that is in the graph;
            before the first piece.
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
        in_xml = format == "rdfxml"
        with spooled(lambda file: serialise(quads, file, format, store), lines=in_xml) as pieces:
            yield from map(rdfxml.mended, pieces) if in_xml else pieces


def serialise(quads: Iterable[ox.Quad], file: IO[bytes], format: str, store: OxigraphStore) -> None:
    """Write quads in a syntax that is not made of lines.

    Raises:
        UsageError: when it cannot express one of them.
    """
    syntax, known = FORMATS[format], prefixes(store)
    ordered: Iterator[Any] = iter(quads) if syntax.supports_datasets else (quad.triple for quad in quads)
    ox.serialize(expressible(ordered, format, known), file, syntax, prefixes=known)


def written(triples: Iterable[ox.Triple], format: str, known: Mapping[str, str]) -> bytes:
    """A small graph in a syntax, in the order of its triples; ``known``: the prefixes.

    Raises:
        UsageError: when the syntax cannot express one of them.
    """
    whole = ox.serialize(expressible(triples, format, known), format=FORMATS[format], prefixes=dict(known)) or b""
    return rdfxml.mended(whole) if format == "rdfxml" else whole


def expressible(found: Iterable[Any], format: str, known: Mapping[str, str]) -> Iterator[Any]:
    """Triples or quads, as long as a syntax can express them.

    Args:
        found: the triples or quads.
        format: one of :data:`FORMATS`.
        known: the prefixes of the file.

    Raises:
        UsageError: for the first that it cannot.
    """
    has_terms, has_directions, in_xml = format in RDF12, format in DIRECTED, format == "rdfxml"
    seen = set()
    for row in found:
        term = row.object
        if not has_terms and isinstance(term, ox.Triple):
            raise inexpressible(format, f"a triple term ({term})", RDF12)
        if not has_directions and isinstance(term, ox.Literal) and term.direction is not None:
            raise inexpressible(format, f"a text with a direction ({term})", DIRECTED)
        if in_xml:
            name = (row.predicate, term if row.predicate == TYPE else None)
            if name not in seen and not rdfxml.is_expressible(*name, known):
                what = f"the class {term}" if name[1] else f"the relation {row.predicate}"
                raise inexpressible(format, f"{what}: it ends in no name that XML leaves free", FORMATS)
            seen.add(name)
        yield row


def inexpressible(format: str, what: str, formats: Iterable[str]) -> UsageError:
    """The error for what a syntax cannot express, and others can."""
    return UsageError(f"{format} cannot express {what}", f"choose one of: {', '.join(sorted({*formats} - {format}))}")


@contextmanager
def spooled(write: Callable[[IO[bytes]], None], *, lines: bool = False) -> Iterator[Iterator[bytes]]:
    """What is written to a file, in pieces, of whole ``lines`` or not; it is kept in a temporary one."""
    with tempfile.TemporaryFile() as file:
        write(file)
        file.seek(0)
        yield iter((lambda: b"".join(file.readlines(BLOCK))) if lines else (lambda: file.read(BLOCK)), b"")


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


def prefixes(store: OxigraphStore) -> dict[str, str]:
    """The store's prefixes for syntaxes that have them."""
    return {name: iri for name, iri in store.space.prefixes().items() if name not in {"", "g"}}
