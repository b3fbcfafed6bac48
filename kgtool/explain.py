"""Why the graph holds a statement, or does not: its evidence and the decisions about its terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kgtool.errors import NotFoundError, UsageError
from kgtool.ports import Store

NAMED = """
SELECT DISTINCT ?term WHERE {
  { ?term rdfs:label|skos:altLabel ?name }
  UNION { GRAPH ?g { ?e kg:subjectText ?name ; rdf:subject ?term } }
  UNION { GRAPH ?g { ?e kg:predicateText ?name ; rdf:predicate ?term } }
  UNION { GRAPH ?g { ?e kg:objectText ?name ; rdf:object ?term } }
  UNION { GRAPH ?g { ?e rdf:object ?term } FILTER(isLiteral(?term)) BIND(STR(?term) AS ?name) }
  FILTER(LCASE(STR(?name)) = LCASE($name))
}
"""
STATEMENTS = """
SELECT ?node ?s ?p ?o ?status ?reason ?confidence ?support WHERE {
  VALUES ?s { %s } VALUES ?p { %s } VALUES ?o { %s }
  GRAPH ?g {
    ?node a kg:Statement ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ;
      kg:status ?status ; kg:confidence ?confidence ; kg:support ?support
    OPTIONAL { ?node kg:reason ?reason }
  }
}
"""
EVIDENCE = """
SELECT ?subject ?predicate ?object ?status ?confidence ?document ?begin ?end ?quote ?extractor ?model ?anchor WHERE {
  GRAPH ?g {
    ?e kg:evidenceFor %s ; kg:subjectText ?subject ; kg:predicateText ?predicate ; kg:objectText ?object ;
      kg:status ?status ; kg:confidence ?confidence ; oa:exact ?quote ; nif:beginIndex ?begin ; nif:endIndex ?end ;
      prov:wasDerivedFrom ?chunk ; prov:wasGeneratedBy ?run .
    ?chunk prov:wasDerivedFrom/dcterms:identifier ?document .
    ?run kg:extractor ?extractor
    OPTIONAL { ?run kg:model ?model }
    OPTIONAL { ?chunk kg:anchor ?anchor }
  }
} ORDER BY ?document ?begin ?subject ?predicate ?object
"""
DECISIONS = """
SELECT ?d ?kind ?rule ?score ?verdict ?candidate WHERE {
  VALUES ?verdict { %s }
  GRAPH ?g { ?d kg:verdict ?verdict ; kg:kind ?kind ; kg:rule ?rule ; kg:score ?score ; kg:candidate ?candidate }
} ORDER BY ?d ?candidate
"""


@dataclass(frozen=True)
class Explanation:
    """A statement with all that is known about it; the keys of ``explain --json``."""

    triple: tuple[str, str, str]
    status: str
    confidence: float
    support: int
    evidence: tuple[dict[str, Any], ...]
    decisions: tuple[dict[str, Any], ...]
    reason: str = ""
    others: tuple[tuple[str, str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in vars(self).items()}


def explain(store: Store, subject: str, predicate: str, object: str) -> Explanation:
    """Explain a statement.

    Args:
        store: the graph with its provenance.
        subject: an IRI, or a label, alias or surface form, compared without case.
        predicate: likewise.
        object: likewise, or the text of a literal.

    Raises:
        NotFoundError: when no sentence was read so, neither published nor withheld.
    """
    rows = statements(store, subject, predicate, object)
    node, s, p, o, status, reason, confidence, support = rows[0]
    return Explanation(
        triple=(s.value, p.value, o.value),
        status=status.value,
        confidence=float(confidence.value),
        support=int(support.value),
        evidence=tuple(evidence(store, node)),
        decisions=tuple(decisions(store, [t for t in (s, p, o) if str(t).startswith("<")])),
        reason=reason.value if reason else "",
        others=tuple((r[1].value, r[2].value, r[3].value) for r in rows[1:]),
    )


def statements(store: Store, subject: str, predicate: str, object: str) -> list[tuple[Any, ...]]:
    """The statements that the words may mean, the likeliest first: node, three terms, status, reason, and figures.

    Raises:
        NotFoundError: when there is none.
    """
    ends = [terms(store, name) for name in (subject, predicate, object)]
    for name, found in zip((subject, predicate, object), ends, strict=True):
        if not found:
            raise NotFoundError(f"nothing in the graph is called {name!r}", "see what is there: kgtool query @top")
    rows = list(store.query(STATEMENTS % tuple(" ".join(map(str, found)) for found in ends)).rows())
    if not rows:
        raise NotFoundError(
            f"no sentence says: {subject} – {predicate} – {object}", "try kgtool query @about --param name=…"
        )
    return sorted(rows, key=lambda r: (r[4].value != "published", -int(r[7].value), -float(r[6].value), str(r[0])))


def terms(store: Store, name: str) -> list[Any]:
    """The terms that a name stands for.

    Raises:
        UsageError: for an IRI that is none.
    """
    from pyoxigraph import Literal, NamedNode

    if "://" in name:
        try:
            return [NamedNode(name.strip("<>"))]
        except ValueError as error:
            raise UsageError(f"{name!r} is no IRI: {error}", "write spaces as %20 or _, or give a name") from error
    found = {row[0] for row in store.query(NAMED, parameters={"name": Literal(name)}).rows()}
    return sorted((t for t in found if not str(t).startswith("_:")), key=str)


def evidence(store: Store, node: Any) -> list[dict[str, Any]]:
    """The sentences behind a statement."""
    results = store.query(EVIDENCE % node)
    rows = []
    for row in results.rows():
        values = {k: term.value for k, term in zip(results.variables, row, strict=True) if term is not None}
        rows.append(
            values
            | {"begin": int(values["begin"]), "end": int(values["end"]), "confidence": float(values["confidence"])}
        )
    return rows


def decisions(store: Store, parts: list[Any]) -> list[dict[str, Any]]:
    """The decisions that made the entities and relations what they are."""
    found: dict[str, dict[str, Any]] = {}
    for node, kind, rule, score, verdict, candidate in store.query(DECISIONS % " ".join(map(str, parts))).rows():
        row = {
            "kind": kind.value,
            "rule": rule.value,
            "score": float(score.value),
            "candidates": [],
            "verdict": verdict.value,
        }
        found.setdefault(str(node), row)["candidates"].append(candidate.value)
    return list(found.values())
