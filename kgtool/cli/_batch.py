"""Many questions from a file: one JSON line each, in the order of the file, resumable."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from kgtool.cli._answers import warn
from kgtool.cli._output import note, opened
from kgtool.errors import EndpointError, NotFoundError, PartialError, RemoteError, StoreError, UsageError
from kgtool.llm.parallel import in_order
from kgtool.ports import Trace, silent

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph

ROWS = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True)
class Asked:
    """One question of a file."""

    id: str
    text: str


@dataclass(frozen=True)
class Origin:
    """What answers are made with: it stands in each line, so that no file has answers made in two ways."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """See :func:`kgtool.cli._settings.settings`."""
    graph: str = ""
    """The state of the graph; see :func:`kgtool.cli._settings.state`."""

    def to_json(self) -> dict[str, Any]:
        """What a line has of it."""
        return {"settings": dict(self.settings), "graph": self.graph} if self.settings else {}

    def differs(self, row: Mapping[str, Any]) -> str:
        """What a line was made with instead, in words; empty where it was made with these settings."""
        theirs = row.get("settings", {})
        if not self.settings or theirs == self.settings:
            return ""
        if not isinstance(theirs, dict) or not theirs:
            return "does not say with which settings it was answered"
        keys = [k for k in sorted({*theirs, *self.settings}) if theirs.get(k) != self.settings.get(k)]
        keys = ["reasoner"] if "reasoner" in keys else keys  # another one takes other settings
        told = (f"{k} {theirs.get(k, 'unset')}, not {self.settings.get(k, 'unset')}" for k in keys)
        return f"was answered with {'; '.join(told)}"


UNKNOWN = Origin()


def questions(file: Path) -> list[Asked]:
    """The questions of a file, or of standard input for ``-``: one a line, or JSON objects with id and question.

    Blank lines are none; an empty question of an object is one, which fails.

    Raises:
        NotFoundError: when the file does not exist.
        UsageError: for a line that is no question.
    """
    name = "stdin" if str(file) == "-" else str(file)
    try:
        data = sys.stdin.buffer.read() if name == "stdin" else file.read_bytes()
        text = data.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {file}", "check -f") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}, line {line}: not valid UTF-8", "questions are text in UTF-8") from error
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}", "check -f") from error
    rows = file.suffix in ROWS or (name == "stdin" and text.lstrip().startswith("{"))
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not rows:
        return [Asked(str(number), line.strip()) for number, line in lines]
    return [entry(line, f"{name}, line {number}") for number, line in lines]


def entry(line: str, where: str) -> Asked:
    """The question of a line of JSON.

    Raises:
        UsageError: when there is none, or no id.
    """
    from kgtool.evaluate.gold import row_of

    row = row_of(line.encode(), where)
    hint = 'a line is {"id": "q1", "question": "Who …?"}'
    for key in ("id", "question"):
        if key not in row:
            raise UsageError(f"{where}: no field {key!r}", hint)
    number = type(row["id"]) in {int, float}
    if not isinstance(row["id"], str) and not number:
        raise UsageError(f"{where}: 'id' is neither text nor number", hint)
    if not isinstance(row["question"], str):
        raise UsageError(f"{where}: 'question' is no text", hint)
    return Asked(str(row["id"]), row["question"])


def run(
    graph: KnowledgeGraph,
    asked: Sequence[Asked],
    target: Path | None,
    *,
    jobs: int = 1,
    entities: Sequence[str] = (),
    trace: Trace | None = None,
    origin: Origin = UNKNOWN,
) -> int:
    """Answer questions; how many answers were there already.

    Args:
        graph: the graph.
        asked: the questions.
        target: where the lines go; those that are there are kept, and their questions not asked again, unless they
            failed. None, and what is no plain file: everything is asked.
        jobs: questions at a time.
        entities: see :class:`kgtool.ports.Reasoner`.
        trace: takes the events of all questions, each with the ``id`` of its question.
        origin: what the answers are made with.

    Raises:
        UsageError: when the target holds something else, or answers made with other settings, or two questions have
            one id.
        PartialError: when some question failed; the others are answered.
        BudgetError: when the budget is used up; what was answered with it is there, and the next run goes on.
        EndpointError: when a reasoner cannot do without the model's endpoint, and that is down; likewise.
    """
    failed = 0

    def answer(one: Asked) -> dict[str, Any]:
        if not one.text.strip():
            return {"id": one.id, "question": one.text, "error": "the question is empty"}
        tell: Trace = silent if trace is None else lambda event, told: trace(event, {"id": one.id, **told})
        try:
            found = replace(graph.reason(one.text, entities=entities, trace=tell), id=one.id)
        except EndpointError:
            raise
        except (ValueError, ArithmeticError, LookupError, RemoteError) as error:
            return {"id": one.id, "question": one.text, "error": f"{type(error).__name__}: {error}"}
        if found.notes and (refused := graph.calls.meter.refused):
            raise refused
        warn(found)
        return found.to_json() | origin.to_json()

    with kept(target, asked, origin) as (out, done):
        todo = [one for one in asked if one.id not in done]
        if jobs > 1:
            graph.reasoner.reason("")  # reads the graph once, not in every thread
        for row in in_order(answer, todo, jobs):
            failed += "error" in row
            out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            out.flush()
    if failed:
        told = f"{failed} question{'s' if failed > 1 else ''} failed"
        raise PartialError(told, "their lines say why; run again to ask them again")
    return len(asked) - len(todo)


@contextmanager
def kept(
    target: Path | None, asked: Sequence[Asked], origin: Origin = UNKNOWN
) -> Iterator[tuple[IO[bytes], frozenset[str]]]:
    """Where lines are added, and the ids of those that are there.

    Lines are written at once, so that what was answered outlives a crash. In the end they are in the order of the
    questions.

    Raises:
        UsageError: when the target holds something else, or answers made with other settings, or two questions have
            one id.
        StoreError: when it cannot be written.
    """
    if target is None or str(target) == "-" or (target.exists() and not target.is_file()):
        with opened(target) as file:
            yield file, frozenset()
        return
    if len({one.id for one in asked}) < len(asked):
        twice = next(one.id for i, one in enumerate(asked) if one.id in {o.id for o in asked[:i]})
        raise UsageError(f"two questions have the id {twice!r}", "give each its own, or leave out -o")
    lines = known(target, asked, origin)
    earlier = sum(json.loads(line).get("graph", "") != origin.graph for line in lines.values())
    told = f"warning: {earlier} of the answers in {target} are from another state of the graph; delete it to ask anew"
    note(told, quiet=not earlier or not origin.graph)
    try:
        if target.exists() and target.read_bytes() != b"".join(lines.values()):
            rewrite(target, lines.values())  # without what is torn or failed
        with target.open("ab") as file:
            yield file, frozenset(lines)
        written = known(target, asked, failed=True)
        ordered = [written[one.id] for one in asked if one.id in written]
        if ordered != list(written.values()):
            rewrite(target, ordered)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error}", "check the directory and the space on disk") from error


def known(target: Path, asked: Sequence[Asked], origin: Origin = UNKNOWN, *, failed: bool = False) -> dict[str, bytes]:
    """The lines of a file that answer the questions, by id; without a torn last one and, if not asked for, failures.

    Raises:
        UsageError: for any other line, and for an answer made with other settings.
    """
    texts = {one.id: one.text for one in asked}
    found: dict[str, bytes] = {}
    if not target.exists():
        return found
    lines = target.read_bytes().split(b"\n")
    for number, line in enumerate(lines[:-1], 1):  # behind the last line end is nothing, or a torn line
        try:
            row = json.loads(line)
            same = texts.get(str(row["id"])) == row["question"]
        except (ValueError, KeyError, TypeError):
            same = False
        if not same:
            hint = "it holds answers to other questions: name another file with -o, or delete it"
            raise UsageError(f"{target}, line {number} answers none of the questions", hint)
        if "error" not in row and (told := origin.differs(row)):
            hint = "name another file with -o, or delete it; with the settings of its lines the run goes on"
            raise UsageError(f"{target}, line {number} {told}", hint)
        if failed or "error" not in row:
            found[str(row["id"])] = line + b"\n"
    return found


def rewrite(target: Path, lines: Iterable[bytes]) -> None:
    """Write a file anew, in one step."""
    partial = target.with_name(f".{target.name}.partial")
    with partial.open("wb") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
