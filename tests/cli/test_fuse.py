"""``kgtool fuse`` as a process, on files of triples of every kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests_support import DATA, Run

ROWS = [
    {"subject": "Alan Turing", "predicate": "worked at", "object": "National Physical Laboratory"},
    {"subject": "the machine", "predicate": "was", "object": "fast"},
    {"subject": "Alan Turing", "predicate": "worked at", "object": "National  Physical Laboratory (NPL)"},
    {"subject": "Alan Turing", "predicate": "was born in", "object": "1912", "datatype": "gYear", "value": "1912"},
]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


def fused(kgtool: Run, *args: object, stdin: str = "") -> list[dict[str, Any]]:
    done = kgtool("fuse", *args, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_equal_statements_are_one_with_its_lines(kgtool: Run, tmp_path: Path) -> None:
    clusters = tmp_path / "c.tsv"
    rows = fused(kgtool, written(tmp_path / "t.jsonl", ROWS), "--clusters", clusters)
    by_source = {tuple(r["sources"]): r for r in rows}
    assert set(by_source) == {(0, 2), (1,), (3,)}
    assert by_source[0, 2]["status"] == "published" and by_source[0, 2]["support"] == 2
    assert by_source[1,]["status"] == "rejected" and by_source[1,]["reason"]
    assert by_source[3,]["object"] == "1912" and by_source[3,]["object_id"] == '"1912"^^gYear'
    named = dict(line.split("\t") for line in clusters.read_text(encoding="utf-8").splitlines())
    assert named["National Physical Laboratory"] == named["National Physical Laboratory (NPL)"]


def test_names_are_shown_as_they_were_given(kgtool: Run, tmp_path: Path) -> None:
    pairs = [("A Corp", "The Beatles"), ("the Colossus", "This Is Spinal Tap"), ("The Army", "the Army")]
    triples = [{"subject": s, "predicate": "knows", "object": o} for s, o in [*pairs, ("The Army", "A Corp")]]
    rows = fused(kgtool, written(tmp_path / "t.jsonl", triples))
    assert {(r["subject"], r["object"]) for r in rows} == {
        ("A Corp", "The Beatles"), ("Colossus", "This Is Spinal Tap"), ("Army", "Army"), ("Army", "A Corp"),
    }  # fmt: skip


def test_it_takes_what_extract_gives(kgtool: Run, tmp_path: Path) -> None:
    triples = kgtool("extract", min((DATA / "documents").glob("*.txt")))
    assert triples.returncode == 0 and triples.stdout
    rows = fused(kgtool, "-", stdin=triples.stdout)
    assert {i for r in rows for i in r["sources"]} == set(range(len(triples.stdout.splitlines())))
    assert rows == fused(kgtool, "-", stdin=triples.stdout)


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("t.csv", 'subject,predicate,object\n"Paris",is in,France\n"Lyon, Rhône",is in,France\n', ""),
        ("t.tsv", "head\trel\ttail\nParis\tis in\tFrance\n\nLyon\tis in\tFrance\n",
         "subject=head,predicate=rel,object=tail"),
        ("t.tsv", "Paris\tis in\tFrance\nLyon\tis in\tFrance\n", "subject=1,predicate=2,object=3"),
        ("t.jsonl", '{"s": "Paris", "p": "is in", "o": "France"}\n{"s": "Lyon", "p": "is in", "o": "France"}\n',
         "subject=s,predicate=p,object=o"),
    ],
)  # fmt: skip
def test_tables_and_columns(kgtool: Run, tmp_path: Path, name: str, text: str, columns: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    rows = fused(kgtool, tmp_path / name, *(["--columns", columns] if columns else []))
    assert sorted(r["sources"] for r in rows) == [[0], [1]]
    assert {r["object"] for r in rows} == {"France"}


def test_a_datatype_is_one_however_it_is_written(kgtool: Run, tmp_path: Path) -> None:
    written_as = ["gYear", "xsd:gYear", "http://www.w3.org/2001/XMLSchema#gYear"]
    triples = [ROWS[3] | {"datatype": datatype} for datatype in written_as]
    (row,) = fused(kgtool, written(tmp_path / "t.jsonl", triples))
    assert row["sources"] == [0, 1, 2] and row["object_id"] == '"1912"^^gYear'


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("{", "not valid JSON"),
        ("[1]", "not an object"),
        ('{"subject": "a", "predicate": "b"}', "no 'object'"),
        ('{"subject": "a", "predicate": "b", "object": 3}', "'object' is no text"),
        ('{"subject": "a", "predicate": "b", "object": " "}', "no 'object'"),
        ('{"subject": "a", "predicate": "b", "object": "c", "confidence": 2}', "is not between 0 and 1"),
        ('{"subject": "a", "predicate": "b", "object": "c", "status": "sure"}', "the status 'sure' is none of"),
        ('{"subject": "a", "predicate": "b", "object": "\\ud800"}', "'object' is no text"),
        ('{"subject": "a", "predicate": "b", "object": "c", "begin": "x"}', "is no offset"),
        ('{"subject": "a", "predicate": "b", "object": "c", "datatype": "xsd:integer"}', "'c' is no integer"),
        ('{"subject": "a", "predicate": "b", "object": "today", "value": "2024-13-45", "datatype": "date"}',
         "'2024-13-45' is no date"),
        ('{"subject": "a", "predicate": "b", "object": "c", "datatype": "cheese"}', "is none of XML Schema"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_the_others_go_on(kgtool: Run, tmp_path: Path, line: str, error: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(f"{json.dumps(ROWS[0])}\n{line}\n{json.dumps(ROWS[2])}\n", encoding="utf-8")
    done = kgtool("fuse", path)
    assert done.returncode == 5
    assert f"failed: {path}, line 2:" in done.stderr and error in done.stderr
    assert [json.loads(r)["sources"] for r in done.stdout.splitlines()] == [[0, 2]]


@pytest.mark.parametrize(
    ("name", "text", "args", "code", "error"),
    [
        ("t.jsonl", "", [], 2, "there is no triple to fuse"),
        ("t.csv", "a,b,c\n1,2,3\n", [], 2, "no column 'subject'"),
        ("t.csv", "subject,predicate,object\nParis,is in\n", [], 2, "there is no triple to fuse"),
        ("t.jsonl", "{}", ["--columns", "subjekt=s"], 2, "cannot read the column"),
        ("t.jsonl", "{}", ["--columns", "subject=1"], 2, "need a number each"),
        ("t.jsonl", "{}", ["--columns", "subject=1,object=o"], 2, "by name and by number"),
    ],
)
def test_what_cannot_be_fused(
    kgtool: Run, tmp_path: Path, name: str, text: str, args: list[str], code: int, error: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = kgtool("fuse", tmp_path / name, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert error in done.stderr and "hint:" in done.stderr


def test_a_missing_file(kgtool: Run, tmp_path: Path) -> None:
    done = kgtool("fuse", tmp_path / "none.jsonl")
    assert done.returncode == 3 and "no such file" in done.stderr
