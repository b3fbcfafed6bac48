"""Rows with the documents of their facts, and how sure these are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyoxigraph as ox
import pytest

from kgtool.errors import UsageError
from kgtool.store.oxigraph import OxigraphStore
from kgtool.view.sources import sourced

EVIDENCE = """
e:{s}  r:{p} e:{o} .
GRAPH g:provenance {{
  <urn:{n}> a kg:Statement ; rdf:subject e:{s} ; rdf:predicate r:{p} ; rdf:object e:{o} ; kg:status "published" ;
    kg:confidence {sure} ; kg:support 1 .
  <urn:e{n}> kg:evidenceFor <urn:{n}> ; kg:status "asserted" ; oa:exact "a sentence" ; nif:beginIndex 0 ;
    nif:endIndex 10 ; prov:wasDerivedFrom [ prov:wasDerivedFrom [ dcterms:identifier "{document}" ] ]
}}
"""
FACTS = [("a", "p", "b", 0.9, "one.txt"), ("b", "q", "c", 0.5, "two.txt"), ("b", "q", "d", 0.7, "three.txt")]


@pytest.fixture(scope="module")
def store() -> OxigraphStore:
    """Three facts with evidence, a label, and a fact without evidence."""
    made = OxigraphStore()
    rows = [
        EVIDENCE.format(s=s, p=p, o=o, sure=sure, document=document, n=n)
        for n, (s, p, o, sure, document) in enumerate(FACTS)
    ]
    made.update(f'INSERT DATA {{ {" ".join(rows)} e:b rdfs:label "B"@en . e:a r:p e:x }}')
    return made


def rows(store: OxigraphStore, query: str, **parameters: Any) -> list[tuple[str | None, Decimal | None]]:
    """Source and confidence of each row."""
    found = sourced(store, query, parameters=parameters)
    assert found.variables[-2:] == ("source", "confidence")
    return [(a and a.value, b and Decimal(b.value)) for *_, a, b in found.rows()]


ONE = ("one.txt", Decimal("0.9"))
THREE = [("one.txt, two.txt", Decimal("0.5")), ("one.txt, three.txt", Decimal("0.7"))]
BOTH = ("one.txt, three.txt, two.txt", Decimal("0.7"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?o { e:a r:p ?o } ORDER BY ?o", [ONE, (None, None)]),
        ("SELECT ?o { e:a r:p ?b . ?b r:q ?o } ORDER BY ?o", [("one.txt, two.txt", Decimal("0.5")), THREE[1]]),
        ("SELECT ?b ?l { e:a r:p ?b . ?b rdfs:label ?l }", [ONE]),
        ("SELECT DISTINCT ?b { ?a r:p ?b . ?b r:q ?o }", [BOTH]),
        ("SELECT ?b (COUNT(?o) AS ?n) { ?a r:p ?b . ?b r:q ?o } GROUP BY ?b", [BOTH]),
        ("SELECT ?b ?o { e:a r:p ?b OPTIONAL { ?b r:q ?o } } ORDER BY ?b ?o", [*THREE, (None, None)]),
        ("SELECT ?b { e:a r:p ?b MINUS { ?b r:q ?o } }", [(None, None)]),
        ("SELECT ?b { e:a r:p ?b FILTER EXISTS { ?b r:q ?o } }", [ONE]),
        ("SELECT ?s { { ?s r:q e:c } UNION { ?s r:q e:d } }", [("three.txt, two.txt", Decimal("0.5"))] * 2),
        ("SELECT ?o { e:a (r:p/r:q) ?o }", [(None, None)] * 2),
        ("SELECT ?o { e:a (r:p|r:q)+ ?o } LIMIT 1", [(None, None)]),
        ("SELECT (1 AS ?n) {}", [(None, None)]),
        ("SELECT ?o { ?s r:nothing ?o }", []),
        ("select ?b\nWhere # {\n{ VALUES ?a { e:a } ?a r:p ?b . # }\n} ORDER BY ?b VALUES ?b { e:b }", [ONE]),
        ("SELECT ?c { GRAPH g:provenance { ?s kg:confidence ?c } }", [(None, None)] * 3),
        ("SELECT ?b ?twice { e:a r:p ?b BIND(STR(?b) AS ?twice) } ORDER BY ?b", [ONE, (None, None)]),
        ("SELECT ?o { { SELECT ?o { e:b r:q ?o } ORDER BY ?o LIMIT 1 } }", [("two.txt", Decimal("0.5"))]),
    ],
)  # fmt: skip
def test_rows_have_the_documents_of_their_facts(store: OxigraphStore, query: str, expected: list[Any]) -> None:
    assert rows(store, query) == expected


def test_parameters_are_bound(store: OxigraphStore) -> None:
    c = ox.NamedNode("https://kgtool.example/entity/c")
    assert rows(store, "SELECT ?s { ?s r:q $o }", o=c) == [("two.txt", Decimal("0.5"))]


def test_many_rows_and_every_format(store: OxigraphStore) -> None:
    found = sourced(store, "SELECT ?s ?p ?o ?s2 { ?s ?p ?o GRAPH g:provenance { ?s2 ?p2 ?o2 } }")
    written = found.raw.serialize(format=ox.QueryResultsFormat.CSV).decode().splitlines()
    assert written[0] == "s,p,o,s2,source,confidence"
    assert len(written) > 100 and sum("one.txt" in line for line in written) == (len(written) - 1) // 5


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("ASK {}", "for rows"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "for rows"),
        ("SELECT ?source { ?source ?p ?o }", "column"),
        ("SELECT ?s { << ?s ?p ?o >> ?q ?r }", "SPARQL 1.1"),
    ],
)
def test_what_has_no_sources_is_told(store: OxigraphStore, query: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        sourced(store, query)
