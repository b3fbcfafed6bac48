"""CPU seconds and memory of shapes: reading them, validating, the gate, inferring.

usage: python benchmarks/validate.py STORE | TRIPLES [odd share]

STORE is a store's directory, checked against shapes inferred from it; TRIPLES the size of an invented graph, of which a
share breaks a shape (default: 0.02).
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kgtool.layout import Layout
from kgtool.store import profile, quarantine, shacl, shapes
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import RDF, RDFS, SCHEMA, XSD, Namespaces

SPACE = Namespaces("https://kgtool.example/")
SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix schema: <https://schema.org/> .
@prefix r: <https://kgtool.example/relation/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<Person> a sh:NodeShape ; sh:targetClass schema:Person ;
  sh:property [ sh:path rdfs:label ; sh:minCount 1 ; sh:maxCount 1 ] ;
  sh:property [ sh:path r:born_in ; sh:class schema:Place ; sh:nodeKind sh:IRI ; sh:maxCount 1 ] ;
  sh:property [ sh:path r:age ; sh:datatype xsd:integer ; sh:maxCount 1 ] ;
  sh:property [ sh:path r:kind ; sh:in ( "a" "b" ) ] ;
  sh:property [ sh:path r:knows ; sh:class schema:Person ] .
"""


def invented(triples: int, odd: float) -> Iterator[ox.Quad]:
    """People with six triples each, and places."""
    people = triples // 6
    for i in range(people // 10 + 1):
        yield ox.Quad(node(f"P{i}"), ox.NamedNode(f"{RDF}type"), ox.NamedNode(f"{SCHEMA}Place"))
    for i in range(people):
        wrong = odd and i % round(1 / odd) == 0
        values = {
            f"{RDF}type": ox.NamedNode(f"{SCHEMA}Person"),
            f"{RDFS}label": ox.Literal(f"person {i}", language="en"),
            SPACE.relation("born_in"): node(f"P{i % (people // 10 + 1)}"),
            SPACE.relation("age"): ox.Literal("old")
            if wrong
            else ox.Literal(str(i % 90), datatype=ox.NamedNode(f"{XSD}integer")),
            SPACE.relation("kind"): ox.Literal("ab"[i % 2]),
            SPACE.relation("knows"): node(f"N{i * 7 % people}"),
        }
        for predicate, value in values.items():
            yield ox.Quad(node(f"N{i}"), ox.NamedNode(predicate), value)


def node(name: str) -> ox.NamedNode:
    return ox.NamedNode(SPACE.entity(name))


def timed(name: str, work: Callable[[], Any]) -> Any:
    """Do it and print what it took."""
    begin = time.process_time()
    found = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name}\t{time.process_time() - begin:.2f} s\t{peak} MB at most so far")
    return found


def main() -> None:
    """Measure."""
    what = sys.argv[1]
    if what.isdecimal():
        store = OxigraphStore(space=SPACE)
        store.load(invented(int(what), float(sys.argv[2]) if len(sys.argv) > 2 else 0.02))
    else:
        store = Layout(Path(what)).open_graph()
    text = timed("infer", lambda: profile.infer(store.facts(), store.space, profile.Limits()))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "shapes.ttl"
        file.write_text(SHAPES if what.isdecimal() else text, encoding="utf-8")
        given = timed("read shapes", lambda: shapes.load(file, store.space))
    found = timed("validate", lambda: shacl.check(store.facts(), given, store.space))
    facts = sum(1 for _ in store.facts())
    print(f"{facts} facts\t{found.nodes} nodes\t{len(found.results)} results")
    if what.isdecimal():
        print(timed("gate", lambda: quarantine.gate(store, given)))


if __name__ == "__main__":
    main()
