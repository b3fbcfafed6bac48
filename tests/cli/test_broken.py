"""What a first user broke once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests_support import Run, exported

import kgtool as library


def test_text_given_as_a_parameter_is_text(demo: Path) -> None:
    graph = library.open(demo)
    query = "SELECT ?s { ?s rdfs:label ?l FILTER(STR(?l) = $n) }"
    assert list(graph.query(query, parameters={"n": '"nope" || true'}).rows()) == []
    assert len(list(graph.query(query, parameters={"n": "Colossus"}).rows())) == 1


def test_an_empty_journal_beside_a_graph_is_corrupt(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    store = tmp_path / "kg"
    kgtool("build", texts, "-s", store, "-q")
    os.truncate(store / "journal.db", 0)
    for suffix in ("-wal", "-shm"):
        (store / f"journal.db{suffix}").unlink(missing_ok=True)
    done = kgtool("build", texts, "-s", store)
    assert done.returncode == 1 and "journal is corrupt" in done.stderr


def test_a_damaged_graph_is_published_again(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    store = tmp_path / "kg"
    kgtool("build", texts, "-s", store, "-q")
    before = exported(kgtool, store)
    for folder in (store / "graph").iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)
            folder.mkdir()
    assert kgtool("build", "-s", store, "-q").returncode == 0
    assert exported(kgtool, store) == before


def test_a_link_is_written_through_and_a_pipe_is_no_document(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "target.nq", tmp_path / "link.nq"
    link.symlink_to(target)
    assert kgtool("export", "-s", demo, "-o", link).returncode == 0
    assert link.is_symlink() and target.stat().st_size > 1000
    os.mkfifo(tmp_path / "pipe.txt")
    done = kgtool("build", tmp_path, "-s", tmp_path / "kg")
    assert done.returncode != 0 and "pipe.txt" in done.stderr


def test_a_deep_query_is_refused(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    (tmp_path / "deep.rq").write_text("ASK " + "{" * 20_000 + "}" * 20_000)
    done = kgtool("query", "-f", tmp_path / "deep.rq", "-s", demo)
    assert done.returncode == 2 and "nested" in done.stderr
