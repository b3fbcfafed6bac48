"""Signals while calls run: the process ends at once, and what was answered is kept."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from llm_server import Server, item
from tests_support import ROOT, Run

COLOSSUS = item("Colossus", "was designed by", "Tommy Flowers", "Colossus was designed by Tommy Flowers")


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_does_not_wait_for_answers(
    kgtool: Run, environment: dict[str, str], texts: Path, tmp_path: Path, name: str, code: int
) -> None:
    for number in range(8):
        (texts / f"{number}.txt").write_text(f"Colossus was designed by Tommy Flowers in {1900 + number}.")
    known = environment | {"KGTOOL_NO_LLM": "", "KGTOOL_LLM": "llamacpp:test", "KGTOOL_EXTRACTOR": "graphusion"}
    arguments = ["build", str(texts), "-s", str(tmp_path / "kg"), "-j", "4"]
    steps = iter(range(100))
    with Server(lambda body: {"items": [COLOSSUS], "hang": 30 if next(steps) >= 4 else 0}) as server:
        known["LLAMACPP_BASE_URL"] = server.url
        process = subprocess.Popen(
            [sys.executable, "-m", "kgtool", *arguments], env=known, cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 60
        while len(server.requests) < 8 and time.monotonic() < deadline:
            time.sleep(0.05)
        begin = time.monotonic()
        process.send_signal(getattr(signal, name))
        _, stderr = process.communicate(timeout=60)
        assert time.monotonic() - begin < 5
    assert process.returncode == code and "Traceback" not in stderr
    with Server([{"items": [COLOSSUS]}]) as server:
        done = kgtool(*arguments, "--json", **known | {"LLAMACPP_BASE_URL": server.url})
    assert done.returncode == 0
    assert json.loads(done.stdout)["calls"]["cached"] + json.loads(done.stdout)["calls"]["made"] <= 10
    assert len(server.requests) <= 6
