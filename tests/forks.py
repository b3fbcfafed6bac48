"""A program that runs the command line again and again, each time as a process of its own, forked from this one.

Starting Python and importing other people's packages takes most of the time of a short command, and loading the parser
most of that of a small build; here both are done once. A process that is forked has them, imports kgtool's own modules
itself, and has its own arguments, environment, folder and streams, as one that is started.

usage: python tests/forks.py REQUESTS ANSWERS (file descriptors: lines of JSON to read, exit codes to write)
"""

from __future__ import annotations

import gc
import json
import os
import sys
from functools import lru_cache
from importlib import import_module
from pathlib import Path

OTHERS = (
    "httpx", "lxml.html", "networkx", "numpy", "openai", "pydantic", "pyoxigraph", "rapidfuzz.process",
    "scipy.sparse.csgraph", "snowballstemmer", "sqlite3", "typer._adapters", "yaml",
)  # fmt: skip


def prepare() -> None:
    """Import what the commands import of other people's, and load the parser."""
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # as with python -m in that folder
    from kgtool import programs
    from kgtool.extract.parser import LIGHT, pipeline

    programs.claim()
    for name in OTHERS:
        import_module(name)
    pipeline(LIGHT)  # the first one imports spaCy without torch
    spacy = sys.modules["spacy"]
    spacy.load = lru_cache(spacy.load)
    pipeline(LIGHT)
    gc.freeze()  # or else every process would go through all of it again when it ends


def serve(requests: int, answers: int) -> list[str]:
    """Fork a process for each request, and answer with its exit code; return in the forked process: its arguments."""
    with os.fdopen(requests, encoding="utf-8") as lines:
        for line in lines:
            pid = os.fork()
            if pid == 0:
                os.close(answers)
                return become(**json.loads(line))
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            os.write(answers, f"{code}\n".encode())
    sys.exit()


def become(arguments: list[str], environment: dict[str, str], folder: str, streams: list[str]) -> list[str]:
    """Take on what a process is started with.

    Args:
        arguments: of the command.
        environment: all of it.
        folder: to work in.
        streams: the files that are standard input, output and error.
    """
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in enumerate(streams):
        opened = os.open(path, os.O_WRONLY | os.O_APPEND if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    return arguments


if __name__ == "__main__":
    prepare()
    sys.argv[1:] = serve(*map(int, sys.argv[1:]))
    from kgtool.cli import main

    main()
