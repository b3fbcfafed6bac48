"""Revisions: one that grows out of another has the quads of one that is written whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtool.fuse.cascade import CascadeFuser
from kgtool.model import Evidence, Triple
from kgtool.store import rdf, revisions, textindex
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import Namespaces

SPACE = Namespaces("https://kgtool.example/")
RUNS = {"run1": {"extractor": "rules", "version": "1"}}
NAMES = ("Colossus", "the Colossus", "Alan Turing", "A. Turing", "Turing", "it", "Bletchley Park (BP)", "BP", "C++")
PREDICATES = ("designed", "was designed by", "has designed", "is not", "also known as")


@st.composite
def triples(draw: st.DrawFn) -> Triple:
    """A triple of one of two documents, in one of two chunks."""
    number = st.integers(0, 1)
    subject, other = draw(st.sampled_from(NAMES)), draw(st.sampled_from((*NAMES, "1943")))
    predicate = draw(st.sampled_from(PREDICATES))
    begin, anchor = draw(number), ("", "page 2")[draw(number)]
    place = Evidence(f"{draw(number)} a.txt", "0-9", begin, begin + 5, "quote", "rules", anchor=anchor)
    return Triple(
        subject, predicate, other, evidence=place, datatype="gYear" if other == "1943" else "",
        confidence=(0.6, 0.9)[draw(number)], status=draw(st.sampled_from(("asserted", "negated"))),
        subject_type=("", "Person")[draw(number)],
    )  # fmt: skip


def parts_of(listed: list[Triple]) -> list[rdf.Part]:
    """The parts of a graph; the content of a document is the number of its triples."""
    counts = {t.evidence.document: sum(o.evidence.document == t.evidence.document for o in listed) for t in listed}
    found = [
        rdf.Found(t, rdf.DocumentRef(t.evidence.document, f"{counts[t.evidence.document]:064}", "Title"), "run1")
        for t in listed
    ]
    return list(rdf.parts(CascadeFuser(publish_above=0.7).fuse(listed), found, RUNS if found else {}, SPACE))


def quads_of(parts: list[rdf.Part]) -> set[ox.Quad]:
    return {quad for part in parts for quad in part.quads()}


def stored(parts: list[rdf.Part]) -> set[ox.Quad]:
    """The quads of parts as a database gives them back, which writes numbers in its own way."""
    store = OxigraphStore(space=SPACE)
    store.load(quads_of(parts))
    return set(store.quads())


def held(path: Path) -> set[ox.Quad]:
    return set(OxigraphStore.read(path, SPACE).quads())


@pytest.fixture
def growing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every revision that can grows out of the one before."""
    monkeypatch.setattr(revisions, "WHOLE", 0)


def small(word: str, node: str = "A") -> rdf.Part:
    """A part of one quad."""
    subject = f"https://kgtool.example/entity/{node}"
    made = ox.Quad(ox.NamedNode(subject), rdf.LABEL, ox.Literal(word), ox.DefaultGraph())
    return rdf.Part(subject, rdf.content(word), lambda: iter([made]))


@settings(max_examples=300, deadline=None)
@given(listed=st.lists(triples(), max_size=12))
def test_all_quads_of_a_subject_are_in_its_parts(listed: list[Triple]) -> None:
    for part in parts_of(listed):
        assert {q.subject.value for q in part.quads()} == {part.subject}


@settings(max_examples=300, deadline=None)
@given(first=st.lists(triples(), max_size=12), second=st.lists(triples(), max_size=12))
def test_subjects_with_one_digest_have_the_same_quads(first: list[Triple], second: list[Triple]) -> None:
    old, new = parts_of(first), parts_of(second)
    before, after = revisions.index_of(old), revisions.index_of(new)
    same = {s for s in before.keys() & after.keys() if before[s] == after[s]}
    assert quads_of([p for p in old if p.subject in same]) == quads_of([p for p in new if p.subject in same])


@settings(max_examples=10, deadline=None)
@given(history=st.lists(st.lists(triples(), max_size=8), min_size=2, max_size=4))
def test_a_revision_that_grows_has_the_quads_and_texts_of_a_whole_one(history: list[list[Triple]]) -> None:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as name:
        patch.setattr(revisions, "WHOLE", 0)
        before = None
        for number, listed in enumerate(history):
            path = Path(name, str(number))
            revisions.write(path, parts_of(listed), SPACE, before)
            assert held(path) == stored(parts_of(listed))
            textindex.fill(Path(name, "whole"), OxigraphStore.read(path, SPACE))
            assert texts_of(path / textindex.FILE) == texts_of(Path(name, "whole"))
            assert before is None or held(before) == stored(parts_of(history[number - 1]))
            before = path


def test_what_did_not_change_is_linked_and_not_made(tmp_path: Path, growing: None) -> None:
    def never() -> Iterator[ox.Quad]:
        raise KeyError

    first = [small(f"name {i}", f"{i}") for i in range(20)]
    revisions.write(tmp_path / "a", first, SPACE)
    same = [rdf.Part(p.subject, p.content, never) for p in first[1:]]
    revisions.write(tmp_path / "b", [*same, small("other", "0")], SPACE, tmp_path / "a")
    assert held(tmp_path / "b") == quads_of([*first[1:], small("other", "0")])
    assert any(file.stat().st_nlink > 1 for file in (tmp_path / "b").glob("*.sst"))


def test_where_much_changed_all_is_written(tmp_path: Path) -> None:
    revisions.write(tmp_path / "a", [small(f"name {i}", f"{i}") for i in range(8)], SPACE)
    parts = [small(f"name {i}", f"{i}") for i in range(4, 12)]
    revisions.write(tmp_path / "b", parts, SPACE, tmp_path / "a")
    assert held(tmp_path / "b") == quads_of(parts)
    assert all(file.stat().st_nlink == 1 for file in (tmp_path / "b").glob("*.sst"))


@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "of another mapping", "no text"])
def test_without_an_index_that_can_be_used_all_is_written(damage: str, tmp_path: Path, growing: None) -> None:
    revisions.write(tmp_path / "a", [small("one"), small("gone", "B")], SPACE)
    file = tmp_path / "a" / revisions.INDEX
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    if damage == "gone":
        file.unlink()
    elif damage == "no text":
        file.write_bytes(b"\xff")
    else:
        kept = {"empty": [], "cut": lines[:-1], "of another mapping": ["0 https://kgtool.example/\n", *lines[1:]]}
        file.write_text("".join(kept[damage]), encoding="utf-8")
    revisions.write(tmp_path / "b", [small("two")], SPACE, tmp_path / "a")
    assert held(tmp_path / "b") == quads_of([small("two")])


@pytest.mark.parametrize("name", ["CURRENT", "*.sst"])
def test_a_damaged_revision_is_not_grown(name: str, tmp_path: Path, growing: None) -> None:
    revisions.write(tmp_path / "a", [small("one"), small("other", "B")], SPACE)
    for file in (tmp_path / "a").glob(name):
        file.write_bytes(b"damaged")
    revisions.write(tmp_path / "b", [small("two"), small("other", "B")], SPACE, tmp_path / "a")
    assert held(tmp_path / "b") == quads_of([small("two"), small("other", "B")])


def test_a_revision_under_another_base_is_written_whole(tmp_path: Path, growing: None) -> None:
    revisions.write(tmp_path / "a", [small("one")], SPACE)
    revisions.write(tmp_path / "b", [small("two", "B")], Namespaces("https://other.example/"), tmp_path / "a")
    assert held(tmp_path / "b") == quads_of([small("two", "B")])


def test_a_subject_may_have_parts_of_several_kinds(tmp_path: Path, growing: None) -> None:
    revisions.write(tmp_path / "a", [small("one"), small("two"), small("other", "B")], SPACE)
    revisions.write(tmp_path / "b", [small("one"), small("three"), small("other", "B")], SPACE, tmp_path / "a")
    assert held(tmp_path / "b") == quads_of([small("one"), small("three"), small("other", "B")])


def test_a_revision_that_is_written_once_more_has_no_bytes_of_what_was_taken_out(tmp_path: Path, growing: None) -> None:
    def files_with(folder: Path) -> list[str]:
        return [f.name for f in folder.iterdir() if b"Old Name" in f.read_bytes()]

    revisions.write(tmp_path / "a", [small("Old Name"), small("other", "B")], SPACE)
    revisions.write(tmp_path / "b", [small("New Name"), small("other", "B")], SPACE, tmp_path / "a")
    assert files_with(tmp_path / "b")
    revisions.rewrite(tmp_path / "b", tmp_path / "c", SPACE)
    assert held(tmp_path / "c") == held(tmp_path / "b") and not files_with(tmp_path / "c")
    revisions.write(tmp_path / "d", [small("New Name"), small("more", "B")], SPACE, tmp_path / "c")
    assert held(tmp_path / "d") == quads_of([small("New Name"), small("more", "B")])


def texts_of(file: Path) -> Counter[tuple[str, ...]]:
    """The rows of a text index without their numbers, after a check of its words against them."""
    with textindex.writing(file) as database:
        database.execute("INSERT INTO words(words, rank) VALUES('integrity-check', 1)")
        return Counter(database.execute(f"SELECT {textindex.FIELDS} FROM texts"))
