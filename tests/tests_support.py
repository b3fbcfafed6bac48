"""What test modules import."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def exported(kgtool: Run, store: Path) -> str:
    """The store as N-Quads in the order of the export."""
    done = kgtool("export", "-s", store)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return done.stdout


class Forks:
    """The program of :mod:`forks`, which runs commands one after the other; a context manager that ends it."""

    def __init__(self, environment: dict[str, str]) -> None:
        given, self._requests = os.pipe()
        self._answers, told = os.pipe()
        command = [sys.executable, str(ROOT / "tests" / "forks.py"), str(given), str(told)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, pass_fds=(given, told), start_new_session=True
        )
        os.close(given)
        os.close(told)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        os.close(self._requests)
        os.close(self._answers)
        self._process.wait()

    def run(
        self,
        arguments: list[str],
        environment: dict[str, str],
        folder: Path,
        streams: Sequence[Path],
        seconds: int = 300,
    ) -> int:
        """Run a command in a process of its own; its exit code, or minus the signal that ended it.

        Args:
            arguments: of the command.
            environment: all of it.
            folder: to work in.
            streams: the files that are standard input, output and error.
            seconds: how long it may take.

        Raises:
            TimeoutExpired: when it takes longer; nothing can be run afterwards.
        """
        request = {
            "arguments": arguments,
            "environment": environment,
            "folder": str(folder),
            "streams": list(map(str, streams)),
        }
        os.write(self._requests, json.dumps(request).encode() + b"\n")
        if not select.select([self._answers], [], [], seconds)[0]:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(arguments, seconds)
        return int(os.read(self._answers, 100))
