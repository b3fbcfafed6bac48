"""Shapes (SHACL, W3C Recommendation of 2017): read from a file, and refused where they could not do what they say.

They are kept as canonical N-Triples (RDFC-1.0), so that the same shapes are the same text in every syntax. Nothing is
loaded from the net: ``owl:imports`` is told and not followed, queries that call another server are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kgtool.errors import NotFoundError, UsageError
from kgtool.store import reading
from kgtool.store import sparql as text
from kgtool.store.vocabulary import OWL, SHACL, Namespaces

if TYPE_CHECKING:
    from rdflib import Graph

TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
QUERIES = ("select", "ask", "construct", "update")
"""Terms whose values are SPARQL."""
OUTSIDE = frozenset({"SERVICE", "FROM", "LOAD"})
"""Words of SPARQL that reach outside of the graph."""
ADVANCED = ("rule", "target", "js", "expression", "SPARQLFunction", "JSFunction", "entailment")
"""Terms of SHACL Advanced Features and SHACL JavaScript, and of entailment, which are not evaluated."""
REFERENCES = ("node", "property", "not", "qualifiedValueShape")
LISTS = ("and", "or", "xone")
"""Terms by which a shape refers to others."""
NODES = ("path", "class", "datatype", "nodeKind", *TARGETS[:1], *TARGETS[2:])
"""Terms whose values are no literals."""
NODE_KINDS = ("BlankNode", "IRI", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
CORRECT = "correct the shapes; see https://www.w3.org/TR/shacl/"
INSTALL = "pip install 'kgtool[shacl]'"


@dataclass(frozen=True)
class Shapes:
    """Shapes as sorted N-Triples, and what there is to know about them."""

    text: str
    warnings: tuple[str, ...] = ()


def load(path: Path, space: Namespaces) -> Shapes:
    """Read shapes in any syntax of RDF. Relative IRIs are below ``<base>shape/``.

    Raises:
        NotFoundError: when there is no such file.
        UsageError: when it cannot be read (with line and column), when what it says is no SHACL, calls another server
            or goes round in a circle, when nothing would be checked, or when pyshacl is not installed.
    """
    if not path.is_file():
        raise NotFoundError(f"no such file of shapes: {path}", "check --shapes")
    format = reading.SUFFIXES.get(reading.suffix(path), "")
    if format not in {*reading.FORMATS, *reading.OTHERS}:
        known = ", ".join([*reading.FORMATS, *reading.OTHERS])
        raise UsageError(f"the syntax of {path} is not known by its ending", f"one of: {known}")
    file = reading.File(path, str(path), format, space.node("shape", ""))
    with reading.told(file), reading.plain(path) as content:
        lines = canonical(reading.quads_of(file, content, space))
    warnings = check(str(path), graph_of(lines))
    return Shapes(lines, warnings)


def canonical(quads: Iterable[ox.Quad]) -> str:
    """The triples of all graphs together as sorted N-Triples, with blank nodes named by what they are."""
    store = ox.Store()  # gives literals back in its own form, as it gives those of the graph
    store.extend(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
    found = ox.Dataset(store)
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return "".join(sorted(f"{quad.triple} .\n" for quad in found))


def graph_of(lines: str) -> Graph:
    """Sorted N-Triples as a graph of rdflib, with the names of their blank nodes."""
    from rdflib import Graph

    made = Graph()
    convert = converter()
    for quad in ox.parse(lines.encode(), format=ox.RdfFormat.N_TRIPLES):
        made.add((convert(quad.subject), convert(quad.predicate), convert(quad.object)))
    return made


def converter() -> Any:
    """A function from terms of Oxigraph to those of rdflib; None for those that it does not have (RDF 1.2)."""
    from rdflib import BNode, Literal, URIRef

    string = "http://www.w3.org/2001/XMLSchema#string"

    @cache
    def convert(term: Any) -> Any:
        if isinstance(term, ox.NamedNode):
            return URIRef(term.value)
        if isinstance(term, ox.BlankNode):
            return BNode(term.value)
        if not isinstance(term, ox.Literal):
            return None
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = None if term.datatype.value == string else URIRef(term.datatype.value)
        return Literal(term.value, datatype=datatype, normalize=False)

    return convert


def check(name: str, graph: Graph) -> tuple[str, ...]:
    """What is not evaluated, in words.

    Raises:
        UsageError: for shapes that cannot be used; see :func:`load`.
    """
    from rdflib import SH, URIRef

    terms = {t for triple in graph for t in triple if isinstance(t, URIRef) and t.startswith(SHACL)}
    if unknown := sorted(t.removeprefix(SHACL) for t in terms if t not in SH):
        raise UsageError(f"{name}: SHACL has no sh:{unknown[0]}", CORRECT)
    for word, query in sorted(queries(graph)):
        raise UsageError(f"{name}: a query reaches outside of the graph ({word}): {query}", "leave it out")
    check_form(name, graph)
    check_circles(name, graph)
    check_something(name, graph)
    told = [f"{name}: sh:{t} is not evaluated" for t in ADVANCED if URIRef(SHACL + t) in terms]
    imports = sorted(str(o) for o in graph.objects(None, URIRef(f"{OWL}imports")))
    return (*told, *(f"{name}: owl:imports <{i}> is not followed: put its shapes into the file" for i in imports))


def queries(graph: Graph) -> Iterator[tuple[str, str]]:
    """A word and the text of each query that reaches outside of the graph."""
    from rdflib import URIRef

    for term in QUERIES:
        for found in graph.objects(None, URIRef(SHACL + term)):
            query = ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)), str(found))  # as SPARQL reads them, anywhere
            for kind, token in text.tokens(query):
                if kind == "word" and token.upper() in OUTSIDE:
                    yield token.upper(), " ".join(query.split())[:100]


def check_form(name: str, graph: Graph) -> None:
    """Refuse shapes of which pyshacl can make nothing, also those whose targets are not in the graph.

    Raises:
        UsageError: for them, and where pyshacl is not installed.
    """
    try:
        from pyshacl import ShapesGraph
    except ImportError as error:
        raise UsageError("shapes need the package pyshacl", INSTALL) from error
    from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP as COMPONENTS

    check_values(name, graph)
    shape: Any = None
    try:
        for shape in sorted(ShapesGraph(copied(graph)).shapes, key=lambda s: str(s.node)):
            for term in sorted({p for p in graph.predicates(shape.node) if p in COMPONENTS}, key=str):
                COMPONENTS[term](shape)
    except Exception as error:  # its own for most faults, and whatever Python makes of the others
        where = f"{owner(graph, shape.node)}: " if shape else ""
        raise UsageError(f"{name}: {where}{worded(error)}", CORRECT) from error


def check_values(name: str, graph: Graph) -> None:
    """Refuse values that pyshacl takes although they can be none, and that nothing would then conform to.

    Raises:
        UsageError: for them.
    """
    from rdflib import SH, Literal, URIRef

    kinds = {URIRef(SHACL + kind) for kind in NODE_KINDS}
    for term in NODES:
        for shape, value in sorted(graph.subject_objects(URIRef(SHACL + term))):
            if isinstance(value, Literal) or (term == "nodeKind" and value not in kinds):
                raise UsageError(f"{name}: {owner(graph, shape)}: {value.n3()} is no value of sh:{term}", CORRECT)
    for shape, members in sorted(graph.subject_objects(SH["in"])):
        if isinstance(members, Literal):
            raise UsageError(f"{name}: {owner(graph, shape)}: the value of sh:in is a list: ( … )", CORRECT)


def copied(graph: Graph) -> Graph:
    """The same triples in another graph: pyshacl adds some of its own to the one that it gets."""
    from rdflib import Graph

    made = Graph()
    for triple in graph:
        made.add(triple)
    return made


def worded(error: Exception) -> str:
    """What an error of pyshacl says, in a line."""
    said = str(error).partition("\nFor reference")[0]
    return " ".join(said.split())[:200] or type(error).__name__


def owner(graph: Graph, node: Any) -> str:
    """The IRI of the shape that a node belongs to, in words."""
    from rdflib import URIRef

    seen: set[Any] = set()
    wanted = [node]
    while wanted:
        found = wanted.pop()
        if isinstance(found, URIRef):
            return f"<{found}>"
        if found not in seen:
            seen.add(found)
            wanted += sorted(graph.subjects(None, found), key=str, reverse=True)
    return "a shape without a name"


def check_circles(name: str, graph: Graph) -> None:
    """Refuse shapes that refer to themselves: SHACL does not define what they mean.

    Raises:
        UsageError: naming one of them.
    """
    refers = references(graph)
    done: set[Any] = set()
    for first in sorted(refers):
        trail: dict[Any, Iterator[Any]] = {first: iter(refers[first])}
        while trail:
            last = next(reversed(trail))
            other = next(trail[last], None)
            if other is None:
                done.add(last)
                del trail[last]
            elif other in trail:
                told = f"{name}: the shape {owner(graph, other)} refers to itself, which SHACL leaves undefined"
                raise UsageError(told, "check the other end of the path by a shape of its own, or sh:class")
            elif other not in done:
                trail[other] = iter(refers.get(other, ()))


def references(graph: Graph) -> Mapping[Any, list[Any]]:
    """The shapes that each shape refers to, sorted."""
    from rdflib import URIRef

    found: dict[Any, set[Any]] = {}
    for term in REFERENCES:
        for shape, other in graph.subject_objects(URIRef(SHACL + term)):
            found.setdefault(shape, set()).add(other)
    for term in LISTS:
        for shape, members in graph.subject_objects(URIRef(SHACL + term)):
            found.setdefault(shape, set()).update(graph.items(members))
    return {shape: sorted(others) for shape, others in found.items()}


def check_something(name: str, graph: Graph) -> None:
    """Refuse shapes that check nothing.

    Raises:
        UsageError: without a target, or without a constraint.
    """
    from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS
    from rdflib import OWL as OWL_NS
    from rdflib import RDF, RDFS, SH, URIRef

    aimed = any((None, URIRef(SHACL + term), None) in graph for term in TARGETS)
    classes = {c for kind in (RDFS.Class, OWL_NS.Class) for c in graph.subjects(RDF.type, kind)}
    kinds = set(graph.subjects(RDF.type, SH.NodeShape)) | set(graph.subjects(SH.property, None))
    if not aimed and classes.isdisjoint(kinds):
        raise UsageError(f"{name} has no shape with a target: nothing would be checked", "add sh:targetClass, for one")
    known = {*ALL_CONSTRAINT_PARAMETERS} - {SH.property}
    if known.isdisjoint(graph.predicates()) and (None, RDF.type, SH.ConstraintComponent) not in graph:
        raise UsageError(f"{name} has no constraint: nothing would be checked", "add sh:class, sh:datatype, …")
