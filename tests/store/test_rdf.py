"""A fusion as quads."""

from __future__ import annotations

from dataclasses import replace

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.explain import explain
from kgtool.fuse.cascade import CascadeFuser
from kgtool.model import Evidence, LiteralValue, Triple
from kgtool.store import rdf
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import Namespaces

SPACE = Namespaces("https://kgtool.example/")
DOCUMENT = rdf.DocumentRef("a/ü b.txt", "0123456789abcdef" * 4, "Title")
RUNS = {"run1": {"extractor": "rules", "version": "1"}}


def said(subject: str, predicate: str, other: str, begin: int = 0, **more: str) -> Triple:
    quote = f"{subject} {predicate} {other}."
    evidence = Evidence(DOCUMENT.name, "0-99", begin, begin + len(quote), quote, "rules", "m")
    return Triple(subject, predicate, other, confidence=0.8, evidence=evidence, **more)  # type: ignore[arg-type]


TRIPLES = [
    said("Colossus", "was designed by", "Tommy Flowers", object_type="Person"),
    said("the Colossus", "was designed by", "Tommy Flowers", 50, object_type="Person"),
    said("Colossus", "was built in", "1943", value="1943", datatype="gYear"),
    said("Colossus", "was not", "a computer", status="negated"),
    said("C++", "was designed by", "Bjarne Stroustrup"),
    said("National Physical Laboratory", "is", "NPL", predicate_lemma="also known as"),
    said("NPL", "built", "Pilot ACE"),
]


def quads_of(triples: list[Triple]) -> list[ox.Quad]:
    found = [rdf.Found(t, DOCUMENT, "run1") for t in triples]
    return list(rdf.quads(CascadeFuser().fuse(triples), found, RUNS, SPACE))


@pytest.fixture(scope="module")
def store() -> OxigraphStore:
    made = OxigraphStore(space=SPACE)
    made.load(quads_of(TRIPLES))
    return made


def asks(store: OxigraphStore, pattern: str) -> bool:
    return store.query(f"ASK {{ {pattern} }}").boolean()


def count(store: OxigraphStore, pattern: str) -> int:
    return len(list(store.query(f"SELECT * {{ {pattern} }}").rows()))


def test_facts_are_in_the_default_graph(store: OxigraphStore) -> None:
    assert asks(store, "e:Colossus r:was_designed_by e:Tommy_Flowers")
    assert asks(store, 'e:Colossus r:was_built_in "1943"^^xsd:gYear')
    assert asks(store, "<https://kgtool.example/entity/C%2B%2B> r:was_designed_by e:Bjarne_Stroustrup")


def test_what_is_denied_is_no_fact_but_has_its_evidence(store: OxigraphStore) -> None:
    assert not asks(store, "?s r:was_not ?o")
    assert not asks(store, 'e:computer rdfs:label "computer"@en')
    assert asks(store, 'GRAPH g:provenance { ?s rdf:predicate r:was_not ; kg:status "rejected" ; kg:reason ?why }')


def test_entities_have_labels_and_types(store: OxigraphStore) -> None:
    assert asks(store, 'e:Tommy_Flowers rdfs:label "Tommy Flowers"@en ; a schema:Person')
    assert asks(store, 'e:National_Physical_Laboratory skos:altLabel "NPL"@en')


def test_relations_are_properties(store: OxigraphStore) -> None:
    assert asks(store, 'r:was_designed_by a rdf:Property ; rdfs:label "was designed by"@en')


def test_a_fact_leads_to_its_sentences_and_document(store: OxigraphStore) -> None:
    rows = store.query(
        """SELECT ?quote ?begin ?name ?run { GRAPH g:provenance {
            ?statement rdf:subject e:Colossus ; rdf:object e:Tommy_Flowers ; kg:support 1 ; kg:confidence 0.8 .
            ?e kg:evidenceFor ?statement ; oa:exact ?quote ; nif:beginIndex ?begin ; prov:wasGeneratedBy ?run .
            ?e prov:wasDerivedFrom/prov:wasDerivedFrom/dcterms:identifier ?name } } ORDER BY ?begin"""
    ).rows()
    assert [tuple(term.value for term in row) for row in rows] == [
        ("Colossus was designed by Tommy Flowers.", "0", "a/ü b.txt", "https://kgtool.example/run/run1"),
        ("the Colossus was designed by Tommy Flowers.", "50", "a/ü b.txt", "https://kgtool.example/run/run1"),
    ]


def test_every_input_has_one_piece_of_evidence(store: OxigraphStore) -> None:
    assert count(store, "GRAPH g:provenance { ?e kg:evidenceFor ?s }") == len(TRIPLES)


def test_decisions_have_a_graph_of_their_own(store: OxigraphStore) -> None:
    assert asks(store, 'GRAPH g:decisions { ?d kg:verdict e:National_Physical_Laboratory ; kg:rule "alias" }')
    assert not asks(store, "?d a kg:Decision")


def test_joined_predicates_are_a_decision_about_the_relation() -> None:
    made = OxigraphStore(space=SPACE)
    made.load(quads_of([*TRIPLES, said("Z3", "designedBy", "Konrad Zuse")]))
    assert asks(made, 'GRAPH g:decisions { ?d kg:verdict r:was_designed_by ; kg:candidate "designedby" }')
    found = explain(made, "Z3", "designedBy", "Konrad Zuse")
    assert [d["candidates"] for d in found.decisions if d["kind"] == "relation"] == [["designedby", "was designed by"]]


def test_runs_say_their_settings(store: OxigraphStore) -> None:
    assert asks(
        store, 'GRAPH g:provenance { <https://kgtool.example/run/run1> a prov:Activity ; kg:extractor "rules" }'
    )


@given(st.permutations(range(len(TRIPLES))))
def test_quads_depend_on_the_set_of_triples_alone(order: list[int]) -> None:
    assert set(quads_of([TRIPLES[i] for i in order])) == set(quads_of(TRIPLES))


def test_there_are_no_blank_nodes() -> None:
    terms = {t for q in quads_of(TRIPLES) for t in (q.subject, q.object, q.graph_name)}
    assert not any(isinstance(t, ox.BlankNode) for t in terms)


def test_another_base_moves_every_iri_of_ours() -> None:
    found = [rdf.Found(t, DOCUMENT, "run1") for t in TRIPLES]
    moved = list(rdf.quads(CascadeFuser().fuse(TRIPLES), found, RUNS, Namespaces("https://other.example/x/")))
    assert "https://kgtool.example/entity" not in "\n".join(map(str, moved))
    assert {q.subject.value.startswith("https://other.example/x/") for q in moved} == {True}


def test_a_document_is_named_by_name_and_content() -> None:
    others = [replace(DOCUMENT, name="b.txt"), replace(DOCUMENT, hash="f" * 64)]
    assert len({DOCUMENT.id, *(d.id for d in others)}) == 3
    assert DOCUMENT.id.endswith("~0123456789abcdef")


@pytest.mark.parametrize(
    ("value", "shown"), [(1.0, "1.0"), (0.0, "0.0"), (0.8, "0.8"), (0.98765, "0.9877"), (1e-9, "0.0"), (12.5, "12.5")]
)
def test_decimals_have_at_most_four_places(value: float, shown: str) -> None:
    assert rdf.decimal(value).value == shown


def test_literals_are_typed_unless_they_are_text() -> None:
    assert str(rdf.literal(LiteralValue("x"))) == '"x"'
    assert str(rdf.literal(LiteralValue("1", "integer"))) == '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_names_give_quads_that_can_be_stored(subject: str, predicate: str, other: str) -> None:
    triple = said("Name " + subject, predicate, "Other " + other)
    made = OxigraphStore(space=SPACE)
    quads = quads_of([triple])
    made.load(quads)
    assert set(made.quads()) == set(quads)
