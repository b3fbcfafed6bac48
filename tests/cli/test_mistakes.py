"""Mistakes that people make: one line that says what, one that says what to do; never "a bug"."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests_support import DATA, ROOT, Run, exported

import kgtool as library
from kgtool.errors import ConfigError


def assert_told(done: subprocess.CompletedProcess[str], code: int, part: str) -> None:
    """The exit code, an error of two lines, and what is in it."""
    assert done.returncode == code, done.stderr
    error, hint = done.stderr.splitlines()[-2:]
    assert error.startswith("error: ") and hint.startswith("hint: ") and "bug" not in hint
    assert part in error


@pytest.mark.parametrize("name", ["notes", ".hidden.txt", "draft.txt"])
def test_a_file_given_by_name_stays_when_its_folder_is_given(
    kgtool: Run, texts: Path, tmp_path: Path, name: str
) -> None:
    store, file = tmp_path / "kg", texts / name
    (texts / ".kgtoolignore").write_text("draft*\n")
    file.write_text("Konrad Zuse built the Z3.")

    def counts(*paths: object) -> tuple[int, ...]:
        done = kgtool("build", *paths, "-s", store, "--json")
        assert done.returncode == 0, done.stderr
        return tuple(json.loads(done.stdout)["documents"][k] for k in ("added", "changed", "removed", "unchanged"))

    assert counts(file) == (1, 0, 0, 0)
    assert counts(texts) == (2, 0, 0, 1)
    assert counts() == (0, 0, 0, 3)
    assert "Konrad_Zuse" in exported(kgtool, store)
    file.write_text("Konrad Zuse built the Z4.")
    assert counts() == (0, 1, 0, 2)
    assert counts(file) == (0, 0, 0, 3)
    file.unlink()
    assert counts() == (0, 0, 1, 2)
    assert "Konrad_Zuse" not in exported(kgtool, store)


def test_names_that_are_no_text_stay_different(kgtool: Run, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, text in ((b"x\xff.txt", "Konrad Zuse built the Z3."), (b"x\xfe.txt", "Ada Lovelace was born in London.")):
        (folder / os.fsdecode(name)).write_text(text)
    done = kgtool("build", tmp_path / "texts", "-s", tmp_path / "kg", "--json")
    assert json.loads(done.stdout)["triples"]["published"] == 2
    again = json.loads(kgtool("build", "-s", tmp_path / "kg", "--json").stdout)["documents"]
    assert (again["added"], again["removed"], again["unchanged"]) == (0, 0, 2)


def test_ctrl_c_says_that_nothing_is_lost(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kgtool", "build", str(DATA), "-s", str(tmp_path / "kg")]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / "kg" / "journal.db").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.splitlines() == ["error: interrupted", "hint: run again; a build goes on where it was"]


def damaged(kind: str, store: Path) -> None:
    """Damage a store."""
    if kind == "graph":
        for file in store.glob("graph/*/*"):
            file.write_text("garbage")
    elif kind == "manifest":
        (store / "graph" / "manifest.json").write_text("{")
    else:
        (store / "journal.db").write_bytes(b"garbage" * 1000)


@pytest.mark.parametrize("kind", ["graph", "manifest", "journal"])
def test_doctor_fails_for_a_damaged_store(kgtool: Run, demo: Path, tmp_path: Path, kind: str) -> None:
    store = tmp_path / "kg"
    shutil.copytree(demo, store)
    assert kgtool("doctor", "-s", store).returncode == 0
    damaged(kind, store)
    done = kgtool("doctor", "-s", store, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["store"].startswith(str(store))
    assert json.loads(done.stderr)["error"]["code"] == 1
    assert_told(kgtool("doctor", "-s", store), 1, "journal is corrupt" if kind == "journal" else "damaged")


@pytest.mark.parametrize(
    ("table", "column"), [("extractions", "triples"), ("roots", "options"), ("contents", "anchors")]
)
def test_a_damaged_row_is_a_damaged_journal(kgtool: Run, texts: Path, tmp_path: Path, table: str, column: str) -> None:
    store = tmp_path / "kg"
    kgtool("build", texts, "-s", store, "-q")
    with sqlite3.connect(store / "journal.db") as db:
        db.execute(f"UPDATE {table} SET {column} = '{{oops'")
    db.close()
    shutil.rmtree(store / "graph")
    assert_told(kgtool("build", "-s", store), 1, "journal is corrupt")


def test_an_ignore_file_that_is_no_text(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    (texts / ".kgtoolignore").write_bytes(b"draft\xff")
    assert_told(kgtool("build", texts, "-s", tmp_path / "kg"), 2, ".kgtoolignore is not valid UTF-8 at byte 5")
    assert not (tmp_path / "kg").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["query", "@" + "x" * 5000], 3, "no query named"),
        (["explain", "http://example.org/a b", "p", "o"], 2, "is no IRI"),
        (["query", "CONSTRUCT WHERE { ?s ?p ?o }", "--format", "csv"], 2, "csv does not fit"),
        (["query", "CONSTRUCT WHERE { ?s ?p ?o }", "--format", "json"], 2, "json does not fit"),
        (["query", "ASK {}", "--format", "ttl"], 2, "ttl does not fit"),
        (["query", "ASK {}", "--format", "csv"], 2, "csv does not fit"),
        (["query", "SELECT * {}", "--format", "nt"], 2, "nt does not fit"),
    ],
)
def test_what_does_not_exist_or_fit(kgtool: Run, demo: Path, arguments: list[str], code: int, part: str) -> None:
    assert_told(kgtool(*arguments, "-s", demo), code, part)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <%s> { ?s ?p ?o } }",
        "ASK { SERVICE <%s> { ?s ?p ?o } }",
        "SELECT * { SERVICE <%s> {?s ?p ?o} }",
    ],
)
@pytest.mark.parametrize("address", ["http://127.0.0.1:1/sparql", "http://no-such-host.invalid/sparql"])
def test_another_server_that_fails(kgtool: Run, demo: Path, query: str, address: str) -> None:
    assert_told(
        kgtool("query", query % address, "--allow-service", "-s", demo), 4, "the server that the query calls failed"
    )


@pytest.mark.parametrize("base", ["no iri", "/relative/", "http://a b/", "http://x/<y>/", ""])
def test_a_base_that_is_no_iri(kgtool: Run, texts: Path, tmp_path: Path, base: str) -> None:
    assert_told(kgtool("build", texts, "-s", tmp_path / "kg", KGTOOL_BASE_IRI=base), 2, "base_iri")
    assert not (tmp_path / "kg").exists()


def test_a_store_that_is_a_file(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for arguments in (["build", texts], ["query", "@top"], ["status"], ["export"]):
        assert_told(kgtool(*arguments, "-s", file), 1, f"{file} is a file, and a store is a directory")


def test_a_store_that_is_named_by_nothing(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    assert_told(kgtool("build", texts, cwd=tmp_path, KGTOOL_STORE="", PYTHONPATH=str(ROOT)), 2, "store is empty")
    assert [p.name for p in tmp_path.iterdir()] == ["texts"]


@pytest.mark.parametrize("flags", [{"nonsense": 3}, {"jobs": "many"}])
def test_a_setting_that_does_not_exist(tmp_path: Path, flags: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(flags))):
        library.open(tmp_path, **flags)
