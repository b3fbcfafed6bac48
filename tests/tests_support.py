"""What test modules import."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def exported(kgtool: Run, store: Path) -> str:
    """The store as N-Quads in the order of the export."""
    done = kgtool("export", "-s", store)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return done.stdout
