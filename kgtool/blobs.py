"""Imported statements: a folder of compressed N-Quads, each file named by the SHA-256 of its content.

They lie beside the journal, which names them, because SQLite keeps no value of more than 1 GB. A file is complete as
soon as it has its name; one that nothing names is left over from a run that was cut short, and is swept away.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from kgtool.errors import StoreError

ENDING = ".nq.zst"
LEVEL = 1
"""Of compression: higher ones take longer than they save."""


class Writer:
    """A content that is being written; has its ``hash`` in the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Add to the content."""
        self._digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Nothing: the file is flushed when it is complete."""

    @property
    def hash(self) -> str:
        """Of what was written so far."""
        return self._digest.hexdigest()


@contextmanager
def writing(folder: Path) -> Iterator[Writer]:
    """Write a content; it has its name at the end of the block, and is gone when that raises.

    Raises:
        StoreError: when it cannot be written.
    """
    from kgtool.zstandard import zstd

    partial = folder / f"{secrets.token_hex(8)}.partial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            with cast("IO[bytes]", zstd.open(file, "wb", level=LEVEL)) as packed:
                writer = Writer(packed)
                yield writer
                writer.write(b"")  # without it a content of nothing has no frame, which is no Zstandard
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path_of(folder, writer.hash))
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error}", "check the directory and the space on disk") from error
    finally:
        with suppress(OSError):
            partial.unlink()


def path_of(folder: Path, hash: str) -> Path:
    """Where a content lies."""
    return folder / f"{hash}{ENDING}"


@contextmanager
def opened(folder: Path, hash: str) -> Iterator[IO[bytes]]:
    """A content, for reading.

    Raises:
        StoreError: when it is not there.
    """
    from kgtool.zstandard import zstd

    path = path_of(folder, hash)
    try:
        file = cast("IO[bytes]", zstd.open(path, "rb"))
    except OSError as error:
        raise StoreError(f"the store has lost an imported file: {error}", "import it again") from error
    with file:
        yield file


def sweep(folder: Path, keep: Iterable[str]) -> None:
    """Delete every content but some."""
    kept = {path_of(folder, hash).name for hash in keep}
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.name not in kept:
                path.unlink()
