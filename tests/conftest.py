"""Real things that many tests share: the command line as a process, and the store of data/."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings
from tests_support import DATA, ROOT, Forks, Run

pytest_plugins = ["endpoints"]
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")
os.environ["KGTOOL_NO_LLM"] = "1"
signal.signal(signal.SIGINT, signal.default_int_handler)
"""A shell lets what runs behind ignore it, and the processes of the tests would inherit that."""


@pytest.fixture(scope="session", autouse=True)
def parser() -> Iterator[None]:
    """The parser is loaded once by all tests that run in this process."""
    import spacy

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spacy, "load", lru_cache(spacy.load))
        yield


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment without settings of the person who runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KGTOOL_", "PYTHONDONTWRITEBYTECODE"))}
    home = str(tmp_path_factory.mktemp("home"))
    own = {"HOME": home, "XDG_CONFIG_HOME": home, "NO_COLOR": "1", "HF_HUB_OFFLINE": "1", "COLUMNS": "100"}
    own["OPENBLAS_NUM_THREADS"] = "1"  # as many tests run side by side as there are CPUs
    return kept | own | {"KGTOOL_NO_LLM": "1"}  # a test that asks a server of its own takes it back


@pytest.fixture(scope="session")
def forks(environment: dict[str, str]) -> Iterator[Forks]:
    """The program of :mod:`forks`."""
    with Forks(environment) as running:
        yield running


@pytest.fixture(scope="session")
def kgtool(environment: dict[str, str], forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the command line as a process of its own; one that is started anew where a variable is for Python."""
    streams = [tmp_path_factory.mktemp("streams") / name for name in ("stdin", "stdout", "stderr")]

    def run(*args: object, cwd: Path | None = None, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        arguments, variables, folder = list(map(str, args)), environment | env, cwd or ROOT
        for path, text in zip(streams, (stdin, "", ""), strict=True):
            path.write_text(text, encoding="utf-8")
        if any(name.startswith("PYTHON") for name in env):
            command = [sys.executable, "-m", "kgtool", *arguments]
            with streams[0].open() as given, streams[1].open("w") as out, streams[2].open("w") as told:
                code = subprocess.run(
                    command, stdin=given, stdout=out, stderr=told, cwd=folder, env=variables, timeout=300, check=False
                ).returncode
        else:
            code = forks.run(arguments, variables, folder, streams)
        written = (path.read_bytes().decode().replace("\r\n", "\n") for path in streams[1:])
        return subprocess.CompletedProcess(arguments, code, *written)

    return run


@pytest.fixture(scope="session")
def demo(kgtool: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of data/, built once; not to be written to."""
    store = tmp_path_factory.mktemp("demo") / "kg"
    done = kgtool("build", DATA, "-s", store, "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return store


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of an invented graph, trained once; not to be written to."""
    from embed_support import trained

    folder = tmp_path_factory.mktemp("trained") / "model"
    trained().save(folder)
    return folder


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Two small documents."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text("Colossus was designed by Tommy Flowers in 1943.\n", encoding="utf-8")
    (folder / "b.md").write_text("# Ada\n\nAda Lovelace was born in London in 1815.\n", encoding="utf-8")
    return folder
