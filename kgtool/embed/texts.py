"""Texts of entities as vectors, each encoded once."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kgtool import encode, registry
from kgtool.errors import StoreError, UsageError
from kgtool.model import canonical_json, digest
from kgtool.ports import Encoder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 64
"""Texts that sentence-transformers reads at a time."""
PART = 256
"""Texts encoded between two commits: what a kill can lose."""
LAYOUT = "CREATE TABLE IF NOT EXISTS vectors(key TEXT PRIMARY KEY, vector BLOB NOT NULL, sum INTEGER NOT NULL)"
OURS = frozenset(
    (
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    )
)
"""Errors of SQLite that are of the place and not of what the file holds."""

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Is told how many texts are encoded, and of how many."""


def encoder(device: str | None = None) -> Encoder:
    """The encoder for thousands of texts: sentence-transformers where it is installed, else the light one.

    Args:
        device: as torch names it; None is a GPU where there is one.

    Raises:
        UsageError: when none is installed.
    """
    if find_spec("sentence_transformers"):
        made: Encoder = registry.get("encoder", "sbert")(device=device, batch_size=BATCH)
        return made
    light = encode.chosen("auto")
    if light is None:
        raise UsageError("there is no encoder of texts", "pip install 'kgtool[ml]'")
    return light


def vectors(
    texts: Sequence[str], encoder: Encoder, cache: Path | None, progress: Progress = lambda done, total: None
) -> NDArray[np.float16]:
    """Unit vectors of texts, shape ``(len(texts), dimension)``; zero for a text without a sign.

    Args:
        texts: in any order, some of them equal.
        encoder: is asked for what is not kept, the longest first, so that memory runs out at once or not at all.
        cache: the file of the :class:`Kept`; None keeps nothing.
        progress: called before the first text, and after each part.

    Raises:
        StoreError: when the file cannot be read or written.
    """
    import numpy as np

    settings = canonical_json(dict(encoder.settings()))
    keys = {text: digest(settings, text) for text in texts if text.strip()}
    kept = Kept(cache) if cache else None
    found = kept.read(keys.values()) if kept else {}
    missing = sorted((t for t, key in keys.items() if key not in found), key=lambda t: (-len(t), t))
    for begin in range(0, len(missing), PART):
        progress(begin, len(missing))
        part = missing[begin : begin + PART]
        made = dict(zip((keys[t] for t in part), encoder.encode(part).astype(np.float16), strict=True))
        if kept:
            kept.add(made)
        found |= made
    if missing:
        progress(len(missing), len(missing))
    dimension = len(next(iter(found.values()))) if found else encoder.encode([]).shape[1]
    rows = np.zeros((len(texts), dimension), dtype=np.float16)
    for i, text in enumerate(texts):
        if text in keys:
            rows[i] = found[keys[text]]
    return rows


class Kept:
    """Vectors in an SQLite file, by the digest of the encoder's settings and the text.

    What is kept can be computed again: a damaged file is removed, and a damaged row is as if it were not there.

    Args:
        path: the file; it and its folder are made when something is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, keys: Iterable[str]) -> dict[str, NDArray[np.float16]]:
        """The vectors that are kept, of those asked for.

        Raises:
            StoreError: when the file cannot be read.
        """
        import numpy as np

        def act(db: sqlite3.Connection) -> dict[str, NDArray[np.float16]]:
            found = {}
            for key in keys:
                row = db.execute("SELECT vector, sum FROM vectors WHERE key = ?", (key,)).fetchone()
                if row and isinstance(row[0], bytes) and checksum(key, row[0]) == row[1]:
                    found[key] = np.frombuffer(row[0], dtype="<f2")
            return found

        return self._guarded(act) if self.path.exists() else {}

    def add(self, made: Mapping[str, NDArray[np.float16]]) -> None:
        """Keep vectors, all or none.

        Raises:
            StoreError: when the file cannot be written.
        """
        rows = [(key, data := v.astype("<f2").tobytes(), checksum(key, data)) for key, v in made.items()]

        def act(db: sqlite3.Connection) -> None:
            with db:
                db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._refused(error) from error
        self._guarded(act)

    def _guarded(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with the file; once more with a new one when it is damaged."""
        try:
            try:
                return self._done(act)
            except sqlite3.DatabaseError as error:
                # A text that is no UTF-8 is an error of Python's module, without a code.
                if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in OURS:
                    raise
            self.path.unlink(missing_ok=True)
            self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
            return self._done(act)
        except (sqlite3.DatabaseError, OSError) as error:
            raise self._refused(error) from error

    def _done(self, act: Callable[[sqlite3.Connection], T]) -> T:
        with closing(sqlite3.connect(self.path, timeout=30)) as db:
            db.execute(LAYOUT)
            return act(db)

    def _refused(self, error: Exception) -> StoreError:
        return StoreError(f"cannot keep vectors in {self.path}: {error}", "check its permissions and the disk's room")


def checksum(key: str, data: bytes) -> int:
    """Of a row; with its key, since a damaged index can lead to another row."""
    return zlib.crc32(data, zlib.crc32(key.encode()))
