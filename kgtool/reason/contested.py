"""What the documents say against a cited fact: sentences that deny it, and statements that lost against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kgtool.model import Citation
from kgtool.ports import Store

DENIED = """
SELECT ?name ?begin ?end ?quote ?extractor ?confidence ?anchor WHERE {
  GRAPH ?g {
    ?evidence rdf:subject %s ; rdf:predicate %s ; rdf:object %s ; oa:exact ?quote ; kg:status "negated" ;
      kg:confidence ?confidence ; nif:beginIndex ?begin ; nif:endIndex ?end ;
      prov:wasGeneratedBy/kg:extractor ?extractor ; prov:wasDerivedFrom ?chunk .
    ?chunk prov:wasDerivedFrom/dcterms:identifier ?name
    OPTIONAL { ?chunk kg:anchor ?anchor }
  }
} ORDER BY DESC(?confidence) ?name ?begin LIMIT 1
"""
LOST = """
SELECT ?object ?label ?reason ?name ?begin ?end ?quote ?extractor ?confidence ?anchor WHERE {
  GRAPH ?g {
    ?statement rdf:subject %s ; rdf:predicate %s ; rdf:object ?object ; kg:status "loser" ; kg:reason ?reason .
    FILTER(CONTAINS(?reason, $winner))
    ?evidence kg:evidenceFor ?statement ; oa:exact ?quote ; kg:status "asserted" ; kg:objectText ?label ;
      kg:confidence ?confidence ; nif:beginIndex ?begin ; nif:endIndex ?end ;
      prov:wasGeneratedBy/kg:extractor ?extractor ; prov:wasDerivedFrom ?chunk .
    ?chunk prov:wasDerivedFrom/dcterms:identifier ?name
    OPTIONAL { ?chunk kg:anchor ?anchor }
  }
} ORDER BY ?object DESC(?confidence) ?name ?begin
"""
DENIES = "the text denies it"


def against(store: Store, cited: Citation) -> Iterator[Citation]:
    """The best sentence of each statement against a cited one, which has its terms."""
    from pyoxigraph import Literal

    bare = replace(cited, justification="")
    for name, begin, end, quote, extractor, sure, anchor in store.query(DENIED % cited.terms).rows():
        yield replace(
            bare, document=name.value, begin=int(begin.value), end=int(end.value), quote=quote.value,
            extractor=extractor.value, confidence=float(sure.value), anchor=anchor.value if anchor else "",
            justification=DENIES,
        )  # fmt: skip
    seen = set()
    subject, predicate, other = cited.terms or ("", "", "")
    winner = Literal(other[1:-1].rsplit("/", 1)[-1] if other.startswith("<") else other[1:].split('"')[0])
    rows = store.query(LOST % (subject, predicate), parameters={"winner": winner}).rows()
    for found, label, reason, name, begin, end, quote, extractor, sure, anchor in rows:
        if found not in seen:
            seen.add(found)
            yield replace(
                bare, object=label.value, document=name.value, begin=int(begin.value), end=int(end.value),
                quote=quote.value, extractor=extractor.value, confidence=float(sure.value),
                anchor=anchor.value if anchor else "", justification=reason.value,
                terms=(subject, predicate, str(found)),
            )  # fmt: skip
