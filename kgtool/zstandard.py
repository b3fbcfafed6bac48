"""Compression. Zstandard is Python's own from 3.14 on, its backport before. Imported inside functions."""

from __future__ import annotations

import sys
from bz2 import BZ2File
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import GzipFile
from typing import IO, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["packed", "zstd"]


@contextmanager
def packed(file: IO[bytes], suffix: str) -> Iterator[IO[bytes]]:
    """A file to be written, compressed as an ending (.gz, .bz2, .zst) says, without a name or time in it."""
    if suffix == ".gz":
        with GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as made:
            yield cast("IO[bytes]", made)
    elif suffix == ".bz2":
        with BZ2File(file, "wb") as made:
            yield cast("IO[bytes]", made)
    elif suffix == ".zst":
        with zstd.open(file, "wb") as made:
            yield cast("IO[bytes]", made)
    else:
        yield file
