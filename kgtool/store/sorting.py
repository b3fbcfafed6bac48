"""Sorting lines in a bounded amount of memory."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from typing import IO

LIMIT = 64 * 1024 * 1024
"""Bytes of lines that are held in memory; in Python they take about twice that."""


class Sorter:
    """Takes lines, in pieces of any length, and gives them back sorted by their bytes, each once.

    What goes over ``limit`` is kept in temporary files, sorted one by one and merged in the end. A context manager,
    which deletes them.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._files: list[IO[bytes]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Sorter:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def write(self, data: bytes) -> int:
        """Take the next piece."""
        self._pieces.append(bytes(data))
        self._size += len(data)
        if self._size > self._limit:
            self._spill()
        return len(data)

    def flush(self) -> None:
        """Nothing: there is no file behind it that anybody reads."""

    def lines(self) -> Iterator[bytes]:
        """All lines, sorted; nothing can be written any more."""
        held, rest = self._held()
        last = sorted([*held, *([rest + b"\n"] if rest else [])])
        for file in self._files:
            file.seek(0)
        ordered = heapq.merge(*self._files, last) if self._files else iter(last)
        yield from (line for line, _ in groupby(ordered))

    def _held(self) -> tuple[list[bytes], bytes]:
        """The whole lines that are held, unsorted, and the beginning of one that is not whole."""
        *held, rest = b"".join(self._pieces).split(b"\n")
        self._pieces, self._size = [], 0
        return [line + b"\n" for line in held], rest

    def _spill(self) -> None:
        """Move what is held to a file."""
        held, rest = self._held()
        file = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        file.writelines(sorted(held))
        self._files.append(file)
        self._pieces, self._size = [rest], len(rest)
