"""From a path to an answer: one SPARQL query whose bindings are the answer set, and the sentences behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from kgtool.model import Answer, Citation, Step
from kgtool.ports import Store
from kgtool.reason.expand import Card, batches, is_iri, local_name
from kgtool.reason.question import CLASSES, DATES, Question

MAX_CITED = 20
"""Most triples cited; the query finds them all."""

EVIDENCE = """
SELECT ?name ?begin ?end ?quote ?extractor ?confidence ?anchor WHERE {
  GRAPH ?g {
    ?evidence rdf:subject %s ; rdf:predicate %s ; rdf:object %s ; oa:exact ?quote ; kg:status "asserted" ;
      kg:confidence ?confidence ; nif:beginIndex ?begin ; nif:endIndex ?end ;
      prov:wasGeneratedBy/kg:extractor ?extractor ; prov:wasDerivedFrom ?chunk .
    ?chunk prov:wasDerivedFrom/dcterms:identifier ?name
    OPTIONAL { ?chunk kg:anchor ?anchor }
  }
} ORDER BY DESC(?confidence) ?name ?begin LIMIT 1
"""
INFERRED = """
SELECT ?confidence ?reason WHERE {
  GRAPH ?g {
    ?node a kg:Statement ; rdf:subject %s ; rdf:predicate %s ; rdf:object %s ; kg:status "inferred" ;
      kg:confidence ?confidence ; kg:reason ?reason
  }
}
"""
NAMES = "SELECT ?node (MIN(?l) AS ?label) WHERE { VALUES ?node { %s } ?node rdfs:label ?l } GROUP BY ?node"
CLASSES_OF = "SELECT ?node ?class WHERE { VALUES ?node { %s } ?node a ?class }"


def compose(
    store: Store, card: Card, question: Question, anchor: str, steps: Sequence[Step], confidence: float
) -> Answer:
    """The answer of a path: run its query, name the bindings, cite the triples."""
    query = sparql(anchor, steps, constraint(store, question, anchor, steps))
    rows = list(store.query(query).rows())
    found = sorted({row[-1] for row in rows}, key=str)
    label = labels(store, [term for row in rows for term in row])
    cited = cite(store, card, anchor, steps, rows, label)
    ranked = sorted((label[t], t) for t in found)
    return Answer(
        question.text,
        answers=tuple(name for name, _ in ranked),
        iris=tuple(t.value for _, t in ranked if is_iri(t)),
        confidence=confidence,
        sparql=query,
        evidence=cited,
        text=tell(cited),
    )


def sparql(anchor: str, steps: Sequence[Step], constraint: str = "") -> str:
    """The path as a SELECT of its nodes; the last variable is the answer."""
    nodes = [f"<{anchor}>", *(f"?x{i}" for i in range(1, len(steps))), "?answer"]
    patterns = []
    for step, here, there in zip(steps, nodes, nodes[1:], strict=False):
        subject, other = (here, there) if step.forward else (there, here)
        patterns.append(f"  {subject} <{step.relation}> {other} .")
    if constraint:
        patterns.append(f"  {constraint}")
    return "\n".join([f"SELECT DISTINCT {' '.join(nodes[1:])} WHERE {{", *patterns, "}"])


def constraint(store: Store, question: Question, anchor: str, steps: Sequence[Step]) -> str:
    """The kind of answer as a pattern, where some binding fits it."""
    if question.kind == "date":
        wanted = ", ".join(f"<{d}>" for d in DATES)
        pattern = f"FILTER(DATATYPE(?answer) IN ({wanted}))"
    elif question.kind in CLASSES:
        pattern = f"?answer a <{CLASSES[question.kind]}> ."
    else:
        return ""
    return pattern if any(store.query(sparql(anchor, steps, pattern)).rows()) else ""


def labels(store: Store, terms: Iterable[Any]) -> dict[Any, str]:
    """Names of terms: the first label, else the end of the IRI; a literal's text."""
    distinct = sorted(set(terms), key=str)
    found = {t: local_name(t.value) if is_iri(t) else t.value for t in distinct}
    for batch in batches([t for t in distinct if is_iri(t)], 500):
        for node, label in store.query(NAMES % " ".join(map(str, batch))).rows():
            found[node] = label.value
    return found


def classes(store: Store, nodes: Sequence[Any]) -> dict[Any, set[str]]:
    """The classes of nodes; an empty set where none is known."""
    found: dict[Any, set[str]] = {n: set() for n in nodes}
    for batch in batches(list(nodes), 500):
        for node, kind in store.query(CLASSES_OF % " ".join(map(str, batch))).rows():
            found[node].add(kind.value)
    return found


def cite(
    store: Store, card: Card, anchor: str, steps: Sequence[Step], rows: Sequence[tuple[Any, ...]], label: dict[Any, str]
) -> tuple[Citation, ...]:
    """The triples of the paths, each with its best evidence."""
    from pyoxigraph import NamedNode

    start = NamedNode(anchor)
    label = labels(store, [start]) | label
    used: dict[tuple[Any, str, Any], bool] = defaultdict(bool)
    for row in sorted(rows, key=str):
        for step, here, there in zip(steps, (start, *row), row, strict=False):
            triple = (here, step.relation, there) if step.forward else (there, step.relation, here)
            used[triple] = step.forward
    cited = []
    for (subject, relation, other), forward in list(used.items())[:MAX_CITED]:
        names = (label[subject], card.label(relation), label[other])
        direction: Literal["forward", "backward"] = "forward" if forward else "backward"
        cited.append(citation(store, (subject, f"<{relation}>", other), Citation(*names, direction)))
    return tuple(cited)


def citation(store: Store, triple: tuple[Any, str, Any], bare: Citation) -> Citation:
    """A triple with its best evidence, or with what it was inferred from."""
    for name, begin, end, quote, extractor, sure, anchor in store.query(EVIDENCE % triple).rows():
        return replace(
            bare, document=name.value, begin=int(begin.value), end=int(end.value), quote=quote.value,
            extractor=extractor.value, confidence=float(sure.value), anchor=anchor.value if anchor else "",
        )  # fmt: skip
    for sure, reason in store.query(INFERRED % triple).rows():
        return replace(bare, confidence=float(sure.value), justification=reason.value)
    return bare


def tell(cited: Sequence[Citation]) -> str:
    """One sentence per cited triple, each with its number."""
    return " ".join(f"{c.subject} {c.predicate} {c.object} [{i}]." for i, c in enumerate(cited, 1))
