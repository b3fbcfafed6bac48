"""Processes that read chunks by the rules: a line of JSON to each for a chunk, a line back with what it found.

They are programs of their own (:mod:`kgtool.extract.worker`), so a user of the library needs no guard in the main
module, which :mod:`multiprocessing` would run again. They hold nothing that could be lost, and end when their input
does: the kernel closes it, however the parent ends.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from queue import SimpleQueue
from subprocess import Popen
from types import TracebackType
from typing import IO, Any, Self, cast

from kgtool import errors
from kgtool.errors import KgtoolError
from kgtool.model import Chunk, Triple
from kgtool.ports import Extraction
from kgtool.programs import started

MOST = 4
"""Processes unless the user says otherwise: each takes about 110 MB."""


def default_jobs() -> int:
    """How many processes are worth it: one for each CPU that this process may use, up to a limit."""
    # os.cpu_count() would also count the CPUs that a container keeps from us; not every system tells
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST)


class Workers:
    """A number of processes; a context manager that ends them.

    Args:
        jobs: how many.
        spacy_model: the pipeline's name.
        paired: see :func:`kgtool.extract.rules.sentence_findings`.
    """

    def __init__(self, jobs: int, spacy_model: str, *, paired: bool) -> None:
        self._processes: list[Popen[bytes]] = []
        self._idle: SimpleQueue[Popen[bytes]] = SimpleQueue()
        for _ in range(jobs):
            process = started("kgtool.extract.worker", spacy_model, *(["paired"] if paired else []))
            self._processes.append(process)
            self._idle.put(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()  # closes the pipes, and waits

    def read(self, chunk: Chunk) -> Extraction:
        """What a process that is free finds in a chunk; safe to call from as many threads as there are processes.

        Raises:
            KgtoolError: when it fails for another reason than the chunk's text, or has died.
        """
        process = self._idle.get()
        try:
            row = exchanged(process, asdict(chunk))
        finally:
            self._idle.put(process)  # a dead one as well: who takes it next is told the same, not left waiting
        if row is None:
            ended = process.wait()
            how = f"was killed by signal {-ended}" if ended < 0 else f"ended with exit code {ended}"
            hint = "run again; where memory is short, with -j 1"
            raise KgtoolError(f"{chunk.document}: the process that read it {how}", hint)
        if "raised" in row:
            raised: KgtoolError = getattr(errors, row["raised"])(row["message"], row["hint"])
            raise raised
        return Extraction(chunk, tuple(map(Triple.from_json, row["triples"])), row["error"])


def exchanged(process: Popen[bytes], row: dict[str, Any]) -> dict[str, Any] | None:
    """What a process answers; None when it has ended."""
    given, said = cast("tuple[IO[bytes], IO[bytes]]", (process.stdin, process.stdout))
    try:
        given.write(json.dumps(row).encode() + b"\n")
        given.flush()
        line = said.readline()
    except BrokenPipeError:
        return None
    return dict(json.loads(line)) if line.endswith(b"\n") else None
