"""The text index: what is found, and that it is a function of the graph alone."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgtool.errors import StoreError
from kgtool.layout import Layout
from kgtool.store import revisions, textindex
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.textindex import TextIndex, key
from kgtool.store.vocabulary import Namespaces

SPACE = Namespaces("https://kgtool.example/")

GRAPH = """
@prefix x: <https://invented.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix schema: <https://schema.org/> .
x:1 rdfs:label "Łódź"@pl ; skos:altLabel "Lodsch"@de ; a schema:City .
x:2 skos:prefLabel "C++" ; x:madeBy x:3 .
x:3 foaf:name "Æsa Ørn" ; x:knows x:4 .
x:4 schema:name "日本語学校" .
x:5 rdfs:label "The Who" ; x:knows x:Keith_Moon .
x:6 rdfs:label "Who Is Who" .
x:7 rdfs:label "Who" ; skos:altLabel "Someone" .
_:b rdfs:label "Blank Who" .
"""


def graph(text: str = GRAPH) -> OxigraphStore:
    store = OxigraphStore(space=SPACE)
    store.raw.load(text, format=ox.RdfFormat.TURTLE)
    return store


@pytest.fixture
def index(tmp_path: Path) -> TextIndex:
    return TextIndex.open(tmp_path, graph())


def held(file: Path) -> Counter[tuple[str, ...]]:
    """The rows of an index without their numbers, after a check of the words against them."""
    with textindex.writing(file) as database:
        database.execute("INSERT INTO words(words, rank) VALUES('integrity-check', 1)")
        return Counter(database.execute(f"SELECT {textindex.FIELDS} FROM texts"))


def test_names_without_a_label_come_and_go_with_the_facts_that_use_them(tmp_path: Path) -> None:
    store = graph()
    textindex.fill(tmp_path / "a", store)
    fact = ox.Quad(*(ox.NamedNode(f"https://invented.example/{n}") for n in ("1", "twin_of", "Manchester")))
    store.change(add=[fact], remove=[])
    textindex.grow(tmp_path / "b", tmp_path / "a", store, [fact.subject.value, *textindex.nodes_of([fact])])
    names = {row[3] for row in held(tmp_path / "b")}
    assert {"Manchester", "twin of"} <= names
    store.change(add=[], remove=[fact])
    textindex.grow(tmp_path / "c", tmp_path / "b", store, [fact.subject.value, *textindex.nodes_of([fact])])
    assert held(tmp_path / "c") == held(tmp_path / "a")


@pytest.mark.parametrize(
    ("text", "first", "how"),
    [
        ("lodz", "1", "words"),
        ("LÓDZ", "1", "words"),
        ("lodsch", "1", "words"),
        ("c++", "2", "words"),
        ("aesa orn", "3", "words"),
        ("orn", "3", "words"),
        ("keith", "Keith_Moon", "words"),
        ("moo", "Keith_Moon", "words"),
        ("lodzz", "1", "spelling"),
        ("Kieth Moon", "Keith_Moon", "spelling"),
        ("学校", "4", "part"),
        ("++", "2", "part"),
        ("the Who", "5", "words"),
        ("who is", "6", "words"),
    ],
)
def test_what_is_found_first(index: TextIndex, text: str, first: str, how: str) -> None:
    found = index.search(text)
    assert (found.hits[0].iri, found.how) == (f"https://invented.example/{first}", how)


def test_a_node_is_one_hit_and_blank_nodes_are_none(index: TextIndex) -> None:
    found = index.search("who")
    assert [h.text for h in found.hits] == ["The Who", "Who", "Who Is Who"]
    assert [h.score for h in found.hits] == [1.0, 1.0, 0.3333]
    assert len(index.search("who", limit=2).hits) == 2
    assert not index.search("who", kinds=["quote"]).hits and not index.search("who", kinds=["alias"]).hits


ODD = [
    '"',
    "a OR",
    "NEAR(",
    "-x",
    "*",
    "col:x",
    "^a",
    "(",
    "a AND NOT",
    "\0",
    "\ud800",
    "x" * 100_000,
    "y " * 50_000,
    "",
]


@pytest.mark.parametrize("text", ODD)
def test_any_text_is_a_search(index: TextIndex, text: str) -> None:
    assert isinstance(index.search(text).hits, tuple)
    assert isinstance(index.exact(text) + index.prefix(text) + index.near(text), list)


def test_lookups(index: TextIndex) -> None:
    assert [h.iri[-1] for h in index.exact("who")] == ["5", "7"] == [h.iri[-1] for h in index.exact("the Who")]
    assert [(h.text, h.score) for h in index.prefix("who i")] == [("Who Is Who", 0.6667)]
    assert [(h.text, h.role) for h in index.near("Keth Moon")] == [("Keith Moon", "entity")]
    assert [(h.text, h.role) for h in index.exact("made by") + index.exact("knows")] == [("knows", "relation")]
    assert index.exact("city")[0].role == "class" and index.exact("madeBy")[0].role == "relation"


def test_an_index_that_is_absent_or_old_is_made(tmp_path: Path) -> None:
    for content in (None, b"", b"no database", b"SQLite format 3\0" + b"x" * 5_000):
        if content is not None:
            (tmp_path / textindex.FILE).write_bytes(content)
        assert TextIndex.open(tmp_path, graph()).exact("Someone")
    with sqlite3.connect(tmp_path / textindex.FILE) as database:
        database.execute("PRAGMA user_version = 999")
    assert TextIndex.open(tmp_path, graph()).exact("Someone")
    assert [f.name for f in tmp_path.iterdir()] == [textindex.FILE]


def test_where_nothing_can_be_written_it_is_in_memory(tmp_path: Path) -> None:
    assert TextIndex.open(tmp_path / "absent", graph()).exact("Someone")


def test_damage_is_told(tmp_path: Path) -> None:
    TextIndex.open(tmp_path, graph())
    file = tmp_path / textindex.FILE
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(StoreError, match="text index is damaged"):
        TextIndex.open(tmp_path, graph()).search("who")


def test_a_revision_has_its_index_and_one_written_anew_has_too(demo: Path, tmp_path: Path) -> None:
    (folder,) = (f for f in (demo / "graph").iterdir() if f.is_dir())
    revisions.rewrite(folder, tmp_path / "anew", SPACE)
    assert held_copy(folder / textindex.FILE, tmp_path) == held(tmp_path / "anew" / textindex.FILE)
    quotes = Layout(demo).open_texts().search("was designed by Tommy Flowers", kinds=["quote"]).hits
    assert [(h.text, h.document) for h in quotes] == [
        ("Colossus was designed by Tommy Flowers.", "documents/colossus.txt")
    ]


def held_copy(file: Path, folder: Path) -> Counter[tuple[str, ...]]:
    """The rows of an index that is not to be written to."""
    copy = folder / "copy.db"
    copy.write_bytes(file.read_bytes())
    return held(copy)


def test_keys() -> None:
    assert key("The Élan  vital’s") == "elan vital" and key("the") == "the" and key("—") == ""
