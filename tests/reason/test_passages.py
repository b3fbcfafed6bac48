"""Sentences beside an abstention: marked as what they are, and in their documents."""

from __future__ import annotations

import json
from pathlib import Path

from tests_support import DATA, Run

MISSING = "Which place did Thomas J. Watson come from?"


def test_sentences_are_shown_where_the_graph_has_no_answer(kgtool: Run, demo: Path) -> None:
    done = kgtool("reason", MISSING, "-s", demo, "--json", "--encoder", "none")
    found = json.loads(done.stdout)
    assert done.returncode == 7 and found["abstained"] and found["answers"] == [] and found["evidence"] == []
    assert 0 < len(found["text_evidence"]) <= 3
    for passage in found["text_evidence"]:
        text = (DATA / passage["document"]).read_bytes().decode()
        assert text[passage["begin"] : passage["end"]] == passage["quote"]
    assert "Watson" in found["text_evidence"][0]["quote"]
    told = kgtool("reason", MISSING, "-s", demo, "--encoder", "none")
    assert told.returncode == 7 and told.stdout == ""
    lines = told.stderr.splitlines()
    assert lines[0].startswith("error: no answer: ")
    assert lines[2] == "text evidence (sentences, not answers of the graph):" and "Watson" in lines[3]


def test_they_can_be_had_beside_answers_or_not_at_all(kgtool: Run, demo: Path) -> None:
    options = ("-s", demo, "--json", "--encoder", "minilm")
    asked = "Who designed Colossus?"
    assert "text_evidence" not in json.loads(kgtool("reason", asked, *options).stdout)
    found = json.loads(kgtool("reason", asked, "--hybrid", *options).stdout)
    assert found["answers"] == ["Tommy Flowers"]
    assert all("Colossus" in passage["quote"] for passage in found["text_evidence"])
    assert "text_evidence" not in json.loads(kgtool("reason", MISSING, "--no-hybrid", *options).stdout)
    done = kgtool("reason", asked, *options, KGTOOL_HYBRID="perhaps")
    assert done.returncode == 2 and "hybrid must be" in done.stderr


def test_nothing_is_shown_where_no_sentence_holds_the_words(kgtool: Run, demo: Path) -> None:
    for question in ("Who is Zaphod Beeblebrox?", "?", '" OR * NEAR('):
        done = kgtool("reason", question, "-s", demo, "--json", "--encoder", "none")
        assert done.returncode == 7 and "text_evidence" not in json.loads(done.stdout)
