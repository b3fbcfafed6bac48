"""``kgtool evaluate extraction`` as a process, with real files and a real server on loopback."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from llm_server import Server, item
from tests_support import Run

GOLD = [
    {
        "id": "ada",
        "text": "Ada Lovelace was born in London in 1815.",
        "triples": [["Ada Lovelace", "birth place", "London"], ["Ada Lovelace", "birth date", "1815"]],
    },
    {
        "id": "colossus",
        "text": "Colossus was designed by Tommy Flowers.",
        "triples": [{"subject": "Colossus", "predicate": "was designed by", "object": "Tommy Flowers"}],
    },
]


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in GOLD), encoding="utf-8")
    return path


@pytest.fixture
def kgtool(kgtool: Run) -> Run:
    """The command line, allowed to ask the servers of these tests."""
    return partial(kgtool, KGTOOL_NO_LLM="")


def evaluated(kgtool: Run, *args: object, **env: str) -> dict[str, Any]:
    done = kgtool("evaluate", "extraction", "--json", *args, **env)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    row: dict[str, Any] = json.loads(done.stdout)
    return row


def timeless(row: dict[str, Any]) -> dict[str, Any]:
    for each in row["rows"]:
        each["cost"].pop("seconds")
    return row


def answer(body: dict[str, Any]) -> dict[str, Any]:
    asked = body["messages"][-1]["content"]
    ada, colossus = (row["text"] for row in GOLD)
    if ada in asked:
        return {"items": [item("Ada Lovelace", "birthPlace", "London", ada)]}
    return {"items": [item("Colossus", "was designed by", "Tommy Flowers", colossus)]}


def test_the_rules_are_one_row(kgtool: Run, gold: Path) -> None:
    row = evaluated(kgtool, "--gold", gold)
    assert row["gold"] == {"documents": 2, "triples": 3, "relations": 3} and row["match"] == "strict"
    (rules,) = row["rows"]
    assert (rules["extractor"], rules["baseline"], rules["failed"]) == ("rules", True, {})
    found = {r["relation"]: r for r in rules["relations"]}
    assert found["was designed by"]["f1"] == 1 and found["birth place"]["f1"] == 0
    assert found["birth place"]["pair_recall"] == 1
    assert rules["pair"]["as_is"]["micro"]["recall"] == 1
    assert rules["cost"]["calls"] == 0 and rules["cost"]["money"] == 0 and rules["cost"]["seconds"] > 0


def test_a_model_is_measured_beside_the_rules_and_replayed(kgtool: Run, gold: Path, tmp_path: Path) -> None:
    cassette = tmp_path / "cassette.jsonl"
    priced = {"KGTOOL_PRICE_PROMPT": "10000", "KGTOOL_PRICE_COMPLETION": "0"}
    with Server(answer) as server:
        row = evaluated(kgtool, "--gold", gold, "--llm", f"record:{cassette}@{server.spec}", "-j", 2, **priced)
        assert len(server.requests) == 2
    model, rules = row["rows"]
    assert (model["extractor"], model["baseline"], rules["baseline"]) == ("graphusion", False, True)
    assert model["triple"]["as_is"]["micro"] == {"precision": 1, "recall": 0.6667, "f1": 0.8}
    assert model["triple"]["balanced"]["macro"]["recall"] == 0.6667
    assert model["cost"]["calls"] == 1 and model["cost"]["tokens"] == {"prompt": 100, "completion": 20}
    assert model["cost"]["money"] == 1 and model["models"]
    again = [evaluated(kgtool, "--gold", gold, "--llm", f"replay:{cassette}", *more) for more in ((), ("-j", 4))]
    assert timeless(again[0]) == timeless(again[1])
    assert again[0]["rows"][0]["triple"] == model["triple"] and again[0]["rows"][0]["cost"]["cached"] == 1
    alone = evaluated(kgtool, "--gold", gold, "--llm", f"replay:{cassette}", "--no-baseline")
    assert [r["extractor"] for r in alone["rows"]] == ["graphusion"]


def test_the_cost_of_unpriced_tokens_is_unknown(kgtool: Run, gold: Path) -> None:
    with Server(answer) as server:
        row = evaluated(kgtool, "--gold", gold, "--llm", server.spec, "--no-baseline")
    assert row["rows"][0]["cost"]["money"] is None


def test_triples_made_elsewhere_are_scored(kgtool: Run, gold: Path, tmp_path: Path) -> None:
    triples = tmp_path / "triples.jsonl"
    assert kgtool("extract", gold, "-o", triples, "-q").returncode == 0
    row = evaluated(kgtool, "--gold", gold, "--predictions", triples)
    given, rules = row["rows"]
    assert given["extractor"] == "predictions" and given["cost"] is None
    for key in ("triple", "pair", "relations", "predicted", "withheld"):
        assert given[key] == rules[key]
    bare = tmp_path / "bare.jsonl"
    bare.write_text(json.dumps({"id": "ada", "triples": GOLD[0]["triples"]}) + "\n")
    done = kgtool("evaluate", "extraction", "--gold", bare, "--predictions", triples)
    assert done.returncode == 2 and "line 1: no text 'text'" in done.stderr
    done = kgtool("evaluate", "extraction", "--gold", bare, "--predictions", triples, "--no-baseline", "--json")
    assert done.returncode == 0 and [r["extractor"] for r in json.loads(done.stdout)["rows"]] == ["predictions"]
    assert "left out: 1 triples of documents that are not in the gold" in done.stderr


def test_tables_for_people_go_where_they_are_sent(kgtool: Run, gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "table.txt"
    done = kgtool("evaluate", "extraction", "--gold", gold, "--match", "relaxed", "-o", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    told = out.read_text(encoding="utf-8")
    assert "2 documents, 3 gold triples, 3 relations; match relaxed" in told
    for part in ("rules (baseline)", "balanced", "macro", "pair recall", "was designed by", "seconds", "money"):
        assert part in told
    assert "rules (baseline)" in kgtool("evaluate", "extraction", "--gold", gold).stdout


def test_standard_input_is_a_gold_too(kgtool: Run, gold: Path) -> None:
    done = kgtool("evaluate", "extraction", "--gold", "-", "--json", stdin=gold.read_text())
    assert done.returncode == 0 and json.loads(done.stdout)["gold"]["documents"] == 2


def test_an_estimate_sends_nothing(kgtool: Run, gold: Path) -> None:
    with Server(answer) as server:
        done = kgtool("evaluate", "extraction", "--gold", gold, "--llm", server.spec, "--estimate", "--json")
        assert done.returncode == 0 and json.loads(done.stdout)["calls"] == 2 and not server.requests


def test_a_document_that_fails_counts_as_empty(kgtool: Run, gold: Path) -> None:
    def script(body: dict[str, Any]) -> dict[str, Any]:
        return {"status": 400} if "Colossus" in body["messages"][-1]["content"] else answer(body)

    with Server(script) as server:
        done = kgtool("evaluate", "extraction", "--gold", gold, "--llm", server.spec, "--json", "--no-baseline")
    assert done.returncode == 5 and "failed: colossus: " in done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    assert set(row["failed"]) == {"colossus"} and row["triple"]["as_is"]["micro"]["recall"] == 0.3333


def test_budgets_and_broken_endpoints_end_it(kgtool: Run, gold: Path) -> None:
    with Server(answer) as server:
        args = ("evaluate", "extraction", "--gold", gold, "--llm", server.spec)
        assert kgtool(*args, "--max-calls", 1, "-j", 1).returncode == 6
        assert kgtool(*args, "--frozen").returncode == 6
    done = kgtool(*args, KGTOOL_LLM_RETRIES="0")
    assert done.returncode == 4 and done.stdout == ""


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["--gold", "none.jsonl"], 3, "no such file: none.jsonl"),
        (["--gold", "."], 2, ". cannot be read"),
        (["--gold", "gold.jsonl", "-o", "no/such/place"], 1, "cannot write"),
        (["--gold", "gold.jsonl", "--match", "fuzzy"], 2, "'fuzzy'"),
        (["--gold", "gold.jsonl", "--extractor", "nobody"], 2, "no extractor named 'nobody'"),
        (["--gold", "gold.jsonl", "--extractor", "graphusion"], 2, "needs a language model"),
        (["--gold", "gold.jsonl", "--predictions", "none.jsonl"], 3, "no such file"),
        (["--gold", "gold.jsonl", "--predictions", "gold.jsonl"], 2, "gold.jsonl, line 1: no 'subject'"),
        (["--gold", "gold.jsonl", "--predictions", "other.jsonl"], 2, "no document of other.jsonl is in the gold"),
        (["--gold", "-", "--predictions", "-"], 2, "cannot both be standard input"),
        (["--gold", "bad.jsonl"], 2, "bad.jsonl, line 2: not valid JSON"),
        (["--gold", "empty.jsonl"], 2, "empty.jsonl has no triples"),
        ([], 2, "--gold"),
    ],
)
def test_what_is_refused(kgtool: Run, gold: Path, args: list[str], code: int, told: str) -> None:
    folder = gold.parent
    (folder / "bad.jsonl").write_text(gold.read_text().splitlines()[0] + "\n{\n")
    (folder / "empty.jsonl").write_text("")
    other = {"document": "x", "subject": "A", "predicate": "p", "object": "B"}
    (folder / "other.jsonl").write_text(json.dumps(other) + "\n")
    done = kgtool("evaluate", "extraction", *args, cwd=folder)
    assert done.returncode == code and done.stdout == ""
    error, hint = done.stderr.splitlines()
    assert args or hint == "hint: see: kgtool evaluate --help"
    assert error.startswith("error: ") and told in error and hint.startswith("hint: ")
