"""Histories: whatever was added, changed, removed, said and forgotten, the graph is that of what is left of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

import kgtool
from kgtool.api import KnowledgeGraph
from kgtool.errors import NotFoundError, UsageError
from kgtool.journal import Erasure, Journal

PEOPLE = ("Maria Silva", "M. Silva", "Jonas Berg", "Berg")
FIRMS = ("Acme Robotics", "Acme Machines", "Velora Labs")
PLACES = ("Lisbon", "Tarnow")
FRAMES = (
    ("{} founded {}.", PEOPLE, FIRMS), ("{} was born in {}.", PEOPLE, PLACES), ("{} worked at {}.", PEOPLE, FIRMS),
    ("{} bought {}.", FIRMS, FIRMS), ("{} moved to {}.", FIRMS, PLACES), ("{}'s son lived in {}.", PEOPLE, PLACES),
)  # fmt: skip
RELATIONS = ("founded", "was born in", "worked at", "bought", "moved to")
FOLDERS = ("one", "two")
FILES = ("a.txt", "b.txt", "c.md")
ALWAYS = "z.txt"
"""A file that every folder has from the beginning, so that none is ever empty."""

Step = tuple[str, ...]


@st.composite
def sentences(draw: st.DrawFn) -> str:
    frame, left, right = draw(st.sampled_from(FRAMES))
    return frame.format(draw(st.sampled_from(left)), draw(st.sampled_from(right)))


def texts() -> st.SearchStrategy[str]:
    paragraph = st.lists(sentences(), min_size=1, max_size=2).map(" ".join)
    return st.lists(paragraph, min_size=1, max_size=2).map(lambda found: "\n\n".join(found) + "\n")


def steps() -> st.SearchStrategy[Step]:
    names = st.sampled_from((*PEOPLE, *FIRMS, *PLACES))
    folders, files = st.sampled_from(FOLDERS), st.sampled_from(FILES)
    forgotten = st.one_of(
        st.tuples(st.just("document"), st.sampled_from((*FILES, *(f"{d}/{f}" for d in FOLDERS for f in FILES)))),
        st.tuples(st.just("entity"), names),
        st.tuples(st.just("triple"), names, st.sampled_from(RELATIONS), names),
    )
    closures = st.sampled_from(("", "", "closure"))
    return st.one_of(
        st.tuples(st.just("write"), folders, files, texts()),
        st.tuples(st.just("write"), folders, files, texts()),
        st.tuples(st.just("remove"), folders, files),
        st.tuples(st.just("build")),
        st.tuples(st.sampled_from(("merge", "split")), names, names, st.sampled_from(("", "", "undo"))),
        st.builds(lambda how, what: ("forget", how, *what), closures, forgotten),
        st.builds(lambda what: ("undo", *what), forgotten),
    )


@pytest.fixture(scope="module", autouse=True)
def one_parser() -> Iterator[None]:
    """The parser is loaded once for all builds of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spacy, "load", lru_cache(spacy.load))
        yield


def graph_at(folder: Path) -> KnowledgeGraph:
    return kgtool.open(folder / "kg", jobs=1)


def built(graph: KnowledgeGraph, *paths: Path) -> tuple[str, bytes]:
    report = graph.build(*paths, yes=True)
    assert not report.documents["failed"]
    return report.revision, b"".join(graph.export())


def take(graph: KnowledgeGraph, docs: Path, step: Step) -> None:
    """Do one step of a history; what is refused changes nothing."""
    what, *rest = step
    if what == "write":
        (docs / rest[0] / rest[1]).write_text(rest[2], encoding="utf-8")
    elif what == "remove":
        (docs / rest[0] / rest[1]).unlink(missing_ok=True)
    elif what == "build":
        built(graph, *(docs / folder for folder in FOLDERS))
    else:
        with suppress(NotFoundError, UsageError):
            say(graph, docs, step)


def say(graph: KnowledgeGraph, docs: Path, step: Step) -> None:
    what, *rest = step
    if what in {"merge", "split"}:
        rule: Callable[..., None] = getattr(graph, what)
        rule(*rest[:2], undo=rest[2] == "undo")
        return
    how = rest.pop(0) if what == "forget" else ""
    kind, *words = rest
    if kind == "document" and "/" in words[0]:
        words = [str(docs / words[0])]
    if what == "undo":
        graph.forget(kind, *words, undo=True)
    else:
        told = graph.forget(kind, *words, closure=how == "closure" and kind != "document")
        assert told.holds is False


def again(folder: Path, docs: Path, of: KnowledgeGraph) -> tuple[str, bytes]:
    """One full build elsewhere of documents, with the rulings and tombstones of another store; PATHS turned round."""
    graph = graph_at(folder)
    with Journal.open(of.layout.journal) as told, Journal.open(graph.layout.journal, create=True) as journal:
        journal.rule(told.rulings())
        journal.erase(Erasure("copied", tuple(told.tombstones())))
    copied = folder / "docs"
    shutil.copytree(docs, copied)
    return built(graph, *(copied / name for name in reversed(FOLDERS)))


def drop_forgotten(graph: KnowledgeGraph, docs: Path) -> None:
    """Delete the files that a build skips because they were forgotten."""
    for row in graph.build(dry_run=True).documents["skipped"]:
        assert row["reason"] == "forgotten"
        Path(row["path"]).unlink()
    for folder in FOLDERS:  # a folder must have a file; an empty one is none to the graph
        (docs / folder / ALWAYS).touch()


@settings(max_examples=12, deadline=None)
@given(first=st.tuples(texts(), texts()), history=st.lists(steps(), min_size=6, max_size=14))
def test_the_graph_is_that_of_what_is_left(first: tuple[str, str], history: list[Step]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        docs = folder / "docs"
        for place, text in zip(FOLDERS, first, strict=True):
            (docs / place).mkdir(parents=True)
            (docs / place / ALWAYS).write_text(text, encoding="utf-8")
        graph = graph_at(folder)
        take(graph, docs, ("build",))
        for step in history:
            take(graph, docs, step)
        last = built(graph, *(docs / place for place in FOLDERS))
        assert built(graph) == last
        assert again(folder / "full", docs, graph) == last
        drop_forgotten(graph, docs)
        assert again(folder / "never", docs, graph) == last
