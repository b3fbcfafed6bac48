"""Commands whose output nobody reads to the end, as in ``kgtool export | head -1``: a real pipe that is closed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests_support import DATA, ROOT, Run

UNREAD = 141
ALL = "SELECT * { ?s ?p ?o }"


def first_line(
    environment: dict[str, str], arguments: Sequence[object], *, unbuffered: str = ""
) -> tuple[str, int, str]:
    """Run a command as ``| head -1`` does: the first line, the exit code, and what was said on stderr."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kgtool", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment | {"PYTHONUNBUFFERED": unbuffered},
    )
    assert process.stdout is not None and process.stderr is not None
    line = process.stdout.readline()
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    return line, process.wait(60), told


def unread(environment: dict[str, str], arguments: Sequence[object], *, unbuffered: str = "") -> tuple[int, str]:
    """Run a command with a pipe that has no reader from the start: the exit code, and what was said on stderr."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "kgtool", *map(str, arguments)],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment | {"PYTHONUNBUFFERED": unbuffered},
        check=False,
    )
    os.close(write)
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def triples(kgtool: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More triples than a pipe holds."""
    path = tmp_path_factory.mktemp("triples") / "t.jsonl"
    assert kgtool("extract", DATA, "-o", path).returncode == 0
    return path


@pytest.mark.parametrize("command", ["extract", "fuse", "export", "query"])
def test_after_the_first_line(environment: dict[str, str], demo: Path, triples: Path, command: str) -> None:
    rest = {"extract": [DATA, "-j", 1], "fuse": [triples], "export": ["-s", demo]}
    graph = "SELECT * { GRAPH ?g { ?s ?p ?o } }"
    line, code, told = first_line(environment, [command, *rest.get(command, [graph, "-s", demo])])
    assert line and (code, told) == (UNREAD, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["config", "show"], ["extract", DATA / "documents" / "colossus.txt"],
     ["extract", DATA / "documents" / "colossus.txt", "-o", "/dev/stdout"]],
)  # fmt: skip
def test_without_any_reader(environment: dict[str, str], arguments: list[object], unbuffered: str) -> None:
    assert unread(environment, arguments, unbuffered=unbuffered) == (UNREAD, "")


@pytest.mark.parametrize(
    "arguments",
    [["query", ALL], ["query", ALL, "--format", "table"], ["query", ALL, "--json"], ["export"], ["status"], ["review"],
     ["reason", "Who designed Colossus?", "--json"], ["explain", "Colossus", "was designed by", "Tommy Flowers"],
     ["doctor"], ["build", "--json"]],
)  # fmt: skip
def test_without_any_reader_of_a_store(environment: dict[str, str], demo: Path, arguments: list[object]) -> None:
    assert unread(environment, [*arguments, "-s", demo]) == (UNREAD, "")


def test_a_run_that_fails_without_a_reader(environment: dict[str, str], texts: Path, tmp_path: Path) -> None:
    (texts / "c.txt").write_bytes(b"\x7fELF\0")
    code, told = unread(environment, ["build", texts, "-s", tmp_path / "kg", "--json"])
    assert code == UNREAD and "error:" not in told and "Traceback" not in told


def test_a_command_that_prints_nothing_needs_no_stdout(
    environment: dict[str, str], texts: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "kgtool", "build", str(texts), "-s", str(tmp_path / "kg"), "-q"]
    done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *command], cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0
