"""A fusion as RDF: facts in the default graph, evidence and decisions in graphs of their own.

Every IRI is a function of content: no clock, no counter, no path of a machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import pyoxigraph as ox

from kgtool.iri import slug
from kgtool.model import (
    Decision,
    Entity,
    Fusion,
    Import,
    LiteralValue,
    Relation,
    Statement,
    Triple,
    Update,
    canonical_json,
    digest,
)  # fmt: skip
from kgtool.store.vocabulary import DCTERMS, KG, NIF, OA, PROV, RDF, RDFS, SCHEMA, SKOS, XSD, Namespaces

PUBLISHED = frozenset({"published", "inferred"})
"""The status of a statement that is a fact of the graph."""

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

    @cached_property
    def id(self) -> str:
        """The last part of its IRI."""
        return f"{slug(self.name)}~{self.hash[:16]}"


@dataclass(frozen=True)
class Found:
    """An input triple of the fusion with what its document and run are called in the graph."""

    triple: Triple
    document: DocumentRef
    run: str


@dataclass(frozen=True)
class Part:
    """Quads of one subject, which has them in all its parts together and nowhere else.

    ``content`` is a digest of all that the quads are made of besides the subject and the namespaces: parts of one
    subject and content have the same quads. They are made when they are asked for.
    """

    subject: str
    content: str
    quads: Callable[[], Iterator[ox.Quad]]


def quads(
    fusion: Fusion, found: Sequence[Found], runs: Mapping[str, Mapping[str, str]], space: Namespaces
) -> Iterator[ox.Quad]:
    """All quads of a fusion; see :func:`parts`."""
    for part in parts(fusion, found, runs, space):
        yield from part.quads()


def parts(
    fusion: Fusion, found: Sequence[Found], runs: Mapping[str, Mapping[str, str]], space: Namespaces
) -> Iterator[Part]:
    """The parts of the graph, in a fixed order. ``found[i]`` is the triple that the fusion calls number ``i``."""
    yield from entity_parts(fusion, space)
    yield from relation_parts(fusion, space)
    for statement in fusion.statements:
        yield from statement_parts(statement, found, space)
    yield from document_parts(found, space)
    for run, settings in sorted(runs.items()):
        node = space.node("run", run)
        yield Part(
            node,
            content(*(x for row in sorted(settings.items()) for x in row)),
            partial(run_quads, node, settings, space),
        )
    for decision in fusion.decisions:
        identifier = content(canonical_json(decision.to_json()))
        node = space.node("decision", identifier)
        yield Part(node, identifier, partial(decision_quads, node, decision, space))


def content(*values: str) -> str:
    """A digest of texts; 32 hex digits."""
    return digest(*values)[:32]


def entity_parts(fusion: Fusion, space: Namespaces) -> Iterator[Part]:
    """The entities that are in some published statement."""
    published = [s for s in fusion.statements if s.status in PUBLISHED]
    used = {s.subject for s in published} | {s.object for s in published if isinstance(s.object, str)}
    for entity in fusion.entities:
        if entity.id in used:
            node = space.entity(entity.id)
            yield Part(node, content(entity.label, entity.type, *entity.aliases), partial(entity_quads, node, entity))


def entity_quads(node: str, entity: Entity) -> Iterator[ox.Quad]:
    """Label, aliases and type."""
    subject = ox.NamedNode(node)
    yield ox.Quad(subject, LABEL, text(entity.label), DEFAULT)
    for alias in entity.aliases:
        yield ox.Quad(subject, ALT_LABEL, text(alias), DEFAULT)
    if entity.type:
        yield ox.Quad(subject, TYPE, ox.NamedNode(SCHEMA + entity.type), DEFAULT)


def relation_parts(fusion: Fusion, space: Namespaces) -> Iterator[Part]:
    """The relations that are in some published statement."""
    used = {s.predicate for s in fusion.statements if s.status in PUBLISHED}
    for relation in fusion.relations:
        if relation.id in used:
            node = space.relation(relation.id)
            yield Part(node, content(relation.label, *relation.aliases), partial(relation_quads, node, relation))


def relation_quads(node: str, relation: Relation) -> Iterator[ox.Quad]:
    """Label and aliases."""
    subject = ox.NamedNode(node)
    yield ox.Quad(subject, TYPE, ox.NamedNode(RDF + "Property"), DEFAULT)
    yield ox.Quad(subject, LABEL, text(relation.label), DEFAULT)
    for alias in relation.aliases:
        yield ox.Quad(subject, ALT_LABEL, text(alias), DEFAULT)


def statement_parts(statement: Statement, found: Sequence[Found], space: Namespaces) -> Iterator[Part]:
    """The fact (if published), its node with support and confidence, and its evidence."""
    identifier = content(*statement.key)
    if statement.status in PUBLISHED:
        yield Part(space.entity(statement.subject), identifier, partial(fact_quads, statement, space))
    node = space.node("statement", identifier)
    said = content(statement.status, str(statement.support), f"{statement.confidence}", statement.reason)
    yield Part(node, said, partial(statement_quads, node, statement, space))
    for i in statement.sources:
        identity = canonical_json(found[i].triple.to_json() | {"document": found[i].document.id, "run": found[i].run})
        evidence = space.node("evidence", content(identity))
        yield Part(evidence, identifier, partial(evidence_quads, evidence, found[i], node, statement, space))


def fact_quads(statement: Statement, space: Namespaces) -> Iterator[ox.Quad]:
    """The fact itself."""
    yield ox.Quad(*terms(statement, space), DEFAULT)


def statement_quads(node: str, statement: Statement, space: Namespaces) -> Iterator[ox.Quad]:
    """A statement's status, support and confidence."""
    graph, subject = ox.NamedNode(space.provenance), ox.NamedNode(node)
    yield ox.Quad(subject, TYPE, kg("Statement"), graph)
    yield from reified(subject, terms(statement, space), graph)
    yield ox.Quad(subject, kg("status"), ox.Literal(statement.status), graph)
    yield ox.Quad(subject, kg("support"), integer(statement.support), graph)
    yield ox.Quad(subject, kg("confidence"), decimal(statement.confidence), graph)
    if statement.reason:
        yield ox.Quad(subject, kg("reason"), ox.Literal(statement.reason), graph)


def evidence_quads(node: str, found: Found, carried: str, statement: Statement, space: Namespaces) -> Iterator[ox.Quad]:
    """One piece of evidence: the sentence with its offsets, the words used, who read them and where.

    Args:
        node: its IRI.
        found: what it consists of.
        carried: the IRI of the statement's node.
        statement: what it is evidence for.
        space: the namespaces.
    """
    graph, subject = ox.NamedNode(space.provenance), ox.NamedNode(node)
    t, e = found.triple, found.triple.evidence
    chunk = ox.NamedNode(space.node("chunk", f"{found.document.id}/{e.chunk}"))
    yield ox.Quad(subject, TYPE, ox.NamedNode(RDF + "Statement"), graph)
    yield ox.Quad(subject, TYPE, ox.NamedNode(PROV + "Entity"), graph)
    yield from reified(subject, terms(statement, space), graph)
    yield ox.Quad(subject, kg("evidenceFor"), ox.NamedNode(carried), graph)
    yield ox.Quad(subject, kg("status"), ox.Literal(t.status), graph)
    yield ox.Quad(subject, kg("confidence"), decimal(t.confidence), graph)
    yield ox.Quad(subject, kg("subjectText"), ox.Literal(t.subject), graph)
    yield ox.Quad(subject, kg("predicateText"), ox.Literal(t.predicate), graph)
    yield ox.Quad(subject, kg("objectText"), ox.Literal(t.object), graph)
    yield ox.Quad(subject, ox.NamedNode(OA + "exact"), ox.Literal(e.quote), graph)
    yield ox.Quad(subject, ox.NamedNode(NIF + "beginIndex"), integer(e.begin), graph)
    yield ox.Quad(subject, ox.NamedNode(NIF + "endIndex"), integer(e.end), graph)
    yield ox.Quad(subject, ox.NamedNode(PROV + "wasDerivedFrom"), chunk, graph)
    yield ox.Quad(subject, ox.NamedNode(PROV + "wasGeneratedBy"), ox.NamedNode(space.node("run", found.run)), graph)


def document_parts(found: Sequence[Found], space: Namespaces) -> Iterator[Part]:
    """The documents and chunks that evidence was found in."""
    for document, chunk, anchor in sorted(
        {(f.document, f.triple.evidence.chunk, f.triple.evidence.anchor) for f in found}
    ):
        node = space.node("chunk", f"{document.id}/{chunk}")
        yield Part(node, content(anchor), partial(chunk_quads, node, document, chunk, anchor, space))
    for document in sorted({f.document for f in found}):
        node = space.node("document", document.id)
        made = content(document.name, document.hash, document.title)
        yield Part(node, made, partial(document_quads, node, document, space))


def chunk_quads(node: str, document: DocumentRef, chunk: str, anchor: str, space: Namespaces) -> Iterator[ox.Quad]:
    """A chunk's offsets, the anchor before it and its document."""
    graph, subject = ox.NamedNode(space.provenance), ox.NamedNode(node)
    begin, _, end = chunk.partition("-")
    yield ox.Quad(subject, TYPE, kg("Chunk"), graph)
    yield ox.Quad(subject, ox.NamedNode(NIF + "beginIndex"), integer(int(begin)), graph)
    yield ox.Quad(subject, ox.NamedNode(NIF + "endIndex"), integer(int(end)), graph)
    if anchor:
        yield ox.Quad(subject, kg("anchor"), ox.Literal(anchor), graph)
    origin = ox.NamedNode(space.node("document", document.id))
    yield ox.Quad(subject, ox.NamedNode(PROV + "wasDerivedFrom"), origin, graph)


def document_quads(node: str, document: DocumentRef, space: Namespaces) -> Iterator[ox.Quad]:
    """A document's name, hash and title."""
    graph, subject = ox.NamedNode(space.provenance), ox.NamedNode(node)
    yield ox.Quad(subject, TYPE, kg("Document"), graph)
    yield ox.Quad(subject, ox.NamedNode(DCTERMS + "identifier"), ox.Literal(document.name), graph)
    yield ox.Quad(subject, kg("contentHash"), ox.Literal(document.hash), graph)
    if document.title:
        yield ox.Quad(subject, ox.NamedNode(DCTERMS + "title"), ox.Literal(document.title), graph)


def run_quads(node: str, settings: Mapping[str, str], space: Namespaces) -> Iterator[ox.Quad]:
    """The settings behind a run."""
    graph, subject = ox.NamedNode(space.provenance), ox.NamedNode(node)
    yield ox.Quad(subject, TYPE, ox.NamedNode(PROV + "Activity"), graph)
    for key, value in sorted(settings.items()):
        yield ox.Quad(subject, kg(key), ox.Literal(value), graph)


def decision_quads(node: str, decision: Decision, space: Namespaces) -> Iterator[ox.Quad]:
    """A merge or a veto of names, or the predicates that are one relation."""
    verdict = space.relation(decision.verdict) if decision.kind == "relation" else space.entity(decision.verdict)
    graph, subject = ox.NamedNode(space.decisions), ox.NamedNode(node)
    yield ox.Quad(subject, TYPE, kg("Decision"), graph)
    yield ox.Quad(subject, kg("kind"), ox.Literal(decision.kind), graph)
    yield ox.Quad(subject, kg("rule"), ox.Literal(decision.rule), graph)
    yield ox.Quad(subject, kg("score"), decimal(decision.score), graph)
    yield ox.Quad(subject, kg("verdict"), ox.NamedNode(verdict), graph)
    for candidate in decision.candidates:
        yield ox.Quad(subject, kg("candidate"), ox.Literal(candidate), graph)


def import_quads(file: Import, space: Namespaces) -> Iterator[ox.Quad]:
    """An imported file: what it is called, its hash, how it was read, and the file that it comes from."""
    graph, subject = ox.NamedNode(space.provenance), ox.NamedNode(space.node("import", file.id))
    document = DocumentRef(file.name, file.hash)
    origin = ox.NamedNode(space.node("document", document.id))
    yield ox.Quad(subject, TYPE, kg("Import"), graph)
    yield ox.Quad(subject, TYPE, ox.NamedNode(PROV + "Entity"), graph)
    yield ox.Quad(subject, ox.NamedNode(DCTERMS + "format"), ox.Literal(file.format), graph)
    if file.base:
        yield ox.Quad(subject, kg("base"), ox.Literal(file.base), graph)
    if file.mapping:
        yield ox.Quad(subject, kg("mappingHash"), ox.Literal(file.mapping), graph)
    yield ox.Quad(subject, ox.NamedNode(PROV + "wasDerivedFrom"), origin, graph)
    yield ox.Quad(origin, TYPE, kg("SourceFile"), graph)
    yield ox.Quad(origin, kg("path"), ox.Literal(file.name), graph)
    yield ox.Quad(origin, kg("contentHash"), ox.Literal(file.hash), graph)


def update_quads(update: Update, place: int, space: Namespaces) -> Iterator[ox.Quad]:
    """A SPARQL Update and its place among those in force, from 1."""
    graph = ox.NamedNode(space.provenance)
    subject = ox.NamedNode(space.node("update", content(str(place), update.text)))
    yield ox.Quad(subject, TYPE, kg("Update"), graph)
    yield ox.Quad(subject, TYPE, ox.NamedNode(PROV + "Activity"), graph)
    yield ox.Quad(subject, kg("order"), integer(place), graph)
    yield ox.Quad(subject, kg("text"), ox.Literal(update.text), graph)


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
