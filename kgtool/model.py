"""The things that flow through kgtool: frozen, comparable, and to and from JSON.

Offsets are code points of the document's text as it was read: ``document.text[begin:end] == quote``.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self

Status = Literal["asserted", "negated", "hedged", "attributed", "unsupported", "inferred"]
"""What the sentence does with the statement. Only ``asserted`` ones are published as facts; what no sentence states and
a model predicts is ``inferred``."""

XSD = "http://www.w3.org/2001/XMLSchema#"


def digest(*parts: str) -> str:
    """SHA-256 of the parts, each preceded by its length so that no two lists of parts run together; 64 hex digits."""
    data = [part.encode("utf-8", "surrogatepass") for part in parts]
    return hashlib.sha256(b"".join(b"%d:%s" % (len(d), d) for d in data)).hexdigest()


CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return CANONICAL.encode(value)


@dataclass(frozen=True, order=True)
class Document:
    """A text with the name under which it was given (relative to its PATH, never absolute).

    ``anchors`` are the places in it that have a name, such as "page 3" or "#history": the offset where each begins,
    ascending, and its label.
    """

    name: str
    text: str = field(repr=False)
    title: str = ""
    anchors: tuple[tuple[int, str], ...] = ()

    @property
    def hash(self) -> str:
        """Hash of title, text and anchors; the name is not part of it."""
        return digest(self.title, self.text, *([canonical_json(self.anchors)] if self.anchors else []))

    def anchor(self, offset: int) -> str:
        """The label of the nearest anchor at or before an offset; empty when there is none."""
        place = bisect_right(self.anchors, offset, key=lambda a: a[0])
        return self.anchors[place - 1][1] if place else ""


@dataclass(frozen=True, order=True)
class Chunk:
    """A piece of a document that is extracted at once; ``begin`` and ``end`` are its offsets in the document."""

    document: str
    begin: int
    end: int
    text: str = field(repr=False)
    title: str = ""
    anchor: str = ""

    @property
    def id(self) -> str:
        """The chunk's name inside its document."""
        return f"{self.begin}-{self.end}"

    @property
    def key(self) -> str:
        """Hash of all that an extractor sees; equal chunks of different documents are extracted once."""
        return digest(self.title, self.text)


@dataclass(frozen=True, order=True)
class Evidence:
    """Where a triple was found: the sentence that supports it, and who read it there."""

    document: str
    chunk: str
    begin: int
    end: int
    quote: str
    extractor: str
    model: str = ""
    prompt: str = ""
    anchor: str = ""


@dataclass(frozen=True, order=True)
class Triple:
    """A statement in the words of its document, with the evidence for it.

    ``value`` and ``datatype`` (a name of XML Schema, such as ``date``) are the typed form of a literal object.
    """

    subject: str
    predicate: str
    object: str
    predicate_lemma: str = ""
    predicate_id: str = ""
    subject_type: str = ""
    object_type: str = ""
    value: str = ""
    datatype: str = ""
    confidence: float = 1.0
    status: Status = "asserted"
    evidence: Evidence = Evidence("", "", 0, 0, "", "")

    def to_json(self) -> dict[str, Any]:
        """One flat object, as ``kgtool extract`` writes it; empty optional keys are left out."""
        row = {**vars(self), **vars(self.evidence)}
        return {k: v for k, v in row.items() if k != "evidence" and (v != "" or k not in OPTIONAL_KEYS)}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote; unknown keys are ignored, so that newer files can be read.

        Raises:
            KeyError: when ``subject``, ``predicate`` or ``object`` is missing.
        """
        own = {name: row[name] for name in TRIPLE_KEYS if name in row}
        missing = {"subject", "predicate", "object"} - own.keys()
        if missing:
            raise KeyError(", ".join(sorted(missing)))
        defaults = {"document": "", "chunk": "", "begin": 0, "end": 0, "quote": "", "extractor": ""}
        evidence = Evidence(*(row.get(name, defaults.get(name, "")) for name in EVIDENCE_KEYS))
        return cls(evidence=evidence, **own)

    def moved(self, document: str, chunk: str, offset: int, anchor: str = "") -> Triple:
        """The same triple found in another place, ``offset`` code points further on."""
        old = self.evidence
        begin, end = old.begin + offset, old.end + offset
        place = Evidence(document, chunk, begin, end, old.quote, old.extractor, old.model, old.prompt, anchor)
        return Triple(**{**vars(self), "evidence": place})


TRIPLE_KEYS = tuple(f.name for f in fields(Triple) if f.name != "evidence")
EVIDENCE_KEYS = tuple(f.name for f in fields(Evidence))
OPTIONAL_KEYS = frozenset(
    {"predicate_lemma", "predicate_id", "subject_type", "object_type", "value", "datatype", "model", "prompt", "anchor"}
)


@dataclass(frozen=True, order=True)
class Entity:
    """A thing of the graph: its identifier (the last part of its IRI), canonical name, other names and type."""

    id: str
    label: str
    aliases: tuple[str, ...] = ()
    type: str = ""


@dataclass(frozen=True, order=True)
class Relation:
    """A predicate of the graph, named by its most frequent surface form."""

    id: str
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Ruling:
    """A person's word about two names: that they are the ``same`` thing, or ``different`` ones."""

    kind: Literal["same", "different"]
    a: str
    b: str


@dataclass(frozen=True, order=True)
class Tombstone:
    """Something that is not to come back, as a digest; :mod:`kgtool.tombstones` says of what."""

    kind: Literal["place", "content", "document", "name", "triple"]
    digest: str


@dataclass(frozen=True, order=True)
class Import:
    """A file whose statements are taken over as they are.

    ``place`` says which file it replaces (its absolute path, or what standard input was called; never in the graph),
    ``name`` is what the graph calls it, ``hash`` is of its bytes (uncompressed), ``format`` and ``base`` are how it was
    read, ``mapping`` is the hash of the rules that made statements of a table. ``blob`` names the statements, of which
    there are ``statements`` (one that is repeated counts each time).
    """

    place: str
    name: str
    hash: str
    format: str
    base: str
    mapping: str
    blob: str = ""
    statements: int = 0

    @property
    def id(self) -> str:
        """All of it but the place, as a digest of 32 hex digits."""
        return digest(self.name, self.hash, self.format, self.base, self.mapping, self.blob)[:32]


@dataclass(frozen=True, order=True)
class Update:
    """A SPARQL Update that somebody gave; ``number`` is its place in their order."""

    number: int
    text: str

    @property
    def hash(self) -> str:
        """The digest of its text."""
        return digest(self.text)


@dataclass(frozen=True, order=True)
class Layers:
    """What lies above the fused statements: imports and updates in force, and the shapes that statements must fit."""

    imports: tuple[Import, ...] = ()
    updates: tuple[Update, ...] = ()
    shapes: str = ""
    """As :mod:`kgtool.store.shapes` reads them; empty without any."""

    @property
    def keys(self) -> list[str]:
        """The imports by their digests, sorted, each once."""
        return sorted({i.id for i in self.imports})

    @property
    def steps(self) -> list[str]:
        """The digests of what is done to the graph after imports: the updates in order, and the shapes at last."""
        return [*(u.hash for u in self.updates), *([digest("shapes", self.shapes)] if self.shapes else [])]

    @property
    def imported(self) -> str:
        """What names the set of imports; empty without any."""
        return digest(*self.keys)[:16] if self.imports else ""

    def revision(self, fused: str) -> str:
        """The name of a revision of these over what was fused; that of the latter where there is nothing above it."""
        above = [self.imported, *self.steps]
        return digest(fused, *above)[:16] if any(above) else fused


NOTHING_ABOVE = Layers()


@dataclass(frozen=True, order=True)
class Gate:
    """What shapes did to a graph.

    ``statements`` were quarantined; ``reported`` violations have no statement that could be. Of the figures of what was
    fused, ``triples``, ``inferred`` (among these), ``entities`` and ``relations`` are to be taken off.
    """

    statements: int = 0
    reported: int = 0
    triples: int = 0
    inferred: int = 0
    entities: int = 0
    relations: int = 0


NO_GATE = Gate()


@dataclass(frozen=True, order=True)
class Policy:
    """What the user says about a relation; ``inverse`` and ``disjoint`` name other relations."""

    functional: bool = False
    symmetric: bool = False
    asymmetric: bool = False
    inverse: str = ""
    disjoint: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class LiteralValue:
    """A typed literal: lexical form, XML Schema name, and the unit where the text gives one."""

    value: str
    datatype: str = "string"


@dataclass(frozen=True, order=True)
class Statement:
    """A fused statement: identifiers instead of words, and the input triples (by number) that carry it."""

    subject: str
    predicate: str
    object: str | LiteralValue
    status: str
    confidence: float
    support: int
    sources: tuple[int, ...]
    reason: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Subject, predicate, object and datatype (empty for entities) as text."""
        if isinstance(self.object, LiteralValue):
            return (self.subject, self.predicate, self.object.value, self.object.datatype)
        return (self.subject, self.predicate, self.object, "")


@dataclass(frozen=True, order=True)
class Decision:
    """Why names are one entity or are not, or predicates one relation: what ``kgtool explain`` shows about them."""

    kind: str
    rule: str
    candidates: tuple[str, ...]
    verdict: str
    score: float = 1.0

    def to_json(self) -> dict[str, Any]:
        """As ``explain --json`` shows it."""
        return {**vars(self), "candidates": list(self.candidates)}


@dataclass(frozen=True, order=True)
class Unanswered:
    """What a model was asked in vain, so that it is as without a model; ``remote``: the endpoint failed, not it."""

    about: str
    error: str
    remote: bool


@dataclass(frozen=True)
class Fusion:
    """The result of fusing triples: one graph, and the decisions behind it."""

    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...]
    statements: tuple[Statement, ...]
    decisions: tuple[Decision, ...]
    unanswered: tuple[Unanswered, ...] = ()


@dataclass(frozen=True, order=True)
class Step:
    """One hop of a path: a relation (IRI) walked forwards or backwards."""

    relation: str
    forward: bool

    @property
    def inverse(self) -> Step:
        """The way back."""
        return Step(self.relation, not self.forward)


@dataclass(frozen=True)
class Citation:
    """A triple that an answer rests on, with one piece of its evidence (empty strings where the graph has none)."""

    subject: str
    predicate: str
    object: str
    direction: Literal["forward", "backward"]
    document: str = ""
    begin: int = 0
    end: int = 0
    quote: str = ""
    extractor: str = ""
    confidence: float = 1.0
    anchor: str = ""
    justification: str = ""
    """Of a statement that is inferred, asserted by a person, or withheld: from what, or why."""
    terms: tuple[str, str, str] | tuple[()] = ()
    """Subject, predicate and object as SPARQL writes them."""

    def to_json(self) -> dict[str, Any]:
        """One object; anchor, justification and terms only where there are some."""
        row = {k: v for k, v in asdict(self).items() if k not in {"anchor", "justification", "terms"} or v}
        return row | ({"terms": list(self.terms)} if self.terms else {})


@dataclass(frozen=True, order=True)
class Passage:
    """A sentence of a document that may say what a question asks for: text evidence, not an answer of the graph."""

    document: str
    begin: int
    end: int
    quote: str


@dataclass(frozen=True)
class Homonym:
    """A name in a question that several things have: ``iris``, sorted; ``iri`` is the one that an answer
    is about, empty where there is no answer."""

    name: str
    iri: str
    iris: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What ``reason`` gives: a set of labels and IRIs, the query that finds them, and the triples cited."""

    question: str
    answers: tuple[str, ...] = ()
    iris: tuple[str, ...] = ()
    confidence: float = 0.0
    abstained: bool = False
    reason: str = ""
    sparql: str = ""
    evidence: tuple[Citation, ...] = ()
    contested: tuple[Citation, ...] = ()
    """What the documents say against the evidence; numbered after it in the text."""
    text: str = ""
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0
    reasoner: str = ""
    id: str = ""
    text_evidence: tuple[Passage, ...] = ()
    """Sentences beside the answer, or in place of one; the graph does not say what they say."""
    basis: str = ""
    """What it rests on, where that is no path: ``unverified`` (a query of a model's that no path confirms), ``model``
    (what a model knows)."""
    notes: tuple[str, ...] = ()
    """What was done without the model that should take part, and why; what of the question was not read."""
    homonyms: tuple[Homonym, ...] = ()
    """Names of the question that several things have."""

    def to_json(self) -> dict[str, Any]:
        """One object, as ``reason --json`` writes it; what few answers have only where there is some."""
        row = asdict(self)
        row |= {"answers": list(self.answers), "iris": list(self.iris)}
        row["evidence"] = [c.to_json() for c in self.evidence]
        row["contested"] = [c.to_json() for c in self.contested]
        row["text_evidence"] = [asdict(p) for p in self.text_evidence]
        row["notes"] = list(self.notes)
        row["homonyms"] = [{"name": h.name, "iri": h.iri, "iris": list(h.iris)} for h in self.homonyms]
        optional = {"reason", "contested", "text_evidence", "basis", "notes", "homonyms"}
        return {k: v for k, v in row.items() if v or k not in optional}
