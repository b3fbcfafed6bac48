"""What ``forget`` leaves in the journal, in the files of the store, and in the graph."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from tests_support import DATA

import kgtool
from kgtool.answers import Answers
from kgtool.api import KnowledgeGraph
from kgtool.errors import NotFoundError, StoreError, UsageError
from kgtool.journal import Journal
from kgtool.layout import Layout
from kgtool.model import Decision
from kgtool.store import revisions

TEXTS = {
    "acme.txt": "Acme Robotics was founded in Zwettl. Acme Robotics built the Walker. Maria Silva led Acme Robotics.\n",
    "silva.txt": "Maria Silva was born in Lisbon. M. Silva studied in Tarnow.\n\nShe met Jonas Berg in Vienna.\n",
    "copy.txt": "Maria Silva was born in Lisbon. M. Silva studied in Tarnow.\n",
    "berg.md": "# Jonas Berg\n\nJonas Berg bought the Walker in Graz.\n",
}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents and their store."""
    folder = tmp_path_factory.mktemp("original")
    (folder / "docs").mkdir()
    for name, text in TEXTS.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    kgtool.open(folder / "kg", jobs=1).build(folder / "docs")
    return folder


@pytest.fixture
def graph(original: Path) -> KnowledgeGraph:
    """The store, as it was built; to be written to by one test."""
    shutil.rmtree(original / "mine", ignore_errors=True)
    shutil.copytree(original / "kg", original / "mine")
    return kgtool.open(original / "mine", jobs=1)


def exported(graph: KnowledgeGraph) -> str:
    return b"".join(graph.export()).decode()


def files_with(layout: Layout, *words: str) -> list[str]:
    """The store's files that have one of the words in their bytes, in any case."""
    found = []
    for file in sorted(layout.root.rglob("*")):
        data = file.read_bytes().lower() if file.is_file() else b""
        found += [f"{file.name}: {word}" for word in words if word.lower().encode() in data]
    return found


def journal_rows(layout: Layout, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(layout.journal)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_document_goes_from_every_file(graph: KnowledgeGraph) -> None:
    assert files_with(graph.layout, "Walker", "Zwettl")
    told = graph.forget("document", "acme.txt")
    assert (told.documents, told.holds, told.naming) == (("acme.txt",), False, 0) and told.triples
    assert files_with(graph.layout, "Acme Robotics", "acme.txt", "Zwettl") == []
    assert "Jonas" in exported(graph)
    assert [f.name for f in graph.layout.graph.iterdir() if f.is_dir()] == [told.revision]


def test_a_forgotten_document_does_not_come_back(graph: KnowledgeGraph, original: Path, tmp_path: Path) -> None:
    graph.forget("document", "acme.txt")
    after = exported(graph)
    report = graph.build()
    told = [(Path(row["path"]).name, row["reason"]) for row in report.documents["skipped"]]
    assert told == [("acme.txt", "forgotten")] and not report.changed
    (tmp_path / "renamed.txt").write_text(TEXTS["acme.txt"], encoding="utf-8")
    (tmp_path / "acme.txt").write_text("Acme Robotics was sold in 2001.\n", encoding="utf-8")
    (tmp_path / "other.txt").write_text("Jonas Berg lived in Oslo.\n", encoding="utf-8")
    report = graph.build(tmp_path)
    assert [Path(r["path"]).name for r in report.documents["skipped"]] == ["acme.txt", "renamed.txt"]
    assert files_with(graph.layout, "Acme Robotics") == []
    (tmp_path / "other.txt").unlink()
    graph.build(yes=True)
    assert exported(graph) == after


def test_text_that_another_document_has_stays(graph: KnowledgeGraph, original: Path) -> None:
    graph.forget("document", "silva.txt")
    assert "Tarnow" in exported(graph) and files_with(graph.layout, "Vienna") == []
    assert not graph.build().changed
    graph.forget("document", "copy.txt")
    assert files_with(graph.layout, "Tarnow", "Lisbon") == []


def test_older_versions_and_removed_documents_go_with_it(graph: KnowledgeGraph, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Oskar Quill lived in Zamora.\n", encoding="utf-8")
    (tmp_path / "gone.txt").write_text("Oskar Quill lived in Zamora till 1901.\n", encoding="utf-8")
    graph.build(tmp_path)
    (tmp_path / "a.txt").write_text("Nobody lived there.\n", encoding="utf-8")
    (tmp_path / "gone.txt").unlink()
    graph.build()
    assert files_with(graph.layout, "Zamora")
    graph.forget("document", "a.txt")
    assert files_with(graph.layout, "Zamora", "Quill") == []


def test_an_entity_goes_with_all_its_names(graph: KnowledgeGraph) -> None:
    told = graph.forget("entity", "maria silva")
    assert set(told.names) >= {"Maria Silva", "M. Silva"} and told.holds is False
    assert told.documents == () and told.naming == 3
    facts = b"".join(graph.export(provenance="none")).decode()
    assert "Silva" not in facts and "Walker" in facts
    assert not [t for t in triples(graph) if "silva" in f"{t[0]} {t[1]}".lower()]
    assert not graph.build().changed


def triples(graph: KnowledgeGraph) -> list[tuple[str, str]]:
    """Both ends of every stored triple."""
    with Journal.open(graph.layout.journal) as journal:
        return [(t.subject, t.object) for kept in journal.extractions() for t in kept.triples]


def test_an_entity_with_its_closure_goes_from_every_file(graph: KnowledgeGraph) -> None:
    told = graph.forget("entity", "M. Silva", closure=True)
    assert told.documents == ("acme.txt", "copy.txt", "silva.txt") and told.naming == 0
    assert files_with(graph.layout, "Silva", "Lisbon", "Acme") == []
    assert "Jonas" in exported(graph)


def test_a_forgotten_entity_does_not_come_back_in_new_documents(graph: KnowledgeGraph, tmp_path: Path) -> None:
    graph.forget("entity", "Maria Silva")
    (tmp_path / "new.txt").write_text(
        "The Walker was sold to Maria Silva. Jonas Berg met M. Silva.\n", encoding="utf-8"
    )
    graph.build(tmp_path)
    assert "Silva" not in b"".join(graph.export(provenance="none")).decode()


def test_a_statement_goes_with_its_evidence_and_no_other(graph: KnowledgeGraph) -> None:
    told = graph.forget("triple", "Maria Silva", "was born in", "Lisbon")
    assert told.holds is False and (told.triples, told.naming) == (1, 2)  # of a chunk that two documents have
    assert "be_born_in" not in exported(graph)
    assert "Tarnow" in b"".join(graph.export(provenance="none")).decode()
    assert not graph.build().changed
    with pytest.raises(NotFoundError, match="nothing in the graph is called"):
        graph.explain("Maria Silva", "was born in", "Lisbon")


def test_a_statement_with_its_closure_takes_the_documents_it_was_read_in(graph: KnowledgeGraph) -> None:
    told = graph.forget("triple", "M. Silva", "was born in", "Lisbon", closure=True)
    assert told.documents == ("copy.txt", "silva.txt")
    assert files_with(graph.layout, "Lisbon", "Tarnow") == []


@pytest.mark.parametrize("closure", [False, True])
@pytest.mark.parametrize(
    "what",
    [("document", "acme.txt"), ("entity", "Maria Silva"), ("triple", "Maria Silva", "was born in", "Lisbon")],
)
def test_undo_brings_it_back_with_the_next_build(graph: KnowledgeGraph, what: tuple[str, ...], closure: bool) -> None:
    before = exported(graph)
    graph.forget(*what, closure=closure and what[0] != "document")
    assert exported(graph) != before
    graph.forget(*what, undo=True)
    assert graph.build().changed
    assert exported(graph) == before
    with pytest.raises(NotFoundError, match="nobody forgot"):
        graph.forget(*what, undo=True)


def test_two_that_forgot_one_thing_must_both_withdraw(graph: KnowledgeGraph) -> None:
    before = exported(graph)
    graph.forget("triple", "Maria Silva", "was born in", "Lisbon")
    graph.forget("entity", "Maria Silva")
    graph.forget("triple", "Maria Silva", "was born in", "Lisbon", undo=True)
    graph.build()
    assert "be_born_in" not in exported(graph)
    graph.forget("entity", "Maria Silva", undo=True)
    graph.build()
    assert exported(graph) == before


def test_what_was_forgotten_can_be_forgotten_again(graph: KnowledgeGraph) -> None:
    for what in (
        ("document", "acme.txt"),
        ("entity", "Jonas Berg"),
        ("triple", "Maria Silva", "was born in", "Lisbon"),
    ):
        first = graph.forget(*what)
        second = graph.forget(*what)
        assert (second.holds, second.triples, second.revision) == (False, 0, first.revision)


@pytest.mark.parametrize("what", [("entity", "Maria Silva"), ("triple", "Maria Silva", "was born in", "Lisbon")])
def test_closure_can_follow(graph: KnowledgeGraph, what: tuple[str, ...]) -> None:
    before = exported(graph)
    graph.forget(*what)
    told = graph.forget(*what, closure=True)
    assert {"copy.txt", "silva.txt"} <= set(told.documents) and told.naming == 0
    assert files_with(graph.layout, "Lisbon") == []
    assert len(graph.forget(*what).documents) == 0
    graph.forget(*what, undo=True)
    graph.build()
    assert exported(graph) == before


def test_forgetting_again_takes_what_was_removed_from_the_graphs_files(
    graph: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "WHOLE", 0)  # the revisions grow out of one another
    graph.forget("document", "berg.md")
    for name, text in (("gone.txt", "Otto Nemo lived in Oslo.\n"), ("stays.txt", "Vera Lind lived in Bergen.\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        graph.build(tmp_path)
    (tmp_path / "gone.txt").unlink()
    graph.build(tmp_path)
    before = exported(graph)
    assert "Nemo" not in before and any(".sst" in told for told in files_with(graph.layout, "Otto Nemo"))
    graph.forget("document", "berg.md")
    assert files_with(graph.layout, "Otto Nemo") == []
    assert exported(graph) == before


def test_open_questions_outlive_a_second_forgetting(graph: KnowledgeGraph) -> None:
    graph.forget("document", "berg.md")
    question = Decision("open", "similar", ("Acme", "Acne"), "", 0.5)
    with Journal.open(graph.layout.journal) as journal:
        journal.replace_decisions([question])
        graph.forget("document", "berg.md")
        assert journal.open_decisions() == [question]


def test_of_copies_under_one_name_one_goes(graph: KnowledgeGraph, original: Path, tmp_path: Path) -> None:
    (tmp_path / "silva.txt").write_text("Jonas Berg lived in Oslo.\n", encoding="utf-8")
    (tmp_path / "other.txt").write_text(TEXTS["silva.txt"], encoding="utf-8")
    graph.build(tmp_path)
    graph.forget("document", str(original / "docs" / "silva.txt"))  # its place and its content both stay elsewhere
    assert not graph.build().changed
    with Journal.open(graph.layout.journal) as journal:
        assert len([s for s in journal.sources() if s.name == "silva.txt"]) == 1


@pytest.mark.parametrize(
    "what",
    [("document", "none.txt"), ("entity", "Otto Nemo"), ("triple", "Maria Silva", "was born in", "Vienna"),
     ("triple", "Otto Nemo", "was born in", "Lisbon"), ("entity", "https://kgtool.example/entity/None")],
)  # fmt: skip
def test_what_is_not_there_changes_nothing(graph: KnowledgeGraph, what: tuple[str, ...]) -> None:
    before = graph.status()["revision"], exported(graph)
    with pytest.raises(NotFoundError):
        graph.forget(*what)
    with pytest.raises(NotFoundError):
        graph.forget(*what, undo=True)
    assert (graph.status()["revision"], exported(graph)) == before
    assert not graph.build().changed


@pytest.mark.parametrize("what", [("thing", "x"), ("document", "a", "b"), ("triple", "a"), ("entity", "it")])
def test_what_cannot_be_said(graph: KnowledgeGraph, what: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        graph.forget(*what)


def test_a_dry_run_changes_nothing_and_tells_the_same(graph: KnowledgeGraph) -> None:
    before = graph.layout.journal.read_bytes()
    would = graph.forget("entity", "Maria Silva", closure=True, dry_run=True)
    assert graph.layout.journal.read_bytes() == before and would.holds is None
    done = graph.forget("entity", "Maria Silva", closure=True)
    for key in ("names", "documents", "triples", "naming", "query"):
        assert getattr(would, key) == getattr(done, key)


def test_a_name_in_two_folders_is_told_by_its_path(graph: KnowledgeGraph, original: Path, tmp_path: Path) -> None:
    (tmp_path / "berg.md").write_text("Jonas Berg lived in Oslo.\n", encoding="utf-8")
    graph.build(tmp_path)
    with pytest.raises(UsageError, match=r"docs/berg\.md and .*berg\.md"):
        graph.forget("document", "berg.md")
    told = graph.forget("document", str(original / "docs" / "berg.md"))
    assert told.holds is False and files_with(graph.layout, "Graz") == [] and "Oslo" in exported(graph)
    assert not graph.build().changed


def test_what_people_said_about_its_names_goes(graph: KnowledgeGraph) -> None:
    graph.split("Maria Silva", "M. Silva")
    graph.merge("Acme Robotics", "Walker")
    told = graph.forget("entity", "M. Silva")
    assert told.rulings == 1
    with Journal.open(graph.layout.journal) as journal:
        assert [(r.a, r.b) for r in journal.rulings()] == [("Acme Robotics", "Walker")]
        assert all("Silva" not in d.candidates for d in journal.open_decisions())


def test_cut_after_the_erasure_the_next_build_or_the_same_words_finish(
    graph: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    for finish in (lambda: graph.build(), lambda: graph.forget("document", "acme.txt")):
        graph.forget("document", "berg.md")
        with monkeypatch.context() as patch:
            patch.setattr(Layout, "sweep", cut)
            with pytest.raises(KeyboardInterrupt):
                graph.forget("document", "acme.txt")
        assert files_with(graph.layout, "Zwettl")
        finish()
        assert files_with(graph.layout, "Zwettl", "Graz") == []
        for name in ("acme.txt", "berg.md"):
            graph.forget("document", name, undo=True)
        graph.build()


def cut(layout: Layout) -> None:
    raise KeyboardInterrupt


def test_a_store_of_an_older_kgtool_must_be_built_once(graph: KnowledgeGraph) -> None:
    connection = sqlite3.connect(graph.layout.journal)
    with connection:
        connection.execute("DELETE FROM meta WHERE key = 'recipe'")
    connection.close()
    with pytest.raises(StoreError, match="older kgtool"):
        graph.forget("document", "acme.txt")
    graph.build()
    assert graph.forget("document", "acme.txt").holds is False


def test_the_graph_is_made_as_it_was_made_last(graph: KnowledgeGraph) -> None:
    strict = kgtool.open(graph.layout.root, jobs=1, publish_above=1.0, base_iri="https://else.example/")
    strict.build()
    assert "https://kgtool.example/entity" not in exported(strict)
    graph.forget("document", "acme.txt")  # with other settings than the build had
    after = exported(graph)
    assert "https://kgtool.example/entity" not in after
    assert not strict.build().changed


def test_a_row_is_forgotten_by_its_id(graph: KnowledgeGraph, tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("id,text\n7,Oskar Quill lived in Zamora.\n8,Jonas Berg lived in Oslo.\n", encoding="utf-8")
    graph.build(table)
    assert graph.forget("document", "rows.csv#7").documents == ("rows.csv#7",)
    report = graph.build(table)
    assert [Path(r["path"]).name for r in report.documents["skipped"]] == ["rows.csv#7"] and not report.changed
    assert files_with(graph.layout, "Zamora") == [] and "Oslo" in exported(graph)


def test_policies_are_those_of_the_last_build(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "kgtool.toml"
    settings.write_text('[relations."led"]\ninverse = "was led by"\n', encoding="utf-8")
    kgtool.open(tmp_path / "kg", jobs=1).build(original / "docs")
    settings.unlink()
    plain = kgtool.open(tmp_path / "kg", jobs=1)
    plain.forget("document", "berg.md")
    assert "was_led_by" in exported(plain)
    with pytest.raises(UsageError, match="follows from another statement"):
        plain.forget("triple", "Acme Robotics", "was led by", "Maria Silva")


# answers of language models

CASSETTE = Path(__file__).resolve().parent / "cassettes" / "graphusion.jsonl"
RECORDED = ("ada-lovelace.txt", "konrad-zuse.md", "manchester-baby.md")


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KnowledgeGraph:
    """A store whose triples a language model found."""
    monkeypatch.delenv("KGTOOL_NO_LLM")
    (tmp_path / "docs").mkdir()
    for name in RECORDED:
        shutil.copy(DATA / "documents" / name, tmp_path / "docs")
    made = kgtool.open(tmp_path / "kg", llm=f"replay:{CASSETTE}", extractor="graphusion")
    made.build(tmp_path / "docs")
    return made


def kept_answers(graph: KnowledgeGraph) -> int:
    return len(journal_rows(graph.layout, "SELECT 1 FROM answers"))


def test_answers_about_a_document_go_with_it(asked: KnowledgeGraph) -> None:
    before = kept_answers(asked)
    told = asked.forget("document", "konrad-zuse.md")
    assert 0 < told.answers < before and kept_answers(asked) == before - told.answers
    assert files_with(asked.layout, "Zuse") == []
    assert asked.build().calls == {"made": 0, "cached": 0, "failed": 0}


def test_every_answer_says_what_chunk_it_is_about(asked: KnowledgeGraph) -> None:
    chunks = {row[0] for row in journal_rows(asked.layout, "SELECT key FROM chunks")}
    about = {row[0] for row in journal_rows(asked.layout, "SELECT about FROM answers")}
    assert about and about <= chunks  # also those about halves of chunks


def test_answers_that_name_an_entity_go_with_it(asked: KnowledgeGraph) -> None:
    told = asked.forget("entity", "Konrad Zuse")
    assert told.answers
    rows = journal_rows(asked.layout, "SELECT answer FROM answers")
    assert not [row for row in rows if "Konrad Zuse" in str(row[0])]


def test_answers_that_say_not_what_they_are_about_go_with_anything(asked: KnowledgeGraph) -> None:
    answers = Answers(asked.layout.journal)
    answers.put("request", {"text": "of an older kgtool"}, "")
    answers.close()
    asked.forget("document", "ada-lovelace.txt")
    assert files_with(asked.layout, "of an older kgtool") == []
