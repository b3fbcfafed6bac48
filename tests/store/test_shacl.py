"""Validation: results, their order, the statements at fault; the gate; inferred shapes; the report."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kgtool.errors import UsageError
from kgtool.store import profile, quarantine, shacl, shacl_report, shapes
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import Namespaces

SPACE = Namespaces("https://kgtool.example/")
HEAD = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix e: <https://kgtool.example/entity/> .
@prefix r: <https://kgtool.example/relation/> .
"""
E, R, SCHEMA = "https://kgtool.example/entity/", "https://kgtool.example/relation/", "https://schema.org/"


def shaped(text: str) -> shapes.Shapes:
    found = shapes.canonical(ox.parse((HEAD + text).encode(), format=ox.RdfFormat.TURTLE, base_iri="https://s/"))
    return shapes.Shapes(found, shapes.check("shapes", shapes.graph_of(found)))


def stored(text: str) -> OxigraphStore:
    store = OxigraphStore(space=SPACE)
    store.raw.load((HEAD + text).encode(), ox.RdfFormat.TRIG)
    return store


def found(data: str, text: str) -> list[str]:
    results = shacl.check(stored(data).facts(), shaped(text), SPACE).results
    return [SPACE.short(" ".join(filter(None, (r.focus, r.path, r.value, r.message)))) for r in results]


PERSON = "<P> sh:targetClass schema:Person ; sh:property [ sh:path r:p ; {} ] ."
DATA = "e:a a schema:Person ; r:p {} . e:b a schema:Place ."


@pytest.mark.parametrize(
    ("constraint", "value", "said"),
    [
        ("sh:class schema:Place", "e:b, e:c", ["e:a r:p e:c is no schema:Place"]),
        ("sh:datatype xsd:integer", '1, "01"^^xsd:integer, "x"', ['e:a r:p "x" is no xsd:integer']),
        ('sh:in ( "a" 1.50 )', '"a", 1.5, "b"', ['e:a r:p "b" is none of ("a" "1.5"^^xsd:decimal)']),
        ("sh:minCount 2", "1", ["e:a r:p fewer than 2 values"]),
        ("sh:maxCount 1", "1, 2", ["e:a r:p more than 1 values"]),
        ("sh:nodeKind sh:IRI", '"x", e:b', ['e:a r:p "x" is no sh:IRI']),
        ('sh:pattern "^x"; sh:message "must begin\\n so"', '"y"', ['e:a r:p "y" must begin so']),
        ("sh:or ( [ sh:class schema:Place ] [ sh:datatype xsd:date ] )", "2", ["e:a r:p 2 breaks sh:or ([…] […])"]),
        ('sh:datatype rdf:langString', '"x"@en-GB, "y"', ['e:a r:p "y" is no rdf:langString']),
    ],
)  # fmt: skip
def test_constraints(constraint: str, value: str, said: list[str]) -> None:
    assert found(DATA.format(value), PERSON.format(constraint)) == said


def test_evidence_is_not_checked() -> None:
    graph = "GRAPH <https://kgtool.example/graph/provenance> { e:a r:p 'x' }"
    assert found(f"e:a a schema:Person . {graph}", PERSON.format("sh:datatype xsd:integer")) == []


@pytest.mark.parametrize(
    ("path", "facts"),
    [
        ("r:p", [("e:a", "r:p", '"x"')]),
        ("[ sh:inversePath r:q ]", [("e:b", "r:q", "e:a")]),
        ("[ sh:alternativePath ( r:p r:s ) ]", [("e:a", "r:p", '"x"'), ("e:a", "r:s", '"x"')]),
        ("( r:t r:p )", []),
        ("[ sh:oneOrMorePath r:t ]", []),
    ],
)
def test_the_statements_at_fault(path: str, facts: list[tuple[str, str, str]]) -> None:
    data = "e:a a schema:Person ; r:p 'x' ; r:s 'x' ; r:t e:b . e:b r:q e:a ; r:p 'y' ."
    shape = (
        f"<P> sh:targetNode e:a ; sh:property [ sh:path {path} ; sh:class schema:Person ; sh:nodeKind sh:BlankNode ] ."
    )
    results = shacl.check(stored(data).facts(), shaped(shape), SPACE).results
    assert results and sorted({tuple(map(SPACE.short, f)) for r in results for f in r.facts}) == facts


def test_queries_may_be_constraints_and_warnings_are_counted_apart() -> None:
    shape = """<P> sh:targetClass schema:Person ; sh:severity sh:Warning ;
        sh:sparql [ sh:message "older than {?value}" ;
        sh:select "SELECT $this ?value { $this <https://kgtool.example/relation/p> ?value FILTER(?value > 5) }" ] ."""
    checked = shacl.check(stored(DATA.format("7")).facts(), shaped(shape), SPACE)
    assert checked.counts == {"Violation": 0, "Warning": 1, "Info": 0} and checked.results[0].message == "older than 7"
    with pytest.raises(UsageError, match="cannot be used"):
        shacl.check(stored(DATA.format("7")).facts(), shaped(shape.replace("SELECT", "SELEC")), SPACE)


def gated(data: str, text: str) -> tuple[OxigraphStore, quarantine.Gate]:
    store = stored(data)
    return store, quarantine.gate(store, shaped(text))


def test_only_statements_that_are_named_go() -> None:
    store, gate = gated(
        "e:a a schema:Person ; rdfs:label 'a' ; r:p 1, 'x', 'y' ; r:q 2 .",
        PERSON.format("sh:datatype xsd:integer ; sh:maxCount 1")
        + "<Q> sh:targetClass schema:Person ; sh:property [ sh:path rdfs:label ; sh:datatype rdf:langString ] .",
    )
    assert (gate.statements, gate.reported) == (2, 1)  # the label stays, and what is one too many went already
    assert {str(q.object) for q in store.facts() if q.predicate.value == f"{R}p"} == {str(ox.Literal(1))}
    quarantined = {str(q.object) for q in store.quads() if q.predicate.value == f"{R}p"} - {str(ox.Literal(1))}
    assert quarantined == {'"x"', '"y"'}


def test_what_breaks_a_shape_because_something_went_goes_as_well() -> None:
    shape = "<C> sh:targetSubjectsOf r:next ; sh:property [ sh:path r:next ; {} ] ."
    lacking = "sh:property [ sh:path r:next ; sh:minCount 1 ]"
    data = "e:a r:next e:b . e:b r:next e:c . e:c r:next e:a, e:d ."
    gate = gated(data, shape.format(lacking))[1]
    assert (gate.statements, gate.reported) == (0, 1)  # no statement is named, but what e:d lacks
    assert gated(data, shape.format(f"sh:node [ {lacking} ]"))[1].statements == 1
    assert gated("e:a r:next e:b . e:b r:next e:c .", shape.format(f"sh:node [ {lacking} ]"))[1].statements == 2


def test_an_entity_of_which_nothing_is_left_goes_with_its_names() -> None:
    data = "e:a a schema:Person ; rdfs:label 'a' ; r:p e:x . e:x rdfs:label 'x' . e:y rdfs:label 'y' ."
    data += "r:p a rdf:Property ; rdfs:label 'p' ."
    store, gate = gated(data, PERSON.format("sh:class schema:Place"))
    assert (gate.statements, gate.entities, gate.relations) == (1, 2, 1)
    assert {q.subject.value for q in store.facts()} == {f"{E}y"}


values = st.sampled_from(("1", "'x'", "e:a", "e:b", "e:c"))
facts = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(("r:p", "r:q")), values), max_size=8)
constraints = st.sampled_from(
    ("sh:class schema:Person", "sh:datatype xsd:integer", "sh:nodeKind sh:IRI", "sh:minCount 1")
)


@settings(max_examples=25, deadline=None)
@given(rows=facts, people=st.sets(st.sampled_from("abc")), first=constraints, second=constraints)
@example(rows=[("a", "r:q", "1")], people={"a"}, first="sh:minCount 1", second="sh:datatype xsd:integer")
def test_the_gate_moves_and_never_loses(
    rows: list[tuple[str, str, str]], people: set[str], first: str, second: str
) -> None:
    data = "".join(f"e:{s} {p} {o} .\n" for s, p, o in rows) + "".join(
        f"e:{s} a schema:Person .\n" for s in sorted(people)
    )
    shape = (
        PERSON.format(first)
        + f"<Q> sh:targetObjectsOf r:q ; sh:property [ sh:path [ sh:inversePath r:q ] ; {second} ] ."
    )
    before = {quad.triple for quad in stored(data).facts()}
    store, gate = gated(data, shape)
    moved = {q.triple for q in store.quads() if q.graph_name == ox.NamedNode(SPACE.quarantine)}
    after = {quad.triple for quad in store.facts()}
    assert after <= before and before - after <= moved
    again = shacl.check(store.facts(), shaped(shape), SPACE).results
    assert not [r for r in again if quarantine.movable(r)]
    assert sum(not quarantine.movable(r) for r in again) == gate.reported
    assert set(gated("\n".join(reversed(data.splitlines())), shape)[0].quads()) == set(store.quads())


def people(count: int, odd: int) -> str:
    rows = [f"e:n{i} a schema:Person ; rdfs:label 'n{i}'@en ; r:age {i} ; r:home e:p{i % 3} ." for i in range(count)]
    rows += [f"e:o{i} a schema:Person ; rdfs:label 'o{i}'@en ; r:age 'old' ; r:home e:n{i} ." for i in range(odd)]
    rows += [f"e:p{i} a schema:Place ; rdfs:label 'p'@en ." for i in range(3)]
    return "\n".join([*rows, "r:age a rdf:Property ; rdfs:label 'age' ."])


def test_inferred_shapes_find_the_exceptions() -> None:
    text = profile.infer(stored(people(38, 2)).facts(), SPACE, profile.Limits())
    assert "sh:datatype xsd:integer ;  # 38 of 40" in text and "sh:class schema:Place ;  # 38 of 40" in text
    assert "sh:class schema:Person ;  # 40 of 40" in text and "sh:minCount 1 ;  # 40 of 40" in text
    body = text.partition("\n\n")[2]
    assert [line.partition(" r:")[0] for line in found(people(38, 2), body)] == ["e:o0", "e:o0", "e:o1", "e:o1"]
    assert profile.infer(reversed(list(stored(people(38, 2)).facts())), SPACE, profile.Limits()) == text


def test_what_is_irregular_or_rare_makes_no_rule() -> None:
    irregular = profile.infer(stored(people(10, 10)).facts(), SPACE, profile.Limits())
    assert "integer" not in irregular and "Place" not in irregular and "sh:nodeKind sh:IRI" in irregular
    rare = profile.infer(stored(people(4, 0)).facts(), SPACE, profile.Limits())
    assert "sh:NodeShape" not in rare
    with pytest.raises(UsageError, match="nothing would be checked"):
        shaped(rare.partition("\n\n")[2])


def test_the_report_is_valid_and_the_same_each_time(tmp_path: Path) -> None:
    shape = (
        PERSON.format("sh:class schema:Place")
        + "<Q> sh:targetClass schema:Person ; sh:property [ sh:path ( r:p r:p ) ; sh:minCount 1 ] ."
    )
    made = [
        shacl_report.report(shacl.check(stored(DATA.format("e:b, e:c")).facts(), shaped(shape), SPACE), f, SPACE)
        for f in ("ttl", "ttl", "rdfxml")
    ]
    assert made[0] == made[1]
    store = ox.Store()
    store.load(made[0], ox.RdfFormat.TURTLE)
    other = ox.Store()
    other.load(made[2], ox.RdfFormat.RDF_XML)
    assert len(store) == len(other)
    asked = """PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT ?focus ?value ?hop {
      ?r a sh:ValidationReport ; sh:conforms false ; sh:result ?x . ?x sh:focusNode ?focus ; sh:sourceShape ?shape .
      ?shape sh:path ?path OPTIONAL { ?x sh:value ?value } OPTIONAL { ?path rdf:first ?hop }
    } ORDER BY ?value"""
    rows = [[t and t.value.rpartition("/")[2] for t in row] for row in store.query(asked, prefixes=SPACE.prefixes())]
    assert rows == [["a", None, "p"], ["a", "c", None]]
    with pytest.raises(UsageError):
        shacl_report.format_of(tmp_path / "report.txt")
