"""The store directory: lock, revisions and manifest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgtool.errors import LockedError, NotFoundError, StoreError
from kgtool.layout import FORMAT, Layout, Manifest, is_locked, locked, replace_file
from kgtool.model import Decision, Fusion, LiteralValue, Statement
from kgtool.store.rdf import Part

NODE = ox.NamedNode("https://kgtool.example/entity/A")
HOLD = """
import sys
from pathlib import Path
from kgtool.layout import Layout, locked
with locked(Layout(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "kg")


@contextmanager
def holder(layout: Layout) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLD, str(layout.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def manifest(revision: str) -> Manifest:
    return Manifest(revision, "https://kgtool.example/", 1, 1, 1, 1, 1, 0, 0, 0)


def publish(layout: Layout, revision: str) -> None:
    layout.publish(manifest(revision), [part(revision)])


def part(word: str) -> Part:
    return Part(NODE.value, word, lambda: iter([ox.Quad(NODE, NODE, ox.Literal(word))]))


def content(layout: Layout) -> list[str]:
    return [q.object.value for q in layout.open_graph().quads()]


def revisions(layout: Layout) -> set[str]:
    return {p.name for p in layout.graph.iterdir() if p.is_dir()}


def test_a_lock_keeps_other_processes_out(layout: Layout) -> None:
    with holder(layout):
        assert is_locked(layout)
        with pytest.raises(LockedError, match="another kgtool"), locked(layout):
            pass


def test_a_lock_ends_with_its_process_however_it_ends(layout: Layout) -> None:
    with holder(layout) as process:
        process.kill()
        process.wait()
        with locked(layout):
            assert is_locked(layout)
    assert not is_locked(layout)


def test_a_lock_ends_with_an_error(layout: Layout) -> None:
    with pytest.raises(KeyError), locked(layout):
        raise KeyError
    with locked(layout):
        assert is_locked(layout)


def test_a_store_that_is_not_there_is_not_locked(layout: Layout) -> None:
    assert not is_locked(layout)
    assert not layout.root.exists()


def test_a_place_that_cannot_be_written_is_an_error(layout: Layout) -> None:
    layout.root.write_text("a file")
    with pytest.raises(StoreError, match="is a file"), locked(layout):
        pass


def test_what_is_published_can_be_read(layout: Layout) -> None:
    publish(layout, "r1")
    assert layout.manifest() == manifest("r1")
    assert layout.is_published("r1") and not layout.is_published("r2")
    assert content(layout) == ["r1"]


def test_the_revision_before_stays_for_its_readers(layout: Layout) -> None:
    publish(layout, "r1")
    reader = layout.open_graph()
    publish(layout, "r2")
    assert [q.object.value for q in reader.quads()] == ["r1"]
    assert content(layout) == ["r2"] and revisions(layout) == {"r1", "r2"}
    publish(layout, "r3")
    assert revisions(layout) == {"r2", "r3"}


def test_publishing_again_keeps_the_revision_before(layout: Layout) -> None:
    publish(layout, "r1")
    publish(layout, "r2")
    publish(layout, "r2")
    assert content(layout) == ["r2"] and revisions(layout) == {"r1", "r2"}


def test_going_back_to_a_revision_that_is_still_there(layout: Layout) -> None:
    for revision in ("r1", "r2", "r1"):
        publish(layout, revision)
    assert content(layout) == ["r1"] and revisions(layout) == {"r1", "r2"}


def test_a_publication_that_was_cut_off_is_made_again(layout: Layout) -> None:
    def broken() -> Iterator[Part]:
        yield part("half")
        raise KeyError("cut off")

    publish(layout, "r1")
    with pytest.raises(KeyError):
        layout.publish(manifest("r2"), broken())
    assert content(layout) == ["r1"] and not layout.is_published("r2")
    publish(layout, "r2")
    assert content(layout) == ["r2"] and revisions(layout) == {"r1", "r2"}


def test_without_a_graph_there_is_nothing_to_open(layout: Layout) -> None:
    assert layout.manifest() is None
    with pytest.raises(NotFoundError, match="no store at"):
        layout.open_graph()


def test_a_revision_that_was_deleted_is_not_published(layout: Layout) -> None:
    publish(layout, "r1")
    (layout.graph / "r1").rename(layout.root / "away")
    assert not layout.is_published("r1")
    with pytest.raises(NotFoundError):
        layout.open_graph()


def test_a_damaged_graph_is_an_error(layout: Layout) -> None:
    publish(layout, "r1")
    (layout.graph / "r1" / "CURRENT").write_bytes(b"damaged")
    with pytest.raises(StoreError, match="damaged"):
        layout.open_graph()


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "[]", "null", '"x"', '{"format": "new"}', '{"revision": "r1"}', "\xff"]
)
def test_a_damaged_manifest_is_an_error(text: str, layout: Layout) -> None:
    publish(layout, "r1")
    (layout.graph / "manifest.json").write_text(text, encoding="latin-1")
    with pytest.raises(StoreError):
        layout.manifest()


def test_a_newer_manifest_is_refused(layout: Layout) -> None:
    layout.publish(replace(manifest("r1"), format=FORMAT + 1), [])
    with pytest.raises(StoreError, match="newer kgtool"):
        layout.manifest()


def test_a_manifest_counts_what_is_published() -> None:
    statements = (
        Statement("A", "met", "B", "published", 1.0, 1, (0,)),
        Statement("A", "born", LiteralValue("1943", "gYear"), "published", 1.0, 1, (1,)),
        Statement("C", "left", "D", "rejected", 1.0, 1, (2,)),
    )
    decisions = (Decision("merge", "x", (), "A"), Decision("veto", "x", (), "A"))
    made = Manifest.of("r", "b", Fusion((), (), statements, decisions, {}), 5, 6)
    assert made == Manifest("r", "b", 5, 6, triples=2, entities=2, relations=2, merges=1, conflicts=0, inferred=0)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "x"
    replace_file(file, "old")
    replace_file(file, "ü")
    assert file.read_bytes() == "ü".encode() and [p.name for p in tmp_path.iterdir()] == ["x"]
