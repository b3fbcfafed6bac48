"""The program of one process of :class:`kgtool.extract.workers.Workers`: chunks on stdin, what is in them on stdout.

usage: python -m kgtool.extract.worker PIPELINE [paired]
"""

from __future__ import annotations

import json
import os
import signal
import sys
from queue import SimpleQueue
from threading import Thread
from typing import Any

from kgtool import programs
from kgtool.errors import KgtoolError
from kgtool.extract.rules import RulesExtractor
from kgtool.model import Chunk


def main() -> None:
    """Answer every line; the process ends as soon as its input does, in the middle of a chunk as well."""
    programs.claim()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody is there to be answered: end
    spacy_model, *rest = sys.argv[1:]
    given: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=listen, args=(given,), daemon=True).start()
    extractor = RulesExtractor(spacy_model)
    while True:
        row = answer(extractor, Chunk(**json.loads(given.get())), paired="paired" in rest)
        sys.stdout.buffer.write(json.dumps(row).encode() + b"\n")
        sys.stdout.buffer.flush()


def listen(given: SimpleQueue[bytes]) -> None:
    """Pass the lines on. When there are no more, the parent has closed the pipe or is gone: what is read is in vain."""
    for line in sys.stdin.buffer:
        given.put(line)
    os._exit(0)  # not sys.exit, which ends this thread only


def answer(extractor: RulesExtractor, chunk: Chunk, *, paired: bool) -> dict[str, Any]:
    """What is in a chunk; or the error to raise in the parent: its class, message and hint."""
    try:
        found = extractor.read(chunk, paired=paired)
    except KgtoolError as error:
        return {"raised": type(error).__name__, "message": error.message, "hint": error.hint}
    except Exception as error:
        told = f"{chunk.document}: {type(error).__name__}: {error}"
        hint = "this is a bug in kgtool; KGTOOL_DEBUG=1 with -j 1 shows where"
        return {"raised": "KgtoolError", "message": told, "hint": hint}
    return {"triples": [t.to_json() for t in found.triples], "error": found.error}


if __name__ == "__main__":
    main()
