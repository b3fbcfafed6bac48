"""Histories: whatever was added, changed, removed, said and forgotten, the graph is that of what is left of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgtool
from kgtool.api import KnowledgeGraph
from kgtool.errors import NotFoundError, UsageError
from kgtool.journal import Erasure, Journal
from kgtool.store import revisions

PEOPLE = ("Maria Silva", "M. Silva", "Jonas Berg", "Berg")
FIRMS = ("Acme Robotics", "Acme Machines", "Velora Labs")
PLACES = ("Lisbon", "Tarnow")
FRAMES = (
    ("{} founded {}.", PEOPLE, FIRMS), ("{} was born in {}.", PEOPLE, PLACES), ("{} worked at {}.", PEOPLE, FIRMS),
    ("{} bought {}.", FIRMS, FIRMS), ("{} moved to {}.", FIRMS, PLACES), ("{}'s son lived in {}.", PEOPLE, PLACES),
)  # fmt: skip
FOLDERS = ("one", "two")
FILES = ("a.txt", "b.txt", "c.md")
ALWAYS = "z.txt"
"""A file that every folder has from the beginning, so that none is ever empty."""

Step = tuple[Any, ...]


@st.composite
def sentences(draw: st.DrawFn) -> str:
    frame, left, right = draw(st.sampled_from(FRAMES))
    return frame.format(draw(st.sampled_from(left)), draw(st.sampled_from(right)))


def texts() -> st.SearchStrategy[str]:
    paragraph = st.lists(sentences(), min_size=1, max_size=2).map(" ".join)
    return st.lists(paragraph, min_size=1, max_size=2).map(lambda found: "\n\n".join(found) + "\n")


def steps() -> st.SearchStrategy[Step]:
    """Steps of a history; numbers choose from what there is when a step is taken."""
    number = st.integers(0, 9)
    folders, files = st.sampled_from(FOLDERS), st.sampled_from(FILES)
    return st.one_of(
        st.tuples(st.just("write"), folders, files, texts()),
        st.tuples(st.just("write"), folders, files, texts()),
        st.tuples(st.just("remove"), folders, files),
        st.tuples(st.just("build")),
        st.tuples(st.sampled_from(("merge", "split")), number, number),
        st.tuples(st.just("unsay"), number),
        st.tuples(st.just("forget"), st.sampled_from(("document", "entity", "triple")), number, st.booleans()),
        st.tuples(st.just("again"), number, st.booleans()),
        st.tuples(st.just("undo"), number),
    )


@pytest.fixture(scope="module", autouse=True)
def settled() -> Iterator[None]:
    """Every revision grows out of the one before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(revisions, "WHOLE", 0)
        yield


def graph_at(folder: Path) -> KnowledgeGraph:
    return kgtool.open(folder / "kg", jobs=1)


def built(graph: KnowledgeGraph, *paths: Path) -> tuple[str, bytes]:
    report = graph.build(*paths, yes=True)
    assert not report.documents["failed"]
    return report.revision, b"".join(graph.export())


class History:
    """A store and its documents, and what was said and forgotten so far."""

    def __init__(self, folder: Path, first: tuple[str, str]) -> None:
        self.docs = folder / "docs"
        self.paths = [self.docs / name for name in FOLDERS]
        for path, text in zip(self.paths, first, strict=True):
            path.mkdir(parents=True)
            (path / ALWAYS).write_text(text, encoding="utf-8")
        self.graph = graph_at(folder)
        self.said: list[tuple[str, str, str]] = []
        self.forgotten: list[tuple[str, ...]] = []
        built(self.graph, *self.paths)

    def take(self, step: Step) -> None:
        """Do one step; what is refused changes nothing."""
        what, *rest = step
        with suppress(NotFoundError, UsageError):
            getattr(self, what)(*rest)

    def write(self, folder: str, file: str, text: str) -> None:
        (self.docs / folder / file).write_text(text, encoding="utf-8")

    def remove(self, folder: str, file: str) -> None:
        (self.docs / folder / file).unlink(missing_ok=True)

    def build(self) -> None:
        built(self.graph, *self.paths)

    def merge(self, *numbers: int) -> None:
        self.say("merge", *numbers)

    def split(self, *numbers: int) -> None:
        self.say("split", *numbers)

    def say(self, what: str, *numbers: int) -> None:
        a, b = (chosen(self.names(), n) for n in numbers)
        getattr(self.graph, what)(a, b)
        self.said.append((what, a, b))

    def unsay(self, number: int) -> None:
        what, a, b = chosen(self.said, number)
        getattr(self.graph, what)(a, b, undo=True)

    def forget(self, kind: str, number: int, closure: bool) -> None:
        there = {"document": self.documents, "entity": self.names, "triple": self.statements}[kind]()
        found = chosen(there, number)
        what = (kind, *([found] if isinstance(found, str) else found))
        assert self.graph.forget(*what, closure=closure and kind != "document").holds is False
        self.forgotten.append(what)

    def again(self, number: int, closure: bool) -> None:
        what = chosen(self.forgotten, number)
        assert self.graph.forget(*what, closure=closure and what[0] != "document").holds is False

    def undo(self, number: int) -> None:
        self.graph.forget(*chosen(self.forgotten, number), undo=True)

    def documents(self) -> list[str]:
        with Journal.open(self.graph.layout.journal) as journal:
            return [str(Path(s.root) / s.name) for s in journal.sources()]

    def names(self) -> list[str]:
        rows = self.graph.query(
            "SELECT ?name { ?e rdfs:label|skos:altLabel ?name FILTER NOT EXISTS { ?e a rdf:Property } }"
        )
        return sorted({row[0].value for row in rows.rows()})

    def statements(self) -> list[tuple[str, ...]]:
        query = "SELECT ?s ?p ?o { GRAPH ?g { ?n a kg:Statement ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o } }"
        return sorted(tuple(term.value for term in row) for row in self.graph.query(query).rows())


def chosen(there: Sequence[Any], number: int) -> Any:
    """One of the things that are there."""
    if not there:
        raise NotFoundError("nothing is there")
    return there[number % len(there)]


def anew(folder: Path, docs: Path, of: KnowledgeGraph) -> tuple[str, bytes]:
    """One full build elsewhere of documents, with the rulings and tombstones of another store; PATHS turned round."""
    graph = graph_at(folder)
    with Journal.open(of.layout.journal) as told, Journal.open(graph.layout.journal, create=True) as journal:
        journal.rule(told.rulings())
        journal.erase(Erasure("copied", tuple(told.tombstones())))
    copied = folder / "docs"
    shutil.copytree(docs, copied)
    return built(graph, *(copied / name for name in reversed(FOLDERS)))


def delete_forgotten(graph: KnowledgeGraph, docs: Path) -> None:
    """Delete the files that a build skips because they were forgotten; no folder stays without any."""
    for row in graph.build(dry_run=True).documents["skipped"]:
        assert row["reason"] == "forgotten"
        Path(row["path"]).unlink()
    for folder in FOLDERS:
        (docs / folder / ALWAYS).touch()


@settings(max_examples=12, deadline=None)
@given(first=st.tuples(texts(), texts()), steps_taken=st.lists(steps(), min_size=6, max_size=14))
def test_the_graph_is_that_of_what_is_left(first: tuple[str, str], steps_taken: list[Step]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        history = History(folder, first)
        for step in steps_taken:
            history.take(step)
        last = built(history.graph, *history.paths)
        assert built(history.graph) == last
        assert anew(folder / "full", history.docs, history.graph) == last
        delete_forgotten(history.graph, history.docs)
        assert anew(folder / "never", history.docs, history.graph) == last
