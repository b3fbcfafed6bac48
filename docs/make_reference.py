"""Writes docs/reference.md from --help; with --check only says whether it is up to date.

usage: python docs/make_reference.py [--check]
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from kgtool import config
from kgtool.store import named

TARGET = Path(__file__).resolve().parent / "reference.md"
QUERIES = TARGET.parent.parent / "queries"
COMMANDS = (
    (), ("build",), ("extract",), ("fuse",), ("query",), ("verify",), ("validate",), ("reason",), ("ask",),
    ("explain",),
    ("search",), ("show",), ("stats",), ("viz",), ("status",), ("export",),
    ("import",), ("update",), ("backup",), ("restore",), ("publish",),
    ("config",), ("config", "show"), ("config", "init"), ("doctor",), ("evaluate",), ("evaluate", "extraction"),
    ("evaluate", "reasoning"), ("synth",), ("synth", "qa"),
    ("forget",), ("forget", "document"), ("forget", "entity"), ("forget", "triple"),
)  # fmt: skip


def help_of(command: tuple[str, ...]) -> str:
    """The help text, the same on every machine."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("KGTOOL_", "FORCE_COLOR", "GITHUB_"))}
    done = subprocess.run(
        [sys.executable, "-m", "kgtool", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=environment | {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"},
    )
    return done.stdout.replace("python -m kgtool", "kgtool").strip()


def page() -> str:
    """The whole reference."""
    parts = ["# Reference", "", "Made by `make docs` from `--help`; do not edit.", "", "## Commands", ""]
    for command in COMMANDS:
        parts += [f"### kgtool {' '.join(command)}".rstrip(), "", "```text", help_of(command), "```", ""]
    parts += ["## Settings", "", "| key | default | what |", "|---|---|---|"]
    parts += [f"| `{k}` | `{s.default}` | {s.help} |" for k, s in config.SETTINGS.items()]
    parts += ["", "Each is `KGTOOL_` and the key in capitals in the environment.", "", "## Named queries", ""]
    parts += ["| query | what | parameters |", "|---|---|---|"]
    for file in sorted(QUERIES.glob("*.rq")):
        query = named.parse(file.stem, file.read_text(encoding="utf-8"))
        params = ", ".join(f"`{name}` ({kind})" for name, (kind, _) in query.params.items())
        parts.append(f"| `@{query.name}` | {query.title} | {params} |")
    return "\n".join([*parts, ""])


def main() -> int:
    """Write or check."""
    text = page()
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print("docs/reference.md is out of date: run make docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
