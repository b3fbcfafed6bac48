"""The facts as nodes and edges: GraphML, Cytoscape's JSON, Parquet, and CSV for Neo4j's importer.

A node is an IRI or a literal, an edge is a fact; labels, aliases and classes are attributes of nodes. No fact is lost,
and each is one edge.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, cast
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from kgtool.errors import UsageError
from kgtool.store import export, rdfxml
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.sorting import Sorter
from kgtool.store.vocabulary import RDF, RDFS, SKOS

LABEL = RDFS + "label"
DESCRIBING = {LABEL: "labels", SKOS + "altLabel": "aliases", RDF + "type": "types"}
"""Predicates whose statements are attributes of nodes."""
ROWS = 50_000
"""Of a row group of Parquet."""
LITERAL = "Literal"
"""The class of nodes that are values, where each needs one."""


@dataclass
class Node:
    """A node: ``id`` is an IRI, or a literal as N-Triples have it."""

    id: str
    labels: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    value: str | None = None
    """Of a literal: its text."""

    @property
    def label(self) -> str:
        """The first label; of a literal its text; empty when there is none."""
        return self.value if self.value is not None else self.labels[0] if self.labels else ""


@dataclass(frozen=True)
class Edge:
    """A fact: the identifiers of its ends, the relation's IRI and label."""

    source: str
    target: str
    relation: str
    label: str


class PropertyGraph:
    """The nodes of a store, held in memory, and its edges, which are read anew each time; both in a fixed order."""

    def __init__(self, store: OxigraphStore) -> None:
        self._store = store
        described: dict[str, Node] = {}
        ends: dict[str, Node] = {}
        relations = set()
        for subject, predicate, other in facts(store):
            if predicate in DESCRIBING:
                node = described.setdefault(subject, Node(subject))
                getattr(node, DESCRIBING[predicate]).append(name_of(other))
            else:
                relations.add(predicate)
                ends.setdefault(subject, Node(subject))
                value = other.value if isinstance(other, ox.Literal) else None
                ends.setdefault(identifier(other), Node(identifier(other), value=value))
        self._labels = {r: described[r].label if r in described else "" for r in relations}
        nodes = ends | {name: node for name, node in described.items() if name in ends or name not in relations}
        self.nodes = [node for _, node in sorted(nodes.items())]

    def edges(self) -> Iterator[Edge]:
        """The facts, in the order of their lines."""
        for subject, predicate, other in facts(self._store):
            if predicate not in DESCRIBING:
                yield Edge(subject, identifier(other), predicate, self._labels[predicate] or predicate)


def facts(store: OxigraphStore) -> Iterator[tuple[str, str, Any]]:
    """The default graph in a fixed order: subject and predicate as text, and the object."""
    with Sorter() as sorter:
        export.dump(store, sorter, export.DEFAULT)
        reader = cast("IO[bytes]", export.Reader(sorter.lines()))
        for quad in ox.parse(reader, format=ox.RdfFormat.N_TRIPLES, lenient=True):
            yield name_of(quad.subject), quad.predicate.value, quad.object


def name_of(term: Any) -> str:
    """A term's IRI or text."""
    return str(getattr(term, "value", term))


def identifier(term: Any) -> str:
    """What an end of an edge is called."""
    return str(term) if isinstance(term, ox.Literal) else name_of(term)


def pieces(store: OxigraphStore, format: str) -> Iterator[bytes]:
    """A store as ``graphml``, ``cytoscape`` or ``parquet``, in pieces."""
    graph = PropertyGraph(store)
    if format == "parquet":
        with export.spooled(lambda file: write_parquet(graph, file)) as found:
            yield from found
        return
    lines = graphml(graph) if format == "graphml" else cytoscape(graph)
    while batch := "".join(islice(lines, export.BATCH)):
        data = batch.encode("utf-8", "replace")
        yield rdfxml.clean(data) if format == "graphml" else data


def graphml(graph: PropertyGraph) -> Iterator[str]:
    """GraphML: attributes of nodes are label, types and aliases (separated by spaces and by "|"), of edges relation."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for owner, names in (("node", ("label", "types", "aliases")), ("edge", ("relation", "label"))):
        for name in names:
            yield f'<key id="{owner}-{name}" for="{owner}" attr.name="{name}" attr.type="string"/>\n'
    yield '<graph edgedefault="directed">\n'
    for node in graph.nodes:
        values = {"label": node.label, "types": " ".join(node.types), "aliases": "|".join(node.aliases)}
        yield f"<node id={quoteattr(node.id)}>{data_of('node', values)}</node>\n"
    for number, edge in enumerate(graph.edges()):
        ends = f"source={quoteattr(edge.source)} target={quoteattr(edge.target)}"
        values = {"relation": edge.relation, "label": edge.label}
        yield f'<edge id="e{number}" {ends}>{data_of("edge", values)}</edge>\n'
    yield "</graph>\n</graphml>\n"


def data_of(owner: str, values: dict[str, str]) -> str:
    """Attributes as elements of GraphML, those that are empty left out."""
    return "".join(f'<data key="{owner}-{name}">{escape(value)}</data>' for name, value in values.items() if value)


def cytoscape(graph: PropertyGraph) -> Iterator[str]:
    """JSON that Cytoscape and Cytoscape.js read."""
    yield '{"elements": {"nodes": [\n'
    yield from separated(
        {"id": n.id, "label": n.label or n.id, "types": n.types, "aliases": n.aliases, "literal": n.value is not None}
        for n in graph.nodes
    )
    yield '], "edges": [\n'
    yield from separated(
        {"id": f"e{i}", "source": e.source, "target": e.target, "relation": e.relation, "label": e.label}
        for i, e in enumerate(graph.edges())
    )
    yield "]}}\n"


def separated(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Elements of a JSON array, a line each."""
    for number, row in enumerate(rows):
        yield ("," if number else "") + json.dumps({"data": row}, ensure_ascii=False) + "\n"


def write_parquet(graph: PropertyGraph, file: IO[bytes]) -> None:
    """One row an edge: identifiers and labels of both ends, relation.

    Raises:
        UsageError: when pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise UsageError("Parquet needs the package pyarrow", "pip install 'kgtool[parquet]'") from error
    labels = {n.id: n.label for n in graph.nodes}
    columns = ("subject", "subject_label", "relation", "relation_label", "object", "object_label")
    schema = pa.schema([(name, pa.string()) for name in columns])
    edges = graph.edges()
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := list(islice(edges, ROWS)):
            rows = [(e.source, labels[e.source], e.relation, e.label, e.target, labels[e.target]) for e in batch]
            writer.write_table(pa.table(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)), schema))


def neo4j(store: OxigraphStore) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The names and contents of the files that ``neo4j-admin database import`` takes."""
    graph = PropertyGraph(store)
    yield "nodes.csv", table([":ID", "label", "aliases:string[]", ":LABEL"], node_rows(graph))
    rows = ([e.source, e.target, e.relation, e.label] for e in graph.edges())
    yield "relationships.csv", table([":START_ID", ":END_ID", ":TYPE", "label"], rows)


def node_rows(graph: PropertyGraph) -> Iterator[list[str]]:
    """The nodes as rows; lists are separated by semicolons, as Neo4j has it."""
    for n in graph.nodes:
        classes = [LITERAL] if n.value is not None else n.types
        yield [n.id, n.label, ";".join(a.replace(";", ",") for a in n.aliases), ";".join(classes)]


def table(header: Sequence[str], rows: Iterator[list[str]]) -> Iterator[bytes]:
    """A CSV in pieces."""
    yield csv_of([list(header)])
    while batch := list(islice(rows, export.BATCH)):
        yield csv_of(batch)


def csv_of(rows: Iterable[list[str]]) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
