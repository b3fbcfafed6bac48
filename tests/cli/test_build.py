"""``kgtool build`` through a real process: exit codes, streams, and what happens to bad input."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests_support import DATA, Run, exported


def test_a_second_build_does_nothing_and_says_nothing(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    store = tmp_path / "kg"
    first = kgtool("build", texts, "-s", store, "--json")
    assert first.returncode == 0
    before = exported(kgtool, store)
    second = kgtool("build", texts, "-s", store, "-q")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    report = json.loads(kgtool("build", "-s", store, "--json").stdout)
    assert report["triples"]["extracted"] == 0 and not report["changed"]
    assert report["documents"]["unchanged"] == 2
    assert exported(kgtool, store) == before


def test_the_report_has_the_keys_of_the_contract(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    report = json.loads(kgtool("build", texts, "-s", tmp_path / "kg", "--json").stdout)
    assert report["documents"].keys() >= {"added", "changed", "removed", "unchanged", "failed"}
    assert report["triples"].keys() >= {"extracted", "unsupported", "quarantined", "published"}
    assert report.keys() >= {
        "chunks",
        "entities",
        "merges",
        "conflicts",
        "inferred",
        "calls",
        "tokens",
        "cost",
        "seconds",
    }
    assert report["documents"]["added"] == 2 and report["triples"]["published"] > 2


def test_the_graph_depends_on_the_documents_alone(kgtool: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "one" / "data", tmp_path / "two" / "renamed"
    for folder in (first, second):
        shutil.copytree(DATA / "documents", folder)
    for file in second.iterdir():
        os.utime(file, (1, 1))
    for folder, seed in ((first, "1"), (second, "2")):
        done = kgtool("build", folder, "-s", folder.parent / "kg", "-q", PYTHONHASHSEED=seed)
        assert done.returncode == 0
    assert exported(kgtool, first.parent / "kg") == exported(kgtool, second.parent / "kg")


def test_steps_give_the_same_as_one_build(kgtool: Run, tmp_path: Path) -> None:
    documents = sorted((DATA / "documents").iterdir())[:5]
    docs = tmp_path / "docs"
    docs.mkdir()
    for file in documents:
        shutil.copy(file, docs)
        assert kgtool("build", docs, "-s", tmp_path / "steps", "-q").returncode == 0
    assert kgtool("build", docs, "-s", tmp_path / "once", "-q").returncode == 0
    assert exported(kgtool, tmp_path / "steps") == exported(kgtool, tmp_path / "once")
    (docs / documents[2].name).unlink()
    assert kgtool("build", docs, "-s", tmp_path / "steps", "-q").returncode == 0
    assert kgtool("build", docs, "-s", tmp_path / "never", "-q").returncode == 0
    assert exported(kgtool, tmp_path / "steps") == exported(kgtool, tmp_path / "never")


def test_an_edit_extracts_its_chunk_alone(kgtool: Run, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    text = "Zuse built the Z3 in Berlin.\n\nAiken designed the Mark I at Harvard.\n"
    (docs / "a.txt").write_text(text)
    kgtool("build", docs, "-s", tmp_path / "kg", "-q")
    (docs / "a.txt").write_text("Zuse sold the Z3 in Berlin.\n\nAiken designed the Mark I at Harvard.\n")
    report = json.loads(kgtool("build", docs, "-s", tmp_path / "kg", "--json").stdout)
    assert report["documents"]["changed"] == 1
    (docs / "b.txt").write_text("Aiken designed the Mark I at Harvard.\n")
    again = json.loads(kgtool("build", docs, "-s", tmp_path / "kg", "--json").stdout)
    assert 0 < report["triples"]["extracted"] <= 3
    assert again["triples"]["extracted"] == 0  # the same paragraph has been extracted before


def test_documents_elsewhere_stay(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.txt").write_text("Hopper joined the Navy in 1943.")
    kgtool("build", texts, "-s", tmp_path / "kg", "-q")
    report = json.loads(kgtool("build", other, "-s", tmp_path / "kg", "--json").stdout)
    assert report["documents"]["added"] == 1 and report["documents"]["removed"] == 0
    both = json.loads(kgtool("build", "-s", tmp_path / "kg", "--json").stdout)
    assert both["documents"]["unchanged"] == 3


@pytest.mark.parametrize("state", ["missing", "empty"])
def test_a_path_that_is_gone_removes_nothing_without_yes(kgtool: Run, texts: Path, tmp_path: Path, state: str) -> None:
    store = tmp_path / "kg"
    kgtool("build", texts, "-s", store, "-q")
    before = exported(kgtool, store)
    shutil.rmtree(texts)
    if state == "empty":
        texts.mkdir()
    done = kgtool("build", texts, "-s", store)
    assert done.returncode == 3 and "error:" in done.stderr and "hint:" in done.stderr
    assert exported(kgtool, store) == before
    agreed = kgtool("build", texts, "-s", store, "-y", "--json")
    assert agreed.returncode == 0
    assert json.loads(agreed.stdout)["documents"]["removed"] == 2


def test_a_missing_path_makes_no_store(kgtool: Run, tmp_path: Path) -> None:
    done = kgtool("build", tmp_path / "nowhere", "-s", tmp_path / "kg")
    assert done.returncode == 3
    assert not (tmp_path / "kg").exists()


def test_no_paths_and_none_recorded(kgtool: Run, tmp_path: Path) -> None:
    done = kgtool("build", "-s", tmp_path / "kg")
    assert done.returncode == 2
    assert not (tmp_path / "kg").exists()


def test_dry_run_changes_nothing(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    done = kgtool("build", texts, "-s", tmp_path / "kg", "-n")
    assert done.returncode == 0 and "2 added" in done.stderr
    assert not (tmp_path / "kg").exists()


# bad documents


BAD = {
    "binary.txt": b"\x00\x01\x02binary",
    "latin1.txt": "Zuse grew up in Göttingen.".encode("latin-1"),
    "german.txt": (
        "Die Maschine wurde in Berlin gebaut und von vielen Leuten besucht, die sie sehen wollten. " * 5
    ).encode(),
    "hebrew.md": ("שלום עולם וכל מה שיש בו " * 5).encode(),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_document_is_named_and_tried_again(kgtool: Run, texts: Path, tmp_path: Path, name: str) -> None:
    store = tmp_path / "kg"
    (texts / name).write_bytes(BAD[name])
    done = kgtool("build", texts, "-s", store, "--json")
    assert done.returncode == 5
    report = json.loads(done.stdout)
    assert [Path(f["path"]).name for f in report["documents"]["failed"]] == [name]
    assert report["triples"]["published"] > 2
    assert json.loads(done.stderr.splitlines()[-1])["error"]["code"] == 5
    assert json.loads(kgtool("status", "-s", store, "--json").stdout)["pending"] == 1
    (texts / name).write_text("Stibitz worked at Bell Labs.")
    assert kgtool("build", texts, "-s", store, "-q").returncode == 0
    assert json.loads(kgtool("status", "-s", store, "--json").stdout)["pending"] == 0


def test_a_document_that_breaks_keeps_its_old_facts(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    store = tmp_path / "kg"
    kgtool("build", texts, "-s", store, "-q")
    before = exported(kgtool, store)
    (texts / "a.txt").write_bytes(b"\xff\xfe broken")
    assert kgtool("build", texts, "-s", store, "-q").returncode == 5
    assert exported(kgtool, store) == before


def test_an_empty_file_is_skipped_with_a_warning(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    (texts / "empty.txt").write_text(" \n")
    done = kgtool("build", texts, "-s", tmp_path / "kg")
    assert done.returncode == 0
    assert "warning:" in done.stderr and "empty.txt" in done.stderr


def test_a_huge_line_is_refused_by_name(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    (texts / "huge.txt").write_text("word " * (50 * 2**20 // 5))
    start = time.monotonic()
    done = kgtool("build", texts, "-s", tmp_path / "kg")
    assert done.returncode == 5 and "huge.txt" in done.stderr and "max_document_mb" not in done.stdout
    assert time.monotonic() - start < 60


def test_a_directory_without_a_readable_file(kgtool: Run, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "picture.png").write_bytes(b"\x89PNG")
    done = kgtool("build", tmp_path / "docs", "-s", tmp_path / "kg")
    assert done.returncode == 3 and done.stderr.count("error:") == 1


# bad stores


def test_a_corrupt_journal_is_named_and_left_alone(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    store = tmp_path / "kg"
    kgtool("build", texts, "-s", store, "-q")
    (store / "journal.db").write_bytes(b"not a database at all" * 100)
    done = kgtool("build", texts, "-s", store)
    assert done.returncode == 1 and "journal.db" in done.stderr and "hint:" in done.stderr
    assert (store / "journal.db").read_bytes().startswith(b"not a database")
    assert kgtool("query", "ASK {}", "-s", store).stdout == "true\n"  # the published graph still answers


def test_a_lost_graph_is_rebuilt_from_the_journal(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    store = tmp_path / "kg"
    kgtool("build", texts, "-s", store, "-q")
    before = exported(kgtool, store)
    shutil.rmtree(store / "graph")
    report = json.loads(kgtool("build", "-s", store, "--json").stdout)
    assert report["triples"]["extracted"] == 0
    assert exported(kgtool, store) == before


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self/status").exists(), reason="needs file permissions")
def test_a_place_that_cannot_be_written(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = kgtool("build", texts, "-s", blocked / "kg")
    assert done.returncode == 1 and "error:" in done.stderr and "Traceback" not in done.stderr


# one writer, and signals


def running(store: Path, environment: dict[str, str], docs: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "kgtool", "build", str(docs), "-s", str(store), "-q"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        if (store / "journal.db").exists() or process.poll() is not None:
            break
        time.sleep(0.02)
    return process


def test_of_two_builds_at_once_one_works(kgtool: Run, environment: dict[str, str], tmp_path: Path) -> None:
    store = tmp_path / "kg"
    process = running(store, environment, DATA)
    second = kgtool("build", DATA, "-s", store)
    assert second.returncode == 75 and "error:" in second.stderr
    assert process.wait(300) == 0
    assert kgtool("build", DATA, "-s", store, "-q").returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_stopped_build_is_resumed(
    kgtool: Run, environment: dict[str, str], tmp_path: Path, demo: Path, number: int, code: int
) -> None:
    store = tmp_path / "kg"
    process = running(store, environment, DATA)
    time.sleep(1)  # it extracts
    process.send_signal(number)
    assert process.wait(60) == code
    assert kgtool("build", DATA, "-s", store, "-q").returncode == 0
    assert exported(kgtool, store) == exported(kgtool, demo)


def test_the_log_file_tells_what_happened(kgtool: Run, texts: Path, tmp_path: Path) -> None:
    (texts / "bad.txt").write_bytes(b"\xff")
    kgtool("build", texts, "-s", tmp_path / "kg", "-q", "--log-file", tmp_path / "log")
    log = (tmp_path / "log").read_text()
    assert "bad.txt" in log and "built:" in log
