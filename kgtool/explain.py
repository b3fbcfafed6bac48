"""Why the graph holds a statement, or does not, and why names are one entity: evidence, and decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kgtool.errors import NotFoundError, UsageError
from kgtool.fuse import names
from kgtool.ports import Store
from kgtool.store.vocabulary import RDF, SHACL

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
QUARANTINED = """
SELECT ?violation ?s ?p ?o ("quarantined" AS ?status) (STR(?message) AS ?reason) (0.0 AS ?confidence) (0 AS ?support) {
  VALUES ?s { %s } VALUES ?p { %s } VALUES ?o { %s }
  GRAPH g:quarantine { ?violation rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; sh:resultMessage ?message }
}
"""
"""A statement that shapes reject and no sentence says: an imported one, or one of an update."""
PREFIX = f"PREFIX sh: <{SHACL}>\n"
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
LOSERS = """
SELECT ?s ?p ?o ?reason WHERE {
  GRAPH ?g {
    ?node kg:status "loser" ; kg:reason ?reason ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o
    FILTER(CONTAINS(?reason, $winner))
  }
} ORDER BY ?s ?p ?o
"""
CALLED = """
SELECT ?name (COUNT(DISTINCT ?e) AS ?times) (COUNT(DISTINCT ?document) AS ?documents) WHERE {
  GRAPH ?g {
    { ?e rdf:subject %(entity)s ; kg:subjectText ?name } UNION { ?e rdf:object %(entity)s ; kg:objectText ?name }
    ?e prov:wasDerivedFrom/prov:wasDerivedFrom ?document
  }
} GROUP BY ?name ORDER BY DESC(?times) ?name
"""
LABELLED = """
SELECT ?label ?class WHERE { %s rdfs:label ?label OPTIONAL { %s a ?class } } ORDER BY ?class
"""
APART = """
SELECT ?d ?kind ?rule ?score ?verdict ?candidate WHERE {
  { SELECT DISTINCT ?d WHERE { VALUES ?name { %s } GRAPH ?g { ?d kg:candidate ?name } } }
  GRAPH ?g { ?d kg:verdict ?verdict ; kg:kind ?kind ; kg:rule ?rule ; kg:score ?score ; kg:candidate ?candidate }
} ORDER BY ?d ?candidate
"""


@dataclass(frozen=True)
class EntityExplanation:
    """An entity with its names and the decisions about them; the keys of ``explain NAME --json``.

    ``names`` are rows of ``name``, ``times`` (triples that have it at an end), ``documents`` (how many) and
    ``decisions``, those that made the name one of the entity's: none where it differs from the label only in case,
    article or plural. ``apart`` are decisions that keep others away, and questions that are open.
    """

    entity: str
    label: str
    types: tuple[str, ...]
    names: tuple[dict[str, Any], ...]
    apart: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in vars(self).items()}


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
    losers: tuple[dict[str, Any], ...] = ()
    """Statements that this one excludes: ``triple`` and ``reason``."""

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
        losers=tuple(losers(store, (s, p, o))),
    )


def losers(store: Store, winner: tuple[Any, Any, Any]) -> Iterator[dict[str, Any]]:
    """The statements that lost against another, which their reasons name by its identifiers."""
    from pyoxigraph import Literal

    (bases,) = store.query("SELECT (STR(e:) AS ?e) (STR(r:) AS ?r) {}").rows()
    entity, relation = (term.value for term in bases)
    said = " ".join(term.value.removeprefix(entity).removeprefix(relation) for term in winner)
    for s, p, o, reason in store.query(LOSERS, parameters={"winner": Literal(f": {said} ")}).rows():
        yield {"triple": (s.value, p.value, o.value), "reason": reason.value}


def explain_entity(store: Store, name: str) -> EntityExplanation:
    """Explain an entity: its names, each with the decisions that brought it in, and what is kept apart from it.

    Args:
        store: the graph with its provenance.
        name: an IRI, or a label, alias or surface form, compared without case.

    Raises:
        NotFoundError: when nothing has the name.
        UsageError: when several entities have it.
    """
    found = [(t, rows) for t in terms(store, name) if (rows := labelled(store, t))]
    if not found:
        raise NotFoundError(f"nothing in the graph is called {name!r}", "see what is there: kgtool query @top")
    own = [(t, rows) for t, rows in found if rows[0][0].value.casefold() == name.casefold()] or found
    if len(own) > 1:
        raise UsageError(f"{name!r} may be {' or '.join(str(t) for t, _ in own)}", "give the IRI of the one you mean")
    ((node, rows),) = own
    merges = [d for d in decisions(store, [node]) if d["kind"] == "merge"]
    called = [row_of(row, merges) for row in store.query(CALLED % {"entity": node}).rows()]
    keys = {names.key(row["name"]) for row in called}
    shown = sorted({c for d in merges for c in d["candidates"] if names.key(c) in keys} | {r["name"] for r in called})
    return EntityExplanation(
        entity=node.value,
        label=rows[0][0].value,
        types=tuple(kind.value for _, kind in rows if kind is not None),
        names=tuple(called),
        apart=tuple(d for d in told(store, APART % texts(shown)) if d["kind"] != "merge"),
    )


def labelled(store: Store, term: Any) -> list[tuple[Any, ...]]:
    """Label and classes of an entity; nothing for what is none."""
    is_iri = str(term).startswith("<")
    rows = list(store.query(LABELLED % (term, term)).rows()) if is_iri else []
    return [] if any(kind is not None and kind.value == RDF + "Property" for _, kind in rows) else rows


def row_of(row: tuple[Any, ...], merges: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A name of an entity with the decisions about it."""
    name, times, documents = (term.value for term in row)
    key = names.key(name)
    brought = [d for d in merges if any(names.key(c) == key for c in d["candidates"])]
    return {"name": name, "times": int(times), "documents": int(documents), "decisions": brought}


def texts(values: Iterable[str]) -> str:
    """Literals as the values of a VALUES clause."""
    from pyoxigraph import Literal

    return " ".join(str(Literal(v)) for v in values)


def statements(store: Store, subject: str, predicate: str, object: str) -> list[tuple[Any, ...]]:
    """The statements that the words may mean, the likeliest first: node, three terms, status, reason, and figures.

    Raises:
        NotFoundError: when there is none.
    """
    ends = [terms(store, name) for name in (subject, predicate, object)]
    for name, found in zip((subject, predicate, object), ends, strict=True):
        if not found:
            raise NotFoundError(f"nothing in the graph is called {name!r}", "see what is there: kgtool query @top")
    wanted = tuple(" ".join(map(str, found)) for found in ends)
    rows = list(store.query(STATEMENTS % wanted).rows()) or list(store.query(PREFIX + QUARANTINED % wanted).rows())
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
    return told(store, DECISIONS % " ".join(map(str, parts)))


def told(store: Store, query: str) -> list[dict[str, Any]]:
    """The decisions that a query finds, one candidate a row."""
    found: dict[str, dict[str, Any]] = {}
    for node, kind, rule, score, verdict, candidate in store.query(query).rows():
        row = {
            "kind": kind.value,
            "rule": rule.value,
            "score": float(score.value),
            "candidates": [],
            "verdict": verdict.value,
        }
        found.setdefault(str(node), row)["candidates"].append(candidate.value)
    return list(found.values())
