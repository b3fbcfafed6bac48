"""Property graphs as statements: GraphML, and the CSV files with headers that Neo4j's importer takes.

A node is an entity of the store, called by its identifier; an edge is a statement whose relation is the edge's type or
label. Other properties are literals. Properties of edges are left out: RDF has no place for them in a statement.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

import pyoxigraph as ox

from kgtool.iri import is_iri, slug
from kgtool.store import rdf
from kgtool.store.vocabulary import XSD, Namespaces

FIELD = re.compile(r"(?P<name>[^:]*)(?::(?P<type>[A-Za-z_]+)(?P<list>\[\])?)?(?:\((?P<space>[^)]*)\))?(?:\{[^}]*\})?")
"""A column of a header: name, type, whether it holds a list, and the space of identifiers."""
TYPES = {
    "int": "integer", "long": "integer", "short": "integer", "byte": "integer", "float": "double", "double": "double",
    "boolean": "boolean", "date": "date", "localtime": "time", "time": "time", "datetime": "dateTime",
    "localdatetime": "dateTime", "duration": "duration",
}  # fmt: skip
LISTS = ";"
"""Between the members of a list, as Neo4j has it."""
LABELS = ("label", "name", "title")
"""Properties that say what a node is called."""
EDGE_LABELS = ("label", "type", "relation", "name")
"""Attributes of GraphML's edges that say what kind they are."""
RELATED = "related"
"""The relation of an edge that says nothing."""
ALIASES, CLASSES = "aliases", "types"
"""Attributes that our own exports have."""
LONGEST = 16 * 1024 * 1024
"""Characters of a cell."""


def quads(format: str, content: IO[bytes], space: Namespaces) -> Iterator[ox.Quad]:
    """The statements of a file.

    Args:
        format: ``graphml`` or ``neo4j``.
        content: the file.
        space: where the entities are.

    Raises:
        ValueError: when it is not of the format.
    """
    made = Statements(space)
    return made.graphml(content) if format == "graphml" else made.neo4j(content)


class Statements:
    """Makes statements of nodes and edges.

    Args:
        space: where entities and relations are.
    """

    def __init__(self, space: Namespaces) -> None:
        self._space = space

    def node(self, identifier: str) -> ox.NamedNode:
        """The IRI of a node; an identifier that is one stays."""
        return ox.NamedNode(identifier if is_iri(identifier) else self._space.entity(slug(identifier)))

    def relation(self, name: str) -> ox.NamedNode:
        """The IRI of a relation; a name that is one stays."""
        return ox.NamedNode(name if is_iri(name) else self._space.relation(slug(name)))

    def value(self, text: str) -> ox.NamedNode | ox.Literal:
        """The other end of an edge: an entity, or the literal that an export of ours wrote as its identifier."""
        return (
            next(iter(ox.parse(f"<x:s> <x:p> {text} .", format=ox.RdfFormat.N_TRIPLES))).object
            if text.startswith('"')
            else self.node(text)
        )

    def described(self, node: ox.NamedNode, found: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[ox.Quad]:
        """A node's label, classes and other properties."""
        label = next((found[name] for name in LABELS if found.get(name)), "")
        if label:
            yield ox.Quad(node, rdf.LABEL, ox.Literal(str(label)))
        for name, value in found.items():
            if name in LABELS and value == label:
                continue
            for one in value if isinstance(value, list) else [value]:
                if one not in ("", None):
                    yield ox.Quad(node, self.relation(name), literal(one, types.get(name, "")))

    def graphml(self, content: IO[bytes]) -> Iterator[ox.Quad]:
        """Nodes and edges of GraphML, as networkx reads it.

        Raises:
            ValueError: when it cannot.
        """
        import networkx as nx

        try:
            graph = nx.read_graphml(content, force_multigraph=True)
        except Exception as error:  # of the XML parser, and of networkx for what it does not know
            raise ValueError(str(error)) from error
        for identifier, found in graph.nodes(data=True):
            if not identifier.startswith('"'):
                node, values = self.node(identifier), dict(found)
                yield from self.named(
                    node, str(values.pop(CLASSES, "")).split(), str(values.pop(ALIASES, "")).split("|")
                )
                yield from self.described(node, values, {})
        for subject, other, found in graph.edges(data=True):
            kind = next((str(found[name]) for name in ("relation", *EDGE_LABELS) if found.get(name)), RELATED)
            yield ox.Quad(self.node(subject), self.relation(kind), self.value(other))

    def neo4j(self, content: IO[bytes]) -> Iterator[ox.Quad]:
        """A file of nodes (``:ID``) or of relationships (``:START_ID``, ``:END_ID``, ``:TYPE``).

        Raises:
            ValueError: when the header is of neither, a row has another number of cells, or it is no CSV.
        """
        text = io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
        rows = csv.reader(text, strict=True)
        try:
            header = [FIELD.fullmatch(cell.strip()) for cell in next(rows, [])]
            columns = [(c["name"], (c["type"] or "").upper(), c["space"] or "") if c else ("", "", "") for c in header]
            kinds = {kind for _, kind, _ in columns}
            if not ("ID" in kinds or {"START_ID", "END_ID"} <= kinds):
                raise ValueError("the header has neither :ID nor :START_ID and :END_ID")
            for cells in rows:
                if len(cells) != len(columns):
                    raise ValueError(f"line {rows.line_num}: {len(cells)} cells instead of {len(columns)}")
                yield from self.row(cells, columns) if "ID" in kinds else self.edge(cells, columns)
        except csv.Error as error:
            raise ValueError(f"line {rows.line_num}: {error}") from error
        finally:
            text.detach()

    def named(self, node: ox.NamedNode, classes: Iterable[str], aliases: Iterable[str]) -> Iterator[ox.Quad]:
        """A node's classes and other names; those that are empty are none."""
        for name in filter(None, classes):
            kind = name if is_iri(name) else self._space.node("class", slug(name))
            yield ox.Quad(node, rdf.TYPE, ox.NamedNode(kind))
        for alias in filter(None, aliases):
            yield ox.Quad(node, rdf.ALT_LABEL, ox.Literal(alias))

    def row(self, cells: list[str], columns: list[tuple[str, str, str]]) -> Iterator[ox.Quad]:
        """A node of Neo4j."""
        found: dict[str, Any] = {}
        types: dict[str, str] = {}
        node, classes = None, []
        for cell, (name, kind, space) in zip(cells, columns, strict=True):
            if kind == "ID":
                node = self.node(f"{space}/{cell}" if space else cell)
                if cell.startswith('"'):
                    return
            elif kind == "LABEL":
                classes = cell.split(LISTS)
            elif kind != "IGNORE":
                found[name], types[name] = cell, kind.lower()
        if node is not None:
            yield from self.named(node, classes, str(found.pop(ALIASES, "")).split(LISTS))
            yield from self.described(node, found, types)

    def edge(self, cells: list[str], columns: list[tuple[str, str, str]]) -> Iterator[ox.Quad]:
        """A relationship of Neo4j."""
        ends = {kind: (f"{space}/{c}" if space else c) for c, (_, kind, space) in zip(cells, columns, strict=True)}
        yield ox.Quad(
            self.node(ends["START_ID"]), self.relation(ends.get("TYPE") or RELATED), self.value(ends["END_ID"])
        )


def literal(value: Any, kind: str) -> ox.Literal:
    """A property as a literal: typed where the file says how, and its text else."""
    if isinstance(value, (bool, int, float)):
        return ox.Literal(value)
    if kind in TYPES:
        return ox.Literal(str(value), datatype=ox.NamedNode(XSD + TYPES[kind]))
    return ox.Literal(str(value))
