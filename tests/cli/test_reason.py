"""``kgtool reason`` and ``kgtool explain`` through a real process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests_support import DATA, Run


@pytest.mark.parametrize("encoder", ["none", "minilm"])
@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Who designed Colossus?", ["Tommy Flowers"]),
        ("When did the computer on which LEO was based run its first program?", ["1949-05-06"]),
    ],
)
def test_answers_come_with_their_sentences(
    kgtool: Run, demo: Path, question: str, answers: list[str], encoder: str
) -> None:
    done = kgtool("reason", question, "-s", demo, "--json", "--encoder", encoder)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["answers"] == answers and not found["abstained"]
    assert found["evidence"]
    for cited in found["evidence"]:
        text = (DATA / cited["document"]).read_bytes().decode()
        assert text[cited["begin"] : cited["end"]] == cited["quote"]
        assert cited["extractor"] == "rules" and cited["direction"] in {"forward", "backward"}
    rows = kgtool("query", found["sparql"], "-s", demo, "--format", "ndjson").stdout
    assert rows.strip()
    assert found.keys() >= {"id", "question", "iris", "confidence", "text", "calls", "tokens", "seconds", "reasoner"}


@pytest.mark.parametrize("encoder", ["none", "minilm"])
@pytest.mark.parametrize("question", ["Where was Thomas J. Watson born?", "Who is Zaphod Beeblebrox?", ""])
def test_what_is_not_in_the_graph_is_not_answered(kgtool: Run, demo: Path, question: str, encoder: str) -> None:
    done = kgtool("reason", question, "-s", demo, "--encoder", encoder)
    assert done.returncode == 7 and done.stdout == ""
    assert done.stderr.startswith("error: no answer: ") and "\nhint: " in done.stderr
    told = kgtool("reason", question, "-s", demo, "--json", "--encoder", encoder)
    assert told.returncode == 7
    assert json.loads(told.stdout)["abstained"] and json.loads(told.stdout)["reason"]


def test_a_batch_gives_one_line_a_question(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "x", "question": "Who designed Colossus?"}\n\n{"id": 2, "question": "Who ate it?"}\n')
    done = kgtool("reason", "-f", questions, "-s", demo, "--json")
    assert done.returncode == 0
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["id"], r["abstained"]) for r in rows] == [("x", False), ("2", True)]


def test_a_bad_line_is_named(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "x", "question": "Who designed Colossus?"}\nnonsense\n')
    done = kgtool("reason", "-f", questions, "-s", demo)
    assert done.returncode == 2 and "line 2" in done.stderr


def test_no_store(kgtool: Run, tmp_path: Path) -> None:
    assert kgtool("reason", "Who?", "-s", tmp_path / "kg").returncode == 3


def test_explain_shows_sentences_and_decisions(kgtool: Run, demo: Path) -> None:
    done = kgtool("explain", "colossus", "was designed by", "Tommy Flowers", "-s", demo, "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["status"] == "published" and found["support"] == len({e["document"] for e in found["evidence"]})
    assert "Colossus was designed by Tommy Flowers." in {e["quote"] for e in found["evidence"]}
    assert any(d["kind"] == "merge" and "Flowers" in d["candidates"] for d in found["decisions"])


def test_explain_shows_what_was_withheld_and_why(kgtool: Run, demo: Path) -> None:
    done = kgtool("explain", "Turing", "did not design", "Colossus", "-s", demo)
    assert done.returncode == 0 and "negated" in done.stdout


def test_explain_of_what_nobody_said(kgtool: Run, demo: Path) -> None:
    assert kgtool("explain", "Colossus", "was designed by", "Nobody At All", "-s", demo).returncode == 3
    assert kgtool("explain", "ENIAC", "was designed by", "Tommy Flowers", "-s", demo).returncode == 3
