"""The raw layer on a real SQLite file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgtool.errors import NotFoundError, StoreError
from kgtool.journal import FORMAT, Erasure, Journal, Source
from kgtool.model import Chunk, Decision, Document, Evidence, Tombstone, Triple

ONE = Document("a.txt", "Colossus was built.\r\n👍", "Title")
TWO = Document("b.txt", "Another text.")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kg" / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal.open(path, create=True) as made:
        yield made


def source(document: Document, root: str = "/r") -> Source:
    return Source(root, document.name, document.hash)


def put(journal: Journal, *documents: Document, remove: tuple[Source, ...] = ()) -> None:
    journal.change(roots=["/r"], add=[(source(d), d) for d in documents], remove=remove, failures=[])


def test_documents_come_back(journal: Journal, path: Path) -> None:
    put(journal, TWO, ONE)
    with Journal.open(path) as again:
        assert again.roots() == ["/r"]
        assert again.sources() == [source(ONE), source(TWO)]
        assert [again.document(s) for s in again.sources()] == [ONE, TWO]


def test_a_changed_document_takes_the_place_of_the_old_one(journal: Journal) -> None:
    put(journal, ONE)
    put(journal, Document("a.txt", "new"))
    assert [journal.document(s).text for s in journal.sources()] == ["new"]


def test_a_document_that_goes_leaves_its_text_behind(journal: Journal) -> None:
    put(journal, ONE, TWO)
    put(journal, remove=(source(ONE),))
    assert journal.sources() == [source(TWO)]
    assert journal.document(source(ONE)) == ONE


def test_equal_texts_keep_their_own_titles(journal: Journal) -> None:
    text = "# Title\n\nText.\n"
    documents = [Document("a.md", text, "Title"), Document("b.txt", text, "")]
    put(journal, *documents)
    assert [journal.document(s).title for s in journal.sources()] == ["Title", ""]


def test_failures_are_replaced(journal: Journal) -> None:
    journal.change(roots=["/r"], add=[], remove=[], failures=[("/r", "x", "why"), ("/r", "b", "why")])
    assert journal.failures() == [("/r", "b", "why"), ("/r", "x", "why")]
    put(journal)
    assert journal.failures() == []


def test_a_change_that_fails_changes_nothing(journal: Journal, path: Path) -> None:
    put(journal, ONE)

    def broken() -> Iterator[tuple[Source, Document]]:
        yield source(TWO), TWO
        raise KeyError("half way")

    with pytest.raises(KeyError):
        journal.change(roots=["/other"], add=broken(), remove=[source(ONE)], failures=[("/r", "x", "y")])
    assert (journal.roots(), journal.sources(), journal.failures()) == (["/r"], [source(ONE)], [])
    put(journal, TWO)
    with Journal.open(path) as again:
        assert again.sources() == [source(ONE), source(TWO)]


def triple(begin: int) -> Triple:
    evidence = Evidence("a.txt", "100-120", begin, begin + 8, "Colossus", "rules")
    return Triple("Colossus", "was", "built", value="é👍", datatype="string", confidence=0.75, evidence=evidence)


def test_triples_are_kept_relative_to_their_chunk(journal: Journal) -> None:
    here, there = Chunk("a.txt", 100, 120, "same text"), Chunk("b.txt", 7, 27, "same text")
    journal.save_extractions("run", [(here, [triple(103), triple(105)])])
    kept = journal.extraction("run", there.key)
    assert [(t.evidence.begin, t.evidence.document, t.evidence.chunk) for t in kept] == [(3, "", ""), (5, "", "")]
    assert [t.moved("a.txt", here.id, here.begin) for t in kept] == [triple(103), triple(105)]


def test_nothing_found_is_not_the_same_as_not_looked(journal: Journal) -> None:
    chunk = Chunk("a.txt", 0, 4, "text")
    assert not journal.has_extraction("run", chunk.key)
    journal.save_extractions("run", [(chunk, [])])
    assert journal.has_extraction("run", chunk.key) and not journal.has_extraction("other", chunk.key)
    assert journal.extraction("run", chunk.key) == journal.extraction("other", chunk.key) == []


def test_chunks_come_back_in_order_for_their_splitter(journal: Journal) -> None:
    chunks = [Chunk("a.txt", 9, 12, "two"), Chunk("a.txt", 0, 3, "one")]
    journal.save_chunks("hash", "s1", chunks)
    assert journal.chunk_keys("hash", "s1") == [(0, 3, chunks[1].key), (9, 12, chunks[0].key)]
    assert journal.has_chunks("hash", "s1") and not journal.has_chunks("hash", "s2")


def test_runs_say_their_settings(journal: Journal) -> None:
    journal.save_run("run", {"b": "ü", "a": "1"})
    assert journal.run_settings("run") == {"a": "1", "b": "ü"}
    assert journal.run_settings("other") == {}


def test_decisions_are_found_by_verdict(journal: Journal) -> None:
    decisions = [Decision("merge", "alias", ("NPL", "Ü"), "A", 0.98), Decision("veto", "x", ("P",), "B", 0.0)]
    journal.replace_decisions([Decision("merge", "old", (), "A")])
    journal.replace_decisions(decisions)
    assert journal.decisions(["A", "A", "C"]) == decisions[:1]
    assert journal.decisions(["B", "A"]) == decisions
    assert journal.decisions([]) == []


def test_a_journal_that_is_missing_is_not_made(path: Path) -> None:
    with pytest.raises(NotFoundError, match="no store at"):
        Journal.open(path)
    assert not path.parent.exists()


def test_a_lost_text_is_an_error(journal: Journal) -> None:
    with pytest.raises(StoreError, match=r"a\.txt"):
        journal.document(source(ONE))


def sql(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("data", [b"this is no database, but a text " * 64, os.urandom(4096)])
def test_a_corrupt_file_is_an_error(data: bytes, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(StoreError, match="corrupt"):
        Journal.open(path)
    assert path.read_bytes() == data


def test_a_damaged_page_is_an_error(path: Path) -> None:
    with Journal.open(path, create=True) as journal:
        put(journal, *(Document(f"{i}.txt", f"{i} " * 2000) for i in range(20)))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(StoreError), Journal.open(path) as again:
        again.sources()


def test_a_database_of_something_else_is_an_error(path: Path) -> None:
    path.parent.mkdir()
    sql(path, "CREATE TABLE other(x)")
    with pytest.raises(StoreError):
        Journal.open(path)


@pytest.mark.parametrize("path_is", ["a directory", "below a file"])
def test_a_place_that_cannot_be_written_is_an_error(path_is: str, path: Path) -> None:
    if path_is == "a directory":
        path.mkdir(parents=True)
    else:
        path.parent.write_text("a file")
    with pytest.raises(StoreError):
        Journal.open(path, create=True)


def test_a_newer_format_is_refused(path: Path) -> None:
    Journal.open(path, create=True).__exit__()
    sql(path, f"UPDATE meta SET value = '{FORMAT + 1}' WHERE key = 'format'")
    with pytest.raises(StoreError, match="newer kgtool"):
        Journal.open(path)


def test_a_format_that_is_no_number_is_an_error(path: Path) -> None:
    Journal.open(path, create=True).__exit__()
    sql(path, "UPDATE meta SET value = 'one' WHERE key = 'format'")
    with pytest.raises(StoreError):
        Journal.open(path)


FORMAT_3 = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE roots(path TEXT PRIMARY KEY, options TEXT NOT NULL DEFAULT '{}') WITHOUT ROWID;
CREATE TABLE documents(root TEXT, name TEXT, hash TEXT NOT NULL, part TEXT NOT NULL DEFAULT '',
                       PRIMARY KEY(root, name, part)) WITHOUT ROWID;
CREATE TABLE failures(root TEXT, name TEXT, error TEXT NOT NULL, PRIMARY KEY(root, name, error)) WITHOUT ROWID;
CREATE TABLE contents(hash TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL,
                      anchors TEXT NOT NULL DEFAULT '[]');
CREATE TABLE chunks(hash TEXT, splitter TEXT, begin INTEGER, end INTEGER, key TEXT NOT NULL,
                    PRIMARY KEY(hash, splitter, begin)) WITHOUT ROWID;
CREATE TABLE runs(id TEXT PRIMARY KEY, settings TEXT NOT NULL);
CREATE TABLE extractions(run TEXT, key TEXT, triples TEXT NOT NULL, PRIMARY KEY(run, key));
CREATE TABLE decisions(kind TEXT, rule TEXT, candidates TEXT, verdict TEXT, score REAL);
CREATE TABLE rulings(a TEXT, b TEXT, kind TEXT NOT NULL, PRIMARY KEY(a, b)) WITHOUT ROWID;
INSERT INTO meta VALUES ('format', '3');
INSERT INTO documents VALUES ('/r', 'a.txt', 'hash', 'row 1');
INSERT INTO contents VALUES ('hash', 'Title', 'Text.', '[]');
INSERT INTO extractions VALUES ('run', 'key', '[]');
"""
ASKED_3 = """
CREATE TABLE answers(request TEXT PRIMARY KEY, answer TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE batches(id TEXT PRIMARY KEY, work TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO answers VALUES ('request', '{"text":"x"}');
"""


@pytest.mark.parametrize("asked", [False, True])
def test_a_journal_of_format_3_is_brought_up_to_date(path: Path, asked: bool) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.executescript(FORMAT_3 + (ASKED_3 if asked else ""))
    connection.close()
    for _ in range(2):
        with Journal.open(path) as journal:
            assert journal.sources() == [Source("/r", "a.txt", "hash", "row 1")]
            assert journal.document(journal.sources()[0]).text == "Text."
            assert journal.has_extraction("run", "key") and journal.tombstones() == []
            assert list(journal.answers()) == ([("request", "", {"text": "x"})] if asked else [])
            journal.check()


def test_a_sound_journal_passes_the_check_word_for_word(journal: Journal, path: Path) -> None:
    put(journal, ONE, TWO)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    journal.check()


def test_what_is_erased_is_gone_from_the_file_after_the_vacuum(journal: Journal, path: Path) -> None:
    put(journal, ONE, TWO)
    stone = Tombstone("place", "digest")
    journal.erase(Erasure("request", (stone,), sources=(source(ONE),)))
    assert journal.is_unclean() and journal.tombstones_of("request") == journal.tombstones() == [stone]
    journal.vacuum()
    assert not journal.is_unclean()
    files = [f.read_bytes() for f in path.parent.iterdir()]
    assert not [f for f in files if b"Colossus" in f] and [f for f in files if b"Another text" in f]


def test_a_vacuum_waits_for_who_reads(journal: Journal, path: Path) -> None:
    put(journal, ONE)
    journal.erase(Erasure("request", (), sources=(source(ONE),)))
    reader = sqlite3.connect(path)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM meta").fetchall()
    journal._db.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(StoreError, match="another process reads"):
        journal.vacuum()
    assert journal.is_unclean()
    reader.close()
    journal.vacuum()
    assert not journal.is_unclean()
