"""A build that is killed at twenty random instants and then goes on gives the bytes of an undisturbed one."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests_support import DATA, Run, exported

KILLS = 20
LONGEST = 4.0
"""Seconds after which at the latest a build is killed: before, while and after it extracts and publishes."""


def test_twenty_kills_lose_nothing(kgtool: Run, environment: dict[str, str], tmp_path: Path, demo: Path) -> None:
    store = tmp_path / "kg"
    moments = random.Random(4)
    killed = 0
    while killed < KILLS:
        args = [sys.executable, "-m", "kgtool", "build", str(DATA), "-s", str(store), "-q"]
        process = subprocess.Popen(args, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.1, LONGEST))
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) in {-signal.SIGKILL, 0}
        killed += 1
    done = kgtool("build", DATA, "-s", store, "-q")
    assert done.returncode == 0, done.stderr
    assert exported(kgtool, store) == exported(kgtool, demo)
