"""``kgtool reason --llm`` through a real process, against a real server on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest
from llm_server import Server
from tests_support import Run

QUESTION = "Who designed Colossus?"
NOTHING = {"text": json.dumps({"keep": [], "enough": True, "op": "none"})}


@pytest.fixture
def store(demo: Path, tmp_path: Path) -> Path:
    """A store that may be written to."""
    copytree(demo, tmp_path / "kg")
    return tmp_path / "kg"


def test_calls_are_counted_kept_and_limited(kgtool: Run, store: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.txt"
    questions.write_text(f"{QUESTION}\nWho designed LEO?\n")
    with Server([NOTHING]) as server:
        common = ("-s", store, "--llm", server.spec, "--no-cascade", "--encoder", "none")
        told = kgtool("reason", QUESTION, *common, "--estimate", "--json", KGTOOL_NO_LLM="")
        assert told.returncode == 0 and json.loads(told.stdout)["calls"] == 1 and not server.requests
        done = kgtool("reason", "-f", questions, *common, "--max-calls", 1, KGTOOL_NO_LLM="")
        assert done.returncode == 6 and len(server.requests) == 1 and "budget of 1 calls" in done.stderr
        once = kgtool("reason", "Who designed LEO?", *common, "--max-tokens", 1, KGTOOL_NO_LLM="")
        assert len(server.requests) == 1 and "chosen without the model: " in once.stderr
    (first,) = map(json.loads, done.stdout.splitlines())
    assert (first["answers"], first["calls"]) == (["Tommy Flowers"], 1) and "notes" not in first
    kept = kgtool("reason", QUESTION, *common, "--frozen", "--json")  # the server is gone
    assert (kept.returncode, kept.stderr) == (0, "")
    assert json.loads(kept.stdout)["confidence"] == first["confidence"] and json.loads(kept.stdout)["calls"] == 0


def test_a_server_that_is_not_there_is_told_and_done_without(kgtool: Run, store: Path) -> None:
    model = ("--llm", "http://127.0.0.1:9/v1#none", "--no-cascade", "--encoder", "none")
    done = kgtool("reason", QUESTION, "-s", store, *model, KGTOOL_NO_LLM="")
    assert done.returncode == 0 and done.stdout.startswith("Tommy Flowers\t")
    assert "warning: chosen without the model: " in done.stderr and "cannot be reached" in done.stderr
    wrong = kgtool("reason", QUESTION, "-s", store, *model, "--strategy", "guess")
    assert wrong.returncode == 2 and "no strategy 'guess'" in wrong.stderr
