"""A fusion as RDF: facts in the default graph, evidence and decisions in graphs of their own.

Every IRI is a function of content: no clock, no counter, no path of a machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from kgtool.iri import slug
from kgtool.model import Decision, Fusion, LiteralValue, Statement, Triple, canonical_json, digest
from kgtool.store.vocabulary import DCTERMS, KG, NIF, OA, PROV, RDF, RDFS, SCHEMA, SKOS, XSD, Namespaces

TYPE = ox.NamedNode(RDF + "type")
LABEL = ox.NamedNode(RDFS + "label")
ALT_LABEL = ox.NamedNode(SKOS + "altLabel")
LANGUAGE = "en"
DEFAULT = ox.DefaultGraph()

Term = ox.NamedNode | ox.Literal
Fact = tuple[ox.NamedNode, ox.NamedNode, Term]


@dataclass(frozen=True, order=True)
class DocumentRef:
    """A document as the graph names it: its name below its PATH and the hash of its content."""

    name: str
    hash: str
    title: str = ""

    @property
    def id(self) -> str:
        """The last part of its IRI."""
        return f"{slug(self.name)}~{self.hash[:16]}"


@dataclass(frozen=True)
class Found:
    """An input triple of the fusion with what its document and run are called in the graph."""

    triple: Triple
    document: DocumentRef
    run: str


def quads(
    fusion: Fusion, found: Sequence[Found], runs: Mapping[str, Mapping[str, str]], space: Namespaces
) -> Iterator[ox.Quad]:
    """All quads of a fusion. ``found[i]`` is the triple that the fusion calls number ``i``."""
    yield from entity_quads(fusion, space)
    yield from relation_quads(fusion, space)
    for statement in fusion.statements:
        yield from statement_quads(statement, found, space)
    yield from document_quads(found, space)
    yield from run_quads(runs, space)
    for decision in fusion.decisions:
        yield from decision_quads(decision, space)


def entity_quads(fusion: Fusion, space: Namespaces) -> Iterator[ox.Quad]:
    """Labels, aliases and types of the entities that are in some published statement."""
    published = [s for s in fusion.statements if s.status in {"published", "inferred"}]
    used = {s.subject for s in published} | {s.object for s in published if isinstance(s.object, str)}
    for entity in fusion.entities:
        if entity.id not in used:
            continue
        node = ox.NamedNode(space.entity(entity.id))
        yield ox.Quad(node, LABEL, text(entity.label), DEFAULT)
        for alias in entity.aliases:
            yield ox.Quad(node, ALT_LABEL, text(alias), DEFAULT)
        if entity.type:
            yield ox.Quad(node, TYPE, ox.NamedNode(SCHEMA + entity.type), DEFAULT)


def relation_quads(fusion: Fusion, space: Namespaces) -> Iterator[ox.Quad]:
    """Labels and aliases of the relations that are in some published statement."""
    used = {s.predicate for s in fusion.statements if s.status in {"published", "inferred"}}
    for relation in fusion.relations:
        if relation.id in used:
            node = ox.NamedNode(space.relation(relation.id))
            yield ox.Quad(node, TYPE, ox.NamedNode(RDF + "Property"), DEFAULT)
            yield ox.Quad(node, LABEL, text(relation.label), DEFAULT)
            for alias in relation.aliases:
                yield ox.Quad(node, ALT_LABEL, text(alias), DEFAULT)


def statement_quads(statement: Statement, found: Sequence[Found], space: Namespaces) -> Iterator[ox.Quad]:
    """The fact (if published), its node with support and confidence, and its evidence."""
    graph = ox.NamedNode(space.provenance)
    fact = terms(statement, space)
    if statement.status in {"published", "inferred"}:
        yield ox.Quad(*fact, DEFAULT)
    node = ox.NamedNode(space.node("statement", digest(*statement.key)[:32]))
    yield ox.Quad(node, TYPE, kg("Statement"), graph)
    yield from reified(node, fact, graph)
    yield ox.Quad(node, kg("status"), ox.Literal(statement.status), graph)
    yield ox.Quad(node, kg("support"), integer(statement.support), graph)
    yield ox.Quad(node, kg("confidence"), decimal(statement.confidence), graph)
    if statement.reason:
        yield ox.Quad(node, kg("reason"), ox.Literal(statement.reason), graph)
    for i in statement.sources:
        yield from evidence_quads(found[i], node, fact, space)


def evidence_quads(found: Found, statement: ox.NamedNode, fact: Fact, space: Namespaces) -> Iterator[ox.Quad]:
    """One piece of evidence: the sentence with its offsets, the words used, who read them and where."""
    graph = ox.NamedNode(space.provenance)
    t, e = found.triple, found.triple.evidence
    identity = canonical_json(t.to_json() | {"document": found.document.id, "run": found.run})
    node = ox.NamedNode(space.node("evidence", digest(identity)[:32]))
    chunk = ox.NamedNode(space.node("chunk", f"{found.document.id}/{e.chunk}"))
    yield ox.Quad(node, TYPE, ox.NamedNode(RDF + "Statement"), graph)
    yield ox.Quad(node, TYPE, ox.NamedNode(PROV + "Entity"), graph)
    yield from reified(node, fact, graph)
    yield ox.Quad(node, kg("evidenceFor"), statement, graph)
    yield ox.Quad(node, kg("status"), ox.Literal(t.status), graph)
    yield ox.Quad(node, kg("confidence"), decimal(t.confidence), graph)
    yield ox.Quad(node, kg("subjectText"), ox.Literal(t.subject), graph)
    yield ox.Quad(node, kg("predicateText"), ox.Literal(t.predicate), graph)
    yield ox.Quad(node, kg("objectText"), ox.Literal(t.object), graph)
    yield ox.Quad(node, ox.NamedNode(OA + "exact"), ox.Literal(e.quote), graph)
    yield ox.Quad(node, ox.NamedNode(NIF + "beginIndex"), integer(e.begin), graph)
    yield ox.Quad(node, ox.NamedNode(NIF + "endIndex"), integer(e.end), graph)
    yield ox.Quad(node, ox.NamedNode(PROV + "wasDerivedFrom"), chunk, graph)
    yield ox.Quad(node, ox.NamedNode(PROV + "wasGeneratedBy"), ox.NamedNode(space.node("run", found.run)), graph)


def document_quads(found: Sequence[Found], space: Namespaces) -> Iterator[ox.Quad]:
    """The documents and chunks that evidence was found in."""
    graph = ox.NamedNode(space.provenance)
    chunks = {(f.document, f.triple.evidence.chunk, f.triple.evidence.anchor) for f in found}
    for document, chunk, anchor in sorted(chunks):
        node = ox.NamedNode(space.node("chunk", f"{document.id}/{chunk}"))
        begin, _, end = chunk.partition("-")
        yield ox.Quad(node, TYPE, kg("Chunk"), graph)
        yield ox.Quad(node, ox.NamedNode(NIF + "beginIndex"), integer(int(begin)), graph)
        yield ox.Quad(node, ox.NamedNode(NIF + "endIndex"), integer(int(end)), graph)
        if anchor:
            yield ox.Quad(node, kg("anchor"), ox.Literal(anchor), graph)
        origin = ox.NamedNode(space.node("document", document.id))
        yield ox.Quad(node, ox.NamedNode(PROV + "wasDerivedFrom"), origin, graph)
    for document in sorted({f.document for f in found}):
        node = ox.NamedNode(space.node("document", document.id))
        yield ox.Quad(node, TYPE, kg("Document"), graph)
        yield ox.Quad(node, ox.NamedNode(DCTERMS + "identifier"), ox.Literal(document.name), graph)
        yield ox.Quad(node, kg("contentHash"), ox.Literal(document.hash), graph)
        if document.title:
            yield ox.Quad(node, ox.NamedNode(DCTERMS + "title"), ox.Literal(document.title), graph)


def run_quads(runs: Mapping[str, Mapping[str, str]], space: Namespaces) -> Iterator[ox.Quad]:
    """The settings behind each run."""
    graph = ox.NamedNode(space.provenance)
    for run, settings in sorted(runs.items()):
        node = ox.NamedNode(space.node("run", run))
        yield ox.Quad(node, TYPE, ox.NamedNode(PROV + "Activity"), graph)
        for key, value in sorted(settings.items()):
            yield ox.Quad(node, kg(key), ox.Literal(value), graph)


def decision_quads(decision: Decision, space: Namespaces) -> Iterator[ox.Quad]:
    """A merge or a veto of names, or the predicates that are one relation."""
    verdict = space.relation(decision.verdict) if decision.kind == "relation" else space.entity(decision.verdict)
    graph = ox.NamedNode(space.decisions)
    node = ox.NamedNode(space.node("decision", digest(canonical_json(decision.to_json()))[:32]))
    yield ox.Quad(node, TYPE, kg("Decision"), graph)
    yield ox.Quad(node, kg("kind"), ox.Literal(decision.kind), graph)
    yield ox.Quad(node, kg("rule"), ox.Literal(decision.rule), graph)
    yield ox.Quad(node, kg("score"), decimal(decision.score), graph)
    yield ox.Quad(node, kg("verdict"), ox.NamedNode(verdict), graph)
    for candidate in decision.candidates:
        yield ox.Quad(node, kg("candidate"), ox.Literal(candidate), graph)


def reified(node: ox.NamedNode, fact: Fact, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    """Subject, predicate and object of a statement node."""
    for name, term in zip(("subject", "predicate", "object"), fact, strict=True):
        yield ox.Quad(node, ox.NamedNode(RDF + name), term, graph)


def terms(statement: Statement, space: Namespaces) -> Fact:
    """A statement's three terms."""
    if isinstance(statement.object, LiteralValue):
        other: Term = literal(statement.object)
    else:
        other = ox.NamedNode(space.entity(statement.object))
    return ox.NamedNode(space.entity(statement.subject)), ox.NamedNode(space.relation(statement.predicate)), other


def literal(value: LiteralValue) -> ox.Literal:
    """A typed literal; plain strings get no explicit type."""
    if value.datatype == "string":
        return ox.Literal(value.value)
    return ox.Literal(value.value, datatype=ox.NamedNode(XSD + value.datatype))


def kg(name: str) -> ox.NamedNode:
    """A term of kgtool's own vocabulary."""
    return ox.NamedNode(KG + name)


def text(value: str) -> ox.Literal:
    """A name in the language of the documents."""
    return ox.Literal(value, language=LANGUAGE)


def integer(value: int) -> ox.Literal:
    """An xsd:integer."""
    return ox.Literal(str(value), datatype=ox.NamedNode(XSD + "integer"))


def decimal(value: float) -> ox.Literal:
    """An xsd:decimal with at most four places."""
    shown = f"{value:.4f}".rstrip("0")
    return ox.Literal(shown + "0" if shown.endswith(".") else shown, datatype=ox.NamedNode(XSD + "decimal"))
