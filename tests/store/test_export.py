"""The graph as a file."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from kgtool.errors import UsageError
from kgtool.store.export import FORMATS, PROPERTY_GRAPHS, RDF12, SUFFIXES, export
from kgtool.store.networks import as_networkx
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.property_graphs import neo4j
from kgtool.store.sorting import Sorter
from kgtool.store.vocabulary import RDF, Namespaces

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


def text(store: OxigraphStore, format: str, *, provenance: str = "graphs") -> bytes:
    return b"".join(export(store, format=format, provenance=provenance))


@pytest.mark.parametrize("format", ["nq", "trig", "jsonld"])
def test_datasets_come_back_whole(format: str) -> None:
    assert set(ox.parse(text(stored(QUADS), format), format=FORMATS[format])) == set(QUADS)


@pytest.mark.parametrize("format", ["nt", "ttl", "rdfxml", "n3"])
def test_graphs_come_back_without_provenance(format: str) -> None:
    facts = {q for q in QUADS if isinstance(q.graph_name, ox.DefaultGraph)}
    assert set(ox.parse(text(stored(QUADS), format), format=FORMATS[format])) == facts


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_the_order_is_fixed(format: str) -> None:
    assert text(stored(QUADS), format) == text(stored(QUADS[::-1]), format)


@pytest.mark.parametrize("format", ["nq", "trig", "jsonld"])
def test_provenance_can_be_left_out(format: str) -> None:
    made = text(stored(QUADS), format, provenance="none")
    assert set(ox.parse(made, format=FORMATS[format])) == {q for q in QUADS if q.graph_name != PROVENANCE}


@given(
    st.lists(st.tuples(st.sampled_from([A, B]), st.text(max_size=20), st.sampled_from([None, PROVENANCE])), max_size=8)
)
def test_any_text_comes_back_from_lines_and_trig(rows: list[tuple[ox.NamedNode, str, ox.NamedNode | None]]) -> None:
    quads = {ox.Quad(s, LABEL, ox.Literal(t), g) if g else ox.Quad(s, LABEL, ox.Literal(t)) for s, t, g in rows}
    store = stored(quads)
    for format in ("nq", "trig"):
        assert set(ox.parse(text(store, format), format=FORMATS[format])) == quads


@pytest.mark.parametrize("relation", ["50%25_of", "'s", "x9", "%F0%9F%91%8D"])
def test_a_relation_that_ends_in_a_name_comes_back_from_every_format(relation: str) -> None:
    quad = ox.Quad(A, ox.NamedNode(SPACE.relation(relation)), B)
    for format, syntax in FORMATS.items():
        assert set(ox.parse(text(stored([quad]), format), format=syntax)) == {quad}


UNNAMED = [*map(SPACE.relation, ["met_(at)", "~", "9", "\U0001f44d", ""]), f"{RDF}li", "http://www.w3.org/2000/xmlns/a"]


@pytest.mark.parametrize("relation", UNNAMED)
def test_a_relation_that_xml_has_no_name_for_comes_back_from_every_other_format(relation: str) -> None:
    quad = ox.Quad(A, ox.NamedNode(relation), B)
    for format in FORMATS.keys() - {"rdfxml"}:
        assert set(ox.parse(text(stored([quad]), format), format=FORMATS[format])) == {quad}
    with pytest.raises(UsageError, match=re.escape(f"<{relation}>")) as raised:
        next(export(stored([quad]), format="rdfxml"))  # before anything is written
    assert "ttl" in raised.value.hint and "rdfxml" not in raised.value.hint


ENDS = st.sampled_from(["9", "~", "x", "x9", "é", "-", "a.", "a:b", "?x=1&y='2'", "#", ""])
NODES = ENDS.map(lambda end: ox.NamedNode(f"http://data.example/{end}"))
LITERALS = st.builds(ox.Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=12)) | st.sampled_from(
    [ox.Literal("a\r\n\r ]]> <b>&amp;"), ox.Literal("\x00\ufffe\uffff\x85\u2028"), ox.Literal(" x ", language="en-gb")]
)
NAMES = st.sampled_from(["x", "p#x", "9x", "é"]).map(lambda end: ox.NamedNode(f"http://data.example/{end}"))


@given(st.lists(st.builds(ox.Quad, NODES, NAMES, NODES | LITERALS) | st.builds(ox.Quad, NODES, st.just(TYPE), NODES)))
def test_other_readers_read_what_is_written_as_rdfxml(quads: list[ox.Quad]) -> None:
    graph = rdflib.Graph().parse(data=text(stored(quads), "rdfxml"), format="xml")
    lost = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
    found = {(str(s), str(p), str(o), o.language if isinstance(o, rdflib.Literal) else "IRI") for s, p, o in graph}
    assert found == {
        (
            q.subject.value,
            q.predicate.value,
            lost.sub("\ufffd", q.object.value),
            q.object.language if isinstance(q.object, ox.Literal) else "IRI",
        )
        for q in quads
    }


DIRECTED = ox.Literal("x", language="ar", direction=ox.BaseDirection.RTL)


@pytest.mark.parametrize("format", sorted(FORMATS))
@pytest.mark.parametrize("term", [DIRECTED, ox.Triple(A, MET, B), ox.Triple(A, MET, DIRECTED)])
def test_what_is_new_in_rdf_12_comes_back_or_is_refused(format: str, term: ox.Literal | ox.Triple) -> None:
    quad = ox.Quad(A, MET, term)
    if format in RDF12 or (format == "jsonld" and term == DIRECTED):
        assert set(ox.parse(text(stored([quad]), format), format=FORMATS[format])) == {quad}
    else:
        with pytest.raises(UsageError, match=format):
            text(stored([quad]), format)


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
    assert set(SUFFIXES.values()) == {*FORMATS, *PROPERTY_GRAPHS} - {"neo4j"}


def test_facts_are_edges_and_names_are_attributes() -> None:
    graph = as_networkx(stored(QUADS))
    assert set(graph.edges(keys=True)) == {(A.value, B.value, MET.value), (A.value, str(YEAR), MET.value)}
    assert graph.nodes[A.value] == {"types": ["https://schema.org/Person"], "label": "A"}
    assert graph.edges[A.value, B.value, MET.value]["label"] == "met"
    assert MET.value not in graph


EVIDENCE = """
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
SELECT ?node ?quote {{ {} ?node oa:exact ?quote ; kg:confidence ?c ; prov:wasDerivedFrom ?chunk }}
"""
REIFIED = f"?node a rdf:Statement ; rdf:subject {A} ; rdf:predicate {MET} ; rdf:object {B} ."
TERM = f"?node rdf:reifies <<( {A} {MET} {B} )>> ."


def with_evidence() -> OxigraphStore:
    """A fact with one piece of evidence, made by the mapping to RDF itself."""
    from kgtool.fuse.cascade import CascadeFuser
    from kgtool.model import Evidence, Triple
    from kgtool.store import rdf

    triple = Triple("A", "met", "C++", evidence=Evidence("d", "0-9", 0, 9, "A met C++.", "rules"))
    fusion = CascadeFuser().fuse([triple])
    found = [rdf.Found(triple, rdf.DocumentRef("d", "0" * 64), "run")]
    return stored(rdf.quads(fusion, found, {"run": {"extractor": "rules"}}, SPACE))


@pytest.mark.parametrize("format", ["nt", "ttl", "rdfxml", "nq", "trig", "jsonld"])
def test_reification_stands_beside_the_facts(format: str) -> None:
    made = text(with_evidence(), format, provenance="reification")
    again = stored(ox.parse(made, format=FORMATS[format]))
    assert [row[1].value for row in again.query(EVIDENCE.format(REIFIED)).rows()] == ["A met C++."]
    assert not list(again.raw.named_graphs())


@pytest.mark.parametrize("format", sorted(RDF12))
def test_reifiers_of_rdf_12_stand_beside_the_facts(format: str) -> None:
    made = text(with_evidence(), format, provenance="rdf12")
    again = stored(ox.parse(made, format=FORMATS[format]))
    assert [row[1].value for row in again.query(EVIDENCE.format(TERM)).rows()] == ["A met C++."]
    assert not again.query("ASK { ?node rdf:subject ?s }").boolean()
    assert again.query(f"ASK {{ {A} {MET} {B} }}").boolean()


def test_provenance_that_a_format_cannot_carry_is_an_error() -> None:
    with pytest.raises(UsageError, match="triple terms"):
        text(with_evidence(), "rdfxml", provenance="rdf12")
    with pytest.raises(UsageError, match="unknown"):
        text(with_evidence(), "nq", provenance="some")


MANY = [
    *QUADS[:-1],
    ox.Quad(A, ox.NamedNode(SPACE.relation("knows")), B),
    ox.Quad(B, MET, B),
    ox.Quad(B, LABEL, ox.Literal('C++ <"&>', language="en")),
    ox.Quad(B, ox.NamedNode("http://www.w3.org/2004/02/skos/core#altLabel"), ox.Literal("C; plus\n plus")),
    ox.Quad(B, MET, ox.Literal("a, \"b\"\n<c>&'d'")),
]


def counts(graph: object) -> tuple[int, int]:
    return graph.number_of_nodes(), graph.number_of_edges()  # type: ignore[attr-defined]


def test_graphml_has_the_same_nodes_and_edges() -> None:
    import networkx as nx

    store = stored(MANY)
    made = nx.read_graphml(io.BytesIO(text(store, "graphml")), force_multigraph=True)
    assert counts(made) == counts(as_networkx(store)) == (4, 5)
    assert made.nodes[B.value]["label"] == 'C++ <"&>' and made.number_of_edges(A.value, B.value) == 2
    assert {d["relation"] for _, _, d in made.edges(data=True)} == {MET.value, SPACE.relation("knows")}


def test_csv_for_neo4j_has_the_same_nodes_and_edges() -> None:
    import networkx as nx

    store = stored(MANY)
    files = {name: b"".join(pieces).decode() for name, pieces in neo4j(store)}
    nodes, edges = (list(csv.DictReader(io.StringIO(files[n], newline=""))) for n in ("nodes.csv", "relationships.csv"))
    made = nx.MultiDiGraph()
    made.add_nodes_from(row[":ID"] for row in nodes)
    made.add_edges_from((row[":START_ID"], row[":END_ID"]) for row in edges)
    assert counts(made) == counts(as_networkx(store)) == (len(nodes), len(edges))


def test_cytoscape_and_parquet_have_the_same_edges() -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    store = stored(MANY)
    made = json.loads(text(store, "cytoscape"))["elements"]
    rows = pq.read_table(io.BytesIO(text(store, "parquet"))).to_pylist()
    edges = sorted((e["data"]["source"], e["data"]["relation"], e["data"]["target"]) for e in made["edges"])
    assert edges == sorted((r["subject"], r["relation"], r["object"]) for r in rows)
    assert sorted(as_networkx(store).edges(keys=True)) == sorted((s, o, r) for s, r, o in edges)
    assert {n["data"]["id"] for n in made["nodes"]} == set(as_networkx(store))


@pytest.mark.parametrize("format", ["graphml", "cytoscape", "parquet", *FORMATS])
def test_the_order_of_every_format_is_fixed(format: str) -> None:
    assert text(stored(MANY), format, provenance="none") == text(stored(MANY[::-1]), format, provenance="none")


@given(st.lists(st.binary(max_size=6).map(lambda b: b.replace(b"\n", b"")), max_size=30), st.integers(1, 40))
def test_lines_are_sorted_outside_of_memory(lines: list[bytes], limit: int) -> None:
    data = b"".join(line + b"\n" for line in lines)
    with Sorter(limit) as sorter:
        for i in range(0, len(data), 3):
            sorter.write(data[i : i + 3])
        assert list(sorter.lines()) == sorted({line + b"\n" for line in lines})
