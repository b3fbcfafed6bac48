"""Answers of language models, kept in the journal's file by request hash; and the state of batches.

A connection of its own, for several threads: an answer is kept the moment it comes, whatever becomes of the run.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from kgtool.journal import ANSWERS, guarded
from kgtool.model import canonical_json


class Answers:
    """The answers in one journal; opened on first use.

    Args:
        path: the journal's file; ``:memory:`` keeps nothing beyond this object.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._lock, guarded(self.path):
            if self._connection is None:
                self._connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
                # Of a power cut it may cost the last answers, never the file; a kill costs nothing. 10 ms an answer.
                self._connection.execute("PRAGMA synchronous = NORMAL")
                self._connection.executescript(ANSWERS)
            yield self._connection

    def close(self) -> None:
        """Close the connection; what is asked later opens another one."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def get(self, key: str) -> Mapping[str, Any] | None:
        """An answer; None when there is none."""
        with self._opened() as db:
            row = db.execute("SELECT answer FROM answers WHERE request = ?", (key,)).fetchone()
            return dict(json.loads(row[0])) if row else None

    def put(self, key: str, answer: Mapping[str, Any], about: str) -> None:
        """Keep an answer about a chunk, which is named by its key."""
        with self._opened() as db:
            row = (key, canonical_json(dict(answer)), about)
            db.execute("INSERT OR REPLACE INTO answers(request, answer, about) VALUES (?, ?, ?)", row)

    def batches(self) -> dict[str, str]:
        """Batches that were submitted and whose answers have not been fetched: identifier -> hash of their work."""
        with self._opened() as db:
            return dict(db.execute("SELECT id, work FROM batches ORDER BY id"))

    def save_batch(self, identifier: str, work: str) -> None:
        """Record a batch as submitted."""
        with self._opened() as db:
            db.execute("INSERT OR REPLACE INTO batches VALUES (?, ?)", (identifier, work))

    def forget_batch(self, identifier: str) -> None:
        """A batch's answers have been fetched, or it failed."""
        with self._opened() as db:
            db.execute("DELETE FROM batches WHERE id = ?", (identifier,))
