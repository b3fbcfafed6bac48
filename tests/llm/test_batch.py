"""The Batch API against a real server: submitted once, waited for, resumed after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from llm_server import Server, Step, item
from tests_support import ROOT, Run

ROWS = [
    item("Colossus", "was designed by", "Tommy Flowers", "Colossus was designed by Tommy Flowers"),
    item("Ada Lovelace", "was born in", "London", "Ada Lovelace was born in London"),
]
GOOD: Step = {"items": ROWS}


def flags(texts: Path, store: Path) -> list[str]:
    return ["build", str(texts), "-s", str(store), "--llm", "vllm:test", "--batch", "--json"]


def variables(server: Server) -> dict[str, str]:
    own = {"VLLM_BASE_URL": server.url, "KGTOOL_BATCH_POLL": "0.2", "KGTOOL_LLM_BACKOFF": "0.01"}
    return own | {"KGTOOL_NO_LLM": ""}


def test_a_batch_is_submitted_waited_for_and_read(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    with Server([GOOD]) as server:
        done = kgtool(*flags(texts, tmp_path / "kg"), **variables(server))
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["calls"] == {"made": 2, "cached": 2, "failed": 0}
        assert report["rungs"] == {"json_schema+batch": 2} and report["triples"]["published"] == 2
        assert kgtool(*flags(texts, tmp_path / "kg"), **variables(server)).returncode == 0
        assert len(server.batches) == 1


def test_what_a_batch_could_not_answer_is_asked(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    def script(body: dict[str, Any]) -> Step:
        return GOOD if body.get("stream") or "Lovelace" in str(body["messages"][1]) else {"status": 500}

    with Server(script) as server:
        report = json.loads(kgtool(*flags(texts, tmp_path / "kg"), **variables(server)).stdout)
    assert report["calls"]["made"] == 2 and report["calls"]["cached"] == 1
    assert report["triples"]["published"] == 2


OK = '{"custom_id": "x", "response": {"status_code": 200, "body": %s}}'


@pytest.mark.parametrize(
    "line",
    [
        OK % '{"choices": [{"message": null}], "usage": null}',
        OK % '{"choices": [{"message": {"content": ["x"]}}], "usage": [1]}',
        OK % '{"choices": [null]}',
        OK % "null",
        '{"response": {"status_code": 200}}',
        '{"custom_id": ["x"], "response": null}',
        '{"custom_id": "x", "response": {"status_co',
        "<!DOCTYPE html>\n<html>gateway</html>",
        "null",
        "[" * 100_000,
    ],
)
def test_a_line_of_a_batch_that_is_no_answer_is_asked(kgtool: Run, texts: Path, tmp_path: Path, line: str) -> None:
    def script(body: dict[str, Any]) -> Step:
        return GOOD if body.get("stream") or "Lovelace" in str(body["messages"][1]) else {"line": line}

    with Server(script) as server:
        done = kgtool(*flags(texts, tmp_path / "kg"), **variables(server))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["calls"] == {"made": 2, "cached": 1, "failed": 0} and report["triples"]["published"] == 2


def test_an_answer_of_a_batch_needs_no_report_of_tokens(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    with Server([GOOD | {"usage": None}, GOOD | {"usage": {"prompt_tokens": "x"}}]) as server:
        done = kgtool(*flags(texts, tmp_path / "kg"), **variables(server))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["calls"] == {"made": 2, "cached": 2, "failed": 0}


@pytest.mark.parametrize("while_submitting", [False, True])
def test_a_killed_run_goes_on_waiting_for_its_batch(
    kgtool: Run, environment: dict[str, str], texts: Path, tmp_path: Path, while_submitting: bool
) -> None:
    with Server([GOOD]) as server:
        server.polls_before_done = 10_000
        server.submit_takes = 5.0 * while_submitting  # killed before it knows the batch's name
        command = [sys.executable, "-m", "kgtool", *flags(texts, tmp_path / "kg")]
        process = subprocess.Popen(command, env=environment | variables(server), cwd=ROOT, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (server.batches and (while_submitting or server.batches[0]["polls"])) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        server.polls_before_done, server.submit_takes = 0, 0.0
        done = kgtool(*flags(texts, tmp_path / "kg"), **variables(server))
        assert done.returncode == 0, done.stderr
        assert len(server.batches) == 1
        assert json.loads(done.stdout)["triples"]["published"] == 2


@pytest.mark.parametrize("command", ["build", "extract"])
@pytest.mark.parametrize("kept", [True, False])
def test_a_batch_that_ended_after_a_kill_is_taken_up(
    kgtool: Run, environment: dict[str, str], texts: Path, tmp_path: Path, command: str, kept: bool
) -> None:
    arguments = [command, str(texts), *(["-s", str(tmp_path / "kg")] if command == "build" else [])]
    arguments += ["--llm", "vllm:test", "--batch"]
    with Server([GOOD]) as server:
        server.polls_before_done = 10_000
        server.submit_takes = 5.0  # killed before it knows the batch's name
        run = [sys.executable, "-m", "kgtool", *arguments]
        process = subprocess.Popen(run, env=environment | variables(server), cwd=ROOT, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not server.batches and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        server.polls_before_done, server.submit_takes = 0, 0.0
        with urlopen(f"{server.url}/batches/batch-0") as told:
            assert json.load(told)["status"] == "completed"
        if not kept:
            server.files.pop("output")  # an endpoint does not keep answers for ever
        done = kgtool(*arguments, **variables(server))
        assert done.returncode == 0, done.stderr
        assert len(server.batches) == (1 if kept else 2)
        if command == "extract":
            assert done.stdout.count('"subject"') == 2


def test_a_batch_costs_its_share(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    priced = {"KGTOOL_PRICE_PROMPT": "1000", "KGTOOL_PRICE_COMPLETION": "1000"}
    whole = 2 * (100 + 20) / 1000  # of two answers
    for share, known in ((0.5, {}), (0.8, {"KGTOOL_BATCH_SHARE": "0.8"})):
        with Server([GOOD]) as server:
            made = variables(server) | priced | known
            full = json.loads(kgtool(*flags(texts, tmp_path / "kg")[:-2], "--json", "--estimate", **made).stdout)
            arguments = flags(texts, tmp_path / str(share))
            worst = json.loads(kgtool(*arguments, "--estimate", **made).stdout)["cost"]
            assert worst == pytest.approx(full["cost"] * share)
            refused = kgtool(*arguments, "--max-cost", worst - 0.01, **made)
            assert refused.returncode == 6 and not server.batches
            done = kgtool(*arguments, "--max-cost", worst + 0.01, **made)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["cost"] == pytest.approx(whole * share)


@pytest.mark.parametrize("limit", [("--max-calls", "1"), ("--max-tokens", "700")])
def test_a_batch_that_is_over_the_budget_is_not_sent(
    kgtool: Run, texts: Path, tmp_path: Path, limit: tuple[str, str]
) -> None:
    with Server([GOOD]) as server:
        done = kgtool(*flags(texts, tmp_path / "kg"), *limit, **variables(server))
        assert done.returncode == 6
        assert not server.batches and not server.files and not server.requests


def test_a_batch_that_is_given_up_is_told(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    with Server([GOOD]) as server:
        server.batch_end = "expired"
        done = kgtool(*flags(texts, tmp_path / "kg"), **variables(server))
        assert done.returncode == 4 and "expired" in done.stderr
        server.batch_end = "completed"
        assert kgtool(*flags(texts, tmp_path / "kg"), **variables(server)).returncode == 0
        assert len(server.batches) == 2


def test_doctor_says_whether_the_endpoint_answers(kgtool: Run, tmp_path: Path) -> None:
    with Server([GOOD]) as server:
        up = json.loads(kgtool("doctor", "--json", KGTOOL_LLM=server.spec, KGTOOL_NO_LLM="").stdout)["endpoint"]
        assert up == {"spec": server.spec, "url": server.url, "reached": True, "models": ["test"], "has_model": True}
        assert not server.requests
    down = json.loads(kgtool("doctor", "--json", KGTOOL_LLM="http://127.0.0.1:9/v1#x", KGTOOL_NO_LLM="").stdout)[
        "endpoint"
    ]
    assert not down["reached"] and "refused" in down["error"]
    assert json.loads(kgtool("doctor", "--json").stdout)["endpoint"] is None
