"""Facts with what supports them: status, confidence, documents, sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kgtool.ports import Store

Fact = tuple[str, str, str]
"""Subject, relation and object, each as SPARQL writes it."""

STATEMENTS = """
SELECT ?s ?p ?o ?node ?status ?confidence ?support ?reason WHERE {
  GRAPH ?g {
    VALUES ?s { %s }
    ?node rdf:subject ?s . ?node rdf:predicate ?p ; rdf:object ?o ; a kg:Statement ; kg:status ?status ;
      kg:confidence ?confidence ; kg:support ?support
    OPTIONAL { ?node kg:reason ?reason }
  }
}
"""
EVIDENCE = """
SELECT ?node ?quote ?document ?begin ?end ?anchor WHERE {
  GRAPH ?g {
    VALUES ?node { %s }
    ?e kg:evidenceFor ?node ; kg:status "asserted" ; oa:exact ?quote ; nif:beginIndex ?begin ; nif:endIndex ?end ;
      prov:wasDerivedFrom ?chunk .
    ?chunk prov:wasDerivedFrom/dcterms:identifier ?document
    OPTIONAL { ?chunk kg:anchor ?anchor }
  }
}
"""
BATCH = 100
"""Subjects, or statements, that are asked for at once."""


@dataclass(frozen=True, order=True)
class Quote:
    """A sentence that asserts a fact: its document and offsets there, in code points."""

    document: str
    begin: int
    end: int
    text: str
    anchor: str = ""

    @property
    def place(self) -> str:
        """Where it is written."""
        return ", ".join(filter(None, (self.document, self.anchor, f"{self.begin}–{self.end}")))


@dataclass
class Support:
    """What is known of a fact; of one that came without provenance nothing is."""

    status: str = ""
    confidence: float | None = None
    documents: int = 0
    reason: str = ""
    quotes: list[Quote] = field(default_factory=list)

    @property
    def sources(self) -> list[str]:
        """The names of the documents that assert it."""
        return sorted({q.document for q in self.quotes})


def supported(store: Store, facts: Iterable[Fact]) -> Mapping[Fact, Support]:
    """What supports facts; quotes in the order of documents and offsets. Facts of blank nodes have nothing.

    All statements of a subject are read and sifted here: asked for one by one, each of the n facts of a subject would
    be looked for among all n. ``VALUES`` stands within the graph's braces: outside, the engine reads all statements.
    """
    found: defaultdict[Fact, Support] = defaultdict(Support)
    known = {fact for fact in facts if not any(part.startswith("_:") for part in fact)}
    carried: dict[str, Fact] = {}
    for subjects in batches(sorted({s for s, _, _ in known})):
        for s, p, o, node, status, confidence, support, reason in store.query(STATEMENTS % subjects).rows():
            fact = (str(s), str(p), str(o))
            if fact in known:
                carried[str(node)] = fact
                found[fact] = Support(status.value, float(confidence.value), int(support.value), text(reason))
    for nodes in batches(sorted(carried)):
        for node, quote, document, begin, end, anchor in store.query(EVIDENCE % nodes).rows():
            place = Quote(document.value, int(begin.value), int(end.value), quote.value, text(anchor))
            found[carried[str(node)]].quotes.append(place)
    for fact in carried.values():
        found[fact].quotes = sorted(set(found[fact].quotes))
    return found


def batches(terms: Sequence[str]) -> Iterator[str]:
    """Terms as SPARQL lists them, some at a time."""
    for begin in range(0, len(terms), BATCH):
        yield " ".join(terms[begin : begin + BATCH])


def text(term: Any) -> str:
    """A term's text; empty for None."""
    return "" if term is None else str(term.value)
