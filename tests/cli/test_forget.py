"""``kgtool forget`` as a process: what it asks, says and survives."""

from __future__ import annotations

import json
import os
import pty
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests_support import Run, exported

TEXTS = {
    "a.txt": "Acme Robotics was founded in Zwettl. Maria Silva led Acme Robotics.\n",
    "b.txt": "Maria Silva was born in Lisbon. Jonas Berg bought the Walker.\n",
}
KILLS = 8
LONGEST = 1.2
"""Seconds after which at the latest it is killed: before, while and after it erases and publishes."""


@pytest.fixture(scope="module")
def original(kgtool: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents and their store; not to be written to."""
    folder = tmp_path_factory.mktemp("original")
    (folder / "docs").mkdir()
    for name, text in TEXTS.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    assert kgtool("build", folder / "docs", "-s", folder / "kg", "-q", "-j", "1").returncode == 0
    return folder


@pytest.fixture
def store(original: Path, tmp_path: Path) -> Path:
    """The store, as it was built; to be written to by one test."""
    return shutil.copytree(original / "kg", tmp_path / "kg")


def bytes_of(store: Path) -> bytes:
    return b"\0".join(f.read_bytes() for f in sorted(store.rglob("*")) if f.is_file())


def test_it_shows_the_query_and_that_it_is_false(kgtool: Run, store: Path) -> None:
    done = kgtool("forget", "document", "a.txt", "--yes", "-s", store)
    assert done.returncode == 0
    query, answer = done.stdout.rsplit("\n", 2)[:2]
    assert answer == "false" and query.startswith("ASK {") and '"a.txt"' in query
    assert kgtool("query", query, "-s", store).stdout.strip() == "false"
    assert done.stderr.startswith("forgotten: document a.txt; ")
    assert b"Zwettl" not in bytes_of(store)
    built = kgtool("build", "-s", store)
    assert "a.txt: forgotten, skipped" in built.stderr and "up to date" in built.stderr


def test_it_says_which_texts_still_name_an_entity(kgtool: Run, store: Path) -> None:
    done = kgtool("forget", "entity", "Maria Silva", "--yes", "-s", store)
    assert "the texts of the documents stay: it is in 2 of them; --closure forgets these" in done.stderr
    assert b"Maria Silva" in bytes_of(store)
    row = json.loads(kgtool("forget", "triple", "Jonas Berg", "bought", "Walker", "-y", "--json", "-s", store).stdout)
    assert row["holds"] is False and row["triples"] == 1 and row["kind"] == "triple" and row["revision"]


def test_closure_takes_the_texts(kgtool: Run, store: Path) -> None:
    done = kgtool("forget", "entity", "Maria Silva", "--yes", "--closure", "-q", "-s", store)
    assert done.stderr == "" and done.stdout.endswith("\nfalse\n")
    assert b"silva" not in bytes_of(store).lower()
    assert kgtool("forget", "entity", "Maria Silva", "--undo", "-s", store).returncode == 0
    assert kgtool("build", "-s", store, "-q").returncode == 0
    assert "Maria_Silva" in exported(kgtool, store)


def test_it_is_for_good_and_so_asks(kgtool: Run, store: Path, environment: dict[str, str]) -> None:
    before = bytes_of(store)
    done = kgtool("forget", "document", "a.txt", "-s", store)
    assert (done.returncode, done.stdout) == (2, "") and "--yes" in done.stderr
    would = kgtool("forget", "document", "a.txt", "--dry-run", "-s", store)
    assert would.returncode == 0 and would.stderr.startswith("would be forgotten: document a.txt")
    assert bytes_of(store) == before
    assert answered("n\n", store, environment) == 1 and bytes_of(store) == before
    assert answered("y\n", store, environment) == 0 and b"Zwettl" not in bytes_of(store)


def answered(text: str, store: Path, environment: dict[str, str]) -> int:
    """The exit code when a person at a terminal answers."""
    person, terminal = pty.openpty()
    try:
        args = [sys.executable, "-m", "kgtool", "forget", "document", "a.txt", "-s", str(store)]
        os.write(person, text.encode())
        done = subprocess.run(args, env=environment, stdin=terminal, capture_output=True, timeout=60, check=False)
        assert b"forget for good: document a.txt" in done.stderr
        return done.returncode
    finally:
        os.close(person)
        os.close(terminal)


@pytest.mark.parametrize(
    ("args", "code", "error"),
    [
        (("document", "none.txt"), 3, "there is no document 'none.txt'"),
        (("entity", "Otto Nemo"), 3, "nothing in the graph is called 'Otto Nemo'"),
        (("triple", "Maria Silva", "was born in", "Zwettl"), 3, "no sentence says"),
        (("entity", "Maria Silva", "--undo"), 3, "nobody forgot the entity 'Maria Silva'"),
        (("entity", "it"), 2, "names nothing"),
    ],
)
def test_what_cannot_be_forgotten(kgtool: Run, store: Path, args: tuple[str, ...], code: int, error: str) -> None:
    before = exported(kgtool, store)
    done = kgtool("forget", *args, "-y", "-s", store)
    assert done.returncode == code and error in done.stderr and "hint:" in done.stderr
    assert exported(kgtool, store) == before


def test_without_a_store_nothing_is_made(kgtool: Run, tmp_path: Path) -> None:
    for flag in ("--yes", "--dry-run", "--undo"):
        assert kgtool("forget", "document", "a.txt", flag, "-s", tmp_path / "none").returncode == 3
    assert not (tmp_path / "none").exists()


def test_kills_at_any_instant_are_finished_by_the_next_one(
    kgtool: Run, environment: dict[str, str], original: Path, store: Path
) -> None:
    moments = random.Random(7)
    for _ in range(KILLS):
        args = [sys.executable, "-m", "kgtool", "forget", "document", "a.txt", "--yes", "-q", "-s", str(store)]
        process = subprocess.Popen(args, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.1, LONGEST))
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) in {-signal.SIGKILL, 0}
        assert kgtool("export", "-s", store).returncode == 0
    assert kgtool("forget", "document", "a.txt", "--yes", "-s", store).stdout.endswith("\nfalse\n")
    assert b"Zwettl" not in bytes_of(store)
    after = exported(kgtool, store)
    assert kgtool("build", original / "docs" / "b.txt", "-s", store.parent / "fresh", "-q").returncode == 0
    assert exported(kgtool, store.parent / "fresh") == after


def test_what_was_forgotten_is_not_inferred_anew(kgtool: Run, tmp_path: Path) -> None:
    for name, text in {"a.txt": "Anna Berg married Otto Lind.\n", "b.txt": "Otto Lind married Anna Berg.\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "kgtool.toml").write_text("[relations.married]\nsymmetric = true\n", encoding="utf-8")
    store, given = tmp_path / "kg", ("--config", tmp_path / "kgtool.toml")
    assert kgtool("build", tmp_path / "a.txt", tmp_path / "b.txt", "-s", store, "-q", *given).returncode == 0
    done = kgtool("forget", "triple", "Anna Berg", "married", "Otto Lind", "--yes", "-s", store, *given)
    assert done.returncode == 0 and done.stdout.endswith("false\n"), done.stderr
    forgotten = exported(kgtool, store)
    assert kgtool("build", "-s", store, "-q", *given).returncode == 0 and exported(kgtool, store) == forgotten
    assert kgtool("explain", "Otto Lind", "married", "Anna Berg", "-s", store).returncode == 0
    assert kgtool("explain", "Anna Berg", "married", "Otto Lind", "-s", store).returncode == 3
