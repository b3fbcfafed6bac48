"""Programs of kgtool that run as processes of their own: by exec, not by a fork, so safe beside threads."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from subprocess import PIPE, Popen

_own = False


def claim() -> None:
    """Tell that this process runs a program of kgtool, and nothing else; the first thing that such a program does."""
    global _own
    _own = True


def is_own() -> bool:
    """Whether this process runs a program of kgtool, and not one of a user who imports it."""
    return _own


def started(module: str, *arguments: str) -> Popen[bytes]:
    """Run a module as a program, with pipes to its stdin and from its stdout.

    It imports what this process would, and nothing from the folder at hand (-P). Ctrl-C does not reach it: it is the
    parent's.
    """
    paths = os.pathsep.join(p or str(Path.cwd()) for p in sys.path)
    command = [sys.executable, "-P", "-m", module, *arguments]
    return Popen(command, stdin=PIPE, stdout=PIPE, env=os.environ | {"PYTHONPATH": paths}, process_group=0)
