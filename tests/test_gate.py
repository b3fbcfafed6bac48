"""Shapes as a gate of build: the graph is a function of documents, imports, updates and shapes, in any order."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import kgtool
from kgtool.api import KnowledgeGraph
from kgtool.errors import UsageError
from kgtool.store import revisions

HEAD = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix schema: <https://schema.org/> .
@prefix r: <https://kgtool.example/relation/> .
@prefix x: <http://data.example/> .
"""
BORN = "<Born> sh:targetClass schema:Person ; sh:property [ sh:path r:be_born_in ; sh:class x:City ] .\n"
BUILT = "<Built> sh:targetSubjectsOf r:be_build_at ; sh:property [ sh:path r:be_build_at ; sh:class schema:Person ] .\n"
WEIGHT = "<Weight> sh:targetSubjectsOf x:weighs ; sh:property [ sh:path x:weighs ; sh:nodeKind sh:IRI ] .\n"
LACKING = "<Lacking> sh:targetClass schema:Person ; sh:property [ sh:path x:shoe_size ; sh:minCount 1 ] .\n"
SENTENCES = {
    "a.txt": "Colossus was designed by Tommy Flowers in 1943.",
    "b.txt": "Ada Lovelace was born in London.",
    "c.txt": "Colossus was built at Dollis Hill.",
}
IMPORT = """@prefix x: <http://data.example/> . @prefix e: <https://kgtool.example/entity/> .
e:Colossus x:weighs "5 t" . e:Tommy_Flowers x:lived_in x:London .
"""
CITY = "@prefix e: <https://kgtool.example/entity/> . e:London a <http://data.example/City> ."
UPDATE = "INSERT DATA { e:Ada_Lovelace r:be_born_in e:Nowhere }"


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every revision grows out of the one before."""
    monkeypatch.setattr(revisions, "WHOLE", 0)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in SENTENCES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (tmp_path / "import.ttl").write_text(IMPORT, encoding="utf-8")
    (tmp_path / "city.ttl").write_text(CITY, encoding="utf-8")
    return folder


def opened(folder: Path, shapes: str = "") -> KnowledgeGraph:
    """A store, with a file of shapes in its settings."""
    file = folder / "shapes.ttl"
    file.write_text(HEAD + shapes, encoding="utf-8")
    return kgtool.open(folder / "kg", jobs=1, **({"shapes": str(file)} if shapes else {}))


def exported(graph: KnowledgeGraph) -> bytes:
    return b"".join(graph.export())


def quarantined(graph: KnowledgeGraph) -> list[tuple[str, ...]]:
    rows = graph.query(
        """PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT ?s ?o ?why {
        GRAPH g:quarantine { ?v rdf:subject ?s ; rdf:object ?o ; sh:resultMessage ?why } } ORDER BY ?s ?o"""
    ).rows()
    return [tuple(term.value.rpartition("/")[2] for term in row) for row in rows]


def test_what_breaks_shapes_is_counted_explained_and_comes_back(tmp_path: Path, docs: Path) -> None:
    plain = opened(tmp_path)
    before = plain.build(docs)
    whole = exported(plain)
    graph = opened(tmp_path, BORN + LACKING)
    report = graph.build()
    assert report.changed and (report.triples["quarantined"], report.violations) == (1, 2)
    assert report.triples["published"] == before.triples["published"] - 1
    assert [w for w in report.warnings if "no statement" in w]
    assert quarantined(graph) == [("Ada_Lovelace", "London", "City>")]
    found = graph.explain("Ada Lovelace", "was born in", "London")
    assert found.status == "quarantined" and "e:London is no <http://data.example/City>" in found.reason
    assert found.evidence and graph.status()["quarantined"] == 1
    assert not graph.query("ASK { ?s r:be_born_in ?o }").boolean()
    assert [len(r.facts) for r in graph.validate().results] == [0]  # what Tommy Flowers lacks; Ada Lovelace is gone
    again = graph.build()
    assert not again.changed and again.warnings == [] and again.violations == 2
    assert (again.triples, again.entities) == ({**report.triples, "extracted": 0}, report.entities)
    assert opened(tmp_path).build().changed and exported(opened(tmp_path)) == whole


def test_another_text_of_the_same_shapes_changes_nothing(tmp_path: Path, docs: Path) -> None:
    opened(tmp_path, BORN).build(docs)
    assert not opened(tmp_path, f"# a comment\n{BORN}").build().changed
    assert opened(tmp_path, BORN + BUILT).build().changed


def test_imports_and_updates_are_gated_and_count_as_context(tmp_path: Path, docs: Path) -> None:
    graph = opened(tmp_path, BORN + WEIGHT)
    graph.build(docs)
    graph.import_(tmp_path / "import.ttl")
    graph.update(UPDATE)
    assert [row[:2] for row in quarantined(graph)] == [
        ("Ada_Lovelace", "London"), ("Ada_Lovelace", "Nowhere"), ("Colossus", "5 t"),
    ]  # fmt: skip
    told = graph.explain("Colossus", "http://data.example/weighs", "5 t")
    assert (told.status, told.evidence) == ("quarantined", ()) and "is no sh:IRI" in told.reason
    graph.import_(tmp_path / "city.ttl")
    assert [row[:2] for row in quarantined(graph)] == [("Ada_Lovelace", "Nowhere"), ("Colossus", "5 t")]
    graph.undo_update(1)
    graph.unimport("city.ttl", "import.ttl")
    assert [row[:2] for row in quarantined(graph)] == [("Ada_Lovelace", "London")]


def test_shapes_that_cannot_be_used_change_nothing(tmp_path: Path, docs: Path) -> None:
    graph = opened(tmp_path, BORN)
    graph.build(docs)
    before = exported(graph)
    with pytest.raises(UsageError):
        opened(tmp_path, BORN.replace("sh:class", "sh:clas")).build()
    broken = '<Q> sh:targetClass schema:Person ; sh:sparql [ sh:select "SELEC" ] .'
    with pytest.raises(UsageError, match="cannot be used"):
        opened(tmp_path, broken).build()
    assert exported(opened(tmp_path)) == before and not opened(tmp_path, BORN).build().changed


SHAPES = ("", BORN, BUILT + WEIGHT, BORN + BUILT + LACKING)


@pytest.mark.parametrize("seed", range(2))
def test_any_history_gives_the_graph_of_what_is_in_force(tmp_path: Path, docs: Path, seed: int) -> None:
    choice = random.Random(seed)
    here = tmp_path / "here"
    here.mkdir()
    graph = opened(here)
    graph.build(docs)
    state = {"import.ttl": False, "city.ttl": False, "update": 0, "shapes": ""}

    def toggle(name: str) -> None:
        (graph.unimport if state[name] else graph.import_)(*([name] if state[name] else [tmp_path / name]))
        state[name] = not state[name]

    def update() -> None:
        if state["update"]:
            graph.undo_update(int(state["update"]))
            state["update"] = 0
        else:
            state["update"] = graph.update(UPDATE)[0].number

    def shape() -> None:
        state["shapes"] = choice.choice(SHAPES)
        graph.config = opened(here, str(state["shapes"])).config
        graph.build()

    def write() -> None:
        (docs / "d.txt").write_text(choice.choice(["Alan Turing was born in London.", "Nothing happened.", ""]))
        graph.build()

    steps: list[Callable[[], None]] = [shape, update, write, lambda: toggle("import.ttl"), lambda: toggle("city.ttl")]
    for _ in range(7):
        choice.choice(steps)()
    last = graph.build()
    assert not graph.build().changed
    there = tmp_path / "there"
    there.mkdir()
    other = opened(there, str(state["shapes"]))
    taken = [tmp_path / name for name in ("city.ttl", "import.ttl") if state[name]]
    if taken:
        other.import_(*taken)
    if state["update"]:
        other.update(UPDATE)
    made = other.build(docs)
    assert exported(other) == exported(graph)
    assert replace(made, seconds={}, warnings=[], documents={}, changed=True, triples={}) == replace(
        last, seconds={}, warnings=[], documents={}, changed=True, triples={}
    )
    assert (made.triples["published"], made.triples["quarantined"]) == (
        last.triples["published"], last.triples["quarantined"],
    )  # fmt: skip


def test_an_import_is_told_what_updates_take_away_not_what_shapes_do(docs: Path) -> None:
    store = opened(docs.parent, WEIGHT)
    store.build(docs)
    store.update("DELETE WHERE { ?s <http://data.example/lived_in> ?o }")
    told = store.import_(docs.parent / "import.ttl")
    assert told.taken_away == [{"path": "import.ttl", "update": 1, "statements": 1}]
    assert b"weighs" not in b"".join(store.export(provenance="none"))
