"""Shapes: what is refused, and that nothing is fetched."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from kgtool.errors import NotFoundError, UsageError
from kgtool.store import shapes
from kgtool.store.vocabulary import Namespaces

SPACE = Namespaces("https://kgtool.example/")
HEAD = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix x: <https://x.example/> .
"""
GOOD = "<A> a sh:NodeShape ; sh:targetClass x:Person ; sh:property [ sh:path x:age ; sh:minCount 1 ] ."


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection fails the test."""

    def refuse(*args: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def load(folder: Path, text: str, name: str = "shapes.ttl") -> shapes.Shapes:
    path = folder / name
    path.write_text(HEAD + text if name.endswith(".ttl") else text, encoding="utf-8")
    return shapes.load(path, SPACE)


def test_the_same_shapes_are_the_same_text_in_every_syntax(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    written = (
        f"# another order\n<A> sh:property [ sh:minCount 1 ; sh:path x:age ] ; sh:targetClass x:Person . {GOOD[:20]} ."
    )
    assert load(tmp_path, written).text == found.text
    assert load(tmp_path, found.text, "shapes.nt") == found
    assert "<https://kgtool.example/shape/A>" in found.text and found.warnings == ()


CONSTRAINT = "<A> sh:targetClass x:Person ; sh:property [ sh:path x:age ; {} ] ."
QUERY = '<A> sh:targetClass x:Person ; sh:sparql [ sh:select """SELECT $this {}""" ] .'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<A> sh:targetClass x:Person ;\n ; sh:property [ .", "line 5"),
        (CONSTRAINT.format("sh:minCout 1"), "no sh:minCout"),
        (CONSTRAINT.format("sh:minCount 'one'"), "shape/A>: MinCount"),
        (CONSTRAINT.format("sh:datatype 'integer'"), '"integer" is no value of sh:datatype'),
        (CONSTRAINT.format("sh:nodeKind sh:Violation"), "is no value of sh:nodeKind"),
        (CONSTRAINT.format("sh:pattern '('"), "unterminated"),
        (CONSTRAINT.format("sh:in 3"), "the value of sh:in is a list"),
        ("<A> sh:targetClass x:Person ; sh:property [ sh:minCount 1 ] .", "NodeShape"),
        ("<A> sh:targetClass x:Person ; sh:or () ; sh:class x:B .", "list"),
        ("", "no shape with a target"),
        ("<A> a sh:NodeShape ; sh:property [ sh:path x:age ; sh:minCount 1 ] .", "no shape with a target"),
        ("<A> a sh:NodeShape ; sh:targetClass x:Person .", "no constraint"),
        ("<A> sh:targetClass x:Person ; sh:property [ sh:path x:knows ; sh:node <A> ] .", "refers to itself"),
        ("<A> sh:targetClass x:P ; sh:not <B> . <B> sh:or ( [ sh:path x:a ; sh:node <A> ] ) .", "refers to itself"),
        (QUERY.format("{ SERVICE <http://127.0.0.1/> { $this ?p ?o } }"), "reaches outside of the graph (SERVICE)"),
        (QUERY.format("{ SERV\\\\u0049CE <http://127.0.0.1/> { $this ?p ?o } }"), "(SERVICE)"),
        (QUERY.format("FROM <http://127.0.0.1/> { $this ?p ?o }"), "(FROM)"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match="shapes") as error:
        load(tmp_path, text)
    assert said in error.value.message and error.value.hint


def test_what_is_no_file_of_shapes(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        shapes.load(tmp_path / "none.ttl", SPACE)
    with pytest.raises(UsageError, match="not known by its ending"):
        load(tmp_path, GOOD, "shapes.txt")
    with pytest.raises(UsageError, match="remote context"):
        load(tmp_path, '{"@context": "http://127.0.0.1/c", "@id": "x:a"}', "shapes.jsonld")


def test_what_is_not_done_is_told(tmp_path: Path) -> None:
    found = load(tmp_path, f"<> owl:imports <http://127.0.0.1/more> . <A> sh:rule [] . {GOOD}")
    rule, imports = found.warnings
    assert "sh:rule is not evaluated" in rule and "<http://127.0.0.1/more> is not followed" in imports


def test_shapes_that_no_circle_goes_through_may_share(tmp_path: Path) -> None:
    text = "<A> sh:targetClass x:P ; sh:and ( <B> <C> ) . <B> sh:node <D> . <C> sh:node <D> . <D> sh:class x:Q ."
    assert not load(tmp_path, text).warnings
