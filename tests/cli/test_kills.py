"""Builds that are killed at twenty random instants and then go on give the bytes of an undisturbed one."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests_support import DATA, Run, exported

KILLS = 20
LONGEST = 2.5
"""Seconds after which at the latest a build is killed: before, while and after it extracts and publishes."""
THERE = 3
"""Documents that are there at a time."""


def test_twenty_kills_lose_nothing(kgtool: Run, environment: dict[str, str], tmp_path: Path) -> None:
    docs, store = tmp_path / "docs", tmp_path / "kg"
    docs.mkdir()
    documents = sorted((DATA / "documents").iterdir())
    moments = random.Random(4)
    for turn in range(KILLS):  # every build finds a new document, and one that is gone
        shutil.copy(documents[turn % len(documents)], docs)
        (docs / documents[(turn - THERE) % len(documents)].name).unlink(missing_ok=True)
        args = [sys.executable, "-m", "kgtool", "build", str(docs), "-s", str(store), "-q"]
        process = subprocess.Popen(args, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.1, LONGEST))
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) in {-signal.SIGKILL, 0}
    for where in (store, tmp_path / "undisturbed"):
        done = kgtool("build", docs, "-s", where, "-q")
        assert done.returncode == 0, done.stderr
    assert exported(kgtool, store) == exported(kgtool, tmp_path / "undisturbed")
