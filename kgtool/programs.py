"""Programs of kgtool that run as processes of their own: by exec, not by a fork, so safe beside threads."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from subprocess import PIPE, Popen


def started(module: str, *arguments: str) -> Popen[bytes]:
    """Run a module as a program, with pipes to its stdin and from its stdout.

    It imports what this process would, and nothing from the folder at hand (-P). Ctrl-C does not reach it: it is the
    parent's.
    """
    paths = os.pathsep.join(p or str(Path.cwd()) for p in sys.path)
    command = [sys.executable, "-P", "-m", module, *arguments]
    return Popen(command, stdin=PIPE, stdout=PIPE, env=os.environ | {"PYTHONPATH": paths}, process_group=0)
