"""Names that are hardly names, through the command line: nothing ends a run, and what differs stays apart."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest
from lxml import etree
from tests_support import Run

import kgtool as library

Row = dict[str, object]
SAME_NAME = """
SELECT ?label ?type ?entity { ?entity rdfs:label ?label FILTER NOT EXISTS { ?entity a rdf:Property }
  OPTIONAL { ?entity a ?type } }
"""
VETOED = 'SELECT ?d ?c { GRAPH g:decisions { ?d kg:kind "veto" ; kg:candidate ?c } }'


def fused(kgtool: Run, folder: Path, *subjects: str, **more: str) -> list[Row]:
    """Fuse one statement about each name: that it met one and the same thing."""
    rows = [{"subject": s, "predicate": "met", "object": "Zed"} | more for s in subjects]
    path = folder / "t.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    done = kgtool("fuse", path)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "names",
    [
        ["C", "C++", "C#", "F", "F#"],
        ["1984", "1985", "2"],
        ["😀", "😃", "🚀"],
        ["מחשב", "מחשבה", "الحاسوب"],
        ["a\u0000b", "c\u0007d", "Ada\u202eByron"],
        ["Q" * 9999 + "R", "Q" * 9999 + "S", " ".join(["word"] * 2000)],
        ["x", "y", "Z3"],
        ["$5", "5%", "5", "-5", "€5"],
        [".NET", "net"],
        ["news", "new", "physics", "physic", "1990s", "1990"],
    ],
)
def test_different_names_stay_apart(kgtool: Run, tmp_path: Path, names: list[str]) -> None:
    rows = fused(kgtool, tmp_path, *names)
    assert len({r["subject_id"] for r in rows}) == len(rows) == len(names)
    assert all(r["status"] == "published" and len(str(r["subject_id"])) < 2000 for r in rows)


def test_names_that_are_turned_round_need_a_statement_in_common(kgtool: Run, tmp_path: Path) -> None:
    assert len({r["subject_id"] for r in fused(kgtool, tmp_path, "University of York", "York University")}) == 1
    path = tmp_path / "apart.csv"
    path.write_text("subject,predicate,object\nUniversity of York,is in,England\nYork University,is in,Canada\n")
    rows = [json.loads(line) for line in kgtool("fuse", path).stdout.splitlines()]
    assert {r["subject"] for r in rows} == {"University of York", "York University"}


def test_control_characters_are_not_shown(kgtool: Run, tmp_path: Path) -> None:
    (row,) = fused(kgtool, tmp_path, "Ada\u202e\u0000 Byron")
    assert row["subject"] == "Ada Byron" and row["subject_id"] == "Ada_Byron"


def test_many_long_names_are_done_in_time(kgtool: Run, tmp_path: Path) -> None:
    words = ["".join(chr(97 + (i * j) % 26) for j in range(1, 6)) for i in range(1, 26)]
    names = [" ".join(words[(i + k * (i % 7 + 1)) % 25] for k in range(1700)) for i in range(60)]
    assert max(map(len, names)) > 10_000
    assert fused(kgtool, tmp_path, *names)


@pytest.mark.parametrize("names", [["Turing", "TURING", "turing"], ["José Silva", "Jose Silva"], ["Müller", "Muller"]])
def test_names_that_differ_in_case_or_accents_are_one(kgtool: Run, tmp_path: Path, names: list[str]) -> None:
    (row,) = fused(kgtool, tmp_path, *names)
    assert row["sources"] == list(range(len(names))) and row["subject"] in names


@pytest.mark.parametrize("kind", ["Person", ""])
def test_an_initial_of_two_people_of_one_document_is_neither(kgtool: Run, tmp_path: Path, kind: str) -> None:
    names = ["J. Adams", "John Adams", "John Quincy Adams"]
    rows = fused(kgtool, tmp_path, *names, document="d", subject_type=kind)
    assert {str(r["subject"]) for r in rows} == set(names)


def test_names_without_anything_in_them_are_told(kgtool: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    rows = [{"subject": s, "predicate": "met", "object": "Zed"} for s in ("", " ", "\u200f", "…", "Ada")]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    done = kgtool("fuse", path)
    assert done.returncode == 5 and done.stderr.count("no 'subject'") == 2
    status = {r["sources"][0]: r["status"] for r in map(json.loads, done.stdout.splitlines())}
    assert status == {2: "rejected", 3: "rejected", 4: "published"}


def test_a_graph_of_such_names_is_built_explained_and_exported(kgtool: Run, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    text = "José Silva met Ann Lee. Jose Silva met Ann Lee. Ada\u0007 Byron was born in London. Bob Roe designed C++."
    (tmp_path / "texts" / "a.txt").write_text(text, encoding="utf-8")
    store = tmp_path / "kg"
    assert kgtool("build", tmp_path / "texts", "-s", store, "-q").returncode == 0
    told = kgtool("explain", "José Silva", "met", "Ann Lee", "-s", store)
    assert told.returncode == 0 and "spelling" in told.stdout
    for command in (["export", "--format", "rdfxml"], ["query", "SELECT * { ?s ?p ?o }", "--format", "xml"]):
        done = kgtool(*command, "-s", store)
        assert done.returncode == 0
        etree.fromstring(done.stdout.encode())


def unexplained(store: Path) -> list[tuple[str, ...]]:
    """The entities of one label and one class of which no decision says that they stay apart."""
    graph = library.open(store)
    named: dict[tuple[str, str], list[str]] = defaultdict(list)
    for label, kind, entity in graph.query(SAME_NAME).rows():
        named[label.value, str(kind)].append(str(entity))
    vetoed = {candidate.value for _, candidate in graph.query(VETOED).rows()}
    return [(label, *entities) for (label, _), entities in named.items() if len(entities) > 1 and label not in vetoed]


def test_entities_of_one_name_are_kept_apart_by_a_decision(demo: Path) -> None:
    assert unexplained(demo) == []


@pytest.mark.skipif("KGTOOL_BENCH_DATA" not in os.environ, reason="KGTOOL_BENCH_DATA names no folder of test data")
def test_entities_of_one_name_in_many_texts(kgtool: Run, tmp_path: Path) -> None:
    corpus = Path(os.environ["KGTOOL_BENCH_DATA"]) / "extract" / "corpus"
    assert kgtool("build", corpus, "-s", tmp_path / "kg", "-q").returncode in {0, 5}
    assert unexplained(tmp_path / "kg") == []
