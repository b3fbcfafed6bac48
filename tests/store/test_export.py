"""The graph as a file."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.errors import UsageError
from kgtool.store.export import FORMATS, SUFFIXES, export
from kgtool.store.networks import as_networkx
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import Namespaces

SPACE = Namespaces("https://kgtool.example/")
LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
PROPERTY = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#Property")
PROVENANCE = ox.NamedNode(SPACE.provenance)
A, B = (ox.NamedNode(SPACE.entity(x)) for x in ("A", "C%2B%2B"))
MET = ox.NamedNode(SPACE.relation("met"))
YEAR = ox.Literal("1943", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#gYear"))
QUADS = [
    ox.Quad(A, MET, B),
    ox.Quad(A, MET, YEAR),
    ox.Quad(A, LABEL, ox.Literal("A", language="en")),
    ox.Quad(A, TYPE, ox.NamedNode("https://schema.org/Person")),
    ox.Quad(MET, TYPE, PROPERTY),
    ox.Quad(MET, LABEL, ox.Literal("met", language="en")),
    ox.Quad(A, LABEL, ox.Literal('"quoted"\n\\ \r\t 👍 \u2028'), PROVENANCE),
]


def stored(quads: Iterable[ox.Quad]) -> OxigraphStore:
    made = OxigraphStore(space=SPACE)
    made.load(quads)
    return made


def text(store: OxigraphStore, format: str, *, provenance: bool = True) -> bytes:
    return b"".join(export(store, format=format, provenance=provenance))


@pytest.mark.parametrize("format", ["nq", "trig", "jsonld"])
def test_datasets_come_back_whole(format: str) -> None:
    assert set(ox.parse(text(stored(QUADS), format), format=FORMATS[format])) == set(QUADS)


@pytest.mark.parametrize("format", ["nt", "ttl", "rdfxml"])
def test_graphs_come_back_without_provenance(format: str) -> None:
    facts = {q for q in QUADS if isinstance(q.graph_name, ox.DefaultGraph)}
    assert set(ox.parse(text(stored(QUADS), format), format=FORMATS[format])) == facts


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_the_order_is_fixed(format: str) -> None:
    assert text(stored(QUADS), format) == text(stored(QUADS[::-1]), format)


@pytest.mark.parametrize("format", ["nq", "trig", "jsonld"])
def test_provenance_can_be_left_out(format: str) -> None:
    made = text(stored(QUADS), format, provenance=False)
    assert set(ox.parse(made, format=FORMATS[format])) == {q for q in QUADS if q.graph_name != PROVENANCE}


@given(
    st.lists(st.tuples(st.sampled_from([A, B]), st.text(max_size=20), st.sampled_from([None, PROVENANCE])), max_size=8)
)
def test_any_text_comes_back_from_lines_and_trig(rows: list[tuple[ox.NamedNode, str, ox.NamedNode | None]]) -> None:
    quads = {ox.Quad(s, LABEL, ox.Literal(t), g) if g else ox.Quad(s, LABEL, ox.Literal(t)) for s, t, g in rows}
    store = stored(quads)
    for format in ("nq", "trig"):
        assert set(ox.parse(text(store, format), format=FORMATS[format])) == quads


@pytest.mark.parametrize("relation", ["50%25_of", "'s", "met_(at)", "~", "1", "%F0%9F%91%8D"])
def test_any_relation_comes_back_from_every_format(relation: str) -> None:
    quad = ox.Quad(A, ox.NamedNode(SPACE.relation(relation)), B)
    for format, syntax in FORMATS.items():
        assert set(ox.parse(text(stored([quad]), format), format=syntax)) == {quad}


def test_lines_are_sorted() -> None:
    lines = text(stored(QUADS), "nt").decode().splitlines()
    assert lines == sorted(lines) and len(lines) == 6


def test_turtle_uses_the_prefixes() -> None:
    made = text(stored(QUADS), "ttl").decode()
    assert "e:A " in made and "rdfs:label" in made


def test_more_than_a_batch_comes_back() -> None:
    quads = {ox.Quad(A, MET, ox.Literal(str(i))) for i in range(10_001)}
    pieces = list(export(stored(quads)))
    assert len(pieces) == 2 and set(ox.parse(b"".join(pieces), format=FORMATS["nq"])) == quads


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_an_empty_graph_is_an_empty_file(format: str) -> None:
    assert not list(ox.parse(text(stored([]), format), format=FORMATS[format]))


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(UsageError, match="docx"):
        text(stored([]), "docx")


def test_every_suffix_is_of_a_format() -> None:
    assert set(SUFFIXES.values()) == set(FORMATS)


def test_facts_are_edges_and_names_are_attributes() -> None:
    graph = as_networkx(stored(QUADS))
    assert set(graph.edges(keys=True)) == {(A.value, B.value, MET.value), (A.value, str(YEAR), MET.value)}
    assert graph.nodes[A.value] == {"types": ["https://schema.org/Person"], "label": "A"}
    assert graph.edges[A.value, B.value, MET.value]["label"] == "met"
    assert MET.value not in graph
