"""A model as judge of a fusion, on the command line and against a real server."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from llm_server import Script, Server, Step, item
from tests_support import Run, exported

FAST = {"KGTOOL_LLM_BACKOFF": "0.01", "KGTOOL_LLM_RETRIES": "1", "KGTOOL_LLM_TIMEOUT": "1", "KGTOOL_NO_LLM": ""}
NOWHERE = "http://127.0.0.1:9/v1"


def saying(answer: str | int) -> Step:
    """A server's answer to one question."""
    return {"text": json.dumps({"answers": [{"number": 1, "why": "one letter", "answer": answer}]})}


class Room:
    """Documents of which two may name one laboratory, and a store whose judge is a scripted server."""

    def __init__(self, kgtool: Run, folder: Path) -> None:
        self.kgtool, self.texts, self.store = kgtool, folder / "texts", folder / "kg"
        self.asked: list[dict[str, Any]] = []
        self.texts.mkdir()
        self.write("a.txt", "The Harwick Laboratory was founded by Jane Reed.")
        self.write("b.txt", "The Harwich Laboratory was built in London.")

    def write(self, name: str, text: str) -> None:
        (self.texts / name).write_text(text + "\n", encoding="utf-8")

    def build(self, script: Script, *flags: object, **env: str) -> subprocess.CompletedProcess[str]:
        with Server(script) as server:
            made = {"LLAMACPP_BASE_URL": server.url} | FAST | env
            arguments = ["build", self.texts, "-s", self.store, "--fuser", "graphusion", "--json"]
            done = self.kgtool(*arguments, "--llm", "llamacpp:test", *flags, **made)
            self.asked = server.requests
        return done

    def report(self, script: Script, *flags: object) -> dict[str, Any]:
        done = self.build(script, *flags)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def decisions(self) -> list[tuple[str, str]]:
        """Those about the laboratory, or the two."""
        sparql = "SELECT ?kind ?rule { GRAPH g:decisions { ?d kg:kind ?kind ; kg:rule ?rule } } ORDER BY ?kind ?rule"
        told = self.kgtool("query", sparql, "-s", self.store, "--format", "csv")
        return [(kind, rule) for kind, rule in list(csv.reader(told.stdout.splitlines()))[1:]]


@pytest.fixture
def room(kgtool: Run, tmp_path: Path) -> Room:
    return Room(kgtool, tmp_path)


def error(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])["error"]
    return told


def test_the_rules_extract_and_the_model_judges(room: Room) -> None:
    report = room.report([saying("same")])
    assert report["calls"] == {"made": 1, "cached": 0, "failed": 0} and not report["warnings"]
    assert report["merges"] == 1 and len(room.asked) == 1
    assert room.decisions() == [("merge", "said by llamacpp:test: one letter")]
    assert "Harwich Laboratory" in room.asked[0]["messages"][1]["content"]
    first = exported(room.kgtool, room.store)
    idle = room.report([{"die": True}])
    assert not idle["changed"] and not room.asked and idle["calls"] == {"made": 0, "cached": 0, "failed": 0}
    elsewhere = room.store.with_name("elsewhere")
    elsewhere.mkdir()
    other = Room(room.kgtool, elsewhere)
    assert other.report([saying("same")])["merges"] == 1
    assert exported(other.kgtool, other.store) == first


def test_a_graph_published_again_asks_nothing(room: Room) -> None:
    room.report([saying("different")])
    first = exported(room.kgtool, room.store)
    (room.store / "graph" / "manifest.json").unlink()
    report = room.report([{"status": 500}], "--frozen")
    assert report["changed"] and report["calls"] == {"made": 0, "cached": 1, "failed": 0} and not room.asked
    assert exported(room.kgtool, room.store) == first
    assert room.decisions() == [("veto", "said by llamacpp:test: one letter")]


def test_without_an_open_question_nothing_is_asked(room: Room) -> None:
    (room.texts / "b.txt").unlink()
    report = room.report([{"status": 500}])
    assert report["triples"]["published"] == 1 and not room.asked


def test_a_tie_is_judged(room: Room, tmp_path: Path) -> None:
    (tmp_path / "k.toml").write_text('[relations."was born in"]\nfunctional = true\n', encoding="utf-8")
    room.write("b.txt", "Jane Reed was born in Leeds.")
    room.write("c.txt", "Jane Reed was born in York.")
    room.report([saying(2)], "--config", tmp_path / "k.toml")  # York is the more confident one, so it comes first
    told = room.kgtool("explain", "Jane Reed", "was born in", "York", "-s", room.store, "--json")
    found = json.loads(told.stdout)
    assert found["status"] == "loser"
    assert found["reason"].endswith("Jane_Reed be_born_in Leeds was chosen, said by llamacpp:test: one letter")


@pytest.mark.parametrize(
    "fault",
    [
        {"text": '{"answers": [{"number": oops'}, {"text": "They are the same."}, {"text": ""},
        {"text": '{"answers": [{"number": 1', "finish": "length"},
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_leaves_its_pairs_open(room: Room, fault: Step) -> None:
    done = room.build(lambda body: fault)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    (warning,) = report["warnings"]
    assert "names (1)" in warning and f"warning: {warning}" in done.stderr
    assert report["calls"]["failed"] == 1 and report["triples"]["published"] == 2
    assert room.decisions() == [("open", "similar")]
    again = room.report(lambda body: fault)
    assert not again["changed"] and again["revision"] == report["revision"] and again["warnings"] == [warning]
    report = room.report([saying("same")])  # it is asked again, and then no more
    assert report["changed"] and len(room.asked) == 1 and not report["warnings"]
    assert room.decisions() == [("merge", "said by llamacpp:test: one letter")]
    assert not room.report([saying("same")])["changed"] and not room.asked


@pytest.mark.parametrize(
    ("script", "env"),
    [
        ([{"status": 401, "code": "invalid_api_key"}], {}), ([{"status": 500}], {}),
        ([{"status": 404, "code": "model_not_found"}], {}), ([], {"LLAMACPP_BASE_URL": NOWHERE}),
    ],
)  # fmt: skip
def test_an_endpoint_that_fails_changes_nothing(room: Room, script: Script, env: dict[str, str]) -> None:
    room.write("b.txt", "Ada Reed was born in Leeds.")
    room.report([{"status": 500}])
    first = exported(room.kgtool, room.store)
    room.write("b.txt", "The Harwich Laboratory was built in London.")
    done = room.build(script, **env)
    assert done.returncode == 4 and error(done)["code"] == 4 and error(done)["hint"]
    assert exported(room.kgtool, room.store) == first
    report = room.report([saying("same")])
    assert report["triples"]["extracted"] == 0  # that was kept
    assert report["merges"] == 1 and len(room.asked) == 1


def test_budgets_hold_for_the_judge_too(room: Room) -> None:
    done = room.build([saying("same")], "--max-tokens", "10")
    assert done.returncode == 6 and not room.asked
    assert room.build([saying("same")], "--frozen").returncode == 6 and not room.asked
    report = room.report([saying("same")], "--max-calls", "1")
    assert report["triples"]["extracted"] == 0 and report["merges"] == 1


def test_the_model_extracts_and_judges(room: Room) -> None:
    facts = {
        "Harwick": item("Harwick Laboratory", "was founded by", "Jane Reed", "The Harwick Laboratory was founded by"),
        "Harwich": item("Harwich Laboratory", "was built in", "London", "The Harwich Laboratory was built in London"),
    }

    def script(body: dict[str, Any]) -> Step:
        said = body["messages"][1]["content"]
        (name, *others) = (n for n in facts if n in said)
        return saying("same") if others else {"items": [facts[name]]}

    report = room.report(script, "--extractor", "graphusion")
    assert report["calls"]["made"] == len(room.asked) == 3 and report["merges"] == 1


def test_a_judge_is_asked_in_a_batch(room: Room) -> None:
    report = room.report([saying("same")], "--batch", "--config", poll(room))
    assert report["calls"] == {"made": 1, "cached": 1, "failed": 0} and report["merges"] == 1


def poll(room: Room) -> Path:
    """Settings that wait no time for a batch."""
    path = room.texts.parent / "poll.toml"
    path.write_text("batch_poll = 0.01\n", encoding="utf-8")
    return path


def test_an_estimate_says_what_the_last_build_left_open(room: Room) -> None:
    assert room.report([{"status": 500}], "--estimate")["pairs"] is None
    room.report([saying("unsure")])
    row = room.report([{"status": 500}], "--estimate")
    assert row["pairs"] == 1 and row["calls"] == 0 and not room.asked
    told = room.kgtool("build", "-s", room.store, "--estimate", "--fuser", "graphusion", "--llm", "llamacpp:test")
    assert "left open by the last build\t1 " in told.stdout
    plain = room.kgtool("build", "-s", room.store, "--estimate")
    assert "left open" not in plain.stdout


@pytest.mark.parametrize("command", ["build", "fuse"])
def test_a_judge_needs_a_model(room: Room, command: str) -> None:
    triples = room.texts.parent / "t.jsonl"
    triples.write_text('{"subject": "a", "predicate": "b", "object": "c"}\n', encoding="utf-8")
    path = ["-s", room.store, room.texts] if command == "build" else [triples]
    done = room.kgtool(command, *path, "--fuser", "graphusion")
    assert done.returncode == 2 and not room.store.exists()
    assert done.stderr == "error: the fuser graphusion needs a language model\nhint: name one with --llm, or set llm\n"


# fuse


@pytest.fixture
def triples(tmp_path: Path) -> Path:
    rows = [
        {"subject": "Harwick Trust", "predicate": "was made by", "object": "Ada"},
        {"subject": "Harvick Trust", "predicate": "was seen by", "object": "Bob"},
    ]
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


def fused(kgtool: Run, triples: Path, script: Script, *flags: object) -> subprocess.CompletedProcess[str]:
    with Server(script) as server:
        return kgtool("fuse", triples, "--fuser", "graphusion", "--llm", server.spec, *flags, **FAST)


def test_fuse_asks_too(kgtool: Run, triples: Path) -> None:
    done = fused(kgtool, triples, [saying("same")])
    assert done.returncode == 0, done.stderr
    assert len({json.loads(line)["subject_id"] for line in done.stdout.splitlines()}) == 1


def test_fuse_tells_what_was_not_answered(kgtool: Run, triples: Path) -> None:
    done = fused(kgtool, triples, lambda body: {"text": "Hm."})
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 2
    assert re.fullmatch(r"warning: .*names \(1\), the first A: Harvick Trust .*\n", done.stderr)


def test_fuse_ends_with_the_codes_of_a_model(kgtool: Run, triples: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    for script, flags, code in (
        ([{"status": 401}], (), 4),
        ([saying("same")], ("--max-tokens", "10"), 6),
        ([saying("same")], ("--frozen",), 6),
    ):
        done = fused(kgtool, triples, script, "-o", target, *flags)
        assert done.returncode == code and not target.exists()
        assert done.stderr.startswith("error: ") and "\nhint: " in done.stderr


def test_a_model_that_nobody_asks_is_refused(kgtool: Run, triples: Path) -> None:
    done = kgtool("fuse", triples, "--llm", "llamacpp:test")
    assert done.returncode == 2 and "hint: add --fuser graphusion" in done.stderr
